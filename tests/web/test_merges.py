"""A merge on the pages: proposed, decided by another, reviewed by a third, undone, and thing by thing whose it is."""

import pytest
from playwright.async_api import Page

from tests.web.browser import in_each_mode
from tests.web.site import Site
from tests.web.test_frame import found
from tests.web.test_frame_browser import sign_in
from tests.web.visitor import Seen, Visitor

pytestmark = pytest.mark.anyio

PROPOSES, DECIDES, REVIEWS = "officer", "coordinator", "privacy-officer"


@pytest.fixture
def site(demo_site: Site) -> Site:
    return demo_site


async def entered(visitor: Visitor) -> str:
    """Somebody is entered after a search that did not find them."""
    form = (await found(visitor)).form("/people/new")
    who = {"given_name": "Ines", "family_name": "Duarte", "born": "1991-05-17"}
    seen = await visitor.send(form, identity="stated", answer="nobody-found", **who)
    assert seen.status == 200, seen.text
    return seen.path.split("/")[2]


async def proposed(site: Site) -> tuple[str, str]:
    """An officer enters one human twice and proposes a merge: its page, and that of the record that would go on."""
    async with Visitor(site) as visitor:
        await visitor.sign_in(PROPOSES)
        one, other = await entered(visitor), await entered(visitor)
        pair = await visitor.open(f"/people/{one}/duplicates/{other}")
        [form] = [each for each in pair.forms if "/duplicates/" in each.action]
        done = await visitor.send(form, says="same", words="Same passport")
        assert "Another worker decides" in done.text, done.text
        waits = await visitor.open("/merges")
        path = next(one for one in waits.links if one.startswith("/merges/"))
        shown = await visitor.open(path)
        assert "another worker decides" in shown.text
        assert f"{path}/decide" not in "".join(shown.links)
        return path, form.action.partition("/duplicates/")[0]


async def decided(site: Site, path: str) -> None:
    async with Visitor(site) as visitor:
        home = await visitor.sign_in(DECIDES)
        assert "Merges to decide" in home.text
        form = await visitor.open(f"{path}/decide?back={path}")
        seen = await visitor.send(form.form(f"{path}/decide"), agree="yes")
        assert "Not reviewed yet" in seen.text, seen.text


async def undone(visitor: Visitor, path: str) -> Seen:
    form = await visitor.open(f"{path}/undo?back={path}")
    return await visitor.send(form.form(f"{path}/undo"), reason="Both came to the hub")


async def test_two_decide_a_third_reviews_and_one_takes_apart(site: Site) -> None:
    path, person = await proposed(site)
    await decided(site, path)
    async with Visitor(site) as visitor:
        home = await visitor.sign_in(REVIEWS)
        assert "Merges to review" in home.text
        assert "waits for its review" in (await visitor.open(person)).text
        form = await visitor.open(f"{path}/review?back={path}")
        reviewed = await visitor.send(form.form(f"{path}/review"), agencies="police")
        assert "Not reviewed yet" not in reviewed.text
        assert "Reviewed by" in reviewed.text
    async with Visitor(site) as visitor:
        await visitor.sign_in(PROPOSES)
        alias = await visitor.open(f"{person}/aliases/new")
        await visitor.send(alias.form(alias.path.partition("?")[0]), nickname="Tusia")
        apart = await undone(visitor, path)
        assert "1 thing waits to be told whose it is" in apart.text
        assert "1 thing may be another person" in (await visitor.open(person)).text
        asked = await visitor.open(f"{path}/attribute")
        assert "Another name added" in asked.text
        said = await visitor.send(asked.form(f"{path}/attribute"), **{"thing-0": "others"})
        assert "Your answers are on record" in said.text
        assert "waits to be told" not in said.text
        assert "Tusia" not in (await visitor.open(f"{person}/details")).text


async def test_whoever_may_see_neither_record_is_told_of_no_merge(site: Site) -> None:
    path, _ = await proposed(site)
    async with Visitor(site) as coach:
        await coach.sign_in("work-coach")
        assert (await coach.open(path)).status == 404
        assert (await coach.open(f"{path}/attribute")).status == 404


async def test_every_page_is_accessible_in_each_mode(page: Page, site: Site) -> None:
    path, person = await proposed(site)
    await sign_in(page, DECIDES)
    await page.goto("/merges")
    await in_each_mode(page, "merges-waiting")
    await page.goto(path)
    await in_each_mode(page, "merges-one")
    await decided(site, path)
    async with Visitor(site) as visitor:
        await visitor.sign_in(PROPOSES)
        alias = await visitor.open(f"{person}/aliases/new")
        await visitor.send(alias.form(alias.path.partition("?")[0]), nickname="Tusia")
        await page.goto(person)
        await in_each_mode(page, "merges-person")
        await undone(visitor, path)
    await page.goto(path)
    await in_each_mode(page, "merges-undone")
    await page.goto(f"{path}/attribute")
    await in_each_mode(page, "merges-things")
