"""What was done and what came of it: figures, who is behind them, and what pictures are drawn from."""

from api.routes import Route, get
from application.readings.reports import Reports
from application.readings.timelines import Timelines

ROUTES: tuple[Route, ...] = (
    get("/v1/reports/luscombe", Reports.luscombe, "luscombe_report"),
    get("/v1/reports/luscombe/people", Reports.people_behind),
    get("/v1/reports/journey-flow", Reports.journey_flow),
    get("/v1/reports/days-to-hub", Reports.days_to_hub),
    get("/v1/reports/outcomes-by-agency", Reports.outcomes_by_agency),
    get("/v1/people/{person}/journey", Timelines.journey),
)
