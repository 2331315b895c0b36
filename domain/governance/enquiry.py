"""Asking another partnership whether somebody is known there: one question, answered with yes, no or cannot say.

The question is about a person who was met here and has a record here; nobody is looked for by a name that is typed for
it. The answer says whom to phone there and nothing else: no id, no name, no count. Both sides record that it was
asked, under which agreement and to which end, and never what was asked.
"""

import datetime as dt
from collections import Counter
from typing import Annotated, Final, Literal

import msgspec

from domain.actors import Actor
from domain.facts import Command, Fact, Facts, Instant, Knowledge, Line, Slug, amended, knowing
from domain.governance.between import Between, under
from domain.governance.scope import Purpose
from domain.ids import AgencyId, AgreementId, EnquiryId, PartnershipId, PersonId, WorkerId
from domain.refusals import AlreadyExists, Guarded, found

EnquiryAnswer = Literal["known", "not-known", "cannot-say"]
"""`known` is said of a confident match alone; `cannot-say` where it may be somebody, or who it is has to be asked of
a human."""

A_DAY: Final = dt.timedelta(days=1)
ASKED_A_DAY: Final = 10
"""How often one worker may ask other partnerships in twenty-four hours (ours)."""

RULES: Final = {
    "asked-between-partnerships": (
        "Another partnership is asked whether somebody is known there, under an agreement that both hold to, of "
        "a person who was met here, by a worker who may write of them."
    ),
    "answered-between-partnerships": (
        "Another partnership is told under the agreement whether it is worth a call, and whom to call: nothing of "
        "the record itself."
    ),
}
"""Under which rules something is asked and answered, as the access ledger names them."""


class EnquiryMade(Fact, type="enquiry-made", version=1, tags=("person", "enquiry")):
    """Another partnership was asked whether it knows somebody."""

    enquiry: EnquiryId
    person: PersonId
    partner: PartnershipId
    agreement: AgreementId
    purpose: Purpose
    by_agency: AgencyId
    by_worker: WorkerId


class EnquiryAnswered(Fact, type="enquiry-answered", version=1, tags=("person", "enquiry")):
    """What it answered, and whom to phone there."""

    enquiry: EnquiryId
    person: PersonId
    partner: PartnershipId
    answer: EnquiryAnswer
    by_agency: AgencyId
    contact: str
    phone: str | None


class EnquiryReceived(Fact, type="enquiry-received", version=1, tags=("enquiry",)):
    """Another partnership asked, and was answered so: of whom stands in the access ledger alone.

    `from_agency` and `from_worker` are theirs, and none of this partnership's.
    """

    enquiry: EnquiryId
    partner: PartnershipId
    agreement: AgreementId
    purpose: Purpose
    from_agency: str
    from_worker: str
    answer: EnquiryAnswer


class Enquiry(msgspec.Struct, frozen=True):
    """A question that was asked here, and its answer once there is one."""

    person: PersonId
    partner: PartnershipId
    agreement: AgreementId
    purpose: Purpose
    by_agency: AgencyId
    by_worker: WorkerId
    asked_at: Instant
    answered: EnquiryAnswered | None = None


Enquiries = dict[EnquiryId, Enquiry]


def evolve(state: Enquiries, fact: Fact) -> Enquiries:
    """The questions that were asked."""
    match fact:
        case EnquiryMade():
            asked = Enquiry(
                fact.person, fact.partner, fact.agreement, fact.purpose, fact.by_agency, fact.by_worker, fact.at
            )
            return {**state, fact.enquiry: asked}
        case EnquiryAnswered():
            return amended(state, fact.enquiry, answered=fact)
        case _:
            return state


_ASKED: Final[Knowledge[Enquiries]] = knowing({}, evolve, (EnquiryMade, EnquiryAnswered))


def asked() -> Knowledge[Enquiries]:
    """Every question that was asked here: few, and each counts towards what a worker may ask."""
    return _ASKED


def of_person(person: PersonId) -> Knowledge[Enquiries]:
    """What was asked of one person."""
    return knowing({}, evolve, (EnquiryMade, EnquiryAnswered), f"person:{person}")


Received = dict[EnquiryId, EnquiryReceived]


def evolve_received(state: Received, fact: Fact) -> Received:
    """The questions that were answered here."""
    return {**state, fact.enquiry: fact} if isinstance(fact, EnquiryReceived) else state


_RECEIVED: Final[Knowledge[Received]] = knowing({}, evolve_received, (EnquiryReceived,))


def received() -> Knowledge[Received]:
    """Every question that was answered here."""
    return _RECEIVED


class MakeEnquiry(Command):
    """Ask another partnership whether it knows somebody."""

    enquiry: Annotated[EnquiryId, Slug]
    person: PersonId
    partner: PartnershipId
    agreement: AgreementId
    purpose: Purpose


class RecordEnquiryAnswer(Command):
    """Write down what the other partnership answered."""

    enquiry: EnquiryId
    answer: EnquiryAnswer
    contact: Line
    phone: Line | None = None


class ReceiveEnquiry(Command):
    """Answer another partnership."""

    enquiry: Annotated[EnquiryId, Slug]
    partner: PartnershipId
    agreement: AgreementId
    purpose: Purpose
    from_agency: Line
    from_worker: Line
    answer: EnquiryAnswer


class NotMetHere(Guarded):
    """Nobody of this partnership has met the person yet."""

    code = "not-met-here"
    rule = "Another partnership is asked about people whom this one works with, not about names (ours)."
    permitted_by = "Record the encounter, the attendance or the referral first."


class AskedTooOften(Guarded):
    """So much is not asked in a day."""

    code = "asked-too-often"
    rule = "One worker asks other partnerships ten times in a day, and a partnership as often as the agreement says."
    permitted_by = "Phone them, or ask again tomorrow."


def ask(command: MakeEnquiry, by: Actor, agreed: Between, known: Enquiries, now: dt.datetime, *, met: bool) -> Facts:
    """Somebody who was met here, under an agreement that holds, so many times a day."""
    before = known.get(command.enquiry)
    if before is not None:
        if (before.person, before.by_worker) == (command.person, by.worker):
            return ()
        raise AlreadyExists(enquiry=command.enquiry)
    under(agreed, command.agreement, command.partner, now, command.purpose)
    if not met:
        raise NotMetHere
    often = Counter(one.by_worker for one in known.values() if one.asked_at > now - A_DAY)
    if often[by.worker] >= ASKED_A_DAY:
        raise AskedTooOften(limit=ASKED_A_DAY)
    return (
        EnquiryMade(
            at=command.at,
            enquiry=command.enquiry,
            person=command.person,
            partner=command.partner,
            agreement=command.agreement,
            purpose=command.purpose,
            by_agency=by.agency,
            by_worker=by.worker,
        ),
    )


def record_answer(command: RecordEnquiryAnswer, known: Enquiries) -> Facts:
    """A question is answered once."""
    before = found(known.get(command.enquiry))
    if before.answered is not None:
        return ()
    return (
        EnquiryAnswered(
            at=command.at,
            enquiry=command.enquiry,
            person=before.person,
            partner=before.partner,
            answer=command.answer,
            by_agency=before.by_agency,
            contact=command.contact,
            phone=command.phone,
        ),
    )


def check_received(
    agreed: Between,
    known: Received,
    agreement: AgreementId,
    partner: PartnershipId,
    purpose: Purpose,
    now: dt.datetime,
) -> None:
    """Whether another partnership is answered at all. Raises: NoAgreementBetween, AskedTooOften."""
    one = under(agreed, agreement, partner, now, purpose)
    today = sum(1 for each in known.values() if each.agreement == agreement and each.at > now - A_DAY)
    if today >= one.questions_a_day:
        raise AskedTooOften(limit=one.questions_a_day)


def receive(command: ReceiveEnquiry, agreed: Between, known: Received, now: dt.datetime) -> Facts:
    """Answered once, under this side of the agreement, as often a day as it says."""
    if command.enquiry in known:
        return ()
    check_received(agreed, known, command.agreement, command.partner, command.purpose, now)
    return (
        EnquiryReceived(
            at=command.at,
            enquiry=command.enquiry,
            partner=command.partner,
            agreement=command.agreement,
            purpose=command.purpose,
            from_agency=command.from_agency,
            from_worker=command.from_worker,
            answer=command.answer,
        ),
    )
