"""What is shown of scrutiny: panels, samples and recommendations to everybody, cases to who sits in the room alone."""

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Final

import msgspec

from application.permitting import permit
from application.ports import log_of
from application.readings.ground import Ground
from application.readings.paging import Page
from application.scrutiny.pack import Entry, Pack, Packing
from application.scrutiny.population import in_strata, taken_before
from application.scrutiny.shut import CaseShut, shut_to_panels
from domain.actors import Actor
from domain.calendar import civil_date
from domain.facts import Instant, PersonalClass, QueryItem, Sealed
from domain.governance.partnership import Partnership, partnership
from domain.governance.sharing import Permission, Resource
from domain.governance.sharing_rules import ROLES_FOR
from domain.ids import AgencyId, CaseId, PanelId, RecommendationId, SampleId, WorkerId
from domain.refusals import Unknown, found
from domain.scrutiny import draw
from domain.scrutiny.grading import Graded, MemberGraded, PanelGraded
from domain.scrutiny.panel import Panel
from domain.scrutiny.recommendation import Recommendation
from domain.scrutiny.reporting import Figures
from domain.scrutiny.sample import Case, DecisionKind, Excluded, Sample, Stratum
from domain.scrutiny.scrutiny import Scrutiny, scrutiny
from domain.scrutiny.verification import Verified

ANSWERS: Final = ROLES_FOR["scrutiny", "write"] - {"panel-member", "system"}
"""Who speaks for an agency that a panel asked."""
ABOUT_NOBODY: Final = Resource(category="scrutiny", of_person=False)


class SampleLine(msgspec.Struct, frozen=True, kw_only=True):
    """A sample in the list of its panel's."""

    sample: SampleId
    question: str
    state: str
    begun_at: Instant
    cases: int


class PanelShown(msgspec.Struct, frozen=True, kw_only=True):
    """A panel, its samples, the latest first, and what it asked for. `sits` and `chairs` say it of the viewer."""

    panel: Panel
    samples: tuple[SampleLine, ...]
    recommendations: tuple["RecommendationShown", ...]
    sits: bool
    chairs: bool
    position: int


class RecommendationShown(msgspec.Struct, frozen=True, kw_only=True):
    """A recommendation, and whether its answer is late. `yours`: the viewer speaks for the agency that was asked."""

    recommendation: Recommendation
    panel_name: str
    overdue: bool
    yours: bool
    position: int


class CaseLine(msgspec.Struct, frozen=True, kw_only=True):
    """A case of a sample. The grades are for who sits on the panel: `own` is the viewer's, `given` how many there are.

    `took_part`: the viewer took this decision, and does not judge it.
    """

    case: CaseId
    stratum: str
    kind: DecisionKind
    grade: str | None = None
    own: str | None = None
    given: int = 0
    dissent: int = 0
    took_part: bool = False


class SampleShown(msgspec.Struct, frozen=True, kw_only=True):
    """A sample as it stands; who a case is about stands in its pack alone, and not by name."""

    sample: SampleId
    panel: PanelId
    panel_name: str
    question: str
    state: str
    chosen: bool
    reason: str
    begun_at: Instant
    strata: tuple[Stratum, ...]
    counts: tuple[int, ...]
    from_date: dt.date | None
    to_date: dt.date | None
    digest: str
    commitment: str
    lot: str | None
    seed: str | None
    cases: tuple[CaseLine, ...]
    excluded: tuple[Excluded, ...]
    abandoned: str | None
    open_until: Instant | None
    sits: bool
    chairs: bool
    position: int


class PublishedDraw(msgspec.Struct, frozen=True, kw_only=True):
    """All that it takes to draw a sample again: `hub panel draw --verify`, or ten lines of anybody's own.

    `population` are the decisions of each stratum in the order of the log, up to `position`, where the commitment
    stands.
    """

    algorithm: str
    partnership: str
    panel: PanelId
    sample: SampleId
    question: str
    from_date: dt.date
    to_date: dt.date
    strata: tuple[Stratum, ...]
    position: int
    population: dict[str, tuple[CaseId, ...]]
    digest: str
    commitment: str
    lot: str | None
    seed: str | None
    drawn: tuple[CaseId, ...]
    excluded: tuple[Excluded, ...]


class Observed(msgspec.Struct, frozen=True, kw_only=True):
    """What a member, or the panel, said of a case. `observations` of None: nothing, or nobody can read it any more."""

    by: WorkerId | None
    grade: str
    dissents: bool
    observations: str | None


class PackShown(msgspec.Struct, frozen=True, kw_only=True):
    """A pack in the room, what was said of it so far, and the panel's scale.

    It is the `number`-th of so many `cases`; `following` is the next one, None after the last.
    """

    panel: Panel
    sample: SampleId
    number: int
    cases: int
    following: CaseId | None
    pack: Pack
    line: CaseLine
    observed: tuple[Observed, ...]
    open_until: Instant
    chairs: bool
    position: int


class ReportShown(msgspec.Struct, frozen=True, kw_only=True):
    """What a panel published of a sample, with what it asked for and what was answered."""

    panel: Panel
    sample: SampleId
    question: str
    chosen: bool
    strata: tuple[Stratum, ...]
    from_date: dt.date | None
    to_date: dt.date | None
    published_at: Instant
    words: str
    figures: Figures
    recommendations: tuple[RecommendationShown, ...]
    position: int


class VerificationsShown(msgspec.Struct, frozen=True, kw_only=True):
    """Who verified the two logs, as far as they said so."""

    case: tuple[Verified, ...]
    access: tuple[Verified, ...]
    position: int


class Panels(msgspec.Struct, frozen=True):
    """Reads for viewers, and what scrutiny panels do."""

    ground: Ground

    async def panels(self, viewer: Actor) -> Page[PanelShown]:
        """The panels of the partnership. Raises: NotPermitted, Unknown."""
        known, position = await self._scrutiny(viewer)
        items = tuple(self._panel(known, one, viewer, position) for one in known.panels.values())
        return Page(items=items, next=None, position=position)

    async def panel(self, viewer: Actor, panel: PanelId) -> PanelShown:
        """One panel. Raises: NotPermitted, Unknown."""
        known, position = await self._scrutiny(viewer)
        return self._panel(known, known.panel(panel), viewer, position)

    async def recommendations(self, viewer: Actor, *, to_agency: AgencyId | None = None) -> Page[RecommendationShown]:
        """What panels asked for, the first due first. Raises: NotPermitted, Unknown."""
        known, position = await self._scrutiny(viewer)
        asked = [one for one in known.recommendations.values() if to_agency in {None, one.to_agency}]
        return Page(items=self._recommendations(known, asked, viewer, position), next=None, position=position)

    async def recommendation(
        self, viewer: Actor, panel: PanelId, recommendation: RecommendationId
    ) -> RecommendationShown:
        """One recommendation. Raises: NotPermitted, Unknown."""
        known, position = await self._scrutiny(viewer)
        return self._recommendation(known, known.recommendation(panel, recommendation), viewer, position)

    async def sample(self, viewer: Actor, panel: PanelId, sample: SampleId) -> SampleShown:
        """One sample. Raises: NotPermitted, Unknown."""
        known, position = await self._scrutiny(viewer)
        one, of = known.sample(panel, sample), known.panel(panel)
        sits = viewer.worker in of.members
        now = self.ground.clock.now()
        return SampleShown(
            sample=one.id,
            panel=panel,
            panel_name=of.name,
            question=one.question,
            state=state_of(one, now),
            chosen=one.chosen,
            reason=one.reason,
            begun_at=one.begun_at,
            strata=one.strata,
            counts=one.counts,
            from_date=one.from_date,
            to_date=one.to_date,
            digest=one.digest,
            commitment=one.commitment,
            lot=one.lot,
            seed=one.seed,
            cases=tuple(_case_line(known, one, each.case, viewer, sits=sits) for each in one.cases),
            excluded=one.excluded,
            abandoned=one.abandoned,
            open_until=one.open_until if one.open_at(now) else None,
            sits=sits,
            chairs=viewer.worker == of.chair,
            position=position,
        )

    async def published_draw(self, viewer: Actor, panel: PanelId, sample: SampleId) -> PublishedDraw:
        """What a sample is drawn from, and how: for whoever wants to draw it again. Raises: NotPermitted, Unknown."""
        known, _ = await self._scrutiny(viewer)
        one = known.sample(panel, sample)
        if one.from_date is None or one.to_date is None:
            raise Unknown
        log = log_of(viewer.partnership)
        taken, _ = await self.ground.folds.fold(log, taken_before(one.id))
        strata = in_strata(taken, one.strata, one.from_date, one.to_date)
        page = await self.ground.log.read(
            log, (QueryItem(frozenset({"sample-committed"}), frozenset({f"sample:{one.id}"})),)
        )
        return PublishedDraw(
            algorithm=draw.ALGORITHM,
            partnership=viewer.partnership,
            panel=panel,
            sample=one.id,
            question=one.question,
            from_date=one.from_date,
            to_date=one.to_date,
            strata=one.strata,
            position=page.events[0].position,
            population={stratum: tuple(each.case for each in cases) for stratum, cases in strata.items()},
            digest=one.digest,
            commitment=one.commitment,
            lot=one.lot,
            seed=one.seed,
            drawn=tuple(each.case for each in one.cases),
            excluded=one.excluded,
        )

    async def pack(self, viewer: Actor, panel: PanelId, sample: SampleId, case: CaseId) -> PackShown:
        """A case in the room: what was known when it was decided, redacted. Raises: NotPermitted, Unknown."""
        seat = await self._in_the_room(viewer, panel, sample, case)
        pack = await seat.packing.pack(seat.case, viewer, seat.permission, seat.partnership, seat.panel.redaction)
        observed = await self._observed(viewer, seat.known, seat.sample, case)
        self._saw(seat, observed)
        order = [each.case for each in seat.sample.cases]
        number = order.index(case) + 1
        return PackShown(
            panel=seat.panel,
            sample=sample,
            number=number,
            cases=len(order),
            following=order[number] if number < len(order) else None,
            pack=pack,
            line=_case_line(seat.known, seat.sample, case, viewer, sits=True),
            observed=observed,
            open_until=found(seat.sample.open_until),
            chairs=viewer.worker == seat.panel.chair,
            position=seat.position,
        )

    async def pack_entries(self, viewer: Actor, panel: PanelId, sample: SampleId, case: CaseId) -> tuple[Entry, ...]:
        """What a pack shows as it stands in the log, taken out of the room. Raises: NotPermitted, Unknown."""
        seat = await self._in_the_room(viewer, panel, sample, case)
        entries = await seat.packing.entries(seat.case, viewer, seat.permission, seat.partnership, seat.panel.redaction)
        self._saw(seat)
        self.ground.account.exported("scrutiny-pack")
        return entries

    async def _in_the_room(self, viewer: Actor, panel: PanelId, sample: SampleId, case: CaseId) -> "_Seat":
        """A case, for who sits in the room. Raises: NotPermitted, Unknown, CaseShut."""
        known, position = await self._scrutiny(viewer)
        of, one = known.panel(panel), known.sample(panel, sample)
        log = log_of(viewer.partnership)
        know = self.ground.know(viewer)
        in_room = viewer.worker in of.members and one.open_at(know.now)
        resource = Resource(category="scrutiny", authors=frozenset(), in_room=in_room)
        permission = await permit(know, viewer, "read", resource)
        drawn = one.case_of(case)
        if reasons := await shut_to_panels(know, viewer, drawn.person):
            raise CaseShut(reasons=sorted(reasons))
        return _Seat(
            known=known,
            panel=of,
            sample=one,
            permission=permission,
            case=drawn,
            packing=Packing(self.ground.log, self.ground.codec, self.ground.unsealer, log),
            partnership=await know(partnership()),
            position=position,
        )

    def _saw(self, seat: "_Seat", observed: Sequence[Observed] = ()) -> None:
        opened: set[PersonalClass] = set(seat.permission.opens if seat.panel.redaction == "worded" else ())
        if any(each.observations is not None for each in observed):
            opened.add("identity")  # as which class they are sealed
        self.ground.account.saw("scrutiny", (seat.case.person,), seat.permission.rules, opened)

    async def verifications(self, viewer: Actor) -> VerificationsShown:
        """Who verified the logs, the latest of each log first. Raises: NotPermitted, Unknown."""
        known, position = await self._scrutiny(viewer)
        return VerificationsShown(
            case=known.verifications.get("case", ()),
            access=known.verifications.get("access", ()),
            position=position,
        )

    async def report(self, viewer: Actor, panel: PanelId, sample: SampleId) -> ReportShown:
        """What a panel published of a sample. Raises: NotPermitted, Unknown."""
        known, position = await self._scrutiny(viewer)
        of, one = known.panel(panel), known.sample(panel, sample)
        report = found(known.reports.get(one.id))
        return ReportShown(
            panel=of,
            sample=one.id,
            question=one.question,
            chosen=one.chosen,
            strata=one.strata,
            from_date=one.from_date,
            to_date=one.to_date,
            published_at=report.at,
            words=report.words,
            figures=report.figures,
            recommendations=self._recommendations(
                known, [each for each in known.recommendations.values() if each.sample == one.id], viewer, position
            ),
            position=position,
        )

    async def _scrutiny(self, viewer: Actor) -> tuple[Scrutiny, int]:
        log = log_of(viewer.partnership)
        await permit(self.ground.know(viewer), viewer, "read", ABOUT_NOBODY)
        return await self.ground.folds.fold(log, scrutiny())

    def _panel(self, known: Scrutiny, one: Panel, viewer: Actor, position: int) -> PanelShown:
        now = self.ground.clock.now()
        samples = sorted(
            (each for each in known.samples.values() if each.panel == one.id),
            key=lambda each: each.begun_at,
            reverse=True,
        )
        return PanelShown(
            panel=one,
            samples=tuple(
                SampleLine(
                    sample=each.id,
                    question=each.question,
                    state=state_of(each, now),
                    begun_at=each.begun_at,
                    cases=len(each.cases),
                )
                for each in samples
            ),
            recommendations=self._recommendations(
                known, [each for each in known.recommendations.values() if each.panel == one.id], viewer, position
            ),
            sits=viewer.worker in one.members,
            chairs=viewer.worker == one.chair,
            position=position,
        )

    def _recommendations(
        self, known: Scrutiny, asked: Iterable[Recommendation], viewer: Actor, position: int
    ) -> tuple[RecommendationShown, ...]:
        """What waits for an answer before what has one, the first due first."""
        waiting = sorted(asked, key=lambda one: (one.answered_at is not None, one.respond_by, one.id))
        return tuple(self._recommendation(known, one, viewer, position) for one in waiting)

    def _recommendation(
        self, known: Scrutiny, one: Recommendation, viewer: Actor, position: int
    ) -> RecommendationShown:
        return RecommendationShown(
            recommendation=one,
            panel_name=known.panel(one.panel).name,
            overdue=one.overdue(civil_date(self.ground.clock.now())),
            yours=one.to_agency == viewer.agency and viewer.role in ANSWERS,
            position=position,
        )

    async def _observed(self, viewer: Actor, known: Scrutiny, one: Sample, case: CaseId) -> tuple[Observed, ...]:
        """What members said, the last of each, and then the panel. Who has not graded yet sees no other's grade."""
        graded = known.grades.get((one.id, case), Graded())
        query = (QueryItem(frozenset({"case-graded-by-member", "case-graded"}), frozenset({f"sample:{one.id}"})),)
        page = await self.ground.log.read(log_of(viewer.partnership), query, sealed=True)
        last: dict[WorkerId | None, MemberGraded | PanelGraded] = {}
        for stored in page.events:
            fact = self.ground.codec.recorded(stored).fact
            if isinstance(fact, MemberGraded) and fact.case == case:
                last[fact.by_worker] = fact
            elif isinstance(fact, PanelGraded) and fact.case == case:
                last[None] = fact
        may_see = viewer.worker in graded.own or graded.grade is not None
        shown = [(by, fact) for by, fact in last.items() if may_see or by == viewer.worker]
        sealed = [fact.observations for _, fact in shown]
        opened = self.ground.unsealer.open_all(sealed) if any(isinstance(one, Sealed) for one in sealed) else sealed
        return tuple(
            Observed(
                by=by,
                grade=fact.grade,
                dissents=by in graded.dissent,
                observations=words if isinstance(words, str) else None,
            )
            for (by, fact), words in zip(shown, opened, strict=True)
        )


class _Seat(msgspec.Struct, frozen=True, kw_only=True):
    """A case in the room, and by what somebody looks at it."""

    known: Scrutiny
    panel: Panel
    sample: Sample
    permission: Permission
    case: Case
    packing: Packing
    partnership: Partnership
    position: int


def state_of(one: Sample, now: dt.datetime) -> str:
    """Where a sample stands."""
    if one.abandoned is not None:
        return "abandoned"
    if one.published_at is not None:
        return "published"
    if one.open_at(now):
        return "in-the-room"
    if one.chosen:
        return "chosen"
    if one.seed is not None:
        return "drawn"
    return "lot-cast" if one.lot is not None else "committed"


def _case_line(known: Scrutiny, one: Sample, case: CaseId, viewer: Actor, *, sits: bool) -> CaseLine:
    of = one.case_of(case)
    if not sits:
        return CaseLine(case=case, stratum=of.stratum, kind=of.kind)
    graded = known.grades.get((one.id, case), Graded())
    return CaseLine(
        case=case,
        stratum=of.stratum,
        kind=of.kind,
        grade=graded.grade,
        own=graded.own.get(viewer.worker),
        given=len(graded.own),
        dissent=len(graded.dissent),
        took_part=viewer.worker in of.by,
    )
