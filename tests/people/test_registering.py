"""Entering people: who is looked for first, and who may be entered on the street without."""

import datetime as dt
from typing import Any

import msgspec
import pytest

from domain.facts import Command
from domain.ids import PersonId, SearchId
from domain.people.describing import AddAlias
from domain.people.person import AliasAdded, PersonIdentified, PersonRegistered
from domain.people.registering import BornInFuture, IdentifyPerson, OpenFieldsContradict, ReferenceTaken, RegisterPerson
from domain.people.search import (
    AnswerContradictsSearch,
    PeopleSearched,
    PersonRecognised,
    RecognisePerson,
    RecordSearch,
    SearchAnswered,
    SearchAnsweredAlready,
    SearchFirst,
    SearchNotOfToday,
)
from domain.people.search import searched as of_search
from domain.refusals import AlreadyExists, NotPermitted, Unknown
from tests.people.examples import (
    AGENCIES,
    ANNA,
    BEN,
    CARL,
    CONSTABLE,
    COORDINATOR,
    COUNCIL,
    DETAIL,
    DORA,
    DRUGS_WORKER,
    EVENING,
    HOUSING_OFFICER,
    LAY_MEMBER,
    MORNING,
    NEXT_DAY,
    NOON,
    POLICE,
    SEARCH,
    SYSTEM,
    merged,
    registered,
    searched,
)
from tests.scenario import given


def register(person: PersonId = ANNA, **more: Any) -> RegisterPerson:  # noqa: ANN401
    fields: dict[str, Any] = {"at": NOON, "reference": "K7QX-2F", "identity": "stated", "has_name": True}
    return RegisterPerson(person=person, **fields | more)


def identify(**more: Any) -> IdentifyPerson:  # noqa: ANN401
    fields: dict[str, Any] = {"at": NEXT_DAY, "person": ANNA, "detail": DETAIL, "identity": "documented"}
    return IdentifyPerson(**fields | more)


def test_a_search_is_recorded_by_the_kinds_of_its_keys_and_whom_it_showed() -> None:
    command = RecordSearch(at=MORNING, search=SEARCH, keys=("name", "born"), shown=(ANNA,), strangers=1)
    given(*AGENCIES).when(command, CONSTABLE).then(
        PeopleSearched(
            at=MORNING,
            search=SEARCH,
            by_agency=POLICE,
            keys=("name", "born"),
            shown=(ANNA,),
            strangers=1,
            by_worker=CONSTABLE.worker,
            on=MORNING.date(),
        )
    )


def test_a_search_id_names_one_search() -> None:
    other = RecordSearch(at=MORNING, search=SEARCH, keys=("phone",), shown=(BEN,))
    given(*AGENCIES, searched(shown=(ANNA,))).when(other, CONSTABLE).then_refused(AlreadyExists)
    later = RecordSearch(at=NOON, search=SEARCH, keys=("name-and-born",), shown=(ANNA,))
    given(*AGENCIES, searched(shown=(ANNA,))).when(later, CONSTABLE).then_refused(AlreadyExists)
    same = RecordSearch(at=MORNING, search=SEARCH, keys=("name-and-born",), shown=(ANNA,))
    given(*AGENCIES, searched(shown=(ANNA,))).when(same, CONSTABLE).then_nothing()
    same_from_elsewhere = RecordSearch(at=MORNING, search=SEARCH, keys=("name-and-born",), shown=(ANNA,))
    given(*AGENCIES, searched(shown=(ANNA,))).when(same_from_elsewhere, DRUGS_WORKER).then_refused(AlreadyExists)


def test_whoever_may_not_search_records_no_search() -> None:
    command = RecordSearch(at=MORNING, search=SEARCH, keys=("phone",))
    given(*AGENCIES).when(command, LAY_MEMBER).then_refused(NotPermitted)


def test_a_person_is_entered_after_a_search_that_found_nobody() -> None:
    command = register(search=SEARCH, answer="nobody-found", given_name="Anna", age_band="25-34")
    given(*AGENCIES, searched()).when(command, CONSTABLE).then(
        PersonRegistered(
            at=NOON,
            person=ANNA,
            reference="K7QX-2F",
            by_agency=POLICE,
            identity="stated",
            search=SEARCH,
            answer="nobody-found",
            has_name=True,
            age_band="25-34",
            given_name="Anna",
        )
    )


@pytest.mark.parametrize("answer", ["none-of-these", "unsure"])
def test_a_person_is_entered_though_others_were_shown_when_somebody_answers_for_them(answer: str) -> None:
    command = register(search=SEARCH, answer=answer)
    story = given(*AGENCIES, searched(shown=(BEN,))).when(command, CONSTABLE)
    _, answered = story.then_adds(PersonRegistered, SearchAnswered)
    assert isinstance(answered, SearchAnswered)
    unsure = (BEN,) if answer == "unsure" else ()
    others = () if answer == "unsure" else (BEN,)
    assert (answered.entered, answered.others, answered.unsure) == (ANNA, others, unsure)


def test_of_each_one_shown_it_is_recorded_whether_the_searcher_was_sure() -> None:
    command = register(search=SEARCH, answer="unsure", unsure=(CARL,))
    story = given(*AGENCIES, searched(shown=(BEN, CARL, DORA))).when(command, CONSTABLE)
    added = story.then_adds(PersonRegistered, SearchAnswered)
    assert added[1] == SearchAnswered(
        at=NOON,
        search=SEARCH,
        by_agency=POLICE,
        by_worker=CONSTABLE.worker,
        on=NOON.date(),
        entered=ANNA,
        others=(BEN, DORA),
        unsure=(CARL,),
    )


@pytest.mark.parametrize(
    ("answer", "unsure"), [("unsure", (DORA,)), ("none-of-these", (BEN,)), ("unsure", (ANNA,)), (None, (BEN,))]
)
def test_nobody_is_unsure_of_who_was_not_shown_or_of_somebody_who_is_none_of_them(
    answer: str | None, unsure: tuple[PersonId, ...]
) -> None:
    command = register(search=SEARCH, answer=answer, unsure=unsure)
    given(*AGENCIES, searched(shown=(ANNA, BEN))).when(command, CONSTABLE).then_refused(AnswerContradictsSearch)


def test_being_shown_and_not_recognised_makes_nobody_concern_an_agency() -> None:
    """An agency that is unsure of somebody writes of them no more than before."""
    command = register(BEN, search=SEARCH, answer="unsure")
    history = given(*AGENCIES, registered(), searched(by=COUNCIL, shown=(ANNA,)))
    added = history.when(command, HOUSING_OFFICER).then_adds(PersonRegistered, SearchAnswered)
    alias = AddAlias(at=NOON, person=ANNA, detail=DETAIL, nickname="Annie")
    history.and_given(*added).when(alias, HOUSING_OFFICER).then_refused(Unknown)


def test_who_gets_a_name_though_others_were_shown_is_answered_for_too() -> None:
    nameless = given(*AGENCIES, registered(provisional="no-name-given", has_name=False))
    command = identify(has_name=True, search=SEARCH, answer="unsure", unsure=(BEN,))
    shown = nameless.and_given(searched(at=NEXT_DAY, shown=(ANNA, BEN, CARL)))
    _, answered = shown.when(command, CONSTABLE).then_adds(PersonIdentified, SearchAnswered)
    assert isinstance(answered, SearchAnswered)
    assert (answered.entered, answered.others, answered.unsure) == (ANNA, (CARL,), (BEN,))


def test_nobody_is_entered_without_a_search() -> None:
    given(*AGENCIES).when(register(), CONSTABLE).then_refused(SearchFirst)
    given(*AGENCIES).when(register(search=SEARCH, answer="nobody-found"), CONSTABLE).then_refused(SearchFirst)


def test_another_agencys_search_does_not_count() -> None:
    command = register(search=SEARCH, answer="nobody-found")
    given(*AGENCIES, searched(by=COUNCIL)).when(command, CONSTABLE).then_refused(SearchFirst)


def test_a_search_of_the_day_before_does_not_count() -> None:
    command = register(search=SEARCH, answer="nobody-found", at=NEXT_DAY)
    given(*AGENCIES, searched()).when(command, CONSTABLE).then_refused(SearchNotOfToday)


def test_a_search_made_afterwards_does_not_count() -> None:
    command = register(search=SEARCH, answer="nobody-found", at=NOON)
    given(*AGENCIES, searched(at=EVENING)).when(command, CONSTABLE).then_refused(SearchNotOfToday)


def test_a_search_looks_for_one_human() -> None:
    first = registered(BEN, search=SEARCH, answer="nobody-found")
    command = register(search=SEARCH, answer="nobody-found")
    given(*AGENCIES, searched(), first).when(command, CONSTABLE).then_refused(SearchAnsweredAlready)


@pytest.mark.parametrize(
    ("shown", "answer"), [((), "none-of-these"), ((), "unsure"), ((BEN,), "nobody-found"), ((), None), ((BEN,), None)]
)
def test_the_answer_fits_what_the_search_showed(shown: tuple[PersonId, ...], answer: str | None) -> None:
    command = register(search=SEARCH, answer=answer)
    given(*AGENCIES, searched(shown=shown)).when(command, CONSTABLE).then_refused(AnswerContradictsSearch)


def test_on_the_street_somebody_without_a_name_is_entered_provisionally() -> None:
    command = register(provisional="no-name-given", has_name=False, identity="unknown", description="red coat")
    given(*AGENCIES).when(command, CONSTABLE).then_adds(PersonRegistered)


def test_without_signal_somebody_with_a_name_is_entered_provisionally() -> None:
    given(*AGENCIES).when(register(provisional="no-signal"), CONSTABLE).then_adds(PersonRegistered)


def test_whoever_gave_no_name_has_none() -> None:
    command = register(provisional="no-name-given", has_name=True)
    given(*AGENCIES).when(command, CONSTABLE).then_refused(OpenFieldsContradict, field="provisional")


def test_only_those_who_keep_a_sheet_enter_its_people_without_a_search() -> None:
    command = register(provisional="from-sheet")
    given(*AGENCIES).when(command, CONSTABLE).then_refused(SearchFirst)
    given(*AGENCIES).when(command, COORDINATOR).then_adds(PersonRegistered)
    given(*AGENCIES).when(command, SYSTEM).then_adds(PersonRegistered)


def test_a_person_id_and_a_reference_name_one_person() -> None:
    again = register(provisional="no-signal", reference="OTHER-1")
    given(*AGENCIES, registered()).when(again, CONSTABLE).then_refused(AlreadyExists)
    same = register(provisional="no-signal", reference="P-ANNA")
    given(*AGENCIES, registered()).when(same, CONSTABLE).then_nothing()
    given(*AGENCIES, registered()).when(same, HOUSING_OFFICER).then_refused(AlreadyExists)
    taken = register(BEN, provisional="no-signal", reference="P-ANNA")
    given(*AGENCIES, registered()).when(taken, CONSTABLE).then_refused(ReferenceTaken)


def test_the_open_fields_say_what_the_identity_says() -> None:
    born = register(provisional="no-signal", born=dt.date(2009, 5, 8), age_band="16-17")
    given(*AGENCIES).when(born, CONSTABLE).then_refused(OpenFieldsContradict, field="age_band")
    unsaid = msgspec.structs.replace(born, age_band=None)
    given(*AGENCIES).when(unsaid, CONSTABLE).then_refused(OpenFieldsContradict, field="age_band")
    names: tuple[dict[str, Any], ...] = ({"given_name": "Anna"}, {"family_name": "Smith"})
    for name in names:
        nameless = register(provisional="no-signal", has_name=False, **name)
        given(*AGENCIES).when(nameless, CONSTABLE).then_refused(OpenFieldsContradict, field="has_name")


def test_nobody_is_born_in_the_future() -> None:
    command = register(provisional="no-signal", born=dt.date(2024, 5, 8), age_band="under-16")
    given(*AGENCIES).when(command, CONSTABLE).then_refused(BornInFuture)
    today = msgspec.structs.replace(command, born=NOON.date())
    given(*AGENCIES).when(today, CONSTABLE).then_adds(PersonRegistered)


def test_an_age_band_is_that_of_the_day_it_is_said_for() -> None:
    command = register(provisional="no-signal", born=dt.date(2008, 5, 8), age_band="under-16")
    given(*AGENCIES).when(command, CONSTABLE).then_adds(PersonRegistered)
    on_her_birthday = msgspec.structs.replace(command, age_as_of=dt.date(2024, 5, 8))
    given(*AGENCIES).when(on_her_birthday, CONSTABLE).then_refused(OpenFieldsContradict, field="age_band")
    older = msgspec.structs.replace(on_her_birthday, age_band="16-17")
    given(*AGENCIES).when(older, CONSTABLE).then_adds(PersonRegistered)


def test_a_nickname_is_no_name() -> None:
    command = register(provisional="no-name-given", has_name=False, nickname="Red")
    given(*AGENCIES).when(command, CONSTABLE).then_adds(PersonRegistered)


def test_entering_can_be_decided_again_after_the_identity_was_erased() -> None:
    command = register(provisional="no-signal", has_name=True, age_band="25-34")
    given(*AGENCIES).when(command, CONSTABLE).then_adds(PersonRegistered)


def test_whoever_may_not_write_enters_nobody() -> None:
    given(*AGENCIES).when(register(provisional="no-signal"), LAY_MEMBER).then_refused(NotPermitted)


def test_a_person_recognised_in_a_search_concerns_the_agency_that_looked() -> None:
    history = given(*AGENCIES, registered(), searched(by=COUNCIL, shown=(ANNA,)))
    alias = AddAlias(at=NOON, person=ANNA, detail=DETAIL, nickname="Annie")
    history.when(alias, HOUSING_OFFICER).then_refused(Unknown)
    recognised = PersonRecognised(
        at=NOON,
        person=ANNA,
        search=SEARCH,
        by_agency=COUNCIL,
        by_worker=HOUSING_OFFICER.worker,
        on=NOON.date(),
    )
    history.when(RecognisePerson(at=NOON, person=ANNA, search=SEARCH), HOUSING_OFFICER).then(recognised)
    history.and_given(recognised).when(alias, HOUSING_OFFICER).then_adds(AliasAdded)


def test_only_who_was_shown_is_recognised() -> None:
    command = RecognisePerson(at=NOON, person=ANNA, search=SEARCH)
    shown_other = given(*AGENCIES, registered(), registered(BEN), searched(by=COUNCIL, shown=(BEN,)))
    shown_other.when(command, HOUSING_OFFICER).then_refused(Unknown)
    shown_to_police = given(*AGENCIES, registered(), searched(by=POLICE, shown=(ANNA,)))
    shown_to_police.when(command, HOUSING_OFFICER).then_refused(SearchFirst)
    never_entered = given(*AGENCIES, searched(by=COUNCIL, shown=(ANNA,)))
    never_entered.when(command, HOUSING_OFFICER).then_refused(Unknown)
    given(*AGENCIES, registered(), searched(shown=(ANNA,))).when(command, LAY_MEMBER).then_refused(NotPermitted)


def test_a_search_recognises_one_human() -> None:
    history = given(*AGENCIES, registered(), registered(BEN), searched(shown=(ANNA, BEN)))
    recognised = PersonRecognised(at=NOON, person=BEN, search=SEARCH, by_agency=POLICE)
    command = RecognisePerson(at=NOON, person=ANNA, search=SEARCH)
    history.and_given(recognised).when(command, CONSTABLE).then_refused(SearchAnsweredAlready)


def test_whoever_was_shown_one_record_recognises_that_one_also_after_a_merge() -> None:
    history = given(*AGENCIES, registered(), registered(BEN), merged(BEN, ANNA), searched(shown=(ANNA,)))
    command = RecognisePerson(at=NOON, person=ANNA, search=SEARCH)
    history.when(command, CONSTABLE).then_adds(PersonRecognised)


def test_more_is_added_to_who_somebody_is() -> None:
    command = identify(given_name="Anna", has_name=True, age_band="25-34", born=dt.date(1990, 1, 2))
    added = given(*AGENCIES, registered()).when(command, CONSTABLE).then_adds(PersonIdentified)
    (fact,) = added
    assert isinstance(fact, PersonIdentified)
    assert (fact.born, fact.given_name, fact.identity) == ("1990-01-02", "Anna", "documented")


def test_who_was_entered_provisionally_is_searched_for_before_getting_a_name() -> None:
    nameless = given(*AGENCIES, registered(provisional="no-name-given", has_name=False))
    nameless.when(identify(has_name=True), CONSTABLE).then_refused(SearchFirst)
    offline = given(*AGENCIES, registered(provisional="no-signal", has_name=True))
    offline.when(identify(has_name=True), CONSTABLE).then_refused(SearchFirst)
    described = given(*AGENCIES, registered(provisional=None, has_name=False))
    described.when(identify(has_name=True), CONSTABLE).then_refused(SearchFirst)
    after = nameless.and_given(searched(at=NEXT_DAY, shown=(ANNA,)))
    found = identify(has_name=True, search=SEARCH, answer="nobody-found")
    (fact,) = after.when(found, CONSTABLE).then_adds(PersonIdentified)
    later = identify(has_name=True, detail="d-2")
    after.and_given(fact).when(later, CONSTABLE).then_adds(PersonIdentified)


def test_the_search_for_a_name_is_of_the_day_and_answered() -> None:
    nameless = given(*AGENCIES, registered(provisional="no-name-given", has_name=False))
    command = identify(has_name=True, search=SEARCH, answer="nobody-found")
    nameless.and_given(searched()).when(command, CONSTABLE).then_refused(SearchNotOfToday)
    others = nameless.and_given(searched(at=NEXT_DAY, shown=(ANNA, BEN)))
    others.when(command, CONSTABLE).then_refused(AnswerContradictsSearch)
    elsewhere = nameless.and_given(searched(at=NEXT_DAY, by=COUNCIL))
    elsewhere.when(command, CONSTABLE).then_refused(SearchFirst)


def test_a_description_needs_no_search() -> None:
    nameless = given(*AGENCIES, registered(provisional="no-name-given", has_name=False))
    nameless.when(identify(description="walks with a stick"), CONSTABLE).then_adds(PersonIdentified)


def test_what_is_added_contradicts_no_open_field() -> None:
    command = identify(born=dt.date(1990, 1, 2), age_band="16-17")
    given(*AGENCIES, registered()).when(command, CONSTABLE).then_refused(OpenFieldsContradict, field="age_band")


def commands_about(person: PersonId) -> tuple[Command, ...]:
    return (
        IdentifyPerson(at=NOON, person=person, detail=DETAIL, identity="stated"),
        AddAlias(at=NOON, person=person, detail=DETAIL, nickname="Annie"),
    )


@pytest.mark.parametrize("command", commands_about(ANNA))
def test_unknown_and_not_yours_are_the_same_answer(command: Command) -> None:
    given(*AGENCIES).when(command, HOUSING_OFFICER).then_refused(Unknown)
    given(*AGENCIES, registered()).when(command, HOUSING_OFFICER).then_refused(Unknown)
    given(*AGENCIES).when(command, COORDINATOR).then_refused(Unknown)


def test_a_detail_is_added_once() -> None:
    first = given(*AGENCIES, registered()).when(commands_about(ANNA)[1], CONSTABLE).then_adds(AliasAdded)
    given(*AGENCIES, registered(), *first).when(commands_about(ANNA)[1], CONSTABLE).then_nothing()


def test_who_names_no_search_asks_for_none() -> None:
    assert of_search(None).query == ()


def test_a_search_of_another_search_id_is_no_search() -> None:
    command = register(search=SearchId("s-2"), answer="nobody-found")
    given(*AGENCIES, searched()).when(command, CONSTABLE).then_refused(SearchFirst)
