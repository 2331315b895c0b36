"""The whole application on a port of its own, beside the test in its own process and loop."""

import asyncio
import io
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from typing import Any, Final

import httpx
import uvicorn

from api import wiring
from api.app import application
from api.demo import DemoToken
from api.hub import Hub
from api.listening import SERVER_OPTIONS, listen, url_of
from api.logging import logger
from tests.api.world import SetClock, World

HOST: Final = "127.0.0.1"
PAUSE_SECONDS: Final = 0.01


class Site(World):
    """A world that a browser can open. `tokens` are those of the demo's workers, where it is loaded."""

    tokens: Sequence[DemoToken] = ()

    def __init__(self, url: str, client: httpx.AsyncClient, hub: Hub, clock: SetClock, lines: io.BytesIO) -> None:
        super().__init__(client, hub, clock, lines)
        self.url = url


@asynccontextmanager
async def serving(
    hub_opened: AbstractAsyncContextManager[Hub] | None = None,
    clock: SetClock | None = None,
    *,
    name: str = HOST,
    **options: Any,  # noqa: ANN401 - those of the application
) -> AsyncIterator[Site]:
    """Serve a hub, in memory where none is given, as production does; `name` is that of this machine in addresses."""
    clock = clock or SetClock()
    lines = io.BytesIO()
    found: list[Hub] = []

    @asynccontextmanager
    async def kept() -> AsyncIterator[Hub]:
        async with hub_opened or wiring.in_memory(clock) as hub:
            found.append(hub)
            yield hub

    listener = listen(HOST, 0)
    url = url_of(name, listener.getsockname()[1])
    app = application(kept(), log=logger(lines), url=url, **options)
    server = uvicorn.Server(uvicorn.Config(app, **SERVER_OPTIONS))
    server.capture_signals = nullcontext  # type: ignore[method-assign, assignment]
    running = asyncio.ensure_future(server.serve([listener]))
    try:
        while not server.started and not running.done():  # noqa: ASYNC110 - the server has a flag and no event
            await asyncio.sleep(PAUSE_SECONDS)
        assert server.started, lines.getvalue().decode()
        async with httpx.AsyncClient(base_url=url) as client:
            yield Site(url, client, found[0], clock, lines)
    finally:
        server.should_exit = True
        await running
        listener.close()
