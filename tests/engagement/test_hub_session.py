"""Hub day: who is invited, who comes, who is told when it does not take place."""

# ruff: noqa: ANN401 - the fields of a fact or command, given on

import datetime as dt
from typing import Any

import pytest

from domain.engagement.circumstances import PersonStopped
from domain.engagement.hub_session import (
    AgencyConfirmed,
    AnonymousArrived,
    CameAfterAll,
    CancelHubSession,
    CheckIn,
    CheckInAnonymous,
    CheckInVoided,
    CloseHubSession,
    ConfirmAgency,
    ForbiddenPlace,
    HubAttended,
    HubMissed,
    InvitationMade,
    Invite,
    KeepApartWarning,
    ListIsComplete,
    NotCheckedIn,
    NotInvited,
    RecordAttended,
    RecordMissed,
    RecordPaperSheet,
    RecordServiceSeen,
    SawAnAgency,
    ScheduleHubSession,
    ServiceSeen,
    SessionCancelled,
    SessionClosed,
    SessionEndsBefore,
    SessionIsCancelled,
    SessionIsClosed,
    SessionNotYet,
    SessionPast,
    VoidCheckIn,
)
from domain.engagement.hub_session import (
    session as session_of,
)
from domain.engagement.journey import journey_of
from domain.engagement.overrides import Override
from domain.engagement.restrictions import RestrictionLifted, RestrictionRecorded
from domain.facts import Fact, tags_of
from domain.ids import AgencyId, FlagId, InvitationId, PersonId, RestrictionId, WorkerId
from domain.people.flags import FlagRaised
from domain.people.person import PersonDied, StayBegan
from domain.refusals import AlreadyExists, NotPermitted, Unknown
from tests.engagement.examples import (
    ADA,
    BOB,
    CGL,
    CGL_WORKER,
    CONSTABLE,
    COORDINATOR,
    COUNCIL,
    HUB,
    POLICE,
    START,
    invited,
    known,
    opened,
    registered,
    served,
    session,
    ticket,
    worker,
)
from tests.scenario import Knowing, When, london, run

LEGAL = worker("legal-1", "legal")


def invite(at: str = "2026-03-01T10:00", person: PersonId = ADA, **more: Any) -> Invite:
    return Invite(**{"at": london(at), "invitation": InvitationId("inv-1"), "person": person, "session": HUB, **more})


def check_in(at: str = "2026-03-10T10:20", person: PersonId = ADA, **more: Any) -> CheckIn:
    return CheckIn(**{"at": london(at), "session": HUB, "person": person, **more})


def came(at: str = "2026-03-10T10:20", person: PersonId = ADA, **more: Any) -> HubAttended:
    return HubAttended(
        **{
            "at": london(at),
            "session": HUB,
            "person": person,
            "by_worker": COORDINATOR.worker,
            "by_agency": COUNCIL,
            **more,
        }
    )


def missed(at: str = "2026-03-10T13:00", person: PersonId = ADA) -> HubMissed:
    return HubMissed(at=london(at), session=HUB, person=person, by_worker=COORDINATOR.worker, by_agency=COUNCIL)


def cancelled(at: str = "2026-03-05T10:00", tell: tuple[PersonId, ...] = ()) -> SessionCancelled:
    return SessionCancelled(
        at=london(at),
        session=HUB,
        reason="weather",
        by_worker=COORDINATOR.worker,
        by_agency=COUNCIL,
        tell=tell,
        tell_agencies=(CGL,),
    )


def kept_apart() -> FlagRaised:
    return FlagRaised(
        at=START,
        flag=FlagId("f-1"),
        person=BOB,
        kind="keep-apart",
        by_agency=POLICE,
        source="court-order",
        expires_on=dt.date(2026, 12, 31),
        other=ADA,
    )


def at_the_hub(*facts: Fact) -> When:
    return known(registered(BOB), session(), *facts)


# Scheduling


def schedule(**more: Any) -> ScheduleHubSession:
    return ScheduleHubSession(
        **{
            "at": START,
            "session": HUB,
            "starts": london("2026-03-10T10:00"),
            "ends": london("2026-03-10T13:00"),
            "place": "Queen Mary Centre",
            "area": "E07000010",
            "venue": "queen-mary-centre",
            "expected": (CGL,),
            **more,
        }
    )


def test_a_session_is_set_once() -> None:
    known().when(schedule(), COORDINATOR).then(session())
    at_the_hub().when(schedule(place="Elsewhere"), COORDINATOR).then_refused(AlreadyExists)


def test_a_session_starts_before_it_ends_on_one_day() -> None:
    known().when(schedule(ends=london("2026-03-10T10:00")), COORDINATOR).then_refused(SessionEndsBefore)
    known().when(schedule(ends=london("2026-03-11T01:00")), COORDINATOR).then_refused(SessionEndsBefore)


def test_an_agency_of_the_partnership_confirms_once() -> None:
    confirm = ConfirmAgency(at=START, session=HUB, agency=CGL)
    at_the_hub().when(confirm, CGL_WORKER).then_adds(AgencyConfirmed)
    stranger = ConfirmAgency(at=START, session=HUB, agency=AgencyId("stranger"))
    at_the_hub().when(stranger, CGL_WORKER).then_refused(Unknown)
    late = ConfirmAgency(at=london("2026-03-06T10:00"), session=HUB, agency=CGL)
    at_the_hub(cancelled()).when(late, CGL_WORKER).then_refused(SessionIsCancelled)


def test_who_does_not_work_at_the_hub_changes_nothing_there() -> None:
    known().when(schedule(), LEGAL).then_refused(NotPermitted)
    at_the_hub().when(check_in(), LEGAL).then_refused(NotPermitted)
    count = CheckInAnonymous(at=london("2026-03-10T10:30"), session=HUB, arrival="door-1")
    at_the_hub().when(count, LEGAL).then_refused(NotPermitted)


def test_a_session_that_is_not_there_is_unknown() -> None:
    known().when(check_in(), COORDINATOR).then_refused(Unknown)
    known().when(invite(), CONSTABLE).then_refused(Unknown)


# Inviting


def test_an_invitation_needs_no_ticket() -> None:
    at_the_hub().when(invite(), CONSTABLE).then_adds(InvitationMade)


def test_nobody_is_invited_to_a_session_that_was_over_by_then() -> None:
    at_the_hub().when(invite("2026-03-10T13:00"), CONSTABLE).then_refused(SessionPast)
    at_the_hub().when(invite("2026-03-10T12:00"), CONSTABLE).then_adds(InvitationMade)


def test_nobody_is_invited_to_a_cancelled_session() -> None:
    at_the_hub(cancelled()).when(invite("2026-03-06T10:00"), CONSTABLE).then_refused(SessionIsCancelled)


def test_an_invitation_from_before_the_cancellation_is_written_down_after_it() -> None:
    at_the_hub(cancelled()).when(invite("2026-03-04T10:00"), CONSTABLE).then_adds(InvitationMade)


def restriction(source: str, place: str, until: str | None = None) -> RestrictionRecorded:
    return RestrictionRecorded(
        at=london("2026-02-01T10:00"),
        restriction=RestrictionId("r-1"),
        person=ADA,
        source=source,  # type: ignore[arg-type]
        forbids=(place,),
        by_worker=CONSTABLE.worker,
        by_agency=POLICE,
        until=london(until) if until else None,
    )


@pytest.mark.parametrize("source", ["bail", "dispersal", "exclusion"])
@pytest.mark.parametrize("place", ["queen-mary-centre", "E07000010"])
def test_nobody_is_sent_where_they_may_not_be(source: str, place: str) -> None:
    at_the_hub(restriction(source, place)).when(invite(), CONSTABLE).then_refused(ForbiddenPlace)


@pytest.mark.parametrize("kind", ["cpn", "cbo"])
def test_nobody_is_sent_where_a_notice_or_order_forbids_them_to_be(kind: str) -> None:
    bound = served("2026-02-01T10:00", kind, forbids=("queen-mary-centre",), ends_on=dt.date(2026, 3, 10))
    at_the_hub(bound).when(invite(), CONSTABLE).then_refused(ForbiddenPlace)
    over = served("2026-02-01T10:00", kind, forbids=("queen-mary-centre",), ends_on=dt.date(2026, 3, 9))
    at_the_hub(over).when(invite(), CONSTABLE).then_adds(InvitationMade)


def test_what_ended_before_the_session_starts_forbids_nothing() -> None:
    brief = restriction("dispersal", "queen-mary-centre", "2026-03-09T10:00")
    at_the_hub(brief).when(invite(), CONSTABLE).then_adds(InvitationMade)
    lifted = RestrictionLifted(
        at=london("2026-02-20T10:00"),
        restriction=RestrictionId("r-1"),
        person=ADA,
        by_worker=CONSTABLE.worker,
        by_agency=POLICE,
    )
    at_the_hub(restriction("bail", "E07000010"), lifted).when(invite(), CONSTABLE).then_adds(InvitationMade)
    at_the_hub(restriction("bail", "elsewhere")).when(invite(), CONSTABLE).then_adds(InvitationMade)


def test_two_who_are_kept_apart_are_not_invited_together_without_a_warning() -> None:
    story = at_the_hub(kept_apart(), invited("2026-02-20T10:00", BOB))
    story.when(invite(), CONSTABLE).then_refused(KeepApartWarning)
    facts = story.when(invite(keep_apart_acknowledged=True), CONSTABLE).then_adds(InvitationMade)
    assert isinstance(facts[0], InvitationMade)
    assert facts[0].keep_apart_acknowledged


def test_the_warning_is_seen_from_either_side() -> None:
    story = at_the_hub(kept_apart(), invited("2026-02-20T10:00", ADA))
    story.when(invite(person=BOB), CONSTABLE).then_refused(KeepApartWarning)


def test_a_keep_apart_refusal_names_nobody() -> None:
    story = at_the_hub(kept_apart(), invited("2026-02-20T10:00", BOB))
    refusal = story.when(invite(), CONSTABLE).then_refused(KeepApartWarning)
    assert BOB not in str(refusal)


def test_death_custody_and_hospital_stop_invitations() -> None:
    died = PersonDied(at=london("2026-02-20T10:00"), person=ADA, by_agency=POLICE)
    at_the_hub(died).when(invite(), CONSTABLE).then_refused(PersonStopped)
    inside = StayBegan(at=london("2026-02-20T10:00"), person=ADA, stay="custody", by_agency=POLICE)
    at_the_hub(inside).when(invite(), CONSTABLE).then_refused(PersonStopped)


def test_an_old_invitation_is_recorded_with_the_rule_that_it_broke() -> None:
    historic = Override(by=WorkerId("clerk-1"), reason="imported-history")
    facts = at_the_hub().when(invite("2026-03-11T10:00", historic=historic), COORDINATOR).then_adds(InvitationMade)
    assert isinstance(facts[0], InvitationMade)
    assert (facts[0].overridden, facts[0].override_by) == (("session-past",), historic.by)


# The door


def test_a_walk_in_needs_no_invitation() -> None:
    at_the_hub().when(check_in(), COORDINATOR).then(came())


def test_who_was_invited_is_told_from_who_walked_in() -> None:
    at_the_hub(invited("2026-03-01T10:00")).when(check_in(), COORDINATOR).then(came(invited_by="invitation"))
    green = ticket("2026-03-01T10:00", "green", 0)
    at_the_hub(opened(), green).when(check_in(), COORDINATOR).then(came(invited_by="ticket"))
    later = ticket("2026-03-11T10:00", "green", 0)
    at_the_hub(opened(), later).when(check_in(), COORDINATOR).then(came())


def test_people_without_a_name_are_counted() -> None:
    count = CheckInAnonymous(at=london("2026-03-10T10:30"), session=HUB, arrival="door-1", count=3)
    at_the_hub().when(count, COORDINATOR).then_adds(AnonymousArrived)


def test_a_counterpart_at_the_hub_is_a_warning_at_the_door() -> None:
    story = at_the_hub(kept_apart(), came(person=BOB))
    story.when(check_in("2026-03-10T10:40"), COORDINATOR).then_refused(KeepApartWarning)
    story.when(check_in("2026-03-10T10:40", keep_apart_acknowledged=True), COORDINATOR).then_adds(HubAttended)


def test_nobody_comes_before_the_day_or_to_a_cancelled_session() -> None:
    at_the_hub().when(check_in("2026-03-09T10:00"), COORDINATOR).then_refused(SessionNotYet)
    at_the_hub(cancelled()).when(check_in(), COORDINATOR).then_refused(SessionIsCancelled)
    count = CheckInAnonymous(at=london("2026-03-09T10:30"), session=HUB, arrival="door-1")
    at_the_hub().when(count, COORDINATOR).then_refused(SessionNotYet)


def test_a_service_is_seen_by_who_came() -> None:
    saw = RecordServiceSeen(at=london("2026-03-10T11:00"), session=HUB, person=ADA, agency=CGL, need="drugs")
    at_the_hub(came()).when(saw, CGL_WORKER).then_adds(ServiceSeen)
    at_the_hub().when(saw, CGL_WORKER).then_refused(NotCheckedIn)
    nobody = RecordServiceSeen(at=london("2026-03-10T11:00"), session=HUB, person=PersonId("nobody"), agency=CGL)
    at_the_hub(came()).when(nobody, CGL_WORKER).then_refused(Unknown)
    stranger = RecordServiceSeen(at=london("2026-03-10T11:00"), session=HUB, person=ADA, agency=AgencyId("stranger"))
    at_the_hub(came()).when(stranger, CGL_WORKER).then_refused(Unknown)


# Taking a check-in back


def take_back(at: str = "2026-03-10T10:21", person: PersonId = ADA, **more: Any) -> VoidCheckIn:
    return VoidCheckIn(**{"at": london(at), "session": HUB, "person": person, **more})


def taken_back(at: str = "2026-03-10T10:21") -> CheckInVoided:
    return CheckInVoided(
        at=london(at),
        session=HUB,
        person=ADA,
        reason="wrong-person",
        by_worker=COORDINATOR.worker,
        by_agency=COUNCIL,
    )


def test_a_check_in_made_by_mistake_is_taken_back_and_may_be_made_again() -> None:
    at_the_hub(came()).when(take_back(), COORDINATOR).then(taken_back())
    again = at_the_hub(came(), taken_back())
    again.when(check_in("2026-03-10T10:50"), COORDINATOR).then(came("2026-03-10T10:50"))
    twice = at_the_hub(came(), taken_back(), came("2026-03-10T10:50"))
    twice.when(take_back("2026-03-10T10:51"), COORDINATOR).then(taken_back("2026-03-10T10:51"))


def test_whoever_was_not_checked_in_cannot_be_taken_back() -> None:
    at_the_hub().when(take_back(), COORDINATOR).then_refused(NotCheckedIn)


def test_a_check_in_stands_once_the_session_is_closed_or_cancelled() -> None:
    closed = SessionClosed(
        at=london("2026-03-10T13:00"),
        session=HUB,
        attended=1,
        walk_ins=1,
        anonymous=0,
        missed=0,
        by_worker=COORDINATOR.worker,
        by_agency=COUNCIL,
    )
    at_the_hub(came(), closed).when(take_back("2026-03-10T13:01"), COORDINATOR).then_refused(ListIsComplete)
    at_the_hub(came(), cancelled()).when(take_back(), COORDINATOR).then_refused(SessionIsCancelled)


def test_somebody_whom_an_agency_saw_was_there() -> None:
    saw = RecordServiceSeen(at=london("2026-03-10T11:00"), session=HUB, person=ADA, agency=CGL, need="drugs")
    seen = at_the_hub(came()).when(saw, CGL_WORKER).then_adds(ServiceSeen)
    at_the_hub(came(), *seen).when(take_back("2026-03-10T11:05"), COORDINATOR).then_refused(SawAnAgency)


def test_an_invited_person_whose_check_in_was_taken_back_misses_the_session_at_its_close() -> None:
    story = at_the_hub(invited("2026-03-01T10:00"), came(invited_by="invitation"), taken_back())
    facts = story.when(CloseHubSession(at=london("2026-03-10T13:00"), session=HUB), COORDINATOR).then_adds(
        HubMissed, SessionClosed
    )
    assert isinstance(facts[-1], SessionClosed)
    assert (facts[-1].attended, facts[-1].missed) == (0, 1)


# Afterwards


def late(at: str = "2026-03-10T12:00") -> RecordAttended:
    return RecordAttended(at=london(at), session=HUB, person=ADA)


def test_who_came_is_written_down_afterwards_even_after_being_missed() -> None:
    story = at_the_hub(invited("2026-03-01T10:00"), missed())
    facts = story.when(late(), COORDINATOR).then(came("2026-03-10T12:00", invited_by="invitation"))
    state = run(Knowing(story.facts + facts)(session_of(HUB)))
    assert state is not None
    assert state.missed == frozenset()


def miss(at: str = "2026-03-10T13:00") -> RecordMissed:
    return RecordMissed(at=london(at), session=HUB, person=ADA)


def test_only_somebody_invited_misses_a_session() -> None:
    at_the_hub().when(miss(), COORDINATOR).then_refused(NotInvited)
    at_the_hub(invited("2026-03-01T10:00")).when(miss(), COORDINATOR).then(missed())
    green = ticket("2026-03-01T10:00", "green", 0)
    at_the_hub(opened(), green).when(miss(), COORDINATOR).then(missed())


def test_who_came_did_not_miss_it_and_nobody_misses_what_was_not() -> None:
    asked = invited("2026-03-01T10:00")
    at_the_hub(asked, came()).when(miss(), COORDINATOR).then_refused(CameAfterAll)
    at_the_hub(asked, cancelled()).when(miss(), COORDINATOR).then_refused(SessionIsCancelled)
    at_the_hub(asked).when(miss("2026-03-09T13:00"), COORDINATOR).then_refused(SessionNotYet)


def test_nobody_is_written_down_for_a_session_that_was_not() -> None:
    at_the_hub(cancelled()).when(late(), COORDINATOR).then_refused(SessionIsCancelled)
    at_the_hub().when(late("2026-03-09T12:00"), COORDINATOR).then_refused(SessionNotYet)


def test_absence_is_recorded_by_those_whom_the_person_concerns() -> None:
    at_the_hub(invited("2026-03-01T10:00")).when(miss(), CGL_WORKER).then_refused(Unknown)


def test_cancelling_voids_the_absences_and_names_whom_to_tell() -> None:
    story = at_the_hub(invited("2026-03-01T10:00"), invited("2026-03-01T10:00", BOB), missed())
    cancel = CancelHubSession(at=london("2026-03-05T10:00"), session=HUB, reason="weather")
    facts = story.when(cancel, COORDINATOR).then(cancelled(tell=(ADA, BOB)))
    assert tags_of(facts[0]) == ("session:hub-march", "person:ada", "person:bob")
    state = run(Knowing(story.facts + facts)(session_of(HUB)))
    assert state is not None
    assert state.missed == frozenset()


def test_cancelling_also_voids_the_absence_of_who_was_invited_by_a_ticket() -> None:
    story = at_the_hub(opened(), ticket("2026-03-01T10:00", "green", 0), missed())
    cancel = CancelHubSession(at=london("2026-03-11T10:00"), session=HUB, reason="other")
    facts = story.when(cancel, COORDINATOR).then_adds(SessionCancelled)
    assert run(Knowing(story.facts)(journey_of(ADA))).missed
    assert not run(Knowing(story.facts + facts)(journey_of(ADA))).missed


def close(at: str = "2026-03-10T13:05") -> CloseHubSession:
    return CloseHubSession(at=london(at), session=HUB)


def test_the_close_records_who_was_invited_and_did_not_come() -> None:
    story = at_the_hub(invited("2026-03-01T10:00"), invited("2026-03-01T10:00", BOB), came(person=BOB))
    facts = story.when(close(), COORDINATOR).then_adds(HubMissed, SessionClosed)
    assert isinstance(facts[0], HubMissed)
    assert facts[0].person == ADA
    assert isinstance(facts[1], SessionClosed)
    assert (facts[1].attended, facts[1].walk_ins, facts[1].missed) == (1, 1, 1)


def test_who_could_not_come_did_not_miss_it() -> None:
    inside = StayBegan(at=london("2026-03-09T10:00"), person=ADA, stay="custody", by_agency=POLICE)
    story = at_the_hub(invited("2026-03-01T10:00"), inside)
    story.when(close(), COORDINATOR).then_adds(SessionClosed)


def test_a_session_is_closed_once_it_began_and_took_place() -> None:
    at_the_hub().when(close("2026-03-10T09:59"), COORDINATOR).then_refused(SessionNotYet)
    at_the_hub(cancelled()).when(close(), COORDINATOR).then_refused(SessionIsCancelled)
    facts = at_the_hub().when(close(), COORDINATOR).then_adds(SessionClosed)
    cancel = CancelHubSession(at=london("2026-03-11T10:00"), session=HUB, reason="other")
    at_the_hub(*facts).when(cancel, COORDINATOR).then_refused(SessionIsClosed)


def test_the_paper_sheet_is_typed_afterwards() -> None:
    story = at_the_hub(invited("2026-03-01T10:00"))
    sheet = RecordPaperSheet(at=london("2026-03-10T12:00"), session=HUB, came=(BOB,), missed=(ADA,), anonymous=4)
    story.when(sheet, COORDINATOR).then_adds(HubAttended, HubMissed, AnonymousArrived)
    both = RecordPaperSheet(at=london("2026-03-10T12:00"), session=HUB, came=(ADA,), missed=(ADA,))
    story.when(both, COORDINATOR).then_refused(CameAfterAll)
    nobody = RecordPaperSheet(at=london("2026-03-10T12:00"), session=HUB, came=(PersonId("nobody"),))
    story.when(nobody, COORDINATOR).then_refused(Unknown)
