"""Where each kind of key store lies, alike for the tests that all of them have to pass."""

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Protocol

import psycopg

from adapters.sealing.keys import CACHED_KEYS, StoredKeys
from adapters.sealing.postgres_keys import PostgresKeys
from adapters.sealing.sqlite_keys import SqliteKeys
from adapters.sealing.vault import Transit
from tests.adapters.sealing.vault_fake import Vault

LEASE_SECONDS = 0.1
NAME = "support-hub"


class Place(Protocol):
    """Where a store lies."""

    def open(self, *, cached: int = CACHED_KEYS, with_list: bool = True) -> StoredKeys:
        """The store, as a process opens it; without the list it knows nothing but what lies in it."""
        ...

    def ask(self, query: str) -> list[tuple[object, ...]]:
        """What stands in its tables; they are called alike."""
        ...

    def copy(self) -> None:
        """Make a backup of the wrapped keys."""
        ...

    def bring_back(self) -> None:
        """Put the backup in their place."""
        ...

    @property
    def listed(self) -> Path:
        """The list of destroyed keys."""
        ...


class SqlitePlace:
    """Files in a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.listed = folder / "list" / "destroyed"
        self.keys, self.kek = folder / "keys.sqlite", folder / "kek"

    def open(self, *, cached: int = CACHED_KEYS, with_list: bool = True) -> SqliteKeys:
        return SqliteKeys(
            self.keys,
            self.kek,
            kek_copy=self.folder / "copy" / "kek",
            destroyed=self.listed if with_list else None,
            cached=cached,
        )

    def ask(self, query: str) -> list[tuple[object, ...]]:
        with self._connected() as connection:
            return connection.execute(query).fetchall()

    def copy(self) -> None:
        with self._connected() as connection:
            connection.execute("VACUUM INTO ?", (str(self.folder / "backup.sqlite"),))

    def bring_back(self) -> None:
        shutil.copy(self.folder / "backup.sqlite", self.keys)

    @contextmanager
    def _connected(self) -> Iterator[sqlite3.Connection]:
        connection = sqlite3.connect(self.keys)
        try:
            yield connection
        finally:
            connection.close()


class PostgresPlace:
    """A database, and a Vault beside it."""

    def __init__(self, url: str, vault: Vault, folder: Path) -> None:
        self.url = url
        self.vault = vault
        self.token_file = folder / "token"
        self.token_file.write_text(vault.token)
        self.listed = folder / "list" / "destroyed"

    def open(self, *, cached: int = CACHED_KEYS, with_list: bool = True) -> PostgresKeys:
        return PostgresKeys(
            self.url,
            partial(Transit, self.vault.address, NAME, self.token_file),
            destroyed=self.listed if with_list else None,
            cached=cached,
            lease_seconds=LEASE_SECONDS,
        )

    def ask(self, query: str) -> list[tuple[object, ...]]:
        with psycopg.connect(self.url, autocommit=True) as connection:
            return connection.execute(query.encode()).fetchall()

    def copy(self) -> None:
        self._each("CREATE TABLE backup_{0} AS TABLE {0}")

    def bring_back(self) -> None:
        self._each("TRUNCATE {0}; INSERT INTO {0} SELECT * FROM backup_{0}")

    def _each(self, statement: str) -> None:
        with psycopg.connect(self.url, autocommit=True) as connection:
            for table in ("data_key", "secret", "key_state"):
                connection.execute(statement.format(table).encode())
