"""What is shown of people's rights: the registers to those who answer for them, each thing to who was asked."""

import asyncio
import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Final, TypeVar

import msgspec

from application.permitting import permit, standing
from application.ports import Recorded, log_of
from application.readings.asked import sight_of
from application.readings.ground import Ground, Knowing
from application.readings.lists import Who, who_of
from application.readings.moments import permitted_lines
from application.readings.paging import OF_ONE_PERSON, Page
from application.relating import the_relationship
from application.views.people import PEOPLE
from domain.actors import Actor
from domain.calendar import civil_date
from domain.codes import FlagKind
from domain.facts import Instant, PersonalClass, QueryItem, Sealed, declared
from domain.governance import sharing
from domain.governance.scope import SharedCategory
from domain.governance.sharing import Permission, Resource, Standing
from domain.ids import (
    AgencyId,
    ComplaintId,
    DataBreachId,
    PersonId,
    ProcessingRestrictionId,
    RectificationId,
    RightsRequestId,
)
from domain.refusals import Unknown, found
from domain.rights.breach import DataBreach
from domain.rights.complaint import Complaint
from domain.rights.rectification import Rectification
from domain.rights.reminding import RightsThing, calls_for
from domain.rights.request import RightsRequest
from domain.rights.restriction import Allowed, ProcessingRestriction, RestrictionGround
from domain.rights.rights import Rights, rights

T = TypeVar("T", RightsRequest, Complaint)

ABOUT_NOBODY: Final = Resource(category="rights", of_person=False)
WARNS: Final[frozenset[FlagKind]] = frozenset({"staff-safety", "safeguarding", "modern-slavery", "capacity"})
"""The flags that stay, whatever is restricted: they protect the person, or whoever meets them."""


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """Something that was written, when and by which agency: in which kind of fact, and which field.

    Where `text` is None, nobody can read it any more.
    """

    kind: str
    field: str
    at: Instant
    agency: AgencyId
    text: str | None


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
    said: tuple[Said, ...]
    position: int


class BreachShown(msgspec.Struct, frozen=True, kw_only=True):
    """A breach, and whether the Commissioner should have been told by now."""

    breach: DataBreach
    overdue: bool
    soon: bool
    position: int


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


class RightsDue(msgspec.Struct, frozen=True, kw_only=True):
    """How much is due soon and overdue, by what it is."""

    soon: dict[RightsThing, int]
    overdue: dict[RightsThing, int]
    to_note: int
    position: int


class RightsReading(msgspec.Struct, frozen=True):
    """Reads for viewers, and what people asked of those who hold their data."""

    ground: Ground

    async def rights_requests(self, viewer: Actor, *, answered: bool = False) -> Page[RequestLine]:
        """The register of requests, the first due first; those that were answered, the latest first.

        Raises: NotPermitted, Unknown.
        """
        known, position, by = await self._register(viewer)
        ours = [one for one in known.requests.values() if one.open is not answered and _ours(one.by_agency, by)]
        ours.sort(key=lambda one: (one.answered_at, one.id) if one.answered_at else (one.due, one.id), reverse=answered)
        who = await self._named(viewer, by, ours)
        items = tuple(self._request_line(one, who.get(one.person)) for one in ours)
        return Page(items=items, next=None, position=position)

    async def rights_request(self, viewer: Actor, rights_request: RightsRequestId) -> RequestShown:
        """One request, for the agency that was asked and who answers. Raises: NotPermitted, Unknown."""
        known, position, by = await rights_known(self.ground, viewer)
        one = known.request(rights_request)
        permission = await may_read_rights(self.ground, viewer, one.person, one.by_agency)
        line = self._request_line(one, (await self._named(viewer, by, [one])).get(one.person))
        return RequestShown(
            request=one,
            who=line.who,
            overdue=line.overdue,
            said=await self._said(viewer, f"rights_request:{one.id}", one.person, permission),
            position=position,
        )

    async def complaints(self, viewer: Actor, *, concluded: bool = False) -> Page[ComplaintLine]:
        """The register of complaints, those to be acknowledged first; those concluded, the latest first.

        Raises: NotPermitted, Unknown.
        """
        known, position, by = await self._register(viewer)
        ours = [one for one in known.complaints.values() if one.open is not concluded and _ours(one.by_agency, by)]
        ours.sort(key=lambda one: (not one.awaits_acknowledgement, one.due, one.id))
        who = await self._named(viewer, by, ours)
        items = tuple(self._complaint_line(one, who.get(one.person)) for one in ours)
        return Page(items=items, next=None, position=position)

    async def complaint(self, viewer: Actor, complaint: ComplaintId) -> ComplaintShown:
        """One complaint, for the agency that heard it and who answers. Raises: NotPermitted, Unknown."""
        known, position, by = await rights_known(self.ground, viewer)
        one = known.complaint(complaint)
        permission = await may_read_rights(self.ground, viewer, one.person, one.by_agency)
        line = self._complaint_line(one, (await self._named(viewer, by, [one])).get(one.person))
        return ComplaintShown(
            complaint=one,
            who=line.who,
            overdue=line.overdue,
            said=await self._said(viewer, f"complaint:{one.id}", one.person, permission),
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
        soon: dict[RightsThing, int] = {}
        overdue: dict[RightsThing, int] = {}
        everything: tuple[tuple[RightsThing, Iterable[RightsRequest | Complaint | DataBreach]], ...] = (
            ("request", known.requests.values()),
            ("complaint", known.complaints.values()),
            ("data-breach", known.breaches.values()),
        )
        for thing, all_of in everything:
            called = [calls_for(one, frozenset(), now) for one in all_of if _ours(one.by_agency, by)]
            soon[thing] = sum(1 for one in called if one and not one[1])
            overdue[thing] = sum(1 for one in called if one and one[1])
        to_note = len(await self._to_note(viewer, known))
        return RightsDue(soon=soon, overdue=overdue, to_note=to_note, position=position)

    async def corrections(self, viewer: Actor) -> Page[CorrectionLine]:
        """What was corrected of people whom the viewer's agency works with, until it takes note.

        Raises: NotPermitted, Unknown.
        """
        known, position, by = await rights_known(self.ground, viewer)
        ours = await self._to_note(viewer, known)
        who = await self._named(viewer, by, ours)
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
            requests=tuple(self._request_line(one, None) for one in requests),
            complaints=tuple(self._complaint_line(one, None) for one in complaints),
            rectifications=tuple(
                [
                    await self._rectification(viewer, one, may_read(one.by_agency), position)
                    for one in rectifications
                    if may_read(one.by_agency).permitted or _yours_to_note(one, viewer, related.agencies)
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
                said = await self._said(viewer, f"rectification:{one.id}", one.person, permission)
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

    async def _register(self, viewer: Actor) -> tuple[Rights, int, Standing]:
        """The same, for those who answer."""
        await permit(self.ground.know(viewer), viewer, "search", ABOUT_NOBODY)
        return await rights_known(self.ground, viewer)

    async def _named(
        self, viewer: Actor, by: Standing, things: Sequence[RightsRequest | Complaint | Rectification]
    ) -> dict[PersonId, Who]:
        """Those whom a list is about, by name where the viewer may see their entry. All of them were shown."""
        whom = list(dict.fromkeys(one.person for one in things))
        if not whom:
            return {}
        know = Knowing(self.ground.folds, log_of(viewer.partnership), by.at)
        async with self.ground.rows(viewer, None) as rows:
            people = await rows.reaching("register").rows(PEOPLE, whom)
        related = await asyncio.gather(*(sight_of(know, one, viewer) for one in whom))
        permissions = {one: sharing.decide(by, "read", each.entry) for one, each in zip(whom, related, strict=True)}
        self.ground.account.saw("rights", whom, ("role-listed",))
        return who_of(self.ground, people, permissions)

    async def _said(self, viewer: Actor, tag: str, person: PersonId, permission: Permission) -> tuple[Said, ...]:
        """What was written under a tag, of the classes that are opened. What the person asked stays as it was said."""
        page = await self.ground.log.read(log_of(viewer.partnership), (QueryItem(tags=frozenset({tag})),), sealed=True)
        every = [self.ground.codec.recorded(one) for one in page.events]
        wanted = [
            (one, name, value)
            for one in every
            for name, mark in declared(type(one.fact)).personal.items()
            if mark.personal_class in permission.opens and isinstance(value := getattr(one.fact, name), Sealed | str)
        ]
        opened = self.ground.unsealer.open_all([value for _, _, value in wanted])
        classes: set[PersonalClass] = {"identity"} if wanted else set()
        self.ground.account.saw("rights", (person,), permission.rules, classes)
        return tuple(_said(one, name, text) for (one, name, _), text in zip(wanted, opened, strict=True))

    def _request_line(self, one: RightsRequest, who: Who | None) -> RequestLine:
        now = self.ground.clock.now()
        called = calls_for(one, frozenset(), now)
        return RequestLine(
            request=one, who=who, overdue=one.overdue(civil_date(now)), soon=called is not None and not called[1]
        )

    def _complaint_line(self, one: Complaint, who: Who | None) -> ComplaintLine:
        now = self.ground.clock.now()
        called = calls_for(one, frozenset(), now)
        return ComplaintLine(
            complaint=one, who=who, overdue=one.overdue(civil_date(now)), soon=called is not None and not called[1]
        )

    def _breach(self, one: DataBreach, position: int) -> BreachShown:
        now = self.ground.clock.now()
        called = calls_for(one, frozenset(), now)
        return BreachShown(
            breach=one, overdue=one.overdue(now), soon=called is not None and not called[1], position=position
        )

    async def _rectification(
        self, viewer: Actor, one: Rectification, permission: Permission, position: int
    ) -> RectificationShown:
        know = self.ground.know(viewer)
        concerned = (await the_relationship(know, one.person)).agencies
        said = (
            await self._said(viewer, f"rectification:{one.id}", one.person, permission) if permission.permitted else ()
        )
        others = concerned - {one.by_agency}
        return RectificationShown(
            rectification=msgspec.structs.replace(one, noted=frozenset()),
            said=said,
            to_note=len(others) if one.correction is not None else 0,
            noted=len(one.noted & others),
            yours_to_note=_yours_to_note(one, viewer, concerned),
            position=position,
        )

    async def _to_note(self, viewer: Actor, known: Rights) -> list[Rectification]:
        """Corrections of which the viewer's agency has not taken note, of people who concern it."""
        know = self.ground.know(viewer)
        open_ones = [one for one in known.rectifications.values() if one.correction is not None]
        related = await asyncio.gather(*(the_relationship(know, one.person) for one in open_ones))
        return [one for one, each in zip(open_ones, related, strict=True) if _yours_to_note(one, viewer, each.agencies)]


async def rights_known(ground: Ground, viewer: Actor) -> tuple[Rights, int, Standing]:
    """What is known of everybody's rights, at which position, and what the viewer is judged by.

    Raises: NotPermitted, Unknown.
    """
    log = log_of(viewer.partnership)
    know = ground.know(viewer)
    await permit(know, viewer, "read", ABOUT_NOBODY)
    known, position = await ground.folds.fold(log, rights())
    return known, position, await standing(know, viewer)


async def may_read_rights(ground: Ground, viewer: Actor, person: PersonId, by_agency: AgencyId) -> Permission:
    """By what the viewer may see what an agency was asked for a person. Raises: NotPermitted, Unknown."""
    know = ground.know(viewer)
    relationship = await the_relationship(know, person)
    resource = Resource(category="rights", relationship=relationship, parties=frozenset({by_agency}))
    permission = await permit(know, viewer, "read", resource)
    ground.account.saw("rights", (person,), permission.rules)
    return permission


def _ours(by_agency: AgencyId, by: Standing) -> bool:
    """Whether the viewer answers for what an agency was asked: their own, or all for the partnership's own body."""
    return by_agency == by.viewer.agency or by.kind == "partnership"


def _yours_to_note(one: Rectification, viewer: Actor, concerned: frozenset[AgencyId]) -> bool:
    """Whoever entered what was wrong knows already."""
    return (
        one.correction is not None
        and viewer.agency in concerned
        and viewer.agency not in one.noted
        and viewer.agency != one.by_agency
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


def _said(one: Recorded, name: str, text: str | None) -> Said:
    return Said(kind=one.fact.fact_type, field=name, at=one.fact.at, agency=one.envelope.agency, text=text)
