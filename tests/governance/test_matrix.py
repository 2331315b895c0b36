"""What the law and the agreements forbid, said plainly, holds for every combination of everything."""

import datetime as dt
import itertools
from collections.abc import Iterator

import msgspec

from domain.actors import Role
from domain.codes import AgencyKind
from domain.governance import partnership as governed
from domain.governance.agreement import AgreementMade, AgreementVaried
from domain.governance.break_glass import GlassBroken
from domain.governance.scope import PROTECTS_DATA, SAFEGUARDS, Action, Category, Crossing
from domain.governance.sharing import Permission, Relationship, Resource, Standing, decide, evolve_relationship
from domain.ids import BreakGlassId, PersonId, ProcessingRestrictionId, WorkerId
from domain.rights.restriction import RESTRICTABLE, Allowed, ProcessingRestriction
from tests.governance.test_sharing import ACTIONS, CATEGORIES, KINDS, MINE, NOW, OTHER, ROLES, in_post, partners
from tests.scenario import sharing_agreement

DATA_PROTECTION = {"data-protection-officer", "privacy-officer", "caldicott-guardian"}
OTHERS: tuple[AgencyKind, ...] = ("police", "voluntary")
COORDINATES = {"hub-coordinator", "problem-solving-coordinator"}
ABOUT_PEOPLE: tuple[Category, ...] = (
    "register",
    "engagement",
    "hub",
    "support",
    "duty",
    "disclosure",
    "ledger",
    "scrutiny",
    "rights",
)
AGREED = sharing_agreement(MINE, OTHER)
BROKEN = GlassBroken(
    at=NOW,
    break_glass=BreakGlassId("g-1"),
    person=PersonId("ada"),
    worker=WorkerId("w-1"),
    agency=MINE,
    emergency="risk-to-life",
    until=NOW + dt.timedelta(hours=1),
    review_by=NOW.date(),
)


def uncrossed(made: AgreementMade) -> AgreementVaried:
    terms = {one: getattr(made, one) for one in AgreementVaried.__struct_fields__ if hasattr(made, one)}
    return AgreementVaried(**terms | {"crossings": frozenset[Crossing](), "reason": "no basis in law"})


class Asked:
    """One combination, in plain words, and what is answered."""

    def __init__(
        self,
        by: Standing,
        kind: AgencyKind,
        other: AgencyKind,
        agreed: str,
        words: tuple[bool, bool, bool, bool],
        basis: str | None,
    ) -> None:
        self.by, self.role, self.kind, self.other, self.agreed, self.basis = (
            by,
            by.viewer.role,
            kind,
            other,
            agreed,
            basis,
        )
        self.own, self.party, self.concerned, self.glass = words

    def resource(self, category: Category) -> Resource:
        first = MINE if self.own else OTHER
        related = Relationship(frozenset({OTHER, MINE} if self.concerned else {OTHER}), first=frozenset({first}))
        if self.glass:
            related = evolve_relationship(related, BROKEN)
        parties = frozenset({MINE, OTHER} if self.party else {OTHER} if not self.own else {MINE})
        return Resource(
            category=category,
            relationship=related,
            parties=parties,
            authors=frozenset({first}),
            basis=self.basis,  # type: ignore[arg-type] # literals of a test
        )


def everything() -> Iterator[Asked]:
    """Every kind of agency, role, agreement and relationship; the other agency is the police, or is not."""
    for kind, other, agreed, role in itertools.product(KINDS, OTHERS, ("no", "uncrossed", "all"), ROLES):
        known = partners(kind, other, agreed=False)
        if agreed != "no":
            known = governed.evolve(known, AGREED)
        if agreed == "uncrossed":
            known = governed.evolve(known, uncrossed(AGREED))
        by = in_post(role, known)
        for own, party, concerned, glass in itertools.product((True, False), repeat=4):
            for basis in (None, "live", "ended"):
                yield Asked(by, kind, other, agreed, (own, party, concerned, glass), basis)


def opened(one: Asked, category: Category, found: Permission) -> Iterator[str]:
    """The laws that are broken by the fields that an answer opens."""
    role: Role = one.role
    theirs = not one.own and not one.party
    if "health" in found.opens and (one.kind == "police" or one.kind not in {"health", "drug-and-alcohol"}):
        yield "health is for health and treatment agencies, and never for the police"
    if "health" in found.opens and category not in {"support", "duty"}:
        yield "health is support's alone"
    if "health" in found.opens and theirs and not one.glass:
        yield "health is for those who are party to it, but in an emergency"
    if "intelligence" in found.opens and one.kind not in {
        "police",
        "district-council",
        "town-council",
        "county-council",
        "partnership",
    }:
        yield "what officers observed is for those who run the ladder"
    if found.opens and role in {"system", "administrator", "panel-member"}:
        yield "who runs, administers or counts sees nobody"
    if found.opens and category == "support" and one.basis == "ended" and not one.own:
        yield "what was told on a basis is closed when it ends"
    if found.permitted and category == "scrutiny" and role != "system":
        yield "a case is looked at in a panel's room alone"
    if found.opens and not found.permitted:
        yield "what is not permitted opens nothing"


def done(one: Asked, category: Category, action: Action, found: Permission) -> Iterator[str]:
    """The laws that are broken by what is seen or changed at all."""
    role: Role = one.role
    theirs = not one.own and not one.party
    if not found.permitted or role == "system":
        return
    by_office = role in DATA_PROTECTION and (
        (category == "register" and action != "write") or category in {"disclosure", "ledger"}
    )
    by_office |= category == "rights" and (role in DATA_PROTECTION | COORDINATES) and one.kind == "partnership"
    by_office |= category == "rights" and action == "write" and (one.concerned or one.party)
    alerted = category == "disclosure" and role == "safeguarding-lead"
    in_emergency = one.glass and action == "read"
    looks = category == "ledger"
    on_basis = category == "register" and one.basis == "live" and (one.concerned or one.party)
    if theirs and one.agreed == "no" and not (by_office or alerted or in_emergency or looks or on_basis):
        yield "without an agreement nothing of others is seen or changed"
    if theirs and category in {"support", "duty"} and not in_emergency:
        yield "support is between its parties"
    if theirs and category in {"support", "duty"} and one.kind not in {"health", "drug-and-alcohol"}:
        yield "not even an emergency opens support to others than those who care"
    if theirs and category == "disclosure" and not (role in DATA_PROTECTION or alerted):
        yield "a disclosure is for who decided it, and those who review it"
    if theirs and not one.concerned and not in_emergency and category != "rights":
        searched = category == "register" and action == "search"
        if not (searched or role in COORDINATES or by_office or alerted):
            yield "whom an agency has nothing to do with is for coordinators"
    if action == "write" and category != "rights" and role in DATA_PROTECTION | {"panel-member"}:
        yield "who protects data or counts writes nothing of people"
    if found.reviewed != (one.glass and not decide(one.by, action, without_glass(one, category)).permitted):
        yield "what is seen but for an emergency alone is reviewed, and nothing else"


def crossed(one: Asked, category: Category, found: Permission) -> Iterator[str]:
    """The law that is broken where a record is used under the other part of it."""
    recorded_by_police = category == "engagement" and (one.kind if one.own else one.other) == "police"
    theirs = found.permitted and one.role != "system" and not one.own and not one.party
    crosses = recorded_by_police != (one.kind == "police" and found.purpose == "prevention")
    if theirs and crosses and one.agreed != "all" and not one.glass:
        yield "what crosses between law enforcement and the rest needs a basis in law"


def without_glass(one: Asked, category: Category) -> Resource:
    words = (one.own, one.party, one.concerned, False)
    return Asked(one.by, one.kind, one.other, one.agreed, words, one.basis).resource(category)


def test_no_combination_breaks_a_law() -> None:
    broken: set[str] = set()
    count = permitted = 0
    for one in everything():
        for category in ABOUT_PEOPLE:
            resource = one.resource(category)
            for action in ACTIONS:
                found = decide(one.by, action, resource)
                count += 1
                permitted += found.permitted
                for law in (
                    *opened(one, category, found),
                    *done(one, category, action, found),
                    *crossed(one, category, found),
                ):
                    broken.add(f"{law}: {category} {action} {one.role} of {one.kind} by {found.rules}")
    assert not broken, "\n".join(sorted(broken)[:20])
    assert count == len(KINDS) * 2 * 3 * len(ROLES) * 16 * 3 * len(ABOUT_PEOPLE) * len(ACTIONS)
    assert permitted > count // 20
    assert set(ABOUT_PEOPLE) | {"administration", "report", "operations"} == set(CATEGORIES)


def restricted(resource: Resource, *allowed: Allowed) -> Resource:
    one = ProcessingRestriction(
        id=ProcessingRestrictionId("r-1"),
        person=PersonId("ada"),
        by_agency=OTHER,
        ground="accuracy-contested",
        scope=RESTRICTABLE,
        since=NOW - dt.timedelta(days=1),
        allowed=allowed,
    )
    related = msgspec.structs.replace(resource.relationship, restricted=(one,))
    return msgspec.structs.replace(resource, relationship=related)


def test_a_restricted_record_is_kept_and_used_by_nobody_but_on_an_exception_that_a_human_named() -> None:
    allowed = Allowed(MINE, "legal-claims", NOW - dt.timedelta(hours=1), NOW + dt.timedelta(hours=1))
    uses: list[tuple[Category, Action]] = [
        *((one, "read") for one in sorted(RESTRICTABLE)),
        *((one, "write") for one in sorted(RESTRICTABLE - {"register"})),
    ]
    seen = 0
    for one in everything():
        if one.basis is not None or not (one.own and one.party and one.concerned):
            continue
        for category, action in uses:
            without = one.resource(category)
            before = decide(one.by, action, without)
            now = decide(one.by, action, restricted(without))
            exempt = one.role in SAFEGUARDS | {"system"} or (
                action == "read" and (one.role in PROTECTS_DATA or one.glass)
            )
            assert now.permitted == (before.permitted and exempt), (category, action, one.role)
            assert decide(one.by, action, restricted(without, allowed)) == before, "a human said which exception holds"
            seen += before.permitted and not now.permitted
        warning = msgspec.structs.replace(restricted(one.resource("register")), warns=True)
        assert decide(one.by, "read", warning).permitted == decide(one.by, "read", one.resource("register")).permitted
        met = msgspec.structs.replace(restricted(one.resource("engagement")), keeps=True)
        assert decide(one.by, "write", met).permitted == decide(one.by, "write", one.resource("engagement")).permitted
        found = decide(one.by, "search", restricted(one.resource("register")))
        assert found.permitted == decide(one.by, "search", one.resource("register")).permitted, (
            "nobody is entered twice"
        )
        assert not found.opens or one.role in PROTECTS_DATA | SAFEGUARDS
    assert seen > 100


def test_in_the_room_a_panel_reads_what_was_written_and_nobody_else_does_anything() -> None:
    for kind, role, action in itertools.product(KINDS, ROLES, ACTIONS):
        by = in_post(role, partners(kind, "police", agreed=False))
        found = decide(by, action, Resource(category="scrutiny", authors=frozenset(), in_room=True))
        if role == "panel-member" and action == "read":
            assert found.permitted
            assert found.opens == {"intelligence"}, "never who it is, and never their health"
            assert found.purpose == "oversight"
        elif role != "system":
            assert not found.permitted
