"""Looking for a person before entering one, and saying what the search showed.

What was asked is recorded by the kinds of keys only, never by their values: the log shows that somebody looked, and not
for whom. Whoever recognises the person among those shown begins to work with them.
"""

from typing import Annotated, Literal

import msgspec

from domain.actors import Actor
from domain.calendar import civil_date
from domain.facts import Command, Fact, Facts, Instant, Knowledge, Slug, knowing
from domain.ids import AgencyId, PersonId, SearchId
from domain.refusals import AlreadyExists, Guarded, Unknown, Unreadable

SearchKey = Literal["reference", "name-and-born", "name-and-year-born", "alias-and-born", "phone"]
"""What a search compared. A common name alone is never a key."""

SearchAnswer = Literal["nobody-found", "none-of-these", "unsure"]
"""What the searcher says of those shown, before entering somebody new. Who is unsure may propose a merge later."""


class PeopleSearched(Fact, type="people-searched", version=1, tags=("search",)):
    """An agency looked for somebody by these keys and was shown these people."""

    search: SearchId
    by_agency: AgencyId
    keys: tuple[SearchKey, ...]
    shown: tuple[PersonId, ...] = ()


class PersonRecognised(Fact, type="person-recognised", version=1, tags=("person",)):
    """The person looked for is one of those shown: from now on they concern the agency that looked."""

    person: PersonId
    search: SearchId
    by_agency: AgencyId


class RecordSearch(Command):
    """Record that people were looked for, and who was shown."""

    search: Annotated[SearchId, Slug]
    keys: Annotated[tuple[SearchKey, ...], msgspec.Meta(min_length=1, max_length=8)]
    shown: Annotated[tuple[PersonId, ...], msgspec.Meta(max_length=100)] = ()


class RecognisePerson(Command):
    """Say that the person looked for is this one, of those that a search showed."""

    person: PersonId
    search: SearchId
