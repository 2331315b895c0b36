"""What a panel publishes of a sample: how it came about, what was left out and why, the grades, and nobody's case."""

from collections import Counter
from typing import Final

import msgspec

from domain.facts import Command, Fact, Facts, Text
from domain.ids import PanelId, SampleId
from domain.refusals import Guarded
from domain.scrutiny.grading import Graded, Grades
from domain.scrutiny.panel import Panel
from domain.scrutiny.sample import Sample, SampleIsOver
from domain.scrutiny.suppression import breakdown, table


class Part(msgspec.Struct, frozen=True):
    """A part of a whole: how many, or None where they are too few to show."""

    of: str
    count: int | None


class GradedStratum(msgspec.Struct, frozen=True, kw_only=True):
    """The grades of one stratum."""

    stratum: str
    cases: int | None
    grades: tuple[Part, ...]


class Figures(msgspec.Struct, frozen=True, kw_only=True):
    """The figures of a report. What is told of a sample's design and of exclusions is about no group of people.

    `population` and `sampled` are by stratum, `exclusions` by reason; of grades and dissent, small counts are hidden.
    """

    population: tuple[Part, ...]
    sampled: tuple[Part, ...]
    excluded: int
    exclusions: tuple[Part, ...]
    by_stratum: tuple[GradedStratum, ...]
    grades: tuple[Part, ...]
    cases: int
    dissented: int | None


class ReportPublished(Fact, type="panel-report-published", version=1, tags=("sample",)):
    """The report is out; from now on nothing of the sample changes."""

    panel: PanelId
    sample: SampleId
    words: str
    figures: Figures


OF_REPORTS: Final = (ReportPublished,)


class PublishReport(Command):
    """Publish what the panel found. It is for everybody: name nobody."""

    panel: PanelId
    sample: SampleId
    words: Text


class NotAllConcluded(Guarded):
    """Cases are left that the panel has not graded."""

    code = "not-all-concluded"
    rule = "A report tells of every case of its sample: each is graded, or excluded with a reason."
    permitted_by = "Conclude on the cases that are left, or exclude them."


def publish(
    command: PublishReport, known: Sample, panel: Panel, grades: Grades, before: ReportPublished | None
) -> Facts:
    """Once, when every case has its grade; the same words again add nothing, and others are not what was published."""
    if before is not None and before.words == command.words:
        return ()
    if before is not None or known.abandoned is not None or not known.cases:
        raise SampleIsOver(sample=known.id)
    left = sum(1 for one in known.cases if grades.get((known.id, one.case), Graded()).grade is None)
    if left:
        raise NotAllConcluded(cases=left)
    fact = ReportPublished(
        at=command.at,
        panel=known.panel,
        sample=known.id,
        words=command.words,
        figures=figures(known, panel, grades),
    )
    return (fact,)


def figures(known: Sample, panel: Panel, grades: Grades) -> Figures:
    """What is told of a sample as it stands."""
    strata = list(dict.fromkeys(one.stratum for one in known.cases))
    of = {one.case: grades.get((known.id, one.case), Graded()) for one in known.cases}
    counted = {
        stratum: {
            grade.code: sum(1 for one in known.cases if one.stratum == stratum and of[one.case].grade == grade.code)
            for grade in panel.grades
        }
        for stratum in strata
    }
    dissented = sum(1 for one in of.values() if one.dissent)
    # How many were drawn of each stratum everybody knows: the totals of the rows hide nothing.
    shown = table(counted, rows_known=True)
    left_out = Counter(one.reason for one in known.excluded)
    return Figures(
        population=tuple(Part(one.stratum, count) for one, count in zip(known.strata, known.counts, strict=True)),
        sampled=tuple(Part(one, sum(1 for each in known.cases if each.stratum == one)) for one in strata),
        excluded=len(known.excluded),
        exclusions=tuple(Part(reason, count) for reason, count in left_out.items()),
        by_stratum=tuple(
            GradedStratum(
                stratum=stratum,
                cases=shown.rows[stratum],
                grades=tuple(Part(grade, count) for grade, count in cells.items()),
            )
            for stratum, cells in shown.cells.items()
        ),
        grades=tuple(Part(grade, count) for grade, count in shown.columns.items()),
        cases=shown.total,
        dissented=breakdown({"dissent": dissented, "agreed": len(of) - dissented})["dissent"],
    )
