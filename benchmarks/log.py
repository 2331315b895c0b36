"""`hub bench log`: the event log beside what else could have been built, in interleaved rounds on the same machine.

Everything is measured on one server with the same payloads; ratios are the median of the rounds' own ratios, so that a
machine that is busy for a while is busy for all. The contenders get their rows sealed and encoded beforehand; our own
side seals within the measured time.
"""

import asyncio
import datetime as dt
import os
import platform
import statistics
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from typing import Final, TypeVar

import msgspec

from api.app import settle
from benchmarks import library, measuring, payload
from benchmarks.ground import Ground, ground
from benchmarks.http import Serving, serving
from benchmarks.hub import Hub, opened
from benchmarks.measuring import Rate, in_threads, middle
from benchmarks.million import Long
from benchmarks.rows import PgBench, SingleCommits
from domain.ids import ReferralId

CLIENTS: Final = 64
ENTRIES: Final = 1_000
DECODED: Final = 1_000
"""Leaves that are decoded again and again: no more than a core's own cache holds, as those that were just read are."""
DECODINGS: Final = 40
LIBRARY_PAGE: Final = 5_000
FIRST_GUESS_PER_SECOND: Final = 9_000
T = TypeVar("T")
Cell = Callable[[float], Awaitable[Rate]]
Progress = Callable[[str], None]

TARGETS: Final[Mapping[str, float]] = {
    "append_64_vs_pgbench_same_rows": 1.0,
    "append_64_vs_library_dcb": 12.0,
    "append_64_vs_single_commit": 5.0,
    "append_256_vs_64": 1.0,
    "contended_vs_uncontended": 0.7,
    "in_database_vs_in_memory": 0.85,
    "decide_vs_append": 0.45,
    "http_accept_vs_trivial": 0.30,
    "replay_vs_library": 5.5,
}
"""What is to be reached, where a least figure was set."""

REBUILT_PER_SECOND: Final = 50_000
TIMELINE_DATABASE_MS: Final = 3.0
TIMELINE_OPENED_MS: Final = 5.0
MEMORY_MB: Final = 300.0

RATIOS: Final[Mapping[str, tuple[str, str]]] = {
    "append_64_vs_pgbench_same_rows": ("append_64", "pgbench_same_rows_64"),
    "append_64_vs_pgbench_single_row": ("append_64", "pgbench_single_row_64"),
    "append_64_vs_library_dcb": ("append_64", "library_dcb_64"),
    "append_64_vs_library_application": ("append_64", "library_application_64"),
    "append_64_vs_single_commit": ("append_64", "single_commit_64"),
    "append_256_vs_64": ("append_256", "append_64"),
    "contended_vs_uncontended": ("contended_64", "append_64"),
    "in_database_vs_in_memory": ("append_64_in_database", "append_64"),
    "decide_vs_append": ("decide_64", "append_64"),
    "http_accept_vs_trivial": ("http_accept_64", "http_trivial_64"),
}


class Extent(msgspec.Struct, frozen=True):
    """How much is measured."""

    rounds: int
    seconds: float
    long_events: int
    library_events: int


FULL: Final = Extent(rounds=3, seconds=3.0, long_events=1_000_000, library_events=50_000)
QUICK: Final = Extent(rounds=1, seconds=1.5, long_events=50_000, library_events=10_000)


class Machine(msgspec.Struct, frozen=True, kw_only=True):
    """Where it was measured. Rates of two machines are not compared, ratios are."""

    cpus: int
    system: str
    python: str
    fdatasync_us: dict[str, float]
    load_average: dict[str, float]


class Replay(msgspec.Struct, frozen=True, kw_only=True):
    """Typed replay: read from the database in pages and decoded; and the decoding of pages in memory."""

    hub_per_second: float
    library_aggregate_per_second: float
    library_dcb_per_second: float
    decode_hub_per_second: float
    decode_library_aggregate_per_second: float
    decode_library_dcb_per_second: float
    leaf_bytes: int


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """What was measured. `contended_accepted_per_second` are those verdicts that were not refusals."""

    at: dt.datetime
    seconds: float
    machine: Machine
    clients: int
    leaf_bytes: int
    sealed_bytes: int
    tags: int
    rounds: list[dict[str, Rate]]
    medians: dict[str, Rate]
    contended_accepted_per_second: float
    replay: Replay
    long: Long
    ratios: dict[str, float]
    targets: dict[str, float]
    missed: list[str]


async def measure(extent: Extent = FULL, progress: Progress = lambda _: None) -> Report:
    """Measure everything. Takes at most ten minutes in full; nothing is left behind."""
    started = time.monotonic()
    flush: dict[str, float] = {}
    load = {"before": round(os.getloadavg()[0], 2)}
    async with ground() as place:
        flush["before"] = measuring.fdatasync_us(place.folder)
        rounds, accepted, replayed, sizes = await _rounds(place, extent, progress)
        progress(f"a log of {extent.long_events:,} events: filled, replayed, projected, looked at")
        found = await _long(place, extent.long_events)
        flush["after"] = measuring.fdatasync_us(place.folder)
    load["after"] = round(os.getloadavg()[0], 2)
    replay = msgspec.structs.replace(replayed, hub_per_second=found.replayed_per_second)
    ratios = _ratios(rounds, replay)
    return Report(
        at=dt.datetime.now(dt.UTC),
        seconds=round(time.monotonic() - started, 1),
        machine=Machine(
            cpus=os.cpu_count() or 1,
            system=f"{platform.system()} {platform.release()}",
            python=platform.python_version(),
            fdatasync_us=flush,
            load_average=load,
        ),
        clients=CLIENTS,
        leaf_bytes=sizes[0],
        sealed_bytes=sizes[1],
        tags=sizes[2],
        rounds=rounds,
        medians={name: middle(one[name] for one in rounds) for name in rounds[0]},
        contended_accepted_per_second=round(statistics.median(accepted), 1),
        replay=replay,
        long=found,
        ratios=ratios,
        targets=dict(TARGETS),
        missed=[*(name for name, least in TARGETS.items() if ratios[name] < least), *_missed(found)],
    )


async def _rounds(
    place: Ground, extent: Extent, progress: Progress
) -> tuple[list[dict[str, Rate]], list[float], Replay, tuple[int, int, int]]:
    async with AsyncExitStack() as stack:
        url = await place.database("ours")
        hub = await stack.enter_async_context(opened(place, url))
        entries = await hub.samples(ENTRIES)
        await place.database("pgbench")
        pgbench = PgBench(place, "pgbench", entries[0])
        await pgbench.prepare()
        singles = SingleCommits(await place.database("single"), entries)
        await singles.prepare()
        library_url = await place.database("library", migrated=False)
        served_url = await place.database("served")
        served = await stack.enter_async_context(opened(place, served_url, "served"))
        await served.undecided(1)  # the log and its agencies, before the server starts
        server = await stack.enter_async_context(serving(place, served_url, "served"))
        settle()  # what is measured here is done by a server else
        accepted: list[float] = []

        async def contended(seconds: float) -> Rate:
            rate, of_these = await hub.contended(CLIENTS, seconds)
            accepted.append(of_these)
            return rate

        def of_library(made: Callable[[library.Library], Callable[[int], None]]) -> Cell:
            def run(seconds: float) -> Rate:
                with library.library(library_url) as other:  # its connections are there only while they are used
                    return in_threads(CLIENTS, seconds, made(other))

            return lambda seconds: asyncio.to_thread(run, seconds)

        cells: dict[str, Cell] = {
            "append_64": lambda seconds: hub.append(CLIENTS, seconds),
            "pgbench_same_rows_64": lambda seconds: pgbench.same_rows(CLIENTS, seconds),
            "append_256": lambda seconds: hub.append(256, seconds),
            "append_64_in_database": lambda seconds: hub.append(CLIENTS, seconds, in_database=True),
            "contended_64": contended,
            "decide_64": lambda seconds: hub.decide(CLIENTS, seconds, FIRST_GUESS_PER_SECOND),
            "pgbench_single_row_64": lambda seconds: pgbench.single_row(CLIENTS, seconds),
            "single_commit_64": lambda seconds: singles.append(CLIENTS, seconds),
            "library_dcb_64": of_library(lambda other: other.append_dcb(entries)),
            "library_application_64": of_library(lambda other: other.append_aggregate(entries)),
            "append_1": lambda seconds: hub.append(1, seconds),
            "append_8": lambda seconds: hub.append(8, seconds),
            "http_trivial_64": lambda seconds: server.trivial(CLIENTS, seconds),
            "http_accept_64": lambda seconds: _accept(server, served, seconds),
        }
        await hub.append(CLIENTS, 1.0)  # the first plans and pages are nobody's
        rounds = []
        for number in range(extent.rounds):
            rates: dict[str, Rate] = {}
            for name, cell in cells.items():
                rates[name] = rate = await cell(extent.seconds)
                progress(f"round {number + 1} of {extent.rounds}: {name}, {rate.per_second:,.0f} per second")
            rounds.append(rates)
        progress("replay")
        replayed = await _replay(hub, library_url, extent.library_events)
        sizes = (len(entries[0].body), len(entries[0].sealed or b""), len(entries[0].tags))
        return rounds, accepted, replayed, sizes


async def _accept(server: Serving, served: Hub, seconds: float) -> Rate:
    referrals: list[ReferralId] = await served.undecided(int(CLIENTS + seconds * FIRST_GUESS_PER_SECOND))
    return await server.accept(referrals, CLIENTS, seconds)


async def _replay(hub: Hub, url: str, events: int) -> Replay:
    aggregates, decisions = await asyncio.to_thread(_replay_library, url, events)
    page = await hub.log.read(payload.LOG, limit=DECODED)
    aggregates_page = [library.stored_aggregate() for _ in page.events]
    decisions_page = [library.stored_decision(number) for number in range(len(page.events))]
    decoded = _in_turn(
        lambda: _each(hub.codec.fact, page.events),
        lambda: _each(library.aggregate_mapper().to_domain_event, aggregates_page),
        lambda: _each(library.dcb_mapper().to_domain_event, decisions_page),
    )
    return Replay(
        hub_per_second=0.0,
        library_aggregate_per_second=aggregates,
        library_dcb_per_second=decisions,
        decode_hub_per_second=decoded[0],
        decode_library_aggregate_per_second=decoded[1],
        decode_library_dcb_per_second=decoded[2],
        leaf_bytes=round(statistics.mean(len(one.entry) for one in page.events)),
    )


def _each(decode: Callable[[T], object], page: Sequence[T]) -> float:
    def run() -> int:
        for one in page:
            decode(one)
        return len(page)

    return _timed(run)


def _in_turn(*measures: Callable[[], float]) -> list[float]:
    """The best of each: they take turns, so that a machine that is quick for a while is quick for all."""
    rounds = [[measure() for measure in measures] for _ in range(DECODINGS)]
    return [max(found) for found in zip(*rounds, strict=True)]


def _replay_library(url: str, events: int) -> tuple[float, float]:
    with library.library(url, "replayed") as other:
        other.seed(events)
        return _timed(lambda: other.replay_aggregate(LIBRARY_PAGE)), _timed(lambda: other.replay_dcb(LIBRARY_PAGE))


def _timed(act: Callable[[], int]) -> float:
    """The best of three: what else the machine does only ever takes time."""
    best = 0.0
    for _ in range(3):
        start = time.perf_counter()
        count = act()
        best = max(best, count / (time.perf_counter() - start))
    return round(best)


async def _long(place: Ground, events: int) -> Long:
    url = await place.database("long")
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "benchmarks.million", url, str(place.folder), str(events)),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    said, complained = await process.communicate()
    if process.returncode:
        raise RuntimeError(complained.decode(errors="replace")[-2000:])
    return msgspec.json.decode(said, type=Long)


def _missed(found: Long) -> list[str]:
    """What of a long log is not as it is to be, for a log of any length."""
    reached = {
        "rebuilt_per_second": found.rebuilt_per_second >= REBUILT_PER_SECOND,
        "timeline_database_p50_ms": found.timeline_database_p50_ms <= TIMELINE_DATABASE_MS,
        "timeline_opened_p50_ms": found.timeline_opened_p50_ms <= TIMELINE_OPENED_MS,
        "memory_mb": max(found.memory_mb["filled"], found.memory_mb["replayed"]) <= MEMORY_MB,
        "memory_mb_rebuilding": found.memory_mb["most"] <= MEMORY_MB,
    }
    return [name for name, well in reached.items() if not well]


def _ratios(rounds: list[dict[str, Rate]], replay: Replay) -> dict[str, float]:
    ratios = {
        name: statistics.median(one[ours].per_second / max(one[theirs].per_second, 0.1) for one in rounds)
        for name, (ours, theirs) in RATIOS.items()
    }
    ratios["replay_vs_library"] = replay.decode_hub_per_second / replay.decode_library_aggregate_per_second
    ratios["replay_vs_library_dcb_mapper"] = replay.decode_hub_per_second / replay.decode_library_dcb_per_second
    ratios["replay_from_database_vs_library"] = replay.hub_per_second / replay.library_aggregate_per_second
    ratios["replay_from_database_vs_library_dcb"] = replay.hub_per_second / replay.library_dcb_per_second
    return {name: round(one, 3) for name, one in ratios.items()}
