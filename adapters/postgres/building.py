"""A build in bounded memory: of all the rows it folds, those touched lately are at hand, the others in the table.

The rows at hand are of three generations. Whatever a fact touches is among the young. When there are enough of these,
they are the old, and what was left of the old until then leaves: it is written, and still at hand until it stands in
the table. A row that left and is touched again is read back and, when it leaves again, changed.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Iterator
from typing import Any, Final

from adapters.postgres.changes import Changes
from application.ports import Recorded
from application.views.view import AnyView, Views
from domain.facts import Fact

GENERATION_ROWS: Final = 9_000
"""How many rows are touched until the old ones leave: thrice as many are at hand at most, and a page's."""
WRITERS: Final = 2
WRITTEN_BITS: Final = 1 << 26
"""The keys of rows that left are kept as a bit each: eight megabytes, however long the log."""

ABSENT: Final = object()

_Shelved = tuple[list["Shelf"], list[AnyView]]


class Shelf:
    """The rows of one view that are at hand. None stands for a row that is known not to be.

    `stored` is how the rows among them that left before stand in the table. `waiting` is what could not be folded yet,
    because its row has to be read first.
    """

    __slots__ = ("evolve", "keys", "leaving", "old", "stored", "view", "waiting", "written", "young")

    def __init__(self, view: AnyView, written: bytearray) -> None:
        self.view = view
        self.keys = view.keys
        self.evolve = view.evolve
        self.written = written
        self.young: dict[str, Any] = {}
        self.old: dict[str, Any] = {}
        self.leaving: dict[str, Any] = {}
        self.stored: dict[str, Any] = {}
        self.waiting: list[tuple[str, Recorded]] = []

    def older(self, key: str) -> Any:  # noqa: ANN401 - a row of the view
        """A row that is not among the young; ABSENT where it may stand in the table and has to be read."""
        row = self.old.pop(key, ABSENT)
        if row is not ABSENT:
            return row
        row = self.leaving.get(key, ABSENT)
        if row is not ABSENT:
            if row is not None:
                self.stored[key] = row
            return row
        at = hash((self.view.name, key)) % WRITTEN_BITS
        return ABSENT if self.written[at >> 3] >> (at & 7) & 1 else None

    def found(self, rows: dict[str, Any]) -> None:
        """Fold what waited, now that those of its rows were read that there are."""
        self.stored.update(rows)
        young, evolve = self.young, self.evolve
        for key, recorded in self.waiting:
            row = young[key] if key in young else rows.get(key)
            young[key] = evolve(row, recorded, key)
        self.waiting.clear()

    def ages(self) -> None:
        """The old leave, and the young are old."""
        self.leaving, self.old, self.young = self.old, self.young, {}
        for key, row in self.leaving.items():
            if row is not None:
                at = hash((self.view.name, key)) % WRITTEN_BITS
                self.written[at >> 3] |= 1 << (at & 7)

    def left(self) -> Iterator[tuple[str, Any, Any]]:
        """The rows that leave: each key, what stands in the table, and what is to stand there."""
        for key, row in self.leaving.items():
            yield key, self.stored.pop(key, None), row


class AtHand:
    """The rows of all views that a build is at work on."""

    def __init__(self, views: Views) -> None:
        self._views = views
        written = bytearray(WRITTEN_BITS >> 3)
        self.shelves = {view.name: Shelf(view, written) for view in views.all if not view.once}
        self._of: dict[type[Fact], _Shelved] = {}

    def fold(self, recorded: Recorded, write_once: Callable[[AnyView, str, Any], None]) -> None:
        """Bring the rows that a fact touches forward, or have it wait until they were read; lines go out at once."""
        cls = type(recorded.fact)
        shelves, once = self._of.get(cls) or self._shelved(cls)
        for shelf in shelves:
            young, evolve = shelf.young, shelf.evolve
            for key in shelf.keys(recorded):
                row = young.get(key, ABSENT)
                if row is ABSENT and (row := shelf.older(key)) is ABSENT:
                    shelf.waiting.append((key, recorded))
                else:
                    young[key] = evolve(row, recorded, key)
        for view in once:
            for key in view.keys(recorded):
                write_once(view, key, view.evolve(None, recorded, key))

    def waiting(self) -> list[tuple[str, str]]:
        """The rows that have to be read before what waits for them is folded."""
        return [(name, key) for name, shelf in self.shelves.items() for key in {key for key, _ in shelf.waiting}]

    def found(self, rows: Iterable[tuple[str, str, Any]]) -> None:
        """Fold what waited, with the rows that were read."""
        by_view: dict[str, dict[str, Any]] = {name: {} for name in self.shelves}
        for name, key, row in rows:
            by_view[name][key] = row
        for name, shelf in self.shelves.items():
            shelf.found(by_view[name])

    @property
    def full(self) -> bool:
        """Whether it is time for the old to leave."""
        return sum(len(shelf.young) for shelf in self.shelves.values()) >= GENERATION_ROWS

    def ages(self) -> list[tuple[AnyView, str, Any, Any]]:
        """The old leave, and the young are old. To be called only when what left last stands in the table."""
        for shelf in self.shelves.values():
            shelf.ages()
        return [(shelf.view, *row) for shelf in self.shelves.values() for row in shelf.left()]

    def _shelved(self, cls: type[Fact]) -> _Shelved:
        views = self._views.of(cls)
        found = [self.shelves[view.name] for view in views if not view.once], [view for view in views if view.once]
        self._of[cls] = found
        return found


class Writing:
    """Writes go on while the next page is folded, on two connections at most; the first that fails ends the build."""

    def __init__(self, out: Callable[[Changes], Awaitable[None]]) -> None:
        self._out = out
        self._under_way: list[asyncio.Future[None]] = []
        self.rows = 0

    async def begin(self, changes: Changes) -> asyncio.Future[None]:
        """Write, once there is a connection free for it."""
        while len(self._under_way) >= WRITERS:
            await self._under_way.pop(0)
        self.rows += len(changes.new)
        writing = asyncio.ensure_future(self._out(changes))
        self._under_way.append(writing)
        await asyncio.sleep(0)
        return writing

    async def finish(self) -> None:
        """Wait until everything is written."""
        while self._under_way:
            await self._under_way.pop(0)

    async def stop(self) -> None:
        """Nothing more is under way."""
        for one in self._under_way:
            one.cancel()
        await asyncio.gather(*self._under_way, return_exceptions=True)
