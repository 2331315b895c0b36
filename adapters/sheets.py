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
"""The longest field of a sheet, in characters: after a quote that nobody closed, reading stops there."""
LINE_LIMIT: Final = 200_000
"""The longest line of a sheet, in bytes."""


class SheetUnreadable(Exception):  # noqa: N818 - the whole sheet is refused, with what is wrong and where
    """The file is no contact sheet; nothing of it was applied."""


class RejectsUnwritable(Exception):  # noqa: N818 - the import stops; rows that were applied stay
    """The refused rows cannot be written down, and none may be lost."""


class _Lines:
    """The lines of a file as text, remembering where the next one begins."""

    def __init__(self, file: BinaryIO, offset: int = 0, number: int = 0) -> None:
        file.seek(offset)
        self._file = file
        self.offset = offset
        self.number = number

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._file.readline(LINE_LIMIT)
        if not line:
            raise StopIteration
        first = self.offset == 0
        self.offset += len(line)
        self.number += 1
        if len(line) == LINE_LIMIT and not line.endswith(b"\n"):
            raise SheetUnreadable(f"line {self.number} is longer than {LINE_LIMIT} bytes")
        try:
            text = line.decode("utf-8-sig" if first else "utf-8")
        except UnicodeDecodeError as error:
            raise SheetUnreadable(f"line {self.number} is not UTF-8: save the sheet as CSV in UTF-8") from error
        # the same text, whichever program saved it
        return text[:-2] + "\n" if text.endswith("\r\n") else text


class CsvSheet:
    """One CSV file with a header row."""

    def __init__(self, path: Path, columns: Sequence[str], required: Sequence[str]) -> None:
        """Read the header. Raises SheetUnreadable for unknown, repeated or missing columns."""
        csv.field_size_limit(FIELD_LIMIT)
        try:
            self._file = path.open("rb")
            self._file.seek(0)
        except OSError as error:
            raise SheetUnreadable(f"{path.name}: {error.strerror or 'it cannot be read twice'}") from error
        try:
            lines = _Lines(self._file)
            self.header = _header(lines, columns, required)
        except BaseException:
            self._file.close()
            raise
        self._start = (lines.offset, lines.number)

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def rows(self) -> Iterator[tuple[int, int, Mapping[str, str] | str]]:
        """Each row's place in the file, its line, and its fields by column, or in words why it cannot be read.

        After a row that cannot be read, reading goes on with the line after the one that it begins on: a quote that was
        not closed takes no other row with it.
        """
        lines = _Lines(self._file, *self._start)
        reader = csv.reader(lines, strict=True)
        while True:
            place, line = lines.offset, lines.number + 1
            try:
                fields = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                yield place, line, str(error)
                lines = _Lines(self._file, place, line - 1)
                next(lines)
                reader = csv.reader(lines, strict=True)
                continue
            if not any(field.strip() for field in fields):
                continue
            if len(fields) != len(self.header):
                yield place, line, f"{len(fields)} fields under {len(self.header)} columns"
                continue
            yield place, line, self._named(fields)

    def row_at(self, place: int) -> Mapping[str, str]:
        """The row that begins at a place."""
        return self._named(next(csv.reader(_Lines(self._file, place), strict=True)))

    def _named(self, fields: Sequence[str]) -> Mapping[str, str]:
        return dict(zip(self.header, (field.strip() for field in fields), strict=True))


def _header(lines: _Lines, columns: Sequence[str], required: Sequence[str]) -> list[str]:
    try:
        first = next(csv.reader(lines, strict=True), None)
    except csv.Error as error:
        raise SheetUnreadable(f"line 1: {error}") from error
    if first is None:
        raise SheetUnreadable("the file is empty: it needs a header row")
    header = [name.strip() for name in first]
    unknown = [name for name in header if name not in columns]
    if len(unknown) == len(header):  # perhaps a row: who it is of is not repeated
        raise SheetUnreadable("line 1 names none of the columns: it needs a header row, with commas between")
    repeated = sorted({name for name in header if header.count(name) > 1})
    missing = [name for name in required if name not in header]
    for what, names in (("unknown column", unknown), ("repeated column", repeated), ("missing column", missing)):
        if names:
            raise SheetUnreadable(f"line 1: {what} {', '.join(repr(name[:60]) for name in names[:10])}")
    return header


REFUSED: Final = ("line", "column", "reason", "explanation")


class RejectsFile:
    """The rows that were refused, each with its line, column and reason. Made only when there is one; mode 0600.

    A column of the sheet that is called as one of these has `row_` before it.
    """

    def __init__(self, path: Path, header: Sequence[str]) -> None:
        self.path = path
        self._header = header
        self._file: io.TextIOWrapper | None = None

    def add(self, line: int, column: str, reason: str, explanation: str, row: Mapping[str, str]) -> None:
        """Write a refused row down. Raises: RejectsUnwritable."""
        values = [row.get(name, "") for name in self._header]
        try:
            if self._file is None:
                self._file = _private(self.path)
                named = [f"row_{name}" if name in REFUSED else name for name in self._header]
                csv.writer(self._file).writerow([*REFUSED, *named])
            csv.writer(self._file).writerow([line, column, reason, explanation, *values])
        except OSError as error:
            raise RejectsUnwritable(f"{self.path}: {error.strerror}") from error

    def close(self) -> bool:
        """Close the file; whether there was a refused row."""
        if self._file is None:
            return False
        self._file.close()
        return True


async def write_sheet(path: Path, columns: Sequence[str], rows: AsyncIterable[Mapping[str, str]]) -> int:
    """Write rows as a sheet, mode 0600; how many there were. Raises: OSError."""
    count = 0
    with _private(path) as file:
        writer = csv.writer(file)
        writer.writerow(columns)
        async for row in rows:
            writer.writerow([row.get(name, "") for name in columns])
            count += 1
    return count


def _private(path: Path) -> io.TextIOWrapper:
    """A file that nobody else may read, also where one of that name was there before."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    os.fchmod(descriptor, 0o600)
    return os.fdopen(descriptor, "w", encoding="utf-8", newline="")
