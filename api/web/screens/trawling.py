"""Searches that stood out: whoever protects the data says what they were for."""

from collections.abc import Sequence
from typing import Final

from api.problems import ProblemError
from api.serving import Answer
from api.web import forms
from api.web.forms import Field
from api.web.routes import AnyScreen, screen
from api.web.translating import gettext
from api.web.visit import Visit
from api.web.wording import act
from application.finding.searching import SearchAlert
from application.ports import CommandReused
from domain.people.trawling import ReviewTrawling
from domain.refusals import Refusal, Unknown

NOW: Final = frozenset({"at"})
"""It is said now: a form does not ask when."""


async def review(visit: Visit) -> Answer:
    """Whose searches stood out and how, and the form that says what they were for."""
    fields = forms.fields_of(visit.write_for(ReviewTrawling).body, ReviewTrawling)
    return await _page(visit, await _of_the_day(visit), fields)


async def reviewed(visit: Visit) -> Answer:
    """It is said."""
    alerts = await _of_the_day(visit)
    filled = visit.fill(ReviewTrawling)
    if filled.body is None:
        return await _page(visit, alerts, filled.fields, filled.errors, status=422)
    try:
        decided = await visit.decide(ReviewTrawling, filled.body)
    except (Refusal, ProblemError, CommandReused) as error:
        if isinstance(error, Unknown):
            raise
        problem = await visit.problem(error)
        return await _page(visit, alerts, filled.fields, problem=problem, status=problem.status)
    return visit.go("/", decided=decided, done=gettext("The review is on record."))


async def _of_the_day(visit: Visit) -> list[SearchAlert]:
    """The signs of the worker's day. Raises: NotPermitted, Unknown."""
    asked = visit.ids["worker"], visit.ids["on"]
    alerts = (await visit.hub.reading.search_alerts(visit.viewer)).items
    found = [one for one in alerts if (one.worker, one.on.isoformat()) == asked]
    if not found:
        raise Unknown
    return found


async def _page(
    visit: Visit,
    alerts: Sequence[SearchAlert],
    fields: Sequence[Field],
    errors: Sequence[tuple[str, str]] = (),
    problem: object = None,
    status: int = 200,
) -> Answer:
    return await visit.page(
        "trawling_review.html",
        status=status,
        section="home",
        words=act(ReviewTrawling),
        action=visit.call.path,
        alerts=alerts,
        own=alerts[0].worker == visit.viewer.worker,
        names={str(one.id): one.name for one in (await visit.agencies()).values()},
        fields=tuple(one for one in fields if one.name not in NOW),
        errors=errors,
        problem=problem,
    )


SCREENS: Final[tuple[AnyScreen, ...]] = (screen("/search-alerts/{worker}/{on}/review", review, act=reviewed),)
