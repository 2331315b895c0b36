"""The one way a decision is made: know → fold → decide → append, or know again.

What a decision knows is its dynamic consistency boundary: the append fails, and the decision is made again, if anything
matching was recorded since the lowest head that was read.
"""

import asyncio
import datetime as dt
import random
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from typing import Any, Final, Protocol, TypeVar, cast

import msgspec

from application.ports import (
    Append,
    Clock,
    Codec,
    CommandKey,
    Condition,
    ConditionFailed,
    DecisionRecord,
    EventLog,
    LogBusy,
    LogId,
    log_of,
)
from domain.actors import Actor
from domain.facts import Command, Facts, Knowledge, Query, QueryItem
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
    """What became of a command: the position its facts can be read from, and whether it was known already."""

    position: int
    recorded_at: dt.datetime
    repeated: bool = False
    result: bytes = b""


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


class Decider:
    """Decides commands against one event log."""

    def __init__(self, log: EventLog, codec: Codec, clock: Clock) -> None:
        self.log = log
        self.folds = Folds(log, codec)
        self._codec = codec
        self._clock = clock

    async def decide(
        self, command: Command, by: Actor, *, key: CommandKey | None = None, result: bytes = b"", purpose: str = ""
    ) -> Decided:
        """Decide, append, and decide again where something relevant was recorded meanwhile.

        `result` is kept with the key and given back whenever the command is sent again: the ids that were minted first.
        A refusal that matters to somebody carries the fact to remember it by, which is appended unconditionally.

        Raises: Refusal; CommandReused; LogBusy after about eight lost races; LogUnavailable; UnknownFact.
        """
        if command.at > self._clock.now() + CLOCK_DRIFT:
            raise HappensInFuture(at=command.at)
        log = log_of(by.partnership)
        if key is not None and (known := await self.log.command(log, key)) is not None:
            return Decided(known.position, known.recorded_at, repeated=True, result=known.result)
        decision = DECISIONS[type(command)]
        purpose = purpose or type(command).__name__
        for attempt in range(ATTEMPTS):
            read: list[tuple[Query, int]] = []

            async def know(knowledge: Knowledge[S], /, read: list[tuple[Query, int]] = read) -> S:
                state, head = await self.folds.fold(log, knowledge)
                read.append((knowledge.query, head))
                return state

            refusal: Refusal | None = None
            try:
                facts = await decision(know, command, by)
            except Refusal as answer:
                if not answer.remembered:
                    raise
                refusal, facts = answer, answer.remembered
            record = DecisionRecord(
                command=type(command).__name__,
                arguments=msgspec.json.encode(command),
                read=tuple(read),
                policy=POLICY_VERSION,
                code=CODE_VERSION,
            )
            entries = self._codec.to_entries(log, facts, by, purpose, record)
            if refusal is not None:
                await self.log.append(Append(log, entries))
                raise refusal
            if not entries and key is None:
                return Decided(await self.log.head(log), self._clock.now(), result=result)
            try:
                appended = await self.log.append(
                    Append(log, entries, _boundary(read) if entries else None, key, result)
                )
            except ConditionFailed:
                await asyncio.sleep(random.uniform(0, 0.002 * 2**attempt))  # noqa: S311 - jitter
                continue
            return Decided(
                appended.position,
                appended.recorded_at,
                appended.repeated,
                appended.result if appended.repeated else result,
            )
        raise LogBusy


def _boundary(read: list[tuple[Query, int]]) -> Condition | None:
    """The union of what was asked, after the lowest head that was seen; no questions, no condition."""
    items: dict[QueryItem, None] = {item: None for query, _ in read for item in query}
    if not items:
        return None
    return Condition(tuple(items), min(head for _, head in read))
