"""How fast read models are built anew and read: all views of a log together, and one person's timeline in a long log.

    python -m benchmarks.projections --events 200000

prints one JSON object. The log is that of a synthetic population; the server is the embedded one, in its own folder.
"""

import argparse
import asyncio
import datetime as dt
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, Final

import asyncpg
import uvloop

from adapters.person_keys import BlindPersonKeys
from adapters.postgres.embedded import EmbeddedPostgres
from adapters.postgres.event_log import PostgresEventLog
from adapters.postgres.migrations import migrate
from adapters.postgres.projector import Projector
from adapters.postgres.read_models import PostgresReadModels, open_pool
from adapters.sealing.codec import JsonCodec
from adapters.sealing.keys import MemoryKeys
from application.access import NotShown
from application.deciding import Folds
from application.ports import Append, DecisionRecord, log_of
from application.readings.ground import Ground
from application.readings.readings import Readings
from application.views import VIEWS
from application.views.timeline import TIMELINE
from benchmarks.population import Entered, Population, Someone, reader
from domain.ids import PartnershipId, PersonId

PARTNERSHIP: Final = PartnershipId("practice")
LOG: Final = log_of(PARTNERSHIP)
AT_ONCE: Final = 500
TIMELINE_EVENTS: Final = 200
READS: Final = 400
RECORD: Final = DecisionRecord(command="Bench", arguments=b"{}", read=(), policy="bench", code="bench")


class SystemClock:
    """The time of this machine."""

    def now(self) -> dt.datetime:
        """This moment."""
        return dt.datetime.now(dt.UTC)


async def fill(log: PostgresEventLog, codec: JsonCodec, events: int) -> PersonId:
    """Append a population's months until there are so many events; gives somebody with a timeline of 200."""
    population = Population(1, PARTNERSHIP)
    waiting: list[Entered] = list(population.begins())
    appended, someone = 0, None
    while appended < events:
        waiting.extend(population.month(busy=1.0))
        while waiting:
            some, waiting = waiting[:AT_ONCE], waiting[AT_ONCE:]
            entries = [await codec.to_entries(LOG, one.facts, one.by, "bench", RECORD) for one in some]
            await asyncio.gather(*(log.append(Append(LOG, one)) for one in entries))
            appended += sum(len(one) for one in entries)
        if someone is None and appended * 2 > events:
            someone = await _followed(log, codec, population)
            appended += TIMELINE_EVENTS
    assert someone is not None
    return someone


async def _followed(log: PostgresEventLog, codec: JsonCodec, population: Population) -> PersonId:
    """Somebody of whom just 200 things are known, in the middle of everybody else's."""
    someone = Someone("p-followed", "en")
    facts: list[Entered] = [*population.registers(someone)]
    while sum(len(one.facts) for one in facts) < TIMELINE_EVENTS:
        facts.extend(population.encounters(someone))
        facts.extend(population.refers(someone))
    left = TIMELINE_EVENTS
    for one in facts:
        entries = await codec.to_entries(LOG, one.facts[:left], one.by, "bench", RECORD)
        if entries:
            await log.append(Append(LOG, entries))
        left -= len(entries)
    return PersonId(someone.id)


async def measure(pool: asyncpg.Pool, log: PostgresEventLog, codec: JsonCodec, someone: PersonId) -> dict[str, Any]:
    """Rebuild everything, then read the timeline: rows at the database, and opened for a viewer."""
    projector = Projector(pool, log, codec, VIEWS, "bench", BlindPersonKeys(codec, lambda _: b"s" * 32))
    models = PostgresReadModels(pool)
    folds = Folds(log, codec)
    readings = Readings(Ground(models, log, folds, codec, codec, SystemClock())).entered_in(NotShown())
    began = time.process_time()
    rebuilt = await projector.rebuild(LOG)
    python_seconds = time.process_time() - began
    viewer = reader("csp", PARTNERSHIP)

    async def at_the_database() -> object:
        async with models.open(LOG, viewer.agency) as rows:
            return await rows.under(TIMELINE, f"{someone}|", limit=TIMELINE_EVENTS, descending=True)

    async def opened() -> object:
        return await readings.timelines.timeline(viewer, someone, limit=TIMELINE_EVENTS)

    lines = await readings.timelines.timeline(viewer, someone, limit=TIMELINE_EVENTS)
    return {
        "rebuild": {
            "events": rebuilt.events,
            "rows": rebuilt.rows,
            "seconds": round(rebuilt.seconds, 3),
            "events_per_second": round(rebuilt.events / rebuilt.seconds),
            "python_us_per_event": round(python_seconds / rebuilt.events * 1e6, 1),
        },
        "timeline": {
            "log_events": rebuilt.events,
            "lines_stored": TIMELINE_EVENTS,
            "lines_shown": len(lines.items),
            "rows_ms": await _milliseconds(at_the_database),
            "opened_ms": await _milliseconds(opened),
        },
        "catch_up": await _catch_up(pool, projector),
    }


async def _catch_up(pool: asyncpg.Pool, projector: Projector) -> dict[str, Any]:
    """Bring rows forward from where they were left, as after an outage: an empty build that is live."""
    async with pool.acquire() as connection, connection.transaction():
        await connection.execute(
            "SELECT set_config('hub.partnership', $1, true), set_config('hub.agency', '*', true)", PARTNERSHIP
        )
        await connection.execute(
            "DELETE FROM projection; DELETE FROM read_model; DELETE FROM read_model_place; DELETE FROM person_key;"
            " DELETE FROM person_concern; DELETE FROM person_link"
        )
    begun, began = time.perf_counter(), time.process_time()
    moved = 0
    for _ in range(4):
        moved += await projector.advance(LOG)
    seconds, python_seconds = time.perf_counter() - begun, time.process_time() - began
    return {
        "events": moved,
        "events_per_second": round(moved / seconds),
        "python_us_per_event": round(python_seconds / moved * 1e6, 1),
    }


async def _milliseconds(read: Callable[[], Awaitable[object]]) -> dict[str, float]:
    taken: list[float] = []
    for _ in range(READS):
        begun = time.perf_counter()
        await read()
        taken.append((time.perf_counter() - begun) * 1_000)
    return {"p50": round(statistics.median(taken), 2), "p99": round(sorted(taken)[int(0.99 * READS)], 2)}


async def run(url: str, events: int) -> dict[str, Any]:
    """Fill a migrated database and measure."""
    codec = JsonCodec(MemoryKeys())
    log = await PostgresEventLog.open(url, tag_key=b"k" * 32)
    pool = await open_pool(url, 4)
    try:
        someone = await fill(log, codec, events)
        return await measure(pool, log, codec, someone)
    finally:
        await pool.close()
        await log.close()


def main() -> None:
    """Run in a folder of its own."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=200_000)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="hub-bench-") as folder:
        Path(folder).chmod(0o711)
        with EmbeddedPostgres(Path(folder)) as server:
            asyncio.run(migrate(server.owner_url))
            result = uvloop.run(run(server.app_url, given.events))
    sys.stdout.write(json.dumps(result, indent=2) + "\n")


if __name__ == "__main__":
    main()
