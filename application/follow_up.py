"""What time does: reminders of what is due, escalations of what is overdue, consents that run out. Nothing rots unseen.

`due` says which commands a moment calls for; `follow_up` has them decided. Each is decided at the head like any other
command, so running it twice, or on rows that lag behind, adds nothing.
"""

import datetime as dt
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Final

import msgspec

from application.deciding import Know, decides
from application.people import the_person
from application.permitting import permit
from application.ports import Clock
from application.relating import the_bases
from application.views.actions_due import DueKind, DueRow
from application.views.retention import RetentionRow
from domain.actors import Actor
from domain.engagement import hub_session, instrument
from domain.facts import Command, Facts, Instant
from domain.governance.partnership import partnership
from domain.governance.scope import Category
from domain.governance.sharing import Resource
from domain.ids import (
    ActionId,
    AgencyId,
    ConsentId,
    InstrumentId,
    NotificationId,
    PartnershipId,
    PersonId,
    PlanId,
    ReferralId,
    SessionId,
    WorkerId,
)
from domain.people.consenting import ExpireConsent
from domain.refusals import NotPermitted, Refusal, found
from domain.rights.retention import RemindOfRetention
from domain.support import duty_to_refer, plan, referral_status, reminding
from domain.support import follow_up as facts
from domain.support.reminding import REMIND_BEFORE
from domain.time_limit import TimeLimit, by_the_end_of


class Due(msgspec.Struct, frozen=True, kw_only=True):
    """Something that waits until a day, and whether anybody was told of that day yet. An action names its plan."""

    kind: DueKind
    id: str
    agency: AgencyId
    due_on: dt.date
    person: PersonId | None = None
    plan: PlanId | None = None
    reminded: bool = False
    escalated: bool = False

    @property
    def time_limit(self) -> TimeLimit:
        """The day by which it is due."""
        return by_the_end_of(self.due_on, REMIND_BEFORE)


def waiting(row: DueRow) -> Due:
    """What a row of the due view waits for: only what was said of its present day counts."""
    return Due(
        kind=row.kind,
        id=row.thing,
        agency=row.agency,
        due_on=row.due,
        person=row.person,
        plan=row.plan,
        reminded=row.reminded == row.due,
        escalated=row.escalated == row.due,
    )


def kept_until(row: RetentionRow) -> Due:
    """What a record waits for of whose day nobody was told."""
    return Due(kind="retention-review", id=row.person, agency=row.agency, due_on=row.due, person=row.person)


ESCALATED: Final[frozenset[DueKind]] = frozenset({"referral-answer", "notification-answer", "plan-action"})
"""What somebody above is told of once it is overdue."""


def due(rows: Iterable[Due], now: Instant) -> tuple[Command, ...]:
    """The commands that a moment calls for: what is due longest first, a reminder before its escalation."""
    return tuple(command for row in sorted(rows, key=lambda one: one.due_on) for command in _called_for(row, now))


def _called_for(row: Due, now: Instant) -> Iterable[Command]:
    reminder = row.time_limit.reminder(now)
    soon, over = reminder is not None, reminder == "overdue"
    if row.kind == "consent-expiry" and over:
        assert row.person is not None
        yield ExpireConsent(at=now, consent=ConsentId(row.id), person=row.person)
        return
    if row.kind == "retention-review":
        if over and not row.reminded:
            yield RemindOfRetention(at=now, person=PersonId(row.id), agency=row.agency, due=row.due_on)
        return
    if not row.reminded and (over if row.kind == "session-closing" else soon):
        yield _REMINDERS[row.kind](row, now)
    if row.kind in ESCALATED and over and not row.escalated:
        yield _ESCALATIONS[row.kind](row, now)


def _action(row: Due, now: Instant) -> facts.RemindOfAction:
    assert row.plan is not None
    return facts.RemindOfAction(at=now, plan=row.plan, action=ActionId(row.id))


def _overdue_action(row: Due, now: Instant) -> facts.EscalateAction:
    assert row.plan is not None
    return facts.EscalateAction(at=now, plan=row.plan, action=ActionId(row.id))


def _consent(row: Due, now: Instant) -> facts.RemindOfConsent:
    assert row.person is not None
    return facts.RemindOfConsent(
        at=now, consent=ConsentId(row.id), person=row.person, agency=row.agency, due=row.due_on
    )


def _instrument(row: Due, now: Instant) -> facts.RemindOfInstrument:
    assert row.person is not None
    return facts.RemindOfInstrument(
        at=now, instrument=InstrumentId(row.id), person=row.person, agency=row.agency, due=row.due_on
    )


_REMINDERS: Final[Mapping[DueKind, Callable[[Due, Instant], Command]]] = {
    "referral-answer": lambda row, now: facts.RemindOfReferral(at=now, referral=ReferralId(row.id)),
    "notification-answer": lambda row, now: facts.RemindOfNotification(at=now, notification=NotificationId(row.id)),
    "plan-action": _action,
    "plan-review": lambda row, now: facts.RemindOfPlanReview(at=now, plan=PlanId(row.id)),
    "consent-expiry": _consent,
    "instrument-review": _instrument,
    "session-closing": lambda row, now: facts.RemindOfSession(
        at=now, session=SessionId(row.id), agency=row.agency, due=row.due_on
    ),
}

_ESCALATIONS: Final[Mapping[DueKind, Callable[[Due, Instant], Command]]] = {
    "referral-answer": lambda row, now: facts.EscalateReferral(at=now, referral=ReferralId(row.id)),
    "notification-answer": lambda row, now: facts.EscalateNotification(at=now, notification=NotificationId(row.id)),
    "plan-action": _overdue_action,
}


class FollowedUp(msgspec.Struct, frozen=True):
    """How many commands were decided, and how many were refused, by code."""

    decided: int
    refused: Mapping[str, int]

    def and_also(self, other: "FollowedUp") -> "FollowedUp":
        """Both."""
        return FollowedUp(self.decided + other.decided, Counter(self.refused) + Counter(other.refused))


async def follow_up(
    decide: Callable[[Command, Actor], Awaitable[object]],
    rows: Iterable[Due],
    clock: Clock,
    partnership: PartnershipId,
    more: Iterable[Command] = (),
) -> FollowedUp:
    """Decide what this moment calls for in a partnership, and `more`. One refusal holds nothing else up."""
    by = Actor(worker=WorkerId("follow-up"), agency=AgencyId("follow-up"), role="system", partnership=partnership)
    decided, refused = 0, Counter[str]()
    for command in (*due(rows, clock.now()), *more):
        try:
            await decide(command, by)
        except Refusal as refusal:
            refused[refusal.code] += 1
        else:
            decided += 1
    return FollowedUp(decided, dict(refused))


async def by_the_clock(know: Know, by: Actor, category: Category) -> None:
    """Time speaks through the system; nobody else sends reminders in its name."""
    await permit(know, by, "write", Resource(category=category, of_person=False))
    if by.role != "system":
        raise NotPermitted(role=by.role)


async def _stopped(know: Know, person: PersonId, at: Instant) -> bool:
    """Whether the person's clocks stand still: died, in custody, in hospital."""
    return (await the_person(know, person)).is_stopped(at)


async def _logs_in(know: Know, agency: AgencyId) -> bool:
    known = (await know(partnership())).agencies.get(agency)
    return known is not None and known.logs_in


@decides(facts.RemindOfReferral)
async def remind_of_referral(know: Know, command: facts.RemindOfReferral, by: Actor) -> Facts:
    """The asked agency is reminded."""
    await by_the_clock(know, by, "support")
    known = found(await know(referral_status.referral(command.referral)))
    stopped = await _stopped(know, known.person, command.at)
    return reminding.remind_of_referral(command, known, stopped=stopped)


@decides(facts.EscalateReferral)
async def escalate_referral(know: Know, command: facts.EscalateReferral, by: Actor) -> Facts:
    """The sender and somebody above the asked agency know."""
    await by_the_clock(know, by, "support")
    known = found(await know(referral_status.referral(command.referral)))
    return reminding.escalate_referral(
        command,
        known,
        stopped=await _stopped(know, known.person, command.at),
        logs_in=await _logs_in(know, known.asked[-1].agency) if known.asked else True,
    )


@decides(facts.RemindOfNotification)
async def remind_of_notification(know: Know, command: facts.RemindOfNotification, by: Actor) -> Facts:
    """The housing authority is reminded."""
    await by_the_clock(know, by, "duty")
    known = found(await know(duty_to_refer.notification(command.notification)))
    stopped = await _stopped(know, known.person, command.at)
    return reminding.remind_of_notification(command, known, stopped=stopped)


@decides(facts.EscalateNotification)
async def escalate_notification(know: Know, command: facts.EscalateNotification, by: Actor) -> Facts:
    """The notifier and somebody above the authority know."""
    await by_the_clock(know, by, "duty")
    known = found(await know(duty_to_refer.notification(command.notification)))
    return reminding.escalate_notification(
        command,
        known,
        stopped=await _stopped(know, known.person, command.at),
        logs_in=await _logs_in(know, known.authority),
    )


@decides(facts.RemindOfAction)
async def remind_of_action(know: Know, command: facts.RemindOfAction, by: Actor) -> Facts:
    """The owner of an action is reminded."""
    await by_the_clock(know, by, "support")
    known = found(await know(plan.plan(command.plan)))
    return reminding.remind_of_action(command, known, stopped=await _stopped(know, known.person, command.at))


@decides(facts.EscalateAction)
async def escalate_action(know: Know, command: facts.EscalateAction, by: Actor) -> Facts:
    """The leading agency and somebody above the owner know."""
    await by_the_clock(know, by, "support")
    known = found(await know(plan.plan(command.plan)))
    return reminding.escalate_action(
        command,
        known,
        stopped=await _stopped(know, known.person, command.at),
        logs_in=await _logs_in(know, plan.action_of(known, command.action).owner_agency),
    )


@decides(facts.RemindOfPlanReview)
async def remind_of_plan_review(know: Know, command: facts.RemindOfPlanReview, by: Actor) -> Facts:
    """The owner of a plan is reminded of its review."""
    await by_the_clock(know, by, "support")
    known = found(await know(plan.plan(command.plan)))
    return reminding.remind_of_review(command, known, stopped=await _stopped(know, known.person, command.at))


@decides(facts.RemindOfConsent)
async def remind_of_consent(know: Know, command: facts.RemindOfConsent, by: Actor) -> Facts:
    """The agency that asked for a live consent is reminded to renew it."""
    await by_the_clock(know, by, "support")
    known = await the_person(know, command.person)
    consent = found((await the_bases(know, known.id)).consent(command.consent))
    if known.is_stopped(command.at) or not consent.is_live(command.at) or consent.until(command.at) != command.due:
        return ()
    reminder = facts.ConsentExpiryReminded(
        at=command.at, consent=command.consent, person=consent.person, agency=command.agency, due=command.due
    )
    return reminding.remind(reminder, await know(reminding.reminded(reminder)))


@decides(facts.RemindOfInstrument)
async def remind_of_instrument(know: Know, command: facts.RemindOfInstrument, by: Actor) -> Facts:
    """The agency that issued an instrument in force is reminded to review it."""
    await by_the_clock(know, by, "engagement")
    known = found((await know(instrument.instrument(command.instrument))).get(command.instrument))
    stopped = await _stopped(know, command.person, command.at)
    if stopped or not known.holds_at(command.at) or command.due != (known.terms.review_on or known.terms.ends_on):
        return ()
    reminder = facts.InstrumentReviewReminded(
        at=command.at, instrument=command.instrument, person=command.person, agency=command.agency, due=command.due
    )
    return reminding.remind(reminder, await know(reminding.reminded(reminder)))


@decides(facts.RemindOfSession)
async def remind_of_session(know: Know, command: facts.RemindOfSession, by: Actor) -> Facts:
    """The agency that scheduled a past session is reminded to close it."""
    await by_the_clock(know, by, "hub")
    known = found(await know(hub_session.session(command.session)))
    if known.closed_at is not None or known.cancelled_at is not None or command.at <= known.ends:
        return ()
    reminder = facts.SessionClosingReminded(
        at=command.at, session=command.session, agency=command.agency, due=command.due
    )
    return reminding.remind(reminder, await know(reminding.reminded(reminder)))
