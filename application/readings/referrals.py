"""Referrals, of the agencies that are party to them."""

import datetime as dt
from typing import Literal

import msgspec

from application.readings.ground import Ground
from application.readings.lists import Box, Line, all_of_person, lines_of_agency, one_of
from application.readings.paging import LIMIT, Page
from application.revealing import Shown
from application.views.inbox import REFERRALS, ReferralRow
from domain.actors import Actor
from domain.ids import PersonId, ReferralId


class Referrals(msgspec.Struct, frozen=True):
    """Reads referrals."""

    ground: Ground

    async def inbox(
        self,
        viewer: Actor,
        direction: Literal["incoming", "outgoing"],
        box: Box = "open",
        *,
        cursor: str | None = None,
        limit: int = LIMIT,
        after: int | None = None,
    ) -> Page[Line[ReferralRow]]:
        """The referrals that the viewer's agency was asked, or asked: open ones by due date, ended ones latest first.

        Raises: NotPermitted, Unknown, ViewBehind, CursorUnreadable.
        """
        scope = f"agency:{viewer.agency}/{direction}/{box}"
        return await lines_of_agency(self.ground, viewer, "support", REFERRALS, scope, cursor, limit, after, latest=box)

    async def drafts(
        self, viewer: Actor, *, cursor: str | None = None, limit: int = LIMIT, after: int | None = None
    ) -> Page[Line[ReferralRow]]:
        """The agency's referrals not sent yet. Raises: NotPermitted, Unknown, ViewBehind, CursorUnreadable."""
        scope = f"agency:{viewer.agency}/drafts"
        return await lines_of_agency(self.ground, viewer, "support", REFERRALS, scope, cursor, limit, after)

    async def referral(self, viewer: Actor, referral: ReferralId, *, after: int | None = None) -> Shown[ReferralRow]:
        """One referral, for those who are party to it. Raises: NotPermitted, Unknown, ViewBehind."""
        return await one_of(self.ground, viewer, "support", REFERRALS, referral, after)

    async def referrals(
        self, viewer: Actor, person: PersonId, *, after: int | None = None, as_at: dt.datetime | None = None
    ) -> tuple[Shown[ReferralRow], ...]:
        """A person's referrals to which the viewer's agency is party. Raises: NotPermitted, Unknown, ViewBehind."""
        return await all_of_person(self.ground, viewer, "support", REFERRALS, person, after, as_at)
