"""Giving the contact sheet back: the rows that were imported as they stood, and a row for everything entered since."""

import datetime as dt
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from typing import Final

import msgspec

from application.access import Account
from application.ports import Codec, EventLog, LogId, Recorded, Unsealer, log_of
from application.sheet_acts import ANSWERS, made_by
from application.sheet_identity import Register
from domain.engagement import encounter, episode, hub_session, instrument
from domain.facts import Fact, PersonalClass, subject_of
from domain.governance.contact_sheet import SheetRowImported
from domain.ids import MergeId, PartnershipId, PersonId, SessionId, SheetId
from domain.people.person import PersonRegistered, PersonsMerged, PersonsUnmerged
from domain.rights import restriction
from domain.rights.restriction import Restricted
from domain.support import referral

Row = dict[str, str]

PAGE: Final = 5_000
BY_THE_KEYS: Final = "who-holds-the-keys-exports"
WHAT_A_ROW_SAYS: Final[tuple[PersonalClass, ...]] = ("identity", "intelligence")

_VOIDED: Final = (
    encounter.EncounterVoided,
    episode.TicketVoided,
    instrument.InstrumentVoided,
    hub_session.CheckInVoided,
)


class SheetExport:
    """Reads one log twice: to see what stands in it, and to write it row by row."""

    def __init__(self, log: EventLog, codec: Codec, unsealer: Unsealer) -> None:
        self._log, self._codec, self._unsealer = log, codec, unsealer
        self._register = Register(log, codec, unsealer)

    async def rows(
        self, partnership: PartnershipId, account: Account, sheet: SheetId | None = None
    ) -> AsyncIterator[Row]:
        """Every row in the order in which it was recorded, or those of one sheet exactly as they stood.

        Of all rows, those whose ticket, encounter, instrument or check-in was voided since are left out. Where two
        sheets use one reference for two people or rows, the sheet's id is put behind it. Whose record is restricted is
        left out of both: to export is to use (UK GDPR art. 18). The account takes down whose.
        """
        log = log_of(partnership)
        seen = _Seen()
        async for page in self._pages(log):
            seen.read([one.fact for one in page], self._opened_fields(page))
        restricted = seen.restricted
        async for page in self._pages(log):
            fields = self._opened_fields(page)
            for fact in (one.fact for one in page):
                row: Row | None = None
                if isinstance(fact, SheetRowImported):
                    row = self._imported(fact, fields[fact.row], seen, sheet)
                elif sheet is None:
                    row = await self._entered(partnership, fact, seen)
                person = subject_of(fact)
                if row and person not in restricted:
                    account.saw("engagement", () if person is None else (person,), (BY_THE_KEYS,), WHAT_A_ROW_SAYS)
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

    def _imported(self, fact: SheetRowImported, row: Row, seen: "_Seen", sheet: SheetId | None) -> Row | None:
        if sheet is not None:
            return row if fact.sheet == sheet else None
        return None if fact.made in seen.voided else seen.unambiguous(row, fact.sheet)

    async def _entered(self, partnership: PartnershipId, fact: Fact, seen: "_Seen") -> Row | None:
        """The row that says a fact which no row brought; the first one of a person says who that is."""
        row = _row_of(fact, seen)
        if row is None or (made := made_by(fact)) in seen.made or made in seen.voided:
            return None
        if isinstance(fact, hub_session.HubAttended) and seen.came[made] != fact.at:
            return None  # taken back, and checked in again later
        person = subject_of(fact)
        assert person is not None
        row |= {"when": fact.at.isoformat(), "person": seen.reference(person)}
        if person not in seen.told:
            seen.told.add(person)
            known = await self._register.known(partnership, person)
            row |= {name: str(value) for name, value in known.said.items()} if known is not None else {}
        for column, source in (("place", "place"), ("note", "facts_observed")):
            (value,) = self._unsealer.open_all([getattr(fact, source, None)])
            if value is not None:
                row[column] = value
        return row


class _Seen:
    """What a first reading tells: which facts came from rows, what is void, and what would be ambiguous."""

    def __init__(self) -> None:
        self.made: set[str] = set()
        self.voided: set[str] = set()
        self.came: dict[str, dt.datetime] = {}
        """When somebody was checked in last, by what that made: an earlier one was taken back."""
        self.sessions: dict[SessionId, str] = {}
        self._restrictions: dict[PersonId, Restricted] = {}
        self._merged: dict[MergeId, frozenset[PersonId]] = {}
        self.told: set[PersonId] = set()
        """The people of whom a row has said who they are."""
        self._references: dict[PersonId, str] = {}
        self._rows: dict[str, tuple[str, SheetId]] = {}
        """The row_id of an imported referral, by its id."""
        self._people: dict[PersonId, tuple[str, SheetId]] = {}
        self._sheets_with: Counter[tuple[str, str]] = Counter()
        self._used: set[tuple[str, str, SheetId]] = set()

    def read(self, facts: Sequence[Fact], fields: dict[str, Row]) -> None:
        """Take note of a page."""
        for fact in facts:
            if isinstance(fact, PersonRegistered):
                self._references[fact.person] = fact.reference
            elif isinstance(fact, restriction.OF_RESTRICTIONS):
                of_person = self._restrictions.get(fact.person, ())
                self._restrictions[fact.person] = restriction.evolve(of_person, fact)
            elif isinstance(fact, PersonsMerged):
                self._merged[fact.merge] = frozenset({fact.person, fact.other})
            elif isinstance(fact, PersonsUnmerged):
                self._merged.pop(fact.merge, None)
            elif isinstance(fact, SheetRowImported):
                self.made.add(fact.made)
                self.told.add(fact.person)
                self._people[fact.person] = fields[fact.row].get("person", fact.person), fact.sheet
                if fact.kind == "referral" and "row_id" in fields[fact.row]:
                    self._rows[fact.made.removeprefix("referral ")] = fields[fact.row]["row_id"], fact.sheet
                for column in ("person", "row_id"):
                    use = (column, fields[fact.row].get(column, ""), fact.sheet)
                    if use not in self._used:
                        self._used.add(use)
                        self._sheets_with[use[:2]] += 1
            elif isinstance(fact, hub_session.SessionScheduled):
                self.sessions[fact.session] = fact.on.isoformat()
            elif isinstance(fact, hub_session.HubAttended):
                self.came[made_by(fact)] = fact.at
                self.voided.discard(made_by(fact))
            elif isinstance(fact, _VOIDED):
                self.voided.add(made_by(fact))

    @property
    def restricted(self) -> frozenset[PersonId]:
        """The people whose street work is kept and not used: a restriction is a human's, under all their records."""
        found = {
            person
            for person, placed in self._restrictions.items()
            if any(one.lifted_at is None and "engagement" in one.scope for one in placed)
        }
        while more := {one for records in self._merged.values() if records & found for one in records} - found:
            found |= more
        return frozenset(found)

    def unambiguous(self, row: Row, sheet: SheetId) -> Row:
        """The row, with the sheet's id behind each reference that another sheet uses too."""
        named = dict(row)
        for column, kind in (("person", "person"), ("row_id", "row_id"), ("answers", "row_id")):
            if column in named:
                named[column] = self._named(kind, named[column], sheet)
        return named

    def reference(self, person: PersonId) -> str:
        """What the rows call a person: as an imported row did, or by the register's reference."""
        if person in self._people:
            return self._named("person", *self._people[person])
        return self._references.get(person, person)

    def row_of(self, referral: str) -> str:
        """The row_id under which a referral stands."""
        return self._named("row_id", *self._rows[referral]) if referral in self._rows else referral

    def _named(self, kind: str, name: str, sheet: SheetId) -> str:
        return f"{name}@{sheet[:8]}" if self._sheets_with[kind, name] > 1 else name


def _row_of(fact: Fact, seen: _Seen) -> Row | None:
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
            row = {
                "kind": "instrument",
                "instrument": fact.kind,
                "screen": fact.screen if isinstance(fact, instrument.InstrumentServed) else None,
                "authorised_by": fact.authorised_by,
                "worker": fact.officer,
            }
        case hub_session.InvitationMade():
            if fact.ticket is not None:
                return None
            row = {"kind": "invitation", "session": seen.sessions[fact.session], "worker": fact.by_worker}
        case hub_session.HubAttended() | hub_session.HubMissed():
            came = "yes" if isinstance(fact, hub_session.HubAttended) else "no"
            row = {
                "kind": "attendance",
                "session": seen.sessions[fact.session],
                "attended": came,
                "worker": fact.by_worker,
            }
        case referral.ReferralSent():
            row = {
                "kind": "referral",
                "row_id": fact.referral,
                "agency": fact.to_agency,
                "need": fact.need,
                "service": fact.service,
            }
        case referral.ReferralFact() if type(fact) in ANSWERS:
            reason = fact.reason if isinstance(fact, referral.ReferralDeclined) else None
            row = {
                "kind": "answer",
                "answers": seen.row_of(fact.referral),
                "status": ANSWERS[type(fact)],
                "reason": reason,
            }
        case episode.EpisodeClosed():
            row = {"kind": "outcome", "outcome": fact.outcome, "worker": fact.by_worker}
        case _:
            return None
    return {name: value for name, value in row.items() if value is not None}
