"""A person's timeline: a sentence for each thing that happened, chosen by category, page by page, and as a picture."""

from typing import Final, get_args
from urllib.parse import quote, urlencode

from api.problems import Flaw, ProblemError
from api.serving import Answer
from api.web import as_at as looking_back
from api.web import charts
from api.web.justifying import once_justified
from api.web.routes import AnyScreen, screen
from api.web.screens.person.about import About, about, encounters_of, words_of
from api.web.telling import told
from api.web.visit import Visit
from application.readings.paging import CursorUnreadable
from domain.governance.scope import Category
from domain.rights.rights import rights

SHOWN: Final[tuple[Category, ...]] = ("register", "engagement", "hub", "support", "duty")
"""The categories of what happens to people."""
CURSOR: Final = "cursor"
LINES: Final = 25
YES: Final = "yes"

assert set(SHOWN) <= set(get_args(Category))


async def show(visit: Visit) -> Answer:
    """The timeline, the newest first. A category that the viewer's role may not read is not offered."""
    one = await about(visit)
    if one.shown is None:
        return await one.not_known_then("timeline")
    offered = tuple(name for name in SHOWN if one.may("read", name))
    chosen = tuple(name for name in offered if visit.query.get(name))
    try:
        page = await visit.hub.readings.timelines.timeline(
            visit.viewer,
            one.person,
            cursor=visit.query.get(CURSOR) or None,
            limit=LINES,
            categories=frozenset(chosen) or None,
            as_at=one.as_at,
        )
    except CursorUnreadable:
        raise ProblemError("invalid-parameter", Flaw(f"?{CURSOR}", "wrong-form")) from None
    kept: dict[str, str] = dict.fromkeys(chosen, YES)
    return await one.page(
        "person/timeline.html",
        "timeline",
        kept=kept,
        offered=offered,
        chosen=tuple((name, _address(one, {other: YES for other in kept if other != name})) for name in kept),
        lines=told(page.items, await words_of(one), await encounters_of(one)),
        statements=await _statements(one),
        earlier=_address(one, {**kept, CURSOR: page.next}) if page.next else "",
        latest=_address(one, kept) if visit.query.get(CURSOR) else "",
    )


async def _statements(one: About) -> dict[str, str | None]:
    """What the person says of lines that stand as they were written, by line."""
    if one.as_at is not None or not one.may("read", "rights"):
        return {}
    asked = (await one.visit.snapshot.know(rights())).rectifications.values()
    if not any(
        each.refused is not None and each.person in {one.person, *(other.person for other in one.others)}
        for each in asked
    ):
        return {}
    said = await one.visit.hub.readings.rights.statements(one.visit.viewer, one.person)
    return {str(each.line): each.text for each in said}


def _address(one: About, parameters: dict[str, str]) -> str:
    if one.as_at is not None:
        parameters = {**parameters, looking_back.AS_AT: looking_back.written(one.as_at)}
    return f"{one.path}/timeline" + (f"?{urlencode(parameters)}" if parameters else "")


async def picture(visit: Visit) -> Answer:
    """The journey in a lane for each agency."""
    one = await about(visit)
    if one.shown is None:
        return await one.not_known_then("timeline")
    journey = await visit.hub.readings.timelines.journey(visit.viewer, one.person, as_at=one.as_at)
    return await one.page("person/journey.html", "timeline", picture=charts.lanes(journey))


async def table(visit: Visit) -> Answer:
    """The table of the picture, as a file whose name says nothing of anybody."""
    one = await about(visit)
    journey = await visit.hub.readings.timelines.journey(visit.viewer, one.person, as_at=one.as_at)
    visit.call.account.exported("journey")
    return Answer(
        charts.csv_of(charts.lanes(journey).table),
        media_type=b"text/csv; charset=utf-8",
        headers=((b"content-disposition", b'attachment; filename="journey.csv"'), (b"cache-control", b"no-store")),
    )


def _journey(visit: Visit) -> str:
    return f"/people/{quote(visit.ids['person'], safe='')}/journey"


_file: Final = once_justified(table, "export", _journey)

SCREENS: Final[tuple[AnyScreen, ...]] = (
    screen("/people/{person}/timeline", show, looking_back.AS_AT, CURSOR, *SHOWN),
    screen("/people/{person}/journey", picture, looking_back.AS_AT),
    screen("/people/{person}/journey.csv", _file, looking_back.AS_AT, act=_file),
)
