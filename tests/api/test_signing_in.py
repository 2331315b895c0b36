"""A token names one worker of one partnership, is kept only as its hash, and opens nothing once it is ended."""

import asyncio
import datetime as dt
from collections.abc import AsyncIterator, Collection, Mapping

import msgspec
import pytest

from adapters.identity.tokens import MemoryTokens
from api.problems import ProblemError
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


async def test_a_revoked_token_opens_nothing_from_then_on(here: World) -> None:
    system = await here.caller("system", "hub")
    assert (await system.post("/v1/agencies", POLICE)).status_code == 201
    assert await here.hub.tokens.revoke(system.token, here.clock.now())
    problem(await system.post("/v1/agencies", POLICE), 401, "unauthenticated")


async def test_what_was_revoked_stays_so_when_the_clock_jumps_back(here: World) -> None:
    system = await here.caller("system", "hub")
    here.clock.pass_by(minutes=2)
    await here.hub.tokens.revoke(system.token, here.clock.now())
    here.clock.pass_by(minutes=-1)
    problem(await system.post("/v1/agencies", POLICE), 401, "unauthenticated")


async def test_a_token_of_the_future_opens_nothing_until_the_clock_is_near_it(here: World) -> None:
    system = await here.caller("system", "hub")
    here.clock.pass_by(minutes=-2)
    assert (await system.post("/v1/agencies", POLICE)).status_code == 201
    here.clock.pass_by(minutes=-1)
    problem(await system.post("/v1/agencies", POLICE), 401, "unauthenticated")


async def test_a_token_serves_its_own_partnership_alone(here: World) -> None:
    await here.agencies(("police", "police"))
    elsewhere = await here.caller("constable", "police", partnership="wisbech")
    there = await elsewhere.post("/v1/people", {"identity": "unknown", "provisional": "no-name-given"})
    problem(there, 403, "not-in-post")


async def test_only_the_hash_of_a_token_is_kept_and_nothing_of_it_is_logged(here: World) -> None:
    system = await here.caller("system", "hub")
    await system.post("/v1/agencies", POLICE)
    text = system.authorization.removeprefix("Bearer ")
    assert text not in here.logged()
    assert text not in repr(vars(here.hub.tokens))


class Slow(MemoryTokens):
    """Tokens that answer when they are told to, and remember which were asked for together."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[set[bytes]] = []
        self.may_answer = asyncio.Event()
        self.away = False

    async def holders(self, digests: Collection[bytes]) -> Mapping[bytes, Token]:
        self.asked.append(set(digests))
        found = await super().holders(digests)
        await self.may_answer.wait()
        if self.away:
            raise LogUnavailable
        return found


def someone(clock: SetClock) -> Token:
    actor = Actor(worker=WorkerId("w"), agency=AgencyId("a"), role="constable", partnership=PartnershipId(FENLAND))
    return Token(id=TokenId("t-1"), actor=actor, label="", made=clock.now(), expires=clock.now() + dt.timedelta(days=1))


async def in_the_same_post(actor: Actor) -> Actor:
    return actor


def header_of(number: int) -> bytes:
    return f"Bearer {text_of(number)}".encode()


def text_of(number: int) -> str:
    return written(bytes([number]) * 32)


@pytest.fixture
async def slow() -> Slow:
    tokens, clock = Slow(), SetClock()
    for number in range(5):
        await tokens.keep(msgspec.structs.replace(someone(clock), id=TokenId(f"t-{number}")), digest(text_of(number)))
    return tokens


async def test_who_comes_while_somebody_is_looked_up_is_looked_up_after_it_and_together(slow: Slow) -> None:
    known = SigningIn(slow, SetClock(), in_the_same_post)
    first = asyncio.ensure_future(known.holder(header_of(0)))
    await asyncio.sleep(0.01)
    others = [asyncio.ensure_future(known.holder(header_of(number))) for number in (1, 2, 2, 0)]
    await asyncio.sleep(0.01)
    assert [len(one) for one in slow.asked] == [1]
    slow.may_answer.set()
    assert [(await one).id for one in (first, *others)] == ["t-0", "t-1", "t-2", "t-2", "t-0"]
    assert [len(one) for one in slow.asked] == [1, 3]


async def test_nobody_rests_on_an_answer_that_was_asked_for_before_they_came(slow: Slow) -> None:
    known = SigningIn(slow, SetClock(), in_the_same_post)
    first = asyncio.ensure_future(known.holder(header_of(0)))
    await asyncio.sleep(0.01)
    await slow.revoke(TokenId("t-0"), SetClock().now())
    second = asyncio.ensure_future(known.holder(header_of(0)))
    slow.may_answer.set()
    assert (await first).id == "t-0"
    with pytest.raises(ProblemError):
        await second


async def test_who_gives_up_waiting_takes_the_answer_from_nobody(slow: Slow) -> None:
    known = SigningIn(slow, SetClock(), in_the_same_post)
    impatient, patient = (asyncio.ensure_future(known.holder(header_of(0))) for _ in range(2))
    await asyncio.sleep(0.01)
    impatient.cancel()
    slow.may_answer.set()
    assert (await patient).id == "t-0"


async def test_nobody_is_let_in_while_the_database_is_away_and_all_are_after_it(slow: Slow) -> None:
    known = SigningIn(slow, SetClock(), in_the_same_post)
    slow.may_answer.set()
    slow.away = True
    for _ in range(2):
        with pytest.raises(LogUnavailable):
            await known.holder(header_of(0))
    slow.away = False
    assert (await known.holder(header_of(0))).id == "t-0"


def test_the_hash_of_a_token_is_of_its_whole_text() -> None:
    assert digest(written(b"1" * 32)) != digest(written(b"2" * 32))
    assert len(written(b"1" * 32)) == 47
