"""A count under five is told nowhere, and cannot be worked out of what is told."""

from collections.abc import Iterator, Mapping
from itertools import product

from hypothesis import given
from hypothesis import strategies as st

from domain.scrutiny.suppression import LEAST, Table, breakdown, table

COUNTS = st.integers(0, 14)


def splits(total: int, parts: int) -> Iterator[tuple[int, ...]]:
    if parts == 1:
        yield (total,)
        return
    for first in range(total + 1):
        for rest in splits(total - first, parts - 1):
            yield (first, *rest)


@given(st.lists(COUNTS, min_size=2, max_size=4))
def test_a_part_cannot_be_worked_out_of_the_whole(counts: list[int]) -> None:
    shown = list(breakdown({str(at): one for at, one in enumerate(counts)}).values())
    agreeing = [
        one
        for one in splits(sum(counts), len(counts))
        if all(told is None or told == value for told, value in zip(shown, one, strict=True))
    ]
    for at, told in enumerate(shown):
        assert told is None or told >= LEAST
        if told is None and sum(counts) > 0:
            assert len({one[at] for one in agreeing}) > 1


def tables(shown: Table, most: int) -> Iterator[tuple[tuple[int, ...], ...]]:
    """Every table of two rows that agrees with what is told."""
    first, second = shown.cells
    columns = list(shown.columns)
    told = [shown.cells[name][one] for name in (first, second) for one in columns]
    *free, last = (range(most + 1) if one is None else range(one, one + 1) for one in told)
    for others in product(*free):
        cells = (*others, shown.total - sum(others))
        rows = cells[: len(columns)], cells[len(columns) :]
        if (
            cells[-1] in last
            and all(shown.rows[name] in {None, sum(row)} for name, row in zip((first, second), rows, strict=True))
            and all(shown.columns[one] in {None, rows[0][at] + rows[1][at]} for at, one in enumerate(columns))
        ):
            yield rows


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), min_size=2, max_size=2))
def test_a_cell_cannot_be_worked_out_of_rows_and_columns(counts: list[tuple[int, int]]) -> None:
    total = sum(sum(one) for one in counts)
    shown = table({"met": dict(zip("ab", counts[0], strict=True)), "not": dict(zip("ab", counts[1], strict=True))})
    agreeing = list(tables(shown, total))
    assert agreeing, "what is told is true"
    for row, name in enumerate(("met", "not")):
        for at, column in enumerate("ab"):
            told = shown.cells[name][column]
            assert told is None or told >= LEAST
            if told is None and total > 0:
                assert len({one[row][at] for one in agreeing}) > 1
    assert all(one is None or one >= LEAST for one in (*shown.rows.values(), *shown.columns.values()))
    assert shown.total == total, "a whole is told"


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), min_size=2, max_size=2))
def test_a_cell_cannot_be_worked_out_where_the_totals_of_rows_are_known(counts: list[tuple[int, int]]) -> None:
    wholes = [sum(one) for one in counts]
    rows = {"met": dict(zip("ab", counts[0], strict=True)), "not": dict(zip("ab", counts[1], strict=True))}
    shown = table(rows, rows_known=True)
    assert list(shown.rows.values()) == wholes
    agreeing = list(tables(shown, sum(wholes)))
    for row, name in enumerate(("met", "not")):
        for at, column in enumerate("ab"):
            told = shown.cells[name][column]
            assert told is None or told >= LEAST
            if told is None and wholes[row]:
                assert len({one[row][at] for one in agreeing}) > 1


def test_a_small_stratum_does_not_hide_what_is_large_enough() -> None:
    counts = {"green": {"fair": 9, "not": 8}, "cpn": {"fair": 3, "not": 0}}
    told = table(counts, rows_known=True)
    assert told.cells["green"]["fair"] is None, "or the three of the others could be worked out of the column"
    assert told.columns == {"fair": 12, "not": 8}
    assert (
        table({"green": {"fair": 9, "not": 8}, "cpn": {"fair": 6, "not": 5}}, rows_known=True).cells["cpn"]["not"] == 5
    )


@given(
    st.lists(st.lists(COUNTS, min_size=4, max_size=4), min_size=3, max_size=3).map(
        lambda rows: {f"r{at}": {f"c{to}": one for to, one in enumerate(row)} for at, row in enumerate(rows)}
    )
)
def test_no_line_has_a_single_gap(counts: Mapping[str, Mapping[str, int]]) -> None:
    shown = table(counts)
    for row, cells in shown.cells.items():
        gaps = [one for one in (*cells.values(), shown.rows[row]) if one is None]
        assert len(gaps) != 1
    for column, whole in shown.columns.items():
        gaps = [one for one in (*(cells[column] for cells in shown.cells.values()), whole) if one is None]
        assert len(gaps) != 1


def test_what_is_large_enough_is_told() -> None:
    assert breakdown({"white": 60, "asian": 12}) == {"white": 60, "asian": 12}
    assert breakdown({"white": 60, "asian": 12, "black": 3}) == {"white": 60, "asian": None, "black": None}


def test_of_parts_of_which_each_has_somebody_none_is_told_to_be_small_by_that() -> None:
    counts = {"white": 1, "black": 4, "asian": 5}
    assert breakdown(counts) == {"white": None, "black": None, "asian": 5}, "one of the two might be five"
    assert breakdown(counts, at_least=1) == {"white": None, "black": None, "asian": None}, (
        "neither might, with the other"
    )
