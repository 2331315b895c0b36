"""Epochs of the keys: what is left is wrapped anew, what wrapped it before is destroyed, and no older copy opens."""

import asyncio
import base64
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

from adapters.sealing.keys import EpochUnderWay, KeysUnusable
from adapters.sealing.sqlite_keys import SqliteKeys
from application.ports import LogUnavailable
from domain.ids import PartnershipId

FENLAND: Final = PartnershipId("fenland")
ROOT: Final = Path(__file__).parents[3]


def at(folder: Path) -> SqliteKeys:
    return SqliteKeys(
        folder / "keys.sqlite",
        folder / "kek",
        kek_copy=folder / "copy" / "kek",
        destroyed=folder / "list" / "destroyed",
    )


def key_of(store: SqliteKeys, subject: str) -> str:
    return asyncio.run(store.sealing(FENLAND, [(subject, "identity")]))[subject, "identity"].id


def sealed(store: SqliteKeys, subject: str) -> tuple[str, bytes]:
    """The key of a subject, and something that it sealed."""
    key = asyncio.run(store.sealing(FENLAND, [(subject, "identity")]))[subject, "identity"]
    return key.id, key.cipher.encrypt(bytes(12), b"secret", b"")


def opened(store: SqliteKeys, box: tuple[str, bytes]) -> bytes | None:
    cipher = store.opening([box[0]]).get(box[0])
    return None if cipher is None else cipher.decrypt(bytes(12), box[1], b"")


def keks(folder: Path) -> list[bytes]:
    """The KEKs that stand in the file."""
    return [base64.b64decode(line.split()[1]) for line in (folder / "kek").read_text().splitlines()]


def everything(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())


def test_what_is_left_opens_in_the_next_epoch_and_what_wrapped_it_is_nowhere(tmp_path: Path) -> None:
    """Keys, secrets and ids are as they were; the file, its copy and the wrapped keys hold nothing of the old KEK."""
    store = at(tmp_path)
    box, secret = sealed(store, "person"), store.secret("tags")
    before, (old,) = store.epoch(), keks(tmp_path)
    assert asyncio.run(store.move_epoch()) == 2
    after = store.epoch()
    assert (before.number, after.number, after.unfinished) == (1, 2, False)
    assert before.kek != after.kek
    for one in (store, at(tmp_path)):
        assert opened(one, box) == b"secret"
        assert one.secret("tags") == secret
        one.close()
    assert base64.b64encode(old) not in everything(tmp_path)
    assert (tmp_path / "copy" / "kek").read_bytes() == (tmp_path / "kek").read_bytes()
    assert sorted(path.name for path in tmp_path.glob(".*")) == [".kek.lock"]


def test_what_stood_in_the_file_is_overwritten_before_its_name_goes(tmp_path: Path) -> None:
    """Whoever still has the old file open reads zeros."""
    store = at(tmp_path)
    with (tmp_path / "kek").open("rb") as old:
        asyncio.run(store.move_epoch())
        assert set(old.read()) == {0}
    store.close()


def test_a_process_with_the_old_kek_in_its_memory_goes_on_with_the_new_and_seals_nothing_under_the_old(
    tmp_path: Path,
) -> None:
    """It reads the file again, and what it inserts is under the newest, also where it did not know of any other."""
    store, other = at(tmp_path), at(tmp_path)
    box = sealed(store, "person")
    assert opened(other, box) == b"secret"
    (old,) = other._keks.values()  # noqa: SLF001
    asyncio.run(store.move_epoch())
    made = other._insert_or_read([(FENLAND, ("late", "identity"))])  # noqa: SLF001 - with no look at what changed before
    assert made[FENLAND, ("late", "identity")].id == key_of(store, "late")
    assert other.secret("new") == store.secret("new")
    assert opened(other, box) == b"secret"
    assert old not in other._keks.values()  # noqa: SLF001
    under = store._connection.execute("SELECT DISTINCT kek FROM data_key UNION SELECT kek FROM secret").fetchall()  # noqa: SLF001
    assert under == [(store.epoch().kek,)]
    store.close()
    other.close()


def test_two_do_not_move_it_at_once(tmp_path: Path) -> None:
    store, other = at(tmp_path), at(tmp_path)
    with store._file.alone(), pytest.raises(EpochUnderWay):  # noqa: SLF001
        asyncio.run(other.move_epoch())
    assert other.epoch().number == 1
    store.close()
    other.close()


def test_killed_at_any_step_it_loses_nothing_and_is_finished_by_the_next(tmp_path: Path) -> None:
    """Every key opens as it was left, and again once the epoch has moved; no KEK but the last is left anywhere."""
    first = tmp_path / "0"
    store = SqliteKeys(first / "keys.sqlite", first / "kek", kek_copy=first / "copy" / "kek")
    boxes, secret = [sealed(store, f"person-{n}") for n in range(3)], store.secret("tags")
    (old,) = keks(first)
    store.close()
    ran = [sys.executable, "-m", "tests.adapters.sealing.dying", str(tmp_path)]
    subprocess.run(ran, check=True, cwd=ROOT, timeout=120)
    folders = sorted(tmp_path.iterdir(), key=lambda one: int(one.name))[1:]
    assert len(folders) > 20
    for folder in folders:
        store = SqliteKeys(folder / "keys.sqlite", folder / "kek", kek_copy=folder / "copy" / "kek")
        assert [opened(store, box) for box in boxes] == [b"secret"] * 3, folder
        if store.epoch().number == 1 or store.epoch().unfinished:
            asyncio.run(store.move_epoch())
        assert not store.epoch().unfinished
        assert [opened(store, box) for box in boxes] == [b"secret"] * 3
        assert store.secret("tags") == secret
        assert len(keks(folder)) == 1
        assert base64.b64encode(old) not in everything(folder), folder
        assert base64.b64encode(aes_wrapped_before(first)) not in everything(folder)
        store.close()


def aes_wrapped_before(folder: Path) -> bytes:
    """A wrapped key as it stood before."""
    store = SqliteKeys(folder / "keys.sqlite", folder / "kek")
    (wrapped,) = store._connection.execute("SELECT min(wrapped) FROM data_key").fetchone()  # noqa: SLF001
    store.close()
    return base64.b64decode(wrapped)


def test_an_older_copy_opens_nothing(tmp_path: Path) -> None:
    """Neither the file of the keys with the KEK of today, nor the pair of before where the list knows better."""
    store = at(tmp_path)
    box = sealed(store, "erased")
    backup = tmp_path / "backup"
    backup.mkdir()
    copied(store, backup)
    asyncio.run(store.destroy(FENLAND, "erased"))
    asyncio.run(store.move_epoch())
    store.close()
    shutil.copy(backup / "keys.sqlite", tmp_path / "keys.sqlite")
    with pytest.raises(KeysUnusable, match="Keys from before the last epoch open no more"):
        at(tmp_path)
    shutil.copy(backup / "kek", tmp_path / "kek")
    with pytest.raises(KeysUnusable, match=r"are of epoch 1, and epoch 2 had begun: .*Bring back a copy of epoch 2"):
        at(tmp_path)
    knows_nothing = SqliteKeys(tmp_path / "keys.sqlite", tmp_path / "kek")
    assert opened(knows_nothing, box) == b"secret", "else this test shows nothing"
    knows_nothing.close()


def test_a_copy_of_this_epoch_does_not_bring_back_who_was_erased_since(tmp_path: Path) -> None:
    """The list is applied before anything opens; a key that was made afterwards stays."""
    store = at(tmp_path)
    box, others = sealed(store, "erased"), sealed(store, "somebody-else")
    backup = tmp_path / "backup"
    backup.mkdir()
    copied(store, backup)
    asyncio.run(store.destroy(FENLAND, "erased"))
    store.close()
    shutil.copy(backup / "keys.sqlite", tmp_path / "keys.sqlite")
    again = at(tmp_path)
    assert opened(again, box) is None
    assert opened(again, others) == b"secret"
    fresh = sealed(again, "erased")
    again.close()
    once_more = at(tmp_path)
    assert opened(once_more, fresh) == b"secret"
    once_more.close()


def copied(store: SqliteKeys, folder: Path) -> None:
    """A backup, as docs/operations.md makes it."""
    store._connection.execute("VACUUM INTO ?", (str(folder / "keys.sqlite"),))  # noqa: SLF001
    shutil.copy(store._file.path, folder / "kek")  # noqa: SLF001


def test_where_the_kek_cannot_be_kept_nothing_changes(tmp_path: Path) -> None:
    """A copy that cannot be written stops the epoch before it begins."""
    store = at(tmp_path)
    box = sealed(store, "person")
    (tmp_path / "copy" / "kek").unlink()
    (tmp_path / "copy").rmdir()
    (tmp_path / "copy").write_text("no folder")
    with pytest.raises(KeysUnusable, match="the epoch cannot move"):
        asyncio.run(store.move_epoch())
    assert store.epoch().number == 1
    assert opened(store, box) == b"secret"
    store.close()


def test_where_the_list_cannot_be_written_nothing_is_destroyed(tmp_path: Path) -> None:
    """Else a copy could bring it back, and nobody would know."""
    store = at(tmp_path)
    box = sealed(store, "person")
    (tmp_path / "list").write_text("no folder")
    with pytest.raises(LogUnavailable):
        asyncio.run(store.destroy(FENLAND, "person"))
    assert opened(store, box) == b"secret"
    store.close()
