"""What the demo proves itself with: a key, two witnesses on this machine, and an export that its reader verifies."""

from __future__ import annotations

import asyncio
import shlex
import shutil
from contextlib import AsyncExitStack, asynccontextmanager, nullcontext
from typing import TYPE_CHECKING, Final

import msgspec
import uvicorn

from api import auditing, wiring
from api.listening import SERVER_OPTIONS, listen, url_of
from api.witnessing import Witnessing
from application.ports import log_of
from application.proofs import NotProved
from domain.ids import PartnershipId

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

    from api.settings import Settings

NAME: Final = "demo.localhost"
WITNESSES: Final = ("council", "health")
SHOWN: Final = PartnershipId("peterborough")
LOOPBACK: Final = "127.0.0.1"
PAUSE_SECONDS: Final = 0.02
MADE: Final = (
    "proof-key",
    "proof-policy",
    "policy",
    "kept-checkpoint",
    *(f"witness-{name}.{kind}" for name in WITNESSES for kind in ("key", "sqlite")),
)
"""The files of the home that are this module's, besides the folder `audit`."""


@asynccontextmanager
async def proved(given: Settings, progress: Callable[[str], None]) -> AsyncIterator[tuple[Settings, str]]:
    """Two witnesses for as long as this is open; settings that name them, and the command that verifies an export.

    In earnest each witness is run by another agency, on a machine of its own, and the policy is handed over by hand.
    """
    home = given.home
    given = msgspec.structs.replace(given, proof_key=home / "proof-key", proof_policy=home / "proof-policy")
    _secret(home / "proof-key", NAME)
    async with AsyncExitStack() as stack:
        lines = []
        for name in WITNESSES:
            secret = _secret(home / f"witness-{name}.key", f"{name}.{NAME}")
            witness = wiring.Witness(secret, home / "policy", home / f"witness-{name}.sqlite")
            url = await stack.enter_async_context(_served(witness))
            lines.append(f"witness {name} {witness.vkey} {url}")
        lines += [f"group both all {' '.join(WITNESSES)}", "quorum both"]
        (home / "proof-policy").write_text("\n".join(lines) + "\n", "utf-8")
        (home / "policy").write_text("\n".join([*await wiring.log_lines(given), *lines]) + "\n", "utf-8")
        try:
            done = await _exported(given)
        except NotProved:
            progress("the witnesses did not cosign: they have seen another log than this; hub demo --reset begins anew")
            yield given, ""
            return
        words = ", ".join(f"{count} leaves of {log}" for log, count in done.leaves.items())
        progress(f"witnesses {' and '.join(WITNESSES)} cosigned {words}")
        yield given, _command(given)


def forget(home: Path) -> None:
    """Remove what was made here: a log that begins anew is not the one that the witnesses saw."""
    shutil.rmtree(home / "audit", ignore_errors=True)
    for name in MADE:
        (home / name).unlink(missing_ok=True)


async def _exported(given: Settings) -> auditing.Exported:
    """An export of today, and of the first demo on this home the checkpoint that its reader keeps."""
    folder, kept = given.home / "audit", given.home / "kept-checkpoint"
    await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)
    async with wiring.opened(given, projecting=False) as hub, wiring.signer(given) as signer:
        done = await auditing.export_audit(hub, signer, folder, partnership=SHOWN, why=lambda: "shown to its reader")
        if not await asyncio.to_thread(kept.exists):
            note = (await hub.proofs.checkpoint(log_of(SHOWN))).note
            await asyncio.to_thread(kept.write_text, note, "utf-8")
    return done


def _command(given: Settings) -> str:
    audit, policy, kept = (shlex.quote(str(given.home / one)) for one in ("audit", "policy", "kept-checkpoint"))
    return f"python3 {audit}/verify.py {audit} --policy {policy} --kept {kept}"


def _secret(path: Path, name: str) -> wiring.Secret:
    found = wiring.read_secrets(path)
    return found[0] if found else wiring.make_secret(path, name)


@asynccontextmanager
async def _served(witness: wiring.Witness) -> AsyncIterator[str]:
    """A witness at a free port."""
    with listen(LOOPBACK, 0) as listener:
        server = uvicorn.Server(uvicorn.Config(Witnessing(witness), lifespan="off", **SERVER_OPTIONS))
        server.capture_signals = nullcontext  # type: ignore[method-assign, assignment]
        serving = asyncio.ensure_future(server.serve([listener]))
        while not server.started and not serving.done():  # noqa: ASYNC110 - the server has a flag and no event
            await asyncio.sleep(PAUSE_SECONDS)
        try:
            yield url_of(LOOPBACK, listener.getsockname()[1])
        finally:
            server.should_exit = True
            await serving
