"""The one box reads whatever is typed, and never fails."""

import datetime as dt
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.web.typed_search import TYPED_MAX, cleaned, read
from application.finding.asking import Sought

TODAY = dt.date(2026, 11, 22)


def said(typed: str) -> dict[str, Any]:
    return {name: value for name, value in msgspec.structs.asdict(read(typed, TODAY)).items() if value is not None}


@pytest.mark.parametrize(
    ("typed", "sought"),
    [
        ("Kowalski 12/3/85", {"name": "Kowalski", "born": dt.date(1985, 3, 12)}),
        ("jan kowalski 1985-03-12", {"name": "jan kowalski", "born": dt.date(1985, 3, 12)}),
        ("Smith, John 3 March 1985", {"family_name": "Smith", "given_name": "John", "born": dt.date(1985, 3, 3)}),
        ("John Smith 13 25 1985", {"name": "John Smith", "born_in": 1985}),
        ("John Smith 3/25/1985", {"name": "John Smith", "born": dt.date(1985, 3, 25)}),
        ("07700 900123", {"phone": "07700 900123"}),
        ("+44 7700 900 123 Jan", {"name": "Jan", "phone": "+44 7700 900 123"}),
        ("PE1 1AA", {"postcode": "PE1 1AA"}),
        ("Jan pe11aa", {"name": "Jan", "postcode": "PE1 1AA"}),
        ("Gaz", {"name": "Gaz"}),
        ("big Tony, Bridge Street", {"name": "big Tony", "place": "Bridge Street"}),
        ("Tony about 45 near the market", {"name": "Tony", "age_band": "45-54", "place": "market"}),
        ("Tony, 40, Bridge Street", {"name": "Tony", "age_band": "35-44", "place": "Bridge Street"}),
        ("big Tony 40", {"name": "big Tony", "age_band": "35-44"}),
        ("40 Bridge Street, Tony", {"name": "Tony", "place": "40 Bridge Street"}),
        ("7700 900123 Jan", {"name": "Jan", "phone": "7700 900123"}),
        ("Tony in his 40s", {"name": "Tony", "age_band": "45-54"}),
        (
            'John \N{LEFT DOUBLE QUOTATION MARK}Gaz" Smith',
            {"name": "John Smith", "nickname": "Gaz"},
        ),
        ("Big Tony (Gaz) aged 52", {"name": "Big Tony", "nickname": "Gaz", "age_band": "45-54"}),
        ("p-abc-2345", {"reference": "P-ABC-2345"}),
        ("MS5T-Y6XV", {"reference": "MS5T-Y6XV"}),
        ("Bob bob@example.org", {"name": "Bob", "email": "bob@example.org"}),
        ("Jon Park 1980", {"name": "Jon Park", "place": "Jon Park", "born_in": 1980}),
        ("O'Brien, 12.03.1985", {"name": "O'Brien", "born": dt.date(1985, 3, 12)}),
        ("محمد علي 1990", {"name": "محمد علي", "born_in": 1990}),
        ("\u202eevil\u0000 1990", {"name": "evil", "born_in": 1990}),
        ("   ", {}),
        ("!!! ???", {}),
    ],
)
def test_what_is_typed_is_read_as_people_write_it(typed: str, sought: dict[str, Any]) -> None:
    assert said(typed) == sought


def test_a_year_of_two_digits_is_the_last_such_year() -> None:
    assert said("Ann Lee 1/2/26")["born"] == dt.date(2026, 2, 1)
    assert said("Ann Lee 1/2/27")["born"] == dt.date(1927, 2, 1)


@given(st.text(max_size=1_000))
def test_whatever_is_typed_is_read_within_the_limits_of_the_api(typed: str) -> None:
    sought = read(typed, TODAY)
    assert msgspec.convert(msgspec.to_builtins(sought), Sought) == sought
    assert len(cleaned(typed)) <= TYPED_MAX
    list(sought.readings(TODAY))
