"""The decisions that a sample is drawn from: what stood in the log when the sample was committed to.

The fold stops at that commitment, which stands among the decisions in the order of the log: so the population is what
was recorded before it, whenever it is asked for, and by whomever.
"""

import datetime as dt
from functools import lru_cache
from typing import Final

import msgspec

from domain.calendar import civil_date
from domain.engagement.encounter import EncounterRecorded
from domain.engagement.episode import TicketIssued
from domain.engagement.instrument import InstrumentRecorded, InstrumentServed
from domain.facts import Fact, Knowledge, knowing
from domain.ids import CaseId, SampleId, WorkerId
from domain.scrutiny.sample import Decided, SampleCommitted, Stratum

DECISIONS: Final[tuple[type[Fact], ...]] = (TicketIssued, InstrumentServed, InstrumentRecorded, EncounterRecorded)


class Taken(msgspec.Struct, frozen=True):
    """Decisions in the order of the log, the latest first: each holds those before it. `closed`: no more is added."""

    last: Decided | None = None
    before: "Taken | None" = None
    closed: bool = False

    def all(self) -> tuple[Decided, ...]:
        """From the first to the last."""
        found: list[Decided] = []
        one: Taken | None = self
        while one is not None:
            if one.last is not None:
                found.append(one.last)
            one = one.before
        return tuple(reversed(found))


def decided(fact: Fact) -> Decided | None:
    """The decision that a fact is, None for any other fact."""
    on = civil_date(fact.at)
    match fact:
        case TicketIssued():
            by = _workers(fact.officer, fact.authorised_by, fact.override_by)
            return Decided(CaseId(fact.ticket), "ticket-issued", fact.step, fact.person, by, on)
        case InstrumentServed():
            by = _workers(fact.officer, fact.authorised_by, fact.override_by)
            return Decided(CaseId(fact.instrument), "instrument-served", fact.kind, fact.person, by, on)
        case InstrumentRecorded():
            by = _workers(fact.officer, fact.authorised_by, fact.override_by)
            return Decided(CaseId(fact.instrument), "instrument-recorded", fact.kind, fact.person, by, on)
        case EncounterRecorded():
            by = _workers(fact.officer, fact.override_by)
            return Decided(CaseId(fact.encounter), "encounter-recorded", fact.kind, fact.person, by, on)
        case _:
            return None


def taken() -> Knowledge[Taken]:
    """Every decision up to the head of the log."""
    return _TAKEN


@lru_cache(1_000)
def taken_before(sample: SampleId) -> Knowledge[Taken]:
    """Every decision that had been recorded when a sample was committed to."""

    def evolve(state: Taken, fact: Fact) -> Taken:
        if state.closed:
            return state
        if isinstance(fact, SampleCommitted):
            return msgspec.structs.replace(state, closed=True) if fact.sample == sample else state
        return _evolve(state, fact)

    return knowing(Taken(), evolve, (*DECISIONS, SampleCommitted))


def in_strata(
    found: Taken, strata: tuple[Stratum, ...], from_date: dt.date, to_date: dt.date
) -> dict[str, tuple[Decided, ...]]:
    """The decisions of each stratum that were taken on the days of a period, both inclusive."""
    decisions = [one for one in found.all() if from_date <= one.on <= to_date]
    return {each.stratum: tuple(one for one in decisions if each.holds(one.kind, one.of)) for each in strata}


def _evolve(state: Taken, fact: Fact) -> Taken:
    one = decided(fact)
    return state if one is None else Taken(one, state)


_TAKEN: Final = knowing(Taken(), _evolve, DECISIONS)


def _workers(*given: WorkerId | None) -> tuple[WorkerId, ...]:
    return tuple(dict.fromkeys(one for one in given if one is not None))
