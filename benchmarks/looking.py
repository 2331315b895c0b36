"""Looking for people in a generated register without a database: candidates by keys, compared and ranked."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from application.finding.comparing import Match, Weights, compared
from application.finding.identity import Described
from application.finding.keys import Parts, further_keys_of, keys_of
from application.finding.near import FURTHER_MAX, OPENED_MAX
from application.views.held import LEAST_ANY, LEAST_PART, sharing_most
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
        found = self._compared(who, self._sharing(keys, OPENED_MAX, LEAST_PART))
        if not any(match.suggests_same for match in found.values()):
            further = self._sharing({*keys, *further_keys_of(who)}, FURTHER_MAX, LEAST_ANY)
            found |= self._compared(who, [place for place in further if place not in found])
        for place, match in sorted(found.items(), key=lambda one: -one[1].weight):
            yield match, self._humans[place] == asked.human

    def _sharing(self, keys: Iterable[tuple[str, Parts]], limit: int, least: int) -> list[int]:
        return sharing_most((self._having[key] for key in keys if key in self._having), limit, least)

    def _compared(self, who: Described, found: Iterable[int]) -> dict[int, Match]:
        return {place: compared(who, self._described[place], self._weights) for place in found}
