"""Somebody is entered in the register and, later, identified: each time after a search for who they may be already."""

import datetime as dt
from typing import Annotated, Final

import msgspec

from domain.actors import COORDINATORS, Actor, Role
from domain.calendar import civil_date
from domain.codes import AgeBand, IdentityConfidence, Sex, age_band
from domain.facts import Command, Fact, Facts, Knowledge, Personal, Slug, knowing
from domain.ids import DetailId, PersonId, SearchId
from domain.people.circumstances import Language
from domain.people.person import (
    IdentityLine,
    IdentityNote,
    Person,
    PersonIdentified,
    PersonRegistered,
    ProvisionalReason,
)
from domain.people.search import Answer, SearchAnswer, Searched, SearchFirst, answer
from domain.refusals import AlreadyExists, Conflict, Unreadable

Reference = Annotated[str, msgspec.Meta(pattern=r"^[A-Z0-9][A-Z0-9-]{2,31}$")]
"""A short random code by which workers speak of somebody. It says nothing about them, so it stands open."""

Unsure = Annotated[tuple[PersonId, ...], msgspec.Meta(max_length=100)]
"""Of whom, of those shown, the searcher cannot say that it is somebody else."""

SHEET_KEEPERS: Final[frozenset[Role]] = COORDINATORS | {"system"}
"""Those who may say that a sheet told its people apart."""


def evolve_holder(state: PersonId | None, fact: Fact) -> PersonId | None:
    """The first one who was given it."""
    return fact.person if isinstance(fact, PersonRegistered) and state is None else state


def holder(reference: str) -> Knowledge[PersonId | None]:
    """Who holds a reference."""
    return knowing(None, evolve_holder, (PersonRegistered,), f"reference:{reference}")


class RegisterPerson(Command):
    """Enter somebody: after a search made the same day, or provisionally with the reason why there was none."""

    person: Annotated[PersonId, Slug]
    reference: Reference
    identity: IdentityConfidence
    search: SearchId | None = None
    answer: SearchAnswer | None = None
    unsure: Unsure = ()
    provisional: ProvisionalReason | None = None
    has_name: bool = False
    age_band: AgeBand | None = None
    age_as_of: dt.date | None = None
    understands: Annotated[tuple[Language, ...], msgspec.Meta(max_length=20)] = ()
    needs_interpreter: bool | None = None
    no_fixed_abode: bool | None = None
    has_income: bool | None = None
    synthetic: bool = False
    given_name: IdentityLine = None
    family_name: IdentityLine = None
    nickname: IdentityLine = None
    born: Annotated[dt.date | None, Personal("identity")] = None
    sex: Annotated[Sex | None, Personal("identity")] = None
    description: IdentityNote = None
    phone: IdentityLine = None
    email: IdentityLine = None
    address: IdentityLine = None
    where_found: IdentityLine = None


class IdentifyPerson(Command):
    """Add to or correct who somebody is. Whoever was entered provisionally is searched for before getting a name."""

    person: PersonId
    detail: Annotated[DetailId, Slug]
    identity: IdentityConfidence
    search: SearchId | None = None
    answer: SearchAnswer | None = None
    unsure: Unsure = ()
    has_name: bool = False
    age_band: AgeBand | None = None
    age_as_of: dt.date | None = None
    given_name: IdentityLine = None
    family_name: IdentityLine = None
    nickname: IdentityLine = None
    born: Annotated[dt.date | None, Personal("identity")] = None
    sex: Annotated[Sex | None, Personal("identity")] = None
    description: IdentityNote = None


class ReferenceTaken(Conflict):
    """Another person is spoken of by this reference."""

    code = "reference-taken"
    rule = "A reference means one person (ours)."
    permitted_by = "Take another reference."


class OpenFieldsContradict(Unreadable):
    """The coarse open fields and the identity beside them say two things."""

    code = "open-fields-contradict"
    rule = "The age band is that of the date of birth on the day; `has_name` is true where a name is given."
    permitted_by = "Leave the coarse fields out, or correct them."


class BornInFuture(Unreadable):
    """The date of birth has not come yet."""

    code = "born-in-future"
    rule = "Nobody is met before they are born."
    permitted_by = "Correct the date of birth."


def _check_open_fields(command: RegisterPerson | IdentifyPerson) -> None:
    """What is sealed may be gone when this is decided again: it may contradict, and is never needed."""
    if command.born is not None and command.born > civil_date(command.at):
        raise BornInFuture
    if command.born is not None and command.age_band != _band(command):
        raise OpenFieldsContradict(field="age_band")
    if (command.given_name or command.family_name) and not command.has_name:
        raise OpenFieldsContradict(field="has_name")


def _band(command: RegisterPerson | IdentifyPerson) -> AgeBand | None:
    return age_band(command.born, command.age_as_of or civil_date(command.at)) if command.born else None


def register(
    command: RegisterPerson, by: Actor, known: Person, held_by: PersonId | None, search: Searched | None
) -> Facts:
    """A person is entered once, after a search of the same agency and day, or provisionally with a reason."""
    if known.registered:
        if (known.reference, known.by_agency) == (command.reference, by.agency):
            return ()
        raise AlreadyExists(person=command.person)
    if held_by is not None:
        raise ReferenceTaken(reference=command.reference)
    _check_open_fields(command)
    if command.provisional == "no-name-given" and command.has_name:
        raise OpenFieldsContradict(field="provisional")
    answered: Facts = ()
    if command.search is not None:
        given = Answer(search=command.search, answer=command.answer, unsure=command.unsure)
        answered = answer(given, by, search, command.person, command.at)
    elif command.provisional is None or (command.provisional == "from-sheet" and by.role not in SHEET_KEEPERS):
        raise SearchFirst
    return (
        PersonRegistered(
            at=command.at,
            person=command.person,
            reference=command.reference,
            by_agency=by.agency,
            identity=command.identity,
            search=command.search,
            answer=command.answer,
            provisional=command.provisional,
            has_name=command.has_name,
            age_band=command.age_band,
            age_as_of=command.age_as_of,
            understands=command.understands,
            needs_interpreter=command.needs_interpreter,
            no_fixed_abode=command.no_fixed_abode,
            has_income=command.has_income,
            synthetic=command.synthetic,
            given_name=command.given_name,
            family_name=command.family_name,
            nickname=command.nickname,
            born=command.born.isoformat() if command.born else None,
            sex=command.sex,
            description=command.description,
            phone=command.phone,
            email=command.email,
            address=command.address,
            where_found=command.where_found,
        ),
        *answered,
    )


def identify(command: IdentifyPerson, by: Actor, known: Person, search: Searched | None) -> Facts:
    """Who gets a first name, or was entered provisionally, is looked for first; the same detail again adds nothing."""
    if command.detail in known.details:
        return ()
    _check_open_fields(command)
    answered: Facts = ()
    if command.search is not None:
        given = Answer(search=command.search, answer=command.answer, unsure=command.unsure)
        answered = answer(given, by, search, known.id, command.at)
    elif command.has_name and (known.provisional or not known.has_name):
        raise SearchFirst
    return (
        PersonIdentified(
            at=command.at,
            person=known.id,
            detail=command.detail,
            by_agency=by.agency,
            identity=command.identity,
            search=command.search,
            answer=command.answer,
            has_name=command.has_name,
            age_band=command.age_band,
            age_as_of=command.age_as_of,
            given_name=command.given_name,
            family_name=command.family_name,
            nickname=command.nickname,
            born=command.born.isoformat() if command.born else None,
            sex=command.sex,
            description=command.description,
        ),
        *answered,
    )
