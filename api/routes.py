"""Addresses and what they stand for. A module of `api.v1` is a table of these, one line each.

post("/v1/referrals/{referral}/accept", AcceptReferral)        a command: its body is made from the command
get("/v1/referrals/{referral}", referral, ReferralPage)        a read: a function of application.reading
"""

import re
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any, Final, Generic, TypeVar

import msgspec
from litestar.types import Method

from api.bodies import body_of
from api.hub import Hub
from api.serving import Answer, Call
from domain.actors import Actor
from domain.facts import Command

Q = TypeVar("Q", bound=msgspec.Struct)
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
        return 201 if self.location else 200


class Nothing(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """No parameters."""


class Seen(msgspec.Struct, frozen=True):
    """What a read gives: the resource as this viewer may see it, its position, and where a list goes on."""

    content: Any
    position: int
    next: tuple[str, ...] | None = None


class Read(msgspec.Struct, Generic[Q], frozen=True, kw_only=True):
    """A resource, or a list of them, at an address."""

    path: str
    see: Callable[[Hub, Actor, Mapping[str, str], Q], Awaitable[Seen]]
    answer: Any
    query: type[Q]
    summary: str
    name: str
    method: Method = "GET"


class Act(msgspec.Struct, Generic[B], frozen=True, kw_only=True):
    """A POST that is more than one command: it says itself what it does."""

    path: str
    do: Callable[[Hub, Actor, B, Call], Awaitable[Answer]]
    body: type[B]
    answer: Any
    summary: str
    name: str
    status: int = 200
    method: Method = "POST"


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """Something open to everybody: probes, documents."""

    path: str
    show: Callable[[Hub, Call], Awaitable[Answer]]
    summary: str
    name: str
    produces: str = "application/json"
    method: Method = "GET"


Route = Write | Read[Any] | Act[Any]


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


def patch(path: str, command: type[Command], *, mints: tuple[str, ...] = (), edge: Edge | None = None) -> Write:
    """A command that corrects the resource at this path. What it mints names the correction."""
    return _write("PATCH", path, command, edits=path, mints=mints, edge=edge)


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


def get(
    path: str,
    see: Callable[[Hub, Actor, Mapping[str, str], Q], Awaitable[Seen]],
    answer: Any,  # noqa: ANN401 - a type of msgspec, a list of one too
    query: type[Q] = Nothing,  # type: ignore[assignment] # the default of a type variable
) -> Read[Q]:
    """A read by a function, whose docstring says what it gives."""
    summary = (see.__doc__ or "").strip().split("\n")[0]
    return Read(path=path, see=see, answer=answer, query=query, summary=summary, name=see.__name__)
