"""Who verified a log says so, and the page of proofs tells it to everybody."""

import pytest

from domain.scrutiny.verification import FaultNotSaid, LogVerified, RecordVerification
from tests.api.test_every_read import done
from tests.api.world import world
from tests.scrutiny.examples import CHAIR, LAY, NOON, SITTING
from tests.scrutiny.test_over_http import Panel, read
from tests.scrutiny.test_pages import opened, sent

ROOT = "bFeZAAvahi3pmNSaFo9IAGgOSeUPIrbCP7V7reEaDJI="
HOLDS = RecordVerification(at=NOON, ledger="case", size=760, root=ROOT, outcome="holds")
WRONG = RecordVerification(
    at=NOON, ledger="case", size=760, root=ROOT, outcome="wrong", fault="case.leaves, position 7"
)


def verified(by: str, command: RecordVerification = HOLDS) -> LogVerified:
    return LogVerified(
        at=NOON,
        ledger=command.ledger,
        size=command.size,
        root=command.root,
        outcome=command.outcome,
        by_worker=by,  # type: ignore[arg-type]
        fault=command.fault,
    )


def test_each_says_it_for_themselves_and_once() -> None:
    SITTING.when(HOLDS, by=CHAIR).then(verified(CHAIR.worker))
    SITTING.and_given(verified(CHAIR.worker)).when(HOLDS, by=CHAIR).then_nothing()
    SITTING.and_given(verified(CHAIR.worker)).when(HOLDS, by=LAY).then(verified(LAY.worker))


def test_whoever_finds_it_wrong_says_where() -> None:
    SITTING.when(WRONG, by=CHAIR).then(verified(CHAIR.worker, WRONG))
    unsaid = RecordVerification(at=NOON, ledger="case", size=760, root=ROOT, outcome="wrong")
    SITTING.when(unsaid, by=CHAIR).then_refused(FaultNotSaid)


@pytest.mark.anyio
async def test_it_is_told_on_the_page_of_proofs_with_heads_and_receipts() -> None:
    async with world() as here:
        await here.agencies(("hub", "partnership"), ("police", "police"))
        panel = Panel(here)
        await panel.begin()
        assert "Nobody said so yet" in await opened(here, panel.officer, "/proof")
        head = (await read(panel.officer, "/v1/proof"))["items"][0]["newest"]
        typed = {"ledger": "case", "size": str(head["size"]), "root": head["root"], "outcome": "holds"}
        assert await sent(here, panel.chair, "/proof/verifications/new?back=/proof", **typed) == "/proof"
        page = await opened(here, panel.officer, "/proof")
        assert "It holds" in page
        assert f"{head['size']} entries" in page
        assert "Incarnation" not in page
        found = (await panel.lay.get("/v1/proof/verifications")).json()
        assert [one["by"] for one in found["case"]] == ["chair"]
        receipt = await opened(here, panel.officer, "/proof/case/receipt?position=2")
        assert receipt.startswith("c2sp.org/tlog-proof@v1\n")
        note = await opened(here, panel.officer, "/proof/case/checkpoint")
        assert note.splitlines()[0].endswith("/case/1")
        assert 'description="Verifies' in await opened(here, panel.lay, "/proof/verify.py")
        assert "What none of this can show" in await opened(here, panel.lay, "/proof/verify")
        for typed_position in ("x", "0", "-3", "9" * 20):
            await opened(here, panel.officer, f"/proof/case/receipt?position={typed_position}", 400)
        wrong = {"ledger": "access", "size": 1, "root": ROOT, "outcome": "wrong", "fault": "access.leaves, position 1"}
        await done(panel.chair, "/v1/proof/verifications", wrong)
        assert "access.leaves, position 1" in await opened(here, panel.officer, "/proof")
