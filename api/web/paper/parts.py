"""What several documents have in common: the hub's next session, whom to phone, what a step is called."""

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Final

import msgspec

from api.web import wording
from api.web.paper.known import Around, Known
from api.web.translating import N_, checked, gettext, language
from application.views.episodes import EncounterRow
from application.views.hub_day import SessionRow
from domain.calendar import civil_date
from domain.engagement.ladder import Step
from domain.ids import AgencyId

COLOURS: Final[Mapping[str, str]] = {
    "green": N_("Green ticket"),
    "yellow": N_("Yellow ticket"),
    "amber": N_("Amber ticket"),
    "orange": N_("Orange ticket"),
    "red": N_("Red ticket"),
    "blue": N_("Blue ticket"),
    "white": N_("White ticket"),
}
"""The colours that ladders use. What a colour means differs by place, so the meaning is always said beside it."""


class Sheet(msgspec.Struct, frozen=True, kw_only=True):
    """What stands on every document: its language, whether a translator checked it, the day, the person's reference."""

    language: str
    checked: bool
    made_on: str
    reference: str | None = None


class Visit(msgspec.Struct, frozen=True, kw_only=True):
    """A hub session to come to: where, when, who will be there, and what for."""

    venue: str | None
    place: str
    day: str
    starts: str
    ends: str
    agencies: tuple[str, ...]
    needs: tuple[str, ...]
    invited: bool = False


class Phone(msgspec.Struct, frozen=True, kw_only=True):
    """Whom to phone; the number where one is known."""

    name: str
    number: str | None


class StepWords(msgspec.Struct, frozen=True, kw_only=True):
    """A step of a ladder as a person reads it: `colour` is known for the looks, the words always say it too."""

    name: str
    meaning: str
    colour: str | None = None
    text: str | None = None
    text_language: str | None = None


def on(at: dt.datetime) -> str:
    """The day of a moment, where the hub is."""
    return wording.day(civil_date(at))


def born_words(born: object) -> str | None:
    """A date of birth, written out where it is a whole date."""
    if not isinstance(born, str):
        return None
    try:
        return wording.day(dt.date.fromisoformat(born))
    except ValueError:
        return born


def sheet(around: Around, reference: str | None = None) -> Sheet:
    """The head of a document, in the language that is being spoken."""
    one = language()
    return Sheet(language=one, checked=checked(one), made_on=wording.day(around.today), reference=reference)


def visit(around: Around, session: SessionRow | None, *, invited: bool = False) -> Visit | None:
    """A session in words; those who confirmed stand for those who are expected once anybody has."""
    if session is None:
        return None
    there = session.confirmed or session.expected
    needs = dict.fromkeys(need for agency in there for need in around.needs.get(agency, ()))
    return Visit(
        venue=session.venue,
        place=session.place,
        day=wording.weekday(session.on),
        starts=wording.time(session.starts),
        ends=wording.time(session.ends),
        agencies=tuple(around.name(agency) for agency in there),
        needs=tuple(wording.label("need", need) for need in needs),
        invited=invited,
    )


def visit_of(known: Known) -> Visit | None:
    """The session for a person: the one they are invited to, else the next where they may be."""
    session = known.session
    return visit(known.around, session, invited=session is not None and session.session == known.invited_to)


def phone(around: Around, agency: AgencyId | None) -> Phone | None:
    """An agency and its public number."""
    return None if agency is None else Phone(name=around.name(agency), number=around.phone(agency))


def phones(around: Around, *agencies: AgencyId | None) -> tuple[Phone, ...]:
    """Whom to phone, each once, and the hub last."""
    hub = around.hub.agency if around.hub else None
    wanted = dict.fromkeys(one for one in (*agencies, hub) if one is not None)
    return tuple(Phone(name=around.name(one), number=around.phone(one)) for one in wanted)


def step_words(step: Step) -> StepWords:
    """A step in words. Its own text is said in the language that is spoken; else in English, where there is one."""
    texts = {one.language.partition("-")[0]: one.text for one in step.texts}
    spoken = language() if language() in texts else "en" if "en" in texts else None
    kind = step.instrument
    named = COLOURS.get((step.colour or "").lower())
    return StepWords(
        name=gettext(named) if named else wording.label("instrument-kind", kind) if kind else step.label,
        meaning=wording.label("instrument-kind", kind) if kind else wording.label("step-meaning", step.meaning),
        colour=step.colour.lower() if named and step.colour else None,
        text=texts.get(spoken) if spoken else None,
        text_language=spoken,
    )


def encounters_in_words(encounters: Iterable[EncounterRow]) -> tuple[str, ...]:
    """What was seen and when, without where or by whom: enough to know what is spoken of."""
    return tuple(
        gettext("{what}, on {day}").format(
            what=wording.label("asb-type", one.asb_type) if one.asb_type else wording.label("encounter-kind", one.kind),
            day=wording.moment(one.happened),
        )
        for one in sorted(encounters, key=lambda one: one.happened)
    )
