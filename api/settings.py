"""What an installation sets: read once from the environment, checked at once."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

import msgspec

if TYPE_CHECKING:
    from collections.abc import Mapping

DEFAULT_HOME: Final = ".hub"
DEFAULT_HOST: Final = "127.0.0.1"
DEFAULT_PORT: Final = 8000
PORT_MAX: Final = 65_535


class SettingsError(ValueError):
    """A variable of the environment does not say what it should; the message names it, never its value."""


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """One installation.

    Attributes:
        home: the folder for everything that a demo writes (HUB_HOME).
        database_url: connects as the application's role (HUB_DATABASE_URL); None for the embedded server.
        owner_database_url: connects as the database's owner, for migrations (HUB_OWNER_DATABASE_URL).
        keys: the SQLite file of the data keys (HUB_KEYS).
        kek: the file of the key that encrypts those (HUB_KEK).
        postgres_binaries: a folder with other binaries for the embedded server (HUB_PG_BIN).
        host: the address to serve on (HUB_HOST).
        port: the port to serve on (HUB_PORT).
        demo: whether this is the demo, whose sign-in and data are for everybody; no variable sets it.
    """

    home: Path
    keys: Path
    kek: Path
    database_url: str | None = None
    owner_database_url: str | None = None
    postgres_binaries: Path | None = None
    host: str = DEFAULT_HOST
    port: int = DEFAULT_PORT
    demo: bool = False


def read(environment: Mapping[str, str] = os.environ) -> Settings:
    """The settings that an environment gives; a variable that is empty counts as absent.

    Raises:
        SettingsError: a value is not valid.
    """
    given = {name: value for name, value in environment.items() if name.startswith("HUB_") and value.strip()}
    home = _path(given, "HUB_HOME") or Path(DEFAULT_HOME).absolute()
    return Settings(
        home=home,
        keys=_path(given, "HUB_KEYS") or home / "keys.sqlite",
        kek=_path(given, "HUB_KEK") or home / "kek",
        database_url=_url(given, "HUB_DATABASE_URL"),
        owner_database_url=_url(given, "HUB_OWNER_DATABASE_URL"),
        postgres_binaries=_path(given, "HUB_PG_BIN"),
        host=given.get("HUB_HOST", DEFAULT_HOST),
        port=_port(given, "HUB_PORT"),
    )


def _path(given: Mapping[str, str], name: str) -> Path | None:
    value = given.get(name)
    if value is None:
        return None
    if "\0" in value:
        raise SettingsError(f"{name} holds a character that no path may hold")
    return Path(value).expanduser().absolute()


def _url(given: Mapping[str, str], name: str) -> str | None:
    value = given.get(name)
    if value is None:
        return None
    try:
        scheme = urlsplit(value).scheme
    except ValueError:
        scheme = ""
    if scheme not in {"postgresql", "postgres"}:
        raise SettingsError(f"{name} is not a PostgreSQL address such as postgresql://role@host:5432/hub")
    return value


def _port(given: Mapping[str, str], name: str) -> int:
    value = given.get(name, str(DEFAULT_PORT))
    if not (value.isascii() and value.isdigit() and 0 < int(value) <= PORT_MAX):
        raise SettingsError(f"{name} is not a port: a number from 1 to {PORT_MAX}")
    return int(value)
