"""Possible duplicates on the page: two records side by side with what differs, and what somebody says of them."""

import pytest
from playwright.async_api import Page

from tests.web.browser import in_each_mode, tolerate
from tests.web.site import Site
from tests.web.test_frame_browser import sign_in
from tests.web.visitor import Seen, Visitor

pytestmark = pytest.mark.anyio


@pytest.fixture
def site(demo_site: Site) -> Site:
    return demo_site


def pairs_in(seen: Seen) -> list[str]:
    return [one for one in seen.links if "/duplicates/" in one]


async def compared(visitor: Visitor, name: str) -> Seen:
    queue = await visitor.open("/duplicates")
    pages = [await visitor.open(one) for one in pairs_in(queue)]
    return next(one for one in pages if name in one.text)


async def test_a_coordinator_compares_two_records_and_says_what_they_are(site: Site) -> None:
    async with Visitor(site) as visitor:
        home = await visitor.sign_in("coordinator")
        assert "/duplicates" in home.links
        assert "Days that the first of them waits" in home.text
        queue = await visitor.open("/duplicates")
        waiting = len(pairs_in(queue))
        assert "The day centre knows Bogdan by sight" in queue.text

        marta = await compared(visitor, "Martha")
        assert "Day and month of birth swapped" in marta.text
        assert "Different" in marta.text
        unsaid = await visitor.send(marta.form(marta.path))
        assert unsaid.status == 422
        assert "Select whether they are the same person" in unsaid.text
        proposed = await visitor.send(marta.form(marta.path), says="same", words="Same passport")
        assert (proposed.path, "Another worker decides" in proposed.text) == ("/duplicates", True)
        assert len(pairs_in(proposed)) == waiting - 1
        assert "Martha" not in proposed.text
        again = await visitor.send(marta.form(marta.path), says="different", words="No")
        assert "Somebody has decided about these two records already" in again.text

        shanice = await compared(visitor, "Shanise")
        left = await visitor.send(shanice.form(shanice.path), says="unsure", words="The housing team knows her")
        assert "The housing team knows her" in left.text
        told = await visitor.send(
            (await visitor.open(shanice.path)).form(shanice.path), says="different", words="Cousins"
        )
        assert "two different people" in told.text
        assert len(pairs_in(told)) == waiting - 2


async def test_whoever_may_not_see_both_is_shown_no_pair(site: Site) -> None:
    async with Visitor(site) as coordinator, Visitor(site) as coach:
        await coordinator.sign_in("coordinator")
        [path, *_] = pairs_in(await coordinator.open("/duplicates"))
        home = await coach.sign_in("work-coach")
        assert "Days that the first of them waits" not in home.text
        assert pairs_in(await coach.open("/duplicates")) == []
        assert (await coach.open(path)).status == 404


async def test_every_page_is_accessible_in_each_mode(page: Page) -> None:
    await sign_in(page, "coordinator")
    await page.goto("/")
    await in_each_mode(page, "duplicates-home")
    await page.goto("/duplicates")
    await in_each_mode(page, "duplicates-queue")
    await page.locator("main .hub-card__link").first.click()
    await in_each_mode(page, "duplicates-compare")
    tolerate(page, "status of 422")
    await page.get_by_role("button", name="Record").click()
    await in_each_mode(page, "duplicates-compare-unsaid")
