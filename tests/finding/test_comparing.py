"""Comparing two descriptions: the same from either side, more likely the more agrees, and said in words."""

import math
from typing import Any, Final, get_args

import pytest
from hypothesis import given

from api.web.wording.codes import CODES
from application.finding.comparing import Reason, compared, may_weigh, outlined, weights
from application.finding.identity import described
from tests.finding.people import anybody

ANNA: Final[dict[str, Any]] = {
    "given_name": "Anna",
    "family_name": "Kowalska",
    "born": "1984-02-11",
    "phone": "07700 900123",
    "sex": "female",
}


@given(anybody, anybody)
def test_two_are_as_alike_from_either_side(one: dict[str, Any], other: dict[str, Any]) -> None:
    a, b = described(**one), described(**other)
    assert compared(a, b) == compared(b, a)
    assert 0 < compared(a, b).probability < 1


@given(anybody, anybody)
def test_whoever_weighs_so_much_is_told_to_be_worth_comparing(one: dict[str, Any], other: dict[str, Any]) -> None:
    a, b = described(**one), described(**other)
    assert may_weigh(outlined(a), outlined(b), compared(a, b).weight - 1e-9)


def test_who_shares_no_more_than_a_place_need_not_be_compared() -> None:
    anna, other = outlined(described(**ANNA)), described(given_name="Peter", family_name="Robertson", born="1961-03-01")
    assert may_weigh(anna, anna, 20)
    assert not may_weigh(anna, outlined(other), 20)


@given(anybody)
def test_comparing_twice_says_the_same(who: dict[str, Any]) -> None:
    assert compared(described(**who), described(**ANNA)) == compared(described(**who), described(**ANNA))


def test_who_agrees_in_everything_is_suggested_to_be_the_same() -> None:
    match = compared(described(**ANNA), described(**ANNA))
    assert match.suggests_same
    assert set(match.reasons) == {"given-same", "family-same", "born-same", "phone-same", "sex-same"}


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"given_name": "Ania"}, "given-diminutive"),
        ({"given_name": "Annna"}, "given-near"),
        ({"given_name": "Birgit"}, "given-other"),
        ({"given_name": "A"}, "given-initial"),
        ({"family_name": "Kovalska"}, "family-near"),
        ({"family_name": "Nowak"}, "family-other"),
        ({"family_name": "Kowalska-Nowak"}, "family-part"),
        ({"born": "1984-11-02"}, "born-swapped"),
        ({"born": "1984-02-12"}, "born-digit"),
        ({"born": "1948-02-11"}, "born-digit"),
        ({"born": "1961-02-11"}, "born-day"),
        ({"born": "1984"}, "born-year"),
        ({"born": "1985"}, "born-near"),
        ({"born": "1961-03-01"}, "born-other"),
        ({"phone": "+44 7700 900124"}, "phone-near"),
        ({"phone": "+44 7700 900123"}, "phone-same"),
        ({"sex": "male"}, "sex-other"),
        ({"given_name": "Kowalska", "family_name": "Anna"}, "order-swapped"),
        ({"given_name": None, "family_name": None, "aliases": [("Anna", "Kowalska", None)]}, "alias-matched"),
    ],
)
def test_each_difference_has_its_reason(changed: dict[str, Any], reason: str) -> None:
    match = compared(described(**ANNA | changed), described(**ANNA))
    assert reason in match.reasons
    if not reason.endswith("-same"):
        assert match.weight < compared(described(**ANNA), described(**ANNA)).weight


def test_what_only_one_says_neither_adds_nor_takes_away() -> None:
    less = {name: value for name, value in ANNA.items() if name != "phone"}
    assert compared(described(**less), described(**ANNA)) == compared(described(**less), described(**less))


def test_names_alone_are_never_enough_to_suggest_that_two_are_one() -> None:
    names = {name: ANNA[name] for name in ("given_name", "family_name")}
    assert not compared(described(**names), described(**names)).suggests_same


def test_somebody_of_the_same_name_born_on_another_day_is_not_suggested() -> None:
    assert not compared(described(**ANNA | {"born": "1961-03-01", "phone": None}), described(**ANNA)).suggests_same


def test_every_reason_has_words_and_a_weight() -> None:
    assert set(CODES["match-reason"]) >= set(get_args(Reason)) == set(weights().levels)


def test_a_level_of_agreement_speaks_for_and_one_of_difference_against() -> None:
    levels = weights().levels
    assert all(level.weight > 0 for reason, level in levels.items() if reason.endswith("-same"))
    assert all(level.weight < 0 for reason, level in levels.items() if reason.endswith("-other"))
    assert all(0 < level.m <= 1 and 0 < level.u <= 1 for level in levels.values())


def test_the_weights_say_where_they_come_from() -> None:
    given_by = weights().provenance
    assert given_by.version >= 1
    assert given_by.trained_by
    assert given_by.trained_on
    assert given_by.trained_at
    assert 0 < weights().show < weights().same < 1
    assert math.isclose(sum(weights().levels[one].m for one in ("sex-same", "sex-other")), 1, abs_tol=0.05)
