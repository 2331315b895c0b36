"""Killed outright under load, server and application lose no acknowledged command and record none twice."""

import random
from pathlib import Path

import pytest

from tests.crash import crash


@pytest.mark.anyio
async def test_a_few_rounds_of_killing_leave_the_log_whole(open_home: Path) -> None:
    """The short form; the long one is `python -m tests.crash --rounds 100`."""
    report = await crash(open_home, 4, random.Random())  # noqa: S311 - no secret
    assert report.rounds == 4
    assert report.server_kills >= 2
    assert report.application_kills >= 2
    assert report.recorded >= report.acknowledged > 0
