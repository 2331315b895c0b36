"""Decisions about help: services, referrals, notifications to housing authorities, support plans.

Who is party to a referral, notification or plan may act on it: what it needs to be permitted is in its own story.
"""

from application.deciding import Know, decides
from application.governance import ADMINISTRATION
from application.people import known_records, the_person
from application.permitting import permit, permit_party, permit_person, the_agency
from application.relating import the_bases
from domain.actors import Actor
from domain.calendar import WorkingCalendar
from domain.codes import InformationCategory, Need
from domain.facts import Facts, Instant
from domain.governance.partnership import partnership
from domain.governance.scope import Category
from domain.governance.sharing import Resource
from domain.ids import AgencyId, NotificationId, PersonId, PlanId, ReferralId, ServiceId
from domain.people.person import Person, existing
from domain.refusals import found
from domain.support import (
    answering,
    asking,
    capacity,
    duty_to_refer,
    handing_over,
    plan,
    plan_actions,
    planning,
    referral,
    referral_status,
    service,
    telling,
)
from domain.support.words import COORDINATING, OnBehalf


async def _permit_for(know: Know, by: Actor, category: Category, person: PersonId) -> Person:
    """Help begins with a person whom the actor's agency knows."""
    await permit_person(know, by, "write", category, person, frozenset({by.agency}))
    await permit_person(know, by, "write", "register", person)
    return existing(await the_person(know, person))


async def _open_referrals(
    know: Know, by: Actor, person: Person, need: Need, service_id: ServiceId
) -> capacity.OpenReferrals:
    """What stands open for a need at a service, under each record of the human that the actor knows."""
    spans: capacity.Spans = ()
    for one in sorted(await known_records(know, by, person)):
        spans += (await know(capacity.open_referrals(one, need, service_id))).get(service_id, ())
    return {service_id: spans}


async def _calendar(know: Know, agency: AgencyId) -> WorkingCalendar:
    return (await the_agency(know, agency)).calendar


async def _service(know: Know, service_id: ServiceId) -> service.Service:
    """A service of the directory, which all of the partnership may read."""
    return found(await know(service.service(service_id)))


async def recorded_basis(
    know: Know, person: PersonId, recipient: AgencyId, categories: frozenset[InformationCategory], at: Instant
) -> str | None:
    """The id of a consent or other basis on which all of this could be shared with an agency when it happened."""
    found = (await the_bases(know, person)).covers(recipient, categories, at)
    return found.id if found else None


@decides(service.OfferService)
async def offer_service(know: Know, command: service.OfferService, by: Actor) -> Facts:
    """An agency offers its own service; an administrator or coordinator does it for one that does not log in."""
    await _permit_directory(know, by, command.agency)
    await the_agency(know, command.agency)
    return service.offer(command, await know(service.service(command.service)))


@decides(service.ChangePlaces)
async def change_places(know: Know, command: service.ChangePlaces, by: Actor) -> Facts:
    """The service's agency says how many places it has."""
    known = await _service(know, command.service)
    await _permit_directory(know, by, known.agency)
    return service.change_places(command, known)


@decides(service.CloseService)
async def close_service(know: Know, command: service.CloseService, by: Actor) -> Facts:
    """The service's agency closes it."""
    known = await _service(know, command.service)
    await _permit_directory(know, by, known.agency)
    return service.close(command, known)


async def _permit_directory(know: Know, by: Actor, agency: AgencyId) -> None:
    """A service is its agency's to offer and change; for others it is administration."""
    own = Resource(category="support", of_person=False)
    await permit(know, by, "write", own if by.agency == agency else ADMINISTRATION)


def _speaking(by: Actor, on_behalf_of: OnBehalf | None) -> frozenset[AgencyId]:
    """A coordinator speaks for an agency that answered by phone."""
    return frozenset({by.agency} if on_behalf_of is not None and by.role in COORDINATING else ())


async def _referral(
    know: Know, by: Actor, referral_id: ReferralId, on_behalf_of: OnBehalf | None = None
) -> referral_status.Referral:
    """A referral that the actor's agency is party to, or a coordinator's who records an answer on behalf."""
    known = await know(referral_status.referral(referral_id))
    return await permit_party(know, by, "support", known, _speaking(by, on_behalf_of))


async def _answering(know: Know, command: referral.AskedCommand, by: Actor) -> answering.Answering:
    known = await _referral(know, by, command.referral, command.on_behalf_of)
    asked = known.asked_at(command.at)
    logs_in = asked is None or (await the_agency(know, asked.agency)).logs_in
    return answering.Answering(referral=known, by=by, logs_in=logs_in)


@decides(referral.DraftReferral)
async def draft_referral(know: Know, command: referral.DraftReferral, by: Actor) -> Facts:
    """A referral for a person whom the agency knows is begun."""
    await _permit_for(know, by, "support", command.person)
    await _service(know, command.service)
    return asking.draft(command, await know(referral_status.referral(command.referral)), by)


@decides(referral.SendReferral)
async def send_referral(know: Know, command: referral.SendReferral, by: Actor) -> Facts:
    """Sending needs the service, what stands open with it, and what sharing with its agency rests on."""
    person = await _permit_for(know, by, "support", command.person)
    known = await _service(know, command.service)
    categories = asking.categories_of(command.need)
    return asking.send(
        command,
        asking.Sending(
            known=await know(referral_status.referral(command.referral)),
            service=known,
            open_referrals=await _open_referrals(know, by, person, command.need, known.id),
            recorded=await recorded_basis(know, command.person, known.agency, categories, command.at),
            calendar=await _calendar(know, known.agency),
        ),
        by,
    )


@decides(referral.GiveInformation)
async def give_information(know: Know, command: referral.GiveInformation, by: Actor) -> Facts:
    """Telling more is sharing again: it needs a basis that is live now."""
    known = await _referral(know, by, command.referral)
    asked = known.asked_at(command.at)
    recorded = None
    if asked is not None:
        categories = asking.categories_of(known.need)
        recorded = await recorded_basis(know, known.person, asked.agency, categories, command.at)
    return asking.give(command, known, by, recorded=recorded)


@decides(referral.WithdrawReferral)
async def withdraw_referral(know: Know, command: referral.WithdrawReferral, by: Actor) -> Facts:
    """The sender takes it back."""
    return asking.withdraw(command, await _referral(know, by, command.referral), by)


@decides(referral.DiscardDraft)
async def discard_draft(know: Know, command: referral.DiscardDraft, by: Actor) -> Facts:
    """The writer throws a draft away."""
    return asking.discard(command, await _referral(know, by, command.referral), by)


@decides(referral.MarkEnteredInError)
async def mark_entered_in_error(know: Know, command: referral.MarkEnteredInError, by: Actor) -> Facts:
    """The sender says that it should never have been sent."""
    return asking.mark_entered_in_error(command, await _referral(know, by, command.referral), by)


@decides(referral.ReceiveReferral)
async def receive_referral(know: Know, command: referral.ReceiveReferral, by: Actor) -> Facts:
    """The asked agency has it."""
    return answering.receive(command, await _answering(know, command, by))


@decides(referral.AskForInformation)
async def ask_for_information(know: Know, command: referral.AskForInformation, by: Actor) -> Facts:
    """The asked agency asks for more."""
    return answering.ask(command, await _answering(know, command, by))


@decides(referral.AcceptReferral)
async def accept_referral(know: Know, command: referral.AcceptReferral, by: Actor) -> Facts:
    """Accepting needs the referral's story, then the occupancy of the service it names, if its places are limited."""
    known = await _answering(know, command, by)
    asked = asking.asked_then(known.referral, command.at, "accept")
    offered = await _service(know, asked.service)
    held = await know(capacity.occupancy(offered.id)) if offered.limited else ()
    return answering.accept(command, known, offered, held)


@decides(referral.DeclineReferral)
async def decline_referral(know: Know, command: referral.DeclineReferral, by: Actor) -> Facts:
    """The asked agency says no."""
    return answering.decline(command, await _answering(know, command, by))


@decides(referral.RedirectReferral)
async def redirect_referral(know: Know, command: referral.RedirectReferral, by: Actor) -> Facts:
    """Passing on needs what sending needs, for the other service."""
    answer = await _answering(know, command, by)
    known, other = answer.referral, await _service(know, command.to_service)
    categories = asking.categories_of(known.need)
    return answering.redirect(
        command,
        answer,
        answering.Redirecting(
            service=other,
            open_referrals=await _open_referrals(know, by, await the_person(know, known.person), known.need, other.id),
            recorded=await recorded_basis(know, known.person, other.agency, categories, command.at),
            calendar=await _calendar(know, other.agency),
        ),
    )


@decides(referral.HoldReferral)
async def hold_referral(know: Know, command: referral.HoldReferral, by: Actor) -> Facts:
    """Work on it pauses."""
    return answering.hold(command, await _answering(know, command, by))


@decides(referral.ResumeReferral)
async def resume_referral(know: Know, command: referral.ResumeReferral, by: Actor) -> Facts:
    """Work on it goes on."""
    return answering.resume(command, await _answering(know, command, by))


@decides(referral.BookReferral)
async def book_referral(know: Know, command: referral.BookReferral, by: Actor) -> Facts:
    """The person gets an appointment."""
    return answering.book(command, await _answering(know, command, by))


@decides(referral.RecordContactAttempt)
async def record_contact_attempt(know: Know, command: referral.RecordContactAttempt, by: Actor) -> Facts:
    """The asked agency tried to reach the person."""
    return answering.record_contact(command, await _answering(know, command, by))


@decides(referral.StartReferral)
async def start_referral(know: Know, command: referral.StartReferral, by: Actor) -> Facts:
    """The help begins."""
    return answering.start(command, await _answering(know, command, by))


@decides(referral.CompleteReferral)
async def complete_referral(know: Know, command: referral.CompleteReferral, by: Actor) -> Facts:
    """The help ended as meant."""
    return answering.complete(command, await _answering(know, command, by))


@decides(referral.FailReferral)
async def fail_referral(know: Know, command: referral.FailReferral, by: Actor) -> Facts:
    """The help could not be given."""
    return answering.fail(command, await _answering(know, command, by))


@decides(referral.CancelReferral)
async def cancel_referral(know: Know, command: referral.CancelReferral, by: Actor) -> Facts:
    """The asked agency ends what it accepted."""
    return answering.cancel(command, await _answering(know, command, by))


@decides(duty_to_refer.NotifyHousingAuthority)
async def notify_housing_authority(know: Know, command: duty_to_refer.NotifyHousingAuthority, by: Actor) -> Facts:
    """The authority that the person chose is told; whether that is a duty depends on what the notifying agency is."""
    await _permit_for(know, by, "duty", command.person)
    authority = await the_agency(know, command.authority)
    own = (await know(partnership())).agencies.get(by.agency)
    return duty_to_refer.notify(
        command,
        duty_to_refer.Notifying(
            known=await know(duty_to_refer.notification(command.notification)),
            kind=own.kind if own else "partnership",
            authority_kind=authority.kind,
            calendar=authority.calendar,
        ),
        by,
    )


async def _notification(
    know: Know, by: Actor, notification: NotificationId, on_behalf_of: OnBehalf | None
) -> duty_to_refer.Answering:
    told = await know(duty_to_refer.notification(notification))
    known = await permit_party(know, by, "duty", told, _speaking(by, on_behalf_of))
    authority = await the_agency(know, known.authority)
    return duty_to_refer.Answering(notification=known, by=by, logs_in=authority.logs_in)


@decides(duty_to_refer.AcknowledgeNotification)
async def acknowledge_notification(know: Know, command: duty_to_refer.AcknowledgeNotification, by: Actor) -> Facts:
    """The authority has it."""
    known = await _notification(know, by, command.notification, command.on_behalf_of)
    return duty_to_refer.acknowledge(command, known)


@decides(duty_to_refer.RecordHousingContact)
async def record_housing_contact(know: Know, command: duty_to_refer.RecordHousingContact, by: Actor) -> Facts:
    """The authority tried to reach the person."""
    known = await _notification(know, by, command.notification, command.on_behalf_of)
    return duty_to_refer.record_contact(command, known)


@decides(duty_to_refer.OpenHousingApplication)
async def open_housing_application(know: Know, command: duty_to_refer.OpenHousingApplication, by: Actor) -> Facts:
    """The authority opened a homelessness application."""
    known = await _notification(know, by, command.notification, command.on_behalf_of)
    return duty_to_refer.open_application(command, known)


@decides(duty_to_refer.RecordNoHousingApplication)
async def record_no_housing_application(
    know: Know, command: duty_to_refer.RecordNoHousingApplication, by: Actor
) -> Facts:
    """The authority opened none, and says why."""
    known = await _notification(know, by, command.notification, command.on_behalf_of)
    return duty_to_refer.record_no_application(command, known)


@decides(duty_to_refer.DeclineNotification)
async def decline_notification(know: Know, command: duty_to_refer.DeclineNotification, by: Actor) -> Facts:
    """Always refused, and remembered."""
    known = await _notification(know, by, command.notification, command.on_behalf_of)
    return duty_to_refer.decline(command, known)


async def _plan(know: Know, by: Actor, plan_id: PlanId) -> plan.Plan:
    """A plan in which the actor's agency has a part."""
    return await permit_party(know, by, "support", await know(plan.plan(plan_id)))


@decides(planning.OpenPlan)
async def open_plan(know: Know, command: planning.OpenPlan, by: Actor) -> Facts:
    """A plan begins with a person whom the agency knows."""
    await _permit_for(know, by, "support", command.person)
    return planning.open_plan(command, await know(plan.plan(command.plan)), by)


@decides(planning.SetGoal)
async def set_goal(know: Know, command: planning.SetGoal, by: Actor) -> Facts:
    """What the person wants."""
    return planning.set_goal(command, await _plan(know, by, command.plan))


@decides(planning.RecordPersonsView)
async def record_persons_view(know: Know, command: planning.RecordPersonsView, by: Actor) -> Facts:
    """How the person sees it."""
    return planning.record_view(command, await _plan(know, by, command.plan), by)


@decides(plan_actions.AddAction)
async def add_action(know: Know, command: plan_actions.AddAction, by: Actor) -> Facts:
    """Somebody will do something; another agency is told on a live basis."""
    known = await _plan(know, by, command.plan)
    owner = await the_agency(know, command.owner_agency)
    need = known.goals.get(command.goal) if command.goal else None
    categories = asking.categories_of(need) if need else asking.ALWAYS_SHARED
    recorded = await recorded_basis(know, known.person, owner.id, categories, command.at)
    return plan_actions.add_action(command, known, by, recorded=recorded)


@decides(plan_actions.CompleteAction)
async def complete_action(know: Know, command: plan_actions.CompleteAction, by: Actor) -> Facts:
    """Somebody did it, or it need not or cannot be done."""
    return plan_actions.complete_action(command, await _plan(know, by, command.plan), by)


@decides(planning.ReviewPlan)
async def review_plan(know: Know, command: planning.ReviewPlan, by: Actor) -> Facts:
    """The leading agency looks at it again."""
    return planning.review(command, await _plan(know, by, command.plan), by)


@decides(planning.RecordOutcome)
async def record_outcome(know: Know, command: planning.RecordOutcome, by: Actor) -> Facts:
    """What came of it."""
    return planning.record_outcome(command, await _plan(know, by, command.plan), by)


@decides(planning.RecordSetback)
async def record_setback(know: Know, command: planning.RecordSetback, by: Actor) -> Facts:
    """What went back."""
    return planning.record_setback(command, await _plan(know, by, command.plan), by)


@decides(handing_over.HandOver)
async def hand_over(know: Know, command: handing_over.HandOver, by: Actor) -> Facts:
    """Somebody else owns it from now on."""
    return handing_over.hand_over(command, await _plan(know, by, command.plan), by)


@decides(handing_over.HandOverAll)
async def hand_over_all(know: Know, command: handing_over.HandOverAll, by: Actor) -> Facts:
    """Somebody leaves: all that they own for the actor's agency goes to a colleague."""
    await permit(know, by, "write", Resource(category="support", parties=frozenset({by.agency})))
    return handing_over.hand_over_all(command, await know(handing_over.belongings(command.from_owner)), by)


@decides(planning.ClosePlan)
async def close_plan(know: Know, command: planning.ClosePlan, by: Actor) -> Facts:
    """The plan ends."""
    return planning.close(command, await _plan(know, by, command.plan), by)


@decides(telling.TellAgency)
async def tell_agency(know: Know, command: telling.TellAgency, by: Actor) -> Facts:
    """Whoever works with a person tells another agency of them, on a basis that covers who the person is."""
    await _permit_for(know, by, "support", command.person)
    await the_agency(know, command.to_agency)
    recorded = await recorded_basis(know, command.person, command.to_agency, telling.TOLD_OF, command.at)
    return telling.tell(command, by, recorded, await know(telling.told_of(command.person)))
