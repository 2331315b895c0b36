"""What is known of people who do not exist: the entries of a register, and questions to it.

`small` reads the register that lies beside this module, which `python -m benchmarks.register` made: synthetic, and with
no number or address that anybody has. Larger ones are made when they are wanted (`benchmarks.register`).
"""

import csv
from collections.abc import Iterable
from pathlib import Path
from typing import Final, Literal

import msgspec

from application.finding.identity import Described, described
from domain.codes import AgeBand

SMALL: Final = Path(__file__).with_name("small_register")
PEOPLE: Final = "people.csv"
QUESTIONS: Final = "questions.csv"


class Entry(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What is known of a human, or typed by who looks for one: `by` says what such a question holds.

    Whatever is not known is empty. `human` says who it is, which nobody who looks is told.
    """

    human: int
    given_name: str
    family_name: str
    nickname: str
    alias_family: str
    born: str
    age_band: AgeBand | Literal[""]
    sex: str
    phone: str
    address: str
    where_found: str
    by: str = ""

    @property
    def described(self) -> Described:
        """As it is compared."""
        return described(
            given_name=self.given_name,
            family_name=self.family_name,
            nickname=self.nickname,
            aliases=[(self.given_name, self.alias_family, None)] if self.alias_family else [],
            born=self.born,
            age_band=self.age_band,
            sex=self.sex,
            phone=self.phone,
            address=self.address,
            where_found=self.where_found,
        )


def small() -> tuple[list[Entry], list[Entry]]:
    """The people of the small register, and the questions to it."""
    return read(SMALL / PEOPLE), read(SMALL / QUESTIONS)


def read(path: Path) -> list[Entry]:
    """The entries of a file."""
    with path.open(encoding="utf-8", newline="") as file:
        return [msgspec.convert(row, Entry, strict=False) for row in csv.DictReader(file)]


def write(path: Path, entries: Iterable[Entry]) -> None:
    """A file of entries."""
    with path.open("w", encoding="utf-8", newline="") as file:
        rows = csv.DictWriter(file, Entry.__struct_fields__, lineterminator="\n")
        rows.writeheader()
        rows.writerows(msgspec.structs.asdict(one) for one in entries)
