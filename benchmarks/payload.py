"""What is appended: facts as the domain has them, of people who do not exist."""

import datetime as dt
import random
from collections.abc import Iterator
from typing import Any, Final, get_args

from application.ports import DecisionRecord, LogId, log_of
from domain.actors import Actor
from domain.engagement.encounter import EncounterRecorded
from domain.facts import Fact, Query, QueryItem
from domain.governance.agency import AgencyRegistered
from domain.governance.agreement import AgreementMade
from domain.governance.scope import Crossing, Purpose, SharedCategory
from domain.governance.staff import WorkerPosted
from domain.ids import AgencyId, AgreementId, EncounterId, PartnershipId, PersonId, ReferralId, ServiceId, WorkerId
from domain.people.person import PersonRegistered
from domain.support.referral import (
    ReferralAccepted,
    ReferralBooked,
    ReferralCompleted,
    ReferralContactAttempted,
    ReferralReceived,
    ReferralSent,
    ReferralStarted,
)
from domain.support.service import ServiceOffered

PARTNERSHIP: Final = PartnershipId("fenland")
_random: Final = random.Random()  # noqa: S311 - people who do not exist
LOG: Final[LogId] = log_of(PARTNERSHIP)
POLICE: Final = AgencyId("police")
CLINIC: Final = AgencyId("recovery")
AT: Final = dt.datetime(2026, 3, 2, 10, 30, tzinfo=dt.UTC)
NOTE: Final = "Came to the hub with her key worker; keeps the Thursday group, asked for the letter by hand. " * 2
WORKER: Final = Actor(worker=WorkerId("w-4711"), agency=CLINIC, role="agency-worker", partnership=PARTNERSHIP)
STORY: Final = frozenset(
    one.fact_type
    for one in (ReferralSent, ReferralReceived, ReferralAccepted, ReferralBooked, ReferralStarted, ReferralCompleted)
)


def new_id() -> str:
    """A random id as the API makes one, for less: what asks for it is not what is measured."""
    drawn = f"{_random.getrandbits(128):032x}"
    return f"{drawn[:8]}-{drawn[8:12]}-4{drawn[13:16]}-a{drawn[17:20]}-{drawn[20:]}"


def service(number: int) -> ServiceId:
    return ServiceId(f"service-{number}")


def completed(person: PersonId, referral: ReferralId, at_service: ServiceId) -> ReferralCompleted:
    """An event like most: seven open fields, one free text about a person, four tags."""
    return ReferralCompleted(
        at=AT,
        referral=referral,
        person=person,
        from_agency=POLICE,
        to_agency=CLINIC,
        service=at_service,
        need="alcohol",
        by_agency=CLINIC,
        outcome="need-met",
        note=NOTE,
    )


def story_of(referral: ReferralId) -> Query:
    """What a decision about a referral knows."""
    return (QueryItem(STORY, frozenset({f"referral:{referral}"})),)


def record(read: tuple[tuple[Query, int], ...] = ()) -> DecisionRecord:
    """The record of a command whose arguments hold the same text."""
    arguments = b'{"at":"2026-03-02T10:30:00Z","referral":"%b","note":"%b"}' % (b"r" * 36, NOTE.encode())
    return DecisionRecord(command="CompleteReferral", arguments=arguments, read=read, policy="concerns-1", code="0.1.0")


def beginnings(services: int, places: int | None) -> Iterator[Fact]:
    """The agencies and services that the stories below name."""
    yield AgencyRegistered(at=AT, agency=POLICE, name="Police", kind="police", phone="01354 654321")
    yield AgencyRegistered(at=AT, agency=CLINIC, name="Recovery", kind="drug-and-alcohol", phone="01354 654322")
    yield WorkerPosted(at=AT, worker=WORKER.worker, agency=WORKER.agency, role=WORKER.role)
    yield AgreementMade(
        at=AT,
        agreement=AgreementId("sharing"),
        name="Information sharing agreement",
        parties=frozenset({POLICE, CLINIC}),
        purposes=frozenset(get_args(Purpose)),
        categories=frozenset(get_args(SharedCategory)),
        crossings=frozenset(get_args(Crossing)),
        from_date=AT.date(),
        until_date=None,
        review_date=dt.date(2040, 1, 1),
        source="synthetic",
    )
    for number in range(services):
        yield ServiceOffered(
            at=AT,
            service=service(number),
            agency=CLINIC,
            name=f"Group {number}",
            needs=("alcohol",),
            where=None,
            area=None,
            when=None,
            eligibility=None,
            places=places,
            answer_due_days=5,
            questions=(),
        )


def registered(person: PersonId) -> PersonRegistered:
    return PersonRegistered(
        at=AT,
        person=person,
        reference=f"R-{person[:13].upper()}",
        by_agency=POLICE,
        identity="stated",
        provisional="no-signal",
        has_name=True,
        understands=("en",),
        given_name="Given",
        family_name="Sample",
        born="1984-02-03",
        synthetic=True,
    )


def sent(person: PersonId, referral: ReferralId, at_service: ServiceId) -> ReferralSent:
    return ReferralSent(
        at=AT,
        referral=referral,
        person=person,
        from_agency=POLICE,
        to_agency=CLINIC,
        service=at_service,
        need="alcohol",
        basis="recorded",
        basis_id="b-1",
        answer_due=AT.date() + dt.timedelta(days=7),
        language="en",
        urgency="soon",
        reason=NOTE,
        contact="at the hub",
    )


def journey(person: PersonId, rounds: int, services: int) -> Iterator[Fact]:
    """A person's story: registered, then `rounds` times met in the street, referred and helped, ten events each."""
    yield registered(person)
    for at in range(rounds):
        when = AT + dt.timedelta(days=at)
        referral = ReferralId(f"{person[:20]}-{at}")
        parties: dict[str, Any] = {
            "at": when,
            "referral": referral,
            "person": person,
            "from_agency": POLICE,
            "to_agency": CLINIC,
            "service": service(at % services),
            "need": "alcohol",
            "by_agency": CLINIC,
        }
        for meeting in range(3):
            yield EncounterRecorded(
                at=when,
                encounter=EncounterId(f"{person[:20]}-{at}-{meeting}"),
                person=person,
                kind="welfare",
                by_agency=POLICE,
                officer=WorkerId("w-1"),
                welfare_concern=True,
                offer="hub",
                place="by the benches",
                facts_observed=NOTE,
            )
        yield sent(person, referral, service(at % services))
        yield ReferralReceived(**parties)
        yield ReferralAccepted(**parties, note=NOTE)
        yield ReferralBooked(**parties, when=when)
        yield ReferralContactAttempted(**parties, outcome="met", contacted=True, note=NOTE)
        yield ReferralStarted(**parties)
        yield ReferralCompleted(**parties, outcome="need-met", note=NOTE)
