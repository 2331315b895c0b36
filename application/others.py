"""What others sign: the word of an identity provider on who somebody is, and the assertions of machines.

A token is taken only with a signature by the right key under an algorithm of ours, from the right issuer, for us, and
in its time. What is wrong with it is said in one word.
"""

import datetime as dt
from collections.abc import Collection, Mapping
from typing import Any, Final, Literal, Protocol

import msgspec

ALGORITHMS: Final = ("ES256", "ES384", "PS256", "RS256", "EdDSA", "Ed25519")
"""Signatures by a key that only the signer has: never `none`, never a secret that we would share."""
LEEWAY: Final = dt.timedelta(seconds=60)
"""By so much the clock of whoever signed may differ."""

Wrong = Literal[
    "unreadable",
    "algorithm",
    "key",
    "signature",
    "issuer",
    "audience",
    "subject",
    "expired",
    "not-yet",
    "too-long",
    "no-time",
    "nonce",
    "repeated",
    "answer",
]


class Untrusted(Exception):  # noqa: N818 - an outcome
    """What somebody else signed is not taken."""

    def __init__(self, wrong: Wrong) -> None:
        super().__init__(wrong)
        self.wrong: Wrong = wrong


class Unreachable(Exception):  # noqa: N818 - an outcome
    """The provider, or the address of the keys, does not answer."""


class KeysOf(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The public keys of somebody: as they are (RFC 7517), or the address where they stand."""

    jwks: dict[str, Any] | None = None
    url: str | None = None


class Signatures(Protocol):
    """Checks who signed."""

    async def claims(self, text: str, keys: KeysOf) -> Mapping[str, Any]:
        """What a signed token says. Raises: Untrusted; Unreachable."""
        ...

    def usable(self, keys: KeysOf) -> bool:
        """Whether these are public keys that a signature may be checked by, or an address that may be asked."""
        ...


class Provider(msgspec.Struct, frozen=True, kw_only=True):
    """An identity provider, as the installation knows it: `name` in addresses, `title` on pages."""

    name: str
    title: str
    issuer: str
    client_id: str
    client_secret: str | None = None


class Providers(Protocol):
    """Signs people in elsewhere: OpenID Connect, the authorisation code flow with PKCE."""

    @property
    def all(self) -> Mapping[str, Provider]:
        """Those of the installation, by name."""
        ...

    async def beginning(self, name: str, back: str, state: str, nonce: str, verifier: str) -> str:
        """Where somebody is sent to sign in. Raises: Unreachable; Untrusted."""
        ...

    async def subject(self, name: str, code: str, back: str, nonce: str, verifier: str) -> str:
        """Who came back with this code, by the provider's name for them. Raises: Unreachable; Untrusted."""
        ...

    async def end(self, name: str, back: str) -> str | None:
        """Where somebody is sent to sign out there, too, if that is offered. Raises: Unreachable; Untrusted."""
        ...


def check_claims(
    claims: Mapping[str, Any], *, issuer: str, audiences: Collection[str], now: dt.datetime, longest: dt.timedelta
) -> None:
    """Whose word it is, to whom, and whether it holds now. Raises: Untrusted."""
    if claims.get("iss") != issuer:
        raise Untrusted("issuer")
    given = claims.get("aud")
    named = [given] if isinstance(given, str) else given if isinstance(given, list) else []
    if not any(one in audiences for one in named if isinstance(one, str)):
        raise Untrusted("audience")
    if not isinstance(claims.get("sub"), str) or not claims["sub"]:
        raise Untrusted("subject")
    expires, made, begins = (_moment(claims, name) for name in ("exp", "iat", "nbf"))
    if expires is None:
        raise Untrusted("no-time")
    if now >= expires + LEEWAY:
        raise Untrusted("expired")
    if any(one is not None and one > now + LEEWAY for one in (made, begins)):
        raise Untrusted("not-yet")
    if expires > now + longest + LEEWAY:
        raise Untrusted("too-long")


def _moment(claims: Mapping[str, Any], name: str) -> dt.datetime | None:
    value = claims.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise Untrusted("no-time")
    try:
        return dt.datetime.fromtimestamp(value, dt.UTC)
    except (OverflowError, ValueError, OSError):
        raise Untrusted("no-time") from None
