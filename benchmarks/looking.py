"""Looking for people in a generated register without a database: candidates by keys, compared and ranked."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Final

from application.finding.comparing import Match, Weights, compared
from application.finding.keys import keys_of
from application.finding.near import OPENED_MAX
from application.views.held import sharing_most
from benchmarks.entries import Entry

FIRST: Final = 5
"""So many are looked at before somebody takes the person for new."""


class Looking:
    """A register in memory, and its keys."""

    def __init__(self, people: Sequence[Entry], weights: Weights | None = None) -> None:
        self._weights = weights
        self._humans = [one.human for one in people]
        self._described = [one.described for one in people]
        self._having: dict[object, list[int]] = defaultdict(list)
        for place, one in enumerate(self._described):
            for key in set(keys_of(one)):
                self._having[key].append(place)

    def matches(self, asked: Entry) -> Iterator[tuple[Match, bool]]:
        """Those found by a question, the likeliest first, and whether each is the human who is meant."""
        who = asked.described
        keys = set(keys_of(who, asking=True))
        found = sharing_most((self._having[key] for key in keys if key in self._having), OPENED_MAX)
        matches = [(compared(who, self._described[place], self._weights), place) for place in found]
        for match, place in sorted(matches, key=lambda one: -one[0].weight):
            yield match, self._humans[place] == asked.human
