"""What can be said of a database from outside: whether it is one that this program can use."""

from __future__ import annotations

from typing import Final

import asyncpg
import msgspec

CONNECT_SECONDS: Final = 5
_INSPECT: Final = """
SELECT
    current_setting('server_version_num')::int / 10000 AS major,
    rolname AS role,
    rolsuper OR rolbypassrls AS passes_row_security,
    EXISTS (SELECT FROM pg_class WHERE relowner = pg_roles.oid) AS owns_tables,
    current_setting('fsync') = 'on' AND current_setting('full_page_writes') = 'on' AS durable
FROM pg_roles
WHERE rolname = current_user
"""

UNREACHABLE: Final = (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError)


class DatabaseUnreachableError(Exception):
    """No connection could be had; the message says why."""


class Inspection(msgspec.Struct, frozen=True):
    """What a role finds when it connects."""

    major: int
    role: str
    passes_row_security: bool
    owns_tables: bool
    durable: bool


async def inspect(url: str) -> Inspection:
    """Connect once and look.

    Raises:
        DatabaseUnreachableError: there was no connection to be had.
    """
    try:
        connection = await asyncpg.connect(url, timeout=CONNECT_SECONDS)
        try:
            row = await connection.fetchrow(_INSPECT)
        finally:
            await connection.close(timeout=CONNECT_SECONDS)
    except UNREACHABLE as error:
        raise DatabaseUnreachableError(str(error) or type(error).__name__) from error
    return Inspection(**dict(row))
