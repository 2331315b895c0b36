"""Somebody was erased: their keys are destroyed. What was recorded of them still proves, and can no longer be read.

Two people order it (domain.rights.erasure). From the order on nothing is written of the person, but that what was left
open ended, in codes alone.
"""

from typing import Final, Literal

import msgspec

from domain.facts import Fact, Instant, Knowledge, knowing
from domain.ids import ErasureId, PersonId, WorkerId
from domain.refusals import Conflict

ErasureGround = Literal[
    "no-longer-necessary",
    "consent-withdrawn",
    "objection",
    "unlawfully-processed",
    "legal-obligation",
    "collected-from-a-child",
    "law-enforcement-unlawful",
    "law-enforcement-obligation",
    "retention-ended",
]
"""UK GDPR art. 17(1)(a) to (f), in this order; Data Protection Act 2018 s.47(1)(a) and (b); the end of the time for
which a record is kept (UK GDPR art. 5(1)(e), Data Protection Act 2018 s.39)."""


class ErasureOrdered(Fact, type="erasure-ordered", version=1, tags=("person", "erasure")):
    """Two people decided to erase a record: from now on its keys are destroyed, and nothing is written of it.

    There is one for each record of the same human. What was `left_open` names what had not ended, as `kind:id`.
    """

    erasure: ErasureId
    person: PersonId
    ground: ErasureGround
    proposed_by: WorkerId
    ordered_by: WorkerId
    left_open: tuple[str, ...] = ()


class ErasureCompleted(Fact, type="erasure-completed", version=1, tags=("person", "erasure")):
    """The keys of a record are destroyed, as `ordered_by` ordered."""

    erasure: ErasureId
    person: PersonId
    ordered_by: WorkerId


class Erased(msgspec.Struct, frozen=True):
    """The erasure of one record: who ordered it, when, and whether its keys are destroyed already."""

    erasure: ErasureId
    ordered_by: WorkerId
    ordered_at: Instant
    completed: bool = False


def evolve_erased(state: Erased | None, fact: Fact) -> Erased | None:
    """One record."""
    match fact:
        case ErasureOrdered():
            return Erased(fact.erasure, fact.ordered_by, fact.at)
        case ErasureCompleted() if state is not None:
            return msgspec.structs.replace(state, completed=True)
        case _:
            return state


OF_ERASING: Final = (ErasureOrdered, ErasureCompleted)


def erased(person: PersonId) -> Knowledge[Erased | None]:
    """Whether a record is erased, or about to be."""
    return knowing(None, evolve_erased, OF_ERASING, f"person:{person}")


class PersonErased(Conflict):
    """There is nobody there to write of."""

    code = "person-erased"
    rule = (
        "Nothing is written of a person who was erased, but that what was left open ended, without any words "
        "(UK GDPR art. 17; Data Protection Act 2018 s.47)."
    )
    permitted_by = "If the person is met again, enter them as somebody new."
