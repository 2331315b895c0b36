"""A person is asked, and says yes or no; a yes is narrowed, withdrawn, renewed, or runs out."""

import datetime as dt
from typing import Annotated

from domain.actors import OFFICERS, Actor
from domain.calendar import civil_date, end_of_day
from domain.facts import Command, Facts, Line, Personal, Slug, Text
from domain.ids import ConsentId, PersonId
from domain.people.circumstances import Language
from domain.people.consent import (
    Bases,
    CapacityAnswer,
    Categories,
    ConsentExpired,
    ConsentGiven,
    ConsentKind,
    ConsentNarrowed,
    ConsentRefused,
    ConsentRenewed,
    ConsentRequested,
    ConsentWithdrawn,
    GivenTo,
    Purpose,
    Recipients,
    Scope,
)
from domain.people.person import Person
from domain.refusals import AlreadyExists, Conflict, Guarded, NotPermitted, Unreadable, found


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
    consent = found(known.consent(command.consent))
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
            # whoever they say they were at that moment: who issues tickets is not asked freely
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
    consent = found(known.consent(command.consent))
    if consent.refused_at is not None:
        return ()
    if consent.given_at is not None:
        raise ConsentAnswered(consent=consent.id)
    if command.at < consent.asked_at:
        raise BeforeItWasAsked(asked_at=consent.asked_at)
    return (ConsentRefused(at=command.at, consent=consent.id, person=consent.person, by_agency=by.agency),)


def narrow(command: NarrowConsent, by: Actor, known: Bases) -> Facts:
    """A consent in force is narrowed, never widened; to what it is already adds nothing."""
    consent = found(known.consent(command.consent))
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
    consent = found(known.consent(command.consent))
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
    consent = found(known.consent(command.consent))
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
    consent = found(known.consent(command.consent))
    if consent.given_at is None:
        raise ConsentNotGiven(consent=consent.id)
    until = consent.until(command.at)
    if consent.withdrawn_at is not None or consent.expired_on == until:
        return ()
    if command.at <= end_of_day(until):
        raise NotYetExpired(expires_on=until)
    return (ConsentExpired(at=command.at, consent=consent.id, person=consent.person),)


def _check_free(command: GiveConsent | RenewConsent, person: Person) -> None:
    """A yes counts from somebody able to decide this, in a language they understand, for a time that has an end."""
    doubted = person.has_open_flag(command.at, "capacity")
    if command.capacity != "assessed" and (doubted or command.capacity != "confirmed"):
        raise CapacityNotConfirmed
    if not person.languages_at(command.at).reaches(command.language, interpreter=command.interpreter):
        raise LanguageNotUnderstood(language=command.language)
    if command.expires_on < civil_date(command.at):
        raise ExpiresBeforeItBegins(expires_on=command.expires_on)
