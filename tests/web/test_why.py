"""Who can see a record and why, said in the rules' own words; what a withdrawal changes; who outside was told."""

import pytest
from playwright.async_api import Page

from tests.web.browser import in_each_mode
from tests.web.site import Site
from tests.web.test_emergency import a_stranger
from tests.web.test_frame_browser import sign_in
from tests.web.visitor import Visitor

pytestmark = pytest.mark.anyio


@pytest.fixture
def site(demo_site: Site) -> Site:
    return demo_site


async def darius(visitor: Visitor) -> str:
    """The one of whom the demo's safeguarding lead is alerted."""
    home = await visitor.sign_in("safeguarding-lead")
    return next(one for one in home.links if one.startswith("/people/") and len(one.split("/")) == 3 and "-" in one)


async def test_a_worker_is_told_by_which_rule_something_is_seen_or_not(site: Site) -> None:
    async with Visitor(site) as visitor:
        path = await darius(visitor)
        await visitor.sign_in("treatment-worker")
        sharing = await visitor.open(f"{path}/sharing")
        assert sharing.status == 200, sharing.text
        assert f"{path}/why" in sharing.links
        seen = await visitor.open(f"{path}/why")
        assert "The register entry of a person who concerns your agency is shared under a live agreement." in seen.text
        assert "Support hub information sharing agreement" in seen.text
        stranger = await a_stranger(site)
        await visitor.sign_in("work-coach")
        unseen = await visitor.open(f"/people/{stranger}/why")
        assert "You do not see it" in unseen.text
        assert "This person does not concern your agency." in unseen.text
        assert "Iris" not in unseen.text
        assert f"/people/{stranger}/break-glass/new" in unseen.links


async def test_what_a_withdrawal_changes_is_said_before_it_is_recorded(site: Site) -> None:
    async with Visitor(site) as visitor:
        path = await darius(visitor)
        await visitor.sign_in("coordinator")
        sharing = await visitor.open(f"{path}/sharing")
        where = next(one for one in sharing.links if "/withdraw?" in one)
        seen = await visitor.open(where)
        assert "Health is told nothing more" in seen.text
        assert "open referral" in seen.text
        assert ">Withdrawn<" not in (await visitor.open(f"{path}/sharing")).text
        done = await visitor.send(seen.form(where.partition("?")[0]), reason="He changed his mind")
        assert done.path == f"{path}/sharing"
        assert ">Withdrawn<" in done.text


async def test_a_decision_not_to_tell_is_on_record_too_and_one_to_tell_names_its_ground(site: Site) -> None:
    async with Visitor(site) as visitor:
        path = await darius(visitor)
        await visitor.sign_in("coordinator")
        assert f"{path}/disclosures" in (await visitor.open(f"{path}/sharing")).links
        listed = await visitor.open(f"{path}/disclosures")
        assert "Against the person" in listed.text
        form = (await visitor.open(f"{path}/disclosures/new?back={path}/disclosures")).form(f"{path}/disclosures/new")
        said = {
            "recipient_kind": "media",
            "recipient": "The Gazette",
            "categories": ["housing"],
            "rationale": "No need",
        }
        refused = await visitor.send(form, **said, shares="yes")
        assert refused.status >= 400
        assert "ground" in refused.text
        done = await visitor.send(form, **said)
        assert done.path == f"{path}/disclosures"
        assert "Decided not to tell" in done.text
        await visitor.sign_in("treatment-worker")
        assert "The Gazette" not in (await visitor.open(f"{path}/disclosures")).text


async def test_every_page_is_accessible_in_each_mode(site: Site, page: Page) -> None:
    async with Visitor(site) as visitor:
        path = await darius(visitor)
        await visitor.sign_in("coordinator")
        withdraw = next(one for one in (await visitor.open(f"{path}/sharing")).links if "/withdraw?" in one)
    await sign_in(page, "coordinator")
    for name, where in {
        "why": f"{path}/why",
        "disclosures": f"{path}/disclosures",
        "disclosure-new": f"{path}/disclosures/new",
        "withdraw": withdraw,
    }.items():
        await page.goto(where)
        await in_each_mode(page, f"why-{name}")
