"""What the application needs of the world, in the words of the domain.

One log holds what was decided in one partnership (`fenland/case`). Positions in it are gapless, in commit order,
from 1; position - 1 is the leaf's index in the log's Merkle tree and the head position is the tree's size.
"""

import datetime as dt
from collections.abc import AsyncIterator, Collection, Iterable, Sequence
from contextlib import AbstractAsyncContextManager
from typing import TYPE_CHECKING, Generic, Literal, NamedTuple, NewType, Protocol, TypeVar

import msgspec

from domain.actors import Actor, Role
from domain.facts import Fact, Instant, PersonalClass, Query, Sealed
from domain.ids import AgencyId, PartnershipId, PersonId, WorkerId

if TYPE_CHECKING:
    from application.finding.identity import Described
    from application.views.people import PersonRow
    from application.views.view import View

R = TypeVar("R", bound=msgspec.Struct)

LogId = NewType("LogId", str)
"""`{partnership}/{ledger}`; every key in the store begins with it."""

Ledger = Literal["case", "access"]


def log_of(partnership: PartnershipId, ledger: Ledger = "case") -> LogId:
    """The log of a partnership and ledger."""
    return LogId(f"{partnership}/{ledger}")


class Entry(msgspec.Struct, frozen=True, gc=False):
    """An event on its way into a log.

    `body` is the canonical JSON of the leaf without its opening brace and without the members that only the writer
    knows (incarnation, log, position, recorded time), put before it. `sealed` is the sealed part, kept beside the
    leaf and never hashed: destroying a key changes no proof.
    """

    type: str
    tags: tuple[str, ...]
    body: bytes
    sealed: bytes | None = None


class Condition(msgspec.Struct, frozen=True, gc=False):
    """The append fails if anything matching `query` stands after position `after`. An empty query is no condition."""

    query: Query
    after: int


class CommandKey(msgspec.Struct, frozen=True, gc=False):
    """What makes an append idempotent: the key is scoped by log, client and route; the digest is a request's HMAC."""

    key: bytes
    digest: bytes


class Append(msgspec.Struct, frozen=True, gc=False):
    """Entries that are appended together or not at all, as long as every condition holds.

    No entries: only the command is recorded. `result` is kept with it and given back when it is sent again.
    """

    log: LogId
    entries: tuple[Entry, ...]
    conditions: tuple[Condition, ...] = ()
    command: CommandKey | None = None
    result: bytes = b""


class Appended(msgspec.Struct, frozen=True, gc=False):
    """`position` is that of the last entry (the head where none was added); `repeated` if the command was known."""

    position: int
    recorded_at: dt.datetime
    repeated: bool = False
    result: bytes = b""


class Stored(msgspec.Struct, frozen=True, gc=False):
    """An event as a log holds it: the leaf's bytes, and its sealed part if that was asked for."""

    position: int
    entry: bytes
    sealed: bytes | None = None


class Page(msgspec.Struct, frozen=True):
    """Events in the order of their positions, and the head that was seen when they were read.

    Where `limit` cut the page short, `head` is the position of its last event.
    """

    events: tuple[Stored, ...]
    head: int


class ConditionFailed(Exception):  # noqa: N818 - an outcome that the caller decides upon again
    """Something that the decision depends on was recorded since."""


class CommandReused(Exception):  # noqa: N818 - an outcome
    """This command key was used before with another content."""


class LogBusy(Exception):  # noqa: N818 - an outcome
    """The log cannot take more now; try again after `retry_after` seconds."""

    def __init__(self, retry_after: float = 1.0) -> None:
        super().__init__("the log is busy")
        self.retry_after = retry_after


class LogUnavailable(Exception):  # noqa: N818 - an outcome
    """The store of the log does not answer. Whether a pending append was kept is not known: send the command again."""


class NotRecordable(Exception):  # noqa: N818 - an outcome: a fault of ours, not of the store
    """The store cannot keep this append, however often it is tried; others beside it are not harmed."""


class EventLog(Protocol):
    """The log: append under a condition, read in order. Two implementations: PostgreSQL and memory."""

    async def append(self, append: Append) -> Appended:
        """Record entries and command together.

        Raises: ConditionFailed, CommandReused, LogBusy, LogUnavailable, NotRecordable.
        """
        ...

    async def command(self, log: LogId, command: CommandKey) -> Appended | None:
        """What became of a command, or None if it is not known. Raises CommandReused."""
        ...

    async def read(
        self, log: LogId, query: Query | None = None, *, after: int = 0, limit: int | None = None, sealed: bool = False
    ) -> Page:
        """Events after a position that match the query; all of them where the query is None."""
        ...

    async def reseal(self, log: LogId, position: int, before: bytes, after: bytes) -> bool:
        """Replace the sealed part of an event, if it is as it was read. The leaf stays. Raises LogUnavailable."""
        ...

    async def head(self, log: LogId) -> int:
        """The position of the last event, 0 for a log that has none."""
        ...

    async def heads(self) -> dict[LogId, int]:
        """The head of every log that has events."""
        ...

    def wake_ups(self) -> AsyncIterator[None]:
        """Yields when something may have been appended. A hint: a reader also polls."""
        ...


class Envelope(msgspec.Struct, frozen=True, kw_only=True, rename={"event_id": "id"}, gc=False):
    """Who recorded a fact, when and to what end, as the leaf says it.

    `by`: whoever holds the installation's keys acted, by the command line, and needed no post.
    """

    log: LogId
    position: int
    event_id: str
    recorded: Instant
    actor: WorkerId
    agency: AgencyId
    role: Role
    purpose: str
    by: Literal["command-line"] | None = None


class Recorded(msgspec.Struct, frozen=True):
    """A fact as it stands in the log. Its personal fields are `Sealed`, or None where they were not asked for."""

    fact: Fact
    envelope: Envelope


class Committed(msgspec.Struct, frozen=True):
    """A value that a leaf commits to: the salt and the JSON that open the commitment, None where the key was destroyed.

    The arguments of a command are of no class of their own: they repeat what its facts say.
    """

    field: str
    person: PersonId | None
    personal_class: PersonalClass | None
    opened: tuple[bytes, bytes] | None


class DecisionRecord(msgspec.Struct, frozen=True, kw_only=True):
    """What a decision rested on; kept with the first fact of its command."""

    command: str
    arguments: bytes
    read: tuple[tuple[Query, int], ...]
    policy: str
    code: str


class Decision(msgspec.Struct, frozen=True, kw_only=True):
    """What the log says of a decision with the first fact that it added; `arguments` are of its command, sealed."""

    envelope: Envelope
    command: str
    read: tuple[tuple[Query, int], ...]
    policy: str
    code: str
    arguments: Sealed | None = None


class Codec(Protocol):
    """Facts to leaves and back."""

    async def to_entries(
        self, log: LogId, facts: Sequence[Fact], by: Actor, purpose: str, record: DecisionRecord
    ) -> tuple[Entry, ...]:
        """Seal the personal fields, commit to them, and write the leaves. The keys are durable when this returns.

        Raises: LogUnavailable where the store of the keys does not answer.
        """
        ...

    async def to_notes(
        self, log: LogId, facts: Sequence[Fact], by: Actor, purpose: str, policy: str, code: str
    ) -> tuple[Entry, ...]:
        """The leaves of what nobody decided, such as who looked. Where nothing personal is given, no key is asked for.

        Raises: LogUnavailable where the store of the keys does not answer.
        """
        ...

    def committed(self, stored: Stored) -> "Sequence[Committed]":
        """What a leaf commits to, opened as far as there are keys: for a panel. `stored` has its sealed part."""
        ...

    def entered(self, entry: Entry) -> Fact:
        """The fact of an entry as the log will give it: what is personal stays sealed."""
        ...

    def fact(self, stored: Stored) -> Fact:
        """The fact alone: for decisions, which need neither the envelope nor the sealed part."""
        ...

    def recorded(self, stored: Stored) -> Recorded:
        """The fact with its envelope, personal fields sealed.

        Raises: UnknownFact for a type or version that this code cannot read; nobody skips one.
        """
        ...

    def decision(self, stored: Stored) -> Decision | None:
        """The record of the decision whose first fact this is; None for every other fact."""
        ...

    async def resealed(self, log: LogId, stored: Stored, fact: Fact) -> bytes | None:
        """The sealed part under the keys of whom `fact` is of; None where it is so already. Commitments hold as before.

        What nobody can open any more stays as it is. Raises: LogUnavailable.
        """
        ...


class UnknownFact(Exception):  # noqa: N818 - an outcome: a newer version of the code wrote it
    """A type or version of fact that this code does not know. A projector stops, a decision answers 503."""


KeyClass = Literal[PersonalClass, "decision"]
"""What a key seals of its subject: personal fields of one class, or the arguments of decisions about them."""


class KeyStore(Protocol):
    """The keys that personal data is sealed under. It is never the store of the log: a key can be forgotten there."""

    async def ensure(self, partnership: PartnershipId, wanted: Collection[tuple[str, KeyClass]]) -> None:
        """Make the keys that are not there yet, by subject and class, and return once all of them are durable.

        Sealing does this itself; a caller with many subjects to come spares the store one write for each.
        An empty subject is the partnership. Raises: LogUnavailable.
        """
        ...

    async def destroy(self, partnership: PartnershipId, subject: str) -> int:
        """Forget every key of a subject for good; how many there were. What is sealed later gets keys of its own.

        Raises: LogUnavailable.
        """
        ...

    def secret(self, name: str) -> bytes:
        """The installation's own 256-bit key of that name, made when it is first asked for. Raises: LogUnavailable."""
        ...


class Unsealer(Protocol):
    """Opens sealed values. Called only after sharing has decided, for the fields the viewer may see."""

    def open_all(self, values: Sequence[object]) -> list[str | None]:
        """The open values, None for each that is None or whose key was destroyed; a plain text stays as it is."""
        ...


class Clock(Protocol):
    """The time, controlled by tests."""

    def now(self) -> dt.datetime:
        """This moment, with an offset."""
        ...


class Listed(msgspec.Struct, Generic[R], frozen=True):
    """A row, and where it stands in the list that was read."""

    sort: str
    key: str
    row: R


Reach = Literal["concerned", "office", "register", "figures", "oversight"]
"""On which ground rows are read, besides those about nobody and those to which the reader's agency is party.

`concerned`: of people who concern the agency. `office`: of everybody, but for what is for its parties alone; the
partnership's coordinators. `register`: entries and proposed merges of everybody, to find somebody. `figures`: what is
counted, of everybody; only the counts may leave. `oversight`: looks in an emergency, decisions to tell others, whose
record is to be looked at.
"""


class ReadRows(Protocol):
    """The rows of one log as one reader sees them: all of one build, together with its position."""

    @property
    def position(self) -> int:
        """The last event that the rows contain."""
        ...

    async def row(self, view: "View[R]", key: str) -> R | None:
        """One row."""
        ...

    async def rows(self, view: "View[R]", keys: Iterable[str]) -> dict[str, R]:
        """Those of the rows that there are."""
        ...

    async def listed(
        self,
        view: "View[R]",
        scope: str,
        *,
        after: tuple[str, str] | None = None,
        limit: int,
        descending: bool = False,
        prefix: str = "",
    ) -> list[Listed[R]]:
        """The rows of a list in order, after a sort text and key; with `prefix`, those whose sort text begins so."""
        ...

    async def under(
        self,
        view: "View[R]",
        prefix: str,
        *,
        after: str | None = None,
        limit: int,
        descending: bool = False,
    ) -> list[Listed[R]]:
        """The rows whose keys begin with a prefix, in the order of their keys, after a key."""
        ...

    @property
    def build(self) -> int:
        """Which folding of the log the rows are, from 1: the epoch of the keys by which people are found in them."""
        ...

    async def found(
        self, asked: Sequence[Collection[bytes]], limit: int, *, further: bool = False
    ) -> list[list[PersonId]]:
        """For each question the people who have any of its keyed hashes; nobody, unless the ground is the register.

        Those come first who have the most and the rarest, so many of them for each question; of a hash that very many
        have, some count. Whoever shares far less than the first is left out, unless one looks `further`.
        """
        ...

    async def pairs(self, *, after: "Pair | None" = None, limit: int) -> "list[Pair]":
        """Possible duplicates of whom both concern the reader, or all on the ground of the office: most certain first.

        Of those equally certain, the ones that wait longest come first; `after` is the last of the page before.
        """
        ...

    async def pair(self, one: PersonId, other: PersonId) -> "Pair | None":
        """Two records as a possible duplicate, where they are one and may be read; `one` before `other`."""
        ...

    async def pairs_waiting(self) -> "list[PairsWaiting]":
        """How many of each certainty wait, the most certain first; of everybody, on the ground of figures."""
        ...

    def reaching(self, reach: Reach, *people: PersonId) -> "ReadRows":
        """The same rows read on another ground; and everything of these people, by a decision that names them."""
        ...


class Pair(NamedTuple):
    """Two records that may be one human, in the order of their ids: how certain (3 to 1), and since when."""

    person: PersonId
    other: PersonId
    band: int
    since: dt.datetime


class PairsWaiting(NamedTuple):
    """How many possible duplicates of one certainty wait, since when the first of them and the middle one."""

    band: int
    number: int
    oldest: dt.datetime
    middle: dt.datetime


class PersonKeys(Protocol):
    """By which keyed hashes people are found: made of what is opened for it, never kept open.

    Hashes of another partnership, or of another build of its rows, cannot be compared with these.
    """

    def described(self, rows: "Sequence[PersonRow]") -> "list[Described]":
        """Who each of these people is, opened; what was erased is missing."""
        ...

    def of(self, log: LogId, build: int, who: "Iterable[Described]") -> list[frozenset[bytes]]:
        """The hashes by which each of these is found; none for whoever was erased."""
        ...

    def asked(self, log: LogId, build: int, who: "Described", *, further: bool = False) -> frozenset[bytes]:
        """The hashes of a question; `further`: and those by which one looks where nobody was surely found."""
        ...


class ReadModels(Protocol):
    """What is looked at: rows folded from the log. Two implementations: PostgreSQL and memory."""

    def open(
        self, log: LogId, agency: AgencyId | None, reach: Reach = "concerned"
    ) -> AbstractAsyncContextManager[ReadRows]:
        """Read rows of a log for an agency: its own lists, and what it may know of on a ground. None is the system."""
        ...

    async def reached(self, log: LogId, position: int, within_seconds: float) -> bool:
        """Wait until the rows contain a position, so that somebody sees her own act; False if that takes too long."""
        ...
