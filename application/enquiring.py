"""Asking another partnership whether somebody is known there, and answering one that asks (ADR 0029).

Blind indexes of two partnerships cannot be compared. So who it is goes to the other side, which makes keys of it with
its own secret, compares, answers, and keeps nothing of it. Each side records in its own ledger before anything leaves.
"""

from typing import Final, Protocol

import msgspec

from application.access import AccessLedger
from application.between import open_flags
from application.deciding import Decider, Know
from application.finding.identity import Described, opened
from application.finding.near import Near, NearMatch
from application.ports import Clock, CommandKey, LogBusy, ReadModels, Unsealer, log_of
from application.relating import the_relationship
from application.views.people import PersonRow
from domain.actors import Actor
from domain.codes import FlagKind
from domain.facts import Instant
from domain.governance import enquiry
from domain.governance.access import AnsweredElsewhere, AskedElsewhere
from domain.governance.between import Between, NoAgreementBetween, PartnershipAgreement, between, holding, under
from domain.governance.enquiry import EnquiryAnswer, MakeEnquiry, ReceiveEnquiry, RecordEnquiryAnswer
from domain.governance.partnership import partnership
from domain.governance.scope import Purpose, SharedCategory
from domain.ids import AgreementId, EnquiryId, PartnershipId, PersonId, WorkerId

ANSWERING: Final = WorkerId("another-partnership")
"""Who looks when another partnership is answered: nobody who works here."""
WAIT_SECONDS: Final = 5.0
ASK_A_HUMAN: Final[frozenset[FlagKind]] = frozenset(
    {"keep-apart", "safeguarding", "modern-slavery", "coercion-suspected"}
)
"""Of somebody whom one of these warns for, no machine says that they are here: whoever asks may be whom they fled."""


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """What goes to another partnership: who asks, under which agreement, to which end, and who it is about."""

    enquiry: EnquiryId
    partner: PartnershipId
    agreement: AgreementId
    purpose: Purpose
    from_agency: str
    from_worker: str
    synthetic: bool
    who: Described


class Answer(msgspec.Struct, frozen=True):
    """What comes back, and nothing else: whether it is worth a call, and whom to call."""

    answer: EnquiryAnswer
    contact: str
    phone: str | None


class Terms(msgspec.Struct, frozen=True):
    """To which ends, and of which kinds of records, one side agreed."""

    purposes: frozenset[Purpose]
    categories: frozenset[SharedCategory]


class OtherPartnerships(Protocol):
    """Other partnerships, be they of this installation or of another one."""

    async def known(self, partnership: PartnershipId, question: Question) -> Answer:
        """Ask one of them. Raises: NoAgreementBetween, AskedTooOften; LogBusy, LogUnavailable, NotRecordable."""
        ...

    async def terms(self, partnership: PartnershipId, agreement: AgreementId, partner: PartnershipId) -> Terms | None:
        """Its side of an agreement with `partner`, None where it holds to none now. Raises: LogUnavailable."""
        ...


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """What was asked and answered."""

    enquiry: EnquiryId
    partner: PartnershipId
    purpose: Purpose
    asked: Instant
    by_worker: WorkerId
    answer: EnquiryAnswer | None
    contact: str | None
    phone: str | None
    position: int


class Answering:
    """Answers for the partnerships of this installation: OtherPartnerships."""

    def __init__(self, decider: Decider, models: ReadModels, ledger: AccessLedger, near: Near, clock: Clock) -> None:
        self._decider = decider
        self._models = models
        self._ledger = ledger
        self._near = near
        self._clock = clock

    async def terms(self, partnership: PartnershipId, agreement: AgreementId, partner: PartnershipId) -> Terms | None:
        """What that side says of it, where it entered it for this partner and it is live. Raises: LogUnavailable."""
        agreed = await self._decider.know(partnership)(between())
        live = holding(agreed, partner, self._clock.now())
        return next((Terms(one.purposes, one.categories) for one in live if one.id == agreement), None)

    async def known(self, partnership_id: PartnershipId, question: Question) -> Answer:
        """Look for who it is, record it, and only then say yes, no or cannot say.

        Raises: NoAgreementBetween, AskedTooOften; LogBusy, LogUnavailable, NotRecordable.
        """
        know = self._decider.know(partnership_id)
        now = self._clock.now()
        agreed, received = await know(between()), await know(enquiry.received())
        one = under(agreed, question.agreement, question.partner, now, question.purpose)
        before = received.get(question.enquiry)
        if before is not None:  # asked again after a lost connection: what was said, and no new look
            return await self._told(partnership_id, one, before.answer)
        enquiry.check_received(agreed, received, question.agreement, question.partner, question.purpose, now)
        log = log_of(partnership_id)
        if not await self._models.reached(log, await self._decider.log.head(log), WAIT_SECONDS):
            raise LogBusy  # whoever was just entered there is found, too
        (found,) = await self._near.of(log, one.contact_agency, (question.who,), synthetic=question.synthetic)
        answer, people = await self._judged(know, found)
        by = Actor(worker=ANSWERING, agency=one.contact_agency, role="system", partnership=partnership_id)
        command = ReceiveEnquiry(
            at=now,
            enquiry=question.enquiry,
            partner=question.partner,
            agreement=question.agreement,
            purpose=question.purpose,
            from_agency=question.from_agency,
            from_worker=question.from_worker,
            answer=answer,
        )
        await self._decider.decide(command, by)
        look = AnsweredElsewhere(
            at=now,
            route="known-elsewhere",
            request=question.enquiry,
            persons=people,
            categories=("register",),
            rules=("answered-between-partnerships",),
            opened=("identity",) if people else (),
            enquiry=question.enquiry,
            agreement=question.agreement,
            partner=question.partner,
            from_agency=question.from_agency,
            from_worker=question.from_worker,
            answer=answer,
        )
        await self._ledger.note(by, question.purpose, look)
        return await self._told(partnership_id, one, answer)

    async def _told(self, where: PartnershipId, one: PartnershipAgreement, answer: EnquiryAnswer) -> Answer:
        agency = (await self._decider.know(where)(partnership())).agencies.get(one.contact_agency)
        return Answer(answer, agency.name if agency else one.contact_agency, agency.phone if agency else None)

    async def _judged(self, know: Know, found: tuple[NearMatch, ...]) -> tuple[EnquiryAnswer, tuple[PersonId, ...]]:
        """Yes for a confident match alone; whom a machine must not give away is asked of a human."""
        people = tuple(one.row.person for one in found)
        if not found:
            return "not-known", ()
        sure = tuple(one.row.person for one in found if one.same)
        if not sure or any([await _asks_a_human(know, one) for one in people]):
            return "cannot-say", people
        return "known", sure


async def _asks_a_human(know: Know, person: PersonId) -> bool:
    """Whether under any of somebody's records it stands that they may be at risk, or that their data is restricted."""
    if await open_flags(know, person) & ASK_A_HUMAN:
        return True
    return bool((await the_relationship(know, person)).restriction_on("register", know.now))


class Enquiring:
    """Asks other partnerships."""

    def __init__(
        self, decider: Decider, unsealer: Unsealer, ledger: AccessLedger, others: OtherPartnerships, clock: Clock
    ) -> None:
        self._decider = decider
        self._unsealer = unsealer
        self._ledger = ledger
        self.others = others
        self._clock = clock

    async def agreed(self, here: PartnershipId, known: Between, partner: PartnershipId | None = None) -> Between:
        """What both sides hold to now, and only as far as both say it."""
        now = self._clock.now()
        both: Between = {}
        for one in known.values():
            if one.is_live(now) and partner in {None, one.partner}:
                there = await self.others.terms(one.partner, one.id, here)
                if there is not None:
                    both[one.id] = msgspec.structs.replace(
                        one, purposes=one.purposes & there.purposes, categories=one.categories & there.categories
                    )
        return both

    async def ask(
        self,
        viewer: Actor,
        row: PersonRow,
        partner: PartnershipId,
        purpose: Purpose,
        *,
        new_id: EnquiryId,
        key: CommandKey | None,
    ) -> Asked:
        """Ask about a person whose entry was read for it, as the worker may see it. Nothing of it is typed for this.

        Sent again with the same key, it is one question.
        Raises: Refusal; CommandReused, LogBusy, LogUnavailable, NotRecordable.
        """
        now = self._clock.now()
        agreed = await self.agreed(viewer.partnership, await self._decider.know(viewer.partnership)(between()), partner)
        fitting = holding(agreed, partner, now, purpose)
        if not fitting:
            raise NoAgreementBetween(partner=partner)
        agreement = fitting[0].id
        command = MakeEnquiry(
            at=now, enquiry=new_id, person=row.person, partner=partner, agreement=agreement, purpose=purpose
        )
        decided = await self._decider.decide(command, viewer, key=key, result=new_id.encode())
        asked_as = EnquiryId(decided.result.decode())
        known = (await self._decider.know(viewer.partnership)(enquiry.asked()))[asked_as]
        if known.answered is None:
            look = AskedElsewhere(
                at=now,
                route="known-elsewhere",
                request=asked_as,
                persons=(row.person,),
                categories=("register",),
                rules=("asked-between-partnerships",),
                opened=("identity",),
                enquiry=asked_as,
                agreement=known.agreement,
                partner=partner,
            )
            await self._ledger.note(viewer, purpose, look)
            (who,) = opened(self._unsealer, [row])
            question = Question(
                enquiry=asked_as,
                partner=viewer.partnership,
                agreement=known.agreement,
                purpose=purpose,
                from_agency=viewer.agency,
                from_worker=viewer.worker,
                synthetic=row.synthetic,
                who=msgspec.structs.replace(who, reference=""),
            )
            answer = await self.others.known(partner, question)
            written = RecordEnquiryAnswer(
                at=self._clock.now(),
                enquiry=asked_as,
                answer=answer.answer,
                contact=answer.contact,
                phone=answer.phone,
            )
            decided = await self._decider.decide(written, viewer)
            known = (await self._decider.know(viewer.partnership)(enquiry.asked()))[asked_as]
        return told(asked_as, known, decided.position)


def told(asked_as: EnquiryId, known: enquiry.Enquiry, position: int) -> Asked:
    """A question and its answer, as it is shown."""
    answered = known.answered
    return Asked(
        enquiry=asked_as,
        partner=known.partner,
        purpose=known.purpose,
        asked=known.asked_at,
        by_worker=known.by_worker,
        answer=answered.answer if answered else None,
        contact=answered.contact if answered else None,
        phone=answered.phone if answered else None,
        position=position,
    )
