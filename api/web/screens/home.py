"""Home: a search before all else; what is due, what waits, the next hub day, and who was looked at last."""

import asyncio
from collections.abc import Awaitable
from typing import Final, TypeVar

from api.serving import Answer
from api.web import sessions
from api.web.justifying import WHY
from api.web.looking import Looked, asks_why, fields_of, known_of, look_for
from api.web.routes import AnyScreen, screen
from api.web.visit import Visit
from application.finding.asking import Sought
from application.revealing import Shown
from application.views.hub_day import SessionRow
from application.views.people import PersonRow
from domain.actors import COORDINATORS
from domain.calendar import civil_date
from domain.governance.access import audience
from domain.governance.scope import PROTECTS_DATA, SAFEGUARDS
from domain.ids import PersonId
from domain.refusals import NotPermitted, Unknown

T = TypeVar("T")

RECENT: Final = b"hub_recent"
RECENT_KEPT: Final = 5
DUE_SHOWN: Final = 8
FIRST_PAGE: Final = 50


async def home(visit: Visit) -> Answer:
    """The first page of whoever is signed in; each part of it only where their role has such a part."""
    readings, viewer = visit.hub.readings, visit.viewer
    due, incoming, outgoing, session, looked_at = await asyncio.gather(
        _if_permitted(readings.caseload.actions_due(viewer, limit=FIRST_PAGE)),
        _if_permitted(readings.referrals.inbox(viewer, "incoming", limit=FIRST_PAGE)),
        _if_permitted(readings.referrals.inbox(viewer, "outgoing", limit=FIRST_PAGE)),
        _next_session(visit),
        recent(visit),
    )
    reviews = await readings.oversight.break_glasses(viewer, limit=FIRST_PAGE) if viewer.role in PROTECTS_DATA else None
    signs = await readings.trawling.search_alerts(viewer) if viewer.role in PROTECTS_DATA else None
    told = (
        await readings.oversight.overriding_disclosures(viewer, limit=DUE_SHOWN) if viewer.role in SAFEGUARDS else None
    )
    alike = await readings.duplicates.duplicates_waiting(viewer) if viewer.role in COORDINATORS else None
    merges = await _merges(visit)
    asked = await _if_permitted(readings.panels.recommendations(viewer, to_agency=viewer.agency))
    today = civil_date(visit.hub.clock.now())
    waiting = list(reviews.items) if reviews else []
    due_lines = due.items if due else ()
    return await visit.page(
        "home.html",
        section="home",
        due=sorted(due_lines, key=lambda one: not one.overdue)[:DUE_SHOWN],
        overdue=sum(1 for one in due_lines if one.overdue),
        incoming=incoming.items if incoming else (),
        outgoing=outgoing.items if outgoing else (),
        session=session,
        hub_days=await visit.may("read", "hub"),
        works=incoming is not None,
        searches=await visit.may("search", "register"),
        why=await asks_why(visit),
        recent=looked_at,
        reviews_here=reviews is not None,
        signs=sorted(signs.items, key=lambda one: one.finding is not None)[:DUE_SHOWN] if signs else (),
        me=viewer.worker,
        waiting=waiting[:DUE_SHOWN],
        waiting_count=len(waiting),
        waiting_overdue=sum(1 for one in waiting if one.shown.row.overdue(today)),
        overriding=told.items if told else (),
        offers=await _if_permitted(readings.other_partnerships.offers(viewer)),
        safeguards=told is not None,
        compares=await visit.may("write", "register"),
        alike=alike,
        merges=merges,
        recommendations=[
            one for one in (asked.items if asked else ()) if one.yours and not one.recommendation.response
        ],
        rights=await _if_permitted(readings.registers.rights_due(viewer)),
        keeping=await _keeping(visit),
        names=await visit.agency_names(),
        today=today,
    )


async def _merges(visit: Visit) -> tuple[int, int]:
    """How many merges wait for the viewer to decide, and how many to review, as far as one page of each tells."""
    readings, viewer = visit.hub.readings, visit.viewer
    decides, reviews = await visit.may("write", "register"), viewer.role in COORDINATORS | PROTECTS_DATA
    proposed = await _if_permitted(readings.merges.merges_waiting(viewer, limit=FIRST_PAGE)) if decides else None
    to_review = await _if_permitted(readings.merges.merges_to_review(viewer, limit=FIRST_PAGE)) if reviews else None
    return (
        sum(1 for one in proposed.items if one.shown.row.by_worker != viewer.worker) if proposed else 0,
        sum(1 for one in to_review.items if viewer.worker not in {one.shown.row.by_worker, one.shown.row.decided_by})
        if to_review
        else 0,
    )


async def _keeping(visit: Visit) -> tuple[int, int]:
    """How many proposals to erase somebody wait, and how many records for a review, as far as one page tells."""
    if not await visit.may("search", "rights"):
        return 0, 0
    erasures = await visit.hub.readings.keeping.erasures(visit.viewer)
    reviews = await visit.hub.readings.keeping.retention_reviews(visit.viewer, limit=FIRST_PAGE)
    return sum(1 for one in erasures.items if one.shown.row.status == "proposed"), len(reviews.items)


async def _if_permitted(reading: Awaitable[T]) -> T | None:
    """What is read, or None where the viewer's role has no such part."""
    try:
        return await reading
    except (NotPermitted, Unknown):
        return None


async def _next_session(visit: Visit) -> SessionRow | None:
    today = civil_date(visit.hub.clock.now())
    page = await _if_permitted(visit.hub.readings.hub_days.hub_sessions(visit.viewer, limit=FIRST_PAGE))
    coming = [
        one for one in (page.items if page else ()) if one.on >= today and not one.cancelled_at and not one.closed_at
    ]
    return min(coming, key=lambda one: one.starts, default=None)


async def recent(visit: Visit) -> tuple[Shown[PersonRow], ...]:
    """Those whom this browser looked at last, as far as the viewer may see them now."""
    found = await asyncio.gather(
        *(_if_permitted(visit.hub.readings.people.person(visit.viewer, one)) for one in _looked_at(visit))
    )
    return tuple(one.shown for one in found if one is not None)


def remembered(visit: Visit, person: PersonId) -> tuple[bytes, bytes]:
    """The header that puts a person first among those looked at last; ids alone, and no script reads it."""
    kept = [person, *(one for one in _looked_at(visit) if one != person)][:RECENT_KEPT]
    return sessions.cookie(RECENT, ".".join([visit.web.keeper(visit.token), *kept]), secure=visit.web.secure)


def _looked_at(visit: Visit) -> list[PersonId]:
    """Whom this worker looked at in this browser; whom somebody else did there, is for nobody to see."""
    keeper, *people = visit.cookie(RECENT).split(".")
    return [PersonId(one) for one in people[:RECENT_KEPT]] if keeper == visit.web.keeper(visit.token) else []


async def search(visit: Visit) -> Answer:
    """Look for somebody. That it was done is recorded; what was typed stands in no address."""
    looked = await look_for(visit)
    if looked.found is None:
        return await _search_page(visit, looked)
    return await visit.page(
        "found.html",
        section="home",
        looked=looked,
        agencies=await visit.agencies(),
        known=known_of(looked.sought, civil_date(visit.hub.clock.now())),
        enters=await visit.may("write", "register"),
        why=await asks_why(visit),
        answers_for_data=audience(visit.viewer.role, None).of_agency,
    )


async def search_form(visit: Visit) -> Answer:
    """The search on a page of its own."""
    if not await visit.may("search", "register"):
        raise NotPermitted(role=visit.viewer.role, category="register", action="search")
    return await _search_page(visit, Looked(sought=Sought(), fields=fields_of(Sought())))


async def _search_page(visit: Visit, looked: Looked) -> Answer:
    return await visit.page(
        "search.html",
        section="home",
        headers=tuple(looked.headers),
        looked=looked,
        errors=looked.errors,
        problem=looked.problem,
        enters=await visit.may("write", "register"),
        why=await asks_why(visit),
        why_error=dict(looked.errors).get(WHY, ""),
    )


SCREENS: Final[tuple[AnyScreen, ...]] = (screen("/", home), screen("/people/search", search_form, act=search))
