"""The HTTP side: `hub serve` as it is started in production, and a client of our own in another process.

`python -m benchmarks.http HOST PORT CLIENTS SECONDS` reads requests from standard input (a MessagePack list of bytes),
sends each once (over and over again, where there is but one), and prints the rate as JSON.
"""

import asyncio
import itertools
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Final

import asyncpg
import msgspec
import uvloop

from adapters.identity.tokens import PostgresTokens
from application.identity import SECRET_BYTES, Token, TokenId, digest, written
from benchmarks.ground import Ground
from benchmarks.measuring import Rate, at_once
from benchmarks.payload import NOTE, WORKER
from domain.ids import ReferralId

HOST: Final = "127.0.0.1"
READY_SECONDS: Final = 30.0
HEAD_END: Final = b"\r\n\r\n"
LENGTH: Final = b"content-length:"
FINE: Final = frozenset({b"200", b"201"})


class RequestFailed(Exception):  # noqa: N818 - a fault of the benchmark
    """The server answered something else than the benchmark is about."""


class Client:
    """A kept-alive connection that waits for each answer."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    async def send(self, request: bytes) -> None:
        """Send, and read the answer to its end. Raises RequestFailed."""
        self._writer.write(request)
        head = await self._reader.readuntil(HEAD_END)
        at = head.lower().find(LENGTH)
        length = int(head[at + len(LENGTH) : head.index(b"\r", at)]) if at > 0 else 0
        body = await self._reader.readexactly(length)
        if head[9:12] not in FINE:
            raise RequestFailed((head + body)[:600].decode(errors="replace"))


async def load(host: str, port: int, clients: int, seconds: float, requests: Sequence[bytes]) -> Rate:
    """So many connections, one request after another on each."""
    connections = [Client(*await asyncio.open_connection(host, port)) for _ in range(clients)]
    following: Iterator[bytes] = iter(requests) if len(requests) > 1 else itertools.repeat(requests[0])

    async def act(number: int) -> None:
        await connections[number].send(next(following))

    return await at_once(clients, seconds, act)


class Serving(msgspec.Struct, frozen=True):
    """A running server and a token for it."""

    port: int
    token: str

    async def trivial(self, clients: int, seconds: float) -> Rate:
        """The endpoint that does nothing but answer."""
        return await self._load([f"GET /health/live HTTP/1.1\r\nHost: {HOST}\r\n\r\n".encode()], clients, seconds)

    async def accept(self, referrals: Sequence[ReferralId], clients: int, seconds: float) -> Rate:
        """Accept each of these referrals."""
        body = msgspec.json.encode({"note": NOTE})
        requests = [
            (
                f"POST /v1/referrals/{one}/accept HTTP/1.1\r\nHost: {HOST}\r\nAuthorization: Bearer {self.token}\r\n"
                f"Idempotency-Key: {secrets.token_hex(16)}\r\nContent-Type: application/json\r\n"
                f"Content-Length: {len(body)}\r\n\r\n"
            ).encode()
            + body
            for one in referrals
        ]
        return await self._load(requests, clients, seconds)

    async def _load(self, requests: Sequence[bytes], clients: int, seconds: float) -> Rate:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "benchmarks.http", HOST, str(self.port), str(clients), str(seconds)),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        said, complained = await process.communicate(msgspec.msgpack.encode(list(requests)))
        if process.returncode:
            raise RequestFailed(complained.decode(errors="replace")[-1500:])
        return msgspec.json.decode(said, type=Rate)


@asynccontextmanager
async def serving(ground: Ground, url: str, name: str) -> AsyncIterator[Serving]:
    """`hub serve` over a database whose keys are named so."""
    with socket.socket() as free:
        free.bind((HOST, 0))
        port = free.getsockname()[1]
    environment = {
        **os.environ,
        "HUB_HOME": str(ground.folder / "home"),
        "HUB_DATABASE_URL": url,
        "HUB_KEYS": str(ground.folder / f"{name}.sqlite"),
        "HUB_KEK": str(ground.folder / f"{name}.kek"),
    }
    log = ground.folder / "serve.log"
    with log.open("wb") as output:
        server = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "api.cli", "serve", "--host", HOST, "--port", str(port)),
            stdout=output,
            stderr=subprocess.STDOUT,
            env=environment,
        )
    try:
        token = await _token(url)
        await _answers(port)
        yield Serving(port, token)
    finally:
        if server.returncode is None:
            server.send_signal(signal.SIGTERM)
        await server.wait()


async def _answers(port: int) -> None:
    until = time.monotonic() + READY_SECONDS
    while True:
        try:
            _, writer = await asyncio.open_connection(HOST, port)
        except OSError:
            if time.monotonic() > until:
                raise RequestFailed("the server did not start") from None
            await asyncio.sleep(0.1)
        else:
            writer.close()
            return


async def _token(url: str) -> str:
    text = written(secrets.token_bytes(SECRET_BYTES))
    now = datetime.now(UTC)
    token = Token(id=TokenId("bench"), actor=WORKER, label="bench", made=now, expires=now + timedelta(days=1))
    async with asyncpg.create_pool(url, min_size=1, max_size=1) as pool:
        await PostgresTokens(pool).keep(token, digest(text))
    return text


def main() -> None:
    """Be the client."""
    host, port, clients, seconds = sys.argv[1:]
    requests = msgspec.msgpack.decode(sys.stdin.buffer.read(), type=list[bytes])
    rate = uvloop.run(load(host, int(port), int(clients), float(seconds), requests))
    sys.stdout.write(msgspec.json.encode(rate).decode())


if __name__ == "__main__":
    main()
