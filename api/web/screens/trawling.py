"""Searches that stood out: whoever protects the data says what they were for."""

from collections.abc import Sequence
from typing import Final

from api.serving import Answer
from api.web.forms import Form
from api.web.routes import AnyScreen, screen
from api.web.translating import gettext
from api.web.visit import Visit
from api.web.wording import act
from application.readings.trawling import SearchAlert
from domain.people.trawling import ReviewTrawling
from domain.refusals import Unknown

NOW: Final = "at"
"""It is said now: a form does not ask when."""


async def review(visit: Visit) -> Answer:
    """Whose searches stood out and how, and the form that says what they were for."""
    return await _page(visit, await _of_the_day(visit), visit.form(ReviewTrawling))


async def reviewed(visit: Visit) -> Answer:
    """It is said."""
    alerts = await _of_the_day(visit)
    done = await visit.give(ReviewTrawling)
    if isinstance(done, Form):
        return await _page(visit, alerts, done)
    return visit.go("/", decided=done, done=gettext("The review is on record."))


async def _of_the_day(visit: Visit) -> list[SearchAlert]:
    """The signs of the worker's day. Raises: NotPermitted, Unknown."""
    asked = visit.ids["worker"], visit.ids["on"]
    alerts = (await visit.hub.readings.trawling.search_alerts(visit.viewer)).items
    found = [one for one in alerts if (one.worker, one.on.isoformat()) == asked]
    if not found:
        raise Unknown
    return found


async def _page(visit: Visit, alerts: Sequence[SearchAlert], form: Form) -> Answer:
    return await visit.page(
        "trawling_review.html",
        section="home",
        form=form.without(NOW),
        words=act(ReviewTrawling),
        action=visit.call.path,
        alerts=alerts,
        own=alerts[0].worker == visit.viewer.worker,
        names=await visit.agency_names(),
    )


SCREENS: Final[tuple[AnyScreen, ...]] = (screen("/search-alerts/{worker}/{on}/review", review, act=reviewed),)
