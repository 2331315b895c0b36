"""To tell somebody outside, or not to: both are decided, on a ground in law, with the rationale."""

from typing import get_args

import msgspec
import pytest

from domain.actors import Role
from domain.governance.disclosure import (
    OVERRIDING,
    DecideDisclosure,
    DisclosureDecided,
    Ground,
    GroundMissing,
    OverrideUngrounded,
)
from domain.ids import AgencyId, DisclosureId, PersonId
from domain.people.person import PersonRegistered
from domain.refusals import AlreadyExists, NotPermitted, Unknown
from tests.governance.partners import NOON, PARTNERS, POLICE, RECOVERY, worker

ADA = PersonId("ada")
CONSTABLE = worker("constable", POLICE)
KNOWN = PARTNERS.and_given(
    PersonRegistered(at=NOON, person=ADA, reference="R-ada", by_agency=POLICE, identity="stated")
)
TELL = DecideDisclosure(
    at=NOON,
    disclosure=DisclosureId("d-1"),
    person=ADA,
    shares=True,
    recipient_kind="professional",
    recipient="Dr Byron, the surgery in the market place",
    categories=frozenset({"housing"}),
    rationale="The surgery must know where to write.",
    to_agency=AgencyId("surgery"),
    ground="public-task",
)
TOLD = DisclosureDecided(
    **{name: getattr(TELL, name) for name in DisclosureDecided.__struct_fields__ if name != "by_agency"},
    by_agency=POLICE,
)


def but(**more: object) -> DecideDisclosure:
    return msgspec.structs.replace(TELL, **more)


def test_a_decision_to_share_is_recorded_with_its_ground_and_rationale() -> None:
    KNOWN.when(TELL, CONSTABLE).then(TOLD)
    KNOWN.when(but(ground=None), CONSTABLE).then_refused(GroundMissing)


def test_a_decision_not_to_share_needs_no_ground_and_a_rationale_all_the_same() -> None:
    KNOWN.when(but(shares=False, ground=None), CONSTABLE).then_adds(DisclosureDecided)
    KNOWN.when(but(shares=False, ground=None, overrides_refusal=True), CONSTABLE).then_adds(DisclosureDecided)
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(msgspec.to_builtins(TELL) | {"rationale": ""}, DecideDisclosure)


@pytest.mark.parametrize("ground", get_args(Ground))
def test_a_refusal_is_overridden_only_to_safeguard_to_save_life_or_where_the_law_demands_it(ground: Ground) -> None:
    then = KNOWN.when(but(ground=ground, overrides_refusal=True), CONSTABLE)
    if ground in {"safeguarding", "vital-interests", "legal-obligation", "court-order"}:
        then.then_adds(DisclosureDecided)
    else:
        then.then_refused(OverrideUngrounded, ground=ground)
    assert "consent" not in OVERRIDING, "a person who said no did not say yes"


def test_an_id_names_one_decision_of_one_kind_about_one_person() -> None:
    decided = KNOWN.and_given(TOLD)
    decided.when(TELL, CONSTABLE).then_nothing()
    decided.when(but(shares=False), CONSTABLE).then_refused(AlreadyExists)


def test_it_is_decided_by_those_who_work_with_the_person() -> None:
    KNOWN.when(TELL, worker("agency-worker", RECOVERY)).then_refused(Unknown)
    roles: tuple[Role, ...] = ("administrator", "panel-member", "data-protection-officer")
    for role in roles:
        KNOWN.when(TELL, worker(role, POLICE)).then_refused(NotPermitted)
