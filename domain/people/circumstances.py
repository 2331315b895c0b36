"""What is true of somebody for a time: the languages they understand, a home and an income, where they are kept."""

import datetime as dt
from bisect import bisect_right
from typing import Annotated, Literal, TypeVar

import msgspec

from domain.facts import Instant

Language = Annotated[str, msgspec.Meta(pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}$")]
"""A language as in BCP 47: `en`, `pl`, `bfi` for British Sign Language."""

Stay = Literal["custody", "hospital"]
"""Where no clock runs, no letter arrives and no ticket is issued."""

V = TypeVar("V")

Dated = tuple[tuple[Instant, V], ...]
"""What was said, in the order of when it was true: paper is typed days later."""


def dated(story: Dated[V], at: dt.datetime, value: V) -> Dated[V]:
    """The story with what was true from a moment on, in its place."""
    place = bisect_right(story, at, key=lambda one: one[0])
    return (*story[:place], (at, value), *story[place:])


def then(story: Dated[V], at: dt.datetime) -> V | None:
    """What was last said to be true by a moment."""
    place = bisect_right(story, at, key=lambda one: one[0])
    return story[place - 1][1] if place else None


class Languages(msgspec.Struct, frozen=True):
    """What somebody understands when spoken, and whether they need an interpreter. Empty: nobody has asked."""

    understands: tuple[str, ...] = ()
    needs_interpreter: bool | None = None
    reads: tuple[str, ...] = ()

    def reaches(self, language: str, *, interpreter: bool) -> bool:
        """Whether something said in a language is understood; where none is known, an interpreter settles it."""
        if self.understands:
            return _tongue(language) in {_tongue(one) for one in self.understands}
        return interpreter or not self.needs_interpreter


def _tongue(language: str) -> str:
    return language.partition("-")[0]


class Circumstances(msgspec.Struct, frozen=True):
    """Whether somebody has a home and an income; None: not known."""

    no_fixed_abode: bool | None = None
    has_income: bool | None = None

    def over(self, before: "Circumstances") -> "Circumstances":
        """What is said here, and of the rest what was said before."""
        return Circumstances(
            before.no_fixed_abode if self.no_fixed_abode is None else self.no_fixed_abode,
            before.has_income if self.has_income is None else self.has_income,
        )


class StayFrom(msgspec.Struct, frozen=True):
    """A stay in custody or hospital, until the end of a day if one was given."""

    stay: Stay
    until: dt.date | None
