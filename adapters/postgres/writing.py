"""Group commit: concurrent appends become one transaction, each with a verdict of its own (ADR 0004).

A *lane* is a connection that commits one batch after another; two lanes keep two batches in flight, the second waiting
on the head lock inside PostgreSQL. What each batch goes through:

1. lock the heads of some logs, as a statement of its own: only the next statement sees what its holder committed;
2. take waiting appends of these logs; look up their commands, judge their conditions;
3. record what was accepted;
4. commit, and only then tell anybody anything: a refusal may rest on an append of the same batch.

A lane whose connection is lost in 4 does not know whether its batch was kept. It takes the head lock again, which proves
that the lost transaction has ended, and looks whether the batch with its peaks is there.
"""

import asyncio
import datetime as dt
import math
import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Final

import asyncpg
import structlog

from adapters.postgres.connection import LOST, Connection, Line, named_queries
from adapters.postgres.window import Window
from adapters.proof import leaf
from adapters.proof.tree import Tree
from application.ports import (
    Append,
    Appended,
    CommandReused,
    Condition,
    ConditionFailed,
    LogBusy,
    LogId,
    LogUnavailable,
    NotRecordable,
)

LANES: Final = 2
BATCH_APPENDS: Final = 512
BATCH_APPENDS_LEAST: Final = 8
BATCH_BYTES: Final = 8 * 1024 * 1024
BATCH_LOGS: Final = 64
ATTEMPTS: Final = 4
PASSED_OVER: Final = 2
CONTENDED_SECONDS: Final = 1.0
LOCK_MILLISECONDS: Final = 2_000
ANSWER_SECONDS: Final = 8.0
PATIENCE_SECONDS: Final = 1.0
SETTLE_SECONDS: Final = 15.0
RETRY_SECONDS: Final = 0.05
DOWN_RETRY_SECONDS: Final = 0.25

SETTINGS: Final = {
    "lock_timeout": str(LOCK_MILLISECONDS),
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
_BEGINNING_OF_TIME: Final = dt.datetime.min.replace(tzinfo=dt.UTC)

log_line = structlog.get_logger(__name__)


class Head:
    """What the writer holds of one log: its waiting appends, and where it stands as far as this process knows."""

    __slots__ = (
        "contended_until",
        "held",
        "holder",
        "log_id",
        "name",
        "opening",
        "passed_over",
        "recorded_at",
        "tree",
        "waiting",
        "window",
    )

    def __init__(self, name: LogId, log_id: int, incarnation: int) -> None:
        self.name = name
        self.log_id = log_id
        self.opening = leaf.opening(name, incarnation)
        self.waiting: deque[Pending] = deque()
        self.tree = Tree()
        self.window = Window(0)
        self.recorded_at = _BEGINNING_OF_TIME
        self.holder: Lane | None = None
        self.held = False
        self.passed_over = 0
        self.contended_until = 0.0


class Pending:
    """An append that waits for its verdict."""

    __slots__ = ("alone", "append", "attempts", "bytes", "future", "head", "tags", "types")

    def __init__(self, head: Head, append: Append, types: list[int], tags: list[list[int]], size: int) -> None:
        self.head = head
        self.append = append
        self.types = types
        self.tags = tags
        self.bytes = size
        self.attempts = 0
        self.alone = False
        self.future: asyncio.Future[Appended] = asyncio.get_running_loop().create_future()


class Batch:
    """What a lane is about to commit."""

    __slots__ = ("committing", "locked", "standing", "taken", "verdicts")

    def __init__(self) -> None:
        self.locked: list[Head] = []
        self.taken: list[Pending] = []
        self.verdicts: list[tuple[Pending, Appended | Exception]] = []
        self.standing: list[tuple[int, int, bytes]] = []
        self.committing = False


class Lane:
    """A connection of the writer, and the logs it is about to lock or has locked."""

    def __init__(self, line: Line) -> None:
        self.line = line
        self.heads: list[Head] = []
        self.waits = False
        self.in_flight = 0


class Writer:
    """Drains the queue of appends into transactions, two at a time."""

    def __init__(self, dsn: str, hashed: Callable[[str], int], queue_limit: int, on_commit: Callable[[], None]) -> None:
        self._hashed = hashed
        self._queue_limit = queue_limit
        self._on_commit = on_commit
        self._lanes = [Lane(Line(dsn, f"log writer {n}", SETTINGS, ANSWER_SECONDS)) for n in range(1, LANES + 1)]
        self._tasks: list[asyncio.Task[None]] = []
        self._ready: dict[Head, None] = {}
        self._waiting = 0
        self._idle: list[asyncio.Future[None]] = []
        self._closing = False
        self._down = False

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
        hashed = self._hashed
        types: list[int] = []
        tags: list[list[int]] = []
        size = 0
        for entry in append.entries:
            types.append(hashed(entry.type))
            tags.append([hashed(tag) for tag in dict.fromkeys(entry.tags)])
            size += len(entry.body) + (0 if entry.sealed is None else len(entry.sealed))
        pending = Pending(head, append, types, tags, size)
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
            except Exception as error:  # noqa: BLE001 - a lane that died would leave its appends waiting for ever
                log_line.error("log_writer_failed", error=repr(error))
                lane.line.drop()
                self._fail(batch.taken, LogUnavailable())
            finally:
                self._let_go(lane)

    def _choose(self, lane: Lane) -> bool:
        """Choose the logs to lock next: those nobody holds, else one that others hold, else those of the other lane."""
        idle: list[Head] = []
        behind: list[Head] = []
        now = time.monotonic()
        somebody_waits = any(other.waits for other in self._lanes)
        for head in self._ready:
            if head.holder is None:
                if head.passed_over < PASSED_OVER and head.contended_until < now:
                    idle.append(head)
                elif not idle and not somebody_waits:
                    return self._claim(lane, [head], waits=True)
            elif head.held:
                behind.append(head)
            if len(idle) == BATCH_LOGS:
                break
        if idle:
            return self._claim(lane, idle, waits=False)
        return bool(behind) and self._claim(lane, behind[:BATCH_LOGS], waits=True)

    def _claim(self, lane: Lane, heads: list[Head], *, waits: bool) -> bool:
        lane.heads = heads
        lane.waits = waits
        for head in heads:
            if head.holder is None:
                head.holder = lane
                head.held = False
        return True

    def _let_go(self, lane: Lane) -> None:
        lane.in_flight = 0
        lane.waits = False
        for head in lane.heads:
            if head.holder is lane:
                # Whoever waits behind us in PostgreSQL has the lock now, or is the next to have it.
                head.holder = next((other for other in self._lanes if other is not lane and head in other.heads), None)
                head.held = False
            if head.waiting:  # to the end of the round: no log keeps the others waiting
                self._ready.pop(head, None)
                self._ready[head] = None
        lane.heads = []
        if self._closing:
            self._wake_all()
        elif self._ready:
            self._wake_one()

    def _take(self, lane: Lane, batch: Batch) -> None:
        """Take appends of the locked logs: about half of all that are under way, so that the other lane has its half."""
        under_way = self._waiting + sum(other.in_flight for other in self._lanes)
        most = min(BATCH_APPENDS, max(BATCH_APPENDS_LEAST, math.ceil(under_way / LANES)))
        size = 0
        for head in batch.locked:
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
            if not waiting:
                self._ready.pop(head, None)
        lane.in_flight = len(batch.taken)

    def _give_back(self, taken: Iterable[Pending]) -> None:
        """Put appends back before those that came later; what has been tried too often is refused."""
        for pending in reversed(list(taken)):
            if pending.future.done():
                continue
            pending.attempts += 1
            if pending.attempts >= ATTEMPTS:
                pending.future.set_exception(LogBusy())
                continue
            pending.head.waiting.appendleft(pending)
            self._ready[pending.head] = None
            self._waiting += 1

    @staticmethod
    def _fail(taken: Iterable[Pending], error: Exception) -> None:
        for pending in taken:
            if not pending.future.done():
                pending.future.set_exception(error)

    @staticmethod
    def _resolve(batch: Batch) -> None:
        for pending, verdict in batch.verdicts:
            future = pending.future
            if future.done():
                continue
            if isinstance(verdict, Appended):
                future.set_result(verdict)
            else:
                future.set_exception(verdict)

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
                self._refuse_waiting(lane.heads[0])
            for head in lane.heads:  # which of several it was is found out by waiting for each alone
                head.passed_over = PASSED_OVER
        except (asyncpg.SerializationError, asyncpg.DeadlockDetectedError):
            await self._roll_back(lane)
            self._give_back(batch.taken)
        except Exception as error:  # noqa: BLE001 - whatever it is, nobody may wait for ever
            if isinstance(error, LOST) and not isinstance(error, ValueError):
                lane.line.drop()
                if batch.committing:
                    await self._settle(lane, batch)
                else:
                    self._give_back(batch.taken)
                return
            await self._roll_back(lane)
            if isinstance(error, asyncpg.InsufficientResourcesError | asyncpg.PostgresSystemError):
                log_line.warning("log_store_refused", error=repr(error))
                self._fail(batch.taken, LogUnavailable())
            else:
                self._isolate(batch, error)

    def _isolate(self, batch: Batch, error: Exception) -> None:
        """One of these cannot be recorded: try each alone, so that only that one fails."""
        if len(batch.taken) == 1:
            log_line.warning("append_not_recordable", error=repr(error))
            self._fail(batch.taken, NotRecordable(type(error).__name__))
            return
        for pending in batch.taken:
            pending.alone = True
            pending.attempts = 0
        self._give_back(batch.taken)

    def _refuse_waiting(self, head: Head) -> None:
        refused = list(head.waiting)
        head.waiting.clear()
        self._ready.pop(head, None)
        self._waiting -= len(refused)
        self._fail(refused, LogBusy())

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
                        log_line.error("log_store_unavailable", error=repr(error))
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
            self._fail(refused, LogUnavailable())
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

    async def _settle(self, lane: Lane, batch: Batch) -> None:
        """Find out under the head locks whether a batch whose COMMIT was not answered was kept."""
        if not batch.standing:  # commands alone: they are looked up like any command that is sent again
            self._give_back(batch.taken)
            return
        heads = ",".join(str(head.log_id) for head in batch.locked)
        give_up = time.monotonic() + SETTLE_SECONDS
        unreachable_until = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < give_up:
            try:
                connection = await lane.line.connection()
                unreachable_until = time.monotonic() + PATIENCE_SECONDS
                await connection.execute("BEGIN")
                await connection.fetch(SQL["lock_waiting"], "{" + heads + "}")
                landed = (await connection.fetch(SQL["landed"], *batch.standing[0]))[0][0]
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
                    self._resolve(batch)
                    self._on_commit()
                else:
                    self._give_back(batch.taken)
                return
        self._fail(batch.taken, LogUnavailable())

    async def _transact(self, connection: Connection, lane: Lane, batch: Batch) -> None:
        batch.locked = await self._lock(connection, lane)
        if batch.locked:
            for head in batch.locked:
                head.holder = lane
                head.held = True
            lane.waits = False
            self._take(lane, batch)
            if self._ready and self._idle:
                self._wake_one()
        if not batch.taken:
            await connection.execute("ROLLBACK")
            return
        work = await self._judge(connection, batch)
        if not work.anything:
            await connection.execute("ROLLBACK")
            self._resolve(batch)
            return
        await connection.fetch(SQL["record"], *work.parameters())
        batch.committing = True
        await connection.execute("COMMIT")
        batch.committing = False
        self._resolve(batch)
        self._on_commit()

    @staticmethod
    async def _lock(connection: Connection, lane: Lane) -> list[Head]:
        """Begin, and lock what can be locked."""
        heads = lane.heads
        if len(heads) == 1:  # one way there and back for both statements; each still has a snapshot of its own
            head = heads[0]
            skip = "" if lane.waits else " SKIP LOCKED"
            status = await connection.execute(
                f"BEGIN; SELECT FROM log_head WHERE log_id = {head.log_id:d} FOR UPDATE{skip}"  # noqa: S608 - a number
            )
            locked = heads if status == "SELECT 1" else []
        else:
            await connection.execute("BEGIN")
            ids = "{" + ",".join(str(head.log_id) for head in heads) + "}"
            rows = await connection.fetch(SQL["lock_waiting" if lane.waits else "lock_idle"], ids)
            got = {row[0] for row in rows}
            locked = [head for head in heads if head.log_id in got]
        for head in heads:
            if lane.waits or head in locked:
                head.passed_over = 0
            else:
                head.passed_over += 1
                if head.passed_over == PASSED_OVER:
                    head.contended_until = time.monotonic() + CONTENDED_SECONDS
        return locked

    async def _judge(self, connection: Connection, batch: Batch) -> "_Work":
        """Give each append of the batch its verdict, and gather what is to be recorded."""
        taken = batch.taken
        questions = _Questions(self._hashed)
        for number, pending in enumerate(taken):
            condition = pending.append.condition
            if condition is not None and condition.query and condition.after < pending.head.window.start:
                questions.ask(number, pending.head.log_id, condition)
        keyed = [pending for pending in taken if pending.append.command is not None]
        rows = await connection.fetch(
            SQL["judge"],
            _list(head.log_id for head in batch.locked),
            _list(pending.head.log_id for pending in keyed),
            [pending.append.command.key for pending in keyed if pending.append.command is not None],
            *questions.parameters(),
        )
        clock = _BEGINNING_OF_TIME
        stand: dict[int, tuple[int, dt.datetime, bytes]] = {}
        known: dict[Pending, tuple[int, dt.datetime, bytes, bytes]] = {}
        failed: set[int] = set()
        for kind, ordinal, position, recorded_at, first, second in rows:
            if kind == HEAD:
                stand[ordinal] = (position, recorded_at, first)
            elif kind == CLOCK:
                clock = recorded_at
            elif kind == COMMAND:
                known[keyed[ordinal - 1]] = (position, recorded_at, first, second)
            else:
                failed.add(ordinal)
        changed: set[Head] = set()
        for head in batch.locked:
            position, recorded_at, peaks = stand.get(head.log_id, (0, _BEGINNING_OF_TIME, b""))
            if head.tree.size != position or head.tree.peaks != peaks:
                changed.add(head)
                head.tree = Tree(position, peaks)
                head.window = Window(position)
            head.recorded_at = max(clock, recorded_at)
        if changed:
            failed |= await self._judge_older(connection, taken, changed, questions)
        work = _Work()
        for number, pending in enumerate(taken):
            if number in questions.everything:  # the position lies before the window's start, and so before the head
                failed.add(number)
            verdict = _verdict(pending, known.get(pending), work, failed=number in failed)
            if verdict is None:
                verdict = work.accept(pending)
            batch.verdicts.append((pending, verdict))
        for head in batch.locked:
            work.close(head)
        batch.standing = work.standing
        return work

    async def _judge_older(
        self,
        connection: Connection,
        taken: Sequence[Pending],
        changed: set[Head],
        asked: "_Questions",
    ) -> set[int]:
        """Somebody else has written: ask for the conditions that the window was to have judged."""
        questions = _Questions(self._hashed)
        for number, pending in enumerate(taken):
            condition = pending.append.condition
            if (
                pending.head in changed
                and condition is not None
                and condition.query
                and condition.after < pending.head.window.start
                and number not in asked.numbers
            ):
                questions.ask(number, pending.head.log_id, condition)
        if not questions.numbers:
            return set()
        rows = await connection.fetch(SQL["judge"], "{}", "{}", [], *questions.parameters())
        return questions.everything | {row[1] for row in rows if row[0] == FAILED}


def _verdict(
    pending: Pending, known: tuple[int, dt.datetime, bytes, bytes] | None, work: "_Work", *, failed: bool
) -> Appended | Exception | None:
    """What is to be answered where nothing is to be recorded."""
    append = pending.append
    command = append.command
    if command is not None:
        earlier = work.accepted.get((pending.head, command.key))
        if known is not None:
            position, recorded_at, digest, result = known
            if digest != command.digest:
                return CommandReused()
            return Appended(position, recorded_at, repeated=True, result=result)
        if earlier is not None:
            digest, appended = earlier
            if digest != command.digest:
                return CommandReused()
            return Appended(appended.position, appended.recorded_at, repeated=True, result=appended.result)
    condition = append.condition
    if failed or (condition is not None and condition.query and pending.head.window.matches(condition)):
        return ConditionFailed()
    return None


def _list(numbers: Iterable[int]) -> str:
    return "{" + ",".join(map(str, numbers)) + "}"


class _Questions:
    """The conditions that are put to the database, item by item."""

    def __init__(self, hashed: Callable[[str], int]) -> None:
        self._hashed = hashed
        self.numbers: set[int] = set()
        self._by_tag: list[tuple[int, int, int, int]] = []
        self._tags: list[str | None] = []
        self._types: list[str | None] = []
        self._by_type: list[tuple[int, int, int, int]] = []
        self.everything: set[int] = set()

    def ask(self, number: int, log_id: int, condition: Condition) -> None:
        """Ask whether anything matches after the condition's position."""
        self.numbers.add(number)
        hashed = self._hashed
        after = condition.after
        for item in condition.query:
            if item.tags:
                tags = [hashed(tag) for tag in item.tags]
                self._by_tag.append((number, log_id, after, tags[0]))
                self._tags.append(None if len(tags) == 1 else _list(tags))
                self._types.append(_list(hashed(one) for one in item.types) if item.types else None)
            else:
                self._by_type.extend((number, log_id, after, hashed(one)) for one in item.types)
                if not item.types:
                    self.everything.add(number)

    def parameters(self) -> tuple[object, ...]:
        """The parameters of the statement, after those for heads and commands."""
        return (
            *(_list(one[at] for one in self._by_tag) for at in range(4)),
            self._tags,
            self._types,
            *(_list(one[at] for one in self._by_type) for at in range(4)),
        )


class _Work:
    """What a batch records."""

    def __init__(self) -> None:
        self.accepted: dict[tuple[Head, bytes], tuple[bytes, Appended]] = {}
        self.standing: list[tuple[int, int, bytes]] = []
        self.anything = False
        self._entries: list[bytes] = []
        self._sealed: list[bytes | None] = []
        self._events: list[tuple[int, int, int]] = []
        self._tags: list[tuple[int, int, int, int]] = []
        self._commands: list[tuple[int, bytes, bytes, int, dt.datetime, bytes]] = []
        self._recorded: list[dt.datetime] = []
        self._closings: dict[Head, bytes] = {}

    def accept(self, pending: Pending) -> Appended:
        """Write the leaves of an append that holds, and enter them into the tree and the window."""
        head = pending.head
        append = pending.append
        tree = head.tree
        if append.entries:
            self.anything = True
            closing = self._closings.get(head)
            if closing is None:
                closing = self._closings[head] = leaf.recorded(head.recorded_at)
            log_id = head.log_id
            opening = head.opening
            window = head.window
            position = tree.size
            for entry, kind, tags in zip(append.entries, pending.types, pending.tags, strict=True):
                position += 1
                content = b"%b%d%b%b" % (opening, position, closing, entry.body)
                tree.append(content)
                window.add(position, entry)
                self._entries.append(content)
                self._sealed.append(entry.sealed)
                self._events.append((log_id, position, kind))
                for tag in tags:
                    self._tags.append((log_id, tag, position, kind))
        appended = Appended(tree.size, head.recorded_at, repeated=False, result=append.result)
        command = append.command
        if command is not None:
            self.anything = True
            self.accepted[head, command.key] = (command.digest, appended)
            self._commands.append(
                (head.log_id, command.key, command.digest, tree.size, head.recorded_at, append.result)
            )
        return appended

    def close(self, head: Head) -> None:
        """Where a log stands after the batch, if the batch added to it."""
        if head in self._closings:
            self.standing.append((head.log_id, head.tree.size, head.tree.peaks))
            self._recorded.append(head.recorded_at)

    def parameters(self) -> tuple[object, ...]:
        """The parameters of the statement that records."""
        return (
            *(_list(one[at] for one in self._events) for at in range(3)),
            self._entries,
            self._sealed,
            *(_list(one[at] for one in self._tags) for at in range(4)),
            _list(one[0] for one in self._commands),
            [one[1] for one in self._commands],
            [one[2] for one in self._commands],
            _list(one[3] for one in self._commands),
            [one[4] for one in self._commands],
            [one[5] for one in self._commands],
            _list(one[0] for one in self.standing),
            _list(one[1] for one in self.standing),
            [one[2] for one in self.standing],
            self._recorded,
        )
