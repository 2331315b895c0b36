"""Saying for good that two records are two humans, so that nobody is asked again whether they are one."""

from typing import Annotated

from domain.actors import Actor
from domain.facts import Command, Facts, Personal, Text
from domain.ids import PersonId
from domain.people.merging import HumansDecide, SameRecord
from domain.people.person import DistinctionWithdrawn, Person, PersonsDistinct
from domain.refusals import Conflict


class MarkDistinct(Command):
    """Say that two records are two different people, and why. They are not merged, and not shown as alike again."""

    person: PersonId
    other: PersonId
    reason: Annotated[Text, Personal("identity")]


class WithdrawDistinction(Command):
    """Say that two records may be the same person after all."""

    person: PersonId
    other: PersonId
    reason: Annotated[Text, Personal("identity")]


class NotToldApart(Conflict):
    """Nobody said that they are two people."""

    code = "not-told-apart"
    rule = "Only what a worker said is withdrawn."


def mark(command: MarkDistinct, by: Actor, one: Person, other: Person) -> Facts:
    """One named human says so, of two people who both go on; said twice, in either order, it adds nothing."""
    _check(by, one, other)
    if {one.id, other.id} in one.distinct:
        return ()
    return (
        PersonsDistinct(
            at=command.at,
            person=one.id,
            other=other.id,
            by_agency=by.agency,
            by_worker=by.worker,
            reason=command.reason,
        ),
    )


def withdraw(command: WithdrawDistinction, by: Actor, one: Person, other: Person) -> Facts:
    """One human is enough: a merge still takes two. It is withdrawn of all records by which the two are two people."""
    _check(by, one, other)
    apart = one.told_apart_from(other)
    if not apart:
        raise NotToldApart
    pairs = sorted((*(pair & one.ids), *(pair & other.ids)) for pair in apart)
    return tuple(
        DistinctionWithdrawn(
            at=command.at,
            person=mine,
            other=theirs,
            by_agency=by.agency,
            by_worker=by.worker,
            reason=command.reason,
        )
        for mine, theirs in pairs
    )


def _check(by: Actor, one: Person, other: Person) -> None:
    if by.role == "system":
        raise HumansDecide
    if one.id == other.id:
        raise SameRecord
