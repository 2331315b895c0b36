"""Decisions about street work: ladders, encounters, episodes, instruments and hub sessions."""

import datetime as dt
from typing import Final, get_args

from application.deciding import Know, decides
from application.people import kept_apart, known_records, the_person
from application.permitting import permit, permit_person, the_agency
from domain.actors import Actor, Role
from domain.calendar import civil_date
from domain.codes import PAUSING_FLAGS
from domain.engagement import (
    appeals,
    climbing,
    closing,
    drafting,
    encounter,
    episode,
    escalation,
    hub_session,
    in_force,
    instrument,
    issuing,
    ladder,
    opening,
    orders,
    pausing,
    restrictions,
    serving,
    tickets,
)
from domain.engagement.bound import Bound, bound_of
from domain.engagement.circumstances import Circumstances, Issuer, issuer_of
from domain.engagement.episode import Episode
from domain.engagement.journey import Journey, journey_of
from domain.engagement.ladder import Ladder
from domain.engagement.overrides import CLERKS
from domain.facts import Facts
from domain.governance import agency
from domain.governance.sharing import Resource
from domain.ids import EpisodeId, PersonId, SessionId, WorkerId
from domain.people.person import Person, existing
from domain.people.person import person as person_of
from domain.refusals import Unknown, found

ADMINISTRATION: Final = Resource(category="administration", of_person=False)
HUB: Final = Resource(category="hub", of_person=False)
POWERS: Final = get_args(agency.Power)


async def the_journey(know: Know, human: Person) -> Journey:
    """A human's journey, from each of their records."""
    journey = await know(journey_of(human.id))
    for other in sorted(human.ids - {human.id}):
        journey = journey.over(await know(journey_of(other)))
    return journey


async def circumstances_of(know: Know, human: Person, at: dt.datetime) -> Circumstances:
    """What the guards of street work know of a human at a moment."""
    languages = human.languages_at(at)
    home = human.circumstances_at(at)
    return Circumstances(
        age_band=human.age_band_at(at),
        stopped="died"
        if human.is_dead(at)
        else "custody"
        if human.is_staying("custody", at)
        else "hospital"
        if human.is_staying("hospital", at)
        else None,
        flags=frozenset(flag.kind for flag in human.open_flags(at)) & PAUSING_FLAGS,
        understands=frozenset(languages.understands),
        reads=frozenset(languages.reads),
        needs_interpreter=languages.needs_interpreter is True,
        keep_apart=await kept_apart(know, human, at),
        no_fixed_abode=home.no_fixed_abode,
        has_income=home.has_income,
    )


async def the_issuer(know: Know, by: Actor, officer: WorkerId | None, role: Role | None, at: dt.datetime) -> Issuer:
    """The human who issues, and the powers that they held on that day, by office or by grant."""
    worker = issuer_of(by, officer)
    if worker is None:
        return Issuer(worker=None)
    clerk = by.role in CLERKS
    # whoever is no clerk does not lend an office to somebody else
    office = by.role if worker == by.worker else role if clerk else None
    held = await know(agency.grants(worker))
    on = civil_date(at)
    powers = frozenset(power for power in POWERS if agency.holds(power, office or "system", held, on))
    return Issuer(worker=worker, role=office, powers=powers, clerk=clerk)


@decides(ladder.AdoptLadder)
async def adopt_ladder(know: Know, command: ladder.AdoptLadder, by: Actor) -> Facts:
    """An administrator or coordinator enters the ladder that the partnership adopted."""
    await permit(know, by, "write", ADMINISTRATION)
    return ladder.adopt(command, await know(ladder.ladders()))


@decides(encounter.RecordEncounter)
async def record_encounter(know: Know, command: encounter.RecordEncounter, by: Actor) -> Facts:
    """Whoever meets a person may record it; the person concerns their agency from then on."""
    await permit_person(know, by, "write", "engagement", command.person, frozenset({by.agency}), keeps=True)
    existing(await know(person_of(command.person)))
    known = await know(encounter.encounter(command.encounter))
    return encounter.record(command, known, await know(encounter.encounters_of(command.person)), by)


@decides(encounter.CorrectEncounter)
async def correct_encounter(know: Know, command: encounter.CorrectEncounter, by: Actor) -> Facts:
    """Those whom the person concerns may correct what was recorded."""
    await permit_person(know, by, "write", "engagement", command.person, keeps=True)
    return encounter.correct(command, await know(encounter.encounters_of(command.person)), by)


@decides(encounter.VoidEncounter)
async def void_encounter(know: Know, command: encounter.VoidEncounter, by: Actor) -> Facts:
    """Those whom the person concerns may take back what should not have been recorded."""
    await permit_person(know, by, "write", "engagement", command.person, keeps=True)
    return encounter.void(command, await know(encounter.encounters_of(command.person)), by)


async def _spans(know: Know, by: Actor, human: Person, operation: str) -> opening.Spans:
    """When the episodes of a human under an operation were open, under each record that the actor knows."""
    spans: opening.Spans = ()
    for one in sorted(await known_records(know, by, human)):
        spans += await know(opening.spans_of(one, operation))
    return spans


@decides(opening.OpenEpisode)
async def open_episode(know: Know, command: opening.OpenEpisode, by: Actor) -> Facts:
    """Opening knows the ladder, the person's episodes under its operation, and the person's age."""
    await permit_person(know, by, "write", "engagement", command.person, frozenset({by.agency}))
    return await _opened(know, command, by, existing(await the_person(know, command.person)))


async def _opened(know: Know, command: opening.OpenEpisode, by: Actor, human: Person) -> Facts:
    chosen = ladder.pinned(await know(ladder.ladders()), command.ladder, command.ladder_version)
    spans = await _spans(know, by, human, chosen.operation)
    known = await know(episode.episode(command.episode))
    circumstances = await circumstances_of(know, human, command.at)
    return opening.open_(command, chosen, known, spans, circumstances, by)


async def _episode(know: Know, one: EpisodeId, by: Actor) -> tuple[Episode, Ladder]:
    """An episode that concerns the agency, with the ladder that it is pinned to; anything else is not there."""
    known = await know(episode.episode(one))
    if known is None:
        await permit(know, by, "write", Resource(category="engagement"))
        raise Unknown
    await permit_person(know, by, "write", "engagement", known.person)
    return known, ladder.pinned(await know(ladder.ladders()), known.ladder, known.ladder_version)


@decides(escalation.ProposeEscalation)
async def propose_escalation(know: Know, command: escalation.ProposeEscalation, by: Actor) -> Facts:
    """A proposal knows what the step's issue will have to know of the person and their journey."""
    known, chosen = await _episode(know, command.episode, by)
    human = await the_person(know, known.person)
    step = climbing.StepKnown(
        episode=known,
        ladder=chosen,
        circumstances=await circumstances_of(know, human, command.at),
        journey=await the_journey(know, human),
        issuer=Issuer(worker=by.worker, role=by.role),
    )
    return escalation.propose(command, step, by)


@decides(escalation.AuthoriseEscalation)
async def authorise_escalation(know: Know, command: escalation.AuthoriseEscalation, by: Actor) -> Facts:
    """Authorising knows the proposal and what the ladder says of the step."""
    return escalation.authorise(command, *await _episode(know, command.episode, by), by)


@decides(escalation.RefuseEscalation)
async def refuse_escalation(know: Know, command: escalation.RefuseEscalation, by: Actor) -> Facts:
    """Declining knows the proposal and what the ladder says of the step."""
    return escalation.decline(command, *await _episode(know, command.episode, by), by)


async def _opening(
    know: Know, command: issuing.IssueTicket, wanted: issuing.Opening, by: Actor
) -> tuple[Facts, Episode, Ladder]:
    """The person's standing episode under the ladder's operation, or the facts that open one."""
    await permit_person(know, by, "write", "engagement", wanted.person, frozenset({by.agency}))
    human = existing(await the_person(know, wanted.person))
    adopted = await know(ladder.ladders())
    chosen = ladder.pinned(adopted, wanted.ladder, wanted.ladder_version)
    span = opening.standing_span(await _spans(know, by, human, chosen.operation), command.at)
    if span is not None:
        standing = await know(episode.episode(span.episode))
        assert standing is not None, "a span is opened by its episode"
        return (), standing, ladder.pinned(adopted, standing.ladder, standing.ladder_version)
    opens = opening.OpenEpisode(
        at=command.at,
        episode=command.episode,
        person=wanted.person,
        ladder=chosen.ladder,
        ladder_version=chosen.version,
        childrens_services_informed=command.childrens_services_informed,
        historic=command.historic,
    )
    opened = await _opened(know, opens, by, human)
    begun: Episode | None = None
    for fact in opened:
        begun = episode.evolve_episode(begun, fact)
    if begun is None:
        raise episode.EpisodeEnded(episode=command.episode)
    return opened, begun, chosen


@decides(issuing.IssueTicket)
async def issue_ticket(know: Know, command: issuing.IssueTicket, by: Actor) -> Facts:
    """A ticket knows the episode, its ladder, the person and their journey, the officer's powers, the hub."""
    opened: Facts = ()
    if command.opening is None:
        known, chosen = await _episode(know, command.episode, by)
    else:
        opened, known, chosen = await _opening(know, command, command.opening, by)
    human = await the_person(know, known.person)
    journey = await the_journey(know, human)
    session = None
    if command.invite is not None:
        session = found(await know(hub_session.session(command.invite.session)))
    step = climbing.StepKnown(
        episode=known,
        ladder=chosen,
        circumstances=await circumstances_of(know, human, command.at),
        journey=journey,
        issuer=await the_issuer(know, by, command.officer, command.officer_role, command.at),
        session=session,
        forbidden=journey.bound.forbidden_at(session.starts) if session else frozenset(),
        invited=not _offered(command, chosen) and await _invited(know, journey, command.at),
        alike=await know(tickets.tickets_like(command.ticket, command.serial)),
        standing=not opened,
    )
    issued = issuing.issue(command, step, by)
    return opened + issued if issued else ()


def _offered(command: issuing.IssueTicket, chosen: Ladder) -> bool:
    """Whether the ticket itself offers the hub, so that nobody has to look for an invitation."""
    offers = any(step.step == command.step and step.offers_hub for step in chosen.steps)
    return command.invite is not None or (offers and command.offers_hub is not False)


async def _invited(know: Know, journey: Journey, at: dt.datetime) -> bool:
    """Whether an invitation to a coming session stood at a moment."""
    for one, invited_at in journey.invited.items():
        session = await know(hub_session.session(one)) if invited_at <= at else None
        if session is not None and session.ends > at and not session.cancelled_by(at):
            return True
    return False


@decides(tickets.VoidTicket)
async def void_ticket(know: Know, command: tickets.VoidTicket, by: Actor) -> Facts:
    """Voiding knows the episode."""
    known, _ = await _episode(know, command.episode, by)
    return tickets.void_ticket(command, known, by)


@decides(pausing.PauseEpisode)
async def pause_episode(know: Know, command: pausing.PauseEpisode, by: Actor) -> Facts:
    """Pausing knows the episode."""
    known, _ = await _episode(know, command.episode, by)
    return pausing.pause(command, known, by)


@decides(pausing.ResumeEpisode)
async def resume_episode(know: Know, command: pausing.ResumeEpisode, by: Actor) -> Facts:
    """Resuming knows the flags and encounters that paused the ladder."""
    known, _ = await _episode(know, command.episode, by)
    human = await the_person(know, known.person)
    circumstances = await circumstances_of(know, human, command.at)
    return pausing.resume(command, known, await the_journey(know, human), circumstances, by)


@decides(closing.StepDown)
async def step_down(know: Know, command: closing.StepDown, by: Actor) -> Facts:
    """Stepping down knows where the person stands on the ladder."""
    known, chosen = await _episode(know, command.episode, by)
    return closing.step_down(command, known, chosen, by)


@decides(closing.CloseEpisode)
async def close_episode(know: Know, command: closing.CloseEpisode, by: Actor) -> Facts:
    """Closing knows the episode."""
    known, _ = await _episode(know, command.episode, by)
    return closing.close(command, known, by)


async def _bound(know: Know, person: PersonId, by: Actor) -> tuple[Bound, Person]:
    """By what a person that concerns the agency is bound."""
    await permit_person(know, by, "write", "engagement", person)
    return await know(bound_of(person)), existing(await the_person(know, person))


async def _instruments(know: Know, person: PersonId, by: Actor) -> instrument.Instruments:
    mine, _ = await _bound(know, person, by)
    return mine.instruments


@decides(drafting.DraftInstrument)
async def draft_instrument(know: Know, command: drafting.DraftInstrument, by: Actor) -> Facts:
    """Drafting knows what stands under the id."""
    mine, _ = await _bound(know, command.person, by)
    return drafting.draft(command, await know(instrument.instrument(command.instrument)), mine.instruments, by)


@decides(drafting.AuthoriseInstrument)
async def authorise_instrument(know: Know, command: drafting.AuthoriseInstrument, by: Actor) -> Facts:
    """Authorising knows the draft."""
    return drafting.authorise(command, await _instruments(know, command.person, by), by)


@decides(serving.ServeInstrument)
async def serve_instrument(know: Know, command: serving.ServeInstrument, by: Actor) -> Facts:
    """Serving knows the person, the officer's powers, what was seen, and the person's ladder."""
    mine, human = await _bound(know, command.person, by)
    journey = await the_journey(know, human)
    adopted = await know(ladder.ladders())
    draft = mine.instruments.get(command.instrument)
    ladder_step = draft is not None and any(
        not one.closed_by(command.at)
        and ladder.pinned(adopted, one.ladder, one.ladder_version).step_that_is(draft.kind) is not None
        for one in journey.episodes.values()
    )
    known = serving.ServingKnown(
        mine=mine.instruments,
        encounters=journey.encounters,
        circumstances=await circumstances_of(know, human, command.at),
        issuer=await the_issuer(know, by, command.officer, command.officer_role, command.at),
        ladder_step=ladder_step,
    )
    return serving.serve(command, known, by)


@decides(orders.RecordInstrument)
async def record_instrument(know: Know, command: orders.RecordInstrument, by: Actor) -> Facts:
    """Recording knows the person's instruments, income and home."""
    mine, human = await _bound(know, command.person, by)
    known = await know(instrument.instrument(command.instrument))
    circumstances = await circumstances_of(know, human, command.at)
    issuer = Issuer(worker=issuer_of(by, command.officer))
    return orders.record(command, known, mine.instruments, circumstances, issuer, by)


@decides(appeals.ExplainAppealRights)
async def explain_appeal_rights(know: Know, command: appeals.ExplainAppealRights, by: Actor) -> Facts:
    """Explaining knows the instrument."""
    return appeals.explain(command, await _instruments(know, command.person, by), by)


@decides(appeals.AppealInstrument)
async def appeal_instrument(know: Know, command: appeals.AppealInstrument, by: Actor) -> Facts:
    """An appeal knows the notice and its last day."""
    return appeals.appeal(command, await _instruments(know, command.person, by), by)


@decides(appeals.DetermineAppeal)
async def determine_appeal(know: Know, command: appeals.DetermineAppeal, by: Actor) -> Facts:
    """Determining knows the appeal."""
    return appeals.determine(command, await _instruments(know, command.person, by), by)


@decides(in_force.RecordBreach)
async def record_breach(know: Know, command: in_force.RecordBreach, by: Actor) -> Facts:
    """A breach knows whether the instrument held at that moment."""
    return in_force.breach(command, await _instruments(know, command.person, by), by)


@decides(in_force.VaryInstrument)
async def vary_instrument(know: Know, command: in_force.VaryInstrument, by: Actor) -> Facts:
    """Varying knows whether the instrument holds."""
    return in_force.vary(command, await _instruments(know, command.person, by), by)


@decides(in_force.WithdrawInstrument)
async def withdraw_instrument(know: Know, command: in_force.WithdrawInstrument, by: Actor) -> Facts:
    """Withdrawing knows whether the instrument holds."""
    return in_force.withdraw(command, await _instruments(know, command.person, by), by)


@decides(in_force.EndInstrument)
async def end_instrument(know: Know, command: in_force.EndInstrument, by: Actor) -> Facts:
    """Ending knows whether the instrument holds."""
    return in_force.end(command, await _instruments(know, command.person, by), by)


@decides(in_force.VoidInstrument)
async def void_instrument(know: Know, command: in_force.VoidInstrument, by: Actor) -> Facts:
    """Voiding knows whether the instrument is a step's."""
    return in_force.void(command, await _instruments(know, command.person, by), by)


@decides(restrictions.RecordRestriction)
async def record_restriction(know: Know, command: restrictions.RecordRestriction, by: Actor) -> Facts:
    """A restriction knows what stands under its id."""
    mine, _ = await _bound(know, command.person, by)
    return restrictions.restrict(
        command, await know(restrictions.restriction(command.restriction)), mine.restrictions, by
    )


@decides(restrictions.LiftRestriction)
async def lift_restriction(know: Know, command: restrictions.LiftRestriction, by: Actor) -> Facts:
    """Lifting knows the restriction."""
    mine, _ = await _bound(know, command.person, by)
    return restrictions.lift(command, mine.restrictions, by)


async def _session(know: Know, one: SessionId, by: Actor) -> hub_session.Session:
    """A session, for somebody who works at the hub."""
    await permit(know, by, "write", HUB)
    return found(await know(hub_session.session(one)))


async def _visitor(know: Know, one: PersonId, by: Actor, *, keeps: bool = True) -> Person:
    """A person at the hub: whoever comes concerns the agency that receives them."""
    await permit_person(know, by, "write", "hub", one, frozenset({by.agency}), keeps=keeps)
    return existing(await the_person(know, one))


@decides(hub_session.ScheduleHubSession)
async def schedule_hub_session(know: Know, command: hub_session.ScheduleHubSession, by: Actor) -> Facts:
    """Scheduling knows what stands under the id."""
    await permit(know, by, "write", HUB)
    return hub_session.schedule(command, await know(hub_session.session(command.session)), by)


@decides(hub_session.ConfirmAgency)
async def confirm_agency(know: Know, command: hub_session.ConfirmAgency, by: Actor) -> Facts:
    """Confirming knows the session, and that the agency is one of the partnership."""
    session = await _session(know, command.session, by)
    await the_agency(know, command.agency)
    return hub_session.confirm(command, session)


@decides(hub_session.Invite)
async def invite(know: Know, command: hub_session.Invite, by: Actor) -> Facts:
    """An invitation knows the session, who is kept apart, and where the person may not be when it starts."""
    session = await _session(know, command.session, by)
    human = await _visitor(know, command.person, by, keeps=False)
    journey = await the_journey(know, human)
    circumstances = await circumstances_of(know, human, command.at)
    return hub_session.invite(command, session, circumstances, journey.bound.forbidden_at(session.starts), by)


async def _holds_offer(know: Know, human: Person, at: dt.datetime) -> bool:
    return (await the_journey(know, human)).holds_hub_offer(at)


@decides(hub_session.CheckIn)
async def check_in(know: Know, command: hub_session.CheckIn, by: Actor) -> Facts:
    """Checking in knows who is kept apart, and whether a ticket had invited the person."""
    session = await _session(know, command.session, by)
    human = await _visitor(know, command.person, by)
    circumstances = await circumstances_of(know, human, command.at)
    return hub_session.check_in(
        command, session, circumstances, by, by_ticket=await _holds_offer(know, human, command.at)
    )


@decides(hub_session.VoidCheckIn)
async def void_check_in(know: Know, command: hub_session.VoidCheckIn, by: Actor) -> Facts:
    """Taking a check-in back knows the session; those whom the person concerns may."""
    session = await _session(know, command.session, by)
    await permit_person(know, by, "write", "hub", command.person, keeps=True)
    return hub_session.void_check_in(command, session, by)


@decides(hub_session.CheckInAnonymous)
async def check_in_anonymous(know: Know, command: hub_session.CheckInAnonymous, by: Actor) -> Facts:
    """Counting knows the session."""
    return hub_session.count_anonymous(command, await _session(know, command.session, by), by)


@decides(hub_session.RecordAttended)
async def record_attended(know: Know, command: hub_session.RecordAttended, by: Actor) -> Facts:
    """Writing down who came knows whether a ticket had invited the person."""
    session = await _session(know, command.session, by)
    human = await _visitor(know, command.person, by)
    return hub_session.attend(command, session, by, by_ticket=await _holds_offer(know, human, command.at))


@decides(hub_session.RecordMissed)
async def record_missed(know: Know, command: hub_session.RecordMissed, by: Actor) -> Facts:
    """Writing down who did not come knows whether they were invited."""
    session = await _session(know, command.session, by)
    await permit_person(know, by, "write", "hub", command.person, keeps=True)
    human = existing(await the_person(know, command.person))
    return hub_session.miss(command, session, by, by_ticket=await _holds_offer(know, human, command.at))


@decides(hub_session.RecordServiceSeen)
async def record_service_seen(know: Know, command: hub_session.RecordServiceSeen, by: Actor) -> Facts:
    """Whom somebody saw is recorded of who came."""
    session = await _session(know, command.session, by)
    await _visitor(know, command.person, by)
    await the_agency(know, command.agency)
    return hub_session.see_service(command, session, by)


@decides(hub_session.CancelHubSession)
async def cancel_hub_session(know: Know, command: hub_session.CancelHubSession, by: Actor) -> Facts:
    """Cancelling knows whom to tell."""
    return hub_session.cancel(command, await _session(know, command.session, by), by)


@decides(hub_session.CloseHubSession)
async def close_hub_session(know: Know, command: hub_session.CloseHubSession, by: Actor) -> Facts:
    """Closing knows who was invited and did not come, and who of them could not."""
    session = await _session(know, command.session, by)
    stopped = frozenset(
        [one for one in hub_session.absent(session) if (await the_person(know, one)).is_stopped(session.starts)]
    )
    return hub_session.close(command, session, stopped, by)


@decides(hub_session.RecordPaperSheet)
async def record_paper_sheet(know: Know, command: hub_session.RecordPaperSheet, by: Actor) -> Facts:
    """The sheet knows of each person whether a ticket had invited them. It is recorded whole or not at all."""
    session = await _session(know, command.session, by)
    holders: set[PersonId] = set()
    for one in dict.fromkeys((*command.came, *command.missed)):
        human = await _visitor(know, one, by)
        if await _holds_offer(know, human, command.at):
            holders.add(one)
    return hub_session.type_sheet(command, session, frozenset(holders), by)
