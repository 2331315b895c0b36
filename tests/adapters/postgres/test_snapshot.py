"""A snapshot of stored rows: nothing of it moves while somebody looks, and its connection is given back clean."""

import asyncio

import pytest

from adapters.postgres.read_models import PostgresReadModels, open_pool
from application.access import NotShown
from application.ports import LogUnavailable
from application.snapshot import Snapshot
from application.views.people import PEOPLE
from domain.ids import AgencyId
from tests.adapters.postgres.test_projector import Partnership, partnership, turns
from tests.conftest import Database
from tests.views.histories import LOG, OFFICER

pytestmark = pytest.mark.anyio

COUNCIL = AgencyId("council")


def snapshot_of(one: Partnership, models: PostgresReadModels) -> Snapshot:
    return Snapshot(models, one.history.decider.folds, OFFICER, NotShown())


async def seen(snapshot: Snapshot) -> tuple[int, list[str]]:
    async with snapshot.open(LOG, COUNCIL) as rows:
        return rows.position, [one.key for one in await rows.under(PEOPLE, "", limit=100)]


async def test_what_is_projected_meanwhile_is_seen_by_the_next_request_and_not_by_this_one(database: Database) -> None:
    async with partnership(database) as one:
        models = PostgresReadModels(one.pool)
        await one.projector().catch_up(LOG)
        async with snapshot_of(one, models) as snapshot:
            first = await seen(snapshot)
            await one.history.goes_on(turns(5, 80))
            await one.projector().catch_up(LOG)
            assert await seen(snapshot) == first
            await snapshot.let_go()
            assert (await seen(snapshot))[0] > first[0]


async def test_what_still_reads_when_its_request_has_failed_leaves_the_connection_clean(database: Database) -> None:
    async with partnership(database) as one:
        await one.projector().catch_up(LOG)
        pool = await open_pool(database.app_url, 1)
        models = PostgresReadModels(pool)
        try:
            for _ in range(20):
                async with snapshot_of(one, models) as snapshot, snapshot.open(LOG, COUNCIL) as rows:
                    reading = [asyncio.ensure_future(rows.reaching("register").row(PEOPLE, "p-0")) for _ in range(5)]
                    await asyncio.sleep(0)
                ended = await asyncio.gather(*reading, return_exceptions=True)
                assert any(isinstance(one, LogUnavailable) for one in ended), "nobody was still reading"
                assert all(isinstance(one, LogUnavailable) or getattr(one, "person", None) == "p-0" for one in ended)
            assert await models.reached(LOG, 1, 1.0)
        finally:
            await pool.close()
