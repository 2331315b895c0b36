"""The event log in memory, over the library's in-memory recorder: for tests, and the oracle of the PostgreSQL log."""

import asyncio
import datetime as dt
from collections.abc import AsyncIterator, Callable

import msgspec
from eventsourcing.dcb.api import DCBEvent, DCBQuery, DCBQueryItem
from eventsourcing.dcb.popo import InMemoryDCBRecorder

from adapters.proof import leaf
from adapters.proof.tree import Tree
from application.ports import (
    Append,
    Appended,
    CommandKey,
    CommandReused,
    Condition,
    ConditionFailed,
    LogId,
    Page,
    Stored,
)
from domain.facts import Query


class _Log:
    """One log: the library's recorder, and beside it what the library does not know."""

    def __init__(self, name: LogId) -> None:
        self.opening = leaf.opening(name, 1)
        self.recorder = InMemoryDCBRecorder()
        self.sealed: dict[int, bytes] = {}
        self.commands: dict[bytes, tuple[bytes, Appended]] = {}
        self.tree = Tree()
        self.recorded_at = dt.datetime.min.replace(tzinfo=dt.UTC)


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


class MemoryEventLog:
    """An EventLog that lives as long as its process. `now` is the clock by which entries are recorded."""

    def __init__(self, now: Callable[[], dt.datetime] = _now) -> None:
        self._now = now
        self._logs: dict[LogId, _Log] = {}
        self._wakers: set[asyncio.Event] = set()

    async def append(self, append: Append) -> Appended:
        """Record entries and command together.

        Raises: ConditionFailed, CommandReused.
        """
        log = self._logs.get(append.log) or _Log(append.log)
        command = append.command
        if command is not None and (known := _known(log, command)) is not None:
            return known
        if any(one.query and _matches(log, one) for one in append.conditions):
            raise ConditionFailed
        at = max(self._now(), log.recorded_at)
        if append.entries:
            log.recorded_at = at
            closing = leaf.recorded(at)
            events = []
            for position, entry in enumerate(append.entries, log.tree.size + 1):
                content = b"%b%d%b%b" % (log.opening, position, closing, entry.body)
                events.append(DCBEvent(entry.type, content, list(entry.tags)))
                log.tree.append(content)
                if entry.sealed is not None:
                    log.sealed[position] = entry.sealed
            log.recorder.append(events)
        appended = Appended(log.tree.size, at, repeated=False, result=append.result)
        if command is not None:
            log.commands[command.key] = (command.digest, appended)
        self._logs[append.log] = log
        for waker in self._wakers:
            waker.set()
        return appended

    async def command(self, log: LogId, command: CommandKey) -> Appended | None:
        """What became of a command, or None if it is not known. Raises CommandReused."""
        held = self._logs.get(log)
        return None if held is None else _known(held, command)

    async def read(
        self, log: LogId, query: Query | None = None, *, after: int = 0, limit: int | None = None, sealed: bool = False
    ) -> Page:
        """Events after a position that match the query; all of them where the query is None."""
        held = self._logs.get(log)
        if held is None:
            return Page((), 0)
        if query is not None and not query:
            return Page((), held.tree.size)
        asked = None if query is None else _query(query)
        found = list(held.recorder.read(asked, after=after, limit=None if limit is None else limit + 1))
        cut = limit is not None and len(found) > limit
        events = tuple(
            Stored(one.position, one.event.data, held.sealed.get(one.position) if sealed else None)
            for one in found[:limit]
        )
        if not cut:
            return Page(events, held.tree.size)
        return Page(events, events[-1].position if events else after)

    async def reseal(self, log: LogId, position: int, before: bytes, after: bytes) -> bool:
        """Replace the sealed part of an event, if it is as it was read. The leaf stays."""
        held = self._logs[log]
        if held.sealed.get(position) != before:
            return False
        held.sealed[position] = after
        return True

    async def head(self, log: LogId) -> int:
        """The position of the last event, 0 for a log that has none."""
        held = self._logs.get(log)
        return 0 if held is None else held.tree.size

    async def heads(self) -> dict[LogId, int]:
        """The head of every log that has events."""
        return {name: log.tree.size for name, log in self._logs.items() if log.tree.size}

    async def peaks(self, log: LogId) -> tuple[int, bytes]:
        """The size of the log's Merkle tree and its peaks."""
        held = self._logs.get(log)
        return (0, b"") if held is None else (held.tree.size, held.tree.peaks)

    async def wake_ups(self) -> AsyncIterator[None]:
        """Yields when something was appended."""
        waker = asyncio.Event()
        self._wakers.add(waker)
        try:
            while True:
                await waker.wait()
                waker.clear()
                yield
        finally:
            self._wakers.discard(waker)


def _known(log: _Log, command: CommandKey) -> Appended | None:
    held = log.commands.get(command.key)
    if held is None:
        return None
    digest, appended = held
    if digest != command.digest:
        raise CommandReused
    return msgspec.structs.replace(appended, repeated=True)


def _matches(log: _Log, condition: Condition) -> bool:
    return any(log.recorder.read(_query(condition.query), after=condition.after, limit=1))


def _query(query: Query) -> DCBQuery:
    return DCBQuery([DCBQueryItem(sorted(item.types), sorted(item.tags)) for item in query])
