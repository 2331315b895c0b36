"""`hub keys`: the keys that personal data is sealed under."""

from __future__ import annotations

import asyncio

import rich_click as click

from api.console import console, fail, json_option
from api.installation import installed


@click.group()
def keys() -> None:
    """The keys that personal data is sealed under."""


@keys.command()
@json_option
def epoch(*, as_json: bool) -> None:
    """Wrap the keys anew and destroy what wrapped them: no older copy of the keys opens anything from then on."""
    from api import wiring  # noqa: PLC0415 - heavy
    from application.ports import LogUnavailable  # noqa: PLC0415 - heavy

    async def run() -> wiring.EpochMoved | None:
        async with installed() as given:
            return await wiring.moved_epoch(given, "by-hand")

    try:
        moved = asyncio.run(run())
    except wiring.EpochUnderWay:
        fail("somebody moves the epoch, or builds rows anew, at this moment: try again in a minute")
    except LogUnavailable:
        fail("the store of the keys, or the database, does not answer")
    except (wiring.ServerUnavailableError, wiring.DatabaseUnreachableError, wiring.MigrationError) as error:
        fail(str(error))
    assert moved is not None
    console(as_json=as_json).tell(
        moved, f"epoch {moved.epoch}: {moved.keys:,} keys wrapped anew; copies from before open no more, make a new one"
    )
