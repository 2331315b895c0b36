"""A person complains of how their data is handled: acknowledged within 30 days, looked into, told what came of it.

Data Protection Act 2018 s.164A, from 19 June 2026 (Data (Use and Access) Act 2025 s.103). The 30 days begin on the day
after receipt; on a weekend or bank holiday they end with the next working day (ICO). An outcome within them needs no
acknowledgement of its own.
"""

import datetime as dt
from typing import Annotated, Final, Literal

from domain.calendar import civil_date, or_next_working_day
from domain.facts import Command, Fact, Facts, IdentityText, Instant, Line, Personal, Slug, Text, amended
from domain.ids import AgencyId, ComplaintId, PersonId
from domain.refusals import AlreadyExists, Conflict, Guarded
from domain.rights.request import AskedBy, Channel, not_after, not_before
from domain.time_limit import Limited, TimeLimit, by_the_end_of

ComplaintAbout = Literal[
    "request-not-answered",
    "wrong-data",
    "shared-wrongly",
    "looked-at-wrongly",
    "kept-too-long",
    "not-told",
    "security",
    "decision",
    "other",
]

ComplaintOutcome = Literal["upheld", "upheld-in-part", "not-upheld"]

ACKNOWLEDGED_WITHIN_DAYS: Final = 30
REMIND_BEFORE: Final = dt.timedelta(days=7)
"""Before the end of its day. Ours."""


class ComplaintReceived(Fact, type="complaint-received", version=1, tags=("person", "complaint")):
    """A person complained, on a day; it is acknowledged by another."""

    complaint: ComplaintId
    person: PersonId
    by_agency: AgencyId
    about: ComplaintAbout
    channel: Channel
    asked_by: AskedBy
    received_on: dt.date
    acknowledge_by: dt.date
    words: IdentityText = None


class ComplaintAcknowledged(Fact, type="complaint-acknowledged", version=1, tags=("person", "complaint")):
    """The person was told that it came, and will be looked into."""

    complaint: ComplaintId
    person: PersonId
    on: dt.date


class ComplaintConcluded(Fact, type="complaint-concluded", version=1, tags=("person", "complaint")):
    """The person was told what was found, and that the Information Commissioner is there.

    `learning` is what is done otherwise from now on: it names nobody, and others learn from it.
    """

    complaint: ComplaintId
    person: PersonId
    outcome: ComplaintOutcome
    learning: str | None
    commissioner_explained: bool
    reasons: IdentityText = None


class Complaint(Limited, frozen=True, kw_only=True):
    """A complaint as it stands."""

    id: ComplaintId
    person: PersonId
    by_agency: AgencyId
    about: ComplaintAbout
    channel: Channel
    asked_by: AskedBy
    received_on: dt.date
    due: dt.date
    acknowledged_on: dt.date | None = None
    concluded_at: Instant | None = None
    outcome: ComplaintOutcome | None = None
    learning: str | None = None

    @property
    def open(self) -> bool:
        """Whether the person still waits for the outcome."""
        return self.concluded_at is None

    @property
    def awaits_acknowledgement(self) -> bool:
        """Whether the person does not know yet that it came."""
        return self.open and self.acknowledged_on is None

    @property
    def time_limit(self) -> TimeLimit | None:
        """The 30 days of s.164A; none once the person knows that it came."""
        return by_the_end_of(self.due, REMIND_BEFORE) if self.awaits_acknowledgement else None

    @property
    def in_time(self) -> bool | None:
        """Whether the person was told in time; None where they were not told yet."""
        told = self.acknowledged_on or (civil_date(self.concluded_at) if self.concluded_at else None)
        return None if told is None else told <= self.due


Complaints = dict[ComplaintId, Complaint]

OF_COMPLAINTS: Final = (ComplaintReceived, ComplaintAcknowledged, ComplaintConcluded)


def evolve(state: Complaints, fact: Fact) -> Complaints:
    """Complaints as they stand."""
    match fact:
        case ComplaintReceived():
            received = Complaint(
                id=fact.complaint,
                person=fact.person,
                by_agency=fact.by_agency,
                about=fact.about,
                channel=fact.channel,
                asked_by=fact.asked_by,
                received_on=fact.received_on,
                due=fact.acknowledge_by,
            )
            return {**state, received.id: received}
        case ComplaintAcknowledged():
            return amended(state, fact.complaint, acknowledged_on=fact.on)
        case ComplaintConcluded():
            return amended(state, fact.complaint, concluded_at=fact.at, outcome=fact.outcome, learning=fact.learning)
        case _:
            return state


class ReceiveComplaint(Command):
    """Enter what a person complained of. It may be said to anybody, in any words."""

    complaint: Annotated[ComplaintId, Slug]
    person: PersonId
    about: ComplaintAbout
    channel: Channel
    received_on: dt.date
    words: Annotated[Text, Personal("identity")]
    asked_by: AskedBy = "person"


class AcknowledgeComplaint(Command):
    """Enter that the person was told that it came."""

    complaint: ComplaintId
    on: dt.date


class ConcludeComplaint(Command):
    """Say what was found, what is done otherwise, and that the person was told. Learning names nobody."""

    complaint: ComplaintId
    outcome: ComplaintOutcome
    reasons: Annotated[Text, Personal("identity")]
    learning: Line | None = None
    commissioner_explained: bool = False


class ComplaintOver(Conflict):
    """It was concluded."""

    code = "complaint-concluded-before"
    rule = "A complaint is concluded once; whoever is not content goes to the Information Commissioner."
    permitted_by = "Record a new complaint about what is new."


class CommissionerNotNamed(Guarded):
    """The person does not know where to go next."""

    code = "commissioner-not-named"
    rule = "Whoever complained is told of the outcome, and of the Information Commissioner (UK GDPR art. 77)."
    permitted_by = "Tell the person, and say so."


class LearningMissing(Guarded):
    """Nothing would change."""

    code = "learning-missing"
    rule = "A complaint that is upheld, wholly or in part, says what is done otherwise from now on (ours)."
    permitted_by = "Write what changes, without naming anybody."


RECEIVED: Final = ("person", "about", "channel", "asked_by", "received_on")


def receive(
    command: ReceiveComplaint, known: Complaints, by_agency: AgencyId, today: dt.date, closed: frozenset[dt.date]
) -> Facts:
    """Acknowledged within 30 days of the day it was received."""
    if command.complaint in known:
        if all(getattr(known[command.complaint], name) == getattr(command, name) for name in RECEIVED):
            return ()
        raise AlreadyExists(complaint=command.complaint)
    not_after(command.received_on, today)
    last = command.received_on + dt.timedelta(days=ACKNOWLEDGED_WITHIN_DAYS)
    return (
        ComplaintReceived(
            at=command.at,
            complaint=command.complaint,
            person=command.person,
            by_agency=by_agency,
            about=command.about,
            channel=command.channel,
            asked_by=command.asked_by,
            received_on=command.received_on,
            acknowledge_by=or_next_working_day(last, closed),
            words=command.words,
        ),
    )


def acknowledge(command: AcknowledgeComplaint, known: Complaint, today: dt.date) -> Facts:
    """Once, before or without its outcome."""
    not_after(command.on, today)
    not_before(command.on, known.received_on)
    if known.acknowledged_on is not None:
        return ()
    if not known.open:
        raise ComplaintOver
    fact = ComplaintAcknowledged(at=command.at, complaint=known.id, person=known.person, on=command.on)
    return (fact,)


def conclude(command: ConcludeComplaint, known: Complaint) -> Facts:
    """Once, with what was learnt where the person was right."""
    if known.outcome == command.outcome and known.learning == command.learning:
        return ()
    if not known.open:
        raise ComplaintOver
    if not command.commissioner_explained:
        raise CommissionerNotNamed
    if command.outcome != "not-upheld" and command.learning is None:
        raise LearningMissing
    fact = ComplaintConcluded(
        at=command.at,
        complaint=known.id,
        person=known.person,
        outcome=command.outcome,
        learning=command.learning,
        commissioner_explained=command.commissioner_explained,
        reasons=command.reasons,
    )
    return (fact,)
