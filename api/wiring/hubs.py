"""A hub joined to its adapters: over PostgreSQL and the installation's keys, or in memory."""

from __future__ import annotations

import asyncio
import datetime as dt
import hmac
from contextlib import asynccontextmanager, suppress
from functools import partial
from typing import TYPE_CHECKING, Final

import asyncpg

from adapters.identity import fetching
from adapters.identity.accounts import MemoryAccounts, PostgresAccounts
from adapters.identity.devices import WebauthnDevices
from adapters.identity.oidc import OidcProviders
from adapters.identity.one_time import MemoryOneTime, MemoryTries, PostgresOneTime, PostgresTries
from adapters.identity.passwords import Argon2Passwords
from adapters.identity.secrets import KeyedSecrets
from adapters.identity.signatures import JoseSignatures
from adapters.identity.tablets import MemoryTablets, PostgresTablets
from adapters.identity.tokens import MemoryTokens, PostgresTokens
from adapters.memory import MemoryEventLog
from adapters.memory_read_models import MemoryReadModels
from adapters.person_keys import BlindPersonKeys
from adapters.postgres.event_log import PostgresEventLog
from adapters.postgres.inspection import DatabaseUnreachableError
from adapters.postgres.migrations import MigrationError, pending
from adapters.postgres.projector import ProjectionStatus, Projector
from adapters.postgres.read_models import PostgresReadModels, connect_arguments
from adapters.postgres.signer import PostgresProofStore
from adapters.proof.memory import MemoryProofStore
from adapters.proof.proofs import StoredProofs
from adapters.proof.signing import Secret
from adapters.proof.verifier import HASH_BYTES, Policy
from adapters.sealing.codec import JsonCodec
from adapters.sealing.keys import KeysUnusable, MemoryKeys, StoredKeys
from adapters.spool import DiskSpool, MemorySpool
from api.hub import Check, Hub, Projection, pseudonym
from api.wiring.keys import TAG_KEY, none_older, store_of
from api.wiring.projection import this_process
from api.wiring.proof import witnesses_of
from application.access import AccessLedger
from application.accounts import Accounts
from application.deciding import Decider
from application.enquiring import Answering, Enquiring
from application.finding.near import Near
from application.machines import Machines
from application.passkeys import Passkeys
from application.ports import LogUnavailable, log_of
from application.proving import Proving
from application.readings.ground import Ground
from application.readings.readings import Readings
from application.rights.erasing import Erasing
from application.transferring import Here, Transferring
from application.views import VIEWS

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Sequence

    from api.hub import Digest
    from api.settings import Settings
    from application.others import Provider
    from application.ports import Clock, KeyStore, ReadModels, Unsealer
    from domain.ids import PartnershipId


READING_SIZE: Final = 8
POOL_SIZE: Final = 4
READY_SECONDS: Final = 2.0
NOT_PROJECTED_SECONDS: Final = 15.0
REQUEST_KEY: Final = "requests"
ACCOUNTS_KEY: Final = "accounts"
ACCESS_SPOOL: Final = "access-spool"
IN_MEMORY: Final = Secret("memory.invalid", bytes(HASH_BYTES))


class SystemClock:
    """The time of this machine."""

    def now(self) -> dt.datetime:
        """This moment, in UTC."""
        return dt.datetime.now(dt.UTC)


@asynccontextmanager
async def opened(given: Settings, *, projecting: bool = True) -> AsyncIterator[Hub]:
    """A hub over the installation's database and keys. The database may be away, now or later.

    Without `projecting` another process brings the views forward.
    """
    assert given.database_url is not None
    keys = store_of(given)
    codec = JsonCodec(keys)
    # A request keeps a connection of `reading` to its end. What else it asks meanwhile goes over others: else requests
    # could come to wait for each other.
    arguments = connect_arguments() | {"min_size": 0, "init": none_older(keys)}
    reading = await asyncpg.create_pool(given.database_url, max_size=READING_SIZE, **arguments)
    pool = await asyncpg.create_pool(given.database_url, max_size=POOL_SIZE, **arguments)
    log = await PostgresEventLog.open(given.database_url, tag_key=keys.secret(TAG_KEY))
    person_keys = BlindPersonKeys(codec, keys.secret)
    projector = Projector(pool, log, codec, VIEWS, this_process(), person_keys)
    running = asyncio.ensure_future(projector.run()) if projecting else None
    clock = SystemClock()
    decider, models = Decider(log, codec, clock), PostgresReadModels(reading, pool)
    secrets = KeyedSecrets(keys.secret(ACCOUNTS_KEY))
    accounts = Accounts(decider, PostgresAccounts(pool), PostgresOneTime(pool), secrets, clock)
    proving = Proving(accounts, Argon2Passwords(secrets), PostgresTries(pool))
    http = fetching.client()
    ledger = AccessLedger(log, codec, clock, DiskSpool(given.access_spool or given.home / ACCESS_SPOOL))
    near = Near(models, codec, person_keys)
    readings = Readings(Ground(models, log, decider.folds, codec, codec, clock, person_keys))
    enquiring, transferring = _between(decider, models, readings, codec, ledger, near, _digest(keys), clock)
    draining = asyncio.ensure_future(ledger.keep_draining())

    async def ready() -> tuple[Check, ...]:
        return (await _database(given.database_url or ""), _keys(keys), await _projections(projector))

    async def projections(partnership: PartnershipId) -> tuple[Projection, ...]:
        return tuple(_projection(one) for one in await projector.status() if one.log == log_of(partnership))

    try:
        yield Hub(
            decider=decider,
            models=models,
            readings=readings,
            unsealer=codec,
            tokens=PostgresTokens(pool),
            tablets=PostgresTablets(pool),
            accounts=accounts,
            proving=proving,
            passkeys=Passkeys(accounts, proving, WebauthnDevices()),
            machines=Machines(accounts, proving, JoseSignatures(http, given.key_hosts)),
            providers=OidcProviders(given.providers, http, JoseSignatures(http, ()), clock),
            ledger=ledger,
            proofs=StoredProofs(PostgresProofStore(pool), witnesses_of(given)),
            near=near,
            enquiring=enquiring,
            transferring=transferring,
            erasing=Erasing(decider, codec, keys, clock.now),
            clock=clock,
            digest=_digest(keys),
            codec=codec,
            ready=ready,
            projections=projections,
        )
    finally:
        for task in (running, draining):
            if task is not None:
                task.cancel()
                with suppress(asyncio.CancelledError, Exception):
                    await task
        await http.aclose()
        await log.close()
        await reading.close()
        await pool.close()
        keys.close()


@asynccontextmanager
async def in_memory(
    clock: Clock | None = None,
    keys: MemoryKeys | None = None,
    providers: Sequence[Provider] = (),
    key_hosts: Sequence[str] = (),
) -> AsyncIterator[Hub]:
    """A hub that lives as long as its process: for tests."""
    given = clock or SystemClock()
    keys = keys or MemoryKeys()
    codec = JsonCodec(keys)
    log = MemoryEventLog(given.now)
    stored = MemoryAccounts()
    kept = MemoryTokens(stored.holds)

    async def ready() -> tuple[Check, ...]:
        return (Check("memory", well=True),)

    async def projections(_partnership: PartnershipId) -> tuple[Projection, ...]:
        return ()

    person_keys = BlindPersonKeys(codec, keys.secret)
    decider, models = Decider(log, codec, given), MemoryReadModels(log, codec, VIEWS, person_keys)
    secrets = KeyedSecrets(keys.secret(ACCOUNTS_KEY))
    accounts = Accounts(decider, stored, MemoryOneTime(), secrets, given)
    proving = Proving(accounts, Argon2Passwords(secrets), MemoryTries())
    http = fetching.client()
    ledger, near = AccessLedger(log, codec, given, MemorySpool()), Near(models, codec, person_keys)
    readings = Readings(Ground(models, log, decider.folds, codec, codec, given, person_keys))
    enquiring, transferring = _between(decider, models, readings, codec, ledger, near, _digest(keys), given)
    try:
        yield Hub(
            decider=decider,
            models=models,
            readings=readings,
            unsealer=codec,
            tokens=kept,
            tablets=MemoryTablets(kept),
            proofs=StoredProofs(MemoryProofStore(log, IN_MEMORY, given.now), Policy(quorum="none")),
            ledger=ledger,
            near=near,
            enquiring=enquiring,
            transferring=transferring,
            erasing=Erasing(decider, codec, keys, given.now),
            accounts=accounts,
            proving=proving,
            passkeys=Passkeys(accounts, proving, WebauthnDevices()),
            machines=Machines(accounts, proving, JoseSignatures(http, key_hosts)),
            providers=OidcProviders(providers, http, JoseSignatures(http, ()), given),
            clock=given,
            digest=_digest(keys),
            codec=codec,
            ready=ready,
            projections=projections,
        )
    finally:
        await http.aclose()


def _between(
    decider: Decider,
    models: ReadModels,
    readings: Readings,
    unsealer: Unsealer,
    ledger: AccessLedger,
    near: Near,
    digest: Digest,
    clock: Clock,
) -> tuple[Enquiring, Transferring]:
    """Other partnerships are those of this installation."""
    enquiring = Enquiring(decider, unsealer, ledger, Answering(decider, models, ledger, near, clock), clock)
    here = Here(decider, models, readings, ledger, clock)
    ids = partial(pseudonym, digest)
    return enquiring, Transferring(decider, models, unsealer, near, enquiring, here, ids, clock)


def _projection(status: ProjectionStatus) -> Projection:
    return Projection(
        build=status.build,
        live=status.live,
        position=status.position,
        head=status.head,
        lag=status.lag,
        outdated=status.outdated,
        stopped=status.stopped,
        updated=status.updated_at,
    )


def _digest(keys: KeyStore) -> Callable[[bytes], bytes]:
    key = keys.secret(REQUEST_KEY)
    return lambda content: hmac.digest(key, content, "sha256")


async def _database(url: str) -> Check:
    try:
        async with asyncio.timeout(READY_SECONDS):
            names = await pending(url)
    except MigrationError as error:
        return Check("database", well=False, note=str(error))
    except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError, DatabaseUnreachableError):
        return Check("database", well=False, note="it does not answer")
    return Check("database", well=not names, note=f"{len(names)} migrations are missing" if names else "")


def _keys(keys: StoredKeys) -> Check:
    try:
        keys.opening(("readiness",))
    except (KeysUnusable, LogUnavailable):
        return Check("keys", well=False, note="the store of the keys does not answer")
    return Check("keys", well=True)


async def _projections(projector: Projector) -> Check:
    """Whether somebody, here or elsewhere, brings what was recorded into the views."""
    try:
        async with asyncio.timeout(READY_SECONDS):
            waited = await projector.waited()
    except (TimeoutError, LogUnavailable):
        return Check("projections", well=False, note="how far they are is not known")
    well = waited < NOT_PROJECTED_SECONDS
    return Check("projections", well=well, note="" if well else f"nobody has gone on with them for {waited:.0f} s")
