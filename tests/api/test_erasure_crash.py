"""Killed outright in the night after an order, the hub erases whom it was told to, once, and nobody else."""

import random
from pathlib import Path

import pytest

from tests.conftest import Cluster
from tests.erasure_crash import Crashing


@pytest.mark.anyio
async def test_an_erasure_and_an_epoch_that_a_kill_cut_off_are_finished(cluster: Cluster, tmp_path: Path) -> None:
    """The short form; the long one, at every step and in the day as well, is `python -m tests.erasure_crash`."""
    crashing = Crashing(cluster, tmp_path)
    try:
        await crashing.begin(cluster.template)
        assert await crashing.kill("night", random.randrange(1, 40))  # noqa: S311 - no secret
    finally:
        crashing.end()
    assert crashing.report.erased == 1
