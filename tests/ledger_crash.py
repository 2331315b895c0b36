"""Kills the application at random under mixed requests, and compares what was answered with the access ledger.

`python -m tests.ledger_crash --requests 20000 --kills 20` prints one JSON object. What must hold, and does or the
script ends with an AssertionError:

- each answer that carried personal data, or denied it, is one entry of its kind, under the id of its request;
- no other answer is an entry, and there is no entry of a request that nobody sent;
- the one exception is counted: a request that a kill cut off may stand in the ledger, and was answered to nobody;
- positions have no gap, and the peaks of every batch are those of a tree made anew from the entries.
"""

import argparse
import asyncio
import contextlib
import os
import random
import signal
import socket
import sys
import tempfile
import time
import uuid
from collections import Counter
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Final

import msgspec
import psycopg

from adapters.postgres.embedded import EmbeddedPostgres
from adapters.postgres.migrations import migrate
from adapters.proof.tree import Tree
from tests.api.test_every_read import journey
from tests.api.test_real_server import served

ROOT: Final = Path(__file__).parents[1]
HOST: Final = "127.0.0.1"
CLIENTS: Final = 16
PEOPLE: Final = 20
UP_SECONDS: Final = 60.0
ANSWER_SECONDS: Final = 30.0

Fields = dict[str, object]


class Kind(msgspec.Struct, frozen=True):
    """A kind of request: how it is sent, as whom, and which entry its answer leaves, by status."""

    method: str
    path: str
    by: str
    entries: dict[int, str]
    body: bytes = b""
    tag: bool = False


KINDS: Final = (
    Kind("GET", "/v1/people/{person}", "hub", {200: "consulted"}),
    Kind("GET", "/v1/people/{person}/timeline", "hub", {200: "consulted"}),
    Kind("GET", "/v1/people/{person}/safety", "hub", {200: "consulted"}),
    Kind("HEAD", "/v1/people/{person}/encounters", "hub", {200: "consulted"}),
    Kind("GET", "/v1/people/{person}", "hub", {200: "consulted", 304: "consulted"}, tag=True),
    Kind("GET", "/v1/referrals/outgoing", "hub", {200: "consulted"}),
    Kind("GET", "/v1/people/{person}", "police", {404: "access-denied"}),
    Kind("GET", "/v1/people/{nobody}", "hub", {404: "access-denied"}),
    Kind("GET", "/v1/people/{person}", "administrator", {403: "access-denied"}),
    Kind("POST", "/v1/people/search", "hub", {200: "searched"}, b'{"nickname":"Mac","born":"1980-01-01"}'),
    Kind("GET", "/v1/people/{person}/accesses?use=integrity", "officer", {200: "ledger-read"}),
    Kind("GET", "/v1/agencies", "hub", {}),
    Kind("GET", "/v1/services", "police", {}),
    Kind("GET", "/v1/no-such-address", "hub", {}),
    Kind("POST", "/v1/people/{person}/aliases", "hub", {}, b'{"nickname":"Macca"}'),
)


class Report(msgspec.Struct):
    """What was done, and that it held."""

    requests: int = 0
    kills: int = 0
    answered: int = 0
    carried: int = 0
    denied: int = 0
    carried_nothing: int = 0
    cut: int = 0
    entries: int = 0
    entries_of_cut: int = 0
    statuses: dict[str, int] = msgspec.field(default_factory=dict)
    seconds: float = 0.0


class Application:
    """`hub serve` with all that it starts, killed as one."""

    def __init__(self, url: str, home: Path, port: int, program: Sequence[str] = ("api.cli",)) -> None:
        self._environment = {**os.environ, "HUB_HOME": str(home), "HUB_DATABASE_URL": url}
        self._program = program
        self.port = port
        self._process: asyncio.subprocess.Process | None = None

    @property
    def ended(self) -> bool:
        """Whether it is no more, without having been asked."""
        return self._process is not None and self._process.returncode is not None

    async def begin(self, **environment: str) -> None:
        """It may take a while until it answers."""
        self._process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", *self._program, "serve", "--host", HOST, "--port", str(self.port)),
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
            cwd=ROOT,
            env={**self._environment, **environment},
            start_new_session=True,
        )

    async def start(self, **environment: str) -> None:
        """Until it answers."""
        await self.begin(**environment)
        give_up = time.monotonic() + UP_SECONDS
        while not await self._lives():
            assert not self.ended, "the application ended by itself"
            assert time.monotonic() < give_up, "the application does not come up"
            await asyncio.sleep(0.05)

    async def _lives(self) -> bool:
        try:
            with closing(Connection(self.port)) as connection:
                status, _ = await connection.send(b"GET", "/health/live", {})
        except (OSError, EOFError, ValueError):
            return False
        return status == 200

    async def kill(self) -> None:
        """Outright: the server, its workers, the projector."""
        if self._process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        await self._process.wait()
        self._process = None


class Connection:
    """A kept-alive connection; anything that ends it before an answer is whole is EOFError or OSError."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def send(self, method: bytes, path: str, headers: dict[str, str], body: bytes = b"") -> tuple[int, str]:
        """The status and the ETag of the answer, which was read to its end."""
        try:
            if self._streams is None:
                self._streams = await asyncio.open_connection(HOST, self._port)
            reader, writer = self._streams
            lines = [f"{name}: {value}" for name, value in headers.items()]
            writer.write(
                b"%b %b HTTP/1.1\r\nhost: hub\r\n%b\r\n\r\n%b"
                % (method, path.encode(), "\r\n".join([*lines, f"content-length: {len(body)}"]).encode(), body)
            )
            async with asyncio.timeout(ANSWER_SECONDS):
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
                said = dict(line.split(": ", 1) for line in head.split("\r\n")[1:] if ": " in line)
                status = int(head[9:12])
                if method != b"HEAD" and status != 304:
                    await reader.readexactly(int(said.get("content-length", "0")))
        except BaseException:
            self.close()
            raise
        return status, said.get("etag", "")

    def close(self) -> None:
        if self._streams is not None:
            self._streams[1].close()
            self._streams = None


class Load:
    """Mixed requests, and what became of each."""

    def __init__(self, port: int, people: list[str], holders: dict[str, str], dice: random.Random) -> None:
        self.answers: dict[str, tuple[Kind, int]] = {}
        self.cut: dict[str, Kind] = {}
        self.up = asyncio.Event()
        self._port = port
        self._people = people
        self._holders = holders
        self._dice = dice
        self._tags: dict[str, str] = {}

    @property
    def sent(self) -> int:
        """How many requests were sent, answered or not."""
        return len(self.answers) + len(self.cut)

    async def client(self, number: int, most: int) -> None:
        """Send one after another while the application is up."""
        with closing(Connection(self._port)) as connection:
            await self._requests(connection, number, most)

    async def _requests(self, connection: Connection, number: int, most: int) -> None:
        while self.sent < most:
            await self.up.wait()
            kind = self._dice.choice(KINDS)
            person = self._dice.choice(self._people)
            request = f"r-{number:02d}-{uuid.uuid4().hex}"
            headers = {"authorization": self._holders[kind.by], "x-request-id": request}
            if kind.body:
                headers["content-type"] = "application/json"
            if kind.tag and person in self._tags:
                headers["if-none-match"] = self._tags[person]
            path = kind.path.format(person=person, nobody=uuid.uuid4())
            try:
                status, tag = await connection.send(kind.method.encode(), path, headers, kind.body)
            except ConnectionRefusedError:
                await asyncio.sleep(0.02)
            except (OSError, EOFError, ValueError, TimeoutError):
                self.cut[request] = kind
            else:
                self.answers[request] = kind, status
                if kind.tag and tag:
                    self._tags[person] = tag


async def ledger_of(url: str) -> dict[str, list[str]]:
    """The kinds of entries in the access ledger by the request that left them, checked as a log."""
    async with await psycopg.AsyncConnection.connect(url) as connection:
        events = await (
            await connection.execute("SELECT position, entry FROM event WHERE log_id < 0 ORDER BY position")
        ).fetchall()
        peaks: dict[int, bytes] = dict(
            await (await connection.execute("SELECT position, peaks FROM batch WHERE log_id < 0")).fetchall()
        )
    tree = Tree()
    found: dict[str, list[str]] = {}
    for position, entry in events:
        assert position == tree.size + 1, f"a gap before {position}"
        tree.append(entry)
        if position in peaks:
            assert peaks.pop(position) == tree.peaks, f"other peaks at {position}"
        said = msgspec.json.decode(entry)
        found.setdefault(said["fields"]["request"], []).append(said["type"])
    assert not peaks, "a batch without its entries"
    return found


def compare(load: Load, before: set[str], entries: dict[str, list[str]], report: Report) -> None:
    """Each answer against the ledger. Raises AssertionError."""
    strangers = set(entries) - before - set(load.answers) - set(load.cut)
    assert not strangers, f"entries of requests that nobody sent: {sorted(strangers)[:5]}"
    for request, (kind, status) in load.answers.items():
        expected = kind.entries.get(status)
        assert status < 500 or status == 503, f"{kind.method} {kind.path} answered {status}"
        left = entries.get(request, [])
        assert left == ([] if expected is None else [expected]), f"{kind.method} {kind.path} {status} left {left}"
        report.carried += expected is not None and expected != "access-denied"
        report.denied += expected == "access-denied"
        report.carried_nothing += expected is None
    report.answered = len(load.answers)
    report.cut = len(load.cut)
    report.entries = sum(len(left) for request, left in entries.items() if request not in before)
    report.entries_of_cut = sum(len(entries.get(request, ())) for request in load.cut)
    assert all(len(entries.get(request, ())) <= 1 for request in load.cut)
    assert report.entries == report.carried + report.denied + report.entries_of_cut
    report.statuses = {
        str(status): count for status, count in sorted(Counter(status for _, status in load.answers.values()).items())
    }


async def crash(home: Path, requests: int, kills: int, dice: random.Random) -> Report:
    """So many requests, so many kills at random among them."""
    began = time.monotonic()
    report = Report(requests=requests)
    server = EmbeddedPostgres(home)
    await asyncio.to_thread(server.enter)
    application = Application(server.app_url, home, free_port())
    try:
        await migrate(server.owner_url)
        people, holders = await _seeded(server.app_url, home)
        before = set(await ledger_of(server.app_url))
        load = Load(application.port, people, holders, dice)
        await application.start()
        load.up.set()
        clients = [asyncio.create_task(load.client(number, requests)) for number in range(CLIENTS)]
        for at in sorted(dice.sample(range(requests // 20, requests), kills)):
            while load.sent < at and not all(one.done() for one in clients):  # noqa: ASYNC110 - a count, not an event
                await asyncio.sleep(0.005)
            load.up.clear()
            await application.kill()
            report.kills += 1
            await application.start()
            load.up.set()
        await asyncio.gather(*clients)
        await application.kill()
        compare(load, before, await ledger_of(server.app_url), report)
    finally:
        await application.kill()
        await asyncio.to_thread(server.leave)
    report.requests = load.sent
    report.seconds = round(time.monotonic() - began, 1)
    return report


def free_port() -> int:
    """One that nobody listens on."""
    with socket.socket() as free:
        free.bind((HOST, 0))
        return int(free.getsockname()[1])


async def _seeded(url: str, home: Path) -> tuple[list[str], dict[str, str]]:
    """People whom the requests are about, and those who ask, by name."""
    async with served(url, home) as made:
        await made.agencies(("hub", "partnership"), ("housing", "housing-options"), ("police", "police"))
        people = [(await journey(made))["person"]]
        hub = await made.caller("hub-coordinator", "hub", worker="coordinator")
        for _ in range(PEOPLE - 1):
            entry = {"identity": "unknown", "provisional": "no-name-given", "nickname": "Mac"}
            people.append((await hub.post("/v1/people", entry)).json()["person"])
        callers = {
            "hub": hub,
            "police": await made.caller("constable", "police"),
            "administrator": await made.caller("administrator", "hub"),
            "officer": await made.caller("data-protection-officer", "hub", worker="officer"),
        }
        last = await hub.get(f"/v1/people/{people[-1]}/safety")
        while last.status_code != 200:
            await asyncio.sleep(0.1)
            last = await hub.get(f"/v1/people/{people[-1]}/safety")
        return people, {name: caller.authorization for name, caller in callers.items()}


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--requests", type=int, default=20_000)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--seed", type=int, default=None)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="hub-ledger-", ignore_cleanup_errors=True) as folder:
        home = Path(folder)
        home.chmod(0o711)  # as root, the server runs as somebody else
        dice = random.Random(chosen.seed)  # noqa: S311 - no secret
        report = asyncio.run(crash(home, chosen.requests, chosen.kills, dice))
    sys.stdout.write(msgspec.json.encode(report).decode() + "\n")


if __name__ == "__main__":
    main()
