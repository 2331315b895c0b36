"""Keys in a database and a Vault: whoever serves, on whatever host, opens what another sealed."""

import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest

from api import settings, wiring
from api.settings import Settings, SettingsError, Vault
from application.ports import LogId
from tests.adapters.sealing import vault_fake
from tests.api.test_journey import entered
from tests.api.world import SetClock, World, world
from tests.conftest import Database

pytestmark = pytest.mark.anyio


def host(home: Path, database: Database, keys: Database, vault: vault_fake.Vault) -> Settings:
    """A host of its own: nothing but databases and Vault is shared."""
    home.mkdir()
    (home / "token").write_text(vault.token)
    return Settings(
        home=home,
        keys=home / "none.sqlite",
        kek=home / "none",
        database_url=database.app_url,
        key_database_url=keys.owner_url,
        vault=Vault(vault.address, home / "token"),
        destroyed_keys=home / "destroyed-keys",
    )


@contextlib.asynccontextmanager
async def served(given: Settings) -> AsyncIterator[World]:
    async with world(wiring.opened(given), clock=SetClock(wiring.SystemClock().now())) as made:
        yield made


async def test_what_one_host_sealed_another_opens(database: Database, empty_database: Database, tmp_path: Path) -> None:
    """Also over an epoch, after which nothing is wrapped as it was."""
    with vault_fake.served() as vault:
        one, other = (host(tmp_path / name, database, empty_database, vault) for name in ("one", "other"))
        async with served(one) as here, served(other) as there:
            await here.agencies(("hub", "partnership"), ("police", "police"))
            person = await entered(await here.caller("hub-coordinator", "hub"))
            elsewhere = await there.caller("hub-coordinator", "hub", worker="elsewhere")
            heads = await here.hub.decider.log.heads()
            seen = await elsewhere.get(f"/v1/people/{person}?after={heads[LogId('fenland/case')]}")
            assert "Jane" in seen.text, seen.text
            assert await wiring.moved_epoch(one, "nightly") == wiring.EpochMoved(2, await keys_of(one))
            seen = await elsewhere.get(f"/v1/people/{person}")
            assert "Jane" in seen.text, seen.text
            ready = {check.name: check.well for check in await there.hub.ready()}
            assert ready["keys"]
        assert not (one.home / "none.sqlite").exists()
        assert not (one.home / "none").exists()


async def keys_of(given: Settings) -> int:
    """How many keys there are to wrap."""
    connection = await asyncpg.connect(given.key_database_url)
    try:
        count = "SELECT (SELECT count(*) FROM data_key WHERE destroyed_at IS NULL) + (SELECT count(*) FROM secret)"
        return int(await connection.fetchval(count))
    finally:
        await connection.close()


SEVERAL = {"HUB_KEY_DATABASE_URL": "postgresql://hub_keys@keys.example/hub_keys", "HUB_VAULT_TOKEN_FILE": "/run/token"}


def test_a_database_of_keys_comes_with_a_vault() -> None:
    """And what is asked for secrets is asked over TLS, but on this machine."""
    found = settings.read(SEVERAL | {"HUB_VAULT": "https://vault.example:8200", "HUB_VAULT_CA": "/etc/ca.pem"})
    assert found.vault == Vault(
        "https://vault.example:8200", Path("/run/token"), "support-hub", authority=Path("/etc/ca.pem")
    )
    assert settings.read({}).vault is None
    for wrong in ({}, {"HUB_VAULT": "http://vault.example:8200"}, {"HUB_VAULT": "vault.example"}):
        with pytest.raises(SettingsError, match="HUB_VAULT"):
            settings.read(SEVERAL | wrong)
    with pytest.raises(SettingsError, match="HUB_VAULT_KEY"):
        settings.read(SEVERAL | {"HUB_VAULT": "https://vault.example", "HUB_VAULT_KEY": "../sys/seal"})
