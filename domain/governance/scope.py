"""The words in which agreements and the sharing policy speak: what is looked at, what is done, and to what end."""

from collections.abc import Mapping
from typing import Final, Literal

from domain.actors import COORDINATORS, OFFICERS, Role

Category = Literal[
    "register",
    "engagement",
    "hub",
    "support",
    "duty",
    "administration",
    "report",
    "operations",
    "disclosure",
    "ledger",
    "scrutiny",
    "rights",
]
"""What a record is part of: the register entry, street work, hub sessions, support (referrals, plans, consents),
duty-to-refer notifications, the partnership's administration, counts without names, the running of the system,
decisions to tell others or to look without a relationship, who looked, what scrutiny panels do, what people ask of
those who hold their data."""

SharedCategory = Literal["register", "engagement", "hub", "support", "duty"]
"""What agencies share about people, and an agreement can cover."""

Action = Literal["read", "search", "write"]

Purpose = Literal[
    "prevention", "support", "duty-to-refer", "safeguarding", "oversight", "administration", "data-protection"
]
"""To what end somebody looks or acts: preventing crime and disorder (Crime and Disorder Act 1998 s.115), helping a
person, the duty to refer (Housing Act 1996 s.213B), protecting a child or an adult at risk, counting and scrutiny,
running the partnership, and a data protection officer's tasks (UK GDPR art. 39; Data Protection Act 2018 s.71)."""

Regime = Literal["law-enforcement", "general"]
"""Under which part of the law a record is processed: Data Protection Act 2018 Part 3, or UK GDPR."""

Crossing = Literal["law-enforcement-to-general", "general-to-law-enforcement"]
"""A record of one regime used under the other needs a basis in law of its own (Data Protection Act 2018 s.36(4))."""

SAFEGUARDS: Final[frozenset[Role]] = frozenset({"safeguarding-lead"})
ENFORCES: Final[frozenset[Role]] = OFFICERS | {"legal"}
PROTECTS_DATA: Final[frozenset[Role]] = frozenset({"data-protection-officer", "privacy-officer", "caldicott-guardian"})
"""Who sees to it that the sharing is lawful, and reviews what was opened without a relationship."""
SEES_TO_RIGHTS: Final[frozenset[Role]] = PROTECTS_DATA | COORDINATORS | {"legal"}
"""Who decides whether a record is held, kept or erased."""

_PURPOSES: Final[Mapping[Category, Purpose]] = {
    "engagement": "prevention",
    "hub": "support",
    "support": "support",
    "duty": "duty-to-refer",
    "administration": "administration",
    "operations": "administration",
    "report": "oversight",
    "ledger": "data-protection",
    "scrutiny": "oversight",
    "rights": "data-protection",
}


def purpose_of(role: Role, category: Category) -> Purpose:
    """The purpose that a task has: nobody is asked for one whose task already tells it.

    The Data (Use and Access) Act 2025 s.82 drops the written justification from the consultation log.
    """
    if category in {"ledger", "rights"}:
        return "data-protection"
    if role in SAFEGUARDS and category != "scrutiny":
        return "safeguarding"
    if role in PROTECTS_DATA and category not in {"administration", "operations", "report", "scrutiny"}:
        return "data-protection"
    return _PURPOSES.get(category) or ("prevention" if role in ENFORCES else "support")
