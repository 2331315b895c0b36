"""Screens and where they stand: the tables that the modules of `api.web.screens` fill, one line for each address."""

from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING

import msgspec

from api.hub import Hub
from api.serving import Answer, Call
from domain.actors import Actor

if TYPE_CHECKING:
    from api.web.visit import Visit
    from api.web.web import Web

Shows = Callable[["Visit"], Awaitable[Answer]]
"""Answers a visit by somebody who is signed in: with a page, or by sending them on to another."""
Position = Callable[[Hub, Actor, Mapping[str, str]], Awaitable[int]]
"""The position of what a viewer sees at an address with these ids. Raises as the reading of it does."""
Opens = Callable[["Web", Call], Awaitable[Answer]]
"""The same for whoever comes."""


class Screen(msgspec.Struct, frozen=True, kw_only=True):
    """An address for people who are signed in: `show` answers GET, `act` answers POST.

    `parameters` are those that the query may have. What is `quiet` a page asks for by itself, without anybody's doing.
    """

    path: str
    show: Shows | None = None
    act: Shows | None = None
    parameters: frozenset[str] = frozenset()
    quiet: bool = False


class OpenScreen(msgspec.Struct, frozen=True, kw_only=True):
    """An address for everybody."""

    path: str
    show: Opens | None = None
    act: Opens | None = None
    parameters: frozenset[str] = frozenset()


class LiveScreen(msgspec.Struct, frozen=True, kw_only=True):
    """An address that tells a page that what it shows has changed: `position` moves whenever it does."""

    path: str
    position: Position


AnyScreen = Screen | OpenScreen | LiveScreen


def screen(
    path: str, show: Shows | None = None, *parameters: str, act: Shows | None = None, quiet: bool = False
) -> Screen:
    """A line of a table."""
    return Screen(path=path, show=show, act=act, parameters=frozenset(parameters), quiet=quiet)


def open_screen(path: str, show: Opens | None = None, *parameters: str, act: Opens | None = None) -> OpenScreen:
    """A line of a table, for everybody."""
    return OpenScreen(path=path, show=show, act=act, parameters=frozenset(parameters))


def live(path: str, position: Position) -> LiveScreen:
    """A line of a table, for pages that are told of changes."""
    return LiveScreen(path=path, position=position)
