"""The registers of requests, complaints and breaches: for those who answer for them, each thing for who was asked."""

import datetime as dt
from typing import get_args

import msgspec

from application.permitting import permit
from application.readings.ground import Ground
from application.readings.lists import Who
from application.readings.paging import Page
from application.readings.rights_known import (
    ABOUT_NOBODY,
    Said,
    may_read_rights,
    rights_known,
    said_under,
    to_note,
    who_asked,
)
from domain.actors import Actor
from domain.governance.sharing import Standing
from domain.ids import AgencyId, ComplaintId, DataBreachId, RightsRequestId
from domain.refusals import Unknown
from domain.rights.breach import DataBreach
from domain.rights.complaint import Complaint
from domain.rights.reminding import RightsThing
from domain.rights.request import RightsRequest
from domain.rights.rights import Rights


class RequestLine(msgspec.Struct, frozen=True, kw_only=True):
    """A request in the register, with who asked, where the viewer may know that."""

    request: RightsRequest
    who: Who | None
    overdue: bool
    soon: bool


class RequestShown(msgspec.Struct, frozen=True, kw_only=True):
    """A request, with what was written of it."""

    request: RightsRequest
    who: Who | None
    overdue: bool
    soon: bool
    said: tuple[Said, ...]
    position: int


class ComplaintLine(msgspec.Struct, frozen=True, kw_only=True):
    """A complaint in the register."""

    complaint: Complaint
    who: Who | None
    overdue: bool
    soon: bool


class ComplaintShown(msgspec.Struct, frozen=True, kw_only=True):
    """A complaint, with what was written of it."""

    complaint: Complaint
    who: Who | None
    overdue: bool
    soon: bool
    said: tuple[Said, ...]
    position: int


class BreachShown(msgspec.Struct, frozen=True, kw_only=True):
    """A breach, and whether the Commissioner should have been told by now."""

    breach: DataBreach
    overdue: bool
    soon: bool
    position: int


class RightsDue(msgspec.Struct, frozen=True, kw_only=True):
    """How much is due soon and overdue, by what it is."""

    soon: dict[RightsThing, int]
    overdue: dict[RightsThing, int]
    to_note: int
    position: int


class Registers(msgspec.Struct, frozen=True):
    """Reads the registers."""

    ground: Ground

    async def rights_requests(self, viewer: Actor, *, answered: bool = False) -> Page[RequestLine]:
        """The register of requests, the first due first; those that were answered, the latest first.

        Raises: NotPermitted, Unknown.
        """
        known, position, by = await self._register(viewer)
        ours = [one for one in known.requests.values() if one.open is not answered and _ours(one.by_agency, by)]
        ours.sort(key=lambda one: (one.answered_at, one.id) if one.answered_at else (one.due, one.id), reverse=answered)
        who = await who_asked(self.ground, viewer, by, ours)
        items = tuple(request_line(one, who.get(one.person), self.ground.clock.now()) for one in ours)
        return Page(items=items, next=None, position=position)

    async def rights_request(self, viewer: Actor, rights_request: RightsRequestId) -> RequestShown:
        """One request, for the agency that was asked and who answers. Raises: NotPermitted, Unknown."""
        known, position, by = await rights_known(self.ground, viewer)
        one = known.request(rights_request)
        permission = await may_read_rights(self.ground, viewer, one.person, one.by_agency)
        who = (await who_asked(self.ground, viewer, by, [one])).get(one.person)
        line = request_line(one, who, self.ground.clock.now())
        return RequestShown(
            request=one,
            who=line.who,
            overdue=line.overdue,
            soon=line.soon,
            said=await said_under(self.ground, viewer, f"rights_request:{one.id}", one.person, permission),
            position=position,
        )

    async def complaints(self, viewer: Actor, *, concluded: bool = False) -> Page[ComplaintLine]:
        """The register of complaints, those to be acknowledged first; those concluded, the latest first.

        Raises: NotPermitted, Unknown.
        """
        known, position, by = await self._register(viewer)
        ours = [one for one in known.complaints.values() if one.open is not concluded and _ours(one.by_agency, by)]
        ours.sort(key=lambda one: (not one.awaits_acknowledgement, one.due, one.id))
        who = await who_asked(self.ground, viewer, by, ours)
        items = tuple(complaint_line(one, who.get(one.person), self.ground.clock.now()) for one in ours)
        return Page(items=items, next=None, position=position)

    async def complaint(self, viewer: Actor, complaint: ComplaintId) -> ComplaintShown:
        """One complaint, for the agency that heard it and who answers. Raises: NotPermitted, Unknown."""
        known, position, by = await rights_known(self.ground, viewer)
        one = known.complaint(complaint)
        permission = await may_read_rights(self.ground, viewer, one.person, one.by_agency)
        who = (await who_asked(self.ground, viewer, by, [one])).get(one.person)
        line = complaint_line(one, who, self.ground.clock.now())
        return ComplaintShown(
            complaint=one,
            who=line.who,
            overdue=line.overdue,
            soon=line.soon,
            said=await said_under(self.ground, viewer, f"complaint:{one.id}", one.person, permission),
            position=position,
        )

    async def data_breaches(self, viewer: Actor) -> Page[BreachShown]:
        """The breach register, what is open first: of one's agency, or of all. Raises: NotPermitted, Unknown."""
        known, position, by = await self._register(viewer)
        ours = [one for one in known.breaches.values() if _ours(one.by_agency, by)]
        ours.sort(key=lambda one: (not one.open, one.report is not None, one.report_by))
        return Page(items=tuple(self._breach(one, position) for one in ours), next=None, position=position)

    async def data_breach(self, viewer: Actor, data_breach: DataBreachId) -> BreachShown:
        """One breach. Raises: NotPermitted, Unknown."""
        known, position, by = await self._register(viewer)
        one = known.breach(data_breach)
        if not _ours(one.by_agency, by):
            raise Unknown
        return self._breach(one, position)

    async def rights_due(self, viewer: Actor) -> RightsDue:
        """How much is due, of all that the viewer answers for. Raises: NotPermitted, Unknown."""
        known, position, by = await self._register(viewer)
        now = self.ground.clock.now()
        soon: dict[RightsThing, int] = dict.fromkeys(get_args(RightsThing), 0)
        overdue = soon.copy()
        for thing, one in known.limited():
            if _ours(one.by_agency, by):
                soon[thing] += one.due_soon(now)
                overdue[thing] += one.overdue(now)
        waiting = len(await to_note(self.ground, viewer, known))
        return RightsDue(soon=soon, overdue=overdue, to_note=waiting, position=position)

    async def _register(self, viewer: Actor) -> tuple[Rights, int, Standing]:
        """The same, for those who answer."""
        await permit(self.ground.know(viewer), viewer, "search", ABOUT_NOBODY)
        return await rights_known(self.ground, viewer)

    def _breach(self, one: DataBreach, position: int) -> BreachShown:
        now = self.ground.clock.now()
        return BreachShown(breach=one, overdue=one.overdue(now), soon=one.due_soon(now), position=position)


def request_line(one: RightsRequest, who: Who | None, now: dt.datetime) -> RequestLine:
    return RequestLine(request=one, who=who, overdue=one.overdue(now), soon=one.due_soon(now))


def complaint_line(one: Complaint, who: Who | None, now: dt.datetime) -> ComplaintLine:
    return ComplaintLine(complaint=one, who=who, overdue=one.overdue(now), soon=one.due_soon(now))


def _ours(by_agency: AgencyId, by: Standing) -> bool:
    """Whether the viewer answers for what an agency was asked: their own, or all for the partnership's own body."""
    return by_agency == by.viewer.agency or by.kind == "partnership"
