"""Handing a person over to another partnership: offered by a named worker here, accepted by a named worker there.

The offer says nothing of who it is. Only when it is accepted does the record go along, as far as the agreement, the
basis and the sight of who offered it reach; it arrives as facts of the other side's own log, each with where it came
from. Here the disclosure is recorded and what is open is closed. Nothing here becomes readable there.
"""

from collections.abc import Mapping
from typing import Annotated, Final, Literal

import msgspec

from domain.actors import Actor, Role
from domain.codes import FlagKind, InformationCategory
from domain.facts import (
    Command,
    Fact,
    Facts,
    HealthText,
    IdentityText,
    Instant,
    IntelligenceText,
    Knowledge,
    Line,
    Personal,
    Slug,
    Text,
    amended,
    knowing,
)
from domain.governance.between import Between, NoAgreementBetween, under
from domain.governance.disclosure import Ground
from domain.governance.scope import SAFEGUARDS, Purpose, SharedCategory
from domain.ids import AgencyId, AgreementId, PartnershipId, PersonId, TransferId, WorkerId
from domain.refusals import AlreadyExists, Conflict, Guarded, NotPermitted, Unknown, Unreadable, found

LINES_MAX: Final = 2_000
"""So much of a history goes along: the latest of it."""

TransferDecline = Literal["wrong-area", "not-known", "no-capacity", "already-known", "other"]
"""Why an offer is not accepted."""

COVERS: Final[Mapping[SharedCategory, frozenset[InformationCategory]]] = {
    "register": frozenset({"identity", "contact"}),
    "engagement": frozenset({"offending"}),
    "hub": frozenset({"identity"}),
    "support": frozenset({"housing", "benefits", "health", "substance-use"}),
    "duty": frozenset({"housing", "household"}),
}
"""What a basis to share has to cover for a kind of record to go along (ours)."""

GUARDED_BY: Final[frozenset[FlagKind]] = frozenset(
    {"keep-apart", "safeguarding", "modern-slavery", "capacity", "coercion-suspected"}
)
"""While one of these warns, the safeguarding lead alone hands a person over: whom or what they fled may be there."""


class TransferOffered(Fact, type="transfer-offered", version=1, tags=("person", "transfer")):
    """A worker offers to hand a person over, with these kinds of records, on this consent or other basis."""

    transfer: TransferId
    person: PersonId
    partner: PartnershipId
    agreement: AgreementId
    purpose: Purpose
    categories: frozenset[SharedCategory]
    basis: str
    ground: Ground
    by_agency: AgencyId
    by_worker: WorkerId
    by_role: Role
    why: IdentityText = None


class TransferWithdrawn(Fact, type="transfer-withdrawn", version=1, tags=("person", "transfer")):
    """The offer was taken back."""

    transfer: TransferId
    person: PersonId
    by_agency: AgencyId


class TransferTurnedDown(Fact, type="transfer-turned-down", version=1, tags=("person", "transfer")):
    """The other partnership does not take the person."""

    transfer: TransferId
    person: PersonId
    by_agency: AgencyId
    reason: TransferDecline


class PersonTransferred(Fact, type="person-transferred", version=1, tags=("person", "transfer")):
    """The record went to the other partnership, as it stood at this position of this log.

    `to_agency` and `to_worker` are theirs, who accepted. `by_worker` offered it, and answers for what went along.
    """

    transfer: TransferId
    person: PersonId
    partner: PartnershipId
    agreement: AgreementId
    categories: frozenset[SharedCategory]
    position: int
    by_agency: AgencyId
    by_worker: WorkerId
    to_agency: str
    to_worker: str


class TransferOfferReceived(Fact, type="transfer-offer-received", version=1, tags=("transfer",)):
    """Another partnership offers to hand somebody over: who it is, is told to whoever accepts.

    `reference` is how they speak of the person there; `from_agency`, `from_worker`, `contact` and `phone` are theirs.
    """

    transfer: TransferId
    partner: PartnershipId
    agreement: AgreementId
    purpose: Purpose
    categories: frozenset[SharedCategory]
    to_agency: AgencyId
    from_agency: str
    from_worker: str
    contact: str
    phone: str | None
    reference: str


class TransferOfferLapsed(Fact, type="transfer-offer-lapsed", version=1, tags=("transfer",)):
    """The other partnership took its offer back."""

    transfer: TransferId


class TransferDeclined(Fact, type="transfer-declined", version=1, tags=("transfer",)):
    """A worker here does not accept it."""

    transfer: TransferId
    by_agency: AgencyId
    by_worker: WorkerId
    reason: TransferDecline


class TransferAccepted(Fact, type="transfer-accepted", version=1, tags=("person", "transfer")):
    """A worker here took the person on: what came along follows, line by line."""

    transfer: TransferId
    person: PersonId
    partner: PartnershipId
    agreement: AgreementId
    by_agency: AgencyId
    by_worker: WorkerId
    lines: int


class HistoryReceived(Fact, type="history-received", version=1, tags=("person", "transfer")):
    """What another partnership had recorded, as it was told: which leaf of its log, of which agency there, and when.

    The words are JSON by field. They are for the agency that accepted: whoever else should know, it tells.
    """

    transfer: TransferId
    person: PersonId
    by_agency: AgencyId
    partner: PartnershipId
    category: SharedCategory
    kind: str
    position: int
    leaf: str
    agency_there: str
    told_identity: IdentityText = None
    told_health: HealthText = None
    told_intelligence: IntelligenceText = None


Announced = Literal["offered", "withdrawn", "declined"]
"""What one side does and the other one has to hear of."""


class TransferAnnounced(Fact, type="transfer-announced", version=1, tags=("transfer",)):
    """The other partnership has heard of it. Until then it is told again."""

    transfer: TransferId
    said: Announced


TransferStatus = Literal["offered", "withdrawn", "turned-down", "transferred"]


class Transfer(msgspec.Struct, frozen=True):
    """A transfer as the side that offers it knows it."""

    offered: TransferOffered
    status: TransferStatus = "offered"
    ended: TransferWithdrawn | TransferTurnedDown | PersonTransferred | None = None
    heard: bool = False

    @property
    def unheard(self) -> Literal["offered", "withdrawn"] | None:
        """What the other side has not heard of yet, as far as is known here."""
        return self.status if not self.heard and self.status in {"offered", "withdrawn"} else None


Transfers = dict[TransferId, Transfer]


class Basis(msgspec.Struct, frozen=True):
    """The consent or other basis on which a person may be told of there, and what the law calls it."""

    id: str
    ground: Ground


def evolve(state: Transfers, fact: Fact) -> Transfers:
    """What was offered to other partnerships."""
    match fact:
        case TransferOffered():
            return {**state, fact.transfer: Transfer(fact)}
        case TransferWithdrawn() | TransferTurnedDown() | PersonTransferred() if fact.transfer in state:
            status: TransferStatus = (
                "transferred"
                if isinstance(fact, PersonTransferred)
                else "withdrawn"
                if isinstance(fact, TransferWithdrawn)
                else "turned-down"
            )
            return {**state, fact.transfer: Transfer(state[fact.transfer].offered, status, fact)}
        case TransferAnnounced() if fact.transfer in state and fact.said == state[fact.transfer].status:
            return amended(state, fact.transfer, heard=True)
        case _:
            return state


_OFFERING: Final = (TransferOffered, TransferWithdrawn, TransferTurnedDown, PersonTransferred, TransferAnnounced)
_EVERY: Final[Knowledge[Transfers]] = knowing({}, evolve, _OFFERING)


def every() -> Knowledge[Transfers]:
    """Everybody whom this partnership offered to another one."""
    return _EVERY


def transfer(one: TransferId) -> Knowledge[Transfers]:
    """One transfer, as the side that offers it knows it."""
    return knowing({}, evolve, _OFFERING, f"transfer:{one}")


def transfers_of(person: PersonId) -> Knowledge[Transfers]:
    """All transfers of a person."""
    return knowing({}, evolve, _OFFERING, f"person:{person}")


class Incoming(msgspec.Struct, frozen=True):
    """An offer as the side that is offered somebody knows it; `accepted` once somebody took the person on."""

    offer: TransferOfferReceived
    status: Literal["offered", "lapsed", "declined", "accepted"] = "offered"
    accepted: TransferAccepted | None = None
    declined: TransferDecline | None = None
    heard: bool = False

    @property
    def unheard(self) -> TransferDecline | None:
        """Why it was declined, as long as the other side has not heard of that as far as is known here."""
        return None if self.heard else self.declined


Offers = dict[TransferId, Incoming]


def evolve_offers(state: Offers, fact: Fact) -> Offers:
    """What other partnerships offered."""
    match fact:
        case TransferOfferReceived():
            return {**state, fact.transfer: Incoming(fact)}
        case TransferOfferLapsed() if fact.transfer in state:
            return {**state, fact.transfer: Incoming(state[fact.transfer].offer, "lapsed")}
        case TransferDeclined() if fact.transfer in state:
            return {**state, fact.transfer: Incoming(state[fact.transfer].offer, "declined", declined=fact.reason)}
        case TransferAccepted() if fact.transfer in state:
            return {**state, fact.transfer: Incoming(state[fact.transfer].offer, "accepted", fact)}
        case TransferAnnounced() if fact.transfer in state and fact.said == state[fact.transfer].status:
            return amended(state, fact.transfer, heard=True)
        case _:
            return state


_RECEIVING: Final = (
    TransferOfferReceived,
    TransferOfferLapsed,
    TransferDeclined,
    TransferAccepted,
    TransferAnnounced,
)
_OFFERS: Final[Knowledge[Offers]] = knowing({}, evolve_offers, _RECEIVING)


def offers() -> Knowledge[Offers]:
    """Every offer that was made to this partnership."""
    return _OFFERS


class OfferTransfer(Command):
    """Offer to hand a person over to another partnership. The records named go along once it is accepted."""

    transfer: Annotated[TransferId, Slug]
    person: PersonId
    partner: PartnershipId
    agreement: AgreementId
    purpose: Purpose
    categories: Annotated[frozenset[SharedCategory], msgspec.Meta(min_length=1)]
    why: Annotated[Text, Personal("identity")]


class WithdrawTransfer(Command):
    """Take an offer back."""

    transfer: TransferId


class RecordTurnedDown(Command):
    """Write down that the other partnership does not take the person."""

    transfer: TransferId
    reason: TransferDecline


class RecordAnnounced(Command):
    """Write down that the other partnership has heard of what was done here."""

    transfer: TransferId
    said: Announced


class CompleteTransfer(Command):
    """Hand the record over to who accepted, as it stands at a position."""

    transfer: TransferId
    partner: PartnershipId
    position: int
    to_agency: Line
    to_worker: Line


class ReceiveOffer(Command):
    """Write down what another partnership offers."""

    transfer: Annotated[TransferId, Slug]
    partner: PartnershipId
    agreement: AgreementId
    purpose: Purpose
    categories: Annotated[frozenset[SharedCategory], msgspec.Meta(min_length=1)]
    from_agency: Line
    from_worker: Line
    contact: Line
    reference: Line
    phone: Line | None = None


class LapseOffer(Command):
    """Write down that another partnership took its offer back."""

    transfer: TransferId
    partner: PartnershipId


class DeclineTransfer(Command):
    """Do not take the person."""

    transfer: TransferId
    reason: TransferDecline


class ReceivedLine(msgspec.Struct, frozen=True, kw_only=True):
    """A line of a history that came along: where it stands there, and what was told of it."""

    category: SharedCategory
    kind: str
    happened: Instant
    position: int
    leaf: str
    agency_there: str
    told_identity: Annotated[str | None, Personal("identity")] = None
    told_health: Annotated[str | None, Personal("health")] = None
    told_intelligence: Annotated[str | None, Personal("intelligence")] = None


class AcceptTransfer(Command):
    """Take the person on, under an entry of one's own, with what came along."""

    transfer: TransferId
    person: PersonId
    lines: Annotated[tuple[ReceivedLine, ...], msgspec.Meta(max_length=LINES_MAX)] = ()


class NoBasisToTransfer(Guarded):
    """Nothing on record lets the other partnership be told this."""

    code = "no-basis-to-transfer"
    rule = "What goes along rests on the person's consent, or another recorded basis, that names the partnership."
    permitted_by = "Record the person's consent, or another basis, with the other partnership as recipient."


class NotInAgreement(Guarded):
    """The agreement does not let this go along."""

    code = "not-in-agreement"
    rule = "Only kinds of records that both sides' agreement names go along, and the register entry always does."
    permitted_by = "Choose fewer kinds of records, and the register entry among them."


class GuardedByFlag(NotPermitted):
    """Somebody is at risk."""

    code = "guarded-by-flag"
    rule = (
        "Who is kept apart from somebody, or may be at risk, is handed over by the safeguarding lead alone: whom or "
        "what they fled may be there (ours)."
    )
    permitted_by = "Ask the safeguarding lead, or end the flag if it no longer stands."


class TransferOpen(Conflict):
    """The person is offered already."""

    code = "transfer-open"
    rule = "A person is offered to one partnership at a time."
    permitted_by = "Wait for the answer, or take the offer back."


class TransferOver(Conflict):
    """The offer was answered or taken back."""

    code = "transfer-over"
    rule = "An offer is answered once, while it stands."
    permitted_by = "Phone the other partnership."


class HumansHandOver(NotPermitted):
    """No machine hands anybody over."""

    code = "humans-hand-over"
    rule = "A person is offered, and taken on, by a human on each side (ours)."
    permitted_by = "Ask a worker."


class NobodyArrived(Unreadable):
    """The person was not entered."""

    code = "nobody-arrived"
    rule = "Whoever takes a person on enters them first."


def needed(categories: frozenset[SharedCategory]) -> frozenset[InformationCategory]:
    """What a basis has to cover for these kinds of records to go along."""
    return frozenset().union(*(COVERS[one] for one in categories))


def check_agreed(known: Between, offered: "OfferTransfer | TransferOffered | ReceiveOffer", at: Instant) -> AgencyId:
    """The contact on this side of an agreement that lets all of it go along.

    Raises: NoAgreementBetween, NotInAgreement.
    """
    one = under(known, offered.agreement, offered.partner, at, offered.purpose)
    if not offered.categories <= one.categories or "register" not in offered.categories:
        raise NotInAgreement(categories=sorted(one.categories))
    return one.contact_agency


def check_flags(by: Role, open_flags: frozenset[FlagKind]) -> None:
    """Raises: GuardedByFlag."""
    if open_flags & GUARDED_BY and by not in SAFEGUARDS:
        raise GuardedByFlag


def offer(
    command: OfferTransfer,
    by: Actor,
    agreed: Between,
    known: Transfers,
    basis: Basis | None,
    open_flags: frozenset[FlagKind],
    now: Instant,
) -> Facts:
    """Under an agreement, on a basis, by a human, one offer at a time; nobody who is at risk but by who safeguards."""
    if by.role == "system":
        raise HumansHandOver
    before = known.get(command.transfer)
    if before is not None:
        if before.offered.person == command.person and before.offered.by_worker == by.worker:
            return ()
        raise AlreadyExists(transfer=command.transfer)
    check_agreed(agreed, command, now)
    check_flags(by.role, open_flags)
    if any(one.status == "offered" for one in known.values()):
        raise TransferOpen
    if basis is None:
        raise NoBasisToTransfer(needed=sorted(needed(command.categories)))
    return (
        TransferOffered(
            at=command.at,
            transfer=command.transfer,
            person=command.person,
            partner=command.partner,
            agreement=command.agreement,
            purpose=command.purpose,
            categories=command.categories,
            basis=basis.id,
            ground=basis.ground,
            by_agency=by.agency,
            by_worker=by.worker,
            by_role=by.role,
            why=command.why,
        ),
    )


def withdraw(command: WithdrawTransfer, by: Actor, known: Transfers) -> Facts:
    """By the agency that offered, while it stands."""
    one = found(known.get(command.transfer))
    if one.offered.by_agency != by.agency:
        raise Unknown
    if one.status == "withdrawn":
        return ()
    if one.status != "offered":
        raise TransferOver(status=one.status)
    return (
        TransferWithdrawn(
            at=command.at, transfer=command.transfer, person=one.offered.person, by_agency=one.offered.by_agency
        ),
    )


def turned_down(command: RecordTurnedDown, known: Transfers) -> Facts:
    """As the other side says, while it stands."""
    one = found(known.get(command.transfer))
    if one.status != "offered":
        return ()
    return (
        TransferTurnedDown(
            at=command.at,
            transfer=command.transfer,
            person=one.offered.person,
            by_agency=one.offered.by_agency,
            reason=command.reason,
        ),
    )


def announced(command: RecordAnnounced, sent: Transfers, received: Offers) -> Facts:
    """Once, of what stands: whatever came after it has to be heard of by itself."""
    offered, incoming = sent.get(command.transfer), received.get(command.transfer)
    waits = "declined" if incoming is not None and incoming.unheard else offered.unheard if offered else None
    if command.said != waits:
        return ()
    return (TransferAnnounced(at=command.at, transfer=command.transfer, said=command.said),)


def complete(
    command: CompleteTransfer,
    agreed: Between,
    known: Transfers,
    basis: Basis | None,
    open_flags: frozenset[FlagKind],
    now: Instant,
) -> Facts:
    """What was offered is handed to the partnership it was offered to, if all that permitted it still holds.

    To the same who accepted it is handed again as it was: an answer may be lost on its way.
    """
    one = known.get(command.transfer)
    if one is None or one.offered.partner != command.partner:
        raise NoAgreementBetween(partner=command.partner)
    offered = one.offered
    if isinstance(one.ended, PersonTransferred) and one.ended.to_agency == command.to_agency:
        return ()
    if one.status != "offered":
        raise TransferOver(status=one.status)
    check_agreed(agreed, offered, now)
    check_flags(offered.by_role, open_flags)
    if basis is None:
        raise NoBasisToTransfer(needed=sorted(needed(offered.categories)))
    return (
        PersonTransferred(
            at=command.at,
            transfer=command.transfer,
            person=offered.person,
            partner=offered.partner,
            agreement=offered.agreement,
            categories=offered.categories,
            position=command.position,
            by_agency=offered.by_agency,
            by_worker=offered.by_worker,
            to_agency=command.to_agency,
            to_worker=command.to_worker,
        ),
    )


def receive(command: ReceiveOffer, agreed: Between, known: Offers, now: Instant) -> Facts:
    """Written down once, under this side of the agreement, for the agency that it names as contact."""
    if command.transfer in known:
        return ()
    contact = check_agreed(agreed, command, now)
    return (
        TransferOfferReceived(
            at=command.at,
            transfer=command.transfer,
            partner=command.partner,
            agreement=command.agreement,
            purpose=command.purpose,
            categories=command.categories,
            to_agency=contact,
            from_agency=command.from_agency,
            from_worker=command.from_worker,
            contact=command.contact,
            phone=command.phone,
            reference=command.reference,
        ),
    )


def lapse(command: LapseOffer, known: Offers) -> Facts:
    """By the partnership that offered, while nobody took the person on; what was declined is over on both sides."""
    one = known.get(command.transfer)
    if one is None or one.offer.partner != command.partner or one.status in {"lapsed", "declined"}:
        return ()
    if one.status != "offered":
        raise TransferOver(status=one.status)
    return (TransferOfferLapsed(at=command.at, transfer=command.transfer),)


def standing(known: Offers, one: TransferId, by: Actor) -> Incoming:
    """An offer to the actor's agency that may be answered. Raises: Unknown, HumansHandOver, TransferOver."""
    if by.role == "system":
        raise HumansHandOver
    offered = found(known.get(one))
    if offered.offer.to_agency != by.agency:
        raise Unknown
    if offered.status != "offered":
        raise TransferOver(status=offered.status)
    return offered


def decline(command: DeclineTransfer, by: Actor, known: Offers) -> Facts:
    """By the agency that it was offered to; the same again adds nothing."""
    before = known.get(command.transfer)
    if before is not None and before.status == "declined" and before.offer.to_agency == by.agency:
        return ()
    standing(known, command.transfer, by)
    return (
        TransferDeclined(
            at=command.at,
            transfer=command.transfer,
            by_agency=by.agency,
            by_worker=by.worker,
            reason=command.reason,
        ),
    )


def accept(command: AcceptTransfer, by: Actor, agreed: Between, known: Offers, now: Instant, *, entered: bool) -> Facts:
    """A human of the agency that it was offered to takes the person on, once, while the agreement holds."""
    before = known.get(command.transfer)
    if before is not None and before.accepted is not None and before.accepted.person == command.person:
        return ()
    offered = standing(known, command.transfer, by).offer
    under(agreed, offered.agreement, offered.partner, now)
    if not entered:
        raise NobodyArrived
    arrived = TransferAccepted(
        at=command.at,
        transfer=command.transfer,
        person=command.person,
        partner=offered.partner,
        agreement=offered.agreement,
        by_agency=by.agency,
        by_worker=by.worker,
        lines=len(command.lines),
    )
    return (arrived, *(_line(command, offered, by, one) for one in command.lines))


def _line(command: AcceptTransfer, offered: TransferOfferReceived, by: Actor, one: ReceivedLine) -> HistoryReceived:
    return HistoryReceived(
        at=one.happened,
        transfer=command.transfer,
        person=command.person,
        by_agency=by.agency,
        partner=offered.partner,
        category=one.category,
        kind=one.kind,
        position=one.position,
        leaf=one.leaf,
        agency_there=one.agency_there,
        told_identity=one.told_identity,
        told_health=one.told_health,
        told_intelligence=one.told_intelligence,
    )
