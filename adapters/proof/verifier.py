"""Verifies an audit export, a receipt, or a panel's pack, with no trust in the hub that made it.

    python3 verify.py EXPORT --policy POLICY [--kept CHECKPOINT]… [--receipt RECEIPT]… [--pack PACK]…
        [--sample POSITION]…
    python3 verify.py --policy POLICY --receipt RECEIPT
    python3 verify.py --policy POLICY --pack PACK

One file, standard library only (Python 3.11 or later): read it before you run it. Take the policy and the checkpoints
from where *you* kept them, never out of the export. The formats are in docs/proof.md. It ends with 0 where all holds,
with 1 and the first thing that is wrong, and where, and with 2 where it was called wrongly.
"""

from __future__ import annotations

import argparse
import base64
import binascii
import datetime as dt
import json
import re
import sys
from dataclasses import dataclass, field
from functools import lru_cache
from hashlib import sha256, sha512
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NoReturn

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

LEDGERS: Final = ("case", "access")
RECEIPT: Final = "c2sp.org/tlog-proof@v1"
PACK: Final = "hub-pack/v1"
LABEL: Final = b"hub/commitment/v1"
ARGUMENTS: Final = "decision.arguments"
RESTORED: Final = "log-restored"
ERASURE_ORDERED: Final = "erasure-ordered"
ERASURE_COMPLETED: Final = "erasure-completed"
ATTRIBUTED: Final = "records-attributed"
HASH_BYTES: Final = 32
PROOF_MOST: Final = 63
BEGINNING: Final = b"0001-01-01T00:00:00.000000Z"
LAST_SECOND: Final = 253402300799
"""The last that a date can say."""


class Fault(Exception):  # noqa: N818 - a finding
    """The first thing that is wrong, and where."""


def wrong(where: str, what: str) -> NoReturn:
    """Say so."""
    raise Fault(f"{where}: {what}")


# The Merkle tree: RFC 6962 and 9162 §2.1, SHA-256


def leaf_hash(entry: bytes) -> bytes:
    """The hash of one leaf."""
    return sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash over two subtrees."""
    return sha256(b"\x01" + left + right).digest()


class Tree:
    """A tree that grows by leaf hashes, held as the roots of its perfect subtrees, the largest first."""

    def __init__(self) -> None:
        self.size = 0
        self._peaks: list[bytes] = []

    def add(self, node: bytes) -> None:
        """One more leaf, by its hash."""
        bits, peaks = self.size, self._peaks
        while bits & 1:
            node = sha256(b"\x01" + peaks.pop() + node).digest()
            bits >>= 1
        peaks.append(node)
        self.size += 1

    @property
    def root(self) -> bytes:
        """The tree's one hash; of no leaves, the hash of nothing."""
        if not self._peaks:
            return sha256(b"").digest()
        root = self._peaks[-1]
        for peak in reversed(self._peaks[:-1]):
            root = node_hash(peak, root)
        return root


def root_by_inclusion(leaf: bytes, index: int, size: int, path: Sequence[bytes]) -> bytes | None:
    """The root that a leaf hash and its path come to (RFC 9162 §2.1.3.2); None for a path of the wrong length."""
    if not 0 <= index < size:
        return None
    number, last, root = index, size - 1, leaf
    for sibling in path:
        if last == 0:
            return None
        if number & 1 or number == last:
            root = node_hash(sibling, root)
            while not number & 1 and number:
                number >>= 1
                last >>= 1
        else:
            root = node_hash(root, sibling)
        number >>= 1
        last >>= 1
    return root if last == 0 else None


def consistent(old: int, old_root: bytes, new: int, new_root: bytes, path: Sequence[bytes]) -> bool:
    """Whether the tree of `new` leaves begins with the tree of `old` leaves (RFC 9162 §2.1.4.2).

    Every tree begins with the empty one, and a tree with itself: both without a path.
    """
    if old == 0:
        return not path
    if old == new:
        return not path and old_root == new_root
    if not 0 < old < new or not path:
        return False
    nodes = list(path) if old & (old - 1) else [old_root, *path]
    number, last = old - 1, new - 1
    while number & 1:
        number >>= 1
        last >>= 1
    first = second = nodes[0]
    for node in nodes[1:]:
        if last == 0:
            return False
        if number & 1 or number == last:
            first, second = node_hash(node, first), node_hash(node, second)
            while not number & 1 and number:
                number >>= 1
                last >>= 1
        else:
            second = node_hash(second, node)
        number >>= 1
        last >>= 1
    return last == 0 and first == old_root and second == new_root


# Ed25519: RFC 8032 §5.1.7, without cofactor. Nothing here is secret, so nothing need take constant time.

_P: Final = 2**255 - 19
_L: Final = 2**252 + 27742317777372353535851937790883648493
_D: Final = -121665 * pow(121666, -1, _P) % _P
_ROOT: Final = pow(2, (_P - 1) // 4, _P)
_Point = tuple[int, int, int, int]
_NOTHING: Final[_Point] = (0, 1, 1, 0)


def _add(one: _Point, other: _Point) -> _Point:
    a = (one[1] - one[0]) * (other[1] - other[0]) % _P
    b = (one[1] + one[0]) * (other[1] + other[0]) % _P
    c = 2 * one[3] * other[3] * _D % _P
    d = 2 * one[2] * other[2] % _P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % _P, g * h % _P, f * g % _P, e * h % _P


def _point(code: bytes) -> _Point | None:
    """A point by its code, the only one that it has; None for what is no point."""
    y = int.from_bytes(code, "little")
    sign, y = y >> 255, y & (1 << 255) - 1
    if y >= _P:
        return None
    square = (y * y - 1) * pow(_D * y * y + 1, -1, _P) % _P
    x = pow(square, (_P + 3) // 8, _P)
    if (x * x - square) % _P:
        x = x * _ROOT % _P
    if (x * x - square) % _P or (x == 0 and sign):
        return None
    if x & 1 != sign:
        x = _P - x
    return x, y, 1, x * y % _P


_BASE_POINT = _point((4 * pow(5, -1, _P) % _P).to_bytes(32, "little"))
assert _BASE_POINT is not None
_BASE: Final[_Point] = _BASE_POINT


@lru_cache(4096)
def ed25519_holds(public: bytes, message: bytes, signature: bytes) -> bool:
    """Whether a signature of 64 bytes is that of the message by the key of 32 bytes."""
    key = _point(public)
    number = int.from_bytes(signature[32:], "little")
    if key is None or len(signature) != 2 * HASH_BYTES or number >= _L:
        return False
    challenge = int.from_bytes(sha512(signature[:32] + public + message).digest(), "little") % _L
    minus: _Point = (_P - key[0], key[1], 1, _P - key[3])
    table = (_NOTHING, _BASE, minus, _add(_BASE, minus))
    found = _NOTHING
    for bit in range(_L.bit_length() - 1, -1, -1):
        found = _add(found, found)
        which = number >> bit & 1 | (challenge >> bit & 1) << 1
        if which:
            found = _add(found, table[which])
    inverse = pow(found[2], -1, _P)
    x, y = found[0] * inverse % _P, found[1] * inverse % _P
    return (y | (x & 1) << 255).to_bytes(32, "little") == signature[:32]


# Signed notes, checkpoints and policies: c2sp.org/signed-note, tlog-checkpoint, tlog-cosignature, tlog-policy

ED25519: Final = 0x01
COSIGNATURE: Final = 0x04
ALGORITHMS: Final = {ED25519: "ed25519", COSIGNATURE: "cosignature/v1 by ed25519"}
_ID_BYTES: Final = 4
_TIME_BYTES: Final = 8
_NUMBER = re.compile(r"0|[1-9][0-9]{0,18}")
_NAME = re.compile(r"[^\s+]+")


def number_of(text: str, where: str) -> int:
    """A decimal number in its one writing."""
    if not _NUMBER.fullmatch(text):
        wrong(where, f"{text[:40]!r} is no number")
    return int(text)


def binary_of(text: object, where: str) -> bytes:
    """What base64 says, in its one writing."""
    try:
        content = base64.b64decode(text, validate=True) if isinstance(text, str) else b""
    except (binascii.Error, ValueError):
        content = b""
    if not content or base64.b64encode(content).decode() != text:
        wrong(where, "not the base64 of anything")
    return content


def hash_of(text: object, where: str) -> bytes:
    """A hash of 32 bytes from its base64."""
    found = binary_of(text, where)
    if len(found) != HASH_BYTES:
        wrong(where, f"{len(found)} bytes are no hash")
    return found


@dataclass(frozen=True)
class Key:
    """A public key of a log or a witness. `algorithm` says how it signs; a new one gets a number of its own."""

    name: str
    algorithm: int
    public: bytes

    @property
    def id(self) -> bytes:
        """By what a signature names its key."""
        return sha256(self.name.encode() + b"\n" + bytes([self.algorithm]) + self.public).digest()[:_ID_BYTES]

    @property
    def vkey(self) -> str:
        """The key as it is written down."""
        return f"{self.name}+{self.id.hex()}+{base64.b64encode(bytes([self.algorithm]) + self.public).decode()}"

    @classmethod
    def read(cls, text: str, where: str) -> Key:
        """A key from its writing. Raises: Fault."""
        name, _, rest = text.partition("+")
        key_id, _, code = rest.partition("+")
        content = binary_of(code, where)
        key = cls(name, content[0], content[1:])
        if not _NAME.fullmatch(name) or key.id.hex() != key_id:
            wrong(where, f"the key {text[:60]!r} does not have the id that it names")
        if key.algorithm not in ALGORITHMS or len(key.public) != HASH_BYTES:
            wrong(where, f"the key of {name} is of algorithm {key.algorithm}, which this file does not know")
        return key


@dataclass(frozen=True)
class Note:
    """A text and the signatures below it: the name, the key's id, and what was signed by it."""

    body: bytes
    signatures: tuple[tuple[str, bytes, bytes], ...]


def note_of(content: bytes, where: str) -> Note:
    """A signed note. Raises: Fault."""
    body, gap, below = content.rpartition(b"\n\n")
    if not gap or not below.endswith(b"\n"):
        wrong(where, "not a signed note")
    signatures = []
    try:
        body.decode()
        lines = below.decode()[:-1].split("\n")
    except UnicodeDecodeError:
        wrong(where, "not a signed note: no UTF-8")
    for line in lines:
        dash, _, rest = line.partition(" ")
        name, _, code = rest.partition(" ")
        if dash != "—" or not _NAME.fullmatch(name):
            wrong(where, f"a line that is no signature: {line[:60]!r}")
        signature = binary_of(code, where)
        signatures.append((name, signature[:_ID_BYTES], signature[_ID_BYTES:]))
    return Note(body + b"\n", tuple(signatures))


def signed_at(note: Note, key: Key, where: str) -> int | None:
    """When a key signed a note, in seconds since 1970 (0 where its kind of signature does not say); None if it did not.

    Raises: Fault where there is a signature in the key's name that does not hold.
    """
    found = None
    for name, key_id, signature in note.signatures:
        if (name, key_id) != (key.name, key.id):
            continue
        time, message = 0, note.body
        if key.algorithm == COSIGNATURE:
            time = int.from_bytes(signature[:_TIME_BYTES])
            signature = signature[_TIME_BYTES:]  # noqa: PLW2901 - what is left of it
            message = b"cosignature/v1\ntime %d\n%b" % (time, note.body)
        if time > LAST_SECOND or not ed25519_holds(key.public, message, signature):
            wrong(where, f"the signature of {key.name} does not hold")
        found = time
    return found


@dataclass(frozen=True)
class Checkpoint:
    """How a log stood: so many leaves, that hash to this root."""

    origin: str
    size: int
    root: bytes


def checkpoint_of(body: bytes, where: str) -> Checkpoint:
    """The three lines of a checkpoint; our logs add none. Raises: Fault."""
    lines = body.decode().split("\n")
    if len(lines) != 4 or lines[3] or not lines[0]:  # noqa: PLR2004 - three lines and their end
        wrong(where, "not a checkpoint of three lines")
    return Checkpoint(lines[0], number_of(lines[1], where), hash_of(lines[2], where))


@dataclass
class Policy:
    """Whom its holder trusts: logs by origin, witnesses by name with their addresses, and who is a quorum."""

    logs: dict[str, tuple[Key, ...]] = field(default_factory=dict)
    """By origin; several where its key is being changed, of which any one is enough."""
    witnesses: dict[str, Key] = field(default_factory=dict)
    addresses: dict[str, str] = field(default_factory=dict)
    groups: dict[str, tuple[int, tuple[str, ...]]] = field(default_factory=dict)
    quorum: str = ""

    def met(self, cosigned: Iterable[str], name: str = "") -> bool:
        """Whether these witnesses are a quorum."""
        name = name or self.quorum
        if name == "none":
            return True
        if name in self.groups:
            least, members = self.groups[name]
            return sum(self.met(cosigned, member) for member in members) >= least
        return name in cosigned

    @property
    def least(self) -> int:
        """How few witnesses are a quorum."""
        return self._least(self.quorum)

    def _least(self, name: str) -> int:
        if name == "none":
            return 0
        if name not in self.groups:
            return 1
        least, members = self.groups[name]
        return sum(sorted(map(self._least, members))[:least])


def policy_of(text: str, where: str = "the policy") -> Policy:  # noqa: C901 - a case for each kind of line
    """A policy from its text. Raises: Fault, also where two forks could each find a quorum."""
    policy = Policy()
    used: set[str] = set()
    keys: set[bytes] = set()
    for number, line in enumerate(text.splitlines(), 1):
        at = f"{where}, line {number}"
        words = line.split()
        if not words or words[0].startswith("#"):
            continue
        match words:
            case ["log", vkey, *rest] if len(rest) <= 1:
                key = Key.read(vkey, at)
                policy.logs[key.name] = (*policy.logs.get(key.name, ()), key)
            case ["witness", name, vkey, *rest] if len(rest) <= 1:
                key = Key.read(vkey, at)
                if name == "none" or name in policy.witnesses | policy.groups:
                    wrong(at, f"{name} is there already")
                if key.algorithm != COSIGNATURE:
                    wrong(at, f"the key of {name} is not one that cosigns")
                policy.witnesses[name] = key
                policy.addresses |= dict.fromkeys([name], rest[0]) if rest else {}
            case ["group", name, threshold, *members] if members:
                known = policy.witnesses | policy.groups
                if name == "none" or name in known or any(one not in known or one in used for one in members):
                    wrong(at, "a group is of witnesses and groups named before, each in one group only")
                used |= {*members}
                least = {"any": 1, "all": len(members)}.get(threshold) or number_of(threshold, at)
                if not 0 < least <= len(members) or len({*members}) != len(members):
                    wrong(at, f"{threshold} is not a number of members")
                policy.groups[name] = (least, tuple(members))
            case ["quorum", name] if not policy.quorum:
                if name != "none" and name not in policy.witnesses | policy.groups:
                    wrong(at, f"there is no {name}")
                policy.quorum = name
            case _:
                wrong(at, "not a line of a policy")
        if words[0] in {"log", "witness"}:
            if key.public in keys:
                wrong(at, "this key is there already")
            keys.add(key.public)
    if not policy.quorum:
        wrong(where, "it names no quorum")
    if policy.quorum != "none" and 2 * policy.least <= len(policy.witnesses):
        wrong(where, f"{policy.least} of {len(policy.witnesses)} witnesses: two forks could each find as many")
    return policy


@dataclass(frozen=True)
class Seen:
    """A checkpoint that holds, and which witnesses cosigned it when (seconds since 1970)."""

    checkpoint: Checkpoint
    cosigned: Mapping[str, int]


def seen(content: bytes, policy: Policy, where: str, *, quorum: bool = True) -> Seen:
    """A checkpoint that is signed by its log and cosigned by a quorum. Raises: Fault."""
    note = note_of(content, where)
    checkpoint = checkpoint_of(note.body, where)
    keys = policy.logs.get(checkpoint.origin)
    if keys is None:
        wrong(where, f"the policy knows no log {checkpoint.origin!r}")
    if all(signed_at(note, key, where) is None for key in keys):
        wrong(where, f"{checkpoint.origin} did not sign it")
    times = {name: signed_at(note, one, where) for name, one in policy.witnesses.items()}
    cosigned = {name: time for name, time in times.items() if time is not None}
    if quorum and not policy.met(cosigned):
        wrong(where, f"cosigned by {', '.join(sorted(cosigned)) or 'nobody'}, which is no quorum")
    return Seen(checkpoint, cosigned)


# Receipts, by the format c2sp.org/tlog-proof


@dataclass(frozen=True)
class Receipt:
    """That a leaf stands at a position, under a checkpoint that holds."""

    position: int
    leaf: bytes
    seen: Seen


def receipt_of(content: bytes, policy: Policy, where: str) -> Receipt:
    """A receipt that holds: its leaf hash, which stands in the line `extra`, leads to the checkpoint. Raises: Fault."""
    head, gap, note = content.partition(b"\n\n")
    try:
        lines = head.decode().split("\n")
    except UnicodeDecodeError:
        wrong(where, "not a receipt: no UTF-8")
    if not gap or lines[0] != RECEIPT or len(lines) < 3 or len(lines) - 3 > PROOF_MOST:  # noqa: PLR2004 - its head
        wrong(where, "not a receipt")
    extra, index = lines[1].removeprefix("extra "), lines[2].removeprefix("index ")
    if (extra, index) == (lines[1], lines[2]) or extra == lines[1] or index == lines[2]:
        wrong(where, "not a receipt")
    leaf, number = hash_of(extra, where), number_of(index, where)
    found = seen(note, policy, where)
    path = [hash_of(line, where) for line in lines[3:]]
    if root_by_inclusion(leaf, number, found.checkpoint.size, path) != found.checkpoint.root:
        wrong(where, f"its path does not lead from position {number + 1} to the checkpoint's root")
    return Receipt(number + 1, leaf, found)


# Packs: what a panel was shown of entries as it stands in them, each with its receipt


@dataclass(frozen=True)
class Entry:
    """An entry that a pack shows: its type, fields as they stand in the leaf, and opened ones by salt and value.

    Of a receipt that somebody kept alone, nothing but that it stands there.
    """

    where: str
    receipt: Receipt
    type: str | None = None
    fields: Mapping[str, Any] = field(default_factory=dict)
    opened: Mapping[str, tuple[bytes, bytes]] = field(default_factory=dict)


def pack_of(content: bytes, policy: Policy, where: str) -> tuple[Entry, ...]:
    """The entries of a pack, each of which stands in the log. Raises: Fault.

    That they say what the pack shows of them, only an export can tell: a leaf's hash tells nothing of what is in it.
    """
    try:
        pack = _decode(content.decode())
        plain = pack["format"] == PACK and isinstance(pack["partnership"], str)
        entries = [(f"{where}, position {one['position']}", one) for one in pack["entries"]]
        parts = [(at, one["receipt"].encode(), str(one["type"]), dict(one["fields"])) for at, one in entries]
        opened = [[(str(f["field"]), f["salt"], f["value"].encode()) for f in one["opened"]] for _, one in entries]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        plain = False
    if not plain or not entries:
        wrong(where, "it does not read as a pack")
    found = []
    for (at, receipt, kind, fields), values, (_, one) in zip(parts, opened, entries, strict=True):
        held = receipt_of(receipt, policy, at)
        origin = held.seen.checkpoint.origin
        if held.position != one["position"] or _part(origin, "log", at) != f"{pack['partnership']}/{LEDGERS[0]}":
            wrong(at, f"its receipt is for position {held.position} of {origin}")
        salted = {name: (hash_of(salt, at), value) for name, salt, value in values}
        found.append(Entry(at, held, kind, fields, salted))
    return tuple(found)


def _held(entry: Entry, log: Log, node: bytes, leaf: Mapping[str, Any], report: Report, where: str) -> None:
    """That a leaf is the one of a receipt, and says what a pack says that it does; or was lost with its incarnation."""
    if int(_part(entry.receipt.seen.checkpoint.origin, "incarnation", entry.where)) < log.incarnation:
        _lost(entry, report)
        return
    if entry.receipt.leaf != node:
        wrong(where, f"not the leaf of {entry.where}")
    if entry.type is None:
        return
    report.compared += 1
    if leaf["type"] != entry.type:
        wrong(entry.where, f"it was shown as {entry.type}, and is {leaf['type']}")
    for name, value in entry.fields.items():
        if name not in leaf["fields"] or leaf["fields"][name] != value:
            wrong(entry.where, f"another {name} was shown than stands in the log")
    for name, (salt, value) in entry.opened.items():
        said = leaf.get("commitments", {}).get(name)
        if said is None or commitment(salt, name, value) != hash_of(said, entry.where):
            wrong(entry.where, f"not the {name} that the leaf commits to")
        report.revealed += 1


def _lost(entry: Entry, report: Report) -> None:
    """What was kept of an entry is all that is left of it: a restoration admits that it was lost."""
    origin = entry.receipt.seen.checkpoint.origin
    report.receipts -= entry.type is None
    report.lost.append(
        f"{entry.where}: position {entry.receipt.position} of {origin} was lost, as its restoration says"
    )


# The export. For each ledger L: L.leaves, a leaf a line; L.hashes, 32 bytes a leaf, by which the place of a fault
# is found; L.checkpoint. What is revealed of personal fields: revealed.jsonl


@dataclass(frozen=True)
class Restoration:
    """How an incarnation ended: with so many leaves, of which so many are left."""

    left: int
    size: int
    root: bytes


@dataclass
class Log:
    """What is being found out about one log of the export. Erasures are those of the case log, by person."""

    name: str
    ledger: str
    checkpoint: Checkpoint
    incarnation: int = 1
    commands: int = 0
    restored: dict[int, Restoration] = field(default_factory=dict)
    ordered: dict[str, int] = field(default_factory=dict)
    erased: dict[str, int] = field(default_factory=dict)
    attributed: dict[int, set[str]] = field(default_factory=dict)
    """Whom a position was said to be of, besides the ids that its leaf is about."""
    sealed_of_erased: list[tuple[int, int, frozenset[str]]] = field(default_factory=list)
    """Fields that are said to be erased: the line, the position, and the ids that the leaf is about."""


@dataclass(frozen=True)
class Given:
    """What was given to verify with, as far as it is of one log."""

    kept: Mapping[int, Sequence[tuple[str, int, Checkpoint]]]
    """By size: the name of each, and its incarnation."""
    held: Mapping[int, Sequence[Entry]]
    """What receipts and packs hold, by position."""
    revealed: Mapping[int, Mapping[str, Revealed]]
    sample: frozenset[int]

    @property
    def wanted(self) -> frozenset[int]:
        """The positions whose fields are accounted for."""
        return self.sample | self.revealed.keys()


@dataclass(frozen=True)
class Revealed:
    """A line of revealed.jsonl: a field's salt and value, or why there are none: `erased` or `withheld`."""

    line: int
    salt: bytes = b""
    value: bytes | None = None
    status: str = ""


@dataclass
class Report:
    """What was verified."""

    leaves: dict[str, int] = field(default_factory=dict)
    """By the origin of each log."""
    cosigned: dict[str, dict[str, str]] = field(default_factory=dict)
    commands: int = 0
    kept: int = 0
    receipts: int = 0
    packs: int = 0
    shown: int = 0
    """Entries of packs that stand in the log."""
    compared: int = 0
    """Those of them that were held against the leaves."""
    revealed: int = 0
    erased: int = 0
    withheld: int = 0
    erasures: int = 0
    restorations: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    """What receipts and packs hold of entries that a restoration admits to have lost."""


_HEAD = re.compile(
    rb'\{"incarnation":([1-9][0-9]{0,8}),"log":"([a-z0-9-]+/[a-z]+)","position":([1-9][0-9]{0,17}),'
    rb'"recorded":"([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{6}Z)",'
)
_ORIGIN = re.compile(r"[^\s+]+/(?P<log>[^/\s+]+/(?P<ledger>case|access))/(?P<incarnation>[1-9][0-9]{0,8})")
_PARTS: Final = 4
_ERASURES: Final = frozenset({ERASURE_ORDERED, ERASURE_COMPLETED, ATTRIBUTED})
_decode = json.JSONDecoder().decode


def verify(
    export: Path | None,
    policy: Policy,
    *,
    kept: Sequence[tuple[str, bytes]] = (),
    receipts: Sequence[tuple[str, bytes]] = (),
    packs: Sequence[tuple[str, bytes]] = (),
    sample: Iterable[int] = (),
) -> Report:
    """Verify all that was given; `kept`, `receipts` and `packs` are names and contents. Raises: Fault, the first one.

    `sample` are positions of the case log of which every personal field must be accounted for.
    """
    report = Report()
    checkpoints = [(name, seen(content, policy, name, quorum=False).checkpoint) for name, content in kept]
    held = [(name, receipt_of(content, policy, name)) for name, content in receipts]
    report.kept, report.receipts = len(checkpoints), len(held)
    shown = [one for name, content in packs for one in pack_of(content, policy, name)]
    report.packs, report.shown = len(packs), len(shown)
    # A receipt keeps the checkpoint that it leads to, and so does each that is in a pack.
    checkpoints += [(name, one.seen.checkpoint) for name, one in held]
    checkpoints += [(one.where, one.receipt.seen.checkpoint) for one in shown]
    if export is None:
        return report
    here = [ledger for ledger in LEDGERS if (export / f"{ledger}.checkpoint").exists()]
    if not here:
        wrong(str(export), "there is no case.checkpoint and no access.checkpoint in it")
    revealed = _revealed(export / "revealed.jsonl")
    erased: dict[str, int] = {}
    partnerships: set[str] = set()
    for ledger in here:
        where = f"{ledger}.checkpoint"
        found = seen((export / where).read_bytes(), policy, where)
        origin = found.checkpoint.origin
        log = Log(_part(origin, "log", where), ledger, found.checkpoint, erased=erased)
        partnerships.add(log.name.partition("/")[0])
        if _part(origin, "ledger", where) != ledger or len(partnerships) > 1:
            wrong(where, f"it is of {origin}")
        same = [one for one in checkpoints if _same_log(one[1].origin, origin)]
        checkpoints = [one for one in checkpoints if one not in same]
        by_size: dict[int, list[tuple[str, int, Checkpoint]]] = {}
        for name, one in same:
            by_size.setdefault(one.size, []).append((name, int(_part(one.origin, "incarnation", name)), one))
        given = Given(
            kept=by_size,
            held=_by_position(
                one
                for one in (*(Entry(name, one) for name, one in held), *shown)
                if _same_log(one.receipt.seen.checkpoint.origin, origin)
            ),
            revealed=revealed.pop(ledger, {}),
            sample=frozenset(sample) if ledger == LEDGERS[0] else frozenset(),
        )
        _verify_log(export, log, given, report)
        report.leaves[origin] = found.checkpoint.size
        report.cosigned[origin] = {name: _written(time) for name, time in found.cosigned.items()}
    for name, one in checkpoints:
        wrong(name, f"the export does not contain the log {one.origin}")
    for origin in policy.logs:
        if _ledgers(origin) in {_ledgers(one) for one in report.leaves} and not any(
            _same_log(origin, one) for one in report.leaves
        ):
            wrong(f"{_part(origin, 'ledger', origin)}.checkpoint", f"it is missing: the policy names the log {origin}")
    if revealed:
        wrong("revealed.jsonl", f"it names the ledger {min(revealed)}, which the export does not contain")
    return report


def _by_position(entries: Iterable[Entry]) -> dict[int, list[Entry]]:
    found: dict[int, list[Entry]] = {}
    for one in entries:
        found.setdefault(one.receipt.position, []).append(one)
    return found


def _part(origin: str, name: str, where: str) -> str:
    found = _ORIGIN.fullmatch(origin)
    if found is None:
        wrong(where, f"{origin!r} is not the origin of a hub's log")
    return found[name]


def _same_log(one: str, other: str) -> bool:
    """Whether two origins are incarnations of one log."""
    return one.rpartition("/")[0] == other.rpartition("/")[0]


def _ledgers(origin: str) -> str:
    """Of which installation and partnership a log is: it has two."""
    return origin.rsplit("/", 2)[0]


def _written(time: int) -> str:
    return dt.datetime.fromtimestamp(time, dt.timezone.utc).isoformat()  # noqa: UP017 - as older Pythons say it


def _verify_log(export: Path, log: Log, given: Given, report: Report) -> None:
    """One log, and that what is said to be erased was."""
    _leaves(export / f"{log.ledger}.leaves", log, given, report)
    for line, position, people in log.sealed_of_erased:
        if not (people | log.attributed.get(position, set())) & log.erased.keys():
            wrong(
                f"revealed.jsonl, line {line}",
                f"a field of {log.ledger}, position {position} is said to be erased, and no erasure of anybody it is "
                "about was completed",
            )
    report.commands += log.commands
    report.erasures = len(log.erased)
    report.restorations += [
        f"{log.name}: incarnation {number} ended with {one.size} leaves, of which {one.left} are left"
        for number, one in log.restored.items()
    ]


def _leaves(path: Path, log: Log, given: Given, report: Report) -> None:
    """Every leaf: its place, its form, its command, what is revealed of it; and all of them together."""
    tree = Tree()
    add = tree.add
    name, end = path.name, log.checkpoint.size
    recorded = BEGINNING
    acting: tuple[bytes, str, str] | None = None
    sound = 0
    hashes = _hashes(path.with_suffix(".hashes"))
    wanted = given.wanted
    for read, line in enumerate(_lines(path), 1):
        where = f"{name}, position {read}"
        if read > end:
            wrong(where, f"the checkpoint ends at {end}")
        node = sha256(b"\x00" + line).digest()
        leaf, at = _leaf(log, line, read, where)
        for one in given.held.get(read, ()):
            _held(one, log, node, leaf, report, where)
        if next(hashes, b"") != node:
            _blame(path, log, where)
        if at < recorded:
            wrong(where, f"recorded {at.decode()}, before the leaf in front of it")
        now = (at, leaf["actor"], leaf["purpose"])
        _command(log, leaf, read, where, follows=now == acting)
        if leaf["type"] in _ERASURES:
            _erasure(log, leaf, read, where)
        if read in wanted:
            _fields(log, given.revealed.get(read, {}), leaf, read, report)
        add(node)
        for which, incarnation, kept in given.kept.get(read, ()):
            if log.incarnation <= incarnation and tree.root != kept.root:
                wrong(f"{name}, positions {sound + 1} to {read}", f"rewritten since {which} was kept")
        sound = read if read in given.kept else sound
        recorded, acting = at, now
    _whole(log, given, tree, sound, name)
    if next(hashes, b""):
        wrong(f"{log.ledger}.hashes", f"it goes on after position {end}")
    _beyond(log, given, report)


def _beyond(log: Log, given: Given, report: Report) -> None:
    """What was kept of positions that a restoration lost; and that none is revealed or drawn that there is not."""
    end = log.checkpoint.size
    for position, entries in given.held.items():
        for one in entries if position > end else ():
            _lost(one, report)
    for number in sorted(given.wanted):
        if number > end:
            wrong(f"{log.ledger}, position {number}", f"there is none: the log ends at {end}")


def _blame(path: Path, log: Log, where: str) -> NoReturn:
    """Which of two that differ is not what was signed: the leaf, or its hash beside it."""
    by_hashes, by_leaves = Tree(), Tree()
    for one in _hashes(path.with_suffix(".hashes")):
        by_hashes.add(one)
    for line in _lines(path):
        by_leaves.add(leaf_hash(line))
    if by_leaves.root == log.checkpoint.root:
        wrong(where, f"the leaf is the one that was signed, and its hash in {log.ledger}.hashes is another")
    if by_hashes.root == log.checkpoint.root:
        wrong(where, f"not the leaf that was signed, whose hash stands in {log.ledger}.hashes")
    wrong(where, f"not the leaf whose hash stands in {log.ledger}.hashes")


def _leaf(log: Log, line: bytes, position: int, where: str) -> tuple[dict[str, Any], bytes]:
    """What a leaf says, and when it was recorded, if it is one of this log and stands in its place."""
    head = _HEAD.match(line)
    parts = line.rsplit(b"\t", _PARTS - 1)
    if head is None or len(parts) != _PARTS or parts[3] != b"}":
        wrong(where, "it does not have the form of a leaf")
    incarnation, name, said, at = head.groups()
    if int(said) != position:
        wrong(where, f"the leaf says that it is {int(said)}")
    if name.decode() != log.name:
        wrong(where, f"a leaf of {name.decode()}")
    try:
        leaf: dict[str, Any] = _decode(line.decode())
        typed = isinstance(leaf["fields"], dict) and isinstance(leaf.get("commitments", {}), dict)
        typed = typed and all(isinstance(leaf[one], str) for one in ("id", "type", "actor", "purpose"))
        typed = typed and isinstance(leaf["about"], list) and isinstance(leaf["version"], int)
    except (ValueError, KeyError, RecursionError):
        typed = False
    if not typed:
        wrong(where, "it does not read as a leaf")
    if int(incarnation) != log.incarnation or leaf["type"] == RESTORED:
        _restore(log, position, int(incarnation), leaf["type"], leaf["fields"], where)
    return leaf, at


def _erasure(log: Log, leaf: Mapping[str, Any], position: int, where: str) -> None:
    """What was erased was ordered before: the order names who answers for it. And whose what was recorded is."""
    if leaf["type"] == ATTRIBUTED:
        _attributed(log, leaf, where)
        return
    person = str(leaf["fields"].get("person"))
    if leaf["type"] == ERASURE_ORDERED:
        log.ordered[person] = position
    elif person not in log.ordered:
        wrong(where, "an erasure that nobody ordered")
    else:
        log.erased[person] = position


def _attributed(log: Log, leaf: Mapping[str, Any], where: str) -> None:
    """Positions that are said to be of somebody else than they were written of: erasing that person erases them."""
    positions = leaf["fields"].get("positions")
    if not isinstance(positions, list) or not all(isinstance(one, int) for one in positions):
        wrong(where, "it does not say what is of somebody else")
    for one in positions:
        log.attributed.setdefault(one, set()).add(str(leaf["fields"].get("other")))


def _whole(log: Log, given: Given, tree: Tree, sound: int, name: str) -> None:
    """That the leaves are all that the checkpoint counts, and all that was there when the kept ones were signed."""
    one = log.checkpoint
    if tree.size < one.size:
        wrong(f"{name}, after position {tree.size}", f"the checkpoint counts {one.size} leaves")
    if tree.root != one.root:
        which = f"{name}, positions {sound + 1} to {tree.size}"
        wrong(which, "not the leaves that the checkpoint was signed over")
    last = int(_part(one.origin, "incarnation", name))
    if log.incarnation != last:
        wrong(name, f"the leaves are of incarnation {log.incarnation}, the checkpoint is of {last}")
    for size, found in given.kept.items():
        for which, incarnation, kept in found:
            if incarnation > last:
                wrong(which, f"of incarnation {incarnation}; the export is of {last}, before it")
            if incarnation == last and size > one.size:
                wrong(f"{log.ledger}.checkpoint", f"it counts {one.size} leaves, {which} counted {size}: cut off")
            if incarnation < last:
                ended = log.restored[incarnation]
                if size > ended.size or (size == ended.size and kept.root != ended.root):
                    wrong(which, f"incarnation {incarnation} was another, or longer, than its restoration admits")


def _restore(log: Log, position: int, incarnation: int, kind: str, fields: Mapping[str, Any], where: str) -> None:
    """A restoration opens the next incarnation, and names what was lost and two who answer for it."""
    if kind != RESTORED or incarnation != log.incarnation + 1:
        wrong(where, f"a leaf of incarnation {incarnation}, which no restoration opened")
    size, by = fields.get("size"), fields.get("authorised_by")
    if not isinstance(size, int) or size < position - 1:
        wrong(where, "a restoration that does not say what was lost")
    if not isinstance(by, list) or len(set(map(str, by))) < 2:  # noqa: PLR2004 - two humans
        wrong(where, "a restoration that two people did not authorise")
    log.restored[log.incarnation] = Restoration(position - 1, size, hash_of(str(fields.get("root")), where))
    log.incarnation = incarnation


def _command(log: Log, leaf: Mapping[str, Any], position: int, where: str, *, follows: bool) -> None:
    """The first fact of a command has its record; it rested on what stood before it. Others follow their first."""
    if log.ledger != LEDGERS[0]:
        if "decision" in leaf:
            wrong(where, "a command, in a log that has none")
        return
    if "decision" not in leaf:
        if not follows and leaf["type"] != RESTORED:
            wrong(where, "neither the first fact of a command nor one that follows it")
        return
    try:
        record = leaf["decision"]
        heads = [read[0] for read in record["read"]]
        hash_of(record["arguments"], where)
        well = isinstance(record["command"], str) and all(isinstance(one, int) and 0 <= one < position for one in heads)
    except (TypeError, KeyError, IndexError):
        well = False
    if not well:
        wrong(where, "the record of its decision rests on what was not there, or does not read as one")
    log.commands += 1


def commitment(salt: bytes, name: str, value: bytes) -> bytes:
    """What a leaf says of a personal field: SHA-256 over label, salt, field and value, each after its length."""
    parts = (LABEL, salt, name.encode(), value)
    return sha256(b"".join(len(one).to_bytes(8) + one for one in parts)).digest()


def _fields(log: Log, revealed: Mapping[str, Revealed], leaf: Mapping[str, Any], position: int, report: Report) -> None:
    """Each field that a leaf commits to is revealed, erased or withheld; and nothing else is."""
    where = f"{log.ledger}.leaves, position {position}"
    commitments = dict(leaf.get("commitments", {}))
    if "decision" in leaf:
        commitments[ARGUMENTS] = leaf["decision"]["arguments"]
    for name in sorted(commitments.keys() - revealed.keys()):
        wrong(where, f"the field {name} is neither revealed nor said to be erased or withheld")
    for name, one in revealed.items():
        at = f"revealed.jsonl, line {one.line}"
        if name not in commitments:
            wrong(at, f"the leaf at {where} has no field {name}")
        if one.value is not None:
            if commitment(one.salt, name, one.value) != hash_of(commitments[name], where):
                wrong(at, f"not the {name} that {where} commits to")
            report.revealed += 1
        elif one.status == "erased":
            about = frozenset(str(each).partition(":")[2] for each in leaf["about"])
            log.sealed_of_erased.append((one.line, position, about))
            report.erased += 1
        else:
            report.withheld += 1


def _revealed(path: Path) -> dict[str, dict[int, dict[str, Revealed]]]:
    """By ledger, position and field. Each line has one writing, so that nothing of it can be changed unseen."""
    found: dict[str, dict[int, dict[str, Revealed]]] = {}
    if not path.exists():
        return found
    for number, content in enumerate(_lines(path), 1):
        where = f"{path.name}, line {number}"
        try:
            line = _decode(content.decode())
            ledger, position, name = line["ledger"], line["position"], line["field"]
            fine = type(position) is int and position > 0 and isinstance(name, str) and ledger in LEDGERS
            plain = json.dumps(line, ensure_ascii=False, separators=(",", ":")).encode() == content
        except (ValueError, KeyError, TypeError, RecursionError):
            fine = plain = False
        if not (fine and plain):
            wrong(where, "it does not read as a revealed field")
        members = tuple(line)[3:]
        if members == ("salt", "value"):
            one = Revealed(number, hash_of(line["salt"], where), str(line["value"]).encode())
        elif members == ("status",) and line["status"] in {"erased", "withheld"}:
            one = Revealed(number, status=line["status"])
        else:
            wrong(where, "it does not read as a revealed field")
        of_leaf = found.setdefault(ledger, {}).setdefault(position, {})
        if name in of_leaf:
            wrong(where, f"the field {name} stands there twice")
        of_leaf[name] = one
    return found


def _lines(path: Path) -> Iterator[bytes]:
    """Lines without their ends; the last must have its end, too."""
    try:
        with path.open("rb") as file:
            for number, line in enumerate(file, 1):
                if not line.endswith(b"\n"):
                    wrong(f"{path.name}, line {number}", "the file was cut off in the middle of a line")
                yield line[:-1]
    except OSError as error:
        wrong(path.name, f"cannot be read: {error.strerror}")


def _hashes(path: Path) -> Iterator[bytes]:
    """The hashes beside the leaves, 32 bytes each; what is left over at the end is one, too."""
    try:
        with path.open("rb") as file:
            while found := file.read(HASH_BYTES):
                yield found
    except OSError as error:
        wrong(path.name, f"cannot be read: {error.strerror}")


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except UnicodeDecodeError:
        wrong(path.name, "not a text")


def told(report: Report) -> Iterator[str]:
    """A report in words, a line each."""
    for origin, leaves in report.leaves.items():
        by = ", ".join(f"{name} {time}" for name, time in report.cosigned[origin].items())
        yield f"{origin}: {leaves} leaves, signed, cosigned by {by or 'nobody: the policy asks no witness'}"
    if report.leaves:
        yield f"{report.commands} commands, each in its place; {report.erasures} erasures, each ordered before"
        yield f"{report.revealed} fields open to their commitments, {report.erased} erased, {report.withheld} withheld"
    yield from report.restorations
    if report.leaves:
        yield f"kept checkpoints that agree: {report.kept}; receipts: {report.receipts}"
    else:
        yield f"checkpoints that are signed: {report.kept}; receipts that lead to one: {report.receipts}"
    yield from report.lost
    if report.packs:
        compared = f"{report.compared} say what was shown" if report.leaves else "what they say needs an export"
        yield f"packs: {report.packs}; {report.shown} entries stand in the log, {compared}"


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line. 0: all holds; 1: something does not; 2: called wrongly."""
    parser = argparse.ArgumentParser(description="Verifies an audit export of a support hub, a receipt, or a pack.")
    parser.add_argument("export", nargs="?", type=Path, help="the folder that hub export audit wrote")
    parser.add_argument("--policy", type=Path, required=True, help="the logs and witnesses that you trust")
    parser.add_argument("--kept", type=Path, action="append", default=[], help="a checkpoint that you kept")
    parser.add_argument("--receipt", type=Path, action="append", default=[], help="a receipt that somebody kept")
    parser.add_argument("--pack", type=Path, action="append", default=[], help="a pack that a panel was shown")
    parser.add_argument("--sample", type=int, action="append", default=[], help="a position that you drew")
    given = parser.parse_args(arguments)
    if given.export is None and not (given.receipt or given.kept or given.pack):
        parser.error("nothing to verify: name an export, a receipt, a pack or a kept checkpoint")
    try:
        policy = policy_of(_text(given.policy), given.policy.name)
        report = verify(
            given.export,
            policy,
            kept=[(str(one), one.read_bytes()) for one in given.kept],
            receipts=[(str(one), one.read_bytes()) for one in given.receipt],
            packs=[(str(one), one.read_bytes()) for one in given.pack],
            sample=given.sample,
        )
    except Fault as fault:
        sys.stdout.write(f"WRONG  {fault}\n")
        return 1
    except OSError as error:
        parser.error(f"{error.filename} cannot be read: {error.strerror}")
    sys.stdout.write("".join(f"{line}\n" for line in told(report)) + "HOLDS\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
