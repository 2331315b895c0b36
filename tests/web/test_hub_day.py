"""Hub day: one shared tablet, twelve arrivals, and nobody who was expected is lost."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Page, Route, expect

from tests.web.browser import axe, in_each_mode, overflow, shot, tab_to, tolerate
from tests.web.conftest import OpenPage
from tests.web.hub import NAMES, PETERBOROUGH, HubDay, signed_in, told
from tests.web.site import Site, serving
from tests.web.visitor import Visitor

pytestmark = pytest.mark.anyio

TABLET = {"viewport": {"width": 820, "height": 1180}, "has_touch": True}


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    async with serving(demo=True) as made:
        yield made


@pytest.fixture
async def hub(site: Site) -> HubDay:
    made = HubDay(site)
    await made.begin()
    return made


async def test_sessions_are_listed_the_next_one_first_and_a_new_one_is_scheduled(hub: HubDay, page: Page) -> None:
    await signed_in(page, hub.coordinator)
    await expect(page.get_by_role("link", name="Monday 2 June 2025")).to_be_visible()
    await page.get_by_role("button", name="Schedule a session").click()
    await page.get_by_label("Starts").fill("2025-06-09T10:00")
    await page.get_by_label("Ends").fill("2025-06-09T13:00")
    await page.locator("#place").fill("Town hall")
    await page.get_by_role("button", name="Schedule session").click()
    await page.wait_for_url("**/hub-days")
    await expect(page.get_by_role("link", name="Monday 9 June 2025")).to_be_visible()
    await shot(page, "hub-days")
    await axe(page)


async def test_without_any_session_the_page_says_what_to_do(site: Site, page: Page) -> None:
    day = HubDay(site)
    await site.agencies(("csp", "partnership"), partnership="peterborough")
    await signed_in(page, await day.caller("hub-coordinator", "csp", "demo-coordinator"))
    await expect(page.get_by_text("No hub session was ever scheduled here.")).to_be_visible()
    await axe(page)


@pytest.mark.parametrize("mode", ["tablet", "phone"])
async def test_twelve_arrivals_are_twelve_taps(hub: HubDay, open_page: OpenPage, mode: str) -> None:
    page = await open_page("desktop", **TABLET) if mode == "tablet" else await open_page("phone")
    await signed_in(page, hub.coordinator, hub.path)
    await shot(page, f"hub-day-expected-{mode}")
    for count, name in enumerate(NAMES, 1):
        button = page.get_by_role("button", name=f"Check in {name}", exact=True)
        box = await button.bounding_box()
        assert box is not None
        assert box["height"] >= 44
        await button.tap()
        await expect(page.locator(".hub-door__person--here")).to_have_count(count)
    assert await overflow(page) == 0
    await shot(page, f"hub-day-arrived-{mode}")
    await axe(page)
    day = await hub.seen()
    assert day["arrived_count"] == 12
    assert day["walk_in_count"] == 0


async def test_people_are_listed_by_first_name(hub: HubDay, page: Page) -> None:
    await hub.invited("Aaron")
    await signed_in(page, hub.coordinator, hub.path)
    names = await page.locator("#hub-day-lists .hub-door__name").all_inner_texts()
    assert names[:3] == ["Aaron", "Ada", "Bruno"]


async def test_a_walk_in_is_looked_for_and_checked_in(hub: HubDay, page: Page) -> None:
    await hub.known("Mia")
    await signed_in(page, hub.coordinator, hub.path)
    await page.get_by_label("Who are you looking for?").fill("Mia Example 11/3/1984")
    await page.get_by_role("button", name="Search").click()
    await axe(page)
    await page.get_by_role("button", name="It is them: check in Mia Example").click()
    await page.wait_for_url(f"**{hub.path}")
    await expect(page.locator(".hub-door__person--here")).to_contain_text("Mia")
    assert (await hub.seen())["walk_in_count"] == 1


async def test_a_walk_in_whom_nobody_knows_is_entered_and_checked_in_at_once(hub: HubDay, no_script: Page) -> None:
    page = no_script
    await signed_in(page, hub.coordinator, hub.path)
    await page.get_by_label("Who are you looking for?").fill("Nia Newcomer 1990")
    await page.get_by_role("button", name="Search").click()
    await expect(page.get_by_label("Family name")).to_have_value("Newcomer")
    await page.get_by_role("button", name="Enter and check in").click()
    await page.wait_for_url(f"**{hub.path}")
    await expect(page.locator(".hub-door__person--here")).to_contain_text("Nia")


async def test_what_cannot_be_searched_by_says_so_and_is_kept(hub: HubDay, page: Page) -> None:
    tolerate(page, "status of 422")
    await signed_in(page, hub.coordinator, hub.path)
    await page.get_by_label("Who are you looking for?").fill("Mia")
    await page.get_by_role("button", name="Search").click()
    await expect(page.get_by_label("Who are you looking for?")).to_have_value("Mia")
    await axe(page)


async def test_people_without_a_name_are_counted(hub: HubDay, page: Page) -> None:
    await signed_in(page, hub.coordinator, hub.path)
    await page.get_by_label("How many").fill("3")
    await page.get_by_role("button", name="Count without a name").click()
    await expect(page.get_by_role("status")).to_have_text("Counted")
    assert (await hub.seen())["anonymous_count"] == 3


async def test_without_javascript_somebody_is_checked_in(hub: HubDay, no_script: Page) -> None:
    page = no_script
    await signed_in(page, hub.coordinator, hub.path)
    await page.get_by_role("button", name="Check in Ada", exact=True).click()
    await expect(page.get_by_role("status")).to_have_text("Checked in")
    assert (await hub.seen())["arrived_count"] == 1


async def test_a_double_tap_makes_one(hub: HubDay, site: Site) -> None:
    async with Visitor(site) as visitor:
        await visitor.sign_in("coordinator", PETERBOROUGH)
        count = (await visitor.open(hub.path)).form(f"{hub.path}/count")
        for _ in range(2):
            await visitor.send(count, count="2")
    assert (await hub.seen())["anonymous_count"] == 2


async def test_the_keyboard_alone_checks_somebody_in(hub: HubDay, page: Page) -> None:
    await signed_in(page, hub.coordinator, hub.path)
    await tab_to(page, page.get_by_role("button", name="Check in Ada", exact=True))
    await page.keyboard.press("Enter")
    await expect(page.locator(".hub-door__person--here")).to_contain_text("Ada")


async def test_a_tap_without_a_connection_says_that_it_did_not_go_through_and_can_be_repeated(
    hub: HubDay, page: Page
) -> None:
    tolerate(page, "ERR_INTERNET_DISCONNECTED|htmx:|status of 503|Error Code 503")
    await signed_in(page, hub.coordinator, hub.path)
    tap = page.get_by_role("button", name="Check in Ada", exact=True)
    said = page.get_by_role("alert").filter(has_text="It did not go through")
    await expect(said).to_be_hidden()
    await page.context.set_offline(True)
    await tap.click()
    await expect(said).to_be_in_viewport()
    await axe(page)
    await page.context.set_offline(False)
    await page.route("**/check-in", lambda route: route.fulfill(status=503))
    await page.wait_for_timeout(1_100)
    await tap.click()
    await expect(said).to_be_visible()
    await page.unroute("**/check-in")
    await page.wait_for_timeout(1_100)
    await tap.click()
    await expect(page.locator(".hub-door__person--here")).to_contain_text("Ada")
    await expect(said).to_be_hidden()
    assert (await hub.seen())["arrived_count"] == 1


async def test_what_waits_for_an_answer_says_so(hub: HubDay, page: Page) -> None:
    go_on = asyncio.Event()

    async def late(route: Route) -> None:
        await go_on.wait()
        await route.continue_()

    await signed_in(page, hub.coordinator, hub.path)
    await page.route("**/check-in", late)
    await page.get_by_role("button", name="Check in Ada", exact=True).click()
    await expect(page.locator("#hub-day-lists")).to_have_attribute("aria-busy", "true")
    go_on.set()
    await expect(page.locator(".hub-door__person--here")).to_contain_text("Ada")
    await expect(page.locator("[aria-busy]")).to_have_count(0)


async def test_those_who_are_kept_apart_are_checked_in_with_a_warning_only(hub: HubDay, page: Page) -> None:
    tolerate(page, "status of 409")
    one, other = hub.people["Ada"], hub.people["Bruno"]
    flag = {"kind": "keep-apart", "other": other, "source": "seen", "expires_on": "2026-06-01"}
    flag["reason"] = "They fought."
    answer = await hub.officer.post(f"/v1/people/{one}/flags", flag)
    assert answer.status_code == 201, answer.text
    await signed_in(page, hub.coordinator, hub.path)
    await page.get_by_role("button", name="Check in Ada", exact=True).click()
    await expect(page.locator(".hub-door__person--here")).to_have_count(1)
    await page.get_by_role("button", name="Check in Bruno", exact=True).click()
    await expect(page.get_by_text("Two people who are kept apart")).to_be_visible()
    await expect(page.locator("[aria-busy]")).to_have_count(0)
    await axe(page)
    await page.get_by_role("button", name="Check in, warning noted Bruno").click()
    await expect(page.locator(".hub-door__person--here")).to_have_count(2)


async def test_of_two_quick_taps_each_is_answered(hub: HubDay, page: Page) -> None:
    tolerate(page, "status of 409")
    flag = {"kind": "keep-apart", "other": hub.people["Bruno"], "source": "seen", "expires_on": "2026-06-01"}
    flag["reason"] = "They fought."
    assert (await hub.officer.post(f"/v1/people/{hub.people['Ada']}/flags", flag)).status_code == 201
    await signed_in(page, hub.coordinator, hub.path)
    slow: list[bool] = []

    async def later(route: Route) -> None:
        slow.append(True)
        await asyncio.sleep(0.5 * len(slow))  # the refusal comes after the lists have changed
        await route.continue_()

    await page.route("**/check-in", later)
    await page.get_by_role("button", name="Check in Ada", exact=True).click()
    await page.get_by_role("button", name="Check in Bruno", exact=True).click()
    await expect(page.get_by_text("Two people who are kept apart")).to_be_visible()
    await expect(page.locator("[aria-busy]")).to_have_count(0)
    await expect(page.locator(".hub-door__person--here")).to_contain_text("Ada")


async def test_an_agency_says_that_it_is_there(hub: HubDay, page: Page) -> None:
    await signed_in(page, hub.coordinator, hub.path)
    await page.get_by_role("button", name="Confirm District-Council").click()
    await expect(page.get_by_text("Confirmed", exact=True)).to_be_visible()


async def test_a_session_is_cancelled_and_says_whom_to_tell(hub: HubDay, page: Page) -> None:
    await signed_in(page, hub.coordinator, hub.path)
    await page.get_by_role("link", name="Cancel this session").click()
    await page.get_by_label("Weather").check()
    await page.get_by_role("button", name="Cancel session").click()
    await page.wait_for_url(f"**{hub.path}")
    await expect(page.get_by_text("This session does not take place")).to_be_visible()
    await expect(page.get_by_role("button", name="Check in Ada")).to_have_count(0)
    await axe(page)


async def test_the_day_has_no_barrier_in_any_mode(hub: HubDay, page: Page) -> None:
    await signed_in(page, hub.coordinator, hub.path)
    await page.get_by_role("button", name="Check in Ada", exact=True).click()
    await expect(page.locator(".hub-door__person--here")).to_have_count(1)
    await in_each_mode(page)


async def test_whoever_has_no_part_in_hub_days_is_told_so(hub: HubDay, page: Page) -> None:
    tolerate(page, "status of 403")
    await signed_in(page, await hub.caller("administrator", "csp", "demo-administrator"), "/")
    await expect(page.get_by_role("link", name="Hub days")).to_have_count(0)
    for path in ("/hub-days", hub.path, f"{hub.path}/lists"):
        answer = await page.goto(path)
        assert answer is not None
        assert answer.status == 403
    await axe(page)


async def test_two_tablets_see_each_others_check_ins(hub: HubDay, open_page: OpenPage) -> None:
    one, other = await open_page("desktop", **TABLET), await open_page("desktop", **TABLET)
    await signed_in(one, hub.coordinator, hub.path)
    await signed_in(other, hub.officer, hub.path)
    await other.get_by_label("Who are you looking for?").fill("Half ty")
    await one.get_by_role("button", name="Check in Ada", exact=True).tap()
    await expect(other.locator(".hub-door__person--here")).to_contain_text("Ada")
    await expect(other.get_by_label("Who are you looking for?")).to_have_value("Half ty")
    await other.get_by_role("button", name="Check in Bruno", exact=True).tap()
    await expect(one.locator(".hub-door__person--here")).to_have_count(2)


async def test_an_agency_is_not_told_that_nobody_is_expected_where_it_may_not_see_who(hub: HubDay, page: Page) -> None:
    await signed_in(page, await hub.caller("agency-worker", "health", "demo-nurse"), hub.path)
    await expect(page.get_by_text("12 more people are on this session's list")).to_be_visible()
    await expect(page.get_by_text("Nobody was invited")).to_have_count(0)
    await expect(page.get_by_text("Ada")).to_have_count(0)


@pytest.mark.parametrize("mode", ["desktop", "no-script"])
async def test_a_check_in_made_by_mistake_is_taken_back_with_one_tap(
    hub: HubDay, open_page: OpenPage, mode: str
) -> None:
    page = await open_page(mode)
    await signed_in(page, hub.coordinator, hub.path)
    await page.get_by_role("button", name="Check in Ada", exact=True).click()
    await page.get_by_role("button", name="Take back the check-in of Ada").click()
    await expect(page.get_by_role("status")).to_have_text("Check-in taken back")
    await expect(page.locator(".hub-door__person--here")).to_have_count(0)
    if mode != "no-script":
        await axe(page)
    await page.get_by_role("button", name="Check in Ada", exact=True).click()
    await expect(page.locator(".hub-door__person--here")).to_have_count(1)
    assert (await hub.seen())["arrived_count"] == 1
    await page.goto(f"/people/{hub.people['Ada']}/timeline")
    await expect(page.get_by_role("heading", name="Check-in taken back: Wrong person")).to_be_visible()


async def test_a_check_in_is_not_taken_back_once_the_session_is_closed(hub: HubDay, site: Site) -> None:
    one = f"/v1/hub-sessions/{hub.session}"
    async with Visitor(site) as visitor:
        await visitor.sign_in("coordinator", PETERBOROUGH)
        await told(hub.coordinator, f"{one}/check-in", {"person": hub.people["Ada"]}, "position")
        form = (await visitor.open(hub.path)).form(f"{hub.path}/take-back")
        site.clock.pass_by(hours=2)
        await told(hub.coordinator, f"{one}/close", {}, "position")
        refused = await visitor.send(form)
        assert refused.status == 409
        assert "A check-in is taken back while the session is open" in refused.text
        assert not [one for one in refused.forms if one.action.endswith("/take-back")]
