"""Stored rows when it is said whose things are: built anew beside the live ones, sealed anew first, whatever dies."""

from typing import Any

import asyncpg
import pytest

from adapters.postgres import projector as projecting
from application.resealing import every_attribution
from domain.people import describing
from tests.adapters.postgres.test_projector import Partnership, partnership, turns
from tests.conftest import Database
from tests.views.histories import CONSTABLE, LOG, PARTNERSHIP, told
from tests.views.test_attributing import attributed, merged, things, unmerged

pytestmark = pytest.mark.anyio


async def apart_again(one: Partnership) -> tuple[str, ...]:
    """Two were one for a while, in which much happened; what was begun then."""
    history = one.history
    assert await merged(history, "p-0", "p-1", "m-now"), history.refused
    await one.projector().catch_up(LOG)
    for detail in ("d-mine", "d-theirs"):
        alias = told(describing.AddAlias, at=history.clock.now(), person="p-0", detail=detail, nickname=detail)
        assert await history.said(alias, CONSTABLE), history.refused
    await unmerged(history, "m-now")
    await one.projector().catch_up(LOG)
    return tuple(thing.id for thing in await things(history, "m-now", "p-0", "p-1"))


async def test_rows_of_an_attribution_are_those_of_a_replay(database: Database) -> None:
    async with partnership(database) as one:
        await one.history.goes_on(turns(44, 100))  # in which nobody told these two apart, or proposed that they are one
        begun = await apart_again(one)
        await attributed(one.history, "m-now", set(begun[1:]), set(begun[:1]))
        await one.history.goes_on(turns(42, 60))
        projector = one.projector()
        await projector.catch_up(LOG)
        assert await one.stored() == await one.folded()
        assert [status.lag for status in await projector.status() if status.live] == [0]


async def test_an_attribution_that_comes_during_a_rebuild_is_not_forgotten(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with partnership(database) as one:
        begun = await apart_again(one)
        asked: list[int] = []

        async def late(*arguments: Any) -> Any:  # noqa: ANN401
            found = await every_attribution(*arguments)
            if not asked:
                await attributed(one.history, "m-now", set(begun[1:]), set())
            asked.append(found[1])
            return found

        monkeypatch.setattr(projecting, "every_attribution", late)
        await one.projector().rebuild(LOG)
        assert len(asked) == 2
        assert await one.stored() == await one.folded()


async def test_whoever_dies_between_sealing_and_building_begins_again(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with partnership(database) as one:
        begun = await apart_again(one)
        await attributed(one.history, "m-now", set(begun[1:]), set(begun[:1]))

        async def dies(*_arguments: Any, **_more: Any) -> Any:  # noqa: ANN401
            raise OSError("power is out")

        with monkeypatch.context() as during:
            during.setattr(projecting.Projector, "_build", dies)
            with pytest.raises(Exception, match=r".*"):
                await one.projector().catch_up(LOG)
        await one.projector("two").catch_up(LOG)
        assert await one.stored() == await one.folded()
        await one.history.keys.destroy(PARTNERSHIP, "p-0")
        rows = (await one.stored())["rows"]
        opened = [
            one.history.codec.open_all([alias.nickname for alias in rows["person", person].aliases])
            for person in ("p-0", "p-1")
        ]
        assert opened[0] == [None]
        assert opened[1][0] is not None


async def test_only_the_sealed_part_is_replaced_and_only_as_it_was_read(database: Database) -> None:
    async with partnership(database) as one:
        alias = told(describing.AddAlias, at=one.history.clock.now(), person="p-0", detail="d-1", nickname="Bo")
        assert await one.history.said(alias, CONSTABLE), one.history.refused
        stored = (await one.log.read(LOG, sealed=True)).events[-1]
        assert stored.sealed is not None
        assert not await one.log.reseal(LOG, stored.position, b"another", b"new")
        assert await one.log.reseal(LOG, stored.position, stored.sealed, b"new")
        after = (await one.log.read(LOG, sealed=True)).events[-1]
        assert (after.entry, after.sealed) == (stored.entry, b"new")
        async with one.pool.acquire() as connection:
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await connection.execute("UPDATE event SET sealed = NULL")
        owner = await asyncpg.connect(database.owner_url)
        try:
            with pytest.raises(asyncpg.InsufficientPrivilegeError, match="only ever added to"):
                await owner.execute("UPDATE event SET sealed = NULL, entry = ''")
        finally:
            await owner.close()
