"""The tree's nodes as they are stored, and the proofs that are made of them.

A tile holds up to sixteen hashes side by side: of leaves on level 0, of full tiles of the level below on the others. It
is added to at its right until it is full, and never changed. A proof reads a tile or two of each level, a handful of
rows, and hashes what lies between in memory.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from adapters.proof.tree import HASH_BYTES, node_hash, root_of

HEIGHT: Final = 4
WIDTH: Final = 1 << HEIGHT
TILE_BYTES: Final = WIDTH * HASH_BYTES

TileId = tuple[int, int]
"""Level, and number from the left."""
Node = tuple[int, int]
"""Height above the leaves, and number from the left: the root of a perfect subtree."""
Range = tuple[int, int]
"""Leaves from the first to before the second."""


class NotThere(Exception):  # noqa: N818 - an outcome
    """The tiles do not hold so many leaves."""


def grown(size: int, edge: Mapping[int, bytes], leaves: Sequence[bytes]) -> dict[TileId, bytes]:
    """The tiles that change when leaf hashes are added to a tree; `edge` are its unfinished tiles by level."""
    changed: dict[TileId, bytes] = {}
    level, count, hashes = 0, size, leaves
    while hashes:
        first, have = divmod(count, WIDTH)
        begun = edge[level] if have else b""
        assert len(begun) == have * HASH_BYTES, "the edge is that of a tree of this size"
        row = begun + b"".join(hashes)
        tiles = [row[at : at + TILE_BYTES] for at in range(0, len(row), TILE_BYTES)]
        changed.update({(level, first + number): tile for number, tile in enumerate(tiles)})
        hashes = [_root(tile) for tile in tiles if len(tile) == TILE_BYTES]
        level, count = level + 1, count // WIDTH
    return changed


def edge_of(size: int) -> list[TileId]:
    """The unfinished tiles of a tree."""
    found, level = [], 0
    while size:
        if size % WIDTH:
            found.append((level, size // WIDTH))
        level, size = level + 1, size // WIDTH
    return found


def inclusion(index: int, size: int) -> list[Range]:
    """The subtrees whose hashes lead from a leaf to the root, from the bottom up (RFC 9162 §2.1.3.1)."""
    assert 0 <= index < size
    found, low, high = [], 0, size
    while high - low > 1:
        middle = low + _half(high - low)
        if index < middle:
            found.append((middle, high))
            high = middle
        else:
            found.append((low, middle))
            low = middle
    return found[::-1]


def consistency(old: int, new: int) -> list[Range]:
    """The subtrees whose hashes prove that a tree begins with an older one (RFC 9162 §2.1.4.1)."""
    assert 0 <= old <= new
    if old in {0, new}:
        return []
    found, low, high = [], 0, new
    while old != high:
        middle = low + _half(high - low)
        if old <= middle:
            found.append((middle, high))
            high = middle
        else:
            found.append((low, middle))
            low = middle
    if low:  # else the old root itself, which the verifier has
        found.append((low, high))
    return found[::-1]


def tiles_for(ranges: Iterable[Range]) -> set[TileId]:
    """The tiles that the hashes of these subtrees are read from."""
    return {(height // HEIGHT, (number << height % HEIGHT) // WIDTH) for one in ranges for height, number in nodes(one)}


def tiles_of_leaves(low: int, high: int) -> list[TileId]:
    """The tiles that the hashes of some leaves stand in."""
    return [(0, number) for number in range(low // WIDTH, -(-high // WIDTH))]


def leaves_of(low: int, high: int, tiles: Mapping[TileId, bytes]) -> bytes:
    """The hashes of some leaves, side by side. Raises: NotThere."""
    row = b"".join(tiles.get(one, b"") for one in tiles_of_leaves(low, high))
    start = low % WIDTH
    found = row[start * HASH_BYTES : (start + high - low) * HASH_BYTES]
    if len(found) < (high - low) * HASH_BYTES:
        raise NotThere
    return found


def hash_of(one: Range, tiles: Mapping[TileId, bytes]) -> bytes:
    """The hash of a subtree. Raises: NotThere."""
    return root_of([_node(node, tiles) for node in nodes(one)])


def peaks_of(size: int, tiles: Mapping[TileId, bytes]) -> bytes:
    """The peaks of a tree, the largest first. Raises: NotThere."""
    return b"".join(_node(node, tiles) for node in nodes((0, size)))


def nodes(one: Range) -> list[Node]:
    """The perfect subtrees that a range of leaves falls into, the largest first."""
    low, high = one
    found = []
    while low < high:
        height = (high - low).bit_length() - 1
        found.append((height, low >> height))
        low += 1 << height
    return found


def _half(count: int) -> int:
    """The largest power of two below a count."""
    return 1 << (count - 1).bit_length() - 1


def _node(node: Node, tiles: Mapping[TileId, bytes]) -> bytes:
    height, number = node
    level, above = divmod(height, HEIGHT)
    first = number << above
    start = first % WIDTH * HASH_BYTES
    part = tiles.get((level, first // WIDTH), b"")[start : start + (HASH_BYTES << above)]
    if len(part) < HASH_BYTES << above:
        raise NotThere
    return _root(part)


def _root(hashes: bytes) -> bytes:
    """The root over a power of two of hashes."""
    row = [hashes[at : at + HASH_BYTES] for at in range(0, len(hashes), HASH_BYTES)]
    while len(row) > 1:
        row = [node_hash(row[at], row[at + 1]) for at in range(0, len(row), 2)]
    return row[0]
