"""What others made is recorded: penalties, injunctions, a court's order and the application for it."""

import datetime as dt
from collections.abc import Iterator
from typing import Annotated, Final, Literal

from domain.actors import Actor
from domain.calendar import civil_date, months_after
from domain.codes import CHILD_BANDS, InstrumentKind
from domain.engagement.circumstances import Circumstances, Issuer, NoHumanNamed, against_stopped
from domain.engagement.drafting import PAPER_REVIEW_MONTHS
from domain.engagement.instrument import InstrumentRecorded, Instruments
from domain.engagement.overrides import Override, PlaceCode, named, settle, vouch
from domain.engagement.terms import (
    Condition,
    NoEndNorReview,
    against_conditions,
    places_forbidden,
    supervisors,
    wording,
)
from domain.facts import Command, Facts, Slug
from domain.ids import EpisodeId, InstrumentId, PersonId, WorkerId
from domain.refusals import AlreadyExists, Guarded, Refusal


class RecordInstrument(Command):
    """Record an instrument that others made: a penalty, an injunction, an application for an order, an order.

    `paper`: from a form or a register that does not give its term; it is then reviewed after six months.
    """

    instrument: Annotated[InstrumentId, Slug]
    person: PersonId
    kind: Literal[
        "fpn",
        "civil-injunction",
        "cbo-application",
        "cbo",
        "dispersal-direction",
        "pspo-breach",
        "alcohol-surrender",
        "exclusion",
    ]
    episode: EpisodeId | None = None
    officer: WorkerId | None = None
    authorised_by: WorkerId | None = None
    application: InstrumentId | None = None
    convicted_on: dt.date | None = None
    conditions: tuple[Condition, ...] = ()
    forbids: tuple[PlaceCode, ...] = ()
    ends_on: dt.date | None = None
    review_on: dt.date | None = None
    indefinite: bool = False
    has_income: bool | None = None
    has_home: bool | None = None
    paper: bool = False
    historic: Override | None = None


TERMLESS: Final[frozenset[InstrumentKind]] = frozenset({"fpn", "cbo-application", "pspo-breach", "alcohol-surrender"})
"""What happens once and binds nobody afterwards."""


class NoIncomeOrHome(Guarded):
    """A penalty that cannot be paid."""

    code = "no-income-or-home"
    rule = "A fixed penalty is not given to a person with no income or no home (ours)."
    permitted_by = "Offer the hub instead, or correct what the register says of income and home."


class NoApplication(Guarded):
    """The prosecution did not apply."""

    code = "no-application"
    rule = "A criminal behaviour order is made only on the prosecution's application (Sentencing Code s.331)."
    permitted_by = "Record the application first."


class NoConviction(Guarded):
    """There is no conviction."""

    code = "no-conviction"
    rule = "A criminal behaviour order follows a conviction (Sentencing Code s.331)."
    permitted_by = "Give the date of the conviction."


class OrderTermUnlawful(Guarded):
    """The order's term is not one that the law allows."""

    code = "order-term-unlawful"
    rule = (
        "An adult's criminal behaviour order lasts at least two years or indefinitely, one for a person under 18 from "
        "one to three years (Sentencing Code s.334)."
    )
    permitted_by = "Correct the end of the order."


def record(
    command: RecordInstrument,
    known: Instruments,
    mine: Instruments,
    circumstances: Circumstances,
    issuer: Issuer,
    by: Actor,
) -> Facts:
    """What was made elsewhere is recorded once: with its human, an end or a review date, and what it rests on."""
    if command.instrument in known:
        if command.instrument in mine:
            return ()
        raise AlreadyExists(instrument=command.instrument)
    if any(one.kind == command.kind and one.served_at == command.at and not one.voided for one in mine.values()):
        return ()
    if issuer.worker is None:
        raise NoHumanNamed
    if command.paper and command.kind == "cbo":
        vouch(by)
    issued_on = civil_date(command.at)
    review_on = command.review_on
    if command.paper and command.ends_on is None and review_on is None and not command.indefinite:
        review_on = months_after(issued_on, PAPER_REVIEW_MONTHS)
    overridden = settle(_against_recording(command, mine, circumstances, review_on), command.historic, by)
    forbids = tuple(dict.fromkeys((*command.forbids, *places_forbidden(command.conditions))))
    return (
        InstrumentRecorded(
            at=command.at,
            instrument=command.instrument,
            person=command.person,
            kind=command.kind,
            officer=issuer.worker,
            by_agency=by.agency,
            issued_on=issued_on,
            episode=command.episode,
            authorised_by=command.authorised_by,
            application=command.application,
            convicted_on=command.convicted_on,
            supervisors=supervisors(command.conditions),
            forbids=forbids,
            ends_on=command.ends_on,
            review_on=review_on,
            indefinite=command.indefinite,
            paper=command.paper,
            conditions=wording(command.conditions),
            **named(command.historic, overridden),
        ),
    )


def _against_recording(
    command: RecordInstrument, mine: Instruments, circumstances: Circumstances, review_on: dt.date | None
) -> Iterator[Refusal]:
    yield from against_stopped(circumstances)
    yield from against_conditions(command.conditions, ())
    undated = command.ends_on is None and review_on is None
    if command.kind not in TERMLESS and undated and not (command.kind == "cbo" and command.indefinite):
        yield NoEndNorReview(kind=command.kind)
    if command.kind == "fpn":
        penniless = False in (command.has_income, circumstances.has_income)
        homeless = command.has_home is False or circumstances.no_fixed_abode is True
        if penniless or homeless:
            yield NoIncomeOrHome()
    if command.kind == "cbo":
        yield from _against_order(command, mine, circumstances)


def _against_order(command: RecordInstrument, mine: Instruments, circumstances: Circumstances) -> Iterator[Refusal]:
    """Breach, prosecution, conviction, application, order. A paper register does not give conviction and term."""
    applied = [
        one
        for one in mine.values()
        if one.kind == "cbo-application"
        and not one.voided
        and one.served_at is not None
        and one.served_at <= command.at
    ]
    if not applied or (
        command.application is not None and command.application not in {one.instrument for one in applied}
    ):
        yield NoApplication()
    issued_on = civil_date(command.at)
    if (command.convicted_on is None and not command.paper) or (
        command.convicted_on is not None and command.convicted_on > issued_on
    ):
        yield NoConviction()
    child = circumstances.age_band in CHILD_BANDS
    if command.ends_on is None:
        if (not command.indefinite and not command.paper) or (child and command.indefinite):
            yield OrderTermUnlawful(child=child)
        return
    least, most = (12, 36) if child else (24, None)
    if command.ends_on < months_after(issued_on, least) or (
        most is not None and command.ends_on > months_after(issued_on, most)
    ):
        yield OrderTermUnlawful(child=child)
