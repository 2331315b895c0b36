"""How often a worker looks for people before it is too often: numbers that a partnership sets for itself."""

from typing import Annotated

import msgspec

from domain.facts import Command, Fact, Facts

Count = Annotated[int, msgspec.Meta(ge=1, le=10_000)]


class SearchLimitsSet(Fact, type="search-limits-set", version=1):
    """From now on a worker searches at most so often `an_hour`; who protects the data is told of the other two."""

    an_hour: int
    told_searches: int
    told_strangers: int


class SetSearchLimits(Command):
    """Say how often a worker searches in an hour, and from how many searches or strangers a day on it is told."""

    an_hour: Count
    told_searches: Count
    told_strangers: Count


class SearchLimits(msgspec.Struct, frozen=True):
    """At most so many searches an hour. In a day, so many searches, or strangers shown for each recognised, are told.

    Ours: a hub day of thirty walk-ins and a paper sheet typed after it stay below.
    """

    an_hour: int = 120
    told_searches: int = 150
    told_strangers: int = 100


def evolve_limits(fact: SearchLimitsSet) -> SearchLimits:
    """The limits as they were set."""
    return SearchLimits(fact.an_hour, fact.told_searches, fact.told_strangers)


def set_limits(command: SetSearchLimits, known: SearchLimits) -> Facts:
    """The same again adds nothing."""
    if SearchLimits(command.an_hour, command.told_searches, command.told_strangers) == known:
        return ()
    return (
        SearchLimitsSet(
            at=command.at,
            an_hour=command.an_hour,
            told_searches=command.told_searches,
            told_strangers=command.told_strangers,
        ),
    )
