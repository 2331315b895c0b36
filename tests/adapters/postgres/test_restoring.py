"""A log that was restored below what was seen of it goes on as its next incarnation, and says what is lost."""

from collections.abc import AsyncIterator
from pathlib import Path

import psycopg
import pytest

from adapters.postgres.restoring import NotRestorable, restore
from adapters.sealing.codec import JsonCodec
from adapters.sealing.keys import MemoryKeys
from domain.ids import WorkerId
from tests.adapters.log.examples import FENLAND, TAG_KEY, an_append
from tests.adapters.proof_world import HUB, Here, log_line, proof_world
from tests.conftest import Database

pytestmark = pytest.mark.anyio

TWO = (WorkerId("w-1"), WorkerId("w-2"))


@pytest.fixture
async def kept(database: Database, tmp_path: Path) -> bytes:
    """A checkpoint over nine leaves, cosigned; of which a restore leaves six."""
    async with proof_world(database.app_url, tmp_path) as here:
        await here.grow(9)
        await here.sign()
        note = (await here.proofs.checkpoint(FENLAND)).note.encode()
    with psycopg.connect(database.owner_url) as connection:
        for table in ("log_proof", "log_tile", "log_checkpoint", "log_cosignature"):
            connection.execute(f"DELETE FROM {table}")  # noqa: S608 - a name of ours
        for table in ("event_case", "batch_case"):
            connection.execute(f"ALTER TABLE {table} DISABLE TRIGGER refuse_change")
            connection.execute(f"DELETE FROM {table} WHERE position > 6")  # noqa: S608 - a name of ours
            connection.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER refuse_change")
    return note


async def restored(database: Database, note: bytes, by: tuple[WorkerId, WorkerId] = TWO) -> int:
    codec = JsonCodec(MemoryKeys())
    return await restore(database.owner_url, TAG_KEY, codec, (HUB,), FENLAND, note, "disk", by, "test")


@pytest.fixture
async def again(database: Database, kept: bytes, tmp_path: Path) -> AsyncIterator[Here]:
    assert await restored(database, kept) == 7
    (tmp_path / "second").mkdir()
    lines = (log_line(), log_line(incarnation=2))
    async with proof_world(database.app_url, tmp_path / "second", *lines) as here:
        yield here


async def test_it_goes_on_under_a_new_origin_and_a_panel_sees_what_is_lost(again: Here) -> None:
    await again.log.append(an_append("after", "person:p-1"))
    await again.sign()
    checkpoint = await again.proofs.checkpoint(FENLAND)
    assert (checkpoint.origin, checkpoint.size) == ("hub.example.org/fenland/case/2", 8)
    leaves = [one.entry for one in (await again.log.read(FENLAND)).events]
    assert [b'{"incarnation":2' in one for one in leaves] == [False] * 6 + [True] * 2
    assert b'"size":9' in leaves[6]
    assert b'"authorised_by":["w-1","w-2"]' in leaves[6]


async def test_without_a_loss_nothing_is_opened(database: Database, tmp_path: Path) -> None:
    async with proof_world(database.app_url, tmp_path) as here:
        await here.grow(3)
        await here.sign()
        note = (await here.proofs.checkpoint(FENLAND)).note.encode()
        with pytest.raises(NotRestorable, match="still writes"):
            await restored(database, note)
    with pytest.raises(NotRestorable, match="nothing is lost"):
        await restored(database, note)


async def test_two_people_answer_for_it_and_the_log_itself_signed_what_is_lost(database: Database, kept: bytes) -> None:
    with pytest.raises(NotRestorable, match="two different people"):
        await restored(database, kept, (TWO[0], TWO[0]))
    with pytest.raises(NotRestorable, match="signature"):
        await restored(database, kept.replace(b"\n9\n", b"\n8\n"))
    with pytest.raises(NotRestorable, match="not one that"):
        await restored(database, kept.replace(b"/case/1", b"/case/3"))
