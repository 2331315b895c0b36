"""What the partners agreed: between agencies of the partnership, for some records and ends, from when until when."""

import datetime as dt
from typing import TypeVar

import msgspec
import pytest

from domain.actors import Role
from domain.governance.agreement import (
    Agreement,
    AgreementDatesUnclear,
    AgreementEnded,
    AgreementHasEnded,
    AgreementMade,
    AgreementVaried,
    EndAgreement,
    MakeAgreement,
    PartyUnknown,
    Stopped,
    VaryAgreement,
    evolve,
    stops,
)
from domain.governance.partnership import LegalProfileSet, SetLegalProfile
from domain.governance.scope import Crossing, SharedCategory
from domain.ids import AgencyId, AgreementId
from domain.refusals import AlreadyExists, NotPermitted, Unknown
from tests.governance.partners import CSP, NOON, PARTNERS, POLICE, RECOVERY, worker
from tests.scenario import london

S = TypeVar("S", bound=msgspec.Struct)

BY = worker("administrator")
ISA = AgreementId("isa")
FIRST, REVIEW, LAST = dt.date(2026, 3, 1), dt.date(2026, 9, 1), dt.date(2027, 2, 28)

MAKE = MakeAgreement(
    at=NOON,
    agreement=ISA,
    name="Information sharing agreement",
    parties=frozenset({POLICE, RECOVERY}),
    purposes=frozenset({"support"}),
    categories=frozenset({"register", "hub"}),
    from_date=FIRST,
    review_date=REVIEW,
    source="signed on paper, in the safe",
    until_date=LAST,
)
MADE = AgreementMade(**{name: getattr(MAKE, name) for name in AgreementMade.__struct_fields__})
VARY = VaryAgreement(
    at=NOON,
    agreement=ISA,
    parties=MAKE.parties,
    purposes=MAKE.purposes,
    categories=frozenset({"register"}),
    review_date=REVIEW,
    reason="the hub has a notice of its own",
    until_date=LAST,
)
VARIED = AgreementVaried(**{name: getattr(VARY, name) for name in AgreementVaried.__struct_fields__})
END = EndAgreement(at=NOON, agreement=ISA, reason="the partnership has a new one")
ENDED = AgreementEnded(at=NOON, agreement=ISA, reason="the partnership has a new one")


def but(command: S, **more: object) -> S:
    return msgspec.structs.replace(command, **more)


def test_an_agreement_is_made_once_and_its_id_names_it_for_good() -> None:
    PARTNERS.when(MAKE, BY).then(MADE)
    made = PARTNERS.and_given(MADE)
    made.when(MAKE, BY).then_nothing()
    made.when(but(MAKE, purposes=frozenset({"oversight"})), BY).then_refused(AlreadyExists)


def test_its_parties_are_agencies_of_the_partnership() -> None:
    strangers = frozenset({POLICE, AgencyId("newspaper")})
    PARTNERS.when(but(MAKE, parties=strangers), BY).then_refused(PartyUnknown, agencies=["newspaper"])
    PARTNERS.and_given(MADE).when(but(VARY, parties=strangers), BY).then_refused(PartyUnknown)


def test_nobody_agrees_with_themselves_nor_to_nothing() -> None:
    for name, value in (("parties", [POLICE]), ("purposes", []), ("categories", []), ("categories", ["ledger"])):
        with pytest.raises(msgspec.ValidationError):
            msgspec.convert(msgspec.to_builtins(MAKE) | {name: value}, MakeAgreement)


def test_it_begins_before_it_is_reviewed_or_ends() -> None:
    before = FIRST - dt.timedelta(days=1)
    for change in ({"review_date": before}, {"until_date": before}):
        PARTNERS.when(but(MAKE, **change), BY).then_refused(AgreementDatesUnclear)
        PARTNERS.and_given(MADE).when(but(VARY, **change), BY).then_refused(AgreementDatesUnclear)
    PARTNERS.when(but(MAKE, review_date=FIRST, until_date=FIRST), BY).then_adds(AgreementMade)


def test_what_the_parties_agreed_otherwise_holds_from_then_on() -> None:
    made = PARTNERS.and_given(MADE)
    made.when(VARY, BY).then(VARIED)
    made.when(but(VARY, categories=MAKE.categories), BY).then_nothing()
    PARTNERS.when(VARY, BY).then_refused(Unknown)
    assert evolve(evolve({}, MADE), VARIED)[ISA].categories == {"register"}


def test_what_ended_stays_ended() -> None:
    made = PARTNERS.and_given(MADE)
    made.when(END, BY).then(ENDED)
    PARTNERS.when(END, BY).then_refused(Unknown)
    ended = made.and_given(ENDED)
    ended.when(END, BY).then_nothing()
    ended.when(VARY, BY).then_refused(AgreementHasEnded)
    ended.when(MAKE, BY).then_refused(AlreadyExists)


@pytest.mark.parametrize("role", ["constable", "agency-worker", "supervisor", "data-protection-officer"])
def test_who_does_not_administer_makes_varies_and_ends_none(role: Role) -> None:
    made = PARTNERS.and_given(MADE)
    for command in (
        but(MAKE, agreement=AgreementId("other")),
        VARY,
        END,
        SetLegalProfile(at=NOON, justified=frozenset()),
    ):
        made.when(command, worker(role, POLICE)).then_refused(NotPermitted)


def live(agreement: Agreement, text: str) -> bool:
    return agreement.is_live(london(text))


def test_it_holds_from_its_first_day_to_the_end_of_its_last_in_london() -> None:
    one = evolve({}, MADE)[ISA]
    assert not live(one, "2026-02-28T23:59")
    assert live(one, "2026-03-01T00:00")
    assert live(one, "2027-02-28T23:59")
    assert not live(one, "2027-03-01T00:00")
    open_ended = evolve({}, but(MADE, until_date=None))[ISA]
    assert live(open_ended, "2099-01-01T00:00")


def test_it_holds_no_more_from_the_moment_it_was_ended() -> None:
    one = evolve(evolve({}, MADE), ENDED)[ISA]
    assert live(one, "2026-03-02T11:59")
    assert not live(one, "2026-03-02T12:00")


def test_a_legal_profile_says_where_a_worker_types_why() -> None:
    asked = SetLegalProfile(at=NOON, justified=frozenset({"export"}))
    told = LegalProfileSet(at=NOON, justified=frozenset({"export"}))
    PARTNERS.when(asked, BY).then(told)
    PARTNERS.and_given(told).when(asked, BY).then_nothing()
    PARTNERS.when(SetLegalProfile(at=NOON, justified=frozenset()), BY).then_nothing()


def test_what_stops_with_an_agreement_is_what_no_other_covers() -> None:
    def agreed(name: str, *parties: AgencyId, categories: frozenset[SharedCategory]) -> Agreement:
        none: frozenset[Crossing] = frozenset()
        return Agreement(
            AgreementId(name), name, frozenset(parties), MAKE.purposes, categories, none, FIRST, None, REVIEW
        )

    one = agreed("one", POLICE, RECOVERY, CSP, categories=frozenset({"register", "hub"}))
    other = agreed("other", POLICE, RECOVERY, categories=frozenset({"register"}))
    third = agreed("third", POLICE, RECOVERY, CSP, categories=frozenset({"hub"}))
    known = {each.id: each for each in (one, other, third)}
    assert stops(one, known, NOON) == (Stopped("register", tuple(sorted((CSP, POLICE, RECOVERY))), ("support",)),)
    assert stops(other, known, NOON) == ()
    assert stops(third, {third.id: third}, NOON)[0].category == "hub"
