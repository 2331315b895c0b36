"""OpenID Connect with the providers of the installation: the authorisation code flow, with PKCE, state and nonce."""

import base64
import datetime as dt
import hashlib
import hmac
import time
from collections.abc import Mapping, Sequence
from typing import Any, Final
from urllib.parse import urlencode, urlsplit

import httpx

from adapters.identity.fetching import answer, permitted
from adapters.identity.signatures import JoseSignatures
from application.others import KeysOf, Provider, Untrusted, check_claims
from application.ports import Clock

FRESH_SECONDS: Final = 3600.0
LONGEST: Final = dt.timedelta(days=1)
DISCOVERY: Final = "/.well-known/openid-configuration"


class OidcProviders:
    """Providers, asked for what they offer once an hour."""

    def __init__(
        self, providers: Sequence[Provider], http: httpx.AsyncClient, signatures: JoseSignatures, clock: Clock
    ) -> None:
        self.all: Mapping[str, Provider] = {one.name: one for one in providers}
        self._http = http
        self._signatures = signatures
        self._clock = clock
        self._offers: dict[str, tuple[float, Mapping[str, Any]]] = {}

    async def beginning(self, name: str, back: str, state: str, nonce: str, verifier: str) -> str:
        """The authorisation request."""
        provider = self.all[name]
        challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
        asked = {
            "response_type": "code",
            "client_id": provider.client_id,
            "redirect_uri": back,
            "scope": "openid",
            "state": state,
            "nonce": nonce,
            "code_challenge": challenge,
            "code_challenge_method": "S256",
        }
        return _with(await self._place(provider, "authorization_endpoint"), asked)

    async def subject(self, name: str, code: str, back: str, nonce: str, verifier: str) -> str:
        """Exchange the code, and read the ID token: nothing else of what the provider knows is asked for or kept."""
        provider = self.all[name]
        given = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": back,
            "code_verifier": verifier,
            "client_id": provider.client_id,
        }
        secret = provider.client_secret
        request = self._http.build_request(
            "POST",
            await self._place(provider, "token_endpoint"),
            data=given,
            headers={} if secret is None else {"authorization": _basic(provider.client_id, secret)},
        )
        text = (await answer(self._http, request)).get("id_token")
        if not isinstance(text, str):
            raise Untrusted("answer")
        jwks = await self._place(provider, "jwks_uri")
        self._signatures.also_ask(urlsplit(jwks).hostname or "")
        claims = await self._signatures.claims(text, KeysOf(url=jwks))
        self._check(provider, claims, nonce)
        subject: str = claims["sub"]
        return subject

    async def end(self, name: str, back: str) -> str | None:
        """RP-initiated logout, without an ID token: the provider asks whether that is meant."""
        provider = self.all[name]
        if "end_session_endpoint" not in await self._offer(provider):
            return None
        place = await self._place(provider, "end_session_endpoint")
        return _with(place, {"client_id": provider.client_id, "post_logout_redirect_uri": back})

    def _check(self, provider: Provider, claims: Mapping[str, Any], nonce: str) -> None:
        now = self._clock.now()
        check_claims(claims, issuer=provider.issuer, audiences={provider.client_id}, now=now, longest=LONGEST)
        audience, party = claims["aud"], claims.get("azp")
        if (isinstance(audience, list) and len(audience) > 1 and party is None) or (
            party is not None and party != provider.client_id
        ):
            raise Untrusted("audience")
        if "iat" not in claims:
            raise Untrusted("no-time")
        given = claims.get("nonce")
        if not isinstance(given, str) or not hmac.compare_digest(given.encode(), nonce.encode()):
            raise Untrusted("nonce")

    async def _place(self, provider: Provider, name: str) -> str:
        """An address that the provider names: at a host of its own, or one beside it, over HTTPS."""
        place = (await self._offer(provider)).get(name)
        if not isinstance(place, str) or not permitted(place, {urlsplit(place).hostname or ""}):
            raise Untrusted("answer")
        return place

    async def _offer(self, provider: Provider) -> Mapping[str, Any]:
        known = self._offers.get(provider.name)
        if known is not None and time.monotonic() - known[0] < FRESH_SECONDS:
            return known[1]
        place = provider.issuer.rstrip("/") + DISCOVERY
        offer = await answer(self._http, self._http.build_request("GET", place))
        if offer.get("issuer") != provider.issuer:
            raise Untrusted("issuer")
        self._offers[provider.name] = (time.monotonic(), offer)
        return offer


def _with(place: str, asked: Mapping[str, str]) -> str:
    return f"{place}{'&' if urlsplit(place).query else '?'}{urlencode(asked)}"


def _basic(client: str, secret: str) -> str:
    """Client credentials as RFC 6749 2.3.1 has them: each is form-encoded first."""
    pair = ":".join(urlencode({"": one})[1:] for one in (client, secret))
    return "Basic " + base64.b64encode(pair.encode()).decode()
