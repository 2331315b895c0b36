"""Contact sheets for the published cases: the counts, places, ladders and steps are as published, the people synthetic.

The sources name nobody. Every person here is made up from a seeded generator and says so in the family name. A cohort's
sheet keeps every guard, so it is imported without overrides.
"""

import datetime as dt
import random
from importlib.resources import files
from typing import Final

import msgspec

from domain.calendar import LONDON
from domain.ids import LadderId, PartnershipId

Row = dict[str, str]


class Period(msgspec.Struct, frozen=True):
    """The days of a cohort, both inclusive. Where the source gives no exact dates they are ours."""

    from_date: dt.date
    to_date: dt.date


class Instruments(msgspec.Struct, frozen=True):
    cpw: int = 0
    cpn: int = 0


class Figures(msgspec.Struct, frozen=True):
    """What a source published of a cohort; None where it does not say."""

    people_invited: int | None = None
    people_with_positive_result: int | None = None
    tickets_issued_total: int | None = None
    tickets_issued: dict[str, int] | None = None
    instruments_issued: Instruments | None = None
    cbo_in_process: int | None = None
    cbo_granted: int | None = None
    cbo_years: int | None = None


class Cohort(msgspec.Struct, frozen=True):
    """A published cohort of Operation Luscombe."""

    cohort: str
    partnership: PartnershipId
    area: str
    ladder: LadderId
    published: Figures
    source: str


PERIODS: Final = {
    "wisbech-one-quarter": Period(dt.date(2022, 10, 1), dt.date(2022, 12, 31)),
    "city-of-london-autumn-2021": Period(dt.date(2021, 9, 1), dt.date(2021, 10, 4)),
    "city-of-london-2024": Period(dt.date(2024, 4, 1), dt.date(2024, 9, 30)),
    "public-benches": Period(dt.date(2024, 5, 1), dt.date(2024, 8, 31)),
}
"""The days that the sheets cover: as published for London 2021, else ours within what is published."""

_GIVEN: Final = (
    "Ada",
    "Bo",
    "Cass",
    "Dana",
    "Eli",
    "Fern",
    "Gale",
    "Hari",
    "Ines",
    "Jude",
    "Kit",
    "Lior",
    "Mika",
    "Nour",
)
_LANGUAGES: Final = ("en", "en", "en", "lt", "pl", "ro")


def cohorts() -> tuple[Cohort, ...]:
    """The published cohorts."""
    text = files(__package__).joinpath("luscombe-cohorts.json").read_bytes()
    return msgspec.json.decode(text, type=tuple[Cohort, ...])


def sheet_of(cohort: Cohort) -> list[Row]:
    """A sheet of synthetic people that gives back the cohort's published figures."""
    return _SHEETS[cohort.cohort]()


class _Sheet:
    """Writes rows for one cohort."""

    def __init__(self, name: str, area: str, place: str, behaviour: str, worker: str) -> None:
        self.rows: list[Row] = []
        self.random = random.Random(name)  # noqa: S311 - synthetic people, the same in every demo
        self._area, self._place, self._behaviour, self._worker = area, place, behaviour, worker

    def person(self, number: int) -> Row:
        """Somebody who does not exist; one in seven gave no name, one in three no full date of birth."""
        row: Row = {"person": f"P{number:02}", "language": self.random.choice(_LANGUAGES)}
        if number % 7 != 0:
            row["given_name"] = self.random.choice(_GIVEN)
            row["family_name"] = f"Synthetic-{number:02}"
        else:
            row["alias"] = f"synthetic person {number:02}"
        if number % 3 != 0 and number % 7 != 0:
            born = dt.date(1961, 1, 1) + dt.timedelta(days=self.random.randrange(365 * 40))
            row["born"] = born.isoformat()
        else:
            row["age_band"] = self.random.choice(("25-34", "35-44", "45-54"))
        row["sex"] = self.random.choice(("male", "male", "female"))
        return row

    def add(self, at: dt.datetime, kind: str, person: str, **columns: str) -> str:
        """One thing that happened; the row's id."""
        row_id = f"R{len(self.rows) + 1:04}"
        row = {"row_id": row_id, "when": at.isoformat(), "kind": kind, "person": person}
        self.rows.append(row | {"worker": self._worker} | columns)
        return row_id

    def meet(self, at: dt.datetime, person: str, **columns: str) -> None:
        """An encounter in the street."""
        self.add(at, "encounter", person, place=self._place, area=self._area, behaviour=self._behaviour, **columns)

    def green(self, met: dt.datetime, person: str, serial: str) -> None:
        """The ticket that an encounter led to, ten minutes later."""
        at = met + dt.timedelta(minutes=10)
        self.add(at, "ticket", person, step="green", serial=serial, place=self._place, area=self._area)

    def came(self, at: dt.datetime, person: str) -> None:
        """Somebody came to the hub session of that day."""
        session = at.date().isoformat()
        self.add(at, "attendance", person, session=session, attended="yes", worker="Hub coordinator")

    def step(self, at: dt.datetime, person: str, step: str, **columns: str) -> None:
        """A new encounter and, ten minutes later, the ticket that it leads to."""
        self.meet(at, person)
        self.add(
            at + dt.timedelta(minutes=10),
            "ticket",
            person,
            place=self._place,
            area=self._area,
            step=step,
            screen="none",
            authorised_by="duty supervisor",
            **columns,
        )


def _at(day: dt.date, hour: int, minute: int = 0) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(hour, minute), LONDON)


def _hub_after(day: dt.date, first: dt.date) -> dt.date:
    """The next fortnightly hub session after a day."""
    while first <= day:
        first += dt.timedelta(days=14)
    return first


def _wisbech() -> list[Row]:
    """Forty invited: 34 with a positive outcome; three of the others climbed to a notice, one of them to blue."""
    sheet = _Sheet("wisbech", "E07000010", "Wisbech, Market Place", "street-drinking", "PC Synthetic 1")
    start, first_hub = PERIODS["wisbech-one-quarter"].from_date, dt.date(2022, 10, 5)
    outcomes = ("engaged", "behaviour-ceased", "in-treatment", "housed", "benefits-in-place", "reconnected")
    for number in range(1, 41):
        person = sheet.person(number)
        ref, day = person["person"], start + dt.timedelta(days=(number - 1) % 20)
        met = _at(day, 11 + number % 8, number)
        sheet.meet(met, **(person | {"person": ref}))
        sheet.green(met, ref, f"WG{number:04}")
        hub = _hub_after(day, first_hub)
        if number % 3 != 0:
            sheet.came(_at(hub, 10, number), ref)
        if number <= 34:
            sheet.add(
                _at(day + dt.timedelta(days=50), 15),
                "outcome",
                ref,
                outcome=outcomes[number % 6],
                worker="Hub coordinator",
            )
        if 35 <= number <= 37:
            sheet.step(_at(day + dt.timedelta(days=20), 14), ref, "cpw", serial=f"WW{number:04}")
            sheet.step(_at(day + dt.timedelta(days=45), 14), ref, "cpn", serial=f"WN{number:04}")
        if number == 37:
            sheet.step(_at(day + dt.timedelta(days=60), 14), ref, "blue")
        if number >= 35:
            sheet.meet(_at(day + dt.timedelta(days=68), 16), ref)
    return sheet.rows


def _city_2021() -> list[Row]:
    """51 green, 12 amber (a warning), 10 notices, within five weeks."""
    sheet = _Sheet("city-2021", "E09000001", "Bishopsgate", "begging", "PC Synthetic 2")
    start, first_hub = PERIODS["city-of-london-autumn-2021"].from_date, dt.date(2021, 9, 8)
    for number in range(1, 52):
        person = sheet.person(number)
        ref = person["person"]
        day = start + dt.timedelta(days=number % 4 if number <= 12 else number % 30)
        met = _at(day, 9 + number % 10, number)
        sheet.meet(met, **(person | {"person": ref}))
        sheet.green(met, ref, f"CG{number:04}")
        hub = _hub_after(day, first_hub)
        if number % 2 == 0:
            sheet.came(_at(hub, 11, number), ref)
        if number <= 12:
            sheet.step(_at(day + dt.timedelta(days=11), 13), ref, "amber", serial=f"CA{number:04}")
        if number <= 10:
            sheet.step(_at(day + dt.timedelta(days=26), 13), ref, "cpn", serial=f"CN{number:04}")
    return sheet.rows


def _city_2024() -> list[Row]:
    """13 green, three amber, one red, and one criminal behaviour order of five years."""
    sheet = _Sheet("city-2024", "E09000001", "Liverpool Street", "begging", "PC Synthetic 3")
    start, first_hub = PERIODS["city-of-london-2024"].from_date, dt.date(2024, 4, 11)
    for number in range(1, 14):
        person = sheet.person(number)
        ref, day = person["person"], start + dt.timedelta(days=3 * number)
        met = _at(day, 12, number)
        sheet.meet(met, **(person | {"person": ref}))
        sheet.green(met, ref, f"LG{number:04}")
        hub = _hub_after(day, first_hub)
        if number % 2:
            sheet.came(_at(hub, 10, number), ref)
        if number <= 3:
            sheet.step(_at(day + dt.timedelta(days=30), 12), ref, "amber", serial=f"LA{number:04}")
        if number == 1:
            sheet.step(_at(day + dt.timedelta(days=60), 12), ref, "red", serial=f"LR{number:04}")
            sheet.meet(_at(day + dt.timedelta(days=80), 12), ref)
            applied = _at(day + dt.timedelta(days=90), 12)
            sheet.add(applied, "instrument", ref, instrument="cbo-application", screen="none", authorised_by="legal")
            granted = _at(day + dt.timedelta(days=120), 12)
            sheet.add(
                granted, "instrument", ref, instrument="cbo", screen="none", authorised_by="court", note="five years"
            )
    return sheet.rows


def benches_sheet() -> list[Row]:
    """Two people met around public benches, invited, referred to the hub's agencies and helped."""
    sheet = _Sheet("benches", "E06000031", "public benches", "street-drinking", "PCSO Synthetic 4")
    day = dt.date(2024, 5, 13)
    hub = dt.date(2024, 5, 22)
    offers = (
        (
            ("drug and alcohol support service", "alcohol"),
            ("district council", "housing"),
            ("health", "gp-registration"),
        ),
        (
            ("drug and alcohol support service", "alcohol"),
            ("Department for Work and Pensions", "benefits-and-employment"),
            ("housing association", "housing"),
            ("town council", "food-and-shower"),
        ),
    )
    for number, needs in enumerate(offers, start=1):
        person = sheet.person(number)
        ref, met = person["person"], _at(day, 16, 10 * number)
        sheet.meet(met, **(person | {"person": ref}))
        sheet.green(met, ref, f"BG{number:04}")
        sheet.add(met + dt.timedelta(minutes=15), "invitation", ref, session=hub.isoformat())
        arrived = _at(hub, 10, 20 * number)
        sheet.came(arrived, ref)
        for turn, (agency, need) in enumerate(needs, start=1):
            sent = arrived + dt.timedelta(minutes=10 * turn)
            referral = sheet.add(sent, "referral", ref, agency=agency, need=need, worker="Hub coordinator")
            for days, status in ((1, "accepted"), (4, "in-progress"), (60, "completed")):
                sheet.add(
                    sent + dt.timedelta(days=days),
                    "answer",
                    ref,
                    answers=referral,
                    status=status,
                    worker=f"{agency} worker",
                )
        outcome = "in-treatment" if number == 1 else "engaged"
        sheet.add(_at(hub + dt.timedelta(days=75), 15), "outcome", ref, outcome=outcome, worker="Hub coordinator")
    return sheet.rows


_SHEETS: Final = {
    "wisbech-one-quarter": _wisbech,
    "city-of-london-autumn-2021": _city_2021,
    "city-of-london-2024": _city_2024,
}
