"""Who is shown what of whom: collected while a request is answered, recorded before any of it leaves (ADR 0022).

A reading says to the account of its request what it lets out. Whoever answers the request has the account recorded in
the access ledger of the partnership; what cannot be recorded is not shown. To read without an account is our fault.
"""

import asyncio
import datetime as dt
import hashlib
import uuid
from collections.abc import Collection, Iterable, Sequence
from typing import Any, Final, Protocol

import msgspec

from application.deciding import CODE_VERSION
from application.ports import (
    Append,
    Clock,
    Codec,
    CommandKey,
    EventLog,
    LogBusy,
    LogUnavailable,
    NotRecordable,
    log_of,
)
from domain.actors import Actor
from domain.facts import PersonalClass
from domain.governance.access import (
    AccessDenied,
    Consulted,
    Denial,
    Disclosed,
    Exported,
    LedgerRead,
    Look,
    Searched,
    Use,
    people_of,
)
from domain.governance.partnership import JustificationMissing
from domain.governance.partnership import Look as Way
from domain.governance.scope import Category, Purpose, purpose_of
from domain.governance.sharing_rules import POLICY_VERSION
from domain.ids import PersonId
from domain.refusals import NotPermitted, Unknown

SAFETY_SECONDS: Final = 1.0
"""How long who asks for safety flags alone waits for the ledger, before the spool is written instead."""
DRAIN_SECONDS: Final = 2.0

Down = (LogBusy, LogUnavailable, NotRecordable, TimeoutError)
"""What says that the ledger takes nothing now."""


def denial_of(error: Exception) -> Denial | None:
    """As what an error is recorded: what is not there or not theirs, and what is not for the role; nothing else."""
    match error:
        case Unknown():
            return "unknown"
        case NotPermitted():
            return "not-permitted"
        case _:
            return None


class Unaccounted(Exception):  # noqa: N818 - a fault of ours, which fails the request
    """Personal data was about to be read where nobody would ever know who looked."""


class Account:
    """What one request is shown, of whom and under which rules. It has one viewer."""

    def __init__(self, route: str, request: str) -> None:
        """`route` is the template of an address, or a command: never an address with values in it."""
        self.by: Actor | None = None
        self.route = route
        self.request = request
        self._persons: dict[PersonId, None] = {}
        self._categories: dict[Category, None] = {}
        self._rules: dict[str, None] = {}
        self._opened: set[PersonalClass] = set()
        self._masked: dict[str, None] = {}
        self._keys: tuple[str, ...] | None = None
        self._document = ""
        self._recipient = ""
        self._use: Use | None = None
        self._copy = False
        self._justification: str | None = None
        self._safety: bool | None = None
        self._refused: tuple[Denial, tuple[tuple[str, str], ...]] | None = None

    def of(self, viewer: Actor) -> "Account":
        """Whose account this is: whoever the request is answered for, and nobody else."""
        assert self.by in {None, viewer}, "a request is answered for one viewer"
        self.by = viewer
        return self

    def saw(
        self,
        category: Category,
        persons: Iterable[PersonId],
        rules: Iterable[str],
        opened: Iterable[PersonalClass] = (),
        masked: Iterable[str] = (),
        *,
        safety: bool = False,
    ) -> None:
        """Somebody's data is let out. `safety`: nothing of them but staff-safety flags."""
        self._persons.update(dict.fromkeys(persons))
        self._categories[category] = None
        self._rules.update(dict.fromkeys(rules))
        self._opened.update(opened)
        self._masked.update(dict.fromkeys(masked))
        self._safety = safety and self._safety is not False

    def searched(self, keys: Iterable[str]) -> None:
        """It is a search, by these kinds of keys."""
        self._keys = tuple(keys)

    def exported(self, document: str) -> None:
        """It leaves as a document."""
        self._document = document

    def disclosed(self, document: str, recipient: str) -> None:
        """It leaves as a document for somebody outside."""
        self._document, self._recipient = document, recipient

    def read_ledger(self, use: Use, *, copy_for_person: bool = False) -> None:
        """It is the ledger itself that was read."""
        self._use, self._copy = use, copy_for_person

    def justified(self, why: str) -> None:
        """Why, in the viewer's own words: sealed."""
        self._justification = why

    def owes(self, way: Way, demanded: Collection[Way]) -> None:
        """Nothing is read for this way of looking until the viewer said why, where that is demanded.

        `demanded` is the legal profile. Raises: JustificationMissing.
        """
        if way in demanded and self._justification is None:
            raise JustificationMissing

    def refused(self, denial: Denial, asked: Iterable[tuple[str, str]]) -> None:
        """Something was denied, and the answer says so beside whatever else it shows."""
        self._refused = denial, tuple(asked)

    @property
    def empty(self) -> bool:
        """Whether nothing of anybody was let out or denied."""
        return not self._categories and self._refused is None

    @property
    def safety_alone(self) -> bool:
        """Whether nothing was let out but staff-safety flags."""
        return self._safety is True and self._refused is None

    @property
    def category(self) -> Category:
        """What it was for: the entry of the register is read along with everything else."""
        return next((one for one in self._categories if one != "register"), "register")

    def entries(self, at: dt.datetime) -> tuple[Look, ...]:
        """What is to be recorded of it: one entry, several only for more people than one can name, and any denial."""
        if self.empty:
            return ()
        shown = people_of(tuple(self._persons)) if self._categories else ()
        denied = () if self._refused is None else (self.denied(at, *self._refused),)
        return (*(self._entry(at, persons) for persons in shown), *denied)

    def denied(self, at: dt.datetime, denial: Denial, asked: Sequence[tuple[str, str]]) -> AccessDenied:
        """What is to be recorded where nothing is let out. `asked` are the ids in the address, by their names.

        An address may hold anything: what has not the form of an id that was made here is left out.
        """
        ids = [(name, one) for name, one in asked if _made_here(one)]
        return AccessDenied(
            at=at,
            route=self.route,
            request=self.request,
            persons=tuple(PersonId(one) for name, one in ids if name == "person"),
            denial=denial,
            asked=tuple(f"{name}:{one}" for name, one in ids),
        )

    def _entry(self, at: dt.datetime, persons: tuple[PersonId, ...]) -> Look:
        said: dict[str, Any] = {
            "at": at,
            "route": self.route,
            "request": self.request,
            "persons": persons,
            "categories": tuple(self._categories),
            "rules": tuple(self._rules),
            "opened": tuple(sorted(self._opened)),
            "masked": tuple(self._masked),
            "whose": persons[0] if self._justification is not None and len(persons) == 1 else None,
            "justification": self._justification,
        }
        if self._use is not None:
            return LedgerRead(**said, use=self._use, copy_for_person=self._copy)
        if self._recipient:
            return Disclosed(**said, document=self._document, recipient=self._recipient)
        if self._document:
            return Exported(**said, document=self._document)
        if self._keys is not None:
            return Searched(**said, keys=self._keys)
        return Consulted(**said)


class NotShown(Account):
    """For what is read and shown to nobody: to see whether something moved, or whether a command may be given."""

    def __init__(self) -> None:
        super().__init__("", "")

    @property
    def empty(self) -> bool:
        """Nothing of it leaves."""
        return True


class Spool(Protocol):
    """A disk beside this process, for what cannot wait until the ledger is back."""

    async def keep(self, content: bytes) -> None:
        """Durable when this returns. Raises OSError."""
        ...

    def waiting(self) -> int:
        """How much is kept."""
        ...

    async def taken(self) -> Sequence[bytes]:
        """Everything that is kept; what is kept from now on, is kept beside it."""
        ...

    async def forget(self, taken: Sequence[bytes]) -> None:
        """Let go of what was taken: it stands in the ledger."""
        ...


class Spooled(msgspec.Struct, frozen=True):
    """A look at safety flags that the ledger could not take."""

    id: str
    by: Actor
    purpose: str
    look: Consulted


class AccessLedger:
    """Records who looked, in the access log of each partnership."""

    def __init__(self, log: EventLog, codec: Codec, clock: Clock, spool: Spool) -> None:
        self._log = log
        self._codec = codec
        self._clock = clock
        self.spool = spool
        self._draining = asyncio.Lock()

    def waiting(self) -> int:
        """How many looks are spooled, and not in the ledger yet."""
        return self.spool.waiting()

    async def record(self, account: Account) -> bool:
        """Record what a request was shown. True where it was spooled instead, which only safety flags are.

        Raises: LogBusy, LogUnavailable, NotRecordable: then nothing of it may leave.
        """
        if account.empty:
            return False
        by = account.by
        if by is None:
            raise Unaccounted
        looks = account.entries(self._clock.now())
        purpose = purpose_of(by.role, account.category)
        if not account.safety_alone:
            await self._append(by, purpose, looks)
            return False
        # A reason in somebody's own words would lie open on the disk: it is left out there.
        kept = msgspec.structs.replace(_consulted(looks), spooled=True, justification=None, whose=None)
        spooled = Spooled(str(uuid.uuid4()), by, purpose, kept)
        try:
            async with asyncio.timeout(SAFETY_SECONDS):
                await self._append(by, purpose, looks, _key(spooled.id))
        except Down:
            try:
                await self.spool.keep(msgspec.json.encode(spooled))
            except OSError as error:
                raise LogUnavailable from error
            return True
        return False

    async def deny(self, account: Account, by: Actor, denial: Denial, asked: Sequence[tuple[str, str]]) -> None:
        """Record that something was asked for and not given. Raises: LogBusy, LogUnavailable, NotRecordable."""
        look = account.denied(self._clock.now(), denial, asked)
        await self._append(by, purpose_of(by.role, "register"), (look,))

    async def note(self, by: Actor, purpose: Purpose, look: Look) -> None:
        """Record a look as it stands, once for its request. Raises: LogBusy, LogUnavailable, NotRecordable."""
        await self._append(by, purpose, (look,), _key(look.request))

    async def drain(self) -> int:
        """Bring what was spooled into the ledger, each with its own time; how many. Sent again, it is recorded once.

        Raises: LogBusy, LogUnavailable, NotRecordable, OSError.
        """
        async with self._draining:
            if not self.spool.waiting():
                return 0
            kept = await self.spool.taken()
            for content in kept:
                try:
                    one = msgspec.json.decode(content, type=Spooled)
                except msgspec.DecodeError:  # cut off by a crash, so acknowledged to nobody
                    continue
                await self._append(one.by, one.purpose, (one.look,), _key(one.id))
            await self.spool.forget(kept)
            return len(kept)

    async def keep_draining(self) -> None:
        """Drain until cancelled."""
        while True:
            try:
                await self.drain()
            except (*Down, OSError):
                pass
            await asyncio.sleep(DRAIN_SECONDS)

    async def _append(self, by: Actor, purpose: str, looks: Sequence[Look], key: CommandKey | None = None) -> None:
        log = log_of(by.partnership, "access")
        entries = await self._codec.to_notes(log, looks, by, purpose, POLICY_VERSION, CODE_VERSION)
        await self._log.append(Append(log, entries, command=key))


def _consulted(looks: Collection[Look]) -> Consulted:
    (look,) = looks
    assert isinstance(look, Consulted)
    return look


def _key(spooled: str) -> CommandKey:
    """What keeps one look from standing in the ledger twice: recorded at once and, since nobody heard, spooled too."""
    digest = hashlib.sha256(b"spooled\0" + spooled.encode()).digest()
    return CommandKey(digest, digest)


def _made_here(one: str) -> bool:
    try:
        return str(uuid.UUID(one)) == one
    except ValueError:
        return False
