"""Two records of which somebody said something: that they may be one human, that they are, or that they are not."""

from typing import Literal

import msgspec

from application.ports import Recorded
from application.views.view import Place, View, its_person
from domain.facts import IdentityText, Instant
from domain.ids import PersonId, WorkerId
from domain.people.duplicates import DuplicateDeferred
from domain.people.merging import MergeProposed, MergeRefused
from domain.people.person import DistinctionWithdrawn, PersonsDistinct, PersonsMerged, PersonsUnmerged
from domain.people.search import SearchAnswered

Standing = Literal["open", "proposed", "refused", "merged", "distinct"]
"""What stands of two records. `refused` is also what was merged and taken apart again."""


class PairRow(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What was said of two records, `person` before `other` in the order of their ids.

    `since` is when what stands was recorded, `unsure_at` when somebody last was not sure after a search or after
    comparing them. `note` says who should look.
    """

    position: int
    person: PersonId
    other: PersonId
    since: Instant
    stands: Standing = "open"
    unsure_at: Instant | None = None
    deferred_by: WorkerId | None = None
    note: IdentityText = None


def pair_key(one: PersonId, other: PersonId) -> str:
    """The row of two records, in whichever order they are named."""
    return f"{min(one, other)}|{max(one, other)}"


def keys(recorded: Recorded) -> tuple[str, ...]:
    """The pair that a fact names; whoever was entered with each of whom the searcher was not sure."""
    fact = recorded.fact
    if isinstance(fact, SearchAnswered):
        return tuple(pair_key(fact.entered, one) for one in fact.unsure)
    return (pair_key(fact.person, fact.other),)  # type: ignore[attr-defined] # every fact of this view names a pair


def evolve(row: PairRow | None, recorded: Recorded, key: str) -> PairRow:
    """What was said last stands; a note is kept until the next."""
    one, _, other = key.partition("|")
    position, at = recorded.envelope.position, recorded.envelope.recorded
    if row is None:
        row = PairRow(position=position, person=PersonId(one), other=PersonId(other), since=at)
    fact = recorded.fact
    if isinstance(fact, SearchAnswered):
        return msgspec.structs.replace(row, position=position, unsure_at=at)
    if isinstance(fact, DuplicateDeferred):
        return msgspec.structs.replace(row, position=position, unsure_at=at, deferred_by=fact.by_worker, note=fact.note)
    if isinstance(fact, MergeRefused) and row.stands != "proposed":
        return msgspec.structs.replace(row, position=position)  # they were told apart, or merged, by then
    return msgspec.structs.replace(row, position=position, since=at, stands=STANDS[type(fact)])


STANDS: dict[type, Standing] = {
    MergeProposed: "proposed",
    MergeRefused: "refused",
    PersonsMerged: "merged",
    PersonsUnmerged: "refused",
    PersonsDistinct: "distinct",
    DistinctionWithdrawn: "open",
}


def places(row: PairRow) -> tuple[Place, ...]:
    """With both people."""
    return (Place(f"person:{row.person}", row.other), Place(f"person:{row.other}", row.person))


PAIRS: View[PairRow] = View(
    name="pair",
    version=2,
    row=PairRow,
    facts=frozenset({SearchAnswered, DuplicateDeferred, *STANDS}),
    keys=keys,
    evolve=evolve,
    about=its_person,
    places=places,
)
