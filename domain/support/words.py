"""How the commands of this room carry what was said about a person, and what stands behind an answer."""

import datetime as dt
from typing import Annotated, Final, Literal

import msgspec

from domain.facts import Personal, Text
from domain.ids import AgencyId

Told = Annotated[Text | None, Personal("identity")]
"""Free text about a person, as a command gives it."""
ToldHealth = Annotated[Text | None, Personal("health")]
"""Free text about somebody's health, as a command gives it: never part of a police view."""

CLOCK_DRIFT: Final = dt.timedelta(minutes=2)
"""How far the clocks of two devices may stand apart: an answer seconds before the question came after it."""

OtherBasis = Literal["agreed-at-hub", "vital-interests", "safeguarding", "legal-duty"]
"""What may carry a referral besides a recorded consent: agreement given at the hub before those present, UK GDPR
Article 6(1)(d), the safeguarding condition of the Data Protection Act 2018 Schedule 1 paragraph 18, a duty in law."""

SharingBasis = Literal["consent", "agreed-at-hub", "vital-interests", "safeguarding", "legal-duty"]


class OnBehalf(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The agency without a log-in that answered, and what shows that it did: a letter, an e-mail, a call."""

    agency: AgencyId
    evidence: Annotated[Text, Personal("identity")]
