"""What the asked agency decides, or somebody recorded on its behalf: to receive, ask, accept, decline, help, end."""

import msgspec

from domain.actors import Actor
from domain.calendar import WorkingCalendar
from domain.facts import Facts, IdentityText
from domain.ids import AgencyId
from domain.refusals import Guarded, Refusal, Unreadable
from domain.support.asking import ReferralNames, answer_due, asked_then, names, referred_already, suitable
from domain.support.capacity import OpenReferrals, Spans, has_room, occupied
from domain.support.referral import (
    REACHED,
    AcceptReferral,
    AskedCommand,
    AskForInformation,
    BookReferral,
    CancelReferral,
    CompleteReferral,
    DeclineReferral,
    FailReferral,
    HoldReferral,
    ReceiveReferral,
    RecordContactAttempt,
    RedirectReferral,
    ReferralAccepted,
    ReferralBooked,
    ReferralCancelled,
    ReferralCompleted,
    ReferralContactAttempted,
    ReferralDeclined,
    ReferralFailed,
    ReferralHeld,
    ReferralInformationAsked,
    ReferralReceived,
    ReferralRedirected,
    ReferralResumed,
    ReferralStarted,
    ResumeReferral,
    StartReferral,
)
from domain.support.referral_status import (
    Action,
    IllegalTransition,
    Referral,
    ReferralStep,
    adds_nothing,
    contact_detail,
    place,
    step_of,
)
from domain.support.service import Service
from domain.support.words import rests, settle, sharing_refusals, speak_for


class ServiceIsFull(Guarded):
    """No place is free."""

    code = "service-is-full"
    rule = "A referral is accepted only while the service has room (ours)."
    permitted_by = "Free a place, give the service more places, redirect the referral, or decline it for no capacity."


class QuestionMissing(Unreadable):
    """Asking for information asks something."""

    code = "question-missing"
    rule = "Asking for information says what is asked."


class SameService(Unreadable):
    """Redirected to where it is."""

    code = "same-service"
    rule = "A referral is redirected to another service."


class AnswerNames(ReferralNames):
    """What every fact of the asked agency names: the referral's names, who recorded it, and the evidence."""

    by_agency: AgencyId
    evidence: IdentityText


class Answering(msgspec.Struct, frozen=True, kw_only=True):
    """The referral that is answered, who speaks, and whether the asked agency has a log-in."""

    referral: Referral
    by: Actor
    logs_in: bool

    def names(self, command: AskedCommand, action: Action) -> AnswerNames:
        """The names of the answer, if it is this actor's to give.

        Raises: NotAddressedToYou, AnswersForItself, NotForYouToRecord; IllegalTransition where nobody was asked yet.
        """
        asked = asked_then(self.referral, command.at, action)
        speak_for(asked.agency, self.referral.from_agency, self.by, command.on_behalf_of, logs_in=self.logs_in)
        return AnswerNames(
            **names(self.referral, asked, command.at),
            by_agency=self.by.agency,
            evidence=command.on_behalf_of.evidence if command.on_behalf_of else None,
        )

    def adds_nothing(self, command: AskedCommand, action: Action, detail: str = "") -> bool:
        """Whether it was said already. Raises IllegalTransition."""
        return adds_nothing(self.referral, ReferralStep(command.at, action, detail))


def receive(command: ReceiveReferral, answering: Answering) -> Facts:
    """The asked agency has it; twice adds nothing."""
    named = answering.names(command, "receive")
    if answering.adds_nothing(command, "receive"):
        return ()
    return (ReferralReceived(**named),)


def ask(command: AskForInformation, answering: Answering) -> Facts:
    """The asked agency asks before it answers; the due date stands."""
    named = answering.names(command, "ask")
    if command.question is None:
        raise QuestionMissing
    if answering.adds_nothing(command, "ask"):
        return ()
    return (ReferralInformationAsked(**named, question=command.question),)


def accept(command: AcceptReferral, answering: Answering, service: Service, held: Spans) -> Facts:
    """Only the asked agency accepts, and only while the service has room; accepting twice adds nothing."""
    named = answering.names(command, "accept")
    if answering.adds_nothing(command, "accept"):
        return ()
    full: tuple[Refusal, ...] = ()
    if not has_room(service, held, answering.referral.id, command.at):
        taken = occupied(held, command.at)
        full = (ServiceIsFull(service=service.id, places=service.places_at(command.at), taken=taken),)
    overridden = settle(full, command.historic, answering.by)
    return (
        ReferralAccepted(
            **named,
            note=command.note,
            overridden=overridden,
            overridden_by=command.historic.by if command.historic and overridden else None,
        ),
    )


def decline(command: DeclineReferral, answering: Answering) -> Facts:
    """A declined referral says why; for the same reason twice adds nothing."""
    named = answering.names(command, "decline")
    if answering.adds_nothing(command, "decline", command.reason):
        return ()
    return (ReferralDeclined(**named, reason=command.reason, note=command.note),)


class Redirecting(msgspec.Struct, frozen=True, kw_only=True):
    """What passing a referral on must know of the other service."""

    service: Service
    open_referrals: OpenReferrals
    recorded: str | None
    calendar: WorkingCalendar


def redirect(command: RedirectReferral, answering: Answering, knowing: Redirecting) -> Facts:
    """An unanswered referral is passed on to a service that meets the need, on a basis to share that covers its agency.

    It leaves the first service at once, so nothing may have happened to it since.
    """
    named, service, referral = answering.names(command, "redirect"), knowing.service, answering.referral
    if service.id == named["service"]:
        raise SameService(service=service.id)
    if answering.adds_nothing(command, "redirect", service.id):
        return ()
    if place(referral.steps, command.at) < len(referral.steps):
        raise IllegalTransition(status=referral.status, action="redirect")
    # The asked agency holds what it passes on, so within it nothing is shared anew.
    basis = rests(within=service.agency == named["to_agency"], recorded=knowing.recorded, other=command.basis)
    overridden = settle(
        (
            *suitable(service, referral.need, command.at),
            *sharing_refusals(basis, command.rationale, service.agency),
            *referred_already(knowing.open_referrals, service, referral.id, command.at),
        ),
        command.historic,
        answering.by,
    )
    onward: AnswerNames = {**named, "to_agency": service.agency, "service": service.id}
    return (
        ReferralRedirected(
            **onward,
            former_agency=named["to_agency"],
            former_service=named["service"],
            basis=basis.on,
            basis_id=basis.recorded,
            answer_due=answer_due(command.at, service, knowing.calendar),
            note=command.note,
            rationale=command.rationale,
            overridden=overridden,
            overridden_by=command.historic.by if command.historic and overridden else None,
        ),
    )


def hold(command: HoldReferral, answering: Answering) -> Facts:
    """Accepted work pauses; twice adds nothing."""
    named = answering.names(command, "hold")
    if answering.adds_nothing(command, "hold"):
        return ()
    return (ReferralHeld(**named, until=command.until, note=command.note),)


def resume(command: ResumeReferral, answering: Answering) -> Facts:
    """Held work goes on; twice adds nothing."""
    named = answering.names(command, "resume")
    if answering.adds_nothing(command, "resume"):
        return ()
    return (ReferralResumed(**named),)


def book(command: BookReferral, answering: Answering) -> Facts:
    """The person gets an appointment with whoever accepted."""
    named = answering.names(command, "book")
    fact = ReferralBooked(**named, when=command.when, where=command.where)
    if answering.adds_nothing(command, "book", step_of(fact).detail):
        return ()
    return (fact,)


def record_contact(command: RecordContactAttempt, answering: Answering) -> Facts:
    """Every attempt counts, whether it reached the person or not."""
    named, contacted = answering.names(command, "contact"), command.outcome in REACHED
    if answering.adds_nothing(command, "contact", contact_detail(command.outcome, contacted=contacted)):
        return ()
    return (ReferralContactAttempted(**named, outcome=command.outcome, contacted=contacted, note=command.note),)


def start(command: StartReferral, answering: Answering) -> Facts:
    """Accepted help begins; twice adds nothing."""
    named = answering.names(command, "start")
    if answering.adds_nothing(command, "start"):
        return ()
    return (ReferralStarted(**named),)


def complete(command: CompleteReferral, answering: Answering) -> Facts:
    """Help ends with its outcome; with the same outcome twice adds nothing."""
    named = answering.names(command, "complete")
    if answering.adds_nothing(command, "complete", command.outcome):
        return ()
    return (
        ReferralCompleted(
            **named,
            outcome=command.outcome,
            treatment_discharge=command.treatment_discharge,
            note=command.note,
        ),
    )


def fail(command: FailReferral, answering: Answering) -> Facts:
    """Accepted help that could not be given ends with the reason; for the same reason twice adds nothing."""
    named = answering.names(command, "fail")
    if answering.adds_nothing(command, "fail", command.reason):
        return ()
    return (ReferralFailed(**named, reason=command.reason, note=command.note),)


def cancel(command: CancelReferral, answering: Answering) -> Facts:
    """The asked agency ends what it accepted; what it has not accepted it declines instead."""
    named = answering.names(command, "cancel")
    if answering.adds_nothing(command, "cancel"):
        return ()
    return (ReferralCancelled(**named, note=command.note),)
