"""Importing a contact sheet: which act a row asks for, and how the rows of a sheet are applied.

Rows are applied in the order of when they happened, each whole or not at all. Rows that share nothing (no person,
serial, session or service) are decided at the same time. A row's key and content are the command's, so a second run
adds nothing.
"""

import asyncio
import datetime as dt
from collections import Counter, deque
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping
from typing import Final, Protocol

import msgspec

from application.contact_sheet import IDENTITY_COLUMNS, Identity, RowRefused, SheetRow, read_row
from application.deciding import Decider, Pending
from application.ports import Clock, CommandKey, CommandReused, log_of
from application.sheet_acts import Acts, Pseudonym, Search, Setting
from domain.engagement.ladder import Ladder
from domain.ids import PartnershipId
from domain.refusals import Refusal

IN_FLIGHT: Final = 48
"""Rows that are decided at the same time."""


COLUMN_AT_FAULT: Final[Mapping[str, str]] = {"happens-in-future": "when"}
"""The column to look at where a rule refuses a row."""


class SheetSource(Protocol):
    """The rows of a sheet, by their place in it."""

    def rows(self) -> Iterator[tuple[int, int, Mapping[str, str] | str]]:
        """Each row's place, its line, and its fields, or in words why it cannot be read."""
        ...

    def row_at(self, place: int) -> Mapping[str, str]:
        """The fields of the row at a place."""
        ...


class Rejects(Protocol):
    """Where refused rows are written down."""

    def add(self, line: int, column: str, reason: str, explanation: str, row: Mapping[str, str]) -> None:
        """Write a refused row down."""
        ...


class Intake(msgspec.Struct, frozen=True, kw_only=True):
    """What is imported, where, and how."""

    partnership: PartnershipId
    ladder: Ladder
    sheet: str
    historic: bool = False
    dry_run: bool = False


class Disagreement(msgspec.Struct, frozen=True):
    """A row that says something else of who a person is than an earlier row did. What was said first holds."""

    line: int
    column: str


class Summary(msgspec.Struct, kw_only=True):
    """What became of a sheet. The counts add up to `rows`."""

    sheet: str
    partnership: str
    dry_run: bool
    rows: int = 0
    applied: int = 0
    already_known: int = 0
    refused: int = 0
    refused_by_reason: dict[str, int] = {}
    changed_since_imported: int = 0
    people_added: int = 0
    agencies_added: list[str] = []
    possible_duplicates: int = 0
    identity_disagreements: list[Disagreement] = []


Said = dict[str, object]
"""What a row says of who its person is, by column."""


class _Index(msgspec.Struct):
    """What a first reading of the sheet tells: when each row happened, and who the people are."""

    order: list[tuple[dt.datetime, int, int]] = []
    identity: dict[str, Identity] = {}
    row_ids: dict[str, bytes] = {}
    referrals: dict[str, tuple[str, str]] = {}


class Importer:
    """Applies sheets to a partnership's log."""

    def __init__(self, decider: Decider, clock: Clock, pseudonym: Pseudonym, search_people: Search) -> None:
        self.decider = decider
        self.clock = clock
        self.pseudonym = pseudonym
        self.search_people = search_people

    async def run(
        self,
        intake: Intake,
        source: SheetSource,
        rejects: Rejects,
        progress: Callable[[int, int], None] = lambda _done, _of: None,
    ) -> Summary:
        """Apply a sheet, or with `dry_run` say what would become of it."""
        run = _Run(self, intake, rejects)
        index = run.index(source)
        done = 0
        async for _ in run.apply_all(source, index):
            done += 1
            progress(done, len(index.order))
        return run.summarised()


class _Run:
    """One import."""

    def __init__(self, importer: Importer, intake: Intake, rejects: Rejects) -> None:
        self._importer, self._intake, self._rejects = importer, intake, rejects
        self._summary = Summary(sheet=intake.sheet, partnership=intake.partnership, dry_run=intake.dry_run)
        self._reasons: Counter[str] = Counter()
        self._pending = Pending() if intake.dry_run else None
        self._rehearsed: set[bytes] = set()
        setting = Setting(
            partnership=intake.partnership,
            ladder=intake.ladder,
            sheet=intake.sheet,
            historic=intake.historic,
            now=importer.clock.now(),
        )
        self._acts = Acts(setting, importer.pseudonym, importer.search_people)

    def summarised(self) -> Summary:
        """The summary, its counts added up."""
        summary = self._summary
        summary.rows = summary.applied + summary.already_known + summary.refused + summary.changed_since_imported
        summary.refused_by_reason = dict(sorted(self._reasons.items()))
        return summary

    def index(self, source: SheetSource) -> _Index:
        """Read the sheet once: refuse what cannot be read, order the rest, and gather who the people are."""
        index = _Index()
        people: dict[str, list[tuple[dt.datetime, int, Said]]] = {}
        for place, line, fields in source.rows():
            if isinstance(fields, str):
                self._refuse(line, "", "unreadable-row", fields, {})
                continue
            try:
                row = read_row(fields, line)
                if row.row_id is not None:
                    content = self._content(fields)
                    if index.row_ids.setdefault(row.row_id, content) != content:
                        raise RowRefused("row_id", "row-id-reused", "the sheet has this row_id with other content")
                if row.kind == "referral" and row.row_id is not None:
                    index.referrals[row.row_id] = (row.person, row.agency or "")
            except RowRefused as refused:
                self._refuse(line, refused.column, refused.reason, refused.explanation, fields)
                continue
            index.order.append((row.when, line, place))
            said = {name: value for name in IDENTITY_COLUMNS if (value := getattr(row, name)) is not None}
            if said:
                people.setdefault(row.person, []).append((row.when, line, said))
        index.order.sort()
        for ref, rows in people.items():
            index.identity[ref] = self._identity(rows)
        return index

    def _identity(self, rows: list[tuple[dt.datetime, int, Said]]) -> Identity:
        """Who somebody is by the sheet: what is said first holds, and what disagrees later is reported."""
        known: Said = {}
        for _, line, said in sorted(rows, key=lambda row: row[:2]):
            for name, value in said.items():
                if known.setdefault(name, value) != value:
                    self._summary.identity_disagreements.append(Disagreement(line, name))
        return msgspec.convert(known, Identity)

    async def apply_all(self, source: SheetSource, index: _Index) -> AsyncIterator[None]:
        """Apply the rows in order; a row waits for every earlier row that it shares something with."""
        in_flight: deque[asyncio.Task[None]] = deque()
        last: dict[str, asyncio.Task[None]] = {}
        limit = 1 if self._pending is not None else IN_FLIGHT
        for _, line, place in index.order:
            fields = source.row_at(place)
            row = read_row(fields, line)
            lanes = tuple(self._lanes(row, index))
            before = {task for lane in lanes if (task := last.get(lane)) is not None and not task.done()}
            task = asyncio.create_task(self._apply_after(before, row, fields, index))
            in_flight.append(task)
            last.update(dict.fromkeys(lanes, task))
            while len(in_flight) >= limit:
                await in_flight.popleft()
                yield
            if len(last) > 20 * IN_FLIGHT:
                last = {lane: task for lane, task in last.items() if not task.done()}
        while in_flight:
            await in_flight.popleft()
            yield

    def _lanes(self, row: SheetRow, index: _Index) -> Iterable[str]:
        yield f"person:{row.person}"
        if row.serial is not None:
            yield f"serial:{row.serial}"
        if row.session is not None:
            yield f"session:{row.session}"
        if row.agency is not None:
            yield f"agency:{row.agency.casefold()}"
        if row.answers is not None and row.answers in index.referrals:
            asked_for, agency = index.referrals[row.answers]
            yield f"person:{asked_for}"
            yield f"agency:{agency.casefold()}"

    async def _apply_after(
        self, before: set[asyncio.Task[None]], row: SheetRow, fields: Mapping[str, str], index: _Index
    ) -> None:
        if before:
            await asyncio.wait(before)
        try:
            await self._apply(row, fields, index)
        except RowRefused as refused:
            self._refuse(row.line, refused.column, refused.reason, refused.explanation, fields)
        except CommandReused:
            self._summary.changed_since_imported += 1
        except Refusal as refusal:
            column = COLUMN_AT_FAULT.get(refusal.code, "")
            self._refuse(row.line, column, refusal.code, refusal.rule, fields)

    async def _apply(self, row: SheetRow, fields: Mapping[str, str], index: _Index) -> None:
        summary = self._summary
        row_key, key = self._key(row, fields)
        log = self._importer.decider.log
        if key.key in self._rehearsed or await log.command(log_of(self._intake.partnership), key) is not None:
            summary.already_known += 1
            return
        know = self._importer.decider.know(self._intake.partnership, self._pending)
        identity = index.identity.get(row.person, Identity())
        asked = index.referrals.get(row.answers or "")
        act = await self._acts.act(know, row, row_key, identity, asked[1] if asked else None)
        if self._pending is not None:
            self._rehearsed.add(key.key)
            added = len(await self._importer.decider.rehearse(act.commands, act.by, self._pending))
        else:
            provenance = self._acts.provenance(row, row_key, act, fields)
            decided = await self._importer.decider.decide(act.commands, act.by, key=key, provenance=provenance)
            added = decided.added
        if added == 0:
            summary.already_known += 1
            return
        summary.applied += 1
        summary.people_added += act.adds_person
        summary.possible_duplicates += bool(act.possible_duplicates)
        if act.adds_agency is not None:
            summary.agencies_added.append(act.adds_agency)

    def _key(self, row: SheetRow, fields: Mapping[str, str]) -> tuple[str, CommandKey]:
        """The row's name in the log, and the key under which it is applied once."""
        content = self._content(fields)
        named = self._acts.row_key(row.row_id if row.row_id is not None else f"content {content.hex()}")
        return named, CommandKey(bytes.fromhex(named), content)

    def _content(self, fields: Mapping[str, str]) -> bytes:
        said = sorted((name, value) for name, value in fields.items() if value)
        pseudonym = self._importer.pseudonym("content", *(part for pair in said for part in pair))
        return bytes.fromhex(pseudonym)

    def _refuse(self, line: int, column: str, reason: str, explanation: str, fields: Mapping[str, str]) -> None:
        self._summary.refused += 1
        self._reasons[reason] += 1
        self._rejects.add(line, column, reason, explanation, fields)
