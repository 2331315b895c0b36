"""What holds for every address: one form of error, one way with methods, types, parameters, sizes and headers."""

import asyncio
import datetime as dt
import re
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from api.problems import KINDS, Ask, ProblemError, problem_of
from api.serving import BODY_LIMIT
from domain.ids import AgencyId
from domain.refusals import Unknown
from tests.api.world import Caller, World, world

pytestmark = pytest.mark.anyio

TRACE = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
POLICE = {"agency": "police", "name": "Police", "kind": "police"}


@pytest.fixture
async def here() -> AsyncIterator[World]:
    async with world() as made:
        yield made


@pytest.fixture
async def system(here: World) -> Caller:
    return await here.caller("system", "hub")


def problem(answer: httpx.Response, status: int, code: str) -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    said: dict[str, Any] = answer.json()
    assert said["code"] == code
    assert said["type"] == f"/problems/{code}"
    assert said["status"] == status
    assert said["title"]
    assert said["instance"] == answer.headers["x-request-id"]
    return said


async def test_an_unknown_address_is_a_problem(here: World) -> None:
    problem(await here.client.get("/v2/anything?name=Smith"), 404, "no-such-address")


async def test_another_method_is_a_problem_that_names_those_allowed(here: World, system: Caller) -> None:
    answer = await system.send("DELETE", "/v1/agencies")
    problem(answer, 405, "method-not-allowed")
    assert {"POST", "OPTIONS"} <= set(answer.headers["allow"].split(", "))
    answer = await here.client.post("/health/live")
    problem(answer, 405, "method-not-allowed")
    assert set(answer.headers["allow"].split(", ")) == {"GET", "HEAD", "OPTIONS"}


async def test_options_names_every_method_of_an_address(here: World) -> None:
    answer = await here.client.options("/health/live")
    assert (answer.status_code, answer.headers["allow"]) == (204, "GET, HEAD, OPTIONS")


async def test_head_is_get_without_a_body(here: World) -> None:
    got, head = await here.client.get("/problems"), await here.client.head("/problems")
    assert head.status_code == 200
    assert head.content == b""
    assert head.headers["content-length"] == str(len(got.content))


@pytest.mark.parametrize("media_type", ["text/plain", "application/xml", "application/json; charset=latin-1", ""])
async def test_a_body_of_another_type_is_refused(system: Caller, media_type: str) -> None:
    answer = await system.send("POST", "/v1/agencies", content=b"{}", headers={"content-type": media_type})
    problem(answer, 415, "unsupported-media-type")


async def test_a_body_of_json_may_say_its_charset(system: Caller) -> None:
    answer = await system.send(
        "POST", "/v1/agencies", content=b"{}", headers={"content-type": 'application/json; charset="UTF-8"'}
    )
    problem(answer, 400, "invalid-body")


@pytest.mark.parametrize("accept", ["text/html", "application/json;q=0", "text/*, application/xml"])
async def test_a_client_that_accepts_nothing_we_have_is_told_so_and_nothing_is_done(
    here: World, system: Caller, accept: str
) -> None:
    problem(await system.post("/v1/agencies", POLICE, accept=accept), 406, "not-acceptable")
    assert await here.hub.decider.log.heads() == {}


@pytest.mark.parametrize("accept", ["*/*", "application/*", "text/html, application/json;q=0.1", "application/json"])
async def test_json_is_sent_to_whoever_accepts_it(system: Caller, accept: str) -> None:
    assert (await system.post("/v1/agencies", POLICE, accept=accept)).status_code == 201


async def test_an_unknown_parameter_is_named_and_its_value_is_not(here: World, system: Caller) -> None:
    answer = await system.send("POST", "/v1/agencies?colour=Purple", json=POLICE)
    assert problem(answer, 400, "unknown-parameter")["errors"] == [{"pointer": "?colour", "code": "unknown"}]
    assert "Purple" not in answer.text + here.logged()


async def test_a_parameter_name_that_could_be_a_value_is_not_repeated(here: World, system: Caller) -> None:
    answer = await system.send("POST", "/v1/agencies?Jane%20Smith", json=POLICE)
    assert answer.status_code == 400
    assert "Jane" not in answer.text + here.logged()


async def test_a_body_that_is_too_large_is_not_read(system: Caller) -> None:
    content = b'{"name":"' + b"x" * BODY_LIMIT + b'"}'
    answer = await system.send("POST", "/v1/agencies", content=content, headers={"content-type": "application/json"})
    assert problem(answer, 413, "body-too-large")["limit"] == BODY_LIMIT


async def test_a_body_without_a_length_is_read_no_further_than_the_limit(system: Caller) -> None:
    async def endless() -> AsyncIterator[bytes]:
        while True:
            yield b" " * 65_536

    answer = await system.send("POST", "/v1/agencies", content=endless(), headers={"content-type": "application/json"})
    problem(answer, 413, "body-too-large")


@pytest.mark.parametrize("content", [b"{", b"nothing", b'{"agency":"\xff"}', b"[" * 100_000])
async def test_what_is_not_json_is_said_to_be_malformed(system: Caller, content: bytes) -> None:
    answer = await system.send("POST", "/v1/agencies", content=content, headers={"content-type": "application/json"})
    assert answer.status_code == 400
    assert answer.json()["code"] in {"malformed-json", "invalid-body"}


@pytest.mark.parametrize(
    ("change", "pointer", "code"),
    [
        ({"name": 4711}, "/name", "wrong-type"),
        ({"kind": "Sherlock"}, "/kind", "not-in-the-list"),
        ({"agency": "No Such Slug"}, "/agency", "wrong-form"),
        ({"at": "2025-06-02T09:00:00"}, "/at", "no-offset"),
        ({"at": "yesterday"}, "/at", "not-a-time"),
        ({"name": ""}, "/name", "too-short"),
        ({"name": " \t"}, "/name", "too-short"),
        ({"name": "n" * 10_001}, "/name", "too-long"),
        ({"favourite": "Sherlock"}, "/favourite", "unknown-field"),
        ({"My Name": "Sherlock"}, "/?", "unknown-field"),
    ],
)
async def test_a_flaw_is_named_by_its_place_and_never_by_its_value(
    here: World, system: Caller, change: dict[str, object], pointer: str, code: str
) -> None:
    answer = await system.post("/v1/agencies", POLICE | change)
    assert problem(answer, 400, "invalid-body")["errors"] == [{"pointer": pointer, "code": code}]
    for value in ("4711", "Sherlock", "No Such", "yesterday", "nnnnnnnn", "My Name"):
        assert value not in answer.text + here.logged()


async def test_a_text_with_a_null_character_is_refused(system: Caller) -> None:
    answer = await system.post("/v1/agencies", POLICE | {"name": "Pol\0ice"})
    assert problem(answer, 400, "invalid-body")["errors"] == [{"pointer": "", "code": "control-character"}]


async def test_a_missing_field_is_named(system: Caller) -> None:
    answer = await system.post("/v1/agencies", {"agency": "police", "kind": "police"})
    assert problem(answer, 400, "invalid-body")["errors"] == [{"pointer": "/name", "code": "missing"}]


async def test_what_happens_in_the_future_is_refused(here: World, system: Caller) -> None:
    ahead = (here.clock.now() + dt.timedelta(minutes=3)).isoformat()
    said = problem(await system.post("/v1/agencies", POLICE | {"at": ahead}), 422, "happens-in-future")
    assert said["rule"]
    assert said["permitted_by"]


async def test_a_request_keeps_its_id_and_its_trace(here: World) -> None:
    answer = await here.client.get("/health/live", headers={"x-request-id": "0193-abc-def", "traceparent": TRACE})
    assert answer.headers["x-request-id"] == "0193-abc-def"
    assert answer.headers["traceparent"] == TRACE
    assert here.lines()[-1]["request"] == "0193-abc-def"
    assert here.lines()[-1]["trace"] == TRACE[3:35]


@pytest.mark.parametrize("given", ["short", "with spaces in it", "x" * 65, "semi;colon;here"])
async def test_what_is_no_request_id_is_replaced(here: World, given: str) -> None:
    answer = await here.client.get("/health/live", headers={"x-request-id": given, "traceparent": "nonsense"})
    assert re.fullmatch(r"[0-9a-f]{32}", answer.headers["x-request-id"])
    assert "traceparent" not in answer.headers


async def test_one_line_is_written_for_each_request_by_route_and_ids(here: World, system: Caller) -> None:
    await system.post("/v1/referrals/r-1/accept", {})
    lines = here.lines()
    assert len(lines) == 1
    assert lines[0]["route"] == "/v1/referrals/{referral}/accept"
    assert lines[0]["method"] == "POST"
    assert lines[0]["worker"] == "system-of-hub"
    assert {"time", "level", "status", "ms", "request", "agency", "partnership", "token"} <= set(lines[0])


async def test_a_path_that_is_no_id_of_ours_is_answered_as_unknown_and_not_logged(here: World, system: Caller) -> None:
    problem(await system.post("/v1/referrals/Jane%20Smith/accept", {}), 404, "unknown")
    assert "Jane" not in here.logged()


async def test_what_is_no_id_never_comes_into_the_log(here: World) -> None:
    coordinator = await here.agencies(("hub", "partnership"))
    head = await here.hub.decider.log.heads()
    power = {"power": "issue-cpw", "from_date": "2025-06-02", "source": "designated"}
    problem(await coordinator.post("/v1/workers/Jane%20Smith/powers", power), 404, "unknown")
    assert await here.hub.decider.log.heads() == head


def test_what_is_unknown_is_told_by_nothing_that_a_refusal_carries() -> None:
    told, _ = problem_of(Unknown(ask=AgencyId("housing"), referral="r-1"), "i-1", Ask("housing"))
    assert told == problem_of(ProblemError("unknown"), "i-1")[0]


async def test_what_nobody_foresaw_is_a_problem_too(
    here: World, system: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_: object, **__: object) -> None:
        raise RuntimeError("Jane Smith, 12 High Street")

    monkeypatch.setattr(here.hub.decider, "decide", broken)
    answer = await system.post("/v1/agencies", POLICE)
    problem(answer, 500, "internal")
    assert "Jane" not in answer.text + here.logged()
    assert here.lines()[-1]["error"] == "RuntimeError"
    assert any("broken" in frame for frame in here.lines()[-1]["at"])


async def test_every_problem_type_has_a_page(here: World) -> None:
    index = (await here.client.get("/problems")).text
    for code in (*KINDS, "agency-known-otherwise", "happens-in-future"):
        assert f'href="/problems/{code}"' in index
        page = await here.client.get(f"/problems/{code}")
        assert page.status_code == 200
        assert code in page.text


async def test_metrics_are_by_route_template(here: World, system: Caller) -> None:
    await system.post("/v1/referrals/r-secret/accept", {})
    await here.client.get("/nowhere/at/all")
    page = (await here.client.get("/metrics")).text
    assert "hub_http_requests_in_flight 1.0" in page
    assert 'hub_proof_lag_entries{ledger="case"} 0.0' in page
    assert 'hub_proof_checkpoint_age_seconds{ledger="access"} 0.0' in page
    assert 'route="/v1/referrals/{referral}/accept"' in page
    assert "r-secret" not in page
    assert "nowhere" not in page


async def test_liveness_asks_nothing_of_the_database(here: World, monkeypatch: pytest.MonkeyPatch) -> None:
    async def ready() -> None:
        raise AssertionError("asked")

    monkeypatch.setattr(type(here.hub), "ready", property(lambda _: ready))
    assert (await here.client.get("/health/live")).status_code == 200


async def test_one_token_cannot_take_the_whole_server(
    here: World, system: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.serving.IN_FLIGHT_PER_TOKEN", 1)
    waiting = asyncio.Event()

    async def slow(*_: object, **__: object) -> None:
        await waiting.wait()
        raise RuntimeError

    monkeypatch.setattr(here.hub.decider, "decide", slow)
    first = asyncio.ensure_future(system.post("/v1/agencies", POLICE))
    await asyncio.sleep(0.05)
    second = await asyncio.wait_for(system.post("/v1/agencies", POLICE), timeout=5)
    problem(second, 429, "too-many-requests")
    assert int(second.headers["retry-after"]) >= 1
    waiting.set()
    await first


async def test_the_interactive_description_is_made_of_local_files(here: World) -> None:
    page = await here.client.get("/docs")
    assert "http:" not in page.text
    assert "https:" not in page.text
    for file in re.findall(r'(?:src|href)="([^"]+)"', page.text):
        found = await here.client.get(file)
        assert found.status_code == 200, file
        assert found.content
    assert "default-src 'none'" in page.headers["content-security-policy"]
