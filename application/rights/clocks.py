"""What time does about people's rights: the reminders that a moment calls for."""

import datetime as dt

from domain.facts import Command
from domain.rights.reminding import RemindOfRights, calls_for
from domain.rights.rights import Rights


def due(known: Rights, now: dt.datetime) -> tuple[Command, ...]:
    """A reminder of each request, complaint and breach whose day is near or has passed, and was not said yet."""
    return tuple(
        RemindOfRights(at=now, thing=thing, id=one.id)
        for thing, one in known.limited()
        if calls_for(one, known.said, now)
    )
