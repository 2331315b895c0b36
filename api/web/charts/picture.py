"""What all pictures have in common: title and description, patterns, a wide and a narrow drawing, a table."""

from collections.abc import Callable, Sequence
from typing import Final

import msgspec

from api.web.charts.svg import LINE, broken, element, lines_of, text, width_of
from api.web.charts.table import Table
from api.web.translating import gettext as _

WIDE: Final = 720
NARROW: Final = 320
"""Fits a screen of 375 pixels with its margins."""
KINDS: Final = 6
"""How many fills there are: each a colour with a pattern of its own."""
SWATCH: Final = 16
BAR: Final = 26
UNITS: Final = 5
"""Lines of a scale, about."""


class Chart(msgspec.Struct, frozen=True, kw_only=True):
    """A picture and its table. `key` names it on its page, and its file. Where `empty` says why, nothing is drawn."""

    key: str
    title: str
    description: str
    table: Table
    svg: str = ""
    empty: str | None = None
    note: str | None = None


Draw = Callable[[int, str], tuple[int, str]]
"""Draws within a width, ids made with a prefix: the height that it takes, and the elements."""


def drawn(key: str, title: str, description: str, draw: Draw) -> str:
    """The drawing at both widths."""
    return "".join(_drawing(f"{key}-{name}", title, description, draw, width, name) for name, width in WIDTHS)


WIDTHS: Final[Sequence[tuple[str, int]]] = (("wide", WIDE), ("narrow", NARROW))


def _drawing(key: str, title: str, description: str, draw: Draw, width: int, name: str) -> str:
    height, content = draw(width, key)
    return element(
        "svg",
        element("title", text(title), id=f"{key}-title"),
        element("desc", text(description), id=f"{key}-desc"),
        content,
        xmlns="http://www.w3.org/2000/svg",
        role="img",
        aria_labelledby=f"{key}-title {key}-desc",
        class_=f"hub-chart__svg hub-chart__svg--{name}",
        viewBox=f"0 0 {width} {height}",
        width=width,
        height=height,
    )


def patterns(key: str, kinds: int) -> str:
    """The fills of a drawing: plain, stripes each way, dots, a grid, and rings of another colour."""
    return element("defs", *(_pattern(f"{key}-fill-{at + 1}", at) for at in range(kinds)))


def _pattern(name: str, kind: int) -> str:
    strokes = (
        "",
        element("path", d="M-2,2 l4,-4 M0,10 l10,-10 M8,12 l4,-4", class_="hub-chart__pattern"),
        element("path", d="M-2,8 l4,4 M0,0 l10,10 M8,-2 l4,4", class_="hub-chart__pattern"),
        element("circle", cx=5, cy=5, r=1.8, class_="hub-chart__dot"),
        element("path", d="M0,5 h10 M5,0 v10", class_="hub-chart__pattern"),
        element("path", d="M0,3 h10 M0,8 h10", class_="hub-chart__pattern"),
    )[kind % KINDS]
    ground = element("rect", width=10, height=10, class_=f"hub-chart__fill-{kind % KINDS + 1}")
    return element("pattern", ground, strokes, id=name, width=10, height=10, patternUnits="userSpaceOnUse")


def legend(key: str, names: Sequence[str], width: float, y: float) -> tuple[float, str]:
    """Which fill means what, in as many rows as it takes; the height, and the elements."""
    made: list[str] = []
    x, row = 0.0, 0
    for at, name in enumerate(names):
        (said,) = broken(name, width - SWATCH - 8, 1)
        wide = SWATCH + 8 + width_of(said) + 16
        if x and x + wide > width + 16:
            x, row = 0.0, row + 1
        top = y + row * (SWATCH + 10)
        fill = f"url(#{key}-fill-{at + 1})"
        made.append(element("rect", x=x, y=top, width=SWATCH, height=SWATCH, fill=fill, class_="hub-chart__shape"))
        made.append(lines_of([said], x + SWATCH + 8, top + 13))
        x += wide
    return (row + 1) * (SWATCH + 10) + 6, "".join(made)


def scale(most: int) -> tuple[int, ...]:
    """Round values from 0 up to at least the greatest."""
    step = 1
    while step * UNITS < most:
        step = step * 5 // 2 if str(step)[0] == "2" else step * 2
    return tuple(range(0, max(most, 1) + step, step))


def ticks(values: Sequence[int], left: float, width: float, top: float, bottom: float) -> str:
    """Upright lines with their values underneath; those that would touch go unnamed."""
    made: list[str] = []
    free = -1e9
    for value in values:
        x = left + width * value / values[-1]
        said = f"{value:,}"
        made.append(element("path", d=f"M{x:.1f},{top:.1f} V{bottom:.1f}", class_="hub-chart__grid"))
        if x - width_of(said) / 2 > free:
            made.append(lines_of([said], x, bottom + LINE, anchor="middle"))
            free = x + width_of(said) / 2 + 8
    return "".join(made)


def about(count: int, rounded_to: int) -> str:
    """A count as a picture says it: a rounded one says so."""
    if rounded_to == 1:
        return f"{count:,}"
    return _("about %(count)s") % {"count": f"{count:,}"} if count else _("fewer than 3")


def rounding(rounded_to: int) -> str | None:
    """What is to be said of rounded counts."""
    if rounded_to == 1:
        return None
    return _("Counts are rounded to the nearest 5, so that nobody can be singled out. Fewer than 3 shows as 0.")
