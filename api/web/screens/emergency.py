"""Opening a record in an emergency, closing it, and the review that each one gets.

Somebody at risk is opened at once, with a reason, for some hours; whoever protects data looks into it afterwards.
"""

from typing import Final
from urllib.parse import quote

from api.problems import ProblemError
from api.serving import Answer
from api.web.forms import Form
from api.web.routes import AnyScreen, screen
from api.web.sign_in import local
from api.web.translating import gettext
from api.web.visit import BACK, Visit
from api.web.wording import act
from application.revealing import Shown
from application.views.oversight import BreakGlassRow
from domain.calendar import civil_date
from domain.governance.break_glass import BreakTheGlass, CloseTheGlass, ReviewBreakGlass
from domain.ids import BreakGlassId, PersonId
from domain.refusals import NotPermitted

PATH: Final = "/break-glass"
ALL: Final = "all"
CURSOR: Final = "cursor"
NOW: Final = "at"
"""It begins now: a form does not ask when."""


async def ask(visit: Visit) -> Answer:
    """What opening a record in an emergency means, and the form that does it."""
    if not await visit.may("search", "register"):
        raise NotPermitted
    return await _ask_page(visit, visit.form(BreakTheGlass))


async def opened(visit: Visit) -> Answer:
    """The record opens."""
    done = await visit.give(BreakTheGlass)
    if isinstance(done, Form):
        return await _ask_page(visit, done)
    words = gettext("The record is open. Whoever protects data reviews it.")
    return visit.go(_record(PersonId(visit.ids["person"])), decided=done, done=words)


def _record(person: PersonId) -> str:
    return f"/people/{quote(person, safe='')}"


async def _ask_page(visit: Visit, form: Form) -> Answer:
    return await visit.page(
        "emergency/open.html",
        form=form.without(NOW),
        words=act(BreakTheGlass),
        action=visit.call.path,
        why=f"{_record(PersonId(visit.ids['person']))}/why",
        back=local(visit.query.get(BACK) or visit.sent.one(BACK) or "/people/search"),
    )


async def close(visit: Visit) -> Answer:
    """The form that closes a record early."""
    shown = await _one(visit)
    return await visit.page("emergency/close.html", one=shown.row, words=act(CloseTheGlass))


async def closed(visit: Visit) -> Answer:
    """It closes."""
    body = visit.fill(CloseTheGlass).body
    if body is None:
        raise ProblemError("invalid-body")
    decided = await visit.decide(CloseTheGlass, body)
    return visit.go("/", decided=decided, done=gettext("The record is closed again."))


async def reviews(visit: Visit) -> Answer:
    """Those that wait for a review, the most urgent first; or all, the latest first."""
    every = visit.query.get(ALL) == "yes"
    page = await visit.hub.readings.oversight.break_glasses(
        visit.viewer, waiting=not every, cursor=visit.query.get(CURSOR)
    )
    return await visit.page(
        "emergency/reviews.html",
        section="home",
        glasses=page.items,
        next=page.next,
        every=every,
        today=civil_date(visit.hub.clock.now()),
        names=await visit.agency_names(),
    )


async def _one(visit: Visit) -> Shown[BreakGlassRow]:
    return await visit.hub.readings.oversight.break_glass(visit.viewer, BreakGlassId(visit.ids["break_glass"]))


async def review(visit: Visit) -> Answer:
    """Who opened what, why and for how long, and the form that says whether it was right."""
    return await _review_page(visit, await _one(visit), visit.form(ReviewBreakGlass))


async def reviewed(visit: Visit) -> Answer:
    """It is said."""
    shown = await _one(visit)
    done = await visit.give(ReviewBreakGlass)
    if isinstance(done, Form):
        return await _review_page(visit, shown, done)
    return visit.go(PATH, decided=done, done=gettext("The review is on record."))


async def _review_page(visit: Visit, shown: Shown[BreakGlassRow], form: Form) -> Answer:
    return await visit.page(
        "emergency/review.html",
        section="home",
        form=form.without(NOW),
        words=act(ReviewBreakGlass),
        one=shown.row,
        overdue=shown.row.overdue(civil_date(visit.hub.clock.now())),
        own=shown.row.worker == visit.viewer.worker,
        record=_record(shown.row.person),
        names=await visit.agency_names(),
    )


SCREENS: Final[tuple[AnyScreen, ...]] = (
    screen("/people/{person}/break-glass/new", ask, BACK, act=opened),
    screen(PATH, reviews, ALL, CURSOR),
    screen(f"{PATH}/{{break_glass}}/close", close, act=closed),
    screen(f"{PATH}/{{break_glass}}/review", review, act=reviewed),
)
