"""Whose record is to be looked at, and who is to be erased: what waits for those who decide it."""

from typing import Final

from api.problems import Flaw, ProblemError
from api.serving import Answer
from api.web.routes import AnyScreen, screen
from api.web.visit import Visit
from application.readings.paging import CursorUnreadable
from application.rights.erasing import CARRIED_OUT_WITHIN
from domain.calendar import civil_date

PATH: Final = "/keeping"
CURSOR: Final = "cursor"
SHOWN: Final = 50


async def waiting(visit: Visit) -> Answer:
    """Proposals to erase somebody, then the records whose time has passed, longest first."""
    readings, viewer = visit.hub.readings, visit.viewer
    erasures = await readings.keeping.erasures(viewer)
    try:
        reviews = await readings.keeping.retention_reviews(viewer, cursor=visit.query.get(CURSOR) or None, limit=SHOWN)
    except CursorUnreadable:
        raise ProblemError("invalid-parameter", Flaw(f"?{CURSOR}", "wrong-form")) from None
    return await visit.page(
        "keeping.html",
        section="home",
        proposed=[one for one in erasures.items if one.shown.row.status == "proposed"],
        decided=[one for one in erasures.items if one.shown.row.status != "proposed"],
        reviews=reviews.items,
        next=reviews.next,
        first=CURSOR not in visit.query,
        names=await visit.agency_names(),
        today=civil_date(visit.hub.clock.now()),
        late=visit.hub.clock.now() - CARRIED_OUT_WITHIN,
    )


SCREENS: Final[tuple[AnyScreen, ...]] = (screen(PATH, waiting, CURSOR),)
