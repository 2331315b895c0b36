"""The journey as a flow from above to below: as wide as a band is, as many people took that way (a Sankey diagram)."""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Final

import msgspec

from api.web.charts.picture import NARROW, Chart, about, drawn, rounding
from api.web.charts.svg import LINE, broken, element, lines_of, number
from api.web.charts.table import Row, Table
from api.web.translating import N_
from api.web.translating import gettext as _
from application.figures import FlowNode, JourneyFlow

STAGES: Final[Mapping[str, str]] = {
    "met": N_("Met on the street"),
    "invited": N_("Invited"),
    "came-unasked": N_("Came unasked"),
    "came-to-hub": N_("Came to the hub"),
    "did-not-come": N_("Did not come"),
    "referred": N_("Referred"),
    "not-referred": N_("Not referred"),
    "positive": N_("Ended well"),
    "ended-otherwise": N_("Ended otherwise"),
    "open": N_("Still open"),
}
KIND: Final = {"start": 1, "step": 5, "hub": 2, "help": 4, "outcome": 6}
THICK: Final = 14
BETWEEN: Final = 46
APART: Final = 12
BESIDE: Final = 5


class _Spot(msgspec.Struct, frozen=True):
    """Where a stage, or a band that passes by one, stands in its row: from left, and how wide."""

    x: float
    wide: float


def flow(told: JourneyFlow, steps: Mapping[str, str]) -> Chart:
    """The picture; `steps` are the names of the ladder's steps."""
    to = told.span.rounded_to

    def name(node: str) -> str:
        return _(STAGES[node]) if node in STAGES else steps.get(node.removeprefix("step:"), node.removeprefix("step:"))

    table = Table(
        caption=_("How many people went from one stage to another"),
        headers=(_("From"), _("To"), _("People")),
        rows=tuple(Row(name(one.source), (name(one.target), one.people)) for one in told.links),
    )
    title = _("The journey, from street to outcome")
    if not told.people:
        empty = (
            _("Nobody had a ticket, an invitation or a visit to the hub in this period.")
            if to == 1
            else _("Too few people to show.")
        )
        return Chart(key="journey-flow", title=title, description=empty, table=table, empty=empty)
    counts = {one.node: one.people for one in told.nodes}
    description = _("%(people)s people. %(came)s came to the hub, %(referred)s were referred, %(well)s ended well.") % {
        "people": about(told.people, to),
        "came": f"{counts.get('came-to-hub', 0):,}",
        "referred": f"{counts.get('referred', 0):,}",
        "well": f"{counts.get('positive', 0):,}",
    }
    names = {one.node: name(one.node) for one in told.nodes}
    return Chart(
        key="journey-flow",
        title=title,
        description=description,
        table=table,
        note=rounding(to),
        svg=drawn("journey-flow", title, description, lambda width, _key: _draw(told, names, width)),
    )


_Pass = tuple[str, str]
"""A band on its way past a row."""


def _draw(told: JourneyFlow, names: Mapping[str, str], width: int) -> tuple[int, str]:
    layer_of = {one.node: one.layer for one in told.nodes}
    layers = sorted({one.layer for one in told.nodes})
    row_of = {layer: at for at, layer in enumerate(layers)}
    rows: list[list[FlowNode | _Pass]] = [[one for one in told.nodes if one.layer == layer] for layer in layers]
    people = {(one.source, one.target): one.people for one in told.links}
    for one in told.links:
        for at in range(row_of[layer_of[one.source]] + 1, row_of[layer_of[one.target]]):
            rows[at].append((one.source, one.target))
    slot = 90 if width == NARROW else 150
    unit = _unit(rows, people, told.people, width, slot)
    spots: list[dict[str | _Pass, _Spot]] = [_spots(row, people, unit, slot) for row in rows]
    tops, bars, y = [], [], 0.0
    for row in rows:
        tops.append(y)
        tall = max(len(broken(names[one.node], _room(one, unit, slot), 3)) for one in row if isinstance(one, FlowNode))
        bars.append(y + (tall + 1) * LINE + 4)
        y = bars[-1] + THICK + BETWEEN
    made: list[str] = []
    out: dict[str, float] = {}
    into: dict[str, float] = {}
    for one in told.links:
        first, last = row_of[layer_of[one.source]], row_of[layer_of[one.target]]
        wide = one.people * unit
        source, target = spots[first][one.source], spots[last][one.target]
        left = source.x + out.setdefault(one.source, 0.0)
        out[one.source] += wide
        ways = [(left, bars[first] + THICK)]
        for at in range(first + 1, last):
            spot = spots[at][one.source, one.target]
            ways += [(spot.x, tops[at]), (spot.x, bars[at] + THICK)]
        ways.append((target.x + into.setdefault(one.target, 0.0), bars[last]))
        into[one.target] += wide
        made.append(_band(ways, max(wide, 1.0)))
    for row, spot_of, bar in zip(rows, spots, bars, strict=True):
        for node in row:
            if isinstance(node, FlowNode):
                spot = spot_of[node.node]
                shape = f"hub-chart__shape hub-chart__bar hub-chart__fill-{KIND[node.stage]}"
                wide = max(node.people * unit, 2.0)
                made.append(
                    element("rect", x=round(spot.x, 1), y=bar, width=round(wide, 1), height=THICK, class_=shape)
                )
                lines = broken(names[node.node], _room(node, unit, slot), 3)
                made.append(
                    lines_of(lines, spot.x, bar - 8 - len(lines) * LINE, "hub-chart__text hub-chart__text--halo")
                )
                count = about(node.people, told.span.rounded_to)
                strong = "hub-chart__text hub-chart__text--strong hub-chart__text--halo"
                made.append(lines_of([count], spot.x, bar - 8, strong))
    return round(y - BETWEEN + 4), "".join(made)


def _room(node: FlowNode, unit: float, slot: int) -> float:
    return max(slot, node.people * unit)


def _unit(
    rows: Sequence[Sequence[FlowNode | _Pass]], people: Mapping[_Pass, int], total: int, width: int, slot: int
) -> float:
    """How wide one person is: as wide as lets every row fit."""
    unit = width / total

    def taken(row: Sequence[FlowNode | _Pass]) -> float:
        nodes = [one for one in row if isinstance(one, FlowNode)]
        passing = [one for one in row if not isinstance(one, FlowNode)]
        return (
            sum(_room(one, unit, slot) for one in nodes)
            + sum(people[one] * unit for one in passing)
            + APART * (len(nodes) - 1)
            + (APART + BESIDE * (len(passing) - 1) if passing else 0)
        )

    while unit * total > 1 and any(taken(row) > width for row in rows):
        unit *= 0.97
    return unit


def _spots(
    row: Sequence[FlowNode | _Pass], people: Mapping[_Pass, int], unit: float, slot: int
) -> dict[str | _Pass, _Spot]:
    """Stages from the left, then the bands that pass by."""
    found: dict[str | _Pass, _Spot] = {}
    x = 0.0
    passing = False
    for one in row:
        if isinstance(one, FlowNode):
            found[one.node] = _Spot(x, one.people * unit)
            x += _room(one, unit, slot) + APART
        else:
            x += BESIDE if passing else 0.0
            passing = True
            found[one] = _Spot(x, people[one] * unit)
            x += people[one] * unit
    return found


def _band(ways: Sequence[tuple[float, float]], wide: float) -> str:
    """A band along these points: down one edge, and back up the other."""
    down = _curve(ways)
    up = _curve([(x + wide, y) for x, y in reversed(ways)])
    (x, y), (end_x, end_y) = ways[0], ways[-1]
    path = f"M{number(x)},{number(y)} {down} L{number(end_x + wide)},{number(end_y)} {up} Z"
    return element("path", d=path, class_="hub-chart__band")


def _curve(ways: Sequence[tuple[float, float]]) -> str:
    made: list[str] = []
    for (from_x, from_y), (to_x, to_y) in pairwise(ways):
        half = (from_y + to_y) / 2
        pairs = ((from_x, half), (to_x, half), (to_x, to_y))
        made.append("C" + " ".join(f"{number(x)},{number(y)}" for x, y in pairs))
    return " ".join(made)
