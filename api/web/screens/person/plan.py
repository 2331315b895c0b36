"""A support plan: what the person wants in their own words, who does what by when, and how it went."""

from typing import Final

from api.serving import Answer
from api.web import forms
from api.web.routes import AnyScreen, screen
from api.web.screens.person.overview import whom_to_ask
from api.web.subjects import subject_of
from api.web.visit import Visit
from domain.calendar import civil_date
from domain.ids import PlanId
from domain.support.plan_actions import AddAction

SET_HERE: Final = ("at", "owner", "owner_agency", "goal", "basis", "rationale")
MORE: Final = (
    ("RecordPersonsView", "persons-view"),
    ("ReviewPlan", "review"),
    ("RecordOutcome", "outcomes"),
    ("RecordSetback", "setbacks"),
    ("HandOver", "hand-over"),
    ("ClosePlan", "close"),
)
LEADS: Final = frozenset({"ReviewPlan", "HandOver", "ClosePlan"})
"""What the leading agency alone may do."""


async def show(visit: Visit) -> Answer:
    """The plan, with what may be done about it; each act has its own form, the commonest ones stand here."""
    shown = await visit.hub.readings.plans.plan(visit.viewer, PlanId(visit.ids["plan"]))
    plan = shown.row
    agencies = await visit.agencies()
    writes = plan.closed_at is None and await visit.may("write", "support")
    given = writes and forms.fields_of(visit.write_for(AddAction).body, AddAction, left_out=SET_HERE)
    return await visit.page(
        "plan.html",
        section="work",
        subject=await subject_of(visit, {"person": plan.person}),
        plan=plan,
        actions=sorted(plan.actions, key=lambda one: (one.result is not None, one.due)),
        names={str(one.id): one.name for one in agencies.values()},
        agencies=agencies,
        fields=given or (),
        writes=writes,
        more=[(act, where) for act, where in MORE if act not in LEADS or plan.agency == visit.viewer.agency],
        today=civil_date(visit.hub.clock.now()),
        hidden=whom_to_ask((shown,)),
    )


SCREENS: Final[tuple[AnyScreen, ...]] = (screen("/plans/{plan}", show),)
