"""The head of a leaf: what only the writer of a log knows about an entry, put before what the entry says itself."""

import datetime as dt

import msgspec

from application.ports import LogId


def opening(log: LogId, incarnation: int) -> bytes:
    """The members that are the same for every leaf of a log's incarnation."""
    return b'{"incarnation":%d,"log":%b,"position":' % (incarnation, msgspec.json.encode(log))


def recorded(at: dt.datetime) -> bytes:
    """The members that follow the position. Always in UTC and to the microsecond, so that a moment has one writing."""
    return (
        b',"recorded":"%bZ",' % at.astimezone(dt.UTC).replace(tzinfo=None).isoformat(timespec="microseconds").encode()
    )
