"""Rate ratios of groups at each step: a mark on a logarithmic axis, with the line that says how sure one can be."""

import math
from collections.abc import Callable, Iterator, Sequence
from typing import Final

import msgspec

from api.web.charts.picture import NARROW, Chart, drawn
from api.web.charts.svg import LINE, broken, element, lines_of, width_of
from api.web.charts.table import Cell, Row, Table
from api.web.translating import gettext as _
from application.scrutiny.disproportionality import Characteristic, GroupRate, StepRates

LOW, HIGH = 0.1, 10.0
"""The axis goes so far; what lies beyond it is an arrow."""
VALUES: Final = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0)
ROW: Final = 28
MARK: Final = 5.0


class Line(msgspec.Struct, frozen=True):
    """A line of the picture: the heading of a step, or a group with what is told of it. `said` stands at its right."""

    words: str
    said: str = ""
    group: GroupRate | None = None
    reference: bool = False


def rate_ratios(
    told: Sequence[StepRates], of: Characteristic, step: Callable[[str], str], group: Callable[[str], str]
) -> Chart:
    """The picture of one characteristic; steps and groups by what they are called."""
    key = f"rates-{of}"
    title = {"ethnicity": _("Rates by ethnic group"), "age": _("Rates by age"), "sex": _("Rates by sex")}[of]
    shown = sorted((one for one in told if one.characteristic == of), key=lambda one: (-one.reached, one.step))
    table = _table(shown, title, step, group)
    compared = [one for rates in shown for one in rates.groups if one.ratio is not None]
    if not compared:
        empty = _("Too few people to compare groups.")
        return Chart(key=key, title=title, description=empty, table=table, empty=None if shown else empty, note=empty)
    apart = [one for one in compared if _apart(one)]
    description = _(
        "%(groups)s comparisons with the largest group. In %(apart)s of them the line does not cross 1: "
        "more than chance would explain."
    ) % {"groups": len(compared), "apart": len(apart)}
    lines = [line for rates in shown for line in _lines(rates, step, group)]
    return Chart(
        key=key,
        title=title,
        description=description,
        table=table,
        svg=drawn(key, title, description, lambda width, _name: _draw(lines, width)),
        note=_(
            "A dot is how often a group came to the step, as a multiple of how often the largest group did. "
            "The line beside it is how sure one can be (95 %); where it crosses 1, it may be chance."
        ),
    )


def _lines(rates: StepRates, step: Callable[[str], str], group: Callable[[str], str]) -> Iterator[Line]:
    """The step, and its groups where any two can be compared."""
    if all(one.ratio is None for one in rates.groups):
        yield Line(step(rates.step), said=_("too few"))
        return
    yield Line(step(rates.step))
    for one in rates.groups:
        reference = one.group == rates.reference
        said = _("too few") if one.ratio is None else f"{one.ratio:.2f}"
        yield Line(group(one.group), _("compared with") if reference else said, one, reference)


def _apart(one: GroupRate) -> bool:
    return (one.low or 0) > 1 or (one.high is not None and one.high < 1)


def _table(shown: Sequence[StepRates], title: str, step: Callable[[str], str], group: Callable[[str], str]) -> Table:
    return Table(
        caption=title,
        headers=(
            _("Step and group"),
            _("Came to it"),
            _("Of"),
            _("Per 100"),
            _("Ratio"),
            _("95 % from"),
            _("95 % to"),
        ),
        rows=tuple(
            Row(f"{step(rates.step)}: {group(one.group)}", tuple(_cells(one, one.group == rates.reference)))
            for rates in shown
            for one in rates.groups
        ),
    )


def _cells(one: GroupRate, reference: bool) -> Iterator[Cell]:  # noqa: FBT001
    few = _("too few to show")
    yield few if one.reached is None else one.reached
    yield few if one.people is None else one.people
    yield round(100 * one.reached / one.people, 1) if one.reached is not None and one.people else ""
    if reference:
        yield from (_("1 (compared with)"), "", "")
    elif one.ratio is None:
        yield from ("", "", "")
    else:
        yield round(one.ratio, 2)
        yield "" if one.low is None else round(one.low, 2)
        yield (_("no upper end") if one.low is not None else "") if one.high is None else round(one.high, 2)


def _draw(lines: Sequence[Line], width: int) -> tuple[int, str]:
    narrow = width == NARROW
    left, right = (16.0, 16.0) if narrow else (210.0, 120.0)
    room = width - left - right

    def x_of(value: float) -> float:
        share = (math.log(value) - math.log(LOW)) / (math.log(HIGH) - math.log(LOW))
        return left + room * min(1.0, max(0.0, share))

    made: list[str] = []
    y = 8.0
    for one in lines:
        heads = one.group is None
        base = y + (18 if heads or not narrow else 14)
        strong = " hub-chart__text--strong" if heads else ""
        wide = width - width_of(one.said) - 12 if heads or narrow else left - 20
        made.append(
            lines_of(
                broken(one.words, wide, 1),
                0 if heads else 8,
                base,
                f"hub-chart__text hub-chart__text--halo{strong}",
            )
        )
        made.append(lines_of([one.said], width, base, "hub-chart__text hub-chart__text--halo", anchor="end"))
        y += LINE if narrow and not heads else 0
        made.append(_mark(one, x_of, y + ROW / 2))
        y += ROW
    return round(y + LINE + 8), "".join((_axis(x_of, y), *made))


def _axis(x_of: Callable[[float], float], bottom: float) -> str:
    made: list[str] = []
    free = -1e9
    for value in VALUES:
        x, words = x_of(value), f"{value:g}"
        kind = "hub-chart__mark" if value == 1.0 else "hub-chart__grid"
        made.append(element("path", d=f"M{x:.1f},4 V{bottom:.1f}", class_=kind))
        if x - width_of(words) / 2 > free:
            made.append(lines_of([words], x, bottom + LINE, anchor="middle"))
            free = x + width_of(words) / 2 + 8
    return "".join(made)


def _mark(one: Line, x_of: Callable[[float], float], y: float) -> str:
    """A dot with its line; a diamond for whom others are compared with; nothing where too few are to be shown."""
    if one.group is None:
        return ""
    if one.reference:
        x = x_of(1.0)
        d = f"M{x:.1f},{y - 7:.1f} L{x + 7:.1f},{y:.1f} L{x:.1f},{y + 7:.1f} L{x - 7:.1f},{y:.1f} Z"
        return element("path", d=d, class_="hub-chart__fill-2 hub-chart__shape")
    ratio, low, high = one.group.ratio, one.group.low, one.group.high
    if ratio is None:
        return ""
    made: list[str] = []
    if low is not None:
        first, last = x_of(max(low, LOW)), x_of(min(high or HIGH, HIGH))
        made.append(element("path", d=f"M{first:.1f},{y:.1f} H{last:.1f}", class_="hub-chart__whisker"))
        made.append(_end(first, y, -1 if low < LOW else 0))
        made.append(_end(last, y, 1 if high is None or high > HIGH else 0))
    made.append(element("circle", cx=x_of(ratio), cy=y, r=MARK, class_="hub-chart__fill-1 hub-chart__shape"))
    return "".join(made)


def _end(x: float, y: float, beyond: int) -> str:
    """The end of a line: a bar, or an arrow where it goes on."""
    if beyond:
        d = f"M{x - 6 * beyond:.1f},{y - 5:.1f} L{x:.1f},{y:.1f} L{x - 6 * beyond:.1f},{y + 5:.1f}"
    else:
        d = f"M{x:.1f},{y - 5:.1f} V{y + 5:.1f}"
    return element("path", d=d, class_="hub-chart__whisker")
