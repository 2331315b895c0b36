"""Asking another partnership, handing somebody over, and taking somebody on, as a worker does it."""

import uuid

import pytest
from playwright.async_api import Page

from tests.web.browser import in_each_mode
from tests.web.site import Site
from tests.web.test_frame_browser import sign_in
from tests.web.visitor import Visitor

pytestmark = pytest.mark.anyio


@pytest.fixture
def site(demo_site: Site) -> Site:
    return demo_site


def path_of(site: Site, name: str) -> str:
    """The record of somebody of the demo's present in Fenland."""
    return f"/people/{uuid.UUID(site.hub.pseudonym('demo-life', 'fenland', name))}"


async def test_who_is_known_next_door_is_told_with_whom_to_phone_and_nothing_else(site: Site) -> None:
    async with Visitor(site) as visitor:
        await visitor.sign_in("coordinator")
        path = path_of(site, "marta")
        sharing = await visitor.open(f"{path}/sharing")
        assert f"{path}/elsewhere" in sharing.links
        seen = await visitor.open(f"{path}/elsewhere")
        assert "Only a confident match is a yes." in seen.text
        told = await visitor.send(seen.form(f"{path}/elsewhere"), partner="peterborough", purpose="support")
        assert told.path == f"{path}/elsewhere"
        assert "Known there" in told.text
        assert "Phone Safer Peterborough Partnership" in told.text


async def test_somebody_is_taken_on_under_an_entry_of_ones_own(site: Site) -> None:
    async with Visitor(site) as visitor:
        home = await visitor.sign_in("coordinator")
        assert "/transfers" in home.links
        offers = await visitor.open("/transfers")
        assert "Safer Peterborough Partnership" in offers.text
        assert "Shanice" not in offers.text
        accept = next(one for one in offers.forms if one.action.endswith("/accept"))
        arrived = await visitor.send(accept)
        assert "Shanice" in arrived.text
        assert "Look whether they are in the register already" in arrived.text
        came = await visitor.open(f"{arrived.path}/history")
        assert "Came along from another partnership" in came.text
        assert "partnership, csp" not in came.text.casefold(), "agencies there by their names"
        timeline = (await visitor.open(f"{arrived.path}/timeline")).text
        assert "Came along from Safer Peterborough Partnership" in timeline
        assert "told_identity" not in timeline
        assert "Nobody is offered to your agency." in (await visitor.open("/transfers")).text


async def test_an_offer_is_made_and_taken_back(site: Site) -> None:
    async with Visitor(site) as visitor:
        await visitor.sign_in("coordinator")
        path = path_of(site, "shanice")
        seen = await visitor.open(f"{path}/transfer")
        wrong = await visitor.send(seen.form(f"{path}/transfer"), partner="peterborough")
        assert wrong.status == 422
        made = await visitor.send(
            wrong.form(f"{path}/transfer"),
            partner="peterborough",
            purpose="support",
            categories=["register"],
            why="Moved",
        )
        assert made.path == f"{path}/transfer", made.text
        assert "Waiting for an answer" in made.text
        back = next(one for one in made.forms if one.action.endswith("/withdraw"))
        assert "Taken back" in (await visitor.send(back)).text


async def test_an_agreement_with_another_partnership_is_entered_and_ended(site: Site) -> None:
    async with Visitor(site) as visitor:
        await visitor.sign_in("administrator")
        seen = await visitor.open("/administration/agreements")
        assert "Both sides hold to it" in seen.text
        end = next(one for one in seen.links if one.startswith("/partnership-agreements/") and "/end" in one)
        ending = await visitor.open(end)
        ended = await visitor.send(ending.form(end.partition("?")[0]), reason="No border any more")
        assert ended.status == 200
        assert "Both sides hold to it" not in (await visitor.open("/administration/agreements")).text


async def test_the_pages_are_accessible_in_each_mode(page: Page, site: Site) -> None:
    async with Visitor(site) as visitor:
        await visitor.sign_in("coordinator")
        path = path_of(site, "marta")
        seen = await visitor.open(f"{path}/elsewhere")
        await visitor.send(seen.form(f"{path}/elsewhere"), partner="peterborough", purpose="support")
    await sign_in(page, "coordinator")
    pages = {
        "elsewhere": f"{path}/elsewhere",
        "transfer": f"{path}/transfer",
        "offers": "/transfers",
        "agreements": "/administration/agreements",
        "home": "/",
    }
    for name, where in pages.items():
        await page.goto(where)
        await in_each_mode(page, f"partnerships-{name}")
    await page.goto("/transfers")
    await page.get_by_role("button", name="Take the person on").click()
    await page.goto(f"{page.url.rstrip('/')}/history")
    await in_each_mode(page, "partnerships-history")
