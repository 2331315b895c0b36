"""The access ledger on PostgreSQL takes nothing more: nothing is shown but safety flags, and it all comes back."""

import asyncio
import datetime as dt
from pathlib import Path

import asyncpg
import pytest

from domain.governance.access import Look
from tests.api.test_access_ledger import Ledger
from tests.api.test_every_read import journey
from tests.api.test_http import problem
from tests.api.test_real_server import served
from tests.conftest import Database

pytestmark = pytest.mark.anyio

FULL = """
CREATE FUNCTION no_room() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'could not extend file' USING ERRCODE = 'disk_full'; END $$;
CREATE TRIGGER no_room BEFORE INSERT ON event_access FOR EACH ROW EXECUTE FUNCTION no_room();
"""
ROOM = "DROP FUNCTION no_room() CASCADE"
BACK_SECONDS = 20.0


async def test_a_ledger_without_room_shows_safety_flags_alone_and_hears_of_them_once_there_is_room(
    database: Database, tmp_path: Path
) -> None:
    owner = await asyncpg.connect(database.owner_url)
    async with served(database.app_url, tmp_path) as here:
        await here.agencies(("hub", "partnership"), ("housing", "housing-options"))
        ids = await journey(here)
        hub = await here.caller("hub-coordinator", "hub", worker="coordinator")
        later = (here.today + dt.timedelta(days=60)).isoformat()
        flag = {"kind": "staff-safety", "source": "seen", "reason": "A dog", "expires_on": later}
        made = await hub.post(f"/v1/people/{ids['person']}/flags", flag)
        path = f"/v1/people/{ids['person']}"
        assert (await hub.get(f"{path}/safety?after={made.json()['position']}")).status_code == 200
        ledger = Ledger(here)
        await ledger.new()
        await owner.execute(FULL)
        problem(await hub.get(path), 503, "storage-full")
        assert (await hub.post(f"{path}/aliases", {"nickname": "Mac"})).status_code == 201, "deciding goes on"
        told = await hub.get(f"{path}/safety", x_request_id="told-without-room")
        assert [one["row"]["kind"] for one in told.json()["flags"]] == ["staff-safety"]
        assert (tmp_path / "access-spool").stat().st_mode & 0o777 == 0o600
        assert here.hub.ledger.waiting() == 1
        assert await ledger.new() == []
        await owner.execute(ROOM)
        async with asyncio.timeout(BACK_SECONDS):
            while here.hub.ledger.waiting():  # noqa: ASYNC110 - a file, not an event
                await asyncio.sleep(0.1)
        _, look = await ledger.one()
        assert isinstance(look, Look)
        assert (look.request, look.spooled) == ("told-without-room", True)
        assert (await hub.get(path)).status_code == 200
    await owner.close()
