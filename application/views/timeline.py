"""A person's timeline: one line for each fact about them, in the order in which things happened."""

import datetime as dt
import string
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Final

import msgspec

from application.ports import Recorded
from application.views.categories import category_of
from application.views.view import View
from domain.actors import Role
from domain.facts import CATALOGUE, Fact, Instant, declared
from domain.governance.sharing import Category
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


# Sets are written in order, so that the same fact always has the same bytes.
_encode: Final = msgspec.msgpack.Encoder(order="deterministic").encode


@lru_cache(1_000)
def _decoder(fact_type: str, version: int) -> "msgspec.msgpack.Decoder[Fact]":
    return msgspec.msgpack.Decoder(CATALOGUE[fact_type, version])


def fact_of(row: TimelineRow) -> Fact:
    """The fact of a line."""
    return _decoder(row.type, row.version).decode(row.fact)


@lru_cache(1_000)
def persons_of(cls: type[Fact]) -> Persons:
    """Whom a fact of a class is about: the persons among its tags."""
    names: list[str] = []
    for template in cls.tag_templates:
        if template == "person":
            names.append("person")
        elif template.startswith("person:"):
            names.extend(name for _, name, _, _ in string.Formatter().parse(template) if name)
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


@lru_cache(1_000)
def _fixed(cls: type[Fact]) -> tuple[str, int, Category, tuple[str, ...]]:
    """What the lines of a class of facts have in common, and the fields in which it names agencies."""
    return cls.fact_type, cls.fact_version, category_of(cls), declared(cls).agencies


def parties_of(fact: Fact, fields: tuple[str, ...]) -> frozenset[AgencyId]:
    """The agencies that a fact names."""
    if len(fields) == 1 and (value := getattr(fact, fields[0])).__class__ is str:
        return _alone(value)
    found: set[AgencyId] = set()
    for name in fields:
        value = getattr(fact, name)
        if value.__class__ is str:
            found.add(AgencyId(value))
        elif value is not None:
            found.update(value)
    return frozenset(found)


@lru_cache(10_000)
def _alone(agency: AgencyId) -> frozenset[AgencyId]:
    return frozenset((agency,))


def line_key(person: str, happened: dt.datetime, position: int) -> str:
    """A line's key: the lines of a person lie together, in order."""
    return f"{person}|{max(0, round(happened.timestamp() * 1_000_000)):017}|{position:012}"


def keys(recorded: Recorded) -> Iterable[str]:
    """One line for each person that the fact is about."""
    fact = recorded.fact
    people = persons_of(type(fact))(fact)
    return [line_key(person, fact.at, recorded.envelope.position) for person in people] if people else ()


def evolve(_row: TimelineRow | None, recorded: Recorded, _key: str) -> TimelineRow:
    """The line of a fact."""
    fact, envelope = recorded.fact, recorded.envelope
    fact_type, version, category, agencies = _fixed(type(fact))
    return TimelineRow(
        position=envelope.position,
        type=fact_type,
        version=version,
        category=category,
        parties=parties_of(fact, agencies),
        happened=fact.at,
        recorded=envelope.recorded,
        actor=envelope.actor,
        agency=envelope.agency,
        role=envelope.role,
        fact=_encode(fact),
    )


TIMELINE: View[TimelineRow] = View(
    name="timeline",
    version=1,
    row=TimelineRow,
    facts=None,
    keys=keys,
    evolve=evolve,
    once=True,
)
