"""A legal hold: a record is kept as it is, whatever else would end it, until somebody lifts the hold. It beats erasure.

A hold is looked at again by a day, so that none stands for ever because nobody remembers it.
"""

import datetime as dt
from typing import Annotated, Final, Literal

import msgspec

from domain.actors import Actor
from domain.calendar import civil_date, months_after
from domain.facts import Command, Fact, Facts, IdentityText, Instant, Knowledge, Personal, Slug, Text, amended, knowing
from domain.ids import HoldId, PersonId, WorkerId
from domain.refusals import AlreadyExists, Conflict, NotPermitted, Unreadable, found

HoldMatter = Literal[
    "legal-claim",
    "criminal-proceedings",
    "inquest",
    "complaint",
    "rights-request",
    "safeguarding-review",
    "public-inquiry",
    "court-order",
]
"""Why a record is kept (UK GDPR art. 17(3)(b) and (e); Data Protection Act 2018 s.47(2); Inquiries Act 2005 s.35)."""

LONGEST_MONTHS: Final = 12
"""Ours: a hold is looked at again once a year at least."""


class LegalHoldPlaced(Fact, type="legal-hold-placed", version=1, tags=("person", "hold")):
    """The record is kept as it is; somebody looks again by a day.

    `by_agency` is no `AgencyId` in what is said of a hold: a person does not concern an agency because it holds.
    """

    hold: HoldId
    person: PersonId
    by_agency: str
    by_worker: WorkerId
    matter: HoldMatter
    review_on: dt.date
    reason: IdentityText = None


class LegalHoldKept(Fact, type="legal-hold-kept", version=1, tags=("person", "hold")):
    """Somebody looked again: the hold still stands, until another day."""

    hold: HoldId
    person: PersonId
    by_agency: str
    by_worker: WorkerId
    review_on: dt.date
    reason: IdentityText = None


class LegalHoldLifted(Fact, type="legal-hold-lifted", version=1, tags=("person", "hold")):
    """The record need no longer be kept for this."""

    hold: HoldId
    person: PersonId
    by_agency: str
    by_worker: WorkerId
    reason: IdentityText = None


class Hold(msgspec.Struct, frozen=True):
    """A legal hold as it stands."""

    id: HoldId
    person: PersonId
    matter: HoldMatter
    placed_at: Instant
    placed_by: WorkerId
    by_agency: str
    review_on: dt.date
    lifted_at: Instant | None = None

    def overdue(self, on: dt.date) -> bool:
        """Whether somebody should have looked again."""
        return self.lifted_at is None and self.review_on < on


Holds = dict[HoldId, Hold]


def evolve(state: Holds, fact: Fact) -> Holds:
    """The holds on one record, those that were lifted too."""
    match fact:
        case LegalHoldPlaced():
            placed = Hold(fact.hold, fact.person, fact.matter, fact.at, fact.by_worker, fact.by_agency, fact.review_on)
            return {**state, fact.hold: placed}
        case LegalHoldKept():
            return amended(state, fact.hold, review_on=fact.review_on)
        case LegalHoldLifted():
            return amended(state, fact.hold, lifted_at=fact.at)
        case _:
            return state


OF_HOLDS: Final = (LegalHoldPlaced, LegalHoldKept, LegalHoldLifted)
NONE: Final[Holds] = {}


def holds(person: PersonId) -> Knowledge[Holds]:
    """The holds on one record."""
    return knowing(NONE, evolve, OF_HOLDS, f"person:{person}")


class PlaceLegalHold(Command):
    """Keep a person's record as it is, and look again by a day."""

    hold: Annotated[HoldId, Slug]
    person: PersonId
    matter: HoldMatter
    review_on: dt.date
    reason: Annotated[Text, Personal("identity")]


class KeepLegalHold(Command):
    """Say that a hold still stands, and by when somebody looks again."""

    hold: HoldId
    person: PersonId
    review_on: dt.date
    reason: Annotated[Text, Personal("identity")]


class LiftLegalHold(Command):
    """Say that a record need no longer be kept for this."""

    hold: HoldId
    person: PersonId
    reason: Annotated[Text, Personal("identity")]


class HumansHold(NotPermitted):
    """No machine says what a court may want to see."""

    code = "humans-hold"
    rule = "Legal holds are placed and lifted by humans (ours)."
    permitted_by = "Ask a worker who sees to people's rights."


class HoldReviewDay(Unreadable):
    """The day is past, or too far away."""

    code = "hold-review-day"
    rule = "Whoever holds a record says by which day of the next twelve months somebody looks again (ours)."
    permitted_by = "Choose a day of the next twelve months."


class HoldLifted(Conflict):
    """It was lifted already."""

    code = "hold-lifted"
    rule = "A hold that was lifted stands no more."
    permitted_by = "Place another one."


def _looks_again(at: dt.datetime, day: dt.date) -> None:
    today = civil_date(at)
    if not today < day <= months_after(today, LONGEST_MONTHS):
        raise HoldReviewDay(review_on=day)


def place(command: PlaceLegalHold, by: Actor, person: PersonId, known: Holds) -> Facts:
    """A human holds a record, and says for what. The same again adds nothing."""
    if by.role == "system":
        raise HumansHold
    one = known.get(command.hold)
    if one is not None:
        if (one.matter, one.placed_by) == (command.matter, by.worker):
            return ()
        raise AlreadyExists(hold=command.hold)
    _looks_again(command.at, command.review_on)
    return (
        LegalHoldPlaced(
            at=command.at,
            hold=command.hold,
            person=person,
            by_agency=by.agency,
            by_worker=by.worker,
            matter=command.matter,
            review_on=command.review_on,
            reason=command.reason,
        ),
    )


def keep(command: KeepLegalHold, by: Actor, known: Holds) -> Facts:
    """A human looked again. The same day again adds nothing."""
    one = _standing(command.hold, by, known)
    if one.review_on == command.review_on:
        return ()
    _looks_again(command.at, command.review_on)
    return (
        LegalHoldKept(
            at=command.at,
            hold=one.id,
            person=one.person,
            by_agency=by.agency,
            by_worker=by.worker,
            review_on=command.review_on,
            reason=command.reason,
        ),
    )


def lift(command: LiftLegalHold, by: Actor, known: Holds) -> Facts:
    """A human lifts it, once."""
    one = _standing(command.hold, by, known)
    return (
        LegalHoldLifted(
            at=command.at,
            hold=one.id,
            person=one.person,
            by_agency=by.agency,
            by_worker=by.worker,
            reason=command.reason,
        ),
    )


def _standing(hold: HoldId, by: Actor, known: Holds) -> Hold:
    if by.role == "system":
        raise HumansHold
    one = found(known.get(hold))
    if one.lifted_at is not None:
        raise HoldLifted(hold=hold)
    return one
