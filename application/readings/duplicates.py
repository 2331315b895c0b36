"""The queue of possible duplicates: two records side by side, what speaks for their being one human, and for how long.

A pair is seen only by whoever may see both. What speaks for it is worked out when it is shown, from what is opened to
that viewer and from nothing else; what is not, neither counts nor shows.
"""

import asyncio
import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Final, Literal

import msgspec

from application.deciding import Know
from application.finding.comparing import Reason
from application.finding.identity import opened
from application.finding.pairing import LIKELY, POSSIBLE, SURE, Human, alike, band_of, human
from application.permitting import permit, standing
from application.ports import Pair, ReadRows
from application.readings.asked import sight_of
from application.readings.ground import Ground
from application.readings.paging import CursorUnreadable, Page, bounded, read_cursor, written_cursor
from application.revealing import Masked, Shown
from application.views.pairs import PAIRS, PairRow, pair_key
from application.views.people import PEOPLE, PersonRow
from domain.actors import Actor
from domain.calendar import civil_date
from domain.facts import Instant
from domain.governance import sharing
from domain.governance.sharing import Permission, Resource, Standing
from domain.ids import PersonId, WorkerId
from domain.refusals import Unknown

Certainty = Literal["same", "alike", "possible"]
"""How certain it is that two records are one human: the same, alike, or somebody was not sure."""

CERTAINTIES: Final[Mapping[int, Certainty]] = {SURE: "same", LIKELY: "alike", POSSIBLE: "possible"}
AT_ONCE: Final = 20


class PossibleDuplicate(msgspec.Struct, frozen=True, kw_only=True):
    """Two records that may be one human, and why; the most telling reason first.

    `since` is when the last of what speaks for it was recorded. `unsure_at`: somebody was not sure of them; `note` says
    who should look, where they left one.
    """

    position: int
    certainty: Certainty
    reasons: tuple[Reason, ...]
    since: Instant
    one: Shown[PersonRow]
    other: Shown[PersonRow]
    unsure_at: Instant | None = None
    deferred_by: WorkerId | None = None
    note: str | None = None


class Waiting(msgspec.Struct, frozen=True, kw_only=True):
    """How many possible duplicates of one certainty wait: for how many days the first of them, and the middle one."""

    certainty: Certainty
    count: int
    longest_days: int
    middle_days: int


class DuplicatesWaiting(msgspec.Struct, frozen=True, kw_only=True):
    """How many possible duplicates wait for somebody to decide, in the whole partnership."""

    count: int
    waiting: tuple[Waiting, ...]
    position: int


class Seen(msgspec.Struct, frozen=True):
    """A human as far as a viewer may see: the entry they go on under, and the others of theirs."""

    rows: tuple[PersonRow, ...]
    permissions: tuple[Permission, ...]


class Duplicates(msgspec.Struct, frozen=True):
    """Reads possible duplicates."""

    ground: Ground

    async def duplicates(
        self, viewer: Actor, *, cursor: str | None = None, limit: int = AT_ONCE, after: int | None = None
    ) -> Page[PossibleDuplicate]:
        """Possible duplicates of whom the viewer may see both, the most certain first, then those that wait longest.

        Raises: NotPermitted, Unknown, ViewBehind, CursorUnreadable.
        """
        last = _pair_of(cursor)
        limit = bounded(limit)
        know = self.ground.know(viewer)
        await permit(know, viewer, "write", Resource(category="register", of_person=False))
        by = await standing(know, viewer)
        found: list[PossibleDuplicate] = []
        async with self.ground.rows(viewer, after) as rows:
            more = True
            while more and len(found) < limit:
                listed = await rows.pairs(after=last, limit=limit)
                more = len(listed) == limit
                for pair, shown in zip(listed, await self._compared(know, by, rows, listed), strict=True):
                    if len(found) == limit:
                        more = True
                        break
                    last = pair
                    if shown is not None:
                        found.append(shown)
            cursor = None if last is None or not more else _cursor_of(last)
            return Page(items=tuple(found), next=cursor, position=rows.position)

    async def duplicate(
        self, viewer: Actor, person: PersonId, other: PersonId, *, after: int | None = None
    ) -> PossibleDuplicate:
        """Two records that may be one human, in either order. Raises: NotPermitted, Unknown, ViewBehind."""
        know = self.ground.know(viewer)
        await permit(know, viewer, "write", Resource(category="register", of_person=False))
        by = await standing(know, viewer)
        async with self.ground.rows(viewer, after) as rows:
            pair = await rows.pair(min(person, other), max(person, other))
            (shown,) = await self._compared(know, by, rows, [pair] if pair else []) or (None,)
        if shown is None:
            raise Unknown
        return shown

    async def duplicates_waiting(self, viewer: Actor) -> DuplicatesWaiting:
        """How many wait, and for how long: counts alone, of everybody. Raises: NotPermitted, Unknown."""
        know = self.ground.know(viewer)
        await permit(know, viewer, "read", Resource(category="report", of_person=False))
        today = civil_date(self.ground.clock.now())
        async with self.ground.rows(viewer, None) as rows:
            counted = await rows.reaching("figures").pairs_waiting()
            return DuplicatesWaiting(
                count=sum(one.number for one in counted),
                waiting=tuple(
                    Waiting(
                        certainty=CERTAINTIES[one.band],
                        count=one.number,
                        longest_days=(today - civil_date(one.oldest)).days,
                        middle_days=(today - civil_date(one.middle)).days,
                    )
                    for one in counted
                ),
                position=rows.position,
            )

    async def _compared(
        self, know: Know, by: Standing, rows: ReadRows, listed: Sequence[Pair]
    ) -> list[PossibleDuplicate | None]:
        """Each pair as the viewer may see it; None where either is not for them, or too little of what they may see."""
        seen = await self._seen(know, by, rows, {one for pair in listed for one in (pair.person, pair.other)})
        both = [
            (pair, seen[pair.person], seen[pair.other]) for pair in listed if pair.person in seen and pair.other in seen
        ]
        said = await rows.rows(PAIRS, [pair_key(pair.person, pair.other) for pair, _, _ in both])
        masked = [
            Masked(row, by.viewer, "register", permission, getattr(row, "by_agency", None))
            for pair, one, other in both
            for row, permission in _in_turn(one, other, said.get(pair_key(pair.person, pair.other)))
        ]
        shown = iter(self.ground.reveal(masked))
        found: dict[Pair, PossibleDuplicate] = {}
        for pair, one, other in both:
            mine = [next(shown) for _ in one.rows]
            theirs = [next(shown) for _ in other.rows]
            note: Shown[PairRow] | None = next(shown) if pair_key(pair.person, pair.other) in said else None
            possible = self._possible(pair, mine, theirs, note.row if note else None)
            if possible is not None:
                found[pair] = possible
        return [found.get(pair) for pair in listed]

    async def _seen(self, know: Know, by: Standing, rows: ReadRows, people: set[PersonId]) -> dict[PersonId, Seen]:
        """Those of whom the entry may be written, each with those of their other records of which it may be, too."""
        entries: dict[str, PersonRow] = {}
        wanted = people
        while wanted:
            loaded = await rows.rows(PEOPLE, sorted(wanted))
            entries |= loaded
            wanted = {other for row in loaded.values() for other in row.merged_from} - entries.keys()
        permitted = dict(
            zip(entries, await asyncio.gather(*(_permission(know, by, PersonId(one)) for one in entries)), strict=True)
        )
        found: dict[PersonId, Seen] = {}
        today = civil_date(know.now)
        for one in people:
            if one not in entries or not permitted[one].permitted:
                continue
            together = [one]
            for record in together:
                together.extend(
                    other for other in entries[record].merged_from if other in entries and other not in together
                )
            kept = [record for record in together if permitted[record].permitted]
            found[one] = Seen(
                tuple(_to_compare(entries[record].on(today), permitted[record]) for record in kept),
                tuple(permitted[record] for record in kept),
            )
        return found

    def _possible(
        self, pair: Pair, mine: Sequence[Shown[PersonRow]], theirs: Sequence[Shown[PersonRow]], said: PairRow | None
    ) -> PossibleDuplicate | None:
        match = alike(self._human(mine), self._human(theirs))
        unsure = said.unsure_at if said else None
        band = band_of(match)
        if not band and unsure is None:
            return None
        return PossibleDuplicate(
            position=max(mine[0].row.position, theirs[0].row.position, said.position if said else 0),
            certainty=CERTAINTIES[band or POSSIBLE],
            reasons=match.reasons,
            since=pair.since,
            one=mine[0],
            other=theirs[0],
            unsure_at=unsure,
            deferred_by=said.deferred_by if said else None,
            note=said.note if said and isinstance(said.note, str) else None,
        )

    def _human(self, shown: Sequence[Shown[PersonRow]]) -> Human:
        """What is shown is open already."""
        rows = tuple(one.row for one in shown)
        return human(rows, opened(self.ground.unsealer, rows))


async def _permission(know: Know, by: Standing, person: PersonId) -> Permission:
    entry = (await sight_of(know, person, by.viewer)).entry
    permission = sharing.decide(by, "write", entry)
    if entry.relationship.restricted:  # what is restricted may be put right, and is not laid out
        seen = sharing.decide(by, "read", entry)
        permission = permission if seen.permitted else seen
    return msgspec.structs.replace(permission, opens=permission.opens & {"identity"})


def _to_compare(row: PersonRow, permission: Permission) -> PersonRow:
    """The entry without what says nothing of whether two are one: who compares is not shown it."""
    row = row.by_name() if permission.by_name else row
    flags = tuple(msgspec.structs.replace(one, reason=None) for one in row.flags)
    return msgspec.structs.replace(row, flags=flags, ethnicity=None, ethnicity_observed=None, not_to_talk_to=None)


def _in_turn(one: Seen, other: Seen, said: PairRow | None) -> list[tuple[msgspec.Struct, Permission]]:
    """The rows of a pair, each with what it is shown by; a note on both, as the first is."""
    found: list[tuple[msgspec.Struct, Permission]] = [
        *zip(one.rows, one.permissions, strict=True),
        *zip(other.rows, other.permissions, strict=True),
    ]
    if said is not None:
        found.append((said, one.permissions[0]))
    return found


def _cursor_of(pair: Pair) -> str:
    return written_cursor((str(pair.band), pair.since.astimezone(dt.UTC).isoformat(), pair.person, pair.other))


def _pair_of(cursor: str | None) -> Pair | None:
    parts = read_cursor(cursor, 4)
    if parts is None:
        return None
    band, since, person, other = parts
    try:
        at = dt.datetime.fromisoformat(since)
        if at.tzinfo is None or int(band) not in CERTAINTIES:
            raise CursorUnreadable
        return Pair(PersonId(person), PersonId(other), int(band), at)
    except ValueError as error:
        raise CursorUnreadable from error
