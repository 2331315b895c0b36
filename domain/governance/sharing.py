"""Who may do and see what: one pure, total function over rules as data. Deny is the default.

This is the first, simple rule (ADR 0008): what concerns an agency is what names it. A person concerns an agency once a
fact about that person names the agency; street work is shared between those who do it; support is seen by its parties.
"""

from collections.abc import Mapping
from typing import Final, Literal

import msgspec

from domain.actors import Actor, Role
from domain.codes import AgencyKind
from domain.facts import Fact, Knowledge, PersonalClass, Query, QueryItem, declared
from domain.ids import AgencyId, PersonId

Category = Literal["register", "engagement", "hub", "support", "duty", "administration", "report", "operations"]
"""What a record is part of: the register entry, street work, hub sessions, support (referrals, plans, consents),
duty-to-refer notifications, the partnership's administration, counts without names, the running of the system."""

Action = Literal["read", "search", "write"]

OFFICERS: Final[frozenset[Role]] = frozenset({"constable", "pcso", "council-officer", "accredited-officer"})
COORDINATORS: Final[frozenset[Role]] = frozenset({"hub-coordinator", "problem-solving-coordinator"})
FRONT_LINE: Final[frozenset[Role]] = OFFICERS | COORDINATORS | {"outreach-worker", "agency-worker", "supervisor"}
AUTHORISERS: Final[frozenset[Role]] = frozenset(
    {"supervisor", "legal", "hub-coordinator", "problem-solving-coordinator"}
)
EVERYBODY: Final[frozenset[Role]] = FRONT_LINE | AUTHORISERS | {"safeguarding-lead", "administrator", "system"}

STREET_AGENCIES: Final[frozenset[AgencyKind]] = frozenset(
    {"police", "district-council", "town-council", "county-council", "partnership"}
)
"""Those who run the ladder see each other's street work."""
HEALTH_AGENCIES: Final[frozenset[AgencyKind]] = frozenset({"health", "drug-and-alcohol"})
"""Those who may read health fields of what they are party to: a police view never shows a substance or diagnosis."""

ROLES_FOR: Final[Mapping[tuple[Category, Action], frozenset[Role]]] = {
    ("register", "read"): FRONT_LINE | {"safeguarding-lead", "legal", "system"},
    ("register", "search"): FRONT_LINE | {"safeguarding-lead"},
    ("register", "write"): FRONT_LINE | {"safeguarding-lead", "system"},
    ("engagement", "read"): FRONT_LINE | {"legal", "safeguarding-lead", "system"},
    ("engagement", "write"): FRONT_LINE | {"legal", "safeguarding-lead", "system"},
    ("hub", "read"): FRONT_LINE | {"system"},
    ("hub", "write"): FRONT_LINE | {"system"},
    ("support", "read"): FRONT_LINE | {"safeguarding-lead", "system"},
    ("support", "write"): FRONT_LINE | {"safeguarding-lead", "system"},
    ("duty", "read"): FRONT_LINE | {"system"},
    ("duty", "write"): FRONT_LINE | {"system"},
    ("administration", "read"): EVERYBODY,
    ("administration", "write"): frozenset(
        {"administrator", "hub-coordinator", "problem-solving-coordinator", "system"}
    ),
    ("report", "read"): EVERYBODY | {"panel-member"},
    ("operations", "read"): frozenset({"administrator", "system"}),
    ("operations", "write"): frozenset({"administrator", "system"}),
}
"""Which roles may take which kind of action at all. What is not listed is denied."""


class Relationship(msgspec.Struct, frozen=True):
    """The agencies that a person concerns, because a fact about the person names them."""

    agencies: frozenset[AgencyId] = frozenset()


def evolve_relationship(state: Relationship, fact: Fact) -> Relationship:
    """Every agency that the fact names is concerned from then on."""
    found = {
        value
        for name in declared(type(fact)).agencies
        for value in ([getattr(fact, name)] if isinstance(getattr(fact, name), str) else getattr(fact, name) or ())
    }
    return state if found <= state.agencies else Relationship(state.agencies | found)


def relationship(person: PersonId) -> Knowledge[Relationship]:
    """Which agencies a person concerns, folded at the head: never taken from a view that may lag."""
    query: Query = (QueryItem(tags=frozenset({f"person:{person}"})),)
    return Knowledge(query, Relationship(), evolve_relationship)


class Resource(msgspec.Struct, frozen=True, kw_only=True):
    """What is looked at or changed: its category, whom it concerns, and the agencies that are party to it."""

    category: Category
    relationship: Relationship = Relationship()
    parties: frozenset[AgencyId] = frozenset()
    of_person: bool = True


class Permission(msgspec.Struct, frozen=True):
    """The answer: permitted or not, the rules that fired, and which classes of personal fields may be opened."""

    permitted: bool
    rules: tuple[str, ...]
    opens: frozenset[PersonalClass] = frozenset()


def decide(viewer: Actor, kind: AgencyKind | None, action: Action, resource: Resource) -> Permission:
    """Whether a viewer of an agency of a kind may take an action on a resource, and which fields are opened.

    A kind of None is an agency that the partnership does not know: nothing is permitted.
    """
    if kind is None:
        return Permission(False, ("agency-not-of-this-partnership",))
    if viewer.role not in ROLES_FOR.get((resource.category, action), frozenset()):
        return Permission(False, ("role-not-listed",))
    if viewer.role == "system":
        return Permission(True, ("system-acts-without-opening",))
    if not resource.of_person:
        return Permission(True, ("not-about-a-person",))
    party = viewer.agency in resource.parties
    concerned = party or viewer.agency in resource.relationship.agencies
    coordinates = viewer.role in COORDINATORS
    match resource.category:
        case "register" if concerned or coordinates or action == "search":
            return Permission(True, ("concerns-your-agency",), _opens(kind, health=False))
        case "engagement" if party or (kind in STREET_AGENCIES and (concerned or coordinates)):
            return Permission(True, ("street-work-is-shared",), _opens(kind, health=False))
        case "hub" if concerned or coordinates:
            return Permission(True, ("hub-is-shared-with-those-concerned",), _opens(kind, health=False))
        case "support" | "duty" if party:
            return Permission(True, ("party-to-the-support",), _opens(kind, health=kind in HEALTH_AGENCIES))
        case _:
            return Permission(False, ("does-not-concern-your-agency",))


def _opens(kind: AgencyKind, *, health: bool) -> frozenset[PersonalClass]:
    opened: set[PersonalClass] = {"identity"}
    if health:
        opened.add("health")
    if kind in STREET_AGENCIES:
        opened.add("intelligence")
    return frozenset(opened)
