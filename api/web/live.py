"""Pages that are told of changes: by server-sent events that say only "something here moved", and nothing of what.

The page then asks again for what it shows, as its viewer may see it. Who listens is asked every few seconds whether
they still may: a session that ended, or what no longer concerns them, ends the stream.
"""

import asyncio
from collections import Counter
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from api.problems import ProblemError, retry_after
from api.serving import JSON_MANNER, Answer, Call
from api.web.routes import Position
from application.access import NotShown
from application.identity import Token
from application.ports import LogId, LogUnavailable, ReadModels, log_of
from domain.actors import Actor
from domain.refusals import Refusal

if TYPE_CHECKING:
    from api.web.web import Web

EVENTS: Final = b"text/event-stream"
SEEN: Final = "seen"
"""The position that the page has, for its first connection; afterwards the browser says it itself."""
UNKEPT: Final = ((b"cache-control", b"no-store"), (b"x-accel-buffering", b"no"))
"""Neither kept nor held back by anything on the way."""
LOOK_SECONDS: Final = 0.5
CHECK_SECONDS: Final = 3.0
BEATS: Final = 4
"""After so many checks without a change, something is sent all the same, so that a dead connection is noticed."""
OF_ONE_SESSION: Final = 6
OF_ALL: Final = 500
AGAIN: Final = b"retry: 3000\n\n"
BEAT: Final = b": \n\n"
ENDED: Final = b"event: ended\ndata:\n\n"


class Watch:
    """The views of one log, looked at for all who listen."""

    def __init__(self, models: ReadModels, log: LogId) -> None:
        self.position = 0
        self.listeners = 0
        self._models = models
        self._log = log
        self._moved = asyncio.Event()
        self.looking = asyncio.ensure_future(self._look())

    async def beyond(self, position: int, seconds: float) -> int:
        """The position of the views once it is beyond another one, or as it is after so many seconds."""
        try:
            async with asyncio.timeout(seconds):
                while self.position <= position:
                    await self._moved.wait()
        except TimeoutError:
            pass
        return self.position

    async def _look(self) -> None:
        while True:
            try:
                async with self._models.open(self._log, None) as rows:
                    position = rows.position
            except LogUnavailable:
                position = self.position
            if position > self.position:
                self.position = position
                moved, self._moved = self._moved, asyncio.Event()
                moved.set()
            await asyncio.sleep(LOOK_SECONDS)


class Watches:
    """A watch for each log of which anybody wants to hear."""

    def __init__(self, models: ReadModels) -> None:
        self._models = models
        self._watches: dict[LogId, Watch] = {}
        self._of_session: Counter[str] = Counter()

    def watched(self) -> tuple[Watch, ...]:
        """What is looked at now."""
        return tuple(self._watches.values())

    def join(self, log: LogId, session: str) -> Watch:
        """Begin to listen. Raises ProblemError (429)."""
        if self._of_session[session] >= OF_ONE_SESSION or self._of_session.total() >= OF_ALL:
            raise ProblemError("too-many-requests", headers=retry_after(3))
        watch = self._watches.get(log) or self._watches.setdefault(log, Watch(self._models, log))
        watch.listeners += 1
        self._of_session[session] += 1
        return watch

    def leave(self, log: LogId, session: str) -> None:
        """Listen no more; where nobody does, nothing is looked at."""
        watch = self._watches[log]
        watch.listeners -= 1
        if not watch.listeners:
            del self._watches[log]
            watch.looking.cancel()
        self._of_session[session] -= 1
        if not self._of_session[session]:
            del self._of_session[session]


class Changes:
    """The stream of one page."""

    def __init__(self, web: "Web", call: Call, token: Token, position: Position, seen: int) -> None:
        self._web = web
        self._headers = call.headers
        self._ids = call.ids
        self._token = token
        self._position = position
        self._seen = seen
        self._log = log_of(token.actor.partnership)
        self._watch: Watch | None = web.watches.join(self._log, token.id)
        self._looked = -1
        self._greeted = self._ended = False

    async def next(self) -> bytes | None:
        """That the page changed, that the session ended, or nothing, to keep the connection."""
        if self._ended or self._watch is None:
            return None
        if not self._greeted:
            self._greeted = True
            return AGAIN
        for _ in range(BEATS):
            self._looked = await self._watch.beyond(self._looked, CHECK_SECONDS)
            try:
                position = await self._seen_now()
            except (Refusal, ProblemError):
                self._ended = True
                return ENDED
            except LogUnavailable:
                continue
            if position != self._seen:
                self._seen = position
                return b"id: %d\nevent: moved\ndata:\n\n" % position
        return BEAT

    async def _seen_now(self) -> int:
        token = await self._web.session(self._headers)
        if token.id != self._token.id:
            raise ProblemError("unauthenticated")
        return await seen_now(self._web, self._position, token.actor, self._ids)

    def close(self) -> None:
        """Listen no more."""
        if self._watch is not None:
            self._watch = None
            self._web.watches.leave(self._log, self._token.id)


async def seen_now(web: "Web", position: Position, viewer: Actor, ids: Mapping[str, str]) -> int:
    """The position of what somebody may see of a page now, all read at one moment. Raises as the page itself does.

    Nothing of it leaves but the position; the page that asks again then is what is shown.
    """
    async with web.hub.snapshot(viewer, NotShown()) as snapshot:
        return await position(web.hub.of(snapshot), viewer, ids)


class Living:
    """Where a page listens for its changes."""

    manner = JSON_MANNER
    open = True  # who it is, is found out here, as at every screen
    takes_body = False
    parameters = frozenset({SEEN})
    produces = EVENTS

    def __init__(self, web: "Web", position: Position) -> None:
        self._web = web
        self._position = position

    async def __call__(self, call: Call) -> Answer:
        """Begin a stream, for somebody who may see what it tells of. Raises as the page itself does."""
        try:
            token = call.token = await self._web.session(call.headers)
        except ProblemError as error:
            if error.code != "unauthenticated":
                raise
            return Answer(ENDED, media_type=EVENTS, headers=UNKEPT)  # the page finds out what is to be done
        now = await seen_now(self._web, self._position, token.actor, call.ids)
        changes = Changes(self._web, call, token, self._position, last_seen(call.headers, call.query, now))
        return Answer(
            b"", 200, EVENTS, ((b"cache-control", b"no-store"), (b"x-accel-buffering", b"no")), stream=changes
        )


def last_seen(headers: Mapping[bytes, bytes], query: Mapping[str, str], now: int) -> int:
    """The position that a page shows, as its browser says; as of now where it says nothing."""
    text = headers.get(b"last-event-id", b"").decode("ascii", "replace") or query.get(SEEN, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else now  # noqa: PLR2004 - 64 bits
