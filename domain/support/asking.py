"""What the agency that needs help for a person decides: to draft, send, tell more, take back."""

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Final, TypedDict

import msgspec

from domain.actors import Actor
from domain.calendar import WorkingCalendar, civil_date, working_days_after
from domain.codes import InformationCategory, Need
from domain.facts import Facts
from domain.ids import AgencyId, PersonId, ReferralId, ServiceId
from domain.refusals import AlreadyExists, Guarded, NotPermitted, Refusal, Unreadable
from domain.support.answers import of_class, unanswered, unfit
from domain.support.capacity import OpenReferrals, another_open
from domain.support.referral import (
    DiscardDraft,
    DraftReferral,
    GiveInformation,
    MarkEnteredInError,
    ReferralDraftDiscarded,
    ReferralDrafted,
    ReferralEnteredInError,
    ReferralInformationGiven,
    ReferralSent,
    ReferralWithdrawn,
    SendReferral,
    WithdrawReferral,
)
from domain.support.referral_status import Action, Asked, IllegalTransition, Referral, ReferralStep, adds_nothing
from domain.support.service import Service
from domain.support.words import COORDINATING, Rests, rests, settle, sharing_refusals

ALWAYS_SHARED: Final[frozenset[InformationCategory]] = frozenset({"identity", "contact"})
CATEGORIES_OF_NEED: Final[Mapping[Need, frozenset[InformationCategory]]] = {
    "drugs": frozenset({"substance-use"}),
    "alcohol": frozenset({"substance-use"}),
    "housing": frozenset({"housing"}),
    "benefits-and-employment": frozenset({"benefits"}),
    "id-and-bank-account": frozenset({"benefits"}),
    "debt": frozenset({"benefits"}),
    "gp-registration": frozenset({"health"}),
    "mental-health": frozenset({"health"}),
    "physical-health": frozenset({"health"}),
    "wound-care": frozenset({"health"}),
    "domestic-abuse": frozenset({"safeguarding"}),
    "sex-work-support": frozenset({"safeguarding"}),
}
"""What kind of information asking for help with a need hands over, besides who the person is and how to reach them."""


def categories_of(need: Need) -> frozenset[InformationCategory]:
    """Every kind of information that a referral for a need hands over."""
    return ALWAYS_SHARED | CATEGORIES_OF_NEED.get(need, frozenset())


class NotYourReferral(NotPermitted):
    """Another agency sent it."""

    code = "not-your-referral"
    rule = "Only the agency that sent a referral tells more, takes it back or corrects it."
    permitted_by = "Ask the agency that sent it."


class ServiceNotOpen(Guarded):
    """The service takes no new referrals."""

    code = "service-not-open"
    rule = "A closed service is asked no more."
    permitted_by = "Choose another service for this need."


class ServiceDoesNotMeetNeed(Guarded):
    """The service is for other needs."""

    code = "service-does-not-meet-need"
    rule = "A service is asked for the needs that it meets."
    permitted_by = "Choose a service for this need, or the need that the service meets."


class CoreMissing(Guarded):
    """The minimum that every referral says is not there."""

    code = "minimum-core-missing"
    rule = (
        "Every referral says how to contact the person safely, their language, urgency, household and children, "
        "accommodation tonight, ID held and GP registration (ours)."
    )
    permitted_by = "Fill in the core fields; not-known is an answer."


class PaperIsForCoordinators(NotPermitted):
    """Not everybody may leave out what a referral says."""

    code = "paper-is-for-coordinators"
    rule = "A referral is typed from a form that says less by a coordinator or an import (ours)."
    permitted_by = "Fill in the core fields and the service's questions, or ask the hub coordinator to type it."


class AlreadyReferred(Guarded):
    """The person has an open referral for this."""

    code = "already-referred"
    rule = "There is no second open referral for the same need and service."
    permitted_by = "Follow the open one, or withdraw it first."


class NothingTold(Unreadable):
    """No information."""

    code = "nothing-told"
    rule = "Giving information says something."


class ReferralNames(TypedDict):
    """What every fact of a sent referral names."""

    at: dt.datetime
    referral: ReferralId
    person: PersonId
    from_agency: AgencyId
    to_agency: AgencyId
    service: ServiceId
    need: Need


def names(referral: Referral, asked: Asked, at: dt.datetime) -> ReferralNames:
    """The names of a fact of a referral while an agency is asked."""
    return ReferralNames(
        at=at,
        referral=referral.id,
        person=referral.person,
        from_agency=referral.from_agency,
        to_agency=asked.agency,
        service=asked.service,
        need=referral.need,
    )


def draft(command: DraftReferral, known: Referral | None, by: Actor) -> Facts:
    """A referral is drafted once; the same again adds nothing. A draft discloses nothing to anybody."""
    if known is None:
        return (
            ReferralDrafted(
                at=command.at,
                referral=command.referral,
                person=command.person,
                from_agency=by.agency,
                service=command.service,
                need=command.need,
                reason=command.reason,
                health_reason=command.health_reason,
            ),
        )
    told = (known.person, known.from_agency, known.need, known.drafted)
    if known.status == "draft" and told == (command.person, by.agency, command.need, command.service):
        return ()
    raise AlreadyExists(referral=command.referral)


class Sending(msgspec.Struct, frozen=True, kw_only=True):
    """What sending a referral must know: the draft or what the id names already, the service, and what stands open."""

    known: Referral | None
    service: Service
    open_referrals: OpenReferrals
    recorded: str | None
    calendar: WorkingCalendar


def send(command: SendReferral, knowing: Sending, by: Actor) -> Facts:
    """A service is asked on a live basis to share, with the minimum core and its own questions answered, and only once.

    The answer is due after so many working days of the asked agency's calendar. Sending the same again adds nothing.
    """
    service = knowing.service
    if _sent_already(command, knowing.known, service, by):
        return ()
    basis = rests(within=service.agency == by.agency, recorded=knowing.recorded, other=command.basis)
    for refusal in unfit(service.questions, command.answers):
        raise refusal
    if command.paper and by.role not in COORDINATING:
        raise PaperIsForCoordinators
    overridden = settle(
        (
            *suitable(service, command.need, command.at),
            *(() if command.core or command.paper else (CoreMissing(),)),
            *(() if command.paper else unanswered(service.questions, command.answers)),
            *sharing_refusals(basis, command.rationale, service.agency),
            *referred_already(knowing.open_referrals, service, command.referral, command.at),
        ),
        command.historic,
        by,
    )
    return (_sent(command, knowing, by, basis, overridden),)


def _sent(
    command: SendReferral, knowing: Sending, by: Actor, basis: Rests, overridden: tuple[str, ...]
) -> ReferralSent:
    service, core = knowing.service, command.core
    contact = core.safe_contact if core else None
    return ReferralSent(
        at=command.at,
        referral=command.referral,
        person=command.person,
        from_agency=by.agency,
        to_agency=service.agency,
        service=service.id,
        need=command.need,
        basis=basis.on,
        basis_id=basis.recorded,
        answer_due=answer_due(command.at, service, knowing.calendar),
        language=core.language if core else None,
        urgency=core.urgency if core else None,
        reason=command.reason,
        health_reason=command.health_reason,
        rationale=command.rationale,
        contact=contact.how if contact else None,
        not_to_talk_to=contact.not_to_talk_to if contact else None,
        may_post=contact.may_post if contact else None,
        may_leave_message=contact.may_leave_message if contact else None,
        household=core.household if core else None,
        children=core.children if core else None,
        accommodation_tonight=core.accommodation_tonight if core else None,
        id_held=core.id_held if core else None,
        gp_registered=core.gp_registered if core else None,
        answers=of_class("identity", service.questions, command.answers),
        health_answers=of_class("health", service.questions, command.answers),
        intelligence_answers=of_class("intelligence", service.questions, command.answers),
        paper=command.paper,
        overridden=overridden,
        overridden_by=command.historic.by if command.historic and overridden else None,
    )


def _sent_already(command: SendReferral, known: Referral | None, service: Service, by: Actor) -> bool:
    if known is None:
        return False
    if (known.person, known.from_agency) != (command.person, by.agency):
        raise AlreadyExists(referral=command.referral)
    if known.status == "draft":
        return adds_nothing(known, ReferralStep(command.at, "send"))
    first = known.asked[0] if known.asked else None
    if first is None or (known.need, first.service) != (command.need, service.id):
        raise AlreadyExists(referral=command.referral)
    return True


def suitable(service: Service, need: Need, at: dt.datetime) -> Iterable[Refusal]:
    """A service is asked while it is open, for a need that it meets."""
    if not service.open_at(at):
        yield ServiceNotOpen(service=service.id, ask=service.agency)
    if need not in service.needs:
        yield ServiceDoesNotMeetNeed(service=service.id, need=need)


def referred_already(
    known: OpenReferrals, service: Service, referral: ReferralId, at: dt.datetime
) -> Iterable[Refusal]:
    """No second open referral of a person for the same need and service.

    The refusal does not name the other one: whose it is may be nobody else's to know.
    """
    if another_open(known, service.id, referral, at) is not None:
        yield AlreadyReferred(service=service.id, ask=service.agency)


def answer_due(at: dt.datetime, service: Service, calendar: WorkingCalendar) -> dt.date:
    """The day by whose end the answer is due: working days of the asked agency."""
    return working_days_after(civil_date(at), service.answer_due_days, calendar)


def sent_by(referral: Referral, by: Actor) -> None:
    """Only the agency that sent it. Raises NotYourReferral."""
    if by.agency != referral.from_agency:
        raise NotYourReferral(ask=referral.from_agency)


def asked_then(referral: Referral, at: dt.datetime, action: Action) -> Asked:
    """Who was asked when it happened. Raises IllegalTransition if nobody was: a draft is with nobody."""
    asked = referral.asked_at(at)
    if asked is None:
        raise IllegalTransition(status=referral.status_at(at) or "not-sent", action=action)
    return asked


def give(command: GiveInformation, referral: Referral, by: Actor, *, recorded: str | None) -> Facts:
    """The sender tells more while the referral is open, on a basis that is live then."""
    sent_by(referral, by)
    asked = asked_then(referral, command.at, "give")
    if command.information is None and command.health_information is None:
        raise NothingTold
    if adds_nothing(referral, ReferralStep(command.at, "give")):
        return ()
    basis = rests(within=asked.agency == by.agency, recorded=recorded, other=command.basis)
    overridden = settle(sharing_refusals(basis, command.rationale, asked.agency), command.historic, by)
    return (
        ReferralInformationGiven(
            **names(referral, asked, command.at),
            basis=basis.on,
            basis_id=basis.recorded,
            information=command.information,
            health_information=command.health_information,
            rationale=command.rationale,
            overridden=overridden,
            overridden_by=command.historic.by if command.historic and overridden else None,
        ),
    )


def withdraw(command: WithdrawReferral, referral: Referral, by: Actor) -> Facts:
    """Only the sender takes a referral back, until it has ended; twice adds nothing."""
    sent_by(referral, by)
    asked = asked_then(referral, command.at, "withdraw")
    if adds_nothing(referral, ReferralStep(command.at, "withdraw")):
        return ()
    return (ReferralWithdrawn(**names(referral, asked, command.at), note=command.note),)


def discard(command: DiscardDraft, referral: Referral, by: Actor) -> Facts:
    """A draft, and only a draft, is thrown away by its writer; twice adds nothing."""
    sent_by(referral, by)
    if adds_nothing(referral, ReferralStep(command.at, "discard")):
        return ()
    assert referral.drafted is not None
    return (
        ReferralDraftDiscarded(
            at=command.at,
            referral=referral.id,
            person=referral.person,
            from_agency=referral.from_agency,
            service=referral.drafted,
            need=referral.need,
        ),
    )


def mark_entered_in_error(command: MarkEnteredInError, referral: Referral, by: Actor) -> Facts:
    """The sender says that it should never have been sent; twice adds nothing."""
    sent_by(referral, by)
    asked = asked_then(referral, command.at, "mark-entered-in-error")
    if adds_nothing(referral, ReferralStep(command.at, "mark-entered-in-error")):
        return ()
    return (ReferralEnteredInError(**names(referral, asked, command.at), note=command.note),)
