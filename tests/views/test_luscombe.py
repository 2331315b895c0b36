"""The figures of the Luscombe report, each by examples of its definition."""

import datetime as dt
from typing import Any

import pytest

from application.ports import Envelope, LogId, Recorded
from application.views import VIEWS
from application.views.luscombe_report import ANONYMOUS, LUSCOMBE, LuscombeReport, report
from application.views.view import Rows
from domain.engagement.encounter import EncounterRecorded, EncounterVoided
from domain.engagement.episode import EpisodeClosed, TicketIssued, TicketVoided
from domain.engagement.hub_session import AnonymousArrived, CheckInVoided, HubAttended, InvitationMade
from domain.engagement.instrument import InstrumentRecorded, InstrumentServed, InstrumentVoided, InstrumentWithdrawn
from domain.facts import Fact
from domain.ids import WorkerId
from domain.people.person import PersonDied, PersonReleased, PersonsMerged, PersonsUnmerged, StayBegan
from tests.scenario import london

RANKS = {"green": 0, "cpw": 1, "cpn": 2, "blue": 3}


def fact(cls: type[Fact], at: str, **fields: Any) -> Fact:  # noqa: ANN401 - whatever the fact holds
    known = {"by_agency": "police", "by_worker": "w-1", "officer": "w-1"}
    by = {name: value for name, value in known.items() if name in cls.__struct_fields__}
    return cls(at=london(at), **{**by, **fields})


def ticket(person: str, at: str, step: str = "green", number: str = "", *, hub: bool = True) -> Fact:
    return fact(
        TicketIssued,
        at,
        ticket=f"t-{person}-{step}{number}",
        episode=f"e-{person}",
        person=person,
        operation="Operation Luscombe",
        ladder="cambridgeshire-4-step",
        step=step,
        rank=RANKS[step],
        meaning="warning",
        offers_hub=hub,
    )


def invited(person: str, at: str, session: str = "s-1", with_ticket: str | None = None) -> Fact:
    return fact(InvitationMade, at, invitation=f"i-{person}-{at}", person=person, session=session, ticket=with_ticket)


def came(person: str, at: str, session: str = "s-1") -> Fact:
    return fact(HubAttended, at, session=session, person=person)


def met(person: str, at: str) -> Fact:
    return fact(EncounterRecorded, at, encounter=f"enc-{person}-{at}", person=person, kind="asb")


def served(person: str, at: str, kind: str = "cpw") -> Fact:
    cls = InstrumentServed if kind in {"cpw", "cpn"} else InstrumentRecorded
    day = london(at).date()
    return fact(cls, at, instrument=f"{kind}-{person}", person=person, kind=kind, issued_on=day)


def closed(person: str, at: str, outcome: str) -> Fact:
    fields = {"operation": "Operation Luscombe", "outcome": outcome}
    return fact(EpisodeClosed, at, episode=f"e-{person}", person=person, **fields)


def of(*facts: Fact, first: str | None = None, last: str | None = None, as_of: str = "2025-12-31") -> LuscombeReport:
    rows: Rows = {}
    for position, one in enumerate(facts, 1):
        envelope = Envelope(
            log=LogId("fenland/case"),
            position=position,
            event_id=f"{position}",
            recorded=london("2025-12-31T23:00"),
            actor=WorkerId("w-1"),
            agency="police",  # type: ignore[arg-type] # a plain text
            role="constable",
            purpose="test",
        )
        VIEWS.project(rows, Recorded(one, envelope))
    return report(
        rows.get(LUSCOMBE.name, {}).values(),
        rows.get(ANONYMOUS.name, {}).values(),
        as_of=dt.date.fromisoformat(as_of),
        from_date=dt.date.fromisoformat(first) if first else None,
        to_date=dt.date.fromisoformat(last) if last else None,
    )


def test_people_invited_are_distinct_people_with_an_invitation_or_a_ticket_that_offers_the_hub() -> None:
    facts = (
        ticket("ann", "2025-06-01T12:00"),
        ticket("ann", "2025-06-02T12:00", "cpw"),
        ticket("ben", "2025-06-03T12:00", hub=False),
        invited("cat", "2025-06-04T12:00"),
        invited("cat", "2025-06-05T12:00", "s-2"),
    )
    assert of(*facts).people_invited == 2


def test_both_days_of_a_period_belong_to_it_as_days_in_london() -> None:
    facts = (
        ticket("ann", "2025-05-31T22:59:59+00:00"),  # 23:59:59 on 31 May, summer time
        ticket("ben", "2025-05-31T23:00:00+00:00"),  # midnight of 1 June
        ticket("cat", "2025-06-30T22:59:59+00:00"),
        ticket("dan", "2025-06-30T23:00:00+00:00"),
    )
    assert of(*facts, first="2025-06-01", last="2025-06-30").tickets_issued_total == 2
    assert of(*facts, first="2025-05-31", last="2025-07-01").tickets_issued_total == 4
    assert of(*facts, as_of="2025-06-30").tickets_issued_total == 3


def test_a_walk_in_is_counted_apart_from_those_invited() -> None:
    facts = (
        ticket("ann", "2025-06-01T12:00"),
        came("ann", "2025-06-03T12:00"),
        came("ann", "2025-06-10T12:00", "s-2"),
        came("ben", "2025-06-03T12:00"),
        fact(AnonymousArrived, "2025-06-03T12:30", session="s-1", arrival="a-1", count=3),
        fact(AnonymousArrived, "2025-07-03T12:30", session="s-3", arrival="a-2", count=5),
    )
    june = of(*facts, first="2025-06-01", last="2025-06-30")
    assert june.people_invited == 1
    assert june.people_attended == 2
    assert june.people_attended_invited == 1
    assert (june.walk_in_people, june.walk_in_anonymous, june.walk_ins) == (1, 3, 4)


def test_a_check_in_that_was_taken_back_is_no_attendance_until_it_is_made_again() -> None:
    facts = (
        came("ann", "2025-06-03T12:00"),
        fact(CheckInVoided, "2025-06-03T12:01", session="s-1", person="ann", reason="wrong-person"),
        came("ben", "2025-06-03T12:00"),
        fact(CheckInVoided, "2025-06-03T12:01", session="s-1", person="ben", reason="wrong-person"),
        came("ben", "2025-06-03T12:05"),
        came("ann", "2025-06-10T12:00", "s-2"),
    )
    assert of(*facts[:4]).people_attended == 0
    assert of(*facts[:5]).people_attended == 1
    assert of(*facts).people_attended == 2


def test_an_invitation_to_one_session_makes_no_guest_of_another_nor_one_that_came_later() -> None:
    facts = (
        invited("ann", "2025-06-01T12:00", "s-2"),
        came("ann", "2025-06-03T12:00", "s-1"),
        came("ben", "2025-06-03T12:00", "s-1"),
        ticket("ben", "2025-06-04T12:00"),
    )
    assert of(*facts).walk_in_people == 2


def test_people_by_highest_step_and_tickets_by_step_are_different_counts() -> None:
    facts = (
        ticket("ann", "2025-06-01T12:00"),
        ticket("ann", "2025-06-08T12:00", "cpw"),
        ticket("ann", "2025-07-08T12:00", "cpn"),
        ticket("ben", "2025-06-01T12:00"),
    )
    june = of(*facts, last="2025-06-30")
    assert list(june.people_by_highest_step.items()) == [("green", 1), ("cpw", 1)]
    assert list(june.tickets_issued.items()) == [("green", 2), ("cpw", 1)]
    assert of(*facts).people_by_highest_step == {"green": 1, "cpn": 1}


def test_instruments_are_counted_by_kind_and_an_application_is_none() -> None:
    facts = (
        served("ann", "2025-06-01T12:00"),
        served("ben", "2025-06-01T12:00"),
        served("ben", "2025-06-02T12:00", "cpn"),
        served("ben", "2025-06-03T12:00", "cbo-application"),
        served("cat", "2025-06-03T12:00"),
        fact(InstrumentWithdrawn, "2025-06-05T12:00", instrument="cpw-ann", person="ann"),
        fact(InstrumentVoided, "2025-06-05T12:00", instrument="cpw-cat", person="cat", reason="wrong-person"),
    )
    assert of(*facts).instruments_issued == {"cpn": 1, "cpw": 2}


def test_an_order_in_process_and_one_granted_are_counted_apart() -> None:
    applied = (
        served("ann", "2025-06-03T12:00", "cbo-application"),
        served("ben", "2025-06-03T12:00", "cbo-application"),
    )
    granted = served("ann", "2025-07-03T12:00", "cbo")
    back = fact(InstrumentWithdrawn, "2025-08-05T12:00", instrument="cbo-application-ben", person="ben")
    everything = (*applied, granted, back)
    for last, in_process, made in (("2025-06-30", 2, 0), ("2025-07-31", 1, 1), ("2025-08-31", 0, 1)):
        told = of(*everything, last=last)
        assert (told.cbo_in_process, told.cbo_granted) == (in_process, made)


def test_a_voided_ticket_counts_nowhere_nor_does_the_invitation_that_went_with_it() -> None:
    facts = (
        ticket("ann", "2025-06-01T12:00"),
        invited("ann", "2025-06-01T12:00", with_ticket="t-ann-green"),
        fact(
            TicketVoided, "2025-06-02T12:00", ticket="t-ann-green", episode="e-ann", person="ann",
            reason="wrong-person", told="in-person",
        ),
    )  # fmt: skip
    told = of(*facts)
    assert (told.people_invited, told.tickets_issued_total, told.people_by_highest_step) == (0, 0, {})


@pytest.mark.parametrize(
    ("more", "counted"),
    [
        ((), 1),
        ((met("ann", "2025-06-01T15:00"),), 1),  # the encounter that the step came from
        ((met("ann", "2025-06-02T12:00"),), 0),
        ((met("ann", "2025-08-30T12:00"),), 0),  # day 90
        ((met("ann", "2025-08-31T12:00"),), 1),  # day 91
        ((served("ann", "2025-07-01T12:00", "fpn"),), 0),
        ((fact(PersonDied, "2025-07-01T12:00", person="ann"),), 0),
        ((fact(StayBegan, "2025-07-01T12:00", person="ann", stay="custody"),), 0),
        (
            (
                fact(StayBegan, "2025-05-01T12:00", person="ann", stay="custody"),
                fact(PersonReleased, "2025-05-20T12:00", person="ann", stay="custody"),
            ),
            1,
        ),
        ((fact(StayBegan, "2025-07-01T12:00", person="ann", stay="hospital"),), 1),
        ((closed("ann", "2025-07-01T12:00", "moved-away"),), 0),
        ((closed("ann", "2025-07-01T12:00", "lost-contact"),), 0),
    ],
)
def test_no_further_contact_is_no_encounter_or_instrument_in_ninety_days(more: tuple[Fact, ...], counted: int) -> None:
    told = of(ticket("ann", "2025-06-01T12:00"), *more)
    assert told.no_further_contact == counted
    assert told.people_with_positive_result == counted


def test_no_further_contact_cannot_be_said_before_its_days_have_passed() -> None:
    one = ticket("ann", "2025-06-01T12:00")
    early, late = of(one, as_of="2025-08-29"), of(one, as_of="2025-08-30")
    assert (early.no_further_contact, early.no_further_contact_pending) == (0, 1)
    assert (late.no_further_contact, late.no_further_contact_pending) == (1, 0)


def test_an_encounter_that_was_voided_is_no_contact() -> None:
    again = met("ann", "2025-06-20T12:00")
    void = fact(
        EncounterVoided, "2025-06-21T12:00", encounter="enc-ann-2025-06-20T12:00", person="ann", reason="wrong-person"
    )
    assert of(ticket("ann", "2025-06-01T12:00"), again, void).no_further_contact == 1


def test_a_positive_result_is_a_positive_outcome_or_no_further_contact_and_a_person_counts_once() -> None:
    facts = (
        ticket("ann", "2025-06-01T12:00"),
        closed("ann", "2025-06-20T12:00", "housed"),
        ticket("ben", "2025-06-01T12:00"),
        met("ben", "2025-06-20T12:00"),
        closed("ben", "2025-06-25T12:00", "in-treatment"),
        ticket("cat", "2025-06-01T12:00"),
        met("cat", "2025-06-20T12:00"),
        closed("cat", "2025-06-25T12:00", "cbo-granted"),
    )
    told = of(*facts)
    assert (told.people_with_positive_outcome, told.no_further_contact, told.people_with_positive_result) == (2, 1, 2)


def test_days_from_ticket_to_hub_show_those_who_were_not_reached() -> None:
    facts: list[Fact] = []
    for number, days in enumerate((0, 1, 2, 3, 4, 5, 6, 7, 8, 20)):
        first = london("2025-06-01T12:00")
        facts.append(ticket(f"p{number}", "2025-06-01T12:00"))
        facts.append(came(f"p{number}", (first + dt.timedelta(days=days)).isoformat()))
    facts.append(ticket("far", "2025-06-01T12:00"))
    days_to_hub = of(*facts).days_ticket_to_hub
    assert (days_to_hub.median, days_to_hub.p90) == (4.5, 8)
    assert (days_to_hub.reached, days_to_hub.unreached) == (10, 1)
    nobody = of(ticket("far", "2025-06-01T12:00")).days_ticket_to_hub
    assert (nobody.median, nobody.p90, nobody.reached, nobody.unreached) == (None, None, 0, 1)


def test_two_records_of_one_human_count_as_one_until_they_are_parted() -> None:
    facts = (
        ticket("ann", "2025-06-01T12:00"),
        ticket("anna", "2025-06-08T12:00", "cpw"),
        fact(PersonsMerged, "2025-06-09T12:00", merge="m-1", person="ann", other="anna"),
    )
    told = of(*facts)
    assert (told.people_invited, told.people_by_highest_step, told.tickets_issued_total) == (1, {"cpw": 1}, 2)
    parted = of(*facts, fact(PersonsUnmerged, "2025-06-10T12:00", merge="m-1", person="ann", other="anna"))
    assert (parted.people_invited, parted.people_by_highest_step) == (2, {"green": 1, "cpw": 1})


def test_a_late_entry_restates_the_period_in_which_it_happened() -> None:
    before = (ticket("ann", "2025-06-01T12:00"),)
    late = (*before, ticket("ben", "2025-06-02T12:00"))
    june = {"first": "2025-06-01", "last": "2025-06-30"}
    assert of(*before, **june).people_invited == 1
    assert of(*late, **june).people_invited == 2
