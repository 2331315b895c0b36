"""What proves a log to somebody who does not trust its keeper: signed checkpoints, paths through the tree, receipts.

Nothing here is personal: hashes of leaves tell nothing of them. Hashes are base64, as everywhere in these formats; the
formats are those of docs/proof.md.
"""

from collections.abc import Mapping
from typing import Protocol

import msgspec

from application.ports import Ledger, LogId
from domain.facts import Instant


class Cosigned(msgspec.Struct, frozen=True, kw_only=True):
    """That a witness found a checkpoint to go on from what it had seen before, and when."""

    witness: str
    at: Instant


class Checkpoint(msgspec.Struct, frozen=True, kw_only=True):
    """How a log stood; `note` is the signed note for whoever keeps it, with the cosignatures that there are."""

    origin: str
    size: int
    root: str
    signed: Instant
    cosigned: tuple[Cosigned, ...]
    quorum: bool
    note: str


class Witness(msgspec.Struct, frozen=True, kw_only=True):
    """What a witness has seen of a log; `fault` says why it did not cosign when it was asked last."""

    name: str
    size: int
    asked: Instant | None
    fault: str | None


class ProofState(msgspec.Struct, frozen=True, kw_only=True):
    """How the proofs of a log stand. `proved` leaves of `head` are in stored nodes; `stopped` says why no more are.

    `newest` is the newest checkpoint, `quorum` the newest one that enough witnesses cosigned.
    """

    log: LogId
    head: int
    proved: int
    stopped: str | None
    newest: Checkpoint | None
    quorum: Checkpoint | None
    witnesses: tuple[Witness, ...]
    witnesses_needed: int


class Inclusion(msgspec.Struct, frozen=True, kw_only=True):
    """That a leaf hash stands at a position of a tree of so many leaves (RFC 9162 §2.1.3)."""

    position: int
    size: int
    leaf: str
    path: tuple[str, ...]


class Consistency(msgspec.Struct, frozen=True, kw_only=True):
    """That a tree begins with an older one (RFC 9162 §2.1.4)."""

    old: int
    size: int
    path: tuple[str, ...]


class Receipt(msgspec.Struct, frozen=True, kw_only=True):
    """That an act was recorded: its position, its leaf's hash, and a proof to keep (C2SP tlog-proof)."""

    position: int
    leaf: str
    receipt: str


class Lag(msgspec.Struct, frozen=True):
    """Of all logs of a kind, the one that is furthest behind: entries no quorum has cosigned, and for how long.

    `seconds` is the age of its newest checkpoint that enough witnesses cosigned; 0 where nothing waits.
    """

    entries: float
    seconds: float


class NotProved(Exception):  # noqa: N818 - an outcome
    """There is no such checkpoint yet: the signer and the witnesses are some seconds behind, or are not set up."""


class Proofs(Protocol):
    """Proofs of the logs of an installation. All raise LogUnavailable."""

    async def state(self, log: LogId) -> ProofState:
        """How the proofs of a log stand."""
        ...

    async def lags(self) -> Mapping[Ledger, Lag]:
        """How far the proofs of all logs are behind, by kind."""
        ...

    async def checkpoint(self, log: LogId, *, newest: bool = False) -> Checkpoint:
        """The newest checkpoint that a quorum cosigned; or the newest of all. Raises: NotProved."""
        ...

    async def inclusion(self, log: LogId, position: int, size: int) -> Inclusion:
        """The path from a leaf to the root of a tree of so many leaves. Raises: NotProved."""
        ...

    async def consistency(self, log: LogId, old: int, size: int) -> Consistency:
        """The path from an older tree to a newer one. Raises: NotProved."""
        ...

    async def receipt(self, log: LogId, position: int) -> Receipt:
        """A receipt for what stands at a position. Raises: NotProved."""
        ...

    async def hashes(self, log: LogId, after: int, until: int) -> bytes:
        """The hashes of the leaves after one position and up to another, as they were signed. Raises: NotProved."""
        ...
