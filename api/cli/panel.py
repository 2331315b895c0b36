"""`hub panel`: a seed for the chair of a scrutiny panel, and a draw made again by anybody, without a server."""

from __future__ import annotations

import secrets
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import rich_click as click

from api.console import console, fail, json_option

if TYPE_CHECKING:
    from application.readings.panels import PublishedDraw

SEED_BYTES = 24


@click.group()
def command() -> None:
    """Scrutiny panels: make a seed, and draw a published sample again."""


@command.command()
@json_option
def seed(*, as_json: bool) -> None:
    """Make a seed and its commitment. Keep the seed until the draw; publish the commitment."""
    from domain.scrutiny.draw import commitment_to  # noqa: PLC0415 - as everywhere here

    made = secrets.token_hex(SEED_BYTES)
    told = {"seed": made, "commitment": commitment_to(made)}
    words = f"seed        {made}\ncommitment  {told['commitment']}"
    console(as_json=as_json).tell(told, words)


@command.command()
@click.argument("published", type=click.Path(path_type=Path, dir_okay=False, allow_dash=True))
@click.option("--verify", is_flag=True, help="Compare with the cases that were drawn; say no where they differ.")
@json_option
def draw(*, published: Path, verify: bool, as_json: bool) -> None:
    """Draw again from a published draw, a file or - for standard input, as docs/scrutiny.md says."""
    import msgspec  # noqa: PLC0415 - heavy

    from application.readings.panels import PublishedDraw  # noqa: PLC0415 - heavy
    from application.scrutiny.verifying import NotDrawnSo, drawn_again, order_again  # noqa: PLC0415 - heavy

    content = sys.stdin.buffer.read() if str(published) == "-" else published.read_bytes()
    try:
        told = msgspec.json.decode(content, type=PublishedDraw)
    except msgspec.DecodeError as error:
        fail(f"this is no published draw: {error}")
    out = console(as_json=as_json)
    try:
        if verify:
            cases = drawn_again(told)
            out.tell({"drawn": cases, "verified": True}, _verified(told))
        else:
            order = order_again(told)
            out.tell(order, "\n".join(f"{stratum}  {case}" for stratum, cases in order.items() for case in cases))
    except NotDrawnSo as error:
        fail(str(error))


def _verified(told: PublishedDraw) -> str:
    counts = ", ".join(f"{stratum} {len(cases)}" for stratum, cases in told.population.items())
    return f"✓ {len(told.drawn)} cases follow from seed, lot and population ({counts}), counted at {told.position}"
