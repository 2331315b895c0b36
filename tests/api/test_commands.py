"""The commands: what they say to whom, how they end, and that a demo leaves nothing running."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest

from adapters.postgres import watchdog

if TYPE_CHECKING:
    from tests.conftest import Database

ROOT: Final = Path(__file__).parents[2]
SECONDS: Final = 60

STAND_INS: Final = """
import asyncio, os, sys, types
from types import SimpleNamespace

async def load(given, progress):
    progress("loading")
    while not os.path.exists(os.environ.get("LOADED_WHEN_THERE_IS", "/")):
        await asyncio.sleep(0.01)
    return SimpleNamespace(token="a-token", path="/v1/hub", words="all cases", tokens=())

async def application(scope, receive, send):
    if scope["type"] == "lifespan":
        while True:
            kind = (await receive())["type"]
            await send({"type": f"{kind}.complete"})
            if kind == "lifespan.shutdown":
                return
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"here"})

import api.cli.demo
api.cli.demo.load_cases = load
sys.modules["api.app"] = types.SimpleNamespace(create_app=lambda given=None: application)
from api.cli import main
main(prog_name="hub")
"""
"""The commands with a small application and small cases, for what is theirs alone: order, signals, locks."""


class Running:
    """A command that was started."""

    def __init__(self, *arguments: str, **environment: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", STAND_INS, *arguments],
            env={"PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1", **environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def until(self, key: str, value: str = "") -> dict[str, Any]:
        """Read what it says up to a line with a key, and a value that begins so."""
        assert self.process.stdout is not None
        limit = threading.Timer(SECONDS, self.process.kill)
        limit.start()
        try:
            for line in self.process.stdout:
                record: dict[str, Any] = json.loads(line)
                if key in record and str(record[key]).startswith(value):
                    return record
        finally:
            limit.cancel()
        pytest.fail(f"never said {key!r}: {self.process.communicate()[1]}")

    def end(self) -> tuple[int, list[dict[str, Any]], str]:
        """Wait for its end: its status, its records and its complaint."""
        said, complained = self.process.communicate(timeout=SECONDS)
        return self.process.returncode, [json.loads(line) for line in said.splitlines()], complained


def run(*arguments: str, **environment: str) -> tuple[int, list[dict[str, Any]], str]:
    return Running(*arguments, **environment).end()


@pytest.fixture
def port() -> str:
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        return str(taken.getsockname()[1])


def nothing_runs(home: Path) -> bool:
    return watchdog.comes_free(str(home / "postgres" / "data"), 10)


def get(url: str) -> bytes:
    with urllib.request.urlopen(url, timeout=10) as answer:
        content: bytes = answer.read()
        return content


def test_a_demo_tells_its_steps_serves_and_leaves_nothing_running(open_home: Path, port: str) -> None:
    demo = Running("demo", "--port", port, HUB_HOME=str(open_home))
    demo.until("step", "migrations: ")
    ready = demo.until("ready")
    assert ready["ready"] == f"http://127.0.0.1:{port}"
    assert ready["curl"] == f"curl -H 'Authorization: Bearer a-token' http://127.0.0.1:{port}/v1/hub"
    assert get(ready["ready"]) == b"here"
    demo.process.send_signal(signal.SIGINT)
    status, records, complained = demo.end()
    assert (status, records[-1], complained) == (0, {"stopped": True}, "")
    assert watchdog.free(str(open_home / "postgres" / "data"))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_demo_that_is_told_to_stop_while_it_loads_stops(open_home: Path, port: str, number: signal.Signals) -> None:
    demo = Running("demo", "--port", port, HUB_HOME=str(open_home), LOADED_WHEN_THERE_IS="/nothing")
    demo.until("step", "loading")
    demo.process.send_signal(number)
    assert demo.end()[0] == 0
    assert watchdog.free(str(open_home / "postgres" / "data"))


def test_two_demos_share_the_server_but_not_the_port_and_one_in_use_is_not_reset(open_home: Path, port: str) -> None:
    home = str(open_home)
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        other = str(taken.getsockname()[1])
    loaded = open_home / "loaded"
    first = Running("demo", "--port", port, HUB_HOME=home, LOADED_WHEN_THERE_IS=str(loaded))
    first.until("step", "loading")
    second = Running("demo", "--port", other, HUB_HOME=home)
    second.until("step", "another demo is loading")
    status, _, complained = run("demo", "--port", port, HUB_HOME=home)
    assert status == 1
    assert complained.startswith(f"hub: cannot serve on 127.0.0.1, port {port} (Address already in use)")
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        third = str(taken.getsockname()[1])
    status, _, complained = run("demo", "--port", third, "--reset", HUB_HOME=home)
    assert (status, complained.count("stop it first")) == (1, 1)
    loaded.touch()
    url = second.until("ready")["ready"]
    first.process.send_signal(signal.SIGINT)
    assert first.end()[0] == 0
    assert get(url) == b"here"
    assert not watchdog.free(str(open_home / "postgres" / "data"))
    second.process.kill()
    second.end()
    assert nothing_runs(open_home)


def test_a_reset_removes_the_demo_and_nothing_else(open_home: Path, port: str) -> None:
    kept = open_home / "letters.txt"
    kept.touch()
    key = open_home / "keys.sqlite"
    key.write_bytes(b"of before")
    demo = Running("demo", "--port", port, "--reset", HUB_HOME=str(open_home))
    demo.until("ready")
    demo.process.send_signal(signal.SIGTERM)
    demo.end()
    assert kept.exists()
    assert not key.exists() or key.read_bytes() != b"of before"


def test_migrate_and_doctor_agree_on_the_home(open_home: Path) -> None:
    home = str(open_home)
    status, records, _ = run("doctor", HUB_HOME=home)
    assert status == 0
    assert records[-1]["detail"].startswith("none yet")
    status, records, _ = run("migrate", HUB_HOME=home)
    assert status == 0
    assert records[-1]["migrations_applied"] == len(list((ROOT / "migrations").glob("*.sql")))
    assert run("migrate", "--json", HUB_HOME=home)[1][-1] == {"migrations_applied": 0}
    status, records, _ = run("doctor", "--json", HUB_HOME=home)
    assert status == 0
    found = {record["check"]: record for record in records}
    assert found["migrations"] == {"check": "migrations", "state": "ok", "detail": "all applied"}
    assert found["database"]["detail"] == "PostgreSQL 18 as hub_app"


def test_doctor_fails_an_application_that_passes_row_level_security(database: Database) -> None:
    status, records, _ = run("doctor", HUB_DATABASE_URL=database.owner_url)
    assert status == 1
    failed = [record for record in records if record["state"] == "failed"]
    assert [record["check"] for record in failed] == ["HUB_DATABASE_URL"]
    assert "row-level security is void" in failed[0]["detail"]


def test_serve_starts_only_with_the_right_role_and_schema(
    database: Database, empty_database: Database, port: str
) -> None:
    def refusal(**environment: str) -> str:
        status, _, complained = run("serve", "--port", port, **environment)
        assert status == 1
        return complained

    assert "HUB_DATABASE_URL is not set" in refusal()
    assert "use the role hub_app" in refusal(HUB_DATABASE_URL=database.owner_url)
    assert "run hub migrate first" in refusal(HUB_DATABASE_URL=empty_database.app_url)
    with closing(socket.create_server(("127.0.0.1", int(port)))):
        assert "Address already in use" in refusal(HUB_DATABASE_URL=database.app_url)


@pytest.mark.parametrize("away", [False, True])
def test_serve_serves_and_stops_in_good_order(database: Database, port: str, *, away: bool) -> None:
    """Also while the database is away: it may come later."""
    url = "postgresql://hub_app@127.0.0.1:1/hub" if away else database.app_url
    serving = Running("serve", "--port", port, HUB_DATABASE_URL=url)
    where = serving.until("serving")["serving"]
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline:
        try:
            assert get(where) == b"here"
            break
        except OSError:
            time.sleep(0.05)
    serving.process.send_signal(signal.SIGTERM)
    serving.process.communicate(timeout=SECONDS)
    assert serving.process.returncode in {0, -signal.SIGTERM}


@pytest.mark.parametrize(
    ("arguments", "environment", "status", "complaint"),
    [
        (["walk"], {}, 2, "hub: No such command 'walk'; see hub --help\n"),
        (["demo", "--port", "0"], {}, 2, "--port"),
        (["doctor"], {"HUB_PORT": "http"}, 2, "hub: HUB_PORT is not a port: a number from 1 to 65535\n"),
        (["migrate"], {"HUB_DATABASE_URL": "postgresql://hub_app@/hub"}, 1, "HUB_OWNER_DATABASE_URL is not"),
        (["migrate"], {"HUB_OWNER_DATABASE_URL": "postgresql://o@127.0.0.1:1/hub"}, 1, "Connect call failed"),
        (["migrate"], {"HUB_PG_BIN": "/nowhere", "HUB_HOME": "/var/tmp/hub-none"}, 1, "HUB_PG_BIN=/nowhere holds no"),  # noqa: S108
        (["migrate"], {"HUB_HOME": "/proc/hub"}, 1, "set HUB_HOME"),
    ],
)
def test_what_goes_wrong_is_one_line_and_a_status(
    arguments: list[str], environment: dict[str, str], status: int, complaint: str
) -> None:
    found, _, complained = run(*arguments, **environment)
    assert (found, complained.count("\n")) == (status, 1), complained
    assert complaint in complained


def test_help_names_every_command() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "api.cli", "--help"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "COLUMNS": "120"},
    )
    for name in ("demo", "doctor", "migrate", "serve", "test"):
        assert f" {name} " in done.stdout
