"""How often a worker looks for people: limited by the hour, and told once a day where it stands out."""

import datetime as dt

import msgspec
from hypothesis import given as for_all
from hypothesis import strategies as st

from domain.actors import Actor
from domain.facts import Facts
from domain.ids import PersonId, SearchId, WorkerId
from domain.people.search import PeopleSearched, PersonRecognised, RecordSearch
from domain.people.trawling import (
    Looking,
    OwnSearches,
    ReviewTrawling,
    SearchLimitReached,
    Suspicions,
    TrawlingReviewed,
    TrawlingSuspected,
    check_limit,
    evolve_looking,
    evolve_suspected,
    signs,
)
from domain.refusals import NotPermitted, Unknown
from domain.search_limits import SearchLimits, SearchLimitsSet, SetSearchLimits, evolve_limits
from tests.people.examples import (
    AGENCIES,
    ANNA,
    CONSTABLE,
    COORDINATOR,
    HOUSING_OFFICER,
    LAY_MEMBER,
    MORNING,
    POLICE,
)
from tests.scenario import given

FEW = SearchLimitsSet(at=MORNING, an_hour=3, told_searches=5, told_strangers=4)
HOUR = dt.timedelta(hours=1)
GUARDIAN = msgspec.structs.replace(COORDINATOR, role="data-protection-officer", worker=WorkerId("dpo"))
SUSPECTED = TrawlingSuspected(
    at=MORNING,
    by_agency=POLICE,
    by_worker=CONSTABLE.worker,
    on=MORNING.date(),
    sign="many-searches",
    searches=5,
    strangers=0,
    recognised=0,
)


def at(minutes: float) -> dt.datetime:
    return MORNING + dt.timedelta(minutes=minutes)


def made(number: int, minutes: float, strangers: int = 0, by: Actor = CONSTABLE) -> PeopleSearched:
    return PeopleSearched(
        at=at(minutes),
        search=SearchId(f"s-{number}"),
        by_agency=by.agency,
        keys=("name", "born"),
        strangers=strangers,
        by_worker=by.worker,
        on=at(minutes).date(),
    )


def look(minutes: float, strangers: int = 0) -> RecordSearch:
    return RecordSearch(at=at(minutes), search=SearchId("s-next"), keys=("name", "born"), strangers=strangers)


def every(minutes: float, count: int, strangers: int = 0) -> Facts:
    return tuple(made(number, number * minutes, strangers) for number in range(count))


def test_a_worker_who_searched_too_often_in_an_hour_waits_until_the_first_of_it_is_an_hour_ago() -> None:
    history = given(*AGENCIES, FEW, *every(10, 3))
    refused = history.when(look(30), CONSTABLE).then_refused(SearchLimitReached)
    assert isinstance(refused, SearchLimitReached)
    assert refused.seconds == dt.timedelta(minutes=30).total_seconds()
    history.when(look(60), CONSTABLE).then_adds(PeopleSearched)


def test_no_hour_begins_anew_at_midnight() -> None:
    midnight = 15 * 60  # minutes after nine in the morning
    history = given(*AGENCIES, FEW, *(made(number, midnight - 10 * number) for number in range(1, 4)))
    history.when(look(midnight + 5), CONSTABLE).then_refused(SearchLimitReached)
    history.when(look(midnight + 31), CONSTABLE).then_adds(PeopleSearched)


def test_what_a_worker_searched_keeps_nobody_else_from_searching() -> None:
    given(*AGENCIES, FEW, *every(10, 3)).when(look(30), HOUSING_OFFICER).then_adds(PeopleSearched)


def test_an_import_is_not_limited() -> None:
    importer = msgspec.structs.replace(COORDINATOR, by_command_line=True)
    searches = tuple(made(number, number, 9, by=importer) for number in range(9))
    given(*AGENCIES, FEW, *searches).when(look(30), importer).then_adds(PeopleSearched)


def test_many_searches_in_a_day_are_told_once() -> None:
    history = given(*AGENCIES, FEW, *every(30, 4))
    _, told = history.when(look(120), CONSTABLE).then_adds(PeopleSearched, TrawlingSuspected)
    assert told == TrawlingSuspected(
        at=at(120),
        by_agency=POLICE,
        by_worker=CONSTABLE.worker,
        on=MORNING.date(),
        sign="many-searches",
        searches=5,
        strangers=0,
        recognised=0,
    )
    history.and_given(made(9, 120), told).when(look(180), CONSTABLE).then_adds(PeopleSearched)


def test_many_strangers_shown_and_none_recognised_is_told() -> None:
    history = given(*AGENCIES, FEW, made(1, 0, strangers=3))
    _, told = history.when(look(10, strangers=1), CONSTABLE).then_adds(PeopleSearched, TrawlingSuspected)
    assert isinstance(told, TrawlingSuspected)
    assert (told.sign, told.searches, told.strangers, told.recognised) == ("many-strangers", 2, 4, 0)


def test_who_recognises_those_shown_does_the_work_that_a_search_is_for() -> None:
    recognised = PersonRecognised(
        at=at(5),
        person=PersonId(ANNA),
        search=SearchId("s-1"),
        by_agency=POLICE,
        by_worker=CONSTABLE.worker,
        on=MORNING.date(),
    )
    history = given(*AGENCIES, FEW, made(1, 0, strangers=3), recognised)
    history.when(look(10, strangers=4), CONSTABLE).then_adds(PeopleSearched)
    history.when(look(10, strangers=5), CONSTABLE).then_adds(PeopleSearched, TrawlingSuspected)


def test_somebody_who_protects_data_says_what_the_searches_of_a_day_were_for() -> None:
    command = ReviewTrawling(
        at=at(200), worker=CONSTABLE.worker, on=MORNING.date(), finding="for-work", rationale="A missing child."
    )
    reviewed = TrawlingReviewed(
        at=at(200),
        worker=CONSTABLE.worker,
        on=MORNING.date(),
        by_worker=GUARDIAN.worker,
        finding="for-work",
        rationale="A missing child.",
    )
    history = given(*AGENCIES, FEW, SUSPECTED)
    history.when(command, GUARDIAN).then(reviewed)
    history.and_given(reviewed).when(command, GUARDIAN).then_nothing()
    changed = msgspec.structs.replace(command, finding="not-for-work")
    history.and_given(reviewed).when(changed, GUARDIAN).then_adds(TrawlingReviewed)
    history.when(command, CONSTABLE).then_refused(NotPermitted)
    history.when(command, msgspec.structs.replace(GUARDIAN, worker=CONSTABLE.worker)).then_refused(OwnSearches)
    given(*AGENCIES, FEW).when(command, GUARDIAN).then_refused(Unknown)


def test_a_later_sign_of_a_day_is_looked_into_anew() -> None:
    review = TrawlingReviewed(
        at=at(1), worker=CONSTABLE.worker, on=MORNING.date(), by_worker=GUARDIAN.worker, finding="no-conclusion"
    )
    later = msgspec.structs.replace(SUSPECTED, sign="many-strangers")
    known: Suspicions = ()
    for fact in (SUSPECTED, review, later):
        known = evolve_suspected(known, fact)
    assert [(one.sign.sign, one.review) for one in known] == [("many-strangers", None), ("many-searches", review)]


def test_another_day_begins_anew() -> None:
    history = given(*AGENCIES, FEW, *every(30, 4, strangers=1))
    history.when(look(24 * 60), CONSTABLE).then_adds(PeopleSearched)


def test_a_coordinator_or_administrator_sets_the_limits() -> None:
    command = SetSearchLimits(at=MORNING, an_hour=3, told_searches=5, told_strangers=4)
    given(*AGENCIES).when(command, COORDINATOR).then(FEW)
    given(*AGENCIES, FEW).when(command, COORDINATOR).then_nothing()
    usual = SearchLimits()
    same = SetSearchLimits(
        at=MORNING,
        an_hour=usual.an_hour,
        told_searches=usual.told_searches,
        told_strangers=usual.told_strangers,
    )
    given(*AGENCIES).when(same, COORDINATOR).then_nothing()
    given(*AGENCIES).when(command, CONSTABLE).then_refused(NotPermitted)
    given(*AGENCIES).when(command, LAY_MEMBER).then_refused(NotPermitted)


@for_all(st.lists(st.tuples(st.integers(0, 600), st.integers(0, 6)), max_size=40))
def test_nobody_searches_more_in_an_hour_than_is_allowed_and_each_sign_is_told_once(
    tries: list[tuple[int, int]],
) -> None:
    limits = evolve_limits(FEW)
    known = Looking()
    history: Facts = ()
    for number, (minutes, strangers) in enumerate(sorted(tries)):
        try:
            check_limit(CONSTABLE, at(minutes), known, limits)
        except SearchLimitReached:
            continue
        added: Facts = (made(number, minutes, strangers),)
        added = (*added, *signs(CONSTABLE, at(minutes), known, added, limits))
        for fact in added:
            known = evolve_looking(known, fact)
        history = (*history, *added)
    searches = [one.at for one in history if isinstance(one, PeopleSearched)]
    assert all(sum(1 for one in searches if end - HOUR < one <= end) <= FEW.an_hour for end in searches)
    told = [one.sign for one in history if isinstance(one, TrawlingSuspected)]
    assert len(told) == len(set(told))
    assert ("many-searches" in told) == (len(searches) >= FEW.told_searches)
