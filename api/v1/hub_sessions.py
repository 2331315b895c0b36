"""Hub sessions: scheduled, staffed, attended, closed or cancelled."""

from api.routes import Route, get, post
from application.readings.hub_days import HubDays
from domain.engagement.hub_session import (
    CancelHubSession,
    CheckIn,
    CheckInAnonymous,
    CloseHubSession,
    ConfirmAgency,
    Invite,
    RecordAttended,
    RecordMissed,
    RecordPaperSheet,
    RecordServiceSeen,
    ScheduleHubSession,
    VoidCheckIn,
)

ONE = "/v1/hub-sessions/{session}"

ROUTES: tuple[Route, ...] = (
    get("/v1/hub-sessions", HubDays.hub_sessions),
    get(ONE, HubDays.hub_day),
    post("/v1/hub-sessions", ScheduleHubSession, mints=("session",), location=ONE),
    post(f"{ONE}/agencies/{{agency}}/confirm", ConfirmAgency),
    post(f"{ONE}/invitations", Invite, mints=("invitation",)),
    post(f"{ONE}/check-in", CheckIn),
    post(f"{ONE}/check-in/void", VoidCheckIn),
    post(f"{ONE}/check-in-anonymous", CheckInAnonymous, mints=("arrival",)),
    post(f"{ONE}/attended", RecordAttended),
    post(f"{ONE}/missed", RecordMissed),
    post(f"{ONE}/services-seen", RecordServiceSeen),
    post(f"{ONE}/paper-sheet", RecordPaperSheet),
    post(f"{ONE}/cancel", CancelHubSession),
    post(f"{ONE}/close", CloseHubSession),
)
