"""A machine proves by signing who it is, once for each token, and holds a token for ten minutes."""

import base64
import json
import time
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from joserfc.jwk import Key

from adapters.identity import signatures
from adapters.identity.fetching import permitted
from adapters.identity.signatures import JoseSignatures
from api.oauth import ASSERTION_TYPE, PATH
from application.accounts import installation
from application.machines import KeysNotUsable
from application.others import KeysOf, Untrusted
from domain.actors import Actor
from domain.ids import AccountId, AgencyId, WorkerId
from tests.api.signing import EC, OTHER, RSA, SHARED, claims_of, keys_of, public, signed
from tests.api.test_http import problem
from tests.api.world import FENLAND, World, world

pytestmark = pytest.mark.anyio

HERE = "http://localhost:8000"
MACHINE = Actor(worker=WorkerId("case-system"), agency=AgencyId("csp"), role="agency-worker", partnership=FENLAND)


@pytest.fixture
async def here() -> AsyncIterator[World]:
    async with world() as made:
        await made.agencies(("csp", "partnership"))
        yield made


@pytest.fixture
async def client(here: World) -> AccountId:
    return await here.hub.machines.register(installation(FENLAND), MACHINE, keys_of(EC, RSA))


async def asked(here: World, assertion: str, **fields: str) -> httpx.Response:
    given = {
        "grant_type": "client_credentials",
        "client_assertion_type": ASSERTION_TYPE,
        "client_assertion": assertion,
    } | fields
    return await here.client.post(PATH, data={name: value for name, value in given.items() if value})


def assertion(here: World, client: str, audience: str = HERE + PATH, **changed: Any) -> str:  # noqa: ANN401 - of JSON
    return signed(claims_of(client, audience, here.clock.now(), **changed))


@pytest.mark.parametrize("audience", [HERE + PATH, HERE])
async def test_a_machine_that_signed_acts_as_its_worker_for_ten_minutes(
    here: World, client: AccountId, audience: str
) -> None:
    answer = await asked(here, assertion(here, client, audience))
    assert answer.status_code == 200, answer.text
    assert answer.headers["cache-control"] == "no-store"
    given = answer.json()
    assert (given["token_type"], given["expires_in"]) == ("Bearer", 600)
    headers = {"authorization": f"Bearer {given['access_token']}"}
    assert (await here.client.get("/v1/agencies", headers=headers)).status_code == 200
    assert '"worker":"case-system"' in here.logged().replace(" ", "")
    here.clock.pass_by(minutes=10)
    problem(await here.client.get("/v1/agencies", headers=headers), 401, "unauthenticated")


@pytest.mark.parametrize("key", [EC, RSA])
async def test_either_kind_of_key_signs(here: World, client: AccountId, key: Key) -> None:
    claims = claims_of(client, HERE, here.clock.now())
    for alg in ("ES256",) if key is EC else ("RS256", "PS256"):
        claims["jti"] += alg
        assert (await asked(here, signed(claims, key, alg))).status_code == 200


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"iss": "somebody-else"}, "iss and sub"),
        ({"sub": "somebody-else"}, "iss and sub"),
        ({"sub": None}, "iss and sub"),
        ({"aud": "https://other.example/oauth/token"}, "not for this server"),
        ({"aud": None}, "not for this server"),
        ({"aud": [{}]}, "not for this server"),
        ({"exp": None}, "until when"),
        ({"exp": "soon"}, "until when"),
        ({"exp": True}, "until when"),
        ({"exp": 1e30}, "until when"),
        ({"jti": None}, "jti"),
        ({"jti": ""}, "jti"),
        ({"jti": "j" * 201}, "jti"),
    ],
)
async def test_an_assertion_that_is_not_whole_is_refused(
    here: World, client: AccountId, changed: dict[str, Any], said: str
) -> None:
    answer = await asked(here, assertion(here, client, **changed), client_id=client)
    assert answer.status_code == 401
    assert answer.json()["error"] == "invalid_client"
    assert said in answer.json()["error_description"]


@pytest.mark.parametrize(
    ("name", "seconds", "said"),
    [("exp", -61, "expired"), ("exp", 661, "longer than ten minutes"), ("iat", 61, "future"), ("nbf", 61, "future")],
)
async def test_an_assertion_holds_in_its_time_alone(
    here: World, client: AccountId, name: str, seconds: int, said: str
) -> None:
    now = int(here.clock.now().timestamp())
    answer = await asked(here, assertion(here, client, HERE, **{name: now + seconds}))
    assert answer.status_code == 401
    assert said in answer.json()["error_description"]
    nearly = await asked(here, assertion(here, client, HERE, **{name: now + seconds + (2 if seconds < 0 else -2)}))
    assert nearly.status_code == 200, nearly.text


async def test_an_assertion_is_good_for_one_token_even_if_the_clock_jumps_back(here: World, client: AccountId) -> None:
    text = assertion(here, client)
    assert (await asked(here, text)).status_code == 200
    for minutes in (0, 4, -9):
        here.clock.pass_by(minutes=minutes)
        answer = await asked(here, text)
        assert answer.status_code == 401


@pytest.mark.parametrize(
    ("key", "alg", "said"),
    [
        (OTHER, "ES256", "no such key"),
        (SHARED, "HS256", "algorithm"),
    ],
)
async def test_a_key_that_is_not_the_clients_signs_nothing(
    here: World,
    client: AccountId,
    key: Key,
    alg: str,
    said: str,
) -> None:
    answer = await asked(here, signed(claims_of(client, HERE, here.clock.now()), key, alg), client_id=client)
    assert answer.status_code == 401
    assert said in answer.json()["error_description"]


async def test_what_was_altered_or_not_signed_at_all_is_refused(here: World, client: AccountId) -> None:
    head, body, signature = assertion(here, client).split(".")
    none = base64.urlsafe_b64encode(b'{"alg":"none"}').rstrip(b"=").decode()
    for text in (f"{head}.{body}.{signature[::-1]}", f"{none}.{body}.", f"{head}.{body}", "", "a.b.c", "é.é.é"):
        assert (await asked(here, text, client_id=client)).status_code == 401


async def test_a_client_that_there_is_not_is_refused_as_one_without_that_key(here: World, client: AccountId) -> None:
    unknown = await asked(here, signed(claims_of("nobody", HERE, here.clock.now()), OTHER))
    known = await asked(here, signed(claims_of(client, HERE, here.clock.now()), OTHER))
    assert unknown.status_code == known.status_code == 401
    assert unknown.text == known.text


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({"grant_type": "authorization_code"}, "unsupported_grant_type"),
        ({"grant_type": ""}, "invalid_request"),
        ({"scope": "everything"}, "invalid_scope"),
        ({"client_assertion_type": "something"}, "invalid_client"),
    ],
)
async def test_what_is_not_offered_is_refused_as_the_standard_says(
    here: World, client: AccountId, fields: dict[str, str], error: str
) -> None:
    answer = await asked(here, assertion(here, client), **fields)
    assert answer.status_code in {400, 401}
    assert answer.json()["error"] == error


async def test_a_request_is_a_form_that_says_each_thing_once(here: World) -> None:
    twice = await here.client.post(
        PATH,
        content="grant_type=client_credentials&grant_type=client_credentials",
        headers={"content-type": "application/x-www-form-urlencoded"},
    )
    assert (twice.status_code, twice.json()["error"]) == (400, "invalid_request")
    as_json = await here.client.post(PATH, json={})
    assert (as_json.status_code, as_json.json()["error"]) == (415, "invalid_request")


async def test_a_machine_that_is_ended_ends_with_its_tokens(here: World, client: AccountId) -> None:
    token = (await asked(here, assertion(here, client))).json()["access_token"]
    await here.hub.accounts.leave(installation(FENLAND), client)
    headers = {"authorization": f"Bearer {token}"}
    problem(await here.client.get("/v1/agencies", headers=headers), 401, "unauthenticated")
    assert (await asked(here, assertion(here, client))).status_code == 401


async def test_new_keys_take_the_place_of_those_before(here: World, client: AccountId) -> None:
    await here.hub.machines.set_keys(client, keys_of(OTHER))
    assert (await asked(here, assertion(here, client))).status_code == 401
    assert (await asked(here, signed(claims_of(client, HERE, here.clock.now()), OTHER))).status_code == 200


@pytest.mark.parametrize(
    "keys",
    [
        KeysOf(),
        KeysOf(jwks={"keys": []}),
        KeysOf(jwks={"keys": "none"}),
        KeysOf(jwks={"keys": [EC.as_dict(private=True)]}),
        KeysOf(jwks={"keys": [SHARED.as_dict(private=True)]}),
        KeysOf(jwks={"keys": [{"kty": "EC"}]}),
        KeysOf(url="https://not.named/jwks.json"),
        KeysOf(url="file:///etc/passwd"),
    ],
)
async def test_keys_are_public_ones_at_hosts_that_were_named(here: World, keys: KeysOf) -> None:
    with pytest.raises(KeysNotUsable):
        await here.hub.machines.register(installation(FENLAND), MACHINE, keys)


@pytest.mark.parametrize(
    ("url", "may"),
    [
        ("https://keys.example/jwks", True),
        ("https://keys.example:8443/jwks", True),
        ("http://keys.example/jwks", False),
        ("http://localhost:1/jwks", True),
        ("https://user@keys.example/jwks", False),
        ("https://keys.example.evil/jwks", False),
        ("https://[::1", False),
    ],
)
def test_only_hosts_that_were_named_are_asked_and_only_encrypted(url: str, *, may: bool) -> None:
    assert permitted(url, {"keys.example", "localhost"}) is may


class Keys:
    """Keys at an address, and how often they were asked for."""

    def __init__(self) -> None:
        self.asked = 0
        self.jwks = public(EC)
        self.status = 200

    def __call__(self, _: httpx.Request) -> httpx.Response:
        self.asked += 1
        headers = {"location": "http://127.0.0.1/elsewhere"} if self.status == 302 else {}
        return httpx.Response(self.status, content=json.dumps(self.jwks), headers=headers)


async def test_keys_are_changed_over_by_publishing_them(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [1000.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    keys, at = Keys(), KeysOf(url="https://keys.example/jwks")
    async with httpx.AsyncClient(transport=httpx.MockTransport(keys)) as http:
        checking = JoseSignatures(http, ["keys.example"])
        for _ in range(3):
            await checking.claims(signed({"sub": "x"}), at)
        assert keys.asked == 1
        keys.jwks = public(EC, OTHER)
        now[0] += signatures.AGAIN_SECONDS
        await checking.claims(signed({"sub": "x"}, OTHER), at)
        assert keys.asked == 2
        keys.jwks = public(OTHER)
        now[0] += signatures.FRESH_SECONDS
        with pytest.raises(Untrusted, match="key"):
            await checking.claims(signed({"sub": "x"}), at)
        for _ in range(5):  # nobody makes us ask again and again by naming keys that there are not
            with pytest.raises(Untrusted, match="key"):
                await checking.claims(signed({"sub": "x"}), at)
        assert keys.asked == 3


async def test_an_address_that_leads_elsewhere_or_says_too_much_gives_no_keys() -> None:
    keys = Keys()
    async with httpx.AsyncClient(transport=httpx.MockTransport(keys), follow_redirects=False) as http:
        checking = JoseSignatures(http, ["keys.example"])
        keys.status = 302
        with pytest.raises(Untrusted, match="answer"):
            await checking.claims(signed({"sub": "x"}), KeysOf(url="https://keys.example/jwks"))
        keys.status, keys.jwks = 200, {"keys": ["x" * 300_000]}
        with pytest.raises(Untrusted, match="answer"):
            await checking.claims(signed({"sub": "x"}), KeysOf(url="https://keys.example/jwks"))
