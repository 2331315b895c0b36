"""Somebody at risk: a record is opened without a relationship, for a shift at most, and somebody else looks into it."""

import datetime as dt

import msgspec
import pytest

from domain.actors import Role
from domain.governance.break_glass import (
    LONGEST_HOURS,
    BreakTheGlass,
    CloseTheGlass,
    GlassBroken,
    GlassClosed,
    GlassReviewed,
    NotYoursToClose,
    NotYoursToReview,
    OpenedLongAgo,
    ReviewBreakGlass,
    break_glass,
    evolve,
)
from domain.governance.scope import PROTECTS_DATA
from domain.governance.sharing import relationship
from domain.ids import BreakGlassId, PersonId, WorkerId
from domain.people.person import PersonRegistered
from domain.refusals import AlreadyExists, NotPermitted, Unknown
from tests.governance.partners import CSP, NOON, PARTNERS, POLICE, RECOVERY, worker
from tests.scenario import Knowing, run

ADA, BEN = PersonId("ada"), PersonId("ben")
ONE = BreakGlassId("g-1")
NURSE = worker("agency-worker", RECOVERY, "nurse")
OFFICER = worker("privacy-officer", CSP, "officer")
ASIDE = "She rang, and then the line went dead."


def registered(person: PersonId) -> PersonRegistered:
    return PersonRegistered(at=NOON, person=person, reference=f"R-{person}", by_agency=POLICE, identity="stated")


KNOWN = PARTNERS.and_given(registered(ADA), registered(BEN))
BREAK = BreakTheGlass(at=NOON, break_glass=ONE, person=ADA, emergency="risk-to-life", reason=ASIDE, hours=2)
BROKEN = GlassBroken(
    at=NOON,
    break_glass=ONE,
    person=ADA,
    worker=NURSE.worker,
    agency=RECOVERY,
    emergency="risk-to-life",
    until=NOON + dt.timedelta(hours=2),
    review_by=dt.date(2026, 3, 4),
    reason=ASIDE,
)
CLOSE = CloseTheGlass(at=NOON + dt.timedelta(minutes=5), break_glass=ONE)
REVIEW = ReviewBreakGlass(at=NOON, break_glass=ONE, finding="justified", rationale="The risk was real.")


def test_without_any_agreement_who_may_search_opens_a_record_for_some_hours_and_is_reviewed_by_a_working_day() -> None:
    KNOWN.when(BREAK, NURSE).then(BROKEN)
    friday = msgspec.structs.replace(BREAK, at=NOON + dt.timedelta(days=4))
    (fact,) = KNOWN.when(friday, NURSE).then_adds(GlassBroken)
    assert isinstance(fact, GlassBroken)
    assert fact.review_by == dt.date(2026, 3, 10), "a weekend reviews nothing"


def test_an_id_names_one_opening_by_one_worker_of_one_person() -> None:
    broken = KNOWN.and_given(BROKEN)
    broken.when(BREAK, NURSE).then_nothing()
    broken.when(msgspec.structs.replace(BREAK, person=BEN), NURSE).then_refused(AlreadyExists)
    broken.when(BREAK, worker("agency-worker", RECOVERY, "another")).then_refused(AlreadyExists)


@pytest.mark.parametrize("role", ["administrator", "panel-member", "legal"])
def test_who_may_not_search_the_register_opens_nobody(role: Role) -> None:
    KNOWN.when(BREAK, worker(role, RECOVERY)).then_refused(NotPermitted)


def test_nobody_is_opened_whom_there_is_not_nor_for_longer_than_a_shift() -> None:
    PARTNERS.when(BREAK, NURSE).then_refused(Unknown)
    for hours in (0, LONGEST_HOURS + 1):
        with pytest.raises(msgspec.ValidationError):
            msgspec.convert(msgspec.to_builtins(BREAK) | {"hours": hours}, BreakTheGlass)


def test_nobody_is_let_in_for_a_time_that_has_passed() -> None:
    now = NOON + dt.timedelta(hours=2)
    with pytest.raises(OpenedLongAgo):
        break_glass(BREAK, (), NURSE, now)
    assert break_glass(BREAK, (), NURSE, now - dt.timedelta(seconds=1))


def test_broken_glass_makes_no_relationship() -> None:
    facts = (registered(ADA), BROKEN, GlassClosed(at=NOON, break_glass=ONE, person=ADA, worker=NURSE.worker))
    assert run(Knowing(facts)(relationship(ADA))).agencies == {POLICE}


def test_it_is_closed_by_who_broke_it_or_who_protects_data_and_once() -> None:
    closed = GlassClosed(at=CLOSE.at, break_glass=ONE, person=ADA, worker=NURSE.worker)
    broken = KNOWN.and_given(BROKEN)
    for one in (NURSE, OFFICER):
        broken.when(CLOSE, one).then(closed)
    broken.when(CLOSE, worker("agency-worker", RECOVERY, "another")).then_refused(NotYoursToClose)
    broken.and_given(closed).when(CLOSE, NURSE).then_nothing()
    broken.when(msgspec.structs.replace(CLOSE, at=BROKEN.until), NURSE).then_nothing()
    KNOWN.when(CLOSE, NURSE).then_refused(Unknown)


def test_it_is_reviewed_by_somebody_else_who_protects_data() -> None:
    broken = KNOWN.and_given(BROKEN)
    reviewed = GlassReviewed(
        at=NOON,
        break_glass=ONE,
        person=ADA,
        by_worker=OFFICER.worker,
        finding="justified",
        rationale="The risk was real.",
    )
    broken.when(REVIEW, OFFICER).then(reviewed)
    for role in sorted(PROTECTS_DATA):
        broken.when(REVIEW, worker(role, CSP, "officer")).then_adds(GlassReviewed)
        broken.when(REVIEW, worker(role, RECOVERY, NURSE.worker)).then_refused(NotYoursToReview)
    for other in ("supervisor", "hub-coordinator", "administrator", "safeguarding-lead"):
        broken.when(REVIEW, worker(other, CSP, "officer")).then_refused(NotYoursToReview)
    KNOWN.when(REVIEW, OFFICER).then_refused(Unknown)
    again = broken.and_given(reviewed)
    again.when(REVIEW, OFFICER).then_nothing()
    again.when(msgspec.structs.replace(REVIEW, finding="not-justified"), OFFICER).then_adds(GlassReviewed)


def test_it_lets_in_who_broke_it_from_their_agency_for_its_time_until_it_is_closed_or_reviewed() -> None:
    (one,) = evolve((), BROKEN)
    assert one.opens_for(NURSE, NOON)
    assert not one.opens_for(NURSE, NOON - dt.timedelta(seconds=1)), "a clock that jumps opens nothing earlier"
    assert not one.opens_for(NURSE, BROKEN.until)
    assert not one.opens_for(worker("agency-worker", RECOVERY, "another"), NOON)
    assert not one.opens_for(worker("agency-worker", POLICE, NURSE.worker), NOON), "not from where they work next"
    reviewed = GlassReviewed(
        at=NOON, break_glass=ONE, person=ADA, by_worker=WorkerId("officer"), finding="not-justified"
    )
    assert not evolve((one,), reviewed)[0].opens_for(NURSE, NOON)
    closed = GlassClosed(at=NOON, break_glass=ONE, person=ADA, worker=NURSE.worker)
    assert not evolve((one,), closed)[0].opens_for(NURSE, NOON)
