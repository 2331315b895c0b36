"""Signing in, home, search and the forms, in a real browser: for everybody, in every mode, by keyboard alone."""

import pytest
from playwright.async_api import Page

from tests.web.browser import axe, in_each_mode, tolerate
from tests.web.site import Site

pytestmark = pytest.mark.anyio


@pytest.fixture
def site(demo_site: Site) -> Site:
    return demo_site


async def sign_in(page: Page, worker: str = "coordinator", partnership: str = "fenland") -> None:
    """Sign in as a worker of the demo, and go to the home page."""
    await page.goto(f"/sign-in?partnership={partnership}&to=/panels")
    form = f"form[action='/demo/sign-in']:has(input[value='{worker}'])"
    await page.locator(f"{form} button").click()
    await page.goto("/")


PAGES = ("/", "/people/search", "/people/new", "/referrals/new", "/services/new", "/ladders/new", "/tickets/new")


async def test_the_pages_of_the_frame_are_accessible_in_each_mode(page: Page) -> None:
    await page.goto("/sign-in")
    await in_each_mode(page, "sign-in")
    await sign_in(page)
    for path in PAGES:
        await page.goto(path)
        await in_each_mode(page, "home" if path == "/" else None)


async def test_a_search_is_typed_into_one_box(page: Page) -> None:
    await sign_in(page)
    await page.get_by_label("Who are you looking for?").fill("Somebody Unheard-of 3.4.1971")
    await page.keyboard.press("Enter")
    await page.get_by_role("heading", name="Nobody found").wait_for()
    assert "Unheard" not in page.url
    await axe(page)


async def test_a_search_that_says_too_little_says_what_is_missing(page: Page) -> None:
    tolerate(page, "status of 422")
    await sign_in(page)
    await page.get_by_label("Who are you looking for?").fill("Somebody")
    await page.keyboard.press("Enter")
    await page.get_by_role("heading", name="There is a problem").wait_for()
    assert await page.locator("#typed").input_value() == "Somebody"
    await axe(page)


async def test_a_problem_is_accessible_too(page: Page) -> None:
    tolerate(page, "status of 404")
    await page.goto("/no-such-address")
    await in_each_mode(page)


async def test_all_of_the_frame_is_reached_by_keyboard(page: Page) -> None:
    await sign_in(page)
    await page.goto("/")
    reached = set()
    for _ in range(40):
        await page.keyboard.press("Tab")
        reached.add(await page.evaluate("document.activeElement.textContent.trim() || document.activeElement.id"))
    assert {"Skip to main content", "Sign out", "Referrals", "typed", "Search"} <= reached


async def test_the_colours_that_were_chosen_stay(page: Page) -> None:
    await sign_in(page)
    await page.get_by_role("button", name="Dark").click()
    await page.goto("/")
    assert await page.evaluate("document.documentElement.dataset.theme") == "dark"
    await axe(page)
