"""Keys that cannot be opened are told in one line, before anything is served or folded."""

from pathlib import Path

import pytest

from adapters.sealing.keys import SqliteKeys
from api.cli import main

NOWHERE = "postgresql://hub_app@127.0.0.1:1/hub"


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
