"""Data keys for several hosts: wrapped in a small PostgreSQL database of its own, by a key that lies in Vault.

Opening is a plain call, as the port has it: what a process has not at hand it asks for on a thread with an event loop
of its own, and waits. What it has at hand costs nothing, on the strength of a lease: a process uses open keys for as
long as it was told, less than a second ago, that none were destroyed; and whoever destroys some waits that long before
it says so. So nobody opens anything with a key once its destruction was reported, on whatever host.
"""

import asyncio
import datetime as dt
import secrets
import threading
import time
from collections.abc import Awaitable, Callable, Collection, Coroutine, Mapping, Sequence
from contextlib import AsyncExitStack, suppress
from pathlib import Path
from typing import Any, Final, TypeVar

import asyncpg
import msgspec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from adapters.postgres.connection import LOST, named_queries
from adapters.sealing.destroyed import Destroyed, DestroyedList, Moved, now
from adapters.sealing.keys import (
    CACHED_KEYS,
    KEY_BYTES,
    Epoch,
    EpochUnderWay,
    KeysUnusable,
    OpenKey,
    Place,
    Remembered,
    Wanted,
    new_id,
)
from adapters.sealing.vault import Transit, TransitKey, VaultRefused, version_of
from application.ports import LogUnavailable
from domain.ids import PartnershipId

T = TypeVar("T")

QUERIES: Final = named_queries(Path(__file__).with_suffix(".sql"))
LEASE_SECONDS: Final = 1.0
DRIFT: Final = 1.1
"""The clocks of two hosts run apart by less than a tenth."""
WAIT_SECONDS: Final = 10.0
AWAY_LEASES: Final = 5
"""After a wait for nothing that took longer than a lease nobody waits for as many leases: others are to be answered."""
COMMAND_SECONDS: Final = 5.0
CONNECTIONS: Final = 4
ATTEMPTS: Final = 4
BATCH_KEYS: Final = 1_000
EVER: Final = "9999"
REWRAPPED: Final = (("older_keys", "rewrap_keys"), ("older_secrets", "rewrap_secrets"))

Made = dict[Place, OpenKey]


class _Seen(msgspec.Struct, frozen=True):
    """How often keys were destroyed, and from when on that was known (of `time.monotonic`)."""

    times: int
    since: float


class PostgresKeys:
    """A key store in PostgreSQL and Vault, for the processes of several hosts. One event loop and its thread use it."""

    def __init__(
        self,
        url: str,
        transit: Callable[[], Transit],
        *,
        destroyed: Path | None = None,
        cached: int = CACHED_KEYS,
        lease_seconds: float = LEASE_SECONDS,
    ) -> None:
        """Open the store, or make it where there is none. What the list of destroyed keys names is destroyed again.

        `transit` is called on the thread that will use it. Raises: KeysUnusable if database or Vault do not answer or
        do not belong together, or if either is older than the other or the list.
        """
        self._url = url
        self._list = DestroyedList(destroyed)
        self._lease = lease_seconds
        self._remembered = Remembered(cached)
        self._secrets: dict[str, bytes] = {}
        self._asked: dict[Place, None] = {}
        self._gathering: asyncio.Task[Made] | None = None
        self._seen = _Seen(-1, -1.0)
        self._away_until = 0.0
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="keys", daemon=True)
        self._thread.start()
        try:
            self._wait(self._open(transit))
        except BaseException as fault:
            self._end()
            if isinstance(fault, LogUnavailable):
                raise KeysUnusable(f"the keys cannot be opened: {fault}") from fault
            raise

    def close(self) -> None:
        """Let go of database and Vault."""
        self._away_until = 0.0
        self._wait(self._close())
        self._end()

    async def ensure(self, partnership: PartnershipId, wanted: Collection[Wanted]) -> None:
        """Make the keys that are not there yet, and return once all of them are durable. Raises: LogUnavailable."""
        await self.sealing(partnership, wanted)

    async def sealing(self, partnership: PartnershipId, wanted: Collection[Wanted]) -> Mapping[Wanted, OpenKey]:
        """The keys to seal with, made and durable where they were not there. Raises: LogUnavailable."""
        if not self._current():
            self._seen = await self._aside(self._look())
        self._see()
        found, missing = self._remembered.sealing(partnership, wanted)
        if missing:
            made = await self._made(missing)
            found.update((one, made[partnership, one]) for _, one in missing)
        return found

    def opening(self, ids: Collection[str]) -> Mapping[str, AESGCM]:
        """Those of the keys that are still there. Raises: LogUnavailable."""
        for _ in range(ATTEMPTS):
            if not self._current():
                self._seen = self._wait(self._look())
            self._see()
            found, missing = self._remembered.opening(ids)
            if not missing:
                return found
            seen, read = self._wait(self._read(missing))
            if seen.times == self._seen.times and time.monotonic() - seen.since <= self._lease:
                self._remembered.keep(seen.times, {}, read)
                return found | read
            self._seen = seen
        raise LogUnavailable("the store of the keys answers too slowly")

    async def destroy(self, partnership: PartnershipId, subject: str) -> int:
        """Forget every key of a subject for good; how many there were. Nobody uses one any more when this returns.

        Raises: LogUnavailable.
        """
        try:
            await self._list.add(Destroyed(now(), partnership, subject))
        except OSError as fault:
            raise LogUnavailable("the list of destroyed keys cannot be written") from fault
        return await self.destroy_again([Destroyed(EVER, partnership, subject)])

    async def destroy_again(self, erased: Sequence[Destroyed]) -> int:
        """Forget what a copy that was brought back holds of whom; how many keys that were. Raises: LogUnavailable."""
        gone = await self._aside(self._destroy(erased))
        if gone:
            self._seen = await self._aside(self._look())
            await asyncio.sleep(self._lease * DRIFT)
        return gone

    def secret(self, name: str) -> bytes:
        """The installation's own 256-bit key of that name, made when it is first asked for. Raises: LogUnavailable."""
        known = self._secrets.get(name)
        if known is None:
            known = self._secrets[name] = self._wait(self._secret(name))
        return known

    async def secrets(self, prefix: str) -> Mapping[str, dt.datetime]:
        """The names of the secrets that begin so, and when each was made. Raises: LogUnavailable."""
        rows = await self._aside(self._pool.fetch(QUERIES["secrets"], prefix))
        return {row["name"]: dt.datetime.fromisoformat(row["created_at"]) for row in rows}

    async def forget_secrets(self, names: Collection[str]) -> None:
        """Forget secrets for good. Raises: LogUnavailable."""
        await self._aside(self._pool.execute(QUERIES["forget_secrets"], [*names]))
        self._secrets.clear()

    def epoch(self) -> Epoch:
        """The epoch that it is in. Raises: LogUnavailable."""
        return self._wait(self._epoch())

    async def move_epoch(self) -> int:
        """Wrap what is left by a new version of Vault's key and delete the older; how many keys that were.

        One left half-way is finished. Raises: EpochUnderWay; KeysUnusable; LogUnavailable.
        """
        moved = await self._aside(self._move())
        try:
            await self._list.add(Moved(now(), self.epoch().number))
        except OSError as fault:
            raise KeysUnusable(f"the list of destroyed keys cannot be written ({fault.strerror})") from fault
        return moved

    def _see(self) -> None:
        if self._remembered.see(self._seen.times):
            self._secrets.clear()

    def _current(self) -> bool:
        return time.monotonic() - self._seen.since <= self._lease

    async def _made(self, missing: Collection[Place]) -> Made:
        """Wait for the keys that are made for all who ask before the event loop comes round."""
        loop = asyncio.get_running_loop()
        if self._gathering is None or self._gathering.get_loop() is not loop:
            self._gathering = loop.create_task(self._make(), name="make keys")
        self._asked.update(dict.fromkeys(missing))
        return await asyncio.shield(self._gathering)

    async def _make(self) -> Made:
        asked, self._asked, self._gathering = list(self._asked), {}, None
        found: Made = {}
        for start in range(0, len(asked), BATCH_KEYS):
            seen, some = await self._aside(self._insert_or_read(asked[start : start + BATCH_KEYS]))
            self._remembered.keep(seen.times, some)
            found |= some
        return found

    # What follows runs on the thread.

    async def _open(self, transit: Callable[[], Transit]) -> None:
        async with AsyncExitStack() as opened:
            self._transit = transit()
            opened.push_async_callback(self._transit.close)
            self._pool = await opened.enter_async_context(
                asyncpg.create_pool(
                    self._url,
                    min_size=1,
                    max_size=CONNECTIONS,
                    command_timeout=COMMAND_SECONDS,
                    server_settings={"lock_timeout": "5s", "application_name": "hub keys"},
                )
            )
            await self._make_store()
            await self._refuse_older()
            if erased := self._list.destroyed():
                await self._destroy(erased)
            self._seen = await self._look()
            self._looking = asyncio.ensure_future(self._keep_looking())
            self._opened = opened.pop_all()

    async def _close(self) -> None:
        self._looking.cancel()
        await asyncio.gather(self._looking, return_exceptions=True)
        await self._opened.aclose()

    async def _make_store(self) -> None:
        async with self._pool.acquire() as connection, connection.transaction():
            await connection.execute(QUERIES["alone"])
            key = await self._transit.read()
            if not await connection.fetchval(QUERIES["there"]):
                if key is None:
                    await self._transit.make()
                    key = await self._key()
                if key.exportable or key.allow_plaintext_backup:
                    raise KeysUnusable(
                        f"{self._transit.name} may be exported from Vault, and nobody knows who has it: name another"
                    )
                await connection.execute(QUERIES["tables"])
                await connection.execute(QUERIES["begin"], key.latest_version)

    async def _refuse_older(self) -> None:
        key, (epoch, _, _) = await self._key(), await self._state()
        if epoch < key.oldest:
            raise KeysUnusable(
                f"the database of the keys is of epoch {epoch}, and Vault has nothing from before epoch {key.oldest}:"
                f" an older copy of the database was brought back. Bring back one of epoch {key.oldest}."
            )
        if epoch > key.latest_version:
            raise KeysUnusable(
                f"the database of the keys is of epoch {epoch}, and {self._transit.name} in Vault of epoch"
                f" {key.latest_version}: it is another key, or an older copy of Vault was brought back."
            )
        if epoch < self._list.epoch():
            raise KeysUnusable(
                f"the database of the keys is of epoch {epoch}, and epoch {self._list.epoch()} had begun: an older"
                f" copy was brought back. Bring back a copy of epoch {self._list.epoch()}."
            )

    async def _key(self) -> TransitKey:
        key = await self._transit.read()
        if key is None:
            raise KeysUnusable(
                f"there is no key {self._transit.name} in Vault, and the keys were wrapped by it: bring it back"
            )
        return key

    async def _state(self) -> tuple[int, int, dt.datetime]:
        row = await self._pool.fetchrow(QUERIES["state"])
        return row["epoch"], row["times"], row["moved_at"]

    async def _look(self) -> _Seen:
        since = time.monotonic()
        _, times, _ = await self._state()
        return _Seen(times, since)

    async def _keep_looking(self) -> None:
        """So that whoever opens something need not ask first; where it fails, they ask, and are told."""
        while True:
            await asyncio.sleep(self._lease / 3)
            with suppress(asyncpg.PostgresError, *LOST):
                self._seen = await self._look()

    async def _epoch(self) -> Epoch:
        key, (epoch, _, since) = await self._key(), await self._state()
        unfinished = _unfinished(key, epoch)
        return Epoch(epoch, f"{self._transit.name}:v{epoch}", since, unfinished=unfinished)

    async def _read(self, ids: Sequence[str]) -> tuple[_Seen, dict[str, AESGCM]]:
        for attempt in range(ATTEMPTS):
            since = time.monotonic()
            rows = await self._pool.fetch(QUERIES["by_id"], ids)
            there = [row for row in rows if row["id"] is not None]
            try:
                plain = await self._transit.decrypt([row["wrapped"] for row in there])
            except VaultRefused:  # the epoch moved since they were read
                if attempt == ATTEMPTS - 1:
                    raise
                continue
            found = {row["id"]: AESGCM(key) for row, key in zip(there, plain, strict=True)}
            return _Seen(rows[0]["times"], since), found
        raise AssertionError

    async def _insert_or_read(self, asked: Sequence[Place]) -> tuple[_Seen, Made]:
        """The keys of these places. Whoever inserts first, on whatever host, makes the key; the others read it."""
        seen, there = await self._live(asked, {})
        fresh = [one for one in asked if one not in there]
        if fresh:
            made = {new_id(): (one, secrets.token_bytes(KEY_BYTES)) for one in fresh}
            places = [[*column] for column in zip(*(_columns(one) for one, _ in made.values()), strict=True)]

            async def insert(connection: Any, wrapped: Sequence[str]) -> None:  # noqa: ANN401 - asyncpg has no types
                await connection.execute(QUERIES["add"], [*made], *places, [*wrapped], now())

            await self._under_newest([key for _, key in made.values()], insert)
            seen, more = await self._live(fresh, {key_id: key for key_id, (_, key) in made.items()})
            there |= more
        return seen, there

    async def _live(self, asked: Sequence[Place], known: Mapping[str, bytes]) -> tuple[_Seen, Made]:
        for attempt in range(ATTEMPTS):
            since = time.monotonic()
            columns = [[*column] for column in zip(*(_columns(one) for one in asked), strict=True)]
            rows = await self._pool.fetch(QUERIES["by_place"], *columns)
            there = [row for row in rows if row["id"] is not None]
            others = [row for row in there if row["id"] not in known]
            try:
                plain = await self._transit.decrypt([row["wrapped"] for row in others])
            except VaultRefused:  # the epoch moved since they were read
                if attempt == ATTEMPTS - 1:
                    raise
                continue
            keys = {**known, **{row["id"]: key for row, key in zip(others, plain, strict=True)}}
            return _Seen(rows[0]["times"], since), {
                (PartnershipId(row["partnership"]), (row["subject"], row["class"])): OpenKey(
                    row["id"], AESGCM(keys[row["id"]])
                )
                for row in there
            }
        raise AssertionError

    async def _under_newest(
        self, plain: Sequence[bytes], insert: Callable[[Any, Sequence[str]], Awaitable[None]]
    ) -> None:
        """Wrap and insert. Should the epoch move in between, what is wrapped by the one before is not inserted."""
        for _ in range(ATTEMPTS):
            wrapped = await self._transit.encrypt(plain)
            async with self._pool.acquire() as connection, connection.transaction():
                epoch = await connection.fetchval(QUERIES["fence"])
                if all(version_of(one) >= epoch for one in wrapped):
                    await insert(connection, wrapped)
                    return
        raise LogUnavailable("the epoch of the keys moves again and again")

    async def _secret(self, name: str) -> bytes:
        wrapped = await self._pool.fetchval(QUERIES["secret"], name)
        if wrapped is None:

            async def insert(connection: Any, fresh: Sequence[str]) -> None:  # noqa: ANN401 - asyncpg has no types
                await connection.execute(QUERIES["add_secret"], name, fresh[0], now())

            await self._under_newest([secrets.token_bytes(KEY_BYTES)], insert)
            wrapped = await self._pool.fetchval(QUERIES["secret"], name)
        return (await self._transit.decrypt([wrapped]))[0]

    async def _destroy(self, erased: Sequence[Destroyed]) -> int:
        columns = ([one.partnership for one in erased], [one.subject for one in erased], [one.at for one in erased])
        return int(await self._pool.fetchval(QUERIES["destroy"], now(), *columns))

    async def _move(self) -> int:
        async with self._pool.acquire() as connection:
            if not await connection.fetchval(QUERIES["try_move"]):
                raise EpochUnderWay
            try:
                key, (epoch, _, _) = await self._key(), await self._state()
                if not _unfinished(key, epoch):
                    await self._transit.rotate()
                    key = await self._key()
                await connection.execute(QUERIES["begin_epoch"], key.latest_version)
                moved = 0
                for older, rewrap in REWRAPPED:
                    moved += await self._rewrap(connection, QUERIES[older], QUERIES[rewrap], key.latest_version)
                await self._transit.forget_before(key.latest_version)
                await connection.execute(QUERIES["end_epoch"])
                return moved
            finally:
                await connection.fetchval(QUERIES["moved"])

    async def _rewrap(self, connection: Any, older: str, rewrap: str, version: int) -> int:  # noqa: ANN401 - as above
        moved, after = 0, ""
        while rows := await connection.fetch(older, after, f"v{version}", BATCH_KEYS):
            names, before = [row["name"] for row in rows], [row["wrapped"] for row in rows]
            await connection.execute(rewrap, names, before, await self._transit.rewrap(before))
            moved, after = moved + len(rows), names[-1]
        return moved

    # How the thread is asked.

    def _wait(self, asked: Coroutine[Any, Any, T]) -> T:
        """Ask the thread, and do nothing else meanwhile."""
        began = time.monotonic()
        if began < self._away_until:
            asked.close()
            raise LogUnavailable("the store of the keys does not answer")
        future = asyncio.run_coroutine_threadsafe(_translated(asked), self._loop)
        try:
            return future.result(WAIT_SECONDS)
        except (TimeoutError, LogUnavailable) as fault:
            future.cancel()
            if time.monotonic() - began > self._lease:
                self._away_until = time.monotonic() + self._lease * AWAY_LEASES
            if isinstance(fault, LogUnavailable):
                raise
            raise LogUnavailable("the store of the keys does not answer") from fault

    async def _aside(self, asked: Coroutine[Any, Any, T]) -> T:
        """Ask the thread, and let others go on meanwhile."""
        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(_translated(asked), self._loop))

    def _end(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()


async def _translated(asked: Coroutine[Any, Any, T]) -> T:
    """Says an error of the database in the words of the port."""
    try:
        return await asked
    except (asyncpg.PostgresError, *LOST) as fault:
        raise LogUnavailable("the store of the keys does not answer") from fault


def _columns(place: Place) -> tuple[str, str, str]:
    partnership, (subject, key_class) = place
    return partnership, subject, key_class


def _unfinished(key: TransitKey, epoch: int) -> bool:
    """Vault has a newer version than wraps everything, or an older one that nothing needs."""
    return key.latest_version > epoch or key.oldest < epoch
