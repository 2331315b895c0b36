"""Time passes: what is due is said, in every partnership of an installation, for as long as its server runs.

Each reminder is decided at the head like any other command, so several servers may do this at once: the second adds
nothing. A database that is away is asked again the next time.
"""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING, Final

from api.logging import logger, where
from application.follow_up import Due, FollowedUp, follow_up, kept_until, waiting
from application.ports import LogBusy, LogId, LogUnavailable, UnknownFact, log_of
from application.rights import clocks
from application.scrutiny.reminding import reminders
from application.views.actions_due import ACTIONS_DUE
from application.views.retention import RETENTION, UNSAID
from domain.calendar import civil_date
from domain.ids import PartnershipId
from domain.rights.rights import rights
from domain.scrutiny.scrutiny import scrutiny

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from contextlib import AbstractAsyncContextManager

    from api.hub import Hub

EVERY_SECONDS: Final = 60.0
PAGE: Final = 1_000


@asynccontextmanager
async def following_up(
    hub_opened: AbstractAsyncContextManager[Hub], every_seconds: float = EVERY_SECONDS
) -> AsyncIterator[Hub]:
    """A hub that follows up what is due for as long as it is open."""
    async with hub_opened as hub:
        running = asyncio.create_task(_run(hub, every_seconds), name="follow-up")
        try:
            yield hub
        finally:
            running.cancel()
            with suppress(asyncio.CancelledError):
                await running


async def follow_up_everywhere(hub: Hub) -> dict[PartnershipId, FollowedUp]:
    """Carry out what was ordered, and say what is due now, in each partnership that has a case log."""
    await carry_out_everywhere(hub)
    done: dict[PartnershipId, FollowedUp] = {}
    for log in await hub.decider.log.heads():
        partnership = PartnershipId(log.partition("/")[0])
        if log == log_of(partnership):
            rows = await _due_rows(hub, log)
            asked, _ = await hub.decider.folds.fold(log, rights())
            panels, _ = await hub.decider.folds.fold(log, scrutiny())
            now = hub.clock.now()
            rest = (*clocks.due(asked, now), *reminders(panels.recommendations.values(), now))
            due = await follow_up(hub.decider.decide, rows, hub.clock, partnership, rest)
            done[partnership] = due.and_also(await hub.transferring.announce_again(partnership))
    return done


async def carry_out_everywhere(hub: Hub) -> None:
    """Erase whoever was ordered to be erased, in each partnership: also what an interruption left half done.

    What stands in the way in one is logged, and holds up nothing else.
    """
    for log in await hub.decider.log.heads():
        partnership = PartnershipId(log.partition("/")[0])
        if log == log_of(partnership):
            try:
                await hub.erasing.carry_out(partnership)
            except Exception as error:  # noqa: BLE001 - whatever it is, it must be tried again, and be seen
                logger().error("erasure-not-carried-out", partnership=partnership, **where(error))


async def _due_rows(hub: Hub, log: LogId) -> list[Due]:
    found: list[Due] = []
    today = f"{civil_date(hub.clock.now())}"
    async with hub.models.open(log, None) as rows:
        last: str | None = None
        while page := await rows.under(ACTIONS_DUE, "", after=last, limit=PAGE):
            found.extend(waiting(one.row) for one in page)
            last = page[-1].key
        unsaid = await rows.listed(RETENTION, UNSAID, limit=PAGE)
        found.extend(kept_until(one.row) for one in unsaid if one.sort < today)
    return found


async def _run(hub: Hub, every_seconds: float) -> None:
    log = logger()
    with suppress(LogUnavailable):  # it is tried again a minute later
        await carry_out_everywhere(hub)
    while True:
        await asyncio.sleep(every_seconds)
        try:
            for partnership, done in (await follow_up_everywhere(hub)).items():
                if done.decided or done.refused:
                    log.info("followed-up", partnership=partnership, decided=done.decided, refused=dict(done.refused))
        except (LogUnavailable, LogBusy, UnknownFact) as error:
            log.warning("not-followed-up", error=type(error).__name__)
        except Exception as error:  # noqa: BLE001 - what is due next is said all the same
            logger().error("not-followed-up", **where(error))
