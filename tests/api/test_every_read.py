"""Everything that can be read, after a journey that touches each part: the ladder, the hub, consent, support, duty."""

import datetime as dt
import re
from collections.abc import AsyncIterator

import pytest

from api.routes import Read
from api.v1 import ROUTES
from tests.api.test_journey import CORE, SERVICE
from tests.api.world import Caller, World, world

pytestmark = pytest.mark.anyio

LADDER = {
    "ladder": "luscombe",
    "operation": "Operation Luscombe",
    "steps": [
        {"step": "green", "label": "Green", "meaning": "invitation", "offers_hub": True},
        {"step": "cpw", "label": "Warning", "instrument": "cpw", "offers_hub": True},
    ],
}


@pytest.fixture
async def here() -> AsyncIterator[World]:
    async with world() as made:
        await made.agencies(("hub", "partnership"), ("housing", "housing-options"))
        yield made


async def done(caller: Caller, path: str, body: object) -> dict[str, str]:
    """Do something, and see that what it made can be read where it says."""
    answer = await caller.post(path, body)
    assert answer.status_code in {200, 201}, (path, answer.text)
    made: dict[str, str] = answer.json()
    if "location" in answer.headers:
        seen = await caller.get(f"{answer.headers['location']}?after={made['position']}")
        assert seen.status_code == 200, (answer.headers["location"], seen.text)
    return made


GIVEN = {"accesses": "?use=self-monitoring", "disproportionality": "?year=2023"}
OF_DATA_PROTECTION = {"copy_of_accesses", "break_glasses", "overriding_disclosures", "search_alerts"}
"""What only those who protect data read."""


async def journey(here: World) -> dict[str, str]:
    """The ids of everything that it made."""
    hub = await here.caller("hub-coordinator", "hub", worker="coordinator")
    today = here.today
    later = (today + dt.timedelta(days=60)).isoformat()
    ids = {"agency": "hub", "worker": "coordinator", "ladder": "luscombe", "service": "housing-advice"}
    power = {"power": "issue-cpw", "from_date": today.isoformat(), "source": "designated"}
    await done(hub, "/v1/workers/coordinator/powers", power)
    await done(hub, "/v1/ladders", LADDER)
    await done(hub, "/v1/services", SERVICE)
    ids |= await done(hub, "/v1/people", {"identity": "unknown", "provisional": "no-name-given", "nickname": "Mac"})
    person = f"/v1/people/{ids['person']}"
    ids |= await done(hub, f"{person}/encounters", {"kind": "asb", "asb_type": "street-drinking"})
    ids |= await done(hub, "/v1/episodes", {"person": ids["person"], "ladder": "luscombe"})
    session = {**here.session(), "place": "The Boathouse"}
    ids |= await done(hub, "/v1/hub-sessions", session)
    ticket = {"episode": ids["episode"], "step": "green", "language": "en", "understood": True}
    ids |= await done(hub, "/v1/tickets", ticket)
    invitation = {"person": ids["person"], "episode": ids["episode"]}
    await done(hub, f"/v1/hub-sessions/{ids['session']}/invitations", invitation)
    condition = {
        "kind": "prohibition",
        "addresses": "street-drinking",
        "text": "Not to drink on the benches at Nene Quay",
    }
    terms = {"conduct": ["street-drinking"], "conditions": [condition], "ends_on": later}
    ids |= await done(hub, f"{person}/instruments", {"kind": "cpw", "terms": terms})
    asked = {
        "kind": "agreement-to-be-referred",
        "purpose": "referral",
        "recipients": ["housing"],
        "categories": ["contact"],
    }
    ids |= await done(hub, f"{person}/consents", asked)
    basis = {
        "lawful": "vital-interests",
        "recipients": ["housing"],
        "categories": ["contact"],
        "until": later,
        "rationale": "Found unconscious",
    }
    ids |= await done(hub, f"{person}/bases", basis)
    sent = {
        "person": ids["person"],
        "service": "housing-advice",
        "need": "housing",
        "core": CORE,
        "basis": "agreed-at-hub",
        "rationale": "Said so",
    }
    ids |= await done(hub, "/v1/referrals", sent)
    draft_referral = {"person": ids["person"], "service": "housing-advice", "need": "other"}
    await hub.post("/v1/referral-drafts", draft_referral)
    notified = {
        "person": ids["person"],
        "authority": "housing",
        "chosen_by_person": True,
        "consent_to_refer": True,
        "consent_to_share_contact": True,
        "homelessness": "homeless",
        "name": "Mac",
        "contact": "at the hub",
        "reason": "Sleeping rough",
    }
    ids |= await done(hub, "/v1/duty-notifications", notified)
    ids |= await done(hub, "/v1/plans", {"person": ids["person"], "review_on": later})
    await done(hub, f"/v1/plans/{ids['plan']}/goals", {"words": "A door that locks"})
    return ids


async def test_everything_that_can_be_read_is_read(here: World) -> None:
    ids = await journey(here)
    hub = await here.caller("hub-coordinator", "hub", worker="coordinator")
    admin = await here.caller("administrator", "hub")
    officer = await here.caller("data-protection-officer", "hub", worker="dpo")
    for route in ROUTES:
        if not isinstance(route, Read):
            continue
        path = re.sub(r"\{(\w+)\}", lambda found: str(ids.get(found[1], "missing")), route.path)
        if "missing" in path:
            continue
        path += GIVEN.get(route.name, "")
        runs = "operations" in path or "accounts" in path
        caller = admin if runs else officer if route.name in OF_DATA_PROTECTION else hub
        answer = await caller.get(path)
        assert answer.status_code == 200, (path, answer.text)
        assert answer.headers["etag"]
        head = await caller.send("HEAD", path)
        assert (head.status_code, head.content) == (200, b"")
        if "accesses" not in path:  # to read who has looked is a look, too
            assert head.headers["etag"] == answer.headers["etag"]
        assert b"Sealed" not in answer.content
    assert {"instrument", "consent", "basis", "notification", "plan", "session", "episode"} <= set(ids)


async def test_a_list_of_what_one_may_see_is_not_empty(here: World) -> None:
    ids = await journey(here)
    hub = await here.caller("hub-coordinator", "hub", worker="coordinator")
    for kind in ("encounters", "episodes", "instruments", "consents", "bases", "referrals", "plans", "timeline"):
        answer = await hub.get(f"/v1/people/{ids['person']}/{kind}")
        assert answer.json()["items"], kind


async def test_the_report_counts_who_was_invited(here: World) -> None:
    await journey(here)
    hub = await here.caller("hub-coordinator", "hub")
    report = (await hub.get("/v1/reports/luscombe")).json()
    assert report["people_invited"] == 1
    none = (await hub.get("/v1/reports/luscombe?to_date=2020-01-01")).json()
    assert none["people_invited"] == 0
