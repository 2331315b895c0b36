"""What proves the logs, as any worker of the partnership reads it; and nobody of another."""

import base64
from collections.abc import AsyncIterator

import pytest

from adapters.proof.proofs import StoredProofs
from adapters.proof.tree import leaf_hash, tree_of
from adapters.proof.verifier import checkpoint_of, consistent, note_of, policy_of, receipt_of, root_by_inclusion, seen
from api.wiring import IN_MEMORY
from application.ports import LogUnavailable, log_of
from tests.api.world import FENLAND, Caller, World, world

pytestmark = pytest.mark.anyio

ORIGIN = "memory.invalid/fenland/case/1"
POLICY = policy_of(f"log {IN_MEMORY.log_key(ORIGIN).key.vkey}\nquorum none\n")


@pytest.fixture
async def here() -> AsyncIterator[World]:
    async with world() as made:
        await made.agencies(("hub", "partnership"), ("housing", "housing-options"))
        yield made


@pytest.fixture
async def worker(here: World) -> Caller:
    return await here.caller("agency-worker", "housing")


async def test_a_worker_keeps_a_checkpoint_and_later_sees_that_the_log_goes_on_from_it(
    here: World, worker: Caller
) -> None:
    kept = (await worker.get("/v1/proof/case/checkpoint")).json()
    await here.agencies(("health", "health"))
    now = (await worker.get("/v1/proof/case/checkpoint?which=newest")).json()
    assert now["size"] > kept["size"]
    path = (await worker.get(f"/v1/proof/case/consistency?old={kept['size']}&size={now['size']}")).json()["path"]
    before, after = (seen(one["note"].encode(), POLICY, "test").checkpoint for one in (kept, now))
    assert consistent(before.size, before.root, after.size, after.root, [base64.b64decode(one) for one in path])


async def test_a_worker_proves_that_an_act_stands_in_the_log(here: World, worker: Caller) -> None:
    entries = (await here.hub.decider.log.read(log_of(FENLAND))).events
    size, position = len(entries), 2
    said = (await worker.get(f"/v1/proof/case/inclusion?position={position}&size={size}")).json()
    path = [base64.b64decode(one) for one in said["path"]]
    leaf = leaf_hash(entries[position - 1].entry)
    root = root_by_inclusion(leaf, position - 1, size, path)
    assert root == tree_of(one.entry for one in entries).root
    receipt = (await worker.get(f"/v1/proof/case/receipt?position={position}")).json()
    found = receipt_of(receipt["receipt"].encode(), POLICY, "test")
    assert (found.position, found.leaf) == (position, leaf)


async def test_the_access_ledger_is_proved_like_the_other(worker: Caller) -> None:
    answer = await worker.get("/v1/people/nobody-of-that-name")
    assert answer.status_code == 404
    states = (await worker.get("/v1/proof")).json()["items"]
    assert [one["log"] for one in states] == ["fenland/case", "fenland/access"]
    note = note_of((await worker.get("/v1/proof/access/checkpoint")).json()["note"].encode(), "test")
    assert checkpoint_of(note.body, "test").size == states[1]["head"] > 0


async def test_what_has_no_proof_says_so(worker: Caller) -> None:
    for path, status in (
        ("/v1/proof/case/inclusion?position=1&size=9999", 503),
        ("/v1/proof/case/consistency?old=9&size=8", 503),
        ("/v1/proof/case/receipt?position=9999", 503),
        ("/v1/proof/access/checkpoint", 503),
        ("/v1/proof/other/checkpoint", 404),
        ("/v1/proof/case/receipt?position=0", 400),
        ("/v1/proof/case/receipt", 400),
    ):
        assert (await worker.get(path)).status_code == status, path


@pytest.mark.parametrize("away", [LogUnavailable(), TimeoutError()])
async def test_what_is_counted_is_told_while_the_database_is_away(
    here: World, monkeypatch: pytest.MonkeyPatch, away: Exception
) -> None:
    async def lags(_: StoredProofs) -> None:
        raise away

    monkeypatch.setattr(StoredProofs, "lags", lags)
    page = await here.client.get("/metrics")
    assert page.status_code == 200
    assert 'hub_proof_lag_entries{ledger="case"} NaN' in page.text
