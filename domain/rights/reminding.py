"""What is due to a person or the Commissioner is reminded of before its day, and said again once it has passed."""

import datetime as dt
from typing import Final, Literal

from domain.calendar import civil_date, end_of_day
from domain.facts import Command, Fact, Facts
from domain.ids import AgencyId
from domain.rights.breach import DataBreach
from domain.rights.complaint import Complaint
from domain.rights.request import RightsRequest

RightsThing = Literal["request", "complaint", "data-breach"]

REMIND_BEFORE: Final = dt.timedelta(days=7)
"""Of a request or complaint. Ours."""
REMIND_OF_BREACH_BEFORE: Final = dt.timedelta(hours=24)
"""Ours."""


class RightsReminded(Fact, type="rights-reminded", version=1):
    """Whoever has to answer was reminded of a day; `overdue`: it has passed."""

    thing: RightsThing
    id: str
    by_agency: AgencyId
    due: dt.date
    overdue: bool


class RemindOfRights(Command):
    """Remind of what is due."""

    thing: RightsThing
    id: str


Said = frozenset[tuple[str, dt.date, bool]]
"""What was said already: of what, of which day, and whether that had passed."""


def evolve(state: Said, fact: Fact) -> Said:
    """After a fact."""
    return state | {(fact.id, fact.due, fact.overdue)} if isinstance(fact, RightsReminded) else state


def due_of(one: RightsRequest | Complaint | DataBreach) -> tuple[dt.datetime, dt.timedelta] | None:
    """By when somebody has to answer, and how long before they are reminded; None where nobody has to, now."""
    match one:
        case RightsRequest():
            return (end_of_day(one.due), REMIND_BEFORE) if one.open and one.waits_for is None else None
        case Complaint():
            return (end_of_day(one.due), REMIND_BEFORE) if one.awaits_acknowledgement else None
        case DataBreach():
            return (one.report_by, REMIND_OF_BREACH_BEFORE) if one.report is None else None


def calls_for(one: RightsRequest | Complaint | DataBreach, said: Said, at: dt.datetime) -> tuple[dt.date, bool] | None:
    """Of which day somebody is to be reminded now, and whether it has passed; None where nothing is to be said."""
    due = due_of(one)
    if due is None:
        return None
    until, before = due
    day, overdue = civil_date(until), at > until
    if (not overdue and at < until - before) or (one.id, day, overdue) in said:
        return None
    return day, overdue


def remind(command: RemindOfRights, one: RightsRequest | Complaint | DataBreach, said: Said) -> Facts:
    """Once for each day, and once when it has passed."""
    found = calls_for(one, said, command.at)
    if found is None:
        return ()
    due, overdue = found
    fact = RightsReminded(
        at=command.at, thing=command.thing, id=command.id, by_agency=one.by_agency, due=due, overdue=overdue
    )
    return (fact,)
