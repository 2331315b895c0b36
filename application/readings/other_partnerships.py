"""What goes on with other partnerships: what was asked of them, whom they offer to hand over, and whom we offered."""

import msgspec

from application.enquiring import Asked, told
from application.permitting import permit
from application.ports import log_of
from application.readings.ground import Ground
from application.readings.moments import Moment
from application.readings.timelines import Timelines
from domain.actors import Actor
from domain.facts import Instant
from domain.governance import enquiry, transfer
from domain.governance.scope import SharedCategory
from domain.governance.sharing import Resource
from domain.governance.transfer import (
    HistoryReceived,
    Transfer,
    TransferDecline,
    TransferOfferReceived,
    TransferStatus,
    TransferTurnedDown,
)
from domain.ids import AgencyId, PartnershipId, PersonId, TransferId, WorkerId
from domain.refusals import found


class Offered(msgspec.Struct, frozen=True, kw_only=True):
    """An offer of another partnership: who it is, is told to whoever accepts."""

    offer: TransferOfferReceived
    position: int


class HandedOver(msgspec.Struct, frozen=True, kw_only=True):
    """An offer to another partnership, what became of it, and whether they have heard of that."""

    transfer: TransferId
    partner: PartnershipId
    categories: frozenset[SharedCategory]
    offered: Instant
    by_agency: AgencyId
    by_worker: WorkerId
    status: TransferStatus
    heard: bool
    decline: TransferDecline | None
    position: int


def _handed_over(one: Transfer, position: int) -> HandedOver:
    return HandedOver(
        transfer=one.offered.transfer,
        partner=one.offered.partner,
        categories=one.offered.categories,
        offered=one.offered.at,
        by_agency=one.offered.by_agency,
        by_worker=one.offered.by_worker,
        status=one.status,
        heard=one.unheard is None,
        decline=one.ended.reason if isinstance(one.ended, TransferTurnedDown) else None,
        position=position,
    )


class OtherPartnerships(msgspec.Struct, frozen=True):
    """Reads what goes on with other partnerships."""

    ground: Ground

    async def offers(self, viewer: Actor) -> tuple[Offered, ...]:
        """Whom other partnerships offer to the viewer's agency, while nobody has answered; the first first.

        Raises: NotPermitted, Unknown.
        """
        log_of(viewer.partnership)
        await permit(
            self.ground.know(viewer), viewer, "write", Resource(category="register", parties=frozenset({viewer.agency}))
        )
        known, position = await self.ground.fold(viewer, transfer.offers())
        mine = [one.offer for one in known.values() if one.offer.to_agency == viewer.agency and one.status == "offered"]
        return tuple(Offered(offer=one, position=position) for one in sorted(mine, key=lambda one: one.at))

    async def offer(self, viewer: Actor, transfer: TransferId) -> Offered:
        """One of them. Raises: NotPermitted, Unknown."""
        return found(next((one for one in await self.offers(viewer) if one.offer.transfer == transfer), None))

    async def transfers(self, viewer: Actor, person: PersonId, *, after: int | None = None) -> tuple[HandedOver, ...]:
        """The offers that the viewer's agency made of a person, the latest first.

        Raises: NotPermitted, Unknown, ViewBehind.
        """
        async with self.ground.of_person(viewer, "disclosure", person, after, None) as asked:
            await asked.permit(Resource(category="register", relationship=asked.relationship))
            own = frozenset({viewer.agency})
            if not asked.decide(person, "disclosure", own, own).permitted:
                return ()
            shown: list[HandedOver] = []
            for one in asked.people:
                for each in (await self.ground.fold(viewer, transfer.transfers_of(one)))[0]:
                    known, position = await self.ground.fold(viewer, transfer.transfer(each))
                    shown.append(_handed_over(known[each], position))
            mine = [one for one in shown if one.by_agency == viewer.agency]
            return tuple(sorted(mine, key=lambda one: one.offered, reverse=True))

    async def history(self, viewer: Actor, person: PersonId, *, after: int | None = None) -> tuple[Moment, ...]:
        """What came along with a person from another partnership, as far as the viewer may know, the latest first.

        Raises: NotPermitted, Unknown, ViewBehind.
        """
        page = await Timelines(self.ground).timeline(viewer, person, categories=frozenset({"support"}), after=after)
        return tuple(one for one in page.items if one.type == HistoryReceived.fact_type)

    async def enquiries(self, viewer: Actor, person: PersonId, *, after: int | None = None) -> tuple[Asked, ...]:
        """What the viewer's agency asked other partnerships of a person, the latest first.

        Raises: NotPermitted, Unknown, ViewBehind.
        """
        async with self.ground.of_person(viewer, "disclosure", person, after, None) as asked:
            await asked.permit(Resource(category="register", relationship=asked.relationship))
            known: enquiry.Enquiries = {}
            position = asked.rows.position
            for one in asked.people:
                state, position = await self.ground.fold(viewer, enquiry.of_person(one))
                known |= state
            own = frozenset({viewer.agency})
            if not asked.decide(person, "disclosure", own, own).permitted:
                return ()
            shown = [told(id_, one, position) for id_, one in known.items() if one.by_agency == viewer.agency]
            return tuple(sorted(shown, key=lambda one: one.asked, reverse=True))
