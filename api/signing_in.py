"""Who is calling: the bearer token of a request, looked up at most once a second."""

import asyncio
import re
import time
from collections import OrderedDict
from typing import Final

from api.problems import ProblemError
from application.identity import PREFIX, Token, Tokens, digest
from application.ports import Clock

SECONDS_TRUSTED: Final = 1.0
"""How long a looked-up token is taken as it was: a revoked one opens nothing after this."""
TOKENS_KEPT: Final = 10_000
CHALLENGE: Final = (b"www-authenticate", b'Bearer realm="hub"')
REFUSED: Final = (b"www-authenticate", b'Bearer realm="hub", error="invalid_token"')

_BEARER = re.compile(rb"bearer +(" + PREFIX.encode() + rb"[A-Za-z0-9_-]{43}) *", re.IGNORECASE)


class SigningIn:
    """Knows the holders of the tokens that are in use."""

    def __init__(self, tokens: Tokens, clock: Clock) -> None:
        self._tokens = tokens
        self._clock = clock
        self._known: OrderedDict[bytes, tuple[float, Token | None]] = OrderedDict()
        self._asked: dict[bytes, asyncio.Task[Token | None]] = {}

    async def holder(self, header: bytes | None) -> Token:
        """The live token that an Authorization header holds.

        Raises: ProblemError (401); LogUnavailable.
        """
        if header is None:
            raise ProblemError("unauthenticated", headers=[CHALLENGE])
        known = self._known.get(header)
        if known is not None and time.monotonic() - known[0] < SECONDS_TRUSTED:
            token = known[1]
        else:
            token = await self._look_up(header)
        if token is None or not token.live(self._clock.now()):
            raise ProblemError("unauthenticated", headers=[REFUSED])
        return token

    async def _look_up(self, header: bytes) -> Token | None:
        found = _BEARER.fullmatch(header)
        if found is None:
            return None
        task = self._asked.get(header)
        if task is None:
            task = asyncio.ensure_future(self._ask(header, found[1].decode()))
            self._asked[header] = task
            task.add_done_callback(lambda _: self._asked.pop(header, None))
        return await asyncio.shield(task)

    async def _ask(self, header: bytes, text: str) -> Token | None:
        token = await self._tokens.holder(digest(text))
        if token is not None:  # what opens nothing is not kept: anybody can think of such
            self._known[header] = (time.monotonic(), token)
            self._known.move_to_end(header)
            if len(self._known) > TOKENS_KEPT:
                self._known.popitem(last=False)
        return token
