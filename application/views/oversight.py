"""What is watched: records that were opened in an emergency, and decisions to tell others or not to."""

import datetime as dt

import msgspec

from application.ports import Recorded
from application.views.view import EVERYTHING, Place, View, by, its_parties, its_person
from domain.codes import InformationCategory
from domain.facts import IdentityText, Instant
from domain.governance.break_glass import Emergency, Finding, GlassBroken, GlassClosed, GlassReviewed
from domain.governance.disclosure import DisclosureDecided, Ground, RecipientKind
from domain.governance.scope import Crossing
from domain.ids import AgencyId, BreakGlassId, DisclosureId, PersonId, WorkerId

WAITING = "break-glass/waiting"
"""The list of those that nobody has reviewed yet."""


class BreakGlassRow(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A record that was opened without a relationship: by whom, why, until when, and what the review found."""

    position: int
    break_glass: BreakGlassId
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
    reviewed_by: WorkerId | None = None
    reason: IdentityText = None
    rationale: IdentityText = None

    def overdue(self, on: dt.date) -> bool:
        """Whether its review should have been done."""
        return self.finding is None and self.review_by < on


def evolve(row: BreakGlassRow | None, recorded: Recorded, _key: str) -> BreakGlassRow | None:
    """An opening after a fact."""
    fact, position = recorded.fact, recorded.envelope.position
    match fact:
        case GlassBroken():
            return BreakGlassRow(
                position=position,
                break_glass=fact.break_glass,
                person=fact.person,
                worker=fact.worker,
                agency=fact.agency,
                emergency=fact.emergency,
                opened_at=fact.at,
                until=fact.until,
                review_by=fact.review_by,
                reason=fact.reason,
            )
        case GlassClosed() if row is not None:
            return msgspec.structs.replace(row, position=position, closed_at=fact.at)
        case GlassReviewed() if row is not None:
            return msgspec.structs.replace(
                row,
                position=position,
                closed_at=row.closed_at or fact.at,
                finding=fact.finding,
                reviewed_at=fact.at,
                reviewed_by=fact.by_worker,
                rationale=fact.rationale,
            )
        case _:
            return row


def places(row: BreakGlassRow) -> tuple[Place, ...]:
    """With its person, by day with all, and with those that wait, the most urgent first."""
    opened = f"{row.opened_at:%Y-%m-%dT%H:%M:%S}"
    found = (Place(f"person:{row.person}", opened), Place(EVERYTHING, opened))
    return found if row.finding is not None else (*found, Place(WAITING, f"{row.review_by}"))


def _whose(row: BreakGlassRow) -> frozenset[AgencyId]:
    """It is for the agency that looked, and for those who review it."""
    return frozenset({AgencyId(row.agency)})


BREAK_GLASSES: View[BreakGlassRow] = View(
    name="break-glass",
    version=1,
    row=BreakGlassRow,
    facts=frozenset({GlassBroken, GlassClosed, GlassReviewed}),
    keys=by("break_glass"),
    about=its_person,
    only=_whose,
    evolve=evolve,
    places=places,
)


class DisclosureRow(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A decision to tell somebody, or not to."""

    position: int
    disclosure: DisclosureId
    person: PersonId
    by_agency: AgencyId
    decided_at: Instant
    shares: bool
    recipient_kind: RecipientKind
    to_agency: str | None
    categories: tuple[InformationCategory, ...]
    ground: Ground | None
    crossing: Crossing | None
    overrides_refusal: bool
    recipient: IdentityText = None
    rationale: IdentityText = None

    @property
    def parties(self) -> frozenset[AgencyId]:
        """Who decided."""
        return frozenset({self.by_agency})


def evolve_disclosure(row: DisclosureRow | None, recorded: Recorded, _key: str) -> DisclosureRow | None:
    """A decision stands as it was taken; another one is another decision."""
    fact = recorded.fact
    if not isinstance(fact, DisclosureDecided) or row is not None:
        return row
    return DisclosureRow(
        position=recorded.envelope.position,
        disclosure=fact.disclosure,
        person=fact.person,
        by_agency=fact.by_agency,
        decided_at=fact.at,
        shares=fact.shares,
        recipient_kind=fact.recipient_kind,
        to_agency=fact.to_agency,
        categories=tuple(sorted(fact.categories)),
        ground=fact.ground,
        crossing=fact.crossing,
        overrides_refusal=fact.overrides_refusal,
        recipient=fact.recipient,
        rationale=fact.rationale,
    )


def places_of_disclosure(row: DisclosureRow) -> tuple[Place, ...]:
    """With its person; those that override a refusal also with all, for the safeguarding lead."""
    decided = f"{row.decided_at:%Y-%m-%dT%H:%M:%S}"
    person = Place(f"person:{row.person}", decided)
    return (person, Place("disclosures/overriding", decided)) if row.overrides_refusal else (person,)


DISCLOSURES: View[DisclosureRow] = View(
    name="disclosure",
    version=1,
    row=DisclosureRow,
    facts=frozenset({DisclosureDecided}),
    keys=by("disclosure"),
    about=its_person,
    only=its_parties,
    evolve=evolve_disclosure,
    places=places_of_disclosure,
)
