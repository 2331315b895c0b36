"""How the system itself is doing."""

from api.hub import Hub, Projection
from api.routes import Route, get
from application.permitting import permit
from domain.actors import Actor
from domain.governance.sharing import Resource


async def projections(hub: Hub, viewer: Actor) -> tuple[Projection, ...]:
    """How far the views of the partnership have come."""
    know = hub.decider.know(viewer.partnership)
    await permit(know, viewer, "read", Resource(category="operations", of_person=False))
    return await hub.projections(viewer.partnership)


ROUTES: tuple[Route, ...] = (get("/v1/operations/projections", projections),)
