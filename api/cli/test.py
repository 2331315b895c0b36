"""`hub test`: every test, against the real server."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

import rich_click as click

from api.console import fail

ROOT: Final = Path(__file__).parents[2]
BROWSERS: Final = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
BROWSER_PACKAGES: Final = ("chromium", "fonts-dejavu-core")
INSTALL: Final = ("apt-get", "install", "-y", "-qq", "--no-install-recommends", *BROWSER_PACKAGES)
NO_BROWSER: Final = (
    "the browser tests need Chromium: apt-get install --no-install-recommends "
    f"{' '.join(BROWSER_PACKAGES)}, or name one in HUB_CHROMIUM"
)


@click.command(context_settings={"ignore_unknown_options": True, "help_option_names": []})
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def command(arguments: tuple[str, ...]) -> None:
    """Run all tests, on all processors; what follows is passed on to pytest."""
    if importlib.util.find_spec("pytest") is None or importlib.util.find_spec("xdist") is None:
        fail("the packages for tests are not installed: run ./hub test, which installs them")
    if not (ROOT / "tests").is_dir():
        fail("the tests are not part of an installation: run this in a checkout")
    need_browser()
    # `-n 0` after it has the last word; with one process a debugger works, too
    call = [sys.executable, "-m", "pytest", "-n", "auto", *arguments]
    os.chdir(ROOT)
    os.execv(sys.executable, call)  # noqa: S606 - no shell has to read this


def need_browser() -> None:
    """Chromium, which the browser tests drive: installed where it is missing and this is Debian's root."""
    if has_browser():
        return
    if os.geteuid() == 0 and shutil.which("apt-get"):
        click.echo(f"installing {' and '.join(BROWSER_PACKAGES)} for the browser tests", err=True)
        for call in (("apt-get", "update", "-qq"), INSTALL):
            environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
            subprocess.run(call, env=environment, stdin=subprocess.DEVNULL, stdout=sys.stderr, check=False)  # noqa: S603
    if not has_browser():
        fail(NO_BROWSER)


def has_browser() -> bool:
    named = os.environ.get("HUB_CHROMIUM")
    return any(map(shutil.which, (named,) if named else BROWSERS))
