"""The five-minute close: who is still open, one page, one button; and the paper sheet, typed row by row."""

import datetime as dt
from collections.abc import Iterable
from typing import Any, Final

import msgspec

from api.serving import Answer
from api.web import bulk
from api.web.bulk import Row
from api.web.looking import look_for
from api.web.routes import AnyScreen, screen
from api.web.screens.hub_day import DAY, address, of_day, the_day
from api.web.translating import gettext
from api.web.visit import Visit
from application.readings.hub_days import HubDay
from application.readings.searching import PersonFound
from domain.engagement.hub_session import (
    CheckInAnonymous,
    CloseHubSession,
    ConfirmAgency,
    RecordAttended,
    RecordMissed,
    RecordServiceSeen,
)

CAME: Final = "came"
MISSED: Final = "missed"
WALK_INS: Final = 10
"""How many lines the sheet offers for those who are not on the list."""


def _ids(visit: Visit) -> dict[str, str]:
    return {"session": visit.ids["session"]}


def _at(visit: Visit, day: HubDay) -> dt.datetime | None:
    """When a line of the sheet happened: at the session, though it is typed later; before it begins, now."""
    return day.session.starts if day.session.starts <= visit.hub.clock.now() else None


async def close_form(visit: Visit) -> Answer:
    """Who is expected and did not come, who was here and saw nobody, which agencies said nothing."""
    return await _close_page(visit, ())


async def _close_page(visit: Visit, rows: Iterable[Row]) -> Answer:
    day = await the_day(visit)
    refused = {row.about: row.problem for row in rows if row.problem}
    return await visit.page(
        "hub_close.html",
        section="hub-days",
        status=409 if refused else 200,
        refused=refused,
        kept_key=visit.sent.one("form_key"),
        unseen=[one for one in day.arrived if not one.shown.row.seen],
        there=tuple(dict.fromkeys((*day.session.confirmed, *day.session.expected))),
        unconfirmed=[one for one in day.session.expected if one not in day.session.confirmed],
        sent=visit.sent,
        **await of_day(visit, day),
    )


async def close(visit: Visit) -> Answer:
    """Write down what was asked, line by line; the session is closed once nothing of it was refused."""
    day = await the_day(visit)
    at = _at(visit, day)
    rows: list[Row] = []
    for line in day.expected:
        person = line.shown.row.person
        if visit.sent.one(f"expected-{person}") == CAME:
            rows.append(
                await bulk.one_act(
                    visit, RecordAttended, f"came-{person}", _ids(visit), ("expected", person), person=person, at=at
                )
            )
    for line in day.arrived:
        person = line.shown.row.person
        for agency in dict.fromkeys(visit.sent.many(f"saw-{person}")):
            key = f"saw-{person}-{agency}"
            rows.append(
                await bulk.one_act(
                    visit, RecordServiceSeen, key, _ids(visit), ("saw", person), person=person, agency=agency
                )
            )
    known = await visit.agencies()
    for agency in dict.fromkeys(visit.sent.many("there")):
        if agency in known:
            ids = {**_ids(visit), "agency": agency}
            rows.append(await bulk.one_act(visit, ConfirmAgency, f"there-{agency}", ids, ("there", agency)))
    if not any(row.problem for row in rows):
        rows.append(await bulk.one_act(visit, CloseHubSession, "close", _ids(visit), ("close", "")))
    if any(row.problem for row in rows):
        return await _close_page(visit, rows)
    return visit.go(address(visit), decided=bulk.last(rows), done=gettext("The session is closed"))


class Typed(msgspec.Struct, kw_only=True):
    """A line of the sheet for somebody who is not on the list: as typed, or chosen of those found."""

    number: int
    typed: str = ""
    chosen: str = ""
    found: tuple[PersonFound, ...] = ()
    error: str = ""


class Result(msgspec.Struct, kw_only=True):
    """What became of a line: for whom, what was to be written, and the rule that forbids it."""

    name: str
    wanted: str
    done: bool
    why: str = ""


async def sheet_form(visit: Visit) -> Answer:
    """The paper sheet, as it lies on the table: those who were expected, then lines to write on."""
    lines = [Typed(number=number) for number in range(WALK_INS)]
    return await _sheet_page(visit, lines, ())


async def _sheet_page(visit: Visit, lines: list[Typed], results: Iterable[Result], **more: Any) -> Answer:  # noqa: ANN401
    day = await the_day(visit)
    results = tuple(results)
    errors = tuple((f"line-{one.number}", one.error) for one in lines if one.error)
    failed = errors or any(not one.done for one in results)
    return await visit.page(
        "hub_sheet.html",
        section="hub-days",
        status=422 if failed else 200,
        lines=lines,
        results=results,
        errors=errors,
        choice={name: visit.sent.one(name) for name in visit.sent.under("on-list-")},
        nameless=more.get("nameless", ""),
        nameless_error=more.get("nameless_error", ""),
        **await of_day(visit, day),
    )


async def sheet(visit: Visit) -> Answer:
    """Type the sheet: each line is written down or refused by itself; the same sheet again adds nothing."""
    day = await the_day(visit)
    at = _at(visit, day)
    names = {line.shown.row.person: _name(line.who) for line in (*day.expected, *day.missed)}
    results: list[Result] = []
    rows: list[Row] = []
    for person, name in names.items():
        choice = visit.sent.one(f"on-list-{person}")
        command = {CAME: RecordAttended, MISSED: RecordMissed}.get(choice)
        if command is None:
            continue
        key = f"{choice}-{person}"
        row = await bulk.one_act(visit, command, key, _ids(visit), name, person=person, at=at)
        rows.append(row)
        results.append(_result(row, gettext("Came") if choice == CAME else gettext("Did not come")))
    lines = [await _line(visit, number, at, rows, results) for number in range(WALK_INS)]
    nameless = visit.sent.one("nameless")
    nameless_error = ""
    if nameless:
        row = await bulk.one_act(
            visit, CheckInAnonymous, "nameless", _ids(visit), gettext("Without a name"), count=nameless, at=at
        )
        rows.append(row)
        results.append(_result(row, nameless))
        if row.problem is None:
            nameless = ""
        else:
            nameless_error = gettext("Enter a number from 1 to 500") if row.problem.errors else row.problem.title
    last = bulk.last(rows)
    if last is not None:
        await visit.wait_for(last)
    return await _sheet_page(visit, lines, results, nameless=nameless, nameless_error=nameless_error)


async def _line(visit: Visit, number: int, at: dt.datetime | None, rows: list[Row], results: list[Result]) -> Typed:
    """One line for a walk-in: found by what was typed, or asked about; what was written down leaves an empty line."""
    line = Typed(number=number, typed=visit.sent.one(f"line-{number}"), chosen=visit.sent.one(f"chosen-{number}"))
    if not line.typed:
        return line
    if not line.chosen:
        looked = await look_for(visit, line.typed)
        if looked.found is None:
            line.error = looked.problem.title if looked.problem else looked.error or looked.errors[0][1]
            return line
        line.found = looked.found.people
        if not line.found:
            line.error = gettext("Nobody is known by this: enter them as new, or count them without a name")
            return line
        if looked.sought.reference is None:  # who is meant by a name is chosen, and never guessed
            line.error = gettext("Choose who it is")
            return line
        line.chosen = line.found[0].shown.row.person
    key = f"came-{line.chosen}"
    row = await bulk.one_act(visit, RecordAttended, key, _ids(visit), line.typed, person=line.chosen, at=at)
    rows.append(row)
    results.append(_result(row, gettext("Came")))
    if row.problem is None:
        return Typed(number=number)
    line.error = row.problem.title
    return line


def _name(who: Any) -> str:  # noqa: ANN401 - a person as a list names them, or nobody
    parts = (who.given_name or who.nickname, who.family_name, who.reference) if who else ()
    return " ".join(part for part in parts if part) or gettext("Name not known")


def _result(row: Row, wanted: str) -> Result:
    problem = row.problem
    why = "" if problem is None else problem.rule or problem.detail or problem.title
    return Result(name=str(row.about), wanted=wanted, done=problem is None, why=why)


SCREENS: Final[tuple[AnyScreen, ...]] = (
    screen(f"{DAY}/close", close_form, act=close),
    screen(f"{DAY}/sheet", sheet_form, act=sheet),
)
