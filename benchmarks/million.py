"""A long log: it is filled, read again, projected and looked at, in a process of its own whose memory is watched.

`python -m benchmarks.million APP_URL FOLDER EVENTS` prints what it found as JSON.
"""

import asyncio
import json
import resource
import statistics
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any, Final

import asyncpg
import msgspec
import uvloop

from adapters.person_keys import BlindPersonKeys
from adapters.postgres.event_log import PostgresEventLog
from adapters.postgres.projector import Projector
from adapters.postgres.read_models import PostgresReadModels, connect_arguments
from adapters.sealing.codec import JsonCodec
from adapters.sealing.sqlite_keys import SqliteKeys
from application.access import NotShown
from application.readings.ground import Ground
from application.readings.readings import Readings
from application.views import VIEWS
from application.views.timeline import TIMELINE, fact_of
from benchmarks import payload
from benchmarks.hub import Hub, SystemClock
from benchmarks.measuring import resident_mb
from benchmarks.payload import LOG, WORKER
from domain.facts import Fact, QueryItem, declared
from domain.ids import PersonId

PAGE: Final = 1_000
LINES: Final = 200
LOOKS: Final = 60
WATCHED: Final = 10
"""People with a long story, whose timelines are looked at."""
LONG_ROUNDS, SHORT_ROUNDS = 20, 2
SERVICES: Final = 200


class Long(msgspec.Struct, frozen=True, kw_only=True):
    """What was found of a log of so many events."""

    events: int
    seeded_per_second: float
    replayed_per_second: float
    rebuilt_per_second: float
    rebuilt_rows: int
    timeline_lines: int
    timeline_database_p50_ms: float
    timeline_opened_p50_ms: float
    timeline_reading_p50_ms: float
    timeline_reading_lines: int
    timeline_from_log_opened_p50_ms: float
    memory_mb: dict[str, float]


def stories(events: int, watched: list[PersonId]) -> Iterator[Fact]:
    """Facts of very many people, those who are watched strewn among them."""
    yield from payload.beginnings(SERVICES, None)
    long_events = len(watched) * (1 + 10 * LONG_ROUNDS)
    short = max(0, events - long_events) // (1 + 10 * SHORT_ROUNDS)
    every = max(1, short // (len(watched) or 1))
    left = list(watched)
    for number in range(short):
        if left and number % every == 0:
            yield from payload.journey(left.pop(), LONG_ROUNDS, SERVICES)
        yield from payload.journey(PersonId(payload.new_id()), SHORT_ROUNDS, SERVICES)
    for one in left:
        yield from payload.journey(one, LONG_ROUNDS, SERVICES)


async def replay(hub: Hub) -> int:
    """Every fact of the log, typed, in pages; the next page is on its way while one is decoded."""
    count = 0
    reading = asyncio.ensure_future(hub.log.read(LOG, limit=PAGE))
    while (page := await reading).events:
        reading = asyncio.ensure_future(hub.log.read(LOG, after=page.events[-1].position, limit=PAGE))
        await asyncio.sleep(0)
        fact = hub.codec.fact
        for stored in page.events:
            fact(stored)
        count += len(page.events)
    return count


async def look(times: int, act: Callable[[int], Awaitable[int]]) -> tuple[float, int]:
    """The median in milliseconds, and how many lines came the last time."""
    taken = []
    lines = 0
    for number in range(times):
        start = time.perf_counter()
        lines = await act(number)
        taken.append((time.perf_counter() - start) * 1000)
    return round(statistics.median(taken), 2), lines


async def measure(url: str, folder: Path, events: int) -> Long:
    """Fill the log, and do with it what is done with logs."""
    memory = {"started": resident_mb()}
    keys = SqliteKeys(folder / "long.sqlite", folder / "long.kek")
    codec = JsonCodec(keys)
    log = await PostgresEventLog.open(url, tag_key=keys.secret("tags"))
    hub = Hub(log, codec)
    watched = [PersonId(payload.new_id()) for _ in range(WATCHED)]
    start = time.perf_counter()
    facts = stories(events, list(watched))
    count = await hub.seed(facts)
    seeded = time.perf_counter() - start
    memory["filled"] = resident_mb()
    start = time.perf_counter()
    assert await replay(hub) == count
    replayed = time.perf_counter() - start
    memory["replayed"] = resident_mb()
    async with asyncpg.create_pool(url, min_size=2, max_size=4, **connect_arguments()) as pool:
        person_keys = BlindPersonKeys(codec, keys.secret)
        rebuilt = await Projector(pool, log, codec, VIEWS, "bench", person_keys).rebuild(LOG)
        memory["rebuilt"] = resident_mb()
        models = PostgresReadModels(pool)
        readings = Readings(
            Ground(models, log, hub.decider.folds, codec, codec, SystemClock(), person_keys)
        ).entered_in(NotShown())

        async def at_database(number: int) -> int:
            async with models.open(LOG, WORKER.agency) as rows:
                return len(await rows.under(TIMELINE, f"{watched[number % WATCHED]}|", limit=LINES, descending=True))

        async def opened(number: int) -> int:
            async with models.open(LOG, WORKER.agency) as rows:
                found = await rows.under(TIMELINE, f"{watched[number % WATCHED]}|", limit=LINES, descending=True)
            facts = [fact_of(one.row) for one in found]
            codec.open_all([getattr(fact, name) for fact in facts for name in declared(type(fact)).personal])
            return len(facts)

        async def read(number: int) -> int:
            return len((await readings.timelines.timeline(WORKER, watched[number % WATCHED], limit=LINES)).items)

        async def from_log(number: int) -> int:
            query = (QueryItem(tags=frozenset({f"person:{watched[number % WATCHED]}"})),)
            page = await log.read(LOG, query, limit=LINES, sealed=True)
            facts = [codec.recorded(one).fact for one in page.events]
            codec.open_all([getattr(fact, name) for fact in facts for name in declared(type(fact)).personal])
            return len(facts)

        for act in (at_database, opened, read, from_log):
            await look(WATCHED, act)
        database_ms, lines = await look(LOOKS, at_database)
        opened_ms, _ = await look(LOOKS, opened)
        reading_ms, reading_lines = await look(LOOKS, read)
        from_log_ms, _ = await look(LOOKS, from_log)
    await log.close()
    keys.close()
    memory["most"] = round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1)
    return Long(
        events=count,
        seeded_per_second=round(count / seeded),
        replayed_per_second=round(count / replayed),
        rebuilt_per_second=round(count / rebuilt.seconds),
        rebuilt_rows=rebuilt.rows,
        timeline_lines=lines,
        timeline_database_p50_ms=database_ms,
        timeline_opened_p50_ms=opened_ms,
        timeline_reading_p50_ms=reading_ms,
        timeline_reading_lines=reading_lines,
        timeline_from_log_opened_p50_ms=from_log_ms,
        memory_mb=memory,
    )


def main() -> None:
    """Measure, and say what was found."""
    url, folder, events = sys.argv[1:]
    found: dict[str, Any] = msgspec.to_builtins(uvloop.run(measure(url, Path(folder), int(events))))
    sys.stdout.write(json.dumps(found))


if __name__ == "__main__":
    main()
