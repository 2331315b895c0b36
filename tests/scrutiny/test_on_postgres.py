"""A panel's meeting on PostgreSQL: drawn, looked at, graded, proved; and a log that was restored, by command line."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec
import psycopg
import pytest
from click.testing import CliRunner

from adapters.proof.verifier import policy_of, verify
from api import auditing, wiring
from api.cli.prove import command as prove_command
from api.cli.verify import command as verify_command
from api.settings import Settings
from application.ports import LogId
from application.readings.panels import PublishedDraw
from application.scrutiny.verifying import drawn_again
from domain.scrutiny.scrutiny import scrutiny
from tests.api.test_every_read import done
from tests.api.test_real_server import installation
from tests.api.world import FENLAND, SetClock, World, world
from tests.conftest import Database
from tests.scrutiny.test_over_http import Panel, read

CASE = LogId(f"{FENLAND}/case")
LOST = 3


@asynccontextmanager
async def served(given: Settings) -> AsyncIterator[World]:
    async with world(wiring.opened(given), clock=SetClock(wiring.SystemClock().now())) as here:
        yield here


async def meeting(given: Settings, home: Path) -> Mapping[str, Any]:
    """Drawn, looked at in the room by two, one of whom dissents, concluded, and proved."""
    async with served(given) as here:
        await here.agencies(("hub", "partnership"), ("police", "police"))
        panel = Panel(here)
        panel.days_ago = 3
        await panel.begin("worded")
        sample = await panel.drawn()
        await done(panel.chair, f"{sample}/room/open", {})
        case = f"{sample}/cases/{(await read(panel.lay, sample))['cases'][0]['case']}"
        pack = await read(panel.lay, f"{case}/pack")
        await done(panel.lay, f"{case}/grade", {"grade": "appropriate", "observations": "Fair."})
        assert (await read(panel.other, f"{case}/pack"))["observed"] == []
        await done(panel.other, f"{case}/grade", {"grade": "inappropriate", "observations": "Too quick."})
        await done(panel.chair, f"{case}/conclude", {"grade": "appropriate"})
        observed = (await read(panel.lay, f"{case}/pack"))["observed"]
        assert [one["observations"] for one in observed] == ["Fair.", "Too quick.", None]
        lag = (await here.client.get("/metrics")).text
        assert 'hub_proof_lag_entries{ledger="case"} 0.0' not in lag, "nothing is signed yet"
        async with wiring.signer(given) as signer:
            for log in await here.hub.decider.log.heads():
                await signer.catch_up(log)
            assert 'hub_proof_lag_entries{ledger="case"} 0.0' in (await here.client.get("/metrics")).text
            proved = await read(panel.lay, f"{case}/pack/proof")
            await auditing.export_audit(here.hub, signer, home / "audit", partnership=FENLAND, why=lambda: "the panel")
        lines = [*await wiring.log_lines(given), "quorum none", ""]
        (home / "policy").write_text("\n".join(lines), "utf-8")
        published = msgspec.json.decode((await panel.officer.get(f"{sample}/draw")).content, type=PublishedDraw)
        assert drawn_again(published) == published.drawn
    async with served(given) as again:
        lay = await again.caller("panel-member", "hub", worker="lay")
        assert (await read(lay, f"{case}/pack"))["pack"] == pack["pack"], "the same after another start"
    return proved  # type: ignore[no-any-return]


def test_a_panel_meets_proves_what_it_saw_and_finds_out_of_a_loss(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = msgspec.structs.replace(installation(database.app_url, tmp_path), proof_key=tmp_path / "proof-key")
    for name, value in (
        ("HUB_DATABASE_URL", database.app_url),
        ("HUB_OWNER_DATABASE_URL", database.owner_url),
        ("HUB_HOME", str(tmp_path)),
    ):
        monkeypatch.setenv(name, value)
    run = CliRunner()
    assert run.invoke(prove_command, ["key", "make", "hub.example.org"]).exit_code == 0
    pack = tmp_path / "case.json"
    pack.write_bytes(json.dumps(asyncio.run(meeting(given, tmp_path))).encode())

    named = (str(tmp_path / "audit"), "--policy", str(tmp_path / "policy"), "--pack", str(pack))
    held = run.invoke(verify_command, ["--recorded-by", "chair", *named])
    assert held.exit_code == 0, held.output
    assert "3 say what was shown" in held.output
    case = tmp_path / "audit" / "case.leaves"
    case.write_bytes(case.read_bytes().replace(b'"role":"constable"', b'"role":"sergeant!"', 1))
    wrong = run.invoke(verify_command, ["--recorded-by", "lay", *named])
    assert wrong.exit_code == 1
    assert asyncio.run(recorded(given)) == [("lay", "wrong"), ("chair", "holds")]

    kept = tmp_path / "kept"
    kept.write_bytes((tmp_path / "audit" / "case.checkpoint").read_bytes())
    size = int(kept.read_text().splitlines()[1])
    left = cut_back(database, size - LOST)
    asked = ("restored", "--partnership", FENLAND, "--seen", str(kept), "--loss", "disk")
    alone = run.invoke(prove_command, [*asked, "--by", "chair"])
    assert (alone.exit_code, "two people" in alone.output) == (1, True)
    restored = run.invoke(prove_command, [*asked, "--by", "w-1", "--by", "w-2", "--json"])
    assert restored.exit_code == 0, restored.output
    assert json.loads(restored.output)["position"] == left + 1
    assert run.invoke(prove_command, ["cosign"]).exit_code == 0
    note = run.invoke(prove_command, ["checkpoint", "--partnership", FENLAND, "--newest"]).output
    assert note.splitlines()[0] == f"hub.example.org/{FENLAND}/case/2"
    told = run.invoke(prove_command, ["policy"]).output
    assert f"/{FENLAND}/case/1+" in told
    assert f"/{FENLAND}/case/2+" in told
    assert verify(None, policy_of(told), kept=[("old", kept.read_bytes()), ("new", note.encode())]).kept == 2


async def recorded(given: Settings) -> list[tuple[str, str]]:
    """Who verified the case log, and what came out."""
    async with served(given) as here:
        known = await here.hub.decider.know(FENLAND)(scrutiny())
        return [(one.by, one.outcome) for one in known.verifications["case"]]


def cut_back(database: Database, most: int) -> int:
    """As a backup leaves it that is older than what was seen: at the end of a commit; how many entries are left."""
    with psycopg.connect(database.owner_url) as connection:
        found = connection.execute("SELECT max(position) FROM batch_case WHERE position <= %s", (most,)).fetchone()
        assert found is not None
        left = int(found[0])
        for table in ("log_proof", "log_tile", "log_checkpoint", "log_cosignature"):
            connection.execute(f"DELETE FROM {table}")  # noqa: S608 - a name of ours
        for table in ("event_case", "batch_case"):
            connection.execute(f"ALTER TABLE {table} DISABLE TRIGGER refuse_change")
            connection.execute(f"DELETE FROM {table} WHERE position > {left}")  # noqa: S608 - a number of ours
            connection.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER refuse_change")
    return left
