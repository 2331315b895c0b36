"""Blind indexes: keyed hashes by which somebody is found without anything that could be read.

A key is made of several things together (a name *and* a date of birth): hashes of single names could be told from how
often each occurs.
"""

import datetime as dt
import hmac
import unicodedata
from typing import Final

from domain.ids import PartnershipId

HASH_BYTES: Final = 12
APOSTROPHES: Final = frozenset("'`\N{RIGHT SINGLE QUOTATION MARK}\N{MODIFIER LETTER APOSTROPHE}")
NAME_AND_BORN: Final = "name-and-born"


class BlindIndex:
    """The keyed hashes of one partnership. Those of two partnerships cannot be compared."""

    def __init__(self, key: bytes, partnership: PartnershipId) -> None:
        """`key` is a secret of the key store."""
        self._key = hmac.digest(key, partnership.encode(), "sha256")

    def name_and_born(self, given_name: str, family_name: str, born: dt.date) -> bytes | None:
        """The hash of a full name with a date of birth, None where either name holds no letter."""
        names = normalised(given_name), normalised(family_name)
        if not all(names):
            return None
        return self.hashed(NAME_AND_BORN, *names, born.isoformat())

    def hashed(self, tag: str, *parts: str) -> bytes:
        """HMAC-SHA256 of the tag and at least two parts, each after its length, cut to 12 bytes."""
        assert len(parts) > 1, "one thing alone is never a key"
        message = b"".join(len(one).to_bytes(8) + one for one in (part.encode() for part in (tag, *parts)))
        return hmac.digest(self._key, message, "sha256")[:HASH_BYTES]


def normalised(name: str) -> str:
    """A name without what is written now one way, now the other: case, accents, punctuation and spacing."""
    if name.isascii():
        return " ".join(name.lower().translate(_ASCII).split())
    # NFKC first, so that casefolding sees whole letters; NFD afterwards parts letters from their accents.
    folded = unicodedata.normalize("NFD", unicodedata.normalize("NFKC", name).casefold())
    kept = "".join(_spelt(letter) for letter in folded)
    return " ".join(unicodedata.normalize("NFC", kept).split())


def _spelt(letter: str) -> str:
    category = unicodedata.category(letter)
    if category == "Mn" or letter in APOSTROPHES:
        return ""
    return letter if category[0] in "LN" or category == "Mc" else " "


_ASCII: Final = {ord(letter): _spelt(letter) for letter in map(chr, range(128))}
"""Most names are spelt in these letters, which no normal form changes."""
