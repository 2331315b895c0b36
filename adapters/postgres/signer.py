"""The signer: keeps the nodes of every log's tree, signs how the logs stand, and has that cosigned.

One signer at a time works on a log. It moves the log's mark by compare-and-set in the transaction that writes nodes and
checkpoint, under a lease; one that was overtaken moves nothing, and so publishes nothing. It signs only what goes on
from the nodes that it stored before, and looks back at what it signed, page by page, round and round: should the log no
longer be what was signed, it stops there and says so.
"""

import asyncio
import datetime as dt
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from contextlib import suppress
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any, Final

import asyncpg

from adapters.postgres.connection import LOST, Connection, named_queries
from adapters.postgres.read_models import Pool
from adapters.proof import signing, tiles
from adapters.proof.proofs import Mark, Signed, consistency_path
from adapters.proof.signing import Secret
from adapters.proof.tiles import TileId
from adapters.proof.tree import HASH_BYTES, leaf_hash, root_of
from adapters.proof.verifier import Checkpoint, Fault, Policy, Tree, checkpoint_of, note_of, signed_at
from application.ports import EventLog, Ledger, LogId, LogUnavailable
from application.proofs import Lag, Witness

QUERIES: Final = named_queries(Path(__file__).with_suffix(".sql"))
PAGE: Final = 5_000
POLL_SECONDS: Final = 1.0
COSIGN_SECONDS: Final = 60.0
LOOK_SECONDS: Final = 10.0
LOOKED_AT: Final = 4_096
"""So many leaves at once: a million are looked at in forty minutes."""
ALTERED: Final = "not what was signed"
LEASE: Final = dt.timedelta(seconds=5)
ASKED_TWICE: Final = 2
OK, CONFLICT = 200, 409
REFUSED: Final[Mapping[int, str]] = {
    403: "it does not know the key that the log is signed with",
    404: "it does not know this log: it needs the policy",
    422: "the log does not go on from what it has seen: the past was rewritten",
}

Post = Callable[[str, bytes], Awaitable[tuple[int, bytes]]]
"""Sends a body to an address: the status and the body of the answer. Raises OSError where there is none."""


class LogAltered(Exception):  # noqa: N818 - an alarm
    """What the log holds is not what its nodes were made of."""


class PostgresProofStore:
    """Nodes and checkpoints in the database."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._numbers: dict[LogId, int] = {}

    async def number(self, log: LogId) -> int:
        """The log's number, 0 where there is none. Raises LogUnavailable."""
        if log not in self._numbers:
            rows = await self.rows("log_number", *log.rsplit("/", 1))
            if not rows:
                return 0
            self._numbers[log] = rows[0]["log_id"]
        return self._numbers[log]

    async def mark(self, log: LogId) -> Mark:
        """How far it has come. Raises LogUnavailable."""
        rows = await self.rows("mark", await self.number(log))
        return Mark(rows[0]["position"], rows[0]["head"], rows[0]["stopped"]) if rows else Mark()

    async def tiles(self, log: LogId, wanted: Collection[TileId]) -> dict[TileId, bytes]:
        """Those of the tiles that there are. Raises LogUnavailable."""
        return _tiles(await self.rows("tiles", await self.number(log), *_columns(wanted)))

    async def checkpoints(self, log: LogId) -> Sequence[Signed]:
        """The newest checkpoint, and the newest that were cosigned; newest first. Raises LogUnavailable."""
        rows = await self.rows("checkpoints", await self.number(log))
        found = []
        for _, group in groupby(rows, itemgetter("size")):
            several = list(group)
            one = several[0]
            lines = tuple((each["witness"], each["line"], each["cosigned_at"]) for each in several if each["line"])
            found.append(Signed(one["origin"], one["size"], one["root"], one["note"], one["signed_at"], lines))
        return found

    async def witnesses(self, log: LogId) -> Sequence[Witness]:
        """How each witness answered last. Raises LogUnavailable."""
        rows = await self.rows("witnesses", await self.number(log))
        return [
            Witness(name=one["witness"], size=one["size"], asked=one["asked_at"], fault=one["fault"]) for one in rows
        ]

    async def lags(self, cosigners: int) -> Mapping[Ledger, Lag]:
        """How far the log furthest behind is, by kind. Raises LogUnavailable."""
        return {one["ledger"]: Lag(one["entries"], one["seconds"]) for one in await self.rows("lags", cosigners)}

    async def rows(self, name: str, *arguments: object) -> Sequence[Any]:
        """What a statement answers. Raises LogUnavailable."""
        try:
            async with self._pool.acquire() as connection:
                found: Sequence[Any] = await connection.fetch(QUERIES[name], *arguments)
        except (*LOST, asyncpg.PostgresError) as error:
            raise LogUnavailable from error
        return found


class _Round:
    """A look at all leaves of a log, page by page: the tree that they come to, and what it is compared with.

    `resumes` is why the log was stopped when the round began, by another look back.
    """

    __slots__ = ("resumes", "signed", "tree", "until")

    def __init__(self, until: int, signed: Signed | None, resumes: str | None) -> None:
        self.tree = Tree()
        self.until = until
        self.signed = signed
        self.resumes = resumes


class Signer:
    """Signs all logs of a database. Any number of processes may run one. Without secrets it only keeps the nodes."""

    def __init__(
        self, pool: Pool, log: EventLog, secrets: Sequence[Secret], policy: Policy, post: Post, holder: str
    ) -> None:
        """`policy` names the witnesses with their addresses; `holder` names this process in leases."""
        self._pool = pool
        self._log = log
        self._secrets = secrets
        self._policy = policy
        self._post = post
        self._holder = holder
        self._store = PostgresProofStore(pool)
        self._signed: dict[LogId, int] = {}
        """Up to where nothing is left to do."""
        self._rounds: dict[LogId, _Round] = {}
        """How far each log has been looked back at."""

    async def run(self) -> None:
        """Sign, have cosigned and look back until cancelled."""
        async with asyncio.TaskGroup() as all_of_it:
            all_of_it.create_task(self._keep_signing())
            all_of_it.create_task(self._keep_cosigning())
            all_of_it.create_task(self._keep_looking_back())

    async def release(self) -> None:
        """Give the leases back, so that nobody has to wait for them to run out."""
        with suppress(LogUnavailable):
            await self._store.rows("release", self._holder)

    async def catch_up_once(self) -> bool:
        """One page of each log that has grown. True if there was anything to do. Raises LogUnavailable."""
        moved = False
        for log, head in (await self._log.heads()).items():
            if self._signed.get(log) == head:
                continue
            if await self.advance(log):
                moved = True
            elif (await self._store.mark(log)).proved == head:
                self._signed[log] = head
        return moved

    async def catch_up(self, log: LogId) -> None:
        """Bring one log's nodes and its newest checkpoint to its head. Raises LogUnavailable."""
        while await self.advance(log):
            pass

    async def advance(self, log: LogId) -> bool:
        """Add one page of a log to its nodes, and sign; False where nothing was to do, or others do it.

        Raises: LogUnavailable.
        """
        rows = await self._store.rows("log_number", *log.rsplit("/", 1))
        if not rows:
            return False
        number, incarnation = rows[0]["log_id"], rows[0]["incarnation"]
        await self._store.rows("begin", number)
        mark = await self._store.mark(log)
        if (mark.stopped or "").endswith(ALTERED):
            return False  # until a look back finds all as it was signed
        page = await self._log.read(log, after=mark.proved, limit=PAGE)
        unsigned = self._secrets and mark.proved and not await self._store.checkpoints(log)
        if not page.events and not unsigned:
            return False
        leaves = [leaf_hash(one.entry) for one in page.events]
        try:
            async with self._pool.acquire() as connection, connection.transaction():
                origin = (number, log, incarnation)
                return await self._add(connection, origin, mark.proved, leaves)
        except LogAltered as found:
            await self._store.rows("stop", number, str(found))
            return False
        except (*LOST, asyncpg.PostgresError) as error:
            raise LogUnavailable from error

    async def look_back(self, log: LogId) -> bool:
        """Hold the next page of what was signed against that; False where it is something else, which stops the log.

        A round that finds all as it was signed lets a log go on that another had stopped. Raises: LogUnavailable.
        """
        one = self._rounds.pop(log, None) or await self._round(log)
        if one is None:
            return True
        number = await self._store.number(log)
        found = await self._altered(log, one)
        if found is not None:
            await self._store.rows("stop", number, found)
            return False
        if one.tree.size < one.until:
            self._rounds[log] = one
        elif one.resumes is not None:
            await self._store.rows("resume", number, one.resumes)
        return True

    async def _round(self, log: LogId) -> _Round | None:
        """A look at all that is signed, or at all nodes where nothing is."""
        mark = await self._store.mark(log)
        found = await self._store.checkpoints(log)
        signed = next((one for one in found if one.cosigned), None) or next(iter(found), None)
        until = mark.proved if signed is None else signed.size
        resumes = mark.stopped if (mark.stopped or "").endswith(ALTERED) else None
        return _Round(until, signed, resumes) if until else None

    async def _altered(self, log: LogId, one: _Round) -> str | None:
        """The first thing of the next page that is not what was signed, in words."""
        start, until = one.tree.size, min(one.until, one.tree.size + LOOKED_AT)
        page = await self._log.read(log, after=start, limit=until - start)
        leaves = {each.position: leaf_hash(each.entry) for each in page.events}
        try:
            nodes = tiles.leaves_of(start, until, await self._store.tiles(log, tiles.tiles_of_leaves(start, until)))
        except tiles.NotThere:
            return f"the nodes of positions {start + 1} to {until} are {ALTERED}"
        for number in range(until - start):
            position, node = start + number + 1, nodes[number * HASH_BYTES : (number + 1) * HASH_BYTES]
            if leaves.get(position) != node:
                return f"position {position} is {ALTERED}"
            one.tree.add(node)
        if until < one.until or one.signed is None:
            return None
        return self._another(one.signed, one.tree.root)

    def _another(self, signed: Signed, root: bytes) -> str | None:
        """Whether a checkpoint is over another root, or not signed by those who are said to have signed it."""
        where = f"the checkpoint of {signed.size} leaves"
        keys = [secret.log_key(signed.origin).key for secret in self._secrets]
        try:
            note = note_of(signed.whole, where)
            held = [signed_at(note, key, where) for key in (*keys, *self._policy.witnesses.values())]
            known = checkpoint_of(note.body, where)
        except Fault:
            return f"{where} is {ALTERED}"
        if not any(one is not None for one in held) or known.root != signed.root:
            return f"{where} is {ALTERED}"
        return None if known.root == root else f"the leaves up to position {signed.size} are {ALTERED}"

    async def cosign(self, log: LogId) -> None:
        """Have the newest checkpoint of a log cosigned by every witness that has not yet. Raises LogUnavailable."""
        found = await self._store.checkpoints(log)
        if not found:
            return
        newest = found[0]
        have = {name for name, _, _ in newest.cosigned}
        known = {one.name: one.size for one in await self._store.witnesses(log)}
        await asyncio.gather(
            *(self._ask(log, newest, name, known.get(name, 0)) for name in self._policy.addresses if name not in have)
        )

    async def _add(
        self, connection: Connection, of: tuple[int, LogId, int], size: int, leaves: Sequence[bytes]
    ) -> bool:
        """Within a transaction: move the mark, write the nodes, and sign where a batch ends."""
        number, log, incarnation = of
        reached = size + len(leaves)
        if not await connection.fetch(QUERIES["advance"], number, size, reached, self._holder, LEASE):
            return False  # another signer has moved it, or holds the lease
        edge = _tiles(await connection.fetch(QUERIES["tiles"], number, *_columns(tiles.edge_of(size))))
        try:
            changed = tiles.grown(size, {level: tile for (level, _), tile in edge.items()}, leaves)
        except KeyError:
            raise LogAltered(f"stored nodes before position {size} are missing") from None
        if changed:
            await connection.execute(QUERIES["write_tiles"], number, *_columns(changed), [*changed.values()])
        recorded = await connection.fetch(QUERIES["peaks_at"], number, reached)
        if not recorded:
            return True  # the page ends within a batch
        peaks = tiles.peaks_of(reached, edge | changed)
        if peaks != recorded[0]["peaks"]:
            raise LogAltered(f"the leaves up to position {reached} are not what was recorded, or signed before")
        if self._secrets:
            root = root_of([peaks[at : at + HASH_BYTES] for at in range(0, len(peaks), HASH_BYTES)])
            name = signing.origin_of(self._secrets[0].name, log, incarnation)
            body = signing.body_of(Checkpoint(name, reached, root))
            note = signing.noted(body, *(one.log_key(name).sign(body) for one in self._secrets))
            await connection.execute(QUERIES["publish"], number, reached, name, root, note)
            await connection.execute(QUERIES["forget"], number, reached)
        return bool(leaves)

    async def _keep_signing(self) -> None:
        """Whenever a log has grown; no more than once a second when there is no more to sign."""
        while True:
            behind = False
            with suppress(LogUnavailable):
                behind = await self.catch_up_once()
            if not behind:
                await asyncio.sleep(POLL_SECONDS)

    async def _keep_cosigning(self) -> None:
        """Every minute; at once for a log that nobody has cosigned yet."""
        last: dict[LogId, float] = {}
        while self._secrets and self._policy.addresses:
            with suppress(LogUnavailable):
                now = asyncio.get_running_loop().time()
                for log in await self._log.heads():
                    if log not in last or now - last[log] >= COSIGN_SECONDS:
                        if await self._store.checkpoints(log):
                            last[log] = now
                        await self.cosign(log)
            await asyncio.sleep(POLL_SECONDS)

    async def _keep_looking_back(self) -> None:
        """A page of each log at a time."""
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            with suppress(LogUnavailable):
                for log in await self._log.heads():
                    await self.look_back(log)

    async def _ask(self, log: LogId, newest: Signed, name: str, size: int) -> None:
        """Ask one witness. What it has seen, should it be another size, it says itself; then it is asked again."""
        number = await self._store.number(log)
        fault: str | None = None
        for _ in range(ASKED_TWICE):
            if size > newest.size:
                fault = f"it has seen {size} leaves: this log was cut back"
                break
            path = await consistency_path(self._store, log, size, newest.size)
            try:
                content = signing.request(size, tuple(path), newest.note)
                status, answer = await self._post(f"{self._policy.addresses[name].rstrip('/')}/add-checkpoint", content)
            except OSError:
                fault = "it does not answer"
                break
            if status == OK:
                fault = await self._take(number, newest, name, answer)
                size = newest.size if fault is None else size
                break
            fault = REFUSED.get(status, f"it answered {status}")
            said = answer.strip()
            if status != CONFLICT or not said.isdigit() or int(said) == size:
                break
            size = int(said)
        await self._store.rows("heard", number, name, size, fault)

    async def _take(self, number: int, newest: Signed, name: str, answer: bytes) -> str | None:
        """Keep the cosignature of an answer, if there is one that holds; else say what is wrong with it."""
        try:
            note = note_of(newest.note + answer, name)
            seconds = signed_at(note, self._policy.witnesses[name], name)
        except Fault:
            seconds = None
        if seconds is None:
            return "it answered without a cosignature of its own that holds"
        key_id = self._policy.witnesses[name].id
        mine = next(one for one in note.signatures if one[1] == key_id)
        line = signing.line_of(*mine)
        at = dt.datetime.fromtimestamp(seconds, dt.UTC)
        await self._store.rows("cosigned", number, newest.size, name, line, at)
        return None


def _tiles(rows: Sequence[Any]) -> dict[TileId, bytes]:
    return {(one["level"], one["number"]): one["hashes"] for one in rows}


def _columns(wanted: Collection[TileId]) -> tuple[list[int], list[int]]:
    return [level for level, _ in wanted], [number for _, number in wanted]
