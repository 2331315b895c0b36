"""What is about nobody: agencies, the services on offer, ladders, and powers conferred by name."""

from typing import TypeVar

import msgspec

from application.permitting import permit
from application.readings.ground import Ground
from application.readings.paging import LIMIT, OF_ONE_PERSON, Page, page_of
from application.views.services import (
    AGENCIES,
    LADDERS,
    POWERS,
    SERVICES,
    AgencyRow,
    LadderRow,
    PowersRow,
    ServiceRow,
    ladder_key,
)
from application.views.view import EVERYTHING, View
from domain.actors import Actor
from domain.codes import Need
from domain.facts import Instant
from domain.governance.sharing import Resource
from domain.ids import AgencyId, LadderId, ServiceId, WorkerId
from domain.refusals import Unknown
from domain.support.service import Question

R = TypeVar("R", bound=msgspec.Struct)


class ServiceOnOffer(msgspec.Struct, frozen=True, kw_only=True):
    """A service and its room: how many places are taken and how many referrals wait, never whose they are."""

    position: int
    service: ServiceId
    agency: AgencyId
    name: str
    needs: tuple[Need, ...]
    where: str | None
    area: str | None
    when: str | None
    eligibility: str | None
    places: int | None
    answer_due_days: int
    questions: tuple[Question, ...]
    closed_at: Instant | None
    taken: int
    free: int | None
    waiting: int


class Administration(msgspec.Struct, frozen=True):
    """Reads agencies, services, ladders and powers."""

    ground: Ground

    async def services(
        self,
        viewer: Actor,
        *,
        need: Need | None = None,
        offered_by: AgencyId | None = None,
        cursor: str | None = None,
        limit: int = LIMIT,
        after: int | None = None,
    ) -> Page[ServiceOnOffer]:
        """Services on offer with the room they have. Raises: NotPermitted, Unknown, ViewBehind, CursorUnreadable."""
        scope = f"offered-by:{offered_by}" if offered_by else f"need:{need}" if need else EVERYTHING
        page = await _listed(self.ground, viewer, SERVICES, scope, cursor, limit, after)
        return Page(items=tuple(_on_offer(one) for one in page.items), next=page.next, position=page.position)

    async def service(self, viewer: Actor, service: ServiceId, *, after: int | None = None) -> ServiceOnOffer:
        """One service. Raises: NotPermitted, Unknown, ViewBehind."""
        return _on_offer(await _entry(self.ground, viewer, SERVICES, service, after))

    async def agencies(
        self, viewer: Actor, *, cursor: str | None = None, limit: int = LIMIT, after: int | None = None
    ) -> Page[AgencyRow]:
        """The parties of the partnership. Raises: NotPermitted, Unknown, ViewBehind, CursorUnreadable."""
        return await _listed(self.ground, viewer, AGENCIES, EVERYTHING, cursor, limit, after)

    async def agency(self, viewer: Actor, agency: AgencyId, *, after: int | None = None) -> AgencyRow:
        """One agency. Raises: NotPermitted, Unknown, ViewBehind."""
        return await _entry(self.ground, viewer, AGENCIES, agency, after)

    async def ladders(self, viewer: Actor, *, after: int | None = None) -> tuple[LadderRow, ...]:
        """Every version of every ladder. Raises: NotPermitted, Unknown, ViewBehind."""
        await _may_read(self.ground, viewer)
        async with self.ground.rows(viewer, after) as rows:
            return tuple(one.row for one in await rows.under(LADDERS, "", limit=OF_ONE_PERSON))

    async def ladder(
        self, viewer: Actor, ladder: LadderId, version: int | None = None, *, after: int | None = None
    ) -> LadderRow:
        """A version of a ladder, the newest unless one is named. Raises: NotPermitted, Unknown, ViewBehind."""
        if version is not None:
            return await _entry(self.ground, viewer, LADDERS, ladder_key(ladder, version), after)
        await _may_read(self.ground, viewer)
        async with self.ground.rows(viewer, after) as rows:
            newest = await rows.under(LADDERS, f"{ladder}|", limit=1, descending=True)
        if not newest:
            raise Unknown
        return newest[0].row

    async def powers(self, viewer: Actor, worker: WorkerId, *, after: int | None = None) -> PowersRow:
        """The powers conferred on a worker by name. Raises: NotPermitted, Unknown, ViewBehind."""
        return await _entry(self.ground, viewer, POWERS, worker, after)

    async def powers_conferred(self, viewer: Actor, *, after: int | None = None) -> tuple[PowersRow, ...]:
        """The powers of everybody on whom any was conferred by name. Raises: NotPermitted, Unknown, ViewBehind."""
        await _may_read(self.ground, viewer)
        async with self.ground.rows(viewer, after) as rows:
            return tuple(one.row for one in await rows.under(POWERS, "", limit=OF_ONE_PERSON))


async def _may_read(ground: Ground, viewer: Actor) -> None:
    know = ground.know(viewer)
    await permit(know, viewer, "read", Resource(category="administration", of_person=False))


async def _listed(
    ground: Ground, viewer: Actor, view: View[R], scope: str, cursor: str | None, limit: int, after: int | None
) -> Page[R]:
    await _may_read(ground, viewer)
    async with ground.rows(viewer, after) as rows:
        listed, next_cursor = await page_of(rows, view, scope, cursor, limit)
        return Page(items=tuple(one.row for one in listed), next=next_cursor, position=rows.position)


async def _entry(ground: Ground, viewer: Actor, view: View[R], key: str, after: int | None) -> R:
    await _may_read(ground, viewer)
    async with ground.rows(viewer, after) as rows:
        row = await rows.row(view, key)
    if row is None:
        raise Unknown
    return row


def _on_offer(row: ServiceRow) -> ServiceOnOffer:
    fields = {
        name: getattr(row, name) for name in ServiceOnOffer.__struct_fields__ if name in ServiceRow.__struct_fields__
    }
    return ServiceOnOffer(**{**fields, "waiting": len(row.waiting), "taken": row.taken, "free": row.free})
