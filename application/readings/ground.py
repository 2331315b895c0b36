"""What every reading stands on: rows, what is known, who decides, and the account that takes down what leaves.

Whether something may be seen is decided on knowledge folded at the head of the log, never on a row that may lag. What
does not concern the viewer's agency is answered as if it were not there (`Unknown`), by the same questions to the same
stores. What may be seen is opened for the page as a whole; what is left out is named in `hidden`, with whom to ask.

Everything takes the viewer first. `after` is a position to wait for, so that somebody sees her own act. `as_at` shows
what had been recorded by then, authorised now. Any reading may raise LogUnavailable; each says which refusals it has.
"""

import datetime as dt
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, Final, Protocol, Self, TypeVar

import msgspec

from application.access import Account, Unaccounted
from application.deciding import Know
from application.flags_of_human import with_flags_of_human
from application.people import goes_on_under
from application.permitting import permit, standing
from application.ports import Clock, Codec, EventLog, LogId, PersonKeys, ReadModels, ReadRows, Unsealer, log_of
from application.readings.asked import Asked, Sight, rows_as_at, sight_of
from application.relating import unsettled
from application.revealing import Masked, Shown, reveal
from application.snapshot import Snapshot, reader_of
from application.views.people import PEOPLE, PersonRow
from domain.actors import Actor
from domain.facts import Knowledge
from domain.governance import sharing
from domain.governance.scope import PROTECTS_DATA, Category
from domain.governance.sharing import Relationship, Resource, Standing
from domain.ids import PersonId
from domain.refusals import Unknown

S = TypeVar("S")

WAIT_SECONDS: Final = 3.0


class ViewBehind(Exception):  # noqa: N818 - an outcome
    """The rows do not contain the position yet that was waited for; ask again after `retry_after` seconds."""

    def __init__(self, retry_after: float = 1.0) -> None:
        super().__init__("the read model is behind")
        self.retry_after = retry_after


class Folding(Protocol):
    """Folds what is known at the head of a log."""

    async def fold(self, log: LogId, knowledge: Knowledge[S]) -> tuple[S, int]:
        """The state, and the position at which it was that."""
        ...


class Knowing:
    """Knows the head of a log, for those who look."""

    __slots__ = ("_folds", "_log", "now")

    def __init__(self, folds: Folding, log: LogId, now: dt.datetime) -> None:
        self._folds = folds
        self._log = log
        self.now = now

    async def __call__(self, knowledge: Knowledge[S], /) -> S:
        """The state at the head."""
        state, _ = await self._folds.fold(self._log, knowledge)
        return state


class Ground(msgspec.Struct, frozen=True):
    """What every reading stands on. `folds` are those of the decider: one cache of knowledge for decisions and reads.

    Without an account, to which it is `entered`, nothing can be read but what is about nobody: Unaccounted.
    """

    models: ReadModels
    log: EventLog
    folds: Folding
    codec: Codec
    unsealer: Unsealer
    clock: Clock
    person_keys: PersonKeys | None = None
    entered: Account | None = None

    @property
    def account(self) -> Account:
        """Where it is taken down what is let out, of whom. Raises Unaccounted where there is none."""
        if self.entered is None:
            raise Unaccounted
        return self.entered

    def of(self, snapshot: Snapshot) -> Self:
        """The same, all of it of one snapshot and entered into one account."""
        return msgspec.structs.replace(self, models=snapshot, folds=snapshot, entered=snapshot.account)

    def entered_in(self, account: Account) -> Self:
        """The same, entered into an account."""
        return msgspec.structs.replace(self, entered=account)

    def know(self, viewer: Actor) -> Knowing:
        """What is known at the head of the viewer's log, by now."""
        return Knowing(self.folds, log_of(viewer.partnership), self.clock.now())

    async def fold(self, viewer: Actor, knowledge: Knowledge[S]) -> tuple[S, int]:
        """The same of one thing, and the position at which it was that."""
        return await self.folds.fold(log_of(viewer.partnership), knowledge)

    @asynccontextmanager
    async def rows(self, viewer: Actor, after: int | None) -> AsyncIterator[ReadRows]:
        """The rows for a viewer, once they contain the position `after`. Raises: ViewBehind."""
        log = log_of(viewer.partnership)
        if after is not None and not await self.models.reached(log, after, WAIT_SECONDS):
            raise ViewBehind
        async with self.models.open(log, *reader_of(viewer)) as rows:
            yield rows

    @asynccontextmanager
    async def of_person(
        self, viewer: Actor, category: Category, person: PersonId, after: int | None, as_at: dt.datetime | None
    ) -> AsyncIterator[Asked]:
        """The rows, the records of the same human, and whom they concern. The same is asked of an unknown person."""
        log = log_of(viewer.partnership)
        know = self.know(viewer)
        await permit(know, viewer, "read", Resource(category=category, of_person=False))
        by = await standing(know, viewer)
        seen = await sight_of(know, person, viewer)
        if as_at is not None:
            folded = await rows_as_at(self.log, self.codec, log, person, as_at)
            yield await self._asked(know, category, by, person, seen, folded)
            return
        async with self.rows(viewer, after) as live:
            rows = _reaching(live, by, seen.relationship, person)
            yield await self._asked(know, category, by, person, seen, rows)

    async def _asked(
        self, know: Know, category: Category, by: Standing, person: PersonId, own: Sight, rows: ReadRows
    ) -> Asked:
        """Of the other records of the same human, those whose entry the viewer may see by itself."""
        row = await rows.row(PEOPLE, person)
        if row is None:
            raise Unknown
        register = rows.reaching("register")
        records = {person: own}
        waiting, seen = list(row.merged_from), {person}
        while waiting:
            other = waiting.pop()
            if other not in seen:
                seen.add(other)
                theirs = await sight_of(know, other, by.viewer)
                if sharing.decide(by, "read", theirs.entry).permitted:
                    records[other] = theirs
                merged = await register.row(PEOPLE, other)
                waiting.extend(merged.merged_from if merged else ())
        warned = (await with_flags_of_human(rows, {person: row}, records))[person]
        if row.merged_into is not None:  # whoever knows this record alone goes on with it
            warned = msgspec.structs.replace(warned, merged_into=await goes_on_under(know, by.viewer, row.merged_into))
        warned = await _naming_none_unknown(know, by, warned, records)
        stricter = {
            (record, thing): await sight_of(know, other, by.viewer)
            for record in records
            for thing, other in (await unsettled(know, record)).items()
        }
        return Asked(know, self.account, category, by, rows, warned, records, stricter)

    def reveal(self, masked: Sequence[Masked[Any]], *, safety: bool = False) -> list[Shown[Any]]:
        """A page of rows with what may be shown of them opened; the account takes it down."""
        return reveal(self.unsealer, masked, self.account, safety=safety)


async def _naming_none_unknown(
    know: Know, by: Standing, row: PersonRow, records: Mapping[PersonId, Sight]
) -> PersonRow:
    """The row without the ids of others whom the viewer may not know of."""
    known = set(records)
    for other in {*row.merged_from, *row.unreviewed, *row.distinct_from} - known:
        theirs = await sight_of(know, other, by.viewer)
        if sharing.decide(by, "read", theirs.entry).permitted:
            known.add(other)
    return msgspec.structs.replace(
        row,
        merged_from=tuple(one for one in row.merged_from if one in known),
        unreviewed=tuple(one for one in row.unreviewed if one in known),
        distinct_from=tuple(one for one in row.distinct_from if one in known),
    )


def _reaching(rows: ReadRows, by: Standing, related: Relationship, person: PersonId) -> ReadRows:
    """The rows on the ground that the policy may permit: who protects data finds everybody, who broke the glass one."""
    if by.viewer.role in PROTECTS_DATA:
        return rows.reaching("register")
    if any(one.opens_for(by.viewer, by.at) for one in related.broken):
        return rows.reaching(reader_of(by.viewer)[1], person)
    return rows
