"""Who may see and do what: every combination of agency, role, action and category has an answer, and a rule for it."""

import datetime as dt
import itertools
from collections.abc import Iterator
from typing import Any, get_args

import msgspec
import pytest

from domain.actors import COORDINATORS, Actor, Role
from domain.codes import AgencyKind
from domain.engagement.encounter import EncounterRecorded
from domain.governance import partnership as governed
from domain.governance.agency import Agency
from domain.governance.agreement import AgreementEnded, AgreementVaried
from domain.governance.break_glass import GlassBroken, GlassClosed
from domain.governance.partnership import Partnership
from domain.governance.scope import PROTECTS_DATA, Action, Category, SharedCategory, purpose_of
from domain.governance.sharing import (
    Permission,
    Relationship,
    Resource,
    Standing,
    decide,
    evolve_relationship,
    regime_of,
)
from domain.governance.sharing_rules import BY_ID, HEALTH_AGENCIES, NO_RULE, ROLES_FOR, RULES, STREET_AGENCIES
from domain.governance.staff import WorkerLeft, WorkerPosted
from domain.ids import AgencyId, AgreementId, BreakGlassId, EncounterId, PartnershipId, PersonId, WorkerId
from domain.support.referral import ReferralSent
from tests.scenario import LONG_AGO, london, sharing_agreement

MINE, OTHER = AgencyId("mine"), AgencyId("other")
ROLES: tuple[Role, ...] = get_args(Role)
KINDS: tuple[AgencyKind, ...] = get_args(AgencyKind)
CATEGORIES: tuple[Category, ...] = get_args(Category)
SHARED: tuple[SharedCategory, ...] = get_args(SharedCategory)
ACTIONS: tuple[Action, ...] = get_args(Action)
NOW = london("2026-03-02T12:00")
ADA = PersonId("ada")
AGREED = sharing_agreement(MINE, OTHER)


def partners(kind: AgencyKind, others: AgencyKind = "district-council", *, agreed: bool = True) -> Partnership:
    """Two agencies, with an agreement or without one."""
    known = Partnership(
        {MINE: Agency(MINE, "Mine", kind, True, None), OTHER: Agency(OTHER, "Other", others, True, None)}
    )
    return governed.evolve(known, AGREED) if agreed else known


def in_post(role: Role, known: Partnership, purpose: str | None = None, at: dt.datetime = NOW) -> Standing:
    viewer = Actor(worker=WorkerId("w-1"), agency=MINE, role=role, partnership=PartnershipId("fenland"))
    if role != "system":
        known = governed.evolve(known, WorkerPosted(at=LONG_AGO, worker=viewer.worker, agency=MINE, role=role))
    return Standing(viewer, known, at, purpose)  # type: ignore[arg-type] # a literal of a test


def everybody(*, agreed: bool = True) -> Iterator[tuple[Standing, Role, AgencyKind]]:
    for role, kind in itertools.product(ROLES, KINDS):
        yield in_post(role, partners(kind, agreed=agreed)), role, kind


OURS = Relationship(frozenset({MINE, OTHER}), first=frozenset({OTHER}))
THEIRS = Relationship(frozenset({OTHER}), first=frozenset({OTHER}))


def of_others(category: Category, related: Relationship = OURS, **more: object) -> Resource:
    return msgspec.structs.replace(
        Resource(category=category, relationship=related, parties=frozenset({OTHER})), **more
    )


def asked(by: Standing, category: Category, related: Relationship = OURS, **more: object) -> Permission:
    return decide(by, "read", of_others(category, related, **more))


@pytest.mark.parametrize("category", CATEGORIES)
def test_what_concerns_another_agency_is_denied_to_all_but_coordinators_and_searchers(category: Category) -> None:
    for (by, role, _), action in itertools.product(everybody(), ACTIONS):
        if role == "system" or not decide(by, action, of_others(category, THEIRS)).permitted:
            continue
        searched = category == "register" and action == "search"
        coordinated = role in COORDINATORS and category in {"register", "hub", "engagement", "ledger", "rights"}
        protected = role in PROTECTS_DATA and category in {"register", "disclosure", "ledger", "rights"}
        safeguarded = role == "safeguarding-lead" and category == "disclosure"
        assert searched or coordinated or protected or safeguarded


@pytest.mark.parametrize("category", SHARED)
def test_without_a_live_agreement_nobody_sees_what_others_recorded(category: SharedCategory) -> None:
    for (by, role, _), action in itertools.product(everybody(agreed=False), ACTIONS):
        if role != "system" and not (role in PROTECTS_DATA and category == "register"):
            assert not decide(by, action, of_others(category)).permitted


@pytest.mark.parametrize("category", SHARED)
def test_an_agency_sees_what_it_recorded_itself_whatever_was_agreed(category: SharedCategory) -> None:
    for by, role, _ in everybody(agreed=False):
        own = Resource(category=category, parties=frozenset({MINE}))
        listed = role in ROLES_FOR[category, "read"]
        assert decide(by, "read", own).permitted == listed


def test_an_agreement_covers_its_parties_purposes_categories_and_days_and_no_more() -> None:
    by = in_post("council-officer", partners("district-council"))
    assert asked(by, "engagement").permitted
    narrower = {
        "parties": frozenset({OTHER, AgencyId("third")}),
        "purposes": frozenset({"support"}),
        "categories": frozenset({"register"}),
    }
    as_it_was = {name: getattr(AGREED, name) for name in AgreementVaried.__struct_fields__ if hasattr(AGREED, name)}
    for change in ({name: value} for name, value in narrower.items()):
        varied = AgreementVaried(**as_it_was | change | {"reason": "narrowed"})
        known = governed.evolve(by.partnership, varied)
        assert not asked(msgspec.structs.replace(by, partnership=known), "engagement").permitted
    last = dt.date(2026, 3, 2)
    until = governed.evolve(by.partnership, AgreementVaried(**as_it_was | {"until_date": last, "reason": "ends"}))
    for at, live in ((london("2026-03-02T23:59"), True), (london("2026-03-03T00:00"), False)):
        assert asked(msgspec.structs.replace(by, partnership=until, at=at), "engagement").permitted is live
    ended = governed.evolve(by.partnership, AgreementEnded(at=NOW, agreement=AgreementId("sharing"), reason="ended"))
    assert not asked(msgspec.structs.replace(by, partnership=ended), "engagement").permitted


def test_a_purpose_that_is_not_covered_is_denied() -> None:
    by = in_post("council-officer", partners("district-council"))
    as_it_was = {name: getattr(AGREED, name) for name in AgreementVaried.__struct_fields__ if hasattr(AGREED, name)}
    varied = AgreementVaried(**as_it_was | {"purposes": frozenset({"prevention"}), "reason": "narrowed"})
    by = msgspec.structs.replace(by, partnership=governed.evolve(by.partnership, varied))
    assert asked(by, "engagement").permitted
    assert not asked(msgspec.structs.replace(by, purpose="oversight"), "engagement").permitted


def test_a_law_enforcement_record_crosses_to_other_purposes_only_where_the_agreement_says_on_what_basis() -> None:
    known = partners("district-council", "police")
    assert regime_of("engagement", frozenset({OTHER}), known) == "law-enforcement"
    assert regime_of("support", frozenset({OTHER}), known) == "general"
    by = in_post("council-officer", known)
    assert asked(by, "engagement").permitted
    as_it_was = {name: getattr(AGREED, name) for name in AgreementVaried.__struct_fields__ if hasattr(AGREED, name)}
    uncrossed = AgreementVaried(**as_it_was | {"crossings": frozenset(), "reason": "no basis"})
    without = msgspec.structs.replace(by, partnership=governed.evolve(known, uncrossed))
    assert "crossing-without-basis" in asked(in_post("council-officer", without.partnership), "engagement").rules
    constable = in_post("constable", governed.evolve(partners("police"), uncrossed))
    assert "crossing-without-basis" in asked(constable, "engagement").rules


def test_an_agency_that_the_partnership_does_not_know_is_denied_everything() -> None:
    for role, action, category, of_person in itertools.product(ROLES, ACTIONS, CATEGORIES, (True, False)):
        by = in_post(role, governed.evolve(Partnership(), AGREED))
        resource = Resource(category=category, relationship=OURS, parties=frozenset({MINE}), of_person=of_person)
        assert role == "system" or not decide(by, action, resource).permitted


def test_who_holds_no_post_or_another_is_denied_everything() -> None:
    for (by, role, _), action, category in itertools.product(everybody(), ACTIONS, CATEGORIES):
        if role == "system":
            continue
        gone = governed.evolve(by.partnership, WorkerLeft(at=NOW, worker=by.viewer.worker, agency=MINE))
        moved = governed.evolve(by.partnership, WorkerPosted(at=NOW, worker=by.viewer.worker, agency=OTHER, role=role))
        for known in (gone, moved):
            now = msgspec.structs.replace(by, partnership=known)
            resource = Resource(category=category, relationship=OURS, parties=frozenset({MINE}))
            assert "not-in-post" in decide(now, action, resource).rules


def test_a_role_that_is_not_listed_is_denied_whatever_concerns_it() -> None:
    for (by, role, _), action, category in itertools.product(everybody(), ACTIONS, CATEGORIES):
        if role not in ROLES_FOR.get((category, action), frozenset()):
            resource = Resource(category=category, relationship=OURS, parties=frozenset({MINE}))
            assert decide(by, action, resource).rules == ("role-not-listed",)


def test_support_is_seen_by_its_parties_only_not_by_everybody_whom_the_person_concerns() -> None:
    for by, role, _ in everybody():
        if role != "system":
            assert not asked(by, "support").permitted
    between = frozenset({MINE, OTHER})
    clinic = in_post("agency-worker", partners("health"))
    assert asked(clinic, "support", parties=between, authors=frozenset({OTHER})).opens == {"identity", "health"}


def test_street_work_is_shared_between_those_who_do_it() -> None:
    for kind in KINDS:
        by = in_post("agency-worker", partners(kind))
        assert asked(by, "engagement").permitted == (kind in STREET_AGENCIES)


def test_a_police_view_never_opens_health_and_a_support_agency_never_intelligence() -> None:
    glass = GlassBroken(
        at=NOW,
        break_glass=BreakGlassId("g-1"),
        person=ADA,
        worker=WorkerId("w-1"),
        agency=MINE,
        emergency="risk-to-life",
        until=NOW + dt.timedelta(hours=1),
        review_by=NOW.date(),
    )
    broken = evolve_relationship(OURS, glass)
    for (by, _, kind), action, category in itertools.product(everybody(), ACTIONS, CATEGORIES):
        for parties, basis in itertools.product(({MINE}, {MINE, OTHER}, {OTHER}), ("live", "ended", None)):
            resource = Resource(
                category=category,
                relationship=broken,
                parties=frozenset(parties),
                basis=basis,  # type: ignore[arg-type] # literals of a test
            )
            opens = decide(by, action, resource).opens
            assert "health" not in opens or (kind in HEALTH_AGENCIES and category in {"support", "duty"})
            assert "intelligence" not in opens or kind in STREET_AGENCIES


def test_what_was_told_on_a_consent_is_closed_to_its_recipient_when_the_consent_ends() -> None:
    clinic = in_post("agency-worker", partners("health"))
    told: dict[str, Any] = {"parties": frozenset({MINE, OTHER}), "authors": frozenset({OTHER})}
    assert asked(clinic, "support", basis="live", **told).opens
    ended = asked(clinic, "support", basis="ended", **told)
    assert ended.permitted
    assert not ended.opens
    assert "basis-ended" in ended.rules
    assert asked(clinic, "support", basis="ended", parties=frozenset({MINE})).opens


def test_a_consent_lets_an_agency_know_by_name_whom_it_is_told_of_without_any_agreement() -> None:
    clinic = in_post("agency-worker", partners("health", agreed=False))
    assert asked(clinic, "register", basis="live").rules == ("shared-on-a-basis",)
    assert not asked(clinic, "register", basis="ended").permitted
    assert not asked(clinic, "register", THEIRS, basis="live").permitted


def test_broken_glass_opens_for_who_broke_it_for_its_time_and_is_reviewed() -> None:
    broken = GlassBroken(
        at=NOW,
        break_glass=BreakGlassId("g-1"),
        person=ADA,
        worker=WorkerId("w-1"),
        agency=MINE,
        emergency="child-at-risk",
        until=NOW + dt.timedelta(hours=1),
        review_by=NOW.date(),
    )
    opened = evolve_relationship(THEIRS, broken)
    assert opened.agencies == THEIRS.agencies
    by = in_post("agency-worker", partners("housing-association", agreed=False))
    for category in ("register", "engagement", "hub"):
        found = asked(by, category, opened)
        assert found.permitted
        assert found.reviewed
    assert not asked(by, "support", opened).permitted
    assert not decide(by, "write", of_others("register", opened)).permitted
    as_it_was = {name: getattr(AGREED, name) for name in AgreementVaried.__struct_fields__ if hasattr(AGREED, name)}
    uncrossed = AgreementVaried(**as_it_was | {"crossings": frozenset(), "reason": "no basis"})
    officer = in_post("council-officer", governed.evolve(partners("district-council", "police"), uncrossed))
    crossing = of_others("engagement", opened | OURS)
    assert decide(officer, "read", crossing).permitted
    assert "crossing-without-basis" in decide(officer, "write", crossing).rules, (
        "an emergency is looked at, not acted on"
    )
    late = msgspec.structs.replace(by, at=NOW + dt.timedelta(hours=1))
    assert not asked(late, "register", opened).permitted
    closed = evolve_relationship(
        opened, GlassClosed(at=NOW, break_glass=BreakGlassId("g-1"), person=ADA, worker=WorkerId("w-1"))
    )
    assert not asked(by, "register", closed).permitted
    colleague = msgspec.structs.replace(by, viewer=msgspec.structs.replace(by.viewer, worker=WorkerId("w-2")))
    assert not asked(colleague, "register", opened).permitted


def test_who_protects_an_agencys_data_sees_those_who_concern_it_and_the_bodys_officer_everybody() -> None:
    for kind in KINDS:
        by = in_post("data-protection-officer", partners(kind, agreed=False))
        assert asked(by, "register").permitted
        assert asked(by, "register", THEIRS).permitted == (kind == "partnership")
        assert asked(by, "disclosure", THEIRS).permitted == (kind == "partnership")


def test_what_concerns_a_viewer_anyway_is_not_reviewed() -> None:
    by = in_post("hub-coordinator", partners("district-council"))
    assert not asked(by, "register").reviewed


def test_who_looked_is_for_those_who_protect_data_and_her_own_looks_for_each_worker() -> None:
    for by, role, _ in everybody():
        if role != "system":
            assert asked(by, "ledger", THEIRS).permitted == (role in PROTECTS_DATA | COORDINATORS)
            assert asked(by, "ledger").permitted == (role in ROLES_FOR["ledger", "read"])
        assert not asked(by, "ledger").opens


def test_what_is_about_no_person_opens_nothing() -> None:
    for (by, _, _), action, category in itertools.product(everybody(), ACTIONS, CATEGORIES):
        assert not decide(by, action, Resource(category=category, of_person=False)).opens


def test_the_system_acts_and_opens_nothing() -> None:
    for kind, action, category in itertools.product(KINDS, ACTIONS, CATEGORIES):
        assert not decide(in_post("system", partners(kind)), action, Resource(category=category)).opens


def test_every_task_has_a_purpose() -> None:
    for role, category in itertools.product(ROLES, CATEGORIES):
        assert purpose_of(role, category)
    assert purpose_of("constable", "register") == "prevention"
    assert purpose_of("agency-worker", "register") == "support"
    assert purpose_of("safeguarding-lead", "register") == "safeguarding"


def test_every_rule_can_be_told_in_words_and_names_are_not_used_twice() -> None:
    assert len(BY_ID) == len(RULES)
    assert NO_RULE not in BY_ID
    for rule in RULES:
        assert rule.text.endswith((".", ")."))
        assert rule.effect in {"open", "close"} or not rule.fields


def test_a_person_concerns_every_agency_that_a_fact_about_them_names() -> None:
    met = EncounterRecorded(
        at=NOW, encounter=EncounterId("e-1"), person=ADA, kind="outreach", by_agency=AgencyId("police")
    )
    state = evolve_relationship(Relationship(), met)
    assert state.agencies == {"police"}
    assert state.first == {"police"}
    later = msgspec.structs.replace(met, by_agency=OTHER)
    assert evolve_relationship(state, later).first == {"police"}
    assert {"from_agency", "to_agency"} <= set(ReferralSent.__struct_fields__)
    assert evolve_relationship(state, met) is state
