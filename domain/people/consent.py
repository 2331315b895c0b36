"""What a person agreed to, and on which other basis information about them may be shared.

Agreement to be referred is told apart from consent as the basis in data protection. An agreement given to an officer
who holds a ticket is weak until it is renewed at the hub. Withdrawal, narrowing and expiry stop sharing on that consent
from then on; what was shared before was shared rightly, and other bases stand.
"""

import datetime as dt
from typing import Annotated, Final, Literal

import msgspec

from domain.actors import Actor, Role
from domain.calendar import civil_date, end_of_day
from domain.codes import SENSITIVE_INFORMATION, InformationCategory
from domain.facts import Command, Fact, Facts, IdentityText, Instant, Knowledge, Line, Personal, Slug, Text, knowing
from domain.ids import ID_PATTERN, AgencyId, BasisId, ConsentId, PersonId
from domain.people.person import Language, Person
from domain.refusals import AlreadyExists, Conflict, Guarded, NotPermitted, Unknown, Unreadable

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

OFFICERS: Final[frozenset[Role]] = frozenset({"constable", "pcso", "council-officer", "accredited-officer"})
"""Those who issue tickets: what is agreed with them is weak, whoever they say they were at that moment."""

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
    """On what information about one person may be shared."""

    consents: tuple[Consent, ...] = ()
    others: tuple[OtherBasis, ...] = ()

    def consent(self, consent: ConsentId) -> Consent | None:
        return next((one for one in self.consents if one.id == consent), None)

    def other(self, basis: BasisId) -> OtherBasis | None:
        return next((one for one in self.others if one.id == basis), None)

    def covers(self, recipient: AgencyId, categories: frozenset[InformationCategory], at: dt.datetime) -> Basis | None:
        """A basis on which all of this could be shared with an agency at a moment, preferably not a weak one.

        An agreement to be referred is no basis in data protection, and covers nothing.
        """
        wanted = Scope(frozenset({recipient}), categories)
        return self._best(wanted, at, "data-protection-basis") or next(
            (
                Basis(one.id, one.lawful, weak=False, until=one.until)
                for one in self.others
                if one.is_live(at) and wanted.within(one.scope)
            ),
            self._best(wanted, at, "data-protection-basis", weak=True),
        )

    def agreement(self, recipient: AgencyId, at: dt.datetime) -> Basis | None:
        """The person's agreement to be referred to an agency, as it stood at a moment."""
        wanted = Scope(frozenset({recipient}), frozenset())
        kind: ConsentKind = "agreement-to-be-referred"
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

    Whoever was merged has more than one record: `application.people.the_bases` knows them together.
    """
    return knowing(Bases(), evolve, _OF_CONSENT, f"person:{person}")


def together(one: Bases, other: Bases) -> Bases:
    """What may be shared about a human who has two records."""
    return Bases(one.consents + other.consents, one.others + other.others)


def evolve_taken(_: bool, __: Fact) -> bool:  # noqa: FBT001 - a fold
    """Whether there was any such fact."""
    return True


def is_taken(consent: ConsentId) -> Knowledge[bool]:
    """Whether anybody was asked under this id."""
    return knowing(False, evolve_taken, (ConsentRequested,), f"consent:{consent}")


class CapacityNotConfirmed(Guarded):
    """Whether they can decide this was not asked, or is in doubt."""

    code = "capacity-not-confirmed"
    rule = "Consent is given by somebody able to decide this now (Mental Capacity Act 2005 ss.1-3; UK GDPR art. 4(11))."
    permitted_by = "Confirm capacity for this decision; where a capacity flag is open, have it assessed."


class LanguageNotUnderstood(Guarded):
    """It was said in a language that they do not understand."""

    code = "language-not-understood"
    rule = "Consent is informed: it is asked for in a language that the person understands (UK GDPR arts. 4(11), 7(2))."
    permitted_by = "Ask again in a language they understand, through an interpreter where needed."


class WiderThanAsked(Unreadable):
    """More is given than was asked for."""

    code = "wider-than-asked"
    rule = "Consent is specific: it covers what was asked for, or less (UK GDPR art. 4(11))."
    permitted_by = "Ask for what is missing in a request of its own."


class OnlyNarrows(Unreadable):
    """This would widen what was agreed to."""

    code = "only-narrows"
    rule = "Narrowing a consent takes something away from it; more is asked for anew (UK GDPR art. 4(11))."
    permitted_by = "Ask for what is missing in a request of its own."


class ExpiresBeforeItBegins(Unreadable):
    """The last day lies before the first."""

    code = "expires-before-it-begins"
    rule = "A consent or other basis lasts until a day that had not passed when it began."
    permitted_by = "Correct the date."


class BeforeItWasAsked(Unreadable):
    """An answer lies before the question."""

    code = "before-it-was-asked"
    rule = "Nobody answers before they are asked."
    permitted_by = "Correct the time."


class ConsentAnswered(Conflict):
    """The question has its answer."""

    code = "consent-answered"
    rule = "A request for consent is answered once: a yes is withdrawn or renewed, a no stands until asked anew."
    permitted_by = "Withdraw or renew what was given, or ask anew."


class ConsentNotLive(Conflict):
    """It was not in force at that moment."""

    code = "consent-not-live"
    rule = "Only a consent in force is narrowed or renewed; what ended is asked for anew."
    permitted_by = "Ask anew."


class ConsentNotGiven(Conflict):
    """Nothing was given that could end."""

    code = "consent-not-given"
    rule = "Only what was given is withdrawn or runs out."
    permitted_by = "Record a refusal instead."


class NotYetExpired(Guarded):
    """Its last day has not passed."""

    code = "not-yet-expired"
    rule = "A consent lasts to the end of its last day."


class RenewedByAnOfficer(NotPermitted):
    """An officer who issues tickets does not renew a consent."""

    code = "renewed-by-an-officer"
    rule = (
        "What is agreed with somebody holding a ticket is weak, and is renewed at the hub (ours; UK GDPR recital 43)."
    )
    permitted_by = "Have a worker of the hub ask."


class ConditionMissing(Guarded):
    """Sensitive information is shared without consent on a condition, and none is named."""

    code = "condition-missing"
    rule = "Sensitive processing without consent needs a condition of Schedule 8 (Data Protection Act 2018 s.35(5))."
    permitted_by = "Name the condition, ask for consent, or leave the sensitive kinds out."


def request(command: RequestConsent, by: Actor, person: Person, known: Bases, *, taken: bool) -> Facts:
    """A person is asked, under an id of its own; the same question under the same id again adds nothing."""
    asked = Scope(command.recipients, command.categories)
    if (before := known.consent(command.consent)) is not None and (before.kind, before.purpose, before.asked) == (
        command.kind,
        command.purpose,
        asked,
    ):
        return ()
    if taken:
        raise AlreadyExists(consent=command.consent)
    return (
        ConsentRequested(
            at=command.at,
            consent=command.consent,
            person=person.id,
            by_agency=by.agency,
            kind=command.kind,
            purpose=command.purpose,
            recipients=command.recipients,
            categories=command.categories,
        ),
    )


def give(command: GiveConsent, by: Actor, person: Person, known: Bases) -> Facts:
    """A request is answered once, by somebody able to, in a language they understand, for what was asked or less."""
    consent = _known(known, command.consent)
    given = consent.asked.taking(command.recipients, command.categories)
    if (consent.given_at, consent.given, consent.expires_on) == (command.at, given, command.expires_on):
        return ()
    if consent.given_at is not None or consent.refused_at is not None:
        raise ConsentAnswered(consent=consent.id)
    if command.at < consent.asked_at:
        raise BeforeItWasAsked(asked_at=consent.asked_at)
    if not given.within(consent.asked):
        raise WiderThanAsked(consent=consent.id)
    _check_free(command, person)
    return (
        ConsentGiven(
            at=command.at,
            consent=consent.id,
            person=consent.person,
            by_agency=by.agency,
            kind=consent.kind,
            purpose=consent.purpose,
            recipients=given.recipients,
            categories=given.categories,
            given_to=command.given_to,
            weak=command.given_to == "officer-with-ticket" or by.role in OFFICERS,
            capacity=command.capacity,
            language=command.language,
            interpreter=command.interpreter,
            expires_on=command.expires_on,
            witness=command.witness,
        ),
    )


def refuse(command: RefuseConsent, by: Actor, known: Bases) -> Facts:
    """A no is recorded and nothing else follows from it; refused twice adds nothing."""
    consent = _known(known, command.consent)
    if consent.refused_at is not None:
        return ()
    if consent.given_at is not None:
        raise ConsentAnswered(consent=consent.id)
    if command.at < consent.asked_at:
        raise BeforeItWasAsked(asked_at=consent.asked_at)
    return (ConsentRefused(at=command.at, consent=consent.id, person=consent.person, by_agency=by.agency),)


def narrow(command: NarrowConsent, by: Actor, known: Bases) -> Facts:
    """A consent in force is narrowed, never widened; to what it is already adds nothing."""
    consent = _known(known, command.consent)
    if not consent.is_live(command.at):
        raise ConsentNotLive(consent=consent.id)
    before = consent.scope(command.at)
    after = before.taking(command.recipients, command.categories)
    if after == before:
        return ()
    if not after.within(before):
        raise OnlyNarrows(consent=consent.id)
    return (
        ConsentNarrowed(
            at=command.at,
            consent=consent.id,
            person=consent.person,
            by_agency=by.agency,
            recipients=after.recipients,
            categories=after.categories,
        ),
    )


def withdraw(command: WithdrawConsent, by: Actor, known: Bases) -> Facts:
    """What was given is withdrawn, from that moment on; again adds nothing, unless it was earlier."""
    consent = _known(known, command.consent)
    if consent.given_at is None or command.at < consent.given_at:
        raise ConsentNotGiven(consent=consent.id)
    if consent.withdrawn_at is not None and consent.withdrawn_at <= command.at:
        return ()
    return (
        ConsentWithdrawn(
            at=command.at, consent=consent.id, person=consent.person, by_agency=by.agency, reason=command.reason
        ),
    )


def renew(command: RenewConsent, by: Actor, person: Person, known: Bases) -> Facts:
    """A consent in force, weak or not, is given again as freely as the first time, and not to an officer."""
    consent = _known(known, command.consent)
    if by.role in OFFICERS:
        raise RenewedByAnOfficer
    if (command.at, command.expires_on) in consent.renewals:
        return ()
    if not consent.is_live(command.at):
        raise ConsentNotLive(consent=consent.id)
    _check_free(command, person)
    return (
        ConsentRenewed(
            at=command.at,
            consent=consent.id,
            person=consent.person,
            by_agency=by.agency,
            capacity=command.capacity,
            language=command.language,
            interpreter=command.interpreter,
            expires_on=command.expires_on,
            witness=command.witness,
        ),
    )


def expire(command: ExpireConsent, known: Bases) -> Facts:
    """A consent runs out once its last day has passed; what was withdrawn, or ran out before, adds nothing."""
    consent = _known(known, command.consent)
    if consent.given_at is None:
        raise ConsentNotGiven(consent=consent.id)
    until = consent.until(command.at)
    if consent.withdrawn_at is not None or consent.expired_on == until:
        return ()
    if command.at <= end_of_day(until):
        raise NotYetExpired(expires_on=until)
    return (ConsentExpired(at=command.at, consent=consent.id, person=consent.person),)


def record_basis(command: RecordBasis, by: Actor, person: Person, known: Bases) -> Facts:
    """Sharing without consent has its basis, its rationale and its last day; it names each no that it overrides."""
    scope = Scope(command.recipients, command.categories)
    if (before := known.other(command.basis)) is not None:
        if (before.lawful, before.scope, before.until) == (command.lawful, scope, command.until):
            return ()
        raise AlreadyExists(basis=command.basis)
    if command.until < civil_date(command.at):
        raise ExpiresBeforeItBegins(until=command.until)
    if command.condition is None and command.categories & SENSITIVE_INFORMATION:
        raise ConditionMissing(categories=sorted(command.categories & SENSITIVE_INFORMATION))
    overrides = frozenset(
        one.id
        for one in known.consents
        for said_no in (one.refused_at, one.withdrawn_at)
        if said_no is not None and said_no <= command.at and one.asked.meets(scope)
    )
    return (
        BasisRecorded(
            at=command.at,
            basis=command.basis,
            person=person.id,
            by_agency=by.agency,
            lawful=command.lawful,
            condition=command.condition,
            recipients=command.recipients,
            categories=command.categories,
            until=command.until,
            overrides=overrides,
            rationale=command.rationale,
        ),
    )


def end_basis(command: EndBasis, by: Actor, known: Bases) -> Facts:
    """From then on nothing more is shared on it; ended twice adds nothing."""
    basis = known.other(command.basis)
    if basis is None:
        raise Unknown
    if basis.ended_at is not None:
        return ()
    return (
        BasisEnded(
            at=command.at, basis=basis.id, person=basis.person, by_agency=by.agency, rationale=command.rationale
        ),
    )


def _known(known: Bases, consent: ConsentId) -> Consent:
    found = known.consent(consent)
    if found is None:
        raise Unknown
    return found


def _check_free(command: GiveConsent | RenewConsent, person: Person) -> None:
    """A yes counts from somebody able to decide this, in a language they understand, for a time that has an end."""
    doubted = person.has_open_flag(command.at, "capacity")
    if command.capacity != "assessed" and (doubted or command.capacity != "confirmed"):
        raise CapacityNotConfirmed
    if not person.languages_at(command.at).reaches(command.language, interpreter=command.interpreter):
        raise LanguageNotUnderstood(language=command.language)
    if command.expires_on < civil_date(command.at):
        raise ExpiresBeforeItBegins(expires_on=command.expires_on)
