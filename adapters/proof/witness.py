"""A witness: it cosigns a log's checkpoint where that goes on from the one it cosigned before, and nothing else.

By c2sp.org/tlog-witness. What it has seen is a SQLite file of its own, written and flushed before it answers; it needs
no account, sees origins, sizes and roots alone, and belongs on a machine of another agency than the log's.
"""

import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Final

import msgspec

from adapters.proof.signing import Secret
from adapters.proof.verifier import (
    PROOF_MOST,
    Checkpoint,
    Fault,
    Policy,
    checkpoint_of,
    consistent,
    hash_of,
    note_of,
    number_of,
    policy_of,
    signed_at,
)

SIZE_TYPE: Final = "text/x.tlog.size"
TEXT: Final = "text/plain; charset=utf-8"
BODY_MOST: Final = 64 * 1024
BUSY_SECONDS: Final = 5.0

_TABLE: Final = """
CREATE TABLE IF NOT EXISTS seen (
    origin TEXT PRIMARY KEY, size INTEGER NOT NULL, root BLOB NOT NULL, note BLOB NOT NULL, at INTEGER NOT NULL
) STRICT
"""


class Reply(msgspec.Struct, frozen=True):
    """A status, a body and what it is."""

    status: int
    body: bytes = b""
    media_type: str = TEXT


class Witness:
    """One witness. Any number of processes may serve one file; which of two goes first the file decides."""

    def __init__(self, secret: Secret, policy: Path, store: Path, now: Callable[[], float] = time.time) -> None:
        """`policy` has a line for each log that is to be cosigned; it is read anew for each request."""
        self._key = secret.witness_key
        self._policy = policy
        self._now = now
        self._store = store
        with closing(self._open()) as connection:
            connection.execute(_TABLE)

    @property
    def vkey(self) -> str:
        """What goes into the policies of those who trust it."""
        return self._key.key.vkey

    def add_checkpoint(self, body: bytes) -> Reply:
        """Cosign what goes on from what was seen; 409 with the size that was, 422 for a fork."""
        if len(body) > BODY_MOST:
            return Reply(413)
        head, gap, content = body.partition(b"\n\n")
        try:
            lines = head.decode().split("\n")
            if not gap or not lines[0].startswith("old ") or len(lines) - 1 > PROOF_MOST:
                return Reply(400)
            old = number_of(lines[0].removeprefix("old "), "old")
            path = [hash_of(line, "proof") for line in lines[1:]]
            note = note_of(content, "checkpoint")
            checkpoint = checkpoint_of(note.body, "checkpoint")
        except (Fault, UnicodeDecodeError):
            return Reply(400)
        keys = self._trusted().logs.get(checkpoint.origin)
        if keys is None:
            return Reply(404)
        try:
            signed = any(signed_at(note, key, "checkpoint") is not None for key in keys)
        except Fault:
            signed = False
        if not signed:
            return Reply(403)
        if old > checkpoint.size:
            return Reply(400)
        return self._decide(old, checkpoint, path, content, note.body)

    def seen(self) -> bytes:
        """The newest checkpoint of every log, as its own cosignature stands under it; for who compares."""
        with closing(self._open()) as connection:
            rows = connection.execute("SELECT note FROM seen ORDER BY origin").fetchall()
        return b"\n".join(note for (note,) in rows)

    def _decide(self, old: int, checkpoint: Checkpoint, path: list[bytes], content: bytes, body: bytes) -> Reply:
        with closing(self._open()) as connection, connection:
            connection.execute("BEGIN IMMEDIATE")
            row = connection.execute("SELECT size, root FROM seen WHERE origin = ?", (checkpoint.origin,)).fetchone()
            size, root = row or (0, b"")
            if old != size or (old == checkpoint.size and row is not None and root != checkpoint.root):
                return Reply(409, b"%d\n" % size, SIZE_TYPE)
            if not consistent(old, root, checkpoint.size, checkpoint.root, path):
                return Reply(422)
            seconds = int(self._now())
            line = self._key.cosign(body, seconds)
            connection.execute(
                "INSERT OR REPLACE INTO seen (origin, size, root, note, at) VALUES (?, ?, ?, ?, ?)",
                (checkpoint.origin, checkpoint.size, checkpoint.root, content + line.encode(), seconds),
            )
        return Reply(200, line.encode())  # only now: it is on the disk

    def _trusted(self) -> Policy:
        """The logs that it cosigns. A policy that does not read trusts nobody."""
        try:
            return policy_of(self._policy.read_text("utf-8"))
        except (Fault, OSError, UnicodeDecodeError):
            return Policy()

    def _open(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self._store, timeout=BUSY_SECONDS, isolation_level=None)
        connection.execute("PRAGMA synchronous = EXTRA")  # with FULL, a loss of power may undo what was just committed
        return connection
