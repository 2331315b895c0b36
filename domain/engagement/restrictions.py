"""Where somebody may not be: bail, a dispersal direction or an order made elsewhere is recorded, and lifted."""

import datetime as dt
from typing import Annotated, Final, Literal

import msgspec

from domain.actors import Actor
from domain.engagement.overrides import PlaceCode
from domain.facts import Command, Fact, Facts, Instant, Knowledge, Slug, amended, knowing
from domain.ids import AgencyId, PersonId, RestrictionId, WorkerId
from domain.refusals import AlreadyExists, Unreadable, found

RestrictionSource = Literal["bail", "dispersal", "civil-injunction", "exclusion", "cbo", "cpn"]


class RestrictionRecorded(Fact, type="restriction-recorded", version=1, tags=("restriction", "person")):
    """Bail, a dispersal direction or an order made elsewhere forbids somebody to be at places for a time."""

    restriction: RestrictionId
    person: PersonId
    source: RestrictionSource
    forbids: tuple[PlaceCode, ...]
    by_worker: WorkerId
    by_agency: AgencyId
    until: Instant | None = None


class RestrictionLifted(Fact, type="restriction-lifted", version=1, tags=("restriction", "person")):
    """What forbade somebody to be at places holds no longer."""

    restriction: RestrictionId
    person: PersonId
    by_worker: WorkerId
    by_agency: AgencyId


class Restriction(msgspec.Struct, frozen=True, kw_only=True):
    """Where somebody may not be, from a moment until another."""

    restriction: RestrictionId
    source: RestrictionSource
    forbids: tuple[PlaceCode, ...]
    at: dt.datetime
    until: dt.datetime | None
    lifted_at: dt.datetime | None = None

    def holds_at(self, at: dt.datetime) -> bool:
        """Whether it holds at a moment."""
        return (
            self.at <= at
            and (self.until is None or at <= self.until)
            and (self.lifted_at is None or at < self.lifted_at)
        )


Restrictions = dict[RestrictionId, Restriction]


def evolve_restrictions(state: Restrictions, fact: Fact) -> Restrictions:
    """Restrictions by id, of one person or of anybody."""
    match fact:
        case RestrictionRecorded():
            recorded = Restriction(
                restriction=fact.restriction, source=fact.source, forbids=fact.forbids, at=fact.at, until=fact.until
            )
            return {**state, fact.restriction: recorded}
        case RestrictionLifted():
            return amended(state, fact.restriction, lifted_at=fact.at)
        case _:
            return state


RESTRICTION_FACTS: Final = (RestrictionRecorded, RestrictionLifted)


def restriction(restriction: RestrictionId) -> Knowledge[Restrictions]:
    """One restriction by its id, whoever's it is."""
    return knowing({}, evolve_restrictions, RESTRICTION_FACTS, f"restriction:{restriction}")


class RecordRestriction(Command):
    """Record where bail, a dispersal direction or an order forbids somebody to be."""

    restriction: Annotated[RestrictionId, Slug]
    person: PersonId
    source: RestrictionSource
    forbids: Annotated[tuple[PlaceCode, ...], msgspec.Meta(min_length=1, max_length=50)]
    until: Instant | None = None


class LiftRestriction(Command):
    """Record that a restriction holds no longer."""

    restriction: RestrictionId
    person: PersonId


class RestrictionEndsBefore(Unreadable):
    """It would end before it begins."""

    code = "ends-before-it-begins"
    rule = "What begins at a moment ends after it."
    permitted_by = "Correct the times."


def restrict(command: RecordRestriction, known: Restrictions, mine: Restrictions, by: Actor) -> Facts:
    """A restriction is recorded once."""
    if command.restriction in known:
        if command.restriction in mine:
            return ()
        raise AlreadyExists(restriction=command.restriction)
    if command.until is not None and command.until <= command.at:
        raise RestrictionEndsBefore
    return (
        RestrictionRecorded(
            at=command.at,
            restriction=command.restriction,
            person=command.person,
            source=command.source,
            forbids=command.forbids,
            by_worker=by.worker,
            by_agency=by.agency,
            until=command.until,
        ),
    )


def lift(command: LiftRestriction, mine: Restrictions, by: Actor) -> Facts:
    """A restriction is lifted once."""
    known = found(mine.get(command.restriction))
    if known.lifted_at is not None:
        return ()
    return (
        RestrictionLifted(
            at=command.at,
            restriction=command.restriction,
            person=command.person,
            by_worker=by.worker,
            by_agency=by.agency,
        ),
    )
