"""What is recorded of somebody, in the order of when it happened: flags, stays, languages, home and income."""

import datetime as dt
from typing import Any

import pytest

from application.deciding import DECISIONS
from application.people import kept_apart, the_person
from domain.calendar import end_of_day
from domain.facts import Command, Fact, Facts
from domain.ids import FlagId, MergeId, PersonId
from domain.people.describing import (
    DescribeEthnicity,
    NothingSaid,
    ObserveEthnicity,
    RecordCircumstances,
    SetContact,
    SetLanguages,
)
from domain.people.dying import DeathKnown, NotKnownDead, RecordDeath, RetractDeath
from domain.people.flags import (
    EndFlag,
    FlagEnded,
    FlagEndsBeforeItBegins,
    FlagNeedsPair,
    FlagOfAnotherAgency,
    FlagRaised,
    RaiseFlag,
)
from domain.people.person import (
    CircumstancesRecorded,
    ContactSet,
    DeathRetracted,
    EthnicityDescribed,
    EthnicityObserved,
    LanguagesSet,
    Person,
    PersonDied,
    PersonIdentified,
    PersonReleased,
    StayBegan,
)
from domain.people.stays import (
    AlreadyThere,
    NotThere,
    RecordCustody,
    RecordHospital,
    RecordRelease,
    StayEndsBeforeItBegins,
)
from domain.refusals import AlreadyExists, Unknown
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
    EVENING,
    FLAG,
    HOUSING_OFFICER,
    LAST_DAY,
    MORNING,
    NEXT_DAY,
    NEXT_WEEK,
    NEXT_YEAR,
    NOON,
    POLICE,
    SERGEANT,
    actor,
    flagged,
    merged,
    registered,
    with_more,
)
from tests.scenario import Knowing, given, run


def known(*facts: Fact, person: PersonId = ANNA) -> Person:
    return run(the_person(Knowing(facts), person))


def raise_flag(**more: Any) -> RaiseFlag:  # noqa: ANN401
    fields: dict[str, Any] = {"at": MORNING, "flag": FLAG, "person": ANNA, "kind": "staff-safety", "source": "seen"}
    return with_more(RaiseFlag, fields | more, expires_on=LAST_DAY, reason="shouts when woken")


def end_flag(**more: Any) -> EndFlag:  # noqa: ANN401
    return with_more(EndFlag, more, at=NEXT_DAY, flag=FLAG, person=ANNA, reason="no longer")


def test_a_flag_stands_from_when_it_was_raised_to_the_end_of_its_last_day() -> None:
    given(*AGENCIES, registered()).when(raise_flag(), CONSTABLE).then(flagged(reason="shouts when woken"))
    person = known(registered(), flagged(at=NOON, expires_on=NEXT_DAY.date()))
    assert person.open_flags(MORNING) == ()
    assert [flag.id for flag in person.open_flags(NOON)] == [FLAG]
    assert person.has_open_flag(dt.datetime(2024, 5, 8, 22, 59, tzinfo=dt.UTC), "staff-safety")
    assert not person.has_open_flag(dt.datetime(2024, 5, 8, 23, 0, tzinfo=dt.UTC), "staff-safety")
    assert not person.has_open_flag(NOON, "capacity")


def test_a_flag_ends_when_somebody_ends_it() -> None:
    history = given(*AGENCIES, registered(), flagged())
    (ended,) = history.when(end_flag(), SERGEANT).then(
        FlagEnded(at=NEXT_DAY, flag=FLAG, person=ANNA, by_agency=POLICE, reason="no longer")
    )
    person = known(registered(), flagged(), ended)
    assert person.open_flags(EVENING)
    assert not person.open_flags(NEXT_DAY)
    history.and_given(ended).when(end_flag(at=NEXT_WEEK), SERGEANT).then_nothing()


def test_a_flag_does_not_end_before_it_begins() -> None:
    early = raise_flag(at=NEXT_DAY, expires_on=MORNING.date())
    given(*AGENCIES, registered()).when(early, CONSTABLE).then_refused(FlagEndsBeforeItBegins)
    ended = end_flag(at=MORNING)
    given(*AGENCIES, registered(), flagged(at=NOON)).when(ended, CONSTABLE).then_refused(FlagEndsBeforeItBegins)


def test_a_flag_may_last_a_moment() -> None:
    today = raise_flag(expires_on=MORNING.date())
    given(*AGENCIES, registered()).when(today, CONSTABLE).then_adds(FlagRaised)
    given(*AGENCIES, registered(), flagged()).when(end_flag(at=MORNING), CONSTABLE).then_adds(FlagEnded)


def test_nobody_clears_their_own_way() -> None:
    concerned = given(*AGENCIES, registered(), registered(by=COUNCIL), flagged(kind="safeguarding"))
    concerned.when(end_flag(), HOUSING_OFFICER).then_refused(FlagOfAnotherAgency)
    concerned.when(end_flag(), actor(COUNCIL, "safeguarding-lead")).then_adds(FlagEnded)


def test_a_flag_id_names_one_flag() -> None:
    history = given(*AGENCIES, registered(), flagged())
    history.when(raise_flag(), CONSTABLE).then_nothing()
    history.when(raise_flag(kind="capacity"), CONSTABLE).then_refused(AlreadyExists)
    history.when(end_flag(flag="f-2"), CONSTABLE).then_refused(Unknown)


@pytest.mark.parametrize(("kind", "other"), [("keep-apart", None), ("staff-safety", BEN), ("keep-apart", ANNA)])
def test_keeping_apart_takes_two_people(kind: str, other: PersonId | None) -> None:
    history = given(*AGENCIES, registered(), registered(BEN))
    history.when(raise_flag(kind=kind, other=other), CONSTABLE).then_refused(FlagNeedsPair)


def test_a_pair_that_is_kept_apart_is_known_from_either_side() -> None:
    history = given(*AGENCIES, registered(), registered(BEN))
    facts = history.when(raise_flag(kind="keep-apart", other=BEN), CONSTABLE).then_adds(FlagRaised)
    people = (registered(), registered(BEN), *facts)
    assert known(*people).kept_apart_from(NOON) == {BEN}
    assert known(*people, person=BEN).kept_apart_from(NOON) == {ANNA}
    (ended,) = history.and_given(*facts).when(end_flag(), CONSTABLE).then_adds(FlagEnded)
    assert known(*people, ended, person=BEN).kept_apart_from(NEXT_DAY) == frozenset()


def test_both_of_a_pair_concern_whoever_keeps_them_apart() -> None:
    command = raise_flag(kind="keep-apart", other=BEN)
    given(*AGENCIES, registered(), registered(BEN, by=COUNCIL)).when(command, CONSTABLE).then_refused(Unknown)
    given(*AGENCIES, registered()).when(command, COORDINATOR).then_refused(Unknown)


def test_the_counterpart_sees_a_keep_apart_flag_and_cannot_end_it() -> None:
    apart = flagged(kind="keep-apart", other=BEN)
    history = given(*AGENCIES, registered(), registered(BEN), apart)
    history.when(end_flag(person=BEN), CONSTABLE).then_refused(Unknown)


def test_flags_do_not_hide_behind_a_merge() -> None:
    second = MergeId("m-2")
    people = tuple(registered(one) for one in (ANNA, BEN, CARL, DORA))
    apart = flagged(BEN, kind="keep-apart", other=DORA)
    facts: Facts = (*people, apart, merged(ANNA, BEN), merged(CARL, DORA, second))
    assert known(*facts).kept_apart_from(NOON) == {DORA}
    knowing = Knowing(facts)
    assert run(kept_apart(knowing, known(*facts), NOON)) == {CARL, DORA}
    assert run(kept_apart(knowing, known(*facts, person=CARL), NOON)) == {ANNA, BEN}
    given(*AGENCIES, *facts).when(end_flag(), CONSTABLE).then_adds(FlagEnded)


def test_a_circle_of_merges_comes_to_an_end() -> None:
    """No two decisions make one; whatever the log holds, a guard gives its answer."""
    apart = flagged(CARL, kind="keep-apart", other=ANNA)
    facts: Facts = (registered(), registered(BEN), registered(CARL), apart, merged(ANNA, BEN), merged(BEN, ANNA))
    assert run(kept_apart(Knowing(facts), known(*facts, person=CARL), NOON)) == {ANNA, BEN}


def test_what_is_true_of_either_record_is_true_of_a_merged_human() -> None:
    died = PersonDied(at=NEXT_WEEK, person=BEN, by_agency=POLICE)
    stay = StayBegan(at=NOON, person=BEN, stay="custody", by_agency=POLICE, until=NOON.date())
    left = PersonReleased(at=EVENING, person=BEN, stay="custody", by_agency=POLICE)
    tongue = LanguagesSet(at=NOON, person=BEN, by_agency=POLICE, understands=("pl",))
    home = CircumstancesRecorded(at=NOON, person=BEN, by_agency=POLICE, no_fixed_abode=True, has_income=None)
    records = (
        registered(has_name=False),
        registered(BEN, age_band="16-17", synthetic=True),
        died,
        stay,
        left,
        tongue,
        home,
        merged(ANNA, BEN),
    )
    assert known(*records).has_name
    assert known(*records).synthetic
    backwards = (*records[:-1], merged(BEN, ANNA))
    assert known(*backwards, person=BEN).has_name
    assert known(*backwards, person=BEN).synthetic
    person = known(*records)
    assert person.ids == {ANNA, BEN}
    assert person.is_stopped(NOON)
    assert not person.is_stopped(NEXT_DAY)
    assert person.is_stopped(NEXT_WEEK)
    assert person.languages_at(NOON).understands == ("pl",)
    assert person.has_no_income_or_home(NOON)
    assert person.age_band_at(NOON) == "16-17"


def test_ethnicity_as_described_is_kept_apart_from_what_an_officer_observed() -> None:
    history = given(*AGENCIES, registered())
    described = DescribeEthnicity(at=NOON, person=ANNA, detail=DETAIL, ethnicity="ROMA")
    (one,) = history.when(described, CONSTABLE).then_adds(EthnicityDescribed)
    observed = ObserveEthnicity(at=NOON, person=ANNA, detail=DETAIL, ethnicity="W9")
    (two,) = history.when(observed, CONSTABLE).then_adds(EthnicityObserved)
    before = known(registered())
    after = known(registered(), one, two)
    assert before.details != after.details
    assert [getattr(before, name) for name in before.__struct_fields__ if name != "details"] == [
        getattr(after, name) for name in after.__struct_fields__ if name != "details"
    ]


def test_languages_are_those_last_set_by_then() -> None:
    polish = SetLanguages(at=NOON, person=ANNA, understands=("pl",), reads=("pl",), needs_interpreter=True)
    (said,) = given(*AGENCIES, registered()).when(polish, CONSTABLE).then_adds(LanguagesSet)
    english = LanguagesSet(at=NEXT_DAY, person=ANNA, by_agency=POLICE, understands=("pl", "en"))
    for facts in ((registered(), said, english), (registered(), english, said)):
        person = known(*facts)
        assert not person.languages_at(NOON).reaches("en-GB", interpreter=True)
        assert person.languages_at(NEXT_DAY).reaches("en-GB", interpreter=False)


def test_what_was_learned_of_somebodys_languages_held_before() -> None:
    person = known(registered(), LanguagesSet(at=EVENING, person=ANNA, by_agency=POLICE, understands=("pl",)))
    assert not person.languages_at(NOON).reaches("en", interpreter=False)


def test_where_no_language_is_known_an_interpreter_settles_it() -> None:
    assert known(registered()).languages_at(NOON).reaches("en", interpreter=False)
    person = known(registered(needs_interpreter=True))
    assert not person.languages_at(NOON).reaches("en", interpreter=False)
    assert person.languages_at(NOON).reaches("ti", interpreter=True)


def test_an_age_band_is_that_last_recorded_by_then_or_the_first() -> None:
    person = known(registered(age_band="16-17", at=NOON))
    assert person.age_band_at(MORNING) == "16-17"
    assert person.age_band_at(NEXT_YEAR) == "16-17"
    imported = known(registered(age_band="16-17", at=NEXT_YEAR, age_as_of=NOON.date()), registered(age_band="18-24"))
    assert imported.age_band_at(NEXT_WEEK) == "16-17"
    assert known(registered()).age_band_at(NOON) is None
    older = PersonIdentified(
        at=NEXT_WEEK, person=ANNA, detail=DETAIL, by_agency=POLICE, identity="stated", age_band="18-24"
    )
    unsaid = PersonIdentified(at=NEXT_YEAR, person=ANNA, detail=DETAIL, by_agency=POLICE, identity="documented")
    person = known(registered(age_band="16-17"), older, unsaid)
    assert [person.age_band_at(at) for at in (NEXT_DAY, NEXT_WEEK, NEXT_YEAR)] == ["16-17", "18-24", "18-24"]


def test_what_is_known_no_more_is_cleared_and_what_is_given_anew_stands() -> None:
    command = SetContact(
        at=NOON, person=ANNA, detail=DETAIL, email="anna@example.org", cleared=frozenset({"phone", "may_text", "email"})
    )
    facts = given(*AGENCIES, registered()).when(command, CONSTABLE).then_adds(ContactSet)
    assert isinstance(facts[0], ContactSet)
    assert facts[0].cleared == ("may_text", "phone")


def test_safe_ways_to_reach_somebody_are_recorded_once() -> None:
    command = SetContact(at=NOON, person=ANNA, detail=DETAIL, may_post=False, not_to_talk_to="her brother")
    history = given(*AGENCIES, registered())
    first = history.when(command, CONSTABLE).then(
        ContactSet(at=NOON, person=ANNA, detail=DETAIL, by_agency=POLICE, may_post=False, not_to_talk_to="her brother")
    )
    history.and_given(*first).when(command, CONSTABLE).then_nothing()


def test_home_and_income_are_each_what_was_last_said_by_then() -> None:
    homeless = RecordCircumstances(at=NOON, person=ANNA, no_fixed_abode=True)
    (said,) = given(*AGENCIES, registered()).when(homeless, CONSTABLE).then_adds(CircumstancesRecorded)
    earning = CircumstancesRecorded(at=NEXT_DAY, person=ANNA, by_agency=POLICE, no_fixed_abode=None, has_income=True)
    person = known(registered(), earning, said)
    assert not person.has_no_income_or_home(MORNING)
    assert person.has_no_income_or_home(NOON)
    assert person.has_no_income_or_home(NEXT_DAY)
    penniless = known(registered(has_income=False))
    assert penniless.has_no_income_or_home(NOON)


def test_nothing_said_of_home_and_income_is_nothing_to_record() -> None:
    given(*AGENCIES, registered()).when(RecordCircumstances(at=NOON, person=ANNA), CONSTABLE).then_refused(NothingSaid)


def test_a_death_stops_everything_from_its_moment() -> None:
    command = RecordDeath(at=NOON, person=ANNA, source="coroner")
    (died,) = given(*AGENCIES, registered()).when(command, CONSTABLE).then_adds(PersonDied)
    person = known(registered(), died)
    assert not person.is_stopped(MORNING)
    assert person.is_stopped(NOON)
    given(*AGENCIES, registered(), died).when(command, CONSTABLE).then_nothing()
    later = RecordDeath(at=NEXT_DAY, person=ANNA, source="hospital")
    given(*AGENCIES, registered(), died).when(later, CONSTABLE).then_refused(DeathKnown)


def test_a_death_recorded_wrongly_is_retracted() -> None:
    died = PersonDied(at=NOON, person=ANNA, by_agency=POLICE)
    command = RetractDeath(at=NEXT_DAY, person=ANNA, reason="it was somebody else")
    (alive,) = given(*AGENCIES, registered(), died).when(command, CONSTABLE).then_adds(DeathRetracted)
    assert not known(registered(), died, alive).is_stopped(NEXT_DAY)
    given(*AGENCIES, registered()).when(command, CONSTABLE).then_refused(NotKnownDead)


def test_custody_stops_everything_until_release_or_its_last_day() -> None:
    command = RecordCustody(at=NOON, person=ANNA, station="Thorpe Wood")
    (taken,) = given(*AGENCIES, registered()).when(command, CONSTABLE).then_adds(StayBegan)
    released = RecordRelease(at=NEXT_DAY, person=ANNA, stay="custody")
    (left,) = given(*AGENCIES, registered(), taken).when(released, CONSTABLE).then_adds(PersonReleased)
    for facts in ((taken, left), (left, taken)):
        person = known(registered(), *facts)
        assert [person.is_stopped(at) for at in (MORNING, NOON, EVENING, NEXT_DAY)] == [False, True, True, False]
    given(*AGENCIES, registered(), taken, left).when(released, CONSTABLE).then_nothing()
    for_a_day = known(
        registered(), StayBegan(at=NOON, person=ANNA, stay="custody", by_agency=POLICE, until=NOON.date())
    )
    moments = (EVENING, end_of_day(NOON.date()), NEXT_DAY)
    assert [for_a_day.is_stopped(at) for at in moments] == [True, True, False]


def test_hospital_is_told_apart_from_custody() -> None:
    command = RecordHospital(at=NOON, person=ANNA, hospital="City Hospital", until=NEXT_WEEK.date())
    (admitted,) = given(*AGENCIES, registered()).when(command, CONSTABLE).then_adds(StayBegan)
    assert known(registered(), admitted).is_stopped(NEXT_DAY)
    assert not known(registered(), admitted).is_staying("custody", NEXT_DAY)
    history = given(*AGENCIES, registered(), admitted)
    history.when(RecordRelease(at=NEXT_DAY, person=ANNA, stay="custody"), CONSTABLE).then_refused(NotThere)
    history.when(RecordCustody(at=NEXT_DAY, person=ANNA), CONSTABLE).then_adds(StayBegan)


def test_a_stay_begins_once() -> None:
    taken = StayBegan(at=NOON, person=ANNA, stay="custody", by_agency=POLICE)
    history = given(*AGENCIES, registered(), taken)
    history.when(RecordCustody(at=NOON, person=ANNA), CONSTABLE).then_nothing()
    history.when(RecordCustody(at=NEXT_DAY, person=ANNA), CONSTABLE).then_refused(AlreadyThere)


def test_a_stay_does_not_end_before_it_begins() -> None:
    command = RecordCustody(at=NEXT_DAY, person=ANNA, until=NOON.date())
    given(*AGENCIES, registered()).when(command, CONSTABLE).then_refused(StayEndsBeforeItBegins)
    overnight = RecordCustody(at=NEXT_DAY, person=ANNA, until=NEXT_DAY.date())
    given(*AGENCIES, registered()).when(overnight, CONSTABLE).then_adds(StayBegan)


def test_nobody_is_released_before_they_were_taken_in() -> None:
    taken = StayBegan(at=NOON, person=ANNA, stay="custody", by_agency=POLICE)
    command = RecordRelease(at=MORNING, person=ANNA, stay="custody")
    given(*AGENCIES, registered(), taken).when(command, CONSTABLE).then_refused(NotThere)


COMMANDS: tuple[Command, ...] = (
    raise_flag(),
    end_flag(flag=FlagId("f-1")),
    DescribeEthnicity(at=NOON, person=ANNA, detail=DETAIL, ethnicity="ROMA"),
    ObserveEthnicity(at=NOON, person=ANNA, detail=DETAIL, ethnicity="W9"),
    SetLanguages(at=NOON, person=ANNA, understands=("pl",)),
    SetContact(at=NOON, person=ANNA, detail=DETAIL, may_post=True),
    RecordCircumstances(at=NOON, person=ANNA, no_fixed_abode=True),
    RecordDeath(at=NOON, person=ANNA, source="coroner"),
    RetractDeath(at=NOON, person=ANNA, reason="mistaken"),
    RecordCustody(at=NOON, person=ANNA),
    RecordHospital(at=NOON, person=ANNA),
    RecordRelease(at=NOON, person=ANNA, stay="custody"),
)


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: type(command).__name__)
def test_unknown_and_not_yours_are_the_same_answer(command: Command) -> None:
    given(*AGENCIES).when(command, HOUSING_OFFICER).then_refused(Unknown)
    given(*AGENCIES, registered(), flagged()).when(command, HOUSING_OFFICER).then_refused(Unknown)
    given(*AGENCIES).when(command, COORDINATOR).then_refused(Unknown)


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: type(command).__name__)
def test_a_decision_made_twice_adds_nothing_or_refuses(command: Command) -> None:
    history = given(*AGENCIES, registered(), *((flagged(),) if isinstance(command, EndFlag) else ()))
    if isinstance(command, RetractDeath):
        history = history.and_given(PersonDied(at=MORNING, person=ANNA, by_agency=POLICE))
    if isinstance(command, RecordRelease):
        history = history.and_given(StayBegan(at=MORNING, person=ANNA, stay="custody", by_agency=POLICE))
    added = run(DECISIONS[type(command)](Knowing(history.facts, CONSTABLE), command, CONSTABLE))
    assert added
    history.when(command, CONSTABLE).then(*added)
