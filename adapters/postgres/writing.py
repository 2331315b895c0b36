"""Group commit: concurrent appends become one transaction, each with a verdict of its own (ADR 0004).

A *lane* is a connection that commits one batch after another. Two lanes keep two batches in flight: while one is being
committed, the next is prepared behind it. What a batch goes through:

1. take waiting appends, judge their conditions, write their leaves, all on what the log will be once the batch before
   it is committed. The database is asked only for conditions older than what this writer remembers;
2. by one message (the function `record_batch`) lock the heads of its logs, see under the locks that each log stands
   where the batch was prepared for (its peaks, which hash all that it holds, say so), record and commit. The lane does
   not wait for the batch before it: its message waits in PostgreSQL, which goes on without hearing from this process;
3. only then tell anybody anything: a refusal may rest on an append of the same batch or the one before it. Commands
   that would be refused are looked up first: one that was carried out before gets the answer that it got then.

Where 2 records nothing (somebody else has written, holds a lock, or a command was carried out before), the batch is
taken again and judged under the locks, in a transaction of several statements.

A lane whose connection is lost in 2 does not know whether its batch was kept. It takes the head lock again, which
proves that the lost transaction has ended, and looks whether the batch with its peaks is there.
"""

import asyncio
import math
import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from operator import attrgetter
from pathlib import Path
from typing import Any, Final

import asyncpg
import structlog

from adapters.postgres.batch import (
    NO_QUESTIONS,
    NOTHING,
    Clock,
    Head,
    Known,
    Pending,
    Questions,
    Standing,
    Work,
    keys_of,
    known_as,
    numbers,
)
from adapters.postgres.connection import LOST, Connection, Line, named_queries
from adapters.postgres.hashing import Hashed
from adapters.postgres.window import Window
from application.ports import Append, Appended, ConditionFailed, LogBusy, LogUnavailable, NotRecordable

LANES: Final = 2
BATCH_APPENDS: Final = 512
BATCH_APPENDS_LEAST: Final = 8
BATCH_BYTES: Final = 8 * 1024 * 1024
BATCH_LOGS: Final = 64
ATTEMPTS: Final = 4
ATTEMPTS_FOR_A_LOCK: Final = 2
PASSED_OVER: Final = 2
CONTENDED_SECONDS: Final = 1.0
LOCK_SECONDS: Final = 2.0
ANSWER_SECONDS: Final = 8.0
PATIENCE_SECONDS: Final = 1.0
SETTLE_SECONDS: Final = 15.0
RETRY_SECONDS: Final = 0.05
DOWN_RETRY_SECONDS: Final = 0.25

SETTINGS: Final = {
    "idle_in_transaction_session_timeout": "5000",
    "transaction_timeout": "10000",
    "tcp_user_timeout": "5000",
    "default_transaction_isolation": "read committed",
    "synchronous_commit": "on",
    "timezone": "UTC",
}

SQL: Final = named_queries(Path(__file__).with_name("event_log.sql"))
HEAD, CLOCK, COMMAND, FAILED = range(4)
"""The kinds of rows that the statement `judge` answers."""
RECORDED, NOT_LOCKED, LATE, MOVED, REPEATED = range(5)
"""What became of a batch that was to be recorded; only in the first case anything was (the function `record_batch`)."""

log_line = structlog.get_logger(__name__)


class Batch:
    """What a lane is about to commit."""

    __slots__ = ("committing", "taken", "work")

    def __init__(self) -> None:
        self.taken: list[Pending] = []
        self.work: Work | None = None
        self.committing = False


class Lane:
    """A connection of the writer, and what it is doing."""

    def __init__(self, line: Line) -> None:
        self.line = line
        self.heads: list[Head] = []
        self.behind: Lane | None = None
        """The lane that has the locks which this one is to have next."""
        self.alone = False
        """Whether it waits for a log that others hold: one lane at most may."""
        self.built = False
        """Whether what its logs will be after its batch is known."""
        self.landed: asyncio.Future[bool] | None = None
        """Done once it is through, or has its locks: whether its batch was recorded just as it had been prepared."""
        self.work: Work | None = None
        self.in_flight = 0


class Writer:
    """Drains the queue of appends into transactions, two at a time."""

    def __init__(
        self,
        dsn: str,
        hashed: Hashed,
        queue_limit: int,
        lock_seconds: float,
        on_commit: Callable[[], None],
        lanes: int = LANES,
    ) -> None:
        """With one lane, whatever comes while a batch is being committed is the next: larger batches, later begun."""
        settings = {**SETTINGS, "lock_timeout": str(math.ceil(lock_seconds * 1000))}
        self._hashed = hashed
        self._queue_limit = queue_limit
        self._on_commit = on_commit
        self._lanes = [Lane(Line(dsn, f"log writer {n}", settings, ANSWER_SECONDS)) for n in range(1, lanes + 1)]
        self._tasks: list[asyncio.Task[None]] = []
        self._ready: dict[Head, None] = {}
        self._waiting = 0
        self._number = 0
        self._idle: list[asyncio.Future[None]] = []
        self._closing = False
        self._down = False
        self._clock = Clock()

    def start(self) -> None:
        """Begin to write."""
        self._tasks = [asyncio.create_task(self._run(lane), name="log writer") for lane in self._lanes]

    async def close(self) -> None:
        """Refuse what comes, finish what waits, and let the connections go."""
        self._closing = True
        self._wake_all()
        await asyncio.gather(*self._tasks)
        for lane in self._lanes:
            await lane.line.close()

    def refuse_now(self) -> None:
        """Raise what an append meets before it may wait: LogBusy or LogUnavailable."""
        if self._closing or self._down:
            raise LogUnavailable
        if self._waiting >= self._queue_limit:
            raise LogBusy

    async def append(self, head: Head, append: Append) -> Appended:
        """Wait for the verdict on an append.

        Raises: ConditionFailed, CommandReused, LogBusy, LogUnavailable, NotRecordable.
        """
        self.refuse_now()
        self._number += 1
        pending = Pending(head, append, self._number, self._hashed)
        head.waiting.append(pending)
        self._ready[head] = None
        self._waiting += 1
        if self._idle:
            self._wake_one()
        return await pending.future

    def _wake_one(self) -> None:
        while self._idle:
            idle = self._idle.pop()
            if not idle.done():
                idle.set_result(None)
                return

    def _wake_all(self) -> None:
        while self._idle:
            self._wake_one()

    async def _run(self, lane: Lane) -> None:
        """A lane's life."""
        while True:
            if not self._choose(lane):
                if self._closing and not self._waiting:
                    return
                idle = asyncio.get_running_loop().create_future()
                self._idle.append(idle)
                await idle
                continue
            batch = Batch()
            try:
                await self._attempt(lane, batch)
            except Exception:  # a lane that died would leave its appends waiting for ever
                log_line.exception("log_writer_failed")
                lane.line.drop()
                self._fail(batch.taken, LogUnavailable)
            finally:
                self._let_go(lane)
            await asyncio.sleep(0)  # who was just answered may have more to append

    def _choose(self, lane: Lane) -> bool:
        """Choose the logs to write next: those nobody holds, one that others hold, or those of the other lane."""
        idle: list[Head] = []
        behind: list[Head] = []
        now = time.monotonic()
        somebody_waits = any(other.alone for other in self._lanes)
        for head in self._ready:
            if head.holder is None:
                if head.passed_over < PASSED_OVER and head.contended_until < now:
                    idle.append(head)
                elif not idle and not somebody_waits:
                    return self._claim(lane, [head], alone=True)
            elif head.holder.built and not head.passed_over:
                behind.append(head)
            if len(idle) == BATCH_LOGS:
                break
        if idle:
            return self._claim(lane, idle, alone=False)
        return bool(behind) and self._claim(lane, behind[:BATCH_LOGS], alone=False)

    @staticmethod
    def _claim(lane: Lane, heads: list[Head], *, alone: bool) -> bool:
        lane.heads = heads
        lane.alone = alone
        lane.behind = heads[0].holder
        lane.landed = asyncio.get_running_loop().create_future()
        for head in heads:
            if head.holder is None:
                head.holder = lane
        return True

    @staticmethod
    def _land(lane: Lane, *, as_prepared: bool) -> None:
        if lane.landed is not None and not lane.landed.done():
            lane.landed.set_result(as_prepared)

    def _let_go(self, lane: Lane) -> None:
        self._land(lane, as_prepared=False)
        for head in lane.heads:
            if head.holder is lane:
                head.holder = next(
                    (other for other in self._lanes if other.behind is lane and head in other.heads), None
                )
            if head.waiting:
                self._ready.setdefault(head)
        for other in self._lanes:
            if other.behind is lane:
                other.behind = None
        lane.heads = []
        lane.behind = None
        lane.alone = False
        lane.built = False
        lane.work = None
        lane.in_flight = 0
        if self._closing:
            self._wake_all()
        elif self._ready:
            self._wake_one()

    def _take(self, lane: Lane, batch: Batch, heads: Iterable[Head]) -> None:
        """Take appends of these logs: about half of all that are under way, so that the other lane has its half."""
        under_way = self._waiting + sum(other.in_flight for other in self._lanes)
        most = min(BATCH_APPENDS, max(BATCH_APPENDS_LEAST, math.ceil(under_way / len(self._lanes))))
        size = 0
        for head in heads:
            if len(batch.taken) >= most or size >= BATCH_BYTES:
                break
            waiting = head.waiting
            while waiting and len(batch.taken) < most and size < BATCH_BYTES:
                pending = waiting[0]
                if pending.alone and batch.taken:
                    most = 0
                    break
                waiting.popleft()
                self._waiting -= 1
                if pending.future.done():  # nobody waits for it any more
                    continue
                batch.taken.append(pending)
                size += pending.bytes
                if pending.alone:
                    most = 0
            self._ready.pop(head, None)
            if waiting:  # to the end of the round: no log keeps the others waiting
                self._ready[head] = None
        lane.in_flight = len(batch.taken)

    def _give_back(self, taken: Iterable[Pending], cost: int = 1) -> None:
        """Put appends back among those that wait, in the order in which all came; tried too often, they are refused."""
        heads: dict[Head, None] = {}
        for pending in taken:
            if pending.future.done():
                continue
            pending.attempts += cost
            if pending.attempts >= ATTEMPTS:
                pending.future.set_exception(LogBusy())
                continue
            pending.head.waiting.append(pending)
            heads[pending.head] = None
            self._waiting += 1
        for head in heads:
            head.waiting = deque(sorted(head.waiting, key=attrgetter("number")))
        self._ready.update(heads)

    @staticmethod
    def _fail(taken: Iterable[Pending], outcome: type[Exception], cause: Exception | None = None) -> None:
        for pending in taken:
            if not pending.future.done():
                error = outcome()
                error.__cause__ = cause
                pending.future.set_exception(error)

    @staticmethod
    def _resolve(work: Work) -> None:
        for pending, verdict in work.verdicts:
            pending.answer(verdict)

    async def _attempt(self, lane: Lane, batch: Batch) -> None:
        """One batch, and what to do where it fails."""
        try:
            connection = await self._connect(lane)
            if connection is None:
                return
            await self._transact(connection, lane, batch)
        except asyncpg.LockNotAvailableError:
            # The holder of the lock stalls; PostgreSQL ends its transaction before long.
            await self._roll_back(lane)
            if len(lane.heads) == 1:
                taken, batch.taken = [*batch.taken, *lane.heads[0].waiting], []
                self._waiting -= len(lane.heads[0].waiting)
                lane.heads[0].waiting.clear()
                self._give_back(taken, cost=ATTEMPTS // ATTEMPTS_FOR_A_LOCK)
                if not lane.heads[0].waiting:
                    self._ready.pop(lane.heads[0], None)
            self._give_back(batch.taken, cost=0)
            for head in lane.heads:  # which of several it was is found out by waiting for each alone
                head.passed_over = PASSED_OVER
                head.sure = False
        except (asyncpg.SerializationError, asyncpg.DeadlockDetectedError, asyncpg.UniqueViolationError):
            await self._roll_back(lane)
            self._give_back(batch.taken)
        except Exception as error:  # noqa: BLE001 - whatever it is, nobody may wait for ever
            for head in lane.heads:
                head.sure = False
            if isinstance(error, LOST) and not isinstance(error, ValueError):
                lane.line.drop()
                if batch.committing and batch.work is not None:
                    await self._settle(lane, batch, batch.work)
                else:
                    self._give_back(batch.taken)
                return
            await self._roll_back(lane)
            if isinstance(error, asyncpg.InsufficientResourcesError | asyncpg.PostgresSystemError):
                log_line.warning("log_store_refused", error=repr(error))
                self._fail(batch.taken, LogUnavailable, error)  # whoever is told may say that the disk is full
            else:
                self._isolate(batch, error)

    def _isolate(self, batch: Batch, error: Exception) -> None:
        """One of these cannot be recorded: try each alone, so that only that one fails."""
        if len(batch.taken) == 1:
            log_line.warning("append_not_recordable", error=repr(error))
            self._fail(batch.taken, NotRecordable, error)
            return
        for pending in batch.taken:
            pending.alone = True
            pending.attempts = 0
        self._give_back(batch.taken)

    @staticmethod
    async def _roll_back(lane: Lane) -> None:
        try:
            connection = await lane.line.connection()
            await connection.execute("ROLLBACK")
        except (*LOST, asyncpg.PostgresError):
            lane.line.drop()

    async def _connect(self, lane: Lane) -> Connection | None:
        """The lane's connection. None where the database does not answer: then all that wait have been told so."""
        give_up = time.monotonic() + PATIENCE_SECONDS
        while True:
            try:
                connection = await lane.line.connection()
            except (*LOST, asyncpg.PostgresError) as error:
                if self._down or time.monotonic() >= give_up:
                    if not self._down:
                        log_line.warning("log_store_unavailable", error=repr(error))
                    self._down = True
                    self._fail_all_waiting()
                    if not self._closing:
                        self._probe()
                    return None
                await asyncio.sleep(RETRY_SECONDS)
            else:
                self._down = False
                return connection

    def _fail_all_waiting(self) -> None:
        for head in list(self._ready):
            refused = list(head.waiting)
            head.waiting.clear()
            self._fail(refused, LogUnavailable)
        self._ready.clear()
        self._waiting = 0

    def _probe(self) -> None:
        """Look for the database now and then while it is away."""
        if not any(task.get_name() == "log probe" and not task.done() for task in self._tasks):
            self._tasks.append(asyncio.create_task(self._until_up(), name="log probe"))

    async def _until_up(self) -> None:
        line = Line(self._lanes[0].line.dsn, "log probe", SETTINGS, ANSWER_SECONDS)
        while self._down and not self._closing:
            try:
                await line.connection()
            except (*LOST, asyncpg.PostgresError):
                await asyncio.sleep(DOWN_RETRY_SECONDS)
            else:
                self._down = False
                log_line.info("log_store_back")
        await line.close()

    async def _settle(self, lane: Lane, batch: Batch, work: Work) -> None:
        """Find out under the head locks whether a batch whose COMMIT was not answered was kept."""
        if not work.standing:  # commands alone: they are looked up like any command that is sent again
            self._give_back(batch.taken)
            return
        heads = numbers([head.log_id for head in lane.heads])
        give_up = time.monotonic() + SETTLE_SECONDS
        unreachable_until = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < give_up:
            try:
                connection = await lane.line.connection()
                unreachable_until = time.monotonic() + PATIENCE_SECONDS
                await connection.execute("BEGIN")
                await connection.fetch(SQL["lock_waiting"], heads)
                landed = (await connection.fetch(SQL["landed"], *work.standing[0]))[0][0]
                await connection.execute("ROLLBACK")
            except asyncpg.LockNotAvailableError:
                await self._roll_back(lane)
            except (*LOST, asyncpg.PostgresError):
                lane.line.drop()
                if time.monotonic() >= unreachable_until:
                    break
                await asyncio.sleep(RETRY_SECONDS)
            else:
                if landed:
                    self._resolve(work)
                    self._on_commit()
                    self._give_back(work.doubtful, cost=0)
                else:
                    self._give_back(batch.taken)
                return
        self._fail(batch.taken, LogUnavailable)

    async def _transact(self, connection: Connection, lane: Lane, batch: Batch) -> None:
        """One batch from its taking to its commit."""
        work: Work | None = None
        now = time.monotonic()
        if not lane.alone and all(head.sure and head.contended_until < now for head in lane.heads):
            self._take(lane, batch, lane.heads)
            if not batch.taken:
                return
            work = await self._judge(connection, lane, batch, locked=False)
            if work is not None and work.anything:
                if await self._record_at_once(connection, lane, batch, work):
                    self._land(lane, as_prepared=True)
                    await self._tell(connection, work)
                    return
                work = None
        if lane.behind is not None and lane.behind.landed is not None:
            await lane.behind.landed  # PostgreSQL gives a lock in the order it is asked for
        locked = await self._lock(connection, lane)
        self._land(lane, as_prepared=False)
        if work is not None and len(locked) == len(lane.heads):
            # Verdicts alone, which may rest on the batch before this one.
            if (await connection.fetch(SQL["changed"], *work.before()))[0][0]:
                work = None
                for head in lane.heads:
                    head.contended_until = time.monotonic() + CONTENDED_SECONDS
        else:
            work = None
        if work is None:
            self._give_back(batch.taken, cost=0)  # what came before them may have been given back, too
            batch.taken = []
            work = await self._work_under_locks(connection, lane, batch, locked)
        if work is None or not work.anything:
            await connection.execute("ROLLBACK")
        else:
            batch.work = work
            batch.committing = True
            await connection.execute("COMMIT")
            batch.committing = False
        if work is not None:
            await self._tell(connection, work)

    async def _tell(self, connection: Connection, work: Work) -> None:
        """Tell everybody, now that all is committed; those in doubt once their commands were looked up."""
        self._resolve(work)
        if work.anything:
            self._on_commit()
        if not work.doubtful:
            return
        rows = await connection.fetch(SQL["judge"], "{}", *keys_of(work.doubtful), *NO_QUESTIONS)
        for kind, ordinal, *known in rows:
            command = work.doubtful[ordinal - 1].append.command
            if kind == COMMAND and command is not None:
                work.doubtful[ordinal - 1].answer(known_as(command, tuple(known)))
        for pending in work.doubtful:
            pending.answer(ConditionFailed())

    async def _work_under_locks(
        self, connection: Connection, lane: Lane, batch: Batch, locked: list[Head]
    ) -> Work | None:
        """Take, judge and record with the locks held."""
        for head in lane.heads:
            head.sure = False
        self._take(lane, batch, locked)
        if not batch.taken:
            return None
        work = await self._judge(connection, lane, batch, locked=True)
        if work is not None and work.anything:
            rows = await connection.fetch(SQL["record"], False, None, *work.parameters())
            assert rows[0][0] == RECORDED, "a log moved under its lock"
        return work

    async def _record_at_once(self, connection: Connection, lane: Lane, batch: Batch, work: Work) -> bool:
        """Lock, check, record and commit by one message. False, and nothing recorded, where this cannot be done."""
        before = None if lane.behind is None else lane.behind.landed
        as_prepared = True
        batch.work = work
        outcome = await self._record(connection, batch, work, waits=before is not None)
        # Of two messages the later may get the lock: it comes again when the earlier is through, which waits for it.
        if outcome == MOVED and before is not None:
            as_prepared = await before
            outcome = await self._record(connection, batch, work, waits=True)
        elif outcome == NOT_LOCKED and any(other.behind is lane for other in self._lanes):
            outcome = await self._record(connection, batch, work, waits=True)
        until = time.monotonic() + CONTENDED_SECONDS
        if outcome == MOVED and as_prepared:  # somebody else has written
            for head in lane.heads:
                head.contended_until = until
        elif outcome == REPEATED:
            for head in lane.heads:
                head.repeated_until = until
        return outcome == RECORDED

    async def _record(self, connection: Connection, batch: Batch, work: Work, *, waits: bool) -> int:
        """Send the one message; what became of it."""
        batch.committing = True
        try:
            outcome, clock = (await connection.fetch(SQL["record"], waits, work.clock, *work.parameters()))[0]
        except asyncpg.LockNotAvailableError:
            outcome = NOT_LOCKED
        except asyncpg.UniqueViolationError:  # a command that was carried out before
            outcome = REPEATED
        else:
            self._clock.heard(clock)
        batch.committing = False
        return int(outcome)

    @staticmethod
    async def _lock(connection: Connection, lane: Lane) -> list[Head]:
        """Begin, and lock what can be locked."""
        heads = lane.heads
        waits = lane.alone or lane.behind is not None
        if len(heads) == 1:  # one way there and back for both statements; each still has a snapshot of its own
            skip = "" if waits else " SKIP LOCKED"
            status = await connection.execute(
                f"BEGIN; SELECT FROM log_head WHERE log_id = {heads[0].log_id:d} FOR UPDATE{skip}"
            )
            locked = heads if status == "SELECT 1" else []
        else:
            await connection.execute("BEGIN")
            ids = numbers([head.log_id for head in heads])
            rows = await connection.fetch(SQL["lock_waiting" if waits else "lock_idle"], ids)
            got = {row[0] for row in rows}
            locked = [head for head in heads if head.log_id in got]
        for head in heads:
            head.passed_over = 0 if head in locked else head.passed_over + 1
            if head.passed_over == PASSED_OVER:
                head.contended_until = time.monotonic() + CONTENDED_SECONDS
        return locked

    async def _judge(self, connection: Connection, lane: Lane, batch: Batch, *, locked: bool) -> Work | None:
        """Give each append of the batch its verdict, and make the rows of those that hold.

        None where a window was another one when the database answered than when it was asked: only under the locks.
        """
        taken = batch.taken
        heads = (
            [head for head in lane.heads if any(pending.head is head for pending in taken)] if locked else lane.heads
        )
        in_flight = [other.work for other in self._lanes if other is not lane and other.work is not None]
        remembered = {head: (head.window, head.window.start) for head in heads}
        questions = Questions(self._hashed)
        for number, pending in enumerate(taken):
            head = pending.head
            for condition in pending.append.conditions:
                if condition.after < head.window.start:
                    questions.ask(number, head.log_id, condition)
        rows: Sequence[Any] = ()
        asked = locked or questions.anything or self._has_to_ask(heads)
        keyed = [pending for pending in taken if pending.append.command is not None]
        if asked:
            rows = await connection.fetch(
                SQL["judge"],
                numbers([head.log_id for head in heads]) if locked else "{}",
                *keys_of(keyed),
                *questions.parameters(),
            )
        standing, known, failed = self._answers(rows, keyed)
        if locked:
            in_flight = []
            for head in heads:
                if head.stands_at(standing.get(head.log_id, NOTHING)):
                    del remembered[head]
            failed |= await self._judge_older(connection, taken, remembered)
        elif any(was != (head.window, head.window.start) for head, was in remembered.items()):
            return None
        work = Work(heads, self._clock.now(), asked=asked)
        for number, pending in enumerate(taken):
            fails = number in failed or pending.head.tree.size > questions.everything.get(number, math.inf)
            work.judge(pending, known.get(pending), in_flight, failed=fails)
        work.close()
        lane.work = work
        lane.built = True
        if self._ready and self._idle:
            self._wake_one()
        return work

    def _answers(
        self, rows: Sequence[Any], keyed: Sequence[Pending]
    ) -> tuple[dict[int, Standing], dict[Pending, Known], set[int]]:
        """Where logs stand, which commands are known, and which appends fail."""
        standing: dict[int, Standing] = {}
        known: dict[Pending, Known] = {}
        failed: set[int] = set()
        for kind, ordinal, position, recorded_at, first, second in rows:
            if kind == COMMAND:
                known[keyed[ordinal - 1]] = (position, recorded_at, first, second)
            elif kind == FAILED:
                failed.add(ordinal)
            elif kind == CLOCK:
                self._clock.heard(recorded_at)
            else:
                standing[ordinal] = (position, recorded_at, first)
        return standing, known, failed

    def _has_to_ask(self, heads: Iterable[Head]) -> bool:
        """Whether the time is not known, or commands are sent again: else what is new is judged without a question."""
        now = time.monotonic()
        return not self._clock.runs() or any(head.repeated_until > now for head in heads)

    async def _judge_older(
        self, connection: Connection, taken: list[Pending], remembered: dict[Head, tuple[Window, int]]
    ) -> set[int]:
        """Somebody else has written: ask for the conditions that the window, from its start on, was to have judged."""
        questions = Questions(self._hashed)
        for number, pending in enumerate(taken):
            head = pending.head
            if head not in remembered:
                continue
            _, start = remembered[head]
            for condition in pending.append.conditions:
                if start <= condition.after < head.window.start:
                    questions.ask(number, head.log_id, condition)
        if not questions.anything:
            return set()
        rows = await connection.fetch(SQL["judge"], "{}", "{}", [], *questions.parameters())
        return questions.everything.keys() | {row[1] for row in rows if row[0] == FAILED}
