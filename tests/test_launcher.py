"""The launcher: from a bare Python to the installed command, whatever was there before."""

from __future__ import annotations

import ast
import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Final

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT: Final = Path(__file__).parents[1]
LOCKS: Final = ("requirements.lock", "requirements-dev.lock")
STUB: Final = """
import json, os, sys

def main(prog_name):
    print(json.dumps({"arguments": sys.argv[1:], "prefix": sys.prefix, "home": os.environ["HUB_HOME"]}))
"""


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """The launcher with locks that name nothing, so that an environment is made without any registry."""
    folder = tmp_path / "a checkout"
    (folder / "api").mkdir(parents=True)
    shutil.copy2(ROOT / "hub", folder / "hub")
    for name in LOCKS:
        (folder / name).write_text("")
    (folder / "api" / "__init__.py").touch()
    (folder / "api" / "cli.py").write_text(STUB)
    return folder


def start(hub: Path, *arguments: str, cwd: Path | None = None, **environment: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [str(hub), *arguments],
        cwd=cwd or hub.parent,
        env={"PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin", "HOME": str(hub.parent), **environment},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def run(hub: Path, *arguments: str, cwd: Path | None = None, **environment: str) -> tuple[dict[str, object], str]:
    process = start(hub, *arguments, cwd=cwd, **environment)
    said, complained = process.communicate(timeout=120)
    assert process.returncode == 0, complained
    return json.loads(said), complained


def test_from_anywhere_and_through_a_link_to_the_command_and_at_once_the_second_time(checkout: Path) -> None:
    link = checkout.parent / "link"
    link.symlink_to(checkout / "hub")
    found, said = run(link, "doctor", "--json", "an argument", cwd=Path("/"))
    assert found["arguments"] == ["doctor", "--json", "an argument"]
    assert found["prefix"] == str(checkout / ".venv")
    assert found["home"] == str(checkout / ".hub")
    assert "the environment is ready" in said
    again, said = run(checkout / "hub", HUB_HOME="/elsewhere")
    assert said == ""
    assert again["home"] == "/elsewhere"


def test_two_at_once_install_once(checkout: Path) -> None:
    both = [start(checkout / "hub") for _ in range(2)]
    said = [process.communicate(timeout=120)[1] for process in both]
    assert [process.returncode for process in both] == [0, 0], said
    assert sorted(text.count("the environment is ready") for text in said) == [0, 1]


def test_an_unfinished_environment_is_made_anew_and_a_changed_lock_is_installed(checkout: Path) -> None:
    run(checkout / "hub")
    (checkout / ".venv" / "unfinished").touch()
    (checkout / ".venv" / "installed.json").unlink()
    assert "removing the unusable environment" in run(checkout / "hub")[1]
    (checkout / "requirements.lock").write_text("# another\n")
    said = run(checkout / "hub")[1]
    assert "installing requirements.lock" in said
    assert "removing" not in said
    assert "installing requirements-dev.lock" in run(checkout / "hub", "test")[1]
    assert run(checkout / "hub", "test")[1] == ""
    assert run(checkout / "hub")[1] == ""


def test_a_package_that_does_not_match_its_hash_is_refused_and_tried_again(checkout: Path) -> None:
    (checkout / "requirements.lock").write_text("no-such-package==1.0 --hash=sha256:" + "0" * 64 + "\n")
    process = start(checkout / "hub", PIP_NO_INDEX="1", UV_OFFLINE="1", PIP_FIND_LINKS=str(checkout))
    _, said = process.communicate(timeout=120)
    assert process.returncode == 1
    assert "could not be installed" in said
    (checkout / "requirements.lock").write_text("")
    assert "the environment is ready" in run(checkout / "hub")[1]


def test_an_old_python_can_read_the_launcher_and_says_that_it_is_too_old() -> None:
    source = (ROOT / "hub").read_text()
    ast.parse(source, feature_version=(3, 7))
    old = source.replace("sys.version_info < OLDEST", "True").replace("shutil.which", "(lambda _: None)")
    done = subprocess.run(
        [sys.executable, "-"],
        input=old.replace("__file__", repr(str(ROOT / "hub"))),
        text=True,
        capture_output=True,
        check=False,
    )
    assert done.returncode == 1
    assert "Python 3.11 or newer is needed" in done.stderr


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_has_a_hash_for_everything_and_names_no_place(name: str) -> None:
    text = (ROOT / name).read_text()
    assert not re.search(r"://|--index|--find|--extra|^-|@ ", text, re.MULTILINE)
    for entry in re.split(r"\n(?=\S)", text.strip()):
        assert re.match(r"[a-z0-9.-]+==\S+", entry), entry
        assert "--hash=sha256:" in entry, entry


def test_the_locks_hold_what_the_project_asks_for() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    run_time = project["project"]["dependencies"]
    for name, wanted in zip(LOCKS, (run_time, run_time + project["dependency-groups"]["dev"]), strict=True):
        locked = dict(re.findall(r"^([a-z0-9.-]+)==([^\s;]+)", (ROOT / name).read_text(), re.MULTILINE))
        for requirement in map(Requirement, wanted):
            version = locked.get(canonicalize_name(requirement.name))
            assert version is not None, f"{name} lacks {requirement}"
            assert requirement.specifier.contains(version), f"{name} has {requirement.name} {version}"


def test_the_launcher_may_be_started() -> None:
    assert os.access(ROOT / "hub", os.X_OK)
    assert os.access(ROOT / ".ci" / "run", os.X_OK)
