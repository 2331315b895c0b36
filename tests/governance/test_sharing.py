"""Who may see and do what by the first rule: every combination of agency, role, action and category has an answer."""

import itertools
from typing import get_args

import pytest

from domain.actors import Actor, Role
from domain.codes import AgencyKind
from domain.engagement.encounter import EncounterRecorded
from domain.governance.scope import PROTECTS_DATA
from domain.governance.sharing import (
    COORDINATORS,
    HEALTH_AGENCIES,
    ROLES_FOR,
    STREET_AGENCIES,
    Action,
    Category,
    Relationship,
    Resource,
    decide,
    evolve_relationship,
)
from domain.ids import AgencyId, EncounterId, PartnershipId, PersonId, WorkerId
from domain.support.referral import ReferralSent
from tests.scenario import london

MINE, OTHER = AgencyId("mine"), AgencyId("other")
ROLES: tuple[Role, ...] = get_args(Role)
KINDS: tuple[AgencyKind, ...] = get_args(AgencyKind)
CATEGORIES: tuple[Category, ...] = get_args(Category)
ACTIONS: tuple[Action, ...] = get_args(Action)


def viewer(role: Role) -> Actor:
    return Actor(worker=WorkerId("w-1"), agency=MINE, role=role, partnership=PartnershipId("fenland"))


@pytest.mark.parametrize("category", CATEGORIES)
def test_what_concerns_another_agency_is_denied_to_all_but_coordinators_and_searchers(category: Category) -> None:
    resource = Resource(category=category, relationship=Relationship(frozenset({OTHER})), parties=frozenset({OTHER}))
    for role, kind, action in itertools.product(ROLES, KINDS, ACTIONS):
        permitted = decide(viewer(role), kind, action, resource).permitted
        if role == "system":
            continue
        searched = category == "register" and action == "search"
        answers_for_data = category == "ledger" and role in PROTECTS_DATA
        everywhere = role in COORDINATORS and category in {"register", "hub", "engagement", "ledger"}
        if permitted:
            assert searched or answers_for_data or everywhere


def test_an_agency_that_the_partnership_does_not_know_is_denied_everything() -> None:
    mine = Relationship(frozenset({MINE}))
    for role, action, category in itertools.product(ROLES, ACTIONS, CATEGORIES):
        for of_person in (True, False):
            resource = Resource(category=category, relationship=mine, parties=frozenset({MINE}), of_person=of_person)
            assert not decide(viewer(role), None, action, resource).permitted


def test_a_role_that_is_not_listed_is_denied_whatever_concerns_it() -> None:
    mine = Relationship(frozenset({MINE}))
    for role, kind, action, category in itertools.product(ROLES, KINDS, ACTIONS, CATEGORIES):
        if role not in ROLES_FOR.get((category, action), frozenset()):
            resource = Resource(category=category, relationship=mine, parties=frozenset({MINE}))
            assert decide(viewer(role), kind, action, resource).rules == ("role-not-listed",)


def test_support_is_seen_by_its_parties_only_not_by_everybody_whom_the_person_concerns() -> None:
    concerned = Relationship(frozenset({MINE}))
    others = Resource(category="support", relationship=concerned, parties=frozenset({OTHER}))
    ours = Resource(category="support", relationship=concerned, parties=frozenset({MINE, OTHER}))
    for role, kind in itertools.product(ROLES, KINDS):
        if role != "system":
            assert not decide(viewer(role), kind, "read", others).permitted
    assert decide(viewer("agency-worker"), "health", "read", ours).permitted


def test_street_work_is_shared_between_those_who_do_it() -> None:
    resource = Resource(category="engagement", relationship=Relationship(frozenset({MINE})))
    for kind in KINDS:
        assert decide(viewer("agency-worker"), kind, "read", resource).permitted == (kind in STREET_AGENCIES)


def test_a_police_view_never_opens_health_and_a_support_agency_never_intelligence() -> None:
    mine = Relationship(frozenset({MINE}))
    for role, kind, action, category in itertools.product(ROLES, KINDS, ACTIONS, CATEGORIES):
        opens = decide(
            viewer(role), kind, action, Resource(category=category, relationship=mine, parties=frozenset({MINE}))
        ).opens
        assert "health" not in opens or (kind in HEALTH_AGENCIES and category in {"support", "duty"})
        assert "intelligence" not in opens or kind in STREET_AGENCIES


def test_what_is_about_no_person_opens_nothing() -> None:
    for role, kind, action, category in itertools.product(ROLES, KINDS, ACTIONS, CATEGORIES):
        assert not decide(viewer(role), kind, action, Resource(category=category, of_person=False)).opens


def test_the_system_acts_and_opens_nothing() -> None:
    for kind, action, category in itertools.product(KINDS, ACTIONS, CATEGORIES):
        assert not decide(viewer("system"), kind, action, Resource(category=category)).opens


def test_a_person_concerns_every_agency_that_a_fact_about_them_names() -> None:
    at, ada = london("2026-03-02T12:00"), PersonId("ada")
    met = EncounterRecorded(
        at=at, encounter=EncounterId("e-1"), person=ada, kind="outreach", by_agency=AgencyId("police")
    )
    state = evolve_relationship(Relationship(), met)
    assert state.agencies == {"police"}
    assert {"from_agency", "to_agency"} <= set(ReferralSent.__struct_fields__)
    assert evolve_relationship(state, met) is state
