"""The one place that knows the adapters: it joins them to the ports that everything else speaks to."""

from __future__ import annotations

import asyncio
import base64
import datetime as dt
import hmac
import os
import socket
from contextlib import asynccontextmanager, suppress
from functools import partial
from typing import TYPE_CHECKING, Final, Literal, TypeVar

import asyncpg
import msgspec

from adapters.calendars import bank_holidays
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
from adapters.person_keys import SECRETS, BlindPersonKeys, secret_name
from adapters.postgres import key_epochs
from adapters.postgres.connection import LOST
from adapters.postgres.embedded import EmbeddedPostgres, ServerUnavailableError
from adapters.postgres.event_log import PostgresEventLog
from adapters.postgres.inspection import DatabaseUnreachableError, Inspection, inspect
from adapters.postgres.migrations import MigrationError, migrate, pending
from adapters.postgres.projector import NothingToRollBack, ProjectionStatus, Projector, RebuildInProgress
from adapters.postgres.read_models import PostgresReadModels, connect_arguments
from adapters.postgres.restoring import NotRestorable, restore
from adapters.postgres.signer import PostgresProofStore, Signer
from adapters.proof.memory import MemoryProofStore
from adapters.proof.proofs import StoredProofs
from adapters.proof.signing import Secret, SecretUnreadable, fingerprint, make_secret, origin_of, read_secrets
from adapters.proof.verifier import HASH_BYTES, Fault, Policy, checkpoint_of, note_of, policy_of
from adapters.proof.verifier import __file__ as verifier_file
from adapters.proof.verifier import main as verify_main
from adapters.proof.witness import Witness
from adapters.sealing.codec import JsonCodec
from adapters.sealing.destroyed import Destroyed, dated
from adapters.sealing.keys import EpochUnderWay, KeysUnusable, MemoryKeys, StoredKeys
from adapters.sealing.postgres_keys import PostgresKeys
from adapters.sealing.sqlite_keys import SqliteKeys
from adapters.sealing.vault import Transit
from adapters.sheets import CsvSheet, RejectsFile, RejectsUnwritable, SheetUnreadable, write_sheet
from adapters.spool import DiskSpool, MemorySpool
from api.hub import Check, Hub, Projection, pseudonym
from application.access import AccessLedger
from application.accounts import Accounts
from application.deciding import CODE_VERSION, Decider
from application.enquiring import Answering, Enquiring
from application.finding.near import Near
from application.machines import Machines
from application.passkeys import Passkeys
from application.ports import LogId, LogUnavailable, UnknownFact, log_of
from application.proving import Proving
from application.readings.ground import Ground
from application.readings.readings import Readings
from application.resealing import reseal_all
from application.rights.erasing import Erasing
from application.rights.ordered_erasures import OrderedErasure, ordered_erasures
from application.transferring import Here, Transferring
from application.views import VIEWS

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
    from pathlib import Path

    from adapters.postgres.connection import Connection
    from adapters.sealing.keys import Epoch
    from api.hub import Digest
    from api.settings import Settings
    from application.identity import Tokens
    from application.others import Provider
    from application.ports import Clock, KeyStore, ReadModels, Unsealer
    from domain.governance.restoration import Loss
    from domain.ids import PartnershipId, WorkerId

__all__ = [
    "CsvSheet",
    "DatabaseUnreachableError",
    "EmbeddedPostgres",
    "EpochMoved",
    "EpochUnderWay",
    "Fault",
    "Inspection",
    "KeysUnusable",
    "MigrationError",
    "NotRestorable",
    "NothingToRollBack",
    "Projector",
    "RebuildInProgress",
    "RejectsFile",
    "RejectsUnwritable",
    "Secret",
    "SecretUnreadable",
    "ServerUnavailableError",
    "SheetUnreadable",
    "Signer",
    "Witness",
    "bank_holidays",
    "embedded",
    "fingerprint",
    "in_memory",
    "inspect",
    "keys_exist",
    "log_lines",
    "make_secret",
    "migrate",
    "moved_epoch",
    "opened",
    "pending",
    "projector",
    "read_secrets",
    "refuse_unusable_keys",
    "restored",
    "signer",
    "tokens",
    "verifier_file",
    "verify_main",
    "witnesses_of",
    "write_sheet",
]

T = TypeVar("T")

READING_SIZE: Final = 8
POOL_SIZE: Final = 4
READY_SECONDS: Final = 2.0
ASKED_SECONDS: Final = 1.0
"""For as long somebody may be looked for among the rows of before."""
NOT_PROJECTED_SECONDS: Final = 15.0
TAG_KEY: Final = "tags"
REQUEST_KEY: Final = "requests"
ACCOUNTS_KEY: Final = "accounts"
ACCESS_SPOOL: Final = "access-spool"
IN_MEMORY: Final = Secret("memory.invalid", bytes(HASH_BYTES))


def embedded(settings: Settings, progress: Callable[[str], None] | None = None) -> EmbeddedPostgres:
    """The home's own server; nothing runs before it is entered, as a context manager of either kind."""
    return EmbeddedPostgres(settings.home, settings.postgres_binaries, progress)


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
    keys = _store(given)
    codec = JsonCodec(keys)
    # A request keeps a connection of `reading` to its end. What else it asks meanwhile goes over others: else requests
    # could come to wait for each other.
    arguments = connect_arguments() | {"min_size": 0, "init": _none_older(keys)}
    reading = await asyncpg.create_pool(given.database_url, max_size=READING_SIZE, **arguments)
    pool = await asyncpg.create_pool(given.database_url, max_size=POOL_SIZE, **arguments)
    log = await PostgresEventLog.open(given.database_url, tag_key=keys.secret(TAG_KEY))
    holder = f"{socket.gethostname()}:{os.getpid()}"
    person_keys = BlindPersonKeys(codec, keys.secret)
    projector = Projector(pool, log, codec, VIEWS, holder, person_keys)
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


@asynccontextmanager
async def projector(given: Settings) -> AsyncIterator[Projector]:
    """The projector of an installation alone, for the command line."""
    assert given.database_url is not None
    keys = _store(given)
    codec = JsonCodec(keys)
    log = await PostgresEventLog.open(given.database_url, tag_key=keys.secret(TAG_KEY))
    try:
        arguments = connect_arguments() | {"min_size": 0, "init": _none_older(keys)}
        async with asyncpg.create_pool(given.database_url, max_size=3, **arguments) as pool:
            person_keys = BlindPersonKeys(codec, keys.secret)
            holder = f"{socket.gethostname()}:{os.getpid()}"
            yield Projector(pool, log, codec, VIEWS, holder, person_keys)
    finally:
        await log.close()
        keys.close()


@asynccontextmanager
async def signer(given: Settings) -> AsyncIterator[Signer]:
    """The signer of an installation; without a key it only keeps the nodes of the trees.

    Raises: SecretUnreadable; Fault for a policy that does not read.
    """
    assert given.database_url is not None
    secrets = () if given.proof_key is None else read_secrets(given.proof_key)
    policy = witnesses_of(given)
    keys = _store(given)
    log = await PostgresEventLog.open(given.database_url, tag_key=keys.secret(TAG_KEY))
    http = fetching.client()
    try:
        async with asyncpg.create_pool(given.database_url, min_size=0, max_size=2, **connect_arguments()) as pool:
            holder = f"{socket.gethostname()}:{os.getpid()}"
            found = Signer(pool, log, secrets, policy, partial(fetching.posted, http), holder)
            try:
                yield found
            finally:
                await asyncio.shield(found.release())
    finally:
        await http.aclose()
        await log.close()
        keys.close()


def witnesses_of(given: Settings) -> Policy:
    """The witnesses that an installation asks. None, where no file names any. Raises: Fault."""
    if given.proof_policy is None or not given.proof_policy.exists():
        return Policy(quorum="none")
    return policy_of(given.proof_policy.read_text("utf-8"), str(given.proof_policy))


async def restored(given: Settings, log: LogId, kept: bytes, loss: Loss, by: tuple[WorkerId, WorkerId]) -> int:
    """Open the next incarnation of a log, as the database's owner; the position of the leaf that does so.

    Raises: NotRestorable; SecretUnreadable.
    """
    assert given.owner_database_url is not None
    secrets = () if given.proof_key is None else read_secrets(given.proof_key)
    if not secrets:
        raise NotRestorable("there is no key: hub prove key make")
    keys = _store(given)
    try:
        tag_key, codec = keys.secret(TAG_KEY), JsonCodec(keys)
        return await restore(given.owner_database_url, tag_key, codec, secrets, log, kept, loss, by, CODE_VERSION)
    finally:
        keys.close()


class ExportedLog(msgspec.Struct, frozen=True, kw_only=True):
    """A log of an audit export, by its checkpoint."""

    partnership: str
    ledger: Literal["case", "access"]
    size: int
    root: str


def checkpoints_of(export: Path) -> list[ExportedLog]:
    """The logs that an export contains, as it says itself: whether it holds, the verifier says. Raises: Fault."""
    ledgers: tuple[Literal["case", "access"], ...] = ("case", "access")
    found = []
    for ledger in ledgers:
        path = export / f"{ledger}.checkpoint"
        if path.exists():
            one = checkpoint_of(note_of(path.read_bytes(), path.name).body, path.name)
            root = base64.b64encode(one.root).decode()
            partnership = one.origin.split("/")[-3] if one.origin.count("/") > 2 else ""  # noqa: PLR2004 - its parts
            found.append(ExportedLog(partnership=partnership, ledger=ledger, size=one.size, root=root))
    return found


async def log_lines(given: Settings) -> list[str]:
    """The lines of a policy by which others know the logs of this installation. Raises: LogUnavailable."""
    assert given.database_url is not None
    secrets = () if given.proof_key is None else read_secrets(given.proof_key)
    async with asyncpg.create_pool(given.database_url, min_size=0, max_size=1) as pool:
        rows = await PostgresProofStore(pool).rows("logs")
    return [
        f"log {one.log_key(origin).key.vkey}"
        for row in rows
        for incarnation in range(1, row["incarnation"] + 1)
        for one in secrets
        for origin in [origin_of(one.name, LogId(row["log"]), incarnation)]
    ]


@asynccontextmanager
async def tokens(given: Settings) -> AsyncIterator[Tokens]:
    """The tokens of an installation alone, for the command line."""
    assert given.database_url is not None
    async with asyncpg.create_pool(given.database_url, min_size=0, max_size=1) as pool:
        yield PostgresTokens(pool)


def keys_exist(given: Settings) -> bool:
    """Whether there may be keys yet, so that to open them makes none."""
    return given.key_database_url is not None or given.keys.exists()


async def refuse_unusable_keys(given: Settings) -> Epoch:
    """Open the keys and close them again: what is wrong with them is said before anything is served. Their epoch.

    Whoever the logs say is erased is so again, whatever copy of the keys was brought back.
    Raises: KeysUnusable, also where they are not those of the database; one that is away is not waited for.
    """
    assert given.database_url is not None
    keys = _store(given)
    try:
        with suppress(*LOST, asyncpg.UndefinedTableError):
            await _with_connection(given.database_url, _none_older(keys))
        log = await PostgresEventLog.open(given.database_url, tag_key=keys.secret(TAG_KEY))
        try:
            with suppress(LogUnavailable):
                for one in await log.heads():
                    await log.head(one)
                await _erase_again(keys, log)
        finally:
            await log.close()
        return keys.epoch()
    finally:
        keys.close()


class EpochMoved(msgspec.Struct, frozen=True):
    """The epoch that began, and how many keys were wrapped anew for it."""

    epoch: int
    keys: int


async def moved_epoch(given: Settings, by: str, *, since: dt.datetime | None = None) -> EpochMoved | None:
    """Move the epoch of the keys, and have the database know of it; None where it moved `since` then already.

    Raises: EpochUnderWay; KeysUnusable; LogUnavailable.
    """
    assert given.database_url is not None
    url, keys = given.database_url, _store(given)

    async def move(connection: Connection) -> EpochMoved | None:
        epoch = keys.epoch()
        await key_epochs.refuse_older(connection, epoch)
        if since is not None and epoch.since >= since and not epoch.unfinished:
            await key_epochs.record(connection, epoch, "found")
            return None
        log = await PostgresEventLog.open(url, tag_key=keys.secret(TAG_KEY))
        try:
            orders = await _erase_again(keys, log)
        finally:
            await log.close()
        await _hash_anew(given, keys, orders)
        moved = await keys.move_epoch()
        epoch = keys.epoch()
        await key_epochs.record(connection, epoch, by)
        return EpochMoved(epoch.number, moved)

    try:
        return await _with_connection(url, move)
    except (*LOST, asyncpg.PostgresError) as error:
        raise LogUnavailable from error
    finally:
        keys.close()


def _store(given: Settings) -> StoredKeys:
    """The keys of an installation: in files of this host, or in a database and a Vault. Raises: KeysUnusable."""
    if given.key_database_url is not None:
        vault = given.vault
        assert vault is not None
        transit = partial(Transit, vault.address, vault.key, vault.token_file, authority=vault.authority)
        return PostgresKeys(given.key_database_url, transit, destroyed=given.destroyed_keys)
    return SqliteKeys(given.keys, given.kek, kek_copy=given.kek_copy, destroyed=given.destroyed_keys)


async def _erase_again(keys: StoredKeys, log: PostgresEventLog) -> list[OrderedErasure]:
    """What the logs say of erasures holds for a store that knows nothing of them. Raises: LogUnavailable."""
    codec = JsonCodec(keys)
    orders = await ordered_erasures(log, codec)
    if orders:
        for partnership in {one.partnership for one in orders}:
            await reseal_all(log, codec, log_of(partnership))
        await keys.destroy_again([Destroyed(dated(one.recorded), one.partnership, one.person) for one in orders])
    return orders


async def _hash_anew(given: Settings, keys: StoredKeys, orders: Sequence[OrderedErasure]) -> None:
    """Where somebody was erased since a build of a log's rows was begun, its people are hashed under another secret.

    That build and its secret are dropped, so that guesses can no longer be tried on what is left of its hashes in
    backups. Raises: EpochUnderWay, where somebody builds these rows at this moment; LogUnavailable.
    """
    made = await keys.secrets(SECRETS)

    def hashes_somebody(build: ProjectionStatus) -> bool:
        since = made.get(secret_name(build.log, build.build))
        mine = [one.recorded for one in orders if log_of(one.partnership) == build.log]
        return since is not None and any(since <= recorded for recorded in mine)

    async with projector(given) as rebuilding:
        for log in sorted({one.log for one in await rebuilding.status() if hashes_somebody(one)}):
            try:
                await rebuilding.rebuild(log, keep_before=False)
            except RebuildInProgress:
                raise EpochUnderWay from None
            except UnknownFact:
                continue
            await asyncio.sleep(ASKED_SECONDS)
        there = {secret_name(one.log, one.build) for one in await rebuilding.status()}
    await keys.forget_secrets(made.keys() - there)


def _none_older(keys: StoredKeys) -> Callable[[Connection], Awaitable[None]]:
    """Looks, on each connection over which sealed values could come, that no newer keys were used with the database."""

    async def look(connection: Connection) -> None:
        await key_epochs.refuse_older(connection, keys.epoch())

    return look


async def _with_connection(url: str, act: Callable[[Connection], Awaitable[T]]) -> T:
    connection = await asyncpg.connect(url)
    try:
        return await act(connection)
    finally:
        await connection.close()


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
