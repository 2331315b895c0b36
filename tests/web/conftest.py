"""What every browser test has: one Chromium a process, a site of its own, and pages in every mode."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from typing import Any

import pytest
from playwright.async_api import Browser, Page, async_playwright

from tests.web.browser import ARGUMENTS, chromium, opened
from tests.web.demo_site import Lived
from tests.web.site import Site, serving

OpenPage = Callable[..., Awaitable[Page]]


@pytest.fixture(scope="session")
async def browser() -> AsyncIterator[Browser]:
    """Debian's Chromium, started once a process; Playwright brings no browser of its own."""
    async with async_playwright() as playwright:
        started = await playwright.chromium.launch(executable_path=chromium(), args=ARGUMENTS, chromium_sandbox=False)
        yield started
        await started.close()


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    """The application on its own port, with nothing in it yet."""
    async with serving() as made:
        yield made


@pytest.fixture(scope="session")
async def lived() -> Lived:
    """The demo, lived once a process."""
    return await Lived().live()


@pytest.fixture
async def demo_site(lived: Lived) -> AsyncIterator[Site]:
    """The application with what the demo loads; a module whose pages are of this one makes it its own `site`."""
    async with lived.site() as made:
        yield made


@pytest.fixture
async def open_page(browser: Browser, site: Site) -> AsyncIterator[OpenPage]:
    """Opens a page of the site in a mode, "desktop" where none is named; each is a browser of its own."""
    async with AsyncExitStack() as stack:

        async def open_one(mode: str = "desktop", **options: Any) -> Page:  # noqa: ANN401 - Playwright's own
            return await stack.enter_async_context(opened(browser, site.url, mode, **options))

        yield open_one


@pytest.fixture
async def page(open_page: OpenPage) -> Page:
    """A page on a desk."""
    return await open_page()


@pytest.fixture
async def phone(open_page: OpenPage) -> Page:
    """A page on a phone, 375 px wide."""
    return await open_page("phone")


@pytest.fixture
async def no_script(open_page: OpenPage) -> Page:
    """A page in a browser that runs no JavaScript."""
    return await open_page("no-script")
