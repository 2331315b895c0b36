"""What every key store promises: the same key for everybody, and forgotten for good when told to."""

import asyncio
import time
from typing import Final

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from adapters.sealing.keys import StoredKeys, Wanted
from domain.ids import PartnershipId
from tests.adapters.sealing.stores import LEASE_SECONDS, Place

FENLAND: Final = PartnershipId("fenland")
NONCE: Final = bytes(12)


def key_id(store: StoredKeys, subject: str, partnership: PartnershipId = FENLAND) -> str:
    wanted: Wanted = (subject, "identity")
    return asyncio.run(store.sealing(partnership, [wanted]))[wanted].id


def cipher(store: StoredKeys, subject: str) -> AESGCM:
    wanted: Wanted = (subject, "identity")
    return asyncio.run(store.sealing(FENLAND, [wanted]))[wanted].cipher


def test_a_key_is_made_once_and_opens_again_after_a_restart(place: Place) -> None:
    """What one process sealed, the next opens."""
    keys = place.open()
    box = cipher(keys, "person").encrypt(NONCE, b"secret", b"")
    known = key_id(keys, "person")
    keys.close()
    again = place.open()
    assert key_id(again, "person") == known
    assert again.opening([known, "unknown"])[known].decrypt(NONCE, box, b"") == b"secret"
    assert list(again.opening([known, "unknown"])) == [known]
    again.close()


def test_keys_differ_by_partnership_subject_and_class(keys: StoredKeys) -> None:
    """One partnership cannot open what another sealed about the same person."""
    assert len({key_id(keys, "a"), key_id(keys, "b"), key_id(keys, "a", PartnershipId("city"))}) == 3


def test_a_secret_is_the_same_for_everybody(keys: StoredKeys, place: Place) -> None:
    """Each name has 256 bits of its own."""
    other = place.open()
    assert keys.secret("tags") == other.secret("tags") == keys.secret("tags")
    assert keys.secret("tags") != keys.secret("commands")
    assert len(other.secret("commands")) == 32
    other.close()


def test_a_secret_is_forgotten_by_all_who_knew_it(keys: StoredKeys, place: Place) -> None:
    """Who asks for that name again gets another; the others stay."""
    other = place.open()
    names = ("blind-index/fenland/1", "blind-index/fenland/2", "tags")
    first = {name: keys.secret(name) for name in names}
    assert {name: other.secret(name) for name in names} == first
    assert asyncio.run(keys.secrets("blind-index")).keys() == set(names[:2])
    asyncio.run(keys.forget_secrets(names[:1]))
    time.sleep(LEASE_SECONDS)
    other.opening([])
    again = {name: other.secret(name) for name in names}
    assert again == {name: keys.secret(name) for name in names}
    assert [again[name] == first[name] for name in names] == [False, True, True]
    other.close()


def test_two_who_ask_for_the_same_keys_at_once_get_the_same(keys: StoredKeys, place: Place) -> None:
    """Whoever comes first makes it."""
    other = place.open()
    wanted: list[Wanted] = [(f"p-{at}", "identity") for at in range(20)]

    async def both() -> list[list[str]]:
        made = await asyncio.gather(*(store.sealing(FENLAND, wanted) for store in (keys, other)))
        return [[one[key].id for key in wanted] for one in made]

    mine, theirs = asyncio.run(both())
    assert mine == theirs
    assert len(set(mine)) == 20
    other.close()


def test_destroying_is_for_good_and_for_all_processes(keys: StoredKeys, place: Place) -> None:
    """Not even who had the key open can use it again; a tombstone is left, and who comes back has another key."""
    other = place.open()
    known, kept = key_id(keys, "person"), key_id(keys, "somebody-else")
    assert set(other.opening([known, kept])) == {known, kept}

    assert asyncio.run(keys.destroy(FENLAND, "person")) == 1

    assert list(keys.opening([known, kept])) == list(other.opening([known, kept])) == [kept]
    assert place.ask("SELECT id, wrapped FROM data_key WHERE destroyed_at IS NOT NULL") == [(known, None)]
    assert asyncio.run(keys.destroy(FENLAND, "person")) == 0
    fresh = {key_id(keys, "person"), key_id(other, "person")}
    assert len(fresh) == 1
    assert known not in fresh
    other.close()


def test_open_keys_are_remembered_up_to_a_bound(place: Place) -> None:
    """A dropped key is read again, and is still the same."""
    keys = place.open(cached=10)
    wanted: list[Wanted] = [(f"p-{at}", "identity") for at in range(50)]
    made = asyncio.run(keys.sealing(FENLAND, wanted))
    again = asyncio.run(keys.sealing(FENLAND, wanted))
    assert {one.id for one in again.values()} == {one.id for one in made.values()}
    assert len(keys.opening([key.id for key in made.values()])) == 50
    remembered = keys._remembered  # type: ignore[attr-defined] # noqa: SLF001 - of both kinds
    assert len(remembered.live) == len(remembered.ciphers) == 10
    keys.close()


def test_many_keys_are_made_at_once(keys: StoredKeys) -> None:
    """An import makes the keys of its people in a few transactions."""
    wanted: list[Wanted] = [(f"p-{at}", "identity") for at in range(6_000)]
    asyncio.run(keys.ensure(FENLAND, wanted))
    assert len(asyncio.run(keys.sealing(FENLAND, wanted))) == 6_000
