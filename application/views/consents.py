"""Consents and the other bases on which information about a person may be shared, and how each of them stands."""

import datetime as dt
from typing import Literal

import msgspec

from application.ports import Recorded
from application.views.view import Place, View, by, its_parties, its_person
from domain.codes import InformationCategory
from domain.facts import Fact, IdentityText, Instant
from domain.ids import AgencyId, BasisId, ConsentId, PersonId
from domain.people.consent import (
    BasisEnded,
    BasisRecorded,
    CapacityAnswer,
    ConsentExpired,
    ConsentGiven,
    ConsentKind,
    ConsentNarrowed,
    ConsentRefused,
    ConsentRenewed,
    ConsentRequested,
    ConsentWithdrawn,
    GivenTo,
    LawfulBasis,
    Purpose,
    ScheduleEight,
)

ConsentStatus = Literal["requested", "given", "refused", "withdrawn", "expired"]


class ConsentRow(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What a person was asked, and answered. `weak`: given to an officer holding a ticket and not yet renewed."""

    position: int
    consent: ConsentId
    person: PersonId
    by_agency: AgencyId
    kind: ConsentKind
    purpose: Purpose
    status: ConsentStatus
    recipients: tuple[str, ...]
    categories: tuple[InformationCategory, ...]
    asked_at: Instant | None = None
    answered_at: Instant | None = None
    ended_at: Instant | None = None
    given_to: GivenTo | None = None
    weak: bool = False
    capacity: CapacityAnswer | None = None
    language: str | None = None
    interpreter: bool = False
    expires_on: dt.date | None = None
    witness: IdentityText = None
    reason: IdentityText = None

    @property
    def parties(self) -> frozenset[AgencyId]:
        """Who asked. That somebody may be told of a person does not make them party to the asking."""
        return frozenset({self.by_agency})


def evolve(row: ConsentRow | None, recorded: Recorded, _key: str) -> ConsentRow | None:
    """A consent after a fact."""
    fact, position = recorded.fact, recorded.envelope.position
    match fact:
        case ConsentRequested():
            return ConsentRow(
                position=position,
                consent=fact.consent,
                person=fact.person,
                by_agency=fact.by_agency,
                kind=fact.kind,
                purpose=fact.purpose,
                status="requested",
                recipients=tuple(sorted(fact.recipients)),
                categories=tuple(sorted(fact.categories)),
                asked_at=fact.at,
            )
        case ConsentGiven():
            return ConsentRow(
                position=position,
                consent=fact.consent,
                person=fact.person,
                by_agency=fact.by_agency,
                kind=fact.kind,
                purpose=fact.purpose,
                status="given",
                recipients=tuple(sorted(fact.recipients)),
                categories=tuple(sorted(fact.categories)),
                asked_at=row.asked_at if row else None,
                answered_at=fact.at,
                given_to=fact.given_to,
                weak=fact.weak,
                capacity=fact.capacity,
                language=fact.language,
                interpreter=fact.interpreter,
                expires_on=fact.expires_on,
                witness=fact.witness,
            )
    if row is None:
        return None
    return msgspec.structs.replace(row, position=position, **_changes(fact))


def _changes(fact: Fact) -> dict[str, object]:
    match fact:
        case ConsentRefused():
            return {"status": "refused", "answered_at": fact.at}
        case ConsentNarrowed():
            return {"recipients": tuple(sorted(fact.recipients)), "categories": tuple(sorted(fact.categories))}
        case ConsentWithdrawn():
            return {"status": "withdrawn", "ended_at": fact.at, "reason": fact.reason}
        case ConsentRenewed():
            return {
                "status": "given",
                "weak": False,
                "ended_at": None,
                "capacity": fact.capacity,
                "language": fact.language,
                "interpreter": fact.interpreter,
                "expires_on": fact.expires_on,
                "witness": fact.witness,
            }
        case ConsentExpired():
            return {"status": "expired", "ended_at": fact.at}
        case _:
            return {}


def places(row: ConsentRow) -> tuple[Place, ...]:
    """With its person; while it is given, also with the agency that asked, by the day it runs out."""
    person = Place(f"person:{row.person}", row.consent)
    if row.status != "given":
        return (person,)
    return (person, Place(f"agency:{row.by_agency}/consents", f"{row.expires_on}"))


CONSENTS: View[ConsentRow] = View(
    name="consent",
    version=1,
    row=ConsentRow,
    facts=frozenset(
        {
            ConsentRequested,
            ConsentGiven,
            ConsentRefused,
            ConsentNarrowed,
            ConsentWithdrawn,
            ConsentRenewed,
            ConsentExpired,
        }
    ),
    keys=by("consent"),
    evolve=evolve,
    about=its_person,
    only=its_parties,
    places=places,
)


class BasisRow(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A decision to share without consent."""

    position: int
    basis: BasisId
    person: PersonId
    by_agency: AgencyId
    lawful: LawfulBasis
    condition: ScheduleEight | None
    recipients: tuple[str, ...]
    categories: tuple[InformationCategory, ...]
    recorded_at: Instant
    until: dt.date
    overrides: tuple[ConsentId, ...] = ()
    ended_at: Instant | None = None
    rationale: IdentityText = None

    @property
    def parties(self) -> frozenset[AgencyId]:
        """Who decided."""
        return frozenset({self.by_agency})


def evolve_basis(row: BasisRow | None, recorded: Recorded, _key: str) -> BasisRow | None:
    """A basis after a fact."""
    fact, position = recorded.fact, recorded.envelope.position
    match fact:
        case BasisRecorded():
            return BasisRow(
                position=position,
                basis=fact.basis,
                person=fact.person,
                by_agency=fact.by_agency,
                lawful=fact.lawful,
                condition=fact.condition,
                recipients=tuple(sorted(fact.recipients)),
                categories=tuple(sorted(fact.categories)),
                recorded_at=fact.at,
                until=fact.until,
                overrides=tuple(sorted(fact.overrides)),
                rationale=fact.rationale,
            )
        case BasisEnded() if row is not None:
            return msgspec.structs.replace(row, position=position, ended_at=fact.at)
        case _:
            return row


def places_of_basis(row: BasisRow) -> tuple[Place, ...]:
    """With its person."""
    return (Place(f"person:{row.person}", row.basis),)


BASES: View[BasisRow] = View(
    name="basis",
    version=1,
    row=BasisRow,
    facts=frozenset({BasisRecorded, BasisEnded}),
    keys=by("basis"),
    evolve=evolve_basis,
    about=its_person,
    only=its_parties,
    places=places_of_basis,
)
