"""The pages as a browser gets them: `hub serve` over a partnership of many people among very many, asked page by page.

One connection asks for one page after another, each with its own session, so that what is measured is a page and not
a queue. The time is from the request's first byte to the answer's last, over loopback: the server's own, and a little.
"""

import asyncio
import datetime as dt
import gzip
import os
import re
import secrets
import statistics
import time
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from typing import Final

import asyncpg
import msgspec

from adapters.identity.tokens import PostgresTokens
from adapters.person_keys import BlindPersonKeys
from adapters.postgres.event_log import PostgresEventLog
from adapters.postgres.projector import Projector
from adapters.postgres.read_models import connect_arguments
from adapters.sealing.codec import JsonCodec
from adapters.sealing.sqlite_keys import SqliteKeys
from application.identity import SECRET_BYTES, Token, TokenId, digest, written
from application.ports import Append, DecisionRecord, Entry, KeyClass, log_of
from application.views import VIEWS
from benchmarks.ground import Ground, ground
from benchmarks.http import HOST, Serving, serving
from benchmarks.population import Entered, Population, Someone, reader
from domain.engagement.hub_session import SessionScheduled
from domain.ids import PartnershipId, PersonId

PARTNERSHIP: Final = PartnershipId("practice")
NAME: Final = "web"
KEYS: Final[tuple[KeyClass, ...]] = ("identity", "health", "intelligence", "decision")
RECORD: Final = DecisionRecord(command="Bench", arguments=b"{}", read=(), policy="bench", code="bench")
AT_ONCE: Final = 400
UNDER_WAY: Final = 4
TIMELINE_FACTS: Final = 60
MEDIAN_MS: Final = 15.0
P99_MS: Final = 60.0
FIRST_LOAD_KB: Final = 80.0
LOADED: Final = re.compile(rb'(?:href|src)="(/assets/[^"]+\.(?:css|js))"')
GZIP: Final = b"\x1f\x8b"
STATUS: Final = 200
WARMING: Final = 20


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """How large it is made, and how often each page is asked for."""

    people: int
    months: int
    others: int
    in_others: int
    requests: int


FULL: Final = Plan(people=10_000, months=12, others=29, in_others=10_000, requests=500)
QUICK: Final = Plan(people=1_000, months=3, others=2, in_others=500, requests=100)


class PageTime(msgspec.Struct, frozen=True, kw_only=True):
    """How long one page took, and what it weighs compressed."""

    median_ms: float
    p99_ms: float
    kb: float
    within: bool


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """What was found."""

    people: int
    people_in_all: int
    events: int
    filled_seconds: float
    projected_seconds: float
    pages: dict[str, PageTime]
    first_load_kb: float
    first_load: dict[str, float]
    targets: dict[str, float]
    within: bool
    cpus: int


class Filling:
    """Puts what a population entered into its log."""

    def __init__(self, log: PostgresEventLog, codec: JsonCodec, keys: SqliteKeys) -> None:
        self.people = 0
        self.events = 0
        self._log = log
        self._codec = codec
        self._keys = keys

    async def fill(self, partnership: PartnershipId, entered: Iterable[Entered]) -> None:
        """All of it in its order, as many facts at once as the log takes."""
        some: list[Entered] = []
        for one in entered:
            some.append(one)
            if len(some) >= AT_ONCE * UNDER_WAY:
                await self._append(partnership, some)
                some = []
        await self._append(partnership, some)

    async def _append(self, partnership: PartnershipId, some: list[Entered]) -> None:
        people = {person for one in some for fact in one.facts if (person := getattr(fact, "person", None))}
        wanted = [(person, name) for person in people for name in KEYS]
        await self._keys.ensure(partnership, wanted)
        log = log_of(partnership)
        appended = []
        for at in range(0, len(some), AT_ONCE):
            entries: list[Entry] = []
            for one in some[at : at + AT_ONCE]:
                entries.extend(await self._codec.to_entries(log, one.facts, one.by, "bench", RECORD))
            self.events += len(entries)
            appended.append(asyncio.ensure_future(self._log.append(Append(log, tuple(entries)))))
        await asyncio.gather(*appended)


class Story(msgspec.Struct):
    """The partnership whose pages are asked for, and whom and what they are about."""

    person: PersonId
    session: str = ""

    def entered(self, plan: Plan) -> Iterator[Entered]:
        """Months of the present, then all who were ever known, and somebody of whom much is known."""
        begins = (dt.datetime.now(dt.UTC).date().replace(day=1) - dt.timedelta(days=31 * plan.months)).replace(day=1)
        population = Population(1, PARTNERSHIP, begins)
        yield from population.begins()
        for _ in range(plan.months):
            for one in population.month(busy=1.0):
                self._notice(one)
                yield one
        yield from _known(population, plan.people - len(population.people) - 1)
        someone = Someone(self.person, "en")
        yield from population.registers(someone)
        for _ in range(TIMELINE_FACTS // 4):
            yield from population.encounters(someone)
            yield from population.refers(someone)

    def _notice(self, one: Entered) -> None:
        for fact in one.facts:
            if isinstance(fact, SessionScheduled):
                self.session = str(fact.session)


def _known(population: Population, count: int) -> Iterator[Entered]:
    for number in range(count):
        yield from population.registers(Someone(f"p-known-{number}", "en"))


async def measure(plan: Plan, progress: Callable[[str], None]) -> Report:
    """Fill, project, serve, and ask for each page."""
    async with ground() as where:
        url = await where.database(NAME)
        story = Story(PersonId("p-of-whom-much-is-known"))
        progress(f"{plan.people:,} people, and {plan.others * plan.in_others:,} in other partnerships")
        filled, projected, events = await _filled(where, url, plan, story, progress)
        async with serving(where, url, NAME) as server:
            tokens = {name: await _session(url, who) for name, who in VIEWERS.items()}
            pages: dict[str, PageTime] = {}
            for name, (viewer, path) in pages_of(story).items():
                progress(f"{name}: {path}")
                pages[name] = await _timed(server, path, tokens[viewer], plan.requests)
            first = await _first_load(server, tokens["coordinator"])
    weight = round(sum(first.values()), 1)
    return Report(
        people=plan.people,
        people_in_all=plan.people + plan.others * plan.in_others,
        events=events,
        filled_seconds=filled,
        projected_seconds=projected,
        pages=pages,
        first_load_kb=weight,
        first_load=first,
        targets={"median_ms": MEDIAN_MS, "p99_ms": P99_MS, "first_load_kb": FIRST_LOAD_KB},
        within=all(one.within for one in pages.values()) and weight <= FIRST_LOAD_KB,
        cpus=os.cpu_count() or 1,
    )


VIEWERS: Final = {"coordinator": "csp", "helper": "recovery"}


def pages_of(story: Story) -> dict[str, tuple[str, str]]:
    """The pages that are measured: who asks, and where."""
    return {
        "home": ("coordinator", "/"),
        "inbox": ("helper", "/referrals"),
        "person": ("coordinator", f"/people/{story.person}"),
        "timeline": ("coordinator", f"/people/{story.person}/timeline"),
        "hub day": ("coordinator", f"/hub-days/{story.session}"),
        "reports": ("coordinator", "/reports"),
    }


async def _filled(
    where: Ground, url: str, plan: Plan, story: Story, progress: Callable[[str], None]
) -> tuple[float, float, int]:
    """The seconds of filling and of projecting, and how many events there are."""
    keys = SqliteKeys(where.folder / f"{NAME}.sqlite", where.folder / f"{NAME}.kek")
    codec = JsonCodec(keys)
    log = await PostgresEventLog.open(url, tag_key=keys.secret("tags"))
    try:
        filling = Filling(log, codec, keys)
        began = time.perf_counter()
        await filling.fill(PARTNERSHIP, story.entered(plan))
        for number in range(plan.others):
            other = PartnershipId(f"other-{number}")
            population = Population(2 + number, other)
            await filling.fill(other, population.begins())
            await filling.fill(other, _known(population, plan.in_others))
            progress(f"{number + 1} of {plan.others} other partnerships filled")
        filled = time.perf_counter() - began
        began = time.perf_counter()
        async for done in _projected(url, log, codec, keys):
            progress(f"projected {done}")
        return round(filled, 1), round(time.perf_counter() - began, 1), filling.events
    finally:
        await log.close()
        keys.close()


async def _projected(url: str, log: PostgresEventLog, codec: JsonCodec, keys: SqliteKeys) -> AsyncIterator[str]:
    async with asyncpg.create_pool(url, min_size=1, max_size=4, **connect_arguments()) as pool:
        projector = Projector(pool, log, codec, VIEWS, "bench", BlindPersonKeys(codec, keys.secret))
        for one in sorted(await log.heads()):
            await projector.rebuild(one)
            yield one
        await pool.execute("ANALYZE")


async def _session(url: str, agency: str) -> str:
    """A token that opens the pages as somebody of an agency, as a session's cookie does."""
    text = written(secrets.token_bytes(SECRET_BYTES))
    now = dt.datetime.now(dt.UTC)
    actor = reader(agency, PARTNERSHIP)
    token = Token(
        id=TokenId(f"bench-{agency}"), actor=actor, label="bench", made=now, expires=now + dt.timedelta(days=1)
    )
    async with asyncpg.create_pool(url, min_size=1, max_size=1) as pool:
        await PostgresTokens(pool).keep(token, digest(text))
    return text


class Browser:
    """A kept-alive connection with a cookie."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, token: str) -> None:
        self._reader = reader
        self._writer = writer
        self._token = token

    async def get(self, path: str) -> bytes:
        """What is at an address. Raises RuntimeError for anything but a page."""
        self._writer.write(
            (
                f"GET {path} HTTP/1.1\r\nHost: {HOST}\r\nAccept: text/html,*/*\r\nAccept-Encoding: gzip\r\n"
                f"Cookie: hub_session={self._token}\r\n\r\n"
            ).encode()
        )
        head = (await self._reader.readuntil(b"\r\n\r\n")).lower()
        length = int(head.split(b"content-length:", 1)[1].split(b"\r\n", 1)[0])
        body = await self._reader.readexactly(length)
        if int(head.split(b" ", 2)[1]) != STATUS:
            raise RuntimeError(f"{path}: {head[:200]!r} {body[:300]!r}")
        return body


def compressed(body: bytes) -> bytes:
    """As it goes over the line: a proxy compresses pages, the server its files."""
    return body if body.startswith(GZIP) else gzip.compress(body)


async def _timed(server: Serving, path: str, token: str, requests: int) -> PageTime:
    reader, writer = await asyncio.open_connection(HOST, server.port, limit=2**20)
    browser = Browser(reader, writer, token)
    body = b""
    for _ in range(WARMING):
        body = await browser.get(path)
    taken = []
    for _ in range(requests):
        began = time.perf_counter()
        await browser.get(path)
        taken.append((time.perf_counter() - began) * 1000)
    writer.close()
    taken.sort()
    median, p99 = statistics.median(taken), taken[min(len(taken) - 1, len(taken) * 99 // 100)]
    return PageTime(
        median_ms=round(median, 2),
        p99_ms=round(p99, 2),
        kb=round(len(compressed(body)) / 1024, 1),
        within=median <= MEDIAN_MS and p99 <= P99_MS,
    )


async def _first_load(server: Serving, token: str) -> dict[str, float]:
    """What somebody loads who comes for the first time, in KB compressed: the home page, and what it names."""
    reader, writer = await asyncio.open_connection(HOST, server.port, limit=2**20)
    browser = Browser(reader, writer, token)
    page = await browser.get("/")
    found = {"/": len(compressed(page)) / 1024}
    for name in dict.fromkeys(LOADED.findall(page)):
        found[name.decode()] = len(compressed(await browser.get(name.decode()))) / 1024
    writer.close()
    return {name: round(size, 1) for name, size in found.items()}
