"""What a person wants to change, in the person's own words, and who does what about it until when.

Nothing in a plan is ever without an owner. An owner who leaves hands over everything at once, so what a worker owns is
a question of its own: the facts that give or take ownership carry an `owner` tag, the one place where a worker is one.
"""

import datetime as dt
from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal, TypedDict

import msgspec

from domain.actors import Actor, Role
from domain.calendar import civil_date
from domain.codes import Need
from domain.facts import Command, Fact, Facts, HealthText, IdentityText, Knowledge, Personal, Text, knowing
from domain.ids import ActionId, AgencyId, GoalId, PersonId, PlanId, WorkerId
from domain.refusals import AlreadyExists, Conflict, Guarded, NotPermitted, Unknown, Unreadable
from domain.support.follow_up import ActionEscalated, ActionReminded, PlanReviewReminded
from domain.support.words import (
    OtherBasis,
    SharingBasis,
    Told,
    ToldHealth,
    rests,
    settle,
    sharing_refusals,
)

ActionResult = Literal["done", "not-needed", "not-possible"]
PlanOutcome = Literal["achieved", "partly-achieved", "not-achieved", "changed"]
HANDS_OVER: Final[frozenset[Role]] = frozenset({"supervisor", "hub-coordinator", "problem-solving-coordinator"})
"""Who may hand over somebody else's work, within their agency."""

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


class OpenPlan(Command):
    """Begin a plan with a person. The actor's agency leads it; the actor owns it unless another worker is named."""

    plan: PlanId
    person: PersonId
    review_on: dt.date
    owner: WorkerId | None = None


class PlanCommand(Command):
    """Something that an agency of the plan does."""

    plan: PlanId


class SetGoal(PlanCommand):
    """Write down what the person wants, in the person's own words."""

    goal: GoalId
    words: Annotated[Text, Personal("identity")]
    need: Need | None = None


class RecordPersonsView(PlanCommand):
    """Write down how the person sees it."""

    view: Annotated[Text, Personal("identity")]


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


class HandOver(PlanCommand):
    """Give the plan, or one action of it, to another worker of the same agency."""

    to_owner: WorkerId
    action: ActionId | None = None
    note: Told = None


class HandOverAll(Command):
    """Give everything that a worker of one's agency owns to another: nothing is left ownerless when somebody leaves."""

    from_owner: WorkerId
    to_owner: WorkerId


class ClosePlan(PlanCommand):
    """End the plan."""

    end: PlanEnd
    view: Told = None
    note: Told = None


class PlanIsClosed(Conflict):
    """The plan has ended."""

    code = "plan-is-closed"
    rule = "Nothing is added to a plan after it was closed."
    permitted_by = "Open another plan."


class ActionsStillOpen(Guarded):
    """Somebody is still to do something."""

    code = "actions-still-open"
    rule = "A plan is closed when none of its actions is open: nothing is left without an owner."
    permitted_by = "Complete each open action, or say that it is not needed or not possible."


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


class NotYoursToHandOver(NotPermitted):
    """Somebody else's work."""

    code = "not-yours-to-hand-over"
    rule = "All that a worker owns is handed over by that worker, a supervisor or a coordinator of the agency (ours)."
    permitted_by = "Ask the worker's supervisor."


class DueInThePast(Unreadable):
    """Too late from the start."""

    code = "due-in-the-past"
    rule = "What is planned is due on the day it is planned, or later."


class HandedToSelf(Unreadable):
    """Nobody else takes it."""

    code = "handed-to-self"
    rule = "Work is handed over to another worker."


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
    found = plan.actions.get(action)
    if found is None:
        raise Unknown
    return found


def done_by(plan: Plan, action: Action, by: Actor) -> None:
    """Only the owner's agency or the leading one. Raises NotYoursToDo."""
    if by.agency not in {plan.agency, action.owner_agency}:
        raise NotYoursToDo(ask=action.owner_agency)


def due_from(day: dt.date, at: dt.datetime) -> None:
    """Nothing is planned for a day that has passed. Raises DueInThePast."""
    if day < civil_date(at):
        raise DueInThePast(due=day)


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
    facts: list[Fact] = []
    for (plan_id, action), owned in sorted(known.items(), key=lambda one: (one[0][0], one[0][1] or "")):
        if owned.owner != command.from_owner or owned.owner_agency != by.agency:
            continue
        named = PlanNames(at=command.at, plan=plan_id, person=owned.person, agency=owned.agency)
        if action is None:
            facts.append(PlanHandedOver(**named, from_owner=owned.owner, to_owner=command.to_owner))
        else:
            facts.append(
                ActionHandedOver(
                    **named,
                    action=action,
                    owner_agency=owned.owner_agency,
                    from_owner=owned.owner,
                    to_owner=command.to_owner,
                )
            )
    return tuple(facts)


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
