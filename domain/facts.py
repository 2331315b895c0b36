"""What a fact is: something that happened, in the past tense, under a stable name and version.

A fact's class names its storage type and its version (ADR 0003), the tags under which decisions find it, and which of
its fields are personal. A fact is about every id among its fields.
"""

import datetime as dt
import string
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from typing import (
    Annotated,
    Any,
    ClassVar,
    Final,
    Generic,
    Literal,
    TypeVar,
    cast,
    dataclass_transform,
    get_args,
    get_origin,
    get_type_hints,
)

import msgspec

from domain.ids import ID_PATTERN, ID_TYPES, AgencyId, PersonId

Instant = Annotated[dt.datetime, msgspec.Meta(tz=True)]
"""A moment with its offset. A naive time is refused wherever one is decoded."""

Line = Annotated[str, msgspec.Meta(min_length=1, max_length=400)]
"""A name, place, label or reference, as a command gives it."""
Text = Annotated[str, msgspec.Meta(min_length=1, max_length=10_000)]
"""Free text, as a command gives it. Free text about a person is personal."""
Slug = msgspec.Meta(pattern=ID_PATTERN)
"""Marks an id that a command chooses itself: `Annotated[ServiceId, Slug]`."""

ATTRIBUTION: Final = "records-attributed"
"""The type of what says that facts are of another person than they were written of: every question asks for it."""

PersonalClass = Literal["identity", "health", "intelligence"]
"""What a personal field is about; each class has a key of its own for each person."""


class Sealed(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A personal value that is not open here: who holds the person's key may open `box`.

    `key` names the data key, `context` what the value was sealed for, `box` is the nonce and the ciphertext.
    """

    key: str
    context: str
    box: bytes


class Personal(msgspec.Struct, frozen=True):
    """Marks a field as personal: `of` names the field that holds the id of the person whose it is."""

    personal_class: PersonalClass
    of: str = "person"


IdentityText = Annotated[str | Sealed | None, Personal("identity")]
"""Names, contact details, descriptions: who a person is. Free text about a person is personal too."""
HealthText = Annotated[str | Sealed | None, Personal("health")]
"""Substances, diagnoses, treatment, injuries: never part of a police view."""
IntelligenceText = Annotated[str | Sealed | None, Personal("intelligence")]
"""What officers observed, believed or were told about a person."""


class KeywordMeta(msgspec.StructMeta):
    """Makes frozen structs whose fields are given by keyword, down the whole line of subclasses."""

    def __new__(
        mcs,
        name: str,
        bases: tuple[type, ...],
        namespace: dict[str, Any],
        **config: Any,  # noqa: ANN401 - handed on to msgspec
    ) -> "KeywordMeta":
        """Make the struct."""
        return super().__new__(mcs, name, bases, namespace, **(config | {"frozen": True, "kw_only": True}))


class FactMeta(KeywordMeta):
    """Lets a fact say its type, version and tags where it is declared."""

    def __new__(  # noqa: PYI034 - mypy knows no Self in a metaclass
        mcs,
        name: str,
        bases: tuple[type, ...],
        namespace: dict[str, Any],
        *,
        type: str | None = None,  # noqa: A002, ARG004 - reads as the domain says it; used by __init__
        version: int = 1,  # noqa: ARG004 - used by __init__
        tags: tuple[str, ...] = (),  # noqa: ARG004 - used by __init__
        **config: Any,  # noqa: ANN401 - handed on to msgspec
    ) -> "FactMeta":
        """Make the struct."""
        return cast("FactMeta", super().__new__(mcs, name, bases, namespace, **config))

    def __init__(
        cls,  # noqa: N805 - a metaclass's instance is a class
        name: str,
        bases: tuple[type, ...],
        namespace: dict[str, Any],
        *,
        type: str | None = None,  # noqa: A002 - reads as the domain says it
        version: int = 1,
        tags: tuple[str, ...] = (),
        **_config: Any,  # noqa: ANN401 - used by __new__
    ) -> None:
        """Enter a fact that has a type into the catalogue."""
        super().__init__(name, bases, namespace)
        if type is not None:
            declare(cls, type, version, tags)


@dataclass_transform(frozen_default=True, kw_only_default=True, field_specifiers=(msgspec.field,))
class Fact(msgspec.Struct, frozen=True, kw_only=True, metaclass=FactMeta):
    """Something that happened. `at` is when it happened, which may be long before it was recorded."""

    fact_type: ClassVar[str]
    fact_version: ClassVar[int]
    tag_templates: ClassVar[tuple[str, ...]]

    at: Instant


Facts = tuple[Fact, ...]
"""What a decision answers; empty where there is nothing to add."""

CATALOGUE: Final[dict[tuple[str, int], type[Fact]]] = {}
"""Every type and version of fact that this code can read."""


class Declared(msgspec.Struct, frozen=True):
    """What is known of a class of facts before any of them is read."""

    personal: Mapping[str, Personal]
    ids: tuple[str, ...]
    agencies: tuple[str, ...]
    tag: Callable[[Fact], tuple[str, ...]]


_DECLARED: Final[dict[type, Declared]] = {}


def declare(cls: type, fact_type: str, version: int, tags: tuple[str, ...]) -> None:
    """Enter a class into the catalogue: one class for a type and version."""
    if (fact_type, version) in CATALOGUE:
        raise TypeError(f"{fact_type} version {version} is declared twice")
    assert issubclass(cls, Fact)
    cls.fact_type, cls.fact_version, cls.tag_templates = fact_type, version, tags
    CATALOGUE[fact_type, version] = cls


def declared(cls: type[Fact]) -> Declared:
    """The personal fields, the ids and the tags of a class of facts, worked out once."""
    known = _DECLARED.get(cls)
    if known is None:
        hints = {
            name: hint
            for name, hint in get_type_hints(cls, include_extras=True).items()
            if get_origin(hint) is not ClassVar
        }
        personal = {name: mark for name, hint in hints.items() for mark in _personal_marks(hint)}
        ids = tuple(name for name, hint in hints.items() if _holds(hint, ID_TYPES))
        agencies = tuple(name for name, hint in hints.items() if _holds(hint, frozenset({AgencyId})))
        known = _DECLARED[cls] = Declared(personal, ids, agencies, _tagger(cls))
    return known


def tags_of(fact: Fact) -> tuple[str, ...]:
    """The tags under which decisions find this fact, none for an id that is not given."""
    return declared(type(fact)).tag(fact)


def about(fact: Fact) -> tuple[str, ...]:
    """Every id among the fields of the fact, as `field:id`, in the order of the fields."""
    found: list[str] = []
    for name in declared(type(fact)).ids:
        value = getattr(fact, name)
        if isinstance(value, str):
            found.append(f"{name}:{value}")
        elif value is not None:
            found += [f"{name}:{one}" for one in (sorted(value) if isinstance(value, frozenset) else value)]
    return tuple(found)


def subject_of(fact: Fact) -> PersonId | None:
    """The person a fact is first of all about, if it is about one."""
    return getattr(fact, "person", None)


def _personal_marks(hint: object) -> Iterable[Personal]:
    return (mark for mark in getattr(hint, "__metadata__", ()) if isinstance(mark, Personal))


def _holds(hint: object, types: frozenset[object]) -> bool:
    if hint in types:
        return True
    parts = get_args(hint)[:1] if hasattr(hint, "__metadata__") else get_args(hint)
    return any(_holds(part, types) for part in parts)


def _tagger(cls: type[Fact]) -> Callable[[Fact], tuple[str, ...]]:
    """A tag template is a field's name, a text with fields in braces (a rule on a pair), or `*` and a field of tags."""
    simple: list[tuple[str, str]] = []
    whole = tuple(template[1:] for template in cls.tag_templates if template.startswith("*"))
    composite: list[tuple[str, tuple[str, ...]]] = []
    for template in cls.tag_templates:
        if template.startswith("*"):
            continue
        parsed = list(string.Formatter().parse(template if "{" in template else f"{template}:{{{template}}}"))
        fields = tuple(name for _, name, _, _ in parsed if name)
        missing = [name for name in fields if name not in cls.__struct_fields__]
        if missing:
            raise TypeError(f"{cls.__name__}: the tag {template!r} names no field {', '.join(missing)}")
        if len(parsed) == 1:
            simple.append((parsed[0][0], fields[0]))
        else:
            composite.append((template, fields))

    def tag(fact: Fact) -> tuple[str, ...]:
        found: dict[str, None] = {}
        for prefix, name in simple:
            value = getattr(fact, name)
            if isinstance(value, str):
                found[prefix + value] = None
            elif value is not None:
                found.update((prefix + one, None) for one in sorted(value))
        for text, fields in composite:
            values = {name: getattr(fact, name) for name in fields}
            if None not in values.values():
                found[text.format_map(values)] = None
        for name in whole:
            found.update(dict.fromkeys(getattr(fact, name)))
        return tuple(found)

    return tag


@dataclass_transform(frozen_default=True, kw_only_default=True, field_specifiers=(msgspec.field,))
class Command(msgspec.Struct, frozen=True, kw_only=True, metaclass=KeywordMeta, forbid_unknown_fields=True):
    """What somebody asks to be done. `at` is when it happened: now, or earlier for what is written down late."""

    at: Instant


S = TypeVar("S")
K = TypeVar("K")
E = TypeVar("E", bound=msgspec.Struct)


class QueryItem(msgspec.Struct, frozen=True):
    """Facts of any of these types (of any type where none is named) that carry all of these tags."""

    types: frozenset[str] = frozenset()
    tags: frozenset[str] = frozenset()


Query = tuple[QueryItem, ...]
"""Facts that match any of its items. No items match nothing: knowing nothing puts no condition on a decision."""


class Placed(msgspec.Struct, frozen=True):
    """A fact and its position in the log; 0 for one that is not recorded yet."""

    position: int
    fact: Fact


class Knowledge(msgspec.Struct, Generic[S], frozen=True):
    """What a decision must know: which facts, and what they come to. `placed`: `evolve` is told where they stand."""

    query: Query
    initial: S
    evolve: Callable[[S, Fact], S]
    placed: bool = False

    def told(self, state: S, fact: Fact, position: int) -> S:
        """The state after a fact."""
        return self.evolve(state, cast("Fact", Placed(position, fact)) if self.placed else fact)


def asking(types: Iterable[type[Fact]], *tags: str) -> QueryItem:
    """Facts of these types that carry all of the tags, and what says that they are of somebody else."""
    return QueryItem(_types(tuple(types), attributed=bool(tags)), frozenset(tags))


def knowing(initial: S, evolve: Callable[[S, Fact], S], types: Iterable[type[Fact]], *tags: str) -> Knowledge[S]:
    """Facts of these types that carry all of the tags, folded from `initial`."""
    return Knowledge((asking(types, *tags),), initial, evolve)


def knowing_where(initial: S, evolve: Callable[[S, Placed], S], tag: str) -> Knowledge[S]:
    """All facts that carry a tag, each with its position, folded from `initial`."""
    query = (QueryItem(tags=frozenset({tag})),)
    return Knowledge(query, initial, cast("Callable[[S, Fact], S]", evolve), placed=True)


def amended(entries: dict[K, E], one: K, **changes: object) -> dict[K, E]:
    """Entries by id, with what a fact says of one of them; a fact about what was never entered says nothing."""
    return {**entries, one: msgspec.structs.replace(entries[one], **changes)} if one in entries else entries


@lru_cache(1024)
def _types(types: tuple[type[Fact], ...], *, attributed: bool) -> frozenset[str]:
    """The same types are asked for again and again, each time with other tags."""
    found = frozenset(one.fact_type for one in types)
    return found | {ATTRIBUTION} if attributed else found
