"""Merges as they are looked at: both records side by side, and after a merge was undone whose each thing is.

Whoever may see either record sees that there is a merge; of each record they see what they may see of it by itself.
"""

import asyncio
from collections.abc import Collection

import msgspec

from application.deciding import Know
from application.permitting import permit, standing
from application.readings.asked import sight_of
from application.readings.ground import Ground
from application.readings.lists import whom_to_ask
from application.readings.moments import Moment, opened_lines, permitted_lines
from application.readings.paging import LIMIT, OF_ONE_PERSON, Page, page_of
from application.revealing import Masked, Shown
from application.views.people import MERGES, MERGES_TO_REVIEW, MERGES_WAITING, PEOPLE, MergeRow, PersonRow
from domain.actors import Actor
from domain.calendar import civil_date
from domain.governance import sharing
from domain.governance.scope import Action
from domain.governance.sharing import Permission, Resource, Standing
from domain.ids import MergeId, PersonId
from domain.people.attributing import Thing, story, things_between
from domain.people.merging import merge as merge_of
from domain.refusals import Unknown


class MergeOfPerson(msgspec.Struct, frozen=True, kw_only=True):
    """A merge that a person's record had a part in, and how many things wait to be told whose they are."""

    merge: MergeRow
    unsettled: int


class ThingShown(msgspec.Struct, frozen=True, kw_only=True):
    """Something that was begun while two records were one: whose it is, and whether anybody said so.

    `lines` are those of its timeline that the viewer may see; nobody is asked of what they see nothing of.
    """

    thing: str
    person: PersonId
    settled: bool
    lines: tuple[Moment, ...]


class MergeShown(msgspec.Struct, frozen=True, kw_only=True):
    """A merge with its records, as far as the viewer may see each; None for one that is not for them.

    `unsettled` counts the things of which nobody has said whose they are; `things` are those that the viewer may see.
    """

    merge: MergeRow
    one: Shown[PersonRow] | None
    other: Shown[PersonRow] | None
    things: tuple[ThingShown, ...]
    unsettled: int
    position: int


class MergeWaiting(msgspec.Struct, frozen=True, kw_only=True):
    """A merge that waits, and by which references the two records are spoken of."""

    shown: Shown[MergeRow]
    reference: str
    other_reference: str


class Merges(msgspec.Struct, frozen=True):
    """Reads merges."""

    ground: Ground

    async def merges_waiting(
        self, viewer: Actor, *, cursor: str | None = None, limit: int = LIMIT
    ) -> Page[MergeWaiting]:
        """Proposed merges that wait for a second worker, of whom the viewer may write of both; a page may hold fewer.

        Whoever went on under another record meanwhile is not asked of. Raises: NotPermitted, Unknown.
        """
        return await self._merges(viewer, MERGES_WAITING, "write", cursor, limit)

    async def merges_to_review(
        self, viewer: Actor, *, cursor: str | None = None, limit: int = LIMIT
    ) -> Page[MergeWaiting]:
        """Merges of which nobody has reviewed yet who may know of both records, the most urgent first.

        Of whom the viewer may see both; a page may hold fewer. Raises: NotPermitted, Unknown.
        """
        return await self._merges(viewer, MERGES_TO_REVIEW, "read", cursor, limit)

    async def _merges(
        self, viewer: Actor, scope: str, action: Action, cursor: str | None, limit: int
    ) -> Page[MergeWaiting]:
        """Of each no more than that it waits, and since when: what was said of the two stands on a page of its own."""
        know = self.ground.know(viewer)
        permission = await permit(know, viewer, "search", Resource(category="register"))
        by = await standing(know, viewer)
        async with self.ground.rows(viewer, None) as rows:
            register = rows.reaching("register")
            listed, next_cursor = await page_of(register, MERGES, scope, cursor, limit)
            people = await register.rows(PEOPLE, sorted({each for one in listed for each in _pair(one.row)}))
            decided = await asyncio.gather(*(_permission(know, by, PersonId(one), action) for one in people))
            theirs = {one for one, each in zip(people, decided, strict=True) if each.permitted}
            if scope == MERGES_WAITING:
                theirs = {one for one in theirs if people[one].merged_into is None}
            unsaid = [
                msgspec.structs.replace(one.row, reason=None, note=None)
                for one in listed
                if theirs.issuperset(_pair(one.row))
            ]
            shown = self.ground.reveal(
                [Masked(row, viewer, "register", permission, whom_to_ask(row, viewer)) for row in unsaid]
            )
            items = tuple(
                MergeWaiting(
                    shown=one,
                    reference=people[one.row.person].reference,
                    other_reference=people[one.row.other].reference,
                )
                for one in shown
            )
            return Page(items=items, next=next_cursor, position=rows.position)

    async def merges_of(self, viewer: Actor, person: PersonId) -> tuple[MergeOfPerson, ...]:
        """The merges of a record, the first first, without what was said of them. Raises: NotPermitted, Unknown."""
        know = self.ground.know(viewer)
        async with self.ground.of_person(viewer, "register", person, None, None) as asked:
            permission = await asked.permit(asked.entry)
            listed = await asked.rows.reaching("register").listed(MERGES, f"person:{person}", limit=OF_ONE_PERSON)
        rows = [msgspec.structs.replace(one.row, reason=None, note=None) for one in listed]
        shown = self.ground.reveal([Masked(row, viewer, "register", permission, None) for row in rows])
        return tuple(
            [MergeOfPerson(merge=one.row, unsettled=_unsettled(await _things(know, one.row))) for one in shown]
        )

    async def merge(self, viewer: Actor, merge: MergeId, *, after: int | None = None) -> MergeShown:
        """One merge, for whoever may see either record. Raises: NotPermitted, Unknown, ViewBehind."""
        know = self.ground.know(viewer)
        await permit(know, viewer, "read", Resource(category="register", of_person=False))
        by = await standing(know, viewer)
        async with self.ground.rows(viewer, after) as rows:
            register = rows.reaching("register")
            row = await register.row(MERGES, merge)
            pair = _pair(row) if row else (PersonId(merge), PersonId(merge))
            people = await register.rows(PEOPLE, pair)
            position = rows.position
        seen: dict[PersonId, Permission] = {}
        for one in pair:
            permission = await _permission(know, by, one, "read")
            if permission.permitted:
                seen[one] = permission
        if row is None or not seen:
            raise Unknown
        today = civil_date(know.now)
        entries: list[Masked[PersonRow]] = []
        for one, permission in seen.items():
            entry_row = people[one].on(today)
            entry_row = entry_row.by_name() if permission.by_name else entry_row
            entries.append(Masked(entry_row, viewer, "register", permission, entry_row.by_agency))
        # What was said of a merge is sealed under the record that goes on.
        said = row if row.person in seen else msgspec.structs.replace(row, reason=None, note=None)
        permission = seen.get(row.person) or next(iter(seen.values()))
        (merged,) = self.ground.reveal([Masked(said, viewer, "register", permission, None)])
        shown = {one.row.person: one for one in self.ground.reveal(entries)}
        things = await _things(know, row)
        return MergeShown(
            merge=merged.row,
            one=shown.get(row.person),
            other=shown.get(row.other),
            things=await self._things_shown(viewer, things, seen),
            unsettled=_unsettled(things),
            position=position,
        )

    async def _things_shown(
        self, viewer: Actor, things: Collection[Thing], seen: Collection[PersonId]
    ) -> tuple[ThingShown, ...]:
        lines: dict[int, Moment] = {}
        for person in {thing.person for thing in things} & set(seen):
            wanted = {position for thing in things if thing.person == person for position in thing.positions}
            async with self.ground.of_person(viewer, "register", person, None, None) as asked:
                last: str | None = None
                while True:
                    found, last = await permitted_lines(asked, None, last, LIMIT, newest_first=False)
                    kept = [one for one in found if one[0].position in wanted]
                    lines |= {one.position: one for one in opened_lines(self.ground.unsealer, asked, kept)}
                    if last is None:
                        break
        return tuple(
            ThingShown(
                thing=thing.id,
                person=thing.person,
                settled=thing.settled,
                lines=tuple(lines[position] for position in thing.positions if position in lines),
            )
            for thing in things
            if any(position in lines for position in thing.positions)
        )


def _pair(row: MergeRow) -> tuple[PersonId, PersonId]:
    return row.person, row.other


async def _permission(know: Know, by: Standing, person: PersonId, action: Action) -> Permission:
    return sharing.decide(by, action, (await sight_of(know, person, by.viewer)).entry)


async def _things(know: Know, row: MergeRow) -> tuple[Thing, ...]:
    """What was begun while a merge stood that was undone; nothing where it still stands."""
    if row.status != "undone":
        return ()
    known = await know(merge_of(row.merge))
    assert known is not None
    stories = [await know(story(one)) for one in (row.person, row.other)]
    return things_between(row.merge, known, stories[0], stories[1])


def _unsettled(things: Collection[Thing]) -> int:
    return sum(1 for thing in things if not thing.settled)
