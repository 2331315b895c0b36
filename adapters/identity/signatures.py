"""Checks signatures by public keys (joserfc), and asks again for keys that were changed over meanwhile."""

import time
from collections.abc import Collection, Mapping
from typing import Any, Final

import httpx
from joserfc import jws, jwt
from joserfc.errors import BadSignatureError, JoseError
from joserfc.jwk import JWKRegistry, KeySet, RSAKey

from adapters.identity.fetching import answer, permitted
from application.others import ALGORITHMS, KeysOf, Untrusted

FRESH_SECONDS: Final = 300.0
"""For so long keys are taken as they were."""
AGAIN_SECONDS: Final = 10.0
"""A key that nobody knows makes us ask anew, but not more often than this."""
TEXT_MAX: Final = 16 * 1024
RSA_BITS_MIN: Final = 2048
KEYS_MAX: Final = 20


class JoseSignatures:
    """Keys that stand at an address are asked for at `hosts` alone, and remembered for a while."""

    def __init__(self, http: httpx.AsyncClient, hosts: Collection[str]) -> None:
        self._http = http
        self._hosts = frozenset(hosts)
        self._known: dict[str, tuple[float, KeySet]] = {}

    async def claims(self, text: str, keys: KeysOf) -> Mapping[str, Any]:
        """What a token says that one of these keys signed."""
        header = _header(text)
        if header.get("alg") not in ALGORITHMS:
            raise Untrusted("algorithm")
        kid = header.get("kid")
        found = await self._keys(keys, kid)
        if not _has(found, kid):
            raise Untrusted("key")
        try:
            return jwt.decode(text, found, algorithms=list(ALGORITHMS)).claims
        except BadSignatureError:
            raise Untrusted("signature") from None
        except (JoseError, ValueError, TypeError):
            raise Untrusted("unreadable") from None

    def usable(self, keys: KeysOf) -> bool:
        """Whether a signature may be checked by these."""
        if keys.url is not None:
            return keys.jwks is None and permitted(keys.url, self._hosts)
        try:
            return bool(_public(keys.jwks or {}).keys)
        except Untrusted:
            return False

    def also_ask(self, host: str) -> None:
        """Ask this host, too, which the installation names elsewhere."""
        self._hosts |= {host}

    async def _keys(self, keys: KeysOf, kid: object) -> KeySet:
        if keys.url is None:
            return _public(keys.jwks or {})
        known = self._known.get(keys.url)
        age = None if known is None else time.monotonic() - known[0]
        if known is not None and age is not None:
            unknown = not _has(known[1], kid)
            if age < AGAIN_SECONDS or (age < FRESH_SECONDS and not unknown):
                return known[1]
        if not permitted(keys.url, self._hosts):
            raise Untrusted("key")
        found = _public(await answer(self._http, self._http.build_request("GET", keys.url)))
        self._known[keys.url] = (time.monotonic(), found)
        return found


def _header(text: str) -> Mapping[str, Any]:
    if len(text) > TEXT_MAX or text.count(".") != 2:  # noqa: PLR2004 - three parts
        raise Untrusted("unreadable")
    try:
        return jws.extract_compact(text.encode()).headers()
    except (JoseError, ValueError, TypeError):
        raise Untrusted("unreadable") from None


def _has(keys: KeySet, kid: object) -> bool:
    """A key is named, or there is but one."""
    if kid is None:
        return len(keys.keys) == 1
    return any(one.kid == kid for one in keys.keys)


def _public(jwks: Mapping[str, Any]) -> KeySet:
    """The keys by which a signature may be checked. Raises: Untrusted where a secret one is among them."""
    given = jwks.get("keys")
    if not isinstance(given, list) or len(given) > KEYS_MAX:
        raise Untrusted("key")
    usable = []
    for one in given:
        if not isinstance(one, dict) or "d" in one or "k" in one:
            raise Untrusted("key")
        if one.get("use", "sig") != "sig" or one.get("kty") not in {"EC", "RSA", "OKP"}:
            continue  # keys for something else
        usable.append(one)
    try:
        found = KeySet([JWKRegistry.import_key(one) for one in usable])
    except (JoseError, ValueError, TypeError, KeyError):
        raise Untrusted("key") from None
    for key in found.keys:
        if isinstance(key, RSAKey) and key.public_key.key_size < RSA_BITS_MIN:
            raise Untrusted("key")
    return found
