"""`hub what-if`: the decisions of a period are made again under another ladder, deadline or agreement."""

from __future__ import annotations

from collections import Counter
from contextlib import aclosing
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec
import rich_click as click

from api.cli.redecide import PARTNERSHIP, ended, tell
from api.cli.token import SLUG
from api.cli.user import with_hub
from api.console import console, fail, json_option
from domain.calendar import civil_date
from domain.ids import AgreementId, PartnershipId, ServiceId

if TYPE_CHECKING:
    import datetime as dt

    from api.hub import Hub
    from api.settings import Settings
    from domain.engagement.ladder import AdoptLadder

DAY: Final = click.DateTime(["%Y-%m-%d"])


@click.command()
@PARTNERSHIP
@click.option("--from", "first", type=DAY, help="Decisions recorded from this day on.")
@click.option("--until", "last", type=DAY, help="Decisions recorded up to this day, and on it.")
@click.option("--ladder", type=click.Path(path_type=Path, dir_okay=False, exists=True), help="A ladder, as JSON.")
@click.option("--answer-within", multiple=True, metavar="SERVICE=DAYS", help="Working days to answer in.")
@click.option("--without-agreement", type=SLUG, multiple=True, help="A sharing agreement that there is not.")
@json_option
def what_if(
    *,
    partnership: str,
    first: dt.datetime | None,
    last: dt.datetime | None,
    ladder: Path | None,
    answer_within: tuple[str, ...],
    without_agreement: tuple[str, ...],
    as_json: bool,
) -> None:
    """Make the decisions of a period again under other rules of the partnership's own, and tell what would differ.

    A ladder is written as the API takes one (POST /v1/ladders), with `at`, and stands in the place of every version
    adopted under its id. Each decision is judged by itself, on what was known when it was made. Nothing is recorded.
    """
    from application.what_if import WhatIf  # noqa: PLC0415 - heavy

    changed = WhatIf(
        None if ladder is None else _ladder(ladder),
        dict(map(_days, answer_within)),
        frozenset(map(AgreementId, without_agreement)),
    )
    speaking = console(as_json=as_json)

    async def act(hub: Hub, _: Settings) -> Counter[str]:
        found: Counter[str] = Counter()
        async with aclosing(hub.redeciding(PartnershipId(partnership), changed).all()) as decisions:
            async for one in decisions:
                day = civil_date(one.recorded_at)
                if (first is None or first.date() <= day) and (last is None or day <= last.date()):
                    tell(speaking, one, found)
        if changed.unmet:
            fail(f"no decision of {partnership} had asked for {', '.join(sorted(changed.unmet))}: is it called so?")
        return found

    ended(speaking, with_hub(act))


def _ladder(file: Path) -> AdoptLadder:
    from domain.engagement.ladder import AdoptLadder  # noqa: PLC0415 - heavy

    try:
        return msgspec.json.decode(file.read_bytes(), type=AdoptLadder)
    except msgspec.DecodeError as error:
        fail(f"{file} is no ladder: {error}")


def _days(written: str) -> tuple[ServiceId, int]:
    service, _, days = written.partition("=")
    if not service or not days.isdecimal():
        raise click.UsageError("--answer-within is written SERVICE=DAYS, such as drugs-clinic=3")
    return ServiceId(service), int(days)
