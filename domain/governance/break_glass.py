"""Looking at somebody without a relationship, because a life or a child is at risk: short, reasoned, always reviewed.

Who breaks the glass sees at once, and is asked afterwards. It makes no relationship: when it is over, it is over.
"""

import datetime as dt
from typing import Annotated, Final, Literal

import msgspec

from domain.actors import Actor
from domain.calendar import WorkingCalendar, civil_date, working_days_after
from domain.facts import Command, Fact, Facts, IdentityText, Instant, Knowledge, Personal, Slug, Text, knowing
from domain.governance.scope import PROTECTS_DATA
from domain.ids import BreakGlassId, PersonId, WorkerId
from domain.refusals import AlreadyExists, NotPermitted, Unreadable, found

Emergency = Literal["risk-to-life", "child-at-risk", "adult-at-risk", "missing-person", "serious-harm-to-others"]
"""Vital interests (UK GDPR arts. 6(1)(d), 9(2)(c)) and safeguarding (Data Protection Act 2018 Schs. 1, 8)."""

Finding = Literal["justified", "not-justified", "no-conclusion"]

LONGEST_HOURS: Final = 8
"""Ours: one shift."""
REVIEW_WORKING_DAYS: Final = 2


class GlassBroken(Fact, type="glass-broken", version=1, tags=("person", "break_glass")):
    """A worker opened a person's record without a relationship, until a moment; it is reviewed by the end of a day.

    `agency` is no `AgencyId` here: a person does not concern an agency because somebody of it broke the glass.
    """

    break_glass: BreakGlassId
    person: PersonId
    worker: WorkerId
    agency: str
    emergency: Emergency
    until: Instant
    review_by: dt.date
    reason: IdentityText = None


class GlassClosed(Fact, type="glass-closed", version=1, tags=("person", "break_glass")):
    """It was no longer needed, or was stopped, before its time."""

    break_glass: BreakGlassId
    person: PersonId
    worker: WorkerId


class GlassReviewed(Fact, type="glass-reviewed", version=1, tags=("person", "break_glass")):
    """Somebody who protects data looked into it, and says whether it was right."""

    break_glass: BreakGlassId
    person: PersonId
    by_worker: WorkerId
    finding: Finding
    rationale: IdentityText = None


class BreakGlass(msgspec.Struct, frozen=True):
    """One opening, and what became of it."""

    id: BreakGlassId
    person: PersonId
    worker: WorkerId
    agency: str
    emergency: Emergency
    opened_at: Instant
    until: Instant
    review_by: dt.date
    closed_at: Instant | None = None
    finding: Finding | None = None
    reviewed_at: Instant | None = None

    def opens_for(self, actor: Actor, at: dt.datetime) -> bool:
        """Whether it lets somebody in at a moment: who broke it, from the agency they were with, and for its time."""
        mine = self.worker == actor.worker and self.agency == actor.agency
        return mine and self.closed_at is None and self.opened_at <= at < self.until


BrokenGlass = tuple[BreakGlass, ...]

OF_BREAK_GLASS: Final = (GlassBroken, GlassClosed, GlassReviewed)


def evolve(state: BrokenGlass, fact: Fact) -> BrokenGlass:
    """Every opening of one person's record."""
    change = msgspec.structs.replace
    match fact:
        case GlassBroken():
            one = BreakGlass(
                fact.break_glass,
                fact.person,
                fact.worker,
                fact.agency,
                fact.emergency,
                fact.at,
                fact.until,
                fact.review_by,
            )
            return (*state, one)
        case GlassClosed():
            return tuple(change(one, closed_at=fact.at) if one.id == fact.break_glass else one for one in state)
        case GlassReviewed():
            return tuple(
                change(one, finding=fact.finding, reviewed_at=fact.at, closed_at=one.closed_at or fact.at)
                if one.id == fact.break_glass
                else one
                for one in state
            )
        case _:
            return state


def broken_glass(one: BreakGlassId) -> Knowledge[BrokenGlass]:
    """One opening."""
    return knowing((), evolve, OF_BREAK_GLASS, f"break_glass:{one}")


class BreakTheGlass(Command):
    """Open the record of a person who does not concern one's agency, for some hours."""

    break_glass: Annotated[BreakGlassId, Slug]
    person: PersonId
    emergency: Emergency
    reason: Annotated[Text, Personal("identity")]
    hours: Annotated[int, msgspec.Meta(ge=1, le=LONGEST_HOURS)] = 1


class CloseTheGlass(Command):
    """End it before its time."""

    break_glass: BreakGlassId


class ReviewBreakGlass(Command):
    """Say whether it was right to open the record."""

    break_glass: BreakGlassId
    finding: Finding
    rationale: Annotated[Text, Personal("identity")]


class NotYoursToReview(NotPermitted):
    """Nobody reviews themselves, and not everybody reviews."""

    code = "not-yours-to-review"
    rule = (
        "Each break-glass is reviewed by a data protection officer, privacy officer or Caldicott guardian other than "
        "who broke it (ours)."
    )
    permitted_by = "Ask the privacy officer of the partnership."


class NotYoursToClose(NotPermitted):
    """Somebody else's."""

    code = "not-yours-to-close"
    rule = "A break-glass is closed by who broke it, or by those who review it."
    permitted_by = "Ask the privacy officer of the partnership."


class OpenedLongAgo(Unreadable):
    """An emergency is opened when it is there."""

    code = "opened-long-ago"
    rule = "A break-glass begins when it is recorded: nobody is let in for a time that has passed."
    permitted_by = "Send it with the time of now."


def break_glass(command: BreakTheGlass, known: BrokenGlass, by: Actor, now: dt.datetime) -> Facts:
    """An id names one opening for good. It begins now, whatever the command says."""
    for one in known:
        if (one.person, one.worker) == (command.person, by.worker):
            return ()
        raise AlreadyExists(break_glass=command.break_glass)
    until = command.at + dt.timedelta(hours=command.hours)
    if until <= now:
        raise OpenedLongAgo
    return (
        GlassBroken(
            at=command.at,
            break_glass=command.break_glass,
            person=command.person,
            worker=by.worker,
            agency=by.agency,
            emergency=command.emergency,
            until=until,
            review_by=working_days_after(civil_date(command.at), REVIEW_WORKING_DAYS, WorkingCalendar()),
            reason=command.reason,
        ),
    )


def close(command: CloseTheGlass, known: BrokenGlass, by: Actor) -> Facts:
    """Closed once, by who broke it or who reviews."""
    one = found(next(iter(known), None))
    if by.worker != one.worker and by.role not in PROTECTS_DATA:
        raise NotYoursToClose
    if one.closed_at is not None or command.at >= one.until:
        return ()
    return (GlassClosed(at=command.at, break_glass=one.id, person=one.person, worker=one.worker),)


def review(command: ReviewBreakGlass, known: BrokenGlass, by: Actor) -> Facts:
    """Reviewed by somebody else, who protects data; the review closes it. The same finding again adds nothing."""
    one = found(next(iter(known), None))
    if by.role not in PROTECTS_DATA or by.worker == one.worker:
        raise NotYoursToReview
    if one.finding == command.finding:
        return ()
    return (
        GlassReviewed(
            at=command.at,
            break_glass=one.id,
            person=one.person,
            by_worker=by.worker,
            finding=command.finding,
            rationale=command.rationale,
        ),
    )
