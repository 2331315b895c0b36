"""The sign-in sheet of a session, for when the tablet fails: typed in afterwards column by column.

It names who is expected by first name and reference only, as far as the viewer may know of them, and stays with staff.
"""

from typing import Final

import msgspec

from api.web.paper.known import Around
from api.web.paper.parts import Sheet, Visit, sheet, visit
from application.readings.hub_days import HubDay
from application.readings.lists import Line
from application.views.hub_day import ArrivalRow

WALK_INS: Final = 12


class Expected(msgspec.Struct, frozen=True, kw_only=True):
    """A line for somebody who is expected."""

    name: str | None
    reference: str | None
    interpreter: bool
    came: bool
    missed: bool


class SignInPaper(msgspec.Struct, frozen=True, kw_only=True):
    """The sheet: a line for each person expected, a column for each agency, empty lines for walk-ins."""

    sheet: Sheet
    visit: Visit
    cancelled: bool
    agencies: tuple[str, ...]
    expected: tuple[Expected, ...]
    walk_ins: tuple[int, ...]
    unnamed: int


def sign_in_paper(around: Around, day: HubDay) -> SignInPaper:
    """The sheet of a session, as its viewer may know of those who are expected."""
    shown = visit(around, day.session)
    assert shown is not None
    lines = [
        *((one, False, False) for one in day.expected),
        *((one, True, False) for one in day.arrived),
        *((one, False, True) for one in day.missed),
    ]
    people = sorted((_line(*one) for one in lines), key=lambda one: ((one.name or "").casefold(), one.reference or ""))
    first = len(people) + 1
    return SignInPaper(
        sheet=sheet(around),
        visit=shown,
        cancelled=day.session.cancelled_at is not None,
        agencies=shown.agencies,
        expected=tuple(people),
        walk_ins=tuple(range(first, first + WALK_INS)),
        unnamed=max(0, day.invited_count - sum(1 for one, _, _ in lines if one.shown.row.invited_at is not None)),
    )


def _line(one: Line[ArrivalRow], came: bool, missed: bool) -> Expected:  # noqa: FBT001 - a column each
    who = one.who
    return Expected(
        name=(who.given_name or who.nickname) if who else None,
        reference=who.reference if who else None,
        interpreter=bool(who and who.needs_interpreter),
        came=came,
        missed=missed,
    )
