"""How sure it is that two descriptions are of one human: Fellegi and Sunter's weights over what both of them say.

Each thing that both know is compared and falls into one level; a level weighs log2(m / u), where m is how often one
human's two descriptions fall into it and u how often those of two humans do. The sum and the prior give a probability.
m and u are data with provenance (`weights.json`), trained offline; a common name, which many share, weighs less.
What only one of them says neither adds nor takes away. The levels are the reasons, in the order of what they weigh.
"""

import math
from collections.abc import Callable, Iterable, Iterator
from functools import cache, cached_property, partial
from pathlib import Path
from typing import Final, Literal, get_args

import msgspec
from rapidfuzz import fuzz
from rapidfuzz.distance import OSA, JaroWinkler

from application.finding.identity import YEAR_DIGITS, Described, Naming
from application.finding.spelling import may_be_called, place_words, sound
from domain.codes import AgeBand

Reason = Literal[
    "given-same",
    "given-diminutive",
    "given-near",
    "given-sounds",
    "given-initial",
    "given-other",
    "family-same",
    "family-part",
    "family-near",
    "family-sounds",
    "family-other",
    "order-swapped",
    "alias-matched",
    "nickname-same",
    "nickname-given",
    "nickname-other",
    "born-same",
    "born-swapped",
    "born-digit",
    "born-day",
    "born-year",
    "born-near",
    "born-other",
    "age-same",
    "age-next",
    "age-other",
    "sex-same",
    "sex-other",
    "phone-same",
    "phone-near",
    "phone-other",
    "email-same",
    "email-other",
    "postcode-same",
    "postcode-other",
    "address-same",
    "address-other",
    "place-same",
    "place-part",
    "place-other",
]
"""What was compared, and the level it fell into."""

AGAINST: Final = "-other"
"""The end of those reasons that speak against it."""

NEAR_NAMES: Final = 0.88
"""Jaro-Winkler similarity of two names from which on one may be the other mistyped."""
SHORT: Final = 3
"""Names up to this length are so near to each other that one letter more or less says nothing."""
SAME_ADDRESS: Final = 85
NEAR_YEARS: Final = 2
BITS_MAX: Final = 40.0
"""More evidence, or less, makes no other probability."""
BANDS: Final[tuple[str, ...]] = get_args(AgeBand)


class Level(msgspec.Struct, frozen=True):
    """How often two descriptions fall into it: of one human, and of two."""

    m: float
    u: float

    @property
    def weight(self) -> float:
        """In bits."""
        return math.log2(self.m / self.u)


class Provenance(msgspec.Struct, frozen=True):
    """Where the weights come from."""

    version: int
    trained_by: str
    trained_on: str
    trained_at: str


class Common(msgspec.Struct, frozen=True):
    """How often the commonest names occur, of 1."""

    given: dict[str, float]
    family: dict[str, float]


class Weights(msgspec.Struct, frozen=True, dict=True):
    """What each level weighs, before anything is compared and where nothing else is said.

    `prior`: the probability that somebody taken from the register is the one who is meant. `common`: how often the
    commonest given and family names occur. From `same` on two are suggested to be one human; from `show` on one is
    shown at all.
    """

    provenance: Provenance
    prior: float
    same: float
    show: float
    levels: dict[Reason, Level]
    common: Common

    @cached_property
    def bits(self) -> dict[Reason, float]:
        """What each level weighs."""
        return {reason: level.weight for reason, level in self.levels.items()}

    @cached_property
    def best_of_names(self) -> tuple[float, float, float, float, float, float]:
        """What they weigh at most.

        A given name and a family name that share a word; the same that share none; a nickname; names that were swapped.
        """
        bits = self.bits
        return (
            bits["given-same"],
            max(bits["family-same"], bits["family-part"]),
            max(bits[reason] for reason in ("given-diminutive", "given-near", "given-sounds", "given-initial")),
            max(bits["family-near"], bits["family-sounds"]),
            max(bits["nickname-same"], bits["nickname-given"]),
            bits["order-swapped"],
        )

    @cached_property
    def names_at_most(self) -> float:
        """What all names weigh at most."""
        given, family, _, _, nickname, _ = self.best_of_names
        return given + family + nickname

    @cached_property
    def before(self) -> float:
        """What speaks for two before anything is compared."""
        return math.log2(self.prior / (1 - self.prior))

    @cached_property
    def shown_from(self) -> float:
        """What somebody who is shown weighs at least."""
        return self.weight_of(self.show)

    def weight_of(self, probability: float) -> float:
        """What speaks for two whose probability it is to be one human."""
        return math.log2(probability / (1 - probability)) - self.before


class Match(msgspec.Struct, frozen=True):
    """How alike two descriptions are: bits of evidence, the probability that they are of one human, and why."""

    weight: float
    probability: float
    reasons: tuple[Reason, ...]

    @property
    def suggests_same(self) -> bool:
        """Whether it is so sure that the worker is told so. Who is who is always decided by people."""
        return self.probability >= weights().same


Heard = Callable[[str], str]
"""How a name sounds."""
_Said = tuple[tuple[float, Reason], ...]
"""What two things compared say, and what each of it weighs."""


@cache
def weights() -> Weights:
    """The weights that are in use."""
    return msgspec.json.decode(Path(__file__).with_name("weights.json").read_bytes(), type=Weights)


def compared(one: Described, other: Described, by: Weights | None = None) -> Match:
    """How sure it is that these are one human. The same whichever comes first."""
    return Comparing(by).compared(one, other)


class Outline(msgspec.Struct, frozen=True, gc=False):
    """A description with the words of its names at hand, by which it is told what it may weigh beside another.

    `given` and `family`: the words of all of their given names, and of all family names; several of one name also as
    one word.
    """

    who: Described
    given: tuple[str, ...]
    family: tuple[str, ...]
    nicknamed: bool


def outlined(who: Described) -> Outline:
    """The outline of a description."""
    return Outline(
        who,
        tuple(dict.fromkeys(word for naming in who.namings for word in _words(naming.given))),
        tuple(dict.fromkeys(word for naming in who.namings for word in _words(naming.family))),
        any(naming.nickname for naming in who.namings),
    )


def _words(name: str) -> tuple[str, ...]:
    return (*name.split(), name.replace(" ", "")) if " " in name else (name,) if name else ()


def may_weigh(one: Outline, other: Outline, least: float, by: Weights | None = None) -> bool:
    """Whether two may weigh so much: names are taken to agree as well as the words they share allow.

    It costs a fraction of comparing: of many who share a key, most need not be compared.
    """
    by = by or weights()
    weight = 0.0
    for compare in OTHERS:
        reason = compare(one.who, other.who)
        if reason:
            weight += by.bits[reason]
    if weight + by.names_at_most < least:
        return False
    given, family, sounding_given, sounding_family, nickname, swapped = by.best_of_names
    straight = _names_at_most(one.given, other.given, given, sounding_given) + _names_at_most(
        one.family, other.family, family, sounding_family
    )
    crossed = max(
        _names_at_most(mine.given, theirs.family, given, sounding_given)
        + _names_at_most(mine.family, theirs.given, family, sounding_family)
        for mine, theirs in ((one, other), (other, one))
    )
    names = max(straight, crossed + swapped) + (nickname if one.nicknamed or other.nicknamed else 0.0)
    return weight + names >= least


def _names_at_most(mine: tuple[str, ...], theirs: tuple[str, ...], shared: float, apart: float) -> float:
    if not mine or not theirs:
        return 0.0
    return shared if any(word in theirs for word in mine) else apart


def _sum(said: Iterable[tuple[float, Reason]]) -> float:
    return math.fsum(weight for weight, _ in said)


class Comparing:
    """Compares many descriptions.

    Names recur among those who share a key: what two of them say, and how each sounds, is known until it is let go.
    """

    def __init__(self, by: Weights | None = None) -> None:
        """`by`: the weights, those in use where none are said."""
        self._by = by or weights()
        heard = cache(sound)
        self._given = cache(partial(given_level, heard=heard))
        self._family = cache(partial(family_level, heard=heard))
        self._nickname = partial(nickname_level, heard=heard)

    def compared(self, one: Described, other: Described) -> Match:
        """How sure it is that these are one human. The same whichever comes first."""
        return self._match(self._said(one, other))

    def worth_showing(self, one: Described, other: Described) -> Match | None:
        """The same; None where it is not worth showing."""
        said = self._said(one, other)
        return self._match(said) if _sum(said) >= self._by.shown_from else None

    def _said(self, one: Described, other: Described) -> _Said:
        bits = self._by.bits
        levels = (compare(one, other) for compare in OTHERS)
        return (*self._names(one, other), *((bits[reason], reason) for reason in levels if reason))

    def _match(self, said: _Said) -> Match:
        weight = _sum(said)  # the same in whatever order
        odds = max(min(weight + self._by.before, BITS_MAX), -BITS_MAX)
        ordered = sorted(said, key=lambda one: (-one[0], one[1]))
        return Match(weight, 1 / (1 + 2**-odds), tuple(reason for _, reason in ordered))

    def _names(self, one: Described, other: Described) -> _Said:
        """The best that can be said of any two names of theirs; between equals the reasons decide."""
        best: _Said = ()
        rank: tuple[float, list[tuple[float, Reason]]] | None = None
        for first, naming in enumerate(one.namings):
            for second, alike in enumerate(other.namings):
                for said in self._two_namings(naming, alike):
                    if first or second:
                        said = (*said, (self._by.bits["alias-matched"], "alias-matched"))  # noqa: PLW2901
                    ranked = (_sum(said), sorted(said))
                    if rank is None or ranked > rank:
                        best, rank = said, ranked
        return best

    def _two_namings(self, one: Naming, other: Naming) -> Iterator[_Said]:
        """As both are written, and with given and family name swapped in either."""
        nickname = self._nickname(one, other)
        called: _Said = () if nickname is None else ((self._by.bits[nickname], nickname),)
        straight = self._written(one.given, one.family, other.given, other.family)
        if straight or called:
            yield straight + called
        if straight and max(weight for weight, _ in straight) > 0:
            return  # names of which one fits are not in each other's place
        for mine, theirs in ((one, other), (other, one)):
            crossed = self._written(mine.given, mine.family, theirs.family, theirs.given)
            if crossed:
                yield (*crossed, (self._by.bits["order-swapped"], "order-swapped"), *called)

    def _written(self, given: str, family: str, their_given: str, their_family: str) -> _Said:
        said: _Said = ()
        if given and their_given:
            said = (self._of_name(self._given(given, their_given), self._by.common.given, given, their_given),)
        if family and their_family:
            level = self._family(family, their_family)
            said = (*said, self._of_name(level, self._by.common.family, family, their_family))
        return said

    def _of_name(self, reason: Reason, common: dict[str, float], one: str, other: str) -> tuple[float, Reason]:
        """A name that many have says less: what it weighs is how often it occurs among all."""
        level = self._by.levels[reason]
        often = max(common.get(one, 0.0), common.get(other, 0.0))
        if level.u < often < level.m:
            return math.log2(level.m / often), reason
        return self._by.bits[reason], reason


def _near(one: str, other: str) -> bool:
    if min(len(one), len(other)) <= SHORT:
        return False
    # In one order, for the library does not promise the same in the other.
    one, other = sorted((one, other))
    return OSA.distance(one, other, score_cutoff=1) <= 1 or JaroWinkler.similarity(one, other) >= NEAR_NAMES


def given_level(one: str, other: str, heard: Heard = sound) -> Reason:
    if one == other:
        return "given-same"
    ones, others = one.split(), other.split()
    if not frozenset(ones).isdisjoint(others):
        return "given-same"
    if any(may_be_called(mine, theirs) for mine in ones for theirs in others):
        return "given-diminutive"
    if _near(one, other) or _near(ones[0], others[0]):
        return "given-near"
    if heard(ones[0]) == heard(others[0]):
        return "given-sounds"
    initial = ones[0][0] == others[0][0] and 1 in {len(ones[0]), len(others[0])}
    return "given-initial" if initial else "given-other"


def family_level(one: str, other: str, heard: Heard = sound) -> Reason:
    if one == other:
        return "family-same"
    ones, others = one.split(), other.split()
    if not frozenset(ones).isdisjoint(others):
        return "family-part"
    one, other = "".join(ones), "".join(others)
    if one == other:
        return "family-same"
    if _near(one, other):
        return "family-near"
    return "family-sounds" if heard(one) == heard(other) else "family-other"


def nickname_level(one: Naming, other: Naming, heard: Heard = sound) -> Reason | None:
    """A nickname beside a nickname; beside a given name only where they agree, for most people have both."""
    if one.nickname and other.nickname:
        mine, theirs = one.nickname.split(), other.nickname.split()
        if not frozenset(mine).isdisjoint(theirs) or _near(one.nickname, other.nickname):
            return "nickname-same"
        return (
            "nickname-same" if {heard(name) for name in mine} & {heard(name) for name in theirs} else "nickname-other"
        )
    for nickname, given in ((one.nickname, other.given), (other.nickname, one.given)):
        for name in given.split() if nickname else ():
            if any(name == called or may_be_called(name, called) for called in nickname.split()):
                return "nickname-given"
    return None


def _sex(one: Described, other: Described) -> Reason | None:
    if one.sex and other.sex:
        return "sex-same" if one.sex == other.sex else "sex-other"
    return None


def _phone(one: Described, other: Described) -> Reason | None:
    if not one.phone or not other.phone:
        return None
    if one.phone == other.phone:
        return "phone-same"
    return "phone-near" if OSA.distance(one.phone, other.phone, score_cutoff=1) <= 1 else "phone-other"


def _email(one: Described, other: Described) -> Reason | None:
    if one.email and other.email:
        return "email-same" if one.email == other.email else "email-other"
    return None


def _place(one: Described, other: Described) -> Reason | None:
    if not one.place or not other.place:
        return None
    ones, others = place_words(one.place), place_words(other.place)
    both = len(ones & others)
    return "place-other" if not both else "place-same" if both * 2 >= len(ones | others) else "place-part"


def _home(one: Described, other: Described) -> Reason | None:
    """One level for address and postcode together: who shares the one mostly shares the other."""
    same = one.postcode == other.postcode
    if one.address and other.address and (same or not (one.postcode and other.postcode)):
        if fuzz.token_set_ratio(*sorted((one.address, other.address))) >= SAME_ADDRESS:
            return "address-same"
        return "postcode-same" if one.postcode and same else "address-other"
    if one.postcode and other.postcode:
        return "postcode-same" if same else "postcode-other"
    return None


def _born(one: Described, other: Described) -> Reason | None:
    if not one.born or not other.born:
        return None
    if one.born_day is None or other.born_day is None:
        years = abs(int(one.born_year) - int(other.born_year))
        return "born-year" if not years else "born-near" if years <= NEAR_YEARS else "born-other"
    if one.born == other.born:
        return "born-same"
    if one.born_year == other.born_year:
        if one.born_day == other.born_day[::-1]:
            return "born-swapped"
        near = OSA.distance(one.born[YEAR_DIGITS:], other.born[YEAR_DIGITS:], score_cutoff=1) <= 1
        return "born-digit" if near else "born-year"
    if one.born_day == other.born_day:
        near = OSA.distance(one.born_year, other.born_year, score_cutoff=1) <= 1
        return "born-digit" if near else "born-day"
    return "born-other"


def _age(one: Described, other: Described) -> Reason | None:
    """By age only where it is not told by births."""
    if (one.born and other.born) or one.age_band not in BANDS or other.age_band not in BANDS:
        return None
    apart = abs(BANDS.index(one.age_band) - BANDS.index(other.age_band))
    return "age-same" if apart == 0 else "age-next" if apart == 1 else "age-other"


OTHERS: Final[tuple[Callable[[Described, Described], Reason | None], ...]] = (
    _born,
    _age,
    _sex,
    _phone,
    _email,
    _home,
    _place,
)
"""What is compared beside names. Each knows nothing of the others."""
