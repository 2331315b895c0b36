"""One request, one read transaction: what a request shows is of one moment, and authorised no earlier than that."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from adapters.memory import MemoryEventLog
from application.access import NotShown
from application.deciding import Folds
from application.ports import LogId, Page, Reach, ReadRows
from application.snapshot import Snapshot
from application.views.held import HeldRows
from application.views.people import PEOPLE
from domain.facts import Query
from domain.governance.partnership import partnership
from domain.governance.sharing import relationship
from domain.ids import AgencyId, PersonId
from tests.views.histories import CONSTABLE, LOG, START, History

pytestmark = pytest.mark.anyio

POLICE = AgencyId("police")


class Told(MemoryEventLog):
    """Tells what it is asked, in turn with the rows."""

    def __init__(self) -> None:
        super().__init__(lambda: START)
        self.told: list[str] = []

    async def read(
        self, log: LogId, query: Query | None = None, after: int = 0, limit: int | None = None, *, sealed: bool = False
    ) -> Page:
        self.told.append("asked")
        return await super().read(log, query, after=after, limit=limit, sealed=sealed)

    @asynccontextmanager
    async def open(self, _log: LogId, _agency: AgencyId | None, _reach: Reach = "concerned") -> AsyncIterator[ReadRows]:
        """As read models do."""
        self.told.append("taken")
        yield HeldRows({}, 0)
        self.told.append("let go")

    async def reached(self, _log: LogId, _position: int, _within_seconds: float) -> bool:
        self.told.append("waited")
        return True


@pytest.fixture
async def log() -> Told:
    log = Told()
    await History(log).begin()
    log.told.clear()
    return log


def snapshot_of(log: Told) -> Snapshot:
    return Snapshot(log, Folds(log, History(log).codec), CONSTABLE, NotShown())


async def test_nobody_is_authorised_by_what_is_older_than_the_rows_and_each_question_is_asked_once(log: Told) -> None:
    async with snapshot_of(log) as snapshot:
        assert POLICE in (await snapshot.know(partnership())).agencies
        async with snapshot.open(LOG, POLICE) as rows:
            assert await rows.row(PEOPLE, "p-0") is None
        await snapshot.know(partnership())
        await snapshot.know(relationship(PersonId("p-0")))
        async with snapshot.open(LOG, POLICE):
            assert log.told == ["taken", "asked", "asked"]
    assert log.told == ["taken", "asked", "asked", "let go"]


async def test_who_reads_nothing_takes_nothing(log: Told) -> None:
    async with snapshot_of(log):
        pass
    assert log.told == []


async def test_after_waiting_rows_and_authority_are_of_a_later_moment(log: Told) -> None:
    async with snapshot_of(log) as snapshot:
        await snapshot.know(partnership())
        assert await snapshot.reached(LOG, 1, 1.0)
        await snapshot.know(partnership())
    assert log.told == ["taken", "asked", "let go", "waited", "taken", "asked", "let go"]


async def test_readings_that_begin_at_once_are_of_one_snapshot(log: Told) -> None:
    async with snapshot_of(log) as snapshot:
        await asyncio.gather(*(snapshot.know(relationship(PersonId(f"p-{n}"))) for n in range(5)))
    assert log.told.count("taken") == 1


async def test_a_snapshot_is_read_by_nobody_else_and_not_after_its_request(log: Told) -> None:
    async with snapshot_of(log) as snapshot:
        with pytest.raises(AssertionError, match="of one reader"):
            async with snapshot.open(LOG, AgencyId("recovery")):
                pass
    with pytest.raises(AssertionError, match="within the request"):
        await snapshot.know(partnership())
    assert log.told == []
