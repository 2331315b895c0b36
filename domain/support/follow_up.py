"""What time does: a reminder of what is due, an escalation of what is overdue, each once for each due date."""

import datetime as dt
from typing import Literal

from domain.facts import Command, Fact
from domain.ids import (
    ActionId,
    AgencyId,
    ConsentId,
    InstrumentId,
    NotificationId,
    PersonId,
    PlanId,
    ReferralId,
    SessionId,
)

EscalatedTo = Literal["supervisor", "coordinator"]
"""The supervisor of the agency that has not answered; or the partnership's coordinator, for one without a log-in."""


class ReferralReminded(Fact, type="referral-reminded", version=1, tags=("referral", "person")):
    """The asked agency was reminded that its answer is due."""

    referral: ReferralId
    person: PersonId
    to_agency: AgencyId
    due: dt.date


class ReferralEscalated(Fact, type="referral-escalated", version=1, tags=("referral", "person")):
    """No answer came in time: the sender and somebody above know."""

    referral: ReferralId
    person: PersonId
    from_agency: AgencyId
    to_agency: AgencyId
    due: dt.date
    escalated_to: EscalatedTo


class NotificationReminded(Fact, type="notification-reminded", version=1, tags=("notification", "person")):
    """The housing authority was reminded of a notification that it has not answered."""

    notification: NotificationId
    person: PersonId
    authority: AgencyId
    due: dt.date


class NotificationEscalated(Fact, type="notification-escalated", version=1, tags=("notification", "person")):
    """The housing authority has not answered a notification in time: the notifier and somebody above know."""

    notification: NotificationId
    person: PersonId
    from_agency: AgencyId
    authority: AgencyId
    due: dt.date
    escalated_to: EscalatedTo


class ActionReminded(Fact, type="plan-action-reminded", version=1, tags=("plan", "person")):
    """The owner of an action was reminded."""

    plan: PlanId
    person: PersonId
    action: ActionId
    owner_agency: AgencyId
    due: dt.date


class ActionEscalated(Fact, type="plan-action-escalated", version=1, tags=("plan", "person")):
    """An action was not done in time: the supervisor of its owner knows."""

    plan: PlanId
    person: PersonId
    action: ActionId
    agency: AgencyId
    owner_agency: AgencyId
    due: dt.date
    escalated_to: EscalatedTo


class PlanReviewReminded(Fact, type="plan-review-reminded", version=1, tags=("plan", "person")):
    """The plan's owner was reminded that its review is due."""

    plan: PlanId
    person: PersonId
    agency: AgencyId
    due: dt.date


class ConsentExpiryReminded(Fact, type="consent-expiry-reminded", version=1, tags=("consent", "person")):
    """The agency that holds a consent was reminded that it ends soon."""

    consent: ConsentId
    person: PersonId
    agency: AgencyId
    due: dt.date


class InstrumentReviewReminded(Fact, type="instrument-review-reminded", version=1, tags=("instrument", "person")):
    """The issuing agency was reminded that an instrument without an end is to be reviewed."""

    instrument: InstrumentId
    person: PersonId
    agency: AgencyId
    due: dt.date


class SessionClosingReminded(Fact, type="session-closing-reminded", version=1, tags=("session",)):
    """The coordinating agency was reminded that a past session was not closed."""

    session: SessionId
    agency: AgencyId
    due: dt.date


class RemindOfReferral(Command):
    """Remind the asked agency that its answer is due."""

    referral: ReferralId


class EscalateReferral(Command):
    """Tell the sender and somebody above that no answer came."""

    referral: ReferralId


class RemindOfNotification(Command):
    """Remind the housing authority of a notification."""

    notification: NotificationId


class EscalateNotification(Command):
    """Tell the notifier and somebody above that the authority has not answered."""

    notification: NotificationId


class RemindOfAction(Command):
    """Remind the owner of an action."""

    plan: PlanId
    action: ActionId


class EscalateAction(Command):
    """Tell the supervisor of an action's owner that it was not done."""

    plan: PlanId
    action: ActionId


class RemindOfPlanReview(Command):
    """Remind a plan's owner of its review."""

    plan: PlanId


class RemindOfConsent(Command):
    """Remind the agency that holds a consent that it ends soon."""

    consent: ConsentId
    person: PersonId
    agency: AgencyId
    due: dt.date


class RemindOfInstrument(Command):
    """Remind the issuing agency of an instrument's review."""

    instrument: InstrumentId
    person: PersonId
    agency: AgencyId
    due: dt.date


class RemindOfSession(Command):
    """Remind the coordinating agency that a past session was not closed."""

    session: SessionId
    agency: AgencyId
    due: dt.date
