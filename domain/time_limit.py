"""A time limit: by when somebody has to answer, by law or by a rule of ours, and when they are reminded of it.

Whoever has to answer is told when the limit is near, and again once it has passed. What has a limit says where it comes
from, and has none while nobody has to answer.
"""

import datetime as dt
from typing import Literal

import msgspec

from domain.calendar import civil_date, end_of_day

Reminder = Literal["due-soon", "overdue"]


class TimeLimit(msgspec.Struct, frozen=True):
    """A limit that runs. `until` is the last moment for an answer."""

    until: dt.datetime
    remind_before: dt.timedelta

    @property
    def day(self) -> dt.date:
        """Its last day."""
        return civil_date(self.until)

    def reminder(self, at: dt.datetime) -> Reminder | None:
        """What whoever has to answer is told at a moment; nothing while there is time."""
        if at > self.until:
            return "overdue"
        return "due-soon" if at >= self.until - self.remind_before else None


def by_the_end_of(day: dt.date, remind_before: dt.timedelta) -> TimeLimit:
    """The limit that ends with a day."""
    return TimeLimit(end_of_day(day), remind_before)


class Limited(msgspec.Struct, frozen=True):
    """What somebody answers within a time limit."""

    @property
    def time_limit(self) -> TimeLimit | None:
        """The limit that runs, and where it comes from; none while nobody has to answer."""
        raise NotImplementedError

    def due_soon(self, at: dt.datetime) -> bool:
        """Whether its limit is near."""
        return self.time_limit is not None and self.time_limit.reminder(at) == "due-soon"

    def overdue(self, at: dt.datetime) -> bool:
        """Whether its limit has passed."""
        return self.time_limit is not None and self.time_limit.reminder(at) == "overdue"
