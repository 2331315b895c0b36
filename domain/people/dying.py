"""Somebody died, or the report of it was wrong."""

from typing import Annotated

from domain.actors import Actor
from domain.facts import Command, Facts, Personal, Text
from domain.ids import PersonId
from domain.people.person import DeathRetracted, Person, PersonDied
from domain.refusals import Conflict


class RecordDeath(Command):
    """Record that somebody died at this moment."""

    person: PersonId
    source: Annotated[Text, Personal("identity")]


class RetractDeath(Command):
    """Say that a recorded death was wrong."""

    person: PersonId
    reason: Annotated[Text, Personal("identity")]


class DeathKnown(Conflict):
    """The death is recorded, at another moment."""

    code = "death-known"
    rule = "Nobody dies twice."
    permitted_by = "Retract the recorded death if it is wrong, and record it again."


class NotKnownDead(Conflict):
    """No death is recorded."""

    code = "not-known-dead"
    rule = "Only a recorded death is retracted."


def record_death(command: RecordDeath, by: Actor, known: Person) -> Facts:
    """Somebody dies once; the same moment again adds nothing."""
    if known.died_at is not None:
        if known.died_at == command.at:
            return ()
        raise DeathKnown
    return (PersonDied(at=command.at, person=known.id, by_agency=by.agency, source=command.source),)


def retract_death(command: RetractDeath, by: Actor, known: Person, records: frozenset[PersonId]) -> Facts:
    """Only a recorded death is retracted: clocks, letters and tickets go on.

    `records` are those of the human that are the actor's to know: it is retracted under each of them that says so.
    """
    wrong = sorted(known.deaths.keys() & records)
    if not wrong:
        raise NotKnownDead
    return tuple(DeathRetracted(at=command.at, person=one, by_agency=by.agency, reason=command.reason) for one in wrong)
