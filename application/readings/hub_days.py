"""Sessions of the hub, and who is expected, came and was seen."""

import asyncio

import msgspec

from application.flags_of_human import with_flags_of_human
from application.permitting import permit, standing
from application.ports import log_of
from application.readings.ground import Ground
from application.readings.lists import Line, who_of
from application.readings.paging import LIMIT, OF_ONE_PERSON, Page, page_of
from application.relating import the_relationship
from application.revealing import Shown
from application.views.counted import ARRIVALS_COUNTED
from application.views.hub_day import ARRIVALS, SESSIONS, ArrivalRow, SessionRow
from application.views.people import PEOPLE
from application.views.view import EVERYTHING
from domain.actors import Actor
from domain.governance import sharing
from domain.governance.sharing import Permission, Relationship, Resource
from domain.ids import SessionId
from domain.refusals import Unknown


class HubDay(msgspec.Struct, frozen=True, kw_only=True):
    """A session with those expected, come and seen, as far as the viewer may know of them.

    The counts are of everybody; the lists are of those whom the viewer may see.
    """

    session: SessionRow
    expected: tuple[Line[ArrivalRow], ...]
    arrived: tuple[Line[ArrivalRow], ...]
    missed: tuple[Line[ArrivalRow], ...]
    invited_count: int
    arrived_count: int
    walk_in_count: int
    anonymous_count: int
    position: int


class HubDays(msgspec.Struct, frozen=True):
    """Reads sessions."""

    ground: Ground

    async def hub_sessions(
        self, viewer: Actor, *, cursor: str | None = None, limit: int = LIMIT, after: int | None = None
    ) -> Page[SessionRow]:
        """Sessions, the latest first. Raises: NotPermitted, Unknown, ViewBehind, CursorUnreadable."""
        log_of(viewer.partnership)
        await permit(self.ground.know(viewer), viewer, "read", Resource(category="hub", of_person=False))
        async with self.ground.rows(viewer, after) as rows:
            listed, next_cursor = await page_of(rows, SESSIONS, EVERYTHING, cursor, limit, descending=True)
            return Page(items=tuple(one.row for one in listed), next=next_cursor, position=rows.position)

    async def hub_day(self, viewer: Actor, session: SessionId, *, after: int | None = None) -> HubDay:
        """A session: expected, come, missed and seen by whom. Raises: NotPermitted, Unknown, ViewBehind."""
        log_of(viewer.partnership)
        know = self.ground.know(viewer)
        await permit(know, viewer, "read", Resource(category="hub", of_person=False))
        async with self.ground.rows(viewer, after) as rows:
            row = await rows.row(SESSIONS, session)
            if row is None:
                raise Unknown
            arrivals = [one.row for one in await rows.under(ARRIVALS, f"{session}|", limit=OF_ONE_PERSON)]
            position = rows.position
            people = await with_flags_of_human(rows, await rows.rows(PEOPLE, [one.person for one in arrivals]))
            counted = await rows.reaching("figures").under(ARRIVALS_COUNTED, f"{session}|", limit=OF_ONE_PERSON)
            everybody = [one.row for one in counted]
        by = await standing(know, viewer)
        relationships = await asyncio.gather(*(the_relationship(know, one.person) for one in arrivals))
        visible: list[tuple[ArrivalRow, Permission]] = []
        for one, relationship in zip(arrivals, relationships, strict=True):
            resource = Resource(category="hub", relationship=relationship, parties=one.parties)
            permission = sharing.decide(by, "read", resource)
            if permission.permitted:
                seen = tuple(
                    each
                    for each in one.seen
                    if sharing.decide(
                        by,
                        "read",
                        Resource(
                            category="support",
                            relationship=Relationship(restricted=relationship.restricted),
                            parties=frozenset((each.agency, each.by_agency)),
                        ),
                    ).permitted
                )
                visible.append((msgspec.structs.replace(one, seen=seen), permission))
        who = who_of(self.ground, people, {one.person: permission for one, permission in visible})
        for one, permission in visible:
            self.ground.account.saw("hub", (one.person,), permission.rules)
        lines = [Line(who=who.get(one.person), shown=Shown(row=one)) for one, _ in visible]
        return HubDay(
            session=row,
            expected=tuple(
                one for one in lines if one.shown.row.attended_at is None and one.shown.row.missed_at is None
            ),
            arrived=tuple(one for one in lines if one.shown.row.attended_at is not None),
            missed=tuple(one for one in lines if one.shown.row.missed_at is not None),
            invited_count=sum(1 for one in everybody if one.invited),
            arrived_count=sum(1 for one in everybody if one.attended),
            walk_in_count=sum(1 for one in everybody if one.walk_in),
            anonymous_count=row.anonymous_count,
            position=position,
        )
