"""What time does about people's rights: the reminders that a moment calls for."""

import datetime as dt

from domain.facts import Command
from domain.rights.reminding import RemindOfRights, calls_for
from domain.rights.rights import Rights


def due(known: Rights, now: dt.datetime) -> tuple[Command, ...]:
    """A reminder of each request, complaint and breach whose day is near or has passed, and was not said yet."""
    return (
        *(
            RemindOfRights(at=now, thing="request", id=one.id)
            for one in known.requests.values()
            if calls_for(one, known.said, now)
        ),
        *(
            RemindOfRights(at=now, thing="complaint", id=one.id)
            for one in known.complaints.values()
            if calls_for(one, known.said, now)
        ),
        *(
            RemindOfRights(at=now, thing="data-breach", id=one.id)
            for one in known.breaches.values()
            if calls_for(one, known.said, now)
        ),
    )
