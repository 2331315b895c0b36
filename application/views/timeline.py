"""A person's timeline: one line for each fact about them, in the order in which things happened."""

import datetime as dt
import string
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Final

import msgspec

from application.ports import Recorded
from application.views.categories import FOR_PARTIES, category_of
from application.views.view import View
from domain.actors import Role
from domain.facts import CATALOGUE, Fact, Instant, declared
from domain.governance.scope import Category
from domain.ids import AgencyId, PersonId, WorkerId

Persons = Callable[[Fact], tuple[PersonId, ...]]


class TimelineRow(msgspec.Struct, frozen=True, kw_only=True, array_like=True, gc=False):
    """A line: what happened, and what sharing decides by. `fact` is as it was recorded, personal values sealed."""

    position: int
    type: str
    version: int
    category: Category
    parties: frozenset[AgencyId]
    happened: Instant
    recorded: Instant
    actor: WorkerId
    agency: AgencyId
    role: Role
    fact: bytes


_EPOCH: Final = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)

# Sets are written in order, so that the same fact always has the same bytes.
_encode: Final = msgspec.msgpack.Encoder(order="deterministic").encode


@lru_cache(1_000)
def _decoder(fact_type: str, version: int) -> "msgspec.msgpack.Decoder[Fact]":
    return msgspec.msgpack.Decoder(CATALOGUE[fact_type, version])


def fact_of(row: TimelineRow) -> Fact:
    """The fact of a line."""
    return _decoder(row.type, row.version).decode(row.fact)


def _persons_among(cls: type[Fact]) -> list[str]:
    names: list[str] = []
    for template in cls.tag_templates:
        if template == "person":
            names.append("person")
        elif template.startswith("person:"):
            names.extend(name for _, name, _, _ in string.Formatter().parse(template) if name)
    return names


@lru_cache(1_000)
def says_of_several(cls: type[Fact]) -> bool:
    """Whether facts of a class say something in words of more than one person."""
    return len(_persons_among(cls)) > 1 and bool(declared(cls).personal)


@lru_cache(1_000)
def persons_of(cls: type[Fact]) -> Persons:
    """Whom a fact of a class is about: the persons among its tags."""
    names = _persons_among(cls)
    if names == ["person"]:
        return lambda fact: (fact.person,)  # type: ignore[attr-defined] # the template names the field

    def found(fact: Fact) -> tuple[PersonId, ...]:
        people: dict[PersonId, None] = {}
        for name in names:
            value = getattr(fact, name)
            if isinstance(value, str):
                people[PersonId(value)] = None
            elif value is not None:
                people.update(dict.fromkeys(value))
        return tuple(people)

    return found


class _Fixed(msgspec.Struct, frozen=True, gc=False):
    """What the lines of a class of facts have in common, and how whom it is about and its agencies are found."""

    type: str
    version: int
    category: Category
    agencies: tuple[str, ...]
    persons: Persons


_FIXED: Final[dict[type[Fact], _Fixed]] = {}


def _fixed(cls: type[Fact]) -> _Fixed:
    fixed = _FIXED.get(cls)
    if fixed is None:
        agencies = declared(cls).agencies
        fixed = _Fixed(cls.fact_type, cls.fact_version, category_of(cls), agencies, persons_of(cls))
        _FIXED[cls] = fixed
    return fixed


def parties_of(fact: Fact, fields: tuple[str, ...]) -> frozenset[AgencyId]:
    """The agencies that a fact names."""
    return _parties(tuple([getattr(fact, name) for name in fields]))


@lru_cache(10_000)
def _parties(named: tuple[AgencyId | Iterable[AgencyId] | None, ...]) -> frozenset[AgencyId]:
    found: set[AgencyId] = set()
    for value in named:
        if isinstance(value, str):
            found.add(AgencyId(value))
        elif value is not None:
            found.update(value)
    return frozenset(found)


def line_key(person: str, happened: dt.datetime, position: int) -> str:
    """A line's key: the lines of a person lie together, in order."""
    since = happened - _EPOCH
    microseconds = (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds
    return "%s|%017d|%012d" % (person, max(0, microseconds), position)  # noqa: UP031 - at half the cost


def keys(recorded: Recorded) -> Iterable[str]:
    """One line for each person that the fact is about."""
    fact = recorded.fact
    persons = _fixed(type(fact)).persons(fact)
    return [line_key(person, fact.at, recorded.envelope.position) for person in persons] if persons else ()


def evolve(_row: TimelineRow | None, recorded: Recorded, _key: str) -> TimelineRow:
    """The line of a fact."""
    fact, envelope = recorded.fact, recorded.envelope
    fixed = _fixed(type(fact))
    return TimelineRow(
        position=envelope.position,
        type=fixed.type,
        version=fixed.version,
        category=fixed.category,
        parties=parties_of(fact, fixed.agencies),
        happened=fact.at,
        recorded=envelope.recorded,
        actor=envelope.actor,
        agency=envelope.agency,
        role=envelope.role,
        fact=_encode(fact),
    )


def _about(key: str, _row: TimelineRow) -> PersonId:
    return key.partition("|")[0]  # type: ignore[return-value] # a call for each line would cost a fiftieth of a build


def _only(row: TimelineRow) -> frozenset[AgencyId] | None:
    return row.parties if row.category in FOR_PARTIES else None


TIMELINE: View[TimelineRow] = View(
    name="timeline",
    version=1,
    row=TimelineRow,
    facts=None,
    keys=keys,
    evolve=evolve,
    about=_about,
    only=_only,
    once=True,
)
