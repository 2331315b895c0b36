"""However many try at once, in however many processes: a rule holds, and a reader misses nothing."""

import asyncio
import json
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from adapters.postgres.event_log import PostgresEventLog
from adapters.proof.tree import tree_of
from adapters.sealing.codec import JsonCodec
from adapters.sealing.keys import MemoryKeys
from application.ports import Append, DecisionRecord, EventLog, LogId
from domain.facts import Facts
from domain.ids import ReferralId
from tests.adapters.log.examples import FENLAND, TAG_KEY, WOLDS, about, notes
from tests.conftest import Database
from tests.scenario import at_work
from tests.support.examples import AGENCIES, CLINIC, DRUGS_CLINIC, offered, sent

ROOT = Path(__file__).parents[3]
SECONDS = 60


async def a_process(what: str, database: Database, first: int, second: int) -> Any:  # noqa: ANN401 - JSON
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.adapters.log.worker",
        what,
        database.app_url,
        str(first),
        str(second),
        stdout=asyncio.subprocess.PIPE,
        cwd=ROOT,
    )
    found, _ = await asyncio.wait_for(process.communicate(), SECONDS)
    assert process.returncode == 0
    return json.loads(found)


async def in_processes(what: str, database: Database, processes: int, attempts: int, second: int) -> list[Any]:
    return await asyncio.gather(*(a_process(what, database, attempts // processes, second) for _ in range(processes)))


@pytest.mark.anyio
@pytest.mark.parametrize("processes", [1, 4])
async def test_of_two_thousand_attempts_fifty_people_have_one_live_episode_each(
    database: Database, processes: int
) -> None:
    won = await in_processes("open-episodes", database, processes, 2_000, 50)
    async with await PostgresEventLog.open(database.app_url, tag_key=TAG_KEY) as log:
        each = [len((await log.read(FENLAND, about(f"episode-of:{key}"))).events) for key in range(50)]
        assert each == [1] * 50
        assert await log.head(FENLAND) == sum(won) == 50


@pytest.mark.anyio
@pytest.mark.parametrize("processes", [1, 4])
async def test_of_three_hundred_acceptances_twelve_find_a_place(database: Database, processes: int) -> None:
    accepted = await in_processes("accept-referrals", database, processes, 300, 12)
    async with await PostgresEventLog.open(database.app_url, tag_key=TAG_KEY) as log:
        assert await log.head(FENLAND) == sum(accepted) == 12


@pytest.mark.anyio
@pytest.mark.parametrize("processes", [1, 4])
async def test_of_three_hundred_decided_on_what_each_process_remembers_twelve_find_a_place(
    database: Database, processes: int
) -> None:
    before: Facts = (*AGENCIES, *at_work(CLINIC), offered(places=12, questions=()))
    waiting = tuple(sent(referral=ReferralId(f"r-{n}")) for n in range(100))
    record = DecisionRecord(command="Seed", arguments=b"{}", read=(), policy="p", code="c")
    async with await PostgresEventLog.open(database.app_url, tag_key=TAG_KEY) as log:
        for facts in (before, waiting):
            entries = await JsonCodec(MemoryKeys()).to_entries(FENLAND, facts, CLINIC, "seed", record)
            await log.append(Append(FENLAND, entries))
        accepted = await in_processes("decide-acceptances", database, processes, 300, 100)
        taken = await log.read(FENLAND, about(f"service:{DRUGS_CLINIC}", types=["referral-accepted"]))
        assert len(taken.events) == sum(accepted) == 12
        assert await log.head(FENLAND) == len(before) + len(waiting) + 12


async def follow(log: EventLog, name: LogId, stop: asyncio.Event) -> list[tuple[int, str]]:
    """Read on from the last position seen, as a projector does."""
    seen: list[tuple[int, str]] = []
    cursor = 0
    while True:
        last = stop.is_set()
        page = await log.read(name, after=cursor, limit=40)
        seen.extend(zip((stored.position for stored in page.events), notes(page), strict=True))
        cursor = page.head
        if last and not page.events:
            return seen
        await asyncio.sleep(0)


async def follow_a_tag(log: EventLog, name: LogId, tag: str, stop: asyncio.Event) -> list[int]:
    """Read on from the last head seen, as a cached fold does."""
    seen: list[int] = []
    cursor = 0
    while True:
        last = stop.is_set()
        page = await log.read(name, about(tag), after=cursor)
        seen.extend(stored.position for stored in page.events)
        cursor = page.head
        if last and not page.events:
            return seen
        await asyncio.sleep(0)


@pytest.mark.anyio
async def test_a_reader_misses_nothing_and_doubles_nothing_while_processes_interleave(database: Database) -> None:
    async with await PostgresEventLog.open(database.app_url, tag_key=TAG_KEY) as log:
        stop = asyncio.Event()
        readers = [asyncio.create_task(follow(log, name, stop)) for name in (FENLAND, WOLDS)]
        tagged = [asyncio.create_task(follow_a_tag(log, name, "worker:0", stop)) for name in (FENLAND, WOLDS)]
        written = await in_processes("write", database, 3, 1_500, 0)
        stop.set()
        acknowledged = [one for process in written for one in process]
        for name, reader, by_tag in zip((FENLAND, WOLDS), readers, tagged, strict=True):
            seen = await reader
            assert [position for position, _ in seen] == list(range(1, len(seen) + 1))
            assert Counter(seen) == Counter(
                (position, note) for log_name, note, position in acknowledged if log_name == name
            )
            assert await by_tag == [position for position, note in seen if note.endswith("-0")]
            page = await log.read(name)
            tree = tree_of(stored.entry for stored in page.events)
            assert await log.peaks(name) == (tree.size, tree.peaks)
