"""Somebody is taken into custody or admitted to hospital, and leaves it."""

import datetime as dt
from typing import Annotated

from domain.actors import Actor
from domain.calendar import civil_date
from domain.facts import Command, Facts, Line, Personal
from domain.ids import PersonId
from domain.people.circumstances import Stay, StayFrom
from domain.people.person import Person, PersonReleased, StayBegan
from domain.refusals import Conflict, Unreadable


class RecordCustody(Command):
    """Record that somebody was taken into custody."""

    person: PersonId
    until: dt.date | None = None
    station: Annotated[Line | None, Personal("intelligence")] = None


class RecordHospital(Command):
    """Record that somebody was admitted to hospital."""

    person: PersonId
    until: dt.date | None = None
    hospital: Annotated[Line | None, Personal("health")] = None


class RecordRelease(Command):
    """Record that somebody left custody or hospital."""

    person: PersonId
    stay: Stay


class AlreadyThere(Conflict):
    """They are in custody, or in hospital, already."""

    code = "already-there"
    rule = "A stay begins once; another begins after a release."
    permitted_by = "Record the release first."


class NotThere(Conflict):
    """They were not in custody, or in hospital, then."""

    code = "not-there"
    rule = "Only who is in custody or hospital is released from it."
    permitted_by = "Record when they were taken in first."


class StayEndsBeforeItBegins(Unreadable):
    """The last day lies before the first."""

    code = "stay-ends-before-it-begins"
    rule = "A stay ends after it began."
    permitted_by = "Correct the date."


def begin_stay(command: RecordCustody | RecordHospital, by: Actor, known: Person) -> Facts:
    """A stay begins while there is none of its kind; the same one again adds nothing."""
    stay: Stay = "custody" if isinstance(command, RecordCustody) else "hospital"
    if command.until is not None and command.until < civil_date(command.at):
        raise StayEndsBeforeItBegins(until=command.until)
    if (command.at, StayFrom(stay, command.until)) in known.stays:
        return ()
    if known.is_staying(stay, command.at):
        raise AlreadyThere(stay=stay)
    return (
        StayBegan(
            at=command.at,
            person=known.id,
            stay=stay,
            by_agency=by.agency,
            until=command.until,
            station=command.station if isinstance(command, RecordCustody) else None,
            hospital=command.hospital if isinstance(command, RecordHospital) else None,
        ),
    )


def release(command: RecordRelease, by: Actor, known: Person) -> Facts:
    """Only who is there is released; the same release again adds nothing."""
    if (command.at, command.stay) in known.releases:
        return ()
    if not known.is_staying(command.stay, command.at):
        raise NotThere(stay=command.stay)
    return (PersonReleased(at=command.at, person=known.id, stay=command.stay, by_agency=by.agency),)
