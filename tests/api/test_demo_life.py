"""The present day of the demo: something waits for each of its workers, once, and no published figure counts it."""

from collections.abc import AsyncIterator, Sequence
from typing import Any

import pytest

from api import wiring
from api.demo import workers_of
from api.demo_life import Life, live
from api.hub import Hub
from api.sheets import opened_partnership, report_luscombe
from application.access import NotShown
from application.deciding import Decided, Decider
from application.ports import log_of
from application.posting import see_in_post
from domain.actors import Actor
from domain.calendar import LONDON, civil_date
from domain.facts import Command
from domain.ids import PartnershipId, PersonId
from tests.api.world import SetClock

pytestmark = pytest.mark.anyio

FENLAND = PartnershipId("fenland")
WORKERS = workers_of(FENLAND)


@pytest.fixture
def clock() -> SetClock:
    return SetClock()


@pytest.fixture
async def hub(clock: SetClock) -> AsyncIterator[Hub]:
    async with wiring.in_memory(clock) as opened:
        await opened_partnership(opened, FENLAND)
        yield opened


async def head(hub: Hub) -> int:
    return await hub.decider.log.head(log_of(FENLAND))


@pytest.mark.parametrize("worker", ["treatment-worker", "housing-officer", "work-coach", "nurse"])
async def test_something_waits_for_each_agency_that_helps_and_something_is_late(hub: Hub, worker: str) -> None:
    await live(hub, WORKERS)
    viewer = WORKERS[worker]
    inbox = (await hub.readings.entered_in(NotShown()).referrals.inbox(viewer, "incoming")).items
    assert any(one.shown.row.status in {"requested", "received"} and not one.overdue for one in inbox)
    assert any(one.overdue for one in inbox)
    assert {one.who.synthetic for one in inbox if one.who} == {True}
    [service] = [
        one
        for one in (
            await hub.readings.entered_in(NotShown()).administration.services(viewer, offered_by=viewer.agency)
        ).items
        if one.questions
    ]
    assert service.free
    assert len(service.questions) in {2, 3}


async def test_senders_see_what_was_accepted_declined_and_asked(hub: Hub) -> None:
    await live(hub, WORKERS)
    sent = [
        one.shown.row
        for box in ("open", "ended")
        for one in (
            await hub.readings.entered_in(NotShown()).referrals.inbox(WORKERS["coordinator"], "outgoing", box)
        ).items
    ]
    assert {"requested", "accepted", "in-progress", "rejected"} <= {one.status for one in sent}
    assert "information-asked" in {one.business_status for one in sent}


async def test_of_two_who_were_entered_twice_one_merge_was_reviewed_and_the_other_waits(hub: Hub) -> None:
    await live(hub, WORKERS)
    readings = hub.readings.entered_in(NotShown())
    [waiting] = (await readings.merges.merges_to_review(WORKERS["coordinator"])).items
    [possible, *_] = (await readings.duplicates.duplicates(WORKERS["coordinator"])).items
    assert {possible.one.row.synthetic, possible.other.row.synthetic} == {True}
    magpie = PersonId(Life(hub, WORKERS).id("magpie"))
    darius = PersonId(Life(hub, WORKERS).id("darius"))
    assert waiting.shown.row.person == darius
    assert len((await readings.people.person(WORKERS["officer"], magpie)).same_human) == 1
    [reviewed] = await readings.merges.merges_of(WORKERS["officer"], magpie)
    assert reviewed.merge.status == "merged"


async def test_a_session_is_today_a_plan_is_due_and_a_consent_runs_out(hub: Hub, clock: SetClock) -> None:
    await live(hub, WORKERS)
    viewer = WORKERS["coordinator"]
    [session] = (await hub.readings.entered_in(NotShown()).hub_days.hub_sessions(viewer)).items
    assert (session.on, session.starts.astimezone(LONDON).hour) == (civil_date(clock.now()), 10)
    due = [one.shown.row for one in (await hub.readings.entered_in(NotShown()).caseload.actions_due(viewer)).items]
    assert {"plan-action", "plan-review"} <= {one.kind for one in due}
    soonest = min(one.due for one in due if one.kind == "consent-expiry")
    assert (soonest - civil_date(clock.now())).days == 3


async def test_the_people_count_in_no_figure_of_a_case(hub: Hub) -> None:
    before = await report_luscombe(hub, partnership=FENLAND, from_date=None, to_date=None)
    await live(hub, WORKERS)
    assert await report_luscombe(hub, partnership=FENLAND, from_date=None, to_date=None) == before


async def test_a_second_start_on_the_same_day_adds_nothing(hub: Hub, clock: SetClock) -> None:
    assert await live(hub, WORKERS)
    once = await head(hub)
    assert await live(hub, WORKERS) == 0
    clock.pass_by(hours=3)
    assert await live(hub, WORKERS) == 0
    assert await head(hub) == once
    clock.pass_by(days=1)
    await live(hub, WORKERS)
    assert len((await hub.readings.entered_in(NotShown()).hub_days.hub_sessions(WORKERS["coordinator"])).items) == 2
    assert await head(hub) == once + 3, "no more than the next session and who comes to it"


@pytest.mark.parametrize("acts", [0, 5, 30, 59])
async def test_what_was_interrupted_is_completed(
    hub: Hub, clock: SetClock, monkeypatch: pytest.MonkeyPatch, acts: int
) -> None:
    for actor in WORKERS.values():
        await see_in_post(hub.decider, actor, clock)
    done = 0
    whole = Decider.decide

    async def decide(self: Decider, act: Command | Sequence[Command], by: Actor, **options: Any) -> Decided:  # noqa: ANN401 - the decider's
        nonlocal done
        if done == acts:
            raise KeyboardInterrupt
        done += 1
        return await whole(self, act, by, **options)

    with monkeypatch.context() as interrupted:
        interrupted.setattr(Decider, "decide", decide)
        with pytest.raises(KeyboardInterrupt):
            await live(hub, WORKERS)
    clock.pass_by(hours=1)
    began = await head(hub)
    completed = await live(hub, WORKERS)
    async with wiring.in_memory(clock) as other:
        await opened_partnership(other, FENLAND)
        assert completed == await live(other, WORKERS) - acts
    assert await head(hub) > began
    assert await live(hub, WORKERS) == 0
