"""The agencies of a partnership, the days they work, and the powers of their workers."""

import datetime as dt

import pytest

from application.sheet_acts import agency_called
from domain.actors import Actor, Role
from domain.governance.agency import (
    AgencyDescribed,
    AgencyKnownOtherwise,
    AgencyRegistered,
    CalendarSet,
    ConferPower,
    DescribeAgency,
    NoSuchWorkingDays,
    PowerConferred,
    PowerNotConferred,
    PowerWithdrawn,
    RegisterAgency,
    SetCalendar,
    WithdrawPower,
    evolve_agencies,
    evolve_grants,
    holds,
)
from domain.ids import AgencyId, PartnershipId, WorkerId
from domain.refusals import Conflict, NotPermitted, Unknown
from tests.scenario import given, london

FENLAND = PartnershipId("fenland")
CSP, POLICE, HEALTH = AgencyId("csp"), AgencyId("police"), AgencyId("health")
NOON = london("2026-03-02T12:00")


def worker(role: Role, agency: AgencyId = CSP) -> Actor:
    return Actor(worker=WorkerId("w-1"), agency=agency, role=role, partnership=FENLAND)


PARTNERSHIP = AgencyRegistered(at=NOON, agency=CSP, name="Fenland CSP", kind="partnership")
CONSTABULARY = AgencyRegistered(at=NOON, agency=POLICE, name="Police", kind="police")


def register(name: str = "Health", agency: AgencyId = HEALTH) -> RegisterAgency:
    return RegisterAgency(at=NOON, agency=agency, name=name, kind="health")


def test_the_system_registers_the_first_agency_of_a_partnership() -> None:
    first = RegisterAgency(at=NOON, agency=CSP, name="Fenland CSP", kind="partnership")
    given().when(first, worker("system")).then(PARTNERSHIP)


def test_a_coordinator_registers_an_agency_once() -> None:
    story = given(PARTNERSHIP)
    story.when(register(), worker("hub-coordinator")).then_adds(AgencyRegistered)
    known = AgencyRegistered(at=NOON, agency=HEALTH, name="Health", kind="health")
    story.and_given(known).when(register(), worker("hub-coordinator")).then_nothing()
    story.and_given(known).when(register("Hospital"), worker("hub-coordinator")).then_refused(AgencyKnownOtherwise)


@pytest.mark.parametrize("role", ["constable", "agency-worker", "panel-member"])
def test_who_does_not_administer_changes_neither_agencies_nor_calendars_nor_powers(role: Role) -> None:
    story = given(PARTNERSHIP, CONSTABULARY)
    story.when(register(), worker(role, POLICE)).then_refused(NotPermitted)
    days = SetCalendar(at=NOON, agency=POLICE, weekdays=frozenset({0}))
    story.when(days, worker(role, POLICE)).then_refused(NotPermitted)
    power = ConferPower(
        at=NOON, worker=WorkerId("w-1"), power="issue-cpn", from_date=dt.date(2026, 1, 1), source="a letter"
    )
    story.when(power, worker(role, POLICE)).then_refused(NotPermitted)


def test_an_agency_has_working_days() -> None:
    story, by = given(PARTNERSHIP, CONSTABULARY), worker("administrator")
    closed = frozenset({dt.date(2026, 12, 25)})
    command = SetCalendar(at=NOON, agency=POLICE, weekdays=frozenset({0, 1}), closed=closed)
    facts = story.when(command, by).then_adds(CalendarSet)
    calendar = evolve_agencies(evolve_agencies({}, CONSTABULARY), facts[0])[POLICE].calendar
    assert calendar.works_on(dt.date(2026, 12, 21))
    assert not calendar.works_on(dt.date(2026, 12, 23))
    assert not calendar.works_on(dt.date(2026, 12, 25))
    story.and_given(*facts).when(command, by).then_nothing()


@pytest.mark.parametrize("weekdays", [frozenset(), frozenset({7}), frozenset({-1, 2})])
def test_a_calendar_has_working_days_of_a_week(weekdays: frozenset[int]) -> None:
    command = SetCalendar(at=NOON, agency=POLICE, weekdays=weekdays)
    given(PARTNERSHIP, CONSTABULARY).when(command, worker("administrator")).then_refused(NoSuchWorkingDays)


def test_only_a_known_agency_has_a_calendar() -> None:
    command = SetCalendar(at=NOON, agency=HEALTH, weekdays=frozenset({0}))
    given(PARTNERSHIP).when(command, worker("administrator")).then_refused(Conflict)


def test_registering_an_agency_again_keeps_its_calendar() -> None:
    days = CalendarSet(at=NOON, agency=POLICE, weekdays=frozenset({5}), closed=frozenset())
    state = evolve_agencies(evolve_agencies(evolve_agencies({}, CONSTABULARY), days), CONSTABULARY)
    assert state[POLICE].calendar.weekdays == {5}


def test_what_an_agency_is_called_and_its_phone_are_changed_by_an_administrator() -> None:
    story = given(PARTNERSHIP, CONSTABULARY)
    command = DescribeAgency(at=NOON, agency=POLICE, name="Constabulary", logs_in=True, phone="101")
    facts = story.when(command, worker("administrator")).then_adds(AgencyDescribed)
    state = evolve_agencies(evolve_agencies({}, CONSTABULARY), facts[0])[POLICE]
    assert (state.name, state.phone, state.kind) == ("Constabulary", "101", "police")
    story.and_given(*facts).when(command, worker("administrator")).then_nothing()
    none = DescribeAgency(at=NOON, agency=POLICE, name="Constabulary", logs_in=True)
    facts = story.and_given(*facts).when(none, worker("administrator")).then_adds(AgencyDescribed)
    assert evolve_agencies({POLICE: state}, facts[0])[POLICE].phone is None


def test_an_agency_is_described_by_nobody_else_and_only_where_it_is_known() -> None:
    command = DescribeAgency(at=NOON, agency=POLICE, name="Constabulary", logs_in=True, phone="101")
    given(PARTNERSHIP, CONSTABULARY).when(command, worker("constable", POLICE)).then_refused(NotPermitted)
    given(PARTNERSHIP).when(command, worker("administrator")).then_refused(Unknown)


def test_a_sheet_finds_an_agency_that_was_renamed_by_its_id() -> None:
    known = evolve_agencies(evolve_agencies({}, CONSTABULARY), described("Constabulary"))
    assert agency_called("Police", known) == agency_called("CONSTABULARY", known) == POLICE


def described(name: str) -> AgencyDescribed:
    return AgencyDescribed(at=NOON, agency=POLICE, name=name, logs_in=True)


def test_a_power_is_conferred_once_for_a_time() -> None:
    command = ConferPower(
        at=NOON,
        worker=WorkerId("pcso-1"),
        power="issue-cpn",
        from_date=dt.date(2026, 1, 10),
        until_date=dt.date(2026, 6, 30),
        source="designation by the chief constable",
    )
    story, by = given(PARTNERSHIP), worker("administrator")
    facts = story.when(command, by).then_adds(PowerConferred)
    story.and_given(*facts).when(command, by).then_nothing()
    held = evolve_grants((), facts[0])
    assert not holds("issue-cpn", "pcso", held, dt.date(2026, 1, 9))
    assert holds("issue-cpn", "pcso", held, dt.date(2026, 1, 10))
    assert holds("issue-cpn", "pcso", held, dt.date(2026, 6, 30))
    assert not holds("issue-cpn", "pcso", held, dt.date(2026, 7, 1))
    assert not holds("issue-cpw", "pcso", held, dt.date(2026, 2, 1))


def test_a_withdrawn_power_ends_the_day_before() -> None:
    conferred = PowerConferred(
        at=NOON,
        worker=WorkerId("pcso-1"),
        power="issue-cpn",
        from_date=dt.date(2026, 1, 1),
        until_date=None,
        source="designation",
    )
    gone = PowerWithdrawn(at=NOON, worker=WorkerId("pcso-1"), power="issue-cpn", from_date=dt.date(2026, 3, 1))
    held = evolve_grants(evolve_grants((), conferred), gone)
    assert holds("issue-cpn", "pcso", held, dt.date(2026, 2, 28))
    assert not holds("issue-cpn", "pcso", held, dt.date(2026, 3, 1))


def test_a_power_is_withdrawn_once_and_only_one_that_was_conferred_by_name() -> None:
    command = WithdrawPower(
        at=NOON, worker=WorkerId("pcso-1"), power="issue-cpn", from_date=dt.date(2026, 3, 1), source="letter of 1 March"
    )
    by = worker("administrator")
    given(PARTNERSHIP).when(command, by).then_refused(PowerNotConferred)
    conferred = PowerConferred(
        at=NOON,
        worker=WorkerId("pcso-1"),
        power="issue-cpn",
        from_date=dt.date(2026, 1, 1),
        until_date=None,
        source="designation",
    )
    story = given(PARTNERSHIP, conferred)
    story.when(command, worker("constable", POLICE)).then_refused(NotPermitted)
    facts = story.when(command, by).then_adds(PowerWithdrawn)
    story.and_given(*facts).when(command, by).then_nothing()


def test_a_constable_and_a_council_officer_hold_powers_by_office_and_a_pcso_does_not() -> None:
    on = dt.date(2026, 3, 2)
    assert holds("issue-cpn", "constable", (), on)
    assert holds("issue-cpn", "council-officer", (), on)
    assert not holds("issue-cpn", "pcso", (), on)
    assert not holds("issue-cpn", "agency-worker", (), on)
