"""Carries an ordered erasure out: destroys the keys of each record, then says so. Interrupted, it is taken up again.

What was attributed to the person or away from them is sealed under the keys of whoever it is of first, so that the
destruction meets all that is theirs and nothing else (ADR 0027). Each step may be done twice.
"""

import datetime as dt
from collections.abc import Callable
from typing import Final

import msgspec

from application.deciding import Decider
from application.ports import Codec, KeyStore, log_of
from application.resealing import reseal_all
from domain.actors import Actor
from domain.facts import Instant
from domain.ids import AgencyId, PartnershipId, WorkerId
from domain.rights.erasure import CompleteErasure, erasures

CARRIED_OUT_WITHIN: Final = dt.timedelta(minutes=10)
"""Whoever runs the hub is told of what is not done by then (ours): it takes a minute where nothing is wrong."""


class Waiting(msgspec.Struct, frozen=True):
    """What was ordered to be erased and is not: how many records, and since when the first waits."""

    records: int = 0
    since: Instant | None = None

    def seconds(self, now: Instant) -> float:
        """How long the first has waited; 0 where none does."""
        return 0.0 if self.since is None else (now - self.since).total_seconds()

    def overdue(self, now: Instant) -> bool:
        """Whether something is in the way."""
        return self.since is not None and now - self.since > CARRIED_OUT_WITHIN


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

    async def waiting(self, partnership: PartnershipId | None = None) -> Waiting:
        """What waits in a partnership, or in all of them. Raises: LogUnavailable."""
        logs = await self._decider.log.heads() if partnership is None else [log_of(partnership)]
        ordered = [
            one
            for log in logs
            if log == log_of(PartnershipId(log.partition("/")[0]))
            for one in (await self._decider.folds.fold(log, erasures()))[0].values()
            if one.keys_left
        ]
        since = min((one.decided_at for one in ordered if one.decided_at is not None), default=None)
        return Waiting(sum(len(one.keys_left) for one in ordered), since)
