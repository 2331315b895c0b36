"""What a person agreed to, and on which other basis information about them may be shared.

Agreement to be referred is told apart from consent as the basis in data protection. An agreement given to an officer who
holds a ticket is weak until it is renewed at the hub. Withdrawal, narrowing and expiry stop sharing on that consent from
then on; what was shared before was shared rightly, and other bases stand.
"""

import datetime as dt
from typing import Annotated, Literal

import msgspec

from domain.codes import InformationCategory
from domain.facts import Command, Fact, IdentityText, Line, Personal, Slug, Text
from domain.ids import ID_PATTERN, AgencyId, BasisId, ConsentId, PersonId
from domain.people.person import Language

ConsentKind = Literal["agreement-to-be-referred", "data-protection-basis"]

Purpose = Literal["support", "referral", "duty-to-refer", "case-panel"]

GivenTo = Literal["officer-with-ticket", "worker", "hub"]
"""Who asked, and where. What is said to an officer holding a ticket may not be said freely."""

CapacityAnswer = Literal["not-asked", "confirmed", "assessed", "in-doubt"]
"""Capacity to decide this: presumed and confirmed in talking, assessed for this decision, or in doubt (Mental Capacity
Act 2005 ss.1-3)."""

LawfulBasis = Literal["strict-necessity", "public-task", "legal-obligation", "vital-interests", "safeguarding"]
"""Bases other than consent: UK GDPR art. 6(1)(c)-(e), Data Protection Act 2018 s.35(5) and Schedule 8."""

ScheduleEight = Literal[
    "statutory-purpose",
    "administration-of-justice",
    "vital-interests",
    "safeguarding",
    "already-public",
    "legal-claims",
    "judicial-acts",
    "preventing-fraud",
    "archiving",
]
"""A condition of Schedule 8 to the Data Protection Act 2018."""

Recipient = Annotated[str, msgspec.Meta(pattern=ID_PATTERN)]
"""An agency that may receive. It is no `AgencyId` in these facts: a person does not concern an agency because they were
asked whether it may be told."""

Recipients = Annotated[frozenset[Recipient], msgspec.Meta(min_length=1, max_length=50)]
Categories = Annotated[frozenset[InformationCategory], msgspec.Meta(min_length=1)]


class ConsentRequested(Fact, type="consent-requested", version=1, tags=("person", "consent")):
    """Somebody was asked whether these agencies may know these kinds of things about them, to this end."""

    consent: ConsentId
    person: PersonId
    by_agency: AgencyId
    kind: ConsentKind
    purpose: Purpose
    recipients: frozenset[str]
    categories: frozenset[InformationCategory]


class ConsentGiven(Fact, type="consent-given", version=1, tags=("person", "consent")):
    """They said yes to this much, in a language they understand, until the end of a day."""

    consent: ConsentId
    person: PersonId
    by_agency: AgencyId
    kind: ConsentKind
    purpose: Purpose
    recipients: frozenset[str]
    categories: frozenset[InformationCategory]
    given_to: GivenTo
    weak: bool
    capacity: CapacityAnswer
    language: str
    interpreter: bool
    expires_on: dt.date
    witness: IdentityText = None


class ConsentRefused(Fact, type="consent-refused", version=1, tags=("person", "consent")):
    """They said no. Nothing follows from it but that nothing is shared on this consent."""

    consent: ConsentId
    person: PersonId
    by_agency: AgencyId


class ConsentNarrowed(Fact, type="consent-narrowed", version=1, tags=("person", "consent")):
    """They agree to no more than this from now on."""

    consent: ConsentId
    person: PersonId
    by_agency: AgencyId
    recipients: frozenset[str]
    categories: frozenset[InformationCategory]


class ConsentWithdrawn(Fact, type="consent-withdrawn", version=1, tags=("person", "consent")):
    """They no longer agree."""

    consent: ConsentId
    person: PersonId
    by_agency: AgencyId
    reason: IdentityText = None


class ConsentRenewed(Fact, type="consent-renewed", version=1, tags=("person", "consent")):
    """They said yes again to the same, freely, until the end of a later day."""

    consent: ConsentId
    person: PersonId
    by_agency: AgencyId
    capacity: CapacityAnswer
    language: str
    interpreter: bool
    expires_on: dt.date
    witness: IdentityText = None


class ConsentExpired(Fact, type="consent-expired", version=1, tags=("person", "consent")):
    """The day it was given until has passed."""

    consent: ConsentId
    person: PersonId


class BasisRecorded(Fact, type="basis-recorded", version=1, tags=("person", "basis")):
    """A decision that information may be shared without consent, with its rationale.

    `overrides` names the consents that were refused or withdrawn and are overridden: the safeguarding lead is alerted.
    """

    basis: BasisId
    person: PersonId
    by_agency: AgencyId
    lawful: LawfulBasis
    condition: ScheduleEight | None
    recipients: frozenset[str]
    categories: frozenset[InformationCategory]
    until: dt.date
    overrides: frozenset[ConsentId] = frozenset()
    rationale: IdentityText = None


class BasisEnded(Fact, type="basis-ended", version=1, tags=("person", "basis")):
    """Nothing more is shared on this basis."""

    basis: BasisId
    person: PersonId
    by_agency: AgencyId
    rationale: IdentityText = None


class RequestConsent(Command):
    """Ask a person whether these agencies may know these kinds of things about them."""

    consent: Annotated[ConsentId, Slug]
    person: PersonId
    kind: ConsentKind
    purpose: Purpose
    recipients: Recipients
    categories: Categories


class GiveConsent(Command):
    """Record that the person agrees, to all that was asked or to less (None: to all of it)."""

    consent: ConsentId
    person: PersonId
    given_to: GivenTo
    capacity: CapacityAnswer
    language: Language
    expires_on: dt.date
    interpreter: bool = False
    recipients: Recipients | None = None
    categories: Categories | None = None
    witness: Annotated[Line | None, Personal("identity")] = None


class RefuseConsent(Command):
    """Record that the person does not agree."""

    consent: ConsentId
    person: PersonId


class NarrowConsent(Command):
    """Record that the person agrees to no more than this (None: as before)."""

    consent: ConsentId
    person: PersonId
    recipients: Recipients | None = None
    categories: Categories | None = None


class WithdrawConsent(Command):
    """Record that the person no longer agrees."""

    consent: ConsentId
    person: PersonId
    reason: Annotated[Text | None, Personal("identity")] = None


class RenewConsent(Command):
    """Record that the person agrees again to the same: freely at the hub, or before it runs out."""

    consent: ConsentId
    person: PersonId
    capacity: CapacityAnswer
    language: Language
    expires_on: dt.date
    interpreter: bool = False
    witness: Annotated[Line | None, Personal("identity")] = None


class ExpireConsent(Command):
    """Record that the last day of a consent has passed: for the follow-up process."""

    consent: ConsentId
    person: PersonId


class RecordBasis(Command):
    """Record why information may be shared without consent."""

    basis: Annotated[BasisId, Slug]
    person: PersonId
    lawful: LawfulBasis
    recipients: Recipients
    categories: Categories
    until: dt.date
    rationale: Annotated[Text, Personal("identity")]
    condition: ScheduleEight | None = None


class EndBasis(Command):
    """Record that nothing more is shared on a basis, and why."""

    basis: BasisId
    person: PersonId
    rationale: Annotated[Text, Personal("identity")]
