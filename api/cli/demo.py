"""`hub demo`: a whole hub on this machine, with the published cases in it, until Ctrl-C."""

from __future__ import annotations

import asyncio
import fcntl
import importlib
import os
import shlex
import signal
import sys
from contextlib import AsyncExitStack, asynccontextmanager, nullcontext, suppress
from typing import TYPE_CHECKING, Any, Final, Protocol

import msgspec
import rich_click as click

from api import settings
from api.console import Console, console, fail

if TYPE_CHECKING:
    import socket
    from collections.abc import AsyncIterator, Callable, Sequence
    from pathlib import Path

    import uvicorn

    from api.demo import DemoToken
    from api.settings import Settings

PAUSE_SECONDS: Final = 0.02


class Loaded(Protocol):
    """What the loading of the cases has to tell.

    Attributes:
        token: opens the API as one of the demo's workers.
        path: an address of the API worth a first look, beginning with a slash.
        words: what was loaded, in a few words.
        tokens: one for a worker of each agency.
    """

    @property
    def token(self) -> str: ...
    @property
    def path(self) -> str: ...
    @property
    def words(self) -> str: ...
    @property
    def tokens(self) -> Sequence[DemoToken]: ...


@click.command()
@click.option("--port", type=click.IntRange(1, settings.PORT_MAX), help="The port to serve on; HUB_PORT, else 8000.")
@click.option("--reset", is_flag=True, help="Remove what earlier demos wrote, and begin anew.")
def command(*, port: int | None, reset: bool) -> None:
    """Make a database, load the published cases and serve the site and the API, all under HUB_HOME (.hub)."""
    import uvloop  # noqa: PLC0415 - heavy

    from api import wiring  # noqa: PLC0415 - heavy

    out = console()
    given = settings.read()
    if given.database_url is not None or given.owner_database_url is not None:
        out.step("the demo has a database of its own: it leaves the one of HUB_DATABASE_URL alone")
    given = msgspec.structs.replace(
        given,
        database_url=None,
        owner_database_url=None,
        demo=True,
        port=given.port if port is None else port,
    )
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        try:
            runner.run(Demo(given, out).run(reset=reset))
        except asyncio.CancelledError:
            pass
        except wiring.MigrationError as error:
            fail(f"{error}. The demo's database is of another version: hub demo --reset begins anew")
        except (wiring.ServerUnavailableError, wiring.DatabaseUnreachableError) as error:
            fail(str(error))
    out.tell({"stopped": True}, f"✓ stopped; the data stay in {given.home}")


class Demo:
    """One run, from the first step to the last signal."""

    def __init__(self, given: Settings, out: Console) -> None:
        """Take note; nothing happens before `run`."""
        self.given = given
        self.out = out
        self.server: uvicorn.Server | None = None
        self.task: asyncio.Task[Any] | None = None

    async def run(self, *, reset: bool) -> None:
        """Take one step after the other, and undo them when told to stop, wherever that comes."""
        from api import wiring  # noqa: PLC0415 - heavy
        from api.demo_proof import proved  # noqa: PLC0415 - heavy
        from api.listening import ADDRESS_TAKEN, listen  # noqa: PLC0415 - heavy

        self.task = asyncio.current_task()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            asyncio.get_running_loop().add_signal_handler(number, self.stop)
        given, out = self.given, self.out
        out.step(f"Python {sys.version.split()[0]}, everything in {given.home}")
        try:
            listener = listen(given.host, given.port)
        except OSError as error:
            fail(ADDRESS_TAKEN.format(host=given.host, port=given.port, reason=error.strerror))
        with listener:
            database = wiring.embedded(given, out.step)
            if reset:
                await self.reset(database)
            async with database, AsyncExitStack() as proving:
                out.step(f"PostgreSQL answers on {database.sockets}")
                given = msgspec.structs.replace(
                    given,
                    database_url=database.app_url,
                    owner_database_url=database.owner_url,
                    demo=True,
                )
                async with alone(given.home / "demo.lock", out.step):
                    names = await wiring.migrate(database.owner_url)
                    out.step(f"migrations: {len(names)} applied" if names else "migrations: all applied before")
                    loaded = await load_cases(given, out.step)
                    out.step(loaded.words)
                    given, verify = await proving.enter_async_context(proved(given, out.step))
                await self.serve(given, loaded, listener, verify)

    async def reset(self, database: Any) -> None:  # noqa: ANN401 - the wiring's own, and heavy to import
        """Remove the database, the keys and the proofs; nothing else that may lie in the home."""
        from api.demo_proof import forget  # noqa: PLC0415 - heavy

        self.out.step(f"removing what earlier demos wrote in {self.given.home}")
        await asyncio.to_thread(database.destroy)
        await asyncio.to_thread(forget, self.given.home)
        assert self.given.destroyed_keys is not None
        files = [self.given.keys, self.given.kek, self.given.destroyed_keys]
        for file in files if self.given.kek_copy is None else [*files, self.given.kek_copy]:
            for name in (file.name, f"{file.name}-wal", f"{file.name}-shm"):
                file.with_name(name).unlink(missing_ok=True)

    async def serve(self, given: Settings, loaded: Loaded, listener: socket.socket, verify: str) -> None:
        """Serve until told to stop."""
        import uvicorn  # noqa: PLC0415 - heavy

        from api.app import create_app  # noqa: PLC0415 - heavy
        from api.listening import SERVER_OPTIONS  # noqa: PLC0415 - heavy
        from api.projecting import Apart  # noqa: PLC0415 - heavy

        server = uvicorn.Server(uvicorn.Config(create_app(given), **SERVER_OPTIONS))
        # The signals are ours: they stop the whole demo and not the serving alone
        server.capture_signals = nullcontext  # type: ignore[method-assign, assignment]
        with Apart(given):
            await self.answer(given, loaded, listener, server, verify)

    async def answer(
        self, given: Settings, loaded: Loaded, listener: socket.socket, server: uvicorn.Server, verify: str
    ) -> None:
        """Answer until told to stop."""
        from api.listening import url_of  # noqa: PLC0415 - heavy

        serving = asyncio.ensure_future(server.serve([listener]))
        self.server = server
        while not server.started and not serving.done():  # noqa: ASYNC110 - the server has a flag and no event
            await asyncio.sleep(PAUSE_SECONDS)
        if server.started:
            url = url_of(given.host, given.port)
            curl = f"curl -H {shlex.quote(f'Authorization: Bearer {loaded.token}')} {shlex.quote(url + loaded.path)}"
            self.out.tell(
                {
                    "ready": url,
                    "docs": f"{url}/docs",
                    "token": loaded.token,
                    "curl": curl,
                    "tokens": loaded.tokens,
                    "verify": verify,
                },
                f"✓ ready: open {url} in a browser, and choose who to be\n\n"
                f"  The API is described at {url}/docs, and answers too:\n\n  {curl}\n\n"
                + "".join(f"  {one.partnership:15} {one.worker:17} {one.token}\n" for one in loaded.tokens)
                + "\n  These tokens open the demo for a week, each as one worker. Ctrl-C stops it"
                + (
                    f"\n\n  Was it changed? Verify it yourself, with no trust in this server:\n\n  {verify}"
                    if verify
                    else ""
                ),
            )
        await serving
        if not server.started:
            fail("the API did not start; see above")

    def stop(self) -> None:
        """End the serving in good order, or else whatever is being done."""
        if self.server is not None:
            self.server.force_exit = self.server.should_exit
            self.server.should_exit = True
        elif self.task is not None:
            self.task.cancel()


@asynccontextmanager
async def alone(path: Path, progress: Callable[[str], None]) -> AsyncIterator[None]:
    """Hold a lock: of two demos that begin at once on one home, one loads and the other finds all in place."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    told = False
    try:
        while True:
            with suppress(BlockingIOError):
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            if not told:
                progress("another demo is loading the cases: waiting for it")
                told = True
            await asyncio.sleep(PAUSE_SECONDS)
        yield
    finally:
        os.close(descriptor)


async def load_cases(given: Settings, progress: Callable[[str], None]) -> Loaded:
    """Load the published cases, unless they are there."""
    from api import wiring  # noqa: PLC0415 - heavy

    async with wiring.opened(given) as opened:
        loaded: Loaded = await importlib.import_module("api.demo").load(opened, progress)
    return loaded
