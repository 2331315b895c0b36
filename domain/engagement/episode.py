"""An episode: one person's way along one ladder, under one pinned version of it."""

import datetime as dt
from collections.abc import Callable, Iterator
from typing import Annotated, Any, Final, Literal

import msgspec

from domain.actors import Actor, Role
from domain.calendar import civil_date, months_after
from domain.codes import CHILD_BANDS, EpisodeOutcome, InstrumentKind, ScreenResult
from domain.engagement.circumstances import (
    Circumstances,
    Issuer,
    Manner,
    NoHumanNamed,
    against_flags,
    against_manner,
    against_power,
    against_screen,
    against_stopped,
)
from domain.engagement.encounter import ENCOUNTER_FACTS, Encounter, Encounters, between, evolve_encounters
from domain.engagement.hub_session import (
    HubAttended,
    HubMissed,
    InvitationMade,
    Session,
    SessionCancelled,
    against_inviting,
)
from domain.engagement.instrument import (
    INSTRUMENT_FACTS,
    POWER_FOR,
    STATUTORY,
    Bound,
    Instrument,
    InstrumentRecorded,
    InstrumentVoided,
    Terms,
    UnderSixteen,
    against_conditions,
    against_notice,
    against_terms,
    drafted,
    evolve_bound,
    served,
    with_review,
    wording,
)
from domain.engagement.ladder import Ladder, Language, Meaning, Step
from domain.engagement.overrides import AreaCode, Override, OverrideReason, PlaceCode, Said, Where, named, settle, vouch
from domain.facts import Command, Fact, Facts, IntelligenceText, Knowledge, QueryItem, Slug, knowing
from domain.ids import (
    AgencyId,
    EncounterId,
    EpisodeId,
    InstrumentId,
    InvitationId,
    LadderId,
    PersonId,
    SessionId,
    TicketId,
    WorkerId,
)
from domain.refusals import AlreadyExists, Conflict, Guarded, NotPermitted, Refusal, Unreadable

Serial = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9 /._-]{0,39}$")]
"""A ticket's printed number. It says nothing of the person who holds the ticket."""
Ground = Literal["encounter", "missed-session", "refused-consent"]
"""What a step rests on. The last two never suffice alone, unless the ladder says so."""
PauseReason = Literal[
    "safeguarding", "modern-slavery", "capacity", "coercion-suspected", "custody", "hospital", "treatment", "other"
]
DeclineReason = Literal["not-proportionate", "support-under-way", "not-enough-evidence", "vulnerability", "other"]
VoidReason = Literal["wrong-person", "wrong-step", "recorded-twice", "not-lawful", "wrongly-issued", "other"]
Told = Literal["in-person", "by-letter", "through-agency", "could-not-be-reached"]
"""How the person was told that a ticket is void."""


class EpisodeOpened(
    Fact, type="episode-opened", version=1, tags=("episode", "person", "episode-of:{person}|{operation}")
):
    """A person's way along a ladder began, under the version that was then in use."""

    episode: EpisodeId
    person: PersonId
    operation: str
    ladder: LadderId
    ladder_version: int
    by_worker: WorkerId
    by_agency: AgencyId
    childrens_services_informed: dt.date | None = None
    overridden: tuple[str, ...] = ()
    override_by: WorkerId | None = None
    override_reason: OverrideReason | None = None


class EscalationProposed(Fact, type="escalation-proposed", version=1, tags=("episode", "person")):
    """Somebody proposed the next step."""

    episode: EpisodeId
    person: PersonId
    step: str
    ground: Ground
    by_worker: WorkerId
    by_agency: AgencyId
    encounters: tuple[EncounterId, ...] = ()
    screen: ScreenResult | None = None
    skipped: tuple[str, ...] = ()
    overridden: tuple[str, ...] = ()
    override_by: WorkerId | None = None
    override_reason: OverrideReason | None = None
    override_note: IntelligenceText = None


class EscalationAuthorised(Fact, type="escalation-authorised", version=1, tags=("episode", "person")):
    """Somebody whom the ladder entitles authorised the proposed step."""

    episode: EpisodeId
    person: PersonId
    step: str
    by_worker: WorkerId
    by_agency: AgencyId
    by_role: Role


class EscalationDeclined(Fact, type="escalation-declined", version=1, tags=("episode", "person")):
    """Somebody whom the ladder entitles declined to authorise the proposed step."""

    episode: EpisodeId
    person: PersonId
    step: str
    reason: DeclineReason
    by_worker: WorkerId
    by_agency: AgencyId


class EscalationRefused(Fact, type="escalation-refused", version=1, tags=("episode", "person")):
    """A rule forbade a step that somebody asked for. `guard` is the code of the refusal."""

    episode: EpisodeId
    person: PersonId
    step: str
    guard: str
    by_worker: WorkerId
    by_agency: AgencyId


class TicketIssued(
    Fact,
    type="ticket-issued",
    version=1,
    tags=("ticket", "episode", "person", "serial:{serial}"),
):
    """A step of the ladder was issued. `rank` is its place on the pinned ladder, 0 for the first.

    `encounters` are those that led to it; `skipped` the steps that an override passed over; `instrument` the instrument
    that the step is, which was served with it.
    """

    ticket: TicketId
    episode: EpisodeId
    person: PersonId
    operation: str
    ladder: LadderId
    step: str
    rank: int
    meaning: Meaning
    by_agency: AgencyId
    officer: WorkerId | None = None
    serial: str | None = None
    instrument: InstrumentId | None = None
    instrument_kind: InstrumentKind | None = None
    area: AreaCode | None = None
    language: Language | None = None
    read_aloud: bool = False
    interpreter: bool = False
    understood: bool | None = None
    offers_hub: bool = False
    screen: ScreenResult | None = None
    authorised_by: WorkerId | None = None
    ground: Ground = "encounter"
    encounters: tuple[EncounterId, ...] = ()
    skipped: tuple[str, ...] = ()
    lapses_on: dt.date | None = None
    childrens_services_informed: dt.date | None = None
    paper: bool = False
    overridden: tuple[str, ...] = ()
    override_by: WorkerId | None = None
    override_reason: OverrideReason | None = None
    place: IntelligenceText = None
    override_note: IntelligenceText = None


class TicketVoided(Fact, type="ticket-voided", version=1, tags=("ticket", "episode", "person")):
    """A wrongly issued ticket counts for nothing: the position on the ladder is what the others come to."""

    ticket: TicketId
    episode: EpisodeId
    person: PersonId
    reason: VoidReason
    told: Told
    by_worker: WorkerId
    by_agency: AgencyId


class EpisodePaused(Fact, type="episode-paused", version=1, tags=("episode", "person")):
    """No step is taken until the episode is resumed."""

    episode: EpisodeId
    person: PersonId
    reason: PauseReason
    by_worker: WorkerId
    by_agency: AgencyId


class EpisodeResumed(Fact, type="episode-resumed", version=1, tags=("episode", "person")):
    """Steps may be taken again; a suspicion of coercion from before has been looked into."""

    episode: EpisodeId
    person: PersonId
    by_worker: WorkerId
    by_agency: AgencyId


class SteppedDown(Fact, type="episode-stepped-down", version=1, tags=("episode", "person")):
    """The person came down the ladder, to a step or (None) off it. `rank` is where they stand, -1 off the ladder."""

    episode: EpisodeId
    person: PersonId
    step: str | None
    rank: int
    by_worker: WorkerId
    by_agency: AgencyId


class EpisodeClosed(
    Fact, type="episode-closed", version=1, tags=("episode", "person", "episode-of:{person}|{operation}")
):
    """The episode ended, and with what outcome."""

    episode: EpisodeId
    person: PersonId
    operation: str
    outcome: EpisodeOutcome
    by_worker: WorkerId
    by_agency: AgencyId


class Issued(msgspec.Struct, frozen=True, kw_only=True):
    """A ticket as decisions know it."""

    ticket: TicketId
    episode: EpisodeId
    person: PersonId
    at: dt.datetime
    step: str
    rank: int
    serial: str | None
    offers_hub: bool
    encounters: tuple[EncounterId, ...]
    instrument: InstrumentId | None
    lapses_on: dt.date | None
    childrens_services_informed: dt.date | None
    voided: bool = False

    def counts_at(self, at: dt.datetime) -> bool:
        """Whether it had been issued by a moment, was not void, and its validity had not run out."""
        return not self.voided and self.at <= at and (self.lapses_on is None or civil_date(at) <= self.lapses_on)


class Proposal(msgspec.Struct, frozen=True, kw_only=True):
    """A proposed step and the answer to it."""

    at: dt.datetime
    step: str
    by_worker: WorkerId
    screen: ScreenResult | None
    authorised_by: WorkerId | None = None
    authorised_at: dt.datetime | None = None
    declined_at: dt.datetime | None = None


class Position(msgspec.Struct, frozen=True, kw_only=True):
    """Where a person stands on the ladder, and why: the tickets that led there and the encounters behind them."""

    rank: int = -1
    step: str | None = None
    because: tuple[TicketId, ...] = ()
    encounters: tuple[EncounterId, ...] = ()


class Episode(msgspec.Struct, frozen=True, kw_only=True):
    """One person's way along one ladder. Tickets, moves and pauses stand in the order in which they happened."""

    episode: EpisodeId
    person: PersonId
    operation: str
    ladder: LadderId
    ladder_version: int
    opened_at: dt.datetime
    childrens_services_informed: dt.date | None = None
    tickets: tuple[Issued, ...] = ()
    downs: tuple[tuple[dt.datetime, int, str | None], ...] = ()
    pauses: tuple[tuple[dt.datetime, bool], ...] = ()
    proposals: tuple[Proposal, ...] = ()
    refused: frozenset[tuple[dt.datetime, str, str]] = frozenset()
    closed_at: dt.datetime | None = None
    outcome: EpisodeOutcome | None = None

    def closed_by(self, at: dt.datetime) -> bool:
        """Whether the episode had ended by a moment."""
        return self.closed_at is not None and self.closed_at <= at

    def position_at(self, at: dt.datetime) -> Position:
        """Where the person stood at a moment, folded from every ticket that counts and every step down."""
        counting = [one for one in self.tickets if one.counts_at(at)]
        moves: list[tuple[dt.datetime, int, Issued | tuple[int, str | None]]] = [
            *((one.at, 1, one) for one in counting),
            *((when, 0, (rank, step)) for when, rank, step in self.downs if when <= at),
        ]
        climbed: list[Issued] = []
        rank, step = -1, None
        for _, _, move in sorted(moves, key=lambda one: one[:2]):
            if isinstance(move, Issued):
                if move.rank >= rank:
                    rank, step = move.rank, move.step
                    climbed.append(move)
            elif move[0] < rank:
                rank, step = move
                climbed = [one for one in climbed if one.rank <= rank]
        return Position(
            rank=rank,
            step=step,
            because=tuple(one.ticket for one in climbed),
            encounters=tuple(dict.fromkeys(met for one in climbed for met in one.encounters)),
        )

    def last_step_at(self, at: dt.datetime) -> dt.datetime | None:
        """When the last step before or at a moment was issued, void ones left out."""
        return max((one.at for one in self.tickets if not one.voided and one.at <= at), default=None)

    def paused_at(self, at: dt.datetime) -> bool:
        """Whether the episode was paused at a moment."""
        return next((paused for when, paused in reversed(self.pauses) if when <= at), False)

    def resumed_at(self, at: dt.datetime) -> dt.datetime | None:
        """When it was last resumed before or at a moment."""
        return next((when for when, paused in reversed(self.pauses) if when <= at and not paused), None)

    def proposal_of(self, step: str) -> Proposal | None:
        """The last proposal of a step, unless the step was issued upon it."""
        last = next((one for one in reversed(self.proposals) if one.step == step), None)
        if last is None or any(one.step == step and not one.voided and one.at >= last.at for one in self.tickets):
            return None
        return last

    def informed_by(self, on: dt.date) -> bool:
        """Whether children's services had been informed by a day."""
        told = (self.childrens_services_informed, *(one.childrens_services_informed for one in self.tickets))
        return any(one is not None and one <= on for one in told)


def evolve_episode(state: Episode | None, fact: Fact) -> Episode | None:
    """One episode."""
    match fact:
        case EpisodeOpened():
            return Episode(
                episode=fact.episode,
                person=fact.person,
                operation=fact.operation,
                ladder=fact.ladder,
                ladder_version=fact.ladder_version,
                opened_at=fact.at,
                childrens_services_informed=fact.childrens_services_informed,
            )
        case _ if state is None:
            return None
        case _:
            return msgspec.structs.replace(state, **_changes(state, fact))


def _changes(state: Episode, fact: Fact) -> dict[str, Any]:
    match fact:
        case TicketIssued():
            return {"tickets": tuple(sorted((*state.tickets, _issued(fact)), key=lambda one: (one.at, one.rank)))}
        case TicketVoided():
            return {"tickets": tuple(_voided(one, fact.ticket) for one in state.tickets)}
        case SteppedDown():
            return {"downs": tuple(sorted((*state.downs, (fact.at, fact.rank, fact.step)), key=lambda one: one[0]))}
        case EpisodePaused() | EpisodeResumed():
            paused = isinstance(fact, EpisodePaused)
            return {"pauses": tuple(sorted((*state.pauses, (fact.at, paused)), key=lambda one: one[0]))}
        case EscalationProposed():
            proposal = Proposal(at=fact.at, step=fact.step, by_worker=fact.by_worker, screen=fact.screen)
            return {"proposals": tuple(sorted((*state.proposals, proposal), key=lambda one: one.at))}
        case EscalationAuthorised():
            answer: dict[str, Any] = {"authorised_by": fact.by_worker, "authorised_at": fact.at}
            return {"proposals": _answered(state.proposals, fact.step, answer)}
        case EscalationDeclined():
            return {"proposals": _answered(state.proposals, fact.step, {"declined_at": fact.at})}
        case EscalationRefused():
            return {"refused": state.refused | {(fact.at, fact.step, fact.guard)}}
        case EpisodeClosed():
            return {"closed_at": fact.at, "outcome": fact.outcome}
        case _:
            return {}


def _issued(fact: TicketIssued) -> Issued:
    return Issued(
        ticket=fact.ticket,
        episode=fact.episode,
        person=fact.person,
        at=fact.at,
        step=fact.step,
        rank=fact.rank,
        serial=fact.serial,
        offers_hub=fact.offers_hub,
        encounters=fact.encounters,
        instrument=fact.instrument,
        lapses_on=fact.lapses_on,
        childrens_services_informed=fact.childrens_services_informed,
    )


def _voided(one: Issued, ticket: TicketId) -> Issued:
    return msgspec.structs.replace(one, voided=True) if one.ticket == ticket else one


def _answered(proposals: tuple[Proposal, ...], step: str, answer: dict[str, Any]) -> tuple[Proposal, ...]:
    last = max((place for place, one in enumerate(proposals) if one.step == step), default=None)
    return tuple(
        msgspec.structs.replace(one, **answer) if place == last else one for place, one in enumerate(proposals)
    )


EPISODE_FACTS: Final = (
    EpisodeOpened,
    EscalationProposed,
    EscalationAuthorised,
    EscalationDeclined,
    EscalationRefused,
    TicketIssued,
    TicketVoided,
    EpisodePaused,
    EpisodeResumed,
    SteppedDown,
    EpisodeClosed,
)


def episode(episode: EpisodeId) -> Knowledge[Episode | None]:
    """One episode."""
    initial: Episode | None = None
    return knowing(initial, evolve_episode, EPISODE_FACTS, f"episode:{episode}")


class Span(msgspec.Struct, frozen=True, kw_only=True):
    """From when until when an episode was open."""

    episode: EpisodeId
    opened_at: dt.datetime
    closed_at: dt.datetime | None = None


Spans = tuple[Span, ...]


def evolve_spans(state: Spans, fact: Fact) -> Spans:
    """When a person's episodes under one operation were open."""
    match fact:
        case EpisodeOpened():
            return (*state, Span(episode=fact.episode, opened_at=fact.at))
        case EpisodeClosed():
            return tuple(
                msgspec.structs.replace(one, closed_at=fact.at) if one.episode == fact.episode else one for one in state
            )
        case _:
            return state


def spans_of(person: PersonId, operation: str) -> Knowledge[Spans]:
    """When a person's episodes under an operation were open: one tag, so that the rule on the pair is cheap to keep."""
    return knowing((), evolve_spans, (EpisodeOpened, EpisodeClosed), f"episode-of:{person}|{operation}")


def evolve_open(state: EpisodeId | None, fact: Fact) -> EpisodeId | None:
    """The episode that is open."""
    match fact:
        case EpisodeOpened():
            return fact.episode
        case EpisodeClosed() if fact.episode == state:
            return None
        case _:
            return state


def open_episode_of(person: PersonId, operation: str) -> Knowledge[EpisodeId | None]:
    """The episode of a person that is open under an operation."""
    initial: EpisodeId | None = None
    return knowing(initial, evolve_open, (EpisodeOpened, EpisodeClosed), f"episode-of:{person}|{operation}")


Tickets = dict[TicketId, Issued]


def evolve_tickets(state: Tickets, fact: Fact) -> Tickets:
    """Tickets by id."""
    match fact:
        case TicketIssued():
            return {**state, fact.ticket: _issued(fact)}
        case TicketVoided() if fact.ticket in state:
            return {**state, fact.ticket: _voided(state[fact.ticket], fact.ticket)}
        case _:
            return state


def tickets_of(person: PersonId) -> Knowledge[Tickets]:
    """All tickets of a person."""
    return knowing({}, evolve_tickets, (TicketIssued, TicketVoided), f"person:{person}")


def tickets_like(ticket: TicketId, serial: str | None) -> Knowledge[Tickets]:
    """The tickets that stand under this id or this printed serial, whoever's they are."""
    types = frozenset({TicketIssued.fact_type})
    tags = [f"ticket:{ticket}", *([f"serial:{serial}"] if serial is not None else [])]
    initial: Tickets = {}
    return Knowledge(tuple(QueryItem(types, frozenset({tag})) for tag in tags), initial, evolve_tickets)


class Journey(msgspec.Struct, frozen=True, kw_only=True):
    """All that street work knows of a person: encounters, by what they are bound, steps, sessions."""

    encounters: Encounters = {}
    bound: Bound = Bound()
    episodes: dict[EpisodeId, Episode] = {}
    invited: dict[SessionId, dt.datetime] = {}
    missed: dict[SessionId, dt.datetime] = {}

    def over(self, other: "Journey") -> "Journey":
        """Both journeys, of two records of one human."""
        return Journey(
            encounters={**other.encounters, **self.encounters},
            bound=Bound(
                {**other.bound.instruments, **self.bound.instruments},
                {**other.bound.restrictions, **self.bound.restrictions},
            ),
            episodes={**other.episodes, **self.episodes},
            invited={**other.invited, **self.invited},
            missed={**other.missed, **self.missed},
        )

    def holds_hub_offer(self, at: dt.datetime) -> bool:
        """Whether a ticket that carries a hub offer had been issued by a moment."""
        return any(
            one.offers_hub and not one.voided and one.at <= at
            for episode in self.episodes.values()
            for one in episode.tickets
        )


def evolve_journey(state: Journey, fact: Fact) -> Journey:
    """A person's journey."""
    change = msgspec.structs.replace
    match fact:
        case InvitationMade():
            return change(state, invited={**state.invited, fact.session: fact.at})
        case HubMissed():
            return change(state, missed={**state.missed, fact.session: fact.at})
        case HubAttended():
            return change(state, missed={one: at for one, at in state.missed.items() if one != fact.session})
        case SessionCancelled():
            return change(
                state,
                invited={one: at for one, at in state.invited.items() if one != fact.session},
                missed={one: at for one, at in state.missed.items() if one != fact.session},
            )
        case _ if isinstance(fact, EPISODE_FACTS):
            now = evolve_episode(state.episodes.get(fact.episode), fact)
            return state if now is None else change(state, episodes={**state.episodes, fact.episode: now})
        case _:
            return change(
                state,
                encounters=evolve_encounters(state.encounters, fact),
                bound=evolve_bound(state.bound, fact),
            )


def journey(person: PersonId) -> Knowledge[Journey]:
    """A person's journey."""
    types = (
        *ENCOUNTER_FACTS,
        *INSTRUMENT_FACTS,
        *EPISODE_FACTS,
        InvitationMade,
        HubAttended,
        HubMissed,
        SessionCancelled,
    )
    return knowing(Journey(), evolve_journey, types, f"person:{person}")


class OpenEpisode(Command):
    """Open an episode on a ladder, at its newest version unless one is named."""

    episode: Annotated[EpisodeId, Slug]
    person: PersonId
    ladder: LadderId
    ladder_version: int | None = None
    childrens_services_informed: dt.date | None = None
    historic: Override | None = None


class ProposeEscalation(Command):
    """Propose the next step."""

    episode: EpisodeId
    step: str
    ground: Ground = "encounter"
    screen: ScreenResult | None = None
    override: Override | None = None
    historic: Override | None = None
    override_note: Said = None


class AuthoriseEscalation(Command):
    """Authorise a proposed step."""

    episode: EpisodeId
    step: str


class RefuseEscalation(Command):
    """Decline to authorise a proposed step."""

    episode: EpisodeId
    step: str
    reason: DeclineReason


class TicketInvitation(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The session to which a ticket invites."""

    invitation: Annotated[InvitationId, Slug]
    session: SessionId
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


class VoidTicket(Command):
    """Take back a wrongly issued ticket, and say how the person was told."""

    ticket: TicketId
    episode: EpisodeId
    reason: VoidReason
    told: Told


class PauseEpisode(Command):
    """Take no step for now."""

    episode: EpisodeId
    reason: PauseReason


class ResumeEpisode(Command):
    """Take steps again."""

    episode: EpisodeId


class StepDown(Command):
    """Bring the person down the ladder: to a lower step, or off it."""

    episode: EpisodeId
    step: str | None = None


class CloseEpisode(Command):
    """End an episode with its outcome."""

    episode: EpisodeId
    outcome: EpisodeOutcome


class OneOpenEpisode(Conflict):
    """An episode is open already."""

    code = "one-open-episode"
    rule = "A person has one open episode in a partnership under one operation."
    permitted_by = "Go on with the open episode, or close it first."


class EpisodeEnded(Conflict):
    """The episode had ended by then."""

    code = "episode-ended"
    rule = "No step is taken in an episode after it has ended."
    permitted_by = "Open a new episode."


class NoSuchStep(Unreadable):
    """The pinned ladder has no such step."""

    code = "no-such-step"
    rule = "A step is one of the ladder's version that the episode is pinned to."
    permitted_by = "Choose a step of that ladder."


class SerialTaken(Conflict):
    """This serial stands on another ticket."""

    code = "serial-taken"
    rule = "A printed serial is one ticket's for good."
    permitted_by = "Read the serial on the ticket again."


class NotTheStepsInstrument(Conflict):
    """That instrument is of another kind, or was served or taken back already."""

    code = "not-the-steps-instrument"
    rule = "A step serves a draft of the kind of instrument that the step is."


class ChildrensServicesFirst(Guarded):
    """Children's services do not know."""

    code = "childrens-services-first"
    rule = "Under 18, children's services are informed before any ladder (Children Act 1989 s.17; ours)."
    permitted_by = "Inform children's services and give the day on which that was done."


class EpisodeIsPaused(Guarded):
    """Somebody paused the episode."""

    code = "episode-paused"
    rule = "No step is taken while the episode is paused."
    permitted_by = "Have the episode resumed."


class CoercionSuspected(Guarded):
    """Somebody may be made to do it."""

    code = "coercion-suspected"
    rule = "Suspected coercion (organised begging) pauses the ladder (Modern Slavery Act 2015 s.45; ours)."
    permitted_by = "Tell the safeguarding lead; the episode can be resumed once the suspicion was looked into."


class RoughSleepingAlone(Guarded):
    """The person did nothing but sleep rough."""

    code = "rough-sleeping-alone"
    rule = "Sleeping rough alone never leads to a ticket (ours)."
    permitted_by = "Offer shelter and the hub; a ticket needs behaviour."


class StepSkipped(Guarded):
    """A step lies between."""

    code = "step-skipped"
    rule = "No step is skipped without a recorded override (ours)."
    permitted_by = "Take the step between, or record who overrides it and why."


class NoNewEncounter(Guarded):
    """Nothing new happened."""

    code = "no-new-encounter"
    rule = "Each escalation needs a new encounter about behaviour, after the last step (ours)."
    permitted_by = "Record the encounter that leads to this step."


class MissedSessionAlone(Guarded):
    """The person only missed a session."""

    code = "missed-session-alone"
    rule = "A missed session alone never escalates, unless the ladder says so (ours)."
    permitted_by = "Invite again; an escalation needs a new encounter."


class RefusedConsentAlone(Guarded):
    """The person only refused consent."""

    code = "refused-consent-alone"
    rule = "A refused consent alone never escalates, unless the ladder says so (ours)."
    permitted_by = "An escalation needs a new encounter."


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


class ProposerMayNotAuthorise(Guarded):
    """Proposer and authoriser are one."""

    code = "proposer-may-not-authorise"
    rule = "Who proposes or issues this step may not authorise it (ours, by ladder data)."
    permitted_by = "Ask another authoriser."


class NotYoursToAuthorise(NotPermitted):
    """The ladder names other roles."""

    code = "not-yours-to-authorise"
    rule = "The ladder says which roles authorise this step (ours, by ladder data)."
    permitted_by = "Ask one of the roles that the ladder names."


class NothingProposed(Conflict):
    """There is no such proposal to answer."""

    code = "nothing-proposed"
    rule = "Only a proposed step is authorised or declined."
    permitted_by = "Have the step proposed."


class NotLower(Conflict):
    """That is no step down."""

    code = "not-lower"
    rule = "Stepping down leads to a lower step, or off the ladder."


def standing_span(spans: Spans, at: dt.datetime) -> Span | None:
    """The episode to which what happened at a moment belongs: the one that is open, or had not ended by then."""
    return next((one for one in spans if one.closed_at is None or one.closed_at > at), None)


def open_(  # the plain word is Python's
    command: OpenEpisode, ladder: Ladder, known: Episode | None, spans: Spans, circumstances: Circumstances, by: Actor
) -> Facts:
    """One episode is open for a person under an operation; it pins the ladder's version.

    `known` has whatever stands under this id; `spans` when the person's episodes under the operation were open.
    """
    if known is not None:
        if known.person == command.person and known.ladder == command.ladder:
            return ()
        raise AlreadyExists(episode=command.episode)
    standing = standing_span(spans, command.at)
    if standing is not None:
        raise OneOpenEpisode(episode=standing.episode)
    informed = command.childrens_services_informed
    told = informed is not None and informed <= civil_date(command.at)
    overridden = settle(_against_child(circumstances, told=told), command.historic, by)
    return (
        EpisodeOpened(
            at=command.at,
            episode=command.episode,
            person=command.person,
            operation=ladder.operation,
            ladder=ladder.ladder,
            ladder_version=ladder.version,
            by_worker=by.worker,
            by_agency=by.agency,
            childrens_services_informed=informed,
            **named(command.historic, overridden),
        ),
    )


class StepKnown(msgspec.Struct, frozen=True, kw_only=True):
    """What taking a step must know: episode and ladder, the person and their journey, the officer, the hub.

    `forbidden` are the places where the person may not be when `session` starts; `invited` says that an invitation to a
    coming session stands; `alike` are the tickets under this id or serial; `standing` that the episode is recorded and
    not only about to be opened.
    """

    episode: Episode
    ladder: Ladder
    circumstances: Circumstances
    journey: Journey
    issuer: Issuer
    session: Session | None = None
    forbidden: frozenset[PlaceCode] = frozenset()
    invited: bool = False
    alike: Tickets = {}
    standing: bool = True


class Climb(msgspec.Struct, frozen=True, kw_only=True):
    """A step seen from where the person stands: what it passes over, whether it escalates, and what is new."""

    step: Step
    rank: int
    skipped: tuple[str, ...]
    escalates: bool
    since: dt.datetime | None
    new: tuple[Encounter, ...]

    @property
    def behaviour(self) -> tuple[EncounterId, ...]:
        """The new encounters that were about behaviour."""
        return tuple(one.encounter for one in self.new if one.behaviour)


def climb(known: StepKnown, code: str, at: dt.datetime) -> Climb:
    """What a step would be, taken at a moment. Raises NoSuchStep."""
    rank = known.ladder.rank(code)
    if rank is None:
        raise NoSuchStep(ladder=known.ladder.ladder, version=known.ladder.version)
    step = known.ladder.steps[rank]
    position = known.episode.position_at(at)
    since = known.episode.last_step_at(at)
    return Climb(
        step=step,
        rank=rank,
        skipped=tuple(one.step for one in known.ladder.steps[position.rank + 1 : rank]),
        # the same adverse step again weighs as much as the next one; an invitation can be repeated freely
        escalates=rank > 0 or (position.rank >= 0 and step.adverse),
        since=since,
        new=between(known.journey.encounters, since, at),
    )


def _against_child(circumstances: Circumstances, *, told: bool) -> Iterator[Refusal]:
    if circumstances.age_band in CHILD_BANDS and not told:
        yield ChildrensServicesFirst()


def _against_step(
    known: StepKnown, step: Climb, ground: Ground, at: dt.datetime, *, told: bool = False
) -> Iterator[Refusal]:
    """What forbids a step whether it is proposed or issued."""
    yield from against_stopped(known.circumstances)
    if known.episode.paused_at(at):
        yield EpisodeIsPaused()
    yield from against_flags(known.circumstances)
    resumed = known.episode.resumed_at(at)
    if any(one.coercion_suspected for one in between(known.journey.encounters, resumed, at)):
        yield CoercionSuspected()
    if not step.behaviour and any(one.kind == "rough-sleeping" for one in step.new):
        yield RoughSleepingAlone()
    yield from _against_child(known.circumstances, told=told or known.episode.informed_by(civil_date(at)))
    if step.step.instrument == "cpn" and known.circumstances.age_band == "under-16":
        yield UnderSixteen()
    if step.skipped:
        yield StepSkipped(skipped=step.skipped)
    if step.escalates:
        yield from _against_ground(known, step, ground, at)
    elif known.ladder.first_step_needs_encounter and not step.behaviour:
        yield NoNewEncounter()


def _against_ground(known: StepKnown, step: Climb, ground: Ground, at: dt.datetime) -> Iterator[Refusal]:
    match ground:
        case "missed-session":
            missed = [when for when in known.journey.missed.values() if when <= at]
            after = [when for when in missed if step.since is None or when > step.since]
            if not known.ladder.missed_session_escalates or not after:
                yield MissedSessionAlone()
        case "refused-consent":
            if not known.ladder.refused_consent_escalates:
                yield RefusedConsentAlone()
        case _:
            if not step.behaviour:
                yield NoNewEncounter(since=step.since)


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


def _remembering(known: StepKnown, step: Climb, at: dt.datetime, by: Actor) -> Callable[[Refusal], Facts] | None:
    """An escalation that a guard refuses is remembered, once: panels ask what was tried."""
    episode, standing = known.episode, known.standing
    if not step.escalates or not standing:
        return None

    def remember(refusal: Refusal) -> Facts:
        if (at, step.step.step, refusal.code) in episode.refused:
            return ()
        return (
            EscalationRefused(
                at=at,
                episode=episode.episode,
                person=episode.person,
                step=step.step.step,
                guard=refusal.code,
                by_worker=by.worker,
                by_agency=by.agency,
            ),
        )

    return remember


def propose(command: ProposeEscalation, known: StepKnown, by: Actor) -> Facts:
    """A human proposes a step that the guards allow; the same step is not proposed twice at once."""
    episode = known.episode
    if any(one.at == command.at and one.step == command.step for one in episode.proposals):
        return ()
    standing = episode.proposal_of(command.step)
    if standing is not None and standing.declined_at is None:
        return ()
    if episode.closed_by(command.at):
        raise EpisodeEnded(episode=command.episode)
    if by.role == "system":
        raise NoHumanNamed
    step = climb(known, command.step, command.at)

    def against() -> Iterator[Refusal]:
        yield from _against_step(known, step, command.ground, command.at)
        if command.screen is not None:
            yield from against_screen(command.screen)

    overridden = settle(
        against(),
        command.historic,
        by,
        command.override,
        (StepSkipped,),
        _remembering(known, step, command.at, by),
    )
    return (
        EscalationProposed(
            at=command.at,
            episode=command.episode,
            person=episode.person,
            step=command.step,
            ground=command.ground,
            by_worker=by.worker,
            by_agency=by.agency,
            encounters=step.behaviour,
            screen=command.screen,
            skipped=step.skipped,
            override_note=command.override_note,
            **named(command.historic or command.override, overridden),
        ),
    )


def _pending(episode: Episode, step: str, at: dt.datetime) -> Proposal:
    proposal = episode.proposal_of(step)
    if proposal is None or proposal.at > at:
        raise NothingProposed(episode=episode.episode)
    if episode.closed_by(at):
        raise EpisodeEnded(episode=episode.episode)
    return proposal


def _entitled(proposal: Proposal, step: Step, by: Actor) -> None:
    if by.role == "system":
        raise NoHumanNamed
    if step.authorised_by and by.role not in step.authorised_by:
        raise NotYoursToAuthorise(roles=step.authorised_by)
    if by.worker == proposal.by_worker and not step.proposer_may_authorise:
        raise ProposerMayNotAuthorise(roles=step.authorised_by)


def authorise(command: AuthoriseEscalation, episode: Episode, ladder: Ladder, by: Actor) -> Facts:
    """A proposed step is authorised once, by a role that the ladder names; by its proposer if the ladder lets it."""
    proposal = _pending(episode, command.step, command.at)
    if proposal.authorised_by is not None:
        return ()
    if proposal.declined_at is not None:
        raise NothingProposed(episode=command.episode)
    rank = ladder.rank(command.step)
    assert rank is not None, "a proposed step is on the ladder"
    _entitled(proposal, ladder.steps[rank], by)
    return (
        EscalationAuthorised(
            at=command.at,
            episode=command.episode,
            person=episode.person,
            step=command.step,
            by_worker=by.worker,
            by_agency=by.agency,
            by_role=by.role,
        ),
    )


def decline(command: RefuseEscalation, episode: Episode, ladder: Ladder, by: Actor) -> Facts:
    """A proposed step is declined once, by a role that the ladder names."""
    proposal = _pending(episode, command.step, command.at)
    if proposal.declined_at is not None:
        return ()
    if proposal.authorised_by is not None:
        raise NothingProposed(episode=command.episode)
    rank = ladder.rank(command.step)
    assert rank is not None, "a proposed step is on the ladder"
    step = ladder.steps[rank]
    if step.authorised_by and by.role not in step.authorised_by:
        raise NotYoursToAuthorise(roles=step.authorised_by)
    return (
        EscalationDeclined(
            at=command.at,
            episode=command.episode,
            person=episode.person,
            step=command.step,
            reason=command.reason,
            by_worker=by.worker,
            by_agency=by.agency,
        ),
    )


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
        _remembering(known, step, command.at, by),
    )
    override = named(command.historic or command.override, overridden)
    facts: list[Fact] = [_ticket(command, known, step, instrument, by, override)]
    if instrument is not None:
        facts.append(_serving(command, known, step, instrument, by))
    if command.invite is not None and command.invite.session not in known.journey.invited:
        facts.append(
            InvitationMade(
                at=command.at,
                invitation=command.invite.invitation,
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


def _against_issuing(
    command: IssueTicket, known: StepKnown, step: Climb, instrument: Instrument | None
) -> Iterator[Refusal]:
    informed = command.childrens_services_informed
    told = informed is not None and informed <= civil_date(command.at)
    yield from _against_step(known, step, command.ground, command.at, told=told)
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
            notice, known.journey.bound, known.journey.encounters, known.circumstances, command.at
        )
    if command.invite is not None and known.session is not None:
        yield from against_inviting(
            known.session,
            known.circumstances,
            known.forbidden,
            command.at,
            acknowledged=command.invite.keep_apart_acknowledged,
        )


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


def void_ticket(command: VoidTicket, episode: Episode, by: Actor) -> Facts:
    """A ticket is voided once, with its instrument; the position is folded again from those that remain."""
    ticket = next((one for one in episode.tickets if one.ticket == command.ticket), None)
    if ticket is None:
        raise NoSuchTicket(episode=episode.episode)
    if ticket.voided:
        return ()
    voided = TicketVoided(
        at=command.at,
        ticket=command.ticket,
        episode=episode.episode,
        person=episode.person,
        reason=command.reason,
        told=command.told,
        by_worker=by.worker,
        by_agency=by.agency,
    )
    if ticket.instrument is None:
        return (voided,)
    return (
        voided,
        InstrumentVoided(
            at=command.at,
            instrument=ticket.instrument,
            person=episode.person,
            reason="wrong-person" if command.reason == "wrong-person" else "wrongly-issued",
            by_worker=by.worker,
            by_agency=by.agency,
            ticket=command.ticket,
        ),
    )


class NoSuchTicket(Conflict):
    """The episode has no such ticket."""

    code = "no-such-ticket"
    rule = "A ticket is voided in the episode in which it was issued."


def pause(command: PauseEpisode, episode: Episode, by: Actor) -> Facts:
    """An open episode is paused once."""
    if episode.paused_at(command.at):
        return ()
    if episode.closed_by(command.at):
        raise EpisodeEnded(episode=episode.episode)
    return (
        EpisodePaused(
            at=command.at,
            episode=episode.episode,
            person=episode.person,
            reason=command.reason,
            by_worker=by.worker,
            by_agency=by.agency,
        ),
    )


def resume(
    command: ResumeEpisode, episode: Episode, journey: Journey, circumstances: Circumstances, by: Actor
) -> Facts:
    """A paused episode is resumed by a human, not while a flag of vulnerability stands."""
    coercion = any(
        one.coercion_suspected for one in between(journey.encounters, episode.resumed_at(command.at), command.at)
    )
    if not episode.paused_at(command.at) and not coercion:
        return ()
    if episode.closed_by(command.at):
        raise EpisodeEnded(episode=episode.episode)
    if by.role == "system":
        raise NoHumanNamed
    settle(against_flags(circumstances), None, by)
    return (
        EpisodeResumed(
            at=command.at,
            episode=episode.episode,
            person=episode.person,
            by_worker=by.worker,
            by_agency=by.agency,
        ),
    )


def step_down(command: StepDown, episode: Episode, ladder: Ladder, by: Actor) -> Facts:
    """Down to a lower step, or off the ladder; where the person stands there already, nothing is added."""
    rank = -1
    if command.step is not None:
        found = ladder.rank(command.step)
        if found is None:
            raise NoSuchStep(ladder=ladder.ladder, version=ladder.version)
        rank = found
    position = episode.position_at(command.at)
    if rank == position.rank:
        return ()
    if episode.closed_by(command.at):
        raise EpisodeEnded(episode=episode.episode)
    if rank > position.rank:
        raise NotLower(step=command.step)
    return (
        SteppedDown(
            at=command.at,
            episode=episode.episode,
            person=episode.person,
            step=command.step,
            rank=rank,
            by_worker=by.worker,
            by_agency=by.agency,
        ),
    )


def close(command: CloseEpisode, episode: Episode, by: Actor) -> Facts:
    """An episode ends once, with one outcome."""
    if episode.closed_at is not None:
        if episode.outcome == command.outcome:
            return ()
        raise EpisodeEnded(episode=episode.episode, outcome=episode.outcome)
    return (
        EpisodeClosed(
            at=command.at,
            episode=episode.episode,
            person=episode.person,
            operation=episode.operation,
            outcome=command.outcome,
            by_worker=by.worker,
            by_agency=by.agency,
        ),
    )
