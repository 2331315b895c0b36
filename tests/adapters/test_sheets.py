"""Contact sheets as CSV: what does not read is told by its line, and takes nothing else with it."""

import contextlib
import csv
import io
from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.sheets import FIELD_LIMIT, CsvSheet, RejectsFile, RejectsUnwritable, SheetUnreadable, write_sheet

COLUMNS = ("row_id", "when", "kind", "person", "note")
REQUIRED = ("when", "kind", "person")

pytestmark = pytest.mark.anyio


def sheet(tmp_path: Path, content: bytes | str) -> CsvSheet:
    path = tmp_path / "sheet.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return CsvSheet(path, COLUMNS, REQUIRED)


def rows(tmp_path: Path, content: bytes | str) -> list[tuple[int, Mapping[str, str] | str]]:
    """The lines and rows; each that reads is read again at its place."""
    with contextlib.closing(sheet(tmp_path, content)) as opened:
        read = list(opened.rows())
        for place, _, fields in read:
            if not isinstance(fields, str):
                assert opened.row_at(place) == fields
        return [(line, fields) for _, line, fields in read]


def row(when: str, note: str | None = None) -> dict[str, str]:
    return {"when": when, "kind": "encounter", "person": "P01"} | ({} if note is None else {"note": note})


HEADER = "when,kind,person,note\n"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "the file is empty"),
        ("when,kind,person,colour\n", "unknown column 'colour'"),
        ("when,kind,person,when\n", "repeated column 'when'"),
        ("when,kind\n", "missing column 'person'"),
        ("2024-05-13,encounter,P01\n", "line 1 names none of the columns: it needs a header row, with commas between$"),
        ("when;kind;person\n", "line 1 names none of the columns"),
        ('"when,kind,person\n', "line 1:"),
        ("x" * 300_000, "longer than"),
        ("when,kind,person\n".encode("utf-16"), "not UTF-8"),
        (b"when,kind,person\n2024-05-13,encounter,P\xe9\n", "line 2 is not UTF-8"),
    ],
)
def test_what_is_no_contact_sheet_is_refused_whole(tmp_path: Path, content: str | bytes, said: str) -> None:
    with pytest.raises(SheetUnreadable, match=said):
        rows(tmp_path, content)


def test_a_file_that_is_not_there_or_cannot_be_read_is_told(tmp_path: Path) -> None:
    with pytest.raises(SheetUnreadable, match="No such file"):
        CsvSheet(tmp_path / "none.csv", COLUMNS, REQUIRED)
    with pytest.raises(SheetUnreadable, match="Is a directory"):
        CsvSheet(tmp_path, COLUMNS, REQUIRED)


@pytest.mark.parametrize("ending", ["\n", "\r\n"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_line_endings_and_byte_order_mark_say_nothing(tmp_path: Path, ending: str, mark: bytes) -> None:
    text = HEADER + '2024-05-13,encounter,P01,"two\nlines"\n2024-05-14,encounter,P01,"a ""word"""\n'
    content = mark + text.replace("\n", ending).encode()
    assert rows(tmp_path, content) == [(2, row("2024-05-13", "two\nlines")), (4, row("2024-05-14", 'a "word"'))]


def test_columns_stand_in_any_order_and_blank_rows_and_spaces_around_say_nothing(tmp_path: Path) -> None:
    content = " person , when,kind\nP01,2024-05-13 , encounter\n\n,,\n , ,\nP01,2024-05-14,encounter"
    assert rows(tmp_path, content) == [(2, row("2024-05-13")), (6, row("2024-05-14"))]


def test_a_row_with_too_few_or_too_many_fields_is_refused_alone(tmp_path: Path) -> None:
    content = HEADER + "2024-05-13,encounter,P01\n2024-05-14,encounter,P01,\n2024-05-15,encounter,P01,,\n"
    assert rows(tmp_path, content) == [
        (2, "3 fields under 4 columns"),
        (3, row("2024-05-14", "")),
        (4, "5 fields under 4 columns"),
    ]


@pytest.mark.parametrize("after", ["2024-05-14,encounter,P01,plain\n", '2024-05-14,encounter,P01,"quoted, too"\n'])
def test_a_quote_that_is_not_closed_takes_no_other_row_with_it(tmp_path: Path, after: str) -> None:
    read = rows(tmp_path, HEADER + '2024-05-13,encounter,P01,"left open\n' + after * 2)
    assert [line for line, _ in read] == [2, 3, 4]
    assert isinstance(read[0][1], str)
    assert [isinstance(one, str) for _, one in read[1:]] == [False, False]


def test_a_field_without_end_is_refused_alone(tmp_path: Path) -> None:
    content = HEADER + f"2024-05-13,encounter,P01,{'x' * (FIELD_LIMIT + 1)}\n2024-05-14,encounter,P01,\n"
    first, second = rows(tmp_path, content)
    assert first == (2, f"field larger than field limit ({FIELD_LIMIT})")
    assert second == (3, row("2024-05-14", ""))


def test_a_nul_stays_to_be_refused_in_its_column(tmp_path: Path) -> None:
    assert rows(tmp_path, HEADER + "2024-05-13,encounter,P01,a\x00b\n") == [(2, row("2024-05-13", "a\x00b"))]


TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r\x00"), max_size=20).map(str.strip)


@given(st.lists(st.lists(TEXT, min_size=2, max_size=2).filter(any), max_size=10))
def test_what_was_written_is_read(tmp_path_factory: pytest.TempPathFactory, notes: Sequence[Sequence[str]]) -> None:
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(("when", "kind", "person", "note", "row_id"))
    writer.writerows(("w", "k", "p", *both) for both in notes)
    read = rows(tmp_path_factory.mktemp("sheet"), text.getvalue())
    assert [list(one.values())[3:] for _, one in read if not isinstance(one, str)] == [list(one) for one in notes]


def test_the_rejects_file_is_made_for_a_refused_row_and_is_nobody_elses(tmp_path: Path) -> None:
    path = tmp_path / "sheet.rejects.csv"
    rejects = RejectsFile(path, ("when", "note", "reason"))
    assert rejects.close() is False
    assert not path.exists()
    path.write_text("old")
    path.chmod(0o644)
    rejects.add(3, "when", "naive-time", "a time needs its offset", {"when": "10:00", "note": 'a, "b"'})
    assert rejects.close() is True
    assert path.stat().st_mode & 0o777 == 0o600
    with path.open(newline="") as file:
        assert list(csv.reader(file)) == [
            ["line", "column", "reason", "explanation", "when", "note", "row_reason"],
            ["3", "when", "naive-time", "a time needs its offset", "10:00", 'a, "b"', ""],
        ]


def test_refused_rows_that_cannot_be_written_down_stop_the_import(tmp_path: Path) -> None:
    rejects = RejectsFile(tmp_path / "nowhere" / "sheet.rejects.csv", ("when",))
    with pytest.raises(RejectsUnwritable, match="No such file"):
        rejects.add(3, "when", "naive-time", "", {})


async def test_a_sheet_is_written_with_all_its_columns(tmp_path: Path) -> None:
    async def given_rows() -> AsyncIterator[Mapping[str, str]]:
        yield row("2024-05-13", "two\nlines")

    path = tmp_path / "out.csv"
    assert await write_sheet(path, COLUMNS, given_rows()) == 1
    assert path.stat().st_mode & 0o777 == 0o600
    opened = CsvSheet(path, COLUMNS, REQUIRED)
    assert [fields for _, _, fields in opened.rows()] == [{"row_id": "", **row("2024-05-13", "two\nlines")}]
    opened.close()
