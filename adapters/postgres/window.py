"""What this writer appended last: it judges the condition of a fresh decision without a question to the database.

The window knows every event after its start. It is worth nothing once somebody else has written; the peaks of the
locked head say whether anybody has.
"""

from collections import defaultdict
from typing import Final

from application.ports import Condition, Entry
from domain.facts import QueryItem

GENERATION_EVENTS: Final = 1_024  # decisions lag by what is under way, some hundreds; a busy log costs some 1.5 MB

_Event = tuple[int, str, tuple[str, ...]]  # not the entry itself: its bytes are to be forgotten


class _Generation:
    __slots__ = ("by_tag", "by_type", "count", "end", "start")

    def __init__(self, start: int) -> None:
        self.start = start
        self.end = start
        self.count = 0
        self.by_tag: defaultdict[str, list[_Event]] = defaultdict(list)
        self.by_type: defaultdict[str, int] = defaultdict(int)

    def matches(self, item: QueryItem, after: int) -> bool:
        if item.tags:
            return self._matches_tags(item, after)
        if item.types:
            return any(self.by_type.get(kind, 0) > after for kind in item.types)
        return self.end > after

    def _matches_tags(self, item: QueryItem, after: int) -> bool:
        rarest: list[_Event] = []
        for tag in item.tags:
            found = self.by_tag.get(tag)
            if found is None or found[-1][0] <= after:
                return False
            if not rarest or len(found) < len(rarest):
                rarest = found
        types = item.types
        alone = len(item.tags) == 1
        for position, kind, tags in reversed(rarest):
            if position <= after:
                break
            if (not types or kind in types) and (alone or item.tags.issubset(tags)):
                return True
        return False


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
        event = (position, entry.type, entry.tags)
        by_tag = new.by_tag
        for tag in entry.tags:
            by_tag[tag].append(event)
        new.by_type[entry.type] = new.end = position
        new.count += 1

    def forget(self) -> None:
        """Let go of the older events, where there are enough newer ones: between batches, never within one."""
        new = self._new
        if new.count >= GENERATION_EVENTS:
            self._old = new
            self.start = new.start
            self._new = _Generation(new.end)

    def matches(self, condition: Condition) -> bool:
        """Whether anything in the window after the condition's position matches."""
        after = condition.after
        new, old = self._new, self._old
        if new.end <= after:
            return False
        return any(
            new.matches(item, after) or (old.end > after and old.matches(item, after)) for item in condition.query
        )
