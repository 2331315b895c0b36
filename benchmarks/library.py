"""The `eventsourcing` library's own PostgreSQL recorders, with the bytes that we store, sealed and encoded beforehand.

They are synchronous, so each client is a thread. That they are spared sealing, command keys and peaks is to their gain.
"""

import itertools
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

from eventsourcing.dcb.api import DCBAppendCondition, DCBEvent, DCBQuery, DCBQueryItem
from eventsourcing.dcb.domain import Tagged
from eventsourcing.dcb.msgpack import Decision, MessagePackMapper
from eventsourcing.dcb.postgres_tt import PostgresDCBRecorderTT
from eventsourcing.domain import Aggregate
from eventsourcing.persistence import DatetimeAsISO, DecimalAsStr, JSONTranscoder, Mapper, StoredEvent, UUIDAsHex
from eventsourcing.postgres import PostgresApplicationRecorder, PostgresDatastore

from application.ports import Entry
from benchmarks import payload
from domain.ids import PersonId, ReferralId

CONNECTIONS: Final = 64
SEED_EVENTS: Final = 100
TOPIC: Final = "benchmarks.library:Completed"


class Completed(Decision):
    """The event as the library's DCB mapper stores it: its fields, and nothing about who and why."""

    at: datetime
    referral: str
    person: str
    from_agency: str
    to_agency: str
    service: str
    need: str
    by_agency: str
    outcome: str


class Referral(Aggregate):
    """The event as the library's aggregate mapper stores it."""

    class Completed(Aggregate.Event):
        """Its fields, and those that every event of an aggregate has."""

        at: datetime
        referral: str
        person: str
        from_agency: str
        to_agency: str
        service: str
        need: str
        by_agency: str
        outcome: str


class Library:
    """Both kinds of recorder in one database."""

    def __init__(self, datastore: PostgresDatastore, name: str) -> None:
        self.application = PostgresApplicationRecorder(datastore, events_table_name=f"stored_{name}")
        self.application.create_table()
        self.dcb = PostgresDCBRecorderTT(datastore, events_table_name=f"dcb_{name}")
        self.dcb.create_table()
        self._head = 0

    def append_aggregate(self, entries: Sequence[Entry]) -> Callable[[int], None]:
        """What `Application.save` does in the database: one event of a new aggregate."""
        bytes_of = itertools.cycle([one.body + (one.sealed or b"") for one in entries])

        def act(_: int) -> None:
            self.application.insert_events([StoredEvent(uuid.uuid4(), 1, TOPIC, next(bytes_of))])

        return act

    def append_dcb(self, entries: Sequence[Entry]) -> Callable[[int], None]:
        """A conditional append: the same tags, and the same question to the same types."""
        events = itertools.cycle(entries)
        types = sorted(payload.STORY)

        def act(_: int) -> None:
            entry = next(events)
            tag = f"referral:{ReferralId(str(uuid.uuid4()))}"
            event = DCBEvent(entry.type, entry.body + (entry.sealed or b""), [tag, *entry.tags[1:]])
            query = DCBQuery([DCBQueryItem(types, [tag])])
            self._head = max(self._head, self.dcb.append([event], DCBAppendCondition(query, self._head or None)))

        return act

    def seed(self, count: int) -> None:
        """Fill both logs with events that their own mappers made."""
        aggregates, decisions = aggregate_mapper(), dcb_mapper()
        for start in range(0, count, SEED_EVENTS):
            numbers = range(start, min(count, start + SEED_EVENTS))
            self.application.insert_events([aggregates.to_stored_event(_aggregate_event()) for _ in numbers])
            self.dcb.append([decisions.to_dcb_event(_decision(number)) for number in numbers])

    def replay_aggregate(self, page: int) -> int:
        """Read all events in pages, and make objects of them."""
        mapper, last, count = aggregate_mapper(), 0, 0
        while found := self.application.select_notifications(last, page, inclusive_of_start=False):
            for one in found:
                mapper.to_domain_event(one)
            last, count = found[-1].id, count + len(found)
        return count

    def replay_dcb(self, page: int) -> int:
        """The same with the DCB recorder and mapper."""
        mapper, last, count = dcb_mapper(), 0, 0
        while found := list(self.dcb.read(after=last, limit=page)):
            for one in found:
                mapper.to_domain_event(one.event)
            last, count = found[-1].position, count + len(found)
        return count


def aggregate_mapper() -> Mapper[uuid.UUID]:
    """The library's default: JSON, with its transcodings."""
    transcoder = JSONTranscoder()
    for one in (UUIDAsHex(), DecimalAsStr(), DatetimeAsISO()):
        transcoder.register(one)
    return Mapper(transcoder)


def dcb_mapper() -> MessagePackMapper:
    """The library's mapper of DCB events."""
    return MessagePackMapper()


def stored_aggregate() -> StoredEvent:
    return aggregate_mapper().to_stored_event(_aggregate_event())


def stored_decision(number: int) -> DCBEvent:
    return dcb_mapper().to_dcb_event(_decision(number))


def _fields() -> dict[str, Any]:
    one = payload.completed(PersonId(payload.new_id()), ReferralId(payload.new_id()), payload.service(1))
    return {name: getattr(one, name) for name in Completed.__struct_fields__}


def _aggregate_event() -> Referral.Completed:
    return Referral.Completed(originator_id=uuid.uuid4(), originator_version=1, timestamp=payload.AT, **_fields())


def _decision(number: int) -> Tagged[Completed]:
    return Tagged([f"referral:{number}"], Completed(**_fields()))


@contextmanager
def library(url: str, name: str = "events") -> Iterator[Library]:
    """The library over a database and its tables of a name."""
    parts = urlsplit(url)
    query = parse_qs(parts.query)
    datastore = PostgresDatastore(
        dbname=parts.path.strip("/"),
        host=query["host"][0],
        port=query["port"][0],
        user=parts.username or "",
        password="",
        pool_size=CONNECTIONS,
        connect_timeout=60.0,
    )
    with datastore:
        yield Library(datastore, name)
