"""Proofs of a long log: its nodes grown and stored, proofs made of them and verified, and an export verified whole.

Leaves are as long and as deep as the log's own: facts written by the codec, with heads of their own. The verifier runs
as a panel runs it, in a process of its own, whose time and memory are those that the system reckons.
"""

import asyncio
import base64
import os
import random
import statistics
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Final

import asyncpg
import msgspec

from adapters.postgres.read_models import connect_arguments
from adapters.postgres.signer import PostgresProofStore
from adapters.proof import leaf, signing, tiles
from adapters.proof.proofs import StoredProofs
from adapters.proof.signing import Secret, origin_of
from adapters.proof.tree import Tree, leaf_hash
from adapters.proof.verifier import Checkpoint, Policy, consistent, root_by_inclusion
from adapters.proof.verifier import __file__ as verifier_file
from adapters.sealing.codec import JsonCodec
from adapters.sealing.keys import MemoryKeys
from benchmarks import payload
from benchmarks.ground import ground
from benchmarks.measuring import fdatasync_us
from benchmarks.payload import LOG, PARTNERSHIP, WORKER
from domain.ids import PersonId

SECRET: Final = Secret("bench.invalid", bytes(32))
ORIGIN: Final = origin_of(SECRET.name, LOG, 1)
PAGE: Final = 5_000
PROOFS: Final = 400
TARGETS: Final = {"proof_ms": 1.0, "proof_bytes": 1024, "verified_s": 20.0, "verifier_mb": 500.0}


class Plan(msgspec.Struct, frozen=True):
    """How long the log is."""

    leaves: int


FULL: Final = Plan(1_000_000)
QUICK: Final = Plan(20_000)


class Proof(msgspec.Struct, frozen=True, kw_only=True):
    """What a proof takes: made of stored nodes, with the database's answer; verified by the verifier's functions."""

    bytes_most: int
    made_p50_ms: float
    made_p99_ms: float
    verified_p50_ms: float
    made_cpu_ms: float


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """What was measured."""

    leaves: int
    leaf_bytes: int
    grown_per_second: float
    stored_per_second: float
    node_bytes_a_leaf: float
    inclusion: Proof
    consistency: Proof
    signed_ms: float
    verified_cpu_s: float
    verified_s: float
    verifier_mb: float
    fdatasync_us: float
    cpus: int
    targets: dict[str, float]


async def measure(plan: Plan, tell: Callable[[str], None]) -> Report:
    """Grow, store, prove, export, verify; on a server and in a folder of its own."""
    async with ground() as here:
        flush = fdatasync_us(here.folder)
        url = await here.database("prove")
        tell(f"{plan.leaves:,} leaves")
        bodies = await _bodies()
        folder = here.folder / "export"
        tree, hashes, length = await asyncio.to_thread(_export, folder, bodies, plan.leaves)
        async with asyncpg.create_pool(url, min_size=1, max_size=2, **connect_arguments()) as pool:
            tell("nodes")
            grown_s, stored_s, stored = await _store(pool, hashes)
            proofs = StoredProofs(PostgresProofStore(pool), Policy(quorum="none"))
            tell("proofs")
            included = await _included(proofs, hashes, tree)
            continued = await _continued(proofs, hashes, tree)
        tell("the verifier")
        cpu, wall, memory = await asyncio.to_thread(_verify, folder)
    return Report(
        leaves=plan.leaves,
        leaf_bytes=length // plan.leaves,
        grown_per_second=round(plan.leaves / grown_s),
        stored_per_second=round(plan.leaves / stored_s),
        node_bytes_a_leaf=round(stored / plan.leaves, 1),
        inclusion=included,
        consistency=continued,
        signed_ms=_signed_ms(tree),
        verified_cpu_s=cpu,
        verified_s=wall,
        verifier_mb=memory,
        fdatasync_us=flush,
        cpus=os.cpu_count() or 1,
        targets=TARGETS,
    )


async def _bodies() -> list[bytes]:
    """Leaves without their heads: people met, referred and helped."""
    codec = JsonCodec(MemoryKeys())
    found = []
    for _ in range(60):
        for fact in payload.journey(PersonId(payload.new_id()), 4, 20):
            found += [one.body for one in await codec.to_entries(LOG, (fact,), WORKER, "Bench", payload.record())]
    return found


def _leaves(bodies: list[bytes], leaves: int) -> Iterator[bytes]:
    opening, recorded = leaf.opening(LOG, 1), leaf.recorded(payload.AT)
    for position in range(1, leaves + 1):
        yield b"%b%d%b%b" % (opening, position, recorded, bodies[position % len(bodies)])


def _export(folder: Path, bodies: list[bytes], leaves: int) -> tuple[Tree, list[bytes], int]:
    """Write what an export holds, and the panel's policy; the tree, the hashes of its leaves, and their length."""
    folder.mkdir()
    tree, hashes, length = Tree(), [], 0
    with (folder / "case.leaves").open("wb") as file:
        for one in _leaves(bodies, leaves):
            tree.append(one)
            hashes.append(leaf_hash(one))
            length += file.write(one + b"\n")
    (folder / "case.hashes").write_bytes(b"".join(hashes))
    (folder / "case.checkpoint").write_bytes(_note(tree))
    (folder / "policy").write_text(f"log {SECRET.log_key(ORIGIN).key.vkey}\nquorum none\n")
    return tree, hashes, length


def _note(tree: Tree) -> bytes:
    body = signing.body_of(Checkpoint(ORIGIN, tree.size, tree.root))
    return signing.noted(body, SECRET.log_key(ORIGIN).sign(body))


def _signed_ms(tree: Tree) -> float:
    began = time.process_time()
    for _ in range(100):
        _note(tree)
    return round((time.process_time() - began) * 10, 3)


async def _store(pool: asyncpg.Pool, hashes: list[bytes]) -> tuple[float, float, int]:
    """Grow the nodes page by page, and store them; what either took, and how many bytes of hashes there are."""
    number = 1
    await pool.execute("INSERT INTO log (log_id, partnership, ledger) VALUES ($1, $2, 'case')", number, PARTNERSHIP)
    edge: dict[int, bytes] = {}
    grown_s = stored_s = 0.0
    sizes: dict[tiles.TileId, int] = {}
    for at in range(0, len(hashes), PAGE):
        page = hashes[at : at + PAGE]
        began = time.perf_counter()
        changed = tiles.grown(at, edge, page)
        grown = time.perf_counter()
        rows = [(number, level, one, hashed) for (level, one), hashed in changed.items()]
        await pool.executemany(
            "INSERT INTO log_tile (log_id, level, number, hashes) VALUES ($1, $2, $3, $4) "
            "ON CONFLICT (log_id, level, number) DO UPDATE SET hashes = excluded.hashes",
            rows,
        )
        grown_s, stored_s = grown_s + grown - began, stored_s + time.perf_counter() - grown
        edge = {level: changed.get((level, one), edge.get(level, b"")) for level, one in tiles.edge_of(at + len(page))}
        sizes |= {key: len(hashed) for key, hashed in changed.items()}
    return grown_s, stored_s, sum(sizes.values())


async def _included(proofs: StoredProofs, hashes: list[bytes], tree: Tree) -> Proof:
    async def one(position: int) -> tuple[int, bool, float]:
        made = await proofs.inclusion(LOG, position, tree.size)
        path = [base64.b64decode(each) for each in made.path]
        began = time.perf_counter()
        holds = root_by_inclusion(hashes[position - 1], position - 1, tree.size, path) == tree.root
        return 32 * len(path), holds, time.perf_counter() - began

    return await _proved(one, tree.size)


async def _continued(proofs: StoredProofs, hashes: list[bytes], tree: Tree) -> Proof:
    nodes = await asyncio.to_thread(tiles.grown, 0, {}, hashes)

    async def one(size: int) -> tuple[int, bool, float]:
        made = await proofs.consistency(LOG, size, tree.size)
        path = [base64.b64decode(each) for each in made.path]
        old = tiles.hash_of((0, size), nodes)
        began = time.perf_counter()
        holds = consistent(size, old, tree.size, tree.root, path)
        return 32 * len(path), holds, time.perf_counter() - began

    return await _proved(one, tree.size)


async def _proved(one: Callable[[int], Awaitable[tuple[int, bool, float]]], size: int) -> Proof:
    made, verified, most = [], [], 0
    cpu = time.process_time()
    for _ in range(PROOFS):
        at = random.randint(1, size)  # noqa: S311 - no secret
        began = time.perf_counter()
        length, holds, seconds = await one(at)
        made.append(time.perf_counter() - began - seconds)
        verified.append(seconds)
        most = max(most, length)
        assert holds
    cpu = (time.process_time() - cpu) / PROOFS
    made.sort()
    return Proof(
        bytes_most=most,
        made_p50_ms=round(made[len(made) // 2] * 1000, 3),
        made_p99_ms=round(made[len(made) * 99 // 100] * 1000, 3),
        verified_p50_ms=round(statistics.median(verified) * 1000, 3),
        made_cpu_ms=round(cpu * 1000, 3),
    )


def _verify(folder: Path) -> tuple[float, float, float]:
    """CPU seconds, seconds, and the most memory in MB."""
    began = time.perf_counter()
    command = [sys.executable, "-I", "-S", verifier_file, str(folder), "--policy", str(folder / "policy")]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)  # noqa: S603 - ours
    most = 0.0
    while not (ended := os.wait4(process.pid, os.WNOHANG))[0]:
        most = max(most, _most_mb(process.pid))
        time.sleep(0.05)
    _, status, used = ended
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0, "the export holds"
    seconds = time.perf_counter() - began
    return round(used.ru_utime + used.ru_stime, 1), round(seconds, 1), most


def _most_mb(process: int) -> float:
    """The most memory of a process since its program began; what the system reckons at its end is its parent's too."""
    lines = Path(f"/proc/{process}/status").read_text("ascii").splitlines()
    found = next((line for line in lines if line.startswith("VmHWM")), "VmHWM: 0 kB")
    return round(int(found.split()[1]) / 1024, 1)
