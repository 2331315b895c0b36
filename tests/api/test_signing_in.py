"""A token names one worker of one partnership, is kept only as its hash, and opens nothing once it is ended."""

import datetime as dt
import time
from collections.abc import AsyncIterator, Sequence

import pytest

from api.signing_in import SigningIn
from application.identity import Token, TokenId, digest, written
from application.ports import LogUnavailable
from domain.actors import Actor
from domain.ids import AgencyId, PartnershipId, WorkerId
from tests.api.test_http import POLICE, problem
from tests.api.world import FENLAND, SetClock, World, world

pytestmark = pytest.mark.anyio


@pytest.fixture
async def here() -> AsyncIterator[World]:
    async with world() as made:
        yield made


@pytest.mark.parametrize(
    "authorization",
    [
        None,
        "",
        "Bearer",
        "Bearer hub_",
        f"Bearer {written(b'0' * 32)}",
        f"Bearer {written(b'0' * 32)}x",
        f"Basic {written(b'0' * 32)}",
        "Bearer hub_' OR 1=1 --",
    ],
)
async def test_who_is_not_known_is_asked_to_sign_in(here: World, authorization: str | None) -> None:
    headers = {} if authorization is None else {"authorization": authorization}
    answer = await here.client.post("/v1/agencies", json=POLICE, headers=headers)
    problem(answer, 401, "unauthenticated")
    assert answer.headers["www-authenticate"].startswith("Bearer ")
    assert await here.hub.decider.log.heads() == {}


async def test_a_token_opens_until_it_expires(here: World) -> None:
    system = await here.caller("system", "hub", days=1)
    assert (await system.post("/v1/agencies", POLICE)).status_code == 201
    here.clock.pass_by(days=1)
    problem(await system.post("/v1/agencies", POLICE), 401, "unauthenticated")


async def test_a_revoked_token_opens_nothing_within_a_second(here: World, monkeypatch: pytest.MonkeyPatch) -> None:
    system = await here.caller("system", "hub")
    assert (await system.post("/v1/agencies", POLICE)).status_code == 201
    assert await here.hub.tokens.revoke(system.token, here.clock.now())
    later = time.monotonic() + 1.01
    monkeypatch.setattr(time, "monotonic", lambda: later)
    problem(await system.post("/v1/agencies", POLICE), 401, "unauthenticated")


async def test_a_token_serves_its_own_partnership_alone(here: World) -> None:
    await here.agencies(("police", "police"))
    elsewhere = await here.caller("constable", "police", partnership="wisbech")
    there = await elsewhere.post("/v1/people", {"identity": "unknown", "provisional": "no-name-given"})
    problem(there, 404, "unknown")


async def test_only_the_hash_of_a_token_is_kept_and_nothing_of_it_is_logged(here: World) -> None:
    system = await here.caller("system", "hub")
    await system.post("/v1/agencies", POLICE)
    text = system.authorization.removeprefix("Bearer ")
    assert text not in here.logged()
    assert text not in repr(vars(here.hub.tokens))


class Counted:
    """Tokens that count how often they are asked."""

    def __init__(self, token: Token | None) -> None:
        self.token = token
        self.asked = 0

    async def holder(self, digest: bytes) -> Token | None:  # noqa: ARG002 - the port's
        self.asked += 1
        if self.asked > 2:
            raise LogUnavailable
        return self.token

    async def keep(self, token: Token, digest: bytes) -> None:
        raise NotImplementedError

    async def revoke(self, token: TokenId, at: dt.datetime) -> bool:
        raise NotImplementedError

    async def all(self, partnership: PartnershipId | None = None) -> Sequence[Token]:
        raise NotImplementedError


def someone(clock: SetClock) -> Token:
    actor = Actor(worker=WorkerId("w"), agency=AgencyId("a"), role="constable", partnership=PartnershipId(FENLAND))
    return Token(id=TokenId("t-1"), actor=actor, label="", made=clock.now(), expires=clock.now() + dt.timedelta(days=1))


async def test_a_token_in_use_is_looked_up_once_a_second(monkeypatch: pytest.MonkeyPatch) -> None:
    clock, now = SetClock(), [100.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    tokens = Counted(someone(clock))
    known = SigningIn(tokens, clock)
    header = f"Bearer {written(b'1' * 32)}".encode()
    for _ in range(5):
        await known.holder(header)
    assert tokens.asked == 1
    now[0] += 1.0
    await known.holder(header)
    assert tokens.asked == 2
    now[0] += 1.0
    with pytest.raises(LogUnavailable):  # never trusted for longer because the database is away
        await known.holder(header)


def test_the_hash_of_a_token_is_of_its_whole_text() -> None:
    assert digest(written(b"1" * 32)) != digest(written(b"2" * 32))
    assert len(written(b"1" * 32)) == 47
