"""Two records of one human: somebody sees that they are alike and why, and says what they are."""

import datetime as dt
from collections.abc import AsyncIterator
from typing import Any

import pytest

from application.ports import log_of
from application.published.partnerships import opener
from domain.governance.access import Consulted
from domain.governance.agreement import VaryAgreement
from domain.ids import AgencyId
from tests.api.test_every_read import done
from tests.api.world import AGREEMENT, FENLAND, Caller, World, world

pytestmark = pytest.mark.anyio

QUEUE = "/v1/people/duplicates"
JON = {"given_name": "Jon", "family_name": "Smyth", "born": "1984-03-11", "phone": "07700 900123"}
JOHN = {"given_name": "John", "family_name": "Smith", "born": "1984-11-03", "phone": "07700 900123"}
NOBODY_LIKE = {"given_name": "Ewa", "family_name": "Nowak", "born": "1991-07-30"}


@pytest.fixture
async def here() -> AsyncIterator[World]:
    async with world() as made:
        await made.agencies(("hub", "partnership"), ("police", "police"), ("housing", "housing-options"))
        yield made


async def entered(by: Caller, who: dict[str, str]) -> str:
    """Somebody is entered on the street, where nobody could look first."""
    made = await done(by, "/v1/people", {"identity": "stated", "provisional": "no-signal", **who})
    return made["person"]


async def queue_of(caller: Caller, **query: str) -> list[dict[str, Any]]:
    answer = await caller.get(QUEUE + ("?" if query else "") + "&".join(f"{key}={one}" for key, one in query.items()))
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


def pair_of(shown: dict[str, Any]) -> set[str]:
    return {shown["one"]["row"]["person"], shown["other"]["row"]["person"]}


async def two_johns(here: World) -> tuple[Caller, Caller, str, str]:
    """Two workers enter one human each in their own spelling."""
    hub = await here.caller("hub-coordinator", "hub", worker="coordinator")
    officer = await here.caller("constable", "police", worker="officer")
    adviser = await here.caller("agency-worker", "housing", worker="adviser")
    jon = await entered(officer, JON)
    here.clock.pass_by(days=3)
    john = await entered(adviser, JOHN)
    await entered(adviser, NOBODY_LIKE)
    return hub, officer, jon, john


async def test_a_coordinator_sees_that_two_workers_entered_one_human_and_why(here: World) -> None:
    hub, _, jon, john = await two_johns(here)
    [shown] = await queue_of(hub)
    assert pair_of(shown) == {jon, john}
    assert {"born-swapped", "phone-same"} <= set(shown["reasons"])
    assert shown["certainty"] in {"same", "alike"}
    assert {shown[side]["row"]["given_name"] for side in ("one", "other")} == {"Jon", "John"}
    for path in (f"/v1/people/{jon}/duplicates/{john}", f"/v1/people/{john}/duplicates/{jon}"):
        assert pair_of((await hub.get(path)).json()) == {jon, john}
    here.clock.pass_by(days=4)
    waiting = (await hub.get(f"{QUEUE}/waiting")).json()
    assert (waiting["count"], waiting["waiting"][0]["longest_days"]) == (1, 4)


async def test_two_people_for_good_are_never_shown_together_again(here: World) -> None:
    hub, officer, jon, john = await two_johns(here)
    told = await hub.post(f"/v1/people/{jon}/distinct", {"other": john, "reason": "father and son"})
    assert told.status_code == 200, told.text
    assert await queue_of(hub) == []
    await done(officer, f"/v1/people/{jon}/aliases", {"given_name": "John", "family_name": "Smith"})
    assert await queue_of(hub) == []
    assert (await hub.get(f"/v1/people/{jon}/duplicates/{john}")).status_code == 404
    await done(hub, f"/v1/people/{jon}/distinct/withdraw", {"other": john, "reason": "one passport"})
    assert len(await queue_of(hub)) == 1


async def test_who_was_told_apart_stays_so_whatever_becomes_of_a_proposal_that_still_waits(here: World) -> None:
    hub, officer, jon, john = await two_johns(here)
    second = await here.caller("problem-solving-coordinator", "hub", worker="second")
    made = await done(hub, "/v1/merges", {"person": jon, "other": john, "reason": "same phone"})
    await done(second, f"/v1/people/{jon}/distinct", {"other": john, "reason": "father and son"})
    await done(second, f"/v1/merges/{made['merge']}/decide", {"agree": False})
    here.clock.pass_by(hours=1)
    await done(officer, f"/v1/people/{jon}/aliases", {"given_name": "John", "family_name": "Smith"})
    assert await queue_of(hub) == []


async def test_a_proposed_merge_leaves_the_queue_and_comes_back_refused_only_with_new_evidence(here: World) -> None:
    hub, officer, jon, john = await two_johns(here)
    second = await here.caller("problem-solving-coordinator", "hub", worker="second")
    made = await done(hub, "/v1/merges", {"person": jon, "other": john, "reason": "same phone"})
    assert await queue_of(hub) == []
    await done(second, f"/v1/merges/{made['merge']}/decide", {"agree": False})
    assert await queue_of(hub) == []
    await done(
        officer,
        f"/v1/people/{jon}/flags",
        {"kind": "staff-safety", "source": "seen", "expires_on": "2025-09-01", "reason": "shouts"},
    )
    assert await queue_of(hub) == [], "a flag says nothing of who somebody is"
    here.clock.pass_by(hours=1)
    await done(officer, f"/v1/people/{jon}/aliases", {"given_name": "John", "family_name": "Smith"})
    assert len(await queue_of(hub)) == 1


async def test_a_proposal_waits_for_those_who_know_both_until_one_of_them_goes_on_under_another(here: World) -> None:
    hub, officer, jon, john = await two_johns(here)
    second = await here.caller("problem-solving-coordinator", "hub", worker="second")
    pairs = [{"person": jon, "other": john, "reason": "same phone"}, {"person": "", "other": john, "reason": "guess"}]
    ewa = await entered(hub, {"given_name": "Ewa", "family_name": "Nowak", "born": "1991-07-30"})
    first, guess = [(await done(hub, "/v1/merges", one | {"person": one["person"] or ewa}))["merge"] for one in pairs]

    async def waiting(caller: Caller, path: str = "/v1/merges") -> set[str]:
        items = (await caller.get(path)).json()["items"]
        assert all(one["reference"].startswith("P-") and one["other_reference"].startswith("P-") for one in items)
        return {one["shown"]["row"]["merge"] for one in items}

    assert (await waiting(second), await waiting(officer)) == ({first, guess}, set())
    await done(second, f"/v1/merges/{first}/decide", {"agree": True})
    assert (await waiting(second), await waiting(second, "/v1/merges/to-review")) == (set(), {first})
    assert await waiting(officer, "/v1/merges/to-review") == set()
    await done(hub, f"/v1/merges/{first}/undo", {"reason": "Both came to the hub"})
    assert await waiting(second) == {guess}


async def test_whoever_is_not_sure_leaves_a_note_and_the_pair_stays(here: World) -> None:
    hub, officer, jon, john = await two_johns(here)
    defer = f"/v1/people/{jon}/duplicates/{john}/defer"
    assert (await officer.post(defer, {"note": "x"})).status_code == 404, "the other does not concern the police"
    await done(hub, defer, {"note": "Ask the day centre: they know both"})
    [shown] = await queue_of(hub)
    assert shown["note"] == "Ask the day centre: they know both"
    assert shown["deferred_by"] == "coordinator"


async def test_a_pair_is_seen_only_by_whoever_may_see_both(here: World) -> None:
    hub, officer, jon, john = await two_johns(here)
    assert await queue_of(officer) == []
    assert (await officer.get(f"/v1/people/{jon}/duplicates/{john}")).status_code == 404
    asked = {name: JOHN[name] for name in ("given_name", "family_name", "born")}
    search = (await officer.post("/v1/people/search", asked)).json()
    await done(officer, f"/v1/people/{john}/recognise", {"search": search["search"]})
    [shown] = await queue_of(officer)
    assert pair_of(shown) == {jon, john}
    reporter = await here.caller("panel-member", "hub", worker="lay")
    assert (await reporter.get(QUEUE)).status_code == 403
    narrowed = VaryAgreement(
        at=here.clock.now(),
        agreement=AGREEMENT,
        parties=frozenset({AgencyId("hub"), AgencyId("police")}),
        purposes=frozenset({"prevention", "support"}),
        categories=frozenset({"register"}),
        crossings=frozenset({"law-enforcement-to-general", "general-to-law-enforcement"}),
        review_date=dt.date(2040, 1, 1),
        reason="housing left",
    )
    await here.hub.decider.decide(narrowed, opener(FENLAND))
    assert await queue_of(hub) == [], "housing entered one of them, and shares nothing any more"
    assert await queue_of(officer) == []


async def test_who_was_compared_stands_in_the_access_ledger(here: World) -> None:
    hub, _, jon, john = await two_johns(here)
    log = log_of(FENLAND, "access")
    before = await here.hub.decider.log.head(log)
    await queue_of(hub)
    page = await here.hub.decider.log.read(log, after=before, sealed=True)
    [look] = [here.hub.codec.recorded(one).fact for one in page.events]
    assert isinstance(look, Consulted)
    assert set(look.persons) == {jon, john}
    assert look.opened == ("identity",)
    await hub.get(f"{QUEUE}/waiting")
    assert await here.hub.decider.log.head(log) == before + 1, "a count is of nobody"


async def test_a_long_queue_is_read_page_by_page_and_nothing_is_lost_or_doubled(here: World) -> None:
    hub = await here.caller("hub-coordinator", "hub", worker="coordinator")
    officer = await here.caller("constable", "police", worker="officer")
    for number in range(5):
        who = {
            "given_name": f"Given{'abcde'[number]}",
            "family_name": f"Family{'vwxyz'[number]}",
            "born": f"198{number}-03-1{number}",
        }
        for _ in range(2):
            here.clock.pass_by(minutes=number)
            await entered(officer, who | {"phone": f"0770090{number}12{number}"})
    seen: list[frozenset[str]] = []
    answer = await hub.get(f"{QUEUE}?limit=2")
    while True:
        body = answer.json()
        seen += [frozenset(pair_of(one)) for one in body["items"]]
        if body["next"] is None:
            break
        answer = await hub.get(f"{QUEUE}?limit=2&cursor={body['next']}")
    assert len(seen) == len(set(seen)) == 5
    assert (await hub.get(f"{QUEUE}?cursor=nonsense")).status_code == 400


async def test_whom_a_searcher_was_not_sure_of_waits_for_somebody_who_knows(here: World) -> None:
    hub = await here.caller("hub-coordinator", "hub", worker="coordinator")
    officer = await here.caller("constable", "police", worker="officer")
    known = await entered(officer, {"given_name": "Gary", "family_name": "Miller", "born": "1979-02-01"})
    sought = {"given_name": "Gary", "family_name": "Miller", "born": "1979-02-01"}
    found = (await officer.post("/v1/people/search", sought)).json()
    assert [one["shown"]["row"]["person"] for one in found["people"]] == [known]
    other = {"given_name": "Zbigniew", "family_name": "Gary", "born": "1990-12-12"}
    made = await done(
        officer,
        "/v1/people",
        {"identity": "stated", "search": found["search"], "answer": "unsure", "unsure": [known], **other},
    )
    [shown] = await queue_of(hub)
    assert pair_of(shown) == {known, made["person"]}
    assert (shown["certainty"], shown["note"]) == ("possible", None)
    assert shown["unsure_at"] is not None
