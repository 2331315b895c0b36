"""Importing a contact sheet: which act a row asks for, and how the rows of a sheet are applied.

Rows are applied in the order of when they happened, each whole or not at all. Rows that share nothing (no person,
serial, session or service) are decided at the same time. A row's key and content are the command's, so a second run
adds nothing.
"""

import asyncio
import datetime as dt
from collections import Counter, deque
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from typing import Final, Literal, Protocol

import msgspec

from application.contact_sheet import Identity, RowRefused, SheetRow, read_row
from application.deciding import CLOCK_DRIFT, Decider, Know, Pending, Seen
from application.finding.comparing import Reason
from application.finding.near import MatchBand
from application.ports import Clock, CommandKey, CommandReused, LogBusy, log_of
from application.sheet_acts import Acts, Pseudonym, Setting, agency_called, service_called
from application.sheet_identity import Found, Known, Register, Said, Who, gathered, said_by
from domain.codes import Need
from domain.engagement.ladder import Ladder
from domain.governance.agency import Agency
from domain.governance.partnership import partnership
from domain.ids import AgencyId, PartnershipId, PersonId, ReferralId, ServiceId
from domain.refusals import Refusal
from domain.support.referral_status import referral
from domain.support.service import Services, services

IN_FLIGHT: Final = 400
"""Rows that are decided at the same time."""
LOOKED_UP_TOGETHER: Final = 500
TURNS: Final = 10
"""How often a row is put to a log that is busy, before the import is given up; what was recorded stays, and is known
when the sheet is imported again."""
NEAR_TOLD: Final = 5
"""So many of those whom somebody may be are told of, the likeliest."""

Look = Callable[[PartnershipId, Sequence[Identity]], Awaitable[Sequence[Found]]]
"""Looks in the register for who each of some people may be."""


COLUMN_AT_FAULT: Final[Mapping[str, str]] = {
    "happens-in-future": "when",
    # who the person is
    "childrens-services-first": "born",
    "under-sixteen": "born",
    "born-in-future": "born",
    "not-understood": "language",
    "person-stopped": "person",
    "flag-open": "person",
    "merged-into-another": "person",
    "reference-taken": "person",
    # the step
    "not-screened": "screen",
    "screen-found-need": "screen",
    "not-authorised": "authorised_by",
    "proposer-may-not-authorise": "authorised_by",
    "power-not-held": "worker",
    "no-human-named": "worker",
    "serial-taken": "serial",
    "step-skipped": "step",
    "no-new-encounter": "step",
    "rough-sleeping-alone": "step",
    "no-hub-offer": "step",
    "no-such-step": "step",
    "missed-session-alone": "step",
    "refused-consent-alone": "step",
    "coercion-suspected": "step",
    "episode-paused": "step",
    "one-open-episode": "step",
    # the instrument
    "no-served-warning": "instrument",
    "time-to-comply-not-elapsed": "when",
    "no-continuing-effect": "instrument",
    "is-a-ladder-step": "instrument",
    "no-application": "instrument",
    "no-conviction": "instrument",
    "no-income-or-home": "instrument",
    # the session
    "session-past": "session",
    "session-cancelled": "session",
    "session-not-yet": "session",
    "forbidden-place": "session",
    "keep-apart": "session",
    "not-invited": "attended",
    "came-after-all": "attended",
    # the referral and its answer
    "already-referred": "need",
    "service-does-not-meet-need": "service",
    "service-not-open": "service",
    "agency-known-otherwise": "agency",
    "service-is-full": "status",
    "illegal-transition": "status",
    "episode-ended": "outcome",
}
"""The column to look at where a rule refuses a row, if the kind of row has it; else what the row is of."""
COLUMN_OF_KIND: Final[Mapping[str, str]] = {
    "encounter": "behaviour",
    "ticket": "step",
    "invitation": "session",
    "attendance": "session",
    "referral": "agency",
    "answer": "answers",
    "instrument": "instrument",
    "outcome": "outcome",
}


def column_at_fault(code: str, row: SheetRow) -> str:
    """The column to look at where a rule refuses a row."""
    column = COLUMN_AT_FAULT.get(code)
    own = COLUMN_OF_KIND[row.kind]
    foreign = column in COLUMN_OF_KIND.values() and column != own and getattr(row, column or "") is None
    return own if column is None or foreign else column


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


class Near(msgspec.Struct, frozen=True):
    """Somebody of the register who may be the person of a line: entered all the same, and for people to decide."""

    line: int
    reference: str
    band: MatchBand
    reasons: tuple[Reason, ...]


class Disagreement(msgspec.Struct, frozen=True):
    """A row that says something else of who a person is than an earlier row did. What was said first holds."""

    line: int
    column: str


class Summary(msgspec.Struct, kw_only=True):
    """What became of a sheet. Applied, known, changed and refused add up to `rows`."""

    sheet: str
    partnership: str
    dry_run: bool
    rows: int = 0
    applied: int = 0
    already_known: int = 0
    refused: int = 0
    refused_by_reason: dict[str, int] = {}
    overridden: int = 0
    """Of the applied rows, those that only `historic` let in."""
    overridden_by_rule: dict[str, int] = {}
    changed_since_imported: int = 0
    changed_lines: list[int] = []
    people_added: int = 0
    agencies_added: list[str] = []
    possible_duplicates: int = 0
    """Of the people entered or named, those who may be in the register already: nobody is merged."""
    near: list[Near] = []
    people_not_compared: int = 0
    """Of the people entered, those of whom the sheet says too little to look for them."""
    identity_disagreements: list[Disagreement] = []


class Asked(msgspec.Struct, frozen=True):
    """Whom a row asks for what."""

    agency: str
    service: str | None
    need: Need
    at: dt.datetime


class _Index(msgspec.Struct):
    """What a first reading of the sheet tells: which rows are new, when they happened, and who the people are."""

    order: list[tuple[dt.datetime, int, int]] = []
    people: dict[str, list[tuple[dt.datetime, int, Said]]] = {}
    who: dict[str, Who] = {}
    row_ids: dict[str, bytes] = {}
    asked: dict[str, Asked] = {}
    """What the row of a referral asks, by row_id."""
    elsewhere: dict[str, ServiceId | None] = {}
    """The service of a referral that an earlier import brought and this sheet answers, by row_id."""


class _Read(msgspec.Struct, frozen=True):
    """A row that reads, and the key under which it is applied once."""

    row: SheetRow
    place: int
    key: CommandKey


class Importer:
    """Applies sheets to a partnership's log."""

    def __init__(self, decider: Decider, clock: Clock, pseudonym: Pseudonym, look: Look, register: Register) -> None:
        self.decider = decider
        self.clock = clock
        self.pseudonym = pseudonym
        self.look = look
        self.register = register

    async def run(
        self,
        intake: Intake,
        source: SheetSource,
        rejects: Rejects,
        progress: Callable[[int, int], None] = lambda _done, _of: None,
        pending: Pending | None = None,
    ) -> Summary:
        """Apply a sheet, or with `dry_run` say what would become of it after what is pending."""
        run = _Run(self, intake, rejects, pending)
        index = await run.index(source)
        done = 0
        async for _ in run.apply_all(source, index):
            done += 1
            progress(done, len(index.order))
        return run.summarised()


class _Run:
    """One import."""

    def __init__(self, importer: Importer, intake: Intake, rejects: Rejects, pending: Pending | None) -> None:
        self._importer, self._intake, self._rejects = importer, intake, rejects
        self._decider = importer.decider
        self._summary = Summary(sheet=intake.sheet, partnership=intake.partnership, dry_run=intake.dry_run)
        self._reasons: Counter[str] = Counter()
        self._rules: Counter[str] = Counter()
        self._pending = (pending or Pending()) if intake.dry_run else None
        self._applied: set[bytes] = set()
        self._agencies: dict[AgencyId, Agency] = {}
        self._services: Services = {}
        now = importer.clock.now()
        self._latest = now + CLOCK_DRIFT
        setting = Setting(
            partnership=intake.partnership,
            ladder=intake.ladder,
            sheet=intake.sheet,
            historic=intake.historic,
            now=now,
        )
        self._acts = Acts(setting, importer.pseudonym)

    def summarised(self) -> Summary:
        """The summary, its counts added up."""
        summary = self._summary
        summary.rows = summary.applied + summary.already_known + summary.refused + summary.changed_since_imported
        summary.refused_by_reason = dict(sorted(self._reasons.items()))
        summary.overridden_by_rule = dict(sorted(self._rules.items()))
        summary.changed_lines.sort()
        summary.agencies_added.sort()
        summary.near.sort(key=lambda one: one.line)
        summary.identity_disagreements.sort(key=lambda one: (one.line, one.column))
        return summary

    async def index(self, source: SheetSource) -> _Index:
        """Read the sheet once: refuse what cannot be read, tell what is new, and gather who the people are."""
        index = _Index()
        group: list[_Read] = []
        for place, line, fields in source.rows():
            if isinstance(fields, str):
                self._refuse(line, "", "unreadable-row", fields, {})
                continue
            try:
                group.append(self._read(index, place, line, fields))
            except RowRefused as refused:
                self._refuse(line, refused.column, refused.reason, refused.explanation, fields)
            if len(group) == LOOKED_UP_TOGETHER:
                await self._sort_out(index, group)
                group = []
        await self._sort_out(index, group)
        index.order.sort()
        index.row_ids.clear()
        await self._gather_people(index)
        await self._know_directory()
        for row_id in [one for one in index.elsewhere if one not in index.asked]:
            known = await self._know()(referral(ReferralId(self._acts.row_key(row_id))))
            index.elsewhere[row_id] = known.asked[-1].service if known is not None and known.asked else None
        return index

    async def _know_directory(self) -> None:
        know = self._know()
        self._agencies, self._services = (await know(partnership())).agencies, await know(services())

    def _read(self, index: _Index, place: int, line: int, fields: Mapping[str, str]) -> _Read:
        row = read_row(fields, line, self._latest)
        _, key = self._key(row, fields)
        if row.row_id is not None and index.row_ids.setdefault(row.row_id, key.digest) != key.digest:
            raise RowRefused("row_id", "row-id-reused", "the sheet has this row_id with other content")
        return _Read(row, place, key)

    async def _sort_out(self, index: _Index, group: list[_Read]) -> None:
        """Tell new rows from those that an earlier import brought, as they were then or changed."""
        states = await asyncio.gather(*(self._state(one.key) for one in group))
        for state, one in zip(states, group, strict=True):
            row = one.row
            if state == "changed":
                self._changed(row)
                continue
            if row.row_id is not None and (asked := _asked(row)) is not None:
                index.asked[row.row_id] = asked
            elif row.answers is not None and state == "new":
                index.elsewhere[row.answers] = None
            if said := said_by(row):
                index.people.setdefault(row.person, []).append((row.when, row.line, said))
            if state == "known":
                self._summary.already_known += 1
                continue
            index.order.append((row.when, row.line, one.place))
            index.who.setdefault(row.person, Who())

    async def _state(self, key: CommandKey) -> Literal["new", "known", "changed"]:
        try:
            known = await self._decider.log.command(log_of(self._intake.partnership), key)
        except CommandReused:
            return "changed"
        return "new" if known is None else "known"

    async def _gather_people(self, index: _Index) -> None:
        """Put together who each person is, from the register and the sheet; what disagrees is reported, not merged."""
        refs = list({**dict.fromkeys(index.people), **dict.fromkeys(index.who)})
        own = frozenset(self._acts.person(ref) for ref in refs)
        for at in range(0, len(refs), LOOKED_UP_TOGETHER):
            group = refs[at : at + LOOKED_UP_TOGETHER]
            known = await asyncio.gather(*(self._known(ref) for ref in group))
            for ref, one in zip(group, known, strict=True):
                who, dissent = gathered(index.people.pop(ref, []), one)
                self._summary.identity_disagreements.extend(Disagreement(*each) for each in dissent)
                if ref in index.who:
                    index.who[ref] = who
            unknown = [
                index.who[ref]
                for ref, one in zip(group, known, strict=True)
                if ref in index.who and (one is None or index.who[ref].added is not None)
            ]
            await self._look_for(unknown, own)

    async def _look_for(self, people: list[Who], own: frozenset[PersonId]) -> None:
        """Look together for who in the register these people may be. A sheet tells its own people apart."""
        if not people:
            return
        found = await self._importer.look(self._intake.partnership, [one.identity for one in people])
        for who, one in zip(people, found, strict=True):
            who.found = Found(one.keys, tuple(each for each in one.near if each.row.person not in own))

    async def _known(self, ref: str) -> Known | None:
        return await self._importer.register.known(self._intake.partnership, self._acts.person(ref))

    async def apply_all(self, source: SheetSource, index: _Index) -> AsyncIterator[None]:
        """Apply the rows in order; a row waits for every earlier row that it shares something with."""
        in_flight: deque[asyncio.Task[None]] = deque()
        last: dict[str, asyncio.Task[None]] = {}
        limit = 1 if self._pending is not None else IN_FLIGHT
        try:
            for _, line, place in index.order:
                fields = source.row_at(place)
                row = read_row(fields, line, self._latest)
                lanes = tuple(self._lanes(row, index))
                before = {task for lane in lanes if (task := last.get(lane)) is not None and not task.done()}
                task = asyncio.create_task(self._apply_after(before, row, fields, index))
                in_flight.append(task)
                last.update(dict.fromkeys(lanes, task))
                while len(in_flight) >= limit:
                    await in_flight.popleft()
                    yield
                if len(last) > 8 * IN_FLIGHT:
                    last = {lane: task for lane, task in last.items() if not task.done()}
            while in_flight:
                await in_flight.popleft()
                yield
        finally:
            for task in in_flight:
                task.cancel()
            await asyncio.gather(*in_flight, return_exceptions=True)

    def _lanes(self, row: SheetRow, index: _Index) -> Iterable[str]:
        """What a row shares with others: rows that share nothing may be decided in any order."""
        yield f"person:{row.person}"
        if row.serial is not None:
            yield f"serial:{row.serial}"
        if row.session is not None:
            yield f"session:{row.session}"
        asked = _asked(row)
        if asked is not None:
            if row.row_id is not None:
                yield f"row:{row.row_id}"
            yield from self._service_lane(asked)
        elif row.answers is not None:
            yield f"row:{row.answers}"
            if row.answers in index.asked:
                yield from self._service_lane(index.asked[row.answers])
            elif (elsewhere := index.elsewhere.get(row.answers)) is not None:
                yield f"service:{elsewhere}"

    def _service_lane(self, asked: Asked) -> Iterable[str]:
        """Rows share a service while it has so many places, and the directory where they may add to it."""
        agency = agency_called(asked.agency, self._agencies)
        offered = self._services.values()
        known = service_called(asked.service, asked.need, agency, offered, asked.at) if agency is not None else None
        if known is None:
            yield "directory"
        elif known.limited:
            yield f"service:{known.id}"

    async def _apply_after(
        self, before: set[asyncio.Task[None]], row: SheetRow, fields: Mapping[str, str], index: _Index
    ) -> None:
        if before:
            await asyncio.wait(before)
        try:
            await self._in_turn(row, fields, index.who[row.person])
        except RowRefused as refused:
            self._refuse(row.line, refused.column, refused.reason, refused.explanation, fields)
        except CommandReused:
            self._changed(row)
        except Refusal as refusal:
            self._refuse(row.line, column_at_fault(refusal.code, row), refusal.code, refusal.rule, fields)

    async def _in_turn(self, row: SheetRow, fields: Mapping[str, str], who: Who) -> None:
        """Apply a row; where all too much changes of what it rests on, once more when that is over."""
        for _ in range(TURNS - 1):
            try:
                return await self._apply(row, fields, who)
            except LogBusy as busy:
                await asyncio.sleep(busy.retry_after)
        return await self._apply(row, fields, who)

    async def _apply(self, row: SheetRow, fields: Mapping[str, str], who: Who) -> None:
        summary = self._summary
        row_key, key = self._key(row, fields)
        if key.key in self._applied:
            summary.already_known += 1
            return
        seen = Seen()
        act = await self._acts.act(self._know(seen), row, row_key, who)
        if self._pending is not None:
            facts = await self._decider.rehearse(act.commands, act.by, self._pending, seen)
        else:
            provenance = self._acts.provenance(row, row_key, act, fields)
            decided = await self._decider.decide(act.commands, act.by, key=key, provenance=provenance, seen=seen)
            facts = decided.facts
        self._applied.add(key.key)
        if not facts:
            summary.already_known += 1
            return
        who.added = None
        summary.applied += 1
        summary.people_added += act.adds_person
        summary.people_not_compared += act.adds_person and not act.searched
        if act.searched and who.found.near:
            summary.possible_duplicates += 1
            summary.near += [
                Near(row.line, one.row.reference, one.band, one.match.reasons) for one in who.found.near[:NEAR_TOLD]
            ]
        rules = {rule for fact in facts for rule in getattr(fact, "overridden", ())}
        summary.overridden += bool(rules)
        self._rules.update(rules)
        if act.adds_agency is not None:
            summary.agencies_added.append(act.adds_agency)
        if act.adds_to_directory:
            await self._know_directory()

    def _know(self, seen: Seen | None = None) -> Know:
        return self._decider.know(self._intake.partnership, self._pending, seen)

    def _key(self, row: SheetRow, fields: Mapping[str, str]) -> tuple[str, CommandKey]:
        """The row's name in the log, and the key under which it is applied once."""
        content = self._content(fields)
        named = self._acts.row_key(row.row_id if row.row_id is not None else f"content {content.hex()}")
        return named, CommandKey(bytes.fromhex(named), content)

    def _content(self, fields: Mapping[str, str]) -> bytes:
        said = sorted((name, value) for name, value in fields.items() if value)
        pseudonym = self._importer.pseudonym("content", *(part for pair in said for part in pair))
        return bytes.fromhex(pseudonym)

    def _changed(self, row: SheetRow) -> None:
        self._summary.changed_since_imported += 1
        self._summary.changed_lines.append(row.line)

    def _refuse(self, line: int, column: str, reason: str, explanation: str, fields: Mapping[str, str]) -> None:
        self._summary.refused += 1
        self._reasons[reason] += 1
        self._rejects.add(line, column, reason, explanation, fields)


def _asked(row: SheetRow) -> Asked | None:
    """What a referral's row asks."""
    if row.kind != "referral" or row.agency is None or row.need is None:
        return None
    return Asked(row.agency, row.service, row.need, row.when)
