"""The reports: figures with who is behind each of them, pictures and files, for each role as far as it may know."""

import re

import httpx
import pytest
from playwright.async_api import Page, expect

from api.web.sessions import COOKIE
from tests.web.browser import in_each_mode, tab_to
from tests.web.site import Site

pytestmark = pytest.mark.anyio


@pytest.fixture
async def site(demo_site: Site) -> Site:
    return demo_site


def signed_in(site: Site, worker: str, partnership: str = "fenland") -> dict[str, str]:
    """The cookie of one of the demo's workers."""
    (token,) = [one.token for one in site.tokens if (one.worker, one.partnership) == (worker, partnership)]
    return {COOKIE.decode(): token}


async def get(site: Site, worker: str, path: str, partnership: str = "fenland") -> httpx.Response:
    cookies = "; ".join(f"{name}={value}" for name, value in signed_in(site, worker, partnership).items())
    return await site.client.get(path, headers={"cookie": cookies})


async def test_every_figure_leads_to_those_behind_it(site: Site) -> None:
    page = await get(site, "coordinator", "/reports")
    assert page.status_code == 200
    links = re.findall(r'href="(/reports/people[^"]*)"[^>]*>(\d+)', page.text)
    assert len(links) > 20
    for href, count in links:
        behind = await get(site, "coordinator", href.replace("&amp;", "&"))
        assert behind.status_code == 200, href
        shown = behind.text.count('<th scope="row">')
        hidden = re.search(r"(\d+) more that your agency may not see", behind.text)
        anonymous = re.search(r"(\d+) arrivals? without a name", behind.text)
        assert shown + sum(int(one[1]) for one in (hidden, anonymous) if one) == int(count), href


async def test_a_picture_s_file_says_what_its_table_says(site: Site) -> None:
    page = await get(site, "coordinator", "/reports?from_date=2022-10-01")
    files = {one.replace("&amp;", "&") for one in re.findall(r'href="(/reports/[\w-]+\.csv[^"]*)"', page.text)}
    assert len(files) >= 4
    for href in files:
        assert href.endswith("?from_date=2022-10-01")
        answer = await get(site, "coordinator", href)
        assert answer.headers["content-type"].startswith("text/csv")
        assert re.fullmatch(r'attachment; filename="[a-z-]+\.csv"', answer.headers["content-disposition"])
        assert answer.text.count("\r\n") > 1
    steps = await get(site, "coordinator", "/reports/highest-step.csv")
    assert steps.text.splitlines()[0] == "Step,People"
    assert len(steps.text.splitlines()) == 4


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("from_date=yesterday", "Enter the first day as a date"),
        ("to_date=2025-02-30", "Enter the last day as a date"),
        ("from_date=2025-03-01&to_date=2025-02-01", "The last day must be the first day or after it"),
    ],
)
async def test_a_period_that_is_none_is_said_beside_its_field(site: Site, query: str, words: str) -> None:
    page = await get(site, "coordinator", f"/reports?{query}")
    assert page.status_code == 422
    assert page.text.count(words) == 2, "above, and at the field"
    assert "hub-chart" not in page.text
    assert (await get(site, "coordinator", f"/reports/figures.csv?{query}")).status_code == 400
    assert (await get(site, "coordinator", f"/reports/people?figure=people_invited&{query}")).status_code == 400


async def test_a_period_without_anything_says_so(site: Site) -> None:
    page = await get(site, "coordinator", "/reports?from_date=1999-01-01&to_date=1999-12-31")
    assert "Nothing was recorded for this period" in page.text


async def test_a_role_that_reads_counts_alone_is_led_to_nobody(site: Site) -> None:
    page = await get(site, "administrator", "/reports")
    assert "/reports/people" not in page.text
    assert "rounded to the nearest 5" in page.text
    assert (await get(site, "administrator", "/reports/people?figure=people_invited")).status_code == 403


async def test_those_whom_an_agency_may_not_see_are_a_number(site: Site) -> None:
    page = await get(site, "work-coach", "/reports/people?figure=tickets_issued_total")
    assert "47 more that your agency may not see" in page.text
    assert "/people/" not in page.text.replace("/people/search", "")
    assert (await get(site, "coordinator", "/reports/people?figure=everybody")).status_code == 400
    assert (await get(site, "coordinator", "/reports/people?figure=people_invited&cursor=x")).status_code == 400


async def test_a_journey_is_shown_to_those_whom_the_person_concerns(site: Site) -> None:
    page = await get(site, "coordinator", "/reports/people?figure=people_invited")
    (first, *_) = [f"{path}/journey" for path in re.findall(r'href="(/people/[0-9a-f-]{20,})"', page.text)]
    journey = await get(site, "coordinator", first)
    assert journey.status_code == 200
    assert "The journey, agency by agency" in journey.text
    kept = await get(site, "coordinator", f"{first}.csv")
    assert kept.text.startswith("When,Agency,What")
    assert kept.headers["content-disposition"] == 'attachment; filename="journey.csv"'
    assert (await get(site, "work-coach", first)).status_code == 404


async def test_reports_are_accessible_and_work_by_keyboard(page: Page, site: Site) -> None:
    cookies = signed_in(site, "coordinator")
    await page.context.add_cookies([{"name": name, "value": text, "url": site.url} for name, text in cookies.items()])
    await page.goto("/reports")
    await in_each_mode(page, "reports")
    await page.get_by_label("First day").fill("2022-10-01")
    await tab_to(page, page.get_by_role("button", name="Show", exact=True))
    await page.keyboard.press("Enter")
    await expect(page).to_have_url(re.compile("from_date=2022-10-01"))
    await tab_to(page, page.get_by_role("link", name="People invited", exact=False).first)
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", level=1)).to_have_text("People invited")
    await in_each_mode(page, "reports-people")
    await page.locator("tbody a").first.press("Enter")
    await expect(page.locator(".hub-identity")).to_be_visible()
    await page.goto(f"{page.url}/journey")
    await expect(page.get_by_role("heading", level=1)).to_have_text("The journey")
    await in_each_mode(page, "reports-journey")
