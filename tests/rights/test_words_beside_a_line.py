"""The person's own words stand beside the line that they say is wrong, for whoever sees that line, and nobody else."""

from collections.abc import AsyncIterator

import pytest

from tests.api.test_every_read import done
from tests.api.test_probe import cookie_of
from tests.api.world import World, world

pytestmark = pytest.mark.anyio


@pytest.fixture
async def here() -> AsyncIterator[World]:
    async with world() as made:
        await made.agencies(("hub", "partnership"), ("police", "police"), ("dwp", "dwp"))
        yield made


async def test_a_statement_stands_beside_its_line_and_a_correction_is_noted_by_those_concerned(here: World) -> None:
    officer = await here.caller("constable", "police", worker="officer")
    coordinator = await here.caller("hub-coordinator", "hub", worker="coordinator")
    privacy = await here.caller("privacy-officer", "hub", worker="privacy")
    ids = await done(officer, "/v1/people", {"identity": "unknown", "provisional": "no-name-given", "nickname": "Mac"})
    person = f"/v1/people/{ids['person']}"
    met = await done(officer, f"{person}/encounters", {"kind": "outreach", "facts_observed": "Asleep."})
    wrong = {"line": met["position"], "wrong": "I was awake.", "right": "I was reading."}
    first = await done(officer, f"{person}/rectifications", wrong)
    stands = {"reason": "accurate", "reasons": "Two saw it.", "statement": "I was reading by the window."}
    await done(privacy, f"{person}/rectifications/{first['rectification']}/refuse", stands)
    shown = await officer.client.get(person.removeprefix("/v1") + "/timeline", headers=await cookie_of(here, officer))
    assert "I was reading by the window." in shown.text
    assert f"(line {met['position']})" in shown.text
    stranger = await here.caller("agency-worker", "dwp", worker="coach")
    assert (await stranger.get(f"{person}/statements")).status_code == 404, "who sees no such line sees no words"
    await done(coordinator, f"{person}/encounters", {"kind": "outreach"})
    second = await done(officer, f"{person}/rectifications", {**wrong, "wrong": "Not me."})
    path = f"{person}/rectifications/{second['rectification']}"
    early = await privacy.post(f"{path}/accept", {})
    assert early.json()["code"] == "correction-not-recorded"
    encounter = f"{person}/encounters/{met['encounter']}"
    etag = (await officer.get(encounter)).headers["etag"]
    mended = await officer.patch(encounter, {"facts_observed": "Reading."}, if_match=etag)
    assert mended.status_code == 200, mended.text
    await done(privacy, f"{path}/accept", {})
    assert (await privacy.get(path)).json()["to_note"] == 1
    (waiting,) = (await coordinator.get("/v1/corrections")).json()["items"]
    assert waiting["rectification"] == second["rectification"]
    assert (await officer.get("/v1/corrections")).json()["items"] == [], "who entered what was wrong knows"
    await done(coordinator, f"{path}/note", {})
    assert (await coordinator.get("/v1/corrections")).json()["items"] == []
    assert (await privacy.get(path)).json()["noted"] == 1
