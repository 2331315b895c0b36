"""Values of any type that a fact may hold: made up by Hypothesis, or the same ones each time."""

import datetime as dt
import re
from collections.abc import Callable, Iterable, Mapping
from types import NoneType, UnionType
from typing import (
    Annotated,
    Any,
    ClassVar,
    Final,
    Literal,
    NewType,
    TypeVar,
    Union,
    get_args,
    get_origin,
    get_type_hints,
)

import msgspec
from hypothesis import strategies as st

from domain.facts import Fact, Personal, Sealed
from domain.ids import ID_PATTERN, ID_TYPES

F = TypeVar("F", bound=Fact)

AT: Final = dt.datetime(2026, 3, 2, 10, 30, tzinfo=dt.UTC)
OFFSETS: Final = (dt.UTC, dt.timezone(dt.timedelta(hours=1)), dt.timezone(dt.timedelta(hours=-5, minutes=-30)))
TEXTS: Final = (
    "example",
    "A1",
    "E07000010",
    "en",
    "1",
    "07700 900123",
    "EX-0001",
    "https://example.org",
    "a@example.org",
    "5" * 64,
)
MARKER: Final = "PERSONAL"
"""Begins every personal value that is made here, and nothing else."""


def hints(cls: type) -> Mapping[str, Any]:
    """The fields of a struct and their types, with what is annotated."""
    return {
        name: hint
        for name, hint in get_type_hints(cls, include_extras=True).items()
        if get_origin(hint) is not ClassVar
    }


def any_fact(cls: type[F]) -> st.SearchStrategy[F]:
    """Facts of a class, each with every personal field either given or not."""
    return st.builds(cls, **{name: _strategy(hint) for name, hint in hints(cls).items()})


def example(cls: type[F]) -> F:
    """The same fact each time, with every field given."""
    return cls(**{name: _example(hint, name) for name, hint in hints(cls).items()})


def _strategy(hint: Any, meta: Iterable[msgspec.Meta] = ()) -> st.SearchStrategy[Any]:  # noqa: ANN401 - a type hint
    origin, args = get_origin(hint), get_args(hint)
    if origin is Annotated:
        if any(isinstance(mark, Personal) for mark in args[1:]):
            return st.none() | st.text(max_size=40).map(lambda text: MARKER + text)
        return _strategy(args[0], (*meta, *(one for one in args[1:] if isinstance(one, msgspec.Meta))))
    if hint in ID_TYPES:
        return st.from_regex(re.compile(ID_PATTERN, re.ASCII), fullmatch=True)
    if isinstance(hint, NewType):
        return _strategy(hint.__supertype__, meta)
    if origin in (Union, UnionType):
        return st.one_of(*(_strategy(one, meta) for one in args if one is not Sealed))
    if origin is Literal:
        return st.sampled_from(args)
    if origin in (tuple, frozenset):
        items, least, most = _strategy(args[0]), _least(meta), max(3, _least(meta))
        if origin is frozenset:
            return st.frozensets(items, min_size=least, max_size=most)
        return st.lists(items, min_size=least, max_size=most).map(tuple)
    if isinstance(hint, type) and issubclass(hint, msgspec.Struct):
        return st.builds(hint, **{name: _strategy(one) for name, one in hints(hint).items()})
    return _SCALARS[hint](tuple(meta))


def _texts(meta: tuple[msgspec.Meta, ...]) -> st.SearchStrategy[str]:
    patterns = [one.pattern for one in meta if one.pattern]
    longest = min((one.max_length for one in meta if one.max_length is not None), default=30)
    if not patterns:
        return st.text(min_size=_least(meta), max_size=min(longest, 30 + _least(meta)))
    made = st.from_regex(re.compile(patterns[0], re.ASCII), fullmatch=True)
    return made.filter(lambda text: _least(meta) <= len(text) <= longest and all(re.search(p, text) for p in patterns))


def _least(meta: Iterable[msgspec.Meta]) -> int:
    return max((one.min_length for one in meta if one.min_length is not None), default=0)


def _numbers(meta: tuple[msgspec.Meta, ...]) -> st.SearchStrategy[int]:
    low = max((int(one.ge) for one in meta if one.ge is not None), default=0)
    high = min((int(one.le) for one in meta if one.le is not None), default=low + 1_000_000)
    return st.integers(low, high)


_SCALARS: Final[Mapping[Any, Callable[[tuple[msgspec.Meta, ...]], st.SearchStrategy[Any]]]] = {
    str: _texts,
    int: _numbers,
    bool: lambda _: st.booleans(),
    NoneType: lambda _: st.none(),
    dt.date: lambda _: st.dates(dt.date(1900, 1, 1), dt.date(2199, 12, 31)),
    dt.datetime: lambda _: st.datetimes(
        dt.datetime(1970, 1, 2),  # noqa: DTZ001 - the zone is drawn
        dt.datetime(2199, 12, 30),  # noqa: DTZ001
        timezones=st.sampled_from(OFFSETS),
    ),
}


def _example(hint: Any, name: str, meta: tuple[msgspec.Meta, ...] = ()) -> Any:  # noqa: ANN401 - a type hint
    origin, args = get_origin(hint), get_args(hint)
    if origin is Annotated:
        if any(isinstance(mark, Personal) for mark in args[1:]):
            return f"{MARKER} {name}"
        return _example(args[0], name, (*meta, *(one for one in args[1:] if isinstance(one, msgspec.Meta))))
    if isinstance(hint, NewType):
        return _example(hint.__supertype__, name, meta)
    if origin in (Union, UnionType):
        return _example(next(one for one in args if one not in (NoneType, Sealed)), name, meta)
    if origin is Literal:
        return args[0]
    if origin in (tuple, frozenset):
        return origin((_example(args[0], name),))
    if isinstance(hint, type) and issubclass(hint, msgspec.Struct):
        return hint(**{one: _example(of, one) for one, of in hints(hint).items()})
    if hint is str:
        fits = (text for text in (name.replace("_", "-"), *TEXTS) if all(_fits(text, one) for one in meta))
        return next(fits)
    return {
        int: max((int(one.ge) for one in meta if one.ge is not None), default=1),
        bool: True,
        dt.date: AT.date(),
        dt.datetime: AT,
    }[hint]


def _fits(text: str, meta: msgspec.Meta) -> bool:
    return not meta.pattern or re.search(meta.pattern, text) is not None
