"""Nothing is written of who was erased, whichever decision would: asked of every fact before it is recorded.

The question is part of what a decision rests on, so an order to erase and whatever is written at the same moment cannot
both be recorded.
"""

from typing import Protocol, TypeVar

from domain.facts import Facts, Knowledge
from domain.ids import PersonId
from domain.people.attributing import person_fields
from domain.people.erased import PersonErased, erased
from domain.people.person import PersonRegistered
from domain.rights.open_matters import ended_without_words

S = TypeVar("S")


class Knows(Protocol):
    """Answers at the head."""

    async def __call__(self, knowledge: Knowledge[S], /) -> S:
        """The facts that the knowledge asks for, folded."""
        ...


async def refuse_erased(know: Knows, facts: Facts) -> None:
    """Raises PersonErased where a fact would be of somebody who was erased, unless it ends something without words."""
    people: dict[PersonId, None] = {}
    for fact in facts:
        if isinstance(fact, PersonRegistered):
            continue  # nobody was there before
        for name in person_fields(type(fact)):
            person: PersonId | None = getattr(fact, name)
            if person is not None and not ended_without_words(fact, person):
                people[person] = None
    for person in people:
        if await know(erased(person)) is not None:
            raise PersonErased
