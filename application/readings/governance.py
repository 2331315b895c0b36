"""How a partnership is set up: teams, posts, agreements, what a worker types why for, how often one searches."""

import msgspec

from application.permitting import permit
from application.ports import log_of
from application.privacy import Documents, documents
from application.readings.ground import Ground
from application.readings.paging import Page
from domain.actors import Actor
from domain.calendar import civil_date
from domain.governance.agreement import Agreement
from domain.governance.between import PartnershipAgreement, between
from domain.governance.partnership import Look, Partnership, partnership
from domain.governance.sharing import Resource
from domain.governance.staff import Post, Team
from domain.ids import AgencyId, AgreementId, WorkerId
from domain.refusals import found
from domain.search_limits import SearchLimits


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


class SearchLimitsShown(msgspec.Struct, frozen=True, kw_only=True):
    """How often a worker searches."""

    limits: SearchLimits
    position: int


class PartnershipAgreementShown(msgspec.Struct, frozen=True, kw_only=True):
    """This side of an agreement with another partnership, whether it holds to it now, and a review that is overdue."""

    agreement: PartnershipAgreement
    live: bool
    review_overdue: bool
    position: int


class Governance(msgspec.Struct, frozen=True):
    """Reads how a partnership is set up."""

    ground: Ground

    async def partnership(self, viewer: Actor) -> tuple[Partnership, int]:
        """Agencies, teams, posts and agreements now, and at which position. Raises: NotPermitted, Unknown."""
        log_of(viewer.partnership)
        await permit(self.ground.know(viewer), viewer, "read", Resource(category="administration", of_person=False))
        return await self.ground.fold(viewer, partnership())

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
        covers = known.staff.covered_by(worker, civil_date(self.ground.clock.now()))
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
        now = self.ground.clock.now()
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
        return PrivacyShown(documents=documents(known, self.ground.clock.now()), position=position)

    async def search_limits(self, viewer: Actor) -> SearchLimitsShown:
        """How often a worker may search, and from when on it is told. Raises: NotPermitted, Unknown."""
        known, position = await self.partnership(viewer)
        return SearchLimitsShown(limits=known.search_limits, position=position)

    async def partnership_agreements(self, viewer: Actor) -> Page[PartnershipAgreementShown]:
        """What was agreed with other partnerships, the latest first. Raises: NotPermitted, Unknown."""
        log_of(viewer.partnership)
        await permit(self.ground.know(viewer), viewer, "read", Resource(category="administration", of_person=False))
        known, position = await self.ground.fold(viewer, between())
        shown = [self._between(one, position) for one in known.values()]
        shown.sort(key=lambda one: (one.agreement.from_date, one.agreement.id), reverse=True)
        return Page(items=tuple(shown), next=None, position=position)

    async def partnership_agreement(self, viewer: Actor, agreement: AgreementId) -> PartnershipAgreementShown:
        """One of them. Raises: NotPermitted, Unknown."""
        page = await self.partnership_agreements(viewer)
        return found(next((one for one in page.items if one.agreement.id == agreement), None))

    def _between(self, one: PartnershipAgreement, position: int) -> PartnershipAgreementShown:
        now = self.ground.clock.now()
        overdue = one.review_date < civil_date(now)
        return PartnershipAgreementShown(
            agreement=one, live=one.is_live(now), review_overdue=overdue, position=position
        )
