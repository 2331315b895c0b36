"""What two partnerships agreed, and how often the one asks the other whether somebody is known there."""

import datetime as dt

import msgspec
import pytest

from domain.engagement.encounter import EncounterRecorded
from domain.governance.between import (
    AgreementDatesContradict,
    AgreementWithSelf,
    EndPartnershipAgreement,
    MakePartnershipAgreement,
    NoAgreementBetween,
    PartnershipAgreementEnded,
    PartnershipAgreementMade,
    evolve,
    holding,
)
from domain.governance.enquiry import (
    ASKED_A_DAY,
    AskedTooOften,
    EnquiryAnswered,
    EnquiryMade,
    EnquiryReceived,
    MakeEnquiry,
    NotMetHere,
    ReceiveEnquiry,
    RecordEnquiryAnswer,
)
from domain.ids import AgencyId, AgreementId, EncounterId, EnquiryId, PartnershipId, PersonId
from domain.people.person import PersonRegistered
from domain.refusals import AlreadyExists, NotPermitted, Unknown
from tests.governance.partners import CSP, NOON, PARTNERS, POLICE, RECOVERY, worker

ADMINISTRATOR, OFFICER = worker("administrator"), worker("constable", POLICE)
SYSTEM = worker("system")
FENLAND, PETERBOROUGH = OFFICER.partnership, PartnershipId("peterborough")
NEIGHBOURS = AgreementId("neighbours")
ADA = PersonId("ada")

MAKE = MakePartnershipAgreement(
    at=NOON,
    agreement=NEIGHBOURS,
    partner=PETERBOROUGH,
    name="People who move between the two",
    contact_agency=CSP,
    purposes=frozenset({"prevention", "support"}),
    categories=frozenset({"register"}),
    questions_a_day=2,
    from_date=NOON.date(),
    review_date=NOON.date() + dt.timedelta(days=365),
    source="signed on paper",
)
MADE = PartnershipAgreementMade(**{name: getattr(MAKE, name) for name in PartnershipAgreementMade.__struct_fields__})
ENDED = PartnershipAgreementEnded(at=NOON, agreement=NEIGHBOURS, reason="they share no border any more")
KNOWN = PersonRegistered(
    at=NOON, person=ADA, reference="P-ADA", by_agency=POLICE, identity="stated", provisional="no-signal"
)
MET = EncounterRecorded(at=NOON, encounter=EncounterId("e-1"), person=ADA, kind="welfare", by_agency=POLICE)
ASK = MakeEnquiry(
    at=NOON,
    enquiry=EnquiryId("q-1"),
    person=ADA,
    partner=PETERBOROUGH,
    agreement=NEIGHBOURS,
    purpose="prevention",
)
ASKED = EnquiryMade(
    at=NOON,
    enquiry=EnquiryId("q-1"),
    person=ADA,
    partner=PETERBOROUGH,
    agreement=NEIGHBOURS,
    purpose="prevention",
    by_agency=POLICE,
    by_worker=OFFICER.worker,
)
ANSWER = ReceiveEnquiry(
    at=NOON,
    enquiry=EnquiryId("q-1"),
    partner=PETERBOROUGH,
    agreement=NEIGHBOURS,
    purpose="support",
    from_agency="police",
    from_worker="jo",
    answer="known",
)
ANSWERED = EnquiryReceived(**{name: getattr(ANSWER, name) for name in EnquiryReceived.__struct_fields__})
STORY = PARTNERS.and_given(MADE, KNOWN, MET)


def test_each_side_enters_what_was_signed_once() -> None:
    PARTNERS.when(MAKE, ADMINISTRATOR).then(MADE)
    PARTNERS.and_given(MADE).when(MAKE, ADMINISTRATOR).then_nothing()
    other = msgspec.structs.replace(MAKE, purposes=frozenset({"support"}))
    PARTNERS.and_given(MADE).when(other, ADMINISTRATOR).then_refused(AlreadyExists)
    PARTNERS.when(MAKE, OFFICER).then_refused(NotPermitted)


def test_an_agreement_is_with_somebody_else_whom_an_agency_here_can_be_named_to() -> None:
    for wrong in ({"partner": FENLAND}, {"contact_agency": AgencyId("nobody")}):
        PARTNERS.when(msgspec.structs.replace(MAKE, **wrong), ADMINISTRATOR).then_refused(AgreementWithSelf)
    early = msgspec.structs.replace(MAKE, review_date=NOON.date() - dt.timedelta(days=1))
    PARTNERS.when(early, ADMINISTRATOR).then_refused(AgreementDatesContradict)


def test_either_side_ends_it_alone_and_once() -> None:
    end = EndPartnershipAgreement(at=NOON, agreement=NEIGHBOURS, reason=ENDED.reason)
    PARTNERS.and_given(MADE).when(end, ADMINISTRATOR).then(ENDED)
    PARTNERS.and_given(MADE, ENDED).when(end, ADMINISTRATOR).then_nothing()
    PARTNERS.when(end, ADMINISTRATOR).then_refused(Unknown)


def test_it_holds_between_its_days_to_its_ends_and_with_its_partner_alone() -> None:
    known = evolve({}, MADE)
    assert holding(known, PETERBOROUGH, NOON, "support")
    assert not holding(known, PETERBOROUGH, NOON, "safeguarding")
    assert not holding(known, PartnershipId("city-of-london"), NOON)
    assert not holding(known, PETERBOROUGH, NOON - dt.timedelta(days=1))
    assert not holding(evolve(known, ENDED), PETERBOROUGH, NOON)
    last = evolve({}, msgspec.structs.replace(MADE, until_date=NOON.date()))
    assert holding(last, PETERBOROUGH, NOON)
    assert not holding(last, PETERBOROUGH, NOON + dt.timedelta(days=1))


def test_another_partnership_is_asked_of_somebody_who_was_met_here_under_an_agreement() -> None:
    STORY.when(ASK, OFFICER).then(ASKED)
    PARTNERS.and_given(KNOWN, MET).when(ASK, OFFICER).then_refused(NoAgreementBetween)
    STORY.and_given(ENDED).when(ASK, OFFICER).then_refused(NoAgreementBetween)
    STORY.when(msgspec.structs.replace(ASK, purpose="safeguarding"), OFFICER).then_refused(NoAgreementBetween)
    STORY.when(msgspec.structs.replace(ASK, partner=FENLAND), OFFICER).then_refused(NoAgreementBetween)


def test_nobody_fishes_with_a_name_that_was_entered_for_it() -> None:
    PARTNERS.and_given(MADE, KNOWN).when(ASK, OFFICER).then_refused(NotMetHere)


def test_who_may_not_write_of_a_person_does_not_ask_about_them() -> None:
    STORY.when(ASK, worker("agency-worker", RECOVERY)).then_refused(Unknown)
    STORY.when(ASK, worker("privacy-officer")).then_refused(NotPermitted)


def test_a_worker_asks_so_often_a_day_and_no_more() -> None:
    before = [
        msgspec.structs.replace(ASKED, enquiry=EnquiryId(f"q-{one + 2}"), at=NOON - dt.timedelta(hours=one))
        for one in range(ASKED_A_DAY)
    ]
    STORY.and_given(*before).when(ASK, OFFICER).then_refused(AskedTooOften, limit=ASKED_A_DAY)
    STORY.and_given(*before[1:]).when(ASK, OFFICER).then(ASKED)
    tomorrow = msgspec.structs.replace(ASK, at=NOON + dt.timedelta(days=1))
    STORY.and_given(*before).when(tomorrow, OFFICER).then_adds(EnquiryMade)


def test_the_answer_is_written_down_once_by_who_asked() -> None:
    command = RecordEnquiryAnswer(at=NOON, enquiry=ASK.enquiry, answer="known", contact="Hub", phone="01733 1")
    written = EnquiryAnswered(
        at=NOON,
        enquiry=ASK.enquiry,
        person=ADA,
        partner=PETERBOROUGH,
        answer="known",
        by_agency=POLICE,
        contact="Hub",
        phone="01733 1",
    )
    STORY.and_given(ASKED).when(command, OFFICER).then(written)
    STORY.and_given(ASKED).when(command, worker("constable", POLICE, "w-2")).then_refused(NotPermitted)
    STORY.when(command, OFFICER).then_refused(Unknown)


@pytest.mark.parametrize("wrong", [{"partner": FENLAND}, {"purpose": "safeguarding"}, {"agreement": "another"}])
def test_nothing_is_answered_but_under_this_sides_agreement(wrong: dict[str, str]) -> None:
    PARTNERS.and_given(MADE).when(ANSWER, SYSTEM).then(ANSWERED)
    PARTNERS.and_given(MADE).when(msgspec.structs.replace(ANSWER, **wrong), SYSTEM).then_refused(NoAgreementBetween)
    PARTNERS.and_given(MADE, ENDED).when(ANSWER, SYSTEM).then_refused(NoAgreementBetween)
    PARTNERS.and_given(MADE).when(ANSWER, ADMINISTRATOR).then_refused(NotPermitted)


def test_so_many_questions_are_answered_a_day_as_the_agreement_says() -> None:
    before = [msgspec.structs.replace(ANSWERED, enquiry=EnquiryId(f"q-{one}")) for one in (2, 3)]
    PARTNERS.and_given(MADE, *before).when(ANSWER, SYSTEM).then_refused(AskedTooOften, limit=2)
    PARTNERS.and_given(MADE, *before[1:]).when(ANSWER, SYSTEM).then(ANSWERED)
