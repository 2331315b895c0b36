"""The installation that a command works on: the database that is named, or the embedded one of the home."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import msgspec

from api import settings

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from api.hub import Hub
    from api.settings import Settings


@asynccontextmanager
async def installed() -> AsyncIterator[Settings]:
    """Settings with a database that answers. The embedded server is shared with a demo that runs on the same home."""
    from api import wiring  # noqa: PLC0415 - heavy

    given = settings.read()
    if given.database_url is not None:
        yield given
        return
    async with wiring.embedded(given) as server:
        await wiring.migrate(server.owner_url)
        yield msgspec.structs.replace(given, database_url=server.app_url, owner_database_url=server.owner_url)


@asynccontextmanager
async def hub() -> AsyncIterator[Hub]:
    """The installation's hub."""
    from api import wiring  # noqa: PLC0415 - heavy

    async with installed() as given, wiring.opened(given) as opened:
        yield opened
