"""The one way a decision is made: know → fold → decide → append, or know again.

What a decision knows is its dynamic consistency boundary: the append fails, and the decision is made again, if anything
matching any of its questions was recorded since that one was answered. So a first attempt may rest on what was known
before (ADR 0002): if it adds anything, the append proves that it still held.
"""

import asyncio
import datetime as dt
import random
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from typing import Any, Final, Protocol, TypeVar, cast

import msgspec

from application.attributed import facts_told
from application.erased import refuse_erased
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
from domain.facts import ATTRIBUTION, Command, Fact, Facts, Knowledge, Query, QueryItem, tags_of
from domain.governance.sharing_rules import POLICY_VERSION
from domain.ids import PartnershipId
from domain.refusals import HappensInFuture, NotPermitted, Refusal

S = TypeVar("S")
C = TypeVar("C", bound=Command)

CLOCK_DRIFT: Final = dt.timedelta(minutes=2)
ATTEMPTS: Final = 8
CODE_VERSION: Final = "0.1.0"
PANELS_OWN: Final = ("domain.scrutiny.", "domain.governance.account")
"""What whoever sits on a scrutiny panel decides: the panel's own, and how they sign in."""


class Know(Protocol):
    """Asks the log what a decision must know. Later questions may depend on earlier answers."""

    @property
    def now(self) -> dt.datetime:
        """The moment at which it is decided: what authorises is judged by it, never by when a thing happened."""
        ...

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


class Answer(msgspec.Struct, frozen=True, gc=False):
    """What was known of a question, and at which position of the log."""

    knowledge: Knowledge[Any]
    state: Any
    position: int


class Folds:
    """A bounded cache of folds (knowledge → state, position), brought forward by a delta read or by one's own append.

    One cache serves decisions, capacity and policy alike.
    """

    def __init__(self, log: EventLog, codec: Codec, size: int = 20_000) -> None:
        self._log = log
        self._codec = codec
        self._size = size
        self._states: OrderedDict[tuple[LogId, Query, object], tuple[Any, int]] = OrderedDict()

    async def fold(self, log: LogId, knowledge: Knowledge[S]) -> tuple[S, int]:
        """The state at the head, and the position of that head."""
        state, position = self.remembered(log, knowledge) or (knowledge.initial, 0)
        page = await self._log.read(log, knowledge.query, after=position)
        for stored in page.events:
            fact = self._codec.fact(stored)
            if fact.fact_type == ATTRIBUTION:
                return await self._anew(log, knowledge)
            state = knowledge.told(state, fact, stored.position)
        self._keep(log, knowledge, state, page.head)
        return state, page.head

    async def _anew(self, log: LogId, knowledge: Knowledge[S]) -> tuple[S, int]:
        """From the beginning: some of what was folded is of another person, or some of another's is of this one."""
        state = knowledge.initial
        facts, head = await facts_told(self._log, self._codec, log, knowledge.query)
        for position, fact in facts:
            state = knowledge.told(state, fact, position)
        self._keep(log, knowledge, state, head)
        return state, head

    def remembered(self, log: LogId, knowledge: Knowledge[S]) -> tuple[S, int] | None:
        """The state as it was last known, and at which position; nothing is asked."""
        key = (log, knowledge.query, knowledge.evolve)
        found = self._states.get(key)
        if found is not None:
            self._states.move_to_end(key)
        return found

    def advance(self, log: LogId, answers: Iterable[Answer], entries: Sequence[Entry], position: int) -> None:
        """Bring what a decision rested on forward to the last of its own entries.

        Its conditions held: from each answer up to these entries, nothing stands in the log that would change it.
        """
        facts: dict[int, Fact] = {}
        if any(entry.type == ATTRIBUTION for entry in entries):
            return  # they are asked for anew
        first = position - len(entries) + 1
        for answer in answers:
            state, knowledge = answer.state, answer.knowledge
            for at, entry in enumerate(entries):
                if _asked_for(knowledge.query, entry):
                    fact = facts.get(at)
                    if fact is None:
                        fact = facts[at] = self._codec.entered(entry)
                    state = knowledge.told(state, fact, first + at)
            self._keep(log, knowledge, state, position)

    def _keep(self, log: LogId, knowledge: Knowledge[Any], state: object, position: int) -> None:
        key = (log, knowledge.query, knowledge.evolve)
        newer = self._states.get(key)
        if newer is None or newer[1] < position:
            self._states[key] = (state, position)
            if newer is None and len(self._states) > self._size:
                self._states.popitem(last=False)


def _asked_for(query: Query, entry: Entry) -> bool:
    for item in query:  # noqa: SIM110 - of what every decision does some dozen times, a generator takes most
        if (not item.types or entry.type in item.types) and item.tags.issubset(entry.tags):
            return True
    return False


class Seen:
    """What was read for one act so far. Nothing is asked twice, so an answer is as old as its first question.

    `remembering`: what some decision knew before is taken as it was then, and only the rest is asked. That is enough
    to add something, since the append proves that it still holds; it is not enough to refuse, or to add nothing.
    """

    def __init__(self, *, remembering: bool = False) -> None:
        self.answers: dict[tuple[Query, object], Answer] = {}
        self.stale = False
        """Whether any answer was taken without asking."""
        self.likely: dict[tuple[Query, object], Knowledge[Any]] = {}
        """What an attempt before asked, and this one will ask again."""
        self.remembering = remembering

    def anew(self) -> "Seen":
        """To ask once more, and everything."""
        again = Seen()
        again.likely = {question: answer.knowledge for question, answer in self.answers.items()}
        return again

    def known(self, folds: Folds, log: LogId, knowledge: Knowledge[S]) -> Answer | None:
        """The state, and the position at which it was that, if nobody need be asked for it."""
        question = (knowledge.query, knowledge.evolve)
        answer = self.answers.get(question)
        if answer is None and self.remembering and (found := folds.remembered(log, knowledge)) is not None:
            self.stale = True
            answer = self.answers[question] = Answer(knowledge, *found)
        return answer

    async def fold(self, folds: Folds, log: LogId, knowledge: Knowledge[S]) -> Answer:
        """The state, and the position at which it was that."""
        answer = self.known(folds, log, knowledge)
        if answer is None:
            answer = Answer(knowledge, *await folds.fold(log, knowledge))
            self.answers[knowledge.query, knowledge.evolve] = answer
        return answer


class _Drawn(msgspec.Struct, frozen=True, gc=False):
    """What one command of an act adds, and what that rests on."""

    command: Command
    facts: Facts
    read: list[Answer]

    def record(self) -> DecisionRecord:
        """What is kept of it with its first fact."""
        return DecisionRecord(
            command=type(self.command).__name__,
            arguments=msgspec.json.encode(self.command),
            read=tuple(dict.fromkeys((one.knowledge.query, one.position) for one in self.read)),
            policy=POLICY_VERSION,
            code=CODE_VERSION,
        )


class Pending:
    """Facts that are decided but not recorded yet: what later decisions of the same act, or rehearsal, stand upon."""

    def __init__(self) -> None:
        self._facts: list[Fact] = []
        self._indexed = 0
        self._by_tag: dict[str, list[int]] = {}
        self._by_type: dict[str, list[int]] = {}

    def add(self, facts: Facts) -> None:
        """Decided after what is there."""
        self._facts.extend(facts)

    @property
    def any(self) -> bool:
        """Whether there are any."""
        return bool(self._facts)

    def fork(self) -> "Pending":
        """What is pending so far, to be added to for itself."""
        return _Fork(self)

    def matching(self, query: Query) -> Iterator[Fact]:
        """The facts that the query asks for, in the order in which they were decided."""
        for at in range(self._indexed, len(self._facts)):
            fact = self._facts[at]
            self._by_type.setdefault(fact.fact_type, []).append(at)
            for tag in tags_of(fact):
                self._by_tag.setdefault(tag, []).append(at)
        self._indexed = len(self._facts)
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

    @property
    def any(self) -> bool:
        return super().any or self._base.any

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

        The first attempt rests on what is remembered, as far as it is: the append proves that it still held. Refused,
        or found to add nothing, is only what was decided on answers that were read for it, and was not sent before.

        An act of several commands is recorded whole or not at all; each of them is decided on what those before it add.
        `result` is kept with the key and given back whenever the act is sent again: the ids that were minted first, or
        what the facts to add come to.
        `provenance` says where the act came from; it is decided last, and only where the act adds anything.
        `seen` is what was read to put the act together; it serves the first attempt.
        A refusal that matters to somebody carries the facts to remember it by, which are appended unconditionally.

        Raises: Refusal; CommandReused; LogBusy after about eight lost races; LogUnavailable; UnknownFact.
        """
        commands = (act,) if isinstance(act, Command) else tuple(act)
        self._refuse_future(commands)
        log = log_of(by.partnership)
        knowing = seen or Seen(remembering=True)
        asked_anew = seen is not None
        lost = 0
        while lost < ATTEMPTS:
            if asked_anew:
                known = await self._ask_ahead(log, commands, key, knowing)
                if known is not None:
                    return Decided(known.position, known.recorded_at, repeated=True, result=known.result)
            drawn, refusal = await self._draw(log, commands, provenance, by, knowing)
            added = tuple(fact for one in drawn for fact in one.facts)
            if not asked_anew and (refusal is not None or not added) and (key is not None or knowing.stale):
                knowing, asked_anew = knowing.anew(), True
                continue
            if refusal is not None:
                if refusal.remembered:
                    await self.log.append(Append(log, await self._entries(log, by, drawn[-1:])))
                raise refusal
            answer = result if isinstance(result, bytes) else result(added)
            if not added and key is None:
                return Decided(await self.log.head(log), self._clock.now(), result=answer)
            entries = await self._entries(log, by, drawn)
            rests_on = {id(one): one for part in drawn for one in part.read}.values() if entries else ()
            try:
                appended = await self.log.append(Append(log, entries, _boundary(rests_on), key, answer))
            except ConditionFailed:
                if not knowing.stale:
                    await asyncio.sleep(random.uniform(0, 0.002 * 2**lost))  # noqa: S311 - jitter
                    lost += 1
                knowing, asked_anew = knowing.anew(), True
                continue
            if appended.repeated:
                return Decided(appended.position, appended.recorded_at, repeated=True, result=appended.result)
            self.folds.advance(log, rests_on, entries, appended.position)
            return Decided(appended.position, appended.recorded_at, result=answer, facts=added)
        raise LogBusy

    def know(self, partnership: PartnershipId, pending: Pending | None = None, seen: Seen | None = None) -> Know:
        """Knows the head of a partnership's log, as it was when `seen` first asked, and what is pending after it."""
        return self._know(log_of(partnership), pending or Pending(), [], seen)

    async def remembered(self, partnership: PartnershipId, knowledge: Knowledge[S]) -> S:
        """What was last known here; asked only where nothing was. Whoever relies on it asks the head afterwards."""
        log = log_of(partnership)
        found = self.folds.remembered(log, knowledge) or await self.folds.fold(log, knowledge)
        return found[0]

    async def rehearse(self, act: Sequence[Command], by: Actor, pending: Pending, seen: Seen | None = None) -> Facts:
        """What an act would add after the log and what is pending. Records nothing; `pending` grows by the answer.

        Raises: Refusal; LogUnavailable; UnknownFact.
        """
        self._refuse_future(act)
        log = log_of(by.partnership)
        added: Facts = ()
        trial = pending.fork()
        for command in act:
            drawn, refusal = await self._one(log, command, by, trial, seen or Seen())
            if refusal is not None:
                raise refusal
            trial.add(drawn.facts)
            added += drawn.facts
        pending.add(added)
        return added

    async def _ask_ahead(
        self, log: LogId, commands: Sequence[Command], key: CommandKey | None, seen: Seen
    ) -> Appended | None:
        """What became of the command, if it was sent before; asked together with what is likely to be asked for it.

        That is what an attempt before asked, and what such acts always ask: agencies, ladders and services are asked
        for without an id, so these questions are known beforehand. One statement answers them all.
        """
        usual = {question: known for one in commands for question, known in self._usual.get(type(one), {}).items()}
        asked = [seen.fold(self.folds, log, known) for known in (usual | seen.likely).values()]
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

    @staticmethod
    def refuse_panel(command: Command, by: Actor) -> None:
        """A panel never changes a case, whatever its members' role should ever be allowed (ADR 0033).

        Raises: NotPermitted.
        """
        if by.role == "panel-member" and not type(command).__module__.startswith(PANELS_OWN):
            raise NotPermitted(role=by.role)

    async def _draw(
        self, log: LogId, commands: Sequence[Command], provenance: Command | None, by: Actor, seen: Seen
    ) -> tuple[list[_Drawn], Refusal | None]:
        """What each command of an act adds, up to a refusal, with the facts to remember that by."""
        drawn: list[_Drawn] = []
        pending = Pending()
        for command in commands:
            one, refusal = await self._one(log, command, by, pending, seen)
            drawn.append(one)
            if refusal is not None:
                return drawn, refusal
            pending.add(one.facts)
        if provenance is None or not any(one.facts for one in drawn):
            return drawn, None
        one, refusal = await self._one(log, provenance, by, pending, seen)
        return [*drawn, one], refusal

    async def _one(
        self, log: LogId, command: Command, by: Actor, pending: Pending, seen: Seen
    ) -> tuple[_Drawn, Refusal | None]:
        read: list[Answer] = []
        know = self._know(log, pending, read, seen, self._usual.setdefault(type(command), {}))
        try:
            self.refuse_panel(command, by)
            facts = await _decided(know, command, by)
        except Refusal as refusal:
            return _Drawn(command, refusal.remembered, read), refusal
        return _Drawn(command, facts, read), None

    async def _entries(self, log: LogId, by: Actor, drawn: Iterable[_Drawn]) -> tuple[Entry, ...]:
        entries: tuple[Entry, ...] = ()
        for one in drawn:
            if one.facts:
                purpose = type(one.command).__name__
                entries += await self._codec.to_entries(log, one.facts, by, purpose, one.record())
        return entries

    def _know(
        self,
        log: LogId,
        pending: Pending,
        read: list[Answer],
        seen: Seen | None,
        usual: dict[tuple[Query, object], Knowledge[Any]] | None = None,
    ) -> Know:
        return _Knowing(self.folds, log, pending, read, seen, usual, self._clock.now())


async def _decided(know: Know, command: Command, by: Actor) -> Facts:
    """What a command adds; neither it nor what a refusal is remembered by is of anybody erased. Raises: Refusal."""
    try:
        facts = await DECISIONS[type(command)](know, command, by)
    except Refusal as refusal:
        await refuse_erased(know, refusal.remembered)
        raise
    await refuse_erased(know, facts)
    return facts


class _Knowing:
    """Knows the head of a log, as `seen` says it was, and what is pending after it."""

    __slots__ = ("_folds", "_log", "_pending", "_read", "_seen", "_usual", "now")

    def __init__(
        self,
        folds: Folds,
        log: LogId,
        pending: Pending,
        read: list[Answer],
        seen: Seen | None,
        usual: dict[tuple[Query, object], Knowledge[Any]] | None,
        now: dt.datetime,
    ) -> None:
        self._folds = folds
        self._log = log
        self._pending = pending
        self._read = read
        self._seen = seen
        self._usual = usual
        self.now = now

    async def __call__(self, knowledge: Knowledge[S], /) -> S:
        """The state of the knowledge."""
        asked = self._seen or Seen()
        usual = self._usual
        if not asked.remembering and usual is not None and not any(item.tags for item in knowledge.query):
            usual[knowledge.query, knowledge.evolve] = knowledge
        answer = asked.known(self._folds, self._log, knowledge) or await asked.fold(self._folds, self._log, knowledge)
        self._read.append(answer)
        state = cast("S", answer.state)
        if self._pending.any:
            for fact in self._pending.matching(knowledge.query):
                if fact.fact_type != ATTRIBUTION:
                    state = knowledge.told(state, fact, 0)
        return state


def _boundary(read: Iterable[Answer]) -> tuple[Condition, ...]:
    """Each question is a condition from the position of its answer on."""
    return tuple([Condition(one.knowledge.query, one.position) for one in read if one.knowledge.query])
