"""Proofs made of what is stored: the same, whichever store it is."""

import base64
import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from typing import Protocol

import msgspec

from adapters.proof import signing, tiles
from adapters.proof.tiles import Range, TileId
from adapters.proof.verifier import Policy
from application.ports import Ledger, LogId
from application.proofs import (
    Checkpoint,
    Consistency,
    Cosigned,
    Inclusion,
    Lag,
    NotProved,
    ProofState,
    Receipt,
    Witness,
)


class Signed(msgspec.Struct, frozen=True):
    """A checkpoint as it is stored, and the cosignatures: witness, line, time."""

    origin: str
    size: int
    root: bytes
    note: bytes
    at: dt.datetime
    cosigned: tuple[tuple[str, str, dt.datetime], ...]

    @property
    def whole(self) -> bytes:
        """The note with the cosignatures."""
        return self.note + "".join(line for _, line, _ in self.cosigned).encode()


class Mark(msgspec.Struct, frozen=True):
    """How far the stored nodes of a log have come, and why no further; and where the log stands."""

    proved: int = 0
    head: int = 0
    stopped: str | None = None


class ProofStore(Protocol):
    """Where nodes and checkpoints are. All raise LogUnavailable."""

    async def mark(self, log: LogId) -> Mark:
        """How far it has come."""
        ...

    async def tiles(self, log: LogId, wanted: Collection[TileId]) -> dict[TileId, bytes]:
        """Those of the tiles that there are."""
        ...

    async def checkpoints(self, log: LogId) -> Sequence[Signed]:
        """The newest checkpoint, and the newest that were cosigned; newest first."""
        ...

    async def witnesses(self, log: LogId) -> Sequence[Witness]:
        """How each witness answered last."""
        ...

    async def lags(self, cosigners: int) -> Mapping[Ledger, Lag]:
        """How far the log furthest behind is, by kind; a checkpoint counts that so many have cosigned."""
        ...


class StoredProofs:
    """Proofs of what a store has; `policy` is the installation's own, and says which witnesses are asked."""

    def __init__(self, store: ProofStore, policy: Policy) -> None:
        self._store = store
        self._policy = policy

    async def state(self, log: LogId) -> ProofState:
        """How the proofs of a log stand."""
        mark = await self._store.mark(log)
        found = await self._store.checkpoints(log)
        asked = {one.name: one for one in await self._store.witnesses(log)}
        return ProofState(
            log=log,
            head=mark.head,
            proved=mark.proved,
            stopped=mark.stopped,
            newest=self._said(found[0]) if found else None,
            quorum=next((self._said(one) for one in found if self._met(one)), None),
            witnesses=tuple(
                asked.get(name) or Witness(name=name, size=0, asked=None, fault=None) for name in self._policy.witnesses
            ),
            witnesses_needed=self._policy.least,
        )

    async def lags(self) -> Mapping[Ledger, Lag]:
        """How far the proofs of all logs are behind, by kind. As many witnesses as a quorum needs are taken for one."""
        return await self._store.lags(self._policy.least)

    async def checkpoint(self, log: LogId, *, newest: bool = False) -> Checkpoint:
        """The newest checkpoint that a quorum cosigned; or the newest of all. Raises: NotProved."""
        return self._said(await self._signed(log, newest=newest))

    async def inclusion(self, log: LogId, position: int, size: int) -> Inclusion:
        """The path from a leaf to the root of a tree of so many leaves. Raises: NotProved."""
        leaf, *path = await self._path(log, size, position - 1)
        return Inclusion(position=position, size=size, leaf=_code(leaf), path=tuple(map(_code, path)))

    async def consistency(self, log: LogId, old: int, size: int) -> Consistency:
        """The path from an older tree to a newer one. Raises: NotProved."""
        if not 0 <= old <= size:
            raise NotProved
        path = await consistency_path(self._store, log, old, size)
        return Consistency(old=old, size=size, path=tuple(map(_code, path)))

    async def receipt(self, log: LogId, position: int) -> Receipt:
        """A receipt for what stands at a position. Raises: NotProved."""
        signed = await self._signed(log, newest=False)
        leaf, *path = await self._path(log, signed.size, position - 1)
        text = signing.receipt(leaf, position, tuple(path), signed.whole).decode()
        return Receipt(position=position, leaf=_code(leaf), receipt=text)

    async def hashes(self, log: LogId, after: int, until: int) -> bytes:
        """The hashes of the leaves after one position and up to another, as they were signed. Raises: NotProved."""
        found = await self._store.tiles(log, tiles.tiles_of_leaves(after, until))
        try:
            return tiles.leaves_of(after, until, found)
        except tiles.NotThere:
            raise NotProved from None

    async def _signed(self, log: LogId, *, newest: bool) -> Signed:
        for one in await self._store.checkpoints(log):
            if newest or self._met(one):
                return one
        raise NotProved

    async def _path(self, log: LogId, size: int, index: int) -> list[bytes]:
        """The leaf's hash, and the path from it."""
        if not 0 <= index < size:
            raise NotProved
        return await hashes(self._store, log, [(index, index + 1), *tiles.inclusion(index, size)])

    def _met(self, one: Signed) -> bool:
        return self._policy.met({name for name, _, _ in one.cosigned})

    def _said(self, one: Signed) -> Checkpoint:
        return Checkpoint(
            origin=one.origin,
            size=one.size,
            root=_code(one.root),
            signed=one.at,
            cosigned=tuple(Cosigned(witness=name, at=at) for name, _, at in one.cosigned),
            quorum=self._met(one),
            note=one.whole.decode(),
        )


async def consistency_path(store: ProofStore, log: LogId, old: int, size: int) -> list[bytes]:
    """The path from an older tree to a newer one. Raises: NotProved."""
    return await hashes(store, log, tiles.consistency(old, size))


async def hashes(store: ProofStore, log: LogId, ranges: Sequence[Range]) -> list[bytes]:
    """The hashes of subtrees. Raises: NotProved where the stored nodes have not come so far."""
    found = await store.tiles(log, tiles.tiles_for(ranges)) if ranges else {}
    try:
        return [tiles.hash_of(one, found) for one in ranges]
    except tiles.NotThere:
        raise NotProved from None


def _code(content: bytes) -> str:
    return base64.b64encode(content).decode()
