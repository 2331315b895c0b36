"""What people agree to: asked for in their language, weak from an officer, narrowed, withdrawn, renewed, run out."""

import datetime as dt
from typing import Any

import pytest

from application.people import the_person
from application.relating import the_bases
from domain.calendar import end_of_day
from domain.codes import InformationCategory
from domain.facts import Command, Fact, Facts
from domain.ids import BasisId, ConsentId, PersonId
from domain.people.consent import (
    Bases,
    BasisEnded,
    BasisRecorded,
    ConsentExpired,
    ConsentGiven,
    ConsentNarrowed,
    ConsentRefused,
    ConsentRenewed,
    ConsentWithdrawn,
)
from domain.people.consenting import (
    BeforeItWasAsked,
    CapacityNotConfirmed,
    ConsentAnswered,
    ConsentNotGiven,
    ConsentNotLive,
    ExpireConsent,
    ExpiresBeforeItBegins,
    LanguageNotUnderstood,
    NarrowConsent,
    NotYetExpired,
    OnlyNarrows,
    RefuseConsent,
    RenewConsent,
    RenewedByAnOfficer,
    RequestConsent,
    WiderThanAsked,
    WithdrawConsent,
)
from domain.people.merging import MergeReviewed
from domain.people.other_bases import ConditionMissing, EndBasis, RecordBasis
from domain.refusals import AlreadyExists, NotPermitted, Unknown
from tests.people.examples import (
    AGENCIES,
    ANNA,
    BEN,
    CONSENT,
    CONSTABLE,
    COORDINATOR,
    COUNCIL,
    DRUGS,
    EVENING,
    HOUSING_OFFICER,
    HUB,
    LAST_DAY,
    MERGE,
    MORNING,
    NEXT_DAY,
    NEXT_WEEK,
    NEXT_YEAR,
    NOON,
    POLICE,
    SERGEANT,
    SYSTEM,
    actor,
    agree,
    agreed,
    ask,
    asked,
    flagged,
    merged,
    registered,
    with_more,
)
from tests.scenario import Knowing, given, run

BEFORE = (*AGENCIES, registered())
ASKED = (*BEFORE, asked())
GIVEN = (*ASKED, agreed())
BASIS = BasisId("b-1")
LATER = dt.date(2025, 5, 7)
IDENTITY: frozenset[InformationCategory] = frozenset({"identity"})


def bases(*facts: Fact, person: PersonId = ANNA) -> Bases:
    return run(the_bases(Knowing(facts), person))


def covered(*facts: Fact, at: dt.datetime, by: str = DRUGS, categories: Any = IDENTITY) -> str | None:  # noqa: ANN401
    """`weak` or `firm`, or nothing."""
    basis = bases(*facts).covers(by, categories, at)  # type: ignore[arg-type]
    return None if basis is None else "weak" if basis.weak else "firm"


def refuse(**more: Any) -> RefuseConsent:  # noqa: ANN401
    return with_more(RefuseConsent, more, at=NOON, consent=CONSENT, person=ANNA)


def narrow(**more: Any) -> NarrowConsent:  # noqa: ANN401
    return with_more(NarrowConsent, more, at=NEXT_DAY, consent=CONSENT, person=ANNA)


def withdraw(**more: Any) -> WithdrawConsent:  # noqa: ANN401
    return with_more(WithdrawConsent, more, at=NEXT_DAY, consent=CONSENT, person=ANNA)


def renew(**more: Any) -> RenewConsent:  # noqa: ANN401
    fields: dict[str, Any] = {"at": NEXT_DAY, "consent": CONSENT, "person": ANNA, "capacity": "confirmed"}
    return RenewConsent(**fields | {"language": "en", "expires_on": LATER} | more)


def expire(**more: Any) -> ExpireConsent:  # noqa: ANN401
    return with_more(ExpireConsent, more, at=NEXT_YEAR, consent=CONSENT, person=ANNA)


def record_basis(**more: Any) -> RecordBasis:  # noqa: ANN401
    fields: dict[str, Any] = {
        "at": NOON,
        "basis": BASIS,
        "person": ANNA,
        "lawful": "safeguarding",
        "recipients": frozenset({"drugs"}),
        "categories": IDENTITY,
        "until": LAST_DAY,
        "rationale": "she is being followed",
    }
    return RecordBasis(**fields | more)


def end_basis(**more: Any) -> EndBasis:  # noqa: ANN401
    return with_more(EndBasis, more, at=NEXT_DAY, basis=BASIS, person=ANNA, rationale="she is safe")


def renewed(**more: Any) -> ConsentRenewed:  # noqa: ANN401
    fields: dict[str, Any] = {"at": NEXT_DAY, "consent": CONSENT, "person": ANNA, "by_agency": HUB}
    said: dict[str, Any] = {"capacity": "confirmed", "language": "en", "interpreter": False, "expires_on": LATER}
    return ConsentRenewed(**fields | said | more)


def withdrawn(at: dt.datetime = NEXT_DAY) -> ConsentWithdrawn:
    return ConsentWithdrawn(at=at, consent=CONSENT, person=ANNA, by_agency=POLICE)


def said_no() -> ConsentRefused:
    return ConsentRefused(at=NOON, consent=CONSENT, person=ANNA, by_agency=POLICE)


def test_a_person_is_asked_and_agrees() -> None:
    given(*BEFORE).when(ask(), CONSTABLE).then(asked())
    given(*ASKED).when(agree(witness="her sister"), SERGEANT).then(agreed(witness="her sister"))
    assert covered(*GIVEN, at=NOON) == "firm"
    assert covered(*GIVEN, at=MORNING) is None


def test_asking_somebody_makes_them_concern_nobody_new() -> None:
    given(*ASKED).when(withdraw(), HOUSING_OFFICER).then_refused(Unknown)
    given(*GIVEN).when(withdraw(), HOUSING_OFFICER).then_refused(Unknown)


def test_a_consent_id_names_one_question() -> None:
    given(*ASKED).when(ask(), CONSTABLE).then_nothing()
    given(*ASKED).when(ask(purpose="case-panel"), CONSTABLE).then_refused(AlreadyExists)
    given(*ASKED, registered(BEN)).when(ask(BEN), CONSTABLE).then_refused(AlreadyExists)


def test_consent_covers_the_recipients_and_categories_that_were_named() -> None:
    assert covered(*GIVEN, at=NOON, by=COUNCIL) == "firm"
    assert covered(*GIVEN, at=NOON, by=POLICE) is None
    assert covered(*GIVEN, at=NOON, categories=frozenset({"identity", "health"})) is None


def test_less_than_was_asked_may_be_given_and_never_more() -> None:
    less = agree(recipients=frozenset({"drugs"}), categories=IDENTITY)
    facts = given(*ASKED).when(less, SERGEANT).then_adds(ConsentGiven)
    assert covered(*ASKED, *facts, at=NOON) == "firm"
    assert covered(*ASKED, *facts, at=NOON, by=COUNCIL) is None
    assert covered(*ASKED, *facts, at=NOON, categories=frozenset({"contact"})) is None
    given(*ASKED).when(agree(recipients=frozenset({"police"})), SERGEANT).then_refused(WiderThanAsked)
    given(*ASKED).when(agree(categories=frozenset({"offending"})), SERGEANT).then_refused(WiderThanAsked)


def test_agreement_to_be_referred_is_no_basis_in_data_protection() -> None:
    kind: Any = "agreement-to-be-referred"
    facts = (*BEFORE, asked(kind=kind), agreed(kind=kind))
    assert covered(*facts, at=NOON) is None
    agreement = bases(*facts).agreement(DRUGS, NOON)
    assert agreement is not None
    assert not agreement.weak
    assert bases(*facts).agreement(POLICE, NOON) is None
    assert bases(*GIVEN).agreement(DRUGS, NOON) is None


def test_what_is_agreed_with_an_officer_holding_a_ticket_is_weak() -> None:
    facts = given(*ASKED).when(agree(given_to="officer-with-ticket"), SERGEANT).then_adds(ConsentGiven)
    assert covered(*ASKED, *facts, at=NOON) == "weak"


def test_what_is_agreed_with_an_officer_is_weak_whatever_they_say() -> None:
    facts = given(*ASKED).when(agree(given_to="worker"), CONSTABLE).then_adds(ConsentGiven)
    assert covered(*ASKED, *facts, at=NOON) == "weak"


def test_a_weak_consent_is_renewed_at_the_hub() -> None:
    weak = (*ASKED, agreed(weak=True, given_to="officer-with-ticket"))
    given(*weak).when(renew(), CONSTABLE).then_refused(RenewedByAnOfficer)
    facts = given(*weak).when(renew(), COORDINATOR).then(renewed())
    assert covered(*weak, *facts, at=EVENING) == "weak"
    assert covered(*weak, *facts, at=NEXT_DAY) == "firm"
    assert covered(*weak, *facts, at=dt.datetime(2025, 1, 1, tzinfo=dt.UTC)) == "firm"


def test_a_firm_basis_goes_before_a_weak_one() -> None:
    weak = (*ASKED, agreed(weak=True))
    basis = given(*weak).when(record_basis(), SERGEANT).then_adds(BasisRecorded)
    assert covered(*weak, *basis, at=NOON) == "firm"


@pytest.mark.parametrize("capacity", ["not-asked", "in-doubt"])
def test_capacity_is_asked_about_and_confirmed(capacity: str) -> None:
    given(*ASKED).when(agree(capacity=capacity), SERGEANT).then_refused(CapacityNotConfirmed)
    given(*GIVEN).when(renew(capacity=capacity), COORDINATOR).then_refused(CapacityNotConfirmed)


def test_while_a_capacity_flag_is_open_capacity_is_assessed() -> None:
    doubted = (*ASKED, flagged(kind="capacity"))
    given(*doubted).when(agree(), SERGEANT).then_refused(CapacityNotConfirmed)
    given(*doubted).when(agree(capacity="assessed"), SERGEANT).then_adds(ConsentGiven)
    given(*ASKED, flagged(kind="capacity", at=EVENING)).when(agree(), SERGEANT).then_adds(ConsentGiven)


def test_consent_is_asked_for_in_a_language_that_is_understood() -> None:
    polish = (*AGENCIES, registered(understands=("pl",)), asked())
    given(*polish).when(agree(language="en"), SERGEANT).then_refused(LanguageNotUnderstood)
    given(*polish).when(agree(language="en", interpreter=True), SERGEANT).then_refused(LanguageNotUnderstood)
    given(*polish).when(agree(language="pl", interpreter=True), SERGEANT).then_adds(ConsentGiven)
    given(*polish, agreed()).when(renew(), COORDINATOR).then_refused(LanguageNotUnderstood)
    unheard = (*AGENCIES, registered(needs_interpreter=True), asked())
    given(*unheard).when(agree(language="ti"), SERGEANT).then_refused(LanguageNotUnderstood)


def test_nobody_answers_before_they_are_asked() -> None:
    later = (*BEFORE, asked(at=EVENING))
    given(*later).when(agree(), SERGEANT).then_refused(BeforeItWasAsked)
    given(*later).when(refuse(), SERGEANT).then_refused(BeforeItWasAsked)
    given(*ASKED).when(agree(at=MORNING), SERGEANT).then_adds(ConsentGiven)
    given(*ASKED).when(refuse(at=MORNING), SERGEANT).then_adds(ConsentRefused)


def test_a_consent_does_not_end_before_it_begins() -> None:
    given(*ASKED).when(agree(expires_on=dt.date(2024, 5, 6)), SERGEANT).then_refused(ExpiresBeforeItBegins)
    given(*ASKED).when(agree(expires_on=NOON.date()), SERGEANT).then_adds(ConsentGiven)
    given(*GIVEN).when(renew(expires_on=dt.date(2024, 5, 7)), COORDINATOR).then_refused(ExpiresBeforeItBegins)


def test_a_question_is_answered_once() -> None:
    given(*GIVEN).when(agree(), SERGEANT).then_nothing()
    given(*GIVEN).when(agree(expires_on=LATER), SERGEANT).then_refused(ConsentAnswered)
    given(*ASKED, said_no()).when(agree(), SERGEANT).then_refused(ConsentAnswered)
    given(*GIVEN).when(refuse(at=EVENING), SERGEANT).then_refused(ConsentAnswered)
    given(*ASKED, said_no()).when(refuse(), SERGEANT).then_nothing()


def test_a_refusal_adds_nothing_but_itself_and_changes_nothing_else() -> None:
    facts = given(*ASKED).when(refuse(), SERGEANT).then(said_no())
    assert covered(*ASKED, *facts, at=NEXT_DAY) is None
    assert run(the_person(Knowing(ASKED + facts), ANNA)) == run(the_person(Knowing(ASKED), ANNA))


def test_narrowing_takes_away_from_then_on() -> None:
    command = narrow(recipients=frozenset({"drugs"}), categories=IDENTITY)
    facts = given(*GIVEN).when(command, SERGEANT).then_adds(ConsentNarrowed)
    assert covered(*GIVEN, *facts, at=EVENING, by=COUNCIL) == "firm"
    assert covered(*GIVEN, *facts, at=NEXT_DAY, by=COUNCIL) is None
    assert covered(*GIVEN, *facts, at=NEXT_DAY) == "firm"
    assert covered(*GIVEN, *facts, at=NEXT_DAY, categories=frozenset({"contact"})) is None


def test_narrowing_never_widens() -> None:
    given(*GIVEN).when(narrow(recipients=frozenset({"drugs", "police"})), SERGEANT).then_refused(OnlyNarrows)
    given(*GIVEN).when(narrow(categories=frozenset({"health"})), SERGEANT).then_refused(OnlyNarrows)
    once = given(*GIVEN).when(narrow(recipients=frozenset({"drugs"})), SERGEANT).then_adds(ConsentNarrowed)
    back = narrow(at=NEXT_WEEK, recipients=frozenset({"council"}))
    given(*GIVEN, *once).when(back, SERGEANT).then_refused(OnlyNarrows)
    given(*GIVEN).when(narrow(), SERGEANT).then_nothing()


def test_what_was_narrowed_stays_narrow_in_whatever_order_it_was_written_down() -> None:
    late = ConsentNarrowed(
        at=NEXT_WEEK,
        consent=CONSENT,
        person=ANNA,
        by_agency=POLICE,
        recipients=frozenset({"drugs"}),
        categories=IDENTITY,
    )
    early = given(*GIVEN, late).when(narrow(categories=IDENTITY), SERGEANT).then_adds(ConsentNarrowed)
    assert covered(*GIVEN, late, *early, at=NEXT_DAY, by=COUNCIL) == "firm"
    assert covered(*GIVEN, late, *early, at=NEXT_WEEK, by=COUNCIL) is None


def test_withdrawal_stops_future_sharing_on_this_consent_only() -> None:
    basis = given(*GIVEN).when(record_basis(recipients=frozenset({"council"})), SERGEANT).then_adds(BasisRecorded)
    facts = given(*GIVEN, *basis).when(withdraw(), SERGEANT).then(withdrawn())
    assert covered(*GIVEN, *basis, *facts, at=EVENING) == "firm"
    assert covered(*GIVEN, *basis, *facts, at=NEXT_DAY) is None
    assert covered(*GIVEN, *basis, *facts, at=NEXT_DAY, by=COUNCIL) == "firm"


def test_a_withdrawal_may_turn_out_to_have_been_earlier() -> None:
    facts: Facts = (*GIVEN, withdrawn(NEXT_WEEK))
    given(*facts).when(withdraw(at=NEXT_YEAR), SERGEANT).then_nothing()
    earlier = given(*facts).when(withdraw(), SERGEANT).then_adds(ConsentWithdrawn)
    assert covered(*facts, *earlier, at=NEXT_DAY) is None
    assert covered(*facts, earlier[0], withdrawn(NEXT_WEEK), at=NEXT_DAY) is None


def test_only_what_was_given_is_withdrawn_or_runs_out() -> None:
    given(*ASKED).when(withdraw(), SERGEANT).then_refused(ConsentNotGiven)
    given(*GIVEN).when(withdraw(at=MORNING), SERGEANT).then_refused(ConsentNotGiven)
    given(*GIVEN).when(withdraw(at=NOON), SERGEANT).then_adds(ConsentWithdrawn)
    given(*ASKED).when(expire(), SYSTEM).then_refused(ConsentNotGiven)


@pytest.mark.parametrize("over", [(withdrawn(),), ()], ids=["withdrawn", "run out"])
def test_only_a_consent_in_force_is_renewed_or_narrowed(over: tuple[Fact, ...]) -> None:
    at = NEXT_WEEK if over else NEXT_YEAR
    history = given(*GIVEN, *over)
    history.when(renew(at=at, expires_on=dt.date(2026, 5, 7)), COORDINATOR).then_refused(ConsentNotLive)
    history.when(narrow(at=at, categories=IDENTITY), SERGEANT).then_refused(ConsentNotLive)


def test_what_was_never_given_is_not_renewed_or_narrowed() -> None:
    given(*ASKED).when(renew(), COORDINATOR).then_refused(ConsentNotLive)
    given(*ASKED).when(narrow(categories=IDENTITY), SERGEANT).then_refused(ConsentNotLive)
    given(*GIVEN).when(narrow(at=MORNING, categories=IDENTITY), SERGEANT).then_refused(ConsentNotLive)


def test_a_renewal_is_recorded_once_and_sets_the_last_day() -> None:
    given(*GIVEN, renewed()).when(renew(), COORDINATOR).then_nothing()
    shorter = renewed(at=NEXT_WEEK, expires_on=NEXT_WEEK.date())
    until = [bases(*GIVEN, shorter).consents[0].until(at) for at in (NEXT_DAY, NEXT_WEEK)]
    assert until == [LAST_DAY, NEXT_WEEK.date()]
    in_june = dt.datetime(2024, 6, 1, tzinfo=dt.UTC)
    assert covered(*GIVEN, renewed(), shorter, at=in_june) is None
    assert covered(*GIVEN, shorter, renewed(), at=in_june) is None
    assert covered(*GIVEN, renewed(), at=in_june) == "firm"


def test_a_consent_lasts_to_the_end_of_its_last_day() -> None:
    assert covered(*GIVEN, at=end_of_day(LAST_DAY)) == "firm"
    assert covered(*GIVEN, at=dt.datetime(2024, 11, 8, 0, 0, tzinfo=dt.UTC)) is None


def test_the_follow_up_says_that_a_consent_ran_out_once_it_did() -> None:
    given(*GIVEN).when(expire(at=dt.datetime(2024, 11, 7, 23, 59, tzinfo=dt.UTC)), SYSTEM).then_refused(NotYetExpired)
    given(*GIVEN).when(expire(at=end_of_day(LAST_DAY)), SYSTEM).then_refused(NotYetExpired)
    over = given(*GIVEN).when(expire(), SYSTEM).then(ConsentExpired(at=NEXT_YEAR, consent=CONSENT, person=ANNA))
    given(*GIVEN, *over).when(expire(), SYSTEM).then_nothing()
    given(*GIVEN, withdrawn()).when(expire(), SYSTEM).then_nothing()
    given(*GIVEN).when(expire(), COORDINATOR).then_refused(NotPermitted)


def test_a_renewal_written_down_late_holds_although_the_consent_was_said_to_have_run_out() -> None:
    over = ConsentExpired(at=dt.datetime(2024, 11, 8, 1, tzinfo=dt.UTC), consent=CONSENT, person=ANNA)
    late = given(*GIVEN, over).when(renew(), COORDINATOR).then_adds(ConsentRenewed)
    assert covered(*GIVEN, over, *late, at=dt.datetime(2025, 1, 1, tzinfo=dt.UTC)) == "firm"
    given(*GIVEN, over, *late).when(expire(), SYSTEM).then_adds(ConsentExpired)


def test_another_basis_is_recorded_with_its_rationale_and_its_last_day() -> None:
    facts = (
        given(*BEFORE)
        .when(record_basis(), SERGEANT)
        .then(
            BasisRecorded(
                at=NOON,
                basis=BASIS,
                person=ANNA,
                by_agency=POLICE,
                lawful="safeguarding",
                condition=None,
                recipients=frozenset({"drugs"}),
                categories=IDENTITY,
                until=LAST_DAY,
                rationale="she is being followed",
            )
        )
    )
    assert covered(*BEFORE, *facts, at=MORNING) is None
    assert covered(*BEFORE, *facts, at=NOON) == "firm"
    assert covered(*BEFORE, *facts, at=NOON, by=COUNCIL) is None
    assert covered(*BEFORE, *facts, at=NEXT_YEAR) is None


def test_another_basis_ends_when_somebody_ends_it() -> None:
    basis = given(*BEFORE).when(record_basis(), SERGEANT).then_adds(BasisRecorded)
    facts = given(*BEFORE, *basis).when(end_basis(), SERGEANT).then_adds(BasisEnded)
    assert covered(*BEFORE, *basis, *facts, at=EVENING) == "firm"
    assert covered(*BEFORE, *basis, *facts, at=NEXT_DAY) is None
    given(*BEFORE, *basis, *facts).when(end_basis(at=NEXT_WEEK), SERGEANT).then_nothing()
    given(*BEFORE).when(end_basis(), SERGEANT).then_refused(Unknown)


def test_a_basis_id_names_one_basis() -> None:
    basis = given(*BEFORE).when(record_basis(), SERGEANT).then_adds(BasisRecorded)
    given(*BEFORE, *basis).when(record_basis(), SERGEANT).then_nothing()
    given(*BEFORE, *basis).when(record_basis(lawful="public-task"), SERGEANT).then_refused(AlreadyExists)


def test_another_basis_does_not_end_before_it_begins() -> None:
    given(*BEFORE).when(record_basis(until=dt.date(2024, 5, 6)), SERGEANT).then_refused(ExpiresBeforeItBegins)
    given(*BEFORE).when(record_basis(until=NOON.date()), SERGEANT).then_adds(BasisRecorded)


@pytest.mark.parametrize("category", ["health", "substance-use", "equality"])
def test_sensitive_information_without_consent_needs_a_condition(category: str) -> None:
    command = record_basis(lawful="strict-necessity", categories=frozenset({"identity", category}))
    given(*BEFORE).when(command, SERGEANT).then_refused(ConditionMissing, categories=[category])
    with_condition = record_basis(
        lawful="strict-necessity", categories=frozenset({"identity", category}), condition="safeguarding"
    )
    given(*BEFORE).when(with_condition, SERGEANT).then_adds(BasisRecorded)


@pytest.mark.parametrize("no", [(said_no(),), (agreed(), withdrawn(EVENING))], ids=["refused", "withdrawn"])
def test_a_basis_names_each_no_that_it_overrides(no: tuple[Fact, ...]) -> None:
    history = given(*ASKED, *no)
    (over,) = history.when(record_basis(at=NEXT_DAY), SERGEANT).then_adds(BasisRecorded)
    assert isinstance(over, BasisRecorded)
    assert over.overrides == {CONSENT}
    (apart,) = history.when(record_basis(at=NEXT_DAY, recipients=frozenset({"dwp"})), SERGEANT).then_adds(BasisRecorded)
    assert isinstance(apart, BasisRecorded)
    assert apart.overrides == frozenset()
    (other,) = history.when(record_basis(at=NEXT_DAY, categories=frozenset({"housing"})), SERGEANT).then_adds(
        BasisRecorded
    )
    assert isinstance(other, BasisRecorded)
    assert other.overrides == frozenset()
    (before,) = history.when(record_basis(at=MORNING), SERGEANT).then_adds(BasisRecorded)
    assert isinstance(before, BasisRecorded)
    assert before.overrides == frozenset()


REVIEWED = MergeReviewed(
    at=NOON, merge=MERGE, person=ANNA, other=BEN, by_agency=HUB, by_worker=COORDINATOR.worker, concerned=(POLICE,)
)


def test_what_was_agreed_under_a_merged_record_can_be_used_once_reviewed_and_always_withdrawn() -> None:
    facts = (*AGENCIES, registered(), registered(BEN), asked(BEN), agreed(BEN), merged(ANNA, BEN))
    assert covered(*facts, at=NOON) is None
    assert covered(*facts, REVIEWED, at=NOON) == "firm"
    (over,) = given(*facts).when(withdraw(), SERGEANT).then_adds(ConsentWithdrawn)
    assert isinstance(over, ConsentWithdrawn)
    assert over.person == BEN
    assert covered(*facts, REVIEWED, over, at=NEXT_DAY) is None


@pytest.mark.parametrize("said", ["refused", "withdrawn", "ended"])
def test_what_is_closed_under_one_record_closes_the_other_until_the_merge_is_reviewed(said: str) -> None:
    theirs = ConsentId("c-ben")
    closed: dict[str, Facts] = {
        "refused": (asked(BEN, consent=theirs), ConsentRefused(at=NOON, consent=theirs, person=BEN, by_agency=POLICE)),
        "withdrawn": (
            asked(BEN, consent=theirs),
            agreed(BEN, consent=theirs),
            ConsentWithdrawn(at=NOON, consent=theirs, person=BEN, by_agency=POLICE),
        ),
        "ended": (
            BasisRecorded(
                at=MORNING,
                basis=BASIS,
                person=BEN,
                by_agency=POLICE,
                lawful="vital-interests",
                condition=None,
                recipients=frozenset({"drugs"}),
                categories=IDENTITY,
                until=LATER,
            ),
            BasisEnded(at=NOON, basis=BASIS, person=BEN, by_agency=POLICE),
        ),
    }
    own = (*AGENCIES, registered(), registered(BEN), asked(), agreed())
    assert covered(*own, *closed[said], at=NEXT_DAY) == "firm"
    both = (*own, *closed[said], merged(ANNA, BEN))
    assert covered(*both, at=NEXT_DAY) is None
    assert bases(*both).standing_of(DRUGS, NEXT_DAY) == "ended"
    assert bases(*both).standing_of(COUNCIL, NEXT_DAY) == ("live" if said == "ended" else "ended")
    assert covered(*both, REVIEWED, at=NEXT_DAY) == "firm"


COMMANDS: tuple[Command, ...] = (
    ask(),
    agree(),
    refuse(),
    narrow(categories=IDENTITY),
    withdraw(),
    renew(),
    expire(),
    record_basis(),
    end_basis(),
)


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: type(command).__name__)
def test_unknown_and_not_yours_are_the_same_answer(command: Command) -> None:
    stranger = actor(COUNCIL, "agency-worker")
    given(*AGENCIES).when(command, stranger).then_refused(Unknown)
    given(*GIVEN).when(command, stranger).then_refused(Unknown)
    given(*AGENCIES).when(command, COORDINATOR).then_refused(Unknown)


@pytest.mark.parametrize("command", [one for one in COMMANDS if not isinstance(one, RequestConsent | RecordBasis)])
def test_a_consent_of_somebody_else_is_unknown(command: Command) -> None:
    by = SYSTEM if isinstance(command, ExpireConsent) else SERGEANT
    others = (*AGENCIES, registered(), registered(BEN), asked(BEN), agreed(BEN))
    given(*others).when(command, by).then_refused(Unknown)


def test_consents_of_one_person_are_told_apart() -> None:
    second = ConsentId("c-2")
    facts = (*GIVEN, asked(consent=second), agreed(consent=second), withdrawn())
    assert covered(*facts, at=NEXT_WEEK) == "firm"
