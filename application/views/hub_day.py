"""Hub sessions and who is expected, came, and was seen by whom."""

import datetime as dt

import msgspec

from application.ports import Recorded
from application.views.view import EVERYTHING, Place, View, by, its_person, nobody
from domain.codes import Need
from domain.engagement.hub_session import (
    AgencyConfirmed,
    AnonymousArrived,
    CancelReason,
    CheckInVoided,
    HubAttended,
    HubMissed,
    InvitationMade,
    InvitedBy,
    ServiceSeen,
    SessionCancelled,
    SessionClosed,
    SessionScheduled,
)
from domain.facts import Instant
from domain.ids import AgencyId, EpisodeId, InvitationId, PersonId, ServiceId, SessionId, TicketId, WorkerId


class AnonymousCount(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """People who came and gave no name."""

    happened: Instant
    count: int


class SessionRow(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A session. The counts at its close are those that were recorded then."""

    position: int
    session: SessionId
    on: dt.date
    starts: Instant
    ends: Instant
    place: str
    by_agency: AgencyId
    area: str | None = None
    venue: str | None = None
    expected: tuple[AgencyId, ...] = ()
    confirmed: tuple[AgencyId, ...] = ()
    anonymous: tuple[AnonymousCount, ...] = ()
    cancelled_at: Instant | None = None
    cancel_reason: CancelReason | None = None
    closed_at: Instant | None = None
    closed_attended: int | None = None
    closed_walk_ins: int | None = None
    closed_missed: int | None = None

    @property
    def anonymous_count(self) -> int:
        """How many gave no name."""
        return sum(one.count for one in self.anonymous)


def evolve_session(row: SessionRow | None, recorded: Recorded, _key: str) -> SessionRow | None:
    """A session after a fact."""
    fact, position = recorded.fact, recorded.envelope.position
    if isinstance(fact, SessionScheduled):
        return SessionRow(
            position=position,
            session=fact.session,
            on=fact.on,
            starts=fact.starts,
            ends=fact.ends,
            place=fact.place,
            by_agency=fact.by_agency,
            area=fact.area,
            venue=fact.venue,
            expected=fact.expected,
        )
    if row is None:
        return None
    put = msgspec.structs.replace
    match fact:
        case AgencyConfirmed():
            confirmed = tuple(dict.fromkeys((*row.confirmed, fact.agency)))
            return put(row, position=position, confirmed=confirmed)
        case AnonymousArrived():
            count = AnonymousCount(happened=fact.at, count=fact.count)
            return put(row, position=position, anonymous=(*row.anonymous, count))
        case SessionCancelled():
            return put(row, position=position, cancelled_at=fact.at, cancel_reason=fact.reason)
        case SessionClosed():
            return put(
                row,
                position=position,
                closed_at=fact.at,
                closed_attended=fact.attended,
                closed_walk_ins=fact.walk_ins,
                closed_missed=fact.missed,
            )
        case _:
            return row


SESSIONS: View[SessionRow] = View(
    name="hub-session",
    version=1,
    row=SessionRow,
    facts=frozenset({SessionScheduled, AgencyConfirmed, AnonymousArrived, SessionCancelled, SessionClosed}),
    keys=by("session"),
    evolve=evolve_session,
    about=nobody,
    places=lambda row: (Place(EVERYTHING, row.starts.astimezone(dt.UTC).isoformat()),),
)


class Seen(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """An agency that somebody saw: for that agency and the one that wrote it down."""

    agency: AgencyId
    by_agency: AgencyId
    service: ServiceId | None
    need: Need | None
    happened: Instant


class ArrivalRow(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Somebody at a session: expected, come (`invited_by` of None is a walk-in), or missed."""

    position: int
    session: SessionId
    person: PersonId
    invitations: tuple[InvitationId, ...] = ()
    invited_at: Instant | None = None
    invited_by_agency: AgencyId | None = None
    episode: EpisodeId | None = None
    ticket: TicketId | None = None
    attended_at: Instant | None = None
    checked_in_by: WorkerId | None = None
    invited_by: InvitedBy | None = None
    missed_at: Instant | None = None
    keep_apart_acknowledged: bool = False
    seen: tuple[Seen, ...] = ()
    agencies: tuple[AgencyId, ...] = ()

    @property
    def walk_in(self) -> bool:
        """Whether somebody came without having been invited."""
        return self.attended_at is not None and self.invited_by is None

    @property
    def parties(self) -> frozenset[AgencyId]:
        """The agencies that invited, checked in or wrote down."""
        return frozenset(self.agencies)


def arrival_key(session: str, person: str) -> str:
    """The row of somebody at a session."""
    return f"{session}|{person}"


def _arrival_keys(recorded: Recorded) -> tuple[str, ...]:
    fact = recorded.fact
    assert isinstance(fact, InvitationMade | HubAttended | CheckInVoided | HubMissed | ServiceSeen)
    return (arrival_key(fact.session, fact.person),)


def evolve_arrival(row: ArrivalRow | None, recorded: Recorded, _key: str) -> ArrivalRow | None:
    """Somebody at a session after a fact."""
    fact, position = recorded.fact, recorded.envelope.position
    assert isinstance(fact, InvitationMade | HubAttended | CheckInVoided | HubMissed | ServiceSeen)
    row = row or ArrivalRow(position=position, session=fact.session, person=fact.person)
    agencies = row.agencies if fact.by_agency in row.agencies else (*row.agencies, fact.by_agency)
    put = msgspec.structs.replace
    match fact:
        case InvitationMade():
            return put(
                row,
                position=position,
                agencies=agencies,
                invitations=(*row.invitations, fact.invitation),
                invited_at=min(row.invited_at, fact.at) if row.invited_at else fact.at,
                invited_by_agency=row.invited_by_agency or fact.by_agency,
                episode=fact.episode or row.episode,
                ticket=fact.ticket or row.ticket,
                keep_apart_acknowledged=row.keep_apart_acknowledged or fact.keep_apart_acknowledged,
            )
        case HubAttended():
            return put(
                row,
                position=position,
                agencies=agencies,
                attended_at=fact.at,
                checked_in_by=fact.by_worker,
                invited_by=fact.invited_by,
                missed_at=None,
                keep_apart_acknowledged=row.keep_apart_acknowledged or fact.keep_apart_acknowledged,
            )
        case CheckInVoided() if not row.invitations and not row.seen:
            return None  # a walk-in who did not walk in is on no list
        case CheckInVoided():
            return put(row, position=position, agencies=agencies, attended_at=None, checked_in_by=None, invited_by=None)
        case HubMissed():
            return put(row, position=position, agencies=agencies, missed_at=fact.at)
        case ServiceSeen():
            one = Seen(
                agency=fact.agency,
                by_agency=fact.by_agency,
                service=fact.service,
                need=fact.need,
                happened=fact.at,
            )
            # Who wrote down whom they saw is no party to the arrival: it may be their treatment service.
            return put(row, position=position, seen=(*row.seen, one))


def _places_of_arrival(row: ArrivalRow) -> tuple[Place, ...]:
    at = row.attended_at or row.missed_at or row.invited_at
    return (Place(f"person:{row.person}", "" if at is None else at.astimezone(dt.UTC).isoformat()),)


ARRIVALS: View[ArrivalRow] = View(
    name="hub-arrival",
    version=3,
    row=ArrivalRow,
    facts=frozenset({InvitationMade, HubAttended, CheckInVoided, HubMissed, ServiceSeen}),
    keys=_arrival_keys,
    evolve=evolve_arrival,
    about=its_person,
    places=_places_of_arrival,
)
