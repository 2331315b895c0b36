"""Runs a process of the hub that is killed at its n-th durable step: `python -m tests.mortal api.cli serve`.

A step is a flush, a new name, a statement that changes the store of the keys, or one that changes the database: just
before it, and once more when it was sent and nothing was heard of it. Steps are counted from when there is a file
`dies` in HUB_HOME, which says of which process and at which step (`Death`). Whoever dies takes the file away, and
everybody with it whom the same server started: as when the machine's power goes, but for what the disk still holds.
"""

import asyncio
import itertools
import os
import random
import re
import runpy
import signal
import sqlite3
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import asyncpg
import msgspec

AGAIN_SECONDS: Final = 0.1
"""What comes round every minute, or is tried again after five, does so at once."""
SENT_SECONDS: Final = 0.003
CHANGES: Final = re.compile(r"\b(INSERT|UPDATE|DELETE|COMMIT|COPY|record_batch|hub_\w+)\b(?! SKIP)", re.IGNORECASE)
CHANGES_KEYS: Final = re.compile(r"\s*(INSERT|UPDATE|DELETE|COMMIT|PRAGMA wal_checkpoint)", re.IGNORECASE)


class Death(msgspec.Struct, frozen=True):
    """Which of the processes dies, by its module, and at which step."""

    process: str
    step: int


def order(home: Path, death: Death) -> None:
    """From now on it counts."""
    draft = home / "dies.draft"
    draft.write_bytes(msgspec.json.encode(death))
    draft.rename(home / "dies")


class Mortal:
    """Counts the steps of this process."""

    def __init__(self, process: str, home: Path) -> None:
        self._process = process
        self._order = home / "dies"
        self._steps = itertools.count(1)
        self._step: int | None = None

    def step(self) -> None:
        """The next step, or the end."""
        if self._dies():
            self._die()

    async def sent(self, act: Callable[..., Any], *arguments: Any, **named: Any) -> Any:  # noqa: ANN401 - whatever it is
        """A statement goes its way, and this process may not live to hear of it."""
        self.step()
        if self._dies():
            sending = asyncio.ensure_future(act(*arguments, **named))
            await asyncio.sleep(random.uniform(0, SENT_SECONDS))  # noqa: S311 - no secret
            self._die()
            await sending
        return await act(*arguments, **named)

    def _dies(self) -> bool:
        if self._step is None:
            try:
                death = msgspec.json.decode(self._order.read_bytes(), type=Death)
            except FileNotFoundError:
                return False
            self._step = death.step if death.process == self._process else 0
        return self._step != 0 and next(self._steps) == self._step

    def _die(self) -> None:
        os.unlink(self._order)  # noqa: PTH108 - Path.unlink is a step
        os.killpg(0, signal.SIGKILL)

    def watch(self) -> None:
        """Every durable step of this process is counted from now on."""
        os.fsync = self._stepping(os.fsync)
        for name in ("replace", "rename", "hardlink_to", "unlink"):
            setattr(Path, name, self._stepping(getattr(Path, name)))
        connect: Callable[..., sqlite3.Connection] = sqlite3.connect

        def connecting(*arguments: Any, **named: Any) -> sqlite3.Connection:  # noqa: ANN401 - sqlite3's own
            connection = connect(*arguments, **named)
            connection.set_trace_callback(lambda said: self.step() if CHANGES_KEYS.match(said) else None)
            return connection

        sqlite3.connect = connecting  # type: ignore[assignment]
        for name in ("execute", "_do_execute", "_copy_in"):
            setattr(asyncpg.Connection, name, self._sending(getattr(asyncpg.Connection, name), name))

    def _stepping(self, act: Callable[..., Any]) -> Callable[..., Any]:
        def stepping(*arguments: Any, **named: Any) -> Any:  # noqa: ANN401 - whatever it is
            self.step()
            return act(*arguments, **named)

        return stepping

    def _sending(self, act: Callable[..., Any], name: str) -> Callable[..., Any]:
        async def sending(connection: Any, query: str, *rest: Any, **named: Any) -> Any:  # noqa: ANN401 - asyncpg's own
            """With arguments, `execute` comes through `_do_execute` too."""
            if (name == "execute" and rest) or not CHANGES.search(query):
                return await act(connection, query, *rest, **named)
            return await self.sent(act, connection, query, *rest, **named)

        return sending


def main(module: str, *arguments: str) -> None:
    """Be the process, and have those that it starts be mortal, too."""
    from api import following_up, key_epochs, projecting  # noqa: PLC0415 - what follows changes what they import

    Mortal(module, Path(os.environ["HUB_HOME"])).watch()
    projecting.Apart.__init__.__defaults__ = ((sys.executable, "-m", "tests.mortal", "api.projecting"),)
    following_up.following_up.__wrapped__.__defaults__ = (AGAIN_SECONDS,)  # type: ignore[attr-defined]
    key_epochs.RETRY_SECONDS = AGAIN_SECONDS  # type: ignore[misc]
    sys.argv = [module, *arguments]
    runpy.run_module(module, run_name="__main__")


if __name__ == "__main__":
    main(*sys.argv[1:])
