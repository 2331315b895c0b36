"""Machines: they prove who they are by signing (RFC 7523), and are given a token for ten minutes at most."""

import datetime as dt
from collections.abc import Collection
from typing import Final

import msgspec

from application.accounts import Accounts, Invitation, new_credential
from application.identity import Token
from application.others import KeysOf, Signatures, Untrusted, check_claims
from application.proving import Proving
from domain.actors import Actor
from domain.governance.account import open_one
from domain.ids import AccountId

LABEL: Final = "machine"
TOKEN_MINUTES: Final = 10
ASSERTION_LONGEST: Final = dt.timedelta(minutes=10)
REPLAY: Final = "assertion"
JTI_MAX: Final = 200
NO_KEYS: Final = KeysOf(jwks={"keys": []})

_keys = msgspec.json.Decoder(KeysOf)


class KeysNotUsable(Exception):  # noqa: N818 - an outcome
    """These are no public keys to check signatures by, or stand where this installation does not ask for any."""


class Machines:
    """The accounts of machines."""

    def __init__(self, accounts: Accounts, proving: Proving, signatures: Signatures) -> None:
        self._accounts = accounts
        self._proving = proving
        self._signatures = signatures

    async def register(self, by: Actor, actor: Actor, keys: KeysOf) -> AccountId:
        """Give a machine an account. Raises: what `Accounts.invite` raises; KeysNotUsable."""
        self._refuse_unusable(keys)
        made: Invitation = await self._accounts.invite(by, actor, "machine")
        await self._accounts.once.forget(made.account)  # a machine takes up no invitation: its keys are known
        await self.set_keys(made.account, keys)
        return made.account

    async def set_keys(self, account: AccountId, keys: KeysOf) -> None:
        """New keys, in place of those before. Raises: Unknown; AccountIsClosed; KeysNotUsable."""
        self._refuse_unusable(keys)
        open_one(await self._accounts.known(account))
        made = new_credential("keys", account, msgspec.json.encode(keys), self._accounts.clock.now())
        await self._accounts.add(made)

    async def token(self, assertion: str, client: str, audiences: Collection[str]) -> tuple[str, Token, bytes]:
        """A token for the machine that signed this, the text that opens it, and what is kept of that.

        Each assertion is good for one token. Raises: Untrusted; Unreachable; LogUnavailable.
        """
        account = AccountId(client)
        known = await self._accounts.known(account)
        credentials = await self._accounts.store.credentials(account)
        lives = known is not None and not known.closed and known.kind == "machine"
        kept = [one for one in credentials if lives and known and one.id in known.credentials and one.kind == "keys"]
        claims = await self._signatures.claims(assertion, _keys.decode(kept[0].secret) if kept else NO_KEYS)
        now = self._accounts.clock.now()
        check_claims(claims, issuer=client, audiences=audiences, now=now, longest=ASSERTION_LONGEST)
        if claims["sub"] != client:
            raise Untrusted("subject")
        jti = claims.get("jti")
        if not isinstance(jti, str) or not 0 < len(jti) <= JTI_MAX:
            raise Untrusted("repeated")  # what has no name could come again
        seen = self._accounts.secrets.keyed(REPLAY, account, jti)
        if not await self._accounts.once.put(seen, REPLAY, b"-", now + 2 * ASSERTION_LONGEST, account):
            raise Untrusted("repeated")
        assert known is not None
        standings = await self._accounts.standings(known)
        if not standings:
            raise Untrusted("subject")
        text, token, digest = self._proving.session(standings[0], LABEL)
        return text, msgspec.structs.replace(token, expires=now + dt.timedelta(minutes=TOKEN_MINUTES)), digest

    def _refuse_unusable(self, keys: KeysOf) -> None:
        if not self._signatures.usable(keys):
            raise KeysNotUsable
