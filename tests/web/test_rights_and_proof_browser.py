"""Pages of rights, of keeping and erasing, of proof and of panels, in each mode."""

import re
from typing import Final

import pytest
from playwright.async_api import Page

from tests.web.browser import in_each_mode
from tests.web.site import Site
from tests.web.test_frame_browser import sign_in

pytestmark = pytest.mark.anyio

RIGHTS: Final = (
    "/rights",
    "/rights?closed=yes",
    "/rights/complaints",
    "/rights/breaches",
    "/rights/corrections",
    "/keeping",
    "/merges",
    "/proof",
    "/proof/verify",
    "/reports/disproportionality?year=2021&by=age",
)
LED_TO: Final = re.compile(r"/(?:rights-requests|complaints|breaches|data-breaches|people)/[^?#]+")
"""What these lists lead to, each kind once."""
PANEL: Final = ("/panels", "/panels/luscombe", "/panels/luscombe/seed")
OF_PANEL: Final = re.compile(r"/panels/luscombe/(?:samples|recommendations|chosen-samples)/[^?#]+")


@pytest.fixture
def site(demo_site: Site) -> Site:
    return demo_site


async def links(page: Page, pattern: re.Pattern[str]) -> list[str]:
    """Where a page leads to, one of each kind."""
    every = await page.eval_on_selector_all("main a[href]", "all => all.map(one => one.getAttribute('href'))")
    found: dict[str, str] = {}
    for one in every:
        if pattern.match(one):
            found.setdefault(re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}", "*", one.partition("?")[0]), one)
    return list(found.values())


async def in_order(page: Page, path: str) -> None:
    await page.goto(path)
    await in_each_mode(page, f"proof-and-rights{re.sub(r'[^a-z]+', '-', path)}")


async def test_rights_keeping_and_proof_are_accessible_in_each_mode(page: Page) -> None:
    await sign_in(page, "privacy-officer")
    further: dict[str, str] = {}
    for path in RIGHTS:
        await in_order(page, path)
        for one in await links(page, LED_TO):
            further.setdefault(re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}", "*", one), one)
    assert len(further) > 2
    for path in further.values():
        await in_order(page, path)


async def test_panels_are_accessible_in_each_mode(page: Page) -> None:
    await sign_in(page, "panel-chair", "city-of-london")
    further: list[str] = []
    for path in PANEL:
        await in_order(page, path)
        further += await links(page, OF_PANEL)
    assert len(set(further)) > 2
    for path in dict.fromkeys(further):
        await in_order(page, path)
