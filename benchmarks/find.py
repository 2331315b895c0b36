"""Finding people in generated registers of 10,000 to 1,000,000: who is found, how surely, how soon, beside pg_trgm.

The rows lie in PostgreSQL as the projector writes them, sealed under keys of their own; each search asks for candidates
by blind keys, reads their rows, opens them, compares and ranks. pg_trgm answers the same questions in the same run,
over names in plain text with the date of birth to help it. Registers are made by the dependency group `finding`; the
small one of quick runs lies beside this module.
"""

import datetime as dt
import os
import statistics
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import asyncpg
import msgspec

from adapters.person_keys import BlindPersonKeys
from adapters.postgres.changes import Changes, write
from adapters.postgres.event_log import PostgresEventLog
from adapters.postgres.projector import QUERIES, Projector
from adapters.postgres.read_models import PostgresReadModels, connect_arguments
from adapters.sealing.codec import JsonCodec
from adapters.sealing.sqlite_keys import SqliteKeys
from application.finding.comparing import Match
from application.finding.identity import Described
from application.finding.near import fitting
from application.ports import DecisionRecord, Stored, Unsealer, log_of
from application.views import VIEWS
from application.views.people import PEOPLE, PersonRow
from benchmarks import duplicates
from benchmarks.entries import Entry, small
from benchmarks.ground import Ground, ground
from benchmarks.looking import FIRST
from benchmarks.population import Entered, Population, reader
from benchmarks.web import Filling
from domain.facts import Fact, Sealed
from domain.ids import AgencyId, DetailId, PartnershipId, PersonId
from domain.people.person import AliasAdded, PersonRegistered

PARTNERSHIP: Final = PartnershipId("practice")
LOG: Final = log_of(PARTNERSHIP)
RECORD: Final = DecisionRecord(command="Bench", arguments=b"{}", read=(), policy="bench", code="bench")
AT: Final = dt.datetime(2026, 1, 5, 10, tzinfo=dt.UTC)
BATCH: Final = 2_000
WARMING: Final = 100
RECALL: Final = 0.97
PRECISION: Final = 0.99
P50_MS: Final = 5.0
P99_MS: Final = 25.0
TIMED_AT: Final = 100_000
SEED: Final = 33_000
"""On none of the registers that begin here was anything trained or tuned."""

PLAIN: Final = """
CREATE EXTENSION IF NOT EXISTS pg_trgm;
CREATE TABLE plain (entry integer PRIMARY KEY, name text NOT NULL, born text NOT NULL);
"""
BY_TRIGRAMS: Final = """
SELECT entry FROM plain WHERE name % $1
ORDER BY similarity(name, $1) + CASE WHEN born <> '' AND born = $2 THEN 1 ELSE 0 END DESC LIMIT 5
"""


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """How large the registers are, how many questions are asked of each, and among how many duplicates are found.

    `made`: they are made for it; else the small register is asked.
    """

    sizes: tuple[int, ...] = ()
    questions: int = 0
    in_queue: int = 0
    made: bool = True


FULL: Final = Plan(sizes=(10_000, 100_000, 1_000_000), questions=2_000, in_queue=85_000)
QUICK: Final = Plan(made=False)


class Contender(msgspec.Struct, frozen=True, kw_only=True):
    """How soon and how well questions were answered; times in milliseconds."""

    p50_ms: float
    p99_ms: float
    recall_at_5: float
    index_mb: float


class Found(Contender, frozen=True, kw_only=True):
    """The hub's own search."""

    recall_by_question: dict[str, float]
    suggested_same: int
    precision_of_same: float
    values_opened: float
    cpu_ms: float
    keys_a_person: float
    filled_seconds: float


class Size(msgspec.Struct, frozen=True, kw_only=True):
    """A register, and what was found in it."""

    people: int
    hub: Found
    trigrams: Contender


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """What was found."""

    sizes: tuple[Size, ...]
    duplicates: duplicates.Report
    questions: int
    targets: dict[str, float]
    within: bool
    cpus: int
    load: tuple[float, float, float]


async def measure(plan: Plan, progress: Callable[[str], None]) -> Report:
    """Make each register, ask it, and ask pg_trgm. Raises ImportError where registers cannot be made."""
    sizes = []
    asked = 0
    async with ground() as where:
        for known, questions in _registers(plan):
            progress(f"a register of {len(known):,}")
            sizes.append(await _measured(where, known, questions, progress))
            asked = len(questions) - WARMING
        known = _queue(plan)
        progress(f"duplicates among {len(known):,}")
        human = {PersonId(f"p-{number}"): str(one.human) for number, one in enumerate(known)}
        queue = await duplicates.measure(where, _entered(known), human, progress)
    return Report(
        sizes=tuple(sizes),
        duplicates=queue,
        questions=asked,
        targets={"recall_at_5": RECALL, "precision_of_same": PRECISION, "p50_ms": P50_MS, "p99_ms": P99_MS},
        within=queue.within and all(_within(one) for one in sizes),
        cpus=os.cpu_count() or 1,
        load=os.getloadavg(),
    )


def _registers(plan: Plan) -> Iterator[tuple[list[Entry], list[Entry]]]:
    if not plan.made:
        yield small()
        return
    from benchmarks.register import entries, questions, register  # noqa: PLC0415 - needs the dependency group

    for people in plan.sizes:
        known = register(people, SEED + people)
        yield entries(known), entries(questions(known, plan.questions + WARMING, SEED + people + 1))


def _queue(plan: Plan) -> list[Entry]:
    if not plan.made:
        return small()[0]
    from benchmarks.register import entries, register  # noqa: PLC0415 - needs the dependency group

    return entries(register(plan.in_queue, SEED + plan.in_queue))


def _within(one: Size) -> bool:
    soon = one.people > TIMED_AT or (one.hub.p50_ms <= P50_MS and one.hub.p99_ms <= P99_MS)
    return soon and one.hub.recall_at_5 >= RECALL and one.hub.precision_of_same >= PRECISION


async def _measured(
    where: Ground, known: Sequence[Entry], asked: Sequence[Entry], progress: Callable[[str], None]
) -> Size:
    people = len(known)
    name = f"find_{people}"
    url = await where.database(name)
    humans = [one.human for one in known]
    searched = await Search.over(url, where.folder / name, known, progress)
    try:
        hub = await _hub(searched, asked, humans)
    finally:
        await searched.close()
    progress(f"p50 {hub.p50_ms} ms, p99 {hub.p99_ms} ms, recall@5 {hub.recall_at_5}; now pg_trgm")
    return Size(people=people, hub=hub, trigrams=await _trigrams(where.owner_url(name), known, asked, humans))


class Counting:
    """An unsealer that counts what it opens."""

    def __init__(self, unsealer: Unsealer) -> None:
        self._unsealer = unsealer
        self.opened = 0

    def open_all(self, values: Sequence[object]) -> list[str | None]:
        """The open values."""
        self.opened += sum(isinstance(one, Sealed) for one in values)
        return self._unsealer.open_all(values)


class Search:
    """A partnership's rows, and the search over them."""

    def __init__(self, pool: Any, log: PostgresEventLog, keys: SqliteKeys, codec: JsonCodec) -> None:  # noqa: ANN401
        self.pool = pool
        self._log = log
        self._keys = keys
        self._codec = codec
        self._person_keys = BlindPersonKeys(codec, keys.secret)
        self._models = PostgresReadModels(pool)
        self.counting = Counting(codec)
        self.filled_seconds = 0.0
        self.keys_a_person = 0.0
        self.index_mb = 0.0

    @classmethod
    async def over(cls, url: str, folder: Path, known: Sequence[Entry], progress: Callable[[str], None]) -> "Search":
        """Fill a partnership with a register."""
        began = time.perf_counter()
        keys = SqliteKeys(folder.with_suffix(".sqlite"), folder.with_suffix(".kek"))
        codec = JsonCodec(keys)
        log = await PostgresEventLog.open(url, tag_key=keys.secret("tags"))
        pool = await asyncpg.create_pool(url, min_size=1, max_size=2, **connect_arguments())
        search = cls(pool, log, keys, codec)
        await Filling(log, codec, keys).fill(PARTNERSHIP, Population(1, PARTNERSHIP).begins())
        await Projector(pool, log, codec, VIEWS, "bench", search._person_keys).rebuild(LOG)
        async with pool.acquire() as connection:
            build = tuple(await connection.fetchrow("SELECT log_id, build FROM projection WHERE live"))
            hashes = 0
            for first in range(0, len(known), BATCH):
                hashes += await search.add(connection, build, known[first : first + BATCH], first)
                if first % (50 * BATCH) == 0:
                    progress(f"{first:,} entered after {time.perf_counter() - began:.0f} s")
        search.keys_a_person = round(hashes / len(known), 1)
        search.filled_seconds = round(time.perf_counter() - began, 1)
        return search

    async def add(self, connection: Any, build: tuple[int, int], known: Sequence[Entry], first: int) -> int:  # noqa: ANN401
        """Write entries as the projector does: how many hashes they have."""
        people = [f"p-{first + number}" for number in range(len(known))]
        await self._keys.ensure(PARTNERSHIP, [(person, name) for person in people for name in ("identity", "decision")])
        changes = Changes(build)
        rows = []
        for person, one in zip(people, known, strict=True):
            row = await self._row(PersonId(person), one, first)
            rows.append(row)
            changes.add(PEOPLE, person, row)
        hashes = self._person_keys.of(LOG, build[1], self._person_keys.described(rows))
        changes.found_by.extend(
            sorted((key, row.person) for row, keys in zip(rows, hashes, strict=True) for key in keys)
        )
        async with connection.transaction():
            await connection.execute(QUERIES["enter"], PARTNERSHIP)
            await connection.execute("SET LOCAL synchronous_commit = off")
            await write(connection, changes)
        return len(changes.found_by)

    async def _row(self, person: PersonId, one: Entry, position: int) -> PersonRow:
        row: PersonRow | None = None
        for stored in await self._stored(tuple(_facts(person, one)), position):
            row = PEOPLE.evolve(row, self._codec.recorded(stored), person)
        assert row is not None
        return row

    async def _stored(self, facts: tuple[Fact, ...], position: int) -> list[Stored]:
        entries = await self._codec.to_entries(LOG, facts, reader("csp", PARTNERSHIP), "bench", RECORD)
        head = b'{"incarnation":1,"log":"%b","position":%d,"recorded":"2026-01-05T10:00:00Z",' % (
            LOG.encode(),
            position + 1,
        )
        return [Stored(position + 1, head + one.body, one.sealed) for one in entries]

    async def look(self, who: Described) -> list[tuple[Match, str]]:
        """Those who may be meant, the likeliest first."""
        async with self._models.open(LOG, AgencyId("csp"), "register") as rows:
            (fits,) = await fitting(rows, LOG, [(who,)], self._person_keys, self.counting)
        return sorted(((one.match, one.row.person) for one in fits), key=lambda one: -one[0].weight)

    async def close(self) -> None:
        """Let go of everything."""
        await self.pool.close()
        await self._log.close()
        self._keys.close()


def _entered(known: Sequence[Entry]) -> Iterator[Entered]:
    yield from Population(1, PARTNERSHIP).begins()
    for number, one in enumerate(known):
        yield Entered(tuple(_facts(PersonId(f"p-{number}"), one)), reader("csp", PARTNERSHIP))


def _facts(person: PersonId, one: Entry) -> Iterator[Fact]:
    named = bool(one.given_name)
    yield PersonRegistered(
        at=AT,
        person=person,
        reference=f"P-{person[2:]}",
        by_agency=AgencyId("csp"),
        identity="stated" if named else "unknown",
        has_name=named,
        age_band=one.age_band or None,
        synthetic=True,
        given_name=one.given_name or None,
        family_name=one.family_name or None,
        nickname=one.nickname or None,
        born=one.born or None,
        sex=one.sex or None,
        phone=one.phone or None,
        address=one.address or None,
        where_found=one.where_found or None,
    )
    if one.alias_family:
        detail = DetailId(f"alias-{person}")
        yield AliasAdded(
            at=AT,
            person=person,
            detail=detail,
            by_agency=AgencyId("csp"),
            given_name=one.given_name or None,
            family_name=one.alias_family,
        )


async def _hub(search: Search, asked: Sequence[Entry], humans: Sequence[int]) -> Found:
    taken: list[float] = []
    hit: Counter[str] = Counter()
    all_of = Counter(one.by for one in asked[WARMING:])
    suggested = right = 0
    cpu = 0.0
    for number, one in enumerate(asked):
        if number == WARMING:
            search.counting.opened, cpu = 0, time.process_time()
        began = time.perf_counter()
        found = await search.look(one.described)
        if number < WARMING:
            continue
        taken.append((time.perf_counter() - began) * 1000)
        meant = [humans[int(person[2:])] == one.human for _, person in found]
        hit[one.by] += any(meant[:FIRST])
        same = [is_meant for (match, _), is_meant in zip(found, meant, strict=True) if match.suggests_same]
        suggested, right = suggested + len(same), right + sum(same)
    cpu = time.process_time() - cpu
    return Found(
        p50_ms=round(statistics.median(taken), 2),
        p99_ms=round(sorted(taken)[len(taken) * 99 // 100], 2),
        recall_at_5=round(sum(hit.values()) / len(taken), 4),
        index_mb=await _index_mb(search),
        recall_by_question={by: round(hit[by] / count, 3) for by, count in all_of.items()},
        suggested_same=suggested,
        precision_of_same=round(right / suggested, 4) if suggested else 1.0,
        values_opened=round(search.counting.opened / len(taken), 1),
        cpu_ms=round(cpu * 1000 / len(taken), 2),
        keys_a_person=search.keys_a_person,
        filled_seconds=search.filled_seconds,
    )


async def _index_mb(search: Search) -> float:
    """Of the table of keys and its index."""
    found = await search.pool.fetchval("SELECT pg_total_relation_size('person_key')")
    return round(int(found) / 2**20, 1)


async def _trigrams(url: str, known: Sequence[Entry], asked: Sequence[Entry], humans: Sequence[int]) -> Contender:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(PLAIN)
        rows = [
            (number, f"{one.given_name} {one.family_name} {one.nickname}".lower(), one.born)
            for number, one in enumerate(known)
        ]
        await connection.copy_records_to_table("plain", records=rows)
        await connection.execute("CREATE INDEX plain_name ON plain USING gin (name gin_trgm_ops); ANALYZE plain")
        query = await connection.prepare(BY_TRIGRAMS)
        taken: list[float] = []
        hits = 0
        for number, one in enumerate(asked):
            began = time.perf_counter()
            found = await query.fetch(f"{one.given_name} {one.family_name} {one.nickname}".lower(), one.born)
            if number >= WARMING:
                taken.append((time.perf_counter() - began) * 1000)
                hits += any(humans[entry] == one.human for (entry,) in found)
        size = await connection.fetchval("SELECT pg_total_relation_size('plain_name')")
    finally:
        await connection.close()
    return Contender(
        p50_ms=round(statistics.median(taken), 2),
        p99_ms=round(sorted(taken)[len(taken) * 99 // 100], 2),
        recall_at_5=round(hits / len(taken), 4),
        index_mb=round(size / 2**20, 1),
    )
