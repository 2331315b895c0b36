"""Whoever signs: keys of our own, and tokens signed by them."""

import datetime as dt
import secrets
from typing import Any, Final

from joserfc import jwt
from joserfc.jwk import ECKey, Key, KeySet, OctKey, RSAKey

from application.others import KeysOf

EC: Final = ECKey.generate_key("P-256", {"kid": "first"})
OTHER: Final = ECKey.generate_key("P-256", {"kid": "other"})
RSA: Final = RSAKey.generate_key(2048, {"kid": "rsa"})
SHARED: Final = OctKey.generate_key(256, {"kid": "first"})


def public(*keys: Key) -> dict[str, Any]:
    """The JWKS of keys, as it is given away."""
    return dict(KeySet(list(keys)).as_dict(private=False))


def keys_of(*keys: Key) -> KeysOf:
    return KeysOf(jwks=public(*keys))


def signed(claims: dict[str, Any], key: Key = EC, alg: str = "ES256") -> str:
    given = {name: value for name, value in claims.items() if value is not None}
    return jwt.encode({"alg": alg, "kid": key.kid}, given, key, algorithms=[alg])


def claims_of(client: str, audience: str, now: dt.datetime, **changed: Any) -> dict[str, Any]:  # noqa: ANN401 - of JSON
    made = {
        "iss": client,
        "sub": client,
        "aud": audience,
        "iat": int(now.timestamp()),
        "exp": int(now.timestamp()) + 300,
        "jti": secrets.token_hex(16),
    }
    return made | changed
