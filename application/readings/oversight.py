"""How sharing is watched: why somebody may see a thing or not, and what was opened in an emergency."""

import asyncio
from typing import Final, Literal, TypeVar, get_args

import msgspec

from application.permitting import permit, standing
from application.readings.ground import Ground
from application.readings.lists import Line, all_of_person, who_of
from application.readings.paging import LIMIT, OF_ONE_PERSON, Page, page_of
from application.relating import the_bases, the_relationship
from application.revealing import Masked, Shown
from application.views.oversight import BREAK_GLASSES, DISCLOSURES, WAITING, BreakGlassRow, DisclosureRow
from application.views.people import MERGES, MERGES_TO_REVIEW, PEOPLE
from application.views.view import EVERYTHING, View
from domain.actors import Actor
from domain.calendar import civil_date
from domain.facts import PersonalClass
from domain.governance import sharing
from domain.governance.scope import Purpose, SharedCategory
from domain.governance.sharing import Permission, Resource
from domain.governance.sharing_rules import POLICY_VERSION, text_of
from domain.ids import AgencyId, BreakGlassId, PersonId
from domain.refusals import Unknown

W = TypeVar("W", BreakGlassRow, DisclosureRow)

SHARED: Final[tuple[SharedCategory, ...]] = get_args(SharedCategory)


class Reason(msgspec.Struct, frozen=True):
    """A rule of the policy that decided, in words."""

    id: str
    text: str


class Why(msgspec.Struct, frozen=True, kw_only=True):
    """Whether a viewer may see what others recorded of a person in one category, and by which rules.

    `agreements` are those that hold between the viewer's agency and others for this; `opens` the kinds of personal
    fields that would be opened.
    """

    category: SharedCategory
    permitted: bool
    reasons: tuple[Reason, ...]
    opens: tuple[PersonalClass, ...]
    purpose: Purpose
    reviewed: bool
    agreements: tuple[str, ...]


class WhySeen(msgspec.Struct, frozen=True, kw_only=True):
    """Why a viewer may or may not see each part of a person's record."""

    person: PersonId
    policy: str
    concerned: bool
    basis: Literal["live", "ended"] | None
    lines: tuple[Why, ...]
    position: int


class Oversight(msgspec.Struct, frozen=True):
    """Reads how sharing is watched."""

    ground: Ground

    async def why(self, viewer: Actor, person: PersonId) -> WhySeen:
        """Why the viewer may or may not see what others recorded of a person: for whoever may find them.

        Nothing here tells whether there is anything. Raises: NotPermitted, Unknown.
        """
        know = self.ground.know(viewer)
        permission = await permit(know, viewer, "search", Resource(category="register"))
        by = await standing(know, viewer)
        async with self.ground.rows(viewer, None) as rows:
            row = await rows.reaching("register").row(PEOPLE, person)
            position = rows.position
        related = await the_relationship(know, person)
        basis = (await the_bases(know, person)).standing_of(viewer.agency, know.now)
        if row is None:
            raise Unknown
        self.ground.account.saw("register", (person,), permission.rules)
        lines: list[Why] = []
        for category in SHARED:
            parties = frozenset({viewer.agency}) if category in {"support", "duty"} else frozenset[AgencyId]()
            resource = Resource(
                category=category,
                relationship=related,
                parties=parties,
                authors=frozenset() if parties else None,
                basis=basis,
            )
            decided = sharing.decide(by, "read", resource)
            lines.append(
                Why(
                    category=category,
                    permitted=decided.permitted,
                    reasons=tuple(Reason(one, text_of(one)) for one in decided.rules),
                    opens=tuple(sorted(decided.opens)),
                    purpose=decided.purpose,
                    reviewed=decided.reviewed,
                    agreements=tuple(
                        one.name
                        for one in by.partnership.live_agreements(by.at)
                        if viewer.agency in one.parties and category in one.categories
                    ),
                )
            )
        return WhySeen(
            person=person,
            policy=POLICY_VERSION,
            concerned=viewer.agency in related.agencies,
            basis=basis,
            lines=tuple(lines),
            position=position,
        )

    async def break_glasses(
        self,
        viewer: Actor,
        *,
        waiting: bool = True,
        cursor: str | None = None,
        limit: int = LIMIT,
        after: int | None = None,
    ) -> Page[Line[BreakGlassRow]]:
        """Looks in an emergency that wait for their review, the most urgent first; or all, the latest first.

        Raises: NotPermitted, Unknown, ViewBehind, CursorUnreadable.
        """
        know = self.ground.know(viewer)
        permission = await permit(know, viewer, "read", Resource(category="disclosure"))
        scope = WAITING if waiting else EVERYTHING
        return await self._watched(
            viewer, BREAK_GLASSES, scope, permission, cursor, limit, after, descending=not waiting
        )

    async def overdue_reviews(self, viewer: Actor) -> int:
        """How many looks in an emergency, and merges, should have been reviewed by now.

        Raises: NotPermitted, Unknown.
        """
        know = self.ground.know(viewer)
        await permit(know, viewer, "read", Resource(category="administration", of_person=False))
        today = civil_date(self.ground.clock.now())
        async with self.ground.rows(viewer, None) as rows:
            looks = await rows.reaching("oversight").listed(BREAK_GLASSES, WAITING, limit=OF_ONE_PERSON)
            merges = await rows.reaching("register").listed(MERGES, MERGES_TO_REVIEW, limit=OF_ONE_PERSON)
        return sum(one.row.overdue(today) for one in looks) + sum(one.row.overdue(today) for one in merges)

    async def overriding_disclosures(
        self, viewer: Actor, *, cursor: str | None = None, limit: int = LIMIT, after: int | None = None
    ) -> Page[Line[DisclosureRow]]:
        """Decisions to tell of somebody against their refusal, the latest first: for the safeguarding lead.

        Raises: NotPermitted, Unknown, ViewBehind, CursorUnreadable.
        """
        know = self.ground.know(viewer)
        permission = await permit(know, viewer, "read", Resource(category="disclosure"))
        scope = "disclosures/overriding"
        return await self._watched(viewer, DISCLOSURES, scope, permission, cursor, limit, after, descending=True)

    async def _watched(
        self,
        viewer: Actor,
        view: View[W],
        scope: str,
        permission: Permission,
        cursor: str | None,
        limit: int,
        after: int | None,
        *,
        descending: bool,
    ) -> Page[Line[W]]:
        """A list that is watched, seen on one permission; each person by name where the viewer may see their entry."""
        know = self.ground.know(viewer)
        by = await standing(know, viewer)
        async with self.ground.rows(viewer, after) as rows:
            listed, next_cursor = await page_of(
                rows.reaching("oversight"), view, scope, cursor, limit, descending=descending
            )
            whom = list(dict.fromkeys(one.row.person for one in listed))
            people = await rows.reaching("register").rows(PEOPLE, whom)
            position = rows.position
        related = await asyncio.gather(*(the_relationship(know, one) for one in whom))
        entries = [Resource(category="register", relationship=one) for one in related]
        permissions = {one: sharing.decide(by, "read", each) for one, each in zip(whom, entries, strict=True)}
        who = who_of(self.ground, people, permissions)
        shown = self.ground.reveal([Masked(one.row, viewer, "disclosure", permission, None) for one in listed])
        items = tuple(Line(who=who.get(one.row.person), shown=one) for one in shown)
        return Page(items=items, next=next_cursor, position=position)

    async def disclosures(
        self, viewer: Actor, person: PersonId, *, after: int | None = None
    ) -> tuple[Shown[DisclosureRow], ...]:
        """What was told of a person, or was not, by the viewer's agency. Raises: NotPermitted, Unknown, ViewBehind."""
        return await all_of_person(self.ground, viewer, "disclosure", DISCLOSURES, person, after, None)

    async def break_glass(
        self, viewer: Actor, break_glass: BreakGlassId, *, after: int | None = None
    ) -> Shown[BreakGlassRow]:
        """One look in an emergency: for who broke it, and those who review. Raises: NotPermitted, Unknown."""
        know = self.ground.know(viewer)
        await permit(know, viewer, "read", Resource(category="disclosure", of_person=False))
        async with self.ground.rows(viewer, after) as rows:
            row = await rows.reaching("oversight").row(BREAK_GLASSES, break_glass)
        resource = Resource(category="disclosure", parties=frozenset[AgencyId]())
        if row is not None and (row.worker, row.agency) == (viewer.worker, viewer.agency):
            resource = msgspec.structs.replace(resource, parties=frozenset({viewer.agency}))
        permission = await permit(know, viewer, "read", resource)
        if row is None:
            raise Unknown
        return self.ground.reveal([Masked(row, viewer, "disclosure", permission, None)])[0]
