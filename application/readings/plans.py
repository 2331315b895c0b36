"""Support plans, of the agencies that are party to them."""

import datetime as dt

import msgspec

from application.readings.ground import Ground
from application.readings.lists import all_of_person, one_of
from application.revealing import Shown
from application.views.plans import PLANS, PlanRow
from domain.actors import Actor
from domain.ids import PersonId, PlanId


class Plans(msgspec.Struct, frozen=True):
    """Reads plans."""

    ground: Ground

    async def plan(self, viewer: Actor, plan: PlanId, *, after: int | None = None) -> Shown[PlanRow]:
        """One plan, for its agencies. Raises: NotPermitted, Unknown, ViewBehind."""
        return await one_of(self.ground, viewer, "support", PLANS, plan, after)

    async def plans(
        self, viewer: Actor, person: PersonId, *, after: int | None = None, as_at: dt.datetime | None = None
    ) -> tuple[Shown[PlanRow], ...]:
        """A person's plans to which the agency is party. Raises: NotPermitted, Unknown, ViewBehind."""
        return await all_of_person(self.ground, viewer, "support", PLANS, person, after, as_at)
