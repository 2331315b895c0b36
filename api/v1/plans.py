"""Support plans: goals in the person's own words, actions with owners, and what came of them."""

from api.routes import Route, get, post
from application.readings.caseload import Caseloads
from application.readings.plans import Plans
from domain.support.handing_over import HandOver, HandOverAll
from domain.support.plan_actions import AddAction, CompleteAction
from domain.support.planning import (
    ClosePlan,
    OpenPlan,
    RecordOutcome,
    RecordPersonsView,
    RecordSetback,
    ReviewPlan,
    SetGoal,
)

ONE = "/v1/plans/{plan}"

ROUTES: tuple[Route, ...] = (
    get("/v1/people/{person}/plans", Plans.plans, "plans_of_person"),
    get(ONE, Plans.plan),
    get("/v1/caseload", Caseloads.caseload),
    get("/v1/actions-due", Caseloads.actions_due),
    post("/v1/plans", OpenPlan, mints=("plan",), location=ONE),
    post(f"{ONE}/goals", SetGoal, mints=("goal",)),
    post(f"{ONE}/persons-view", RecordPersonsView),
    post(f"{ONE}/actions", AddAction, mints=("action",)),
    post(f"{ONE}/actions/{{action}}/complete", CompleteAction),
    post(f"{ONE}/review", ReviewPlan),
    post(f"{ONE}/outcomes", RecordOutcome),
    post(f"{ONE}/setbacks", RecordSetback),
    post(f"{ONE}/hand-over", HandOver),
    post(f"{ONE}/close", ClosePlan),
    post("/v1/hand-over-all", HandOverAll),
)
