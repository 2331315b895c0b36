"""One tablet, several workers: each as themselves, with a PIN; nobody as somebody else."""

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Page, expect

from api.web import live
from tests.api.world import Caller
from tests.web.browser import axe, overflow, shot, tolerate
from tests.web.conftest import OpenPage
from tests.web.hub import HubDay, signed_in
from tests.web.site import Site, serving

pytestmark = pytest.mark.anyio

COORDINATOR, HOUSING = "274186", "905172"


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    async with serving(demo=True) as made:
        yield made


@pytest.fixture
async def hub(site: Site) -> HubDay:
    made = HubDay(site)
    await made.begin(invited=3)
    return made


async def share(page: Page, caller: Caller, pin: str, path: str) -> None:
    await signed_in(page, caller, path)
    await page.get_by_role("link", name="Share this tablet").first.click()
    await page.get_by_label("PIN", exact=True).fill(pin)
    await page.get_by_label("The same PIN again").fill(pin)
    await page.get_by_role("button", name="Share this tablet").click()
    await page.wait_for_url(f"**{path}")


async def shared(page: Page, hub: HubDay) -> None:
    """A coordinator and a housing officer share the tablet; the officer has it."""
    await share(page, hub.coordinator, COORDINATOR, hub.path)
    officer = await hub.caller("agency-worker", "district-council", "demo-housing-officer")
    await share(page, officer, HOUSING, hub.path)


async def change_over(page: Page, worker: str, pin: str) -> None:
    await page.get_by_text("Change over").click()
    await page.get_by_role("link", name=worker).click()
    await enter(page, pin)


async def enter(page: Page, pin: str) -> None:
    await page.get_by_label("PIN of").fill(pin)
    await page.get_by_role("button", name="Go on").click()


@pytest.mark.parametrize("mode", ["desktop", "phone", "no-script"])
async def test_workers_change_over_with_their_pins(hub: HubDay, open_page: OpenPage, mode: str) -> None:
    page = await open_page(mode)
    await shared(page, hub)
    await expect(page.locator(".hub-user__name")).to_have_text("Housing officer")
    if mode != "no-script":
        await page.get_by_text("Change over").click()
        await axe(page)
        assert await overflow(page) == 0
        await shot(page, f"tablet-menu-{mode}")
        await page.get_by_text("Change over").click()
    await change_over(page, "Hub coordinator", COORDINATOR)
    await page.wait_for_url(f"**{hub.path}")
    await expect(page.locator(".hub-user__name")).to_have_text("Hub coordinator")
    await page.get_by_role("button", name="Check in Ada", exact=True).click()
    await expect(page.locator(".hub-door__person--here")).to_have_count(1)
    assert (await hub.seen())["arrived"][0]["shown"]["row"]["checked_in_by"] == "demo-coordinator"


async def test_five_wrong_pins_end_that_workers_session_on_the_tablet(hub: HubDay, page: Page) -> None:
    tolerate(page, "status of 422")
    await shared(page, hub)
    await page.get_by_text("Change over").click()
    await page.get_by_role("link", name="Hub coordinator").click()
    for left in (4, 3, 2, 1):
        await enter(page, "111112")
        await expect(page.locator("#pin-error")).to_contain_text(f"{left} tr")
    await axe(page)
    await enter(page, "111112")
    await expect(page.get_by_text("That was wrong five times")).to_be_visible()
    await expect(page.get_by_role("link", name="Hub coordinator")).to_have_count(0)
    await page.goto("/tablet?seat=1")
    await expect(page.get_by_label("PIN of Hub coordinator")).to_have_count(0)
    await expect(page.get_by_label("PIN of")).to_have_count(0)


async def test_a_wrong_pin_in_between_is_forgiven(hub: HubDay, page: Page) -> None:
    tolerate(page, "status of 422")
    await shared(page, hub)
    for _ in range(2):
        await page.goto("/tablet?seat=2")
        for _ in range(4):
            await enter(page, "111112")
            await expect(page.locator("#pin-error")).to_be_visible()
        await enter(page, HOUSING)
        await page.wait_for_url("**/")


@pytest.mark.parametrize("mode", ["desktop", "no-script"])
async def test_after_five_idle_minutes_the_tablet_asks_and_keeps_what_was_typed(
    hub: HubDay, open_page: OpenPage, mode: str
) -> None:
    page = await open_page(mode)
    tolerate(page, "status of 403")
    await shared(page, hub)
    hub.site.clock.pass_by(minutes=4)
    await page.goto(f"{hub.path}/sheet")
    await page.get_by_label("Line 1", exact=True).fill("Ada Example 11/3/1984")
    hub.site.clock.pass_by(minutes=5)
    await page.get_by_role("button", name="Write down the sheet").click()
    await expect(page.get_by_text("What you typed is kept")).to_be_visible()
    if mode == "desktop":
        await axe(page)
    await enter(page, HOUSING)
    await expect(page.get_by_text("Ada Example 11/3/1984")).to_be_visible()
    await page.goto(hub.path)
    await expect(page.get_by_role("heading", name="Monday 2 June 2025")).to_be_visible()
    hub.site.clock.pass_by(minutes=5)
    await page.goto(hub.path)
    await expect(page.get_by_role("heading", name="Who goes on?")).to_be_visible()
    await expect(page.get_by_text("Ada")).to_have_count(0)


async def test_what_somebody_else_typed_is_not_given_to_whoever_goes_on(hub: HubDay, page: Page) -> None:
    tolerate(page, "status of 403")
    await shared(page, hub)
    await page.goto(f"{hub.path}/sheet")
    await page.get_by_label("Line 1", exact=True).fill("Ada Example 11/3/1984")
    hub.site.clock.pass_by(minutes=5)
    await page.get_by_role("button", name="Write down the sheet").click()
    await page.get_by_role("link", name="Hub coordinator").click()
    await enter(page, COORDINATOR)
    await expect(page.get_by_text("Ada Example 11/3/1984")).to_have_count(0)


async def test_a_page_that_refreshes_itself_keeps_no_tablet_open(
    hub: HubDay, page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "CHECK_SECONDS", 0.1)
    await shared(page, hub)
    hub.site.clock.pass_by(minutes=4)
    answer = await page.request.get(f"{hub.path}/lists")
    assert answer.status == 200
    hub.site.clock.pass_by(minutes=1)
    await expect(page.get_by_role("heading", name="Who goes on?")).to_be_visible()


async def test_who_leaves_is_offered_no_more(hub: HubDay, page: Page) -> None:
    await shared(page, hub)
    await page.get_by_role("button", name="Leave this tablet").click()
    await expect(page.get_by_role("link", name="Hub coordinator")).to_be_visible()
    await expect(page.get_by_text("Housing officer")).to_have_count(0)
    await page.goto(hub.path)
    await expect(page.get_by_role("heading", name="A support hub, to try out")).to_be_visible()


async def test_a_token_that_is_revoked_ends_its_seat(hub: HubDay, page: Page) -> None:
    await shared(page, hub)
    await change_over(page, "Hub coordinator", COORDINATOR)
    await page.wait_for_url(f"**{hub.path}")
    await page.goto("/tablet")
    await expect(page.get_by_text("Hub coordinator").first).to_be_visible()
    await hub.site.hub.tokens.revoke(hub.coordinator.token, hub.site.clock.now())
    await page.reload()
    await expect(page.get_by_text("Hub coordinator")).to_have_count(0)


async def test_after_twelve_hours_nobody_is_offered(hub: HubDay, page: Page) -> None:
    await shared(page, hub)
    await page.goto("/tablet")  # the page of the day would find its session over, and go elsewhere by itself
    hub.site.clock.pass_by(hours=12)
    await page.reload()
    await expect(page.get_by_text("Nobody shares this tablet now")).to_be_visible()


@pytest.mark.parametrize(
    ("pin", "again", "told"),
    [
        ("12345", "12345", "Choose six digits"),
        ("123456", "123456", "Choose another PIN"),
        ("274186", "274168", "The two are not the same"),
    ],
)
async def test_a_pin_is_six_digits_that_are_not_tried_first(
    hub: HubDay, page: Page, pin: str, again: str, told: str
) -> None:
    tolerate(page, "status of 422")
    await signed_in(page, hub.coordinator, "/tablet/join")
    await page.get_by_label("PIN", exact=True).fill(pin)
    await page.get_by_label("The same PIN again").fill(again)
    await page.get_by_role("button", name="Share this tablet").click()
    await expect(page.locator(".govuk-error-message")).to_contain_text(told)
    await axe(page)


async def test_another_device_offers_nobody(hub: HubDay, page: Page, open_page: OpenPage) -> None:
    await shared(page, hub)
    other = await open_page()
    await other.goto("/tablet?seat=1")
    await expect(other.get_by_text("Nobody shares this tablet now")).to_be_visible()
