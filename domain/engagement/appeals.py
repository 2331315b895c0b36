"""The right to appeal against a notice is explained, an appeal is entered, and the court decides it (2014 Act s.46)."""

from typing import Annotated

import msgspec

from domain.actors import Actor
from domain.calendar import civil_date
from domain.engagement.in_force import NotInForce
from domain.engagement.instrument import (
    AppealDetermined,
    AppealGround,
    AppealResult,
    AppealRightsExplained,
    InstrumentAppealed,
    Instruments,
)
from domain.engagement.ladder import Language
from domain.engagement.overrides import Override, named, settle
from domain.facts import Command, Facts
from domain.ids import InstrumentId, PersonId
from domain.refusals import Conflict, Guarded, found


class ExplainAppealRights(Command):
    """Tell the person how and until when to appeal."""

    instrument: InstrumentId
    person: PersonId
    language: Language
    interpreter: bool = False


class AppealInstrument(Command):
    """Enter an appeal; `at` is when it was lodged with the court."""

    instrument: InstrumentId
    person: PersonId
    grounds: Annotated[tuple[AppealGround, ...], msgspec.Meta(min_length=1, max_length=8)]
    historic: Override | None = None


class DetermineAppeal(Command):
    """Enter what became of an appeal."""

    instrument: InstrumentId
    person: PersonId
    result: AppealResult


class AppealTooLate(Guarded):
    """The 21 days are over."""

    code = "appeal-too-late"
    rule = "An appeal is made within 21 days beginning with the day of issue (2014 Act s.46(2))."
    permitted_by = "Ask the court whether it still hears the appeal."


class NoAppealHere(Conflict):
    """There is no such appeal against this."""

    code = "no-appeal-here"
    rule = "A community protection notice that was served can be appealed under s.46; a warning cannot."
    permitted_by = "Challenge a warning by a complaint or judicial review."


def explain(command: ExplainAppealRights, mine: Instruments, by: Actor) -> Facts:
    """Appeal rights are explained of what was served; in the same language again adds nothing."""
    known = found(mine.get(command.instrument))
    if known.served_at is None or known.voided:
        raise NotInForce(instrument=command.instrument)
    if command.language in known.explained_in:
        return ()
    return (
        AppealRightsExplained(
            at=command.at,
            instrument=command.instrument,
            person=command.person,
            language=command.language,
            interpreter=command.interpreter,
            by_worker=by.worker,
            by_agency=by.agency,
        ),
    )


def appeal(command: AppealInstrument, mine: Instruments, by: Actor) -> Facts:
    """A notice is appealed once, within 21 days beginning with the day of issue."""
    known = found(mine.get(command.instrument))
    if known.kind != "cpn" or known.served_at is None or known.voided or known.appeal_by is None:
        raise NoAppealHere(kind=known.kind)
    if known.appealed_at is not None:
        if known.appealed_at == command.at and known.grounds == command.grounds:
            return ()
        raise Conflict(instrument=command.instrument)
    late = [AppealTooLate(appeal_by=known.appeal_by)] if civil_date(command.at) > known.appeal_by else []
    overridden = settle(late, command.historic, by)
    return (
        InstrumentAppealed(
            at=command.at,
            instrument=command.instrument,
            person=command.person,
            grounds=command.grounds,
            by_worker=by.worker,
            by_agency=by.agency,
            **named(command.historic, overridden),
        ),
    )


def determine(command: DetermineAppeal, mine: Instruments, by: Actor) -> Facts:
    """A pending appeal is decided once."""
    known = found(mine.get(command.instrument))
    if known.appealed_at is None or command.at < known.appealed_at:
        raise NoAppealHere(kind=known.kind)
    if known.result is not None:
        if known.result == command.result:
            return ()
        raise Conflict(instrument=command.instrument, result=known.result)
    return (
        AppealDetermined(
            at=command.at,
            instrument=command.instrument,
            person=command.person,
            result=command.result,
            by_worker=by.worker,
            by_agency=by.agency,
        ),
    )
