"""What a person wants to change, in the person's own words, and who does what about it until when.

Nothing in a plan is ever without an owner. An owner who leaves hands over everything at once, so what a worker owns is
a question of its own: the facts that give or take ownership carry an `owner` tag, the one place where a worker is one.
"""

import datetime as dt
from collections.abc import Mapping
from typing import Any, Literal, TypedDict

import msgspec

from domain.actors import Actor
from domain.calendar import civil_date
from domain.codes import Need
from domain.facts import Command, Fact, HealthText, IdentityText, Knowledge, knowing
from domain.ids import ActionId, AgencyId, GoalId, PersonId, PlanId, WorkerId
from domain.refusals import Conflict, NotPermitted, Unreadable, found
from domain.support.follow_up import ActionEscalated, ActionReminded, PlanReviewReminded
from domain.support.words import SharingBasis

ActionResult = Literal["done", "not-needed", "not-possible"]
PlanOutcome = Literal["achieved", "partly-achieved", "not-achieved", "changed"]

PlanEnd = Literal["goals-met", "person-left", "moved-away", "handed-to-other-plan", "died", "other"]


class PlanFact(Fact):
    """What every fact of a plan names: whose it is, and the agency that leads it."""

    plan: PlanId
    person: PersonId
    agency: AgencyId


class PlanOpened(PlanFact, type="plan-opened", version=1, tags=("plan", "person", "owner:{owner}")):
    """A plan begins; its owner is a worker of the leading agency."""

    owner: WorkerId
    review_on: dt.date


class GoalSet(PlanFact, type="plan-goal-set", version=1, tags=("plan", "person")):
    """What the person wants, in the person's own words."""

    goal: GoalId
    need: Need | None
    words: IdentityText = None


class PersonsViewRecorded(PlanFact, type="plan-persons-view-recorded", version=1, tags=("plan", "person")):
    """How the person sees it, recorded by an agency of the plan."""

    by_agency: AgencyId
    view: IdentityText = None


class ActionAdded(PlanFact, type="plan-action-added", version=1, tags=("plan", "person", "owner:{owner}")):
    """Somebody will do something by a day. `basis` is what telling another agency rests on, none within the agency."""

    action: ActionId
    goal: GoalId | None
    owner: WorkerId
    owner_agency: AgencyId
    due: dt.date
    basis: SharingBasis | None
    basis_id: str | None
    what: IdentityText = None
    rationale: IdentityText = None


class ActionCompleted(PlanFact, type="plan-action-completed", version=1, tags=("plan", "person", "owner:{owner}")):
    """It was done, or need not or cannot be."""

    action: ActionId
    owner: WorkerId
    owner_agency: AgencyId
    result: ActionResult
    note: IdentityText = None


class PlanReviewed(PlanFact, type="plan-reviewed", version=1, tags=("plan", "person")):
    """The plan was looked at again, and will be on another day."""

    by_agency: AgencyId
    review_on: dt.date
    note: IdentityText = None
    health_note: HealthText = None


class OutcomeRecorded(PlanFact, type="plan-outcome-recorded", version=1, tags=("plan", "person")):
    """What came of a goal, or of the plan as a whole."""

    by_agency: AgencyId
    goal: GoalId | None
    outcome: PlanOutcome
    note: IdentityText = None
    health_note: HealthText = None


class SetbackRecorded(PlanFact, type="plan-setback-recorded", version=1, tags=("plan", "person")):
    """Something went back; it ends nothing."""

    by_agency: AgencyId
    note: IdentityText = None
    health_note: HealthText = None


class PlanHandedOver(
    PlanFact, type="plan-handed-over", version=1, tags=("plan", "person", "owner:{from_owner}", "owner:{to_owner}")
):
    """The plan has another owner, in the same agency."""

    from_owner: WorkerId
    to_owner: WorkerId
    note: IdentityText = None


class ActionHandedOver(
    PlanFact,
    type="plan-action-handed-over",
    version=1,
    tags=("plan", "person", "owner:{from_owner}", "owner:{to_owner}"),
):
    """An action has another owner, in the same agency."""

    action: ActionId
    owner_agency: AgencyId
    from_owner: WorkerId
    to_owner: WorkerId
    note: IdentityText = None


class PlanClosed(PlanFact, type="plan-closed", version=1, tags=("plan", "person", "owner:{owner}")):
    """The plan ended; none of its actions was left open."""

    owner: WorkerId
    end: PlanEnd
    view: IdentityText = None
    note: IdentityText = None


class Action(msgspec.Struct, frozen=True, kw_only=True):
    """What decisions know of an action."""

    owner: WorkerId
    owner_agency: AgencyId
    due: dt.date
    result: ActionResult | None = None
    reminded: frozenset[dt.date] = frozenset()
    escalated: frozenset[dt.date] = frozenset()


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """What decisions know of a plan. `said` are the notes that it holds, by type and moment."""

    id: PlanId
    person: PersonId
    agency: AgencyId
    owner: WorkerId
    reviews: tuple[tuple[dt.datetime, dt.date], ...]
    goals: Mapping[GoalId, Need | None] = msgspec.field(default_factory=dict)
    actions: Mapping[ActionId, Action] = msgspec.field(default_factory=dict)
    said: frozenset[tuple[str, dt.datetime]] = frozenset()
    reminded: frozenset[dt.date] = frozenset()
    closed_at: dt.datetime | None = None

    @property
    def parties(self) -> frozenset[AgencyId]:
        """The leading agency, and those who do something."""
        return frozenset({self.agency, *(action.owner_agency for action in self.actions.values())})

    @property
    def review_on(self) -> dt.date:
        """When it is to be reviewed, as the latest review said."""
        return self.reviews[-1][1]

    @property
    def open_actions(self) -> tuple[ActionId, ...]:
        """The actions that are neither done nor given up."""
        return tuple(sorted(key for key, action in self.actions.items() if action.result is None))


def evolve_plan(state: Plan | None, fact: Fact) -> Plan | None:
    """One plan."""
    if isinstance(fact, PlanOpened):
        return Plan(
            id=fact.plan,
            person=fact.person,
            agency=fact.agency,
            owner=fact.owner,
            reviews=((fact.at, fact.review_on),),
        )
    return _further(state, fact) if state else None


def _further(state: Plan, fact: Fact) -> Plan:
    change: dict[str, Any]
    match fact:
        case GoalSet():
            change = {"goals": {**state.goals, fact.goal: fact.need}}
        case ActionAdded():
            action = Action(owner=fact.owner, owner_agency=fact.owner_agency, due=fact.due)
            change = {"actions": {**state.actions, fact.action: action}}
        case ActionCompleted():
            change = _action(state, fact.action, result=fact.result)
        case ActionHandedOver():
            change = _action(state, fact.action, owner=fact.to_owner)
        case ActionReminded():
            change = _action(state, fact.action, reminded=state.actions[fact.action].reminded | {fact.due})
        case ActionEscalated():
            change = _action(state, fact.action, escalated=state.actions[fact.action].escalated | {fact.due})
        case PlanHandedOver():
            change = {"owner": fact.to_owner}
        case PlanReviewed():
            reviews = sorted((*state.reviews, (fact.at, fact.review_on)))
            change = {"reviews": tuple(reviews), "said": state.said | {(fact.fact_type, fact.at)}}
        case PlanReviewReminded():
            change = {"reminded": state.reminded | {fact.due}}
        case PlanClosed():
            change = {"closed_at": fact.at}
        case _:
            change = {"said": state.said | {(fact.fact_type, fact.at)}}
    return msgspec.structs.replace(state, **change)


def _action(state: Plan, action: ActionId, **change: Any) -> dict[str, Any]:  # noqa: ANN401 - fields of an action
    return {"actions": {**state.actions, action: msgspec.structs.replace(state.actions[action], **change)}}


def plan(plan_id: PlanId) -> Knowledge[Plan | None]:
    """A plan, or None if there is none."""
    types = (
        PlanOpened,
        GoalSet,
        PersonsViewRecorded,
        ActionAdded,
        ActionCompleted,
        PlanReviewed,
        OutcomeRecorded,
        SetbackRecorded,
        PlanHandedOver,
        ActionHandedOver,
        PlanClosed,
        ActionReminded,
        ActionEscalated,
        PlanReviewReminded,
    )
    return knowing(None, evolve_plan, types, f"plan:{plan_id}")


class PlanCommand(Command):
    """Something that an agency of the plan does."""

    plan: PlanId


class PlanIsClosed(Conflict):
    """The plan has ended."""

    code = "plan-is-closed"
    rule = "Nothing is added to a plan after it was closed."
    permitted_by = "Open another plan."


class AlreadyCompleted(Conflict):
    """It ended otherwise."""

    code = "action-already-completed"
    rule = "An action ends once."
    permitted_by = "Add another action."


class NotYoursToDo(NotPermitted):
    """Another agency's part of the plan."""

    code = "not-yours-to-do"
    rule = "A plan is its leading agency's; an action is completed by that or by its owner's agency."
    permitted_by = "Ask that agency."


class DueInThePast(Unreadable):
    """Too late from the start."""

    code = "due-in-the-past"
    rule = "What is planned is due on the day it is planned, or later."


class PlanNames(TypedDict):
    """What every fact of a plan names."""

    at: dt.datetime
    plan: PlanId
    person: PersonId
    agency: AgencyId


def names(plan: Plan, at: dt.datetime) -> PlanNames:
    """The names of a fact of a plan."""
    return PlanNames(at=at, plan=plan.id, person=plan.person, agency=plan.agency)


def still_open(plan: Plan, at: dt.datetime) -> None:
    """What happened before the closing may still be written down. Raises PlanIsClosed."""
    if plan.closed_at is not None and at >= plan.closed_at:
        raise PlanIsClosed(plan=plan.id)


def going_on(plan: Plan) -> None:
    """What is yet to be done needs a plan that has not ended. Raises PlanIsClosed."""
    if plan.closed_at is not None:
        raise PlanIsClosed(plan=plan.id)


def led_by(plan: Plan, by: Actor) -> None:
    """Only the leading agency. Raises NotYoursToDo."""
    if by.agency != plan.agency:
        raise NotYoursToDo(ask=plan.agency)


def action_of(plan: Plan, action: ActionId) -> Action:
    """An action of the plan. Raises Unknown."""
    return found(plan.actions.get(action))


def due_from(day: dt.date, at: dt.datetime) -> None:
    """Nothing is planned for a day that has passed. Raises DueInThePast."""
    if day < civil_date(at):
        raise DueInThePast(due=day)
