"""Kills the server and the application outright, at random moments under load, and looks what became of the log.

`python -m tests.crash --rounds 100` prints one JSON object. What must hold after every round, and does or the script
ends with an AssertionError:

- each command that was acknowledged is in the log, at the position that was said;
- no command is in the log twice, acknowledged or not;
- positions have no gap, and the peaks of every batch are those of a tree made anew from the entries.
"""

import argparse
import asyncio
import contextlib
import os
import random
import signal
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Final

import msgspec
import psycopg

from adapters.postgres.embedded import EmbeddedPostgres, ServerUnavailableError
from adapters.postgres.migrations import migrate
from adapters.proof.tree import Tree
from tests.adapters.log.examples import Noted

ROOT: Final = Path(__file__).parents[1]
CLIENTS: Final = 24
LOAD_SECONDS: Final = (0.02, 0.4)
BACK_SECONDS: Final = 30.0
KILLS: Final = ("server", "application", "both")


class Report(msgspec.Struct):
    """What was done, and that it held."""

    rounds: int = 0
    server_kills: int = 0
    application_kills: int = 0
    acknowledged: int = 0
    recorded: int = 0
    lost: int = 0
    doubled: int = 0
    seconds: float = 0.0


class Application:
    """A writing process, and what it has been told is recorded."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process
        self.acknowledged: dict[str, int] = {}
        self.reading = asyncio.create_task(self._read())

    async def _read(self) -> None:
        assert self.process.stdout is not None
        while line := await self.process.stdout.readline():
            if line.endswith(b"\n"):
                note, position = line.split()
                self.acknowledged[note.decode()] = int(position)

    async def makes_progress(self, events: int) -> None:
        """Wait until it has been told of so many more."""
        wanted = len(self.acknowledged) + events
        give_up = time.monotonic() + BACK_SECONDS
        while len(self.acknowledged) < wanted:
            assert time.monotonic() < give_up, "the application does not come back"
            assert self.process.returncode is None, "the application ended by itself"
            await asyncio.sleep(0.005)

    async def kill(self) -> None:
        """End it outright; what it had written by then counts."""
        with contextlib.suppress(ProcessLookupError):
            self.process.kill()
        await self.process.wait()
        await self.reading


async def an_application(url: str, number: int) -> Application:
    return Application(
        await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "tests.adapters.log.worker",
            "endure",
            url,
            str(number),
            str(CLIENTS),
            stdout=asyncio.subprocess.PIPE,
            cwd=ROOT,
        )
    )


def kill_server(data: Path) -> None:
    """SIGKILL for the first process and every child, as when the machine's power goes."""
    first = int((data / "postmaster.pid").read_text().split()[0])
    family = [first, *_children(first)]
    for pid in family:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def _children(parent: int) -> list[int]:
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            if int(stat.read_text().rpartition(")")[2].split()[1]) == parent:
                found.append(int(stat.parent.name))
    return found


async def server_is_back(server: EmbeddedPostgres) -> None:
    """The watchdog starts a crashed server again, but not for ever: then it is for us to."""
    give_up = time.monotonic() + BACK_SECONDS
    patience = time.monotonic() + 2.0
    while True:
        try:
            async with await psycopg.AsyncConnection.connect(server.app_url, connect_timeout=2) as connection:
                await connection.execute("SELECT")
                return
        except psycopg.OperationalError:
            assert time.monotonic() < give_up, "the server does not come back"
            if time.monotonic() > patience:
                await asyncio.to_thread(server.leave)
                with contextlib.suppress(ServerUnavailableError):
                    await asyncio.to_thread(server.enter)
                patience = time.monotonic() + 5.0
            await asyncio.sleep(0.02)


class Audit:
    """Reads on in the log and checks what it finds against what was acknowledged."""

    def __init__(self) -> None:
        self.tree = Tree()
        self.positions: dict[str, int] = {}
        self.found: Counter[str] = Counter()

    async def check(self, url: str, acknowledged: dict[str, int]) -> None:
        """Everything that was acknowledged stands, nothing stands twice, and all of it is proved by the peaks."""
        async with await psycopg.AsyncConnection.connect(url) as connection:
            await connection.set_isolation_level(psycopg.IsolationLevel.REPEATABLE_READ)
            events = await (
                await connection.execute(
                    "SELECT position, entry FROM event WHERE position > %s ORDER BY position", [self.tree.size]
                )
            ).fetchall()
            batches: dict[int, bytes] = dict(
                await (
                    await connection.execute("SELECT position, peaks FROM batch WHERE position > %s", [self.tree.size])
                ).fetchall()
            )
            commands = await (await connection.execute("SELECT count(*) FROM command")).fetchone()
        for position, entry in events:
            assert position == self.tree.size + 1, f"a gap before {position}"
            self.tree.append(entry)
            stored = msgspec.json.decode(entry, type=Noted)
            assert stored.position == position
            self.found[stored.note] += 1
            self.positions[stored.note] = position
            if position in batches:
                assert batches.pop(position) == self.tree.peaks, f"other peaks at {position}"
        assert not batches, "a batch without its events"
        doubled = [note for note, times in self.found.items() if times > 1]
        assert not doubled, f"twice: {doubled}"
        lost = {note: at for note, at in acknowledged.items() if self.positions.get(note) != at}
        assert not lost, f"acknowledged and lost or elsewhere: {lost}"
        assert commands == (len(self.found),), "commands and events differ"


async def crash(home: Path, rounds: int, dice: random.Random) -> Report:
    """So many rounds of load, kill, recovery and audit."""
    report = Report()
    began = time.monotonic()
    acknowledged: dict[str, int] = {}
    audit = Audit()
    server = EmbeddedPostgres(home)
    application: Application | None = None
    await asyncio.to_thread(server.enter)
    try:
        await migrate(server.owner_url)
        application = await an_application(server.app_url, 0)
        for number in range(1, rounds + 1):
            await application.makes_progress(1)
            await asyncio.sleep(dice.uniform(*LOAD_SECONDS))
            what = KILLS[number % 3] if number <= len(KILLS) else dice.choice(KILLS)
            if what in {"server", "both"}:
                kill_server(home / "postgres" / "data")
                report.server_kills += 1
            if what in {"application", "both"}:
                await application.kill()
                report.application_kills += 1
            await server_is_back(server)
            acknowledged |= application.acknowledged
            if application.process.returncode is not None:
                application = await an_application(server.app_url, number)
            await audit.check(server.app_url, acknowledged)
            report.rounds += 1
        await application.makes_progress(CLIENTS)
        await application.kill()
        acknowledged |= application.acknowledged
        await audit.check(server.app_url, acknowledged)
    finally:
        if application is not None:
            await application.kill()
        await asyncio.to_thread(server.leave)
    report.acknowledged = len(acknowledged)
    report.recorded = audit.tree.size
    report.seconds = round(time.monotonic() - began, 1)
    return report


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=100)
    parser.add_argument("--seed", type=int, default=None)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="hub-crash-", ignore_cleanup_errors=True) as folder:
        home = Path(folder)
        home.chmod(0o711)  # as root, the server runs as somebody else
        report = asyncio.run(crash(home, chosen.rounds, random.Random(chosen.seed)))  # noqa: S311 - no secret
    sys.stdout.write(msgspec.json.encode(report).decode() + "\n")


if __name__ == "__main__":
    main()
