"""Every pattern on one page, in a real browser: readable by all, in every mode, under the policy of a page."""

from html import escape
from pathlib import Path
from typing import Final

import pytest
from playwright.async_api import Page, Route, expect

from api.web.static import HTMX_CONFIG, MANIFEST, asset
from tests.web.browser import axe, overflow, shot
from tests.web.conftest import OpenPage

pytestmark = pytest.mark.anyio

PATH: Final = "/kitchen-sink"
POLICY: Final = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'"
COLOURS: Final = ("", "green", "purple", "red", "orange", "teal", "magenta", "yellow", "grey")


def kitchen_sink() -> str:
    page = (Path(__file__).parent / "kitchen_sink.html").read_text(encoding="utf-8")
    tags = (
        f'<li><strong class="govuk-tag{f" govuk-tag--{one}" if one else ""}">{one or "blue"}</strong></li>'
        for one in COLOURS
    )
    page = page.replace("{{htmx}}", escape(HTMX_CONFIG)).replace("{{tags}}", "".join(tags))
    for name in MANIFEST.files:
        page = page.replace("{{" + name + "}}", asset(name))
    return page


async def show(page: Page) -> None:
    """Open the page of patterns as if the site had it."""

    async def answer(route: Route) -> None:
        headers = {"content-security-policy": POLICY}
        await route.fulfill(body=kitchen_sink(), content_type="text/html; charset=utf-8", headers=headers)

    await page.route(f"**{PATH}", answer)
    await page.goto(PATH)


async def test_every_pattern_is_accessible_in_each_mode(
    page_in_each_mode: Page, request: pytest.FixtureRequest
) -> None:
    await show(page_in_each_mode)
    await axe(page_in_each_mode)
    assert await overflow(page_in_each_mode) == 0
    await shot(page_in_each_mode, f"patterns-{request.node.callspec.id}")


async def test_patterns_are_accessible_in_the_dark_on_a_phone(open_page: OpenPage) -> None:
    phone = await open_page("dark-phone")
    await show(phone)
    await axe(phone)


async def test_what_is_chosen_has_the_last_word_over_the_device(page: Page) -> None:
    await show(page)
    ground = "getComputedStyle(document.body).backgroundColor"
    light = await page.evaluate(ground)
    dark = page.get_by_role("button", name="Dark")
    await dark.click()
    await expect(dark).to_have_attribute("aria-pressed", "true")
    assert await page.evaluate(ground) != light
    await axe(page)
    assert await page.evaluate("document.cookie") == "hub-theme=dark"
    await page.get_by_role("button", name="As this device").click()
    assert await page.evaluate(ground) == light
    assert await page.evaluate("document.cookie") == ""


async def test_nothing_is_hidden_from_who_runs_no_script(no_script: Page) -> None:
    await show(no_script)
    await expect(no_script.get_by_label("What else")).to_be_visible()
    await expect(no_script.get_by_role("button", name="Dark")).to_be_hidden()


async def test_a_script_shows_what_belongs_to_a_choice_once_it_is_made(page: Page) -> None:
    await show(page)
    await expect(page.get_by_label("What else")).to_be_hidden()
    await page.get_by_label("Something else").check()
    await expect(page.get_by_label("What else")).to_be_visible()


async def test_a_finger_finds_every_button_on_a_phone(phone: Page) -> None:
    await show(phone)
    low = await phone.evaluate(
        """[...document.querySelectorAll('button, .govuk-button, input:not([type=range]), select, summary, nav a')]
           .filter(one => one.checkVisibility())
           .map(one => [one.outerHTML.slice(0, 200), one.getBoundingClientRect().height])
           .filter(([, height]) => height < 44)"""
    )
    assert low == []


@pytest.mark.parametrize("width", [320, 640])
async def test_a_page_made_twice_as_large_needs_no_scrolling_sideways(open_page: OpenPage, width: int) -> None:
    page = await open_page(viewport={"width": width, "height": 450})
    await show(page)
    assert await overflow(page) == 0


async def test_wider_spacing_of_text_loses_nothing(phone: Page) -> None:
    await show(phone)
    await phone.evaluate(
        """() => { const sheet = new CSSStyleSheet()
        sheet.replaceSync(`* { line-height: 1.5 !important; letter-spacing: .12em !important;
            word-spacing: .16em !important } p { margin-bottom: 2em !important }`)
        document.adoptedStyleSheets = [sheet] }"""
    )
    assert await overflow(phone) == 0


async def test_paper_has_no_buttons_and_is_light_even_in_the_dark(open_page: OpenPage) -> None:
    page = await open_page("dark")
    await show(page)
    await page.emulate_media(media="print", color_scheme="dark")
    await expect(page.get_by_role("button", name="Save")).to_be_hidden()
    assert await page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    await shot(page, "patterns-paper")
