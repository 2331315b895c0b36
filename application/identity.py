"""Who holds a token: opaque, random, kept only as its hash, and worth nothing once it is revoked or has expired."""

import base64
import datetime as dt
import hashlib
from collections.abc import Collection, Mapping, Sequence
from typing import Final, NewType, Protocol

import msgspec

from domain.actors import Actor
from domain.facts import Instant
from domain.ids import AccountId, PartnershipId

TokenId = NewType("TokenId", str)
"""A token's public name: it tells tokens apart in lists and logs, and opens nothing."""

PREFIX: Final = "hub_"
SECRET_BYTES: Final = 32
CLOCK_DRIFT: Final = dt.timedelta(minutes=2)
"""By so much the clocks of those who make and those who check tokens may differ."""


class Token(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a token: whom it names, until when. The secret itself is nowhere.

    One that was `made_from` another ends with that one at the latest. One of an `account` belongs to a `generation`
    of its sessions and ends with it.
    """

    id: TokenId
    actor: Actor
    label: str
    made: Instant
    expires: Instant
    revoked: Instant | None = None
    made_from: TokenId | None = None
    account: AccountId | None = None
    generation: int | None = None

    def live(self, at: dt.datetime) -> bool:
        """Whether it opens anything at a moment. What was revoked stays so, whatever a clock says later."""
        return self.revoked is None and self.made - CLOCK_DRIFT <= at < self.expires


def written(secret: bytes) -> str:
    """A secret as it is shown once, to be sent as `Authorization: Bearer …`."""
    assert len(secret) == SECRET_BYTES
    return PREFIX + base64.urlsafe_b64encode(secret).rstrip(b"=").decode()


def digest(text: str) -> bytes:
    """What is kept of a token. The secret has 256 random bits, so a plain hash cannot be searched."""
    return hashlib.sha256(text.encode()).digest()


class Tokens(Protocol):
    """Where tokens are kept. Raises LogUnavailable where the store does not answer."""

    async def holder(self, digest: bytes) -> Token | None:
        """The token with this digest, live or not."""
        ...

    async def holders(self, digests: Collection[bytes]) -> Mapping[bytes, Token]:
        """The tokens with these digests, as they are now, by digest."""
        ...

    async def keep(self, token: Token, digest: bytes) -> None:
        """Enter a new token."""
        ...

    async def revoke(self, token: TokenId, at: dt.datetime) -> bool:
        """End a token early. False if there is none that could be ended."""
        ...

    async def all(self, partnership: PartnershipId | None = None, account: AccountId | None = None) -> Sequence[Token]:
        """Every token (of a partnership, of an account), the newest first."""
        ...
