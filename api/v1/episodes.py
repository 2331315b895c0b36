"""A person's way along a ladder: episodes, their escalations and their tickets."""

from api.routes import Route, get, post
from api.v1.edge import ticket
from application.readings.engagement import Engagement
from domain.engagement.closing import CloseEpisode, StepDown
from domain.engagement.escalation import AuthoriseEscalation, ProposeEscalation, RefuseEscalation
from domain.engagement.issuing import IssueTicket
from domain.engagement.opening import OpenEpisode
from domain.engagement.pausing import PauseEpisode, ResumeEpisode
from domain.engagement.tickets import VoidTicket

ONE = "/v1/episodes/{episode}"

ROUTES: tuple[Route, ...] = (
    get("/v1/people/{person}/episodes", Engagement.episodes),
    get(ONE, Engagement.episode),
    post("/v1/episodes", OpenEpisode, mints=("episode",), location=ONE),
    post(f"{ONE}/propose-escalation", ProposeEscalation),
    post(f"{ONE}/authorise-escalation", AuthoriseEscalation),
    post(f"{ONE}/refuse-escalation", RefuseEscalation),
    post(f"{ONE}/pause", PauseEpisode),
    post(f"{ONE}/resume", ResumeEpisode),
    post(f"{ONE}/step-down", StepDown),
    post(f"{ONE}/close", CloseEpisode),
    post(
        "/v1/tickets",
        IssueTicket,
        mints=("ticket",),
        tells=("ticket", "episode", "instrument"),
        optional=("episode",),
        edge=ticket,
    ),
    post(f"{ONE}/tickets/{{ticket}}/void", VoidTicket),
)
