"""How much one worker looks for people in a day: limited by the hour, and told to who protects the data.

Whoever searches again and again, or is shown strangers and recognises none of them, may be looking for no work of
theirs. It is a sign and no finding: it changes nothing for anybody, and a human looks into it (Data Protection Act 2018
s.62(4): integrity and security). The limits are the partnership's own.
"""

import datetime as dt
from typing import Annotated, Final, Literal

import msgspec

from domain.actors import Actor
from domain.calendar import civil_date
from domain.facts import Command, Fact, Facts, Instant, Knowledge, Personal, Sealed, Text, knowing
from domain.ids import AgencyId, WorkerId
from domain.people.search import OF_A_DAY, PeopleSearched, PersonRecognised, SearchAnswered
from domain.refusals import Guarded, NotPermitted, found
from domain.search_limits import SearchLimits

HOUR: Final = dt.timedelta(hours=1)

TrawlingSign = Literal["many-searches", "many-strangers"]
"""So many searches in a day; so many people shown whom the agency does not work with, for each who was recognised."""


class TrawlingSuspected(Fact, type="trawling-suspected", version=1, tags=(OF_A_DAY,)):
    """A worker's searches of a day went over what the partnership expects: once a day for each sign."""

    by_agency: AgencyId
    by_worker: WorkerId
    on: dt.date
    sign: TrawlingSign
    searches: int
    strangers: int
    recognised: int


SearchesFinding = Literal["for-work", "not-for-work", "no-conclusion"]
"""What the searches of a day were for, as far as whoever looked into them could tell."""


class TrawlingReviewed(Fact, type="trawling-reviewed", version=1, tags=("looking:{worker}:{on}",)):
    """Somebody who protects data looked into a worker's searches of a day, and says what they were for.

    What is said of a worker is sealed under the worker's own key.
    """

    worker: WorkerId
    on: dt.date
    by_worker: WorkerId
    finding: SearchesFinding
    rationale: Annotated[str | Sealed | None, Personal("identity", of="worker")] = None


class ReviewTrawling(Command):
    """Say what a worker's searches of a day were for, once these stood out."""

    worker: WorkerId
    on: dt.date
    finding: SearchesFinding
    rationale: Annotated[Text, Personal("identity", of="worker")]


class Looking(msgspec.Struct, frozen=True):
    """What one worker looked for on one day: when, how many strangers were shown, how often somebody was the one."""

    searches: tuple[Instant, ...] = ()
    strangers: int = 0
    recognised: int = 0
    told: frozenset[TrawlingSign] = frozenset()


def evolve_looking(state: Looking, fact: Fact) -> Looking:
    """A day's looking after a fact. Who entered somebody, though others were shown, looked at those."""
    change = msgspec.structs.replace
    match fact:
        case PeopleSearched():
            return change(state, searches=(*state.searches, fact.at), strangers=state.strangers + fact.strangers)
        case PersonRecognised() | SearchAnswered():
            return change(state, recognised=state.recognised + 1)
        case TrawlingSuspected():
            return change(state, told=state.told | {fact.sign})
        case _:
            return state


def looking(worker: WorkerId, on: dt.date) -> Knowledge[Looking]:
    """What a worker looked for on a day."""
    types = (PeopleSearched, PersonRecognised, SearchAnswered, TrawlingSuspected)
    return knowing(Looking(), evolve_looking, types, f"looking:{worker}:{on}")


def lately(worker: WorkerId, at: Instant) -> Knowledge[Looking]:
    """What a worker looked for on the civil day or days of the last hour: no hour begins anew at midnight."""
    days = sorted({civil_date(at - HOUR), civil_date(at)})
    query = tuple(item for day in days for item in looking(worker, day).query)
    return Knowledge(query, Looking(), evolve_looking)


class Suspicion(msgspec.Struct, frozen=True):
    """A sign of trawling, and what was found by whoever looked into that day after it was told."""

    sign: TrawlingSuspected
    review: TrawlingReviewed | None = None


Suspicions = tuple[Suspicion, ...]


def evolve_suspected(state: Suspicions, fact: Fact) -> Suspicions:
    """The latest first. A review is of all signs of its day that were told by then."""
    match fact:
        case TrawlingSuspected():
            return (Suspicion(fact), *state)
        case TrawlingReviewed():
            return tuple(
                Suspicion(one.sign, fact) if (one.sign.by_worker, one.sign.on) == (fact.worker, fact.on) else one
                for one in state
            )
        case _:
            return state


OF_SUSPICIONS: Final = (TrawlingSuspected, TrawlingReviewed)


def suspected() -> Knowledge[Suspicions]:
    """Every sign of trawling in a partnership, the latest first."""
    return knowing((), evolve_suspected, OF_SUSPICIONS)


def suspected_on(worker: WorkerId, on: dt.date) -> Knowledge[Suspicions]:
    """The signs of a worker's day."""
    return knowing((), evolve_suspected, OF_SUSPICIONS, f"looking:{worker}:{on}")


class OwnSearches(NotPermitted):
    """Nobody reviews themselves."""

    code = "own-searches"
    rule = "Whoever looks into searches that stood out is not the one who made them (ours)."
    permitted_by = "Ask another data protection officer, privacy officer or Caldicott guardian."


def review(command: ReviewTrawling, by: Actor, known: Suspicions) -> Facts:
    """Somebody else says what the searches were for. The same finding again adds nothing."""
    last = found(next(iter(known), None))
    if by.worker == command.worker:
        raise OwnSearches
    if last.review is not None and last.review.finding == command.finding:
        return ()
    return (
        TrawlingReviewed(
            at=command.at,
            worker=command.worker,
            on=command.on,
            by_worker=by.worker,
            finding=command.finding,
            rationale=command.rationale,
        ),
    )


class SearchLimitReached(Guarded):
    """Too many searches in an hour."""

    code = "search-limit-reached"
    rule = "A worker searches so often in an hour, and no oftener; the partnership sets the number (ours)."
    permitted_by = "Wait, or ask a colleague to search. On the street, enter the person provisionally."

    def __init__(self, seconds: float) -> None:
        super().__init__(seconds=max(1, round(seconds)))
        self.seconds = seconds


def is_limited(by: Actor) -> bool:
    """Whether somebody's searches are counted: what time does, and whoever runs the server, looks for no one person."""
    return by.role != "system" and not by.by_command_line


def check_limit(by: Actor, at: Instant, known: Looking, limits: SearchLimits) -> None:
    """Raises SearchLimitReached, which says when to go on."""
    if not is_limited(by):
        return
    recent = sorted(one for one in known.searches if at - HOUR < one <= at)
    if len(recent) >= limits.an_hour:
        raise SearchLimitReached((recent[-limits.an_hour] + HOUR - at).total_seconds())


def signs(by: Actor, at: Instant, before: Looking, added: Facts, limits: SearchLimits) -> Facts:
    """What is told to who protects the data once these facts are added: nothing twice on a day."""
    known = before
    for fact in added:
        known = evolve_looking(known, fact)
    if known == before or not is_limited(by):
        return ()
    reached: dict[TrawlingSign, bool] = {
        "many-searches": len(known.searches) >= limits.told_searches,
        "many-strangers": known.strangers >= limits.told_strangers * (1 + known.recognised),
    }
    return tuple(
        TrawlingSuspected(
            at=at,
            by_agency=by.agency,
            by_worker=by.worker,
            on=civil_date(at),
            sign=sign,
            searches=len(known.searches),
            strangers=known.strangers,
            recognised=known.recognised,
        )
        for sign, is_reached in reached.items()
        if is_reached and sign not in known.told
    )
