"""Who is calling: the bearer token of a request, looked up for each, so that what ended opens nothing from then on.

No answer is remembered. Requests that come while a look-up is under way are looked up together, after it: one statement
serves all of them, and none rests on what was known before it came.
"""

import asyncio
import re
from collections.abc import Awaitable, Callable
from typing import Final

import msgspec

from api.problems import ProblemError
from application.identity import PREFIX, Token, Tokens, digest
from application.ports import Clock
from domain.actors import Actor

TOGETHER: Final = 200
"""So many tokens at most are looked up by one statement."""
CHALLENGE: Final = (b"www-authenticate", b'Bearer realm="hub"')
REFUSED: Final = (b"www-authenticate", b'Bearer realm="hub", error="invalid_token"')

_BEARER = re.compile(rb"bearer +(" + PREFIX.encode() + rb"[A-Za-z0-9_-]{43}) *", re.IGNORECASE)

Asked = asyncio.Future[Token | None]


class SigningIn:
    """Knows the holders of the tokens that are in use."""

    def __init__(self, tokens: Tokens, clock: Clock, acting: Callable[[Actor], Awaitable[Actor]]) -> None:
        """`acting` says who somebody is by the post that they hold, whatever they held when their token was made."""
        self._tokens = tokens
        self._acting = acting
        self._clock = clock
        self._waiting: dict[bytes, Asked] = {}
        self._asking: asyncio.Task[None] | None = None

    async def holder(self, header: bytes | None) -> Token:
        """The live token that an Authorization header holds.

        Raises: ProblemError (401); LogUnavailable.
        """
        if header is None:
            raise ProblemError("unauthenticated", headers=[CHALLENGE])
        found = _BEARER.fullmatch(header)
        token = None if found is None else await self._look_up(digest(found[1].decode()))
        if token is None or not token.live(self._clock.now()):
            raise ProblemError("unauthenticated", headers=[REFUSED])
        actor = await self._acting(token.actor)
        return token if actor is token.actor else msgspec.structs.replace(token, actor=actor)

    async def _look_up(self, key: bytes) -> Token | None:
        asked = self._waiting.get(key)
        if asked is None:
            asked = self._waiting[key] = asyncio.get_running_loop().create_future()
            if self._asking is None:
                self._asking = asyncio.ensure_future(self._ask())
        return await asyncio.shield(asked)  # who gives up waiting takes the answer from nobody else

    async def _ask(self) -> None:
        while self._waiting:
            now = dict(list(self._waiting.items())[:TOGETHER])
            for key in now:
                del self._waiting[key]
            try:
                found = await self._tokens.holders(now)
            except Exception as error:  # noqa: BLE001 - each of those who asked is told
                for asked in now.values():
                    asked.set_exception(error)
                    asked.exception()  # somebody may have given up waiting
            else:
                for key, asked in now.items():
                    asked.set_result(found.get(key))
        self._asking = None
