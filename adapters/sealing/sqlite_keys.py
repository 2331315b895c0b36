"""Data keys wrapped in a small SQLite file, apart from the log and from what wraps them (AES key wrap, RFC 3394).

The KEK lies in another file. The file of the keys knows the KEKs by name, one for each epoch; the newest seals, and
nothing is inserted under another, whatever KEK a process still has in its memory.
"""

import asyncio
import base64
import binascii
import datetime as dt
import secrets
import sqlite3
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Final

import msgspec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.keywrap import InvalidUnwrap, aes_key_unwrap, aes_key_wrap

from adapters.sealing.destroyed import Destroyed, DestroyedList, Moved, now
from adapters.sealing.kek import KekFile, name_of, private_file
from adapters.sealing.keys import (
    CACHED_KEYS,
    KEY_BYTES,
    Epoch,
    KeysUnusable,
    OpenKey,
    Place,
    Remembered,
    Wanted,
    new_id,
)
from application.ports import KeyClass, LogUnavailable
from domain.ids import PartnershipId

BATCH_KEYS: Final = 5_000
BUSY_TIMEOUT_S: Final = 10.0

Made = dict[Place, OpenKey]
Insert = Callable[[str, bytes], object]
"""Inserts what a KEK wraps, given its name and itself, if it is the newest."""

SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS kek (
    id text PRIMARY KEY,
    epoch integer NOT NULL UNIQUE,
    created_at text NOT NULL,
    destroyed_at text
);
CREATE TABLE IF NOT EXISTS data_key (
    id text PRIMARY KEY,
    partnership text NOT NULL,
    subject text NOT NULL,
    class text NOT NULL,
    kek text NOT NULL REFERENCES kek,
    wrapped text,
    created_at text NOT NULL,
    destroyed_at text,
    CHECK ((wrapped IS NULL) = (destroyed_at IS NOT NULL))
) WITHOUT ROWID;
CREATE UNIQUE INDEX IF NOT EXISTS data_key_live ON data_key (partnership, subject, class) WHERE destroyed_at IS NULL;
CREATE TABLE IF NOT EXISTS secret (
    name text PRIMARY KEY,
    kek text NOT NULL REFERENCES kek,
    wrapped text NOT NULL,
    created_at text NOT NULL
);
CREATE TABLE IF NOT EXISTS forgotten (
    only_row integer PRIMARY KEY CHECK (only_row = 1),
    times integer NOT NULL
);
INSERT OR IGNORE INTO forgotten VALUES (1, 0);
"""
KEKS: Final = "SELECT id, epoch, created_at FROM kek WHERE destroyed_at IS NULL ORDER BY epoch DESC"
NEWEST: Final = "SELECT id FROM kek ORDER BY epoch DESC LIMIT 1"
KEYS_ADDED: Final = (
    "INSERT OR IGNORE INTO data_key (id, partnership, subject, class, wrapped, kek, created_at)"
    " SELECT json_extract(value, '$[0]'), json_extract(value, '$[1]'), json_extract(value, '$[2]'),"
    " json_extract(value, '$[3]'), json_extract(value, '$[4]'), ?2, ?3 FROM json_each(?1)"
    " WHERE ?2 = (SELECT id FROM kek ORDER BY epoch DESC LIMIT 1)"
)
NAMED_ADDED: Final = (
    "INSERT OR IGNORE INTO secret SELECT ?1, ?2, ?3, ?4 WHERE ?2 = (SELECT id FROM kek ORDER BY epoch DESC LIMIT 1)"
)
WRAPPED_BY: Final = {
    "data_key": "SELECT id, kek, wrapped FROM data_key"
    " WHERE id > ?1 AND destroyed_at IS NULL AND kek <> ?2 ORDER BY id LIMIT ?3",
    "secret": "SELECT name, kek, wrapped FROM secret WHERE name > ?1 AND kek <> ?2 ORDER BY name LIMIT ?3",
}
REWRAP: Final = {
    "data_key": "UPDATE data_key SET kek = ?, wrapped = ? WHERE id = ? AND destroyed_at IS NULL",
    "secret": "UPDATE secret SET kek = ?, wrapped = ? WHERE name = ?",
}


class SqliteKeys:
    """A key store in a SQLite file, for all processes of one host.

    The keys of decisions that are under way together are made in one transaction. It runs on the event loop: a thread
    would wait for Python's lock at each step, which was measured to take a hundred times as long on a busy loop.
    Open keys are remembered, up to a bound; those that any process destroys are dropped by all before the next value is
    sealed or opened, and so are KEKs of before. One event loop and its thread use a store.
    """

    def __init__(
        self,
        keys: Path,
        kek: Path,
        *,
        kek_copy: Path | None = None,
        destroyed: Path | None = None,
        cached: int = CACHED_KEYS,
    ) -> None:
        """Open the store, or make it where there is none. What the list of destroyed keys names is destroyed again.

        Raises: KeysUnusable if the KEK is missing, is another one, is older than the list says or lies open to others,
        or if no file can be made.
        """
        self._path = keys
        self._file = KekFile(kek, kek_copy)
        self._list = DestroyedList(destroyed)
        self._remembered = Remembered(cached)
        self._secrets: dict[str, bytes] = {}
        self._asked: dict[Place, None] = {}
        self._gathering: asyncio.Future[Made] | None = None
        self._version = -1
        try:
            private_file(keys)
            with ExitStack() as opened:
                self._connection = opened.enter_context(closing(_connect(keys)))
                self._connection.executescript(SCHEMA)
                self._keks = self._first_keks()
                self._refuse_older()
                self._file.keep_copy()
                self._destroy_again(self._list.destroyed())
                opened.pop_all()
        except (OSError, sqlite3.Error) as fault:
            raise KeysUnusable(f"the keys in {keys} cannot be opened: {fault}") from fault

    def close(self) -> None:
        """Release the file."""
        self._connection.close()

    async def ensure(self, partnership: PartnershipId, wanted: Collection[Wanted]) -> None:
        """Make the keys that are not there yet, and return once all of them are durable. Raises: LogUnavailable."""
        await self.sealing(partnership, wanted)

    async def sealing(self, partnership: PartnershipId, wanted: Collection[Wanted]) -> Mapping[Wanted, OpenKey]:
        """The keys to seal with, made and durable where they were not there. Raises: LogUnavailable."""
        self._drop_destroyed()
        found, missing = self._remembered.sealing(partnership, wanted)
        if missing:
            made = await self._made(missing)
            found.update((one, made[partnership, one]) for _, one in missing)
        return found

    def opening(self, ids: Collection[str]) -> Mapping[str, AESGCM]:
        """Those of the keys that are still there. Raises: LogUnavailable."""
        self._drop_destroyed()
        found, missing = self._remembered.opening(ids)
        if missing:
            with _translated():
                times, rows = self._connection.execute(
                    "SELECT (SELECT times FROM forgotten), json_group_array(json_array(id, kek, wrapped)) FROM data_key"
                    " WHERE destroyed_at IS NULL AND id IN (SELECT value FROM json_each(?))",
                    (msgspec.json.encode(missing).decode(),),
                ).fetchone()
                read = {
                    key_id: AESGCM(self._unwrap(kek, wrapped))
                    for key_id, kek, wrapped in msgspec.json.decode(rows, type=list[tuple[str, str, str]])
                }
            self._remembered.keep(times, {}, read)
            found |= read
        return found

    async def destroy(self, partnership: PartnershipId, subject: str) -> int:
        """Forget every key of a subject for good; how many there were. Raises: LogUnavailable."""
        try:
            await self._list.add(Destroyed(now(), partnership, subject))
        except OSError as fault:
            raise LogUnavailable("the list of destroyed keys cannot be written") from fault
        with _translated():
            gone = self._destroy(
                "UPDATE data_key SET wrapped = NULL, destroyed_at = ?"
                " WHERE partnership = ? AND subject = ? AND destroyed_at IS NULL",
                (now(), partnership, subject),
            )
            self._version = -1
        return gone

    async def destroy_again(self, erased: Sequence[Destroyed]) -> int:
        """Forget what a copy that was brought back holds of whom; how many keys that were. Raises: LogUnavailable."""
        with _translated():
            gone = self._destroy_again(erased)
            self._version = -1
        return gone

    def secret(self, name: str) -> bytes:
        """The installation's own 256-bit key of that name, made when it is first asked for. Raises: LogUnavailable."""
        known = self._secrets.get(name)
        if known is None:
            query = "SELECT kek, wrapped FROM secret WHERE name = ?"
            with _translated():
                row = self._connection.execute(query, (name,)).fetchone()
                if row is None:
                    fresh = secrets.token_bytes(KEY_BYTES)
                    self._under_newest(
                        lambda kek, key: self._connection.execute(NAMED_ADDED, (name, kek, _wrap(key, fresh), now()))
                    )
                    row = self._connection.execute(query, (name,)).fetchone()
                known = self._secrets[name] = self._unwrap(*row)
        return known

    async def secrets(self, prefix: str) -> Mapping[str, dt.datetime]:
        """The names of the secrets that begin so, and when each was made. Raises: LogUnavailable."""
        with _translated():
            rows = self._connection.execute("SELECT name, created_at FROM secret").fetchall()
        return {name: dt.datetime.fromisoformat(made) for name, made in rows if name.startswith(prefix)}

    async def forget_secrets(self, names: Collection[str]) -> None:
        """Forget secrets for good. Raises: LogUnavailable."""
        with _translated():
            gone = msgspec.json.encode([*names]).decode()
            self._destroy("DELETE FROM secret WHERE name IN (SELECT value FROM json_each(?))", (gone,))
            self._version = -1
        self._secrets.clear()

    def epoch(self) -> Epoch:
        """The epoch that it is in. Raises: LogUnavailable."""
        with _translated():
            rows = self._connection.execute(KEKS).fetchall()
            left = {row[0] for row in rows} != set(self._file.read()) or self._file.leftovers()
        kek, number, since = rows[0]
        return Epoch(number, kek, dt.datetime.fromisoformat(since), unfinished=left or len(rows) > 1)

    async def move_epoch(self) -> int:
        """Wrap what is left by a new KEK and destroy the old; how many keys that were. One left half-way is finished.

        Raises: EpochUnderWay; KeysUnusable where the KEK cannot be written; LogUnavailable.
        """
        try:
            with self._file.alone(), _translated():
                self._keks = self._known_keks()
                if len(self._keks) == 1:
                    self._begin_epoch()
                moved = 0
                for table in WRAPPED_BY:
                    after = ""
                    while rows := self._rewrap(table, after):
                        moved, after = moved + len(rows), rows[-1]
                        await asyncio.sleep(0)
                self._end_epoch()
                self._file.replace([*self._keks.values()])
                self._version = -1
                await self._list.add(Moved(now(), self.epoch().number))
        except OSError as fault:
            raise KeysUnusable(
                f"the epoch cannot move: {self._file.path} cannot be written ({fault.strerror})"
            ) from fault
        return moved

    def _begin_epoch(self) -> None:
        """The new KEK is on the disk, and in its copy, before anything is wrapped by it."""
        fresh = secrets.token_bytes(KEY_BYTES)
        self._file.replace([fresh, *self._keks.values()])
        self._connection.execute(
            "INSERT INTO kek (id, epoch, created_at) SELECT ?, max(epoch) + 1, ? FROM kek", (name_of(fresh), now())
        )
        self._keks = {name_of(fresh): fresh} | self._keks

    def _rewrap(self, table: str, after: str) -> list[str]:
        """Some keys that an older KEK wraps; what it is done with."""
        newest, kek = next(iter(self._keks.items()))
        with self._transaction():
            rows = self._connection.execute(WRAPPED_BY[table], (after, newest, BATCH_KEYS)).fetchall()
            changed = [(newest, _wrap(kek, self._unwrap(old, wrapped)), name) for name, old, wrapped in rows]
            self._connection.executemany(REWRAP[table], changed)
        return [row[0] for row in rows]

    def _end_epoch(self) -> None:
        """Nothing needs the older KEKs any more: every process drops what it has of them before it opens anything."""
        newest = next(iter(self._keks))
        with self._transaction():
            for table, rest in WRAPPED_BY.items():
                assert not self._connection.execute(rest, ("", newest, 1)).fetchone(), f"an older KEK wraps a {table}"
            self._connection.execute(
                "UPDATE kek SET destroyed_at = ? WHERE id <> ? AND destroyed_at IS NULL", (now(), newest)
            )
            self._connection.execute("UPDATE forgotten SET times = times + 1")
        self._empty_write_ahead()
        self._keks = {newest: self._keks[newest]}

    async def _made(self, missing: Collection[Place]) -> Made:
        """Wait for the keys that are made for all who ask before the event loop comes round."""
        loop = asyncio.get_running_loop()
        if self._gathering is None or self._gathering.get_loop() is not loop:
            self._gathering = loop.create_future()
            loop.call_soon(self._make, self._gathering)
        self._asked.update(dict.fromkeys(missing))
        return await asyncio.shield(self._gathering)

    def _make(self, made: asyncio.Future[Made]) -> None:
        asked, self._asked, self._gathering = list(self._asked), {}, None
        found: Made = {}
        try:
            with _translated():
                for start in range(0, len(asked), BATCH_KEYS):
                    found |= self._insert_or_read(asked[start : start + BATCH_KEYS])
        except (LogUnavailable, KeysUnusable) as fault:
            made.set_exception(fault)
        else:
            made.set_result(found)

    def _insert_or_read(self, asked: Collection[Place]) -> Made:
        """The keys of these places. Whoever inserts first, in whatever process, makes the key; the others read it."""
        there = self._live_keys(asked)
        fresh = [
            (new_id(), partnership, subject, key_class, secrets.token_bytes(KEY_BYTES))
            for partnership, (subject, key_class) in asked
            if (partnership, (subject, key_class)) not in there
        ]
        if fresh:

            def insert(kek: str, key: bytes) -> None:
                rows = msgspec.json.encode([(*one[:4], _wrap(key, one[4])) for one in fresh]).decode()
                self._connection.execute(KEYS_ADDED, (rows, kek, now()))

            self._under_newest(insert)
            there |= self._live_keys([(row[1], (row[2], row[3])) for row in fresh])
        return there

    def _under_newest(self, insert: Insert) -> None:
        """Insert what the newest KEK wraps. Should the epoch move meanwhile, nothing was, and it is done once more."""
        kek, key = next(iter(self._keks.items()))
        insert(kek, key)
        (newest,) = self._connection.execute(NEWEST).fetchone()
        if newest != kek:
            self._keks = self._known_keks() | self._keks
            insert(*next(iter(self._keks.items())))

    def _live_keys(self, asked: Collection[Place]) -> Made:
        times, rows = self._connection.execute(
            "SELECT (SELECT times FROM forgotten),"
            " json_group_array(json_array(k.partnership, k.subject, k.class, k.id, k.kek, k.wrapped))"
            " FROM json_each(?) AS a CROSS JOIN data_key AS k ON k.destroyed_at IS NULL"
            " AND k.partnership = json_extract(a.value, '$[0]') AND k.subject = json_extract(a.value, '$[1]')"
            " AND k.class = json_extract(a.value, '$[2]')",
            (msgspec.json.encode([(partnership, *wanted) for partnership, wanted in asked]).decode(),),
        ).fetchone()
        found = {
            (partnership, (subject, key_class)): OpenKey(key_id, AESGCM(self._unwrap(kek, wrapped)))
            for partnership, subject, key_class, key_id, kek, wrapped in msgspec.json.decode(
                rows, type=list[tuple[PartnershipId, str, KeyClass, str, str, str]]
            )
        }
        self._remembered.keep(times, found)
        return found

    def _drop_destroyed(self) -> None:
        """Drop what any process destroyed, keys and KEKs. Costs nothing to speak of while no other process writes."""
        with _translated():
            (version,) = self._connection.execute("PRAGMA data_version").fetchone()
            if version == self._version:
                return
            (times,) = self._connection.execute("SELECT times FROM forgotten").fetchone()
            if self._remembered.see(times):
                self._secrets.clear()
                self._keks = self._known_keks()
        self._version = version

    def _unwrap(self, kek: str, wrapped: str) -> bytes:
        if kek not in self._keks:  # an epoch began since the file of the KEKs was read
            self._keks = self._known_keks() | self._keks
        if kek not in self._keks:
            raise KeysUnusable(f"a key is wrapped by the key-encryption key {kek}, which is not at hand")
        try:
            return aes_key_unwrap(self._keks[kek], base64.b64decode(wrapped))
        except (InvalidUnwrap, binascii.Error) as fault:
            raise KeysUnusable("a wrapped key is damaged: restore the file of the keys from its backup") from fault

    def _first_keks(self) -> dict[str, bytes]:
        """A first start makes the KEK; later its absence is an error."""
        if self._connection.execute(KEKS).fetchone() is None:
            made = next(iter(self._file.make()))
            self._connection.execute(
                "INSERT OR IGNORE INTO kek (id, epoch, created_at) VALUES (?, 1, ?)", (made, now())
            )
        return self._known_keks()

    def _known_keks(self) -> dict[str, bytes]:
        """The KEKs that something may be wrapped by, the one in use first."""
        known = [row[0] for row in self._connection.execute(KEKS)]
        try:
            at_hand = self._file.read()
        except FileNotFoundError:
            raise KeysUnusable(
                f"the key-encryption key is missing: {self._file.path}. The keys in {self._path} were wrapped by"
                f" {known[0]} and cannot be opened without it: put the file back from its backup, or set HUB_KEK to"
                f" where it lies."
            ) from None
        if known[0] not in at_hand:
            raise KeysUnusable(
                f"{self._file.path} holds another key-encryption key ({', '.join(at_hand)}) than the one that wrapped"
                f" the keys in {self._path} ({known[0]}): set HUB_KEK and HUB_KEYS to a pair that belongs together."
                f" Keys from before the last epoch open no more, with whatever key."
            )
        return {one: at_hand[one] for one in known if one in at_hand}

    def _refuse_older(self) -> None:
        number, known = self.epoch().number, self._list.epoch()
        if number < known:
            raise KeysUnusable(
                f"the keys in {self._path} are of epoch {number}, and epoch {known} had begun: an older copy was"
                f" brought back. Bring back a copy of epoch {known}."
            )

    def _destroy_again(self, erased: Sequence[Destroyed]) -> int:
        return self._destroy(
            "UPDATE data_key SET wrapped = NULL, destroyed_at = ?1 WHERE destroyed_at IS NULL AND EXISTS ("
            "SELECT 1 FROM json_each(?2) WHERE json_extract(value, '$.partnership') = partnership"
            " AND json_extract(value, '$.subject') = subject AND json_extract(value, '$.at') >= created_at)",
            (now(), msgspec.json.encode(erased).decode()),
        )

    def _destroy(self, update: str, parameters: tuple[str, ...]) -> int:
        with self._transaction():
            gone = self._connection.execute(update, parameters).rowcount
            if gone:
                self._connection.execute("UPDATE forgotten SET times = times + 1")
        if gone:
            self._empty_write_ahead()
        return gone

    def _empty_write_ahead(self) -> None:
        """It still holds what was wrapped before."""
        self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
            self._connection.execute("COMMIT")
        except BaseException:
            self._connection.execute("ROLLBACK")
            raise


@contextmanager
def _translated() -> Iterator[None]:
    """Says an error of the store in the words of the port."""
    try:
        yield
    except sqlite3.Error as fault:
        raise LogUnavailable("the store of the keys does not answer") from fault


def _connect(path: Path) -> sqlite3.Connection:
    # Autocommit: each statement is a transaction.
    connection = sqlite3.connect(path, timeout=BUSY_TIMEOUT_S, isolation_level=None)
    # In WAL mode a commit is one flush, and readers never wait for it; FULL makes each commit durable by itself.
    connection.execute("PRAGMA journal_mode = WAL").fetchone()
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA secure_delete = ON").fetchone()
    connection.execute("PRAGMA foreign_keys = ON")
    return connection


def _wrap(kek: bytes, key: bytes) -> str:
    return base64.b64encode(aes_key_wrap(kek, key)).decode()
