"""The signer keeps each log's nodes, signs how it stands, and stops where it is no longer what was signed."""

import asyncio
import base64
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from types import SimpleNamespace

import psycopg
import pytest

from adapters.postgres.signer import PostgresProofStore
from adapters.proof import signing
from adapters.proof.signing import origin_of
from adapters.proof.tree import leaf_hash, tree_of
from adapters.proof.verifier import Checkpoint, consistent, receipt_of, root_by_inclusion, seen
from adapters.proof.witness import Witness
from api import auditing
from application.ports import LogId, log_of
from application.proofs import NotProved
from domain.ids import PartnershipId
from tests.adapters.log.examples import FENLAND
from tests.adapters.proof_world import HUB, Here, log_line, proof_world
from tests.conftest import Database

pytestmark = pytest.mark.anyio

ROOT = Path(__file__).parents[3]
ACCESS = log_of(PartnershipId("fenland"), "access")


@pytest.fixture
async def here(database: Database, tmp_path: Path) -> AsyncIterator[Here]:
    async with proof_world(database.app_url, tmp_path, log_line(), log_line(ACCESS)) as made:
        yield made


async def roots(here: Here, log: LogId = FENLAND) -> list[bytes]:
    entries = [one.entry for one in (await here.log.read(log)).events]
    return [tree_of(entries[:size]).root for size in range(len(entries) + 1)]


async def test_a_checkpoint_is_signed_by_the_log_and_cosigned_by_both_witnesses(here: Here) -> None:
    await here.grow(7)
    await here.sign()
    checkpoint = await here.proofs.checkpoint(FENLAND)
    found = seen(checkpoint.note.encode(), here.witnesses.policy, "test")
    assert (found.checkpoint.origin, found.checkpoint.size) == ("hub.example.org/fenland/case/1", 7)
    assert found.checkpoint.root == (await roots(here))[7]
    assert set(found.cosigned) == {"north", "south"}
    assert checkpoint.quorum


async def test_both_ledgers_are_proved_each_by_a_key_of_its_own(here: Here) -> None:
    await here.grow(3)
    await here.grow(2, ACCESS)
    for log in (FENLAND, ACCESS):
        await here.sign(log)
    origins = [(await here.proofs.checkpoint(log)).origin for log in (FENLAND, ACCESS)]
    assert origins == ["hub.example.org/fenland/case/1", "hub.example.org/fenland/access/1"]
    keys = [HUB.log_key(origin).key.public for origin in origins]
    assert keys[0] != keys[1]


async def test_every_leaf_and_every_earlier_size_is_proved_from_stored_nodes(here: Here) -> None:
    for count in (1, 4, 20, 33):
        await here.grow(count)
        await here.sign()
    known = await roots(here)
    entries = (await here.log.read(FENLAND)).events
    for size in (1, 5, 25, 58):
        for one in entries[:size]:
            proof = await here.proofs.inclusion(FENLAND, one.position, size)
            path = [base64.b64decode(each) for each in proof.path]
            assert base64.b64decode(proof.leaf) == leaf_hash(one.entry)
            assert root_by_inclusion(leaf_hash(one.entry), one.position - 1, size, path) == known[size]
    for old in range(59):
        path = [base64.b64decode(each) for each in (await here.proofs.consistency(FENLAND, old, 58)).path]
        assert consistent(old, known[old], 58, known[58], path)


async def test_a_receipt_proves_an_act_to_whoever_has_the_policy(here: Here) -> None:
    await here.grow(11)
    await here.sign()
    receipt = await here.proofs.receipt(FENLAND, 4)
    found = receipt_of(receipt.receipt.encode(), here.witnesses.policy, "test")
    assert found.position == 4
    assert found.leaf == leaf_hash((await here.log.read(FENLAND)).events[3].entry)
    assert len(receipt.receipt) < 1024


async def test_what_is_not_there_yet_has_no_proof(here: Here) -> None:
    with pytest.raises(NotProved):
        await here.proofs.checkpoint(FENLAND)
    await here.grow(5)
    await here.sign()
    for position, size in ((6, 5), (1, 6), (0, 5)):
        with pytest.raises(NotProved):
            await here.proofs.inclusion(FENLAND, position, size)
    with pytest.raises(NotProved):
        await here.proofs.consistency(FENLAND, 3, 6)
    with pytest.raises(NotProved):
        await here.proofs.receipt(FENLAND, 6)


async def test_one_signer_at_a_time_works_on_a_log(here: Here) -> None:
    await here.grow(3)
    assert await here.signer.advance(FENLAND)
    await here.grow(1)
    other = here.another("second")
    assert not await other.advance(FENLAND), "the first holds the lease"
    await here.signer.release()
    assert await other.advance(FENLAND)
    assert (await here.proofs.state(FENLAND)).proved == 4


async def test_a_signer_that_was_overtaken_publishes_nothing(here: Here, database: Database) -> None:
    """It read where the log stood, stalled past its lease, and comes back when another has gone on."""
    await here.grow(3)
    stalled = here.another("stalled")
    rows = stalled._store.rows  # noqa: SLF001 - to stall it between reading and writing
    read = asyncio.Event()
    go_on = asyncio.Event()

    async def slow(name: str, *arguments: object) -> object:
        found = await rows(name, *arguments)
        if name == "mark":
            read.set()
            await go_on.wait()
        return found

    stalled._store.rows = slow  # type: ignore[method-assign, assignment] # noqa: SLF001
    overtaken = asyncio.ensure_future(stalled.advance(FENLAND))
    await read.wait()
    await here.signer.catch_up(FENLAND)
    await here.signer.release()
    go_on.set()
    assert not await overtaken
    with psycopg.connect(database.owner_url) as connection:
        assert connection.execute("SELECT count(*) FROM log_checkpoint").fetchone() == (1,)


@pytest.mark.parametrize("where", ["before", "after"])
async def test_a_log_that_is_not_what_was_signed_stops_its_signer(here: Here, database: Database, where: str) -> None:
    """Whoever can pass by the triggers changes an entry, or takes one away: the next checkpoint is not signed."""
    await here.grow(4)
    if where == "before":
        await here.sign()
    with psycopg.connect(database.owner_url) as connection:
        connection.execute("ALTER TABLE event_case DISABLE TRIGGER refuse_change")
        connection.execute("ALTER TABLE batch_case DISABLE TRIGGER refuse_change")
        if where == "before":
            connection.execute("UPDATE batch_case SET peaks = sha256('other') WHERE position = 4")
        else:
            connection.execute("UPDATE event_case SET entry = entry || ' ' WHERE position = 2")
    if where == "before":
        here.log._heads.clear()  # noqa: SLF001 - as another writer that starts now
        await here.grow(1)
    await here.signer.catch_up(FENLAND)
    state = await here.proofs.state(FENLAND)
    assert "not what was recorded" in (state.stopped or "")
    assert state.proved == (4 if where == "before" else 0)


@pytest.mark.parametrize(
    ("lie", "found"),
    [
        ("UPDATE event_case SET entry = entry || ' ' WHERE position = 2", "position 2 is"),
        ("DELETE FROM event_case WHERE position = 3", "position 3 is"),
        ("UPDATE log_tile SET hashes = sha256('other') WHERE level = 0", "the nodes of positions 1 to 4 are"),
        ("UPDATE log_tile SET hashes = hashes || sha256('other') WHERE level = 0", None),
        ("UPDATE log_checkpoint SET note = note || 'x'", "the checkpoint of 4 leaves is"),
        ("UPDATE log_checkpoint SET root = sha256('other')", "the checkpoint of 4 leaves is"),
        ("UPDATE log_cosignature SET line = replace(line, 'A', 'B')", "the checkpoint of 4 leaves is"),
    ],
)
async def test_who_changes_what_was_signed_long_ago_is_found_when_the_signer_looks_back(
    here: Here, database: Database, lie: str, found: str | None
) -> None:
    await here.grow(4)
    await here.sign()
    assert await here.signer.look_back(FENLAND)
    with psycopg.connect(database.owner_url) as connection:
        for table in (b"event_case", b"log_tile", b"log_checkpoint", b"log_cosignature"):
            connection.execute(b"ALTER TABLE %b DISABLE TRIGGER USER" % table)
        connection.execute(lie.encode())
    assert await here.signer.look_back(FENLAND) == (found is None)
    assert (await here.proofs.state(FENLAND)).stopped == (None if found is None else f"{found} not what was signed")


async def test_nothing_more_is_signed_until_a_look_back_finds_all_as_it_was(here: Here, database: Database) -> None:
    await here.grow(4)
    await here.sign()
    with psycopg.connect(database.owner_url, autocommit=True) as connection:
        connection.execute("ALTER TABLE event_case DISABLE TRIGGER USER")
        connection.execute("UPDATE event_case SET entry = entry || ' ' WHERE position = 2")
        assert not await here.signer.look_back(FENLAND)
        await here.grow(1)
        await here.signer.release()
        await here.another("second").catch_up(FENLAND)
        assert (await here.proofs.state(FENLAND)).proved == 4, "another signer knows it, too"
        connection.execute("UPDATE event_case SET entry = rtrim(entry, ' ') WHERE position = 2")
    assert await here.signer.look_back(FENLAND)
    await here.sign()
    state = await here.proofs.state(FENLAND)
    assert (state.stopped, state.proved) == (None, 5)


async def test_the_hashes_beside_an_export_are_those_that_were_signed_not_those_of_what_stands_there_now(
    here: Here, database: Database, tmp_path: Path
) -> None:
    """So the verifier names the leaf that was changed."""
    await here.grow(20)
    await here.sign()
    signed = b"".join(leaf_hash(one.entry) for one in (await here.log.read(FENLAND)).events)
    with psycopg.connect(database.owner_url) as connection:
        connection.execute("ALTER TABLE event_case DISABLE TRIGGER USER")
        connection.execute("UPDATE event_case SET entry = entry || ' ' WHERE position = 2")
    assert await here.proofs.hashes(FENLAND, 0, 20) == signed
    assert await here.proofs.hashes(FENLAND, 15, 18) == signed[15 * 32 : 18 * 32]
    with pytest.raises(NotProved):
        await here.proofs.hashes(FENLAND, 15, 21)
    hub = SimpleNamespace(proofs=here.proofs, decider=SimpleNamespace(log=here.log))
    assert await auditing._write_log(hub, FENLAND, tmp_path / "case") == 20  # type: ignore[arg-type] # noqa: SLF001
    assert (tmp_path / "case.hashes").read_bytes() == signed
    assert leaf_hash((tmp_path / "case.leaves").read_bytes().split(b"\n")[1]) != signed[32:64]


async def test_a_log_of_many_pages_is_looked_at_page_by_page_and_what_grew_meanwhile_the_next_time(
    here: Here, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("adapters.postgres.signer.LOOKED_AT", 3)
    await here.grow(7)
    await here.sign()
    with psycopg.connect(database.owner_url) as connection:
        connection.execute("ALTER TABLE event_case DISABLE TRIGGER USER")
        connection.execute("UPDATE event_case SET entry = entry || ' ' WHERE position = 7")
    await here.grow(1)
    assert [await here.signer.look_back(FENLAND) for _ in range(3)] == [True, True, False]
    assert (await here.proofs.state(FENLAND)).stopped == "position 7 is not what was signed"


async def test_a_witness_that_is_away_is_asked_again_and_one_quorum_lasts(here: Here) -> None:
    await here.grow(4)
    await here.sign()
    here.witnesses.away = {"south"}
    await here.grow(2)
    await here.sign()
    state = await here.proofs.state(FENLAND)
    assert state.newest is not None
    assert state.quorum is not None
    assert (state.newest.size, state.quorum.size) == (6, 4)
    assert {one.name: (one.size, one.fault) for one in state.witnesses} == {
        "north": (6, None),
        "south": (4, "it does not answer"),
    }
    here.witnesses.away = set()
    await here.signer.cosign(FENLAND)
    assert (await here.proofs.checkpoint(FENLAND)).size == 6


async def test_the_size_that_a_witness_has_seen_is_learnt_from_it(here: Here, database: Database) -> None:
    """The hub forgot what it had been told: the witness says it, and is asked again from there."""
    await here.grow(4)
    await here.sign()
    with psycopg.connect(database.owner_url) as connection:
        connection.execute("DELETE FROM log_witness")
    await here.grow(3)
    await here.sign()
    assert [status for _, _, status in here.witnesses.asked[2:]] == [409, 409, 200, 200]
    assert (await here.proofs.checkpoint(FENLAND)).size == 7


async def test_a_log_that_was_cut_back_is_found_out_by_its_witnesses(here: Here, database: Database) -> None:
    await here.grow(9)
    await here.sign()
    with psycopg.connect(database.owner_url) as connection:
        for table in ("log_proof", "log_tile", "log_checkpoint", "log_cosignature", "log_witness"):
            connection.execute(f"DELETE FROM {table}")  # noqa: S608 - a name of ours
        for table in ("event_case", "batch_case"):
            connection.execute(f"ALTER TABLE {table} DISABLE TRIGGER refuse_change")
            connection.execute(f"DELETE FROM {table} WHERE position > 6")  # noqa: S608 - a name of ours
    await here.sign()
    state = await here.proofs.state(FENLAND)
    assert state.quorum is None
    assert {one.fault for one in state.witnesses} == {"it has seen 9 leaves: this log was cut back"}


async def test_why_a_witness_did_not_cosign_is_said_in_words(here: Here) -> None:
    """It saw another log of this name, and the other witness knows none."""
    await here.grow(4)
    other = origin_of(HUB.name, FENLAND, 1)
    body = signing.body_of(Checkpoint(other, 2, bytes(32)))
    note = signing.noted(body, HUB.log_key(other).sign(body))
    assert here.witnesses.by_name["north"].add_checkpoint(signing.request(0, (), note)).status == 200
    (here.witnesses.folder / "empty").write_text("quorum none\n")
    south = Witness(
        here.witnesses.secrets["south"], here.witnesses.folder / "empty", here.witnesses.folder / "s.sqlite"
    )
    here.witnesses.by_name["south"] = south
    await here.sign()
    assert {one.name: one.fault for one in (await here.proofs.state(FENLAND)).witnesses} == {
        "north": "the log does not go on from what it has seen: the past was rewritten",
        "south": "it does not know this log: it needs the policy",
    }


async def test_killed_at_any_moment_it_has_published_nothing_but_prefixes_of_one_log(
    here: Here, database: Database, tmp_path: Path
) -> None:
    """SIGKILL while it signs and has cosigned: the next goes on, and every checkpoint is of the same leaves."""
    command = [sys.executable, "-m", "tests.adapters.signing_worker", database.app_url, str(tmp_path)]
    for number in range(4):
        process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE, cwd=ROOT)
        assert process.stdout is not None
        assert await process.stdout.readline() == b"signing\n"
        for _ in range(5 + 3 * number):
            await here.grow(3)
            await asyncio.sleep(0.01)
        process.kill()
        await process.communicate()
        with psycopg.connect(database.owner_url) as connection:  # as if the dead one's lease had run out
            connection.execute("UPDATE log_proof SET lease_until = '-infinity'")
    here.witnesses.again()
    await here.sign()
    known = await roots(here)
    with psycopg.connect(database.owner_url) as connection:
        published = connection.execute("SELECT size, root FROM log_checkpoint ORDER BY size").fetchall()
        cosigned = connection.execute("SELECT count(*) FROM log_cosignature").fetchone()
    assert len(published) > 2
    assert all(root == known[size] for size, root in published)
    assert cosigned is not None
    assert cosigned[0] >= 2
    assert published[-1][0] == (await here.proofs.checkpoint(FENLAND)).size == len(known) - 1
    assert (await here.proofs.state(FENLAND)).stopped is None


async def test_what_nobody_cosigned_is_forgotten_after_some_minutes(here: Here, database: Database) -> None:
    await here.grow(2)
    await here.sign()
    await here.grow(2)
    await here.signer.catch_up(FENLAND)
    with psycopg.connect(database.owner_url) as connection:
        connection.execute("UPDATE log_checkpoint SET signed_at = signed_at - interval '6 minutes'")
    await here.grow(2)
    await here.signer.catch_up(FENLAND)
    with psycopg.connect(database.owner_url) as connection:
        assert connection.execute("SELECT size FROM log_checkpoint ORDER BY size").fetchall() == [(2,), (6,)]


async def test_both_logs_of_a_partnership_are_known_before_the_second_has_an_entry(here: Here) -> None:
    await here.grow(1)
    rows = await PostgresProofStore(here.pool).rows("logs")
    assert [(row["log"], row["incarnation"]) for row in rows] == [("fenland/case", 1), ("fenland/access", 1)]
