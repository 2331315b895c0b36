"""The demo's workers, as a page offers them: no password, and no such page anywhere but in the demo."""

from typing import Final

import msgspec

from api.demo import demo_worker, workers_in
from application.published.partnerships import PARTNERSHIPS
from domain.actors import Actor, Role
from domain.ids import AgencyId, PartnershipId


class DemoWorker(msgspec.Struct, frozen=True):
    """A worker who can be chosen."""

    worker: str
    agency: str
    role: Role
    partnership: PartnershipId


class DemoSignIn:
    """Who can be chosen in the demo."""

    def __init__(self) -> None:
        self.workers: Final = tuple(
            DemoWorker(worker, agency, role, partnership)
            for partnership in PARTNERSHIPS
            for worker, agency, role in workers_in(partnership)
        )

    def actor(self, worker: str, partnership: str) -> Actor | None:
        """The worker of that name; None where the demo has none."""
        for one in self.workers:
            if (one.worker, one.partnership) == (worker, partnership):
                return demo_worker(one.partnership, AgencyId(one.agency), one.worker, one.role)
        return None
