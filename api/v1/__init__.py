"""Version 1 of the API: a table for each resource."""

from api.routes import Route
from api.v1 import (
    accounts,
    between,
    consents,
    duty,
    encounters,
    episodes,
    hub_sessions,
    instruments,
    operations,
    partnership,
    people,
    plans,
    proof,
    referrals,
    reports,
    services,
    sharing,
    staff,
)

ROUTES: tuple[Route, ...] = (
    *people.ROUTES,
    *consents.ROUTES,
    *encounters.ROUTES,
    *episodes.ROUTES,
    *instruments.ROUTES,
    *hub_sessions.ROUTES,
    *services.ROUTES,
    *referrals.ROUTES,
    *duty.ROUTES,
    *plans.ROUTES,
    *partnership.ROUTES,
    *accounts.ROUTES,
    *staff.ROUTES,
    *sharing.ROUTES,
    *between.ROUTES,
    *reports.ROUTES,
    *operations.ROUTES,
    *proof.ROUTES,
)
