"""An audit export of a partnership in memory, with two witnesses, for tests: made, and made again by a liar."""

import base64
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import msgspec

from adapters.proof import signing, tiles
from adapters.proof.signing import Secret, origin_of
from adapters.proof.tree import leaf_hash, tree_of
from adapters.proof.verifier import Checkpoint, Policy, policy_of
from api import auditing
from api.hub import Hub
from application.access import Account
from application.ports import LogId
from application.published.partnerships import coordinator
from domain.ids import PartnershipId

HUB: Final = Secret("hub.example.org", bytes(range(32)))
WITNESSES: Final = tuple(Secret(name, bytes([number] * 32)) for number, name in enumerate(("north", "south")))
SECONDS: Final = 1_780_000_000
LEDGERS: Final = ("case", "access")

Leaves = dict[str, list[bytes]]
"""By ledger."""


def policy_text(partnership: str, incarnations: int = 1) -> str:
    """Whom a panel trusts: both logs, both witnesses."""
    lines = [
        f"log {HUB.log_key(origin_of(HUB.name, LogId(f'{partnership}/{ledger}'), number)).key.vkey}"
        for ledger in LEDGERS
        for number in range(1, incarnations + 1)
    ]
    lines += [f"witness {one.name} {one.witness_key.key.vkey}" for one in WITNESSES]
    return "\n".join([*lines, "group both all north south", "quorum both", ""])


def a_policy(partnership: str, incarnations: int = 1) -> Policy:
    return policy_of(policy_text(partnership, incarnations))


def signed(
    log: LogId, leaves: Sequence[bytes], *, incarnation: int = 1, hub: Secret = HUB, by: Sequence[Secret] = WITNESSES
) -> bytes:
    """A checkpoint over leaves."""
    tree = tree_of(leaves)
    origin = origin_of(hub.name, log, incarnation)
    body = signing.body_of(Checkpoint(origin, tree.size, tree.root))
    cosigned = [one.witness_key.cosign(body, SECONDS) for one in by]
    return signing.noted(body, hub.log_key(origin).sign(body), *cosigned)


def receipt(log: LogId, leaves: Sequence[bytes], position: int) -> bytes:
    """What a worker keeps of an act."""
    hashes = [leaf_hash(one) for one in leaves]
    nodes = tiles.grown(0, {}, hashes)
    path = tuple(tiles.hash_of(one, nodes) for one in tiles.inclusion(position - 1, len(leaves)))
    return signing.receipt(hashes[position - 1], position, path, signed(log, leaves))


async def leaves_of(hub: Hub, partnership: PartnershipId) -> Leaves:
    """The leaves of both logs."""
    found = {}
    for ledger in LEDGERS:
        page = await hub.decider.log.read(LogId(f"{partnership}/{ledger}"))
        found[ledger] = [one.entry for one in page.events]
    return found


def write_log(folder: Path, partnership: str, ledger: str, leaves: Sequence[bytes], note: bytes | None = None) -> None:
    """One log, signed by all."""
    path = folder / ledger
    path.with_suffix(".leaves").write_bytes(b"".join(one + b"\n" for one in leaves))
    path.with_suffix(".hashes").write_bytes(b"".join(map(leaf_hash, leaves)))
    path.with_suffix(".checkpoint").write_bytes(note or signed(LogId(f"{partnership}/{ledger}"), leaves))


async def write_audit(folder: Path, hub: Hub, partnership: PartnershipId, sample: Sequence[int]) -> Leaves:
    """A whole export; every field of the sampled positions is revealed."""
    leaves = await leaves_of(hub, partnership)
    for ledger, some in leaves.items():
        write_log(folder, partnership, ledger, some)
    account = Account("test", "test").of(coordinator(partnership))
    await auditing.reveal_fields(hub, partnership, sample, None, folder / "revealed.jsonl", account)
    return leaves


def moved(leaf: bytes, position: int) -> bytes:
    """A leaf that says that it stands elsewhere: a liar takes care of that."""
    said = json.loads(leaf)["position"]
    return leaf.replace(b'"position":%d,' % said, b'"position":%d,' % position, 1)


def code(content: bytes) -> str:
    return base64.b64encode(content).decode()


def line(**members: object) -> bytes:
    """A line of revealed.jsonl."""
    return msgspec.json.encode(members) + b"\n"
