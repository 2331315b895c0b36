"""Proofs made of stored tiles are those of RFC 9162 §2.1, read letter by letter, and those of another's library."""

from hashlib import sha256

import pymerkle
import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.proof import tiles
from adapters.proof.tree import leaf_hash, tree_of
from adapters.proof.verifier import consistent, root_by_inclusion

SIZES = [*range(1, 70), 255, 256, 257, 271, 4095, 4096, 4097]
MOST = 4100


def mth(leaves: list[bytes]) -> bytes:
    """MTH, letter by letter, over leaf hashes: k is the largest power of two smaller than n."""
    if not leaves:
        return sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    k = half(len(leaves))
    return sha256(b"\x01" + mth(leaves[:k]) + mth(leaves[k:])).digest()


def path(m: int, leaves: list[bytes]) -> list[bytes]:
    """PATH(m, D_n), letter by letter."""
    if len(leaves) == 1:
        return []
    k = half(len(leaves))
    if m < k:
        return [*path(m, leaves[:k]), mth(leaves[k:])]
    return [*path(m - k, leaves[k:]), mth(leaves[:k])]


def subproof(m: int, leaves: list[bytes], *, whole: bool) -> list[bytes]:
    """SUBPROOF(m, D_n, b), letter by letter."""
    if m == len(leaves):
        return [] if whole else [mth(leaves)]
    k = half(len(leaves))
    if m <= k:
        return [*subproof(m, leaves[:k], whole=whole), mth(leaves[k:])]
    return [*subproof(m - k, leaves[k:], whole=False), mth(leaves[:k])]


def half(n: int) -> int:
    k = 1
    while k * 2 < n:
        k *= 2
    return k


ENTRIES = [b"leaf %d" % number for number in range(MOST)]
LEAVES = [leaf_hash(one) for one in ENTRIES]


def stored(size: int, step: int = 7) -> dict[tiles.TileId, bytes]:
    """The tiles of a tree that grew by a few leaves at a time."""
    kept: dict[tiles.TileId, bytes] = {}
    for at in range(0, size, step):
        edge = {level: kept[level, number] for level, number in tiles.edge_of(at)}
        kept |= tiles.grown(at, edge, LEAVES[at : min(at + step, size)])
    return kept


ALL = stored(MOST)


@pytest.mark.parametrize("step", [1, 3, 16, 100])
def test_tiles_are_the_same_however_the_tree_grew(step: int) -> None:
    assert stored(600, step) == tiles.grown(0, {}, LEAVES[:600])


@given(st.sampled_from(SIZES), st.data())
def test_a_path_of_inclusion_is_that_of_the_rfc_and_verifies(size: int, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, size - 1))
    ranges = tiles.inclusion(index, size)
    made = [tiles.hash_of(one, {key: ALL[key] for key in tiles.tiles_for(ranges)}) for one in ranges]
    assert made == path(index, LEAVES[:size])
    root = mth(LEAVES[:size])
    assert root_by_inclusion(LEAVES[index], index, size, made) == root
    assert root_by_inclusion(LEAVES[index], index, size, [*made, root]) is None
    assert root_by_inclusion(LEAVES[index], (index + 1) % size, size, made) != root or size == 1
    if made:
        assert root_by_inclusion(LEAVES[index], index, size, made[:-1]) != root


@given(st.sampled_from(SIZES), st.data())
def test_a_path_of_consistency_is_that_of_the_rfc_and_verifies(size: int, data: st.DataObject) -> None:
    old = data.draw(st.integers(1, size))
    made = [tiles.hash_of(one, ALL) for one in tiles.consistency(old, size)]
    assert made == subproof(old, LEAVES[:size], whole=True)
    before, after = mth(LEAVES[:old]), mth(LEAVES[:size])
    assert consistent(old, before, size, after, made)
    assert not consistent(old, after, size, before, made) or old == size
    assert not consistent(old, before, size, after, [*made, after])
    for number in range(len(made)):
        altered = [sha256(one).digest() if at == number else one for at, one in enumerate(made)]
        assert not consistent(old, before, size, after, altered)


def test_peaks_of_tiles_are_those_of_the_growing_tree() -> None:
    for size in SIZES:
        assert tiles.peaks_of(size, ALL) == tree_of(ENTRIES[:size]).peaks


@pytest.mark.parametrize("size", [1, 2, 3, 7, 8, 31, 64, 100])
def test_another_library_agrees(size: int) -> None:
    """It reckons the same roots, and takes our paths for its own."""
    other = pymerkle.InmemoryTree(algorithm="sha256")
    for one in ENTRIES[:size]:
        other.append_entry(one)
    root = other.get_root(size)
    assert root == mth(LEAVES[:size])
    for index in range(size):
        made = [tiles.hash_of(one, ALL) for one in tiles.inclusion(index, size)]
        theirs = other.prove_inclusion(index + 1, size)
        assert theirs.path[1:] == made
        pymerkle.verify_inclusion(LEAVES[index], root, theirs)
    for old in range(1, size):
        made = [tiles.hash_of(one, ALL) for one in tiles.consistency(old, size)]
        assert consistent(old, other.get_root(old), size, root, made)
        pymerkle.verify_consistency(other.get_root(old), root, other.prove_consistency(old, size))
