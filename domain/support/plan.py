"""What a person wants to change, in the person's own words, and who does what about it until when.

Nothing in a plan is ever without an owner. An owner who leaves hands over everything at once, so what a worker owns is
a question of its own: the facts that give or take ownership carry an `owner` tag, the one place where a worker is one.
"""

import datetime as dt
from typing import Annotated, Literal

from domain.codes import Need
from domain.facts import Command, Fact, HealthText, IdentityText, Personal, Text
from domain.ids import ActionId, AgencyId, GoalId, PersonId, PlanId, WorkerId
from domain.support.words import OtherBasis, SharingBasis, Told, ToldHealth

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
