"""Tries are counted by where they come from: what a proxy of ours saw, and never what a client says of itself."""

from ipaddress import ip_network

import pytest

from api.networks import client_of

PROXIES = [ip_network("10.0.0.0/8"), ip_network("fd00::/8")]


@pytest.mark.parametrize(
    ("peer", "forwarded", "client"),
    [
        ("192.0.2.7", "198.51.100.1", "192.0.2.7"),
        ("10.1.1.1", "198.51.100.1", "198.51.100.1"),
        ("10.1.1.1", "203.0.113.9, 198.51.100.1, 10.2.2.2", "198.51.100.1"),
        ("10.1.1.1", "", ""),
        ("10.1.1.1", "10.2.2.2", ""),
        ("127.0.0.1", "198.51.100.1", ""),
        ("::1", "", ""),
        ("socket", "", ""),
    ],
)
def test_a_client_is_the_last_that_is_none_of_our_proxies(peer: str, forwarded: str, client: str) -> None:
    headers = {b"x-forwarded-for": forwarded.encode()} if forwarded else {}
    assert client_of((peer, 1), headers, PROXIES) == client


def test_of_a_request_from_nowhere_nothing_is_known() -> None:
    assert client_of(None, {}, PROXIES) == ""
