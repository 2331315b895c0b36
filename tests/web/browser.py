"""A real Chromium, and what is asked of every page that it shows.

A page fails its test, at its end, if its console tells of an error, its policy was broken, a script failed, or anything
was asked of another host. What a test provokes on purpose, it says first: `tolerate(page, "status of 403")`.
"""

import os
import re
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit
from weakref import WeakKeyDictionary

import pytest
from playwright.async_api import Browser, BrowserContext, ConsoleMessage, Locator, Page, Request, expect

from api.cli.test import BROWSERS, NO_BROWSER

AXE: Final = Path(__file__).parent / "vendor" / "axe.min.js"
SHOTS: Final = Path(__file__).parents[2] / ".artefacts" / "shots"
TAGS: Final = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa", "best-practice")

ARGUMENTS: Final = (
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
)

DESKTOP: Final = {"viewport": {"width": 1280, "height": 900}}
PHONE: Final = {"viewport": {"width": 375, "height": 667}, "has_touch": True, "is_mobile": True}
MODES: Final[dict[str, dict[str, Any]]] = {
    "desktop": DESKTOP,
    "phone": PHONE,
    "dark": {**DESKTOP, "color_scheme": "dark"},
    "forced": {**DESKTOP, "forced_colors": "active"},
    "dark-phone": {**PHONE, "color_scheme": "dark"},
    "no-script": {**DESKTOP, "java_script_enabled": False},
}
FOUR_MODES: Final = ("desktop", "phone", "dark", "forced")


def chromium() -> str:
    """Where Chromium is; HUB_CHROMIUM names another."""
    found = os.environ.get("HUB_CHROMIUM") or next(filter(None, map(shutil.which, BROWSERS)), None)
    if found is None:
        pytest.fail(NO_BROWSER, pytrace=False)
    return found


class Watch:
    """What went wrong on a page, in the order it did."""

    def __init__(self, page: Page, url: str) -> None:
        self._host = urlsplit(url).netloc
        self._tolerated: list[re.Pattern[str]] = []
        self._faults: list[str] = []
        page.on("console", self._said)
        page.on("pageerror", lambda error: self._faults.append(f"script failed: {error}"))
        page.on("request", self._asked)

    def tolerate(self, pattern: str) -> None:
        self._tolerated.append(re.compile(pattern))

    def faults(self) -> list[str]:
        """What was not tolerated."""
        return [fault for fault in self._faults if not any(one.search(fault) for one in self._tolerated)]

    def _said(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self._faults.append(f"console: {message.text} ({message.location.get('url', '')})")

    def _asked(self, request: Request) -> None:
        place = urlsplit(request.url)
        if place.scheme not in {"data", "blob"} and place.netloc != self._host:
            self._faults.append(f"asked another host: {request.url}")


_watched: WeakKeyDictionary[Page, Watch] = WeakKeyDictionary()


def tolerate(page: Page, pattern: str) -> None:
    """Let a fault pass that a test provokes: its words contain this pattern."""
    _watched[page].tolerate(pattern)


@asynccontextmanager
async def opened(browser: Browser, url: str, mode: str = "desktop", **options: Any) -> AsyncIterator[Page]:  # noqa: ANN401 - Playwright's own
    """A page of a new browser profile, in a mode; it is watched until it is left."""
    settings = {"reduced_motion": "reduce", "locale": "en-GB", "timezone_id": "Europe/London", "base_url": url}
    context: BrowserContext = await browser.new_context(**(settings | MODES[mode] | options))
    context.set_default_timeout(10_000)
    watches: list[Watch] = []

    def watch(page: Page) -> None:
        if page not in _watched:
            _watched[page] = Watch(page, url)
            watches.append(_watched[page])

    context.on("page", watch)
    try:
        page = await context.new_page()
        watch(page)
        yield page
    finally:
        await context.close()
    faults = [fault for one in watches for fault in one.faults()]
    assert not faults, "\n".join(["the page had faults:", *faults])


async def axe(page: Page, *, leave_out: tuple[str, ...] = ()) -> None:
    """Fail if axe-core finds anything against WCAG 2.2 AA, or its own best practice, on the page as it is now."""
    if not await page.evaluate("'axe' in window"):
        await page.evaluate(AXE.read_text(encoding="utf-8"))
    options = {
        "runOnly": {"type": "tag", "values": TAGS},
        "rules": {rule: {"enabled": False} for rule in leave_out},
        "resultTypes": ["violations", "incomplete"],
    }
    found = await page.evaluate("options => axe.run(document, options)", options)
    lines = [line for one in (*found["violations"], *_too_short(found["incomplete"])) for line in _told(one)]
    assert not lines, "\n".join([f"axe-core on {urlsplit(page.url).path}:", *lines])


def _too_short(incomplete: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Text of one letter with too little contrast: axe-core leaves it to whoever looks, as it may be a drawing."""
    found: list[dict[str, Any]] = []
    for one in incomplete:
        nodes = [node for node in one["nodes"] if any(_short_and_pale(check) for check in node["any"])]
        if one["id"] == "color-contrast" and nodes:
            found.append({**one, "nodes": nodes})
    return found


def _short_and_pale(check: dict[str, Any]) -> bool:
    data = check.get("data")
    if not isinstance(data, dict) or data.get("messageKey") != "shortTextContent":
        return False
    # Of a text within a drawing it knows no colour, and calls the ratio 0
    return bool(0 < data["contrastRatio"] < float(str(data["expectedContrastRatio"]).partition(":")[0]))


def _told(violation: dict[str, Any]) -> list[str]:
    told = [f"✗ {violation['id']} ({violation['impact']}): {violation['help']}"]
    for node in violation["nodes"]:
        reasons = [one["message"] for kind in ("any", "all", "none") for one in node[kind]]
        told.append(f"    {' '.join(map(str, node['target']))}: {node['html'][:160]}")
        told += [f"        {reason}" for reason in reasons]
    return told


async def shot(page: Page, name: str) -> None:
    """Keep a picture of the whole page, for somebody to look at."""
    SHOTS.mkdir(parents=True, exist_ok=True)
    await page.screenshot(path=SHOTS / f"{name}.png", full_page=True, animations="disabled")


async def in_each_mode(page: Page, name: str | None = None) -> None:
    """On a desk, on a phone, in the dark and in forced colours: nothing is found, and nobody scrolls sideways.

    With a name, a picture is kept of each.
    """
    for mode in FOUR_MODES:
        await turned(page, mode)
        try:
            await axe(page)
            assert await overflow(page) == 0, f"{urlsplit(page.url).path} is wider than its window"
        except AssertionError as error:
            error.add_note(f"in the mode {mode}")
            raise
        if name is not None:
            await shot(page, f"{name}-{mode}")
    await turned(page, FOUR_MODES[0])


async def turned(page: Page, mode: str) -> None:
    """Show a page that is open as it is in a mode."""
    settings = MODES[mode]
    await page.set_viewport_size(settings["viewport"])
    await page.emulate_media(
        color_scheme=settings.get("color_scheme", "light"), forced_colors=settings.get("forced_colors", "none")
    )


async def overflow(page: Page) -> int:
    """By how many pixels the page is wider than its window; 0 where nobody has to scroll sideways."""
    wider: int = await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return wider


async def tab_to(page: Page, wanted: Locator, within: int = 80) -> None:
    """Reach something as somebody without a mouse does, by the Tab key alone; it has to be seen once it is reached."""
    for _ in range(within):
        await page.keyboard.press("Tab")
        if await wanted.evaluate("one => one === document.activeElement"):
            await expect(wanted).to_be_in_viewport()
            return
    pytest.fail(f"not reached by {within} times Tab: {wanted}")
