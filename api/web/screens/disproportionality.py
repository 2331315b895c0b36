"""Who is met and dealt with how often: rates of a year by ethnicity, age and sex, compared, with their pictures."""

from collections.abc import Callable
from functools import partial
from typing import Final, get_args

from api.problems import Flaw, ProblemError
from api.serving import Answer
from api.web import charts
from api.web.charts import Chart
from api.web.routes import AnyScreen, screen
from api.web.screens.reports import as_file, step_names
from api.web.translating import gettext
from api.web.visit import Visit
from api.web.wording import label, step_label
from application.scrutiny.disproportionality import Characteristic, Disproportionality
from domain.calendar import civil_date

PATH: Final = "/reports/disproportionality"
YEARS: Final = 10
CHARACTERISTICS: Final[tuple[Characteristic, ...]] = get_args(Characteristic)
GROUP_LISTS: Final = {"ethnicity": "ethnic-group", "age": "age-band", "sex": "sex"}


def _years(visit: Visit) -> tuple[int, ...]:
    """The years that are over and may be asked for, the last first."""
    last = civil_date(visit.hub.clock.now()).year - 1
    return tuple(range(last, last - YEARS, -1))


def _asked(visit: Visit) -> tuple[int, Characteristic]:
    """The year and the characteristic. Raises ProblemError for what is neither."""
    years = _years(visit)
    given = visit.query.get("year") or str(years[0])
    of = next((one for one in CHARACTERISTICS if one == (visit.query.get("by") or CHARACTERISTICS[0])), None)
    if of is None or not given.isdecimal() or int(given) not in years:
        raise ProblemError("invalid-parameter", Flaw("?by" if of is None else "?year", "wrong-form"))
    return int(given), of


async def _told(visit: Visit) -> tuple[Disproportionality, Chart, int, Characteristic]:
    year, of = _asked(visit)
    told = await visit.hub.readings.reports.disproportionality(visit.viewer, year=year)
    steps = await step_names(visit)
    return told, charts.rate_ratios(told.rates, of, _step_words(steps.get), partial(label, GROUP_LISTS[of])), year, of


def _step_words(known: Callable[[str], str | None]) -> Callable[[str], str]:
    """What a step is called: a ticket by its step on the ladder, an instrument by its kind, the hub."""

    def words(step: str) -> str:
        kind, _, of = step.partition(":")
        match kind:
            case "ticket":
                return gettext("Ticket: %(step)s") % {"step": known(of) or step_label(of)}
            case "instrument":
                return gettext("Instrument: %(kind)s") % {"kind": label("instrument-kind", of)}
            case _:
                return gettext("Came to the hub")

    return words


async def shown(visit: Visit) -> Answer:
    """One characteristic of a year: the picture, its table, and what it cannot tell."""
    told, picture, year, of = await _told(visit)
    not_stated = next((one.not_stated for one in told.rates if one.characteristic == of), 0.0)
    return await visit.page(
        "disproportionality.html",
        section="reports",
        told=told,
        picture=picture,
        csv=f"{PATH}.csv?year={year}&by={of}",
        year=year,
        years=_years(visit),
        by=of,
        characteristics=CHARACTERISTICS,
        not_stated=not_stated,
    )


async def file(visit: Visit) -> Answer:
    """The table of the picture, to be kept."""
    _, picture, year, of = await _told(visit)
    return as_file(f"disproportionality-{of}-{year}", picture.table)


SCREENS: Final[tuple[AnyScreen, ...]] = (
    screen(PATH, shown, "year", "by"),
    screen(f"{PATH}.csv", file, "year", "by"),
)
