"""`hub redecide`: decisions are made again on what was known then. Nothing is recorded."""

from __future__ import annotations

import sys
from collections import Counter
from contextlib import aclosing
from typing import TYPE_CHECKING, Final

import rich_click as click

from api.cli.token import SLUG
from api.cli.user import with_hub
from api.console import FAILED, Console, console, fail, json_option
from domain.ids import PartnershipId

if TYPE_CHECKING:
    from api.hub import Hub
    from api.settings import Settings
    from application.redeciding import Redecided

PARTNERSHIP: Final = click.option("--partnership", type=SLUG, required=True, help="Whose decisions.")
PROGRESS_STEP: Final = 1_000


@click.command()
@PARTNERSHIP
@click.option("--position", type=click.IntRange(min=1), help="One decision, by the position of any of its facts.")
@click.option("--person", "reference", help="All decisions about one person, by their reference.")
@json_option
def command(*, partnership: str, position: int | None, reference: str | None, as_json: bool) -> None:
    """Make decisions again on what was known then: the same, differs and in what, or not reproducible and why.

    Ends with 1 where any differs. No personal value is printed, and nothing is recorded.
    """
    if position is not None and reference is not None:
        raise click.UsageError("--position names one decision, --person those about somebody: give one of them")
    speaking = console(as_json=as_json)
    known = PartnershipId(partnership)

    async def act(hub: Hub, _: Settings) -> Counter[str]:
        redeciding = hub.redeciding(known)
        found: Counter[str] = Counter()
        if position is not None:
            one = await redeciding.one(position)
            if one is None:
                fail(f"nothing stands at {position} of the log of {partnership}")
            tell(speaking, one, found)
            return found
        positions = None if reference is None else await hub.positions_about(known, reference)
        if reference is not None and positions is None:
            fail(f"nobody in {partnership} has that reference")
        async with aclosing(redeciding.all(positions=positions)) as decisions:
            async for each in decisions:
                tell(speaking, each, found)
        return found

    if ended(speaking, with_hub(act)):
        sys.exit(FAILED)


def tell(speaking: Console, one: Redecided, found: Counter[str]) -> None:
    """A line for what is not the same, and one for every thousand of all: there may be very many."""
    found[one.outcome] += 1
    if one.outcome != "same":
        said = {
            "position": one.position,
            "recorded_at": one.recorded_at.isoformat(),
            "command": one.command,
            "outcome": one.outcome,
            "why": one.why,
            "refused": one.refused,
            "differing": one.differing,
            "policy": one.policy,
        }
        speaking.tell(said, f"{one.position}  {one.command}  {_words(one)}")
    elif found.total() % PROGRESS_STEP == 0:
        speaking.step(f"{found.total():,} decisions made again, up to position {one.position:,}")


def ended(speaking: Console, found: Counter[str]) -> int:
    """How many came out in which way; those that differ."""
    counts = {name: found[name] for name in ("same", "differs", "not-reproducible")}
    words = f"{counts['same']:,} the same, {counts['differs']:,} differ"
    speaking.tell(counts, f"{words}, {counts['not-reproducible']:,} cannot be had again")
    return counts["differs"]


def _words(one: Redecided) -> str:
    match one.why:
        case "arguments-erased":
            return "cannot be had again: what was asked was erased with the person"
        case "command-not-known" | "facts-not-known":
            return "cannot be had again: this version of the program does not know it"
        case _:
            refused = f"refused now by {one.refused}; " if one.refused else ""
            return f"differs: {refused}{', '.join(one.differing)} (decided under {one.policy})"
