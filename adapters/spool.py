"""A spool on a disk of this machine: each line durable before anybody is answered, until the ledger takes it.

Lines are JSON, which holds no line break of its own. A line that was cut off by a crash was acknowledged to nobody.
"""

import asyncio
import errno
import fcntl
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

PRIVATE: Final = 0o600


class DiskSpool:
    """Two files: one that is written to, and one that is being brought into the ledger. Processes may share them."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._taken = path.with_name(path.name + ".taken")

    async def keep(self, content: bytes) -> None:
        """Write a line and flush it to the disk. Raises OSError."""
        assert b"\n" not in content
        await asyncio.to_thread(self._keep, content)

    def waiting(self) -> int:
        """How many lines are kept."""
        return sum(len(whole_lines(one)) for one in (self._path, self._taken))

    async def taken(self) -> Sequence[bytes]:
        """All lines, which lie in the second file from now on."""
        return await asyncio.to_thread(self._take)

    async def forget(self, taken: Sequence[bytes]) -> None:
        """Remove the second file, unless it holds something else by now: another process may have been quicker."""
        await asyncio.to_thread(self._forget, taken)

    def _keep(self, content: bytes) -> None:
        with self._locked():
            new = not self._path.exists()
            descriptor = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, PRIVATE)
            try:
                line = b"\n" + content + b"\n"  # what a crash cut off ends before it
                if os.write(descriptor, line) < len(line):
                    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
            if new:
                self._sync_folder()

    def _take(self) -> Sequence[bytes]:
        with self._locked():
            if self._path.exists() and not self._taken.exists():
                self._path.rename(self._taken)
                self._sync_folder()
            return whole_lines(self._taken)

    def _forget(self, taken: Sequence[bytes]) -> None:
        with self._locked():
            if whole_lines(self._taken) == taken:
                self._taken.unlink(missing_ok=True)
                self._sync_folder()

    def _sync_folder(self) -> None:
        descriptor = os.open(self._path.parent, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    @contextmanager
    def _locked(self) -> Iterator[None]:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(self._path.with_name(self._path.name + ".lock"), os.O_RDWR | os.O_CREAT, PRIVATE)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)


def whole_lines(path: Path) -> list[bytes]:
    """The whole lines of a file; none where there is no file."""
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return []
    return [one for one in content.split(b"\n") if one.startswith(b"{") and one.endswith(b"}")]


class MemorySpool:
    """A spool that forgets with its process: for tests."""

    def __init__(self) -> None:
        self._kept: list[bytes] = []
        self._given: list[bytes] = []

    async def keep(self, content: bytes) -> None:
        """Keep it."""
        self._kept.append(content)

    def waiting(self) -> int:
        """How much is kept."""
        return len(self._kept) + len(self._given)

    async def taken(self) -> Sequence[bytes]:
        """All of it."""
        if not self._given:
            self._given, self._kept = self._kept, []
        return self._given

    async def forget(self, taken: Sequence[bytes]) -> None:  # noqa: ARG002 - the port's
        """What was taken."""
        self._given = []
