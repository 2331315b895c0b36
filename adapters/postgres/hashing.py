"""Tags and types as keyed 64-bit hashes: what the log's indexes hold in place of ids (ADR 0005)."""

from collections.abc import Callable
from functools import lru_cache
from hashlib import blake2b
from typing import Final

HASH_BYTES: Final = 8
KEY_BYTES: Final = range(16, 65)
REMEMBERED: Final = 65_536

Hashed = Callable[[str], str]
"""The hash of a text, written as a bigint: it goes into lists of numbers in text form."""


def hasher(key: bytes) -> Hashed:
    """The hash under a key. The same texts come again and again, so the latest are remembered."""
    if len(key) not in KEY_BYTES:
        raise ValueError(f"a tag key has 16 to 64 bytes, not {len(key)}")
    keyed = blake2b(digest_size=HASH_BYTES, key=key)

    @lru_cache(REMEMBERED)
    def of(text: str) -> str:
        one = keyed.copy()
        one.update(text.encode())
        return str(int.from_bytes(one.digest(), signed=True))

    return of
