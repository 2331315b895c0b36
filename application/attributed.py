"""Reads facts as they are attributed: what was recorded of one person and is of another is found with the other.

Attributions are rare: what is asked for is asked for again from the beginning, wherever it was written, once one of
them is among what was found.
"""

import datetime as dt
from collections.abc import Iterable
from typing import Any

import msgspec

from application.ports import Codec, EventLog, LogId, Recorded, Stored
from domain.facts import Fact, Query, QueryItem
from domain.people.attributing import Attributed, RecordsAttributed, matching, told, wider

EVERY_ATTRIBUTION: Query = (QueryItem(types=frozenset({RecordsAttributed.fact_type})),)


async def facts_told(log: EventLog, codec: Codec, of: LogId, query: Query) -> tuple[list[tuple[int, Fact]], int]:
    """The facts that a query asks for, from the beginning, with their positions, and the head that was seen."""
    events, head = await everywhere(log, codec, of, query)
    return told(query, ((one.position, codec.fact(one)) for one in events)), head


async def recorded_told(
    log: EventLog, codec: Codec, of: LogId, query: Query, *, until: dt.datetime | None = None
) -> list[Recorded]:
    """The same with their envelopes, personal fields sealed; with `until`, what had been recorded and said by then."""
    events, _ = await everywhere(log, codec, of, query, sealed=True)
    every = (codec.recorded(one) for one in events)
    return as_attributed((one for one in every if until is None or one.envelope.recorded <= until), query)


def as_attributed(every: Iterable[Recorded], query: Query | None = None) -> list[Recorded]:
    """Facts of whoever they are of, by the attributions among them; with a query, only what it asks for."""
    written = list(every)
    attributed = Attributed(one.fact for one in written if isinstance(one.fact, RecordsAttributed))
    found = (of_whoever(attributed, one) for one in written)
    return [one for one in found if query is None or matching(query, one.fact)]


def of_whoever(attributed: Attributed, one: Recorded) -> Recorded:
    """The fact, of whoever it is of."""
    fact: Any = attributed.of(one.fact, one.envelope.position)
    return one if fact is one.fact else msgspec.structs.replace(one, fact=fact)


async def everywhere(
    log: EventLog, codec: Codec, of: LogId, query: Query, *, sealed: bool = False
) -> tuple[tuple[Stored, ...], int]:
    """Whatever a query asks for, wherever it was written: asked for more widely until nothing more is attributed."""
    asked = query
    while True:
        page = await log.read(of, asked, sealed=sealed)
        found = (codec.fact(one) for one in page.events)
        more = wider(asked, (fact for fact in found if isinstance(fact, RecordsAttributed)))
        if len(more) == len(asked):
            return page.events, page.head
        asked = more
