"""Epochs of the keys: what is left is wrapped anew, what wrapped it before is destroyed, and no older copy opens."""

import asyncio
import base64
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

from adapters.sealing.keys import EpochUnderWay, KeysUnusable, StoredKeys
from adapters.sealing.sqlite_keys import SqliteKeys
from application.ports import LogUnavailable
from domain.ids import PartnershipId
from tests.adapters.sealing.stores import Place, SqlitePlace

FENLAND: Final = PartnershipId("fenland")
ROOT: Final = Path(__file__).parents[3]
Box = tuple[str, bytes]
"""The key of something sealed, and that."""


@pytest.fixture
def files(tmp_path: Path) -> SqlitePlace:
    """The store whose KEK is a file."""
    return SqlitePlace(tmp_path)


def sealed(store: StoredKeys, subject: str) -> Box:
    key = asyncio.run(store.sealing(FENLAND, [(subject, "identity")]))[subject, "identity"]
    return key.id, key.cipher.encrypt(bytes(12), b"secret", b"")


def opened(store: StoredKeys, box: Box) -> bytes | None:
    cipher = store.opening([box[0]]).get(box[0])
    return None if cipher is None else cipher.decrypt(bytes(12), box[1], b"")


def keks(folder: Path) -> list[bytes]:
    """The KEKs that stand in the file."""
    return [base64.b64decode(line.split()[1]) for line in (folder / "kek").read_text().splitlines()]


def everything(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())


def test_what_is_left_opens_in_the_next_epoch(place: Place) -> None:
    """Keys, secrets and ids are as they were, and each is wrapped otherwise than before."""
    store = place.open()
    box, secret = sealed(store, "person"), store.secret("tags")
    wrapped = "SELECT wrapped FROM data_key UNION SELECT wrapped FROM secret"
    before, were = store.epoch(), set(place.ask(wrapped))
    assert asyncio.run(store.move_epoch()) == 2
    after, other = store.epoch(), place.open()
    assert (before.number, before.unfinished, after.number, after.unfinished) == (1, False, 2, False)
    assert before.kek != after.kek
    assert were.isdisjoint(place.ask(wrapped))
    for one in (store, other):
        assert opened(one, box) == b"secret"
        assert one.secret("tags") == secret
        one.close()


def test_who_had_it_open_before_goes_on_in_the_next_epoch(place: Place) -> None:
    """A process that knew the epoch before opens what it had open and what it had not, and seals in the new one."""
    store, other = place.open(), place.open()
    boxes = [sealed(store, "known"), sealed(store, "unknown")]
    assert opened(other, boxes[0]) == b"secret"
    asyncio.run(store.move_epoch())
    assert [opened(other, box) for box in boxes] == [b"secret"] * 2
    late = sealed(other, "late")
    asyncio.run(store.move_epoch())
    assert opened(store, late) == opened(other, late) == b"secret"
    store.close()
    other.close()


def test_an_older_copy_opens_nothing_after_the_epoch(place: Place) -> None:
    """Whoever was erased stays so, and the others are not half there: it is refused as a whole."""
    store = place.open()
    sealed(store, "erased")
    place.copy()
    asyncio.run(store.destroy(FENLAND, "erased"))
    asyncio.run(store.move_epoch())
    store.close()
    place.bring_back()
    with pytest.raises(
        KeysUnusable, match=r"Keys from before the last epoch open no more|an older copy of the database"
    ):
        place.open(with_list=False)


def test_a_copy_of_this_epoch_does_not_bring_back_who_was_erased_since(place: Place) -> None:
    """The list is applied before anything opens; a key that was made afterwards stays."""
    store = place.open()
    box, others = sealed(store, "erased"), sealed(store, "somebody-else")
    place.copy()
    asyncio.run(store.destroy(FENLAND, "erased"))
    store.close()
    place.bring_back()
    knows_nothing = place.open(with_list=False)
    assert opened(knows_nothing, box) == b"secret", "else this test shows nothing"
    knows_nothing.close()
    again = place.open()
    assert opened(again, box) is None
    assert opened(again, others) == b"secret"
    fresh = sealed(again, "erased")
    again.close()
    once_more = place.open()
    assert opened(once_more, fresh) == b"secret"
    once_more.close()


def test_keys_of_an_epoch_before_the_one_that_the_list_knows_are_refused(place: Place) -> None:
    """Also where all that is left of both is of one and the same old day."""
    store = place.open()
    asyncio.run(store.move_epoch())
    store.close()
    line = place.listed.read_text().replace('"epoch":2', '"epoch":3')
    place.listed.write_text(line)
    with pytest.raises(KeysUnusable, match=r"of epoch 2, and epoch 3 had begun: .*Bring back a copy of epoch 3"):
        place.open()


def test_where_the_list_cannot_be_written_nothing_is_destroyed(place: Place) -> None:
    """Else a copy could bring it back, and nobody would know."""
    store = place.open()
    box = sealed(store, "person")
    place.listed.parent.write_text("no folder")
    with pytest.raises(LogUnavailable):
        asyncio.run(store.destroy(FENLAND, "person"))
    assert opened(store, box) == b"secret"
    store.close()


def test_nothing_is_left_of_the_old_kek_in_any_file(files: SqlitePlace) -> None:
    """Neither in its place nor in its copy, which holds the same again."""
    store = files.open()
    (old,) = keks(files.folder)
    asyncio.run(store.move_epoch())
    store.close()
    assert base64.b64encode(old) not in everything(files.folder)
    assert (files.folder / "copy" / "kek").read_bytes() == files.kek.read_bytes()
    assert sorted(path.name for path in files.folder.glob(".*")) == [".kek.lock"]


def test_what_stood_in_the_file_is_overwritten_before_its_name_goes(files: SqlitePlace) -> None:
    """Whoever still has the old file open reads zeros."""
    store = files.open()
    with files.kek.open("rb") as old:
        asyncio.run(store.move_epoch())
        assert set(old.read()) == {0}
    store.close()


def test_a_process_with_the_old_kek_in_its_memory_seals_nothing_under_it(files: SqlitePlace) -> None:
    """What it inserts is under the newest, also where it had not looked yet whether there is another."""
    store, other = files.open(), files.open()
    (old,) = other._keks.values()  # noqa: SLF001
    asyncio.run(store.move_epoch())
    made = other._insert_or_read([(FENLAND, ("late", "identity"))])  # noqa: SLF001
    assert made[FENLAND, ("late", "identity")].id == sealed(store, "late")[0]
    assert other.secret("new") == store.secret("new")
    other.opening([])
    assert old not in other._keks.values()  # noqa: SLF001
    assert files.ask("SELECT kek FROM data_key UNION SELECT kek FROM secret") == [(store.epoch().kek,)]
    store.close()
    other.close()


def test_two_do_not_move_it_at_once(files: SqlitePlace) -> None:
    store, other = files.open(), files.open()
    with store._file.alone(), pytest.raises(EpochUnderWay):  # noqa: SLF001
        asyncio.run(other.move_epoch())
    assert other.epoch().number == 1
    store.close()
    other.close()


def test_killed_at_any_step_it_loses_nothing_and_is_finished_by_the_next(tmp_path: Path) -> None:
    """Every key opens as it was left, and again once the epoch has moved; no KEK but the last is left anywhere."""
    first = tmp_path / "0"
    store = SqlitePlace(first).open(with_list=False)
    boxes, secret = [sealed(store, f"person-{n}") for n in range(3)], store.secret("tags")
    (old,) = keks(first)
    wrapped = [str(one).encode() for (one,) in SqlitePlace(first).ask("SELECT wrapped FROM data_key")]
    store.close()
    ran = [sys.executable, "-m", "tests.adapters.sealing.dying", str(tmp_path)]
    subprocess.run(ran, check=True, cwd=ROOT, timeout=120)
    folders = sorted(tmp_path.iterdir(), key=lambda one: int(one.name))[1:]
    assert len(folders) > 20
    for folder in folders:
        store = SqlitePlace(folder).open(with_list=False)
        assert [opened(store, box) for box in boxes] == [b"secret"] * 3, folder
        if store.epoch().number == 1 or store.epoch().unfinished:
            asyncio.run(store.move_epoch())
        assert not store.epoch().unfinished
        assert [opened(store, box) for box in boxes] == [b"secret"] * 3
        assert store.secret("tags") == secret
        assert len(keks(folder)) == 1
        store.close()
        left = everything(folder)
        assert not [one for one in (base64.b64encode(old), *wrapped) if one in left], folder


def test_a_pair_of_before_that_somebody_kept_is_refused_for_what_the_list_says(files: SqlitePlace) -> None:
    """Of files alone: with the KEK of before, nothing but a memory outside of both can tell."""
    store = files.open()
    box = sealed(store, "erased")
    files.copy()
    shutil.copy(files.kek, files.folder / "kept")
    asyncio.run(store.destroy(FENLAND, "erased"))
    asyncio.run(store.move_epoch())
    store.close()
    files.bring_back()
    shutil.copy(files.folder / "kept", files.kek)
    with pytest.raises(KeysUnusable, match="are of epoch 1, and epoch 2 had begun"):
        files.open()
    knows_nothing = SqliteKeys(files.keys, files.kek)
    assert opened(knows_nothing, box) == b"secret", "else this test shows nothing"
    knows_nothing.close()


def test_a_copy_of_another_kek_is_never_overwritten(files: SqlitePlace) -> None:
    """Where HUB_KEYS and HUB_KEK name the wrong place, a first start there must not take the last copy of the right."""
    files.open().close()
    right = (files.folder / "copy" / "kek").read_bytes()
    elsewhere = files.folder / "wrong"
    with pytest.raises(KeysUnusable, match=r"holds another .*: see which of them belongs to HUB_KEYS"):
        SqliteKeys(elsewhere / "keys.sqlite", elsewhere / "kek", kek_copy=files.folder / "copy" / "kek")
    assert (files.folder / "copy" / "kek").read_bytes() == right


def test_a_copy_is_made_where_one_is_asked_for_later(files: SqlitePlace) -> None:
    """And again, should it get lost."""
    SqliteKeys(files.keys, files.kek).close()
    files.open().close()
    assert (files.folder / "copy" / "kek").read_bytes() == files.kek.read_bytes()


def test_where_the_kek_cannot_be_kept_nothing_changes(files: SqlitePlace) -> None:
    """A copy that cannot be written stops the epoch before it begins."""
    store = files.open()
    box = sealed(store, "person")
    (files.folder / "copy" / "kek").unlink()
    (files.folder / "copy").rmdir()
    (files.folder / "copy").write_text("no folder")
    with pytest.raises(KeysUnusable, match="the epoch cannot move"):
        asyncio.run(store.move_epoch())
    assert store.epoch().number == 1
    assert opened(store, box) == b"secret"
    store.close()
