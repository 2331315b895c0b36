"""What becomes of an instrument: it is breached, varied, withdrawn or ends; or it should never have been served."""

import datetime as dt
from typing import Literal

from domain.actors import Actor
from domain.engagement.circumstances import NoHumanNamed, issuer_of
from domain.engagement.instrument import (
    EndReason,
    InstrumentBreached,
    InstrumentEnded,
    Instruments,
    InstrumentVaried,
    InstrumentVoided,
    InstrumentWithdrawn,
    VoidReason,
)
from domain.engagement.overrides import Said, settle
from domain.engagement.terms import (
    Condition,
    NoEndNorReview,
    against_conditions,
    places_forbidden,
    supervisors,
    wording,
)
from domain.facts import Command, Facts
from domain.ids import InstrumentId, PersonId, WorkerId
from domain.refusals import Conflict, Guarded, found


class RecordBreach(Command):
    """Record a breach of an instrument that was in force."""

    instrument: InstrumentId
    person: PersonId
    condition: Literal["prohibition", "requirement"]
    officer: WorkerId | None = None
    facts_observed: Said = None


class VaryInstrument(Command):
    """Change an instrument's terms."""

    instrument: InstrumentId
    person: PersonId
    conditions: tuple[Condition, ...] = ()
    ends_on: dt.date | None = None
    review_on: dt.date | None = None


class WithdrawInstrument(Command):
    """Take an instrument back."""

    instrument: InstrumentId
    person: PersonId


class EndInstrument(Command):
    """Record that an instrument came to its end."""

    instrument: InstrumentId
    person: PersonId
    reason: EndReason


class VoidInstrument(Command):
    """Take back an instrument that should never have been served."""

    instrument: InstrumentId
    person: PersonId
    reason: VoidReason


class RequirementLapsed(Guarded):
    """What was required did not hold then."""

    code = "requirement-lapsed"
    rule = "While an appeal is pending prohibitions stand and other requirements lapse (2014 Act s.46(3))."
    permitted_by = "Record a breach only of what held at that moment."


class NotInForce(Conflict):
    """The instrument did not hold at that moment."""

    code = "not-in-force"
    rule = "Only an instrument that holds can be breached, varied, withdrawn or ended."
    permitted_by = "Read the instrument again: it was not served yet, or it has ended."


class VoidItsTicket(Conflict):
    """The instrument is a step of a ladder."""

    code = "void-its-ticket"
    rule = "An instrument served as a step is taken back by voiding the step's ticket."
    permitted_by = "Void the ticket; that voids the instrument."


def breach(command: RecordBreach, mine: Instruments, by: Actor) -> Facts:
    """Only what held at that moment can be breached, and a human saw it."""
    known = found(mine.get(command.instrument))
    if (command.at, command.condition) in known.breaches:
        return ()
    officer = issuer_of(by, command.officer)
    if officer is None:
        raise NoHumanNamed
    if not known.holds_at(command.at):
        raise NotInForce(instrument=command.instrument)
    if command.condition == "requirement" and not known.requires_at(command.at):
        raise RequirementLapsed(instrument=command.instrument)
    return (
        InstrumentBreached(
            at=command.at,
            instrument=command.instrument,
            person=command.person,
            condition=command.condition,
            officer=officer,
            by_agency=by.agency,
            facts_observed=command.facts_observed,
        ),
    )


def vary(command: VaryInstrument, mine: Instruments, by: Actor) -> Facts:
    """What holds may be varied; conditions and dates keep to the rules of a new instrument."""
    known = found(mine.get(command.instrument))
    if command.at in known.varied_at:
        return ()
    if not known.holds_at(command.at):
        raise NotInForce(instrument=command.instrument)
    if by.role == "system":
        raise NoHumanNamed
    if command.ends_on is None and command.review_on is None:
        raise NoEndNorReview(kind=known.kind)
    settle(against_conditions(command.conditions, known.terms.conduct), None, by)
    return (
        InstrumentVaried(
            at=command.at,
            instrument=command.instrument,
            person=command.person,
            by_worker=by.worker,
            by_agency=by.agency,
            prohibitions=sum(one.kind == "prohibition" for one in command.conditions),
            requirements=sum(one.kind == "requirement" for one in command.conditions),
            supervisors=supervisors(command.conditions),
            forbids=places_forbidden(command.conditions),
            ends_on=command.ends_on,
            review_on=command.review_on,
            conditions=wording(command.conditions),
        ),
    )


def withdraw(command: WithdrawInstrument, mine: Instruments, by: Actor) -> Facts:
    """What holds may be withdrawn, once."""
    known = found(mine.get(command.instrument))
    if known.end == "withdrawn":
        return ()
    if not known.holds_at(command.at):
        raise NotInForce(instrument=command.instrument)
    return (
        InstrumentWithdrawn(
            at=command.at,
            instrument=command.instrument,
            person=command.person,
            by_worker=by.worker,
            by_agency=by.agency,
        ),
    )


def end(command: EndInstrument, mine: Instruments, by: Actor) -> Facts:
    """What was served ends once."""
    known = found(mine.get(command.instrument))
    if known.end == "ended":
        return ()
    if known.served_at is None or known.voided or known.end is not None or command.at < known.served_at:
        raise NotInForce(instrument=command.instrument)
    return (
        InstrumentEnded(
            at=command.at,
            instrument=command.instrument,
            person=command.person,
            reason=command.reason,
            by_worker=by.worker,
            by_agency=by.agency,
        ),
    )


def void(command: VoidInstrument, mine: Instruments, by: Actor) -> Facts:
    """A wrongly made instrument counts for nothing; one that is a step is voided with its ticket."""
    known = found(mine.get(command.instrument))
    if known.voided:
        return ()
    if known.ticket is not None:
        raise VoidItsTicket(ticket=known.ticket)
    return (
        InstrumentVoided(
            at=command.at,
            instrument=command.instrument,
            person=command.person,
            reason=command.reason,
            by_worker=by.worker,
            by_agency=by.agency,
        ),
    )
