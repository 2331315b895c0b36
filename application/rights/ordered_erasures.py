"""Who was ordered to be erased, of all partnerships: what a store of keys that was brought back has to do again."""

import datetime as dt

import msgspec

from application.ports import Codec, EventLog, log_of
from domain.facts import QueryItem
from domain.ids import PartnershipId, PersonId
from domain.people.erased import ErasureOrdered

PAGE = 1_000


class OrderedErasure(msgspec.Struct, frozen=True):
    """A record whose keys from before an instant must not be there."""

    partnership: PartnershipId
    person: PersonId
    recorded: dt.datetime


async def ordered_erasures(log: EventLog, codec: Codec) -> list[OrderedErasure]:
    """Every order, in the order of each log. Raises: LogUnavailable."""
    found: list[OrderedErasure] = []
    asked = (QueryItem(frozenset({ErasureOrdered.fact_type}), frozenset()),)
    for one in await log.heads():
        partnership = PartnershipId(one.partition("/")[0])
        after = 0
        while one == log_of(partnership) and (page := await log.read(one, asked, after=after, limit=PAGE)).events:
            after = page.events[-1].position
            for recorded in map(codec.recorded, page.events):
                assert isinstance(recorded.fact, ErasureOrdered)
                found.append(OrderedErasure(partnership, recorded.fact.person, recorded.envelope.recorded))
    return found
