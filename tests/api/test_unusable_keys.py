"""Keys that cannot be opened are told in one line, before anything is served or folded."""

import asyncio
import importlib
from pathlib import Path

import pytest

from adapters.sealing.sqlite_keys import SqliteKeys
from api import settings, sheets, wiring
from api.cli import main
from tests.conftest import Database

pytestmark = pytest.mark.usefixtures("nothing_served")
NOWHERE = "postgresql://hub_app@127.0.0.1:1/hub"


@pytest.fixture
def nothing_served(monkeypatch: pytest.MonkeyPatch) -> None:
    def serve(*_: object) -> None:
        raise AssertionError("it serves")

    monkeypatch.setattr(importlib.import_module("api.cli.serve"), "serve", serve)


@pytest.mark.parametrize("arguments", [["serve", "--port", "1"], ["report", "luscombe", "--partnership", "fenland"]])
def test_a_missing_key_encryption_key_is_named_with_what_to_do(
    arguments: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    SqliteKeys(tmp_path / "keys.sqlite", tmp_path / "kek").close()
    (tmp_path / "kek").unlink()
    monkeypatch.setenv("HUB_HOME", str(tmp_path))
    monkeypatch.setenv("HUB_DATABASE_URL", NOWHERE)
    with pytest.raises(SystemExit) as ended:
        main.main(arguments, "hub")
    assert ended.value.code == 1
    said = capsys.readouterr().err
    assert said.startswith("hub: the key-encryption key is missing")
    assert said.count("\n") == 1


def test_the_doctor_says_what_is_wrong_with_the_keys_and_makes_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HUB_HOME", str(tmp_path))
    monkeypatch.setenv("HUB_DATABASE_URL", NOWHERE)
    for makes_first in (False, True):
        if makes_first:
            SqliteKeys(tmp_path / "keys.sqlite", tmp_path / "kek").close()
            (tmp_path / "kek").unlink()
        with pytest.raises(SystemExit):
            main.main(["doctor", "--json"], "hub")
        said = capsys.readouterr().out
        assert ('"check":"keys","state":"failed"' in said) == makes_first
        assert not (tmp_path / "kek").exists()


@pytest.mark.parametrize("arguments", [["serve", "--port", "1"], ["report", "luscombe", "--partnership", "fenland"]])
def test_keys_of_another_database_change_nothing_in_this_one(
    arguments: list[str],
    database: Database,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("HUB_DATABASE_URL", database.app_url)
    for name in ("HUB_KEYS", "HUB_KEK"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HUB_HOME", str(tmp_path / "own"))
    head = asyncio.run(opened_fenland())
    monkeypatch.setenv("HUB_HOME", str(tmp_path / "other"))
    with pytest.raises(SystemExit) as ended:
        main.main(arguments, "hub")
    assert ended.value.code == 1
    assert "the keys in use are not those" in capsys.readouterr().err
    monkeypatch.setenv("HUB_HOME", str(tmp_path / "own"))
    assert asyncio.run(opened_fenland()) == head


async def opened_fenland() -> int:
    """Open the partnership, where it is not; the head of its log."""
    async with wiring.opened(settings.read()) as hub:
        await sheets.opened_partnership(hub, "fenland")
        heads = await hub.decider.log.heads()
        return next(iter(heads.values()))
