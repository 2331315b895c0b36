"""Blind indexes: keyed hashes by which somebody is found without anything that could be read.

A key is made of several things together (a name *and* a date of birth): hashes of single names could be told from how
often each occurs.
"""

import hmac
from typing import Final

from domain.ids import PartnershipId

HASH_BYTES: Final = 12


class BlindIndex:
    """The keyed hashes of one partnership and epoch. Those of two of either cannot be compared."""

    def __init__(self, key: bytes, partnership: PartnershipId, epoch: int) -> None:
        """`key` is the key store's secret of this build; `epoch` the build of the rows that are found (ADR 26)."""
        self._key = hmac.digest(key, b"%d %b" % (epoch, partnership.encode()), "sha256")

    def hashed(self, tag: str, *parts: str) -> bytes:
        """HMAC-SHA256 of the tag and at least two parts, each after its length, cut to 12 bytes."""
        assert len(parts) > 1, "one thing alone is never a key"
        message = b"".join(len(one).to_bytes(8) + one for one in (part.encode() for part in (tag, *parts)))
        return hmac.digest(self._key, message, "sha256")[:HASH_BYTES]
