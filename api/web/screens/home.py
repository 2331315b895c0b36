"""Home: a search before all else; what is due, what waits, the next hub day, and who was looked at last."""

import asyncio
from collections.abc import Awaitable
from typing import Any, Final, TypeVar

import msgspec

from api.serving import Answer
from api.v1.searching import SearchBody, look
from api.web import forms, sessions, typed_search
from api.web.justifying import WHY, take_why
from api.web.routes import AnyScreen, screen
from api.web.translating import gettext
from api.web.visit import Visit
from application.revealing import Shown
from application.views.hub_day import SessionRow
from application.views.people import PersonRow
from domain.calendar import civil_date
from domain.governance.access import audience
from domain.governance.partnership import JustificationMissing
from domain.governance.scope import PROTECTS_DATA, SAFEGUARDS
from domain.governance.sharing import COORDINATORS
from domain.ids import PersonId
from domain.refusals import NotPermitted, Unknown

T = TypeVar("T")

RECENT: Final = b"hub_recent"
RECENT_KEPT: Final = 5
DUE_SHOWN: Final = 8
FIRST_PAGE: Final = 50
TYPED: Final = "typed"


async def home(visit: Visit) -> Answer:
    """The first page of whoever is signed in; each part of it only where their role has such a part."""
    reading, viewer = visit.hub.reading, visit.viewer
    due, incoming, outgoing, session, looked_at = await asyncio.gather(
        _if_permitted(reading.actions_due(viewer, limit=FIRST_PAGE)),
        _if_permitted(reading.inbox(viewer, "incoming", limit=FIRST_PAGE)),
        _if_permitted(reading.inbox(viewer, "outgoing", limit=FIRST_PAGE)),
        _next_session(visit),
        recent(visit),
    )
    reviews = await reading.break_glasses(viewer, limit=FIRST_PAGE) if viewer.role in PROTECTS_DATA else None
    told = await reading.overriding_disclosures(viewer, limit=DUE_SHOWN) if viewer.role in SAFEGUARDS else None
    alike = await reading.duplicates_waiting(viewer) if viewer.role in COORDINATORS else None
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
        recent=looked_at,
        reviews_here=reviews is not None,
        waiting=waiting[:DUE_SHOWN],
        waiting_count=len(waiting),
        waiting_overdue=sum(1 for one in waiting if one.shown.row.overdue(today)),
        overriding=told.items if told else (),
        offers=await _if_permitted(reading.offers(viewer)),
        safeguards=told is not None,
        compares=await visit.may("write", "register"),
        alike=alike,
        names={str(one.id): one.name for one in (await visit.agencies()).values()},
        today=today,
    )


async def _if_permitted(reading: Awaitable[T]) -> T | None:
    """What is read, or None where the viewer's role has no such part."""
    try:
        return await reading
    except (NotPermitted, Unknown):
        return None


async def _next_session(visit: Visit) -> SessionRow | None:
    today = civil_date(visit.hub.clock.now())
    page = await _if_permitted(visit.hub.reading.hub_sessions(visit.viewer, limit=FIRST_PAGE))
    coming = [
        one for one in (page.items if page else ()) if one.on >= today and not one.cancelled_at and not one.closed_at
    ]
    return min(coming, key=lambda one: one.starts, default=None)


async def recent(visit: Visit) -> tuple[Shown[PersonRow], ...]:
    """Those whom this browser looked at last, as far as the viewer may see them now."""
    found = await asyncio.gather(
        *(_if_permitted(visit.hub.reading.person(visit.viewer, one)) for one in _looked_at(visit))
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
    typed = visit.sent.one(TYPED)
    if typed:
        read = typed_search.read(typed)
        if read is not None and _enough(read):
            return await _found(visit, read, forms.fields_of(SearchBody, known=msgspec.structs.asdict(read)))
        return await _nothing(visit, forms.fields_of(SearchBody), ((TYPED, _not_enough()),), typed)
    filled = forms.fill(SearchBody, visit.sent)
    if filled.body is None:
        return await _nothing(visit, filled.fields, filled.errors)
    body = filled.body
    assert isinstance(body, SearchBody)
    if not _enough(body):
        return await _nothing(visit, filled.fields, (("reference", _not_enough()),))
    if body.reference:
        body = msgspec.structs.replace(body, reference=body.reference.upper())
    return await _found(visit, body, filled.fields)


def _not_enough() -> str:
    return gettext("Enter a reference, a full name with a date or year of birth, or one name with a date of birth")


async def _found(visit: Visit, body: SearchBody, fields: tuple[forms.Field, ...]) -> Answer:
    take_why(visit)
    try:
        found = await look(visit.hub, visit.viewer, body, visit.call)
    except JustificationMissing:
        error = gettext("Enter why you look for this person")
        return await _nothing(visit, fields, ((WHY, error),), visit.sent.one(TYPED))
    concerned = set[PersonId]()
    for one in found.people:
        try:
            await visit.hub.reading.person(visit.viewer, one.row.person)
        except (Unknown, NotPermitted):
            continue
        concerned.add(one.row.person)
    return await visit.page(
        "found.html",
        section="home",
        found=found,
        concerned=concerned,
        fields=fields,
        asked=msgspec.structs.asdict(body),
        enters=await visit.may("write", "register"),
        answers_for_data=audience(visit.viewer.role, None).of_agency,
    )


def _enough(body: SearchBody) -> bool:
    full = (body.born or body.born_in) and body.given_name and body.family_name
    return bool(body.reference or full or (body.born and body.nickname))


async def _nothing(
    visit: Visit, fields: tuple[forms.Field, ...], errors: tuple[tuple[str, str], ...], typed: str = ""
) -> Answer:
    more = await _of_the_search(visit)
    return await visit.page(
        "search.html",
        section="home",
        status=422,
        search=fields,
        errors=errors,
        typed=typed,
        **more,
    )


async def _of_the_search(visit: Visit) -> dict[str, Any]:
    """Whether the viewer enters people, and whether whoever searches types why."""
    asks = "search" in (await visit.partnership()).justified
    return {"enters": await visit.may("write", "register"), "why": asks}


async def search_form(visit: Visit) -> Answer:
    """The search on a page of its own."""
    more = await _of_the_search(visit)
    return await visit.page(
        "search.html",
        section="home",
        search=forms.fields_of(SearchBody),
        typed="",
        **more,
    )


SCREENS: Final[tuple[AnyScreen, ...]] = (screen("/", home), screen("/people/search", search_form, act=search))
