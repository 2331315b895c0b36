"""What the benchmark makes of what it measured."""

import asyncio

import pytest

from benchmarks.measuring import Rate, at_once, in_threads, middle, rate

pytest.importorskip("psycopg_pool", reason="the library's recorders need it")

from benchmarks import log


def test_a_rate_counts_and_orders_what_was_taken() -> None:
    """A hundred things in two seconds, of 1 to 100 milliseconds."""
    found = rate([n / 1000 for n in range(1, 101)], 2.0)
    assert found == Rate(50.0, 51.0, 100.0)
    assert rate([], 1.0) == Rate(0.0, 0.0, 0.0)


def test_the_middle_of_rounds_is_their_median() -> None:
    """One bad round does not count."""
    assert middle([Rate(1, 9, 3), Rate(100, 8, 2), Rate(90, 7, 1)]) == Rate(90, 8, 2)


def test_clients_do_one_thing_after_another() -> None:
    """Ten clients that wait 10 ms each do at most a thousand things a second."""

    async def act(_: int) -> None:
        await asyncio.sleep(0.01)

    found = asyncio.run(at_once(10, 0.4, act))
    assert 100 < found.per_second <= 1_000
    assert found.p50_ms >= 9


def test_a_fault_of_a_thread_is_not_lost() -> None:
    """A contender that fails makes no figure."""

    def act(_: int) -> None:
        raise ValueError

    with pytest.raises(ValueError):  # noqa: PT011 - its own
        in_threads(2, 0.1, act)


def test_every_ratio_that_was_asked_for_is_there() -> None:
    """By the names that others read."""
    wanted = {
        "append_64_vs_pgbench_same_rows",
        "append_64_vs_pgbench_single_row",
        "append_64_vs_library_dcb",
        "append_64_vs_library_application",
        "append_64_vs_single_commit",
        "append_256_vs_64",
        "contended_vs_uncontended",
        "decide_vs_append",
        "http_accept_vs_trivial",
        "replay_vs_library",
    }
    assert wanted <= {*log.RATIOS, "replay_vs_library"}
    assert set(log.TARGETS) <= {*log.RATIOS, "replay_vs_library"}
