"""Erasing somebody: proposed by one worker on a ground in law, ordered by another, one of them the privacy officer.

What is erased is a human: every record that was merged into theirs. A legal hold wins; what is open ends first, or is
left with a reason. Once ordered, the keys are destroyed, which cannot be undone.
"""

from collections.abc import Mapping
from typing import Annotated, Final, Literal

import msgspec

from domain.actors import Actor, Role
from domain.facts import Command, Fact, Facts, IdentityText, Instant, Knowledge, Personal, Slug, Text, knowing
from domain.ids import ErasureId, PersonId, WorkerId
from domain.people.erased import ErasureCompleted, ErasureGround, ErasureOrdered
from domain.refusals import AlreadyExists, Conflict, Guarded, NotPermitted, Unreadable, found
from domain.rights.legal_hold import Hold
from domain.rights.open_matters import ENDED_FIRST

PRIVACY_OFFICER: Final[Role] = "privacy-officer"

LAW: Final[Mapping[ErasureGround, str]] = {
    "no-longer-necessary": "UK GDPR art. 17(1)(a)",
    "consent-withdrawn": "UK GDPR art. 17(1)(b)",
    "objection": "UK GDPR art. 17(1)(c)",
    "unlawfully-processed": "UK GDPR art. 17(1)(d)",
    "legal-obligation": "UK GDPR art. 17(1)(e)",
    "collected-from-a-child": "UK GDPR art. 17(1)(f)",
    "law-enforcement-unlawful": "Data Protection Act 2018 s.47(1)(a)",
    "law-enforcement-obligation": "Data Protection Act 2018 s.47(1)(b)",
    "retention-ended": "UK GDPR art. 5(1)(e); Data Protection Act 2018 s.39",
}
"""Where each ground stands."""


class ErasureProposed(Fact, type="erasure-proposed", version=1, tags=("person", "person:{others}", "erasure")):
    """Somebody thinks that a person is to be erased, and says on which ground. `others` are their other records.

    `left_open` is what has not ended, as `kind:id`, and `why_left_open` why that is no obstacle. What was written of
    the reasons is erased with the person; ground, who and when stay. `by_agency` is no `AgencyId`, as in what is said
    of a merge.
    """

    erasure: ErasureId
    person: PersonId
    others: tuple[PersonId, ...]
    ground: ErasureGround
    by_agency: str
    by_worker: WorkerId
    by_role: Role
    left_open: tuple[str, ...] = ()
    reason: IdentityText = None
    why_left_open: IdentityText = None


class ErasureDeclined(Fact, type="erasure-declined", version=1, tags=("person", "erasure")):
    """The person is not erased: a second worker thought otherwise, or who proposed it took it back."""

    erasure: ErasureId
    person: PersonId
    by_agency: str
    by_worker: WorkerId
    reason: IdentityText = None


class ProposeErasure(Command):
    """Propose to erase a person, with all that was merged into their record."""

    erasure: Annotated[ErasureId, Slug]
    person: PersonId
    ground: ErasureGround
    reason: Annotated[Text, Personal("identity")]
    why_left_open: Annotated[Text | None, Personal("identity")] = None


class OrderErasure(Command):
    """Order a proposed erasure. It cannot be undone."""

    erasure: ErasureId
    person: PersonId


class DeclineErasure(Command):
    """Decide against a proposed erasure, or take one's own proposal back."""

    erasure: ErasureId
    person: PersonId
    reason: Annotated[Text, Personal("identity")]


class CompleteErasure(Command):
    """Say that the keys of a record are destroyed. Nobody but the system does, once they are."""

    erasure: ErasureId
    person: PersonId


class Erasure(msgspec.Struct, frozen=True):
    """An erasure, from its proposal on: whom it concerns, who proposed and ordered it, how far it went."""

    id: ErasureId
    person: PersonId
    others: frozenset[PersonId]
    ground: ErasureGround
    proposed_at: Instant
    proposed_by: WorkerId
    proposed_role: Role
    left_open: frozenset[str] = frozenset()
    status: Literal["proposed", "declined", "ordered", "completed"] = "proposed"
    decided_by: WorkerId | None = None
    decided_at: Instant | None = None
    keys_left: frozenset[PersonId] = frozenset()
    """Records whose keys are to be destroyed."""

    @property
    def records(self) -> frozenset[PersonId]:
        """Every record that it is of."""
        return self.others | {self.person}


Erasures = Mapping[ErasureId, Erasure]


def evolve(state: Erasures, fact: Fact) -> Erasures:
    """Erasures as they stand."""
    change = msgspec.structs.replace
    match fact:
        case ErasureProposed():
            one = Erasure(
                id=fact.erasure,
                person=fact.person,
                others=frozenset(fact.others),
                ground=fact.ground,
                proposed_at=fact.at,
                proposed_by=fact.by_worker,
                proposed_role=fact.by_role,
                left_open=frozenset(fact.left_open),
            )
        case ErasureDeclined() if fact.erasure in state:
            one = change(state[fact.erasure], status="declined", decided_by=fact.by_worker, decided_at=fact.at)
        case ErasureOrdered() if fact.erasure in state:
            known = state[fact.erasure]
            one = change(
                known,
                status="ordered",
                decided_by=fact.ordered_by,
                decided_at=fact.at,
                keys_left=known.keys_left | {fact.person},
            )
        case ErasureCompleted() if fact.erasure in state:
            known = state[fact.erasure]
            left = known.keys_left - {fact.person}
            one = change(known, status="ordered" if left else "completed", keys_left=left)
        case _:
            return state
    return {**state, one.id: one}


OF_ERASURES: Final = (ErasureProposed, ErasureDeclined, ErasureOrdered, ErasureCompleted)
NONE: Final[Erasures] = {}
_EVERY: Final[Knowledge[Erasures]] = knowing(NONE, evolve, OF_ERASURES)


def erasures() -> Knowledge[Erasures]:
    """Every erasure of the partnership."""
    return _EVERY


def erasures_of(person: PersonId) -> Knowledge[Erasures]:
    """The erasures of one record."""
    return knowing(NONE, evolve, OF_ERASURES, f"person:{person}")


class HumansErase(NotPermitted):
    """No machine decides whom to forget."""

    code = "humans-erase"
    rule = "Erasure is proposed and ordered by humans (ours; UK GDPR art. 22A)."
    permitted_by = "Ask a worker who sees to people's rights."


class TwoPeopleErase(NotPermitted):
    """Whoever proposed an erasure does not order it."""

    code = "two-people-erase"
    rule = "Two different workers agree before somebody is erased (ours)."
    permitted_by = "Ask another worker who sees to people's rights."


class PrivacyOfficerErases(NotPermitted):
    """Neither of the two is the privacy officer."""

    code = "privacy-officer-erases"
    rule = "One of the two who erase somebody is the privacy officer (ours)."
    permitted_by = "Ask the privacy officer to order it."


class OnlySystemCompletes(NotPermitted):
    """The system says that keys are destroyed, once it destroyed them."""

    code = "only-system-completes"
    rule = "That keys are destroyed is said by what destroys them."


class HeldByLaw(Guarded):
    """A legal hold stands."""

    code = "legal-hold"
    rule = "A legal hold wins over erasure (UK GDPR art. 17(3)(b) and (e); Data Protection Act 2018 s.47(2))."
    permitted_by = "Wait until the hold is lifted, or ask who placed it."


class StillOpen(Guarded):
    """Something of the person has not ended."""

    code = "still-open"
    rule = "What is open ends before somebody is erased, or whoever proposes it says why it is left (ours)."
    permitted_by = "End what is open, or say why it may be left."


class EndedFirst(Guarded):
    """Something has not ended that no reason leaves open."""

    code = "ended-first"
    rule = (
        "A proposed merge, an offer to hand the person over, a look in an emergency that waits for its review, and "
        "whose things are after a merge was undone, are settled before somebody is erased (ours)."
    )
    permitted_by = "Decide, withdraw or review it first."


class OpenedSince(Conflict):
    """Something was begun after the proposal."""

    code = "opened-since"
    rule = "An erasure is ordered as it was proposed: what was begun since is decided upon first."
    permitted_by = "Decline this proposal and propose it again."


class RecordsChanged(Conflict):
    """Records were merged or parted since the proposal."""

    code = "records-changed"
    rule = "An erasure is ordered of the records that it was proposed for."
    permitted_by = "Decline this proposal and propose it again."


class ErasureDecided(Conflict):
    """It was decided already."""

    code = "erasure-decided"
    rule = "A proposed erasure is decided once."
    permitted_by = "Propose it again, if it was declined."


class ErasureWaits(Conflict):
    """There is a proposal already."""

    code = "erasure-waits"
    rule = "One proposal to erase somebody is decided before there is another."
    permitted_by = "Order or decline the one that waits."


class NotOrdered(Unreadable):
    """Nobody ordered it."""

    code = "erasure-not-ordered"
    rule = "Keys are destroyed where that was ordered."


class Known(msgspec.Struct, frozen=True):
    """What is known of a human who may be erased: records, holds that stand, what is open, what was proposed before."""

    person: PersonId
    records: frozenset[PersonId]
    holds: tuple[Hold, ...]
    open: frozenset[str]
    erasures: Erasures


def _check_free(known: Known) -> None:
    """No hold stands, and nothing is open that no reason leaves."""
    for hold in known.holds:
        raise HeldByLaw(hold=hold.id, matter=hold.matter, review_on=hold.review_on)
    first = sorted(one for one in known.open if one.partition(":")[0] in ENDED_FIRST)
    if first:
        raise EndedFirst(open=_kinds(first))


def _kinds(matters: list[str]) -> str:
    return ", ".join(dict.fromkeys(one.partition(":")[0].replace("_", "-") for one in matters))


def propose(command: ProposeErasure, by: Actor, known: Known) -> Facts:
    """A human proposes it, with a ground; the same again adds nothing."""
    if by.role == "system":
        raise HumansErase
    one = known.erasures.get(command.erasure)
    if one is not None:
        if (one.person, one.ground, one.proposed_by) == (known.person, command.ground, by.worker):
            return ()
        raise AlreadyExists(erasure=command.erasure)
    if any(each.status == "proposed" for each in known.erasures.values()):
        raise ErasureWaits
    _check_free(known)
    if known.open and command.why_left_open is None:
        raise StillOpen(open=_kinds(sorted(known.open)))
    return (
        ErasureProposed(
            at=command.at,
            erasure=command.erasure,
            person=known.person,
            others=tuple(sorted(known.records - {known.person})),
            ground=command.ground,
            by_agency=by.agency,
            by_worker=by.worker,
            by_role=by.role,
            left_open=tuple(sorted(known.open)),
            reason=command.reason,
            why_left_open=command.why_left_open,
        ),
    )


def order(command: OrderErasure, by: Actor, known: Known) -> Facts:
    """A second human orders it, once: for each record of the human."""
    one = _waiting(command.erasure, by, known.erasures)
    if one.proposed_by == by.worker:
        raise TwoPeopleErase
    if PRIVACY_OFFICER not in {by.role, one.proposed_role}:
        raise PrivacyOfficerErases
    if one.records != known.records:
        raise RecordsChanged
    _check_free(known)
    begun = sorted(known.open - one.left_open)
    if begun:
        raise OpenedSince(open=_kinds(begun))
    return tuple(
        ErasureOrdered(
            at=command.at,
            erasure=one.id,
            person=record,
            ground=one.ground,
            proposed_by=one.proposed_by,
            ordered_by=by.worker,
            left_open=tuple(sorted(known.open)),
        )
        for record in (one.person, *sorted(one.others))
    )


def decline(command: DeclineErasure, by: Actor, known: Erasures) -> Facts:
    """Anybody who could order it may decline it, and who proposed it may take it back."""
    one = _waiting(command.erasure, by, known)
    return (
        ErasureDeclined(
            at=command.at,
            erasure=one.id,
            person=one.person,
            by_agency=by.agency,
            by_worker=by.worker,
            reason=command.reason,
        ),
    )


def _waiting(erasure: ErasureId, by: Actor, known: Erasures) -> Erasure:
    if by.role == "system":
        raise HumansErase
    one = found(known.get(erasure))
    if one.status != "proposed":
        raise ErasureDecided(status=one.status)
    return one


def complete(command: CompleteErasure, by: Actor, known: Erasures) -> Facts:
    """The system says so of each record, once, naming who ordered it."""
    if by.role != "system":
        raise OnlySystemCompletes
    one = known.get(command.erasure)
    if one is None or one.decided_by is None or one.status not in {"ordered", "completed"}:
        raise NotOrdered
    if command.person not in one.keys_left:
        return ()
    fact = ErasureCompleted(at=command.at, erasure=one.id, person=command.person, ordered_by=one.decided_by)
    return (fact,)
