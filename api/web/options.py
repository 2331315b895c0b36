"""What a field can be chosen from where its codes are data: the partnership's agencies, services, ladders, sessions."""

from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from typing import Final

import msgspec

from api.routes import Write
from api.web import languages
from api.web.forms import Options, shape_of
from api.web.frame_words import partnership_words
from api.web.visit import Visit
from api.web.wording import day, label, ladder_name, weekday, weekday_name
from application.views.consents import ConsentStatus
from domain.actors import Role
from domain.calendar import civil_date
from domain.governance.account import DIRECTORY
from domain.governance.between import between
from domain.ids import PanelId, PersonId
from domain.people.consent import Purpose
from domain.refusals import NotPermitted, Unknown

Loads = Callable[[Visit, Mapping[str, str]], Awaitable[Options]]


async def agencies(visit: Visit, _known: Mapping[str, str]) -> Options:
    """The partnership's agencies, by name."""
    known = await visit.agencies()
    return sorted(((one.id, one.name) for one in known.values()), key=lambda one: one[1].casefold())


async def recipients(visit: Visit, known: Mapping[str, str]) -> Options:
    """Who can be told of a person: the partnership's agencies, and the partnerships that it has agreements with."""
    agreed = (await visit.snapshot.know(between())).values()
    partners = {one.partner for one in agreed if one.is_live(visit.hub.clock.now())}
    return [*await agencies(visit, known), *((one, partnership_words(one)) for one in sorted(partners))]


async def partners(visit: Visit, _known: Mapping[str, str]) -> Options:
    """The other partnerships of this installation, for who enters agreements with them."""
    if not await visit.may("write", "administration"):
        return ()
    here = {log.partition("/")[0] for log in await visit.hub.decider.log.heads()}
    others = here - {visit.viewer.partnership, DIRECTORY}
    return sorted(((one, partnership_words(one)) for one in others), key=lambda one: one[1].casefold())


async def services(visit: Visit, _known: Mapping[str, str]) -> Options:
    """The services on offer, each with its agency and its room."""
    names = dict(await agencies(visit, {}))
    page = await visit.hub.readings.administration.services(visit.viewer)
    return [
        (one.service, f"{one.name}, {names.get(one.agency, one.agency)}") for one in page.items if not one.closed_at
    ]


async def sessions(visit: Visit, _known: Mapping[str, str]) -> Options:
    """Hub sessions, the next ones first."""
    page = await visit.hub.readings.hub_days.hub_sessions(visit.viewer)
    today = civil_date(visit.hub.clock.now())
    coming = sorted((one for one in page.items if one.on >= today and not one.cancelled_at), key=lambda one: one.starts)
    gone = [one for one in page.items if one.on < today]
    return [(one.session, f"{weekday(one.on)}, {one.venue or one.place}") for one in (*coming, *gone)]


async def ladders(visit: Visit, _known: Mapping[str, str]) -> Options:
    """The ladders that the partnership adopted."""
    return [
        (one.ladder, ladder_name(one.ladder)) for one in await visit.hub.readings.administration.ladders(visit.viewer)
    ]


async def episodes(visit: Visit, known: Mapping[str, str]) -> Options:
    """The person's episodes."""
    if "person" not in known:
        return ()
    found = await visit.hub.readings.engagement.episodes(visit.viewer, PersonId(known["person"]))
    return [(one.row.episode, f"{one.row.operation}, {day(one.row.opened_at.date())}") for one in found]


async def consents(visit: Visit, known: Mapping[str, str]) -> Options:
    """The person's consents."""
    if "person" not in known:
        return ()
    found = await visit.hub.readings.consents.consents(visit.viewer, PersonId(known["person"]))
    return [
        (one.row.consent, f"{label(Purpose, one.row.purpose)}: {label(ConsentStatus, one.row.status)}") for one in found
    ]


async def colleagues(visit: Visit, known: Mapping[str, str]) -> Options:
    """Who could take over from a worker, or cover: those in post at the same agency."""
    page = await visit.hub.readings.governance.workers(visit.viewer)
    agency = next((one.agency for one in page.items if one.worker == known.get("worker")), None)
    return [
        (one.worker, f"{one.worker}, {label(Role, one.role)}")
        for one in page.items
        if one.agency == agency and one.worker != known.get("worker")
    ]


async def workers(visit: Visit, _known: Mapping[str, str]) -> Options:
    """Everybody in post, agency by agency."""
    names = dict(await agencies(visit, {}))
    page = await visit.hub.readings.governance.workers(visit.viewer)
    return [
        (one.worker, f"{one.worker}, {label(Role, one.role)}, {names.get(one.agency, one.agency)}")
        for one in page.items
    ]


async def panel_members(visit: Visit, _known: Mapping[str, str]) -> Options:
    """Those who hold the post of a panel member."""
    page = await visit.hub.readings.governance.workers(visit.viewer)
    return [(one.worker, one.worker) for one in page.items if one.role == "panel-member"]


async def grades(visit: Visit, known: Mapping[str, str]) -> Options:
    """The grades of the panel."""
    if "panel" not in known:
        return ()
    shown = await visit.hub.readings.panels.panel(visit.viewer, PanelId(known["panel"]))
    return [(one.code, one.label) for one in shown.panel.grades]


async def samples(visit: Visit, known: Mapping[str, str]) -> Options:
    """The samples of the panel."""
    if "panel" not in known:
        return ()
    shown = await visit.hub.readings.panels.panel(visit.viewer, PanelId(known["panel"]))
    return [(one.sample, one.question) for one in shown.samples]


async def teams(visit: Visit, _known: Mapping[str, str]) -> Options:
    """The teams, each with its agency."""
    names = dict(await agencies(visit, {}))
    page = await visit.hub.readings.governance.teams(visit.viewer)
    return [(one.id, f"{one.name}, {names.get(one.agency, one.agency)}") for one in page.items]


async def weekdays(_visit: Visit, _known: Mapping[str, str]) -> Options:
    """Monday to Sunday."""
    return [(str(number), weekday_name(number)) for number in range(7)]


async def every_language(_visit: Visit, _known: Mapping[str, str]) -> Options:
    """The usual languages, then every other by its name."""
    return [*languages.usual(), *languages.others()]


LOADS: Final[Mapping[str, Loads]] = {
    "agency": agencies,
    "by_agency": agencies,
    "partner": partners,
    "contact_agency": agencies,
    "to_agency": agencies,
    "recipient": agencies,
    "recipients": recipients,
    "expected": agencies,
    "parties": agencies,
    "authority": agencies,
    "informed_first": agencies,
    "supervisor": agencies,
    "by": workers,
    "service": services,
    "to_service": services,
    "session": sessions,
    "ladder": ladders,
    "episode": episodes,
    "consent": consents,
    "team": teams,
    "chair": panel_members,
    "members": panel_members,
    "grade": grades,
    "sample": samples,
    "work_to": colleagues,
    "covered_by": colleagues,
    "weekdays": weekdays,
    "language": every_language,
}
"""By the field's name."""


async def load(visit: Visit, body: type[msgspec.Struct], known: Mapping[str, str]) -> dict[str, Options]:
    """The options of a body's fields, as far as this viewer may see them; a field without any is typed."""
    return await _loaded(visit, _names_in(body), known)


async def load_for(visit: Visit, route: Write, known: Mapping[str, str]) -> dict[str, Options]:
    """The same for a command; what it makes new is named by whoever makes it, and chosen from nothing."""
    needed = {one.name for one in msgspec.structs.fields(route.body) if one.required}
    new = needed.intersection(route.tells)
    return await _loaded(visit, (name for name in _names_in(route.body) if name not in new), known)


def _names_in(body: type[msgspec.Struct]) -> Iterator[str]:
    """The names of a body's fields, and of those of its groups."""
    for one in msgspec.structs.fields(body):
        yield one.name
        inner = shape_of(one.type, one.name, choices=False).inner
        if inner is not None:
            yield from _names_in(inner)


async def _loaded(visit: Visit, names: Iterable[str], known: Mapping[str, str]) -> dict[str, Options]:
    found: dict[str, Options] = {}
    for name in dict.fromkeys(names):
        if name in LOADS:
            try:
                options = await LOADS[name](visit, known)
            except (Unknown, NotPermitted):
                continue
            if options:
                found[name] = options
    return found
