"""A personal data breach: what happened, what it may do to people, who was told, and what is done against the next one.

UK GDPR arts. 33 and 34; Data Protection Act 2018 ss.67 and 68. The Information Commissioner is told within 72 hours of
becoming aware of it, unless a risk to people is unlikely; those concerned without undue delay where the risk is high.
What is not told has its reasons. The register names nobody: it counts.
"""

import datetime as dt
from typing import Annotated, Final, Literal

import msgspec

from domain.codes import InformationCategory
from domain.facts import Command, Fact, Facts, Instant, Line, Slug, Text, amended
from domain.ids import AgencyId, DataBreachId
from domain.refusals import AlreadyExists, Conflict, Guarded
from domain.time_limit import Limited, TimeLimit

BreachCause = Literal[
    "sent-to-the-wrong-recipient",
    "lost-or-stolen",
    "looked-at-without-reason",
    "told-too-much",
    "wrongly-changed-or-deleted",
    "not-available",
    "cyber-incident",
    "other",
]

BreachRisk = Literal["unlikely", "risk", "high-risk"]
"""To the rights and freedoms of people, as arts. 33(1) and 34(1) tell them apart."""

ReportReason = Literal["risk-unlikely", "told-by-another-controller"]
PeopleReason = Literal["risk-not-high", "data-unreadable", "risk-averted", "told-in-public", "telling-would-prejudice"]
"""Why those concerned are not told one by one: art. 34(1) and (3); Data Protection Act 2018 s.68(7)."""

REPORTED_WITHIN: Final = dt.timedelta(hours=72)
REMIND_BEFORE: Final = dt.timedelta(hours=24)
"""Ours."""


class DataBreachRecorded(Fact, type="data-breach-recorded", version=1, tags=("data_breach",)):
    """An agency became aware of a breach at a moment. `words` name nobody."""

    data_breach: DataBreachId
    by_agency: AgencyId
    cause: BreachCause
    aware_at: Instant
    report_by: Instant
    categories: frozenset[InformationCategory]
    people: int | None
    words: str


class DataBreachAssessed(Fact, type="data-breach-assessed", version=1, tags=("data_breach",)):
    """How likely it harms people, and how many. `words` name nobody."""

    data_breach: DataBreachId
    risk: BreachRisk
    people: int
    words: str


class CommissionerTold(Fact, type="data-breach-reported", version=1, tags=("data_breach",)):
    """The Information Commissioner was told, with reasons for a delay (art. 33(1)); or was not, and why."""

    data_breach: DataBreachId
    reported_at: Instant | None
    reference: str | None
    reason: ReportReason | None
    delay: str | None
    words: str | None


class PeopleTold(Fact, type="data-breach-people-told", version=1, tags=("data_breach",)):
    """So many of those concerned were told in plain words; or they were not, and why."""

    data_breach: DataBreachId
    people: int
    reason: PeopleReason | None
    words: str


class DataBreachClosed(Fact, type="data-breach-closed", version=1, tags=("data_breach",)):
    """What was done, and is done against the next one (art. 33(5))."""

    data_breach: DataBreachId
    measures: str


class DataBreach(Limited, frozen=True, kw_only=True):
    """A breach as it stands."""

    id: DataBreachId
    by_agency: AgencyId
    cause: BreachCause
    aware_at: Instant
    report_by: Instant
    categories: frozenset[InformationCategory]
    words: str
    people: int | None = None
    risk: BreachRisk | None = None
    assessment: str | None = None
    report: CommissionerTold | None = None
    told: PeopleTold | None = None
    measures: str | None = None
    closed_at: Instant | None = None

    @property
    def open(self) -> bool:
        """Whether something is still to be done."""
        return self.closed_at is None

    @property
    def time_limit(self) -> TimeLimit | None:
        """The 72 hours of art. 33(1); none once the Commissioner was told, or it was decided that they are not."""
        return TimeLimit(self.report_by, REMIND_BEFORE) if self.awaits_report else None

    @property
    def awaits_report(self) -> bool:
        """Whether the Commissioner is still to be told: nothing was decided, or it turned out worse."""
        return self.report is None or (self.report.reason == "risk-unlikely" and self.risk != "unlikely")


DataBreaches = dict[DataBreachId, DataBreach]

OF_BREACHES: Final = (DataBreachRecorded, DataBreachAssessed, CommissionerTold, PeopleTold, DataBreachClosed)


def evolve(state: DataBreaches, fact: Fact) -> DataBreaches:
    """Breaches as they stand."""
    match fact:
        case DataBreachRecorded():
            recorded = DataBreach(
                id=fact.data_breach,
                by_agency=fact.by_agency,
                cause=fact.cause,
                aware_at=fact.aware_at,
                report_by=fact.report_by,
                categories=fact.categories,
                words=fact.words,
                people=fact.people,
            )
            return {**state, recorded.id: recorded}
        case DataBreachAssessed():
            return amended(state, fact.data_breach, risk=fact.risk, people=fact.people, assessment=fact.words)
        case CommissionerTold():
            return amended(state, fact.data_breach, report=fact)
        case PeopleTold():
            return amended(state, fact.data_breach, told=fact)
        case DataBreachClosed():
            return amended(state, fact.data_breach, measures=fact.measures, closed_at=fact.at)
        case _:
            return state


Count = Annotated[int, msgspec.Meta(ge=0, le=10_000_000)]


class RecordDataBreach(Command):
    """Enter a breach as soon as anybody knows of it. Name nobody: how many it concerns is enough."""

    data_breach: Annotated[DataBreachId, Slug]
    cause: BreachCause
    aware_at: Instant
    categories: frozenset[InformationCategory]
    words: Text
    people: Count | None = None


class AssessDataBreach(Command):
    """Say how likely it harms people. Name nobody."""

    data_breach: DataBreachId
    risk: BreachRisk
    people: Count
    words: Text


class ReportDataBreach(Command):
    """Enter that the Information Commissioner was told, or why not. What is late says why."""

    data_breach: DataBreachId
    reported_at: Instant | None = None
    reference: Line | None = None
    reason: ReportReason | None = None
    delay: Text | None = None
    words: Text | None = None


class TellPeople(Command):
    """Enter that those concerned were told, or why not."""

    data_breach: DataBreachId
    people: Count
    words: Text
    reason: PeopleReason | None = None


class CloseDataBreach(Command):
    """Say what was done, and is done against the next one."""

    data_breach: DataBreachId
    measures: Text


class BreachClosed(Conflict):
    """It is over."""

    code = "data-breach-closed"
    rule = "A breach is closed once all that follows from it is done; what comes to light later is another entry."
    permitted_by = "Record a new breach."


class AwareInFuture(Guarded):
    """Nobody knows what is yet to happen."""

    code = "aware-in-future"
    rule = "An agency became aware of a breach, and told of it, now or earlier."
    permitted_by = "Correct the time."


class NotAssessed(Guarded):
    """Nobody said how bad it is."""

    code = "data-breach-not-assessed"
    rule = "Whether the Commissioner and those concerned are told follows from the risk to people (UK GDPR art. 33(1))."
    permitted_by = "Assess the risk first."


class MustBeReported(Guarded):
    """It is neither reported nor harmless."""

    code = "data-breach-must-be-reported"
    rule = "The Commissioner is told of every breach but one that is unlikely to harm people (UK GDPR art. 33(1))."
    permitted_by = "Tell the Commissioner, or say which controller did."


class DelayUnexplained(Guarded):
    """The 72 hours are over."""

    code = "delay-unexplained"
    rule = "What the Commissioner is told after 72 hours comes with the reasons for the delay (UK GDPR art. 33(1))."
    permitted_by = "Say why it was late."


class PeopleMustBeTold(Guarded):
    """They do not know what may harm them."""

    code = "people-must-be-told"
    rule = "Where the risk is high, those concerned are told, or art. 34(3) says why not."
    permitted_by = "Tell them, or name the reason in law."


class BreachUnfinished(Guarded):
    """Something was not decided."""

    code = "data-breach-unfinished"
    rule = "A breach is closed when it was assessed, and decided who is told (UK GDPR arts. 33(5), 34)."
    permitted_by = "Assess it, and enter who was told or why not."


def record(command: RecordDataBreach, known: DataBreaches, by_agency: AgencyId) -> Facts:
    """The 72 hours run from when the agency became aware, not from when it is written down."""
    if command.data_breach in known:
        if known[command.data_breach].words == command.words:
            return ()
        raise AlreadyExists(data_breach=command.data_breach)
    if command.aware_at > command.at:
        raise AwareInFuture
    return (
        DataBreachRecorded(
            at=command.at,
            data_breach=command.data_breach,
            by_agency=by_agency,
            cause=command.cause,
            aware_at=command.aware_at,
            report_by=command.aware_at + REPORTED_WITHIN,
            categories=command.categories,
            people=command.people,
            words=command.words,
        ),
    )


def assess(command: AssessDataBreach, known: DataBreach) -> Facts:
    """As often as more becomes known."""
    _still_open(known)
    if (known.risk, known.people, known.assessment) == (command.risk, command.people, command.words):
        return ()
    fact = DataBreachAssessed(
        at=command.at, data_breach=known.id, risk=command.risk, people=command.people, words=command.words
    )
    return (fact,)


def report(command: ReportDataBreach, known: DataBreach) -> Facts:
    """Told, or decided not to; what was decided otherwise at first may be told later."""
    _still_open(known)
    if known.risk is None:
        raise NotAssessed
    if command.reported_at is None:
        if command.reason is None or (command.reason == "risk-unlikely" and known.risk != "unlikely"):
            raise MustBeReported(risk=known.risk)
    elif command.reported_at > command.at:
        raise AwareInFuture
    elif command.reported_at > known.report_by and command.delay is None:
        raise DelayUnexplained(report_by=known.report_by)
    fact = CommissionerTold(
        at=command.at,
        data_breach=known.id,
        reported_at=command.reported_at,
        reference=command.reference,
        reason=None if command.reported_at else command.reason,
        delay=command.delay,
        words=command.words,
    )
    before = known.report
    return () if before is not None and msgspec.structs.replace(before, at=fact.at) == fact else (fact,)


def tell_people(command: TellPeople, known: DataBreach) -> Facts:
    """Told, or a reason; that the risk is not high is none where it is."""
    _still_open(known)
    if known.risk is None:
        raise NotAssessed
    if command.people == 0 and (
        command.reason is None or (command.reason == "risk-not-high" and known.risk == "high-risk")
    ):
        raise PeopleMustBeTold(risk=known.risk)
    fact = PeopleTold(
        at=command.at, data_breach=known.id, people=command.people, reason=command.reason, words=command.words
    )
    before = known.told
    return () if before is not None and msgspec.structs.replace(before, at=fact.at) == fact else (fact,)


def close(command: CloseDataBreach, known: DataBreach) -> Facts:
    """Once nothing is left open. A risk that turned out higher is answered for anew."""
    if known.measures == command.measures:
        return ()
    _still_open(known)
    untold = known.told is None or (known.told.reason == "risk-not-high" and known.risk == "high-risk")
    if known.risk is None or known.awaits_report or untold:
        raise BreachUnfinished
    return (DataBreachClosed(at=command.at, data_breach=known.id, measures=command.measures),)


def _still_open(known: DataBreach) -> None:
    if not known.open:
        raise BreachClosed
