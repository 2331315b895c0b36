"""The agencies of a partnership, the calendars they work by, and the powers conferred on their workers."""

import datetime as dt
from typing import Annotated, Final, Literal

import msgspec

from domain.actors import Role
from domain.calendar import WorkingCalendar
from domain.codes import AgencyKind
from domain.facts import Command, Fact, Facts, Knowledge, Line, Slug, amended, knowing
from domain.ids import AgencyId, WorkerId
from domain.refusals import Conflict, found

Power = Literal["issue-ticket", "issue-cpw", "issue-cpn", "alcohol-surrender"]

POWERS_BY_OFFICE: Final[dict[Role, frozenset[Power]]] = {
    "constable": frozenset({"issue-ticket", "issue-cpw", "issue-cpn", "alcohol-surrender"}),
    "council-officer": frozenset({"issue-ticket", "issue-cpw", "issue-cpn"}),
    "pcso": frozenset({"issue-ticket", "alcohol-surrender"}),
    "accredited-officer": frozenset({"issue-ticket"}),
    "outreach-worker": frozenset({"issue-ticket"}),
    "hub-coordinator": frozenset({"issue-ticket"}),
    "problem-solving-coordinator": frozenset({"issue-ticket"}),
}
"""Powers that come with an office: Anti-social Behaviour, Crime and Policing Act 2014 s.53(1) for a protection
notice (constable, relevant local authority). A person designated under s.53(4) or accredited needs a grant by name."""


class AgencyRegistered(Fact, type="agency-registered", version=1):
    """An agency became a party of the partnership; `phone` is its public number, for whom to ask."""

    agency: AgencyId
    name: str
    kind: AgencyKind
    logs_in: bool = True
    phone: str | None = None


class AgencyDescribed(Fact, type="agency-described", version=1):
    """What an agency is called and how it is reached from now on: what letters and refusals tell people."""

    agency: AgencyId
    name: str
    logs_in: bool
    phone: str | None = None


class CalendarSet(Fact, type="agency-calendar-set", version=1):
    """An agency's working days from now on; due dates count these."""

    agency: AgencyId
    weekdays: frozenset[int]
    closed: frozenset[dt.date]


class PowerConferred(Fact, type="power-conferred", version=1, tags=("power-of:{worker}",)):
    """A power was conferred on a worker by name, for a time, by somebody entitled to."""

    worker: WorkerId
    power: Power
    from_date: dt.date
    until_date: dt.date | None
    source: str


class PowerWithdrawn(Fact, type="power-withdrawn", version=1, tags=("power-of:{worker}",)):
    """A conferred power ended early: it is not held from a day on."""

    worker: WorkerId
    power: Power
    from_date: dt.date
    source: str | None = None


class Agency(msgspec.Struct, frozen=True):
    """What decisions know of an agency."""

    id: AgencyId
    name: str
    kind: AgencyKind
    logs_in: bool
    phone: str | None
    calendar: WorkingCalendar = WorkingCalendar()


Agencies = dict[AgencyId, Agency]


OF_AGENCIES: Final = (AgencyRegistered, AgencyDescribed, CalendarSet)


def evolve_agencies(state: Agencies, fact: Fact) -> Agencies:
    """Agencies by id."""
    match fact:
        case AgencyRegistered():
            known = state.get(fact.agency)
            calendar = known.calendar if known else WorkingCalendar()
            agency = Agency(fact.agency, fact.name, fact.kind, fact.logs_in, fact.phone, calendar)
            return {**state, fact.agency: agency}
        case AgencyDescribed():
            return amended(state, fact.agency, name=fact.name, logs_in=fact.logs_in, phone=fact.phone)
        case CalendarSet():
            return amended(state, fact.agency, calendar=WorkingCalendar(fact.weekdays, fact.closed))
        case _:
            return state


class Grant(msgspec.Struct, frozen=True):
    """A power held by a worker from a day until a day, both inclusive."""

    power: Power
    from_date: dt.date
    until_date: dt.date | None


Grants = tuple[Grant, ...]


def evolve_grants(state: Grants, fact: Fact) -> Grants:
    """The powers conferred on one worker."""
    match fact:
        case PowerConferred():
            return (*state, Grant(fact.power, fact.from_date, fact.until_date))
        case PowerWithdrawn():
            last = fact.from_date - dt.timedelta(days=1)
            return tuple(
                msgspec.structs.replace(grant, until_date=min(grant.until_date or last, last))
                if grant.power == fact.power
                else grant
                for grant in state
            )
        case _:
            return state


def grants(worker: WorkerId) -> Knowledge[Grants]:
    """The powers conferred on a worker by name."""
    return knowing((), evolve_grants, (PowerConferred, PowerWithdrawn), f"power-of:{worker}")


def holds(power: Power, role: Role, held: Grants, on: dt.date) -> bool:
    """Whether a worker holds a power on a day: by office, or by a grant that was in force."""
    if power in POWERS_BY_OFFICE.get(role, frozenset()):
        return True
    return any(
        grant.power == power and grant.from_date <= on and (grant.until_date is None or on <= grant.until_date)
        for grant in held
    )


class RegisterAgency(Command):
    """Enter an agency as a party of the partnership."""

    agency: Annotated[AgencyId, Slug]
    name: Line
    kind: AgencyKind
    logs_in: bool = True
    phone: Line | None = None


class DescribeAgency(Command):
    """Say what an agency is called and how it is reached. What is left out it has not."""

    agency: AgencyId
    name: Line
    logs_in: bool
    phone: Line | None = None


class SetCalendar(Command):
    """Say on which days an agency works."""

    agency: AgencyId
    weekdays: frozenset[int]
    closed: frozenset[dt.date] = frozenset()


class ConferPower(Command):
    """Confer a power on a worker by name."""

    worker: WorkerId
    power: Power
    from_date: dt.date
    source: Line
    until_date: dt.date | None = None


class WithdrawPower(Command):
    """End a power that was conferred on a worker by name; from the day given it is not held."""

    worker: WorkerId
    power: Power
    from_date: dt.date
    source: Line


class PowerNotConferred(Conflict):
    """It was never conferred on this worker by name."""

    code = "power-not-conferred"
    rule = "A power that was conferred by name can be withdrawn; one that comes with an office ends with the post."
    permitted_by = "See which powers the worker has by name. Where one comes with the office, end or change the post."


class AgencyKnownOtherwise(Conflict):
    """The agency is registered already, with another name or kind."""

    code = "agency-known-otherwise"
    rule = "An agency is registered once."


class NoSuchWorkingDays(Conflict):
    """A calendar without a working day has no due dates."""

    code = "no-working-days"
    rule = "An agency works on at least one weekday, 0 (Monday) to 6."


def register(command: RegisterAgency, known: Agencies) -> Facts:
    """An agency is registered once; the same again adds nothing."""
    fact = AgencyRegistered(
        at=command.at,
        agency=command.agency,
        name=command.name,
        kind=command.kind,
        logs_in=command.logs_in,
        phone=command.phone,
    )
    match known.get(command.agency):
        case None:
            return (fact,)
        case Agency(name=command.name, kind=command.kind):
            return ()
        case _:
            raise AgencyKnownOtherwise(agency=command.agency)


def describe(command: DescribeAgency, known: Agencies) -> Facts:
    """A registered agency is described anew; the same again adds nothing. Its kind stays: it decides who sees what."""
    agency = found(known.get(command.agency))
    if (agency.name, agency.logs_in, agency.phone) == (command.name, command.logs_in, command.phone):
        return ()
    return (
        AgencyDescribed(
            at=command.at, agency=agency.id, name=command.name, logs_in=command.logs_in, phone=command.phone
        ),
    )


def set_calendar(command: SetCalendar, known: Agencies) -> Facts:
    """An agency works on at least one weekday; the same calendar again adds nothing."""
    if not command.weekdays or not command.weekdays <= frozenset(range(7)):
        raise NoSuchWorkingDays
    agency = known.get(command.agency)
    if agency is None:
        raise Conflict(agency=command.agency)
    if agency.calendar == WorkingCalendar(command.weekdays, command.closed):
        return ()
    return (CalendarSet(at=command.at, agency=command.agency, weekdays=command.weekdays, closed=command.closed),)


def confer(command: ConferPower, held: Grants) -> Facts:
    """The same grant again adds nothing."""
    if Grant(command.power, command.from_date, command.until_date) in held:
        return ()
    return (
        PowerConferred(
            at=command.at,
            worker=command.worker,
            power=command.power,
            from_date=command.from_date,
            until_date=command.until_date,
            source=command.source,
        ),
    )


def withdraw(command: WithdrawPower, held: Grants) -> Facts:
    """Every grant of the power ends the day before; where none lasts until then, there is nothing to end."""
    of_it = [grant for grant in held if grant.power == command.power]
    if not of_it:
        raise PowerNotConferred(power=command.power)
    if all(grant.until_date is not None and grant.until_date < command.from_date for grant in of_it):
        return ()
    return (
        PowerWithdrawn(
            at=command.at,
            worker=command.worker,
            power=command.power,
            from_date=command.from_date,
            source=command.source,
        ),
    )
