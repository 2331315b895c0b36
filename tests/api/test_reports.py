"""Reports over HTTP: the published cases, their figures, and who is behind each of them."""

from collections.abc import AsyncIterator
from typing import Any, get_args

import pytest

from api import demo, wiring
from application.views.luscombe_report import Figure
from domain.ids import PartnershipId
from tests.api.world import Caller, World, world

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="module")
async def here() -> AsyncIterator[World]:
    async with world(wiring.in_memory(), clock=None) as made:
        await demo.load(made.hub, lambda _: None)
        yield made


async def worker(here: World, name: str, partnership: str = "fenland") -> Caller:
    (found,) = [(agency, role) for one, agency, role in demo.WORKERS if one == name]
    here.clock.at = here.hub.clock.now()
    return await here.caller(found[1], found[0], partnership=PartnershipId(partnership))


async def every_page(caller: Caller, path: str) -> list[dict[str, Any]]:
    found = []
    following: str | None = path
    while following is not None:
        answer = await caller.get(following)
        assert answer.status_code == 200, answer.text
        found.append(answer.json())
        assert ("next" in answer.links) == (found[-1]["next"] is not None)
        following = answer.links["next"]["url"] if "next" in answer.links else None
    return found


async def test_the_published_people_stand_behind_their_figures(here: World) -> None:
    coordinator = await worker(here, "coordinator")
    told = (await coordinator.get("/v1/reports/luscombe")).json()
    assert (told["people_invited"], told["people_by_highest_step"]) == (40, {"green": 37, "cpn": 2, "blue": 1})
    for figure in get_args(Figure):
        pages = await every_page(coordinator, f"/v1/reports/luscombe/people?figure={figure}&limit=30")
        shown = [one for page in pages for one in page["items"]]
        assert pages[0]["count"] == len(shown) + pages[0]["anonymous"] + sum(page["hidden"] for page in pages)
        value = told.get(figure)
        if isinstance(value, int):
            assert pages[0]["count"] == value, figure
    for step, count in told["people_by_highest_step"].items():
        asked = f"/v1/reports/luscombe/people?figure=people_by_highest_step&of={step}"
        (page,) = await every_page(coordinator, asked)
        assert len(page["items"]) == page["count"] == count
        assert {one["of"] for one in page["items"]} == {step}
        assert all(one["who"]["reference"] for one in page["items"])


async def test_the_published_cases_as_pictures_are_drawn_from_them(here: World) -> None:
    coordinator = await worker(here, "coordinator")
    flow = (await coordinator.get("/v1/reports/journey-flow")).json()
    nodes = {one["node"]: one["people"] for one in flow["nodes"]}
    assert (flow["people"], nodes["step:green"], nodes["came-to-hub"]) == (40, 40, 27)
    days = (await coordinator.get("/v1/reports/days-to-hub")).json()
    assert days["days"] == {"median": 7.0, "p90": 14, "reached": 27, "unreached": 13}
    assert sum(one["people"] for one in days["bins"]) == 27
    benches = await worker(here, "coordinator", "peterborough")
    outcomes = (await benches.get("/v1/reports/outcomes-by-agency")).json()
    assert {one["rounded_to"] for one in outcomes["agencies"] if one["agency"] != "csp"} == {5}
    treatment = await worker(here, "treatment-worker", "peterborough")
    own = (await treatment.get("/v1/reports/outcomes-by-agency")).json()["agencies"]
    (mine,) = [one for one in own if one["agency"] == "drug-and-alcohol-service"]
    incoming = (await treatment.get("/v1/referrals/incoming?box=ended")).json()["items"]
    assert mine["rounded_to"] == 1
    assert sum(mine["referrals"].values()) >= len(incoming) > 0


async def test_a_figure_without_people_for_whoever_may_see_none(here: World) -> None:
    administrator = await worker(here, "administrator")
    refused = await administrator.get("/v1/reports/luscombe/people")
    assert (refused.status_code, refused.json()["code"]) == (403, "not-permitted")
    told = (await administrator.get("/v1/reports/luscombe?from_date=2022-10-05")).json()
    assert (told["rounded_to"], told["from_date"]) == (5, "2022-10-01")
    assert told["people_by_highest_step"] == {"green": 35, "cpn": 0, "blue": 0}
    coach = await worker(here, "work-coach")
    (page,) = await every_page(coach, "/v1/reports/luscombe/people?figure=tickets_issued")
    assert (page["count"], page["items"], page["hidden"]) == (47, [], 47)


async def test_what_is_no_figure_or_no_cursor_is_named(here: World) -> None:
    coordinator = await worker(here, "coordinator")
    for asked, pointer in (("figure=everybody", "?figure"), ("cursor=x", "?cursor"), ("from_date=May", "?from_date")):
        answer = await coordinator.get(f"/v1/reports/luscombe/people?{asked}")
        assert answer.status_code == 400
        assert pointer in answer.text
