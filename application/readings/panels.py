"""What is shown of scrutiny to everybody: panels, samples, recommendations, and what was published."""

import datetime as dt
from collections.abc import Iterable
from typing import Final

import msgspec

from application.ports import log_of
from application.readings.ground import Ground
from application.readings.paging import Page
from application.readings.scrutiny_room import CaseLine, case_line, scrutiny_known
from application.scrutiny.population import in_strata, taken_before
from domain.actors import Actor
from domain.facts import Instant, QueryItem
from domain.governance.sharing_rules import ROLES_FOR
from domain.ids import AgencyId, CaseId, PanelId, RecommendationId, SampleId
from domain.refusals import Unknown, found
from domain.scrutiny import draw
from domain.scrutiny.panel import Panel
from domain.scrutiny.recommendation import Recommendation
from domain.scrutiny.reporting import Figures
from domain.scrutiny.sample import Excluded, Sample, Stratum
from domain.scrutiny.scrutiny import Scrutiny
from domain.scrutiny.verification import Verified

ANSWERS: Final = ROLES_FOR["scrutiny", "write"] - {"panel-member", "system"}
"""Who speaks for an agency that a panel asked."""


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


class ReportShown(msgspec.Struct, frozen=True, kw_only=True):
    """What a panel published of a sample, with what it asked for and what was answered.

    `given_up`: how many samples the panel had bound itself to before this one was published, and given up.
    """

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
    given_up: int
    position: int


class VerificationsShown(msgspec.Struct, frozen=True, kw_only=True):
    """Who verified the two logs, as far as they said so."""

    case: tuple[Verified, ...]
    access: tuple[Verified, ...]
    position: int


class Panels(msgspec.Struct, frozen=True):
    """Reads what panels do."""

    ground: Ground

    async def panels(self, viewer: Actor) -> Page[PanelShown]:
        """The panels of the partnership. Raises: NotPermitted, Unknown."""
        known, position = await scrutiny_known(self.ground, viewer)
        items = tuple(self._panel(known, one, viewer, position) for one in known.panels.values())
        return Page(items=items, next=None, position=position)

    async def panel(self, viewer: Actor, panel: PanelId) -> PanelShown:
        """One panel. Raises: NotPermitted, Unknown."""
        known, position = await scrutiny_known(self.ground, viewer)
        return self._panel(known, known.panel(panel), viewer, position)

    async def recommendations(self, viewer: Actor, *, to_agency: AgencyId | None = None) -> Page[RecommendationShown]:
        """What panels asked for, the first due first. Raises: NotPermitted, Unknown."""
        known, position = await scrutiny_known(self.ground, viewer)
        asked = [one for one in known.recommendations.values() if to_agency in {None, one.to_agency}]
        return Page(items=self._recommendations(known, asked, viewer, position), next=None, position=position)

    async def recommendation(
        self, viewer: Actor, panel: PanelId, recommendation: RecommendationId
    ) -> RecommendationShown:
        """One recommendation. Raises: NotPermitted, Unknown."""
        known, position = await scrutiny_known(self.ground, viewer)
        return self._recommendation(known, known.recommendation(panel, recommendation), viewer, position)

    async def sample(self, viewer: Actor, panel: PanelId, sample: SampleId) -> SampleShown:
        """One sample. Raises: NotPermitted, Unknown."""
        known, position = await scrutiny_known(self.ground, viewer)
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
            cases=tuple(case_line(known, one, each.case, viewer, sits=sits) for each in one.cases),
            excluded=one.excluded,
            abandoned=one.abandoned,
            open_until=one.open_until if one.open_at(now) else None,
            sits=sits,
            chairs=viewer.worker == of.chair,
            position=position,
        )

    async def published_draw(self, viewer: Actor, panel: PanelId, sample: SampleId) -> PublishedDraw:
        """What a sample is drawn from, and how: for whoever wants to draw it again. Raises: NotPermitted, Unknown."""
        known, _ = await scrutiny_known(self.ground, viewer)
        one = known.sample(panel, sample)
        if one.from_date is None or one.to_date is None:
            raise Unknown
        log = log_of(viewer.partnership)
        taken, _ = await self.ground.fold(viewer, taken_before(one.id))
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

    async def verifications(self, viewer: Actor) -> VerificationsShown:
        """Who verified the logs, the latest of each log first. Raises: NotPermitted, Unknown."""
        known, position = await scrutiny_known(self.ground, viewer)
        return VerificationsShown(
            case=known.verifications.get("case", ()),
            access=known.verifications.get("access", ()),
            position=position,
        )

    async def report(self, viewer: Actor, panel: PanelId, sample: SampleId) -> ReportShown:
        """What a panel published of a sample. Raises: NotPermitted, Unknown."""
        known, position = await scrutiny_known(self.ground, viewer)
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
            given_up=sum(
                each.panel == of.id and each.abandoned is not None and not each.chosen and each.begun_at <= report.at
                for each in known.samples.values()
            ),
            position=position,
        )

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
            overdue=one.overdue(self.ground.clock.now()),
            yours=one.to_agency == viewer.agency and viewer.role in ANSWERS,
            position=position,
        )


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
