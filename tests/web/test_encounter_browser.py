"""22:10, rain, no name, no signal: the street encounter on a phone, in a real browser."""

import asyncio
import datetime as dt
import re
from collections.abc import Mapping
from typing import Any

import pytest
from playwright.async_api import Dialog, Page, expect

from api.demo import BENCHES
from application.ports import log_of
from domain.engagement.encounter import EncounterRecorded
from tests.web.browser import axe, in_each_mode, overflow, shot, tab_to, tolerate
from tests.web.conftest import OpenPage
from tests.web.site import Site
from tests.web.test_encounter import planned

pytestmark = pytest.mark.anyio

NEW = "/encounters/new"
PLACE = "Bench by the Zürich bank, Cathedral Square"
RECORDED = re.compile(r"/people/[0-9a-f-]{36}/encounters/[0-9a-f-]{36}")
KEPT = """async (kept) => {
  const match = async () => Boolean(await (await caches.open('hub-street')).match('/encounters/new'))
  for (let tries = 0; await match() !== kept; tries++) {
    if (tries > 200) throw new Error('waited in vain')
    await new Promise((on) => setTimeout(on, 50))
  }
}"""
IN_THE_BROWSER = """async () => {
  const database = await new Promise((resolve) => {
    const asked = indexedDB.open('hub-street'); asked.onsuccess = () => resolve(asked.result) })
  const all = (name) => new Promise((resolve) => {
    const asked = database.transaction(name).objectStore(name).getAll()
    asked.onsuccess = () => resolve(asked.result) })
  const [kept, keys] = [await all('kept'), await all('keys')]
  database.close()
  const text = (bytes) => new TextDecoder('latin1').decode(bytes)
  const pages = await (await caches.open('hub-street')).keys()
  return { kept: kept.map((one) => JSON.stringify({ ...one, iv: text(one.iv), box: text(one.box) })),
    keys: keys.map((one) => one.extractable), pages: pages.map((one) => new URL(one.url).pathname) }
}"""


@pytest.fixture
def site(demo_site: Site) -> Site:
    return demo_site


@pytest.fixture
def open_page(open_page: OpenPage, site: Site) -> OpenPage:
    """By the phone's clock it is as late as by the server's."""

    async def open_one(mode: str = "desktop", **options: Any) -> Page:  # noqa: ANN401 - Playwright's own
        page = await open_page(mode, **options)
        await page.context.clock.install(time=site.clock.now())
        return page

    return open_one


async def sign_in(page: Page, worker: str = "officer") -> None:
    await page.goto(f"/sign-in?partnership={BENCHES}&to={NEW}")
    await page.locator(f"form[action='/demo/sign-in']:has(input[value='{worker}']) button").click()
    await page.goto(NEW)
    await kept_page(page)


async def kept_page(page: Page) -> None:
    """Wait until the browser would open the form without signal."""
    await page.evaluate(KEPT, True)


async def fill(page: Page, place: str = PLACE) -> None:
    """The nameless case, as an officer types it."""
    await page.get_by_label("Place").fill(place)
    await page.get_by_label("Street drinking").check()
    await page.get_by_label("Nothing of concern").check()


async def record(page: Page) -> None:
    await page.get_by_role("button", name="Record encounter").click()


async def encounters(site: Site) -> list[EncounterRecorded]:
    """What was recorded by the officer of the demo, in order."""
    page = await site.hub.decider.log.read(log_of(BENCHES))
    facts = [site.hub.decider.folds._codec.fact(one) for one in page.events]  # noqa: SLF001 - what nobody else reads
    return [one for one in facts if isinstance(one, EncounterRecorded) and one.officer == "demo-officer"]


async def one_recorded(site: Site) -> EncounterRecorded:
    """The one encounter there is, once it was sent."""
    for _ in range(100):
        if found := await encounters(site):
            break
        await asyncio.sleep(0.05)
    await asyncio.sleep(0.2)
    [recorded] = found
    return recorded


async def in_the_browser(page: Page) -> Mapping[str, Any]:
    found: Mapping[str, Any] = await page.evaluate(IN_THE_BROWSER)
    return found


async def test_a_nameless_encounter_with_ticket_and_invitation_takes_a_few_taps(phone: Page, site: Site) -> None:
    await planned(site)
    await sign_in(phone)
    taps, keys = 0, 0
    for label, text in (("Place", "Bench, Bridge St"), ("Serial number on the card", "PB0777")):
        if label.startswith("Serial"):
            for one in (
                phone.get_by_label("Street drinking"),
                phone.get_by_label("Nothing of concern"),
                phone.get_by_label("Green: invitation to the hub").first,
                phone.locator("[name=session]").nth(1),
            ):
                await one.tap()
                taps += 1
        await phone.get_by_label(label).tap()
        await phone.keyboard.type(text)
        taps, keys = taps + 1, keys + len(text)
    await phone.get_by_role("button", name="Record encounter").tap()
    taps += 1
    await phone.wait_for_url(RECORDED)
    await expect(phone.get_by_role("heading", name="Say to the person")).to_be_visible()
    assert (taps, keys) == (7, 22)
    assert len(await encounters(site)) == 1
    assert await overflow(phone) == 0
    assert not (await in_the_browser(phone))["kept"]


async def test_a_double_tap_makes_one_encounter(phone: Page, site: Site) -> None:
    await sign_in(phone)
    await fill(phone)
    await phone.get_by_role("button", name="Record encounter").dblclick()
    await phone.wait_for_url(RECORDED)
    assert len(await encounters(site)) == 1


async def test_without_scripts_all_of_it_works_where_there_is_signal(no_script: Page, site: Site) -> None:
    await no_script.goto(f"/sign-in?partnership={BENCHES}&to={NEW}")
    await no_script.locator("form[action='/demo/sign-in']:has(input[value='officer']) button").click()
    await no_script.goto(NEW)
    await fill(no_script)
    await record(no_script)
    await no_script.wait_for_url(RECORDED)
    assert len(await encounters(site)) == 1


async def test_what_was_typed_survives_a_reload_without_signal(phone: Page) -> None:
    tolerate(phone, "ERR_INTERNET_DISCONNECTED")
    await sign_in(phone)
    await fill(phone)
    await phone.wait_for_timeout(600)
    await phone.context.set_offline(True)
    await phone.reload()
    await expect(phone.get_by_label("Place")).to_have_value(PLACE)
    await expect(phone.get_by_label("Street drinking")).to_be_checked()
    await expect(phone.get_by_text("What you typed before is back")).to_be_visible()
    await axe(phone)
    await phone.get_by_role("button", name="Begin anew").click()
    await expect(phone.get_by_label("Place")).to_have_value("")
    await phone.reload()
    await expect(phone.get_by_label("Place")).to_have_value("")


async def test_an_hour_without_signal_is_sent_once_as_having_happened_then(phone: Page, site: Site) -> None:
    tolerate(phone, "ERR_INTERNET_DISCONNECTED")
    await sign_in(phone)
    met = site.clock.now()
    await phone.context.set_offline(True)
    await phone.reload()
    await fill(phone)
    await record(phone)
    await expect(phone.get_by_role("heading", name="1 encounter kept on this phone")).to_be_visible()
    await expect(phone.get_by_label("Place")).to_have_value("")
    await axe(phone)
    assert await overflow(phone) == 0
    await shot(phone, "encounter-kept-phone")
    inside = await in_the_browser(phone)
    assert inside["keys"] == [False]
    assert len(inside["kept"]) == 1
    assert not any(
        word in one for one in inside["kept"] for word in ("Zürich", "Cathedral", "street-drinking", "place")
    )
    assert [one for one in inside["pages"] if not one.startswith("/assets/")] == [NEW]
    assert await encounters(site) == []
    site.clock.pass_by(hours=1)
    await phone.context.set_offline(False)
    await expect(phone.locator("#kept")).to_be_hidden()
    await phone.evaluate("dispatchEvent(new Event('online'))")
    recorded = await one_recorded(site)
    assert abs(recorded.at - met) < dt.timedelta(minutes=3)
    assert not (await in_the_browser(phone))["kept"]


@pytest.mark.parametrize("hours", [0, 13])
async def test_a_session_that_ended_meanwhile_keeps_what_waits(phone: Page, site: Site, hours: int) -> None:
    """It was ended elsewhere, or its twelve hours passed while there was no signal."""
    tolerate(phone, "ERR_INTERNET_DISCONNECTED")
    await sign_in(phone)
    met = site.clock.now()
    await phone.context.set_offline(True)
    await fill(phone)
    await record(phone)
    await expect(phone.locator("#kept")).to_be_visible()
    if hours:
        site.clock.pass_by(hours=hours)
    else:
        await phone.context.clear_cookies()
    await phone.context.set_offline(False)
    onward = phone.get_by_role("link", name="Sign in as the same worker to send")
    await expect(onward).to_be_visible()
    await onward.click()
    await phone.goto(f"/sign-in?partnership={BENCHES}&to={NEW}")
    await phone.locator("form[action='/demo/sign-in']:has(input[value='officer']) button").click()
    await expect(phone.get_by_role("heading", name="Street encounter")).to_be_visible()
    recorded = await one_recorded(site)
    assert abs(recorded.at - met) < dt.timedelta(minutes=3)
    await expect(phone.locator("#kept")).to_be_hidden()
    assert not (await in_the_browser(phone))["kept"]


async def test_nobody_sees_what_another_worker_kept(phone: Page, site: Site) -> None:
    tolerate(phone, "ERR_INTERNET_DISCONNECTED")
    await sign_in(phone)
    await phone.context.set_offline(True)
    await fill(phone)
    await record(phone)
    await expect(phone.locator("#kept")).to_be_visible()
    await phone.get_by_label("Place").fill("A draft of the officer")
    await phone.wait_for_timeout(600)
    await phone.context.clear_cookies()
    await phone.context.set_offline(False)
    await sign_in(phone, "coordinator")
    await expect(phone.locator("#kept")).to_be_hidden()
    await expect(phone.get_by_label("Place")).to_have_value("")
    assert await encounters(site) == []
    await phone.get_by_role("button", name="Sign out").click()
    await phone.wait_for_url("**/sign-in")
    await sign_in(phone)
    await expect(phone.get_by_label("Place")).to_have_value("A draft of the officer")
    await one_recorded(site)


async def test_signing_out_takes_all_of_it_from_the_phone(phone: Page, site: Site) -> None:
    tolerate(phone, "ERR_INTERNET_DISCONNECTED")
    await sign_in(phone)
    await phone.context.set_offline(True)
    await fill(phone)
    await record(phone)
    await expect(phone.locator("#kept")).to_be_visible()
    asked: list[str] = []

    async def accept(dialog: Dialog) -> None:
        asked.append(dialog.message)
        await dialog.accept()

    phone.on("dialog", accept)
    await phone.route("**/encounters/session", lambda route: route.abort())
    tolerate(phone, "ERR_FAILED")
    await phone.context.set_offline(False)
    await phone.get_by_role("button", name="Sign out").click()
    await phone.wait_for_url("**/sign-in")
    assert asked == ["There are encounters on this phone that were not sent. Sign out and discard them?"]
    await phone.evaluate(KEPT, False)
    inside = await in_the_browser(phone)
    assert (inside["kept"], inside["keys"]) == ([], [])
    assert await encounters(site) == []


async def test_what_the_server_refuses_later_stays_with_the_reason_and_is_mended(phone: Page, site: Site) -> None:
    tolerate(phone, "ERR_INTERNET_DISCONNECTED|status of 409")
    await sign_in(phone)
    await phone.context.set_offline(True)
    await fill(phone)
    await phone.get_by_label("I am worried about their welfare").check()
    await phone.get_by_label("Nothing of concern").uncheck()
    await record(phone)
    await expect(phone.locator("#kept")).to_be_visible()
    await phone.context.set_offline(False)
    await expect(phone.get_by_text("A welfare concern was met with nothing")).to_be_visible()
    await axe(phone)
    await shot(phone, "encounter-refused-phone")
    await phone.get_by_role("button", name="Open").click()
    await expect(phone.get_by_label("Place")).to_have_value(PLACE)
    await phone.get_by_label("Help offered").select_option("shelter")
    site.clock.pass_by(minutes=30)
    await record(phone)
    await phone.wait_for_url(RECORDED)
    [recorded] = await encounters(site)
    assert recorded.at < site.clock.now() - dt.timedelta(minutes=27)
    await phone.goto(NEW)
    await expect(phone.locator("#kept")).to_be_hidden()
    await expect(phone.get_by_label("Place")).to_have_value("")


async def test_what_waits_can_be_discarded(phone: Page, site: Site) -> None:
    tolerate(phone, "ERR_INTERNET_DISCONNECTED")
    await sign_in(phone)
    await phone.context.set_offline(True)
    await fill(phone)
    await record(phone)
    phone.on("dialog", lambda dialog: dialog.accept())
    await phone.get_by_role("button", name="Discard").click()
    await expect(phone.locator("#kept")).to_be_hidden()
    assert not (await in_the_browser(phone))["kept"]
    assert await encounters(site) == []


async def test_by_keyboard_alone(page: Page, site: Site) -> None:
    await sign_in(page)
    await tab_to(page, page.get_by_label("Place"))
    await page.keyboard.type("Bench")
    for key in ("Tab", "Tab", "Space", "Tab", "Space"):
        await page.keyboard.press(key)
    await expect(page.get_by_label("Street drinking")).to_be_checked()
    await expect(page.get_by_label("Nothing of concern")).to_be_checked()
    await page.keyboard.press("Enter")
    await page.wait_for_url(RECORDED)
    assert len(await encounters(site)) == 1


SLOW_TO_OPEN = """
const open = crypto.subtle.decrypt.bind(crypto.subtle)
crypto.subtle.decrypt = async (...given) => { await new Promise(done => setTimeout(done, 1500)); return open(...given) }
"""


async def test_what_is_typed_while_a_draft_is_fetched_is_not_written_over(phone: Page, site: Site) -> None:
    await planned(site)
    await sign_in(phone)
    await phone.get_by_label("Place").fill("A place of a moment ago")
    await phone.wait_for_timeout(1500)
    await phone.add_init_script(SLOW_TO_OPEN)
    await phone.goto(NEW)
    await phone.get_by_label("Place").fill("Where we are now")
    await phone.wait_for_timeout(2500)
    await expect(phone.get_by_label("Place")).to_have_value("Where we are now")


async def test_its_pages_are_accessible_in_each_mode(page: Page, site: Site) -> None:
    tolerate(page, "status of 422")
    await planned(site)
    await sign_in(page)
    await in_each_mode(page)
    await page.get_by_label("Name or reference given").check()
    await page.get_by_label("Something else").check()
    await page.get_by_label("Green: invitation to the hub").first.check()
    await in_each_mode(page)
    await record(page)
    await expect(page.get_by_role("heading", name="There is a problem")).to_be_visible()
    await in_each_mode(page)
    await page.goto(NEW)
    await page.get_by_label("Name not given").check()
    await fill(page, place="x" * 400)
    await page.get_by_label("Green: invitation to the hub").first.check()
    await record(page)
    await page.wait_for_url(RECORDED)
    await in_each_mode(page)


async def test_the_form_is_one_column_of_a_phone(open_page: OpenPage, site: Site) -> None:
    await planned(site)
    for mode in ("phone", "dark-phone", "desktop", "dark"):
        page = await open_page(mode)
        await sign_in(page)
        await shot(page, f"encounter-{mode}")
        assert await overflow(page) == 0
