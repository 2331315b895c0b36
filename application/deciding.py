"""The one way a decision is made: know → fold → decide → append, or know again.

What a decision knows is its dynamic consistency boundary: the append fails, and the decision is made again, if anything
matching any of its questions was recorded since that one was answered.
"""

import asyncio
import datetime as dt
import random
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Iterator, Sequence
from typing import Any, Final, Protocol, TypeVar, cast

import msgspec

from application.ports import (
    Append,
    Appended,
    Clock,
    Codec,
    CommandKey,
    Condition,
    ConditionFailed,
    DecisionRecord,
    Entry,
    EventLog,
    LogBusy,
    LogId,
    log_of,
)
from domain.actors import Actor
from domain.facts import Command, Fact, Facts, Knowledge, Query, QueryItem, tags_of
from domain.ids import PartnershipId
from domain.refusals import HappensInFuture, Refusal

S = TypeVar("S")
C = TypeVar("C", bound=Command)

CLOCK_DRIFT: Final = dt.timedelta(minutes=2)
ATTEMPTS: Final = 8
POLICY_VERSION: Final = "concerns-1"
CODE_VERSION: Final = "0.1.0"


class Know(Protocol):
    """Asks the log what a decision must know. Later questions may depend on earlier answers."""

    async def __call__(self, knowledge: Knowledge[S], /) -> S:
        """The facts that the knowledge asks for, folded."""
        ...


Decision = Callable[[Know, C, Actor], Awaitable[Facts]]
"""From what is known, the command and who acts: the facts to add. Raises a Refusal."""

DECISIONS: Final[dict[type[Command], Decision[Any]]] = {}
"""Which decision answers which command."""


def decides(command: type[C]) -> Callable[[Decision[C]], Decision[C]]:
    """Enter a decision into the table: one for each command."""

    def enter(decision: Decision[C]) -> Decision[C]:
        assert command not in DECISIONS, f"two decisions for {command.__name__}"
        DECISIONS[command] = decision
        return decision

    return enter


class Decided(msgspec.Struct, frozen=True):
    """What became of an act: the position its facts can be read from, which it added, and whether it was known."""

    position: int
    recorded_at: dt.datetime
    repeated: bool = False
    result: bytes = b""
    facts: Facts = ()

    @property
    def added(self) -> int:
        """How many facts it added."""
        return len(self.facts)


class Folds:
    """A bounded cache of folds (knowledge → state, position), brought forward by a delta read.

    One cache serves decisions, capacity and policy alike.
    """

    def __init__(self, log: EventLog, codec: Codec, size: int = 20_000) -> None:
        self._log = log
        self._codec = codec
        self._size = size
        self._states: OrderedDict[tuple[LogId, Query, object], tuple[Any, int]] = OrderedDict()

    async def fold(self, log: LogId, knowledge: Knowledge[S]) -> tuple[S, int]:
        """The state at the head, and the position of that head."""
        key = (log, knowledge.query, knowledge.evolve)
        state, position = self._states.get(key, (knowledge.initial, 0))
        page = await self._log.read(log, knowledge.query, after=position)
        for stored in page.events:
            state = knowledge.evolve(state, self._codec.fact(stored))
        newer = self._states.get(key)
        if newer is None or newer[1] < page.head:
            self._states[key] = (state, page.head)
            self._states.move_to_end(key)
            if len(self._states) > self._size:
                self._states.popitem(last=False)
        return cast("S", state), page.head


class Seen:
    """What was read for one act so far. Nothing is asked twice, so an answer is as old as its first question."""

    def __init__(self) -> None:
        self._answers: dict[tuple[Query, object], tuple[Any, int]] = {}

    async def fold(self, folds: Folds, log: LogId, knowledge: Knowledge[S]) -> tuple[S, int]:
        """The state, and the position of the head at which it was read."""
        question = (knowledge.query, knowledge.evolve)
        answer = self._answers.get(question)
        if answer is None:
            answer = self._answers[question] = await folds.fold(log, knowledge)
        return answer


class Pending:
    """Facts that are decided but not recorded yet: what later decisions of the same act, or rehearsal, stand upon."""

    def __init__(self) -> None:
        self._facts: list[Fact] = []
        self._by_tag: dict[str, list[int]] = {}
        self._by_type: dict[str, list[int]] = {}

    def add(self, facts: Facts) -> None:
        """Decided after what is there."""
        for fact in facts:
            at = len(self._facts)
            self._facts.append(fact)
            self._by_type.setdefault(fact.fact_type, []).append(at)
            for tag in tags_of(fact):
                self._by_tag.setdefault(tag, []).append(at)

    def fork(self) -> "Pending":
        """What is pending so far, to be added to for itself."""
        return _Fork(self)

    def matching(self, query: Query) -> Iterator[Fact]:
        """The facts that the query asks for, in the order in which they were decided."""
        found = {at for item in query for at in self._item(item)}
        return (self._facts[at] for at in sorted(found))

    def _item(self, item: QueryItem) -> set[int]:
        if not item.tags:
            return {at for one in item.types for at in self._by_type.get(one, ())}
        tagged = set.intersection(*(set(self._by_tag.get(tag, ())) for tag in item.tags))
        return {at for at in tagged if not item.types or self._facts[at].fact_type in item.types}


class _Fork(Pending):
    def __init__(self, base: Pending) -> None:
        super().__init__()
        self._base = base

    def matching(self, query: Query) -> Iterator[Fact]:
        yield from self._base.matching(query)
        yield from super().matching(query)


class Decider:
    """Decides commands against one event log."""

    def __init__(self, log: EventLog, codec: Codec, clock: Clock) -> None:
        self.log = log
        self.folds = Folds(log, codec)
        self._codec = codec
        self._clock = clock
        self._usual: dict[type[Command], dict[tuple[Query, object], Knowledge[Any]]] = {}

    async def decide(
        self,
        act: Command | Sequence[Command],
        by: Actor,
        *,
        key: CommandKey | None = None,
        result: bytes | Callable[[Facts], bytes] = b"",
        provenance: Command | None = None,
        seen: Seen | None = None,
    ) -> Decided:
        """Decide, append, and decide again where something relevant was recorded meanwhile.

        An act of several commands is recorded whole or not at all; each of them is decided on what those before it add.
        `result` is kept with the key and given back whenever the act is sent again: the ids that were minted first, or
        what the facts to add come to.
        `provenance` says where the act came from; it is decided last, and only where the act adds anything.
        `seen` is what was read to put the act together; it serves the first decision.
        A refusal that matters to somebody carries the facts to remember it by, which are appended unconditionally.

        Raises: Refusal; CommandReused; LogBusy after about eight lost races; LogUnavailable; UnknownFact.
        """
        commands = (act,) if isinstance(act, Command) else tuple(act)
        self._refuse_future(commands)
        log = log_of(by.partnership)
        first = seen or Seen()
        known = await self._ask_ahead(log, commands, key, first)
        if known is not None:
            return Decided(known.position, known.recorded_at, repeated=True, result=known.result)
        for attempt in range(ATTEMPTS):
            entries: list[Entry] = []
            added: Facts = ()
            boundary: list[tuple[Query, int]] = []
            pending = Pending()
            read_before = first if attempt == 0 else Seen()
            for command in (*commands, provenance):
                if command is None or (command is provenance and not entries):
                    continue
                refusal, facts, read = await self._one(log, command, by, pending, read_before)
                record = _record_of(command, read)
                if refusal is not None:
                    remembered = await self._codec.to_entries(log, facts, by, type(command).__name__, record)
                    await self.log.append(Append(log, remembered))
                    raise refusal
                pending.add(facts)
                added += facts
                boundary.extend(read)
                if facts:
                    entries.extend(await self._codec.to_entries(log, facts, by, type(command).__name__, record))
            answer = result if isinstance(result, bytes) else result(added)
            if not entries and key is None:
                return Decided(await self.log.head(log), self._clock.now(), result=answer)
            try:
                conditions = _boundary(boundary) if entries else ()
                appended = await self.log.append(Append(log, tuple(entries), conditions, key, answer))
            except ConditionFailed:
                await asyncio.sleep(random.uniform(0, 0.002 * 2**attempt))  # noqa: S311 - jitter
                continue
            kept = appended.result if appended.repeated else answer
            recorded = () if appended.repeated else added
            return Decided(appended.position, appended.recorded_at, appended.repeated, kept, recorded)
        raise LogBusy

    def know(self, partnership: PartnershipId, pending: Pending | None = None, seen: Seen | None = None) -> Know:
        """Knows the head of a partnership's log, as it was when `seen` first asked, and what is pending after it."""
        return self._know(log_of(partnership), pending or Pending(), [], seen)

    async def rehearse(self, act: Sequence[Command], by: Actor, pending: Pending, seen: Seen | None = None) -> Facts:
        """What an act would add after the log and what is pending. Records nothing; `pending` grows by the answer.

        Raises: Refusal; LogUnavailable; UnknownFact.
        """
        self._refuse_future(act)
        log = log_of(by.partnership)
        added: Facts = ()
        trial = pending.fork()
        for command in act:
            refusal, facts, _ = await self._one(log, command, by, trial, seen or Seen())
            if refusal is not None:
                raise refusal
            trial.add(facts)
            added += facts
        pending.add(added)
        return added

    async def _ask_ahead(
        self, log: LogId, commands: Sequence[Command], key: CommandKey | None, seen: Seen
    ) -> Appended | None:
        """What became of the command, if it was sent before; asked together with what such acts always ask.

        Agencies, ladders and services are asked for without an id, so these questions are known beforehand, and one
        statement answers them all.
        """
        usual = {question: known for one in commands for question, known in self._usual.get(type(one), {}).items()}
        asked = [seen.fold(self.folds, log, known) for known in usual.values()]
        if key is None:
            await asyncio.gather(*asked)
            return None
        sent_before = asyncio.ensure_future(self.log.command(log, key))
        await asyncio.gather(sent_before, *asked)
        return sent_before.result()

    def _refuse_future(self, act: Sequence[Command]) -> None:
        latest = self._clock.now() + CLOCK_DRIFT
        for command in act:
            if command.at > latest:
                raise HappensInFuture(at=command.at)

    async def _one(
        self, log: LogId, command: Command, by: Actor, pending: Pending, seen: Seen
    ) -> tuple[Refusal | None, Facts, tuple[tuple[Query, int], ...]]:
        read: list[tuple[Query, int]] = []
        know = self._know(log, pending, read, seen, self._usual.setdefault(type(command), {}))
        try:
            facts = await DECISIONS[type(command)](know, command, by)
        except Refusal as refusal:
            if not refusal.remembered:
                raise
            return refusal, refusal.remembered, tuple(read)
        return None, facts, tuple(read)

    def _know(
        self,
        log: LogId,
        pending: Pending,
        read: list[tuple[Query, int]],
        seen: Seen | None,
        usual: dict[tuple[Query, object], Knowledge[Any]] | None = None,
    ) -> Know:
        async def know(knowledge: Knowledge[S], /) -> S:
            if usual is not None and not any(item.tags for item in knowledge.query):
                usual[knowledge.query, knowledge.evolve] = knowledge
            folded = self.folds.fold(log, knowledge) if seen is None else seen.fold(self.folds, log, knowledge)
            state, head = await folded
            if (knowledge.query, head) not in read:
                read.append((knowledge.query, head))
            for fact in pending.matching(knowledge.query):
                state = knowledge.evolve(state, fact)
            return state

        return know


def _record_of(command: Command, read: tuple[tuple[Query, int], ...]) -> DecisionRecord:
    return DecisionRecord(
        command=type(command).__name__,
        arguments=msgspec.json.encode(command),
        read=read,
        policy=POLICY_VERSION,
        code=CODE_VERSION,
    )


def _boundary(read: list[tuple[Query, int]]) -> tuple[Condition, ...]:
    """What was asked, each question after the head that answered it: one condition for each such head."""
    asked: dict[int, dict[QueryItem, None]] = {}
    for query, head in read:
        asked.setdefault(head, {}).update(dict.fromkeys(query))
    return tuple(Condition(tuple(items), head) for head, items in asked.items() if items)
