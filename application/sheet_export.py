"""Giving the contact sheet back: the rows that were imported as they stood, and a row for everything entered since."""

from collections import Counter
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from typing import Final

import msgspec

from application.ports import Codec, EventLog, LogId, Recorded, Unsealer
from application.sheet_acts import ANSWERS, made_by
from domain.engagement import encounter, episode, hub_session, instrument
from domain.facts import Fact, subject_of
from domain.governance.contact_sheet import SheetRowImported
from domain.ids import PersonId, SessionId, SheetId
from domain.people.person import PersonRegistered
from domain.support import referral

Row = dict[str, str]

PAGE: Final = 5_000

_VOIDED: Final = (encounter.EncounterVoided, episode.TicketVoided, instrument.InstrumentVoided)
_IDENTITY: Final = {
    "given_name": "given_name",
    "family_name": "family_name",
    "alias": "nickname",
    "born": "born",
    "sex": "sex",
}


class SheetExport:
    """Reads one log twice: to see what stands in it, and to write it row by row."""

    def __init__(self, log: EventLog, codec: Codec, unsealer: Unsealer) -> None:
        self._log, self._codec, self._unsealer = log, codec, unsealer

    async def rows(self, log: LogId, sheet: SheetId | None = None) -> AsyncIterator[Row]:
        """Every row in the order in which it was recorded, or those of one sheet exactly as they stood.

        Where two sheets use one reference for two people or rows, the sheet's id is put behind it.
        """
        seen = _Seen()
        async for page in self._pages(log):
            seen.read([one.fact for one in page], self._opened_fields(page))
        async for page in self._pages(log):
            for row in self._rows(page, seen, sheet):
                yield row

    async def _pages(self, log: LogId) -> AsyncIterator[Sequence[Recorded]]:
        after = 0
        while (page := await self._log.read(log, None, after=after, limit=PAGE, sealed=True)).events:
            yield [self._codec.recorded(stored) for stored in page.events]
            after = page.events[-1].position

    def _opened_fields(self, page: Sequence[Recorded]) -> dict[str, Row]:
        imported = [one.fact for one in page if isinstance(one.fact, SheetRowImported)]
        opened = self._unsealer.open_all([fact.fields for fact in imported])
        return {
            fact.row: msgspec.json.decode(text, type=dict[str, str]) if text is not None else {}
            for fact, text in zip(imported, opened, strict=True)
        }

    def _rows(self, page: Sequence[Recorded], seen: "_Seen", sheet: SheetId | None) -> Iterator[Row]:
        fields = self._opened_fields(page)
        for recorded in page:
            fact = recorded.fact
            if isinstance(fact, SheetRowImported):
                if sheet is None or fact.sheet == sheet:
                    row = fields[fact.row]
                    yield row if sheet is not None else seen.unambiguous(row, fact.sheet)
            elif sheet is None:
                yield from self._entered(fact, seen)

    def _entered(self, fact: Fact, seen: "_Seen") -> Iterator[Row]:
        if isinstance(fact, PersonRegistered) and fact.person not in seen.references:
            values = self._unsealer.open_all([getattr(fact, field) for field in _IDENTITY.values()])
            identity = {name: value for name, value in zip(_IDENTITY, values, strict=True) if value is not None}
            if fact.age_band is not None and "born" not in identity:
                identity["age_band"] = fact.age_band
            seen.references[fact.person] = fact.reference
            seen.identities[fact.person] = identity
        row = _row_of(fact, seen.sessions)
        if row is None or (made := made_by(fact)) in seen.made or made in seen.voided:
            return
        person = subject_of(fact)
        assert person is not None
        row |= {"when": fact.at.isoformat(), "person": seen.references.get(person, person)}
        row |= seen.identities.pop(person, {})
        for column in ("place", "note"):
            source = {"place": "place", "note": "facts_observed"}[column]
            (value,) = self._unsealer.open_all([getattr(fact, source, None)])
            if value is not None:
                row[column] = value
        yield row


class _Seen:
    """What a first reading tells: which facts came from rows, what is void, and what would be ambiguous."""

    def __init__(self) -> None:
        self.made: set[str] = set()
        self.voided: set[str] = set()
        self.sessions: dict[SessionId, str] = {}
        self.references: dict[PersonId, str] = {}
        self.identities: dict[PersonId, Row] = {}
        self._sheets_with: Counter[tuple[str, str]] = Counter()
        self._used: set[tuple[str, str, SheetId]] = set()

    def read(self, facts: Sequence[Fact], fields: dict[str, Row]) -> None:
        """Take note of a page."""
        for fact in facts:
            if isinstance(fact, SheetRowImported):
                self.made.add(fact.made)
                self.references[fact.person] = fields[fact.row].get("person", fact.person)
                for column in ("person", "row_id"):
                    use = (column, fields[fact.row].get(column, ""), fact.sheet)
                    if use not in self._used:
                        self._used.add(use)
                        self._sheets_with[use[:2]] += 1
            elif isinstance(fact, hub_session.SessionScheduled):
                self.sessions[fact.session] = fact.on.isoformat()
            elif isinstance(fact, _VOIDED):
                self.voided.add(made_by(fact))

    def unambiguous(self, row: Row, sheet: SheetId) -> Row:
        """The row, with the sheet's id behind each reference that another sheet uses too."""
        named = dict(row)
        for column, kind in (("person", "person"), ("row_id", "row_id"), ("answers", "row_id")):
            if column in named and self._sheets_with[kind, named[column]] > 1:
                named[column] = f"{named[column]}@{sheet[:8]}"
        return named


def _row_of(fact: Fact, sessions: Mapping[SessionId, str]) -> Row | None:
    """The row that says what a fact says; None for an instrument that a ticket's row says already."""
    match fact:
        case encounter.EncounterRecorded():
            row = {"kind": "encounter", "behaviour": fact.asb_type, "area": fact.area, "worker": fact.officer}
        case episode.TicketIssued():
            row = {
                "kind": "ticket",
                "step": fact.step,
                "serial": fact.serial,
                "screen": fact.screen,
                "area": fact.area,
                "authorised_by": fact.authorised_by,
                "worker": fact.officer,
            }
        case instrument.InstrumentServed() | instrument.InstrumentRecorded():
            if fact.ticket is not None:
                return None
            row = {"kind": "instrument", "instrument": fact.kind, "worker": fact.officer}
        case hub_session.InvitationMade():
            if fact.ticket is not None:
                return None
            row = {"kind": "invitation", "session": sessions[fact.session], "worker": fact.by_worker}
        case hub_session.HubAttended() | hub_session.HubMissed():
            came = "yes" if isinstance(fact, hub_session.HubAttended) else "no"
            row = {
                "kind": "attendance",
                "session": sessions[fact.session],
                "attended": came,
                "worker": fact.by_worker,
            }
        case referral.ReferralSent():
            row = {"kind": "referral", "row_id": fact.referral, "agency": fact.to_agency, "need": fact.need}
        case referral.AnswerFact() if type(fact) in ANSWERS:
            reason = fact.reason if isinstance(fact, referral.ReferralDeclined) else None
            row = {"kind": "answer", "answers": fact.referral, "status": ANSWERS[type(fact)], "reason": reason}
        case episode.EpisodeClosed():
            row = {"kind": "outcome", "outcome": fact.outcome, "worker": fact.by_worker}
        case _:
            return None
    return {name: value for name, value in row.items() if value is not None}
