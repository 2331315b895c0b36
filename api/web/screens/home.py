"""Home: a search before all else; what is due, what waits, the next hub day, and who was looked at last."""

from typing import Final

import msgspec

from api.serving import Answer
from api.v1.searching import SearchBody, look
from api.web import forms, sessions, typed_search
from api.web.routes import AnyScreen, screen
from api.web.translating import gettext
from api.web.visit import Visit
from application.revealing import Shown
from application.views.people import PersonRow
from domain.calendar import civil_date
from domain.ids import PersonId
from domain.refusals import NotPermitted, Unknown

RECENT: Final = b"hub_recent"
RECENT_KEPT: Final = 5
DUE_SHOWN: Final = 8
FIRST_PAGE: Final = 50
TYPED: Final = "typed"


async def home(visit: Visit) -> Answer:
    """The first page of whoever is signed in; each part of it only where their role has such a part."""
    reading, viewer = visit.hub.reading, visit.viewer
    works = True
    try:
        due = (await reading.actions_due(viewer, limit=FIRST_PAGE)).items
        incoming = (await reading.inbox(viewer, "incoming", limit=FIRST_PAGE)).items
        outgoing = (await reading.inbox(viewer, "outgoing", limit=FIRST_PAGE)).items
    except NotPermitted:
        due, incoming, outgoing, works = (), (), (), False
    try:
        today = civil_date(visit.hub.clock.now())
        page = await reading.hub_sessions(viewer, limit=FIRST_PAGE)
        coming = [one for one in page.items if one.on >= today and not one.cancelled_at and not one.closed_at]
        session = min(coming, key=lambda one: one.starts, default=None)
    except NotPermitted:
        session = None
    return await visit.page(
        "home.html",
        section="home",
        due=sorted(due, key=lambda one: not one.overdue)[:DUE_SHOWN],
        overdue=sum(1 for one in due if one.overdue),
        incoming=incoming,
        outgoing=outgoing,
        session=session,
        works=works,
        searches=await visit.may("search", "register"),
        recent=await recent(visit),
    )


async def recent(visit: Visit) -> tuple[Shown[PersonRow], ...]:
    """Those whom this browser looked at last, as far as the viewer may see them now."""
    found: list[Shown[PersonRow]] = []
    for one in visit.cookie(RECENT).split(".")[:RECENT_KEPT]:
        if one:
            try:
                found.append((await visit.hub.reading.person(visit.viewer, PersonId(one))).shown)
            except (Unknown, NotPermitted):
                continue
    return tuple(found)


def remembered(visit: Visit, person: PersonId) -> tuple[bytes, bytes]:
    """The header that puts a person first among those looked at last; ids alone, and no script reads it."""
    others = [one for one in visit.cookie(RECENT).split(".") if one and one != person]
    kept = ".".join([person, *others][:RECENT_KEPT])
    return sessions.cookie(RECENT, kept, secure=visit.web.secure)


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
    found = await look(visit.hub, visit.viewer, body)
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
    )


def _enough(body: SearchBody) -> bool:
    full = (body.born or body.born_in) and body.given_name and body.family_name
    return bool(body.reference or full or (body.born and body.nickname))


async def _nothing(
    visit: Visit, fields: tuple[forms.Field, ...], errors: tuple[tuple[str, str], ...], typed: str = ""
) -> Answer:
    return await visit.page("search.html", section="home", status=422, search=fields, errors=errors, typed=typed)


async def search_form(visit: Visit) -> Answer:
    """The search on a page of its own."""
    return await visit.page("search.html", section="home", search=forms.fields_of(SearchBody), typed="")


SCREENS: Final[tuple[AnyScreen, ...]] = (screen("/", home), screen("/people/search", search_form, act=search))
