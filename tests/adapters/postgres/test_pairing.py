"""Possible duplicates that are kept as people change are those of a rebuild, and those that are worked out from all."""

import datetime as dt
import random
from collections.abc import Iterator

import pytest

from adapters.memory_read_models import MemoryReadModels
from adapters.postgres import pairing
from adapters.postgres import projector as projecting
from application.finding import pairing as rules
from application.ports import Pair
from application.views.people import PEOPLE
from domain.facts import Command
from domain.people import describing, distinct, duplicates, merging, registering
from domain.refusals import Refusal
from tests.adapters.postgres.test_projector import Partnership, partnership
from tests.conftest import Database
from tests.views.histories import CONSTABLE, COORDINATOR, LOG, SECOND_COORDINATOR, told

pytestmark = pytest.mark.anyio

PEOPLE_OF = tuple(f"q-{number}" for number in range(9))
GIVEN = ("John", "Jon", "Johnny", "Jan")
FAMILY = ("Smith", "Smyth", "Kowalski")
BORN = ("1984-03-11", "1984-11-03", "1991-07-30")


def registered(one: str, at: dt.datetime, drawn: random.Random) -> Command:
    return told(
        registering.RegisterPerson,
        at=at,
        person=one,
        reference=f"REF-{one.upper()}",
        identity="stated",
        provisional="no-signal",
        has_name=True,
        given_name=drawn.choice(GIVEN),
        family_name=drawn.choice(FAMILY),
        born=dt.date.fromisoformat(drawn.choice(BORN)),
    )


def turn(one: str, other: str, at: dt.datetime, number: int, drawn: random.Random) -> Command:
    """Anything that changes who somebody is, whose record it is, or what was said of two."""
    merge = f"m-{min(one, other)}-{max(one, other)}"
    pair = {"at": at, "person": one, "other": other}
    choices: tuple[Command, ...] = (
        registered(one, at, drawn),
        registered(one, at, drawn),
        told(describing.AddAlias, at=at, person=one, detail=f"d-{number}", nickname="Gaz", given_name="John"),
        told(describing.SetContact, at=at, person=one, detail=f"d-{number}", phone=f"07700 90012{number % 3}"),
        told(describing.RecordCircumstances, at=at, person=one, no_fixed_abode=True),
        told(
            registering.IdentifyPerson,
            at=at,
            person=one,
            detail=f"d-{number}",
            identity="documented",
            family_name=drawn.choice(FAMILY),
        ),
        told(merging.ProposeMerge, merge=merge, reason="same face", **pair),
        told(merging.DecideMerge, at=at, merge=merge, agree=True),
        told(merging.DecideMerge, at=at, merge=merge, agree=drawn.random() < 0.5),
        told(merging.UnmergePersons, at=at, merge=merge, reason="two after all"),
        told(distinct.MarkDistinct, reason="brothers", **pair),
        told(distinct.WithdrawDistinction, reason="one after all", **pair),
        told(duplicates.DeferDuplicate, note="ask the day centre", **pair),
    )
    return drawn.choice(choices)


def drawn_turns(seed: int, count: int) -> Iterator[tuple[int, random.Random, str, str]]:
    drawn = random.Random(seed)  # noqa: S311 - a story, no secret
    for number in range(count):
        one, other = drawn.sample(PEOPLE_OF, 2)
        yield number, drawn, one, other


async def goes_on(one: Partnership, seed: int, count: int) -> None:
    history = one.history
    for number, drawn, person, other in drawn_turns(seed, count):
        history.clock.at += dt.timedelta(minutes=7)
        command = turn(person, other, history.clock.at, seed * 1_000 + number, drawn)
        by = COORDINATOR if drawn.random() < 0.5 else SECOND_COORDINATOR
        try:
            await history.decider.decide(command, CONSTABLE if isinstance(command, registering.RegisterPerson) else by)
        except Refusal:
            continue


async def kept(one: Partnership) -> set[Pair]:
    async with one.pool.acquire() as connection, connection.transaction():
        await connection.execute(
            "SELECT set_config('hub.partnership', 'fenland', true), set_config('hub.agency', '*', true)"
        )
        found = await connection.fetch(
            "SELECT person, other, band, since FROM person_pair WHERE build = (SELECT build FROM projection WHERE live)"
        )
    return {Pair(*row) for row in found}


async def worked_out(one: Partnership) -> set[Pair]:
    """From all rows at once, in memory."""
    models = MemoryReadModels(one.log, one.history.codec, person_keys=one.person_keys)
    async with models.open(LOG, None) as rows:
        return set(await rows.pairs(limit=1_000))


@pytest.mark.parametrize(("seed", "page", "common"), [(1, 1, 40), (2, 7, 3), (3, 5_000, 2), (4, 1, 2)])
async def test_living_through_it_a_rebuild_and_all_at_once_come_to_the_same(
    database: Database, monkeypatch: pytest.MonkeyPatch, seed: int, page: int, common: int
) -> None:
    monkeypatch.setattr(projecting, "PAGE", page)
    monkeypatch.setattr(pairing, "AT_ONCE", 3)
    monkeypatch.setattr(pairing, "OPENED", 4)
    monkeypatch.setattr(pairing, "COMMON", common)
    monkeypatch.setattr(rules, "COMMON", common)
    async with partnership(database) as one:
        projector = one.projector()
        most = 0
        for part in range(4):
            await goes_on(one, seed * 10 + part, 60)
            await projector.catch_up(LOG)
            lived = await kept(one)
            assert lived == await worked_out(one)
            most = max(most, len(lived))
        await projector.rebuild(LOG)
        assert await kept(one) == lived
        assert most
        entries = (await one.stored())["rows"]
        for pair in lived:
            assert pair.person < pair.other
            for record in (pair.person, pair.other):
                assert entries[PEOPLE.name, record].merged_into is None
