"""What workers must know before they meet somebody: a flag, with its source and the day it runs out.

A keep-apart flag stands between two people and is found from either; its reason is sealed under the person it was raised
for, and is never shown to the other.
"""

import datetime as dt
from typing import Annotated, Literal

import msgspec

from domain.actors import Actor
from domain.calendar import civil_date, end_of_day
from domain.codes import FlagKind
from domain.facts import Command, Fact, Facts, Instant, IntelligenceText, Personal, Slug, Text
from domain.ids import AgencyId, FlagId, PersonId
from domain.refusals import AlreadyExists, Guarded, NotPermitted, Unknown, Unreadable

FlagSource = Literal["seen", "told-by-person", "told-by-agency", "third-party", "court-order", "screen"]
"""Where a flag comes from; a screen is the vulnerability screen before an escalation."""


class FlagRaised(Fact, type="flag-raised", version=1, tags=("person", "keep-apart:{other}")):
    """From now until the end of a day, workers are warned. `other` is the counterpart of a keep-apart pair."""

    flag: FlagId
    person: PersonId
    kind: FlagKind
    by_agency: AgencyId
    source: FlagSource
    expires_on: dt.date
    other: PersonId | None = None
    reason: IntelligenceText = None


class FlagEnded(Fact, type="flag-ended", version=1, tags=("person", "keep-apart:{other}")):
    """The flag no longer stands."""

    flag: FlagId
    person: PersonId
    by_agency: AgencyId
    other: PersonId | None = None
    reason: IntelligenceText = None


class RaiseFlag(Command):
    """Warn those who will meet a person. A keep-apart flag names the other one; no other kind does."""

    flag: Annotated[FlagId, Slug]
    person: PersonId
    kind: FlagKind
    source: FlagSource
    expires_on: dt.date
    reason: Annotated[Text, Personal("intelligence")]
    other: PersonId | None = None


class EndFlag(Command):
    """Say that a flag no longer stands, and why."""

    flag: FlagId
    person: PersonId
    reason: Annotated[Text, Personal("intelligence")]
