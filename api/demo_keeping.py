"""What keeps and ends records in the demo: one to be looked at, one held, one proposed to be erased, and one erased.

The people are made up, and marked so. They were entered, and nothing else happened with them: no figure counts them.
As with the demo's present day, what was interrupted is completed, and nothing is done twice.
"""

import datetime as dt
from collections.abc import Iterator
from typing import Final

from api.demo_life import Life, Someone
from api.hub import Hub
from domain.actors import Actor
from domain.calendar import civil_date
from domain.facts import Command
from domain.ids import ErasureId, HoldId, PartnershipId
from domain.rights.erasure import OrderErasure, ProposeErasure
from domain.rights.legal_hold import PlaceLegalHold

KEEPS_IN: Final = PartnershipId("fenland")
YEARS: Final = dt.timedelta(days=7 * 366)
"""Longer ago than the norm for which a record is kept."""
RECENTLY: Final = dt.timedelta(days=90)
OLD: Final = Someone(
    entered_by="coordinator", name="wilfred", given_name="Wilfred", family_name="Synthetic", born=dt.date(1951, 9, 2)
)
FORGOTTEN: Final = Someone(
    entered_by="coordinator", name="ottoline", given_name="Ottoline", family_name="Synthetic", born=dt.date(1947, 4, 19)
)
HELD: Final = Someone(
    entered_by="coordinator", name="clement", given_name="Clement", family_name="Synthetic", born=dt.date(1979, 12, 8)
)
ASKS: Final = Someone(
    entered_by="coordinator", name="rosalind", given_name="Rosalind", family_name="Synthetic", born=dt.date(1990, 6, 23)
)


async def keep_and_erase(hub: Hub, workers: dict[str, Actor]) -> None:
    """Enter them, hold one, and erase another; an erasure that was ordered is carried out."""
    life = Life(hub, workers)
    await life.complete("keeping", tuple(_acts(life, hub.clock.now())))
    await hub.erasing.carry_out(life.partnership)


def _acts(life: Life, now: dt.datetime) -> Iterator[tuple[str, Command]]:
    _, acts = life.enters(OLD, now - YEARS)
    yield from acts
    yield from _erased(life, now)
    yield from _held(life, now)
    yield from _asks(life, now)


def _erased(life: Life, now: dt.datetime) -> Iterator[tuple[str, Command]]:
    person, acts = life.enters(FORGOTTEN, now - YEARS)
    yield from acts
    erasure = ErasureId("demo-forgotten")
    reason = "Not seen for seven years, and nothing is open."
    proposed = ProposeErasure(at=now, erasure=erasure, person=person, ground="retention-ended", reason=reason)
    yield "coordinator", proposed
    yield "privacy-officer", OrderErasure(at=now, erasure=erasure, person=person)


def _held(life: Life, now: dt.datetime) -> Iterator[tuple[str, Command]]:
    person, acts = life.enters(HELD, now - RECENTLY)
    yield from acts
    placed = PlaceLegalHold(
        at=now,
        hold=HoldId("demo-complaint"),
        person=person,
        matter="complaint",
        review_on=civil_date(now) + dt.timedelta(days=60),
        reason="He complained of how he was moved on in the market. The record is kept until that is answered.",
    )
    yield "privacy-officer", placed


def _asks(life: Life, now: dt.datetime) -> Iterator[tuple[str, Command]]:
    person, acts = life.enters(ASKS, now - RECENTLY)
    yield from acts
    proposed = ProposeErasure(
        at=now,
        erasure=ErasureId("demo-objection"),
        person=person,
        ground="objection",
        reason="She wrote that she does not want to be on record. She was not met again, and nothing is open.",
    )
    yield "coordinator", proposed
