"""A ticket is issued: a step of the ladder, handed to a person. A step that is an instrument serves it as well."""

import datetime as dt
from collections.abc import Iterator
from typing import Annotated, Any

import msgspec

from domain.actors import Actor, Role
from domain.calendar import civil_date, months_after
from domain.codes import InstrumentKind, ScreenResult
from domain.engagement.circumstances import Manner, NoHumanNamed, against_manner, against_power, against_screen
from domain.engagement.climbing import Climb, StepKnown, StepSkipped, against_step, climb, remembering
from domain.engagement.drafting import drafted
from domain.engagement.episode import Episode, EpisodeEnded, Ground, TicketIssued
from domain.engagement.escalation import ProposerMayNotAuthorise
from domain.engagement.hub_session import InvitationMade, against_inviting
from domain.engagement.instrument import (
    POWER_FOR,
    STATUTORY,
    Instrument,
    InstrumentRecorded,
)
from domain.engagement.ladder import Language, Step
from domain.engagement.overrides import AreaCode, Override, Said, Where, named, settle, vouch
from domain.engagement.serving import against_notice, served
from domain.engagement.terms import Terms, against_conditions, against_terms, with_review, wording
from domain.engagement.tickets import Tickets
from domain.facts import Command, Fact, Facts, Slug
from domain.ids import EpisodeId, InstrumentId, InvitationId, LadderId, PersonId, SessionId, TicketId, WorkerId
from domain.refusals import AlreadyExists, Conflict, Guarded, Refusal

Serial = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9 /._-]{0,39}$")]
"""A ticket's printed number. It says nothing of the person who holds the ticket."""


class TicketInvitation(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The session to which a ticket invites. An invitation that is given no name has that of its ticket."""

    session: SessionId
    invitation: Annotated[InvitationId, Slug] | None = None
    keep_apart_acknowledged: bool = False


class Opening(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The ladder on which to open an episode where the person has none open under its operation."""

    person: PersonId
    ladder: LadderId
    ladder_version: int | None = None


class IssueTicket(Command):
    """Issue a step of the ladder, on the spot or written down later.

    With `opening`, the person's open episode under that ladder's operation is used, or `episode` is opened in the same
    decision. A step that is an instrument serves `instrument`: one drafted before, or one made by `terms`. `offers_hub`
    False says that the hub was not offered although the step offers it. `officer` and `officer_role` name who issued it
    where somebody else writes it down, `paper` that the form does not say whether it was understood; `override` passes
    over a step; `historic` records what today's rules refuse.
    """

    ticket: Annotated[TicketId, Slug]
    episode: Annotated[EpisodeId, Slug]
    step: str
    opening: Opening | None = None
    serial: Serial | None = None
    instrument: Annotated[InstrumentId, Slug] | None = None
    terms: Terms | None = None
    officer: WorkerId | None = None
    officer_role: Role | None = None
    area: AreaCode | None = None
    language: Language | None = None
    read_aloud: bool = False
    interpreter: bool = False
    understood: bool | None = None
    offers_hub: bool | None = None
    invite: TicketInvitation | None = None
    screen: ScreenResult | None = None
    authorised_by: WorkerId | None = None
    authorised_role: Role | None = None
    ground: Ground = "encounter"
    childrens_services_informed: dt.date | None = None
    paper: bool = False
    override: Override | None = None
    historic: Override | None = None
    place: Where = None
    override_note: Said = None


class SerialTaken(Conflict):
    """This serial stands on another ticket."""

    code = "serial-taken"
    rule = "A printed serial is one ticket's for good."
    permitted_by = "Read the serial on the ticket again."


class NotTheStepsInstrument(Conflict):
    """That instrument is of another kind, or was served or taken back already."""

    code = "not-the-steps-instrument"
    rule = "A step serves a draft of the kind of instrument that the step is."


class NoHubOffer(Guarded):
    """No hub is offered."""

    code = "no-hub-offer"
    rule = "Each escalation goes with a live hub offer (ours)."
    permitted_by = "Offer the hub with the ticket, or invite to a coming session."


class NotAuthorised(Guarded):
    """Nobody entitled authorised the step."""

    code = "not-authorised"
    rule = "The ladder says who authorises this step (ours, by ladder data)."
    permitted_by = "Have the step proposed and authorised by one of the roles that the ladder names."


def issue(command: IssueTicket, known: StepKnown, by: Actor) -> Facts:
    """A step is issued where no guard forbids it; a step that is an instrument serves it in the same decision.

    Overridden rules stand in the fact. What no override passes: an adverse step names a human, an ended episode takes
    no step, a step is on the ladder, a serial is one ticket's.
    """
    episode = known.episode
    if issued_already(command, episode, known.alike):
        return ()
    if episode.closed_by(command.at):
        raise EpisodeEnded(episode=episode.episode)
    step = climb(known, command.step, command.at)
    if step.step.adverse and known.issuer.worker is None:
        raise NoHumanNamed
    kind = step.step.instrument
    if command.paper or (kind == "cpn" and command.terms is not None and command.terms.paper):
        vouch(by)
    instrument = None if kind is None else _instrument(command, known, step.step, kind)
    overridden = settle(
        _against_issuing(command, known, step, instrument),
        command.historic,
        by,
        command.override,
        (StepSkipped,),
        remembering(known, step, command.at, by),
    )
    override = named(command.historic or command.override, overridden)
    facts: list[Fact] = [_ticket(command, known, step, instrument, by, override)]
    if instrument is not None:
        facts.append(_serving(command, known, step, instrument, by))
    if command.invite is not None and command.invite.session not in known.journey.invited:
        facts.append(
            InvitationMade(
                at=command.at,
                invitation=command.invite.invitation or InvitationId(command.ticket),
                person=episode.person,
                session=command.invite.session,
                by_worker=known.issuer.worker or by.worker,
                by_agency=by.agency,
                episode=episode.episode,
                ticket=command.ticket,
                keep_apart_acknowledged=command.invite.keep_apart_acknowledged,
            )
        )
    return tuple(facts)


def issued_already(command: IssueTicket, episode: Episode, alike: Tickets) -> bool:
    """Whether this ticket stands: under its id, or the same step at the same moment.

    Raises: AlreadyExists, SerialTaken.
    """
    same = alike.get(command.ticket)
    if same is not None:
        if same.person == episode.person and same.step == command.step:
            return True
        raise AlreadyExists(ticket=command.ticket)
    twin = next(
        (one for one in episode.tickets if not one.voided and one.step == command.step and one.at == command.at), None
    )
    if twin is not None and (command.serial is None or twin.serial is None or twin.serial == command.serial):
        return True
    if command.serial is not None and any(one.serial == command.serial for one in alike.values()):
        raise SerialTaken(serial=command.serial)
    return False


def _against_issuing(
    command: IssueTicket, known: StepKnown, step: Climb, instrument: Instrument | None
) -> Iterator[Refusal]:
    informed = command.childrens_services_informed
    told = informed is not None and informed <= civil_date(command.at)
    yield from against_step(known, step, command.ground, command.at, told=told)
    kind = step.step.instrument
    yield from against_power(known.issuer, "issue-ticket" if kind is None else POWER_FOR.get(kind, "issue-ticket"))
    if step.step.adverse:
        manner = Manner(
            language=command.language,
            read_aloud=command.read_aloud,
            interpreter=command.interpreter,
            understood=command.understood,
            paper=command.paper,
        )
        yield from against_manner(known.circumstances, manner)
    if step.escalates:
        if not (_offers_hub(command, step.step) or known.invited):
            yield NoHubOffer()
        proposal = known.episode.proposal_of(command.step)
        yield from against_screen(command.screen or (proposal.screen if proposal else None))
    yield from _against_authority(command, known, step)
    if instrument is not None and instrument.kind in STATUTORY:
        yield from against_terms(instrument.kind, instrument.terms)
    if command.terms is not None:
        yield from against_conditions(command.terms.conditions, command.terms.conduct)
    if instrument is not None and instrument.kind == "cpn":
        notice = instrument.terms
        yield from against_notice(
            notice, known.journey.bound.instruments, known.journey.encounters, known.circumstances, command.at
        )
    if command.invite is not None and known.session is not None:
        yield from against_inviting(
            known.session,
            known.circumstances,
            known.forbidden,
            command.at,
            acknowledged=command.invite.keep_apart_acknowledged,
        )


def _against_authority(command: IssueTicket, known: StepKnown, step: Climb) -> Iterator[Refusal]:
    """Proposed and authorised here, or authorised on paper by somebody of a role that the ladder names."""
    roles = step.step.authorised_by
    if not roles or _authoriser(command, known, step) is not None:
        return
    if known.issuer.clerk and command.authorised_role in roles and command.authorised_by is not None:
        yield ProposerMayNotAuthorise(roles=roles)
    else:
        yield NotAuthorised(roles=roles)


def _authoriser(command: IssueTicket, known: StepKnown, step: Climb) -> WorkerId | None:
    """Who authorised the step, if somebody entitled did by then."""
    proposal = known.episode.proposal_of(step.step.step)
    if proposal is not None and proposal.authorised_at is not None and proposal.authorised_at <= command.at:
        return proposal.authorised_by
    if not step.step.authorised_by:
        return command.authorised_by
    own = step.step.proposer_may_authorise
    if known.issuer.clerk and command.authorised_by is not None and command.authorised_role in step.step.authorised_by:
        return command.authorised_by if own or command.authorised_by != known.issuer.worker else None
    if own and known.issuer.role in step.step.authorised_by:
        return known.issuer.worker
    return None


def _offers_hub(command: IssueTicket, step: Step) -> bool:
    offered = step.offers_hub if command.offers_hub is None else command.offers_hub
    return offered or command.invite is not None


def _instrument(command: IssueTicket, known: StepKnown, step: Step, kind: InstrumentKind) -> Instrument:
    """The instrument that a step serves: a draft, or made by the command's terms, with an end or a review date."""
    chosen = command.instrument or InstrumentId(command.ticket)
    draft = known.journey.bound.instruments.get(chosen)
    if draft is not None:
        if draft.kind != kind or draft.voided or draft.served_at is not None:
            raise NotTheStepsInstrument(instrument=chosen)
        return msgspec.structs.replace(draft, episode=known.episode.episode)
    # a warning given on the spot is on paper; a notice is never taken for granted
    terms = command.terms or Terms(paper=kind != "cpn")
    on = civil_date(command.at)
    if terms.ends_on is None and step.lasts_months is not None:
        terms = msgspec.structs.replace(terms, ends_on=months_after(on, step.lasts_months))
    return drafted(chosen, kind, with_review(terms, on, step.review_months), known.episode.episode)


def _ticket(
    command: IssueTicket,
    known: StepKnown,
    step: Climb,
    instrument: Instrument | None,
    by: Actor,
    override: dict[str, Any],
) -> TicketIssued:
    lasts = step.step.lasts_months
    return TicketIssued(
        at=command.at,
        ticket=command.ticket,
        episode=known.episode.episode,
        person=known.episode.person,
        operation=known.episode.operation,
        ladder=known.ladder.ladder,
        step=command.step,
        rank=step.rank,
        meaning=step.step.meaning,
        officer=known.issuer.worker,
        by_agency=by.agency,
        serial=command.serial,
        instrument=instrument.instrument if instrument else None,
        instrument_kind=instrument.kind if instrument else None,
        area=command.area,
        language=command.language,
        read_aloud=command.read_aloud,
        interpreter=command.interpreter,
        understood=command.understood,
        offers_hub=_offers_hub(command, step.step),
        screen=command.screen,
        authorised_by=_authoriser(command, known, step),
        ground=command.ground,
        encounters=step.behaviour,
        skipped=step.skipped,
        lapses_on=None if lasts is None else months_after(civil_date(command.at), lasts),
        childrens_services_informed=command.childrens_services_informed,
        paper=command.paper or (instrument is not None and instrument.terms.paper),
        place=command.place,
        override_note=command.override_note,
        **override,
    )


def _serving(command: IssueTicket, known: StepKnown, step: Climb, instrument: Instrument, by: Actor) -> Fact:
    officer = known.issuer.worker
    assert officer is not None, "an instrument is adverse, so its officer is named"
    authorised_by = _authoriser(command, known, step) or instrument.authorised_by
    conditions = wording(command.terms.conditions) if command.terms else None
    if instrument.kind in STATUTORY:
        return served(
            command.at,
            known.episode.person,
            instrument,
            officer,
            by,
            ticket=command.ticket,
            authorised_by=authorised_by,
            screen=command.screen,
            language=command.language,
            conditions=conditions,
        )
    return InstrumentRecorded(
        at=command.at,
        instrument=instrument.instrument,
        person=known.episode.person,
        kind=instrument.kind,
        officer=officer,
        by_agency=by.agency,
        issued_on=civil_date(command.at),
        episode=known.episode.episode,
        ticket=command.ticket,
        authorised_by=authorised_by,
        supervisors=instrument.supervisors,
        forbids=instrument.forbids,
        ends_on=instrument.terms.ends_on,
        review_on=instrument.terms.review_on,
        paper=instrument.terms.paper,
        conditions=conditions,
    )
