"""Complaints are acknowledged within 30 days, breaches told within 72 hours; what is not told has its reasons."""

import datetime as dt

from msgspec.structs import replace as change

from domain.refusals import AlreadyExists, NotPermitted, Unknown
from domain.rights.breach import (
    AssessDataBreach,
    AwareInFuture,
    BreachClosed,
    BreachUnfinished,
    CloseDataBreach,
    CommissionerTold,
    DataBreachAssessed,
    DataBreachClosed,
    DelayUnexplained,
    MustBeReported,
    NotAssessed,
    PeopleMustBeTold,
    PeopleTold,
    ReportDataBreach,
    TellPeople,
)
from domain.rights.complaint import (
    AcknowledgeComplaint,
    CommissionerNotNamed,
    ComplaintAcknowledged,
    ComplaintConcluded,
    ComplaintOver,
    ConcludeComplaint,
    LearningMissing,
)
from domain.rights.reminding import RemindOfRights, RightsReminded
from domain.rights.request import ToldBeforeReceived
from tests.people.examples import ANNA
from tests.rights.asking import (
    BREACH,
    COMPLAIN,
    COMPLAINED,
    COMPLAINT,
    KNOWN,
    LOSE,
    LOST,
    NOW,
    NURSE,
    OFFICER,
    POLICE_PRIVACY,
    PRIVACY,
    RECOVERY_PRIVACY,
    SYSTEM,
    TODAY,
)
from tests.scenario import london

HEARD = KNOWN.and_given(COMPLAINED)
CONCLUDE = ConcludeComplaint(
    at=NOW,
    complaint=COMPLAINT,
    outcome="upheld",
    reasons="We should not have told them.",
    learning="Landlords are told nothing without consent.",
    commissioner_explained=True,
)
LEAKED = KNOWN.and_given(LOST)
ASSESS = AssessDataBreach(at=NOW, data_breach=BREACH, risk="high-risk", people=12, words="Addresses are in it.")
REPORT = ReportDataBreach(at=NOW, data_breach=BREACH, reported_at=NOW, reference="IC-1")
TELL = TellPeople(at=NOW, data_breach=BREACH, people=12, words="By letter.")


def assessed(risk: str) -> DataBreachAssessed:
    return DataBreachAssessed(at=NOW, data_breach=BREACH, risk=risk, people=12, words="So it is.")  # type: ignore[arg-type]


def test_a_complaint_is_acknowledged_within_thirty_days_or_on_the_next_working_day() -> None:
    KNOWN.when(COMPLAIN, OFFICER).then(COMPLAINED)
    monday = change(COMPLAIN, received_on=dt.date(2026, 8, 31))
    KNOWN.when(monday, OFFICER).then(
        change(COMPLAINED, received_on=dt.date(2026, 8, 31), acknowledge_by=dt.date(2026, 9, 30))
    )
    KNOWN.when(COMPLAIN, NURSE).then_refused(Unknown)
    HEARD.when(change(COMPLAIN, about="security"), OFFICER).then_refused(AlreadyExists)


def test_an_outcome_within_the_thirty_days_needs_no_acknowledgement_of_its_own() -> None:
    acknowledged = ComplaintAcknowledged(at=NOW, complaint=COMPLAINT, person=ANNA, on=TODAY)
    acknowledge = AcknowledgeComplaint(at=NOW, complaint=COMPLAINT, on=TODAY)
    HEARD.when(acknowledge, POLICE_PRIVACY).then(acknowledged)
    early = change(acknowledge, on=COMPLAINED.received_on - dt.timedelta(days=1))
    HEARD.when(early, POLICE_PRIVACY).then_refused(ToldBeforeReceived)
    concluded = HEARD.when(CONCLUDE, PRIVACY).then_adds(ComplaintConcluded)
    over = HEARD.and_given(*concluded)
    over.when(RemindOfRights(at=london("2026-12-01T09:00"), thing="complaint", id=COMPLAINT), SYSTEM).then_nothing()
    over.when(change(CONCLUDE, outcome="not-upheld"), PRIVACY).then_refused(ComplaintOver)
    over.when(AcknowledgeComplaint(at=NOW, complaint=COMPLAINT, on=TODAY), PRIVACY).then_refused(ComplaintOver)
    HEARD.when(RemindOfRights(at=london("2026-12-01T09:00"), thing="complaint", id=COMPLAINT), SYSTEM).then_adds(
        RightsReminded
    )


def test_whoever_complained_is_told_of_the_commissioner_and_what_is_upheld_is_learnt_from() -> None:
    HEARD.when(change(CONCLUDE, commissioner_explained=False), PRIVACY).then_refused(CommissionerNotNamed)
    HEARD.when(change(CONCLUDE, learning=None), PRIVACY).then_refused(LearningMissing)
    HEARD.when(change(CONCLUDE, learning=None, outcome="not-upheld"), PRIVACY).then_adds(ComplaintConcluded)
    HEARD.when(CONCLUDE, OFFICER).then_refused(NotPermitted)


def test_anybody_enters_a_breach_and_the_hours_run_from_when_the_agency_knew() -> None:
    KNOWN.when(LOSE, OFFICER).then(LOST)
    KNOWN.when(change(LOSE, aware_at=NOW + dt.timedelta(hours=1)), OFFICER).then_refused(AwareInFuture)
    LEAKED.when(change(LOSE, words="A telephone was stolen."), OFFICER).then_refused(AlreadyExists)
    LEAKED.when(ASSESS, OFFICER).then_refused(NotPermitted)
    LEAKED.when(ASSESS, RECOVERY_PRIVACY).then_refused(Unknown)
    LEAKED.when(ASSESS, PRIVACY).then_adds(DataBreachAssessed)


def test_the_commissioner_is_told_unless_a_risk_is_unlikely_and_late_with_the_reason() -> None:
    LEAKED.when(REPORT, PRIVACY).then_refused(NotAssessed)
    harmful, harmless = LEAKED.and_given(assessed("risk")), LEAKED.and_given(assessed("unlikely"))
    not_told = ReportDataBreach(at=NOW, data_breach=BREACH, reason="risk-unlikely")
    harmful.when(not_told, PRIVACY).then_refused(MustBeReported)
    harmful.when(change(not_told, reason=None), PRIVACY).then_refused(MustBeReported)
    harmless.when(not_told, PRIVACY).then_adds(CommissionerTold)
    harmful.when(REPORT, PRIVACY).then_adds(CommissionerTold)
    harmful.when(change(REPORT, reported_at=NOW + dt.timedelta(hours=1)), PRIVACY).then_refused(AwareInFuture)
    late = london("2026-09-05T09:01")
    harmful.when(change(REPORT, at=late, reported_at=late), PRIVACY).then_refused(DelayUnexplained)
    explained = change(REPORT, at=late, reported_at=late, delay="It was found on a Friday night.")
    harmful.when(explained, PRIVACY).then_adds(CommissionerTold)


def test_those_concerned_are_told_where_the_risk_is_high_or_the_law_says_why_not() -> None:
    LEAKED.when(TELL, PRIVACY).then_refused(NotAssessed)
    high = LEAKED.and_given(assessed("high-risk"))
    high.when(TELL, PRIVACY).then_adds(PeopleTold)
    high.when(change(TELL, people=0), PRIVACY).then_refused(PeopleMustBeTold)
    high.when(change(TELL, people=0, reason="risk-not-high"), PRIVACY).then_refused(PeopleMustBeTold)
    high.when(change(TELL, people=0, reason="data-unreadable"), PRIVACY).then_adds(PeopleTold)
    some = LEAKED.and_given(assessed("risk"))
    some.when(change(TELL, people=0, reason="risk-not-high"), PRIVACY).then_adds(PeopleTold)


def test_a_breach_is_closed_once_all_is_decided_and_anew_where_the_risk_turned_out_higher() -> None:
    close = CloseDataBreach(at=NOW, data_breach=BREACH, measures="No notebooks.")
    LEAKED.when(close, PRIVACY).then_refused(BreachUnfinished)
    untold = CommissionerTold(
        at=NOW, data_breach=BREACH, reported_at=None, reference=None, reason="risk-unlikely", delay=None, words=None
    )
    nobody = PeopleTold(at=NOW, data_breach=BREACH, people=0, reason="risk-not-high", words="No need.")
    decided = LEAKED.and_given(assessed("unlikely"), untold, nobody)
    decided.when(close, PRIVACY).then_adds(DataBreachClosed)
    worse = decided.and_given(assessed("high-risk"))
    worse.when(close, PRIVACY).then_refused(BreachUnfinished)
    over = RemindOfRights(at=london("2026-09-05T09:01"), thing="data-breach", id=BREACH)
    decided.when(over, SYSTEM).then_nothing()
    worse.when(over, SYSTEM).then_adds(RightsReminded)
    closed = DataBreachClosed(at=NOW, data_breach=BREACH, measures="No notebooks.")
    decided.and_given(closed).when(ASSESS, PRIVACY).then_refused(BreachClosed)


def test_a_day_before_the_hours_are_over_somebody_is_reminded() -> None:
    remind = RemindOfRights(at=london("2026-09-04T08:59"), thing="data-breach", id=BREACH)
    LEAKED.when(remind, SYSTEM).then_nothing()
    LEAKED.when(change(remind, at=london("2026-09-04T09:00")), SYSTEM).then_adds(RightsReminded)
