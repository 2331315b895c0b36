"""An audit export: the leaves of a partnership's two logs under checkpoints that a panel can verify by itself.

A folder with `<ledger>.leaves` (a leaf a line), `<ledger>.hashes` (32 bytes a leaf), `<ledger>.checkpoint`, what is
revealed of sampled positions in `revealed.jsonl`, and a copy of the verifier. Byte by byte: docs/proof.md.
"""

from __future__ import annotations

import asyncio
import base64
import shutil
import uuid
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec

from api.serving import JUSTIFICATION_LIMIT
from api.sheets import opened_partnership
from api.wiring import verifier_file
from application.access import Account
from application.ports import log_of
from application.published.partnerships import coordinator
from domain.governance.partnership import partnership as governed

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from api.hub import Hub
    from api.wiring import Signer
    from application.ports import Ledger, LogId
    from domain.ids import PartnershipId, PersonId

PAGE: Final = 5_000
BY_THE_KEYS: Final = "installation-holds-the-keys"
LEDGERS: Final[tuple[Ledger, ...]] = ("case", "access")


class Exported(msgspec.Struct, frozen=True):
    """What was written, and where."""

    folder: str
    leaves: dict[str, int]
    revealed: int


class _Line(msgspec.Struct, frozen=True, omit_defaults=True):
    """A line of revealed.jsonl, in the order in which its members are written."""

    ledger: str
    position: int
    field: str
    salt: str | None = None
    value: str | None = None
    status: str | None = None


async def export_audit(
    hub: Hub,
    signer: Signer,
    folder: Path,
    *,
    partnership: str,
    sample: Collection[int] = (),
    reveal: Collection[str] | None = None,
    why: Callable[[], str],
) -> Exported:
    """Write a partnership's audit export; of the case log's `sample`, the fields that `reveal` names, or all of facts.

    There is no such folder until it stands in the access ledger who was exported, which the exported ledger shows.
    Raises: NotHere; NotProved where the witnesses are no quorum; FileExistsError; LogUnavailable.
    """
    where = await opened_partnership(hub, partnership)
    account = Account("hub export audit", str(uuid.uuid4())).of(coordinator(where))
    account.exported("audit-export")
    if "export" in (await hub.decider.know(where)(governed())).justified:
        account.justified(why()[:JUSTIFICATION_LIMIT])
    part = folder.with_name(f".{folder.name}.part")
    await asyncio.to_thread(_begin, part, folder)
    try:
        count = await reveal_fields(hub, where, sample, reveal, part / "revealed.jsonl", account)
        await hub.ledger.record(account)
        leaves = {}
        for ledger in LEDGERS:
            log = log_of(where, ledger)
            await signer.catch_up(log)
            await signer.cosign(log)
            leaves[str(log)] = await _write_log(hub, log, part / ledger)
        await asyncio.to_thread(part.rename, folder)
    finally:
        await asyncio.to_thread(shutil.rmtree, part, ignore_errors=True)
    return Exported(str(folder), leaves, count)


def _begin(part: Path, folder: Path) -> None:
    if folder.exists():
        raise FileExistsError(str(folder))
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(mode=0o700, parents=True)
    shutil.copyfile(verifier_file, part / "verify.py")


async def _write_log(hub: Hub, log: LogId, path: Path) -> int:
    """The leaves that the newest cosigned checkpoint counts; how many. Raises: NotProved.

    Their hashes are those that were signed, not those of the leaves as they are: so a leaf that was changed is found.
    """
    checkpoint = await hub.proofs.checkpoint(log)
    path.with_suffix(".checkpoint").write_text(checkpoint.note, "utf-8")
    position = 0
    with path.with_suffix(".leaves").open("wb") as leaves, path.with_suffix(".hashes").open("wb") as hashes:
        while position < checkpoint.size:
            page = await hub.decider.log.read(log, after=position, limit=min(PAGE, checkpoint.size - position))
            found = [one for one in page.events if one.position <= checkpoint.size]
            if not found:
                break  # the end is gone: the verifier says from where on
            assert not any(b"\n" in one.entry for one in found), "a leaf is one line"
            signed = await hub.proofs.hashes(log, position, found[-1].position)
            await asyncio.to_thread(leaves.write, b"".join(one.entry + b"\n" for one in found))
            await asyncio.to_thread(hashes.write, signed)
            position = found[-1].position
    return position


async def reveal_fields(
    hub: Hub,
    where: PartnershipId,
    sample: Collection[int],
    reveal: Collection[str] | None,
    path: Path,
    account: Account,
) -> int:
    """Every field that the sampled leaves commit to: with salt and value, as erased, or as withheld."""
    lines: list[_Line] = []
    people: dict[PersonId, None] = {}
    opened_classes = set()
    for position in sorted(set(sample)):
        page = await hub.decider.log.read(log_of(where), after=position - 1, limit=1, sealed=True)
        for stored in page.events:
            for one in hub.codec.committed(stored):
                line = _Line("case", position, one.field)
                if (one.personal_class is None) if reveal is None else (one.field not in reveal):
                    line = msgspec.structs.replace(line, status="withheld")
                elif one.opened is None:
                    line = msgspec.structs.replace(line, status="erased")
                else:
                    salt, value = one.opened
                    salted = base64.b64encode(salt).decode()
                    line = msgspec.structs.replace(line, salt=salted, value=value.decode())
                    opened_classes.update({one.personal_class} - {None})
                    people.update(dict.fromkeys([one.person] if one.person else ()))
                lines.append(line)
    account.saw("ledger", people, (BY_THE_KEYS,), tuple(sorted(filter(None, opened_classes))))
    written = b"".join(msgspec.json.encode(line) + b"\n" for line in lines)
    await asyncio.to_thread(path.write_bytes, written)
    return sum(line.value is not None for line in lines)
