"""The file of the key-encryption key (KEK): one line for each KEK that something is still wrapped by, normally one.

It is written whole beside its place, flushed, and then named. What stood there before is overwritten and flushed before
its name goes. A file system that copies on write, a disk that moves blocks about, a snapshot and a backup keep what was
overwritten all the same: the file belongs on storage that does not.
"""

import base64
import fcntl
import hashlib
import os
import secrets
import stat
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from adapters.sealing.keys import KEY_BYTES, EpochUnderWay, KeysUnusable

PRIVATE: Final = 0o600
KEK_LINE: Final = "hub-kek-v1"
DRAFT: Final = ".draft"
OLD: Final = ".old"


class KekFile:
    """A file of KEKs, and a second one that always holds the same: on other storage, for when the first is lost."""

    def __init__(self, path: Path, copy: Path | None = None) -> None:
        self.path = path
        self._copy = copy

    def read(self) -> dict[str, bytes]:
        """The KEKs by their names. Raises: FileNotFoundError; KeysUnusable."""
        return _read(self.path)

    def make(self) -> dict[str, bytes]:
        """The first to come makes it, whole and flushed before it gets its name; the others read it."""
        if not self.path.exists():
            draft = _draft(self.path, [secrets.token_bytes(KEY_BYTES)])
            try:
                self.path.hardlink_to(draft)
            except FileExistsError:
                pass
            finally:
                draft.unlink()
            flush_folder(self.path.parent)
        return self.read()

    def keep_copy(self) -> None:
        """Make the copy where there is none. One of other KEKs stays as it is: it may be all that is left of them.

        Raises: KeysUnusable; OSError.
        """
        if self._copy is None:
            return
        found = self.read()
        try:
            copied = _read(self._copy)
        except FileNotFoundError:
            _replace(self._copy, [*found.values()])
            return
        if found.keys().isdisjoint(copied):
            raise KeysUnusable(
                f"{self._copy} is to hold the same key-encryption key as {self.path} ({', '.join(found)}), and holds"
                f" another ({', '.join(copied)}): see which of them belongs to HUB_KEYS, and move the other away."
            )

    def replace(self, keks: Sequence[bytes]) -> None:
        """From now on it holds these alone; the copy first. Only under `alone`. Raises: OSError."""
        for path in (self._copy, self.path):
            if path is not None:
                _replace(path, keks)

    def leftovers(self) -> bool:
        """Whether something that a crash left behind may still hold a KEK of before. Raises: KeysUnusable."""
        if self._copy is not None and self._copy.exists() and _read(self._copy).keys() != self.read().keys():
            return True
        return any(_left_behind(path) for path in (self.path, self._copy) if path is not None)

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Nobody else of this host is in here meanwhile. Raises: EpochUnderWay; OSError."""
        descriptor = os.open(self.path.with_name(f".{self.path.name}.lock"), os.O_RDWR | os.O_CREAT, PRIVATE)
        try:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise EpochUnderWay from None
            yield
        finally:
            os.close(descriptor)


def name_of(kek: bytes) -> str:
    """What a KEK is called; it says nothing of the KEK."""
    return hashlib.sha256(b"hub-kek-id" + kek).hexdigest()[:16]


def private_file(path: Path) -> None:
    """Make a file before somebody else does, so that it is never readable by others."""
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE))
    except FileExistsError:
        return
    flush_folder(path.parent)


def flush_folder(folder: Path) -> None:
    """What a name stands for is durable."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _read(path: Path) -> dict[str, bytes]:
    if stat.S_IMODE(path.stat().st_mode) & 0o077:
        raise KeysUnusable(f"others than its owner may read {path}: run `chmod 600 {path}`, and consider it known")
    lines = path.read_text("ascii", errors="replace").splitlines()
    try:
        found = [base64.b64decode(line.removeprefix(KEK_LINE + " "), validate=True) for line in lines if line]
    except ValueError:
        found = []
    if not found or any(len(one) != KEY_BYTES for one in found):
        raise KeysUnusable(f"{path} holds no key-encryption key (a line `{KEK_LINE} BASE64` of {KEY_BYTES} bytes)")
    return {name_of(one): one for one in found}


def _replace(path: Path, keks: Sequence[bytes]) -> None:
    for left in _left_behind(path):
        _overwrite(left, path)
    draft, old = _draft(path, keks), path.with_name(f".{path.name}{OLD}")
    with suppress(FileNotFoundError):
        old.hardlink_to(path)
    draft.replace(path)
    flush_folder(path.parent)
    _overwrite(old, path)
    flush_folder(path.parent)


def _left_behind(path: Path) -> list[Path]:
    """Drafts, and what was there before."""
    return [*path.parent.glob(f".{path.name}.*{DRAFT}"), *path.parent.glob(f".{path.name}{OLD}")]


def _draft(path: Path, keks: Sequence[bytes]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}{DRAFT}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE), "w") as file:
        file.writelines(f"{KEK_LINE} {base64.b64encode(one).decode()}\n" for one in keks)
        file.flush()
        os.fsync(file.fileno())
    return draft


def _overwrite(old: Path, living: Path) -> None:
    """Overwrite a file and take its name away. Where it is another name of the living one, only the name goes."""
    try:
        descriptor = os.open(old, os.O_WRONLY)
    except FileNotFoundError:
        return
    try:
        said = os.fstat(descriptor)
        if not (living.exists() and os.path.samestat(said, living.stat())):
            os.pwrite(descriptor, bytes(said.st_size), 0)
            os.fsync(descriptor)
    finally:
        os.close(descriptor)
    old.unlink(missing_ok=True)
