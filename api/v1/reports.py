"""What was done and what came of it: figures, who is behind them, and what pictures are drawn from."""

from api.routes import Route, get
from application.reporting import Reporting

ROUTES: tuple[Route, ...] = (
    get("/v1/reports/luscombe", Reporting.luscombe, "luscombe_report"),
    get("/v1/reports/luscombe/people", Reporting.people_behind),
    get("/v1/reports/journey-flow", Reporting.journey_flow),
    get("/v1/reports/days-to-hub", Reporting.days_to_hub),
    get("/v1/reports/outcomes-by-agency", Reporting.outcomes_by_agency),
    get("/v1/people/{person}/journey", Reporting.journey),
)
