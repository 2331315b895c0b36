"""Which records are one human's, and how far that was reviewed: what sight of the one record opens of the other.

Records keep what was recorded under them, and whom that concerns. Until a merge was reviewed, the other record opens
nothing here, and closes what it closes there. The review names agencies that both records concern from then on; whom
a fact newly names after it, both concern as well. When a merge is undone, all of this is as if it had not been.
"""

from collections.abc import Mapping

import msgspec

from domain.facts import Fact
from domain.ids import AgencyId, MergeId, PersonId
from domain.people.merging import MergeReviewed
from domain.people.person import PersonsMerged, PersonsUnmerged


class Links(msgspec.Struct, frozen=True):
    """The records that one record was merged with, whichever goes on under which.

    `joined` says of each which agencies both concern since the review; None where nobody has reviewed it yet. `parted`
    are the merges that were undone, each with the other record.
    """

    id: PersonId
    joined: Mapping[PersonId, frozenset[AgencyId] | None] = {}
    parted: tuple[tuple[MergeId, PersonId], ...] = ()

    def shared_with(self, newly: frozenset[AgencyId]) -> "Links":
        """These agencies are concerned for the first time: with every record that is known to be the same human."""
        joined = {other: None if shared is None else shared | newly for other, shared in self.joined.items()}
        return msgspec.structs.replace(self, joined=joined)


def evolve_links(state: Links, fact: Fact) -> Links:
    """Merged, reviewed, taken apart."""
    match fact:
        case PersonsMerged():
            return msgspec.structs.replace(state, joined={**state.joined, _other(state, fact): None})
        case MergeReviewed() if (other := _other(state, fact)) in state.joined:
            shared = (state.joined[other] or frozenset()) | frozenset(map(AgencyId, fact.concerned))
            return msgspec.structs.replace(state, joined={**state.joined, other: shared})
        case PersonsUnmerged():
            left = {other: shared for other, shared in state.joined.items() if other != _other(state, fact)}
            parted = (*state.parted, (fact.merge, _other(state, fact)))
            return msgspec.structs.replace(state, joined=left, parted=parted)
        case _:
            return state


def _other(state: Links, fact: PersonsMerged | MergeReviewed | PersonsUnmerged) -> PersonId:
    return fact.person if fact.other == state.id else fact.other
