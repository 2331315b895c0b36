"""Who looks does not slow what is decided, and the reverse: a partnership's two ledgers share no lock and no queue."""

import asyncio
from collections.abc import AsyncIterator

import psycopg
import pytest

from adapters.postgres.event_log import PostgresEventLog
from adapters.proof.tree import tree_of
from application.ports import LogBusy, LogId, log_of
from domain.ids import PartnershipId
from tests.adapters.log.examples import FENLAND, TAG_KEY, about, an_append, notes
from tests.conftest import Database

pytestmark = pytest.mark.anyio

ACCESS = log_of(PartnershipId("fenland"), "access")
SOON_SECONDS = 5.0
QUEUE = 8


@pytest.fixture
async def log(database: Database) -> AsyncIterator[PostgresEventLog]:
    async with await PostgresEventLog.open(
        database.app_url, tag_key=TAG_KEY, lock_seconds=30, queue_limit=QUEUE
    ) as log:
        for one in (FENLAND, ACCESS):
            await log.append(an_append("first", "person:p-1", log=one))
        yield log


@pytest.mark.parametrize(("held", "free"), [(ACCESS, FENLAND), (FENLAND, ACCESS)])
async def test_while_one_is_held_up_the_other_goes_on_and_its_queue_is_its_own(
    log: PostgresEventLog, database: Database, held: LogId, free: LogId
) -> None:
    async with await psycopg.AsyncConnection.connect(database.app_url) as somebody:
        ledger = held.rpartition("/")[2]
        await somebody.execute(
            "SELECT FROM log_head WHERE log_id = (SELECT log_id FROM log WHERE ledger = %s) FOR UPDATE", [ledger]
        )
        waiting = [asyncio.ensure_future(log.append(an_append(f"w-{n}", log=held))) for n in range(4 * QUEUE)]
        await asyncio.sleep(0.3)
        assert any(isinstance(one.exception(), LogBusy) for one in waiting if one.done()), "its queue is full"
        async with asyncio.timeout(SOON_SECONDS):
            for number in range(20):
                await log.append(an_append(f"n-{number}", log=free))
        await somebody.rollback()
        await asyncio.gather(*waiting, return_exceptions=True)
    assert len(notes(await log.read(free))) == 21


async def test_entries_of_the_access_ledger_are_found_by_person_and_proved_by_peaks(
    log: PostgresEventLog,
) -> None:
    await asyncio.gather(*(log.append(an_append(f"look-{n}", f"person:p-{n % 3}", log=ACCESS)) for n in range(QUEUE)))
    page = await log.read(ACCESS)
    assert [one.position for one in page.events] == list(range(1, QUEUE + 2))
    tree = tree_of(one.entry for one in page.events)
    assert await log.peaks(ACCESS) == (tree.size, tree.peaks)
    assert len((await log.read(ACCESS, about("person:p-1"))).events) == 1 + len(range(1, QUEUE, 3))
    assert (await log.read(FENLAND, about("person:p-1"))).head == 1, "the log of what was decided is another one"


async def test_nobody_is_woken_by_a_look(log: PostgresEventLog) -> None:
    woken = asyncio.ensure_future(anext(log.wake_ups()))
    await asyncio.sleep(0.05)
    await log.append(an_append("look", log=ACCESS))
    await asyncio.sleep(0.1)
    assert not woken.done(), "nobody follows the access ledger"
    await log.append(an_append("decided"))
    async with asyncio.timeout(SOON_SECONDS):
        await woken
