"""Who sits on a panel, what its members say of a case, what it asks for, and what it publishes; it changes no case."""

import datetime as dt

import msgspec
import pytest

from application.deciding import DECISIONS, PANELS_OWN, Decider
from domain.facts import Command
from domain.ids import CaseId, PanelId, WorkerId
from domain.refusals import AlreadyExists, NotPermitted
from domain.scrutiny.grading import (
    CaseConcluded,
    ConcludeCase,
    GradeCase,
    MemberGraded,
    NotOnTheScale,
    NotYourOwnDecision,
    PanelGraded,
    RoomIsClosed,
    TooFewGrades,
)
from domain.scrutiny.panel import CAMBRIDGESHIRE, ChangePanel, NotIndependent, PanelChanged, ScaleUnclear
from domain.scrutiny.recommendation import (
    AnsweredBefore,
    AnswerRecommendation,
    DueBeforeMade,
    FollowUpRecommendation,
    MakeRecommendation,
    NotAnsweredYet,
    NotAskedOfYou,
    RecommendationAnswered,
    RecommendationFollowedUp,
    RecommendationMade,
)
from domain.scrutiny.reporting import NotAllConcluded, PublishReport, ReportPublished
from domain.scrutiny.sample import CaseGraded, CloseRoom, ExcludeCase, OpenRoom, RoomClosed, RoomOpened, SampleIsOver
from tests.golden.shapes import example
from tests.governance.partners import CSP, PARTNERS, POLICE
from tests.scenario import When
from tests.scrutiny.examples import (
    ADMINISTRATOR,
    CHAIR,
    CONVENE,
    CONVENED,
    LAY,
    MEMBERS,
    NOON,
    OFFICER,
    OTHER,
    PANEL,
    RECOMMENDATION,
    SAMPLE,
    SITTING,
    SUPERVISOR,
    posted,
    somebody,
)
from tests.scrutiny.test_sample import DRAWN, WITH_CASES

change = msgspec.structs.replace
BEFORE = PARTNERS.and_given(*posted(CHAIR, LAY, OTHER, ADMINISTRATOR, OFFICER, SUPERVISOR))
OPENED = RoomOpened(at=NOON, panel=PANEL, sample=SAMPLE, until=NOON + dt.timedelta(hours=3))
IN_ROOM = WITH_CASES.and_given(OPENED)
CASE = DRAWN.cases[0].case
GRADE = GradeCase(at=NOON, panel=PANEL, sample=SAMPLE, case=CASE, grade="appropriate", observations="Short notice.")
CONCLUDE = ConcludeCase(at=NOON, panel=PANEL, sample=SAMPLE, case=CASE, grade="appropriate")
PUBLISH = PublishReport(at=NOON, panel=PANEL, sample=SAMPLE, words="Tickets were mostly fair.")


def graded(case: CaseId, grade: str, *members: WorkerId) -> tuple[MemberGraded, ...]:
    return tuple(
        MemberGraded(
            at=NOON,
            panel=PANEL,
            sample=SAMPLE,
            case=case,
            by_worker=one,
            grade=grade,
            person=next(each.person for each in DRAWN.cases if each.case == case),
        )
        for one in members
    )


def test_an_administrator_of_the_body_enters_people_from_outside_the_agencies() -> None:
    BEFORE.when(CONVENE, ADMINISTRATOR).then(CONVENED)
    BEFORE.when(change(CONVENE, members=MEMBERS | {OFFICER.worker}), ADMINISTRATOR).then_refused(NotIndependent)
    of_police = somebody("panel-member", "sworn", POLICE)
    BEFORE.and_given(*posted(of_police)).when(change(CONVENE, chair=of_police.worker), ADMINISTRATOR).then_refused(
        NotIndependent, workers=["sworn"]
    )
    BEFORE.when(CONVENE, somebody("administrator", "inspector", POLICE)).then_refused(NotPermitted)
    BEFORE.when(CONVENE, CHAIR).then_refused(NotPermitted)


def test_a_panel_keeps_its_scale_whoever_sits_on_it() -> None:
    BEFORE.when(change(CONVENE, grades=CAMBRIDGESHIRE), ADMINISTRATOR).then(change(CONVENED, grades=CAMBRIDGESHIRE))
    twice = (CAMBRIDGESHIRE[0], CAMBRIDGESHIRE[0])
    BEFORE.when(change(CONVENE, grades=twice), ADMINISTRATOR).then_refused(ScaleUnclear)
    SITTING.when(change(CONVENE, grades=CAMBRIDGESHIRE), ADMINISTRATOR).then_refused(AlreadyExists)
    new = ChangePanel(
        at=NOON, panel=PANEL, chair=LAY.worker, members=frozenset({CHAIR.worker, LAY.worker}), reason="A turn each."
    )
    SITTING.when(new, ADMINISTRATOR).then_adds(PanelChanged)
    SITTING.when(change(new, panel=PanelId("other")), ADMINISTRATOR)


@pytest.mark.parametrize("command", [one for one in DECISIONS if not one.__module__.startswith(PANELS_OWN)])
def test_who_sits_on_a_panel_decides_nothing_else(command: type[Command]) -> None:
    with pytest.raises(NotPermitted):
        Decider.refuse_panel(example(command), CHAIR)  # type: ignore[type-var] # a command has fields as a fact has
    Decider.refuse_panel(example(command), OFFICER)  # type: ignore[type-var]


def test_cases_are_graded_in_the_room() -> None:
    WITH_CASES.when(GRADE, LAY).then_refused(RoomIsClosed)
    IN_ROOM.and_given(RoomClosed(at=NOON, panel=PANEL, sample=SAMPLE)).when(GRADE, LAY).then_refused(RoomIsClosed)
    later = change(GRADE, at=OPENED.until)
    IN_ROOM.when(later, LAY).then_refused(RoomIsClosed)
    (own,) = IN_ROOM.when(GRADE, LAY).then_adds(MemberGraded)
    IN_ROOM.and_given(own).when(change(GRADE, observations="And late."), LAY).then_adds(MemberGraded)
    IN_ROOM.when(change(GRADE, grade="amber"), LAY).then_refused(NotOnTheScale)
    IN_ROOM.when(CloseRoom(at=NOON, panel=PANEL, sample=SAMPLE), CHAIR).then_adds(RoomClosed)
    IN_ROOM.when(OpenRoom(at=NOON, panel=PANEL, sample=SAMPLE), CHAIR).then_nothing()


def test_nobody_judges_a_decision_that_they_took() -> None:
    drawn = change(DRAWN, cases=(change(DRAWN.cases[0], by=(LAY.worker,)), *DRAWN.cases[1:]))
    own = When((*WITH_CASES.facts[:-1], drawn, OPENED))
    own.when(GRADE, LAY).then_refused(NotYourOwnDecision)
    own.when(GRADE, OTHER).then_adds(MemberGraded)


def test_whoever_graded_otherwise_dissents_and_cannot_be_left_out() -> None:
    IN_ROOM.when(CONCLUDE, CHAIR).then_refused(TooFewGrades)
    heard = IN_ROOM.and_given(
        *graded(CASE, "inappropriate", OTHER.worker), *graded(CASE, "appropriate", CHAIR.worker, LAY.worker)
    )
    (fact,) = heard.when(CONCLUDE, CHAIR).then_adds(PanelGraded)
    assert isinstance(fact, PanelGraded)
    assert fact.dissent == (OTHER.worker,)
    heard.and_given(fact).when(GRADE, LAY).then_refused(CaseConcluded)
    heard.and_given(fact).when(change(CONCLUDE, grade="inappropriate"), CHAIR).then_refused(CaseConcluded)
    left_out = ExcludeCase(at=NOON, panel=PANEL, sample=SAMPLE, case=CASE, reason="looked-at-before")
    heard.when(left_out, CHAIR).then_refused(CaseGraded)


def concluded() -> When:
    facts = tuple(
        PanelGraded(
            at=NOON, panel=PANEL, sample=SAMPLE, case=one.case, grade="appropriate", dissent=(), person=one.person
        )
        for one in DRAWN.cases
    )
    return IN_ROOM.and_given(*facts)


def test_a_report_tells_of_every_case_and_of_nobody() -> None:
    IN_ROOM.when(PUBLISH, CHAIR).then_refused(NotAllConcluded, cases=5)
    (fact,) = concluded().when(PUBLISH, CHAIR).then_adds(ReportPublished)
    assert isinstance(fact, ReportPublished)
    assert [(one.of, one.count) for one in fact.figures.population] == [("green", 12), ("cpw", 5)]
    assert [(one.of, one.count) for one in fact.figures.sampled] == [("green", 3), ("cpw", 2)]
    assert fact.figures.cases == 5
    assert all(part.count is None for one in fact.figures.by_stratum for part in one.grades), "all under five"
    written = msgspec.json.encode(fact).decode()
    assert not any(one.case in written or one.person in written for one in DRAWN.cases)
    concluded().and_given(fact).when(GRADE, LAY).then_refused(RoomIsClosed)
    concluded().and_given(fact).when(change(PUBLISH, words="Tickets were fair."), CHAIR).then_refused(SampleIsOver)


def test_an_agency_answers_by_a_day_and_the_panel_looks_at_what_came_of_it() -> None:
    ask = MakeRecommendation(
        at=NOON,
        panel=PANEL,
        recommendation=RECOMMENDATION,
        to_agency=POLICE,
        words="Say the hub's next day on each ticket.",
        respond_by=dt.date(2026, 6, 30),
        sample=SAMPLE,
    )
    WITH_CASES.when(change(ask, respond_by=NOON.date()), CHAIR).then_refused(DueBeforeMade)
    (made,) = WITH_CASES.when(ask, CHAIR).then_adds(RecommendationMade)
    asked = WITH_CASES.and_given(made)
    asked.when(change(ask, respond_by=dt.date(2026, 7, 30)), CHAIR).then_refused(AlreadyExists)
    answer = AnswerRecommendation(
        at=NOON,
        panel=PANEL,
        recommendation=RECOMMENDATION,
        response="accepted",
        words="Printed from July on.",
        done_by=dt.date(2026, 7, 1),
    )
    look = FollowUpRecommendation(
        at=NOON, panel=PANEL, recommendation=RECOMMENDATION, finding="done", words="Seen on ten tickets."
    )
    asked.when(look, CHAIR).then_refused(NotAnsweredYet)
    asked.when(answer, CHAIR).then_refused(NotAskedOfYou)
    asked.when(answer, somebody("supervisor", "clerk", CSP)).then_refused(NotAskedOfYou)
    (answered,) = asked.when(answer, SUPERVISOR).then_adds(RecommendationAnswered)
    asked.and_given(answered).when(change(answer, words="No."), SUPERVISOR).then_refused(AnsweredBefore)
    asked.and_given(answered).when(change(answer, done_by=None), SUPERVISOR).then_refused(AnsweredBefore)
    asked.and_given(answered).when(look, CHAIR).then_adds(RecommendationFollowedUp)
    overdue = change(look, at=NOON + dt.timedelta(days=60))
    asked.when(overdue, CHAIR).then_adds(RecommendationFollowedUp)
