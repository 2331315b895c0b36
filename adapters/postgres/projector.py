"""The projector: brings the rows of every view forward with the log, each event contained exactly once.

One poll of heads serves all logs of a process; a wake-up is a hint. A pass over a log folds a page of events into all
views and moves the log's one checkpoint, by compare-and-set, in the transaction that writes the rows. A fact that this
code cannot read stops the log's projection where it stands: nothing is skipped.

What says that facts are of another person than they were written of changes rows of long ago: the log's rows are built
anew beside the live ones, of whoever each fact is of from the beginning (ADR 0027).
"""

import asyncio
import datetime as dt
import gc
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any, Final, TypeVar

import asyncpg
import msgspec

from adapters.postgres.building import AtHand, Writing
from adapters.postgres.changes import Changes, columns, write
from adapters.postgres.connection import LOST, named_queries
from adapters.postgres.pairing import Pairing
from adapters.postgres.read_models import Pool, decoder_of
from application.attributed import of_whoever
from application.ports import Codec, EventLog, LogId, LogUnavailable, PersonKeys, Recorded, Stored, UnknownFact
from application.resealing import every_attribution, reseal
from application.views.pairs import PAIRS
from application.views.people import PEOPLE, PersonRow
from application.views.view import Rows, Views
from domain.facts import ATTRIBUTION
from domain.people.attributing import Attributed, RecordsAttributed

T = TypeVar("T")

QUERIES: Final = named_queries(Path(__file__).with_suffix(".sql"))

PAGE: Final = 5_000
SLICE: Final = 250
"""After as many events a build lets others go on: readers, and the rows that are on their way to PostgreSQL."""
POLL_SECONDS: Final = 1.0
LEASE: Final = dt.timedelta(seconds=5)
BUILD_LEASE: Final = dt.timedelta(seconds=60)
SWITCH_ATTEMPTS: Final = 50
CASE: Final = "/case"


class Checkpoint(msgspec.Struct, frozen=True):
    """Which build of a log is live, and how far it has come."""

    log_id: int
    build: int
    position: int
    views: str


class ProjectionStatus(msgspec.Struct, frozen=True):
    """What the operations page shows of one build."""

    log: LogId
    build: int
    live: bool
    position: int
    head: int
    lag: int
    stopped: str | None
    outdated: bool
    updated_at: dt.datetime


class Rebuilt(msgspec.Struct, frozen=True):
    """What a rebuild did."""

    log: LogId
    build: int
    events: int
    rows: int
    seconds: float


class _Attributed(Exception):  # noqa: N818 - an outcome
    """It was said that facts are of another person, and these rows do not know it."""


class RebuildInProgress(Exception):  # noqa: N818 - an outcome
    """Somebody builds this log's rows anew already."""


class NothingToRollBack(Exception):  # noqa: N818 - an outcome
    """There is no earlier build that these views can continue."""


Progress = Callable[[int, int], None]
"""Told the events contained so far and the head."""


class Attributions:
    """Of whom the facts of a log are, by all that was said of it up to a position."""

    def __init__(self, said: Sequence[RecordsAttributed], known_to: int) -> None:
        self._attributed = Attributed(said)
        self._known_to = known_to

    def of(self, recorded: Recorded) -> Recorded:
        """The fact, of whoever it is of. Raises _Attributed for what says so and was not known."""
        if recorded.fact.fact_type == ATTRIBUTION and recorded.envelope.position > self._known_to:
            raise _Attributed
        return of_whoever(self._attributed, recorded)


class Projector:
    """Projects all case logs of a database. Any number of processes may run one."""

    def __init__(
        self, pool: Pool, log: EventLog, codec: Codec, views: Views, holder: str, person_keys: PersonKeys | None = None
    ) -> None:
        """`holder` names this process in leases."""
        self._pool = pool
        self._log = log
        self._codec = codec
        self._views = views
        self._holder = holder
        self._person_keys = person_keys
        self._checkpoints: dict[LogId, Checkpoint] = {}
        self._begun: set[LogId] = set()

    async def run(self) -> None:
        """Project until cancelled; the leases are given back then."""
        woken = asyncio.Event()
        listening = asyncio.ensure_future(self._listen(woken))
        try:
            while True:
                woken.clear()
                try:
                    behind = await self.catch_up_once()
                except (LogUnavailable, *LOST):
                    self._checkpoints.clear()
                    behind = False
                if not behind:
                    with suppress(TimeoutError):
                        # wait_for may lose a cancellation that comes with the wake-up (Python 3.11)
                        async with asyncio.timeout(POLL_SECONDS):
                            await woken.wait()
        finally:
            listening.cancel()
            with suppress(LogUnavailable, *LOST):
                await asyncio.shield(self._release())

    async def logs(self) -> list[LogId]:
        """The logs that have events to project. Raises LogUnavailable."""
        return sorted(log for log in await self._log.heads() if log.endswith(CASE))

    async def catch_up_once(self) -> bool:
        """One pass over each log that has grown. True if there was anything to do."""
        moved = 0
        for log, head in (await self._log.heads()).items():
            known = self._checkpoints.get(log)
            if log.endswith(CASE) and (known is None or known.position < head):
                if log not in self._begun:
                    await self._begin(log)
                moved += await self.advance(log)
        return moved > 0

    async def catch_up(self, log: LogId) -> None:
        """Bring a log's live rows to its head."""
        while await self.advance(log):
            pass

    async def advance(self, log: LogId) -> int:
        """One pass over a log's live build: the number of events that it came to contain."""
        checkpoint = self._checkpoints.get(log) or await self._checkpoint(log)
        if checkpoint is None or checkpoint.views != self._views.version:
            return 0
        try:
            moved, position = await self._pass(log, checkpoint, live=True)
        except _Attributed:
            with suppress(RebuildInProgress, UnknownFact):
                return (await self.rebuild(log, keep_before=False)).events
            return 0
        if moved is None:
            self._checkpoints.pop(log, None)
            return 0
        self._checkpoints[log] = msgspec.structs.replace(checkpoint, position=position)
        return moved

    async def rebuild(
        self, log: LogId, progress: Progress = lambda _done, _head: None, *, keep_before: bool = True
    ) -> Rebuilt:
        """Build a log's rows anew beside the live ones, catch up, and switch; the old ones stay for a roll-back.

        What is of another person than it was written of is sealed under that person's keys first; rows that hold it
        under the keys of before do not stay. Without `keep_before` they stay in no case, such as where they do not know
        yet what was said. Raises: RebuildInProgress; UnknownFact; LogUnavailable.
        """
        started = asyncio.get_running_loop().time()
        while True:
            said, known_to = await every_attribution(self._log, self._codec, log)
            resealed = await reseal(self._log, self._codec, log, said)
            try:
                kept = keep_before and not resealed
                return await self._rebuilt(log, progress, started, Attributions(said, known_to), kept=kept)
            except _Attributed:
                continue

    async def _rebuilt(
        self, log: LogId, progress: Progress, started: float, attributions: Attributions, *, kept: bool
    ) -> Rebuilt:
        async with self._pool.acquire() as connection:
            log_id = await connection.fetchval(QUERIES["log_number"], _partnership(log))
            if log_id is None:
                return Rebuilt(log, 0, 0, 0, 0.0)
            build = await connection.fetchval(
                QUERIES["begin_build"], log_id, self._views.version, self._holder, BUILD_LEASE
            )
        if build is None:
            raise RebuildInProgress
        checkpoint = Checkpoint(log_id, build, 0, self._views.version)
        try:
            position, rows = await self._build(log, checkpoint, progress, attributions)
            checkpoint = msgspec.structs.replace(checkpoint, position=position)
            checkpoint, before = await self._switch(log, checkpoint, attributions)
        except BaseException as error:
            with suppress(LogUnavailable, *LOST):
                await asyncio.shield(self._drop(log, log_id, build))
            if isinstance(error, LOST):
                raise LogUnavailable from error
            raise
        self._checkpoints.pop(log, None)
        await self._drop_all_but(log, log_id, {build, before if kept else build})
        seconds = asyncio.get_running_loop().time() - started
        return Rebuilt(log, build, checkpoint.position, rows, seconds)

    async def roll_back(self, log: LogId) -> int:
        """Look at the build before the live one again; it is brought forward from where it was left.

        Raises: NothingToRollBack.
        """
        async with self._pool.acquire() as connection, connection.transaction():
            log_id = await connection.fetchval(QUERIES["log_number"], _partnership(log))
            builds = await connection.fetch(QUERIES["lock_builds"], log_id)
            live = [one["build"] for one in builds if one["live"]]
            usable = [
                one["build"]
                for one in builds
                if live and one["build"] < live[0] and one["views"] == self._views.version and one["position"]
            ]
            if not usable:
                raise NothingToRollBack
            await connection.execute(QUERIES["set_live"], log_id, live[0], False)
            await connection.execute(QUERIES["set_live"], log_id, usable[-1], True)
        self._checkpoints.pop(log, None)
        return int(usable[-1])

    async def status(self) -> tuple[ProjectionStatus, ...]:
        """Every build of every log, for the operations page. Raises LogUnavailable."""
        try:
            async with self._pool.acquire() as connection:
                found = await connection.fetch(QUERIES["status"])
        except LOST as error:
            raise LogUnavailable from error
        return tuple(
            ProjectionStatus(
                LogId(one["partnership"] + CASE),
                one["build"],
                one["live"],
                one["position"],
                one["head"],
                one["head"] - one["position"],
                one["stopped"],
                one["views"] != self._views.version,
                one["updated_at"],
            )
            for one in found
        )

    async def waited(self) -> float:
        """For how many seconds what was recorded has waited at most, where nobody is at work on it.

        Nothing waits: 0. A log whose projection stopped at a fact is not counted. Raises LogUnavailable.
        """
        try:
            return float(await self._pool.fetchval(QUERIES["waited"]))
        except (asyncpg.PostgresError, *LOST) as error:
            raise LogUnavailable from error

    async def _begin(self, log: LogId) -> None:
        """Rows of other views are built anew once, when a process first meets them; the old ones are read meanwhile.

        Later it leaves them alone: in a rolling upgrade, old code would build them back and forth with the new.
        """
        checkpoint = await self._checkpoint(log)
        if checkpoint is not None and checkpoint.views != self._views.version:
            with suppress(RebuildInProgress, UnknownFact):
                await self.rebuild(log)
        self._begun.add(log)

    async def _listen(self, woken: asyncio.Event) -> None:
        async for _ in self._log.wake_ups():
            woken.set()

    async def _release(self) -> None:
        async with self._pool.acquire() as connection:
            await connection.execute(QUERIES["release"], self._holder)

    async def _checkpoint(self, log: LogId) -> Checkpoint | None:
        async with self._pool.acquire() as connection:
            log_id = await connection.fetchval(QUERIES["log_number"], _partnership(log))
            if log_id is None:
                return None
            found = await connection.fetchrow(QUERIES["live"], log_id)
            if found is None:
                await connection.execute(QUERIES["begin"], log_id, self._views.version)
                found = await connection.fetchrow(QUERIES["live"], log_id)
            if found is None:
                return None
        return Checkpoint(log_id, found["build"], found["position"], found["views"])

    async def _pass(
        self, log: LogId, checkpoint: Checkpoint, *, live: bool, attributions: Attributions | None = None
    ) -> tuple[int | None, int]:
        """Contain the next page: how many events and the new position; None if another projector was there first.

        A live pass knows no attributions: what comes after those that it contains is of whom it was written of.
        """
        attributions = attributions or Attributions((), 0)
        page = await self._log.read(log, after=checkpoint.position, limit=PAGE, sealed=True)
        recorded: list[Recorded] = []
        unknown: UnknownFact | None = None
        for stored in page.events:
            try:
                recorded.append(attributions.of(self._codec.recorded(stored)))
            except _Attributed:
                if not recorded or not live:
                    raise
                break  # what stands before it is shown first
            except UnknownFact as error:
                unknown = error
                break
        position = checkpoint.position
        if recorded:
            position = recorded[-1].envelope.position
            if not await self._contain(log, checkpoint, recorded, position, live=live):
                return None, position
        if unknown is not None:
            async with self._pool.acquire() as connection:
                where = (checkpoint.log_id, checkpoint.build, position)
                await connection.execute(QUERIES["stop"], *where, f"cannot read the fact after {position}: {unknown}")
            if not live:
                raise unknown
        return len(recorded), position

    async def _contain(
        self, log: LogId, checkpoint: Checkpoint, page: Sequence[Recorded], position: int, *, live: bool
    ) -> bool:
        build = (checkpoint.log_id, checkpoint.build)
        lease = LEASE if live else BUILD_LEASE
        changed = {(view.name, key): view for one in page for view, key in self._views.changed(one)}
        async with self._pool.acquire() as connection, connection.transaction():
            await connection.execute(QUERIES["enter"], _partnership(log))
            moved = await connection.execute(
                QUERIES["advance"], *build, checkpoint.position, position, self._holder, lease, live
            )
            if moved != "UPDATE 1":
                return False
            rows: Rows = {}
            before: dict[tuple[str, str], Any] = {}
            if changed:
                for name, key, body in await connection.fetch(QUERIES["load"], *build, *columns([*changed], 2)):
                    row = decoder_of(self._views.by_name[name]).decode(body)
                    before[name, key] = rows.setdefault(name, {})[key] = row
            changes = Changes(build)
            with _unswept():
                fold = self._views.folding(rows, changes.add)
                for one in page:
                    fold(one)
                for (name, key), view in changed.items():
                    changes.change(view, key, before.get((name, key)), rows.get(name, {}).get(key))
            people = [key for name, key in changed if name == PEOPLE.name]
            were = [before.get((PEOPLE.name, key)) for key in people]
            are = [rows.get(PEOPLE.name, {}).get(key) for key in people]
            self._people(log, changes, were, are)
            await write(connection, changes)
            if self._person_keys is not None:
                said = [rows[PAIRS.name][key] for name, key in changed if name == PAIRS.name]
                compared = {person for pair in said for person in (pair.person, pair.other)}
                compared.update(now.person for was, now in zip(were, are, strict=True) if now and not _same(was, now))
                await Pairing(connection, self._person_keys, log, build).bring_forward(changes, compared)
        return True

    async def _build(
        self, log: LogId, checkpoint: Checkpoint, progress: Progress, attributions: Attributions
    ) -> tuple[int, int]:
        """Fold the whole log from its beginning, in as much memory for a long log as for a short one."""
        build = (checkpoint.log_id, checkpoint.build)
        at_hand = AtHand(self._views)
        recorded = self._codec.recorded
        position = 0
        writing = Writing(partial(self._out, log))
        leaving: asyncio.Future[None] | None = None
        reading = asyncio.ensure_future(self._read_on(log, 0))
        try:
            with _unswept():
                while (found := await reading)[0]:
                    events, head = found
                    position = events[-1].position
                    reading = asyncio.ensure_future(self._read_on(log, position))
                    lines = Changes(build)
                    for some in _slices(events):
                        await asyncio.sleep(0)
                        for stored in some:
                            at_hand.fold(attributions.of(recorded(stored)), lines.add)
                    await writing.begin(lines)
                    if waiting := at_hand.waiting():
                        at_hand.found(await self._read_back(log, build, waiting))
                    if at_hand.full:
                        leaving = await self._leave(log, build, at_hand, writing, leaving)
                    progress(position, max(position, head))
                for _ in ("the old", "the young"):
                    leaving = await self._leave(log, build, at_hand, writing, leaving)
            await writing.finish()
        finally:
            reading.cancel()
            await writing.stop()
        await self._pair(log, build)
        async with self._pool.acquire() as connection:
            moved = await connection.execute(
                QUERIES["advance"],
                *(*build, 0, position, self._holder, BUILD_LEASE, False),
            )
        if moved != "UPDATE 1":
            raise RebuildInProgress
        return position, writing.rows

    async def _read_on(self, log: LogId, after: int) -> tuple[tuple[Stored, ...], int]:
        """The next page, and where the log stands."""
        page, head = await asyncio.gather(
            self._log.read(log, after=after, limit=PAGE, sealed=True), self._log.head(log)
        )
        return page.events, head

    async def _leave(
        self,
        log: LogId,
        build: tuple[int, int],
        at_hand: AtHand,
        writing: Writing,
        before: asyncio.Future[None] | None,
    ) -> asyncio.Future[None]:
        """Begin to write the rows that were not touched lately, once those are written that left before them."""
        if before is not None:
            await before
        changes = Changes(build)
        for rows in _slices(at_hand.ages()):
            await asyncio.sleep(0)
            for view, key, stood, stands in rows:
                changes.change(view, key, stood, stands)
            people = [(stood, stands) for view, _, stood, stands in rows if view is PEOPLE]
            self._people(log, changes, [stood for stood, _ in people], [stands for _, stands in people])
        return await writing.begin(changes)

    async def _read_back(
        self, log: LogId, build: tuple[int, int], keys: Sequence[tuple[str, str]]
    ) -> list[tuple[str, str, Any]]:
        """Those of the rows that stand in the table."""
        async with self._pool.acquire() as connection, connection.transaction(readonly=True):
            await connection.execute(QUERIES["enter"], _partnership(log))
            found = await connection.fetch(QUERIES["load"], *build, *columns(keys, 2))
        return [(name, key, decoder_of(self._views.by_name[name]).decode(body)) for name, key, body in found]

    async def _out(self, log: LogId, changes: Changes) -> None:
        # Apart from the rows, or two who write at once would wait for each other.
        await self._renew(changes.build)
        async with self._pool.acquire() as connection, connection.transaction():
            await connection.execute(QUERIES["enter"], _partnership(log))
            # The switch is durable, and with it all that was committed before.
            await connection.execute("SET LOCAL synchronous_commit = off")
            await write(connection, changes)

    async def _pair(self, log: LogId, build: tuple[int, int]) -> None:
        """Compare everybody of a build, now that all of its rows are written."""
        if self._person_keys is None:
            return
        async with self._pool.acquire() as connection, connection.transaction():
            await connection.execute(QUERIES["enter"], _partnership(log))
            await Pairing(connection, self._person_keys, log, build).build(partial(self._renew, build))

    async def _renew(self, build: tuple[int, int]) -> None:
        """The build is still under way. Raises RebuildInProgress where somebody else has it."""
        async with self._pool.acquire() as connection:
            renewed = await connection.execute(QUERIES["advance"], *build, 0, 0, self._holder, BUILD_LEASE, False)
        if renewed != "UPDATE 1":
            raise RebuildInProgress

    async def _switch(
        self, log: LogId, checkpoint: Checkpoint, attributions: Attributions
    ) -> tuple[Checkpoint, int | None]:
        """Catch up and become live, never behind the build that was live: nobody's own act disappears again."""
        for _ in range(SWITCH_ATTEMPTS):
            while True:
                moved, position = await self._pass(log, checkpoint, live=False, attributions=attributions)
                if moved is None:
                    raise RebuildInProgress
                checkpoint = msgspec.structs.replace(checkpoint, position=position)
                if moved < PAGE:
                    break
            async with self._pool.acquire() as connection, connection.transaction():
                builds = await connection.fetch(QUERIES["lock_builds"], checkpoint.log_id)
                live = [one for one in builds if one["live"]]
                if live and live[0]["position"] > position:
                    continue
                if live:
                    await connection.execute(QUERIES["set_live"], checkpoint.log_id, live[0]["build"], False)
                await connection.execute(QUERIES["set_live"], checkpoint.log_id, checkpoint.build, True)
                return checkpoint, live[0]["build"] if live else None
        raise RebuildInProgress

    async def _drop_all_but(self, log: LogId, log_id: int, kept: set[int | None]) -> None:
        """Keep the live build and the one that was live before it."""
        async with self._pool.acquire() as connection:
            builds = await connection.fetch(QUERIES["lock_builds"], log_id)
        for one in builds:
            if one["build"] not in kept:
                await self._drop(log, log_id, one["build"])

    async def _drop(self, log: LogId, log_id: int, build: int) -> None:
        async with self._pool.acquire() as connection, connection.transaction():
            await connection.execute(QUERIES["enter"], _partnership(log))
            if await connection.execute(QUERIES["drop_build"], log_id, build) == "DELETE 1":
                for name in (
                    "drop_rows",
                    "drop_places",
                    "drop_person_keys",
                    "drop_pairs",
                    "drop_concerns",
                    "drop_links",
                ):
                    await connection.execute(QUERIES[name], log_id, build)

    def _people(
        self, log: LogId, changes: Changes, before: Sequence[PersonRow | None], after: Sequence[PersonRow | None]
    ) -> None:
        """By which keys people are found now, and by which they were before; and whose records are one human's."""
        for was, now in zip(before, after, strict=True):
            one = now or was
            if one is not None:
                changes.link(one.person, was.joined_with if was else None, now.joined_with if now else None)
            if was is not None and now is not None and now.erased and not was.erased:
                changes.erased.append(now.person)
        if self._person_keys is None:
            return
        were, are = [row for row in before if row is not None], [row for row in after if row is not None]
        hashes = self._person_keys.of(log, changes.build[1], self._person_keys.described([*were, *are]))
        found = {(key, row.person) for row, keys in zip(were, hashes, strict=False) for key in keys}
        finds = {(key, row.person) for row, keys in zip(are, hashes[len(were) :], strict=True) for key in keys}
        changes.found_no_more_by.extend(sorted(found - finds))
        changes.found_by.extend(sorted(finds - found))


def _same(was: PersonRow | None, now: PersonRow) -> bool:
    """Whether who somebody is, and whose record it is, stands as it stood."""
    return was is not None and (was.described_at, was.merged_into, was.merged_from) == (
        now.described_at,
        now.merged_into,
        now.merged_from,
    )


@contextmanager
def _unswept() -> Iterator[None]:
    """Facts and rows hold no cycles: looking for some among them took half of the time."""
    swept = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if swept:
            gc.enable()


def _partnership(log: LogId) -> str:
    return log.partition("/")[0]


def _slices(page: Sequence[T]) -> Iterator[Sequence[T]]:
    return (page[first : first + SLICE] for first in range(0, len(page), SLICE))
