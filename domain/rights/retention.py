"""How long a record is kept: six years from the last thing that happened, then a human looks. Nothing ends by itself.

Whoever looks keeps it for a reason until another day, or proposes to erase it (domain.rights.erasure). A legal hold
wins over both (UK GDPR art. 5(1)(e); Data Protection Act 2018 s.39).
"""

import datetime as dt
from typing import Annotated, Final, Literal

import msgspec

from domain.actors import Actor
from domain.calendar import civil_date, end_of_day, months_after
from domain.engagement.encounter import EncounterRecorded
from domain.engagement.episode import EpisodeClosed, EpisodeOpened, TicketIssued
from domain.engagement.hub_session import HubAttended, InvitationMade, ServiceSeen
from domain.engagement.instrument import (
    AppealDetermined,
    InstrumentAppealed,
    InstrumentBreached,
    InstrumentEnded,
    InstrumentRecorded,
    InstrumentServed,
    InstrumentWithdrawn,
)
from domain.facts import Command, Fact, Facts, IdentityText, Instant, Knowledge, Personal, Text, knowing
from domain.governance.transfer import PersonTransferred, TransferAccepted
from domain.ids import AgencyId, PersonId, WorkerId
from domain.people.consent import ConsentGiven, ConsentRenewed
from domain.people.person import PersonDied, PersonRegistered, PersonReleased, StayBegan
from domain.refusals import Conflict, NotPermitted, Unreadable
from domain.support.duty_to_refer import (
    HousingApplicationNotOpened,
    HousingApplicationOpened,
    HousingAuthorityNotified,
    NotificationContactAttempted,
)
from domain.support.plan import ActionCompleted, PlanClosed, PlanOpened, PlanReviewed
from domain.support.referral import (
    ReferralAccepted,
    ReferralCancelled,
    ReferralCompleted,
    ReferralContactAttempted,
    ReferralDeclined,
    ReferralFailed,
    ReferralSent,
    ReferralStarted,
    ReferralWithdrawn,
)

NORM_MONTHS: Final = 72
"""Six years from the last contact or closing (ours): within it a claim may be brought (Limitation Act 1980 ss.2, 5)."""

KeptBecause = Literal[
    "in-contact-again", "safeguarding", "serious-offending", "claim-or-complaint-expected", "legal-duty"
]
"""Why a record is kept beyond the norm."""

LAST_THINGS: Final[frozenset[type[Fact]]] = frozenset(
    {
        *(PersonRegistered, PersonDied, StayBegan, PersonReleased, ConsentGiven, ConsentRenewed),
        *(EncounterRecorded, EpisodeOpened, EpisodeClosed, TicketIssued),
        *(InvitationMade, HubAttended, ServiceSeen),
        *(InstrumentServed, InstrumentRecorded, InstrumentAppealed, AppealDetermined, InstrumentBreached),
        *(InstrumentWithdrawn, InstrumentEnded),
        *(ReferralSent, ReferralAccepted, ReferralStarted, ReferralContactAttempted, ReferralDeclined),
        *(ReferralCompleted, ReferralFailed, ReferralCancelled, ReferralWithdrawn),
        *(HousingAuthorityNotified, NotificationContactAttempted),
        *(HousingApplicationOpened, HousingApplicationNotOpened),
        *(PlanOpened, PlanReviewed, PlanClosed, ActionCompleted),
        *(TransferAccepted, PersonTransferred),
    }
)
"""What counts as something that happened: that the person was met, helped or dealt with, or that such a thing ended.

Who looked, who reminded and what was corrected does not make a record younger.
"""


class RetentionReviewDue(Fact, type="retention-review-due", version=1, tags=("person",)):
    """The time for which a record is kept has passed: the agency that entered the person looks whether to keep it."""

    person: PersonId
    agency: AgencyId
    due: dt.date


class RetentionKept(Fact, type="retention-kept", version=1, tags=("person",)):
    """Somebody looked, and keeps the record for a reason, until somebody looks again. `by_agency` is no `AgencyId`."""

    person: PersonId
    by_agency: str
    by_worker: WorkerId
    because: KeptBecause
    review_on: dt.date
    reason: IdentityText = None


class RemindOfRetention(Command):
    """Say that a record is to be looked at. Nobody but the system does."""

    person: PersonId
    agency: AgencyId
    due: dt.date


class KeepRecord(Command):
    """Keep a record whose time has passed, for a reason, and look again by a day."""

    person: PersonId
    because: KeptBecause
    review_on: dt.date
    reason: Annotated[Text, Personal("identity")]


class Retention(msgspec.Struct, frozen=True):
    """When the last thing happened, until when somebody keeps the record, and of which days somebody was reminded."""

    last_at: Instant | None = None
    kept_until: dt.date | None = None
    reminded: frozenset[dt.date] = frozenset()

    @property
    def due(self) -> dt.date | None:
        """When somebody looks whether to keep it; None where nothing happened."""
        if self.last_at is None:
            return None
        norm = due_after(civil_date(self.last_at))
        return norm if self.kept_until is None else max(norm, self.kept_until)

    def __or__(self, other: "Retention") -> "Retention":
        """Of two records of the same human."""
        lasts = [one for one in (self.last_at, other.last_at) if one is not None]
        kept = [one for one in (self.kept_until, other.kept_until) if one is not None]
        return Retention(max(lasts, default=None), max(kept, default=None), self.reminded | other.reminded)


def due_after(last: dt.date) -> dt.date:
    """When a record of which something last happened on a day is looked at."""
    return months_after(last, NORM_MONTHS)


def evolve(state: Retention, fact: Fact) -> Retention:
    """One record."""
    change = msgspec.structs.replace
    match fact:
        case RetentionKept():
            return change(state, kept_until=fact.review_on)
        case RetentionReviewDue():
            return change(state, reminded=state.reminded | {fact.due})
        case _ if type(fact) in LAST_THINGS and (state.last_at is None or state.last_at < fact.at):
            return change(state, last_at=fact.at)
        case _:
            return state


_TOLD: Final[frozenset[type[Fact]]] = LAST_THINGS | {RetentionKept, RetentionReviewDue}


def retention(person: PersonId) -> Knowledge[Retention]:
    """How long one record is kept."""
    return knowing(Retention(), evolve, _TOLD, f"person:{person}")


class HumansKeep(NotPermitted):
    """No machine says how long a record is kept."""

    code = "humans-keep"
    rule = "Whether a record is kept is decided by a human (ours)."
    permitted_by = "Ask a worker who sees to people's rights."


class OnlyTimeReminds(NotPermitted):
    """Time speaks through the system."""

    code = "only-time-reminds"
    rule = "That a record is to be looked at is said by the system, when its time has passed."


class NotForReview(Conflict):
    """Its time has not passed."""

    code = "not-for-review"
    rule = "A record is reviewed six years after the last thing that happened, or on the day that was set."
    permitted_by = "Wait for that day; to keep a record for a court, place a legal hold."


class ReviewDay(Unreadable):
    """The day is past, or too far away."""

    code = "review-day"
    rule = "A record is kept until a day within the next six years, when somebody looks again (ours)."
    permitted_by = "Choose a day within the next six years."


def remind(command: RemindOfRetention, by: Actor, known: Retention) -> Facts:
    """Once for each day, when it has passed."""
    if by.role != "system":
        raise OnlyTimeReminds
    if command.due in known.reminded or known.due is None:
        return ()
    if command.at <= end_of_day(known.due):
        raise NotForReview(due=known.due)
    return (RetentionReviewDue(at=command.at, person=command.person, agency=command.agency, due=command.due),)


def keep(command: KeepRecord, by: Actor, known: Retention) -> Facts:
    """A human keeps what is due. The same day again adds nothing."""
    if by.role == "system":
        raise HumansKeep
    if known.kept_until == command.review_on:
        return ()
    today = civil_date(command.at)
    if known.due is None or today <= known.due:
        raise NotForReview(due=known.due)
    if not today < command.review_on <= months_after(today, NORM_MONTHS):
        raise ReviewDay(review_on=command.review_on)
    return (
        RetentionKept(
            at=command.at,
            person=command.person,
            by_agency=by.agency,
            by_worker=by.worker,
            because=command.because,
            review_on=command.review_on,
            reason=command.reason,
        ),
    )
