"""Where a request came from: the address that spoke to us, or, behind a proxy of ours, the one that spoke to that."""

from collections.abc import Mapping, Sequence
from ipaddress import IPv4Network, IPv6Network, ip_address

Proxies = Sequence[IPv4Network | IPv6Network]
"""The networks of our own reverse proxies, whose `X-Forwarded-For` is believed."""


def client_of(peer: tuple[str, int] | None, headers: Mapping[bytes, bytes], proxies: Proxies) -> str:
    """The address of a client; nothing where only a proxy is known, which would be everybody's.

    Of what proxies wrote down, the last that is none of theirs: what stands before it, anybody may have written.
    """
    if peer is None:
        return ""
    if not _among(peer[0], proxies):
        return "" if _loopback(peer[0]) else peer[0]
    for hop in reversed(headers.get(b"x-forwarded-for", b"").decode("ascii", "replace").split(",")):
        if not _among(hop.strip(), proxies):
            return hop.strip()
    return ""


def _among(text: str, proxies: Proxies) -> bool:
    try:
        found = ip_address(text)
    except ValueError:
        return False
    return any(found in one for one in proxies)


def _loopback(text: str) -> bool:
    try:
        return ip_address(text).is_loopback
    except ValueError:
        return True
