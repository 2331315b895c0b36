"""Opens the next incarnation of a log that was restored from a backup older than what was seen of it (ADR 0032).

The witnesses hold a larger tree, and refuse whatever goes on from the smaller one: rightly. The log goes on under a new
origin, with a key of its own, and its first leaf names what is lost and two who answer for it.
"""

import datetime as dt
from pathlib import Path
from typing import Final

import asyncpg

from adapters.postgres.connection import named_queries
from adapters.postgres.hashing import hasher
from adapters.proof import leaf
from adapters.proof.signing import Secret, origin_of
from adapters.proof.tree import Tree
from adapters.proof.verifier import Fault, checkpoint_of, note_of, signed_at
from application.ports import Codec, Entry, LogId
from domain.actors import Actor
from domain.governance.restoration import LogRestored, Loss
from domain.ids import AgencyId, PartnershipId, WorkerId

QUERIES: Final = named_queries(Path(__file__).with_suffix(".sql"))
OPERATOR: Final = AgencyId("installation")
PURPOSE: Final = "RestoreLog"


class NotRestorable(Exception):  # noqa: N818 - an outcome
    """No incarnation is opened; the message says why."""


async def restore(
    owner_url: str,
    tag_key: bytes,
    codec: Codec,
    secrets: tuple[Secret, ...],
    log: LogId,
    kept: bytes,
    loss: Loss,
    authorised_by: tuple[WorkerId, WorkerId],
    code: str,
) -> int:
    """Append the leaf that opens the next incarnation; the position at which it stands.

    `kept` is the newest checkpoint that anybody has of the incarnation that ended, signed by it.
    Raises: NotRestorable.
    """
    if len({*authorised_by}) < len(authorised_by):
        raise NotRestorable("two different people have to answer for it")
    partnership, _, ledger = log.rpartition("/")
    connection = await asyncpg.connect(owner_url)
    try:
        async with connection.transaction():
            if await connection.fetchval(QUERIES["writers"]):
                raise NotRestorable("something still writes to this database: stop hub serve first")
            row = await connection.fetchrow(QUERIES["log"], partnership, ledger)
            if row is None:
                raise NotRestorable(f"there is no log {log}")
            await connection.execute(QUERIES["lock"], row["log_id"])
            ended = _seen(kept, secrets, origin_of(secrets[0].name, log, row["incarnation"]))
            newest = await connection.fetchrow(QUERIES["newest"], row["log_id"])
            tree = Tree(newest["position"], newest["peaks"]) if newest else Tree()
            if ended[0] <= tree.size:
                raise NotRestorable(
                    f"nothing is lost: the log has {tree.size} leaves, the checkpoint counts {ended[0]}"
                )
            now = max(
                dt.datetime.now(dt.UTC), newest["recorded_at"] if newest else dt.datetime.min.replace(tzinfo=dt.UTC)
            )
            fact = LogRestored(
                at=now, size=ended[0], root=ended[1], left=tree.size, loss=loss, authorised_by=authorised_by
            )
            by = Actor(worker=authorised_by[0], agency=OPERATOR, role="system", partnership=PartnershipId(partnership))
            (entry,) = await codec.to_notes(log, (fact,), by, PURPOSE, "", code)
            content = _leaf(log, row["incarnation"] + 1, tree.size + 1, now, entry)
            tree.append(content)
            kind = int(hasher(tag_key)(entry.type))
            await connection.execute(QUERIES["open"], row["log_id"])
            await connection.execute(QUERIES["event"], row["log_id"], tree.size, kind, content)
            await connection.execute(QUERIES["batch"], row["log_id"], tree.size, tree.peaks, now)
            await connection.execute(QUERIES["forget"], row["log_id"])
            return tree.size
    finally:
        await connection.close()


def _seen(kept: bytes, secrets: tuple[Secret, ...], origin: str) -> tuple[int, str]:
    """The size and root that a kept checkpoint says. Raises: NotRestorable where the log did not sign it."""
    try:
        note = note_of(kept, "the checkpoint")
        checkpoint = checkpoint_of(note.body, "the checkpoint")
        signed = any(signed_at(note, one.log_key(origin).key, "the checkpoint") is not None for one in secrets)
    except Fault as fault:
        raise NotRestorable(str(fault)) from None
    if checkpoint.origin != origin or not signed:
        raise NotRestorable(f"the checkpoint is not one that {origin} signed")
    return checkpoint.size, note.body.decode().split("\n")[2]


def _leaf(log: LogId, incarnation: int, position: int, at: dt.datetime, entry: Entry) -> bytes:
    return b"%b%d%b%b" % (leaf.opening(log, incarnation), position, leaf.recorded(at), entry.body)
