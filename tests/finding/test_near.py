"""Who in a register may be meant: those who share the most are opened first, and more only where none is surely it."""

import asyncio
from collections.abc import Collection, Sequence
from typing import Any, Final, Self

from hypothesis import given

from adapters.person_keys import BlindPersonKeys
from adapters.sealing.codec import JsonCodec
from adapters.sealing.keys import MemoryKeys
from application.finding.comparing import compared
from application.finding.identity import Described, described, opened, saying
from application.finding.near import FURTHER_MAX, OPENED_MAX, fitting
from application.ports import LogId
from application.views.held import BUILD, HeldRows
from application.views.people import PEOPLE, Alias, PersonRow
from domain.ids import PersonId
from tests.finding.people import anybody
from tests.finding.test_pairing import row

LOG: Final = LogId("peterborough/cases")
CODEC: Final = JsonCodec(MemoryKeys())
KEYS: Final = BlindPersonKeys(CODEC, lambda _: b"k" * 32)
MOLLY: Final[dict[str, Any]] = {"given_name": "Molly", "family_name": "Anderson", "born": "1959-11-22"}


class Register(HeldRows):
    """Rows of these people, and how often and of how many was asked."""

    def __init__(self, *people: dict[str, Any]) -> None:
        rows: dict[str, PersonRow] = {}
        having: dict[bytes, set[PersonId]] = {}
        for number, who in enumerate(people):
            person = PersonId(f"p-{number:04}")
            rows[person] = row(person, **who)
            for hashed in KEYS.of(LOG, BUILD, [described(**who)])[0]:
                having.setdefault(hashed, set()).add(person)
        super().__init__({PEOPLE.name: rows}, 1, lambda: having)
        self.limits: list[int] = []

    async def found(
        self, asked: Sequence[Collection[bytes]], limit: int, *, further: bool = False
    ) -> list[list[PersonId]]:
        self.limits.append(limit)
        return await super().found(asked, limit, further=further)

    def reaching(self, *_: object) -> Self:
        return self


def found(register: Register, *asked: Described) -> list[list[str]]:
    fits = asyncio.run(fitting(register, LOG, [(one,) for one in asked], KEYS, CODEC))
    return [[one.row.person for one in sorted(of, key=lambda one: -one.match.weight)] for of in fits]


@given(anybody, anybody)
def test_what_is_not_opened_would_have_said_nothing(one: dict[str, Any], other: dict[str, Any]) -> None:
    aliases = tuple(Alias(given_name=a, family_name=b, nickname=c) for a, b, c in other.get("aliases", ()))
    asked, entry = described(**one), row(PersonId("p-0000"), **other | {"aliases": aliases})
    (whole,) = opened(CODEC, [entry])
    (part,) = opened(CODEC, [entry], saying([asked]))
    assert compared(asked, part) == compared(asked, whole)


def test_only_names_and_what_was_asked_by_are_opened() -> None:
    (part,) = opened(CODEC, [row(PersonId("p-0000"), **MOLLY, phone="07700 900123")], saying([described(born="1959")]))
    assert part == described(**MOLLY, reference="REF-P-0000")


def test_a_search_opens_no_field_that_says_nothing_beside_it() -> None:
    seen: list[object] = []

    class Noting:
        def open_all(self, values: Sequence[object]) -> list[str | None]:
            seen.extend(values)
            return CODEC.open_all(values)

    register = Register(MOLLY | {"phone": "07700 900123", "where_found": "behind Asda"})
    fits = asyncio.run(fitting(register, LOG, [(described(**MOLLY),)], KEYS, Noting()))
    assert fits[0]
    assert MOLLY["born"] in seen
    assert not {"07700 900123", "behind Asda"} & set(seen)


def test_whoever_weighs_too_little_is_not_shown() -> None:
    """They share the beginnings of their names, and nothing that was written."""
    register = Register({"given_name": "Moira", "family_name": "Ancaster", "born": "1990-01-02"})
    asked = described(**MOLLY)
    assert asyncio.run(register.found([KEYS.asked(LOG, BUILD, asked)], 1)) == [["p-0000"]]
    assert found(register, asked) == [[]]


def test_where_somebody_is_surely_the_one_nobody_looks_further() -> None:
    register = Register(MOLLY)
    assert found(register, described(**MOLLY)) == [["p-0000"]]
    assert register.limits == [OPENED_MAX]


def test_where_none_is_surely_the_one_slips_in_the_first_letters_are_thought_of() -> None:
    register = Register(MOLLY)
    assert found(register, described(given_name="Omlly", family_name="Nadersno", born="1959")) == [["p-0000"]]
    assert register.limits == [OPENED_MAX, FURTHER_MAX]


def test_only_the_question_that_is_unsure_is_asked_further() -> None:
    register = Register(MOLLY)
    turned = described(given_name="Omlly", family_name="Nadersno", born="1959")
    assert found(register, described(**MOLLY), turned) == [["p-0000"], ["p-0000"]]


def test_whoever_shares_little_is_opened_where_none_is_surely_the_one() -> None:
    """Of so many who share a name and an initial, the one who is meant is not among the first."""
    others = [{"given_name": "Mollie", "family_name": f"A{two}"} for two in map(_letters, range(OPENED_MAX + 40))]
    register = Register(*others, {"given_name": "Mollie", "family_name": "Anderson"})
    assert found(register, described(given_name="Molly", family_name="Abderson")) == [[f"p-{len(others):04}"]]


def test_whoever_shares_far_less_than_the_first_is_opened_where_none_is_surely_the_one() -> None:
    others = [{"given_name": "Mollie", "family_name": f"A{two}"} for two in map(_letters, range(OPENED_MAX))]
    namesake = {"given_name": "Molly", "family_name": "Abderson", "born": "1984-03-02"}
    register = Register(namesake, *others, {"given_name": "Mollie", "family_name": "Anderson"})
    (people,) = found(register, described(given_name="Molly", family_name="Abderson", born="1959"))
    assert f"p-{len(others) + 1:04}" in people


def test_nobody_is_told_of_twice() -> None:
    register = Register(*({"given_name": "Molly", "family_name": "Anderson"} for _ in range(3)))
    (people,) = found(register, described(given_name="Molly", family_name="Anderson"))
    assert sorted(people) == ["p-0000", "p-0001", "p-0002"]


def _letters(number: int) -> str:
    return chr(97 + number // 26) + chr(97 + number % 26) + "bury"
