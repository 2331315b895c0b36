"""The library's synchronous recorder over our port, so that the library's own test case can be run on our logs.

Where the two differ: an empty query is everything to the library and nothing to us; a page's head is None to the
library where nothing was found within a limit.
"""

import asyncio
import base64
import threading
from collections.abc import AsyncIterator, Coroutine, Iterator, Sequence
from contextlib import contextmanager
from typing import Self, TypeVar

import msgspec
from eventsourcing.dcb.api import (
    DCBAppendCondition,
    DCBEvent,
    DCBQuery,
    DCBReadResponse,
    DCBRecorder,
    DCBSequencedEvent,
    DCBSubscription,
)
from eventsourcing.dcb.popo import SimpleDCBReadResponse
from eventsourcing.persistence import IntegrityError

from application.ports import Append, Condition, ConditionFailed, Entry, EventLog, LogId, Stored
from domain.facts import Query, QueryItem

T = TypeVar("T")
EVERYTHING = (QueryItem(),)


class Loop:
    """An event loop in a thread of its own, asked from another."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()

    def run(self, work: Coroutine[object, object, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(timeout=30)

    def close(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()


@contextmanager
def a_loop() -> Iterator[Loop]:
    loop = Loop()
    try:
        yield loop
    finally:
        loop.close()


class _Body(msgspec.Struct):
    type: str
    tags: list[str]
    data: str


def _entry(event: DCBEvent) -> Entry:
    body = msgspec.json.encode(_Body(event.type, event.tags, base64.b64encode(event.data).decode()))
    return Entry(event.type, tuple(event.tags), body[1:])


def _event(stored: Stored) -> DCBSequencedEvent:
    body = msgspec.json.decode(stored.entry, type=_Body)
    return DCBSequencedEvent(DCBEvent(body.type, base64.b64decode(body.data), body.tags), stored.position)


def _query(query: DCBQuery | None) -> Query | None:
    if query is None or not query.items:
        return None
    return tuple(QueryItem(frozenset(item.types), frozenset(item.tags)) for item in query.items)


class PortRecorder(DCBRecorder):
    """The library's recorder, answered by one of our logs."""

    def __init__(self, log: EventLog, name: LogId, loop: Loop) -> None:
        self.log = log
        self.name = name
        self.loop = loop

    def read(
        self, query: DCBQuery | None = None, *, after: int | None = None, limit: int | None = None
    ) -> DCBReadResponse:
        page = self.loop.run(self.log.read(self.name, _query(query), after=after or 0, limit=limit))
        events = [_event(stored) for stored in page.events]
        head = page.head if limit is None else (events[-1].position if events else None)
        return SimpleDCBReadResponse(iter(events), head or None)

    def append(self, events: Sequence[DCBEvent], condition: DCBAppendCondition | None = None) -> int:
        ours: tuple[Condition, ...] = ()
        if condition is not None:
            ours = (Condition(_query(condition.fail_if_events_match) or EVERYTHING, condition.after or 0),)
        try:
            appended = self.loop.run(self.log.append(Append(self.name, tuple(map(_entry, events)), ours)))
        except ConditionFailed as error:
            raise IntegrityError(condition) from error
        return appended.position

    def subscribe(self, query: DCBQuery | None = None, *, after: int | None = None) -> "PortSubscription":
        return PortSubscription(self, query, after)


class PortSubscription(DCBSubscription[PortRecorder]):
    """Reads on at each wake-up."""

    def __init__(self, recorder: PortRecorder, query: DCBQuery | None, after: int | None) -> None:
        super().__init__(recorder, query, after)
        self._found: Iterator[DCBSequencedEvent] = iter(())
        self._wake_ups = recorder.log.wake_ups()

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> DCBSequencedEvent:
        while not self._has_been_stopped:
            for event in self._found:
                self._last_position = event.position
                return event
            self._found = self._recorder.read(self._query, after=self._last_position, limit=100)
            first = next(self._found, None)
            if first is not None:
                self._last_position = first.position
                return first
            self._recorder.loop.run(_next(self._wake_ups))
        raise StopIteration


async def _next(iterator: AsyncIterator[None]) -> None:
    await anext(iterator)
