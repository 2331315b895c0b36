"""Other partnerships: what was agreed with them, whether they know somebody, and people who are handed over."""

from typing import Annotated

import msgspec

from api.endpoints import new_id, sent_key
from api.hub import Hub
from api.routes import Act, Route, get, post
from api.serving import Answer, Call
from application.deciding import Decided
from application.enquiring import Asked
from application.ports import CommandKey
from application.readings.governance import Governance
from application.readings.other_partnerships import OtherPartnerships
from application.views.people import PersonRow
from domain.actors import Actor
from domain.facts import Slug, Text
from domain.governance.between import EndPartnershipAgreement, MakePartnershipAgreement
from domain.governance.scope import Purpose, SharedCategory
from domain.governance.transfer import TransferDecline
from domain.ids import EnquiryId, PartnershipId, PersonId, TransferId

AGREEMENT = "/v1/partnership-agreements/{agreement}"
PERSON = "/v1/people/{person}"
ENQUIRIES = f"{PERSON}/enquiries"
TRANSFERS = f"{PERSON}/transfers"
TRANSFER = "/v1/transfers/{transfer}"


class EnquiryBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which partnership is asked whether it knows the person, and to which end."""

    partner: Annotated[PartnershipId, Slug]
    purpose: Purpose


async def ask_elsewhere(hub: Hub, actor: Actor, body: EnquiryBody, call: Call) -> Answer:
    """Ask another partnership whether it knows a person: yes, no or cannot say, and whom to phone there."""
    key = sent_key(hub, actor, f"POST {ENQUIRIES}", call)
    person = PersonId(call.ids["person"])
    async with hub.snapshot(actor, call.account) as snapshot:
        row = (await hub.of(snapshot).readings.people.person(actor, person)).shown.row
    asked = await enquire(hub, actor, row, body, key)
    return _answer(asked)


async def enquire(hub: Hub, actor: Actor, row: PersonRow, body: EnquiryBody, key: CommandKey | None) -> Asked:
    """Ask about somebody whose entry was read for it, as the worker may see it. Nothing is held meanwhile.

    Raises: Refusal; CommandReused, LogBusy, LogUnavailable, NotRecordable.
    """
    return await hub.enquiring.ask(actor, row, body.partner, body.purpose, new_id=EnquiryId(new_id()), key=key)


class TransferBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """To which partnership a person is offered, to which end, and which kinds of records would go along."""

    partner: Annotated[PartnershipId, Slug]
    purpose: Purpose
    categories: Annotated[frozenset[SharedCategory], msgspec.Meta(min_length=1, max_length=5)]
    why: Text


class TransferMade(msgspec.Struct, frozen=True, kw_only=True):
    """The offer that was made or moved on."""

    transfer: TransferId
    position: int


class Arrived(msgspec.Struct, frozen=True, kw_only=True):
    """Under which entry the person was taken on."""

    transfer: TransferId
    person: PersonId
    position: int


class DeclineBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Why the person is not taken on."""

    reason: TransferDecline


class NothingMore(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Nothing more is said."""


def _answer(made: msgspec.Struct, status: int = 200) -> Answer:
    return Answer(msgspec.json.encode(made), status, headers=((b"cache-control", b"no-store"),))


async def offer_transfer(hub: Hub, actor: Actor, body: TransferBody, call: Call) -> Answer:
    """Offer to hand a person over to another partnership. Who it is, is told there once somebody accepts."""
    key = sent_key(hub, actor, f"POST {TRANSFERS}", call)
    person = PersonId(call.ids["person"])
    async with hub.snapshot(actor, call.account) as snapshot:
        row = (await hub.of(snapshot).readings.people.person(actor, person)).shown.row
    made, decided = await hand_over(hub, actor, row, body, key)
    return _answer(TransferMade(transfer=made, position=decided.position), 201)


async def hand_over(
    hub: Hub, actor: Actor, row: PersonRow, body: TransferBody, key: CommandKey | None
) -> tuple[TransferId, Decided]:
    """Offer somebody whose entry was read for it. Raises: Refusal; CommandReused, LogBusy, LogUnavailable."""
    return await hub.transferring.offer(
        actor,
        row,
        body.partner,
        body.purpose,
        body.categories,
        body.why,
        new_id=TransferId(new_id()),
        key=key,
    )


async def withdraw_transfer(hub: Hub, actor: Actor, _body: NothingMore, call: Call) -> Answer:
    """Take an offer back, while nobody has answered it."""
    one = TransferId(call.ids["transfer"])
    decided = await hub.transferring.withdraw(actor, one)
    return _answer(TransferMade(transfer=one, position=decided.position))


async def accept_transfer(hub: Hub, actor: Actor, _body: NothingMore, call: Call) -> Answer:
    """Take on a person whom another partnership offers: an entry is made here, with what comes along."""
    one = TransferId(call.ids["transfer"])
    person, decided = await hub.transferring.accept(actor, one)
    return _answer(Arrived(transfer=one, person=person, position=decided.position), 201)


async def decline_transfer(hub: Hub, actor: Actor, body: DeclineBody, call: Call) -> Answer:
    """Do not take on a person whom another partnership offers."""
    one = TransferId(call.ids["transfer"])
    decided = await hub.transferring.decline(actor, one, body.reason)
    return _answer(TransferMade(transfer=one, position=decided.position))


ASK = Act(
    path=ENQUIRIES,
    do=ask_elsewhere,
    body=EnquiryBody,
    answer=Asked,
    summary="Ask another partnership whether it knows a person",
    name="ask_elsewhere",
    keyed=True,
)

OFFER = Act(
    path=TRANSFERS,
    do=offer_transfer,
    body=TransferBody,
    answer=TransferMade,
    summary="Offer to hand a person over to another partnership",
    name="offer_transfer",
    status=201,
    keyed=True,
)
WITHDRAW = Act(
    path=f"{TRANSFER}/withdraw",
    do=withdraw_transfer,
    body=NothingMore,
    answer=TransferMade,
    summary="Take back an offer to hand a person over",
    name="withdraw_transfer",
)
ACCEPT = Act(
    path=f"{TRANSFER}/accept",
    do=accept_transfer,
    body=NothingMore,
    answer=Arrived,
    summary="Take on a person whom another partnership offers",
    name="accept_transfer",
    status=201,
)
DECLINE = Act(
    path=f"{TRANSFER}/decline",
    do=decline_transfer,
    body=DeclineBody,
    answer=TransferMade,
    summary="Do not take on a person whom another partnership offers",
    name="decline_transfer",
)

ROUTES: tuple[Route, ...] = (
    get("/v1/partnership-agreements", Governance.partnership_agreements),
    get(AGREEMENT, Governance.partnership_agreement),
    get(ENQUIRIES, OtherPartnerships.enquiries),
    post("/v1/partnership-agreements", MakePartnershipAgreement, tells=("agreement",), location=AGREEMENT),
    post(f"{AGREEMENT}/end", EndPartnershipAgreement),
    get(TRANSFERS, OtherPartnerships.transfers),
    get(f"{PERSON}/history-received", OtherPartnerships.history),
    get("/v1/transfers", OtherPartnerships.offers),
    ASK,
    OFFER,
    WITHDRAW,
    ACCEPT,
    DECLINE,
)
