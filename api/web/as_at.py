"""Looking at an earlier day: what was known then, seen with what may be seen now, and nothing to be done from there."""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from api.problems import Flaw, ProblemError
from api.web.wording import moment
from domain.calendar import LONDON

AS_AT: Final = "as_at"
_MINUTE_WRITTEN: Final = len("2026-03-27T14:05")


class Step(msgspec.Struct, frozen=True):
    """A place on the slider: a moment as addresses and as people write it."""

    written: str
    said: str


def asked(query: Mapping[str, str], now: dt.datetime) -> dt.datetime | None:
    """The moment that is asked for; None for today, as for what is still to come. Raises ProblemError (400).

    A time without an offset is one of here. A minute is meant to its end: what the page calls 14:05 is in.
    """
    written = query.get(AS_AT, "")
    if not written:
        return None
    try:
        at = dt.datetime.fromisoformat(written)
    except ValueError:
        raise ProblemError("invalid-parameter", Flaw(f"?{AS_AT}", "not-a-time")) from None
    if len(written) <= _MINUTE_WRITTEN:
        at += dt.timedelta(seconds=59, microseconds=999_999)
    if at.tzinfo is None:
        at = at.replace(tzinfo=LONDON)
    try:
        at = at.astimezone(dt.UTC)
    except OverflowError:
        raise ProblemError("invalid-parameter", Flaw(f"?{AS_AT}", "not-a-time")) from None
    return None if at >= now else at


def written(at: dt.datetime) -> str:
    """A moment as it stands in an address."""
    return at.astimezone(dt.UTC).isoformat().replace("+00:00", "Z")


def typed(at: dt.datetime | None) -> str:
    """A moment as a field for a date and a time holds it."""
    return "" if at is None else at.astimezone(LONDON).replace(tzinfo=None).isoformat(timespec="minutes")


def steps(moments: Sequence[dt.datetime]) -> tuple[Step, ...]:
    """The places on the slider; the last stands for today."""
    return tuple(Step(written(one), moment(one)) for one in moments)


def place(moments: Sequence[dt.datetime], at: dt.datetime | None) -> int:
    """Where on the slider a moment is: at the latest step that had come by then; behind all of them for today."""
    if at is None:
        return len(moments)
    return max(0, sum(1 for one in moments if one <= at) - 1)
