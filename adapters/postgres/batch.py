"""What is committed together: appends with a verdict each, and the rows of those that hold."""

import asyncio
import datetime as dt
import time
from collections import deque
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Final

from adapters.postgres.hashing import Hashed
from adapters.postgres.window import Window
from adapters.proof import leaf
from adapters.proof.tree import Tree
from application.ports import Append, Appended, CommandKey, CommandReused, Condition, ConditionFailed, LogId

if TYPE_CHECKING:
    from adapters.postgres.writing import Lane

CARRIED_ON_SECONDS: Final = 5.0
BEGINNING_OF_TIME: Final = dt.datetime.min.replace(tzinfo=dt.UTC)

Known = tuple[int, dt.datetime, bytes, bytes]
"""A recorded command: position, recorded time, digest, result."""
Standing = tuple[int, dt.datetime, bytes]
"""Where a log stands: position, recorded time, peaks."""
NOTHING: Final[Standing] = (0, BEGINNING_OF_TIME, b"")


class Clock:
    """The database's time, carried on from when it was last heard of."""

    def __init__(self) -> None:
        self._at = BEGINNING_OF_TIME
        self._heard = 0.0

    def heard(self, at: dt.datetime) -> None:
        """Take what the database has just said."""
        self._at, self._heard = at, time.monotonic()

    def runs(self) -> bool:
        """Whether the database was heard of lately."""
        return self._at > BEGINNING_OF_TIME and time.monotonic() - self._heard < CARRIED_ON_SECONDS

    def now(self) -> dt.datetime:
        """The time, by a clock that runs."""
        return self._at + dt.timedelta(seconds=time.monotonic() - self._heard)


class Head:
    """What the writer holds of one log: its waiting appends, and where it stands.

    `tree` and `window` run ahead of the database by what is being committed. While `sure`, nothing says that they are
    wrong; whether they are right is proved by the peaks under the head's lock, for every batch.
    """

    __slots__ = (
        "contended_until",
        "holder",
        "log_id",
        "name",
        "opening",
        "passed_over",
        "recorded_at",
        "repeated_until",
        "sure",
        "tree",
        "waiting",
        "window",
    )

    def __init__(self, name: LogId, log_id: int, incarnation: int) -> None:
        self.name = name
        self.log_id = log_id
        self.opening = leaf.opening(name, incarnation)
        self.waiting: deque[Pending] = deque()
        self.tree = Tree()
        self.window = Window(0)
        self.recorded_at = BEGINNING_OF_TIME
        self.sure = False
        self.holder: Lane | None = None
        self.passed_over = 0
        self.contended_until = 0.0
        self.repeated_until = 0.0
        """Until when its commands are looked up first: one was carried out before, and more may be sent again."""

    def stands_at(self, standing: Standing) -> bool:
        """Whether tree and window are those of a log that stands there; if not, they begin anew from there."""
        position, recorded_at, peaks = standing
        self.sure = True
        if self.tree.size == position and self.tree.peaks == peaks:
            return True
        self.tree = Tree(position, peaks)
        self.window = Window(position)
        self.recorded_at = recorded_at
        return False


class Pending:
    """An append that waits for its verdict, its hashes made and written down already."""

    __slots__ = ("alone", "append", "attempts", "bytes", "future", "head", "number", "rows")

    def __init__(self, head: Head, append: Append, number: int, hashed: Hashed) -> None:
        self.head = head
        self.number = number
        self.append = append
        self.attempts = 0
        self.alone = False
        self.rows: list[tuple[str, list[str]]] = []
        self.bytes = 0
        for entry in append.entries:
            tags = entry.tags if len(entry.tags) < 2 else dict.fromkeys(entry.tags)  # noqa: PLR2004
            self.rows.append((hashed(entry.type), [hashed(tag) for tag in tags]))
            self.bytes += len(entry.body) + (0 if entry.sealed is None else len(entry.sealed))
        self.future: asyncio.Future[Appended] = asyncio.get_running_loop().create_future()

    def answer(self, verdict: Appended | Exception) -> None:
        """Tell whoever waits, if anybody still does."""
        future = self.future
        if future.done():
            return
        if isinstance(verdict, Exception):
            future.set_exception(verdict)
        else:
            future.set_result(verdict)


def numbers(values: Iterable[int | str]) -> str:
    """A list of numbers as PostgreSQL writes one."""
    return "{" + ",".join(map(str, values)) + "}"


def _joined(values: Sequence[str]) -> str:
    return "{" + ",".join(values) + "}"


NO_QUESTIONS: Final[tuple[object, ...]] = ("{}", "{}", "{}", "{}", [], [], "{}", "{}", "{}", "{}")


class Questions:
    """The conditions that are put to the database, item by item."""

    def __init__(self, hashed: Hashed) -> None:
        self._hashed = hashed
        self.anything = False
        self.everything: dict[int, int] = {}
        """Appends that fail by anything newer than a position, which lies before one known event."""
        self._by_tag: list[tuple[int | str, ...]] = []
        self._tags: list[str | None] = []
        self._types: list[str | None] = []
        self._by_type: list[tuple[int | str, ...]] = []

    def ask(self, number: int, log_id: int, condition: Condition) -> None:
        """Ask whether anything matches after the condition's position."""
        self.anything = True
        hashed = self._hashed
        after = condition.after
        for item in condition.query:
            types = [hashed(one) for one in item.types]
            if item.tags:
                tags = [hashed(tag) for tag in item.tags]
                self._by_tag.append((number, log_id, after, tags[0]))
                self._tags.append(None if len(tags) == 1 else _joined(tags))
                self._types.append(_joined(types) if types else None)
            elif types:
                self._by_type.extend((number, log_id, after, one) for one in types)
            else:
                self.everything[number] = min(after, self.everything.get(number, after))

    def parameters(self) -> tuple[object, ...]:
        """The parameters of the statement `judge`, after those for heads and commands."""
        if not self.anything:
            return NO_QUESTIONS
        return (
            *(numbers([one[at] for one in self._by_tag]) for at in range(4)),
            self._tags,
            self._types,
            *(numbers([one[at] for one in self._by_type]) for at in range(4)),
        )


def keys_of(keyed: Iterable[Pending]) -> tuple[object, ...]:
    """Which commands to look up, as parameters of the statement `judge`."""
    commands = [(pending.head.log_id, pending.append.command) for pending in keyed]
    return numbers([log_id for log_id, _ in commands]), [command.key for _, command in commands if command is not None]


def known_as(command: CommandKey, known: Known) -> Appended | CommandReused:
    """The verdict on a command that was carried out before."""
    position, recorded_at, digest, result = known
    if digest != command.digest:
        return CommandReused()
    return Appended(position, recorded_at, repeated=True, result=result)


class Work:
    """A batch as it is to be recorded: verdicts, rows, and what each log must stand at before."""

    def __init__(self, heads: Sequence[Head], clock: dt.datetime, *, asked: bool) -> None:
        """`asked`: whether it is known which of the commands were carried out before."""
        self.verdicts: list[tuple[Pending, Appended | Exception]] = []
        self.doubtful: list[Pending] = []
        """Commands whose conditions fail, if they were not carried out before."""
        self.accepted: dict[tuple[Head, bytes], tuple[bytes, Appended]] = {}
        self.standing: list[tuple[int, int, bytes]] = []
        self.anything = False
        self.clock = clock
        self._asked = asked
        self._heads = heads
        self._before = [(head.log_id, head.tree.size, head.tree.peaks) for head in heads]
        self._closings: dict[Head, bytes] = {}
        self._entries: list[bytes] = []
        self._sealed: list[bytes | None] = []
        self._event_logs: list[str] = []
        self._event_positions: list[str] = []
        self._event_types: list[str] = []
        self._tags: list[str] = []
        self._tag_logs: list[str] = []
        self._tag_positions: list[str] = []
        self._tag_types: list[str] = []
        self._commands: list[tuple[str, bytes, bytes, int, dt.datetime, bytes]] = []
        self._recorded: list[dt.datetime] = []

    def judge(self, pending: Pending, known: Known | None, in_flight: Sequence["Work"], *, failed: bool) -> None:
        """Give an append its verdict, and keep its rows where it holds."""
        append = pending.append
        head = pending.head
        command = append.command
        verdict: Appended | Exception
        if command is not None:
            if known is None:
                for work in (self, *in_flight):
                    earlier = work.accepted.get((head, command.key))
                    if earlier is not None:
                        digest, appended = earlier
                        known = (appended.position, appended.recorded_at, digest, appended.result)
            if known is not None:
                self.verdicts.append((pending, known_as(command, known)))
                return
        if failed or any(map(head.window.matches, append.conditions)):
            if command is not None and not self._asked:
                self.doubtful.append(pending)
                return
            verdict = ConditionFailed()
        else:
            verdict = self._accept(pending)
        self.verdicts.append((pending, verdict))

    def _accept(self, pending: Pending) -> Appended:
        """Write the leaves, and enter them into the tree and the window."""
        head = pending.head
        append = pending.append
        closing = self._closings.get(head)
        if closing is None:
            head.recorded_at = max(self.clock, head.recorded_at)
            closing = leaf.recorded(head.recorded_at)
            if append.entries:
                self._closings[head] = closing
        tree = head.tree
        log = str(head.log_id)
        for entry, (kind, tags) in zip(append.entries, pending.rows, strict=True):
            position = tree.size + 1
            content = b"%b%d%b%b" % (head.opening, position, closing, entry.body)
            tree.append(content)
            head.window.add(position, entry)
            written = str(position)
            self._entries.append(content)
            self._sealed.append(entry.sealed)
            self._event_logs.append(log)
            self._event_positions.append(written)
            self._event_types.append(kind)
            if tags:
                many = len(tags)
                self._tags += tags
                self._tag_logs += [log] * many
                self._tag_positions += [written] * many
                self._tag_types += [kind] * many
        appended = Appended(tree.size, head.recorded_at, repeated=False, result=append.result)
        command = append.command
        if command is not None:
            self.accepted[head, command.key] = (command.digest, appended)
            self._commands.append((log, command.key, command.digest, tree.size, head.recorded_at, append.result))
        return appended

    def close(self) -> None:
        """No more appends: note where the logs stand after them."""
        for head in self._heads:
            head.window.forget()
            if head in self._closings:
                self.standing.append((head.log_id, head.tree.size, head.tree.peaks))
                self._recorded.append(head.recorded_at)
        self.anything = bool(self._entries or self._commands)

    def before(self) -> tuple[object, ...]:
        """Where the logs must stand, as parameters."""
        return (
            numbers([one[0] for one in self._before]),
            numbers([one[1] for one in self._before]),
            [one[2] for one in self._before],
        )

    def parameters(self) -> tuple[object, ...]:
        """The parameters of the statement `record`, after how it waits and by what time it was judged."""
        commands = self._commands
        return (
            *self.before(),
            _joined(self._event_logs),
            _joined(self._event_positions),
            _joined(self._event_types),
            self._entries,
            self._sealed,
            _joined(self._tag_logs),
            _joined(self._tags),
            _joined(self._tag_positions),
            _joined(self._tag_types),
            _joined([one[0] for one in commands]),
            [one[1] for one in commands],
            [one[2] for one in commands],
            numbers([one[3] for one in commands]),
            [one[4] for one in commands],
            [one[5] for one in commands],
            numbers([one[0] for one in self.standing]),
            numbers([one[1] for one in self.standing]),
            [one[2] for one in self.standing],
            self._recorded,
        )
