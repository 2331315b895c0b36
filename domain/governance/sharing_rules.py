"""The sharing policy as a panel reads it: which roles may do what at all, and the rules, each with its sentence.

Rules name circumstances. One that forbids beats every one that permits, one that closes a class of fields beats every
one that opens it, and what no rule permits is denied: `domain.governance.sharing` asks them (ADR 0024).
"""

from collections.abc import Mapping
from typing import Final, Literal

import msgspec

from domain.actors import COORDINATORS, OFFICERS, Role
from domain.codes import AgencyKind
from domain.facts import PersonalClass
from domain.governance.scope import PROTECTS_DATA, SAFEGUARDS, Action, Category
from domain.rights import restriction

POLICY_VERSION: Final = "sharing-4"

FRONT_LINE: Final[frozenset[Role]] = OFFICERS | COORDINATORS | {"outreach-worker", "agency-worker", "supervisor"}
AUTHORISERS: Final[frozenset[Role]] = COORDINATORS | {"supervisor", "legal"}
EVERYBODY: Final[frozenset[Role]] = (
    FRONT_LINE | AUTHORISERS | PROTECTS_DATA | {"safeguarding-lead", "administrator", "system"}
)

STREET_AGENCIES: Final[frozenset[AgencyKind]] = frozenset(
    {"police", "district-council", "town-council", "county-council", "partnership"}
)
"""Those who run the ladder see each other's street work."""
HEALTH_AGENCIES: Final[frozenset[AgencyKind]] = frozenset({"health", "drug-and-alcohol"})
"""Those who may read health fields of what they are party to: a police view never shows a substance or diagnosis."""

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
    ("administration", "write"): COORDINATORS | {"administrator", "system"},
    ("report", "read"): EVERYBODY | {"panel-member"},
    ("operations", "read"): frozenset({"administrator", "system"}),
    ("operations", "write"): frozenset({"administrator", "system"}),
    ("disclosure", "read"): FRONT_LINE | PROTECTS_DATA | SAFEGUARDS | {"legal", "system"},
    ("disclosure", "write"): FRONT_LINE | SAFEGUARDS | {"legal", "system"},
    # Each worker her own looks; whose else, `access.audience` says.
    ("ledger", "read"): FRONT_LINE | PROTECTS_DATA | {"safeguarding-lead", "legal"},
    # What panels found and ask is for everybody; the packs are for who sits in the room, which a rule says.
    ("scrutiny", "read"): EVERYBODY | {"panel-member"},
    ("scrutiny", "write"): COORDINATORS | {"panel-member", "administrator", "supervisor", "system"},
    # Whoever works with people is asked; the register of all that was asked is for those who answer for it.
    ("rights", "read"): FRONT_LINE | PROTECTS_DATA | {"safeguarding-lead", "legal", "system"},
    ("rights", "search"): COORDINATORS | PROTECTS_DATA,
    ("rights", "write"): FRONT_LINE | PROTECTS_DATA | {"safeguarding-lead", "legal", "system"},
}
"""Which roles may take which kind of action at all. What is not listed is denied."""

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

NO_RULE: Final = "does-not-concern-your-agency"
"""What is said where nothing permits it."""

OF_ROLE: Final[Mapping[Circumstance, frozenset[Role]]] = {
    "coordinates": COORDINATORS,
    "protects-data": PROTECTS_DATA,
    "safeguards": SAFEGUARDS,
    "sits-on-a-panel": frozenset({"panel-member"}),
}
"""What holds of whoever has one of these roles."""


def text_of(rule: str) -> str:
    """What a rule says, in a sentence."""
    known = BY_ID.get(rule)
    return "Nothing that is agreed or recorded lets your agency see this." if known is None else known.text
