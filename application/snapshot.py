"""One request, one read transaction: all that a request shows is of one moment (ADR 0020).

Rows are of one snapshot. What authorises is folded at the head of the log after the snapshot was taken, each question
once: nobody is shown a row by an authority that is older than the row. The snapshot is taken when something is first
read, and let go before the answer leaves.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from types import TracebackType
from typing import Self, TypeVar

from application.access import Account
from application.deciding import Folds, Seen
from application.ports import LogId, Reach, ReadModels, ReadRows, log_of
from domain.actors import COORDINATORS, Actor
from domain.facts import Knowledge
from domain.ids import AgencyId

S = TypeVar("S")


def reader_of(viewer: Actor) -> tuple[AgencyId | None, Reach]:
    """For which agency, and on which ground, the store is asked for rows: the least that every decision may permit.

    Coordinators see the street work and the hub of everybody; the system acts for nobody in particular.
    """
    if viewer.role == "system":
        return None, "concerned"
    return viewer.agency, "office" if viewer.role in COORDINATORS else "concerned"


class Snapshot:
    """ReadModels and folds of a log as one reader sees them at one moment. It holds a connection from then on."""

    def __init__(self, models: ReadModels, folds: Folds, viewer: Actor, account: Account) -> None:
        """`account` takes down what of it is shown to the viewer."""
        self.account = account.of(viewer)
        self._models = models
        self._folds = folds
        self._reader = log_of(viewer.partnership), *reader_of(viewer)
        self._taking = asyncio.Lock()
        self._holding = AsyncExitStack()
        self._rows: ReadRows | None = None
        self._seen = Seen()
        self._over = False

    async def __aenter__(self) -> Self:
        """Nothing is asked yet."""
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Let go for good. Who still reads, since another reading beside it failed, reads nothing more."""
        self._over = True
        await self.let_go()

    async def let_go(self) -> None:
        """What is read from here on is of a later moment. Due before a decision, and before anything is waited for."""
        async with self._taking:
            self._rows, self._seen = None, Seen()
            await self._holding.aclose()

    @asynccontextmanager
    async def open(self, log: LogId, agency: AgencyId | None, reach: Reach = "concerned") -> AsyncIterator[ReadRows]:
        """The rows as they were when it was taken. Raises LogUnavailable."""
        assert (log, agency, reach) == self._reader, "a snapshot is of one reader"
        yield await self._taken()

    async def reached(self, log: LogId, position: int, within_seconds: float) -> bool:
        """Wait until the rows contain a position; those read next do. Raises LogUnavailable."""
        await self.let_go()
        return await self._models.reached(log, position, within_seconds)

    async def know(self, knowledge: Knowledge[S], /) -> S:
        """What is known at the head, no earlier than the rows are. Raises LogUnavailable."""
        return (await self.fold(self._reader[0], knowledge))[0]

    async def fold(self, log: LogId, knowledge: Knowledge[S]) -> tuple[S, int]:
        """The same, and at which position of the log that was asked."""
        if self._rows is None:
            await self._taken()
        answer = await self._seen.fold(self._folds, log, knowledge)
        return answer.state, answer.position

    async def _taken(self) -> ReadRows:
        async with self._taking:
            assert not self._over, "everything is read within the request"
            if self._rows is None:
                self._rows = await self._holding.enter_async_context(self._models.open(*self._reader))
            return self._rows
