"""Keeps the possible duplicates of a build: of the people that a pass changed, or of everybody at a build's end.

Names are opened for it, as they are for the keys by which people are found, and let go with the pass.
"""

from collections import OrderedDict
from collections.abc import Awaitable, Callable, Collection, Iterable, Sequence
from pathlib import Path
from typing import Any, Final

from adapters.postgres.changes import Changes, columns
from adapters.postgres.connection import named_queries
from adapters.postgres.read_models import decoder_of
from application.finding.pairing import COMMON, Human, Records, humans, pairs, sharing
from application.ports import LogId, Pair, PersonKeys
from application.views.pairs import PAIRS, PairRow
from application.views.people import PEOPLE, PersonRow
from domain.ids import PersonId

QUERIES: Final = named_queries(Path(__file__).with_suffix(".sql"))
LOAD: Final = named_queries(Path(__file__).with_name("projector.sql"))["load"]

AT_ONCE: Final = 2_000
"""So many candidates are compared before the next are asked for."""
OPENED: Final = 100_000
"""Of so many humans it is known at once, while all are compared, who they are."""


class Pairing:
    """The possible duplicates of one build, within a transaction of the system."""

    def __init__(self, connection: Any, person_keys: PersonKeys, log: LogId, build: tuple[int, int]) -> None:  # noqa: ANN401
        self._connection = connection
        self._person_keys = person_keys
        self._log = log
        self._build = build
        self._humans: OrderedDict[PersonId, Human | None] = OrderedDict()

    async def bring_forward(self, changes: Changes, people: Collection[PersonId]) -> None:
        """Compare anew whoever changed, and whoever shares a key that became too common by it or is so no more."""
        more: dict[bytes, int] = {}
        for key, _ in changes.found_by:
            more[key] = more.get(key, 0) + 1
        for key, _ in changes.found_no_more_by:
            more[key] = more.get(key, 0) - 1
        touched = set(people)
        if more:
            crossed = await self._fetch("crossed", *columns([*more.items()], 2), COMMON)
            touched.update(person for (person,) in crossed)
        if not touched:
            return
        await self._open(touched)
        changed = {human.id: human for person in touched if (human := self._humans[person])}.values()
        records = {one for human in changed for one in human.records}
        mine = sorted({*touched, *records})
        described = [one.who for human in changed for one in human.outlines]
        keys = frozenset[bytes]().union(*self._person_keys.of(self._log, self._build[1], described))
        holders: dict[bytes, set[PersonId]] = {}
        for key, person in await self._fetch("holders", sorted(keys), COMMON):
            holders.setdefault(key, set()).add(person)
        said = await self._said(await self._fetch("said", [f"person:{one}" for one in mine]))
        candidates: set[Records] = {both for both in sharing(holders) if both[0] in records or both[1] in records}
        candidates.update((row.person, row.other) for row in said.values())
        found = await self._compared(sorted(candidates), said)
        await self._connection.execute(QUERIES["forget"], *self._build, mine)
        await self._keep(found)

    async def build(self, renew: Callable[[], Awaitable[None]]) -> None:
        """Compare everybody: those who share a key, and those of whom somebody said something.

        `renew` is called now and then: it goes on.
        """
        said = {key: decoder_of(PAIRS).decode(body) for key, body in await self._fetch("all_said")}
        await self._keep(await self._compared([(row.person, row.other) for row in said.values()], said))
        some: list[Records] = []
        async for one, other in self._connection.cursor(QUERIES["sharing"], *self._build, COMMON, prefetch=AT_ONCE):
            some.append((one, other))
            if len(some) == AT_ONCE:
                await self._keep(await self._compared(some, said))
                some = []
                await renew()
        await self._keep(await self._compared(some, said))

    async def _compared(self, candidates: Sequence[Records], said: dict[str, PairRow]) -> list[Pair]:
        await self._open({one for both in candidates for one in both})
        return list(pairs(candidates, self._humans.__getitem__, said))

    async def _keep(self, found: Iterable[Pair]) -> None:
        kept = sorted(found)
        if kept:
            await self._connection.execute(QUERIES["keep"], *self._build, *columns(kept, 4))

    async def _open(self, people: Collection[PersonId]) -> None:
        """Have at hand who these people are, each with all records of the same human."""
        for one in people:
            if one in self._humans:
                self._humans.move_to_end(one)
        rows: dict[PersonId, PersonRow] = {}
        absent: set[PersonId] = set()
        wanted = {one for one in people if one not in self._humans}
        while wanted:
            loaded = await self._load(PEOPLE.name, wanted)
            absent |= wanted - loaded.keys()
            rows |= {PersonId(key): decoder_of(PEOPLE).decode(body) for key, body in loaded.items()}
            linked = {one for row in rows.values() for one in (row.merged_into, *row.merged_from) if one is not None}
            wanted = linked - rows.keys() - absent
        described = dict(zip(rows, self._person_keys.described(list(rows.values())), strict=True))
        found = humans(rows, described)
        self._humans.update({one: found.get(one) for one in (*rows, *absent)})
        while len(self._humans) > max(OPENED, len(people)):
            self._humans.popitem(last=False)

    async def _said(self, keys: Iterable[tuple[str]]) -> dict[str, PairRow]:
        found = await self._load(PAIRS.name, {key for (key,) in keys})
        return {key: decoder_of(PAIRS).decode(body) for key, body in found.items()}

    async def _load(self, view: str, keys: Collection[str]) -> dict[str, bytes]:
        if not keys:
            return {}
        found = await self._connection.fetch(LOAD, *self._build, *columns([(view, key) for key in sorted(keys)], 2))
        return {key: body for _, key, body in found}

    async def _fetch(self, query: str, *parameters: object) -> Sequence[Any]:
        found: Sequence[Any] = await self._connection.fetch(QUERIES[query], *self._build, *parameters)
        return found
