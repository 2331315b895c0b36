"""The languages that the hub speaks: `gettext` answers in the language of whoever is being answered.

with speaking("pl"):
    gettext("Housing")  # "Mieszkanie"
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final

SOURCE: Final = "en"
_LANGUAGE: ContextVar[str] = ContextVar("language", default=SOURCE)


def N_(message: str) -> str:  # noqa: N802 - the name that extraction knows
    """Marks a text to be translated where it is shown, not where it stands."""
    return message


def language() -> str:
    """The language in which is being answered."""
    return _LANGUAGE.get()


@contextmanager
def speaking(language: str) -> Iterator[None]:
    """Answer in this language."""
    token = _LANGUAGE.set(language)
    try:
        yield
    finally:
        _LANGUAGE.reset(token)


def gettext(message: str) -> str:
    """The text in the language that is being spoken."""
    return message


def ngettext(singular: str, plural: str, count: int) -> str:
    """The text for so many."""
    return singular if count == 1 else plural
