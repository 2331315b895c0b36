"""Warnings, notices and orders: drafted, served, appealed, ended; and what others forbid."""

from api.routes import Route, get, post
from application.readings.engagement import Engagement
from domain.engagement.appeals import AppealInstrument, DetermineAppeal, ExplainAppealRights
from domain.engagement.drafting import AuthoriseInstrument, DraftInstrument
from domain.engagement.in_force import EndInstrument, RecordBreach, VaryInstrument, VoidInstrument, WithdrawInstrument
from domain.engagement.orders import RecordInstrument
from domain.engagement.restrictions import LiftRestriction, RecordRestriction
from domain.engagement.serving import ServeInstrument

ALL = "/v1/people/{person}/instruments"
ONE = "/v1/people/{person}/instruments/{instrument}"

ROUTES: tuple[Route, ...] = (
    get(ALL, Engagement.instruments),
    get(ONE, Engagement.instrument),
    get("/v1/people/{person}/restrictions", Engagement.restrictions),
    post(ALL, DraftInstrument, mints=("instrument",), location=ONE),
    post(f"{ALL}/record", RecordInstrument, mints=("instrument",), location=ONE),
    post(f"{ONE}/authorise", AuthoriseInstrument),
    post(f"{ONE}/serve", ServeInstrument),
    post(f"{ONE}/explain-appeal-rights", ExplainAppealRights),
    post(f"{ONE}/appeal", AppealInstrument),
    post(f"{ONE}/determine-appeal", DetermineAppeal),
    post(f"{ONE}/breach", RecordBreach),
    post(f"{ONE}/vary", VaryInstrument),
    post(f"{ONE}/withdraw", WithdrawInstrument),
    post(f"{ONE}/end", EndInstrument),
    post(f"{ONE}/void", VoidInstrument),
    post("/v1/people/{person}/restrictions", RecordRestriction, mints=("restriction",)),
    post("/v1/people/{person}/restrictions/{restriction}/lift", LiftRestriction),
)
