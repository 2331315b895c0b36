"""An agency is reminded of its answer to a panel: before the day, and once when that has passed."""

import datetime as dt

import pytest

from api.following_up import follow_up_everywhere
from application.published.partnerships import coordinator
from domain.refusals import NotPermitted
from domain.scrutiny.recommendation import RecommendationMade, RecommendationReminded, RemindOfRecommendation
from domain.scrutiny.scrutiny import scrutiny
from tests.api.test_every_read import done
from tests.api.world import FENLAND, world
from tests.governance.partners import POLICE
from tests.scrutiny.examples import CHAIR, NOON, PANEL, RECOMMENDATION, SITTING, SUPERVISOR
from tests.scrutiny.test_over_http import Panel
from tests.scrutiny.test_pages import opened

DUE = dt.date(2026, 6, 30)
MADE = RecommendationMade(
    at=NOON, panel=PANEL, recommendation=RECOMMENDATION, to_agency=POLICE, words="Say the next day.", respond_by=DUE
)
CLOCK = coordinator(CHAIR.partnership)
ASKED = SITTING.and_given(MADE)


def reminded(kind: str, at: dt.datetime) -> RecommendationReminded:
    return RecommendationReminded(
        at=at,
        panel=PANEL,
        recommendation=RECOMMENDATION,
        to_agency=POLICE,
        reminder=kind,  # type: ignore[arg-type]
        due=DUE,
    )


def on(day: int, month: int = 6) -> dt.datetime:
    return NOON.replace(month=month, day=day)


def remind(at: dt.datetime) -> RemindOfRecommendation:
    return RemindOfRecommendation(at=at, panel=PANEL, recommendation=RECOMMENDATION)


def test_time_reminds_twice_and_says_nothing_in_between() -> None:
    clock = type(CLOCK)(worker=CLOCK.worker, agency=CLOCK.agency, role="system", partnership=CLOCK.partnership)
    ASKED.when(remind(on(22)), clock).then_nothing()
    soon, late = reminded("due-soon", on(23)), reminded("overdue", on(1, 7))
    ASKED.when(remind(on(23)), clock).then(soon)
    ASKED.and_given(soon).when(remind(on(30)), clock).then_nothing()
    ASKED.and_given(soon).when(remind(on(1, 7)), clock).then(late)
    ASKED.and_given(soon, late).when(remind(on(9, 9)), clock).then_nothing()
    for somebody in (CHAIR, SUPERVISOR):
        ASKED.when(remind(on(23)), somebody).then_refused(NotPermitted)


@pytest.mark.anyio
async def test_what_is_overdue_is_said_once_and_stands_on_the_first_page_of_who_answers() -> None:
    async with world() as here:
        await here.agencies(("hub", "partnership"), ("police", "police"))
        panel = Panel(here)
        await panel.begin()
        until = here.today + dt.timedelta(days=1)
        asked = {"to_agency": "police", "words": "Offer an interpreter.", "respond_by": until.isoformat()}
        await done(panel.chair, f"{panel.path}/recommendations", asked)
        assert "Asked by a scrutiny panel" in await opened(here, panel.sergeant, "/")
        assert "Asked by a scrutiny panel" not in await opened(here, panel.officer, "/"), "who does not answer"
        assert "Asked by a scrutiny panel" not in await opened(here, panel.coordinator, "/"), "another agency"
        hub = here.hub
        await follow_up_everywhere(hub)
        here.clock.pass_by(days=2)
        await follow_up_everywhere(hub)
        await follow_up_everywhere(hub)
        (known,) = (await hub.decider.know(FENLAND)(scrutiny())).recommendations.values()
        assert known.reminded == ("due-soon", "overdue")
        sergeant = await here.caller("supervisor", "police", worker="sergeant")
        page = await opened(here, sergeant, "/panels")
        assert "Answer overdue" in page
        assert "The agency was reminded." in page
