"""Reads in groups: the questions of all who ask at once become one statement, in one snapshot (ADR 0004).

While a statement runs, further questions gather for the next. An answer says which head it saw.
"""

import asyncio
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Final

import asyncpg

from adapters.postgres.connection import LOST, Line, named_queries
from adapters.postgres.hashing import Hashed
from application.ports import Appended, CommandKey, CommandReused, LogUnavailable, Page, Stored
from domain.facts import Query

GROUP_LINES: Final = 2
PAGE_LINES: Final = 2
GROUP_QUESTIONS: Final = 512
FIRST_EVENTS: Final = 500
"""How many events an answer within a group may have; what has more is read on in pages, apart from the others."""
PAGE_EVENTS: Final = 5_000
ANSWER_SECONDS: Final = 8.0

SETTINGS: Final = {
    "default_transaction_read_only": "on",
    "tcp_user_timeout": "5000",
    "timezone": "UTC",
}
SQL: Final = named_queries(Path(__file__).with_name("event_log.sql"))
HEAD, COMMAND, EVENT = 0, 2, 3
"""The kinds of rows that the statement `answer` gives."""


class Question:
    """What one caller wants to know of one log."""

    __slots__ = ("after", "command", "future", "log_id", "most", "query", "sealed")

    def __init__(
        self,
        log_id: int,
        *,
        query: Query = (),
        after: int = 0,
        most: int = 0,
        sealed: bool = False,
        command: CommandKey | None = None,
    ) -> None:
        self.log_id = log_id
        self.query = query
        self.after = after
        self.most = most
        self.sealed = sealed
        self.command = command
        self.future: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()


class Answer:
    """What was found, and the head that was seen."""

    __slots__ = ("command", "events", "head")

    def __init__(self) -> None:
        self.head = 0
        self.command: Appended | Exception | None = None
        self.events: list[list[tuple[int, bytes, bytes | None]]] = []
        """By the parts of the question: tags by tags, then type by type."""


class Reader:
    """Answers questions about logs."""

    def __init__(self, dsn: str, hashed: Hashed) -> None:
        self._hashed = hashed
        self._groups = [Line(dsn, f"log reader {n}", SETTINGS, ANSWER_SECONDS) for n in range(1, GROUP_LINES + 1)]
        self._pages = [Line(dsn, f"log pages {n}", SETTINGS, ANSWER_SECONDS) for n in range(1, PAGE_LINES + 1)]
        self._idle_groups = list(self._groups)
        self._idle_pages: asyncio.LifoQueue[Line] = asyncio.LifoQueue()
        for line in self._pages:
            self._idle_pages.put_nowait(line)
        self._asked: list[Question] = []
        self._tasks: set[asyncio.Task[None]] = set()

    async def close(self) -> None:
        """Let the connections go, once what was asked is answered."""
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for line in (*self._groups, *self._pages):
            await line.close()

    async def head(self, log_id: int) -> int:
        """Where a log stands."""
        return (await self._ask(Question(log_id))).head

    async def command(self, log_id: int, command: CommandKey) -> Appended | None:
        """What became of a command. Raises CommandReused."""
        found = (await self._ask(Question(log_id, command=command))).command
        if isinstance(found, Exception):
            raise found
        return found

    async def read(self, log_id: int, query: Query | None, after: int, limit: int | None, *, sealed: bool) -> Page:
        """Events that match, in order, and the head that was seen."""
        if query is None or any(not item.tags and not item.types for item in query):
            return await self._read_all(log_id, after, limit, sealed=sealed)
        if not query:
            return Page((), await self.head(log_id))
        events: list[Stored] = []
        most = FIRST_EVENTS
        bound = after
        while True:
            left = None if limit is None else limit - len(events)
            asked = most if left is None else min(most, left)
            question = Question(log_id, query=query, after=bound, most=asked + 1, sealed=sealed)
            answer = await (self._ask(question) if most == FIRST_EVENTS else self._ask_alone(question))
            found, complete = _merge(answer.events, asked)
            if left is not None and len(found) > left:
                found, complete = found[:left], found[left - 1].position if left else bound
                events.extend(found)
                return Page(tuple(events), complete)
            events.extend(found)
            if complete is None:
                return Page(tuple(events), answer.head)
            if left is not None and len(found) == left:
                return Page(tuple(events), found[-1].position)
            bound = complete
            most = PAGE_EVENTS

    async def _read_all(self, log_id: int, after: int, limit: int | None, *, sealed: bool) -> Page:
        events: list[Stored] = []
        while True:
            most = PAGE_EVENTS if limit is None else min(PAGE_EVENTS, limit - len(events))
            rows = await self._fetch_apart(SQL["page"], log_id, after, most, sealed)
            head = 0
            count = 0
            for position, entry, box in rows:
                if entry is None:
                    head = position
                else:
                    events.append(Stored(position, entry, box))
                    count += 1
            last = events[-1].position if events else after
            if limit is not None and len(events) == limit and last < head:
                return Page(tuple(events), last)
            if count < most or last >= head:
                return Page(tuple(events), head)
            after = last

    async def _fetch_apart(self, statement: str, *parameters: object) -> Sequence[Any]:
        """Run a statement that may take longer on a line of its own."""
        line = await self._idle_pages.get()
        try:
            return await _fetch(line, statement, *parameters)
        finally:
            self._idle_pages.put_nowait(line)

    async def rows(self, statement: str, *parameters: object) -> Sequence[Any]:
        """Run one of the log's rarer statements. Raises LogUnavailable."""
        return await self._fetch_apart(SQL[statement], *parameters)

    async def _ask_alone(self, question: Question) -> Answer:
        line = await self._idle_pages.get()
        try:
            await self._answer(line, [question])
        finally:
            self._idle_pages.put_nowait(line)
        return await question.future

    async def _ask(self, question: Question) -> Answer:
        self._asked.append(question)
        if self._idle_groups and len(self._asked) == 1:
            # A task starts with the next turn of the loop: whoever asks within this one is in the group.
            task = asyncio.create_task(self._answer_groups(self._idle_groups.pop()), name="log reader")
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        return await question.future

    async def _answer_groups(self, line: Line) -> None:
        while self._asked:
            group, self._asked = self._asked[:GROUP_QUESTIONS], self._asked[GROUP_QUESTIONS:]
            await self._answer(line, group)
        self._idle_groups.append(line)

    async def _answer(self, line: Line, group: list[Question]) -> None:
        try:
            slots, parameters = self._parameters(group)
            rows = await _fetch(line, SQL["answer"], *parameters)
            heads: dict[int, int] = {}
            answers = {question: Answer() for question in group}
            for question, answer in answers.items():
                answer.events = [[] for _ in range(_parts(question))]
            for kind, ordinal, position, recorded_at, first, second in rows:
                if kind == EVENT:
                    question, part = slots[ordinal]
                    answers[question].events[part].append((position, first, second))
                elif kind == HEAD:
                    heads[ordinal] = position
                else:
                    question = group[ordinal]
                    assert question.command is not None
                    answers[question].command = (
                        Appended(position, recorded_at, repeated=True, result=second)
                        if first == question.command.digest
                        else CommandReused()
                    )
            for question, answer in answers.items():
                answer.head = heads.get(question.log_id, 0)
                if not question.future.done():
                    question.future.set_result(answer)
        except Exception as error:  # noqa: BLE001 - whatever it is, nobody may wait for ever
            for question in group:
                if not question.future.done():
                    question.future.set_exception(error)

    def _parameters(self, group: list[Question]) -> tuple[list[tuple[Question, int]], tuple[object, ...]]:
        """The questions as the statement's parameters, and to which part of which question each ordinal belongs."""
        hashed = self._hashed
        slots: list[tuple[Question, int]] = []
        commands: list[tuple[int | str, ...]] = []
        keys: list[bytes] = []
        by_tag: list[tuple[int | str, ...]] = []
        tags_of: list[str | None] = []
        types_of: list[str | None] = []
        tag_sealed: list[str] = []
        by_type: list[tuple[int | str, ...]] = []
        type_sealed: list[str] = []
        for number, question in enumerate(group):
            log_id = question.log_id
            if question.command is not None:
                commands.append((number, log_id))
                keys.append(question.command.key)
            part = 0
            for item in question.query:
                if item.tags:
                    tags = [hashed(tag) for tag in item.tags]
                    by_tag.append((len(slots), log_id, question.after, question.most, tags[0]))
                    tags_of.append(None if len(tags) == 1 else _list(tags))
                    types_of.append(_list([hashed(one) for one in item.types]) if item.types else None)
                    tag_sealed.append("t" if question.sealed else "f")
                    slots.append((question, part))
                    part += 1
                else:
                    for one in item.types:
                        by_type.append((len(slots), log_id, question.after, question.most, hashed(one)))
                        type_sealed.append("t" if question.sealed else "f")
                        slots.append((question, part))
                        part += 1
        return slots, (
            _list({question.log_id for question in group}),
            *(_column(commands, at) for at in range(2)),
            keys,
            *(_column(by_tag, at) for at in range(5)),
            tags_of,
            types_of,
            "{" + ",".join(tag_sealed) + "}",
            *(_column(by_type, at) for at in range(5)),
            "{" + ",".join(type_sealed) + "}",
        )


def _parts(question: Question) -> int:
    return sum(1 if item.tags else len(item.types) for item in question.query)


def _list(numbers: Iterable[int | str]) -> str:
    return "{" + ",".join(map(str, numbers)) + "}"


def _column(rows: Sequence[tuple[int | str, ...]], at: int) -> str:
    return "{" + ",".join([str(row[at]) for row in rows]) + "}"


def _merge(parts: list[list[tuple[int, bytes, bytes | None]]], most: int) -> tuple[list[Stored], int | None]:
    """The events of all parts, each once, in order; and the position they are complete to, None where to the head."""
    cut = [part[-1][0] for part in parts if len(part) > most]
    complete = min(cut) if cut else None
    if len(parts) == 1:
        return [Stored(*row) for row in parts[0]], complete
    found = {row[0]: row for part in parts for row in part if complete is None or row[0] <= complete}
    return [Stored(*found[position]) for position in sorted(found)], complete


async def _fetch(line: Line, statement: str, *parameters: object) -> Sequence[Any]:
    """Run a statement, and once more on a new connection where the old one was lost. Raises LogUnavailable."""
    for last in (False, True):
        try:
            connection = await line.connection()
            return await connection.fetch(statement, *parameters)
        except LOST as error:
            line.drop()
            if last or isinstance(error, ValueError):
                raise LogUnavailable from error
        except asyncpg.PostgresError as error:
            raise LogUnavailable from error
    raise AssertionError
