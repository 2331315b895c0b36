"""My team's work: what is due, the referrals that were accepted, the plans, of the team or of one worker."""

from typing import Final

from api.serving import Answer
from api.web.routes import AnyScreen, screen
from api.web.visit import Visit
from domain.calendar import civil_date

PARTS: Final = ("due", "referrals", "plans")
WHOSE: Final = ("team", "mine")


async def work(visit: Visit) -> Answer:
    """One of the three lists; what is late comes first, and nothing is left without an owner unseen."""
    part = visit.query.get("part", PARTS[0])
    whose = visit.query.get("whose", WHOSE[0])
    worker = visit.viewer.worker if whose == "mine" else None
    caseload = await visit.hub.readings.caseload.caseload(visit.viewer, worker=worker)
    return await visit.page(
        "work.html",
        section="work",
        part=part if part in PARTS else PARTS[0],
        whose=whose if whose in WHOSE else WHOSE[0],
        caseload=caseload,
        late=sum(1 for one in caseload.due if one.overdue),
        agencies=await visit.agency_names(),
        today=civil_date(visit.hub.clock.now()),
    )


SCREENS: Final[tuple[AnyScreen, ...]] = (screen("/work", work, "part", "whose"),)
