"""Telling a housing authority, which the person chooses, that the person may be homeless.

Homelessness Reduction Act 2017, s.213B of the Housing Act 1996: a notification, not a referral. It is never declined
for area, capacity or duplicate; what the authority answers is what it did next.
"""

import datetime as dt
from typing import Annotated, Literal

from domain.codes import DeclineReason
from domain.facts import Command, Fact, IdentityText, Personal, Text
from domain.ids import AgencyId, NotificationId, PersonId
from domain.support.referral import ContactOutcome
from domain.support.words import OnBehalf, Told

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
