"""A time limit is near, and passes, at the hour of London; it runs while somebody has to answer, and no longer."""

import datetime as dt

from hypothesis import given
from hypothesis import strategies as st

from domain.calendar import civil_date
from domain.facts import Fact
from domain.rights import breach, complaint, request
from domain.rights.breach import CommissionerTold
from domain.rights.complaint import ComplaintAcknowledged
from domain.rights.request import RequesterAsked
from domain.scrutiny import recommendation
from domain.scrutiny.recommendation import RecommendationAnswered
from domain.time_limit import Limited, by_the_end_of
from tests.governance.partners import POLICE
from tests.people.examples import ANNA
from tests.rights.asking import BREACH, COMPLAINED, COMPLAINT, LOST, NOW, RECEIVED, REQUEST, TODAY
from tests.scenario import london
from tests.scrutiny.examples import PANEL, RECOMMENDATION
from tests.scrutiny.test_reminding import MADE

DAYS = st.dates(dt.date(2020, 1, 1), dt.date(2030, 1, 1))
SECONDS = st.datetimes(dt.datetime(2019, 6, 1), dt.datetime(2030, 6, 1), timezones=st.just(dt.UTC)).map(  # noqa: DTZ001
    lambda at: at.replace(microsecond=0)
)


@given(DAYS, st.integers(1, 60), SECONDS)
def test_a_limit_is_near_some_days_before_and_has_passed_from_the_day_after_it(
    day: dt.date, before: int, at: dt.datetime
) -> None:
    limit, today = by_the_end_of(day, dt.timedelta(days=before)), civil_date(at)
    assert limit.day == day
    assert (limit.reminder(at) == "overdue") == (today > day)
    assert (limit.reminder(at) == "due-soon") == (day - dt.timedelta(days=before) < today <= day)


def limited(*facts: Fact) -> Limited:
    """What became of the only thing that these facts are about."""
    entries: dict[str, Limited] = {}
    for register in (request, complaint, breach, recommendation):
        known: dict[str, Limited] = {}
        for one in facts:
            known = register.evolve(known, one)
        entries |= known
    (found,) = entries.values()
    return found


def test_each_register_has_its_limit_until_whoever_has_to_answer_has() -> None:
    later = london("2027-12-01T09:00")
    told = CommissionerTold(
        at=NOW, data_breach=BREACH, reported_at=NOW, reference="IC-1", reason=None, delay=None, words=None
    )
    for begun, ended, soon in (
        (
            RECEIVED,
            RequesterAsked(at=NOW, rights_request=REQUEST, person=ANNA, what="identity", on=TODAY),
            london("2026-09-29T09:00"),
        ),
        (
            COMPLAINED,
            ComplaintAcknowledged(at=NOW, complaint=COMPLAINT, person=ANNA, on=TODAY),
            london("2026-09-29T09:00"),
        ),
        (LOST, told, london("2026-09-04T09:00")),
        (
            MADE,
            RecommendationAnswered(
                at=NOW,
                panel=PANEL,
                recommendation=RECOMMENDATION,
                by_agency=POLICE,
                response="accepted",
                words="We do.",
            ),
            london("2026-06-23T00:00"),
        ),
    ):
        running, over = limited(begun), limited(begun, ended)
        before = soon - dt.timedelta(days=1)
        assert not running.due_soon(before)
        assert running.due_soon(soon)
        assert not running.overdue(soon)
        assert running.overdue(later)
        assert not running.due_soon(later)
        assert over.time_limit is None
        assert not over.overdue(later)
