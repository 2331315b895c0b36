"""`hub verify`: runs the verifier that `hub prove verifier` prints; a panel runs its own copy of it."""

from __future__ import annotations

import asyncio
import io
import sys
from contextlib import redirect_stdout
from pathlib import Path

import msgspec
import rich_click as click

from api.console import fail
from api.installation import hub

WRONG = "WRONG  "


@click.command(context_settings={"ignore_unknown_options": True, "help_option_names": []})
@click.option("--recorded-by", metavar="WORKER", help="Record in the hub what came out, in the name of who verified.")
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def command(*, recorded_by: str | None, arguments: tuple[str, ...]) -> None:
    """Verify an audit export or a receipt against a policy and the checkpoints that were kept."""
    from api import wiring  # noqa: PLC0415 - heavy

    if recorded_by is None:
        sys.exit(wiring.verify_main(list(arguments)))
    export = next((Path(one) for one in arguments if (Path(one) / "case.checkpoint").exists()), None)
    if export is None:
        fail("what came out is recorded of an export: name its folder")
    said = io.StringIO()
    with redirect_stdout(said):
        code = wiring.verify_main(list(arguments))
    click.echo(said.getvalue(), nl=False)
    last = said.getvalue().splitlines()[-1]
    place = Path(last.removeprefix(WRONG).partition(": ")[0]).name if last.startswith(WRONG) else None
    asyncio.run(_record(export, recorded_by, place))
    sys.exit(code)


async def _record(export: Path, worker: str, place: str | None) -> None:
    """That somebody verified the logs of an export; of one that is wrong, where. The words of a fault stay here."""
    from api import wiring  # noqa: PLC0415 - heavy
    from application.published.partnerships import coordinator  # noqa: PLC0415 - heavy
    from domain.ids import PartnershipId, WorkerId  # noqa: PLC0415 - heavy
    from domain.refusals import Refusal  # noqa: PLC0415 - heavy
    from domain.scrutiny.verification import RecordVerification  # noqa: PLC0415 - heavy

    try:
        told = wiring.checkpoints_of(export)
    except wiring.Fault:
        fail("it cannot be recorded: a checkpoint of the export does not read as one")
    if place is not None:
        told = [one for one in told if place.startswith(one.ledger)] or told[:1]
    async with hub() as opened:
        for one in told:
            by = coordinator(PartnershipId(one.partnership))
            act = RecordVerification(
                at=opened.clock.now(),
                ledger=one.ledger,
                size=one.size,
                root=one.root,
                outcome="holds" if place is None else "wrong",
                fault=place,
            )
            try:
                await opened.decider.decide(act, msgspec.structs.replace(by, worker=WorkerId(worker)))
            except Refusal as refusal:
                fail(f"it cannot be recorded: {refusal.rule}")
