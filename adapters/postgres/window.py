"""What this writer appended last, so that the condition of a fresh decision is judged without a question to the database.

The window knows every event after its start. It is worth nothing once somebody else has written; the peaks of the locked
head say whether anybody has.
"""

from collections import defaultdict
from typing import Final

from application.ports import Condition, Entry
from domain.facts import QueryItem

GENERATION_EVENTS: Final = 8_192

_Event = tuple[int, str, frozenset[str]]


class _Generation:
    __slots__ = ("by_tag", "by_type", "count", "end", "start")

    def __init__(self, start: int) -> None:
        self.start = start
        self.end = start
        self.count = 0
        self.by_tag: defaultdict[str, list[_Event]] = defaultdict(list)
        self.by_type: defaultdict[str, list[_Event]] = defaultdict(list)

    def matches(self, item: QueryItem, after: int) -> bool:
        if self.end <= after:
            return False
        if item.tags:
            rarest: list[_Event] | None = None
            for tag in item.tags:
                found = self.by_tag.get(tag)
                if found is None or found[-1][0] <= after:
                    return False
                if rarest is None or len(found) < len(rarest):
                    rarest = found
            assert rarest is not None
            for position, kind, tags in reversed(rarest):
                if position <= after:
                    return False
                if (not item.types or kind in item.types) and (len(item.tags) == 1 or item.tags <= tags):
                    return True
            return False
        if item.types:
            return any((found := self.by_type.get(kind)) is not None and found[-1][0] > after for kind in item.types)
        return True


class Window:
    """The last events of one log, forgotten a generation at a time."""

    __slots__ = ("_new", "_old", "start")

    def __init__(self, start: int) -> None:
        self.start = start
        self._old = _Generation(start)
        self._new = _Generation(start)

    def add(self, position: int, entry: Entry) -> None:
        """Remember an event; they come in the order of their positions."""
        new = self._new
        if new.count == GENERATION_EVENTS:
            self._old = new
            self.start = new.start
            new = self._new = _Generation(new.end)
        event = (position, entry.type, frozenset(entry.tags))
        for tag in entry.tags:
            new.by_tag[tag].append(event)
        new.by_type[entry.type].append(event)
        new.end = position
        new.count += 1

    def matches(self, condition: Condition) -> bool:
        """Whether anything newer than the condition's position matches; it must not lie before the window's start."""
        after = condition.after
        new, old = self._new, self._old
        return any(new.matches(item, after) or old.matches(item, after) for item in condition.query)
