"""What the partners agreed: which agencies share which records, to which ends, from when until when.

The Crime and Disorder Act 1998 s.115 gives power to share and is no duty; the agreement says how it is used. Without a
live agreement an agency sees what it recorded itself or was asked, and no more.
"""

import datetime as dt
from itertools import combinations
from typing import Annotated, Final

import msgspec

from domain.calendar import civil_date
from domain.facts import Command, Fact, Facts, Instant, Line, Slug, amended
from domain.governance.scope import Crossing, Purpose, SharedCategory
from domain.ids import AgencyId, AgreementId
from domain.refusals import AlreadyExists, Conflict, Unreadable, found

Parties = Annotated[frozenset[AgencyId], msgspec.Meta(min_length=2, max_length=100)]
Purposes = Annotated[frozenset[Purpose], msgspec.Meta(min_length=1)]
Categories = Annotated[frozenset[SharedCategory], msgspec.Meta(min_length=1)]


class AgreementMade(Fact, type="agreement-made", version=1):
    """These agencies share these categories of records to these ends. `source` is where the signed text lies."""

    agreement: AgreementId
    name: str
    parties: frozenset[AgencyId]
    purposes: frozenset[Purpose]
    categories: frozenset[SharedCategory]
    crossings: frozenset[Crossing]
    from_date: dt.date
    until_date: dt.date | None
    review_date: dt.date
    source: str


class AgreementVaried(Fact, type="agreement-varied", version=1):
    """The agreement says this from now on, and what it said before no more."""

    agreement: AgreementId
    parties: frozenset[AgencyId]
    purposes: frozenset[Purpose]
    categories: frozenset[SharedCategory]
    crossings: frozenset[Crossing]
    until_date: dt.date | None
    review_date: dt.date
    reason: str


class AgreementEnded(Fact, type="agreement-ended", version=1):
    """Nothing more is shared under it."""

    agreement: AgreementId
    reason: str


class Agreement(msgspec.Struct, frozen=True):
    """An agreement as it stands."""

    id: AgreementId
    name: str
    parties: frozenset[AgencyId]
    purposes: frozenset[Purpose]
    categories: frozenset[SharedCategory]
    crossings: frozenset[Crossing]
    from_date: dt.date
    until_date: dt.date | None
    review_date: dt.date
    ended_at: Instant | None = None

    def is_live(self, at: dt.datetime) -> bool:
        """Whether it holds at a moment: from its first day to the end of its last, unless it was ended."""
        if self.ended_at is not None and at >= self.ended_at:
            return False
        day = civil_date(at)
        return self.from_date <= day and (self.until_date is None or day <= self.until_date)


Agreements = dict[AgreementId, Agreement]

OF_AGREEMENTS: Final = (AgreementMade, AgreementVaried, AgreementEnded)


def evolve(state: Agreements, fact: Fact) -> Agreements:
    """Agreements as they stand."""
    match fact:
        case AgreementMade():
            made = Agreement(
                fact.agreement,
                fact.name,
                fact.parties,
                fact.purposes,
                fact.categories,
                fact.crossings,
                fact.from_date,
                fact.until_date,
                fact.review_date,
            )
            return {**state, fact.agreement: made}
        case AgreementVaried():
            return amended(
                state,
                fact.agreement,
                parties=fact.parties,
                purposes=fact.purposes,
                categories=fact.categories,
                crossings=fact.crossings,
                until_date=fact.until_date,
                review_date=fact.review_date,
            )
        case AgreementEnded():
            return amended(state, fact.agreement, ended_at=fact.at)
        case _:
            return state


class MakeAgreement(Command):
    """Enter an agreement that the parties signed."""

    agreement: Annotated[AgreementId, Slug]
    name: Line
    parties: Parties
    purposes: Purposes
    categories: Categories
    from_date: dt.date
    review_date: dt.date
    source: Line
    crossings: frozenset[Crossing] = frozenset()
    until_date: dt.date | None = None


class VaryAgreement(Command):
    """Enter what the parties agreed otherwise."""

    agreement: AgreementId
    parties: Parties
    purposes: Purposes
    categories: Categories
    review_date: dt.date
    reason: Line
    crossings: frozenset[Crossing] = frozenset()
    until_date: dt.date | None = None


class EndAgreement(Command):
    """End an agreement at once."""

    agreement: AgreementId
    reason: Line


class AgreementHasEnded(Conflict):
    """It ended, and is not varied any more."""

    code = "agreement-has-ended"
    rule = "An agreement that has ended stays ended; sharing begins again under a new one."
    permitted_by = "Make a new agreement."


class AgreementDatesUnclear(Unreadable):
    """Its last day or its review lies before its first day."""

    code = "agreement-dates-unclear"
    rule = "A sharing agreement begins before it is reviewed or ends."
    permitted_by = "Correct the dates."


class PartyUnknown(Unreadable):
    """Somebody outside the partnership is named as a party."""

    code = "party-unknown"
    rule = "The parties of a sharing agreement are agencies of the partnership."
    permitted_by = "Register the agency first."


def make(command: MakeAgreement, known: Agreements, agencies: frozenset[AgencyId]) -> Facts:
    """An id names one agreement for good; the same again adds nothing."""
    _refuse_unclear(command.parties, agencies, command.from_date, command.review_date, command.until_date)
    fact = AgreementMade(
        at=command.at,
        agreement=command.agreement,
        name=command.name,
        parties=command.parties,
        purposes=command.purposes,
        categories=command.categories,
        crossings=command.crossings,
        from_date=command.from_date,
        until_date=command.until_date,
        review_date=command.review_date,
        source=command.source,
    )
    match known.get(command.agreement):
        case None:
            return (fact,)
        case Agreement() as before if before == evolve({}, fact)[command.agreement]:
            return ()
        case _:
            raise AlreadyExists(agreement=command.agreement)


def vary(command: VaryAgreement, known: Agreements, agencies: frozenset[AgencyId]) -> Facts:
    """What ended is not varied; the same again adds nothing."""
    before = found(known.get(command.agreement))
    if before.ended_at is not None:
        raise AgreementHasEnded(agreement=command.agreement)
    _refuse_unclear(command.parties, agencies, before.from_date, command.review_date, command.until_date)
    fact = AgreementVaried(
        at=command.at,
        agreement=command.agreement,
        parties=command.parties,
        purposes=command.purposes,
        categories=command.categories,
        crossings=command.crossings,
        until_date=command.until_date,
        review_date=command.review_date,
        reason=command.reason,
    )
    return () if evolve(known, fact)[command.agreement] == before else (fact,)


def end(command: EndAgreement, known: Agreements) -> Facts:
    """Ended once."""
    before = found(known.get(command.agreement))
    if before.ended_at is not None:
        return ()
    return (AgreementEnded(at=command.at, agreement=command.agreement, reason=command.reason),)


class Stopped(msgspec.Struct, frozen=True):
    """Records of a category that agencies share no more, to these ends."""

    category: SharedCategory
    agencies: tuple[AgencyId, ...]
    purposes: tuple[Purpose, ...]


def stops(one: Agreement, known: Agreements, at: dt.datetime) -> tuple[Stopped, ...]:
    """What two of its parties share at a moment under it, and under no other that is live."""
    others = [each for each in known.values() if each.id != one.id and each.is_live(at)]
    lost: list[Stopped] = []
    for category in sorted(one.categories):
        agencies: set[AgencyId] = set()
        purposes: set[Purpose] = set()
        for purpose in one.purposes:
            over = [each.parties for each in others if category in each.categories and purpose in each.purposes]
            apart = {
                party
                for pair in combinations(sorted(one.parties), 2)
                if not any(parties.issuperset(pair) for parties in over)
                for party in pair
            }
            if apart:
                agencies |= apart
                purposes.add(purpose)
        if agencies:
            lost.append(Stopped(category, tuple(sorted(agencies)), tuple(sorted(purposes))))
    return tuple(lost)


def _refuse_unclear(
    parties: frozenset[AgencyId],
    agencies: frozenset[AgencyId],
    from_date: dt.date,
    review_date: dt.date,
    until_date: dt.date | None,
) -> None:
    strangers = parties - agencies
    if strangers:
        raise PartyUnknown(agencies=sorted(strangers))
    if review_date < from_date or (until_date is not None and until_date < from_date):
        raise AgreementDatesUnclear
