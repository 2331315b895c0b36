"""Pages that are asked for at once never wait for each other's connections."""

import asyncio
from pathlib import Path

import pytest

from api import wiring
from api.wiring import hubs
from tests.api.test_journey import entered, offered, referred
from tests.api.test_real_server import installation
from tests.api.world import SetClock, world
from tests.conftest import Database

pytestmark = pytest.mark.anyio

PAGES = ("/", "/referrals", "/hub-days", "/work", "/reports", "/operations", "/administration")
EACH = 4
LIMIT_SECONDS = 60


async def test_pages_are_answered_with_one_connection_to_read_and_one_to_ask(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hubs, "READING_SIZE", 1)
    monkeypatch.setattr(hubs, "POOL_SIZE", 2)  # the projector listens on one of them
    clock = SetClock(wiring.SystemClock().now())
    async with world(wiring.opened(installation(database.app_url, tmp_path)), clock=clock) as made:
        await made.agencies(("csp", "partnership"), ("housing", "housing-options"))
        coordinator = await made.caller("hub-coordinator", "csp")
        await offered(coordinator)
        person = await entered(coordinator)
        await referred(coordinator, person)
        session = coordinator.authorization.removeprefix("Bearer ")
        cookie = {"cookie": f"hub_session={session}; hub_tablet=shared; hub_seen=1", "accept": "text/html"}
        own = [f"/people/{person}{part}" for part in ("", "/timeline", "/ladder", "/referrals", "/plan", "/sharing")]
        async with asyncio.timeout(LIMIT_SECONDS):
            answers = await asyncio.gather(
                *(made.client.get(path, headers=cookie) for path in (*PAGES, *own) for _ in range(EACH))
            )
        assert {one.status_code for one in answers} <= {200, 403}
        assert [one.status_code for one in answers].count(200) > len(own) * EACH
