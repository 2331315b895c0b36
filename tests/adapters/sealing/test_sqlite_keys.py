"""Keys in files: durable before anybody relies on them, the same for all processes of a host, open to nobody else."""

import asyncio
import multiprocessing
import os
import signal
import sqlite3
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from adapters.sealing.keys import CACHED_KEYS, KeysUnusable, Wanted
from adapters.sealing.sqlite_keys import SqliteKeys
from application.ports import LogUnavailable
from domain.ids import PartnershipId

FENLAND: Final = PartnershipId("fenland")
NONCE: Final = bytes(12)
ROOT: Final = Path(__file__).parents[3]


@pytest.fixture
def keys(tmp_path: Path) -> Iterator[SqliteKeys]:
    """A store of its own."""
    store = at(tmp_path)
    yield store
    store.close()


def at(folder: Path, cached: int = CACHED_KEYS) -> SqliteKeys:
    return SqliteKeys(folder / "keys.sqlite", folder / "kek", cached=cached)


def key_id(store: SqliteKeys, subject: str, partnership: PartnershipId = FENLAND) -> str:
    wanted: Wanted = (subject, "identity")
    return asyncio.run(store.sealing(partnership, [wanted]))[wanted].id


def test_no_key_lies_open_in_any_file(keys: SqliteKeys, tmp_path: Path) -> None:
    """The files are the owner's alone; data keys and secrets stand in them wrapped."""
    key_id(keys, "person")
    secret = keys.secret("tags")
    for path in tmp_path.iterdir():
        assert path.stat().st_mode & 0o077 == 0, path
        assert secret not in path.read_bytes()


def test_no_trace_of_a_destroyed_key_is_left_in_any_file(keys: SqliteKeys, tmp_path: Path) -> None:
    """What was deleted is overwritten, also in the file that is written ahead."""
    known = key_id(keys, "person")
    (wrapped,) = rows(tmp_path, "SELECT wrapped FROM data_key WHERE id = ?", known)
    asyncio.run(keys.destroy(FENLAND, "person"))
    assert all(str(wrapped).encode() not in path.read_bytes() for path in tmp_path.iterdir())


def rows(folder: Path, query: str, *values: str) -> tuple[str | int | None, ...]:
    connection = sqlite3.connect(folder / "keys.sqlite")
    try:
        return tuple(connection.execute(query, values).fetchone())
    finally:
        connection.close()


def test_decisions_under_way_together_share_one_transaction(keys: SqliteKeys) -> None:
    """Sixty-four new people at once are one flush of the disk, and two who ask for the same person get one key."""

    async def together() -> list[str]:
        made = await asyncio.gather(*(keys.sealing(FENLAND, [(f"p-{at // 2}", "identity")]) for at in range(64)))
        return [key.id for one in made for key in one.values()]

    inserts: list[str] = []
    keys._connection.set_trace_callback(lambda said: inserts.append(said) if said.startswith("INSERT") else None)  # noqa: SLF001
    assert len(set(asyncio.run(together()))) == 32
    assert len(inserts) == 1


def _race(folder: Path, start: float, answers: "multiprocessing.Queue[list[str]]") -> None:
    while time_s() < start:
        pass
    store = at(folder)
    answers.put([store.secret("tags").hex(), *(key_id(store, f"person-{n}") for n in range(20))])


def time_s() -> float:
    import time  # noqa: PLC0415 - beside its one use

    return time.time()


def test_processes_that_race_get_the_same_keys(tmp_path: Path) -> None:
    """Also at the very first start, when neither the files nor the KEK are there."""
    spawning = multiprocessing.get_context("spawn")
    answers = spawning.Queue()
    start = time_s() + 2
    racers = [spawning.Process(target=_race, args=(tmp_path, start, answers)) for _ in range(3)]
    for one in racers:
        one.start()
    found = [answers.get(timeout=300) for _ in racers]
    for one in racers:
        one.join()
    answers.close()
    answers.join_thread()
    assert found[0] == found[1] == found[2]
    assert len(set(found[0])) == 21


def test_a_key_that_was_promised_survives_a_kill(tmp_path: Path) -> None:
    """The process is killed right after it was told that its keys are durable."""
    script = """
        import asyncio, os, signal, sys
        from pathlib import Path
        from adapters.sealing.sqlite_keys import SqliteKeys
        store = SqliteKeys(Path(sys.argv[1]) / "keys.sqlite", Path(sys.argv[1]) / "kek")
        async def main():
            for at in range(30):
                made = await store.sealing("fenland", [(f"p-{at}", "identity")])
                print(at, *(key.id for key in made.values()), flush=True)
            os.kill(os.getpid(), signal.SIGKILL)
        asyncio.run(main())
    """
    ran = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(script), str(tmp_path)],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert ran.returncode == -signal.SIGKILL, ran.stderr
    promised = dict(line.split() for line in ran.stdout.splitlines())
    assert len(promised) == 30
    store = at(tmp_path)
    assert {number: key_id(store, f"p-{number}") for number in promised} == promised
    store.close()


def test_each_commit_is_flushed(keys: SqliteKeys) -> None:
    """Durable by itself, and what is deleted is overwritten."""
    settings = {
        name: keys._connection.execute(f"PRAGMA {name}").fetchone()[0]  # noqa: SLF001
        for name in ("synchronous", "secure_delete", "journal_mode")
    }
    assert settings == {"synchronous": 2, "secure_delete": 1, "journal_mode": "wal"}


def test_a_missing_kek_is_said_plainly(keys: SqliteKeys, tmp_path: Path) -> None:
    """It is never made anew where keys are wrapped already: that would hide the loss."""
    keys.close()
    (tmp_path / "kek").unlink()
    with pytest.raises(KeysUnusable, match=r"key-encryption key is missing: .*put the file back from its backup"):
        at(tmp_path)
    assert not (tmp_path / "kek").exists()


def test_another_kek_is_said_plainly(keys: SqliteKeys, tmp_path: Path) -> None:
    """The pair does not belong together."""
    keys.close()
    (tmp_path / "other").mkdir()
    at(tmp_path / "other").close()
    (tmp_path / "other" / "kek").replace(tmp_path / "kek")
    with pytest.raises(KeysUnusable, match="another key-encryption key"):
        at(tmp_path)


@pytest.mark.parametrize("content", ["", "hub-kek-v1 c2hvcnQ=\n", "hub-kek-v1 ###\n", "\x00\xff"])
def test_a_damaged_kek_is_said_plainly(tmp_path: Path, content: str) -> None:
    """Cut short, or something else altogether."""
    (tmp_path / "kek").write_text(content, encoding="latin-1")
    (tmp_path / "kek").chmod(0o600)
    with pytest.raises(KeysUnusable, match="holds no key-encryption key"):
        at(tmp_path)


def test_a_kek_that_others_may_read_is_refused(keys: SqliteKeys, tmp_path: Path) -> None:
    """And the message says how to close it."""
    keys.close()
    (tmp_path / "kek").chmod(0o644)
    with pytest.raises(KeysUnusable, match="chmod 600"):
        at(tmp_path)


def test_a_file_that_is_no_key_store_is_refused(tmp_path: Path) -> None:
    """It is not overwritten."""
    (tmp_path / "keys.sqlite").write_bytes(b"something else entirely" * 100)
    with pytest.raises(KeysUnusable, match="cannot be opened"):
        at(tmp_path)
    assert (tmp_path / "keys.sqlite").read_bytes().startswith(b"something else")


def test_a_store_that_fails_is_an_outcome_for_all_who_wait(keys: SqliteKeys) -> None:
    """A full disk or a lost file is the port's answer, and the store recovers by itself."""
    keys._connection.execute("PRAGMA query_only = ON")  # noqa: SLF001

    async def together() -> list[object]:
        asked = (keys.ensure(FENLAND, [(f"p-{at}", "identity")]) for at in range(3))
        return await asyncio.gather(*asked, return_exceptions=True)

    assert all(isinstance(one, LogUnavailable) for one in asyncio.run(together()))
    keys._connection.execute("PRAGMA query_only = OFF")  # noqa: SLF001
    assert key_id(keys, "p-1")
