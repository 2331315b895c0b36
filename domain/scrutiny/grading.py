"""What a panel says of a case: each member's own grade, then the panel's, with whoever dissents named beside it."""

from typing import Annotated, Final

import msgspec

from domain.facts import Command, Fact, Facts, IdentityText, Personal, Text
from domain.ids import CaseId, PanelId, PersonId, SampleId, WorkerId
from domain.refusals import Conflict, Guarded, NotPermitted, Unreadable
from domain.scrutiny.panel import Panel
from domain.scrutiny.sample import Case, Sample, SampleIsOver

QUORUM: Final = 2
"""Ours: the grades of two members at least, or it would be one person's."""

Observations = Annotated[Text | None, Personal("identity")]


class MemberGraded(Fact, type="case-graded-by-member", version=1, tags=("sample",)):
    """A member's own grade; the last one before the panel concludes counts."""

    panel: PanelId
    sample: SampleId
    case: CaseId
    by_worker: WorkerId
    grade: str
    person: PersonId
    observations: IdentityText = None


class PanelGraded(Fact, type="case-graded", version=1, tags=("sample",)):
    """The panel's grade. `dissent` are the members whose own grade is another."""

    panel: PanelId
    sample: SampleId
    case: CaseId
    grade: str
    dissent: tuple[WorkerId, ...]
    person: PersonId
    observations: IdentityText = None


class Graded(msgspec.Struct, frozen=True):
    """The grades of a case: the members' own, and the panel's once it concluded."""

    own: dict[WorkerId, str] = {}
    said: dict[WorkerId, IdentityText] = {}
    grade: str | None = None
    dissent: tuple[WorkerId, ...] = ()


Grades = dict[tuple[SampleId, CaseId], Graded]

OF_GRADING: Final = (MemberGraded, PanelGraded)


def evolve(state: Grades, fact: Fact) -> Grades:
    """The grades as they stand."""
    match fact:
        case MemberGraded():
            key = fact.sample, fact.case
            before = state.get(key, Graded())
            own, said = {**before.own, fact.by_worker: fact.grade}, {**before.said, fact.by_worker: fact.observations}
            return {**state, key: msgspec.structs.replace(before, own=own, said=said)}
        case PanelGraded():
            key = fact.sample, fact.case
            before = state.get(key, Graded())
            return {**state, key: msgspec.structs.replace(before, grade=fact.grade, dissent=fact.dissent)}
        case _:
            return state


class GradeCase(Command):
    """Give a case one's own grade, with what one observed."""

    panel: PanelId
    sample: SampleId
    case: CaseId
    grade: str
    observations: Observations = None


class ConcludeCase(Command):
    """Give a case the panel's grade; whoever graded it otherwise dissents."""

    panel: PanelId
    sample: SampleId
    case: CaseId
    grade: str
    observations: Observations = None


class NotOnTheScale(Unreadable):
    """The panel has no such grade."""

    code = "not-on-the-scale"
    rule = "A panel grades by its own scale."
    permitted_by = "Choose a grade of the panel's scale."


class RoomIsClosed(Guarded):
    """The packs are closed."""

    code = "room-is-closed"
    rule = "Cases are looked at and graded in the room."
    permitted_by = "Let the chair open the room."


class NotYourOwnDecision(NotPermitted):
    """Who took a decision does not judge it."""

    code = "not-your-own-decision"
    rule = "Nobody judges a decision that they took."
    permitted_by = "Leave the case to the other members."


class CaseConcluded(Conflict):
    """The panel has given its grade."""

    code = "case-concluded"
    rule = "The panel gives a case one grade, and it stays."
    permitted_by = "Say what you see otherwise in the report."


class TooFewGrades(Guarded):
    """Fewer than two members have graded it."""

    code = "too-few-grades"
    rule = "A panel concludes on a case that two of its members graded themselves (ours)."
    permitted_by = "Let another member grade it."


def grade(command: GradeCase, known: Sample, panel: Panel, grades: Grades, worker: WorkerId) -> Facts:
    """In the room, by a member who had no part in it; the same again adds nothing, other words do."""
    case = _on_the_table(known, panel, command.case, command.grade, worker)
    before = grades.get((known.id, case.case), Graded())
    if before.grade is not None:
        raise CaseConcluded
    if before.own.get(worker) == command.grade and before.said[worker] == command.observations:
        return ()
    fact = MemberGraded(
        at=command.at,
        panel=known.panel,
        sample=known.id,
        case=case.case,
        by_worker=worker,
        grade=command.grade,
        person=case.person,
        observations=command.observations,
    )
    return (fact,)


def conclude(command: ConcludeCase, known: Sample, panel: Panel, grades: Grades, worker: WorkerId) -> Facts:
    """Once; dissent is worked out of the members' own grades, and cannot be left out."""
    case = _on_the_table(known, panel, command.case, command.grade, worker)
    before = grades.get((known.id, case.case), Graded())
    if before.grade is not None:
        if before.grade == command.grade:
            return ()
        raise CaseConcluded
    if len(before.own) < QUORUM:
        raise TooFewGrades
    fact = PanelGraded(
        at=command.at,
        panel=known.panel,
        sample=known.id,
        case=case.case,
        grade=command.grade,
        dissent=tuple(sorted(one for one, own in before.own.items() if own != command.grade)),
        person=case.person,
        observations=command.observations,
    )
    return (fact,)


def _on_the_table(known: Sample, panel: Panel, case: CaseId, code: str, worker: WorkerId) -> Case:
    if known.abandoned is not None or known.published_at is not None:
        raise SampleIsOver(sample=known.id)
    one = known.case_of(case)
    if worker in one.by:
        raise NotYourOwnDecision
    if code not in {each.code for each in panel.grades}:
        raise NotOnTheScale
    return one
