"""A contact sheet as large as years of a real partnership, with the shapes of one. Nobody in it exists.

A month has 45 new people, 200 encounters, 30 green tickets and some warnings and notices, four hub sessions of 18
people of whom half are walk-ins, and 110 referrals that are mostly accepted and worked. Fifteen people make half of the
encounters. 15 % gave no name, 30 % no full date of birth, 25 % speak another language; 10 % of the rows stand two or
more days late in the sheet; bursts fall on operation days. Run it to write a sheet:
`python -m benchmarks.sheet_population 50000 sheet.csv`.
"""

import csv
import datetime as dt
import random
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from application.contact_sheet import COLUMNS
from domain.calendar import LONDON

Row = dict[str, str]

NEW_PEOPLE_A_MONTH: Final = 45
ENCOUNTERS_A_MONTH: Final = 200
SESSIONS_A_MONTH: Final = 4
ATTENDERS: Final = 18
REFERRALS_A_MONTH: Final = 110
REGULARS: Final = 15
DAYS: Final = 28

NO_NAME: Final = 0.15
NO_FULL_DATE_OF_BIRTH: Final = 0.3
SPEAKS_ANOTHER_LANGUAGE: Final = 0.25
BY_REGULARS: Final = 0.5
BEHAVIOUR: Final = 0.7
ON_OPERATION_DAYS: Final = 0.4
ENTERED_LATE: Final = 0.1
DECLINED: Final = 0.25
GREEN: Final = 0.65
CLIMBS: Final = 0.08
ENDS: Final = 0.3

STEPS: Final = ("green", "cpw", "cpn")
LANGUAGES: Final = ("pl", "ro", "lt", "bg", "pt")
NAMES: Final = ("Alder", "Birch", "Cedar", "Elm", "Hazel", "Linden", "Maple", "Oak", "Rowan", "Willow")
NEEDS: Final = (
    ("District council", "housing"),
    ("Health", "gp-registration"),
    ("Department for Work and Pensions", "benefits-and-employment"),
    ("Drug and alcohol support service", "alcohol"),
    ("Town council", "food-and-shower"),
)
OUTCOMES: Final = ("engaged", "behaviour-ceased", "in-treatment", "housed", "moved-away", "lost-contact")


class SheetPopulation:
    """Rows of a sheet, month by month. The same seed gives the same sheet."""

    def __init__(self, seed: int, begins: dt.date = dt.date(2020, 1, 6)) -> None:
        self._drawn = random.Random(seed)  # noqa: S311 - a story, no secret
        self._month = begins
        self._people: list[str] = []
        self._open: dict[str, int] = {}
        """The people with an open episode, and the step they stand on."""
        self._rows: list[tuple[dt.datetime, Row]] = []
        self._count = 0

    def rows(self, count: int) -> Iterator[Row]:
        """So many rows, in the order in which a coordinator typed them: mostly that of what happened."""
        left = count
        while left > 0:
            month = self._next_month()[:left]
            left -= len(month)
            yield from month

    def _next_month(self) -> list[Row]:
        self._rows = []
        for _ in range(self._drawn.randint(NEW_PEOPLE_A_MONTH - 15, NEW_PEOPLE_A_MONTH + 15)):
            self._appears(self._drawn.randrange(DAYS))
        for _ in range(self._drawn.randint(ENCOUNTERS_A_MONTH - 80, ENCOUNTERS_A_MONTH + 80) - NEW_PEOPLE_A_MONTH):
            self._met(self._someone(), self._day())
        for week in range(SESSIONS_A_MONTH):
            self._hub(7 * week + 2)
        for _ in range(self._drawn.randint(REFERRALS_A_MONTH - 40, REFERRALS_A_MONTH + 40)):
            self._referred(self._someone(), self._day())
        self._end_some()
        self._month += dt.timedelta(days=DAYS)
        late = dt.timedelta(days=2)
        entered = [
            (when + (late if self._drawn.random() < ENTERED_LATE else dt.timedelta()), number, row)
            for number, (when, row) in enumerate(self._rows)
        ]
        return [row for _, _, row in sorted(entered, key=lambda one: one[:2])]

    def _appears(self, day: int) -> None:
        person = f"P{len(self._people) + 1:05}"
        self._people.append(person)
        named: Row = {"sex": self._drawn.choice(("male", "male", "female"))}
        if self._drawn.random() < NO_NAME:
            named["alias"] = f"synthetic {self._drawn.choice(NAMES)}"
        else:
            named["given_name"] = f"Synthetic {self._drawn.choice(NAMES)}"
            named["family_name"] = f"{self._drawn.choice(NAMES)}-{len(self._people)}"
        if self._drawn.random() < NO_FULL_DATE_OF_BIRTH:
            named["age_band"] = self._drawn.choice(("25-34", "35-44", "45-54"))
        else:
            named["born"] = (dt.date(1960, 1, 1) + dt.timedelta(days=self._drawn.randrange(365 * 40))).isoformat()
        if self._drawn.random() < SPEAKS_ANOTHER_LANGUAGE:
            named["language"] = self._drawn.choice(LANGUAGES)
        met = self._met(person, day, **named)
        if self._drawn.random() < GREEN:
            self._step(met + dt.timedelta(minutes=10), person, 0)

    def _met(self, person: str, day: int, **columns: str) -> dt.datetime:
        met = self._at(day)
        behaviour = "street-drinking" if columns or self._drawn.random() < BEHAVIOUR else ""
        self._add(
            met,
            "encounter",
            person,
            behaviour=behaviour,
            place="Market Place, by the benches",
            area="E07000010",
            worker=self._officer(),
            note="sat with two others, asked to move on and did",
            **columns,
        )
        rank = self._open.get(person)
        if behaviour and rank is not None and rank + 1 < len(STEPS) and self._drawn.random() < CLIMBS:
            self._step(met + dt.timedelta(minutes=10), person, rank + 1)
        return met

    def _step(self, at: dt.datetime, person: str, rank: int) -> None:
        self._open[person] = rank
        self._count += 1
        columns = {"screen": "none", "authorised_by": "duty sergeant"} if rank else {}
        self._add(
            at,
            "ticket",
            person,
            step=STEPS[rank],
            serial=f"S{self._count:06}",
            area="E07000010",
            worker=self._officer(),
            **columns,
        )

    def _hub(self, day: int) -> None:
        session = (self._month + dt.timedelta(days=day)).isoformat()
        crowd = self._drawn.sample(self._people, min(len(self._people), ATTENDERS))
        for number, person in enumerate(crowd):
            invited = number % 2 == 0
            if invited:
                self._add(self._at(day, 9), "invitation", person, session=session, worker="Hub coordinator")
            attended = "no" if invited and number % 6 == 0 else "yes"
            self._add(
                self._at(day, 11), "attendance", person, session=session, attended=attended, worker="Hub coordinator"
            )

    def _referred(self, person: str, day: int) -> None:
        agency, need = self._drawn.choice(NEEDS)
        sent = self._at(day)
        referral = self._add(sent, "referral", person, agency=agency, need=need, worker="Hub coordinator")
        answers = ["rejected"] if self._drawn.random() < DECLINED else ["accepted", "completed"]
        for days, status in enumerate(answers, start=1):
            reason = {"reason": "no-capacity"} if status == "rejected" else {}
            at = sent + dt.timedelta(hours=3 * days)
            self._add(at, "answer", person, answers=referral, status=status, worker=f"{agency} worker", **reason)

    def _end_some(self) -> None:
        for person in [one for one in self._open if self._drawn.random() < ENDS]:
            del self._open[person]
            outcome = self._drawn.choice(OUTCOMES)
            at = dt.datetime.combine(self._month + dt.timedelta(days=DAYS - 1), dt.time(23), LONDON)
            self._add(at, "outcome", person, outcome=outcome, worker="Hub coordinator")

    def _add(self, at: dt.datetime, kind: str, person: str, **columns: str) -> str:
        self._count += 1
        row_id = f"R{self._count:07}"
        row = {"row_id": row_id, "when": at.isoformat(), "kind": kind, "person": person}
        self._rows.append((at, row | {name: value for name, value in columns.items() if value}))
        return row_id

    def _someone(self) -> str:
        regulars = self._people[:REGULARS]
        return self._drawn.choice(regulars if self._drawn.random() < BY_REGULARS else self._people)

    def _day(self) -> int:
        return (
            self._drawn.choice((3, 10, 17)) if self._drawn.random() < ON_OPERATION_DAYS else self._drawn.randrange(DAYS)
        )

    def _officer(self) -> str:
        return f"PC Synthetic {self._drawn.randrange(6)}"

    def _at(self, day: int, hour: int | None = None) -> dt.datetime:
        hour = self._drawn.randrange(9, 17) if hour is None else hour
        minute, second = self._drawn.randrange(50), self._drawn.randrange(60)
        return dt.datetime.combine(self._month + dt.timedelta(days=day), dt.time(hour, minute, second), LONDON)


def write(path: Path, count: int, seed: int = 1) -> None:
    """Write a sheet of so many rows."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS)
        writer.writeheader()
        writer.writerows(SheetPopulation(seed).rows(count))


if __name__ == "__main__":
    write(Path(sys.argv[2]), int(sys.argv[1]))
