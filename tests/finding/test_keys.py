"""Compound keys: a human described with one mistake is still found, and no key rests on one thing alone."""

import datetime as dt
import string
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from application.finding.asking import Sought
from application.finding.comparing import given_level
from application.finding.identity import Described, described
from application.finding.keys import BEGINNING, ENDING, GIVEN_ONCE, KINDS, NO_NAME, further_keys_of, keys_of
from application.finding.spelling import sound, spelt
from tests.finding.people import anybody, born, named, with_letter_changed, with_letters_turned

DOCUMENTED = Path(__file__).parents[2] / "docs" / "security-and-law.md"


def shared(asked: Described, entry: Described) -> set[str]:
    """The kinds of keys by which a question finds an entry."""
    return {kind for kind, _ in set(keys_of(asked, asking=True)) & set(keys_of(entry))}


@given(anybody)
def test_whoever_is_in_the_register_is_found_by_each_of_their_own_keys(who: dict[str, Any]) -> None:
    entry = described(**who)
    assert set(keys_of(entry)) <= set(keys_of(entry, asking=True))


@given(born, st.sampled_from(("given_name", "family_name")), st.integers(0), st.sampled_from(string.ascii_lowercase))
def test_one_mistyped_letter_still_finds(who: dict[str, Any], part: str, where: int, letter: str) -> None:
    typed = who | {part: with_letter_changed(who[part], where, letter)}
    assert shared(described(**typed), described(**who))


@pytest.mark.parametrize(("kind", "first", "last"), [("beginnings", BEGINNING, 0), ("endings", 0, ENDING)])
@given(who=named, where=st.integers(0), other=st.integers(0), letter=st.sampled_from(string.ascii_lowercase))
def test_a_letter_mistyped_in_both_names_past_their_beginning_or_before_their_end_finds_without_a_date_of_birth(
    kind: str, first: int, last: int, who: dict[str, Any], where: int, other: int, letter: str
) -> None:
    typed: dict[str, Any] = {}
    for part, at in (("given_name", where), ("family_name", other)):
        changeable = len(who[part]) - first - last
        typed[part] = with_letter_changed(who[part], first + at % changeable, letter)
    assert kind in shared(described(**typed), described(**who))


@given(named, st.integers(1), st.integers(1), st.sampled_from(string.ascii_lowercase))
def test_two_mistyped_names_that_begin_and_end_alike_find(
    who: dict[str, Any], where: int, other: int, letter: str
) -> None:
    typed: dict[str, Any] = {
        "given_name": with_letter_changed(who["given_name"], where, letter),
        "family_name": with_letter_changed(who["family_name"], other, letter),
    }
    for part, name in typed.items():
        assume(spelt(name)[-2:] == spelt(who[part])[-2:])
        assume(sound(spelt(name))[0] == sound(spelt(who[part]))[0])
    assert "outsides" in shared(described(**typed), described(**who))


def shared_further(asked: Described, entry: Described) -> set[str]:
    return {kind for kind, _ in set(further_keys_of(asked)) & set(keys_of(entry))}


@given(named)
def test_whoever_looks_further_finds_names_whose_first_two_letters_were_turned(who: dict[str, Any]) -> None:
    entry = described(**who)
    typed: dict[str, Any] = {part: with_letters_turned(name) for part, name in who.items()}
    assert "names-spelt" in shared_further(described(**typed), entry)
    assert "names-spelt" in shared_further(described(**who | {"given_name": typed["given_name"]}), entry)


@given(born, st.integers(1, 12), st.integers(1), st.integers(1), st.sampled_from(string.ascii_lowercase))
def test_whoever_looks_further_finds_two_mistyped_names_by_the_year_of_birth(
    who: dict[str, Any], month: int, where: int, other: int, letter: str
) -> None:
    year = who["born"][:4]
    typed: dict[str, Any] = {
        "given_name": with_letter_changed(who["given_name"], where, letter),
        "family_name": with_letter_changed(who["family_name"], other, letter),
    }
    assume(all(sound(spelt(name))[0] == sound(spelt(who[part]))[0] for part, name in typed.items()))
    for said in (year, f"{year}-{month:02}-17"):
        assert "initials-and-month" in shared_further(described(**typed, born=said), described(**who))


@given(born, st.sampled_from(("given_name", "family_name")))
def test_whoever_looks_further_finds_by_the_date_of_birth_a_name_without_its_first_letter(
    who: dict[str, Any], part: str
) -> None:
    typed: dict[str, Any] = {part: who[part][1:], "born": who["born"]}
    assert "born-and-initial" in shared_further(described(**typed), described(**who))


@given(anybody)
def test_whoever_looks_further_asks_for_nothing_that_rests_on_one_thing(who: dict[str, Any]) -> None:
    asked = set(further_keys_of(described(**who)))
    assert all(len(parts) > 1 for _, parts in asked)
    assert {kind for kind, _ in asked} <= {kind.name for kind in KINDS}


@given(named)
def test_names_in_the_other_order_find(who: dict[str, Any]) -> None:
    swapped = described(given_name=who["family_name"], family_name=who["given_name"])
    assert {"names-spelt", "names-sound"} <= shared(swapped, described(**who))


@given(born)
def test_a_day_swapped_with_the_month_finds(who: dict[str, Any]) -> None:
    date = dt.date.fromisoformat(who["born"])
    assume(date.day <= 12)
    swapped = who | {"born": date.replace(month=date.day, day=date.month).isoformat()}
    assert {"name-and-day", "born-and-initial"} <= shared(described(**swapped), described(**who))


@given(born, st.sampled_from(("given_name", "family_name", "born")))
def test_what_is_missing_hides_nobody(who: dict[str, Any], missing: str) -> None:
    assert shared(described(**who | {missing: None}), described(**who))


@given(born, st.dates(dt.date(1940, 1, 1), dt.date(2008, 12, 31)))
def test_a_wrong_date_of_birth_hides_nobody_whose_names_are_known(who: dict[str, Any], wrong: dt.date) -> None:
    assert shared(described(**who | {"born": wrong.isoformat()}), described(**who))


@pytest.mark.parametrize(
    ("typed", "registered"),
    [
        (("Lukasz", "Walesa"), ("Łukasz", "Wałęsa")),
        (("Ahmed", "Hassan"), ("أحمد", "حسن")),
        (("Ibrahim", "Ali"), ("إبراهيم", "علي")),
        (("Aleksandr", "Shchepanskiy"), ("Александр", "Щепанский")),
        (("Piotr", "Kovalsky"), ("Piotr", "Kowalski")),
        (("Tomas", "Szczepanski"), ("Tomasz", "Shchepansky")),
        (("Rasa", "Zhukauskaite"), ("Rasa", "Žukauskaitė")),
        (("Gheorghe", "Yonescu"), ("George", "Ionescu")),
        (("Sean", "Obrien"), ("Shaun", "O\u2019Brien")),
        (("Cathrine", "Smyth"), ("Katherine", "Smith")),
    ],
)
def test_another_spelling_of_the_same_sound_finds(typed: tuple[str, str], registered: tuple[str, str]) -> None:
    one = described(given_name=typed[0], family_name=typed[1])
    other = described(given_name=registered[0], family_name=registered[1])
    assert "names-sound" in shared(one, other)


@pytest.mark.parametrize(
    ("short", "long"),
    [("Antek", "Antoni"), ("Sasha", "Олександр"), ("Dai", "Dafydd"), ("Reece", "Rhys"), ("Paul", "Paweł")],
)
def test_a_name_is_found_by_what_it_is_called_in_another_language(short: str, long: str) -> None:
    one, other = described(given_name=short, family_name="Nowak"), described(given_name=long, family_name="Nowak")
    assert "names-sound" in shared(one, other)
    assert given_level(one.namings[0].given, other.namings[0].given) == "given-diminutive"


def test_a_diminutive_finds() -> None:
    bob = described(given_name="Bob", family_name="Robertson")
    assert "names-sound" in shared(bob, described(given_name="Robert", family_name="Robertson"))
    assert "names-sound" in shared(described(given_name="Robert", family_name="Robertson"), bob)


def test_people_without_a_name_are_found_by_nickname_and_place_or_by_age_and_place() -> None:
    tony = described(nickname="Big Tony", where_found="Bridge Street, by the benches", age_band="45-54")
    assert "called-and-place" in shared(described(nickname="Tony", where_found="bridge st"), tony)
    nameless = described(where_found="benches behind Asda", age_band="45-54")
    asked = described(where_found="asda", age_band="45-54")
    assert "unnamed-at-place" in shared(asked, nameless)
    gaz = described(nickname="Gaz", where_found="behind Asda")
    assert "place-and-initial" in shared(asked, gaz), "who was told a name meanwhile is found, too"


def test_an_age_beside_one_name_finds_whoever_was_born_in_those_years() -> None:
    (asked,) = Sought(given_name="Antek", age_band="35-44").readings(dt.date(2026, 11, 22))
    for birth, found in (("1981-11-23", True), ("1991", True), ("1993", False), ("", False)):
        entry = described(given_name="Antek", family_name="Nowak", born=birth, age_band="35-44")
        assert bool(shared(asked, entry)) == found, birth


def test_a_date_of_birth_a_postcode_or_a_number_alone_is_enough_to_ask_by() -> None:
    who = described(
        given_name="Anna",
        family_name="Nowak",
        born="1984-02-29",
        phone="+44 7700 900123",
        address="1 Cross Keys, PE1 1AA",
    )
    assert "born-and-initial" in shared(described(born="1984-02-29"), who)
    assert "postcode-and-initial" in shared(described(address="pe11aa"), who)
    assert "phone" in shared(described(phone="07700900123"), who)


@pytest.mark.parametrize(
    "alone", [{"family_name": "Smith"}, {"nickname": "Gaz"}, {"where_found": "Asda"}, {"born": "1984"}]
)
def test_one_common_thing_alone_is_no_key(alone: dict[str, Any]) -> None:
    assert not set(keys_of(described(**alone), asking=True))


def test_each_kind_rests_on_two_things_or_on_what_is_given_to_one_human() -> None:
    assert {kind.name for kind in KINDS if len(kind.of) < 2} == GIVEN_ONCE


@given(anybody)
def test_a_key_rests_on_all_the_things_its_kind_names(who: dict[str, Any]) -> None:
    """Whatever is taken away from a description takes away the keys that rest upon it."""
    fields = {
        "name": ("given_name", "family_name", "nickname", "aliases"),
        "born": ("born",),
        "place": ("where_found",),
        "postcode": ("address",),
        "phone": ("phone",),
        "email": ("email",),
        "age-band": ("age_band",),
    }
    resting = {kind.name: kind.of for kind in KINDS}
    for thing, gone in fields.items():
        left = described(**{name: value for name, value in who.items() if name not in gone})
        still = {kind for kind, parts in keys_of(left) if thing in resting[kind] and NO_NAME not in parts}
        assert not still


@given(anybody)
def test_every_key_has_two_parts_and_none_of_them_is_empty(who: dict[str, Any]) -> None:
    for _, parts in keys_of(described(**who), asking=True):
        assert len(parts) > 1
        assert all(parts)


def test_what_each_kind_gives_away_is_documented() -> None:
    text = DOCUMENTED.read_text(encoding="utf-8")
    for kind in KINDS:
        assert f"| `{kind.name}` | {kind.finds} | {kind.tells} |" in text


@given(st.text(max_size=40))
def test_what_is_spelt_stays_as_it_is(text: str) -> None:
    once = spelt(text)
    assert spelt(once) == once
    assert set(once) <= set(string.ascii_lowercase + string.digits + " ")


@pytest.mark.parametrize("name", ["José", "JOSE\u0301", "  jose ", "Jo'sé", "\uff2a\uff2f\uff33\uff25"])
def test_one_name_has_many_writings(name: str) -> None:
    """Case, accents, punctuation, width and spacing make no difference."""
    assert spelt(name) == "jose"


@given(st.text(string.ascii_lowercase + string.digits, min_size=1, max_size=30))
def test_every_name_sounds_like_something(name: str) -> None:
    assert sound(name)
