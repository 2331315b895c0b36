"""A legal hold keeps a record as it is, whatever else would end it, until somebody lifts it."""

import datetime as dt

from domain.ids import PersonId
from domain.people import merging
from domain.rights import legal_hold
from domain.rights.legal_hold import LONGEST_MONTHS, holds
from tests.rights.examples import ADA, BEN, PRIVACY, begun, held, lifted, merged, refused, run
from tests.views.histories import CONSTABLE, COORDINATOR, PARTNERSHIP, SYSTEM, told


def test_a_human_holds_a_record_looks_again_and_lifts_the_hold() -> None:
    async def story() -> None:
        history = await begun()
        at = history.clock.now()
        assert await history.said(held(history), PRIVACY)
        later = at.date() + dt.timedelta(days=200)
        kept = told(legal_hold.KeepLegalHold, at=at, hold="h-1", person=ADA, review_on=later, reason="it was adjourned")
        assert await history.said(kept, COORDINATOR)
        (one,) = (await history.decider.know(PARTNERSHIP)(holds(PersonId(ADA)))).values()
        assert (one.matter, one.review_on, one.lifted_at) == ("inquest", later, None)
        assert one.overdue(later + dt.timedelta(days=1))
        assert not one.overdue(later)
        assert await history.said(lifted(history), PRIVACY)
        await refused(history, lifted(history), PRIVACY, "hold-lifted")
        await refused(history, kept, PRIVACY, "hold-lifted")

    run(story())


def test_no_machine_holds_a_record_and_not_everybody_does() -> None:
    async def story() -> None:
        history = await begun()
        await refused(history, held(history), SYSTEM, "humans-hold")
        assert await history.said(held(history), PRIVACY)
        await refused(history, lifted(history), SYSTEM, "humans-hold")
        await refused(history, held(history, matter="legal-claim"), PRIVACY, "already-exists")
        await refused(history, held(history), CONSTABLE, "not-permitted")

    run(story())


def test_somebody_looks_again_within_a_year() -> None:
    async def story() -> None:
        history = await begun()
        today = history.clock.now().date()
        for day in (today, today + dt.timedelta(days=31 * (LONGEST_MONTHS + 1))):
            await refused(history, held(history, review_on=day), PRIVACY, "hold-review-day")

    run(story())


def test_a_hold_stays_with_the_record_that_it_was_placed_on_when_a_merge_is_undone() -> None:
    async def story() -> None:
        history = await begun()
        await merged(history, ADA, BEN)
        await refused(history, held(history, BEN), PRIVACY, "merged-into-another")
        assert await history.said(held(history), PRIVACY)
        undone = told(merging.UnmergePersons, at=history.clock.now(), merge="m-1", reason="two after all")
        assert await history.said(undone, COORDINATOR)
        assert await history.said(lifted(history), PRIVACY)

    run(story())
