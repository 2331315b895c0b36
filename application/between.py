"""Decisions about other partnerships: what was agreed with them, what was asked and answered, who was handed over."""

from collections.abc import Mapping
from typing import Final, Literal

from application.deciding import Know, decides
from application.governance import ADMINISTRATION
from application.people import the_person
from application.permitting import permit, permit_person
from application.relating import the_bases
from domain.actors import Actor
from domain.codes import FlagKind
from domain.engagement.encounter import EncounterRecorded
from domain.engagement.episode import TicketIssued
from domain.engagement.hub_session import HubAttended
from domain.facts import Fact, Facts, Knowledge, asking
from domain.governance import between, enquiry, transfer
from domain.governance.disclosure import Ground
from domain.governance.partnership import partnership
from domain.governance.scope import SharedCategory
from domain.governance.sharing import Resource
from domain.ids import AgencyId, PartnershipId, PersonId
from domain.people import person
from domain.people.consent import LawfulBasis
from domain.people.person import existing
from domain.refusals import NotPermitted
from domain.support.plan import PlanOpened
from domain.support.referral import ReferralSent

GROUNDS: Final[Mapping[LawfulBasis | Literal["consent"], Ground]] = {
    "consent": "consent",
    "strict-necessity": "public-task",
    "public-task": "public-task",
    "legal-obligation": "legal-obligation",
    "vital-interests": "vital-interests",
    "safeguarding": "safeguarding",
}
"""On which ground a disclosure is recorded that rests on a consent or another basis."""


def _was_met(_state: bool, _fact: Fact) -> bool:  # noqa: FBT001 - a fold
    return True


def met(records: frozenset[PersonId]) -> Knowledge[bool]:
    """Whether anybody here met a human or worked with them, by their records: more than an entry in the register."""
    types = (EncounterRecorded, TicketIssued, HubAttended, ReferralSent, PlanOpened)
    return Knowledge(tuple(asking(types, f"person:{one}") for one in sorted(records)), initial=False, evolve=_was_met)


@decides(between.MakePartnershipAgreement)
async def make_partnership_agreement(know: Know, command: between.MakePartnershipAgreement, by: Actor) -> Facts:
    """An administrator or coordinator enters what was signed with another partnership."""
    await permit(know, by, "write", ADMINISTRATION)
    agencies = frozenset((await know(partnership())).agencies)
    return between.make(command, await know(between.between()), by.partnership, agencies)


@decides(between.EndPartnershipAgreement)
async def end_partnership_agreement(know: Know, command: between.EndPartnershipAgreement, by: Actor) -> Facts:
    """An administrator or coordinator ends it."""
    await permit(know, by, "write", ADMINISTRATION)
    return between.end(command, await know(between.between()))


@decides(enquiry.MakeEnquiry)
async def make_enquiry(know: Know, command: enquiry.MakeEnquiry, by: Actor) -> Facts:
    """Whoever may write of a person asks about them."""
    await permit_person(know, by, "write", "register", command.person)
    await permit_person(know, by, "read", "register", command.person)
    existing(await know(person.person(command.person)))
    agreed, known = await know(between.between()), await know(enquiry.asked())
    was_met = await know(met((await the_person(know, command.person)).ids))
    return enquiry.ask(command, by, agreed, known, know.now, met=was_met)


@decides(enquiry.RecordEnquiryAnswer)
async def record_enquiry_answer(know: Know, command: enquiry.RecordEnquiryAnswer, by: Actor) -> Facts:
    """Written down by whoever asked."""
    known = await know(enquiry.asked())
    asked = known.get(command.enquiry)
    if asked is not None and asked.by_worker != by.worker:
        raise NotPermitted(role=by.role, category="disclosure", action="write")
    return enquiry.record_answer(command, known)


@decides(enquiry.ReceiveEnquiry)
async def receive_enquiry(know: Know, command: enquiry.ReceiveEnquiry, by: Actor) -> Facts:
    """The system answers, and nobody in its place."""
    _by_the_system(by)
    return enquiry.receive(command, await know(between.between()), await know(enquiry.received()), know.now)


async def _basis(
    know: Know, one: PersonId, partner: PartnershipId, categories: frozenset[SharedCategory]
) -> transfer.Basis | None:
    """The consent or other basis that names the partnership and covers these kinds of records now."""
    bases = await the_bases(know, one)
    covering = bases.covers(AgencyId(partner), transfer.needed(categories), know.now)
    return None if covering is None else transfer.Basis(covering.id, GROUNDS[covering.lawful])


async def open_flags(know: Know, one: PersonId) -> frozenset[FlagKind]:
    """The kinds of flags that stand under any record of a human now."""
    return frozenset(flag.kind for flag in (await the_person(know, one)).open_flags(know.now))


@decides(transfer.OfferTransfer)
async def offer_transfer(know: Know, command: transfer.OfferTransfer, by: Actor) -> Facts:
    """Whoever may write of a person offers to hand them over."""
    await permit_person(know, by, "write", "register", command.person)
    await permit_person(know, by, "read", "register", command.person)
    existing(await know(person.person(command.person)))
    known = await know(transfer.transfer(command.transfer))
    for record in sorted((await the_person(know, command.person)).ids):
        known = known | await know(transfer.transfers_of(record))
    basis = await _basis(know, command.person, command.partner, command.categories)
    flags = await open_flags(know, command.person)
    return transfer.offer(command, by, await know(between.between()), known, basis, flags, know.now)


@decides(transfer.WithdrawTransfer)
async def withdraw_transfer(know: Know, command: transfer.WithdrawTransfer, by: Actor) -> Facts:
    """The agency that offered takes it back."""
    await permit(know, by, "write", Resource(category="register", parties=frozenset({by.agency})))
    return transfer.withdraw(command, by, await know(transfer.transfer(command.transfer)))


@decides(transfer.RecordTurnedDown)
async def record_turned_down(know: Know, command: transfer.RecordTurnedDown, by: Actor) -> Facts:
    """The system writes down what the other side answered."""
    _by_the_system(by)
    return transfer.turned_down(command, await know(transfer.transfer(command.transfer)))


@decides(transfer.RecordAnnounced)
async def record_announced(know: Know, command: transfer.RecordAnnounced, by: Actor) -> Facts:
    """The system writes down that the other side has heard."""
    _by_the_system(by)
    sent = await know(transfer.transfer(command.transfer))
    return transfer.announced(command, sent, await know(transfer.offers()))


@decides(transfer.CompleteTransfer)
async def complete_transfer(know: Know, command: transfer.CompleteTransfer, by: Actor) -> Facts:
    """Handed over in the name of who offered it, if that worker could offer it still."""
    known = await know(transfer.transfer(command.transfer))
    one = known.get(command.transfer)
    if one is None or (one.offered.by_worker, one.offered.by_agency) != (by.worker, by.agency):
        raise between.NoAgreementBetween(partner=command.partner)
    offered = one.offered
    await permit_person(know, by, "write", "register", offered.person)
    await permit_person(know, by, "read", "register", offered.person)
    basis = await _basis(know, offered.person, offered.partner, offered.categories)
    flags = await open_flags(know, offered.person)
    return transfer.complete(command, await know(between.between()), known, basis, flags, know.now)


@decides(transfer.ReceiveOffer)
async def receive_offer(know: Know, command: transfer.ReceiveOffer, by: Actor) -> Facts:
    """The system writes down what another partnership offers."""
    _by_the_system(by)
    return transfer.receive(command, await know(between.between()), await know(transfer.offers()), know.now)


@decides(transfer.LapseOffer)
async def lapse_offer(know: Know, command: transfer.LapseOffer, by: Actor) -> Facts:
    """The system writes down that it was taken back."""
    _by_the_system(by)
    return transfer.lapse(command, await know(transfer.offers()))


@decides(transfer.DeclineTransfer)
async def decline_transfer(know: Know, command: transfer.DeclineTransfer, by: Actor) -> Facts:
    """Somebody of the agency that it was offered to says no."""
    await permit(know, by, "write", Resource(category="register", parties=frozenset({by.agency})))
    return transfer.decline(command, by, await know(transfer.offers()))


@decides(transfer.AcceptTransfer)
async def accept_transfer(know: Know, command: transfer.AcceptTransfer, by: Actor) -> Facts:
    """Somebody of the agency that it was offered to takes the person on, whom they just entered."""
    await permit(know, by, "write", Resource(category="register", parties=frozenset({by.agency})))
    entered = (await know(person.person(command.person))).registered
    agreed, known = await know(between.between()), await know(transfer.offers())
    return transfer.accept(command, by, agreed, known, know.now, entered=entered)


def _by_the_system(by: Actor) -> None:
    if by.role != "system":
        raise NotPermitted(role=by.role, category="disclosure", action="write")
