"""What an agency, or one worker of it, works on and must do."""

import msgspec

from application.readings.ground import Ground
from application.readings.lists import Line, lines_of_agency
from application.readings.paging import LIMIT, Page
from application.views.actions_due import ACTIONS_DUE, DueRow
from application.views.inbox import REFERRALS, ReferralRow
from application.views.plans import PLANS, PlanRow
from domain.actors import Actor
from domain.ids import WorkerId


class Caseload(msgspec.Struct, frozen=True, kw_only=True):
    """What an agency, or one worker of it, works on: accepted referrals, open plans, actions that are due."""

    referrals: tuple[Line[ReferralRow], ...]
    plans: tuple[Line[PlanRow], ...]
    due: tuple[Line[DueRow], ...]
    position: int


class Caseloads(msgspec.Struct, frozen=True):
    """Reads caseloads."""

    ground: Ground

    async def caseload(
        self, viewer: Actor, *, worker: WorkerId | None = None, limit: int = LIMIT, after: int | None = None
    ) -> Caseload:
        """What the viewer's agency works on, or one worker of it: the first `limit` of each kind, most urgent first.

        Referrals are worked by an agency as a whole. Raises: NotPermitted, Unknown, ViewBehind.
        """
        base = f"agency:{viewer.agency}"
        own = base if worker is None else f"{base}/worker/{worker}"
        referrals = (
            await lines_of_agency(self.ground, viewer, "support", REFERRALS, f"{base}/caseload", None, limit, after)
            if worker is None
            else None
        )
        plans = await lines_of_agency(self.ground, viewer, "support", PLANS, f"{own}/plans", None, limit, after)
        due = await self.actions_due(viewer, worker=worker, limit=limit, after=after)
        return Caseload(
            referrals=referrals.items if referrals else (), plans=plans.items, due=due.items, position=due.position
        )

    async def actions_due(
        self,
        viewer: Actor,
        *,
        worker: WorkerId | None = None,
        cursor: str | None = None,
        limit: int = LIMIT,
        after: int | None = None,
    ) -> Page[Line[DueRow]]:
        """What the agency, or one worker of it, must do, overdue first.

        Raises: NotPermitted, Unknown, ViewBehind, CursorUnreadable.
        """
        base = f"agency:{viewer.agency}"
        scope = f"{base}/due" if worker is None else f"{base}/worker/{worker}/due"
        return await lines_of_agency(self.ground, viewer, "support", ACTIONS_DUE, scope, cursor, limit, after)
