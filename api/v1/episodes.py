"""A person's way along a ladder: episodes, their escalations and their tickets."""

from api.routes import Route, post
from api.v1.edge import ticket
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
