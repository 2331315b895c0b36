"""An episode: one person's way along one ladder, under one pinned version of it."""

import datetime as dt
from typing import Annotated, Literal

import msgspec

from domain.actors import Role
from domain.codes import EpisodeOutcome, InstrumentKind, ScreenResult
from domain.engagement.instrument import Terms
from domain.engagement.ladder import Language, Meaning
from domain.engagement.overrides import AreaCode, Override, OverrideReason, Said, Where
from domain.facts import Command, Fact, IntelligenceText, Slug
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
    officer: WorkerId
    by_agency: AgencyId
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
    where somebody else writes it down; `override` passes over a step; `historic` records what today's rules refuse.
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
