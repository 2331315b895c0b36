"""A connection that is made anew when it was lost, and what may be lost with it."""

import asyncio
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final, Protocol, cast

import asyncpg

LOST: Final = (
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,
    asyncpg.IdleInTransactionSessionTimeoutError,
    asyncpg.TransactionTimeoutError,
    asyncpg.ReadOnlySQLTransactionError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    asyncpg.TooManyConnectionsError,
    OSError,
    TimeoutError,
)
"""What says that the connection is gone or of no more use. A query cancelled for its own time is not among it."""

CONNECT_SECONDS: Final = 3.0

PLANS: Final = {
    # Every statement is a handful of index look-ups for parameters not known when it is planned; one plan serves all.
    "plan_cache_mode": "force_generic_plan",
    "enable_seqscan": "off",
    "enable_bitmapscan": "off",
    "enable_hashjoin": "off",
    "enable_mergejoin": "off",
    "enable_material": "off",
    "enable_memoize": "off",
    "max_parallel_workers_per_gather": "0",
    "jit": "off",
}


class Connection(Protocol):
    """What we use of asyncpg's connection, which has no types of its own."""

    async def execute(self, query: str, *args: object, timeout: float | None = None) -> str: ...  # noqa: ASYNC109

    async def fetch(
        self,
        query: str,
        *args: object,
        timeout: float | None = None,  # noqa: ASYNC109
    ) -> Sequence[Any]: ...

    async def add_listener(self, channel: str, callback: object) -> None: ...

    def is_closed(self) -> bool: ...

    def terminate(self) -> None: ...

    async def close(self, *, timeout: float | None = None) -> None: ...  # noqa: ASYNC109


class Line:
    """One connection, opened when it is first asked for and again after it was lost."""

    def __init__(self, dsn: str, purpose: str, settings: Mapping[str, str], answer_seconds: float) -> None:
        self.dsn = dsn
        self._settings = {**PLANS, **settings, "application_name": f"hub {purpose}"}
        self._answer_seconds = answer_seconds
        self._connection: Connection | None = None

    async def connection(self) -> Connection:
        """The connection. Raises one of LOST, or another PostgresError, where none is to be had."""
        connection = self._connection
        if connection is None or connection.is_closed():
            connection = self._connection = cast(
                "Connection",
                await asyncpg.connect(
                    self.dsn,
                    timeout=CONNECT_SECONDS,
                    command_timeout=self._answer_seconds,
                    server_settings=self._settings,
                ),
            )
        return connection

    def drop(self) -> None:
        """Give the connection up without a word to the server, which may not be there."""
        connection, self._connection = self._connection, None
        if connection is not None and not connection.is_closed():
            connection.terminate()

    async def close(self) -> None:
        """End the connection in good order."""
        connection, self._connection = self._connection, None
        if connection is not None and not connection.is_closed():
            try:
                await connection.close(timeout=1)
            except (*LOST, asyncio.CancelledError, asyncpg.PostgresError):
                connection.terminate()


def named_queries(path: Path) -> dict[str, str]:
    """The statements of a file, by the names that stand above each (`-- name: …`)."""
    parts = path.read_text(encoding="utf-8").split("-- name: ")[1:]
    return {
        name.strip(): statement.strip().rstrip(";") for name, _, statement in (one.partition("\n") for one in parts)
    }
