"""What proves the logs: the signer, its witnesses, a log restored, and what an export says of itself."""

from __future__ import annotations

import asyncio
import base64
from contextlib import asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING, Literal

import asyncpg
import msgspec

from adapters.identity import fetching
from adapters.postgres.event_log import PostgresEventLog
from adapters.postgres.read_models import connect_arguments
from adapters.postgres.restoring import NotRestorable, restore
from adapters.postgres.signer import PostgresProofStore, Signer
from adapters.proof.signing import origin_of, read_secrets
from adapters.proof.verifier import Policy, checkpoint_of, note_of, policy_of
from adapters.sealing.codec import JsonCodec
from api.wiring.keys import TAG_KEY, store_of
from api.wiring.projection import this_process
from application.deciding import CODE_VERSION
from application.ports import LogId

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from api.settings import Settings
    from domain.governance.restoration import Loss
    from domain.ids import WorkerId


@asynccontextmanager
async def signer(given: Settings) -> AsyncIterator[Signer]:
    """The signer of an installation; without a key it only keeps the nodes of the trees.

    Raises: SecretUnreadable; Fault for a policy that does not read.
    """
    assert given.database_url is not None
    secrets = () if given.proof_key is None else read_secrets(given.proof_key)
    policy = witnesses_of(given)
    keys = store_of(given)
    log = await PostgresEventLog.open(given.database_url, tag_key=keys.secret(TAG_KEY))
    http = fetching.client()
    try:
        async with asyncpg.create_pool(given.database_url, min_size=0, max_size=2, **connect_arguments()) as pool:
            found = Signer(pool, log, secrets, policy, partial(fetching.posted, http), this_process())
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
    keys = store_of(given)
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
