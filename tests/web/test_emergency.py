"""A record opened in an emergency: who is let in, what is said of it, how it closes, and its review by another."""

from collections.abc import Sequence

import pytest
from playwright.async_api import Page

from tests.web.browser import in_each_mode
from tests.web.site import Site
from tests.web.test_frame_browser import sign_in
from tests.web.visitor import Seen, Visitor

pytestmark = pytest.mark.anyio

WHY = "She wrote that she will not live through the night"


@pytest.fixture
def site(demo_site: Site) -> Site:
    return demo_site


async def a_stranger(site: Site) -> str:
    """Somebody who concerns no agency but that which entered them."""
    async with Visitor(site) as nurse:
        await nurse.sign_in("nurse")
        found = await nurse.send(
            (await nurse.open("/people/search")).form("/people/search"), typed="Iris Berg 1990-01-02"
        )
        seen = await nurse.send(found.form("/people/new"))
        seen = await nurse.send(
            seen.form("/people/new"), identity="stated", given_name="Iris", family_name="Berg", born="1990-01-02"
        )
        assert seen.status == 200, seen.text
        return seen.path.split("/")[2]


async def opened(visitor: Visitor, person: str) -> Seen:
    path = f"/people/{person}/break-glass/new"
    seen = await visitor.send((await visitor.open(path)).form(path), emergency="risk-to-life", reason=WHY, hours="2")
    assert seen.status == 200, seen.text
    return seen


def reviews_in(links: Sequence[str]) -> list[str]:
    return [one for one in links if one.startswith("/break-glass/") and one.endswith("/review")]


async def test_who_is_at_risk_is_opened_at_once_with_a_reason_and_closes_early(site: Site) -> None:
    person = await a_stranger(site)
    async with Visitor(site) as visitor:
        await visitor.sign_in("work-coach")
        denied = await visitor.open(f"/people/{person}")
        assert denied.status == 404
        path = f"/people/{person}/break-glass/new"
        assert path in denied.links
        assert "Iris" not in denied.text
        asked = await visitor.open(path)
        assert "reviews every opening" in asked.text
        unsaid = await visitor.send(asked.form(path), emergency="risk-to-life")
        assert unsaid.status == 422
        seen = await opened(visitor, person)
        assert seen.path == f"/people/{person}"
        assert "Iris" in seen.text
        assert "Opened in an emergency, until" in seen.text
        [close] = {one.action for one in seen.forms if one.action.endswith("/close")}
        closed = await visitor.send(seen.form(close))
        assert (closed.path, "closed again" in closed.text) == ("/", True)
        assert (await visitor.open(f"/people/{person}")).status == 404


async def test_somebody_else_who_protects_data_reviews_it_and_reads_why(site: Site) -> None:
    person = await a_stranger(site)
    async with Visitor(site) as worker, Visitor(site) as officer:
        await worker.sign_in("work-coach")
        await opened(worker, person)
        assert (await worker.open("/break-glass")).status == 404
        home = await officer.sign_in("privacy-officer")
        assert "Next hub day" not in home.text  # whoever may not see hub days is not told that there is none
        assert len(reviews_in(home.links)) == 2, "the demo's own, and this"
        queue = await officer.open("/break-glass")
        assert "Iris Berg" in queue.text, "who looks after the data for all is told whose record it is"
        pages = [await officer.open(one) for one in reviews_in(queue.links)]
        [review] = [one for one in pages if WHY in one.text]
        assert (await officer.send(review.form(review.path))).status == 422
        done = await officer.send(review.form(review.path), finding="justified", rationale="The message was real")
        assert done.path == "/break-glass"
        assert review.path not in done.links
        after = await officer.open("/break-glass?all=yes")
        assert review.path in after.links
        assert "It was justified" in after.text
        assert "The message was real" in (await officer.open(review.path)).text
        told = await worker.open(review.path)
        assert "It was justified" in told.text, "who broke the glass is told what was found"
        assert "The message was real" not in told.text
        assert (await worker.open(f"/people/{person}")).status == 404, "a review closes it"


async def test_a_review_that_is_late_is_counted_on_the_first_page(site: Site) -> None:
    async with Visitor(site) as officer:
        home = await officer.sign_in("privacy-officer")
        assert "1 overdue" not in home.text
        site.clock.pass_by(days=8)
        home = await officer.sign_in("privacy-officer")
        assert "1 overdue" in home.text


async def test_the_safeguarding_lead_is_alerted_of_who_was_told_against_a_refusal(site: Site) -> None:
    async with Visitor(site) as lead:
        home = await lead.sign_in("safeguarding-lead")
        assert "Told against a refusal" in home.text
        assert "Duty desk" in home.text


async def test_every_page_is_accessible_in_each_mode(site: Site, page: Page) -> None:
    person = await a_stranger(site)
    await sign_in(page, "work-coach")
    await page.goto(f"/people/{person}/break-glass/new")
    await in_each_mode(page, "emergency-open")
    await page.get_by_label("A life is at risk").check()
    await page.get_by_label("Why you have to see it now").fill(WHY)
    await page.get_by_role("button", name="Open in an emergency").click()
    await page.get_by_text("Opened in an emergency, until").wait_for()
    await in_each_mode(page, "emergency-opened")
    await sign_in(page, "safeguarding-lead")
    await in_each_mode(page, "emergency-lead")
    await sign_in(page, "privacy-officer")
    await page.goto("/")
    await in_each_mode(page, "emergency-home")
    await page.goto("/break-glass")
    await in_each_mode(page, "emergency-queue")
    await page.get_by_role("link", name="A life is at risk").click()
    await in_each_mode(page, "emergency-review")
