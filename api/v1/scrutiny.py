"""Scrutiny panels: who sits on them, what they draw and look at, what they say of it, and what agencies answer."""

import msgspec

from api.hub import Hub
from api.routes import Route, get, post
from application.ports import log_of
from application.readings.panels import Panels
from application.readings.reports import Reports
from application.readings.scrutiny_room import ScrutinyRoom
from application.scrutiny.pack import Entry
from domain.actors import Actor
from domain.ids import CaseId, PanelId, SampleId
from domain.scrutiny.grading import ConcludeCase, GradeCase
from domain.scrutiny.panel import ChangePanel, ConvenePanel
from domain.scrutiny.recommendation import AnswerRecommendation, FollowUpRecommendation, MakeRecommendation
from domain.scrutiny.reporting import PublishReport
from domain.scrutiny.sample import (
    AbandonSample,
    CastLot,
    ChooseSample,
    CloseRoom,
    CommitSample,
    DrawSample,
    ExcludeCase,
    OpenRoom,
)

PANEL = "/v1/panels/{panel}"
SAMPLE = f"{PANEL}/samples/{{sample}}"
CASE = f"{SAMPLE}/cases/{{case}}"
RECOMMENDATION = f"{PANEL}/recommendations/{{recommendation}}"

PROVED_PACK = "hub-pack/v1"


class ProvedEntry(Entry, frozen=True, kw_only=True):
    """An entry that a pack shows, with the receipt that proves that it stands in the log."""

    receipt: str


class ProvedPack(msgspec.Struct, frozen=True, kw_only=True):
    """A pack with its proofs, for a verifier of the panel's own (docs/proof.md, Pack)."""

    format: str
    partnership: str
    panel: PanelId
    sample: SampleId
    case: CaseId
    entries: tuple[ProvedEntry, ...]


async def proved_pack(hub: Hub, viewer: Actor, panel: PanelId, sample: SampleId, case: CaseId) -> ProvedPack:
    """A pack with its proofs, in the room. Raises: NotPermitted, Unknown; NotProved."""
    shown = await hub.readings.scrutiny_room.pack_entries(viewer, panel, sample, case)
    log = log_of(viewer.partnership)
    entries = [
        ProvedEntry(
            position=one.position,
            type=one.type,
            fields=one.fields,
            opened=one.opened,
            receipt=(await hub.proofs.receipt(log, one.position)).receipt,
        )
        for one in shown
    ]
    return ProvedPack(
        format=PROVED_PACK,
        partnership=viewer.partnership,
        panel=panel,
        sample=sample,
        case=case,
        entries=tuple(entries),
    )


ROUTES: tuple[Route, ...] = (
    get("/v1/panels", Panels.panels),
    get(PANEL, Panels.panel),
    get(SAMPLE, Panels.sample),
    get(f"{SAMPLE}/draw", Panels.published_draw),
    get(f"{SAMPLE}/report", Panels.report, "panel_report"),
    get(f"{CASE}/pack", ScrutinyRoom.pack),
    get(f"{CASE}/pack/proof", proved_pack),
    get("/v1/recommendations", Panels.recommendations),
    get(RECOMMENDATION, Panels.recommendation),
    get("/v1/reports/disproportionality", Reports.disproportionality),
    post("/v1/panels", ConvenePanel, tells=("panel",), location=PANEL),
    post(f"{PANEL}/members", ChangePanel),
    post(f"{PANEL}/samples", CommitSample, mints=("sample",), location=SAMPLE),
    post(f"{PANEL}/chosen-samples", ChooseSample, mints=("sample",), location=SAMPLE),
    post(f"{SAMPLE}/lot", CastLot),
    post(f"{SAMPLE}/draw", DrawSample),
    post(f"{SAMPLE}/abandon", AbandonSample),
    post(f"{SAMPLE}/room/open", OpenRoom),
    post(f"{SAMPLE}/room/close", CloseRoom),
    post(f"{CASE}/exclude", ExcludeCase),
    post(f"{CASE}/grade", GradeCase),
    post(f"{CASE}/conclude", ConcludeCase),
    post(f"{SAMPLE}/report", PublishReport),
    post(f"{PANEL}/recommendations", MakeRecommendation, mints=("recommendation",), location=RECOMMENDATION),
    post(f"{RECOMMENDATION}/answer", AnswerRecommendation),
    post(f"{RECOMMENDATION}/follow-up", FollowUpRecommendation),
)
