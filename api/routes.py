"""Addresses and what they stand for. A module of `api.v1` is a table of these, one line each.

post("/v1/referrals/{referral}/accept", AcceptReferral)        a command: its body is made from the command
get("/v1/referrals/{referral}", referral, ReferralPage)        a read: a method of application.readings
"""

import inspect
import re
import types
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Annotated, Any, Final, Generic, TypeVar, Union, get_args, get_origin, get_type_hints

import msgspec
from litestar.types import Method

from api.bodies import body_of
from api.bodies import edge as bounded
from api.hub import Hub
from api.serving import Answer, Call
from application.readings.paging import LIMIT, Page
from application.readings.readings import subject_of
from domain.actors import Actor
from domain.facts import Command

B = TypeVar("B", bound=msgspec.Struct)

NEVER_FROM_OUTSIDE: Final = frozenset({"historic"})
"""Overrides that only an import may set: what was done before the system was there."""

Values = MutableMapping[str, Any]
Edge = Callable[[Values], None]
"""Works out, from what came in, fields that guards need to know: an age band from a date of birth."""

_PLACE = re.compile(r"\{(\w+)\}")


def ids_in(path: str) -> tuple[str, ...]:
    """The ids that a path names."""
    return tuple(_PLACE.findall(path))


class Write(msgspec.Struct, frozen=True, kw_only=True):
    """A command at an address.

    `mints` are the ids made here; `tells` are those the client is told, the first names what is made, and `location` is
    where that can be read. `edge` works out fields from others, and from `added` ones that the command does not have.
    `edits` is the path of the resource that this changes: the client must say which state was read.
    """

    method: Method
    path: str
    command: type[Command]
    body: type[msgspec.Struct]
    mints: tuple[str, ...] = ()
    tells: tuple[str, ...] = ()
    location: str | None = None
    edge: Edge | None = None
    added: frozenset[str] = frozenset()
    edits: str | None = None

    @property
    def status(self) -> int:
        """201 where something is made, 200 otherwise."""
        return 201 if self.method == "POST" and self.tells else 200


class Read(msgspec.Struct, frozen=True, kw_only=True):
    """A resource, or a list, that a reading shows.

    `asked` are the ids of the path that the reading is asked by; the others must be those of what it finds. `given` is
    what this address says besides, `query` what the client may. `subject` says among which of the
    readings it is found; what tells of the installation itself, the hub is asked, and it is None.
    """

    path: str
    reading: Callable[..., Awaitable[Any]]
    subject: str | None
    asked: tuple[str, ...]
    given: Mapping[str, Any]
    query: type[msgspec.Struct]
    several: frozenset[str]
    answer: Any
    summary: str
    name: str
    method: Method = "GET"


class Act(msgspec.Struct, Generic[B], frozen=True, kw_only=True):
    """A POST that is more than one command: it says itself what it does. `keyed`: once for an idempotency key.

    `example`: a body and its answer, for the description of the API.
    """

    path: str
    do: Callable[[Hub, Actor, B, Call], Awaitable[Answer]]
    body: type[B]
    answer: Any
    summary: str
    name: str
    status: int = 200
    keyed: bool = False
    example: tuple[B, Any] | None = None
    method: Method = "POST"


class Open(msgspec.Struct, frozen=True, kw_only=True):
    """Something open to everybody: probes, documents."""

    path: str
    show: Callable[[Hub, Call], Awaitable[Answer]]
    summary: str
    name: str
    produces: str = "application/json"
    method: Method = "GET"


Route = Write | Read | Act[Any]


def post(
    path: str,
    command: type[Command],
    *,
    mints: tuple[str, ...] = (),
    tells: tuple[str, ...] | None = None,
    location: str | None = None,
    edge: Edge | None = None,
    added: Mapping[str, object] | None = None,
    optional: tuple[str, ...] = (),
    works_out: tuple[str, ...] = (),
) -> Write:
    """A command that adds something or moves it on.

    `edge` fills the `optional` fields where they are not given, and those it `works_out`, which nobody gives.
    """
    return _write(
        "POST",
        path,
        command,
        mints=mints,
        tells=tells,
        location=location,
        edge=edge,
        added=added,
        optional=optional,
        works_out=works_out,
    )


def put(path: str, command: type[Command], *, edits: str, mints: tuple[str, ...] = ()) -> Write:
    """A command that sets a part of a resource anew."""
    return _write("PUT", path, command, edits=edits, mints=mints)


def patch(
    path: str,
    command: type[Command],
    *,
    mints: tuple[str, ...] = (),
    edge: Edge | None = None,
    works_out: tuple[str, ...] = (),
) -> Write:
    """A command that corrects the resource at this path. What it mints names the correction."""
    return _write("PATCH", path, command, edits=path, mints=mints, edge=edge, works_out=works_out)


def _write(
    method: Method,
    path: str,
    command: type[Command],
    *,
    mints: tuple[str, ...] = (),
    tells: tuple[str, ...] | None = None,
    location: str | None = None,
    edge: Edge | None = None,
    added: Mapping[str, object] | None = None,
    optional: tuple[str, ...] = (),
    works_out: tuple[str, ...] = (),
    edits: str | None = None,
) -> Write:
    in_path = set(ids_in(path))
    missing = (in_path | set(mints) | set(optional) | set(works_out)) - set(command.__struct_fields__)
    assert not missing, f"{command.__name__} has no {', '.join(sorted(missing))}"
    left_out = in_path | set(mints) | set(works_out) | NEVER_FROM_OUTSIDE
    return Write(
        method=method,
        path=path,
        command=command,
        body=body_of(command, left_out, optional, added),
        mints=mints,
        tells=mints if tells is None else tells,
        location=location,
        edge=edge,
        added=frozenset(added or ()),
        edits=edits,
    )


def get(path: str, reading: Callable[..., Awaitable[Any]], name: str = "", **given: object) -> Read:
    """A read. Its signature says by which ids it is asked and which parameters a client may give."""
    hints = get_type_hints(reading, include_extras=True)
    answer = hints.pop("return")
    parameters = list(inspect.signature(reading).parameters.values())[2:]  # after the reading itself and the viewer
    ids = ids_in(path)
    fields: list[tuple[str, Any, Any]] = []
    for one in parameters:
        if one.name in ids or one.name in given or one.name in {"after", "clock"}:
            continue
        default = msgspec.field() if one.default is inspect.Parameter.empty else one.default
        hint = Annotated[int, msgspec.Meta(ge=1, le=LIMIT)] if one.name == "limit" else bounded(hints[one.name])
        fields.append((one.name, hint, default))
    name = name or reading.__name__
    query = msgspec.defstruct(f"{name}_query", fields, frozen=True, kw_only=True, forbid_unknown_fields=True)
    return Read(
        path=path,
        reading=reading,
        subject=subject_of(reading),
        asked=tuple(one.name for one in parameters if one.name in ids),
        given=given,
        query=query,
        several=frozenset(field for field, hint, _ in fields if _is_several(hint)),
        answer=types.GenericAlias(tuple, (get_args(answer)[0], ...)) if get_origin(answer) is Page else answer,
        summary=" ".join((reading.__doc__ or "").partition("Raises:")[0].split()),
        name=name,
    )


def _is_several(hint: object) -> bool:
    origin = get_origin(hint)
    if origin is Annotated or origin in {Union, types.UnionType}:
        return any(_is_several(part) for part in get_args(hint))
    return origin in {frozenset, tuple, list}
