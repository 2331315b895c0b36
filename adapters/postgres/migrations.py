"""The migrations: numbered plain SQL files, each applied once and never changed afterwards.

What the files keep to:

- a name of four digits and words: `0007_service_capacity.sql`; they run in the order of their numbers;
- the first statements set `lock_timeout` and `statement_timeout`, so that a migration that waits behind a busy table
  fails alone and does not stop everybody behind it;
- a file runs in one transaction, unless its first line is `-- no transaction`: then it holds one statement beside the
  timeouts (such as CREATE INDEX CONCURRENTLY, which no transaction may hold), and can be repeated after a failure;
- a file grants `hub_app` the rights on what it makes.
"""

from __future__ import annotations

import asyncio
import hashlib
import re
from pathlib import Path
from typing import TYPE_CHECKING, Final

import asyncpg
import msgspec

if TYPE_CHECKING:
    from collections.abc import Mapping

FOLDER: Final = Path(__file__).parents[2] / "migrations"
ADVISORY_LOCK: Final = 0x6875625F6D6967  # "hub_mig"; an advisory lock is the database's own
LOCK_PAUSE_SECONDS: Final = 0.05
LOCK_SECONDS: Final = 600
CONNECT_SECONDS: Final = 30
NO_TRANSACTION: Final = "-- no transaction"

_NAME = re.compile(r"\d{4}_[a-z0-9_]+\.sql")
_BLANK = r"(?:\s|--[^\n]*\n|/\*.*?\*/)*"
_SET = re.compile(_BLANK + r"(SET\s+(\w+)\s*(?:=|TO)\s*[^;]+;)", re.IGNORECASE | re.DOTALL)
_COMMENT = re.compile(r"--[^\n]*|/\*.*?\*/", re.DOTALL)
_TIMEOUTS: Final = {"lock_timeout", "statement_timeout"}

# Its comments and grants are in the first file, where the data dictionary finds them
_OWN_TABLE = """
CREATE TABLE IF NOT EXISTS schema_migration (
    name text PRIMARY KEY,
    sha256 bytea NOT NULL CHECK (octet_length(sha256) = 32),
    applied_at timestamptz NOT NULL DEFAULT clock_timestamp()
)
"""
_OWN_TABLE_EXISTS = "SELECT to_regclass('schema_migration') IS NOT NULL"
_APPLIED = "SELECT name, sha256 FROM schema_migration ORDER BY name"
_RECORD = "INSERT INTO schema_migration (name, sha256) VALUES ($1, $2)"


class MigrationError(Exception):
    """The migrations cannot go on; the message names the file and what to do."""


class Migration(msgspec.Struct, frozen=True):
    """One file.

    Attributes:
        settings: its first statements.
        body: what follows them.
    """

    name: str
    sha256: bytes
    transactional: bool
    settings: tuple[str, ...]
    body: str


def read(folder: Path = FOLDER) -> list[Migration]:
    """The files of a folder, in their order.

    Raises:
        MigrationError: one breaks the conventions.
    """
    numbers: dict[str, str] = {}
    migrations: list[Migration] = []
    for file in sorted(folder.glob("*.sql")):
        if not _NAME.fullmatch(file.name):
            raise MigrationError(f"{file.name}: a migration has a name like 0007_service_capacity.sql")
        other = numbers.setdefault(file.name[:4], file.name)
        if other != file.name:
            raise MigrationError(f"{other} and {file.name} have the same number: give the newer one the next")
        migrations.append(_read_one(file.name, file.read_bytes()))
    return migrations


def _read_one(name: str, content: bytes) -> Migration:
    sql = content.decode()
    settings: dict[str, str] = {}
    end = 0
    while found := _SET.match(sql, end):
        settings[found[2].lower()] = found[1]
        end = found.end()
    missing = _TIMEOUTS - settings.keys()
    if missing:
        raise MigrationError(f"{name}: begin it with SET {' and SET '.join(sorted(missing))}")
    migration = Migration(
        name=name,
        sha256=hashlib.sha256(content).digest(),
        transactional=not sql.startswith(NO_TRANSACTION),
        settings=tuple(settings.values()),
        body=sql[end:],
    )
    if not migration.transactional and ";" in _COMMENT.sub("", migration.body).strip().removesuffix(";"):
        raise MigrationError(
            f"{name}: a file without a transaction holds one statement; put the others in files of their own"
        )
    return migration


async def migrate(owner_url: str, folder: Path = FOLDER) -> list[str]:
    """Apply what a database has not had yet, and give the names of it; any number may do so at once.

    Args:
        owner_url: connects as the role that owns the database and all that is in it.
        folder: where the files are.

    Raises:
        MigrationError: a file breaks the conventions, was changed after it was applied, or failed.
    """
    migrations = read(folder)
    connection = await _connect(owner_url)
    try:
        await _lock(connection)
        await _make_own_table(connection)
        names: list[str] = []
        for migration in _missing(migrations, await _applied(connection)):
            await _apply(connection, migration)
            names.append(migration.name)
        return names
    finally:
        await connection.close()  # and the lock with it


async def pending(url: str, folder: Path = FOLDER) -> list[str]:
    """The names of what a database has not had yet; the application's role may ask, too.

    Raises:
        MigrationError: an applied file was changed, or the database is newer than this program.
    """
    connection = await _connect(url)
    try:
        return [migration.name for migration in _missing(read(folder), await _applied(connection))]
    finally:
        await connection.close()


async def _connect(url: str) -> asyncpg.Connection:
    return await asyncpg.connect(url, timeout=CONNECT_SECONDS, command_timeout=None)


async def _lock(connection: asyncpg.Connection) -> None:
    """Wait for our turn by asking again and again.

    One that waited inside the database would hold a snapshot, for which a CREATE INDEX CONCURRENTLY of the one before
    waits in its turn.
    """
    for _ in range(int(LOCK_SECONDS / LOCK_PAUSE_SECONDS)):
        if await connection.fetchval("SELECT pg_try_advisory_lock($1)", ADVISORY_LOCK):
            return
        await asyncio.sleep(LOCK_PAUSE_SECONDS)
    raise MigrationError(f"another migration has been running for {LOCK_SECONDS} seconds: see what it waits for")


async def _make_own_table(connection: asyncpg.Connection) -> None:
    try:
        await connection.execute(_OWN_TABLE)
    except asyncpg.InsufficientPrivilegeError as error:
        raise MigrationError(f"cannot make the table schema_migration: {error}{_advice(error)}") from error


async def _applied(connection: asyncpg.Connection) -> Mapping[str, bytes]:
    if not await connection.fetchval(_OWN_TABLE_EXISTS):
        return {}
    return {row["name"]: row["sha256"] for row in await connection.fetch(_APPLIED)}


def _missing(migrations: list[Migration], applied: Mapping[str, bytes]) -> list[Migration]:
    ours = {migration.name for migration in migrations}
    for name in applied:
        if name not in ours:
            raise MigrationError(f"{name} was applied to this database and is not here: it belongs to another version")
    for migration in migrations:
        if applied.get(migration.name, migration.sha256) != migration.sha256:
            raise MigrationError(
                f"{migration.name} was changed after it was applied: take the change back and write a new file",
            )
    return [migration for migration in migrations if migration.name not in applied]


async def _apply(connection: asyncpg.Connection, migration: Migration) -> None:
    try:
        if migration.transactional:
            async with connection.transaction():
                await _run(connection, migration)
        else:
            await _run(connection, migration)
        await connection.execute("RESET ALL")
    except (asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        raise MigrationError(f"{migration.name} failed: {error}{_advice(error)}") from error


async def _run(connection: asyncpg.Connection, migration: Migration) -> None:
    for setting in migration.settings:
        await connection.execute(setting)
    await connection.execute(migration.body)
    await connection.execute(_RECORD, migration.name, migration.sha256)


def _advice(error: Exception) -> str:
    match error:
        case asyncpg.LockNotAvailableError():
            return ". A table is busy: try again later"
        case asyncpg.InsufficientPrivilegeError():
            return ". Migrations run as the role that owns the database (HUB_OWNER_DATABASE_URL)"
        case asyncpg.DiskFullError():
            return ". Make room on the database's disk and try again"
        case _:
            return ""
