"""What an installation sets: read once from the environment, checked at once."""

from __future__ import annotations

import os
import re
from ipaddress import ip_network
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final
from urllib.parse import urlsplit

import msgspec

from application.others import Provider
from domain.ids import ID_PATTERN

if TYPE_CHECKING:
    from collections.abc import Mapping

DEFAULT_HOME: Final = ".hub"
DEFAULT_HOST: Final = "127.0.0.1"
DEFAULT_PORT: Final = 8000
PORT_MAX: Final = 65_535
DEFAULT_EPOCH_HOUR: Final = 3
HOURS: Final = 24
LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})


class SettingsError(ValueError):
    """A variable of the environment does not say what it should; the message names it, never its value."""


class Vault(msgspec.Struct, frozen=True):
    """A key in the transit engine of a HashiCorp Vault, and where the token lies by which it is asked."""

    address: str
    token_file: Path
    key: str = "support-hub"
    authority: Path | None = None


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """One installation.

    Attributes:
        home: the folder for everything that a demo writes (HUB_HOME).
        database_url: connects as the application's role (HUB_DATABASE_URL); None for the embedded server.
        owner_database_url: connects as the database's owner, for migrations (HUB_OWNER_DATABASE_URL).
        keys: the SQLite file of the data keys (HUB_KEYS).
        kek: the file of the key that encrypts those (HUB_KEK).
        key_database_url: the database of the data keys, where several hosts share them (HUB_KEY_DATABASE_URL).
        vault: what encrypts those there (HUB_VAULT and its siblings).
        kek_copy: a second file of the same, on other storage (HUB_KEK_COPY).
        destroyed_keys: the list of whose keys were destroyed (HUB_DESTROYED).
        key_epoch_hour: the hour, in London, at which the key that encrypts is replaced (HUB_KEY_EPOCH); None for never.
        proof_key: the file of the key that the logs' checkpoints are signed with (HUB_PROOF_KEY).
        proof_policy: the file that names the witnesses and their quorum (HUB_PROOF_POLICY).
        access_spool: where safety flags are noted that were looked at while the ledger was down (HUB_ACCESS_SPOOL).
        postgres_binaries: a folder with other binaries for the embedded server (HUB_PG_BIN).
        host: the address to serve on (HUB_HOST).
        port: the port to serve on (HUB_PORT).
        public_url: the address at which browsers find it (HUB_URL); invitations and passkeys name it.
        proxies: the networks of its own reverse proxies, whose `X-Forwarded-For` is believed (HUB_PROXIES).
        key_hosts: hosts at which the public keys of machines may be asked for (HUB_KEY_HOSTS).
        providers: identity providers that people may sign in with; HUB_OIDC names the TOML file of them.
        demo: whether this is the demo, whose sign-in and data are for everybody; no variable sets it.
    """

    home: Path
    keys: Path
    kek: Path
    key_database_url: str | None = None
    vault: Vault | None = None
    kek_copy: Path | None = None
    destroyed_keys: Path | None = None
    key_epoch_hour: int | None = None
    proof_key: Path | None = None
    proof_policy: Path | None = None
    access_spool: Path | None = None
    database_url: str | None = None
    owner_database_url: str | None = None
    postgres_binaries: Path | None = None
    host: str = DEFAULT_HOST
    port: int = DEFAULT_PORT
    public_url: str | None = None
    proxies: tuple[str, ...] = ()
    key_hosts: tuple[str, ...] = ()
    providers: tuple[Provider, ...] = ()
    demo: bool = False

    @property
    def url(self) -> str:
        """The address at which browsers find it, without a slash at its end."""
        return self.public_url or f"http://{'localhost' if self.host == DEFAULT_HOST else self.host}:{self.port}"


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
        key_database_url=_url(given, "HUB_KEY_DATABASE_URL"),
        vault=_vault(given),
        kek_copy=_path(given, "HUB_KEK_COPY"),
        destroyed_keys=_path(given, "HUB_DESTROYED") or home / "destroyed-keys",
        key_epoch_hour=_hour(given, "HUB_KEY_EPOCH"),
        proof_key=_path(given, "HUB_PROOF_KEY") or home / "proof-key",
        proof_policy=_path(given, "HUB_PROOF_POLICY") or home / "proof-policy",
        access_spool=_path(given, "HUB_ACCESS_SPOOL") or home / "access-spool",
        database_url=_url(given, "HUB_DATABASE_URL"),
        owner_database_url=_url(given, "HUB_OWNER_DATABASE_URL"),
        postgres_binaries=_path(given, "HUB_PG_BIN"),
        host=given.get("HUB_HOST", DEFAULT_HOST),
        port=_port(given, "HUB_PORT"),
        public_url=_public_url(given, "HUB_URL"),
        proxies=_networks(given, "HUB_PROXIES"),
        key_hosts=tuple(one.strip() for one in given.get("HUB_KEY_HOSTS", "").split(",") if one.strip()),
        providers=_providers(given, "HUB_OIDC"),
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


def _vault(given: Mapping[str, str]) -> Vault | None:
    """Both or neither: a database of keys is of no use without what wraps them."""
    address, token_file = given.get("HUB_VAULT"), _path(given, "HUB_VAULT_TOKEN_FILE")
    if "HUB_KEY_DATABASE_URL" not in given:
        return None
    if address is None or token_file is None:
        raise SettingsError("HUB_KEY_DATABASE_URL needs HUB_VAULT and HUB_VAULT_TOKEN_FILE beside it")
    try:
        parts = urlsplit(address)
        safe = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK)
    except ValueError:
        safe = False
    if not safe:
        raise SettingsError("HUB_VAULT is not an address such as https://vault.example.org:8200")
    key = given.get("HUB_VAULT_KEY", "support-hub")
    if re.fullmatch(r"[\w.-]{1,64}", key, re.ASCII) is None:
        raise SettingsError("HUB_VAULT_KEY is not the name of a key, such as support-hub")
    return Vault(address, token_file, key, _path(given, "HUB_VAULT_CA"))


def _hour(given: Mapping[str, str], name: str) -> int | None:
    value = given.get(name, str(DEFAULT_EPOCH_HOUR))
    if value == "never":
        return None
    if not (value.isascii() and value.isdigit() and int(value) < HOURS):
        raise SettingsError(f"{name} is not an hour: a number from 0 to {HOURS - 1}, or never")
    return int(value)


def _public_url(given: Mapping[str, str], name: str) -> str | None:
    value = given.get(name)
    if value is None:
        return None
    try:
        parts = urlsplit(value)
        plain = parts.hostname in LOOPBACK
    except ValueError:
        parts, plain = urlsplit(""), False
    if not (parts.scheme == "https" or (parts.scheme == "http" and plain)) or parts.path.strip("/") or parts.query:
        raise SettingsError(f"{name} is not an address such as https://hub.example.org")
    return f"{parts.scheme}://{parts.netloc}"


def _networks(given: Mapping[str, str], name: str) -> tuple[str, ...]:
    try:
        return tuple(str(ip_network(one.strip())) for one in given.get(name, "").split(",") if one.strip())
    except ValueError:
        raise SettingsError(f"{name} is not a list of networks such as 10.0.0.0/8,fd00::/8") from None


class _Provider(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A table `[NAME]` of the file: the secret stands in a file of its own, and not in this one."""

    title: str
    issuer: str
    client_id: str
    client_secret_file: str | None = None


_Name = Annotated[str, msgspec.Meta(pattern=ID_PATTERN)]


def _providers(given: Mapping[str, str], name: str) -> tuple[Provider, ...]:
    path = _path(given, name)
    if path is None:
        return ()
    try:
        read = msgspec.toml.decode(path.read_bytes(), type=dict[_Name, _Provider])
        found = tuple(
            Provider(
                name=key,
                title=one.title,
                issuer=one.issuer,
                client_id=one.client_id,
                client_secret=None
                if one.client_secret_file is None
                else (path.parent / one.client_secret_file).read_text("utf-8").strip(),
            )
            for key, one in read.items()
        )
    except OSError:
        raise SettingsError(f"{name} names a file, or that names one, which cannot be read") from None
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise SettingsError(f"{name} names a file that is no list of identity providers") from None
    for one in found:
        parts = urlsplit(one.issuer)
        if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in LOOPBACK):
            raise SettingsError(f"{name}: the issuer of {one.name} is not an address such as https://login.example.org")
    return found
