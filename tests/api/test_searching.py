"""Looking for somebody over HTTP: by whatever is known, with reasons; who is shown whom, and how often."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from application.ports import log_of
from application.published.partnerships import opener
from application.readings.searching import SHOWN_MAX
from domain.governance.access import Searched
from domain.governance.agreement import VaryAgreement
from domain.governance.partnership import partnership as governed
from domain.ids import AgencyId, PartnershipId
from domain.search_limits import SetSearchLimits
from tests.api.test_http import problem
from tests.api.world import AGREEMENT, FENLAND, Caller, World, world

pytestmark = pytest.mark.anyio

SEARCH = "/v1/people/search"
TONY = {
    "given_name": "Antoni",
    "family_name": "Kowalski",
    "nickname": "Big Tony",
    "born": "1985-03-12",
    "phone": "07700 900123",
    "address": "3 High Street, PE1 1AA",
    "where_found": "Bridge Street, by the bank",
}


@pytest.fixture
async def here() -> AsyncIterator[World]:
    async with world() as made:
        await made.agencies(
            ("hub", "partnership"), ("police", "police"), ("housing", "housing-options"), ("cgl", "drug-and-alcohol")
        )
        yield made


@pytest.fixture
async def officer(here: World) -> Caller:
    return await here.caller("constable", "police", worker="officer")


@pytest.fixture
async def housing(here: World) -> Caller:
    return await here.caller("agency-worker", "housing", worker="housing-1")


async def found(caller: Caller, **sought: object) -> dict[str, Any]:
    answer = await caller.post(SEARCH, sought)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def entered(caller: Caller, **details: object) -> str:
    """Enter somebody: nobody of those shown is the one."""
    looked = await found(caller, **{name: details[name] for name in ("given_name", "family_name", "born")})
    answer = "none-of-these" if looked["people"] else "nobody-found"
    made = await caller.post(
        "/v1/people", {"identity": "stated", "search": looked["search"], "answer": answer, **details}
    )
    assert made.status_code == 201, made.text
    return str(made.json()["person"])


@pytest.mark.parametrize(
    ("sought", "why"),
    [
        ({"name": "Kowalski", "born": "1985-03-12"}, "born-same"),
        ({"name": "Antoni Kowalsky", "born": "1985-12-03"}, "born-swapped"),
        ({"name": "Kowalski Antoni"}, "order-swapped"),
        ({"phone": "+44 7700 900 123"}, "phone-same"),
        ({"postcode": "pe11aa"}, "postcode-same"),
        ({"name": "Tony", "place": "Bridge Street"}, "place-same"),
        ({"nickname": "big tony", "born_in": 1985}, "nickname-same"),
    ],
)
async def test_somebody_is_found_by_whatever_is_known_and_it_is_said_why(
    officer: Caller, sought: dict[str, object], why: str
) -> None:
    person = await entered(officer, **TONY)
    await entered(officer, given_name="Maria", family_name="Nowak", born="1990-05-06")
    (first, *_) = (await found(officer, **sought))["people"]
    assert first["shown"]["row"]["person"] == person
    assert why in first["reasons"]
    assert first["likelihood"] in {"very-likely", "likely", "possible"}


async def test_of_many_namesakes_none_is_likely_and_that_there_are_more_is_said(officer: Caller) -> None:
    for year in range(1960, 1960 + SHOWN_MAX + 1):
        born = {"given_name": "Jan", "family_name": "Nowak", "born": f"{year}-{1 + year % 12:02}-{1 + year % 27:02}"}
        made = await officer.post("/v1/people", {"identity": "stated", "provisional": "no-signal", **born})
        assert made.status_code == 201, made.text
    many = await found(officer, name="Jan Nowak")
    assert (len(many["people"]), many["more"]) == (SHOWN_MAX, True)
    assert {one["likelihood"] for one in many["people"]} == {"possible"}
    few = await found(officer, name="Jan Nowak", born="1970-03-27")
    assert few["people"][0]["likelihood"] == "very-likely"
    one = await found(officer, reference=few["people"][0]["shown"]["row"]["reference"])
    assert (len(one["people"]), one["more"]) == (1, False)


async def test_who_goes_by_other_names_is_shown_only_for_what_few_share(officer: Caller) -> None:
    person = await entered(officer, **TONY)
    one_digit_off = await found(officer, name="Somebody Unheard-of", born="1985-03-22")
    assert one_digit_off["people"] == []
    same_day = await found(officer, name="Somebody Unheard-of", born="1985-03-12", phone="07700 900123")
    assert [one["shown"]["row"]["person"] for one in same_day["people"]] == [person]


async def test_of_a_stranger_no_more_is_shown_than_it_takes_to_recognise_them(officer: Caller, housing: Caller) -> None:
    person = await entered(officer, **TONY)
    flag = {"kind": "staff-safety", "source": "seen", "expires_on": "2099-01-01", "reason": "Carries a knife"}
    assert (await officer.post(f"/v1/people/{person}/flags", flag)).status_code in {200, 201}
    looked = await found(housing, name="Antoni Kowalski", born="1985-03-12")
    (one,) = looked["people"]
    assert (one["opens"], one["ask"]) == (False, "hub")
    row = one["shown"]["row"]
    assert (row["given_name"], row["born"], row["flags"]) == ("Antoni", "1985-03-12", ["staff-safety"])
    assert not {"phone", "address", "where_found", "by_agency"} & set(row)
    assert "07700" not in str(looked)
    assert (await housing.get(f"/v1/people/{person}")).status_code == 404
    recognised = await housing.post(f"/v1/people/{person}/recognise", {"search": looked["search"]})
    assert recognised.status_code == 200, recognised.text
    (one,) = (await found(housing, name="Antoni Kowalski", born="1985-03-12"))["people"]
    assert (one["opens"], one["ask"]) == (True, None)


async def test_an_agency_outside_the_agreement_sees_nobody_and_nobody_of_it_is_seen(
    here: World, officer: Caller, housing: Caller
) -> None:
    await entered(officer, **TONY)
    theirs = await entered(housing, given_name="Maria", family_name="Nowak", born="1990-05-06")
    partnership = PartnershipId(FENLAND)
    known = (await here.hub.decider.know(partnership)(governed())).agreements[AGREEMENT]
    leaves = VaryAgreement(
        at=here.clock.now(),
        agreement=AGREEMENT,
        parties=known.parties - {AgencyId("housing")},
        purposes=known.purposes,
        categories=known.categories,
        crossings=known.crossings,
        review_date=known.review_date,
        reason="housing left",
    )
    await here.hub.decider.decide(leaves, opener(partnership))
    assert (await housing.post(SEARCH, {"name": "Antoni Kowalski", "born": "1985-03-12"})).status_code == 404
    people = (await found(officer, name="Maria Nowak", born="1990-05-06"))["people"]
    assert theirs not in str(people)


async def test_another_partnerships_people_are_never_found(here: World, officer: Caller) -> None:
    await entered(officer, **TONY)
    await here.agencies(("hub", "partnership"), ("police", "police"), partnership="soham")
    elsewhere = await here.caller("constable", "police", worker="elsewhere", partnership="soham")
    assert (await found(elsewhere, name="Antoni Kowalski", born="1985-03-12"))["people"] == []
    assert (await found(elsewhere, phone="07700 900123"))["people"] == []


async def test_who_was_unsure_of_whom_waits_in_the_queue(here: World, officer: Caller) -> None:
    known = await entered(officer, **TONY)
    looked = await found(officer, name="Anton Kowalsky", born="1985-03-12")
    body = {"given_name": "Anton", "family_name": "Kowalsky", "born": "1985-03-12", "identity": "stated"}
    made = await officer.post("/v1/people", {**body, "search": looked["search"], "answer": "unsure", "unsure": [known]})
    assert made.status_code == 201, made.text
    coordinator = await here.caller("hub-coordinator", "hub", worker="coordinator")
    pairs = (await coordinator.get("/v1/people/duplicates")).text
    assert known in pairs
    assert made.json()["person"] in pairs


async def test_a_search_is_in_the_ledger_with_what_was_looked_for_and_who_was_shown(
    here: World, officer: Caller
) -> None:
    person = await entered(officer, **TONY)
    await found(officer, name="Antoni Kowalski", phone="07700 900123", place="Bridge Street")
    log = log_of(PartnershipId(FENLAND), "access")
    last = here.hub.codec.recorded((await here.hub.decider.log.read(log, None)).events[-1]).fact
    assert isinstance(last, Searched)
    assert (last.persons, last.keys) == ((person,), ("name", "phone", "place"))
    assert "identity" in last.opened
    written = (await here.hub.decider.log.read(log, None)).events[-1].entry
    assert b"Kowalski" not in written
    assert b"900123" not in written


async def limited(here: World, an_hour: int, told_searches: int) -> None:
    limits = SetSearchLimits(at=here.clock.now(), an_hour=an_hour, told_searches=told_searches, told_strangers=1_000)
    await here.hub.decider.decide(limits, opener(PartnershipId(FENLAND)))


async def test_who_searches_too_often_waits_and_street_work_goes_on(here: World, officer: Caller) -> None:
    coordinator = await here.caller("hub-coordinator", "hub", worker="coordinator")
    await limited(here, 2, 100)
    assert (await coordinator.get("/v1/search-limits")).json()["limits"]["an_hour"] == 2
    sought = {"name": "Antoni Kowalski", "born": "1985-03-12"}
    for _ in range(2):
        assert (await officer.post(SEARCH, sought)).status_code == 200
    refused = await officer.post(SEARCH, sought)
    problem(refused, 429, "search-limit-reached")
    assert 0 < int(refused.headers["retry-after"]) <= 3600
    provisional = {"identity": "unknown", "provisional": "no-name-given", "description": "red coat"}
    assert (await officer.post("/v1/people", provisional)).status_code == 201
    assert (await coordinator.post(SEARCH, sought)).status_code == 200


async def test_what_stands_out_is_told_to_who_protects_the_data_and_to_the_log(here: World, officer: Caller) -> None:
    coordinator = await here.caller("hub-coordinator", "hub", worker="coordinator")
    await limited(here, 50, 3)
    for _ in range(4):
        await found(officer, name="Antoni Kowalski", born="1985-03-12")
    assert [one["signs"] for one in here.lines() if "signs" in one] == [["many-searches"]]
    guardian = await here.caller("data-protection-officer", "hub", worker="dpo")
    (alert,) = (await guardian.get("/v1/search-alerts")).json()["items"]
    assert (alert["worker"], alert["agency"], alert["sign"], alert["searches"]) == (
        "officer",
        "police",
        "many-searches",
        4,
    ), "the whole day is counted, not what it was when the sign was told"
    elsewhere = await here.caller("data-protection-officer", "housing", worker="dpo-2")
    assert (await elsewhere.get("/v1/search-alerts")).json()["items"] == []
    review = f"/v1/search-alerts/officer/{alert['on']}/review"
    said = {"finding": "for-work", "rationale": "She looked for one family, and found it."}
    problem(await elsewhere.post(review, said), 404, "unknown")
    problem(await officer.post(review, said), 403, "not-permitted")
    problem(await guardian.post("/v1/search-alerts/officer/someday/review", said), 404, "unknown")
    problem(await guardian.post("/v1/search-alerts/officer/2020-01-01/review", said), 404, "unknown")
    assert (await guardian.post(review, said)).status_code == 200
    (alert,) = (await guardian.get("/v1/search-alerts")).json()["items"]
    assert (alert["finding"], alert["rationale"], alert["reviewed_by"]) == (*said.values(), "dpo")
    problem(await officer.get("/v1/search-alerts"), 403, "not-permitted")
    problem(await coordinator.get("/v1/search-alerts"), 403, "not-permitted")


@pytest.mark.parametrize(
    "name",
    ["<script>alert(1)</script> x", "' OR 1=1 --", "\u202eannA ttocS", "محمد علي", "Ђорђе Љиљана", "%00 %s", "a" * 400],
)
async def test_whatever_is_typed_is_looked_for_and_nothing_breaks(officer: Caller, name: str) -> None:
    answer = await officer.post(SEARCH, {"name": name, "born_in": 1990})
    assert answer.status_code == 200, answer.text
    assert answer.json()["people"] == []
