"""What cannot wait for the ledger is on the disk before anybody is answered, and leaves it for the ledger once."""

import asyncio
import os
from pathlib import Path

import pytest

from adapters.spool import DiskSpool

pytestmark = pytest.mark.anyio


async def test_a_line_is_flushed_to_the_disk_before_anybody_hears_of_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    flushed: list[bytes] = []
    spool = DiskSpool(tmp_path / "new" / "spool")
    fsync = os.fsync

    def told(descriptor: int) -> None:
        path = Path(f"/proc/self/fd/{descriptor}").readlink()
        flushed.append(path.read_bytes() if path.is_file() else b"")
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", told)
    await spool.keep(b'{"id":"1"}')
    assert b'{"id":"1"}' in flushed[0]
    assert b"" in flushed, "so that a new file is found again, its folder is flushed, too"
    assert (tmp_path / "new" / "spool").stat().st_mode & 0o777 == 0o600


async def test_what_is_taken_stays_until_it_is_forgotten_also_over_a_restart(tmp_path: Path) -> None:
    spool = DiskSpool(tmp_path / "spool")
    await spool.keep(b'{"id":"1"}')
    assert await spool.taken() == [b'{"id":"1"}']
    await spool.keep(b'{"id":"2"}')
    again = DiskSpool(tmp_path / "spool")
    assert again.waiting() == 2
    first = await again.taken()
    assert first == [b'{"id":"1"}']
    await again.forget(first)
    assert await again.taken() == [b'{"id":"2"}']
    await spool.forget(first)
    assert again.waiting() == 1, "who was slower forgets nothing that it has not taken"


async def test_a_line_that_a_crash_cut_off_spoils_none_after_it(tmp_path: Path) -> None:
    path = tmp_path / "spool"
    path.write_bytes(b'\n{"id":"1"}\n\n{"id":"2","by":{"wor')
    spool = DiskSpool(path)
    await spool.keep(b'{"id":"3"}')
    assert await spool.taken() == [b'{"id":"1"}', b'{"id":"3"}']


async def test_many_who_write_at_once_lose_nothing(tmp_path: Path) -> None:
    spools = [DiskSpool(tmp_path / "spool") for _ in range(3)]
    await asyncio.gather(*(spools[n % 3].keep(b'{"id":"%d"}' % n) for n in range(60)))
    assert len(set(await spools[0].taken())) == 60


async def test_a_disk_that_is_full_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "write", lambda _descriptor, content: len(content) - 1)
    with pytest.raises(OSError, match="No space left"):
        await DiskSpool(tmp_path / "spool").keep(b'{"id":"1"}')
