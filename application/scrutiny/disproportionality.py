"""Who is met and dealt with how often: rates at each step by ethnicity, age and sex, with how sure one can be.

A rate is of people: those of a group who came to a step, of all of that group who were met, ticketed, invited or came
in the year. A ratio compares it with the largest group. Its interval is the exact conditional one for two Poisson
counts (Przyborowski and Wilenski 1940, with Clopper and Pearson's interval for the share): it holds what it promises
for small counts, where the usual one by logarithms does not, and errs towards saying less.

What would tell of few people is not told, nor what that could be worked out from (domain.scrutiny.suppression).
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Final, Literal

import msgspec

from application.views.luscombe_report import Human
from domain.scrutiny.suppression import breakdown, table

Characteristic = Literal["ethnicity", "age", "sex"]
EthnicGroup = Literal["white", "mixed", "asian", "black", "other-ethnic-group"]

NOT_STATED: Final = "not-stated"
REST: Final = ""
"""All groups together that are too small to tell their size, or would tell that of another."""
CONFIDENCE: Final = 0.95
GROUPS: Final[Mapping[str, EthnicGroup]] = {
    "W": "white",
    "M": "mixed",
    "A": "asian",
    "B": "black",
    "O": "other-ethnic-group",
    "R": "white",
}
"""The broad group by the first letter of an 18+1 code; Roma stand among the White groups (census 2021)."""


class Person(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody met in the year: the group by each characteristic, and the steps that they came to."""

    ethnicity: str
    age: str
    sex: str
    steps: frozenset[str]


class GroupRate(msgspec.Struct, frozen=True, kw_only=True):
    """A group at a step: how many of how many, and the rate as a multiple of the reference group's, with its interval.

    None is too few to show. `high` of None beside a `low`: without an upper end.
    """

    group: str
    reached: int | None
    people: int | None
    ratio: float | None = None
    low: float | None = None
    high: float | None = None


class StepRates(msgspec.Struct, frozen=True, kw_only=True):
    """A step by one characteristic. `not_stated` is the share of all people whose group is not known."""

    step: str
    characteristic: Characteristic
    reference: str | None
    reached: int
    people: int
    not_stated: float | None
    groups: tuple[GroupRate, ...]


class Disproportionality(msgspec.Struct, frozen=True, kw_only=True):
    """A calendar year. `intervals`: whether the library that works them out is installed."""

    year: int
    people: int
    confidence: float
    intervals: bool
    rates: tuple[StepRates, ...]
    position: int


def group_of(ethnicity: str | None) -> str:
    """The broad group of an 18+1 code; what is not stated is its own."""
    return GROUPS.get((ethnicity or "")[:1], NOT_STATED)


def steps_of(human: Human, year: int) -> frozenset[str]:
    """What somebody came to in a year: tickets by step, instruments by kind, the hub."""
    tickets = {f"ticket:{one.step}" for one in human.tickets}
    instruments = {f"instrument:{one.kind}" for one in human.row.instruments if one.on.year == year}
    hub = {"came-to-hub"} if human.attended else set[str]()
    return frozenset(tickets | instruments | hub)


def step_rates(people: Sequence[Person]) -> tuple[StepRates, ...]:
    """Every step by every characteristic, the steps in the order of their names."""
    steps = sorted({step for one in people for step in one.steps})
    characteristics: tuple[Characteristic, ...] = ("ethnicity", "age", "sex")
    return tuple(_rates(people, step, of) for step in steps for of in characteristics)


def _rates(people: Sequence[Person], step: str, of: Characteristic) -> StepRates:
    groups = Counter[str](getattr(one, of) for one in people)
    reached = Counter[str](getattr(one, of) for one in people if step in one.steps)
    # How large a group is, is told at every step or at none: what one step hid, another would tell.
    sizes = breakdown(groups, at_least=1)
    parts = Counter[str]()
    came = Counter[str]()
    for group, size in sizes.items():
        part = REST if size is None else group
        parts[part] += groups[group]
        came[part] += reached[group]
    # Both divisions are told: who came to the step and who did not. So neither may be worked out from the other.
    shown = table(
        {
            "reached": {part: came[part] for part in parts},
            "not": {part: count - came[part] for part, count in parts.items()},
        },
        rows_known=True,  # how many came to the step is told of all together
        columns_known=True,
    ).cells["reached"]
    stated = [group for group in groups if group != NOT_STATED]
    told = [group for group in stated if shown.get(group) is not None]
    reference = max(told, key=lambda group: (groups[group], group), default=None)
    unknown = sizes.get(NOT_STATED, 0)
    return StepRates(
        step=step,
        characteristic=of,
        reference=reference,
        reached=sum(reached.values()),
        people=len(people),
        not_stated=None if unknown is None or not people else unknown / len(people),
        groups=tuple(
            _group(group, shown.get(group), sizes[group], reached, groups, reference)
            for group in sorted(stated, key=lambda one: (-(sizes[one] or 0), one))  # none by a size that is not told
        ),
    )


def _group(
    group: str,
    reached: int | None,
    people: int | None,
    all_reached: Mapping[str, int],
    groups: Mapping[str, int],
    reference: str | None,
) -> GroupRate:
    if reached is None or people is None or reference is None or group == reference:
        return GroupRate(group=group, reached=reached, people=people)
    ratio, low, high = rate_ratio(reached, people, all_reached[reference], groups[reference])
    return GroupRate(group=group, reached=reached, people=people, ratio=ratio, low=low, high=high)


def rate_ratio(
    reached: int, people: int, reference_reached: int, reference_people: int
) -> tuple[float | None, float | None, float | None]:
    """One rate as a multiple of another, and the ends of its interval, where the library for them is installed."""
    both = reached + reference_reached
    ratio = (reached / people) / (reference_reached / reference_people) if reference_reached else None
    if not intervals() or not both:
        return ratio, None, None
    from scipy.stats import binomtest  # noqa: PLC0415 - an extra

    share = binomtest(reached, both).proportion_ci(CONFIDENCE, method="exact")
    scale = reference_people / people
    high = None if share.high >= 1 else float(share.high / (1 - share.high) * scale)
    return ratio, float(share.low / (1 - share.low) * scale) if share.low < 1 else None, high


def intervals() -> bool:
    """Whether the library for statistics is installed: the extra `statistics`."""
    try:
        import scipy.stats  # noqa: F401, PLC0415 - an extra
    except ImportError:
        return False
    return True


def people_of(humans: Iterable[tuple[Human, str | None, str | None, str | None]], year: int) -> list[Person]:
    """Those of a year, with what is known of each: ethnicity as they say it, age band, sex."""
    return [
        Person(
            ethnicity=group_of(ethnicity),
            age=age or NOT_STATED,
            sex=sex or NOT_STATED,
            steps=steps_of(human, year),
        )
        for human, ethnicity, age, sex in humans
        if human.concerned or any(one.on.year == year for one in human.row.encounters)
    ]
