"""Whatever was recorded, merged, parted and attributed before: an erasure takes what is theirs, and nothing else."""

import asyncio
from typing import Any

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.memory_read_models import MemoryReadModels
from application.ports import Recorded
from application.views import VIEWS
from domain.facts import Sealed, declared
from domain.ids import MergeId, PersonId
from domain.people import merging
from domain.people.attributing import Attributed, RecordsAttributed
from domain.people.erased import ErasureCompleted, ErasureOrdered
from domain.people.merging import merge as merge_of
from tests.rights.examples import PRIVACY, begun, erasing, ordered, proposed
from tests.views.histories import COORDINATOR, LOG, PARTNERSHIP, PEOPLE, SECOND_COORDINATOR, History, told
from tests.views.test_attributing import attributed, merged, opened, things

PAIRS = (("p-0", "p-1"), ("p-1", "p-2"), ("p-2", "p-0"))
who = st.integers(0, 2)
life = st.tuples(
    st.just("lives"),
    st.lists(st.tuples(st.integers(0, 200), who, st.integers(0, 20), st.integers(0, 5)), min_size=3, max_size=15),
)
done = st.tuples(st.sampled_from(("merges", "parts", "erases")), who)
stories = st.tuples(who, life, st.booleans(), st.lists(st.one_of(life, done), max_size=4), who, who).map(
    lambda drawn: [
        ("merges", drawn[0]),
        drawn[1],
        *([("parts", drawn[0])] if drawn[2] else []),
        *drawn[3],
        ("erases", drawn[4]),
        ("erases", drawn[5]),
    ]
)
"""Two are merged, something happens, they may be parted, whatever is drawn, and somebody is erased."""


async def whole(history: History) -> tuple[list[Recorded], Attributed]:
    recorded = await history.recorded()
    return recorded, Attributed(one.fact for one in recorded if isinstance(one.fact, RecordsAttributed))


async def personal(history: History) -> dict[tuple[int, str], tuple[PersonId | None, str | None]]:
    """Of whom each personal field of the log is, and what it says, where anybody can still read it."""
    recorded, said = await whole(history)
    found: dict[tuple[int, str], tuple[PersonId | None, str | None]] = {}
    for one in recorded:
        fact: Any = said.of(one.fact, one.envelope.position)
        for name, mark in declared(type(fact)).personal.items():
            value = getattr(fact, name)
            if isinstance(value, Sealed):
                found[one.envelope.position, name] = getattr(fact, mark.of), history.codec.open_all([value])[0]
    return found


async def arguments(history: History) -> str:
    """The arguments of all decisions that anybody can still read."""
    page = await history.log.read(LOG, sealed=True)
    sealed = [history.codec.arguments(stored) for stored in page.events]
    return "\n".join(text for text in history.codec.open_all(sealed) if text)


async def rows_of_others(history: History, gone: set[str]) -> dict[tuple[str, str], object]:
    """What is shown of everybody who is not erased, opened."""
    models = MemoryReadModels(history.log, history.codec, VIEWS)
    rows, _ = await models.brought_forward(LOG)
    return {
        (name, key): opened(history, row)
        for name, kept in rows.items()
        for key, row in kept.items()
        if (whose := VIEWS.by_name[name].about(key, row)) is not None
        and whose not in gone
        and not gone & set(key.split("|"))
    }


def without(shown: object, texts: set[str]) -> object:
    """What is shown, but for some texts: what is said in words of who is erased is theirs, on whosever line."""
    match shown:
        case dict():
            return {key: without(one, texts) for key, one in shown.items()}
        case list():
            return [without(one, texts) for one in shown]
        case str() if shown in texts:
            return None
        case _:
            return shown


async def parts(history: History, merge: str, pair: tuple[str, str], which: int) -> None:
    """A merge is undone, and each thing said to be the one's or the other's."""
    known = await history.decider.know(PARTNERSHIP)(merge_of(MergeId(merge)))
    if known is None or known.status != "merged":
        return
    undone = told(merging.UnmergePersons, at=history.clock.now(), merge=merge, reason="two after all")
    if not await history.said(undone, SECOND_COORDINATOR):
        return  # they were erased as one
    open_things = [one.id for one in await things(history, merge, *pair) if not one.settled]
    moved = {one for number, one in enumerate(open_things) if (number + which) % 2}
    if open_things:
        await attributed(history, merge, moved, set(open_things) - moved)


async def erases(history: History, person: str, number: int) -> None:
    """Somebody is erased, if nothing stands in the way; theirs is gone, and all else is as it was."""
    one = f"x-{number}"
    before, leaves = await personal(history), (await history.log.read(LOG)).events
    if not await history.said(proposed(history, person, one, why_left_open="it may be left"), COORDINATOR):
        return
    if not await history.said(ordered(history, person, one), PRIVACY):
        return
    recorded = [each.fact for each in await history.recorded()]
    gone = {str(each.person) for each in recorded if isinstance(each, ErasureOrdered) and each.erasure == one}
    shown = await rows_of_others(history, gone)
    assert await erasing(history).carry_out(PARTNERSHIP) == len(gone)
    after = await personal(history)
    for place, (whose, text) in before.items():
        expected = None if whose in gone else text
        assert after[place] == (whose, expected), (place, whose, gone)
    theirs = {text for whose, text in before.values() if whose in gone and text and "#" in text}
    others = {text for whose, text in before.values() if whose not in gone and text}
    said = await arguments(history)
    assert not [text for text in theirs - others if msgspec.json.encode(text).decode()[1:-1] in said]
    assert (await history.log.read(LOG)).events[: len(leaves)] == leaves
    assert without(await rows_of_others(history, gone), theirs) == without(shown, theirs)


@given(story=stories)
@settings(max_examples=10, deadline=None)
def test_an_erasure_takes_what_is_theirs_and_nothing_else(story: list[tuple[str, Any]]) -> None:
    async def run() -> None:
        history = await begun()
        for number, (what, which) in enumerate(story):
            if what == "lives":
                await history.goes_on(which)
            elif what == "merges":
                await merged(history, *PAIRS[which], f"m-{which}-{number}")
            elif what == "parts":
                for merge in range(number):
                    await parts(history, f"m-{which}-{merge}", PAIRS[which], number)
            else:
                await erases(history, PEOPLE[which], number)
        recorded = [one.fact for one in await history.recorded()]
        done = {one.person for one in recorded if isinstance(one, ErasureCompleted)}
        assert {one.person for one in recorded if isinstance(one, ErasureOrdered)} == done
        written, _ = await whole(history)
        erased_at = {one.fact.person: one.envelope.position for one in written if isinstance(one.fact, ErasureOrdered)}
        for place, (whose, text) in (await personal(history)).items():
            assert whose not in erased_at or text is None, place

    asyncio.run(run())
