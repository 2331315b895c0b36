"""What a pass writes to a build: rows, the lists they stand in, and the keys by which people are found."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from adapters.postgres.connection import named_queries
from adapters.postgres.read_models import encode_row
from application.views.view import AnyView, nowhere

QUERIES: Final = named_queries(Path(__file__).with_name("projector.sql"))

COPY_FROM_ROWS: Final = 400
"""As many new rows, and more, go by COPY."""
ROW_COLUMNS: Final = ("log_id", "build", "view", "key", "body")
PLACE_COLUMNS: Final = ("log_id", "build", "view", "scope", "sort", "key")


class Changes:
    """What is to be written: `new` rows were not there before."""

    def __init__(self, build: tuple[int, int]) -> None:
        self.build = build
        self.new: list[tuple[int, int, str, str, bytes]] = []
        self.rows: list[tuple[str, str, bytes]] = []
        self.gone: list[tuple[str, str]] = []
        self.places: list[tuple[int, int, str, str, str, str]] = []
        self.left: list[tuple[str, str, str, str]] = []
        self.found_by: list[tuple[bytes, str]] = []
        self.found_no_more_by: list[tuple[bytes, str]] = []

    def add(self, view: AnyView, key: str, row: object) -> None:
        """A row that was not there."""
        log_id, build = self.build
        name = view.name
        self.new.append((log_id, build, name, key, encode_row(row)))
        if view.places is not nowhere:
            # A list holds a row once, however often the row names it.
            self.places.extend([(log_id, build, name, scope, sort, key) for scope, sort in set(view.places(row))])

    def change(self, view: AnyView, key: str, before: object, after: object) -> None:
        """A row that is something else now, or nothing; it may be what it was."""
        if before == after:
            return
        if before is None:
            self.add(view, key, after)
            return
        stood = view.places(before)
        stands = () if after is None else view.places(after)
        if after is None:
            self.gone.append((view.name, key))
        else:
            self.rows.append((view.name, key, encode_row(after)))
        if stood != stands:
            were, are = set(stood), set(stands)
            self.left.extend((view.name, scope, sort, key) for scope, sort in were - are)
            self.places.extend((*self.build, view.name, scope, sort, key) for scope, sort in are - were)


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
    if changes.rows:
        await connection.execute(QUERIES["change_rows"], *build, *columns(changes.rows, 3))
    if max(len(changes.new), len(changes.places)) >= COPY_FROM_ROWS:
        await _copy(connection, changes)
        return
    if changes.new:
        await connection.execute(QUERIES["add_rows"], *columns(changes.new, 5))
    if changes.places:
        await connection.execute(QUERIES["add_places"], *columns(changes.places, 6))


async def _copy(connection: Any, changes: Changes) -> None:  # noqa: ANN401
    await connection.copy_records_to_table("read_model_case", records=changes.new, columns=ROW_COLUMNS)
    await connection.copy_records_to_table("read_model_place_case", records=changes.places, columns=PLACE_COLUMNS)


def columns(rows: Sequence[tuple[Any, ...]], width: int) -> list[list[Any]]:
    """Rows as the columns that a statement unnests."""
    return [list(column) for column in zip(*rows, strict=True)] if rows else [[] for _ in range(width)]
