"""Keys found wrong before anything is served, and moved to their next epoch."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING, Final, TypeVar

import asyncpg
import msgspec

from adapters.person_keys import SECRETS, secret_name
from adapters.postgres import key_epochs
from adapters.postgres.connection import LOST
from adapters.postgres.event_log import PostgresEventLog
from adapters.postgres.projector import ProjectionStatus, RebuildInProgress
from adapters.sealing.codec import JsonCodec
from adapters.sealing.destroyed import Destroyed, dated
from adapters.sealing.keys import EpochUnderWay, StoredKeys
from api.wiring.keys import TAG_KEY, none_older, store_of
from api.wiring.projection import projector
from application.ports import LogUnavailable, UnknownFact, log_of
from application.resealing import reseal_all
from application.rights.ordered_erasures import OrderedErasure, ordered_erasures

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Awaitable, Callable, Sequence

    from adapters.postgres.connection import Connection
    from adapters.sealing.keys import Epoch
    from api.settings import Settings


T = TypeVar("T")
ASKED_SECONDS: Final = 1.0
"""For as long somebody may be looked for among the rows of before."""


class EpochMoved(msgspec.Struct, frozen=True):
    """The epoch that began, and how many keys were wrapped anew for it."""

    epoch: int
    keys: int


async def refuse_unusable_keys(given: Settings) -> Epoch:
    """Open the keys and close them again: what is wrong with them is said before anything is served. Their epoch.

    Whoever the logs say is erased is so again, whatever copy of the keys was brought back.
    Raises: KeysUnusable, also where they are not those of the database; one that is away is not waited for.
    """
    assert given.database_url is not None
    keys = store_of(given)
    try:
        with suppress(*LOST, asyncpg.UndefinedTableError):
            await _with_connection(given.database_url, none_older(keys))
        log = await PostgresEventLog.open(given.database_url, tag_key=keys.secret(TAG_KEY))
        try:
            with suppress(LogUnavailable):
                for one in await log.heads():
                    await log.head(one)
                await _erase_again(keys, log)
        finally:
            await log.close()
        return keys.epoch()
    finally:
        keys.close()


async def moved_epoch(given: Settings, by: str, *, since: dt.datetime | None = None) -> EpochMoved | None:
    """Move the epoch of the keys, and have the database know of it; None where it moved `since` then already.

    Raises: EpochUnderWay; KeysUnusable; LogUnavailable.
    """
    assert given.database_url is not None
    url, keys = given.database_url, store_of(given)

    async def move(connection: Connection) -> EpochMoved | None:
        epoch = keys.epoch()
        await key_epochs.refuse_older(connection, epoch)
        if since is not None and epoch.since >= since and not epoch.unfinished:
            await key_epochs.record(connection, epoch, "found")
            return None
        log = await PostgresEventLog.open(url, tag_key=keys.secret(TAG_KEY))
        try:
            orders = await _erase_again(keys, log)
        finally:
            await log.close()
        await _hash_anew(given, keys, orders)
        moved = await keys.move_epoch()
        epoch = keys.epoch()
        await key_epochs.record(connection, epoch, by)
        return EpochMoved(epoch.number, moved)

    try:
        return await _with_connection(url, move)
    except (*LOST, asyncpg.PostgresError) as error:
        raise LogUnavailable from error
    finally:
        keys.close()


async def _erase_again(keys: StoredKeys, log: PostgresEventLog) -> list[OrderedErasure]:
    """What the logs say of erasures holds for a store that knows nothing of them. Raises: LogUnavailable."""
    codec = JsonCodec(keys)
    orders = await ordered_erasures(log, codec)
    if orders:
        for partnership in {one.partnership for one in orders}:
            await reseal_all(log, codec, log_of(partnership))
        await keys.destroy_again([Destroyed(dated(one.recorded), one.partnership, one.person) for one in orders])
    return orders


async def _hash_anew(given: Settings, keys: StoredKeys, orders: Sequence[OrderedErasure]) -> None:
    """Where somebody was erased since a build of a log's rows was begun, its people are hashed under another secret.

    That build and its secret are dropped, so that guesses can no longer be tried on what is left of its hashes in
    backups. Raises: EpochUnderWay, where somebody builds these rows at this moment; LogUnavailable.
    """
    made = await keys.secrets(SECRETS)

    def hashes_somebody(build: ProjectionStatus) -> bool:
        since = made.get(secret_name(build.log, build.build))
        mine = [one.recorded for one in orders if log_of(one.partnership) == build.log]
        return since is not None and any(since <= recorded for recorded in mine)

    async with projector(given) as rebuilding:
        for log in sorted({one.log for one in await rebuilding.status() if hashes_somebody(one)}):
            try:
                await rebuilding.rebuild(log, keep_before=False)
            except RebuildInProgress:
                raise EpochUnderWay from None
            except UnknownFact:
                continue
            await asyncio.sleep(ASKED_SECONDS)
        kept = await keys.secrets(SECRETS)  # before the builds are asked for: a build is there before its secret is
        there = {secret_name(one.log, one.build) for one in await rebuilding.status()}
    await keys.forget_secrets(kept.keys() - there)


async def _with_connection(url: str, act: Callable[[Connection], Awaitable[T]]) -> T:
    connection = await asyncpg.connect(url)
    try:
        return await act(connection)
    finally:
        await connection.close()
