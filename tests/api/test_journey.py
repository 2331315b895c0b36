"""A person's journey over HTTP: met, entered, referred, answered; who sees what of it, and how it is read."""

import datetime as dt
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from tests.api.test_http import problem
from tests.api.world import Caller, World, world

pytestmark = pytest.mark.anyio

CORE = {
    "safe_contact": {"may_post": False, "may_leave_message": True, "how": "by the hub"},
    "language": "en",
    "urgency": "soon",
    "children": "none",
    "accommodation_tonight": "rough-sleeping",
    "id_held": "no",
    "gp_registered": "not-known",
}
SERVICE = {
    "service": "housing-advice",
    "agency": "housing",
    "name": "Housing advice",
    "needs": ["housing"],
    "places": 2,
}


@pytest.fixture
async def here() -> AsyncIterator[World]:
    async with world() as made:
        await made.agencies(
            ("hub", "partnership"),
            ("police", "police"),
            ("housing", "housing-options"),
            ("cgl", "drug-and-alcohol"),
        )
        yield made


@pytest.fixture
async def coordinator(here: World) -> Caller:
    return await here.caller("hub-coordinator", "hub", worker="coordinator")


@pytest.fixture
async def housing(here: World) -> Caller:
    return await here.caller("agency-worker", "housing", worker="housing-1")


@pytest.fixture
async def stranger(here: World) -> Caller:
    return await here.caller("agency-worker", "cgl", worker="cgl-1")


async def entered(caller: Caller, **details: object) -> str:
    """Enter somebody after a search."""
    asked = {"given_name": "Jane", "family_name": "Smith", "born": "1990-05-06", **details}
    search = await caller.post(
        "/v1/people/search", {name: asked[name] for name in ("given_name", "family_name", "born")}
    )
    assert search.status_code == 200, search.text
    answer = "none-of-these" if search.json()["people"] else "nobody-found"
    body = {"identity": "stated", "search": search.json()["search"], "answer": answer, **asked}
    made = await caller.post("/v1/people", body)
    assert made.status_code == 201, made.text
    return str(made.json()["person"])


async def referred(caller: Caller, person: str) -> str:
    """Refer somebody for housing."""
    body = {
        "person": person,
        "service": "housing-advice",
        "need": "housing",
        "core": CORE,
        "reason": "Sleeps behind the library",
        "basis": "agreed-at-hub",
        "rationale": "Said so at the hub",
    }
    sent = await caller.post("/v1/referrals", body)
    assert sent.status_code == 201, sent.text
    assert sent.headers["location"] == f"/v1/referrals/{sent.json()['referral']}"
    return str(sent.json()["referral"])


def same(answers: list[httpx.Response]) -> bool:
    """Whether answers differ in nothing but the request's id."""
    told = [problem(answer, 404, "unknown") | {"instance": ""} for answer in answers]
    headers = [{name: one for name, one in answer.headers.items() if name != "x-request-id"} for answer in answers]
    return all(one == told[0] for one in told) and all(one == headers[0] for one in headers)


async def offered(caller: Caller) -> None:
    made = await caller.post("/v1/services", SERVICE)
    assert made.status_code == 201, made.text


async def test_a_referral_is_sent_read_and_accepted(coordinator: Caller, housing: Caller) -> None:
    await offered(coordinator)
    person = await entered(coordinator)
    referral = await referred(coordinator, person)

    waiting = (await housing.get("/v1/referrals/incoming")).json()["items"]
    assert [one["shown"]["row"]["referral"] for one in waiting] == [referral]
    assert waiting[0]["who"]["given_name"] == "Jane"

    accepted = await housing.post(f"/v1/referrals/{referral}/accept", {})
    assert accepted.status_code == 200, accepted.text
    seen = await housing.get(f"/v1/referrals/{referral}?after={accepted.json()['position']}")
    assert seen.json()["row"]["status"] == "accepted"
    sender = await coordinator.get(f"/v1/referrals/{referral}")
    assert sender.json()["row"]["status"] == "accepted"
    assert (await coordinator.get("/v1/referrals/outgoing")).status_code == 200


async def test_what_does_not_concern_you_is_answered_as_if_it_were_not_there(
    here: World, coordinator: Caller, stranger: Caller
) -> None:
    await offered(coordinator)
    person = await entered(coordinator)
    referral = await referred(coordinator, person)
    await here.agencies(("housing", "housing-options"), partnership="wisbech")
    abroad = await here.caller("agency-worker", "housing", partnership="wisbech")
    for theirs, nowhere in (
        (f"/v1/people/{person}", "/v1/people/nobody"),
        (f"/v1/people/{person}/timeline", "/v1/people/nobody/timeline"),
        (f"/v1/referrals/{referral}", "/v1/referrals/none"),
    ):
        answers = [await stranger.get(path) for path in (theirs, nowhere)] + [await abroad.get(theirs)]
        assert same(answers)
    for act in ("accept", "receive"):
        assert same([await stranger.post(f"/v1/referrals/{one}/{act}", {}) for one in (referral, "none")])


async def test_a_refusal_names_the_rule_what_would_permit_it_and_whom_to_phone(
    coordinator: Caller, housing: Caller
) -> None:
    await offered(coordinator)
    referral = await referred(coordinator, await entered(coordinator))
    answer = await coordinator.post(f"/v1/referrals/{referral}/accept", {})
    said = problem(answer, 403, "not-addressed-to-you")
    assert said["rule"] == said["detail"]
    assert said["permitted_by"]
    assert said["ask"] == {"agency": "housing", "name": "Housing", "phone": "01354 654321"}
    page = await housing.client.get(said["type"])
    assert said["title"] in page.text
    described = {"name": "Housing options", "logs_in": True, "phone": "01354 111222"}
    changed = await coordinator.put("/v1/agencies/housing/details", described, if_match="*")
    assert changed.status_code == 200, changed.text
    said = problem(await coordinator.post(f"/v1/referrals/{referral}/accept", {}), 403, "not-addressed-to-you")
    assert said["ask"] == {"agency": "housing", "name": "Housing options", "phone": "01354 111222"}


async def test_a_full_service_says_how_many_places_it_has(coordinator: Caller, housing: Caller) -> None:
    await offered(coordinator)
    for number in range(2):
        person = await entered(coordinator, family_name=f"Smith{number}")
        await housing.post(f"/v1/referrals/{await referred(coordinator, person)}/accept", {})
    person = await entered(coordinator, family_name="Jones")
    answer = await housing.post(f"/v1/referrals/{await referred(coordinator, person)}/accept", {})
    assert answer.status_code == 409, answer.text
    assert 2 in answer.json()["facts"].values()


async def test_a_tag_changes_with_what_is_seen_and_spares_sending_it_again(
    coordinator: Caller, housing: Caller, stranger: Caller
) -> None:
    await offered(coordinator)
    person = await entered(coordinator)
    referral = await referred(coordinator, person)
    path = f"/v1/referrals/{referral}"
    first = await housing.get(path)
    tag = first.headers["etag"]
    again = await housing.get(path, if_none_match=tag)
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == tag
    assert (await housing.get(path, if_none_match='"1-000000000000000000000000"')).status_code == 200
    await entered(coordinator, family_name="Other")  # what is recorded of others changes nothing here
    assert (await housing.get(path, if_none_match=tag)).status_code == 304
    problem(await stranger.get(path, if_none_match=tag), 404, "unknown")
    await housing.post(f"{path}/accept", {})
    assert (await housing.get(path, if_none_match=tag)).headers["etag"] != tag


async def test_the_tag_of_what_two_viewers_see_differently_differs(here: World, coordinator: Caller) -> None:
    person = await entered(coordinator)
    officer = await here.caller("constable", "police")
    met = await officer.post("/v1/people/search", {"given_name": "Jane", "family_name": "Smith", "born": "1990-05-06"})
    assert (await officer.post(f"/v1/people/{person}/recognise", {"search": met.json()["search"]})).status_code == 200
    tags = {(await caller.get(f"/v1/people/{person}")).headers["etag"] for caller in (coordinator, officer)}
    bodies = {(await caller.get(f"/v1/people/{person}")).text for caller in (coordinator, officer)}
    assert len(tags) == len(bodies)


async def test_an_edit_says_which_state_it_edits(coordinator: Caller) -> None:
    person = await entered(coordinator)
    path = f"/v1/people/{person}"
    languages = {"understands": ["en", "pl"]}
    problem(await coordinator.put(f"{path}/languages", languages), 428, "precondition-required")
    tag = (await coordinator.get(path)).headers["etag"]
    assert (await coordinator.put(f"{path}/languages", languages, if_match=tag)).status_code == 200
    stale = await coordinator.put(f"{path}/languages", {"understands": ["pl"]}, if_match=tag)
    problem(stale, 412, "precondition-failed")
    for unreadable in ("nonsense", f"W/{tag}", '"0-000000000000000000000000"'):
        problem(await coordinator.put(f"{path}/languages", languages, if_match=unreadable), 412, "precondition-failed")
    assert (await coordinator.put(f"{path}/languages", {"understands": ["fr"]}, if_match="*")).status_code == 200
    assert (await coordinator.get(path)).json()["shown"]["row"]["understands"] == ["fr"]


async def test_an_edit_of_what_is_not_yours_is_not_told_from_one_of_nothing(
    coordinator: Caller, stranger: Caller
) -> None:
    person = await entered(coordinator)
    languages = {"understands": ["en"]}
    for path in (f"/v1/people/{person}/languages", "/v1/people/nobody/languages"):
        problem(await stranger.put(path, languages, if_match="*"), 404, "unknown")


async def test_an_address_names_a_thing_and_whose_it_is(coordinator: Caller) -> None:
    one, other = await entered(coordinator), await entered(coordinator, family_name="Other")
    met = await coordinator.post(
        f"/v1/people/{one}/encounters", {"kind": "outreach", "place": "Market Place", "facts_observed": "Cold"}
    )
    assert met.status_code == 201, met.text
    assert (await coordinator.get(met.headers["location"])).status_code == 200
    elsewhere = met.headers["location"].replace(one, other)
    problem(await coordinator.get(elsewhere), 404, "unknown")


async def test_a_list_is_read_to_its_end_by_its_links(coordinator: Caller) -> None:
    for number in range(5):
        await coordinator.post("/v1/services", SERVICE | {"service": f"s-{number}"})
    path: str | None = "/v1/services?limit=2"
    found: list[str] = []
    pages = 0
    while path is not None:
        answer = await coordinator.get(path)
        assert answer.status_code == 200, answer.text
        found += [one["service"] for one in answer.json()["items"]]
        link = answer.headers.get("link")
        assert (link is None) == (answer.json()["next"] is None)
        if link is not None:
            assert link.endswith('; rel="next"')
        path = link and link[1 : link.index(">")]
        pages += 1
    assert found == [f"s-{number}" for number in range(5)]
    assert pages == 3


@pytest.mark.parametrize("cursor", ["", "x", "AAAA", "W10", "WyJhIl0", "bnVsbA", "%ff"])
async def test_a_cursor_that_is_none_of_ours_is_a_problem(coordinator: Caller, cursor: str) -> None:
    problem(await coordinator.get(f"/v1/services?cursor={cursor}"), 400, "invalid-parameter")


@pytest.mark.parametrize(
    ("query", "pointer", "code"),
    [
        ("limit=0", "?limit", "out-of-range"),
        ("limit=many", "?limit", "wrong-type"),
        ("limit=5&limit=6", "?limit", "given-twice"),
        ("need=gold", "?need", "not-in-the-list"),
        ("after=-1", "?after", "wrong-form"),
        ("offered_by=No%20Slug", "?offered_by", "wrong-form"),
    ],
)
async def test_a_parameter_that_cannot_be_read_is_named(
    here: World, coordinator: Caller, query: str, pointer: str, code: str
) -> None:
    answer = await coordinator.get(f"/v1/services?{query}")
    assert problem(answer, 400, "invalid-parameter")["errors"] == [{"pointer": pointer, "code": code}]
    for value in ("many", "gold", "Slug"):
        assert value not in answer.text + here.logged()


async def test_a_naive_time_in_a_parameter_is_refused(coordinator: Caller) -> None:
    person = await entered(coordinator)
    answer = await coordinator.get(f"/v1/people/{person}?as_at=2025-06-02T10:00:00")
    assert problem(answer, 400, "invalid-parameter")["errors"] == [{"pointer": "?as_at", "code": "no-offset"}]


async def test_a_person_is_shown_as_they_were_known_then(here: World, coordinator: Caller) -> None:
    person = await entered(coordinator)
    then = here.clock.now().isoformat().replace("+00:00", "Z")
    here.clock.pass_by(days=1)
    tag = (await coordinator.get(f"/v1/people/{person}")).headers["etag"]
    await coordinator.patch(f"/v1/people/{person}", {"identity": "documented", "given_name": "Janet"}, if_match=tag)
    now = (await coordinator.get(f"/v1/people/{person}")).json()["shown"]["row"]
    before = (await coordinator.get(f"/v1/people/{person}?as_at={then}")).json()["shown"]["row"]
    assert (before["given_name"], now["given_name"]) == ("Jane", "Janet")


async def test_a_timeline_is_filtered_by_category(coordinator: Caller) -> None:
    person = await entered(coordinator)
    await coordinator.post(f"/v1/people/{person}/encounters", {"kind": "outreach"})
    lines = (await coordinator.get(f"/v1/people/{person}/timeline?categories=engagement,hub")).json()["items"]
    assert {line["category"] for line in lines} == {"engagement"}


async def test_a_search_is_recorded_by_its_keys_and_not_by_what_was_asked(here: World, coordinator: Caller) -> None:
    person = await entered(coordinator)
    answer = await coordinator.post(
        "/v1/people/search", {"given_name": "jane", "family_name": "SMITH", "born": "1990-05-06"}
    )
    assert [one["shown"]["row"]["person"] for one in answer.json()["people"]] == [person]
    page = await here.hub.decider.log.read("fenland/case")  # type: ignore[arg-type]
    assert b"jane" not in page.events[-1].entry.lower()
    assert "smith" not in here.logged().lower()


@pytest.mark.parametrize("body", [{"given_name": "Jane"}, {"nickname": "Jay"}, {"name": "Smith"}, {"place": "Quay"}])
async def test_a_search_by_one_thing_that_many_share_is_no_search(coordinator: Caller, body: dict[str, Any]) -> None:
    problem(await coordinator.post("/v1/people/search", body), 422, "search-too-wide")
    problem(await coordinator.post("/v1/people/search", {}), 400, "invalid-body")


async def test_a_search_sent_again_is_one_search(coordinator: Caller) -> None:
    body = {"given_name": "Jane", "family_name": "Smith", "born": "1990-05-06"}
    answers = [await coordinator.post("/v1/people/search", body, idempotency_key="s-1") for _ in range(2)]
    assert answers[0].json() == answers[1].json()


async def test_guards_are_told_an_age_band_and_never_a_date_of_birth(here: World, coordinator: Caller) -> None:
    person = await entered(coordinator, born="2010-01-01")
    row = (await coordinator.get(f"/v1/people/{person}")).json()["shown"]["row"]
    assert (row["age_band"], row["born"], row["has_name"]) == ("under-16", "2010-01-01", True)
    page = await here.hub.decider.log.read("fenland/case")  # type: ignore[arg-type]
    assert all(b"2010-01-01" not in stored.entry for stored in page.events)


async def test_a_role_that_may_never_do_it_is_told_so(here: World) -> None:
    panel = await here.caller("panel-member", "hub")
    problem(await panel.post("/v1/services", SERVICE), 403, "not-permitted")
    problem(await panel.get("/v1/operations/projections"), 403, "not-permitted")


async def test_a_read_waits_no_longer_than_it_should_for_views_that_are_behind(
    here: World, coordinator: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def reached(*_: object) -> bool:
        return False

    monkeypatch.setattr(type(here.hub.models), "reached", reached)
    answer = await coordinator.get("/v1/services?after=1")
    problem(answer, 503, "not-yet-visible")
    assert int(answer.headers["retry-after"]) >= 1


async def test_a_position_that_nothing_has_is_not_waited_for(coordinator: Caller) -> None:
    answer = await coordinator.get("/v1/services?after=999999")
    assert problem(answer, 400, "invalid-parameter")["errors"] == [{"pointer": "?after", "code": "beyond-the-log"}]


async def test_what_happened_earlier_is_written_down_with_both_times(here: World, coordinator: Caller) -> None:
    person = await entered(coordinator)
    earlier = (here.clock.now() - dt.timedelta(days=3)).isoformat()
    met = await coordinator.post(f"/v1/people/{person}/encounters", {"kind": "outreach", "at": earlier})
    assert met.status_code == 201, met.text
    lines = (await coordinator.get(f"/v1/people/{person}/timeline")).json()["items"]
    line = next(one for one in lines if one["type"] == "encounter-recorded")
    assert dt.datetime.fromisoformat(line["happened"]) == dt.datetime.fromisoformat(earlier)
    assert dt.datetime.fromisoformat(line["recorded"]) == here.clock.now()
