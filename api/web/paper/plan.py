"""The support plan as the person keeps it: the goals in their words, who does what until when, when it is looked at."""

from collections.abc import Iterable

import msgspec

from api.web import wording
from api.web.paper.known import Known
from api.web.paper.parts import Phone, Sheet, Visit, on, phones, sheet, visit_of
from application.views.plans import Action
from domain.ids import PlanId
from domain.refusals import Unknown


class ActionLine(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be done, by which agency, until when. A text that may not be shown is left blank."""

    what: str | None
    owner: str
    due: str
    result: str | None


class GoalPart(msgspec.Struct, frozen=True, kw_only=True):
    """A goal with its actions; the last part may have actions that belong to no goal."""

    words: str | None
    need: str | None
    outcome: str | None
    actions: tuple[ActionLine, ...]


class PlanPaper(msgspec.Struct, frozen=True, kw_only=True):
    """A plan on paper."""

    sheet: Sheet
    led_by: str
    opened: str
    review: str
    closed: str | None
    goals: tuple[GoalPart, ...]
    view: str | None
    visit: Visit | None
    phones: tuple[Phone, ...]


def plan_paper(known: Known, plan: PlanId) -> PlanPaper:
    """The paper of a plan that the viewer's agency is party to. Raises Unknown."""
    row = next((one.row for one in known.plans if one.row.plan == plan), None)
    if row is None:
        raise Unknown
    goals = [
        GoalPart(
            words=_text(goal.words),
            need=wording.label("need", goal.need) if goal.need else None,
            outcome=wording.label("plan-outcome", goal.outcome) if goal.outcome else None,
            actions=_actions(known, [one for one in row.actions if one.goal == goal.goal]),
        )
        for goal in row.goals
    ]
    named = {goal.goal for goal in row.goals}
    others = _actions(known, [one for one in row.actions if one.goal not in named])
    if others:
        goals.append(GoalPart(words=None, need=None, outcome=None, actions=others))
    views = [_text(one.note) for one in row.notes if one.kind == "persons-view"]
    return PlanPaper(
        sheet=sheet(known.around, known.page.shown.row.reference),
        led_by=known.around.name(row.agency),
        opened=on(row.opened_at),
        review=wording.day(row.review_on),
        closed=on(row.closed_at) if row.closed_at else None,
        goals=tuple(goals),
        view=next((one for one in reversed(views) if one), None),
        visit=visit_of(known),
        phones=phones(known.around, row.agency),
    )


def _actions(known: Known, actions: Iterable[Action]) -> tuple[ActionLine, ...]:
    return tuple(
        ActionLine(
            what=_text(one.what),
            owner=known.around.name(one.owner_agency),
            due=wording.day(one.due),
            result=wording.label("action-result", one.result) if one.result else None,
        )
        for one in sorted(actions, key=lambda one: one.due)
    )


def _text(value: object) -> str | None:
    """A personal text that was opened."""
    return value if isinstance(value, str) else None
