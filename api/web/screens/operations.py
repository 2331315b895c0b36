"""Operations: whether all is well, how far the views have come, and what the server is busy with."""

from typing import Any, Final

from api.serving import Answer
from api.v1.operations import projections
from api.web.routes import AnyScreen, screen
from api.web.translating import N_, gettext
from api.web.visit import Visit
from application.ports import log_of

PATH: Final = "/operations"
NOW: Final = f"{PATH}/now"
CHECKS: Final = {
    "database": N_("Database"),
    "keys": N_("Keys of personal fields"),
    "projections": N_("Projector"),
    "memory": N_("Memory"),
}


async def _known(visit: Visit) -> dict[str, Any]:
    """What the page shows, for administrators. Raises NotPermitted."""
    hub = visit.hub
    builds = await projections(hub, visit.viewer)
    live = next((one for one in builds if one.live), None)
    log = log_of(visit.viewer.partnership)
    moment = hub.clock.now()
    erasing = await hub.erasing.waiting(visit.viewer.partnership)
    return {
        "live": live,
        "rising": tuple(one for one in builds if not one.live and (live is None or one.build > live.build)),
        "kept": tuple(one for one in builds if live is not None and one.build < live.build),
        "checks": tuple(
            (gettext(CHECKS.get(one.name, one.name.capitalize())), one.well, one.note) for one in await hub.ready()
        ),
        "log": log,
        "head": await hub.decider.log.head(log),
        "looks": await hub.decider.log.head(log_of(visit.viewer.partnership, "access")),
        "search_alerts": await visit.hub.readings.trawling.search_alert_count(visit.viewer),
        "spooled": hub.ledger.waiting(),
        "in_flight": visit.web.server.in_flight_all,
        "counted": visit.web.server.metrics.counted(),
        "erasing": erasing if erasing.overdue(moment) else None,
        "now": moment,
    }


async def operations(visit: Visit) -> Answer:
    """The whole page."""
    return await visit.page("operations.html", section="operations", **await _known(visit))


async def now(visit: Visit) -> Answer:
    """The part that is asked for again and again; all of it where no script asks."""
    if not visit.by_htmx:
        return visit.go(PATH)
    return await visit.page("operations_now.html", section="operations", **await _known(visit))


SCREENS: Final[tuple[AnyScreen, ...]] = (screen(PATH, operations), screen(NOW, now))
