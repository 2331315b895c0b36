"""Two were taken for one; now somebody who was there says whose each thing is."""

from typing import Any

import pytest

from application.people import the_person
from application.relating import unsettled
from domain.engagement.encounter import encounters_of
from domain.facts import Fact, Facts
from domain.ids import DetailId, PersonId
from domain.people.attributing import AttributeRecords, NotUndone, RecordsAttributed, WhoseIsIt, as_of, tagged_as_of
from domain.people.merging import HumansDecide
from domain.people.person import AliasAdded, LanguagesSet, PersonsUnmerged
from domain.refusals import Unknown
from tests.people.examples import (
    AGENCIES,
    ANNA,
    BEN,
    CONSTABLE,
    EVENING,
    FLAG,
    HOUSING_OFFICER,
    MERGE,
    NEXT_DAY,
    NEXT_WEEK,
    POLICE,
    SERGEANT,
    SYSTEM,
    flagged,
    merged,
    registered,
    with_more,
)
from tests.scenario import Knowing, given, run

UNMERGED = PersonsUnmerged(at=NEXT_DAY, merge=MERGE, person=ANNA, other=BEN, by_agency=POLICE)


def alias(detail: str, person: PersonId = ANNA) -> AliasAdded:
    return AliasAdded(at=EVENING, person=person, detail=DetailId(detail), by_agency=POLICE)


BEFORE: Facts = (*AGENCIES, registered(), registered(BEN), alias("before"), merged(ANNA, BEN))
BETWEEN: Facts = (
    alias("hers"),
    alias("his"),
    flagged(),
    LanguagesSet(at=EVENING, person=ANNA, by_agency=POLICE, understands=("pl",)),
)
APART: Facts = (*BEFORE, *BETWEEN, UNMERGED)
HERS, HIS, FLAGGED, SPEAKS = (len(BEFORE) + n for n in range(1, 5))


def say(**more: Any) -> AttributeRecords:  # noqa: ANN401
    return with_more(AttributeRecords, more, at=NEXT_WEEK, merge=MERGE)


def his(*things: str) -> AttributeRecords:
    return say(others=frozenset(things))


def said(facts: Facts, command: AttributeRecords) -> Facts:
    return (*facts, *given(*facts).when(command, CONSTABLE).then_adds(RecordsAttributed))


def details(facts: Facts, person: PersonId) -> set[str]:
    return {one for one in run(the_person(Knowing(facts), person)).details if one != "d-1"}


def test_a_thing_is_said_to_be_of_the_other_and_is_known_of_nobody_else() -> None:
    facts = said(APART, his("detail:his", f"flag:{FLAG}"))
    fact = facts[-1]
    assert isinstance(fact, RecordsAttributed)
    assert fact.positions == (HIS, FLAGGED)
    assert (fact.person, fact.other, fact.by_worker) == (ANNA, BEN, CONSTABLE.worker)
    assert {f"person:{ANNA}", f"person:{BEN}"} <= set(fact.touched)
    assert (details(facts, ANNA), details(facts, BEN)) == ({"before", "hers"}, {"his"})
    assert [len(run(the_person(Knowing(facts), one)).flags) for one in (ANNA, BEN)] == [0, 1]


def test_what_names_nothing_else_is_a_thing_by_itself() -> None:
    facts = said(APART, his(f"fact:{SPEAKS}"))
    assert [bool(run(the_person(Knowing(facts), one)).languages) for one in (ANNA, BEN)] == [False, True]


def test_what_is_not_sure_yet_stays_where_it_was_written() -> None:
    facts = said(APART, say(kept=frozenset({"detail:hers"})))
    assert details(facts, ANNA) == {"before", "hers", "his"}
    assert facts[-1] == RecordsAttributed(
        at=NEXT_WEEK,
        merge=MERGE,
        person=ANNA,
        other=BEN,
        by_agency=POLICE,
        by_worker=CONSTABLE.worker,
        positions=(),
        kept=(HERS,),
    )


def test_the_last_word_counts() -> None:
    once = said(APART, his("detail:his"))
    given(*once).when(his("detail:his"), SERGEANT).then_nothing()
    back = said(once, say(kept=frozenset({"detail:his"})))
    assert (details(back, ANNA), details(back, BEN)) == ({"before", "hers", "his"}, set())
    again = said(back, his("detail:his"))
    assert (details(again, ANNA), details(again, BEN)) == ({"before", "hers"}, {"his"})


def test_what_was_written_under_the_other_record_is_settled_either_way() -> None:
    facts: Facts = (*BEFORE, alias("under-bens", BEN), UNMERGED)
    thing = "detail:under-bens"
    (settled,) = given(*facts).when(his(thing), CONSTABLE).then_adds(RecordsAttributed)
    assert isinstance(settled, RecordsAttributed)
    assert (settled.person, settled.other, settled.positions, settled.kept) == (BEN, ANNA, (), (len(BEFORE) + 1,))
    given(*facts, settled).when(his(thing), SERGEANT).then_nothing()
    assert run(unsettled(Knowing(facts), BEN))
    assert run(unsettled(Knowing((*facts, settled)), BEN)) == {}
    moved = said(facts, say(kept=frozenset({thing})))
    assert (details(moved, ANNA), details(moved, BEN)) == ({"before", "under-bens"}, set())
    assert details(said(moved, his(thing)), BEN) == {"under-bens"}


def test_what_was_begun_before_or_after_is_nobody_elses() -> None:
    later: tuple[Fact, ...] = (*APART, alias("later"))
    for thing in ("detail:before", "detail:later", "detail:none"):
        given(*later).when(his(thing), CONSTABLE).then_refused(Unknown)


def test_only_what_was_taken_apart_is_attributed_by_humans_whom_it_concerns_and_without_contradiction() -> None:
    given(*BEFORE, *BETWEEN).when(his("detail:his"), CONSTABLE).then_refused(NotUndone)
    given(*APART).when(his("detail:his"), SYSTEM).then_refused(HumansDecide)
    given(*APART).when(his("detail:his"), HOUSING_OFFICER).then_refused(Unknown)
    both = frozenset({"detail:his"})
    given(*APART).when(say(others=both, kept=both), CONSTABLE).then_refused(WhoseIsIt)


@pytest.mark.parametrize(
    ("tag", "moved"),
    [
        ("person:p-1", "person:p-2"),
        ("episode-of:p-1|luscombe", "episode-of:p-2|luscombe"),
        ("person:p-11", "person:p-11"),
        ("open-referral:p-3|drugs|p-1", "open-referral:p-3|drugs|p-2"),
    ],
)
def test_a_tag_is_that_of_the_other(tag: str, moved: str) -> None:
    assert tagged_as_of(tag, "p-1", "p-2") == moved


def test_a_fact_of_somebody_else_is_left_alone() -> None:
    fact = alias("hers")
    assert as_of(fact, BEN, ANNA) is fact
    assert as_of(fact, ANNA, BEN) == alias("hers", BEN)
    assert run(Knowing(APART)(encounters_of(BEN))) == {}
