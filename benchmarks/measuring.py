"""How it is measured: clients that do one thing after another for a while, and what the machine itself can do."""

import asyncio
import os
import statistics
import threading
import time
from collections.abc import Awaitable, Callable, Iterable
from pathlib import Path
from typing import Final

import msgspec

FLUSHES: Final = 300
FLUSHED_BYTES: Final = 8192
SETTLING: Final = 0.15
"""The share of a measurement's time that goes by before it counts: connections and caches warm up."""


class Rate(msgspec.Struct, frozen=True):
    """How often a thing was done in a second, and how long one took, in milliseconds."""

    per_second: float
    p50_ms: float
    p99_ms: float


Act = Callable[[int], Awaitable[None]]
"""What a client does once; it is told its number."""
ActInThread = Callable[[int], None]


async def at_once(clients: int, seconds: float, act: Act) -> Rate:
    """So many tasks of this event loop, each doing one thing after another."""
    taken: list[float] = []
    began = time.perf_counter()
    counted_from, until = began + seconds * SETTLING, began + seconds

    async def client(number: int) -> None:
        while (start := time.perf_counter()) < until:
            await act(number)
            end = time.perf_counter()
            if counted_from <= end <= until:
                taken.append(end - start)

    async with asyncio.TaskGroup() as group:
        for number in range(clients):
            group.create_task(client(number))
    return rate(taken, until - counted_from)


def in_threads(clients: int, seconds: float, act: ActInThread) -> Rate:
    """So many threads, for libraries that wait for their database."""
    taken: list[float] = []
    faults: list[Exception] = []
    began = time.perf_counter()
    counted_from, until = began + seconds * SETTLING, began + seconds

    def client(number: int) -> None:
        try:
            while (start := time.perf_counter()) < until:
                act(number)
                end = time.perf_counter()
                if counted_from <= end <= until:
                    taken.append(end - start)
        except Exception as fault:  # noqa: BLE001 - raised in the thread that waits for all
            faults.append(fault)

    threads = [threading.Thread(target=client, args=(number,)) for number in range(clients)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    if faults:
        raise faults[0]
    return rate(taken, until - counted_from)


def rate(taken: Iterable[float], seconds: float) -> Rate:
    """From how long each took."""
    ordered = sorted(taken)
    if not ordered:
        return Rate(0.0, 0.0, 0.0)
    return Rate(
        round(len(ordered) / seconds, 1),
        round(ordered[len(ordered) // 2] * 1000, 3),
        round(ordered[min(len(ordered) - 1, len(ordered) * 99 // 100)] * 1000, 3),
    )


def middle(rates: Iterable[Rate]) -> Rate:
    """The median of the rounds, figure by figure."""
    found = list(rates)
    return Rate(*(round(statistics.median(getattr(one, name) for one in found), 3) for name in Rate.__struct_fields__))


def fdatasync_us(folder: Path) -> float:
    """The median of flushing 8 KB to the disk that the database lies on, in microseconds."""
    path = folder / "flush"
    block = os.urandom(FLUSHED_BYTES)
    taken = []
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT, 0o600)
    try:
        os.write(descriptor, block * 4)
        os.fsync(descriptor)
        for _ in range(FLUSHES):
            start = time.perf_counter()
            os.pwrite(descriptor, block, 0)
            os.fdatasync(descriptor)
            taken.append(time.perf_counter() - start)
    finally:
        os.close(descriptor)
        path.unlink()
    return round(statistics.median(taken) * 1e6, 1)


def resident_mb() -> float:
    """The memory that this process holds now."""
    pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
    return round(pages * os.sysconf("SC_PAGE_SIZE") / 2**20, 1)
