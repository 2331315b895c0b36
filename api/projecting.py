"""Projections, signer and the epoch of the keys in a process of their own, beside those that answer.

There is one, however many of those there are. The process that serves starts it, starts it again where it died, and
ends it. What it needs to know comes by its standard input, which stays open for as long as the serving process lives:
the end of it, however that came, is the end of the projections too.
"""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self

import msgspec

from api.key_epochs import keep_moving
from api.settings import Settings

if TYPE_CHECKING:
    from types import TracebackType

COMMAND: Final = (sys.executable, "-m", "api.projecting")
PAUSES_SECONDS: Final = (0.2, 1.0, 5.0, 15.0)
"""How long it stays away when it has died once, twice and so on in a row."""
STEADY_SECONDS: Final = 60.0
"""What ran as long did not die in a row."""
STOP_SECONDS: Final = 10.0


class Apart:
    """Projections run for as long as this context is open."""

    def __init__(self, given: Settings, command: tuple[str, ...] = COMMAND) -> None:
        self._order = msgspec.json.encode(given, enc_hook=str) + b"\n"
        self._command = command
        self._ending = threading.Event()
        self._alone = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._watching = threading.Thread(target=self._watch, name="projections", daemon=True)

    def __enter__(self) -> Self:
        """Start, and watch."""
        self._watching.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """End in good order: the lease is given back, so that nobody has to wait for it to run out."""
        with self._alone:
            self._ending.set()
            if self._process is not None and self._process.stdin is not None:
                self._process.stdin.close()
        self._watching.join(STOP_SECONDS)
        if self._watching.is_alive() and self._process is not None:
            self._process.kill()

    @property
    def pid(self) -> int | None:
        """The process that projects at present."""
        return None if self._process is None else self._process.pid

    def _watch(self) -> None:
        died = 0
        while not self._ending.is_set():
            began = time.monotonic()
            status = self._run()
            if self._ending.is_set():
                return
            died = 0 if time.monotonic() - began > STEADY_SECONDS else died
            pause = PAUSES_SECONDS[min(died, len(PAUSES_SECONDS) - 1)]
            died += 1
            from api.logging import logger  # noqa: PLC0415 - heavy

            logger().error("projections-ended", status=status, again_in_seconds=pause)
            self._ending.wait(pause)

    def _run(self) -> int:
        with self._alone:
            if self._ending.is_set():
                return 0
            process = self._process = subprocess.Popen(self._command, bufsize=0, stdin=subprocess.PIPE)  # noqa: S603 - ours
            assert process.stdin is not None
            with suppress(BrokenPipeError):  # it died at once, which is seen below
                process.stdin.write(self._order)
        status = process.wait()
        process.stdin.close()
        return status


async def project(given: Settings) -> None:
    """Project and sign until standard input ends, or somebody asks this process to stop."""
    from api import wiring  # noqa: PLC0415 - heavy

    task = asyncio.current_task()
    assert task is not None
    loop = asyncio.get_running_loop()

    def end() -> None:
        """Once: what is cancelled gives its lease back, and is not to be cancelled over that."""
        loop.remove_reader(sys.stdin.fileno())
        loop.add_signal_handler(signal.SIGTERM, lambda: None)
        task.cancel()

    loop.add_signal_handler(signal.SIGTERM, end)
    loop.add_reader(sys.stdin.fileno(), end)
    async with wiring.projector(given) as projector:
        beside = [asyncio.ensure_future(one) for one in (_keep_signing(given), keep_moving(given))]
        try:
            await projector.run()
        finally:
            for one in beside:
                one.cancel()
            await asyncio.gather(*beside, return_exceptions=True)


async def _keep_signing(given: Settings) -> None:
    """Sign; where that fails, the projections go on, and it is tried again."""
    from api import wiring  # noqa: PLC0415 - heavy
    from api.logging import logger  # noqa: PLC0415 - heavy

    while True:
        try:
            async with wiring.signer(given) as signer:
                await signer.run()
        except Exception as error:  # noqa: BLE001 - whatever it is, views are not to stand still for it
            logger().error("signer-ended", error=repr(error), again_in_seconds=PAUSES_SECONDS[-1])
        await asyncio.sleep(PAUSES_SECONDS[-1])


def main() -> None:
    """Be the process. A Ctrl-C is for the one that serves."""
    import uvloop  # noqa: PLC0415 - heavy

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    given = msgspec.json.decode(_line(sys.stdin.fileno()), type=Settings, dec_hook=_read)
    with suppress(asyncio.CancelledError):
        uvloop.run(project(given))


def _line(descriptor: int) -> bytes:
    """What is written up to the end of a line, and nothing of what may follow."""
    read = b""
    while not read.endswith(b"\n"):
        more = os.read(descriptor, 1)
        if not more:
            sys.exit(0)
        read += more
    return read


def _read(kind: type, value: Any) -> Any:  # noqa: ANN401 - msgspec's signature
    return Path(value) if kind is Path else value


if __name__ == "__main__":
    main()
