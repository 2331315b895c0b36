"""One agency asks another to help: on a basis to share, with what every referral says, and once."""

import datetime as dt
from typing import Any

import msgspec
import pytest

from domain.codes import Need, codes_of
from domain.facts import Command, about, tags_of
from domain.governance.sharing import Relationship, evolve_relationship
from domain.ids import BasisId, MergeId, ServiceId, WorkerId
from domain.people.consent import BasisRecorded, ConsentNarrowed, ConsentWithdrawn
from domain.people.person import PersonsMerged
from domain.refusals import AlreadyExists, NotPermitted, Refusal, Unknown
from domain.support.answers import (
    AnsweredTwice,
    AnswerUnfit,
    NoSuchQuestion,
    QuestionUnanswered,
)
from domain.support.asking import (
    AlreadyReferred,
    CoreMissing,
    NothingTold,
    NotYourReferral,
    PaperIsForCoordinators,
    ServiceDoesNotMeetNeed,
    ServiceNotOpen,
    categories_of,
)
from domain.support.referral import (
    Answer,
    DiscardDraft,
    DraftReferral,
    GiveInformation,
    MarkEnteredInError,
    ReferralDeclined,
    ReferralDraftDiscarded,
    ReferralDrafted,
    ReferralEnteredInError,
    ReferralInformationGiven,
    ReferralRedirected,
    ReferralSent,
    ReferralWithdrawn,
    WithdrawReferral,
)
from domain.support.referral_status import IllegalTransition
from domain.support.service import ServiceClosed
from domain.support.words import Historic, HistoryIsForCoordinators, NoBasisToShare, RationaleMissing
from tests.scenario import Knowing, given, london, run
from tests.support.examples import (
    ACCEPTED,
    AGENCIES,
    ANNA,
    ANSWERS,
    BEDS,
    BEFORE,
    BEN,
    CLINIC,
    CONSENT,
    CONSTABLE,
    COORDINATOR,
    CORE,
    DRUGS_CLINIC,
    FRIDAY,
    HOUSING,
    IMPORT,
    LATER,
    MONDAY,
    NEXT_WEEK,
    OTHER_REFERRAL,
    OUTREACH,
    POLICE,
    RECOVERY,
    REFERRAL,
    SENT,
    SERVICES,
    SHELTER,
    THURSDAY,
    TUESDAY,
    WEDNESDAY,
    accepted,
    actor,
    consented,
    happened,
    registered,
    sending,
    sent,
)

UNCOVERED = (*AGENCIES, *SERVICES, registered())
HISTORIC = Historic(by=WorkerId("clerk"))


def test_a_constable_refers_and_the_clinics_working_days_set_the_due_date() -> None:
    (fact,) = given(*BEFORE).when(sending(), CONSTABLE).then_adds(ReferralSent)
    assert isinstance(fact, ReferralSent)
    assert fact.answer_due == dt.date(2024, 6, 7)  # three working days; the clinic rests on Wednesdays
    assert (fact.from_agency, fact.to_agency, fact.basis, fact.basis_id) == (POLICE, RECOVERY, "recorded", CONSENT)
    assert (fact.contact, fact.not_to_talk_to, fact.may_post) == ("by text", "her brother", False)
    assert (fact.accommodation_tonight, fact.household, fact.urgency) == ("rough-sleeping", "alone", "soon")


def test_answers_are_kept_by_class_of_personal_data() -> None:
    answers = (*ANSWERS, Answer(question="last-script", value="2024-01-31"), Answer(question="years", value=7))
    (fact,) = given(*BEFORE).when(sending(answers=answers), CONSTABLE).then_adds(ReferralSent)
    assert isinstance(fact, ReferralSent)
    assert msgspec.json.decode(str(fact.answers)) == {"injecting": True, "years": 7}
    assert msgspec.json.decode(str(fact.health_answers)) == {"substance": "heroin"}
    assert msgspec.json.decode(str(fact.intelligence_answers)) == {"last-script": "2024-01-31"}


def test_no_answers_of_a_class_are_no_answers() -> None:
    (fact,) = given(*BEFORE).when(sending(answers=ANSWERS[:1]), CONSTABLE).then_adds(ReferralSent)
    assert isinstance(fact, ReferralSent)
    assert fact.answers is None


@pytest.mark.parametrize(
    ("question", "value"),
    [
        ("substance", " "),
        ("substance", True),
        ("injecting", "yes"),
        ("injecting", 1),
        ("day", "friday"),
        ("day", True),
        ("years", "7"),
        ("years", True),
        ("years", float("inf")),
        ("last-script", "yesterday"),
        ("last-script", 20240131),
    ],
)
def test_an_answer_fits_its_question(question: str, value: Any) -> None:  # noqa: ANN401
    answers = (*(one for one in ANSWERS if one.question != question), Answer(question=question, value=value))
    given(*BEFORE).when(sending(answers=answers), CONSTABLE).then_refused(AnswerUnfit, question=question)


@pytest.mark.parametrize(
    ("question", "value"), [("day", "thursday"), ("years", 0.5), ("years", 3), ("last-script", "2024-01-31")]
)
def test_a_fitting_answer_is_taken(question: str, value: Any) -> None:  # noqa: ANN401
    answers = (*ANSWERS, Answer(question=question, value=value))
    given(*BEFORE).when(sending(answers=answers), CONSTABLE).then_adds(ReferralSent)


def test_only_what_the_service_asks_is_answered() -> None:
    answers = (*ANSWERS, Answer(question="shoe-size", value=9))
    given(*BEFORE).when(sending(answers=answers), CONSTABLE).then_refused(NoSuchQuestion, question="shoe-size")


def test_a_question_is_answered_once() -> None:
    given(*BEFORE).when(sending(answers=(*ANSWERS, ANSWERS[0])), CONSTABLE).then_refused(
        AnsweredTwice, question="substance"
    )


def test_what_the_service_requires_is_answered() -> None:
    given(*BEFORE).when(sending(answers=ANSWERS[1:]), CONSTABLE).then_refused(QuestionUnanswered, question="substance")


def test_every_referral_says_the_minimum() -> None:
    given(*BEFORE).when(sending(core=None), CONSTABLE).then_refused(CoreMissing)


def test_the_minimum_is_every_core_field() -> None:
    said = msgspec.to_builtins(CORE)
    required = (
        "safe_contact",
        "language",
        "urgency",
        "children",
        "accommodation_tonight",
        "id_held",
        "gp_registered",
    )
    for name in required:
        with pytest.raises(msgspec.ValidationError, match=name):
            msgspec.convert({key: value for key, value in said.items() if key != name}, type(CORE))
    for name in ("may_post", "may_leave_message"):
        contact = {key: value for key, value in said["safe_contact"].items() if key != name}
        with pytest.raises(msgspec.ValidationError, match=name):
            msgspec.convert(said | {"safe_contact": contact}, type(CORE))


def test_a_paper_form_has_no_room_for_core_and_questions() -> None:
    given(*BEFORE).when(sending(core=None, answers=(), paper=True), COORDINATOR).then_adds(ReferralSent)


def test_not_everybody_types_from_paper() -> None:
    command = sending(core=None, answers=(), paper=True)
    given(*BEFORE).when(command, CONSTABLE).then_refused(PaperIsForCoordinators)


def test_nothing_is_shared_without_a_basis() -> None:
    given(*UNCOVERED).when(sending(), CONSTABLE).then_refused(NoBasisToShare, to=RECOVERY)


def test_consent_to_tell_another_agency_is_no_basis() -> None:
    given(*UNCOVERED, *consented(ANNA, SHELTER)).when(sending(), CONSTABLE).then_refused(NoBasisToShare)


def test_consent_of_another_person_is_no_basis() -> None:
    given(*UNCOVERED, *consented(BEN)).when(sending(), CONSTABLE).then_refused(NoBasisToShare)


def test_consent_that_does_not_cover_the_category_is_no_basis() -> None:
    narrowed = ConsentNarrowed(
        at=MONDAY - dt.timedelta(days=1),
        consent=consented()[0].consent,  # type: ignore[attr-defined]
        person=ANNA,
        by_agency=POLICE,
        recipients=frozenset({RECOVERY}),
        categories=frozenset({"identity", "contact"}),
    )
    given(*BEFORE, narrowed).when(sending(), CONSTABLE).then_refused(NoBasisToShare)


def _withdrawn(at: dt.datetime) -> ConsentWithdrawn:
    consent = consented()[0].consent  # type: ignore[attr-defined]
    return ConsentWithdrawn(at=at, consent=consent, person=ANNA, by_agency=POLICE)


def test_consent_counts_at_the_moment_of_sending_whatever_was_recorded_since() -> None:
    given(*BEFORE, _withdrawn(TUESDAY)).when(sending(at=MONDAY), CONSTABLE).then_adds(ReferralSent)
    given(*BEFORE, _withdrawn(MONDAY)).when(sending(at=TUESDAY), CONSTABLE).then_refused(NoBasisToShare)


def test_consent_runs_out() -> None:
    short = consented(ANNA, RECOVERY, expires_on=dt.date(2024, 6, 2))
    given(*UNCOVERED, *short).when(sending(), CONSTABLE).then_refused(NoBasisToShare)


def test_another_recorded_basis_does_as_well() -> None:
    recorded = BasisRecorded(
        at=MONDAY,
        basis=BasisId("b-1"),
        person=ANNA,
        by_agency=POLICE,
        lawful="vital-interests",
        condition="vital-interests",
        recipients=frozenset({RECOVERY}),
        categories=frozenset({"identity", "contact", "substance-use"}),
        until=dt.date(2024, 6, 30),
    )
    (fact,) = given(*UNCOVERED, recorded).when(sending(), CONSTABLE).then_adds(ReferralSent)
    assert isinstance(fact, ReferralSent)
    assert (fact.basis, fact.basis_id) == ("recorded", "b-1")


def test_agreement_at_the_hub_does_once_with_its_rationale() -> None:
    told = sending(basis="agreed-at-hub", rationale="said so to Jo at the desk")
    (fact,) = given(*UNCOVERED).when(told, CONSTABLE).then_adds(ReferralSent)
    assert isinstance(fact, ReferralSent)
    assert (fact.basis, fact.basis_id, fact.rationale) == ("agreed-at-hub", None, "said so to Jo at the desk")
    given(*UNCOVERED).when(sending(basis="agreed-at-hub"), CONSTABLE).then_refused(RationaleMissing)


def test_within_an_agency_nothing_is_shared() -> None:
    known = (*UNCOVERED, registered(by_agency=RECOVERY))
    (fact,) = given(*known).when(sending(), CLINIC).then_adds(ReferralSent)
    assert isinstance(fact, ReferralSent)
    assert fact.basis == "within-agency"


def test_each_need_hands_over_who_the_person_is_and_no_more_than_its_own_kind() -> None:
    for code in codes_of(Need):
        need = msgspec.convert(code, Need)
        categories = categories_of(need)
        assert {"identity", "contact"} <= categories
        assert len(categories) <= 3
    assert "substance-use" in categories_of("alcohol")
    assert "health" in categories_of("wound-care")
    assert categories_of("pets") == {"identity", "contact"}


def test_a_closed_service_is_asked_no_more() -> None:
    closed = ServiceClosed(at=TUESDAY, service=DRUGS_CLINIC, agency=RECOVERY)
    given(*BEFORE, closed).when(sending(at=WEDNESDAY), CONSTABLE).then_refused(ServiceNotOpen, service=DRUGS_CLINIC)
    given(*BEFORE, closed).when(sending(at=MONDAY), CONSTABLE).then_adds(ReferralSent)


def test_a_service_is_asked_for_what_it_does() -> None:
    command = sending(service=BEDS, answers=(), basis="agreed-at-hub", rationale="at the desk")
    given(*BEFORE).when(command, CONSTABLE).then_refused(ServiceDoesNotMeetNeed, service=BEDS, need="drugs")


def test_no_second_open_referral_for_the_same_need_and_service() -> None:
    refusal = given(*SENT).when(sending(referral=OTHER_REFERRAL, at=TUESDAY), CONSTABLE).then_refused(AlreadyReferred)
    assert REFERRAL not in str(refusal.facts)


def test_not_even_by_another_agency() -> None:
    known = (*SENT, registered(by_agency=SHELTER))
    by = actor(SHELTER, "agency-worker")
    given(*known).when(sending(referral=OTHER_REFERRAL, at=TUESDAY), by).then_refused(AlreadyReferred)


def test_another_need_another_service_or_another_person_is_another_matter() -> None:
    covered = (*SENT, *consented(ANNA, SHELTER), registered(BEN), *consented(BEN))
    given(*covered).when(sending(referral=OTHER_REFERRAL, need="alcohol"), CONSTABLE).then_adds(ReferralSent)
    given(*covered).when(sending(referral=OTHER_REFERRAL, service=OUTREACH, answers=()), CONSTABLE).then_adds(
        ReferralSent
    )
    given(*covered).when(sending(referral=OTHER_REFERRAL, person=BEN), CONSTABLE).then_adds(ReferralSent)


def test_after_the_first_has_ended_a_second_may_be_sent() -> None:
    declined = happened(ReferralDeclined, TUESDAY, reason="uncontactable")
    given(*SENT, declined).when(sending(referral=OTHER_REFERRAL, at=THURSDAY), CONSTABLE).then_adds(ReferralSent)


def test_a_second_that_happened_while_the_first_was_open_is_refused_though_it_has_ended_since() -> None:
    declined = happened(ReferralDeclined, THURSDAY, reason="uncontactable")
    late = sending(referral=OTHER_REFERRAL, at=TUESDAY)
    given(*SENT, declined).when(late, CONSTABLE).then_refused(AlreadyReferred)


def test_one_typed_late_would_stand_open_beside_a_later_one() -> None:
    given(*BEFORE, sent(at=THURSDAY)).when(sending(referral=OTHER_REFERRAL, at=TUESDAY), CONSTABLE).then_refused(
        AlreadyReferred
    )


def test_a_referral_entered_in_error_was_never_open() -> None:
    wrong = happened(ReferralEnteredInError, THURSDAY)
    given(*SENT, wrong).when(sending(referral=OTHER_REFERRAL, at=TUESDAY), CONSTABLE).then_adds(ReferralSent)


def test_a_redirected_referral_is_open_where_it_went_and_not_where_it_was() -> None:
    moved = happened(
        ReferralRedirected,
        TUESDAY,
        to_agency=SHELTER,
        service=OUTREACH,
        former_agency=RECOVERY,
        former_service=DRUGS_CLINIC,
        basis="recorded",
        basis_id="c",
        answer_due=dt.date(2024, 6, 10),
    )
    known = (*SENT, moved, *consented(ANNA, SHELTER))
    given(*known).when(sending(referral=OTHER_REFERRAL, at=THURSDAY), CONSTABLE).then_adds(ReferralSent)
    given(*known).when(
        sending(referral=OTHER_REFERRAL, at=THURSDAY, service=OUTREACH, answers=()), CONSTABLE
    ).then_refused(AlreadyReferred)


def test_an_id_names_one_referral() -> None:
    known = (*SENT, registered(BEN), *consented(BEN), *consented(ANNA, SHELTER))
    given(*known).when(sending(person=BEN), CONSTABLE).then_refused(AlreadyExists, referral=REFERRAL)
    given(*known).when(sending(service=OUTREACH, answers=()), CONSTABLE).then_refused(AlreadyExists)
    given(*known).when(sending(need="alcohol"), CONSTABLE).then_refused(AlreadyExists)
    given(*known).when(sending(), CONSTABLE).then_nothing()


def test_history_is_recorded_with_what_it_overrides() -> None:
    closed = ServiceClosed(at=MONDAY, service=BEDS, agency=SHELTER)
    command = sending(at=TUESDAY, service=BEDS, core=None, answers=(), historic=HISTORIC)
    (fact,) = given(*UNCOVERED, closed).when(command, IMPORT).then_adds(ReferralSent)
    assert isinstance(fact, ReferralSent)
    assert fact.overridden == (
        "service-not-open",
        "service-does-not-meet-need",
        "minimum-core-missing",
        "no-basis-to-share",
    )
    assert fact.overridden_by == "clerk"
    assert fact.basis is None


def test_history_that_needs_no_override_names_none() -> None:
    (fact,) = given(*BEFORE).when(sending(historic=HISTORIC), COORDINATOR).then_adds(ReferralSent)
    assert isinstance(fact, ReferralSent)
    assert (fact.overridden, fact.overridden_by) == ((), None)


def test_not_everybody_records_history() -> None:
    given(*BEFORE).when(sending(historic=HISTORIC), CONSTABLE).then_refused(HistoryIsForCoordinators)


def test_nobody_refers_a_person_whom_their_agency_does_not_know() -> None:
    given(*BEFORE).when(sending(), HOUSING).then_refused(Unknown)
    given(*BEFORE).when(sending(person=BEN), CONSTABLE).then_refused(Unknown)
    given(*BEFORE).when(sending(person=BEN), COORDINATOR).then_refused(Unknown)
    given(*BEFORE).when(sending(person=BEN), IMPORT).then_refused(Unknown)


MERGED = PersonsMerged(at=MONDAY, merge=MergeId("m-1"), person=ANNA, other=BEN, by_agency=POLICE)


def test_what_was_open_under_a_merged_record_is_open_still_for_who_knows_it() -> None:
    known = (*BEFORE, registered(BEN), sent(person=BEN, referral=OTHER_REFERRAL), MERGED)
    given(*known).when(sending(at=TUESDAY), CONSTABLE).then_refused(AlreadyReferred)


def test_nobody_is_refused_by_what_stands_under_a_record_that_they_do_not_know() -> None:
    theirs = sent(person=BEN, referral=OTHER_REFERRAL, from_agency=HOUSING.agency)
    known = (*BEFORE, registered(BEN, HOUSING.agency), theirs, MERGED)
    given(*known).when(sending(at=TUESDAY), CONSTABLE).then_adds(ReferralSent)


def test_there_is_no_such_service() -> None:
    given(*BEFORE).when(sending(service=ServiceId("none")), CONSTABLE).then_refused(Unknown)


def test_a_role_without_a_part_in_support_is_told_so() -> None:
    given(*BEFORE).when(sending(), actor(POLICE, "legal")).then_refused(NotPermitted)


DRAFT = DraftReferral(at=MONDAY, referral=REFERRAL, person=ANNA, service=DRUGS_CLINIC, need="drugs", reason="wants to")
DRAFTED = ReferralDrafted(
    at=MONDAY, referral=REFERRAL, person=ANNA, from_agency=POLICE, service=DRUGS_CLINIC, need="drugs", reason="wants to"
)


def test_a_draft_concerns_nobody_but_its_writer() -> None:
    given(*BEFORE).when(DRAFT, CONSTABLE).then(DRAFTED)
    given(*BEFORE, DRAFTED).when(DRAFT, CONSTABLE).then_nothing()
    assert evolve_relationship(Relationship(), DRAFTED).agencies == {POLICE}
    given(*BEFORE, DRAFTED).when(DiscardDraft(at=TUESDAY, referral=REFERRAL), CLINIC).then_refused(Unknown)


def test_nobody_drafts_for_a_person_whom_their_agency_does_not_know() -> None:
    given(*BEFORE).when(DRAFT, HOUSING).then_refused(Unknown)


def test_a_draft_is_of_one_person_service_and_need() -> None:
    for change in ({"person": BEN}, {"service": OUTREACH}, {"need": "alcohol"}):
        other = msgspec.structs.replace(DRAFT, **change)
        given(*BEFORE, registered(BEN), DRAFTED).when(other, CONSTABLE).then_refused(AlreadyExists)
    given(*SENT).when(DRAFT, CONSTABLE).then_refused(AlreadyExists)


def test_a_draft_is_sent_in_its_final_form() -> None:
    known = (*BEFORE, DRAFTED)
    given(*known).when(sending(at=TUESDAY), CONSTABLE).then_adds(ReferralSent)
    given(*known, *consented(ANNA, SHELTER)).when(
        sending(at=TUESDAY, service=OUTREACH, answers=()), CONSTABLE
    ).then_adds(ReferralSent)
    given(*known, registered(BEN), *consented(BEN)).when(sending(person=BEN), CONSTABLE).then_refused(AlreadyExists)


def test_a_draft_is_not_sent_before_it_was_written() -> None:
    early = sending(at=MONDAY - dt.timedelta(days=1))
    given(*BEFORE, DRAFTED).when(early, CONSTABLE).then_refused(IllegalTransition, action="draft")


def test_a_draft_is_thrown_away_by_its_writer_and_then_not_sent() -> None:
    discard = DiscardDraft(at=TUESDAY, referral=REFERRAL)
    gone = ReferralDraftDiscarded(
        at=TUESDAY, referral=REFERRAL, person=ANNA, from_agency=POLICE, service=DRUGS_CLINIC, need="drugs"
    )
    given(*BEFORE, DRAFTED).when(discard, CONSTABLE).then(gone)
    given(*BEFORE, DRAFTED, gone).when(sending(at=WEDNESDAY), CONSTABLE).then_refused(AlreadyExists)
    given(*SENT).when(discard, CONSTABLE).then_refused(IllegalTransition, status="requested")


@pytest.mark.parametrize(
    "command",
    [
        WithdrawReferral(at=TUESDAY, referral=REFERRAL),
        GiveInformation(at=TUESDAY, referral=REFERRAL, information="more"),
        MarkEnteredInError(at=TUESDAY, referral=REFERRAL),
    ],
)
def test_only_the_sender_of_a_referral_tells_more_takes_it_back_or_corrects_it(command: Command) -> None:
    given(*SENT).when(command, CLINIC).then_refused(NotYourReferral)
    given(*SENT).when(command, HOUSING).then_refused(Unknown)
    given(*BEFORE).when(command, CONSTABLE).then_refused(Unknown)


@pytest.mark.parametrize(
    "command",
    [
        WithdrawReferral(at=TUESDAY, referral=REFERRAL),
        GiveInformation(at=TUESDAY, referral=REFERRAL, information="more"),
        MarkEnteredInError(at=TUESDAY, referral=REFERRAL),
    ],
)
def test_a_draft_is_with_nobody_who_could_be_told(command: Command) -> None:
    given(*BEFORE, DRAFTED).when(command, CONSTABLE).then_refused(IllegalTransition, status="draft")


def test_nobody_else_discards_a_draft_of_an_agency() -> None:
    given(*SENT).when(DiscardDraft(at=TUESDAY, referral=REFERRAL), CLINIC).then_refused(NotYourReferral)


def test_the_sender_withdraws() -> None:
    given(*SENT).when(WithdrawReferral(at=TUESDAY, referral=REFERRAL, note="moved"), CONSTABLE).then(
        happened(ReferralWithdrawn, TUESDAY, note="moved")
    )


def test_the_sender_marks_it_entered_in_error() -> None:
    given(*ACCEPTED).when(MarkEnteredInError(at=FRIDAY, referral=REFERRAL), CONSTABLE).then(
        happened(ReferralEnteredInError, FRIDAY)
    )


def test_telling_more_is_sharing_again() -> None:
    more = GiveInformation(at=WEDNESDAY, referral=REFERRAL, information="has a dog")
    given(*SENT).when(more, CONSTABLE).then(
        happened(ReferralInformationGiven, WEDNESDAY, information="has a dog", basis="recorded", basis_id=CONSENT)
    )
    given(*SENT, _withdrawn(TUESDAY)).when(more, CONSTABLE).then_refused(NoBasisToShare)


def test_telling_nothing_tells_nothing() -> None:
    given(*SENT).when(GiveInformation(at=TUESDAY, referral=REFERRAL), CONSTABLE).then_refused(NothingTold)


def test_nothing_is_told_once_it_has_ended() -> None:
    declined = happened(ReferralDeclined, TUESDAY, reason="no-capacity")
    more = GiveInformation(at=WEDNESDAY, referral=REFERRAL, information="has a dog")
    given(*SENT, declined).when(more, CONSTABLE).then_refused(IllegalTransition, status="rejected")


def test_the_due_date_counts_from_the_civil_day_in_london() -> None:
    late = sending(at=london("2024-06-03T23:30"))
    (fact,) = given(*BEFORE).when(late, CONSTABLE).then_adds(ReferralSent)
    assert isinstance(fact, ReferralSent)
    assert fact.answer_due == dt.date(2024, 6, 7)
    (fact,) = given(*BEFORE).when(sending(at=NEXT_WEEK), CONSTABLE).then_adds(ReferralSent)
    assert isinstance(fact, ReferralSent)
    assert fact.answer_due == dt.date(2024, 6, 14)


def test_a_referral_stays_known_to_both_sides_by_every_fact_of_it() -> None:
    for fact in (sent(), accepted(), happened(ReferralWithdrawn)):
        named = evolve_relationship(Relationship(), fact).agencies
        assert {POLICE, RECOVERY} <= named
        assert f"referral:{REFERRAL}" in about(fact)
        assert f"person:{ANNA}" in tags_of(fact)


def test_asking_needs_the_open_referrals_of_the_pair_and_no_hot_tag() -> None:
    knowing = Knowing(BEFORE, CONSTABLE)
    from application.deciding import DECISIONS  # noqa: PLC0415 - after the decisions are entered

    run(DECISIONS[type(sending())](knowing, sending(at=LATER, historic=None), CONSTABLE))
    tags = {tag for item in knowing.asked for tag in item.tags}
    assert f"open-referral:{ANNA}|drugs|{DRUGS_CLINIC}" in tags
    assert not any(tag.startswith(("agency:", "worker:")) for tag in tags)


def test_refusals_carry_no_personal_data() -> None:
    secret = sending(answers=(), reason="a secret")
    refusal: Refusal = given(*BEFORE).when(secret, CONSTABLE).then_refused(QuestionUnanswered)
    assert "secret" not in str(refusal)
