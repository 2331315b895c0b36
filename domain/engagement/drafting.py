"""A community protection warning or notice is drafted, and the draft is authorised."""

from typing import Annotated, Final, Literal

import msgspec

from domain.actors import Actor
from domain.calendar import civil_date
from domain.codes import InstrumentKind
from domain.engagement.circumstances import NoHumanNamed
from domain.engagement.instrument import Instrument, InstrumentAuthorised, InstrumentDrafted, Instruments
from domain.engagement.overrides import Override, named, settle, vouch
from domain.engagement.terms import Terms, against_terms, places_forbidden, supervisors, with_review, wording
from domain.facts import Command, Facts, Slug
from domain.ids import EpisodeId, InstrumentId, PersonId
from domain.refusals import AlreadyExists, Conflict, found

PAPER_REVIEW_MONTHS: Final = 6


class DraftInstrument(Command):
    """Draft a community protection warning or notice."""

    instrument: Annotated[InstrumentId, Slug]
    person: PersonId
    kind: Literal["cpw", "cpn"]
    terms: Terms
    episode: EpisodeId | None = None
    historic: Override | None = None


class AuthoriseInstrument(Command):
    """Approve a draft."""

    instrument: InstrumentId
    person: PersonId


def drafted(instrument: InstrumentId, kind: InstrumentKind, terms: Terms, episode: EpisodeId | None) -> Instrument:
    """An instrument as its terms make it. The conditions' wording is not part of it: it is sealed in the fact."""
    return Instrument(
        instrument=instrument,
        kind=kind,
        terms=msgspec.structs.replace(terms, conditions=()),
        prohibitions=sum(one.kind == "prohibition" for one in terms.conditions),
        requirements=sum(one.kind == "requirement" for one in terms.conditions),
        supervisors=supervisors(terms.conditions),
        forbids=places_forbidden(terms.conditions),
        episode=episode,
    )


def draft(command: DraftInstrument, known: Instruments, mine: Instruments, by: Actor) -> Facts:
    """A draft says what the instrument must say. The same id again adds nothing, another person's is refused."""
    if command.instrument in known:
        if command.instrument in mine:
            return ()
        raise AlreadyExists(instrument=command.instrument)
    terms = command.terms
    if terms.paper and command.kind == "cpn":
        vouch(by)
    if terms.paper:
        terms = with_review(terms, civil_date(command.at), PAPER_REVIEW_MONTHS)
    overridden = settle(against_terms(command.kind, terms), command.historic, by)
    made = drafted(command.instrument, command.kind, terms, command.episode)
    return (
        InstrumentDrafted(
            at=command.at,
            instrument=command.instrument,
            person=command.person,
            kind=command.kind,
            by_worker=by.worker,
            by_agency=by.agency,
            episode=command.episode,
            conduct=terms.conduct,
            prohibitions=made.prohibitions,
            requirements=made.requirements,
            supervisors=made.supervisors,
            forbids=made.forbids,
            comply_by=terms.comply_by,
            ends_on=terms.ends_on,
            review_on=terms.review_on,
            explains=terms.explains,
            informed_first=terms.informed_first,
            nobody_to_inform=terms.nobody_to_inform,
            paper=terms.paper,
            conditions=wording(terms.conditions),
            **named(command.historic, overridden),
        ),
    )


def authorise(command: AuthoriseInstrument, mine: Instruments, by: Actor) -> Facts:
    """A human approves a draft once."""
    known = found(mine.get(command.instrument))
    if by.role == "system":
        raise NoHumanNamed
    if known.authorised_by is not None:
        return ()
    if known.voided or known.served_at is not None:
        raise Conflict(instrument=command.instrument)
    return (
        InstrumentAuthorised(
            at=command.at,
            instrument=command.instrument,
            person=command.person,
            by_worker=by.worker,
            by_agency=by.agency,
        ),
    )
