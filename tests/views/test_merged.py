"""What is shown of a human with two records: to each agency what it saw before, until somebody reviewed the merge."""

import datetime as dt
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from application.readings.readings import Readings
from domain.actors import Actor
from domain.engagement import encounter
from domain.ids import AgencyId, EncounterId, PersonId
from domain.people import attributing, distinct, flags, merging
from domain.refusals import Unknown
from tests.views.histories import (
    CONSTABLE,
    COORDINATOR,
    HOUSING,
    KINDS,
    OFFICER,
    OTHER_COORDINATOR,
    SECOND_COORDINATOR,
    History,
    known,
    told,
)
from tests.views.test_reading import reading_of

A, B = PersonId("p-0"), PersonId("p-9")


@asynccontextmanager
async def merged() -> AsyncIterator[tuple[History, Readings]]:
    """The constable and the clinic know A; housing knows B and warned of them. Two coordinators merge B into A."""
    history = await History().begin()
    at = history.clock.now()
    assert await history.said(known(B, at), HOUSING), history.refused
    warning = told(
        flags.RaiseFlag,
        at=at,
        flag="f-1",
        person=B,
        kind="staff-safety",
        source="seen",
        expires_on=at.date() + dt.timedelta(days=30),
        reason="has a dog",
    )
    assert await history.said(warning, HOUSING), history.refused
    proposed = told(merging.ProposeMerge, at=at, merge="m-1", person=A, other=B, reason="same face")
    assert await history.said(proposed, COORDINATOR), history.refused
    assert await history.said(told(merging.DecideMerge, at=at, merge="m-1", agree=True), OTHER_COORDINATOR)
    yield history, reading_of(history)


async def reviewed(history: History, *agencies: str) -> None:
    review = told(
        merging.ReviewMerge, at=history.clock.now(), merge="m-1", agencies=frozenset(map(AgencyId, agencies or KINDS))
    )
    assert await history.said(review, SECOND_COORDINATOR), history.refused


async def lines(readings: Readings, viewer: Actor, person: PersonId) -> set[int]:
    return {one.position for one in (await readings.timelines.timeline(viewer, person)).items}


@pytest.mark.anyio
async def test_until_the_review_each_agency_sees_what_it_saw_of_each_record() -> None:
    async with merged() as (history, readings):
        assert (await readings.people.person(CONSTABLE, A)).same_human == ()
        with pytest.raises(Unknown):
            await readings.people.person(CONSTABLE, B)
        with pytest.raises(Unknown):
            await readings.people.person(HOUSING, A)
        before = await lines(readings, CONSTABLE, A)
        await reviewed(history)
        assert (await readings.people.person(CONSTABLE, A)).same_human == (B,)
        assert (await readings.people.person(HOUSING, A)).same_human == (B,)
        assert before < await lines(readings, CONSTABLE, A)


@pytest.mark.anyio
async def test_an_entry_names_no_other_record_to_who_may_not_know_of_it() -> None:
    async with merged() as (history, readings):
        at = history.clock.now()
        stranger = PersonId("p-8")
        assert await history.said(known(stranger, at), HOUSING), history.refused
        apart = told(distinct.MarkDistinct, at=at, person=A, other=stranger, reason="two faces")
        assert await history.said(apart, COORDINATOR), history.refused

        async def named(viewer: Actor, person: PersonId) -> tuple[tuple[PersonId, ...], ...]:
            row = (await readings.people.person(viewer, person)).shown.row
            return row.merged_from, row.unreviewed, row.distinct_from

        assert await named(COORDINATOR, A) == ((B,), (B,), (stranger,))
        assert await named(CONSTABLE, A) == ((), (), ())
        assert await named(HOUSING, B) == ((), (), ())


@pytest.mark.anyio
async def test_who_is_not_named_by_the_review_goes_on_as_before() -> None:
    async with merged() as (history, readings):
        await reviewed(history, "police", "csp")
        assert (await readings.people.person(CONSTABLE, A)).same_human == (B,)
        with pytest.raises(Unknown):
            await readings.people.person(HOUSING, A)


@pytest.mark.anyio
async def test_a_danger_is_told_to_all_who_may_see_either_record() -> None:
    async with merged() as (_, readings):
        page = await readings.people.person(CONSTABLE, A)
        assert [one.flag for one in page.shown.row.flags] == ["f-1"]
        assert [one.row.flag for one in (await readings.people.safety(CONSTABLE, A)).flags] == ["f-1"]


@pytest.mark.anyio
async def test_what_nobody_has_said_whose_it_is_is_for_those_alone_who_may_see_it_of_either() -> None:
    async with merged() as (history, readings):
        at = history.clock.now()
        met = told(encounter.RecordEncounter, at=at, encounter="enc-9", person=A, kind="welfare", offer="shelter")
        assert await history.said(met, OFFICER), history.refused
        assert [one.row.encounter for one in await readings.engagement.encounters(CONSTABLE, A)] == ["enc-9"]
        assert await history.said(told(merging.UnmergePersons, at=at, merge="m-1", reason="two"), COORDINATOR)
        assert await readings.engagement.encounters(CONSTABLE, A) == ()
        with pytest.raises(Unknown):
            await readings.engagement.encounter(CONSTABLE, EncounterId("enc-9"))
        assert (await readings.engagement.encounter(OFFICER, EncounterId("enc-9"))).row.encounter == "enc-9"
        assert [one.row.encounter for one in await readings.engagement.encounters(OFFICER, A)] == ["enc-9"], "its own"
        kept = told(
            attributing.AttributeRecords, at=at, merge="m-1", others=frozenset(), kept=frozenset({"encounter:enc-9"})
        )
        assert await history.said(kept, COORDINATOR), history.refused
        assert [one.row.encounter for one in await readings.engagement.encounters(CONSTABLE, A)] == ["enc-9"]


@pytest.mark.anyio
async def test_a_merge_waits_for_its_review_until_it_is_done_or_the_merge_undone() -> None:
    async with merged() as (history, readings):
        (waiting,) = (await readings.merges.merges_to_review(COORDINATOR)).items
        assert waiting.shown.row.merge == "m-1"
        assert not waiting.shown.row.overdue(history.clock.now().date())
        assert waiting.shown.row.overdue(history.clock.now().date() + dt.timedelta(days=8))
        await reviewed(history)
        assert (await readings.merges.merges_to_review(COORDINATOR)).items == ()


@pytest.mark.anyio
async def test_whoever_knows_the_record_alone_that_does_not_go_on_is_led_to_no_other() -> None:
    async with merged() as (history, readings):
        assert (await readings.people.person(COORDINATOR, B)).shown.row.merged_into == A
        assert (await readings.people.person(HOUSING, B)).shown.row.merged_into is None
        met = told(
            encounter.RecordEncounter,
            at=history.clock.now(),
            encounter="enc-9",
            person=B,
            kind="outreach",
            place="quay",
        )
        assert await history.said(met, HOUSING), history.refused
        assert [one.row.encounter for one in await readings.engagement.encounters(HOUSING, B)] == ["enc-9"]
        with pytest.raises(Unknown):
            await readings.people.person(HOUSING, A)
        assert await readings.engagement.encounters(CONSTABLE, A) == (), "nor is it told to those who know the other"
        await reviewed(history)
        assert (await readings.people.person(HOUSING, B)).shown.row.merged_into == A
