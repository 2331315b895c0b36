"""By what a person is bound: the instruments served on them, and other restrictions of where they may be."""

import datetime as dt
from typing import Final

import msgspec

from domain.engagement.instrument import INSTRUMENT_FACTS, Instrument, Instruments, evolve_instruments
from domain.engagement.overrides import PlaceCode
from domain.engagement.restrictions import RESTRICTION_FACTS, Restriction, Restrictions, evolve_restrictions
from domain.facts import Fact, Knowledge, knowing
from domain.ids import PersonId


class Bound(msgspec.Struct, frozen=True):
    """By what a person is bound: instruments and other restrictions, by id."""

    instruments: Instruments = {}
    restrictions: Restrictions = {}

    def forbidden_at(self, at: dt.datetime) -> frozenset[PlaceCode]:
        """The places where the person may not be at a moment."""
        holding: tuple[Instrument | Restriction, ...] = (*self.instruments.values(), *self.restrictions.values())
        return frozenset(place for one in holding if one.holds_at(at) for place in one.forbids)


BOUND_FACTS: Final = (*INSTRUMENT_FACTS, *RESTRICTION_FACTS)


def evolve_bound(state: Bound, fact: Fact) -> Bound:
    """The instruments and restrictions of a person."""
    return Bound(evolve_instruments(state.instruments, fact), evolve_restrictions(state.restrictions, fact))


def bound_of(person: PersonId) -> Knowledge[Bound]:
    """By what a person is bound."""
    return knowing(Bound(), evolve_bound, BOUND_FACTS, f"person:{person}")
