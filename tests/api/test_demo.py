"""The demo as a newcomer meets it: one command, a curl line that works, and all as it was left when it starts again."""

import json
import shlex
import signal
import socket
import subprocess
import sys
import threading
import urllib.request
from contextlib import closing
from pathlib import Path
from typing import Any, Final

import pytest

from adapters.postgres import watchdog

ROOT: Final = Path(__file__).parents[2]
SECONDS: Final = 120


def _free_port() -> str:
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        return str(taken.getsockname()[1])


def _referrals(shown: dict[str, Any]) -> list[str]:
    return sorted(one["shown"]["row"]["referral"] for one in shown["items"])


class Demo:
    """A demo that was started and is ready."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self._process = subprocess.Popen(
            [sys.executable, "-m", "api.cli", "demo", "--port", _free_port()],
            env={"PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT), "HUB_HOME": str(home)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdout is not None
        self.steps: list[str] = []
        self.ready: dict[str, Any] = {}
        limit = threading.Timer(SECONDS, self._process.kill)
        limit.start()
        try:
            for line in self._process.stdout:
                record = json.loads(line)
                if "ready" in record:
                    self.ready = record
                    return
                self.steps.append(record.get("step", ""))
        finally:
            limit.cancel()
        pytest.fail(f"the demo was never ready: {self._process.communicate()[1]}")

    def get(self, path: str, worker: str, partnership: str = "peterborough") -> dict[str, Any]:
        """What a worker is shown."""
        token = next(
            one["token"] for one in self.ready["tokens"] if (one["worker"], one["partnership"]) == (worker, partnership)
        )
        request = urllib.request.Request(self.ready["ready"] + path, headers={"Authorization": f"Bearer {token}"})
        with urllib.request.urlopen(request, timeout=20) as answer:
            shown: dict[str, Any] = json.load(answer)
            return shown

    def stop(self) -> None:
        """Ctrl-C."""
        self._process.send_signal(signal.SIGINT)
        _, logged = self._process.communicate(timeout=SECONDS)
        assert self._process.returncode == 0
        assert "Synthetic" not in logged, "a name is in the log"
        assert watchdog.comes_free(str(self._home / "postgres" / "data"), 10), "something is left running"


def _verifies(demo: Demo) -> None:
    """The command that the demo ends with, as its reader runs it: against the checkpoint of the first demo."""
    command = shlex.split(demo.ready["verify"])
    done = subprocess.run([sys.executable, "-I", "-S", *command[1:]], capture_output=True, text=True, check=False)
    assert done.stdout.endswith("HOLDS\n"), done.stdout + done.stderr
    assert "cosigned by council" in done.stdout


def test_the_demo_shows_the_published_cases_and_keeps_them(open_home: Path) -> None:
    first = Demo(open_home)
    words = shlex.split(first.ready["curl"])
    assert words[:2] == ["curl", "-H"]
    assert words[-1].startswith(first.ready["ready"])
    inbox = first.get("/v1/referrals/incoming?box=ended", "treatment-worker")
    waiting = _referrals(first.get("/v1/referrals/incoming", "nurse", "city-of-london"))
    assert waiting, "the cases are over, and yet something waits"
    assert {item["who"]["family_name"].startswith("Synthetic") for item in inbox["items"]} == {True}
    report = first.get("/v1/reports/luscombe", "coordinator", "fenland")
    assert (report["people_invited"], report["people_with_positive_result"]) == (40, 34)
    _verifies(first)
    first.stop()
    second = Demo(open_home)
    assert "published cases: loaded before" in second.steps
    assert "present-day life: lived before" in second.steps
    assert _referrals(second.get("/v1/referrals/incoming", "nurse", "city-of-london")) == waiting
    assert second.get("/v1/reports/luscombe", "coordinator", "fenland") == report
    _verifies(second)
    second.stop()
