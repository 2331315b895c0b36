"""Breakdowns of people in anything published: a count under 5 is not told, nor any that would let it be worked out.

Counts that add up are a network: the total flows through the parts of one division, then through those of the other.
A hidden count can be worked out exactly where no other flow agrees with all that is shown. So long as there is such a
one, or one of which it can be told that it is under 5, what is smallest beside it is hidden as well. A total of all
is never hidden (Public Sector Equality Duty; domain, "What the law asks", 12).
"""

from collections import deque
from collections.abc import Mapping, Sequence
from heapq import heappop, heappush
from typing import Final

import msgspec

LEAST: Final = 5

Node = tuple[str, str]


class _Count(msgspec.Struct):
    source: Node
    target: Node
    value: int
    hidden: bool
    least: int = LEAST
    fixed: bool = False
    """It is known anyway, and so cannot be hidden."""
    known_small: bool = False
    """A part of a whole that is known and small: that it is under 5 is no news."""


class Table(msgspec.Struct, frozen=True):
    """Counts in rows and columns with their totals; None is "too few to show", or would tell what is."""

    cells: dict[str, dict[str, int | None]]
    rows: dict[str, int | None]
    columns: dict[str, int | None]
    total: int


def breakdown(counts: Mapping[str, int], *, at_least: int = 0) -> dict[str, int | None]:
    """The parts of one total that is told. `at_least` is what is known of each: one, where none is named but those."""
    edges = [_count(("all", ""), ("end", ""), value - at_least, LEAST - at_least) for value in counts.values()]
    _hide(edges)
    return {part: None if edge.hidden else value for (part, value), edge in zip(counts.items(), edges, strict=True)}


def table(counts: Mapping[str, Mapping[str, int]], *, rows_known: bool = False, columns_known: bool = False) -> Table:
    """Counts by row and column, each row with the same columns; the totals of rows and columns are breakdowns, too.

    `rows_known`, `columns_known`: those totals are told elsewhere, as those of a sample's design are, and so told here.
    """
    columns = list(next(iter(counts.values()), {}))
    inner = {
        (row, column): _count(("row", row), ("column", column), value)
        for row, of_row in counts.items()
        for column, value in of_row.items()
    }
    of_rows = {row: _count(("all", ""), ("row", row), sum(of_row.values())) for row, of_row in counts.items()}
    of_columns = {
        column: _count(("column", column), ("end", ""), sum(of_row[column] for of_row in counts.values()))
        for column in columns
    }
    for whole in (*(of_rows.values() if rows_known else ()), *(of_columns.values() if columns_known else ())):
        whole.hidden, whole.fixed = False, True
    for (row, column), part in inner.items():
        part.known_small = any(whole.fixed and whole.value < LEAST for whole in (of_rows[row], of_columns[column]))
    _hide([*inner.values(), *of_rows.values(), *of_columns.values()])
    return Table(
        cells={row: {column: _told(inner[row, column]) for column in columns} for row in counts},
        rows={row: _told(one) for row, one in of_rows.items()},
        columns={column: _told(one) for column, one in of_columns.items()},
        total=sum(one.value for one in of_rows.values()),
    )


def _count(source: Node, target: Node, value: int, least: int = LEAST) -> _Count:
    return _Count(source, target, value, hidden=value < least, least=least)


def _told(one: _Count) -> int | None:
    return None if one.hidden else one.value


def _hide(counts: Sequence[_Count]) -> None:
    while True:
        exposed = next((one for one in counts if one.hidden and _told_by_the_rest(one, counts)), None)
        shown = [one for one in counts if not one.hidden and not one.fixed]
        if exposed is None or not shown:
            return
        ends = {exposed.source, exposed.target}
        beside = [one for one in shown if ends & {one.source, one.target}]
        for one in _round(exposed, counts) or [min(beside or shown, key=lambda one: one.value)]:
            one.hidden = True


def _round(exposed: _Count, counts: Sequence[_Count]) -> list[_Count]:
    """The least that is to be hidden so that a count might be another: what closes a circle with it.

    One that is small might then be large; of any other, it is enough that it might be more or less. Along the circle
    every count may grow, and shrink by so much as it has. Empty where there is no such circle.
    """
    small = exposed.value < exposed.least and not exposed.known_small
    found = [_closing(exposed, counts, exposed.target, exposed.source, exposed.least if small else 1)]
    if exposed.value and not small:
        found.append(_closing(exposed, counts, exposed.source, exposed.target, 1))
    return min((one for one in found if one), key=lambda path: sum(one.value for one in path), default=[])


def _closing(exposed: _Count, counts: Sequence[_Count], start: Node, end: Node, by: int) -> list[_Count]:
    """The shown counts on the cheapest way between two nodes, those that are hidden costing nothing."""
    steps: dict[Node, list[tuple[Node, _Count]]] = {}
    for one in counts:
        if one is not exposed and not one.fixed:
            steps.setdefault(one.source, []).append((one.target, one))
            if one.value >= by:
                steps.setdefault(one.target, []).append((one.source, one))
    waiting: list[tuple[int, int, Node, list[_Count]]] = [(0, 0, start, [])]
    done: set[Node] = set()
    number = 0  # so that ways of one cost are never compared any further
    while waiting:
        cost, _, node, hiding = heappop(waiting)
        if node == end:
            return hiding
        if node in done:
            continue
        done.add(node)
        for other, one in steps.get(node, ()):
            number += 1
            path, more = (hiding, cost) if one.hidden else ([*hiding, one], cost + one.value)
            heappush(waiting, (more, number, other, path))
    return []


def _told_by_the_rest(one: _Count, counts: Sequence[_Count]) -> bool:
    """Whether what is shown leaves one value, or none that is not small."""
    others = [each for each in counts if each.hidden and each is not one]
    more = _flow(others, one.target, one.source, one.least + 1)
    if one.value + more < one.least and not one.known_small:
        return True
    return more == 0 and (one.value == 0 or _flow(others, one.source, one.target, 1) == 0)


def _flow(counts: Sequence[_Count], source: Node, target: Node, enough: int) -> int:
    """How much can be moved from one node to another along hidden counts: any may grow, none falls below zero.

    The total of all closes the circle: what leaves at its end enters at its beginning, and no more than that.
    """
    room: dict[Node, dict[Node, int]] = {}
    for one in counts:
        there = room.setdefault(one.source, {})
        there[one.target] = there.get(one.target, 0) + enough
        back = room.setdefault(one.target, {})
        back[one.source] = back.get(one.source, 0) + one.value
    moved = 0
    while moved < enough:
        path = _path(room, source, target)
        if path is None:
            break
        step = min(enough - moved, *(room[a][b] for a, b in path))
        for a, b in path:
            room[a][b] -= step
            room[b][a] = room[b].get(a, 0) + step
        moved += step
    return moved


def _path(room: Mapping[Node, Mapping[Node, int]], source: Node, target: Node) -> list[tuple[Node, Node]] | None:
    came: dict[Node, Node] = {source: source}
    waiting = deque([source])
    while waiting:
        node = waiting.popleft()
        for other, left in room.get(node, {}).items():
            if left > 0 and other not in came:
                came[other] = node
                if other == target:
                    steps: list[tuple[Node, Node]] = []
                    while other != source:
                        steps.append((came[other], other))
                        other = came[other]  # noqa: PLW2901 - walking back
                    return steps
                waiting.append(other)
    return None
