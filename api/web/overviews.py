"""The reports of a period, folded once for all who ask for the same within half a minute.

Thousands of people take most of a second to fold. Whoever has acted since sees her own act; the page says up to when
the figures are. Whether somebody may read reports is asked each time.
"""

import asyncio
import datetime as dt
import time
from collections import OrderedDict
from typing import Final

import msgspec

from api.hub import Hub
from application.ports import log_of
from application.readings.reports import Overview
from application.snapshot import reader_of
from domain.actors import Actor
from domain.calendar import civil_date
from domain.governance import sharing

SECONDS_KEPT: Final = 30.0
PERIODS_KEPT: Final = 200


class Told(msgspec.Struct, frozen=True):
    """The reports, and up to which moment and position of the log they are."""

    overview: Overview
    at: dt.datetime
    position: int


class Overviews:
    """Those that were asked for lately."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._kept: OrderedDict[object, tuple[float, asyncio.Task[Told]]] = OrderedDict()

    async def of(self, viewer: Actor, from_date: dt.date | None, to_date: dt.date | None, seen: int) -> Told:
        """The reports of a period that contain the position `seen`. Raises: NotPermitted, Unknown."""
        await self._hub.readings.reports.may_read(viewer)
        today = civil_date(self._hub.clock.now())
        key = (viewer.partnership, viewer.agency, viewer.role, sharing.counts_only(viewer), from_date, to_date, today)
        kept = self._kept.get(key)
        if kept is not None and time.monotonic() - kept[0] < SECONDS_KEPT:
            told = await asyncio.shield(kept[1])
            if told.position >= seen:
                return told
        folding = asyncio.ensure_future(self._fold(viewer, from_date, to_date))
        folding.add_done_callback(lambda task: task.exception() is not None and self._kept.pop(key, None))
        self._kept[key] = (time.monotonic(), folding)
        self._kept.move_to_end(key)
        if len(self._kept) > PERIODS_KEPT:
            self._kept.popitem(last=False)
        return await asyncio.shield(folding)

    async def _fold(self, viewer: Actor, from_date: dt.date | None, to_date: dt.date | None) -> Told:
        async with self._hub.models.open(log_of(viewer.partnership), *reader_of(viewer)) as rows:
            position = rows.position
        at = self._hub.clock.now()
        return Told(
            await self._hub.readings.reports.overview(viewer, from_date=from_date, to_date=to_date), at, position
        )
