"""Merges upon merges, taken apart in any order: nothing opens, nothing is lost, and all is as it was.

Five records, entered by different agencies; each merge is of the record that another one left standing.
"""

import asyncio
from collections.abc import Sequence
from typing import Any, Final

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.actors import Actor
from domain.engagement import encounter
from domain.facts import Sealed
from domain.ids import AgencyId, PersonId
from domain.people import describing, merging
from domain.people.flags import FlagRaised
from domain.refusals import NotPermitted, Unknown
from tests.views.histories import (
    CLINIC,
    CONSTABLE,
    COORDINATOR,
    HOUSING,
    LOG,
    OFFICER,
    PEOPLE,
    SECOND_COORDINATOR,
    History,
    known,
    told,
)
from tests.views.test_attributing import (
    attributed,
    is_as_written_anew,
    knowledge_of,
    merged,
    rows_of,
    things,
    unmerged,
)
from tests.views.test_reading import MARK, reading_of

Pair = tuple[str, str]
Seen = dict[AgencyId, set[int]]

VIEWERS: Final = (CONSTABLE, CLINIC, HOUSING, OFFICER, COORDINATOR)
turns = st.lists(st.tuples(st.integers(0, 200), st.integers(0, 4), st.integers(0, 20), st.integers(0, 5)), max_size=30)
people = st.permutations(PEOPLE)


@st.composite
def chains(draw: st.DrawFn) -> tuple[Pair, ...]:
    """Three merges: each of a record that goes on with another that does."""
    standing = list(draw(people))
    chain: list[Pair] = []
    for _ in range(3):
        one, other = standing[0], standing.pop(1)
        chain.append((one, other) if draw(st.booleans()) else (other, one))
        standing[0] = chain[-1][0]
    return tuple(chain)


async def begun(before: Sequence[tuple[int, int, int, int]]) -> History:
    """The constable knows three of them; housing and the clinic each one of their own. Each wrote of whom they know."""
    history = await History().begin()
    at = history.clock.now()
    for one, by in (("p-3", HOUSING), ("p-4", CLINIC)):
        assert await history.said(known(one, at), by), history.refused
    for one, by in (("p-0", CONSTABLE), ("p-1", CONSTABLE), ("p-2", CONSTABLE), ("p-3", HOUSING), ("p-4", CLINIC)):
        met = told(encounter.RecordEncounter, at=at, encounter=f"met-{one}", person=one, kind="outreach", place="quay")
        reached = told(
            describing.SetContact, at=at, person=one, detail=f"reached-{one}", where_found="under the bridge"
        )
        assert await history.said(met, by), history.refused
        assert await history.said(reached, by), history.refused
    return await history.goes_on(before)


async def merged_one_by_one(history: History, chain: Sequence[Pair]) -> list[tuple[str, Pair]]:
    """Those merges that the rules permit, each under an id."""
    named = [(f"m-chain-{number}", pair) for number, pair in enumerate(chain)]
    return [(merge, pair) for merge, pair in named if await merged(history, *pair, merge)]


async def seen(history: History, texts: int) -> Seen:
    """Which of the texts that had been written by then each agency is shown with any of these people."""
    readings = reading_of(history)
    found: Seen = {viewer.agency: set() for viewer in VIEWERS}
    for viewer in VIEWERS:
        for one in map(PersonId, PEOPLE):
            for read in (
                readings.people.person,
                readings.timelines.timeline,
                readings.engagement.encounters,
                readings.consents.consents,
            ):
                try:
                    shown = msgspec.json.encode(await read(viewer, one)).decode()
                except (Unknown, NotPermitted):
                    continue
                found[viewer.agency] |= {number for number in marks(shown) if number <= texts}
    return found


def marks(text: str | None) -> set[int]:
    """The numbers of the texts of a history that stand in a text."""
    return {int(one.strip("#")) for one in MARK.findall(text or "")}


async def warnings(history: History) -> set[int]:
    """What is told to whoever may see any record of a human."""
    facts = [one.fact for one in await history.recorded()]
    reasons = [one.reason for one in facts if isinstance(one, FlagRaised) and one.kind == "staff-safety"]
    texts = history.codec.open_all([one for one in reasons if isinstance(one, Sealed)])
    return {number for text in texts for number in marks(text)}


def _but_merges(rows: dict[tuple[str, str], Any], of: set[tuple[str, str]]) -> dict[tuple[str, str], Any]:
    return {
        key: {name: value for name, value in row.items() if name != "position"} if isinstance(row, dict) else row
        for key, row in rows.items()
        if key in of and key[0] not in {"merge", "pair"}
    }


@settings(max_examples=8)
@given(before=turns, chain=chains(), undone=st.permutations(range(3)), named=st.sets(st.sampled_from(VIEWERS)))
def test_merging_opens_nothing_but_to_whom_reviews_name_and_taking_apart_leaves_all_as_it_was(
    before: list[Any], chain: tuple[Pair, ...], undone: list[int], named: set[Actor]
) -> None:
    async def life() -> None:
        history = await begun(before)
        texts = history.texts
        saw, knew, rows = await seen(history, texts), await knowledge_of(history), await rows_of(history)
        leaves = [one.entry for one in (await history.log.read(LOG)).events]
        warned = await warnings(history)
        stand = await merged_one_by_one(history, chain)
        for agency, shown in (await seen(history, texts)).items():
            assert shown <= saw[agency] | warned, "nobody has reviewed them"
        agencies = frozenset(one.agency for one in named)
        for merge, _ in stand:
            review = told(merging.ReviewMerge, at=history.clock.now(), merge=merge, agencies=agencies)
            assert await history.said(review, SECOND_COORDINATOR), history.refused
        for agency, shown in (await seen(history, texts)).items():
            assert agency in agencies or shown <= saw[agency] | warned, "it was not named"
        for number in undone:
            for merge, _ in stand[number : number + 1]:
                await unmerged(history, merge)
        assert await seen(history, texts) == saw
        assert await knowledge_of(history) == knew
        assert _but_merges(await rows_of(history), set(rows)) == _but_merges(rows, set(rows))
        assert [one.entry for one in (await history.log.read(LOG)).events][: len(leaves)] == leaves

    asyncio.run(life())


@settings(max_examples=8)
@given(
    before=turns,
    between=turns,
    chain=chains(),
    undone=st.permutations(range(3)),
    answers=st.lists(st.sampled_from("ok?"), min_size=40),
)
def test_whatever_is_said_after_chains_were_taken_apart_all_is_as_if_recorded_of_its_own_person(
    before: list[Any], between: list[Any], chain: tuple[Pair, ...], undone: list[int], answers: list[str]
) -> None:
    async def life() -> None:
        history = await begun(before)
        stand = await merged_one_by_one(history, chain)
        for one in PEOPLE:
            alias = told(describing.AddAlias, at=history.clock.now(), person=one, detail=f"of-{one}", nickname="Smiler")
            assert await history.said(alias, COORDINATOR), history.refused
        await history.goes_on(between)
        for number in undone:
            for merge, pair in stand[number : number + 1]:
                await unmerged(history, merge)
                said = dict(zip([one.id for one in await things(history, merge, *pair)], answers, strict=False))
                others, kept = ({thing for thing, word in said.items() if word == which} for which in "ok")
                await attributed(history, merge, others, kept)
        await is_as_written_anew(history)

    asyncio.run(life())
