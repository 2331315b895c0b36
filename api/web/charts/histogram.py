"""Days from ticket to hub: upright bars of one width, the median and the 90th percentile, and who never came."""

from api.web.charts.picture import Chart, about, drawn, patterns, rounding, scale
from api.web.charts.svg import LINE, broken, element, lines_of, width_of
from api.web.charts.table import Row, Table
from api.web.translating import gettext as _
from application.figures import Bin, DaysHistogram

TALL = 220
GAP = 16
"""Between those who came and those who did not."""
APART = 64
"""How wide the bar is, with its name, of those who did not."""


def days_to_hub(told: DaysHistogram, href: str | None = None, href_unreached: str | None = None) -> Chart:
    """The picture; the table's rows of those who came and who did not are linked to who they are."""
    days, to = told.days, told.span.rounded_to
    table = Table(
        caption=_("Days from a first ticket to coming to the hub"),
        headers=(_("Days"), _("People")),
        rows=(
            *(Row(_named(one), (one.people,)) for one in told.bins),
            Row(_("All who came"), (days.reached,), href),
            Row(_("Have not come"), (days.unreached,), href_unreached),
            Row(_("Median, days"), (days.median,)),
            Row(_("9 in 10 came within, days"), (days.p90,)),
        ),
    )
    title = _("Days from ticket to hub")
    if not (days.reached or days.unreached):
        empty = _("No tickets were given in this period.") if to == 1 else _("Too few people to show.")
        return Chart(key="days-to-hub", title=title, description=empty, table=table, empty=empty)
    description = _("%(reached)s people came to the hub and %(unreached)s have not.") % {
        "reached": about(days.reached, to), "unreached": about(days.unreached, to),
    }  # fmt: skip
    if days.median is not None and days.p90 is not None:
        description += " " + _("Half came within %(median)s days, 9 in 10 within %(p90)s.") % {
            "median": f"{days.median:g}", "p90": days.p90,
        }  # fmt: skip
    return Chart(
        key="days-to-hub",
        title=title,
        description=description,
        table=table,
        note=rounding(to),
        svg=drawn("days-to-hub", title, description, lambda width, key: _draw(told, width, key)),
    )


def _named(one: Bin) -> str:
    return f"{one.first}" if one.first == one.last else f"{one.first}–{one.last}"  # noqa: RUF001 - a range's own dash


def _draw(told: DaysHistogram, width: int, key: str) -> tuple[int, str]:
    days = told.days
    values = scale(max([days.unreached, *(one.people for one in told.bins)]))
    left = width_of(f"{values[-1]:,}") + 8
    marked = days.median is not None and days.p90 is not None
    top = (2 * LINE + 10 if marked else 0) + LINE
    base = top + TALL
    wide = min((width - left - GAP - APART) / max(len(told.bins), 1), 2 * APART)
    made = [patterns(key, 2)]
    for value in values:
        y = base - TALL * value / values[-1]
        made.append(element("path", d=f"M{left:.1f},{y:.1f} H{width}", class_="hub-chart__grid"))
        made.append(lines_of([f"{value:,}"], left - 8, y + 5, anchor="end"))
    free = left - 1e3
    for at, one in enumerate(told.bins):
        x = left + at * wide
        made.append(_bar(key, 1, x, base, wide, one.people, values[-1]))
        said = _named(one)
        if x + wide / 2 - width_of(said) / 2 > free:
            made.append(lines_of([said], x + wide / 2, base + LINE, anchor="middle"))
            free = x + wide / 2 + width_of(said) / 2 + 6
    x = left + len(told.bins) * wide + GAP
    thick = min(wide, APART) if told.bins else APART
    made.append(_bar(key, 2, x + (APART - thick) / 2, base, thick, days.unreached, values[-1]))
    made.append(lines_of(broken(_("Have not come"), APART, 2), x + APART / 2, base + LINE, anchor="middle"))
    made.append(element("path", d=f"M{left:.1f},{base} H{width}", class_="hub-chart__axis"))
    made.append(lines_of([_("Days")], left, base + 2 * LINE + 2))
    if marked and told.bins:
        assert days.median is not None
        assert days.p90 is not None
        step = told.bins[0].last - told.bins[0].first + 1
        marks = ((days.median, _("Median %(days)s days"), 0), (float(days.p90), _("9 in 10 within %(days)s days"), 1))
        for value_of, words, row in marks:
            at_x = left + wide * (value_of + 0.5) / step
            y = 14 + row * LINE
            said = words % {"days": f"{value_of:g}"}
            before = at_x + 6 + width_of(said) > width
            made.append(element("path", d=f"M{at_x:.1f},{y - 11} V{base}", class_="hub-chart__mark"))
            made.append(
                lines_of(
                    [said],
                    at_x - 6 if before else at_x + 6,
                    y,
                    "hub-chart__text hub-chart__text--strong hub-chart__text--halo",
                    "end" if before else None,
                )
            )
    return base + 2 * LINE + 10, "".join(made)


def _bar(key: str, kind: int, x: float, base: float, wide: float, count: int, most: int) -> str:
    tall = TALL * count / most
    return element(
        "rect",
        x=round(x + 1, 1),
        y=round(base - tall, 1),
        width=round(wide - 2, 1),
        height=round(tall, 1),
        fill=f"url(#{key}-fill-{kind})",
        class_="hub-chart__shape hub-chart__bar",
    )
