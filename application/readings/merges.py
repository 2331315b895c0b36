"""Merges as they are looked at: both records side by side, and after a merge was undone whose each thing is.

Whoever may see either record sees that there is a merge; of each record they see what they may see of it by itself.
"""

from collections.abc import Collection

import msgspec

from application.deciding import Know
from application.permitting import permit, standing
from application.ports import log_of
from application.readings.ground import Ground
from application.readings.lists import whom_to_ask
from application.readings.moments import Moment, opened_lines, permitted_lines
from application.readings.paging import LIMIT, OF_ONE_PERSON, Page, page_of
from application.relating import sight
from application.revealing import Masked, Shown
from application.views.people import MERGES, MERGES_TO_REVIEW, MERGES_WAITING, PEOPLE, MergeRow, PersonRow
from domain.actors import Actor
from domain.calendar import civil_date
from domain.governance import sharing
from domain.governance.sharing import Permission, Resource
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


class Merges(msgspec.Struct, frozen=True):
    """Reads merges."""

    ground: Ground

    async def merges_waiting(
        self, viewer: Actor, *, cursor: str | None = None, limit: int = LIMIT
    ) -> Page[Shown[MergeRow]]:
        """Proposed merges that wait for a second worker: for those who may search. Raises: NotPermitted, Unknown."""
        return await self._merges(viewer, MERGES_WAITING, cursor, limit)

    async def merges_to_review(
        self, viewer: Actor, *, cursor: str | None = None, limit: int = LIMIT
    ) -> Page[Shown[MergeRow]]:
        """Merges of which nobody has reviewed yet who may know of both records, the most urgent first.

        Raises: NotPermitted, Unknown.
        """
        return await self._merges(viewer, MERGES_TO_REVIEW, cursor, limit)

    async def _merges(self, viewer: Actor, scope: str, cursor: str | None, limit: int) -> Page[Shown[MergeRow]]:
        """A list of which the viewer may see every row. What was said of the two is for whoever may see them."""
        log_of(viewer.partnership)
        permission = await permit(self.ground.know(viewer), viewer, "search", Resource(category="register"))
        async with self.ground.rows(viewer, None) as rows:
            listed, next_cursor = await page_of(rows.reaching("register"), MERGES, scope, cursor, limit)
            unsaid = [msgspec.structs.replace(one.row, reason=None, note=None) for one in listed]
            shown = self.ground.reveal(
                [Masked(row, viewer, "register", permission, whom_to_ask(row, viewer)) for row in unsaid]
            )
            return Page(items=tuple(shown), next=next_cursor, position=rows.position)

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
            pair = (row.person, row.other) if row else (PersonId(merge), PersonId(merge))
            people = await register.rows(PEOPLE, pair)
            position = rows.position
        seen: dict[PersonId, Permission] = {}
        for one in pair:
            related, bases = await sight(know, one)
            basis = bases.standing_of(viewer.agency, know.now)
            entry = Resource(category="register", relationship=related, basis=basis)
            permission = sharing.decide(by, "read", entry)
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
