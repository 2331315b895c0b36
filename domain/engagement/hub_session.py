"""A hub session: a dated drop-in with the agencies that will be there. Coming needs no invitation."""

import datetime as dt
from collections.abc import Iterator
from typing import Annotated, Any, Final, Literal

import msgspec

from domain.actors import Actor
from domain.calendar import civil_date
from domain.codes import Need
from domain.engagement.circumstances import Circumstances, against_stopped, issuer_of
from domain.engagement.overrides import AreaCode, Override, OverrideReason, PlaceCode, named, settle
from domain.facts import Command, Fact, Facts, Instant, Knowledge, Line, Slug, knowing
from domain.ids import AgencyId, EpisodeId, InvitationId, PersonId, ServiceId, SessionId, TicketId, WorkerId
from domain.refusals import AlreadyExists, Conflict, Guarded, Refusal, Unreadable

InvitedBy = Literal["invitation", "ticket"]
"""How somebody who came had been invited: to this session, or by a ticket that carries a hub offer."""
VoidReason = Literal["wrong-person", "did-not-come", "other"]
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


class CheckInVoided(Fact, type="hub-check-in-voided", version=1, tags=("person", "session")):
    """Somebody had been checked in by mistake: they did not come, as far as is known. Both facts stay on record."""

    session: SessionId
    person: PersonId
    reason: VoidReason
    by_worker: WorkerId
    by_agency: AgencyId


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


class Session(msgspec.Struct, frozen=True, kw_only=True):
    """What decisions know of a session."""

    session: SessionId
    on: dt.date
    starts: dt.datetime
    ends: dt.datetime
    place: str
    area: AreaCode | None
    venue: PlaceCode | None
    expected: tuple[AgencyId, ...]
    confirmed: frozenset[AgencyId] = frozenset()
    invited: frozenset[PersonId] = frozenset()
    attended: frozenset[PersonId] = frozenset()
    walk_ins: frozenset[PersonId] = frozenset()
    voided: frozenset[PersonId] = frozenset()
    missed: frozenset[PersonId] = frozenset()
    arrivals: tuple[tuple[str, int], ...] = ()
    seen: frozenset[tuple[PersonId, AgencyId, ServiceId | None, Need | None]] = frozenset()
    cancelled_at: dt.datetime | None = None
    closed_at: dt.datetime | None = None

    @property
    def places(self) -> frozenset[PlaceCode]:
        """The places that an order might forbid."""
        return frozenset(one for one in (self.area, self.venue) if one is not None)

    def cancelled_by(self, at: dt.datetime) -> bool:
        """Whether it was cancelled by a moment."""
        return self.cancelled_at is not None and self.cancelled_at <= at


def evolve_session(state: Session | None, fact: Fact) -> Session | None:
    """One session as decisions know it."""
    match fact:
        case SessionScheduled():
            return Session(
                session=fact.session,
                on=fact.on,
                starts=fact.starts,
                ends=fact.ends,
                place=fact.place,
                area=fact.area,
                venue=fact.venue,
                expected=fact.expected,
            )
        case _ if state is None:
            return None
        case _:
            return msgspec.structs.replace(state, **_changes(state, fact))


def _changes(state: Session, fact: Fact) -> dict[str, Any]:
    match fact:
        case AgencyConfirmed():
            return {"confirmed": state.confirmed | {fact.agency}}
        case InvitationMade():
            return {"invited": state.invited | {fact.person}}
        case HubAttended():
            walk_ins = state.walk_ins if fact.invited_by else state.walk_ins | {fact.person}
            return {
                "attended": state.attended | {fact.person},
                "walk_ins": walk_ins,
                "missed": state.missed - {fact.person},
                "voided": state.voided - {fact.person},
            }
        case CheckInVoided():
            return {
                "attended": state.attended - {fact.person},
                "walk_ins": state.walk_ins - {fact.person},
                "voided": state.voided | {fact.person},
            }
        case AnonymousArrived():
            return {"arrivals": (*state.arrivals, (fact.arrival, fact.count))}
        case HubMissed():
            return {"missed": state.missed | {fact.person}}
        case ServiceSeen():
            return {"seen": state.seen | {(fact.person, fact.agency, fact.service, fact.need)}}
        case SessionCancelled():
            return {"cancelled_at": fact.at, "missed": frozenset()}
        case SessionClosed():
            return {"closed_at": fact.at}
        case _:
            return {}


SESSION_FACTS: Final = (
    SessionScheduled,
    AgencyConfirmed,
    SessionCancelled,
    SessionClosed,
    InvitationMade,
    HubAttended,
    CheckInVoided,
    AnonymousArrived,
    HubMissed,
    ServiceSeen,
)


def session(session: SessionId) -> Knowledge[Session | None]:
    """One session."""
    initial: Session | None = None
    return knowing(initial, evolve_session, SESSION_FACTS, f"session:{session}")


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


class VoidCheckIn(Command):
    """Take back that somebody came, while the session is open: they were checked in by mistake."""

    session: SessionId
    person: PersonId
    reason: VoidReason = "wrong-person"


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


class SessionPast(Guarded):
    """The session was over by then."""

    code = "session-past"
    rule = "Nobody is invited to a session that was over at the time of the invitation (ours)."
    permitted_by = "Invite to a coming session."


class SessionIsCancelled(Guarded):
    """The session does not take place."""

    code = "session-cancelled"
    rule = "Nobody is invited or checked in to a cancelled session, and nobody misses one (ours)."
    permitted_by = "Choose another session."


class ForbiddenPlace(Guarded):
    """The person may not be there."""

    code = "forbidden-place"
    rule = (
        "An invitation never sends a person where a notice, an order, bail or a dispersal direction forbids them to be."
    )
    permitted_by = "Invite to a session elsewhere, or have the condition varied."


class KeepApartWarning(Guarded):
    """Somebody from whom this person is kept apart is expected or present."""

    code = "keep-apart"
    rule = "Two people who are kept apart are not brought into one session without a warning (ours)."
    permitted_by = "Choose another session, or acknowledge the warning and say so to the hub coordinator."


class SessionNotYet(Guarded):
    """The session has not begun."""

    code = "session-not-yet"
    rule = "Who came or did not come is recorded from the day of the session on."
    permitted_by = "Wait for the day of the session."


class NotInvited(Guarded):
    """The person was not invited."""

    code = "not-invited"
    rule = "Only somebody who was invited can miss a session (ours)."
    permitted_by = "Record the invitation first."


class CameAfterAll(Conflict):
    """The person was there."""

    code = "came-after-all"
    rule = "Somebody who came did not miss the session."


class SawAnAgency(Conflict):
    """An agency wrote down that it saw the person at the session."""

    code = "saw-an-agency"
    rule = "Somebody whom an agency saw at a session was there (ours)."


class ListIsComplete(Conflict):
    """The session is closed."""

    code = "list-is-complete"
    rule = "A check-in is taken back while the session is open: its figures stand once it is closed (ours)."


class SessionIsClosed(Conflict):
    """The session's list is complete."""

    code = "session-closed"
    rule = "A session that is closed took place and is not cancelled."


class SessionEndsBefore(Unreadable):
    """The session would end before it starts."""

    code = "session-ends-before-it-starts"
    rule = "A session starts before it ends, on one day."
    permitted_by = "Correct the times."


def schedule(command: ScheduleHubSession, known: Session | None, by: Actor) -> Facts:
    """A session is set once, starts before it ends, on one day."""
    on = civil_date(command.starts)
    if command.ends <= command.starts or civil_date(command.ends) != on:
        raise SessionEndsBefore
    if known is not None:
        if (known.starts, known.ends, known.place) == (command.starts, command.ends, command.place):
            return ()
        raise AlreadyExists(session=command.session)
    return (
        SessionScheduled(
            at=command.at,
            session=command.session,
            on=on,
            starts=command.starts,
            ends=command.ends,
            place=command.place,
            by_agency=by.agency,
            area=command.area,
            venue=command.venue,
            expected=command.expected,
        ),
    )


def confirm(command: ConfirmAgency, known: Session) -> Facts:
    """An agency confirms once; not to a cancelled session."""
    if command.agency in known.confirmed:
        return ()
    if known.cancelled_by(command.at):
        raise SessionIsCancelled(session=command.session)
    return (AgencyConfirmed(at=command.at, session=command.session, agency=command.agency),)


def against_inviting(
    known: Session,
    circumstances: Circumstances,
    forbidden: frozenset[PlaceCode],
    at: dt.datetime,
    *,
    acknowledged: bool,
) -> Iterator[Refusal]:
    """To a session that is to come, where the person may be, and no counterpart is expected without a warning.

    `forbidden` are the places where the person may not be when the session starts.
    """
    yield from against_stopped(circumstances)
    if known.ends <= at:
        yield SessionPast(session=known.session, ended=known.ends)
    if known.cancelled_by(at):
        yield SessionIsCancelled(session=known.session)
    if known.places & forbidden:
        yield ForbiddenPlace(session=known.session)
    if circumstances.keep_apart & (known.invited | known.attended) and not acknowledged:
        yield KeepApartWarning(session=known.session)


def invite(
    command: Invite, known: Session, circumstances: Circumstances, forbidden: frozenset[PlaceCode], by: Actor
) -> Facts:
    """Somebody is invited to a session once."""
    if command.person in known.invited:
        return ()
    overridden = settle(
        against_inviting(known, circumstances, forbidden, command.at, acknowledged=command.keep_apart_acknowledged),
        command.historic,
        by,
    )
    return (
        InvitationMade(
            at=command.at,
            invitation=command.invitation,
            person=command.person,
            session=command.session,
            by_worker=issuer_of(by, command.officer) or by.worker,
            by_agency=by.agency,
            episode=command.episode,
            keep_apart_acknowledged=command.keep_apart_acknowledged,
            **named(command.historic, overridden),
        ),
    )


def _against_recording(known: Session, at: dt.datetime) -> None:
    if known.cancelled_by(at):
        raise SessionIsCancelled(session=known.session)
    if civil_date(at) < known.on:
        raise SessionNotYet(session=known.session, on=known.on)


def check_in(command: CheckIn, known: Session, circumstances: Circumstances, by: Actor, *, by_ticket: bool) -> Facts:
    """Whoever comes is checked in once, with a warning where a counterpart is there. `by_ticket`: holds a hub offer."""
    if command.person in known.attended:
        return ()
    _against_recording(known, command.at)
    if circumstances.keep_apart & known.attended and not command.keep_apart_acknowledged:
        raise KeepApartWarning(session=known.session)
    return (
        _came(command.at, command.person, known, by, by_ticket=by_ticket, acknowledged=command.keep_apart_acknowledged),
    )


def void_check_in(command: VoidCheckIn, known: Session, by: Actor) -> Facts:
    """Who was checked in by mistake did not come; taken back twice adds nothing, and they may be checked in again."""
    if command.person in known.voided:
        return ()
    if command.person not in known.attended:
        raise NotCheckedIn(session=command.session)
    if known.cancelled_at is not None:
        raise SessionIsCancelled(session=command.session)
    if known.closed_at is not None:
        raise ListIsComplete(session=command.session)
    if any(person == command.person for person, *_ in known.seen):
        raise SawAnAgency(session=command.session)
    return (
        CheckInVoided(
            at=command.at,
            session=command.session,
            person=command.person,
            reason=command.reason,
            by_worker=by.worker,
            by_agency=by.agency,
        ),
    )


def attend(command: RecordAttended, known: Session, by: Actor, *, by_ticket: bool) -> Facts:
    """Who came is written down once, also after being recorded as missing; there is nobody left to warn."""
    if command.person in known.attended:
        return ()
    _against_recording(known, command.at)
    return (_came(command.at, command.person, known, by, by_ticket=by_ticket),)


def _came(
    at: dt.datetime, person: PersonId, known: Session, by: Actor, *, by_ticket: bool, acknowledged: bool = False
) -> HubAttended:
    invited_by: InvitedBy | None = "invitation" if person in known.invited else "ticket" if by_ticket else None
    return HubAttended(
        at=at,
        session=known.session,
        person=person,
        by_worker=by.worker,
        by_agency=by.agency,
        invited_by=invited_by,
        keep_apart_acknowledged=acknowledged,
    )


def count_anonymous(command: CheckInAnonymous, known: Session, by: Actor) -> Facts:
    """People without a name are counted; the same arrival again adds nothing."""
    if any(arrival == command.arrival for arrival, _ in known.arrivals):
        return ()
    _against_recording(known, command.at)
    return (
        AnonymousArrived(
            at=command.at,
            session=command.session,
            arrival=command.arrival,
            count=command.count,
            by_worker=by.worker,
            by_agency=by.agency,
        ),
    )


def miss(command: RecordMissed, known: Session, by: Actor, *, by_ticket: bool) -> Facts:
    """Only who was invited and did not come missed the session."""
    if command.person in known.missed:
        return ()
    if command.person in known.attended:
        raise CameAfterAll(session=command.session)
    _against_recording(known, command.at)
    if command.person not in known.invited and not by_ticket:
        raise NotInvited(session=command.session)
    return (_missed(command.at, command.person, known, by),)


def _missed(at: dt.datetime, person: PersonId, known: Session, by: Actor) -> HubMissed:
    return HubMissed(at=at, session=known.session, person=person, by_worker=by.worker, by_agency=by.agency)


def see_service(command: RecordServiceSeen, known: Session, by: Actor) -> Facts:
    """Who came may see an agency; seeing the same again adds nothing."""
    if (command.person, command.agency, command.service, command.need) in known.seen:
        return ()
    if command.person not in known.attended:
        raise NotCheckedIn(session=command.session)
    return (
        ServiceSeen(
            at=command.at,
            session=command.session,
            person=command.person,
            agency=command.agency,
            by_worker=by.worker,
            by_agency=by.agency,
            service=command.service,
            need=command.need,
        ),
    )


class NotCheckedIn(Conflict):
    """The person is not on the session's list."""

    code = "not-checked-in"
    rule = "Who sees a service at a session, or whose check-in is taken back, was checked in."
    permitted_by = "Check the person in."


def cancel(command: CancelHubSession, known: Session, by: Actor) -> Facts:
    """A session is cancelled once, before it is closed; those to be told are the invited, the absent, the agencies."""
    if known.cancelled_at is not None:
        return ()
    if known.closed_at is not None:
        raise SessionIsClosed(session=command.session)
    return (
        SessionCancelled(
            at=command.at,
            session=command.session,
            reason=command.reason,
            by_worker=by.worker,
            by_agency=by.agency,
            tell=tuple(sorted(known.invited | known.missed)),
            tell_agencies=tuple(sorted(known.confirmed | set(known.expected))),
        ),
    )


def absent(known: Session) -> tuple[PersonId, ...]:
    """Who was invited, did not come, and is not yet recorded as missing the session."""
    return tuple(sorted(known.invited - known.attended - known.missed))


def close(command: CloseHubSession, known: Session, stopped: frozenset[PersonId], by: Actor) -> Facts:
    """The list is completed once: the invited who did not come missed it, unless they could not (`stopped`)."""
    if known.closed_at is not None:
        return ()
    if known.cancelled_at is not None:
        raise SessionIsCancelled(session=command.session)
    if command.at < known.starts:
        raise SessionNotYet(session=command.session, on=known.on)
    misses = tuple(_missed(command.at, person, known, by) for person in absent(known) if person not in stopped)
    return (
        *misses,
        SessionClosed(
            at=command.at,
            session=command.session,
            attended=len(known.attended),
            walk_ins=len(known.walk_ins),
            anonymous=sum(count for _, count in known.arrivals),
            missed=len(known.missed) + len(misses),
            by_worker=by.worker,
            by_agency=by.agency,
        ),
    )


def type_sheet(command: RecordPaperSheet, known: Session, holders: frozenset[PersonId], by: Actor) -> Facts:
    """The paper sheet is typed as if each line had been recorded; `holders` hold a ticket that offers the hub."""
    added: list[Fact] = []
    for person in dict.fromkeys(command.came):
        came = RecordAttended(at=command.at, session=command.session, person=person)
        added.extend(attend(came, known, by, by_ticket=person in holders))
    for person in dict.fromkeys(command.missed):
        if person in command.came:
            raise CameAfterAll(session=command.session)
        missed = RecordMissed(at=command.at, session=command.session, person=person)
        added.extend(miss(missed, known, by, by_ticket=person in holders))
    if command.anonymous:
        counted = CheckInAnonymous(
            at=command.at, session=command.session, arrival=f"sheet-{command.at:%Y%m%d%H%M%S}", count=command.anonymous
        )
        added.extend(count_anonymous(counted, known, by))
    return tuple(added)
