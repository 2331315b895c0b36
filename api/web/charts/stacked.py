"""Outcomes by agency: one bar for each agency, in parts."""

from collections.abc import Sequence
from typing import Final

import msgspec

from api.web.charts.picture import BAR, NARROW, Chart, about, drawn, legend, patterns, rounding, scale, ticks
from api.web.charts.svg import LINE, broken, element, lines_of, width_of
from api.web.charts.table import Row, Table
from api.web.translating import gettext as _
from api.web.wording import label
from application.figures import Came, Ended, OutcomesByAgency

CAME: Final[Sequence[Came]] = ("accepted", "completed", "waiting", "declined", "failed", "taken-back")
ENDED: Final[Sequence[Ended]] = ("positive", "otherwise")
"""The parts of a bar, from the left."""


class Bar(msgspec.Struct, frozen=True):
    """An agency, its parts in the order of the legend, and whether they are rounded."""

    name: str
    parts: tuple[int, ...]
    rounded_to: int


def referrals_by_agency(told: OutcomesByAgency) -> Chart:
    """What came of the referrals that each agency was asked."""
    bars = [Bar(one.name, tuple(one.referrals.get(part, 0) for part in CAME), one.rounded_to) for one in told.agencies]
    return _chart(
        "referral-outcomes",
        _("What came of referrals, by agency asked"),
        [label("became-of-referral", one) for one in CAME],
        [one for one in bars if sum(one.parts)],
        _("No referrals were sent in this period, or too few to show."),
    )


def episodes_by_agency(told: OutcomesByAgency) -> Chart:
    """How the episodes ended that each agency closed."""
    bars = [Bar(one.name, tuple(one.episodes.get(part, 0) for part in ENDED), one.rounded_to) for one in told.agencies]
    return _chart(
        "episode-outcomes",
        _("How episodes ended, by agency that closed them"),
        [label("became-of-episode", one) for one in ENDED],
        [one for one in bars if sum(one.parts)],
        _("No episodes ended in this period, or too few to show."),
    )


def _chart(key: str, title: str, parts: Sequence[str], bars: Sequence[Bar], empty: str) -> Chart:
    rounded_to = max((one.rounded_to for one in bars), default=1)
    table = Table(
        caption=title,
        headers=(_("Agency"), *parts, _("All"), _("Rounded to nearest")),
        rows=tuple(Row(one.name, (*one.parts, sum(one.parts), one.rounded_to)) for one in bars),
    )
    if not bars:
        return Chart(key=key, title=title, description=empty, table=table, empty=empty)
    most = max(bars, key=lambda one: sum(one.parts))
    description = _("%(agencies)s agencies. The longest bar is %(agency)s with %(count)s.") % {
        "agencies": len(bars), "agency": most.name, "count": about(sum(most.parts), most.rounded_to),
    }  # fmt: skip
    return Chart(
        key=key,
        title=title,
        description=description,
        table=table,
        note=rounding(rounded_to),
        svg=drawn(key, title, description, lambda width, name: _draw(parts, bars, width, name)),
    )


def _draw(parts: Sequence[str], bars: Sequence[Bar], width: int, key: str) -> tuple[int, str]:
    beside = 0 if width == NARROW else 200
    y, names = legend(key, parts, width, 0)
    values = scale(max(sum(one.parts) for one in bars))
    said = [about(sum(one.parts), one.rounded_to) for one in bars]
    room = width - beside - max(width_of(one) for one in said) - 8
    top = y
    made: list[str] = []
    for bar, total in zip(bars, said, strict=True):
        lines = broken(bar.name, (beside or width) - 12)
        tall = len(lines) * LINE
        if beside:
            made.append(lines_of(lines, 0, y + max(0.0, (BAR - tall) / 2) + 14))
            at = y + max(0.0, (tall - BAR) / 2)
        else:
            made.append(lines_of(lines, 0, y + 14, "hub-chart__text hub-chart__text--halo"))
            at = y + tall + 2
        x = float(beside)
        for kind, count in enumerate(bar.parts):
            if not count:
                continue
            long = room * count / values[-1]
            made.append(
                element(
                    "rect",
                    x=x,
                    y=at,
                    width=round(long, 2),
                    height=BAR,
                    fill=f"url(#{key}-fill-{kind + 1})",
                    class_="hub-chart__shape hub-chart__bar",
                )
            )
            x += long
        made.append(lines_of([total], x + 8, at + 18, "hub-chart__text hub-chart__text--strong"))
        y = max(at + BAR, y + tall) + 14
    grid = ticks(values, beside, room, top, y - 6)
    return round(y + LINE + 4), "".join((patterns(key, len(parts)), names, grid, *made))
