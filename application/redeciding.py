"""Deciding again: the same command, by the same worker, on exactly what was known then, by the rules as they are now.

A decision's record names what it asked and how far the log went then. Each question is answered from the facts up to
there, and from those of its own act before it; the moment is that of recording. Nothing is recorded. What comes out is
the same, or differs and says in what, or cannot be had again and says why (ADR 0025).
"""

from bisect import bisect_right
from collections import OrderedDict
from collections.abc import AsyncGenerator, Callable, Collection, Sequence
from contextlib import aclosing
from typing import Any, Final, Literal, TypeVar

import msgspec

from application.attributed import everywhere
from application.deciding import DECISIONS
from application.ports import Codec, Decision, Envelope, EventLog, LogId, Recorded, Stored, UnknownFact, Unsealer
from domain.actors import Actor
from domain.facts import ATTRIBUTION, Command, Fact, Facts, Instant, Knowledge, Query, Sealed, declared
from domain.ids import PartnershipId
from domain.people.attributing import told
from domain.refusals import Refusal

S = TypeVar("S")

PAGE: Final = 1_000
STORIES: Final = 20_000
"""How many questions are remembered with what they came to."""

Outcome = Literal["same", "differs", "not-reproducible"]
Unreproducible = Literal["arguments-erased", "command-not-known", "facts-not-known"]
"""Its arguments were erased with the person; this version of the program has no such command, or cannot read a fact."""

Changing = Callable[[Fact], Fact]
"""How a fact would have been, for what-if. The same fact where nothing about it would have been otherwise."""

COMMANDS: Final[dict[str, type[Command]]] = {}


class Redecided(msgspec.Struct, frozen=True, kw_only=True):
    """What came of deciding again. No personal value is in it: fields are named, and facts by their types.

    `refused` is the code of the rule that refuses now. `differing` are `type.field`, or the types of facts that came
    then and not now (`-type`), now and not then (`+type`). `erased` fields could not be compared.
    """

    position: int
    recorded_at: Instant
    command: str
    outcome: Outcome
    why: Unreproducible | None = None
    refused: str | None = None
    differing: tuple[str, ...] = ()
    erased: int = 0
    policy: str = ""


class Redeciding:
    """Decides the decisions of one log again, in the order in which they were made."""

    def __init__(
        self, log: EventLog, codec: Codec, unsealer: Unsealer, case: LogId, changing: Changing | None = None
    ) -> None:
        """`changing` makes it a what-if: every fact that is known is known as it would have been."""
        self._log = log
        self._codec = codec
        self._unsealer = unsealer
        self._case = case
        self._stories = _Stories(log, codec, case, changing)

    async def at(self, position: int) -> Decision | None:
        """The decision that added the fact at a position, be it its first or not; None where there is no such fact."""
        if not 0 < position <= await self._log.head(self._case):
            return None
        end = position
        while end > 0:
            after = max(0, end - PAGE)
            page = await self._log.read(self._case, after=after, limit=end - after, sealed=True)
            for stored in reversed(page.events):
                if (found := self._codec.decision(stored)) is not None:
                    return found
            end = after
        return None

    async def one(self, position: int) -> Redecided | None:
        """The same decision, made again."""
        found = await self.at(position)
        if found is None:
            return None
        async with aclosing(self.all(after=found.envelope.position - 1)) as again:
            return await anext(again)

    async def added(self, decision: Decision) -> frozenset[int]:
        """The positions of the facts that a decision added."""
        first = decision.envelope.position
        positions = [first]
        async with aclosing(self._events(first)) as events:
            async for stored in events:
                if self._codec.decision(stored) is not None:
                    break
                positions.append(stored.position)
        return frozenset(positions)

    async def known(self, decision: Decision) -> dict[int, Fact]:
        """Every fact that a decision was made on, by its position."""
        found: dict[int, Fact] = {}
        for query, head in decision.read:
            page = await self._log.read(self._case, query)
            found.update((one.position, self._codec.fact(one)) for one in page.events if one.position <= head)
        return found

    async def then(self, decision: Decision, knowledge: Knowledge[S]) -> S:
        """What was known when a decision was made, whether it asked for that or not."""
        return await self._stories.known(knowledge, decision.envelope.position - 1, decision.envelope)

    async def all(self, after: int = 0, positions: Collection[int] | None = None) -> AsyncGenerator[Redecided, None]:
        """Every decision after a position; where positions are given, those that added one of the facts there.

        Raises: LogUnavailable.
        """
        decision: Decision | None = None
        facts: list[Recorded] = []
        wanted = unknown = False
        async for stored in self._events(after):
            begun = self._codec.decision(stored)
            if begun is not None:
                if decision is not None and wanted:
                    yield await self._again(decision, facts, unknown=unknown)
                decision, facts, wanted, unknown = begun, [], positions is None, False
            wanted = wanted or (positions is not None and stored.position in positions)
            try:
                facts.append(self._codec.recorded(stored))
            except UnknownFact:
                unknown = True
        if decision is not None and wanted:
            yield await self._again(decision, facts, unknown=unknown)

    async def _events(self, after: int) -> AsyncGenerator[Stored, None]:
        while True:
            page = await self._log.read(self._case, after=after, limit=PAGE, sealed=True)
            for stored in page.events:
                yield stored
            if len(page.events) < PAGE:
                return
            after = page.events[-1].position

    async def _again(self, decision: Decision, facts: Sequence[Recorded], *, unknown: bool) -> Redecided:
        def told(outcome: Outcome, **more: Any) -> Redecided:  # noqa: ANN401 - fields of the answer
            return Redecided(
                position=decision.envelope.position,
                recorded_at=decision.envelope.recorded,
                command=decision.command,
                outcome=outcome,
                policy=decision.policy,
                **more,
            )

        command_type = _commands().get(decision.command)
        if command_type is None:
            return told("not-reproducible", why="command-not-known")
        arguments = self._unsealer.open_all([decision.arguments])[0]
        if arguments is None:
            return told("not-reproducible", why="arguments-erased")
        if unknown:
            return told("not-reproducible", why="facts-not-known")
        try:
            command = msgspec.json.decode(arguments, type=command_type)
        except msgspec.ValidationError:
            return told("not-reproducible", why="command-not-known")
        refused: str | None = None
        try:
            added = await DECISIONS[command_type](
                _Knowing(self._stories, decision), command, actor_of(decision.envelope)
            )
        except UnknownFact:
            return told("not-reproducible", why="facts-not-known")
        except Refusal as refusal:
            added, refused = refusal.remembered, refusal.code
        differing, erased = self._compared([one.fact for one in facts], added)
        if refused is not None and differing:
            return told("differs", refused=refused, differing=tuple(differing), erased=erased)
        return told("differs" if differing else "same", differing=tuple(differing), erased=erased)

    def _compared(self, then: Sequence[Fact], now: Facts) -> tuple[list[str], int]:
        """In what the facts differ, type by type in their order, and how many fields were erased meanwhile."""
        differing: list[str] = []
        erased = 0
        left = list(now)
        for was in then:
            found = next((one for one in left if type(one) is type(was)), None)
            if found is None:
                differing.append(f"-{was.fact_type}")
                continue
            left.remove(found)
            names, gone = self._fields(was, found)
            differing += [f"{was.fact_type}.{name}" for name in names]
            erased += gone
        return [*differing, *(f"+{one.fact_type}" for one in left)], erased

    def _fields(self, was: Fact, is_now: Fact) -> tuple[list[str], int]:
        personal = declared(type(was)).personal
        opened = dict(zip(personal, self._unsealer.open_all([getattr(was, name) for name in personal]), strict=True))
        differing: list[str] = []
        erased = 0
        for name in was.__struct_fields__:
            before, after = getattr(was, name), getattr(is_now, name)
            if isinstance(before, Sealed):
                before = opened[name]
                if before is None:
                    erased += 1
                    continue
            if before != after:
                differing.append(name)
        return differing, erased


class _Knowing:
    """Knows what one decision knew: each question as far as the log went when it was asked, and its own act before."""

    def __init__(self, stories: "_Stories", decision: Decision) -> None:
        self._stories = stories
        self._decision = decision
        self._heads = {query: head for query, head in decision.read if query}
        self.now = decision.envelope.recorded

    async def __call__(self, knowledge: Knowledge[S], /) -> S:
        """The state of the knowledge then. What rules of today ask besides is known up to the decision."""
        envelope = self._decision.envelope
        head = self._heads.get(knowledge.query, envelope.position - 1)
        return await self._stories.known(knowledge, head, envelope)


class _Story:
    """The facts that one question asks for, folded as far as was last wanted."""

    __slots__ = ("at", "attributed", "facts", "positions", "state")

    def __init__(self, facts: list[tuple[Fact, Envelope]], initial: object) -> None:
        self.facts = facts
        self.attributed = any(fact.fact_type == ATTRIBUTION for fact, _ in facts)
        self.positions = [envelope.position for _, envelope in facts]
        self.at = 0
        self.state = initial


class _Stories:
    """What questions came to at any position of a log. Each is asked of the log once."""

    def __init__(self, log: EventLog, codec: Codec, case: LogId, changing: Changing | None) -> None:
        self._log = log
        self._codec = codec
        self._case = case
        self._changing = changing
        self._known: OrderedDict[tuple[Query, object], _Story] = OrderedDict()

    async def known(self, knowledge: Knowledge[S], head: int, by: Envelope) -> S:
        """The state at a head, and after what the same act had added before."""
        if not knowledge.query:
            return knowledge.initial
        key = (knowledge.query, knowledge.evolve)
        story = self._known.get(key)
        if story is None:
            story = self._known[key] = await self._read(knowledge)
            if len(self._known) > STORIES:
                self._known.popitem(last=False)
        self._known.move_to_end(key)
        end = bisect_right(story.positions, head)
        if story.attributed:
            state = _of_whoever(knowledge, story.facts[:end])
        else:
            if end < story.at:
                story.at, story.state = 0, knowledge.initial
            for fact, envelope in story.facts[story.at : end]:
                story.state = knowledge.told(story.state, fact, envelope.position)  # type: ignore[arg-type] # its own
            story.at = end
            state = story.state  # type: ignore[assignment]
        for fact, envelope in story.facts[end : bisect_right(story.positions, by.position - 1)]:
            if (envelope.recorded, envelope.actor) == (by.recorded, by.actor):
                state = knowledge.told(state, fact, envelope.position)
        return state

    async def _read(self, knowledge: Knowledge[Any]) -> _Story:
        events, _ = await everywhere(self._log, self._codec, self._case, knowledge.query)
        facts: list[tuple[Fact, Envelope]] = []
        for stored in events:
            recorded = self._codec.recorded(stored)
            fact = recorded.fact if self._changing is None else self._changing(recorded.fact)
            facts.append((fact, recorded.envelope))
        return _Story(facts, knowledge.initial)


def _of_whoever(knowledge: Knowledge[S], facts: Sequence[tuple[Fact, Envelope]]) -> S:
    """What a question comes to where some facts were said to be of another person by then."""
    state = knowledge.initial
    for position, fact in told(knowledge.query, ((envelope.position, fact) for fact, envelope in facts)):
        state = knowledge.told(state, fact, position)
    return state


def actor_of(envelope: Envelope) -> Actor:
    """Who decided, as the leaf says it."""
    return Actor(
        worker=envelope.actor,
        agency=envelope.agency,
        role=envelope.role,
        partnership=PartnershipId(envelope.log.partition("/")[0]),
        by_command_line=envelope.by == "command-line",
    )


def _commands() -> dict[str, type[Command]]:
    if len(COMMANDS) != len(DECISIONS):
        COMMANDS.update((one.__name__, one) for one in DECISIONS)
    return COMMANDS
