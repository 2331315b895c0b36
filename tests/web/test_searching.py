"""The search on its pages: near matches with their reasons, what to mind, the limit, and what stands out."""

import pytest
from playwright.async_api import Page, expect

from application.published.partnerships import opener
from domain.ids import PartnershipId
from domain.search_limits import SetSearchLimits
from tests.api.world import FENLAND, Caller
from tests.web.browser import axe, in_each_mode, overflow, shot, tab_to, tolerate
from tests.web.record_world import callers, made, sign_in
from tests.web.site import Site

pytestmark = pytest.mark.anyio

TONY = {
    "given_name": "Antoni",
    "family_name": "Kowalski",
    "nickname": "Big Tony",
    "born": "1985-03-12",
    "description": "Tall, walks with a stick, a red woollen hat",
    "where_found": "Bridge Street",
}
HOSTILE = (
    "<script>alert(1)</script> 1990",
    "\u202eesrever 1990",
    "محمد علي 1990",
    "x" * 400 + " 1990",
    "\u200b \u200b",
)


@pytest.fixture
async def who(site: Site) -> dict[str, Caller]:
    known = await callers(site)
    for details in (
        TONY,
        {**TONY, "given_name": "Anton", "family_name": "Kowalsky", "nickname": "Gaz", "born": "1985-12-03"},
    ):
        asked = {name: details[name] for name in ("given_name", "family_name", "born")}
        search = await made(known["housing"], "/v1/people/search", asked)
        answer = "none-of-these" if search["people"] else "nobody-found"
        entry = {**details, "search": search["search"], "answer": answer, "identity": "stated", "synthetic": True}
        person = (await made(known["housing"], "/v1/people", entry))["person"]
        flag = {"kind": "staff-safety", "source": "seen", "expires_on": "2099-01-01", "reason": "Carries a knife"}
        await made(known["housing"], f"/v1/people/{person}/flags", flag)
    return known


async def look(page: Page, typed: str) -> None:
    await page.goto("/")
    await page.get_by_label("Who are you looking for?").fill(typed)
    await page.get_by_role("button", name="Search", exact=True).first.click()


async def test_near_matches_are_readable_in_each_mode(page: Page, who: dict[str, Caller]) -> None:
    await sign_in(page, who["officer"])
    await in_each_mode(page, "search-home")
    await look(page, "Kowalski 12/3/85")
    await page.get_by_role("heading", name="2 people found").wait_for()
    await expect(page.get_by_text("Same date of birth")).to_be_visible()
    await expect(page.get_by_text("Staff safety").first).to_be_visible()
    await expect(page.get_by_text("Your agency does not work with this person yet.").first).to_be_visible()
    await in_each_mode(page, "search-found")
    assert "Kowalski" not in page.url + await page.title()


async def test_a_search_is_done_by_keyboard_alone_and_who_is_meant_is_recognised(
    page: Page, who: dict[str, Caller]
) -> None:
    await sign_in(page, who["officer"])
    await tab_to(page, page.locator("#typed"))
    await page.keyboard.type("big tony, Bridge Street")
    await page.keyboard.press("Enter")
    await tab_to(page, page.get_by_role("button", name="This is the person").first)
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("region", name="This person")).to_contain_text("Antoni Kowalski")


async def test_what_was_typed_is_carried_on_and_who_was_ticked_is_compared_later(
    no_script: Page, who: dict[str, Caller]
) -> None:
    page = no_script
    await sign_in(page, who["officer"])
    await look(page, "Antek Kowalski 12/3/85, near Bridge Street")
    await page.get_by_label("Not sure: it may be this person").first.check()
    await page.get_by_role("button", name="None of these: enter somebody new").click()
    await expect(page.get_by_text("You are not sure about 1 person")).to_be_visible()
    await expect(page.get_by_label("First name")).to_have_value("Antek")
    await page.get_by_label("Stated by the person").check()
    await page.get_by_role("button", name="Add person").click()
    await expect(page.get_by_text("The person is in the register")).to_be_visible()
    pairs = (await who["coordinator"].get("/v1/people/duplicates")).json()["items"]
    assert pairs


@pytest.mark.parametrize("typed", HOSTILE)
async def test_whatever_is_typed_the_page_stands(page: Page, who: dict[str, Caller], typed: str) -> None:
    tolerate(page, "status of 422")
    await sign_in(page, who["officer"])
    await look(page, typed)
    await expect(page.locator("h1")).to_be_visible()
    await axe(page)
    assert await overflow(page) == 0


async def test_the_limit_says_when_to_go_on_and_keeps_what_was_typed(
    page: Page, site: Site, who: dict[str, Caller]
) -> None:
    tolerate(page, "status of 429")
    limits = SetSearchLimits(at=site.clock.now(), an_hour=1, told_searches=1, told_strangers=100)
    await site.hub.decider.decide(limits, opener(PartnershipId(FENLAND)))
    await sign_in(page, who["officer"])
    await look(page, "Kowalski 12/3/85")
    await look(page, "Kowalski 12/3/85")
    await expect(page.get_by_role("alert")).to_contain_text("Too many searches in an hour")
    await expect(page.get_by_role("alert")).to_contain_text("enter the person provisionally")
    await expect(page.get_by_label("Who are you looking for?")).to_have_value("Kowalski 12/3/85")
    await expect(page.get_by_text("You can search again in 60 minutes.")).to_be_visible()
    await axe(page)
    await shot(page, "search-limited")
    guardian = await site.caller("data-protection-officer", "hub", worker="dpo")
    await page.goto("/sign-in")
    await sign_in(page, guardian)
    await expect(page.get_by_text("Many searches in a day")).to_be_visible()
    await axe(page)
    await shot(page, "search-alerts")
    await page.get_by_role("link", name="Review these searches").click()
    await page.get_by_label("They were for work").check()
    await page.get_by_label("Why you find so").fill("She looked for one family all day")
    await axe(page)
    await shot(page, "search-alert-review")
    await page.get_by_role("button", name="Save review").click()
    await page.goto("/")
    await expect(page.get_by_text("She looked for one family all day")).to_be_visible()
    await axe(page)
    await shot(page, "search-alert-reviewed")


async def test_whose_role_does_not_search_is_told_so(page: Page, site: Site, who: dict[str, Caller]) -> None:
    tolerate(page, "status of 403")
    await sign_in(page, await site.caller("administrator", "hub", worker="administrator"))
    assert who
    answer = await page.goto("/people/search")
    assert answer is not None
    assert answer.status == 403
    await expect(page.locator("#typed")).to_have_count(0)
    await expect(page.get_by_role("heading", name="This is not for your role or agency to do")).to_be_visible()
    await axe(page)
    await shot(page, "search-forbidden")
