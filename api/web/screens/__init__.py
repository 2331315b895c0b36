"""Every screen: a module for each, and the one table of all."""

from collections.abc import Sequence

from api.routes import Route
from api.web import acts, elsewhere, sign_in, signing_out, steps
from api.web.routes import AnyScreen
from api.web.screens import (
    account,
    accounts,
    administration,
    agreements,
    disproportionality,
    duplicates,
    emergency,
    encounter,
    home,
    hub_close,
    hub_day,
    hub_days,
    hub_person,
    invitation,
    keeping,
    merges,
    operations,
    paper,
    person,
    privacy,
    proof,
    raising,
    referrals,
    reports,
    rights,
    scrutiny,
    staff,
    tablet,
    transfers,
    trawling,
    work,
)

SCREENS: tuple[AnyScreen, ...] = (
    *sign_in.SCREENS,
    *steps.SCREENS,
    *elsewhere.SCREENS,
    *signing_out.SCREENS,
    *invitation.SCREENS,
    *tablet.SCREENS,
    *privacy.SCREENS,
    *home.SCREENS,
    *person.SCREENS,
    *duplicates.SCREENS,
    *merges.SCREENS,
    *keeping.SCREENS,
    *emergency.SCREENS,
    *referrals.SCREENS,
    *raising.SCREENS,
    *work.SCREENS,
    *transfers.SCREENS,
    *trawling.SCREENS,
    *reports.SCREENS,
    *disproportionality.SCREENS,
    *scrutiny.SCREENS,
    *proof.SCREENS,
    *rights.SCREENS,
    *paper.SCREENS,
    *hub_days.SCREENS,
    *hub_day.SCREENS,
    *hub_person.SCREENS,
    *hub_close.SCREENS,
    *encounter.SCREENS,
    *administration.SCREENS,
    *staff.SCREENS,
    *agreements.SCREENS,
    *account.SCREENS,
    *accounts.SCREENS,
    *operations.SCREENS,
)


def all_screens(routes: Sequence[Route], *, demo: bool) -> tuple[AnyScreen, ...]:
    """The screens that are made by hand, then a form for every other command of the API."""
    made = (*SCREENS, *(sign_in.DEMO_SCREENS if demo else ()))
    taken = {one.path for one in made}
    assert len(taken) == len(made), "two screens at one address"
    return (*made, *(one for one in acts.acts(routes) if one.path not in taken))
