"""What is good for one use, and how often somebody tried: tables in PostgreSQL that all processes share, or memory."""

import datetime as dt
from collections import Counter
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final

from adapters.identity.tokens import named_queries, reached
from domain.ids import AccountId

if TYPE_CHECKING:
    from asyncpg import Pool, Record

SQL: Final = named_queries(Path(__file__).with_suffix(".sql"))
LATE: Final = dt.timedelta(days=1)
"""What ran out is kept for so long, in case a clock jumps: what may come once must not come again."""


class PostgresOneTime:
    """One-time things in the table `one_time`."""

    def __init__(self, pool: "Pool[Record]") -> None:
        self._pool = pool

    async def put(
        self, digest: bytes, kind: str, box: bytes, expires: dt.datetime, account: AccountId | None = None
    ) -> bool:
        """Keep it; and clear away what ran out long ago."""
        old = min(expires, dt.datetime.now(dt.UTC)) - LATE
        async with reached():
            kept = await self._pool.fetchval(SQL["put"], digest, kind, account, box, expires, old)
        return kept is not None

    async def look(self, digest: bytes, kind: str, at: dt.datetime) -> bytes | None:
        """What goes with it."""
        async with reached():
            box: bytes | None = await self._pool.fetchval(SQL["look"], digest, kind, at)
        return box

    async def take(self, digest: bytes, kind: str, at: dt.datetime) -> bytes | None:
        """Of two who take it at once, one gets it."""
        async with reached():
            box: bytes | None = await self._pool.fetchval(SQL["take"], digest, kind, at)
        return box

    async def forget(self, account: AccountId) -> None:
        """All that an account has of it."""
        async with reached():
            await self._pool.execute(SQL["forget"], account)


class PostgresTries:
    """Tries in the table `sign_in_try`."""

    def __init__(self, pool: "Pool[Record]") -> None:
        self._pool = pool

    async def count(self, keys: Collection[bytes], began: dt.datetime) -> Mapping[bytes, int]:
        """One more try of each in this window; how many there are now."""
        async with reached():
            rows = await self._pool.fetch(SQL["count"], list(keys), began)
        return {row["key"]: row["tries"] for row in rows}

    async def give_back(self, keys: Collection[bytes], began: dt.datetime) -> None:
        """Who was right did not try in vain."""
        async with reached():
            await self._pool.execute(SQL["give_back"], list(keys), began)


class MemoryOneTime:
    """One-time things that live as long as the process."""

    def __init__(self) -> None:
        self._kept: dict[bytes, tuple[str, bytes, dt.datetime, AccountId | None]] = {}

    async def put(
        self, digest: bytes, kind: str, box: bytes, expires: dt.datetime, account: AccountId | None = None
    ) -> bool:
        """Keep it."""
        if digest in self._kept:
            return False
        self._kept[digest] = (kind, box, expires, account)
        return True

    async def look(self, digest: bytes, kind: str, at: dt.datetime) -> bytes | None:
        """What goes with it."""
        known = self._kept.get(digest)
        return known[1] if known is not None and known[0] == kind and known[2] > at else None

    async def take(self, digest: bytes, kind: str, at: dt.datetime) -> bytes | None:
        """What goes with it, once."""
        box = await self.look(digest, kind, at)
        if box is not None:
            del self._kept[digest]
        return box

    async def forget(self, account: AccountId) -> None:
        """All that an account has of it."""
        self._kept = {key: one for key, one in self._kept.items() if one[3] != account}


class MemoryTries:
    """Tries that live as long as the process."""

    def __init__(self) -> None:
        self._tries: Counter[tuple[bytes, dt.datetime]] = Counter()

    async def count(self, keys: Collection[bytes], began: dt.datetime) -> Mapping[bytes, int]:
        """One more try of each."""
        self._tries.update((key, began) for key in keys)
        return {key: self._tries[key, began] for key in keys}

    async def give_back(self, keys: Collection[bytes], began: dt.datetime) -> None:
        """Who was right did not try in vain."""
        self._tries.subtract((key, began) for key in keys)
