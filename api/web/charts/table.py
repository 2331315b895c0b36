"""The table beside a picture, and the same as CSV (RFC 4180)."""

import csv
import io
from typing import Final

import msgspec

Cell = str | int | float | None

FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")
"""What a spreadsheet begins to calculate at."""


class Row(msgspec.Struct, frozen=True):
    """What the row is of, what stands in it, and maybe where the rows behind it are shown."""

    name: str
    cells: tuple[Cell, ...]
    href: str | None = None


class Table(msgspec.Struct, frozen=True, kw_only=True):
    """A caption, the headers (the first is that of the rows' names), the rows. None is a value that there is not."""

    caption: str
    headers: tuple[str, ...]
    rows: tuple[Row, ...]


def csv_of(table: Table) -> bytes:
    """The table as a file: UTF-8, lines ended by CR LF, and no text that a spreadsheet would take for a formula."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow([_harmless(one) for one in table.headers])
    for row in table.rows:
        writer.writerow([_harmless(one) for one in (row.name, *row.cells)])
    return text.getvalue().encode()


def _harmless(cell: Cell) -> Cell:
    if isinstance(cell, str) and cell.lstrip().startswith(FORMULA):
        return f"'{cell}"
    return "" if cell is None else cell
