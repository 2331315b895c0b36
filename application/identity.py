"""Who holds a token: opaque, random, kept only as its hash, and worth nothing once it is revoked or has expired."""

import base64
import datetime as dt
import hashlib
from collections.abc import Sequence
from typing import Final, NewType, Protocol

import msgspec

from domain.actors import Actor
from domain.facts import Instant
from domain.ids import PartnershipId

TokenId = NewType("TokenId", str)
"""A token's public name: it tells tokens apart in lists and logs, and opens nothing."""

PREFIX: Final = "hub_"
SECRET_BYTES: Final = 32


class Token(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a token: whom it names, until when. The secret itself is nowhere.

    One that was `made_from` another ends with that one at the latest.
    """

    id: TokenId
    actor: Actor
    label: str
    made: Instant
    expires: Instant
    revoked: Instant | None = None
    made_from: TokenId | None = None

    def live(self, at: dt.datetime) -> bool:
        """Whether it opens anything at a moment."""
        return self.made <= at < self.expires and (self.revoked is None or at < self.revoked)


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

    async def keep(self, token: Token, digest: bytes) -> None:
        """Enter a new token."""
        ...

    async def revoke(self, token: TokenId, at: dt.datetime) -> bool:
        """End a token early. False if there is none that could be ended."""
        ...

    async def all(self, partnership: PartnershipId | None = None) -> Sequence[Token]:
        """Every token (of a partnership), the newest first."""
        ...
