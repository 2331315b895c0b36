"""Restriction of processing: what is recorded of a person is kept, and used for nothing but what the law leaves open.

UK GDPR art. 18; Data Protection Act 2018 s.47. It is placed and lifted by a named human, for a reason the law names.
While it stands, an agency uses the record only where a human said which exception of art. 18(2) holds for it, until
when. Warnings for whoever meets the person stay: they protect others (`domain.governance.sharing`).
"""

import datetime as dt
from typing import Annotated, Final, Literal

import msgspec

from domain.actors import Actor
from domain.calendar import civil_date
from domain.facts import Command, Fact, Facts, IdentityText, Instant, Knowledge, Personal, Slug, Text, knowing
from domain.governance.scope import SharedCategory
from domain.ids import AgencyId, PersonId, ProcessingRestrictionId, RightsRequestId, WorkerId
from domain.refusals import AlreadyExists, Conflict, Guarded, NotPermitted, Unreadable

RestrictionGround = Literal["accuracy-contested", "unlawful-but-kept", "kept-for-legal-claims", "objection-pending"]
"""Art. 18(1)(a) to (d)."""

RestrictedUse = Literal["consent", "legal-claims", "protecting-another", "important-public-interest"]
"""What a restricted record may be used for all the same: art. 18(2)."""

RESTRICTABLE: Final[frozenset[SharedCategory]] = frozenset({"register", "engagement", "hub", "support", "duty"})
LONGEST_USE: Final = dt.timedelta(days=90)
"""Ours: an exception is looked at again."""


class ProcessingRestricted(Fact, type="processing-restricted", version=1, tags=("person", "processing_restriction")):
    """From now on these parts of a person's record are kept and not used."""

    processing_restriction: ProcessingRestrictionId
    person: PersonId
    by_agency: AgencyId
    ground: RestrictionGround
    scope: frozenset[SharedCategory]
    rights_request: RightsRequestId | None
    rationale: IdentityText = None


class RestrictedUseAllowed(Fact, type="restricted-use-allowed", version=1, tags=("person", "processing_restriction")):
    """A named human says on which exception an agency uses the record until a moment.

    `to_agency` is no `AgencyId`: nobody concerns an agency for being allowed something.
    """

    processing_restriction: ProcessingRestrictionId
    person: PersonId
    to_agency: str
    by_worker: WorkerId
    use: RestrictedUse
    until: Instant
    rationale: IdentityText = None


class ProcessingRestrictionLifted(
    Fact, type="processing-restriction-lifted", version=1, tags=("person", "processing_restriction")
):
    """The record is used again. The person was told before (art. 18(3))."""

    processing_restriction: ProcessingRestrictionId
    person: PersonId
    told_on: dt.date
    rationale: IdentityText = None


class Allowed(msgspec.Struct, frozen=True):
    """An agency may use the record, on an exception, until a moment."""

    agency: str
    use: RestrictedUse
    since: Instant
    until: Instant


class ProcessingRestriction(msgspec.Struct, frozen=True, kw_only=True):
    """A restriction as it stands."""

    id: ProcessingRestrictionId
    person: PersonId
    by_agency: AgencyId
    ground: RestrictionGround
    scope: frozenset[SharedCategory]
    since: Instant
    rights_request: RightsRequestId | None = None
    allowed: tuple[Allowed, ...] = ()
    lifted_at: Instant | None = None

    def holds_at(self, at: dt.datetime) -> bool:
        """Whether it stands at a moment."""
        return self.since <= at and (self.lifted_at is None or at < self.lifted_at)

    def leaves_open(self, agency: AgencyId, at: dt.datetime) -> RestrictedUse | None:
        """The exception on which an agency uses the record all the same; None where there is none."""
        return next((one.use for one in self.allowed if one.agency == agency and one.since <= at < one.until), None)


Restricted = tuple[ProcessingRestriction, ...]

OF_RESTRICTIONS: Final = (ProcessingRestricted, RestrictedUseAllowed, ProcessingRestrictionLifted)


def evolve(state: Restricted, fact: Fact) -> Restricted:
    """Every restriction, in the order in which they were placed."""
    change = msgspec.structs.replace
    match fact:
        case ProcessingRestricted():
            one = ProcessingRestriction(
                id=fact.processing_restriction,
                person=fact.person,
                by_agency=fact.by_agency,
                ground=fact.ground,
                scope=fact.scope,
                since=fact.at,
                rights_request=fact.rights_request,
            )
            return (*state, one)
        case RestrictedUseAllowed():
            allowed = Allowed(fact.to_agency, fact.use, fact.at, fact.until)
            return tuple(
                change(one, allowed=(*one.allowed, allowed)) if one.id == fact.processing_restriction else one
                for one in state
            )
        case ProcessingRestrictionLifted():
            return tuple(
                change(one, lifted_at=fact.at) if one.id == fact.processing_restriction else one for one in state
            )
        case _:
            return state


def restrictions_of(person: PersonId) -> Knowledge[Restricted]:
    """Every restriction of one record."""
    return knowing((), evolve, OF_RESTRICTIONS, f"person:{person}")


class RestrictProcessing(Command):
    """Keep a person's record and use it for nothing, on a ground of art. 18(1)."""

    processing_restriction: Annotated[ProcessingRestrictionId, Slug]
    person: PersonId
    ground: RestrictionGround
    rationale: Annotated[Text, Personal("identity")]
    scope: Annotated[frozenset[SharedCategory], msgspec.Meta(min_length=1)] = RESTRICTABLE
    rights_request: RightsRequestId | None = None


class AllowRestrictedUse(Command):
    """Say on which exception of art. 18(2) an agency uses a restricted record, and until when."""

    person: PersonId
    processing_restriction: ProcessingRestrictionId
    to_agency: AgencyId
    use: RestrictedUse
    until: Instant
    rationale: Annotated[Text, Personal("identity")]


class LiftProcessingRestriction(Command):
    """Let the record be used again. The person is told before."""

    person: PersonId
    processing_restriction: ProcessingRestrictionId
    told_on: dt.date
    rationale: Annotated[Text, Personal("identity")]


class ProcessingIsRestricted(NotPermitted):
    """The record is kept, and not used."""

    code = "processing-restricted"
    rule = (
        "While the processing of a person's record is restricted, it is kept and not used, but with consent, for legal "
        "claims, to protect somebody else or for important public interest (UK GDPR art. 18(2))."
    )
    permitted_by = "Ask the agency that is named here: it says whether an exception holds."


class RestrictionOver(Conflict):
    """It was lifted."""

    code = "restriction-lifted-before"
    rule = "A restriction that was lifted is over; another one is placed anew."
    permitted_by = "Place a new restriction."


class UseTooLong(Unreadable):
    """For good, or for a time that is over."""

    code = "restricted-use-too-long"
    rule = "A restricted record is used from now for at most ninety days; then it is looked at again (ours)."
    permitted_by = "Choose an earlier day."


class NotToldBefore(Guarded):
    """The person does not know."""

    code = "not-told-before-lifting"
    rule = "A person is told before a restriction is lifted (UK GDPR art. 18(3))."
    permitted_by = "Tell the person first, and enter on which day."


def restrict(command: RestrictProcessing, known: Restricted, by: Actor) -> Facts:
    """An id names one restriction."""
    for one in known:
        if one.id == command.processing_restriction:
            if one.ground == command.ground and one.scope == command.scope:
                return ()
            raise AlreadyExists(processing_restriction=command.processing_restriction)
    return (
        ProcessingRestricted(
            at=command.at,
            processing_restriction=command.processing_restriction,
            person=command.person,
            by_agency=by.agency,
            ground=command.ground,
            scope=command.scope,
            rights_request=command.rights_request,
            rationale=command.rationale,
        ),
    )


def allow(command: AllowRestrictedUse, known: ProcessingRestriction, by: Actor) -> Facts:
    """For some time, from now."""
    if known.lifted_at is not None:
        raise RestrictionOver
    if not command.at < command.until <= command.at + LONGEST_USE:
        raise UseTooLong
    if any(
        (one.agency, one.use, one.until) == (command.to_agency, command.use, command.until) for one in known.allowed
    ):
        return ()
    return (
        RestrictedUseAllowed(
            at=command.at,
            processing_restriction=known.id,
            person=known.person,
            to_agency=command.to_agency,
            by_worker=by.worker,
            use=command.use,
            until=command.until,
            rationale=command.rationale,
        ),
    )


def lift(command: LiftProcessingRestriction, known: ProcessingRestriction) -> Facts:
    """Once, after the person was told."""
    if known.lifted_at is not None:
        return ()
    if command.told_on > civil_date(command.at):
        raise NotToldBefore
    return (
        ProcessingRestrictionLifted(
            at=command.at,
            processing_restriction=known.id,
            person=known.person,
            told_on=command.told_on,
            rationale=command.rationale,
        ),
    )
