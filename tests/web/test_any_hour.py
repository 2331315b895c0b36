"""The demo is loaded and looked at as well by night, on the last day of a month, and while a day ends."""

import datetime as dt

import pytest

from api import wiring
from api.demo import BENCHES, load
from tests.api.world import SetClock
from tests.web.site import serving
from tests.web.visitor import Visitor

pytestmark = pytest.mark.anyio

PAGES = ("/", "/hub-days", "/encounters/new", "/referrals", "/work", "/reports", "/keeping", "/rights", "/merges")


class Passing(SetClock):
    """A clock that goes on whenever somebody looks at it."""

    def now(self) -> dt.datetime:
        """A little later than before."""
        self.pass_by(milliseconds=20)
        return self.at


@pytest.mark.parametrize(
    "clock",
    [
        Passing(dt.datetime(2026, 12, 31, 23, 59, 40, tzinfo=dt.UTC)),
        SetClock(dt.datetime(2028, 2, 29, 22, 45, tzinfo=dt.UTC)),
        SetClock(dt.datetime(2027, 3, 28, 0, 59, tzinfo=dt.UTC)),
        SetClock(dt.datetime(2026, 6, 30, 23, 30, tzinfo=dt.UTC)),
    ],
    ids=["a year ends", "a leap day", "the hour is skipped", "it is tomorrow in London"],
)
async def test_the_demo_is_loaded_and_looked_at_at_any_hour(clock: SetClock) -> None:
    async with serving(wiring.in_memory(clock), clock, demo=True) as site:
        await load(site.hub, lambda _: None)
        for worker in ("coordinator", "privacy-officer"):
            async with Visitor(site) as visitor:
                await visitor.sign_in(worker, BENCHES)
                for path in PAGES:
                    seen = await visitor.open(path)
                    assert seen.status < 500, (worker, path)
                    assert (seen.status, worker) in {(200, worker), (403, "privacy-officer")}, (worker, path)
