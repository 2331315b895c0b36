"""A draft is served on a person: what s.43 asks for before a notice, and the last day of an appeal.

Anti-social Behaviour, Crime and Policing Act 2014 ss.43, 46. An instrument that is a step of the person's ladder is
served by issuing that step.
"""

import datetime as dt
from collections.abc import Iterator
from typing import Any, Final

import msgspec

from domain.actors import Actor, Role
from domain.calendar import civil_date
from domain.codes import ScreenResult
from domain.engagement.circumstances import (
    Circumstances,
    Issuer,
    Manner,
    NoHumanNamed,
    against_flags,
    against_manner,
    against_power,
    against_screen,
    against_stopped,
)
from domain.engagement.encounter import Encounters, between
from domain.engagement.instrument import POWER_FOR, STATUTORY, Instrument, Instruments, InstrumentServed
from domain.engagement.ladder import Language
from domain.engagement.overrides import Override, named, settle
from domain.engagement.terms import Terms, against_terms
from domain.facts import Command, Facts
from domain.ids import InstrumentId, PersonId, WorkerId
from domain.refusals import Conflict, Guarded, Refusal, found

APPEAL_DAYS: Final = 21


class ServeInstrument(Command):
    """Serve a draft that is no step of the person's ladder. `officer_role` is the office of a named officer."""

    instrument: InstrumentId
    person: PersonId
    officer: WorkerId | None = None
    officer_role: Role | None = None
    screen: ScreenResult | None = None
    language: Language | None = None
    read_aloud: bool = False
    interpreter: bool = False
    understood: bool | None = None
    historic: Override | None = None


class UnderSixteen(Guarded):
    """The person is not yet sixteen."""

    code = "under-sixteen"
    rule = "A community protection notice is given to nobody under 16 (2014 Act s.43(1)(a))."
    permitted_by = "Nothing: turn to children's services."


class NoServedWarning(Guarded):
    """No warning that names the conduct was served before."""

    code = "no-served-warning"
    rule = "A notice follows a written warning that named the conduct and was served (2014 Act s.43(5)(a))."
    permitted_by = "Serve a community protection warning that names the conduct."


class TimeToComplyNotElapsed(Guarded):
    """The warning's time has not run out."""

    code = "time-to-comply-not-elapsed"
    rule = "A notice is given only after enough time to deal with the matter (2014 Act s.43(5)(b))."
    permitted_by = "Wait until the day after the last day that the warning gave."


class NoContinuingEffect(Guarded):
    """Nothing shows that the conduct went on after the warning."""

    code = "no-continuing-effect"
    rule = (
        "A notice needs evidence that the conduct still has its effect after the warning's time (2014 Act s.43(5)(b))."
    )
    permitted_by = "Record an encounter about the same conduct from after the time that the warning gave."


class IsALadderStep(Guarded):
    """The person's ladder has this instrument as a step."""

    code = "is-a-ladder-step"
    rule = "An instrument that is a step of the person's ladder is served by issuing that step (ours)."
    permitted_by = "Issue the step; it serves the instrument."


class ServingKnown(msgspec.Struct, frozen=True, kw_only=True):
    """What serving must know besides the draft: the person, the officer, what was seen, and the person's ladder."""

    mine: Instruments
    encounters: Encounters
    circumstances: Circumstances
    issuer: Issuer
    ladder_step: bool


def serve(command: ServeInstrument, known: ServingKnown, by: Actor) -> Facts:
    """A draft is served once, by a named human with the power, to somebody whom the guards allow."""
    one = found(known.mine.get(command.instrument))
    if one.served_at is not None and not one.voided:
        return ()
    if one.voided or one.kind not in STATUTORY:
        raise Conflict(instrument=command.instrument)
    if known.issuer.worker is None:
        raise NoHumanNamed
    manner = Manner(
        language=command.language,
        read_aloud=command.read_aloud,
        interpreter=command.interpreter,
        understood=command.understood,
        paper=one.terms.paper,
    )
    overridden = settle(_against_serving(one, known, manner, command), command.historic, by)
    return (
        served(
            command.at,
            command.person,
            one,
            known.issuer.worker,
            by,
            authorised_by=one.authorised_by,
            screen=command.screen,
            language=command.language,
            **named(command.historic, overridden),
        ),
    )


def _against_serving(
    one: Instrument, known: ServingKnown, manner: Manner, command: ServeInstrument
) -> Iterator[Refusal]:
    if known.ladder_step:
        yield IsALadderStep(kind=one.kind)
    yield from against_stopped(known.circumstances)
    yield from against_flags(known.circumstances)
    yield from against_power(known.issuer, POWER_FOR[one.kind])
    yield from against_manner(known.circumstances, manner)
    yield from against_screen(command.screen)
    yield from against_terms(one.kind, one.terms)
    if one.kind == "cpn":
        yield from against_notice(one.terms, known.mine, known.encounters, known.circumstances, command.at)


def against_notice(
    terms: Terms, known: Instruments, encounters: Encounters, circumstances: Circumstances, at: dt.datetime
) -> Iterator[Refusal]:
    """What must have happened before a notice: s.43(1), (5)."""
    if circumstances.age_band == "under-16":
        yield UnderSixteen()
    warnings = [one for one in known.values() if one.kind == "cpw" and _warned(one, terms, at)]
    if not warnings:
        yield NoServedWarning(conduct=terms.conduct)
        return
    if not any(_time_elapsed(one, terms, at) for one in warnings):
        yield TimeToComplyNotElapsed(comply_by=max((one.terms.comply_by or civil_date(at)) for one in warnings))
        return
    if not any(_went_on(one, terms, encounters, at) for one in warnings if _time_elapsed(one, terms, at)):
        yield NoContinuingEffect(conduct=terms.conduct)


def _warned(warning: Instrument, notice: Terms, at: dt.datetime) -> bool:
    """A warning served before, not taken back, that named the conduct; paper vouches for what it does not say here."""
    if warning.voided or warning.served_at is None or warning.served_at >= at:
        return False
    if warning.ended_at is not None and warning.ended_at <= at and warning.end == "withdrawn":
        return False
    warned_of = frozenset(warning.terms.conduct)
    if not warned_of or not notice.conduct:
        return notice.paper
    return frozenset(notice.conduct) <= warned_of


def _time_elapsed(warning: Instrument, notice: Terms, at: dt.datetime) -> bool:
    if warning.terms.comply_by is None:
        return notice.paper
    return civil_date(at) > warning.terms.comply_by


def _went_on(warning: Instrument, notice: Terms, encounters: Encounters, at: dt.datetime) -> bool:
    conduct = frozenset(notice.conduct)
    return any(
        one.behaviour
        and (not conduct or one.asb_type in conduct)
        and (warning.terms.comply_by is None or civil_date(one.at) > warning.terms.comply_by)
        for one in between(encounters, warning.served_at, at)
    )


def served(
    command_at: dt.datetime,
    person: PersonId,
    one: Instrument,
    officer: WorkerId,
    by: Actor,
    **more: Any,  # noqa: ANN401 - fields of the fact
) -> InstrumentServed:
    """The fact that an instrument was served; the last day of an appeal is worked out from its day of issue."""
    issued_on = civil_date(command_at)
    # s.46(2): 21 days beginning with the day of issue, so that day is the first of them
    appeal_by = issued_on + dt.timedelta(days=APPEAL_DAYS - 1) if one.kind == "cpn" else None
    return InstrumentServed(
        at=command_at,
        instrument=one.instrument,
        person=person,
        kind=one.kind,
        officer=officer,
        by_agency=by.agency,
        issued_on=issued_on,
        episode=one.episode,
        conduct=one.terms.conduct,
        prohibitions=one.prohibitions,
        requirements=one.requirements,
        supervisors=one.supervisors,
        forbids=one.forbids,
        comply_by=one.terms.comply_by,
        ends_on=one.terms.ends_on,
        review_on=one.terms.review_on,
        appeal_by=appeal_by,
        explains=one.terms.explains,
        informed_first=one.terms.informed_first,
        nobody_to_inform=one.terms.nobody_to_inform,
        paper=one.terms.paper,
        **more,
    )
