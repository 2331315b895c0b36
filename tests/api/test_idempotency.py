"""A request sent again under its key has the same outcome, once; a key names one request for good."""

import asyncio
from collections.abc import AsyncIterator
from hashlib import sha256
from typing import Any

import pytest

from adapters.memory import MemoryEventLog
from application.deciding import Decided, Decider
from application.ports import LogId
from domain.governance.agency import AgencyKnownOtherwise
from tests.api.test_http import POLICE, problem
from tests.api.world import Caller, World, world

pytestmark = pytest.mark.anyio

CASE = LogId("fenland/case")
NAMELESS = {"identity": "unknown", "provisional": "no-name-given"}


@pytest.fixture
async def here() -> AsyncIterator[World]:
    async with world() as made:
        await made.agencies(("police", "police"), ("council", "district-council"))
        yield made


@pytest.fixture
async def officer(here: World) -> Caller:
    return await here.caller("constable", "police")


async def head(here: World) -> int:
    return await here.hub.decider.log.head(CASE)


async def test_the_same_request_twice_gives_the_same_ids_and_position_and_is_recorded_once(
    here: World, officer: Caller
) -> None:
    first = await officer.post("/v1/people", NAMELESS, idempotency_key="k-1")
    after = await head(here)
    await officer.post("/v1/people", NAMELESS)
    again = await officer.post("/v1/people", NAMELESS, idempotency_key="k-1")
    assert first.status_code == again.status_code == 201
    assert first.json() == again.json()
    assert first.headers["location"] == again.headers["location"]
    assert first.json()["position"] == after
    assert await head(here) == after + 1  # the one without a key


async def test_another_body_under_the_same_key_is_refused(here: World, officer: Caller) -> None:
    await officer.post("/v1/people", NAMELESS, idempotency_key="k-1")
    answer = await officer.post("/v1/people", NAMELESS | {"nickname": "Mac"}, idempotency_key="k-1")
    problem(answer, 422, "key-reused")
    assert "Mac" not in answer.text + here.logged()


async def test_a_key_is_the_workers_own_and_the_addresses_own(here: World, officer: Caller) -> None:
    other = await here.caller("constable", "police", worker="w-2")
    namesake = await here.caller("council-officer", "council", worker="w-3")
    first = await officer.post("/v1/people", NAMELESS, idempotency_key="k-1")
    for caller in (other, namesake):
        answer = await caller.post("/v1/people", NAMELESS, idempotency_key="k-1")
        assert answer.json()["person"] != first.json()["person"]
    system = await here.caller("administrator", "council")
    assert (await system.post("/v1/agencies", POLICE, idempotency_key="k-1")).status_code == 201


async def test_a_worker_who_gets_a_new_token_keeps_her_keys(here: World, officer: Caller) -> None:
    first = await officer.post("/v1/people", NAMELESS, idempotency_key="k-1")
    renewed = await here.caller("constable", "police")
    assert (await renewed.post("/v1/people", NAMELESS, idempotency_key="k-1")).json() == first.json()


async def test_a_request_that_is_on_its_way_is_waited_for(officer: Caller) -> None:
    answers = await asyncio.gather(*(officer.post("/v1/people", NAMELESS, idempotency_key="k-1") for _ in range(20)))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.text for answer in answers}) == 1


async def test_a_double_tap_is_decided_once_at_a_time(
    here: World, officer: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    deciding, most = 0, 0
    decide = here.hub.decider.decide

    async def watched(*given: Any, **named: Any) -> Decided:  # noqa: ANN401 - handed on
        nonlocal deciding, most
        deciding += 1
        most = max(most, deciding)
        await asyncio.sleep(0.01)
        try:
            return await decide(*given, **named)
        finally:
            deciding -= 1

    monkeypatch.setattr(here.hub.decider, "decide", watched)
    await asyncio.gather(*(officer.post("/v1/people", NAMELESS, idempotency_key="k-1") for _ in range(3)))
    assert most == 1


async def test_a_refusal_is_decided_afresh(here: World) -> None:
    admin = await here.caller("administrator", "council")
    otherwise = {"agency": "police", "name": "Other", "kind": "police"}
    for _ in range(2):
        problem(await admin.post("/v1/agencies", otherwise, idempotency_key="k-1"), 409, "agency-known-otherwise")


async def test_what_another_process_decided_meanwhile_is_given_back(
    officer: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = await officer.post("/v1/people", NAMELESS, idempotency_key="k-1")

    async def decided_already(*_: object, **__: object) -> None:
        raise AgencyKnownOtherwise

    monkeypatch.setattr(Decider, "decide", decided_already)
    assert (await officer.post("/v1/people", NAMELESS, idempotency_key="k-1")).json() == first.json()


@pytest.mark.parametrize("key", ["", "with space", "k" * 256])
async def test_a_key_that_cannot_be_read_is_a_problem(officer: Caller, key: str) -> None:
    answer = await officer.post("/v1/people", NAMELESS, idempotency_key=key)
    assert problem(answer, 400, "invalid-header")["errors"] == [{"pointer": "Idempotency-Key", "code": "wrong-form"}]


async def test_nothing_of_a_request_can_be_told_from_what_is_kept_of_it(here: World, officer: Caller) -> None:
    await officer.post("/v1/people", NAMELESS, idempotency_key="k-1")
    log = here.hub.decider.log
    assert isinstance(log, MemoryEventLog)
    ((digest, _),) = log._logs[CASE].commands.values()  # noqa: SLF001 - what is kept is looked at
    for content in (b"", b'{"identity":"unknown","provisional":"no-name-given"}'):
        for prefix in (b"", b"POST /v1/people\0", b"POST /v1/people\0\0"):
            assert digest != sha256(prefix + content).digest()
