"""The languages that the hub speaks: `gettext` answers in the language of whoever is being answered.

    with speaking("pl"):
        gettext("Housing")  # "Mieszkanie"

Catalogues are read from `locale/<language>/LC_MESSAGES/messages.po`; what a catalogue lacks is said in English. A
catalogue whose header names no `X-Checked-By` was not yet read by a translator, and what is printed says so.
"""

import gettext as catalogues
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from typing import Final

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

SOURCE: Final = "en"
LANGUAGES: Final[Mapping[str, str]] = {"en": "English", "pl": "Polski", "lt": "Lietuvių", "ro": "Română"}
"""The languages of the hub, each by its own name."""
LOCALE: Final = Path(__file__).parent / "locale"

_LANGUAGE: ContextVar[str] = ContextVar("language", default=SOURCE)


def N_(message: str) -> str:  # noqa: N802 - the name that extraction knows
    """Marks a text to be translated where it is shown, not where it stands."""
    return message


def language() -> str:
    """The language in which is being answered."""
    return _LANGUAGE.get()


@contextmanager
def speaking(language: str) -> Iterator[None]:
    """Answer in this language, which is one of ours."""
    assert language in LANGUAGES
    token = _LANGUAGE.set(language)
    try:
        yield
    finally:
        _LANGUAGE.reset(token)


def gettext(message: str) -> str:
    """The text in the language that is being spoken."""
    return translations(language()).gettext(message) if message else ""


def ngettext(singular: str, plural: str, count: int) -> str:
    """The text for so many, by the plural forms of the language."""
    return translations(language()).ngettext(singular, plural, count)


@lru_cache(len(LANGUAGES))
def translations(language: str) -> catalogues.NullTranslations:
    """The catalogue of a language; English needs none."""
    if language == SOURCE:
        return catalogues.NullTranslations()
    with (LOCALE / language / "LC_MESSAGES" / "messages.po").open("rb") as file:
        catalogue = read_po(file, locale=language)
    compiled = BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return catalogues.GNUTranslations(compiled)


@lru_cache(len(LANGUAGES))
def checked(language: str) -> bool:
    """Whether a translator has read the catalogue of a language."""
    if language == SOURCE:
        return True
    header, _, _ = (LOCALE / language / "LC_MESSAGES" / "messages.po").read_text(encoding="utf-8").partition("\n\n")
    return re.search(r'^"X-Checked-By: *[^\s\\"]', header, re.MULTILINE) is not None


def spoken(by: tuple[str, ...]) -> str:
    """Of the languages that somebody knows, the first that is one of ours; English where none is."""
    return next((one for known in by if (one := known.partition("-")[0]) in LANGUAGES), SOURCE)
