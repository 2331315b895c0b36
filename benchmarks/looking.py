"""Looking for people in a generated register without a database: candidates by keys, compared and ranked."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import Any, Final

import pandas as pd

from application.finding.comparing import Match, Weights, compared
from application.finding.identity import Described, described
from application.finding.keys import keys_of
from application.views.held import COMMON, LEAST_PART, RAREST

OPENED: Final = 60
FIRST: Final = 5
"""So many are looked at before somebody takes the person for new."""


def described_of(one: Any) -> Described:  # noqa: ANN401 - a row of a data frame
    """A row of a register or a question, as described."""
    return described(
        given_name=one.given_name,
        family_name=one.family_name,
        nickname=one.nickname,
        aliases=[(one.given_name, one.alias_family, None)] if one.alias_family else [],
        born=one.born,
        age_band=one.age_band,
        sex=one.sex,
        phone=one.phone,
        address=one.address,
        where_found=one.where_found,
    )


class Looking:
    """A register in memory, and its keys."""

    def __init__(self, people: pd.DataFrame, weights: Weights | None = None) -> None:
        self._weights = weights
        self._humans = people["human"].tolist()
        self._described = [described_of(one) for one in people.itertuples()]
        self._having: dict[object, list[int]] = defaultdict(list)
        for place, one in enumerate(self._described):
            for key in set(keys_of(one)):
                self._having[key].append(place)

    def matches(self, asked: Any) -> Iterator[tuple[Match, bool]]:  # noqa: ANN401 - a row of a data frame
        """Those found by a question, the likeliest first, and whether each is the human who is meant."""
        who = described_of(asked)
        shares: Counter[int] = Counter()
        for key in set(keys_of(who, asking=True)):
            having = self._having.get(key, [])[:COMMON]
            for place in having:
                shares[place] += RAREST // len(having)
        most = max(shares.values(), default=0)
        found = [place for place, share in shares.items() if share * LEAST_PART >= most]
        found = sorted(found, key=lambda place: (-shares[place], place))[:OPENED]
        matches = [(compared(who, self._described[place], self._weights), place) for place in found]
        for match, place in sorted(matches, key=lambda one: -one[0].weight):
            yield match, self._humans[place] == asked.human
