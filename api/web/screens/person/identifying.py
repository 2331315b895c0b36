"""Saying who somebody is who was entered provisionally: looked for first, then one of those found, or named here."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec

from api.endpoints import position_of
from api.problems import Problem
from api.serving import Answer
from api.web import forms
from api.web.forms import Field
from api.web.justifying import WHY
from api.web.looking import SEARCH, SHOWN, Looked, answer_of, asks_why, fields_of, known_of, look_for
from api.web.routes import AnyScreen, screen
from api.web.stale import tag_of
from api.web.translating import gettext as _
from api.web.visit import Visit
from application.deciding import Decided
from application.finding.asking import Sought
from application.readings.searching import PersonFound
from domain.calendar import civil_date
from domain.ids import PersonId
from domain.people.merging import ProposeMerge
from domain.people.registering import IdentifyPerson
from domain.people.search import RecognisePerson
from domain.refusals import NotPermitted, Unknown

SAME: Final = "same"
REASON: Final = "reason"
NOT_ASKED: Final = ("search", "answer", "unsure", "age_as_of")


async def show(visit: Visit) -> Answer:
    """The search, before anything is said of who it is."""
    return await _page(visit, Looked(sought=Sought(), fields=fields_of(Sought())))


async def act(visit: Visit) -> Answer:
    """Look for somebody; say that it is one of those found; or say who it is."""
    if SAME in visit.sent:
        return await _the_same(visit)
    if visit.sent.one(SEARCH):
        return await _identified(visit)
    looked = await look_for(visit)
    if looked.found is None:
        return await _page(visit, looked)
    others = tuple(one for one in looked.found.people if one.shown.row.person != visit.ids["person"])
    known = await _known(visit) | known_of(looked.sought, civil_date(visit.hub.clock.now()))
    named = forms.fields_of(_body(visit), IdentifyPerson, left_out=NOT_ASKED, known=known)
    answered = {"search": looked.found.search, "answer": None, "unsure": ()}
    return await _page(visit, looked, answered=answered, others=others, shown=bool(others), named=named)


def _body(visit: Visit) -> type[msgspec.Struct]:
    return visit.write_for(IdentifyPerson).body


async def _known(visit: Visit) -> dict[str, Any]:
    row = (await visit.hub.readings.people.person(visit.viewer, PersonId(visit.ids["person"]))).shown.row
    return {name: getattr(row, name) for name in _body(visit).__struct_fields__ if hasattr(row, name)}


async def _the_same(visit: Visit) -> Answer:
    """Propose that the record found goes on for both. Whoever chose it, recognised the person in it: one act."""
    same, mine = visit.sent.one(SAME), visit.ids["person"]
    begun = Looked(sought=Sought(), fields=fields_of(Sought()))
    try:
        done = await visit.tried(_proposed(visit, PersonId(same), mine))
    except msgspec.ValidationError:
        begun.errors = (("", _("Enter what makes you think so")),)
        return await _page(visit, begun)
    if isinstance(done, Problem):
        begun.problem = done
        return await _page(visit, begun)
    return visit.go(f"/people/{mine}", decided=done, done=_("Proposed. Another worker decides whether it is them"))


async def _proposed(visit: Visit, same: PersonId, mine: str) -> Decided:
    key = visit.key_of_act("who")
    before = await visit.done_before(key)
    if before is not None:
        return before
    parts = []
    try:
        await visit.hub.readings.people.person(visit.viewer, same)
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
    answered = answer_of(visit)
    filled = visit.fill(IdentifyPerson, given={**answered, "age_as_of": None})
    looked = Looked(sought=Sought(), fields=fields_of(Sought()), errors=filled.errors)
    if filled.body is not None:
        done = await visit.tried(visit.decide(IdentifyPerson, filled.body))
        if not isinstance(done, Problem):
            return visit.go(f"/people/{visit.ids['person']}", decided=done, done=_("It is on record who this is"))
        looked.problem = done
    return await _page(visit, looked, answered=answered, shown=SHOWN in visit.sent, named=filled.fields)


async def _page(
    visit: Visit,
    looked: Looked,
    *,
    answered: Mapping[str, Any] | None = None,
    others: Sequence[PersonFound] = (),
    shown: bool = False,
    named: Sequence[Field] = (),
) -> Answer:
    seen = await visit.hub.readings.people.person(visit.viewer, PersonId(visit.ids["person"]))
    return await visit.page(
        "person/who.html",
        section="home",
        headers=tuple(looked.headers),
        subject=seen.shown,
        here=f"/people/{visit.ids['person']}",
        looked=looked,
        answered=answered,
        others=others,
        shown=shown,
        named=named,
        agencies=await visit.agencies(),
        errors=looked.errors,
        problem=looked.problem,
        why=await asks_why(visit),
        why_error=dict(looked.errors).get(WHY, ""),
        read_at=tag_of(position_of(seen)),
        kept_key=visit.sent.one("form_key") if looked.problem is not None else "",
    )


SCREENS: Final[tuple[AnyScreen, ...]] = (screen("/people/{person}/who", show, act=act),)
