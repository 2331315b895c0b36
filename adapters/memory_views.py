"""Read models in memory: the same folds over the log, brought forward whenever somebody reads."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from application.ports import Codec, EventLog, LogId, ReadRows
from application.views import Rows, Views
from application.views.held import HeldRows
from domain.ids import AgencyId

PAUSE_SECONDS = 0.01


class MemoryReadModels:
    """ReadModels that live as long as their process, and never lag."""

    def __init__(self, log: EventLog, codec: Codec, views: Views) -> None:
        self._log = log
        self._codec = codec
        self._views = views
        self._held: dict[LogId, tuple[Rows, int]] = {}

    @asynccontextmanager
    async def open(self, log: LogId, agency: AgencyId | None) -> AsyncIterator[ReadRows]:  # noqa: ARG002 - the port's
        """Read rows of a log at its head."""
        rows, position = self._held.get(log, ({}, 0))
        page = await self._log.read(log, after=position, sealed=True)
        for stored in page.events:
            self._views.project(rows, self._codec.recorded(stored))
        self._held[log] = (rows, page.head)
        yield HeldRows(rows, page.head)

    async def reached(self, log: LogId, position: int, within_seconds: float) -> bool:
        """Whether the log has come so far, in time."""
        try:
            async with asyncio.timeout(within_seconds):
                while await self._log.head(log) < position:  # noqa: ASYNC110 - of another process, nothing tells
                    await asyncio.sleep(PAUSE_SECONDS)
        except TimeoutError:
            return False
        return True
