"""Who works here and what the agencies agreed to share: seen by everybody, changed by those who see to it."""

import pytest
from playwright.async_api import Page

from api.demo import workers_of
from domain.ids import PartnershipId
from tests.web.browser import in_each_mode
from tests.web.site import Site
from tests.web.test_frame_browser import sign_in
from tests.web.visitor import Form, Seen, Visitor

pytestmark = pytest.mark.anyio

PAGES = {
    "workers": "/administration/workers",
    "workers-of": "/administration/workers?agency=police",
    "worker": "/workers/demo-officer",
    "move": "/workers/demo-officer/move",
    "leave": "/workers/demo-officer/leave",
    "agreements": "/administration/agreements",
    "agreement": "/agreements/support-hub",
    "agreement-new": "/agreements/new",
    "agreement-edit": "/agreements/support-hub/edit",
    "agreement-end": "/agreements/support-hub/end",
    "legal-profile": "/legal-profile/edit",
}


@pytest.fixture
def site(demo_site: Site) -> Site:
    return demo_site


async def test_every_page_is_accessible_in_each_mode(page: Page) -> None:
    await sign_in(page, "administrator")
    for name, path in PAGES.items():
        await page.goto(path)
        await in_each_mode(page, f"sharing-{name}")


async def send(visitor: Visitor, form: Form, **typed: str | list[str]) -> Seen:
    seen = await visitor.send(form, **typed)
    assert seen.status == 200, seen.text
    return seen


async def test_somebody_is_given_a_post_moves_and_leaves_with_a_hand_over(site: Site) -> None:
    async with Visitor(site) as visitor:
        await visitor.sign_in("administrator")
        form = (await visitor.open("/teams/new?back=/administration/workers")).form("/teams/new")
        seen = await send(visitor, form, team="night-shift", agency="police", name="Night shift")
        assert "Night shift" in seen.text
        form = (await visitor.open("/workers/new?back=/administration/workers")).form("/workers/new")
        seen = await send(visitor, form, worker="sam-hill", agency="police", role="constable", team="night-shift")
        assert "/workers/sam-hill" in seen.links
        seen = await visitor.open("/workers/sam-hill")
        assert "Night shift" in seen.text
        form = (await visitor.open("/workers/sam-hill/cover?back=/workers/sam-hill")).form("/workers/sam-hill/cover")
        seen = await send(visitor, form, covered_by="demo-officer", from_date="2026-01-01", until_date="2099-01-01")
        assert "Police officer, from 1 January 2026 until 1 January 2099" in seen.text
        form = (await visitor.open("/workers/sam-hill/move")).form("/workers/new")
        assert (form.value("agency"), form.value("role"), form.value("team")) == ("police", "constable", "night-shift")
        seen = await send(visitor, form, role="supervisor")
        assert seen.path == "/workers/sam-hill"
        assert "Supervisor" in seen.text
        form = (await visitor.open("/workers/sam-hill/leave?back=/administration/workers")).form(
            "/workers/sam-hill/leave"
        )
        seen = await send(visitor, form, work_to="demo-officer")
        assert "/workers/sam-hill" not in seen.links
        assert (await visitor.open("/workers/sam-hill")).status == 404


async def test_everybody_sees_who_is_in_post_and_only_those_who_may_are_offered_to_change_it(site: Site) -> None:
    async with Visitor(site) as visitor:
        await visitor.sign_in("officer")
        seen = await visitor.open("/administration/workers")
        assert "/workers/demo-nurse" in seen.links
        assert not [one for one in seen.links if one.startswith(("/workers/new", "/teams/"))]
        assert (await visitor.open("/workers/demo-nurse/move")).status == 403
        assert (await visitor.open("/agreements/support-hub/end")).status == 403
        assert not [one for one in (await visitor.open("/agreements/support-hub")).links if "/e" in one[20:]]
        await visitor.sign_in("administrator")
        own = workers_of(PartnershipId("fenland"))["administrator"].worker
        assert f"/workers/{own}/move" not in (await visitor.open(f"/workers/{own}")).links


async def test_what_stops_is_said_before_an_agreement_ends_and_it_stops(site: Site) -> None:
    async with Visitor(site) as visitor:
        await visitor.sign_in("administrator")
        listed = await visitor.open("/administration/agreements")
        where = "/agreements/support-hub"
        assert where in listed.links
        assert "In force" in listed.text
        seen = await visitor.open(f"{where}/end")
        assert "no longer shared between" in seen.text
        assert (await visitor.send(seen.form(f"{where}/end"))).status == 422
        seen = await send(visitor, seen.form(f"{where}/end"), reason="The partners signed another one")
        assert (seen.path, "Ended" in seen.text) == (where, True)
        assert f"{where}/edit" not in seen.text


async def test_an_agreement_is_entered_and_changed_in_plain_words(site: Site) -> None:
    async with Visitor(site) as visitor:
        await visitor.sign_in("administrator")
        form = (await visitor.open("/agreements/new?back=/administration/agreements")).form("/agreements/new")
        await send(
            visitor,
            form,
            agreement="winter",
            name="Winter shelter",
            parties=["police", "health"],
            purposes=["support"],
            categories=["register"],
            from_date="2020-01-01",
            review_date="2020-06-01",
            source="Box 7",
        )
        seen = await visitor.open("/administration/agreements")
        assert "Review overdue" in seen.text
        edit = (await visitor.open("/agreements/winter/edit?back=/agreements/winter")).form("/agreements/winter/edit")
        assert [value for name, value in edit.fields if name == "parties"] == ["health", "police"]
        seen = await send(
            visitor, edit, parties=["police", "health", "dwp"], review_date="2099-01-01", reason="DWP joined"
        )
        assert (seen.path, "Review overdue" in seen.text) == ("/agreements/winter", False)
        assert "Work and Pensions" in seen.text


async def test_the_legal_profile_says_where_a_reason_is_typed(site: Site) -> None:
    async with Visitor(site) as visitor:
        await visitor.sign_in("administrator")
        form = (await visitor.open("/legal-profile/edit?back=/administration/agreements")).form("/legal-profile/edit")
        seen = await send(visitor, form, justified=["search"])
        assert "Searching for people" in seen.text


async def test_where_a_reason_has_to_be_typed_nobody_is_looked_for_without_one(site: Site) -> None:
    async with Visitor(site) as visitor:
        await visitor.sign_in("administrator")
        form = (await visitor.open("/legal-profile/edit")).form("/legal-profile/edit")
        await send(visitor, form, justified=["search"])
        await visitor.sign_in("nurse")
        search = (await visitor.open("/")).form("/people/search")
        asked = await visitor.send(search, typed="Nobody Here 1901")
        assert asked.status == 422
        assert "Enter why you look for this person" in asked.text
        assert "Nobody Here 1901" in asked.text
        box = next(one for one in asked.forms if one.action == "/people/search")
        assert "Nobody in the register" in (await visitor.send(box, why="He asked for a doctor")).text
    token = next(one.token for one in site.tokens if (one.worker, one.partnership) == ("nurse", "fenland"))
    asking = {"authorization": f"Bearer {token}"}
    body = {"given_name": "Nobody", "family_name": "Here", "born_in": 1901}
    refused = await site.client.post("/v1/people/search", json=body, headers=asking)
    assert (refused.status_code, refused.json()["code"]) == (422, "justification-missing")
    said = await site.client.post("/v1/people/search", json=body, headers={**asking, "x-justification": "A doctor"})
    assert said.status_code == 200
