"""All that the panels of a partnership did, folded together: they are few, and meet a few times a year."""

from typing import Final

import msgspec

from domain.facts import Fact, Knowledge, knowing
from domain.ids import PanelId, RecommendationId, SampleId, WorkerId
from domain.refusals import found
from domain.scrutiny import grading, panel, recommendation, sample, verification
from domain.scrutiny.grading import Grades
from domain.scrutiny.panel import Panel, PanelChanged, PanelConvened, Panels
from domain.scrutiny.recommendation import Recommendation, Recommendations
from domain.scrutiny.reporting import ReportPublished
from domain.scrutiny.sample import Sample, Samples
from domain.scrutiny.verification import LogVerified, Verifications


class Scrutiny(msgspec.Struct, frozen=True):
    """Panels, samples, grades, recommendations as they stand, the reports that are out, and who verified the logs."""

    panels: Panels = {}
    samples: Samples = {}
    grades: Grades = {}
    recommendations: Recommendations = {}
    reports: dict[SampleId, ReportPublished] = {}
    verifications: Verifications = {}

    def panel(self, one: PanelId) -> Panel:
        """A panel. Raises Unknown."""
        return found(self.panels.get(one))

    def sample(self, of: PanelId, one: SampleId) -> Sample:
        """A sample of a panel. Raises Unknown."""
        known = self.samples.get(one)
        return found(known if known is not None and known.panel == of else None)

    def recommendation(self, of: PanelId, one: RecommendationId) -> Recommendation:
        """A recommendation of a panel. Raises Unknown."""
        known = self.recommendations.get(one)
        return found(known if known is not None and known.panel == of else None)


OF_SCRUTINY: Final = (
    PanelConvened,
    PanelChanged,
    *sample.OF_SAMPLES,
    *grading.OF_GRADING,
    *recommendation.OF_RECOMMENDATIONS,
    ReportPublished,
    LogVerified,
)


def evolve(state: Scrutiny, fact: Fact) -> Scrutiny:
    """What stands after a fact."""
    change = msgspec.structs.replace
    if isinstance(fact, ReportPublished):
        one = state.samples.get(fact.sample)
        if one is None:
            return state
        closed = change(one, published_at=fact.at, open_until=None)
        return change(
            state, samples={**state.samples, fact.sample: closed}, reports={**state.reports, fact.sample: fact}
        )
    if isinstance(fact, LogVerified):
        return change(state, verifications=verification.evolve(state.verifications, fact))
    if isinstance(fact, sample.SampleCommitted):
        samples = sample.evolve(state.samples, fact)
        known = state.panels.get(fact.panel)
        chairs = frozenset[WorkerId]() if known is None else frozenset({known.chair})
        return change(state, samples={**samples, fact.sample: change(samples[fact.sample], chairs=chairs)})
    if isinstance(fact, sample.OF_SAMPLES):
        return change(state, samples=sample.evolve(state.samples, fact))
    if isinstance(fact, grading.OF_GRADING):
        return change(state, grades=grading.evolve(state.grades, fact))
    if isinstance(fact, recommendation.OF_RECOMMENDATIONS):
        return change(state, recommendations=recommendation.evolve(state.recommendations, fact))
    samples = state.samples
    if isinstance(fact, PanelChanged):
        samples = {
            one.id: change(one, chairs=one.chairs | {fact.chair}) if one.panel == fact.panel else one
            for one in samples.values()
        }
    return change(state, panels=panel.evolve(state.panels, fact), samples=samples)


_SCRUTINY: Final = knowing(Scrutiny(), evolve, OF_SCRUTINY)


def scrutiny() -> Knowledge[Scrutiny]:
    """What the panels of a partnership did, at the head."""
    return _SCRUTINY
