"""Two records, one human: two people say so, and anybody concerned may undo it."""

import datetime as dt
from typing import Any

import pytest

from application.people import the_person
from application.relating import the_relationship
from domain.ids import MergeId, PersonId
from domain.people.describing import AddAlias
from domain.people.dying import DeathKnown, NotKnownDead, RecordDeath, RetractDeath
from domain.people.merging import (
    DecideMerge,
    HumansDecide,
    KeptApart,
    MergeDecided,
    MergeProposed,
    MergeRefused,
    NotMerged,
    ProposedAlready,
    ProposeMerge,
    SameRecord,
    TwoPeopleDecide,
    UnmergePersons,
)
from domain.people.person import (
    AliasAdded,
    DeathRetracted,
    MergedIntoAnother,
    PersonDied,
    PersonsMerged,
    PersonsUnmerged,
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
    EVENING,
    HOUSING_OFFICER,
    HUB,
    MERGE,
    MORNING,
    NEXT_DAY,
    NOON,
    POLICE,
    SERGEANT,
    SYSTEM,
    actor,
    flagged,
    merged,
    registered,
    with_more,
)
from tests.scenario import Knowing, given, run

BOTH = (*AGENCIES, registered(), registered(BEN))


def propose(**more: Any) -> ProposeMerge:  # noqa: ANN401
    return with_more(ProposeMerge, more, at=NOON, merge=MERGE, person=ANNA, other=BEN, reason="same tattoo")


def proposed(**more: Any) -> MergeProposed:  # noqa: ANN401
    fields: dict[str, Any] = {"at": NOON, "merge": MERGE, "person": ANNA, "other": BEN, "by_agency": POLICE}
    return MergeProposed(**fields | {"by_worker": CONSTABLE.worker, "reason": "same tattoo"} | more)


def decide(**more: Any) -> DecideMerge:  # noqa: ANN401
    return with_more(DecideMerge, more, at=EVENING, merge=MERGE, agree=True)


def unmerge(**more: Any) -> UnmergePersons:  # noqa: ANN401
    return with_more(UnmergePersons, more, at=NEXT_DAY, merge=MERGE, reason="both came to the hub")


def unmerged() -> PersonsUnmerged:
    return PersonsUnmerged(at=NEXT_DAY, merge=MERGE, person=ANNA, other=BEN, by_agency=POLICE)


def test_one_worker_proposes_and_another_agrees() -> None:
    (suggested,) = given(*BOTH).when(propose(), CONSTABLE).then(proposed())
    given(*BOTH, suggested).when(decide(), SERGEANT).then(
        PersonsMerged(
            at=EVENING,
            merge=MERGE,
            person=ANNA,
            other=BEN,
            by_agency=POLICE,
            by_worker=SERGEANT.worker,
            review_by=dt.date(2024, 5, 14),
        )
    )


def test_whoever_proposed_does_not_decide() -> None:
    given(*BOTH, proposed()).when(decide(), CONSTABLE).then_refused(TwoPeopleDecide)
    given(*BOTH, proposed()).when(decide(agree=False), CONSTABLE).then_refused(TwoPeopleDecide)
    in_another_role = actor(POLICE, "supervisor", worker=CONSTABLE.worker)
    given(*BOTH, proposed()).when(decide(), in_another_role).then_refused(TwoPeopleDecide)


def test_no_machine_says_who_is_who() -> None:
    given(*BOTH).when(propose(), SYSTEM).then_refused(HumansDecide)
    given(*BOTH, proposed()).when(decide(), SYSTEM).then_refused(HumansDecide)
    given(*BOTH, merged(ANNA, BEN)).when(unmerge(), SYSTEM).then_refused(HumansDecide)


def test_a_record_is_merged_with_another_one() -> None:
    given(*BOTH).when(propose(other=ANNA), CONSTABLE).then_refused(SameRecord)


def test_people_who_are_kept_apart_are_two_people() -> None:
    apart = flagged(kind="keep-apart", other=BEN)
    given(*BOTH, apart).when(propose(), CONSTABLE).then_refused(KeptApart)
    given(*BOTH, proposed(), apart).when(decide(), SERGEANT).then_refused(KeptApart)


@pytest.mark.parametrize("order", [(ANNA, BEN), (BEN, ANNA)])
def test_two_records_are_proposed_once_until_somebody_decides(order: tuple[PersonId, PersonId]) -> None:
    again = propose(merge="m-2", person=order[0], other=order[1])
    given(*BOTH, proposed()).when(again, SERGEANT).then_refused(ProposedAlready)
    refused = MergeRefused(at=EVENING, merge=MERGE, person=ANNA, other=BEN, by_agency=POLICE)
    given(*BOTH, proposed(), refused).when(again, SERGEANT).then_adds(MergeProposed)
    undone = given(*BOTH, proposed(), merged(ANNA, BEN), unmerged())
    undone.when(again, SERGEANT).then_adds(MergeProposed)
    with_carl = propose(merge="m-2", person=order[0], other=CARL)
    given(*BOTH, registered(CARL), proposed()).when(with_carl, SERGEANT).then_adds(MergeProposed)


def test_of_whom_it_was_decided_meanwhile_that_they_are_one_it_is_not_said_that_they_are_two() -> None:
    also = proposed(merge=MergeId("m-2"), person=BEN, other=ANNA)
    history = given(*BOTH, also, merged(ANNA, BEN))
    for agree in (True, False):
        history.when(decide(merge="m-2", agree=agree), SERGEANT).then_refused(MergedIntoAnother)
    history.and_given(unmerged()).when(decide(merge="m-2", agree=False), SERGEANT).then_adds(MergeRefused)


def test_a_merge_id_names_one_merge() -> None:
    given(*BOTH, proposed()).when(propose(), CONSTABLE).then_nothing()
    given(*BOTH, proposed()).when(propose(), SERGEANT).then_refused(AlreadyExists)
    given(*BOTH, registered(CARL), proposed()).when(propose(other=CARL), CONSTABLE).then_refused(AlreadyExists)


def test_a_proposal_is_decided_once() -> None:
    agreed = given(*BOTH, proposed(), merged(ANNA, BEN))
    agreed.when(decide(), SERGEANT).then_nothing()
    agreed.when(decide(agree=False), SERGEANT).then_refused(MergeDecided)
    (refused,) = given(*BOTH, proposed()).when(decide(agree=False), SERGEANT).then_adds(MergeRefused)
    given(*BOTH, proposed(), refused).when(decide(), SERGEANT).then_refused(MergeDecided)
    given(*BOTH, proposed(), merged(ANNA, BEN), unmerged()).when(decide(), SERGEANT).then_refused(MergeDecided)


@pytest.mark.parametrize(("one", "other"), [(BEN, CARL), (CARL, BEN)])
def test_a_record_that_was_merged_is_not_merged_again(one: PersonId, other: PersonId) -> None:
    history = given(*BOTH, registered(CARL), merged(ANNA, BEN))
    second = propose(merge="m-2", person=one, other=other)
    history.when(second, CONSTABLE).then_refused(MergedIntoAnother)
    waiting = proposed(merge=MergeId("m-2"), person=one, other=other)
    late = history.and_given(waiting).when(decide(merge="m-2"), SERGEANT)
    late.then_refused(MergedIntoAnother)


def test_the_record_that_goes_on_may_be_merged_again() -> None:
    history = given(*BOTH, registered(CARL), merged(ANNA, BEN))
    history.when(propose(merge="m-2", person=CARL, other=ANNA), CONSTABLE).then_adds(MergeProposed)


def test_a_merge_can_always_be_undone_and_by_one_human() -> None:
    history = given(*BOTH, proposed(), merged(ANNA, BEN))
    history.when(unmerge(), CONSTABLE).then(
        PersonsUnmerged(
            at=NEXT_DAY, merge=MERGE, person=ANNA, other=BEN, by_agency=POLICE, reason="both came to the hub"
        )
    )
    history.and_given(unmerged()).when(unmerge(), CONSTABLE).then_nothing()
    for one in (ANNA, BEN):
        assert run(the_person(Knowing(history.facts), ANNA)).ids == {ANNA, BEN}
        assert run(the_person(Knowing((*history.facts, unmerged())), one)).ids == {one}


def test_whoever_knows_only_the_record_that_does_not_go_on_goes_on_with_it_and_learns_of_no_other() -> None:
    half = (*AGENCIES, registered(), registered(BEN, by=COUNCIL), merged(ANNA, BEN))
    alias = AddAlias(at=NEXT_DAY, person=BEN, detail=DETAIL, nickname="Benny")
    (written,) = given(*half).when(alias, HOUSING_OFFICER).then_adds(AliasAdded)
    assert (written.person, written.by_agency) == (BEN, COUNCIL)  # type: ignore[attr-defined] # an alias
    assert run(the_relationship(Knowing((*half, written)), ANNA)).agencies == {POLICE}
    given(*half).when(AddAlias(at=NEXT_DAY, person=ANNA, detail=DETAIL, nickname="x"), HOUSING_OFFICER).then_refused(
        Unknown
    )


@pytest.mark.parametrize("written", [ANNA, BEN])
def test_what_is_known_of_either_record_guards_both(written: PersonId) -> None:
    death = PersonDied(at=NOON, person=BEN, by_agency=POLICE)
    again = RecordDeath(at=NEXT_DAY, person=written, source="the coroner")
    given(*BOTH, merged(ANNA, BEN), death).when(again, CONSTABLE).then_refused(DeathKnown)
    given(*BOTH, merged(ANNA, BEN)).when(again, CONSTABLE).then_adds(PersonDied)


@pytest.mark.parametrize("named", [ANNA, BEN])
def test_a_wrong_report_of_a_death_is_retracted_under_the_record_that_has_it(named: PersonId) -> None:
    death = PersonDied(at=NOON, person=BEN, by_agency=POLICE)
    retract = RetractDeath(at=NEXT_DAY, person=named, reason="it was somebody else")
    history = given(*BOTH, merged(ANNA, BEN), death)
    history.when(retract, SERGEANT).then(
        DeathRetracted(at=NEXT_DAY, person=BEN, by_agency=POLICE, reason="it was somebody else")
    )
    both = history.and_given(PersonDied(at=MORNING, person=ANNA, by_agency=POLICE))
    facts = both.when(retract, SERGEANT).then_adds(DeathRetracted, DeathRetracted)
    assert run(the_person(Knowing((*both.facts, *facts)), named)).died_at is None


def test_nothing_is_retracted_under_a_record_that_is_not_for_whoever_says_so() -> None:
    half = (*AGENCIES, registered(), registered(BEN, by=COUNCIL), merged(ANNA, BEN))
    death = PersonDied(at=NOON, person=ANNA, by_agency=POLICE)
    retract = RetractDeath(at=NEXT_DAY, person=BEN, reason="I saw him")
    given(*half, death).when(retract, HOUSING_OFFICER).then_refused(NotKnownDead)


def test_only_a_merge_that_stands_is_undone() -> None:
    given(*BOTH, proposed()).when(unmerge(), CONSTABLE).then_refused(NotMerged)
    given(*BOTH).when(unmerge(), CONSTABLE).then_refused(Unknown)


def test_both_records_concern_whoever_proposes_decides_or_undoes() -> None:
    half = (*AGENCIES, registered(), registered(BEN, by=COUNCIL))
    given(*half).when(propose(), CONSTABLE).then_refused(Unknown)
    given(*half).when(propose(person=BEN, other=ANNA), CONSTABLE).then_refused(Unknown)
    by_hub = proposed(by_agency=HUB, by_worker=COORDINATOR.worker)
    given(*half).when(decide(), SERGEANT).then_refused(Unknown)
    given(*half, by_hub).when(decide(), SERGEANT).then_refused(Unknown)
    backwards = proposed(by_agency=HUB, by_worker=COORDINATOR.worker, person=BEN, other=ANNA)
    given(*half, backwards).when(decide(), SERGEANT).then_refused(Unknown)
    elsewhere = actor(COUNCIL, "agency-worker")
    given(*BOTH, merged(ANNA, BEN)).when(unmerge(), elsewhere).then_refused(Unknown)
    given(*half, merged(ANNA, BEN)).when(unmerge(), elsewhere).then_adds(PersonsUnmerged)


def test_nobody_is_merged_with_somebody_who_was_never_entered() -> None:
    given(*AGENCIES, registered()).when(propose(), COORDINATOR).then_refused(Unknown)
    given(*AGENCIES, registered(), proposed(at=MORNING)).when(decide(), COORDINATOR).then_refused(Unknown)
