"""What the partners agreed: between agencies of the partnership, from a day on, and ended for good."""

import datetime as dt
from typing import Any

from domain.actors import Actor
from domain.governance.agency import AgencyRegistered
from domain.governance.agreement import (
    AgreementDatesUnclear,
    AgreementEnded,
    AgreementHasEnded,
    AgreementMade,
    AgreementVaried,
    EndAgreement,
    MakeAgreement,
    PartyUnknown,
    VaryAgreement,
)
from domain.ids import AgencyId, AgreementId, PartnershipId, WorkerId
from domain.refusals import AlreadyExists, NotPermitted
from tests.scenario import given, london

CSP, POLICE, ELSEWHERE = AgencyId("csp"), AgencyId("police"), AgencyId("elsewhere")
NOON = london("2026-03-02T12:00")
TODAY = NOON.date()
HUB = AgreementId("hub")
COORDINATOR = Actor(worker=WorkerId("w-1"), agency=CSP, role="hub-coordinator", partnership=PartnershipId("fenland"))
STORY = given(
    AgencyRegistered(at=NOON, agency=CSP, name="CSP", kind="partnership"),
    AgencyRegistered(at=NOON, agency=POLICE, name="Police", kind="police"),
)
TERMS: dict[str, Any] = {
    "at": NOON,
    "agreement": HUB,
    "parties": frozenset({CSP, POLICE}),
    "purposes": frozenset({"prevention"}),
    "categories": frozenset({"engagement"}),
    "crossings": frozenset({"law-enforcement-to-general"}),
    "until_date": None,
    "review_date": dt.date(2027, 3, 2),
}
MADE = AgreementMade(**TERMS, name="Hub agreement", from_date=TODAY, source="signed")
ENDED = AgreementEnded(at=NOON, agreement=HUB, reason="a party left")


def making(**more: Any) -> MakeAgreement:  # noqa: ANN401
    return MakeAgreement(**({**TERMS, "name": "Hub agreement", "from_date": TODAY, "source": "signed"} | more))


def varying(**more: Any) -> VaryAgreement:  # noqa: ANN401
    return VaryAgreement(**({**TERMS, "reason": "agreed otherwise"} | more))


def test_what_the_parties_signed_is_entered_once() -> None:
    STORY.when(making(), COORDINATOR).then(MADE)
    STORY.and_given(MADE).when(making(), COORDINATOR).then_nothing()
    STORY.and_given(MADE).when(making(name="Another"), COORDINATOR).then_refused(AlreadyExists)


def test_its_parties_are_agencies_of_the_partnership() -> None:
    strangers = frozenset({CSP, ELSEWHERE})
    STORY.when(making(parties=strangers), COORDINATOR).then_refused(PartyUnknown, agencies=[ELSEWHERE])
    STORY.and_given(MADE).when(varying(parties=strangers), COORDINATOR).then_refused(PartyUnknown)


def test_it_begins_before_it_is_reviewed_or_ends() -> None:
    yesterday = TODAY - dt.timedelta(days=1)
    STORY.when(making(review_date=yesterday), COORDINATOR).then_refused(AgreementDatesUnclear)
    STORY.when(making(until_date=yesterday), COORDINATOR).then_refused(AgreementDatesUnclear)
    STORY.when(making(until_date=TODAY), COORDINATOR).then_adds(AgreementMade)


def test_what_was_agreed_otherwise_holds_and_what_ended_stays_ended() -> None:
    fewer = varying(crossings=frozenset())
    STORY.and_given(MADE).when(fewer, COORDINATOR).then_adds(AgreementVaried)
    STORY.and_given(MADE).when(varying(), COORDINATOR).then_nothing()
    ending = EndAgreement(at=NOON, agreement=HUB, reason="a party left")
    STORY.and_given(MADE).when(ending, COORDINATOR).then(ENDED)
    STORY.and_given(MADE, ENDED).when(ending, COORDINATOR).then_nothing()
    STORY.and_given(MADE, ENDED).when(fewer, COORDINATOR).then_refused(AgreementHasEnded)


def test_a_constable_agrees_nothing_for_the_partners() -> None:
    constable = Actor(worker=WorkerId("w-2"), agency=POLICE, role="constable", partnership=PartnershipId("fenland"))
    STORY.when(making(), constable).then_refused(NotPermitted)
