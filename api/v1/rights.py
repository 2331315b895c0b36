"""What the law gives people: requests, what is to be put right, restrictions, complaints, and breaches of data."""

from typing import Annotated

import msgspec

from api.endpoints import sent_key
from api.hub import Hub
from api.routes import Act, Route, get, post
from api.serving import Answer, Call
from application.readings.access_packs import AccessPacks
from application.readings.registers import Registers
from application.readings.rights import RightsOfPeople
from application.rights.access_pack import Decided, digest_of
from domain.actors import Actor
from domain.ids import RightsRequestId
from domain.rights.breach import AssessDataBreach, CloseDataBreach, RecordDataBreach, ReportDataBreach, TellPeople
from domain.rights.complaint import AcknowledgeComplaint, ConcludeComplaint, ReceiveComplaint
from domain.rights.rectification import AcceptRectification, AskRectification, NoteCorrection, RefuseRectification
from domain.rights.request import (
    AnswerRequest,
    AskRequester,
    CheckIdentity,
    ExtendRequest,
    HearRequester,
    MakePack,
    ReceiveRequest,
)
from domain.rights.restriction import AllowRestrictedUse, LiftProcessingRestriction, RestrictProcessing

PERSON = "/v1/people/{person}"
REQUEST = "/v1/rights-requests/{rights_request}"
COMPLAINT = "/v1/complaints/{complaint}"
BREACH = "/v1/data-breaches/{data_breach}"
RECTIFICATION = f"{PERSON}/rectifications/{{rectification}}"
RESTRICTION = f"{PERSON}/processing-restrictions/{{processing_restriction}}"

PACK = f"{REQUEST}/pack"


class PackBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What was decided of fields of what is held, and up to which position of the log it was looked through."""

    position: Annotated[int, msgspec.Meta(ge=1)]
    decisions: Annotated[tuple[Decided, ...], msgspec.Meta(max_length=20_000)] = ()


class PackDone(msgspec.Struct, frozen=True, kw_only=True):
    """What names the pack that was made."""

    digest: str
    position: int


async def make_pack(hub: Hub, actor: Actor, body: PackBody, call: Call) -> Answer:
    """Lay out all that is held for the person who asked, as it was decided."""
    key = sent_key(hub, actor, f"POST {PACK}", call)
    async with hub.snapshot(actor, call.account) as snapshot:
        command = await laid_out(hub.of(snapshot), actor, RightsRequestId(call.ids["rights_request"]), body)
    done = await hub.decider.decide(command, actor, key=key, result=command.digest.encode())
    made = PackDone(digest=done.result.decode(), position=done.position)
    return Answer(msgspec.json.encode(made), headers=((b"cache-control", b"no-store"),))


async def laid_out(hub: Hub, actor: Actor, one: RightsRequestId, body: PackBody) -> MakePack:
    """What makes the pack of a request. Raises: Refusal; LogUnavailable."""
    pack, decided = await hub.readings.access_packs.pack_to_make(actor, one, body.decisions, body.position)
    return MakePack(
        at=hub.clock.now(),
        rights_request=one,
        digest=digest_of(pack),
        position=pack.position,
        ledger_position=pack.ledger_position,
        withheld=sum(pack.withheld.values()),
        decided=decided,
    )


ROUTES: tuple[Route, ...] = (
    get(f"{PACK}/draft", AccessPacks.access_draft),
    get(PACK, AccessPacks.access_pack),
    Act(
        path=PACK,
        do=make_pack,
        body=PackBody,
        answer=PackDone,
        summary="Lay out all that is held for the person who asked, as it was decided",
        name="make_access_pack",
        keyed=True,
    ),
    get("/v1/rights-requests", Registers.rights_requests),
    get(REQUEST, Registers.rights_request),
    get("/v1/complaints", Registers.complaints),
    get(COMPLAINT, Registers.complaint),
    get("/v1/data-breaches", Registers.data_breaches),
    get(BREACH, Registers.data_breach),
    get("/v1/rights-due", Registers.rights_due),
    get("/v1/corrections", RightsOfPeople.corrections),
    get(f"{PERSON}/rights", RightsOfPeople.rights_of, "person_rights"),
    get(f"{PERSON}/restriction", RightsOfPeople.restriction_notice),
    get(f"{PERSON}/statements", RightsOfPeople.statements),
    get(RECTIFICATION, RightsOfPeople.rectification),
    post(f"{PERSON}/rights-requests", ReceiveRequest, mints=("rights_request",), location=REQUEST),
    post(f"{REQUEST}/ask", AskRequester),
    post(f"{REQUEST}/answered-back", HearRequester),
    post(f"{REQUEST}/identity", CheckIdentity),
    post(f"{REQUEST}/extend", ExtendRequest),
    post(f"{REQUEST}/answer", AnswerRequest),
    post(f"{PERSON}/complaints", ReceiveComplaint, mints=("complaint",), location=COMPLAINT),
    post(f"{COMPLAINT}/acknowledge", AcknowledgeComplaint),
    post(f"{COMPLAINT}/conclude", ConcludeComplaint),
    post("/v1/data-breaches", RecordDataBreach, mints=("data_breach",)),
    post(f"{BREACH}/assess", AssessDataBreach),
    post(f"{BREACH}/report", ReportDataBreach),
    post(f"{BREACH}/people", TellPeople),
    post(f"{BREACH}/close", CloseDataBreach),
    post(f"{PERSON}/rectifications", AskRectification, mints=("rectification",), location=RECTIFICATION),
    post(f"{RECTIFICATION}/accept", AcceptRectification),
    post(f"{RECTIFICATION}/refuse", RefuseRectification),
    post(f"{RECTIFICATION}/note", NoteCorrection),
    post(f"{PERSON}/processing-restrictions", RestrictProcessing, mints=("processing_restriction",)),
    post(f"{RESTRICTION}/allow", AllowRestrictedUse),
    post(f"{RESTRICTION}/lift", LiftProcessingRestriction),
)
