"""What is added to somebody's record: other names, ethnicity, languages, how to reach them, home and income."""

from typing import Annotated

import msgspec

from domain.actors import Actor
from domain.codes import Ethnicity
from domain.facts import Command, Facts, Personal, Slug
from domain.ids import DetailId, PersonId
from domain.people.circumstances import Circumstances, Language, Languages
from domain.people.person import (
    AliasAdded,
    CircumstancesRecorded,
    ContactDetail,
    ContactSet,
    EthnicityDescribed,
    EthnicityObserved,
    IdentityLine,
    IdentityNote,
    LanguagesSet,
    Person,
)
from domain.refusals import Unreadable


class AddAlias(Command):
    """Record another name that somebody is known by."""

    person: PersonId
    detail: Annotated[DetailId, Slug]
    given_name: IdentityLine = None
    family_name: IdentityLine = None
    nickname: IdentityLine = None


class DescribeEthnicity(Command):
    """Record what somebody says of their own ethnicity."""

    person: PersonId
    detail: Annotated[DetailId, Slug]
    ethnicity: Annotated[Ethnicity, Personal("identity")]


class ObserveEthnicity(Command):
    """Record what an officer took somebody's ethnicity to be."""

    person: PersonId
    detail: Annotated[DetailId, Slug]
    ethnicity: Annotated[Ethnicity, Personal("intelligence")]


class SetLanguages(Command):
    """Record which languages somebody understands and reads."""

    person: PersonId
    understands: Annotated[tuple[Language, ...], msgspec.Meta(min_length=1, max_length=20)]
    reads: Annotated[tuple[Language, ...], msgspec.Meta(max_length=20)] = ()
    needs_interpreter: bool = False


class SetContact(Command):
    """Record how somebody can be reached without harm. What is left out stays; what is `cleared` is known no more."""

    person: PersonId
    detail: Annotated[DetailId, Slug]
    may_post: bool | None = None
    may_leave_message: bool | None = None
    may_text: bool | None = None
    phone: IdentityLine = None
    email: IdentityLine = None
    address: IdentityLine = None
    where_found: IdentityLine = None
    not_to_talk_to: IdentityNote = None
    cleared: frozenset[ContactDetail] = frozenset()


class RecordCircumstances(Command):
    """Record whether somebody has a home and an income."""

    person: PersonId
    no_fixed_abode: bool | None = None
    has_income: bool | None = None


class NothingSaid(Unreadable):
    """The command adds nothing to what is known."""

    code = "nothing-said"
    rule = "Whoever adds to a record says something."
    permitted_by = "Fill in at least one field."


def add_alias(command: AddAlias, by: Actor, known: Person) -> Facts:
    """The same detail again adds nothing."""
    if command.detail in known.details:
        return ()
    return (
        AliasAdded(
            at=command.at,
            person=known.id,
            detail=command.detail,
            by_agency=by.agency,
            given_name=command.given_name,
            family_name=command.family_name,
            nickname=command.nickname,
        ),
    )


def describe_ethnicity(command: DescribeEthnicity, by: Actor, known: Person) -> Facts:
    """What somebody says of themselves; the same detail again adds nothing."""
    if command.detail in known.details:
        return ()
    return (
        EthnicityDescribed(
            at=command.at, person=known.id, detail=command.detail, by_agency=by.agency, ethnicity=command.ethnicity
        ),
    )


def observe_ethnicity(command: ObserveEthnicity, by: Actor, known: Person) -> Facts:
    """What an officer thought; the same detail again adds nothing."""
    if command.detail in known.details:
        return ()
    return (
        EthnicityObserved(
            at=command.at, person=known.id, detail=command.detail, by_agency=by.agency, ethnicity=command.ethnicity
        ),
    )


def set_languages(command: SetLanguages, by: Actor, known: Person) -> Facts:
    """The same languages again add nothing."""
    if (command.at, Languages(command.understands, command.needs_interpreter, command.reads)) in known.languages:
        return ()
    return (
        LanguagesSet(
            at=command.at,
            person=known.id,
            by_agency=by.agency,
            understands=command.understands,
            reads=command.reads,
            needs_interpreter=command.needs_interpreter,
        ),
    )


def set_contact(command: SetContact, by: Actor, known: Person) -> Facts:
    """The same detail again adds nothing. What is cleared and given anew is given."""
    if command.detail in known.details:
        return ()
    return (
        ContactSet(
            at=command.at,
            person=known.id,
            detail=command.detail,
            by_agency=by.agency,
            may_post=command.may_post,
            may_leave_message=command.may_leave_message,
            may_text=command.may_text,
            phone=command.phone,
            email=command.email,
            address=command.address,
            where_found=command.where_found,
            not_to_talk_to=command.not_to_talk_to,
            cleared=tuple(sorted(one for one in command.cleared if getattr(command, one) is None)),
        ),
    )


def record_circumstances(command: RecordCircumstances, by: Actor, known: Person) -> Facts:
    """What was known already adds nothing."""
    now = Circumstances(command.no_fixed_abode, command.has_income)
    if now == Circumstances():
        raise NothingSaid
    before = known.circumstances_at(command.at)
    if now.over(before) == before:
        return ()
    return (
        CircumstancesRecorded(
            at=command.at,
            person=known.id,
            by_agency=by.agency,
            no_fixed_abode=command.no_fixed_abode,
            has_income=command.has_income,
        ),
    )
