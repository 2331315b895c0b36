"""An episode: one person's way along one ladder, under one pinned version of it."""

import datetime as dt
from typing import Any, Final, Literal

import msgspec

from domain.actors import Role
from domain.calendar import civil_date
from domain.codes import EpisodeOutcome, InstrumentKind, ScreenResult
from domain.engagement.ladder import Language, Meaning
from domain.engagement.overrides import AreaCode, OverrideReason
from domain.facts import Fact, IntelligenceText, Knowledge, knowing
from domain.ids import AgencyId, EncounterId, EpisodeId, InstrumentId, LadderId, PersonId, TicketId, WorkerId
from domain.refusals import Conflict

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
            return {"tickets": tuple(sorted((*state.tickets, as_issued(fact)), key=lambda one: (one.at, one.rank)))}
        case TicketVoided():
            return {"tickets": tuple(as_voided(one, fact.ticket) for one in state.tickets)}
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


def as_issued(fact: TicketIssued) -> Issued:
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


def as_voided(one: Issued, ticket: TicketId) -> Issued:
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


class EpisodeEnded(Conflict):
    """The episode had ended by then."""

    code = "episode-ended"
    rule = "No step is taken in an episode after it has ended."
    permitted_by = "Open a new episode."
