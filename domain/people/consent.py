"""What a person agreed to, and on which other basis information about them may be shared.

Agreement to be referred is told apart from consent as the basis in data protection. An agreement given to an officer
who holds a ticket is weak until it is renewed at the hub. Withdrawal, narrowing and expiry stop sharing on that consent
from then on; what was shared before was shared rightly, and other bases stand.
"""

import datetime as dt
from typing import Annotated, Final, Literal

import msgspec

from domain.calendar import end_of_day
from domain.codes import InformationCategory
from domain.facts import Fact, IdentityText, Instant, Knowledge, knowing
from domain.ids import ID_PATTERN, AgencyId, BasisId, ConsentId, PersonId

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


class Scope(msgspec.Struct, frozen=True):
    """Who may receive what."""

    recipients: frozenset[str]
    categories: frozenset[InformationCategory]

    def taking(self, recipients: frozenset[str] | None, categories: frozenset[InformationCategory] | None) -> "Scope":
        """These recipients and categories, or the same as here where None."""
        return Scope(
            self.recipients if recipients is None else recipients, self.categories if categories is None else categories
        )

    def within(self, other: "Scope") -> bool:
        return self.recipients <= other.recipients and self.categories <= other.categories

    def meets(self, other: "Scope") -> bool:
        return bool(self.recipients & other.recipients and self.categories & other.categories)

    def narrowed(self, other: "Scope") -> "Scope":
        return Scope(self.recipients & other.recipients, self.categories & other.categories)


class Basis(msgspec.Struct, frozen=True):
    """What a sharing rests on. A weak consent asks to be renewed at the hub."""

    id: str
    lawful: LawfulBasis | Literal["consent"]
    weak: bool
    until: dt.date


class Consent(msgspec.Struct, frozen=True):
    """What became of one consent, each step with the moment at which it happened."""

    id: ConsentId
    person: PersonId
    kind: ConsentKind
    purpose: Purpose
    asked: Scope
    asked_at: Instant
    given: Scope | None = None
    given_at: Instant | None = None
    weak: bool = False
    expires_on: dt.date = dt.date.min
    refused_at: Instant | None = None
    narrowings: tuple[tuple[Instant, Scope], ...] = ()
    renewals: tuple[tuple[Instant, dt.date], ...] = ()
    withdrawn_at: Instant | None = None
    expired_on: dt.date | None = None

    def scope(self, at: dt.datetime) -> Scope:
        """What was agreed to at a moment, whether or not it was in force."""
        scope = self.given or Scope(frozenset(), frozenset())
        for narrowed_at, narrower in self.narrowings:
            if narrowed_at <= at:
                scope = scope.narrowed(narrower)
        return scope

    def until(self, at: dt.datetime) -> dt.date:
        """Its last day, as it stood at a moment."""
        return max((one for one in self.renewals if one[0] <= at), default=(at, self.expires_on))[1]

    def is_weak(self, at: dt.datetime) -> bool:
        """Whether it was given to an officer with a ticket and not renewed by then."""
        return self.weak and not any(renewed_at <= at for renewed_at, _ in self.renewals)

    def is_live(self, at: dt.datetime) -> bool:
        """Whether sharing could rest on it at a moment, weakly or not."""
        given = self.given_at is not None and self.given_at <= at
        withdrawn = self.withdrawn_at is not None and self.withdrawn_at <= at
        return given and not withdrawn and at <= end_of_day(self.until(at))


class OtherBasis(msgspec.Struct, frozen=True):
    """A recorded basis other than consent."""

    id: BasisId
    person: PersonId
    lawful: LawfulBasis
    scope: Scope
    recorded_at: Instant
    until: dt.date
    ended_at: Instant | None = None

    def is_live(self, at: dt.datetime) -> bool:
        """Whether sharing could rest on it at a moment."""
        ended = self.ended_at is not None and self.ended_at <= at
        return self.recorded_at <= at <= end_of_day(self.until) and not ended


class Bases(msgspec.Struct, frozen=True):
    """On what information about one person may be shared.

    `apart` is what was agreed under records that were merged with this one and not reviewed yet: it opens nothing
    here, and what is closed there is closed here.
    """

    consents: tuple[Consent, ...] = ()
    others: tuple[OtherBasis, ...] = ()
    apart: tuple["Bases", ...] = ()

    def consent(self, consent: ConsentId) -> Consent | None:
        """The consent, under whichever record it was asked for."""
        every = (*self.consents, *(one for bases in self.apart for one in bases.consents))
        return next((one for one in every if one.id == consent), None)

    def other(self, basis: BasisId) -> OtherBasis | None:
        """The basis, under whichever record it was recorded."""
        every = (*self.others, *(one for bases in self.apart for one in bases.others))
        return next((one for one in every if one.id == basis), None)

    def without(self, consent: ConsentId) -> "Bases":
        """What would be left if a consent had never been given."""
        return Bases(tuple(one for one in self.consents if one.id != consent), self.others, self.apart)

    def closes(self, recipient: str, at: dt.datetime, kind: ConsentKind = "data-protection-basis") -> bool:
        """Whether something was refused to an agency or taken back from it by then, and nothing holds instead."""
        consents = [one for one in self.consents if one.kind == kind and recipient in one.asked.recipients]
        others = [
            one
            for one in self.others
            if kind == "data-protection-basis" and one.recorded_at <= at and recipient in one.scope.recipients
        ]
        if any(one.is_live(at) and recipient in one.scope(at).recipients for one in consents):
            return False
        if any(one.is_live(at) for one in others):
            return False
        answers = [one for consent in consents for one in (consent.given_at, consent.refused_at) if one is not None]
        return bool(others) or any(answered <= at for answered in answers)

    def covers(self, recipient: AgencyId, categories: frozenset[InformationCategory], at: dt.datetime) -> Basis | None:
        """A basis on which all of this could be shared with an agency at a moment, preferably not a weak one.

        An agreement to be referred is no basis in data protection, and covers nothing.
        """
        if any(one.closes(recipient, at) for one in self.apart):
            return None
        wanted = Scope(frozenset({recipient}), categories)
        return self._best(wanted, at, "data-protection-basis") or next(
            (
                Basis(one.id, one.lawful, weak=False, until=one.until)
                for one in self.others
                if one.is_live(at) and wanted.within(one.scope)
            ),
            self._best(wanted, at, "data-protection-basis", weak=True),
        )

    def standing_of(self, recipient: AgencyId, at: dt.datetime) -> Literal["live", "ended"] | None:
        """Whether an agency may know of the person on a consent or basis now, or might once; None if it never might."""
        consents = [
            one
            for one in self.consents
            if one.given is not None and one.kind == "data-protection-basis" and recipient in one.given.recipients
        ]
        others = [one for one in self.others if recipient in one.scope.recipients]
        if any(one.closes(recipient, at) for one in self.apart):
            return "ended" if consents or others else None
        if any(one.is_live(at) and recipient in one.scope(at).recipients for one in consents):
            return "live"
        if any(one.is_live(at) for one in others):
            return "live"
        return "ended" if consents or others else None

    def agreement(self, recipient: AgencyId, at: dt.datetime) -> Basis | None:
        """The person's agreement to be referred to an agency, as it stood at a moment."""
        kind: ConsentKind = "agreement-to-be-referred"
        if any(one.closes(recipient, at, kind) for one in self.apart):
            return None
        wanted = Scope(frozenset({recipient}), frozenset())
        return self._best(wanted, at, kind) or self._best(wanted, at, kind, weak=True)

    def _best(self, wanted: Scope, at: dt.datetime, kind: ConsentKind, *, weak: bool = False) -> Basis | None:
        return next(
            (
                Basis(one.id, "consent", one.is_weak(at), one.until(at))
                for one in self.consents
                if one.kind == kind and one.is_weak(at) == weak and one.is_live(at) and wanted.within(one.scope(at))
            ),
            None,
        )


def evolve(state: Bases, fact: Fact) -> Bases:
    """What a person agreed to, and what is shared without; an answer to what nobody asked says nothing."""
    change = msgspec.structs.replace
    match fact:
        case ConsentRequested():
            scope = Scope(fact.recipients, fact.categories)
            asked = Consent(fact.consent, fact.person, fact.kind, fact.purpose, scope, fact.at)
            return change(state, consents=(*state.consents, asked))
        case BasisRecorded():
            scope = Scope(fact.recipients, fact.categories)
            other = OtherBasis(fact.basis, fact.person, fact.lawful, scope, fact.at, fact.until)
            return change(state, others=(*state.others, other))
        case BasisEnded():
            ended = tuple(change(one, ended_at=fact.at) if one.id == fact.basis else one for one in state.others)
            return change(state, others=ended)
        case (
            ConsentGiven()
            | ConsentRefused()
            | ConsentNarrowed()
            | ConsentRenewed()
            | ConsentWithdrawn()
            | ConsentExpired()
        ):
            went_on = tuple(_evolve_consent(one, fact) if one.id == fact.consent else one for one in state.consents)
            return change(state, consents=went_on)
        case _:
            return state


def _evolve_consent(state: Consent, fact: Fact) -> Consent:
    change = msgspec.structs.replace
    match fact:
        case ConsentGiven():
            given = Scope(fact.recipients, fact.categories)
            return change(state, given=given, given_at=fact.at, weak=fact.weak, expires_on=fact.expires_on)
        case ConsentRefused():
            return change(state, refused_at=fact.at)
        case ConsentNarrowed():
            narrower = (fact.at, Scope(fact.recipients, fact.categories))
            return change(state, narrowings=(*state.narrowings, narrower))
        case ConsentRenewed():
            return change(state, renewals=(*state.renewals, (fact.at, fact.expires_on)))
        case ConsentWithdrawn():
            return change(state, withdrawn_at=min(fact.at, state.withdrawn_at or fact.at))
        case ConsentExpired():
            return change(state, expired_on=state.until(fact.at))
        case _:
            return state


_OF_CONSENT: Final = (
    ConsentRequested,
    ConsentGiven,
    ConsentRefused,
    ConsentNarrowed,
    ConsentRenewed,
    ConsentWithdrawn,
    ConsentExpired,
    BasisRecorded,
    BasisEnded,
)


def bases(person: PersonId) -> Knowledge[Bases]:
    """Consents and other bases, under one record of a person.

    Whoever was merged has more than one record: `application.relating.the_bases` knows them together.
    """
    return knowing(Bases(), evolve, _OF_CONSENT, f"person:{person}")


def together(one: Bases, other: Bases) -> Bases:
    """What may be shared about a human who has two records, once somebody has reviewed that they are one."""
    return Bases(one.consents + other.consents, one.others + other.others, one.apart + other.apart)


def apart(one: Bases, other: Bases) -> Bases:
    """The same before the review: what was agreed under the other record opens nothing, and closes."""
    return msgspec.structs.replace(one, apart=(*one.apart, other))


def evolve_taken(_: bool, __: Fact) -> bool:  # noqa: FBT001 - a fold
    """Whether there was any such fact."""
    return True


def is_taken(consent: ConsentId) -> Knowledge[bool]:
    """Whether anybody was asked under this id."""
    return knowing(False, evolve_taken, (ConsentRequested,), f"consent:{consent}")
