"""Looking for a person before entering one, and saying what the search showed.

What was asked is recorded by the kinds of keys only, never by their values: the log shows that somebody looked, and not
for whom. Whoever recognises the person among those shown begins to work with them.
"""

import datetime as dt
from typing import Annotated, Final, Literal

import msgspec

from domain.actors import Actor
from domain.calendar import civil_date
from domain.facts import Command, Fact, Facts, Instant, Knowledge, QueryItem, Slug, subject_of
from domain.ids import AgencyId, PersonId, SearchId, WorkerId
from domain.refusals import AlreadyExists, Conflict, Guarded, Unknown, Unreadable

SearchKey = Literal[
    "reference",
    "name",
    "nickname",
    "born",
    "year-born",
    "age-band",
    "phone",
    "email",
    "postcode",
    "place",
    "name-and-born",
    "name-and-year-born",
    "alias-and-born",
]
"""By what somebody was looked for; the last three were said of names and births together. A name alone is no search."""

SearchAnswer = Literal["nobody-found", "none-of-these", "unsure"]
"""What the searcher says of those shown, before entering somebody new: of all of them, or unsure of some."""

OF_A_DAY: Final = "looking:{by_worker}:{on}"
"""What one worker looked for and recognised on one civil day is found together: by it trawling is told."""


class PeopleSearched(Fact, type="people-searched", version=1, tags=("search", OF_A_DAY)):
    """An agency looked for somebody by these keys and was shown these people.

    `strangers` are how many of them the worker's agency does not work with.
    """

    search: SearchId
    by_agency: AgencyId
    keys: tuple[SearchKey, ...]
    shown: tuple[PersonId, ...] = ()
    strangers: int = 0
    by_worker: WorkerId | None = None
    on: dt.date | None = None


class PersonRecognised(Fact, type="person-recognised", version=1, tags=("person", "search", OF_A_DAY)):
    """The person looked for is one of those shown: from now on they concern the agency that looked."""

    person: PersonId
    search: SearchId
    by_agency: AgencyId
    by_worker: WorkerId | None = None
    on: dt.date | None = None


class SearchAnswered(Fact, type="search-answered", version=1, tags=("search", OF_A_DAY)):
    """Somebody was entered, or named, though others were shown: what the searcher said of each of those.

    `others` are not the one who was entered; who is `unsure` may be, and is for others to look at. It is no fact about
    any of them: being shown to an agency makes nobody concern it.
    """

    search: SearchId
    by_agency: AgencyId
    by_worker: WorkerId
    on: dt.date
    entered: PersonId
    others: tuple[PersonId, ...] = ()
    unsure: tuple[PersonId, ...] = ()


class RecordSearch(Command):
    """Record that people were looked for, and who was shown; `strangers` of them are not the agency's."""

    search: Annotated[SearchId, Slug]
    keys: Annotated[tuple[SearchKey, ...], msgspec.Meta(min_length=1, max_length=10)]
    shown: Annotated[tuple[PersonId, ...], msgspec.Meta(max_length=100)] = ()
    strangers: Annotated[int, msgspec.Meta(ge=0)] = 0


class RecognisePerson(Command):
    """Say that the person looked for is this one, of those that a search showed."""

    person: PersonId
    search: SearchId


class Searched(msgspec.Struct, frozen=True):
    """What decisions know of a search: who made it, when, whom it showed, and whom it ended with."""

    by_agency: AgencyId
    at: Instant
    shown: frozenset[PersonId]
    ended_with: PersonId | None = None


def evolve_search(state: Searched | None, fact: Fact) -> Searched | None:
    """A search, and whoever was entered, named or recognised after it: the people of all other facts that name it."""
    match fact:
        case PeopleSearched():
            return Searched(fact.by_agency, fact.at, frozenset(fact.shown))
        case SearchAnswered():
            return state
        case _ if state is not None:
            return msgspec.structs.replace(state, ended_with=subject_of(fact))
        case _:
            return state


def searched(search: SearchId | None) -> Knowledge[Searched | None]:
    """A search and what it ended with; nothing where no search is named."""
    if search is None:
        return Knowledge((), None, evolve_search)
    return Knowledge((QueryItem(tags=frozenset({f"search:{search}"})),), None, evolve_search)


class SearchFirst(Guarded):
    """Nobody is entered, or given a first name, without looking whether they are known."""

    code = "search-first"
    rule = "A person is looked for by the same agency before being entered (ours: one human, one record)."
    permitted_by = "Search, look at those shown, and answer; on the street, enter the person provisionally and say why."


class SearchNotOfToday(Guarded):
    """The search was made on another day, or later."""

    code = "search-not-of-today"
    rule = "The search comes before, and on the same day: the register changes (ours)."
    permitted_by = "Search again."


class SearchTooWide(Unreadable):
    """One thing alone, which many share, is no search."""

    code = "search-too-wide"
    rule = "People are looked for by a reference, or by two things that are known of them: one name fits many (ours)."
    permitted_by = "Add a second name, a date or year of birth, an age, a place, a postcode or a telephone number."


class SearchAnsweredAlready(Conflict):
    """The search ended with somebody else."""

    code = "search-answered-already"
    rule = "A search looks for one human (ours)."
    permitted_by = "Search for this person too."


class AnswerContradictsSearch(Unreadable):
    """The answer does not fit what the search showed."""

    code = "answer-contradicts-search"
    rule = (
        "Whoever was shown people answers for them: `nobody-found` says that nobody was shown, and only somebody who "
        "was shown is `unsure` (ours)."
    )
    permitted_by = "Look at those shown, and answer for them."


def record(command: RecordSearch, by: Actor, known: Searched | None) -> Facts:
    """A search is recorded once, under the agency that made it."""
    if known is not None:
        if known.by_agency == by.agency and known.shown == frozenset(command.shown) and known.at == command.at:
            return ()
        raise AlreadyExists(search=command.search)
    return (
        PeopleSearched(
            at=command.at,
            search=command.search,
            by_agency=by.agency,
            keys=command.keys,
            shown=command.shown,
            strangers=command.strangers,
            by_worker=by.worker,
            on=civil_date(command.at),
        ),
    )


def recognise(command: RecognisePerson, by: Actor, known: Searched | None) -> Facts:
    """Only somebody who was shown in one's own search of the day is recognised; doing so twice adds nothing.

    Anybody who was not shown is Unknown: a search is the only way to somebody who does not concern one's agency.
    """
    search = of_today(known, command.search, command.person, by.agency, command.at)
    if command.person not in search.shown:
        raise Unknown
    if search.ended_with == command.person:
        return ()
    return (
        PersonRecognised(
            at=command.at,
            person=command.person,
            search=command.search,
            by_agency=by.agency,
            by_worker=by.worker,
            on=civil_date(command.at),
        ),
    )


def of_today(known: Searched | None, search: SearchId, person: PersonId, agency: AgencyId, at: Instant) -> Searched:
    """The search, if this agency made it before this moment, on the same day, and it ended with nobody else."""
    if known is None or known.by_agency != agency:
        raise SearchFirst(search=search)
    if known.at > at or civil_date(known.at) != civil_date(at):
        raise SearchNotOfToday(search=search, searched_at=known.at)
    if known.ended_with not in {None, person}:
        raise SearchAnsweredAlready(search=search)
    return known


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What a searcher says of those shown when somebody is entered or named; `unsure` of all where it names nobody."""

    search: SearchId
    answer: SearchAnswer | None
    unsure: tuple[PersonId, ...] = ()


def answer(given: Answer, by: Actor, known: Searched | None, person: PersonId, at: Instant) -> Facts:
    """The answer speaks of each of those shown, other than the person in question; of nobody there is nothing to say.

    Raises: SearchFirst, SearchNotOfToday, SearchAnsweredAlready, AnswerContradictsSearch.
    """
    others = of_today(known, given.search, person, by.agency, at).shown - {person}
    unsure = frozenset(given.unsure)
    if given.answer is None or (given.answer == "nobody-found") == bool(others):
        raise AnswerContradictsSearch(answer=given.answer, shown=len(others))
    if not unsure <= others or (unsure and given.answer != "unsure"):
        raise AnswerContradictsSearch(answer=given.answer, shown=len(others), unsure=len(unsure))
    if given.answer == "unsure":
        unsure = unsure or others
    if not others:
        return ()
    return (
        SearchAnswered(
            at=at,
            search=given.search,
            by_agency=by.agency,
            by_worker=by.worker,
            on=civil_date(at),
            entered=person,
            others=tuple(sorted(others - unsure)),
            unsure=tuple(sorted(unsure)),
        ),
    )
