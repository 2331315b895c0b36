"""People and what goes wrong when they are written down, for the properties of finding: made here, by no code of it."""

import datetime as dt
from typing import Any, Final

from hypothesis import strategies as st

GIVEN: Final = ("Margaret", "Tomasz", "Katarzyna", "Robert", "Vytautas", "Gheorghe", "Mohammed", "Siobhan", "Olga")
FAMILY: Final = (
    "Kowalski",
    "Robertson",
    "Kazlauskas",
    "Ionescu",
    "Fitzgerald",
    "Hernandez",
    "Przybylski",
    "Whitehouse",
)
BORN: Final = st.dates(dt.date(1940, 1, 1), dt.date(2008, 12, 31))

named = st.fixed_dictionaries({"given_name": st.sampled_from(GIVEN), "family_name": st.sampled_from(FAMILY)})
born = st.fixed_dictionaries(
    {"given_name": st.sampled_from(GIVEN), "family_name": st.sampled_from(FAMILY), "born": BORN.map(dt.date.isoformat)}
)
texts = st.one_of(
    st.none(), st.sampled_from((*GIVEN, *FAMILY, "Bob", "Gaz", "O'Brien-Smith", "Łukasz", "J")), st.text()
)
anybody: st.SearchStrategy[dict[str, Any]] = st.fixed_dictionaries(
    {},
    optional={
        "given_name": texts,
        "family_name": texts,
        "nickname": texts,
        "aliases": st.lists(st.tuples(texts, texts, texts), max_size=2),
        "born": st.one_of(BORN.map(dt.date.isoformat), st.integers(1900, 2020).map(str)),
        "age_band": st.sampled_from(("18-24", "25-34", "65-and-over")),
        "sex": st.sampled_from(("female", "male", "not-stated")),
        "phone": st.one_of(st.text(), st.sampled_from(("07700 900123", "+44 7700 900123", "07700 900124"))),
        "email": st.one_of(st.text(), st.just("gaz@example.org")),
        "address": st.one_of(st.text(), st.just("7 High Street, Wisbech PE13 1AA")),
        "where_found": st.one_of(st.text(), st.sampled_from(("Bridge Street", "behind Asda", "benches at the bridge"))),
    },
)


def with_letter_changed(name: str, where: int, letter: str) -> str:
    """One letter typed for another."""
    at = where % len(name)
    return name[:at] + letter + name[at + 1 :]


def with_letters_turned(name: str) -> str:
    """The first two letters typed in the other order."""
    return name[1] + name[0] + name[2:]
