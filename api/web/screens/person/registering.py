"""Somebody is entered in the register: after a search, with what was searched for carried along, or without a name."""

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from api.problems import Problem
from api.serving import Answer
from api.web import forms, languages
from api.web.forms import Field, Form
from api.web.looking import SHOWN, answer_of
from api.web.routes import AnyScreen, screen
from api.web.translating import gettext as _
from api.web.visit import Visit
from domain.ids import PersonId
from domain.people.registering import RegisterPerson
from domain.refusals import NotPermitted

BEGIN: Final = "begin"
FIRST: Final = ("given_name", "family_name", "nickname", "born", "age_band", "identity")
MORE: Final = ("sex", "description", "where_found", "phone", "email", "address", "no_fixed_abode", "has_income")
ON_THE_STREET: Final = ("no-name-given", "no-signal")
LEFT_OUT: Final = ("synthetic", "age_as_of", "search", "answer", "unsure", "understands")
NOT_LOOKED: Final[Mapping[str, Any]] = {"search": None, "answer": None, "unsure": ()}


async def show(visit: Visit) -> Answer:
    """The page for somebody who gives no name: nobody else is entered without a search."""
    await _may_enter(visit)
    known = {"provisional": "no-name-given", "identity": "unknown"}
    return await _page(visit, Form(_fields(visit, known)), NOT_LOOKED)


async def act(visit: Visit) -> Answer:
    """Begin with what was searched for, or enter the person."""
    await _may_enter(visit)
    sent = visit.sent
    answered = answer_of(visit)
    search = answered["search"]
    if BEGIN in sent:
        return await _page(visit, Form(_fields(visit, known=None)), answered)
    given: dict[str, Any] = {
        "understands": languages.chosen(sent, "understands"),
        "synthetic": False,
        "age_as_of": None,
    }
    given |= {**answered, "provisional": None} if search else NOT_LOOKED
    filled = visit.fill(RegisterPerson, given=given)
    if filled.body is None:
        return await _page(visit, Form(filled.fields, filled.errors), answered)
    if (
        sent.one("provisional") == "no-name-given"
        and not search
        and (sent.one("given_name") or sent.one("family_name"))
    ):
        named = next(one for one in filled.fields if one.name == "given_name")
        named.error = _("Look for somebody who has a name first, or leave the name out")
        return await _page(visit, Form(filled.fields, ((named.id, named.error),)), answered)
    done = await visit.tried(visit.decide(RegisterPerson, filled.body))
    if isinstance(done, Problem):
        return await _page(visit, Form(filled.fields, problem=done), answered)
    person = PersonId(msgspec.json.decode(done.result)["person"])
    return visit.go(f"/people/{person}", decided=done, done=_("The person is in the register"))


async def _may_enter(visit: Visit) -> None:
    if not await visit.may("write", "register"):
        raise NotPermitted(role=visit.viewer.role, category="register", action="write")


def _fields(visit: Visit, known: Mapping[str, Any] | None) -> tuple[Field, ...]:
    """The form with what is known, or with what was typed to find somebody."""
    body = visit.write_for(RegisterPerson).body
    sent = visit.sent if known is None else None
    return forms.fields_of(body, RegisterPerson, left_out=LEFT_OUT, known=known, sent=sent)


async def _page(visit: Visit, form: Form, answered: Mapping[str, Any]) -> Answer:
    by_name = {one.name: one for one in form.fields}
    chosen = languages.chosen(visit.sent, "understands")
    if "provisional" in by_name:
        reasons = by_name["provisional"]
        reasons.required = True
        reasons.options = [one for one in reasons.options if one[0] in ON_THE_STREET]
    by_name["needs_interpreter"].label = _("Does the person need an interpreter?")
    return await visit.page(
        "person/new.html",
        section="home",
        form=form,
        first=[by_name[name] for name in FIRST],
        more=[by_name[name] for name in MORE],
        more_open=any(by_name[name].typed or by_name[name].error for name in MORE),
        interpreter=by_name["needs_interpreter"],
        at=by_name["at"],
        provisional=None if answered["search"] else by_name.get("provisional"),
        tongues=languages.usual(chosen),
        others=languages.others(),
        chosen=chosen,
        answered=answered,
        shown=visit.sent.one(SHOWN),
        kept_key=visit.sent.one("form_key") if form.errors or form.problem else "",
    )


SCREENS: Final[tuple[AnyScreen, ...]] = (screen("/people/new", show, act=act),)
