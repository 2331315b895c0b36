"""Who may do and see what: one pure, total function over the rules of `sharing_rules`. Deny is the default.

What is asked is turned into plain circumstances: the agency is party to a live agreement, the person concerns it, the
worker is in post. Rules name circumstances, so the answer can be told in the words of the rules that fired (ADR 0024).

A person concerns an agency once a fact about that person names it; that opens nothing by itself: what others recorded
is seen under an agreement, what an agency recorded or was asked is its own.
"""

import datetime as dt
from functools import lru_cache
from typing import Literal

import msgspec

from domain.actors import Actor
from domain.codes import AgencyKind
from domain.facts import Fact, Knowledge, PersonalClass, Query, QueryItem, declared
from domain.governance import break_glass
from domain.governance.break_glass import BrokenGlass
from domain.governance.partnership import Partnership
from domain.governance.scope import Action, Category, Crossing, Purpose, Regime, purpose_of
from domain.governance.sharing_rules import (
    BY_ID,
    HEALTH_AGENCIES,
    NO_RULE,
    OF_ROLE,
    ROLES_FOR,
    RULES,
    STREET_AGENCIES,
    Circumstance,
)
from domain.ids import AgencyId, PersonId
from domain.rights import restriction
from domain.rights.restriction import ProcessingRestriction, Restricted


class Relationship(msgspec.Struct, frozen=True):
    """Whom a person concerns, because a fact about the person names the agency; and who broke the glass.

    `first` is who wrote of them first: the agency that registered them. `restricted` are the restrictions of what may
    be done with the record.
    """

    agencies: frozenset[AgencyId] = frozenset()
    broken: BrokenGlass = ()
    first: frozenset[AgencyId] = frozenset()
    restricted: Restricted = ()

    def __or__(self, other: "Relationship") -> "Relationship":
        """Of a human who has several records."""
        return Relationship(
            self.agencies | other.agencies,
            self.broken + other.broken,
            self.first | other.first,
            self.restricted + other.restricted,
        )

    def restriction_on(self, category: Category, at: dt.datetime) -> tuple[ProcessingRestriction, ...]:
        """The restrictions of a part of the record that stand at a moment."""
        return tuple(one for one in self.restricted if category in one.scope and one.holds_at(at))


def evolve_relationship(state: Relationship, fact: Fact) -> Relationship:
    """Every agency that the fact names is concerned from then on."""
    if isinstance(fact, break_glass.OF_BREAK_GLASS):
        return msgspec.structs.replace(state, broken=break_glass.evolve(state.broken, fact))
    if isinstance(fact, restriction.OF_RESTRICTIONS):
        state = msgspec.structs.replace(state, restricted=restriction.evolve(state.restricted, fact))
    found = {
        value
        for name in declared(type(fact)).agencies
        for value in ([getattr(fact, name)] if isinstance(getattr(fact, name), str) else getattr(fact, name) or ())
    }
    if found <= state.agencies:
        return state
    return msgspec.structs.replace(state, agencies=state.agencies | found, first=state.first or frozenset(found))


def relationship(person: PersonId) -> Knowledge[Relationship]:
    """Which agencies a person concerns, folded at the head: never taken from a view that may lag."""
    query: Query = (QueryItem(tags=frozenset({f"person:{person}"})),)
    return Knowledge(query, Relationship(), evolve_relationship)


class Resource(msgspec.Struct, frozen=True, kw_only=True):
    """What is looked at or changed.

    `parties` are the agencies that it is between, `authors` those of them that recorded it: all, where None. What names
    no party is the person's record as such, and its author is who registered them.
    `basis` is the person's consent, or another basis, to tell the viewer's agency of them: one that holds, one that
    has ended, or None where there never was any.
    `in_room`: a panel drew it, and the viewer sits on that panel while the room is open. `warns`: nothing is shown
    of it but what to mind for one's own safety or somebody's. `keeps`: something is recorded, and nothing used.
    `for_the_person`: the person asked for what is held of them, and it was made sure that it is them.
    """

    category: Category
    relationship: Relationship = Relationship()
    parties: frozenset[AgencyId] = frozenset()
    authors: frozenset[AgencyId] | None = None
    of_person: bool = True
    basis: Literal["live", "ended"] | None = None
    in_room: bool = False
    warns: bool = False
    keeps: bool = False
    for_the_person: bool = False


class Permission(msgspec.Struct, frozen=True):
    """The answer: permitted or not, the rules that decided, which classes of personal fields may be opened.

    `reviewed`: what is seen on it is reviewed by somebody who protects data.
    """

    permitted: bool
    rules: tuple[str, ...]
    opens: frozenset[PersonalClass] = frozenset()
    reviewed: bool = False
    purpose: Purpose = "support"

    @property
    def by_name(self) -> bool:
        """Whether it rests on a consent or basis alone, which tells who the person is and nothing that was recorded."""
        return self.permitted and [one for one in self.rules if BY_ID[one].effect == "permit"] == ["shared-on-a-basis"]


class Standing(msgspec.Struct, frozen=True):
    """Who looks or acts, in a partnership as it is at a moment, and to what purpose, where another than the task's."""

    viewer: Actor
    partnership: Partnership
    at: dt.datetime
    purpose: Purpose | None = None

    @property
    def kind(self) -> AgencyKind | None:
        """Of which kind the viewer's agency is."""
        return self.partnership.kind_of(self.viewer.agency)


def counts_only(viewer: Actor) -> bool:
    """Whether a role may read counts and nobody's entry: to such a viewer no count may tell of a single person."""
    return viewer.role not in ROLES_FOR["register", "read"]


def decide(by: Standing, action: Action, resource: Resource) -> Permission:
    """Whether somebody may take an action on a resource, and which fields are opened to them."""
    purpose = by.purpose or purpose_of(by.viewer.role, resource.category)
    found = circumstances(by, action, resource, purpose)
    permitted, rules, opens, reviewed = _judged(resource.category, action, found)
    return Permission(permitted, rules, opens, reviewed, purpose)


@lru_cache(4096)
def _judged(
    category: Category, action: Action, found: frozenset[Circumstance]
) -> tuple[bool, tuple[str, ...], frozenset[PersonalClass], bool]:
    """What the rules say; the same circumstances come again and again."""
    fired = [rule for rule in RULES if rule.fires(category, action, found)]
    forbidding = tuple(rule.id for rule in fired if rule.effect == "forbid")
    if forbidding:
        return False, forbidding, frozenset(), False
    permitting = [rule for rule in fired if rule.effect == "permit"]
    if not permitting:
        return False, (NO_RULE,), frozenset(), False
    closing = [rule for rule in fired if rule.effect == "close"]
    opened: set[PersonalClass] = {one for rule in fired if rule.effect == "open" for one in rule.fields}
    opens = frozenset(opened) - {one for rule in closing for one in rule.fields}
    # Reviewed is what would not be seen but for the broken glass.
    reviewed = "glass-broken" in found and not _judged(category, action, found - {"glass-broken"})[0]
    return True, tuple(rule.id for rule in (*permitting, *closing)), opens, reviewed


def circumstances(by: Standing, action: Action, resource: Resource, purpose: Purpose) -> frozenset[Circumstance]:
    """What holds, of all that a rule can name."""
    found: list[Circumstance] = []
    viewer, kind = by.viewer, by.kind
    if viewer.role == "system":
        found.append("the-system")
        if kind is None:
            found.append("of-the-partnership")
    if kind is not None:
        found.append("of-the-partnership")
        if kind in STREET_AGENCIES:
            found.append("street-agency")
        if kind in HEALTH_AGENCIES:
            found.append("health-agency")
        if kind == "police":
            found.append("police")
        if kind == "partnership":
            found.append("of-the-body")
    if by.partnership.in_post(viewer):
        found.append("in-post")
    if viewer.role in ROLES_FOR.get((resource.category, action), frozenset()):
        found.append("role-listed")
    found += [name for name, roles in OF_ROLE.items() if viewer.role in roles]
    if resource.of_person:
        found.append("about-a-person")
        found += _of_person(by, action, resource, purpose)
    return frozenset(found)


def _of_person(by: Standing, action: Action, resource: Resource, purpose: Purpose) -> list[Circumstance]:
    found: list[Circumstance] = []
    viewer, known, at = by.viewer, by.partnership, by.at
    authors = resource.authors
    if authors is None:
        authors = resource.parties or resource.relationship.first
    if viewer.agency in authors:
        found.append("own")
    if viewer.agency in resource.parties:
        found.append("party")
    if viewer.agency in resource.parties or viewer.agency in resource.relationship.agencies:
        found.append("concerned")
    found += _said_of(viewer, resource, at)
    if resource.basis is not None:
        found.append("basis-live" if resource.basis == "live" else "basis-ended")
    if action == "read" and any(one.opens_for(viewer, at) for one in resource.relationship.broken):
        found.append("glass-broken")
    crossing = _crossing(by, resource.category, authors, purpose)
    if crossing is not None:
        found.append("crosses")
    for one in known.agreements.values():
        if (
            viewer.agency in one.parties
            and resource.category in one.categories
            and purpose in one.purposes
            and authors <= one.parties
            and one.is_live(at)
        ):
            found.append("agreed")
            if crossing in one.crossings:
                found.append("crossing-agreed")
    return found


def _said_of(viewer: Actor, resource: Resource, at: dt.datetime) -> list[Circumstance]:
    """What is said of the look itself, and whether the record is restricted to it."""
    said: tuple[tuple[Circumstance, bool], ...] = (
        ("in-the-room", resource.in_room),
        ("warns", resource.warns),
        ("keeps", resource.keeps),
        ("for-the-person", resource.for_the_person),
    )
    found = [name for name, holds in said if holds]
    restrictions = resource.relationship.restriction_on(resource.category, at)
    if restrictions:
        found.append("restricted")
        if all(one.leaves_open(viewer.agency, at) for one in restrictions):
            found.append("restricted-use-allowed")
    return found


def regime_of(category: Category, authors: frozenset[AgencyId], known: Partnership) -> Regime:
    """Under which part of the law a record is processed: street work of the police is law enforcement."""
    if category == "engagement" and any(known.kind_of(one) == "police" for one in authors):
        return "law-enforcement"
    return "general"


def _crossing(by: Standing, category: Category, authors: frozenset[AgencyId], purpose: Purpose) -> Crossing | None:
    """Whether the record's regime is another than that of the viewer's purpose."""
    if not authors:
        return None
    enforcing = purpose == "prevention" and by.kind == "police"
    recorded = regime_of(category, authors, by.partnership)
    if recorded == "law-enforcement" and not enforcing:
        return "law-enforcement-to-general"
    if recorded == "general" and enforcing:
        return "general-to-law-enforcement"
    return None
