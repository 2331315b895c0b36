"""Which records may be one human: a pure function of who they are and of what was said of them.

It is folded from nothing: whoever keeps the rows works it out for the people that changed, and a rebuild for everybody;
both come to the same pairs, as nothing is asked but how the rows are now.
"""

import datetime as dt
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from functools import cache
from itertools import combinations, product
from typing import Final

import msgspec

from application.finding.comparing import AGAINST, Comparing, Match, Outline, Reason, may_weigh, outlined, weights
from application.finding.identity import Described
from application.ports import Pair, PairsWaiting
from application.views.pairs import PairRow, pair_key
from application.views.people import PersonRow
from domain.ids import PersonId

COMMON: Final = 10
"""A key that more records have is too common to say anything: those who share it and nothing else are not compared."""

ENTERED_TWICE: Final = 0.05
"""How many of all have a second record (domain, "The story"). A search looks for one of whom it is taken that they are
there; that two entries are of one human is so much rarer, and what speaks for it must be so much stronger."""
MORE_LIKELY_THAN_NOT: Final = 0.5

FULL_NAME_AND_BIRTHDAY: Final[frozenset[Reason]] = frozenset({"given-same", "family-same", "born-same"})
BINDING: Final[frozenset[Reason]] = frozenset(
    {
        *("phone-same", "phone-near", "email-same", "address-same", "postcode-same", "place-same"),
        *("nickname-same", "alias-matched"),
    }
)
"""What two namesakes hardly share."""

SURE: Final = 3
LIKELY: Final = 2
POSSIBLE: Final = 1

Records = tuple[PersonId, PersonId]


class Human(msgspec.Struct, frozen=True, gc=False):
    """A record that goes on, the first, with those that go on under it; and who each of them is, opened.

    `described_at` is when something of who they are was last recorded.
    """

    records: tuple[PersonId, ...]
    described_at: dt.datetime
    outlines: tuple[Outline, ...]

    @property
    def id(self) -> PersonId:
        """Under which record they go on."""
        return self.records[0]


def human(records: Sequence[PersonRow], described: Iterable[Described]) -> Human:
    """The human whose records these are, the one that goes on first."""
    return Human(
        tuple(one.person for one in records),
        max(one.described_at for one in records),
        tuple(map(outlined, described)),
    )


def root_of(rows: Mapping[PersonId, PersonRow], one: PersonId) -> PersonId:
    """The record that a record goes on under, itself where it goes on."""
    seen: set[PersonId] = set()
    while one not in seen and (row := rows.get(one)) is not None and row.merged_into is not None:
        seen.add(one)
        one = row.merged_into
    return one


def humans(rows: Mapping[PersonId, PersonRow], described: Mapping[PersonId, Described]) -> dict[PersonId, Human]:
    """Whose each record is; of who was erased, none is anybody's."""
    together: dict[PersonId, list[PersonId]] = {}
    for one in sorted(rows):
        together.setdefault(root_of(rows, one), []).append(one)
    found: dict[PersonId, Human] = {}
    for root, records in together.items():
        if root in rows and not rows[root].erased:
            ordered = [root, *(one for one in records if one != root)]
            whose = human([rows[one] for one in ordered], [described[one] for one in ordered])
            found.update(dict.fromkeys(ordered, whose))
    return found


def sharing(holders: Mapping[bytes, Collection[PersonId]]) -> Iterator[Records]:
    """The records that share a key which is not too common."""
    for held in holders.values():
        if 1 < len(held) <= COMMON:
            yield from combinations(sorted(held), 2)


def alike(one: Human, other: Human, comparing: Comparing | None = None) -> Match:
    """What speaks for two humans being one: the most certain of each record compared with each."""
    comparing = comparing or Comparing()
    return max(
        (comparing.compared(mine.who, theirs.who) for mine, theirs in product(one.outlines, other.outlines)),
        key=lambda match: match.weight,
    )


def may_be_alike(one: Human, other: Human) -> bool:
    """Whether so much may speak for it that they are kept: told without comparing their names letter by letter."""
    least = _kept_from()
    return any(may_weigh(mine, theirs, least) for mine, theirs in product(one.outlines, other.outlines))


@cache
def _kept_from() -> float:
    return weights().weight_of(_of_a_search(MORE_LIKELY_THAN_NOT))


def band_of(match: Match) -> int:
    """How certain it is; 0 where too little speaks for it."""
    if match.probability >= _of_a_search(weights().same) and not may_be_namesakes(match):
        return SURE
    return LIKELY if match.probability >= _of_a_search(MORE_LIKELY_THAN_NOT) else 0


def may_be_namesakes(match: Match) -> bool:
    """Whether the two agree in full name and birthday, differ in something, and nothing else binds them.

    Far more people share both with somebody than names and birthdays by themselves would have it: families and regions
    call their children alike.
    """
    reasons = frozenset(match.reasons)
    return (
        reasons >= FULL_NAME_AND_BIRTHDAY
        and reasons.isdisjoint(BINDING)
        and any(reason.endswith(AGAINST) for reason in reasons)
    )


def _of_a_search(probability: float) -> float:
    """The probability that a search would give where two entries have this one."""
    return probability / (probability + ENTERED_TWICE * (1 - probability))


def pair(one: Human, other: Human, said: Iterable[PairRow], comparing: Comparing | None = None) -> Pair | None:
    """The two as a possible duplicate; None where they are not, or somebody has said what they are.

    A merge that was refused or undone comes up again once more of who they are was recorded since, or somebody was
    not sure of them since.
    """
    since = max(one.described_at, other.described_at)
    unsure: dt.datetime | None = None
    for row in said:
        if row.stands in {"proposed", "merged", "distinct"}:
            return None
        if row.unsure_at is not None and (row.stands == "open" or row.unsure_at > row.since):
            unsure = max(unsure or row.unsure_at, row.unsure_at)
        if row.stands == "refused" and max(since, row.unsure_at or since) <= row.since:
            return None
    if unsure is None and not may_be_alike(one, other):
        return None
    band = band_of(alike(one, other, comparing))
    if not band and unsure is None:
        return None
    first, second = sorted((one.id, other.id))
    return Pair(first, second, band or POSSIBLE, max(since, unsure or since))


def pairs(
    candidates: Iterable[Records], human_of: Callable[[PersonId], Human | None], said: Mapping[str, PairRow]
) -> Iterator[Pair]:
    """The possible duplicates among candidates, each once; nobody with themselves, by whichever of their records."""
    seen: set[Records] = set()
    comparing = Comparing()
    for mine, theirs in candidates:
        one, other = human_of(mine), human_of(theirs)
        if one is None or other is None or one.id == other.id:
            continue
        both = (one.id, other.id) if one.id < other.id else (other.id, one.id)
        if both in seen:
            continue
        seen.add(both)
        found = pair(one, other, said_of(said, one, other), comparing)
        if found is not None:
            yield found


def said_of(said: Mapping[str, PairRow], one: Human, other: Human) -> Iterator[PairRow]:
    """What was said of any record of the one and any of the other."""
    if said:
        for mine, theirs in product(one.records, other.records):
            row = said.get(pair_key(mine, theirs))
            if row is not None:
                yield row


def in_order(one: Pair) -> tuple[int, dt.datetime, PersonId, PersonId]:
    """The most certain first; of those equally certain, the ones that wait longest."""
    return (-one.band, one.since, one.person, one.other)


def waiting(kept: Iterable[Pair]) -> list[PairsWaiting]:
    """How many of each certainty wait, and since when."""
    since: dict[int, list[dt.datetime]] = {}
    for one in sorted(kept, key=in_order):
        since.setdefault(one.band, []).append(one.since)
    return [PairsWaiting(band, len(some), some[0], some[(len(some) - 1) // 2]) for band, some in since.items()]
