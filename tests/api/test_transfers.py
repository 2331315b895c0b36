"""Somebody who moves is handed over with their history: offered here, accepted there, recorded on both sides."""

import hashlib
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from api.following_up import follow_up_everywhere
from application.ports import LogUnavailable, log_of
from domain.governance.access import Consulted, Disclosed
from domain.governance.disclosure import DisclosureDecided
from domain.governance.transfer import HistoryReceived, PersonTransferred, TransferAnnounced
from domain.ids import PartnershipId
from tests.api.neighbours import DANA, PETERBOROUGH, agree, entered, joined, later, two
from tests.api.test_access_ledger import Ledger
from tests.api.test_every_read import LADDER, done
from tests.api.world import FENLAND, Caller, World, world

pytestmark = pytest.mark.anyio

OFFER: dict[str, Any] = {
    "partner": PETERBOROUGH,
    "purpose": "prevention",
    "categories": ["register", "engagement"],
    "why": "Moved in with her sister",
}


@pytest.fixture
async def here() -> AsyncIterator[World]:
    async with world() as made:
        await two(made)
        await agree(made, FENLAND, PETERBOROUGH)
        yield made


async def told_yes(caller: Caller, person: str, here: World, *categories: str) -> str:
    """The person agrees that the other partnership is told this."""
    asked = {
        "kind": "data-protection-basis",
        "purpose": "support",
        "recipients": [PETERBOROUGH],
        "categories": [*categories] or ["identity", "contact", "offending"],
    }
    consent = (await done(caller, f"/v1/people/{person}/consents", asked))["consent"]
    given = {
        "given_to": "worker",
        "capacity": "confirmed",
        "language": "en",
        "interpreter": False,
        "expires_on": later(here),
    }
    answer = await caller.post(f"/v1/people/{person}/consents/{consent}/give", given)
    assert answer.status_code == 200, answer.text
    return consent


async def offered(caller: Caller, person: str, **otherwise: object) -> str:
    return (await done(caller, f"/v1/people/{person}/transfers", OFFER | otherwise))["transfer"]


async def moved(here: World) -> tuple[Caller, Caller, str]:
    """An officer here, a coordinator there, and somebody who was met here and agreed."""
    officer = await here.caller("constable", "police", worker="jo")
    there = await here.caller("hub-coordinator", "hub", worker="sam", partnership=PETERBOROUGH)
    person = await entered(officer)
    await told_yes(officer, person, here)
    return officer, there, person


async def facts(here: World, partnership: PartnershipId, *types: type) -> list[Any]:
    page = await here.hub.decider.log.read(log_of(partnership))
    return [one for one in map(here.hub.codec.fact, page.events) if isinstance(one, types)]


async def test_the_offer_says_nothing_of_who_it_is(here: World) -> None:
    officer, there, person = await moved(here)
    one = await offered(officer, person)
    shown = await there.get("/v1/transfers")
    (offer,) = shown.json()["items"]
    assert (offer["offer"]["transfer"], offer["offer"]["contact"]) == (one, "Police")
    assert person not in shown.text
    assert "Danuta" not in shown.text
    elsewhere = await here.caller("agency-worker", "recovery", partnership=PETERBOROUGH)
    assert (await elsewhere.get("/v1/transfers")).json()["items"] == []


async def test_who_accepts_has_the_person_under_an_entry_of_their_own_with_what_came_along(here: World) -> None:
    officer, there, person = await moved(here)
    sending, receiving = Ledger(here), Ledger(here, PETERBOROUGH)
    one = await offered(officer, person)
    await sending.new()
    await receiving.new()
    accepted = await there.post(f"/v1/transfers/{one}/accept")
    assert accepted.status_code == 201, accepted.text
    arrived = accepted.json()["person"]
    assert arrived != person
    entry = (await there.get(f"/v1/people/{arrived}")).json()["shown"]["row"]
    assert (entry["given_name"], entry["born"]) == ("Danuta", "1985-03-27")
    items = (await there.get(f"/v1/people/{arrived}/history-received")).json()["items"]
    (line,) = items
    assert (line["fact"]["kind"], line["fact"]["partner"], line["fact"]["agency_there"]) == (
        "encounter-recorded",
        FENLAND,
        "Police",
    )
    assert json.loads(line["fact"]["told_intelligence"])["place"] == "The bus station"
    assert (await there.get("/v1/transfers")).json()["items"] == []
    # the disclosure stands on the sending side, before anything left
    (disclosed,) = await sending.new()
    assert isinstance(disclosed.fact, Disclosed)
    assert (disclosed.fact.recipient, disclosed.envelope.actor) == (PETERBOROUGH, "jo")
    assert disclosed.fact.persons == (person,)
    (decided,) = await facts(here, FENLAND, DisclosureDecided)
    assert (decided.shares, decided.ground, decided.recipient_kind) == (True, "consent", "agency")
    (went,) = await facts(here, FENLAND, PersonTransferred)
    assert (went.by_worker, went.to_worker, went.to_agency) == ("jo", "sam", "hub")
    for entry_there in await receiving.new():
        assert isinstance(entry_there.fact, Consulted)
        assert person not in entry_there.fact.persons


async def test_each_line_says_which_leaf_it_was(here: World) -> None:
    officer, there, person = await moved(here)
    await there.post(f"/v1/transfers/{await offered(officer, person)}/accept")
    (line,) = await facts(here, PETERBOROUGH, HistoryReceived)
    stored = (await here.hub.decider.log.read(log_of(FENLAND), after=line.position - 1, limit=1)).events[0]
    assert line.leaf == hashlib.sha256(b"\x00" + stored.entry).hexdigest()


async def test_an_acceptance_that_is_sent_twice_brings_one_person(here: World) -> None:
    officer, there, person = await moved(here)
    one = await offered(officer, person)
    first, again = [(await there.post(f"/v1/transfers/{one}/accept")).json() for _ in range(2)]
    assert first == again
    assert len(await facts(here, PETERBOROUGH, HistoryReceived)) == 1
    assert len(await facts(here, FENLAND, PersonTransferred)) == 1
    colleague = await here.caller("constable", "police", partnership=PETERBOROUGH)
    assert (await colleague.post(f"/v1/transfers/{one}/accept")).status_code == 404


async def test_who_may_be_in_the_register_there_is_marked_and_never_merged(here: World) -> None:
    officer, there, person = await moved(here)
    known = await entered(await here.caller("constable", "police", partnership=PETERBOROUGH))
    arrived = (await there.post(f"/v1/transfers/{await offered(officer, person)}/accept")).json()["person"]
    assert arrived != known
    moments = (await there.get(f"/v1/people/{arrived}/timeline")).json()["items"]
    registered = next(one for one in moments if one["type"] == "person-registered")
    assert registered["fact"]["answer"] == "unsure"


async def test_what_is_open_is_closed_where_the_person_left(here: World) -> None:
    officer, there, person = await moved(here)
    hub = await here.caller("hub-coordinator", "hub")
    await done(hub, "/v1/ladders", LADDER)
    await done(officer, "/v1/episodes", {"person": person, "ladder": "luscombe"})
    assert (await there.post(f"/v1/transfers/{await offered(officer, person)}/accept")).status_code == 201
    (episode,) = (await officer.get(f"/v1/people/{person}/episodes")).json()["items"]
    assert episode["row"]["outcome"] == "moved-away"
    types = [one["type"] for one in (await hub.get(f"/v1/people/{person}/timeline")).json()["items"]]
    assert "person-transferred" in types, "all whom the person concerns see that they moved on"


async def test_nothing_goes_along_without_a_basis_that_names_the_partnership(here: World) -> None:
    officer = await here.caller("constable", "police")
    person = await entered(officer)
    refused = await officer.post(f"/v1/people/{person}/transfers", OFFER)
    assert (refused.status_code, refused.json()["code"]) == (409, "no-basis-to-transfer")
    await told_yes(officer, person, here, "identity", "contact")
    refused = await officer.post(f"/v1/people/{person}/transfers", OFFER)
    assert refused.json()["code"] == "no-basis-to-transfer", "street work is not covered by it"
    await offered(officer, person, categories=["register"])


async def test_a_consent_that_is_withdrawn_meanwhile_stops_it(here: World) -> None:
    officer, there, person = await moved(here)
    one = await offered(officer, person)
    consents = (await officer.get(f"/v1/people/{person}/consents")).json()["items"]
    consent = consents[0]["row"]["consent"]
    assert (await officer.post(f"/v1/people/{person}/consents/{consent}/withdraw")).status_code == 200
    refused = await there.post(f"/v1/transfers/{one}/accept")
    assert (refused.status_code, refused.json()["code"]) == (409, "no-basis-to-transfer")
    assert await facts(here, FENLAND, PersonTransferred) == []


async def test_a_legal_hold_keeps_the_record_here_and_stops_no_handover(here: World) -> None:
    officer, there, person = await moved(here)
    privacy = await here.caller("privacy-officer", "police")
    hold = {"matter": "legal-claim", "review_on": later(here), "reason": "A claim is before the court"}
    held = await privacy.post(f"/v1/people/{person}/holds", hold)
    assert held.status_code == 201, held.text
    assert (await there.post(f"/v1/transfers/{await offered(officer, person)}/accept")).status_code == 201
    assert (await officer.get(f"/v1/people/{person}")).status_code == 200


async def test_somebody_at_risk_is_handed_over_by_the_safeguarding_lead_alone(here: World) -> None:
    officer, _, person = await moved(here)
    flag = {"kind": "safeguarding", "source": "told-by-person", "expires_on": later(here), "reason": "Fled from there"}
    assert (await officer.post(f"/v1/people/{person}/flags", flag)).status_code == 201
    refused = await officer.post(f"/v1/people/{person}/transfers", OFFER)
    assert (refused.status_code, refused.json()["code"]) == (403, "guarded-by-flag")
    lead = await here.caller("safeguarding-lead", "police")
    assert (await lead.post(f"/v1/people/{person}/transfers", OFFER | {"purpose": "support"})).status_code == 201


async def test_a_flag_that_is_raised_meanwhile_stops_it(here: World) -> None:
    officer, there, person = await moved(here)
    one = await offered(officer, person)
    flag = {"kind": "keep-apart", "source": "court-order", "expires_on": later(here), "reason": "An order"}
    other = await entered(officer, DANA | {"given_name": "Marek", "born": "1980-01-01"})
    assert (await officer.post(f"/v1/people/{person}/flags", flag | {"other": other})).status_code == 201
    assert (await there.post(f"/v1/transfers/{one}/accept")).json()["code"] == "guarded-by-flag"


async def test_who_left_their_post_hands_nobody_over(here: World) -> None:
    officer, there, person = await moved(here)
    one = await offered(officer, person)
    administrator = await here.caller("administrator", "police", worker="boss")
    left = await administrator.post("/v1/workers/jo/leave")
    assert left.status_code == 200, left.text
    assert (await there.post(f"/v1/transfers/{one}/accept")).json()["code"] == "not-in-post"


async def test_a_human_is_offered_once_under_whichever_of_their_records(here: World) -> None:
    officer, _, person = await moved(here)
    other = await entered(officer)
    await joined(here, FENLAND, person, other)
    await offered(officer, person)
    again = await officer.post(f"/v1/people/{other}/transfers", OFFER)
    assert (again.status_code, again.json()["code"]) == (409, "transfer-open")


async def test_only_what_both_sides_agreed_to_goes_along(here: World) -> None:
    officer, _, person = await moved(here)
    refused = await officer.post(f"/v1/people/{person}/transfers", OFFER | {"categories": ["register", "duty"]})
    assert refused.json()["code"] == "not-in-agreement"
    administrator = await here.caller("administrator", "hub", partnership=PETERBOROUGH)
    await administrator.post("/v1/partnership-agreements/neighbours/end", {"reason": "over"})
    refused = await officer.post(f"/v1/people/{person}/transfers", OFFER)
    assert refused.json()["code"] == "no-agreement-between"


async def test_an_offer_is_taken_back_or_declined_and_then_nobody_is_handed_over(here: World) -> None:
    officer, there, person = await moved(here)
    one = await offered(officer, person)
    assert (await officer.post(f"/v1/people/{person}/transfers", OFFER)).json()["code"] == "transfer-open"
    assert (await officer.post(f"/v1/transfers/{one}/withdraw")).status_code == 200
    assert (await there.post(f"/v1/transfers/{one}/accept")).json()["code"] == "transfer-over"
    two_ = await offered(officer, person)
    assert (await there.post(f"/v1/transfers/{two_}/decline", {"reason": "wrong-area"})).status_code == 200
    items = (await officer.get(f"/v1/people/{person}/transfers")).json()["items"]
    assert {one["transfer"]: one["status"] for one in items} == {one: "withdrawn", two_: "turned-down"}


class Cut:
    """The way to other partnerships, which breaks once before anything gets through."""

    def __init__(self, partners: Any) -> None:  # noqa: ANN401 - whatever stands behind
        self._partners = partners
        self.broken = True

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - the port's own
        async def go(*given: Any) -> Any:  # noqa: ANN401
            if self.broken:
                raise LogUnavailable
            return await getattr(self._partners, name)(*given)

        return go


async def statuses(caller: Caller, person: str) -> list[tuple[str, bool]]:
    items = (await caller.get(f"/v1/people/{person}/transfers")).json()["items"]
    return [(one["status"], one["heard"]) for one in items]


async def test_what_was_cut_off_on_its_way_is_told_again_until_the_other_side_has_heard(here: World) -> None:
    officer, there, person = await moved(here)
    transferring = here.hub.transferring
    cut = Cut(transferring.partners)
    transferring.partners = cut
    one = await offered(officer, person)
    assert await statuses(officer, person) == [("offered", False)]
    await follow_up_everywhere(here.hub)
    assert (await there.get("/v1/transfers")).json()["items"] == []
    cut.broken = False
    for _ in range(2):
        await follow_up_everywhere(here.hub)
        assert [each["offer"]["transfer"] for each in (await there.get("/v1/transfers")).json()["items"]] == [one]
    assert await statuses(officer, person) == [("offered", True)]
    cut.broken = True
    assert (await there.post(f"/v1/transfers/{one}/decline", {"reason": "wrong-area"})).status_code == 200
    assert await statuses(officer, person) == [("offered", True)], "not heard here yet"
    cut.broken = False
    await follow_up_everywhere(here.hub)
    assert await statuses(officer, person) == [("turned-down", True)]
    cut.broken = True
    two_ = await offered(officer, person)
    cut.broken = False
    await follow_up_everywhere(here.hub)
    cut.broken = True
    assert (await officer.post(f"/v1/transfers/{two_}/withdraw")).status_code == 200
    cut.broken = False
    await follow_up_everywhere(here.hub)
    assert (await there.get("/v1/transfers")).json()["items"] == []
    said = [(each.transfer, each.said) for each in await facts(here, FENLAND, TransferAnnounced)]
    assert said == [(one, "offered"), (two_, "offered"), (two_, "withdrawn")], "each once"
    assert [each.said for each in await facts(here, PETERBOROUGH, TransferAnnounced)] == ["declined"]


async def test_nothing_of_the_sender_becomes_readable_to_the_receiver(here: World) -> None:
    officer, there, person = await moved(here)
    assert (await there.post(f"/v1/transfers/{await offered(officer, person)}/accept")).status_code == 201
    for part in ("", "/timeline", "/encounters", "/transfers", "/why", "/episodes"):
        assert (await there.get(f"/v1/people/{person}{part}")).status_code == 404
    assert not any(word in here.logged() for word in ("Danuta", "Kowalczyk", "sister"))


async def test_a_role_that_may_not_write_of_people_takes_nobody_on(here: World) -> None:
    officer, _, person = await moved(here)
    one = await offered(officer, person)
    administrator = await here.caller("administrator", "hub", partnership=PETERBOROUGH)
    assert (await administrator.post(f"/v1/transfers/{one}/accept")).status_code == 403
    assert await facts(here, FENLAND, PersonTransferred) == []
