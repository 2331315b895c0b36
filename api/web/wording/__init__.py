"""What the hub's codes, fields, commands and facts are called, in the language that is being spoken.

label("need", "housing")                    "Housing"; the list may also be the type of the field
field("note", DeclineReferral)              label and hint of a field
act(AcceptReferral)                         the text of its button and the heading of its page
said("ticket-issued", fields, names)        one sentence for a timeline
"""

import datetime as dt
import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final, Literal, get_args, get_origin, get_type_hints

import msgspec
from babel import Locale, UnknownLocaleError, dates

from api.web.frame_words import partnership_words
from api.web.translating import gettext, language
from api.web.wording.acts import ACTS
from api.web.wording.codes import CODES
from api.web.wording.fields import EACH, FIELDS, OF_FACTS
from api.web.wording.said import SAID
from domain.calendar import LONDON
from domain.facts import CATALOGUE, Command
from domain.ids import PartnershipId

_BLANK: Final = re.compile(r"\{(\w+)\}")


def blanks_of(sentence: str) -> list[str]:
    """The fields that a sentence names."""
    return _BLANK.findall(sentence)


class Field(msgspec.Struct, frozen=True):
    """What a field is called, and what helps to fill it in; the hint may be empty."""

    label: str
    hint: str


class Act(msgspec.Struct, frozen=True):
    """What a command is called where it is given."""

    button: str
    heading: str


class Each(msgspec.Struct, frozen=True):
    """What each of several groups of fields is called, and the buttons that add and take away one; with its number."""

    one: str
    add: str
    remove: str
    before: str = ""
    """Where their order matters, the button that adds one before this."""


@lru_cache(1_000)
def code_list(hint: object) -> str | None:
    """The list that a type takes its codes from; None where it takes none from any."""
    codes = set(codes_in(hint))
    if not codes:
        return None
    exact = (name for name, words in CODES.items() if set(words) == codes)
    return next(exact, None) or next((name for name, words in CODES.items() if codes <= set(words)), None)


def codes_in(hint: object) -> tuple[str, ...]:
    """The codes that a type allows, in their order, also those of each one of several."""
    if get_origin(hint) is Literal:
        return get_args(hint)
    return next((codes for part in get_args(hint) if not isinstance(part, str) and (codes := codes_in(part))), ())


def label(of: object, code: str) -> str:
    """The words for a code of a list, which is named or given as a type. What no list has is said as it stands."""
    name = of if isinstance(of, str) else code_list(of)
    words = CODES.get(name or "", {}).get(code)
    return code.replace("-", " ").capitalize() if words is None else gettext(words)


def step_label(step: str) -> str:
    """What a step is called where the ladder cannot be asked: by its colour, or by the instrument of its name."""
    return label("instrument-kind", step)


def labels(of: object) -> dict[str, str]:
    """Each code of a list with its words, in the order of the list; of a type only its own codes."""
    return {code: label(of, code) for code in (CODES[of] if isinstance(of, str) else codes_in(of))}


def field(name: str, command: type | None = None) -> Field:
    """What a field is called, by itself or in a command."""
    own = FIELDS.get(f"{command.__name__}.{name}") if command is not None else None
    said, hint = own or FIELDS.get(name) or (name.replace("_", " ").capitalize(), "")
    return Field(gettext(said), gettext(hint) if hint else "")


def field_of(fact_type: str, name: str) -> str:
    """What a field of a fact is called: as in the command by which it was entered, where that has words of its own."""
    own = FIELDS.get(OF_FACTS.get(f"{fact_type}.{name}", ""))
    return field(name).label if own is None else gettext(own[0])


def each(name: str) -> Each:
    """What each group of a field is called."""
    return Each(*(gettext(words) if words else "" for words in EACH[name]))


def act(command: type[Command] | str) -> Act:
    """What a command is called."""
    button, heading = ACTS[command if isinstance(command, str) else command.__name__]
    return Act(gettext(button), gettext(heading))


def said(fact_type: str, fields: Mapping[str, Any], names: Mapping[str, str]) -> str:
    """One sentence for a fact of which the reader sees these fields. `names` are those known for ids."""
    known = {name for name, value in fields.items() if value is not None}
    sentence = next(one for one in SAID[fact_type] if known.issuperset(blanks_of(one)))
    hints = _hints(fact_type)
    return gettext(sentence).format_map(
        {name: _words(fields[name], hints.get(name), names) for name in blanks_of(sentence)}
    )


def in_words(fact_type: str, name: str, value: object) -> str:
    """The value of a field of a fact, said as its codes are; what has no words is said as it stands."""
    match value:
        case bool():
            return gettext("Yes") if value else gettext("No")
        case list() | tuple():
            return ", ".join(in_words(fact_type, name, one) for one in value)
        case _:
            return _words(value, _hints(fact_type).get(name), {})


@lru_cache(500)
def _hints(fact_type: str) -> Mapping[str, object]:
    hints: dict[str, object] = {}
    for (one, _), cls in sorted(CATALOGUE.items()):
        if one == fact_type:
            hints |= get_type_hints(cls)
    return hints


def _words(value: object, hint: object, names: Mapping[str, str]) -> str:
    match value:
        case str() if value in names:
            return names[value]
        case str() if hint is PartnershipId:
            return partnership_words(value)
        case str() if codes_in(hint):
            return label(hint, value)
        case str() if (read := _moment_of(value, hint)) is not None:
            return _words(read, hint, names)
        case str():
            return value[:1].upper() + value[1:]
        case dt.datetime():
            return moment(value)
        case dt.date():
            return day(value)
        case _:
            return str(value)


def _moment_of(value: str, hint: object) -> dt.date | None:
    """The day or moment that is written as JSON writes it, in a field of that type."""
    for kind in (dt.datetime, dt.date):
        if hint is kind or kind in get_args(hint):
            return kind.fromisoformat(value)
    return None


def day(one: dt.date) -> str:
    """A day, written out: 5 July 2026."""
    return dates.format_date(one, "long", locale=locale())


def weekday(one: dt.date) -> str:
    """A day with its weekday: Wednesday 5 July 2026."""
    return dates.format_date(one, "EEEE d MMMM y" if language() == "en" else "full", locale=locale())


def weekday_name(number: int) -> str:
    """A day of the week, 0 for Monday."""
    name: str = dates.get_day_names("wide", "stand-alone", locale())[number]
    return name


def time(one: dt.datetime) -> str:
    """A time of day where the hub is: 14:05."""
    return dates.format_time(one.astimezone(LONDON), "HH:mm", locale=locale())


def moment(one: dt.datetime) -> str:
    """A day and a time where the hub is: 5 July 2026, 14:05."""
    return f"{day(one.astimezone(LONDON).date())}, {time(one)}"


def locale() -> str:
    """The locale of the language that is being spoken; English is that of this country."""
    return "en_GB" if language() == "en" else language()


def ladder_name(code: str) -> str:
    """What a ladder is called, by its short name: "cambridgeshire-4-step" is Cambridgeshire 4 step."""
    words = code.replace("-", " ")
    return words[:1].upper() + words[1:]


def language_name(code: str) -> str:
    """What a language is called, in the one that is being spoken: "pl" is Polish. An unknown one by its code."""
    try:
        known = Locale.parse(locale())
        return known.languages.get(code.replace("-", "_")) or known.languages.get(code.partition("-")[0]) or code
    except UnknownLocaleError:
        return code
