"""The workers of one shared tablet: who they are, their PINs, and when the tablet asks for one again."""

import asyncio
import hashlib
from collections.abc import Mapping, Sequence
from typing import Final

from api.hub import Hub
from api.problems import ProblemError
from api.web import sessions
from application.identity import Token, digest
from application.tablet import Seat

COOKIE: Final = b"hub_tablet"
SALT_BYTES: Final = 16
WORK: Final = 2**14


class TabletLockedError(ProblemError):
    """Nobody used the session for a while: the tablet asks for its PIN."""

    def __init__(self, token: Token) -> None:
        super().__init__("unauthenticated")
        self.token = token


def tablet_of(headers: Mapping[bytes, bytes]) -> bytes | None:
    """By what the tablet that sent this is known; None for any other device."""
    text = sessions.cookies(headers).get(COOKIE)
    return digest(text.decode("ascii", "replace")) if text else None


async def live_seats(hub: Hub, headers: Mapping[bytes, bytes]) -> Sequence[Seat]:
    """The workers whom the tablet offers."""
    tablet = tablet_of(headers)
    if tablet is None:
        return ()
    now = hub.clock.now()
    return [seat for seat in await hub.tablets.seats(tablet) if seat.live(now)]


async def refuse_locked(hub: Hub, token: Token, *, touch: bool) -> None:
    """Raise TabletLockedError if the session is one at a tablet that was not used for five minutes.

    Where `touch` is false, asking is no use of it: what a page does by itself keeps no tablet open.
    """
    if token.label == sessions.TABLET and not await hub.tablets.awake(token.id, hub.clock.now(), touch=touch):
        raise TabletLockedError(token)


async def hashed(hub: Hub, pin: str, salt: bytes) -> bytes:
    """What is kept of a PIN. Six digits are soon tried out: so a key that is not in the database goes into it, too."""
    keyed = hub.digest(b"pin" + salt + pin.encode())
    return await asyncio.to_thread(hashlib.scrypt, keyed, salt=salt, n=WORK, r=8, p=1, dklen=32)
