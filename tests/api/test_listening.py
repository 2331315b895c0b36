"""Where the server listens."""

import asyncio
import socket

import pytest

from api.listening import listen


@pytest.mark.anyio
async def test_an_answer_in_two_parts_goes_out_at_once() -> None:
    """Not held back until the first part is acknowledged, which takes 40 ms."""
    connected = asyncio.Event()
    at_once: list[int] = []

    def meet(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        accepted = writer.get_extra_info("socket")
        at_once.append(accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
        writer.close()
        connected.set()

    listener = listen("127.0.0.1", 0)
    async with await asyncio.start_server(meet, sock=listener):
        _, writer = await asyncio.open_connection(*listener.getsockname())
        await connected.wait()
        writer.close()
        await writer.wait_closed()
    assert at_once == [1]
