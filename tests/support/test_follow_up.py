"""What time does: reminds of what is due, escalates what is overdue, lets consents run out, and nothing twice."""

import asyncio
import datetime as dt
from typing import Any

import msgspec
import pytest

from application.deciding import DECISIONS
from application.follow_up import Due, due, follow_up, waiting
from application.views.actions_due import DueKind, DueRow
from domain.actors import Actor
from domain.calendar import end_of_day
from domain.engagement.hub_session import SessionCancelled, SessionClosed, SessionScheduled
from domain.engagement.instrument import InstrumentEnded, InstrumentServed
from domain.facts import Command, Fact, Facts
from domain.ids import (
    ActionId,
    ConsentId,
    InstrumentId,
    NotificationId,
    PartnershipId,
    PlanId,
    ReferralId,
    SessionId,
)
from domain.people.consent import ConsentExpired, ConsentWithdrawn
from domain.people.consenting import ExpireConsent
from domain.people.person import PersonDied, PersonReleased, StayBegan
from domain.refusals import NotPermitted, Unknown
from domain.support import follow_up as facts
from domain.support.duty_to_refer import (
    HousingApplicationNotOpened,
    NotificationAcknowledged,
    NotificationContactAttempted,
)
from domain.support.plan import ActionAdded, ActionCompleted, PlanClosed, PlanReviewed
from domain.support.referral import ReferralAccepted, ReferralDeclined, ReferralReceived
from domain.support.reminding import NotDueYet, NotRemindedYet
from tests.scenario import Knowing, given, london
from tests.support.examples import (
    ANNA,
    BEFORE,
    CLINIC,
    CONSTABLE,
    COORDINATOR,
    COUNCIL,
    HUB,
    MONDAY,
    NOTIFICATION,
    OUTREACH,
    PLAN,
    POLICE,
    RECOVERY,
    REFERRAL,
    SENT,
    SHELTER,
    TIME,
    TUESDAY,
    agency,
    happened,
    notified,
    opened,
    sent,
)

DUE = dt.date(2024, 6, 7)  # a Friday
EARLY = london("2024-06-06T23:00")
SOON = london("2024-06-07T09:00")
OVER = london("2024-06-08T09:00")
DIED = PersonDied(at=london("2024-06-05T08:00"), person=ANNA, by_agency=POLICE)
CUSTODY = StayBegan(at=london("2024-06-05T08:00"), person=ANNA, stay="custody", by_agency=POLICE)
HOSPITAL = StayBegan(at=london("2024-06-05T08:00"), person=ANNA, stay="hospital", by_agency=POLICE)
RELEASED = PersonReleased(at=london("2024-06-06T08:00"), person=ANNA, stay="custody", by_agency=POLICE)
STOPPED = pytest.mark.parametrize("stop", [DIED, CUSTODY, HOSPITAL], ids=["died", "custody", "hospital"])

REMINDED = facts.ReferralReminded(at=SOON, referral=REFERRAL, person=ANNA, to_agency=RECOVERY, due=DUE)
REMIND = facts.RemindOfReferral(at=SOON, referral=REFERRAL)
ESCALATE = facts.EscalateReferral(at=OVER, referral=REFERRAL)


def test_the_asked_agency_is_reminded_on_the_last_day() -> None:
    given(*SENT).when(REMIND, TIME).then(REMINDED)
    given(*SENT).when(facts.RemindOfReferral(at=EARLY, referral=REFERRAL), TIME).then_refused(NotDueYet, due=DUE)


def test_it_is_reminded_once_for_each_due_date() -> None:
    given(*SENT, REMINDED).when(facts.RemindOfReferral(at=OVER, referral=REFERRAL), TIME).then_nothing()


@pytest.mark.parametrize(
    "answer", [happened(ReferralAccepted), happened(ReferralDeclined, reason="no-capacity")], ids=["yes", "no"]
)
def test_who_has_answered_is_left_alone(answer: Fact) -> None:
    given(*SENT, answer).when(REMIND, TIME).then_nothing()
    given(*SENT, answer, REMINDED).when(ESCALATE, TIME).then_nothing()


def test_who_has_only_received_it_is_not() -> None:
    given(*SENT, happened(ReferralReceived)).when(REMIND, TIME).then(REMINDED)


def test_no_answer_goes_up_once_it_is_overdue_and_was_reminded_of() -> None:
    escalated = facts.ReferralEscalated(
        at=OVER,
        referral=REFERRAL,
        person=ANNA,
        from_agency=POLICE,
        to_agency=RECOVERY,
        due=DUE,
        escalated_to="supervisor",
    )
    given(*SENT, REMINDED).when(ESCALATE, TIME).then(escalated)
    given(*SENT).when(ESCALATE, TIME).then_refused(NotRemindedYet)
    early = facts.EscalateReferral(at=SOON, referral=REFERRAL)
    given(*SENT, REMINDED).when(early, TIME).then_refused(NotDueYet)


def test_for_an_agency_without_a_log_in_the_coordinator_is_told() -> None:
    asked = sent(to_agency=SHELTER, service=OUTREACH)
    reminded = facts.ReferralReminded(at=SOON, referral=REFERRAL, person=ANNA, to_agency=SHELTER, due=DUE)
    (fact,) = given(*BEFORE, asked, reminded).when(ESCALATE, TIME).then_adds(facts.ReferralEscalated)
    assert isinstance(fact, facts.ReferralEscalated)
    assert fact.escalated_to == "coordinator"


@STOPPED
def test_clocks_stop_for_who_died_or_is_in_custody_or_hospital(stop: Fact) -> None:
    given(*SENT, stop).when(REMIND, TIME).then_nothing()
    given(*SENT, REMINDED, stop).when(ESCALATE, TIME).then_nothing()
    given(*NOTIFIED, stop).when(N_REMIND, TIME).then_nothing()
    given(*NOTIFIED, N_REMINDED, stop).when(N_ESCALATE, TIME).then_nothing()
    given(*BUSY, stop).when(A_REMIND, TIME).then_nothing()
    given(*BUSY, A_REMINDED, stop).when(A_ESCALATE, TIME).then_nothing()
    given(*BUSY, stop).when(P_REMIND, TIME).then_nothing()
    given(*BEFORE, stop).when(C_REMIND, TIME).then_nothing()
    given(*SERVED, stop).when(I_REMIND, TIME).then_nothing()


def test_and_go_on_after_release() -> None:
    given(*SENT, CUSTODY, RELEASED).when(REMIND, TIME).then(REMINDED)


NOTIFIED: Facts = (*BEFORE, notified(answer_due=DUE))
N_REMIND = facts.RemindOfNotification(at=SOON, notification=NOTIFICATION)
N_ESCALATE = facts.EscalateNotification(at=OVER, notification=NOTIFICATION)
N_REMINDED = facts.NotificationReminded(at=SOON, notification=NOTIFICATION, person=ANNA, authority=COUNCIL, due=DUE)


def housing(cls: type[Fact], **more: Any) -> Fact:  # noqa: ANN401
    fields: dict[str, Any] = {
        "at": TUESDAY,
        "notification": NOTIFICATION,
        "person": ANNA,
        "from_agency": POLICE,
        "authority": COUNCIL,
        "by_agency": COUNCIL,
    }
    return cls(**fields | more)


def test_a_housing_authority_is_reminded_until_the_person_has_heard_from_it() -> None:
    given(*NOTIFIED).when(N_REMIND, TIME).then(N_REMINDED)
    given(*NOTIFIED, housing(NotificationAcknowledged)).when(N_REMIND, TIME).then(N_REMINDED)
    missed = housing(NotificationContactAttempted, outcome="no-answer", contacted=False)
    given(*NOTIFIED, missed).when(N_REMIND, TIME).then(N_REMINDED)
    met = housing(NotificationContactAttempted, outcome="met", contacted=True)
    given(*NOTIFIED, met).when(N_REMIND, TIME).then_nothing()
    given(*NOTIFIED, housing(HousingApplicationNotOpened, reason="died")).when(N_REMIND, TIME).then_nothing()
    early = facts.RemindOfNotification(at=EARLY, notification=NOTIFICATION)
    given(*NOTIFIED).when(early, TIME).then_refused(NotDueYet)


def test_silence_of_a_housing_authority_goes_up() -> None:
    given(*NOTIFIED, N_REMINDED).when(N_ESCALATE, TIME).then(
        facts.NotificationEscalated(
            at=OVER,
            notification=NOTIFICATION,
            person=ANNA,
            from_agency=POLICE,
            authority=COUNCIL,
            due=DUE,
            escalated_to="supervisor",
        )
    )
    met = housing(NotificationContactAttempted, outcome="met", contacted=True)
    given(*NOTIFIED, N_REMINDED, met).when(N_ESCALATE, TIME).then_nothing()
    far = (*BEFORE, agency(COUNCIL, "district-council", logs_in=False), notified(answer_due=DUE), N_REMINDED)
    (fact,) = given(*far).when(N_ESCALATE, TIME).then_adds(facts.NotificationEscalated)
    assert isinstance(fact, facts.NotificationEscalated)
    assert fact.escalated_to == "coordinator"


ACTION = ActionId("a-1")
BUSY: Facts = (
    *BEFORE,
    opened(review_on=DUE),
    ActionAdded(
        at=MONDAY,
        plan=PLAN,
        person=ANNA,
        agency=POLICE,
        action=ACTION,
        goal=None,
        owner=CLINIC.worker,
        owner_agency=RECOVERY,
        due=DUE,
        basis="recorded",
        basis_id="c",
    ),
)
A_REMIND = facts.RemindOfAction(at=SOON, plan=PLAN, action=ACTION)
A_ESCALATE = facts.EscalateAction(at=OVER, plan=PLAN, action=ACTION)
A_REMINDED = facts.ActionReminded(at=SOON, plan=PLAN, person=ANNA, action=ACTION, owner_agency=RECOVERY, due=DUE)
DONE = ActionCompleted(
    at=TUESDAY,
    plan=PLAN,
    person=ANNA,
    agency=POLICE,
    action=ACTION,
    owner=CLINIC.worker,
    owner_agency=RECOVERY,
    result="done",
)


def test_the_owner_of_an_action_is_reminded_then_somebody_above() -> None:
    given(*BUSY).when(A_REMIND, TIME).then(A_REMINDED)
    escalated = facts.ActionEscalated(
        at=OVER,
        plan=PLAN,
        person=ANNA,
        action=ACTION,
        agency=POLICE,
        owner_agency=RECOVERY,
        due=DUE,
        escalated_to="supervisor",
    )
    given(*BUSY, A_REMINDED).when(A_ESCALATE, TIME).then(escalated)
    given(*BUSY).when(A_ESCALATE, TIME).then_refused(NotRemindedYet)
    given(*BUSY, DONE).when(A_REMIND, TIME).then_nothing()
    given(*BUSY, A_REMINDED, DONE).when(A_ESCALATE, TIME).then_nothing()
    nothing = facts.RemindOfAction(at=SOON, plan=PLAN, action=ActionId("a-9"))
    given(*BUSY).when(nothing, TIME).then_refused(Unknown)
    far = (*BUSY, A_REMINDED, agency(RECOVERY, "drug-and-alcohol", logs_in=False))
    (fact,) = given(*far).when(A_ESCALATE, TIME).then_adds(facts.ActionEscalated)
    assert isinstance(fact, facts.ActionEscalated)
    assert fact.escalated_to == "coordinator"


P_REMIND = facts.RemindOfPlanReview(at=SOON, plan=PLAN)


def test_a_review_is_reminded_of_once_for_each_date() -> None:
    reminded = facts.PlanReviewReminded(at=SOON, plan=PLAN, person=ANNA, agency=POLICE, due=DUE)
    given(*BUSY).when(P_REMIND, TIME).then(reminded)
    given(*BUSY, reminded).when(facts.RemindOfPlanReview(at=OVER, plan=PLAN), TIME).then_nothing()
    reviewed = PlanReviewed(
        at=SOON, plan=PLAN, person=ANNA, agency=POLICE, by_agency=POLICE, review_on=dt.date(2024, 7, 5)
    )
    given(*BUSY, reviewed).when(P_REMIND, TIME).then_refused(NotDueYet)
    again = facts.RemindOfPlanReview(at=london("2024-07-05T09:00"), plan=PLAN)
    given(*BUSY, reminded, reviewed).when(again, TIME).then_adds(facts.PlanReviewReminded)
    closed = PlanClosed(at=TUESDAY, plan=PLAN, person=ANNA, agency=POLICE, owner=CONSTABLE.worker, end="other")
    given(*BUSY, closed).when(P_REMIND, TIME).then_nothing()


CONSENT = ConsentId("c-p-anna-recovery")
LAST = dt.date(2024, 12, 1)
C_REMIND = facts.RemindOfConsent(at=london("2024-12-01T09:00"), consent=CONSENT, person=ANNA, agency=POLICE, due=LAST)


def test_a_consent_about_to_run_out_is_reminded_of() -> None:
    reminded = facts.ConsentExpiryReminded(at=C_REMIND.at, consent=CONSENT, person=ANNA, agency=POLICE, due=LAST)
    given(*BEFORE).when(C_REMIND, TIME).then(reminded)
    gone = ConsentWithdrawn(at=MONDAY, consent=CONSENT, person=ANNA, by_agency=POLICE)
    given(*BEFORE, gone).when(C_REMIND, TIME).then_nothing()
    stale = facts.RemindOfConsent(at=C_REMIND.at, consent=CONSENT, person=ANNA, agency=POLICE, due=DUE)
    given(*BEFORE).when(stale, TIME).then_nothing()
    early = facts.RemindOfConsent(at=SOON, consent=CONSENT, person=ANNA, agency=POLICE, due=LAST)
    given(*BEFORE).when(early, TIME).then_refused(NotDueYet)
    none = facts.RemindOfConsent(at=SOON, consent=ConsentId("c-9"), person=ANNA, agency=POLICE, due=LAST)
    given(*BEFORE).when(none, TIME).then_refused(Unknown)


INSTRUMENT = InstrumentId("i-1")
SERVED: Facts = (
    *BEFORE,
    InstrumentServed(
        at=MONDAY,
        instrument=INSTRUMENT,
        person=ANNA,
        kind="cpw",
        officer=CONSTABLE.worker,
        by_agency=POLICE,
        issued_on=dt.date(2024, 6, 3),
        review_on=DUE,
    ),
)
I_REMIND = facts.RemindOfInstrument(at=SOON, instrument=INSTRUMENT, person=ANNA, agency=POLICE, due=DUE)


def test_an_instrument_in_force_is_reviewed() -> None:
    reminded = facts.InstrumentReviewReminded(at=SOON, instrument=INSTRUMENT, person=ANNA, agency=POLICE, due=DUE)
    given(*SERVED).when(I_REMIND, TIME).then(reminded)
    stale = facts.RemindOfInstrument(at=SOON, instrument=INSTRUMENT, person=ANNA, agency=POLICE, due=LAST)
    given(*SERVED).when(stale, TIME).then_nothing()
    early = facts.RemindOfInstrument(at=EARLY, instrument=INSTRUMENT, person=ANNA, agency=POLICE, due=DUE)
    given(*SERVED).when(early, TIME).then_refused(NotDueYet)
    given(*BEFORE).when(I_REMIND, TIME).then_refused(Unknown)
    ended = InstrumentEnded(
        at=TUESDAY, instrument=INSTRUMENT, person=ANNA, by_worker=CONSTABLE.worker, by_agency=POLICE, reason="expired"
    )
    given(*SERVED, ended).when(I_REMIND, TIME).then_nothing()


SESSION = SessionId("s-1")
SCHEDULED = SessionScheduled(
    at=MONDAY,
    session=SESSION,
    on=DUE,
    starts=london("2024-06-07T10:00"),
    ends=london("2024-06-07T12:00"),
    place="Rose Centre",
    by_agency=HUB,
)
S_REMIND = facts.RemindOfSession(at=OVER, session=SESSION, agency=HUB, due=DUE)


def test_a_past_session_is_closed() -> None:
    reminded = facts.SessionClosingReminded(at=OVER, session=SESSION, agency=HUB, due=DUE)
    given(*BEFORE, SCHEDULED).when(S_REMIND, TIME).then(reminded)
    given(*BEFORE, SCHEDULED, reminded).when(
        facts.RemindOfSession(at=london("2024-06-09T09:00"), session=SESSION, agency=HUB, due=DUE), TIME
    ).then_nothing()
    during = facts.RemindOfSession(at=london("2024-06-07T11:00"), session=SESSION, agency=HUB, due=DUE)
    given(*BEFORE, SCHEDULED).when(during, TIME).then_nothing()
    cancelled = SessionCancelled(
        at=TUESDAY, session=SESSION, reason="weather", by_worker=COORDINATOR.worker, by_agency=HUB
    )
    given(*BEFORE, SCHEDULED, cancelled).when(S_REMIND, TIME).then_nothing()
    closed = SessionClosed(
        at=SOON,
        session=SESSION,
        attended=0,
        walk_ins=0,
        anonymous=0,
        missed=0,
        by_worker=COORDINATOR.worker,
        by_agency=HUB,
    )
    given(*BEFORE, SCHEDULED, closed).when(S_REMIND, TIME).then_nothing()
    given(*BEFORE).when(S_REMIND, TIME).then_refused(Unknown)


ALL: tuple[Command, ...] = (
    REMIND,
    ESCALATE,
    N_REMIND,
    N_ESCALATE,
    A_REMIND,
    A_ESCALATE,
    P_REMIND,
    C_REMIND,
    I_REMIND,
    S_REMIND,
)


@pytest.mark.parametrize("command", ALL, ids=lambda one: type(one).__name__)
def test_only_time_itself_sends_reminders(command: Command) -> None:
    known = (*SENT, notified(answer_due=DUE), *BUSY[len(BEFORE) :], *SERVED[len(BEFORE) :], SCHEDULED)
    given(*known).when(command, COORDINATOR).then_refused(NotPermitted)


@pytest.mark.parametrize("command", ALL, ids=lambda one: type(one).__name__)
def test_there_is_nothing_to_remind_of(command: Command) -> None:
    given(*BEFORE[:5]).when(command, TIME).then_refused(Unknown)


def row(kind: DueKind, one: str, **more: Any) -> Due:  # noqa: ANN401
    fields: dict[str, Any] = {"kind": kind, "id": one, "agency": POLICE, "due_on": DUE, "person": ANNA}
    return Due(**fields | more)


ROWS = (
    row("referral-answer", "r-1", agency=RECOVERY),
    row("notification-answer", "n-1", agency=COUNCIL),
    row("plan-action", "a-1", plan=PLAN, agency=RECOVERY),
    row("plan-review", "plan-1", plan=PLAN),
    row("consent-expiry", CONSENT),
    row("instrument-review", "i-1"),
    row("session-closing", "s-1", agency=HUB, person=None),
)


def test_nothing_is_due_before_its_last_day() -> None:
    assert due(ROWS, EARLY) == ()


def test_on_the_last_day_all_but_sessions_are_reminded_of() -> None:
    assert [type(one) for one in due(ROWS, SOON)] == [
        facts.RemindOfReferral,
        facts.RemindOfNotification,
        facts.RemindOfAction,
        facts.RemindOfPlanReview,
        facts.RemindOfConsent,
        facts.RemindOfInstrument,
    ]


def test_after_it_what_waits_is_escalated_and_a_consent_runs_out() -> None:
    assert due(ROWS, OVER) == (
        facts.RemindOfReferral(at=OVER, referral=ReferralId("r-1")),
        facts.EscalateReferral(at=OVER, referral=ReferralId("r-1")),
        facts.RemindOfNotification(at=OVER, notification=NotificationId("n-1")),
        facts.EscalateNotification(at=OVER, notification=NotificationId("n-1")),
        facts.RemindOfAction(at=OVER, plan=PLAN, action=ActionId("a-1")),
        facts.EscalateAction(at=OVER, plan=PLAN, action=ActionId("a-1")),
        facts.RemindOfPlanReview(at=OVER, plan=PlanId("plan-1")),
        ExpireConsent(at=OVER, consent=CONSENT, person=ANNA),
        facts.RemindOfInstrument(at=OVER, instrument=InstrumentId("i-1"), person=ANNA, agency=POLICE, due=DUE),
        facts.RemindOfSession(at=OVER, session=SESSION, agency=HUB, due=DUE),
    )


def test_what_was_done_is_not_done_again() -> None:
    told = tuple(row(one.kind, one.id, plan=PLAN, reminded=True, escalated=True) for one in ROWS)
    assert [type(one) for one in due(told, OVER)] == [ExpireConsent]
    reminded = row("referral-answer", "r-1", reminded=True)
    assert due((reminded,), SOON) == ()
    assert due((reminded,), OVER) == (facts.EscalateReferral(at=OVER, referral=ReferralId("r-1")),)


def test_what_waits_longest_comes_first() -> None:
    rows = (ROWS[0], row("referral-answer", "r-0", due_on=dt.date(2024, 5, 1)))
    first = due(rows, OVER)[0]
    assert first == facts.RemindOfReferral(at=OVER, referral=ReferralId("r-0"))
    assert ROWS[0].time_limit.until == end_of_day(DUE)


def test_only_what_was_said_of_the_present_day_counts() -> None:
    known = DueRow(
        position=1, kind="plan-review", thing="plan-1", agency=POLICE, due=DUE, person=ANNA, plan=PLAN, reminded=DUE
    )
    assert waiting(known) == row("plan-review", "plan-1", plan=PLAN, reminded=True)
    moved = msgspec.structs.replace(known, due=LAST)
    assert waiting(moved) == row("plan-review", "plan-1", plan=PLAN, due_on=LAST)


class SettableClock:
    """A clock that stands where the story puts it."""

    def __init__(self, now: dt.datetime) -> None:
        self.time = now

    def now(self) -> dt.datetime:
        return self.time


class Story:
    """Decides against what was recorded, and records what comes of it."""

    def __init__(self, known: Facts) -> None:
        self.facts = known

    async def decide(self, command: Command, by: Actor) -> None:
        self.facts += await DECISIONS[type(command)](Knowing(self.facts, by), command, by)


def test_following_up_twice_adds_nothing_the_second_time() -> None:
    story = Story((*SENT, notified(answer_due=DUE), *BUSY[len(BEFORE) :], *SERVED[len(BEFORE) :], SCHEDULED))
    clock = SettableClock(SOON)
    partnership = PartnershipId("fenland")
    rows = tuple(one for one in ROWS if one.kind != "consent-expiry")

    async def once() -> int:
        before = len(story.facts)
        await follow_up(story.decide, rows, clock, partnership)
        return len(story.facts) - before

    assert [asyncio.run(once()), asyncio.run(once())] == [5, 0]
    clock.time = OVER
    assert [asyncio.run(once()), asyncio.run(once())] == [4, 0]
    assert [type(fact) for fact in story.facts[-4:]] == [
        facts.ReferralEscalated,
        facts.NotificationEscalated,
        facts.ActionEscalated,
        facts.SessionClosingReminded,
    ]


def test_one_refusal_holds_nothing_else_up() -> None:
    story = Story(SENT)
    gone = row("referral-answer", "r-none", due_on=dt.date(2024, 5, 1))
    done = asyncio.run(follow_up(story.decide, (gone, ROWS[0]), SettableClock(OVER), PartnershipId("fenland")))
    assert done.decided == 2
    assert done.refused == {"unknown": 2}
    assert len(story.facts) == len(SENT) + 2


def test_a_consent_runs_out_by_itself() -> None:
    story = Story(BEFORE)
    clock = SettableClock(london("2024-12-02T09:00"))
    rows = (row("consent-expiry", CONSENT, due_on=LAST),)
    asyncio.run(follow_up(story.decide, rows, clock, PartnershipId("fenland")))
    asyncio.run(follow_up(story.decide, rows, clock, PartnershipId("fenland")))
    assert [type(one) for one in story.facts[len(BEFORE) :]] == [ConsentExpired]


def test_an_error_of_ours_is_not_a_refusal() -> None:
    async def broken(_command: Command, _by: Actor) -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        asyncio.run(follow_up(broken, ROWS[:1], SettableClock(OVER), PartnershipId("fenland")))
