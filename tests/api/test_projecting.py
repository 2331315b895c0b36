"""Projections in a process of their own: one, for as long as somebody serves, whatever dies."""

import asyncio
import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import asyncpg
import msgspec
import pytest

from adapters.postgres.projector import LEASE
from api import wiring
from api.hub import Check, Hub
from api.projecting import Apart
from api.settings import Settings
from api.wiring import hubs
from application.deciding import CODE_VERSION
from application.ports import Append, DecisionRecord, LogId
from domain.actors import Actor
from domain.governance.agency import AgencyRegistered
from domain.ids import AgencyId, PartnershipId, WorkerId
from tests.conftest import Database

pytestmark = pytest.mark.anyio

ROOT = Path(__file__).parents[2]
CASE = LogId("fenland/case")
BY = Actor(worker=WorkerId("w-1"), agency=AgencyId("hub"), role="administrator", partnership=PartnershipId("fenland"))
RECORD = DecisionRecord(command="RegisterAgency", arguments=b"{}", read=(), policy="p", code=CODE_VERSION)
SECONDS = 30.0


@pytest.fixture
def given(database: Database, tmp_path: Path) -> Settings:
    return Settings(home=tmp_path, keys=tmp_path / "keys.sqlite", kek=tmp_path / "kek", database_url=database.app_url)


@pytest.fixture
async def hub(given: Settings) -> AsyncIterator[Hub]:
    """A hub that leaves the projections to others."""
    async with wiring.opened(given, projecting=False) as made:
        yield made


async def recorded(hub: Hub, name: str) -> int:
    """Record something; the position that views have to reach."""
    fact = AgencyRegistered(
        at=hub.clock.now(), agency=AgencyId(name), name=name.title(), kind="police", phone="01354 654321"
    )
    entries = await hub.codec.to_entries(CASE, [fact], BY, "test", RECORD)
    log = hub.decider.log
    return (await log.append(Append(CASE, entries))).position


async def projections(hub: Hub) -> Check:
    return next(check for check in await hub.ready() if check.name == "projections")


def runs(pid: int) -> bool:
    """Whether a process is there, and not merely waiting to be buried."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except FileNotFoundError:
        return False
    return stat.rpartition(")")[2].split()[0] != "Z"


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(SECONDS):
        while not holds():  # noqa: ASYNC110 - a process has no event
            await asyncio.sleep(0.02)


async def test_what_is_recorded_here_is_projected_there(hub: Hub, given: Settings, database: Database) -> None:
    with Apart(given) as apart:
        assert await hub.models.reached(CASE, await recorded(hub, "police"), SECONDS)
        took = []
        for number in range(20):
            position = await recorded(hub, f"police-{number}")
            began = time.monotonic()
            assert await hub.models.reached(CASE, position, SECONDS)
            took.append(time.monotonic() - began)
        assert sorted(took)[10] < 0.5, "woken, not polled"
        pid = apart.pid
    assert pid is not None
    assert not runs(pid)
    connection = await asyncpg.connect(database.app_url)
    try:
        assert await connection.fetchval("SELECT holder FROM projection") is None, "the lease was given back"
    finally:
        await connection.close()


async def test_projections_that_died_go_on(hub: Hub, given: Settings) -> None:
    with Apart(given) as apart:
        assert await hub.models.reached(CASE, await recorded(hub, "police"), SECONDS)
        pid = apart.pid
        assert pid is not None
        os.kill(pid, signal.SIGKILL)
        assert await hub.models.reached(CASE, await recorded(hub, "housing"), LEASE.total_seconds() + SECONDS)
        assert apart.pid != pid


async def test_projections_that_die_at_once_are_not_started_without_end(given: Settings) -> None:
    began = given.home / "began"
    command = (sys.executable, "-c", f"open({str(began)!r}, 'a').write('x')")
    with Apart(given, command):
        await until(lambda: began.exists() and len(began.read_text()) > 1)
        await asyncio.sleep(0.5)
        assert len(began.read_text()) <= 3


SERVES = """
import msgspec, pathlib, sys, time
from api.projecting import Apart
from api.settings import Settings
given = msgspec.json.decode(sys.argv[1], type=Settings, dec_hook=lambda kind, value: pathlib.Path(value))
with Apart(given) as apart:
    while apart.pid is None:
        time.sleep(0.01)
    print(apart.pid, flush=True)
    time.sleep(60)
"""


async def test_projections_end_with_whoever_serves_also_if_that_is_killed(given: Settings) -> None:
    order = msgspec.json.encode(given, enc_hook=str).decode()
    serving = started(["-c", SERVES, order], {}, subprocess.PIPE)
    with contextlib.closing(serving.stdout or pytest.fail("it has no output")) as said:
        pid = int(said.readline())
        await asyncio.sleep(1)
        assert runs(pid)
        serving.kill()
        serving.wait()
    await until(lambda: not runs(pid))


def started(
    arguments: list[str], environment: dict[str, str], output: int = subprocess.DEVNULL
) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, *arguments],
        env={"PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT)} | environment,
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.DEVNULL,
    )


def children(of: int) -> list[int]:
    """The processes that a process started and that project."""
    found = []
    for one in Path("/proc").iterdir():
        with contextlib.suppress(OSError, ValueError):
            pid = int(one.name)
            parent = int((one / "stat").read_text().rpartition(")")[2].split()[1])
            if parent == of and b"api.projecting" in (one / "cmdline").read_bytes():
                found.append(pid)
    return found


@pytest.mark.parametrize("workers", [1, 2])
async def test_however_many_processes_serve_one_projects(given: Settings, workers: int) -> None:
    assert given.database_url is not None
    with contextlib.closing(socket.create_server(("127.0.0.1", 0))) as taken:
        port = taken.getsockname()[1]
    environment = {"HUB_HOME": str(given.home), "HUB_DATABASE_URL": given.database_url}
    serving = started(["-m", "api.cli", "serve", "--port", str(port), "--workers", str(workers)], environment)
    try:
        await until(lambda: bool(children(serving.pid)))
        await until(lambda: _answers(port))
        (pid,) = children(serving.pid)
        serving.send_signal(signal.SIGINT)
        await asyncio.to_thread(serving.wait, SECONDS)
        assert not runs(pid)
    finally:
        serving.kill()
        serving.wait()


def _answers(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=5) as asked:
            asked.sendall(b"GET /health/live HTTP/1.1\r\nHost: here\r\nConnection: close\r\n\r\n")
            return asked.recv(12).endswith(b" 200")
    except OSError:
        return False


async def test_readiness_says_when_nobody_goes_on_with_the_projections(
    hub: Hub, given: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert (await projections(hub)).well, "nothing is recorded"
    position = await recorded(hub, "police")
    assert (await projections(hub)).well, "it waits for a moment only"
    monkeypatch.setattr(hubs, "NOT_PROJECTED_SECONDS", 0.0)
    said = await projections(hub)
    assert (said.well, said.note) == (False, "nobody has gone on with them for 0 s")
    monkeypatch.setattr(hubs, "NOT_PROJECTED_SECONDS", 1e-9)
    with Apart(given):
        assert await hub.models.reached(CASE, position, SECONDS)
        assert (await projections(hub)).well, "nothing waits"
        await recorded(hub, "housing")
        assert (await projections(hub)).well, "somebody is at work on it"
