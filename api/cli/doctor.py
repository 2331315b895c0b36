"""`hub doctor`: whether this machine and this installation can run the hub, and what to do where not."""

from __future__ import annotations

import asyncio
import datetime as dt
import importlib.metadata
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

import msgspec
import rich_click as click

from api import settings
from api.console import FAILED, console, json_option

if TYPE_CHECKING:
    from collections.abc import Iterator

    from api.settings import Settings

FREE_BYTES_WANTED: Final = 1024**3
MAJOR_MIN: Final = 18
EPOCH_OVERDUE: Final = dt.timedelta(hours=36)
MARKS: Final = {"ok": "✓", "warning": "!", "failed": "✗"}
ROOT: Final = Path(__file__).parents[2]


class Finding(msgspec.Struct, frozen=True):
    """One thing looked at."""

    check: str
    state: Literal["ok", "warning", "failed"]
    detail: str


@click.command()
@json_option
def command(*, as_json: bool) -> None:
    """Check Python, packages, home, disk, PostgreSQL, migrations and keys; status 1 where one of them will not do."""
    out = console(as_json=as_json)
    failed = False
    for finding in examine(settings.read()):
        failed |= finding.state == "failed"
        out.tell(finding, f"{MARKS[finding.state]} {finding.check}: {finding.detail}")
    if failed:
        sys.exit(FAILED)


def examine(given: Settings) -> Iterator[Finding]:
    """Look at one thing after the other."""
    yield Finding("python", "ok", f"{sys.version.split()[0]} ({sys.executable})")
    yield packages()
    yield disk(given.home)
    if given.database_url is None and given.owner_database_url is None:
        yield from embedded_server(given)
    else:
        yield from given_databases(given)


def packages() -> Finding:
    """Whether the environment holds what the lock names."""
    lock = ROOT / "requirements.lock"
    if not lock.exists():
        return Finding("packages", "warning", "installed without requirements.lock")
    wrong: list[str] = []
    for line in lock.read_text().splitlines():
        name, equals, rest = line.partition("==")
        if not equals or line.startswith((" ", "#")) or ";" in rest:  # one for other machines may be missing here
            continue
        version = rest.split()[0]
        try:
            found = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            found = "missing"
        if found != version:
            wrong.append(f"{name} is {found} and should be {version}")
    if wrong:
        return Finding("packages", "failed", "; ".join(wrong) + ": run ./hub, which installs them")
    return Finding("packages", "ok", "as in requirements.lock")


def disk(home: Path) -> Finding:
    """Whether there is room where the home is, or will be."""
    existing = next(folder for folder in (home, *home.parents) if folder.exists())
    free = shutil.disk_usage(existing).free
    detail = f"{free / 1024**3:.1f} GB free for {home}"
    return Finding("disk", "ok" if free >= FREE_BYTES_WANTED else "warning", detail)


def embedded_server(given: Settings) -> Iterator[Finding]:
    """Whether the home's own server runs."""
    from api import wiring  # noqa: PLC0415 - heavy

    server = wiring.embedded(given)
    try:
        yield Finding("programs", "ok", str(server.programs()))
        if not server.data.exists():
            yield Finding("server", "ok", f"none yet in {server.root}: hub demo makes it")
            return
        with server:
            yield Finding("server", "ok", f"answers on {server.sockets}")
            yield from database("database", server.app_url, owner=False)
            yield migrations(server.owner_url)
            yield from sealing(msgspec.structs.replace(given, database_url=server.app_url))
    except wiring.ServerUnavailableError as error:
        yield Finding("server", "failed", str(error))


def given_databases(given: Settings) -> Iterator[Finding]:
    """Whether the databases that the environment names can be used as what they are named for."""
    if given.database_url is None:
        yield Finding("HUB_DATABASE_URL", "failed", "not set: hub serve needs it")
    else:
        yield from database("HUB_DATABASE_URL", given.database_url, owner=False)
    if given.owner_database_url is None:
        yield Finding("HUB_OWNER_DATABASE_URL", "warning", "not set: hub migrate needs it")
    else:
        yield from database("HUB_OWNER_DATABASE_URL", given.owner_database_url, owner=True)
    url = given.database_url or given.owner_database_url
    if url is not None:
        yield migrations(url)
    if given.database_url is not None:
        yield from sealing(given)
        yield proof(given)


def database(check: str, url: str, *, owner: bool) -> Iterator[Finding]:
    """Whether a role reaches a database that will do, without rights that it should not have."""
    from api import wiring  # noqa: PLC0415 - heavy

    try:
        found = asyncio.run(wiring.inspect(url))
    except wiring.DatabaseUnreachableError as error:
        yield Finding(check, "failed", f"no connection: {error}")
        return
    if found.major < MAJOR_MIN:
        yield Finding(check, "failed", f"PostgreSQL {found.major} is too old: {MAJOR_MIN} is needed")
    elif not owner and (found.passes_row_security or found.owns_tables):
        yield Finding(check, "failed", f"{found.role} owns tables or is a superuser: row-level security is void for it")
    elif not found.durable:
        yield Finding(check, "failed", "fsync or full_page_writes is off: a crash may lose what was acknowledged")
    else:
        yield Finding(check, "ok", f"PostgreSQL {found.major} as {found.role}")


def sealing(given: Settings) -> Iterator[Finding]:
    """The keys, and where they open, whether those are gone that were ordered to be."""
    from api import wiring  # noqa: PLC0415 - heavy

    found = keys(given)
    yield found
    if found.state != "failed" and wiring.keys_exist(given):
        yield erasures(given)


def erasures(given: Settings) -> Finding:
    """Whether what was ordered to be erased is."""
    from api import wiring  # noqa: PLC0415 - heavy
    from application.ports import LogUnavailable  # noqa: PLC0415 - heavy
    from application.rights.erasing import Waiting  # noqa: PLC0415 - heavy

    async def ask() -> Waiting:
        async with wiring.opened(given, projecting=False) as hub:
            return await hub.erasing.waiting()

    try:
        found = asyncio.run(ask())
    except LogUnavailable:
        return Finding("erasures", "warning", "not known: the database does not answer")
    if found.since is None:
        return Finding("erasures", "ok", "none waits to be carried out")
    said = f"{found.records} that were ordered still have keys, the first since {found.since:%Y-%m-%d %H:%M} UTC"
    if found.overdue(wiring.SystemClock().now()):
        return Finding("erasures", "warning", f"{said}; hub serve carries them out, or says why not in its log")
    return Finding("erasures", "ok", said)


def keys(given: Settings) -> Finding:
    """Whether the keys open, and are those of the database."""
    from api import wiring  # noqa: PLC0415 - heavy

    if not wiring.keys_exist(given):
        return Finding("keys", "ok", f"none yet: a first start makes {given.keys} and {given.kek}")
    try:
        epoch = asyncio.run(wiring.refuse_unusable_keys(given))
    except wiring.KeysUnusable as error:
        return Finding("keys", "failed", str(error))
    where = str(given.keys) if given.vault is None else f"database and Vault ({given.vault.key})"
    said = f"{where}, epoch {epoch.number} since {epoch.since:%Y-%m-%d %H:%M} UTC"
    if epoch.unfinished:
        return Finding("keys", "warning", f"{said}: the last epoch was interrupted; hub keys epoch finishes it")
    if given.key_epoch_hour is not None and wiring.SystemClock().now() - epoch.since > EPOCH_OVERDUE:
        return Finding("keys", "warning", f"{said}: it should move every night, in hub serve; see its log")
    if given.kek_copy is None and given.vault is None:
        return Finding("keys", "warning", f"{said}; without HUB_KEK_COPY, losing {given.kek} is losing all of it")
    return Finding("keys", "ok", said)


def proof(given: Settings) -> Finding:
    """Whether the logs are signed, and by whom that is cosigned."""
    from api import wiring  # noqa: PLC0415 - heavy

    assert given.proof_key is not None
    try:
        secrets, policy = wiring.read_secrets(given.proof_key), wiring.witnesses_of(given)
    except (wiring.SecretUnreadable, wiring.Fault) as error:
        return Finding("proof", "failed", str(error))
    if not secrets:
        return Finding("proof", "warning", "no key: nothing is signed; hub prove key make NAME")
    if not policy.witnesses:
        return Finding("proof", "warning", f"signed by {secrets[0].name}, and nobody cosigns it: see docs/proof.md")
    return Finding("proof", "ok", f"signed by {secrets[0].name}; {policy.least} of {len(policy.witnesses)} witnesses")


def migrations(url: str) -> Finding:
    """Whether the schema is this program's."""
    from api import wiring  # noqa: PLC0415 - heavy

    async def ask() -> list[str]:
        await wiring.inspect(url)
        return await wiring.pending(url)

    try:
        names = asyncio.run(ask())
    except (wiring.MigrationError, wiring.DatabaseUnreachableError) as error:
        return Finding("migrations", "failed", str(error))
    if names:
        return Finding("migrations", "warning", f"{len(names)} to apply, from {names[0]}: run hub migrate")
    return Finding("migrations", "ok", "all applied")
