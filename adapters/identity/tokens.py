"""Where bearer tokens are kept: a table of hashes in PostgreSQL, or a dictionary for tests."""

import datetime as dt
from collections.abc import Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, get_args

import asyncpg
import msgspec

from application.identity import Token, TokenId
from application.ports import LogUnavailable
from domain.actors import Actor, Role
from domain.ids import AgencyId, PartnershipId, TeamId, WorkerId

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


def named_queries(file: Path) -> dict[str, str]:
    """The queries of a file, by name."""
    parts = file.read_text().split("-- name: ")[1:]
    return {name.strip(): text.strip() for name, _, text in (part.partition("\n") for part in parts)}


SQL: Final = named_queries(Path(__file__).with_suffix(".sql"))
ROLES: Final = frozenset(get_args(Role))
LOST: Final = (
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    asyncpg.exceptions.CannotConnectNowError,
    asyncpg.exceptions.TooManyConnectionsError,
    asyncpg.exceptions.AdminShutdownError,
    asyncpg.exceptions.CrashShutdownError,
    asyncpg.exceptions.QueryCanceledError,
    asyncpg.exceptions.UndefinedTableError,
    OSError,
    TimeoutError,
)
"""What a database that is stopped, starting or gone looks like from here."""


@asynccontextmanager
async def reached() -> "AsyncIterator[None]":
    """Use the database. Raises LogUnavailable where it does not answer."""
    try:
        yield
    except LOST as error:
        raise LogUnavailable from error


class PostgresTokens:
    """Tokens in the table `token`."""

    def __init__(self, pool: "asyncpg.Pool[asyncpg.Record]") -> None:
        self._pool = pool

    async def holder(self, digest: bytes) -> Token | None:
        """The token with this digest, live or not."""
        async with reached():
            row = await self._pool.fetchrow(SQL["holder"], digest)
        return None if row is None else token_of(row)

    async def keep(self, token: Token, digest: bytes) -> None:
        """Enter a new token."""
        actor = token.actor
        async with reached():
            await self._pool.execute(
                SQL["keep"],
                token.id,
                digest,
                actor.partnership,
                actor.worker,
                actor.agency,
                actor.team,
                actor.role,
                token.label,
                token.made,
                token.expires,
                token.made_from,
            )

    async def revoke(self, token: TokenId, at: dt.datetime) -> bool:
        """End a token early."""
        async with reached():
            return await self._pool.fetchval(SQL["revoke"], token, at) is not None

    async def all(self, partnership: PartnershipId | None = None) -> Sequence[Token]:
        """Every token (of a partnership), the newest first."""
        async with reached():
            rows = await self._pool.fetch(SQL["all"], partnership)
        return [token for row in rows if (token := token_of(row)) is not None]


def token_of(row: Any) -> Token | None:  # noqa: ANN401 - asyncpg's rows have no types
    """The token of a row; None for one of a role that this process does not know."""
    if row["role"] not in ROLES:  # an older process does not know a newer role, and gives it nothing
        return None
    return Token(
        id=TokenId(row["token_id"]),
        actor=Actor(
            worker=WorkerId(row["worker"]),
            agency=AgencyId(row["agency"]),
            role=row["role"],
            partnership=PartnershipId(row["partnership"]),
            team=None if row["team"] is None else TeamId(row["team"]),
        ),
        label=row["label"],
        made=row["made_at"],
        expires=row["expires_at"],
        revoked=row["revoked_at"],
        made_from=None if row["made_from"] is None else TokenId(row["made_from"]),
    )


class MemoryTokens:
    """Tokens that live as long as the process."""

    def __init__(self) -> None:
        self._tokens: dict[bytes, Token] = {}

    async def holder(self, digest: bytes) -> Token | None:
        """The token with this digest, live or not."""
        token = self._tokens.get(digest)
        origins = (one for one in self._tokens.values() if token is not None and one.id == token.made_from)
        origin = next(origins, None)
        if token is None or origin is None or origin.revoked is None:
            return token
        return msgspec.structs.replace(token, revoked=min(token.revoked or origin.revoked, origin.revoked))

    async def keep(self, token: Token, digest: bytes) -> None:
        """Enter a new token."""
        self._tokens[digest] = token

    async def named(self, token: TokenId) -> Token:
        """The token with this name, of which there is one."""
        found = await self.holder(next(digest for digest, one in self._tokens.items() if one.id == token))
        assert found is not None
        return found

    async def revoke(self, token: TokenId, at: dt.datetime) -> bool:
        """End a token early."""
        for known, one in self._tokens.items():
            if one.id == token and one.revoked is None:
                self._tokens[known] = msgspec.structs.replace(one, revoked=at)
                return True
        return False

    async def all(self, partnership: PartnershipId | None = None) -> Sequence[Token]:
        """Every token (of a partnership), the newest first."""
        found = [one for one in self._tokens.values() if partnership in {None, one.actor.partnership}]
        return sorted(found, key=lambda one: one.made, reverse=True)
