"""The Merkle tree over a log's leaves (RFC 6962 and 9162, SHA-256), held as its peaks.

A tree of n leaves is a row of perfect subtrees, one for each bit set in n, the largest first. Their roots are its
peaks: enough to add leaves and to make the root, and no more than 64 hashes however long the log grows.
"""

from collections.abc import Iterable, Sequence
from hashlib import sha256
from typing import Final

HASH_BYTES: Final = 32
_LEAF: Final = b"\x00"
_NODE: Final = b"\x01"
EMPTY_ROOT: Final = sha256(b"").digest()


def leaf_hash(entry: bytes) -> bytes:
    """The hash of one entry; leaves and nodes are hashed apart, so that neither can stand for the other."""
    return sha256(_LEAF + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of two subtrees."""
    return sha256(_NODE + left + right).digest()


class Tree:
    """A tree that grows by leaves."""

    __slots__ = ("_peaks", "size")

    def __init__(self, size: int = 0, peaks: bytes = b"") -> None:
        """Take up a tree where its peaks were kept, as `peaks` gives them."""
        if len(peaks) != size.bit_count() * HASH_BYTES:
            raise ValueError(f"a tree of {size} leaves has {size.bit_count()} peaks, not {len(peaks) / HASH_BYTES}")
        self.size = size
        self._peaks = [peaks[at : at + HASH_BYTES] for at in range(0, len(peaks), HASH_BYTES)]

    def append(self, entry: bytes) -> None:
        """Add an entry as the next leaf."""
        node = sha256(_LEAF + entry).digest()
        bits = self.size
        peaks = self._peaks
        while bits & 1:
            node = sha256(_NODE + peaks.pop() + node).digest()
            bits >>= 1
        peaks.append(node)
        self.size += 1

    @property
    def peaks(self) -> bytes:
        """The hashes of the perfect subtrees one after the other, the largest first."""
        return b"".join(self._peaks)

    @property
    def root(self) -> bytes:
        """The tree's one hash."""
        return root_of(self._peaks)


def root_of(peaks: Sequence[bytes]) -> bytes:
    """The root over peaks: the smaller trees are joined first."""
    if not peaks:
        return EMPTY_ROOT
    root = peaks[-1]
    for peak in reversed(peaks[:-1]):
        root = node_hash(peak, root)
    return root


def tree_of(entries: Iterable[bytes]) -> Tree:
    """The tree over entries, made anew: what kept peaks are compared with."""
    tree = Tree()
    for entry in entries:
        tree.append(entry)
    return tree
