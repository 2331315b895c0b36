"""Killed outright between requests, the application has shown nobody anything that the access ledger does not say."""

import random
from pathlib import Path

import pytest

from tests.ledger_crash import crash


@pytest.mark.anyio
async def test_what_was_answered_and_what_the_ledger_says_are_the_same_after_a_kill(open_home: Path) -> None:
    """The short form; the long one is `python -m tests.ledger_crash`."""
    report = await crash(open_home, 250, 1, random.Random())  # noqa: S311 - no secret
    assert report.kills == 1
    assert report.carried > 0
    assert report.denied > 0
    assert report.carried_nothing > 0
    assert report.entries == report.carried + report.denied + report.entries_of_cut
