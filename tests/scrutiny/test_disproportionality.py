"""Rates by group with their denominators and intervals; of few people nothing is told."""

import datetime as dt
from collections.abc import Mapping, Sequence
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.web.charts import rate_ratios
from application.scrutiny.disproportionality import Person, StepRates, group_of, rate_ratio, step_rates
from tests.api.world import world
from tests.scrutiny.test_over_http import Panel, read
from tests.scrutiny.test_pages import opened


def some(count: int, ethnicity: str, *steps: str) -> list[Person]:
    return [Person(ethnicity=ethnicity, age="25-34", sex="male", steps=frozenset(steps)) for _ in range(count)]


def test_a_rate_ratio_has_its_denominators_and_an_exact_interval() -> None:
    people = [
        *some(30, "white", "ticket:cpw"),
        *some(70, "white"),
        *some(12, "black", "ticket:cpw"),
        *some(8, "black"),
        *some(6, "not-stated", "ticket:cpw"),
        *some(10, "not-stated"),
    ]
    rates = next(one for one in step_rates(people) if one.characteristic == "ethnicity")
    assert (rates.reference, rates.reached, rates.people) == ("white", 48, 136)
    assert rates.not_stated == pytest.approx(16 / 136)
    black = next(one for one in rates.groups if one.group == "black")
    assert (black.reached, black.people) == (12, 20)
    assert black.ratio == pytest.approx(2.0)
    assert black.low is not None
    assert black.high is not None
    assert black.low < 2.0 < black.high


def test_the_interval_is_that_of_the_literature() -> None:
    ratio, low, high = rate_ratio(10, 100, 5, 100)
    assert ratio == pytest.approx(2.0)
    assert low == pytest.approx(0.623, abs=0.005), "Clopper-Pearson of 10 in 15 is 0.3838 to 0.8818"
    assert high == pytest.approx(7.46, abs=0.05)
    assert rate_ratio(0, 10, 5, 10)[1] == 0
    assert rate_ratio(5, 10, 0, 10)[0] is None


def test_of_few_people_nothing_is_told_and_nothing_can_be_worked_out() -> None:
    people = [*some(30, "white", "ticket:cpw"), *some(70, "white"), *some(2, "asian", "ticket:cpw"), *some(20, "asian")]
    rates = next(one for one in step_rates(people) if one.characteristic == "ethnicity")
    asian = next(one for one in rates.groups if one.group == "asian")
    white = next(one for one in rates.groups if one.group == "white")
    assert asian.reached is None
    assert white.reached is None, "or the total would tell"
    assert asian.ratio is None
    assert rates.reached == 32


GROUPS = ("white", "black", "asian")


def agreeing(rates: Sequence[StepRates], sizes: Sequence[int]) -> list[list[tuple[int, ...]]]:
    """For each step, how many of each group may have come to it, were the groups so large; each at least as told."""
    told: list[Mapping[str, int | None]] = [{one.group: one.reached for one in step.groups} for step in rates]
    return [
        [
            reached
            for reached in product(*(range(size + 1) for size in sizes))
            if sum(reached) == step.reached
            and all(told[at][group] in {None, one} for group, one in zip(GROUPS, reached, strict=True))
        ]
        for at, step in enumerate(rates)
    ]


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4), st.integers(1, 3)), min_size=3, max_size=3))
def test_nothing_can_be_worked_out_of_all_steps_together(counts: list[tuple[int, int, int]]) -> None:
    """One step tells no size of a group that another step hides: whoever has the whole page has both."""
    people = [
        one
        for group, (first, both, neither) in zip(GROUPS, counts, strict=True)
        for one in (*some(first, group, "a"), *some(both, group, "a", "b"), *some(neither, group))
    ]
    rates = [one for one in step_rates(people) if one.characteristic == "ethnicity"]
    sizes = [{one.group: one.people for one in step.groups} for step in rates]
    assert all(one == sizes[0] for one in sizes), "a size is told at every step or at none"
    if not rates:
        return
    possible = [
        found
        for found in product(range(1, len(people) + 1), repeat=3)
        if sum(found) == len(people)
        and all(sizes[0][group] in {None, one} for group, one in zip(GROUPS, found, strict=True))
        and all(agreeing(rates, found))
    ]
    for at, group in enumerate(GROUPS):
        if sizes[0][group] is None and len(people) >= 5 + len(GROUPS):
            assert max(one[at] for one in possible) >= 5, "that it is under five is not told"
            assert len({one[at] for one in possible}) > 1
        for step, shown in enumerate(rates):
            hidden = next(one for one in shown.groups if one.group == group).reached is None
            if hidden and 0 < shown.reached < len(people):
                values = {reached[at] for found in possible for reached in agreeing(rates, found)[step]}
                assert len(values) > 1


def test_the_order_of_groups_tells_no_size_that_is_hidden() -> None:
    people = [*some(30, "white", "a"), *some(9, "black", "a"), *some(3, "mixed", "a"), *some(40, "white")]
    (rates,) = (one for one in step_rates(people) if one.characteristic == "ethnicity")
    assert [(one.group, one.people) for one in rates.groups] == [("white", 70), ("black", None), ("mixed", None)]
    few = [*some(30, "white", "a"), *some(3, "asian", "a"), *some(9, "mixed", "a"), *some(40, "white")]
    (rates,) = (one for one in step_rates(few) if one.characteristic == "ethnicity")
    assert [one.group for one in rates.groups] == ["white", "asian", "mixed"], "by name, not by the larger"


def test_ethnicity_is_grouped_as_the_census_does() -> None:
    found = [group_of(one) for one in ("W1", "ROMA", "M9", "A4", "B2", "O2", "NS", None)]
    assert found == ["white", "white", "mixed", "asian", "black", "other-ethnic-group", "not-stated", "not-stated"]


@pytest.mark.anyio
async def test_only_years_that_are_over_are_told() -> None:
    async with world() as here:
        await here.agencies(("hub", "partnership"), ("police", "police"))
        panel = Panel(here)
        await panel.begin()
        this = here.clock.now().year
        refused = await panel.lay.get(f"/v1/reports/disproportionality?year={this}")
        assert refused.json()["code"] == "year-not-over"
        here.clock.at = dt.datetime(this + 1, 2, 1, 12, tzinfo=dt.UTC)
        again = await here.caller("panel-member", "hub", worker="lay")
        told = await read(again, f"/v1/reports/disproportionality?year={this}")
        assert told["people"] == 4
        assert all(group["reached"] is None for rate in told["rates"] for group in rate["groups"]), "four are few"


def test_a_picture_shows_each_comparison_with_how_sure_one_can_be() -> None:
    people = [
        *some(30, "white", "ticket:cpw"),
        *some(70, "white"),
        *some(12, "black", "ticket:cpw"),
        *some(8, "black"),
        *some(5, "asian", "ticket:cpw"),
        *some(900, "asian"),
        *some(40, "mixed", "ticket:cpw"),
        *some(6, "mixed"),
        *some(3, "other-ethnic-group", "ticket:cpw"),
        *some(5, "other-ethnic-group"),
    ]
    picture = rate_ratios(step_rates(people), "ethnicity", str.upper, str.title)
    rows = {row.name: row.cells for row in picture.table.rows}
    assert rows["TICKET:CPW: Asian"][3] == "1 (compared with)"
    assert rows["TICKET:CPW: Other-Ethnic-Group"][0] == "too few to show"
    assert rows["TICKET:CPW: Black"][0] == "too few to show", "or the few of the others could be worked out"
    assert rows["TICKET:CPW: White"][:4] == (30, 100, 30.0, 54.3)
    assert "more than chance would explain" in picture.description
    assert picture.svg.count("hub-chart__whisker") > 4
    assert "<title" in picture.svg
    assert "<desc" in picture.svg
    few = rate_ratios(step_rates(some(4, "white", "ticket:cpw")), "ethnicity", str.upper, str.title)
    assert few.svg == ""
    assert few.note == "Too few people to compare groups."


@pytest.mark.anyio
async def test_the_page_tells_of_a_year_with_its_file_and_nothing_of_few() -> None:
    async with world() as here:
        await here.agencies(("hub", "partnership"), ("police", "police"))
        panel = Panel(here)
        await panel.begin()
        here.clock.pass_by(days=400)
        year = here.clock.now().year - 1
        officer = await here.caller("constable", "police", worker="officer")
        page = await opened(here, officer, f"/reports/disproportionality?year={year}&by=sex")
        assert "Rates by sex" in page
        assert "Too few people to compare groups." in page
        assert "Who is met and dealt with how often" in await opened(here, officer, "/reports")
        file = await opened(here, officer, f"/reports/disproportionality.csv?year={year}&by=age")
        assert file.splitlines()[0].startswith("Step and group,Came to it,Of,Per 100,Ratio")
        for wrong in ("year=1999", "year=x", f"year={year + 1}", "by=height"):
            await opened(here, officer, f"/reports/disproportionality?{wrong}", 400)
