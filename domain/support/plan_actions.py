"""Who does what by when: an action is added to a plan, and completed."""

import datetime as dt
from typing import Annotated

from domain.actors import Actor
from domain.facts import Facts, Personal, Text
from domain.ids import ActionId, AgencyId, GoalId, WorkerId
from domain.refusals import Unknown
from domain.support.plan import (
    Action,
    ActionAdded,
    ActionCompleted,
    ActionResult,
    AlreadyCompleted,
    NotYoursToDo,
    Plan,
    PlanCommand,
    action_of,
    due_from,
    going_on,
    names,
)
from domain.support.words import OtherBasis, Told, rests, settle, sharing_refusals


class AddAction(PlanCommand):
    """Say who does what by when. Another agency than the leading one needs a basis to be told."""

    action: ActionId
    owner: WorkerId
    owner_agency: AgencyId
    due: dt.date
    what: Annotated[Text, Personal("identity")]
    goal: GoalId | None = None
    basis: OtherBasis | None = None
    rationale: Told = None


class CompleteAction(PlanCommand):
    """Say that it was done, or need not or cannot be."""

    action: ActionId
    result: ActionResult = "done"
    note: Told = None


def add_action(command: AddAction, plan: Plan, by: Actor, *, recorded: str | None) -> Facts:
    """An action has an owner and a due date from the start; telling another agency needs a live basis to share."""
    if command.action in plan.actions:
        return ()
    going_on(plan)
    if command.goal is not None and command.goal not in plan.goals:
        raise Unknown
    due_from(command.due, command.at)
    within = command.owner_agency in {plan.agency, by.agency}
    basis = rests(within=within, recorded=recorded, other=command.basis)
    settle(sharing_refusals(basis, command.rationale, command.owner_agency), None, by)
    return (
        ActionAdded(
            **names(plan, command.at),
            action=command.action,
            goal=command.goal,
            owner=command.owner,
            owner_agency=command.owner_agency,
            due=command.due,
            basis=basis.on,
            basis_id=basis.recorded,
            what=command.what,
            rationale=command.rationale,
        ),
    )


def complete_action(command: CompleteAction, plan: Plan, by: Actor) -> Facts:
    """Done, not needed or not possible; the same again adds nothing."""
    action = action_of(plan, command.action)
    done_by(plan, action, by)
    if action.result == command.result:
        return ()
    if action.result is not None:
        raise AlreadyCompleted(action=command.action, result=action.result)
    return (
        ActionCompleted(
            **names(plan, command.at),
            action=command.action,
            owner=action.owner,
            owner_agency=action.owner_agency,
            result=command.result,
            note=command.note,
        ),
    )


def done_by(plan: Plan, action: Action, by: Actor) -> None:
    """Only the owner's agency or the leading one. Raises NotYoursToDo."""
    if by.agency not in {plan.agency, action.owner_agency}:
        raise NotYoursToDo(ask=action.owner_agency)
