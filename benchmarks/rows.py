"""The same rows without group commit: one command a transaction under the head lock, and pgbench without any order."""

import asyncio
import itertools
import os
import re
import subprocess
from collections.abc import Sequence
from typing import Final

import asyncpg

from adapters.postgres.batch import numbers
from adapters.postgres.hashing import hasher
from adapters.proof import leaf
from adapters.proof.tree import Tree
from application.ports import Entry
from benchmarks import payload
from benchmarks.ground import Ground
from benchmarks.measuring import Rate, at_once
from benchmarks.payload import LOG
from domain.ids import ReferralId

PGBENCH_JOBS: Final = 2
_FIGURES = re.compile(r"latency average = ([\d.]+) ms.*?tps = ([\d.]+)", re.DOTALL)

LOCK: Final = "SELECT log_id FROM log_head WHERE log_id = 1 FOR UPDATE"
STAND: Final = """
SELECT clock_timestamp(), EXISTS (
    SELECT FROM event_tag
    WHERE log_id = 1 AND tag = $1::text::bigint AND position > $2 AND type = ANY ($3::text::bigint[])
), EXISTS (SELECT FROM command WHERE log_id = 1 AND key = $4)
"""
INSERT: Final = """
WITH e AS (INSERT INTO event (log_id, position, type, entry, sealed) VALUES (1, $1, $2::text::bigint, $3, $4)),
t AS (INSERT INTO event_tag (log_id, tag, position, type) SELECT 1, unnest($5::text::bigint[]), $1, $2::text::bigint),
c AS (INSERT INTO command (log_id, key, digest, position, recorded_at, result) VALUES (1, $6, $7, $1, $8, $9))
INSERT INTO batch (log_id, position, peaks, recorded_at) VALUES (1, $1, $10, $8)
"""

EVENT_ROW: Final = r"""
INSERT INTO event (log_id, position, type, entry, sealed)
SELECT 1, n, 4711, '\x$entry'::bytea, '\x$sealed'::bytea FROM p
"""
TAG_ROW: Final = "(1, (random() * 9007199254740992)::bigint, (SELECT n FROM p), 4711)"
SINGLE_ROW: Final = "WITH p AS MATERIALIZED (SELECT nextval('position_bench') AS n) $event;"
SAME_ROWS: Final = """
WITH p AS MATERIALIZED (SELECT nextval('position_bench') AS n),
e AS ($event),
t AS (INSERT INTO event_tag (log_id, tag, position, type) VALUES $tags)
INSERT INTO command (log_id, key, digest, position, recorded_at, result)
SELECT 1, sha256(int8send(n)), sha256(''), n, clock_timestamp(), '{"id":"r"}' FROM p;
"""


class SingleCommits:
    """Each command a transaction of its own: lock, judge, insert, commit; over a pool of connections."""

    def __init__(self, url: str, entries: Sequence[Entry]) -> None:
        self._url = url
        self._entries = itertools.cycle(entries)
        self._hashed = hasher(bytes(32))
        self._types = numbers(self._hashed(one) for one in payload.STORY)
        self._tree = Tree()  # only who holds the lock touches it
        self._opening = leaf.opening(LOG, 1)

    async def prepare(self) -> None:
        """A log of its own in a migrated database."""
        connection = await asyncpg.connect(self._url)
        try:
            await connection.execute(
                "INSERT INTO log (log_id, partnership, ledger) VALUES (1, $1, 'case')", payload.PARTNERSHIP
            )
            await connection.execute("INSERT INTO log_head (log_id) VALUES (1)")
        finally:
            await connection.close()

    async def append(self, clients: int, seconds: float) -> Rate:
        """The same events, sealed beforehand, with a connection for each client."""
        async with asyncpg.create_pool(self._url, min_size=clients, max_size=clients) as pool:
            return await self._append(pool, clients, seconds)

    async def _append(self, pool: "asyncpg.Pool[asyncpg.Record]", clients: int, seconds: float) -> Rate:
        async def act(_: int) -> None:
            entry = next(self._entries)
            key, hashed = os.urandom(32), self._hashed
            tag = hashed(f"referral:{ReferralId(payload.new_id())}")
            after = self._tree.size
            async with pool.acquire() as connection, connection.transaction():
                await connection.fetch(LOCK)
                at, failed, repeated = await connection.fetchrow(STAND, tag, after, self._types, key)
                assert not failed
                assert not repeated
                position = self._tree.size + 1
                content = b"%b%d%b%b" % (self._opening, position, leaf.recorded(at), entry.body)
                self._tree.append(content)
                tags = numbers([tag, *(hashed(one) for one in entry.tags[1:])])
                values = (position, hashed(entry.type), content, entry.sealed, tags, key, bytes(32), at, b'{"id":"r"}')
                await connection.execute(INSERT, *values, self._tree.peaks)

        return await at_once(clients, seconds, act)


class PgBench:
    """PostgreSQL's own load generator, inserting rows as long as ours in any order, unchecked, one command at a time.

    One prepared statement a command, its long values as constants in it: no client could do with less.
    """

    def __init__(self, ground: Ground, database: str, entry: Entry) -> None:
        self._ground = ground
        self._database = database
        body = leaf.opening(LOG, 1) + b"123456" + leaf.recorded(payload.AT) + entry.body
        self._event = EVENT_ROW.replace("$entry", body.hex()).replace("$sealed", (entry.sealed or b"").hex())
        self._tags = ", ".join([TAG_ROW] * len(entry.tags))

    async def prepare(self) -> None:
        """What the rows need to be told apart by."""
        connection = await asyncpg.connect(self._ground.owner_url(self._database))
        try:
            await connection.execute("CREATE SEQUENCE position_bench CACHE 100")
        finally:
            await connection.close()

    async def same_rows(self, clients: int, seconds: float) -> Rate:
        """Event, tags and command."""
        return await self._run(SAME_ROWS.replace("$event", self._event).replace("$tags", self._tags), clients, seconds)

    async def single_row(self, clients: int, seconds: float) -> Rate:
        """The event alone."""
        return await self._run(SINGLE_ROW.replace("$event", self._event), clients, seconds)

    async def _run(self, script: str, clients: int, seconds: float) -> Rate:
        return await asyncio.to_thread(self._run_now, script, clients, seconds)

    def _run_now(self, script: str, clients: int, seconds: float) -> Rate:
        file = self._ground.folder / "pgbench.sql"
        file.write_text(script, encoding="ascii")
        log = self._ground.folder / "pgbench-log"
        ran = subprocess.run(  # noqa: S603 - the server's own program
            [
                *(str(self._ground.pgbench), "--no-vacuum", "--protocol=prepared", f"--file={file}"),
                *(f"--client={clients}", f"--jobs={min(clients, PGBENCH_JOBS)}", f"--time={max(1, round(seconds))}"),
                *(f"--log-prefix={log}", "--log", self._ground.owner_url(self._database)),
            ],
            capture_output=True,
            text=True,
            check=False,
        )
        found = _FIGURES.search(ran.stdout)
        if ran.returncode or found is None:
            raise RuntimeError(f"pgbench failed: {ran.stderr[-500:]}")
        taken = sorted(
            int(line.split()[2]) / 1000
            for one in self._ground.folder.glob(f"{log.name}.*")
            for line in one.read_text("ascii").splitlines()
        )
        for one in self._ground.folder.glob(f"{log.name}.*"):
            one.unlink()
        return Rate(
            round(float(found[2]), 1), round(taken[len(taken) // 2], 3), round(taken[len(taken) * 99 // 100], 3)
        )
