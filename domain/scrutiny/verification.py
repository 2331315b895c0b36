"""That somebody verified a log, up to which size and with which root, and what came out: their word for it, on record.

The verifier is run on a machine of their own; what is recorded here shows others that it was done, and when.
"""

from typing import Annotated, Final, Literal

import msgspec

from domain.facts import Command, Fact, Facts, Instant, Line
from domain.ids import WorkerId
from domain.refusals import Unreadable

Ledger = Literal["case", "access"]
Outcome = Literal["holds", "wrong"]
Root = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9+/]{43}=$")]
"""The second number of a checkpoint, as it stands there: base64 of 32 bytes."""
KEPT: Final = 10
"""How many of the latest are told of each log."""


class LogVerified(Fact, type="log-verified", version=1):
    """Somebody ran a verifier over the first `size` entries of a log. `fault`: the first thing that was wrong."""

    ledger: Ledger
    size: int
    root: str
    outcome: Outcome
    by_worker: WorkerId
    fault: str | None = None


class Verified(msgspec.Struct, frozen=True, kw_only=True):
    """A verification, as it was recorded."""

    at: Instant
    size: int
    root: str
    outcome: Outcome
    by: WorkerId
    fault: str | None = None


Verifications = dict[Ledger, tuple[Verified, ...]]
"""The latest of each log, the latest first."""


def evolve(state: Verifications, fact: LogVerified) -> Verifications:
    """The verifications as they were recorded."""
    one = Verified(
        at=fact.at, size=fact.size, root=fact.root, outcome=fact.outcome, by=fact.by_worker, fault=fact.fault
    )
    return {**state, fact.ledger: (one, *state.get(fact.ledger, ()))[:KEPT]}


class RecordVerification(Command):
    """Record that you verified a log yourself: size and root are the second and third line of its checkpoint."""

    ledger: Ledger
    size: Annotated[int, msgspec.Meta(ge=1, le=2**53)]
    root: Root
    outcome: Outcome
    fault: Line | None = None


class FaultNotSaid(Unreadable):
    """It was wrong, and where is not said."""

    code = "fault-not-said"
    rule = "Whoever finds a log wrong says where: the place that the verifier names."
    permitted_by = "Copy the place from the line that begins with WRONG."


def record(command: RecordVerification, known: Verifications, worker: WorkerId) -> Facts:
    """As often as somebody looks; the same again adds nothing."""
    if command.outcome == "wrong" and command.fault is None:
        raise FaultNotSaid
    last = next((one for one in known.get(command.ledger, ()) if one.by == worker), None)
    if last is not None and (last.size, last.root, last.outcome) == (command.size, command.root, command.outcome):
        return ()
    fact = LogVerified(
        at=command.at,
        ledger=command.ledger,
        size=command.size,
        root=command.root,
        outcome=command.outcome,
        by_worker=worker,
        fault=command.fault if command.outcome == "wrong" else None,
    )
    return (fact,)
