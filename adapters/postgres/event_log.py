"""The event log in PostgreSQL: appends committed in groups, reads answered in groups."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from types import TracebackType
from typing import Any, Final, Self

import asyncpg
import msgspec
import structlog

from adapters.postgres.batch import Head
from adapters.postgres.connection import LOST, Line
from adapters.postgres.hashing import hasher
from adapters.postgres.reading import Reader
from adapters.postgres.writing import LOCK_SECONDS, SQL, Writer
from adapters.sealing.keys import KeysUnusable
from application.ports import Append, Appended, CommandKey, LogId, LogUnavailable, Page
from domain.facts import Query

QUEUE_LIMIT: Final = 4_096
POLL_SECONDS: Final = 1.0
NOTIFY_SECONDS: Final = 0.02
MAKE_LOG_ATTEMPTS: Final = 20
CHANNEL: Final = "hub_log"
ACCESS: Final = "/access"
ACCESS_LANES: Final = 1

log_line = structlog.get_logger(__name__)


class _Typed(msgspec.Struct):
    """As much of an entry as says what its type is; one that is not the codec's may say none."""

    type: str | None = None


class PostgresEventLog:
    """An EventLog over one database. Opened by `open`, which asks nothing of the database yet; closed by `close`.

    Everything raises KeysUnusable on a log whose tags were hashed under another key: its questions would find nothing,
    so that every condition would hold.
    """

    def __init__(
        self, dsn: str, *, tag_key: bytes, queue_limit: int = QUEUE_LIMIT, lock_seconds: float = LOCK_SECONDS
    ) -> None:
        hashed = self._hashed = hasher(tag_key)
        self._waking = _Waking(dsn)
        self._reader = Reader(dsn, hashed)
        # Who looked is written beside what was decided: neither waits in the other's queue, or for its locks. Nobody
        # follows the access ledger, so nobody is woken by it.
        self._writer = Writer(dsn, hashed, queue_limit, lock_seconds, self._waking.appended)
        self._access_writer = Writer(dsn, hashed, queue_limit, lock_seconds, lambda: None, lanes=ACCESS_LANES)
        self._maker = Line(dsn, "log maker", {"lock_timeout": "2000", "tcp_user_timeout": "5000"}, 8.0)
        self._maker_free = asyncio.Lock()
        self._making: dict[LogId, asyncio.Task[Head]] = {}
        self._heads: dict[LogId, Head] = {}

    @classmethod
    async def open(
        cls, dsn: str, *, tag_key: bytes, queue_limit: int = QUEUE_LIMIT, lock_seconds: float = LOCK_SECONDS
    ) -> Self:
        """Start to write and to read. The database may come later: until then it is LogUnavailable.

        More appends than `queue_limit` do not wait: LogBusy. A log that somebody else holds is waited for twice
        `lock_seconds`.
        """
        log = cls(dsn, tag_key=tag_key, queue_limit=queue_limit, lock_seconds=lock_seconds)
        log._writer.start()
        log._access_writer.start()
        return log

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Refuse further appends, finish those that wait, and end the connections."""
        await asyncio.gather(*self._making.values(), return_exceptions=True)
        looks = asyncio.ensure_future(self._access_writer.close())
        await self._writer.close()
        await looks
        await self._reader.close()
        await self._waking.close()
        await self._maker.close()

    async def append(self, append: Append) -> Appended:
        """Record entries and command together; what waits at the same time is committed together.

        Raises: ConditionFailed, CommandReused, LogBusy, LogUnavailable, NotRecordable.
        """
        log = append.log
        writer = self._access_writer if log.endswith(ACCESS) else self._writer
        head = self._heads.get(log)
        if head is None:
            writer.refuse_now()
            making = self._making.get(log)
            if making is None:
                making = self._making[log] = asyncio.create_task(self._make(log), name="log maker")
                making.add_done_callback(lambda _: self._making.pop(log, None))
            head = await asyncio.shield(making)  # all who wait for the one task go on in the order in which they came
        return await writer.append(head, append)

    async def command(self, log: LogId, command: CommandKey) -> Appended | None:
        """What became of a command, or None if it is not known. Raises CommandReused, LogUnavailable."""
        head = self._heads.get(log) or await self._find(log)
        return None if head is None else await self._reader.command(head.log_id, command)

    async def read(
        self, log: LogId, query: Query | None = None, *, after: int = 0, limit: int | None = None, sealed: bool = False
    ) -> Page:
        """Events after a position that match the query; all of them where the query is None. Raises LogUnavailable."""
        head = self._heads.get(log) or await self._find(log)
        if head is None:
            return Page((), 0)
        return await self._reader.read(head.log_id, query, after, limit, sealed=sealed)

    async def reseal(self, log: LogId, position: int, before: bytes, after: bytes) -> bool:
        """Replace the sealed part of an event, if it is as it was read. The leaf stays. Raises LogUnavailable."""
        head = self._heads.get(log) or await self._find(log)
        if head is None:
            return False
        rows = await self._on_maker("reseal", head.log_id, position, before, after)
        return bool(rows[0][0])

    async def head(self, log: LogId) -> int:
        """The position of the last event, 0 for a log that has none. Raises LogUnavailable."""
        head = self._heads.get(log) or await self._find(log)
        return 0 if head is None else await self._reader.head(head.log_id)

    async def heads(self) -> dict[LogId, int]:
        """The head of every log that has events. Raises LogUnavailable."""
        return {LogId(f"{row[0]}/{row[1]}"): row[2] for row in await self._reader.rows("all_heads")}

    async def peaks(self, log: LogId) -> tuple[int, bytes]:
        """The size of the log's Merkle tree and its peaks. Raises LogUnavailable."""
        head = self._heads.get(log) or await self._find(log)
        rows = [] if head is None else await self._reader.rows("newest_batch", head.log_id)
        return (rows[0][0], rows[0][1]) if rows else (0, b"")

    def wake_ups(self) -> AsyncIterator[None]:
        """Yields when something may have been appended, here or by another process, and every second anyway."""
        return self._waking.wake_ups()

    async def _find(self, log: LogId) -> Head | None:
        """What the writer holds of a log. None where nothing was ever appended to it."""
        partnership, _, ledger = log.rpartition("/")
        rows = await self._reader.rows("find_log", partnership, ledger)
        if not rows:
            return None
        for first in await self._reader.rows("first_event", rows[0][0]):
            said = msgspec.json.decode(first[1], type=_Typed).type
            if said is not None and self._hashed(said) != str(first[0]):
                raise KeysUnusable(
                    f"the keys in use are not those that the log {log} was written with: set HUB_KEYS and HUB_KEK to "
                    f"the pair that belongs to this database."
                )
        return self._heads.setdefault(log, Head(log, rows[0][0], rows[0][1]))

    async def _make(self, log: LogId) -> Head:
        """Make a log, or find that somebody else just has."""
        partnership, _, ledger = log.rpartition("/")
        if not partnership or ledger not in {"case", "access"}:
            raise ValueError(f"{log!r} does not name a log")
        for _ in range(MAKE_LOG_ATTEMPTS):
            found = await self._find(log)
            if found is not None:
                return found
            await self._on_maker("make_log", partnership, ledger)
        raise LogUnavailable

    async def _on_maker(self, query: str, *parameters: object) -> Sequence[Any]:
        """What is written seldom, and by no batch."""
        try:
            async with self._maker_free:
                connection = await self._maker.connection()
                return await connection.fetch(SQL[query], *parameters)
        except LOST as error:
            self._maker.drop()
            raise LogUnavailable from error
        except asyncpg.PostgresError as error:
            raise LogUnavailable from error


class _Waking:
    """Tells whoever reads on that there may be something new: in this process at once, in others by NOTIFY."""

    def __init__(self, dsn: str) -> None:
        # What a notification is about is durable already.
        self._line = Line(dsn, "log wake-ups", {"synchronous_commit": "off"}, 5.0)
        self._wakers: set[asyncio.Event] = set()
        self._timer: asyncio.TimerHandle | None = None
        self._told = 0.0
        self._telling: asyncio.Task[None] | None = None
        self._listening: asyncio.Task[None] | None = None
        self._using = asyncio.Lock()
        self._closed = False

    async def close(self) -> None:
        self._closed = True
        if self._timer is not None:
            self._timer.cancel()
        for task in (self._telling, self._listening):
            if task is not None:
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)
        await self._line.close()
        self._wake()

    def appended(self) -> None:
        """A batch was committed. Others are told at once, or once for all batches until they may be told again."""
        self._wake()
        if self._timer is None and not self._closed:
            self._timer = asyncio.get_running_loop().call_at(self._told + NOTIFY_SECONDS, self._tell_soon)

    async def wake_ups(self) -> AsyncIterator[None]:
        waker = asyncio.Event()
        self._wakers.add(waker)
        if self._listening is None:
            self._listening = asyncio.create_task(self._listen(), name="log wake-ups")
        try:
            while not self._closed:
                try:
                    async with asyncio.timeout(POLL_SECONDS):
                        await waker.wait()
                except TimeoutError:
                    pass
                waker.clear()
                if not self._closed:
                    yield
        finally:
            self._wakers.discard(waker)

    def _wake(self, *_: object) -> None:
        for waker in self._wakers:
            waker.set()

    def _tell_soon(self) -> None:
        self._timer = None
        self._told = asyncio.get_running_loop().time()
        self._telling = asyncio.create_task(self._tell(), name="log notify")

    async def _tell(self) -> None:
        await self._on_line(f"NOTIFY {CHANNEL}")

    async def _on_line(self, statement: str) -> None:
        async with self._using:
            try:
                connection = await self._line.connection()
                await connection.execute(statement)
            except (*LOST, asyncpg.PostgresError):
                self._line.drop()

    async def _listen(self) -> None:
        """Listen, and listen again where the connection was lost: a poll a second bridges the gap."""
        listening: object = None
        while True:
            async with self._using:
                try:
                    connection = await self._line.connection()
                    if connection is not listening:
                        await connection.add_listener(CHANNEL, self._wake)
                        listening = connection
                except (*LOST, asyncpg.PostgresError):
                    self._line.drop()
            await asyncio.sleep(POLL_SECONDS)
