"""Who works for which agency, in which role and team, and who covers for whom."""

from api.routes import Route, get, post
from application.readings.governance import Governance
from domain.governance.staff import ArrangeCover, DisbandTeam, EndPost, FormTeam, PostWorker

WORKER = "/v1/workers/{worker}"

ROUTES: tuple[Route, ...] = (
    get("/v1/workers", Governance.workers),
    get(WORKER, Governance.worker),
    get("/v1/teams", Governance.teams),
    post("/v1/workers", PostWorker, tells=("worker",), location=WORKER),
    post(f"{WORKER}/leave", EndPost),
    post(f"{WORKER}/cover", ArrangeCover),
    post("/v1/teams", FormTeam, tells=("team",)),
    post("/v1/teams/{team}/disband", DisbandTeam),
)
