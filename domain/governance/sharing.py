"""Who may do and see what: one pure, total function over rules as data. Deny is the default.

This is the first, simple rule (ADR 0008): what concerns an agency is what names it. A person concerns an agency once a
fact about that person names the agency; street work is shared between those who do it; support is seen by its parties.
"""

from collections.abc import Mapping
from typing import Final, Literal

import msgspec

from domain.actors import Actor, Role
from domain.codes import AgencyKind, EpisodeOutcome
from domain.facts import Fact, Knowledge, PersonalClass, Query, QueryItem, declared
from domain.governance.scope import PROTECTS_DATA
from domain.ids import AgencyId, PersonId

Category = Literal[
    "register", "engagement", "hub", "support", "duty", "administration", "report", "operations", "ledger"
]
"""What a record is part of: the register entry, street work, hub sessions, support (referrals, plans, consents),
duty-to-refer notifications, the partnership's administration, counts without names, the running of the system, who
looked."""

Action = Literal["read", "search", "write"]

OFFICERS: Final[frozenset[Role]] = frozenset({"constable", "pcso", "council-officer", "accredited-officer"})
COORDINATORS: Final[frozenset[Role]] = frozenset({"hub-coordinator", "problem-solving-coordinator"})
FRONT_LINE: Final[frozenset[Role]] = OFFICERS | COORDINATORS | {"outreach-worker", "agency-worker", "supervisor"}
AUTHORISERS: Final[frozenset[Role]] = frozenset(
    {"supervisor", "legal", "hub-coordinator", "problem-solving-coordinator"}
)
EVERYBODY: Final[frozenset[Role]] = (
    FRONT_LINE | AUTHORISERS | PROTECTS_DATA | {"safeguarding-lead", "administrator", "system"}
)

STREET_AGENCIES: Final[frozenset[AgencyKind]] = frozenset(
    {"police", "district-council", "town-council", "county-council", "partnership"}
)
"""Those who run the ladder see each other's street work."""
HEALTH_AGENCIES: Final[frozenset[AgencyKind]] = frozenset({"health", "drug-and-alcohol"})
"""Those who may read health fields of what they are party to: a police view never shows a substance or diagnosis."""


class NeedToKnow(msgspec.Struct, frozen=True, kw_only=True):
    """An open field whose code can say something of somebody's health, with the codes that are left out together.

    Left out alone, a code would be told by being left out: so each is left out with others that say nothing of health.
    `codes` of None: whatever the field says. `together` are the fields that would tell it and go unnamed. `by` is the
    field with the agency that recorded it, which may see what it recorded; None where nobody recorded it as such.
    """

    field: str
    codes: frozenset[str] | None
    together: tuple[str, ...] = ()
    by: str | None = "by_agency"


ENGAGED: Final[frozenset[EpisodeOutcome]] = frozenset({"engaged", "in-treatment"})
"""Outcomes that say: with the help of some service."""
OUT_OF_REACH: Final = frozenset({"custody", "hospital"})
AWAY_OR_OTHER: Final = OUT_OF_REACH | {"treatment", "other"}
HELP_OFFERED: Final = frozenset({"health", "other"})

NEED_TO_KNOW: Final[Mapping[str, tuple[NeedToKnow, ...]]] = {
    "EpisodeClosed": (NeedToKnow(field="outcome", codes=ENGAGED),),
    "EpisodePaused": (NeedToKnow(field="reason", codes=AWAY_OR_OTHER),),
    "EpisodeRow": (
        NeedToKnow(field="outcome", codes=ENGAGED, by="closed_by_agency"),
        NeedToKnow(field="paused_for", codes=AWAY_OR_OTHER, by="paused_by_agency"),
    ),
    "EncounterRecorded": (NeedToKnow(field="offer", codes=HELP_OFFERED, together=("offer_taken",)),),
    "EncounterCorrected": (NeedToKnow(field="offer", codes=HELP_OFFERED, together=("offer_taken",)),),
    "EncounterRow": (NeedToKnow(field="offer", codes=HELP_OFFERED, together=("offer_taken",), by="offer_by_agency"),),
    "StayBegan": (NeedToKnow(field="stay", codes=OUT_OF_REACH, together=("station", "hospital")),),
    "PersonReleased": (NeedToKnow(field="stay", codes=OUT_OF_REACH),),
    "Whereabouts": (NeedToKnow(field="stay", codes=OUT_OF_REACH),),
    # Which agencies knew the other record would name its treatment service. It was looked up, and told by nobody.
    "PersonsMerged": (NeedToKnow(field="concerned", codes=None, by=None),),
}
"""The open fields of street work and of the register that can betray health, by the class of fact or row.

That a health or treatment referral exists is itself need-to-know (domain, "What the law asks", 7).
"""

ROLES_FOR: Final[Mapping[tuple[Category, Action], frozenset[Role]]] = {
    ("register", "read"): FRONT_LINE | {"safeguarding-lead", "legal", "system"},
    ("register", "search"): FRONT_LINE | PROTECTS_DATA | {"safeguarding-lead"},
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
    # Each worker her own looks; whose else, `access.audience` says.
    ("ledger", "read"): FRONT_LINE | PROTECTS_DATA | {"safeguarding-lead", "legal"},
}
"""Which roles may take which kind of action at all. What is not listed is denied."""


def counts_only(viewer: Actor) -> bool:
    """Whether a role may read counts and nobody's entry: to such a viewer no count may tell of a single person."""
    return viewer.role not in ROLES_FOR["register", "read"]


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
        case "ledger" if viewer.role in PROTECTS_DATA or concerned or coordinates:
            return Permission(True, ("who-looked-is-for-those-who-answer-for-it",))
        case "support" | "duty" if party:
            return Permission(True, ("party-to-the-support",), _opens(kind, health=kind in HEALTH_AGENCIES))
        case _:
            return Permission(False, ("does-not-concern-your-agency",))


def withheld(record: msgspec.Struct, viewer: AgencyId, opens: frozenset[PersonalClass]) -> tuple[NeedToKnow, ...]:
    """What is left out of a fact or row, shown to an agency that may open these classes: what betrays health."""
    rules = NEED_TO_KNOW.get(type(record).__name__)
    if not rules or "health" in opens:
        return ()
    return tuple(
        rule
        for rule in rules
        if (value := getattr(record, rule.field))
        and (rule.codes is None or value in rule.codes)
        and (rule.by is None or getattr(record, rule.by) != viewer)
    )


def _opens(kind: AgencyKind, *, health: bool) -> frozenset[PersonalClass]:
    opened: set[PersonalClass] = {"identity"}
    if health:
        opened.add("health")
    if kind in STREET_AGENCIES:
        opened.add("intelligence")
    return frozenset(opened)
