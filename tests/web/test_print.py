"""What can be printed is shown as it will be printed, in a language that can be chosen, and handed out as PDF."""

import io

import httpx
import pypdf
import pytest
from playwright.async_api import Page

from api.web import sessions
from api.web.paper import making, printing
from api.web.paper.printing import KINDS
from application.posting import see_in_post
from domain.actors import Actor, Role
from domain.ids import AgencyId, WorkerId
from tests.api.world import FENLAND
from tests.web.browser import in_each_mode, shot
from tests.web.site import Site

pytestmark = pytest.mark.anyio

NEEDS_PDF = pytest.mark.skipif(not printing.pdf_offered(), reason="WeasyPrint and Pango are not installed")


async def signed_in(site: Site, agency: str = "police", role: Role = "constable") -> str:
    """The cookie of a worker."""
    worker = Actor(worker=WorkerId(f"{role}-of-{agency}"), agency=AgencyId(agency), role=role, partnership=FENLAND)
    await see_in_post(site.hub.decider, worker, site.clock)
    return await sessions.begin(site.hub, worker)


async def met(site: Site) -> tuple[str, str]:
    """Somebody was met and given a green ticket with the next session; the addresses of what is printed."""
    system = await site.agencies(("police", "police"), ("csp", "partnership"), ("council", "district-council"))
    adopted = {
        "ladder": "bench",
        "ladder_version": 1,
        "operation": "Operation Luscombe",
        "steps": [{"step": "green", "label": "Green", "colour": "green", "meaning": "invitation", "offers_hub": True}],
    }
    assert (await system.post("/v1/ladders", adopted)).status_code == 201
    constable = await site.caller("constable", "police")
    coordinator = await site.caller("hub-coordinator", "csp", worker="w-2")
    scheduled = await coordinator.post(
        "/v1/hub-sessions",
        {
            "starts": "2025-06-05T10:00:00+01:00",
            "ends": "2025-06-05T13:00:00+01:00",
            "place": "Queen Street, Wisbech",
            "venue": "Oasis",
            "expected": ["csp", "council"],
        },
    )
    assert scheduled.status_code == 201, scheduled.text
    session = scheduled.json()["session"]
    person = await constable.post(
        "/v1/people", {"identity": "stated", "provisional": "no-signal", "given_name": "Ion", "understands": ["ro"]}
    )
    assert person.status_code == 201, person.text
    one = person.json()["person"]
    met_there = await constable.post(
        f"/v1/people/{one}/encounters",
        {"kind": "asb", "asb_type": "begging", "place": "Church Terrace", "facts_observed": "asked for change"},
    )
    assert met_there.status_code == 201, met_there.text
    ticket = await constable.post(
        "/v1/tickets",
        {
            "step": "green",
            "place": "Church Terrace",
            "opening": {"person": one, "ladder": "bench"},
            "language": "ro",
            "invite": {"invitation": "inv-1", "session": session},
            "serial": "LUS-000123",
        },
    )
    assert ticket.status_code == 201, ticket.text
    return f"/people/{one}/print", f"/hub-days/{session}/print"


async def at(page: Page, site: Site, path: str, **who: str) -> None:
    await page.context.add_cookies([{"name": "hub_session", "value": await signed_in(site, **who), "url": site.url}])  # type: ignore[arg-type]
    await page.goto(path)


async def test_every_document_of_a_person_is_readable_in_each_mode(site: Site, page: Page) -> None:
    people, session = await met(site)
    await at(page, site, people)
    await in_each_mode(page)
    for name in ("ticket", "hub-card", "sharing", "standing", "summary"):
        await page.goto(f"{people}/{name}")
        await in_each_mode(page, f"print-{name}")
    await page.goto(session)
    await in_each_mode(page, "print-sign-in")


async def test_the_persons_language_is_preset_and_another_is_chosen_without_a_script(
    site: Site, no_script: Page
) -> None:
    people, _ = await met(site)
    await at(no_script, site, f"{people}/ticket")
    assert await no_script.locator("article.hub-paper h1").text_content() == "Biletul dumneavoastră"
    await no_script.get_by_label("Language of the document").select_option("pl")
    await no_script.get_by_role("button", name="Change language").click()
    assert await no_script.locator("article.hub-paper h1").text_content() == "Twój bilet"
    assert "Ion" not in await no_script.title()


async def test_only_the_document_goes_on_paper(site: Site, page: Page) -> None:
    people, _ = await met(site)
    await at(page, site, f"{people}/ticket?language=en")
    await page.emulate_media(media="print")
    assert await page.get_by_role("heading", name="Your ticket").is_visible()
    for chrome in (".govuk-template__header", ".hub-footer", ".govuk-back-link", "select"):
        assert not await page.locator(chrome).first.is_visible(), chrome
    await shot(page, "print-ticket-on-paper")


@NEEDS_PDF
async def test_a_pdf_is_handed_out_by_the_same_rules_and_its_name_names_nobody(site: Site) -> None:
    people, session = await met(site)
    cookies = {"hub_session": await signed_in(site)}
    async with httpx.AsyncClient(base_url=site.url, cookies=cookies) as client:
        for path in (*(f"{people}/{name}/pdf" for name in ("ticket", "hub-card", "summary")), f"{session}/pdf"):
            answer = await client.get(path)
            assert answer.status_code == 200, answer.text
            assert answer.headers["content-type"] == "application/pdf"
            assert answer.headers["cache-control"] == "no-store"
            assert "Ion" not in answer.headers["content-disposition"]
            assert pypdf.PdfReader(io.BytesIO(answer.content)).pages
        assert (await client.get(f"{people}/plan/pdf")).status_code == 404
        assert (await client.get(f"{people}/poem")).status_code == 404
    async with httpx.AsyncClient(base_url=site.url) as client:
        assert (await client.get(f"{people}/ticket/pdf")).status_code == 303


async def test_without_the_extra_pdf_is_not_offered_and_its_address_says_so(
    site: Site, page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    people, _ = await met(site)
    monkeypatch.setattr(printing, "pdf_offered", lambda: False)
    await at(page, site, f"{people}/ticket")
    assert await page.get_by_role("link", name="Download as PDF").count() == 0
    cookies = {"hub_session": await signed_in(site)}
    async with httpx.AsyncClient(base_url=site.url, cookies=cookies) as client:
        answer = await client.get(f"{people}/ticket/pdf", headers={"accept": "text/html"})
    assert answer.status_code == 404
    assert "PDF is not offered here" in answer.text


async def test_whoever_the_person_does_not_concern_is_answered_as_if_there_were_nobody(site: Site) -> None:
    people, _ = await met(site)
    cookies = {"hub_session": await signed_in(site, "council", "agency-worker")}
    async with httpx.AsyncClient(base_url=site.url, cookies=cookies) as client:
        nobody = await client.get("/people/nobody/print/ticket")
        for path in (people, *(f"{people}/{name}" for name in making.OF_PERSON)):
            answer = await client.get(path)
            assert answer.status_code == nobody.status_code == 404
            assert "Ion" not in answer.text
    assert set(making.OF_PERSON) | {"sign-in", "letter", "accesses", "access-pack"} == set(KINDS)
