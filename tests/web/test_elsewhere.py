"""People sign in with the sign-in of their agency: a real provider beside us, and one that says whatever we like."""

import contextlib
import datetime as dt
import html
import json
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

import httpx
import pytest
from joserfc.jwk import Key

from adapters.identity.oidc import OidcProviders
from adapters.identity.signatures import JoseSignatures
from api import wiring
from application.others import Provider, Unreachable, Untrusted
from tests.api.signing import EC, OTHER, SHARED, public, signed
from tests.api.world import SetClock
from tests.web.signing import invited
from tests.web.site import Site, serving
from tests.web.visitor import Seen, Visitor

pytestmark = pytest.mark.anyio

STARTING_SECONDS = 30


@pytest.fixture(scope="module")
def issuer() -> Iterator[str]:
    """A provider in a process of its own, on this machine."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = subprocess.Popen(
        [sys.executable, "-W", "ignore", "-m", "oidc_provider_mock", "--port", str(port), "--require-nonce", "true"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        url, until = f"http://127.0.0.1:{port}", time.monotonic() + STARTING_SECONDS
        while time.monotonic() < until:
            with contextlib.suppress(httpx.TransportError):
                httpx.get(f"{url}/jwks")
                break
            time.sleep(0.1)
        yield url
    finally:
        process.terminate()
        process.wait()


@pytest.fixture
async def site(issuer: str) -> AsyncIterator[Site]:
    clock = SetClock(dt.datetime.now(dt.UTC))
    known = Provider(name="county", title="County Council", issuer=issuer, client_id="hub", client_secret="secret")  # noqa: S106 - of the mock
    async with serving(wiring.in_memory(clock, providers=[known]), clock, demo=True) as made:
        await made.agencies(("csp", "partnership"))
        yield made


@pytest.fixture
async def visitor(site: Site) -> AsyncIterator[Visitor]:
    async with Visitor(site) as made:
        yield made


async def sent_there(visitor: Visitor, path: str = "/sign-in/with/county") -> httpx.URL:
    answer = await visitor.client.get(path, follow_redirects=False)
    assert answer.status_code == 303, answer.text
    return httpx.URL(answer.headers["location"])


async def signs_in_there(visitor: Visitor, place: httpx.URL, subject: str) -> httpx.URL:
    """Somebody signs in at the provider; where they are sent back to."""
    answer = await visitor.client.post(place, data={"sub": subject}, follow_redirects=False)
    return httpx.URL(answer.headers["location"])


async def through(visitor: Visitor, subject: str, path: str = "/sign-in/with/county") -> Seen:
    back = await signs_in_there(visitor, await sent_there(visitor, path), subject)
    return Seen(await visitor.client.get(back))


async def test_who_takes_up_an_invitation_with_their_agencys_sign_in_needs_no_password_here(
    site: Site, visitor: Visitor
) -> None:
    invitation = await invited(site)
    seen = await visitor.open(f"/invitation?code={invitation.code}")
    [path] = [one for one in seen.links if one.startswith("/sign-in/with/county")]
    seen = await through(visitor, "jo", path)
    assert (seen.status, seen.path) == (200, "/")
    async with Visitor(site) as again:
        seen = await through(again, "jo", "/sign-in/with/county?to=/reports")
        assert (seen.status, seen.path) == (200, "/reports")
    async with Visitor(site) as other:
        assert (await through(other, "somebody-else", path)).status == 403
    for line in site.lines():
        assert "jo" not in json.dumps(line).replace("jo-bloggs", "")


async def test_whom_nobody_here_knows_is_told_to_ask_and_nothing_else(visitor: Visitor) -> None:
    seen = await through(visitor, "nobody")
    assert seen.status == 403
    assert "Ask your administrator" in seen.text
    assert "nobody" not in seen.text
    assert (await visitor.open("/")).path == "/sign-in"


async def test_what_was_begun_in_another_browser_is_not_taken(site: Site, visitor: Visitor) -> None:
    await invited(site)
    back = await signs_in_there(visitor, await sent_there(visitor), "jo")
    async with Visitor(site) as other:
        assert (await other.client.get(back)).status_code == 403
        await sent_there(other)
        assert (await other.client.get(back)).status_code == 403


@pytest.mark.parametrize(
    "changed", [{"state": "another"}, {"iss": "https://other.example"}, {"code": "another"}, {"error": "denied"}]
)
async def test_an_answer_that_is_not_the_one_we_wait_for_opens_nothing(
    site: Site, visitor: Visitor, changed: dict[str, str]
) -> None:
    invitation = await invited(site)
    assert (await through(visitor, "jo", f"/sign-in/with/county?invitation={invitation.code}")).status == 200
    async with Visitor(site) as other:
        back = await signs_in_there(other, await sent_there(other), "jo")
        given = dict(parse_qsl(back.query.decode())) | changed
        if "error" in changed:
            del given["code"]
        assert (await other.client.get(back.copy_with(query=None), params=given)).status_code == 403
        assert (await other.open("/")).path == "/sign-in"


async def test_a_sign_in_that_took_too_long_is_begun_again(site: Site, visitor: Visitor) -> None:
    back = await signs_in_there(visitor, await sent_there(visitor), "jo")
    site.clock.pass_by(minutes=10)
    seen = Seen(await visitor.client.get(back))
    assert seen.status == 403
    assert "took too long" in seen.text


async def test_who_signs_out_is_shown_the_way_to_sign_out_there_too(site: Site, visitor: Visitor) -> None:
    invitation = await invited(site)
    seen = await through(visitor, "jo", f"/sign-in/with/county?invitation={invitation.code}")
    seen = await visitor.send(seen.form("/sign-out"))
    [place] = [one for one in seen.links if "end_session" in one]
    assert parse_qs(urlsplit(place).query)["post_logout_redirect_uri"] == [f"{site.url}/sign-in"]
    assert (await visitor.open("/")).path == "/sign-in"


async def test_what_was_typed_when_the_session_ended_waits_for_who_signs_in_elsewhere(
    site: Site, visitor: Visitor
) -> None:
    invitation = await invited(site)
    await through(visitor, "jo", f"/sign-in/with/county?invitation={invitation.code}")
    form = (await visitor.open("/people/search")).form("/people/search")
    site.clock.pass_by(hours=12)
    seen = await visitor.send(form, typed="Nobody Here 1901")
    assert "What you typed is kept" in seen.text
    [path] = [html.unescape(one) for one in seen.links if "/sign-in/with/county" in one]
    assert "Nobody" not in path
    site.clock.at = dt.datetime.now(dt.UTC)
    seen = await through(visitor, "jo", path)
    assert "Nobody Here 1901" in seen.text


async def test_there_is_no_way_to_a_provider_that_nobody_named(visitor: Visitor) -> None:
    assert (await visitor.open("/sign-in/with/other")).status == 404


class Saying:
    """A provider that says whatever it is told to say."""

    issuer = "https://login.example"

    def __init__(self) -> None:
        self.clock = SetClock()
        self.key: Key = EC
        self.alg = "ES256"
        self.changed: dict[str, Any] = {}
        self.offered: dict[str, Any] = {}
        self.asked: list[httpx.Request] = []
        self.status = 200

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        match request.url.path:
            case "/.well-known/openid-configuration":
                offer = {
                    "issuer": self.issuer,
                    "authorization_endpoint": f"{self.issuer}/authorize",
                    "token_endpoint": f"{self.issuer}/token",
                    "jwks_uri": f"{self.issuer}/jwks",
                }
                return httpx.Response(self.status, json=offer | self.offered)
            case "/jwks":
                return httpx.Response(200, json=public(EC))
            case _:
                now = int(self.clock.now().timestamp())
                claims = {
                    "iss": self.issuer,
                    "aud": "hub",
                    "sub": "jo",
                    "iat": now,
                    "exp": now + 300,
                    "nonce": "nonce",
                }
                return httpx.Response(200, json={"id_token": signed(claims | self.changed, self.key, self.alg)})

    async def subject(self) -> str:
        provider = Provider(name="county", title="County", issuer=self.issuer, client_id="hub", client_secret="a b")  # noqa: S106 - of the mock
        async with httpx.AsyncClient(transport=httpx.MockTransport(self)) as http:
            asking = OidcProviders([provider], http, JoseSignatures(http, ()), self.clock)
            await asking.beginning("county", "https://hub/back", "state", "nonce", "verifier")
            return await asking.subject("county", "code", "https://hub/back", "nonce", "verifier")


async def test_the_code_is_exchanged_with_its_proof_and_our_secret() -> None:
    saying = Saying()
    assert await saying.subject() == "jo"
    [exchange] = [one for one in saying.asked if one.url.path == "/token"]
    given = dict(parse_qsl(exchange.content.decode()))
    assert (given["code"], given["code_verifier"]) == ("code", "verifier")
    assert exchange.headers["authorization"] == "Basic aHViOmErYg=="


@pytest.mark.parametrize(
    ("changed", "wrong"),
    [
        ({"iss": "https://other.example"}, "issuer"),
        ({"aud": "another"}, "audience"),
        ({"aud": []}, "audience"),
        ({"aud": ["hub", "another"]}, "audience"),
        ({"aud": ["hub", "another"], "azp": "another"}, "audience"),
        ({"azp": "another"}, "audience"),
        ({"sub": ""}, "subject"),
        ({"sub": 7}, "subject"),
        ({"nonce": "another"}, "nonce"),
        ({"nonce": None}, "nonce"),
        ({"iat": None}, "no-time"),
        ({"exp": None}, "no-time"),
    ],
)
async def test_the_word_of_a_provider_is_from_it_for_us_and_an_answer_to_our_question(
    changed: dict[str, Any], wrong: str
) -> None:
    saying = Saying()
    saying.changed = changed
    with pytest.raises(Untrusted, match=f"^{wrong}$"):
        await saying.subject()


@pytest.mark.parametrize(
    ("name", "seconds", "wrong"),
    [("exp", -61, "expired"), ("iat", 61, "not-yet"), ("nbf", 61, "not-yet"), ("exp", 86_461, "too-long")],
)
async def test_the_word_of_a_provider_holds_in_its_time(name: str, seconds: int, wrong: str) -> None:
    saying = Saying()
    now = int(saying.clock.now().timestamp())
    saying.changed = {name: now + seconds}
    with pytest.raises(Untrusted, match=f"^{wrong}$"):
        await saying.subject()
    saying.changed = {name: now + seconds + (2 if seconds < 0 else -2)}
    assert await saying.subject() == "jo"


@pytest.mark.parametrize(("key", "alg", "wrong"), [(OTHER, "ES256", "key"), (SHARED, "HS256", "algorithm")])
async def test_the_word_of_a_provider_is_signed_by_its_key(key: Key, alg: str, wrong: str) -> None:
    saying = Saying()
    saying.key, saying.alg = key, alg
    with pytest.raises(Untrusted, match=f"^{wrong}$"):
        await saying.subject()


@pytest.mark.parametrize(
    ("offered", "wrong"),
    [
        ({"issuer": "https://other.example"}, "issuer"),
        ({"token_endpoint": "http://login.example/token"}, "answer"),
        ({"jwks_uri": None}, "answer"),
    ],
)
async def test_a_provider_that_speaks_for_another_or_in_the_open_is_not_asked(
    offered: dict[str, Any], wrong: str
) -> None:
    saying = Saying()
    saying.offered = offered
    with pytest.raises(Untrusted, match=f"^{wrong}$"):
        await saying.subject()


async def test_a_provider_that_is_away_is_said_to_be() -> None:
    saying = Saying()
    saying.status = 503
    with pytest.raises(Unreachable):
        await saying.subject()
