"""A plan is opened with a person, says what they want and how they see it, is reviewed, and is closed."""

import datetime as dt
from typing import Annotated

from domain.actors import Actor
from domain.codes import Need
from domain.facts import Command, Facts, Personal, Text
from domain.ids import GoalId, PersonId, PlanId, WorkerId
from domain.refusals import AlreadyExists, Guarded, Unknown
from domain.support.plan import (
    GoalSet,
    OutcomeRecorded,
    PersonsViewRecorded,
    Plan,
    PlanClosed,
    PlanCommand,
    PlanEnd,
    PlanOpened,
    PlanOutcome,
    PlanReviewed,
    SetbackRecorded,
    due_from,
    going_on,
    led_by,
    names,
    still_open,
)
from domain.support.words import Told, ToldHealth


class OpenPlan(Command):
    """Begin a plan with a person. The actor's agency leads it; the actor owns it unless another worker is named."""

    plan: PlanId
    person: PersonId
    review_on: dt.date
    owner: WorkerId | None = None


class SetGoal(PlanCommand):
    """Write down what the person wants, in the person's own words."""

    goal: GoalId
    words: Annotated[Text, Personal("identity")]
    need: Need | None = None


class RecordPersonsView(PlanCommand):
    """Write down how the person sees it."""

    view: Annotated[Text, Personal("identity")]


class ReviewPlan(PlanCommand):
    """Look at the plan again, and say when next."""

    review_on: dt.date
    note: Told = None
    health_note: ToldHealth = None


class RecordOutcome(PlanCommand):
    """Say what came of a goal, or of the plan as a whole."""

    outcome: PlanOutcome
    goal: GoalId | None = None
    note: Told = None
    health_note: ToldHealth = None


class RecordSetback(PlanCommand):
    """Say what went back."""

    note: Annotated[Text, Personal("identity")]
    health_note: ToldHealth = None


class ClosePlan(PlanCommand):
    """End the plan."""

    end: PlanEnd
    view: Told = None
    note: Told = None


class ActionsStillOpen(Guarded):
    """Somebody is still to do something."""

    code = "actions-still-open"
    rule = "A plan is closed when none of its actions is open: nothing is left without an owner."
    permitted_by = "Complete each open action, or say that it is not needed or not possible."


def open_plan(command: OpenPlan, known: Plan | None, by: Actor) -> Facts:
    """A plan is opened once, with an owner and a review date; the same again adds nothing."""
    if known is not None:
        if (known.person, known.agency) == (command.person, by.agency):
            return ()
        raise AlreadyExists(plan=command.plan)
    due_from(command.review_on, command.at)
    return (
        PlanOpened(
            at=command.at,
            plan=command.plan,
            person=command.person,
            agency=by.agency,
            owner=command.owner or by.worker,
            review_on=command.review_on,
        ),
    )


def set_goal(command: SetGoal, plan: Plan) -> Facts:
    """A goal is set once, in the person's own words."""
    if command.goal in plan.goals:
        return ()
    going_on(plan)
    return (GoalSet(**names(plan, command.at), goal=command.goal, need=command.need, words=command.words),)


def record_view(command: RecordPersonsView, plan: Plan, by: Actor) -> Facts:
    """How the person sees it; the same moment again adds nothing."""
    still_open(plan, command.at)
    if (PersonsViewRecorded.fact_type, command.at) in plan.said:
        return ()
    return (PersonsViewRecorded(**names(plan, command.at), by_agency=by.agency, view=command.view),)


def review(command: ReviewPlan, plan: Plan, by: Actor) -> Facts:
    """The leading agency reviews, and says when next; the same moment again adds nothing."""
    led_by(plan, by)
    if (PlanReviewed.fact_type, command.at) in plan.said:
        return ()
    going_on(plan)
    due_from(command.review_on, command.at)
    return (
        PlanReviewed(
            **names(plan, command.at),
            by_agency=by.agency,
            review_on=command.review_on,
            note=command.note,
            health_note=command.health_note,
        ),
    )


def record_outcome(command: RecordOutcome, plan: Plan, by: Actor) -> Facts:
    """What came of a goal or of the plan; the same moment again adds nothing."""
    still_open(plan, command.at)
    if command.goal is not None and command.goal not in plan.goals:
        raise Unknown
    if (OutcomeRecorded.fact_type, command.at) in plan.said:
        return ()
    return (
        OutcomeRecorded(
            **names(plan, command.at),
            by_agency=by.agency,
            goal=command.goal,
            outcome=command.outcome,
            note=command.note,
            health_note=command.health_note,
        ),
    )


def record_setback(command: RecordSetback, plan: Plan, by: Actor) -> Facts:
    """A setback ends nothing; the same moment again adds nothing."""
    still_open(plan, command.at)
    if (SetbackRecorded.fact_type, command.at) in plan.said:
        return ()
    return (
        SetbackRecorded(
            **names(plan, command.at), by_agency=by.agency, note=command.note, health_note=command.health_note
        ),
    )


def close(command: ClosePlan, plan: Plan, by: Actor) -> Facts:
    """A plan is closed when nobody has anything left to do; twice adds nothing."""
    led_by(plan, by)
    if plan.closed_at is not None:
        return ()
    if plan.open_actions:
        raise ActionsStillOpen(plan=plan.id, actions=plan.open_actions)
    return (
        PlanClosed(**names(plan, command.at), owner=plan.owner, end=command.end, view=command.view, note=command.note),
    )
