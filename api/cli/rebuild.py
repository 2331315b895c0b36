"""`hub rebuild`: what people look at is folded from the log anew, beside what they look at meanwhile."""

from __future__ import annotations

import asyncio
import sys
from typing import TYPE_CHECKING

import rich_click as click

from api.console import Console, console, fail, json_option
from api.installation import installed

if TYPE_CHECKING:
    from collections.abc import Callable

    from api.wiring import Projector
    from application.ports import LogId

PROGRESS_STEP = 0.01
"""JSON lines tell of progress by the hundredth."""


@click.command()
@click.option("--partnership", multiple=True, help="Which one, such as fenland; all of them unless named.")
@click.option("--roll-back", is_flag=True, help="Look at the build before the live one again.")
@json_option
def command(*, partnership: tuple[str, ...], roll_back: bool, as_json: bool) -> None:
    """Fold the log anew: build beside, catch up, switch; the rows of before stay for a roll-back."""
    from api import wiring  # noqa: PLC0415 - heavy
    from application.ports import LogUnavailable, UnknownFact  # noqa: PLC0415 - heavy

    speaking = console(as_json=as_json)

    async def run() -> None:
        async with installed() as given, wiring.projector(given) as projector:
            for log in await _logs(projector, partnership):
                if roll_back:
                    build = await projector.roll_back(log)
                    speaking.tell({"log": log, "build": build}, f"{log}: build {build} is looked at again")
                else:
                    await _rebuild(projector, log, speaking)

    try:
        asyncio.run(run())
    except wiring.RebuildInProgress:
        fail("somebody builds these rows anew already, or died over it a minute ago: wait, and try again")
    except wiring.NothingToRollBack:
        fail("there is no earlier build that this version of the program can continue")
    except UnknownFact as error:
        fail(f"this version of the program cannot read what is recorded: {error}")
    except LogUnavailable:
        fail("the database does not answer")
    except (wiring.ServerUnavailableError, wiring.DatabaseUnreachableError, wiring.MigrationError) as error:
        fail(str(error))


async def _logs(projector: Projector, partnerships: tuple[str, ...]) -> list[LogId]:
    logs = await projector.logs()
    if not partnerships:
        return logs
    known = {log.partition("/")[0]: log for log in logs}
    for name in partnerships:
        if name not in known:
            fail(f"nothing was recorded in {name}")
    return [known[name] for name in partnerships]


async def _rebuild(projector: Projector, log: LogId, speaking: Console) -> None:
    if speaking.lines:
        rebuilt = await projector.rebuild(log, _telling(speaking, log))
    else:
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn  # noqa: PLC0415

        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        with Progress(*columns, transient=True) as bar:
            task = bar.add_task(log, total=None)
            rebuilt = await projector.rebuild(log, lambda done, head: bar.update(task, completed=done, total=head))
    rate = round(rebuilt.events / rebuilt.seconds) if rebuilt.seconds else 0
    speaking.tell(
        {
            "log": log,
            "build": rebuilt.build,
            "events": rebuilt.events,
            "rows": rebuilt.rows,
            "seconds": round(rebuilt.seconds, 3),
            "events_per_second": rate,
        },
        f"{log}: build {rebuilt.build}, {rebuilt.events:,} events, {rebuilt.rows:,} rows in {rebuilt.seconds:.1f} s "
        f"({rate:,} events a second)",
    )
    sys.stdout.flush()


def _telling(speaking: Console, log: LogId) -> Callable[[int, int], None]:
    told = 0.0

    def tell(done: int, head: int) -> None:
        nonlocal told
        share = done / head if head else 1.0
        if share - told >= PROGRESS_STEP or done == head:
            told = share
            speaking.tell({"log": log, "done": done, "of": head}, "")

    return tell
