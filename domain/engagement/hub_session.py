"""A hub session: a dated drop-in with the agencies that will be there. Coming needs no invitation."""

import datetime as dt
from typing import Annotated, Literal

import msgspec

from domain.codes import Need
from domain.engagement.overrides import AreaCode, Override, OverrideReason, PlaceCode
from domain.facts import Command, Fact, Instant, Line, Slug
from domain.ids import AgencyId, EpisodeId, InvitationId, PersonId, ServiceId, SessionId, TicketId, WorkerId

InvitedBy = Literal["invitation", "ticket"]
"""How somebody who came had been invited: to this session, or by a ticket that carries a hub offer."""
CancelReason = Literal["no-agencies", "venue-closed", "weather", "staff-shortage", "scheduled-in-error", "other"]


class SessionScheduled(Fact, type="hub-session-scheduled", version=1, tags=("session",)):
    """A hub session was set. `place` is a public venue; `venue` is its slug, which an order may forbid."""

    session: SessionId
    on: dt.date
    starts: Instant
    ends: Instant
    place: str
    by_agency: AgencyId
    area: AreaCode | None = None
    venue: PlaceCode | None = None
    expected: tuple[AgencyId, ...] = ()


class AgencyConfirmed(Fact, type="hub-agency-confirmed", version=1, tags=("session",)):
    """An agency said that it will be there."""

    session: SessionId
    agency: AgencyId


class SessionCancelled(Fact, type="hub-session-cancelled", version=1, tags=("session", "person:{tell}")):
    """The session does not take place: absences from it count for nothing, and the invited must be told."""

    session: SessionId
    reason: CancelReason
    by_worker: WorkerId
    by_agency: AgencyId
    tell: tuple[PersonId, ...] = ()
    tell_agencies: tuple[AgencyId, ...] = ()


class SessionClosed(Fact, type="hub-session-closed", version=1, tags=("session",)):
    """The session is over and its list is complete."""

    session: SessionId
    attended: int
    walk_ins: int
    anonymous: int
    missed: int
    by_worker: WorkerId
    by_agency: AgencyId


class InvitationMade(Fact, type="invitation-made", version=1, tags=("person", "session")):
    """Somebody was invited to a hub session, with a ticket or without one."""

    invitation: InvitationId
    person: PersonId
    session: SessionId
    by_worker: WorkerId
    by_agency: AgencyId
    episode: EpisodeId | None = None
    ticket: TicketId | None = None
    keep_apart_acknowledged: bool = False
    overridden: tuple[str, ...] = ()
    override_by: WorkerId | None = None
    override_reason: OverrideReason | None = None


class HubAttended(Fact, type="hub-attended", version=1, tags=("person", "session")):
    """Somebody came to a session: checked in at the door, or written down afterwards. No `invited_by` is a walk-in."""

    session: SessionId
    person: PersonId
    by_worker: WorkerId
    by_agency: AgencyId
    invited_by: InvitedBy | None = None
    keep_apart_acknowledged: bool = False


class AnonymousArrived(Fact, type="hub-anonymous-arrived", version=1, tags=("session",)):
    """People came who gave no name."""

    session: SessionId
    arrival: str
    count: int
    by_worker: WorkerId
    by_agency: AgencyId


class HubMissed(Fact, type="hub-missed", version=1, tags=("person", "session")):
    """Somebody who was invited did not come. A missed session alone never leads to the next step (ours)."""

    session: SessionId
    person: PersonId
    by_worker: WorkerId
    by_agency: AgencyId


class ServiceSeen(Fact, type="hub-service-seen", version=1, tags=("person", "session")):
    """Somebody at a session saw an agency. Whom they saw may say something of their health: it is need-to-know."""

    session: SessionId
    person: PersonId
    agency: AgencyId
    by_worker: WorkerId
    by_agency: AgencyId
    service: ServiceId | None = None
    need: Need | None = None


class ScheduleHubSession(Command):
    """Set a hub session: when, where, and which agencies are expected."""

    session: Annotated[SessionId, Slug]
    starts: Instant
    ends: Instant
    place: Line
    area: AreaCode | None = None
    venue: PlaceCode | None = None
    expected: tuple[AgencyId, ...] = ()


class ConfirmAgency(Command):
    """Say that an agency will be at a session."""

    session: SessionId
    agency: AgencyId


class Invite(Command):
    """Invite somebody to a hub session, with no ticket needed."""

    invitation: Annotated[InvitationId, Slug]
    person: PersonId
    session: SessionId
    episode: EpisodeId | None = None
    officer: WorkerId | None = None
    keep_apart_acknowledged: bool = False
    historic: Override | None = None


class CheckIn(Command):
    """Check somebody in at the door, invited or not."""

    session: SessionId
    person: PersonId
    keep_apart_acknowledged: bool = False


class CheckInAnonymous(Command):
    """Count people who came and gave no name. `arrival` tells this count from another of the same session."""

    session: SessionId
    arrival: Annotated[str, Slug]
    count: Annotated[int, msgspec.Meta(ge=1, le=500)] = 1


class RecordAttended(Command):
    """Write down afterwards that somebody came: from the paper sheet or a list."""

    session: SessionId
    person: PersonId


class RecordMissed(Command):
    """Write down that somebody who was invited did not come."""

    session: SessionId
    person: PersonId


class RecordServiceSeen(Command):
    """Record which agency somebody saw at a session."""

    session: SessionId
    person: PersonId
    agency: AgencyId
    service: ServiceId | None = None
    need: Need | None = None


class CancelHubSession(Command):
    """Cancel a session; those invited must be told."""

    session: SessionId
    reason: CancelReason


class CloseHubSession(Command):
    """The five-minute close: everybody invited who did not come is recorded as missing it."""

    session: SessionId


class RecordPaperSheet(Command):
    """Type the paper sheet of a session: who came, who did not, how many gave no name."""

    session: SessionId
    came: Annotated[tuple[PersonId, ...], msgspec.Meta(max_length=200)] = ()
    missed: Annotated[tuple[PersonId, ...], msgspec.Meta(max_length=200)] = ()
    anonymous: Annotated[int, msgspec.Meta(ge=0, le=500)] = 0
