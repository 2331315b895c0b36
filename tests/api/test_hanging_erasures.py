"""An erasure that was ordered and is not carried out: whoever runs the hub is told, and nothing else waits for it."""

import asyncio
import datetime as dt
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import msgspec
import pytest

from api import following_up, wiring
from api.cli import doctor
from api.demo import workers_of
from api.hub import Hub
from api.settings import Settings
from api.sheets import opened_partnership
from application.ports import LogUnavailable
from application.posting import see_in_post
from application.rights.erasing import CARRIED_OUT_WITHIN, Erasing
from domain.ids import PartnershipId
from tests.api.test_real_server import installation
from tests.api.world import FENLAND, SetClock, World, world
from tests.conftest import Database
from tests.web.site import serving
from tests.web.visitor import Visitor

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

pytestmark = pytest.mark.anyio

PETERBOROUGH = PartnershipId("peterborough")
LATE = "An erasure is not carried out"


async def ordered(here: World) -> None:
    """Somebody is to be erased; nobody does it here."""
    await opened_partnership(here.hub, FENLAND)
    for worker in workers_of(PartnershipId(FENLAND)).values():
        await see_in_post(here.hub.decider, worker, here.clock)
    hub = await here.caller("hub-coordinator", "csp", worker="coordinator")
    privacy = await here.caller("privacy-officer", "csp", worker="privacy")
    entry = {"identity": "unknown", "provisional": "no-name-given", "nickname": "Mac"}
    person = f"/v1/people/{(await hub.post('/v1/people', entry)).json()['person']}"
    proposed = (await hub.post(f"{person}/erasures", {"ground": "objection", "reason": "Asked"})).json()
    done = await privacy.post(f"{person}/erasures/{proposed['erasure']}/order")
    assert done.status_code == 200, done.text


async def test_metrics_and_pages_say_so_until_it_is_done() -> None:
    async with serving(wiring.in_memory(clock := SetClock()), clock, demo=True) as site:
        await ordered(site)
        assert await told(site) == (0.0, False, False)
        clock.at += CARRIED_OUT_WITHIN
        assert await told(site) == (600.0, False, False), "not yet"
        clock.at += dt.timedelta(seconds=1)
        assert await told(site) == (601.0, True, True)
        await following_up.carry_out_everywhere(site.hub)
        assert await told(site) == (0.0, False, False)


async def told(site: World) -> tuple[float, bool, bool]:
    """What the metrics say, and whether those who run the hub and those who protect data are told on their pages."""
    page = (await site.client.get("/metrics")).text
    seconds = next(line.split()[1] for line in page.splitlines() if line.startswith("hub_erasure_wait_seconds "))
    shown = []
    for worker, path in (("administrator", "/operations"), ("privacy-officer", "/keeping")):
        async with Visitor(site) as visitor:  # type: ignore[arg-type] # it is a site
            await visitor.sign_in(worker)
            shown.append((await visitor.open(path)).text)
    return float(seconds), LATE in shown[0], "Tell the people who run the hub" in shown[1]


async def test_the_doctor_says_so(database: Database, tmp_path: "Path", monkeypatch: pytest.MonkeyPatch) -> None:
    given = installation(database.app_url, tmp_path)
    async with world(wiring.opened(given), clock=SetClock(wiring.SystemClock().now())) as here:
        assert await examined(given) == ("ok", "none waits to be carried out")
        await ordered(here)
        state, said = await examined(given)
        assert (state, said[:35]) == ("ok", "1 that were ordered still have keys")
        monkeypatch.setattr(wiring.SystemClock, "now", lambda _: here.clock.at + dt.timedelta(minutes=11))
        state, said = await examined(given)
        assert state == "warning"
        assert said.endswith("hub serve carries them out, or says why not in its log")
    away = msgspec.structs.replace(given, database_url=given.database_url.replace("/t_", "/gone_"))  # type: ignore[union-attr]
    assert await asyncio.to_thread(doctor.erasures, away) == doctor.Finding(
        "erasures", "warning", "not known: the database does not answer"
    )


async def examined(given: Settings) -> tuple[str, str]:
    found = [one for one in await asyncio.to_thread(lambda: [*doctor.sealing(given)]) if one.check == "erasures"]
    return found[0].state, found[0].detail


async def test_what_stands_in_the_way_of_one_holds_up_no_other_and_no_reminder(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """Not even what nobody foresaw, and it is in the log: what it was and where, without its words."""
    tried: list[str] = []

    async def carry_out(_: Erasing, partnership: PartnershipId) -> int:
        tried.append(partnership)
        if partnership == FENLAND:
            raise ZeroDivisionError("words that may hold values")
        return 0

    async with wiring.in_memory() as hub:
        for partnership in (PartnershipId(FENLAND), PETERBOROUGH):
            await opened_partnership(hub, partnership)
        monkeypatch.setattr(Erasing, "carry_out", carry_out)
        assert (await following_up.follow_up_everywhere(hub)).keys() == {FENLAND, PETERBOROUGH}
    assert set(tried) == {FENLAND, PETERBOROUGH}
    [line] = [msgspec.json.decode(one) for one in capfd.readouterr().err.splitlines() if one.startswith("{")]
    assert (line["event"], line["level"], line["error"]) == ("erasure-not-carried-out", "error", "ZeroDivisionError")
    assert "words" not in str(line)


@pytest.mark.parametrize("error", [ZeroDivisionError, LogUnavailable])
async def test_whatever_went_wrong_it_comes_round_again(
    monkeypatch: pytest.MonkeyPatch, error: type[Exception]
) -> None:
    rounds: asyncio.Queue[int] = asyncio.Queue()

    async def fails(_: Hub) -> dict[str, object]:
        rounds.put_nowait(1)
        raise error

    @asynccontextmanager
    async def opened() -> "AsyncIterator[Hub]":
        async with wiring.in_memory() as hub:
            yield hub

    monkeypatch.setattr(following_up, "follow_up_everywhere", fails)
    async with following_up.following_up(opened(), 0.001), asyncio.timeout(10):
        for _ in range(3):
            await rounds.get()
