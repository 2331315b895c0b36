"""Information is shared without consent: on a recorded basis, with its rationale and its last day."""

import datetime as dt
from typing import Annotated

from domain.actors import Actor
from domain.calendar import civil_date
from domain.codes import SENSITIVE_INFORMATION
from domain.facts import Command, Facts, Personal, Slug, Text
from domain.ids import BasisId, PersonId
from domain.people.consent import (
    Bases,
    BasisEnded,
    BasisRecorded,
    Categories,
    LawfulBasis,
    Recipients,
    ScheduleEight,
    Scope,
)
from domain.people.consenting import ExpiresBeforeItBegins
from domain.people.person import Person
from domain.refusals import AlreadyExists, Guarded, found


class RecordBasis(Command):
    """Record why information may be shared without consent."""

    basis: Annotated[BasisId, Slug]
    person: PersonId
    lawful: LawfulBasis
    recipients: Recipients
    categories: Categories
    until: dt.date
    rationale: Annotated[Text, Personal("identity")]
    condition: ScheduleEight | None = None


class EndBasis(Command):
    """Record that nothing more is shared on a basis, and why."""

    basis: BasisId
    person: PersonId
    rationale: Annotated[Text, Personal("identity")]


class ConditionMissing(Guarded):
    """Sensitive information is shared without consent on a condition, and none is named."""

    code = "condition-missing"
    rule = "Sensitive processing without consent needs a condition of Schedule 8 (Data Protection Act 2018 s.35(5))."
    permitted_by = "Name the condition, ask for consent, or leave the sensitive kinds out."


def record_basis(command: RecordBasis, by: Actor, person: Person, known: Bases) -> Facts:
    """Sharing without consent has its basis, its rationale and its last day; it names each no that it overrides."""
    scope = Scope(command.recipients, command.categories)
    if (before := known.other(command.basis)) is not None:
        if (before.lawful, before.scope, before.until) == (command.lawful, scope, command.until):
            return ()
        raise AlreadyExists(basis=command.basis)
    if command.until < civil_date(command.at):
        raise ExpiresBeforeItBegins(until=command.until)
    if command.condition is None and command.categories & SENSITIVE_INFORMATION:
        raise ConditionMissing(categories=sorted(command.categories & SENSITIVE_INFORMATION))
    overrides = frozenset(
        one.id
        for one in known.consents
        for said_no in (one.refused_at, one.withdrawn_at)
        if said_no is not None and said_no <= command.at and one.asked.meets(scope)
    )
    return (
        BasisRecorded(
            at=command.at,
            basis=command.basis,
            person=person.id,
            by_agency=by.agency,
            lawful=command.lawful,
            condition=command.condition,
            recipients=command.recipients,
            categories=command.categories,
            until=command.until,
            overrides=overrides,
            rationale=command.rationale,
        ),
    )


def end_basis(command: EndBasis, by: Actor, known: Bases) -> Facts:
    """From then on nothing more is shared on it; ended twice adds nothing."""
    basis = found(known.other(command.basis))
    if basis.ended_at is not None:
        return ()
    return (
        BasisEnded(
            at=command.at, basis=basis.id, person=basis.person, by_agency=by.agency, rationale=command.rationale
        ),
    )
