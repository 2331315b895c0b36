"""Small appends and questions for the tests of the logs."""

import re
from collections.abc import Sequence

import msgspec

from application.ports import (
    Append,
    Appended,
    CommandKey,
    CommandReused,
    Condition,
    ConditionFailed,
    Entry,
    EventLog,
    LogId,
    Page,
    log_of,
)
from domain.facts import Query, QueryItem
from domain.ids import PartnershipId

TAG_KEY = bytes(range(32))
FENLAND = log_of(PartnershipId("fenland"))
WOLDS = log_of(PartnershipId("wolds"))
_RECORDED = re.compile(rb'"recorded":"[^"]{27}"')


class Noted(msgspec.Struct):
    """The little that the tests' entries say."""

    note: str
    position: int = 0


def an_entry(note: str, *tags: str, kind: str = "noted", sealed: bytes | None = None) -> Entry:
    return Entry(kind, tags, msgspec.json.encode({"note": note})[1:], sealed)


def an_append(
    note: str, *tags: str, log: LogId = FENLAND, conditions: tuple[Condition, ...] = (), key: str | None = None
) -> Append:
    command = None if key is None else CommandKey(key.encode(), b"digest")
    return Append(log, (an_entry(note, *tags),), conditions, command, note.encode())


def about(*tags: str, types: Sequence[str] = ()) -> Query:
    return (QueryItem(frozenset(types), frozenset(tags)),)


def notes(page: Page) -> list[str]:
    return [msgspec.json.decode(stored.entry, type=Noted).note for stored in page.events]


def timeless(entry: bytes) -> bytes:
    """A leaf without the one member in which two logs may differ."""
    return _RECORDED.sub(b"", entry)


async def outcome(log: EventLog, append: Append) -> tuple[object, ...]:
    """What became of an append, but for the time."""
    try:
        appended: Appended = await log.append(append)
    except (ConditionFailed, CommandReused) as refused:
        return (type(refused).__name__,)
    return appended.position, appended.repeated, appended.result
