"""The asked agency answers, works the referral and says what came of it: while there is room, along the statuses."""

import datetime as dt
from typing import Any, Final

import pytest

from application.deciding import DECISIONS
from domain.actors import Actor
from domain.facts import Command, Fact, Facts
from domain.ids import AgencyId, ReferralId, ServiceId, WorkerId
from domain.refusals import Unknown
from domain.support import referral as said
from domain.support.answering import QuestionMissing, SameService, ServiceIsFull
from domain.support.asking import AlreadyReferred, ServiceDoesNotMeetNeed, ServiceNotOpen
from domain.support.capacity import OpenReferrals, Span, Spans, another_open, evolve_occupancy, occupancy, occupied
from domain.support.referral import (
    AcceptReferral,
    AskForInformation,
    BookReferral,
    CancelReferral,
    CompleteReferral,
    DeclineReferral,
    FailReferral,
    HoldReferral,
    ReceiveReferral,
    RecordContactAttempt,
    RedirectReferral,
    ReferralAccepted,
    ReferralBooked,
    ReferralCancelled,
    ReferralCompleted,
    ReferralContactAttempted,
    ReferralDeclined,
    ReferralEnteredInError,
    ReferralFailed,
    ReferralHeld,
    ReferralInformationAsked,
    ReferralReceived,
    ReferralRedirected,
    ReferralResumed,
    ReferralStarted,
    ReferralWithdrawn,
    ResumeReferral,
    StartReferral,
)
from domain.support.referral_status import LEGAL, IllegalTransition, Referral, evolve_referral
from domain.support.service import PlacesChanged, ServiceClosed
from domain.support.words import (
    AnswersForItself,
    Historic,
    HistoryIsForCoordinators,
    NoBasisToShare,
    NotAddressedToYou,
    NotForYouToRecord,
    OnBehalf,
    RationaleMissing,
)
from tests.scenario import Knowing, given, london, run
from tests.support.examples import (
    ACCEPTED,
    ANNA,
    BEDS,
    BEFORE,
    BEN,
    CLINIC,
    CONSTABLE,
    COORDINATOR,
    COUNCIL,
    DRUGS_CLINIC,
    FRIDAY,
    HOUSING,
    HUB,
    IMPORT,
    MONDAY,
    NOON,
    OTHER_REFERRAL,
    OUTREACH,
    POLICE,
    RECOVERY,
    REFERRAL,
    SENT,
    SHELTER,
    THURSDAY,
    TUESDAY,
    VOLUNTEER,
    WEDNESDAY,
    accepted,
    agency,
    consented,
    happened,
    offered,
    sent,
)

ASK = AskForInformation(at=TUESDAY, referral=REFERRAL, question="which clinic was it before?")
ALL: Final[tuple[said.AskedCommand, ...]] = (
    ReceiveReferral(at=TUESDAY, referral=REFERRAL),
    ASK,
    AcceptReferral(at=TUESDAY, referral=REFERRAL),
    DeclineReferral(at=TUESDAY, referral=REFERRAL, reason="no-capacity"),
    RedirectReferral(at=TUESDAY, referral=REFERRAL, to_service=OUTREACH, basis="agreed-at-hub", rationale="by phone"),
    HoldReferral(at=TUESDAY, referral=REFERRAL),
    ResumeReferral(at=TUESDAY, referral=REFERRAL),
    BookReferral(at=TUESDAY, referral=REFERRAL, when=FRIDAY, where="the clinic"),
    RecordContactAttempt(at=TUESDAY, referral=REFERRAL, outcome="spoke"),
    StartReferral(at=TUESDAY, referral=REFERRAL),
    CompleteReferral(at=TUESDAY, referral=REFERRAL, outcome="need-met"),
    FailReferral(at=TUESDAY, referral=REFERRAL, reason="did-not-engage"),
    CancelReferral(at=TUESDAY, referral=REFERRAL),
)
HISTORIC = Historic(by=WorkerId("clerk"))


def the_referral(facts: Facts) -> Referral:
    state: Referral | None = None
    for fact in facts:
        state = evolve_referral(state, fact)
    assert state is not None
    return state


def test_the_clinic_accepts() -> None:
    given(*SENT).when(AcceptReferral(at=TUESDAY, referral=REFERRAL, note="come by"), CLINIC).then(
        accepted(note="come by")
    )


def test_accepting_twice_adds_nothing() -> None:
    given(*ACCEPTED).when(AcceptReferral(at=WEDNESDAY, referral=REFERRAL), CLINIC).then_nothing()


def test_accepting_what_was_started_or_has_ended_is_refused_by_name() -> None:
    command = AcceptReferral(at=FRIDAY, referral=REFERRAL)
    started = happened(ReferralStarted, WEDNESDAY)
    given(*ACCEPTED, started).when(command, CLINIC).then_refused(
        IllegalTransition, status="in-progress", action="accept"
    )
    declined = happened(ReferralDeclined, TUESDAY, reason="duplicate")
    given(*SENT, declined).when(command, CLINIC).then_refused(IllegalTransition, status="rejected", action="accept")


@pytest.mark.parametrize("command", ALL, ids=lambda one: type(one).__name__)
def test_only_the_asked_agency_answers(command: Command) -> None:
    given(*SENT).when(command, CONSTABLE).then_refused(NotAddressedToYou)
    given(*SENT).when(command, HOUSING).then_refused(Unknown)
    given(*SENT).when(command, COORDINATOR).then_refused(Unknown)
    given(*BEFORE).when(command, CLINIC).then_refused(Unknown)
    given(*BEFORE).when(command, IMPORT).then_refused(Unknown)


@pytest.mark.parametrize("command", ALL, ids=lambda one: type(one).__name__)
def test_nothing_is_answered_before_it_was_asked(command: Any) -> None:  # noqa: ANN401
    early = type(command)(**{name: getattr(command, name) for name in command.__struct_fields__} | {"at": MONDAY})
    given(*BEFORE, sent(at=TUESDAY)).when(early, CLINIC).then_refused(IllegalTransition, status="not-sent")


def test_two_clocks_may_stand_two_minutes_apart() -> None:
    early = AcceptReferral(at=MONDAY - dt.timedelta(minutes=2), referral=REFERRAL)
    given(*SENT).when(early, CLINIC).then_adds(ReferralAccepted)


FOR_SHELTER: Facts = (
    *BEFORE,
    sent(to_agency=SHELTER, service=OUTREACH, answer_due=dt.date(2024, 6, 6)),
)
EVIDENCE = OnBehalf(agency=SHELTER, evidence="e-mail of 4 June")


def test_the_sender_records_the_answer_of_an_agency_without_a_log_in() -> None:
    command = AcceptReferral(at=TUESDAY, referral=REFERRAL, on_behalf_of=EVIDENCE)
    (fact,) = given(*FOR_SHELTER).when(command, CONSTABLE).then_adds(ReferralAccepted)
    assert isinstance(fact, ReferralAccepted)
    assert (fact.to_agency, fact.by_agency, fact.evidence) == (SHELTER, POLICE, "e-mail of 4 June")


def test_so_does_a_coordinator() -> None:
    command = DeclineReferral(at=TUESDAY, referral=REFERRAL, reason="no-capacity", on_behalf_of=EVIDENCE)
    (fact,) = given(*FOR_SHELTER).when(command, COORDINATOR).then_adds(ReferralDeclined)
    assert isinstance(fact, ReferralDeclined)
    assert fact.by_agency == HUB


def test_nobody_else_records_it() -> None:
    command = AcceptReferral(at=TUESDAY, referral=REFERRAL, on_behalf_of=EVIDENCE)
    given(*FOR_SHELTER).when(command, HOUSING).then_refused(Unknown)
    redirected = happened(
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
    late = AcceptReferral(at=WEDNESDAY, referral=REFERRAL, on_behalf_of=EVIDENCE)
    given(*SENT, redirected).when(late, CLINIC).then_refused(NotForYouToRecord)


def test_an_agency_that_logs_in_answers_for_itself() -> None:
    behalf = OnBehalf(agency=RECOVERY, evidence="a call")
    command = AcceptReferral(at=TUESDAY, referral=REFERRAL, on_behalf_of=behalf)
    given(*SENT).when(command, CONSTABLE).then_refused(AnswersForItself)
    given(*SENT).when(command, COORDINATOR).then_refused(AnswersForItself)
    given(*SENT).when(command, IMPORT).then_adds(ReferralAccepted)  # a sheet says what it answered


def test_the_answer_is_that_of_the_asked_agency() -> None:
    behalf = OnBehalf(agency=COUNCIL, evidence="a call")
    command = AcceptReferral(at=TUESDAY, referral=REFERRAL, on_behalf_of=behalf)
    given(*FOR_SHELTER).when(command, CONSTABLE).then_refused(NotAddressedToYou)


def test_once_it_has_a_log_in_it_answers_for_itself() -> None:
    known = (*FOR_SHELTER, agency(SHELTER, "voluntary", logs_in=True))
    given(*known).when(AcceptReferral(at=TUESDAY, referral=REFERRAL), VOLUNTEER).then_adds(ReferralAccepted)
    command = AcceptReferral(at=TUESDAY, referral=REFERRAL, on_behalf_of=EVIDENCE)
    given(*known).when(command, CONSTABLE).then_refused(AnswersForItself)


def held_by(count: int, at: dt.datetime = MONDAY) -> Facts:
    """So many referrals of others have a place."""
    return tuple(accepted(at, referral=ReferralId(f"r-{100 + one}"), person=BEN) for one in range(count))


ACCEPT = AcceptReferral(at=TUESDAY, referral=REFERRAL)


def test_the_last_place_is_taken_and_no_more() -> None:
    given(*SENT, *held_by(1)).when(ACCEPT, CLINIC).then_adds(ReferralAccepted)
    given(*SENT, *held_by(2)).when(ACCEPT, CLINIC).then_refused(ServiceIsFull, service=DRUGS_CLINIC, places=2, taken=2)


@pytest.mark.parametrize(
    ("ended", "fields"),
    [
        (ReferralCompleted, {"outcome": "need-met"}),
        (ReferralFailed, {"reason": "uncontactable"}),
        (ReferralCancelled, {}),
        (ReferralWithdrawn, {}),
        (ReferralEnteredInError, {}),
    ],
)
def test_a_place_is_free_again_when_a_referral_ends(ended: type[said.ReferralFact], fields: dict[str, Any]) -> None:
    free = happened(ended, TUESDAY, referral=ReferralId("r-100"), person=BEN, **fields)
    command = AcceptReferral(at=WEDNESDAY, referral=REFERRAL)
    given(*SENT, *held_by(2), free).when(command, CLINIC).then_adds(ReferralAccepted)


def test_a_place_is_full_at_the_moment_that_counts_though_free_since() -> None:
    free = happened(ReferralCompleted, THURSDAY, referral=ReferralId("r-100"), person=BEN, outcome="need-met")
    given(*SENT, *held_by(2), free).when(ACCEPT, CLINIC).then_refused(ServiceIsFull)
    given(*SENT, *held_by(2), free).when(AcceptReferral(at=FRIDAY, referral=REFERRAL), CLINIC).then_adds(
        ReferralAccepted
    )


def test_one_typed_late_takes_no_place_that_somebody_got_since() -> None:
    given(*SENT, *held_by(1, MONDAY), accepted(THURSDAY, referral=OTHER_REFERRAL, person=BEN)).when(
        ACCEPT, CLINIC
    ).then_refused(ServiceIsFull)


def test_places_are_those_of_the_moment() -> None:
    fewer = PlacesChanged(at=WEDNESDAY, service=DRUGS_CLINIC, agency=RECOVERY, places=1)
    given(*SENT, *held_by(1), fewer).when(AcceptReferral(at=FRIDAY, referral=REFERRAL), CLINIC).then_refused(
        ServiceIsFull, places=1
    )
    given(*SENT, *held_by(1), fewer).when(ACCEPT, CLINIC).then_refused(ServiceIsFull)
    more = PlacesChanged(at=WEDNESDAY, service=DRUGS_CLINIC, agency=RECOVERY, places=None)
    given(*SENT, *held_by(7), more).when(AcceptReferral(at=FRIDAY, referral=REFERRAL), CLINIC).then_adds(
        ReferralAccepted
    )


def test_nobody_counts_where_there_is_no_limit() -> None:
    knowing = Knowing((*BEFORE, offered(places=None), sent()), CLINIC)
    run(DECISIONS[AcceptReferral](knowing, ACCEPT, CLINIC))
    asked = {kind for item in knowing.asked if f"service:{DRUGS_CLINIC}" in item.tags for kind in item.types}
    assert "referral-accepted" not in asked
    knowing = Knowing(SENT, CLINIC)
    run(DECISIONS[AcceptReferral](knowing, ACCEPT, CLINIC))
    asked = {kind for item in knowing.asked if f"service:{DRUGS_CLINIC}" in item.tags for kind in item.types}
    assert "referral-accepted" in asked


def test_history_overrides_the_room_and_says_so() -> None:
    command = AcceptReferral(
        at=TUESDAY, referral=REFERRAL, historic=HISTORIC, on_behalf_of=OnBehalf(agency=RECOVERY, evidence="sheet")
    )
    (fact,) = given(*SENT, *held_by(2)).when(command, IMPORT).then_adds(ReferralAccepted)
    assert isinstance(fact, ReferralAccepted)
    assert (fact.overridden, fact.overridden_by) == (("service-is-full",), "clerk")
    mine = AcceptReferral(at=TUESDAY, referral=REFERRAL, historic=HISTORIC)
    given(*SENT).when(mine, CLINIC).then_refused(HistoryIsForCoordinators)


def test_asking_asks_something() -> None:
    silent = AskForInformation(at=TUESDAY, referral=REFERRAL, question=None)
    given(*SENT).when(silent, CLINIC).then_refused(QuestionMissing)
    given(*SENT).when(ASK, CLINIC).then(happened(ReferralInformationAsked, question=ASK.question))


def test_the_clinic_receives_declines_and_says_why() -> None:
    given(*SENT).when(ALL[0], CLINIC).then(happened(ReferralReceived))
    given(*SENT).when(ALL[3], CLINIC).then(happened(ReferralDeclined, reason="no-capacity"))


def test_declining_again_for_another_reason_is_refused() -> None:
    declined = happened(ReferralDeclined, TUESDAY, reason="no-capacity")
    again = DeclineReferral(at=FRIDAY, referral=REFERRAL, reason="duplicate")
    given(*SENT, declined).when(again, CLINIC).then_refused(IllegalTransition, status="rejected")
    same = DeclineReferral(at=FRIDAY, referral=REFERRAL, reason="no-capacity")
    given(*SENT, declined).when(same, CLINIC).then_nothing()


def test_work_on_an_accepted_referral() -> None:
    story: Facts = ACCEPTED
    steps: tuple[tuple[Command, Fact], ...] = (
        (ALL[8], happened(ReferralContactAttempted, outcome="spoke", contacted=True)),
        (ALL[7], happened(ReferralBooked, when=FRIDAY, where="the clinic")),
        (
            StartReferral(at=WEDNESDAY, referral=REFERRAL),
            happened(ReferralStarted, WEDNESDAY),
        ),
        (
            HoldReferral(at=THURSDAY, referral=REFERRAL, until=dt.date(2024, 7, 1), note="in rehab"),
            happened(ReferralHeld, THURSDAY, until=dt.date(2024, 7, 1), note="in rehab"),
        ),
        (ResumeReferral(at=FRIDAY, referral=REFERRAL), happened(ReferralResumed, FRIDAY)),
        (
            CompleteReferral(
                at=FRIDAY, referral=REFERRAL, outcome="need-met", treatment_discharge="completed-drug-free"
            ),
            happened(ReferralCompleted, FRIDAY, outcome="need-met", treatment_discharge="completed-drug-free"),
        ),
    )
    statuses = ["accepted", "accepted", "in-progress", "on-hold", "in-progress", "completed"]
    for (command, fact), status in zip(steps, statuses, strict=True):
        given(*story).when(command, CLINIC).then(fact)
        story = (*story, fact)
        assert the_referral(story).status == status


@pytest.mark.parametrize("outcome", ["message-left", "no-answer", "wrong-number", "letter-sent", "not-found"])
def test_an_attempt_that_reached_nobody_is_no_contact(outcome: said.ContactOutcome) -> None:
    command = RecordContactAttempt(at=TUESDAY, referral=REFERRAL, outcome=outcome)
    given(*SENT).when(command, CLINIC).then(happened(ReferralContactAttempted, outcome=outcome, contacted=False))


def test_the_business_status_says_more() -> None:
    attempt = happened(ReferralContactAttempted, outcome="no-answer", contacted=False)
    contact = happened(ReferralContactAttempted, WEDNESDAY, outcome="met", contacted=True)
    assert the_referral(SENT).business_status == "waiting-for-answer"
    assert the_referral((*SENT, attempt)).business_status == "contact-attempted"
    assert the_referral((*SENT, attempt, contact)).business_status == "contacted"
    assert the_referral(ACCEPTED).business_status is None
    withdrawn = happened(ReferralWithdrawn, THURSDAY)
    assert the_referral((*ACCEPTED, withdrawn)).business_status == "withdrawn"


def test_held_work_goes_on_from_where_it_was_held() -> None:
    held = happened(ReferralHeld, WEDNESDAY)
    resumed = happened(ReferralResumed, THURSDAY)
    assert the_referral((*ACCEPTED, held, resumed)).status == "accepted"
    started = happened(ReferralStarted, TUESDAY + dt.timedelta(hours=1))
    assert the_referral((*ACCEPTED, started, held, resumed)).status == "in-progress"


def test_what_is_typed_late_is_judged_by_the_status_of_its_moment() -> None:
    received = ReceiveReferral(at=MONDAY + dt.timedelta(hours=1), referral=REFERRAL)
    (fact,) = given(*ACCEPTED).when(received, CLINIC).then_adds(ReferralReceived)
    assert the_referral((*ACCEPTED, fact)).status == "accepted"
    assert the_referral((*ACCEPTED, fact)).status_at(NOON) == "received"
    hold = HoldReferral(at=NOON, referral=REFERRAL)
    given(*ACCEPTED).when(hold, CLINIC).then_refused(IllegalTransition, status="requested", action="hold")
    started = happened(ReferralStarted, THURSDAY)
    between = HoldReferral(at=WEDNESDAY, referral=REFERRAL)
    given(*ACCEPTED, started).when(between, CLINIC).then_refused(IllegalTransition, status="on-hold", action="start")


REDIRECT = RedirectReferral(at=TUESDAY, referral=REFERRAL, to_service=OUTREACH, note="they go out at night")
COVERED: Facts = (*SENT, *consented(ANNA, SHELTER))


def test_a_referral_is_passed_on_with_a_new_due_date() -> None:
    (fact,) = given(*COVERED).when(REDIRECT, CLINIC).then_adds(ReferralRedirected)
    assert isinstance(fact, ReferralRedirected)
    assert (fact.former_agency, fact.former_service) == (RECOVERY, DRUGS_CLINIC)
    assert (fact.from_agency, fact.to_agency, fact.service) == (POLICE, SHELTER, OUTREACH)
    assert (fact.basis, fact.answer_due) == ("recorded", dt.date(2024, 6, 7))
    story = (*COVERED, fact)
    assert the_referral(story).status == "requested"
    assert the_referral(story).business_status == "redirected"
    given(*story).when(AcceptReferral(at=WEDNESDAY, referral=REFERRAL), CLINIC).then_refused(NotAddressedToYou)


def test_who_was_asked_then_may_say_late_what_they_did() -> None:
    (fact,) = given(*COVERED).when(REDIRECT, CLINIC).then_adds(ReferralRedirected)
    late = ReceiveReferral(at=MONDAY + dt.timedelta(hours=1), referral=REFERRAL)
    given(*COVERED, fact).when(late, CLINIC).then(happened(ReferralReceived, MONDAY + dt.timedelta(hours=1)))


def test_passing_on_is_sharing_again() -> None:
    given(*SENT).when(REDIRECT, CLINIC).then_refused(NoBasisToShare, to=SHELTER)
    agreed = RedirectReferral(at=TUESDAY, referral=REFERRAL, to_service=OUTREACH, basis="agreed-at-hub")
    given(*SENT).when(agreed, CLINIC).then_refused(RationaleMissing)


def test_passing_on_within_the_agency_shares_nothing_anew() -> None:
    second = ServiceId("second-clinic")
    known = (*SENT, offered(service=second, name="Second clinic"))
    command = RedirectReferral(at=TUESDAY, referral=REFERRAL, to_service=second)
    (fact,) = given(*known).when(command, CLINIC).then_adds(ReferralRedirected)
    assert isinstance(fact, ReferralRedirected)
    assert fact.basis == "within-agency"


def test_a_referral_goes_to_another_open_service_that_meets_the_need() -> None:
    same = RedirectReferral(at=TUESDAY, referral=REFERRAL, to_service=DRUGS_CLINIC)
    given(*COVERED).when(same, CLINIC).then_refused(SameService)
    other_need = RedirectReferral(at=TUESDAY, referral=REFERRAL, to_service=BEDS)
    given(*COVERED).when(other_need, CLINIC).then_refused(ServiceDoesNotMeetNeed)
    closed = ServiceClosed(at=MONDAY, service=OUTREACH, agency=SHELTER)
    given(*COVERED, closed).when(REDIRECT, CLINIC).then_refused(ServiceNotOpen)
    nowhere = RedirectReferral(at=TUESDAY, referral=REFERRAL, to_service=ServiceId("none"))
    given(*COVERED).when(nowhere, CLINIC).then_refused(Unknown)


def test_nothing_is_passed_on_to_where_it_is_open_already() -> None:
    known = (*COVERED, sent(referral=OTHER_REFERRAL, to_agency=SHELTER, service=OUTREACH))
    given(*known).when(REDIRECT, CLINIC).then_refused(AlreadyReferred)


def test_nothing_may_have_happened_since_it_is_passed_on() -> None:
    early = RedirectReferral(at=NOON, referral=REFERRAL, to_service=OUTREACH)
    given(*COVERED, happened(ReferralContactAttempted, outcome="met", contacted=True)).when(early, CLINIC).then_refused(
        IllegalTransition, status="requested", action="redirect"
    )


FACT_OF: Final[dict[str, tuple[type[said.ReferralFact], dict[str, Any]]]] = {
    "received": (ReferralReceived, {}),
    "accepted": (ReferralAccepted, {}),
    "rejected": (ReferralDeclined, {"reason": "no-capacity"}),
    "in-progress": (ReferralStarted, {}),
    "on-hold": (ReferralHeld, {}),
    "completed": (ReferralCompleted, {"outcome": "need-met"}),
    "failed": (ReferralFailed, {"reason": "did-not-engage"}),
    "cancelled": (ReferralWithdrawn, {}),
    "entered-in-error": (ReferralEnteredInError, {}),
}
WAY: Final[dict[str, tuple[str, ...]]] = {
    "requested": (),
    "received": ("received",),
    "accepted": ("accepted",),
    "rejected": ("rejected",),
    "in-progress": ("accepted", "in-progress"),
    "on-hold": ("accepted", "on-hold"),
    "completed": ("accepted", "completed"),
    "failed": ("accepted", "failed"),
    "cancelled": ("cancelled",),
    "entered-in-error": ("entered-in-error",),
}
AGAIN: Final = {
    "received": "receive",
    "accepted": "accept",
    "rejected": "decline",
    "in-progress": "start",
    "on-hold": "hold",
    "completed": "complete",
    "failed": "fail",
    "cancelled": "withdraw",
    "entered-in-error": "mark-entered-in-error",
}
"""What the last fact of the way says already."""
ACTIONS: Final = dict(
    zip(
        (
            "receive",
            "ask",
            "accept",
            "decline",
            "redirect",
            "hold",
            "resume",
            "book",
            "contact",
            "start",
            "complete",
            "fail",
            "cancel",
        ),
        ALL,
        strict=True,
    )
)
COMMANDS: Final[dict[str, tuple[Actor, type[Command], dict[str, Any]]]] = {
    action: (CLINIC, type(command), {n: getattr(command, n) for n in command.__struct_fields__})
    for action, command in ACTIONS.items()
} | {
    "give": (CONSTABLE, said.GiveInformation, {"information": "more"}),
    "withdraw": (CONSTABLE, said.WithdrawReferral, {}),
    "discard": (CONSTABLE, said.DiscardDraft, {}),
    "mark-entered-in-error": (CONSTABLE, said.MarkEnteredInError, {}),
}
WHAT_MAY_HAPPEN: Final[dict[str, frozenset[str]]] = {
    "requested": frozenset({"receive", "ask", "give", "accept", "decline", "redirect", "withdraw", "contact"}),
    "received": frozenset({"ask", "give", "accept", "decline", "redirect", "withdraw", "contact"}),
    "accepted": frozenset({"give", "withdraw", "hold", "book", "contact", "start", "complete", "fail", "cancel"}),
    "in-progress": frozenset({"give", "withdraw", "hold", "book", "contact", "complete", "fail", "cancel"}),
    "on-hold": frozenset({"give", "withdraw", "resume", "contact", "fail", "cancel"}),
    "rejected": frozenset(),
    "completed": frozenset(),
    "failed": frozenset(),
    "cancelled": frozenset(),
    "entered-in-error": frozenset(),
}


@pytest.mark.parametrize("action", sorted(COMMANDS))
@pytest.mark.parametrize("status", sorted(WAY))
def test_a_referral_moves_along_its_statuses_and_no_other_way(status: str, action: str) -> None:
    """Each action in each status: what the field allows, written out again here, and nothing else."""
    story: Facts = COVERED
    for hours, step in enumerate(WAY[status]):
        cls, more = FACT_OF[step]
        story = (*story, happened(cls, TUESDAY + dt.timedelta(hours=hours), **more))
    by, command, fields = COMMANDS[action]
    asked = command(**fields | {"at": FRIDAY, "referral": REFERRAL})
    allowed = action in WHAT_MAY_HAPPEN[status] or (action == "mark-entered-in-error" and status != "entered-in-error")
    if allowed:
        added = run(DECISIONS[command](Knowing(story, by), asked, by))
        assert len(added) == 1
        return
    try:
        added = run(DECISIONS[command](Knowing(story, by), asked, by))
    except IllegalTransition as refusal:
        assert refusal.facts["status"] == status  # noqa: PT017 - it may also add nothing
    else:
        assert added == ()
        assert AGAIN[status] == action


def test_the_table_knows_every_action() -> None:
    assert set(LEGAL) == set(COMMANDS) | {"draft", "send"}


def test_the_sender_always_learns_what_became_of_it() -> None:
    """Every fact about a sent referral names its sender, so that it reaches the sender's view."""
    for cls, more in FACT_OF.values():
        assert happened(cls, **more).from_agency == POLICE
    for action in WHAT_MAY_HAPPEN["requested"] | WHAT_MAY_HAPPEN["accepted"]:
        by, command, fields = COMMANDS[action]
        story = COVERED if action in WHAT_MAY_HAPPEN["requested"] else (*COVERED, accepted())
        (fact,) = run(
            DECISIONS[command](Knowing(story, by), command(**fields | {"at": FRIDAY, "referral": REFERRAL}), by)
        )
        assert isinstance(fact, said.ReferralFact)
        assert fact.from_agency == POLICE


def test_what_takes_or_frees_a_place_is_found_by_its_service() -> None:
    stays: Spans = ()
    for fact in (*held_by(3), happened(ReferralWithdrawn, TUESDAY, referral=ReferralId("r-101"), person=BEN)):
        stays = evolve_occupancy(stays, fact)
    assert [occupied(stays, at) for at in (MONDAY - dt.timedelta(1), NOON, WEDNESDAY)] == [0, 3, 2]


def test_an_unknown_agency_answers_nothing() -> None:
    stranger = Actor(
        worker=WorkerId("w"), agency=AgencyId("stranger"), role="agency-worker", partnership=CLINIC.partnership
    )
    given(*SENT).when(ACCEPT, stranger).then_refused(Unknown)


def test_a_moment_is_a_moment_whatever_its_offset() -> None:
    booked = happened(ReferralBooked, TUESDAY, when=london("2024-06-07T10:00"))
    same = BookReferral(at=TUESDAY, referral=REFERRAL, when=dt.datetime(2024, 6, 7, 9, tzinfo=dt.UTC))
    given(*ACCEPTED, booked).when(same, CLINIC).then_nothing()


def test_a_referral_does_not_stand_in_its_own_way() -> None:
    spans: OpenReferrals = {DRUGS_CLINIC: (Span(REFERRAL, MONDAY),)}
    assert another_open(spans, DRUGS_CLINIC, REFERRAL, TUESDAY) is None
    assert another_open(spans, DRUGS_CLINIC, OTHER_REFERRAL, TUESDAY) == REFERRAL


def test_an_acceptance_typed_after_the_end_holds_its_place_no_longer() -> None:
    """It was withdrawn on Thursday; that the clinic had accepted on Tuesday is typed on Friday."""
    withdrawn = happened(ReferralWithdrawn, THURSDAY)
    (late,) = given(*SENT, *held_by(1), withdrawn).when(ACCEPT, CLINIC).then_adds(ReferralAccepted)
    known = (*SENT, withdrawn, late)
    spans = run(Knowing(known)(occupancy(DRUGS_CLINIC)))
    assert [occupied(spans, at) for at in (MONDAY, WEDNESDAY, FRIDAY)] == [0, 1, 0]
    full_since = accepted(FRIDAY, referral=OTHER_REFERRAL, person=BEN)
    given(*SENT, *held_by(1), withdrawn, full_since).when(ACCEPT, CLINIC).then_adds(ReferralAccepted)
    full_then = accepted(WEDNESDAY, referral=OTHER_REFERRAL, person=BEN)
    given(*SENT, *held_by(1), withdrawn, full_then).when(ACCEPT, CLINIC).then_refused(ServiceIsFull)


def test_what_was_entered_in_error_never_held_a_place_whatever_is_typed_later() -> None:
    wrong = happened(ReferralEnteredInError, THURSDAY)
    for known in ((*SENT, wrong, accepted()), (*SENT, accepted(), wrong)):
        spans = run(Knowing(known)(occupancy(DRUGS_CLINIC)))
        assert [occupied(spans, at) for at in (MONDAY, WEDNESDAY, FRIDAY)] == [0, 0, 0]
