"""A panel's meeting on its pages: from the seed to the report, without anybody's name."""

import re
from collections.abc import AsyncIterator
from urllib.parse import urlencode

import httpx
import pytest

from tests.api.test_every_read import done
from tests.api.test_probe import cookie_of
from tests.api.world import Caller, World, world
from tests.scrutiny.test_over_http import Panel, read

pytestmark = pytest.mark.anyio


@pytest.fixture
async def here() -> AsyncIterator[World]:
    async with world() as made:
        await made.agencies(("hub", "partnership"), ("police", "police"))
        yield made


async def opened(here: World, caller: Caller, path: str, status: int = 200) -> str:
    answer: httpx.Response = await caller.client.get(path, headers=await cookie_of(here, caller))
    assert answer.status_code == status, (path, answer.text)
    return answer.text


async def sent(here: World, caller: Caller, path: str, **typed: str) -> str:
    """A form is opened, filled in and sent, as a browser without JavaScript does it."""
    cookie = await cookie_of(here, caller)
    page = (await caller.client.get(path, headers=cookie)).text
    hidden = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page))
    assert "csrf" in hidden, page
    body = urlencode(hidden | typed)
    kind = {"content-type": "application/x-www-form-urlencoded", "origin": "http://hub"}
    answer = await caller.client.post(path.partition("?")[0], content=body, headers={**cookie, **kind})
    assert answer.status_code == 303, (path, answer.text)
    return answer.headers["location"]


async def test_a_meeting_on_its_pages(here: World) -> None:
    panel = Panel(here)
    await panel.begin("worded")
    assert "Luscombe scrutiny panel" in await opened(here, panel.officer, "/panels")
    page = await opened(here, panel.chair, "/panels/luscombe")
    assert "Commit to a sample" in page
    assert "Commit to a sample" not in await opened(here, panel.lay, "/panels/luscombe")
    seeds = {tuple(re.findall(r"<code>(\w+)</code>", await opened(here, panel.chair, "/panels/luscombe/seed")))}
    seeds.add(tuple(re.findall(r"<code>(\w+)</code>", await opened(here, panel.chair, "/panels/luscombe/seed"))))
    assert len(seeds) == 2, "each is made anew, and kept nowhere"
    sample = (await panel.drawn()).removeprefix("/v1")
    assert "Open the room" in await opened(here, panel.chair, sample)
    await sent(here, panel.chair, f"{sample}/room/open?back={sample}", hours="2")
    page = await opened(here, panel.lay, sample)
    assert "The room is open until" in page
    cases = [one["case"] for one in (await read(panel.lay, f"/v1{sample}"))["cases"]]
    for case in cases:
        at = f"{sample}/cases/{case}"
        page = await opened(here, panel.lay, f"{at}/pack")
        assert "What was known then" in page
        assert "Street encounter" in page or "Encounter" in page
        assert not any(one in page for one in ("Zebedee", "Wilfred", "Nene"))
        assert await sent(here, panel.lay, f"{at}/grade?back={at}/pack", grade="appropriate") == f"{at}/pack"
        await sent(here, panel.other, f"{at}/grade?back={at}/pack", grade="inappropriate", observations="Too quick.")
        page = await opened(here, panel.lay, f"{at}/pack")
        assert "Too quick." in page
        await sent(here, panel.chair, f"{at}/conclude?back={at}/pack", grade="appropriate")
        assert "Dissents" in await opened(here, panel.lay, f"{at}/pack")
    await opened(here, panel.officer, f"{sample}/cases/{cases[0]}/pack", 404)
    await sent(here, panel.chair, f"{sample}/report/new?back={sample}", words="Two tickets were looked at.")
    report = await opened(here, panel.officer, f"{sample}/report")
    assert "too few to show" in report
    assert "Two tickets were looked at." in report
    asked = {"to_agency": "police", "words": "Offer an interpreter.", "respond_by": "2030-01-01"}
    await done(panel.chair, "/v1/panels/luscombe/recommendations", asked)
    assert "Answer a recommendation" in await opened(here, panel.sergeant, "/panels")
    assert "Follow up a recommendation" not in await opened(here, panel.sergeant, "/panels/luscombe")
