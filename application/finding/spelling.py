"""One spelling, and one sound, for what is written now one way, now the other.

Everything is brought into small Latin letters first (anyascii: Łukasz, Лукаш and lukasz meet), then a name's sound is
taken by metaphone (jellyfish), which was made for English; so that names of Central and Eastern Europe keep together
however they were heard, the letters that stand for one sound are written one way before (`ONE_SOUND`).
"""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from anyascii import anyascii
from jellyfish import metaphone

_BETWEEN_NAMES: Final = re.compile(r"[^a-z0-9]+")
_WITHIN_NAMES: Final = re.compile(r"['`]")
_NO_DIGIT: Final = re.compile(r"\D+")
_POSTCODE: Final = re.compile(r"\b([a-z]{1,2}[0-9][a-z0-9]?)\s*([0-9][a-z]{2})\b")

VOWELS: Final = str.maketrans({"\N{ARABIC LETTER ALEF}": "a", "أ": "a", "آ": "a", "إ": "i", "ع": "a", "ي": "i"})
"""What anyascii leaves out of Arabic script, or writes as no vowel: أحمد and Ahmed meet, علي and Ali."""

ONE_SOUND: Final = tuple(
    (re.compile(pattern), sound)
    for pattern, sound in (
        ("szcz|shch|sch|sz|sh|cz|zh|rz|z", "s"),  # Szczepański, Shchepansky; Schmidt; Žukauskas in English letters
        ("(?<=[a-z]{3}[aeiou])ck(?=[iy]$)", "tsk"),  # Czarnecki and Charnetsky
        ("th|dt", "t"),  # Thomas and Tomas, Schmidt and Schmitt
        ("ghe", "je"),  # Romanian Gheorghe
        ("kh|ck|cq|q", "k"),
        ("w(?=[aeiouy])", "v"),  # Polish Wojciech, Kowalski
        ("^i(?=[aou])", "y"),  # Ionescu and Yonesku
        ("x", "ks"),
    )
)
"""Letters that stand for one sound in the languages that are met here, and how it is written."""

NO_PLACE: Final = frozenset(
    """
    a an and at behind by close corner east end front in junction lane near next north of off on opposite outside over
    park place road round side south square st station street the to under west
    """.split()  # noqa: SIM905 - a list of so many would not be read
)
"""Words of places that tell none from another."""

_ANY_OF_ONE_SOUND: Final = re.compile("|".join(pattern.pattern for pattern, _ in ONE_SOUND))
_MOST_LETTERS: Final = 60
"""Of one name; longer ones are no names, and would cost."""

Diminutives = Mapping[str, frozenset[str]]


def spelt(text: str) -> str:
    """A text in small Latin letters and digits, words parted by one blank: no case, accents or punctuation."""
    latin = text if text.isascii() else anyascii(text.translate(VOWELS))
    return _BETWEEN_NAMES.sub(" ", _WITHIN_NAMES.sub("", latin.lower())).strip()


def sound(name: str) -> str:
    """How one spelt name sounds, s and sh alike (Sean, Shaun); the name itself where nothing of it is heard."""
    heard = name[:_MOST_LETTERS]
    if _ANY_OF_ONE_SOUND.search(heard):  # most names have none of them
        for pattern, written in ONE_SOUND:
            heard = pattern.sub(written, heard)
    return metaphone(heard).replace(" ", "").replace("X", "S") or name


def place_words(place: str) -> frozenset[str]:
    """The words of a spelt place that tell it from others."""
    return frozenset(place.split()) - NO_PLACE


def phone_digits(text: str) -> str:
    """The last nine digits of a telephone number: the same with 0, +44 or 0044 before them. Empty for no number."""
    digits = _NO_DIGIT.sub("", anyascii(text))
    return digits[-9:] if len(digits) > 6 else ""  # noqa: PLR2004 - shorter ones are extensions


def postcode(text: str) -> str:
    """The postcode of the United Kingdom within a text, as `pe1 1aa`; empty where there is none."""
    found = _POSTCODE.search(anyascii(text).lower())
    return f"{found[1]} {found[2]}" if found else ""


def without_postcode(text: str) -> str:
    """The spelt rest of an address."""
    return spelt(_POSTCODE.sub(" ", anyascii(text).lower()))


def _diminutives() -> Diminutives:
    given = json.loads(Path(__file__).with_name("diminutives.json").read_text(encoding="utf-8"))["names"]
    alike: dict[str, set[str]] = {}
    for name, called in given.items():
        for one in called:
            alike.setdefault(one, set()).add(name)
            alike.setdefault(name, set()).add(one)
    return {name: frozenset(others) for name, others in alike.items()}


DIMINUTIVES: Final = _diminutives()
"""For each given name those that the same human may be called by: the long one of a short one, and the other way."""
NONE: Final[frozenset[str]] = frozenset()


def may_be_called(one: str, other: str) -> bool:
    """Whether two given names may be one human's: one is short for the other, or both for the same."""
    ones = DIMINUTIVES.get(one)
    others = DIMINUTIVES.get(other)
    if ones is None or others is None:
        return False
    return other in ones or not ones.isdisjoint(others)
