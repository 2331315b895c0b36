"""A plan, an action of one, or all that a worker owns is given to another worker."""

import datetime as dt
from collections.abc import Mapping
from typing import Final

import msgspec

from domain.actors import COORDINATORS, Actor, Role
from domain.facts import Command, Fact, Facts, Knowledge, knowing
from domain.ids import ActionId, AgencyId, PersonId, PlanId, WorkerId
from domain.refusals import NotPermitted, Unreadable
from domain.support.plan import (
    ActionAdded,
    ActionCompleted,
    ActionHandedOver,
    AlreadyCompleted,
    NotYoursToDo,
    Plan,
    PlanClosed,
    PlanCommand,
    PlanHandedOver,
    PlanNames,
    PlanOpened,
    action_of,
    going_on,
    led_by,
    names,
)
from domain.support.words import Told

HANDS_OVER: Final[frozenset[Role]] = COORDINATORS | {"supervisor"}
"""Who may hand over somebody else's work, within their agency."""


class Owned(msgspec.Struct, frozen=True, kw_only=True):
    """A plan, or an action of one, and who owns it."""

    owner: WorkerId
    person: PersonId
    agency: AgencyId
    owner_agency: AgencyId


Belongings = Mapping[tuple[PlanId, ActionId | None], Owned]


def evolve_belongings(state: Belongings, fact: Fact) -> Belongings:
    """What was given to a worker, with whoever owns it now; what is finished belongs to nobody."""
    match fact:
        case PlanOpened():
            key: tuple[PlanId, ActionId | None] = (fact.plan, None)
            owner, owner_agency = fact.owner, fact.agency
        case PlanHandedOver():
            key, owner, owner_agency = (fact.plan, None), fact.to_owner, fact.agency
        case ActionAdded():
            key, owner, owner_agency = (fact.plan, fact.action), fact.owner, fact.owner_agency
        case ActionHandedOver():
            key, owner, owner_agency = (fact.plan, fact.action), fact.to_owner, fact.owner_agency
        case ActionCompleted():
            return {one: owned for one, owned in state.items() if one != (fact.plan, fact.action)}
        case PlanClosed():
            return {one: owned for one, owned in state.items() if one != (fact.plan, None)}
        case _:
            return state
    owned = Owned(owner=owner, person=fact.person, agency=fact.agency, owner_agency=owner_agency)
    return {**state, key: owned}


def belongings(worker: WorkerId) -> Knowledge[Belongings]:
    """Everything that was ever a worker's; what still is names the worker as its owner."""
    types = (PlanOpened, PlanHandedOver, ActionAdded, ActionHandedOver, ActionCompleted, PlanClosed)
    return knowing({}, evolve_belongings, types, f"owner:{worker}")


class HandOver(PlanCommand):
    """Give the plan, or one action of it, to another worker of the same agency."""

    to_owner: WorkerId
    action: ActionId | None = None
    note: Told = None


class HandOverAll(Command):
    """Give everything that a worker of one's agency owns to another: nothing is left ownerless when somebody leaves."""

    from_owner: WorkerId
    to_owner: WorkerId


class NotYoursToHandOver(NotPermitted):
    """Somebody else's work."""

    code = "not-yours-to-hand-over"
    rule = "All that a worker owns is handed over by that worker, a supervisor or a coordinator of the agency (ours)."
    permitted_by = "Ask the worker's supervisor."


class HandedToSelf(Unreadable):
    """Nobody else takes it."""

    code = "handed-to-self"
    rule = "Work is handed over to another worker."


def hand_over(command: HandOver, plan: Plan, by: Actor) -> Facts:
    """A plan by its leading agency, an action by its owner's; to who owns it already adds nothing."""
    going_on(plan)
    if command.action is None:
        led_by(plan, by)
        if plan.owner == command.to_owner:
            return ()
        return (
            PlanHandedOver(
                **names(plan, command.at), from_owner=plan.owner, to_owner=command.to_owner, note=command.note
            ),
        )
    action = action_of(plan, command.action)
    if by.agency != action.owner_agency:
        raise NotYoursToDo(ask=action.owner_agency)
    if action.result is not None:
        raise AlreadyCompleted(action=command.action, result=action.result)
    if action.owner == command.to_owner:
        return ()
    return (
        ActionHandedOver(
            **names(plan, command.at),
            action=command.action,
            owner_agency=action.owner_agency,
            from_owner=action.owner,
            to_owner=command.to_owner,
            note=command.note,
        ),
    )


def hand_over_all(command: HandOverAll, known: Belongings, by: Actor) -> Facts:
    """Everything that a worker owns for the actor's agency goes to another worker; again, nothing is left to give."""
    if by.worker != command.from_owner and by.role not in HANDS_OVER:
        raise NotYoursToHandOver
    if command.from_owner == command.to_owner:
        raise HandedToSelf
    return everything(known, command.from_owner, command.to_owner, by.agency, command.at)


def owned_by(known: Belongings, worker: WorkerId, agency: AgencyId) -> int:
    """How many plans and open actions a worker owns for an agency."""
    return sum(1 for one in known.values() if one.owner == worker and one.owner_agency == agency)


def everything(
    known: Belongings, from_owner: WorkerId, to_owner: WorkerId, agency: AgencyId, at: dt.datetime
) -> tuple[Fact, ...]:
    """What it takes to give all that a worker owns for an agency to another."""
    facts: list[Fact] = []
    for (plan_id, action), owned in sorted(known.items(), key=lambda one: (one[0][0], one[0][1] or "")):
        if owned.owner != from_owner or owned.owner_agency != agency:
            continue
        named = PlanNames(at=at, plan=plan_id, person=owned.person, agency=owned.agency)
        if action is None:
            facts.append(PlanHandedOver(**named, from_owner=owned.owner, to_owner=to_owner))
        else:
            facts.append(
                ActionHandedOver(
                    **named,
                    action=action,
                    owner_agency=owned.owner_agency,
                    from_owner=owned.owner,
                    to_owner=to_owner,
                )
            )
    return tuple(facts)
