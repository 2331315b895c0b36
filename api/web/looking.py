"""Looking for somebody, on every page that does: what was typed, who was found, or what is to be mended."""

import datetime as dt
from typing import Any, Final

import msgspec

from api.problems import Headers, Problem, problem_of
from api.v1.searching import SearchResult, look
from api.web import forms, typed_search
from api.web.justifying import WHY, take_why
from api.web.translating import gettext as _
from api.web.visit import Visit
from application.finding.asking import Sought
from domain.calendar import civil_date
from domain.codes import age_band
from domain.governance.partnership import JustificationMissing
from domain.ids import PersonId
from domain.people.search import SearchAnswer, SearchTooWide
from domain.people.trawling import SearchLimitReached

TYPED: Final = "typed"
SEARCH: Final = "search"
SHOWN: Final = "shown"
UNSURE: Final = "unsure"
AS_TYPED: Final = ("given_name", "family_name", "nickname", "born", "age_band", "phone", "email")


class Looked(msgspec.Struct, kw_only=True):
    """What became of a look: people found, or errors at fields, or a refusal."""

    sought: Sought
    typed: str = ""
    fields: tuple[forms.Field, ...] = ()
    found: SearchResult | None = None
    errors: tuple[tuple[str, str], ...] = ()
    problem: Problem | None = None
    headers: Headers = []

    @property
    def error(self) -> str:
        """What is wrong with the box."""
        return dict(self.errors).get(TYPED, "")


def read_box(visit: Visit, typed: str) -> Sought:
    """What somebody typed into a box."""
    return typed_search.read(typed, civil_date(visit.hub.clock.now()))


async def look_for(visit: Visit, typed: str | None = None) -> Looked:
    """Look for whom the box, or the fields, of this form say; or for what was `typed` elsewhere.

    Raises: NotPermitted, Unknown, ProblemError (503).
    """
    text = visit.sent.one(TYPED) if typed is None else typed
    take_why(visit)
    if text or TYPED in visit.sent or typed is not None:
        sought = read_box(visit, text)
        looked = Looked(sought=sought, typed=text, fields=fields_of(sought))
    else:
        filled = forms.fill(Sought, visit.sent, Sought)
        looked = Looked(sought=Sought(), fields=filled.fields, errors=filled.errors)
        if filled.body is None:
            return looked
        assert isinstance(filled.body, Sought)
        looked.sought = filled.body
    if not looked.sought.keys:
        looked.errors = ((TYPED, _("Enter what you know of the person")),)
        return looked
    try:
        looked.found = await look(visit.hub, visit.viewer, looked.sought, visit.call)
    except SearchTooWide:
        looked.errors = ((TYPED, too_wide(looked.sought)),)
    except JustificationMissing:
        looked.errors = ((WHY, _("Enter why you look for this person")),)
    except SearchLimitReached as error:
        looked.problem, looked.headers = problem_of(error, visit.call.request_id)
    return looked


def too_wide(sought: Sought) -> str:
    """What to add to what was typed."""
    if sought.born or sought.born_in or sought.age_band:
        return _("Add a name, a nickname, a postcode or where the person was seen")
    return _("Add something that you know: another name, a date or year of birth, an age, or where they were seen")


def fields_of(sought: Sought) -> tuple[forms.Field, ...]:
    """The search field by field, with what is known."""
    return forms.fields_of(Sought, Sought, known=msgspec.structs.asdict(sought))


async def asks_why(visit: Visit) -> bool:
    """Whether whoever searches types why: then the field is there from the first."""
    return "search" in (await visit.partnership()).justified


def answer_of(visit: Visit) -> dict[str, Any]:
    """What the form says of those shown, as a command takes it: who is not ticked is somebody else."""
    return {"search": visit.sent.one(SEARCH) or None, **said_of_shown(visit, shown=bool(visit.sent.one(SHOWN)))}


def said_of_shown(visit: Visit, *, shown: bool) -> dict[str, Any]:
    """The answer for those shown, if anybody was: whoever is ticked may be the person, everybody else is not."""
    unsure = tuple(PersonId(one) for one in visit.sent.many(UNSURE))
    answer: SearchAnswer = "unsure" if unsure else "none-of-these" if shown else "nobody-found"
    return {"answer": answer, "unsure": unsure}


def known_of(sought: Sought, today: dt.date) -> dict[str, Any]:
    """What was typed to find somebody, as their entry takes it: nobody types it twice.

    Of several names the last is the family name; of a year of birth alone an age is made.
    """
    known = {name: getattr(sought, name) for name in AS_TYPED}
    words = sought.name.split() if sought.name else []
    if words and known["given_name"] is None and known["family_name"] is None:
        known["given_name"] = " ".join(words[:-1]) or words[0]
        known["family_name"] = words[-1] if len(words) > 1 else None
    if sought.born_in is not None and sought.age_band is None:
        known["age_band"] = age_band(dt.date(sought.born_in, 7, 1), today)
    known |= {"address": sought.postcode, "where_found": sought.place}
    return {name: value for name, value in known.items() if value is not None}
