"""Accounts, one-time things and tries are kept alike in PostgreSQL and in memory."""

import asyncio
import datetime as dt
import hashlib
from collections.abc import AsyncIterator

import asyncpg
import msgspec
import pytest

from adapters.identity.accounts import MemoryAccounts, PostgresAccounts
from adapters.identity.one_time import MemoryOneTime, MemoryTries, PostgresOneTime, PostgresTries
from adapters.identity.secrets import KeyedSecrets
from adapters.identity.tablets import MemoryTablets, PostgresTablets
from adapters.identity.tokens import MemoryTokens, PostgresTokens
from application.accounts import AccountStore, Credential, OneTime
from application.identity import Token, TokenId, Tokens
from application.proving import Tries
from application.tablet import Tablets
from domain.actors import Actor
from domain.governance.account import CredentialKind
from domain.ids import AccountId, AgencyId, CredentialId, PartnershipId, WorkerId
from tests.conftest import Database

pytestmark = pytest.mark.anyio

NOW = dt.datetime(2025, 6, 2, 10, 0, tzinfo=dt.UTC)
JO, OTHER = AccountId("jo"), AccountId("other")
FENLAND, WISBECH = PartnershipId("fenland"), PartnershipId("wisbech")
KEY = hashlib.sha256(b"a key").digest()


class Stores(msgspec.Struct):
    """What is kept of accounts."""

    accounts: AccountStore
    tokens: Tokens
    tablets: Tablets
    once: OneTime
    tries: Tries


@pytest.fixture(params=["memory", "postgres"])
async def stores(request: pytest.FixtureRequest, database: Database) -> AsyncIterator[Stores]:
    if request.param == "memory":
        accounts = MemoryAccounts()
        tokens = MemoryTokens(accounts.holds)
        yield Stores(accounts, tokens, MemoryTablets(tokens), MemoryOneTime(), MemoryTries())
        return
    async with asyncpg.create_pool(database.app_url, min_size=0, max_size=4) as pool:
        yield Stores(
            PostgresAccounts(pool),
            PostgresTokens(pool),
            PostgresTablets(pool),
            PostgresOneTime(pool),
            PostgresTries(pool),
        )


def worker(partnership: PartnershipId = FENLAND, agency: str = "csp") -> Actor:
    return Actor(worker=WorkerId("w-1"), agency=AgencyId(agency), role="hub-coordinator", partnership=partnership)


async def session(stores: Stores, partnership: PartnershipId = FENLAND) -> bytes:
    """A session of the account as it stands now; the digest by which it is found."""
    [standing] = [one for one in await stores.accounts.standings(JO) if one.actor.partnership == partnership]
    number = len(await stores.tokens.all())
    digest = hashlib.sha256(bytes([number])).digest()
    token = Token(
        id=TokenId(f"s-{number}"),
        actor=standing.actor,
        label="session",
        made=NOW,
        expires=NOW + dt.timedelta(hours=1),
        account=JO,
        generation=standing.generation,
    )
    await stores.tokens.keep(token, digest)
    return digest


async def live(stores: Stores, digest: bytes) -> bool:
    token = await stores.tokens.holder(digest)
    return token is not None and token.live(NOW)


async def test_a_session_holds_until_its_account_ends_there(stores: Stores) -> None:
    for partnership in (FENLAND, WISBECH):
        await stores.accounts.stand(JO, worker(partnership))
    here, there = await session(stores), await session(stores, WISBECH)
    assert await live(stores, here)
    await stores.accounts.end(JO, FENLAND)
    assert [await live(stores, one) for one in (here, there)] == [False, True]
    assert [one.actor.partnership for one in await stores.accounts.standings(JO)] == [WISBECH]
    await stores.accounts.end(JO)
    assert not await live(stores, there)
    assert not await stores.accounts.in_partnership(WISBECH)


async def test_what_was_ended_stays_so_when_the_account_stands_there_again(stores: Stores) -> None:
    await stores.accounts.stand(JO, worker())
    before = await session(stores)
    await stores.accounts.end(JO)
    await stores.accounts.stand(JO, worker())
    assert not await live(stores, before)
    assert await live(stores, await session(stores))


async def test_who_moves_to_another_agency_signs_in_again_and_who_stays_need_not(stores: Stores) -> None:
    await stores.accounts.stand(JO, worker())
    before = await session(stores)
    await stores.accounts.stand(JO, worker())
    assert await live(stores, before)
    await stores.accounts.stand(JO, worker(agency="police"))
    assert not await live(stores, before)
    assert [one.actor.agency for one in await stores.accounts.standings(JO)] == ["police"]


async def test_all_sessions_end_together_and_the_account_stays(stores: Stores) -> None:
    await stores.accounts.stand(JO, worker())
    before = await session(stores)
    await stores.accounts.end_sessions(JO)
    assert not await live(stores, before)
    assert [one.revoked is not None for one in await stores.tokens.all(None, JO)] == [True]
    assert await stores.tokens.all(None, OTHER) == []
    assert await live(stores, await session(stores))


async def test_a_seat_at_a_tablet_ends_with_the_account(stores: Stores) -> None:
    await stores.accounts.stand(JO, worker())
    token = await stores.tokens.holder(await session(stores))
    assert token is not None
    assert await stores.tablets.join(KEY, token, b"s" * 16, b"p" * 32, NOW)
    assert [one.live(NOW) for one in await stores.tablets.seats(KEY)] == [True]
    await stores.accounts.end_sessions(JO)
    assert [one.live(NOW) for one in await stores.tablets.seats(KEY)] == [False]


def credential(
    number: int = 1, kind: CredentialKind = "password", finder: bytes | None = KEY, account: AccountId = JO
) -> Credential:
    return Credential(
        id=CredentialId(f"c-{number}"), account=account, kind=kind, secret=b"secret", made=NOW, finder=finder
    )


async def test_a_credential_is_found_by_one_thing_alone(stores: Stores) -> None:
    accounts = stores.accounts
    assert await accounts.keep(credential())
    assert await accounts.found(KEY) == credential()
    assert not await accounts.keep(credential(2, account=OTHER))
    assert await accounts.keep(credential(3), [CredentialId("c-1")])
    assert [one.id for one in await accounts.credentials(JO)] == ["c-3"]
    await accounts.drop(JO, CredentialId("c-3"))
    assert await accounts.found(KEY) is None


async def test_what_would_be_replaced_stays_where_the_new_one_is_taken(stores: Stores) -> None:
    accounts = stores.accounts
    await accounts.keep(credential(1, account=OTHER))
    await accounts.keep(credential(2, finder=None))
    assert not await accounts.keep(credential(3), [CredentialId("c-2")])
    assert [one.id for one in await accounts.credentials(JO)] == ["c-2"]


async def test_of_two_who_use_the_same_at_once_one_is_told_no(stores: Stores) -> None:
    accounts = stores.accounts
    await accounts.keep(credential())
    one = CredentialId("c-1")
    assert sorted(await asyncio.gather(*(accounts.use(one, 7, NOW) for _ in range(4)))) == [False, False, False, True]
    assert not await accounts.use(one, 6, NOW)
    spent = await asyncio.gather(*(accounts.spend(one, b"secret", b"less", NOW) for _ in range(4)))
    assert sorted(spent) == [False, False, False, True]


async def test_what_is_good_for_one_use_is_taken_once_and_not_when_it_ran_out(stores: Stores) -> None:
    once, later = stores.once, NOW + dt.timedelta(hours=1)
    assert await once.put(KEY, "invitation", b"box", later, JO)
    assert not await once.put(KEY, "invitation", b"box", later, JO)
    assert await once.look(KEY, "another", NOW) is None
    assert await once.look(KEY, "invitation", later) is None
    assert await once.look(KEY, "invitation", NOW) == b"box"
    taken = await asyncio.gather(*(once.take(KEY, "invitation", NOW) for _ in range(4)))
    assert [one for one in taken if one is not None] == [b"box"]
    await once.put(KEY, "invitation", b"box", later, JO)
    await once.forget(JO)
    assert await once.take(KEY, "invitation", NOW) is None


async def test_tries_are_counted_together_in_each_window(stores: Stores) -> None:
    tries, other = stores.tries, hashlib.sha256(b"another").digest()
    counts = await asyncio.gather(*(tries.count((KEY, other), NOW) for _ in range(5)))
    assert sorted(one[KEY] for one in counts) == [1, 2, 3, 4, 5]
    await tries.give_back((KEY,), NOW)
    assert await tries.count((KEY, other), NOW) == {KEY: 5, other: 6}
    assert await tries.count((KEY,), NOW + dt.timedelta(minutes=15)) == {KEY: 1}


def test_what_is_sealed_opens_under_its_label_and_key_alone() -> None:
    secrets = KeyedSecrets(b"k" * 32)
    box = secrets.seal("invitation", b"content")
    assert secrets.open("invitation", box) == b"content"
    assert secrets.open("step", box) is None
    assert KeyedSecrets(b"j" * 32).open("invitation", box) is None
    assert secrets.open("invitation", box[:-1]) is None
    assert secrets.open("invitation", b"") is None
    assert secrets.keyed("a", "bc") != secrets.keyed("ab", "c")
