"""The key stores that the tests of this folder ask for."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from adapters.sealing.keys import StoredKeys
from tests.adapters.sealing import vault_fake
from tests.adapters.sealing.stores import Place, PostgresPlace, SqlitePlace
from tests.adapters.sealing.vault_fake import Vault
from tests.conftest import Database


@pytest.fixture(scope="module")
def fake_vault() -> Iterator[Vault]:
    """One server for a module; each test that asks for `vault` finds it empty."""
    with vault_fake.served() as made:
        yield made


@pytest.fixture
def vault(fake_vault: Vault) -> Vault:
    """A fake of Vault that was asked nothing yet."""
    fake_vault.keys.clear()
    fake_vault.asked.clear()
    fake_vault.sealed = False
    fake_vault.before = lambda _act: None
    return fake_vault


@pytest.fixture
def several_hosts(empty_database: Database, vault: Vault, tmp_path: Path) -> PostgresPlace:
    """PostgreSQL and Vault."""
    return PostgresPlace(empty_database.owner_url, vault, tmp_path)


@pytest.fixture(params=["sqlite", "postgres"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    """Every kind of store."""
    if request.param == "sqlite":
        return SqlitePlace(tmp_path)
    made: PostgresPlace = request.getfixturevalue("several_hosts")
    return made


@pytest.fixture
def keys(place: Place) -> Iterator[StoredKeys]:
    """A store of its own, of every kind."""
    store = place.open()
    yield store
    store.close()
