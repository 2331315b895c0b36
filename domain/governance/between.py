"""What two partnerships agreed: each asks the other whether somebody is known there, and may hand a person over.

Each side enters the agreement in its own log, under the same name, and ends it alone. What holds is what both entered:
the ends and the records that stand in both, and only while both are live. Without one nothing is asked or answered.
"""

import datetime as dt
from typing import Annotated, Final

import msgspec

from domain.calendar import civil_date
from domain.facts import Command, Fact, Facts, Instant, Knowledge, Line, Slug, amended, knowing
from domain.governance.scope import Purpose, SharedCategory
from domain.ids import AgencyId, AgreementId, PartnershipId
from domain.refusals import AlreadyExists, Guarded, Unreadable, found

QUESTIONS_A_DAY: Final = 20
"""How many questions are answered a day under an agreement that says nothing else (ours)."""


class PartnershipAgreementMade(Fact, type="partnership-agreement-made", version=1):
    """This partnership and another agreed on this. `contact_agency` is whom the other one phones here.

    `categories` are the records that may go along when a person is handed over; none: nobody is.
    """

    agreement: AgreementId
    partner: PartnershipId
    name: str
    contact_agency: AgencyId
    purposes: frozenset[Purpose]
    categories: frozenset[SharedCategory]
    questions_a_day: int
    from_date: dt.date
    until_date: dt.date | None
    review_date: dt.date
    source: str


class PartnershipAgreementEnded(Fact, type="partnership-agreement-ended", version=1):
    """Nothing more is asked, answered or handed over under it."""

    agreement: AgreementId
    reason: str


class PartnershipAgreement(msgspec.Struct, frozen=True):
    """One side of an agreement as it stands."""

    id: AgreementId
    partner: PartnershipId
    name: str
    contact_agency: AgencyId
    purposes: frozenset[Purpose]
    categories: frozenset[SharedCategory]
    questions_a_day: int
    from_date: dt.date
    until_date: dt.date | None
    review_date: dt.date
    ended_at: Instant | None = None

    def is_live(self, at: dt.datetime) -> bool:
        """Whether this side holds to it at a moment."""
        if self.ended_at is not None and at >= self.ended_at:
            return False
        day = civil_date(at)
        return self.from_date <= day and (self.until_date is None or day <= self.until_date)


Between = dict[AgreementId, PartnershipAgreement]

OF_BETWEEN: Final = (PartnershipAgreementMade, PartnershipAgreementEnded)


def evolve(state: Between, fact: Fact) -> Between:
    """Agreements with other partnerships as they stand."""
    match fact:
        case PartnershipAgreementMade():
            made = PartnershipAgreement(
                fact.agreement,
                fact.partner,
                fact.name,
                fact.contact_agency,
                fact.purposes,
                fact.categories,
                fact.questions_a_day,
                fact.from_date,
                fact.until_date,
                fact.review_date,
            )
            return {**state, fact.agreement: made}
        case PartnershipAgreementEnded():
            return amended(state, fact.agreement, ended_at=fact.at)
        case _:
            return state


_BETWEEN: Final[Knowledge[Between]] = knowing({}, evolve, OF_BETWEEN)


def between() -> Knowledge[Between]:
    """The agreements with other partnerships at the head."""
    return _BETWEEN


class MakePartnershipAgreement(Command):
    """Enter what this partnership and another signed. The other side enters it under the same short name."""

    agreement: Annotated[AgreementId, Slug]
    partner: Annotated[PartnershipId, Slug]
    name: Line
    contact_agency: AgencyId
    purposes: Annotated[frozenset[Purpose], msgspec.Meta(min_length=1)]
    from_date: dt.date
    review_date: dt.date
    source: Line
    categories: frozenset[SharedCategory] = frozenset()
    questions_a_day: Annotated[int, msgspec.Meta(ge=1, le=500)] = QUESTIONS_A_DAY
    until_date: dt.date | None = None


class EndPartnershipAgreement(Command):
    """End an agreement with another partnership for this side, and so for both."""

    agreement: AgreementId
    reason: Line


class AgreementWithSelf(Unreadable):
    """An agreement with oneself, or with a contact that is no agency here."""

    code = "agreement-with-self"
    rule = "An agreement is with another partnership, which is told an agency here to phone."
    permitted_by = "Name the other partnership, and an agency of this one."


class AgreementDatesContradict(Unreadable):
    """It would be over, or reviewed, before it begins."""

    code = "agreement-dates-contradict"
    rule = "An agreement is reviewed, and ends, after it begins."
    permitted_by = "Correct the dates."


class NoAgreementBetween(Guarded):
    """The two partnerships did not agree on that."""

    code = "no-agreement-between"
    rule = "Another partnership is asked, or handed a person, only under an agreement that both hold to (ours)."
    permitted_by = "Phone them, or ask your administrator which agreements there are with other partnerships."


def make(
    command: MakePartnershipAgreement, known: Between, here: PartnershipId, agencies: frozenset[AgencyId]
) -> Facts:
    """Entered once on this side; the same again adds nothing."""
    if command.partner == here or command.contact_agency not in agencies:
        raise AgreementWithSelf
    until = command.until_date
    if command.review_date < command.from_date or (until is not None and until < command.from_date):
        raise AgreementDatesContradict
    fact = PartnershipAgreementMade(
        at=command.at,
        agreement=command.agreement,
        partner=command.partner,
        name=command.name,
        contact_agency=command.contact_agency,
        purposes=command.purposes,
        categories=command.categories,
        questions_a_day=command.questions_a_day,
        from_date=command.from_date,
        until_date=until,
        review_date=command.review_date,
        source=command.source,
    )
    before = known.get(command.agreement)
    if before is None:
        return (fact,)
    if before == evolve({}, fact)[command.agreement]:
        return ()
    raise AlreadyExists(agreement=command.agreement)


def end(command: EndPartnershipAgreement, known: Between) -> Facts:
    """Ended once, by either side."""
    if found(known.get(command.agreement)).ended_at is not None:
        return ()
    return (PartnershipAgreementEnded(at=command.at, agreement=command.agreement, reason=command.reason),)


def holding(
    known: Between, partner: PartnershipId, at: dt.datetime, purpose: Purpose | None = None
) -> tuple[PartnershipAgreement, ...]:
    """This side of what holds with a partner at a moment, to an end where one is named; in the order of their names."""
    live = (one for one in known.values() if one.partner == partner and one.is_live(at))
    return tuple(sorted((one for one in live if purpose is None or purpose in one.purposes), key=lambda one: one.id))


def under(
    known: Between, agreement: AgreementId, partner: PartnershipId, at: dt.datetime, purpose: Purpose | None = None
) -> PartnershipAgreement:
    """One of them. Raises NoAgreementBetween: none, ended, with somebody else or to other ends are answered alike."""
    one = next((one for one in holding(known, partner, at, purpose) if one.id == agreement), None)
    if one is None:
        raise NoAgreementBetween(partner=partner)
    return one
