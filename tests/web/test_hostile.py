"""Whatever is typed into a form is a text: it runs nowhere, breaks nothing, and comes back as it was typed."""

import re
from collections.abc import AsyncIterator, Iterator

import pytest
from playwright.async_api import Page, expect

from api.routes import Write
from api.v1 import ROUTES
from api.web import forms
from api.web.acts import acts
from api.web.options import LOADS
from api.web.screens import SCREENS
from tests.api.world import Caller
from tests.web.record_world import made, record, sign_in
from tests.web.site import Site
from tests.web.visitor import Form, Seen, Visitor

pytestmark = pytest.mark.anyio

HOSTILE = "<script>alert(1)</script>\"'&amp;</textarea> {{7*7}} \u202e名前 اسم"
CONTROL = "\x00\x07\x1b\x7f"
NO_TIME = "the day before yesterday"
NAMES = (("王", "小明"), ("Владимир", "Коваленко"), ("محمد", "الأمين"), ("ⴰⵎⴰⵣⵉⵖ", "ⴰⵣⵓⵍ"))
BY_HAND = frozenset(one.path for one in SCREENS)
"""What is typed into these is shown by tests of their own."""
Record = tuple[dict[str, Caller], dict[str, str]]


def text_fields(fields: tuple[forms.Field, ...]) -> Iterator[str]:
    """The names of all fields into which anything can be typed, those of groups too."""
    for field in fields:
        if field.kind in {"line", "text", "lines"}:
            yield field.name
        yield from text_fields(field.fields)


@pytest.fixture
async def kept(site: Site) -> Record:
    return await record(site)


@pytest.fixture
async def visitor(site: Site, kept: Record) -> AsyncIterator[Visitor]:
    """The coordinator of somebody with a record."""
    async with Visitor(site) as visiting:
        token = kept[0]["coordinator"].authorization.removeprefix("Bearer ")
        await visiting.client.post("/sign-in", data={"token": token}, follow_redirects=False)
        for cookie in visiting.client.cookies.jar:
            cookie.secure = False  # a browser sends what is for a safe connection to its own machine, too
        yield visiting


async def test_scripts_and_control_characters_in_every_text_field_of_every_form_come_back_as_words(
    visitor: Visitor, kept: Record
) -> None:
    """Sent with a time that is none, so that each form comes back with all that was typed, and says what is wrong."""
    person = kept[1]["person"]
    ours = (await visitor.open(f"/people/{person}/edit")).form(f"/people/{person}/edit")
    tried = 0
    for route, screen in zip((one for one in ROUTES if isinstance(one, Write)), acts(ROUTES), strict=True):
        if screen.path in BY_HAND:
            continue
        path = screen.path.replace("{person}", person)
        path = re.sub(r"\{\w+\}", "no-such-thing", path)
        names = set(text_fields(forms.fields_of(route.body, route.command)))
        typed = sorted(name for name in names if name.rpartition(".")[2] not in LOADS)
        form = Form(path, "POST")
        form.fields = [("csrf", ours.value("csrf")), ("form_key", ours.value("form_key")), ("at", NO_TIME)]
        form.fields += [(name, CONTROL + HOSTILE) for name in typed]
        seen = await visitor.send(form)
        assert seen.status == 422, (path, seen.status)
        assert 'href="#at"' in seen.text, path
        shown_as_words(seen, path)
        back = seen.form(path)
        for name in typed:
            assert back.value(name) == HOSTILE, (path, name)
        tried += len(typed)
    assert tried > 100, "there are more fields than that to type into"


def shown_as_words(seen: Seen, path: str) -> None:
    """Fail if a page has anything of what was typed as markup, or a character that no text has."""
    assert "<script>alert" not in seen.text, path
    assert "{{7*7}}" in seen.text or "7*7" not in seen.text, path
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f]", seen.text.replace("\r", "")), path


@pytest.mark.parametrize("name", NAMES, ids=ascii)
async def test_a_name_without_latin_letters_is_found_shown_and_printed(
    visitor: Visitor, kept: Record, name: tuple[str, str]
) -> None:
    given, family = name
    coordinator = kept[0]["coordinator"]
    known = {"given_name": given, "family_name": family, "born": "1980-01-02"}
    search = await made(coordinator, "/v1/people/search", known)
    entered = {**known, "identity": "stated", "search": search["search"], "answer": "nobody-found"}
    person = (await made(coordinator, "/v1/people", entered))["person"]
    form = (await visitor.open("/people/search")).form("/people/search")
    found = await visitor.send(form, typed=f"{given} {family} 2.1.1980")
    assert f"/people/{person}" in found.links
    for path in ("", "/details", "/print/summary"):
        seen = await visitor.open(f"/people/{person}{path}")
        assert seen.status == 200
        assert given in seen.text, path
        assert family in seen.text, path


async def test_the_back_button_does_nothing_a_second_time(page: Page, kept: Record) -> None:
    who, ids = kept
    person = f"/people/{ids['person']}"
    await sign_in(page, who["coordinator"], f"{person}/aliases/new?back={person}/details")
    await page.get_by_label("Nickname or street name").fill("Magpie")
    await page.get_by_role("button", name="Add name").click()
    await page.wait_for_url(f"**{person}/details**")
    await page.go_back()
    await expect(page.get_by_role("button", name="Add name")).to_be_visible()
    await page.go_forward()
    await page.reload()
    await expect(page.get_by_role("main").get_by_text("Magpie")).to_have_count(1)
