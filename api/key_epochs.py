"""The epoch of the keys moves once a night, at the hour that an installation chose; missed nights are made up for.

Any number of processes may see to it: one at a time does, and whoever comes second finds it done.
"""

from __future__ import annotations

import asyncio
import datetime as dt
from typing import TYPE_CHECKING, Final

from domain.calendar import LONDON

if TYPE_CHECKING:
    from api.settings import Settings

RETRY_SECONDS: Final = 300.0
LONGEST_SLEEP_SECONDS: Final = 3_600.0
"""A machine that slept has to notice."""


def last_due(now: dt.datetime, hour: int) -> dt.datetime:
    """When it was that hour last, in London."""
    local = now.astimezone(LONDON)
    due = local.replace(hour=hour, minute=0, second=0, microsecond=0)
    return due if due <= local else due - dt.timedelta(days=1)


async def keep_moving(given: Settings) -> None:
    """Move it whenever it is due, until cancelled; what stands in the way is logged and tried again."""
    from api import wiring  # noqa: PLC0415 - heavy
    from api.logging import logger  # noqa: PLC0415 - heavy

    if given.key_epoch_hour is None:
        return
    while True:
        now = wiring.SystemClock().now()
        due = last_due(now, given.key_epoch_hour)
        pause = min(LONGEST_SLEEP_SECONDS, (due + dt.timedelta(days=1) - now).total_seconds())
        try:
            moved = await wiring.moved_epoch(given, "nightly", since=due)
        except wiring.EpochUnderWay:
            pause = RETRY_SECONDS
        except Exception as error:  # noqa: BLE001 - whatever it is, it must be tried again, and be seen
            logger().error("key-epoch-not-moved", error=str(error), again_in_seconds=RETRY_SECONDS)
            pause = RETRY_SECONDS
        else:
            if moved is not None:
                logger().info("key-epoch-moved", epoch=moved.epoch, keys=moved.keys)
        await asyncio.sleep(max(1.0, pause))
