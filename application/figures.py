"""The figures behind pictures: the journey as a flow, days from ticket to hub, what came of it agency by agency.

Pure folds of rows that are there. Where a viewer may not see people, every count is rounded to the nearest five, over
whole months: then neither a small number nor the difference between two periods tells of one person.
"""

import calendar
import datetime as dt
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Any, Final, Literal

import msgspec

from application.views.counted import ReferralCount
from application.views.luscombe_report import (
    NO_FURTHER_CONTACT_DAYS,
    ArrivalsRow,
    Cohort,
    DaysToHub,
    Human,
    LuscombeReport,
    LuscombeRow,
    Period,
    summary_of_days,
)
from domain.codes import POSITIVE_OUTCOMES, ReferralStatus
from domain.ids import AgencyId

ROUNDED_TO: Final = 5
ENOUGH: Final = 20
"""Of how many people a median and a percentile are told to those who may not see people."""
BINS: Final = 14
BIN_DAYS: Final = (1, 2, 7, 14, 28, 91, 182, 364)


class Span(msgspec.Struct, frozen=True, kw_only=True):
    """What a figure covers: a period, both days inclusive, as of the end of a day; 1 where counts are exact."""

    from_date: dt.date | None
    to_date: dt.date | None
    as_of: dt.date
    no_further_contact_days: int = NO_FURTHER_CONTACT_DAYS
    rounded_to: int = 1

    def in_months(self, today: dt.date) -> "Span":
        """Whole calendar months, the running one as far as it has come, counts rounded."""
        return Span(
            from_date=self.from_date and self.from_date.replace(day=1),
            to_date=self.to_date and _end_of_month(self.to_date),
            as_of=min(_end_of_month(self.as_of), today),
            rounded_to=ROUNDED_TO,
        )

    def cohort(self, rows: Iterable[LuscombeRow], anonymous: Iterable[ArrivalsRow] = ()) -> Cohort:
        """The people of this period."""
        return Cohort(
            rows,
            anonymous,
            as_of=self.as_of,
            from_date=self.from_date,
            to_date=self.to_date,
            no_further_contact_days=self.no_further_contact_days,
        )

    def period(self) -> Period:
        """The period, which ends at the latest with the day of the count."""
        return Period(self.from_date, min(self.to_date, self.as_of) if self.to_date else self.as_of)


def _end_of_month(day: dt.date) -> dt.date:
    return day.replace(day=calendar.monthrange(day.year, day.month)[1])


def rounded(count: int, to: int) -> int:
    """To the nearest multiple: 1 and 2 are 0, 3 and 4 are 5."""
    return (count + to // 2) // to * to


def rounded_report(report: LuscombeReport, span: Span) -> LuscombeReport:
    """The report without a count that tells of single people; a sum is the sum of its rounded parts."""
    to = span.rounded_to
    if to == 1:
        return report
    counts: dict[str, Any] = {
        name: rounded(value, to) if isinstance(value, int) else {part: rounded(one, to) for part, one in value.items()}
        for name, value in msgspec.structs.asdict(report).items()
        if isinstance(value, int | dict) and name not in {"no_further_contact_days", "rounded_to"}
    }
    counts["tickets_issued_total"] = sum(counts["tickets_issued"].values())
    counts["walk_ins"] = counts["walk_in_people"] + counts["walk_in_anonymous"]
    days = rounded_days(report.days_ticket_to_hub, to)
    return msgspec.structs.replace(report, **counts, rounded_to=to, days_ticket_to_hub=days)


def rounded_days(days: DaysToHub, to: int) -> DaysToHub:
    """Counts rounded; the median and percentile of few people are not told."""
    told = to == 1 or days.reached >= ENOUGH
    return DaysToHub(
        median=days.median if told else None,
        p90=days.p90 if told else None,
        reached=rounded(days.reached, to),
        unreached=rounded(days.unreached, to),
    )


class Bin(msgspec.Struct, frozen=True):
    """How many people came after so many days, from the first to the last."""

    first: int
    last: int
    people: int


class DaysHistogram(msgspec.Struct, frozen=True, kw_only=True):
    """Days from a person's first ticket in the period to the hub, in steps of equal width, and who never came."""

    span: Span
    bins: tuple[Bin, ...]
    days: DaysToHub


def days_histogram(cohort: Cohort, span: Span) -> DaysHistogram:
    """Each person who had a ticket is in one bin, or unreached."""
    found = [human.days_to_hub for human in cohort.people]
    days = [one[1] for one in found if one is not None and one[1] is not None]
    most = max(days, default=-1) + 1
    width = next((one for one in BIN_DAYS if most <= one * BINS), BIN_DAYS[-1])
    counts = Counter(one // width for one in days)
    bins = tuple(
        Bin(at * width, at * width + width - 1, rounded(counts[at], span.rounded_to)) for at in range(-(-most // width))
    )
    return DaysHistogram(span=span, bins=bins, days=rounded_days(summary_of_days(found), span.rounded_to))


Stage = Literal["start", "step", "hub", "help", "outcome"]


class FlowNode(msgspec.Struct, frozen=True, kw_only=True):
    """A stage of the journey and how many people came through it. `layer` is how far along it stands."""

    node: str
    stage: Stage
    layer: int
    people: int


class FlowLink(msgspec.Struct, frozen=True, kw_only=True):
    """How many people went from one stage to another."""

    source: str
    target: str
    people: int


class JourneyFlow(msgspec.Struct, frozen=True, kw_only=True):
    """The journey of everybody with a ticket, an invitation or an attendance in the period: nobody is lost on the way.

    It says who was referred, never to whom or for what; and whether it ended well, never how.
    """

    span: Span
    people: int
    nodes: tuple[FlowNode, ...]
    links: tuple[FlowLink, ...]


STARTS: Final = ("met", "invited", "came-unasked")
HUB: Final = ("came-to-hub", "did-not-come")
HELP: Final = ("referred", "not-referred")
OUTCOMES: Final = ("positive", "ended-otherwise", "open")


def journey_flow(cohort: Cohort, span: Span) -> JourneyFlow:
    """Everybody takes one way: met or invited, the steps, came or not, referred or not, and what came of it."""
    ranks = cohort.ranks()
    steps = sorted(ranks, key=lambda one: (ranks[one], one))
    ways = Counter(_way(human, cohort, steps) for human in cohort.people if human.concerned)
    ways = Counter({way: rounded(people, span.rounded_to) for way, people in ways.items()})
    nodes: Counter[str] = Counter()
    links: Counter[tuple[str, str]] = Counter()
    for way, people in ways.items():
        for one in way:
            nodes[one] += people
        for pair in pairwise(way):
            links[pair] += people
    stages: tuple[tuple[Stage, Sequence[str]], ...] = (
        ("start", STARTS),
        *(("step", (step_node(one),)) for one in steps),
        ("hub", HUB),
        ("help", HELP),
        ("outcome", OUTCOMES),
    )
    order = {one: (layer, at) for layer, (_, names) in enumerate(stages) for at, one in enumerate(names)}
    return JourneyFlow(
        span=span,
        people=sum(ways.values()),
        nodes=tuple(
            FlowNode(node=one, stage=stage, layer=layer, people=nodes[one])
            for layer, (stage, names) in enumerate(stages)
            for one in names
            if nodes[one]
        ),
        links=tuple(
            FlowLink(source=source, target=target, people=links[source, target])
            for source, target in sorted(links, key=lambda one: (order[one[0]], order[one[1]]))
            if links[source, target]
        ),
    )


def step_node(step: str) -> str:
    """The name of a step among the stages: whatever a ladder calls it, it is none of the others."""
    return f"step:{step}"


def _way(human: Human, cohort: Cohort, steps: Sequence[str]) -> tuple[str, ...]:
    row, period = human.row, cohort.period
    had = {one.step for one in human.tickets}
    asked = bool(had) or any(one.on in period for one in row.invitations)
    met = any(one.on in period for one in row.encounters)
    referred = any(each.on in period for one in cohort.records[row.person] for each in one.referred)
    outcome = max(((one.on, one.outcome) for one in row.outcomes if one.on in period), default=None)
    return (
        STARTS[0 if met else 1 if asked else 2],
        *(step_node(one) for one in steps if one in had),
        HUB[0 if human.attended else 1],
        HELP[0 if referred else 1],
        OUTCOMES[2 if outcome is None else 0 if outcome[1] in POSITIVE_OUTCOMES else 1],
    )


Came = Literal["waiting", "accepted", "completed", "declined", "failed", "taken-back"]
"""What came of a referral: nobody has answered, it is being worked, it is done, and how it ended else."""
Ended = Literal["positive", "otherwise"]

CAME: Final[Mapping[ReferralStatus, Came]] = {
    "requested": "waiting",
    "received": "waiting",
    "accepted": "accepted",
    "in-progress": "accepted",
    "on-hold": "accepted",
    "completed": "completed",
    "rejected": "declined",
    "failed": "failed",
    "cancelled": "taken-back",
}


class AgencyOutcomes(msgspec.Struct, frozen=True, kw_only=True):
    """An agency: what came of the referrals that it was asked, and how the episodes ended that it closed."""

    agency: AgencyId
    name: str
    rounded_to: int
    referrals: Mapping[Came, int]
    episodes: Mapping[Ended, int]


class OutcomesByAgency(msgspec.Struct, frozen=True, kw_only=True):
    """Referrals sent and episodes ended in whole months. Counts of agencies other than the viewer's are rounded."""

    span: Span
    agencies: tuple[AgencyOutcomes, ...]


def outcomes_by_agency(
    rows: Iterable[LuscombeRow],
    referrals: Iterable[ReferralCount],
    names: Mapping[AgencyId, str],
    span: Span,
    exact_for: AgencyId | None,
) -> OutcomesByAgency:
    """Each referral counts once, for the agency that is asked now; each agency that has anything to show is there.

    That a referral to a treatment service exists is need-to-know: only an agency's own counts are exact to it.
    """
    period = span.period()
    came: dict[AgencyId, Counter[Came]] = {}
    for one in referrals:
        if one.status != "entered-in-error" and one.sent_on in period:
            came.setdefault(one.to_agency, Counter())[CAME[_status(one, span.as_of)]] += 1
    ended: dict[AgencyId, Counter[Ended]] = {}
    for row in rows:
        for end in row.outcomes:
            if end.on in period:
                how: Ended = "positive" if end.outcome in POSITIVE_OUTCOMES else "otherwise"
                ended.setdefault(end.by_agency, Counter())[how] += 1
    agencies: list[AgencyOutcomes] = []
    for agency in came.keys() | ended.keys():
        to = 1 if agency == exact_for else span.rounded_to
        agencies.append(
            AgencyOutcomes(
                agency=agency,
                name=names.get(agency, agency),
                rounded_to=to,
                referrals={one: rounded(came.get(agency, Counter())[one], to) for one in _each(Came)},
                episodes={one: rounded(ended.get(agency, Counter())[one], to) for one in _each(Ended)},
            )
        )
    return OutcomesByAgency(span=span, agencies=tuple(sorted(agencies, key=lambda one: (one.name, one.agency))))


def _each(literal: Any) -> tuple[Any, ...]:  # noqa: ANN401 - the codes of a list of codes
    return tuple(literal.__args__)


def _status(row: ReferralCount, as_of: dt.date) -> ReferralStatus:
    """Where a referral stood at the end of a day."""
    turns = [one.status for one in row.turns if one.on <= as_of]
    return turns[-1] if turns else "requested"
