"""What proves the two logs of a partnership: for every worker of it, since nothing here is personal."""

from typing import Annotated, Literal

import msgspec

from api.hub import Hub
from api.routes import Route, get, post
from application.ports import Ledger, LogId, log_of
from application.proofs import Checkpoint, Consistency, Inclusion, ProofState, Receipt
from application.readings.panels import Panels
from domain.actors import Actor
from domain.refusals import Unknown
from domain.scrutiny.verification import RecordVerification

Position = Annotated[int, msgspec.Meta(ge=1, le=2**53)]
Size = Annotated[int, msgspec.Meta(ge=0, le=2**53)]
LEDGERS: tuple[Ledger, ...] = ("case", "access")


async def proof_states(hub: Hub, viewer: Actor) -> tuple[ProofState, ...]:
    """How far both logs are signed, how old that is, and what each witness has seen."""
    return tuple([await hub.proofs.state(log_of(viewer.partnership, ledger)) for ledger in LEDGERS])


async def checkpoint(hub: Hub, viewer: Actor, ledger: str, which: Literal["quorum", "newest"] = "quorum") -> Checkpoint:
    """The newest checkpoint that a quorum of witnesses cosigned, or the newest of all. Raises: NotProved; Unknown."""
    return await hub.proofs.checkpoint(log_named(viewer, ledger), newest=which == "newest")


async def inclusion(hub: Hub, viewer: Actor, ledger: str, position: Position, size: Position) -> Inclusion:
    """The path from what stands at a position to the root of a tree of `size` leaves. Raises: NotProved; Unknown."""
    return await hub.proofs.inclusion(log_named(viewer, ledger), position, size)


async def consistency(hub: Hub, viewer: Actor, ledger: str, old: Size, size: Size) -> Consistency:
    """The path that shows that a tree of `size` leaves begins with the `old` ones. Raises: NotProved; Unknown."""
    return await hub.proofs.consistency(log_named(viewer, ledger), old, size)


async def receipt(hub: Hub, viewer: Actor, ledger: str, position: Position) -> Receipt:
    """A receipt to keep, that what stands at a position was recorded. Raises: NotProved; Unknown."""
    return await hub.proofs.receipt(log_named(viewer, ledger), position)


def log_named(viewer: Actor, ledger: str) -> LogId:
    """One of the two logs of the viewer's partnership. Raises Unknown."""
    found = next((one for one in LEDGERS if one == ledger), None)
    if found is None:
        raise Unknown
    return log_of(viewer.partnership, found)


ROUTES: tuple[Route, ...] = (
    get("/v1/proof", proof_states),
    get("/v1/proof/verifications", Panels.verifications),
    post("/v1/proof/verifications", RecordVerification),
    get("/v1/proof/{ledger}/checkpoint", checkpoint),
    get("/v1/proof/{ledger}/inclusion", inclusion),
    get("/v1/proof/{ledger}/consistency", consistency),
    get("/v1/proof/{ledger}/receipt", receipt),
)
