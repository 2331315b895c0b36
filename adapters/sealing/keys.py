"""Where data keys are kept: wrapped, in a small SQLite file of its own, apart from the log and from what wraps them.

A data key is 256 random bits for one subject and class (`identity`, `health`, `intelligence`, `decision`) of one
partnership. It is written wrapped (AES key wrap, RFC 3394) by the key-encryption key (KEK), which lies in another file.
Destroying a data key leaves a row without it, so that it is known that there was one and when it was forgotten.
"""

import asyncio
import base64
import binascii
import datetime as dt
import hashlib
import os
import secrets
import sqlite3
import stat
from collections import OrderedDict
from collections.abc import Collection, Mapping
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any, Final, Protocol

import msgspec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.keywrap import InvalidUnwrap, aes_key_unwrap, aes_key_wrap

from application.ports import KeyClass, KeyStore, LogUnavailable
from domain.ids import PartnershipId

KEY_BYTES: Final = 32
KEY_ID_BYTES: Final = 15
CACHED_KEYS: Final = 16_384
BATCH_KEYS: Final = 5_000
BUSY_TIMEOUT_S: Final = 10.0
PRIVATE: Final = 0o600
KEK_LINE: Final = "hub-kek-v1"

Wanted = tuple[str, KeyClass]
"""A subject (empty: the partnership itself) and what of it is sealed."""

Place = tuple[PartnershipId, Wanted]
"""Where a key belongs: one that is not destroyed for each."""


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


class OpenKey(msgspec.Struct, frozen=True, gc=False):
    """A data key, ready to seal and open."""

    id: str
    cipher: AESGCM


Made = dict[Place, OpenKey]


class KeysUnusable(Exception):  # noqa: N818 - a fault of the installation, said to whoever starts it
    """The keys cannot be used as they are found; the message says what is wrong and what to do."""


class SealingKeys(KeyStore, Protocol):
    """A key store, as the codec uses it."""

    async def sealing(self, partnership: PartnershipId, wanted: Collection[Wanted]) -> Mapping[Wanted, OpenKey]:
        """The keys to seal with, made and durable where they were not there. Raises: LogUnavailable."""
        ...

    def opening(self, ids: Collection[str]) -> Mapping[str, AESGCM]:
        """Those of the keys that are still there. Raises: LogUnavailable."""
        ...


class MemoryKeys:
    """A key store that forgets everything with its process."""

    def __init__(self) -> None:
        self._live: dict[Place, OpenKey] = {}
        self._secrets: dict[str, bytes] = {}

    async def ensure(self, partnership: PartnershipId, wanted: Collection[Wanted]) -> None:
        """Make the keys that are not there yet."""
        for one in wanted:
            if (partnership, one) not in self._live:
                self._live[partnership, one] = OpenKey(_new_id(), AESGCM(secrets.token_bytes(KEY_BYTES)))

    async def sealing(self, partnership: PartnershipId, wanted: Collection[Wanted]) -> Mapping[Wanted, OpenKey]:
        """The keys to seal with."""
        await self.ensure(partnership, wanted)
        return {one: self._live[partnership, one] for one in wanted}

    def opening(self, ids: Collection[str]) -> Mapping[str, AESGCM]:
        """Those of the keys that are still there."""
        asked = frozenset(ids)
        return {key.id: key.cipher for key in self._live.values() if key.id in asked}

    async def destroy(self, partnership: PartnershipId, subject: str) -> int:
        """Forget every key of a subject."""
        gone = [one for one in self._live if one[0] == partnership and one[1][0] == subject]
        for one in gone:
            del self._live[one]
        return len(gone)

    def secret(self, name: str) -> bytes:
        """The key of that name."""
        return self._secrets.setdefault(name, secrets.token_bytes(KEY_BYTES))


class SqliteKeys:
    """A key store in a SQLite file, for all processes of one host.

    The keys of decisions that are under way together are made in one transaction. It runs on the event loop: a thread
    would wait for Python's lock at each step, which was measured to take a hundred times as long on a busy loop.
    Open keys are remembered, up to a bound; those that any process destroys are dropped by all before the next value is
    sealed or opened. One event loop and its thread use a store.
    """

    def __init__(self, keys: Path, kek: Path, *, cached: int = CACHED_KEYS) -> None:
        """Open the store, or make it where there is none.

        Raises: KeysUnusable if the KEK is missing, is another one or lies open to others, or if no file can be made.
        """
        self._cached = cached
        self._live: OrderedDict[Place, OpenKey] = OrderedDict()
        self._ciphers: OrderedDict[str, AESGCM] = OrderedDict()
        self._secrets: dict[str, bytes] = {}
        self._asked: dict[Place, None] = {}
        self._gathering: asyncio.Future[Made] | None = None
        try:
            keys.parent.mkdir(parents=True, exist_ok=True)
            _private_file(keys)
            with ExitStack() as opened:
                self._connection = opened.enter_context(closing(_connect(keys)))
                self._connection.executescript(SCHEMA)
                self._keks = _keks(self._connection, keys, kek)
                opened.pop_all()
        except (OSError, sqlite3.Error) as fault:
            raise KeysUnusable(f"the keys in {keys} cannot be opened: {fault}") from fault
        self._kek = next(iter(self._keks))
        self._version = self._times_forgotten = -1

    def close(self) -> None:
        """Release the file."""
        self._connection.close()

    async def ensure(self, partnership: PartnershipId, wanted: Collection[Wanted]) -> None:
        """Make the keys that are not there yet, and return once all of them are durable. Raises: LogUnavailable."""
        await self.sealing(partnership, wanted)

    async def sealing(self, partnership: PartnershipId, wanted: Collection[Wanted]) -> Mapping[Wanted, OpenKey]:
        """The keys to seal with, made and durable where they were not there. Raises: LogUnavailable."""
        self._drop_destroyed()
        found: dict[Wanted, OpenKey] = {}
        missing: list[Place] = []
        for one in wanted:
            key = self._live.get((partnership, one))
            if key is None:
                missing.append((partnership, one))
            else:
                found[one] = key
        if missing:
            made = await self._made(missing)
            found.update((one, made[partnership, one]) for _, one in missing)
        return found

    def opening(self, ids: Collection[str]) -> Mapping[str, AESGCM]:
        """Those of the keys that are still there. Raises: LogUnavailable."""
        self._drop_destroyed()
        found: dict[str, AESGCM] = {}
        missing: list[str] = []
        for one in ids:
            cipher = self._ciphers.get(one)
            if cipher is None:
                missing.append(one)
            else:
                found[one] = cipher
        if missing:
            with _Translated():
                times, rows = self._connection.execute(
                    "SELECT (SELECT times FROM forgotten), json_group_array(json_array(id, kek, wrapped)) FROM data_key"
                    " WHERE destroyed_at IS NULL AND id IN (SELECT value FROM json_each(?))",
                    (msgspec.json.encode(missing).decode(),),
                ).fetchone()
            read = {
                key_id: AESGCM(self._unwrap(kek, wrapped))
                for key_id, kek, wrapped in msgspec.json.decode(rows, type=list[tuple[str, str, str]])
            }
            self._remember(times, {}, read)
            found |= read
        return found

    async def destroy(self, partnership: PartnershipId, subject: str) -> int:
        """Forget every key of a subject for good; how many there were. Raises: LogUnavailable."""
        with _Translated():
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                gone = self._connection.execute(
                    "UPDATE data_key SET wrapped = NULL, destroyed_at = ?"
                    " WHERE partnership = ? AND subject = ? AND destroyed_at IS NULL",
                    (_now(), partnership, subject),
                ).rowcount
                self._connection.execute("UPDATE forgotten SET times = times + 1")
                self._connection.execute("COMMIT")
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
            # The write-ahead file still holds the wrapped keys until it is emptied.
            self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        self._version = -1
        return gone

    def secret(self, name: str) -> bytes:
        """The installation's own 256-bit key of that name, made when it is first asked for. Raises: LogUnavailable."""
        known = self._secrets.get(name)
        if known is None:
            query = "SELECT kek, wrapped FROM secret WHERE name = ?"
            with _Translated():
                row = self._connection.execute(query, (name,)).fetchone()
                if row is None:
                    fresh = _wrap(self._keks[self._kek], secrets.token_bytes(KEY_BYTES))
                    self._connection.execute(
                        "INSERT OR IGNORE INTO secret VALUES (?, ?, ?, ?)", (name, self._kek, fresh, _now())
                    )
                    row = self._connection.execute(query, (name,)).fetchone()
            known = self._secrets[name] = self._unwrap(*row)
        return known

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
            with _Translated():
                for start in range(0, len(asked), BATCH_KEYS):
                    found |= self._insert_or_read(asked[start : start + BATCH_KEYS])
        except (LogUnavailable, KeysUnusable) as fault:
            made.set_exception(fault)
        else:
            made.set_result(found)

    def _insert_or_read(self, asked: Collection[Place]) -> dict[Place, OpenKey]:
        """The keys of these places. Whoever inserts first, in whatever process, makes the key; the others read it."""
        kek = self._keks[self._kek]
        there = self._live_keys(asked)
        fresh = [
            (_new_id(), partnership, subject, key_class, _wrap(kek, secrets.token_bytes(KEY_BYTES)))
            for partnership, (subject, key_class) in asked
            if (partnership, (subject, key_class)) not in there
        ]
        if fresh:
            self._connection.execute(
                "INSERT OR IGNORE INTO data_key (id, partnership, subject, class, wrapped, kek, created_at)"
                " SELECT json_extract(value, '$[0]'), json_extract(value, '$[1]'), json_extract(value, '$[2]'),"
                " json_extract(value, '$[3]'), json_extract(value, '$[4]'), ?2, ?3 FROM json_each(?1)",
                (msgspec.json.encode(fresh).decode(), self._kek, _now()),
            )
            there |= self._live_keys([(row[1], (row[2], row[3])) for row in fresh])
        return there

    def _live_keys(self, asked: Collection[Place]) -> dict[Place, OpenKey]:
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
        self._remember(times, found)
        return found

    def _remember(self, times: int, live: Mapping[Place, OpenKey], ciphers: Mapping[str, AESGCM] = {}) -> None:
        """Keep open keys, unless some key was destroyed since this process last looked: one of these may be it."""
        if times != self._times_forgotten:
            return
        self._live.update(live)
        self._ciphers.update(ciphers)
        self._ciphers.update((key.id, key.cipher) for key in live.values())
        _bound(self._live, self._cached)
        _bound(self._ciphers, self._cached)

    def _drop_destroyed(self) -> None:
        """Drop the open keys if any process destroyed some. Costs nothing to speak of while no other process writes."""
        with _Translated():
            (version,) = self._connection.execute("PRAGMA data_version").fetchone()
            if version == self._version:
                return
            (times,) = self._connection.execute("SELECT times FROM forgotten").fetchone()
        self._version = version
        if times != self._times_forgotten:
            self._times_forgotten = times
            self._live.clear()
            self._ciphers.clear()

    def _unwrap(self, kek: str, wrapped: str) -> bytes:
        key = self._keks.get(kek)
        if key is None:
            raise KeysUnusable(f"a key is wrapped by the key-encryption key {kek}, which is not at hand")
        try:
            return aes_key_unwrap(key, base64.b64decode(wrapped))
        except (InvalidUnwrap, binascii.Error) as fault:
            raise KeysUnusable("a wrapped key is damaged: restore the file of the keys from its backup") from fault


class _Translated:
    """Says an error of the store in the words of the port."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, fault: BaseException | None, trace: object) -> None:
        if isinstance(fault, sqlite3.Error):
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


def _keks(connection: sqlite3.Connection, keys: Path, path: Path) -> dict[str, bytes]:
    """The key-encryption keys at hand, the one in use first. A first start makes one; later its absence is an error."""
    query = "SELECT id FROM kek WHERE destroyed_at IS NULL ORDER BY epoch DESC"
    known = [row[0] for row in connection.execute(query)]
    if not known:
        made = _kek_id(_read_or_make_kek(path))
        connection.execute(
            "INSERT OR IGNORE INTO kek (id, epoch, created_at) VALUES (?, 1, ?)",
            (made, _now()),
        )
        known = [row[0] for row in connection.execute(query)]
    try:
        at_hand = {_kek_id(key): key for key in _read_keks(path)}
    except FileNotFoundError:
        raise KeysUnusable(
            f"the key-encryption key is missing: {path}. The keys in {keys} were wrapped by {known[0]} and cannot be"
            f" opened without it: put the file back from its backup, or set HUB_KEK to where it lies."
        ) from None
    if known[0] not in at_hand:
        raise KeysUnusable(
            f"{path} holds another key-encryption key ({', '.join(at_hand)}) than the one that wrapped the keys in"
            f" {keys} ({known[0]}): set HUB_KEK and HUB_KEYS to a pair that belongs together."
        )
    return {one: at_hand[one] for one in known if one in at_hand}


def _read_or_make_kek(path: Path) -> bytes:
    """The first to come makes it, whole and flushed before it gets its name; the others read it."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE), "w") as file:
            file.write(f"{KEK_LINE} {base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode()}\n")
            file.flush()
            os.fsync(file.fileno())
        try:
            path.hardlink_to(draft)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
        _flush_folder(path.parent)
    return _read_keks(path)[0]


def _read_keks(path: Path) -> list[bytes]:
    if stat.S_IMODE(path.stat().st_mode) & 0o077:
        raise KeysUnusable(f"others than its owner may read {path}: run `chmod 600 {path}`, and consider it known")
    lines = path.read_text("ascii", errors="replace").splitlines()
    try:
        found = [base64.b64decode(line.removeprefix(KEK_LINE + " "), validate=True) for line in lines if line]
    except ValueError:
        found = []
    if not found or any(len(one) != KEY_BYTES for one in found):
        raise KeysUnusable(f"{path} holds no key-encryption key (a line `{KEK_LINE} BASE64` of {KEY_BYTES} bytes)")
    return found


def _kek_id(kek: bytes) -> str:
    return hashlib.sha256(b"hub-kek-id" + kek).hexdigest()[:16]


def _private_file(path: Path) -> None:
    """Make the file before SQLite does, so that it is never readable by others; its -wal and -shm take after it."""
    try:
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE))
    except FileExistsError:
        return
    _flush_folder(path.parent)


def _flush_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _wrap(kek: bytes, key: bytes) -> str:
    return base64.b64encode(aes_key_wrap(kek, key)).decode()


def _new_id() -> str:
    return secrets.token_urlsafe(KEY_ID_BYTES)


def _now() -> str:
    return dt.datetime.now(dt.UTC).isoformat(timespec="microseconds")


def _bound(cache: OrderedDict[Any, Any], size: int) -> None:
    while len(cache) > size:
        cache.popitem(last=False)
