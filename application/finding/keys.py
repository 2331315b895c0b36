"""The compound keys by which people are found: what they are made of, what each finds, and what each gives away.

A key rests on two things at least, so that how often it occurs does not tell which name it is; only a telephone number
and an e-mail address, each given to hardly more than one human, is a key of its own. One table, `KINDS`, makes those of
an entry and those of a question alike. Where a question leaves open what a key needs, it asks for each thing that could
stand there: the index itself holds nothing more for it.
"""

from collections.abc import Callable, Iterable, Iterator
from itertools import combinations
from typing import Final

import msgspec

from application.finding.identity import Described, Naming
from application.finding.spelling import DIMINUTIVES, NONE, place_words, sound

Parts = tuple[str, ...]

MOST_WORDS: Final = 5
"""Of one naming; the keys of more would be many, and nobody is searched for by them all."""
BEGINNING: Final = 2
ENDING: Final = 3
LAST: Final = 2
PHONE_END: Final = 3
NO_NAME: Final = "-"
MONTHS: Final = tuple(f"{month:02}" for month in range(1, 13))
VOWELS: Final = frozenset("AEIOU")
INITIALS: Final = (*"ABDFHJKLMNPRSTVWYZ", NO_NAME)


class Words(msgspec.Struct, frozen=True, gc=False):
    """A described human as keys are made of them. `asking`: what a question leaves open is spelt out."""

    who: Described
    asking: bool
    pairs: tuple[tuple[str, str], ...]
    """Any two names that go together in one naming, in the order of the alphabet."""
    called: tuple[str, ...]
    """How given names and nicknames sound."""
    initials: tuple[str, ...]
    places: tuple[str, ...]
    """How the words of a place sound."""
    sounds: dict[str, str]
    """How each name sounds."""

    def initial(self, name: str) -> str:
        """With what a name begins as it sounds: c as k, and any vowel as any other."""
        return _initial(self.sounds[name])


def _initial(heard: str) -> str:
    return "A" if heard[0] in VOWELS else heard[0]


def _words(who: Described, *, asking: bool) -> Words:
    pairs: dict[tuple[str, str], None] = {}
    called: dict[str, None] = {}
    initials: dict[str, None] = {}
    sounds: dict[str, str] = {}
    family = who.namings[0].family if who.namings else ""
    for naming in who.namings:
        words = naming.words if naming.family or not family else tuple(dict.fromkeys((*naming.words, *family.split())))
        words = words[:MOST_WORDS]
        sounds.update((one, sound(one)) for one in words if one not in sounds)
        pairs.update(dict.fromkeys(combinations(sorted(words), 2)))
        called.update((sound(one), None) for one in f"{naming.given} {naming.nickname}".split()[:MOST_WORDS])
        initials.update((_initial(sounds[one]), None) for one in words)
    places = tuple(sorted({sound(word) for word in place_words(who.place)})[:MOST_WORDS])
    if asking:
        initials.update(dict.fromkeys((NO_NAME,) if initials else INITIALS))
    return Words(who, asking, tuple(pairs), tuple(called), tuple(initials) or (NO_NAME,), places, sounds)


def _names_spelt(words: Words) -> Iterator[Parts]:
    yield from words.pairs


def _sounding(words: Words) -> Iterator[Parts]:
    for one, other in words.pairs:
        yield tuple(sorted((words.sounds[one], words.sounds[other])))


def _names_sound(words: Words) -> Iterator[Parts]:
    yield from _sounding(words)
    if words.asking:
        for pair in words.pairs:
            for one, other in (pair, pair[::-1]):
                for short in sorted(DIMINUTIVES.get(one, NONE)):
                    yield tuple(sorted((sound(short), words.sounds[other])))


def _name_and_initial(words: Words) -> Iterator[Parts]:
    for one, other in words.pairs:
        yield words.sounds[one], words.initial(other)
        yield words.sounds[other], words.initial(one)


def _beginnings(words: Words) -> Iterator[Parts]:
    for one, other in words.pairs:
        yield tuple(sorted((one[:BEGINNING], other[:BEGINNING])))


def _endings(words: Words) -> Iterator[Parts]:
    for one, other in words.pairs:
        yield tuple(sorted((one[-ENDING:], other[-ENDING:])))


def _outsides(words: Words) -> Iterator[Parts]:
    for pair in words.pairs:
        one, other = sorted((words.initial(name), name[-LAST:]) for name in pair)
        yield *one, *other


def _name_and_year(words: Words) -> Iterator[Parts]:
    for year in (words.who.born_year,) if words.who.born_year else words.who.years:
        for name in words.sounds.values():
            yield name, year


def _day(words: Words) -> Parts | None:
    """Day and month, the smaller first: those who swapped them meet."""
    day = words.who.born_day
    return None if day is None else tuple(sorted(day))


def _name_and_day(words: Words) -> Iterator[Parts]:
    day = _day(words)
    if day is not None:
        for name in words.sounds.values():
            yield name, *day


def _initials_and_month(words: Words) -> Iterator[Parts]:
    day = words.who.born_day
    if day is not None:
        for one, other in words.pairs:
            yield *sorted((words.initial(one), words.initial(other))), words.who.born_year, day[0]


def _initials_and_day(words: Words) -> Iterator[Parts]:
    day = _day(words)
    if day is not None:
        for one, other in words.pairs:
            yield *sorted((words.initial(one), words.initial(other))), *day


def _born_and_initial(words: Words) -> Iterator[Parts]:
    day = _day(words)
    if day is not None:
        for initial in words.initials:
            yield words.who.born_year, *day, initial


def _called_and_place(words: Words) -> Iterator[Parts]:
    for place in words.places:
        for name in words.called:
            yield name, place


def _place_and_initial(words: Words) -> Iterator[Parts]:
    if words.who.named or (words.asking and words.who.age_band):
        for place in words.places:
            for initial in words.initials:
                yield place, initial


def _postcode_and_initial(words: Words) -> Iterator[Parts]:
    if words.who.postcode:
        for initial in words.initials:
            yield words.who.postcode, initial


def _phone(words: Words) -> Iterator[Parts]:
    number = words.who.phone
    if number:
        yield number[:-PHONE_END], number[-PHONE_END:]


def _email(words: Words) -> Iterator[Parts]:
    mailbox, at, host = words.who.email.partition("@")
    if mailbox and at and host:
        yield mailbox, host


def _unnamed_at_place(words: Words) -> Iterator[Parts]:
    if words.who.age_band and not words.who.named:
        for place in words.places:
            yield place, words.who.age_band


class Kind(msgspec.Struct, frozen=True):
    """One kind of key: the fields it rests on, whom it finds, and what equal keys tell whoever reads the table."""

    name: str
    of: frozenset[str]
    finds: str
    tells: str
    made: Callable[[Words], Iterable[Parts]]


def _kind(name: str, of: str, finds: str, tells: str, made: Callable[[Words], Iterable[Parts]]) -> Kind:
    return Kind(name, frozenset(of.split()), finds, tells, made)


KINDS: Final = (
    _kind(
        "names-spelt",
        "name other-name",
        "the names as they are written, in any order, with parts missing",
        "that two people share two names; the commonest full names could be guessed from how often they occur",
        _names_spelt,
    ),
    _kind(
        "names-sound",
        "name other-name",
        "names written otherwise that sound alike, and diminutives",
        "that two names of two people sound alike",
        _names_sound,
    ),
    _kind(
        "name-and-initial",
        "name other-name",
        "a mistyped name beside one that sounds right",
        "that one name sounds alike and another begins alike",
        _name_and_initial,
    ),
    _kind(
        "beginnings",
        "name other-name",
        "two names that are both mistyped after their second letter",
        "that two names begin alike",
        _beginnings,
    ),
    _kind(
        "endings",
        "name other-name",
        "two names that are both mistyped before their last three letters",
        "that two names end alike",
        _endings,
    ),
    _kind(
        "outsides",
        "name other-name",
        "two names that are both mistyped between their first letter and their last two",
        "that two names begin and end alike",
        _outsides,
    ),
    _kind(
        "name-and-year",
        "name born",
        "any one name with the year of birth, or with an age",
        "that one name sounds alike and the year is the same",
        _name_and_year,
    ),
    _kind(
        "name-and-day",
        "name born",
        "any one name with the birthday, days swapped with months, of whatever year",
        "that one name sounds alike and the birthday is the same",
        _name_and_day,
    ),
    _kind(
        "initials-and-month",
        "name other-name born",
        "two mistyped names with a wrong day",
        "that two names begin alike and the month of birth is the same",
        _initials_and_month,
    ),
    _kind(
        "initials-and-day",
        "name other-name born",
        "two mistyped names with a wrong year",
        "that two names begin alike and the birthday is the same",
        _initials_and_day,
    ),
    _kind(
        "born-and-initial",
        "born name",
        "a date of birth, days swapped with months, alone or with any one name that begins alike",
        "that two people were born on one day and a name begins alike",
        _born_and_initial,
    ),
    _kind(
        "called-and-place",
        "name place",
        "a given name or nickname and where the person was seen",
        "that one given name or nickname sounds alike and a word of the place too",
        _called_and_place,
    ),
    _kind(
        "place-and-initial",
        "place name",
        "where the person was seen, with a mistyped name or with an age",
        "that a word of the place sounds alike and a name begins alike",
        _place_and_initial,
    ),
    _kind(
        "postcode-and-initial",
        "postcode name",
        "a postcode with any one name, or alone",
        "that two people live in one postcode and a name begins alike",
        _postcode_and_initial,
    ),
    _kind(
        "phone",
        "phone",
        "a telephone number, with or without its country",
        "that two people have one number: given once, it cannot be told from how often it occurs",
        _phone,
    ),
    _kind(
        "email",
        "email",
        "an e-mail address",
        "that two people have one address: given once, it cannot be told from how often it occurs",
        _email,
    ),
    _kind(
        "unnamed-at-place",
        "place age-band",
        "somebody without any name, where they were seen, by their age",
        "that two unnamed people of one age band were seen in places that share a word",
        _unnamed_at_place,
    ),
)
"""Every kind, the commonest first."""

GIVEN_ONCE: Final = frozenset({"phone", "email"})
"""What is a key of its own."""


def keys_of(who: Described, *, asking: bool = False) -> Iterator[tuple[str, Parts]]:
    """The keys of an entry, or of a question where `asking`: kind and parts, not hashed yet; some may come twice."""
    words = _words(who, asking=asking)
    for kind in KINDS:
        for parts in kind.made(words):
            yield kind.name, parts


def further_keys_of(who: Described) -> Iterator[tuple[str, Parts]]:
    """What is asked besides where nobody was surely found; the index holds nothing more for it.

    Names whose first two letters were typed in the other order, each name by itself and all at once, for every key of
    a name begins as the name does; any month of the year of birth beside the initials; and the date of birth whatever
    the names begin with.
    """
    for slip in _slips(who):
        yield from keys_of(slip)
    if who.born_year:
        words = _words(who, asking=True)
        for month in MONTHS:
            of_month = msgspec.structs.replace(who, born=f"{who.born_year}-{month}-01")
            for parts in _initials_and_month(msgspec.structs.replace(words, who=of_month)):
                yield "initials-and-month", parts
        for parts in _born_and_initial(msgspec.structs.replace(words, initials=INITIALS)):
            yield "born-and-initial", parts


def _slips(who: Described) -> Iterator[Described]:
    words = {word for naming in who.namings for word in naming.words if word != _turned(word)}
    each = [frozenset((word,)) for word in sorted(words)]
    for slipped in each if len(each) <= 1 else (*each, frozenset(words)):
        yield msgspec.structs.replace(who, namings=tuple(_slipped(naming, slipped) for naming in who.namings))


def _slipped(naming: Naming, words: frozenset[str]) -> Naming:
    return Naming(
        *(
            " ".join(_turned(word) if word in words else word for word in part.split())
            for part in (naming.given, naming.family, naming.nickname)
        )
    )


def _turned(word: str) -> str:
    return word[1::-1] + word[2:] if len(word) > BEGINNING else word
