"""What keeps a record and what ends it: legal holds, how long it is kept, what was proposed to be erased and was.

A person's are for whoever may see what is done about their rights; what waits is listed for those who decide it.
"""

import asyncio
import datetime as dt
from collections.abc import Sequence
from typing import Final, TypeVar

import msgspec

from application.people import the_person
from application.permitting import permit, standing
from application.ports import ReadRows
from application.readings.asked import sight_of
from application.readings.ground import Ground
from application.readings.lists import Line, who_of
from application.readings.moments import Moment, opened_lines, permitted_lines
from application.readings.paging import LIMIT, Page, bounded, read_cursor, written_cursor
from application.revealing import Shown
from application.rights.keeping import holds_of, open_of, retention_of
from application.views.people import PEOPLE
from application.views.retention import RETENTION, RetentionRow
from application.views.view import EVERYTHING
from domain.actors import Actor
from domain.calendar import civil_date
from domain.governance import sharing
from domain.governance.scope import PROTECTS_DATA, Category
from domain.governance.sharing import Permission, Resource, Standing
from domain.ids import PersonId
from domain.rights.erasure import Erasure, erasures, erasures_of
from domain.rights.legal_hold import Hold

R = TypeVar("R", Erasure, RetentionRow)

RIGHTS: Final[frozenset[Category]] = frozenset({"rights"})


class RecordKept(msgspec.Struct, frozen=True, kw_only=True):
    """What keeps a person's record, and what was proposed.

    `review_due` is when somebody looks whether to keep it, `last_at` when the last thing happened. `open` is what has
    not ended, as `kind:id`. `said` are the lines of what was said of it, with the reasons. `records` are the records
    that would be erased together.
    """

    person: PersonId
    records: tuple[PersonId, ...]
    holds: tuple[Hold, ...]
    erasures: tuple[Erasure, ...]
    open: tuple[str, ...]
    last_at: dt.datetime | None
    kept_until: dt.date | None
    review_due: dt.date | None
    said: tuple[Moment, ...]
    position: int


class Keeping(msgspec.Struct, frozen=True):
    """Reads what keeps or ends a record."""

    ground: Ground

    async def keeping(self, viewer: Actor, person: PersonId, *, after: int | None = None) -> RecordKept:
        """What keeps a person's record, and what was proposed to end it. Raises: NotPermitted, Unknown, ViewBehind."""
        know = self.ground.know(viewer)
        async with self.ground.of_person(viewer, "rights", person, after, None) as asked:
            await asked.permit(Resource(category="rights", relationship=asked.relationship))
            asked.rows = asked.rows.reaching("register", *asked.people)
            lines, _ = await permitted_lines(asked, RIGHTS, None, LIMIT, newest_first=True)
            records = (await the_person(know, person)).ids
            kept = await retention_of(know, records)
            return RecordKept(
                person=person,
                records=tuple(sorted(records)),
                holds=await holds_of(know, records),
                erasures=tuple((await know(erasures_of(person))).values()),
                open=tuple(sorted(await open_of(know, records, know.now))),
                last_at=kept.last_at,
                kept_until=kept.kept_until,
                review_due=kept.due,
                said=tuple(opened_lines(self.ground.unsealer, asked, lines)),
                position=asked.rows.position,
            )

    async def erasures(self, viewer: Actor, *, after: int | None = None) -> Page[Line[Erasure]]:
        """What was proposed to be erased and what became of it, what waits first; of those whom the viewer may see.

        Raises: NotPermitted, Unknown, ViewBehind.
        """
        know = self.ground.know(viewer)
        await permit(know, viewer, "search", Resource(category="rights", of_person=False))
        by = await standing(know, viewer)
        every = sorted((await know(erasures())).values(), key=lambda one: one.proposed_at, reverse=True)
        every.sort(key=lambda one: one.status != "proposed")
        async with self.ground.rows(viewer, after) as rows:
            return Page(items=await self._of_people(by, rows, every), next=None, position=rows.position)

    async def retention_reviews(
        self, viewer: Actor, *, cursor: str | None = None, limit: int = LIMIT, after: int | None = None
    ) -> Page[Line[RetentionRow]]:
        """Whose record is to be looked at, what is due longest first: by the agency that entered them, or by the body.

        Raises: NotPermitted, Unknown, ViewBehind, CursorUnreadable.
        """
        know = self.ground.know(viewer)
        await permit(know, viewer, "search", Resource(category="rights", of_person=False))
        by = await standing(know, viewer)
        begin = read_cursor(cursor, 2)
        limit = bounded(limit)
        today = f"{civil_date(know.now)}"
        scope = EVERYTHING if by.kind == "partnership" else f"agency:{viewer.agency}/retention"
        async with self.ground.rows(viewer, after) as rows:
            ground = rows.reaching("oversight") if viewer.role in PROTECTS_DATA else rows
            listed = await ground.listed(
                RETENTION, scope, after=(begin[0], begin[1]) if begin else None, limit=limit + 1
            )
            due = [one for one in listed if one.sort < today]
            more = len(due) > limit
            due = due[:limit]
            items = await self._of_people(by, rows, [one.row for one in due])
            following = written_cursor((due[-1].sort, due[-1].key)) if more else None
            return Page(items=items, next=following, position=rows.position)

    async def _of_people(self, by: Standing, rows: ReadRows, listed: Sequence[R]) -> tuple[Line[R], ...]:
        """Those of whom the viewer may see what is done about their rights, each with who it is."""
        know = self.ground.know(by.viewer)
        people = list(dict.fromkeys(one.person for one in listed))
        seen = dict(zip(people, await asyncio.gather(*(sight_of(know, one, by.viewer) for one in people)), strict=True))
        entries = await rows.reaching("register").rows(PEOPLE, people)
        permissions: dict[PersonId, Permission] = {}
        lines: list[R] = []
        for one in listed:
            sight = seen[one.person]
            permission = sharing.decide(by, "read", Resource(category="rights", relationship=sight.relationship))
            if permission.permitted:
                self.ground.account.saw("rights", (one.person,), permission.rules)
                permissions[one.person] = sharing.decide(by, "read", sight.entry)
                lines.append(one)
        who = who_of(self.ground, entries, permissions)
        return tuple(Line(who=who.get(one.person), shown=Shown(row=one)) for one in lines)
