"""A person's journey: a lane for each agency, and a mark for each thing that it did, in the order of time."""

import datetime as dt
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final

from api.web import wording
from api.web.charts.picture import NARROW, Chart, drawn
from api.web.charts.svg import LINE, broken, element, lines_of, number, width_of
from api.web.charts.table import Row, Table
from api.web.translating import N_
from api.web.translating import gettext as _
from application.readings.timelines import Journey, Lane, Mark
from domain.calendar import civil_date

KINDS: Final[Mapping[str, str]] = {
    "engagement": N_("Street work"),
    "hub": N_("Hub"),
    "support": N_("Support"),
    "duty": N_("Duty to refer"),
    "register": N_("The person's entry"),
}
OTHER: Final = "register"
CELL: Final = 18
EDGE: Final = 10
TICKS: Final = 5


def lanes(journey: Journey) -> Chart:
    """The picture. What happened is in the table; the person is named by neither."""
    marks = [(one, lane) for lane in journey.lanes for one in lane.marks]
    table = Table(
        caption=_("The journey, step by step"),
        headers=(_("When"), _("Agency"), _("What")),
        rows=tuple(
            Row(wording.moment(one.happened), (lane.name, wording.said(one.type, {}, {})))
            for one, lane in sorted(marks, key=lambda one: one[0].happened)
        ),
    )
    title = _("The journey, agency by agency")
    if not marks:
        empty = _("Nothing that your agency may see has been recorded yet.")
        return Chart(key="journey", title=title, description=empty, table=table, empty=empty)
    first, last = (pick(one.happened for one, _lane in marks) for pick in (min, max))
    description = _("%(agencies)s agencies, %(marks)s entries, from %(first)s to %(last)s.") % {
        "agencies": len(journey.lanes),
        "marks": f"{len(marks):,}",
        "first": wording.day(civil_date(first)),
        "last": wording.day(civil_date(last)),
    }
    return Chart(
        key="journey",
        title=title,
        description=description,
        table=table,
        note=_("The journey is longer: this is its latest part.") if journey.cut else None,
        svg=drawn("journey", title, description, lambda width, _key: _draw(journey.lanes, first, last, width)),
    )


def _kind(mark: Mark) -> str:
    return mark.category if mark.category in KINDS else OTHER


def _draw(found: Sequence[Lane], first: dt.datetime, last: dt.datetime, width: int) -> tuple[int, str]:
    beside = 0 if width == NARROW else 200
    left, room = beside + EDGE, width - beside - 2 * EDGE
    whole = max((last - first).total_seconds(), 1.0)
    used = [one for one in KINDS if any(_kind(mark) == one for lane in found for mark in lane.marks)]
    y, key = _legend(used, width)
    made = [key]
    top = y
    grid: list[str] = []
    for lane in found:
        cells: Counter[tuple[int, str]] = Counter()
        for mark in lane.marks:
            place = round((mark.happened - first).total_seconds() / whole * room / CELL)
            cells[place, _kind(mark)] += 1
        columns: dict[int, list[str]] = {}
        for place, kind in sorted(cells, key=lambda one: (one[0], list(KINDS).index(one[1]))):
            columns.setdefault(place, []).append(kind)
        lines = broken(lane.name, (beside or width) - 12)
        tall = max(
            max(map(len, columns.values()), default=1) * (CELL + 10) + 10, len(lines) * LINE + 8 if beside else 0
        )
        if not beside:
            made.append(lines_of(lines, 0, y + 14, "hub-chart__text hub-chart__text--halo"))
            y += len(lines) * LINE + 2
        ground = element("rect", x=beside, y=y, width=width - beside, height=tall, class_="hub-chart__lane")
        grid.append(ground)
        if beside:
            made.append(lines_of(lines, 0, y + (tall - len(lines) * LINE) / 2 + 13))
        for place, kinds in columns.items():
            x = min(left + place * CELL, left + room)
            for at, kind in enumerate(kinds):
                middle = y + tall / 2 + (at - (len(kinds) - 1) / 2) * (CELL + 10)
                count = cells[place, kind]
                made.append(_symbol(kind, x, middle))
                if count > 1:
                    made.append(
                        lines_of([f"{count}"], x, middle + 18, "hub-chart__text hub-chart__text--small", "middle")
                    )
        y += tall + 8
    grid.append(_days(first, last, left, room, top, y))
    return round(y + LINE + 6), "".join((*grid, *made))


def _days(first: dt.datetime, last: dt.datetime, left: float, room: float, top: float, bottom: float) -> str:
    """Upright lines with the day that each stands for."""
    made: list[str] = []
    named: list[tuple[float, float]] = []
    whole = civil_date(last) > civil_date(first)
    for at in sorted(range(TICKS), key=lambda one: (0 < one < TICKS - 1, one)) if whole else (0,):
        day = first + (last - first) * at / (TICKS - 1)
        x = left + room * at / (TICKS - 1)
        said = wording.day(civil_date(day))
        half = width_of(said) / 2
        middle = min(max(x, left - EDGE + half), left + room + EDGE - half)
        made.append(element("path", d=f"M{number(x)},{number(top)} V{number(bottom - 8)}", class_="hub-chart__grid"))
        if all(middle + half + 8 < begin or middle - half - 8 > end for begin, end in named):
            made.append(lines_of([said], middle, bottom + 10, anchor="middle"))
            named.append((middle - half, middle + half))
    return "".join(made)


def _legend(kinds: Sequence[str], width: int) -> tuple[float, str]:
    made: list[str] = []
    x, y = 0.0, 0.0
    for kind in kinds:
        said = _(KINDS[kind])
        wide = 26 + width_of(said) + 16
        if x and x + wide > width + 16:
            x, y = 0.0, y + 26
        made.append(_symbol(kind, x + 8, y + 9))
        made.append(lines_of([said], x + 26, y + 14))
        x += wide
    return y + 36, "".join(made)


def _symbol(kind: str, x: float, y: float) -> str:
    """Each kind has a form of its own."""
    at = f"{number(x)},{number(y)}"
    shape = f"hub-chart__shape hub-chart__fill-{list(KINDS).index(kind) + 1}"
    match kind:
        case "engagement":
            return element("rect", x=round(x - 6, 1), y=round(y - 6, 1), width=12, height=12, class_=shape)
        case "hub":
            return element("circle", cx=round(x, 1), cy=round(y, 1), r=7, class_=shape)
        case "support":
            return element("path", d=f"M{at} m0,-8 l8,8 l-8,8 l-8,-8 Z", class_=shape)
        case "duty":
            return element("path", d=f"M{at} m0,-7 l8,14 h-16 Z", class_=shape)
        case _:
            return element("path", d=f"M{at} m-7,-2 h5 v-5 h4 v5 h5 v4 h-5 v5 h-4 v-5 h-5 Z", class_=shape)
