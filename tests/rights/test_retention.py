"""Six years after the last thing that happened, somebody looks whether a record is kept; nothing ends by itself."""

import datetime as dt

import msgspec

from adapters.memory_read_models import MemoryReadModels
from application.follow_up import due, kept_until
from application.views import VIEWS
from application.views.retention import RETENTION, UNSAID, month_end
from domain.calendar import civil_date, months_after
from domain.people import describing
from domain.rights import retention
from domain.rights.retention import NORM_MONTHS
from tests.rights.examples import ADA, BEN, PRIVACY, begun, erased, merged, refused, run
from tests.views.histories import COORDINATOR, LOG, SYSTEM, History, encountered, told


def kept(history: History, person: str = ADA, days: int = 700) -> retention.KeepRecord:
    at = history.clock.now()
    fields = {"because": "safeguarding", "review_on": civil_date(at) + dt.timedelta(days=days)}
    return told(retention.KeepRecord, at=at, person=person, reason="a child may be at risk", **fields)


async def follow_up(history: History) -> int:
    """What time calls for of those whose day has passed; how many were told."""
    models = MemoryReadModels(history.log, history.codec, VIEWS)
    async with models.open(LOG, None) as rows:
        unsaid = [kept_until(one.row) for one in await rows.listed(RETENTION, UNSAID, limit=100)]
    said = [await history.said(one, SYSTEM) for one in due(unsaid, history.clock.now())]
    return sum(said)


async def actions_due(history: History) -> list[str]:
    rows, _ = await MemoryReadModels(history.log, history.codec, VIEWS).brought_forward(LOG)
    return [row.thing for row in rows["due"].values() if row.kind == "retention-review"]


def six_years_pass(history: History) -> None:
    due_on = retention.due_after(month_end(civil_date(history.clock.at)))
    history.clock.at += (due_on - civil_date(history.clock.at)) + dt.timedelta(days=1)


def test_after_six_years_the_agency_that_entered_somebody_looks_and_keeps_the_record_or_not() -> None:
    async def story() -> None:
        history = await begun()
        assert await follow_up(history) == 0
        await refused(history, kept(history), PRIVACY, "not-for-review")
        six_years_pass(history)
        assert await follow_up(history) == 3
        assert await follow_up(history) == 0, "once"
        assert ADA in await actions_due(history)
        assert await history.said(kept(history), PRIVACY), history.refused
        assert ADA not in await actions_due(history)
        await refused(history, kept(history, days=800), PRIVACY, "not-for-review")
        history.clock.at += dt.timedelta(days=701)
        assert await follow_up(history) == 1, "on the day that was set"
        await erased(history, BEN)
        assert await actions_due(history) == ["p-2", ADA] or set(await actions_due(history)) == {"p-2", ADA}

    run(story())


def test_whatever_happens_with_somebody_makes_the_record_younger_and_a_correction_does_not() -> None:
    async def story() -> None:
        history = await begun()
        six_years_pass(history)
        met = encountered(ADA, COORDINATOR, history.clock.now(), "1", 1)
        for one in met if isinstance(met, tuple) else (met,):
            assert await history.said(one, COORDINATOR), history.refused
        alias = told(describing.AddAlias, at=history.clock.now(), person=BEN, detail="d-1", nickname="Smiler")
        assert await history.said(alias, COORDINATOR), history.refused
        await refused(history, kept(history), PRIVACY, "not-for-review")
        assert await history.said(kept(history, BEN), PRIVACY), history.refused

    run(story())


def test_of_merged_records_the_youngest_counts_and_the_one_that_goes_on_is_looked_at() -> None:
    async def story() -> None:
        history = await begun()
        await merged(history, ADA, BEN)
        six_years_pass(history)
        assert await follow_up(history) == 2
        assert set(await actions_due(history)) == {ADA, "p-2"}
        await refused(history, kept(history, BEN), PRIVACY, "merged-into-another")

    run(story())


def test_a_human_keeps_a_record_for_at_most_as_long_again_and_time_alone_reminds() -> None:
    async def story() -> None:
        history = await begun()
        six_years_pass(history)
        await refused(history, kept(history), SYSTEM, "humans-keep")
        for days in (0, 31 * (NORM_MONTHS + 1)):
            await refused(history, kept(history, days=days), PRIVACY, "review-day")
        reminder = told(
            retention.RemindOfRetention,
            at=history.clock.now(),
            person=ADA,
            agency="csp",
            due=months_after(civil_date(history.clock.now()), -1),
        )
        await refused(history, reminder, PRIVACY, "only-time-reminds")
        early = await begun()
        reminder = msgspec.structs.replace(reminder, at=early.clock.now())
        await refused(early, reminder, SYSTEM, "not-for-review")

    run(story())
