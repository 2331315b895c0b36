"""What keeps a person's record and what ends it: how long it is kept, legal holds, and erasure."""

from typing import Final

from api.serving import Answer
from api.web.routes import AnyScreen, screen
from api.web.screens.person.about import about
from api.web.telling import told
from api.web.visit import Visit
from domain.calendar import civil_date
from domain.governance.scope import SEES_TO_RIGHTS
from domain.rights.erasure import LAW


async def show(visit: Visit) -> Answer:
    """How the record stands, what stands in the way of erasing it, and what may be done by whom."""
    one = await about(visit)
    if one.shown is None:
        return await one.not_known_then("keeping")
    kept = await visit.hub.readings.keeping.keeping(visit.viewer, one.person)
    today = civil_date(visit.hub.clock.now())
    decides = visit.viewer.role in SEES_TO_RIGHTS and one.as_at is None and one.row.merged_into is None
    waiting = next((each for each in kept.erasures if each.status == "proposed"), None)
    kinds = [each.partition(":")[0] for each in kept.open]
    return await one.page(
        "person/keeping.html",
        "keeping",
        record=kept,
        standing=[each for each in kept.holds if each.lifted_at is None],
        lifted=[each for each in kept.holds if each.lifted_at is not None],
        waiting=waiting,
        reasons=next(
            (each.fact for each in kept.said if waiting is not None and each.fact.get("erasure") == waiting.id), {}
        ),
        past=[each for each in kept.erasures if each.status != "proposed"],
        late={each.id for each in kept.holds if each.overdue(today)},
        law=LAW,
        open_counts=[(kind, kinds.count(kind)) for kind in dict.fromkeys(kinds)],
        review_over=kept.review_due is not None and kept.review_due < today and not one.row.erased,
        decides=decides and not one.row.erased,
        said=told(kept.said, one.names(), {}),
    )


SCREENS: Final[tuple[AnyScreen, ...]] = (screen("/people/{person}/keeping", show),)
