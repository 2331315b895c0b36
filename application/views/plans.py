"""Support plans: goals in the person's own words, the actions that follow from them, and who owns each."""

import datetime as dt
from typing import Literal

import msgspec

from application.ports import Recorded
from application.views.view import Place, View, by, its_parties, its_person
from domain.codes import Need
from domain.facts import Fact, HealthText, IdentityText, Instant
from domain.ids import ActionId, AgencyId, GoalId, PersonId, PlanId, WorkerId
from domain.support.plan import (
    ActionAdded,
    ActionCompleted,
    ActionHandedOver,
    ActionResult,
    GoalSet,
    OutcomeRecorded,
    PersonsViewRecorded,
    PlanClosed,
    PlanEnd,
    PlanHandedOver,
    PlanOpened,
    PlanOutcome,
    PlanReviewed,
    SetbackRecorded,
)


class Goal(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What the person wants."""

    goal: GoalId
    need: Need | None
    set_at: Instant
    outcome: PlanOutcome | None = None
    words: IdentityText = None


class Action(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What somebody does about it until when."""

    action: ActionId
    goal: GoalId | None
    owner: WorkerId
    owner_agency: AgencyId
    due: dt.date
    result: ActionResult | None = None
    completed_at: Instant | None = None
    what: IdentityText = None
    note: IdentityText = None


class Note(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A review, an outcome, a setback or how the person sees it."""

    kind: Literal["review", "outcome", "setback", "persons-view"]
    happened: Instant
    by_agency: AgencyId
    outcome: PlanOutcome | None = None
    note: IdentityText = None
    health_note: HealthText = None


class PlanRow(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A plan, personal values sealed."""

    position: int
    plan: PlanId
    person: PersonId
    agency: AgencyId
    owner: WorkerId
    opened_at: Instant
    review_on: dt.date
    closed_at: Instant | None = None
    end: PlanEnd | None = None
    goals: tuple[Goal, ...] = ()
    actions: tuple[Action, ...] = ()
    notes: tuple[Note, ...] = ()
    end_note: IdentityText = None
    end_view: IdentityText = None

    @property
    def authors(self) -> frozenset[AgencyId]:
        """The agency that leads."""
        return frozenset({self.agency})

    @property
    def parties(self) -> frozenset[AgencyId]:
        """The agency that leads, and those that own an action."""
        return frozenset((self.agency, *(one.owner_agency for one in self.actions)))


def evolve(row: PlanRow | None, recorded: Recorded, _key: str) -> PlanRow | None:
    """A plan after a fact."""
    fact, position = recorded.fact, recorded.envelope.position
    if isinstance(fact, PlanOpened):
        return PlanRow(
            position=position,
            plan=fact.plan,
            person=fact.person,
            agency=fact.agency,
            owner=fact.owner,
            opened_at=fact.at,
            review_on=fact.review_on,
        )
    if row is None:
        return None
    return msgspec.structs.replace(row, position=position, **_changes(row, fact))


def _changes(row: PlanRow, fact: Fact) -> dict[str, object]:
    match fact:
        case GoalSet():
            goal = Goal(goal=fact.goal, need=fact.need, set_at=fact.at, words=fact.words)
            return {"goals": (*row.goals, goal)}
        case PersonsViewRecorded():
            return _noted(row, Note(kind="persons-view", happened=fact.at, by_agency=fact.by_agency, note=fact.view))
        case ActionAdded():
            action = Action(
                action=fact.action,
                goal=fact.goal,
                owner=fact.owner,
                owner_agency=fact.owner_agency,
                due=fact.due,
                what=fact.what,
            )
            return {"actions": (*row.actions, action)}
        case ActionCompleted():
            return _acted(row, fact.action, result=fact.result, completed_at=fact.at, note=fact.note)
        case ActionHandedOver():
            return _acted(row, fact.action, owner=fact.to_owner)
        case PlanHandedOver():
            return {"owner": fact.to_owner}
        case PlanReviewed():
            note = Note(
                kind="review",
                happened=fact.at,
                by_agency=fact.by_agency,
                note=fact.note,
                health_note=fact.health_note,
            )
            return {"review_on": fact.review_on, **_noted(row, note)}
        case OutcomeRecorded():
            note = Note(
                kind="outcome",
                happened=fact.at,
                by_agency=fact.by_agency,
                outcome=fact.outcome,
                note=fact.note,
                health_note=fact.health_note,
            )
            goals = tuple(
                msgspec.structs.replace(one, outcome=fact.outcome) if one.goal == fact.goal else one
                for one in row.goals
            )
            return {"goals": goals, **_noted(row, note)}
        case SetbackRecorded():
            note = Note(
                kind="setback",
                happened=fact.at,
                by_agency=fact.by_agency,
                note=fact.note,
                health_note=fact.health_note,
            )
            return _noted(row, note)
        case PlanClosed():
            return {"closed_at": fact.at, "end": fact.end, "end_note": fact.note, "end_view": fact.view}
        case _:
            return {}


def _noted(row: PlanRow, note: Note) -> dict[str, object]:
    return {"notes": (*row.notes, note)}


def _acted(row: PlanRow, action: ActionId, **changes: object) -> dict[str, object]:
    return {
        "actions": tuple(
            msgspec.structs.replace(one, **changes) if one.action == action else one for one in row.actions
        )
    }


def places(row: PlanRow) -> tuple[Place, ...]:
    """With its person; while it is open, with its agencies and its owner, by the day of its review."""
    person = Place(f"person:{row.person}", row.opened_at.astimezone(dt.UTC).isoformat())
    if row.closed_at is not None:
        return (person,)
    sort = f"{row.review_on}"
    agencies = [Place(f"agency:{one}/plans", sort) for one in sorted(row.parties)]
    return (person, *agencies, Place(f"agency:{row.agency}/worker/{row.owner}/plans", sort))


PLANS: View[PlanRow] = View(
    name="plan",
    version=1,
    row=PlanRow,
    facts=frozenset(
        {
            PlanOpened,
            GoalSet,
            PersonsViewRecorded,
            ActionAdded,
            ActionCompleted,
            ActionHandedOver,
            PlanHandedOver,
            PlanReviewed,
            OutcomeRecorded,
            SetbackRecorded,
            PlanClosed,
        }
    ),
    keys=by("plan"),
    evolve=evolve,
    about=its_person,
    only=its_parties,
    places=places,
)
