"""Contact sheets as CSV files: read in the order of when things happened, written back with the same columns.

A sheet may have hundreds of thousands of rows, so only where each row begins is kept in memory, not the rows.
"""

import csv
import io
import os
from collections.abc import AsyncIterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import BinaryIO, Final

FIELD_LIMIT: Final = 20_000
"""The longest field of a sheet, in characters."""


class SheetUnreadable(Exception):  # noqa: N818 - the whole sheet is refused, with what is wrong and where
    """The file is no contact sheet; nothing of it was applied."""


class _Lines:
    """The lines of a file as text, remembering where the next one begins."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.offset = file.tell()
        self.number = 0

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._file.readline()
        if not line:
            raise StopIteration
        self.offset += len(line)
        self.number += 1
        try:
            return line.decode("utf-8-sig" if self.number == 1 else "utf-8")
        except UnicodeDecodeError as error:
            raise SheetUnreadable(f"line {self.number} is not UTF-8") from error


class CsvSheet:
    """One CSV file with a header row."""

    def __init__(self, path: Path, columns: Sequence[str], required: Sequence[str]) -> None:
        """Read the header. Raises SheetUnreadable for unknown, repeated or missing columns."""
        csv.field_size_limit(FIELD_LIMIT)
        self._path = path
        try:
            self._file = path.open("rb")
        except OSError as error:
            raise SheetUnreadable(f"{path.name}: {error.strerror}") from error
        lines = _Lines(self._file)
        header = [name.strip() for name in next(csv.reader(lines, strict=True), [])]
        unknown = [name for name in header if name not in columns]
        repeated = sorted({name for name in header if header.count(name) > 1})
        missing = [name for name in required if name not in header]
        for what, names in (("unknown column", unknown), ("repeated column", repeated), ("missing column", missing)):
            if names:
                self._file.close()
                raise SheetUnreadable(f"line 1: {what} {', '.join(repr(name) for name in names)}")
        self.header = header
        self._start = (lines.offset, lines.number)

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def rows(self) -> Iterator[tuple[int, int, Mapping[str, str] | str]]:
        """Each row's place in the file, its line, and its fields by column, or in words why it cannot be read."""
        self._file.seek(self._start[0])
        lines = _Lines(self._file)
        lines.number = self._start[1]
        reader = csv.reader(lines, strict=True)
        while True:
            place, line = lines.offset, lines.number + 1
            try:
                fields = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                yield place, line, str(error)
                reader = csv.reader(lines, strict=True)
                continue
            if not fields:
                continue
            if len(fields) != len(self.header):
                yield place, line, f"{len(fields)} fields under {len(self.header)} columns"
                continue
            yield place, line, dict(zip(self.header, (field.strip() for field in fields), strict=True))

    def row_at(self, place: int) -> Mapping[str, str]:
        """The row that begins at a place."""
        self._file.seek(place)
        lines = _Lines(self._file)
        lines.number = 1
        return dict(zip(self.header, (field.strip() for field in next(csv.reader(lines, strict=True))), strict=True))


class RejectsFile:
    """The rows that were refused, each with its line, column and reason. Made only when there is one; mode 0600."""

    def __init__(self, path: Path, header: Sequence[str]) -> None:
        self.path = path
        self._header = header
        self._file: io.TextIOWrapper | None = None

    def add(self, line: int, column: str, reason: str, explanation: str, row: Mapping[str, str]) -> None:
        """Write a refused row down."""
        if self._file is None:
            descriptor = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            os.fchmod(descriptor, 0o600)
            self._file = os.fdopen(descriptor, "w", encoding="utf-8", newline="")
            csv.writer(self._file).writerow(["line", "column", "reason", "explanation", *self._header])
        values = [row.get(name, "") for name in self._header]
        csv.writer(self._file).writerow([line, column, reason, explanation, *values])

    def close(self) -> bool:
        """Close the file; whether there was a refused row."""
        if self._file is None:
            return False
        self._file.close()
        return True


async def write_sheet(path: Path, columns: Sequence[str], rows: AsyncIterable[Mapping[str, str]]) -> int:
    """Write rows as a sheet, mode 0600; how many there were."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    os.fchmod(descriptor, 0o600)
    count = 0
    with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(columns)
        async for row in rows:
            writer.writerow([row.get(name, "") for name in columns])
            count += 1
    return count
