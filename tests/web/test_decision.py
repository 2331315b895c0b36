"""What did they know: from a line of the timeline to what its decision was made on, for each as they may see it."""

import re

import pytest
from playwright.async_api import Page, expect

from tests.web.browser import in_each_mode
from tests.web.site import Site
from tests.web.test_frame_browser import sign_in
from tests.web.test_why import darius
from tests.web.visitor import Visitor

pytestmark = pytest.mark.anyio


@pytest.fixture
def site(demo_site: Site) -> Site:
    return demo_site


async def decisions(visitor: Visitor, path: str) -> dict[str, str]:
    """Where each line of the timeline leads, by its sentence; the latest of several alike."""
    seen = await visitor.open(f"{path}/timeline")
    found = re.findall(r'href="([^"]+/decisions/\d+)">[^<]*<span class="govuk-visually-hidden">: ([^,<]+)', seen.text)
    return {sentence.strip(): where for where, sentence in reversed(found)}


async def test_a_line_leads_to_what_its_decision_was_made_on(demo_site: Site) -> None:
    async with Visitor(demo_site) as visitor:
        path = await darius(visitor)
        await visitor.sign_in("treatment-worker")
        leads = await decisions(visitor, path)
        accepted = next(where for sentence, where in leads.items() if "accepted" in sentence.lower())
        seen = await visitor.open(accepted)
        assert seen.status == 200, seen.text
        assert "today's rules decide the same" in seen.text.replace("&#39;", "'")
        assert "Service offered" in seen.text
        assert "Sharing agreement made" in seen.text
        known = seen.text.partition("What the worker could see")[2].partition("What else it was made on")[0]
        assert "Referral sent" in known or "asked" in known.lower()
        assert "accepted" not in known.lower(), "what was decided was not known before it"


async def test_it_is_cut_to_what_the_viewer_may_see_now(demo_site: Site) -> None:
    async with Visitor(demo_site) as visitor:
        path = await darius(visitor)
        await visitor.sign_in("treatment-worker")
        accepted = next(w for s, w in (await decisions(visitor, path)).items() if "accepted" in s.lower())
        await visitor.sign_in("officer")
        assert (await visitor.open(accepted)).status == 404, "that there is such a referral is itself need-to-know"
        await visitor.sign_in("coordinator")
        assert (await visitor.open(f"{path}/decisions/1")).status == 404, "a position of somebody else's"
        assert (await visitor.open(f"{path}/decisions/none")).status == 404
        assert (await visitor.open(f"{path}/decisions/99999999")).status == 404


async def test_the_page_is_readable_by_all(page: Page, demo_site: Site) -> None:
    async with Visitor(demo_site) as visitor:
        path = await darius(visitor)
        await visitor.sign_in("coordinator")
        where = next(iter((await decisions(visitor, path)).values()))
    await sign_in(page)
    await page.goto(where)
    await expect(page.get_by_role("heading", name="What was known")).to_be_visible()
    await in_each_mode(page, "decision")
