"""Somebody at the hub is seen, referred and accepted on the spot; the session is closed; the paper sheet is typed."""

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Page, expect

from tests.web.browser import axe, overflow, shot, tolerate
from tests.web.conftest import OpenPage
from tests.web.hub import PETERBOROUGH, HubDay, offered, signed_in, told
from tests.web.site import Site, serving
from tests.web.visitor import Visitor

pytestmark = pytest.mark.anyio


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    async with serving(demo=True) as made:
        yield made


@pytest.fixture
async def hub(site: Site) -> HubDay:
    made = HubDay(site)
    await made.begin(invited=3)
    return made


async def came(hub: HubDay, name: str = "Ada") -> str:
    body = {"person": hub.people[name]}
    await told(hub.coordinator, f"/v1/hub-sessions/{hub.session}/check-in", body)
    return f"{hub.path}/people/{hub.people[name]}"


async def fill_in(page: Page, service: str, need: str) -> None:
    await page.get_by_label(service).check() if await page.get_by_label(service).count() else await page.locator(
        "#service"
    ).select_option(label=service)
    await page.locator("#need").select_option(label=need)
    for name in ("core.urgency", "core.children", "core.accommodation_tonight", "core.id_held", "core.gp_registered"):
        field = page.locator(f"[name='{name}']").first
        if await field.evaluate("one => one.tagName") == "SELECT":
            await field.select_option(index=1)
        else:
            await field.check()
    await page.locator("[name='core.safe_contact.how']").fill("Ask at the day centre")
    await page.locator("[name='core.language']").select_option("en")


async def test_whom_somebody_saw_is_written_down(hub: HubDay, page: Page) -> None:
    await signed_in(page, hub.coordinator, await came(hub))
    await page.get_by_label("District-Council").check()
    await page.get_by_label("Csp").check()
    await page.get_by_role("button", name="Write down").click()
    await expect(page.get_by_text("Seen", exact=True)).to_have_count(2)
    await axe(page)
    assert await overflow(page) == 0


async def test_a_referral_to_ones_own_service_is_accepted_in_the_same_act(hub: HubDay, page: Page) -> None:
    await offered(hub, "csp", "Debt advice", "debt")
    where = await came(hub)
    await signed_in(page, hub.coordinator, where)
    await page.get_by_role("button", name="Refer on the spot").click()
    await axe(page)
    await fill_in(page, "Debt advice, Csp", "Debt")
    await page.get_by_label("Accept it at the same time").check()
    await page.get_by_role("button", name="Send referral").click()
    await page.wait_for_url(f"**{where}")
    await expect(page.locator(".hub-card--good")).to_contain_text("Accepted")
    await shot(page, "hub-person-accepted")


async def test_an_agency_without_a_log_in_says_yes_and_who_heard_it_is_written_down(hub: HubDay, page: Page) -> None:
    await offered(hub, "night-kitchen", "Night kitchen", "food-and-shower", logs_in=False)
    where = await came(hub)
    await signed_in(page, hub.coordinator, where)
    await page.get_by_role("button", name="Refer on the spot").click()
    await fill_in(page, "Night kitchen, Night kitchen", "Food and a shower")
    await basis(page)
    await page.get_by_label("Accept it at the same time").check()
    await page.get_by_label("Who said yes").fill("Their cook, at the table")
    await page.get_by_role("button", name="Send referral").click()
    await page.wait_for_url(f"**{where}")
    await expect(page.locator(".hub-card--good")).to_contain_text("Accepted")


async def basis(page: Page) -> None:
    field = page.locator("[name='basis']").first
    if await field.evaluate("one => one.tagName") == "SELECT":
        await field.select_option(index=1)
    else:
        await field.check()
    await page.locator("[name='rationale']").fill("They asked for it themselves, at the table.")


async def test_another_agency_accepts_as_itself(hub: HubDay, page: Page, open_page: OpenPage) -> None:
    tolerate(page, "status of 403")
    await offered(hub, "district-council", "Housing options", "housing")
    where = await came(hub)
    await signed_in(page, hub.coordinator, where)
    await page.get_by_role("button", name="Refer on the spot").click()
    await fill_in(page, "Housing options, District-Council", "Housing")
    await basis(page)
    await page.get_by_label("Accept it at the same time").check()
    await page.get_by_role("button", name="Send referral").click()
    await expect(page.get_by_text("Only the agency that was asked answers")).to_be_visible()
    await expect(page.get_by_text("Hand them the tablet")).to_be_visible()
    other = await open_page()
    await signed_in(other, await hub.caller("agency-worker", "district-council", "demo-housing-officer"), where)
    await other.get_by_role("button", name="Accept Housing").click()
    await expect(other.locator(".hub-card--good")).to_contain_text("Accepted")


@pytest.mark.parametrize("mode", ["desktop", "no-script"])
async def test_the_session_is_closed_from_one_page(hub: HubDay, open_page: OpenPage, mode: str) -> None:
    page = await open_page(mode)
    await came(hub)
    hub.site.clock.pass_by(hours=2)
    await signed_in(page, hub.coordinator, f"{hub.path}/close")
    await expect(page.get_by_role("group", name="Bruno")).to_be_visible()
    await page.get_by_role("group", name="Bruno").get_by_label("Came", exact=True).check()
    await page.get_by_role("group", name="Ada").get_by_label("District-Council").check()
    await page.get_by_role("group", name="Which of these agencies").get_by_label("District-Council").check()
    if mode == "desktop":
        await axe(page)
        await shot(page, "hub-close")
    await page.get_by_role("button", name="Close the session").click()
    await page.wait_for_url(f"**{hub.path}")
    await expect(page.get_by_text("Closed with 2 people who came")).to_be_visible()
    day = await hub.seen()
    assert (day["arrived_count"], len(day["missed"])) == (2, 1)
    assert day["session"]["confirmed"] == ["district-council"]


async def test_a_session_that_has_not_begun_is_not_closed_and_nothing_typed_is_lost(hub: HubDay, page: Page) -> None:
    tolerate(page, "status of 409")
    await signed_in(page, hub.coordinator, f"{hub.path}/close")
    await page.get_by_role("group", name="Which of these agencies").get_by_label("District-Council").check()
    await page.get_by_role("button", name="Close the session").click()
    await expect(page.get_by_text("The session is not closed yet")).to_be_visible()
    await axe(page)


@pytest.mark.parametrize("mode", ["desktop", "phone", "no-script"])
async def test_a_paper_sheet_with_a_bad_line_is_written_down_but_for_that_line(
    hub: HubDay, open_page: OpenPage, mode: str
) -> None:
    page = await open_page(mode)
    tolerate(page, "status of 422")
    await hub.known("Mia")
    hub.site.clock.pass_by(days=2)
    hub.coordinator = await hub.caller("hub-coordinator", "csp", "demo-coordinator")
    await signed_in(page, hub.coordinator, f"{hub.path}/sheet")
    await page.get_by_role("group", name="Ada").get_by_label("Came", exact=True).check()
    await page.get_by_role("group", name="Bruno").get_by_label("Did not come").check()
    await page.get_by_label("Line 1", exact=True).fill("Mia Example 11/3/1984")
    await page.get_by_label("Line 2").fill("Nobody Atall 1971")
    await page.get_by_label("Line 3").fill("illegible")
    await page.get_by_label("How many gave no name").fill("4")
    await page.get_by_role("button", name="Write down the sheet").click()
    await expect(page.locator("#results .hub-badge--good")).to_have_count(3)
    await page.get_by_label("Mia Example").check()  # who is meant by a name is chosen, and never guessed
    await page.get_by_role("button", name="Write down the sheet").click()
    await expect(page.get_by_label("Line 1", exact=True)).to_have_value("")
    await expect(page.get_by_label("Line 2")).to_have_value("Nobody Atall 1971")
    await expect(page.get_by_label("Line 3")).to_have_value("illegible")
    if mode != "no-script":
        await axe(page)
        assert await overflow(page) == 0
        await shot(page, f"hub-sheet-{mode}")
    day = await hub.seen()
    assert (day["arrived_count"], len(day["missed"]), day["anonymous_count"]) == (2, 1, 4)
    when = {line["shown"]["row"]["attended_at"] for line in day["arrived"]}
    assert when == {day["session"]["starts"]}, "a line happened at the session, not when it was typed"


async def test_the_same_sheet_twice_adds_nothing(hub: HubDay, site: Site) -> None:
    async with Visitor(site) as visitor:
        await visitor.sign_in("coordinator", PETERBOROUGH)
        sheet = (await visitor.open(f"{hub.path}/sheet")).form(f"{hub.path}/sheet")
        for _ in range(2):
            typed = {f"on-list-{hub.people['Ada']}": "came", "nameless": "3"}
            assert (await visitor.send(sheet, **typed)).status == 200
    day = await hub.seen()
    assert (day["arrived_count"], day["anonymous_count"]) == (1, 3)


async def test_a_sheet_typed_the_day_before_is_refused_line_by_line(hub: HubDay, page: Page) -> None:
    tolerate(page, "status of 422")
    hub.site.clock.pass_by(days=-1)
    hub.coordinator = await hub.caller("hub-coordinator", "csp", "demo-coordinator")
    await signed_in(page, hub.coordinator, f"{hub.path}/sheet")
    await page.get_by_role("group", name="Ada").get_by_label("Came", exact=True).check()
    await page.get_by_role("button", name="Write down the sheet").click()
    await expect(page.locator("#results")).to_contain_text("from the day of the session on")
    await expect(page.get_by_role("group", name="Ada").get_by_label("Came", exact=True)).to_be_checked()
    await axe(page)
