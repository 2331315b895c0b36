"""Languages as people choose them: the usual ones to tick, every other by its name, and any by its code."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Final, get_args

import msgspec
from babel import Locale

from api.web import wording
from api.web.translating import gettext as _
from domain.people.circumstances import Language

if TYPE_CHECKING:
    from api.web.forms import Options, Sent

USUAL: Final = ("en", "pl", "lt", "ro", "lv", "bg", "pt", "ru", "uk", "ar", "ku", "bfi")
"""Those that are met most, British Sign Language among them."""
OTHER: Final = "_other"
CODE: Final = "_code"
PATTERN: Final = next(one.pattern for one in get_args(Language) if isinstance(one, msgspec.Meta))
"""How a code is written."""
_LETTERS: Final = 2


def spoken(code: str) -> str:
    """What a language is called."""
    return _("British Sign Language") if code == "bfi" else wording.language_name(code)


def usual(known: Iterable[str] = ()) -> "Options":
    """The usual languages, and what is known besides."""
    codes = dict.fromkeys((*USUAL, *known))
    return [(code, spoken(code)) for code in codes]


def others() -> "Options":
    """Every other language that has a name."""
    names = Locale.parse(wording.locale()).languages
    found = [(code, name) for code, name in names.items() if len(code) == _LETTERS and code not in USUAL]
    return sorted(((code, name[:1].upper() + name[1:]) for code, name in found), key=lambda one: one[1].casefold())


def is_code(written: str) -> bool:
    """Whether something is written as the code of a language."""
    try:
        msgspec.convert(written, Language)
    except msgspec.ValidationError:
        return False
    return True


def chosen(sent: "Sent", name: str) -> tuple[str, ...]:
    """The languages that were ticked, the other one, and the one that was given by its code."""
    by_code = (code for code in sent.many(name + CODE) if is_code(code))
    return tuple(dict.fromkeys((*sent.many(name), *sent.many(name + OTHER), *by_code)))


def unreadable(sent: "Sent", name: str) -> str:
    """What was typed as a code and is none: it stays where it was typed."""
    return "" if is_code(sent.one(name + CODE)) else sent.one(name + CODE)
