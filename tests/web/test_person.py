"""The record of a person: at a glance, line by line, and as it was known on another day."""

import datetime as dt
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack

import pytest
from playwright.async_api import Page, expect

from tests.api.world import Caller
from tests.web.browser import axe, in_each_mode, overflow, shot, tab_to, tolerate
from tests.web.conftest import OpenPage
from tests.web.record_world import ROLES, made, record, sign_in
from tests.web.site import Site
from tests.web.visitor import Visitor

pytestmark = pytest.mark.anyio

Record = tuple[dict[str, Caller], dict[str, str]]
PAGES: Mapping[str, str] = {
    "overview": "/people/{person}",
    "timeline": "/people/{person}/timeline",
    "journey": "/people/{person}/journey",
    "as-at": "/people/{person}?as_at=2025-06-03T18:00",
    "too-early": "/people/{person}/timeline?as_at=2024-01-01T00:00",
}


Visiting = Callable[[Caller], Awaitable[Visitor]]


@pytest.fixture
async def visiting(site: Site) -> AsyncIterator[Visiting]:
    """Opens the site as somebody, without a script."""
    async with AsyncExitStack() as stack:

        async def open_one(caller: Caller) -> Visitor:
            visitor = await stack.enter_async_context(Visitor(site))
            token = caller.authorization.removeprefix("Bearer ")
            await visitor.client.post("/sign-in", data={"token": token}, follow_redirects=False)
            for cookie in visitor.client.cookies.jar:
                cookie.secure = False  # a browser sends what is for a safe connection to its own machine, too
            return visitor

        yield open_one


@pytest.fixture
async def kept(site: Site) -> Record:
    return await record(site)


async def test_each_page_is_readable_in_each_mode(page: Page, kept: Record) -> None:
    who, ids = kept
    await sign_in(page, who["coordinator"])
    for name, path in PAGES.items():
        answer = await page.goto(path.format(**ids))
        assert answer is not None
        assert answer.status == 200
        await in_each_mode(page, f"person-{name}")


async def test_the_parts_of_a_record_take_little_of_a_phone_and_each_is_wide_enough_for_a_finger(
    phone: Page, kept: Record
) -> None:
    who, ids = kept
    await sign_in(phone, who["coordinator"], f"/people/{ids['person']}")
    parts = phone.get_by_role("navigation", name="Parts of this record")
    whole = await parts.bounding_box()
    assert whole is not None
    assert whole["height"] < 200
    links = await parts.get_by_role("link").all()
    assert len(links) == 8
    for link in links:
        box = await link.bounding_box()
        assert box is not None
        assert box["height"] >= 44
    await parts.get_by_role("link", name="Paper").click()
    await expect(parts.get_by_role("link", name="Paper")).to_have_attribute("aria-current", "page")
    await axe(phone)


async def test_the_first_page_says_where_somebody_stands_and_why(page: Page, kept: Record) -> None:
    who, ids = kept
    await sign_in(page, who["coordinator"], f"/people/{ids['person']}")
    ladder = page.get_by_role("region", name="On the ladder")
    await expect(ladder).to_contain_text("officer-1 of Police issued the Green ticket on 2 June 2025.")
    await expect(ladder).to_contain_text("It rests on an encounter on 2 June 2025, 02:00")
    await expect(ladder).to_contain_text("A new encounter about behaviour after 2 June 2025.")
    await expect(ladder).to_contain_text("Authorised by one of: Supervisor, Hub coordinator.")
    referrals = page.get_by_role("region", name="Referrals, and what became of them")
    await expect(referrals).to_contain_text("Accepted on 4 June 2025. The person was not reached yet.")
    await expect(page.get_by_role("region", name="Comes next")).to_contain_text("7 June 2025, 12:00")
    await expect(page.get_by_role("region", name="Orders and restrictions")).to_contain_text("Market Place")
    assert "Łukasz" not in await page.title()


async def test_a_refused_step_names_the_rule_and_what_would_permit_it(page: Page, kept: Record) -> None:
    who, ids = kept
    asked = {"step": "cpw", "ground": "missed-session"}
    refused = await who["officer"].post(f"/v1/episodes/{ids['episode']}/propose-escalation", asked)
    assert refused.status_code == 409, refused.text
    await sign_in(page, who["coordinator"], f"/people/{ids['person']}")
    ladder = page.get_by_role("region", name="On the ladder")
    await expect(ladder).to_contain_text("Warning, asked for on 5 June 2025 by Police.")
    await expect(ladder).to_contain_text("What would permit it:")


@pytest.mark.parametrize("name", ROLES)
async def test_acts_are_offered_to_those_who_may_do_them_and_each_opens(page: Page, kept: Record, name: str) -> None:
    who, ids = kept
    tolerate(page, "status of 404")
    await sign_in(page, who[name])
    answer = await page.goto(f"/people/{ids['person']}")
    assert answer is not None
    if name == "nurse":
        assert answer.status == 404
        return
    tickets = page.get_by_role("button", name="Issue a ticket")
    assert await tickets.count() == (1 if name in {"coordinator", "officer"} else 0)
    for where in {await one.get_attribute("href") for one in await page.locator("main a").all()}:
        assert where is not None
        if where.startswith("tel:") or where.split("/")[1] in {"referrals", "hub-days", "plans"} or "/print" in where:
            continue
        opened = await page.goto(where)
        assert opened is not None
        assert opened.status == 200, where


async def test_nobody_is_told_that_a_treatment_referral_exists_who_is_not_party_to_it(page: Page, kept: Record) -> None:
    who, ids = kept
    await sign_in(page, who["officer"])
    for path in PAGES.values():
        await page.goto(path.format(**ids))
        text = (await page.content()).casefold()
        for word in ("drugs", "detox", "cgl", "housing advice", "door that locks", ids["secret"], "hidden from"):
            assert word not in text, (path, word)
    await page.goto(f"/people/{ids['person']}/timeline")
    await expect(page.get_by_role("heading", name="Green ticket issued by Police")).to_be_visible()


async def test_somebody_who_does_not_concern_you_is_the_same_page_as_nobody(page: Page, kept: Record) -> None:
    who, ids = kept
    tolerate(page, "status of 404")
    await sign_in(page, who["nurse"])
    texts = []
    for person in (ids["person"], "nobody"):
        for part in ("", "/timeline", "/journey"):
            answer = await page.goto(f"/people/{person}{part}")
            assert answer is not None
            assert answer.status == 404
            texts.append((await page.locator("main").inner_text()).rpartition(",")[0])
    assert len(set(texts)) == 1


async def test_a_line_tells_when_it_happened_from_when_it_was_written_down(page: Page, kept: Record) -> None:
    who, ids = kept
    await sign_in(page, who["officer"], f"/people/{ids['person']}/timeline")
    line = page.get_by_role("listitem").filter(has_text="Encounter recorded by Police")
    await expect(line).to_contain_text("2 June 2025, 02:00")
    await expect(line).to_contain_text("Recorded 2 June 2025, 12:00")
    await line.get_by_text("What was recorded").click()
    await expect(line).to_contain_text("Bench by the library")
    amended = page.get_by_role("listitem").filter(has_text="Encounter corrected")
    await expect(amended).to_contain_text("Amendment")
    await expect(amended).to_contain_text("It amends what was recorded of 2 June 2025, 02:00.")
    ticket = page.get_by_role("listitem").filter(has_text="Green ticket issued")
    assert await ticket.get_by_text("Recorded 2").count() == 0


@pytest.mark.parametrize("mode", ["desktop", "no-script"])
async def test_the_timeline_shows_what_is_chosen(open_page: OpenPage, kept: Record, mode: str) -> None:
    who, ids = kept
    page = await open_page(mode)
    await sign_in(page, who["coordinator"], f"/people/{ids['person']}/timeline")
    await page.get_by_text("Choose what is shown").click()
    await page.get_by_label("Hub", exact=True).check()
    await page.get_by_label("Support", exact=True).check()
    await page.get_by_role("button", name="Show these").click()
    await expect(page.get_by_role("heading", name="Invited to the hub by Hub")).to_be_visible()
    await expect(page.get_by_role("heading", name="Goal added: Housing")).to_be_visible()
    await expect(page.get_by_role("heading", name="Green ticket issued")).to_have_count(0)
    await page.get_by_role("link", name="Remove Support").click()
    await expect(page.get_by_role("heading", name="Goal added: Housing")).to_have_count(0)
    await expect(page.get_by_role("heading", name="Invited to the hub by Hub")).to_be_visible()


@pytest.mark.parametrize("mode", ["desktop", "no-script"])
async def test_earlier_lines_are_shown_until_there_are_none(open_page: OpenPage, kept: Record, mode: str) -> None:
    who, ids = kept
    for _ in range(30):
        await who["officer"].post(f"/v1/people/{ids['person']}/encounters", {"kind": "outreach"})
    page = await open_page(mode)
    await sign_in(page, who["officer"], f"/people/{ids['person']}/timeline")
    lines = page.locator("#timeline > li")
    await expect(lines).to_have_count(25)
    await page.get_by_role("button", name="Show earlier").click()
    await expect(page.get_by_role("heading", name="Added to the register by Police")).to_be_visible()
    await expect(page.get_by_text("That is all that your agency may see.")).to_be_visible()
    if mode == "no-script":
        await page.get_by_role("link", name="Back to the latest").click()
        await expect(lines).to_have_count(25)
    else:
        keys = [await one.get_attribute("id") for one in await lines.all()]
        assert len(keys) == len(set(keys)) > 30


@pytest.mark.parametrize("mode", ["desktop", "no-script"])
async def test_another_day_shows_what_was_known_then_and_offers_nothing(
    open_page: OpenPage, kept: Record, mode: str
) -> None:
    who, ids = kept
    page = await open_page(mode)
    await sign_in(page, who["coordinator"], f"/people/{ids['person']}")
    await page.get_by_text("See what was known on another day").click()
    await page.get_by_label("Day and time").fill("2025-06-02T12:00")
    await page.get_by_role("button", name="Show that day").click()
    await expect(page.get_by_text("You see what was known on 2 June 2025, 12:00.")).to_be_visible()
    await expect(page.get_by_role("region", name="On the ladder")).to_contain_text("Green")
    assert await page.get_by_text("Support plan").count() == 0
    assert await page.get_by_text("Staff safety").count() == 0
    acts = (
        "Record an encounter",
        "Refer a person",
        "Raise a flag",
        "Lift a restriction",
        "Their own page, and other paper",
    )
    for act in acts:
        assert await page.get_by_text(act, exact=True).count() == 0
    await page.get_by_role("link", name="Timeline", exact=True).click()
    await expect(page.get_by_text("You see what was known on 2 June 2025, 12:00.")).to_be_visible()
    await expect(page.get_by_role("heading", name="Encounter corrected")).to_have_count(0)
    await page.get_by_role("link", name="Back to today").click()
    await expect(page.get_by_role("heading", name="Encounter corrected")).to_be_visible()


async def test_the_slider_steps_through_the_days_by_the_keyboard(page: Page, kept: Record) -> None:
    who, ids = kept
    await sign_in(page, who["coordinator"], f"/people/{ids['person']}/timeline")
    await page.get_by_text("See what was known on another day").click()
    slider = page.get_by_label("As at")
    assert await slider.get_attribute("aria-valuetext") == "Today"
    await slider.focus()
    await page.keyboard.press("ArrowLeft")
    await page.keyboard.press("ArrowLeft")
    assert await slider.get_attribute("aria-valuetext") == "4 June 2025, 12:00"
    await expect(page.get_by_text("You see what was known on 4 June 2025, 12:00.")).to_be_visible()
    await expect(page.get_by_role("heading", name="Restriction on where to go")).to_have_count(0)
    await expect(slider).to_be_focused()
    await page.keyboard.press("Home")
    await expect(page.get_by_text("You see what was known on 2 June 2025, 11:00.")).to_be_visible()
    await expect(page.locator("#timeline > li")).to_have_count(1)
    await page.keyboard.press("End")
    await page.wait_for_url("**/timeline")
    await expect(page.get_by_role("heading", name="Restriction on where to go")).to_be_visible()


@pytest.mark.parametrize("written", ["yesterday", "2025-13-40T10:00", "0001-01-01T00:00", "9999-12-31T23:59:59"])
async def test_a_day_that_cannot_be_read_breaks_nothing(page: Page, kept: Record, written: str) -> None:
    who, ids = kept
    tolerate(page, "status of 400")
    await sign_in(page, who["coordinator"])
    answer = await page.goto(f"/people/{ids['person']}?as_at={written}")
    assert answer is not None
    assert answer.status in {200, 400}


async def test_the_picture_of_the_journey_is_a_file_too(page: Page, kept: Record) -> None:
    who, ids = kept
    await sign_in(page, who["coordinator"], f"/people/{ids['person']}/journey")
    await expect(page.get_by_role("img", name="The journey, agency by agency").first).to_be_visible()
    link = page.get_by_role("link", name="Download as CSV")
    async with page.expect_download() as download:
        await link.click()
    assert (await download.value).suggested_filename == "journey.csv"


async def test_who_was_looked_at_last_stands_on_the_home_page(page: Page, kept: Record) -> None:
    who, ids = kept
    await sign_in(page, who["coordinator"], f"/people/{ids['person']}")
    await page.goto("/")
    await expect(page.get_by_role("link", name="Łukasz Wiśniewski").last).to_be_visible()


PARTS: Mapping[str, str] = {
    "ladder": "/people/{person}/ladder",
    "referrals": "/people/{person}/referrals",
    "plans": "/people/{person}/plan",
    "sharing": "/people/{person}/sharing",
    "details": "/people/{person}/details",
    "plan": "/plans/{plan}",
}


async def test_each_part_is_readable_in_each_mode(page: Page, kept: Record) -> None:
    who, ids = kept
    await sign_in(page, who["coordinator"])
    for name, path in PARTS.items():
        answer = await page.goto(path.format(**ids))
        assert answer is not None
        assert answer.status == 200
        await in_each_mode(page, f"person-{name}")


@pytest.mark.parametrize("name", ["coordinator", "officer", "housing", "treatment"])
async def test_every_link_of_every_part_opens_for_each_role(visiting: Visiting, kept: Record, name: str) -> None:
    who, ids = kept
    visitor = await visiting(who[name])
    for path in (*PAGES.values(), *PARTS.values()):
        where = path.format(**ids)
        if where.startswith("/plans/") and name != "coordinator":
            assert (await visitor.open(where)).status == 404
            continue
        page = await visitor.open(where)
        assert page.status == 200, where
        for link in page.links:
            if ids["person"] in link or link.startswith(("/plans", "/episodes", "/tickets", "/duty", "/merges")):
                assert (await visitor.open(link)).status == 200, (where, link)


async def test_each_part_shows_another_day_and_offers_nothing_from_it(visiting: Visiting, kept: Record) -> None:
    who, ids = kept
    visitor = await visiting(who["coordinator"])
    for name, path in PARTS.items():
        if name == "plan":
            continue
        page = await visitor.open(path.format(**ids) + "?as_at=2025-06-02T12:00")
        assert "You see what was known on 2 June 2025, 12:00." in page.text
        own = [one for one in page.links if ids["person"] in one]
        assert not [one for one in own if "/new" in one or one.endswith("/edit")], path
        assert "A door that locks" not in page.text
        early = await visitor.open(path.format(**ids) + "?as_at=2020-01-01T12:00")
        assert "Nothing was known then" in early.text


async def test_an_action_is_done_with_one_tap(open_page: OpenPage, kept: Record) -> None:
    who, ids = kept
    page = await open_page("no-script")
    await sign_in(page, who["coordinator"], f"/plans/{ids['plan']}")
    await expect(page.get_by_text("“A door that locks”").first).to_be_visible()
    await page.get_by_role("button", name="Phone the landlord").first.click()
    await page.wait_for_url(f"**/plans/{ids['plan']}")
    await expect(page.locator(".hub-card--good")).to_contain_text("Phone the landlord")
    await page.get_by_label("What is to be done").fill("Find a bed <b>tonight</b>")
    await page.get_by_label("Due by").fill("2025-06-06")
    await page.get_by_role("button", name="Add action").click()
    await expect(page.get_by_role("heading", name="Find a bed <b>tonight</b>")).to_be_visible()


async def test_an_action_is_done_by_keyboard_alone(page: Page, kept: Record) -> None:
    who, ids = kept
    await sign_in(page, who["coordinator"], f"/people/{ids['person']}/plan")
    await tab_to(page, page.get_by_role("link", name="Led by"))
    await page.keyboard.press("Enter")
    await page.wait_for_url(f"**/plans/{ids['plan']}")
    await tab_to(page, page.get_by_role("button", name="Phone the landlord").first)
    await page.keyboard.press("Enter")
    await expect(page.locator(".hub-card--good")).to_contain_text("Phone the landlord")
    await tab_to(page, page.get_by_label("What is to be done"))
    await page.keyboard.type("Find a bed")
    await expect(page.get_by_label("What is to be done")).to_have_value("Find a bed")


async def test_one_tap_for_two_actions_is_two_acts(visiting: Visiting, kept: Record) -> None:
    who, ids = kept
    action = {"what": "Call the GP", "owner": "coordinator-1", "owner_agency": "hub", "due": "2025-07-01"}
    await made(who["coordinator"], f"/v1/plans/{ids['plan']}/actions", action)
    visitor = await visiting(who["coordinator"])
    page = await visitor.open(f"/plans/{ids['plan']}")
    forms = [one for one in page.forms if one.action.endswith("/complete")]
    assert len(forms) == 2
    for form in (*forms, *forms):
        sent = await visitor.send(form)
        assert sent.status == 200, sent.text
    assert "Due by 1" not in (await visitor.open(f"/plans/{ids['plan']}")).text


async def test_what_somebody_is_away_for_or_died_of_stands_on_every_page(visiting: Visiting, kept: Record) -> None:
    who, ids = kept
    person = f"/v1/people/{ids['person']}"
    await made(who["coordinator"], f"{person}/custody", {"station": "Parkside"})
    visitor = await visiting(who["coordinator"])
    for path in (f"/people/{ids['person']}", f"/people/{ids['person']}/details"):
        assert "In custody since 5 June 2025" in (await visitor.open(path)).text
    overview = (await visitor.open(f"/people/{ids['person']}")).text
    assert "The person is away" in overview
    assert "/tickets/new" not in overview
    assert "/release" in overview
    assert "In custody" not in (await (await visiting(who["housing"])).open(f"/people/{ids['person']}")).text
    await made(who["coordinator"], f"{person}/release", {"stay": "custody"})
    await made(who["coordinator"], f"{person}/death", {"source": "hospital"})
    dead = (await visitor.open(f"/people/{ids['person']}")).text
    assert "This person died on 5 June 2025" in dead
    assert "/death/retract" in dead
    assert "/referrals/new" not in dead


async def test_a_merged_record_leads_to_the_one_that_goes_on(site: Site, visiting: Visiting, kept: Record) -> None:
    who, ids = kept
    hub = who["coordinator"]
    other = (await made(hub, "/v1/people", {"identity": "unknown", "provisional": "no-name-given"}))["person"]
    merge = await made(hub, "/v1/merges", {"person": ids["person"], "other": other, "reason": "Same tattoo"})
    second = await site.caller("hub-coordinator", "hub", worker="coordinator-2")
    await made(second, f"/v1/merges/{merge['merge']}/decide", {"agree": True})
    visitor = await visiting(hub)
    gone = (await visitor.open(f"/people/{other}")).text
    assert f'href="/people/{ids["person"]}"' in gone
    assert "This record goes on under another" in gone
    assert "/referrals/new" not in gone
    assert "Records merged into this one" in (await visitor.open(f"/people/{ids['person']}")).text


async def test_what_stands_under_another_record_of_theirs_is_not_lost(
    site: Site, visiting: Visiting, kept: Record
) -> None:
    who, ids = kept
    hub, whole = who["coordinator"], f"/people/{ids['person']}"
    other = (await made(hub, "/v1/people", {"identity": "unknown", "provisional": "no-name-given"}))["person"]
    contact = {"phone": "07700 900777", "may_leave_message": False, "not_to_talk_to": "her brother"}
    told = await hub.put(f"/v1/people/{other}/contact", contact, if_match="*")
    assert told.status_code == 200, told.text
    await made(hub, f"/v1/people/{other}/custody", {})
    merge = await made(hub, "/v1/merges", {"person": ids["person"], "other": other, "reason": "Same tattoo"})
    second = await site.caller("hub-coordinator", "hub", worker="coordinator-2")
    await made(second, f"/v1/merges/{merge['merge']}/decide", {"agree": True})
    visitor = await visiting(hub)
    details = (await visitor.open(f"{whole}/details")).text
    assert "<title>Contact and details" in details
    assert "07700 900777" in details
    assert "her brother" in details
    overview = (await visitor.open(whole)).text
    assert "In custody since" in overview
    assert "/release?" in overview
    then = (await visitor.open(f"{whole}/details?as_at=2025-06-01T12:00")).text
    assert "07700 900777" not in then


async def test_a_stale_edit_is_told_what_changed_and_loses_nothing(visiting: Visiting, kept: Record) -> None:
    who, ids = kept
    where = f"/people/{ids['person']}/contact/new"
    first, second = await visiting(who["coordinator"]), await visiting(who["officer"])
    mine, theirs = (await first.open(where)).form(where), (await second.open(where)).form(where)
    assert (await second.send(theirs, phone="07700 900111")).status == 200
    stale = await first.send(mine, phone="07700 900222", where_found="Day centre")
    assert stale.status == 412
    assert "Now on record: <bdi>07700 900111</bdi>" in stale.text
    assert re.search(r"\(officer-1 of Police, 5 June 2025, \d\d:\d\d\)", stale.text)
    assert "You typed: <bdi>07700 900222</bdi>" in stale.text
    assert 'value="Day centre"' in stale.text
    again = await first.send(stale.form(where))
    assert again.status == 200
    details = (await first.open(f"/people/{ids['person']}/details")).text
    assert "07700 900222" in details
    assert "Day centre" in details


async def test_a_flag_warns_to_the_end_of_its_last_day_in_london_and_no_longer(
    site: Site, visiting: Visiting, kept: Record
) -> None:
    who, ids = kept
    day = "2025-06-20"
    flag = {"kind": "modern-slavery", "source": "seen", "reason": "Paid by nobody", "expires_on": day}
    await made(who["officer"], f"/v1/people/{ids['person']}/flags", flag)
    warned, pauses = "Modern slavery</strong></li>", "An open flag pauses every step: Modern slavery"
    ladder = f"/people/{ids['person']}/ladder"
    site.clock.at = dt.datetime(2025, 6, 20, 22, 59, tzinfo=dt.UTC)
    visitor = await visiting(who["coordinator"])
    before = await visitor.open(ladder)
    assert warned in before.text
    assert pauses in before.text
    site.clock.at += dt.timedelta(minutes=1)
    after = await visitor.open(ladder)
    assert warned not in after.text
    assert pauses not in after.text
    assert "Staff safety" in after.text, "another stands still"
    entry = (await who["officer"].get(f"/v1/people/{ids['person']}")).json()
    assert [one["kind"] for one in entry["shown"]["row"]["flags"]] == ["staff-safety"]
    then = await visitor.open(f"/people/{ids['person']}?as_at={day}T20:00")
    assert warned in then.text, "on that day it stood"


async def test_nobody_is_in_custody_after_the_last_day_that_was_given(
    site: Site, visiting: Visiting, kept: Record
) -> None:
    who, ids = kept
    until = (site.clock.now() + dt.timedelta(days=2)).date().isoformat()
    await made(who["officer"], f"/v1/people/{ids['person']}/custody", {"until": until})
    officer = await visiting(who["officer"])
    assert "In custody" in (await officer.open(f"/people/{ids['person']}")).text
    site.clock.pass_by(days=3)
    officer = await visiting(who["officer"])
    seen = await officer.open(f"/people/{ids['person']}")
    assert seen.status == 200
    assert "In custody" not in seen.text


async def test_a_stale_page_says_who_changed_what_only_where_its_viewer_may_see_that(
    visiting: Visiting, kept: Record
) -> None:
    who, ids = kept
    where = f"/people/{ids['person']}/languages"
    visitor = await visiting(who["housing"])
    mine = (await visitor.open(where)).form(where)
    person = f"/v1/people/{ids['person']}"
    changed = await who["officer"].put(f"{person}/languages", {"understands": ["lt"]}, if_match="*")
    assert changed.status_code == 200, changed.text
    stale = await visitor.send(mine, needs_interpreter="yes")
    assert stale.status == 412
    assert "Now on record: <bdi>Lithuanian</bdi>" in stale.text
    assert "You typed: <bdi>Polish</bdi>" in stale.text
    assert "(officer-1 of Police, " in stale.text


async def test_a_phone_number_that_was_given_up_is_emptied_and_the_rest_stays(visiting: Visiting, kept: Record) -> None:
    who, ids = kept
    where = f"/people/{ids['person']}/contact/new"
    visitor = await visiting(who["coordinator"])
    filled = {"phone": "07700 900111", "email": "synthetic@example.org", "may_text": "yes"}
    await visitor.send((await visitor.open(where)).form(where), **filled)
    form = (await visitor.open(where)).form(where)
    assert form.value("phone") == "07700 900111"
    sent = await visitor.send(form, phone="", may_text="")
    assert sent.status == 200, sent.text
    row = (await who["coordinator"].get(f"/v1/people/{ids['person']}")).json()["shown"]["row"]
    assert [row[name] for name in ("phone", "may_text", "email")] == [None, None, "synthetic@example.org"]
    timeline = (await visitor.open(f"/people/{ids['person']}/timeline")).text
    assert "Whether texts may be sent, Phone number" in timeline


async def test_what_somebody_else_entered_meanwhile_is_not_emptied_by_who_never_saw_it(
    visiting: Visiting, kept: Record
) -> None:
    who, ids = kept
    where = f"/people/{ids['person']}/contact/new"
    visitor = await visiting(who["coordinator"])
    mine = (await visitor.open(where)).form(where)
    person = f"/v1/people/{ids['person']}"
    answer = await who["officer"].put(f"{person}/contact", {"phone": "07700 900111"}, if_match="*")
    assert answer.status_code == 200, answer.text
    stale = await visitor.send(mine, email="synthetic@example.org")
    assert stale.status == 412
    assert stale.form(where).value("phone") == "07700 900111"
    assert (await visitor.send(stale.form(where))).status == 200
    row = (await who["coordinator"].get(person)).json()["shown"]["row"]
    assert (row["phone"], row["email"]) == ("07700 900111", "synthetic@example.org")


async def test_languages_are_chosen_by_their_names_and_none_that_is_known_is_dropped(
    visiting: Visiting, kept: Record
) -> None:
    who, ids = kept
    person, where = f"/v1/people/{ids['person']}", f"/people/{ids['person']}/languages"
    known = {"understands": ["pl", "rom", "zh-Hant", "qaa"], "reads": ["pl"], "needs_interpreter": True}
    assert (await who["officer"].put(f"{person}/languages", known, if_match="*")).status_code == 200
    visitor = await visiting(who["coordinator"])
    seen = await visitor.open(where)
    assert "British Sign Language" in seen.text
    form = seen.form(where)
    assert [code for name, code in form.fields if name == "understands"] == ["pl", "rom", "zh-Hant", "qaa"]
    more = await visitor.send(form, understands_other="ti", understands_code="", more="understands.0")
    assert more.status == 200
    wrong = await visitor.send(more.form(where), understands_code="Nonsense!", reads_other="en")
    assert wrong.status == 422
    assert 'value="Nonsense!"' in wrong.text
    sent = await visitor.send(wrong.form(where), understands_code="kea")
    assert sent.status == 200, sent.text
    row = (await who["coordinator"].get(person)).json()["shown"]["row"]
    assert set(row["understands"]) == {"pl", "rom", "zh-Hant", "qaa", "ti", "kea"}
    assert "Polish, Romany, " in (await visitor.open(f"/people/{ids['person']}/timeline")).text
    assert set(row["reads"]) == {"pl", "en"}
    assert row["needs_interpreter"] is True
    assert "Tigrinya" in (await visitor.open(f"/people/{ids['person']}/details")).text


@pytest.mark.parametrize("mode", ["phone", "no-script"])
async def test_languages_are_added_one_by_one(open_page: OpenPage, kept: Record, mode: str) -> None:
    who, ids = kept
    page = await open_page(mode)
    await sign_in(page, who["coordinator"], f"/people/{ids['person']}/languages")
    understands = page.get_by_role("group", name="Languages the person understands")
    for language in ("Tigrinya", "Amharic"):
        await understands.get_by_label("Another language").select_option(label=language)
        await understands.get_by_role("button", name="Add another language").click()
        await expect(understands.get_by_label(language, exact=True)).to_be_checked()
    if mode == "phone":
        await axe(page)
        assert await overflow(page) == 0
        await shot(page, "person-languages-phone")
    await page.get_by_role("button", name="Save languages").click()
    await page.goto(f"/people/{ids['person']}/details")
    await expect(page.get_by_text("Polish, Tigrinya, Amharic")).to_be_visible()
