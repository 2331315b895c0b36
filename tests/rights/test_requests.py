"""Requests: received by anybody, answered within a month by those who answer for the data."""

import datetime as dt

from hypothesis import given as each
from hypothesis import strategies as st
from msgspec.structs import replace as change

from domain.calendar import months_after
from domain.refusals import AlreadyExists, NotPermitted, Unknown
from domain.rights.reminding import RemindOfRights, RightsReminded
from domain.rights.request import (
    AnswerRequest,
    AskedBackAlready,
    AskRequester,
    CheckIdentity,
    ExtendRequest,
    HearRequester,
    IdentityChecked,
    IdentityKnown,
    IdentityNotChecked,
    MakePack,
    NoPackYet,
    NothingAskedBack,
    PackMade,
    ReasonsMissing,
    ReceivedInFuture,
    RequestAnswered,
    RequestClosed,
    RequesterAnswered,
    RequesterAsked,
    RequestExtended,
    RightsRequest,
    ToldBeforeReceived,
    ToldTooLate,
    answer_due,
    evolve,
)
from tests.governance.partners import POLICE
from tests.people.examples import ANNA, BEN, registered
from tests.rights.asking import (
    CHRISTMAS,
    COORDINATOR,
    KNOWN,
    NOW,
    NURSE,
    OFFICER,
    POLICE_PRIVACY,
    PRIVACY,
    RECEIVE,
    RECEIVED,
    RECOVERY_PRIVACY,
    REQUEST,
    SYSTEM,
    TODAY,
)
from tests.scenario import london

OPEN = KNOWN.and_given(RECEIVED)
CHECKED = OPEN.and_given(
    IdentityChecked(at=NOW, rights_request=REQUEST, person=ANNA, how="known-to-worker"),
)
MAKE = MakePack(
    at=NOW,
    rights_request=REQUEST,
    digest="a" * 64,
    position=9,
    ledger_position=3,
    withheld=1,
    decided="[]",
)
MADE = PackMade(
    at=NOW,
    rights_request=REQUEST,
    person=ANNA,
    digest="a" * 64,
    position=9,
    ledger_position=3,
    withheld=1,
    decided="[]",
)
ANSWER = AnswerRequest(at=NOW, rights_request=REQUEST, outcome="granted", reasons="All of it.")
ANSWERED = RequestAnswered(
    at=NOW,
    rights_request=REQUEST,
    person=ANNA,
    outcome="granted",
    grounds=frozenset(),
    complaint_explained=False,
    reasons="All of it.",
)


def test_whoever_works_with_a_person_may_be_asked_and_nobody_else() -> None:
    KNOWN.when(RECEIVE, OFFICER).then(RECEIVED)
    KNOWN.when(RECEIVE, NURSE).then_refused(Unknown)
    OPEN.when(change(RECEIVE, kind="erasure"), OFFICER).then_refused(AlreadyExists)
    OPEN.and_given(registered(BEN, POLICE)).when(change(RECEIVE, person=BEN), OFFICER).then_refused(AlreadyExists)
    KNOWN.when(change(RECEIVE, received_on=TODAY + dt.timedelta(days=1)), OFFICER).then_refused(ReceivedInFuture)


def test_a_month_ends_on_the_same_date_or_the_last_or_the_next_working_day() -> None:
    def due(day: dt.date) -> dt.date:
        return answer_due(day, 1, 0, CHRISTMAS)

    assert due(dt.date(2026, 9, 1)) == dt.date(2026, 10, 1)
    assert due(dt.date(2026, 9, 3)) == dt.date(2026, 10, 5), "3 October is a Saturday"
    assert due(dt.date(2027, 1, 31)) == dt.date(2027, 3, 1), "28 February 2027 is a Sunday"
    assert due(dt.date(2026, 3, 31)) == dt.date(2026, 4, 30), "April has no 31st"
    assert due(dt.date(2026, 11, 25)) == dt.date(2026, 12, 29), "Christmas, a weekend, and the Monday after"


@each(st.dates(dt.date(2020, 1, 1), dt.date(2040, 1, 1)), st.integers(1, 3))
def test_nobody_is_given_less_than_the_month_and_the_last_day_is_a_working_day(day: dt.date, months: int) -> None:
    due = answer_due(day, months, 0, CHRISTMAS)
    assert months_after(day, months) <= due <= months_after(day, months) + dt.timedelta(days=5)
    assert due.weekday() < 5
    assert due not in CHRISTMAS


def test_who_has_to_say_who_they_are_begins_the_month_anew_and_what_they_mean_stops_the_clock() -> None:
    asked = RequesterAsked(at=NOW, rights_request=REQUEST, person=ANNA, what="identity", on=TODAY)
    OPEN.when(AskRequester(at=NOW, rights_request=REQUEST, what="identity"), PRIVACY).then(asked)
    waiting = OPEN.and_given(asked)
    waiting.when(AskRequester(at=NOW, rights_request=REQUEST, what="clarification"), PRIVACY).then_refused(
        AskedBackAlready
    )
    later = london("2026-09-20T12:00")
    heard = RequesterAnswered(
        at=later,
        rights_request=REQUEST,
        person=ANNA,
        what="identity",
        on=dt.date(2026, 9, 18),
        due=dt.date(2026, 10, 19),
    )
    hear = HearRequester(at=later, rights_request=REQUEST, on=dt.date(2026, 9, 18))
    waiting.when(hear, PRIVACY).then(heard)
    OPEN.when(hear, PRIVACY).then_refused(NothingAskedBack)
    meant = OPEN.and_given(change(asked, what="clarification"))
    meant.when(hear, PRIVACY).then(change(heard, what="clarification", due=dt.date(2026, 10, 19)))
    waiting.when(change(hear, on=TODAY - dt.timedelta(days=1)), PRIVACY).then_refused(NothingAskedBack)
    CHECKED.when(AskRequester(at=NOW, rights_request=REQUEST, what="identity"), PRIVACY).then_refused(IdentityKnown)
    CHECKED.when(AskRequester(at=NOW, rights_request=REQUEST, what="clarification"), PRIVACY).then_adds(RequesterAsked)


def test_who_asks_back_when_the_day_has_passed_is_late_all_the_same_and_who_asked_in_time_is_not() -> None:
    late, later = london("2026-10-07T09:00"), london("2026-11-20T09:00")
    refused = change(
        ANSWERED, at=later, outcome="refused", grounds=frozenset({"identity-not-shown"}), complaint_explained=True
    )

    def asked_back(at: dt.datetime) -> RightsRequest:
        asked = RequesterAsked(at=at, rights_request=REQUEST, person=ANNA, what="identity", on=at.date())
        return evolve(evolve({}, RECEIVED), asked)[REQUEST]

    in_time, too_late = asked_back(NOW), asked_back(late)
    assert not in_time.overdue(later)
    assert in_time.time_limit is None
    assert too_late.overdue(later)
    assert too_late.time_limit is not None, "and whoever answers is reminded"
    assert evolve({REQUEST: in_time}, refused)[REQUEST].in_time, "the clock stood still"
    assert not evolve({REQUEST: too_late}, refused)[REQUEST].in_time


def test_two_months_more_are_told_within_the_first_and_once() -> None:
    extend = ExtendRequest(
        at=NOW, rights_request=REQUEST, reason="complex", told_on=TODAY, words="There is a lot of it."
    )
    extended = RequestExtended(
        at=NOW,
        rights_request=REQUEST,
        person=ANNA,
        reason="complex",
        told_on=TODAY,
        due=dt.date(2026, 12, 3),
        words="There is a lot of it.",
    )
    OPEN.when(extend, PRIVACY).then(extended)
    OPEN.and_given(extended).when(change(extend, reason="numerous"), PRIVACY).then_refused(ToldTooLate)
    before = RECEIVED.received_on - dt.timedelta(days=1)
    OPEN.when(change(extend, told_on=before), PRIVACY).then_refused(ToldBeforeReceived)
    late = london("2026-10-06T09:00")
    OPEN.when(change(extend, at=late, told_on=late.date()), PRIVACY).then_refused(ToldTooLate)


def test_only_who_answers_for_the_data_answers_and_only_for_their_own_agency_or_the_partnership() -> None:
    check = CheckIdentity(at=NOW, rights_request=REQUEST, how="document-seen")
    checked = IdentityChecked(at=NOW, rights_request=REQUEST, person=ANNA, how="document-seen")
    OPEN.when(check, PRIVACY).then(checked)
    OPEN.when(check, POLICE_PRIVACY).then(checked)
    OPEN.when(check, OFFICER).then_refused(NotPermitted)
    OPEN.when(check, RECOVERY_PRIVACY).then_refused(Unknown)


def test_nothing_is_handed_over_before_it_is_sure_who_asks_and_all_is_laid_out() -> None:
    OPEN.when(ANSWER, PRIVACY).then_refused(IdentityNotChecked)
    OPEN.when(MAKE, PRIVACY).then_refused(IdentityNotChecked)
    CHECKED.when(ANSWER, PRIVACY).then_refused(NoPackYet)
    CHECKED.when(MAKE, COORDINATOR).then_refused(NotPermitted)
    CHECKED.when(MAKE, PRIVACY).then(MADE)
    CHECKED.and_given(MADE).when(ANSWER, PRIVACY).then(ANSWERED)
    CHECKED.and_given(MADE, ANSWERED).when(change(ANSWER, outcome="refused"), PRIVACY).then_refused(RequestClosed)


def test_a_refusal_gives_its_grounds_and_how_to_complain() -> None:
    refuse = change(ANSWER, outcome="refused", reasons="It would harm an inquiry.")
    CHECKED.when(refuse, PRIVACY).then_refused(ReasonsMissing)
    CHECKED.when(change(refuse, grounds=frozenset({"exempt"})), PRIVACY).then_refused(ReasonsMissing)
    CHECKED.when(change(refuse, grounds=frozenset({"exempt"}), complaint_explained=True), PRIVACY).then_adds(
        RequestAnswered
    )
    unknown = change(refuse, grounds=frozenset({"identity-not-shown"}), complaint_explained=True)
    OPEN.when(unknown, PRIVACY).then_adds(RequestAnswered)


def test_whoever_answers_is_reminded_a_week_before_and_once_it_is_over_while_the_person_waits() -> None:
    remind = RemindOfRights(at=london("2026-09-28T09:00"), thing="request", id=REQUEST)
    OPEN.when(remind, SYSTEM).then_nothing()
    soon = change(remind, at=london("2026-09-29T09:00"))
    said = RightsReminded(
        at=soon.at, thing="request", id=REQUEST, by_agency=POLICE, due=dt.date(2026, 10, 5), overdue=False
    )
    OPEN.when(soon, SYSTEM).then(said)
    over = change(remind, at=london("2026-10-06T00:00"))
    OPEN.and_given(said).when(over, SYSTEM).then(change(said, at=over.at, overdue=True))
    asked = RequesterAsked(at=NOW, rights_request=REQUEST, person=ANNA, what="clarification", on=TODAY)
    OPEN.and_given(asked).when(over, SYSTEM).then_nothing()
    OPEN.when(soon, PRIVACY).then_refused(NotPermitted)
    KNOWN.when(soon, SYSTEM).then_refused(Unknown)
