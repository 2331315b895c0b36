"""The demo's panel: a sample reported on, one given up, one in the room, and a recommendation that nobody answered."""

from collections.abc import AsyncIterator

import pytest

from api import wiring
from api.demo import load_case, workers_of
from api.demo_panel import CHAIR, GIVEN_UP, IN_THE_ROOM, LAY, PANEL, REPORTED, SITS_IN, Sitting
from api.hub import Hub
from application.access import NotShown
from application.ports import log_of
from application.published import sheets
from domain.governance.access import Consulted
from domain.scrutiny.scrutiny import scrutiny
from tests.api.world import SetClock

pytestmark = pytest.mark.anyio

WORKERS = workers_of(SITS_IN)


@pytest.fixture
def clock() -> SetClock:
    return SetClock()


@pytest.fixture
async def hub(clock: SetClock) -> AsyncIterator[Hub]:
    async with wiring.in_memory(clock) as opened:
        for one in sheets.cohorts():
            if one.partnership == SITS_IN:
                await load_case(opened, one.cohort, one.partnership, str(one.ladder), sheets.sheet_of(one))
        assert await Sitting(opened, WORKERS).sit()
        yield opened


async def head(hub: Hub) -> int:
    return await hub.decider.log.head(log_of(SITS_IN))


async def test_a_report_is_out_in_which_nobody_can_be_singled_out(hub: Hub) -> None:
    readings = hub.readings.entered_in(NotShown())
    report = await readings.panels.report(WORKERS["officer"], PANEL, REPORTED)
    figures = report.figures
    assert (figures.cases, figures.excluded) == (12, 1)
    told = [one.count for one in figures.grades]
    assert any(one is None for one in told), "few are hidden"
    assert any(told), "and what is told is not nothing"
    assert figures.dissented is None, "two dissented: too few to show"
    states = {one.sample: one.state for one in (await readings.panels.panel(WORKERS[CHAIR], PANEL)).samples}
    assert states == {REPORTED: "published", GIVEN_UP: "abandoned", IN_THE_ROOM: "in-the-room"}


async def test_one_recommendation_was_answered_one_waits_and_one_is_overdue(hub: Hub) -> None:
    asked = (await hub.readings.entered_in(NotShown()).panels.recommendations(WORKERS["coordinator"])).items
    assert [(one.recommendation.to_agency, one.overdue, one.recommendation.response) for one in asked] == [
        ("police", True, None),
        ("drug-and-alcohol-service", False, None),
        ("csp", False, "accepted"),
    ]


async def test_the_chair_sees_a_members_grade_only_after_her_own(hub: Hub) -> None:
    readings = hub.readings.entered_in(NotShown())
    case = (await readings.panels.sample(WORKERS[CHAIR], PANEL, IN_THE_ROOM)).cases[0]
    assert case.given == 1
    assert (await readings.scrutiny_room.pack(WORKERS[CHAIR], PANEL, IN_THE_ROOM, case.case)).observed == ()
    assert len((await readings.scrutiny_room.pack(WORKERS[LAY[0]], PANEL, IN_THE_ROOM, case.case)).observed) == 1


async def test_each_case_was_looked_at_by_each_member_before_it_was_graded(hub: Hub) -> None:
    page = await hub.decider.log.read(log_of(SITS_IN, "access"))
    looks = [fact for one in page.events if isinstance(fact := hub.codec.fact(one), Consulted)]
    assert sum("scrutiny" in one.categories for one in looks) == 12 * 3


async def test_a_second_start_adds_nothing_but_opens_a_room_that_has_closed(hub: Hub, clock: SetClock) -> None:
    once = await head(hub)
    assert await Sitting(hub, WORKERS).sit() == 0
    assert await head(hub) == once
    clock.pass_by(days=1)
    assert await Sitting(hub, WORKERS).sit() == 1
    known = await hub.decider.know(SITS_IN)(scrutiny())
    assert known.samples[IN_THE_ROOM].open_at(clock.now())
