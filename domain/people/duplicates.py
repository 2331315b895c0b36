"""Two records that may be one human, left for later: whoever looked was not sure, and says who should look.

To say that they are one is a merge; that they are two for good, a distinction.
"""

from typing import Annotated, NamedTuple

from domain.actors import Actor
from domain.facts import Command, Fact, Facts, IdentityText, Instant, Knowledge, Personal, Text, knowing
from domain.ids import PersonId, WorkerId
from domain.people.merging import HumansDecide, SameRecord, ToldApart
from domain.people.person import Person


class DuplicateDeferred(Fact, type="duplicate-deferred", version=1, tags=("person", "person:{other}")):
    """A worker compared two records, was not sure whether they are one human, and says who should look.

    It names no agency: that somebody was unsure makes neither person concern anybody more than before.
    """

    person: PersonId
    other: PersonId
    by_worker: WorkerId
    note: IdentityText = None


class DeferDuplicate(Command):
    """Leave two records that may be one human for later, with a note for whoever looks next."""

    person: PersonId
    other: PersonId
    note: Annotated[Text, Personal("identity")]


class Deferral(NamedTuple):
    """Who was not sure last, and when."""

    by_worker: WorkerId
    at: Instant


def evolve_deferral(state: Deferral | None, fact: Fact) -> Deferral | None:
    """The last one."""
    return Deferral(fact.by_worker, fact.at) if isinstance(fact, DuplicateDeferred) else state


def deferral(one: PersonId, other: PersonId) -> Knowledge[Deferral | None]:
    """Who was not sure of two records last; in either order."""
    return knowing(None, evolve_deferral, (DuplicateDeferred,), f"person:{one}", f"person:{other}")


def defer(command: DeferDuplicate, by: Actor, one: Person, other: Person, last: Deferral | None) -> Facts:
    """A human leaves two records for later that nobody has told apart; the same again adds nothing."""
    if by.role == "system":
        raise HumansDecide
    if one.id == other.id:
        raise SameRecord
    if one.told_apart_from(other):
        raise ToldApart
    if last == Deferral(by.worker, command.at):
        return ()
    return (DuplicateDeferred(at=command.at, person=one.id, other=other.id, by_worker=by.worker, note=command.note),)
