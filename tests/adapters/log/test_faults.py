"""What goes wrong around the log: nothing is half-done, nobody waits for ever, and it comes back by itself."""

import asyncio
import datetime as dt
import os
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from itertools import count
from typing import cast
from unittest.mock import AsyncMock

import asyncpg
import psycopg
import pytest

from adapters.postgres.batch import BEGINNING_OF_TIME, Head, Pending
from adapters.postgres.connection import Connection, Line
from adapters.postgres.event_log import PostgresEventLog
from adapters.postgres.hashing import hasher
from adapters.postgres.window import GENERATION_EVENTS
from adapters.postgres.writing import SQL, Batch, Lane, Writer
from adapters.proof.tree import tree_of
from application.ports import (
    Append,
    CommandKey,
    CommandReused,
    Condition,
    ConditionFailed,
    EventLog,
    LogBusy,
    LogId,
    LogUnavailable,
    NotRecordable,
)
from tests.adapters.log.examples import FENLAND, TAG_KEY, WOLDS, about, an_append, an_entry, notes, outcome
from tests.adapters.log.proxy import Fault, a_proxy
from tests.conftest import Database

pytestmark = pytest.mark.anyio
TABLES = [
    "log_head",
    *(f"{table}{part}" for table in ("event", "event_tag", "command", "batch") for part in ("", "_case", "_access")),
]


@pytest.fixture(autouse=True)
async def _cancelled() -> AsyncIterator[None]:
    """A query that is given up is cancelled over a connection of its own, which asyncpg leaves to the loop to end."""
    yield
    every = ((task, getattr(task.get_coro(), "__qualname__", "")) for task in asyncio.all_tasks())
    if cancelling := [task for task, name in every if name == "Connection._cancel"]:
        await asyncio.wait(cancelling, timeout=10)


@pytest.fixture
async def log(database: Database) -> AsyncIterator[PostgresEventLog]:
    async with await PostgresEventLog.open(database.app_url, tag_key=TAG_KEY, lock_seconds=0.3) as log:
        yield log


@asynccontextmanager
async def somebody_holding(database: Database, name: LogId) -> AsyncIterator[psycopg.AsyncConnection]:
    """A session that holds the head lock of a log and does nothing."""
    partnership = name.partition("/")[0]
    async with await psycopg.AsyncConnection.connect(database.app_url) as connection:
        await connection.execute(
            "SELECT FROM log_head WHERE log_id = (SELECT log_id FROM log WHERE partnership = %s) FOR UPDATE",
            [partnership],
        )
        yield connection
        await connection.rollback()


async def is_whole(log: PostgresEventLog, name: LogId) -> list[str]:
    """The notes of a log whose positions have no gap and whose peaks are those of its entries."""
    page = await log.read(name)
    assert [stored.position for stored in page.events] == list(range(1, page.head + 1))
    tree = tree_of(stored.entry for stored in page.events)
    assert await log.peaks(name) == (tree.size, tree.peaks)
    return notes(page)


async def within(seconds: float, log: EventLog, append: Append) -> tuple[object, ...]:
    return await asyncio.wait_for(outcome(log, append), seconds)


async def test_a_command_key_used_again_with_another_content_is_refused_and_nobody_hangs(
    log: PostgresEventLog,
) -> None:
    await log.append(an_append("first", key="k"))
    other = Append(FENLAND, (an_entry("second"),), (), CommandKey(b"k", b"another digest"))
    assert await within(5, log, other) == ("CommandReused",)
    together = await asyncio.wait_for(
        asyncio.gather(*(outcome(log, one) for one in (other, an_append("third"), other, an_append("first", key="k")))),
        5,
    )
    assert together == [("CommandReused",), (2, False, b"third"), ("CommandReused",), (1, True, b"first")]
    with pytest.raises(CommandReused):
        await log.command(FENLAND, CommandKey(b"k", b"another digest"))


async def test_a_stalled_writer_delays_its_own_log_only_and_not_for_ever(
    log: PostgresEventLog, database: Database
) -> None:
    await log.append(an_append("one"))
    await log.append(an_append("one", log=WOLDS))
    async with somebody_holding(database, FENLAND):
        started = time.monotonic()
        stalled = [asyncio.create_task(log.append(an_append(f"stalled {n}"))) for n in range(20)]
        await asyncio.sleep(0)
        for number in range(40):
            await asyncio.wait_for(log.append(an_append(f"elsewhere {number}", log=WOLDS)), 0.25)
        for refused in await asyncio.gather(*stalled, return_exceptions=True):
            assert isinstance(refused, LogBusy)
        assert time.monotonic() - started < 3
    assert (await within(5, log, an_append("after")))[0] == 2
    assert await is_whole(log, FENLAND) == ["one", "after"]


async def test_a_writer_that_stalls_for_a_moment_costs_nobody_anything(
    log: PostgresEventLog, database: Database
) -> None:
    await log.append(an_append("one"))
    async with somebody_holding(database, FENLAND):
        waiting = [asyncio.create_task(log.append(an_append(f"{n}"))) for n in range(20)]
        await asyncio.sleep(0.15)
    assert [(await one).position for one in waiting] == list(range(2, 22))


async def test_the_store_ends_a_transaction_that_stalls_with_the_lock(database: Database) -> None:
    """A writing process that was cut off must not freeze a log: its own session tells the server when to give up."""
    async with await PostgresEventLog.open(database.app_url, tag_key=TAG_KEY) as log:
        await log.append(an_append("one"))
        connection = await log._writer._lanes[0].line.connection()  # noqa: SLF001 - what the server was told
        told = {
            name: (await connection.fetch(f"SHOW {name}"))[0][0]
            for name in (
                "lock_timeout",
                "idle_in_transaction_session_timeout",
                "transaction_timeout",
                "tcp_user_timeout",
            )
        }
        assert told == {
            "lock_timeout": "2s",
            "idle_in_transaction_session_timeout": "5s",
            "transaction_timeout": "10s",
            "tcp_user_timeout": "0" if "host=" in database.app_url else "5s",  # a socket file knows none
        }


async def test_a_full_queue_is_said_at_once(database: Database) -> None:
    async with await PostgresEventLog.open(database.app_url, tag_key=TAG_KEY, queue_limit=10) as log:
        await log.append(an_append("one"))
        async with somebody_holding(database, FENLAND):
            waiting = [asyncio.create_task(log.append(an_append(f"{n}"))) for n in range(60)]
            await asyncio.sleep(0.1)
            done = [one for one in waiting if one.done()]
            assert len(done) >= 30
            for one in done:
                with pytest.raises(LogBusy) as busy:
                    one.result()
                assert busy.value.retry_after > 0
        left = await asyncio.gather(*(one for one in waiting if one not in done))
        assert await log.head(FENLAND) == 1 + len(left)


@pytest.mark.parametrize("fault", ["cut before COMMIT", "cut after COMMIT", "cut at once, COMMIT arrives late"])
@pytest.mark.parametrize("keyed", [True, False], ids=["with a command key", "without one"])
async def test_a_connection_lost_at_commit_loses_nothing_and_doubles_nothing(
    database: Database,
    fault: Fault,
    keyed: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    async with (
        a_proxy(database.app_url) as proxy,
        await PostgresEventLog.open(proxy.url, tag_key=TAG_KEY) as log,
    ):
        await log.append(an_append("one"))
        proxy.fault = fault
        appends = [an_append(f"{n}", key=f"k{n}" if keyed else None) for n in range(30)]
        found = await asyncio.wait_for(asyncio.gather(*(log.append(one) for one in appends)), 10)
        assert proxy.struck.is_set()
        assert sorted(one.position for one in found) == list(range(2, 32))
        held = await is_whole(log, FENLAND)
        assert [held[one.position - 1] for one in found] == [f"{n}" for n in range(30)]


async def test_commands_that_add_nothing_survive_a_connection_lost_at_commit(database: Database) -> None:
    async with (
        a_proxy(database.app_url) as proxy,
        await PostgresEventLog.open(proxy.url, tag_key=TAG_KEY) as log,
    ):
        await log.append(an_append("one"))
        proxy.fault = "cut after COMMIT"
        nothing = Append(FENLAND, (), (), CommandKey(b"nothing", b"digest"), b"result")
        assert (await within(5, log, nothing))[0] == 1
        assert await within(5, log, nothing) == (1, True, b"result")


async def test_a_refusal_waits_for_the_commit_of_what_it_rests_on(database: Database) -> None:
    """Else somebody could be told "taken" because of an append that is then lost."""
    async with (
        a_proxy(database.app_url) as proxy,
        await PostgresEventLog.open(proxy.url, tag_key=TAG_KEY) as log,
    ):
        await log.append(an_append("one"))
        proxy.fault = "hold COMMIT"
        conditions = (Condition(about("place:1"), 1),)
        accepted = asyncio.create_task(log.append(an_append("accepted", "place:1", conditions=conditions)))
        refused = asyncio.create_task(log.append(an_append("refused", "place:1", conditions=conditions)))
        await asyncio.wait_for(proxy.struck.wait(), 5)
        # A later batch is prepared behind the one that is being committed, and refused because of it.
        later = asyncio.create_task(log.append(an_append("later", "place:1", conditions=conditions)))
        await asyncio.sleep(0.2)
        assert not any(one.done() for one in (accepted, refused, later))
        proxy.released.set()
        assert (await asyncio.wait_for(accepted, 5)).position == 2
        for one in (refused, later):
            with pytest.raises(ConditionFailed):
                await asyncio.wait_for(one, 5)


async def test_what_a_writer_forgets_while_it_judges_a_batch_is_still_judged(log: PostgresEventLog) -> None:
    """The position that the second of them stands on is remembered when the batch is taken; the first is long."""
    await log.append(an_append("one", "place:1"))
    filling = 2 * GENERATION_EVENTS - 10
    await log.append(Append(FENLAND, tuple(an_entry("filling") for _ in range(GENERATION_EVENTS))))
    await log.append(Append(FENLAND, tuple(an_entry("filling") for _ in range(filling - GENERATION_EVENTS))))
    long = Append(FENLAND, tuple(an_entry("filling") for _ in range(GENERATION_EVENTS + 20)))
    stale = an_append("two", "place:1", conditions=(Condition(about("place:1"), 0),))
    fresh = an_append("three", "place:1", conditions=(Condition(about("place:1"), 1),))
    found = await asyncio.gather(log.append(long), outcome(log, stale), outcome(log, fresh))
    assert found[1] == ("ConditionFailed",)
    assert found[2][0] == found[0].position + 1


async def test_a_window_that_is_another_when_the_database_answers_judges_nothing() -> None:
    """Between a question without the lock and its answer, the other lane may find that somebody else has written."""
    writer = Writer("", hasher(TAG_KEY), 10, 1.0, lambda: None)
    head = Head(FENLAND, 1, 1)
    head.stands_at((1, BEGINNING_OF_TIME, bytes(32)))

    class Answering:
        moves = True

        async def fetch(self, *_: object) -> list[object]:
            if self.moves:
                head.stands_at((5, BEGINNING_OF_TIME, bytes(64)))
            return []

    answering = Answering()
    connection = cast("Connection", answering)
    lane = Lane(Line("", "lane", {}, 1.0))
    lane.heads = [head]
    batch = Batch()
    batch.taken = [Pending(head, an_append("one", conditions=(Condition(about("place:1"), 1),)), 1, hasher(TAG_KEY))]
    assert await writer._judge(connection, lane, batch, locked=False) is None  # noqa: SLF001
    answering.moves = False
    assert await writer._judge(connection, lane, batch, locked=False) is not None  # noqa: SLF001


async def test_a_batch_prepared_behind_one_that_is_lost_is_judged_again(database: Database) -> None:
    async with (
        a_proxy(database.app_url) as proxy,
        await PostgresEventLog.open(proxy.url, tag_key=TAG_KEY) as log,
    ):
        await log.append(an_append("one"))
        await asyncio.gather(*(log.append(an_append("warm", log=WOLDS)) for _ in range(20)))  # both lanes connected
        proxy.fault = "cut before COMMIT"
        waves = []
        for wave in range(4):
            waves += [asyncio.create_task(outcome(log, an_append(f"{wave}-{n}", f"tag:{n}"))) for n in range(30)]
            await asyncio.sleep(0.002)
        found = await asyncio.wait_for(asyncio.gather(*waves), 10)
        assert proxy.struck.is_set()
        assert sorted(one[0] for one in found if isinstance(one[0], int)) == list(range(2, 122))
        assert len(await is_whole(log, FENLAND)) == 121


async def test_what_cannot_be_recorded_fails_alone(log: PostgresEventLog) -> None:
    """A command key that is too long for the index, among twenty that are not."""
    await log.append(an_append("one"))
    poison = Append(FENLAND, (an_entry("poison"),), (), CommandKey(os.urandom(9_000), b"digest"))
    appends = [an_append(f"{n}", key=f"{n}") for n in range(20)]
    good = [asyncio.create_task(log.append(one)) for one in appends[:10]]
    bad = asyncio.create_task(log.append(poison))
    good += [asyncio.create_task(log.append(one)) for one in appends[10:]]
    with pytest.raises(NotRecordable):
        await asyncio.wait_for(bad, 5)
    assert sorted([(await one).position for one in good]) == list(range(2, 22))
    assert "poison" not in await is_whole(log, FENLAND)


async def test_a_full_disk_refuses_the_whole_batch_and_the_log_goes_on_once_there_is_room(
    log: PostgresEventLog, database: Database
) -> None:
    await log.append(an_append("one"))
    async with await psycopg.AsyncConnection.connect(database.owner_url, autocommit=True) as owner:
        await owner.execute(
            "CREATE FUNCTION no_room() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
            "RAISE EXCEPTION 'could not extend file' USING ERRCODE = 'disk_full'; END $$"
        )
        await owner.execute(
            "CREATE TRIGGER no_room BEFORE INSERT ON batch_case FOR EACH ROW EXECUTE FUNCTION no_room()"
        )
        appends = [an_append(f"{n}", key=f"{n}") for n in range(12)]
        refused = await asyncio.gather(*(log.append(one) for one in appends), return_exceptions=True)
        assert {type(one) for one in refused} == {LogUnavailable}
        assert await is_whole(log, FENLAND) == ["one"]
        await owner.execute("DROP TRIGGER no_room ON batch_case")
    again = await asyncio.gather(*(log.append(one) for one in appends))
    assert [(one.position, one.repeated) for one in again] == [(n, False) for n in range(2, 14)]
    assert len(await is_whole(log, FENLAND)) == 13


async def test_an_old_open_snapshot_leaves_no_dead_heads_behind(log: PostgresEventLog, database: Database) -> None:
    """An updated head would leave a version for each commit that no vacuum could clear while the snapshot is open."""
    async with (
        await psycopg.AsyncConnection.connect(database.owner_url) as old,
        await psycopg.AsyncConnection.connect(database.owner_url, autocommit=True) as owner,
    ):
        await old.set_isolation_level(psycopg.IsolationLevel.REPEATABLE_READ)
        await log.append(an_append("one"))
        await old.execute("SELECT count(*) FROM event")
        for wave in range(60):
            await asyncio.gather(*(log.append(an_append(f"{wave}-{n}")) for n in range(10)))
        found = await (
            await owner.execute("SELECT pg_relation_size('log_head'), (SELECT count(*) FROM event)")
        ).fetchone()
        assert found == (8192, 601)
        seen = await (await old.execute("SELECT count(*) FROM event")).fetchone()
        assert seen == (1,)


async def test_the_log_refuses_while_it_closes_and_finishes_what_waits(database: Database) -> None:
    log = await PostgresEventLog.open(database.app_url, tag_key=TAG_KEY)
    await log.append(an_append("one"))
    waiting = [asyncio.create_task(log.append(an_append(f"{n}"))) for n in range(200)]
    await asyncio.sleep(0)
    closing = asyncio.create_task(log.close())
    await asyncio.sleep(0)
    with pytest.raises(LogUnavailable):
        await log.append(an_append("too late"))
    await asyncio.wait_for(closing, 10)
    assert [(await one).position for one in waiting] == list(range(2, 202))


async def test_a_caller_that_gives_up_harms_nobody(log: PostgresEventLog) -> None:
    await log.append(an_append("one"))
    tasks = [asyncio.create_task(log.append(an_append(f"{n}"))) for n in range(60)]
    await asyncio.sleep(0)
    for one in tasks[::3]:
        one.cancel()
    found = await asyncio.gather(*tasks, return_exceptions=True)
    assert all(isinstance(one, asyncio.CancelledError) for one in found[::3])
    assert (await within(5, log, an_append("after")))[0] == await log.head(FENLAND)
    assert len(await is_whole(log, FENLAND)) >= 42


async def test_nothing_recorded_is_changed_not_even_by_the_owner(database: Database) -> None:
    for table in TABLES:
        for statement in (f"UPDATE {table} SET log_id = log_id", f"DELETE FROM {table}", f"TRUNCATE {table}"):  # noqa: S608 - our own names
            async with await psycopg.AsyncConnection.connect(database.owner_url, autocommit=True) as owner:
                with pytest.raises(psycopg.errors.InsufficientPrivilege, match="only ever added to"):
                    await owner.execute(statement)
            async with await psycopg.AsyncConnection.connect(database.app_url, autocommit=True) as application:
                with pytest.raises(psycopg.errors.InsufficientPrivilege):
                    await application.execute(statement)


async def test_whoever_follows_the_log_is_woken_by_another_process(log: PostgresEventLog, database: Database) -> None:
    wake_ups = log.wake_ups()
    await anext(wake_ups)  # the first may be the poll's
    async with await PostgresEventLog.open(database.app_url, tag_key=TAG_KEY) as other:
        await other.append(an_append("one"))
        await asyncio.wait_for(anext(wake_ups), 5)
    assert notes(await log.read(FENLAND)) == ["one"]


@pytest.mark.parametrize("off", [dt.timedelta(hours=1), dt.timedelta(hours=-1)], ids=["ahead", "behind"])
async def test_what_is_recorded_bears_the_time_of_the_database(log: PostgresEventLog, off: dt.timedelta) -> None:
    """The time is carried on between its answers; one that is not the database's is found out under the lock."""
    before = (await log.append(an_append("one"))).recorded_at
    log._writer._clock.heard(before + off)  # noqa: SLF001 - as if a clock had been set
    for note in ("two", "three"):
        assert dt.timedelta() <= (await log.append(an_append(note))).recorded_at - before < dt.timedelta(minutes=1)


async def test_a_batch_is_one_message(log: PostgresEventLog) -> None:
    """The other lane's waits behind it, so that the database has its next before this process hears of the last."""
    await log.append(an_append("one", key="k"))
    asked: list[str] = []
    for lane in log._writer._lanes:  # noqa: SLF001 - what goes over the wire is the point
        connection = await lane.line.connection()
        cast("asyncpg.Connection", connection).add_query_logger(lambda record: asked.append(record.query))
    for number in range(3):
        condition = Condition(about("place:1"), 1 + number)
        await log.append(an_append(f"{number}", key=f"k{number}", conditions=(condition,)))
    assert asked == [SQL["record"]] * 3
    again = await log.append(an_append("one", key="k"))
    assert (again.position, again.repeated) == (1, True)


async def test_a_batch_that_overtook_the_one_before_it_comes_again(
    log: PostgresEventLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two messages on two connections may arrive in either order; the one prepared behind the other waits for it."""
    await log.append(an_append("one"))
    asked, held = count(), asyncio.Event()

    class Delayed:
        """The first message of all is held up."""

        def __init__(self, connection: Connection) -> None:
            self._connection = connection

        async def fetch(self, query: str, *args: object) -> Sequence[object]:
            if not next(asked):
                await held.wait()
            return await self._connection.fetch(query, *args)

    for lane in log._writer._lanes:  # noqa: SLF001 - each lane has a connection of its own
        delayed = Delayed(await lane.line.connection())
        monkeypatch.setattr(lane.line, "connection", AsyncMock(return_value=delayed))
    waves = []
    for wave in range(2):
        waves += [asyncio.create_task(log.append(an_append(f"{wave}-{n}", key=f"{wave}-{n}"))) for n in range(16)]
        await asyncio.sleep(0.05)
    assert not any(one.done() for one in waves)
    assert next(asked) == 2  # both messages are on their way
    held.set()
    assert sorted([(await one).position for one in waves]) == list(range(2, 34))
    assert not any(head.contended_until for head in log._heads.values())  # noqa: SLF001 - nobody else has written


async def test_what_two_lanes_have_on_its_way_goes_in_turn_though_its_order_was_lost(
    log: PostgresEventLog, database: Database
) -> None:
    """The message that is to be first does not give way to the one behind it: nothing is judged again."""
    await log.append(an_append("one"))
    asked: list[str] = []
    for lane in log._writer._lanes:  # noqa: SLF001
        connection = await lane.line.connection()
        cast("asyncpg.Connection", connection).add_query_logger(lambda record: asked.append(record.query))
    waves = []
    async with somebody_holding(database, FENLAND):
        for wave in range(2):
            waves += [asyncio.create_task(log.append(an_append(f"{wave}-{n}"))) for n in range(16)]
            await asyncio.sleep(0)
        await asyncio.sleep(0.03)
    assert sorted([(await one).position for one in waves]) == list(range(2, 34))
    assert not [one for one in asked if one.startswith("BEGIN")]
