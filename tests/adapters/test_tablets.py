"""Seats at a shared tablet are kept alike in PostgreSQL and in memory."""

import asyncio
import datetime as dt
import hashlib
from collections.abc import AsyncIterator

import asyncpg
import msgspec
import pytest

from adapters.identity.tablets import MemoryTablets, PostgresTablets
from adapters.identity.tokens import MemoryTokens, PostgresTokens
from application.identity import Token, TokenId, Tokens
from application.tablet import SEATS, TRIES, Tablets, guessable
from domain.actors import Actor
from domain.ids import AgencyId, PartnershipId, WorkerId
from tests.conftest import Database

pytestmark = pytest.mark.anyio

NOW = dt.datetime(2025, 6, 2, 10, 0, tzinfo=dt.UTC)
TABLET, OTHER = hashlib.sha256(b"a tablet").digest(), hashlib.sha256(b"another").digest()
SALT, PIN = b"s" * 16, b"p" * 32


@pytest.fixture(params=["memory", "postgres"])
async def stores(request: pytest.FixtureRequest, database: Database) -> AsyncIterator[tuple[Tokens, Tablets]]:
    if request.param == "memory":
        tokens = MemoryTokens()
        yield tokens, MemoryTablets(tokens)
        return
    async with asyncpg.create_pool(database.app_url, min_size=0, max_size=4) as pool:
        yield PostgresTokens(pool), PostgresTablets(pool)


async def session(tokens: Tokens, worker: str, made_from: str | None = None, hours: float = 12) -> Token:
    token = Token(
        id=TokenId(f"s-{worker}"),
        actor=Actor(
            worker=WorkerId(worker),
            agency=AgencyId("csp"),
            role="hub-coordinator",
            partnership=PartnershipId("fenland"),
        ),
        label="tablet",
        made=NOW,
        expires=NOW + dt.timedelta(hours=hours),
        made_from=None if made_from is None else TokenId(made_from),
    )
    await tokens.keep(token, hashlib.sha256(token.id.encode()).digest())
    return token


async def live(tablets: Tablets, at: dt.datetime = NOW) -> list[str]:
    return [one.session.actor.worker for one in await tablets.seats(TABLET) if one.live(at)]


async def test_a_seat_is_that_of_its_worker_at_one_tablet(stores: tuple[Tokens, Tablets]) -> None:
    tokens, tablets = stores
    assert await tablets.join(TABLET, await session(tokens, "ann"), SALT, PIN, NOW)
    assert await tablets.join(TABLET, await session(tokens, "bob"), SALT, PIN, NOW)
    assert await live(tablets) == ["ann", "bob"]
    assert [(one.number, one.salt, one.pin, one.tries) for one in await tablets.seats(TABLET)] == [
        (1, SALT, PIN, 0),
        (2, SALT, PIN, 0),
    ]
    assert not await tablets.seats(OTHER)


async def test_no_more_than_twelve_share_a_tablet(stores: tuple[Tokens, Tablets]) -> None:
    tokens, tablets = stores
    for number in range(SEATS):
        assert await tablets.join(TABLET, await session(tokens, f"w-{number}"), SALT, PIN, NOW)
    last = await session(tokens, "late")
    assert not await tablets.join(TABLET, last, SALT, PIN, NOW)
    await tablets.leave(TokenId("s-w-3"))
    assert await tablets.join(TABLET, last, SALT, PIN, NOW)
    assert len(await live(tablets)) == SEATS


async def test_a_seat_ends_with_its_session_or_the_token_that_was_made_from(stores: tuple[Tokens, Tablets]) -> None:
    tokens, tablets = stores
    await session(tokens, "root")
    await tablets.join(TABLET, await session(tokens, "ann"), SALT, PIN, NOW)
    await tablets.join(TABLET, await session(tokens, "bob", made_from="s-root"), SALT, PIN, NOW)
    await tablets.join(TABLET, await session(tokens, "cat", hours=1), SALT, PIN, NOW)
    await tokens.revoke(TokenId("s-ann"), NOW)
    assert await live(tablets) == ["bob", "cat"]
    await tokens.revoke(TokenId("s-root"), NOW)
    assert await live(tablets) == ["cat"]
    assert await live(tablets, NOW + dt.timedelta(hours=1)) == []
    await tablets.join(OTHER, await session(tokens, "dan"), SALT, PIN, NOW + dt.timedelta(hours=1))
    assert not await tablets.seats(TABLET), "what has run out is forgotten"


async def test_tries_at_once_are_counted_one_by_one(stores: tuple[Tokens, Tablets]) -> None:
    tokens, tablets = stores
    await tablets.join(TABLET, await session(tokens, "ann"), SALT, PIN, NOW)
    left = await asyncio.gather(*(tablets.try_pin(TABLET, 1) for _ in range(TRIES + 2)))
    assert sorted(left) == [-1, -1, 0, 1, 2, 3, 4]
    assert await live(tablets) == []
    assert await tablets.try_pin(TABLET, 9) == -1


async def test_the_right_pin_gives_the_seat_to_a_new_session(stores: tuple[Tokens, Tablets]) -> None:
    tokens, tablets = stores
    await tablets.join(TABLET, await session(tokens, "ann"), SALT, PIN, NOW)
    await tablets.try_pin(TABLET, 1)
    later = await session(tokens, "ann-later")
    await tablets.sit_down(TABLET, 1, later.id, NOW + dt.timedelta(hours=1))
    seat = (await tablets.seats(TABLET))[0]
    assert (seat.session.id, seat.tries) == (later.id, 0)
    assert await tablets.awake(later.id, NOW + dt.timedelta(hours=1), touch=False)
    assert not await tablets.awake(TokenId("s-ann"), NOW, touch=True)


async def test_five_minutes_without_use_and_it_sleeps(stores: tuple[Tokens, Tablets]) -> None:
    tokens, tablets = stores
    ann = await session(tokens, "ann")
    await tablets.join(TABLET, ann, SALT, PIN, NOW)

    def at(minutes: float) -> dt.datetime:
        return NOW + dt.timedelta(minutes=minutes)

    assert await tablets.awake(ann.id, at(4), touch=False)
    assert await tablets.awake(ann.id, at(4.9), touch=True)
    assert await tablets.awake(ann.id, at(9.8), touch=False)
    assert not await tablets.awake(ann.id, at(9.9), touch=True)
    assert not await tablets.awake(ann.id, at(9.9), touch=True), "asking does not wake it"


async def test_the_same_worker_has_one_seat(stores: tuple[Tokens, Tablets]) -> None:
    tokens, tablets = stores
    await tablets.join(TABLET, await session(tokens, "ann"), SALT, PIN, NOW)
    again = msgspec.structs.replace((await tablets.seats(TABLET))[0].session, id=TokenId("s-again"))
    await tokens.keep(again, hashlib.sha256(b"again").digest())
    await tablets.join(TABLET, again, SALT, PIN, NOW)
    assert [one.session.id for one in await tablets.seats(TABLET)] == ["s-again"]


@pytest.mark.parametrize("pin", ["000000", "999999", "123456", "987654"])
def test_pins_that_are_tried_first_are_refused(pin: str) -> None:
    assert guessable(pin)
    assert not guessable("274186")
