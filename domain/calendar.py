"""Civil dates and working days. Civil dates are those of Europe/London; an agency has a calendar of its own."""

import datetime as dt
from typing import Final
from zoneinfo import ZoneInfo

import msgspec

LONDON: Final = ZoneInfo("Europe/London")


class WorkingCalendar(msgspec.Struct, frozen=True):
    """The days on which an agency works: its weekdays (Monday is 0) less its closed days."""

    weekdays: frozenset[int] = frozenset({0, 1, 2, 3, 4})
    closed: frozenset[dt.date] = frozenset()

    def works_on(self, day: dt.date) -> bool:
        """Whether the agency works on a day."""
        return day.weekday() in self.weekdays and day not in self.closed


def civil_date(at: dt.datetime) -> dt.date:
    """The date in Europe/London of a moment."""
    return at.astimezone(LONDON).date()


def noon(day: dt.date) -> dt.datetime:
    """Noon in Europe/London: the moment of what is known by its date only."""
    return dt.datetime.combine(day, dt.time(12), LONDON)


def end_of_day(day: dt.date) -> dt.datetime:
    """The last moment of a civil day: a due date is missed once it has passed."""
    return dt.datetime.combine(day + dt.timedelta(days=1), dt.time(0), LONDON) - dt.timedelta(microseconds=1)


def working_days_after(day: dt.date, count: int, calendar: WorkingCalendar) -> dt.date:
    """The date that lies `count` working days after a day, which itself does not count."""
    if not calendar.weekdays:
        raise ValueError("a calendar needs a working weekday")
    while count > 0:
        day += dt.timedelta(days=1)
        if calendar.works_on(day):
            count -= 1
    return day


def or_next_working_day(day: dt.date, closed: frozenset[dt.date]) -> dt.date:
    """A day, or the first after it that is neither on a weekend nor closed: what falls due then is due on that one."""
    calendar = WorkingCalendar(closed=closed)
    while not calendar.works_on(day):
        day += dt.timedelta(days=1)
    return day


def months_after(day: dt.date, months: int) -> dt.date:
    """The same day of a later month, or that month's last day."""
    month = day.month - 1 + months
    year, month = day.year + month // 12, month % 12 + 1
    for last in (day.day, 30, 29, 28):
        try:
            return dt.date(year, month, min(day.day, last))
        except ValueError:
            continue
    raise AssertionError("every month has 28 days")
