"""One canonical line of JSON for each request: ids, codes and times; never a body, a query string or a message."""

import datetime as dt
import sys
import traceback
from collections.abc import Mapping, MutableMapping
from pathlib import Path
from typing import Any, BinaryIO, Final, cast

import msgspec
import structlog

FRAMES: Final = 12


def logger(stream: BinaryIO | None = None) -> structlog.typing.FilteringBoundLogger:
    """Writes lines to a stream, standard error unless said otherwise."""
    made = structlog.wrap_logger(
        structlog.BytesLogger(stream or sys.stderr.buffer),
        processors=[_moment, _line],
        wrapper_class=structlog.BoundLogger,
        cache_logger_on_first_use=True,
    )
    return cast("structlog.typing.FilteringBoundLogger", made)


def where(error: BaseException) -> Mapping[str, object]:
    """What an unforeseen error was and where: its type and the lines of code, not its words, which may hold values."""
    frames = traceback.extract_tb(error.__traceback__)[-FRAMES:]
    return {
        "error": type(error).__qualname__,
        "at": [f"{Path(frame.filename).name}:{frame.lineno} {frame.name}" for frame in frames],
        "cause": None if error.__cause__ is None else type(error.__cause__).__qualname__,
    }


def _moment(_logger: object, method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    return {"time": dt.datetime.now(dt.UTC), "level": method, **event}


def _line(_logger: object, _method: str, event: MutableMapping[str, Any]) -> bytes:
    return msgspec.json.encode(event)
