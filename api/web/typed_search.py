"""The one search box: a reference, or a name with a date or year of birth, however they are typed."""

import datetime as dt
import re
from typing import Final

from api.v1.searching import SearchBody

_REFERENCE: Final = re.compile(r"(?:[A-Z]-)?[0-9A-Z]{3,4}-[0-9A-Z]{4}")
_DATE: Final = re.compile(r"\b(\d{1,2})[ ./-](\d{1,2}|[A-Za-z]{3,9})[ ./-](\d{4})\b")
_ISO: Final = re.compile(r"\b(\d{4})-(\d{2})-(\d{2})\b")
_YEAR: Final = re.compile(r"\b(19\d\d|20\d\d)\b")
_MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
YEAR_MIN: Final = 1850


def read(typed: str) -> SearchBody | None:
    """What somebody typed into the box, as the API's search asks it; None where it is not enough to search by.

    One word beside a date of birth is a nickname; of several the last is the family name.
    """
    text = " ".join(typed.split())
    if _REFERENCE.fullmatch(text.upper()):
        return SearchBody(reference=text.upper())
    born, born_in, rest = _born(text)
    words = rest.replace(",", " ").split()
    if not words or (born is None and born_in is None):
        return None
    if len(words) == 1:
        return SearchBody(nickname=words[0], born=born, born_in=born_in)
    return SearchBody(given_name=" ".join(words[:-1]), family_name=words[-1], born=born, born_in=born_in)


def _born(text: str) -> tuple[dt.date | None, int | None, str]:
    """The date or year of birth in a text, and the text without it."""
    if found := _ISO.search(text):
        day = _day(int(found[1]), int(found[2]), int(found[3]))
        return day, None, text.replace(found[0], " ")
    if found := _DATE.search(text):
        month = int(found[2]) if found[2].isdigit() else _month(found[2])
        day = _day(int(found[3]), month, int(found[1]))
        return day, None, text.replace(found[0], " ")
    if found := _YEAR.search(text):
        return None, int(found[1]), text.replace(found[0], " ")
    return None, None, text


def _month(word: str) -> int:
    start = word[:3].lower()
    return _MONTHS.index(start) + 1 if start in _MONTHS else 0


def _day(year: int, month: int, day: int) -> dt.date | None:
    try:
        return dt.date(year, month, day) if year >= YEAR_MIN else None
    except ValueError:
        return None
