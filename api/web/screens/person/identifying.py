"""Saying who somebody is who was entered provisionally: looked for first, then one of those found, or named here."""

from collections.abc import Sequence
from typing import Any, Final

import msgspec

from api.endpoints import position_of
from api.problems import Problem, ProblemError
from api.serving import Answer
from api.v1.searching import SearchBody, look
from api.web import forms
from api.web.forms import Field
from api.web.routes import AnyScreen, screen
from api.web.stale import tag_of
from api.web.translating import N_
from api.web.translating import gettext as _
from api.web.visit import Visit
from application.deciding import Decided
from application.ports import CommandReused
from application.revealing import Shown
from application.views.people import PersonRow
from domain.ids import PersonId
from domain.people.merging import ProposeMerge
from domain.people.registering import IdentifyPerson
from domain.people.search import RecognisePerson
from domain.refusals import NotPermitted, Refusal, Unknown

SAME: Final = "same"
SEARCH: Final = "search"
ANSWER: Final = "answer"
REASON: Final = "reason"
NOT_ASKED: Final = (SEARCH, ANSWER, "unsure", "age_as_of")
ENOUGH: Final = N_("Enter a reference, a full name with a date or year of birth, or one name with a date of birth")


class Match(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who was found, and by what."""

    shown: Shown[PersonRow]
    why: tuple[str, ...]


async def show(visit: Visit) -> Answer:
    """The search, before anything is said of who it is."""
    return await _page(visit, forms.fields_of(SearchBody))


async def act(visit: Visit) -> Answer:
    """Look for somebody; say that it is one of those found; or say who it is."""
    if SAME in visit.sent:
        return await _the_same(visit)
    if visit.sent.one(SEARCH):
        return await _identified(visit)
    filled = forms.fill(SearchBody, visit.sent)
    body = filled.body
    if body is None:
        return await _page(visit, filled.fields, errors=filled.errors, status=422)
    assert isinstance(body, SearchBody)
    if not _enough(body):
        return await _page(visit, filled.fields, errors=(("reference", _(ENOUGH)),), status=422)
    if body.reference:
        body = msgspec.structs.replace(body, reference=body.reference.upper())
    found = await look(visit.hub, visit.viewer, body, visit.call)
    others = [one for one in found.people if one.row.person != visit.ids["person"]]
    matches = tuple(Match(shown=one, why=why(body, one.row)) for one in others)
    asked = {name: value for name, value in msgspec.structs.asdict(body).items() if value is not None}
    named = forms.fields_of(_body(visit), IdentifyPerson, left_out=NOT_ASKED, known=await _known(visit) | asked)
    return await _page(visit, filled.fields, search=found.search, matches=matches, found=len(others), named=named)


def why(asked: SearchBody, row: PersonRow) -> tuple[str, ...]:
    """By what somebody was found, as far as their entry shows it to the viewer."""
    if asked.reference and asked.reference == row.reference:
        return (_("The same reference"),)
    said: list[str] = []
    if _alike(asked.given_name, row.given_name) and _alike(asked.family_name, row.family_name):
        said.append(_("The same name"))
    elif _alike(asked.nickname, row.nickname):
        said.append(_("The same nickname"))
    else:
        said.append(_("A name that they are also known by"))
    born = row.born if isinstance(row.born, str) else ""
    if asked.born and asked.born.isoformat() == born:
        said.append(_("the same date of birth"))
    elif asked.born or asked.born_in:
        said.append(_("the same year of birth"))
    return tuple(said)


def _alike(asked: str | None, known: object) -> bool:
    return bool(asked) and isinstance(known, str) and str(asked).casefold().split() == known.casefold().split()


def _enough(body: SearchBody) -> bool:
    full = (body.born or body.born_in) and body.given_name and body.family_name
    return bool(body.reference or full or (body.born and body.nickname))


def _body(visit: Visit) -> type[msgspec.Struct]:
    return visit.write_for(IdentifyPerson).body


async def _known(visit: Visit) -> dict[str, Any]:
    row = (await visit.hub.reading.person(visit.viewer, PersonId(visit.ids["person"]))).shown.row
    return {name: getattr(row, name) for name in _body(visit).__struct_fields__ if hasattr(row, name)}


async def _the_same(visit: Visit) -> Answer:
    """Propose that the record found goes on for both. Whoever chose it, recognised the person in it: one act."""
    same, mine = visit.sent.one(SAME), visit.ids["person"]
    key = visit.key_of_act("who")
    try:
        decided = await visit.done_before(key)
        if decided is None:
            decided = await _proposed(visit, PersonId(same), mine, key)
    except msgspec.ValidationError:
        missing = _("Enter what makes you think so")
        return await _page(visit, forms.fields_of(SearchBody), errors=(("", missing),), status=422)
    except (Refusal, ProblemError, CommandReused) as error:
        if isinstance(error, Unknown):
            raise
        problem = await visit.problem(error)
        return await _page(visit, forms.fields_of(SearchBody), problem=problem, status=problem.status)
    return visit.go(f"/people/{mine}", decided=decided, done=_("Proposed. Another worker decides whether it is them"))


async def _proposed(visit: Visit, same: PersonId, mine: str, key: Any) -> Decided:  # noqa: ANN401 - of the act, or none
    parts = []
    try:
        await visit.hub.reading.person(visit.viewer, same)
    except (Unknown, NotPermitted):
        recognised = msgspec.convert(
            {SEARCH: visit.sent.one(SEARCH)}, visit.write_for(RecognisePerson).body, strict=False
        )
        parts.append(visit.meant(RecognisePerson, recognised, {"person": same}))
    values = {"person": same, "other": mine, REASON: visit.sent.one(REASON)}
    proposed = msgspec.convert(values, visit.write_for(ProposeMerge).body, strict=False)
    return await visit.decide_all((*parts, visit.meant(ProposeMerge, proposed, {})), key)


async def _identified(visit: Visit) -> Answer:
    """Say who it is, after a search that found nobody else, or not them."""
    search = visit.sent.one(SEARCH)
    found = int(visit.sent.one("found") or 0) if visit.sent.one("found").isdecimal() else 0
    answer = visit.sent.one(ANSWER) if found else "nobody-found"
    filled = visit.fill(IdentifyPerson, given={SEARCH: search, ANSWER: answer or None, "age_as_of": None})
    errors, problem = list(filled.errors), None
    if found and not answer:
        errors.insert(0, (ANSWER, _("Select whether it is one of those who were found")))
    if filled.body is not None and not errors:
        try:
            decided = await visit.decide(IdentifyPerson, filled.body)
        except (Refusal, ProblemError, CommandReused) as error:
            if isinstance(error, Unknown):
                raise
            problem = await visit.problem(error)
        else:
            return visit.go(f"/people/{visit.ids['person']}", decided=decided, done=_("It is on record who this is"))
    return await _page(
        visit,
        forms.fields_of(SearchBody),
        search=search,
        found=found,
        answer=answer,
        named=filled.fields,
        errors=errors,
        problem=problem,
        status=422 if problem is None else problem.status,
    )


async def _page(
    visit: Visit,
    fields: Sequence[Field],
    *,
    search: str = "",
    matches: Sequence[Match] = (),
    found: int = 0,
    answer: str = "",
    named: Sequence[Field] = (),
    errors: Sequence[tuple[str, str]] = (),
    problem: Problem | None = None,
    status: int = 200,
) -> Answer:
    seen = await visit.hub.reading.person(visit.viewer, PersonId(visit.ids["person"]))
    return await visit.page(
        "person/who.html",
        section="home",
        status=status,
        subject=seen.shown,
        here=f"/people/{visit.ids['person']}",
        fields=fields,
        search=search,
        matches=matches,
        found=found,
        answer=answer,
        named=named,
        errors=errors,
        problem=problem,
        read_at=tag_of(position_of(seen)),
        kept_key=visit.sent.one("form_key") if problem is not None else "",
    )


SCREENS: Final[tuple[AnyScreen, ...]] = (screen("/people/{person}/who", show, act=act),)
