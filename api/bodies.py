"""The body of a request, made from the command that it becomes: the same fields, as strict as can be at the edge.

Left out are the ids that stand in the path or are minted here, and what only the system may set. `at` is optional: a
command happened now unless it says otherwise. Sealed values never come from outside, and every text has a limit.
"""

import datetime as dt
import types
from collections.abc import Collection, Mapping
from typing import Annotated, Any, Final, Union, get_args, get_origin, get_type_hints

import msgspec

from domain.facts import Command, Sealed
from domain.ids import ID_PATTERN, ID_TYPES

TEXT_LIMIT: Final = 10_000
ITEMS_LIMIT: Final = 1_000
INTEGER_LIMIT: Final = 2**31 - 1

ID: Final = Annotated[
    str, msgspec.Meta(pattern=ID_PATTERN, description="An id: lower-case letters, digits and hyphens.")
]
NOT_BLANK: Final = r"\S"
"""What a text has that says anything."""
TEXT: Final = Annotated[str, msgspec.Meta(min_length=1, max_length=TEXT_LIMIT, pattern=NOT_BLANK)]
MOMENT: Final = Annotated[
    dt.datetime,
    msgspec.Meta(tz=True, description="When it happened: now, or earlier for what is written down late."),
]
INTEGER: Final = Annotated[int, msgspec.Meta(ge=-INTEGER_LIMIT, le=INTEGER_LIMIT)]


def body_of(
    command: type[Command],
    left_out: Collection[str],
    optional: Collection[str] = (),
    added: Mapping[str, object] | None = None,
) -> type[msgspec.Struct]:
    """The body's type, named after the command: `AcceptReferral` is asked for by an `AcceptReferralBody`.

    `optional` are fields that the edge fills where they are not given; `added` are fields that it takes besides, each
    optional, from which it works out fields of the command.
    """
    hints = get_type_hints(command, include_extras=True)
    fields: list[tuple[str, Any, Any]] = []
    for field in msgspec.structs.fields(command):
        if field.name in left_out:
            continue
        if field.name == "at":
            fields.append(("at", MOMENT | None, None))
            continue
        if field.name in optional:
            fields.append((field.name, edge(hints[field.name]) | None, None))
            continue
        default: Any = field.default
        if field.default_factory is not msgspec.NODEFAULT:
            default = msgspec.field(default_factory=field.default_factory)
        elif default is msgspec.NODEFAULT:
            default = msgspec.field()
        fields.append((field.name, edge(hints[field.name]), default))
    fields += [(name, edge(hint) | None, None) for name, hint in (added or {}).items()]
    body = msgspec.defstruct(
        command.__name__ + "Body",
        fields,
        module=__name__,
        frozen=True,
        kw_only=True,
        forbid_unknown_fields=True,
    )
    body.__doc__ = command.__doc__
    return body


def edge(hint: Any) -> Any:  # noqa: ANN401 - types of types
    """A type as it may come from outside: never sealed, and bounded."""
    if hint in ID_TYPES:
        return ID
    if hint is str:
        return TEXT
    if hint is int:
        return INTEGER
    if hint is dt.datetime:
        return MOMENT
    origin, parts = get_origin(hint), get_args(hint)
    if origin is Annotated:
        return _annotated(parts[0], [one for one in parts[1:] if isinstance(one, msgspec.Meta)])
    if origin in {Union, types.UnionType}:
        kept = tuple(edge(part) for part in parts if part is not Sealed)
        return Union[kept]  # noqa: UP007 - made of a tuple
    if origin in {tuple, frozenset, list}:
        of = origin[tuple(part if part is Ellipsis else edge(part) for part in parts)]
        return Annotated[of, msgspec.Meta(max_length=ITEMS_LIMIT)] if Ellipsis in parts or origin is not tuple else of
    return hint


def _annotated(inner: Any, metas: list[msgspec.Meta]) -> Any:  # noqa: ANN401 - types of types
    made = edge(inner)
    if not metas:
        return made
    if inner is str and all(meta.pattern is None for meta in metas):
        if any(meta.min_length for meta in metas):
            metas = [*metas, msgspec.Meta(pattern=NOT_BLANK)]
        if all(meta.max_length is None for meta in metas):
            metas = [*metas, msgspec.Meta(max_length=TEXT_LIMIT)]
    if inner in {str, int, float, dt.datetime} or inner in ID_TYPES:
        base = str if inner in ID_TYPES else inner
        if inner in ID_TYPES and all(meta.pattern is None for meta in metas):
            metas = [*metas, msgspec.Meta(pattern=ID_PATTERN)]
    elif get_origin(made) is Annotated:
        base = get_args(made)[0]
        if all(meta.max_length is None for meta in metas):
            metas = [*metas, *get_args(made)[1:]]
    else:
        base = made
    return Annotated[(base, *metas)]
