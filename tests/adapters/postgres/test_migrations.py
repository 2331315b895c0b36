"""Migrations: applied once each, by one at a time, and never changed afterwards."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

import asyncpg
import pytest

from adapters.postgres.migrations import FOLDER, MigrationError, migrate, pending, read

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Database

TIMEOUTS: Final = "SET lock_timeout = '1s';\nSET statement_timeout = '10s';\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a first migration like the real one."""
    (tmp_path / "0001_roles.sql").write_bytes((FOLDER / "0001_roles.sql").read_bytes())
    return tmp_path


def write(folder: Path, name: str, statements: str, before: str = "") -> None:
    (folder / name).write_text(f"{before}{TIMEOUTS}{statements}\n")


async def test_three_at_once_apply_each_file_once(empty_database: Database, folder: Path) -> None:
    """The lock lets one through; the others find nothing left to do, an index built outside a transaction included."""
    write(folder, "0002_thing.sql", "CREATE TABLE thing (id int);")
    write(folder, "0003_thing_id.sql", "CREATE INDEX CONCURRENTLY thing_id ON thing (id);", "-- no transaction\n")
    names = await asyncio.gather(*(migrate(empty_database.owner_url, folder) for _ in range(3)))
    assert sorted(names, key=len) == [[], [], ["0001_roles.sql", "0002_thing.sql", "0003_thing_id.sql"]]


async def test_the_application_may_ask_what_is_pending(database: Database, folder: Path) -> None:
    for file in FOLDER.glob("*.sql"):
        (folder / file.name).write_bytes(file.read_bytes())
    write(folder, "9999_thing.sql", "CREATE TABLE thing (id int);")
    assert await pending(database.app_url) == []
    assert await pending(database.app_url, folder) == ["9999_thing.sql"]


async def test_an_applied_file_must_not_change(empty_database: Database, folder: Path) -> None:
    write(folder, "0002_thing.sql", "CREATE TABLE thing (id int);")
    await migrate(empty_database.owner_url, folder)
    write(folder, "0002_thing.sql", "CREATE TABLE thing (id bigint);")
    with pytest.raises(MigrationError, match=r"0002_thing\.sql was changed"):
        await migrate(empty_database.owner_url, folder)


async def test_a_newer_database_is_refused(empty_database: Database, folder: Path) -> None:
    write(folder, "0002_thing.sql", "CREATE TABLE thing (id int);")
    await migrate(empty_database.owner_url, folder)
    (folder / "0002_thing.sql").unlink()
    with pytest.raises(MigrationError, match="another version"):
        await pending(empty_database.owner_url, folder)


async def test_a_failed_file_leaves_nothing_and_those_before_it_stay(empty_database: Database, folder: Path) -> None:
    write(folder, "0002_thing.sql", "CREATE TABLE thing (id int);\nCREATE TABLE thing (id int);")
    with pytest.raises(MigrationError, match=r"0002_thing\.sql failed: .*already exists"):
        await migrate(empty_database.owner_url, folder)
    assert await pending(empty_database.owner_url, folder) == ["0002_thing.sql"]
    connection = await asyncpg.connect(empty_database.owner_url)
    assert await connection.fetchval("SELECT to_regclass('thing') IS NULL")
    await connection.close()


async def test_a_busy_table_stops_the_migration_and_nobody_else(database: Database, folder: Path) -> None:
    for file in FOLDER.glob("*.sql"):
        (folder / file.name).write_bytes(file.read_bytes())
    write(folder, "9999_wider.sql", "SET lock_timeout = '50ms'; ALTER TABLE schema_migration ADD COLUMN x int;")
    connection = await asyncpg.connect(database.owner_url)
    async with connection.transaction():
        await connection.execute("LOCK TABLE schema_migration IN ROW EXCLUSIVE MODE")
        with pytest.raises(MigrationError, match="A table is busy"):
            await migrate(database.owner_url, folder)
    await connection.close()
    assert await migrate(database.owner_url, folder) == ["9999_wider.sql"]


async def test_the_application_owns_nothing_and_may_make_nothing(database: Database) -> None:
    with pytest.raises(MigrationError, match="the role that owns the database"):
        await migrate(database.app_url)
    connection = await asyncpg.connect(database.app_url)
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await connection.execute("DELETE FROM schema_migration")
    assert not await connection.fetchval("SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user")
    assert await connection.fetchval("SELECT count(*) FROM pg_class WHERE relowner = current_user::regrole") == 0
    await connection.close()


@pytest.mark.parametrize(
    ("name", "content", "complaint"),
    [
        ("7_thing.sql", TIMEOUTS, "has a name like"),
        ("0001_other.sql", TIMEOUTS, "the same number"),
        ("0002_thing.sql", "SET lock_timeout = '1s'; SELECT 1;", "begin it with SET statement_timeout"),
        ("0002_thing.sql", f"-- no transaction\n{TIMEOUTS}SELECT 1; SELECT 2;", "holds one statement"),
    ],
)
def test_a_file_that_breaks_the_conventions_is_refused(folder: Path, name: str, content: str, complaint: str) -> None:
    (folder / name).write_text(content)
    with pytest.raises(MigrationError, match=complaint):
        read(folder)


def test_the_projects_own_files_keep_to_the_conventions() -> None:
    assert read()
