"""Signs of trawling: a worker's searches that went over what the partnership expects, and what came of them."""

import asyncio
import datetime as dt
from typing import Final, cast

import msgspec

from application.permitting import permit
from application.ports import log_of
from application.readings.ground import Ground
from application.readings.paging import Page
from domain.actors import Actor
from domain.calendar import civil_date
from domain.facts import Instant, Sealed, asking
from domain.governance.access import audience
from domain.governance.partnership import partnership
from domain.governance.sharing import Resource
from domain.ids import AgencyId, WorkerId
from domain.people.trawling import (
    Looking,
    SearchesFinding,
    Suspicion,
    TrawlingReviewed,
    TrawlingSign,
    looking,
    suspected,
)
from domain.refusals import NotPermitted

ALERT_DAYS: Final = 30
"""For so long a sign of trawling is shown: by then somebody has looked into it."""


class SearchAlert(msgspec.Struct, frozen=True, kw_only=True):
    """A worker's searches of a day went over what the partnership expects: a sign, and no finding.

    What is counted is the whole day, as far as it went: whoever went on after the sign was told is not counted short.
    """

    at: dt.datetime
    worker: WorkerId
    agency: AgencyId
    sign: TrawlingSign
    searches: int
    strangers: int
    recognised: int
    on: dt.date
    finding: SearchesFinding | None = None
    reviewed_at: Instant | None = None
    reviewed_by: WorkerId | None = None
    rationale: str | None = None


class Trawling(msgspec.Struct, frozen=True):
    """Reads signs of trawling."""

    ground: Ground

    async def search_alerts(self, viewer: Actor) -> Page[SearchAlert]:
        """Signs of trawling in the last 30 days and what came of them, the latest first.

        For who protects the data of that agency, or of all.

        Raises: NotPermitted, Unknown.
        """
        know = self.ground.know(viewer)
        permission = await permit(know, viewer, "read", Resource(category="ledger", of_person=False))
        whose = audience(viewer.role, (await know(partnership())).kind_of(viewer.agency))
        if not whose.of_agency:
            raise NotPermitted(role=viewer.role, category="ledger", action="read")
        found, position = await self._alerts(viewer)
        mine = [one for one in found if whose.of_all or one.sign.by_agency == viewer.agency]
        said = await self._rationales(viewer) if any(one.review for one in mine) else {}
        if said:
            self.ground.account.saw("ledger", (), permission.rules, ("identity",))
        whys = self.ground.unsealer.open_all([said.get(one.review) if one.review else None for one in mine])
        days = await asyncio.gather(*(know(looking(one.sign.by_worker, one.sign.on)) for one in mine))
        items = tuple(_alert(one, day, why) for one, day, why in zip(mine, days, whys, strict=True))
        return Page(items=items, next=None, position=position)

    async def _rationales(self, viewer: Actor) -> dict[TrawlingReviewed, str | Sealed | None]:
        """Of each review, which is folded without it."""
        page = await self.ground.log.read(log_of(viewer.partnership), (asking((TrawlingReviewed,)),), sealed=True)
        facts = [cast("TrawlingReviewed", self.ground.codec.recorded(one).fact) for one in page.events]
        return {msgspec.structs.replace(one, rationale=None): one.rationale for one in facts}

    async def search_alert_count(self, viewer: Actor) -> int:
        """How many signs of trawling there were in 30 days, and nobody's name. Raises: NotPermitted, Unknown."""
        await permit(self.ground.know(viewer), viewer, "read", Resource(category="operations", of_person=False))
        return len((await self._alerts(viewer))[0])

    async def _alerts(self, viewer: Actor) -> tuple[list[Suspicion], int]:
        found, position = await self.ground.fold(viewer, suspected())
        since = civil_date(self.ground.clock.now()) - dt.timedelta(days=ALERT_DAYS)
        return [one for one in found if one.sign.on > since], position


def _alert(one: Suspicion, day: Looking, rationale: str | None) -> SearchAlert:
    sign, review = one.sign, one.review
    return SearchAlert(
        at=sign.at,
        worker=sign.by_worker,
        agency=sign.by_agency,
        sign=sign.sign,
        searches=len(day.searches),
        strangers=day.strangers,
        recognised=day.recognised,
        on=sign.on,
        finding=review.finding if review else None,
        reviewed_at=review.at if review else None,
        reviewed_by=review.by_worker if review else None,
        rationale=rationale,
    )
