"""Keys for several hosts: what only a database and a Vault have to answer for."""

import asyncio
import threading
import time
from pathlib import Path
from typing import Final

import pytest

from adapters.sealing.keys import EpochUnderWay, KeysUnusable
from adapters.sealing.postgres_keys import AWAY_LEASES
from adapters.sealing.vault import Transit, VaultRefused, version_of
from application.ports import LogUnavailable
from domain.ids import PartnershipId
from tests.adapters.sealing.stores import LEASE_SECONDS, NAME, PostgresPlace
from tests.adapters.sealing.test_epochs import opened, sealed
from tests.adapters.sealing.vault_fake import TOO_OLD, Key

FENLAND: Final = PartnershipId("fenland")


def key_in(place: PostgresPlace) -> Key:
    return place.vault.keys[NAME]


def test_no_key_lies_open_in_the_database_and_the_kek_never_leaves_vault(several_hosts: PostgresPlace) -> None:
    """Wrapped each by itself, as Vault's ciphertext."""
    store = several_hosts.open()
    sealed(store, "person")
    secret = store.secret("tags")
    rows = several_hosts.ask("SELECT wrapped FROM data_key UNION SELECT wrapped FROM secret")
    assert [version_of(str(one)) for (one,) in rows] == [1, 1]
    assert secret.hex() not in str(rows)
    assert not key_in(several_hosts).exportable
    store.close()


def test_what_is_at_hand_is_used_without_asking(several_hosts: PostgresPlace) -> None:
    """Vault is asked once for a page of keys, however many they are, and not again."""
    store = several_hosts.open()
    boxes = [sealed(store, f"p-{at}") for at in range(20)]
    store.close()
    store, asked = several_hosts.open(), several_hosts.vault.asked["decrypt"]
    for _ in range(3):
        assert len(store.opening([key for key, _ in boxes])) == 20
    assert several_hosts.vault.asked["decrypt"] == asked + 1
    store.close()


def test_whoever_destroys_waits_until_nobody_can_use_the_key_any_more(several_hosts: PostgresPlace) -> None:
    """Another host that hears nothing more of the database stops by itself, before destroying is reported."""
    store, other = several_hosts.open(), several_hosts.open()
    box, unknown = sealed(store, "person"), sealed(store, "somebody-else")
    assert opened(other, box) == b"secret"
    other._loop.call_soon_threadsafe(other._looking.cancel)  # noqa: SLF001 - it is cut off
    asyncio.run(store.destroy(FENLAND, "person"))
    assert opened(other, box) is None
    several_hosts.vault.sealed = True
    with pytest.raises(LogUnavailable):
        opened(other, unknown)
    several_hosts.vault.sealed = False
    store.close()
    other.close()


def test_what_was_wrapped_before_an_epoch_is_not_inserted_after_it(several_hosts: PostgresPlace) -> None:
    """Else nobody could open it: Vault deletes the version that it was wrapped by."""
    store, other = several_hosts.open(), several_hosts.open()
    wrapped_by: list[int] = []
    encrypt = other._transit.encrypt  # noqa: SLF001

    async def encrypted(plain: list[bytes]) -> list[str]:
        found = await encrypt(plain)
        wrapped_by.append(version_of(found[0]))
        if len(wrapped_by) == 1:
            moving = threading.Thread(target=lambda: asyncio.run(store.move_epoch()))
            moving.start()
            await asyncio.to_thread(moving.join)
        return found

    other._transit.encrypt = encrypted  # type: ignore[method-assign, assignment] # noqa: SLF001
    box = sealed(other, "late")
    assert wrapped_by == [1, 2]
    assert opened(store, box) == b"secret"
    store.close()
    other.close()


@pytest.mark.parametrize("step", ["read", "rewrap", "config", "trim"])
def test_an_epoch_that_was_interrupted_is_finished_by_the_next(several_hosts: PostgresPlace, step: str) -> None:
    """Nothing is lost meanwhile, and one version of the key is left."""
    store = several_hosts.open()
    box, secret = sealed(store, "person"), store.secret("tags")
    store.close()
    store = several_hosts.open()
    rotated: list[str] = []

    def dies(act: str) -> None:
        rotated.extend([act] * (act == "rotate"))
        if act == step and rotated:
            several_hosts.vault.sealed = True

    several_hosts.vault.before = dies
    with pytest.raises(LogUnavailable):
        asyncio.run(store.move_epoch())
    several_hosts.vault.sealed, several_hosts.vault.before = False, lambda _act: None
    store.close()
    store = several_hosts.open()
    assert store.epoch().unfinished
    assert opened(store, box) == b"secret"
    asyncio.run(store.move_epoch())
    assert (store.epoch().number, store.epoch().unfinished) == (2, False)
    assert list(key_in(several_hosts).versions) == [2]
    assert opened(store, box) == b"secret"
    store.close()
    again = several_hosts.open()
    assert again.secret("tags") == secret
    again.close()


def test_an_older_wrapping_is_of_no_use_after_the_epoch_whatever_is_configured(several_hosts: PostgresPlace) -> None:
    """The version is deleted, not forbidden: to allow it again brings nothing back."""
    store = several_hosts.open()
    sealed(store, "person")
    ((wrapped,),) = several_hosts.ask("SELECT wrapped FROM data_key")
    asyncio.run(store.move_epoch())
    store.close()
    key = key_in(several_hosts)
    key.min_decryption = key.min_encryption = 1

    async def asks() -> None:
        transit = Transit(several_hosts.vault.address, NAME, several_hosts.token_file)
        try:
            with pytest.raises(LogUnavailable):
                await transit.decrypt([str(wrapped)])
        finally:
            await transit.close()

    asyncio.run(asks())
    assert list(key.versions) == [2]


def test_one_host_at_a_time_moves_the_epoch(several_hosts: PostgresPlace) -> None:
    store, other = several_hosts.open(), several_hosts.open()
    said: list[type[BaseException]] = []

    def meanwhile(act: str) -> None:
        if act == "rotate":
            several_hosts.vault.before = lambda _act: None
            try:
                asyncio.run(other.move_epoch())
            except EpochUnderWay:
                said.append(EpochUnderWay)

    several_hosts.vault.before = meanwhile
    asyncio.run(store.move_epoch())
    assert said == [EpochUnderWay]
    assert store.epoch().number == 2
    store.close()
    other.close()


def test_what_does_not_belong_together_is_said_plainly(several_hosts: PostgresPlace, tmp_path: Path) -> None:
    """A Vault with a key that may be exported, with another, without any; a token that is none; a sealed Vault."""
    vault = several_hosts.vault
    vault.keys[NAME] = Key()
    vault.keys[NAME].exportable = True
    with pytest.raises(KeysUnusable, match="may be exported from Vault"):
        several_hosts.open()
    vault.keys.clear()
    store = several_hosts.open()
    asyncio.run(store.move_epoch())
    store.close()
    vault.keys[NAME] = Key()
    with pytest.raises(KeysUnusable, match="is another key, or an older copy of Vault was brought back"):
        several_hosts.open()
    del vault.keys[NAME]
    with pytest.raises(KeysUnusable, match="there is no key transit/support-hub in Vault"):
        several_hosts.open()
    assert NAME not in vault.keys, "it is never made anew where keys are wrapped already"
    several_hosts.token_file.write_text("hvs.expired")
    with pytest.raises(KeysUnusable, match="Vault refuses the token in"):
        several_hosts.open()
    several_hosts.token_file.unlink()
    with pytest.raises(KeysUnusable, match="holds no token for Vault"):
        several_hosts.open()
    several_hosts.token_file.write_text(vault.token)
    vault.sealed = True
    with pytest.raises(KeysUnusable, match="Vault answers 503"):
        several_hosts.open()
    nowhere = PostgresPlace("postgresql://nobody@127.0.0.1:1/keys", vault, tmp_path)
    with pytest.raises(KeysUnusable, match="does not answer"):
        nowhere.open()


def test_a_token_that_was_replaced_is_used_at_once(several_hosts: PostgresPlace) -> None:
    """Vault Agent writes the file anew before the old token runs out."""
    store = several_hosts.open()
    several_hosts.vault.token = several_hosts.vault.token[::-1]
    with pytest.raises(LogUnavailable):
        sealed(store, "person")
    several_hosts.token_file.write_text(several_hosts.vault.token + "\n")
    assert opened(store, sealed(store, "person")) == b"secret"
    store.close()


def test_vaults_words_are_those_of_the_refusal(several_hosts: PostgresPlace) -> None:
    """And they name no key."""
    several_hosts.open().close()
    several_hosts.vault.keys[NAME].versions[2] = bytes(32)
    several_hosts.vault.keys[NAME].min_decryption = 2

    async def asks() -> None:
        transit = Transit(several_hosts.vault.address, NAME, several_hosts.token_file)
        try:
            with pytest.raises(VaultRefused, match=TOO_OLD.split(" (", maxsplit=1)[0]):
                await transit.decrypt(["vault:v1:AAAA"])
            with pytest.raises(VaultRefused, match="minimum encryption version is not set"):
                await transit._done(f"keys/{NAME}/trim", {"min_available_version": 2})  # noqa: SLF001
        finally:
            await transit.close()

    asyncio.run(asks())


def test_who_waited_in_vain_lets_the_next_go_on_at_once(several_hosts: PostgresPlace) -> None:
    """A store that hangs must not keep a process from answering whatever needs no key."""
    store = several_hosts.open()
    boxes = [sealed(store, f"p-{at}") for at in range(3)]
    store.close()
    store, vault = several_hosts.open(), several_hosts.vault
    waited: list[str] = []

    def hangs(act: str) -> None:
        waited.append(act)
        time.sleep(2 * LEASE_SECONDS)
        vault.sealed = True

    vault.before = hangs
    for box in boxes:
        with pytest.raises(LogUnavailable):
            opened(store, box)
    assert waited == ["decrypt"]
    vault.sealed, vault.before = False, lambda _act: None
    time.sleep(AWAY_LEASES * LEASE_SECONDS)
    assert [opened(store, box) for box in boxes] == [b"secret"] * 3
    store.close()
