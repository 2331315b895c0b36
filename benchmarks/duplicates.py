"""Possible duplicates in a partnership of very many: how long it takes to find all of them, and to read the queue.

The people go through the log and the projector, and the queue is read through the application, with its decisions and
the real opening of sealed fields. Which records are one human's is known beforehand, so that it can be counted how many
of them were found, and how many of those shown are not.
"""

import os
import time
from collections.abc import Callable, Iterable, Mapping
from typing import Final

import asyncpg
import msgspec

from adapters.person_keys import BlindPersonKeys
from adapters.postgres.event_log import PostgresEventLog
from adapters.postgres.projector import Projector
from adapters.postgres.read_models import PostgresReadModels, connect_arguments
from adapters.sealing.codec import JsonCodec
from adapters.sealing.sqlite_keys import SqliteKeys
from api.wiring import SystemClock
from application.access import Account
from application.deciding import Folds
from application.ports import log_of
from application.readings import ground
from application.readings.duplicates import Certainty
from application.readings.readings import Readings
from application.snapshot import Snapshot
from application.views import VIEWS
from benchmarks.ground import Ground
from benchmarks.population import Entered, reader
from benchmarks.web import Filling
from domain.ids import PartnershipId, PersonId

PARTNERSHIP: Final = PartnershipId("practice")
NAME: Final = "duplicates"
PAGES: Final = 20
SECONDS: Final = 2.0


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """What was found.

    `found_seconds`: everybody is compared at the end of a rebuild. `page_seconds`: the first page of the queue, which
    nothing was read before; `later_page_seconds`: the slowest of those after it. `precision` and `recall` are of the
    pairs shown as the same, and of all shown.
    """

    people: int
    rebuilt_seconds: float
    found_seconds: float
    waiting: dict[Certainty, int]
    page_seconds: float
    page_cpu_seconds: float
    later_page_seconds: float
    precision_same: float
    recall_same: float
    precision: float
    recall: float
    target_seconds: float
    within: bool
    cpus: int


async def measure(
    where: Ground, entered: Iterable[Entered], human: Mapping[PersonId, str], progress: Callable[[str], None]
) -> Report:
    """Fill, rebuild, read. `human` says whose each record is."""
    url = await where.database(NAME)
    keys = SqliteKeys(where.folder / f"{NAME}.sqlite", where.folder / f"{NAME}.kek")
    codec = JsonCodec(keys)
    log = await PostgresEventLog.open(url, tag_key=keys.secret("tags"))
    try:
        progress("filling the register")
        await Filling(log, codec, keys).fill(PARTNERSHIP, entered)
        async with asyncpg.create_pool(url, min_size=1, max_size=4, **connect_arguments()) as pool:
            person_keys = BlindPersonKeys(codec, keys.secret)
            projector = Projector(pool, log, codec, VIEWS, "bench", person_keys)
            progress("rebuilding the rows, and comparing everybody")
            folded = began = time.perf_counter()

            def told(_done: int, _head: int) -> None:
                nonlocal folded
                folded = time.perf_counter()

            await projector.rebuild(log_of(PARTNERSHIP), told)
            rebuilt, found = time.perf_counter() - began, time.perf_counter() - folded
            await pool.execute("ANALYZE")
            progress("reading the queue")
            models = PostgresReadModels(pool)
            readings = Readings(ground.Ground(models, log, Folds(log, codec), codec, codec, SystemClock(), person_keys))
            return await _read(readings, models, Folds(log, codec), human, rebuilt, found)
    finally:
        await log.close()
        keys.close()


async def _read(
    readings: Readings,
    models: PostgresReadModels,
    folds: Folds,
    human: Mapping[PersonId, str],
    rebuilt: float,
    found: float,
) -> Report:
    viewer = reader("csp", PARTNERSHIP)
    taken: list[float] = []
    cpu: list[float] = []
    shown: list[tuple[Certainty, bool]] = []
    cursor: str | None = None
    more = True
    while more:
        began, worked = time.perf_counter(), time.process_time()
        async with Snapshot(models, folds, viewer, Account("GET /v1/people/duplicates", "bench")) as snapshot:
            page = await readings.of(snapshot).duplicates.duplicates(viewer, cursor=cursor)
        if len(taken) < PAGES:
            taken.append(time.perf_counter() - began)
            cpu.append(time.process_time() - worked)
        shown += [(one.certainty, human[one.one.row.person] == human[one.other.row.person]) for one in page.items]
        cursor, more = page.next, page.next is not None
    async with Snapshot(models, folds, viewer, Account("GET /v1/people/duplicates/waiting", "bench")) as snapshot:
        waiting = await readings.of(snapshot).duplicates.duplicates_waiting(viewer)
    there = _pairs_there(human)
    same = [right for certainty, right in shown if certainty == "same"]
    every = [right for _, right in shown]
    return Report(
        people=len(human),
        rebuilt_seconds=round(rebuilt, 1),
        found_seconds=round(found, 1),
        waiting={one.certainty: one.count for one in waiting.waiting},
        page_seconds=round(taken[0], 3),
        page_cpu_seconds=round(cpu[0], 3),
        later_page_seconds=round(max(taken[1:], default=0.0), 3),
        precision_same=_share(same, len(same)),
        recall_same=_share(same, there),
        precision=_share(every, len(every)),
        recall=_share(every, there),
        target_seconds=SECONDS,
        within=max(taken) <= SECONDS,
        cpus=os.cpu_count() or 1,
    )


def _pairs_there(human: Mapping[PersonId, str]) -> int:
    records: dict[str, int] = {}
    for one in human.values():
        records[one] = records.get(one, 0) + 1
    return sum(count * (count - 1) // 2 for count in records.values())


def _share(right: list[bool], of: int) -> float:
    return round(sum(right) / of, 4) if of else 1.0
