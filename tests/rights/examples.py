"""People whose record is held, kept or erased, and those who see to that."""

import asyncio
import datetime as dt
from collections.abc import Coroutine
from typing import Any, Final

from application.posting import see_in_post
from application.rights.erasing import Erasing
from domain.actors import Actor
from domain.people import merging
from domain.rights import erasure, legal_hold
from tests.views.histories import COORDINATOR, LOG, OTHER_COORDINATOR, PARTNERSHIP, History, actor, told

PRIVACY: Final = actor("csp", "privacy-officer")
ADA, BEN, CLEO = "p-0", "p-1", "p-2"


def run(story: Coroutine[Any, Any, None]) -> None:
    asyncio.run(story)


async def begun() -> History:
    """A constable met three people; somebody protects data."""
    history = await History().begin()
    await see_in_post(history.decider, PRIVACY, history.clock)
    return history


def erasing(history: History, keys: object | None = None) -> Erasing:
    return Erasing(history.decider, history.codec, keys or history.keys, history.clock.now)  # type: ignore[arg-type]


def proposed(history: History, person: str = ADA, one: str = "x-1", **more: Any) -> erasure.ProposeErasure:  # noqa: ANN401
    return told(
        erasure.ProposeErasure,
        at=history.clock.now(),
        erasure=one,
        person=person,
        ground="objection",
        reason="asked to be forgotten",
        **more,
    )


def ordered(history: History, person: str = ADA, one: str = "x-1") -> erasure.OrderErasure:
    return told(erasure.OrderErasure, at=history.clock.now(), erasure=one, person=person)


async def erased(history: History, person: str = ADA, one: str = "x-1", **more: Any) -> None:  # noqa: ANN401
    assert await history.said(proposed(history, person, one, **more), COORDINATOR), history.refused
    assert await history.said(ordered(history, person, one), PRIVACY), history.refused
    assert await erasing(history).carry_out(PARTNERSHIP)


async def refused(history: History, command: Any, by: Actor, code: str) -> None:  # noqa: ANN401
    before = len((await history.log.read(LOG)).events)
    assert not await history.said(command, by), "it was taken"
    assert code in history.refused, history.refused
    history.refused.clear()
    assert len((await history.log.read(LOG)).events) == before


async def merged(history: History, one: str, other: str, merge: str = "m-1") -> None:
    at = history.clock.now()
    asked = told(merging.ProposeMerge, at=at, merge=merge, person=one, other=other, reason="same face")
    assert await history.said(asked, COORDINATOR), history.refused
    assert await history.said(told(merging.DecideMerge, at=at, merge=merge, agree=True), OTHER_COORDINATOR)


def held(history: History, person: str = ADA, hold: str = "h-1", **more: Any) -> legal_hold.PlaceLegalHold:  # noqa: ANN401
    at = history.clock.now()
    fields: dict[str, Any] = {"matter": "inquest", "review_on": at.date() + dt.timedelta(days=90)}
    return told(legal_hold.PlaceLegalHold, at=at, hold=hold, person=person, reason="the coroner asked", **fields | more)


def lifted(history: History, person: str = ADA, hold: str = "h-1") -> legal_hold.LiftLegalHold:
    return told(legal_hold.LiftLegalHold, at=history.clock.now(), hold=hold, person=person, reason="it is over")
