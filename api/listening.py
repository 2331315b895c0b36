"""How the server listens: one socket, opened before anything slow is begun, so that a taken port is told at once."""

from __future__ import annotations

import socket
from typing import Any, Final

BACKLOG: Final = 2048
ADDRESS_TAKEN: Final = (
    "cannot serve on {host}, port {port} ({reason}): stop what serves there, or choose another --port"
)

SERVER_OPTIONS: Final[dict[str, Any]] = {
    "loop": "uvloop",
    "http": "httptools",
    "ws": "none",
    "log_config": None,  # our own logging has one line a request, without query strings
    "access_log": False,
    "server_header": False,
    "proxy_headers": False,
    "timeout_graceful_shutdown": 5,
}


def listen(host: str, port: int) -> socket.socket:
    """Open the listening socket.

    Raises:
        OSError: the address is taken, or is none of this machine's.
    """
    family, kind, protocol, _, address = socket.getaddrinfo(
        host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
    )[0]
    listener = socket.socket(family, kind, protocol)  # asyncio sends at once only where the protocol is named
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # old connections do not keep it from a restart
        listener.bind(address)
        listener.listen(BACKLOG)
    except OSError:
        listener.close()
        raise
    listener.setblocking(False)
    return listener


def url_of(host: str, port: int) -> str:
    """The address that a person on this machine opens."""
    if host in {"0.0.0.0", "::", ""}:  # noqa: S104 - shown, not bound
        host = "127.0.0.1"
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
