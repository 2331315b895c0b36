"""All that is held, laid out for the person: proposed by rule, decided by a human, named by its digest."""

import re
from collections.abc import AsyncIterator
from typing import Any

import pytest

from api.web.paper import printing
from api.web.paper.access_pack import in_words
from application.readings import access_packs
from application.rights.access_pack import names_somebody
from domain.governance.access import Disclosed
from tests.api.test_every_read import done
from tests.api.test_probe import cookie_of
from tests.api.world import Caller, World, world

pytestmark = pytest.mark.anyio


@pytest.fixture
async def here() -> AsyncIterator[World]:
    async with world() as made:
        await made.agencies(("hub", "partnership"), ("police", "police"), ("recovery", "drug-and-alcohol"))
        yield made


class Asking:
    """Zebedee was met and flagged, is kept apart from Wilfred, and asked what is held about him."""

    def __init__(self, here: World) -> None:
        self.here = here

    async def begin(self) -> None:
        here = self.here
        self.officer = await here.caller("constable", "police", worker="officer")
        self.privacy = await here.caller("privacy-officer", "hub", worker="privacy")
        self.coordinator = await here.caller("hub-coordinator", "hub", worker="coordinator")
        self.ids = await self.entered("Zebedee")
        other = await self.entered("Wilfred")
        self.person = f"/v1/people/{self.ids['person']}"
        met = {
            "kind": "asb",
            "asb_type": "street-drinking",
            "place": "by the river",
            "facts_observed": "He was drinking. He said that Wilfred owed him money.",
            "opinions": "He deals.",
        }
        await done(self.officer, f"{self.person}/encounters", met)
        flag = {"kind": "staff-safety", "source": "seen", "expires_on": "2026-01-01", "reason": "He spat."}
        assert (await self.officer.post(f"{self.person}/flags", flag)).status_code == 201
        apart = {**flag, "kind": "keep-apart", "other": other["person"], "reason": "A feud."}
        assert (await self.officer.post(f"{self.person}/flags", apart)).status_code == 201
        self.other = other["person"]
        asked = {
            "kind": "access",
            "channel": "in-person",
            "received_on": here.today.isoformat(),
            "words": "What have you got on me?",
        }
        made = await done(self.officer, f"{self.person}/rights-requests", asked)
        self.request = f"/v1/rights-requests/{made['rights_request']}"
        await done(self.privacy, f"{self.request}/identity", {"how": "known-to-worker"})

    async def entered(self, nickname: str) -> dict[str, str]:
        nobody = {"identity": "unknown", "provisional": "no-name-given", "nickname": nickname}
        return await done(self.officer, "/v1/people", nobody)

    async def draft(self, caller: Caller | None = None) -> Any:  # noqa: ANN401 - JSON
        answer = await (caller or self.privacy).get(f"{self.request}/pack/draft")
        assert answer.status_code == 200, answer.text
        return answer.json()


def proposed(draft: Any) -> dict[str, str]:  # noqa: ANN401 - JSON
    return {
        f"{line['type']}.{one['name']}": one["proposed"]
        for line in draft["pack"]["lines"]
        for one in line["fields"]
        if one["proposed"]
    }


def refs(draft: Any) -> list[dict[str, Any]]:  # noqa: ANN401 - JSON
    return [
        {"position": line["position"], "field": one["name"], "ground": one["proposed"]}
        for line in draft["pack"]["lines"]
        for one in line["fields"]
        if one["proposed"]
    ]


async def test_rules_propose_what_is_left_out_and_others_never_appear(here: World) -> None:
    asking = Asking(here)
    await asking.begin()
    answer = await asking.privacy.get(f"{asking.request}/pack/draft")
    draft = answer.json()
    found = proposed(draft)
    assert found["encounter-recorded.opinions"] == "law-enforcement"
    assert found["flag-raised.reason"] in {"staff-safety", "third-party"}
    assert "Wilfred" not in answer.text, "whom the record names by id is taken out of every text"
    assert asking.other not in answer.text
    assert "by the river" in answer.text
    assert "officer" not in [one.get("value") for line in draft["pack"]["lines"] for one in line["fields"]]
    line = next(one for one in draft["pack"]["lines"] if one["type"] == "encounter-recorded")
    assert (line["agency"], line["role"], line["regime"]) == ("police", "constable", "law-enforcement")


async def test_a_request_itself_says_when_its_day_is_near(here: World) -> None:
    asking = Asking(here)
    await asking.begin()
    assert not (await asking.privacy.get(asking.request)).json()["soon"]
    here.clock.pass_by(days=26)
    privacy = await here.caller("privacy-officer", "hub", worker="privacy")
    assert (await privacy.get(asking.request)).json()["soon"]


async def test_whoever_the_record_names_is_taken_out_however_many_they_are(
    here: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(access_packs, "OTHERS_AT_ONCE", 1)
    asking = Asking(here)
    await asking.begin()
    for nickname in ("Barnaby", "Thaddeus"):
        other = await asking.entered(nickname)
        apart = {"kind": "keep-apart", "source": "seen", "expires_on": "2026-01-01", "other": other["person"]}
        flagged = await asking.officer.post(f"{asking.person}/flags", {**apart, "reason": "A feud."})
        assert flagged.status_code == 201, flagged.text
    met = {"kind": "outreach", "place": "by the bridge", "facts_observed": "He sat with Barnaby and Thaddeus."}
    await done(asking.officer, f"{asking.person}/encounters", met)
    text = (await asking.privacy.get(f"{asking.request}/pack/draft")).text
    assert [one for one in ("Wilfred", "Barnaby", "Thaddeus") if one in text] == []
    assert "by the bridge" in text


async def test_a_pack_is_made_once_a_human_decided_of_each_proposal_and_is_named_for_good(here: World) -> None:
    asking = Asking(here)
    await asking.begin()
    draft = await asking.draft()
    path = f"{asking.request}/pack"
    position = draft["position"]
    assert (await asking.privacy.get(path)).json()["code"] == "no-access-pack"
    undecided = await asking.privacy.post(path, {"position": position})
    assert undecided.json()["code"] == "redactions-undecided"
    decisions = refs(draft)
    opinions = next(one for one in decisions if one["field"] == "opinions")
    opinions["ground"] = None
    made = await asking.privacy.post(path, {"position": position, "decisions": decisions})
    assert made.status_code == 200, made.text
    pack = (await asking.privacy.get(path)).json()
    assert pack["unchanged"]
    assert pack["digest"] == made.json()["digest"]
    given = {one["name"]: one for line in pack["pack"]["lines"] for one in line["fields"]}
    assert given["opinions"]["value"] == "He deals.", "a human gave what a rule would have left out"
    assert pack["pack"]["withheld"] == {"staff-safety": 1, "third-party": 3}, "counted, each with its ground"
    await done(asking.officer, f"{asking.person}/encounters", {"kind": "outreach"})
    later = (await asking.privacy.get(path)).json()
    assert later["unchanged"]
    assert later["pack"] == pack["pack"], "it is of what stood then"
    behind = await asking.privacy.post(path, {"position": position, "decisions": decisions})
    assert behind.json()["code"] == "pack-is-behind"


async def test_it_is_for_who_protects_data_once_it_is_sure_who_asks_and_stands_in_the_ledger(here: World) -> None:
    asking = Asking(here)
    await asking.begin()
    for caller in (asking.officer, asking.coordinator):
        assert (await caller.get(f"{asking.request}/pack/draft")).status_code == 403
    other = await done(
        asking.officer,
        f"{asking.person}/rights-requests",
        {"kind": "access", "channel": "phone", "received_on": "2025-06-01", "words": "Everything"},
    )
    unsure = await asking.privacy.get(f"/v1/rights-requests/{other['rights_request']}/pack/draft")
    assert unsure.json()["code"] == "identity-not-checked"
    complains = {"kind": "objection", "channel": "phone", "received_on": "2025-06-01", "words": "Stop it"}
    another = await done(asking.officer, f"{asking.person}/rights-requests", complains)
    assert (await asking.privacy.get(f"/v1/rights-requests/{another['rights_request']}/pack/draft")).status_code == 404
    draft = await asking.draft()
    await asking.privacy.post(f"{asking.request}/pack", {"position": draft["position"], "decisions": refs(draft)})
    shown = await asking.privacy.get(f"{asking.request}/pack")
    looks = [
        here.hub.codec.recorded(one).fact
        for one in (await here.hub.decider.log.read("fenland/access", None, sealed=True)).events  # type: ignore[arg-type] # a log
    ]
    told = [one for one in looks if isinstance(one, Disclosed)]
    assert (told[-1].document, told[-1].recipient, told[-1].persons) == (
        "access-pack",
        "person",
        (asking.ids["person"],),
    )
    assert {"identity", "health", "intelligence"} == set(told[-1].opened)
    shared = shown.json()["pack"]["shared"]
    assert {one["agency"] for one in shared} >= {"police", "hub"}


async def test_what_is_anothers_is_answered_as_if_it_were_not_there(here: World) -> None:
    """A breach of another agency's data, a correction under another's record, a restriction that nobody here minds."""
    asking = Asking(here)
    await asking.begin()
    nurse = await here.caller("privacy-officer", "recovery", worker="nurse")
    lost = {"cause": "lost-or-stolen", "aware_at": here.clock.now().isoformat(), "categories": ["identity"]}
    breach = (await asking.officer.post("/v1/data-breaches", {**lost, "words": "A bag."})).json()["data_breach"]
    assert (await asking.privacy.get(f"/v1/data-breaches/{breach}")).status_code == 200
    assert (await nurse.get(f"/v1/data-breaches/{breach}")).status_code == 404
    asked = {"line": (await asking.draft())["pack"]["lines"][0]["position"], "wrong": "I was not.", "right": "No."}
    made = (await asking.officer.post(f"{asking.person}/rectifications", asked)).json()["rectification"]
    assert (await asking.privacy.get(f"{asking.person}/rectifications/{made}")).status_code == 200
    assert (await asking.privacy.get(f"/v1/people/{asking.other}/rectifications/{made}")).status_code == 404
    restrict = {"ground": "accuracy-contested", "rationale": "It is checked."}
    assert (await asking.privacy.post(f"{asking.person}/processing-restrictions", restrict)).status_code == 201
    assert (await asking.officer.get(f"{asking.person}/restriction")).status_code == 200
    assert (await nurse.get(f"{asking.person}/restriction")).status_code == 404


def test_a_text_that_may_name_somebody_is_looked_at() -> None:
    own = frozenset({"zebedee"})
    assert names_somebody("He said that Wilfred hit him", own)
    assert not names_somebody("He was drinking. Zebedee left. I saw it.", own)
    assert not names_somebody("", own)


async def test_it_is_looked_through_in_a_form_and_printed(here: World) -> None:
    asking = Asking(here)
    await asking.begin()
    cookie = await cookie_of(here, asking.privacy)
    page = asking.request.removeprefix("/v1")
    form = (await asking.privacy.client.get(f"{page}/pack", headers=cookie)).text
    assert "Proposed to leave out" in form
    assert "Wilfred" not in form
    sent = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', form[form.index("novalidate") :]))
    sent |= dict(re.findall(r'name="(decides[^"]+)">.*?value="([a-z-]+)" selected', form, re.DOTALL))
    done_with = await asking.privacy.client.post(f"{page}/pack", headers=cookie, data=sent)
    assert done_with.status_code == 303, done_with.text
    paper = (await asking.privacy.client.get(f"{page}/pack/print", headers=cookie)).text
    assert "Left out." in paper
    assert "What have you got on me?" in paper
    assert "Wilfred" not in paper
    bad = await asking.privacy.client.post(f"{page}/pack", headers=cookie, data={**sent, "decides.x.y": "give"})
    assert bad.status_code == 400
    if printing.pdf_offered():
        drawn = await asking.privacy.client.get(f"{page}/pack/print/pdf", headers=cookie)
        assert drawn.content.startswith(b"%PDF-")


async def test_each_page_of_rights_opens_for_who_answers_and_the_rest_is_told_whom_to_ask(here: World) -> None:
    asking = Asking(here)
    await asking.begin()
    person = asking.person.removeprefix("/v1")
    today = here.today.isoformat()
    complained = {"about": "decision", "channel": "phone", "received_on": today, "words": "It is not fair."}
    made = await done(asking.officer, f"{asking.person}/complaints", complained)
    lost = {
        "cause": "lost-or-stolen",
        "aware_at": here.clock.now().isoformat(),
        "categories": ["identity"],
        "words": "A bag.",
    }
    breach = await asking.officer.post("/v1/data-breaches", lost)
    pages = (
        "/rights",
        "/rights?closed=yes",
        "/rights/complaints",
        "/rights/breaches",
        "/rights/corrections",
        asking.request.removeprefix("/v1"),
        f"/complaints/{made['complaint']}",
        f"/data-breaches/{breach.json()['data_breach']}",
        f"{person}/rights",
    )
    cookie = await cookie_of(here, asking.coordinator)
    for path in pages:
        assert (await asking.coordinator.client.get(path, headers=cookie)).status_code == 200, path
    restrict = {"ground": "accuracy-contested", "rationale": "It is checked."}
    assert (await asking.privacy.post(f"{asking.person}/processing-restrictions", restrict)).status_code == 201
    for caller in (asking.coordinator, asking.officer):
        cookie = await cookie_of(here, caller)
        refused = await caller.client.get(person, headers=cookie)
        assert refused.status_code == 403
        assert "Whom to ask" in refused.text
        assert "Staff safety" in refused.text, "a warning stays"
        kept = await caller.client.get(f"{person}/rights", headers=cookie)
        assert "It is kept, and not used" in kept.text
    found = await asking.officer.post("/v1/people/search", {"nickname": "Zebedee", "where_found": "by the river"})
    assert "Zebedee" not in found.text


@pytest.mark.parametrize("several", [("en", "bfi"), ["en", "bfi"]])
def test_languages_are_called_by_their_names(several: object) -> None:
    assert in_words("person-registered", "understands", several, {}) == "English, British Sign Language"
