"""Nodes and checkpoints of a log in memory, made anew whenever they are asked for: for tests."""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime

from adapters.proof import signing, tiles
from adapters.proof.proofs import Mark, Signed
from adapters.proof.signing import Secret
from adapters.proof.tiles import TileId
from adapters.proof.tree import leaf_hash, tree_of
from adapters.proof.verifier import Checkpoint
from application.ports import EventLog, Ledger, LogId
from application.proofs import Lag, Witness


class MemoryProofStore:
    """Signed at once, and cosigned by nobody."""

    def __init__(self, log: EventLog, secret: Secret, now: Callable[[], datetime]) -> None:
        self._log = log
        self._secret = secret
        self._now = now

    async def mark(self, log: LogId) -> Mark:
        """It has come as far as the log."""
        head = await self._log.head(log)
        return Mark(head, head)

    async def tiles(self, log: LogId, wanted: Collection[TileId]) -> dict[TileId, bytes]:
        """Those of the tiles that there are."""
        page = await self._log.read(log)
        found = tiles.grown(0, {}, [leaf_hash(one.entry) for one in page.events])
        return {one: found[one] for one in wanted if one in found}

    async def checkpoints(self, log: LogId) -> Sequence[Signed]:
        """That of the log as it is."""
        tree = tree_of(one.entry for one in (await self._log.read(log)).events)
        if not tree.size:
            return []
        origin = signing.origin_of(self._secret.name, log, 1)
        body = signing.body_of(Checkpoint(origin, tree.size, tree.root))
        note = signing.noted(body, self._secret.log_key(origin).sign(body))
        return [Signed(origin, tree.size, tree.root, note, self._now(), ())]

    async def witnesses(self, _log: LogId) -> Sequence[Witness]:
        """None."""
        return ()

    async def lags(self, _cosigners: int) -> Mapping[Ledger, Lag]:
        """Nothing waits: it is signed whenever it is asked for."""
        return {}
