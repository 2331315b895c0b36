"""Raising a referral, answering it, and always learning what became of it."""

import asyncio
import re
from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Page

from application.ports import log_of
from domain.ids import PartnershipId
from tests.web.browser import in_each_mode, tab_to
from tests.web.site import Site
from tests.web.visitor import Seen, Visitor

pytestmark = pytest.mark.anyio

BENCHES = "peterborough"
CORE = {
    "reason": "Drinks every morning and wants to stop",
    "core__safe_contact__may_post": "no",
    "core__safe_contact__may_leave_message": "yes",
    "core__safe_contact__how": "Through the day centre",
    "core__language": "pl",
    "core__urgency": "soon",
    "core__children": "none",
    "core__accommodation_tonight": "rough-sleeping",
    "core__id_held": "no",
    "core__gp_registered": "not-known",
}
AGREED = {"basis": "agreed-at-hub", "rationale": "Said yes at the hub, in front of the nurse"}


@pytest.fixture
def site(demo_site: Site) -> Site:
    return demo_site


@pytest.fixture
async def sender(site: Site) -> AsyncIterator[Visitor]:
    async with Visitor(site) as made:
        await made.sign_in("coordinator", BENCHES)
        yield made


@pytest.fixture
async def asked(site: Site) -> AsyncIterator[Visitor]:
    async with Visitor(site) as made:
        await made.sign_in("treatment-worker", BENCHES)
        yield made


def link(seen: Seen, pattern: str) -> str:
    return next(one for one in seen.links if re.search(pattern, one))


async def somebody(visitor: Visitor) -> str:
    """The id of a person whom the partnership has referred before."""
    seen = await visitor.open(
        link(await visitor.open("/referrals?direction=outgoing&box=ended"), r"^/referrals/\w{20,}")
    )
    return link(seen, "^/people/[0-9a-f-]+$").rpartition("/")[2]


async def treatment(visitor: Visitor, person: str) -> Seen:
    seen = await visitor.open(f"/referrals/new?person={person}&need=drugs")
    return await visitor.open(link(seen, "&service="))


async def sent(visitor: Visitor, person: str, **typed: str) -> str:
    seen = await treatment(visitor, person)
    seen = await visitor.send(seen.form("/referrals/new"), **(CORE | AGREED | typed), step="check")
    assert "Check before sending" in seen.text, seen.text
    seen = await visitor.send(seen.form("/referrals/new"), step="send")
    assert re.fullmatch(r"/referrals/[0-9a-f-]{36}", seen.path), seen.text
    return seen.path


async def test_a_referral_is_raised_answered_and_its_sender_sees_what_became_of_it(
    sender: Visitor, asked: Visitor
) -> None:
    path = await sent(sender, await somebody(sender))
    assert path in (await asked.open("/referrals?state=new")).links
    seen = await asked.open(path)
    assert "Drinks every morning" in seen.text
    assert "Through the day centre" in seen.text
    seen = await asked.send(seen.form(f"{path}/accept"))
    assert (seen.path, "Accepted" in seen.text) == (path, True)
    assert "Accepted" in (await sender.open(path)).text
    assert path in (await asked.open("/work?part=referrals")).links


async def test_what_would_be_refused_is_said_before_it_is_sent(sender: Visitor) -> None:
    seen = await treatment(sender, await somebody(sender))
    seen = await sender.send(seen.form("/referrals/new"), **CORE, step="check")
    assert "This would be refused now" in seen.text
    assert "What would permit it" in seen.text
    seen = await sender.send(seen.form("/referrals/new"), step="send")
    assert seen.status == 409
    assert "Nothing was recorded" in seen.text
    assert "Drinks every morning" in seen.text


async def test_a_second_referral_for_the_same_need_is_foreseen(sender: Visitor) -> None:
    person = await somebody(sender)
    await sent(sender, person)
    seen = await treatment(sender, person)
    seen = await sender.send(seen.form("/referrals/new"), **(CORE | AGREED), step="check")
    assert "This would be refused now" in seen.text


async def test_what_is_missing_is_said_and_the_rest_is_kept(sender: Visitor) -> None:
    seen = await treatment(sender, await somebody(sender))
    seen = await sender.send(seen.form("/referrals/new"), **(CORE | {"core__language": ""}), step="check")
    assert seen.status == 422
    assert 'href="#core.language"' in seen.text
    assert "Drinks every morning" in seen.text


async def test_something_can_be_changed_after_it_was_checked(sender: Visitor) -> None:
    seen = await treatment(sender, await somebody(sender))
    seen = await sender.send(seen.form("/referrals/new"), **(CORE | AGREED), step="check")
    seen = await sender.send(seen.form("/referrals/new"), step="change")
    assert seen.form("/referrals/new").value("reason") == CORE["reason"]
    assert seen.form("/referrals/new").value("core.urgency") == "soon"


async def test_a_draft_discloses_nothing_and_can_be_finished_or_discarded(sender: Visitor, asked: Visitor) -> None:
    person = await somebody(sender)
    waiting = set((await asked.open("/referrals")).links)
    seen = await treatment(sender, person)
    seen = await sender.send(seen.form("/referrals/new"), reason=CORE["reason"], step="draft")
    assert seen.path == "/referrals/drafts"
    assert set((await asked.open("/referrals")).links) == waiting
    finish = await sender.open(link(seen, "&referral="))
    assert finish.form("/referrals/new").value("reason") == CORE["reason"]
    seen = await sender.open(link(seen, "/discard"))
    seen = await sender.send(seen.form())
    assert not any("&referral=" in one for one in seen.links)


async def test_receipts_are_confirmed_together_and_each_says_what_became_of_it(
    sender: Visitor, asked: Visitor, site: Site
) -> None:
    path = await sent(sender, await somebody(sender))
    referral = path.rpartition("/")[2]
    inbox = await asked.open("/referrals")
    seen = await asked.send(inbox.form("/referrals/received"), referral=[referral, "no-such-referral"])
    assert "Receipt confirmed" in seen.text
    assert "no such thing" in seen.text
    case = log_of(PartnershipId("peterborough"))
    head = await site.hub.decider.log.head(case)
    await asked.send(inbox.form("/referrals/received"), referral=[referral])
    assert await site.hub.decider.log.head(case) == head, "sent twice, recorded once"


async def test_a_question_is_asked_and_answered(sender: Visitor, asked: Visitor) -> None:
    path = await sent(sender, await somebody(sender))
    form = (await asked.open(f"{path}/ask-for-information?back={path}")).form()
    assert (await asked.send(form, question="Which days is he there?")).path == path
    seen = await sender.open(path)
    assert "Which days is he there?" in seen.text
    seen = await sender.open(link(seen, "/give-information"))
    seen = await sender.send(seen.form(), information="Tuesdays", **AGREED)
    assert seen.path == path, seen.text
    assert "Tuesdays" in (await asked.open(path)).text


async def test_a_decline_says_why_to_the_sender(sender: Visitor, asked: Visitor) -> None:
    path = await sent(sender, await somebody(sender))
    form = (await asked.open(f"{path}/decline?back={path}")).form()
    seen = await asked.send(form)
    assert seen.status == 422
    assert (await asked.send(form, reason="no-capacity")).path == path
    assert "No room" in (await sender.open(path)).text


async def test_a_stale_page_is_refused_with_its_reason(sender: Visitor, asked: Visitor) -> None:
    path = await sent(sender, await somebody(sender))
    seen = await asked.open(path)
    withdraw = (await sender.open(f"{path}/withdraw?back={path}")).form()
    await sender.send(withdraw)
    seen = await asked.send(seen.form(f"{path}/accept"))
    assert seen.status == 409
    assert "Nothing was recorded" in seen.text


async def test_referrals_are_not_for_everybody(site: Site) -> None:
    async with Visitor(site) as administrator:
        await administrator.sign_in("administrator", BENCHES)
        assert (await administrator.open("/referrals")).status == 403
        assert "/referrals" not in (await administrator.open("/")).links


async def test_the_pages_of_referrals_are_accessible_in_each_mode(page: Page, sender: Visitor) -> None:
    person = await somebody(sender)
    path = await sent(sender, person)
    await page.goto(f"/sign-in?partnership={BENCHES}&to=/referrals")
    await page.locator("form[action='/demo/sign-in']:has(input[value='treatment-worker']) button").click()
    for name, where in (
        ("inbox", "/referrals"),
        ("referral", path),
        ("referrals-ended", "/referrals?box=ended"),
        ("drafts", "/referrals/drafts"),
        ("raise-whom", "/referrals/new"),
        ("raise-choose", f"/referrals/new?person={person}&need=housing"),
        ("decline", f"{path}/decline"),
        ("work-due", "/work"),
        ("work-referrals", "/work?part=referrals"),
        ("work-plans", "/work?part=plans&whose=mine"),
    ):
        await page.goto(where)
        await in_each_mode(page, name)
    seen = await treatment(sender, person)
    await page.goto(seen.path)
    await in_each_mode(page, "raise-form")


async def test_a_referral_is_accepted_by_keyboard_alone(page: Page, sender: Visitor) -> None:
    path = await sent(sender, await somebody(sender))
    await page.goto(f"/sign-in?partnership={BENCHES}&to={path}")
    await page.locator("form[action='/demo/sign-in']:has(input[value='treatment-worker']) button").click()
    await tab_to(page, page.get_by_role("button", name="Accept"))
    await page.keyboard.press("Enter")
    await page.get_by_role("heading", name="Done").wait_for()
    assert await page.locator("main").get_by_text("Accepted", exact=True).first.is_visible()


async def test_a_referral_is_raised_by_keyboard_alone(page: Page, sender: Visitor) -> None:
    person = await somebody(sender)
    await page.goto(f"/sign-in?partnership={BENCHES}&to=/referrals/new?person={person}")
    await page.locator("form[action='/demo/sign-in']:has(input[value='coordinator']) button").click()
    await page.goto(f"/referrals/new?person={person}")
    await tab_to(page, page.get_by_label("What does the person need?"))
    await page.keyboard.type("Drugs")
    for offered in (page.get_by_role("button", name="Show who can help"), page.get_by_role("link", name="Street rec")):
        await tab_to(page, offered)
        await page.keyboard.press("Enter")
    for name, keys in (
        ("core.safe_contact.may_leave_message", "Space"),
        ("core.safe_contact.how", "Through the day centre"),
        ("core.language", "en"),
        ("core.urgency", "Space"),
        ("core.children", "Space"),
        ("core.accommodation_tonight", "Sleeping rough"),
        ("core.id_held", "Space"),
        ("core.gp_registered", "Space"),
        ("reason", CORE["reason"]),
    ):
        await tab_to(page, page.locator(f"[id='{name}']"))
        await (page.keyboard.press if keys == "Space" else page.keyboard.type)(keys)
    await tab_to(page, page.get_by_label("What do they drink or use, and how often?"))
    await page.keyboard.type("Cider, every day")
    await tab_to(page, page.locator("[name='answer.treated-before']").first)
    await page.keyboard.press("Space")
    await tab_to(page, page.locator("summary").filter(has_text="The person agreed at the hub"))
    await page.keyboard.press("Enter")
    await tab_to(page, page.locator("[name=basis]:checked"))
    await page.keyboard.press("ArrowUp")
    await tab_to(page, page.get_by_label("Reason for sharing"))
    await page.keyboard.type(AGREED["rationale"])
    for button, then in (("Check before sending", "Check before sending"), ("Send the referral", "Done")):
        await tab_to(page, page.get_by_role("button", name=button))
        await page.keyboard.press("Enter")
        await page.get_by_role("heading", name=then).wait_for()
    await page.get_by_text("Waiting for an answer").first.wait_for()


async def test_a_new_referral_appears_where_people_wait_for_it(page: Page, sender: Visitor) -> None:
    person = await somebody(sender)
    await page.goto(f"/sign-in?partnership={BENCHES}&to=/referrals")
    await page.locator("form[action='/demo/sign-in']:has(input[value='treatment-worker']) button").click()
    before = await page.locator("#referral-list tbody tr").count()
    await sent(sender, person)
    await page.locator("#referral-list tbody tr").nth(before).wait_for()
    await page.get_by_role("checkbox").first.check()
    await asyncio.sleep(1.5)
    assert await page.get_by_role("checkbox").first.is_checked()
