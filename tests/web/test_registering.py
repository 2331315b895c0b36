"""Somebody is entered: looked for first, typed once, and never twice."""

import pytest
from playwright.async_api import Page, expect

from tests.api.world import Caller
from tests.web.browser import axe, in_each_mode, overflow, shot, tolerate
from tests.web.conftest import OpenPage
from tests.web.record_world import callers, made, sign_in
from tests.web.site import Site

pytestmark = pytest.mark.anyio


@pytest.fixture
async def who(site: Site) -> dict[str, Caller]:
    return await callers(site)


async def looked_for(page: Page, typed: str) -> None:
    await page.goto("/")
    await page.get_by_label("Who are you looking for?").fill(typed)
    await page.get_by_role("button", name="Search", exact=True).first.click()


@pytest.mark.parametrize("mode", ["desktop", "no-script"])
async def test_what_was_searched_for_is_typed_once(open_page: OpenPage, who: dict[str, Caller], mode: str) -> None:
    page = await open_page(mode)
    await sign_in(page, who["coordinator"])
    await looked_for(page, "Анна Коваль 3.5.1990")
    await page.get_by_role("button", name="Enter somebody new").click()
    await expect(page.get_by_label("First name")).to_have_value("Анна")
    await expect(page.get_by_label("Family name")).to_have_value("Коваль")
    await expect(page.get_by_label("Date of birth")).to_have_value("1990-05-03")
    await page.get_by_label("Stated by the person").check()
    await page.get_by_label("Ukrainian").check()
    await page.get_by_label("Another language").select_option("ka")
    await page.get_by_role("button", name="Add person").click()
    await expect(page.get_by_text("The person is in the register")).to_be_visible()
    await expect(page.get_by_role("region", name="This person")).to_contain_text("Анна Коваль")
    await page.get_by_role("link", name="Contact and details").click()
    await expect(page.get_by_text("Ukrainian, Georgian")).to_be_visible()
    assert "Анна" not in page.url + await page.title()


async def test_a_form_with_a_mistake_keeps_all_that_was_typed(page: Page, who: dict[str, Caller]) -> None:
    tolerate(page, "status of 4")
    await sign_in(page, who["coordinator"])
    await looked_for(page, "Madonna")
    await expect(page.get_by_role("alert")).to_contain_text("Add something that you know")
    await looked_for(page, "Madonna Ciccone 1990")
    await page.get_by_role("button", name="Enter somebody new").click()
    assert await page.get_by_label("Age, about").input_value() == "25-34"
    await page.get_by_label("Family name").fill("")
    await page.get_by_label("Nickname or street name").fill("Madonna")
    await page.get_by_label("Polish").check()
    await page.get_by_role("button", name="Add person").click()
    await expect(page.get_by_role("alert")).to_contain_text("what the identity rests on")
    await expect(page.get_by_label("Nickname or street name")).to_have_value("Madonna")
    await expect(page.get_by_label("Polish")).to_be_checked()
    await axe(page)
    await page.get_by_label("Date of birth (optional)").fill("2031-01-01")
    await page.get_by_label("Stated by the person").check()
    await page.get_by_role("button", name="Add person").click()
    await expect(page.get_by_text("Nobody is met before they are born.")).to_be_visible()
    await page.get_by_label("Date of birth (optional)").fill("")
    await page.get_by_role("button", name="Add person").click()
    await expect(page.get_by_text("The person is in the register")).to_be_visible()


async def test_somebody_without_a_name_is_entered_without_a_search(page: Page, who: dict[str, Caller]) -> None:
    await sign_in(page, who["officer"], "/people/search")
    await page.get_by_role("link", name="Enter them without a name").click()
    await expect(page.get_by_label("No name was given")).to_be_checked()
    await page.get_by_text("More that is known").click()
    await page.get_by_label("Description").fill("Red beard, <script>alert(1)</script>")
    await page.get_by_role("button", name="Add person").click()
    await expect(page.get_by_text("This entry is provisional")).to_be_visible()


async def test_whoever_is_named_is_looked_for_first(page: Page, who: dict[str, Caller]) -> None:
    tolerate(page, "status of 4")
    await sign_in(page, who["officer"], "/people/new")
    await page.get_by_label("First name").fill("Jane")
    await page.get_by_role("button", name="Add person").click()
    await expect(page.get_by_role("alert")).to_contain_text("Look for somebody who has a name first")
    await expect(page.get_by_label("First name")).to_have_value("Jane")


async def test_the_same_person_is_recognised_and_not_entered_again(page: Page, who: dict[str, Caller]) -> None:
    await sign_in(page, who["officer"])
    await looked_for(page, "Jane Smith 6.5.1990")
    await page.get_by_role("button", name="Enter somebody new").click()
    await page.get_by_label("Stated by the person").check()
    await page.get_by_role("button", name="Add person").click()
    path = page.url
    await page.goto("/sign-in")
    await sign_in(page, who["housing"])
    await looked_for(page, "jane SMITH 6.5.1990")
    await axe(page)
    assert await page.get_by_role("link", name="Jane Smith").count() == 0
    await page.get_by_role("button", name="This is the person").click()
    await page.wait_for_url(path)
    await expect(page.get_by_role("region", name="This person")).to_contain_text("Jane Smith")
    await looked_for(page, "jane SMITH 6.5.1990")
    await expect(page.get_by_role("link", name="Jane Smith")).to_be_visible()
    await page.get_by_role("button", name="None of these: enter somebody new").click()
    await page.get_by_label("Believed, not confirmed").check()
    await page.get_by_role("button", name="Add person").click()
    await expect(page.get_by_text("The person is in the register")).to_be_visible()
    assert page.url != path


async def test_entering_is_readable_in_each_mode(page: Page, who: dict[str, Caller]) -> None:
    await sign_in(page, who["coordinator"], "/people/new")
    await in_each_mode(page)
    await looked_for(page, "Jane Smith 6.5.1990")
    await in_each_mode(page)
    await page.get_by_role("button", name="Enter somebody new").click()
    await in_each_mode(page, "person-new")


async def nameless(who: dict[str, Caller]) -> str:
    entry = {"identity": "unknown", "provisional": "no-name-given", "description": "Red beard"}
    return str((await made(who["officer"], "/v1/people", entry))["person"])


@pytest.mark.parametrize("mode", ["desktop", "no-script"])
async def test_who_was_entered_without_a_name_is_looked_for_and_then_named(
    open_page: OpenPage, who: dict[str, Caller], mode: str
) -> None:
    page = await open_page(mode)
    person = await nameless(who)
    await sign_in(page, who["officer"], f"/people/{person}/details")
    await page.locator(f"a[href^='/people/{person}/who']").first.click()
    if mode == "desktop":
        await axe(page)
    await page.get_by_label("Who are you looking for?").fill("Jonas Kazlauskas 3.5.1990")
    await page.get_by_role("button", name="Search", exact=True).click()
    await expect(page.get_by_text("Nobody else in the register")).to_be_visible()
    await expect(page.get_by_label("First name")).to_have_value("Jonas")
    await page.get_by_label("Stated by the person").check()
    await page.get_by_role("button", name="Save identity").click()
    await expect(page.get_by_text("It is on record who this is")).to_be_visible()
    await expect(page.get_by_role("region", name="This person")).to_contain_text("Jonas Kazlauskas")
    await expect(page.get_by_text("This entry is provisional")).to_have_count(0)
    assert "Jonas" not in page.url


@pytest.mark.parametrize("mode", ["desktop", "no-script"])
async def test_who_is_in_the_register_already_is_proposed_to_be_the_same_and_says_why_they_were_found(
    open_page: OpenPage, who: dict[str, Caller], mode: str
) -> None:
    page = await open_page(mode)
    sought = {"given_name": "Jonas", "family_name": "Kazlauskas", "born": "1990-05-03"}
    search = await made(who["housing"], "/v1/people/search", sought)
    entry = {**sought, "search": search["search"], "answer": "nobody-found", "identity": "stated"}
    known = (await made(who["housing"], "/v1/people", entry))["person"]
    person = await nameless(who)
    await sign_in(page, who["officer"], f"/people/{person}/who")
    await page.get_by_label("Who are you looking for?").fill("jonas Kazlauskas 5/3/1990")
    await page.get_by_role("button", name="Search", exact=True).click()
    await expect(page.get_by_text("Day and month of birth swapped")).to_be_visible()
    if mode == "desktop":
        await axe(page)
        assert await overflow(page) == 0
        await shot(page, "person-who-found")
    await page.get_by_label("What makes you think that it is them").fill("He showed his card")
    await page.get_by_role("button", name="It is this person").click()
    await expect(page.get_by_text("Another worker decides whether it is them")).to_be_visible()
    [waiting] = (await who["coordinator"].get("/v1/merges")).json()["items"]
    assert (waiting["shown"]["row"]["person"], waiting["shown"]["row"]["other"]) == (known, person)


async def test_who_is_not_sure_of_somebody_found_says_so_and_the_pair_waits_to_be_compared(
    page: Page, who: dict[str, Caller]
) -> None:
    tolerate(page, "status of 422")
    sought = {"given_name": "Jonas", "family_name": "Kazlauskas", "born": "1990-05-03"}
    search = await made(who["housing"], "/v1/people/search", sought)
    await made(
        who["housing"],
        "/v1/people",
        {**sought, "search": search["search"], "answer": "nobody-found", "identity": "stated"},
    )
    person = await nameless(who)
    await sign_in(page, who["officer"], f"/people/{person}/who")
    await page.get_by_role("button", name="Search", exact=True).click()
    await expect(page.get_by_role("alert")).to_contain_text("Enter what you know of the person")
    await page.get_by_label("Who are you looking for?").fill("Jonas Kazlauskas 3.5.1990")
    await page.get_by_role("button", name="Search", exact=True).click()
    await page.get_by_label("Not sure: it may be this person").check()
    await page.get_by_label("Stated by the person").check()
    await page.get_by_role("button", name="Save identity").click()
    await expect(page.get_by_role("region", name="This person")).to_contain_text("Jonas Kazlauskas")
    pairs = (await who["coordinator"].get("/v1/people/duplicates")).text
    assert person in pairs
