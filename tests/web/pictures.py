"""Pictures of each kind, of few and of many, as tests draw them."""

import datetime as dt
import random
from functools import partial
from itertools import pairwise

from api.web import charts
from api.web.charts import Chart
from api.web.wording import label
from application.figures import (
    AgencyOutcomes,
    Bin,
    DaysHistogram,
    FlowLink,
    FlowNode,
    JourneyFlow,
    OutcomesByAgency,
    Span,
)
from application.readings.timelines import Journey, Lane, Mark
from application.scrutiny.disproportionality import Person, step_rates
from application.views.luscombe_report import DaysToHub, LuscombeReport, report
from domain.ids import AgencyId, PersonId

SPAN = Span(from_date=dt.date(2025, 4, 1), to_date=dt.date(2025, 6, 30), as_of=dt.date(2025, 12, 31))
STEPS = {"green": "Green", "cpw": "Community protection warning", "cpn": "Community protection notice", "blue": "Blue"}
LONG = "Cambridgeshire and Peterborough Integrated Drug and Alcohol Treatment Partnership for Adults and Young People"


def of_steps(rounded_to: int = 1, **steps: int) -> LuscombeReport:
    nothing = report((), (), as_of=SPAN.as_of)
    fields = {name: getattr(nothing, name) for name in nothing.__struct_fields__}
    return LuscombeReport(**{**fields, "people_by_highest_step": steps, "rounded_to": rounded_to})


def histogram(people: tuple[int, ...], unreached: int, width: int = 1) -> DaysHistogram:
    days = sorted(at * width for at, count in enumerate(people) for _ in range(count))
    summary = DaysToHub(
        median=float(days[len(days) // 2]) if days else None,
        p90=days[int(len(days) * 0.9)] if days else None,
        reached=len(days),
        unreached=unreached,
    )
    bins = tuple(Bin(at * width, at * width + width - 1, count) for at, count in enumerate(people))
    return DaysHistogram(span=SPAN, bins=bins, days=summary)


def journey_of(**ways: int) -> JourneyFlow:
    """A flow of so many people on each way: its stages with `__` between them, `_` for `-`."""
    order = ["met", "invited", "came-unasked", *(f"step:{one}" for one in STEPS), "came-to-hub", "did-not-come",
             "referred", "not-referred", "positive", "ended-otherwise", "open"]  # fmt: skip
    stage_of = {"met": "start", "invited": "start", "came-unasked": "start", "came-to-hub": "hub",
                "did-not-come": "hub", "referred": "help", "not-referred": "help"}  # fmt: skip
    layers = [0, 0, 0, 1, 2, 3, 4, 5, 5, 6, 6, 7, 7, 7]
    nodes: dict[str, int] = {}
    links: dict[tuple[str, str], int] = {}
    for way, people in ways.items():
        found = [f"step:{one}" if one in STEPS else one.replace("_", "-") for one in way.split("__")]
        for one in found:
            nodes[one] = nodes.get(one, 0) + people
        for pair in pairwise(found):
            links[pair] = links.get(pair, 0) + people
    return JourneyFlow(
        span=SPAN,
        people=sum(ways.values()),
        nodes=tuple(
            FlowNode(
                node=one,
                stage="step" if one.startswith("step:") else stage_of.get(one, "outcome"),  # type: ignore[arg-type]
                layer=layers[order.index(one)],
                people=nodes[one],
            )
            for one in order
            if one in nodes
        ),
        links=tuple(FlowLink(source=source, target=target, people=links[source, target]) for source, target in
                    sorted(links, key=lambda pair: (order.index(pair[0]), order.index(pair[1])))),
    )  # fmt: skip


def outcomes(*agencies: tuple[str, int, tuple[int, ...], tuple[int, int]]) -> OutcomesByAgency:
    kinds = ("waiting", "accepted", "completed", "declined", "failed", "taken-back")
    return OutcomesByAgency(
        span=SPAN,
        agencies=tuple(
            AgencyOutcomes(
                agency=AgencyId(f"a-{at}"),
                name=name,
                rounded_to=to,
                referrals=dict(zip(kinds, counts, strict=True)),  # type: ignore[arg-type]
                episodes={"positive": ended[0], "otherwise": ended[1]},
            )
            for at, (name, to, counts, ended) in enumerate(agencies)
        ),
    )


def journey(*agencies: str, entries: int, days: int, seed: int = 1) -> Journey:
    drawn = random.Random(seed)  # noqa: S311 - a picture, no secret
    kinds = (
        ("encounter-recorded", "engagement"),
        ("ticket-issued", "engagement"),
        ("hub-attended", "hub"),
        ("referral-sent", "support"),
        ("referral-accepted", "support"),
        ("housing-authority-notified", "duty"),
        ("languages-set", "register"),
    )
    start = dt.datetime(2025, 4, 3, 22, 10, tzinfo=dt.UTC)
    marks: dict[str, list[Mark]] = {one: [] for one in agencies}
    for at in range(entries):
        kind, category = drawn.choice(kinds)
        after = dt.timedelta(days=days * at / max(entries - 1, 1), minutes=drawn.randrange(50))
        marks[agencies[at % len(agencies)]].append(
            Mark(happened=start + after, type=kind, category=category)  # type: ignore[arg-type]
        )
    return Journey(
        person=PersonId("p-1"),
        lanes=tuple(
            Lane(agency=AgencyId(f"a-{at}"), name=name, marks=tuple(marks[name])) for at, name in enumerate(agencies)
        ),
        cut=False,
        position=1,
    )


def ratios(scale: int = 1, **groups: tuple[int, int]) -> Chart:
    """Rates of two steps by ethnic group: of each group how many came to the first, of how many."""
    people = [
        Person(ethnicity=name.replace("_", "-"), age="25-34", sex="male", steps=steps)
        for name, (reached, of) in groups.items()
        for at in range(of * scale)
        for steps in [frozenset({"ticket:cpw"} if at < reached * scale else {"came-to-hub"} if not at % 3 else ())]
    ]
    return charts.rate_ratios(step_rates(people), "ethnicity", str, partial(label, "ethnic-group"))


def usual() -> tuple[Chart, ...]:
    """One picture of each kind, of a usual quarter."""
    told = outcomes(
        ("Drug and alcohol support service", 1, (3, 9, 6, 2, 1, 0), (4, 1)),
        ("Health", 5, (0, 5, 10, 0, 0, 0), (0, 0)),
        ("Housing options", 5, (5, 15, 5, 5, 0, 5), (10, 5)),
        (LONG, 5, (0, 5, 0, 0, 0, 0), (5, 0)),
    )
    return (
        charts.highest_step(of_steps(green=37, cpw=5, cpn=2, blue=1), STEPS, {"green": "/reports/people"}),
        charts.flow(
            journey_of(
                met__green__came_to_hub__referred__positive=14,
                met__green__came_to_hub__not_referred__open=4,
                met__green__did_not_come__not_referred__open=9,
                met__green__cpw__came_to_hub__referred__open=3,
                met__green__cpw__did_not_come__not_referred__ended_otherwise=2,
                met__green__cpw__cpn__did_not_come__not_referred__ended_otherwise=1,
                met__green__cpw__cpn__blue__did_not_come__not_referred__ended_otherwise=1,
                invited__green__came_to_hub__referred__positive=5,
                invited__came_to_hub__not_referred__open=2,
                came_unasked__came_to_hub__referred__positive=4,
                came_unasked__came_to_hub__not_referred__open=3,
            ),
            STEPS,
        ),
        charts.days_to_hub(histogram((2, 1, 0, 3, 1, 2, 4, 9, 2, 1, 0, 1, 0, 1), 13)),
        charts.referrals_by_agency(told),
        charts.episodes_by_agency(told),
        charts.lanes(journey("Police", "District council", "Drug and alcohol support service", entries=34, days=120)),
        ratios(white=(20, 90), black=(14, 22), asian=(6, 40), mixed=(5, 11), other_ethnic_group=(2, 9)),
    )


def few() -> tuple[Chart, ...]:
    """One of everything."""
    told = outcomes(("Police", 1, (1, 0, 0, 0, 0, 0), (1, 0)))
    return (
        charts.highest_step(of_steps(green=1), STEPS),
        charts.flow(journey_of(met__green__did_not_come__not_referred__open=1), STEPS),
        charts.days_to_hub(histogram((1,), 0)),
        charts.referrals_by_agency(told),
        charts.episodes_by_agency(told),
        charts.lanes(journey("Police", entries=1, days=0)),
        ratios(white=(5, 10), black=(5, 10)),
    )


def none() -> tuple[Chart, ...]:
    """Nothing at all."""
    return (
        charts.highest_step(of_steps(), STEPS),
        charts.flow(journey_of(), STEPS),
        charts.days_to_hub(histogram((), 0)),
        charts.referrals_by_agency(outcomes()),
        charts.episodes_by_agency(outcomes()),
        charts.lanes(journey(entries=0, days=0)),
        ratios(),
    )


def many() -> tuple[Chart, ...]:
    """Tens of thousands, names as long as can be, and counts that are rounded."""
    told = outcomes(
        *((f"{LONG} {at}", 5, (120 * at, 4_000, 12_345, 900, 10 * at, 5), (4_000, 25)) for at in range(1, 9))
    )
    return (
        charts.highest_step(of_steps(5, green=48_230, cpw=12_345, cpn=905, blue=0), {**STEPS, "cpw": LONG}),
        charts.flow(
            journey_of(
                met__green__came_to_hub__referred__positive=20_000,
                met__green__cpw__cpn__blue__did_not_come__not_referred__ended_otherwise=1,
                invited__came_to_hub__referred__open=10_000,
                came_unasked__came_to_hub__not_referred__open=30_000,
                met__did_not_come__not_referred__open=7,
            ),
            {**STEPS, "cpn": LONG},
        ),
        charts.days_to_hub(histogram((9_000, 4_000, 3_000, 1_200, 800, 90, 7, 0, 0, 0, 1), 21_000, 28)),
        charts.referrals_by_agency(told),
        charts.episodes_by_agency(told),
        charts.lanes(journey(*(f"{LONG} {at}" for at in range(9)), entries=1_800, days=1_500)),
        ratios(10, white=(900, 1_000), black=(9, 400), asian=(1, 300), mixed=(40, 50), other_ethnic_group=(60, 61)),
    )
