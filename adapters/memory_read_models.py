"""Read models in memory, folded from the log whenever they are read: for tests, and the oracle of the stored ones."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cache

from application.attributed import as_attributed
from application.finding.identity import Described
from application.finding.pairing import humans, pairs, sharing
from application.ports import Codec, EventLog, LogId, Pair, PersonKeys, Reach
from application.resealing import every_attribution, reseal
from application.views import VIEWS
from application.views.held import BUILD, HeldRows
from application.views.pairs import PAIRS, PairRow
from application.views.people import PEOPLE
from application.views.view import Rows, Views
from domain.facts import ATTRIBUTION
from domain.ids import AgencyId, PersonId


class MemoryReadModels:
    """ReadModels that live as long as their process."""

    def __init__(
        self, log: EventLog, codec: Codec, views: Views = VIEWS, person_keys: PersonKeys | None = None
    ) -> None:
        self._log = log
        self._codec = codec
        self._views = views
        self._person_keys = person_keys
        self._rows: dict[LogId, tuple[Rows, int]] = {}
        self._folding = asyncio.Lock()

    @asynccontextmanager
    async def open(
        self,
        log: LogId,
        agency: AgencyId | None,  # noqa: ARG002 - the port's
        reach: Reach = "concerned",  # noqa: ARG002 - the port's
    ) -> AsyncIterator[HeldRows]:
        """Read rows of a log, as they are at its head."""
        rows, position = await self.brought_forward(log)
        described = cache(lambda: self._described(rows))
        people = cache(lambda: self._people(log, described()))
        yield HeldRows(rows, position, people, lambda: self.pairs(rows, described(), people()))

    async def reached(self, log: LogId, position: int, within_seconds: float) -> bool:  # noqa: ARG002 - the port's
        """Whether the log has such a position."""
        return (await self.brought_forward(log))[1] >= position

    async def brought_forward(self, log: LogId) -> tuple[Rows, int]:
        """The rows of a log at its head."""
        async with self._folding:  # two who read at once would fold the same events twice
            rows, position = self._rows.get(log, ({}, 0))
            page = await self._log.read(log, after=position, sealed=True)
            found = [self._codec.recorded(stored) for stored in page.events]
            if any(one.fact.fact_type == ATTRIBUTION for one in found):
                said, _ = await every_attribution(self._log, self._codec, log)
                await reseal(self._log, self._codec, log, said)
                page = await self._log.read(log, sealed=True)
                rows, found = {}, as_attributed(self._codec.recorded(stored) for stored in page.events)
            for one in found:
                self._views.project(rows, one)
            self._rows[log] = rows, page.head
            return rows, page.head

    def pairs(self, rows: Rows, described: dict[PersonId, Described], people: dict[bytes, set[PersonId]]) -> list[Pair]:
        """Who may be one human: each with each who shares a key, or of whom somebody said something."""
        said: dict[str, PairRow] = rows.get(PAIRS.name, {})
        if self._person_keys is None:
            return []
        who = humans({PersonId(key): row for key, row in rows.get(PEOPLE.name, {}).items()}, described)
        candidates = [*sharing(people), *((row.person, row.other) for row in said.values())]
        return list(pairs(candidates, who.get, said))

    def _described(self, rows: Rows) -> dict[PersonId, Described]:
        people = rows.get(PEOPLE.name, {})
        if self._person_keys is None or not people:
            return {}
        return dict(zip(map(PersonId, people), self._person_keys.described(list(people.values())), strict=True))

    def _people(self, log: LogId, described: dict[PersonId, Described]) -> dict[bytes, set[PersonId]]:
        found: dict[bytes, set[PersonId]] = {}
        if self._person_keys is not None:
            for person, keys in zip(described, self._person_keys.of(log, BUILD, described.values()), strict=True):
                for key in keys:
                    found.setdefault(key, set()).add(person)
        return found
