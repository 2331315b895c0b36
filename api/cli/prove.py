"""`hub prove`: keys, checkpoints, proofs and receipts of the logs."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import rich_click as click

from api import settings
from api.console import console, fail, json_option
from api.installation import hub, installed

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from api.hub import Hub
    from application.ports import LogId
    from domain.governance.restoration import Loss

T = TypeVar("T")

LEDGER = click.option("--ledger", type=click.Choice(["case", "access"]), default="case", show_default=True)
PARTNERSHIP = click.option("--partnership", required=True, help="Whose log.")


@click.group()
def command() -> None:
    """Prove that the logs are what they were: keys, checkpoints, paths, receipts."""


@command.group()
def key() -> None:
    """The key that the logs' checkpoints are signed with."""


@key.command()
@click.argument("name")
@click.option("--file", "path", type=click.Path(path_type=Path, dir_okay=False), help="HUB_PROOF_KEY by default.")
@json_option
def make(*, name: str, path: Path | None, as_json: bool) -> None:
    """Make the key. NAME is the installation's for good, such as hub.example.org; a witness has one of its own."""
    from api import wiring  # noqa: PLC0415 - heavy

    path = path or settings.read().proof_key
    assert path is not None
    try:
        secret = wiring.make_secret(path, name)
    except FileExistsError:
        fail(f"{path} is there already: a key is never written over")
    except (OSError, ValueError) as error:
        fail(str(error))
    said = {"file": str(path), "name": name, "fingerprint": wiring.fingerprint(secret), "witness": _vkey(secret)}
    console(as_json=as_json).tell(
        said,
        f"✓ key of {name} in {path} (mode 0600)\n  fingerprint {said['fingerprint']}\n"
        f"  as a witness: {said['witness']}\n  Keep a copy offline; whoever has it can sign in this name.",
    )


@key.command()
@click.option("--file", "path", type=click.Path(path_type=Path, dir_okay=False), help="HUB_PROOF_KEY by default.")
@json_option
def show(*, path: Path | None, as_json: bool) -> None:
    """Show by what two people compare that they hold the same key, and what it is called."""
    from api import wiring  # noqa: PLC0415 - heavy

    path = path or settings.read().proof_key
    assert path is not None
    try:
        secrets = wiring.read_secrets(path)
    except wiring.SecretUnreadable as error:
        fail(str(error))
    if not secrets:
        fail(f"there is no {path}: hub prove key make")
    for one in secrets:
        said = {"name": one.name, "fingerprint": wiring.fingerprint(one), "witness": _vkey(one)}
        console(as_json=as_json).tell(said, f"{one.name}  {said['fingerprint']}\n  as a witness: {said['witness']}")


@command.command()
def policy() -> None:
    """Print the policy that panels and witnesses are handed: our logs, our witnesses, our quorum."""
    from api import wiring  # noqa: PLC0415 - heavy

    async def run() -> str:
        async with installed() as given:
            lines = await wiring.log_lines(given)
            own = "quorum none\n"
            if given.proof_policy is not None and given.proof_policy.exists():
                wiring.witnesses_of(given)
                own = given.proof_policy.read_text("utf-8")
            kept = [line for line in own.splitlines() if not line.strip().startswith("log ")]
            return "\n".join([*lines, *kept]) + "\n"

    click.echo(_run(run), nl=False)


@command.command()
@PARTNERSHIP
@LEDGER
@click.option("--newest", is_flag=True, help="Also where no quorum cosigned it yet.")
def checkpoint(*, partnership: str, ledger: str, newest: bool) -> None:
    """Print the newest checkpoint, to be kept."""

    async def run(opened: Hub, log: LogId) -> str:
        return (await opened.proofs.checkpoint(log, newest=newest)).note

    click.echo(_of(partnership, ledger, run), nl=False)


@command.command()
@PARTNERSHIP
@LEDGER
@click.argument("position", type=click.IntRange(1))
def receipt(*, partnership: str, ledger: str, position: int) -> None:
    """Print the receipt of what stands at a position, to be kept."""

    async def run(opened: Hub, log: LogId) -> str:
        return (await opened.proofs.receipt(log, position)).receipt

    click.echo(_of(partnership, ledger, run), nl=False)


@command.command()
@PARTNERSHIP
@LEDGER
@click.argument("old", type=click.IntRange(0))
@click.argument("size", type=click.IntRange(1))
def consistency(*, partnership: str, ledger: str, old: int, size: int) -> None:
    """Print the path that shows that a tree of SIZE leaves begins with the OLD ones: a hash a line."""

    async def run(opened: Hub, log: LogId) -> str:
        return "".join(f"{one}\n" for one in (await opened.proofs.consistency(log, old, size)).path)

    click.echo(_of(partnership, ledger, run), nl=False)


@command.command()
@PARTNERSHIP
@json_option
def status(*, partnership: str, as_json: bool) -> None:
    """How far both logs are signed and cosigned."""
    from application.ports import log_of  # noqa: PLC0415 - heavy
    from domain.ids import PartnershipId  # noqa: PLC0415 - heavy

    out = console(as_json=as_json)

    async def run() -> None:
        async with hub() as opened:
            for ledger in ("case", "access"):
                one = await opened.proofs.state(log_of(PartnershipId(partnership), ledger))
                newest = "nothing signed" if one.newest is None else f"signed up to {one.newest.size}"
                quorum = "no quorum" if one.quorum is None else f"by a quorum up to {one.quorum.size}"
                stopped = f"  STOPPED: {one.stopped}" if one.stopped else ""
                out.tell(one, f"{one.log}: {one.head} leaves, {newest}, {quorum}{stopped}")
                for witness in one.witnesses:
                    out.tell(witness, f"  {witness.name}: has seen {witness.size}  {witness.fault or ''}")

    _run(run)


@command.command()
def cosign() -> None:
    """Sign all logs as they are now, and ask every witness."""
    from api import wiring  # noqa: PLC0415 - heavy

    async def run() -> None:
        async with installed() as given, wiring.signer(given) as signer, wiring.opened(given) as opened:
            for log in await opened.decider.log.heads():
                await signer.catch_up(log)
                await signer.cosign(log)

    _run(run)


@command.command()
@PARTNERSHIP
@LEDGER
@click.option("--seen", type=click.Path(path_type=Path, exists=True), required=True, help="The newest checkpoint kept.")
@click.option("--loss", type=click.Choice(["disk", "database", "machine", "operator-error", "attack"]), required=True)
@click.option("--by", "by", metavar="WORKER", multiple=True, required=True, help="Who answers for it: twice.")
@json_option
def restored(*, partnership: str, ledger: str, seen: Path, loss: Loss, by: tuple[str, ...], as_json: bool) -> None:
    """Open the next incarnation of a log that a restore left shorter than what witnesses have seen.

    With nothing else running, and HUB_OWNER_DATABASE_URL set. Panels and witnesses need the new policy then.
    """
    from api import wiring  # noqa: PLC0415 - heavy
    from application.ports import LogId  # noqa: PLC0415 - heavy
    from domain.ids import WorkerId  # noqa: PLC0415 - heavy

    if len(by) != 2:  # noqa: PLR2004 - two humans
        fail("two people have to answer for it: --by WORKER --by WORKER")

    kept = seen.read_bytes()

    async def run() -> int:
        async with installed() as given:
            if given.owner_database_url is None:
                fail("HUB_OWNER_DATABASE_URL is not set: only the owner opens an incarnation")
            pair = (WorkerId(by[0]), WorkerId(by[1]))
            return await wiring.restored(given, LogId(f"{partnership}/{ledger}"), kept, loss, pair)

    position = _run(run)
    console(as_json=as_json).tell({"position": position}, f"✓ position {position} says what was lost")


@command.command()
def verifier() -> None:
    """Print the verifier: one file, to be kept and read by whoever runs it."""
    from api.wiring import verifier_file  # noqa: PLC0415 - heavy

    click.echo(Path(verifier_file).read_text("utf-8"), nl=False)


def _vkey(secret: object) -> str:
    found: str = secret.witness_key.key.vkey  # type: ignore[attr-defined]
    return found


def _of(partnership: str, ledger: str, run: Callable[[Hub, LogId], Awaitable[str]]) -> str:
    from application.ports import LogId  # noqa: PLC0415 - heavy

    async def opened() -> str:
        async with hub() as found:
            return await run(found, LogId(f"{partnership}/{ledger}"))

    return _run(opened)


def _run(run: Callable[[], Awaitable[T]]) -> T:
    from api import wiring  # noqa: PLC0415 - heavy
    from application.ports import LogUnavailable  # noqa: PLC0415 - heavy
    from application.proofs import NotProved  # noqa: PLC0415 - heavy

    async def awaited() -> T:
        return await run()

    try:
        return asyncio.run(awaited())
    except NotProved:
        fail("there is no such proof yet: hub prove status says how far it is")
    except LogUnavailable:
        fail("the database does not answer")
    except (wiring.SecretUnreadable, wiring.NotRestorable, wiring.Fault) as error:
        fail(str(error))
    except (wiring.ServerUnavailableError, wiring.DatabaseUnreachableError, wiring.MigrationError) as error:
        fail(str(error))
