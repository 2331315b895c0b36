"""The process that owns an embedded PostgreSQL server for as long as anybody uses it.

It runs as a file of its own, detached from any terminal and with the standard library alone, so that it survives the
command that started it: a command killed outright must not leave a server behind for ever.

Four locks (`flock`) say all there is to know, and the kernel drops each with its last holder, however that one died:

- the *door* is held while a server starts or stops;
- *users* is held, shared, by every command that uses the server;
- *guard* is held by the watchdog, so that there is one at most;
- the *data directory* itself is held by the server: every PostgreSQL process inherits it, so that it comes free only
  when the last of them is gone and starting another is safe.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import Any, Final, NoReturn

STOP_SECONDS: Final = 60  # a fast shutdown writes a checkpoint; past this the server quits and recovers at next start
RESTARTS_MAX: Final = 5
RESTARTS_WINDOW_SECONDS: Final = 60
STATUS_LINE: Final = 7  # of postmaster.pid: "starting", "ready", "stopping"


class Watch:
    """One server, its locks, and what it takes to start it again."""

    def __init__(self, order: dict[str, str]) -> None:
        self.data = order["data"]
        self.door = order["door"]
        self.users = order["users"]
        self.sockets = order["sockets"]
        self.command: list[str] = json.loads(order["command"])
        self.uid = int(order["uid"])
        self.gid = int(order["gid"])
        self.server: subprocess.Popen[bytes] | None = None
        self.stopping = False
        self.crashes: list[float] = []

    def start(self, data_lock: int) -> None:
        """Start the server, which takes the lock on its data directory over from us."""
        self.server = subprocess.Popen(  # noqa: S603 - composed by our own supervisor
            self.command,
            stdin=subprocess.DEVNULL,
            cwd=self.data,
            pass_fds=(data_lock,),
            start_new_session=True,
            **step_down(self.uid, self.gid),
        )
        os.close(data_lock)

    def stop_when_unused(self) -> NoReturn:
        """Wait until the last user is gone, then stop the server with the door held, so that nobody enters."""
        try:
            self.wait_for_last_user()
            self.stopping = True
            for number in (signal.SIGINT, signal.SIGQUIT):
                self.tell(number)
                if comes_free(self.data, STOP_SECONDS):
                    break
        except OSError:  # somebody removed the home under it: there is nothing left to write to
            if self.server is not None:
                self.server.send_signal(signal.SIGQUIT)
        self.end()

    def end(self) -> NoReturn:
        """Take the socket's directory away, and end; a held door comes free with the process."""
        if self.sockets:
            shutil.rmtree(self.sockets, ignore_errors=True)
        os._exit(0)

    def wait_for_last_user(self) -> None:
        """Return with the door held and nobody in it."""
        while True:
            os.close(locked(self.users, fcntl.LOCK_EX))  # given back at once: who holds the door may be waiting for it
            door = locked(self.door, fcntl.LOCK_EX)
            if free(self.users):
                return
            os.close(door)

    def tell(self, number: signal.Signals) -> None:
        """Signal the server's first process, unless the server is gone."""
        lines = postmaster_lines(Path(self.data))
        pid = self.server.pid if self.server is not None else int(lines[0]) if lines else None
        if pid is not None and not free(self.data):
            with suppress(ProcessLookupError):
                os.kill(pid, number)

    def outlive(self) -> NoReturn:
        """Wait for the server to end; one that crashed under its users is started again, but not for ever."""
        while True:
            if self.server is None:  # it outlived an earlier watchdog, and is no child of ours
                os.close(locked(self.data, fcntl.LOCK_EX))
            else:
                self.server.wait()
            while self.stopping:
                time.sleep(1)  # the other thread ends the process
            if not self.command or not self.crashed() or self.crashes_too_often():
                self.end()
            door = locked(self.door, fcntl.LOCK_EX)
            data_lock = locked(self.data, fcntl.LOCK_EX)  # had only when the crashed server's last process is gone
            if free(self.users):
                self.end()
            self.start(data_lock)
            os.close(door)

    def crashed(self) -> bool:
        """Whether the server had been serving and was not told to end: an orderly end takes postmaster.pid away."""
        lines = postmaster_lines(Path(self.data))
        return len(lines) > STATUS_LINE and lines[STATUS_LINE].strip() == "ready"

    def crashes_too_often(self) -> bool:
        now = time.monotonic()
        self.crashes = [at for at in self.crashes if at > now - RESTARTS_WINDOW_SECONDS] + [now]
        return len(self.crashes) > RESTARTS_MAX


def step_down(uid: int, gid: int) -> dict[str, Any]:
    """The arguments of `subprocess` for running as another user, where we are root and may."""
    return {"user": uid, "group": gid, "extra_groups": []} if os.geteuid() == 0 else {}


def locked(path: str, kind: int) -> int:
    """Open and lock, waiting as long as it takes; the caller closes."""
    descriptor = os.open(path, os.O_RDONLY)
    fcntl.flock(descriptor, kind)
    return descriptor


def free(path: str) -> bool:
    """Whether nobody holds a lock on a path."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    else:
        return True
    finally:
        os.close(descriptor)


def comes_free(path: str, seconds: float) -> bool:
    """Whether a path's lock came free within so many seconds."""
    deadline = time.monotonic() + seconds
    while not free(path):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.002)
    return True


def postmaster_lines(data: Path) -> list[str]:
    """The lines of postmaster.pid; none where there is no such file."""
    try:
        return (data / "postmaster.pid").read_text().splitlines()
    except OSError:
        return []


def main(order: dict[str, str], data_lock: int | None) -> None:
    """Leave the starting command's family, so that it never has a dead child to bury, and watch."""
    if os.fork():
        os._exit(0)
    watch = Watch(order)
    if data_lock is not None:
        watch.start(data_lock)
    threading.Thread(target=watch.stop_when_unused, daemon=True).start()
    watch.outlive()


if __name__ == "__main__":
    number = int(sys.argv[2])
    main(json.loads(sys.argv[1]), number if number >= 0 else None)
