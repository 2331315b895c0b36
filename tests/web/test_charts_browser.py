"""Pictures in a real browser: readable by all, in every mode, and one of the two drawings at a time."""

from collections.abc import Callable
from pathlib import Path
from typing import Final

import pytest
from jinja2 import Environment, FileSystemLoader
from playwright.async_api import Page, Route

import api.web
from api.web.charts import Chart
from api.web.static import asset
from api.web.translating import gettext, ngettext
from tests.web.browser import axe, in_each_mode, overflow, shot
from tests.web.conftest import OpenPage
from tests.web.pictures import few, many, none, usual

pytestmark = pytest.mark.anyio

PATH: Final = "/pictures"
POLICY: Final = "default-src 'none'; style-src 'self'"
TEXT_MIN: Final = 12
PAGE: Final = """<!doctype html><html lang="en" class="govuk-template"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1"><title>Pictures</title>
<link rel="icon" href="data:,"><link rel="stylesheet" href="{{ css }}"></head>
<body class="govuk-template__body"><div class="govuk-width-container"><main class="govuk-main-wrapper">
<h1 class="govuk-heading-l">Pictures</h1>
{% from "charts/chart.html" import chart %}{% for one in pictures %}{{ chart(one, "/x.csv") }}{% endfor %}
</main></div></body></html>"""


async def show(page: Page, pictures: tuple[Chart, ...]) -> None:
    """Open a page with these pictures as if the site had it."""
    templates = Path(api.web.__file__).parent / "templates"
    environment = Environment(loader=FileSystemLoader(templates), autoescape=True, extensions=["jinja2.ext.i18n"])
    environment.install_gettext_callables(gettext, ngettext, newstyle=True)  # type: ignore[attr-defined] # added by the extension
    body = environment.from_string(PAGE).render(pictures=pictures, css=asset("hub.css"))

    async def answer(route: Route) -> None:
        headers = {"content-security-policy": POLICY + "; img-src data:"}
        await route.fulfill(body=body, content_type="text/html; charset=utf-8", headers=headers)

    await page.route(f"**{PATH}", answer)
    await page.goto(PATH)


async def test_pictures_are_accessible_in_each_mode(page: Page) -> None:
    await show(page, usual())
    for one in await page.locator("summary").all():
        await one.click()
    await in_each_mode(page, "pictures")


@pytest.mark.parametrize("kind", [few, none, many])
@pytest.mark.parametrize("mode", ["desktop", "dark-phone"])
async def test_so_are_pictures_of_nothing_and_of_many_thousands(
    open_page: OpenPage, kind: Callable[[], tuple[Chart, ...]], mode: str
) -> None:
    page = await open_page(mode)
    await show(page, kind())
    await shot(page, f"pictures-{kind.__name__}-{mode}")
    await axe(page)
    assert await overflow(page) == 0


@pytest.mark.parametrize("mode", ["desktop", "phone"])
async def test_one_drawing_of_each_is_shown_its_letters_large_enough(open_page: OpenPage, mode: str) -> None:
    page = await open_page(mode)
    await show(page, usual())
    shown = await page.evaluate(
        """[...document.querySelectorAll('.hub-chart')].map(chart => {
             const seen = [...chart.querySelectorAll('svg')].filter(one => one.checkVisibility())
             const scale = seen[0].getBoundingClientRect().width / seen[0].viewBox.baseVal.width
             const sizes = [...seen[0].querySelectorAll('text')].map(one => parseFloat(getComputedStyle(one).fontSize))
             return [seen.length, scale * Math.min(...sizes)]
           })"""
    )
    assert [count for count, _size in shown] == [1] * len(usual())
    assert all(size >= TEXT_MIN for _count, size in shown)
