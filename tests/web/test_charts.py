"""Pictures say what their figures say: lengths are in proportion, the table says the same, and nobody needs colours."""

import csv
import io
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Final
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.web import charts
from api.web.charts import Chart, Row, Table, csv_of
from api.web.charts.picture import scale
from tests.web.pictures import (
    LONG,
    STEPS,
    few,
    histogram,
    journey,
    journey_of,
    many,
    none,
    of_steps,
    outcomes,
    usual,
)

GOLDEN: Final = Path(__file__).parents[1] / "golden" / "charts"
SVG: Final = "{http://www.w3.org/2000/svg}"
TEXT_MIN: Final = 12

Element = ET.Element


def drawings(chart: Chart) -> list[Element]:
    """The wide and the narrow drawing."""
    return list(ET.fromstring(f"<both>{chart.svg}</both>"))  # noqa: S314 - what we drew ourselves


def said_in(drawing: Element) -> list[str]:
    """The texts that are drawn, each as one."""
    return [" ".join(part.text or "" for part in one) for one in drawing.iter(f"{SVG}text")]


def bars(drawing: Element) -> list[tuple[float, float]]:
    """Widths and heights of the bars, in the order in which they are drawn."""
    return [
        (float(one.get("width", 0)), float(one.get("height", 0)))
        for one in drawing.iter(f"{SVG}rect")
        if "hub-chart__bar" in one.get("class", "")
    ]


@pytest.mark.parametrize("kind", [usual, few, many])
def test_every_drawing_is_named_and_described_and_has_no_style_or_script_of_its_own(
    kind: Callable[[], tuple[Chart, ...]],
) -> None:
    ids: list[str] = []
    for chart in kind():
        wide, narrow = drawings(chart)
        for drawing in (wide, narrow):
            assert drawing.get("role") == "img"
            title, description = (drawing.find(f"{SVG}{name}") for name in ("title", "desc"))
            assert title is not None
            assert description is not None
            assert (title.text, description.text) == (chart.title, chart.description)
            assert drawing.get("aria-labelledby") == f"{title.get('id')} {description.get('id')}"
            for one in drawing.iter():
                assert one.tag.removeprefix(SVG) not in {"script", "style", "foreignObject", "a", "image", "use"}
                assert not any(name == "style" or name.startswith("on") or "href" in name for name in one.attrib)
                assert not any(name in {"color", "stroke"} for name in one.attrib), "colours are the style sheet's"
                assert one.get("fill", "url(#").startswith("url(#")
            own = {one.get("id") for one in drawing.iter() if one.get("id")}
            used = {found for one in drawing.iter() for found in re.findall(r"url\(#(.+?)\)", one.get("fill", ""))}
            assert used <= own, "a fill of its own drawing: the other one may not be shown"
            ids += [one for one in own if one is not None]
            assert drawing.get("viewBox") == f"0 0 {drawing.get('width')} {drawing.get('height')}"
        assert int(narrow.get("width", 0)) <= 345, "fits a screen of 375 pixels beside its margins"
    assert len(ids) == len(set(ids)), "ids of one page"


@pytest.mark.parametrize("kind", [usual, few, many])
def test_what_is_drawn_lies_within_the_drawing(kind: Callable[[], tuple[Chart, ...]]) -> None:
    for chart in kind():
        for drawing in drawings(chart):
            wide, tall = float(drawing.get("width", 0)), float(drawing.get("height", 0))
            for one in drawing.iter():
                if one.tag == f"{SVG}rect" and "fill-" not in (one.get("id") or ""):
                    x, y = float(one.get("x", 0)), float(one.get("y", 0))
                    assert 0 <= x <= x + float(one.get("width", 0)) <= wide + 1, chart.key
                    assert 0 <= y <= y + float(one.get("height", 0)) <= tall + 1, chart.key
                if one.tag == f"{SVG}tspan":
                    assert -1 <= float(one.get("x", 0)) <= wide + 1, chart.key
                    assert 8 <= float(one.get("y", 0)) <= tall, (chart.key, one.text)


def test_where_there_is_nothing_words_say_what_is_missing() -> None:
    for chart in none():
        assert chart.empty
        assert chart.svg == ""
        assert chart.empty == chart.description
        assert csv_of(chart.table).count(b"\r\n") == len(chart.table.rows) + 1


steps = st.dictionaries(st.sampled_from(sorted(STEPS)), st.integers(0, 50_000), min_size=1)


@given(steps=steps)
def test_a_bar_is_as_long_as_its_number(steps: dict[str, int]) -> None:
    chart = charts.highest_step(of_steps(**steps), STEPS)
    assert [one.cells for one in chart.table.rows] == [(people,) for people in steps.values()]
    if not sum(steps.values()):
        assert chart.empty
        return
    for drawing in drawings(chart):
        longest = max(width for width, _ in bars(drawing))
        for (width, _), people in zip(bars(drawing), steps.values(), strict=True):
            assert width == pytest.approx(longest * people / max(steps.values()), abs=0.11)
        assert {f"{people:,}" for people in steps.values()} <= set(said_in(drawing)), "each bar says its number"


@given(people=st.lists(st.integers(0, 9_000), min_size=1, max_size=14), unreached=st.integers(0, 30_000))
def test_upright_bars_are_as_tall_as_their_numbers_the_unreached_too(people: list[int], unreached: int) -> None:
    counts = [*people, unreached]
    chart = charts.days_to_hub(histogram(tuple(one % 50 for one in people), unreached % 90))
    counts = [one % 50 for one in people] + [unreached % 90]
    if not sum(counts):
        assert chart.empty
        return
    for drawing in drawings(chart):
        heights = [height for _, height in bars(drawing)]
        unit = max(heights) / max(counts)
        assert heights == pytest.approx([one * unit for one in counts], abs=0.11)
        words = " ".join(said_in(drawing))
        assert "Have not come" in words
        assert ("Median" in words) == (sum(counts[:-1]) > 0)


@given(
    found=st.lists(st.tuples(*[st.integers(0, 30_000)] * 6).filter(any), min_size=1, max_size=6),
)
def test_the_parts_of_a_bar_are_together_as_long_as_the_whole(found: list[tuple[int, ...]]) -> None:
    told = outcomes(*((f"Agency {at}", 1, parts, (0, 0)) for at, parts in enumerate(found)))
    chart = charts.referrals_by_agency(told)
    for drawing in drawings(chart):
        widths = [width for width, _ in bars(drawing)]
        unit = sum(widths) / sum(map(sum, found))
        shown = [row.cells[: len(charts.stacked.CAME)] for row in chart.table.rows]
        # Each width is rounded to a tenth, and so is what the unit is reckoned from.
        rounding = 0.05 * (1 + len(widths))
        assert widths == pytest.approx([float(str(n)) * unit for row in shown for n in row if n], abs=rounding)
    assert [row.cells[6] for row in chart.table.rows] == [sum(parts) for parts in found]


WAYS: Final = (
    "met__green__came_to_hub__referred__positive",
    "met__green__cpw__came_to_hub__not_referred__open",
    "met__green__cpw__cpn__blue__did_not_come__not_referred__ended_otherwise",
    "invited__came_to_hub__referred__open",
    "invited__did_not_come__not_referred__open",
    "came_unasked__came_to_hub__not_referred__positive",
)


@given(ways=st.dictionaries(st.sampled_from(WAYS), st.integers(1, 40_000), min_size=1))
def test_a_stage_is_as_wide_as_its_people_and_every_row_fits(ways: dict[str, int]) -> None:
    told = journey_of(**ways)
    for drawing in drawings(charts.flow(told, STEPS)):
        wide = float(drawing.get("width", 0))
        widths = [width for width, _ in bars(drawing)]
        unit = max(widths) / max(one.people for one in told.nodes)
        for width, one in zip(widths, told.nodes, strict=True):
            assert width == pytest.approx(max(one.people * unit, 2.0), abs=0.2)
        for band in drawing.iter(f"{SVG}path"):
            xs = [float(pair.split(",")[0]) for pair in re.findall(r"-?[\d.]+,-?[\d.]+", band.get("d", ""))]
            assert all(-1 <= x <= wide + 3 for x in xs)
        assert len(list(drawing.iter(f"{SVG}path"))) == len(told.links)


def test_a_flow_that_all_of_many_thousands_take_but_one_shows_the_one() -> None:
    told = journey_of(met__green__came_to_hub__referred__positive=40_000, invited__did_not_come__not_referred__open=1)
    for drawing in drawings(charts.flow(told, STEPS)):
        assert min(width for width, _ in bars(drawing)) == 2.0


@given(entries=st.integers(1, 300), days=st.integers(0, 3_000))
def test_every_entry_of_a_journey_is_a_mark_or_counted_at_one(entries: int, days: int) -> None:
    found = journey("Police", "Health", LONG, entries=entries, days=days)
    chart = charts.lanes(found)
    assert len(chart.table.rows) == entries
    for drawing in drawings(chart):
        kinds = {mark.category for lane in found.lanes for mark in lane.marks}
        forms = [one for one in drawing.iter() if "hub-chart__shape" in one.get("class", "")]
        counted = [
            int(part.text or 0) for one in drawing.iter(f"{SVG}text") if "small" in one.get("class", "") for part in one
        ]
        assert len(forms) - len(kinds) - len(counted) + sum(counted) == entries


def test_a_text_of_anybody_s_is_a_text() -> None:
    evil = '</svg><script>alert("x")</script>\x00\x1b & Łódź 北京'
    for chart in (
        charts.highest_step(of_steps(green=3), {"green": evil}),
        charts.referrals_by_agency(outcomes((evil, 1, (1, 0, 0, 0, 0, 0), (0, 0)))),
        charts.lanes(journey(evil, entries=2, days=3)),
        charts.flow(journey_of(met__green__did_not_come__not_referred__open=1), {"green": evil}),
    ):
        assert "<script" not in chart.svg
        assert drawings(chart)


def test_a_file_has_every_row_and_no_formula() -> None:
    rows = (Row("=1+1", (3, "+44 1354")), Row('@"x", y', (None, " -2\ny")), Row("Police", (-2, "plain")))
    written = csv_of(Table(caption="x", headers=("Agency", "People", "Note"), rows=rows))
    assert written.startswith(b"Agency,People,Note\r\n")
    read = list(csv.reader(io.StringIO(written.decode(), newline="")))
    assert read[1:] == [["'=1+1", "3", "'+44 1354"], ['\'@"x", y', "", "' -2\ny"], ["Police", "-2", "plain"]]


@given(most=st.integers(0, 10**7))
def test_a_scale_is_of_few_round_values_and_reaches_the_greatest(most: int) -> None:
    values = scale(most)
    assert values[0] == 0
    assert values[-1] >= max(most, 1)
    assert len(values) <= 7
    assert str(values[1]).rstrip("0") in {"1", "2", "5"}


def test_a_rounded_picture_says_so() -> None:
    chart = charts.highest_step(of_steps(5, green=35, cpw=0), STEPS)
    assert chart.note
    assert {"about 35", "fewer than 3"} <= set(said_in(drawings(chart)[0]))
    assert charts.highest_step(of_steps(green=35), STEPS).note is None


@pytest.mark.parametrize("chart", usual(), ids=lambda one: one.key)
def test_a_picture_looks_as_it_was_agreed(chart: Chart) -> None:
    """With HUB_GOLDEN=write the pictures are kept as they are now: look at them before they are committed."""
    path = GOLDEN / f"{chart.key}.svg"
    drawn = chart.svg.replace("><", ">\n<") + "\n"
    if os.environ.get("HUB_GOLDEN") == "write":
        path.parent.mkdir(exist_ok=True)
        path.write_text(drawn, encoding="utf-8")
    assert drawn == path.read_text(encoding="utf-8")
