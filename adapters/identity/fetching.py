"""Asks others over HTTPS: hosts that the installation names, small answers, no redirects, and never for long."""

from collections.abc import Collection, Mapping
from typing import Any, Final
from urllib.parse import urlsplit

import httpx
import msgspec

from application.others import Unreachable, Untrusted

SECONDS: Final = 5.0
BYTES_MAX: Final = 256 * 1024
LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})


def client() -> httpx.AsyncClient:
    """Where it connects to is decided by `permitted`; nothing leads it elsewhere."""
    return httpx.AsyncClient(timeout=SECONDS, follow_redirects=False)


def permitted(url: str, hosts: Collection[str]) -> bool:
    """Whether an address is one to ask: HTTPS, or on this machine, at a host that was named."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        return False
    if host is None or parts.username is not None:
        return False
    safe = parts.scheme == "https" or (parts.scheme == "http" and host in LOOPBACK)
    return safe and not {host, f"{host}:{port}"}.isdisjoint(hosts)


async def answer(http: httpx.AsyncClient, request: httpx.Request) -> Mapping[str, Any]:
    """The JSON object that is answered. Raises: Unreachable; Untrusted for what is none."""
    content = b""
    try:
        response = await http.send(request, stream=True)
        try:
            async for part in response.aiter_bytes():
                content += part
                if len(content) > BYTES_MAX:
                    raise Untrusted("answer")
        finally:
            await response.aclose()
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise Unreachable from error
    if response.status_code >= 500:  # noqa: PLR2004
        raise Unreachable
    if response.status_code != 200:  # noqa: PLR2004
        raise Untrusted("answer")
    try:
        return msgspec.json.decode(content, type=dict[str, Any])
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise Untrusted("answer") from None


async def posted(http: httpx.AsyncClient, url: str, body: bytes) -> tuple[int, bytes]:
    """The status and the body that a post to an address of the operator's own choice is answered with.

    Raises: ConnectionError where there is no answer, or one that is too long to be one.
    """
    content = b""
    try:
        async with http.stream("POST", url, content=body) as response:
            async for part in response.aiter_bytes():
                content += part
                if len(content) > BYTES_MAX:
                    raise ConnectionError
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise ConnectionError from error
    return response.status_code, content
