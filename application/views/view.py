"""A view: what people look at, as a pure fold of facts into rows.

A fact touches the rows that `keys` names; `evolve` says what each of them is then, None where there is none any more. A
row says in which lists it stands (`places`). The same fold serves the live rows, the state as at an earlier time, a
rebuild and a what-if. Rows keep personal values sealed: who may open which is decided when they are read.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Generic, NamedTuple, TypeVar

import msgspec

from application.ports import Recorded
from domain.facts import CATALOGUE, Fact
from domain.ids import AgencyId, PersonId

R = TypeVar("R", bound=msgspec.Struct)

EVERYTHING = "all"
"""The scope of a list that belongs to the whole partnership."""


class Place(NamedTuple):
    """Where a row stands: in the list of a scope (`agency:cgl/incoming`), at a sort text."""

    scope: str
    sort: str


def nowhere(_row: object) -> tuple[Place, ...]:
    """A row that is found by its key alone."""
    return ()


def its_person(_key: str, row: Any) -> PersonId | None:  # noqa: ANN401 - a row of any view of people
    """The person whom the row names."""
    person: PersonId | None = row.person
    return person


def nobody(_key: str, _row: object) -> None:
    """The row is about nobody: all of the partnership may read it."""


def its_parties(row: Any) -> frozenset[AgencyId]:  # noqa: ANN401 - a row of any view of support
    """The row is for its parties alone, whomever else its person concerns."""
    parties: frozenset[AgencyId] = row.parties
    return parties


def for_counting(_row: object) -> frozenset[AgencyId]:
    """The row is for no agency: it is read where figures are counted, and nowhere else."""
    return frozenset()


def all_concerned(_row: object) -> None:
    """The row is for every agency that its person concerns."""


class View(msgspec.Struct, Generic[R], frozen=True, kw_only=True):
    """One kind of rows and the fold that makes them.

    `version` is raised whenever what is stored changes: rows of another version are built anew. `facts` are those the
    view folds; None for every fact. `once` says that a row is written by one fact and never changed.

    `about` says whom a row is about, by its key and itself; it never changes. `only` says which agencies alone a row is
    for, None for all that its person concerns. The store gives an agency no other row, whatever it is asked (ADR 0023).
    """

    name: str
    version: int
    row: type[R]
    facts: frozenset[type[Fact]] | None
    keys: Callable[[Recorded], Iterable[str]]
    evolve: Callable[[R | None, Recorded, str], R | None]
    about: Callable[[str, R], PersonId | None]
    only: Callable[[R], frozenset[AgencyId] | None] = all_concerned
    places: Callable[[R], tuple[Place, ...]] = nowhere
    once: bool = False


AnyView = View[Any]

Rows = dict[str, dict[str, Any]]
"""Rows by view and key."""

_Plan = tuple[list[tuple[Any, Any, dict[str, Any]]], list[tuple[Any, Any, AnyView]]]
"""What is done with a fact of a class: keys, fold and rows of each view, and those of the views written once."""


def by(field: str) -> Callable[[Recorded], Iterable[str]]:
    """The key is an id that the fact names."""

    def keys(recorded: Recorded) -> Iterable[str]:
        value = getattr(recorded.fact, field, None)
        return () if value is None else (value,)

    return keys


def fixed(key: str) -> Callable[[Recorded], Iterable[str]]:
    """There is one row."""

    def keys(_recorded: Recorded) -> Iterable[str]:
        return (key,)

    return keys


class Views:
    """Views that are folded together, found by the type of fact that they fold."""

    def __init__(self, *views: AnyView) -> None:
        self.all = views
        self.by_name: Mapping[str, AnyView] = {view.name: view for view in views}
        assert len(self.by_name) == len(views), "two views of one name"
        self._of: dict[type[Fact], tuple[AnyView, ...]] = {}
        self._changing: dict[type[Fact], tuple[AnyView, ...]] = {}

    @property
    def version(self) -> str:
        """Names the folds and the rows they make: rows of another version are not continued but built anew."""
        return " ".join(f"{view.name}.{view.version}" for view in self.all)

    def of(self, fact: type[Fact]) -> tuple[AnyView, ...]:
        """The views that fold a type of fact."""
        views = self._of.get(fact)
        if views is None:
            views = self._of[fact] = tuple(view for view in self.all if view.facts is None or fact in view.facts)
        return views

    def touched(self, recorded: Recorded) -> Iterable[tuple[AnyView, str]]:
        """The rows that a fact touches."""
        return ((view, key) for view in self.of(type(recorded.fact)) for key in view.keys(recorded))

    def changed(self, recorded: Recorded) -> Iterable[tuple[AnyView, str]]:
        """The rows among them that may have been there before."""
        cls = type(recorded.fact)
        views = self._changing.get(cls)
        if views is None:
            views = self._changing[cls] = tuple(view for view in self.of(cls) if not view.once)
        return ((view, key) for view in views for key in view.keys(recorded))

    def project(self, rows: Rows, recorded: Recorded) -> None:
        """Bring rows forward by a fact."""
        for view in self.of(type(recorded.fact)):
            held = rows.get(view.name)
            if held is None:
                held = rows[view.name] = {}
            for key in view.keys(recorded):
                row = view.evolve(held.get(key), recorded, key)
                if row is not None:
                    held[key] = row
                else:
                    held.pop(key, None)

    def folding(self, rows: Rows, write_once: Callable[[AnyView, str, Any], None]) -> Callable[[Recorded], None]:
        """Brings rows forward as `project` does, at less cost for each fact; rows written once go out at once."""
        plans: dict[type[Fact], _Plan] = {}

        def plan(cls: type[Fact]) -> _Plan:
            kept = [(view.keys, view.evolve, rows.setdefault(view.name, {})) for view in self.of(cls) if not view.once]
            plans[cls] = kept, [(view.keys, view.evolve, view) for view in self.of(cls) if view.once]
            return plans[cls]

        def fold(recorded: Recorded) -> None:
            cls = type(recorded.fact)
            kept, once = plans.get(cls) or plan(cls)
            for keys, evolve, held in kept:
                for key in keys(recorded):
                    row = evolve(held.get(key), recorded, key)
                    if row is not None:
                        held[key] = row
                    else:
                        held.pop(key, None)
            for keys, evolve, view in once:
                for key in keys(recorded):
                    write_once(view, key, evolve(None, recorded, key))

        return fold

    def unfolded(self) -> frozenset[type[Fact]]:
        """The facts that no view but those of every fact makes use of."""
        return frozenset(cls for cls in CATALOGUE.values() if not any(view.facts is not None for view in self.of(cls)))
