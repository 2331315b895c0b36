"""What the small register asks for: it has the shapes it says, and its people are found and told apart."""

from collections.abc import Callable

import pytest

from benchmarks.entries import Entry, small
from benchmarks.looking import FIRST, Looking

PEOPLE, QUESTIONS = small()


def share(of: Callable[[Entry], bool]) -> float:
    return sum(map(of, PEOPLE)) / len(PEOPLE)


def test_a_register_has_the_shapes_of_a_real_one() -> None:
    assert len(PEOPLE) - len({one.human for one in PEOPLE}) == len(PEOPLE) * 0.05
    assert share(lambda one: not one.given_name) == pytest.approx(0.15, abs=0.03)
    assert share(lambda one: not one.phone) == pytest.approx(0.4, abs=0.03)
    assert share(lambda one: not one.born) > 0.3
    assert len({one.given_name for one in PEOPLE}) < len(PEOPLE) / 2


def test_nobody_has_a_telephone_number_of_the_register() -> None:
    assert {one.phone[:2] for one in PEOPLE if len(one.phone) == len("06300000000")} == {"06"}


def test_nearly_everybody_is_among_the_first_five_and_hardly_anybody_is_taken_for_another() -> None:
    """The figures proper are those of `hub bench find`."""
    looking = Looking(PEOPLE)
    found = [list(looking.matches(one)) for one in QUESTIONS]
    first = [any(right for _, right in matches[:FIRST]) for matches in found]
    same = [right for matches in found for match, right in matches if match.suggests_same]
    assert sum(first) / len(first) >= 0.97
    assert len(same) > len(QUESTIONS) / 2
    assert sum(same) / len(same) >= 0.99
