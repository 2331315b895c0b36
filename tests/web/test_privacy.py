"""What people are told stands open to everybody in their languages; what else the law asks on paper, to few."""

import pytest
from playwright.async_api import Page

from api.web.screens.privacy import laid_out
from api.web.translating import LANGUAGES
from tests.web.browser import in_each_mode
from tests.web.site import Site
from tests.web.test_frame_browser import sign_in
from tests.web.visitor import Visitor

pytestmark = pytest.mark.anyio


@pytest.fixture
def site(demo_site: Site) -> Site:
    return demo_site


@pytest.mark.parametrize("language", LANGUAGES)
async def test_what_people_are_told_is_read_by_everybody_in_their_language(site: Site, language: str) -> None:
    async with Visitor(site) as anybody:
        seen = await anybody.open(f"/privacy/fenland?language={language}")
        assert seen.status == 200
        assert f'<html lang="{language}"' in seen.text
        assert "[to fill in" in seen.text, "what is in full marks its gaps"
        asks = (
            "needs a translator" in seen.text or "hub-paper__unchecked" in seen.text or "govuk-inset-text" in seen.text
        )
        assert asks == (language != "en"), "nobody has checked a translation yet"
        assert ("What we know about you" in seen.text.partition("<details")[0]) == (language == "en")


async def test_there_is_none_of_a_partnership_that_is_not_there_or_in_a_language_that_is_not(site: Site) -> None:
    async with Visitor(site) as anybody:
        assert (await anybody.open("/privacy/atlantis")).status == 404
        assert (await anybody.open("/privacy/fenland?language=tlh")).status == 400


async def test_who_protects_data_reads_what_is_written_and_nobody_else(site: Site) -> None:
    async with Visitor(site) as visitor:
        home = await visitor.sign_in("privacy-officer")
        assert "/privacy-documents" in home.links
        seen = await visitor.open("/privacy-documents")
        assert (seen.status, "/privacy/fenland" in seen.links) == (200, True)
        assert "impact assessment" in seen.text
        assert "Record of processing" in seen.text
        await visitor.sign_in("officer")
        assert (await visitor.open("/privacy-documents")).status == 403


async def test_the_pages_are_accessible_in_each_mode(page: Page) -> None:
    await page.goto("/privacy/fenland?language=pl")
    await page.locator("summary").click()
    await in_each_mode(page, "privacy")
    await sign_in(page, "privacy-officer")
    await page.goto("/privacy-documents")
    await in_each_mode(page, "privacy-documents")


def test_what_is_written_is_never_markup() -> None:
    assert "<script>" not in laid_out('# Us & <script>alert("x")</script>')
