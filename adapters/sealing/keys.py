"""What a store of data keys is, and the one that lives as long as its process.

A data key is 256 random bits for one subject and class (`identity`, `health`, `intelligence`, `decision`) of one
partnership. A store that outlives its process keeps it wrapped by a key-encryption key (KEK), which lies elsewhere.
Destroying a data key leaves a row without it, so that it is known that there was one and when it was forgotten.

A KEK lasts for an epoch. When the epoch moves, what is left is wrapped by a new KEK and the old one is destroyed: then
no copy of the store from before opens anything, of nobody, whoever brings it back (ADR 0035).
"""

import datetime as dt
import secrets
from collections import OrderedDict
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Final, Literal, Protocol

import msgspec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from adapters.sealing.destroyed import Destroyed
from application.ports import KeyClass, KeyStore
from domain.ids import PartnershipId

KEY_BYTES: Final = 32
KEY_ID_BYTES: Final = 15
CACHED_KEYS: Final = 16_384

Wanted = tuple[str, KeyClass]
"""A subject (empty: the partnership itself) and what of it is sealed."""

Place = tuple[PartnershipId, Wanted]
"""Where a key belongs: one that is not destroyed for each."""


class KeysUnusable(Exception):  # noqa: N818 - a fault of the installation, said to whoever starts it
    """The keys cannot be used as they are found; the message says what is wrong and what to do."""


class EpochUnderWay(Exception):  # noqa: N818 - an outcome
    """Somebody else moves the epoch of these keys at this moment, or builds what has to be there before it moves."""


class OpenKey(msgspec.Struct, frozen=True, gc=False):
    """A data key, ready to seal and open."""

    id: str
    cipher: AESGCM


class Epoch(msgspec.Struct, frozen=True):
    """Since when everything is wrapped by which KEK. `unfinished`: something is not, or an older KEK is still there."""

    number: int
    kek: str
    since: dt.datetime
    unfinished: bool = False


class SealingKeys(KeyStore, Protocol):
    """A key store, as the codec uses it."""

    async def sealing(self, partnership: PartnershipId, wanted: Collection[Wanted]) -> Mapping[Wanted, OpenKey]:
        """The keys to seal with, made and durable where they were not there. Raises: LogUnavailable."""
        ...

    def opening(self, ids: Collection[str]) -> Mapping[str, AESGCM]:
        """Those of the keys that are still there. Raises: LogUnavailable."""
        ...


class StoredKeys(SealingKeys, Protocol):
    """A key store that outlives its process."""

    async def destroy_again(self, erased: Sequence[Destroyed]) -> int:
        """Forget what a copy that was brought back holds of whom; how many keys that were. Raises: LogUnavailable."""
        ...

    async def secrets(self, prefix: str) -> Mapping[str, dt.datetime]:
        """The names of the secrets that begin so, and when each was made. Raises: LogUnavailable."""
        ...

    async def forget_secrets(self, names: Collection[str]) -> None:
        """Forget secrets for good. Raises: LogUnavailable."""
        ...

    def epoch(self) -> Epoch:
        """The epoch that it is in. Raises: LogUnavailable."""
        ...

    async def move_epoch(self) -> int:
        """Wrap what is left by a new KEK and destroy the old; how many keys that were. One left half-way is finished.

        Raises: EpochUnderWay; KeysUnusable where a KEK cannot be kept; LogUnavailable.
        """
        ...

    def close(self) -> None:
        """Let go of it."""
        ...


class Remembered:
    """Open keys that a process has at hand, up to a bound; none from before the last time that any were destroyed."""

    def __init__(self, cached: int = CACHED_KEYS) -> None:
        self._cached = cached
        self._times: int | Literal["never"] = "never"
        self.live: OrderedDict[Place, OpenKey] = OrderedDict()
        self.ciphers: OrderedDict[str, AESGCM] = OrderedDict()

    def see(self, times: int) -> bool:
        """Drop all, and say so, if keys were destroyed since it was looked last. `times` counts that in the store."""
        if times == self._times:
            return False
        self._times = times
        self.live.clear()
        self.ciphers.clear()
        return True

    def keep(self, times: int, live: Mapping[Place, OpenKey], ciphers: Mapping[str, AESGCM] = {}) -> None:
        """Have open keys at hand, unless keys were destroyed since: one of these may be among them."""
        if times != self._times:
            return
        self.live.update(live)
        self.ciphers.update(ciphers)
        self.ciphers.update((key.id, key.cipher) for key in live.values())
        for cache in (self.live, self.ciphers):
            while len(cache) > self._cached:
                cache.popitem(last=False)

    def sealing(
        self, partnership: PartnershipId, wanted: Collection[Wanted]
    ) -> tuple[dict[Wanted, OpenKey], list[Place]]:
        """The keys at hand, and the places of the others."""
        found: dict[Wanted, OpenKey] = {}
        missing: list[Place] = []
        for one in wanted:
            key = self.live.get((partnership, one))
            if key is None:
                missing.append((partnership, one))
            else:
                found[one] = key
        return found, missing

    def opening(self, ids: Iterable[str]) -> tuple[dict[str, AESGCM], list[str]]:
        """The keys at hand, and the ids of the others."""
        found: dict[str, AESGCM] = {}
        missing: list[str] = []
        for one in ids:
            cipher = self.ciphers.get(one)
            if cipher is None:
                missing.append(one)
            else:
                found[one] = cipher
        return found, missing


class MemoryKeys:
    """A key store that forgets everything with its process."""

    def __init__(self) -> None:
        self._live: dict[Place, OpenKey] = {}
        self._secrets: dict[str, bytes] = {}

    async def ensure(self, partnership: PartnershipId, wanted: Collection[Wanted]) -> None:
        """Make the keys that are not there yet."""
        for one in wanted:
            if (partnership, one) not in self._live:
                self._live[partnership, one] = OpenKey(new_id(), AESGCM(secrets.token_bytes(KEY_BYTES)))

    async def sealing(self, partnership: PartnershipId, wanted: Collection[Wanted]) -> Mapping[Wanted, OpenKey]:
        """The keys to seal with."""
        await self.ensure(partnership, wanted)
        return {one: self._live[partnership, one] for one in wanted}

    def opening(self, ids: Collection[str]) -> Mapping[str, AESGCM]:
        """Those of the keys that are still there."""
        asked = frozenset(ids)
        return {key.id: key.cipher for key in self._live.values() if key.id in asked}

    async def destroy(self, partnership: PartnershipId, subject: str) -> int:
        """Forget every key of a subject."""
        gone = [one for one in self._live if one[0] == partnership and one[1][0] == subject]
        for one in gone:
            del self._live[one]
        return len(gone)

    def secret(self, name: str) -> bytes:
        """The key of that name."""
        return self._secrets.setdefault(name, secrets.token_bytes(KEY_BYTES))


def new_id() -> str:
    """The id of a key that is made."""
    return secrets.token_urlsafe(KEY_ID_BYTES)
