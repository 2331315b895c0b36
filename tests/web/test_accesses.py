"""Who has looked: asked for with a purpose, shown to whoever answers for it, and printed for the person."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack

import pytest
from playwright.async_api import Page

from api.web.paper import printing
from application.ports import Append, Appended, LogUnavailable, log_of
from domain.facts import Sealed
from domain.governance.access import Consulted, Disclosed, Exported, LedgerRead, Look
from domain.ids import PartnershipId
from tests.api.world import Caller
from tests.web.browser import in_each_mode, tolerate
from tests.web.record_world import record, sign_in
from tests.web.site import Site
from tests.web.visitor import Visitor

pytestmark = pytest.mark.anyio

Visiting = Callable[[Caller], Awaitable[Visitor]]
Record = tuple[dict[str, Caller], dict[str, str]]


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


async def looks(site: Site) -> list[Look]:
    """All entries of the ledger."""
    page = await site.hub.decider.log.read(log_of(PartnershipId("fenland"), "access"), None, sealed=True)
    return [one for stored in page.events if isinstance(one := site.hub.codec.recorded(stored).fact, Look)]


async def test_it_is_asked_what_for_and_then_said_who_has_looked(site: Site, kept: Record, visiting: Visiting) -> None:
    who, ids = kept
    await who["officer"].get(f"/v1/people/{ids['person']}")
    officer = await visiting(await site.caller("data-protection-officer", "hub", worker="dpo-1"))
    path = f"/people/{ids['person']}/accesses"
    asked = await officer.open(path)
    assert asked.status == 200
    assert "What do you need it for?" in asked.text
    assert "officer-1" not in asked.text, "nothing is shown before it is said what for"
    before = len(await looks(site))
    seen = await officer.open(f"{path}?use=integrity")
    assert "Police constable" in seen.text
    assert "Łukasz" not in seen.text
    assert "Looks by workers of all agencies" in seen.text
    [read] = (await looks(site))[before:]
    assert isinstance(read, LedgerRead)
    assert (read.use, read.route) == ("integrity", "/people/{person}/accesses")
    assert (await officer.open(f"{path}?use=performance")).status == 400


async def test_whoever_answers_for_the_data_finds_a_person_by_searching(
    site: Site, kept: Record, visiting: Visiting
) -> None:
    _, ids = kept
    officer = await visiting(await site.caller("caldicott-guardian", "hub", worker="guardian-1"))
    form = (await officer.open("/people/search")).form("/people/search")
    found = await officer.send(form, typed="Łukasz Wiśniewski 1985-03-27")
    assert f"/people/{ids['person']}/accesses" in found.links
    assert "This is the same person" not in found.text
    assert f"/people/{ids['person']}" in found.links, "they see whose record it is, and nothing of what was done"
    assert (await officer.open(f"/people/{ids['person']}")).status == 200
    assert (await officer.open(f"/people/{ids['person']}/referrals")).status == 403


async def test_a_worker_sees_her_own_looks_from_the_record(kept: Record, visiting: Visiting) -> None:
    who, ids = kept
    worker = await visiting(who["housing"])
    sharing = await worker.open(f"/people/{ids['person']}/sharing")
    assert f"/people/{ids['person']}/accesses" in sharing.links
    seen = await worker.open(f"/people/{ids['person']}/accesses")
    assert "Your own looks" in seen.text
    assert "Agency worker" in seen.text
    assert "Police constable" not in seen.text


async def test_the_persons_copy_is_printed_without_the_names_of_workers(
    site: Site, kept: Record, visiting: Visiting
) -> None:
    who, ids = kept
    await who["housing"].get(f"/v1/people/{ids['person']}/referrals")
    officer = await visiting(await site.caller("privacy-officer", "hub", worker="dpo-1"))
    paper = await officer.open(f"/people/{ids['person']}/accesses/print")
    assert paper.status == 200
    assert "To support the person" in paper.text
    assert "housing-1" not in paper.text
    polish = await officer.open(f"/people/{ids['person']}/accesses/print?language=pl")
    assert "Aby pomóc tej osobie" in polish.text
    assert (await (await visiting(who["housing"])).open(f"/people/{ids['person']}/accesses/print")).status == 403


async def test_a_page_is_one_entry_a_document_an_export_and_a_letter_a_disclosure(
    site: Site, kept: Record, visiting: Visiting
) -> None:
    who, ids = kept
    worker = await visiting(who["coordinator"])
    for path, kind in (
        (f"/people/{ids['person']}", Consulted),
        (f"/people/{ids['person']}/print/summary", Exported),
        (f"/referrals/{ids['referral']}/print", Disclosed),
        ("/referrals?direction=outgoing", Consulted),
        ("/reports", None),
        ("/administration", None),
    ):
        before = len(await looks(site))
        assert (await worker.open(path)).status == 200, path
        left = (await looks(site))[before:]
        assert [type(one) for one in left] == ([] if kind is None else [kind]), path
        for one in left:
            assert ids["person"] in one.persons
    [letter] = [one for one in await looks(site) if isinstance(one, Disclosed)]
    assert letter.recipient == "housing"


async def test_where_it_is_demanded_each_document_is_handed_out_for_a_reason_typed_in_a_form(
    site: Site, kept: Record, visiting: Visiting
) -> None:
    who, ids = kept
    await site.profile("export", "disclosure")
    worker = await visiting(who["coordinator"])
    why = "Zofia asked for it at the desk"
    documents: dict[str, type[Look]] = {
        f"/people/{ids['person']}/print/summary?language=en": Exported,
        f"/people/{ids['person']}/journey.csv": Exported,
        f"/hub-days/{ids['session']}/print": Exported,
        f"/referrals/{ids['referral']}/print": Disclosed,
    }
    if printing.pdf_offered():
        documents[f"/referrals/{ids['referral']}/print/pdf"] = Disclosed
    for path, kind in documents.items():
        before = len(await looks(site))
        asked = await worker.open(path)
        assert "Why do you need it?" in asked.text, path
        assert (await worker.send(asked.form(path))).status == 422
        assert len(await looks(site)) == before, "nobody is read of before it is said why"
        seen = await worker.send(asked.form(path), why=why)
        assert (seen.status, "Zofia" in seen.path) == (200, False)
        [entry] = (await looks(site))[before:]
        assert type(entry) is kind
        assert isinstance(entry.justification, Sealed)
        assert site.hub.unsealer.open_all([entry.justification]) == [why]
        assert "Why do you need it?" in (await worker.open(path)).text, "a reason is good for one document"
    assert "Zofia" not in site.logged()


async def test_the_page_that_asks_why_is_accessible_in_each_mode(site: Site, kept: Record, page: Page) -> None:
    who, ids = kept
    await site.profile("disclosure")
    tolerate(page, "status of 422")
    await sign_in(page, who["coordinator"])
    await page.goto(f"/referrals/{ids['referral']}/print")
    await page.get_by_role("button", name="Continue").click()
    await in_each_mode(page, "why")
    await page.get_by_label("Reason").fill("They have no log-in")
    await page.get_by_role("button", name="Continue").click()
    assert await page.get_by_role("heading", name="Referral").first.is_visible()


async def test_while_the_ledger_is_down_a_persons_page_says_what_to_mind_and_nothing_else(
    site: Site, kept: Record, visiting: Visiting, monkeypatch: pytest.MonkeyPatch
) -> None:
    who, ids = kept
    worker = await visiting(who["coordinator"])
    append = site.hub.decider.log.append

    async def refusing(one: Append) -> Appended:
        if one.log.endswith("/access"):
            raise LogUnavailable
        return await append(one)

    monkeypatch.setattr(site.hub.decider.log, "append", refusing)
    page = await worker.open(f"/people/{ids['person']}")
    assert page.status == 503
    assert "Mind your safety" in page.text
    assert "Łukasz" not in page.text
    assert site.hub.ledger.waiting() == 1
    admin = await visiting(await site.caller("administrator", "hub", worker="admin-1"))
    assert "The access ledger takes nothing" in (await admin.open("/operations")).text
    monkeypatch.undo()
    assert await site.hub.ledger.drain() == 1
    assert (await looks(site))[-1].spooled


async def test_who_has_looked_is_readable_in_each_mode(page: Page, site: Site, kept: Record) -> None:
    who, ids = kept
    await who["officer"].get(f"/v1/people/{ids['person']}")
    officer = await site.caller("data-protection-officer", "hub", worker="dpo-1")
    await sign_in(page, officer)
    for name, path in (("asked", ""), ("shown", "?use=lawfulness"), ("paper", "/print")):
        await page.goto(f"/people/{ids['person']}/accesses{path}")
        await in_each_mode(page, f"accesses-{name}")
