"""The record of a person: a page for each of its parts, and what is written into it."""

from typing import Final

from api.web.routes import AnyScreen
from api.web.screens.person import (
    accesses,
    decision,
    identifying,
    keeping,
    outside,
    overview,
    parts,
    plan,
    registering,
    seeing,
    timeline,
)

SCREENS: Final[tuple[AnyScreen, ...]] = (
    *overview.SCREENS,
    *accesses.SCREENS,
    *seeing.SCREENS,
    *outside.SCREENS,
    *timeline.SCREENS,
    *decision.SCREENS,
    *parts.SCREENS,
    *keeping.SCREENS,
    *plan.SCREENS,
    *registering.SCREENS,
    *identifying.SCREENS,
)
