"""Takes the pictures of README and docs anew, from the demo: `python -m tests.web.take_pictures`."""

import asyncio
from pathlib import Path
from typing import Any, Final

from playwright.async_api import Browser, async_playwright

from api.demo import load
from tests.api.world import SetClock
from tests.web.browser import ARGUMENTS, chromium
from tests.web.site import Site, serving

FOLDER: Final = Path(__file__).parents[2] / "docs" / "pictures"
DESK: Final = {"viewport": {"width": 1000, "height": 760}}
PHONE: Final = {"viewport": {"width": 375, "height": 720}, "is_mobile": True, "has_touch": True}
TABLET: Final = {"viewport": {"width": 820, "height": 760}, "has_touch": True}

PICTURES: Final[tuple[tuple[str, dict[str, Any], str, str, tuple[str, ...]], ...]] = (
    ("sign-in", DESK, "", "", ()),
    ("street-encounter", PHONE, "officer", "/encounters/new", ()),
    ("hub-day", TABLET, "coordinator", "/hub-days", ("main a[href^='/hub-days/']",)),
    ("inbox", DESK, "treatment-worker", "/referrals", ()),
    ("person", DESK, "coordinator", "/referrals?direction=outgoing", ("table a", ".hub-identity__name a")),
    ("reports", DESK | {"color_scheme": "dark"}, "coordinator", "/reports", ()),
)
"""Name, device, worker, address, and the links that are followed from there."""


async def take(browser: Browser, site: Site) -> None:
    """Take all of them."""
    for name, device, worker, path, links in PICTURES:
        context = await browser.new_context(**device, locale="en-GB", timezone_id="Europe/London", base_url=site.url)
        page = await context.new_page()
        await page.goto("/sign-in?partnership=peterborough&to=/panels")
        if worker:
            await page.locator(f"form[action='/demo/sign-in']:has(input[value='{worker}']) button").click()
            await page.goto(path)
        for link in links:
            await page.locator(link).first.click()
            await page.wait_for_load_state()
        if name == "reports":
            await page.locator("svg").first.scroll_into_view_if_needed()
        await page.screenshot(path=FOLDER / f"{name}.png")
        await context.close()


async def main() -> None:
    """Serve the demo, and take them."""
    FOLDER.mkdir(exist_ok=True)
    async with serving(clock=SetClock(), demo=True) as site, async_playwright() as playwright:
        await load(site.hub, lambda _: None)
        browser = await playwright.chromium.launch(
            executable_path=chromium(), args=list(ARGUMENTS), chromium_sandbox=False
        )
        await take(browser, site)
        await browser.close()


if __name__ == "__main__":
    asyncio.run(main())
