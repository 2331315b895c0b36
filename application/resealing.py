"""Seals what was attributed to another person under that person's keys: erasing either destroys their own alone.

Only the sealed part beside a leaf is replaced; the leaf, its hash and its commitments stay (ADR 0027). What was sealed
anew is passed over: whoever was interrupted begins again.
"""

from collections.abc import Sequence

from application.attributed import EVERY_ATTRIBUTION
from application.ports import Codec, EventLog, LogId
from domain.people.attributing import Attributed, RecordsAttributed


async def every_attribution(log: EventLog, codec: Codec, of: LogId) -> tuple[list[RecordsAttributed], int]:
    """What was ever said of whose things are, in order; and the head that was seen. Raises LogUnavailable."""
    page = await log.read(of, EVERY_ATTRIBUTION)
    facts = (codec.fact(one) for one in page.events)
    return [fact for fact in facts if isinstance(fact, RecordsAttributed)], page.head


async def reseal_all(log: EventLog, codec: Codec, of: LogId) -> int:
    """Seal anew whatever was ever attributed; due before anybody's keys are destroyed. Raises LogUnavailable."""
    said, _ = await every_attribution(log, codec, of)
    return await reseal(log, codec, of, said)


async def reseal(log: EventLog, codec: Codec, of: LogId, said: Sequence[RecordsAttributed]) -> int:
    """Seal anew whatever lies under the keys of somebody whose it is not; how many events. Raises LogUnavailable."""
    attributed = Attributed(said)
    done = 0
    for position in sorted(attributed.positions):
        page = await log.read(of, after=position - 1, limit=1, sealed=True)
        for stored in page.events:
            sealed = await codec.resealed(of, stored, attributed.of(codec.fact(stored), position))
            if sealed is not None and stored.sealed is not None:
                done += await log.reseal(of, position, stored.sealed, sealed)
    return done
