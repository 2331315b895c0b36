"""A dip sample: which decisions a panel looks at, so that neither the agencies nor the chair could choose them.

    committed ──► lot cast ──► drawn ──► the room is opened and closed, cases are excluded and graded
                    any of these may be given up, and stays to be seen
    chosen: what the chair chose, labelled so for good

The population is what stood in the log before the commitment, which names its count and digest; decisions that are
recorded later, or dated back, are not of it.
"""

import datetime as dt
from typing import Annotated, Final, Literal

import msgspec

from domain.facts import Command, Fact, Facts, Instant, Line, Slug
from domain.ids import CaseId, PanelId, PersonId, SampleId, WorkerId
from domain.refusals import AlreadyExists, Conflict, Guarded, NotPermitted, Unreadable, found
from domain.scrutiny.draw import SEED_MIN, Population, commitment_to, digest_of, order_of
from domain.scrutiny.panel import Panel

DecisionKind = Literal["ticket-issued", "instrument-served", "instrument-recorded", "encounter-recorded"]
"""What a panel looks at: the types of the facts by which such a decision was recorded."""

Exclusion = Literal[
    "before-a-court",
    "complaint-open",
    "conflict-of-interest",
    "record-erased",
    "processing-restricted",
    "looked-at-before",
]
"""Why a case that was drawn is not looked at."""

ROOM_HOURS: Final = 8

Hash = Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{64}$")]
Seed = Annotated[str, msgspec.Meta(min_length=SEED_MIN, max_length=400)]


class Stratum(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Decisions of one kind, of one step or instrument where `of` names it, and how many of them are drawn."""

    stratum: Annotated[str, Slug]
    kind: DecisionKind
    take: Annotated[int, msgspec.Meta(ge=1, le=200)]
    of: Line | None = None

    def holds(self, kind: DecisionKind, of: str) -> bool:
        """Whether a decision is one of these."""
        return self.kind == kind and self.of in {None, of}


Strata = Annotated[tuple[Stratum, ...], msgspec.Meta(min_length=1, max_length=12)]


class Decided(msgspec.Struct, frozen=True):
    """A decision that may be looked at: what it was, about whom, who took it, and on which day."""

    case: CaseId
    kind: DecisionKind
    of: str
    person: PersonId
    by: tuple[WorkerId, ...]
    on: dt.date


class Case(msgspec.Struct, frozen=True, kw_only=True):
    """A decision in a sample. `by` are those who took it: none of them judges it."""

    case: CaseId
    stratum: str
    kind: DecisionKind
    person: PersonId
    by: tuple[WorkerId, ...] = ()


class SampleCommitted(Fact, type="sample-committed", version=1, tags=("sample",)):
    """The population was counted, and the chair is bound to a seed that nobody else knows.

    `counts` are those of the strata in their order; the population is what stood before this fact in the log.
    """

    panel: PanelId
    sample: SampleId
    question: str
    commitment: str
    strata: tuple[Stratum, ...]
    from_date: dt.date
    to_date: dt.date
    counts: tuple[int, ...]
    digest: str


class LotCast(Fact, type="sample-lot-cast", version=1, tags=("sample",)):
    """Another member than the chair said a word, without knowing the seed."""

    panel: PanelId
    sample: SampleId
    by_worker: WorkerId
    lot: str


class SampleDrawn(Fact, type="sample-drawn", version=1, tags=("sample",)):
    """The seed was shown, and these cases follow."""

    panel: PanelId
    sample: SampleId
    seed: str
    cases: tuple[Case, ...]


class SampleChosen(Fact, type="sample-chosen", version=1, tags=("sample",)):
    """The chair chose these cases: no draw, and it says so wherever they are shown."""

    panel: PanelId
    sample: SampleId
    question: str
    reason: str
    cases: tuple[Case, ...]


class SampleAbandoned(Fact, type="sample-abandoned", version=1, tags=("sample",)):
    """The sample is given up; that there was one stays."""

    panel: PanelId
    sample: SampleId
    reason: str


class CaseExcluded(Fact, type="case-excluded", version=1, tags=("sample",)):
    """A case is not looked at, for a reason; the next one in the order of the draw replaces it, where there is one."""

    panel: PanelId
    sample: SampleId
    case: CaseId
    reason: Exclusion
    replaced_by: Case | None = None


class RoomOpened(Fact, type="panel-room-opened", version=1, tags=("sample",)):
    """The members are in the room: until then at the latest they may look at the packs."""

    panel: PanelId
    sample: SampleId
    until: Instant


class RoomClosed(Fact, type="panel-room-closed", version=1, tags=("sample",)):
    """Nobody looks at the packs any more."""

    panel: PanelId
    sample: SampleId


class Excluded(msgspec.Struct, frozen=True):
    """A case that is not looked at, and why."""

    case: CaseId
    reason: Exclusion
    replaced: bool


class Sample(msgspec.Struct, frozen=True, kw_only=True):
    """A sample as it stands."""

    id: SampleId
    panel: PanelId
    question: str
    begun_at: Instant
    chairs: frozenset[WorkerId] = frozenset()
    """Who chaired the panel since: they may know the seed."""
    chosen: bool = False
    reason: str = ""
    strata: tuple[Stratum, ...] = ()
    from_date: dt.date | None = None
    to_date: dt.date | None = None
    counts: tuple[int, ...] = ()
    digest: str = ""
    commitment: str = ""
    lot: str | None = None
    lot_by: WorkerId | None = None
    seed: str | None = None
    cases: tuple[Case, ...] = ()
    """Those that are looked at: drawn or chosen, without the excluded, with their replacements."""
    excluded: tuple[Excluded, ...] = ()
    abandoned: str | None = None
    open_until: Instant | None = None
    published_at: Instant | None = None

    @property
    def waits(self) -> bool:
        """Whether it is bound to a seed, and neither drawn nor given up."""
        return not self.chosen and self.seed is None and self.abandoned is None

    def open_at(self, at: dt.datetime) -> bool:
        """Whether the members are in the room."""
        return self.open_until is not None and at < self.open_until

    def case_of(self, case: CaseId) -> Case:
        """One that is looked at. Raises Unknown."""
        return found(next((one for one in self.cases if one.case == case), None))


Samples = dict[SampleId, Sample]

OF_SAMPLES: Final = (
    SampleCommitted,
    LotCast,
    SampleDrawn,
    SampleChosen,
    SampleAbandoned,
    CaseExcluded,
    RoomOpened,
    RoomClosed,
)


def evolve(state: Samples, fact: Fact) -> Samples:
    """The samples as they stand."""
    match fact:
        case SampleCommitted():
            one = Sample(
                id=fact.sample,
                panel=fact.panel,
                question=fact.question,
                begun_at=fact.at,
                strata=fact.strata,
                from_date=fact.from_date,
                to_date=fact.to_date,
                counts=fact.counts,
                digest=fact.digest,
                commitment=fact.commitment,
            )
        case SampleChosen():
            one = Sample(
                id=fact.sample,
                panel=fact.panel,
                question=fact.question,
                begun_at=fact.at,
                chosen=True,
                reason=fact.reason,
                cases=fact.cases,
            )
        case _ if isinstance(fact, OF_SAMPLES) and fact.sample in state:
            one = _moved(state[fact.sample], fact)
        case _:
            return state
    return {**state, one.id: one}


def _moved(one: Sample, fact: Fact) -> Sample:
    change = msgspec.structs.replace
    match fact:
        case LotCast():
            return change(one, lot=fact.lot, lot_by=fact.by_worker)
        case SampleDrawn():
            return change(one, seed=fact.seed, cases=fact.cases)
        case SampleAbandoned():
            return change(one, abandoned=fact.reason, open_until=None)
        case CaseExcluded():
            kept = tuple(each for each in one.cases if each.case != fact.case)
            if fact.replaced_by is not None:
                kept = (*kept, fact.replaced_by)
            out = Excluded(fact.case, fact.reason, fact.replaced_by is not None)
            return change(one, cases=kept, excluded=(*one.excluded, out))
        case RoomOpened():
            return change(one, open_until=fact.until)
        case RoomClosed():
            return change(one, open_until=None)
        case _:
            return one


class CommitSample(Command):
    """Count the population, and bind the chair to a seed by its SHA-256. The seed itself is typed nowhere yet."""

    panel: PanelId
    sample: Annotated[SampleId, Slug]
    question: Line
    commitment: Hash
    strata: Strata
    from_date: dt.date
    to_date: dt.date


class CastLot(Command):
    """Say a word that the chair did not know: dice, the day's headline, anything."""

    panel: PanelId
    sample: SampleId
    lot: Line


class DrawSample(Command):
    """Show the seed, and draw."""

    panel: PanelId
    sample: SampleId
    seed: Seed


class ChooseSample(Command):
    """Choose cases instead of drawing them: it is labelled so for good."""

    panel: PanelId
    sample: Annotated[SampleId, Slug]
    question: Line
    reason: Line
    cases: Annotated[tuple[CaseId, ...], msgspec.Meta(min_length=1, max_length=100)]


class AbandonSample(Command):
    """Give a sample up, and say why; that there was one stays to be seen."""

    panel: PanelId
    sample: SampleId
    reason: Line


class ExcludeCase(Command):
    """Leave a case out, for one of the reasons that are counted; the next one of the draw takes its place."""

    panel: PanelId
    sample: SampleId
    case: CaseId
    reason: Exclusion


class OpenRoom(Command):
    """Open the packs to the members, for the time of a meeting."""

    panel: PanelId
    sample: SampleId
    hours: Annotated[int, msgspec.Meta(ge=1, le=ROOM_HOURS)] = 3


class CloseRoom(Command):
    """Close the packs again."""

    panel: PanelId
    sample: SampleId


class StrataOverlap(Unreadable):
    """A decision would stand in two strata, or two strata have one name."""

    code = "strata-overlap"
    rule = "Each decision stands in one stratum, so that it is drawn at most once."
    permitted_by = "Name the step or the instrument of each stratum."


class PeriodNotOver(Unreadable):
    """The period is not over, or ends before it begins."""

    code = "period-not-over"
    rule = "A sample is drawn of days that are over, so that nobody decides with an eye to it."
    permitted_by = "Choose an earlier last day."


class SeedUsedBefore(Conflict):
    """The commitment was used before, so its seed may be known."""

    code = "seed-used-before"
    rule = "Each sample has a seed of its own."
    permitted_by = "Make another seed, and commit to that."


class SampleWaits(Conflict):
    """Another sample of the panel is not drawn yet."""

    code = "sample-waits"
    rule = "A panel draws one sample at a time: whoever could choose among several draws would choose the cases."
    permitted_by = "Draw the sample that waits, or give it up and say why."


class CaseGraded(Conflict):
    """Somebody looked at it and said what they think."""

    code = "case-graded"
    rule = "A case that a member has graded stays, so that none is left out for how it was graded."
    permitted_by = "Conclude on it. Only what was erased or restricted meanwhile is still left out."


class NotSo(Conflict):
    """The record is not erased, or its processing not restricted."""

    code = "exclusion-not-so"
    rule = "A case is left out as erased or restricted only where it is."
    permitted_by = "Name another reason, or look at the case."


class NothingToDraw(Guarded):
    """A stratum holds no decision."""

    code = "nothing-to-draw"
    rule = "A stratum of which nothing is drawn says nothing."
    permitted_by = "Leave the stratum out, or choose another period."


class NotTheChairsLot(NotPermitted):
    """The chair knows the seed, and would know the draw."""

    code = "not-the-chairs-lot"
    rule = "The lot is cast by another member than the chair, who knows the seed."
    permitted_by = "Let another member of the panel say a word."


class LotNotCast(Guarded):
    """Nobody has cast a lot."""

    code = "lot-not-cast"
    rule = "A sample is drawn from the chair's seed and another member's lot together."
    permitted_by = "Let another member of the panel cast a lot first."


class SeedDoesNotMatch(Guarded):
    """It is another seed than the one that was committed to."""

    code = "seed-does-not-match"
    rule = "The seed that is shown is the one that was committed to before the lot was cast."
    permitted_by = "Show the seed of the commitment; if it is lost, give the sample up and begin another."


class SampleIsOver(Conflict):
    """It was given up, drawn before, or its report is out."""

    code = "sample-is-over"
    rule = "A sample is drawn once, and after its report nothing of it changes."
    permitted_by = "Begin another sample."


class NotDrawn(Conflict):
    """There are no cases yet."""

    code = "sample-not-drawn"
    rule = "The room is opened once there are cases to look at."
    permitted_by = "Draw the sample first."


COMMITTED: Final = ("panel", "question", "commitment", "strata", "from_date", "to_date")


def commit(command: CommitSample, known: Samples, population: Population, today: dt.date) -> Facts:
    """The population is counted as it stands, while no other sample of the panel waits; the same again adds nothing."""
    if command.sample in known:
        if all(getattr(known[command.sample], name) == getattr(command, name) for name in COMMITTED):
            return ()
        raise AlreadyExists(sample=command.sample)
    waiting = sorted(one.id for one in known.values() if one.panel == command.panel and one.waits)
    if waiting:
        raise SampleWaits(samples=waiting)
    _refuse_overlap(command.strata)
    if not command.from_date <= command.to_date < today:
        raise PeriodNotOver
    if any(one.commitment == command.commitment for one in known.values()):
        raise SeedUsedBefore
    empty = [one.stratum for one in command.strata if not population[one.stratum]]
    if empty:
        raise NothingToDraw(strata=empty)
    fact = SampleCommitted(
        at=command.at,
        panel=command.panel,
        sample=command.sample,
        question=command.question,
        commitment=command.commitment,
        strata=command.strata,
        from_date=command.from_date,
        to_date=command.to_date,
        counts=tuple(len(population[one.stratum]) for one in command.strata),
        digest=digest_of(population),
    )
    return (fact,)


def cast_lot(command: CastLot, known: Sample, panel: Panel, worker: WorkerId) -> Facts:
    """Once, by another member than who chairs or chaired meanwhile, while the seed is hidden."""
    if worker in known.chairs | {panel.chair}:
        raise NotTheChairsLot
    _refuse_over(known)
    if known.lot is not None:
        if known.lot == command.lot:
            return ()
        raise SampleIsOver(sample=known.id)
    return (LotCast(at=command.at, panel=known.panel, sample=known.id, by_worker=worker, lot=command.lot),)


def draw(command: DrawSample, known: Sample, decided: dict[str, tuple[Decided, ...]]) -> Facts:
    """What follows from seed, lot and population. `decided` is the population as it was counted, by stratum."""
    if known.seed == command.seed:
        return ()
    _refuse_over(known)
    if known.lot is None:
        raise LotNotCast
    if commitment_to(command.seed) != known.commitment:
        raise SeedDoesNotMatch
    order = order_in(known, decided, command.seed)
    cases = tuple(case for one in known.strata for case in order[one.stratum][: one.take])
    return (SampleDrawn(at=command.at, panel=known.panel, sample=known.id, seed=command.seed, cases=cases),)


def order_in(known: Sample, decided: dict[str, tuple[Decided, ...]], seed: str) -> dict[str, tuple[Case, ...]]:
    """Each stratum's decisions in the order of the draw."""
    population = {stratum: [one.case for one in cases] for stratum, cases in decided.items()}
    by_case = {one.case: one for cases in decided.values() for one in cases}
    order = order_of(population, known.id, known.lot or "", seed)
    return {stratum: tuple(_case(by_case[case], stratum) for case in cases) for stratum, cases in order.items()}


def choose(command: ChooseSample, known: Samples, decided: dict[CaseId, Decided]) -> Facts:
    """Decisions that there are, each once; the same again adds nothing."""
    cases = tuple(_case(found(decided.get(one)), "chosen") for one in dict.fromkeys(command.cases))
    fact = SampleChosen(
        at=command.at,
        panel=command.panel,
        sample=command.sample,
        question=command.question,
        reason=command.reason,
        cases=cases,
    )
    if command.sample in known:
        before = known[command.sample]
        same = (before.cases, before.panel, before.question) == (cases, command.panel, command.question)
        if before.chosen and same and before.reason == command.reason:
            return ()
        raise AlreadyExists(sample=command.sample)
    return (fact,)


def abandon(command: AbandonSample, known: Sample) -> Facts:
    """Once, and not after its report."""
    if known.abandoned is not None:
        return ()
    _refuse_published(known)
    return (SampleAbandoned(at=command.at, panel=known.panel, sample=known.id, reason=command.reason),)


def exclude(
    command: ExcludeCase, known: Sample, decided: dict[str, tuple[Decided, ...]], graded: frozenset[CaseId]
) -> Facts:
    """A case that is not graded yet; the replacement is the next of the same draw, so that nobody chooses it.

    What was graded and then erased, or restricted, is left out too, while the panel has not concluded: `graded` are the
    others. Nobody could conclude on it.
    """
    if any(one.case == command.case for one in known.excluded):
        return ()
    _refuse_published(known)
    case = known.case_of(command.case)
    if command.case in graded:
        raise CaseGraded
    replacement = None
    if known.seed is not None:
        used = {one.case for one in known.cases} | {one.case for one in known.excluded}
        order = order_in(known, decided, known.seed)[case.stratum]
        replacement = next((one for one in order if one.case not in used), None)
    fact = CaseExcluded(
        at=command.at,
        panel=known.panel,
        sample=known.id,
        case=command.case,
        reason=command.reason,
        replaced_by=replacement,
    )
    return (fact,)


def open_room(command: OpenRoom, known: Sample, now: dt.datetime) -> Facts:
    """For the hours of a meeting, from when the chair says: deciding again comes to the same moment."""
    if not known.cases:
        raise NotDrawn(sample=known.id)
    _refuse_published(known)
    if known.open_at(now):
        return ()
    until = command.at + dt.timedelta(hours=command.hours)
    return (RoomOpened(at=command.at, panel=known.panel, sample=known.id, until=until),)


def close_room(command: CloseRoom, known: Sample) -> Facts:
    """Closed once."""
    if known.open_until is None:
        return ()
    return (RoomClosed(at=command.at, panel=known.panel, sample=known.id),)


def _case(one: Decided, stratum: str) -> Case:
    return Case(case=one.case, stratum=stratum, kind=one.kind, person=one.person, by=one.by)


def _refuse_overlap(strata: tuple[Stratum, ...]) -> None:
    for at, one in enumerate(strata):
        for other in strata[at + 1 :]:
            same = one.kind == other.kind and (one.of == other.of or None in {one.of, other.of})
            if same or one.stratum == other.stratum:
                raise StrataOverlap(strata=[one.stratum, other.stratum])


def _refuse_over(known: Sample) -> None:
    if known.abandoned is not None or known.seed is not None or known.chosen:
        raise SampleIsOver(sample=known.id)


def _refuse_published(known: Sample) -> None:
    if known.abandoned is not None or known.published_at is not None:
        raise SampleIsOver(sample=known.id)
