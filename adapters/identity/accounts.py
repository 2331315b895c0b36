"""Where the secrets of accounts are kept, and which of their sessions hold: PostgreSQL, or memory for tests."""

import datetime as dt
from collections.abc import Collection, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import msgspec

from adapters.identity.tokens import ROLES, named_queries, reached
from application.accounts import Credential, Standing
from application.identity import Token
from domain.actors import Actor
from domain.ids import AccountId, AgencyId, CredentialId, PartnershipId, TeamId, WorkerId

if TYPE_CHECKING:
    from asyncpg import Pool, Record

SQL: Final = named_queries(Path(__file__).with_suffix(".sql"))


class _Taken(Exception):  # noqa: N818 - an outcome
    """Another credential is found by the same."""


class PostgresAccounts:
    """Accounts in the tables `account_link` and `credential`."""

    def __init__(self, pool: "Pool[Record]") -> None:
        self._pool = pool

    async def standings(self, account: AccountId) -> Sequence[Standing]:
        """As whom it signs in."""
        return await self._standings(account, None)

    async def in_partnership(self, partnership: PartnershipId) -> Sequence[Standing]:
        """Who signs in there."""
        return await self._standings(None, partnership)

    async def _standings(self, account: AccountId | None, partnership: PartnershipId | None) -> Sequence[Standing]:
        async with reached():
            rows = await self._pool.fetch(SQL["standings"], account, partnership)
        return [_standing(row) for row in rows if row["role"] in ROLES]

    async def stand(self, account: AccountId, actor: Actor) -> None:
        """From now on it is this worker."""
        who = (actor.partnership, actor.worker, actor.agency, actor.team, actor.role)
        async with reached():
            await self._pool.execute(SQL["stand"], account, *who)

    async def end(self, account: AccountId, partnership: PartnershipId | None = None) -> None:
        """Once this returns, nothing of it is let in by any process."""
        async with reached():
            await self._pool.execute(SQL["end"], account, partnership)

    async def end_sessions(self, account: AccountId) -> None:
        """Once this returns, no session of before is let in by any process."""
        async with reached():
            await self._pool.execute(SQL["end_sessions"], account)

    async def credentials(self, account: AccountId) -> Sequence[Credential]:
        """By what it proves who it is."""
        async with reached():
            return [_credential(row) for row in await self._pool.fetch(SQL["credentials"], account)]

    async def found(self, finder: bytes) -> Credential | None:
        """By name, passkey or subject."""
        async with reached():
            row = await self._pool.fetchrow(SQL["found"], finder)
        return None if row is None else _credential(row)

    async def keep(self, credential: Credential, instead: Collection[CredentialId] = ()) -> bool:
        """Both or neither: nobody is left without the one and the other."""
        one = credential
        with suppress(_Taken):
            async with reached(), self._pool.acquire() as connection, connection.transaction():
                await connection.execute(SQL["instead"], one.account, list(instead))
                row = (one.id, one.account, one.kind, one.finder, one.secret, one.used, one.made)
                _refuse_taken(await connection.fetchval(SQL["keep"], *row))
                return True
        return False

    async def drop(self, account: AccountId, credential: CredentialId | None = None) -> None:
        """Remove one, or all."""
        async with reached():
            await self._pool.execute(SQL["drop"], account, credential)

    async def use(self, credential: CredentialId, used: int, at: dt.datetime) -> bool:
        """Of two who use the same number at once, one is told no."""
        async with reached():
            return await self._pool.fetchval(SQL["use"], credential, used, at) is not None

    async def spend(self, credential: CredentialId, before: bytes, after: bytes, at: dt.datetime) -> bool:
        """Of two who spend the same at once, one is told no."""
        async with reached():
            return await self._pool.fetchval(SQL["spend"], credential, before, after, at) is not None


def _refuse_taken(kept: object) -> None:
    """Raise, so that what would have been replaced stays."""
    if kept is None:
        raise _Taken


def _standing(row: Any) -> Standing:  # noqa: ANN401 - asyncpg's rows have no types
    return Standing(
        account=AccountId(row["account"]),
        actor=Actor(
            worker=WorkerId(row["worker"]),
            agency=AgencyId(row["agency"]),
            role=row["role"],
            partnership=PartnershipId(row["partnership"]),
            team=None if row["team"] is None else TeamId(row["team"]),
        ),
        generation=row["generation"],
    )


def _credential(row: Any) -> Credential:  # noqa: ANN401 - as above
    return Credential(
        id=CredentialId(row["credential"]),
        account=AccountId(row["account"]),
        kind=row["kind"],
        finder=row["finder"],
        secret=row["secret"],
        used=row["used"],
        made=row["made_at"],
        used_at=row["used_at"],
    )


class MemoryAccounts:
    """Accounts that live as long as the process."""

    def __init__(self) -> None:
        self._standings: dict[tuple[AccountId, PartnershipId, WorkerId], tuple[Standing, bool]] = {}
        self._credentials: dict[CredentialId, Credential] = {}

    def holds(self, token: Token) -> bool:
        """Whether the account of a token still signs in as that worker, in that generation of its sessions."""
        if token.account is None:
            return True
        found = self._standings.get((token.account, token.actor.partnership, token.actor.worker))
        return found is not None and not found[1] and found[0].generation == token.generation

    async def standings(self, account: AccountId) -> Sequence[Standing]:
        """As whom it signs in."""
        return [one for key, (one, ended) in sorted(self._standings.items()) if key[0] == account and not ended]

    async def in_partnership(self, partnership: PartnershipId) -> Sequence[Standing]:
        """Who signs in there."""
        return [one for key, (one, ended) in sorted(self._standings.items()) if key[1] == partnership and not ended]

    async def stand(self, account: AccountId, actor: Actor) -> None:
        """From now on it is this worker."""
        key = (account, actor.partnership, actor.worker)
        known = self._standings.get(key)
        if known is None or known[1] or known[0].actor != actor:
            generation = 1 if known is None else known[0].generation + 1
            self._standings[key] = (Standing(account=account, actor=actor, generation=generation), False)

    async def end(self, account: AccountId, partnership: PartnershipId | None = None) -> None:
        """It signs in there no more."""
        self._bump(account, partnership, ended=True)

    async def end_sessions(self, account: AccountId) -> None:
        """Its sessions end."""
        self._bump(account, None, ended=False)

    def _bump(self, account: AccountId, partnership: PartnershipId | None, *, ended: bool) -> None:
        for key, (one, was) in list(self._standings.items()):
            if key[0] == account and partnership in {None, key[1]}:
                moved = msgspec.structs.replace(one, generation=one.generation + 1)
                self._standings[key] = (moved, was or ended)

    async def credentials(self, account: AccountId) -> Sequence[Credential]:
        """By what it proves who it is."""
        return [one for one in self._credentials.values() if one.account == account]

    async def found(self, finder: bytes) -> Credential | None:
        """By name, passkey or subject."""
        return next((one for one in self._credentials.values() if one.finder == finder), None)

    async def keep(self, credential: Credential, instead: Collection[CredentialId] = ()) -> bool:
        """Add one in place of others."""
        kept = {key: one for key, one in self._credentials.items() if key not in instead}
        taken = credential.finder is not None and any(one.finder == credential.finder for one in kept.values())
        if taken or credential.id in kept:
            return False
        self._credentials = {**kept, credential.id: credential}
        return True

    async def drop(self, account: AccountId, credential: CredentialId | None = None) -> None:
        """Remove one, or all."""
        self._credentials = {
            key: one
            for key, one in self._credentials.items()
            if one.account != account or credential not in {None, key}
        }

    async def use(self, credential: CredentialId, used: int, at: dt.datetime) -> bool:
        """It was used with this number."""
        one = self._credentials.get(credential)
        if one is None or one.used >= used:
            return False
        self._credentials[credential] = msgspec.structs.replace(one, used=used, used_at=at)
        return True

    async def spend(self, credential: CredentialId, before: bytes, after: bytes, at: dt.datetime) -> bool:
        """Its secret is another one now."""
        one = self._credentials.get(credential)
        if one is None or one.secret != before:
            return False
        self._credentials[credential] = msgspec.structs.replace(one, secret=after, used_at=at)
        return True
