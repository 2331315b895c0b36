"""A merge widens nobody's sight until somebody who neither proposed nor decided it says whom both records concern."""

from typing import Any

import pytest

from application.relating import the_relationship
from domain.facts import Fact
from domain.ids import AgencyId, MergeId, PersonId, WorkerId
from domain.people.describing import AddAlias
from domain.people.merging import MergeReviewed, NotMerged, ReviewMerge, ThirdReviews
from domain.people.person import AliasAdded, PersonsMerged, PersonsUnmerged
from domain.refusals import Unknown
from tests.people.examples import (
    AGENCIES,
    ANNA,
    BEN,
    CARL,
    CONSTABLE,
    COORDINATOR,
    COUNCIL,
    DETAIL,
    DRUGS,
    HOUSING_OFFICER,
    HUB,
    MERGE,
    NEXT_DAY,
    NOON,
    POLICE,
    SYSTEM,
    actor,
    merged,
    registered,
    with_more,
)
from tests.scenario import Knowing, given, run

PRIVACY_OFFICER = actor(HUB, "privacy-officer")
HALF = (*AGENCIES, registered(), registered(BEN, by=COUNCIL))
ALL = frozenset({POLICE, COUNCIL, DRUGS, HUB})


def decided(by: str = "someone") -> PersonsMerged:
    return PersonsMerged(
        at=NOON,
        merge=MERGE,
        person=ANNA,
        other=BEN,
        by_agency=HUB,
        by_worker=WorkerId(by),
    )


def review(**more: Any) -> ReviewMerge:  # noqa: ANN401
    return with_more(ReviewMerge, more, at=NEXT_DAY, merge=MERGE, agencies=ALL)


def reviewed(*concerned: str, merge: MergeId = MERGE, one: PersonId = ANNA, other: PersonId = BEN) -> MergeReviewed:
    return MergeReviewed(
        at=NEXT_DAY,
        merge=merge,
        person=one,
        other=other,
        by_agency=HUB,
        by_worker=COORDINATOR.worker,
        concerned=concerned,
    )


def concerned(*facts: Fact, person: PersonId) -> frozenset[AgencyId]:
    return run(the_relationship(Knowing(facts), person)).agencies


def alias(person: PersonId, by: AgencyId) -> AliasAdded:
    return AliasAdded(at=NEXT_DAY, person=person, detail=DETAIL, by_agency=by)


def test_neither_proposing_nor_merging_makes_anybody_concerned() -> None:
    for person, agency in ((ANNA, POLICE), (BEN, COUNCIL)):
        assert concerned(*HALF, decided(), person=person) == {agency}
    write = AddAlias(at=NEXT_DAY, person=ANNA, detail=DETAIL, nickname="Annie")
    given(*HALF, decided()).when(write, HOUSING_OFFICER).then_refused(Unknown)
    given(*HALF, decided(), reviewed("council")).when(write, HOUSING_OFFICER).then_adds(AliasAdded)


@pytest.mark.parametrize("reviewer", [COORDINATOR, PRIVACY_OFFICER])
def test_a_coordinator_or_who_protects_data_reviews_whom_both_concern(reviewer: Any) -> None:  # noqa: ANN401
    (fact,) = given(*HALF, decided()).when(review(note="asked both"), reviewer).then_adds(MergeReviewed)
    assert isinstance(fact, MergeReviewed)
    assert fact.by_worker == reviewer.worker
    assert fact.concerned == ("council", "police"), "nobody whom neither record concerned"
    for person in (ANNA, BEN):
        assert concerned(*HALF, decided(), fact, person=person) == {POLICE, COUNCIL}


def test_nobody_reviews_their_own_merge_and_not_everybody_does() -> None:
    given(*HALF, decided(COORDINATOR.worker)).when(review(), COORDINATOR).then_refused(ThirdReviews)
    both = (*AGENCIES, registered(), registered(BEN), merged(ANNA, BEN))
    given(*both).when(review(), CONSTABLE).then_refused(ThirdReviews)
    given(*both).when(review(), SYSTEM).then_refused(ThirdReviews)


def test_who_was_not_named_knows_what_they_knew() -> None:
    facts = (*HALF, decided(), reviewed("police"))
    assert concerned(*facts, person=ANNA) == {POLICE}
    assert concerned(*facts, person=BEN) == {POLICE, COUNCIL}


def test_whom_a_later_fact_names_both_records_concern() -> None:
    facts = (*HALF, decided(), reviewed("police"))
    assert concerned(*facts, alias(ANNA, DRUGS), person=BEN) == {POLICE, COUNCIL, DRUGS}
    assert concerned(*facts, alias(ANNA, COUNCIL), person=BEN) == {POLICE, COUNCIL}
    assert concerned(*HALF, decided(), alias(ANNA, DRUGS), person=BEN) == {COUNCIL}


def test_looking_again_may_name_more() -> None:
    history = given(*HALF, decided(), reviewed("police"))
    history.when(review(agencies=frozenset({POLICE})), COORDINATOR).then_nothing()
    (more,) = history.when(review(), COORDINATOR).then_adds(MergeReviewed)
    assert concerned(*history.facts, more, person=ANNA) == {POLICE, COUNCIL}


def test_a_merge_that_is_undone_concerns_nobody_with_the_other_any_more() -> None:
    undone = PersonsUnmerged(at=NEXT_DAY, merge=MERGE, person=ANNA, other=BEN, by_agency=HUB)
    facts = (*HALF, decided(), reviewed("police", "council"), undone)
    for person, agency in ((ANNA, POLICE), (BEN, COUNCIL)):
        assert concerned(*facts, person=person) == {agency}
    given(*facts).when(review(), COORDINATOR).then_refused(NotMerged)
    given(*HALF).when(review(), COORDINATOR).then_refused(Unknown)


def test_from_merge_to_merge_only_who_is_named_by_each_review_is_concerned() -> None:
    chain = (
        *HALF,
        registered(CARL, by=DRUGS),
        decided(),
        merged(CARL, ANNA, MergeId("m-2")),
        reviewed("police", "council"),
        reviewed("police", "drugs", merge=MergeId("m-2"), one=CARL, other=ANNA),
    )
    assert concerned(*chain, person=CARL) == {DRUGS, POLICE}
    assert concerned(*chain, person=ANNA) == {POLICE, COUNCIL, DRUGS}
    assert concerned(*chain, person=BEN) == {COUNCIL, POLICE}
