"""A page is told that something on it changed, and nothing of what; who may no longer see it is told nothing more."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest

from api.v1 import ROUTES
from api.web import live, sessions
from api.web.live import Watches
from api.web.routes import LiveScreen
from api.web.screens import all_screens
from application.identity import digest
from application.ports import log_of
from application.published.partnerships import opener
from domain.governance.agreement import EndAgreement
from domain.governance.staff import EndPost, PostWorker
from domain.ids import AgencyId, PartnershipId, WorkerId
from tests.api.world import AGREEMENT, Caller
from tests.web.hub import PETERBOROUGH, HubDay, told
from tests.web.site import Site

pytestmark = pytest.mark.anyio

ROOT = Path(__file__).parents[2]
SAID = re.compile(r"(retry: \d+|id: \d+|event: (moved|ended)|data:|: )?")
"""All that a stream may say: an id is a position of the log."""


@pytest.fixture
async def hub(site: Site) -> HubDay:
    made = HubDay(site)
    await made.begin(invited=2)
    return made


@pytest.fixture(autouse=True)
def watches(monkeypatch: pytest.MonkeyPatch) -> list[Watches]:
    """What the server under test watches, and a quicker pulse."""
    made: list[Watches] = []
    begun = Watches.__init__

    def begin(self: Watches, models: object) -> None:
        made.append(self)
        begin.begun(self, models)  # type: ignore[attr-defined]

    begin.begun = begun  # type: ignore[attr-defined]
    monkeypatch.setattr(Watches, "__init__", begin)
    monkeypatch.setattr(live, "CHECK_SECONDS", 0.1)
    monkeypatch.setattr(live, "LOOK_SECONDS", 0.02)
    return made


async def cookie_of(site: Site, caller: Caller) -> dict[str, str]:
    token = await site.hub.tokens.holder(digest(caller.authorization.removeprefix("Bearer ")))
    assert token is not None
    text = await sessions.begin(site.hub, token.actor, token)
    return {"cookie": f"hub_session={text}"}


@asynccontextmanager
async def listening(site: Site, path: str, headers: dict[str, str]) -> AsyncIterator[AsyncIterator[str]]:
    async with asyncio.timeout(20), site.client.stream("GET", path, headers=headers) as response:
        assert response.status_code == 200
        assert response.headers["content-type"] == "text/event-stream"
        yield response.aiter_lines()


async def until(lines: AsyncIterator[str], line: str) -> list[str]:
    heard: list[str] = []
    async for one in lines:
        heard.append(one)
        if one == line:
            return heard
    pytest.fail(f"never heard {line!r}: {heard}")


async def check_in(hub: HubDay, name: str) -> int:
    return int(await told(hub.coordinator, f"/v1/hub-sessions/{hub.session}/check-in", {"person": hub.people[name]}))


async def test_whoever_listens_hears_that_somebody_was_checked_in_and_not_who(site: Site, hub: HubDay) -> None:
    async with listening(site, f"/live{hub.path}", await cookie_of(site, hub.officer)) as lines:
        await until(lines, "retry: 3000")
        position = await check_in(hub, "Ada")
        heard = await until(lines, "event: moved")
    assert f"id: {position}" in heard
    assert not [one for one in heard if hub.people["Ada"] in one or "Ada" in one]


async def test_a_stream_says_that_something_moved_and_nothing_else_so_no_look_is_entered(
    site: Site, hub: HubDay
) -> None:
    ledger = log_of(PartnershipId(PETERBOROUGH), "access")
    cookie = await cookie_of(site, hub.coordinator)
    paths = [
        one.path.format(session=hub.session) for one in all_screens(ROUTES, demo=False) if isinstance(one, LiveScreen)
    ]
    assert len(paths) == 2
    for path, name in zip(paths, ("Ada", "Bruno"), strict=True):
        head = await site.hub.decider.log.head(ledger)
        async with listening(site, f"{path}?seen=1", cookie) as lines:
            heard = await until(lines, "retry: 3000")
            await check_in(hub, name)
            heard += [await anext(lines) for _ in range(4)]
        assert "event: moved" in heard, path
        assert [one for one in heard if not SAID.fullmatch(one)] == []
        assert await site.hub.decider.log.head(ledger) == head
    streams = {str(one.relative_to(ROOT)) for one in (ROOT / "api").rglob("*.py") if "stream=" in one.read_text()}
    assert streams == {"api/web/live.py"}, "nothing else is sent bit by bit"


async def test_what_changed_before_the_page_listened_is_told_at_once(site: Site, hub: HubDay) -> None:
    cookie = await cookie_of(site, hub.coordinator)
    position = await check_in(hub, "Ada")
    for path, header in ((f"?seen={position - 1}", {}), ("", {"last-event-id": str(position - 1)})):
        async with listening(site, f"/live{hub.path}{path}", {**cookie, **header}) as lines:
            assert f"id: {position}" in await until(lines, "event: moved")


async def test_a_heartbeat_keeps_the_connection(site: Site, hub: HubDay) -> None:
    async with listening(site, f"/live{hub.path}", await cookie_of(site, hub.coordinator)) as lines:
        await until(lines, ": ")
    assert 3.0 * live.BEATS <= 15


async def test_a_session_that_ends_ends_its_streams(site: Site, hub: HubDay) -> None:
    cookie = await cookie_of(site, hub.coordinator)
    async with listening(site, f"/live{hub.path}", cookie) as lines:
        await until(lines, "retry: 3000")
        await site.hub.tokens.revoke(hub.coordinator.token, site.clock.now())
        await until(lines, "event: ended")
        assert [one async for one in lines][-1:] in ([""], [])
    assert (await site.client.get(f"/live{hub.path}", headers=cookie)).text.startswith("event: ended")


async def test_who_leaves_hears_no_more_though_their_session_goes_on(site: Site, hub: HubDay) -> None:
    for path in (hub.path, "/referrals"):
        worker = await hub.caller("constable", "police", "leaver")
        cookie = await cookie_of(site, worker)
        async with listening(site, f"/live{path}", cookie) as lines:
            await until(lines, "retry: 3000")
            leaving = EndPost(at=site.clock.now(), worker=WorkerId("leaver"))
            await site.hub.decider.decide(leaving, opener(PartnershipId(PETERBOROUGH)))
            await until(lines, "event: ended")
        assert (await site.client.get(f"/live{path}", headers=cookie)).status_code == 403


async def test_who_moves_to_another_agency_hears_no_more_as_who_they_were(site: Site, hub: HubDay) -> None:
    worker = await hub.caller("constable", "police", "mover")
    async with listening(site, f"/live{hub.path}", await cookie_of(site, worker)) as lines:
        await until(lines, "retry: 3000")
        moving = PostWorker(at=site.clock.now(), worker=WorkerId("mover"), agency=AgencyId("csp"), role="administrator")
        await site.hub.decider.decide(moving, opener(PartnershipId(PETERBOROUGH)))
        await until(lines, "event: ended")


async def test_an_agreement_that_ends_while_a_page_is_open_shows_it_nobody_any_more(site: Site, hub: HubDay) -> None:
    coordinator = await hub.caller("hub-coordinator", "district-council", "council-coordinator")
    cookie = await cookie_of(site, coordinator)
    assert hub.people["Ada"] in (await site.client.get(hub.path, headers=cookie)).text
    async with listening(site, f"/live{hub.path}", cookie) as lines:
        await until(lines, "retry: 3000")
        ending = EndAgreement(at=site.clock.now(), agreement=AGREEMENT, reason="ended")
        await site.hub.decider.decide(ending, opener(PartnershipId(PETERBOROUGH)))
        await until(lines, "event: moved")
        await check_in(hub, "Ada")
        heard = await until(lines, ": ")
        assert "event: moved" not in heard, "what they may not see moves nothing on their page"
    page = await site.client.get(hub.path, headers=cookie)
    assert page.status_code == 200
    assert hub.people["Ada"] not in page.text
    assert "Ada" not in page.text


async def test_where_nobody_listens_nothing_is_watched(site: Site, hub: HubDay, watches: list[Watches]) -> None:
    cookie = await cookie_of(site, hub.coordinator)
    async with listening(site, f"/live{hub.path}", cookie) as lines:
        await until(lines, "retry: 3000")
        watch = next(iter(watches[0].watched()))
        assert watch.listeners == 1
    for _ in range(100):
        if not watches[0].watched():
            break
        await asyncio.sleep(0.02)
    assert not watches[0].watched()
    await asyncio.sleep(0)
    assert watch.looking.cancelled()


async def test_only_who_may_see_the_page_hears_of_it(site: Site, hub: HubDay) -> None:
    administrator = await hub.caller("administrator", "csp", "demo-administrator")
    refused = await site.client.get(f"/live{hub.path}", headers=await cookie_of(site, administrator))
    assert refused.status_code == 403
    unknown = await site.client.get("/live/hub-days/no-such", headers=await cookie_of(site, hub.coordinator))
    assert unknown.status_code == 404
    assert (await site.client.get(f"/live{hub.path}")).text == "event: ended\ndata:\n\n"


async def test_one_session_listens_to_so_many_pages(site: Site, hub: HubDay) -> None:
    cookie = await cookie_of(site, hub.coordinator)
    async with httpx.AsyncClient(base_url=site.url, headers=cookie) as client:
        opened = [client.build_request("GET", f"/live{hub.path}") for _ in range(live.OF_ONE_SESSION)]
        answers = [await client.send(one, stream=True) for one in opened]
        assert (await client.get(f"/live{hub.path}")).status_code == 429
        for one in answers:
            await one.aclose()


async def test_a_head_has_no_stream(site: Site, hub: HubDay) -> None:
    async with asyncio.timeout(5):
        answer = await site.client.head(f"/live{hub.path}", headers=await cookie_of(site, hub.coordinator))
    assert answer.status_code == 200
