"""Where bearer tokens are kept: a table of hashes in PostgreSQL, or a dictionary for tests."""

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, get_args

import asyncpg
import msgspec

from application.identity import Token, TokenId
from application.ports import LogUnavailable
from domain.actors import Actor, Role
from domain.ids import AccountId, AgencyId, PartnershipId, TeamId, WorkerId

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable


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
        return (await self.holders((digest,))).get(digest)

    async def holders(self, digests: Collection[bytes]) -> Mapping[bytes, Token]:
        """The tokens with these digests, in one statement."""
        async with reached():
            rows = await self._pool.fetch(SQL["holders"], list(digests))
        return {row["digest"]: token for row in rows if (token := token_of(row)) is not None}

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
                token.account,
                token.generation,
            )

    async def revoke(self, token: TokenId, at: dt.datetime) -> bool:
        """End a token early."""
        async with reached():
            return await self._pool.fetchval(SQL["revoke"], token, at) is not None

    async def all(self, partnership: PartnershipId | None = None, account: AccountId | None = None) -> Sequence[Token]:
        """Every token (of a partnership, of an account), the newest first."""
        async with reached():
            rows = await self._pool.fetch(SQL["all"], partnership, account)
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
        account=None if row["account"] is None else AccountId(row["account"]),
        generation=row["generation"],
    )


class MemoryTokens:
    """Tokens that live as long as the process. `holds` says whether the account of a token still does."""

    def __init__(self, holds: "Callable[[Token], bool]" = lambda _: True) -> None:
        self._tokens: dict[bytes, Token] = {}
        self._holds = holds

    async def holder(self, digest: bytes) -> Token | None:
        """The token with this digest, live or not."""
        token = self._tokens.get(digest)
        return None if token is None else self._now(token)

    async def holders(self, digests: Collection[bytes]) -> Mapping[bytes, Token]:
        """The tokens with these digests."""
        return {one: self._now(self._tokens[one]) for one in digests if one in self._tokens}

    def _now(self, token: Token) -> Token:
        origin = next((one for one in self._tokens.values() if one.id == token.made_from), None)
        ends = [one.revoked for one in (token, origin) if one is not None and one.revoked is not None]
        if not ends and not self._holds(token):
            ends = [token.made]
        return msgspec.structs.replace(token, revoked=min(ends)) if ends else token

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

    async def all(self, partnership: PartnershipId | None = None, account: AccountId | None = None) -> Sequence[Token]:
        """Every token (of a partnership, of an account), the newest first."""
        found = [
            self._now(one)
            for one in self._tokens.values()
            if partnership in {None, one.actor.partnership} and account in {None, one.account}
        ]
        return sorted(found, key=lambda one: one.made, reverse=True)
