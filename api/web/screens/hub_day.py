"""A hub day on one shared tablet: who is expected, who came, who missed it; one tap checks somebody in."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec

from api.endpoints import position_of
from api.hub import Hub
from api.problems import ProblemError
from api.serving import Answer
from api.web import bulk, forms
from api.web.bulk import Row
from api.web.looking import SEARCH, SHOWN, Looked, answer_of, asks_why, known_of, look_for
from api.web.routes import AnyScreen, live, screen
from api.web.translating import gettext
from api.web.visit import Visit
from application.readings.hub_days import HubDay
from application.readings.lists import Line
from application.views.hub_day import ArrivalRow
from domain.actors import Actor
from domain.calendar import civil_date
from domain.engagement.hub_session import CheckIn, CheckInAnonymous, ConfirmAgency, VoidCheckIn
from domain.ids import SessionId
from domain.people.registering import RegisterPerson
from domain.people.search import RecognisePerson

DAY: Final = "/hub-days/{session}"
KEEP_APART: Final = "keep-apart"
RETARGETED: Final = ((b"hx-retarget", b"#hub-day-refusal"), (b"hx-reswap", b"innerHTML"))
NAMED: Final = ("given_name", "family_name", "nickname", "born", "description")
"""What a walk-in is asked for who is in nobody's register."""


def address(visit: Visit) -> str:
    """Where the day of this visit is shown."""
    return DAY.format(session=visit.ids["session"])


def by_first_name(lines: Sequence[Line[ArrivalRow]]) -> list[Line[ArrivalRow]]:
    """In the order in which people at the door say who they are; those without a name come last."""

    def first(line: Line[ArrivalRow]) -> tuple[bool, str, str]:
        who = line.who
        name = (who.given_name or who.nickname or who.family_name or "") if who else ""
        return (not name, name.casefold(), (who.family_name or "") if who else "")

    return sorted(lines, key=first)


async def the_day(visit: Visit) -> HubDay:
    """The session of this visit, as far as the viewer may know of it. Raises: NotPermitted, Unknown."""
    return await visit.hub.readings.hub_days.hub_day(visit.viewer, SessionId(visit.ids["session"]))


async def of_day(visit: Visit, day: HubDay) -> dict[str, Any]:
    """What every page of a day shows."""
    today = civil_date(visit.hub.clock.now())
    one = day.session
    agencies = await visit.agencies()
    return {
        "day": day,
        "one": one,
        "here": address(visit),
        "seen_position": position_of(day),
        "names": {agency: known.name for agency, known in agencies.items()},
        "expected": by_first_name(day.expected),
        "arrived": by_first_name(day.arrived),
        "missed": by_first_name(day.missed),
        "not_shown": day.invited_count + day.walk_in_count - len([*day.expected, *day.arrived, *day.missed]),
        "stands": one.cancelled_at is None and one.closed_at is None,
        "receiving": one.cancelled_at is None and one.closed_at is None and one.on == today,
        "begun": one.on <= today,
    }


async def show(visit: Visit) -> Answer:
    """The day; for htmx only what changes when somebody comes."""
    return await _shown(visit)


async def _shown(
    visit: Visit,
    row: Row | None = None,
    errors: Sequence[tuple[str, str]] = (),
    typed: str = "",
    limited: Looked | None = None,
) -> Answer:
    """The day, or the part of it that htmx puts in place: refusals apart, so that no later answer takes them away."""
    problem = row.problem if row else limited.problem if limited else None
    warned = row.about if row and problem is not None and problem.code == KEEP_APART else None
    template = "hub_day.html"
    apart = visit.by_htmx and bool(errors or problem)
    if apart:
        template = "parts/hub_day_refusal.html"
    elif visit.by_htmx:
        of_lists = visit.call.headers.get(b"hx-target") == b"hub-day-lists"
        template = "hub_day_changed.html" if of_lists else "hub_day_now.html"
    return await visit.page(
        template,
        section="hub-days",
        headers=(*(RETARGETED if apart else ()), *(limited.headers if limited else ())),
        errors=tuple(errors),
        problem=problem,
        warned=warned,
        typed=typed,
        why=await asks_why(visit),
        **await of_day(visit, await the_day(visit)),
    )


async def lists(visit: Visit) -> Answer:
    """The lists alone, for a page that was told that they changed."""
    return await visit.page("parts/hub_day_lists.html", **await of_day(visit, await the_day(visit)))


async def position(hub: Hub, viewer: Actor, ids: Mapping[str, str]) -> int:
    """What moves whenever the day does."""
    return position_of(await hub.readings.hub_days.hub_day(viewer, SessionId(ids["session"])))


async def check_in(visit: Visit) -> Answer:
    """Check somebody in; a warning is acknowledged on the same page."""
    person = visit.sent.one("person")
    if search := visit.sent.one(SEARCH):  # a walk-in, recognised among those found
        known = await bulk.one_act(
            visit, RecognisePerson, f"recognise-{person}", {"person": person}, person, search=search
        )
        if known.decided is None:
            return await _shown(visit, known)
    row = await bulk.one_act(
        visit,
        CheckIn,
        f"check-in-{person}",
        visit.ids,
        person,
        person=person,
        keep_apart_acknowledged=visit.sent.one("keep_apart_acknowledged") == "yes",
    )
    if row.decided is None:
        return await _shown(visit, row)
    return visit.go(address(visit), decided=row.decided, done=gettext("Checked in"))


async def take_back(visit: Visit) -> Answer:
    """Take back a check-in that was made by mistake."""
    person = visit.sent.one("person")
    row = await bulk.one_act(visit, VoidCheckIn, f"take-back-{person}", visit.ids, person, person=person)
    if row.decided is None:
        return await _shown(visit, row)
    return visit.go(address(visit), decided=row.decided, done=gettext("Check-in taken back"))


async def count(visit: Visit) -> Answer:
    """Count people who give no name."""
    filled = visit.fill(CheckInAnonymous)
    if filled.body is None:
        return await _shown(visit, errors=filled.errors)
    row = await bulk.one_act(visit, CheckInAnonymous, "count", visit.ids, None, **msgspec.structs.asdict(filled.body))
    if row.decided is None:
        return await _shown(visit, row)
    return visit.go(address(visit), decided=row.decided, done=gettext("Counted"))


async def confirm(visit: Visit) -> Answer:
    """An agency is there, or will be."""
    agency = visit.sent.one("agency")
    ids = {"session": visit.ids["session"], "agency": agency}
    if agency not in await visit.agencies():
        raise ProblemError("bad-request")
    row = await bulk.one_act(visit, ConfirmAgency, f"confirm-{agency}", ids, agency)
    if row.decided is None:
        return await _shown(visit, row)
    return visit.go(address(visit), decided=row.decided, done=gettext("Agency confirmed"))


async def walk_in(visit: Visit) -> Answer:
    """Look for somebody who came without having been invited.

    Whoever looks twice has looked twice, and both are on record: this form has no key, and records nothing else.
    """
    looked = await look_for(visit)
    if looked.found is None:
        return await _shown(visit, errors=looked.errors, typed=looked.typed, limited=looked)
    day = await the_day(visit)
    known = known_of(looked.sought, civil_date(visit.hub.clock.now()))
    fields = {one.name: one for one in forms.fields_of(_entry(visit), RegisterPerson, known=known)}
    return await visit.page(
        "hub_walk_in.html",
        section="hub-days",
        people=looked.found.people,
        agencies=await visit.agencies(),
        answered={"search": looked.found.search, "answer": None, "unsure": ()},
        shown=bool(looked.found.people),
        here_already={one.shown.row.person for one in day.arrived},
        fields=[fields[name] for name in NAMED],
        **await of_day(visit, day),
    )


def _entry(visit: Visit) -> type[msgspec.Struct]:
    return visit.write_for(RegisterPerson).body


async def enter(visit: Visit) -> Answer:
    """Enter a walk-in whom nobody knew, and check them in."""
    answered = answer_of(visit)
    filled = visit.fill(RegisterPerson, given={**answered, "identity": "stated"})
    problem = None
    if filled.body is not None:
        values = msgspec.structs.asdict(filled.body)
        entered = await bulk.one_act(visit, RegisterPerson, "enter", {}, None, **values)
        problem = entered.problem
        if entered.decided is not None:
            person = msgspec.json.decode(entered.decided.result)["person"]
            came = await bulk.one_act(visit, CheckIn, "check-in", visit.ids, person, person=person)
            if came.decided is not None:
                return visit.go(address(visit), decided=came.decided, done=gettext("Entered and checked in"))
            problem = came.problem
    day = await the_day(visit)
    return await visit.page(
        "hub_walk_in.html",
        section="hub-days",
        errors=filled.errors,
        problem=problem,
        people=(),
        agencies={},
        answered=answered,
        shown=SHOWN in visit.sent,
        here_already=set(),
        fields=[one for one in filled.fields if one.name in NAMED],
        kept_key=visit.sent.one("form_key"),
        **await of_day(visit, day),
    )


SCREENS: Final[tuple[AnyScreen, ...]] = (
    screen(DAY, show),
    screen(f"{DAY}/lists", lists, quiet=True),
    live(f"/live{DAY}", position),
    screen(f"{DAY}/check-in", act=check_in),
    screen(f"{DAY}/take-back", act=take_back),
    screen(f"{DAY}/count", act=count),
    screen(f"{DAY}/confirm", act=confirm),
    screen(f"{DAY}/walk-in", act=walk_in),
    screen(f"{DAY}/enter", act=enter),
)
