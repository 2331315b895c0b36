"""`hub test`: every test, against the real server."""

from __future__ import annotations

import importlib.util
import os
import shutil
import sys
from pathlib import Path
from typing import Final

import rich_click as click

from api.console import fail

ROOT: Final = Path(__file__).parents[2]
BROWSERS: Final = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


@click.command(context_settings={"ignore_unknown_options": True, "help_option_names": []})
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def command(arguments: tuple[str, ...]) -> None:
    """Run all tests, on all processors; what follows is passed on to pytest."""
    if importlib.util.find_spec("pytest") is None or importlib.util.find_spec("xdist") is None:
        fail("the packages for tests are not installed: run ./hub test, which installs them")
    if not (ROOT / "tests").is_dir():
        fail("the tests are not part of an installation: run this in a checkout")
    if (ROOT / "tests" / "browser").is_dir() and not any(map(shutil.which, BROWSERS)):
        click.echo("! no Chromium was found: the browser tests are SKIPPED", err=True)
    # `-n 0` after it has the last word; with one process a debugger works, too
    call = [sys.executable, "-m", "pytest", "-n", "auto", *arguments]
    os.chdir(ROOT)
    os.execv(sys.executable, call)  # noqa: S606 - no shell has to read this
