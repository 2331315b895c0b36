"""What a referral has come to: the status machine, walked in the order in which things happened.

The statuses are the codes of HL7 FHIR Task. A step that is typed late is put where it belongs, and the whole way must
stay legal with it; the status is where the way ends.
"""

import datetime as dt
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, Final, Literal

import msgspec

from domain.codes import ENDED_STATUSES, Need, ReferralStatus
from domain.facts import Fact, Knowledge, knowing
from domain.ids import AgencyId, PersonId, ReferralId, ServiceId
from domain.refusals import Conflict
from domain.support.follow_up import ReferralEscalated, ReferralReminded
from domain.support.referral import (
    BusinessStatus,
    ReferralAccepted,
    ReferralBooked,
    ReferralCancelled,
    ReferralCompleted,
    ReferralContactAttempted,
    ReferralDeclined,
    ReferralDraftDiscarded,
    ReferralDrafted,
    ReferralEnteredInError,
    ReferralFact,
    ReferralFailed,
    ReferralHeld,
    ReferralInformationAsked,
    ReferralInformationGiven,
    ReferralReceived,
    ReferralRedirected,
    ReferralResumed,
    ReferralSent,
    ReferralStarted,
    ReferralWithdrawn,
)
from domain.support.words import CLOCK_DRIFT

Action = Literal[
    "draft",
    "discard",
    "send",
    "receive",
    "ask",
    "give",
    "accept",
    "decline",
    "redirect",
    "withdraw",
    "hold",
    "resume",
    "book",
    "contact",
    "start",
    "complete",
    "fail",
    "cancel",
    "mark-entered-in-error",
]

SAME: Final = "same"
"""The action leaves the status as it is."""
HELD_FROM: Final = "held-from"
"""The action goes back to the status that the referral was held from."""

To = ReferralStatus | Literal["same", "held-from"]

LEGAL: Final[Mapping[Action, Mapping[ReferralStatus | None, To]]] = {
    "draft": {None: "draft"},
    "discard": {"draft": "cancelled"},
    "send": {None: "requested", "draft": "requested"},
    "receive": {"requested": "received"},
    "ask": {"requested": "received", "received": SAME},
    "give": {"requested": SAME, "received": SAME, "accepted": SAME, "in-progress": SAME, "on-hold": SAME},
    "accept": {"requested": "accepted", "received": "accepted"},
    "decline": {"requested": "rejected", "received": "rejected"},
    "redirect": {"requested": "requested", "received": "requested"},
    "withdraw": {
        "requested": "cancelled",
        "received": "cancelled",
        "accepted": "cancelled",
        "in-progress": "cancelled",
        "on-hold": "cancelled",
    },
    "hold": {"accepted": "on-hold", "in-progress": "on-hold"},
    "resume": {"on-hold": HELD_FROM},
    "book": {"accepted": SAME, "in-progress": SAME},
    "contact": {"requested": SAME, "received": SAME, "accepted": SAME, "in-progress": SAME, "on-hold": SAME},
    "start": {"accepted": "in-progress"},
    "complete": {"accepted": "completed", "in-progress": "completed"},
    "fail": {"accepted": "failed", "in-progress": "failed", "on-hold": "failed"},
    "cancel": {"accepted": "cancelled", "in-progress": "cancelled", "on-hold": "cancelled"},
    "mark-entered-in-error": {
        "requested": "entered-in-error",
        "received": "entered-in-error",
        "accepted": "entered-in-error",
        "rejected": "entered-in-error",
        "in-progress": "entered-in-error",
        "on-hold": "entered-in-error",
        "completed": "entered-in-error",
        "failed": "entered-in-error",
        "cancelled": "entered-in-error",
    },
}
"""From which status which action leads where. What is not listed is refused. Help given at once needs no start."""

REPEATABLE: Final[frozenset[Action]] = frozenset({"ask", "give", "book", "contact"})
"""May happen again and again; the same at the same moment is one."""

BUSINESS: Final[Mapping[Action, BusinessStatus]] = {
    "send": "waiting-for-answer",
    "redirect": "redirected",
    "ask": "information-asked",
    "give": "information-given",
    "book": "appointment-booked",
    "withdraw": "withdrawn",
    "discard": "discarded",
    "decline": "declined",
    "cancel": "ended-by-asked",
}


class ReferralStep(msgspec.Struct, frozen=True):
    """One thing that happened to a referral; `detail` tells two of a kind apart: a reason, an outcome, a moment."""

    at: dt.datetime
    action: Action
    detail: str = ""


class Asked(msgspec.Struct, frozen=True):
    """Who is asked from a moment on, for which service, and until the end of which day."""

    at: dt.datetime
    agency: AgencyId
    service: ServiceId
    answer_due: dt.date


Steps = tuple[ReferralStep, ...]


class Referral(msgspec.Struct, frozen=True, kw_only=True):
    """What decisions know of a referral. `drafted` is the service it was drafted for."""

    id: ReferralId
    person: PersonId
    from_agency: AgencyId
    need: Need
    drafted: ServiceId | None = None
    asked: tuple[Asked, ...] = ()
    steps: Steps = ()
    reminded: frozenset[dt.date] = frozenset()
    escalated: frozenset[dt.date] = frozenset()

    @property
    def status(self) -> ReferralStatus:
        """Where the way ends."""
        return status_after(self.steps)

    def status_at(self, at: dt.datetime | None) -> ReferralStatus | None:
        """The status at a moment (None: now), None before there was any."""
        return walk(self.steps if at is None else self.steps[: place(self.steps, at)])[-1]

    @property
    def business_status(self) -> BusinessStatus | None:
        """Local detail: what happened last that says more than the status."""
        return business_status_after(self.steps)

    def asked_at(self, at: dt.datetime) -> Asked | None:
        """Who was asked at a moment."""
        before = [one for one in self.asked if one.at <= at + CLOCK_DRIFT]
        return before[-1] if before else None

    @property
    def parties(self) -> frozenset[AgencyId]:
        """The sender, and whoever was asked."""
        return frozenset({self.from_agency, *(one.agency for one in self.asked)})

    @property
    def awaits_answer(self) -> bool:
        """Whether the asked agency has yet to accept, decline or redirect."""
        return self.status in {"requested", "received"}

    @property
    def ended(self) -> bool:
        """Whether nothing more is to come."""
        return self.status in ENDED_STATUSES


def place(steps: Steps, at: dt.datetime) -> int:
    """Where something that happened at a moment belongs: after all that happened by then, give or take two clocks."""
    latest = at + CLOCK_DRIFT
    for index, step in enumerate(steps):
        if step.at > latest:
            return index
    return len(steps)


def put(steps: Steps, step: ReferralStep) -> Steps:
    """The way with one more step, where it belongs."""
    index = place(steps, step.at)
    return (*steps[:index], step, *steps[index:])


def walk(steps: Steps) -> tuple[ReferralStatus | None, ...]:
    """The status before the first step and after each; an illegal one changes nothing."""
    return _walked(tuple([step.action for step in steps]))


@lru_cache(10_000)
def _walked(actions: tuple[Action, ...]) -> tuple[ReferralStatus | None, ...]:
    """Most referrals go one of a few ways."""
    statuses: list[ReferralStatus | None] = [None]
    held_from: ReferralStatus | None = None
    for action in actions:
        now = statuses[-1]
        to = LEGAL[action].get(now)
        match to:
            case None | "same":
                after = now
            case "held-from":
                after = held_from
            case "on-hold":
                held_from, after = now, to
            case _:
                after = to
        statuses.append(after)
    return tuple(statuses)


def status_after(steps: Steps) -> ReferralStatus:
    """Where a way ends."""
    return walk(steps)[-1] or "draft"


def business_status_after(steps: Steps) -> BusinessStatus | None:
    """What happened last on a way that says more than the status."""
    for step in reversed(steps):
        if step.action == "contact":
            return "contacted" if step.detail.startswith("contacted") else "contact-attempted"
        if step.action in BUSINESS:
            return BUSINESS[step.action]
        if step.action not in REPEATABLE:
            return None
    return None


def illegal(steps: Steps) -> tuple[ReferralStep, ReferralStatus | None] | None:
    """The first step that its status does not allow, with that status."""
    for step, status in zip(steps, walk(steps), strict=False):
        if status not in LEGAL[step.action]:
            return step, status
    return None


class IllegalTransition(Conflict):
    """The referral's status does not allow it."""

    code = "illegal-transition"
    rule = "A referral moves only along its status machine (the codes of HL7 FHIR Task)."
    permitted_by = "Read the referral again; its status says what can be done with it."


def adds_nothing(referral: Referral, step: ReferralStep) -> bool:
    """Whether this has been said already; if not, the way must be legal with it.

    Raises: IllegalTransition, naming the status at that moment.
    """
    before = referral.steps[: place(referral.steps, step.at)]
    if step.action in REPEATABLE:
        if step in referral.steps:
            return True
    else:
        last = next((one for one in reversed(before) if one.action not in REPEATABLE), None)
        if last is not None and (last.action, last.detail) == (step.action, step.detail):
            return True
    if (found := illegal(put(referral.steps, step))) is not None:
        broken, status = found
        raise IllegalTransition(status=status or "not-sent", action=broken.action)
    return False


ACTIONS: Final[Mapping[type[Fact], Action]] = {
    ReferralReceived: "receive",
    ReferralInformationAsked: "ask",
    ReferralInformationGiven: "give",
    ReferralAccepted: "accept",
    ReferralDeclined: "decline",
    ReferralRedirected: "redirect",
    ReferralWithdrawn: "withdraw",
    ReferralHeld: "hold",
    ReferralResumed: "resume",
    ReferralBooked: "book",
    ReferralContactAttempted: "contact",
    ReferralStarted: "start",
    ReferralCompleted: "complete",
    ReferralFailed: "fail",
    ReferralCancelled: "cancel",
    ReferralEnteredInError: "mark-entered-in-error",
}


def step_of(fact: ReferralFact) -> ReferralStep:
    """What a fact means on the way."""
    detail = _DETAILS.get(type(fact))
    return ReferralStep(fact.at, ACTIONS[type(fact)], detail(fact) if detail else "")


def contact_detail(outcome: str, *, contacted: bool) -> str:
    """Tells attempts apart, and whether they reached the person."""
    return f"contacted:{outcome}" if contacted else outcome


_DETAILS: Final[Mapping[type[Fact], Callable[[Any], str]]] = {
    ReferralDeclined: lambda fact: fact.reason,
    ReferralFailed: lambda fact: fact.reason,
    ReferralCompleted: lambda fact: fact.outcome,
    ReferralRedirected: lambda fact: fact.service,
    ReferralBooked: lambda fact: fact.when.astimezone(dt.UTC).isoformat(),
    ReferralContactAttempted: lambda fact: contact_detail(fact.outcome, contacted=fact.contacted),
}


def evolve_referral(state: Referral | None, fact: Fact) -> Referral | None:
    """One referral."""
    match fact:
        case ReferralDrafted():
            return Referral(
                id=fact.referral,
                person=fact.person,
                from_agency=fact.from_agency,
                need=fact.need,
                drafted=fact.service,
                steps=(ReferralStep(fact.at, "draft"),),
            )
        case ReferralSent():
            return Referral(
                id=fact.referral,
                person=fact.person,
                from_agency=fact.from_agency,
                need=fact.need,
                asked=(Asked(fact.at, fact.to_agency, fact.service, fact.answer_due),),
                steps=put(state.steps if state else (), ReferralStep(fact.at, "send")),
            )
        case _:
            return _further(state, fact) if state else None


def _further(state: Referral, fact: Fact) -> Referral:
    match fact:
        case ReferralDraftDiscarded():
            return msgspec.structs.replace(state, steps=put(state.steps, ReferralStep(fact.at, "discard")))
        case ReferralReminded():
            return msgspec.structs.replace(state, reminded=state.reminded | {fact.due})
        case ReferralEscalated():
            return msgspec.structs.replace(state, escalated=state.escalated | {fact.due})
        case ReferralFact() if type(fact) in ACTIONS:
            asked = state.asked
            if isinstance(fact, ReferralRedirected):
                asked = (*asked, Asked(fact.at, fact.to_agency, fact.service, fact.answer_due))
            return msgspec.structs.replace(state, asked=asked, steps=put(state.steps, step_of(fact)))
        case _:
            return state


REFERRAL_FACTS: Final[tuple[type[Fact], ...]] = (
    ReferralDrafted,
    ReferralDraftDiscarded,
    ReferralSent,
    *ACTIONS,
    ReferralReminded,
    ReferralEscalated,
)


def referral(referral_id: ReferralId) -> Knowledge[Referral | None]:
    """A referral, or None if there is none."""
    return knowing(None, evolve_referral, REFERRAL_FACTS, f"referral:{referral_id}")
