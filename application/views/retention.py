"""How long each record is kept: from the last thing that happened, until when somebody looks whether to keep it."""

import calendar
import datetime as dt

import msgspec

from application.ports import Recorded
from application.views.view import EVERYTHING, Place, View, its_person
from domain.calendar import civil_date
from domain.ids import AgencyId, PersonId
from domain.people.erased import ErasureOrdered
from domain.people.person import PersonRegistered, PersonsMerged, PersonsUnmerged
from domain.rights.retention import LAST_THINGS, KeptBecause, RetentionKept, RetentionReviewDue, due_after

UNSAID = "retention/unsaid"
"""The list of those of whose day nobody was told yet."""


class RetentionRow(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """When a record is looked at: `last_in` is the last day of the month in which something last happened.

    `agency` entered the person and looks. `told` is the day of which it was told. A record that goes on under another
    is looked at with that one.
    """

    position: int
    person: PersonId
    agency: AgencyId
    last_in: dt.date
    kept_until: dt.date | None = None
    because: KeptBecause | None = None
    told: dt.date | None = None
    merged_into: PersonId | None = None

    @property
    def due(self) -> dt.date:
        """When somebody looks whether to keep it."""
        norm = due_after(self.last_in)
        return norm if self.kept_until is None else max(norm, self.kept_until)


def month_end(day: dt.date) -> dt.date:
    """The last day of a month: a row is written anew once a month at most, whatever happens in it."""
    return day.replace(day=calendar.monthrange(day.year, day.month)[1])


def keys(recorded: Recorded) -> tuple[str, ...]:
    """The person; of a merge, the record that goes on under another."""
    fact = recorded.fact
    if isinstance(fact, PersonsMerged | PersonsUnmerged):
        return (fact.other,)
    return (fact.person,)  # type: ignore[attr-defined] # every fact of this view names a person


def evolve(row: RetentionRow | None, recorded: Recorded, _key: str) -> RetentionRow | None:
    """A record after a fact; None once it was erased."""
    fact, position = recorded.fact, recorded.envelope.position
    if isinstance(fact, PersonRegistered):
        last_in = month_end(civil_date(fact.at))
        return RetentionRow(position=position, person=fact.person, agency=fact.by_agency, last_in=last_in)
    if row is None or isinstance(fact, ErasureOrdered):
        return None
    change = msgspec.structs.replace
    match fact:
        case RetentionKept():
            return change(row, position=position, kept_until=fact.review_on, because=fact.because)
        case RetentionReviewDue():
            return change(row, position=position, told=fact.due)
        case PersonsMerged():
            return change(row, position=position, merged_into=fact.person)
        case PersonsUnmerged():
            return change(row, position=position, merged_into=None)
        case _:
            last_in = month_end(civil_date(fact.at))
            return change(row, position=position, last_in=last_in) if row.last_in < last_in else row


def places(row: RetentionRow) -> tuple[Place, ...]:
    """By day, with all and with the agency that looks, and with those of whose day nobody was told."""
    if row.merged_into is not None:
        return ()
    sort = f"{row.due}"
    unsaid = () if row.told == row.due else (Place(UNSAID, sort),)
    return (Place(EVERYTHING, sort), Place(f"agency:{row.agency}/retention", sort), *unsaid)


RETENTION: View[RetentionRow] = View(
    name="retention",
    version=1,
    row=RetentionRow,
    facts=LAST_THINGS | {RetentionKept, RetentionReviewDue, PersonsMerged, PersonsUnmerged, ErasureOrdered},
    keys=keys,
    evolve=evolve,
    about=its_person,
    places=places,
)
