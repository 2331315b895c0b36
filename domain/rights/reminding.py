"""What is due to a person or the Commissioner is reminded of before its day, and said again once it has passed."""

import datetime as dt
from typing import Literal

from domain.facts import Command, Fact, Facts
from domain.ids import AgencyId
from domain.rights.breach import DataBreach
from domain.rights.complaint import Complaint
from domain.rights.request import RightsRequest

RightsThing = Literal["request", "complaint", "data-breach"]

Asked = RightsRequest | Complaint | DataBreach
"""What is answered within a time limit."""


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


def calls_for(one: Asked, said: Said, at: dt.datetime) -> tuple[dt.date, bool] | None:
    """Of which day somebody is to be reminded now, and whether it has passed; None where nothing is to be said."""
    limit = one.time_limit
    reminder = None if limit is None else limit.reminder(at)
    if limit is None or reminder is None:
        return None
    day, overdue = limit.day, reminder == "overdue"
    return None if (one.id, day, overdue) in said else (day, overdue)


def remind(command: RemindOfRights, one: Asked, said: Said) -> Facts:
    """Once for each day, and once when it has passed."""
    found = calls_for(one, said, command.at)
    if found is None:
        return ()
    due, overdue = found
    fact = RightsReminded(
        at=command.at, thing=command.thing, id=command.id, by_agency=one.by_agency, due=due, overdue=overdue
    )
    return (fact,)
