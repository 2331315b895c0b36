"""Referrals: what an agency was asked and what became of what it asked itself."""

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Any, Final

import msgspec

from application.ports import Recorded
from application.views.view import Place, View, by, its_parties, its_person
from domain.codes import ENDED_STATUSES, DeclineReason, Need, ReferralStatus
from domain.facts import Fact, HealthText, IdentityText, Instant, IntelligenceText
from domain.ids import AgencyId, PersonId, ReferralId, ServiceId
from domain.support.referral import (
    AnswerFact,
    BusinessStatus,
    CompletionOutcome,
    ContactOutcome,
    FailReason,
    ReferralAccepted,
    ReferralBooked,
    ReferralCancelled,
    ReferralCompleted,
    ReferralContactAttempted,
    ReferralDeclined,
    ReferralDraftDiscarded,
    ReferralDrafted,
    ReferralEnteredInError,
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
    Urgency,
)
from domain.support.referral_status import ReferralStep, business_status_after, put, status_after, step_of
from domain.support.words import SharingBasis

WAITING: frozenset[ReferralStatus] = frozenset({"requested", "received"})


class Turn(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One change of status, for whoever asks what became of it."""

    status: ReferralStatus
    business_status: BusinessStatus | None
    happened: Instant
    by_agency: AgencyId


class ReferralRow(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A referral with all that was said of it, personal values sealed.

    `former_agencies` were asked before and passed it on; they see no more than that. `answered_at` is when it was
    accepted or declined, `first_contact_at` when the person was first reached. `steps` is what happened to it, in the
    order in which things happened.
    """

    position: int
    referral: ReferralId
    person: PersonId
    from_agency: AgencyId
    to_agency: AgencyId | None
    service: ServiceId
    need: Need
    status: ReferralStatus
    business_status: BusinessStatus | None = None
    urgency: Urgency | None = None
    language: str | None = None
    basis: SharingBasis | None = None
    basis_id: str | None = None
    sent_at: Instant | None = None
    answer_due: dt.date | None = None
    received_at: Instant | None = None
    answered_at: Instant | None = None
    accepted_at: Instant | None = None
    started_at: Instant | None = None
    ended_at: Instant | None = None
    first_contact_at: Instant | None = None
    last_contact: ContactOutcome | None = None
    contact_attempts: int = 0
    appointment: Instant | None = None
    held_until: dt.date | None = None
    decline_reason: DeclineReason | None = None
    fail_reason: FailReason | None = None
    outcome: CompletionOutcome | None = None
    former_agencies: tuple[AgencyId, ...] = ()
    on_behalf_by: tuple[AgencyId, ...] = ()
    overridden: tuple[str, ...] = ()
    steps: tuple[ReferralStep, ...] = ()
    history: tuple[Turn, ...] = ()
    may_post: bool | None = None
    may_leave_message: bool | None = None
    reason: IdentityText = None
    health_reason: HealthText = None
    contact: IdentityText = None
    not_to_talk_to: IdentityText = None
    household: IdentityText = None
    children: IdentityText = None
    accommodation_tonight: IdentityText = None
    id_held: IdentityText = None
    gp_registered: IdentityText = None
    answers: IdentityText = None
    health_answers: HealthText = None
    intelligence_answers: IntelligenceText = None
    question: IdentityText = None
    information: IdentityText = None
    health_information: HealthText = None
    answer_note: IdentityText = None
    appointment_where: IdentityText = None
    treatment_discharge: HealthText = None
    end_note: IdentityText = None

    @property
    def open(self) -> bool:
        """Whether somebody still has something to do."""
        return self.status not in ENDED_STATUSES and self.status != "draft"

    @property
    def authors(self) -> frozenset[AgencyId]:
        """Who told what stands in it: the agency that asks."""
        return frozenset({self.from_agency})

    @property
    def parties(self) -> frozenset[AgencyId]:
        """Who asked, who is asked, and who answers on behalf of an agency without a log-in."""
        asked = () if self.to_agency is None else (self.to_agency,)
        return frozenset((self.from_agency, *asked, *self.on_behalf_by))


def evolve(row: ReferralRow | None, recorded: Recorded, _key: str) -> ReferralRow | None:
    """A referral through its statuses, the codes of HL7 FHIR Task."""
    fact, position = recorded.fact, recorded.envelope.position
    match fact:
        case ReferralSent():
            return _sent(row, fact, position)
        case ReferralDrafted():
            return ReferralRow(
                position=position,
                referral=fact.referral,
                person=fact.person,
                from_agency=fact.from_agency,
                to_agency=None,
                service=fact.service,
                need=fact.need,
                status="draft",
                steps=(ReferralStep(fact.at, "draft"),),
                reason=fact.reason,
                health_reason=fact.health_reason,
                history=(Turn(status="draft", business_status=None, happened=fact.at, by_agency=fact.from_agency),),
            )
    return None if row is None else _turned(row, fact, position)


def _sent(row: ReferralRow | None, fact: ReferralSent, position: int) -> ReferralRow:
    turn = Turn(status="requested", business_status="waiting-for-answer", happened=fact.at, by_agency=fact.from_agency)
    return ReferralRow(
        position=position,
        referral=fact.referral,
        person=fact.person,
        from_agency=fact.from_agency,
        to_agency=fact.to_agency,
        service=fact.service,
        need=fact.need,
        status="requested",
        business_status="waiting-for-answer",
        urgency=fact.urgency,
        language=fact.language,
        basis=fact.basis,
        basis_id=fact.basis_id,
        sent_at=fact.at,
        answer_due=fact.answer_due,
        overridden=fact.overridden,
        steps=put(row.steps if row else (), ReferralStep(fact.at, "send")),
        history=((row.history if row else ()) + (turn,)),
        may_post=fact.may_post,
        may_leave_message=fact.may_leave_message,
        reason=fact.reason,
        health_reason=fact.health_reason,
        contact=fact.contact,
        not_to_talk_to=fact.not_to_talk_to,
        household=fact.household,
        children=fact.children,
        accommodation_tonight=fact.accommodation_tonight,
        id_held=fact.id_held,
        gp_registered=fact.gp_registered,
        answers=fact.answers,
        health_answers=fact.health_answers,
        intelligence_answers=fact.intelligence_answers,
    )


def _turned(row: ReferralRow, fact: Any, position: int) -> ReferralRow:  # noqa: ANN401 - the facts of the table below
    """A late entry is put where it belongs, and the status is where the way ends."""
    cls = type(fact)
    step = ReferralStep(fact.at, "discard") if cls is ReferralDraftDiscarded else step_of(fact)
    steps = put(row.steps, step)
    status, business = status_after(steps), business_status_after(steps)
    who = fact.from_agency if cls in _BY_SENDER else fact.by_agency
    history = row.history
    if status != row.status or business != row.business_status:
        history = (*history, Turn(status=status, business_status=business, happened=fact.at, by_agency=who))
    changes = _CHANGES[cls](row, fact)
    if who != row.to_agency and isinstance(fact, AnswerFact) and who not in row.on_behalf_by:
        changes["on_behalf_by"] = (*row.on_behalf_by, who)
    return msgspec.structs.replace(
        row, position=position, status=status, business_status=business, steps=steps, history=history, **changes
    )


_BY_SENDER: Final[frozenset[type[Fact]]] = frozenset(
    {ReferralDraftDiscarded, ReferralInformationGiven, ReferralWithdrawn, ReferralEnteredInError}
)
"""What the agency that asked says; everything else is said by the one that is asked, or on its behalf."""

_CHANGES: Final[Mapping[type[Fact], Callable[[ReferralRow, Any], dict[str, Any]]]] = {
    ReferralDraftDiscarded: lambda _row, fact: {"ended_at": fact.at},
    ReferralReceived: lambda _row, fact: {"received_at": fact.at},
    ReferralInformationAsked: lambda _row, fact: {"question": fact.question},
    ReferralInformationGiven: lambda row, fact: {
        "information": fact.information or row.information,
        "health_information": fact.health_information or row.health_information,
    },
    ReferralAccepted: lambda _row, fact: {
        "answered_at": fact.at,
        "accepted_at": fact.at,
        "answer_note": fact.note,
    },
    ReferralDeclined: lambda _row, fact: {
        "answered_at": fact.at,
        "ended_at": fact.at,
        "decline_reason": fact.reason,
        "answer_note": fact.note,
    },
    ReferralRedirected: lambda row, fact: {
        "to_agency": fact.to_agency,
        "service": fact.service,
        "need": fact.need,
        "basis": fact.basis,
        "basis_id": fact.basis_id,
        "answer_due": fact.answer_due,
        "received_at": None,
        "former_agencies": (*row.former_agencies, fact.former_agency),
        "on_behalf_by": (),
        "answer_note": fact.note,
    },
    ReferralHeld: lambda _row, fact: {"held_until": fact.until},
    ReferralResumed: lambda _row, _fact: {"held_until": None},
    ReferralBooked: lambda _row, fact: {"appointment": fact.when, "appointment_where": fact.where},
    ReferralContactAttempted: lambda row, fact: {
        "contact_attempts": row.contact_attempts + 1,
        "last_contact": fact.outcome,
        "first_contact_at": row.first_contact_at or (fact.at if fact.contacted else None),
    },
    ReferralStarted: lambda _row, fact: {"started_at": fact.at},
    ReferralCompleted: lambda _row, fact: {
        "ended_at": fact.at,
        "outcome": fact.outcome,
        "treatment_discharge": fact.treatment_discharge,
        "end_note": fact.note,
    },
    ReferralFailed: lambda _row, fact: {"ended_at": fact.at, "fail_reason": fact.reason, "end_note": fact.note},
    ReferralCancelled: lambda _row, fact: {"ended_at": fact.at, "end_note": fact.note},
    ReferralWithdrawn: lambda _row, fact: {"ended_at": fact.at, "end_note": fact.note},
    ReferralEnteredInError: lambda _row, fact: {"ended_at": fact.at, "end_note": fact.note},
}


def places(row: ReferralRow) -> tuple[Place, ...]:
    """The inboxes it stands in, by due date while somebody waits, else by when it ended or was written."""
    person = Place(f"person:{row.person}", _sort_ended(row))
    if row.status == "draft":
        return (Place(f"agency:{row.from_agency}/drafts", row.referral), person)
    if row.business_status == "discarded":
        return (person,)
    box = "open" if row.open else "ended"
    sort = f"{row.answer_due}" if row.open else _sort_ended(row)
    asked = [Place(f"agency:{one}/incoming/{box}", sort) for one in (row.to_agency, *row.on_behalf_by)]
    caseload = [Place(f"agency:{row.to_agency}/caseload", sort)] if row.open and row.status not in WAITING else []
    return (*asked, *caseload, Place(f"agency:{row.from_agency}/outgoing/{box}", sort), person)


def _sort_ended(row: ReferralRow) -> str:
    at = row.ended_at or row.sent_at
    return "" if at is None else at.astimezone(dt.UTC).isoformat()


REFERRALS: View[ReferralRow] = View(
    name="referral",
    version=2,
    row=ReferralRow,
    facts=frozenset(
        {
            ReferralDrafted,
            ReferralDraftDiscarded,
            ReferralSent,
            ReferralReceived,
            ReferralInformationAsked,
            ReferralInformationGiven,
            ReferralAccepted,
            ReferralDeclined,
            ReferralRedirected,
            ReferralWithdrawn,
            ReferralHeld,
            ReferralResumed,
            ReferralBooked,
            ReferralContactAttempted,
            ReferralStarted,
            ReferralCompleted,
            ReferralFailed,
            ReferralCancelled,
            ReferralEnteredInError,
        }
    ),
    keys=by("referral"),
    evolve=evolve,
    about=its_person,
    only=its_parties,
    places=places,
)
