"""People by highest step: one bar for each step, its length the number of people."""

from collections.abc import Mapping, Sequence

from api.web.charts.picture import BAR, NARROW, Chart, about, drawn, patterns, rounding
from api.web.charts.svg import LINE, broken, element, lines_of, width_of
from api.web.charts.table import Row, Table
from api.web.translating import gettext as _
from application.views.luscombe_report import LuscombeReport


def highest_step(report: LuscombeReport, names: Mapping[str, str], hrefs: Mapping[str, str] | None = None) -> Chart:
    """The picture; steps by their names on the ladder, linked to who is behind them."""
    counts = [(names.get(one, one), people) for one, people in report.people_by_highest_step.items()]
    table = Table(
        caption=_("People by the highest step they had a ticket for"),
        headers=(_("Step"), _("People")),
        rows=tuple(
            Row(names.get(one, one), (people,), (hrefs or {}).get(one))
            for one, people in report.people_by_highest_step.items()
        ),
    )
    title = _("People by highest step")
    total = sum(people for _name, people in counts)
    if not total:
        empty = _("No tickets were given in this period.") if report.rounded_to == 1 else _("Too few people to show.")
        return Chart(key="highest-step", title=title, description=empty, table=table, empty=empty)
    most, people = max(counts, key=lambda one: one[1])
    description = _("%(steps)s steps. The most people, %(people)s of %(total)s, are at %(step)s.") % {
        "steps": len(counts), "people": about(people, report.rounded_to), "total": f"{total:,}", "step": most,
    }  # fmt: skip
    return Chart(
        key="highest-step",
        title=title,
        description=description,
        table=table,
        note=rounding(report.rounded_to),
        svg=drawn("highest-step", title, description, lambda width, key: _draw(counts, report.rounded_to, width, key)),
    )


def _draw(counts: Sequence[tuple[str, int]], rounded_to: int, width: int, key: str) -> tuple[int, str]:
    beside = 0 if width == NARROW else 200
    said = {people: about(people, rounded_to) for _name, people in counts}
    room = width - beside - max(width_of(one) for one in said.values()) - 8
    most = max(people for _name, people in counts)
    made, y = [patterns(key, 1)], 0.0
    for name, people in counts:
        lines = broken(name, (beside or width) - 12)
        tall = len(lines) * LINE
        if beside:
            top = y + max(0.0, (tall - BAR) / 2)
            made.append(lines_of(lines, 0, y + max(0.0, (BAR - tall) / 2) + 14))
        else:
            top = y + tall + 2
            made.append(lines_of(lines, 0, y + 14))
        long = room * people / most
        bar = {"x": beside, "y": top, "width": round(long, 1), "height": BAR}
        made.append(element("rect", **bar, fill=f"url(#{key}-fill-1)", class_="hub-chart__shape hub-chart__bar"))
        made.append(lines_of([said[people]], beside + long + 8, top + 18, "hub-chart__text hub-chart__text--strong"))
        y = max(top + BAR, y + tall) + 14
    made.append(element("path", d=f"M{beside},0 V{y - 8:.0f}", class_="hub-chart__axis") if beside else "")
    return round(y), "".join(made)
