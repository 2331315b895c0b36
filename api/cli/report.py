"""`hub report`: the figures that a partnership publishes, each defined in docs/reports.md."""

from __future__ import annotations

import asyncio
import datetime as dt
from typing import TYPE_CHECKING

import msgspec
import rich_click as click

from api.console import console, fail, json_option
from api.installation import hub

if TYPE_CHECKING:
    from application.views.luscombe_report import LuscombeReport


@click.group()
def command() -> None:
    """Count what was done, and what came of it."""


@command.command()
@click.option("--partnership", required=True, help="Whose report, such as fenland.")
@click.option("--from", "from_date", type=click.DateTime(["%Y-%m-%d"]), help="The first day; from the beginning.")
@click.option("--to", "to_date", type=click.DateTime(["%Y-%m-%d"]), help="The last day, inclusive; until today.")
@json_option
def luscombe(*, partnership: str, from_date: dt.datetime | None, to_date: dt.datetime | None, as_json: bool) -> None:
    """Report Operation Luscombe: who was invited, who came, which steps were taken, and what came of it."""
    from api import sheets, wiring  # noqa: PLC0415 - heavy
    from application.ports import LogUnavailable  # noqa: PLC0415 - heavy
    from application.reading import ViewBehind  # noqa: PLC0415 - heavy

    if from_date is not None and to_date is not None and from_date > to_date:
        raise click.BadParameter("the last day lies before the first")

    async def run() -> LuscombeReport:
        async with hub() as opened:
            return await sheets.report_luscombe(
                opened,
                partnership=partnership,
                from_date=from_date.date() if from_date else None,
                to_date=to_date.date() if to_date else None,
            )

    try:
        report = asyncio.run(run())
    except sheets.NotHere as error:
        fail(str(error))
    except ViewBehind:
        fail("the figures are still being brought up to date: try again in a moment")
    except LogUnavailable:
        fail("the database does not answer")
    except (wiring.ServerUnavailableError, wiring.DatabaseUnreachableError, wiring.MigrationError) as error:
        fail(str(error))
    console(as_json=as_json).tell(report, _words(report))


def _words(report: LuscombeReport) -> str:
    lines: list[str] = []
    for name, value in msgspec.to_builtins(report).items():
        if isinstance(value, dict):
            said = ", ".join(f"{key} {count}" for key, count in value.items()) or "none"
        else:
            said = "not set" if value is None else str(value)
        lines.append(f"{name.replace('_', ' '):32} {said}")
    return "\n".join(lines)
