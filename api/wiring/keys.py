"""The keys of an installation, and that no newer ones were used with its database."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from adapters.postgres import key_epochs
from adapters.sealing.postgres_keys import PostgresKeys
from adapters.sealing.sqlite_keys import SqliteKeys
from adapters.sealing.vault import Transit

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from adapters.postgres.connection import Connection
    from adapters.sealing.keys import StoredKeys
    from api.settings import Settings


TAG_KEY: Final = "tags"


def keys_exist(given: Settings) -> bool:
    """Whether there may be keys yet, so that to open them makes none."""
    return given.key_database_url is not None or given.keys.exists()


def store_of(given: Settings) -> StoredKeys:
    """The keys of an installation: in files of this host, or in a database and a Vault. Raises: KeysUnusable."""
    if given.key_database_url is not None:
        vault = given.vault
        assert vault is not None
        transit = partial(Transit, vault.address, vault.key, vault.token_file, authority=vault.authority)
        return PostgresKeys(given.key_database_url, transit, destroyed=given.destroyed_keys)
    return SqliteKeys(given.keys, given.kek, kek_copy=given.kek_copy, destroyed=given.destroyed_keys)


def none_older(keys: StoredKeys) -> Callable[[Connection], Awaitable[None]]:
    """Looks, on each connection over which sealed values could come, that no newer keys were used with the database."""

    async def look(connection: Connection) -> None:
        await key_epochs.refuse_older(connection, keys.epoch())

    return look
