"""Plants canaries in every personal field of somebody, destroys their keys, and looks whether anything is left.

`python -m tests.canaries` prints one JSON object. A person is entered, met, referred, planned for and handed over by
the API with texts that stand nowhere else; every kind of fact with personal fields is recorded beside, with such texts.
The installation lives a while: views are built twice, tables are vacuumed, checkpoints written, database and keys are
backed up. Then two people erase the person, and the epoch moves. What must hold:

- no file of the installation, nor of the backup of its database, holds a text in any usual encoding, a data key of the
  person, raw or wrapped, or the key that wrapped it; nor does a dump of all rows;
- the backup of the keys, which holds wrapped keys by its nature, holds nothing to unwrap them with, and is refused;
- what can still be opened, by every key that is left, holds no text either;
- the database of before, restored, with the keys of today, opens nothing of the person; others open as before.

It looks the same way before the person is erased, and must find then what it looks for; and at the end, when some was
left on purpose: a text in a row that was deleted again, a key in a file.
"""

import argparse
import asyncio
import base64
import hashlib
import os
import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Collection, Iterator, Mapping
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Any, Final

import asyncpg
import msgspec
from cryptography.hazmat.primitives.keywrap import aes_key_unwrap

from adapters.postgres.embedded import SUPERUSER, EmbeddedPostgres
from adapters.postgres.migrations import migrate
from adapters.sealing.kek import KekFile
from adapters.sealing.keys import KeysUnusable
from adapters.sealing.sqlite_keys import SqliteKeys
from api import wiring
from api.settings import Settings
from application.identity import digest
from application.ports import Append, DecisionRecord, LogId
from domain.actors import Actor
from domain.facts import Fact, declared, subject_of
from domain.governance.transfer import WithdrawTransfer
from domain.ids import AgencyId, PartnershipId, PersonId, TransferId, WorkerId
from domain.people.person import PersonRegistered
from tests.api.test_every_read import done
from tests.api.test_probe import AGENCIES, Planting
from tests.api.world import FENLAND, SetClock, World, world
from tests.conftest import public_folder
from tests.golden.shapes import example, hints
from tests.golden.update import every_fact

LOG: Final = LogId("canaries/access")
"""A log that no view is folded of: what is recorded here happened to nobody, and in no order."""
CANARIES: Final = PartnershipId("canaries")
BY: Final = Actor(worker=WorkerId("worker"), agency=AgencyId("hub"), role="hub-coordinator", partnership=CANARIES)
PAGE: Final = 1_000
OTHER: Final = "Zqotherqz"
"""What somebody else's record says."""
PREFIX_BYTES: Final = 3


class Needle(msgspec.Struct, frozen=True):
    """Something to look for: what it is, and the bytes that it would stand as."""

    what: str
    content: bytes


class Report(msgspec.Struct):
    """What was done, and that it held."""

    canaries: int = 0
    kinds_of_facts: int = 0
    keys: int = 0
    needles: int = 0
    files: int = 0
    megabytes: int = 0
    found_before: int = 0
    boxes_opened: int = 0
    seconds: float = 0.0


def written_as(what: str, content: bytes, *, text: bool) -> Iterator[Needle]:
    """The usual encodings of some bytes, wherever in a longer run of base64 they stand."""
    yield Needle(what, content)
    yield Needle(f"{what}, hex", content.hex().encode())
    yield Needle(f"{what}, HEX", content.hex().upper().encode())
    for lead in range(3):
        # What comes before and after takes part in the first and the last characters: those in between are its own.
        whole = base64.b64encode(bytes(lead) + content)
        begins = (0, 2, 3)[lead]
        stable = whole[begins : (lead + len(content)) * 8 // 6]
        yield Needle(f"{what}, base64", stable)
        yield Needle(f"{what}, base64url", stable.translate(bytes.maketrans(b"+/", b"-_")))
    if text:
        for encoding in ("utf-16-le", "utf-16-be"):
            yield Needle(f"{what}, {encoding}", content.decode().encode(encoding))


def hidden(needles: Collection[Needle], content: bytes) -> set[str]:
    """Which of them stand in it. Those that begin alike are looked for together."""
    by_prefix: dict[bytes, list[Needle]] = {}
    for one in needles:
        by_prefix.setdefault(one.content[:PREFIX_BYTES], []).append(one)
    found: set[str] = set()
    for prefix, some in by_prefix.items():
        at = content.find(prefix)
        while at >= 0:
            found.update(one.what for one in some if content.startswith(one.content, at))
            at = content.find(prefix, at + 1)
    return found


class Scan:
    """Looks through files; the same content is looked through once."""

    def __init__(self, needles: Collection[Needle]) -> None:
        self.needles = needles
        self.files = 0
        self.bytes = 0
        self._seen: set[bytes] = set()

    def folder(self, folder: Path) -> dict[str, set[str]]:
        """What was found, and in which file."""
        found: dict[str, set[str]] = {}
        for path in sorted(folder.rglob("*")):
            if path.is_file() and not path.is_symlink():
                self._add(found, path.relative_to(folder).as_posix(), path.read_bytes())
        return found

    def content(self, name: str, content: bytes) -> dict[str, set[str]]:
        """What was found in something that lies in no file."""
        found: dict[str, set[str]] = {}
        self._add(found, name, content)
        return found

    def _add(self, found: dict[str, set[str]], name: str, content: bytes) -> None:
        digest = hashlib.blake2b(content).digest()
        if digest not in self._seen:
            self._seen.add(digest)
            self.files += 1
            self.bytes += len(content)
            if here := hidden(self.needles, content):
                found[name] = here


class Installation:
    """A server with its keys, and the person in it."""

    def __init__(self, home: Path, server: EmbeddedPostgres) -> None:
        self.server = server
        self.given = Settings(
            home=home,
            keys=home / "keys.sqlite",
            kek=home / "kek",
            kek_copy=home / "elsewhere" / "kek",
            destroyed_keys=home / "destroyed-keys",
            database_url=server.app_url,
        )
        self.planted: set[str] = set()
        self.kinds = 0
        self.person = ""

    @asynccontextmanager
    async def served(self) -> AsyncIterator[World]:
        """Its API."""
        async with world(wiring.opened(self.given), clock=SetClock(wiring.SystemClock().now())) as made:
            yield made

    async def plant(self) -> None:
        """By the API, and one of each kind of fact."""
        async with self.served() as here:
            await here.agencies(*AGENCIES)
            planting = Planting(here)
            await planting.begin()
            self.person = planting.ids["person"]
            for text, what in planting.garden.planted.items():
                if "person" in what.of and what.category != "ledger":  # which is a worker's: how that one searched
                    self.planted.add(text.capitalize())
            await self._record_every_kind(here)
            assert await self.shown(here), "nobody sees the person"

    async def shown(self, here: World) -> bool:
        """Whether a coordinator is shown anything that was planted."""
        hub = await here.caller("hub-coordinator", "hub", worker="coordinator")
        head = (await here.hub.decider.log.heads())[LogId(f"{FENLAND}/case")]
        seen = await hub.get(f"/v1/people/{self.person}?after={head}")
        timeline = await hub.get(f"/v1/people/{self.person}/timeline")
        return any(text in seen.text + timeline.text for text in self.planted)

    async def _record_every_kind(self, here: World) -> None:
        """A fact of each class that has personal fields, about the person, as if somebody had decided it."""
        for cls in every_fact().values():
            fact = self._canary_of(cls)
            if fact is not None:
                self.kinds += 1
                await self._record(here, fact, self._text() if subject_of(fact) else "")
        await self._record(here, msgspec.structs.replace(example(PersonRegistered), family_name=OTHER), OTHER)

    async def _record(self, here: World, fact: Fact, arguments: str) -> None:
        """With the arguments of a command, which are sealed as its person's where it has one."""
        record = DecisionRecord(
            command="Example", arguments=msgspec.json.encode(arguments), read=(), policy="policy", code="code"
        )
        entries = await here.hub.codec.to_entries(LOG, (fact,), BY, "Example", record)
        await here.hub.decider.log.append(Append(LOG, entries))

    def _canary_of(self, cls: type[Fact]) -> Fact | None:
        made, known = example(cls), declared(cls)
        changed: dict[str, Any] = {}
        for name, mark in known.personal.items():
            if hints(cls)[mark.of] in {PersonId, PersonId | None} and isinstance(getattr(made, name), str):
                changed |= {name: self._text(), mark.of: self.person}
        return msgspec.structs.replace(made, **changed) if changed else None

    def _text(self) -> str:
        text = f"Zq{len(self.planted):04d}qz"
        self.planted.add(text)
        return text

    def keys(self) -> SqliteKeys:
        """The store of its keys."""
        given = self.given
        return SqliteKeys(given.keys, given.kek, kek_copy=given.kek_copy, destroyed=given.destroyed_keys)

    def usable(self) -> dict[str, bytes]:
        """The person's data keys, raw and wrapped, and the KEK."""
        keks = KekFile(self.given.kek).read()
        with closing(sqlite3.connect(self.given.keys)) as connection:
            rows = connection.execute("SELECT class, kek, wrapped FROM data_key WHERE subject = ?", (self.person,))
            wrapped = [(f"{name} {at}", kek, base64.b64decode(key)) for at, (name, kek, key) in enumerate(rows)]
        found = {f"wrapped {name}": key for name, _, key in wrapped}
        found |= {f"raw {name}": aes_key_unwrap(keks[kek], key) for name, kek, key in wrapped}
        return found | {f"KEK {name}": kek for name, kek in keks.items()}

    async def live(self) -> None:
        """Views are built anew, rows rewritten, and all of it is on the disk."""
        async with wiring.projector(self.given) as projector:
            for log in await projector.logs():
                await projector.rebuild(log)
        connection = await asyncpg.connect(self.server.url(SUPERUSER))
        try:
            for act in ("VACUUM", "CHECKPOINT", "SELECT pg_switch_wal()"):
                await connection.execute(act)
        finally:
            await connection.close()

    def back_up(self, folder: Path) -> None:
        """As docs/operations.md says: the database, then the keys."""
        folder.mkdir()
        backup = [
            "pg_basebackup",
            "-D",
            str(folder / "data"),
            "-c",
            "fast",
            "-d",
            self.server.url(SUPERUSER, "postgres"),
        ]
        self._tool(*backup)
        keys = self.keys()
        with closing(sqlite3.connect(self.given.keys)) as connection:
            connection.execute("VACUUM INTO ?", (str(folder / "keys.sqlite"),))
        keys.close()

    def dumped(self) -> bytes:
        """All rows as text: what is compressed or lies elsewhere in the files is read too."""
        return self._tool("pg_dump", "-d", self.server.url(SUPERUSER))

    def _tool(self, name: str, *arguments: str) -> bytes:
        program = str(self.server.programs() / name)
        return subprocess.run([program, *arguments], check=True, capture_output=True).stdout

    async def readable(self) -> tuple[int, set[str]]:
        """How many sealed values of all logs open with the keys that there are, and which texts stand in them."""
        opened, found = 0, set[str]()
        async with wiring.opened(self.given, projecting=False) as hub:
            log = hub.decider.log
            for one, head in (await log.heads()).items():
                for after in range(0, head, PAGE):
                    page = await log.read(one, after=after, limit=PAGE, sealed=True)
                    for committed in (each for stored in page.events for each in hub.codec.committed(stored)):
                        if committed.opened is not None:
                            opened += 1
                            value = committed.opened[1].decode()
                            found.update(text for text in (*self.planted, OTHER) if text in value)
        return opened, found


def run(root: Path) -> Report:
    """All of it, in a folder that every user may pass through."""
    began, report = time.monotonic(), Report()
    home, backup = root / "home", root / "backup"
    home.mkdir(mode=0o711)
    with EmbeddedPostgres(home) as server:
        asyncio.run(migrate(server.owner_url))
        here = Installation(home, server)
        asyncio.run(here.plant())
        asyncio.run(here.live())
        here.back_up(backup)
        secrets = here.usable()
        needles = [one for text in here.planted for one in written_as(text, text.encode(), text=True)]
        needles += [one for name, content in secrets.items() for one in written_as(name, content, text=False)]
        report.canaries, report.kinds_of_facts, report.keys = len(here.planted), here.kinds, len(secrets)
        report.needles = len(needles)

        before = {name for some in Scan(needles).folder(home).values() for name in some}
        expected = {name for name in secrets if not name.startswith("raw")}
        assert {one.partition(",")[0] for one in before} == expected, "wrapped keys and the KEK are found, and no text"
        report.found_before = len(before)
        _, readable = asyncio.run(here.readable())
        assert readable == here.planted | {OTHER}, f"not readable before: {here.planted - readable}"

        asyncio.run(_erased(here))
        scan = Scan(needles)
        found = scan.folder(home) | scan.folder(backup / "data") | scan.content("dump", here.dumped())
        assert not found, found
        unwraps = [one for one in needles if not one.what.startswith("wrapped")]
        assert not (found := Scan(unwraps).folder(backup)), found
        report.boxes_opened, readable = asyncio.run(here.readable())
        assert readable == {OTHER}, f"still readable: {readable}"
        _refused(here, root / "keys-brought-back", backup)
        asyncio.run(_left_on_purpose(here, secrets))
        found = Scan(needles).folder(home)
        assert "left-over" in found
        assert {"base", "pg_wal"} <= {path.split("/")[2] for path in found if path.startswith("postgres/data/")}, found
    _brought_back(here, root / "restored", backup)
    report.files, report.megabytes = scan.files, scan.bytes >> 20
    report.seconds = round(time.monotonic() - began, 1)
    return report


async def _erased(here: Installation) -> None:
    """Two people erase the person, whose keys of the log beside are destroyed as well, and the epoch moves."""
    async with here.served() as served:
        hub = await served.caller("hub-coordinator", "hub", worker="coordinator")
        privacy = await served.caller("privacy-officer", "hub", worker="privacy")
        person = f"/v1/people/{here.person}"
        token = await served.hub.tokens.holder(digest(hub.authorization.removeprefix("Bearer ")))
        assert token is not None
        back = WithdrawTransfer(at=served.clock.now(), transfer=TransferId("goes"))
        await served.hub.decider.decide(back, token.actor)
        kept = (await privacy.get(f"{person}/keeping")).json()
        for hold in kept["holds"]:
            await done(privacy, f"{person}/holds/{hold['id']}/lift", {"reason": "It is settled"})
        (waits,) = kept["erasures"]
        await done(hub, f"{person}/erasures/{waits['id']}/decline", {"reason": "More was opened since"})
        proposed = {"ground": "objection", "reason": "Asked for it", "why_left_open": "All of it ends with this"}
        erasure = (await done(hub, f"{person}/erasures", proposed))["erasure"]
        await done(privacy, f"{person}/erasures/{erasure}/order", {})
        assert await served.hub.erasing.carry_out(FENLAND) == 1
    keys = here.keys()
    assert await keys.destroy(CANARIES, here.person)
    keys.close()
    assert await wiring.moved_epoch(here.given, "by-hand") is not None
    await here.live()


async def _left_on_purpose(here: Installation, secrets: Mapping[str, bytes]) -> None:
    """What a program that forgets nothing would leave."""
    text = min(here.planted)
    connection = await asyncpg.connect(here.server.url(SUPERUSER))
    try:
        await connection.execute("CREATE TABLE left_over (said text PRIMARY KEY)")
        await connection.execute("INSERT INTO left_over VALUES ($1)", text)
        await connection.execute("DELETE FROM left_over")
        await connection.execute("CHECKPOINT")
    finally:
        await connection.close()
    (here.given.home / "left-over").write_text(base64.b64encode(b"A" + next(iter(secrets.values()))).decode())


def _refused(here: Installation, folder: Path, backup: Path) -> None:
    """The keys of before, with the KEK of today."""
    folder.mkdir()
    shutil.copy(backup / "keys.sqlite", folder / "keys.sqlite")
    try:
        SqliteKeys(folder / "keys.sqlite", here.given.kek)
    except KeysUnusable:
        return
    raise AssertionError("keys of before an epoch are used")


def _brought_back(before: Installation, home: Path, backup: Path) -> None:
    """The database of before, with the keys of today: nothing of the person, and the others as they were."""
    data = home / "postgres" / "data"
    shutil.copytree(before.given.home, home, ignore=shutil.ignore_patterns("postgres"))
    data.parent.mkdir(mode=0o711)
    home.chmod(0o711)
    shutil.copytree(backup / "data", data)
    owner = (before.given.home / "postgres" / "data").stat()
    for path in (data, *data.rglob("*")):
        os.chown(path, owner.st_uid, owner.st_gid)
    with EmbeddedPostgres(home) as server:
        here = Installation(home, server)
        here.person, here.planted = before.person, before.planted
        opened, readable = asyncio.run(here.readable())
        assert opened
        assert readable == {OTHER}, f"brought back: {readable}"
        assert not asyncio.run(_shown(here)), "brought back on a page"


async def _shown(here: Installation) -> bool:
    async with here.served() as served:
        return await here.shown(served)


def main() -> int:
    """Say what was done, or end with what did not hold."""
    argparse.ArgumentParser(description=__doc__).parse_args()
    root = public_folder("hub-canaries-")
    try:
        report = run(root)
    finally:
        shutil.rmtree(root, ignore_errors=True)
    sys.stdout.buffer.write(msgspec.json.encode(report) + b"\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
