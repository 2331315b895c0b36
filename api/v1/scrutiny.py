"""Scrutiny panels: who sits on them, what they draw and look at, what they say of it, and what agencies answer."""

from api.routes import Route, get, post
from application.scrutiny.reading import PanelReading
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

ROUTES: tuple[Route, ...] = (
    get("/v1/panels", PanelReading.panels),
    get(PANEL, PanelReading.panel),
    get(SAMPLE, PanelReading.sample),
    get(f"{SAMPLE}/draw", PanelReading.published_draw),
    get(f"{SAMPLE}/report", PanelReading.report, "panel_report"),
    get(f"{CASE}/pack", PanelReading.pack),
    get("/v1/recommendations", PanelReading.recommendations),
    get(RECOMMENDATION, PanelReading.recommendation),
    get("/v1/reports/disproportionality", PanelReading.disproportionality),
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
