"""A panel from its convening to its report, over HTTP: what each of those concerned sees, and what the ledger holds."""

import datetime as dt
from collections.abc import AsyncIterator, Mapping
from typing import Any

import msgspec
import pytest

from application.readings.panels import PublishedDraw
from domain.scrutiny.draw import commitment_to, digest_of, order_of
from tests.api.test_every_read import LADDER, done
from tests.api.world import Caller, World, world

pytestmark = pytest.mark.anyio

SEED = "a seed that the chair keeps to herself until then"


@pytest.fixture
async def here() -> AsyncIterator[World]:
    async with world() as made:
        await made.agencies(("hub", "partnership"), ("police", "police"))
        yield made


class Panel:
    """Four people were met and ticketed; a chair and two lay members sit."""

    met: Mapping[str, str] = {
        "kind": "asb",
        "asb_type": "street-drinking",
        "facts_observed": "Drinking with Wilfred on the steps. Zebedee was asked to leave.",
        "place": "Nene Quay",
    }
    """How each of them was met."""
    days_ago = 0
    """How long ago that was; else days pass before the sample is drawn, where the clock is the test's."""

    def __init__(self, here: World) -> None:
        self.here = here
        self.path = "/v1/panels/luscombe"

    async def begin(self, redaction: str = "coded") -> None:
        here = self.here
        self.chair = await here.caller("panel-member", "hub", worker="chair")
        self.lay = await here.caller("panel-member", "hub", worker="lay")
        self.other = await here.caller("panel-member", "hub", worker="other")
        self.officer = await here.caller("constable", "police", worker="officer")
        self.sergeant = await here.caller("supervisor", "police", worker="sergeant")
        self.coordinator = await here.caller("hub-coordinator", "hub", worker="coordinator")
        self.administrator = await here.caller("administrator", "hub", worker="admin")
        await done(self.coordinator, "/v1/ladders", LADDER)
        for number in range(4):
            await self.ticketed(number)
        body = {
            "panel": "luscombe",
            "name": "Luscombe scrutiny panel",
            "chair": "chair",
            "members": ["lay", "other"],
            "redaction": redaction,
        }
        await done(self.administrator, "/v1/panels", body)

    async def ticketed(self, number: int) -> dict[str, str]:
        nobody = {"identity": "unknown", "provisional": "no-name-given", "nickname": f"Zebedee{number}"}
        ids = await done(self.officer, "/v1/people", nobody)
        when = {"at": self.then.isoformat()} if self.days_ago else {}
        await done(self.officer, f"/v1/people/{ids['person']}/encounters", {**self.met, **when})
        ticket = {
            "opening": {"person": ids["person"], "ladder": "luscombe"},
            "step": "green",
            "language": "en",
            "understood": True,
        }
        return ids | await done(self.officer, "/v1/tickets", {**ticket, **when})

    @property
    def then(self) -> dt.datetime:
        return self.here.clock.now() - dt.timedelta(days=self.days_ago)

    async def drawn(self, take: int = 2, seed: str = SEED) -> str:
        if not self.days_ago:
            self.here.clock.pass_by(days=2)
        today = self.here.today
        body = {
            "question": "Were tickets fair?",
            "commitment": commitment_to(seed),
            "strata": [{"stratum": "green", "kind": "ticket-issued", "of": "green", "take": take}],
            "from_date": (today - dt.timedelta(days=30)).isoformat(),
            "to_date": (today - dt.timedelta(days=1)).isoformat(),
        }
        made = await done(self.chair, f"{self.path}/samples", body)
        sample = f"{self.path}/samples/{made['sample']}"
        await done(self.lay, f"{sample}/lot", {"lot": "forty-two"})
        await done(self.chair, f"{sample}/draw", {"seed": seed})
        return sample


async def read(caller: Caller, path: str) -> Any:  # noqa: ANN401 - JSON
    answer = await caller.get(path)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_anybody_draws_the_same_again_from_what_is_published(here: World) -> None:
    panel = Panel(here)
    await panel.begin()
    sample = await panel.drawn()
    late = await panel.ticketed(9)
    for caller in (panel.officer, panel.lay, panel.administrator):
        published = msgspec.json.decode((await caller.get(f"{sample}/draw")).content, type=PublishedDraw)
        assert digest_of(published.population) == published.digest
        assert late["ticket"] not in published.population["green"], "recorded after the commitment"
        assert published.seed is not None
        assert published.lot is not None
        assert commitment_to(published.seed) == published.commitment
        order = order_of(published.population, published.sample, published.lot, published.seed)
        assert published.drawn == order["green"][:2]
        assert len(order["green"]) == 4


async def test_a_pack_is_seen_in_the_room_alone_and_names_nobody(here: World) -> None:
    panel = Panel(here)
    await panel.begin()
    sample = await panel.drawn()
    case = (await read(panel.lay, sample))["cases"][0]["case"]
    pack = f"{sample}/cases/{case}/pack"
    assert (await panel.lay.get(pack)).status_code == 404, "the room is closed"
    await done(panel.chair, f"{sample}/room/open", {"hours": 2})
    shown = await panel.lay.get(pack)
    assert shown.status_code == 200, shown.text
    seen = shown.json()["pack"]
    assert [one["type"] for one in seen["known"]] == ["person-registered", "encounter-recorded"]
    assert seen["command"] == "IssueTicket"
    assert seen["heads"], "up to where it had asked the log"
    assert all(one["position"] < seen["decision"]["position"] for one in seen["known"])
    assert seen["decision"]["fields"]["step"] == "green"
    assert seen["decision"]["by"] == "constable 1"
    for named in ("Zebedee", "Wilfred", "Nene", "steps"):
        assert named not in shown.text
    stranger = await here.caller("panel-member", "hub", worker="stranger")
    for caller in (stranger, panel.officer, panel.coordinator, panel.administrator):
        assert (await caller.get(pack)).status_code == 404
    await done(panel.chair, f"{sample}/room/close", {})
    assert (await panel.lay.get(pack)).status_code == 404
    await done(panel.chair, f"{sample}/room/open", {"hours": 1})
    here.clock.pass_by(hours=1)
    assert (await panel.lay.get(pack)).status_code == 404, "and closes by itself"


async def test_what_was_recorded_since_the_decision_is_no_part_of_its_pack(here: World) -> None:
    panel = Panel(here)
    await panel.begin()
    ids = await panel.ticketed(7)
    await done(panel.officer, f"/v1/people/{ids['person']}/encounters", {"kind": "outreach"})
    sample = await panel.drawn(take=5)
    await done(panel.chair, f"{sample}/room/open", {})
    shown = (await read(panel.chair, f"{sample}/cases/{ids['ticket']}/pack"))["pack"]
    assert [one["type"] for one in shown["known"]].count("encounter-recorded") == 1


async def test_the_case_of_who_was_erased_or_restricted_is_shut_and_left_out_for_that(here: World) -> None:
    """Also where somebody has graded it; and what is only restricted opens again."""
    panel = Panel(here)
    await panel.begin("worded")
    of = {one["ticket"]: one["person"] for one in [await panel.ticketed(7), await panel.ticketed(8)]}
    kept, gone = of
    sample = await panel.drawn(take=6)
    await done(panel.chair, f"{sample}/room/open", {"hours": 8})
    privacy = await here.caller("privacy-officer", "hub", worker="privacy")
    await done(panel.lay, f"{sample}/cases/{gone}/grade", {"grade": "appropriate"})
    restriction = await done(
        privacy,
        f"/v1/people/{of[kept]}/processing-restrictions",
        {"ground": "accuracy-contested", "rationale": "He was not there."},
    )
    erasure = {"ground": "objection", "reason": "He asked.", "why_left_open": "It runs out by itself."}
    proposed = await done(panel.coordinator, f"/v1/people/{of[gone]}/erasures", erasure)
    await done(privacy, f"/v1/people/{of[gone]}/erasures/{proposed['erasure']}/order", {})
    for case, reason in ((kept, "processing-restricted"), (gone, "record-erased")):
        for path in ("pack", "pack/proof"):
            refused = await panel.lay.get(f"{sample}/cases/{case}/{path}")
            assert (refused.status_code, refused.json()["code"]) == (409, "case-shut"), refused.text
            assert reason in refused.text
    await done(panel.chair, f"{sample}/cases/{gone}/exclude", {"reason": "record-erased"})
    lifted = {"told_on": here.today.isoformat(), "rationale": "She agrees."}
    await done(
        privacy, f"/v1/people/{of[kept]}/processing-restrictions/{restriction['processing_restriction']}/lift", lifted
    )
    assert (await panel.lay.get(f"{sample}/cases/{kept}/pack")).status_code == 200


async def test_words_are_shown_cleared_where_the_panel_may_read_them(here: World) -> None:
    panel = Panel(here)
    await panel.begin("worded")
    sample = await panel.drawn()
    case = (await read(panel.lay, sample))["cases"][0]["case"]
    await done(panel.chair, f"{sample}/room/open", {})
    answer = await panel.lay.get(f"{sample}/cases/{case}/pack")
    met = next(one for one in answer.json()["pack"]["known"] if one["type"] == "encounter-recorded")
    assert met["words"]["facts_observed"] == "Drinking with [name] on the steps. [name] was asked to leave."
    assert met["words"]["place"] == "[name]"
    assert not any(named in answer.text for named in ("Zebedee", "Wilfred", "Nene"))


async def test_every_look_at_a_pack_stands_in_the_ledger_of_that_person(here: World) -> None:
    panel = Panel(here)
    await panel.begin("worded")
    ids = await panel.ticketed(8)
    sample = await panel.drawn(take=5)
    await done(panel.chair, f"{sample}/room/open", {})
    await read(panel.lay, f"{sample}/cases/{ids['ticket']}/pack")
    privacy = await here.caller("privacy-officer", "hub", worker="privacy")
    looks = await read(privacy, f"/v1/people/{ids['person']}/accesses?use=lawfulness")
    look = next(one for one in looks["items"] if one["worker"] == "lay")
    assert look["purpose"] == "oversight"
    assert look["categories"] == ["scrutiny"]
    assert look["opened"] == ["intelligence"]
    assert "panel-looks-in-the-room" in look["rules"]


async def test_members_grade_for_themselves_first_and_the_report_tells_of_nobody(here: World) -> None:
    panel = Panel(here)
    await panel.begin()
    await done(panel.chair, f"{await panel.drawn()}/abandon", {"reason": "It was the wrong month."})
    sample = await panel.drawn(seed=SEED + "2")
    await done(panel.chair, f"{sample}/room/open", {})
    for case in [one["case"] for one in (await read(panel.lay, sample))["cases"]]:
        path = f"{sample}/cases/{case}"
        await done(panel.lay, f"{path}/grade", {"grade": "appropriate", "observations": "Short notice."})
        unseen = await read(panel.other, f"{path}/pack")
        assert unseen["observed"] == [], "who has not graded yet sees nobody's grade"
        await done(panel.other, f"{path}/grade", {"grade": "inappropriate", "observations": "No interpreter."})
        await done(panel.chair, f"{path}/conclude", {"grade": "appropriate"})
        seen = (await read(panel.lay, f"{path}/pack"))["observed"]
        assert [(one["by"], one["grade"], one["dissents"]) for one in seen] == [
            ("lay", "appropriate", False),
            ("other", "inappropriate", True),
            (None, "appropriate", False),
        ]
        assert seen[1]["observations"] == "No interpreter."
    outside = (await read(panel.officer, sample))["cases"]
    assert all(one["grade"] is None and one["given"] == 0 for one in outside), "grades are for the panel"
    assert (await panel.officer.get(f"{sample}/report")).status_code == 404
    await done(panel.chair, f"{sample}/report", {"words": "Two tickets were looked at."})
    report = await panel.officer.get(f"{sample}/report")
    assert report.json()["figures"]["cases"] == 2
    assert report.json()["given_up"] == 1, "a chair who begins anew until a draw suits is seen to"
    assert "Short notice" not in report.text
    asked = {"to_agency": "police", "words": "Offer an interpreter.", "respond_by": "2030-01-01"}
    made = await done(panel.chair, f"{panel.path}/recommendations", asked)
    recommendation = f"{panel.path}/recommendations/{made['recommendation']}"
    assert (await read(panel.sergeant, recommendation))["yours"] is True
    await done(panel.sergeant, f"{recommendation}/answer", {"response": "accepted", "words": "From May on."})
    await done(panel.chair, f"{recommendation}/follow-up", {"finding": "done", "words": "Seen."})
    assert (await read(panel.officer, "/v1/recommendations"))["items"][0]["recommendation"]["response"] == "accepted"


async def test_a_member_changes_no_case_whatever_they_try(here: World) -> None:
    panel = Panel(here)
    await panel.begin()
    ids = await panel.ticketed(5)
    for path, body in (
        (f"/v1/people/{ids['person']}/encounters", {"kind": "outreach"}),
        (f"/v1/tickets/{ids['ticket']}/void", {"reason": "wrong-person", "told": "in-person"}),
        (f"/v1/people/{ids['person']}/break-glass", {"emergency": "risk-to-life", "reason": "Curious", "hours": 1}),
        ("/v1/people/search", {"given_name": "Ada", "family_name": "Lovelace", "born": "1815-12-10"}),
    ):
        answer = await panel.chair.post(path, body)
        assert answer.status_code in {400, 403, 404}, (path, answer.text)
    assert (await panel.chair.get(f"/v1/people/{ids['person']}")).status_code in {403, 404}
