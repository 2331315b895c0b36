"""A witness over HTTP: one address to add a checkpoint at, one to read what it has seen."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, MutableMapping

    Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
    Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

ADD = "/add-checkpoint"
BODY_MOST = 64 * 1024


class Reply(Protocol):
    """What a witness answers."""

    @property
    def status(self) -> int: ...
    @property
    def body(self) -> bytes: ...
    @property
    def media_type(self) -> str: ...


class Witness(Protocol):
    """What is served."""

    def add_checkpoint(self, body: bytes) -> Reply:
        """Cosign a checkpoint, or say why not."""
        ...

    def seen(self) -> bytes:
        """The newest checkpoint of every log."""
        ...


class Witnessing:
    """The ASGI application of a witness."""

    def __init__(self, witness: Witness) -> None:
        self._witness = witness

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        """Answer one request. What it does waits for the disk, so it is done on a thread."""
        if scope["type"] != "http":
            return
        match scope["method"], scope["path"]:
            case "POST", path if path == ADD:
                body = await _body(receive)
                if body is None:
                    await _answer(send, 413, b"", "text/plain")
                    return
                reply = await asyncio.to_thread(self._witness.add_checkpoint, body)
                await _answer(send, reply.status, reply.body, reply.media_type)
            case (("GET" | "HEAD"), "/"):
                await _answer(send, 200, await asyncio.to_thread(self._witness.seen), "text/plain; charset=utf-8")
            case _, path if path in {ADD, "/"}:
                await _answer(send, 405, b"", "text/plain")
            case _:
                await _answer(send, 404, b"", "text/plain")


async def _body(receive: Receive) -> bytes | None:
    """The body of a request; None for one that is too long to be what it should."""
    body: bytes = b""
    while True:
        message = await receive()
        body += bytes(message.get("body", b""))
        if len(body) > BODY_MOST:
            return None
        if not message.get("more_body"):
            return body


async def _answer(send: Send, status: int, body: bytes, media_type: str) -> None:
    headers = [
        (b"content-type", media_type.encode()),
        (b"content-length", b"%d" % len(body)),
        (b"cache-control", b"no-store"),
        (b"x-content-type-options", b"nosniff"),
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
