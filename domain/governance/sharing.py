"""Who may do and see what: one pure, total function over rules as data that a panel can read. Deny is the default.

What is asked is turned into plain circumstances (the agency is party to a live agreement, the person concerns it, the
worker is in post). Rules name circumstances: one that forbids beats every one that permits, one that closes a class of
fields beats every one that opens it. So the answer can be told in the words of the rules that fired (ADR 0024).

A person concerns an agency once a fact about that person names it; that opens nothing by itself: what others recorded
is seen under an agreement, what an agency recorded or was asked is its own.
"""

import datetime as dt
from collections.abc import Mapping
from functools import lru_cache
from typing import Final, Literal

import msgspec

from domain.actors import Actor, Role
from domain.codes import AgencyKind, EpisodeOutcome
from domain.facts import Fact, Knowledge, PersonalClass, Query, QueryItem, declared
from domain.governance import break_glass
from domain.governance.break_glass import BrokenGlass
from domain.governance.partnership import Partnership
from domain.governance.scope import PROTECTS_DATA, SAFEGUARDS, Action, Category, Crossing, Purpose, Regime, purpose_of
from domain.ids import AgencyId, PersonId
from domain.rights import restriction
from domain.rights.restriction import ProcessingRestriction, Restricted

POLICY_VERSION: Final = "sharing-4"

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
    """A field that not everybody needs who may see the rest.

    An open one whose code can say something of somebody's health, with the codes that are left out together; or, with
    `roles`, one that is for these roles alone.

    Left out alone, a code would be told by being left out: so each is left out with others that say nothing of health.
    `codes` of None: whatever the field says. `together` are the fields that would tell it and go unnamed. `by` is the
    field with the agency that recorded it, which may see what it recorded; None where nobody recorded it as such.
    """

    field: str
    codes: frozenset[str] | None
    together: tuple[str, ...] = ()
    by: str | None = "by_agency"
    roles: frozenset[Role] = frozenset()


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
    "MergeReviewed": (NeedToKnow(field="concerned", codes=None, by=None),),
    # What a review says of a worker is for those who review. Who broke the glass is told what was found (the row).
    "GlassReviewed": (NeedToKnow(field="finding", codes=None, together=("rationale",), by=None, roles=PROTECTS_DATA),),
    "BreakGlassRow": (NeedToKnow(field="rationale", codes=None, by=None, roles=PROTECTS_DATA),),
}
"""The fields that are left out of what may be seen, by the class of fact or row: open fields of street work and of the
register that can betray health, and what was found of a worker.

That a health or treatment referral exists is itself need-to-know (domain, "What the law asks", 7).
"""

ROLES_FOR: Final[Mapping[tuple[Category, Action], frozenset[Role]]] = {
    ("register", "read"): FRONT_LINE | PROTECTS_DATA | {"safeguarding-lead", "legal", "system"},
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
    ("disclosure", "read"): FRONT_LINE | PROTECTS_DATA | SAFEGUARDS | {"legal", "system"},
    ("disclosure", "write"): FRONT_LINE | SAFEGUARDS | {"legal", "system"},
    # Each worker her own looks; whose else, `access.audience` says.
    ("ledger", "read"): FRONT_LINE | PROTECTS_DATA | {"safeguarding-lead", "legal"},
    # What panels found and ask is for everybody; the packs are for who sits in the room, which a rule says.
    ("scrutiny", "read"): EVERYBODY | {"panel-member"},
    ("scrutiny", "write"): frozenset(
        {"panel-member", "administrator", "supervisor", "hub-coordinator", "problem-solving-coordinator", "system"}
    ),
    # Whoever works with people is asked; the register of all that was asked is for those who answer for it.
    ("rights", "read"): FRONT_LINE | PROTECTS_DATA | {"safeguarding-lead", "legal", "system"},
    ("rights", "search"): COORDINATORS | PROTECTS_DATA,
    ("rights", "write"): FRONT_LINE | PROTECTS_DATA | {"safeguarding-lead", "legal", "system"},
}
"""Which roles may take which kind of action at all. What is not listed is denied."""


def counts_only(viewer: Actor) -> bool:
    """Whether a role may read counts and nobody's entry: to such a viewer no count may tell of a single person."""
    return viewer.role not in ROLES_FOR["register", "read"]


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


Circumstance = Literal[
    "the-system",
    "of-the-partnership",
    "in-post",
    "role-listed",
    "about-a-person",
    "own",
    "party",
    "concerned",
    "coordinates",
    "protects-data",
    "of-the-body",
    "safeguards",
    "street-agency",
    "health-agency",
    "police",
    "agreed",
    "crosses",
    "crossing-agreed",
    "basis-live",
    "basis-ended",
    "glass-broken",
    "in-the-room",
    "sits-on-a-panel",
    "restricted",
    "restricted-use-allowed",
    "warns",
    "keeps",
    "for-the-person",
]
"""What a rule can name."""


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """In these categories and actions (all, where None), `when` all of these hold and none of `unless`."""

    id: str
    effect: Literal["permit", "forbid", "open", "close"]
    text: str
    when: frozenset[Circumstance] = frozenset()
    unless: frozenset[Circumstance] = frozenset()
    categories: frozenset[Category] | None = None
    actions: frozenset[Action] | None = None
    fields: frozenset[PersonalClass] = frozenset()

    def fires(self, category: Category, action: Action, circumstances: frozenset[Circumstance]) -> bool:
        """Whether it says anything here."""
        return (
            (self.categories is None or category in self.categories)
            and (self.actions is None or action in self.actions)
            and self.when <= circumstances
            and not self.unless & circumstances
        )


def _of(*names: Circumstance) -> frozenset[Circumstance]:
    return frozenset(names)


def _in(*names: Category) -> frozenset[Category]:
    return frozenset(names)


RULES: Final[tuple[Rule, ...]] = (
    Rule(
        id="agency-not-of-this-partnership",
        effect="forbid",
        text="Only agencies of the partnership see or do anything.",
        unless=_of("of-the-partnership"),
    ),
    Rule(
        id="not-in-post",
        effect="forbid",
        text="A worker acts in the post that they hold now; who left, or holds another, does not.",
        unless=_of("in-post"),
    ),
    Rule(
        id="role-not-listed",
        effect="forbid",
        text="Each kind of record is for the roles that need it.",
        unless=_of("role-listed"),
    ),
    Rule(
        id="crossing-without-basis",
        effect="forbid",
        text=(
            "A law-enforcement record is used for other purposes, or the other way round, only where the agreement "
            "names the basis in law (Data Protection Act 2018 s.36(4))."
        ),
        when=_of("crosses"),
        unless=_of("own", "party", "crossing-agreed", "glass-broken", "the-system"),
    ),
    Rule(
        id="processing-restricted",
        effect="forbid",
        text=(
            "While processing is restricted, the record is kept and not used, but on an exception of UK GDPR art. "
            "18(2) that a human named."
        ),
        categories=_in(*restriction.RESTRICTABLE),
        actions=frozenset({"read"}),
        when=_of("about-a-person", "restricted"),
        unless=_of("restricted-use-allowed", "protects-data", "safeguards", "glass-broken", "warns", "the-system"),
    ),
    Rule(
        id="restricted-record-is-not-acted-on",
        effect="forbid",
        text="Nothing is done on a restricted record: what is seen or said is recorded, and the record put right.",
        categories=_in("engagement", "hub", "support", "duty"),
        actions=frozenset({"write"}),
        when=_of("about-a-person", "restricted"),
        unless=_of("restricted-use-allowed", "safeguards", "keeps", "the-system"),
    ),
    Rule(
        id="system-acts-without-opening",
        effect="permit",
        text="The system does what time does, and opens no personal field.",
        when=_of("the-system"),
    ),
    Rule(
        id="not-about-a-person",
        effect="permit",
        text="What is about no person is for the roles that need it.",
        unless=_of("about-a-person", "the-system"),
    ),
    Rule(
        id="your-agency-recorded-it",
        effect="permit",
        text="An agency sees what it recorded itself.",
        categories=_in("register", "engagement", "hub", "support", "duty", "disclosure", "rights"),
        when=_of("about-a-person", "own"),
    ),
    Rule(
        id="register-searched-under-agreement",
        effect="permit",
        text="That somebody is registered is visible to the parties of a live agreement, so nobody is entered twice.",
        categories=_in("register"),
        actions=frozenset({"search"}),
        when=_of("about-a-person", "agreed"),
    ),
    Rule(
        id="concerns-your-agency",
        effect="permit",
        text="The register entry of a person who concerns your agency is shared under a live agreement.",
        categories=_in("register"),
        when=_of("about-a-person", "concerned", "agreed"),
    ),
    Rule(
        id="shared-on-a-basis",
        effect="permit",
        text="Whom an agency is told of with the person's consent, or on another recorded basis, it may know by name.",
        categories=_in("register"),
        when=_of("about-a-person", "concerned", "basis-live"),
    ),
    Rule(
        id="coordinators-see-the-register",
        effect="permit",
        text="Coordinators see the register of all, under a live agreement.",
        categories=_in("register"),
        when=_of("about-a-person", "coordinates", "agreed"),
    ),
    Rule(
        id="data-protection-sees-the-register",
        effect="permit",
        text=(
            "Who protects an agency's data sees whose record it is, of those who concern the agency (UK GDPR art. 39; "
            "Data Protection Act 2018 s.71)."
        ),
        categories=_in("register"),
        actions=frozenset({"read", "search"}),
        when=_of("about-a-person", "protects-data", "concerned"),
    ),
    Rule(
        id="the-body-protects-the-register",
        effect="permit",
        text="Who protects data for the partnership's own body sees whose record it is, of everybody.",
        categories=_in("register"),
        actions=frozenset({"read", "search"}),
        when=_of("about-a-person", "protects-data", "of-the-body"),
    ),
    Rule(
        id="street-work-is-shared",
        effect="permit",
        text="Those who run the ladder share their work with a person who concerns them, under a live agreement.",
        categories=_in("engagement"),
        when=_of("about-a-person", "street-agency", "concerned", "agreed"),
    ),
    Rule(
        id="coordinators-see-street-work",
        effect="permit",
        text="Coordinators of an agency that runs the ladder see its work with everybody, under a live agreement.",
        categories=_in("engagement"),
        when=_of("about-a-person", "street-agency", "coordinates", "agreed"),
    ),
    Rule(
        id="hub-is-shared-with-those-concerned",
        effect="permit",
        text="Who came to the hub is shared with those whom the person concerns, under a live agreement.",
        categories=_in("hub"),
        when=_of("about-a-person", "concerned", "agreed"),
    ),
    Rule(
        id="coordinators-see-the-hub",
        effect="permit",
        text="Coordinators see who is expected at the hub and who came, under a live agreement.",
        categories=_in("hub"),
        when=_of("about-a-person", "coordinates", "agreed"),
    ),
    Rule(
        id="party-to-the-support",
        effect="permit",
        text=(
            "A referral, plan, consent or notification is for the agencies that it is between. That there is one is "
            "itself need-to-know."
        ),
        categories=_in("support", "duty"),
        when=_of("about-a-person", "party"),
    ),
    Rule(
        id="glass-broken",
        effect="permit",
        text="Somebody at risk: opened without a relationship for a short time, and always reviewed.",
        categories=_in("register", "engagement", "hub"),
        actions=frozenset({"read"}),
        when=_of("about-a-person", "glass-broken"),
    ),
    Rule(
        id="glass-broken-for-care",
        effect="permit",
        text="Somebody at risk: health and treatment agencies see others' support too, for a short time, and reviewed.",
        categories=_in("support", "duty"),
        actions=frozenset({"read"}),
        when=_of("about-a-person", "glass-broken", "health-agency"),
    ),
    Rule(
        id="data-protection-reviews-disclosures",
        effect="permit",
        text=(
            "What was told without consent, and every look in an emergency, is reviewed by those who protect data for "
            "the partnership's own body."
        ),
        categories=_in("disclosure"),
        actions=frozenset({"read"}),
        when=_of("about-a-person", "protects-data", "of-the-body"),
    ),
    Rule(
        id="safeguarding-is-alerted",
        effect="permit",
        text="Where somebody at risk is told of against their refusal, the safeguarding lead is alerted.",
        categories=_in("disclosure"),
        actions=frozenset({"read"}),
        when=_of("about-a-person", "safeguards"),
    ),
    Rule(
        id="data-protection-reads-the-ledger",
        effect="permit",
        text=(
            "Who looked is for those who protect data, for lawfulness, self-monitoring, integrity and discipline alone "
            "(Data Protection Act 2018 s.62(4))."
        ),
        categories=_in("ledger"),
        actions=frozenset({"read"}),
        when=_of("about-a-person", "protects-data"),
    ),
    Rule(
        id="your-own-looks",
        effect="permit",
        text="A worker sees their own looks at a person who concerns them; whose else, the ledger's own rule says.",
        categories=_in("ledger"),
        actions=frozenset({"read"}),
        when=_of("about-a-person", "concerned"),
    ),
    Rule(
        id="coordinators-see-their-own-looks",
        effect="permit",
        text="Coordinators see their own looks at everybody.",
        categories=_in("ledger"),
        actions=frozenset({"read"}),
        when=_of("about-a-person", "coordinates"),
    ),
    Rule(
        id="rights-are-asked-of-anybody",
        effect="permit",
        text="A person asks or complains of any agency that works with them; it enters that, and who was told.",
        categories=_in("rights"),
        actions=frozenset({"write"}),
        when=_of("about-a-person", "concerned"),
    ),
    Rule(
        id="data-protection-answers-for-rights",
        effect="permit",
        text="What people ask is answered by those who protect data for the partnership's own body.",
        categories=_in("rights"),
        when=_of("about-a-person", "protects-data", "of-the-body"),
    ),
    Rule(
        id="coordinators-answer-for-rights",
        effect="permit",
        text="Coordinators of the partnership's own body see to it that people are answered.",
        categories=_in("rights"),
        when=_of("about-a-person", "coordinates", "of-the-body"),
    ),
    Rule(
        id="panel-looks-in-the-room",
        effect="permit",
        text="Who sits on a scrutiny panel looks at the cases that it drew, while the chair keeps the room open.",
        categories=_in("scrutiny"),
        actions=frozenset({"read"}),
        when=_of("about-a-person", "sits-on-a-panel", "in-the-room"),
    ),
    Rule(
        id="identity-opens",
        effect="open",
        text="Who it is, to whoever may see the record.",
        categories=_in("register", "engagement", "hub", "support", "duty", "disclosure", "rights"),
        when=_of("about-a-person"),
        fields=frozenset({"identity"}),
    ),
    Rule(
        id="laid-out-for-the-person",
        effect="open",
        text=(
            "All that is held, to who protects data and lays it out for the person it is about, who asked for it "
            "(UK GDPR art. 15)."
        ),
        categories=_in("rights"),
        actions=frozenset({"read"}),
        when=_of("about-a-person", "protects-data", "for-the-person"),
        fields=frozenset({"identity", "health", "intelligence"}),
    ),
    Rule(
        id="intelligence-opens-to-street-agencies",
        effect="open",
        text="What officers observed or were told, to the agencies that run the ladder.",
        categories=_in("register", "engagement", "hub", "support", "duty"),
        when=_of("about-a-person", "street-agency"),
        fields=frozenset({"intelligence"}),
    ),
    Rule(
        id="health-opens-to-health-agencies",
        effect="open",
        text="Health, to health and treatment agencies that are party to it, or opened it in an emergency.",
        categories=_in("support", "duty"),
        when=_of("about-a-person", "health-agency"),
        fields=frozenset({"health"}),
    ),
    Rule(
        id="panel-reads-what-was-written",
        effect="open",
        text="What was written of a decision, to the panel that looks at it; names, places and numbers are taken out.",
        categories=_in("scrutiny"),
        actions=frozenset({"read"}),
        when=_of("about-a-person", "sits-on-a-panel", "in-the-room"),
        fields=frozenset({"intelligence"}),
    ),
    Rule(
        id="system-opens-nothing",
        effect="close",
        text="The system opens no personal field.",
        when=_of("the-system"),
        fields=frozenset({"identity", "health", "intelligence"}),
    ),
    Rule(
        id="police-see-no-health",
        effect="close",
        text="A police view never shows a substance, a dose or a diagnosis (Caldicott principles 3 and 4).",
        when=_of("police"),
        fields=frozenset({"health"}),
    ),
    Rule(
        id="restricted-record-is-found-unopened",
        effect="close",
        text="Whoever looks for somebody finds that there is a restricted record, so nobody is entered twice.",
        categories=_in("register"),
        actions=frozenset({"search"}),
        when=_of("about-a-person", "restricted"),
        unless=_of("restricted-use-allowed", "protects-data", "safeguards"),
        fields=frozenset({"identity", "health", "intelligence"}),
    ),
    Rule(
        id="basis-ended",
        effect="close",
        text="What was shared on a consent or basis that has ended is opened to its recipient no more.",
        categories=_in("support"),
        when=_of("basis-ended"),
        unless=_of("own"),
        fields=frozenset({"identity", "health", "intelligence"}),
    ),
)
"""The sharing policy. Their order is the order in which they are told."""

BY_ID: Final[Mapping[str, Rule]] = {one.id: one for one in RULES}


OF_ROLE: Final[Mapping[Circumstance, frozenset[Role]]] = {
    "coordinates": COORDINATORS,
    "protects-data": PROTECTS_DATA,
    "safeguards": SAFEGUARDS,
    "sits-on-a-panel": frozenset({"panel-member"}),
}
"""What holds of whoever has one of these roles."""


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


def text_of(rule: str) -> str:
    """What a rule says, in a sentence."""
    known = BY_ID.get(rule)
    return "Nothing that is agreed or recorded lets your agency see this." if known is None else known.text


NO_RULE: Final = "does-not-concern-your-agency"
"""What is said where nothing permits it."""


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


def withheld(record: msgspec.Struct, viewer: Actor, opens: frozenset[PersonalClass]) -> tuple[NeedToKnow, ...]:
    """What is left out of a fact or row, shown to somebody who may open these classes."""
    rules = NEED_TO_KNOW.get(type(record).__name__)
    if not rules:
        return ()
    return tuple(
        rule
        for rule in rules
        if (viewer.role not in rule.roles if rule.roles else "health" not in opens)
        and (value := getattr(record, rule.field))
        and (rule.codes is None or value in rule.codes)
        and (rule.by is None or getattr(record, rule.by) != viewer.agency)
    )
