"""`hub import`: applies a contact sheet, the spreadsheet that partnerships keep today."""

from __future__ import annotations

import asyncio
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec
import rich_click as click

from api.console import console, fail, json_option
from api.installation import hub

if TYPE_CHECKING:
    from collections.abc import Iterable

    from application.intake import Near, Summary

SHOWN: Final = 5
NEAR_SHOWN: Final = 20
REASONS_SHOWN: Final = 4


@click.command()
@click.argument("sheet_file", metavar="SHEET.csv", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--partnership", required=True, help="Where the sheet belongs, such as fenland.")
@click.option("--ladder", required=True, help="The ladder that its steps are of, such as cambridgeshire-4-step.")
@click.option("--sheet", metavar="NAME", help="Scopes row_id and person; the file's stem where it is not given.")
@click.option("--historic", is_flag=True, help="Record what today's rules would refuse, each with its override.")
@click.option("--dry-run", is_flag=True, help="Say what would become of each row, and change nothing.")
@json_option
def command(
    *, sheet_file: Path, partnership: str, ladder: str, sheet: str | None, historic: bool, dry_run: bool, as_json: bool
) -> None:
    """Apply a contact sheet. A row that a rule refuses is written to SHEET.rejects.csv; everything else goes in."""
    import uvloop  # noqa: PLC0415 - heavy
    from rich.progress import MofNCompleteColumn, Progress, TimeRemainingColumn  # noqa: PLC0415 - heavy

    from api import sheets, wiring  # noqa: PLC0415 - heavy
    from application.ports import LogBusy, LogUnavailable  # noqa: PLC0415 - heavy
    from application.readings.ground import ViewBehind  # noqa: PLC0415 - heavy

    out = console(as_json=as_json)

    async def run() -> tuple[Summary, Path | None]:
        columns = (*Progress.get_default_columns()[:2], MofNCompleteColumn(), TimeRemainingColumn())
        async with hub() as opened:
            with Progress(*columns, disable=out.lines, transient=True) as bar:
                task = bar.add_task("rows", total=None)
                return await sheets.import_sheet(
                    opened,
                    sheet_file,
                    partnership=partnership,
                    ladder=ladder,
                    sheet=sheet,
                    historic=historic,
                    dry_run=dry_run,
                    progress=lambda done, of: bar.update(task, completed=done, total=of),
                    why=_why,
                )

    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            summary, rejects = runner.run(run())
    except (sheets.NotHere, wiring.SheetUnreadable) as error:
        fail(str(error))
    except ViewBehind:
        fail("the register is still being brought up to date, nothing was applied: try again in a moment")
    except wiring.RejectsUnwritable as error:
        fail(f"the refused rows cannot be written down: {error}; rows that were applied stay")
    except LogBusy:
        fail("the log is busy; rows that were applied stay, and running the import again goes on where it stopped")
    except LogUnavailable:
        fail("the database does not answer; rows that were applied stay: run the import again once it does")
    except (wiring.ServerUnavailableError, wiring.DatabaseUnreachableError, wiring.MigrationError) as error:
        fail(str(error))
    record = msgspec.to_builtins(summary) | {"rejects_file": str(rejects) if rejects else None}
    out.tell(record, _words(summary, rejects))


def _why() -> str:
    """Typed, and no option: what stands in a command line is read by everybody on the machine."""
    return str(click.prompt("Why is the register searched? It is sealed in the access ledger", err=True)).strip()


def _words(summary: Summary, rejects: Path | None) -> str:
    lines = [
        f"{summary.rows} rows of {summary.sheet}{', nothing changed' if summary.dry_run else ''}:",
        f"  {summary.applied} applied, {summary.already_known} already known, {summary.refused} refused",
        *(f"    {count} x {reason}" for reason, count in summary.refused_by_reason.items()),
    ]
    if summary.changed_since_imported:
        where = _few(f"line {line}" for line in summary.changed_lines)
        lines.append(f"  {summary.changed_since_imported} changed since they were imported, not applied: {where}")
    if summary.overridden:
        rules = ", ".join(f"{count} x {rule}" for rule, count in summary.overridden_by_rule.items())
        lines.append(f"  {summary.overridden} of the applied against today's rules, each with its override: {rules}")
    if summary.agencies_added:
        lines.append(f"  agencies entered, without a log-in: {', '.join(summary.agencies_added)}")
    if summary.identity_disagreements:
        where = _few(f"line {one.line} ({one.column})" for one in summary.identity_disagreements)
        lines.append(f"  {len(summary.identity_disagreements)} say another identity than was said before: {where}")
    if summary.possible_duplicates:
        lines.append(f"  {summary.possible_duplicates} people may be in the register already: nobody was merged")
        lines += [f"    {_near(one)}" for one in summary.near[:NEAR_SHOWN]]
        if len(summary.near) > NEAR_SHOWN:
            lines.append(f"    and {len(summary.near) - NEAR_SHOWN} more: --json says them all")
    if summary.people_not_compared:
        lines.append(
            f"  {summary.people_not_compared} people were not looked for: the sheet says too little of who they are"
        )
    if rejects is not None:
        lines.append(f"  refused rows with line, column and reason: {rejects} (personal data: mode 0600)")
    return "\n".join(lines)


def _near(one: Near) -> str:
    """Where in the sheet, who in the register, how sure, and why."""
    from api.web.wording import label  # noqa: PLC0415 - heavy

    why = ", ".join(label("match-reason", reason).lower() for reason in one.reasons[:REASONS_SHOWN])
    return f"line {one.line}: {one.reference}, {label('match-band', one.band).lower()} ({why})"


def _few(places: Iterable[str]) -> str:
    """The first of some places, and that there are more."""
    first = list(islice(places, SHOWN + 1))
    return ", ".join(first[:SHOWN]) + (" and others" if len(first) > SHOWN else "")
