"""What workers must know before they meet somebody: a flag, with its source and the day it runs out.

A keep-apart flag stands between two people and is found from either; its reason is sealed under the person it was
raised for, and is never shown to the other.
"""

import datetime as dt
from typing import Annotated, Literal

import msgspec

from domain.actors import Actor
from domain.calendar import civil_date, end_of_day
from domain.codes import FlagKind
from domain.facts import Command, Fact, Facts, Instant, IntelligenceText, Personal, Slug, Text
from domain.ids import AgencyId, FlagId, PersonId
from domain.refusals import AlreadyExists, NotPermitted, Unreadable, found

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


class Flag(msgspec.Struct, frozen=True):
    """A flag as one of its people sees it: `person` is whose it is, `other` the counterpart seen from here."""

    id: FlagId
    person: PersonId
    kind: FlagKind
    by_agency: AgencyId
    raised_at: Instant
    expires_on: dt.date
    other: PersonId | None = None
    ended_at: Instant | None = None

    def is_open(self, at: dt.datetime) -> bool:
        """Whether workers were to be warned at a moment: from raising to ending, or to the end of its last day."""
        ended = self.ended_at is not None and self.ended_at <= at
        return self.raised_at <= at <= end_of_day(self.expires_on) and not ended


class FlagNeedsPair(Unreadable):
    """A keep-apart flag names another person; no other flag does."""

    code = "flag-needs-pair"
    rule = "Keeping apart takes two people; every other flag is about one."
    permitted_by = "Name the other person of a keep-apart flag, and nobody in any other."


class FlagEndsBeforeItBegins(Unreadable):
    """The last day, or the end, lies before the flag was raised."""

    code = "flag-ends-before-it-begins"
    rule = "A flag stands from when it was raised until it ends."
    permitted_by = "Correct the date."


class FlagOfAnotherAgency(NotPermitted):
    """Only who raised a flag, or the safeguarding lead, says that it no longer stands."""

    code = "flag-of-another-agency"
    rule = (
        "A flag is ended by the agency that raised it or by the safeguarding lead (ours: nobody clears their own way)."
    )
    permitted_by = "Ask the agency that raised it, or the safeguarding lead."


def raise_flag(command: RaiseFlag, by: Actor, flags: tuple[Flag, ...]) -> Facts:
    """A flag has a last day, and a counterpart if and only if it keeps two people apart; raised twice adds nothing."""
    if (command.kind == "keep-apart") != (command.other is not None) or command.other == command.person:
        raise FlagNeedsPair(kind=command.kind)
    if command.expires_on < civil_date(command.at):
        raise FlagEndsBeforeItBegins(expires_on=command.expires_on)
    for known in flags:
        if known.id == command.flag:
            if (known.kind, known.by_agency, known.raised_at) == (command.kind, by.agency, command.at):
                return ()
            raise AlreadyExists(flag=command.flag)
    return (
        FlagRaised(
            at=command.at,
            flag=command.flag,
            person=command.person,
            kind=command.kind,
            by_agency=by.agency,
            source=command.source,
            expires_on=command.expires_on,
            other=command.other,
            reason=command.reason,
        ),
    )


def end_flag(command: EndFlag, by: Actor, flags: tuple[Flag, ...]) -> Facts:
    """A flag is ended by the agency that raised it or by the safeguarding lead; ended twice adds nothing.

    The counterpart of a keep-apart pair sees the flag, and it is not theirs to end.
    """
    flag = found(next((one for one in flags if one.id == command.flag), None))
    if flag.by_agency != by.agency and by.role != "safeguarding-lead":
        raise FlagOfAnotherAgency(ask=flag.by_agency, flag=flag.id)
    if command.at < flag.raised_at:
        raise FlagEndsBeforeItBegins(raised_at=flag.raised_at)
    if flag.ended_at is not None:
        return ()
    return (
        FlagEnded(
            at=command.at,
            flag=flag.id,
            person=flag.person,
            by_agency=by.agency,
            other=flag.other,
            reason=command.reason,
        ),
    )
