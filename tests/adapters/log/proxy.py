"""A bad network between the log and its database: it can cut or hold a connection just where a COMMIT passes."""

import asyncio
import re
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Literal
from urllib.parse import parse_qs, urlsplit, urlunsplit

COMMIT = b"COMMIT\x00"
_PARSE_AT_ONCE = re.compile(rb"P.{4}([^\x00]+)\x00[^\x00]*record_batch\(", re.DOTALL)
_BIND = re.compile(rb"B.{4}\x00([^\x00]+)\x00", re.DOTALL)

Fault = Literal["none", "cut before COMMIT", "cut after COMMIT", "cut at once, COMMIT arrives late", "hold COMMIT"]


class Proxy:
    """Forwards bytes until a fault is armed; a fault strikes once, on the next COMMIT or statement that is one."""

    def __init__(self, server: str, url: str) -> None:
        self._server = server
        self.url = url
        self.fault: Fault = "none"
        self.struck = asyncio.Event()
        self.released = asyncio.Event()
        self.late_seconds = 0.4

    async def serve(self, near_reader: asyncio.StreamReader, near: asyncio.StreamWriter) -> None:
        far_reader, far = await asyncio.open_unix_connection(self._server)
        back = asyncio.create_task(self._forward(far_reader, near))
        at_once: set[bytes] = set()
        try:
            while some := await near_reader.read(65_536):
                at_once.update(_PARSE_AT_ONCE.findall(some))
                commits = COMMIT in some or not at_once.isdisjoint(_BIND.findall(some))
                if self.fault != "none" and commits:
                    fault, self.fault = self.fault, "none"
                    self.struck.set()
                    if fault == "cut before COMMIT":
                        break
                    if fault == "cut at once, COMMIT arrives late":
                        near.transport.abort()
                        await asyncio.sleep(self.late_seconds)
                    if fault == "hold COMMIT":
                        await self.released.wait()
                    if fault.startswith("cut"):
                        back.cancel()
                        await asyncio.gather(back, return_exceptions=True)
                        far.write(some)
                        await far_reader.read(65_536)  # the server has answered, but nobody hears it
                        break
                far.write(some)
                await far.drain()
        finally:
            back.cancel()
            near.transport.abort()
            far.close()

    @staticmethod
    async def _forward(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError, RuntimeError):
            while some := await reader.read(65_536):
                writer.write(some)
                await writer.drain()
            writer.close()


@asynccontextmanager
async def a_proxy(url: str) -> AsyncIterator[Proxy]:
    """A proxy before the server that the URL names."""
    parts = urlsplit(url)
    query = parse_qs(parts.query)
    port = query.get("port", ["5432"])[0]
    server = f"{query['host'][0]}/.s.PGSQL.{port}"
    with tempfile.TemporaryDirectory(prefix="proxy-") as folder:
        proxy = Proxy(server, urlunsplit(parts._replace(query=f"host={folder}&port=5432")))
        tasks: set[asyncio.Task[None]] = set()

        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            task = asyncio.current_task()
            assert task is not None
            tasks.add(task)
            with suppress(ConnectionError):
                await proxy.serve(reader, writer)
            tasks.discard(task)

        listener = await asyncio.start_unix_server(serve, Path(folder) / ".s.PGSQL.5432")
        try:
            yield proxy
        finally:
            listener.close()
            for task in list(tasks):
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
