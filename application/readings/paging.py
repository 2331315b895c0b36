"""Lists are read in pages of at most 200 by an opaque cursor."""

import base64
from typing import Final, Generic, TypeVar

import msgspec

from application.ports import Listed, ReadRows
from application.views.view import View
from domain.refusals import Unreadable

R = TypeVar("R", bound=msgspec.Struct)
T = TypeVar("T")

LIMIT: Final = 200
OF_ONE_PERSON: Final = 2_000
"""More things of one kind than anybody has."""


class CursorUnreadable(Unreadable):
    """The cursor is none of ours."""

    code = "cursor-unreadable"
    rule = "A list is continued with the cursor that its last page gave."
    permitted_by = "Begin the list anew."


class Page(msgspec.Struct, Generic[T], frozen=True, kw_only=True):
    """A page of a list: what is on it, the cursor of the next one (None at the end), the position it was read at."""

    items: tuple[T, ...]
    next: str | None
    position: int


async def page_of(
    rows: ReadRows, view: View[R], scope: str, cursor: str | None, limit: int, *, descending: bool = False
) -> tuple[list[Listed[R]], str | None]:
    """The next rows of a list, and the cursor behind which there are more. Raises: CursorUnreadable."""
    begin = read_cursor(cursor, 2)
    limit = bounded(limit)
    after = (begin[0], begin[1]) if begin else None
    listed = await rows.listed(view, scope, after=after, limit=limit + 1, descending=descending)
    if len(listed) <= limit:
        return listed, None
    listed = listed[:limit]
    return listed, written_cursor((listed[-1].sort, listed[-1].key))


def bounded(limit: int) -> int:
    return max(1, min(limit, LIMIT))


def written_cursor(parts: tuple[str, ...]) -> str:
    return base64.urlsafe_b64encode(msgspec.json.encode(parts)).decode().rstrip("=")


def read_cursor(cursor: str | None, parts: int) -> tuple[str, ...] | None:
    if cursor is None:
        return None
    try:
        text = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        found = msgspec.json.decode(text, type=tuple[str, ...])
    except (ValueError, msgspec.DecodeError) as error:
        raise CursorUnreadable from error
    if len(found) != parts or any("\x00" in one for one in found):
        raise CursorUnreadable
    return found
