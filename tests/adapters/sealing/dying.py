"""Moves an epoch, and is killed at its first step, at its second, and so on, each time in a store of its own.

`python -m tests.adapters.sealing.dying FOLDER`: FOLDER/0 holds a store; copies of it are left in FOLDER/1, FOLDER/2 …
as each kill left them, and the last as it is when nothing killed it. A step is a flush, a new name, or a transaction.
"""

import asyncio
import itertools
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from adapters.sealing.sqlite_keys import SqliteKeys

KILLED = 9


def main(folder: Path) -> None:
    """One child for each step."""
    for step in itertools.count(1):
        here = folder / str(step)
        shutil.copytree(folder / "0", here)
        child = os.fork()
        if child == 0:
            _kill_at(itertools.count(1), step)
            store = SqliteKeys(here / "keys.sqlite", here / "kek", kek_copy=here / "copy" / "kek")
            asyncio.run(store.move_epoch())
            os._exit(0)
        if os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0:
            return


def _kill_at(count: Iterator[int], step: int) -> None:
    def dying(act: Callable[..., Any]) -> Callable[..., Any]:
        def acting(*arguments: Any, **named: Any) -> Any:  # noqa: ANN401 - whatever it is
            if next(count) == step:
                os._exit(KILLED)
            return act(*arguments, **named)

        return acting

    os.fsync, os.pwrite = dying(os.fsync), dying(os.pwrite)
    for name in ("replace", "hardlink_to", "unlink"):
        setattr(Path, name, dying(getattr(Path, name)))
    for name in ("_begin_epoch", "_rewrap", "_end_epoch", "_empty_write_ahead"):
        setattr(SqliteKeys, name, dying(getattr(SqliteKeys, name)))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
