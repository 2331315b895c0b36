"""Notifications under the duty to refer (Homelessness Reduction Act 2017, s.213B), and voluntary ones."""

from api.routes import Route, get, post
from application.readings.notifications import Notifications
from domain.support.duty_to_refer import (
    AcknowledgeNotification,
    DeclineNotification,
    NotifyHousingAuthority,
    OpenHousingApplication,
    RecordHousingContact,
    RecordNoHousingApplication,
)

ONE = "/v1/duty-notifications/{notification}"

ROUTES: tuple[Route, ...] = (
    get("/v1/duty-notifications/received", Notifications.notifications, "notifications_received", direction="notified"),
    get("/v1/duty-notifications/made", Notifications.notifications, "notifications_made", direction="notifying"),
    get("/v1/people/{person}/duty-notifications", Notifications.notifications_of, "notifications_of_person"),
    get(ONE, Notifications.notification),
    post("/v1/duty-notifications", NotifyHousingAuthority, mints=("notification",), location=ONE),
    post(f"{ONE}/acknowledge", AcknowledgeNotification),
    post(f"{ONE}/contacts", RecordHousingContact),
    post(f"{ONE}/open-application", OpenHousingApplication),
    post(f"{ONE}/no-application", RecordNoHousingApplication),
    post(f"{ONE}/decline", DeclineNotification),
)
