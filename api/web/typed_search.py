"""The one search box: whatever is known of somebody, however it is typed.

What can be told by its form is taken out first: a reference, a telephone number, a postcode, an e-mail address, a date,
a year or an age. Of the rest, a place is told by its words (`Bridge Street`, `near the market`), a nickname by its
quotes; what is left is a name. Nothing here can fail: what cannot be read is left out.
"""

import datetime as dt
import re
import unicodedata
from collections.abc import Callable
from typing import Any, Final

from application.finding.asking import Sought
from domain.codes import AgeBand, age_band

TYPED_MAX: Final = 400
"""More than anybody types of one human."""
YEAR_MIN: Final = 1900
CENTURY: Final = 100
OLDEST: Final = 110

_REFERENCE: Final = re.compile(r"(?:[A-Z]{1,2}-)?[0-9A-Z]{3,4}-[0-9A-Z]{4}")
_EMAIL: Final = re.compile(r"[^\s@,;]+@[^\s@,;]+\.[^\s@,;]+")
_PHONE: Final = re.compile(r"(?<![\w/.-])(?:(?:\+|00|\(?0)[\d\s().-]{8,18}\d|7\d{3}[\s-]?\d{3}[\s-]?\d{3})(?![\w/])")
_POSTCODE: Final = re.compile(r"\b([A-Za-z]{1,2}\d[A-Za-z\d]?)\s*(\d[A-Za-z]{2})\b")
_MONTH: Final = r"(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*"
_ISO: Final = re.compile(r"(?<!\d)(?P<y>\d{4})-(?P<m>\d{1,2})-(?P<d>\d{1,2})(?!\d)")
_NUMBERS: Final = re.compile(r"(?<!\d)(?P<d>\d{1,2})\s?[./\- ]\s?(?P<m>\d{1,2})\s?[./\- ]\s?(?P<y>\d{4}|\d{2})(?!\d)")
_DAY_FIRST: Final = re.compile(
    rf"(?<!\d)(?P<d>\d{{1,2}})(?:st|nd|rd|th)?[\s./-]*(?:of\s+)?(?P<w>{_MONTH})[\s./,-]*(?P<y>\d{{4}}|\d{{2}})(?!\d)",
    re.IGNORECASE,
)
_MONTH_FIRST: Final = re.compile(
    rf"\b(?P<w>{_MONTH})\s+(?P<d>\d{{1,2}})(?:st|nd|rd|th)?,?\s+(?P<y>\d{{4}})(?!\d)", re.IGNORECASE
)
_RUN: Final = re.compile(r"(?<!\d)(?P<d>\d{2})(?P<m>\d{2})(?P<y>(?:19|20)\d{2})(?!\d)")
_DATES: Final = (_ISO, _DAY_FIRST, _MONTH_FIRST, _NUMBERS, _RUN)
_YEAR: Final = re.compile(r"(?:\b(?:born(?:\s+in)?|b\.?)\s*)?(?<!\d)((?:19|20)\d\d)(?!\d)", re.IGNORECASE)
_AGE: Final = re.compile(
    r"\b(?:aged?|about|around|approx\.?|c\.?|looks)\s+(\d{1,3})(?:s|\s*(?:years?(?:\s+old)?|yrs?|y/?o))?(?!\w)"
    r"|(?<!\d)(\d{1,3})\s*(?:years?(?:\s+old)?|yrs?|y/?o)(?!\w)",
    re.IGNORECASE,
)
_LONE_AGE: Final = re.compile(r"(?:(?:^|,)\s*|(?<=[^\W\d])\s)([1-9]\d)\s*(?=,|$)")
_DECADE: Final = re.compile(r"\b(?:in (?:his|her|their) )?(?:early|mid|late)?\s*([2-6]0)s\b", re.IGNORECASE)
_BORN_WORDS: Final = re.compile(r"\b(?:born(?:\s+(?:on|in))?|d\.?o\.?b\.?:?)(?=\s|$)", re.IGNORECASE)
_QUOTED: Final = re.compile(r"\"([^\"]+)\"|\(([^()]+)\)|(?:^|\s)'([^']+)'(?=\s|$|,)")
_KNOWN_AS: Final = re.compile(r"\b(?:aka|a\.k\.a\.|known as|called|nicknamed)\s+([^,;]+)", re.IGNORECASE)
_AT: Final = re.compile(
    r"\b(?:near|outside|inside|behind|opposite|next to|under|(?:(?:seen|sleeps) )?(?:at|in|on|near|by))"
    r"\s+(?:the\s+)?(\S.*)$",
    re.IGNORECASE,
)
_PLACE_WORDS: Final = """
street st road rd lane ln avenue ave way close drive square sq place park gardens garden green
common station bus market bridge bench benches church churchyard cathedral chapel library hostel
shelter underpass subway doorway alley car carpark centre center precinct arcade shop shops tesco
asda lidl aldi morrisons sainsburys boots mcdonalds greggs wetherspoons quay quayside river
riverside embankment wharf bank town mosque temple school hospital surgery pub hub soup kitchen
toilets cemetery roundabout court house flats estate
"""
_OF_PLACES: Final = frozenset(_PLACE_WORDS.split())
_QUOTES: Final = {
    ord("\N{LEFT SINGLE QUOTATION MARK}"): "'",
    ord("\N{RIGHT SINGLE QUOTATION MARK}"): "'",
    ord("\N{LEFT DOUBLE QUOTATION MARK}"): '"',
    ord("\N{RIGHT DOUBLE QUOTATION MARK}"): '"',
    ord("\N{DOUBLE LOW-9 QUOTATION MARK}"): '"',
    ord("\N{LEFT-POINTING DOUBLE ANGLE QUOTATION MARK}"): '"',
    ord("\N{RIGHT-POINTING DOUBLE ANGLE QUOTATION MARK}"): '"',
}
_TITLES: Final = frozenset({"mr", "mrs", "ms", "miss", "mx", "dr"})
_AROUND_HYPHENS: Final = re.compile(r"\s*-\s*")
_SPACES: Final = re.compile(r"\s+")
_APART: Final = re.compile(r"[,;\n\t|]+")


def read(typed: str, today: dt.date) -> Sought:
    """What somebody typed into the box. `today` tells a year of two digits, and an age band from an age."""
    text = cleaned(typed)
    reference = _AROUND_HYPHENS.sub("-", text).upper()
    if _REFERENCE.fullmatch(reference):
        return Sought(reference=reference)
    found: dict[str, Any] = {}
    text = _taken(text, _EMAIL, "email", found, lambda one: one[0])
    text = _dated(text, today, found)
    text = _taken(text, _PHONE, "phone", found, lambda one: one[0].strip())
    text = _taken(text, _POSTCODE, "postcode", found, lambda one: f"{one[1]} {one[2]}".upper())
    text = _aged(text, today, found)
    text = _taken(text, _KNOWN_AS, "nickname", found, lambda one: one[1].strip(" \"'"))
    text = _taken(text, _QUOTED, "nickname", found, lambda one: (one[1] or one[2] or one[3]).strip())
    _named(text, found)
    return Sought(**{name: value for name, value in found.items() if value})


def cleaned(typed: str) -> str:
    """What was typed without what cannot be seen, in one form, cut to what is ever typed of one human."""
    plain = unicodedata.normalize("NFC", typed[: 4 * TYPED_MAX]).translate(_QUOTES)
    seen = "".join(one if unicodedata.category(one)[0] != "C" else " " if one in "\n\t\r" else "" for one in plain)
    text = _APART.sub(lambda one: "," if set(one[0]) & set(",;|") else " ", seen)
    return _SPACES.sub(" ", text).strip()[:TYPED_MAX].strip()


def _taken(
    text: str, form: re.Pattern[str], name: str, found: dict[str, Any], value: Callable[[re.Match[str]], str]
) -> str:
    """The text without the first thing of a form, which is found."""
    one = form.search(text)
    if one is None or name in found:
        return text
    found[name] = value(one)
    return f"{text[: one.start()]} {text[one.end() :]}"


def _dated(text: str, today: dt.date, found: dict[str, Any]) -> str:
    for form in _DATES:
        for one in form.finditer(text):
            parts = one.groupdict()
            month = _month(parts["w"]) if parts.get("w") else int(parts["m"])
            day = _day(_full_year(parts["y"], today), month, int(parts["d"]), today)
            if day is not None:
                found["born"] = day
                return _BORN_WORDS.sub(" ", f"{text[: one.start()]} {text[one.end() :]}")
    return text


def _aged(text: str, today: dt.date, found: dict[str, Any]) -> str:
    if "born" in found:
        return text
    for one in _YEAR.finditer(text):
        if YEAR_MIN <= int(one[1]) <= today.year:
            found["born_in"] = int(one[1])
            return _BORN_WORDS.sub(" ", f"{text[: one.start()]} {text[one.end() :]}")
    for form, more in ((_AGE, 0), (_DECADE, 5), (_LONE_AGE, 0)):
        said = form.search(text)
        if said is None:
            continue
        years = int(next(filter(None, said.groups())))
        if years <= OLDEST:
            found["age_band"] = _band(years + more, today)
            return f"{text[: said.start()]} {text[said.end() :]}"
    return text


def _band(years: int, today: dt.date) -> AgeBand:
    return age_band(dt.date(today.year - years, 1, 1), today)


def _named(text: str, found: dict[str, Any]) -> None:
    """The names and the place of what is left, piece by piece between commas.

    What alone may be either, Jon Park or a park, is looked for as both.
    """
    pieces = [one for one in (piece.strip(" .:-") for piece in text.split(",")) if _letters(one)]
    names: list[str] = []
    for said in pieces:
        at = _AT.search(said)
        if at is not None and "place" not in found:
            found["place"] = at[1].strip()
            names.append(_letters(said[: at.start()]))
        elif "place" not in found and _is_place(said):
            found["place"] = said
            if len(pieces) == 1:
                names.append(_letters(said))
        else:
            names.append(_letters(said))
    names = [one for one in names if one]
    if len(names) == 2 and all(len(one.split()) < 3 for one in names):  # noqa: PLR2004 - "Smith, John"
        found["family_name"], found["given_name"] = names
    elif names:
        found["name"] = " ".join(names)


def _letters(said: str) -> str:
    """The words of it that can be names: with a letter, and no titles."""
    words = (one for one in said.split() if any(letter.isalpha() for letter in one))
    return " ".join(one for one in words if one.casefold().rstrip(".") not in _TITLES)


def _is_place(said: str) -> bool:
    return not _OF_PLACES.isdisjoint(said.casefold().replace("'", "").split())


def _full_year(year: str, today: dt.date) -> int:
    """Of two digits, the last such year: nobody is met before they are born."""
    if len(year) > 2:  # noqa: PLR2004
        return int(year)
    full = today.year - today.year % CENTURY + int(year)
    return full - CENTURY if full > today.year else full


def _month(word: str) -> int:
    months = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
    return months.index(word[:3].casefold()) + 1


def _day(year: int, month: int, day: int, today: dt.date) -> dt.date | None:
    """The date, or with day and month the other way round where only that is one."""
    for one, other in ((month, day), (day, month)):
        try:
            found = dt.date(year, one, other)
        except ValueError:
            continue
        return found if year >= YEAR_MIN and found <= today else None
    return None
