"""Contact sheets in a test: rows as dicts, imported into a hub that lives as long as the test."""

import asyncio
import contextlib
import datetime as dt
import random
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from typing import Any, Final

import msgspec
import pytest

from api import sheets, wiring
from api.hub import Hub
from application.access import Account
from application.intake import Importer, Intake, Summary
from application.ports import Page, log_of
from application.published.partnerships import coordinator
from application.sheet_identity import Known, Register
from application.views.luscombe_report import LuscombeReport
from application.views.people import PEOPLE, PersonRow
from domain.facts import Fact
from domain.ids import PartnershipId, PersonId
from tests.api.world import SetClock

NOW: Final = dt.datetime(2026, 1, 5, 9, 0, tzinfo=dt.UTC)
FENLAND: Final = PartnershipId("fenland")
LADDER: Final = "cambridgeshire-4-step"

Row = dict[str, str]


class Refused(msgspec.Struct, frozen=True, order=True):
    line: int
    column: str
    reason: str


class Sheet:
    """A sheet in memory; its first row stands on line 2."""

    def __init__(self, rows: Sequence[Row]) -> None:
        self._rows = rows

    def rows(self) -> Iterator[tuple[int, int, Mapping[str, str] | str]]:
        yield from ((place, place + 2, row) for place, row in enumerate(self._rows))

    def row_at(self, place: int) -> Mapping[str, str]:
        return self._rows[place]


class Rejected:
    def __init__(self) -> None:
        self.rows: list[Refused] = []
        self.explanations: list[str] = []

    def add(self, line: int, column: str, reason: str, explanation: str, row: Mapping[str, str]) -> None:
        assert row.keys() <= {*row}
        self.rows.append(Refused(line, column, reason))
        self.explanations.append(explanation)


class SheetWorld:
    """One hub, and what is imported into it."""

    def __init__(self, hub: Hub, clock: SetClock) -> None:
        self.hub = hub
        self.clock = clock
        self.slow = False
        self.refused: list[Refused] = []
        self.explanations: list[str] = []

    async def imports(
        self,
        *rows: Row,
        sheet: str = "hub",
        historic: bool = False,
        dry_run: bool = False,
        partnership: PartnershipId = FENLAND,
    ) -> Summary:
        """Import rows; the refused stand in `refused`."""
        where = await sheets.opened_partnership(self.hub, partnership)
        intake = Intake(
            partnership=where,
            ladder=await sheets.ladder_of(self.hub, where, LADDER),
            sheet=sheet,
            historic=historic,
            dry_run=dry_run,
        )
        rejected = Rejected()
        self.account = Account("import", sheet)
        look = sheets.people_search(self.hub, self.account)
        importer = Importer(self.hub.decider, self.hub.clock, self.hub.pseudonym, look, self.register)
        summary = await importer.run(intake, Sheet(rows), rejected)
        self.refused, self.explanations = sorted(rejected.rows), rejected.explanations
        assert summary.rows == len(rows)
        return summary

    @property
    def register(self) -> Register:
        return Register(self.hub.decider.log, self.hub.codec, self.hub.unsealer)

    def person(self, ref: str, sheet: str = "hub") -> PersonId:
        return PersonId(self.hub.pseudonym("person", FENLAND, sheet, ref))

    async def known(self, ref: str, sheet: str = "hub") -> Known:
        known = await self.register.known(FENLAND, self.person(ref, sheet))
        assert known is not None
        return known

    async def head(self, partnership: PartnershipId = FENLAND) -> int:
        return await self.hub.decider.log.head(log_of(partnership))

    async def entry(self, ref: str, sheet: str = "hub") -> PersonRow:
        async with self.hub.models.open(log_of(FENLAND), None) as rows:
            row = await rows.row(PEOPLE, self.person(ref, sheet))
        assert row is not None
        return row

    async def facts(self, partnership: PartnershipId = FENLAND) -> list[Fact]:
        page = await self.hub.decider.log.read(log_of(partnership))
        return [self.hub.codec.fact(stored) for stored in page.events]

    async def types(self, partnership: PartnershipId = FENLAND) -> list[str]:
        return [one.fact_type for one in await self.facts(partnership)]

    async def report(self, partnership: PartnershipId = FENLAND) -> LuscombeReport:
        return await self.hub.readings.reports.luscombe(coordinator(partnership), from_date=None, to_date=None)


@contextlib.asynccontextmanager
async def sheet_world(*, slow: bool = False) -> AsyncIterator[SheetWorld]:
    """A hub in memory; a slow one lets others go before whoever asks the log, as a real one does."""
    clock = SetClock(NOW)
    async with wiring.in_memory(clock) as hub:
        world = SheetWorld(hub, clock)
        world.slow = slow
        drawn, log = random.Random(1), hub.decider.log  # noqa: S311 - a story, no secret
        read = log.read

        async def read_after_others(*asked: Any, **more: Any) -> Page:  # noqa: ANN401 - whatever is asked
            for _ in range(drawn.randrange(20) if world.slow else 0):
                await asyncio.sleep(0)
            return await read(*asked, **more)

        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(log, "read", read_after_others)
            yield world


def row(kind: str, when: str, person: str = "P01", **columns: str) -> Row:
    """A row; what tests say nothing of is not known."""
    return {"when": when, "kind": kind, "person": person, **columns}


def met(when: str, person: str = "P01", **columns: str) -> Row:
    return row("encounter", when, person, **{"behaviour": "street-drinking", **columns})


def green(when: str, person: str = "P01", **columns: str) -> Row:
    return row("ticket", when, person, **{"step": "green", "worker": "PC 1", **columns})


def warned(when: str, person: str = "P01", **columns: str) -> Row:
    said = {"step": "cpw", "screen": "none", "authorised_by": "sergeant", "worker": "PC 1"}
    return row("ticket", when, person, **{**said, **columns})
