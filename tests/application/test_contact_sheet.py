"""What a row of a contact sheet may say; what does not read is refused by its column, and its value is never told."""

import datetime as dt

import pytest

from application.contact_sheet import COLUMNS, RowRefused, SheetRow, read_row
from tests.application.sheet_world import NOW, Row, row


def read(**columns: str) -> SheetRow:
    return read_row(row("encounter", "2024-05-13T10:00:00+01:00") | columns, 2, NOW)


def refused(**columns: str) -> tuple[str, str]:
    with pytest.raises(RowRefused) as answer:
        read(**columns)
    told = [value for name, value in columns.items() if name != "kind" and len(value) > 8]
    assert not any(value in answer.value.explanation for value in told)
    return answer.value.column, answer.value.reason


def test_a_date_without_a_time_is_noon_in_london() -> None:
    assert read(when="2024-05-13").when == dt.datetime(2024, 5, 13, 11, tzinfo=dt.UTC)
    assert read(when="2024-12-13").when == dt.datetime(2024, 12, 13, 12, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("when", "reason"),
    [
        ("2024-05-13T10:00:00", "naive-time"),
        ("13/05/2024", "not-a-time"),
        ("2024-02-30", "not-a-time"),
        ("yesterday", "not-a-time"),
        ("2026-01-05T09:00:01+00:00", "happens-in-future"),
        ("9999-12-31T23:59:59-14:00", "happens-in-future"),
        ("1024-05-13", "too-early"),
        ("0001-01-01T00:00:00+14:00", "too-early"),
    ],
)
def test_a_time_has_its_offset_and_lies_in_the_past(when: str, reason: str) -> None:
    assert refused(when=when) == ("when", reason)


@pytest.mark.parametrize(
    "column",
    [
        "kind",
        "age_band",
        "sex",
        "ethnicity",
        "ethnicity_observed",
        "behaviour",
        "screen",
        "attended",
        "need",
        "status",
        "reason",
        "instrument",
        "outcome",
    ],
)
def test_a_code_is_one_of_the_list(column: str) -> None:
    assert refused(**{column: "no such code"}) == (column, "unknown-code")


@pytest.mark.parametrize(
    ("kind", "given", "missing"),
    [
        ("ticket", {}, "step"),
        ("invitation", {}, "session"),
        ("attendance", {"session": "2024-05-13"}, "attended"),
        ("attendance", {"attended": "yes"}, "session"),
        ("referral", {"agency": "Health"}, "need"),
        ("referral", {"need": "housing"}, "agency"),
        ("answer", {"answers": "R1"}, "status"),
        ("answer", {"status": "accepted"}, "answers"),
        ("answer", {"answers": "R1", "status": "rejected"}, "reason"),
        ("instrument", {}, "instrument"),
        ("outcome", {}, "outcome"),
        ("encounter", {"person": ""}, "person"),
        ("encounter", {"when": ""}, "when"),
        ("", {}, "kind"),
    ],
)
def test_a_row_says_what_its_kind_needs(kind: str, given: Row, missing: str) -> None:
    assert refused(kind=kind, **given) == (missing, "missing")


def test_a_language_is_said_by_its_code_or_its_name() -> None:
    assert [read(language=said).language for said in ("pl", "PL", "Polish", "pt-BR", "british sign language")] == [
        "pl",
        "pl",
        "pl",
        "pt-BR",
        "bfi",
    ]
    assert refused(language="Klingon") == ("language", "unknown-language")


def test_nobody_is_met_before_they_are_born() -> None:
    assert read(born="2024-05-13").born == dt.date(2024, 5, 13)
    assert refused(born="2024-05-14") == ("born", "born-later")
    assert refused(born="1066-10-14") == ("born", "not-a-date")
    assert refused(born="14.10.1966") == ("born", "not-a-date")


def test_a_field_has_an_end_and_is_text() -> None:
    assert read(place="x" * 400, note="x" * 10_000).place == "x" * 400
    assert refused(place="x" * 401) == ("place", "too-long")
    assert refused(note="x" * 10_001) == ("note", "too-long")
    assert refused(note="a\x00b") == ("note", "control-character")


def test_empty_is_not_known() -> None:
    everything = dict.fromkeys(COLUMNS, "") | row("encounter", "2024-05-13")
    assert read_row(everything, 2, NOW) == read_row(row("encounter", "2024-05-13"), 2, NOW)
