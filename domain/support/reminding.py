"""What is due soon is reminded of, and what is overdue is escalated: each once for each due date, while it still waits.

Nothing is sent about a person whose clocks are stopped: who died, is in custody or in hospital.
"""

import datetime as dt
from typing import Final

from domain.facts import Fact, Facts, Knowledge, knowing, tags_of
from domain.refusals import Conflict
from domain.support import duty_to_refer, plan
from domain.support.follow_up import (
    ActionEscalated,
    ActionReminded,
    ConsentExpiryReminded,
    EscalateAction,
    EscalatedTo,
    EscalateNotification,
    EscalateReferral,
    InstrumentReviewReminded,
    NotificationEscalated,
    NotificationReminded,
    PlanReviewReminded,
    ReferralEscalated,
    ReferralReminded,
    RemindOfAction,
    RemindOfNotification,
    RemindOfPlanReview,
    RemindOfReferral,
    SessionClosingReminded,
)
from domain.support.referral_status import Referral
from domain.time_limit import by_the_end_of

REMIND_BEFORE: Final = dt.timedelta(days=1)
"""How long before the end of its last day something is due soon. Ours."""


class NotDueYet(Conflict):
    """It has time."""

    code = "not-due-yet"
    rule = "A reminder goes out in the last day before something is due, an escalation once it is overdue (ours)."


class NotRemindedYet(Conflict):
    """Nobody was told first."""

    code = "not-reminded-yet"
    rule = "Overdue reminds first, then escalates."


def _may_remind(due: dt.date, at: dt.datetime, reminded: frozenset[dt.date]) -> bool:
    if due in reminded:
        return False
    if by_the_end_of(due, REMIND_BEFORE).reminder(at) is None:
        raise NotDueYet(due=due)
    return True


def _may_escalate(due: dt.date, at: dt.datetime, reminded: frozenset[dt.date], escalated: frozenset[dt.date]) -> bool:
    if due in escalated:
        return False
    if by_the_end_of(due, REMIND_BEFORE).reminder(at) != "overdue":
        raise NotDueYet(due=due)
    if due not in reminded:
        raise NotRemindedYet(due=due)
    return True


def _above(*, logs_in: bool) -> EscalatedTo:
    return "supervisor" if logs_in else "coordinator"


def remind_of_referral(command: RemindOfReferral, referral: Referral, *, stopped: bool) -> Facts:
    """The asked agency is reminded while its answer is awaited."""
    if stopped or not referral.awaits_answer:
        return ()
    asked = referral.asked[-1]
    if not _may_remind(asked.answer_due, command.at, referral.reminded):
        return ()
    return (
        ReferralReminded(
            at=command.at,
            referral=referral.id,
            person=referral.person,
            to_agency=asked.agency,
            due=asked.answer_due,
        ),
    )


def escalate_referral(command: EscalateReferral, referral: Referral, *, stopped: bool, logs_in: bool) -> Facts:
    """Nobody answered in time: the sender knows, and the asked agency's supervisor or the coordinator."""
    if stopped or not referral.awaits_answer:
        return ()
    asked = referral.asked[-1]
    if not _may_escalate(asked.answer_due, command.at, referral.reminded, referral.escalated):
        return ()
    return (
        ReferralEscalated(
            at=command.at,
            referral=referral.id,
            person=referral.person,
            from_agency=referral.from_agency,
            to_agency=asked.agency,
            due=asked.answer_due,
            escalated_to=_above(logs_in=logs_in),
        ),
    )


def remind_of_notification(
    command: RemindOfNotification, notification: duty_to_refer.Notification, *, stopped: bool
) -> Facts:
    """The housing authority is reminded until it has reached the person or said what came of it."""
    if stopped or not notification.awaits_contact:
        return ()
    if not _may_remind(notification.answer_due, command.at, notification.reminded):
        return ()
    return (
        NotificationReminded(
            at=command.at,
            notification=notification.id,
            person=notification.person,
            authority=notification.authority,
            due=notification.answer_due,
        ),
    )


def escalate_notification(
    command: EscalateNotification, notification: duty_to_refer.Notification, *, stopped: bool, logs_in: bool
) -> Facts:
    """The authority has not reached the person in time: the notifier knows, and somebody above."""
    if stopped or not notification.awaits_contact:
        return ()
    if not _may_escalate(notification.answer_due, command.at, notification.reminded, notification.escalated):
        return ()
    return (
        NotificationEscalated(
            at=command.at,
            notification=notification.id,
            person=notification.person,
            from_agency=notification.from_agency,
            authority=notification.authority,
            due=notification.answer_due,
            escalated_to=_above(logs_in=logs_in),
        ),
    )


def remind_of_action(command: RemindOfAction, known: plan.Plan, *, stopped: bool) -> Facts:
    """The owner of an open action is reminded."""
    action = plan.action_of(known, command.action)
    if stopped or action.result is not None or not _may_remind(action.due, command.at, action.reminded):
        return ()
    return (
        ActionReminded(
            at=command.at,
            plan=known.id,
            person=known.person,
            action=command.action,
            owner_agency=action.owner_agency,
            due=action.due,
        ),
    )


def escalate_action(command: EscalateAction, known: plan.Plan, *, stopped: bool, logs_in: bool) -> Facts:
    """An action was not done in time: the leading agency knows, and somebody above its owner."""
    action = plan.action_of(known, command.action)
    if stopped or action.result is not None:
        return ()
    if not _may_escalate(action.due, command.at, action.reminded, action.escalated):
        return ()
    return (
        ActionEscalated(
            at=command.at,
            plan=known.id,
            person=known.person,
            action=command.action,
            agency=known.agency,
            owner_agency=action.owner_agency,
            due=action.due,
            escalated_to=_above(logs_in=logs_in),
        ),
    )


def remind_of_review(command: RemindOfPlanReview, known: plan.Plan, *, stopped: bool) -> Facts:
    """The owner of an open plan is reminded of its review."""
    if stopped or known.closed_at is not None or not _may_remind(known.review_on, command.at, known.reminded):
        return ()
    return (
        PlanReviewReminded(at=command.at, plan=known.id, person=known.person, agency=known.agency, due=known.review_on),
    )


Reminded = frozenset[dt.date]


def evolve_reminded(state: Reminded, fact: Fact) -> Reminded:
    """The due dates that somebody was reminded of."""
    match fact:
        case ConsentExpiryReminded() | InstrumentReviewReminded() | SessionClosingReminded():
            return state | {fact.due}
        case _:
            return state


def reminded(of: ConsentExpiryReminded | InstrumentReviewReminded | SessionClosingReminded) -> Knowledge[Reminded]:
    """What was reminded of already about the consent, instrument or session of a reminder."""
    return knowing(frozenset(), evolve_reminded, (type(of),), tags_of(of)[0])


def remind(of: ConsentExpiryReminded | InstrumentReviewReminded | SessionClosingReminded, known: Reminded) -> Facts:
    """A reminder of something of another room, once for each due date, when it is due soon.

    A session is due once it is over, which is for its own room to say.
    """
    if isinstance(of, SessionClosingReminded):
        return () if of.due in known else (of,)
    return (of,) if _may_remind(of.due, of.at, known) else ()
