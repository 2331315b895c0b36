"""What the API is given to work with: the ports, joined to their adapters by the wiring."""

from collections.abc import Awaitable, Callable
from typing import Protocol

import msgspec

from application.access import AccessLedger, Account
from application.accounts import Accounts
from application.deciding import Decider
from application.enquiring import Enquiring
from application.finding.near import Near
from application.identity import Tokens
from application.machines import Machines
from application.others import Providers
from application.passkeys import Passkeys
from application.ports import Clock, Codec, ReadModels, Unsealer, log_of
from application.proofs import Proofs
from application.proving import Proving
from application.readings.readings import Readings
from application.redeciding import Changing, Redeciding
from application.rights.erasing import Erasing
from application.snapshot import Snapshot
from application.tablet import Tablets
from application.transferring import Transferring
from domain.actors import Actor
from domain.facts import Instant, QueryItem
from domain.ids import PartnershipId
from domain.people.registering import holder


class Digest(Protocol):
    """A keyed hash of a request under a key of the installation, so that what is kept of it tells nothing."""

    def __call__(self, content: bytes, /) -> bytes:
        """32 bytes."""
        ...


def pseudonym(digest: Digest, *parts: str) -> str:
    """A keyed hash of texts as 32 hexadecimal digits: the same for the same texts, nothing without the key."""
    content = b"".join(len(one).to_bytes(8) + one for one in (part.encode() for part in parts))
    return digest(b"pseudonym" + content).hex()[:32]


class Check(msgspec.Struct, frozen=True):
    """One thing without which nothing can be answered, and how it stands."""

    name: str
    well: bool
    note: str = ""


class Projection(msgspec.Struct, frozen=True, kw_only=True):
    """How far one build of a partnership's views has come. `stopped` says at what, where it cannot go on."""

    build: int
    live: bool
    position: int
    head: int
    lag: int
    outdated: bool
    stopped: str | None
    updated: Instant


class Hub(msgspec.Struct, frozen=True, kw_only=True):
    """One running installation, as the API sees it."""

    decider: Decider
    models: ReadModels
    readings: Readings
    unsealer: Unsealer
    tokens: Tokens
    tablets: Tablets
    accounts: Accounts
    proving: Proving
    passkeys: Passkeys
    machines: Machines
    providers: Providers
    ledger: AccessLedger
    proofs: Proofs
    near: Near
    enquiring: Enquiring
    transferring: Transferring
    erasing: Erasing
    clock: Clock
    digest: Digest
    codec: Codec
    ready: Callable[[], Awaitable[tuple[Check, ...]]]
    projections: Callable[[PartnershipId], Awaitable[tuple[Projection, ...]]]

    def snapshot(self, viewer: Actor, account: Account) -> Snapshot:
        """What one request of a viewer reads of, taken when something is first read; the account takes down what."""
        return Snapshot(self.models, self.decider.folds, viewer, account)

    def of(self, snapshot: Snapshot) -> "Hub":
        """The same hub, all that it reads being of one snapshot."""
        return msgspec.structs.replace(self, models=snapshot, readings=self.readings.of(snapshot))

    def redeciding(self, partnership: PartnershipId, changing: Changing | None = None) -> Redeciding:
        """Makes the decisions of a partnership again; `changing` makes it a what-if."""
        return Redeciding(self.decider.log, self.codec, self.unsealer, log_of(partnership), changing)

    async def positions_about(self, partnership: PartnershipId, reference: str) -> frozenset[int] | None:
        """Where the log speaks of the person who has a reference; None where nobody has it."""
        log = log_of(partnership)
        person, _ = await self.decider.folds.fold(log, holder(reference))
        if person is None:
            return None
        page = await self.decider.log.read(log, (QueryItem(tags=frozenset({f"person:{person}"})),))
        return frozenset(one.position for one in page.events)

    def pseudonym(self, *parts: str) -> str:
        """A keyed hash of texts as 32 hexadecimal digits: the same for the same texts, nothing without the key."""
        return pseudonym(self.digest, *parts)
