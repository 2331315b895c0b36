"""Operations: an administrator sees whether the system is well, and what to do where it is not; nobody else does."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import msgspec
import pytest
from playwright.async_api import Page

from api import wiring
from api.demo import workers_of
from api.hub import Check, Hub, Projection
from api.sheets import opened_partnership
from application.posting import see_in_post
from domain.ids import PartnershipId
from tests.api.world import START, SetClock
from tests.web.browser import axe, in_each_mode
from tests.web.site import Site, serving
from tests.web.test_frame_browser import sign_in
from tests.web.visitor import Visitor

pytestmark = pytest.mark.anyio

BUILDS: list[Projection] = []
NOT_WELL: list[Check] = []


def build(number: int, position: int, *, live: bool = False, stopped: str | None = None) -> Projection:
    return Projection(
        build=number,
        live=live,
        position=position,
        head=400,
        lag=400 - position,
        outdated=False,
        stopped=stopped,
        updated=START,
    )


@asynccontextmanager
async def watched() -> AsyncIterator[Hub]:
    """A hub whose projections are as a test says."""

    async def projections(_partnership: PartnershipId) -> tuple[Projection, ...]:
        return tuple(BUILDS)

    async def ready() -> tuple[Check, ...]:
        return (Check("database", well=True), Check("keys", well=True), *NOT_WELL)

    async with wiring.in_memory(SetClock()) as hub:
        await opened_partnership(hub, "fenland")
        for worker in workers_of(PartnershipId("fenland")).values():
            await see_in_post(hub.decider, worker, hub.clock)
        yield msgspec.structs.replace(hub, projections=projections, ready=ready)


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    BUILDS[:] = [build(1, 120), build(2, 400, live=True)]
    NOT_WELL.clear()
    async with serving(watched(), demo=True) as made:
        yield made


async def shown(site: Site, worker: str = "administrator", path: str = "/operations") -> str:
    async with Visitor(site) as visitor:
        await visitor.sign_in(worker)
        return (await visitor.open(path)).text


async def test_it_is_accessible_in_each_mode(page: Page) -> None:
    BUILDS[:] = [build(1, 120), build(2, 300, live=True, stopped="ticket-issued v9"), build(3, 250)]
    NOT_WELL[:] = [Check("projections", well=False, note="they have stopped")]
    await sign_in(page, "administrator")
    await page.goto("/operations")
    await in_each_mode(page, "operations")


async def test_what_is_up_to_date_is_said_to_be(site: Site) -> None:
    text = await shown(site)
    assert "The views hold all that was recorded." in text
    assert "No rebuild is running." in text
    assert "Build 1 is kept as it stood at entry 120" in text


async def test_views_that_stopped_say_at_what_and_what_to_do(site: Site) -> None:
    BUILDS[:] = [build(1, 300, live=True, stopped="ticket-issued v9")]
    text = await shown(site)
    assert "stopped at entry 301" in text
    assert "ticket-issued v9" in text
    assert "Run the version of the program that wrote this entry" in text


async def test_what_is_not_well_is_named(site: Site) -> None:
    NOT_WELL[:] = [Check("projections", well=False, note="they have stopped")]
    text = await shown(site)
    assert "they have stopped" in text
    assert "Not well" in text


async def test_a_rebuild_shows_how_far_it_has_come(page: Page) -> None:
    BUILDS.append(build(3, 100))
    await sign_in(page, "administrator")
    await page.goto("/operations")
    bar = page.get_by_role("progressbar", name="Build 3 is being made")
    assert await bar.get_attribute("value") == "100"
    BUILDS[-1] = build(3, 350)
    await page.locator("progress[value='350']").wait_for()
    await axe(page)


async def test_requests_are_counted_with_those_that_failed(site: Site) -> None:
    text = await shown(site)
    assert "Requests now" in text
    assert "<dd>1</dd>" in text, "the one that asks"


@pytest.mark.parametrize("worker", ["coordinator", "officer", "nurse"])
async def test_it_is_for_administrators(site: Site, worker: str) -> None:
    async with Visitor(site) as visitor:
        await visitor.sign_in(worker, to="/people/search")
        for path in ("/operations", "/operations/now"):
            seen = await visitor.client.get(path, headers={"hx-request": "true"})
            assert seen.status_code == 403
        assert "/operations" not in (await visitor.open("/administration")).links
