"""What happened to a person, line by line, as far as a viewer may know."""

import datetime as dt
from typing import Final

import msgspec

from application.readings.ground import Ground
from application.readings.moments import Moment, opened_lines, permitted_lines, saw_lines
from application.readings.paging import LIMIT, Page, bounded, read_cursor, written_cursor
from application.views.services import AGENCIES
from domain.actors import Actor
from domain.facts import Instant
from domain.governance.scope import Category
from domain.ids import AgencyId, PersonId

MARKS: Final = 2_000
"""More than happens to anybody."""


class Mark(msgspec.Struct, frozen=True, kw_only=True):
    """Something that happened: its type says what, and not how it went."""

    happened: Instant
    type: str
    category: Category


class Lane(msgspec.Struct, frozen=True, kw_only=True):
    """What one agency did, in the order in which things happened."""

    agency: AgencyId
    name: str
    marks: tuple[Mark, ...]


class Journey(msgspec.Struct, frozen=True, kw_only=True):
    """A person's journey, as far as the viewer may see it, in a lane for each agency; the first to act stands first.

    `cut` says that the journey is longer than what is shown: its latest part.
    """

    person: PersonId
    lanes: tuple[Lane, ...]
    cut: bool
    position: int


class Timelines(msgspec.Struct, frozen=True):
    """Reads timelines."""

    ground: Ground

    async def timeline(
        self,
        viewer: Actor,
        person: PersonId,
        *,
        cursor: str | None = None,
        limit: int = LIMIT,
        newest_first: bool = True,
        categories: frozenset[Category] | None = None,
        after: int | None = None,
        as_at: dt.datetime | None = None,
    ) -> Page[Moment]:
        """What happened to a person, as far as the viewer may know: line by line decided by category and parties.

        Raises: NotPermitted, Unknown, ViewBehind, CursorUnreadable.
        """
        begin = read_cursor(cursor, 1)
        limit = bounded(limit)
        async with self.ground.of_person(viewer, "register", person, after, as_at) as asked:
            await asked.permit(asked.entry)
            last = begin[0] if begin else None
            lines, last = await permitted_lines(asked, categories, last, limit, newest_first=newest_first)
            moments = opened_lines(self.ground.unsealer, asked, lines)
            next_cursor = None if last is None else written_cursor((last,))
            return Page(items=tuple(moments), next=next_cursor, position=asked.rows.position)

    async def moments(self, viewer: Actor, person: PersonId, *, limit: int = LIMIT) -> tuple[Instant, ...]:
        """When something that the viewer may see was recorded of a person, from the earliest: the latest of these.

        Raises: NotPermitted, Unknown.
        """
        async with self.ground.of_person(viewer, "register", person, None, None) as asked:
            await asked.permit(asked.entry)
            lines, _ = await permitted_lines(asked, None, None, bounded(limit), newest_first=True)
            saw_lines(asked, lines)
            return tuple(sorted({row.recorded for row, _ in lines}))

    async def journey(
        self, viewer: Actor, person: PersonId, *, after: int | None = None, as_at: dt.datetime | None = None
    ) -> Journey:
        """A person's journey, agency by agency: of the lines of the timeline that the viewer may see.

        Raises: NotPermitted, Unknown, ViewBehind.
        """
        async with self.ground.of_person(viewer, "register", person, after, as_at) as asked:
            await asked.permit(asked.entry)
            lines, last = await permitted_lines(asked, None, None, MARKS, newest_first=True)
            saw_lines(asked, lines)
            rows = [row for row, _ in reversed(lines)]
            names = await asked.rows.rows(AGENCIES, list(dict.fromkeys(one.agency for one in rows)))
            lanes: dict[AgencyId, list[Mark]] = {}
            for one in rows:
                mark = Mark(happened=one.happened, type=one.type, category=one.category)
                lanes.setdefault(one.agency, []).append(mark)
            return Journey(
                person=person,
                lanes=tuple(
                    Lane(agency=agency, name=names[agency].name if agency in names else agency, marks=tuple(marks))
                    for agency, marks in lanes.items()
                ),
                cut=last is not None,
                position=max((one.position for one in rows), default=0),
            )
