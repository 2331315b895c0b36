"""A person is erased: by two people, for a ground in law, with all records that were merged; what is left proves."""

from typing import Any

import pytest

from adapters.memory_read_models import MemoryReadModels
from adapters.person_keys import BlindPersonKeys
from application.ports import Unsealer
from application.redeciding import Redeciding
from application.views import VIEWS
from domain.engagement import encounter
from domain.facts import Sealed
from domain.ids import EncounterId, ErasureId, PersonId, WorkerId
from domain.people import describing, flags, merging
from domain.people.erased import ErasureCompleted, ErasureOrdered, PersonErased
from domain.rights import erasure
from domain.support import referral
from tests.people.examples import ANNA
from tests.rights import asking
from tests.rights.asking import KNOWN, NOW
from tests.rights.examples import (
    ADA,
    BEN,
    CLEO,
    PRIVACY,
    begun,
    erased,
    erasing,
    held,
    lifted,
    merged,
    ordered,
    proposed,
    refused,
    run,
)
from tests.views.histories import (
    CONSTABLE,
    COORDINATOR,
    HOUSING,
    LOG,
    OTHER_COORDINATOR,
    PARTNERSHIP,
    SYSTEM,
    History,
    known,
    sent,
    told,
)


async def opened(history: History, person: str) -> list[str]:
    """What can be read of what was recorded with a person named in it, under whomever it is sealed."""
    texts: list[str] = []
    unsealer: Unsealer = history.codec
    for one in await history.recorded():
        fact = one.fact
        values = [getattr(fact, name) for name in fact.__struct_fields__]
        if getattr(fact, "person", None) == person:
            texts += [text for text in unsealer.open_all([v for v in values if isinstance(v, Sealed)]) if text]
    return texts


def test_two_people_erase_somebody_and_nothing_of_them_can_be_read() -> None:
    async def story() -> None:
        history = await begun()
        assert await opened(history, ADA)
        leaves = [one.entry for one in (await history.log.read(LOG)).events]
        await erased(history)
        assert not [text for text in await opened(history, ADA) if text]
        after = [one.entry for one in (await history.log.read(LOG)).events]
        assert after[: len(leaves)] == leaves, "the events stay, and still prove"
        facts = [one.fact for one in await history.recorded()]
        assert [type(one) for one in facts[-2:]] == [ErasureOrdered, ErasureCompleted]
        assert isinstance(facts[-1], ErasureCompleted)
        assert facts[-1].ordered_by == PRIVACY.worker
        assert await opened(history, BEN), "other people's stay"

    run(story())


def test_the_one_who_proposed_does_not_order_and_one_of_both_is_the_privacy_officer() -> None:
    async def story() -> None:
        history = await begun()
        assert await history.said(proposed(history), COORDINATOR)
        await refused(history, ordered(history), COORDINATOR, "two-people-erase")
        await refused(history, ordered(history), OTHER_COORDINATOR, "privacy-officer-erases")
        await refused(history, ordered(history), CONSTABLE, "not-permitted")
        await refused(history, proposed(history, one="x-2"), PRIVACY, "erasure-waits")
        declined = told(
            erasure.DeclineErasure, at=history.clock.now(), erasure="x-1", person=ADA, reason="a claim may come"
        )
        assert await history.said(declined, OTHER_COORDINATOR)
        await refused(history, ordered(history), PRIVACY, "erasure-decided")
        assert await history.said(proposed(history, one="x-2"), PRIVACY)
        assert await history.said(ordered(history, one="x-2"), COORDINATOR), "whichever of the two it is"

    run(story())


def test_a_legal_hold_wins() -> None:
    async def story() -> None:
        history = await begun()
        assert await history.said(proposed(history), COORDINATOR)
        assert await history.said(held(history), PRIVACY)
        await refused(history, ordered(history), PRIVACY, "legal-hold")
        assert await history.said(lifted(history), COORDINATOR)
        assert await history.said(ordered(history), PRIVACY)

    run(story())


def test_a_hold_on_a_merged_record_holds_the_whole_human() -> None:
    async def story() -> None:
        history = await begun()
        assert await history.said(held(history, BEN), PRIVACY)
        await merged(history, ADA, BEN)
        await refused(history, proposed(history), COORDINATOR, "legal-hold")

    run(story())


def test_what_is_open_ends_first_or_is_left_with_a_reason_and_can_still_end_without_words() -> None:
    async def story() -> None:
        history = await begun()
        assert await history.said(sent(ADA, COORDINATOR, history.clock.now(), "0", 1), COORDINATOR), history.refused
        await refused(history, proposed(history), COORDINATOR, "still-open")
        await erased(history, why_left_open="the clinic closed down")
        at = history.clock.now()
        sent_one = next(one.fact for one in await history.recorded() if isinstance(one.fact, referral.ReferralSent))
        withdrawn = told(referral.WithdrawReferral, at=at, referral=sent_one.referral, note="has moved away")
        await refused(history, withdrawn, COORDINATOR, "person-erased")
        assert await history.said(told(referral.WithdrawReferral, at=at, referral=sent_one.referral), COORDINATOR), (
            history.refused
        )

    run(story())


def test_what_was_begun_after_the_proposal_is_decided_upon_first() -> None:
    async def story() -> None:
        history = await begun()
        assert await history.said(proposed(history), COORDINATOR)
        assert await history.said(sent(ADA, COORDINATOR, history.clock.now(), "0", 1), COORDINATOR), history.refused
        await refused(history, ordered(history), PRIVACY, "opened-since")

    run(story())


def test_a_merged_human_is_erased_whole_under_the_record_that_goes_on() -> None:
    async def story() -> None:
        history = await begun()
        assert await history.said(proposed(history, CLEO, "x-3"), COORDINATOR)
        await merged(history, ADA, BEN)
        await refused(history, proposed(history, BEN), COORDINATOR, "merged-into-another")
        await merged(history, CLEO, ADA, "m-2")
        await refused(history, ordered(history, CLEO, "x-3"), PRIVACY, "records-changed")
        declined = told(erasure.DeclineErasure, at=history.clock.now(), erasure="x-3", person=CLEO, reason="merged")
        assert await history.said(declined, COORDINATOR)
        await erased(history, CLEO, "x-4")
        for one in (ADA, BEN, CLEO):
            assert not await opened(history, one)
        undone = told(merging.UnmergePersons, at=history.clock.now(), merge="m-1", reason="two after all")
        await refused(history, undone, COORDINATOR, "person-erased")

    run(story())


def test_whose_things_are_is_said_before_either_is_erased() -> None:
    async def story() -> None:
        history = await begun()
        await merged(history, ADA, BEN)
        met = told(
            encounter.RecordEncounter,
            at=history.clock.now(),
            encounter=EncounterId("enc-x"),
            person=ADA,
            kind="welfare",
            place="the green",
            offer="health",
        )
        assert await history.said(met, CONSTABLE), history.refused
        undone = told(merging.UnmergePersons, at=history.clock.now(), merge="m-1", reason="two after all")
        assert await history.said(undone, COORDINATOR)
        await refused(history, proposed(history), COORDINATOR, "ended-first")

    run(story())


@pytest.mark.parametrize("name", ["a name", "a warning", "a merge", "a look", "another warning"])
def test_nobody_writes_of_who_was_erased(name: str) -> None:
    async def story() -> None:
        history = await begun()
        await erased(history)
        at = history.clock.now()
        warning = {"kind": "keep-apart", "source": "seen", "expires_on": at.date(), "reason": "fought"}
        commands = {
            "a name": told(describing.AddAlias, at=at, person=ADA, detail="d-1", nickname="Smiler"),
            "a warning": told(flags.RaiseFlag, at=at, flag="f-1", person=ADA, other=BEN, **warning),
            "another warning": told(flags.RaiseFlag, at=at, flag="f-1", person=BEN, other=ADA, **warning),
            "a merge": told(merging.ProposeMerge, at=at, merge="m-1", person=BEN, other=ADA, reason="same face"),
            "a look": proposed(history, one="x-2"),
        }
        await refused(history, commands[name], COORDINATOR, "person-erased")

    run(story())


def test_who_was_erased_is_proposed_no_more() -> None:
    """Nor is anybody told first of what else would be in the way."""
    gone = ErasureOrdered(
        at=NOW,
        erasure=ErasureId("x-1"),
        person=ANNA,
        ground="objection",
        proposed_by=WorkerId("one"),
        ordered_by=WorkerId("other"),
    )
    proposal = erasure.ProposeErasure(
        at=NOW, erasure=ErasureId("x-2"), person=ANNA, ground="objection", reason="asked again"
    )
    KNOWN.and_given(gone).when(proposal, asking.PRIVACY).then_refused(PersonErased)


class Interrupted(Exception):  # noqa: N818 - an outcome
    """Somebody pulled the plug."""


class Failing:
    """Keys that are destroyed, or not, when the plug is pulled."""

    def __init__(self, keys: Any, *, destroys: bool) -> None:  # noqa: ANN401
        self.keys, self.destroys = keys, destroys

    async def destroy(self, partnership: Any, subject: str) -> int:  # noqa: ANN401
        if self.destroys:
            await self.keys.destroy(partnership, subject)
        raise Interrupted


@pytest.mark.parametrize("destroys", [False, True])
def test_an_interrupted_erasure_is_taken_up_again(*, destroys: bool) -> None:
    async def story() -> None:
        history = await begun()
        await merged(history, ADA, BEN)
        assert await history.said(proposed(history), COORDINATOR), history.refused
        assert await history.said(ordered(history), PRIVACY), history.refused
        with pytest.raises(Interrupted):
            await erasing(history, Failing(history.keys, destroys=destroys)).carry_out(PARTNERSHIP)
        assert await erasing(history).carry_out(PARTNERSHIP) == 2
        assert await erasing(history).carry_out(PARTNERSHIP) == 0
        assert not await opened(history, ADA)
        assert not await opened(history, BEN)

    run(story())


def test_rows_say_that_somebody_was_erased_and_nobody_finds_or_suspects_them_again() -> None:
    async def story() -> None:
        history = await begun()
        double = known("p-9", history.clock.now())
        assert await history.said(double, HOUSING)
        assert await history.said(
            told(describing.AddAlias, at=history.clock.now(), person="p-9", detail="d-9", given_name="Given-p-0"),
            HOUSING,
        )
        keys = BlindPersonKeys(history.codec, lambda _: b"k" * 32)
        models = MemoryReadModels(history.log, history.codec, VIEWS, keys)
        await erased(history)
        rows, _ = await models.brought_forward(LOG)
        row = rows["person"][ADA]
        assert (row.erasure, row.given_name, row.flags) == ("completed", None, ())
        assert ADA not in rows["retention"]
        async with models.open(LOG, None) as reading:
            assert not [one for one in await reading.pairs(limit=10) if ADA in (one.person, one.other)]

    run(story())


def test_the_decisions_about_who_was_erased_cannot_be_made_again_and_say_why() -> None:
    async def story() -> None:
        history = await begun()
        await erased(history)
        again = Redeciding(history.log, history.codec, history.codec, LOG)
        found = {one.why async for one in again.all() if one.command == "RegisterPerson"}
        assert found == {None, "arguments-erased"}

    run(story())


def test_only_the_system_says_that_keys_are_destroyed_and_only_where_it_was_ordered() -> None:
    async def story() -> None:
        history = await begun()
        assert await history.said(proposed(history), COORDINATOR)
        done = told(erasure.CompleteErasure, at=history.clock.now(), erasure="x-1", person=PersonId(ADA))
        await refused(history, done, PRIVACY, "only-system-completes")
        await refused(history, done, SYSTEM, "erasure-not-ordered")

    run(story())


def test_no_machine_decides_whom_to_forget() -> None:
    async def story() -> None:
        history = await begun()
        await refused(history, proposed(history), SYSTEM, "humans-erase")
        assert await history.said(proposed(history), COORDINATOR)
        await refused(history, ordered(history), SYSTEM, "humans-erase")
        await refused(history, proposed(history), OTHER_COORDINATOR, "already-exists")

    run(story())
