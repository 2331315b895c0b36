"""The Merkle tree's peaks and root are those that RFC 6962 §2.1 defines."""

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.proof.tree import EMPTY_ROOT, Tree, tree_of

# RFC 6962's own test vectors, as its reference implementation publishes them.
VECTOR_ENTRIES = [
    b"",
    b"\x00",
    b"\x10",
    b"\x20\x21",
    b"\x30\x31",
    b"\x40\x41\x42\x43",
    bytes(range(0x50, 0x58)),
    bytes(range(0x60, 0x70)),
]
VECTOR_ROOTS = {
    1: "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    2: "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    8: "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
}


def mth(entries: list[bytes]) -> bytes:
    """MTH, letter by letter: k is the largest power of two smaller than n."""
    n = len(entries)
    if n == 0:
        return sha256().digest()
    if n == 1:
        return sha256(b"\x00" + entries[0]).digest()
    k = 1
    while k * 2 < n:
        k *= 2
    return sha256(b"\x01" + mth(entries[:k]) + mth(entries[k:])).digest()


@pytest.mark.parametrize("size", VECTOR_ROOTS)
def test_the_published_vectors_come_out(size: int) -> None:
    assert tree_of(VECTOR_ENTRIES[:size]).root.hex() == VECTOR_ROOTS[size]


def test_the_empty_tree_has_the_hash_of_nothing() -> None:
    assert Tree().root == EMPTY_ROOT == mth([])
    assert Tree().peaks == b""


@given(st.lists(st.binary(max_size=40), max_size=80))
def test_the_root_is_the_one_that_a_literal_reading_gives(entries: list[bytes]) -> None:
    assert tree_of(entries).root == mth(entries)


@given(st.lists(st.binary(max_size=8), max_size=70))
def test_the_peaks_are_the_roots_of_the_perfect_subtrees_largest_first(entries: list[bytes]) -> None:
    peaks, rest, bit = [], entries, 1 << 7
    while bit:
        if len(rest) & bit:
            peaks.append(mth(rest[:bit]))
            rest = rest[bit:]
        bit >>= 1
    assert tree_of(entries).peaks == b"".join(peaks)


@given(st.lists(st.binary(max_size=8), max_size=40), st.lists(st.binary(max_size=8), max_size=40))
def test_a_tree_taken_up_from_its_peaks_grows_like_the_one_that_was_never_put_down(
    before: list[bytes], after: list[bytes]
) -> None:
    first = tree_of(before)
    taken_up = Tree(first.size, first.peaks)
    for entry in after:
        taken_up.append(entry)
    assert (taken_up.size, taken_up.peaks) == (len(before + after), tree_of(before + after).peaks)


def test_peaks_that_do_not_fit_the_size_are_refused() -> None:
    with pytest.raises(ValueError, match="3 leaves has 2 peaks"):
        Tree(3, b"x" * 32)
