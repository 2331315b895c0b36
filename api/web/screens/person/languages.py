"""Languages as people choose them: the usual ones to tick, every other by its name."""

from collections.abc import Iterable
from typing import Final

from babel import Locale

from api.web import wording
from api.web.forms import Options, Sent
from api.web.translating import gettext as _

USUAL: Final = ("en", "pl", "lt", "ro", "lv", "bg", "pt", "ru", "uk", "ar", "ku", "bfi")
"""Those that are met most, British Sign Language among them."""
OTHER: Final = "_other"
_LETTERS: Final = 2


def spoken(code: str) -> str:
    """What a language is called."""
    return _("British Sign Language") if code == "bfi" else wording.language_name(code)


def usual(known: Iterable[str] = ()) -> Options:
    """The usual languages, and what is known besides."""
    codes = dict.fromkeys((*USUAL, *known))
    return [(code, spoken(code)) for code in codes]


def others() -> Options:
    """Every other language that has a name."""
    names = Locale.parse(wording.locale()).languages
    found = [(code, name) for code, name in names.items() if len(code) == _LETTERS and code not in USUAL]
    return sorted(((code, name[:1].upper() + name[1:]) for code, name in found), key=lambda one: one[1].casefold())


def chosen(sent: Sent, name: str) -> tuple[str, ...]:
    """The languages that were ticked, and the other one."""
    return tuple(dict.fromkeys((*sent.many(name), *sent.many(name + OTHER))))
