"""The people, agencies, services and moments of these stories: one week of June 2024, which begins on a Monday."""

import datetime as dt
from typing import Any, TypeVar

from domain.actors import Actor, Role
from domain.codes import AgencyKind
from domain.facts import Fact, Facts
from domain.governance.agency import AgencyRegistered, CalendarSet
from domain.ids import (
    AgencyId,
    ConsentId,
    NotificationId,
    PartnershipId,
    PersonId,
    PlanId,
    ReferralId,
    ServiceId,
    WorkerId,
)
from domain.people.consent import ConsentGiven, ConsentRequested
from domain.people.person import PersonRegistered
from domain.support.duty_to_refer import HousingAuthorityNotified, NotifyHousingAuthority
from domain.support.plan import PlanOpened
from domain.support.referral import (
    Answer,
    Core,
    ReferralAccepted,
    ReferralFact,
    ReferralSent,
    SafeContact,
    SendReferral,
)
from domain.support.service import OfferService, Question, ServiceOffered
from tests.scenario import london, sharing_agreement

S = TypeVar("S")

ANNA = PersonId("p-anna")
BEN = PersonId("p-ben")
REFERRAL = ReferralId("r-1")
OTHER_REFERRAL = ReferralId("r-2")
NOTIFICATION = NotificationId("n-1")
PLAN = PlanId("plan-1")

POLICE = AgencyId("police")
COUNCIL = AgencyId("fenland-council")
RECOVERY = AgencyId("recovery")
SHELTER = AgencyId("night-shelter")
HUB = AgencyId("csp")

DRUGS_CLINIC = ServiceId("drugs-clinic")
OUTREACH = ServiceId("drugs-outreach")
BEDS = ServiceId("winter-beds")

MONDAY = london("2024-06-03T10:00")
NOON = london("2024-06-03T12:00")
TUESDAY = london("2024-06-04T10:00")
WEDNESDAY = london("2024-06-05T10:00")
THURSDAY = london("2024-06-06T10:00")
FRIDAY = london("2024-06-07T10:00")
NEXT_WEEK = london("2024-06-10T10:00")
LATER = london("2024-07-01T10:00")


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
HOUSING = actor(COUNCIL, "agency-worker")
CLINIC = actor(RECOVERY, "agency-worker")
CLINIC_LEAD = actor(RECOVERY, "supervisor")
VOLUNTEER = actor(SHELTER, "agency-worker")
COORDINATOR = actor(HUB, "hub-coordinator")
IMPORT = actor(HUB, "system")
TIME = actor(AgencyId("follow-up"), "system")


def agency(one: AgencyId, kind: AgencyKind, *, logs_in: bool = True) -> AgencyRegistered:
    return AgencyRegistered(at=london("2024-01-01T09:00"), agency=one, name=one, kind=kind, logs_in=logs_in)


AGENCIES: Facts = (
    agency(POLICE, "police"),
    agency(COUNCIL, "district-council"),
    agency(RECOVERY, "drug-and-alcohol"),
    agency(SHELTER, "voluntary", logs_in=False),
    agency(HUB, "partnership"),
    sharing_agreement(POLICE, COUNCIL, RECOVERY, SHELTER, HUB),
    # The clinic rests on Wednesdays as well as at weekends.
    CalendarSet(
        at=london("2024-01-01T09:00"),
        agency=RECOVERY,
        weekdays=frozenset({0, 1, 3, 4}),
        closed=frozenset(),
    ),
)

QUESTIONS = (
    Question(id="substance", label="Which substance?", required=True, personal_class="health"),
    Question(id="injecting", label="Injecting?", kind="yes-no"),
    Question(id="day", label="Which day suits?", kind="choice", choices=("tuesday", "thursday")),
    Question(id="years", label="For how many years?", kind="number"),
    Question(id="last-script", label="Last prescription", kind="date", personal_class="intelligence"),
)


def offering(**more: Any) -> OfferService:  # noqa: ANN401
    return with_more(
        OfferService,
        more,
        at=MONDAY - dt.timedelta(days=30),
        service=DRUGS_CLINIC,
        agency=RECOVERY,
        name="Drugs clinic",
        needs=("drugs", "alcohol"),
        places=2,
        answer_due_days=3,
        questions=QUESTIONS,
    )


def offered(**more: Any) -> ServiceOffered:  # noqa: ANN401
    return with_more(
        ServiceOffered,
        more,
        at=MONDAY - dt.timedelta(days=30),
        service=DRUGS_CLINIC,
        agency=RECOVERY,
        name="Drugs clinic",
        needs=("drugs", "alcohol"),
        where=None,
        area=None,
        when=None,
        eligibility=None,
        places=2,
        answer_due_days=3,
        questions=QUESTIONS,
    )


SERVICES: Facts = (
    offered(),
    offered(service=OUTREACH, name="Drugs outreach", agency=SHELTER, places=None, questions=()),
    offered(service=BEDS, name="Winter beds", agency=SHELTER, needs=("housing",), places=None, questions=()),
)


def registered(person: PersonId = ANNA, by_agency: AgencyId = POLICE, **more: Any) -> PersonRegistered:  # noqa: ANN401
    return with_more(
        PersonRegistered,
        more,
        at=MONDAY - dt.timedelta(days=20),
        person=person,
        reference=person.upper(),
        by_agency=by_agency,
        identity="stated",
    )


def consented(person: PersonId = ANNA, *recipients: AgencyId, **more: Any) -> Facts:  # noqa: ANN401
    """Consent to tell these agencies (the clinic, if none is named) about substance use."""
    told = frozenset[str](recipients or (RECOVERY,))
    consent = ConsentId(f"c-{person}-{'-'.join(sorted(told))}")
    categories = frozenset({"identity", "contact", "substance-use"})
    return (
        with_more(
            ConsentRequested,
            {},
            at=MONDAY - dt.timedelta(days=3),
            consent=consent,
            person=person,
            by_agency=POLICE,
            kind="data-protection-basis",
            purpose="referral",
            recipients=told,
            categories=categories,
        ),
        with_more(
            ConsentGiven,
            more,
            at=MONDAY - dt.timedelta(days=3),
            consent=consent,
            person=person,
            by_agency=POLICE,
            kind="data-protection-basis",
            purpose="referral",
            recipients=told,
            categories=categories,
            given_to="hub",
            weak=False,
            capacity="confirmed",
            language="en",
            interpreter=False,
            expires_on=dt.date(2024, 12, 1),
        ),
    )


CONSENT = "c-p-anna-recovery"
BEFORE: Facts = (*AGENCIES, *SERVICES, registered(), *consented())

CORE = Core(
    safe_contact=SafeContact(may_post=False, may_leave_message=True, how="by text", not_to_talk_to="her brother"),
    language="en",
    urgency="soon",
    children="none",
    accommodation_tonight="rough-sleeping",
    id_held="no",
    gp_registered="not-known",
    household="alone",
)
ANSWERS = (Answer(question="substance", value="heroin"), Answer(question="injecting", value=True))


def sending(**more: Any) -> SendReferral:  # noqa: ANN401
    return with_more(
        SendReferral,
        more,
        at=MONDAY,
        referral=REFERRAL,
        person=ANNA,
        service=DRUGS_CLINIC,
        need="drugs",
        core=CORE,
        answers=ANSWERS,
        reason="wants to stop",
    )


def sent(**more: Any) -> ReferralSent:  # noqa: ANN401
    """Asked on a Monday; three of the clinic's days later is Friday, since it rests on Wednesdays."""
    return with_more(
        ReferralSent,
        more,
        at=MONDAY,
        referral=REFERRAL,
        person=ANNA,
        from_agency=POLICE,
        to_agency=RECOVERY,
        service=DRUGS_CLINIC,
        need="drugs",
        basis="recorded",
        basis_id=CONSENT,
        answer_due=dt.date(2024, 6, 7),
        language="en",
        urgency="soon",
    )


def happened(cls: type[ReferralFact], at: dt.datetime = TUESDAY, **more: Any) -> ReferralFact:  # noqa: ANN401
    """A later fact of the referral, recorded by the clinic where somebody answers."""
    fields: dict[str, Any] = {
        "at": at,
        "referral": REFERRAL,
        "person": ANNA,
        "from_agency": POLICE,
        "to_agency": RECOVERY,
        "service": DRUGS_CLINIC,
        "need": "drugs",
    }
    if "by_agency" in cls.__struct_fields__:
        fields["by_agency"] = RECOVERY
    return cls(**fields | more)


def accepted(at: dt.datetime = TUESDAY, **more: Any) -> Fact:  # noqa: ANN401
    return happened(ReferralAccepted, at, **more)


SENT: Facts = (*BEFORE, sent())
ACCEPTED: Facts = (*SENT, accepted())


def notifying(**more: Any) -> NotifyHousingAuthority:  # noqa: ANN401
    return with_more(
        NotifyHousingAuthority,
        more,
        at=MONDAY,
        notification=NOTIFICATION,
        person=ANNA,
        authority=COUNCIL,
        chosen_by_person=True,
        consent_to_refer=True,
        consent_to_share_contact=True,
        homelessness="homeless",
        name="Anna",
        contact="by text",
        reason="sleeps by the river",
    )


def notified(**more: Any) -> HousingAuthorityNotified:  # noqa: ANN401
    return with_more(
        HousingAuthorityNotified,
        more,
        at=MONDAY,
        notification=NOTIFICATION,
        person=ANNA,
        from_agency=POLICE,
        authority=COUNCIL,
        standing="voluntary",
        specified_as=None,
        homelessness="homeless",
        threatened_from=None,
        answer_due=dt.date(2024, 6, 10),
    )


def opened(**more: Any) -> PlanOpened:  # noqa: ANN401
    return with_more(
        PlanOpened,
        more,
        at=MONDAY,
        plan=PLAN,
        person=ANNA,
        agency=POLICE,
        owner=CONSTABLE.worker,
        review_on=dt.date(2024, 6, 28),
    )
