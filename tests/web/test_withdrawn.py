"""A consent permits to tell an agency of somebody; telling is an act, and a withdrawal ends what it opened."""

import asyncio
import datetime as dt
import io
import re

import pypdf
import pytest

from api.web import live
from api.web.paper import printing
from application.ports import Append, Appended
from application.published.partnerships import opener
from domain.governance.agreement import EndAgreement
from tests.api.test_every_read import done
from tests.api.test_journey import CORE
from tests.api.world import AGREEMENT, FENLAND, Caller
from tests.web.site import Site
from tests.web.test_live import cookie_of, listening, until
from tests.web.visitor import Visitor

pytestmark = pytest.mark.anyio

WORDS = re.compile(r"zq[a-z]+qz", re.IGNORECASE)
SERVICE = {"service": "clinic", "agency": "recovery", "name": "Clinic", "needs": ["drugs"]}


class Story:
    """Somebody agrees that a clinic is told, and is referred to it; nothing else lets the clinic know of them."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.hub: Caller
        self.clinic: Caller
        self.person = self.consent = self.referral = ""

    async def begin(self, *, refers: bool = True) -> "Story":
        """`refers`: a referral is sent on the consent."""
        site = self.site
        await site.agencies(("hub", "partnership"), ("recovery", "drug-and-alcohol"), ("housing", "housing-options"))
        hub = self.hub = await site.caller("hub-coordinator", "hub", worker="coordinator")
        self.clinic = await site.caller("agency-worker", "recovery", worker="nurse")
        await done(hub, "/v1/services", SERVICE)
        name = {"given_name": "Zqgivenqz", "family_name": "Zqfamilyqz", "born": "1984-03-11"}
        search = (await hub.post("/v1/people/search", name)).json()["search"]
        entered = {**name, "search": search, "answer": "nobody-found", "identity": "stated"}
        self.person = (await done(hub, "/v1/people", entered))["person"]
        ended = EndAgreement(at=site.clock.now(), agreement=AGREEMENT, reason="never signed")
        await site.hub.decider.decide(ended, opener(FENLAND))
        asked = {
            "kind": "data-protection-basis",
            "purpose": "referral",
            "recipients": ["recovery"],
            "categories": ["identity", "contact", "substance-use"],
        }
        consents = f"/v1/people/{self.person}/consents"
        self.consent = (await done(hub, consents, asked))["consent"]
        later = (site.clock.now() + dt.timedelta(days=60)).date().isoformat()
        agreed = {"given_to": "hub", "capacity": "confirmed", "language": "en", "expires_on": later}
        await done(hub, f"{consents}/{self.consent}/give", agreed)
        if not refers:
            return self
        sent = {"person": self.person, "service": "clinic", "need": "drugs", "core": CORE}
        told = {"reason": "Zqreasonqz", "health_reason": "Zqhealthqz"}
        self.referral = (await done(hub, "/v1/referrals", sent | told))["referral"]
        return self

    async def withdraw(self) -> None:
        await done(self.hub, f"/v1/people/{self.person}/consents/{self.consent}/withdraw", {})

    async def read(self) -> dict[str, set[str]]:
        """The words that the clinic reads at each address: pages, the API, lists, paper and PDF."""
        client, cookie = self.site.client, await cookie_of(self.site, self.clinic)
        found: dict[str, set[str]] = {}
        for path in (
            f"/v1/referrals/{self.referral}",
            "/v1/referrals/incoming",
            f"/v1/people/{self.person}",
            f"/v1/people/{self.person}/referrals",
            f"/v1/people/{self.person}/timeline",
        ):
            found[path] = set(WORDS.findall((await self.clinic.get(path)).text))
        paper = f"/people/{self.person}/print/summary"
        for path in (
            "/",
            "/referrals",
            f"/referrals/{self.referral}",
            f"/people/{self.person}",
            f"/people/{self.person}/referrals",
            f"/people/{self.person}/timeline",
            paper,
            *((f"{paper}/pdf",) if printing.pdf_offered() else ()),
        ):
            answer = await client.get(path, headers={**cookie, "accept": "text/html"})
            assert answer.status_code < 500, path
            text = answer.text
            if answer.headers["content-type"] == "application/pdf":
                text = " ".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(answer.content)).pages)
            found[path] = set(WORDS.findall(text))
        return found


async def test_with_the_next_request_nothing_that_was_told_on_the_consent_is_read(site: Site) -> None:
    story = await Story(site).begin()
    before = await story.read()
    told = {"Zqgivenqz", "Zqfamilyqz", "Zqreasonqz", "Zqhealthqz"}
    assert set().union(*before.values()) == told
    assert before[f"/v1/referrals/{story.referral}"] >= {"Zqreasonqz", "Zqhealthqz"}
    assert before[f"/referrals/{story.referral}"] == told
    unread = {path for path, words in before.items() if not words}
    assert unread <= {"/", f"/v1/people/{story.person}/timeline", f"/people/{story.person}/timeline"}, unread
    await story.withdraw()
    after = {path: words for path, words in (await story.read()).items() if words}
    assert not after
    shown = (await story.clinic.get(f"/v1/referrals/{story.referral}")).json()
    assert shown["row"]["status"] == "requested", "that it was asked stays; what it was told does not"


async def test_a_page_that_is_open_hears_of_it_and_is_shown_nothing(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "CHECK_SECONDS", 0.1)
    monkeypatch.setattr(live, "LOOK_SECONDS", 0.02)
    story = await Story(site).begin()
    async with listening(site, "/live/referrals", await cookie_of(site, story.clinic)) as lines:
        await until(lines, "retry: 3000")
        await story.withdraw()
        await done(story.hub, f"/v1/referrals/{story.referral}/withdraw", {})
        heard = await until(lines, "event: moved")
    assert not WORDS.findall("\n".join(heard))
    assert not any((await story.read()).values())


async def test_what_is_being_told_on_it_meanwhile_is_not_told(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    story = await Story(site).begin()
    log = site.hub.decider.log
    append = log.append

    async def overtaken(one: Append) -> Appended:
        if not one.log.endswith("/access"):
            monkeypatch.setattr(log, "append", append)
            await asyncio.create_task(story.withdraw())
        return await append(one)

    monkeypatch.setattr(log, "append", overtaken)
    more = await story.hub.post(f"/v1/referrals/{story.referral}/give-information", {"information": "Zqmoreqz"})
    assert (more.status_code, more.json()["code"]) == (409, "no-basis-to-share")
    assert not any((await story.read()).values())


async def test_a_consent_tells_nobody_and_whoever_works_with_the_person_tells_on_it(site: Site) -> None:
    story = await Story(site).begin(refers=False)
    path = f"/v1/people/{story.person}"
    assert (await story.clinic.get(path)).status_code == 404, "being asked about does not make an agency know"
    unasked = await story.hub.post(f"{path}/tell", {"to_agency": "housing"})
    assert (unasked.status_code, unasked.json()["code"]) == (409, "no-basis-to-share")
    await done(story.hub, f"{path}/tell", {"to_agency": "recovery", "note": "Zqnoteqz"})
    seen = await story.clinic.get(path)
    assert seen.status_code == 200
    assert set(WORDS.findall(seen.text)) == {"Zqgivenqz", "Zqfamilyqz"}
    told = (await story.clinic.get(f"{path}/timeline")).json()["items"]
    assert next(one["type"] for one in told if one["category"] == "support") == "agency-told"
    await story.withdraw()
    assert (await story.clinic.get(path)).status_code == 404
    late = await story.hub.post(f"{path}/tell", {"to_agency": "recovery"})
    assert late.json()["code"] == "no-basis-to-share"


async def test_the_nurse_of_the_demo_finds_who_agreed_that_she_is_told(demo_site: Site) -> None:
    later = (demo_site.clock.now() + dt.timedelta(days=60)).date().isoformat()
    async with Visitor(demo_site) as hub, Visitor(demo_site) as nurse:
        await nurse.sign_in("nurse")
        await hub.sign_in("coordinator")
        search = (await hub.open("/people/search")).form("/people/search")
        found = await hub.send(search, typed="Darius Synthetic-Kazlauskas 1979-08-27")
        people = dict.fromkeys(one for one in found.links if re.fullmatch(r"/people/[0-9a-f-]{30,}", one))
        [person] = [one for one in people if "Darius Synthetic-Kazlauskas" in (await hub.open(one)).text]
        before = (await nurse.open(person)).status
        asked = (await hub.open(f"{person}/consents/new")).form(f"{person}/consents/new")
        terms = {"kind": "data-protection-basis", "purpose": "referral", "recipients": ["health"]}
        await hub.send(asked, **terms, categories=["identity"])
        shown = await hub.open(f"{person}/sharing")
        give = next(one for one in shown.links if "/give?" in one)
        form = (await hub.open(give)).form(give.partition("?")[0])
        await hub.send(form, given_to="hub", capacity="confirmed", language="lt", expires_on=later)
        tell = next(one for one in (await hub.open(f"{person}/sharing")).links if "/tell?" in one)
        seen = await hub.send((await hub.open(tell)).form(tell.partition("?")[0]), to_agency="health")
        assert seen.status == 200, seen.text
        opened = await nurse.open(person)
        assert (before, opened.status, "Darius" in opened.text) == (404, 200, True)
