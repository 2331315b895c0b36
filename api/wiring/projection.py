"""What the command line and the process beside the servers open by itself: the server, the projector, the tokens."""

from __future__ import annotations

import os
import socket
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import asyncpg

from adapters.identity.tokens import PostgresTokens
from adapters.person_keys import BlindPersonKeys
from adapters.postgres.embedded import EmbeddedPostgres
from adapters.postgres.event_log import PostgresEventLog
from adapters.postgres.projector import Projector
from adapters.postgres.read_models import connect_arguments
from adapters.sealing.codec import JsonCodec
from api.wiring.keys import TAG_KEY, none_older, store_of
from application.views import VIEWS

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from api.settings import Settings
    from application.identity import Tokens


@asynccontextmanager
async def projector(given: Settings) -> AsyncIterator[Projector]:
    """The projector of an installation alone, for the command line."""
    assert given.database_url is not None
    keys = store_of(given)
    codec = JsonCodec(keys)
    log = await PostgresEventLog.open(given.database_url, tag_key=keys.secret(TAG_KEY))
    try:
        arguments = connect_arguments() | {"min_size": 0, "init": none_older(keys)}
        async with asyncpg.create_pool(given.database_url, max_size=3, **arguments) as pool:
            person_keys = BlindPersonKeys(codec, keys.secret)
            yield Projector(pool, log, codec, VIEWS, this_process(), person_keys)
    finally:
        await log.close()
        keys.close()


@asynccontextmanager
async def tokens(given: Settings) -> AsyncIterator[Tokens]:
    """The tokens of an installation alone, for the command line."""
    assert given.database_url is not None
    async with asyncpg.create_pool(given.database_url, min_size=0, max_size=1) as pool:
        yield PostgresTokens(pool)


def embedded(settings: Settings, progress: Callable[[str], None] | None = None) -> EmbeddedPostgres:
    """The home's own server; nothing runs before it is entered, as a context manager of either kind."""
    return EmbeddedPostgres(settings.home, settings.postgres_binaries, progress)


def this_process() -> str:
    """What holds a lease, by host and process."""
    return f"{socket.gethostname()}:{os.getpid()}"
