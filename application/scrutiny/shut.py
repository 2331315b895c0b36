"""Whose case a panel does not look at, though it drew it: who was erased, and whose record is kept and not used."""

from typing import Final

from application.deciding import Know
from application.relating import the_relationship
from application.scrutiny.pack import LAID_OUT
from domain.actors import Actor
from domain.ids import PersonId
from domain.people.erased import erased
from domain.refusals import Guarded
from domain.scrutiny.sample import Exclusion

SHUT: Final[frozenset[Exclusion]] = frozenset({"record-erased", "processing-restricted"})
"""Reasons that the record itself gives."""


class CaseShut(Guarded):
    """The record was erased, or its processing is restricted."""

    code = "case-shut"
    rule = (
        "A panel does not look at the case of somebody who was erased, nor at a record that is kept and not used "
        "(UK GDPR arts. 17 and 18)."
    )
    permitted_by = "Leave the case out, for that reason: the next of the draw takes its place."


async def shut_to_panels(know: Know, by: Actor, person: PersonId) -> frozenset[Exclusion]:
    """Why nobody on a panel looks at a case of a person; nothing where they may."""
    found: set[Exclusion] = set()
    if await know(erased(person)) is not None:
        found.add("record-erased")
    restricted = (await the_relationship(know, person)).restricted
    if any(
        one.scope & LAID_OUT and one.holds_at(know.now) and one.leaves_open(by.agency, know.now) is None
        for one in restricted
    ):
        found.add("processing-restricted")
    return frozenset(found)
