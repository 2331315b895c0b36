"""Two partnerships of one installation that know nothing of each other but what they agreed."""

import datetime as dt
from itertools import pairwise
from typing import Any, Final

from domain.ids import PartnershipId
from tests.api.test_every_read import done
from tests.api.world import FENLAND, Caller, World

PETERBOROUGH = PartnershipId("peterborough")
DANA: Final = {"given_name": "Danuta", "family_name": "Kowalczyk", "born": "1985-03-27"}
AGREED: Final[dict[str, Any]] = {
    "agreement": "neighbours",
    "name": "People who move between the two",
    "contact_agency": "hub",
    "purposes": ["support", "prevention"],
    "categories": ["register", "engagement", "hub", "support"],
    "from_date": "2025-01-01",
    "review_date": "2030-01-01",
    "source": "signed on paper",
}


async def two(here: World) -> None:
    """Their agencies, which share everything within each."""
    for partnership in (FENLAND, PETERBOROUGH):
        await here.agencies(
            ("hub", "partnership"), ("police", "police"), ("recovery", "drug-and-alcohol"), partnership=partnership
        )


async def agree(here: World, *sides: PartnershipId, **otherwise: object) -> None:
    """Each of these sides enters the agreement."""
    for side in sides:
        administrator = await here.caller("administrator", "hub", partnership=side)
        partner = PETERBOROUGH if side == FENLAND else FENLAND
        await done(administrator, "/v1/partnership-agreements", AGREED | {"partner": partner} | otherwise)


async def entered(caller: Caller, person: dict[str, Any] = DANA, *, met: bool = True) -> str:
    """Somebody is searched for, entered and met."""
    search = (await caller.post("/v1/people/search", person)).json()
    answer = "none-of-these" if search["people"] else "nobody-found"
    entry = person | {"search": search["search"], "answer": answer, "identity": "stated"}
    made = (await done(caller, "/v1/people", entry))["person"]
    if met:
        await done(caller, f"/v1/people/{made}/encounters", {"kind": "outreach", "place": "The bus station"})
    return made


async def joined(here: World, partnership: PartnershipId, *records: str) -> None:
    """Each record goes on under the next."""
    coordinator, second = [
        await here.caller("hub-coordinator", "hub", worker=worker, partnership=partnership) for worker in ("ann", "bob")
    ]
    for other, person in pairwise(records):
        made = await done(coordinator, "/v1/merges", {"person": person, "other": other, "reason": "one passport"})
        await done(second, f"/v1/merges/{made['merge']}/decide", {"agree": True})


def later(here: World, days: int = 60) -> str:
    """A day to come."""
    return (here.today + dt.timedelta(days=days)).isoformat()
