"""Somebody is entered in the register: after a search, with what was searched for carried along, or without a name."""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec

from api.problems import Problem, ProblemError
from api.serving import Answer
from api.web import forms, languages
from api.web.forms import Field
from api.web.routes import AnyScreen, screen
from api.web.translating import gettext as _
from api.web.visit import Visit
from application.ports import CommandReused
from domain.calendar import civil_date
from domain.codes import age_band
from domain.ids import PersonId
from domain.people.registering import RegisterPerson
from domain.refusals import NotPermitted, Refusal, Unknown

BEGIN: Final = "begin"
SEARCH: Final = "search"
ANSWER: Final = "answer"
FIRST: Final = ("given_name", "family_name", "nickname", "born", "age_band", "identity")
MORE: Final = ("sex", "description", "where_found", "phone", "email", "address", "no_fixed_abode", "has_income")
ON_THE_STREET: Final = ("no-name-given", "no-signal")
NOT_ASKED: Final = ("synthetic", "age_as_of", "unsure")


async def show(visit: Visit) -> Answer:
    """The page for somebody who gives no name: nobody else is entered without a search."""
    await _may_enter(visit)
    return await _page(visit, _fields(visit, {"provisional": "no-name-given", "identity": "unknown"}), "", "")


async def act(visit: Visit) -> Answer:
    """Begin with what was searched for, or enter the person."""
    await _may_enter(visit)
    sent = visit.sent
    search, answer = sent.one(SEARCH), sent.one(ANSWER)
    if BEGIN in sent:
        return await _page(visit, _fields(visit, _searched_for(visit)), search, answer)
    given: dict[str, Any] = {
        "understands": languages.chosen(sent, "understands"),
        "synthetic": False,
        "age_as_of": None,
    }
    if search:
        given |= {SEARCH: search, ANSWER: answer or None, "provisional": None}
    else:
        given |= {SEARCH: None, ANSWER: None}
    filled = visit.fill(RegisterPerson, given=given)
    if filled.body is None:
        return await _page(visit, filled.fields, search, answer, errors=filled.errors, status=422)
    if (
        sent.one("provisional") == "no-name-given"
        and not search
        and (sent.one("given_name") or sent.one("family_name"))
    ):
        named = next(one for one in filled.fields if one.name == "given_name")
        named.error = _("Look for somebody who has a name first, or leave the name out")
        return await _page(visit, filled.fields, search, answer, errors=((named.id, named.error),), status=422)
    try:
        decided = await visit.decide(RegisterPerson, filled.body)
    except (Refusal, ProblemError, CommandReused) as error:
        if isinstance(error, Unknown):
            raise
        problem = await visit.problem(error)
        return await _page(visit, filled.fields, search, answer, problem=problem, status=problem.status)
    person = PersonId(msgspec.json.decode(decided.result)["person"])
    return visit.go(f"/people/{person}", decided=decided, done=_("The person is in the register"))


async def _may_enter(visit: Visit) -> None:
    if not await visit.may("write", "register"):
        raise NotPermitted(role=visit.viewer.role, category="register", action="write")


def _fields(visit: Visit, known: Mapping[str, Any]) -> tuple[Field, ...]:
    body = visit.write_for(RegisterPerson).body
    return forms.fields_of(body, RegisterPerson, left_out=(*NOT_ASKED, SEARCH, ANSWER, "understands"), known=known)


def _searched_for(visit: Visit) -> dict[str, Any]:
    """What was looked for is typed once: of a year of birth alone an age is made."""
    sent = visit.sent
    known: dict[str, Any] = {name: sent.one(name) for name in ("given_name", "family_name", "nickname", "born")}
    year = sent.one("born_in")
    if year.isdigit() and len(year) == len("1985"):
        known["age_band"] = age_band(dt.date(int(year), 7, 1), civil_date(visit.hub.clock.now()))
    return {name: value for name, value in known.items() if value}


async def _page(
    visit: Visit,
    fields: Sequence[Field],
    search: str,
    answer: str,
    *,
    errors: Sequence[tuple[str, str]] = (),
    problem: Problem | None = None,
    status: int = 200,
) -> Answer:
    by_name = {one.name: one for one in fields}
    chosen = languages.chosen(visit.sent, "understands")
    if "provisional" in by_name:
        reasons = by_name["provisional"]
        reasons.required = True
        reasons.options = [one for one in reasons.options if one[0] in ON_THE_STREET]
    by_name["needs_interpreter"].label = _("Does the person need an interpreter?")
    return await visit.page(
        "person/new.html",
        section="home",
        status=status,
        first=[by_name[name] for name in FIRST],
        more=[by_name[name] for name in MORE],
        more_open=any(by_name[name].typed or by_name[name].error for name in MORE),
        interpreter=by_name["needs_interpreter"],
        at=by_name["at"],
        provisional=None if search else by_name.get("provisional"),
        tongues=languages.usual(chosen),
        others=languages.others(),
        chosen=chosen,
        search=search,
        answer=answer,
        errors=errors,
        problem=problem,
        kept_key=visit.sent.one("form_key") if status != 200 else "",  # noqa: PLR2004
    )


SCREENS: Final[tuple[AnyScreen, ...]] = (screen("/people/new", show, act=act),)
