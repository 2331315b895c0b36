"""Blind indexes: the same for the same person however written, and nothing without the key."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.sealing.blind_index import BlindIndex, normalised
from domain.ids import PartnershipId

BORN = dt.date(1984, 2, 29)
INDEX = BlindIndex(bytes(32), PartnershipId("fenland"))


@pytest.mark.parametrize(
    ("given_name", "family_name"),
    [
        ("José", "O'Brien-Smith"),
        ("JOSE\u0301", "o\u2019brien smith"),
        ("  jose ", "OBrien\u2013Smith"),
        ("Jose", "O`Brien - Smith"),
    ],
)
def test_one_name_has_many_writings(given_name: str, family_name: str) -> None:
    """Case, accents, punctuation and spacing make no difference."""
    assert INDEX.name_and_born(given_name, family_name, BORN) == INDEX.name_and_born("Jose", "OBrien Smith", BORN)


def test_another_date_name_key_or_partnership_is_another_hash() -> None:
    """Nothing can be compared across partnerships."""
    hashes = {
        INDEX.name_and_born("Al", "Bo", BORN),
        INDEX.name_and_born("Al", "Bo", BORN + dt.timedelta(1)),
        INDEX.name_and_born("Alb", "o", BORN),
        INDEX.name_and_born("Bo", "Al", BORN),
        BlindIndex(bytes(31) + b"1", PartnershipId("fenland")).name_and_born("Al", "Bo", BORN),
        BlindIndex(bytes(32), PartnershipId("city")).name_and_born("Al", "Bo", BORN),
    }
    assert len(hashes) == 6
    assert {len(one or b"") for one in hashes} == {12}


def test_a_name_alone_is_never_a_key() -> None:
    """How often a hash occurs would tell which name it is."""
    with pytest.raises(AssertionError):
        INDEX.hashed("name", "smith")
    assert INDEX.name_and_born("", "Smith", BORN) is None
    assert INDEX.name_and_born("Al", "?", BORN) is None


@given(st.text(max_size=20))
def test_a_normal_name_stays_as_it_is(name: str) -> None:
    """Normalising twice is normalising once."""
    assert normalised(normalised(name)) == normalised(name)


@pytest.mark.parametrize("name", ["Łukasz", "Ștefan", "محمد", "李小龙", "Привет"])
def test_names_of_all_scripts_keep_their_letters(name: str) -> None:
    """Nothing but marks is stripped."""
    assert len(normalised(name)) == len(name)


@given(st.text(st.characters(max_codepoint=127)))
def test_a_name_in_plain_letters_is_normalised_as_any_other_is(name: str) -> None:
    assert f"{normalised(name)} e".strip() == normalised(f"{name} \N{LATIN SMALL LETTER E WITH ACUTE}")
