"""Two records that are two humans for good: brothers at one address, two Jan Kowalskis of the same year."""

from typing import Any

import pytest

from domain.ids import MergeId, PersonId
from domain.people.distinct import MarkDistinct, NotToldApart, WithdrawDistinction
from domain.people.merging import DecideMerge, HumansDecide, MergeProposed, ProposeMerge, SameRecord, ToldApart
from domain.people.person import DistinctionWithdrawn, MergedIntoAnother, PersonsDistinct, PersonsMerged
from domain.refusals import Unknown
from tests.people.examples import (
    AGENCIES,
    ANNA,
    BEN,
    CARL,
    CONSTABLE,
    COUNCIL,
    EVENING,
    MERGE,
    NEXT_DAY,
    NOON,
    POLICE,
    SERGEANT,
    SYSTEM,
    actor,
    merged,
    registered,
    with_more,
)
from tests.scenario import given

BOTH = (*AGENCIES, registered(), registered(BEN))


def mark(**more: Any) -> MarkDistinct:  # noqa: ANN401
    return with_more(MarkDistinct, more, at=NOON, person=ANNA, other=BEN, reason="sisters")


def marked(one: PersonId = ANNA, other: PersonId = BEN) -> PersonsDistinct:
    return PersonsDistinct(
        at=NOON, person=one, other=other, by_agency=POLICE, by_worker=CONSTABLE.worker, reason="sisters"
    )


def withdraw(**more: Any) -> WithdrawDistinction:  # noqa: ANN401
    return with_more(WithdrawDistinction, more, at=NEXT_DAY, person=ANNA, other=BEN, reason="one passport after all")


def withdrawn() -> DistinctionWithdrawn:
    return DistinctionWithdrawn(at=NEXT_DAY, person=ANNA, other=BEN, by_agency=POLICE, by_worker=CONSTABLE.worker)


def propose(one: PersonId = ANNA, other: PersonId = BEN, merge: MergeId = MERGE) -> ProposeMerge:
    return ProposeMerge(at=EVENING, merge=merge, person=one, other=other, reason="same face")


def test_one_named_human_says_that_two_records_are_two_people() -> None:
    given(*BOTH).when(mark(), CONSTABLE).then(marked())
    given(*BOTH).when(mark(), SYSTEM).then_refused(HumansDecide)
    given(*BOTH).when(mark(other=ANNA), CONSTABLE).then_refused(SameRecord)


@pytest.mark.parametrize("order", [(ANNA, BEN), (BEN, ANNA)])
def test_it_is_said_once_whichever_is_named_first(order: tuple[PersonId, PersonId]) -> None:
    given(*BOTH, marked()).when(mark(person=order[0], other=order[1]), SERGEANT).then_nothing()


@pytest.mark.parametrize("order", [(ANNA, BEN), (BEN, ANNA)])
def test_those_who_were_told_apart_are_not_merged(order: tuple[PersonId, PersonId]) -> None:
    given(*BOTH, marked()).when(propose(*order), CONSTABLE).then_refused(ToldApart)


def test_what_was_proposed_before_is_not_agreed_to_either() -> None:
    proposed = MergeProposed(at=NOON, merge=MERGE, person=ANNA, other=BEN, by_agency=POLICE, by_worker=CONSTABLE.worker)
    agree = DecideMerge(at=EVENING, merge=MERGE, agree=True)
    given(*BOTH, proposed, marked()).when(agree, SERGEANT).then_refused(ToldApart)


def test_whoever_was_told_apart_from_one_record_is_told_apart_from_the_human() -> None:
    history = given(*BOTH, registered(CARL), marked(BEN, CARL), merged(ANNA, BEN))
    history.when(propose(ANNA, CARL, MergeId("m-2")), CONSTABLE).then_refused(ToldApart)
    history.when(propose(CARL, ANNA, MergeId("m-2")), CONSTABLE).then_refused(ToldApart)


def test_one_human_is_not_told_apart_before_the_merge_is_undone() -> None:
    given(*BOTH, merged(ANNA, BEN)).when(mark(), CONSTABLE).then_refused(MergedIntoAnother)


def test_it_can_be_withdrawn_and_a_merge_proposed_again() -> None:
    history = given(*BOTH, marked())
    (fact,) = history.when(withdraw(), SERGEANT).then_adds(DistinctionWithdrawn)
    assert isinstance(fact, DistinctionWithdrawn)
    assert fact.by_worker == SERGEANT.worker
    assert fact.reason == "one passport after all"
    again = history.and_given(withdrawn())
    again.when(propose(), CONSTABLE).then_adds(MergeProposed)
    again.when(withdraw(), CONSTABLE).then_refused(NotToldApart)
    again.when(mark(), SERGEANT).then_adds(PersonsDistinct)
    given(*BOTH).when(withdraw(), CONSTABLE).then_refused(NotToldApart)


def test_it_is_withdrawn_of_every_record_by_which_two_humans_are_two() -> None:
    history = given(*BOTH, registered(CARL), marked(BEN, CARL), merged(ANNA, BEN))
    again = withdraw(person=CARL, other=ANNA)
    (fact,) = history.when(again, SERGEANT).then_adds(DistinctionWithdrawn)
    assert isinstance(fact, DistinctionWithdrawn)
    assert {fact.person, fact.other} == {BEN, CARL}
    both = history.and_given(marked(ANNA, CARL))
    facts = both.when(again, SERGEANT).then_adds(DistinctionWithdrawn, DistinctionWithdrawn)
    after = both.and_given(*facts)
    after.when(again, CONSTABLE).then_refused(NotToldApart)
    after.when(propose(ANNA, CARL, MergeId("m-2")), CONSTABLE).then_adds(MergeProposed)


def test_both_must_concern_whoever_says_so() -> None:
    elsewhere = actor(COUNCIL, "council-officer")
    given(*BOTH).when(mark(), elsewhere).then_refused(Unknown)
    given(*BOTH, marked()).when(withdraw(), elsewhere).then_refused(Unknown)


def test_a_merge_of_others_is_not_touched_by_it() -> None:
    proposed = MergeProposed(
        at=NOON, merge=MERGE, person=ANNA, other=CARL, by_agency=POLICE, by_worker=CONSTABLE.worker
    )
    agree = DecideMerge(at=EVENING, merge=MERGE, agree=True)
    given(*BOTH, registered(CARL), marked(), proposed).when(agree, SERGEANT).then_adds(PersonsMerged)
