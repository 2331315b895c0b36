"""The embedded server: shared while it is used, gone when it is not, and nothing lost by whoever is killed."""

from __future__ import annotations

import os
import shutil
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec
import psycopg
import pytest

from adapters.postgres import embedded as module
from adapters.postgres import watchdog
from adapters.postgres.embedded import Account, EmbeddedPostgres, ServerUnavailableError, first_unreachable
from tests.conftest import NOBODY, public_folder

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT: Final = Path(__file__).parents[3]
AS_ROOT: Final = os.geteuid() == 0
SECONDS: Final = 20.0

HOLD: Final = """
import sys
from pathlib import Path
from adapters.postgres.embedded import EmbeddedPostgres

with EmbeddedPostgres(Path(sys.argv[1])) as server:
    print(server.owner_url, flush=True)
    sys.stdin.read()
"""


class Holder:
    """Another command that uses the server of a home, until it is told to end or killed."""

    def __init__(self, home: Path, python: Path | str = sys.executable, **user: int | list[int]) -> None:
        packages = str(Path(msgspec.__file__).parents[1])
        self.process = subprocess.Popen(
            [str(python), "-c", HOLD, str(home)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd="/",
            env={**os.environ, "PYTHONPATH": f"{ROOT}:{packages}", "PYTHONDONTWRITEBYTECODE": "1"},
            text=True,
            **user,  # type: ignore[call-overload]
        )

    def url(self) -> str:
        assert self.process.stdout is not None
        return str(self.process.stdout.readline()).strip()

    def end(self) -> None:
        self.process.communicate(timeout=SECONDS)

    def kill(self) -> None:
        self.process.kill()
        self.end()


@pytest.fixture(scope="module")
def made_home() -> Iterator[Path]:
    """A home with a cluster in it, which each test copies: making one takes longest."""
    home = public_folder("hub-made-")
    with EmbeddedPostgres(home):
        pass
    yield home
    shutil.rmtree(home)


@pytest.fixture
def home(made_home: Path, open_home: Path) -> Path:
    subprocess.run(["cp", "-a", str(made_home / "postgres"), str(open_home)], check=True)
    return open_home


def ends(what: str, data: Path) -> None:
    """Wait until no process holds a cluster."""
    assert watchdog.comes_free(str(data), SECONDS), what


def postmaster(server: EmbeddedPostgres) -> int:
    return int(watchdog.postmaster_lines(server.data)[0])


def rows(url: str, statement: str) -> list[tuple[object, ...]]:
    with psycopg.connect(url, autocommit=True) as connection:
        return connection.execute(statement.encode()).fetchall()


def test_the_first_start_makes_a_durable_cluster_and_two_roles_without_power(open_home: Path) -> None:
    with EmbeddedPostgres(open_home / "new" / "home") as server:
        assert rows(server.owner_url, "SHOW fsync") == [("on",)]
        assert rows(server.owner_url, "SHOW synchronous_commit") == [("on",)]
        assert rows(server.owner_url, "SHOW summarize_wal") == [("on",)]
        assert rows(server.owner_url, "SHOW listen_addresses") == [("",)]
        power = "SELECT rolname::text, rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb FROM pg_roles"
        assert rows(server.app_url, f"{power} WHERE rolname LIKE 'hub%' ORDER BY 1") == [
            ("hub_app", False),
            ("hub_owner", False),
        ]
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            rows(server.app_url, "CREATE TABLE mine (id int)")
        assert stat.S_IMODE(server.sockets.stat().st_mode) == 0o700
        assert stat.S_IMODE(server.data.stat().st_mode) == 0o700
    assert not server.sockets.exists()


def test_two_commands_share_one_server_and_the_last_one_out_stops_it(home: Path) -> None:
    server = EmbeddedPostgres(home)
    holders = [Holder(home), Holder(home)]
    urls = {holder.url() for holder in holders}
    with server:
        assert urls == {server.owner_url}
        first = postmaster(server)
        holders[0].end()
        holders[1].end()
        assert rows(server.owner_url, "SELECT 1") == [(1,)]
        assert postmaster(server) == first
    assert watchdog.free(str(server.data)), "leaving returns when the server has stopped"
    assert watchdog.postmaster_lines(server.data) == []


def test_a_killed_owner_leaves_no_server_behind(home: Path) -> None:
    holder = Holder(home)
    holder.url()
    data = home / "postgres" / "data"
    assert not watchdog.free(str(data))
    holder.kill()
    ends("the watchdog stops it", data)
    assert watchdog.postmaster_lines(data) == [], "in good order"


def test_a_killed_server_comes_back_with_all_that_it_acknowledged(home: Path) -> None:
    """Its users find it at the same address; nobody has to start anything."""
    with EmbeddedPostgres(home) as server:
        with psycopg.connect(server.owner_url, autocommit=True) as connection:
            connection.execute("CREATE TABLE said (id int)")
            connection.execute("INSERT INTO said SELECT generate_series(1, 1000)")
        first = postmaster(server)
        os.kill(first, signal.SIGKILL)
        deadline = time.monotonic() + SECONDS
        while time.monotonic() < deadline:
            try:
                assert rows(server.owner_url, "SELECT count(*) FROM said") == [(1000,)]
                break
            except psycopg.OperationalError:
                time.sleep(0.02)
        assert postmaster(server) != first


def test_after_everything_was_killed_the_next_start_recovers(home: Path) -> None:
    """Owner, watchdog and server die at once, as when a machine does; stale files stay behind."""
    holder = Holder(home)
    url = holder.url()
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("CREATE TABLE said (id int)")
    server = EmbeddedPostgres(home)
    victims = [*watchdogs(home), postmaster(server)]
    for victim in victims:
        os.kill(victim, signal.SIGKILL)
    holder.kill()
    ends("the server's processes see that their parent is gone", server.data)
    assert watchdog.postmaster_lines(server.data), "a stale file"
    with server:
        assert rows(server.owner_url, "SELECT count(*) FROM said") == [(0,)]


def test_a_home_that_is_removed_under_its_server_leaves_no_server_behind(home: Path) -> None:
    server = EmbeddedPostgres(home)
    server.enter()
    first = postmaster(server)
    shutil.rmtree(home / "postgres")
    server.leave()
    deadline = time.monotonic() + SECONDS
    while Path(f"/proc/{first}").exists():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_a_server_that_outlived_its_watchdog_gets_another(home: Path) -> None:
    holder = Holder(home)
    holder.url()
    for victim in watchdogs(home):
        os.kill(victim, signal.SIGKILL)
    late = Holder(home)
    late.url()
    holder.kill()
    late.kill()
    ends("the second watchdog stops it", home / "postgres" / "data")


def python_for_all() -> Path:
    """A Python like ours that any user may run, with our packages and our code."""
    for place in (ROOT / "adapters", Path(msgspec.__file__).parent):
        if first_unreachable(place, NOBODY):
            pytest.skip(f"{place} is out of an ordinary user's reach")
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    for python in (Path(sys.executable).resolve(), Path("/usr/bin") / version, Path("/usr/local/bin") / version):
        if python.exists() and first_unreachable(python, NOBODY) is None:
            return python
    pytest.skip("no Python like this one is in an ordinary user's reach")


def watchdogs(home: Path) -> list[int]:
    found = subprocess.run(["pgrep", "-f", f"watchdog.py .*{home}/"], capture_output=True, check=True)
    return [int(line) for line in found.stdout.split()]


def test_a_number_that_another_process_got_meanwhile_is_not_taken_for_the_server(home: Path) -> None:
    """After a restart of the machine, a stale postmaster.pid may name anybody."""
    server = EmbeddedPostgres(home)
    stale = [str(os.getpid()), str(server.data), "1", "5432", "/tmp", "", " 1 1", "ready   "]  # noqa: S108
    (server.data / "postmaster.pid").write_text("\n".join(stale))
    with server:
        assert rows(server.owner_url, "SELECT 1") == [(1,)]


def test_a_run_cut_short_while_the_cluster_was_made_is_made_up_for(open_home: Path) -> None:
    half = open_home / "postgres" / "data.new"
    half.mkdir(parents=True)
    (open_home / "postgres").chmod(0o711)
    (half / "PG_VERSION").write_text("18\n")
    with EmbeddedPostgres(open_home) as server:
        assert rows(server.owner_url, "SELECT 1") == [(1,)]
    assert not half.exists()


def test_the_log_holds_no_parameter_and_no_row(home: Path) -> None:
    with EmbeddedPostgres(home) as server, psycopg.connect(server.owner_url, autocommit=True) as connection:
        connection.execute("CREATE TABLE person (name text UNIQUE)")
        for _ in range(2):
            try:
                connection.execute("INSERT INTO person VALUES (%s)", ("Ada Example",))
            except psycopg.errors.UniqueViolation:
                continue
    said = server.log.read_text()
    assert "duplicate key" in said
    assert "Ada" not in said


def test_a_deep_home_has_its_socket_at_a_short_path(made_home: Path, open_home: Path) -> None:
    deep = open_home / ("d" * 100) / ("e" * 100)
    deep.mkdir(parents=True)
    subprocess.run(["cp", "-a", str(made_home / "postgres"), str(deep)], check=True)
    with EmbeddedPostgres(deep) as server:
        assert rows(server.owner_url, "SELECT 1") == [(1,)]


def test_a_home_too_deep_for_postgresql_is_refused(open_home: Path) -> None:
    with pytest.raises(ServerUnavailableError, match="too long a path"):
        EmbeddedPostgres(open_home.joinpath(*["x" * 200] * 5)).enter()


def test_a_full_disk_is_told_before_anything_is_made(open_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "FREE_BYTES_MIN", 1 << 60)
    with pytest.raises(ServerUnavailableError, match="MB are free"):
        EmbeddedPostgres(open_home).enter()
    assert not (open_home / "postgres" / "data").exists()


def test_a_server_that_does_not_start_says_why(home: Path) -> None:
    (home / "postgres" / "data" / "global" / "pg_control").unlink()
    with pytest.raises(ServerUnavailableError, match=r"did not start.*\n.*could not find the database"):
        EmbeddedPostgres(home).enter()
    assert watchdog.free(str(home / "postgres" / "users"))


def test_binaries_that_are_none_are_refused(open_home: Path) -> None:
    with pytest.raises(ServerUnavailableError, match="holds no postgres"):
        EmbeddedPostgres(open_home, open_home).enter()


def test_a_cluster_in_use_is_not_destroyed_and_one_at_rest_is(home: Path) -> None:
    server = EmbeddedPostgres(home)
    with server, pytest.raises(ServerUnavailableError, match="stop it first"):
        EmbeddedPostgres(home).destroy()
    server.destroy()
    assert not server.data.exists()


@pytest.mark.skipif(not AS_ROOT, reason="an ordinary user needs to step down to nobody")
class TestAsRoot:
    def test_the_server_runs_as_an_ordinary_user(self, home: Path) -> None:
        with EmbeddedPostgres(home) as server:
            assert Path(f"/proc/{postmaster(server)}").stat().st_uid != 0
            assert server.data.stat().st_uid != 0

    def test_a_home_below_a_private_folder_is_refused_and_the_folder_stays_private(self, open_home: Path) -> None:
        open_home.chmod(0o700)
        with pytest.raises(ServerUnavailableError, match=rf"cannot pass {open_home}: set HUB_HOME"):
            EmbeddedPostgres(open_home / "below").enter()
        assert stat.S_IMODE(open_home.stat().st_mode) == 0o700

    def test_binaries_below_a_private_folder_are_copied(self, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        def only_the_wheel_is_private(path: Path, account: Account) -> Path | None:
            return path if "site-packages" in str(path) else first_unreachable(path, account)

        monkeypatch.setattr(module, "first_unreachable", only_the_wheel_is_private)
        with EmbeddedPostgres(home) as server:
            assert server.programs().is_relative_to(home)
            assert rows(server.owner_url, "SELECT 1") == [(1,)]

    def test_an_ordinary_user_starts_joins_and_is_joined_by_root(self, open_home: Path) -> None:
        python = python_for_all()
        os.chown(open_home, NOBODY.uid, NOBODY.gid)
        holder = Holder(open_home, python, user=NOBODY.uid, group=NOBODY.gid, extra_groups=[])
        url = holder.url()
        with EmbeddedPostgres(open_home) as server:
            assert server.owner_url == url
            assert rows(url, "SELECT 1") == [(1,)]
            holder.end()
        ends("root, too, can be the last one out", server.data)


def test_a_cluster_of_another_user_is_refused(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 4_000_000)
    with pytest.raises(ServerUnavailableError, match="run this as that user or as root"):
        EmbeddedPostgres(home).enter()
