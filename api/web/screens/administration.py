"""Administration: the partnership's agencies, what they offer and ask, the ladders, and powers conferred by name.

Everybody who works here may look; what may be changed is offered only to those who may.
"""

import re
from typing import Any, Final

from api.serving import Answer
from api.web import acts, forms, options
from api.web.acts import HAS_PAGE
from api.web.routes import AnyScreen, screen
from api.web.translating import N_, gettext
from api.web.visit import BACK, Visit
from api.web.wording import weekday_name
from application.views.services import LadderRow
from domain.calendar import civil_date
from domain.engagement.ladder import AdoptLadder
from domain.governance.scope import Category
from domain.ids import ID_PATTERN, AgencyId, LadderId, ServiceId
from domain.refusals import NotPermitted, Unknown
from domain.support.service import OfferService

PATH: Final = "/administration"
PARTS: Final = (
    ("agencies", N_("Agencies"), PATH),
    ("workers", N_("Workers"), f"{PATH}/workers"),
    ("agreements", N_("Sharing"), f"{PATH}/agreements"),
    ("services", N_("Services"), f"{PATH}/services"),
    ("ladders", N_("Ladders"), f"{PATH}/ladders"),
    ("powers", N_("Powers"), f"{PATH}/powers"),
    ("accounts", N_("Accounts"), f"{PATH}/accounts"),
)
CURSOR: Final = "cursor"
VERSION: Final = "version"
WORKER: Final = "worker"
DIGITS: Final = 6
"""No version is that long a number."""


async def may(visit: Visit, category: Category = "administration") -> bool:
    """Whether the viewer may change what is nobody's record."""
    return await visit.may("write", category)


async def may_offer(visit: Visit, agency: str) -> bool:
    """Whether the viewer may offer and change services of an agency: their own, or any as an administrator."""
    return await may(visit) or (visit.viewer.agency == agency and await may(visit, "support"))


async def part_page(visit: Visit, template: str, part: str, **context: Any) -> Answer:  # noqa: ANN401 - what the template shows
    parts = tuple((name, gettext(words), path) for name, words, path in PARTS)
    return await visit.page(template, section="administration", part=part, parts=parts, **context)


async def agencies(visit: Visit) -> Answer:
    """The parties of the partnership."""
    page = await visit.hub.readings.administration.agencies(visit.viewer, cursor=visit.query.get(CURSOR))
    return await part_page(
        visit,
        "administration_agencies.html",
        "agencies",
        agencies=page.items,
        next=page.next,
        may=await may(visit),
        days=days,
    )


def days(numbers: tuple[int, ...]) -> str:
    """Working days in words."""
    if numbers == (0, 1, 2, 3, 4):
        return gettext("Monday to Friday")
    return ", ".join(weekday_name(one) for one in numbers)


async def agency(visit: Visit) -> Answer:
    """One agency: how it is reached, when it works, what it offers."""
    known = await visit.hub.readings.administration.agency(visit.viewer, AgencyId(visit.ids["agency"]))
    offered = await visit.hub.readings.administration.services(visit.viewer, offered_by=known.agency)
    return await part_page(
        visit,
        "administration_agency.html",
        "agencies",
        agency=known,
        services=offered.items,
        next=offered.next,
        may=await may(visit),
        may_offer=await may_offer(visit, known.agency),
        days=days,
    )


async def services(visit: Visit) -> Answer:
    """What is offered, and the room there is."""
    page = await visit.hub.readings.administration.services(visit.viewer, cursor=visit.query.get(CURSOR))
    return await part_page(
        visit,
        "administration_services.html",
        "services",
        services=page.items,
        next=page.next,
        names=await visit.agency_names(),
        offer="/services/new" if await may(visit) else await _own_offer(visit),
    )


async def _own_offer(visit: Visit) -> str:
    return f"/services/new?agency={visit.viewer.agency}" if await may_offer(visit, visit.viewer.agency) else ""


async def service(visit: Visit) -> Answer:
    """One service with its room and its questions."""
    known = await visit.hub.readings.administration.service(visit.viewer, ServiceId(visit.ids["service"]))
    return await part_page(
        visit,
        "administration_service.html",
        "services",
        service=known,
        names=await visit.agency_names(),
        may=await may_offer(visit, known.agency),
    )


async def offered_again(visit: Visit) -> Answer:
    """A form for another service like this one: what it asks of referrals never changes once it was offered."""
    known = await visit.hub.readings.administration.service(visit.viewer, ServiceId(visit.ids["service"]))
    if not await may_offer(visit, known.agency):
        raise NotPermitted
    begun = {name: getattr(known, name) for name in OfferService.__struct_fields__ if hasattr(known, name)}
    del begun["service"]
    return await _filled_in(visit, OfferService, begun, HAS_PAGE["service"].format(known.service))


async def ladders(visit: Visit) -> Answer:
    """The ladders, each in its newest version."""
    known = await visit.hub.readings.administration.ladders(visit.viewer)
    newest = {one.ladder: one for one in known}  # the versions of a ladder come in their order
    return await part_page(
        visit, "administration_ladders.html", "ladders", ladders=tuple(newest.values()), may=await may(visit)
    )


async def ladder(visit: Visit) -> Answer:
    """A version of a ladder, the newest where none is named: its steps, what each needs, who authorises it."""
    known = await _ladder(visit)
    versions = [
        one for one in await visit.hub.readings.administration.ladders(visit.viewer) if one.ladder == known.ladder
    ]
    return await part_page(
        visit,
        "administration_ladder.html",
        "ladders",
        ladder=known,
        versions=sorted((one.ladder_version for one in versions), reverse=True),
        may=await may(visit),
    )


async def next_version(visit: Visit) -> Answer:
    """A form for the next version of a ladder, filled in with the newest: a version once adopted never changes."""
    known = await _ladder(visit)
    if not await may(visit):
        raise NotPermitted
    begun = {name: getattr(known, name) for name in AdoptLadder.__struct_fields__ if hasattr(known, name)}
    begun["ladder_version"] += 1
    return await _filled_in(visit, AdoptLadder, begun, HAS_PAGE["ladder"].format(known.ladder))


async def _ladder(visit: Visit) -> LadderRow:
    asked = visit.query.get(VERSION, "")
    if asked and not (asked.isdecimal() and len(asked) <= DIGITS):
        raise Unknown
    return await visit.hub.readings.administration.ladder(
        visit.viewer, LadderId(visit.ids["ladder"]), int(asked) if asked else None
    )


async def _filled_in(
    visit: Visit, command: type[OfferService | AdoptLadder], begun: dict[str, Any], back: str
) -> Answer:
    """The form of a command with what is known; it is sent to the command's own address."""
    route = visit.write_for(command)
    given = await options.load_for(visit, route, {})
    fields = forms.fields_of(route.body, command, options=given, known=begun)
    action = f"{route.path.removeprefix(acts.VERSION)}/new"
    return await acts.page(visit, route, fields, {}, back=back, action=action)


async def powers(visit: Visit) -> Answer:
    """On whom which power was conferred, by name; or on to the form for one more."""
    worker = visit.query.get(WORKER, "").strip()
    changes = await may(visit)
    error = ""
    if worker and changes:
        if re.fullmatch(ID_PATTERN, worker):
            return visit.go(f"/workers/{worker}/powers/new?{BACK}={PATH}/powers")
        error = gettext("Enter the worker's short name: lower-case letters, numbers and hyphens")
    return await part_page(
        visit,
        "administration_powers.html",
        "powers",
        workers=await visit.hub.readings.administration.powers_conferred(visit.viewer),
        may=changes,
        today=civil_date(visit.hub.clock.now()),
        typed=worker,
        errors=((WORKER, error),) if error else (),
    )


SCREENS: Final[tuple[AnyScreen, ...]] = (
    screen(PATH, agencies, CURSOR),
    screen("/agencies/{agency}", agency),
    screen(f"{PATH}/services", services, CURSOR),
    screen("/services/{service}", service),
    screen("/services/{service}/again", offered_again),
    screen(f"{PATH}/ladders", ladders),
    screen("/ladders/{ladder}", ladder, VERSION),
    screen("/ladders/{ladder}/next", next_version),
    screen(f"{PATH}/powers", powers, WORKER),
)
