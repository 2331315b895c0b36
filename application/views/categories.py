"""Which part of a record a fact belongs to: what sharing decides by, for each line of a timeline."""

from collections.abc import Mapping
from typing import Final

from domain.engagement.hub_session import ServiceSeen
from domain.facts import Fact
from domain.governance.restoration import LogRestored
from domain.governance.scope import Category
from domain.governance.transfer import HistoryReceived, PersonTransferred, TransferAccepted
from domain.people.consent import ConsentRequested
from domain.support.duty_to_refer import NotificationFact
from domain.support.follow_up import (
    InstrumentReviewReminded,
    NotificationEscalated,
    NotificationReminded,
    SessionClosingReminded,
)

BY_MODULE: Final[Mapping[str, Category]] = {
    "domain.people.person": "register",
    "domain.people.flags": "register",
    "domain.people.merging": "register",
    "domain.people.attributing": "register",
    "domain.people.search": "register",
    "domain.people.trawling": "ledger",
    "domain.people.duplicates": "register",
    ConsentRequested.__module__: "support",
    "domain.engagement.encounter": "engagement",
    "domain.engagement.episode": "engagement",
    "domain.engagement.instrument": "engagement",
    "domain.engagement.restrictions": "engagement",
    "domain.engagement.hub_session": "hub",
    "domain.engagement.ladder": "administration",
    "domain.support.referral": "support",
    "domain.support.plan": "support",
    "domain.support.telling": "support",
    "domain.support.service": "administration",
    "domain.support.follow_up": "support",
    NotificationFact.__module__: "duty",
    "domain.governance.agency": "administration",
    "domain.governance.staff": "administration",
    "domain.governance.agreement": "administration",
    "domain.governance.partnership": "administration",
    "domain.search_limits": "administration",
    "domain.governance.break_glass": "disclosure",
    "domain.governance.disclosure": "disclosure",
    "domain.governance.contact_sheet": "administration",
    "domain.governance.between": "administration",
    "domain.governance.enquiry": "disclosure",
    "domain.governance.transfer": "disclosure",
    "domain.governance.access": "ledger",
    "domain.governance.account": "operations",
    LogRestored.__module__: "operations",
    "domain.scrutiny.panel": "scrutiny",
    "domain.scrutiny.sample": "scrutiny",
    "domain.scrutiny.grading": "scrutiny",
    "domain.scrutiny.recommendation": "scrutiny",
    "domain.scrutiny.verification": "scrutiny",
    "domain.scrutiny.reporting": "scrutiny",
    "domain.people.erased": "register",
    "domain.rights.erasure": "rights",
    "domain.rights.legal_hold": "rights",
    "domain.rights.retention": "rights",
    "domain.rights.request": "rights",
    "domain.rights.restriction": "rights",
    "domain.rights.rectification": "rights",
    "domain.rights.complaint": "rights",
    "domain.rights.breach": "rights",
    "domain.rights.reminding": "rights",
}

BY_FACT: Final[Mapping[type[Fact], Category]] = {
    # Whom somebody saw at the hub may say something of their health: it is for those two agencies.
    ServiceSeen: "support",
    NotificationReminded: "duty",
    NotificationEscalated: "duty",
    InstrumentReviewReminded: "engagement",
    SessionClosingReminded: "hub",
    # That somebody moved on, or came from elsewhere, is for all whom they concern; what came along, for who took it on.
    PersonTransferred: "register",
    TransferAccepted: "register",
    HistoryReceived: "support",
}

FOR_PARTIES: Final[frozenset[Category]] = frozenset({"support", "duty"})
"""What is of these is for its parties alone: that it exists says something of its person already."""


def category_of(fact: type[Fact]) -> Category:
    """The category of a fact. Raises KeyError for a module that is not entered here: nothing is open by default."""
    return BY_FACT.get(fact) or BY_MODULE[fact.__module__]
