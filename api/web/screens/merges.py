"""Merges: what waits for a second worker or a review, one merge with both records, and whose each thing is after it."""

from collections.abc import Sequence
from typing import Any, Final
from urllib.parse import quote

import msgspec

from api.problems import Problem
from api.serving import Answer
from api.web.routes import AnyScreen, screen
from api.web.screens.duplicates import compared
from api.web.telling import told
from api.web.translating import gettext as _
from api.web.visit import Visit
from application.readings.merges import MergeShown, ThingShown
from domain.actors import COORDINATORS
from domain.calendar import civil_date
from domain.governance.scope import PROTECTS_DATA
from domain.ids import MergeId
from domain.people.attributing import AttributeRecords

PATH: Final = "/merges"
ANSWERS: Final = ("kept", "others", "unsure")


async def waiting(visit: Visit) -> Answer:
    """What a second worker decides, and what a third reviews."""
    readings = visit.hub.readings
    proposed = await readings.merges.merges_waiting(visit.viewer)
    to_review = await readings.merges.merges_to_review(visit.viewer)
    return await visit.page(
        "merges/waiting.html",
        section="home",
        proposed=proposed.items,
        to_review=to_review.items,
        today=civil_date(visit.hub.clock.now()),
        names=await visit.agency_names(),
    )


async def one(visit: Visit) -> Answer:
    """Both records side by side, what was said, and what may be done next."""
    shown = await _read(visit)
    viewer, row = visit.viewer, shown.merge
    first, second = shown.one, shown.other
    return await visit.page(
        "merges/one.html",
        section="home",
        shown=shown,
        row=row,
        here=_where(row.merge),
        fields=compared(first.row, second.row) if first and second else (),
        names=await visit.agency_names(),
        overdue=row.overdue(civil_date(visit.hub.clock.now())),
        writes=await visit.may("write", "register"),
        proposed_by_viewer=viewer.worker == row.by_worker,
        reviews=viewer.role in COORDINATORS | PROTECTS_DATA and viewer.worker not in {row.by_worker, row.decided_by},
    )


async def things(visit: Visit) -> Answer:
    """Thing by thing: whose is it?"""
    return await _things_page(visit, await _read(visit))


async def attributed(visit: Visit) -> Answer:
    """It is said, as far as somebody knows."""
    shown = await _read(visit)
    answers: dict[str, str] = {}
    for number, thing in enumerate(shown.things):
        answers[thing.thing] = visit.sent.one(f"thing-{number}")
    others = {thing for thing, answer in answers.items() if answer == "others"}
    kept = {thing for thing, answer in answers.items() if answer == "kept"}
    route = visit.write_for(AttributeRecords)
    body = msgspec.convert({"others": sorted(others), "kept": sorted(kept)}, route.body)
    done = await visit.tried(visit.decide(AttributeRecords, body, {"merge": shown.merge.merge}))
    if isinstance(done, Problem):
        return await _things_page(visit, shown, answers, done)
    return visit.go(_where(shown.merge.merge), decided=done, done=_("Your answers are on record"))


async def _read(visit: Visit) -> MergeShown:
    return await visit.hub.readings.merges.merge(visit.viewer, MergeId(visit.ids["merge"]))


def _where(merge: MergeId) -> str:
    return f"{PATH}/{quote(merge, safe='')}"


def _answer(thing: ThingShown, shown: MergeShown) -> str:
    if not thing.settled:
        return "unsure"
    return "kept" if thing.person == shown.merge.person else "others"


async def _things_page(
    visit: Visit,
    shown: MergeShown,
    answers: dict[str, str] | None = None,
    problem: Problem | None = None,
) -> Answer:
    names = await visit.agency_names()
    listed: Sequence[tuple[int, ThingShown, str, Any]] = [
        (number, thing, (answers or {}).get(thing.thing) or _answer(thing, shown), told(thing.lines, names, {}))
        for number, thing in enumerate(shown.things)
    ]
    return await visit.page(
        "merges/things.html",
        section="home",
        shown=shown,
        row=shown.merge,
        here=_where(shown.merge.merge),
        things=listed,
        problem=problem,
    )


SCREENS: Final[tuple[AnyScreen, ...]] = (
    screen(PATH, waiting),
    screen(f"{PATH}/{{merge}}", one),
    screen(f"{PATH}/{{merge}}/attribute", things, act=attributed),
)
