"""How sharing is watched: what was agreed, why somebody may see a thing or not, what was opened in an emergency.

Everything here takes the viewer first, as all reading does.
"""

import asyncio
from typing import Final, Literal, TypeVar, get_args

import msgspec

from application.merges import Merges
from application.permitting import permit, standing
from application.ports import log_of
from application.privacy import Documents, documents
from application.reading import LIMIT, OF_ONE_PERSON, Line, Page, page_of
from application.relating import the_bases, the_relationship
from application.revealing import Masked, Shown
from application.views.inbox import REFERRALS
from application.views.oversight import BREAK_GLASSES, DISCLOSURES, WAITING, BreakGlassRow, DisclosureRow
from application.views.people import MERGES, MERGES_TO_REVIEW, PEOPLE
from application.views.view import EVERYTHING, View
from domain.actors import Actor
from domain.calendar import civil_date
from domain.facts import PersonalClass
from domain.governance import sharing
from domain.governance.agreement import Agreement
from domain.governance.partnership import Look, Partnership, partnership
from domain.governance.scope import Purpose, SharedCategory
from domain.governance.sharing import Permission, Resource
from domain.governance.sharing_rules import POLICY_VERSION, text_of
from domain.governance.staff import Post, Team
from domain.ids import AgencyId, AgreementId, BreakGlassId, ConsentId, PersonId, ReferralId, WorkerId
from domain.refusals import Unknown, found

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


class Loses(msgspec.Struct, frozen=True):
    """An agency told of a person on a consent: `keeps` where another consent or basis covers it all the same."""

    agency: str
    keeps: bool


class Withdrawal(msgspec.Struct, frozen=True, kw_only=True):
    """What the withdrawal of a consent would change: who is told no more, and which open referrals rest on it."""

    consent: ConsentId
    person: PersonId
    agencies: tuple[Loses, ...]
    referrals: tuple[ReferralId, ...]
    position: int


class PostShown(msgspec.Struct, frozen=True, kw_only=True):
    """A worker's post, and the colleagues whose work they see to today."""

    post: Post
    sees_to: tuple[WorkerId, ...]
    position: int


class AgreementShown(msgspec.Struct, frozen=True, kw_only=True):
    """A sharing agreement, whether it holds now, and whether it should have been reviewed."""

    agreement: Agreement
    live: bool
    review_overdue: bool
    position: int


class LegalProfile(msgspec.Struct, frozen=True, kw_only=True):
    """For which ways of looking a worker types why."""

    justified: tuple[Look, ...]
    position: int


class PrivacyShown(msgspec.Struct, frozen=True, kw_only=True):
    """What the law asks the partnership to have on paper, as Markdown, with gaps marked."""

    documents: Documents
    position: int


class Oversight(Merges):
    """Reads for viewers, the reports on them, and how sharing is watched."""

    async def partnership(self, viewer: Actor) -> tuple[Partnership, int]:
        """Agencies, teams, posts and agreements now, and at which position. Raises: NotPermitted, Unknown."""
        log = log_of(viewer.partnership)
        await permit(self._know(log), viewer, "read", Resource(category="administration", of_person=False))
        return await self._folds.fold(log, partnership())

    async def workers(self, viewer: Actor, *, agency: AgencyId | None = None) -> Page[Post]:
        """Who holds which post, agency by agency. Raises: NotPermitted, Unknown."""
        known, position = await self.partnership(viewer)
        posts = [one for one in known.staff.posts.values() if agency is None or one.agency == agency]
        posts.sort(key=lambda one: (one.agency, one.worker))
        return Page(items=tuple(posts), next=None, position=position)

    async def worker(self, viewer: Actor, worker: WorkerId) -> PostShown:
        """The post of one worker, and whose work they see to today. Raises: NotPermitted, Unknown."""
        known, position = await self.partnership(viewer)
        post = found(known.staff.posts.get(worker))
        covers = known.staff.covered_by(worker, civil_date(self._clock.now()))
        return PostShown(post=post, sees_to=covers, position=position)

    async def teams(self, viewer: Actor, *, agency: AgencyId | None = None) -> Page[Team]:
        """The teams of the agencies. Raises: NotPermitted, Unknown."""
        known, position = await self.partnership(viewer)
        teams = [one for one in known.staff.teams.values() if agency is None or one.agency == agency]
        teams.sort(key=lambda one: (one.agency, one.name))
        return Page(items=tuple(teams), next=None, position=position)

    async def agreements(self, viewer: Actor) -> Page[AgreementShown]:
        """What the agencies agreed to share, the latest first. Raises: NotPermitted, Unknown."""
        known, position = await self.partnership(viewer)
        shown = [self._agreement(one, position) for one in known.agreements.values()]
        shown.sort(key=lambda one: (one.agreement.from_date, one.agreement.id), reverse=True)
        return Page(items=tuple(shown), next=None, position=position)

    async def agreement(self, viewer: Actor, agreement: AgreementId) -> AgreementShown:
        """One agreement. Raises: NotPermitted, Unknown."""
        known, position = await self.partnership(viewer)
        return self._agreement(found(known.agreements.get(agreement)), position)

    def _agreement(self, one: Agreement, position: int) -> AgreementShown:
        now = self._clock.now()
        return AgreementShown(
            agreement=one, live=one.is_live(now), review_overdue=one.review_date < civil_date(now), position=position
        )

    async def legal_profile(self, viewer: Actor) -> LegalProfile:
        """For which ways of looking a worker types why. Raises: NotPermitted, Unknown."""
        known, position = await self.partnership(viewer)
        return LegalProfile(justified=tuple(sorted(known.justified)), position=position)

    async def privacy(self, viewer: Actor) -> PrivacyShown:
        """The documents that the law asks for, as things are configured now. Raises: NotPermitted, Unknown."""
        known, position = await self.partnership(viewer)
        return PrivacyShown(documents=documents(known, self._clock.now()), position=position)

    async def why(self, viewer: Actor, person: PersonId) -> WhySeen:
        """Why the viewer may or may not see what others recorded of a person: for whoever may find them.

        Nothing here tells whether there is anything. Raises: NotPermitted, Unknown.
        """
        know = self._know(log_of(viewer.partnership))
        permission = await permit(know, viewer, "search", Resource(category="register"))
        by = await standing(know, viewer)
        async with self._rows(viewer, None) as rows:
            row = await rows.reaching("register").row(PEOPLE, person)
            position = rows.position
        related = await the_relationship(know, person)
        basis = (await the_bases(know, person)).standing_of(viewer.agency, know.now)
        if row is None:
            raise Unknown
        self._account.saw("register", (person,), permission.rules)
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

    async def withdrawal(self, viewer: Actor, consent: ConsentId) -> Withdrawal:
        """What would follow if a person withdrew a consent. Raises: NotPermitted, Unknown, ViewBehind."""
        row = (await self.consent(viewer, consent)).row
        know = self._know(log_of(viewer.partnership))
        bases = await the_bases(know, row.person)
        without = bases.without(consent)
        async with self._rows(viewer, None) as rows:
            listed = await rows.listed(REFERRALS, f"person:{row.person}", limit=OF_ONE_PERSON)
            position = rows.position
        mine = tuple(
            each.row.referral
            for each in listed
            if each.row.open and each.row.basis_id == consent and viewer.agency in each.row.parties
        )
        told = tuple(
            Loses(each, without.standing_of(AgencyId(each), know.now) == "live") for each in sorted(row.recipients)
        )
        return Withdrawal(consent=consent, person=row.person, agencies=told, referrals=mine, position=position)

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
        know = self._know(log_of(viewer.partnership))
        permission = await permit(know, viewer, "read", Resource(category="disclosure"))
        scope = WAITING if waiting else EVERYTHING
        return await self._watched(
            viewer, BREAK_GLASSES, scope, permission, cursor, limit, after, descending=not waiting
        )

    async def overdue_reviews(self, viewer: Actor) -> int:
        """How many looks in an emergency, and merges, should have been reviewed by now.

        Raises: NotPermitted, Unknown.
        """
        know = self._know(log_of(viewer.partnership))
        await permit(know, viewer, "read", Resource(category="administration", of_person=False))
        today = civil_date(self._clock.now())
        async with self._rows(viewer, None) as rows:
            looks = await rows.reaching("oversight").listed(BREAK_GLASSES, WAITING, limit=OF_ONE_PERSON)
            merges = await rows.reaching("register").listed(MERGES, MERGES_TO_REVIEW, limit=OF_ONE_PERSON)
        return sum(one.row.overdue(today) for one in looks) + sum(one.row.overdue(today) for one in merges)

    async def overriding_disclosures(
        self, viewer: Actor, *, cursor: str | None = None, limit: int = LIMIT, after: int | None = None
    ) -> Page[Line[DisclosureRow]]:
        """Decisions to tell of somebody against their refusal, the latest first: for the safeguarding lead.

        Raises: NotPermitted, Unknown, ViewBehind, CursorUnreadable.
        """
        know = self._know(log_of(viewer.partnership))
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
        know = self._know(log_of(viewer.partnership))
        by = await standing(know, viewer)
        async with self._rows(viewer, after) as rows:
            listed, next_cursor = await page_of(
                rows.reaching("oversight"), view, scope, cursor, limit, descending=descending
            )
            whom = list(dict.fromkeys(one.row.person for one in listed))
            people = await rows.reaching("register").rows(PEOPLE, whom)
            position = rows.position
        related = await asyncio.gather(*(the_relationship(know, one) for one in whom))
        entries = [Resource(category="register", relationship=one) for one in related]
        who = self._who(
            people, {one: sharing.decide(by, "read", each) for one, each in zip(whom, entries, strict=True)}
        )
        shown = self._reveal([Masked(one.row, viewer, "disclosure", permission, None) for one in listed])
        items = tuple(Line(who=who.get(one.row.person), shown=one) for one in shown)
        return Page(items=items, next=next_cursor, position=position)

    async def disclosures(
        self, viewer: Actor, person: PersonId, *, after: int | None = None
    ) -> tuple[Shown[DisclosureRow], ...]:
        """What was told of a person, or was not, by the viewer's agency. Raises: NotPermitted, Unknown, ViewBehind."""
        return await self._all_of_person(viewer, "disclosure", DISCLOSURES, person, after, None)

    async def break_glass(
        self, viewer: Actor, break_glass: BreakGlassId, *, after: int | None = None
    ) -> Shown[BreakGlassRow]:
        """One look in an emergency: for who broke it, and those who review. Raises: NotPermitted, Unknown."""
        know = self._know(log_of(viewer.partnership))
        await permit(know, viewer, "read", Resource(category="disclosure", of_person=False))
        async with self._rows(viewer, after) as rows:
            row = await rows.reaching("oversight").row(BREAK_GLASSES, break_glass)
        resource = Resource(category="disclosure", parties=frozenset[AgencyId]())
        if row is not None and (row.worker, row.agency) == (viewer.worker, viewer.agency):
            resource = msgspec.structs.replace(resource, parties=frozenset({viewer.agency}))
        permission = await permit(know, viewer, "read", resource)
        if row is None:
            raise Unknown
        return self._reveal([Masked(row, viewer, "disclosure", permission, None)])[0]
