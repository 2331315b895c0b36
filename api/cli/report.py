"""`hub report`: the figures that a partnership publishes, each defined in docs/reports.md."""

from __future__ import annotations

import asyncio
import datetime as dt
from typing import TYPE_CHECKING, TypeVar

import msgspec
import rich_click as click

from api.console import console, fail, json_option
from api.installation import hub

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from api.hub import Hub
    from application.readings.duplicates import DuplicatesWaiting
    from application.views.luscombe_report import LuscombeReport

R = TypeVar("R")


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
    from api.sheets import report_luscombe  # noqa: PLC0415 - heavy

    if from_date is not None and to_date is not None and from_date > to_date:
        raise click.BadParameter("the last day lies before the first")
    first, last = from_date.date() if from_date else None, to_date.date() if to_date else None
    report = _counted(lambda opened: report_luscombe(opened, partnership=partnership, from_date=first, to_date=last))
    console(as_json=as_json).tell(report, _words(report))


@command.command()
@click.option("--partnership", required=True, help="Whose queue, such as fenland.")
@json_option
def duplicates(*, partnership: str, as_json: bool) -> None:
    """Report how many possible duplicates wait for somebody to decide, and for how long."""
    from api.sheets import report_duplicates  # noqa: PLC0415 - heavy

    report = _counted(lambda opened: report_duplicates(opened, partnership=partnership))
    console(as_json=as_json).tell(report, _in_lines(report))


def _counted(count: Callable[[Hub], Awaitable[R]]) -> R:
    """What is counted on an open hub; or it says why not, and ends."""
    from api import sheets, wiring  # noqa: PLC0415 - heavy
    from application.ports import LogUnavailable  # noqa: PLC0415 - heavy
    from application.readings.ground import ViewBehind  # noqa: PLC0415 - heavy

    async def run() -> R:
        async with hub() as opened:
            return await count(opened)

    try:
        return asyncio.run(run())
    except sheets.NotHere as error:
        fail(str(error))
    except ViewBehind:
        fail("the figures are still being brought up to date: try again in a moment")
    except LogUnavailable:
        fail("the database does not answer")
    except (wiring.ServerUnavailableError, wiring.DatabaseUnreachableError, wiring.MigrationError) as error:
        fail(str(error))


def _in_lines(report: DuplicatesWaiting) -> str:
    lines = [f"{'possible duplicates':32} {report.count}"]
    for one in report.waiting:
        days = f"the first for {one.longest_days} days, half of them for {one.middle_days} or more"
        lines.append(f"{one.certainty:32} {one.count}: {days}")
    return "\n".join(lines)


def _words(report: LuscombeReport) -> str:
    lines: list[str] = []
    for name, value in msgspec.to_builtins(report).items():
        if isinstance(value, dict):
            said = ", ".join(f"{key} {count}" for key, count in value.items()) or "none"
        else:
            said = "not set" if value is None else str(value)
        lines.append(f"{name.replace('_', ' '):32} {said}")
    return "\n".join(lines)
