"""A plan in the person's own words, whose every action has an owner until it is done."""

import datetime as dt
from typing import Any

import pytest

from domain.facts import Command, Fact, Facts
from domain.ids import ActionId, AgencyId, GoalId, PlanId, WorkerId
from domain.refusals import AlreadyExists, NotPermitted, Unknown
from domain.support.handing_over import HandedToSelf, HandOver, HandOverAll, NotYoursToHandOver, belongings
from domain.support.plan import (
    ActionAdded,
    ActionCompleted,
    ActionHandedOver,
    AlreadyCompleted,
    DueInThePast,
    GoalSet,
    NotYoursToDo,
    OutcomeRecorded,
    PersonsViewRecorded,
    PlanClosed,
    PlanHandedOver,
    PlanIsClosed,
    PlanReviewed,
    SetbackRecorded,
)
from domain.support.plan_actions import AddAction, CompleteAction
from domain.support.planning import (
    ActionsStillOpen,
    ClosePlan,
    OpenPlan,
    RecordOutcome,
    RecordPersonsView,
    RecordSetback,
    ReviewPlan,
    SetGoal,
)
from domain.support.words import NoBasisToShare, RationaleMissing
from tests.scenario import Knowing, given, run
from tests.support.examples import (
    AGENCIES,
    ANNA,
    BEFORE,
    BEN,
    CLINIC,
    CONSENT,
    CONSTABLE,
    COORDINATOR,
    FRIDAY,
    HOUSING,
    IMPORT,
    LATER,
    MONDAY,
    PLAN,
    POLICE,
    RECOVERY,
    SERVICES,
    THURSDAY,
    TUESDAY,
    WEDNESDAY,
    actor,
    opened,
    registered,
)

GOAL = GoalId("g-1")
ACTION = ActionId("a-1")
COLLEAGUE = WorkerId("colleague")
SERGEANT = actor(POLICE, "supervisor")
OTHER_CONSTABLE = actor(POLICE, "constable", "another")


def the(cls: type[Fact], at: dt.datetime = TUESDAY, **more: Any) -> Fact:  # noqa: ANN401
    fields: dict[str, Any] = {"at": at, "plan": PLAN, "person": ANNA, "agency": POLICE}
    return cls(**fields | more)


def adding(**more: Any) -> AddAction:  # noqa: ANN401
    fields: dict[str, Any] = {
        "at": TUESDAY,
        "plan": PLAN,
        "action": ACTION,
        "owner": CONSTABLE.worker,
        "owner_agency": POLICE,
        "due": dt.date(2024, 6, 14),
        "what": "bring the form",
    }
    return AddAction(**fields | more)


def added(**more: Any) -> Fact:  # noqa: ANN401
    fields: dict[str, Any] = {
        "action": ACTION,
        "goal": None,
        "owner": CONSTABLE.worker,
        "owner_agency": POLICE,
        "due": dt.date(2024, 6, 14),
        "basis": "within-agency",
        "basis_id": None,
    }
    return the(ActionAdded, **fields | more)


OPEN: Facts = (*BEFORE, opened())
GOAL_SET = the(GoalSet, goal=GOAL, need="drugs")
BUSY: Facts = (*OPEN, GOAL_SET, added())
DONE = the(ActionCompleted, WEDNESDAY, action=ACTION, owner=CONSTABLE.worker, owner_agency=POLICE, result="done")
CLOSED: Facts = (*OPEN, the(PlanClosed, THURSDAY, owner=CONSTABLE.worker, end="goals-met"))

OPENING = OpenPlan(at=MONDAY, plan=PLAN, person=ANNA, review_on=dt.date(2024, 6, 28))


def test_a_plan_has_an_owner_and_a_review_from_the_start() -> None:
    given(*BEFORE).when(OPENING, CONSTABLE).then(opened())


def test_another_worker_may_own_it() -> None:
    command = OpenPlan(at=MONDAY, plan=PLAN, person=ANNA, review_on=dt.date(2024, 6, 28), owner=COLLEAGUE)
    given(*BEFORE).when(command, CONSTABLE).then(opened(owner=COLLEAGUE))


def test_an_id_names_one_plan() -> None:
    known = (*OPEN, registered(BEN))
    other = OpenPlan(at=MONDAY, plan=PLAN, person=BEN, review_on=dt.date(2024, 6, 28))
    given(*known).when(other, CONSTABLE).then_refused(AlreadyExists)


def test_nobody_plans_with_a_person_whom_their_agency_does_not_know() -> None:
    given(*BEFORE).when(OPENING, HOUSING).then_refused(Unknown)


def test_nothing_is_planned_for_a_day_that_has_passed() -> None:
    past = OpenPlan(at=MONDAY, plan=PLAN, person=ANNA, review_on=dt.date(2024, 6, 2))
    given(*BEFORE).when(past, CONSTABLE).then_refused(DueInThePast)
    given(*OPEN).when(adding(due=dt.date(2024, 6, 3)), CONSTABLE).then_refused(DueInThePast)
    given(*OPEN).when(adding(due=dt.date(2024, 6, 4)), CONSTABLE).then_adds(ActionAdded)
    review = ReviewPlan(at=TUESDAY, plan=PLAN, review_on=dt.date(2024, 6, 3))
    given(*OPEN).when(review, CONSTABLE).then_refused(DueInThePast)


def test_goals_are_in_the_persons_words() -> None:
    command = SetGoal(at=TUESDAY, plan=PLAN, goal=GOAL, words="a door I can close", need="drugs")
    given(*OPEN).when(command, CONSTABLE).then(the(GoalSet, goal=GOAL, need="drugs", words="a door I can close"))


def test_what_was_seen_said_and_came_of_it() -> None:
    view = RecordPersonsView(at=TUESDAY, plan=PLAN, view="it is going too fast")
    given(*OPEN).when(view, CONSTABLE).then(the(PersonsViewRecorded, by_agency=POLICE, view="it is going too fast"))
    setback = RecordSetback(at=TUESDAY, plan=PLAN, note="lost the room", health_note="used again")
    given(*OPEN).when(setback, CONSTABLE).then(
        the(SetbackRecorded, by_agency=POLICE, note="lost the room", health_note="used again")
    )
    outcome = RecordOutcome(at=TUESDAY, plan=PLAN, goal=GOAL, outcome="achieved")
    given(*OPEN, GOAL_SET).when(outcome, CONSTABLE).then(
        the(OutcomeRecorded, by_agency=POLICE, goal=GOAL, outcome="achieved")
    )
    given(*OPEN).when(outcome, CONSTABLE).then_refused(Unknown)
    review = ReviewPlan(at=TUESDAY, plan=PLAN, review_on=dt.date(2024, 7, 5))
    given(*OPEN).when(review, CONSTABLE).then(the(PlanReviewed, by_agency=POLICE, review_on=dt.date(2024, 7, 5)))


def test_an_action_has_an_owner_and_a_day() -> None:
    given(*OPEN).when(adding(), CONSTABLE).then(added(what="bring the form"))
    given(*OPEN).when(adding(goal=GOAL), CONSTABLE).then_refused(Unknown)
    given(*OPEN).when(adding(owner_agency=AgencyId("nowhere")), CONSTABLE).then_refused(Unknown)


def test_another_agency_is_told_on_a_live_basis() -> None:
    theirs = adding(owner=CLINIC.worker, owner_agency=RECOVERY)
    (fact,) = given(*OPEN).when(theirs, CONSTABLE).then_adds(ActionAdded)
    assert isinstance(fact, ActionAdded)
    assert (fact.basis, fact.basis_id) == ("recorded", CONSENT)
    uncovered = (*AGENCIES, *SERVICES, registered(), opened())
    given(*uncovered).when(theirs, CONSTABLE).then_refused(NoBasisToShare, to=RECOVERY)
    agreed = adding(owner=CLINIC.worker, owner_agency=RECOVERY, basis="agreed-at-hub")
    given(*uncovered).when(agreed, CONSTABLE).then_refused(RationaleMissing)


def test_the_goal_says_what_is_told() -> None:
    health = the(GoalSet, goal=GOAL, need="mental-health")
    theirs = adding(goal=GOAL, owner=CLINIC.worker, owner_agency=RECOVERY)
    given(*OPEN, health).when(theirs, CONSTABLE).then_refused(NoBasisToShare)
    given(*OPEN, GOAL_SET).when(theirs, CONSTABLE).then_adds(ActionAdded)


THEIRS: Facts = (*OPEN, added(owner=CLINIC.worker, owner_agency=RECOVERY, basis="recorded", basis_id=CONSENT))


def test_who_does_something_has_a_part_in_the_plan() -> None:
    view = RecordPersonsView(at=TUESDAY, plan=PLAN, view="fine")
    given(*OPEN).when(view, CLINIC).then_refused(Unknown)
    given(*THEIRS).when(view, CLINIC).then_adds(PersonsViewRecorded)
    given(*THEIRS).when(view, HOUSING).then_refused(Unknown)
    given(*THEIRS).when(view, COORDINATOR).then_refused(Unknown)
    given(*BEFORE).when(view, CONSTABLE).then_refused(Unknown)
    given(*BEFORE).when(view, IMPORT).then_refused(Unknown)


def test_an_action_is_completed_by_its_owners_agency_or_the_leading_one() -> None:
    command = CompleteAction(at=WEDNESDAY, plan=PLAN, action=ACTION)
    given(*BUSY).when(command, CONSTABLE).then(DONE)
    given(*THEIRS).when(command, CLINIC).then_adds(ActionCompleted)
    given(*THEIRS).when(command, CONSTABLE).then_adds(ActionCompleted)
    third = added(
        action=ActionId("a-2"), owner=HOUSING.worker, owner_agency=HOUSING.agency, basis="recorded", basis_id="c"
    )
    given(*THEIRS, third).when(command, HOUSING).then_refused(NotYoursToDo)
    given(*OPEN).when(command, CONSTABLE).then_refused(Unknown)


def test_an_action_ends_once() -> None:
    again = CompleteAction(at=FRIDAY, plan=PLAN, action=ACTION)
    otherwise = CompleteAction(at=FRIDAY, plan=PLAN, action=ACTION, result="not-possible")
    given(*BUSY, DONE).when(again, CONSTABLE).then_nothing()
    given(*BUSY, DONE).when(otherwise, CONSTABLE).then_refused(AlreadyCompleted, result="done")


def test_the_leading_agency_leads() -> None:
    for command in (
        ReviewPlan(at=WEDNESDAY, plan=PLAN, review_on=dt.date(2024, 7, 5)),
        ClosePlan(at=WEDNESDAY, plan=PLAN, end="other"),
        HandOver(at=WEDNESDAY, plan=PLAN, to_owner=COLLEAGUE),
    ):
        given(*THEIRS).when(command, CLINIC).then_refused(NotYoursToDo)


def test_a_plan_and_an_action_are_handed_over() -> None:
    plan = HandOver(at=WEDNESDAY, plan=PLAN, to_owner=COLLEAGUE, note="on leave")
    given(*BUSY).when(plan, CONSTABLE).then(
        the(PlanHandedOver, WEDNESDAY, from_owner=CONSTABLE.worker, to_owner=COLLEAGUE, note="on leave")
    )
    action = HandOver(at=WEDNESDAY, plan=PLAN, action=ACTION, to_owner=COLLEAGUE)
    handed = the(
        ActionHandedOver,
        WEDNESDAY,
        action=ACTION,
        owner_agency=POLICE,
        from_owner=CONSTABLE.worker,
        to_owner=COLLEAGUE,
    )
    given(*BUSY).when(action, CONSTABLE).then(handed)
    given(*THEIRS).when(action, CONSTABLE).then_refused(NotYoursToDo)
    given(*BUSY, DONE).when(action, CONSTABLE).then_refused(AlreadyCompleted)
    given(*OPEN).when(action, CONSTABLE).then_refused(Unknown)


SECOND: Facts = (
    opened(plan=PlanId("plan-2"), owner=OTHER_CONSTABLE.worker),
    added(plan=PlanId("plan-2"), action=ActionId("a-2"), owner=CONSTABLE.worker),
    added(plan=PlanId("plan-2"), action=ActionId("a-3"), owner=OTHER_CONSTABLE.worker),
)
LEAVING = HandOverAll(at=FRIDAY, from_owner=CONSTABLE.worker, to_owner=COLLEAGUE)


def test_when_an_owner_leaves_nothing_is_left_ownerless() -> None:
    known = (*BUSY, *SECOND)
    facts = given(*known).when(LEAVING, SERGEANT).then_adds(PlanHandedOver, ActionHandedOver, ActionHandedOver)
    after = run(Knowing((*known, *facts))(belongings(CONSTABLE.worker)))
    assert all(owned.owner != CONSTABLE.worker for owned in after.values())
    theirs = run(Knowing((*known, *facts))(belongings(COLLEAGUE)))
    assert {key for key, owned in theirs.items() if owned.owner == COLLEAGUE} == {
        (PLAN, None),
        (PLAN, ACTION),
        (PlanId("plan-2"), ActionId("a-2")),
    }


def test_what_is_finished_or_was_given_away_before_is_not_handed_over() -> None:
    before = the(PlanHandedOver, WEDNESDAY, from_owner=CONSTABLE.worker, to_owner=OTHER_CONSTABLE.worker)
    given(*BUSY, DONE, before).when(LEAVING, SERGEANT).then_nothing()
    given(*CLOSED).when(LEAVING, SERGEANT).then_nothing()


def test_a_leaver_hands_over_or_somebody_who_may() -> None:
    given(*BUSY).when(LEAVING, CONSTABLE).then_adds(PlanHandedOver, ActionHandedOver)
    given(*BUSY).when(LEAVING, OTHER_CONSTABLE).then_refused(NotYoursToHandOver)
    lawyer = actor(POLICE, "legal", CONSTABLE.worker)
    given(*BUSY).when(LEAVING, lawyer).then_refused(NotPermitted)
    itself = HandOverAll(at=FRIDAY, from_owner=CONSTABLE.worker, to_owner=CONSTABLE.worker)
    given(*BUSY).when(itself, CONSTABLE).then_refused(HandedToSelf)


def test_nobody_hands_over_what_another_agency_owns() -> None:
    given(*BUSY).when(LEAVING, actor(RECOVERY, "supervisor")).then_nothing()
    clinic = HandOverAll(at=FRIDAY, from_owner=CLINIC.worker, to_owner=COLLEAGUE)
    given(*THEIRS).when(clinic, actor(RECOVERY, "supervisor")).then_adds(ActionHandedOver)
    given(*THEIRS).when(clinic, SERGEANT).then_nothing()


def test_a_plan_is_closed_when_nobody_has_anything_left_to_do() -> None:
    command = ClosePlan(at=THURSDAY, plan=PLAN, end="goals-met", view="it is mine now")
    given(*BUSY).when(command, CONSTABLE).then_refused(ActionsStillOpen, actions=(ACTION,))
    given(*BUSY, DONE).when(command, CONSTABLE).then(
        the(PlanClosed, THURSDAY, owner=CONSTABLE.worker, end="goals-met", view="it is mine now")
    )


@pytest.mark.parametrize(
    "command",
    [
        SetGoal(at=FRIDAY, plan=PLAN, goal=GOAL, words="more"),
        RecordPersonsView(at=FRIDAY, plan=PLAN, view="fine"),
        adding(at=FRIDAY),
        ReviewPlan(at=FRIDAY, plan=PLAN, review_on=dt.date(2024, 7, 5)),
        RecordOutcome(at=FRIDAY, plan=PLAN, outcome="achieved"),
        RecordSetback(at=FRIDAY, plan=PLAN, note="lost the room"),
        HandOver(at=FRIDAY, plan=PLAN, to_owner=COLLEAGUE),
    ],
    ids=lambda one: type(one).__name__,
)
def test_nothing_is_added_to_a_closed_plan(command: Command) -> None:
    given(*CLOSED).when(command, CONSTABLE).then_refused(PlanIsClosed)


def test_what_happened_before_the_closing_may_still_be_written_down() -> None:
    view = RecordPersonsView(at=TUESDAY, plan=PLAN, view="fine")
    given(*CLOSED).when(view, CONSTABLE).then_adds(PersonsViewRecorded)
    outcome = RecordOutcome(at=TUESDAY, plan=PLAN, outcome="achieved")
    given(*CLOSED).when(outcome, CONSTABLE).then_adds(OutcomeRecorded)
    setback = RecordSetback(at=TUESDAY, plan=PLAN, note="lost the room")
    given(*CLOSED).when(setback, CONSTABLE).then_adds(SetbackRecorded)
    given(*CLOSED).when(ClosePlan(at=LATER, plan=PLAN, end="other"), CONSTABLE).then_nothing()


def test_a_plan_opened_again_under_its_id_adds_nothing() -> None:
    given(*OPEN).when(OPENING, CONSTABLE).then_nothing()
