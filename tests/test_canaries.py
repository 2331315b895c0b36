"""Whoever was erased is nowhere: looked for in every file of an installation, and in what is brought back."""

import base64
from pathlib import Path

import pytest

from tests import canaries


def test_after_the_epoch_nothing_of_somebody_is_left_and_nothing_brings_them_back(open_home: Path) -> None:
    """What must hold stands with the script, which also shows that it finds; it must have had something to look for."""
    report = canaries.run(open_home)
    assert report.canaries > 200
    assert report.kinds_of_facts > 80
    assert report.found_before > 8
    assert report.files > 500
    assert report.boxes_opened


TEXT = "Zq07qz112"
ENCODED = {
    "as it is": TEXT.encode(),
    "utf-16, either end first": TEXT.encode("utf-16-be"),
    "utf-16": TEXT.encode("utf-16-le"),
    "hex": TEXT.encode().hex().encode(),
    "upper hex": TEXT.encode().hex().upper().encode(),
    **{f"base64 after {lead} bytes": base64.b64encode(b"x" * lead + TEXT.encode() + b"tail") for lead in range(5)},
    "base64 for addresses": base64.urlsafe_b64encode(b"??" + TEXT.encode()),
}


@pytest.mark.parametrize("how", ENCODED)
def test_a_text_is_found_however_it_is_written(how: str, tmp_path: Path) -> None:
    """In the middle of something else, and beside what only begins like it."""
    needles = list(canaries.written_as("text", TEXT.encode(), text=True))
    (tmp_path / "file").write_bytes(b"\0Zq07" + ENCODED[how] + b"Zq\0")
    (tmp_path / "other").write_bytes(b"Zq07qz11\0Zq07qz113")
    found = canaries.Scan(needles).folder(tmp_path)
    assert list(found) == ["file"]
    assert {name.partition(",")[0] for name in found["file"]} == {"text"}
