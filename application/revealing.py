"""Opens what a viewer may see, and names what is left out and whom to ask: what is masked is never opened.

Sealed fields are left out by their class, and open codes that betray health by the rules of sharing.
"""

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any, Generic, TypeVar, get_args, get_type_hints

import msgspec

from application.access import Account
from application.ports import Unsealer
from domain.actors import Actor
from domain.facts import Personal, PersonalClass, Sealed
from domain.governance.need_to_know import NEED_TO_KNOW, NeedToKnow, withheld
from domain.governance.scope import Category
from domain.governance.sharing import Permission
from domain.ids import AgencyId, PersonId

R = TypeVar("R", bound=msgspec.Struct)


class Hidden(msgspec.Struct, frozen=True):
    """A field that is there and not shown, and the agency to ask."""

    field: str
    ask: AgencyId | None


class Shown(msgspec.Struct, Generic[R], frozen=True, kw_only=True):
    """A row with what this viewer may read opened: no sealed value is left in it.

    `hidden` are the fields that are there and not for this viewer, `erased` those that nobody can read any more.
    """

    row: R
    hidden: tuple[Hidden, ...] = ()
    erased: tuple[str, ...] = ()


class Masked(msgspec.Struct, Generic[R], frozen=True):
    """A row on its way out: to whom, by which permission, and whom to ask for what is left out."""

    row: R
    viewer: Actor
    category: Category
    permission: Permission
    ask: AgencyId | None = None

    @property
    def opens(self) -> frozenset[PersonalClass]:
        """Which classes of it may be opened."""
        return self.permission.opens


class _Marks(msgspec.Struct, frozen=True):
    sealed: tuple[tuple[str, PersonalClass], ...]
    nested: tuple[str, ...]
    need_to_know: tuple[NeedToKnow, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.sealed or self.nested or self.need_to_know)


@lru_cache(1_000)
def _marks(cls: type[msgspec.Struct]) -> _Marks:
    """The fields of a class of rows that are not for everybody, and the fields whose structs have some."""
    sealed: list[tuple[str, PersonalClass]] = []
    nested: list[str] = []
    for name, hint in get_type_hints(cls, include_extras=True).items():
        mark = next((one for one in getattr(hint, "__metadata__", ()) if isinstance(one, Personal)), None)
        if mark is not None:
            sealed.append((name, mark.personal_class))
        elif any(_marks(inner) for inner in _structs_in(hint)):
            nested.append(name)
    return _Marks(tuple(sealed), tuple(nested), NEED_TO_KNOW.get(cls.__name__, ()))


def _structs_in(hint: object) -> Iterator[type[msgspec.Struct]]:
    if isinstance(hint, type) and issubclass(hint, msgspec.Struct) and hint is not Sealed:
        yield hint
    for part in get_args(hint):
        yield from _structs_in(part)


@lru_cache(1_000)
def _person_fields(cls: type[msgspec.Struct]) -> tuple[str, ...]:
    hints = get_type_hints(cls)
    return tuple(name for name, hint in hints.items() if any(one is PersonId for one in (hint, *get_args(hint))))


def persons_in(row: msgspec.Struct) -> Iterator[PersonId]:
    """Whom a row is about, and whose records it names."""
    for name in _person_fields(type(row)):
        value = getattr(row, name)
        if isinstance(value, str):
            yield PersonId(value)
        elif value is not None:
            yield from value


def reveal(
    unsealer: Unsealer, masked: Sequence[Masked[Any]], account: Account, *, safety: bool = False
) -> list[Shown[Any]]:
    """Open a page of rows, of whatever kinds, at once; the account takes down of whom, and what of them.

    `safety`: they are staff-safety flags. Raises LogUnavailable where the keys cannot be had.
    """
    wanted: list[Sealed] = []
    for one in masked:
        _seek(one.row, one, wanted)
    opened = iter(unsealer.open_all(wanted)) if wanted else iter(())
    shown: list[Shown[Any]] = []
    for one in masked:
        hidden: list[Hidden] = []
        erased: list[str] = []
        row = _put(one.row, one, opened, "", hidden, erased)
        shown.append(Shown(row=row, hidden=tuple(hidden), erased=tuple(erased)))
        labels = map(_unnumbered, hidden)
        account.saw(one.category, persons_in(one.row), one.permission.rules, one.opens, labels, safety=safety)
    return shown


def _unnumbered(one: Hidden) -> str:
    """The field, whichever of several it was."""
    return "/".join(part for part in one.field.split("/") if not part.isdigit()) if "/" in one.field else one.field


def left_out(record: msgspec.Struct, rules: Sequence[NeedToKnow], path: str = "") -> tuple[set[str], list[Hidden]]:
    """The fields that the rules leave out, and the labels that say so, with the agency to ask."""
    names = {name for rule in rules for name in (rule.field, *rule.together)}
    return names, [Hidden(path + rule.field, getattr(record, rule.by or "by_agency", None)) for rule in rules]


def _rules(row: msgspec.Struct, one: Masked[Any], marks: _Marks) -> tuple[NeedToKnow, ...]:
    return withheld(row, one.viewer, one.opens) if marks.need_to_know else ()


def _seek(row: msgspec.Struct, one: Masked[Any], wanted: list[Sealed]) -> None:
    marks = _marks(type(row))
    out, _ = left_out(row, _rules(row, one, marks))
    for name, personal_class in marks.sealed:
        value = getattr(row, name)
        if isinstance(value, Sealed) and personal_class in one.opens and name not in out:
            wanted.append(value)
    for name in marks.nested:
        for inner in _inner(getattr(row, name)):
            _seek(inner, one, wanted)


def _put(
    row: msgspec.Struct,
    one: Masked[Any],
    opened: Iterator[str | None],
    path: str,
    hidden: list[Hidden],
    erased: list[str],
) -> msgspec.Struct:
    marks = _marks(type(row))
    out, labels = left_out(row, _rules(row, one, marks), path)
    changes: dict[str, object] = dict.fromkeys(out)
    hidden.extend(labels)
    for name, personal_class in marks.sealed:
        value = getattr(row, name)
        if value is None or name in out:
            continue
        if personal_class not in one.opens:
            changes[name] = None
            hidden.append(Hidden(path + name, one.ask))
        elif isinstance(value, Sealed):
            text = changes[name] = next(opened)
            if text is None:
                erased.append(path + name)
    for name in marks.nested:
        value = getattr(row, name)
        if isinstance(value, tuple):
            changes[name] = tuple(
                _put(inner, one, opened, f"{path}{name}/{at}/", hidden, erased) for at, inner in enumerate(value)
            )
        elif isinstance(value, msgspec.Struct):
            changes[name] = _put(value, one, opened, f"{path}{name}/", hidden, erased)
    return msgspec.structs.replace(row, **changes) if changes else row


def _inner(value: object) -> tuple[msgspec.Struct, ...]:
    if isinstance(value, tuple):
        return value
    return (value,) if isinstance(value, msgspec.Struct) else ()
