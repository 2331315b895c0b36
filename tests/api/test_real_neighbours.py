"""Two partnerships on PostgreSQL: asked, handed over, and walled off from each other all the same."""

from pathlib import Path

import asyncpg
import pytest

from tests.api.neighbours import PETERBOROUGH, agree, entered, two
from tests.api.test_real_server import served
from tests.api.test_transfers import offered, told_yes
from tests.api.world import FENLAND
from tests.conftest import Database

pytestmark = pytest.mark.anyio

ENTER = """
SELECT set_config('hub.partnership', $1, TRUE), set_config('hub.agency', $2, TRUE), set_config('hub.reach', $3, TRUE)
"""


async def test_somebody_is_asked_about_and_handed_over_and_no_row_is_read_across(
    database: Database, tmp_path: Path
) -> None:
    async with served(database.app_url, tmp_path) as here:
        await two(here)
        await agree(here, FENLAND, PETERBOROUGH)
        officer = await here.caller("constable", "police", worker="jo")
        there = await here.caller("hub-coordinator", "hub", worker="sam", partnership=PETERBOROUGH)
        await entered(await here.caller("constable", "police", partnership=PETERBOROUGH))
        person = await entered(officer)
        asked = await officer.post(f"/v1/people/{person}/enquiries", {"partner": PETERBOROUGH, "purpose": "prevention"})
        assert asked.json()["answer"] == "known", asked.text
        await told_yes(officer, person, here)
        accepted = await there.post(f"/v1/transfers/{await offered(officer, person)}/accept")
        assert accepted.status_code == 201, accepted.text
        arrived = accepted.json()
        seen = await there.get(f"/v1/people/{arrived['person']}/history-received?after={arrived['position']}")
        assert [one["fact"]["kind"] for one in seen.json()["items"]] == ["encounter-recorded"]
        assert (await there.get(f"/v1/people/{person}")).status_code == 404
        await walled_off(database, person, arrived["person"])


async def walled_off(database: Database, person: str, arrived: str) -> None:
    """On whatever ground, each side reads rows of its own alone."""
    connection = await asyncpg.connect(database.app_url)
    try:
        for partnership, own, other in ((FENLAND, person, arrived), (PETERBOROUGH, arrived, person)):
            for agency in ("hub", "police", "*"):
                async with connection.transaction():
                    await connection.fetchrow(ENTER, partnership, agency, "register")
                    keys = {one["key"] for one in await connection.fetch("SELECT key FROM read_model")}
                    assert own in keys
                    assert not any(other in key for key in keys)
    finally:
        await connection.close()
