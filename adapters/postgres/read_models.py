"""Read models in PostgreSQL: rows of all views in one table, the lists they stand in beside it."""

import asyncio
from collections.abc import AsyncIterator, Collection, Iterable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any, Final, Protocol, TypeVar

import asyncpg
import msgspec

from adapters.postgres.connection import LOST, PLANS, named_queries
from application.ports import Listed, LogId, LogUnavailable, Pair, PairsWaiting, Reach
from application.views.held import COMMON, LEAST_ANY, LEAST_PART, RAREST
from application.views.view import View
from domain.ids import AgencyId, PersonId

R = TypeVar("R", bound=msgspec.Struct)

QUERIES: Final = named_queries(Path(__file__).with_suffix(".sql"))
LAST: Final = "\U0010ffff"
"""Sorts after every text of ours."""
EVERY_AGENCY: Final = "*"
ACQUIRE_SECONDS: Final = 5.0
SNAPSHOT: Final[dict[str, Any]] = {"isolation": "repeatable_read", "readonly": True}
ASK_AGAIN_SECONDS: Final = 0.002
ASK_AGAIN_SECONDS_MAX: Final = 0.03

# Sets are written in order, so that the same row always has the same bytes.
encode_row: Final = msgspec.msgpack.Encoder(order="deterministic").encode


_DECODERS: Final[dict[str, msgspec.msgpack.Decoder[Any]]] = {}


def decoder_of(view: View[R]) -> msgspec.msgpack.Decoder[R]:
    """How the rows of a view are read back."""
    decoder = _DECODERS.get(view.name)
    if decoder is None:
        decoder = _DECODERS[view.name] = msgspec.msgpack.Decoder(view.row)
    return decoder


class Pool(Protocol):
    """What we use of asyncpg's pool, which has no types of its own."""

    def acquire(self, *, timeout: float | None = None) -> AbstractAsyncContextManager[Any]: ...

    async def fetchval(self, query: str, *args: object) -> Any: ...  # noqa: ANN401


class PostgresReadModels:
    """ReadModels over a pool of connections of the application's role."""

    def __init__(self, pool: Pool, asking: Pool | None = None) -> None:
        """`asking`: where it is asked how far the rows are, by those who may be reading meanwhile."""
        self._pool = pool
        self._asking = asking or pool

    @asynccontextmanager
    async def open(
        self, log: LogId, agency: AgencyId | None, reach: Reach = "concerned"
    ) -> AsyncIterator["PostgresRows"]:
        """Read rows of a log in one transaction, of one snapshot. Raises LogUnavailable."""
        partnership = log.partition("/")[0]
        try:
            async with self._pool.acquire(timeout=ACQUIRE_SECONDS) as connection, connection.transaction(**SNAPSHOT):
                found = await connection.fetchrow(QUERIES["enter"], partnership, agency or EVERY_AGENCY, reach)
                opened = Opened(connection, (reach, ""))
                if found is None or found["build"] is None:
                    rows = PostgresRows(opened, (0, 0), 0, opened.ground)
                else:
                    build = found["log_id"], found["build"]
                    rows = PostgresRows(opened, build, found["position"], opened.ground)
                try:
                    yield rows
                finally:
                    await opened.end()
        except LOST as error:
            raise LogUnavailable from error

    async def reached(self, log: LogId, position: int, within_seconds: float) -> bool:
        """Wait until the rows contain a position; False if that takes too long. Raises LogUnavailable."""
        partnership = log.partition("/")[0]
        until = asyncio.get_running_loop().time() + within_seconds
        pause = ASK_AGAIN_SECONDS
        while True:
            try:
                if await self._asking.fetchval(QUERIES["reached"], partnership, position):
                    return True
            except LOST as error:
                raise LogUnavailable from error
            if asyncio.get_running_loop().time() > until:
                return False
            await asyncio.sleep(pause)
            pause = min(pause * 1.5, ASK_AGAIN_SECONDS_MAX)


class Opened:
    """A transaction and the ground it has stated: those who read in it at once take turns."""

    def __init__(self, connection: Any, ground: tuple[str, str]) -> None:  # noqa: ANN401
        self._connection = connection
        self._turn = asyncio.Lock()
        self.ground = ground

    async def end(self) -> None:
        """Answer nobody any more, and wait until whoever is being answered was."""
        self._connection = None
        async with self._turn:
            pass

    async def fetch(self, ground: tuple[str, str], query: str, *parameters: object) -> Sequence[Any]:
        """Ask, on a ground: what another reader of this transaction stated holds for nobody else."""
        async with self._turn:
            connection = self._connection
            if connection is None:
                raise LogUnavailable
            try:
                if ground != self.ground:
                    await connection.fetch(QUERIES["reach"], *ground)
                    self.ground = ground
                found: Sequence[Any] = await connection.fetch(QUERIES[query], *parameters)
            except LOST as error:
                raise LogUnavailable from error
            return found


class PostgresRows:
    """The rows of the build that was live when the transaction began, as they are read on a ground."""

    def __init__(self, opened: Opened, build: tuple[int, int], position: int, ground: tuple[str, str]) -> None:
        self._opened = opened
        self._build = build
        self._ground = ground
        self.position = position

    @property
    def build(self) -> int:
        """Which folding of the log the rows are."""
        return self._build[1]

    def reaching(self, reach: Reach, *people: PersonId) -> "PostgresRows":
        """The same rows read on another ground; and everything of these people, by a decision that names them."""
        return PostgresRows(self._opened, self._build, self.position, (reach, " ".join(people)))

    async def _fetch(self, query: str, *parameters: object) -> Sequence[Any]:
        return await self._opened.fetch(self._ground, query, *self._build, *parameters)

    async def row(self, view: View[R], key: str) -> R | None:
        """One row."""
        found = await self._fetch("row", view.name, key)
        return decoder_of(view).decode(found[0][0]) if found else None

    async def rows(self, view: View[R], keys: Iterable[str]) -> dict[str, R]:
        """Those of the rows that there are."""
        asked = list(dict.fromkeys(keys))
        if not asked:
            return {}
        decode = decoder_of(view).decode
        found = await self._fetch("rows", view.name, asked)
        return {key: decode(body) for key, body in found}

    async def listed(
        self,
        view: View[R],
        scope: str,
        *,
        after: tuple[str, str] | None = None,
        limit: int,
        descending: bool = False,
        prefix: str = "",
    ) -> list[Listed[R]]:
        """The rows of a list in its order."""
        if after is None:
            after = (LAST, LAST) if descending else ("", "")
        query = "listed_down" if descending else "listed_up"
        found = await self._fetch(query, view.name, scope, *after, prefix, prefix + LAST, limit)
        decode = decoder_of(view).decode
        return [Listed(sort, key, decode(body)) for sort, key, body in found]

    async def under(
        self, view: View[R], prefix: str, *, after: str | None = None, limit: int, descending: bool = False
    ) -> list[Listed[R]]:
        """The rows whose keys begin with a prefix."""
        first, last = prefix, prefix + LAST
        if after is not None:
            first, last = (first, after) if descending else (after, last)
        query = "under_down" if descending else "under_up"
        found = await self._fetch(query, view.name, first, last, limit)
        decode = decoder_of(view).decode
        return [Listed(key, key, decode(body)) for key, body in found]

    async def found(
        self, asked: Sequence[Collection[bytes]], limit: int, *, further: bool = False
    ) -> list[list[PersonId]]:
        """For each question the people who have any of its keyed hashes, the most and the rarest first."""
        found: list[list[PersonId]] = [[] for _ in asked]
        keys = [(question, key) for question, keys in enumerate(asked) for key in frozenset(keys)]
        if keys:
            questions, hashes = (list(column) for column in zip(*keys, strict=True))
            least = LEAST_ANY if further else LEAST_PART
            rows = await self._fetch("found", questions, hashes, limit, COMMON, RAREST, least)
            for question, person in rows:
                found[question].append(person)
        return found

    async def pairs(self, *, after: Pair | None = None, limit: int) -> list[Pair]:
        """Possible duplicates, the most certain first."""
        if after is None:
            found = await self._fetch("pairs", limit)
        else:
            found = await self._fetch("pairs_after", after.band, after.since, after.person, after.other, limit)
        return [Pair(*one) for one in found]

    async def pair(self, one: PersonId, other: PersonId) -> Pair | None:
        """Two records as a possible duplicate."""
        found = await self._fetch("pair", one, other)
        return Pair(*found[0]) if found else None

    async def pairs_waiting(self) -> list[PairsWaiting]:
        """How many of each certainty wait."""
        return [PairsWaiting(*one) for one in await self._fetch("pairs_waiting")]


def connect_arguments() -> dict[str, Any]:
    """What a pool for read models is opened with: one plan for every parameter, and nobody waits for ever."""
    return {
        "server_settings": {
            **PLANS,
            "lock_timeout": "2s",
            "idle_in_transaction_session_timeout": "30s",
            "application_name": "hub read models",
        },
        "reset": _nothing_to_reset,
    }


async def _nothing_to_reset(_connection: object) -> None:
    """What is set here is set for one transaction: asyncpg's own reset would be a question more for each reading."""


async def open_pool(dsn: str, size: int = 8) -> asyncpg.Pool:
    """A pool that suits the read models."""
    return await asyncpg.create_pool(dsn, min_size=1, max_size=size, **connect_arguments())
