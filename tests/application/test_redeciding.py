"""Every decision can be made again: on what was known then it comes out the same, or it is said why not."""

import asyncio
import datetime as dt
from collections.abc import Awaitable
from random import Random
from typing import Final, TypeVar

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from application import deciding
from application.deciding import Know
from application.redeciding import Redecided, Redeciding
from application.what_if import WhatIf
from domain.actors import Actor
from domain.engagement.ladder import AdoptLadder, LadderAdopted
from domain.facts import Command, Fact, Facts
from domain.ids import AgreementId, PersonId, ServiceId
from domain.people import describing
from tests.views.histories import CONSTABLE, COORDINATOR, LOG, PARTNERSHIP, TURNS, History, told

T = TypeVar("T")

TURN: Final = st.tuples(
    st.integers(0, len(TURNS) - 1), st.integers(0, 4), st.integers(0, 9), st.integers(min_value=0, max_value=72)
)


def run(awaitable: Awaitable[T]) -> T:
    async def main() -> T:
        return await awaitable

    return asyncio.run(main())


async def again(history: History) -> list[Redecided]:
    return [one async for one in Redeciding(history.log, history.codec, history.codec, LOG).all()]


async def lived() -> History:
    """A partnership in which much was decided, tickets and refusals that are remembered among it."""
    random = Random(5)  # noqa: S311 - an example
    turns = [(random.randrange(99), random.randrange(5), random.randrange(9), random.randrange(72)) for _ in range(250)]
    return await (await History().begin()).goes_on(turns)


@settings(max_examples=25)
@given(turns=st.lists(TURN, max_size=30))
def test_every_decision_of_any_history_comes_out_the_same(turns: list[tuple[int, int, int, int]]) -> None:
    async def story() -> list[Redecided]:
        return await again(await (await History().begin()).goes_on(turns))

    found = run(story())
    assert len(found) > 20, "the partnership itself was decided"
    assert [one for one in found if one.outcome != "same"] == []


def test_a_decision_is_found_by_any_of_its_facts() -> None:
    async def story() -> None:
        history = await lived()
        redeciding = Redeciding(history.log, history.codec, history.codec, LOG)
        firsts = [one.position for one in await again(history)]
        for position in range(1, await history.log.head(LOG) + 1):
            one = await redeciding.one(position)
            assert one is not None
            assert one.position == max(first for first in firsts if first <= position)
        assert await redeciding.one(0) is None
        assert await redeciding.one(await history.log.head(LOG) + 1) is None

    run(story())


def test_what_was_recorded_later_changes_nothing_of_what_was_known() -> None:
    """Decided again in any order: from the last to the first, each on what was known when it was made."""

    async def story() -> None:
        history = await lived()
        redeciding = Redeciding(history.log, history.codec, history.codec, LOG)
        for first in reversed([one.position for one in await again(history)]):
            one = await redeciding.one(first)
            assert one is not None
            assert one.outcome == "same"

    run(story())


def test_a_rule_that_is_another_now_is_named_with_what_it_changes(monkeypatch: pytest.MonkeyPatch) -> None:
    async def story() -> list[Redecided]:
        history = await History().begin()
        one = told(describing.RecordCircumstances, at=history.clock.now(), person="p-0", no_fixed_abode=True)
        assert await history.said(one, CONSTABLE)

        async def otherwise(know: Know, command: Command, by: Actor) -> Facts:
            facts = await before(know, command, by)
            return tuple(msgspec.structs.replace(fact, has_income=False) for fact in facts)

        before = deciding.DECISIONS[describing.RecordCircumstances]
        monkeypatch.setitem(deciding.DECISIONS, describing.RecordCircumstances, otherwise)  # type: ignore[misc]
        return await again(history)

    differing = [one for one in run(story()) if one.outcome == "differs"]
    assert [one.command for one in differing] == ["RecordCircumstances"]
    assert differing[0].differing == ("circumstances-recorded.has_income",)


def test_what_is_refused_now_says_by_which_rule() -> None:
    async def story() -> list[Redecided]:
        history = await lived()

        def without_ladder(fact: Fact) -> Fact:
            if isinstance(fact, LadderAdopted):
                return msgspec.structs.replace(fact, steps=fact.steps[1:])
            return fact

        found = [one async for one in Redeciding(history.log, history.codec, history.codec, LOG, without_ladder).all()]
        assert await again(history) != found
        return found

    refused = [one for one in run(story()) if one.refused is not None]
    assert {one.command for one in refused} == {"IssueTicket"}
    assert all("-ticket-issued" in one.differing for one in refused)
    assert all(one.outcome == "differs" for one in refused)


def test_a_refusal_that_was_remembered_is_decided_again_too() -> None:
    found = run(_refusals())
    assert found
    assert all(one.outcome == "same" for one in found)


async def _refusals() -> list[Redecided]:
    history = await lived()
    remembered = {one.envelope.position for one in await history.recorded() if one.fact.fact_type.endswith("-refused")}
    return [one for one in await again(history) if one.position in remembered]


def test_after_an_erasure_it_is_said_that_it_cannot_be_had_again() -> None:
    async def story() -> list[Redecided]:
        history = await History().begin()
        await history.keys.destroy(PARTNERSHIP, PersonId("p-0"))
        return await again(history)

    gone = [one for one in run(story()) if one.outcome == "not-reproducible"]
    assert {(one.command, one.why) for one in gone} == {("RegisterPerson", "arguments-erased")}


def test_whoever_acted_by_the_command_line_needs_no_post_again_either() -> None:
    async def story() -> list[Redecided]:
        history = await History().begin()
        setting_up = msgspec.structs.replace(COORDINATOR, worker="nobody-in-post", by_command_line=True)
        described = told(
            describing.RecordCircumstances,
            at=history.clock.now() + dt.timedelta(seconds=1),
            person="p-1",
            has_income=False,
        )
        assert await history.said(described, setting_up)
        return await again(history)

    assert run(story())[-1].outcome == "same"


def test_a_what_if_tells_which_decisions_another_ladder_would_have_changed_and_writes_nothing() -> None:
    async def story() -> tuple[list[Redecided], WhatIf, bool]:
        history = await lived()
        page = await history.log.read(LOG)
        facts = [history.codec.fact(one) for one in page.events]
        adopted = next(one for one in facts if isinstance(one, LadderAdopted))
        steps = tuple(msgspec.structs.replace(one, lasts_months=1) for one in adopted.steps)
        asked = {name: getattr(adopted, name) for name in AdoptLadder.__struct_fields__ if hasattr(adopted, name)}
        whatif = WhatIf(AdoptLadder(**asked | {"steps": steps, "first_step_needs_encounter": True}))
        found = [one async for one in Redeciding(history.log, history.codec, history.codec, LOG, whatif).all()]
        return found, whatif, len((await history.log.read(LOG)).events) == len(page.events)

    found, whatif, unchanged = run(story())
    assert not whatif.unmet
    assert unchanged
    differing = [one for one in found if one.outcome == "differs"]
    assert {one.command for one in differing} == {"IssueTicket"}
    assert {name for one in differing for name in one.differing} == {"ticket-issued.lapses_on"}


def test_a_what_if_of_what_no_decision_had_asked_for_says_so() -> None:
    async def story() -> tuple[set[str], set[str]]:
        history = await lived()
        whatif = WhatIf(answer_due_days={ServiceId("no-such-service"): 3}, without=[AgreementId("no-such-agreement")])
        again = Redeciding(history.log, history.codec, history.codec, LOG, whatif).all()
        return {one.outcome async for one in again}, whatif.unmet

    assert run(story()) == ({"same"}, {"no-such-service", "no-such-agreement"})
