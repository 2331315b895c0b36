"""Looking for somebody: who may, how often, and what is told to who protects the data."""

import datetime as dt
from typing import Final

import msgspec

from application.decisions import Decisions
from application.permitting import permit
from application.ports import LogId, log_of
from application.reading import Page
from domain.actors import Actor
from domain.calendar import civil_date
from domain.governance.access import audience
from domain.governance.partnership import partnership
from domain.governance.sharing import Resource
from domain.ids import AgencyId, WorkerId
from domain.people.trawling import TrawlingSign, suspected
from domain.refusals import NotPermitted
from domain.search_limits import SearchLimits

ALERT_DAYS: Final = 30
"""For so long a sign of trawling is shown: by then somebody has looked into it."""


class SearchLimitsShown(msgspec.Struct, frozen=True, kw_only=True):
    """How often a worker searches."""

    limits: SearchLimits
    position: int


class SearchAlert(msgspec.Struct, frozen=True, kw_only=True):
    """A worker's searches of a day went over what the partnership expects: a sign, and no finding."""

    at: dt.datetime
    worker: WorkerId
    agency: AgencyId
    sign: TrawlingSign
    searches: int
    strangers: int
    recognised: int


class Searching(Decisions):
    """Reads for viewers, with the search for people."""

    async def search_limits(self, viewer: Actor) -> SearchLimitsShown:
        """How often a worker may search, and from when on it is told. Raises: NotPermitted, Unknown."""
        known, position = await self.partnership(viewer)
        return SearchLimitsShown(limits=known.search_limits, position=position)

    async def search_alerts(self, viewer: Actor) -> Page[SearchAlert]:
        """Signs of trawling in the last 30 days, the latest first: for who protects the data of that agency, or of all.

        Raises: NotPermitted, Unknown.
        """
        log = log_of(viewer.partnership)
        know = self._know(log)
        await permit(know, viewer, "read", Resource(category="ledger", of_person=False))
        whose = audience(viewer.role, (await know(partnership())).kind_of(viewer.agency))
        if not whose.of_agency:
            raise NotPermitted(role=viewer.role, category="ledger", action="read")
        found, position = await self._alerts(log)
        items = tuple(one for one in found if whose.of_all or one.agency == viewer.agency)
        return Page(items=items, next=None, position=position)

    async def search_alert_count(self, viewer: Actor) -> int:
        """How many signs of trawling there were in 30 days, and nobody's name. Raises: NotPermitted, Unknown."""
        log = log_of(viewer.partnership)
        await permit(self._know(log), viewer, "read", Resource(category="operations", of_person=False))
        return len((await self._alerts(log))[0])

    async def _alerts(self, log: LogId) -> tuple[list[SearchAlert], int]:
        found, position = await self._folds.fold(log, suspected())
        since = civil_date(self._clock.now()) - dt.timedelta(days=ALERT_DAYS)
        alerts = [
            SearchAlert(
                at=one.at,
                worker=one.by_worker,
                agency=one.by_agency,
                sign=one.sign,
                searches=one.searches,
                strangers=one.strangers,
                recognised=one.recognised,
            )
            for one in found
            if one.on > since
        ]
        return alerts, position
