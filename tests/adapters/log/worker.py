"""A writing process of the tests: `python -m tests.adapters.log.worker WHAT URL NUMBER…`, its findings as JSON."""

import asyncio
import json
import os
import random
import sys
from collections.abc import Awaitable, Callable

import structlog

from adapters.postgres.event_log import PostgresEventLog
from adapters.sealing.codec import JsonCodec
from adapters.sealing.keys import MemoryKeys
from application.deciding import Decider
from application.ports import Append, Condition, ConditionFailed, EventLog, LogBusy, LogUnavailable
from domain.ids import ReferralId
from domain.support.answering import ServiceIsFull
from domain.support.referral import AcceptReferral
from tests.adapters.log.examples import FENLAND, TAG_KEY, WOLDS, about, an_append, an_entry
from tests.support.examples import CLINIC, TUESDAY
from tests.views.histories import SetClock

AT_ONCE = 32


async def at_once(attempts: int, attempt: Callable[[int], Awaitable[bool]]) -> int:
    """How many of so many attempts, some at a time, came off."""
    numbers = iter(range(attempts))

    async def one_after_another() -> int:
        return sum([await attempt(number) for number in numbers])

    return sum(await asyncio.gather(*(one_after_another() for _ in range(AT_ONCE))))


async def open_episodes(log: EventLog, attempts: int, keys: int) -> int:
    """Open an episode for a person who may have one only; each person is tried again and again, in no order."""
    dice = random.Random()  # noqa: S311 - no secret

    async def attempt(_: int) -> bool:
        tag = f"episode-of:{dice.randrange(keys)}"
        query = about(tag)
        page = await log.read(FENLAND, query)
        if page.events:
            return False
        try:
            await log.append(an_append("opened", tag, conditions=(Condition(query, page.head),)))
        except ConditionFailed:
            return False
        return True

    return await at_once(attempts, attempt)


async def accept_referrals(log: EventLog, attempts: int, places: int) -> int:
    """Accept as long as the service has room, knowing again whenever somebody else was accepted meanwhile."""
    query = about("service:1", types=["accepted"])

    async def attempt(number: int) -> bool:
        while True:
            page = await log.read(FENLAND, query)
            if len(page.events) >= places:
                return False
            entry = an_entry(f"{os.getpid()}-{number}", "service:1", f"referral:{number}", kind="accepted")
            try:
                await log.append(Append(FENLAND, (entry,), (Condition(query, page.head),)))
            except ConditionFailed:
                continue
            return True

    return await at_once(attempts, attempt)


async def decide_acceptances(log: EventLog, attempts: int, referrals: int) -> int:
    """Accept referrals to one service, in no order, by a decider that remembers what it knew; how many it accepted."""
    decider = Decider(log, JsonCodec(MemoryKeys()), SetClock(TUESDAY))
    dice = random.Random()  # noqa: S311 - no secret

    async def attempt(_: int) -> bool:
        accept = AcceptReferral(at=TUESDAY, referral=ReferralId(f"r-{dice.randrange(referrals)}"))
        try:
            return (await decider.decide(accept, CLINIC)).added == 1
        except (ServiceIsFull, LogBusy):
            return False

    return await at_once(attempts, attempt)


async def write(log: EventLog, appends: int, _: int) -> list[tuple[str, str, int]]:
    """Append to two logs; what was acknowledged at which position."""
    acknowledged: list[tuple[str, str, int]] = []
    dice = random.Random()  # noqa: S311 - no secret

    async def attempt(number: int) -> bool:
        name = dice.choice((FENLAND, WOLDS))
        note = f"{os.getpid()}-{number}"
        entries = tuple(an_entry(f"{note}-{part}", f"worker:{part}") for part in range(dice.randint(1, 3)))
        appended = await log.append(Append(name, entries))
        acknowledged.extend(
            (name, f"{note}-{part}", appended.position - len(entries) + 1 + part) for part in range(len(entries))
        )
        return True

    await at_once(appends, attempt)
    return acknowledged


async def endure(log: EventLog, started: int, clients: int) -> None:
    """Append until killed. Each command is sent again until it is acknowledged, and only then written down."""

    async def client(number: int) -> None:
        count = 0
        while True:
            count += 1
            note = f"{started}-{number}-{count}"
            append = an_append(note, f"client:{number}", f"note:{note}", key=note)
            while True:
                try:
                    appended = await log.append(append)
                except (LogUnavailable, LogBusy):
                    await asyncio.sleep(0.02)
                    continue
                break
            os.write(1, f"{note} {appended.position}\n".encode())

    await asyncio.gather(*(client(number) for number in range(clients)))


WHAT: dict[str, Callable[[EventLog, int, int], Awaitable[object]]] = {
    "open-episodes": open_episodes,
    "accept-referrals": accept_referrals,
    "decide-acceptances": decide_acceptances,
    "write": write,
    "endure": endure,
}


async def main(what: str, url: str, first: str, second: str) -> None:
    async with await PostgresEventLog.open(url, tag_key=TAG_KEY) as log:
        sys.stdout.write(json.dumps(await WHAT[what](log, int(first), int(second))))


if __name__ == "__main__":
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))  # the findings go to stdout
    asyncio.run(main(*sys.argv[1:]))
