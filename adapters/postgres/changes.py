"""What a pass writes to a build: rows, the lists they stand in, and the keys by which people are found.

With each row goes whom it is about and whom it is for, which row-level security decides by; and beside the rows, which
agencies each person concerns: those that a line of their timeline names, as the sharing policy has it.
"""

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from adapters.postgres.connection import named_queries
from adapters.postgres.read_models import encode_row
from application.views.timeline import TIMELINE
from application.views.view import AnyView, all_concerned, nowhere
from domain.ids import AgencyId, PersonId

QUERIES: Final = named_queries(Path(__file__).with_name("projector.sql"))

COPY_FROM_ROWS: Final = 400
"""As many new rows, and more, go by COPY."""
ROW_COLUMNS: Final = ("log_id", "build", "view", "key", "person", "parties", "body")
PLACE_COLUMNS: Final = ("log_id", "build", "view", "scope", "sort", "key", "person", "parties")


class Changes:
    """What is to be written: `new` rows were not there before."""

    def __init__(self, build: tuple[int, int]) -> None:
        self.build = build
        self.new: list[tuple[int, int, str, str, str, str | None, bytes]] = []
        self.rows: list[tuple[str, str, str | None, bytes]] = []
        self.gone: list[tuple[str, str]] = []
        self.places: list[tuple[int, int, str, str, str, str, str, str | None]] = []
        self.left: list[tuple[str, str, str, str]] = []
        self.concerned: set[tuple[str, frozenset[AgencyId]]] = set()
        self.linked: list[tuple[str, str]] = []
        self.linked_no_more: list[tuple[str, str]] = []
        self.found_by: list[tuple[bytes, str]] = []
        self.found_no_more_by: list[tuple[bytes, str]] = []
        self.erased: list[str] = []

    def add(self, view: AnyView, key: str, row: Any) -> None:  # noqa: ANN401 - a row of the view
        """A row that was not there."""
        log_id, build = self.build
        name = view.name
        person = view.about(key, row) or ""
        parties = _only(view, row)
        self.new.append((log_id, build, name, key, person, parties, encode_row(row)))
        if name == TIMELINE.name:
            self.concerned.add((person, row.parties))
        elif view.places is not nowhere:
            # A list holds a row once, however often the row names it.
            self.places.extend(
                [(log_id, build, name, scope, sort, key, person, parties) for scope, sort in set(view.places(row))]
            )

    def change(self, view: AnyView, key: str, before: object, after: object) -> None:
        """A row that is something else now, or nothing; it may be what it was."""
        if before == after:
            return
        if before is None:
            self.add(view, key, after)
            return
        stood, was_for = view.places(before), _only(view, before)
        if after is None:
            self.gone.append((view.name, key))
            self.left.extend((view.name, scope, sort, key) for scope, sort in set(stood))
            return
        stands, is_for = view.places(after), _only(view, after)
        self.rows.append((view.name, key, is_for, encode_row(after)))
        if stood != stands or was_for != is_for:
            were, are = {(*one, was_for) for one in stood}, {(*one, is_for) for one in stands}
            person = view.about(key, after) or ""
            self.left.extend((view.name, scope, sort, key) for scope, sort, _ in were - are)
            self.places.extend(
                (*self.build, view.name, scope, sort, key, person, parties) for scope, sort, parties in are - were
            )

    def link(self, person: PersonId, before: PersonId | None, after: PersonId | None) -> None:
        """The record that a person's goes on under now, and the one it went on under before."""
        if before != after:
            if before is not None:
                self.linked_no_more.extend(((person, before), (before, person)))
            if after is not None:
                self.linked.extend(((person, after), (after, person)))


def _only(view: AnyView, row: object) -> str | None:
    """The agencies that a row is for alone, as row-level security looks for one of them."""
    if view.only is all_concerned:
        return None
    agencies = view.only(row)
    return None if agencies is None else _between_blanks(agencies)


@lru_cache(10_000)
def _between_blanks(agencies: frozenset[AgencyId]) -> str:
    """As a list, they would cost more than all else of a row. Where there are none: nothing that any setting is in."""
    return f" {' '.join(sorted(agencies))} " if agencies else ""


async def write(connection: Any, changes: Changes) -> None:  # noqa: ANN401
    """Write changes in the transaction that is open, new rows into the partitions themselves."""
    build = changes.build
    if changes.left:
        await connection.execute(QUERIES["remove_places"], *build, *columns(changes.left, 4))
    if changes.gone:
        await connection.execute(QUERIES["remove_rows"], *build, *columns(changes.gone, 2))
    if changes.found_no_more_by:
        await connection.execute(QUERIES["remove_person_keys"], *build, *columns(changes.found_no_more_by, 2))
    if changes.found_by:
        await connection.execute(QUERIES["write_person_keys"], *build, *columns(changes.found_by, 2))
    if changes.erased:
        for name in ("forget_person_keys", "forget_pairs"):
            await connection.execute(QUERIES[name], build[0], changes.erased)
    if changes.linked_no_more:
        await connection.execute(QUERIES["remove_links"], *build, *columns(changes.linked_no_more, 2))
    if changes.linked:
        await connection.execute(QUERIES["write_links"], *build, *columns(changes.linked, 2))
    if changes.rows:
        await connection.execute(QUERIES["change_rows"], *build, *columns(changes.rows, 4))
    if max(len(changes.new), len(changes.places)) >= COPY_FROM_ROWS:
        await _copy(connection, changes)
    else:
        if changes.new:
            await connection.execute(QUERIES["add_rows"], *columns(changes.new, 7))
        if changes.places:
            await connection.execute(QUERIES["add_places"], *columns(changes.places, 8))
    if changes.concerned:
        # In order and last: two who write the same at once wait for each other shortly, and never both.
        concerns = sorted({(person, agency) for person, agencies in changes.concerned for agency in agencies})
        await connection.execute(QUERIES["write_concerns"], *build, *columns(concerns, 2))


async def _copy(connection: Any, changes: Changes) -> None:  # noqa: ANN401
    await connection.copy_records_to_table("read_model_case", records=changes.new, columns=ROW_COLUMNS)
    await connection.copy_records_to_table("read_model_place_case", records=changes.places, columns=PLACE_COLUMNS)


def columns(rows: Sequence[tuple[Any, ...]], width: int) -> list[list[Any]]:
    """Rows as the columns that a statement unnests."""
    return [list(column) for column in zip(*rows, strict=True)] if rows else [[] for _ in range(width)]
