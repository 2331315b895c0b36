"""Both logs keep to the contract of the `eventsourcing` library: the test case that it ships passes on each."""

from collections.abc import Iterator

import pytest
from eventsourcing.dcb.tests import DCBRecorderTestCase

from adapters.memory import MemoryEventLog
from adapters.postgres.event_log import PostgresEventLog
from application.ports import log_of
from domain.ids import PartnershipId
from tests.adapters.log.recorder import Loop, PortRecorder, a_loop
from tests.conftest import Database

FENLAND = log_of(PartnershipId("fenland"))


@pytest.fixture
def loop() -> Iterator[Loop]:
    with a_loop() as loop:
        yield loop


@pytest.fixture(params=["memory", "postgres"])
def recorder(request: pytest.FixtureRequest, loop: Loop) -> Iterator[PortRecorder]:
    if request.param == "memory":
        yield PortRecorder(MemoryEventLog(), FENLAND, loop)
        return
    database: Database = request.getfixturevalue("database")
    log = loop.run(PostgresEventLog.open(database.app_url, tag_key=bytes(32)))
    yield PortRecorder(log, FENLAND, loop)
    loop.run(log.close())


def test_appends_and_reads_as_the_library_has_it(recorder: PortRecorder) -> None:
    DCBRecorderTestCase()._test_append_read(recorder)  # noqa: SLF001 - how the library ships it


def test_a_subscription_blocks_until_there_is_more(recorder: PortRecorder) -> None:
    DCBRecorderTestCase()._test_append_subscribe(recorder)  # noqa: SLF001
