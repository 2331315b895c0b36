"""`hub export`: gives records back in the forms that partnerships use."""

from __future__ import annotations

import asyncio
from pathlib import Path

import rich_click as click

from api.console import console, fail, json_option
from api.installation import hub


@click.group()
def command() -> None:
    """Give records back."""


def _why() -> str:
    """Typed, and no option: what stands in a command line is read by everybody on the machine."""
    return str(click.prompt("Why is it taken out? It is sealed in the access ledger", err=True)).strip()


@command.command()
@click.option("--partnership", required=True, help="Whose sheet.")
@click.option("--sheet", metavar="NAME", help="One imported sheet exactly as it stood; else all that was recorded.")
@click.option("--output", "-o", type=click.Path(path_type=Path, dir_okay=False), help="PARTNERSHIP.csv by default.")
@json_option
def sheet(*, partnership: str, sheet: str | None, output: Path | None, as_json: bool) -> None:
    """Write the contact sheet: imported rows as they stood, and a row for everything entered since. Mode 0600."""
    from api import sheets, wiring  # noqa: PLC0415 - heavy
    from application.ports import LogUnavailable  # noqa: PLC0415 - heavy

    path = output or Path(f"{partnership}.csv")

    async def run() -> int:
        async with hub() as opened:
            return await sheets.export_sheet(opened, path, partnership=partnership, sheet=sheet, why=_why)

    try:
        count = asyncio.run(run())
    except sheets.NotHere as error:
        fail(str(error))
    except OSError as error:
        fail(f"{path} cannot be written: {error.strerror}")
    except LogUnavailable:
        fail("the database does not answer")
    except (wiring.ServerUnavailableError, wiring.DatabaseUnreachableError, wiring.MigrationError) as error:
        fail(str(error))
    console(as_json=as_json).tell({"rows": count, "file": str(path)}, f"\u2713 {count} rows in {path} (personal data)")


@command.command()
@click.option("--partnership", required=True, help="Whose logs.")
@click.option("--output", "-o", type=click.Path(path_type=Path, file_okay=False), help="PARTNERSHIP-audit by default.")
@click.option("--sample", type=click.IntRange(1), multiple=True, help="A position whose personal fields are revealed.")
@click.option("--reveal", multiple=True, help="A field to reveal of those; all of the facts' own where none is named.")
@json_option
def audit(
    *, partnership: str, output: Path | None, sample: tuple[int, ...], reveal: tuple[str, ...], as_json: bool
) -> None:
    """Write both logs for a panel, under checkpoints that its own verifier checks. Mode 0700."""
    from api import auditing, sheets, wiring  # noqa: PLC0415 - heavy
    from api.installation import installed  # noqa: PLC0415 - heavy
    from application.ports import LogUnavailable  # noqa: PLC0415 - heavy
    from application.proofs import NotProved  # noqa: PLC0415 - heavy

    folder = output or Path(f"{partnership}-audit")

    async def run() -> auditing.Exported:
        async with installed() as given, wiring.opened(given) as opened, wiring.signer(given) as signer:
            return await auditing.export_audit(
                opened, signer, folder, partnership=partnership, sample=sample, reveal=reveal or None, why=_why
            )

    try:
        done = asyncio.run(run())
    except sheets.NotHere as error:
        fail(str(error))
    except NotProved:
        fail("no quorum of witnesses has cosigned: hub prove status")
    except FileExistsError:
        fail(f"{folder} is there already")
    except OSError as error:
        fail(f"{folder} cannot be written: {error.strerror}")
    except LogUnavailable:
        fail("the database does not answer")
    except (wiring.SecretUnreadable, wiring.Fault) as error:
        fail(str(error))
    except (wiring.ServerUnavailableError, wiring.DatabaseUnreachableError, wiring.MigrationError) as error:
        fail(str(error))
    words = ", ".join(f"{count} leaves of {log}" for log, count in done.leaves.items())
    console(as_json=as_json).tell(done, f"\u2713 {words}; {done.revealed} fields revealed, in {folder}")
