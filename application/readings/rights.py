"""What somebody asked and complained of, what was put right, and what of their record is restricted."""

import datetime as dt
from typing import Final, TypeVar

import msgspec

from application.permitting import permit, standing
from application.readings.asked import sight_of
from application.readings.ground import Ground
from application.readings.lists import Who
from application.readings.moments import permitted_lines
from application.readings.paging import OF_ONE_PERSON, Page
from application.readings.registers import ComplaintLine, RequestLine, complaint_line, request_line
from application.readings.rights_known import (
    Said,
    may_read_rights,
    rights_known,
    said_under,
    to_note,
    who_asked,
    yours_to_note,
)
from application.relating import the_relationship
from application.views.people import PEOPLE
from domain.actors import Actor
from domain.calendar import civil_date
from domain.codes import FlagKind
from domain.facts import Instant
from domain.governance import sharing
from domain.governance.scope import SharedCategory
from domain.governance.sharing import Permission, Resource
from domain.ids import AgencyId, PersonId, ProcessingRestrictionId, RectificationId
from domain.refusals import Unknown, found
from domain.rights.complaint import Complaint
from domain.rights.rectification import Rectification
from domain.rights.request import RightsRequest
from domain.rights.restriction import Allowed, ProcessingRestriction, RestrictionGround

T = TypeVar("T", RightsRequest, Complaint)

WARNS: Final[frozenset[FlagKind]] = frozenset({"staff-safety", "safeguarding", "modern-slavery", "capacity"})
"""The flags that stay, whatever is restricted: they protect the person, or whoever meets them."""


class RectificationShown(msgspec.Struct, frozen=True, kw_only=True):
    """What was asked to be put right, what was written of it, and how many agencies are to take note of a correction.

    `to_note` counts them: which those are is need-to-know.
    """

    rectification: Rectification
    said: tuple[Said, ...]
    to_note: int
    noted: int
    yours_to_note: bool
    position: int


class RestrictionShown(msgspec.Struct, frozen=True, kw_only=True):
    """A restriction of processing as it stands; `allowed` are the exceptions that hold now."""

    restriction: ProcessingRestrictionId
    ground: RestrictionGround
    scope: tuple[SharedCategory, ...]
    since: Instant
    by_agency: AgencyId
    lifted_at: Instant | None
    allowed: tuple[Allowed, ...]


class RightsOfPerson(msgspec.Struct, frozen=True, kw_only=True):
    """What a person asked and complained of, as far as the viewer may know. `enters`: the viewer may enter more."""

    person: PersonId
    enters: bool
    requests: tuple[RequestLine, ...]
    complaints: tuple[ComplaintLine, ...]
    rectifications: tuple[RectificationShown, ...]
    restrictions: tuple[RestrictionShown, ...]
    position: int


class CorrectionLine(msgspec.Struct, frozen=True, kw_only=True):
    """A correction of somebody's record of which the viewer's agency takes note."""

    rectification: RectificationId
    person: PersonId
    who: Who | None
    decided_at: Instant


class RestrictionNotice(msgspec.Struct, frozen=True, kw_only=True):
    """Whether a record is restricted, whom to ask, and what is to be minded all the same."""

    person: PersonId
    ask: AgencyId | None
    restrictions: tuple[RestrictionShown, ...]
    flags: tuple[FlagKind, ...]
    position: int


class Statement(msgspec.Struct, frozen=True, kw_only=True):
    """What the person says of a line of their record that stands as it was written."""

    rectification: RectificationId
    line: int
    text: str | None


class RightsOfPeople(msgspec.Struct, frozen=True):
    """Reads what people asked of those who hold their data."""

    ground: Ground

    async def corrections(self, viewer: Actor) -> Page[CorrectionLine]:
        """What was corrected of people whom the viewer's agency works with, until it takes note.

        Raises: NotPermitted, Unknown.
        """
        known, position, by = await rights_known(self.ground, viewer)
        ours = await to_note(self.ground, viewer, known)
        who = await who_asked(self.ground, viewer, by, ours)
        for one in ours:
            self.ground.account.saw("rights", (one.person,), ("rights-are-asked-of-anybody",))
        items = tuple(
            CorrectionLine(
                rectification=one.id,
                person=one.person,
                who=who.get(one.person),
                decided_at=found(one.decided_at),
            )
            for one in ours
        )
        return Page(items=items, next=None, position=position)

    async def rights_of(self, viewer: Actor, person: PersonId) -> RightsOfPerson:
        """What a person asked and complained of, as far as the viewer may know. Raises: NotPermitted, Unknown."""
        known, position, by = await rights_known(self.ground, viewer)
        async with self.ground.of_person(viewer, "rights", person, None, None) as asked:
            people, related = asked.people, asked.relationship
            kept = msgspec.structs.replace(related, restricted=())
            await asked.permit(msgspec.structs.replace(asked.entry, relationship=kept))
            enters = sharing.decide(by, "write", Resource(category="rights", relationship=related)).permitted

            def may_read(by_agency: AgencyId) -> Permission:
                resource = Resource(category="rights", relationship=related, parties=frozenset({by_agency}))
                return sharing.decide(by, "read", resource)

            requests = [
                one for one in known.requests.values() if one.person in people and may_read(one.by_agency).permitted
            ]
            complaints = [
                one for one in known.complaints.values() if one.person in people and may_read(one.by_agency).permitted
            ]
            rectifications = [one for one in known.rectifications.values() if one.person in people]
        return RightsOfPerson(
            person=person,
            enters=enters,
            requests=tuple(request_line(one, None, self.ground.clock.now()) for one in requests),
            complaints=tuple(complaint_line(one, None, self.ground.clock.now()) for one in complaints),
            rectifications=tuple(
                [
                    await self._rectification(viewer, one, may_read(one.by_agency), position)
                    for one in rectifications
                    if may_read(one.by_agency).permitted or yours_to_note(one, viewer, related.agencies)
                ]
            ),
            restrictions=tuple(_restriction(one, by.at) for one in related.restricted),
            position=position,
        )

    async def rectification(
        self, viewer: Actor, person: PersonId, rectification: RectificationId
    ) -> RectificationShown:
        """Something that a person asked to be put right. Raises: NotPermitted, Unknown."""
        known, position, _ = await rights_known(self.ground, viewer)
        one = known.rectification(rectification)
        if one.person != person:
            raise Unknown
        permission = await may_read_rights(self.ground, viewer, one.person, one.by_agency)
        return await self._rectification(viewer, one, permission, position)

    async def statements(self, viewer: Actor, person: PersonId) -> tuple[Statement, ...]:
        """What the person says of lines that the viewer sees and that stand as they were written: shown beside them.

        Raises: NotPermitted, Unknown.
        """
        known, _, _ = await rights_known(self.ground, viewer)
        stand = {one.line: one for one in known.rectifications.values() if one.refused is not None}
        async with self.ground.of_person(viewer, "register", person, None, None) as asked:
            permission = await asked.permit(asked.entry)
            stand = {at: one for at, one in stand.items() if one.person in asked.people}
            if not stand:
                return ()
            lines, _ = await permitted_lines(asked, None, None, OF_ONE_PERSON, newest_first=True)
            seen = {row.position for row, _ in lines}
        shown: list[Statement] = []
        for line, one in stand.items():
            if line in seen:
                said = await said_under(self.ground, viewer, f"rectification:{one.id}", one.person, permission)
                text = next((each.text for each in said if each.field == "statement"), None)
                shown.append(Statement(rectification=one.id, line=line, text=text))
        return tuple(shown)

    async def restriction_notice(self, viewer: Actor, person: PersonId) -> RestrictionNotice:
        """Whether a record is restricted, for whoever would see it otherwise: whom to ask, and what to mind.

        Raises: NotPermitted, Unknown.
        """
        know = self.ground.know(viewer)
        await permit(know, viewer, "read", Resource(category="register", of_person=False))
        by = await standing(know, viewer)
        entry = msgspec.structs.replace((await sight_of(know, person, viewer)).entry, warns=True)
        permission = sharing.decide(by, "read", entry)
        if not permission.permitted:
            raise Unknown
        stand = tuple(one for one in entry.relationship.restricted if one.holds_at(by.at))
        async with self.ground.rows(viewer, None) as rows:
            row = (await rows.reaching("register").rows(PEOPLE, [person])).get(person)
            position = rows.position
        today = civil_date(by.at)
        flags = () if row is None else tuple(one.kind for one in row.on(today).flags if one.kind in WARNS)
        self.ground.account.saw("register", (person,), permission.rules)
        return RestrictionNotice(
            person=person,
            ask=stand[0].by_agency if stand else None,
            restrictions=tuple(_restriction(one, by.at) for one in stand),
            flags=tuple(dict.fromkeys(flags)),
            position=position,
        )

    async def _rectification(
        self, viewer: Actor, one: Rectification, permission: Permission, position: int
    ) -> RectificationShown:
        know = self.ground.know(viewer)
        concerned = (await the_relationship(know, one.person)).agencies
        said = (
            await said_under(self.ground, viewer, f"rectification:{one.id}", one.person, permission)
            if permission.permitted
            else ()
        )
        others = concerned - {one.by_agency}
        return RectificationShown(
            rectification=msgspec.structs.replace(one, noted=frozenset()),
            said=said,
            to_note=len(others) if one.correction is not None else 0,
            noted=len(one.noted & others),
            yours_to_note=yours_to_note(one, viewer, concerned),
            position=position,
        )


def _restriction(one: ProcessingRestriction, at: dt.datetime) -> RestrictionShown:
    return RestrictionShown(
        restriction=one.id,
        ground=one.ground,
        scope=tuple(sorted(one.scope)),
        since=one.since,
        by_agency=one.by_agency,
        lifted_at=one.lifted_at,
        allowed=tuple(each for each in one.allowed if each.since <= at < each.until),
    )
