"""Reports: the figures of a period, each with who is behind it, pictures of them, and a person's journey."""

import datetime as dt
from collections.abc import Mapping
from functools import partial
from typing import Any, Final, get_args
from urllib.parse import urlencode

import msgspec

from api.problems import Flaw, ProblemError
from api.serving import Answer
from api.web import charts
from api.web.charts import Chart, Row, Table, csv_of
from api.web.routes import AnyScreen, screen
from api.web.translating import gettext
from api.web.visit import Visit
from api.web.web import ALWAYS
from api.web.wording import day, label, step_label
from application.readings.paging import CursorUnreadable
from application.readings.reports import Overview
from application.views.luscombe_report import Figure, LuscombeReport
from domain.calendar import civil_date
from domain.governance import sharing
from domain.refusals import NotPermitted

CSV: Final = b"text/csv; charset=utf-8; header=present"
PERIOD: Final = ("from_date", "to_date")
LONGEST_STEP: Final = 400
MONTHS: Final = 3


class Asked(msgspec.Struct, frozen=True):
    """The period that a page was asked for, as it was typed and as it is, and what is wrong with it."""

    typed: Mapping[str, str]
    from_date: dt.date | None = None
    to_date: dt.date | None = None
    errors: tuple[tuple[str, str], ...] = ()

    def link(self, path: str, **more: str | None) -> str:
        """An address for the same period."""
        given = {
            **more,
            "from_date": self.from_date and str(self.from_date),
            "to_date": self.to_date and str(self.to_date),
        }
        query = urlencode({name: value for name, value in given.items() if value})
        return f"{path}?{query}" if query else path


def asked_of(visit: Visit) -> Asked:
    """Read the period: two days, both of which may be left out."""
    typed = {name: visit.query.get(name, "").strip() for name in PERIOD}
    days: dict[str, dt.date | None] = dict.fromkeys(PERIOD)
    errors: list[tuple[str, str]] = []
    words = {"from_date": gettext("Enter the first day as a date"), "to_date": gettext("Enter the last day as a date")}
    for name, value in typed.items():
        try:
            days[name] = dt.date.fromisoformat(value) if value else None
        except ValueError:
            errors.append((name, words[name]))
    first, last = days["from_date"], days["to_date"]
    if first and last and first > last:
        errors.append(("to_date", gettext("The last day must be the first day or after it")))
    return Asked(typed, first, last, tuple(errors))


async def reports(visit: Visit) -> Answer:
    """Every figure of a period, and the pictures."""
    asked = asked_of(visit)
    shown: dict[str, Any] = {"figures": None, "pictures": (), "told": None, "at": None, "nothing": False}
    if not asked.errors:
        known = await visit.web.overviews.of(visit.viewer, asked.from_date, asked.to_date, visit.own_act)
        told = known.overview
        steps = await step_names(visit)
        table = figures_of(visit, told.figures, steps, asked)
        shown = {
            "figures": table,
            "pictures": [
                (one, asked.link(f"/reports/{one.key}.csv")) for one in pictures_of(visit, told, steps, asked)
            ],
            "told": told.figures,
            "at": known.at,
            "nothing": not any(cell for row in table.rows for cell in row.cells),
        }
    return await visit.page(
        "reports.html",
        section="reports",
        errors=asked.errors,
        asked=asked,
        presets=presets(civil_date(visit.hub.clock.now())),
        figures_csv=asked.link("/reports/figures.csv"),
        **shown,
    )


def presets(today: dt.date) -> tuple[tuple[str, str], ...]:
    """Periods that are asked for often, as links."""
    first = today.replace(day=1)
    back = first.month - MONTHS
    earlier = first.replace(year=first.year - (back < 1), month=(back - 1) % 12 + 1)
    none: Asked = Asked({})
    periods = (
        (gettext("This month"), first, None),
        (gettext("Last 3 full months"), earlier, first - dt.timedelta(days=1)),
        (gettext("This year"), today.replace(month=1, day=1), None),
        (gettext("From the beginning"), None, None),
    )
    return tuple(
        (name, msgspec.structs.replace(none, from_date=start, to_date=end).link("/reports"))
        for name, start, end in periods
    )


def figures_of(visit: Visit, told: LuscombeReport, steps: Mapping[str, str], asked: Asked) -> Table:
    """The table of figures: each is linked to who is behind it, for whoever may see people."""
    rows: list[Row] = []
    for figure in get_args(Figure):
        value = value_of(told, figure)
        if isinstance(value, Mapping):
            rows += [
                Row(
                    f"{label('figure', figure)}: {part_words(figure, part, steps)}",
                    (count,),
                    link_behind(visit, asked, figure, part) if count else None,
                )
                for part, count in value.items()
            ]
        else:
            href = link_behind(visit, asked, figure) if value else None
            rows.append(Row(label("figure", figure), (value,), href))
    return Table(caption=gettext("Figures"), headers=(gettext("Figure"), gettext("Count")), rows=tuple(rows))


def value_of(told: LuscombeReport, figure: Figure) -> int | Mapping[str, int]:
    """A figure as the report has it."""
    of_days = figure.removeprefix("days_ticket_to_hub_")
    value: int | Mapping[str, int] = getattr(told.days_ticket_to_hub if of_days != figure else told, of_days)
    return value


def link_behind(visit: Visit, asked: Asked, figure: Figure, part: str | None = None) -> str | None:
    """Where those behind a figure are listed; nowhere for whoever may see nobody."""
    if sharing.counts_only(visit.viewer):
        return None
    return asked.link("/reports/people", figure=figure, of=part)


def part_words(figure: Figure, part: str, steps: Mapping[str, str]) -> str:
    """What a step or a kind is called."""
    return label("instrument-kind", part) if figure in {"instruments_issued", "cbo_granted"} else steps.get(part, part)


async def step_names(visit: Visit) -> Mapping[str, str]:
    """The steps of the partnership's ladders by name. What ladders call differently goes by its colour."""
    try:
        ladders = await visit.hub.readings.administration.ladders(visit.viewer)
    except NotPermitted:
        return {}
    called: dict[str, set[str]] = {}
    for ladder in ladders:
        for step in ladder.steps:
            called.setdefault(step.step, set()).add(step.label)
    return {step: labels.pop() if len(labels) == 1 else step_label(step) for step, labels in called.items()}


def pictures_of(visit: Visit, told: Overview, steps: Mapping[str, str], asked: Asked) -> tuple[Chart, ...]:
    """The pictures of a period."""
    parts = told.figures.people_by_highest_step
    hrefs = {one: href for one in parts if (href := link_behind(visit, asked, "people_by_highest_step", one))}
    return (
        charts.highest_step(told.figures, steps, hrefs),
        charts.flow(told.flow, steps),
        charts.days_to_hub(
            told.days,
            link_behind(visit, asked, "days_ticket_to_hub_reached"),
            link_behind(visit, asked, "days_ticket_to_hub_unreached"),
        ),
        charts.referrals_by_agency(told.outcomes),
        charts.episodes_by_agency(told.outcomes),
    )


async def file_of(visit: Visit, name: str) -> Answer:
    """The table of a picture, or of the figures, as a file. Its name says nothing of anybody."""
    asked = asked_of(visit)
    if asked.errors:
        raise ProblemError("invalid-parameter", Flaw(f"?{asked.errors[0][0]}", "wrong-form"))
    told = (await visit.web.overviews.of(visit.viewer, asked.from_date, asked.to_date, visit.own_act)).overview
    steps = await step_names(visit)
    tables = {one.key: one.table for one in pictures_of(visit, told, steps, asked)}
    tables["figures"] = figures_of(visit, told.figures, steps, asked)
    return as_file(name, tables[name])


def as_file(name: str, table: Table) -> Answer:
    """A table to be kept."""
    kept = (b"content-disposition", f'attachment; filename="{name}.csv"'.encode())
    return Answer(csv_of(table), media_type=CSV, headers=(*ALWAYS, kept))


async def people(visit: Visit) -> Answer:
    """Who is behind a figure, page by page."""
    asked = asked_of(visit)
    figure, part = visit.query.get("figure", ""), visit.query.get("of") or None
    if asked.errors or figure not in get_args(Figure) or len(part or "") > LONGEST_STEP:
        raise ProblemError(
            "invalid-parameter", Flaw(f"?{asked.errors[0][0]}" if asked.errors else "?figure", "wrong-form")
        )
    which: Figure = figure  # type: ignore[assignment] # one of them
    try:
        found = await visit.hub.readings.reports.people_behind(
            visit.viewer,
            figure=which,
            of=part,
            from_date=asked.from_date,
            to_date=asked.to_date,
            cursor=visit.query.get("cursor") or None,
        )
    except CursorUnreadable:
        raise ProblemError("invalid-parameter", Flaw("?cursor", "wrong-form")) from None
    steps = await step_names(visit)
    name = label("figure", which)
    return await visit.page(
        "reports_people.html",
        section="reports",
        heading=name if part is None else f"{name}: {part_words(which, part, steps)}",
        found=found,
        lines=sorted(found.items, key=lambda one: (one.on or dt.date.min, one.who.reference or "")),
        part_words=lambda of: part_words(which, of, steps),
        period=period_words(asked),
        back=asked.link("/reports"),
        following=found.next and asked.link("/reports/people", figure=figure, of=part, cursor=found.next),
    )


def period_words(asked: Asked) -> str:
    """The period in words."""
    first, last = asked.from_date, asked.to_date
    if first and last:
        return gettext("From %(first)s to %(last)s") % {"first": day(first), "last": day(last)}
    if first:
        return gettext("Since %(first)s") % {"first": day(first)}
    return gettext("Until %(last)s") % {"last": day(last)} if last else gettext("From the beginning until today")


FILES: Final = ("figures", "highest-step", "journey-flow", "days-to-hub", "referral-outcomes", "episode-outcomes")

SCREENS: Final[tuple[AnyScreen, ...]] = (
    screen("/reports", reports, *PERIOD),
    screen("/reports/people", people, *PERIOD, "figure", "of", "cursor"),
    *(screen(f"/reports/{one}.csv", partial(file_of, name=one), *PERIOD) for one in FILES),
)
