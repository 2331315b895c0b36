"""Who is behind each figure, and what pictures are drawn from: nobody is lost, and nobody is given away."""

import asyncio
import datetime as dt
import re
from typing import Any, Final, get_args

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from application.figures import ROUNDED_TO, Span, days_histogram, journey_flow, outcomes_by_agency, rounded_report
from application.ports import Envelope, LogId, Recorded
from application.readings.readings import Readings
from application.readings.reports import OF_THE_HUB, PeopleBehind, place_of
from application.views import VIEWS
from application.views.counted import ARRIVALS_COUNTED, REFERRALS_COUNTED, ReferralCount, Turned
from application.views.hub_day import ARRIVALS
from application.views.inbox import REFERRALS
from application.views.luscombe_report import ANONYMOUS, LUSCOMBE, Cohort, Figure, LuscombeReport, report
from application.views.view import Rows
from domain.actors import Actor
from domain.calendar import civil_date
from domain.codes import ReferralStatus
from domain.engagement.hub_session import AnonymousArrived
from domain.facts import Fact
from domain.ids import AgencyId, PersonId, WorkerId
from domain.people.person import PersonReleased, PersonsMerged, StayBegan
from domain.refusals import NotPermitted
from domain.support.referral import ReferralEnteredInError, ReferralSent
from tests.scenario import london
from tests.views.histories import CLINIC, CONSTABLE, COORDINATOR, EVERYBODY, PANEL, History
from tests.views.test_luscombe import came, closed, fact, invited, met, served, ticket
from tests.views.test_reading import in_episode, reading_of, turns

FIGURES: Final[tuple[Figure, ...]] = get_args(Figure)
PARTS: Final = {"people_by_highest_step", "tickets_issued", "instruments_issued"}
AS_OF: Final = dt.date(2025, 12, 31)
SPAN: Final = Span(from_date=None, to_date=None, as_of=AS_OF)


def rows_of(*facts: Fact) -> Rows:
    rows: Rows = {}
    for position, one in enumerate(facts, 1):
        envelope = Envelope(
            log=LogId("fenland/case"),
            position=position,
            event_id=f"{position}",
            recorded=london("2025-12-31T23:00"),
            actor=WorkerId("w-1"),
            agency=AgencyId("police"),
            role="constable",
            purpose="test",
        )
        VIEWS.project(rows, Recorded(one, envelope))
    return rows


def people_in(rows: Rows) -> list[Any]:
    return list(rows.get(LUSCOMBE.name, {}).values())


def value_of(told: LuscombeReport, figure: Figure) -> int:
    """A figure as the report tells it; of one with parts, their sum."""
    if figure.startswith("days_ticket_to_hub_"):
        return int(getattr(told.days_ticket_to_hub, figure.removeprefix("days_ticket_to_hub_")))
    value = getattr(told, figure)
    return sum(value.values()) if isinstance(value, dict) else int(value)


def asked(person: str, at: str) -> Fact:
    """A person is referred to a treatment service."""
    return fact(
        ReferralSent,
        at,
        referral=f"r-{person}",
        person=person,
        from_agency="police",
        to_agency="cgl",
        service="s",
        need="drugs",
        answer_due=AS_OF,
        basis="agreed-at-hub",
        basis_id=None,
        language=None,
        urgency=None,
    )


people = st.sampled_from([f"p{one}" for one in range(8)])
days = st.dates(dt.date(2025, 1, 1), dt.date(2025, 12, 31)).map(lambda day: f"{day}T12:00")
one_fact = st.one_of(
    st.builds(ticket, people, days, st.sampled_from(["green", "cpw", "cpn"]), days, hub=st.booleans()),
    st.builds(invited, people, days, st.sampled_from(["s-1", "s-2"])),
    st.builds(came, people, days, st.sampled_from(["s-1", "s-2", "s-3"])),
    st.builds(met, people, days),
    st.builds(asked, people, days),
    st.builds(served, people, days, st.sampled_from(["cpw", "cpn", "cbo-application", "cbo"])),
    st.builds(closed, people, days, st.sampled_from(["housed", "in-treatment", "died", "custody"])),
    st.builds(lambda at, count: fact(AnonymousArrived, at, session="s-1", arrival=f"a-{at}", count=count), days,
              st.integers(1, 9)),
    st.builds(lambda one, at: fact(StayBegan, at, person=one, stay="hospital"), people, days),
    st.builds(lambda at: fact(PersonsMerged, at, merge="m-1", person="p0", other="p1"), days),
)  # fmt: skip
facts = st.lists(one_fact, max_size=60)
periods = st.tuples(
    st.none() | st.dates(dt.date(2025, 1, 1), dt.date(2025, 12, 31)),
    st.none() | st.dates(dt.date(2025, 1, 1), dt.date(2025, 12, 31)),
)


@settings(max_examples=15)
@given(turns=turns)
def test_what_is_counted_is_what_the_rows_say_that_are_not_read_for_it(turns: list[tuple[int, int, int, int]]) -> None:
    async def story() -> Rows:
        history = await (await History().begin()).goes_on(turns)
        rows: Rows = {}
        for one in await history.recorded():
            VIEWS.project(rows, one)
        return rows

    rows = asyncio.run(story())
    sent = {key: row for key, row in rows.get(REFERRALS.name, {}).items() if row.sent_at is not None}
    counts = rows.get(REFERRALS_COUNTED.name, {})
    assert counts.keys() == sent.keys()
    for key, count in counts.items():
        row = sent[key]
        assert (count.to_agency, count.sent_on, count.status) == (row.to_agency, civil_date(row.sent_at), row.status)
        turned = [(one.status, civil_date(one.happened)) for one in row.history if one.status != "draft"]
        assert [(one.status, one.on) for one in count.turns] == turned
    referred = {(person.person, one.referral) for person in people_in(rows) for one in person.referred}
    assert referred == {(row.person, key) for key, row in sent.items() if row.status != "entered-in-error"}
    came = rows.get(ARRIVALS.name, {})
    for key, one in rows.get(ARRIVALS_COUNTED.name, {}).items():
        row = came.get(key)
        was = (False, False, False) if row is None else (bool(row.invited_at), bool(row.attended_at), row.walk_in)
        assert (one.invited, one.attended, one.walk_in) == was
    counted = rows.get(ARRIVALS_COUNTED.name, {}).keys()
    assert {key for key, row in came.items() if row.invited_at or row.attended_at} <= counted


@given(facts=facts, period=periods)
def test_as_many_are_behind_a_figure_as_it_says(
    facts: list[Fact], period: tuple[dt.date | None, dt.date | None]
) -> None:
    rows = rows_of(*facts)
    anonymous = list(rows.get(ANONYMOUS.name, {}).values())
    asked: dict[str, Any] = {"as_of": AS_OF, "from_date": period[0], "to_date": period[1]}
    told, cohort = report(people_in(rows), anonymous, **asked), Cohort(people_in(rows), anonymous, **asked)
    for figure in FIGURES:
        unnamed = cohort.anonymous if figure in {"walk_ins", "walk_in_anonymous"} else 0
        assert len(cohort.behind(figure)) + unnamed == value_of(told, figure), figure
        if figure in PARTS:
            parts = getattr(told, figure)
            assert {part: len(cohort.behind(figure, part)) for part in parts} == parts


@given(facts=facts)
def test_somebody_counts_once_in_a_figure_of_people(facts: list[Fact]) -> None:
    cohort = Cohort(people_in(rows_of(*facts)), as_of=AS_OF)
    for figure in set(FIGURES) - {"tickets_issued", "tickets_issued_total", "instruments_issued", "cbo_granted"}:
        behind = [one.person for one in cohort.behind(figure)]
        assert len(behind) == len(set(behind)), figure
        assert set(behind) <= set(cohort.records), figure


def referral(to: str, status: ReferralStatus, at: str = "2025-06-05T12:00") -> ReferralCount:
    on = london(at).date()
    return ReferralCount(position=1, to_agency=AgencyId(to), sent_on=on, status=status, turns=(Turned(status, on),))


STATUSES: Final = [one for one in get_args(ReferralStatus) if one != "draft"]
sent = st.lists(st.builds(referral, st.sampled_from(["cgl", "gp"]), st.sampled_from(STATUSES), days), max_size=30)


@given(facts=facts, to=st.sampled_from([1, ROUNDED_TO]))
def test_as_many_leave_a_stage_as_came_to_it(facts: list[Fact], to: int) -> None:
    span = msgspec.structs.replace(SPAN, rounded_to=to)
    rows = people_in(rows_of(*facts))
    flow = journey_flow(span.cohort(rows), span)
    layers = {one.node: one.layer for one in flow.nodes}
    for one in flow.nodes:
        came_in = sum(link.people for link in flow.links if link.target == one.node)
        went_out = sum(link.people for link in flow.links if link.source == one.node)
        assert one.stage == "start" or came_in == one.people
        assert one.stage == "outcome" or went_out == one.people
        assert one.people % to == 0
    assert all(layers[link.source] < layers[link.target] for link in flow.links), "nobody goes back"
    for stage in ("start", "hub", "help", "outcome"):
        assert sum(one.people for one in flow.nodes if one.stage == stage) == flow.people
    if to == 1:
        assert flow.people == sum(1 for one in span.cohort(rows).people if one.concerned)


def test_a_journey_goes_from_the_street_to_what_came_of_it() -> None:
    rows = people_in(
        rows_of(
            met("ann", "2025-06-01T11:00"),
            ticket("ann", "2025-06-01T12:00"),
            ticket("ann", "2025-06-08T12:00", "cpw"),
            came("ann", "2025-06-10T12:00"),
            closed("ann", "2025-06-20T12:00", "housed"),
            came("ben", "2025-06-10T12:00"),
            asked("ann", "2025-06-05T12:00"),
        )
    )
    flow = journey_flow(SPAN.cohort(rows), SPAN)
    assert [(one.source, one.target, one.people) for one in flow.links] == [
        ("met", "step:green", 1),
        ("came-unasked", "came-to-hub", 1),
        ("step:green", "step:cpw", 1),
        ("step:cpw", "came-to-hub", 1),
        ("came-to-hub", "referred", 1),
        ("came-to-hub", "not-referred", 1),
        ("referred", "positive", 1),
        ("not-referred", "open", 1),
    ]


def test_a_referral_entered_in_error_refers_nobody() -> None:
    sent = asked("ben", "2025-06-10T13:00")
    wrong = fact(
        ReferralEnteredInError,
        "2025-06-11T12:00",
        referral="r-ben",
        person="ben",
        from_agency="police",
        to_agency="cgl",
        service="s",
        need="drugs",
    )
    for facts, said in (((sent,), True), ((sent, wrong), False)):
        rows = people_in(rows_of(came("ben", "2025-06-10T12:00"), *facts))
        flow = journey_flow(SPAN.cohort(rows), SPAN)
        assert ("referred" in {one.node for one in flow.nodes}) == said


@given(facts=facts, to=st.sampled_from([1, ROUNDED_TO]))
def test_whoever_had_a_ticket_is_in_one_bin_or_unreached(facts: list[Fact], to: int) -> None:
    rows = people_in(rows_of(*facts))
    histogram = days_histogram(SPAN.cohort(rows), msgspec.structs.replace(SPAN, rounded_to=to))
    told = report(rows, (), as_of=AS_OF).days_ticket_to_hub
    widths = {one.last - one.first for one in histogram.bins}
    assert len(widths) <= 1, "bars of one width"
    assert [one.first for one in histogram.bins[1:]] == [one.last + 1 for one in histogram.bins[:-1]]
    if to == 1:
        assert histogram.days == told
        assert sum(one.people for one in histogram.bins) == told.reached
    else:
        assert all(one.people % to == 0 for one in histogram.bins)
        assert histogram.days.median is None, "of so few people no median is told"


@given(sent=sent)
def test_each_referral_counts_once_for_the_agency_that_is_asked(sent: list[ReferralCount]) -> None:
    span = SPAN.in_months(AS_OF)
    told = outcomes_by_agency([], sent, {AgencyId("cgl"): "Change Grow Live"}, span, AgencyId("cgl"))
    for one in told.agencies:
        own = [row for row in sent if row.to_agency == one.agency and row.status != "entered-in-error"]
        if one.agency == "cgl":
            assert (one.name, one.rounded_to, sum(one.referrals.values())) == ("Change Grow Live", 1, len(own))
        else:
            assert one.rounded_to == ROUNDED_TO
            assert all(count % ROUNDED_TO == 0 for count in one.referrals.values())


def test_a_referral_stands_where_it_stood_on_the_day_of_the_count() -> None:
    row = referral("cgl", "requested", "2025-06-05T12:00")
    done = Turned("completed", dt.date(2025, 8, 1))
    row = msgspec.structs.replace(row, status="completed", turns=(*row.turns, done))
    for as_of, said in ((dt.date(2025, 7, 31), "waiting"), (dt.date(2025, 8, 31), "completed")):
        span = msgspec.structs.replace(SPAN, as_of=as_of)
        (one,) = outcomes_by_agency([], [row], {}, span, AgencyId("cgl")).agencies
        assert {name for name, count in one.referrals.items() if count} == {said}


@given(facts=facts)
def test_a_rounded_report_tells_no_small_number(facts: list[Fact]) -> None:
    rows = rows_of(*facts)
    exact = report(people_in(rows), rows.get(ANONYMOUS.name, {}).values(), as_of=AS_OF)
    told = rounded_report(exact, SPAN.in_months(AS_OF))
    assert told.rounded_to == ROUNDED_TO
    for figure in FIGURES:
        assert value_of(told, figure) % ROUNDED_TO == 0, figure
    assert all(one % ROUNDED_TO == 0 for one in told.people_by_highest_step.values())
    assert told.tickets_issued_total == sum(told.tickets_issued.values()), "a sum tells no more than its parts"
    assert told.days_ticket_to_hub.p90 is None


@pytest.mark.parametrize(
    ("from_date", "to_date", "as_of", "said"),
    [
        ((2025, 3, 14), (2025, 4, 2), (2025, 6, 20), ((2025, 3, 1), (2025, 4, 30), (2025, 6, 20))),
        ((2024, 2, 2), (2024, 2, 3), (2024, 2, 10), ((2024, 2, 1), (2024, 2, 29), (2024, 2, 29))),
    ],
)
def test_a_period_without_people_is_of_whole_months(
    from_date: tuple[int, int, int], to_date: tuple[int, int, int], as_of: tuple[int, int, int], said: object
) -> None:
    asked = Span(from_date=dt.date(*from_date), to_date=dt.date(*to_date), as_of=dt.date(*as_of))
    span = asked.in_months(dt.date(2025, 6, 20))
    assert (span.from_date, span.to_date, span.as_of) == tuple(dt.date(*one) for one in said)  # type: ignore[attr-defined]


async def pages(readings: Readings, viewer: Actor, figure: Figure, limit: int) -> list[PeopleBehind]:
    found = [await readings.reports.people_behind(viewer, figure=figure, limit=limit)]
    while (cursor := found[-1].next) is not None:
        found.append(await readings.reports.people_behind(viewer, figure=figure, limit=limit, cursor=cursor))
    return found


@settings(max_examples=15, deadline=None)
@given(turns=turns, limit=st.integers(1, 4))
def test_all_pages_together_are_the_figure_for_whoever_looks(turns: Any, limit: int) -> None:  # noqa: ANN401
    async def story() -> None:
        history, _ = await in_episode()
        await history.goes_on(turns)
        readings = reading_of(history)
        for viewer in EVERYBODY:
            told = await readings.reports.luscombe(viewer)
            for figure in FIGURES:
                found = await pages(readings, viewer, figure, limit)
                shown = [one for page in found for one in page.items]
                assert {page.count for page in found} == {value_of(told, figure)}
                hidden = sum(page.hidden for page in found)
                assert len(shown) + hidden + found[0].anonymous == found[0].count, figure
                assert all(len(page.items) + page.hidden <= limit for page in found)
                if viewer is COORDINATOR:
                    assert hidden == 0 or figure in {
                        "no_further_contact", "no_further_contact_pending", "people_with_positive_result"
                    }  # fmt: skip
                if viewer is CLINIC and figure not in OF_THE_HUB:
                    assert not shown, "street work is shared between those who do it"

    asyncio.run(story())


@pytest.mark.anyio
async def test_somebody_whom_the_viewer_may_not_see_is_a_number_and_nothing_else() -> None:
    history, readings = await in_episode()
    officer = await readings.reports.people_behind(CONSTABLE, figure="people_invited")
    assert [(one.who.person, one.on) for one in officer.items] == [("p-0", history.clock.now().date())]
    assert officer.hidden == 0
    clinic = await readings.reports.people_behind(CLINIC, figure="people_invited")
    assert (clinic.count, clinic.items, clinic.hidden) == (1, (), 1)
    assert "p-0" not in msgspec.json.encode(clinic).decode()


def test_a_place_in_the_list_names_nobody() -> None:
    (one,) = Cohort(people_in(rows_of(ticket("ann", "2025-06-01T12:00"))), as_of=AS_OF).behind("tickets_issued")
    assert re.fullmatch("[0-9a-f]{64}", place_of(one)), "what a cursor is made of"


@pytest.mark.anyio
async def test_a_role_that_reads_counts_alone_sees_no_person_and_no_small_number() -> None:
    _, readings = await in_episode()
    with pytest.raises(NotPermitted):
        await readings.reports.people_behind(PANEL)
    told = await readings.reports.luscombe(PANEL, no_further_contact_days=7)
    assert (told.people_invited, told.rounded_to, told.no_further_contact_days) == (0, ROUNDED_TO, 90)
    assert (await readings.reports.journey_flow(PANEL)).nodes == ()
    assert (await readings.reports.days_to_hub(PANEL)).days.unreached == 0
    assert (await readings.reports.journey_flow(COORDINATOR)).people == 1


@pytest.mark.anyio
async def test_all_reports_at_once_are_the_same_as_each_by_itself() -> None:
    _, readings = await in_episode()
    for viewer in (COORDINATOR, CLINIC, PANEL):
        at_once = await readings.reports.overview(viewer)
        assert at_once.figures == await readings.reports.luscombe(viewer)
        assert at_once.flow == await readings.reports.journey_flow(viewer)
        assert at_once.days == await readings.reports.days_to_hub(viewer)
        assert at_once.outcomes == await readings.reports.outcomes_by_agency(viewer)


@pytest.mark.anyio
async def test_only_an_agency_s_own_outcomes_are_exact() -> None:
    _, readings = await in_episode()
    for viewer in (COORDINATOR, CONSTABLE, PANEL):
        told = await readings.reports.outcomes_by_agency(viewer)
        assert all(one.rounded_to == (1 if one.agency == viewer.agency else 5) for one in told.agencies)
        assert told.span.rounded_to == ROUNDED_TO


def test_whoever_was_in_hospital_is_not_named_where_those_in_custody_are_left_out() -> None:
    stay = fact(StayBegan, "2025-06-10T12:00", person="ann", stay="hospital")
    gone = fact(PersonReleased, "2025-06-12T12:00", person="ann", stay="hospital")
    for more, betrays in (((), False), ((stay,), True), ((stay, gone), True)):
        cohort = Cohort(people_in(rows_of(ticket("ann", "2025-06-01T12:00"), *more)), as_of=AS_OF)
        for figure in ("no_further_contact", "people_with_positive_result"):
            assert [one.betrays_health for one in cohort.behind(figure)] == [betrays]
    before = fact(StayBegan, "2025-05-10T12:00", person="ann", stay="hospital")
    back = fact(PersonReleased, "2025-05-12T12:00", person="ann", stay="hospital")
    cohort = Cohort(people_in(rows_of(before, back, ticket("ann", "2025-06-01T12:00"))), as_of=AS_OF)
    assert [one.betrays_health for one in cohort.behind("no_further_contact")] == [False]


@pytest.mark.anyio
async def test_a_journey_has_a_lane_for_each_agency_and_says_what_happened_not_how() -> None:
    _, readings = await in_episode()
    journey = await readings.timelines.journey(COORDINATOR, PersonId("p-0"))
    lanes = {one.agency: [mark.type for mark in one.marks] for one in journey.lanes}
    assert "ticket-issued" in lanes[AgencyId("police")]
    assert not journey.cut
    timeline = (await readings.timelines.timeline(COORDINATOR, PersonId("p-0"))).items
    assert sum(len(one.marks) for one in journey.lanes) == len(timeline)


@pytest.mark.anyio
async def test_where_nothing_was_recorded_nothing_flows() -> None:
    readings = reading_of(await History().begin())
    flow = await readings.reports.journey_flow(COORDINATOR)
    assert (flow.people, flow.nodes, flow.links) == (0, (), ())
