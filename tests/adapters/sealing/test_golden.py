"""How facts are written stays readable: a golden file for each type and version (`python -m tests.golden.update`)."""

import pytest

from tests.golden.update import as_text, every_fact, file_of, unreadable, written

FACTS = every_fact()


@pytest.mark.parametrize("kind", sorted(FACTS), ids=lambda kind: f"{kind[0]}.v{kind[1]}")
def test_a_fact_is_written_as_its_golden_file_says(kind: tuple[str, int]) -> None:
    """Fails for a new type or a changed field until the golden file is made with the command above."""
    assert file_of(*kind).read_bytes() == as_text(written(FACTS[kind]))


def test_everything_ever_written_can_be_read() -> None:
    """Golden files of older versions stay, and the code goes on reading them."""
    assert not list(unreadable())
