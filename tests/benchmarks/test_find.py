"""What the generated registers ask for: they have the shapes they say, and their people are found and told apart."""

import pytest

pytest.importorskip("gecko", reason="registers are made by what the dependency group `finding` lists")

from benchmarks.looking import FIRST, Looking
from benchmarks.register import NO_PHONE, TWICE, UNNAMED, questions, register

PEOPLE = 4_000


def test_a_register_has_the_shapes_of_a_real_one() -> None:
    known = register(PEOPLE, 3)
    missing = (known == "").mean()
    assert len(known) == PEOPLE
    assert len(known) - known["human"].nunique() == PEOPLE * TWICE
    assert missing["given_name"] == pytest.approx(UNNAMED, abs=0.03)
    assert missing["phone"] == pytest.approx(NO_PHONE, abs=0.03)
    assert missing["born"] > 0.3
    assert known["given_name"].is_unique is False


def test_nearly_everybody_is_among_the_first_five_and_hardly_anybody_is_taken_for_another() -> None:
    """The figures proper are those of `hub bench find`."""
    known = register(PEOPLE, 3)
    looking = Looking(known)
    asked = questions(known, 800, 4)
    found = [list(looking.matches(one)) for one in asked.itertuples()]
    first = [any(right for _, right in matches[:FIRST]) for matches in found]
    same = [right for matches in found for match, right in matches if match.suggests_same]
    assert sum(first) / len(first) >= 0.97
    assert len(same) > len(asked) / 2
    assert sum(same) / len(same) >= 0.99
