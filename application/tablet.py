"""A tablet that several workers share: each has a seat, opened by a PIN, and a session of their own behind it."""

import datetime as dt
from collections.abc import Sequence
from itertools import pairwise
from typing import Final, Protocol

import msgspec

from application.identity import Token, TokenId
from domain.facts import Instant

SEATS: Final = 12
TRIES: Final = 5
PIN_DIGITS: Final = 6
IDLE: Final = dt.timedelta(minutes=5)


class Seat(msgspec.Struct, frozen=True, kw_only=True):
    """A worker's place at a tablet. `tries` are the wrong PINs since the last right one."""

    number: int
    session: Token
    salt: bytes
    pin: bytes
    tries: int
    touched: Instant

    def live(self, at: dt.datetime) -> bool:
        """Whether the PIN opens it: its session has not ended, and there are tries left."""
        return self.session.live(at) and self.tries < TRIES


def guessable(pin: str) -> bool:
    """Whether a PIN is one of those that are tried first: one digit alone, or digits in a row."""
    steps = {int(after) - int(before) for before, after in pairwise(pin)}
    return steps in ({0}, {1}, {-1})


class Tablets(Protocol):
    """Where seats are kept. A tablet is known by the digest of its cookie. Raises LogUnavailable."""

    async def seats(self, tablet: bytes) -> Sequence[Seat]:
        """Those of a tablet, whether their sessions are live or not."""
        ...

    async def join(self, tablet: bytes, session: Token, salt: bytes, pin: bytes, at: dt.datetime) -> bool:
        """Take a seat, in place of an earlier one of the same worker; False if all are taken."""
        ...

    async def try_pin(self, tablet: bytes, number: int) -> int:
        """Count a try before the PIN is looked at, so that tries at once are not one; how many are left after it.

        Below zero where there was none left, or there is no such seat.
        """
        ...

    async def sit_down(self, tablet: bytes, number: int, session: TokenId, at: dt.datetime) -> None:
        """The PIN was right: the seat is that of a new session."""
        ...

    async def awake(self, session: TokenId, at: dt.datetime, *, touch: bool) -> bool:
        """Whether a session at a tablet was used within five minutes; where `touch`, it is used now."""
        ...

    async def leave(self, session: TokenId) -> None:
        """Give up the seat of a session."""
        ...
