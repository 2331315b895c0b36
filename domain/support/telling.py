"""Telling another agency of a person, on what the person agreed to or another basis that is live.

A consent permits to tell; it tells nobody. Whoever was asked whether an agency may know has not made it know: the
person concerns that agency from this act on, and it finds who they are (`sharing`, "shared-on-a-basis").
"""

from domain.actors import Actor
from domain.codes import InformationCategory
from domain.facts import Command, Fact, Facts, IdentityText, Knowledge, knowing
from domain.ids import AgencyId, PersonId, WorkerId
from domain.support.words import NoBasisToShare, Told

TOLD_OF: frozenset[InformationCategory] = frozenset({"identity"})
"""What is told by it, and the basis has to cover: who the person is."""


class AgencyTold(Fact, type="agency-told", version=1, tags=("person",)):
    """An agency was told who a person is, on a consent or basis that covered it."""

    person: PersonId
    from_agency: AgencyId
    to_agency: AgencyId
    by_worker: WorkerId
    basis_id: str
    note: IdentityText = None


class TellAgency(Command):
    """Tell another agency of the partnership who a person is."""

    person: PersonId
    to_agency: AgencyId
    note: Told = None


ToldOn = frozenset[tuple[AgencyId, str]]
"""Which agencies were told, and on which basis each."""


def evolve(state: ToldOn, fact: Fact) -> ToldOn:
    """After a fact."""
    return state | {(fact.to_agency, fact.basis_id)} if isinstance(fact, AgencyTold) else state


def told_of(person: PersonId) -> Knowledge[ToldOn]:
    """Which agencies were told of a person."""
    return knowing(frozenset(), evolve, (AgencyTold,), f"person:{person}")


def tell(command: TellAgency, by: Actor, recorded: str | None, known: ToldOn) -> Facts:
    """A live basis covers who the person is, for that agency. Told once on a basis, the same again adds nothing."""
    if recorded is None:
        raise NoBasisToShare(to=command.to_agency)
    if (command.to_agency, recorded) in known:
        return ()
    return (
        AgencyTold(
            at=command.at,
            person=command.person,
            from_agency=by.agency,
            to_agency=command.to_agency,
            by_worker=by.worker,
            basis_id=recorded,
            note=command.note,
        ),
    )
