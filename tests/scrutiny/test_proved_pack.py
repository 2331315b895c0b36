"""A pack that is taken out of the room proves itself: its entries stand in the log, and say what was shown."""

import json
import random
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from adapters.proof.verifier import Fault, verify
from application.ports import LogId
from tests import audits
from tests.api.test_every_read import done
from tests.api.test_probe import cookie_of
from tests.api.world import FENLAND, World, world
from tests.scrutiny.test_over_http import Panel, read

pytestmark = pytest.mark.anyio


class Shown:
    """A panel whose room is open, a pack of it, and an export by another way."""

    def __init__(self, here: World, folder: Path) -> None:
        self.here = here
        self.panel = Panel(here)
        self.folder = folder
        self.policy = audits.a_policy(FENLAND)

    async def begin(self, redaction: str = "worded") -> dict[str, Any]:
        await self.panel.begin(redaction)
        sample = await self.panel.drawn()
        self.case = f"{sample}/cases/{(await read(self.panel.lay, sample))['cases'][0]['case']}"
        await done(self.panel.chair, f"{sample}/room/open", {})
        told: dict[str, Any] = await read(self.panel.lay, f"{self.case}/pack/proof")
        self.leaves = await audits.write_audit(self.folder, self.here.hub, FENLAND, ())
        # The world in memory has no witnesses; these receipts are of the same leaves, signed and cosigned.
        for one in told["entries"]:
            one["receipt"] = audits.receipt(LogId(f"{FENLAND}/case"), self.leaves["case"], one["position"]).decode()
        return told

    def verify(self, told: dict[str, Any], *, export: bool = True) -> Any:  # noqa: ANN401 - the verifier's report
        pack = ("case-1.json", json.dumps(told).encode())
        return verify(self.folder if export else None, self.policy, packs=[pack])


@pytest.fixture
async def shown(tmp_path: Path) -> AsyncIterator[Shown]:
    async with world() as here:
        await here.agencies(("hub", "partnership"), ("police", "police"))
        yield Shown(here, tmp_path)


async def test_every_entry_that_was_laid_out_stands_in_the_log_and_says_what_was_shown(shown: Shown) -> None:
    told = await shown.begin()
    seen = (await read(shown.panel.lay, f"{shown.case}/pack"))["pack"]
    assert [one["position"] for one in told["entries"]] == sorted(
        one["position"] for one in (*seen["known"], seen["decision"])
    )
    report = shown.verify(told)
    assert (report.packs, report.shown, report.compared) == (1, 3, 3)
    alone = shown.verify(told, export=False)
    assert (alone.shown, alone.compared) == (3, 0)


async def test_what_is_redacted_is_not_revealed(shown: Shown) -> None:
    """Not names, places and workers, nor the salt of words from which any was taken out."""
    told = await shown.begin()
    text = json.dumps([{**one, "receipt": ""} for one in told["entries"]])
    assert not any(one in text for one in ("Zebedee", "Wilfred", "Nene", "officer"))
    assert all(one["opened"] == [] for one in told["entries"]), "each text had a name taken out"
    assert {"step", "language"} <= set(told["entries"][-1]["fields"])
    for one in told["entries"]:
        assert not {"person", "officer", "at", "place", "nickname"} & set(one["fields"])


async def test_words_that_are_shown_as_they_were_written_open_their_commitment(shown: Shown) -> None:
    met = {"kind": "asb", "asb_type": "street-drinking", "facts_observed": "the person sat on the steps."}
    shown.panel.met = met
    told = await shown.begin()
    [encounter] = [one for one in told["entries"] if one["type"] == "encounter-recorded"]
    assert [one["field"] for one in encounter["opened"]] == ["facts_observed"]
    assert shown.verify(told).revealed == 1
    encounter["opened"][0]["value"] = '"the person lay on the steps."'
    with pytest.raises(Fault, match="not the facts_observed that the leaf commits to"):
        shown.verify(told)


async def test_a_coded_panel_is_given_no_words(shown: Shown) -> None:
    shown.panel.met = {"kind": "asb", "asb_type": "street-drinking", "facts_observed": "the person sat on the steps."}
    told = await shown.begin("coded")
    assert all(one["opened"] == [] for one in told["entries"])


@pytest.mark.parametrize(
    ("spoiled", "found"),
    [
        ({"fields": {"step": "amber"}}, "another step was shown than stands in the log"),
        ({"type": "ticket-voided"}, "it was shown as ticket-voided, and is ticket-issued"),
    ],
)
async def test_a_panel_that_was_shown_something_else_finds_out(
    shown: Shown, spoiled: dict[str, Any], found: str
) -> None:
    told = await shown.begin()
    told["entries"][-1] |= spoiled
    with pytest.raises(Fault, match=found):
        shown.verify(told)


async def test_a_pack_of_another_place_or_without_a_quorum_is_none(shown: Shown) -> None:
    told = await shown.begin()
    first, last = told["entries"][0], told["entries"][-1]
    with pytest.raises(Fault, match="its receipt is for position"):
        shown.verify({**told, "entries": [{**first, "receipt": last["receipt"]}]}, export=False)
    with pytest.raises(Fault, match="its receipt is for position"):
        shown.verify({**told, "partnership": "wisbech"}, export=False)
    for entries in ([], [{"position": 1}], "none"):
        with pytest.raises(Fault, match="does not read as a pack"):
            shown.verify({**told, "entries": entries}, export=False)


async def test_a_record_rewritten_with_every_key_is_found_by_a_pack_that_was_kept(shown: Shown) -> None:
    told = await shown.begin()
    leaves = [*shown.leaves["case"]]
    leaves[2] = leaves[2].replace(b'"role":"', b'"role":"x', 1)
    audits.write_log(shown.folder, FENLAND, "case", leaves)
    with pytest.raises(Fault, match="rewritten since"):
        shown.verify(told)


async def test_no_bit_of_an_entry_can_be_changed_unseen(shown: Shown) -> None:
    told = await shown.begin()
    content = json.dumps(told, separators=(",", ":"), ensure_ascii=False).encode()
    chance = random.Random(11)  # noqa: S311 - no secret
    for _ in range(150):
        spoiled = bytearray(content)
        spoiled[chance.randrange(content.index(b'"entries"'), len(content))] ^= 1 << chance.randrange(8)
        with pytest.raises(Fault):
            verify(shown.folder, shown.policy, packs=[("case-1.json", bytes(spoiled))])


async def test_it_is_given_in_the_room_alone_and_stands_in_the_ledger_as_taken_out(shown: Shown) -> None:
    await shown.begin()
    panel = shown.panel
    page = shown.case.removeprefix("/v1")
    answer = await panel.lay.client.get(f"{page}/proof.json", headers=await cookie_of(shown.here, panel.lay))
    assert answer.status_code == 200, answer.text
    assert answer.json()["format"] == "hub-pack/v1"
    assert (await panel.officer.get(f"{shown.case}/pack/proof")).status_code == 404
    privacy = await shown.here.caller("privacy-officer", "hub", worker="privacy")
    person = next(
        one.removeprefix("person:")
        for leaf in shown.leaves["case"]
        if json.loads(leaf)["type"] == "ticket-issued" and page.rpartition("/")[2] in json.dumps(json.loads(leaf))
        for one in json.loads(leaf)["about"]
        if one.startswith("person:")
    )
    looks = (await read(privacy, f"/v1/people/{person}/accesses?use=lawfulness"))["items"]
    taken = [one for one in looks if one["worker"] == "lay" and one.get("document") == "scrutiny-pack"]
    assert len(taken) == 2
    assert "panel-looks-in-the-room" in taken[0]["rules"]
    await done(panel.chair, f"{shown.case.rpartition('/cases/')[0]}/room/close", {})
    assert (await panel.lay.get(f"{shown.case}/pack/proof")).status_code == 404
