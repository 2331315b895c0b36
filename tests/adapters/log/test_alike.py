"""Whatever is done to them, the log in memory and the one in PostgreSQL hold and answer the same."""

import asyncio
from itertools import count

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from adapters.memory import MemoryEventLog
from adapters.postgres.event_log import PostgresEventLog
from adapters.proof.tree import tree_of
from application.ports import Append, CommandKey, CommandReused, Condition, Entry, LogId, log_of
from domain.facts import Query, QueryItem
from domain.ids import PartnershipId
from tests.adapters.log.examples import TAG_KEY, outcome, timeless
from tests.conftest import Database

TYPES = st.sampled_from(["opened", "closed", "noted"])
TAGS = st.lists(st.sampled_from(["person:1", "person:2", "service:1", "pair:1|2"]), max_size=3, unique=True)
ITEMS = st.builds(QueryItem, st.frozensets(TYPES, max_size=2), TAGS.map(frozenset))
QUERIES = st.lists(ITEMS, max_size=3).map(tuple)
ENTRIES = st.builds(
    Entry,
    TYPES,
    TAGS.map(tuple),
    st.binary(max_size=6).map(lambda some: b'"x":"%b"}' % some.hex().encode()),
    st.none() | st.binary(max_size=4),
)
COMMANDS = st.none() | st.builds(
    CommandKey, st.integers(0, 12).map(lambda n: b"%d" % n), st.sampled_from([b"same", b"same", b"other"])
)
LAG = st.integers(0, 6)
CONDITIONS = st.lists(st.tuples(QUERIES, LAG), max_size=3)
APPENDS = st.tuples(st.lists(ENTRIES, max_size=3).map(tuple), CONDITIONS, COMMANDS, st.binary(max_size=3))
Parts = tuple[tuple[Entry, ...], list[tuple[Query, int]], CommandKey | None, bytes]
NAMES = count(1)


async def as_if_in_turn(memory: MemoryEventLog, answered: list[tuple[Append, tuple[object, ...]]]) -> None:
    """What was asked at once was answered as if asked one after the other: memory, asked so, answers the same.

    The positions tell the order of what was taken. What was refused or known before stays so ever after: a log only
    grows. Only where its key was used by another of them may a refusal have come before that.
    """
    taken = [(one, was) for one, was in answered if len(was) > 1 and was[1] is False]
    taken.sort(key=lambda pair: (pair[1][0], not pair[0].entries))
    for one, was in taken:
        assert await outcome(memory, one) == was
    keys = {one.command.key for one, _ in taken if one.command is not None}
    for one, was in answered:
        if len(was) > 1 and was[1] is False:
            continue
        used = one.command is not None and one.command.key in keys
        assert (was == ("ConditionFailed",) and used) or await outcome(memory, one) == was


def test_the_two_logs_are_alike(database: Database) -> None:
    """Two writers take turns on the PostgreSQL log, as two processes would: neither may trust what it remembers."""
    with asyncio.Runner() as runner:
        here = runner.run(PostgresEventLog.open(database.app_url, tag_key=TAG_KEY))
        there = runner.run(PostgresEventLog.open(database.app_url, tag_key=TAG_KEY))

        class Logs(RuleBasedStateMachine):
            """Both logs, driven alike."""

            def __init__(self) -> None:
                super().__init__()
                self.memory = MemoryEventLog()
                self.log = log_of(PartnershipId(f"p{next(NAMES)}"), "case" if next(NAMES) % 3 else "access")
                self.head = 0

            def made(self, parts: Parts) -> Append:
                entries, asked, command, result = parts
                conditions = tuple(Condition(query, max(0, self.head - lag)) for query, lag in asked)
                return Append(self.log, entries, conditions, command, result)

            @rule(parts=st.lists(APPENDS, min_size=1, max_size=12), elsewhere=st.booleans())
            def append_at_once(
                self,
                parts: list[Parts],
                elsewhere: bool,  # noqa: FBT001 - drawn by Hypothesis
            ) -> None:
                """What is asked at once is decided in one order or another."""
                appends = [self.made(one) for one in parts]

                async def all_at_once() -> None:
                    postgres = there if elsewhere else here
                    found = await asyncio.gather(*(outcome(postgres, one) for one in appends))
                    await as_if_in_turn(self.memory, list(zip(appends, found, strict=True)))

                runner.run(all_at_once())
                self.head = runner.run(self.memory.head(self.log))

            @rule(query=st.none() | QUERIES, lag=LAG, limit=st.none() | st.integers(0, 4), sealed=st.booleans())
            def read(
                self,
                query: tuple[QueryItem, ...] | None,
                lag: int,
                limit: int | None,
                sealed: bool,  # noqa: FBT001
            ) -> None:
                after = max(0, self.head - lag)

                async def both() -> None:
                    pages = [
                        await log.read(self.log, query, after=after, limit=limit, sealed=sealed)
                        for log in (self.memory, here, there)
                    ]
                    wanted, *found = [
                        (page.head, [(one.position, timeless(one.entry), one.sealed) for one in page.events])
                        for page in pages
                    ]
                    assert found == [wanted, wanted]

                runner.run(both())

            @rule(key=COMMANDS.filter(bool))
            def look_a_command_up(self, key: CommandKey) -> None:
                async def answer(log: MemoryEventLog | PostgresEventLog, name: LogId) -> object:
                    try:
                        known = await log.command(name, key)
                    except CommandReused:
                        return "reused"
                    return None if known is None else (known.position, known.repeated, known.result)

                async def both() -> None:
                    assert await answer(here, self.log) == await answer(self.memory, self.log)

                runner.run(both())

            @invariant()
            def stand_alike(self) -> None:
                async def both() -> None:
                    for log in (self.memory, here):
                        page = await log.read(self.log)
                        tree = tree_of(stored.entry for stored in page.events)
                        assert await log.peaks(self.log) == (tree.size, tree.peaks)
                        assert page.head == tree.size == await log.head(self.log) == self.head
                        assert (await log.heads()).get(self.log, 0) == self.head

                runner.run(both())

        try:
            run_state_machine_as_test(
                Logs,
                settings=settings(
                    max_examples=40,
                    stateful_step_count=15,
                    deadline=None,
                    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
                ),
            )
        finally:
            runner.run(here.close())
            runner.run(there.close())
