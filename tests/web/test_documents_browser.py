"""Every document that is handed over, as it is read: on a screen, on paper and as PDF, in each language."""

import io
from collections.abc import Mapping
from typing import Any, Final

import httpx
import pypdf
import pytest
from playwright.async_api import Page

from api.web import sessions
from api.web.paper import making, printing
from api.web.paper.printing import KINDS
from api.web.translating import LANGUAGES, translations
from domain.actors import Actor
from domain.ids import AgencyId, WorkerId
from tests.api.world import FENLAND
from tests.web.browser import axe, overflow
from tests.web.record_world import NAME, record
from tests.web.site import Site
from tests.web.test_print import signed_in as signed_in_as

pytestmark = pytest.mark.anyio

PHONE: Final = {"width": 375, "height": 667}
DESK: Final = {"width": 1280, "height": 900}
OF_A_WORKER: Final = {
    "summary": "/people/{person}/print/summary",
    "sign-in": "/hub-days/{session}/print",
    "letter": "/referrals/{referral}/print",
}
TORN: Final = """() => [...document.querySelectorAll('.hub-paper')].flatMap(paper => {
  const found = [], walker = document.createTreeWalker(paper, NodeFilter.SHOW_TEXT)
  while (walker.nextNode()) for (const word of walker.currentNode.data.matchAll(/[\\p{L}\\p{N}]{2,18}/gu)) {
    const range = document.createRange()
    range.setStart(walker.currentNode, word.index)
    range.setEnd(walker.currentNode, word.index + word[0].length)
    if (new Set([...range.getClientRects()].map(one => Math.round(one.top))).size > 1) found.push(word[0])
  }
  return found
})"""
"""Words of a usual length that stand on two lines: a column was too narrow for them."""


@pytest.fixture
async def kept(site: Site) -> Mapping[str, str]:
    return (await record(site))[1]


async def signed_in(site: Site) -> str:
    """The cookie of the coordinator, who may print everything."""
    actor = Actor(worker=WorkerId("coordinator-1"), agency=AgencyId("hub"), role="hub-coordinator", partnership=FENLAND)
    return await sessions.begin(site.hub, actor)


async def opened(page: Page, site: Site) -> Page:
    await page.context.add_cookies([{"name": "hub_session", "value": await signed_in(site), "url": site.url}])
    return page


async def in_order(page: Page, path: str, language: str) -> None:
    """A document is readable on a desk, on a phone and on paper, and says in which language it is."""
    answer = await page.goto(path)
    assert answer is not None
    assert answer.status == 200, path
    assert await page.locator("html").get_attribute("lang") == "en"
    assert await page.locator("article.hub-paper").first.get_attribute("lang") == language, path
    await axe(page)
    for media, size in (("screen", DESK), ("screen", PHONE), ("print", DESK)):
        await page.emulate_media(media=media)  # type: ignore[arg-type] # one of its two
        await page.set_viewport_size(size)  # type: ignore[arg-type] # a width and a height
        assert await page.evaluate(TORN) == [], (path, media, size)
        assert await overflow(page) == 0, (path, media, size)
    await axe(page)
    await page.emulate_media(media="screen")


async def test_what_a_person_is_handed_is_in_order_in_each_language(
    site: Site, page: Page, kept: Mapping[str, str]
) -> None:
    await opened(page, site)
    for name in (name for name in making.OF_PERSON if KINDS[name].for_person):
        for language in LANGUAGES:
            await in_order(page, f"/people/{kept['person']}/print/{name}?language={language}", language)


async def test_what_workers_print_for_themselves_is_in_order(site: Site, page: Page, kept: Mapping[str, str]) -> None:
    await opened(page, site)
    for path in OF_A_WORKER.values():
        await in_order(page, path.format(**kept), "en")


@pytest.mark.skipif(not printing.pdf_offered(), reason="WeasyPrint and Pango are not installed")
async def test_every_pdf_can_be_read_aloud_and_says_of_itself_only_what_kind_it_is(
    site: Site, kept: Mapping[str, str]
) -> None:
    paths = {name: f"/people/{kept['person']}/print/{name}" for name in making.OF_PERSON} | OF_A_WORKER
    paths["accesses"] = f"/people/{kept['person']}/accesses/print"
    assert set(paths) == set(KINDS) - {"access-pack"}, "that is made of a request, in tests/rights/test_access_pack.py"
    officer = {"cookie": f"hub_session={await signed_in_as(site, 'hub', 'data-protection-officer')}"}
    async with httpx.AsyncClient(base_url=site.url, cookies={"hub_session": await signed_in(site)}) as client:
        for name, path in paths.items():
            chosen: dict[str, Any] = {}
            if name == "accesses":  # who protects data chooses the language: they see nothing of the person
                chosen = {"headers": officer, "params": {"language": "pl"}}
            answer = await client.get(f"{path.format(**kept)}/pdf", **chosen)
            assert answer.status_code == 200, answer.text
            language = "pl" if KINDS[name].for_person else "en"
            title = translations(language).gettext(KINDS[name].title)
            told = tells_of_itself(answer.content, language)
            assert title in told, name
            for word in (*NAME.values(), "Łukasz", kept["person"], *kept.values()):
                assert word not in told, (name, word)


def tells_of_itself(content: bytes, language: str) -> str:
    """Fail unless a PDF is tagged for PDF/UA-1, in its language, and shows its title; all of its properties."""
    document = pypdf.PdfReader(io.BytesIO(content))
    root: Any = document.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"]
    assert root["/StructTreeRoot"]["/K"]
    assert root["/Lang"] == language
    assert root["/ViewerPreferences"]["/DisplayDocTitle"]
    extended = root["/Metadata"].get_data().decode()
    assert "<pdfuaid:part>1</pdfuaid:part>" in extended or 'pdfuaid:part="1"' in extended
    assert document.metadata is not None
    assert document.metadata.title
    return f"{dict(document.metadata)} {extended}"
