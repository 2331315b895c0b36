"""Rows held in memory, read like any others: a state as at an earlier time, a what-if, a test."""

import math
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Final, Self, TypeVar

import msgspec

from application.finding.pairing import in_order, waiting
from application.ports import Listed, Pair, PairsWaiting, Reach
from application.views.view import Rows, View
from domain.ids import PersonId

BUILD: Final = 1
"""Rows in memory are folded once."""
COMMON: Final = 1_000
"""Of a hash that more people have, so many count."""
RAREST: Final = 1_000_000
"""What a hash counts that one alone has; of n people, each counts so much by the root of n: four people, half each."""
LEAST_PART: Final = 12
"""Whoever counts for less than such a part of the first is left out."""
LEAST_ANY: Final = RAREST
"""However little it is of the first."""

R = TypeVar("R", bound=msgspec.Struct)
P = TypeVar("P", PersonId, int)


class HeldRows:
    """ReadRows over rows in memory."""

    def __init__(
        self,
        rows: Rows,
        position: int,
        people: Callable[[], Mapping[bytes, set[PersonId]]] = dict,
        pairs: Callable[[], Iterable[Pair]] = tuple,
    ) -> None:
        """`people` works out who has each keyed hash, and `pairs` who may be one human, where that is asked for."""
        self._rows = rows
        self._people = people
        self._pairs = pairs
        self.position = position
        self.build = BUILD

    async def row(self, view: View[R], key: str) -> R | None:
        """One row."""
        return self._rows.get(view.name, {}).get(key)

    async def rows(self, view: View[R], keys: Iterable[str]) -> dict[str, R]:
        """Those of the rows that there are."""
        held = self._rows.get(view.name, {})
        return {key: held[key] for key in keys if key in held}

    async def listed(
        self,
        view: View[R],
        scope: str,
        *,
        after: tuple[str, str] | None = None,
        limit: int,
        descending: bool = False,
        prefix: str = "",
    ) -> list[Listed[R]]:
        """The rows of a list in its order."""
        found = [
            Listed(sort, key, row)
            for key, row in self._rows.get(view.name, {}).items()
            for stood, sort in view.places(row)
            if stood == scope and sort.startswith(prefix) and _beyond((sort, key), after, descending=descending)
        ]
        return sorted(found, key=lambda one: (one.sort, one.key), reverse=descending)[:limit]

    async def under(
        self, view: View[R], prefix: str, *, after: str | None = None, limit: int, descending: bool = False
    ) -> list[Listed[R]]:
        """The rows whose keys begin with a prefix."""
        found = [
            Listed(key, key, row)
            for key, row in self._rows.get(view.name, {}).items()
            if key.startswith(prefix) and _beyond((key,), None if after is None else (after,), descending=descending)
        ]
        return sorted(found, key=lambda one: one.key, reverse=descending)[:limit]

    async def found(
        self, asked: Sequence[Collection[bytes]], limit: int, *, further: bool = False
    ) -> list[list[PersonId]]:
        """For each question the people who have any of its keyed hashes, the most and the rarest first."""
        least, people = LEAST_ANY if further else LEAST_PART, self._people()
        return [sharing_most((sorted(people.get(key, ())) for key in frozenset(keys)), limit, least) for keys in asked]

    async def pairs(self, *, after: Pair | None = None, limit: int) -> list[Pair]:
        """Possible duplicates, the most certain first."""
        found = sorted(self._pairs(), key=in_order)
        return [one for one in found if after is None or in_order(one) > in_order(after)][:limit]

    async def pair(self, one: PersonId, other: PersonId) -> Pair | None:
        """Two records as a possible duplicate."""
        return next((pair for pair in self._pairs() if (pair.person, pair.other) == (one, other)), None)

    async def pairs_waiting(self) -> list[PairsWaiting]:
        """How many of each certainty wait."""
        return waiting(self._pairs())

    def reaching(self, reach: Reach, *people: PersonId) -> Self:  # noqa: ARG002 - the port's
        """The same: what is held is not walled off."""
        return self


def sharing_most(holders: Iterable[Sequence[P]], limit: int, least: int = LEAST_PART) -> list[P]:
    """Of those who hold each key, in order: the most and the rarest, at `least` such a part of the first."""
    shares: Counter[P] = Counter()
    for having in holders:
        counted = having[:COMMON]
        for one in counted:
            shares[one] += int(RAREST / math.sqrt(len(counted)))
    most = max(shares.values(), default=0)
    found = (one for one, share in shares.items() if share * least >= most)
    return sorted(found, key=lambda one: (-shares[one], one))[:limit]


def _beyond(stands: tuple[str, ...], after: tuple[str, ...] | None, *, descending: bool) -> bool:
    return after is None or (stands < after if descending else stands > after)
