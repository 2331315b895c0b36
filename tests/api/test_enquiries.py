"""Whether somebody is known in another partnership: yes, no or cannot say, whom to phone, and nothing else."""

from collections.abc import AsyncIterator

import pytest

from application.ports import log_of
from domain.governance.access import AnsweredElsewhere, AskedElsewhere, Consulted
from domain.governance.enquiry import EnquiryReceived
from tests.api.neighbours import DANA, PETERBOROUGH, agree, entered, joined, later, two
from tests.api.test_access_ledger import Ledger
from tests.api.test_every_read import done
from tests.api.world import FENLAND, World, world

pytestmark = pytest.mark.anyio


@pytest.fixture
async def here() -> AsyncIterator[World]:
    async with world() as made:
        await two(made)
        yield made


ASK = {"partner": PETERBOROUGH, "purpose": "prevention"}


async def test_who_is_known_there_is_worth_a_call(here: World) -> None:
    await agree(here, FENLAND, PETERBOROUGH)
    officer = await here.caller("constable", "police", worker="jo")
    there = await here.caller("constable", "police", partnership=PETERBOROUGH)
    known_there = await entered(there)
    person = await entered(officer)
    asking, answering = Ledger(here), Ledger(here, PETERBOROUGH)
    await asking.new()
    await answering.new()
    answer = await officer.post(f"/v1/people/{person}/enquiries", ASK)
    assert answer.status_code == 200, answer.text
    told = answer.json()
    assert (told["answer"], told["contact"], told["phone"]) == ("known", "Hub", "01354 654321")
    assert known_there not in answer.text
    assert not {"Danuta", "Kowalczyk", "1985"} & set(answer.text.replace('"', " ").split())
    asked, read = await asking.new()
    assert isinstance(asked.fact, AskedElsewhere)
    assert isinstance(read.fact, Consulted)
    assert (asked.envelope.purpose, asked.fact.partner, asked.fact.agreement) == (
        "prevention",
        PETERBOROUGH,
        "neighbours",
    )
    assert asked.fact.persons == (person,)
    (told_there,) = await answering.new()
    assert isinstance(told_there.fact, AnsweredElsewhere)
    assert told_there.fact.persons == (known_there,)
    assert (told_there.envelope.purpose, told_there.fact.from_worker, told_there.fact.answer) == (
        "prevention",
        "jo",
        "known",
    )
    shown = (await officer.get(f"/v1/people/{person}/enquiries")).json()["items"]
    assert [one["answer"] for one in shown] == ["known"]
    colleague = await here.caller("agency-worker", "recovery")
    assert (await colleague.get(f"/v1/people/{person}/enquiries")).status_code == 404


async def test_who_is_not_known_there_is_not_and_nobody_is_named_in_the_ledger(here: World) -> None:
    await agree(here, FENLAND, PETERBOROUGH)
    officer = await here.caller("constable", "police")
    person = await entered(officer)
    answering = Ledger(here, PETERBOROUGH)
    told = (await officer.post(f"/v1/people/{person}/enquiries", ASK)).json()
    assert told["answer"] == "not-known"
    _, look = await answering.one()
    assert look.persons == ()


async def test_somebody_at_risk_is_not_given_away_by_a_machine(here: World) -> None:
    await agree(here, FENLAND, PETERBOROUGH)
    officer = await here.caller("constable", "police")
    there = await here.caller("constable", "police", partnership=PETERBOROUGH)
    hidden = await entered(there)
    flag = {"kind": "safeguarding", "source": "told-by-person", "expires_on": later(here), "reason": "Fled"}
    assert (await there.post(f"/v1/people/{hidden}/flags", flag)).status_code == 201
    person = await entered(officer)
    assert (await officer.post(f"/v1/people/{person}/enquiries", ASK)).json()["answer"] == "cannot-say"


async def test_a_risk_that_stands_under_any_record_of_theirs_is_one_to_ask_a_human_of(here: World) -> None:
    await agree(here, FENLAND, PETERBOROUGH)
    officer = await here.caller("constable", "police")
    there = await here.caller("constable", "police", partnership=PETERBOROUGH)
    records = [await entered(there) for _ in range(3)]
    flag = {"kind": "safeguarding", "source": "told-by-person", "expires_on": later(here), "reason": "Fled"}
    await done(there, f"/v1/people/{records[0]}/flags", flag)
    await joined(here, PETERBOROUGH, *records)
    answering = Ledger(here, PETERBOROUGH)
    await answering.new()
    person = await entered(officer)
    assert (await officer.post(f"/v1/people/{person}/enquiries", ASK)).json()["answer"] == "cannot-say"
    _, look = await answering.one()
    assert look.persons == (records[-1],), "one human, by the record that goes on"


async def test_that_somebody_is_known_is_not_told_while_their_data_is_restricted(here: World) -> None:
    await agree(here, FENLAND, PETERBOROUGH)
    officer = await here.caller("constable", "police")
    there = await here.caller("constable", "police", partnership=PETERBOROUGH)
    guardian = await here.caller("data-protection-officer", "hub", partnership=PETERBOROUGH)
    contested = await entered(there)
    restriction = {"ground": "accuracy-contested", "rationale": "Says that it is not her"}
    await done(guardian, f"/v1/people/{contested}/processing-restrictions", restriction)
    person = await entered(officer)
    assert (await officer.post(f"/v1/people/{person}/enquiries", ASK)).json()["answer"] == "cannot-say"


async def test_whoever_was_met_under_another_record_of_theirs_was_met(here: World) -> None:
    await agree(here, FENLAND, PETERBOROUGH)
    officer = await here.caller("constable", "police")
    met, entered_only = await entered(officer), await entered(officer, met=False)
    await joined(here, FENLAND, met, entered_only)
    assert (await officer.post(f"/v1/people/{entered_only}/enquiries", ASK)).status_code == 200


async def test_made_up_people_are_never_known_as_real_ones(here: World) -> None:
    await agree(here, FENLAND, PETERBOROUGH)
    officer = await here.caller("constable", "police")
    there = await here.caller("constable", "police", partnership=PETERBOROUGH)
    search = (await there.post("/v1/people/search", DANA)).json()["search"]
    made_up = DANA | {"search": search, "answer": "nobody-found", "identity": "stated", "synthetic": True}
    assert (await there.post("/v1/people", made_up)).status_code == 201
    person = await entered(officer)
    assert (await officer.post(f"/v1/people/{person}/enquiries", ASK)).json()["answer"] == "not-known"


@pytest.mark.parametrize("sides", [(), (FENLAND,), (PETERBOROUGH,)])
async def test_nothing_is_asked_unless_both_sides_hold_to_an_agreement(here: World, sides: tuple[str, ...]) -> None:
    await agree(here, *sides)  # type: ignore[arg-type] # ids of partnerships
    officer = await here.caller("constable", "police")
    await entered(await here.caller("constable", "police", partnership=PETERBOROUGH))
    person = await entered(officer)
    answering = Ledger(here, PETERBOROUGH)
    await answering.new()
    refused = await officer.post(f"/v1/people/{person}/enquiries", ASK)
    assert (refused.status_code, refused.json()["code"]) == (409, "no-agreement-between")
    unknown = await officer.post(f"/v1/people/{person}/enquiries", ASK | {"partner": "nowhere"})
    assert unknown.json()["code"] == refused.json()["code"], "that a partnership is here is told to nobody"
    assert await answering.new() == []


async def test_either_side_ends_it_with_the_next_question(here: World) -> None:
    await agree(here, FENLAND, PETERBOROUGH)
    officer = await here.caller("constable", "police")
    person = await entered(officer)
    assert (await officer.post(f"/v1/people/{person}/enquiries", ASK)).status_code == 200
    administrator = await here.caller("administrator", "hub", partnership=PETERBOROUGH)
    ended = await administrator.post("/v1/partnership-agreements/neighbours/end", {"reason": "no border any more"})
    assert ended.status_code == 200
    assert (await officer.post(f"/v1/people/{person}/enquiries", ASK)).json()["code"] == "no-agreement-between"


async def test_a_question_that_is_sent_twice_is_one_question(here: World) -> None:
    await agree(here, FENLAND, PETERBOROUGH)
    officer = await here.caller("constable", "police")
    person = await entered(officer)
    first, again = [
        (await officer.post(f"/v1/people/{person}/enquiries", ASK, idempotency_key="once")).json() for _ in range(2)
    ]
    assert first["enquiry"] == again["enquiry"]
    page = await here.hub.decider.log.read(log_of(PETERBOROUGH))
    received = [one for one in page.events if isinstance(here.hub.codec.fact(one), EnquiryReceived)]
    assert len(received) == 1


async def test_a_name_that_was_entered_for_it_is_not_asked_about(here: World) -> None:
    await agree(here, FENLAND, PETERBOROUGH)
    officer = await here.caller("constable", "police")
    person = await entered(officer, met=False)
    assert (await officer.post(f"/v1/people/{person}/enquiries", ASK)).json()["code"] == "not-met-here"


async def test_nothing_of_the_other_partnership_is_seen_by_who_asks(here: World) -> None:
    await agree(here, FENLAND, PETERBOROUGH)
    officer = await here.caller("constable", "police")
    coordinator = await here.caller("hub-coordinator", "hub")
    there = await here.caller("constable", "police", partnership=PETERBOROUGH)
    known_there, person = await entered(there), await entered(officer)
    assert (await officer.post(f"/v1/people/{person}/enquiries", ASK)).json()["answer"] == "known"
    for caller in (officer, coordinator):
        for part in ("", "/timeline", "/encounters", "/enquiries", "/why"):
            assert (await caller.get(f"/v1/people/{known_there}{part}")).status_code == 404
    found = (await officer.post("/v1/people/search", DANA)).json()["people"]
    assert [one["shown"]["row"]["person"] for one in found] == [person]
    log = here.logged()
    assert not any(word in log for word in ("Danuta", "Kowalczyk", "1985-03-27"))
