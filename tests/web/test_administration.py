"""Administration: everybody sees who works here, what is offered and which ladders hold; some change it, in comfort."""

import re

import msgspec
import pytest
from playwright.async_api import Page

from api.demo import workers_of
from domain.ids import LadderId, PartnershipId
from tests.web.browser import axe, in_each_mode, tolerate
from tests.web.site import Site
from tests.web.test_frame_browser import sign_in
from tests.web.visitor import Form, Visitor

pytestmark = pytest.mark.anyio

ADMINISTRATOR = workers_of(PartnershipId("fenland"))["administrator"]
PAGES = {
    "agencies": "/administration",
    "agency": "/agencies/drug-and-alcohol-service",
    "services": "/administration/services",
    "service": "/services/street-recovery",
    "service-again": "/services/street-recovery/again",
    "ladders": "/administration/ladders",
    "ladder": "/ladders/cambridgeshire-4-step",
    "ladder-next": "/ladders/cambridgeshire-4-step/next",
    "powers": "/administration/powers",
    "calendar": "/agencies/police/calendar",
    "details": "/agencies/police/details",
}


ALLOWED = {"/encounters/new", "/services/new?agency=police"}
"""What an officer may begin: an encounter, and a service of the police's own."""


@pytest.fixture
def site(demo_site: Site) -> Site:
    return demo_site


async def test_every_page_is_accessible_in_each_mode(page: Page) -> None:
    await sign_in(page, "administrator")
    for name, path in PAGES.items():
        await page.goto(path)
        await in_each_mode(page, f"administration-{name}")


def value(form: Form, name: str, typed: str) -> None:
    form.fields = [(known, text) for known, text in form.fields if known != name]
    form.fields.append((name, typed))


async def offer(visitor: Visitor) -> Form:
    form = (await visitor.open("/services/new?agency=health")).form()
    for name, typed in (("service", "foot-clinic"), ("name", "Foot clinic"), ("needs", "physical-health")):
        value(form, name, typed)
    return form


async def test_questions_are_added_and_taken_away_without_a_script_and_nothing_typed_is_lost(site: Site) -> None:
    async with Visitor(site) as visitor:
        await visitor.sign_in("administrator")
        form = await offer(visitor)
        assert not [name for name, _ in form.fields if name.startswith("questions.")], "none is asked unless wanted"
        for typed in ("boots", "size", "dressing"):
            number = [name for name, _ in form.fields if re.fullmatch(r"questions\.\d", name)]
            seen = await visitor.send(form, more=f"questions.{len(number)}")
            assert seen.status == 200, seen.text
            form = seen.form("/services/new")
            value(form, f"questions.{len(number)}.id", typed)
            value(form, f"questions.{len(number)}.label", f"About {typed}?")
        form = (await visitor.send(form, less="questions.1")).form("/services/new")
        assert (form.value("name"), form.value("questions.0.id"), form.value("questions.1.id")) == (
            "Foot clinic",
            "boots",
            "dressing",
        )
        seen = await visitor.send(form)
        assert (seen.status, seen.path) == (200, "/services/foot-clinic"), seen.text
        assert seen.text.index("About boots?") < seen.text.index("About dressing?")
        assert "About size?" not in seen.text


async def test_a_question_that_nobody_touched_is_none(site: Site) -> None:
    async with Visitor(site) as visitor:
        await visitor.sign_in("administrator")
        form = (await visitor.send(await offer(visitor), more="questions.0")).form("/services/new")
        assert form.value("questions.0.kind") == "text", "how it is answered is chosen from the beginning"
        seen = await visitor.send(form)
        assert seen.path == "/services/foot-clinic"
        assert "asks nothing but" in seen.text


async def test_what_is_wrong_with_a_question_is_said_at_the_question(site: Site) -> None:
    async with Visitor(site) as visitor:
        await visitor.sign_in("administrator")
        form = (await visitor.send(await offer(visitor), more="questions.0")).form("/services/new")
        value(form, "questions.0.label", "Which size?")
        seen = await visitor.send(form)
        assert seen.status == 422
        assert 'href="#questions.0.id"' in seen.text
        assert seen.form("/services/new").value("questions.0.label") == "Which size?"


async def test_a_ladder_without_a_step_is_no_mistake_of_the_server(site: Site) -> None:
    async with Visitor(site) as visitor:
        await visitor.sign_in("administrator")
        form = (await visitor.open("/ladders/new")).form()
        seen = await visitor.send(form, ladder="our-own", operation="Operation Ours")
        assert seen.status == 422
        assert "Enter steps" in seen.text


async def test_a_new_version_begins_as_the_last_one_and_a_step_is_put_between(site: Site) -> None:
    async with Visitor(site) as visitor:
        await visitor.sign_in("administrator")
        form = (await visitor.open("/ladders/cambridgeshire-4-step/next")).form("/ladders/new")
        assert form.value("ladder_version") == "2"
        codes = [text for name, text in form.fields if re.fullmatch(r"steps\.\d\.step", name)]
        form = (await visitor.send(form, more="steps.1")).form("/ladders/new")
        value(form, "steps.1.step", "yellow")
        value(form, "steps.1.label", "Yellow card")
        seen = await visitor.send(form)
        assert (seen.status, seen.path) == (200, "/ladders/cambridgeshire-4-step"), seen.text
        adopted = await site.hub.readings.administration.ladder(ADMINISTRATOR, LadderId("cambridgeshire-4-step"))
        assert [one.step for one in adopted.steps] == [codes[0], "yellow", *codes[1:]]
        first = await visitor.open("/ladders/cambridgeshire-4-step?version=1")
        assert "Not the newest" in first.text
        assert "Yellow card" not in first.text
        assert (await visitor.open("/ladders/cambridgeshire-4-step?version=9")).status == 404


async def test_the_steps_of_a_ladder_come_back_as_they_were(site: Site) -> None:
    """Whatever a step has, a form holds and gives back: the next version differs in nothing that nobody changed."""
    async with Visitor(site) as visitor:
        await visitor.sign_in("administrator")
        for one in ("cambridgeshire-4-step", "city-of-london-2021"):
            form = (await visitor.open(f"/ladders/{one}/next")).form("/ladders/new")
            seen = await visitor.send(form)
            assert seen.status == 200, seen.text
            old, new = [
                await site.hub.readings.administration.ladder(ADMINISTRATOR, LadderId(one), version)
                for version in (1, 2)
            ]
            kept = {"ladder_version": 0, "position": 0, "adopted_at": old.adopted_at}
            assert msgspec.structs.replace(old, **kept) == msgspec.structs.replace(new, **kept)


async def test_a_calendar_is_chosen_by_the_names_of_the_days(site: Site) -> None:
    async with Visitor(site) as visitor:
        await visitor.sign_in("administrator")
        form = (await visitor.open("/agencies/dwp/calendar?back=/agencies/dwp")).form()
        assert [text for name, text in form.fields if name == "weekdays"] == ["0", "1", "2", "3", "4"]
        seen = await visitor.send(form, weekdays=["1", "3"])
        assert seen.path == "/agencies/dwp"
        assert "Tuesday, Thursday" in seen.text


async def test_the_number_that_refusals_and_letters_print_is_changed_by_an_administrator(site: Site) -> None:
    async with Visitor(site) as visitor:
        await visitor.sign_in("administrator")
        link = "/agencies/dwp/details?back=/agencies/dwp"
        assert link in (await visitor.open("/agencies/dwp")).links
        form = (await visitor.open(link)).form()
        assert form.value("name") == "Department for Work and Pensions"
        seen = await visitor.send(form, phone="0800 169 0190")
        assert seen.path == "/agencies/dwp"
        assert "0800 169 0190" in seen.text
        emptied = await visitor.send((await visitor.open(link)).form(), phone="")
        assert "Not entered" in emptied.text


async def test_a_power_is_conferred_by_name(site: Site) -> None:
    async with Visitor(site) as visitor:
        await visitor.sign_in("administrator")
        assert "No power was conferred" in (await visitor.open("/administration/powers")).text
        assert "Enter the worker" in (await visitor.open("/administration/powers?worker=Jo%20Bloggs%3F")).text
        form = (await visitor.open("/administration/powers?worker=jo-bloggs")).form()
        assert form.action == "/workers/jo-bloggs/powers/new"
        seen = await visitor.send(form, power="issue-ticket", from_date="2025-01-05", source="CSAS 12")
        assert seen.path == "/administration/powers"
        assert "jo-bloggs" in seen.text
        assert "CSAS 12" in seen.text
        [link] = [one for one in seen.links if "/powers/withdraw" in one]
        gone = await visitor.send(
            (await visitor.open(link)).form(), power="issue-ticket", from_date="2025-01-06", source="CSAS 13"
        )
        assert gone.path == "/administration/powers"
        assert "5 January 2025" in gone.text.partition("Until")[2]
        assert link not in gone.links, "what has ended is withdrawn no more"


async def test_who_may_look_and_not_change_is_offered_no_change(site: Site) -> None:
    async with Visitor(site) as visitor:
        await visitor.sign_in("officer")
        for name, path in PAGES.items():
            seen = await visitor.open(path)
            if name in {"service-again", "ladder-next"}:
                assert seen.status == 403, path
            elif name != "calendar":
                assert seen.status == 200, path
                begun = "/places", "/close", "/again", "/next", "/calendar", "/new"
                assert not [
                    link for link in seen.links if link.partition("?")[0].endswith(begun) and link not in ALLOWED
                ], path


async def test_an_agency_changes_its_own_services_alone(site: Site) -> None:
    async with Visitor(site) as visitor:
        await visitor.sign_in("nurse")
        own = await visitor.open("/services/street-nurse")
        form = (await visitor.open(next(link for link in own.links if "/places" in link))).form()
        seen = await visitor.send(form, places="3")
        assert seen.path == "/services/street-nurse"
        assert "of 3 free" in seen.text
        assert "/places" not in (await visitor.open("/services/street-recovery")).text


async def test_a_closed_service_says_so_and_is_listed_no_more(site: Site) -> None:
    async with Visitor(site) as visitor:
        await visitor.sign_in("administrator")
        form = (await visitor.open("/services/day-centre/close?back=/services/day-centre")).form()
        seen = await visitor.send(form)
        assert "takes no new referrals" in seen.text
        assert "/services/day-centre" not in (await visitor.open("/administration/services")).links


async def test_a_partnership_that_begins_says_what_to_do_first(site: Site) -> None:
    async with Visitor(site) as visitor:
        await site.agencies(("csp", "partnership"), partnership="new-town")
        caller = await site.caller("administrator", "csp", partnership="new-town")
        text = caller.authorization.removeprefix("Bearer ")
        await visitor.send((await visitor.open("/sign-in")).form("/sign-in"), token=text)
        for path, words in (
            ("/administration/services", "No service is on offer"),
            ("/administration/ladders", "No ladder was adopted"),
            ("/administration/powers", "No power was conferred"),
            ("/agencies/csp", "It offers no service"),
        ):
            assert words in (await visitor.open(path)).text


async def test_a_question_is_added_by_keyboard_and_enter_in_a_field_sends_the_form(page: Page) -> None:
    tolerate(page, "status of 422")
    await sign_in(page, "administrator")
    await page.goto("/services/new")
    await page.get_by_role("button", name="Add a question").press("Enter")
    await page.get_by_role("group", name="Question 1").wait_for()
    assert page.url.endswith("#questions.0"), "the new question is where the page stands"
    await axe(page)
    await page.get_by_label("The question").fill("Which size?")
    await page.get_by_label("The question").press("Enter")
    await page.get_by_role("heading", name="There is a problem").wait_for()
    assert await page.get_by_label("The question").input_value() == "Which size?"
    assert await page.get_by_role("group", name="Question 2").count() == 0
    await page.get_by_role("button", name="Remove question 1").click()
    await page.get_by_role("group", name="Question 1").wait_for(state="detached")
