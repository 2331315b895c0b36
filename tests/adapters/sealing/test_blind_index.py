"""Blind indexes: the same for the same, and nothing without the key."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.sealing.blind_index import BlindIndex
from domain.ids import PartnershipId

FENLAND = PartnershipId("fenland")
INDEX = BlindIndex(bytes(32), FENLAND, 1)
parts = st.lists(st.text(max_size=5), min_size=2, max_size=3)


def test_other_parts_another_kind_key_partnership_or_epoch_is_another_hash() -> None:
    """Nothing can be compared across partnerships, nor with an index that was built before."""
    hashes = {
        INDEX.hashed("names", "al", "bo"),
        INDEX.hashed("names", "alb", "o"),
        INDEX.hashed("names", "bo", "al"),
        INDEX.hashed("calls", "al", "bo"),
        BlindIndex(bytes(31) + b"1", FENLAND, 1).hashed("names", "al", "bo"),
        BlindIndex(bytes(32), PartnershipId("city"), 1).hashed("names", "al", "bo"),
        BlindIndex(bytes(32), FENLAND, 2).hashed("names", "al", "bo"),
    }
    assert len(hashes) == 7
    assert {len(one) for one in hashes} == {12}


@given(parts, parts)
def test_equal_parts_and_no_others_have_equal_hashes(one: list[str], other: list[str]) -> None:
    assert (INDEX.hashed("names", *one) == INDEX.hashed("names", *other)) == (one == other)


def test_one_thing_alone_is_never_a_key() -> None:
    """How often a hash occurs would tell which name it is."""
    with pytest.raises(AssertionError):
        INDEX.hashed("name", "smith")
