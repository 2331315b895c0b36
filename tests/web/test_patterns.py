"""Every pattern on one page, in a real browser: readable by all, in every mode, under the policy of a page."""

from html import escape
from pathlib import Path
from typing import Final

import pytest
from playwright.async_api import Page, Route, expect

from api.web.static import HTMX_CONFIG, MANIFEST, asset
from tests.web.browser import axe, in_each_mode, overflow, shot, tolerate
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


FRAGMENT: Final = """
<div class="govuk-form-group govuk-character-count" data-module="govuk-character-count" data-maxlength="50">
<label class="govuk-label" for="second">Second note</label>
<textarea class="govuk-textarea govuk-js-character-count" id="second" aria-describedby="second-info"></textarea>
<div id="second-info" class="govuk-hint govuk-character-count__message">You can enter up to 50 characters</div></div>
"""
LEAST: Final = {
    "text": (4.5, ("--govuk-body-background-colour", "--govuk-surface-background-colour", "--hub-raised")),
    "secondary-text": (4.5, ("--govuk-body-background-colour", "--govuk-surface-background-colour")),
    "link": (4.5, ("--govuk-body-background-colour", "--govuk-surface-background-colour", "--hub-note-ground")),
    "link-visited": (4.5, ("--govuk-body-background-colour", "--govuk-surface-background-colour")),
    "link-hover": (4.5, ("--govuk-body-background-colour", "--govuk-surface-background-colour")),
    "error": (4.5, ("--govuk-body-background-colour",)),
    "input-border": (3, ("--govuk-body-background-colour", "--govuk-surface-background-colour")),
    "focus-text": (4.5, ("--govuk-focus-colour",)),
}
MEANINGS: Final = ("good", "bad", "wait", "note")
CONTRAST: Final = """pairs => {
  const context = document.createElement('canvas').getContext('2d', { willReadFrequently: true })
  const probe = document.body.appendChild(document.createElement('i'))
  const luminance = name => {
    probe.style.color = `var(${name})`
    context.fillStyle = getComputedStyle(probe).color
    context.fillRect(0, 0, 1, 1)
    const [r, g, b] = [...context.getImageData(0, 0, 1, 1).data]
      .map(one => one / 255).map(one => one <= 0.04045 ? one / 12.92 : ((one + 0.055) / 1.055) ** 2.4)
    return 0.2126 * r + 0.7152 * g + 0.0722 * b
  }
  return pairs.map(([one, other]) => {
    const [low, high] = [luminance(one), luminance(other)].sort((a, b) => a - b)
    return (high + 0.05) / (low + 0.05)
  })
}"""
FOCUS: Final = """() => {
  const one = document.activeElement, yellow = 'rgb(255, 221, 0)'
  if (one === document.body) return null
  const shown = [one, one.nextElementSibling].filter(Boolean).map(part => [part, null, '::before', '::after'])
    .flatMap(([part, ...kinds]) => kinds.map(kind => getComputedStyle(part, kind)))
    .some(style => style.outlineColor === yellow && style.outlineStyle !== 'none'
      || style.backgroundColor === yellow || style.boxShadow.includes(yellow))
  return [one.outerHTML.slice(0, 120), shown]
}"""


async def show(page: Page) -> None:
    """Open the page of patterns as if the site had it."""

    async def answer(route: Route) -> None:
        headers = {"content-security-policy": POLICY}
        await route.fulfill(body=kitchen_sink(), content_type="text/html; charset=utf-8", headers=headers)

    await page.route(f"**{PATH}", answer)
    await page.goto(PATH)


async def test_every_pattern_is_accessible_in_each_mode(page: Page) -> None:
    await show(page)
    await in_each_mode(page, "patterns")


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


@pytest.mark.parametrize("mode", ["desktop", "dark"])
async def test_every_colour_stands_out_from_what_is_behind_it(open_page: OpenPage, mode: str) -> None:
    page = await open_page(mode)
    await show(page)
    least = {
        (f"--govuk-{name}-colour", ground): ratio for name, (ratio, grounds) in LEAST.items() for ground in grounds
    }
    for one in MEANINGS:
        least |= {(f"--hub-{one}", ground): 4.5 for ground in ("--govuk-body-background-colour", f"--hub-{one}-ground")}
        least["--govuk-text-colour", f"--hub-{one}-ground"] = 4.5
        least["--govuk-link-colour", f"--hub-{one}-ground"] = 4.5
    least |= {(f"--chart-{number}", "--chart-ground"): 3 for number in range(1, 7)}
    least["--chart-text", "--chart-ground"] = 4.5
    found = await page.evaluate(CONTRAST, [list(pair) for pair in least])
    pale = {pair: round(is_so, 2) for (pair, ratio), is_so in zip(least.items(), found, strict=True) if is_so < ratio}
    assert pale == {}


@pytest.mark.parametrize("mode", ["desktop", "dark"])
async def test_whoever_uses_a_keyboard_sees_where_they_are(open_page: OpenPage, mode: str) -> None:
    page = await open_page(mode)
    await show(page)
    unseen: list[str] = []
    reached = 0
    while True:
        await page.keyboard.press("Tab")
        found = await page.evaluate(FOCUS)
        if found is None:
            break
        reached += 1
        if not found[1]:
            unseen.append(found[0])
    assert reached > 40
    assert unseen == []


async def test_htmx_keeps_to_the_policy_starts_what_it_brings_and_keeps_no_page(page: Page) -> None:
    async def answer(route: Route) -> None:
        assert route.request.headers["hx-request"] == "true"
        await route.fulfill(status=422, body=FRAGMENT, content_type="text/html; charset=utf-8")

    await page.route("**/fragment", answer)
    await show(page)
    await page.evaluate(
        """() => { document.querySelector('main').insertAdjacentHTML('afterbegin',
            '<button id="more-notes" hx-get="/fragment" hx-target="#brought" hx-push-url="/brought">More</button>' +
            '<div id="brought"></div>')
            htmx.process(document.querySelector('main')) }"""
    )
    tolerate(page, "status of 422")
    await page.locator("#more-notes").click()
    await page.get_by_label("Second note").fill("four")
    await expect(page.get_by_text("You have 46 characters remaining").first).to_be_visible()
    kept = await page.evaluate("Object.entries({ ...localStorage, ...sessionStorage })")
    assert kept == [["htmx-current-path-for-history", "/brought"]]
