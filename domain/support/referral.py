"""One agency asks another to help a person with a need, is answered, and learns what became of it."""

import datetime as dt
from typing import Annotated, Final, Literal

import msgspec

from domain.codes import DeclineReason, Need, TreatmentDischarge
from domain.facts import Command, Fact, HealthText, IdentityText, Instant, IntelligenceText, Line, Personal
from domain.ids import ID_PATTERN, AgencyId, PersonId, ReferralId, ServiceId, WorkerId
from domain.support.words import Historic, OnBehalf, OtherBasis, SharingBasis, Told, ToldHealth

Urgency = Literal["routine", "soon", "today"]
Children = Literal["none", "lives-with", "elsewhere", "expecting", "not-known"]
Accommodation = Literal[
    "own-home", "friends-or-family", "hostel-or-temporary", "hospital-or-custody", "rough-sleeping", "none", "not-known"
]
"""Where the person can sleep tonight."""
YesNoUnknown = Literal["yes", "no", "not-known"]

ContactOutcome = Literal["spoke", "met", "message-left", "no-answer", "wrong-number", "letter-sent", "not-found"]

REACHED: Final[frozenset[ContactOutcome]] = frozenset({"spoke", "met"})
"""Outcomes of an attempt that reached the person."""

CompletionOutcome = Literal["need-met", "need-partly-met", "need-not-met", "advice-given", "not-stated"]
"""The outcome class. What came of a treatment is health data and stands in `treatment_discharge`."""

FailReason = Literal[
    "uncontactable", "did-not-engage", "person-declined", "moved-away", "in-custody", "in-hospital", "died", "other"
]

BusinessStatus = Literal[
    "waiting-for-answer",
    "redirected",
    "information-asked",
    "information-given",
    "appointment-booked",
    "contact-attempted",
    "contacted",
    "withdrawn",
    "discarded",
    "declined",
    "ended-by-asked",
]
"""Local detail beside the FHIR status."""


class ReferralFact(Fact):
    """What every fact of a referral names: whose it is, who asks, who is asked, for which service and need."""

    referral: ReferralId
    person: PersonId
    from_agency: AgencyId
    to_agency: AgencyId
    service: ServiceId
    need: Need


class AnswerFact(ReferralFact):
    """A fact recorded by the asked agency, or by `by_agency` on its behalf with `evidence`."""

    by_agency: AgencyId
    evidence: IdentityText = None


class ReferralDrafted(Fact, type="referral-drafted", version=1, tags=("referral", "person")):
    """A referral is being written. It names no asked agency: nothing has been disclosed to anybody."""

    referral: ReferralId
    person: PersonId
    from_agency: AgencyId
    service: ServiceId
    need: Need
    reason: IdentityText = None
    health_reason: HealthText = None


class ReferralDraftDiscarded(Fact, type="referral-draft-discarded", version=1, tags=("referral", "person")):
    """A draft was thrown away before it was sent."""

    referral: ReferralId
    person: PersonId
    from_agency: AgencyId
    service: ServiceId
    need: Need


class ReferralSent(
    ReferralFact,
    type="referral-sent",
    version=1,
    tags=("referral", "person", "open-referral:{person}|{need}|{service}"),
):
    """A service was asked to help. The answer is due at the end of `answer_due`, a day of the asked agency's calendar.

    `basis` is what the sharing rests on; none only where history was imported without one (`overridden` says so).
    `answers`, `health_answers` and `intelligence_answers` are JSON objects of question id to answer.
    """

    basis: SharingBasis | None
    basis_id: str | None
    answer_due: dt.date
    language: str | None
    urgency: Urgency | None
    reason: IdentityText = None
    health_reason: HealthText = None
    rationale: IdentityText = None
    contact: IdentityText = None
    not_to_talk_to: IdentityText = None
    may_post: bool | None = None
    may_leave_message: bool | None = None
    household: IdentityText = None
    children: IdentityText = None
    accommodation_tonight: IdentityText = None
    id_held: IdentityText = None
    gp_registered: IdentityText = None
    answers: IdentityText = None
    health_answers: HealthText = None
    intelligence_answers: IntelligenceText = None
    paper: bool = False
    overridden: tuple[str, ...] = ()
    overridden_by: WorkerId | None = None


class ReferralReceived(AnswerFact, type="referral-received", version=1, tags=("referral", "person")):
    """The asked agency has it."""


class ReferralInformationAsked(AnswerFact, type="referral-information-asked", version=1, tags=("referral", "person")):
    """The asked agency needs to know more before it answers."""

    question: IdentityText = None


class ReferralInformationGiven(ReferralFact, type="referral-information-given", version=1, tags=("referral", "person")):
    """The sender told more."""

    basis: SharingBasis | None
    basis_id: str | None
    information: IdentityText = None
    health_information: HealthText = None
    rationale: IdentityText = None
    overridden: tuple[str, ...] = ()
    overridden_by: WorkerId | None = None


class ReferralAccepted(AnswerFact, type="referral-accepted", version=1, tags=("referral", "person", "service")):
    """The asked agency will help: a place is taken."""

    note: IdentityText = None
    overridden: tuple[str, ...] = ()
    overridden_by: WorkerId | None = None


class ReferralDeclined(
    AnswerFact,
    type="referral-declined",
    version=1,
    tags=("referral", "person", "open-referral:{person}|{need}|{service}"),
):
    """The asked agency will not help, and says why."""

    reason: DeclineReason
    note: IdentityText = None


class ReferralRedirected(
    AnswerFact,
    type="referral-redirected",
    version=1,
    tags=(
        "referral",
        "person",
        "open-referral:{person}|{need}|{service}",
        "open-referral:{person}|{need}|{former_service}",
    ),
):
    """The asked agency passed it on: `to_agency` and `service` are asked from now on, with a new due date."""

    former_agency: AgencyId
    former_service: ServiceId
    basis: SharingBasis | None
    basis_id: str | None
    answer_due: dt.date
    note: IdentityText = None
    rationale: IdentityText = None
    overridden: tuple[str, ...] = ()
    overridden_by: WorkerId | None = None


class ReferralWithdrawn(
    ReferralFact,
    type="referral-withdrawn",
    version=1,
    tags=("referral", "person", "service", "open-referral:{person}|{need}|{service}"),
):
    """The sender took it back: a place is free if one was taken."""

    note: IdentityText = None


class ReferralHeld(AnswerFact, type="referral-held", version=1, tags=("referral", "person")):
    """Work on it pauses, until a day where one is known."""

    until: dt.date | None = None
    note: IdentityText = None


class ReferralResumed(AnswerFact, type="referral-resumed", version=1, tags=("referral", "person")):
    """Work on it goes on, in the status it was held from."""


class ReferralBooked(AnswerFact, type="referral-booked", version=1, tags=("referral", "person")):
    """The person has an appointment."""

    when: Instant
    where: IdentityText = None


class ReferralContactAttempted(AnswerFact, type="referral-contact-attempted", version=1, tags=("referral", "person")):
    """The asked agency tried to reach the person; `contacted` says whether it did."""

    outcome: ContactOutcome
    contacted: bool
    note: IdentityText = None


class ReferralStarted(AnswerFact, type="referral-started", version=1, tags=("referral", "person")):
    """The help began."""


class ReferralCompleted(
    AnswerFact,
    type="referral-completed",
    version=1,
    tags=("referral", "person", "service", "open-referral:{person}|{need}|{service}"),
):
    """The help ended as meant: a place is free. `treatment_discharge` is a code of the NDTMS list."""

    outcome: CompletionOutcome
    treatment_discharge: HealthText = None
    note: IdentityText = None


class ReferralFailed(
    AnswerFact,
    type="referral-failed",
    version=1,
    tags=("referral", "person", "service", "open-referral:{person}|{need}|{service}"),
):
    """The help could not be given or broke off: a place is free."""

    reason: FailReason
    note: IdentityText = None


class ReferralCancelled(
    AnswerFact,
    type="referral-cancelled",
    version=1,
    tags=("referral", "person", "service", "open-referral:{person}|{need}|{service}"),
):
    """The asked agency ended what it had accepted, for a reason of its own: a place is free."""

    note: IdentityText = None


class ReferralEnteredInError(
    ReferralFact,
    type="referral-entered-in-error",
    version=1,
    tags=("referral", "person", "service", "open-referral:{person}|{need}|{service}"),
):
    """It should never have been sent: it counts nowhere, and its place was never taken."""

    note: IdentityText = None


class SafeContact(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How the person can be reached without harm."""

    may_post: bool
    may_leave_message: bool
    how: Told = None
    not_to_talk_to: Told = None


class Core(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What every referral says, whatever the service asks besides."""

    safe_contact: SafeContact
    language: Line
    urgency: Urgency
    children: Annotated[Children, Personal("identity")]
    accommodation_tonight: Annotated[Accommodation, Personal("identity")]
    id_held: Annotated[YesNoUnknown, Personal("identity")]
    gp_registered: Annotated[YesNoUnknown, Personal("identity")]
    household: Told = None


AnswerValue = Annotated[str, msgspec.Meta(max_length=10_000)] | bool | int | float


class Answer(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is answered to one of the service's own questions; a date as ISO 8601 text."""

    question: Annotated[str, msgspec.Meta(pattern=ID_PATTERN)]
    value: Annotated[AnswerValue, Personal("identity")]


class DraftReferral(Command):
    """Begin a referral without disclosing anything yet."""

    referral: ReferralId
    person: PersonId
    service: ServiceId
    need: Need
    reason: Told = None
    health_reason: ToldHealth = None


class SendReferral(Command):
    """Ask a service to help a person: a new referral, or a draft in its final form.

    `basis` and `rationale` are given where the sharing rests on no recorded consent or other basis. `paper`: typed from
    a form that has no room for the core and the service's questions. Guards are overridden only with `historic`: for
    what happened before the system was in use.
    """

    referral: ReferralId
    person: PersonId
    service: ServiceId
    need: Need
    core: Core | None = None
    answers: Annotated[tuple[Answer, ...], msgspec.Meta(max_length=100)] = ()
    reason: Told = None
    health_reason: ToldHealth = None
    basis: OtherBasis | None = None
    rationale: Told = None
    paper: bool = False
    historic: Historic | None = None


class SenderCommand(Command):
    """Something that only the agency that sent the referral may do."""

    referral: ReferralId


class GiveInformation(SenderCommand):
    """Tell the asked agency more."""

    information: Told = None
    health_information: ToldHealth = None
    basis: OtherBasis | None = None
    rationale: Told = None
    historic: Historic | None = None


class WithdrawReferral(SenderCommand):
    """Take the referral back."""

    note: Told = None


class DiscardDraft(SenderCommand):
    """Throw a draft away."""


class MarkEnteredInError(SenderCommand):
    """Say that the referral should never have been sent."""

    note: Told = None


class AskedCommand(Command):
    """Something that only the asked agency may do, or somebody recorded on its behalf if it does not log in."""

    referral: ReferralId
    on_behalf_of: OnBehalf | None = None


class ReceiveReferral(AskedCommand):
    """Say that it arrived."""


class AskForInformation(AskedCommand):
    """Ask the sender for more."""

    question: Told


class AcceptReferral(AskedCommand):
    """Take it on."""

    note: Told = None
    historic: Historic | None = None


class DeclineReferral(AskedCommand):
    """Say no, and why."""

    reason: DeclineReason
    note: Told = None


class RedirectReferral(AskedCommand):
    """Pass it on to another service that meets the need."""

    to_service: ServiceId
    note: Told = None
    basis: OtherBasis | None = None
    rationale: Told = None
    historic: Historic | None = None


class HoldReferral(AskedCommand):
    """Pause work on it."""

    until: dt.date | None = None
    note: Told = None


class ResumeReferral(AskedCommand):
    """Go on with it."""


class BookReferral(AskedCommand):
    """Give the person an appointment."""

    when: Instant
    where: Told = None


class RecordContactAttempt(AskedCommand):
    """Record that the person was contacted, or could not be."""

    outcome: ContactOutcome
    note: Told = None


class StartReferral(AskedCommand):
    """Begin to help."""


class CompleteReferral(AskedCommand):
    """Say that the help ended as meant, and what came of it."""

    outcome: CompletionOutcome
    treatment_discharge: Annotated[TreatmentDischarge | None, Personal("health")] = None
    note: Told = None


class FailReferral(AskedCommand):
    """Say that the help could not be given, and why."""

    reason: FailReason
    note: Told = None


class CancelReferral(AskedCommand):
    """End what was accepted, for a reason of the asked agency's own."""

    note: Told = None
