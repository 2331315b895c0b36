"""Whose keys were destroyed, and which epochs there were: a list outside of every database (HUB_DESTROYED).

A database and its keys that are both brought back from old backups know nothing of an erasure since. This list does: it
is applied before anything is opened. Its lines hold ids and no names, and are never taken out.
"""

import datetime as dt
from pathlib import Path
from typing import Final

import msgspec

from adapters.spool import DiskSpool, whole_lines
from domain.ids import PartnershipId

MOMENT: Final = "microseconds"


class Destroyed(msgspec.Struct, frozen=True, tag="destroyed", tag_field="line"):
    """Every key of a subject that was made until then."""

    at: str
    partnership: PartnershipId
    subject: str


class Moved(msgspec.Struct, frozen=True, tag="epoch", tag_field="line"):
    """An epoch began, and nothing of those before opens."""

    at: str
    epoch: int


_decode = msgspec.json.Decoder(Destroyed | Moved).decode


class DestroyedList:
    """The list. None, where an installation keeps none: for tests and measurements."""

    def __init__(self, path: Path | None) -> None:
        self._path = path

    async def add(self, line: Destroyed | Moved) -> None:
        """Durable when this returns. Raises: OSError."""
        if self._path is not None:
            await DiskSpool(self._path).keep(msgspec.json.encode(line))

    def destroyed(self) -> list[Destroyed]:
        """Whose keys must not be there."""
        return [one for one in self._lines() if isinstance(one, Destroyed)]

    def epoch(self) -> int:
        """The last epoch that began; 0 where none is known of."""
        return max((one.epoch for one in self._lines() if isinstance(one, Moved)), default=0)

    def _lines(self) -> list[Destroyed | Moved]:
        return [] if self._path is None else [_decode(one) for one in whole_lines(self._path)]


def now() -> str:
    """This moment, as keys are dated."""
    return dated(dt.datetime.now(dt.UTC))


def dated(at: dt.datetime) -> str:
    """A moment as keys and this list are dated: comparable as text."""
    return at.astimezone(dt.UTC).isoformat(timespec=MOMENT)
