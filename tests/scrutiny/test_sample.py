"""A sample: counted, committed to and drawn so that nobody chooses, or labelled as the chair's choice."""

import datetime as dt

import msgspec
import pytest

from application.scrutiny.population import in_strata, taken, taken_before
from domain.facts import Facts
from domain.ids import CaseId, ErasureId, SampleId, WorkerId
from domain.people.erased import ErasureOrdered
from domain.refusals import AlreadyExists, NotPermitted, Unknown
from domain.scrutiny.draw import commitment_to, digest_of, order_of
from domain.scrutiny.grading import MemberGraded, PanelGraded
from domain.scrutiny.panel import ForMembers, ForTheChair, PanelChanged
from domain.scrutiny.sample import (
    AbandonSample,
    CaseExcluded,
    CaseGraded,
    ChooseSample,
    CommitSample,
    ExcludeCase,
    LotNotCast,
    NotDrawn,
    NothingToDraw,
    NotSo,
    NotTheChairsLot,
    OpenRoom,
    PeriodNotOver,
    RoomOpened,
    SampleAbandoned,
    SampleChosen,
    SampleCommitted,
    SampleDrawn,
    SampleIsOver,
    SampleWaits,
    SeedDoesNotMatch,
    SeedUsedBefore,
    StrataOverlap,
    Stratum,
    open_room,
)
from domain.scrutiny.scrutiny import scrutiny
from tests.scenario import Knowing, run
from tests.scrutiny.examples import (
    ADMINISTRATOR,
    CAST,
    CHAIR,
    COMMIT,
    CPW,
    DRAW,
    GREEN,
    LAY,
    LOT,
    LOT_CAST,
    MEMBERS,
    NOON,
    OFFICER,
    OTHER,
    PANEL,
    SAMPLE,
    SEED,
    SITTING,
    TICKETS,
    somebody,
    ticket,
)

change = msgspec.structs.replace


def committed() -> SampleCommitted:
    (fact,) = SITTING.when(COMMIT, CHAIR).then_adds(SampleCommitted)
    assert isinstance(fact, SampleCommitted)
    return fact


COMMITTED = committed()
WITH_LOT = SITTING.and_given(COMMITTED, LOT_CAST)


def drawn(*later: object) -> SampleDrawn:
    (fact,) = WITH_LOT.and_given(*later).when(DRAW, CHAIR).then_adds(SampleDrawn)  # type: ignore[arg-type] # facts
    assert isinstance(fact, SampleDrawn)
    return fact


DRAWN = drawn()
WITH_CASES = WITH_LOT.and_given(DRAWN)


def test_the_population_is_counted_when_the_chair_is_bound() -> None:
    assert COMMITTED.counts == (12, 5)
    population = {
        "green": [CaseId(f"t-green-{n}") for n in range(12)],
        "cpw": [CaseId(f"t-cpw-{n}") for n in range(5)],
    }
    assert COMMITTED.digest == digest_of(population)
    assert COMMITTED.commitment == commitment_to(SEED)
    assert SEED not in repr(COMMITTED)


def test_cases_follow_from_seed_lot_and_population_and_from_nothing_else() -> None:
    facts = (*SITTING.facts, COMMITTED)
    found = in_strata(run(Knowing(facts)(taken())), COMMIT.strata, COMMIT.from_date, COMMIT.to_date)
    order = order_of({stratum: [one.case for one in cases] for stratum, cases in found.items()}, SAMPLE, LOT, SEED)
    expected = [*order["green"][: GREEN.take], *order["cpw"][: CPW.take]]
    assert [one.case for one in DRAWN.cases] == expected
    assert DRAWN.seed == SEED


def test_what_is_recorded_after_the_commitment_changes_nothing_even_if_it_is_dated_back() -> None:
    late: Facts = tuple(ticket(n, days_ago=40) for n in range(100, 140))
    assert drawn(*late) == DRAWN
    before = run(Knowing((*SITTING.facts, COMMITTED, *late))(taken_before(SAMPLE)))
    assert len(before.all()) == len(TICKETS)


def test_a_decision_outside_the_period_is_not_of_the_population() -> None:
    old = SITTING.and_given(ticket(50, days_ago=400))
    (fact,) = old.when(COMMIT, CHAIR).then_adds(SampleCommitted)
    assert fact == COMMITTED


def test_the_seed_that_is_shown_is_the_one_that_was_committed_to() -> None:
    WITH_LOT.when(change(DRAW, seed=SEED + "!"), CHAIR).then_refused(SeedDoesNotMatch)


def test_without_a_lot_nothing_is_drawn_and_the_chair_casts_none() -> None:
    bound = SITTING.and_given(COMMITTED)
    bound.when(DRAW, CHAIR).then_refused(LotNotCast)
    bound.when(CAST, CHAIR).then_refused(NotTheChairsLot)
    bound.when(CAST, LAY).then(LOT_CAST)
    WITH_LOT.when(change(CAST, lot="another"), OTHER).then_refused(SampleIsOver)


def test_once_drawn_it_is_not_drawn_again() -> None:
    WITH_CASES.when(DRAW, CHAIR).then_nothing()
    WITH_CASES.when(change(CAST, lot="another"), LAY).then_refused(SampleIsOver)


def test_a_seed_serves_once() -> None:
    again = change(COMMIT, sample=SampleId("second"))
    WITH_CASES.when(again, CHAIR).then_refused(SeedUsedBefore)
    for other in (
        {"commitment": "0" * 64},
        {"strata": (GREEN,)},
        {"from_date": dt.date(2026, 4, 2)},
        {"question": "?"},
    ):
        WITH_CASES.when(change(COMMIT, **other), CHAIR).then_refused(AlreadyExists)


def test_a_chair_who_has_several_draws_would_choose_among_them_so_one_is_drawn_or_given_up_first() -> None:
    another = change(COMMIT, sample=SampleId("second"), commitment=commitment_to(SEED + "2"))
    given_up = SampleAbandoned(at=NOON, panel=PANEL, sample=SAMPLE, reason="The seed is lost.")
    SITTING.and_given(COMMITTED).when(another, CHAIR).then_refused(SampleWaits, samples=[SAMPLE])
    WITH_LOT.when(another, CHAIR).then_refused(SampleWaits, samples=[SAMPLE])
    WITH_LOT.and_given(given_up).when(another, CHAIR).then_adds(SampleCommitted)
    WITH_CASES.when(another, CHAIR).then_adds(SampleCommitted)


def test_who_chaired_when_the_sample_was_committed_to_knows_the_seed_and_casts_no_lot() -> None:
    """An administrator who seats another chair in between does not make the first one a stranger to it."""
    changed = PanelChanged(at=NOON, panel=PANEL, chair=OTHER.worker, members=MEMBERS, reason="A turn each.")
    later = SITTING.and_given(COMMITTED, changed)
    later.when(CAST, CHAIR).then_refused(NotTheChairsLot)
    later.when(CAST, OTHER).then_refused(NotTheChairsLot)
    later.when(CAST, LAY).then(LOT_CAST)
    back = change(changed, chair=CHAIR.worker)
    later.and_given(back).when(CAST, OTHER).then_refused(NotTheChairsLot)


def test_only_days_that_are_over_are_drawn_from() -> None:
    SITTING.when(change(COMMIT, to_date=NOON.date()), CHAIR).then_refused(PeriodNotOver)
    SITTING.when(change(COMMIT, from_date=dt.date(2026, 5, 31), to_date=dt.date(2026, 5, 1)), CHAIR).then_refused(
        PeriodNotOver
    )


def test_each_decision_stands_in_one_stratum_and_each_stratum_holds_some() -> None:
    every = Stratum(stratum="every", kind="ticket-issued", take=1)
    SITTING.when(change(COMMIT, strata=(GREEN, every)), CHAIR).then_refused(StrataOverlap)
    SITTING.when(change(COMMIT, strata=(GREEN, change(CPW, stratum="green"))), CHAIR).then_refused(StrataOverlap)
    none = Stratum(stratum="none", kind="instrument-served", take=1)
    SITTING.when(change(COMMIT, strata=(GREEN, none)), CHAIR).then_refused(NothingToDraw, strata=["none"])


def test_the_chair_alone_commits_and_draws() -> None:
    SITTING.when(COMMIT, LAY).then_refused(ForTheChair)
    WITH_LOT.when(DRAW, LAY).then_refused(ForTheChair)
    SITTING.when(COMMIT, ADMINISTRATOR).then_refused(ForMembers)
    SITTING.when(COMMIT, somebody("panel-member", "stranger")).then_refused(ForMembers)
    SITTING.when(COMMIT, OFFICER).then_refused(NotPermitted)


def test_a_case_left_out_is_replaced_by_the_next_of_the_draw_and_counted() -> None:
    first = DRAWN.cases[0]
    out = ExcludeCase(at=NOON, panel=PANEL, sample=SAMPLE, case=first.case, reason="before-a-court")
    facts = (*SITTING.facts, COMMITTED)
    found = in_strata(run(Knowing(facts)(taken())), COMMIT.strata, COMMIT.from_date, COMMIT.to_date)
    order = order_of({stratum: [one.case for one in cases] for stratum, cases in found.items()}, SAMPLE, LOT, SEED)
    (fact,) = WITH_CASES.when(out, CHAIR).then_adds(CaseExcluded)
    assert isinstance(fact, CaseExcluded)
    assert fact.replaced_by is not None
    assert fact.replaced_by.case == order["green"][GREEN.take]
    assert fact.reason == "before-a-court"
    WITH_CASES.when(change(out, case=CaseId("t-green-99")), CHAIR).then_refused(Unknown)


def test_a_stratum_that_is_used_up_has_no_replacement() -> None:
    all_of_them = change(COMMIT, strata=(GREEN, change(CPW, take=5)))
    (bound,) = SITTING.when(all_of_them, CHAIR).then_adds(SampleCommitted)
    (cases,) = SITTING.and_given(bound, LOT_CAST).when(DRAW, CHAIR).then_adds(SampleDrawn)
    assert isinstance(cases, SampleDrawn)
    out = ExcludeCase(at=NOON, panel=PANEL, sample=SAMPLE, case=CaseId("t-cpw-1"), reason="before-a-court")
    (fact,) = SITTING.and_given(bound, LOT_CAST, cases).when(out, CHAIR).then_adds(CaseExcluded)
    assert isinstance(fact, CaseExcluded)
    assert fact.replaced_by is None


def test_a_case_is_left_out_as_erased_or_restricted_only_where_it_is_and_then_even_if_somebody_graded_it() -> None:
    """Nobody can conclude on it any more: without that, the panel could never publish."""
    one = DRAWN.cases[0]
    out = ExcludeCase(at=NOON, panel=PANEL, sample=SAMPLE, case=one.case, reason="record-erased")
    WITH_CASES.when(out, CHAIR).then_refused(NotSo)
    WITH_CASES.when(change(out, reason="processing-restricted"), CHAIR).then_refused(NotSo)
    own = MemberGraded(
        at=NOON, panel=PANEL, sample=SAMPLE, case=one.case, by_worker=LAY.worker, grade="appropriate", person=one.person
    )
    erased = ErasureOrdered(
        at=NOON,
        erasure=ErasureId("x"),
        person=one.person,
        ground="objection",
        proposed_by=WorkerId("first"),
        ordered_by=WorkerId("second"),
    )
    gone = WITH_CASES.and_given(own, erased)
    gone.when(out, CHAIR).then_adds(CaseExcluded)
    gone.when(change(out, reason="complaint-open"), CHAIR).then_refused(CaseGraded)
    concluded = PanelGraded(
        at=NOON, panel=PANEL, sample=SAMPLE, case=one.case, grade="appropriate", dissent=(), person=one.person
    )
    gone.and_given(concluded).when(out, CHAIR).then_refused(CaseGraded)


def test_what_the_chair_chose_is_labelled_so() -> None:
    choose = ChooseSample(
        at=NOON,
        panel=PANEL,
        sample=SampleId("chosen"),
        question="What happened in May?",
        reason="A complaint named them.",
        cases=(CaseId("t-cpw-1"), CaseId("t-cpw-2"), CaseId("t-cpw-1")),
    )
    (fact,) = SITTING.when(choose, CHAIR).then_adds(SampleChosen)
    assert isinstance(fact, SampleChosen)
    assert [one.case for one in fact.cases] == ["t-cpw-1", "t-cpw-2"]
    assert {one.stratum for one in fact.cases} == {"chosen"}
    SITTING.when(change(choose, cases=(CaseId("nothing"),)), CHAIR).then_refused(Unknown)


def test_a_sample_that_is_given_up_stays_to_be_seen() -> None:
    give_up = AbandonSample(at=NOON, panel=PANEL, sample=SAMPLE, reason="The seed was lost.")
    (fact,) = WITH_LOT.when(give_up, CHAIR).then_adds(SampleAbandoned)
    WITH_LOT.and_given(fact).when(DRAW, CHAIR).then_refused(SampleIsOver)


def test_the_room_is_open_for_a_meeting_and_no_longer_than_a_day_of_one() -> None:
    opened = RoomOpened(at=NOON, panel=PANEL, sample=SAMPLE, until=NOON + dt.timedelta(hours=3))
    WITH_CASES.when(OpenRoom(at=NOON, panel=PANEL, sample=SAMPLE), CHAIR).then(opened)
    WITH_LOT.when(OpenRoom(at=NOON, panel=PANEL, sample=SAMPLE), CHAIR).then_refused(NotDrawn)
    known = run(Knowing(WITH_CASES.facts)(scrutiny())).samples[SAMPLE]
    moments = (NOON, NOON + dt.timedelta(seconds=2))
    again = [open_room(OpenRoom(at=NOON, panel=PANEL, sample=SAMPLE), known, moment) for moment in moments]
    assert again == [(opened,), (opened,)], "decided again, a moment later, it is the same"
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({"at": NOON, "panel": PANEL, "sample": SAMPLE, "hours": 9}, type=OpenRoom)


def test_a_seed_is_long_enough_that_nobody_guesses_it() -> None:
    assert len(SEED) >= 32
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({**msgspec.structs.asdict(COMMIT), "commitment": "abc"}, type=CommitSample)
