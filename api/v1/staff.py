"""Who works for which agency, in which role and team, and who covers for whom."""

from api.routes import Route, get, post
from application.oversight import Oversight
from domain.governance.staff import ArrangeCover, DisbandTeam, EndPost, FormTeam, PostWorker

WORKER = "/v1/workers/{worker}"

ROUTES: tuple[Route, ...] = (
    get("/v1/workers", Oversight.workers),
    get(WORKER, Oversight.worker),
    get("/v1/teams", Oversight.teams),
    post("/v1/workers", PostWorker, tells=("worker",), location=WORKER),
    post(f"{WORKER}/leave", EndPost),
    post(f"{WORKER}/cover", ArrangeCover),
    post("/v1/teams", FormTeam, tells=("team",)),
    post("/v1/teams/{team}/disband", DisbandTeam),
)
