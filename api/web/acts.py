"""A page for every command of the API: its form, what it was given, and where it leads. None is without one.

Screens that are made by hand lead here for what is done more rarely. An address is that of the API without its version;
what makes something new, or edits what has a page at the same address, says so at its end.
"""

import types
from collections.abc import Mapping, Sequence
from typing import Any, Final, Union, get_args, get_origin

import msgspec

from api.endpoints import position_of
from api.problems import ProblemError
from api.routes import Read, Route, Write, ids_in
from api.serving import Answer
from api.web import forms, options, stale
from api.web.forms import Filled, Options
from api.web.routes import Screen, screen
from api.web.sign_in import local
from api.web.stale import CLEARED, Difference, tag_of
from api.web.subjects import subject_of
from api.web.visit import BACK, READ_AT, Visit
from api.web.wording import act
from application.deciding import Decided
from application.ports import CommandReused
from application.readings.governance import AgreementShown
from application.readings.people import PersonPage
from application.revealing import Shown
from domain.ids import ID_PATTERN
from domain.refusals import Refusal, Unknown

VERSION: Final = "/v1"
LEFT_OUT: Final = (CLEARED, "opening")
"""What is emptied is told from the form; an episode begins with a street encounter, or with a form of its own."""
HAS_PAGE: Final[Mapping[str, str]] = {
    "referral": "/referrals/{}",
    "session": "/hub-days/{}",
    "service": "/services/{}",
    "ladder": "/ladders/{}",
    "rights_request": "/rights-requests/{}",
    "complaint": "/complaints/{}",
    "data_breach": "/data-breaches/{}",
    "person": "/people/{}",
}
"""Where somebody is led after an act, by what it was about: the first of these that is known."""


def acts(routes: Sequence[Route]) -> tuple[Screen, ...]:
    """The screens of all commands."""
    reads = {one.path: one for one in routes if isinstance(one, Read)}
    return tuple(_screen(one, reads) for one in routes if isinstance(one, Write))


def address_of(route: Write, reads: Mapping[str, Read]) -> str:
    """Where the form of a command stands."""
    path = route.path.removeprefix(VERSION)
    if route.method == "PATCH" or route.edits == route.path:
        return f"{path}/edit"
    return f"{path}/new" if route.tells or route.path in reads else path


def _screen(route: Write, reads: Mapping[str, Read]) -> Screen:
    asked = tuple(one.name for one in msgspec.structs.fields(route.body) if _is_id(one.type))

    async def show(visit: Visit) -> Answer:
        preset = {name: visit.query[name] for name in asked if visit.query.get(name)}
        known, read_at = await _known(visit, route)
        given = await options.load_for(visit, route, {**visit.ids, **preset})
        fields = forms.fields_of(route.body, route.command, options=given, left_out=LEFT_OUT, known={**known, **preset})
        return await page(visit, route, fields, preset, read_at=read_at, back=visit.query.get(BACK, ""))

    async def do(visit: Visit) -> Answer:
        preset = {name: visit.sent.one(name) for name in asked if visit.sent.one(f"preset-{name}")}
        given = await options.load_for(visit, route, {**visit.ids, **preset})
        regrouped = visit.sent.regrouped()
        if regrouped is not None:
            fields = forms.fields_of(route.body, route.command, options=given, left_out=LEFT_OUT, sent=regrouped)
            return await page(visit, route, fields, preset)
        filled = visit.fill(route.command, options=given, given=_NOTHING_CLEARED if _clears(route) else None)
        if filled.body is None:
            return await page(visit, route, filled.fields, preset, errors=filled.errors)
        try:
            decided = await visit.decide(route.command, await _with_what_was_emptied(visit, route, filled.body))
        except (Refusal, ProblemError, CommandReused) as error:
            if isinstance(error, Unknown):
                raise
            return await refused(visit, route, filled, preset, error)
        return visit.go(after(visit, decided), decided=decided, done=act(route.command).heading)

    return screen(address_of(route, reads), show, *asked, BACK, act=do)


async def page(
    visit: Visit,
    route: Write,
    fields: Sequence[forms.Field],
    preset: Mapping[str, str],
    *,
    errors: Sequence[tuple[str, str]] = (),
    problem: Any = None,  # noqa: ANN401 - a Problem, or none
    read_at: str = "",
    back: str = "",
    differs: Sequence[Difference] = (),
    status: int | None = None,
    action: str = "",
) -> Answer:
    """The form of a command; it is sent to where it stands, unless `action` names its own address.

    `differs` is what somebody else recorded meanwhile, beside what was typed.
    """
    return await visit.page(
        "act.html",
        status=status,
        words=act(route.command),
        clears=_clears(route),
        fields=tuple(one for one in fields if one.name not in preset),
        preset=preset,
        errors=errors,
        problem=problem,
        differs=differs,
        subject=await subject_of(visit, {**visit.ids, **preset}),
        action=action or visit.call.path,
        read_at=read_at or visit.sent.one(READ_AT),
        back=local(back or visit.sent.one(BACK) or "/"),
        kept_key=visit.sent.one("form_key"),
    )


async def refused(
    visit: Visit, route: Write, filled: Filled, preset: Mapping[str, str], error: Refusal | ProblemError | CommandReused
) -> Answer:
    """The form as it was sent, with the rule that forbids it now, what would permit it and whom to phone."""
    problem = await visit.problem(error)
    if isinstance(error, ProblemError) and error.flaws:
        filled = forms.refused(filled, error.flaws[0])
    differs = await _differs(visit, route, filled) if problem.code == "precondition-failed" else ()
    if differs and _clears(route):
        await _fill_what_was_left_empty(visit, route, filled)
    return await page(
        visit,
        route,
        filled.fields,
        preset,
        errors=filled.errors,
        problem=problem if not filled.errors else None,
        read_at=await _read_at_now(visit, route),
        differs=differs,
        status=problem.status,
    )


def after(visit: Visit, decided: Decided) -> str:
    """Where an act leads: back to where it was begun, or to what it was about."""
    back = visit.sent.one(BACK)
    if back and local(back) != "/":
        return local(back)
    known = dict(visit.ids) | (msgspec.json.decode(decided.result) if decided.result else {})
    for name, where in HAS_PAGE.items():
        if known.get(name):
            return where.format(known[name])
    for fact in decided.facts:
        if getattr(fact, "person", None):
            return HAS_PAGE["person"].format(fact.person)  # type: ignore[attr-defined] # it has one
    return "/"


async def _known(visit: Visit, route: Write) -> tuple[Mapping[str, Any], str]:
    """What is known of what is edited, and the tag of the state that was read."""
    if route.edits is None:
        return {}, ""
    seen = await visit.web.reads[route.edits].see(visit.viewer, visit.ids, visit.call.account)
    row = _row(seen)
    names = route.body.__struct_fields__
    return {name: getattr(row, name) for name in names if hasattr(row, name)}, tag_of(position_of(seen))


def _row(seen: Any) -> Any:  # noqa: ANN401 - whatever is read
    """What a read tells of: its fields have the names that those of the form have."""
    match seen:
        case PersonPage():
            return seen.shown.row
        case Shown():
            return seen.row
        case AgreementShown():
            return seen.agreement
        case _:
            return seen


_NOTHING_CLEARED: Final[Mapping[str, Any]] = {CLEARED: frozenset()}


def _clears(route: Write) -> bool:
    """Whether emptying a field of the form takes what it said off the record."""
    return route.edits is not None and CLEARED in route.body.__struct_fields__


async def _with_what_was_emptied(visit: Visit, route: Write, body: msgspec.Struct) -> msgspec.Struct:
    """The body, with what is on record, as its viewer sees it, and stands empty in the form, as cleared."""
    if not _clears(route):
        return body
    known, _ = await _known(visit, route)
    emptied = frozenset(
        name for name, value in known.items() if value not in (None, "") and getattr(body, name, "") is None
    )
    return msgspec.structs.replace(body, **{CLEARED: emptied})


async def _fill_what_was_left_empty(visit: Visit, route: Write, filled: Filled) -> None:
    """What somebody else entered meanwhile stands in the form: sent again, it is not emptied by who never saw it."""
    known, _ = await _known(visit, route)
    for field in filled.fields:
        if not field.typed and not field.chosen and known.get(field.name) is not None:
            field.typed, field.chosen = forms.typed_as(known[field.name])


async def _read_at_now(visit: Visit, route: Write) -> str:
    """The state that the page shows once it came back: sent again, the form is meant for that one."""
    return (await _known(visit, route))[1] if route.edits is not None else ""


async def _differs(visit: Visit, route: Write, filled: Filled) -> tuple[Difference, ...]:
    """Each field of which the record says something else than was typed."""
    known, _ = await _known(visit, route)
    options_of = {field.name: field.options for field in filled.fields if field.kind != "languages"}
    now = forms.fields_of(route.body, route.command, options=options_of, left_out=LEFT_OUT, known=known)
    return await stale.differences(visit, now, filled.fields, known)


def _is_id(hint: object) -> bool:
    if get_origin(hint) in {Union, types.UnionType}:
        return any(_is_id(part) for part in get_args(hint))
    return any(one.pattern == ID_PATTERN for one in getattr(hint, "__metadata__", ()))


__all__ = ["Options", "acts", "address_of", "after", "ids_in", "page", "refused"]
