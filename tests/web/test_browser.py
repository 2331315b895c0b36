"""The tests' own eyes: what is wrong with a page is seen, and said."""

import os
from pathlib import Path

import click
import pytest
from playwright.async_api import Browser, Page

from api.cli import test as testing
from tests.web.browser import axe, opened, tolerate
from tests.web.site import Site

pytestmark = pytest.mark.anyio

HEAD = "<!DOCTYPE html><html lang=en><head><title>A page</title>"
POLICY = {"content-security-policy": "default-src 'none'; script-src 'unsafe-inline'; img-src *"}
FAULTS = {
    "an error of the console": ("<script>console.error('it broke')</script>", "it broke"),
    "a warning": ("<script>console.warn('it will break')</script>", "it will break"),
    "a script that fails": ("<script>throw new Error('it failed')</script>", "script failed: .*it failed"),
    "a style that the policy forbids": ("<p style='color:red'>red</p>", "Content Security Policy"),
    "another host": ("<img alt='' src='http://elsewhere.example/a.png'>", "asked another host: .*elsewhere"),
    "a file that is not there": ("<img alt='' src='/assets/none.png'>", "404"),
}


async def show(page: Page, content: str) -> None:
    await page.route("**/page", lambda route: route.fulfill(body=content, content_type="text/html", headers=POLICY))
    await page.goto("/page", wait_until="networkidle")


@pytest.mark.parametrize("fault", FAULTS)
async def test_a_page_with_a_fault_fails_its_test(browser: Browser, site: Site, fault: str) -> None:
    content, told = FAULTS[fault]
    with pytest.raises(AssertionError, match=told):
        async with opened(browser, site.url) as page:
            await show(page, HEAD + content)


async def test_what_a_test_provokes_it_may_tolerate(page: Page) -> None:
    tolerate(page, "status of 404")
    await page.goto("/no-such-page")


async def test_axe_names_what_it_finds_and_where(page: Page) -> None:
    await show(page, HEAD + "<main><h1>A page</h1><input id=nameless></main>")
    with pytest.raises(AssertionError, match=r"label \(critical\)[^\n]*\n +#nameless"):
        await axe(page)


async def test_axe_finds_pale_text_of_one_letter(page: Page) -> None:
    await show(page, HEAD + "<main><h1>A page</h1><font color=#cccccc>1</font></main>")
    with pytest.raises(AssertionError, match="color-contrast"):
        await axe(page)


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine that has no programs but those put here."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("HUB_CHROMIUM", raising=False)
    return tmp_path


def program(path: Path, text: str = "") -> None:
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)


def test_a_machine_without_chromium_is_told_how_to_get_it(programs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    program(programs / "apt-get", "exit 1")
    with pytest.raises(click.ClickException, match="apt-get install --no-install-recommends chromium"):
        testing.need_browser()


def test_root_of_a_debian_has_it_installed(programs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    program(programs / "apt-get", f'cd {programs}; echo "$@" >> called; : > chromium; /bin/chmod 755 chromium')
    testing.need_browser()
    assert (programs / "called").read_text().splitlines() == [
        "update -qq",
        "install -y -qq --no-install-recommends chromium fonts-dejavu-core",
    ]


def test_a_browser_that_is_named_is_the_one(programs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program(programs / "mine")
    monkeypatch.setenv("HUB_CHROMIUM", str(programs / "mine"))
    testing.need_browser()
    assert testing.has_browser()
