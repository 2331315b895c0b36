"""Where the seats at shared tablets are kept: a table in PostgreSQL, or a dictionary for tests."""

import datetime as dt
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec

from adapters.identity.tokens import MemoryTokens, named_queries, reached, token_of
from application.identity import Token, TokenId
from application.tablet import IDLE, SEATS, TRIES, Seat

if TYPE_CHECKING:
    import asyncpg

SQL: Final = named_queries(Path(__file__).with_suffix(".sql"))


class PostgresTablets:
    """Seats in the table `tablet_seat`."""

    def __init__(self, pool: "asyncpg.Pool[asyncpg.Record]") -> None:
        self._pool = pool

    async def seats(self, tablet: bytes) -> Sequence[Seat]:
        """Those of a tablet."""
        async with reached():
            rows = await self._pool.fetch(SQL["seats"], tablet)
        return [
            Seat(
                number=row["number"],
                session=session,
                salt=row["salt"],
                pin=row["pin"],
                tries=row["tries"],
                touched=row["touched_at"],
            )
            for row in rows
            if (session := token_of(row)) is not None
        ]

    async def join(self, tablet: bytes, session: Token, salt: bytes, pin: bytes, at: dt.datetime) -> bool:
        """Take a seat; of two who take the last one at once, one is told that there is none."""
        who = session.actor
        async with reached(), self._pool.acquire() as connection, connection.transaction():
            await connection.execute(SQL["clear"], tablet, at, who.partnership, who.agency, who.worker)
            return await connection.fetchval(SQL["join"], tablet, session.id, salt, pin, at) is not None

    async def try_pin(self, tablet: bytes, number: int) -> int:
        """Count a try."""
        async with reached():
            remaining: int | None = await self._pool.fetchval(SQL["try_pin"], tablet, number)
        return -1 if remaining is None else remaining

    async def sit_down(self, tablet: bytes, number: int, session: TokenId, at: dt.datetime) -> None:
        """The seat is that of a new session."""
        async with reached():
            await self._pool.execute(SQL["sit_down"], tablet, number, session, at)

    async def awake(self, session: TokenId, at: dt.datetime, *, touch: bool) -> bool:
        """Whether it was used of late."""
        async with reached():
            return await self._pool.fetchval(SQL["touch" if touch else "awake"], session, at) is not None

    async def leave(self, session: TokenId) -> None:
        """Give up the seat."""
        async with reached():
            await self._pool.execute(SQL["leave"], session)


class MemoryTablets:
    """Seats that live as long as the process."""

    def __init__(self, tokens: MemoryTokens) -> None:
        self._tokens = tokens
        self._seats: dict[tuple[bytes, int], Seat] = {}

    async def seats(self, tablet: bytes) -> Sequence[Seat]:
        """Those of a tablet."""
        return [await self._now(seat) for (one, _), seat in sorted(self._seats.items()) if one == tablet]

    async def _now(self, seat: Seat) -> Seat:
        return msgspec.structs.replace(seat, session=await self._tokens.named(seat.session.id))

    async def join(self, tablet: bytes, session: Token, salt: bytes, pin: bytes, at: dt.datetime) -> bool:
        """Take a seat."""
        for key, seat in list(self._seats.items()):
            now = (await self._now(seat)).session
            if not now.live(at) or (key[0] == tablet and now.actor == session.actor):
                del self._seats[key]
        free = next((number for number in range(1, SEATS + 1) if (tablet, number) not in self._seats), None)
        if free is None:
            return False
        self._seats[tablet, free] = Seat(number=free, session=session, salt=salt, pin=pin, tries=0, touched=at)
        return True

    async def try_pin(self, tablet: bytes, number: int) -> int:
        """Count a try."""
        seat = self._seats.get((tablet, number))
        if seat is None or seat.tries >= TRIES:
            return -1
        self._seats[tablet, number] = msgspec.structs.replace(seat, tries=seat.tries + 1)
        return TRIES - seat.tries - 1

    async def sit_down(self, tablet: bytes, number: int, session: TokenId, at: dt.datetime) -> None:
        """The seat is that of a new session."""
        seat = self._seats.get((tablet, number))
        if seat is not None:
            token = await self._tokens.named(session)
            self._seats[tablet, number] = msgspec.structs.replace(seat, session=token, tries=0, touched=at)

    async def awake(self, session: TokenId, at: dt.datetime, *, touch: bool) -> bool:
        """Whether it was used of late."""
        for key, seat in self._seats.items():
            if seat.session.id == session and seat.touched > at - IDLE:
                if touch:
                    self._seats[key] = msgspec.structs.replace(seat, touched=at)
                return True
        return False

    async def leave(self, session: TokenId) -> None:
        """Give up the seat."""
        self._seats = {key: seat for key, seat in self._seats.items() if seat.session.id != session}
