"""Hub days: those to come, those that were, and a new one to set."""

from typing import Final

from api.problems import Flaw, ProblemError
from api.serving import Answer
from api.web.routes import AnyScreen, screen
from api.web.visit import Visit
from application.readings.paging import CursorUnreadable
from application.views.hub_day import SessionRow
from domain.calendar import civil_date

CURSOR: Final = "cursor"
LISTED: Final = 50


async def hub_days(visit: Visit) -> Answer:
    """Sessions to come, the next one first; then those that were, the latest first."""
    try:
        page = await visit.hub.readings.hub_days.hub_sessions(
            visit.viewer, cursor=visit.query.get(CURSOR), limit=LISTED
        )
    except CursorUnreadable:
        raise ProblemError("invalid-parameter", Flaw("?cursor", "wrong-form")) from None
    today = civil_date(visit.hub.clock.now())

    def to_come(one: SessionRow) -> bool:
        return one.on >= today and one.cancelled_at is None and one.closed_at is None

    names = await visit.agencies()
    return await visit.page(
        "hub_days.html",
        section="hub-days",
        today=today,
        coming=sorted((one for one in page.items if to_come(one)), key=lambda one: one.starts),
        past=[one for one in page.items if not to_come(one)],
        later=CURSOR in visit.query,
        next=page.next,
        names={agency: one.name for agency, one in names.items()},
    )


SCREENS: Final[tuple[AnyScreen, ...]] = (screen("/hub-days", hub_days, CURSOR),)
