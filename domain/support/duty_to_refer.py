"""Telling a housing authority, which the person chooses, that the person may be homeless.

Homelessness Reduction Act 2017, s.213B of the Housing Act 1996: a notification, not a referral. It is never declined
for area, capacity or duplicate; what the authority answers is what it did next.
"""

import datetime as dt
from typing import Annotated, Final, Literal, TypedDict

import msgspec

from domain.actors import Actor
from domain.calendar import WorkingCalendar, civil_date, working_days_after
from domain.codes import AgencyKind, DeclineReason
from domain.facts import Command, Fact, Facts, IdentityText, Knowledge, Personal, Text, knowing
from domain.ids import AgencyId, NotificationId, PersonId
from domain.refusals import AlreadyExists, Conflict, Guarded, Unreadable
from domain.support.follow_up import NotificationEscalated, NotificationReminded
from domain.support.referral import REACHED, ContactOutcome
from domain.support.words import CLOCK_DRIFT, OnBehalf, Told, speak_for

Homelessness = Literal["homeless", "threatened"]

SpecifiedAuthority = Literal[
    "prison",
    "youth-detention",
    "youth-offending-team",
    "secure-college",
    "secure-training-centre",
    "probation",
    "jobcentre-plus",
    "social-services",
    "emergency-department",
    "urgent-treatment-centre",
    "inpatient-hospital",
    "defence",
]
"""Homelessness (Review Procedure etc.) Regulations 2018 (SI 2018/223), Schedule."""

Standing = Literal["specified", "voluntary"]
"""Whether the notifying agency is under the duty, or notifies of its own accord."""

NotOpenedReason = Literal[
    "person-did-not-want-it", "uncontactable", "not-homeless-or-threatened", "housed-meanwhile", "in-custody", "died"
]
"""Why no application was opened. Area, capacity and duplicate are no reasons in law, so they are no codes here."""


class NotificationFact(Fact):
    """What every fact of a notification names: whose it is, who notified, which authority the person chose."""

    notification: NotificationId
    person: PersonId
    from_agency: AgencyId
    authority: AgencyId


class AuthorityFact(NotificationFact):
    """What the authority did, recorded by it or by `by_agency` on its behalf with `evidence`."""

    by_agency: AgencyId
    evidence: IdentityText = None


class HousingAuthorityNotified(
    NotificationFact, type="housing-authority-notified", version=1, tags=("notification", "person")
):
    """The housing authority was told, with the person's agreement. `answer_due` is ours: the law sets no period."""

    standing: Standing
    specified_as: SpecifiedAuthority | None
    homelessness: Homelessness
    threatened_from: dt.date | None
    answer_due: dt.date
    name: IdentityText = None
    contact: IdentityText = None
    reason: IdentityText = None


class NotificationAcknowledged(
    AuthorityFact, type="notification-acknowledged", version=1, tags=("notification", "person")
):
    """The authority has it."""


class NotificationContactAttempted(
    AuthorityFact, type="notification-contact-attempted", version=1, tags=("notification", "person")
):
    """The authority tried to reach the person; `contacted` says whether it did."""

    outcome: ContactOutcome
    contacted: bool
    note: IdentityText = None


class HousingApplicationOpened(
    AuthorityFact, type="housing-application-opened", version=1, tags=("notification", "person")
):
    """The authority opened a homelessness application; `hclic_reference` is its case in H-CLIC."""

    hclic_reference: IdentityText = None


class HousingApplicationNotOpened(
    AuthorityFact, type="housing-application-not-opened", version=1, tags=("notification", "person")
):
    """The authority opened no application, and says why."""

    reason: NotOpenedReason
    note: IdentityText = None


class NotificationDeclineRefused(
    AuthorityFact, type="notification-decline-refused", version=1, tags=("notification", "person")
):
    """Somebody tried to decline a notification, which the law does not know. It stands as it was."""

    reason: DeclineReason


class SpecifiedRule(msgspec.Struct, frozen=True):
    """From when which kind of agency is which specified authority; `by_itself` without having to say so."""

    kind: AgencyKind
    authority: SpecifiedAuthority
    from_date: dt.date
    by_itself: bool
    source: str


_REGULATIONS: Final = "Homelessness (Review Procedure etc.) Regulations 2018 (SI 2018/223), Schedule"
_FROM: Final = dt.date(2018, 10, 1)

SPECIFIED: Final[tuple[SpecifiedRule, ...]] = (
    SpecifiedRule("probation", "probation", _FROM, True, _REGULATIONS),
    SpecifiedRule("probation", "prison", _FROM, False, _REGULATIONS),
    SpecifiedRule("probation", "youth-detention", _FROM, False, _REGULATIONS),
    SpecifiedRule("probation", "secure-training-centre", _FROM, False, _REGULATIONS),
    SpecifiedRule("probation", "secure-college", _FROM, False, _REGULATIONS),
    SpecifiedRule("dwp", "jobcentre-plus", _FROM, True, _REGULATIONS),
    SpecifiedRule("county-council", "social-services", _FROM, True, _REGULATIONS),
    SpecifiedRule("county-council", "youth-offending-team", _FROM, False, _REGULATIONS),
    SpecifiedRule("health", "emergency-department", _FROM, False, _REGULATIONS),
    SpecifiedRule("health", "urgent-treatment-centre", _FROM, False, _REGULATIONS),
    SpecifiedRule("health", "inpatient-hospital", _FROM, False, _REGULATIONS),
    SpecifiedRule("voluntary", "defence", _FROM, False, _REGULATIONS),
)
"""Police, councils' ASB teams, drug services and housing associations are not in the Schedule: theirs is voluntary."""


class ThreatenedRule(msgspec.Struct, frozen=True):
    """From when how many days ahead a person counts as threatened with homelessness."""

    from_date: dt.date
    within_days: int
    source: str


THREATENED: Final[tuple[ThreatenedRule, ...]] = (
    ThreatenedRule(dt.date(1997, 1, 20), 28, "Housing Act 1996 s.175(4) as enacted"),
    ThreatenedRule(dt.date(2018, 4, 3), 56, "Homelessness Reduction Act 2017 s.1(2)"),
)

HOUSING_AUTHORITIES: Final[frozenset[AgencyKind]] = frozenset({"district-council", "housing-options"})
"""Kinds of agency that are a local housing authority or answer for one."""

ANSWER_DUE_DAYS: Final = 5
"""Working days of the authority until silence is followed up. Ours: the law sets no period."""

Stage = Literal["notified", "acknowledged", "contact-attempted", "contacted", "opened", "not-opened"]

STAGES: Final[tuple[Stage, ...]] = ("notified", "acknowledged", "contact-attempted", "contacted")
"""In this order; a later one may come at once. Then an application was opened or not, which ends it."""


class Step(msgspec.Struct, frozen=True):
    """What the authority did at a moment; `detail` tells two of a kind apart."""

    at: dt.datetime
    stage: Stage
    detail: str = ""


class Notification(msgspec.Struct, frozen=True, kw_only=True):
    """What decisions know of a notification."""

    id: NotificationId
    person: PersonId
    from_agency: AgencyId
    authority: AgencyId
    at: dt.datetime
    answer_due: dt.date
    steps: tuple[Step, ...] = ()
    reminded: frozenset[dt.date] = frozenset()
    escalated: frozenset[dt.date] = frozenset()

    @property
    def parties(self) -> frozenset[AgencyId]:
        """The notifier and the authority."""
        return frozenset({self.from_agency, self.authority})

    @property
    def ended(self) -> Step | None:
        """How it ended, if it has."""
        return next((step for step in self.steps if step.stage in {"opened", "not-opened"}), None)

    @property
    def awaits_contact(self) -> bool:
        """Whether the person has yet to hear from the authority: an acknowledgement reaches nobody on the street."""
        return self.stage in {"notified", "acknowledged", "contact-attempted"}

    @property
    def stage(self) -> Stage:
        """How far the authority has come: an attempt after contact does not go back."""
        end = self.ended
        if end is not None:
            return end.stage
        return max((step.stage for step in self.steps), key=STAGES.index, default="notified")


def evolve_notification(state: Notification | None, fact: Fact) -> Notification | None:
    """One notification."""
    match fact:
        case HousingAuthorityNotified():
            return Notification(
                id=fact.notification,
                person=fact.person,
                from_agency=fact.from_agency,
                authority=fact.authority,
                at=fact.at,
                answer_due=fact.answer_due,
            )
        case _:
            return _further(state, fact) if state else None


def _further(state: Notification, fact: Fact) -> Notification:
    match fact:
        case NotificationReminded():
            return msgspec.structs.replace(state, reminded=state.reminded | {fact.due})
        case NotificationEscalated():
            return msgspec.structs.replace(state, escalated=state.escalated | {fact.due})
        case NotificationAcknowledged():
            step = Step(fact.at, "acknowledged")
        case NotificationContactAttempted():
            step = Step(fact.at, "contacted" if fact.contacted else "contact-attempted", fact.outcome)
        case HousingApplicationOpened():
            step = Step(fact.at, "opened")
        case HousingApplicationNotOpened():
            step = Step(fact.at, "not-opened", fact.reason)
        case _:
            return state
    return msgspec.structs.replace(state, steps=(*state.steps, step))


def notification(notification_id: NotificationId) -> Knowledge[Notification | None]:
    """A notification, or None if there is none."""
    types = (
        HousingAuthorityNotified,
        NotificationAcknowledged,
        NotificationContactAttempted,
        HousingApplicationOpened,
        HousingApplicationNotOpened,
        NotificationReminded,
        NotificationEscalated,
    )
    return knowing(None, evolve_notification, types, f"notification:{notification_id}")


class NotifyHousingAuthority(Command):
    """Tell the housing authority that the person chose, with the person's agreement."""

    notification: NotificationId
    person: PersonId
    authority: AgencyId
    chosen_by_person: bool
    consent_to_refer: bool
    consent_to_share_contact: bool
    homelessness: Homelessness
    name: Annotated[Text, Personal("identity")]
    contact: Annotated[Text, Personal("identity")]
    reason: Annotated[Text, Personal("identity")]
    threatened_from: dt.date | None = None
    specified_as: SpecifiedAuthority | None = None


class AuthorityCommand(Command):
    """Something that only the notified authority may do, or somebody recorded on its behalf."""

    notification: NotificationId
    on_behalf_of: OnBehalf | None = None


class AcknowledgeNotification(AuthorityCommand):
    """Say that it arrived."""


class RecordHousingContact(AuthorityCommand):
    """Record that the person was contacted, or could not be."""

    outcome: ContactOutcome
    note: Told = None


class OpenHousingApplication(AuthorityCommand):
    """Say that a homelessness application was opened."""

    hclic_reference: Annotated[Text, Personal("identity")]


class RecordNoHousingApplication(AuthorityCommand):
    """Say that no application was opened, and why."""

    reason: NotOpenedReason
    note: Told = None


class DeclineNotification(AuthorityCommand):
    """Try to decline a notification. It is always refused, naming the law; the attempt is remembered."""

    reason: DeclineReason


class ConsentToReferMissing(Guarded):
    """The person has not agreed to be notified about."""

    code = "consent-to-refer-missing"
    rule = "A housing authority is notified only if the person agrees (Housing Act 1996 s.213B(2)(a), (3)(a))."
    permitted_by = "Ask the person, and record that they agree."


class ConsentToShareContactMissing(Guarded):
    """The person has not agreed to pass on contact details."""

    code = "consent-to-share-contact-missing"
    rule = (
        "Contact details go with a notification only if the person agrees (Homelessness Code of Guidance, chapter 4)."
    )
    permitted_by = "Ask the person whether the authority may have the contact details."


class AuthorityNotChosen(Guarded):
    """Somebody else chose the authority."""

    code = "authority-not-chosen"
    rule = "The person identifies the housing authority to be notified (Housing Act 1996 s.213B(2)(b), (3)(b))."
    permitted_by = "Ask the person which authority to notify, and record that they chose it."


class NotAHousingAuthority(Guarded):
    """The agency is no local housing authority."""

    code = "not-a-housing-authority"
    rule = "A notification goes to a local housing authority in England (Housing Act 1996 s.213B(2)(b))."
    permitted_by = "Choose a housing authority, or refer to this agency's service instead."


class NotThreatenedYet(Guarded):
    """The day lies too far ahead."""

    code = "not-threatened-yet"
    rule = "Threatened with homelessness is who is likely to be homeless within 56 days (Housing Act 1996 s.175(4))."
    permitted_by = "Refer to housing options now, and notify once the day is near enough."


class NotSpecified(Guarded):
    """The agency is not what it says."""

    code = "not-a-specified-authority"
    rule = "Which authorities are under the duty stands in the Schedule to SI 2018/223."
    permitted_by = "Leave it out: the notification is then voluntary, and as valid."


class ThreatUndated(Unreadable):
    """Threatened from when."""

    code = "threat-undated"
    rule = "Who is threatened with homelessness is so from a day; who is homeless is so already."


class NeverDeclined(Guarded):
    """A notification is no referral."""

    code = "notification-never-declined"
    rule = (
        "A duty-to-refer notification is never declined, for area, capacity, duplicate or any other reason "
        "(Housing Act 1996 s.213B, inserted by the Homelessness Reduction Act 2017 s.10)."
    )
    permitted_by = "Record what the authority did: contact, an application opened, or none opened and why."


class NotificationEnded(Conflict):
    """What came of it has been recorded."""

    code = "notification-ended"
    rule = "After an application was opened or not, a notification takes no further step."
    permitted_by = "Notify again: a second notification is never a duplicate."


class NotYetNotified(Conflict):
    """The authority did something before it knew."""

    code = "not-yet-notified"
    rule = "An authority answers a notification after it was made."
    permitted_by = "Correct the time."


def standing_of(
    kind: AgencyKind, specified_as: SpecifiedAuthority | None, on: dt.date
) -> tuple[Standing, SpecifiedAuthority | None]:
    """Whether an agency of a kind, acting as an authority, is under the duty on a day. Raises NotSpecified."""
    rules = [rule for rule in SPECIFIED if rule.kind == kind and rule.from_date <= on]
    if specified_as is not None:
        if all(rule.authority != specified_as for rule in rules):
            raise NotSpecified(kind=kind, specified_as=specified_as)
        return "specified", specified_as
    found = next((rule.authority for rule in rules if rule.by_itself), None)
    return ("specified", found) if found else ("voluntary", None)


def threatened_within(on: dt.date) -> int:
    """How many days ahead counted as threatened on a day."""
    return [rule.within_days for rule in THREATENED if rule.from_date <= on or rule is THREATENED[0]][-1]


class Notifying(msgspec.Struct, frozen=True, kw_only=True):
    """What notifying must know: what the id names already, who notifies and who is notified."""

    known: Notification | None
    kind: AgencyKind
    authority_kind: AgencyKind
    calendar: WorkingCalendar


def notify(command: NotifyHousingAuthority, knowing: Notifying, by: Actor) -> Facts:
    """The authority that the person chose is told, with both consents, of homelessness now or within 56 days.

    The same again adds nothing; another notification of the same person is never a duplicate.
    """
    known, day = knowing.known, civil_date(command.at)
    if known is not None:
        if (known.person, known.from_agency, known.authority) == (command.person, by.agency, command.authority):
            return ()
        raise AlreadyExists(notification=command.notification)
    if not command.consent_to_refer:
        raise ConsentToReferMissing
    if not command.consent_to_share_contact:
        raise ConsentToShareContactMissing
    if not command.chosen_by_person:
        raise AuthorityNotChosen
    if knowing.authority_kind not in HOUSING_AUTHORITIES:
        raise NotAHousingAuthority(authority=command.authority)
    if (command.homelessness == "threatened") is (command.threatened_from is None):
        raise ThreatUndated
    within = threatened_within(day)
    if command.threatened_from is not None and command.threatened_from - day > dt.timedelta(days=within):
        raise NotThreatenedYet(threatened_from=command.threatened_from, within_days=within)
    standing, specified_as = standing_of(knowing.kind, command.specified_as, day)
    return (
        HousingAuthorityNotified(
            at=command.at,
            notification=command.notification,
            person=command.person,
            from_agency=by.agency,
            authority=command.authority,
            standing=standing,
            specified_as=specified_as,
            homelessness=command.homelessness,
            threatened_from=command.threatened_from,
            answer_due=working_days_after(day, ANSWER_DUE_DAYS, knowing.calendar),
            name=command.name,
            contact=command.contact,
            reason=command.reason,
        ),
    )


class AuthorityNames(TypedDict):
    """What every fact of the authority names."""

    at: dt.datetime
    notification: NotificationId
    person: PersonId
    from_agency: AgencyId
    authority: AgencyId
    by_agency: AgencyId
    evidence: IdentityText


class Answering(msgspec.Struct, frozen=True, kw_only=True):
    """The notification that is answered, who speaks, and whether the authority has a log-in."""

    notification: Notification
    by: Actor
    logs_in: bool

    def names(self, command: AuthorityCommand) -> AuthorityNames:
        """The names of what the authority did, if it is this actor's to record.

        Raises: NotAddressedToYou, AnswersForItself, NotForYouToRecord, NotYetNotified.
        """
        known = self.notification
        speak_for(known.authority, known.from_agency, self.by, command.on_behalf_of, logs_in=self.logs_in)
        if command.at + CLOCK_DRIFT < known.at:
            raise NotYetNotified(notification=known.id)
        return AuthorityNames(
            at=command.at,
            notification=known.id,
            person=known.person,
            from_agency=known.from_agency,
            authority=known.authority,
            by_agency=self.by.agency,
            evidence=command.on_behalf_of.evidence if command.on_behalf_of else None,
        )

    def adds_nothing(self, step: Step) -> bool:
        """Whether it was recorded already. Raises NotificationEnded for what came after the end."""
        end = self.notification.ended
        if end is not None:
            if (end.stage, end.detail) == (step.stage, step.detail) or step in self.notification.steps:
                return True
            if step.stage in {"opened", "not-opened"} or step.at >= end.at:
                raise NotificationEnded(stage=end.stage)
        return step in self.notification.steps


def acknowledge(command: AcknowledgeNotification, answering: Answering) -> Facts:
    """The authority has it; twice adds nothing."""
    named = answering.names(command)
    again = any(step.stage == "acknowledged" for step in answering.notification.steps)
    if again or answering.adds_nothing(Step(command.at, "acknowledged")):
        return ()
    return (NotificationAcknowledged(**named),)


def record_contact(command: RecordHousingContact, answering: Answering) -> Facts:
    """Every attempt counts, whether it reached the person or not."""
    named, contacted = answering.names(command), command.outcome in REACHED
    if answering.adds_nothing(Step(command.at, "contacted" if contacted else "contact-attempted", command.outcome)):
        return ()
    return (NotificationContactAttempted(**named, outcome=command.outcome, contacted=contacted, note=command.note),)


def open_application(command: OpenHousingApplication, answering: Answering) -> Facts:
    """A homelessness application is opened under its reference; twice adds nothing."""
    named = answering.names(command)
    if answering.adds_nothing(Step(command.at, "opened")):
        return ()
    return (HousingApplicationOpened(**named, hclic_reference=command.hclic_reference),)


def record_no_application(command: RecordNoHousingApplication, answering: Answering) -> Facts:
    """No application was opened, for a reason that the law knows; for the same reason twice adds nothing."""
    named = answering.names(command)
    if answering.adds_nothing(Step(command.at, "not-opened", command.reason)):
        return ()
    return (HousingApplicationNotOpened(**named, reason=command.reason, note=command.note),)


def decline(command: DeclineNotification, answering: Answering) -> Facts:
    """A notification is never declined; that somebody tried is remembered."""
    named = answering.names(command)
    raise NeverDeclined(remembered=(NotificationDeclineRefused(**named, reason=command.reason),), reason=command.reason)
