"""Our own side: the event log as it is used, from the fact to the acknowledged commit."""

import asyncio
import datetime as dt
import itertools
import os
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import asynccontextmanager
from itertools import islice
from typing import Final

from adapters.postgres.event_log import PostgresEventLog
from adapters.sealing.codec import JsonCodec
from adapters.sealing.sqlite_keys import SqliteKeys
from application.deciding import Decider
from application.ports import Append, CommandKey, Condition, ConditionFailed, Entry
from benchmarks import payload
from benchmarks.ground import Ground
from benchmarks.measuring import Rate, at_once
from benchmarks.payload import LOG, WORKER
from domain.facts import Fact, QueryItem
from domain.ids import PersonId, ReferralId
from domain.support.referral import AcceptReferral

PEOPLE: Final = 2_000
SERVICES: Final = 500
HOT_SERVICES: Final = 16
PLACES: Final = 60
LEAST_SERVICES: Final = 300
SEED_ENTRIES: Final = 400
SEED_APPENDS: Final = 4


class SystemClock:
    """The time of this machine."""

    def now(self) -> dt.datetime:
        """This moment, in UTC."""
        return dt.datetime.now(dt.UTC)


class Hub:
    """A log with its codec and keys, and people whose keys are there: most events are about somebody known."""

    def __init__(self, log: PostgresEventLog, codec: JsonCodec) -> None:
        self.log = log
        self.codec = codec
        self.decider = Decider(log, codec, SystemClock())
        self.people = [PersonId(payload.new_id()) for _ in range(PEOPLE)]
        self._numbers = itertools.count()
        self._head = 0
        self._undecided: Iterator[ReferralId] = iter(())
        self._seeded = 0

    async def append(self, clients: int, seconds: float, *, in_database: bool = False) -> Rate:
        """Seal, commit to, write and append events, each under a condition of its own, with a command key.

        `in_database`: the conditions stand on so old a position that the database has to judge them.
        """
        oldest = await self.log.head(LOG)
        self._head = oldest
        if in_database:
            await self.seed(payload.registered(one) for one in self.people[:1_500])  # past what a writer remembers

        async def act(_: int) -> None:
            number = next(self._numbers)
            referral = ReferralId(payload.new_id())
            query = payload.story_of(referral)
            after = oldest if in_database else self._head
            fact = payload.completed(self.people[number % PEOPLE], referral, payload.service(number % SERVICES))
            appended = await self.log.append(
                Append(LOG, await self._entries(fact, after), (Condition(query, after),), key_of(number), b'{"id":"r"}')
            )
            self._head = max(self._head, appended.position)

        return await at_once(clients, seconds, act)

    async def contended(self, clients: int, seconds: float) -> tuple[Rate, float]:
        """The same, but the conditions are about a few services: whoever stood on what is gone is refused, tries again.

        The rate of verdicts, and of those the accepted per second.
        """
        self._head = await self.log.head(LOG)
        seen = [self._head] * HOT_SERVICES
        accepted = itertools.count()

        async def act(client: int) -> None:
            number = next(self._numbers)
            hot = client % HOT_SERVICES
            query = (QueryItem(payload.STORY, frozenset({f"service:{payload.service(hot)}"})),)
            referral = ReferralId(payload.new_id())
            fact = payload.completed(self.people[number % PEOPLE], referral, payload.service(hot))
            after = seen[hot]
            try:
                appended = await self.log.append(
                    Append(
                        LOG, await self._entries(fact, after), (Condition(query, after),), key_of(number), b'{"id":"r"}'
                    )
                )
            except ConditionFailed:
                seen[hot] = max(seen[hot], self._head)
                return
            next(accepted)
            seen[hot] = max(seen[hot], appended.position)
            self._head = max(self._head, appended.position)

        rate = await at_once(clients, seconds, act)
        return rate, next(accepted) / seconds

    async def decide(self, clients: int, seconds: float, expected_per_second: float) -> Rate:
        """The whole loop: read what acceptance has to know, fold, decide, append; each referral is accepted once."""
        await self.undecided(int(clients + seconds * expected_per_second))

        async def act(_: int) -> None:
            referral = next(self._undecided)
            await self.decider.decide(
                AcceptReferral(at=payload.AT, referral=referral, note=payload.NOTE),
                WORKER,
                key=key_of(next(self._numbers)),
                result=b'{"id":"r"}',
            )

        return await at_once(clients, seconds, act)

    async def undecided(self, count: int) -> list[ReferralId]:
        """Referrals that wait for their answer, at services with room for them, neighbours at different ones."""
        if not self._seeded:
            await self.seed(payload.beginnings(0, None))
        services = range(self._seeded, self._seeded + max(LEAST_SERVICES, count // PLACES + 1))
        self._seeded = services.stop
        made = [ReferralId(payload.new_id()) for _ in range(count)]

        def facts() -> Iterator[Fact]:
            yield from (one for one in payload.beginnings(services.stop, PLACES) if _among(one, services))
            for at, referral in enumerate(made):
                yield payload.sent(self.people[at % PEOPLE], referral, payload.service(services[at % len(services)]))

        await self.seed(facts())
        self._undecided = iter(made)
        return made

    async def samples(self, count: int) -> list[Entry]:
        """Entries as they are appended, for those who get them made."""
        facts = (
            payload.completed(self.people[at % PEOPLE], ReferralId(payload.new_id()), payload.service(at % SERVICES))
            for at in range(count)
        )
        return [(await self._entries(fact, 0))[0] for fact in facts]

    async def seed(self, facts: Iterable[Fact]) -> int:
        """Append many facts at once, without conditions; how many."""
        some = iter(facts)
        count = 0

        async def batches() -> None:
            nonlocal count
            while batch := list(islice(some, SEED_ENTRIES)):
                count += len(batch)
                entries: list[Entry] = []
                for fact in batch:
                    entries.extend(await self._entries(fact, 0))
                await self.log.append(Append(LOG, tuple(entries)))

        await asyncio.gather(*(batches() for _ in range(SEED_APPENDS)))
        return count

    async def _entries(self, fact: Fact, after: int) -> tuple[Entry, ...]:
        read = ((payload.story_of(ReferralId(getattr(fact, "referral", "r"))), after),)
        return await self.codec.to_entries(LOG, (fact,), WORKER, "CompleteReferral", payload.record(read))


def _among(fact: Fact, services: range) -> bool:
    number = str(getattr(fact, "service", "")).rpartition("-")[2]
    return number.isdigit() and int(number) in services


def key_of(number: int) -> CommandKey:
    """A command key as the API makes one."""
    return CommandKey(os.urandom(32), number.to_bytes(32))


@asynccontextmanager
async def opened(ground: Ground, url: str, name: str = "hub") -> AsyncIterator[Hub]:
    """The log of a database, with keys of its own."""
    keys = SqliteKeys(ground.folder / f"{name}.sqlite", ground.folder / f"{name}.kek")
    log = await PostgresEventLog.open(url, tag_key=keys.secret("tags"))
    try:
        hub = Hub(log, JsonCodec(keys))
        for key_class in ("identity", "decision"):
            await keys.ensure(payload.PARTNERSHIP, [(person, key_class) for person in hub.people])
        yield hub
    finally:
        await log.close()
        keys.close()
