"""Reads with the access ledger and without it, in one run: what it costs that a look is recorded before it is shown.

A read is what the API does for one: a snapshot, authority folded at the head, the row, its fields opened, the answer as
JSON; with the ledger, the entry committed before the reader has it. The rounds take turns, so that both meet the same
machine. An entry alone is measured beside them, and what of the processor one takes.
"""

import os
import secrets
import statistics
import time
from collections.abc import Awaitable, Callable, Iterable, Iterator
from typing import Final

import msgspec

from adapters.person_keys import BlindPersonKeys
from adapters.postgres.event_log import PostgresEventLog
from adapters.postgres.projector import Projector
from adapters.postgres.read_models import PostgresReadModels, open_pool
from adapters.sealing.codec import JsonCodec
from adapters.sealing.sqlite_keys import SqliteKeys
from adapters.spool import DiskSpool
from application.access import AccessLedger, Account
from application.deciding import Folds
from application.ports import log_of
from application.readings.ground import Ground
from application.readings.readings import Readings
from application.snapshot import Snapshot
from application.views import VIEWS
from benchmarks.ground import ground
from benchmarks.hub import SystemClock
from benchmarks.measuring import Rate, at_once, fdatasync_us, middle, rate
from benchmarks.population import Entered, Population, reader
from benchmarks.web import Filling
from domain.ids import PartnershipId, PersonId
from domain.people.person import PersonRegistered

PARTNERSHIP: Final = PartnershipId("practice")
NAME: Final = "access"
READERS: Final = 64
CONNECTIONS: Final = 8
RATIO: Final = 0.5
P99_MS: Final = 15.0
ROUTE: Final = "/v1/people/{person}"
VIEWER: Final = reader("csp", PARTNERSHIP)


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """How much is measured."""

    months: int
    rounds: int
    seconds: float
    readers: int = READERS


FULL: Final = Plan(months=6, rounds=5, seconds=4.0)
QUICK: Final = Plan(months=1, rounds=1, seconds=1.0)


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """What was found. `recording` is the part of a read with the ledger that waits for its entry's commit.

    `cpu_us` is what of this process's processor time one takes.
    """

    readers: int
    without: Rate
    with_ledger: Rate
    ratio: float
    recording: Rate
    entries: Rate
    one_reader_without: Rate
    one_reader_with: Rate
    cpu_us: dict[str, float]
    recorded: int
    exact: bool
    fdatasync_us: float
    cpus: int
    targets: dict[str, float]


class Side:
    """What was measured of one way to read, round by round."""

    def __init__(self) -> None:
        self.rates: list[Rate] = []
        self.cpu: list[float] = []

    async def measure(self, readers: int, seconds: float, act: Callable[[int], Awaitable[None]]) -> None:
        """One round."""
        count = 0

        async def counted(number: int) -> None:
            nonlocal count
            await act(number)
            count += 1

        began = time.process_time()
        self.rates.append(await at_once(readers, seconds, counted))
        self.cpu.append((time.process_time() - began) / max(1, count) * 1e6)

    @property
    def rate(self) -> Rate:
        """The middle of the rounds."""
        return middle(self.rates)

    @property
    def cpu_us(self) -> float:
        """The middle of what one took."""
        return round(statistics.median(self.cpu), 1)


async def measure(plan: Plan, tell: Callable[[str], None]) -> Report:
    """Fill a partnership, and read it in turns."""
    async with ground() as place:
        url = await place.database(NAME)
        keys = SqliteKeys(place.folder / f"{NAME}.sqlite", place.folder / f"{NAME}.kek")
        codec = JsonCodec(keys)
        log = await PostgresEventLog.open(url, tag_key=keys.secret("tags"))
        try:
            pool = await open_pool(url, CONNECTIONS)
            async with pool:
                tell("filling a partnership")
                people = await _filled(log, codec, keys, plan)
                person_keys = BlindPersonKeys(codec, keys.secret)
                await Projector(pool, log, codec, VIEWS, "bench", person_keys).rebuild(log_of(PARTNERSHIP))
                reads = Reads(pool, log, codec, people, DiskSpool(place.folder / "spool"))
                return await _rounds(reads, plan, tell, fdatasync_us(place.folder))
        finally:
            await log.close()
            keys.close()


class Reads:
    """The reads of a partnership."""

    def __init__(
        self, pool: object, log: PostgresEventLog, codec: JsonCodec, people: list[PersonId], spool: DiskSpool
    ) -> None:
        self.log = log
        self.recorded = 0
        self.recording: list[float] = []
        self._people = people
        self._clock = SystemClock()
        self._folds = Folds(log, codec)
        self._models = PostgresReadModels(pool)  # type: ignore[arg-type] # asyncpg's pool has no types
        self._readings = Readings(Ground(self._models, log, self._folds, codec, codec, self._clock))
        self._ledger = AccessLedger(log, codec, self._clock, spool)
        self._number = 0

    async def without(self, _: int) -> None:
        """A read that nobody will ever know of."""
        await self._read()

    async def with_ledger(self, _: int) -> None:
        """A read that is recorded before it is shown."""
        account = await self._read()
        began = time.perf_counter()
        await self._ledger.record(account)
        self.recording.append(time.perf_counter() - began)
        self.recorded += 1

    async def entry(self, _: int) -> None:
        """An entry alone."""
        account = Account(ROUTE, secrets.token_hex(16)).of(VIEWER)
        account.saw("register", (self._next(),), ("concerns-your-agency",), ("identity",))
        await self._ledger.record(account)
        self.recorded += 1

    def _next(self) -> PersonId:
        self._number += 1
        return self._people[self._number % len(self._people)]

    async def _read(self) -> Account:
        account = Account(ROUTE, secrets.token_hex(16))
        async with Snapshot(self._models, self._folds, VIEWER, account) as snapshot:
            page = await self._readings.of(snapshot).people.person(VIEWER, self._next())
        msgspec.json.encode(page)
        return account


async def _rounds(reads: Reads, plan: Plan, tell: Callable[[str], None], flush_us: float) -> Report:
    sides = {name: Side() for name in ("without", "with", "entry", "one without", "one with")}
    acts = {"without": reads.without, "with": reads.with_ledger, "entry": reads.entry}
    recording: list[Rate] = []
    for number in range(plan.rounds):
        tell(f"round {number + 1} of {plan.rounds}")
        for name, act in acts.items():
            reads.recording.clear()
            await sides[name].measure(plan.readers, plan.seconds, act)
            if reads.recording:
                recording.append(rate(reads.recording, plan.seconds))
        await sides["one without"].measure(1, plan.seconds / 2, reads.without)
        await sides["one with"].measure(1, plan.seconds / 2, reads.with_ledger)
    without, with_ledger = sides["without"].rate, sides["with"].rate
    return Report(
        readers=plan.readers,
        without=without,
        with_ledger=with_ledger,
        ratio=round(with_ledger.per_second / without.per_second, 3),
        recording=middle(recording),
        entries=sides["entry"].rate,
        one_reader_without=sides["one without"].rate,
        one_reader_with=sides["one with"].rate,
        cpu_us={name: side.cpu_us for name, side in sides.items()},
        recorded=reads.recorded,
        exact=await reads.log.head(log_of(PARTNERSHIP, "access")) == reads.recorded,
        fdatasync_us=flush_us,
        cpus=os.cpu_count() or 1,
        targets={"ratio": RATIO, "p99_ms": P99_MS},
    )


async def _filled(log: PostgresEventLog, codec: JsonCodec, keys: SqliteKeys, plan: Plan) -> list[PersonId]:
    """Enter a population, month by month; its people."""
    filling = Filling(log, codec, keys)
    population = Population(1, PARTNERSHIP)
    people: dict[PersonId, None] = {}

    def noted(entered: Iterable[Entered]) -> Iterator[Entered]:
        for one in entered:
            people.update((fact.person, None) for fact in one.facts if isinstance(fact, PersonRegistered))
            yield one

    await filling.fill(PARTNERSHIP, noted(population.begins()))
    for _ in range(plan.months):
        await filling.fill(PARTNERSHIP, noted(population.month(busy=1.0)))
    return list(people)
