"""The people, agencies and moments of these stories."""

import datetime as dt
from typing import Any, TypeVar

from domain.actors import Actor, Role
from domain.codes import AgencyKind
from domain.facts import Facts
from domain.governance.agency import AgencyRegistered
from domain.ids import AgencyId, ConsentId, DetailId, FlagId, MergeId, PartnershipId, PersonId, SearchId, WorkerId
from domain.people.consent import ConsentGiven, ConsentRequested
from domain.people.consenting import GiveConsent, RequestConsent
from domain.people.flags import FlagRaised
from domain.people.person import PersonRegistered, PersonsMerged
from domain.people.search import PeopleSearched
from tests.scenario import london, sharing_agreement

S = TypeVar("S")

ANNA = PersonId("p-anna")
BEN = PersonId("p-ben")
CARL = PersonId("p-carl")
DORA = PersonId("p-dora")
SEARCH = SearchId("s-1")
DETAIL = DetailId("d-1")
FLAG = FlagId("f-1")
MERGE = MergeId("m-1")
CONSENT = ConsentId("c-1")

POLICE = AgencyId("police")
COUNCIL = AgencyId("council")
DRUGS = AgencyId("drugs")
HUB = AgencyId("hub")

MORNING = london("2024-05-07T09:00")
NOON = london("2024-05-07T12:00")
EVENING = london("2024-05-07T22:10")
NEXT_DAY = london("2024-05-08T10:00")
NEXT_WEEK = london("2024-05-14T10:00")
NEXT_YEAR = london("2025-06-01T10:00")
LAST_DAY = dt.date(2024, 11, 7)


def actor(agency: AgencyId, role: Role, worker: str = "") -> Actor:
    return Actor(
        worker=WorkerId(worker or f"{role}-of-{agency}"),
        agency=agency,
        role=role,
        partnership=PartnershipId("fenland"),
    )


def with_more(cls: type[S], more: dict[str, Any], **fields: Any) -> S:  # noqa: ANN401
    """A fact or command with these fields, and what a story says otherwise."""
    return cls(**fields | more)


CONSTABLE = actor(POLICE, "constable")
SERGEANT = actor(POLICE, "supervisor")
HOUSING_OFFICER = actor(COUNCIL, "agency-worker")
DRUGS_WORKER = actor(DRUGS, "agency-worker")
COORDINATOR = actor(HUB, "hub-coordinator")
SYSTEM = actor(HUB, "system")
LAY_MEMBER = actor(HUB, "panel-member")


def agency(one: AgencyId, kind: AgencyKind) -> AgencyRegistered:
    return AgencyRegistered(at=MORNING, agency=one, name=one.title(), kind=kind)


AGENCIES: Facts = (
    agency(POLICE, "police"),
    agency(COUNCIL, "district-council"),
    agency(DRUGS, "drug-and-alcohol"),
    agency(HUB, "partnership"),
    sharing_agreement(POLICE, COUNCIL, DRUGS, HUB),
)


def registered(person: PersonId = ANNA, by: AgencyId = POLICE, **more: Any) -> PersonRegistered:  # noqa: ANN401
    fields: dict[str, Any] = {"identity": "stated", "has_name": True, "reference": person.upper(), "at": MORNING}
    return PersonRegistered(person=person, by_agency=by, **fields | more)


def searched(by: AgencyId = POLICE, at: dt.datetime = MORNING, shown: tuple[PersonId, ...] = ()) -> PeopleSearched:
    return PeopleSearched(at=at, search=SEARCH, by_agency=by, keys=("name-and-born",), shown=shown)


def flagged(person: PersonId = ANNA, **more: Any) -> FlagRaised:  # noqa: ANN401
    fields: dict[str, Any] = {"kind": "staff-safety", "source": "seen", "expires_on": LAST_DAY, "at": MORNING}
    return FlagRaised(person=person, **{"flag": FLAG, "by_agency": POLICE} | fields | more)


def merged(person: PersonId, other: PersonId, merge: MergeId = MERGE) -> PersonsMerged:
    return PersonsMerged(at=NOON, merge=merge, person=person, other=other, by_agency=POLICE)


def asked(person: PersonId = ANNA, **more: Any) -> ConsentRequested:  # noqa: ANN401
    fields: dict[str, Any] = {
        "at": MORNING,
        "consent": CONSENT,
        "by_agency": POLICE,
        "kind": "data-protection-basis",
        "purpose": "referral",
        "recipients": frozenset({"drugs", "council"}),
        "categories": frozenset({"identity", "contact", "substance-use"}),
    }
    return ConsentRequested(person=person, **fields | more)


def ask(person: PersonId = ANNA, **more: Any) -> RequestConsent:  # noqa: ANN401
    fields: dict[str, Any] = {
        "at": MORNING,
        "consent": CONSENT,
        "kind": "data-protection-basis",
        "purpose": "referral",
        "recipients": frozenset({"drugs", "council"}),
        "categories": frozenset({"identity", "contact", "substance-use"}),
    }
    return RequestConsent(person=person, **fields | more)


def agreed(person: PersonId = ANNA, **more: Any) -> ConsentGiven:  # noqa: ANN401
    fields: dict[str, Any] = {
        "at": NOON,
        "consent": CONSENT,
        "by_agency": POLICE,
        "kind": "data-protection-basis",
        "purpose": "referral",
        "recipients": frozenset({"drugs", "council"}),
        "categories": frozenset({"identity", "contact", "substance-use"}),
        "given_to": "hub",
        "weak": False,
        "capacity": "confirmed",
        "language": "en",
        "interpreter": False,
        "expires_on": LAST_DAY,
    }
    return ConsentGiven(person=person, **fields | more)


def agree(person: PersonId = ANNA, **more: Any) -> GiveConsent:  # noqa: ANN401
    fields: dict[str, Any] = {
        "at": NOON,
        "consent": CONSENT,
        "given_to": "hub",
        "capacity": "confirmed",
        "language": "en",
        "expires_on": LAST_DAY,
    }
    return GiveConsent(person=person, **fields | more)
