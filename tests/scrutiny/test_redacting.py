"""What a panel reads names nobody: what it is not sure of is taken out."""

import datetime as dt
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from application.scrutiny.redacting import NAME, NUMBER, OPENERS, FromDecision, Redactor, cleared
from domain.engagement.episode import TicketIssued
from domain.facts import CATALOGUE, Fact, declared
from domain.governance.partnership import Partnership, partnership
from domain.ids import AgencyId, WorkerId
from tests.golden.shapes import MARKER, example
from tests.scenario import Knowing, run
from tests.scrutiny.examples import SITTING, ticket


@pytest.mark.parametrize(
    ("words", "left"),
    [
        ("He was drinking with Dave Smith on Nene Quay.", f"He was drinking with {NAME} on {NAME}."),
        ("Robin shouted. He left at 22:10.", f"{NAME} shouted. He left at {NUMBER}"),
        ("robin said so; call 07700 900123 or r@example.org", f"{NAME} said so; call {NUMBER} {NUMBER} or {NUMBER}"),
        ("I saw her, and Robin's dog", f"I saw her, and {NAME} dog"),
        ("罗宾 was here", f"{NAME} was here"),
    ],
)
def test_words_are_cleared_of_names_places_and_numbers(words: str, left: str) -> None:
    assert cleared(words, ["Robin Marsh"]) == left


@given(st.text(max_size=200))
def test_nothing_with_a_capital_or_a_digit_is_left(words: str) -> None:
    left = cleared(words, ["Ada"]).replace(NAME, "").replace(NUMBER, "")
    assert not any(one.isdigit() for one in left)
    for word in re.findall(r"[^\W\d_]+", left):
        assert word.casefold() in OPENERS or word in {"I", "i"} or word == word.lower()
    assert "ada" not in [one.casefold() for one in re.findall(r"[^\W\d_]+", left)]


@pytest.mark.parametrize("kind", sorted(CATALOGUE))
def test_of_no_fact_is_anything_shown_that_is_personal_or_an_id(kind: tuple[str, int]) -> None:
    cls: type[Fact] = CATALOGUE[kind]
    fact = example(cls)
    shown = Redactor(Partnership(), dt.date(2026, 3, 2)).fields(fact, ())
    assert MARKER not in repr(shown)
    assert not set(shown) & set(declared(cls).personal)
    named = set(declared(cls).ids) & set(shown)
    for name in named:
        values = shown[name] if isinstance(shown[name], list) else [shown[name]]
        assert all(one == "agency" or re.fullmatch(r"worker \d+", one) for one in values), (name, shown[name])


def test_workers_become_roles_and_the_same_one_has_the_same_number() -> None:
    known = run(Knowing(SITTING.facts)(partnership()))
    redactor = Redactor(known, dt.date(2026, 5, 10))
    assert redactor.worker(WorkerId("officer")) == "constable 1"
    assert redactor.worker(WorkerId("sergeant")) == "supervisor 2"
    assert redactor.worker(WorkerId("officer")) == "constable 1"
    assert redactor.agency(AgencyId("police")) == "police"
    shown = redactor.fields(ticket(1), ())
    assert shown["officer"] == "constable 1"
    assert shown["step"] == "green"
    assert not {"person", "ticket", "episode", "serial", "ladder", "operation"} & set(shown)
    lapses = TicketIssued(
        **{one: getattr(ticket(1), one) for one in TicketIssued.__struct_fields__} | {"lapses_on": dt.date(2026, 5, 20)}
    )
    assert redactor.fields(lapses, ())["lapses_on"] == FromDecision(10)
