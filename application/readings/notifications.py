"""Duty-to-refer notifications, of the agencies that are party to them."""

import datetime as dt
from typing import Literal

import msgspec

from application.readings.ground import Ground
from application.readings.lists import Box, Line, all_of_person, lines_of_agency, one_of
from application.readings.paging import LIMIT, Page
from application.revealing import Shown
from application.views.duty import NOTIFICATIONS, NotificationRow
from domain.actors import Actor
from domain.ids import NotificationId, PersonId


class Notifications(msgspec.Struct, frozen=True):
    """Reads notifications."""

    ground: Ground

    async def notifications(
        self,
        viewer: Actor,
        direction: Literal["notified", "notifying"],
        box: Box = "open",
        *,
        cursor: str | None = None,
        limit: int = LIMIT,
        after: int | None = None,
    ) -> Page[Line[NotificationRow]]:
        """Duty-to-refer notifications that the agency was told, or made.

        Raises: NotPermitted, Unknown, ViewBehind, CursorUnreadable.
        """
        scope = f"agency:{viewer.agency}/{direction}/{box}"
        return await lines_of_agency(
            self.ground, viewer, "duty", NOTIFICATIONS, scope, cursor, limit, after, latest=box
        )

    async def notification(
        self, viewer: Actor, notification: NotificationId, *, after: int | None = None
    ) -> Shown[NotificationRow]:
        """One notification. Raises: NotPermitted, Unknown, ViewBehind."""
        return await one_of(self.ground, viewer, "duty", NOTIFICATIONS, notification, after)

    async def notifications_of(
        self, viewer: Actor, person: PersonId, *, after: int | None = None, as_at: dt.datetime | None = None
    ) -> tuple[Shown[NotificationRow], ...]:
        """A person's notifications to which the agency is party. Raises: NotPermitted, Unknown, ViewBehind."""
        return await all_of_person(self.ground, viewer, "duty", NOTIFICATIONS, person, after, as_at)
