"""What all tests share: one real server, a migrated database for each test that asks, and the Hypothesis profiles."""

from __future__ import annotations

import asyncio
import hashlib
import os
import shutil
import tempfile
import uuid
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit, urlunsplit

import msgspec
import psycopg
import pytest
from hypothesis import HealthCheck, settings
from psycopg import sql

from adapters.postgres.embedded import APP, OWNER, Account, EmbeddedPostgres, first_unreachable
from adapters.postgres.migrations import migrate
from api.app import settle

if TYPE_CHECKING:
    from collections.abc import Iterator

HOME_VARIABLE: Final = "HUB_TEST_HOME"  # from the first pytest process to the workers of pytest-xdist
OWNER_VARIABLE: Final = "HUB_TEST_DATABASE_OWNER_URL"
NOBODY: Final = Account(name="nobody", uid=65534, gid=65534, stepped_down=True)
TEMPLATE_LOCK: Final = 7_004_301

settings.register_profile("dev", max_examples=50, deadline=None)
settings.register_profile(
    "ci",
    max_examples=200,
    deadline=None,  # two cores shared by all: time says nothing about an example
    derandomize=True,  # the same commit gives the same verdict
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci" if os.environ.get("CI") else "dev"))


class Database(msgspec.Struct, frozen=True):
    """A migrated database with the two roles that it is used by."""

    name: str
    owner_url: str
    app_url: str


class Cluster(msgspec.Struct, frozen=True):
    """The server that all tests of a run share, and the empty migrated database that each copies."""

    admin_url: str
    owner_url: str
    app_url: str
    template: str

    def database(self, name: str) -> Database:
        return Database(
            name=name,
            owner_url=in_database(self.owner_url, name),
            app_url=in_database(self.app_url, name),
        )


def in_database(url: str, name: str) -> str:
    """The same server and role, another database; the URL has to name its role."""
    return urlunsplit(urlsplit(url)._replace(path=f"/{name}"))


def public_folder(prefix: str) -> Path:
    """A new folder that every user may pass through, as a root's server needs it; pytest's own are private."""
    places = (tempfile.gettempdir(), "/tmp", "/var/tmp")  # noqa: S108 - made by mkdtemp
    place = next((place for place in places if first_unreachable(Path(place), NOBODY) is None), None)
    folder = Path(tempfile.mkdtemp(prefix=prefix, dir=place))
    folder.chmod(0o711)
    return folder


def pytest_configure(config: pytest.Config) -> None:
    """Make the folder of the run's server; the workers inherit its name."""
    if not hasattr(config, "workerinput"):
        os.environ[HOME_VARIABLE] = str(public_folder("hub-test-"))


def pytest_unconfigure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        given = os.environ.get(OWNER_VARIABLE)
        if given:
            with psycopg.connect(given, autocommit=True) as connection:
                connection.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(sql.Identifier(template_name())))
        shutil.rmtree(os.environ[HOME_VARIABLE], ignore_errors=True)


def pytest_collection_finish() -> None:
    """Garbage is looked for as seldom as where the application serves: each test makes one anew."""
    settle()


def template_name() -> str:
    """One for each run, on a server that runs may share."""
    return f"hub_template_{hashlib.sha256(os.environ[HOME_VARIABLE].encode()).hexdigest()[:12]}"


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """The server of this run, with the migrated template.

    HUB_TEST_DATABASE_OWNER_URL names another server than the embedded one: the role in it must be allowed to make
    databases, and `hub_app` to log in.
    """
    given = os.environ.get(OWNER_VARIABLE)
    if given:
        address = urlsplit(given)
        app = address._replace(netloc=f"{APP}@{address.netloc.rpartition('@')[2]}")
        yield _with_template(given, given, os.environ.get("HUB_TEST_DATABASE_URL", urlunsplit(app)))
        return
    binaries = os.environ.get("HUB_PG_BIN")
    with EmbeddedPostgres(Path(os.environ[HOME_VARIABLE]), Path(binaries) if binaries else None) as server:
        with psycopg.connect(server.admin_url, autocommit=True) as connection:  # no test takes the power away
            connection.execute("ALTER SYSTEM SET fsync = off")
            connection.execute("SELECT pg_reload_conf()")
        yield _with_template(server.admin_url, server.owner_url, server.app_url)


def _with_template(admin_url: str, owner_url: str, app_url: str) -> Cluster:
    """Make the template, unless another worker of the run has."""
    template = template_name()
    cluster = Cluster(admin_url=admin_url, owner_url=owner_url, app_url=app_url, template=template)
    with psycopg.connect(admin_url, autocommit=True) as connection:
        connection.execute("SELECT pg_advisory_lock(%s)", (TEMPLATE_LOCK,))
        if connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (template,)).fetchone() is None:
            draft = f"{template}_draft"
            _create(connection, draft, owner_of(owner_url))
            asyncio.run(migrate(cluster.database(draft).owner_url))
            connection.execute(
                sql.SQL("ALTER DATABASE {} RENAME TO {}").format(sql.Identifier(draft), sql.Identifier(template)),
            )
    return cluster


def owner_of(url: str) -> str:
    return urlsplit(url).username or OWNER


def _create(connection: psycopg.Connection, name: str, owner: str, template: str = "template1") -> None:
    connection.execute(
        sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE {}").format(
            sql.Identifier(name),
            sql.Identifier(owner),
            sql.Identifier(template),
        ),
    )


@pytest.fixture
def database(cluster: Cluster) -> Iterator[Database]:
    """A migrated database of the test's own."""
    name = f"t_{uuid.uuid4().hex}"
    with psycopg.connect(cluster.admin_url, autocommit=True) as connection:
        _create(connection, name, owner_of(cluster.owner_url), cluster.template)
        yield cluster.database(name)
        connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@pytest.fixture
def empty_database(cluster: Cluster) -> Iterator[Database]:
    """A database of the test's own without any migration."""
    name = f"t_{uuid.uuid4().hex}"
    with psycopg.connect(cluster.admin_url, autocommit=True) as connection:
        _create(connection, name, owner_of(cluster.owner_url))
        yield cluster.database(name)
        connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    """Coroutine tests run on asyncio, as the application does."""
    return "asyncio"


@pytest.fixture
def open_home() -> Iterator[Path]:
    """A folder for a server of the test's own."""
    home = public_folder("hub-home-")
    yield home
    shutil.rmtree(home, ignore_errors=True)
