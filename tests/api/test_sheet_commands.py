"""Sheets on the command line and a real server: in, counted, out, and in again elsewhere."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import psycopg
import pytest

from application.contact_sheet import COLUMNS
from application.published import sheets

if TYPE_CHECKING:
    from collections.abc import Sequence

    from application.published.sheets import Cohort, Row
    from tests.conftest import Database

ROOT: Final = Path(__file__).parents[2]
WISBECH: Final = ("--partnership", "fenland", "--ladder", "cambridgeshire-4-step")
SECONDS: Final = 120


class CommandLine:
    """`hub` as it is called, on an installation of the test's own."""

    def __init__(self, database: Database, home: Path) -> None:
        self.home = home
        self.database = database
        self._environment = {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(ROOT),
            "HUB_HOME": str(home),
            "HUB_DATABASE_URL": database.app_url,
        }

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "api.cli", *arguments],
            env=self._environment,
            cwd=self.home,
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )

    def told(self, *arguments: str) -> dict[str, Any]:
        """What a command says in JSON."""
        done = self.run(*arguments, "--json")
        assert done.returncode == 0, done.stderr
        told: dict[str, Any] = json.loads(done.stdout)
        return told

    def failed(self, *arguments: str) -> str:
        """The one line by which a command fails."""
        done = self.run(*arguments)
        assert done.returncode == 1, (done.stdout, done.stderr)
        assert "Traceback" not in done.stderr
        assert done.stdout == ""
        return " ".join(done.stderr.split())

    def events(self) -> int:
        with psycopg.connect(self.database.owner_url) as connection:
            found = connection.execute("SELECT count(*) FROM event").fetchone()
        assert found is not None
        return int(found[0])

    def sheet(self, name: str, rows: Sequence[Row]) -> str:
        path = self.home / f"{name}.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, COLUMNS)
            writer.writeheader()
            writer.writerows(rows)
        return str(path)


@pytest.fixture
def hub(database: Database, tmp_path: Path) -> CommandLine:
    return CommandLine(database, tmp_path)


def read(path: str | Path) -> list[Row]:
    with Path(path).open(encoding="utf-8", newline="") as file:
        return [{name: value for name, value in row.items() if value} for row in csv.DictReader(file)]


def period_of(name: str) -> tuple[str, ...]:
    period = sheets.PERIODS[name]
    return ("--from", period.from_date.isoformat(), "--to", period.to_date.isoformat())


@pytest.mark.parametrize("cohort", sheets.cohorts(), ids=[one.cohort for one in sheets.cohorts()])
def test_a_published_cohort_comes_back_as_published(hub: CommandLine, cohort: Cohort) -> None:
    rows = sheets.sheet_of(cohort)
    path = hub.sheet(cohort.cohort, rows)
    where = ("--partnership", cohort.partnership)
    foreseen = hub.told("import", path, *where, "--ladder", cohort.ladder, "--dry-run")
    assert hub.events() == 0
    summary = hub.told("import", path, *where, "--ladder", cohort.ladder)
    assert summary | {"dry_run": True} == foreseen
    assert (summary["applied"], summary["refused"], summary["overridden"]) == (len(rows), 0, 0)
    assert summary["rejects_file"] is None
    events = hub.events()
    again = hub.told("import", path, *where, "--ladder", cohort.ladder)
    assert (again["applied"], again["already_known"], again["refused"]) == (0, len(rows), 0)
    assert hub.events() == events
    report, published = hub.told("report", "luscombe", *where, *period_of(cohort.cohort)), cohort.published
    figures = {
        "people_invited": published.people_invited,
        "people_with_positive_result": published.people_with_positive_result,
        "tickets_issued_total": published.tickets_issued_total,
        "cbo_in_process": published.cbo_in_process,
        "cbo_granted": published.cbo_granted,
        "tickets_issued": published.tickets_issued,
        "instruments_issued": published.instruments_issued
        and {"cpw": published.instruments_issued.cpw, "cpn": published.instruments_issued.cpn},
    }
    said = {name: value for name, value in figures.items() if value is not None}
    assert {name: report[name] for name in said} == said
    assert said.keys(), "a cohort publishes something"
    people = {row["person"] for row in rows}
    assert report["people_synthetic"] == len(people)
    assert sum(report["people_by_highest_step"].values()) == len({r["person"] for r in rows if r["kind"] == "ticket"})


def test_the_public_benches_come_back_as_published(hub: CommandLine) -> None:
    path = hub.sheet("public-benches", sheets.benches_sheet())
    where = ("--partnership", "peterborough")
    assert hub.told("import", path, *where, "--ladder", "cambridgeshire-4-step")["refused"] == 0
    report = hub.told("report", "luscombe", *where, *period_of("public-benches"))
    assert (report["people_invited"], report["people_attended"], report["walk_ins"]) == (2, 2, 0)
    assert (report["tickets_issued"], report["people_with_positive_result"]) == ({"green": 2}, 2)
    assert report["days_ticket_to_hub"] == {"median": 9.0, "p90": 9, "reached": 2, "unreached": 0}


def test_a_sheet_given_back_and_imported_elsewhere_reports_the_same(hub: CommandLine) -> None:
    (cohort, *_) = sheets.cohorts()
    rows = [
        *sheets.sheet_of(cohort),
        {"when": "2022-10-20", "kind": "encounter", "person": "P01", "note": "two\nlines"},
    ]
    path = hub.sheet("wisbech", rows)
    assert hub.told("import", path, *WISBECH)["refused"] == 0
    told = hub.told("export", "sheet", "--partnership", "fenland")
    assert told == {"rows": len(rows), "file": "fenland.csv"}
    given_back = hub.home / "fenland.csv"
    assert given_back.stat().st_mode & 0o777 == 0o600
    assert sorted(read(given_back), key=str) == sorted(read(path), key=str)
    as_it_stood = str(hub.home / "again.csv")
    hub.told("export", "sheet", "--partnership", "fenland", "--sheet", "wisbech", "--output", as_it_stood)
    assert sorted(read(as_it_stood), key=str) == sorted(read(path), key=str)
    elsewhere = ("--partnership", "peterborough")
    again = hub.told("import", str(given_back), *elsewhere, "--ladder", "cambridgeshire-4-step")
    assert (again["applied"], again["refused"]) == (len(rows), 0)
    assert hub.told("report", "luscombe", *elsewhere) == hub.told("report", "luscombe", "--partnership", "fenland")
    assert "no sheet 'other'" in hub.failed("export", "sheet", "--partnership", "fenland", "--sheet", "other")


def test_what_is_refused_stands_in_a_file_of_its_own_and_goes_in_once_mended(hub: CommandLine) -> None:
    rows: list[Row] = [
        {"row_id": "R1", "when": "2024-05-13", "kind": "encounter", "person": "P01", "behaviour": "begging"},
        {"row_id": "R2", "when": "2024-05-13", "kind": "ticket", "person": "P01", "step": "cpw", "worker": "PC 1"},
        {"row_id": "R3", "when": "2024-05-13T10:00:00", "kind": "encounter", "person": "P01"},
        {"row_id": "R4", "when": "2024-05-14", "kind": "ticket", "person": "P01", "step": "green"},
    ]
    path = hub.sheet("sheet", rows)
    summary = hub.told("import", path, *WISBECH)
    assert (summary["rows"], summary["applied"], summary["refused"]) == (4, 1, 3)
    assert summary["refused_by_reason"] == {"adverse-step-names-no-human": 1, "naive-time": 1, "step-skipped": 1}
    rejects = Path(summary["rejects_file"])
    assert rejects == hub.home / "sheet.rejects.csv"
    assert rejects.stat().st_mode & 0o777 == 0o600
    refused = [(one["line"], one["column"], one["reason"]) for one in read(rejects)]
    assert sorted(refused) == [
        ("3", "step", "step-skipped"),
        ("4", "when", "naive-time"),
        ("5", "worker", "adverse-step-names-no-human"),
    ]
    mended = [
        {name: one[name] for name in ("row_id", "kind", "person", "step") if name in one}
        | {"when": "2024-05-15", "worker": "PC 1"}
        for one in read(rejects)
        if one["reason"] != "step-skipped"
    ]
    told = hub.told("import", hub.sheet("mended", mended), *WISBECH, "--sheet", "sheet")
    assert (told["applied"], told["people_added"]) == (2, 0)
    history = hub.told("import", path, *WISBECH, "--historic")
    assert (history["overridden"], history["overridden_by_rule"]) == (
        1,
        {"not-screened": 1, "step-skipped": 1},
    )
    assert (history["changed_since_imported"], history["changed_lines"]) == (1, [5])


@pytest.mark.parametrize(
    ("content", "options", "said"),
    [
        (b"", WISBECH, "the file is empty"),
        (b"when,kind,person,colour\n", WISBECH, "unknown column 'colour'"),
        (b"when,kind\n", WISBECH, "missing column 'person'"),
        (b"when,kind,person\n\xff\n", WISBECH, "line 2 is not UTF-8"),
        (b"when,kind,person\n", ("--partnership", "nowhere", "--ladder", "x"), "there is no partnership 'nowhere'"),
        (b"when,kind,person\n", ("--partnership", "fenland", "--ladder", "x"), "no ladder 'x'"),
    ],
)
def test_what_cannot_be_imported_is_said_in_one_line_and_nothing_is_done(
    hub: CommandLine, content: bytes, options: tuple[str, ...], said: str
) -> None:
    path = hub.home / "sheet.csv"
    path.write_bytes(content)
    assert said in hub.failed("import", str(path), *options)
    events = hub.events()
    assert said in hub.failed("import", str(path), *options)
    assert hub.events() == events


def test_a_header_alone_is_an_empty_sheet(hub: CommandLine) -> None:
    summary = hub.told("import", hub.sheet("sheet", []), *WISBECH)
    assert (summary["rows"], summary["refused_by_reason"]) == (0, {})


def test_a_period_has_its_first_day_first(hub: CommandLine) -> None:
    done = hub.run("report", "luscombe", "--partnership", "fenland", "--from", "2024-02-01", "--to", "2024-01-01")
    assert done.returncode == 2
    assert "the last day lies before the first" in " ".join(done.stderr.split())
    assert "no partnership" in hub.failed("report", "luscombe", "--partnership", "nowhere")
