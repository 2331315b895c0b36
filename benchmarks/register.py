"""Registers of people who do not exist, and what somebody types who looks for one of them.

Names come from Faker's lists (MIT), errors from gecko (MIT), a generator of realistic data for record linkage: nothing
of how people are found here makes either. The shapes are those of a real register: 15 % unnamed, 30 % without a date of
birth, 40 % without a telephone, 5 % entered twice; households, people who go by another name, and different people of
one common name and one birthday. Needs the dependency group `finding`.

`python -m benchmarks.register` makes the small register anew that tests and quick runs use.
"""

import datetime as dt
import warnings
from collections.abc import Sequence
from functools import partial
from typing import Any, Final

import numpy as np
import pandas as pd
from anyascii import anyascii
from faker import Faker
from gecko import mutator
from gecko._typedefs import GeckoWarning

from benchmarks.entries import PEOPLE, QUESTIONS, SMALL, Entry, write

SHARES: Final = {"en_GB": 0.66, "pl_PL": 0.1, "lt_LT": 0.06, "ro_RO": 0.08, "pt_PT": 0.04, "bg_BG": 0.03, "uk_UA": 0.03}
"""Whose names people have."""
POOL: Final = 600
SECOND_FAMILIES: Final = 4_000
UNNAMED: Final = 0.15
UNKNOWN_BIRTH: Final = 0.3
NO_PHONE: Final = 0.4
TWICE: Final = 0.05
IN_HOUSEHOLDS: Final = 0.15
LEAST_ROWS: Final = 10_000
"""Of fewer, gecko finds none that its rarest errors could happen to, and stops."""
SMALL_PEOPLE: Final = 2_000
SMALL_QUESTIONS: Final = 600
SMALL_SEED: Final = 3
NAMESAKES: Final = 0.001
"""People who share a common name and a birthday with another: two for each thousand."""
COLUMNS: Final = (
    "given_name",
    "family_name",
    "nickname",
    "alias_family",
    "born",
    "age_band",
    "sex",
    "phone",
    "address",
    "where_found",
)
LANDMARKS: Final = (
    "Asda",
    "Tesco",
    "Aldi",
    "library",
    "bus station",
    "cathedral",
    "market",
    "subway",
    "car park",
    "river",
)
NICKNAMES: Final = tuple(
    """
    Big Smiler Ginger Shorty Doc Scouse Geordie Jock Taff Lofty Ziggy Blue Badger Spud Sparky Red Biscuit Mouse Moose
    Rocky Duke Chalky Dusty Nobby Tiny Curly Bear Fish Rabbit Wolf Ace Cookie Pebbles Bones Razor Tinker Diamond Hammer
    """.split()  # noqa: SIM905 - a list of so many would not be read
)
HEARD: Final = pd.DataFrame(
    [
        ("ph", "f", ""),
        ("f", "ph", "^"),
        ("ck", "k", ""),
        ("c", "k", "^"),
        ("k", "c", "^"),
        ("ie", "y", "$"),
        ("y", "ie", "$"),
        ("i", "y", "_"),
        ("y", "i", "_"),
        ("ee", "ea", ""),
        ("ea", "ee", ""),
        ("ll", "l", ""),
        ("l", "ll", "_"),
        ("nn", "n", ""),
        ("tt", "t", ""),
        ("ss", "s", ""),
        ("th", "t", ""),
        ("sz", "sh", ""),
        ("cz", "ch", ""),
        ("w", "v", ""),
        ("v", "w", ""),
        ("ski", "sky", "$"),
        ("j", "y", "^"),
        ("ei", "ey", ""),
        ("ai", "ay", ""),
        ("oo", "u", ""),
        ("x", "ks", "_"),
        ("mc", "mac", "^"),
        ("son", "sen", "$"),
        ("au", "aw", ""),
        ("s", "z", "_"),
        ("z", "s", ""),
        ("d", "t", "$"),
    ],
    columns=["from", "to", "where"],
)
"""What is written for another that sounds alike: at the beginning (^), the end ($) or between (_)."""
MISREAD: Final = pd.DataFrame(
    [
        ("rn", "m"),
        ("m", "rn"),
        ("cl", "d"),
        ("l", "i"),
        ("i", "l"),
        ("u", "v"),
        ("n", "u"),
        ("e", "c"),
        ("a", "o"),
        ("h", "b"),
    ],
    columns=["from", "to"],
)
"""What is read for another off a scanned or handwritten sheet."""
MISREAD_DIGITS: Final = pd.DataFrame(
    [("1", "7"), ("7", "1"), ("3", "8"), ("8", "3"), ("5", "6"), ("6", "0"), ("0", "6"), ("4", "9"), ("9", "4")],
    columns=["from", "to"],
)
KEYBOARD: Final = {
    one: row[max(at - 1, 0)] for row in ("qwertyuiop", "asdfghjkl", "zxcvbnm") for at, one in enumerate(row)
}
MISTYPED: Final = pd.DataFrame(
    [(one, other) for one, other in KEYBOARD.items() if one != other], columns=["from", "to"]
)


def _zipf(size: int, drawn: np.random.Generator, count: int) -> Any:  # noqa: ANN401 - an array of places
    weights = 1 / (np.arange(size) + 8.0)
    return drawn.choice(size, count, p=weights / weights.sum())


class Names:
    """The names of one language, the commonest first as far as is known."""

    def __init__(self, locale: str) -> None:
        fake = Faker(locale, use_weighting=False)
        fake.seed_instance(1)

        def pool(*asked: str) -> list[str]:
            found = dict.fromkeys(getattr(fake, name)() for _ in range(POOL * 4) for name in asked)
            return [name for name in found if " " not in name][:POOL]

        self.female = pool("first_name_female")
        self.male = pool("first_name_male")
        self.family_female = pool("last_name_female")
        self.family_male = pool("last_name_male")


def humans(count: int, seed: int) -> pd.DataFrame:
    """So many different humans: one row each, with everything that could ever be known of them."""
    drawn = np.random.default_rng(seed)
    locales = drawn.choice(list(SHARES), count, p=list(SHARES.values()))
    female = drawn.random(count) < 0.3  # noqa: PLR2004 - most who are met on the street are men
    given = np.empty(count, dtype=object)
    family = np.empty(count, dtype=object)
    for locale in SHARES:
        names = Names(locale)
        for of_women, givens, families in (
            (True, names.female, names.family_female),
            (False, names.male, names.family_male),
        ):
            chosen = np.flatnonzero((locales == locale) & (female == of_women))
            given[chosen] = np.array(givens, dtype=object)[_zipf(len(givens), drawn, len(chosen))]
            family[chosen] = np.array(families, dtype=object)[_zipf(len(families), drawn, len(chosen))]
    streets = Faker("en_GB")
    streets.seed_instance(2)
    roads = sorted({streets.street_name() for _ in range(3_000)})
    made = np.array(
        [
            f"{streets.word().title()}{end}"
            for end in ("son", "ley", "ton", "field", "wood", "man", "er", "by")
            for _ in range(SECOND_FAMILIES // 8)
        ],
        dtype=object,
    )
    rare = (locales == "en_GB") & (drawn.random(count) < 0.35)  # noqa: PLR2004 - a third of all have a rare family name
    family[rare] = made[drawn.integers(0, len(made), int(rare.sum()))]
    days = drawn.integers(0, 55 * 365, count)
    born = pd.Series(pd.Timestamp("1953-01-01") + pd.to_timedelta(days, "D")).dt.strftime("%Y-%m-%d")
    homes = max(count // 2, 1)
    home = drawn.integers(0, homes, count)
    # No telephone number of the United Kingdom begins with 06.
    found = pd.DataFrame(
        {
            "human": np.arange(count),
            "given_name": given,
            "family_name": family,
            "nickname": np.array(NICKNAMES, dtype=object)[drawn.integers(0, len(NICKNAMES), count)],
            "alias_family": family[drawn.permutation(count)],
            "born": born,
            "sex": np.where(female, "female", "male"),
            "phone": [f"06{number:09d}" for number in drawn.integers(300_000_000, 999_999_999, count)],
            "home": home,
        }
    )
    # Some households share a family name and a home; the commonest names and birthdays are shared by namesakes.
    shared = drawn.random(count) < IN_HOUSEHOLDS
    shared[0] = False
    for column in ("family_name", "home"):
        found.loc[shared, column] = found[column].to_numpy()[np.flatnonzero(shared) - 1]
    namesakes = np.flatnonzero(drawn.random(count) < NAMESAKES)
    namesakes = namesakes[namesakes > 0]
    for column in ("given_name", "family_name", "born", "sex"):
        found.loc[namesakes, column] = found.loc[namesakes - 1, column].to_numpy()
    home = found["home"].astype(int).to_numpy()
    postcodes = [
        f"PE{1 + one % 38} {one // 38 % 9 + 1}{chr(65 + one // 342 % 20)}{chr(65 + one // 6840 % 20)}"
        for one in home // 12
    ]
    found["address"] = [
        f"{1 + one % 90} {roads[one // 12 % len(roads)]}, {code}" for one, code in zip(home, postcodes, strict=True)
    ]
    where = drawn.integers(0, len(roads), count)
    marks = drawn.integers(0, len(LANDMARKS), count)
    found["where_found"] = [
        f"{roads[road]}, by the {LANDMARKS[mark]}" if road % 3 else f"behind {LANDMARKS[mark]} in {roads[road]}"
        for road, mark in zip(where, marks, strict=True)
    ]
    years = 2026 - found["born"].str[:4].astype(int)
    bands = ["under-16", "16-17", "18-24", "25-34", "35-44", "45-54", "55-64", "65-and-over"]
    found["age_band"] = [bands[place] for place in np.searchsorted([16, 18, 25, 35, 45, 55, 65], years, side="right")]
    return found.drop(columns="home")


def recorded(people: pd.DataFrame, seed: int) -> pd.DataFrame:
    """As a register knows them: with what nobody asked or was told left out, and names in Latin letters mostly."""
    drawn = np.random.default_rng(seed)
    known = people.copy()
    count = len(known)
    everybody = np.ones(count, dtype=bool)

    def forget(column: str, share: float, of: Any = everybody) -> None:  # noqa: ANN401 - a mask
        known.loc[(drawn.random(count) < share) & of, column] = ""

    unnamed = drawn.random(count) < UNNAMED
    known.loc[unnamed, ["given_name", "family_name", "alias_family"]] = ""
    forget("nickname", 0.25, unnamed)
    forget("nickname", 0.75, ~unnamed)
    forget("alias_family", 0.9)
    forget("born", UNKNOWN_BIRTH, ~unnamed)
    forget("born", 0.95, unnamed)
    forget("phone", NO_PHONE)
    forget("address", 0.5)
    forget("where_found", 0.4, ~unnamed)
    forget("sex", 0.1)
    forget("age_band", 0.2)
    foreign = drawn.random(count) < 0.8  # noqa: PLR2004 - officers write in Latin letters, mostly without accents
    for column in ("given_name", "family_name", "alias_family"):
        known.loc[foreign, column] = known.loc[foreign, column].map(anyascii)
    return known


def with_errors(known: pd.DataFrame, seed: int, share: float) -> pd.DataFrame:
    """The same people written down again, this share of their names and half as many of the rest wrongly."""
    drawn = partial(np.random.default_rng, seed)
    text = [
        (0.28, mutator.with_replacement_table(MISTYPED, "from", "to", inline=True, rng=drawn())),
        (0.12, mutator.with_transpose(rng=drawn())),
        (0.14, mutator.with_delete(rng=drawn())),
        (0.1, mutator.with_insert("abcdefghijklmnopqrstuvwxyz", rng=drawn())),
        (0.3, mutator.with_phonetic_replacement_table(HEARD, "from", "to", "where", rng=drawn())),
        (0.06, mutator.with_replacement_table(MISREAD, "from", "to", inline=True, rng=drawn())),
    ]
    digits = [
        (0.6, mutator.with_replacement_table(MISREAD_DIGITS, "from", "to", inline=True, rng=drawn())),
        (0.4, mutator.with_transpose(rng=drawn())),
    ]
    mutators = [
        ("given_name", (share, mutator.with_group(text, rng=drawn()))),
        ("family_name", (share, mutator.with_group(text, rng=drawn()))),
        ("nickname", (share / 2, mutator.with_group(text, rng=drawn()))),
        ("phone", (share / 4, mutator.with_group(digits, rng=drawn()))),
        (("given_name", "family_name"), (0.04, mutator.with_permute(rng=drawn()))),
    ]
    enough = known.iloc[np.arange(max(len(known), LEAST_ROWS)) % len(known)].reset_index(drop=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", GeckoWarning)  # what has none of the letters stays as it is
        changed = mutator.mutate_data_frame(enough, mutators).iloc[: len(known)].copy()
    for column in ("given_name", "family_name", "nickname", "phone"):
        changed.loc[enough[column].iloc[: len(known)].to_numpy() == "", column] = ""  # no slip makes a name of nothing
    changed["born"] = _births(changed["born"].tolist(), share / 2, drawn())
    return changed


def later(people: pd.DataFrame, seed: int) -> pd.DataFrame:
    """The same people some time afterwards: with other telephones and addresses, seen elsewhere."""
    drawn = np.random.default_rng(seed)
    moved = people.copy()
    for column, share in (("phone", 0.35), ("address", 0.45), ("where_found", 0.6), ("nickname", 0.15)):
        changed = drawn.random(len(people)) < share
        moved.loc[changed, column] = people[column].to_numpy()[drawn.permutation(len(people))][changed]
    return moved


def _births(born: Sequence[str], share: float, drawn: np.random.Generator) -> list[str]:
    """Dates as they are misremembered: day and month swapped, a digit wrong, a year or some days off."""
    found = []
    for one, wrong, kind, by in zip(
        born, drawn.random(len(born)), drawn.random(len(born)), drawn.integers(1, 3, len(born)), strict=True
    ):
        found.append(_misremembered(one, kind, int(by)) if one and wrong < share else one)
    return found


def _misremembered(born: str, kind: float, by: int) -> str:
    day = dt.date.fromisoformat(born)
    if kind < 0.35 and day.day <= 12:  # noqa: PLR2004 - as the comments in the names say
        return day.replace(month=day.day, day=day.month).isoformat()
    if kind < 0.6:  # noqa: PLR2004
        return (day + dt.timedelta(days=by if kind < 0.5 else 10 * by)).isoformat()  # noqa: PLR2004
    if kind < 0.8 and day.day < 29:  # noqa: PLR2004
        return day.replace(year=day.year + (by if kind < 0.7 else -10)).isoformat()  # noqa: PLR2004
    return (day - dt.timedelta(days=31 * by)).isoformat()


def register(count: int, seed: int) -> pd.DataFrame:
    """A register of so many entries, 5 % of them of somebody who is in it already; `human` says who each is."""
    once = count - int(count * TWICE)
    people = humans(once, seed)
    twice = people.sample(count - once, random_state=seed)
    again = with_errors(recorded(later(twice, seed + 4), seed + 1), seed + 2, 0.35)
    return pd.concat([recorded(people, seed + 3), again], ignore_index=True)


def questions(known: pd.DataFrame, count: int, seed: int) -> pd.DataFrame:
    """What is typed by those who look for somebody: written anew with errors, and no more than is at hand.

    Whoever has a name is asked for by it, with a date or year of birth, a telephone, a postcode or a place as far as
    these are known; whoever has none, by nickname and place. `by` says what the question holds.
    """
    drawn = np.random.default_rng(seed)
    asked = known[(known["given_name"] != "") | ((known["nickname"] != "") & (known["where_found"] != ""))]
    asked = with_errors(asked.sample(min(count, len(asked)), random_state=seed), seed + 1, 0.2)
    count = len(asked)
    named = (asked["given_name"] != "").to_numpy()
    by = np.where(named, "name", "nickname")
    luck = drawn.random(count)
    has_born = (asked["born"] != "").to_numpy() & named
    year_only = has_born & (luck < 0.12)  # noqa: PLR2004
    asked.loc[year_only, "born"] = asked.loc[year_only, "born"].str[:4]
    for column, share, at_least in (
        ("phone", 0.12, ~has_born),
        ("address", 0.1, ~has_born),
        ("where_found", 0.2, ~has_born),
    ):
        keep = (drawn.random(count) < share) | (at_least & (drawn.random(count) < 0.5))  # noqa: PLR2004
        asked.loc[~keep & named, column] = ""
    asked.loc[~named, ["phone", "address", "born"]] = ""
    for column in ("alias_family", "age_band"):
        asked[column] = ""
    asked.loc[drawn.random(count) < 0.5, "sex"] = ""  # noqa: PLR2004
    asked.loc[named & (drawn.random(count) < 0.8), "nickname"] = ""  # noqa: PLR2004
    partly = named & has_born & ~year_only & (drawn.random(count) < 0.08)  # noqa: PLR2004
    asked.loc[partly, "family_name"] = ""
    by = np.where(has_born, np.where(year_only, "name and year", "name and date"), by)
    more = (asked[["phone", "address", "where_found"]] != "").any(axis=1).to_numpy()
    asked["by"] = np.where(named & ~has_born & more, "name and contact or place", by)
    return asked


def entries(people: pd.DataFrame) -> list[Entry]:
    """The rows of a register or of questions to one."""
    names = [name for name in Entry.__struct_fields__ if name in people.columns]
    return [Entry(**row) for row in people[names].to_dict("records")]


def main() -> None:
    """Write the small register and the questions to it."""
    known = register(SMALL_PEOPLE, SMALL_SEED)
    SMALL.mkdir(exist_ok=True)
    write(SMALL / PEOPLE, entries(known))
    write(SMALL / QUESTIONS, entries(questions(known, SMALL_QUESTIONS, SMALL_SEED + 1)))


if __name__ == "__main__":
    main()
