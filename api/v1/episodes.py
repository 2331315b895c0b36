"""A person's way along a ladder: episodes, their escalations and their tickets."""

from api.routes import Route, get, post
from api.v1.edge import ticket
from application.reading import Reading
from domain.engagement.episode import (
    AuthoriseEscalation,
    CloseEpisode,
    IssueTicket,
    OpenEpisode,
    PauseEpisode,
    ProposeEscalation,
    RefuseEscalation,
    ResumeEpisode,
    StepDown,
    VoidTicket,
)

ONE = "/v1/episodes/{episode}"

ROUTES: tuple[Route, ...] = (
    get("/v1/people/{person}/episodes", Reading.episodes),
    get(ONE, Reading.episode),
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
        tells=("ticket", "instrument"),
        optional=("episode",),
        edge=ticket,
    ),
    post(f"{ONE}/tickets/{{ticket}}/void", VoidTicket),
)
