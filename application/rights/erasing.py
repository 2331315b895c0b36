"""Carries an ordered erasure out: destroys the keys of each record, then says so. Interrupted, it is taken up again.

What was attributed to the person or away from them is sealed under the keys of whoever it is of first, so that the
destruction meets all that is theirs and nothing else (ADR 0027). Each step may be done twice.
"""

import datetime as dt
from collections.abc import Callable

from application.deciding import Decider
from application.ports import Codec, KeyStore, log_of
from application.resealing import reseal_all
from domain.actors import Actor
from domain.ids import AgencyId, PartnershipId, WorkerId
from domain.rights.erasure import CompleteErasure, erasures


class Erasing:
    """Destroys keys as it was ordered."""

    def __init__(self, decider: Decider, codec: Codec, keys: KeyStore, now: Callable[[], dt.datetime]) -> None:
        self._decider = decider
        self._codec = codec
        self._keys = keys
        self._now = now

    async def carry_out(self, partnership: PartnershipId) -> int:
        """Whatever was ordered in a partnership and is not done: how many records were erased.

        Raises: LogUnavailable, LogBusy.
        """
        known = await self._decider.know(partnership)(erasures())
        ordered = [one for one in known.values() if one.keys_left]
        if not ordered:
            return 0
        log = log_of(partnership)
        await reseal_all(self._decider.log, self._codec, log)
        by = Actor(worker=WorkerId("follow-up"), agency=AgencyId("follow-up"), role="system", partnership=partnership)
        done = 0
        for one in ordered:
            for person in sorted(one.keys_left):
                await self._keys.destroy(partnership, person)
                await self._decider.decide(CompleteErasure(at=self._now(), erasure=one.id, person=person), by)
                done += 1
        return done
