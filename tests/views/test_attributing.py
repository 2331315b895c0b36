"""After a merge was undone: whatever is said of whose things are, all is as if each had been of its person ever.

The other world of these tests is written anew: each fact of whoever it is of, from the beginning.
"""

import asyncio
import datetime as dt
from collections.abc import Mapping
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.memory import MemoryEventLog
from adapters.memory_read_models import MemoryReadModels
from application.deciding import Decider
from application.people import the_person
from application.ports import Append, DecisionRecord, Recorded
from application.relating import the_bases, the_relationship
from application.views.timeline import TIMELINE, TimelineRow, fact_of
from application.views.view import Rows
from domain.actors import Actor
from domain.engagement import encounter, journey
from domain.engagement.bound import bound_of
from domain.engagement.episode import episode
from domain.engagement.opening import spans_of
from domain.facts import Fact, Sealed, declared
from domain.ids import EpisodeId, MergeId, PersonId, ReferralId
from domain.people import describing, merging
from domain.people.attributing import AttributeRecords, RecordsAttributed, Thing, story, things_between
from domain.support import referral_status
from tests.views.histories import (
    CONSTABLE,
    COORDINATOR,
    LOG,
    OTHER_COORDINATOR,
    PARTNERSHIP,
    PEOPLE,
    SECOND_COORDINATOR,
    History,
    SetClock,
    told,
)
from tests.views.test_reading import reading_of

RECORD = DecisionRecord(command="Test", arguments=b"{}", read=(), policy="test", code="test")
turns = st.lists(st.tuples(st.integers(0, 200), st.integers(0, 1), st.integers(0, 20), st.integers(0, 5)), max_size=40)
pairs = st.sampled_from([("p-0", "p-1"), ("p-1", "p-0"), ("p-1", "p-2")])


async def merged(history: History, one: str, other: str, merge: str) -> bool:
    at = history.clock.now()
    proposed = told(merging.ProposeMerge, at=at, merge=merge, person=one, other=other, reason="same face")
    agreed = told(merging.DecideMerge, at=at, merge=merge, agree=True)
    return await history.said(proposed, COORDINATOR) and await history.said(agreed, OTHER_COORDINATOR)


async def unmerged(history: History, merge: str) -> None:
    undone = told(merging.UnmergePersons, at=history.clock.now(), merge=merge, reason="two after all")
    assert await history.said(undone, SECOND_COORDINATOR), history.refused


async def things(history: History, merge: str, one: str, other: str) -> tuple[Thing, ...]:
    know = history.decider.know(PARTNERSHIP)
    known = await know(merging.merge(MergeId(merge)))
    assert known is not None
    stories = [await know(story(PersonId(person))) for person in (one, other)]
    return things_between(MergeId(merge), known, *stories)


async def attributed(history: History, merge: str, others: set[str], kept: set[str]) -> None:
    said = AttributeRecords(
        at=history.clock.now(), merge=MergeId(merge), others=frozenset(others), kept=frozenset(kept), reason="they said"
    )
    assert await history.said(said, COORDINATOR), history.refused


def opened(history: History, value: object) -> object:
    """A row with everything that is sealed opened."""
    match value:
        case Sealed():
            return history.codec.open_all([value])
        case TimelineRow():
            fields = {name: getattr(value, name) for name in TimelineRow.__struct_fields__ if name != "fact"}
            return {**fields, "fact": opened(history, fact_of(value))}
        case msgspec.Struct():
            return {name: opened(history, getattr(value, name)) for name in value.__struct_fields__}
        case tuple() | list():
            return [opened(history, one) for one in value]
        case dict():
            return {key: opened(history, one) for key, one in value.items()}
        case _:
            return value


def plain(history: History, fact: Fact) -> Fact:
    changes = {}
    for name in declared(type(fact)).personal:
        value = getattr(fact, name)
        if isinstance(value, Sealed):
            (changes[name],) = history.codec.open_all([value])
    return msgspec.structs.replace(fact, **changes)


def owned(recorded: list[Recorded]) -> Mapping[int, dict[PersonId, PersonId]]:
    """Of whom each position is said to be in the end, by whom it was written of."""
    owners: dict[int, dict[PersonId, PersonId]] = {}
    for one in recorded:
        if isinstance(one.fact, RecordsAttributed):
            for position in one.fact.positions:
                moved = owners.setdefault(position, {})
                written_of = next((was for was, now in moved.items() if now == one.fact.person), one.fact.person)
                moved[written_of] = one.fact.other
    return owners


async def written_anew(history: History) -> History:
    """The world in which each fact was recorded of its own person."""
    world = History(keys=history.keys)
    world.clock = SetClock(history.clock.now())
    at = [history.clock.now()]
    log = MemoryEventLog(lambda: at[0])
    world.log, world.decider = log, Decider(log, world.codec, world.clock)
    recorded = await history.recorded()
    owners = owned(recorded)
    for one in recorded:
        fact: Any = plain(history, one.fact)
        at[0] = one.envelope.recorded
        if isinstance(fact, RecordsAttributed):
            fact = msgspec.structs.replace(fact, positions=(), kept=(), touched=())
        else:
            person: Any = getattr(fact, "person", None)
            now = owners.get(one.envelope.position, {}).get(person, person)
            fact = fact if now == person else msgspec.structs.replace(fact, person=now)
        by = Actor(
            worker=one.envelope.actor, agency=one.envelope.agency, role=one.envelope.role, partnership=PARTNERSHIP
        )
        entries = await world.codec.to_entries(LOG, (fact,), by, one.envelope.purpose, RECORD)
        await log.append(Append(LOG, entries))
    return world


async def rows_of(history: History) -> dict[tuple[str, str], object]:
    rows: Rows
    rows, _ = await MemoryReadModels(history.log, history.codec).brought_forward(LOG)
    return {
        (view, key): opened(history, row)
        for view, held in rows.items()
        for key, row in held.items()
        if not (view == TIMELINE.name and row.type == RecordsAttributed.fact_type)
    }


async def knowledge_of(history: History) -> dict[str, Any]:
    know = history.decider.know(PARTNERSHIP)
    known: dict[str, Any] = {}
    for name in PEOPLE:
        person = PersonId(name)
        known[f"{name} person"] = await the_person(know, person)
        known[f"{name} bases"] = await the_bases(know, person)
        known[f"{name} relationship"] = await the_relationship(know, person)
        known[f"{name} encounters"] = await know(encounter.encounters_of(person))
        known[f"{name} journey"] = await know(journey.journey_of(person))
        known[f"{name} bound"] = await know(bound_of(person))
        known[f"{name} spans"] = await know(spans_of(person, "luscombe"))
        known[f"{name} episode"] = await know(episode(EpisodeId(f"e-{name}")))
        for which in range(3):
            known[f"{name} referral {which}"] = await know(referral_status.referral(ReferralId(f"r-{name}-{which}")))
    return known


async def is_as_written_anew(history: History) -> None:
    other = await written_anew(history)
    assert await rows_of(history) == await rows_of(other)
    assert await knowledge_of(history) == await knowledge_of(other)
    fresh = Decider(history.log, history.codec, history.clock)
    remembered, history.decider = history.decider, fresh
    assert await knowledge_of(history) == await knowledge_of(other), "as whoever knew nothing before"
    history.decider = remembered


@settings(max_examples=25)
@given(before=turns, between=turns, after=turns, pair=pairs, answers=st.lists(st.sampled_from("ok?"), min_size=40))
def test_all_is_as_if_each_thing_had_been_recorded_of_its_own_person(
    before: list[Any], between: list[Any], after: list[Any], pair: tuple[str, str], answers: list[str]
) -> None:
    async def life() -> None:
        history = await (await History().begin()).goes_on(before)
        one, other = pair
        if not await merged(history, one, other, "m-now"):
            return
        await history.goes_on(between)
        if not any(fact.fact_type == "persons-unmerged" for fact in [each.fact for each in await history.recorded()]):
            await unmerged(history, "m-now")
        begun = await things(history, "m-now", one, other)
        said = dict(zip([thing.id for thing in begun], answers, strict=False))
        await knowledge_of(history)
        for answer in ("o", "k"):
            chosen = {thing for thing, word in said.items() if word == answer}
            await attributed(history, "m-now", *((chosen, set()) if answer == "o" else (set(), chosen)))
        await is_as_written_anew(history)
        await history.goes_on(after)
        back = {thing for thing, word in said.items() if word == "o"}
        await attributed(history, "m-now", set(), back)
        await is_as_written_anew(history)

    asyncio.run(life())


@settings(max_examples=25)
@given(before=turns, pair=pairs, review=st.booleans())
def test_merging_and_taking_apart_changes_nothing(before: list[Any], pair: tuple[str, str], review: bool) -> None:  # noqa: FBT001
    async def life() -> None:
        history = await (await History().begin()).goes_on(before)
        knew, saw = await knowledge_of(history), await rows_of(history)
        if not await merged(history, *pair, "m-now"):
            return
        if review:
            named = frozenset({COORDINATOR.agency, CONSTABLE.agency})
            command = told(merging.ReviewMerge, at=history.clock.now(), merge="m-now", agencies=named)
            assert await history.said(command, SECOND_COORDINATOR), history.refused
        await unmerged(history, "m-now")
        assert await knowledge_of(history) == knew
        sees = {key: row for key, row in (await rows_of(history)).items() if key[0] not in {"merge", "pair"}}
        saw = {key: row for key, row in saw.items() if key[0] not in {"merge", "pair"}}
        assert {key: _but_position(sees[key]) for key in saw} == {key: _but_position(row) for key, row in saw.items()}
        new = {key for key in sees.keys() - saw.keys() if key[0] != "timeline"}
        assert not new

    asyncio.run(life())


def _but_position(row: Any) -> Any:  # noqa: ANN401
    return {name: value for name, value in row.items() if name != "position"} if isinstance(row, dict) else row


@pytest.mark.anyio
async def test_what_is_attributed_is_sealed_under_the_keys_of_whose_it_is() -> None:
    history, (mine, theirs) = await _with_two_aliases()
    log = history.log
    assert isinstance(log, MemoryEventLog)
    leaves = [one.entry for one in (await log.read(LOG)).events]
    size, peaks = await log.peaks(LOG)
    await attributed(history, "m-now", {theirs}, {mine})
    for _ in range(2):  # again, as whoever was interrupted
        await rows_of(history)
    assert [one.entry for one in (await log.read(LOG)).events][: len(leaves)] == leaves
    assert (size, peaks) != await log.peaks(LOG), "what was said of it is recorded"
    await history.keys.destroy(PARTNERSHIP, "p-0")
    assert (await _nickname(history, "d-mine"), await _nickname(history, "d-theirs") is None) == (None, False)
    await history.keys.destroy(PARTNERSHIP, "p-1")
    assert await _nickname(history, "d-theirs") is None


async def _nickname(history: History, detail: str) -> str | None:
    (fact,) = [one.fact for one in await history.recorded() if getattr(one.fact, "detail", "") == detail]
    return plain(history, fact).nickname  # type: ignore[attr-defined, no-any-return]


@pytest.mark.anyio
async def test_as_at_a_day_before_shows_what_was_known_then() -> None:
    history, (mine, theirs) = await _with_two_aliases()
    before = history.clock.now()
    history.clock.at += dt.timedelta(days=1)
    await attributed(history, "m-now", {theirs}, {mine})
    readings = reading_of(history)
    for at, aliases in ((None, 1), (before, 2)):
        shown = await readings.people.person(CONSTABLE, PersonId("p-0"), as_at=at)
        assert len(shown.shown.row.aliases) == aliases
    assert len((await readings.people.person(CONSTABLE, PersonId("p-1"))).shown.row.aliases) == 1
    assert (await readings.people.person(CONSTABLE, PersonId("p-1"), as_at=before)).shown.row.aliases == ()


async def _with_two_aliases() -> tuple[History, tuple[str, str]]:
    """While both were one, two names were recorded; then the merge was undone."""
    history = await History().begin()
    assert await merged(history, "p-0", "p-1", "m-now"), history.refused
    for detail in ("d-mine", "d-theirs"):
        alias = told(describing.AddAlias, at=history.clock.now(), person="p-0", detail=detail, nickname=detail)
        assert await history.said(alias, CONSTABLE), history.refused
    history.clock.at += dt.timedelta(hours=1)
    await unmerged(history, "m-now")
    mine, theirs = await things(history, "m-now", "p-0", "p-1")
    assert (mine.id, theirs.id) == ("detail:d-mine", "detail:d-theirs")
    return history, (mine.id, theirs.id)
