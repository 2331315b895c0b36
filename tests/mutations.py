"""Alters an audit export in every way that a liar or a bad disk may, and looks that the verifier sees each.

`python -m tests.mutations --count 10000` prints one JSON object. Bits are flipped and cut in any file; leaves are left
out, put in, exchanged and forged; the log is forked; its end is cut off, or its past rewritten, and all is signed anew
by every key there is, the witnesses' too: then only a checkpoint that somebody kept tells.
"""

import argparse
import asyncio
import contextlib
import json
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from adapters.proof.verifier import Fault, Policy, verify
from application.ports import LogId
from domain.ids import PartnershipId
from tests import audits
from tests.api.test_every_read import journey
from tests.api.world import FENLAND, world

SAMPLED: Final = 12


class Audit:
    """An export that holds, what was kept of earlier, and ways to spoil it."""

    def __init__(self, folder: Path, leaves: audits.Leaves, sample: Sequence[int], chance: random.Random) -> None:
        self.folder = folder
        self.leaves = leaves
        self.sample = sample
        self.chance = chance
        self.policy: Policy = audits.a_policy(FENLAND)
        self.files = {one.name: one.read_bytes() for one in folder.iterdir()}
        self.kept = [
            (f"{ledger} kept at {size}", audits.signed(self.log(ledger), self.leaves[ledger][:size]))
            for ledger in audits.LEDGERS
            for size in (len(self.leaves[ledger]) // 2,)
        ]
        self.kept_at = {ledger: len(self.leaves[ledger]) // 2 for ledger in audits.LEDGERS}

    def log(self, ledger: str) -> LogId:
        return LogId(f"{FENLAND}/{ledger}")

    def verify(self, *, kept: bool = True) -> None:
        """Raises: Fault."""
        verify(self.folder, self.policy, kept=self.kept if kept else (), sample=self.sample)

    def restore(self) -> None:
        for name, content in self.files.items():
            path = self.folder / name
            if not path.exists() or path.read_bytes() != content:
                path.write_bytes(content)

    def flip(self) -> bool:
        """One bit of any file."""
        name = self.chance.choice([one for one in self.files if self.files[one]])
        content = bytearray(self.files[name])
        content[self.chance.randrange(len(content))] ^= 1 << self.chance.randrange(8)
        (self.folder / name).write_bytes(content)
        return True

    def cut(self) -> bool:
        """Some bytes out of any file, or off its end."""
        name = self.chance.choice([one for one in self.files if self.files[one]])
        content = self.files[name]
        start = self.chance.randrange(len(content))
        end = len(content) if self.chance.random() < 0.3 else min(len(content), start + self.chance.randint(1, 80))
        (self.folder / name).write_bytes(content[:start] + content[end:])
        return True

    def leave_out(self) -> bool:
        """Leaves, the others as they were or moved up, with their hashes."""
        ledger, leaves = self._some()
        at, count = self.chance.randrange(len(leaves)), self.chance.randint(1, 3)
        return self._write(ledger, [*leaves[:at], *self._moved(leaves[at + count :], at)])

    def put_in(self) -> bool:
        """A leaf that was never recorded, or one a second time."""
        ledger, leaves = self._some()
        at = self.chance.randint(0, len(leaves))
        new = self._forged(self.chance.choice(leaves), at + 1)
        return self._write(ledger, [*leaves[:at], new, *self._moved(leaves[at:], at + 1)])

    def exchange(self) -> bool:
        """Two leaves stand in each other's place."""
        ledger, leaves = self._some()
        one, other = sorted(self.chance.sample(range(len(leaves)), 2))
        first, second = leaves[other], leaves[one]
        if self.chance.random() < 0.5:
            first, second = audits.moved(first, one + 1), audits.moved(second, other + 1)
        swapped = [*leaves]
        swapped[one], swapped[other] = first, second
        return self._write(ledger, swapped)

    def forge(self) -> bool:
        """A leaf says something else."""
        ledger, leaves = self._some()
        at = self.chance.randrange(len(leaves))
        return self._write(ledger, [*leaves[:at], self._forged(leaves[at], at + 1), *leaves[at + 1 :]])

    def fork(self) -> bool:
        """Another log from some position on, signed by the hub; not by its witnesses, or by one of them."""
        ledger, leaves = self._some()
        at = self.chance.randrange(len(leaves))
        other = [*leaves[:at], *(self._forged(one, at + 1 + number) for number, one in enumerate(leaves[at:]))]
        by = audits.WITNESSES[: self.chance.randint(0, 1)]
        return self._write(ledger, other, audits.signed(self.log(ledger), other, by=by))

    def reveal_otherwise(self) -> bool:
        """A revealed field is another value, another's, left out, or called erased."""
        lines = self.files["revealed.jsonl"].splitlines()
        at = self.chance.randrange(len(lines))
        line = json.loads(lines[at])
        way = self.chance.randrange(4)
        if way == 0:
            del lines[at]
        else:
            if way == 1 and "value" in line:
                line["value"] = json.dumps(json.loads(line["value"]) + "x") if line["value"][0] == '"' else "1"
            elif way == 2:
                line["position"] = line["position"] % len(self.leaves["case"]) + 1
            else:
                line = {name: line[name] for name in ("ledger", "position", "field")} | {"status": "erased"}
            lines[at] = json.dumps(line, ensure_ascii=False, separators=(",", ":")).encode()
        (self.folder / "revealed.jsonl").write_bytes(b"".join(one + b"\n" for one in lines))
        return True

    def cut_back(self) -> bool:
        """The end is gone, past what was kept, and everybody signed it so."""
        ledger, leaves = self._some()
        left = leaves[: self.chance.randrange(1, self.kept_at[ledger])]
        return self._write(ledger, left, audits.signed(self.log(ledger), left))

    def rewrite(self) -> bool:
        """A leaf from before what was kept is another, taken out or put in, and everybody signed it so."""
        ledger, leaves = self._some()
        at = self.chance.randrange(self.kept_at[ledger])
        match self.chance.randrange(3):
            case 0:
                other = [*leaves[:at], self._forged(leaves[at], at + 1), *leaves[at + 1 :]]
            case 1:
                other = [*leaves[:at], *(audits.moved(one, at + 1 + n) for n, one in enumerate(leaves[at + 1 :]))]
            case _:
                new = self._forged(leaves[at], at + 1)
                other = [*leaves[:at], new, *(audits.moved(one, at + 2 + n) for n, one in enumerate(leaves[at:]))]
        return self._write(ledger, other, audits.signed(self.log(ledger), other))

    def _some(self) -> tuple[str, list[bytes]]:
        ledger = self.chance.choice(audits.LEDGERS)
        return ledger, self.leaves[ledger]

    def _moved(self, leaves: Sequence[bytes], at: int) -> list[bytes]:
        if self.chance.random() < 0.5:
            return [*leaves]
        return [audits.moved(one, at + 1 + number) for number, one in enumerate(leaves)]

    def _forged(self, leaf: bytes, position: int) -> bytes:
        """The same act of somebody else."""
        actor = json.loads(leaf)["actor"]
        other = f'"actor":"{actor}{self.chance.randrange(10**9)}"'
        return audits.moved(leaf, position).replace(f'"actor":"{actor}"'.encode(), other.encode(), 1)

    def _write(self, ledger: str, leaves: Sequence[bytes], note: bytes | None = None) -> bool:
        if [*leaves] == self.leaves[ledger]:
            return False
        note = note or self.files[f"{ledger}.checkpoint"]
        audits.write_log(self.folder, FENLAND, ledger, leaves, note)
        return True


WAYS: Final[tuple[Callable[[Audit], bool], ...]] = (
    Audit.flip,
    Audit.flip,
    Audit.cut,
    Audit.leave_out,
    Audit.put_in,
    Audit.exchange,
    Audit.forge,
    Audit.fork,
    Audit.reveal_otherwise,
    Audit.cut_back,
    Audit.rewrite,
)


async def an_audit(folder: Path, chance: random.Random) -> Audit:
    """An export of a journey that touches each part."""
    async with world() as here:
        await here.agencies(("hub", "partnership"), ("housing", "housing-options"))
        await journey(here)
        count = len((await audits.leaves_of(here.hub, FENLAND))["case"])
        sample = sorted(chance.sample(range(1, count + 1), SAMPLED))
        leaves = await audits.write_audit(folder, here.hub, PartnershipId(FENLAND), sample)
    return Audit(folder, leaves, sample, chance)


def mutate(audit: Audit, count: int, progress: Callable[[int], None] = lambda _: None) -> dict[str, int]:
    """Spoil the export so many times; how often in each way. An AssertionError where the verifier saw nothing."""
    audit.verify()
    done: Counter[str] = Counter()
    while done.total() < count:
        way = WAYS[done.total() % len(WAYS)]
        changed = way(audit) and any((audit.folder / one).read_bytes() != was for one, was in audit.files.items())
        if not changed:
            audit.restore()
            way = Audit.flip
            way(audit)
        with contextlib.suppress(Fault):
            audit.verify()
            raise AssertionError(f"{way.__name__} was not seen, after {dict(done)}")
        done[way.__name__] += 1
        audit.restore()
        progress(done.total())
    audit.verify()
    return dict(done)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--count", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=random.randrange(2**32))  # noqa: S311 - no secret
    given = parser.parse_args()
    started = time.process_time()
    with tempfile.TemporaryDirectory() as folder:
        audit = asyncio.run(an_audit(Path(folder), random.Random(given.seed)))  # noqa: S311 - no secret
        done = mutate(audit, given.count)
        size = {ledger: len(leaves) for ledger, leaves in audit.leaves.items()}
    seconds = round(time.process_time() - started, 1)
    said = {"seed": given.seed, "leaves": size, "seen": sum(done.values()), "by_way": done, "cpu_s": seconds}
    sys.stdout.write(f"{json.dumps(said)}\n")


if __name__ == "__main__":
    main()
